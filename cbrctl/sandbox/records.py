"""What is kept of the requests that came in, for tests and users to look at: nothing that could be a secret, and not for ever.

A header is kept where it is known to hold none, and a body where it was meant for CBR, whose bodies hold none, without what
its keys call a secret, and so the query: what a client sends by mistake or to a wrong path may be anything.
"""

from dataclasses import dataclass
from typing import Any

from cbrctl.sandbox.exchange import Request
from cbrctl.sandbox.signature import ALGORITHM

HIDDEN = "***"
DEEPEST = 100
"""Levels of JSON that are kept of a body; the deepest of the API has six."""
KNOWN_HEADERS = {
    "accept", "accept-encoding", "accept-language", "connection", "content-length", "content-type", "date", "host",
    "user-agent", "x-domain-id", "x-language", "x-project-id", "x-request-id", "x-sdk-date",
}  # fmt: skip
SECRETS = ("password", "passwd", "passphrase", "passcode", "pwd", "token", "secret", "credential", "signature", "auth")
"""What stands somewhere in the name of a value that may be a secret."""
SHORT_SECRETS = ("pass", "pw", "ak", "sk", "sig", "jwt")
MOST_RECORDS = 10_000
MOST_BYTES = 16 << 20


@dataclass
class Record:
    """A request that the practice cloud received.

    `status` is what the answer said, or None where no whole answer was meant to be sent (a dropped connection). `size` is
    what the request took, in bytes.
    """

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: Any
    size: int
    status: int | None = None


class Records(list[Record]):
    """The latest requests, oldest first; no more than MOST_RECORDS, and of no more than MOST_BYTES. Not safe for threads."""

    def __init__(self) -> None:
        super().__init__()
        self._size = 0

    def add(self, record: Record) -> None:
        """Keep a request; the oldest go first."""
        self.append(record)
        self._size += record.size
        while len(self) > MOST_RECORDS or self._size > MOST_BYTES:
            self._size -= self.pop(0).size

    def clear(self) -> None:
        """Forget all."""
        super().clear()
        self._size = 0


def record_request(request: Request, *, is_for_cbr: bool) -> Record:
    """Return the record of a request that was just received."""
    body: Any = None
    if request.body and is_for_cbr:
        try:
            body = _mask_values(request.read_json())
        except ValueError:
            body = None
    elif request.body:
        body = HIDDEN
    query = {name: [HIDDEN] if is_secret(name) else values for name, values in request.query.items()}
    headers = {name: _mask(name, value) for name, value in request.headers.items()}
    size = len(request.target) + len(request.body) + sum(map(len, headers.values()))
    return Record(request.method, request.path, query, headers, body, size)


def is_secret(name: str) -> bool:
    """Whether what has this name may be a secret, in whatever spelling. A tag has a `key` that is none."""
    plain = "".join(c for c in name.lower() if c.isalnum())
    return (
        plain in SHORT_SECRETS or any(word in plain for word in SECRETS) or (plain.endswith("key") and plain != "key")
    )


def _mask_values(value: Any, depth: int = 0) -> Any:
    """Return JSON without the values that are named as secrets; `value` is so by the `key` beside it.

    Raises ValueError for more than DEEPEST levels: how deep a parser goes differs between Pythons.
    """
    if depth > DEEPEST:
        raise ValueError("nested too deep")
    if isinstance(value, list):
        return [_mask_values(one, depth + 1) for one in value]
    if not isinstance(value, dict):
        return value
    beside = is_secret(str(value.get("key", "")))
    return {
        name: HIDDEN if is_secret(name) or (beside and name == "value") else _mask_values(one, depth + 1)
        for name, one in value.items()
    }


def _mask(name: str, value: str) -> str:
    if name == "authorization" and value.startswith(ALGORITHM):
        return ",".join(part for part in value.split(",") if "Signature=" not in part) + f", Signature={HIDDEN}"
    return value if name in KNOWN_HEADERS else HIDDEN
