"""What -v shows of each exchange: one line; with -vv its headers and how its bodies begin, with -vvv much more of them."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from cbrctl.api.error_bodies import find_request_id
from cbrctl.machine.secrecy import hide
from cbrctl.phrases import Phrase, join

if TYPE_CHECKING:
    from cbrctl.api.transport import Reply

SHOWN = {2: 2_000, 3: 200_000}
"""Bytes of a body that are shown at -vv and -vvv: the search for secrets in it takes its time."""
_PROOFS = frozenset(
    {"x-auth-token", "x-subject-token", "x-security-token", "authorization", "cookie", "set-cookie", "location"}
)
"""Headers that are secrets, or where others put them: an address to go to may be signed."""
_PLAIN = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "content-type", "date", "server", "user-agent", "x-language"}
)  # fmt: skip
"""Headers that are shown also of what logs in: any other may hold a secret that nobody knows yet."""
_HIDDEN = Phrase("(not shown: it may hold a secret)")


class RequestLog:
    """Tells `say` of each exchange, line by line; `verbosity` counts the v of -v."""

    def __init__(self, say: Callable[[str], None], verbosity: int) -> None:
        self._say = say
        self._shown = SHOWN[min(verbosity, 3)] if verbosity > 1 else 0

    def tell(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        reply: "Reply | None",
        seconds: float,
        *,
        is_open: bool,
    ) -> None:
        """Show an exchange that took `seconds`. No proof of who asks is in it, nor any secret that is known.

        The bodies of what is not `is_open` are left out: what logs in, and what IAM answers.
        """
        told = Phrase(
            "{request}: {outcome} in {time} s",
            request=f"{method} {url}",
            outcome=str(reply.status) if reply else Phrase("no answer"),
            time=f"{seconds:.3f}",
        )
        request_id = find_request_id(reply.headers, reply.signature) if reply else ""
        self._say(join((told, Phrase("request id {id}", id=request_id) if request_id else None), ", "))
        signature = reply.signature if reply else ""
        if self._shown:
            self._show("> ", headers, body or b"", signature, is_open=is_open)
        if self._shown and reply is not None:
            self._show("< ", reply.headers, reply.body, signature, is_open=is_open)

    def _show(self, mark: str, headers: Mapping[str, str], body: bytes, signature: str, *, is_open: bool) -> None:
        for name, value in headers.items():
            is_shown = name.lower() not in _PROOFS if is_open else name.lower() in _PLAIN
            self._say(f"{mark}{_hide(name, signature)}: {_hide(value, signature) if is_shown else '***'}")
        if not body:
            return
        if not is_open:
            self._say(join((mark.strip(), _HIDDEN)))
            return
        self._say(mark + _hide(body[: self._shown].decode(errors="replace"), signature))
        if len(body) > self._shown:
            self._say(Phrase("({bytes} bytes more)", bytes=len(body) - self._shown))


def _hide(text: str, signature: str) -> str:
    return hide(text, *([signature] if signature else [])) or (_HIDDEN if text else "")
