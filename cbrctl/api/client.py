"""The endpoints of CBR v3: a method each (api.md 0). Reads are retried and paged to the end, the POST is sent once."""

import json
import random
import time
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, cast
from urllib.parse import quote, urlencode

from cbrctl.api.faults import error_of, is_expired, is_refusal, parse_json, read_fault
from cbrctl.api.transport import POST_DEADLINE, READ_DEADLINE, BrokenExchange, Reply, Transport
from cbrctl.errors import CbrctlError, Refused, Throttled, Unknown, Unreachable
from cbrctl.ids import is_same_id, parse_id
from cbrctl.models import Checkpoint, Copy, Task, Vault

Query = Mapping[str, str | int | None]

PAGE = 1000
"""Rows asked for at a time; the service allows 1 to 1000."""
MOST_PAGES = 1000
"""A list that is longer is a server that repeats itself."""


class Clock(Protocol):
    """What of the `time` module is used to wait."""

    def time(self) -> float:
        """Seconds since the epoch."""

    def monotonic(self) -> float:
        """Seconds that never go back."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Auth(Protocol):
    """What proves to the service who is asking; the client does not know which kind it is."""

    def headers(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Mapping[str, str]:
        """Give the headers that authenticate this request, whose others are `headers`. Raises AuthError."""

    def renew(self) -> bool:
        """Get a new proof after a refusal; False where there is none to be had."""


class Client:
    """CBR of one project. `tries` is how often a read is tried in all before its error is raised."""

    def __init__(
        self,
        transport: Transport,
        auth: Auth,
        endpoint: str,
        project_id: str,
        *,
        enterprise_project_id: str | None = None,
        clock: Clock = time,
    ) -> None:
        self.transport = transport
        self.auth = auth
        self.project_id = project_id
        self.endpoint = endpoint
        self.root = f"{endpoint}/v3/{project_id}"
        self.enterprise_project_id = enterprise_project_id
        self.clock = clock
        self.tries = 4
        self._date: tuple[str, float] | None = None

    def server_time(self, moment: float) -> float | None:
        """Give what the service's clock showed at `moment` of the monotonic one, in epoch seconds.

        None where no answer has told it yet.
        """
        if self._date is None:
            return None
        from email.utils import parsedate_to_datetime

        text, seen = self._date
        try:
            return parsedate_to_datetime(text).timestamp() + moment - seen
        except (ValueError, TypeError, ArithmeticError):
            return None

    # one thing each ---------------------------------------------------------------------------------------------

    def post_checkpoint(self, checkpoint: Mapping[str, Any]) -> Checkpoint:
        """Start a backup: one POST on a fresh connection, never repeated here.

        Raises Unreachable with `sent="no"` where provably nothing left this machine, Unknown where the backup may have
        been started, and the error of the refusal with `sent="no"` where the service surely did not start it.
        """
        body = json.dumps({"checkpoint": checkpoint}, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            reply = self._exchange("POST", f"{self.root}/checkpoints", body, deadline=POST_DEADLINE, fresh=True)
        except BrokenExchange as cause:
            if cause.sent:
                raise Unknown("post-unanswered", sent="unknown", note=cause.reason) from None
            raise Unreachable("post-not-sent", sent="no", note=cause.reason) from None
        if 200 <= reply.status < 300:
            return self._read_posted(reply, str(checkpoint["vault_id"]))
        fault = read_fault(*reply)
        if is_refusal(fault):
            raise _with_pause(error_of(fault, sent="no"), reply)
        raise Unknown("post-answer-unclear", sent="unknown", fault=fault, status=reply.status)

    def show_checkpoint(self, checkpoint_id: str) -> Checkpoint:
        """GET /checkpoints/{id}. Raises NotFound, and what any read raises."""
        return Checkpoint.from_json(self._read_object("checkpoints", checkpoint_id, "checkpoint"))

    def show_vault(self, vault_id: str) -> Vault:
        """GET /vaults/{id}."""
        return Vault.from_json(self._read_object("vaults", vault_id, "vault"))

    def show_copy(self, copy_id: str) -> Copy:
        """GET /backups/{id}."""
        return Copy.from_json(self._read_object("backups", copy_id, "backup"))

    def show_task(self, task_id: str) -> Task:
        """GET /operation-logs/{id}."""
        return Task.from_json(self._read_object("operation-logs", task_id, "operation_log"))

    # lists, all pages -------------------------------------------------------------------------------------------

    def list_vaults(self, **query: str | int | None) -> Iterator[Vault]:
        """GET /vaults; `name` matches fragments, `resource_ids` is joined by commas."""
        return self._page("/vaults", "vaults", Vault.from_json, query)

    def list_copies(self, **query: str | int | None) -> Iterator[Copy]:
        """GET /backups; `incremental` is left out unless asked, so that both kinds are listed."""
        return self._page("/backups", "backups", Copy.from_json, query)

    def list_tasks(self, **query: str | int | None) -> Iterator[Task]:
        """GET /operation-logs; there is no filter for a checkpoint."""
        return self._page("/operation-logs", "operation_logs", Task.from_json, query)

    # one exchange and its errors --------------------------------------------------------------------------------

    def _read_posted(self, reply: Reply, vault_id: str) -> Checkpoint:
        data: Any = None
        try:
            data = parse_json(reply.body)
            posted = Checkpoint.from_json(_object(data, "checkpoint"))
        except (ValueError, ArithmeticError) as cause:  # ArithmeticError: a time or a number out of all range
            fault = read_fault(*reply)
            began = isinstance(data, dict) and "checkpoint" in data
            if not began and fault.code and is_refusal(fault):  # the code decides, whatever the status
                raise error_of(fault, sent="no") from None
            fault = fault._replace(code=None, text="")
            raise Unknown(
                "post-answer-unclear", sent="unknown", fault=fault, status=reply.status, note=str(cause)
            ) from None
        for asked, got in ((vault_id, posted.vault_id), (self.project_id, posted.project_id)):
            if got is not None and not is_same_id(got, asked):
                raise Unknown("post-wrong-thing", sent="unknown", asked=asked, got=got, checkpoint=posted.id)
        return posted

    def _page(self, path: str, key: str, read: Any, query: Query) -> Iterator[Any]:
        """Follow a list to its end by offset: until an empty page, a page of known rows, or the count it names."""
        seen: set[str] = set()
        if self.enterprise_project_id:
            query = {"enterprise_project_id": self.enterprise_project_id, **query}
        offset = 0
        for _ in range(MOST_PAGES):
            asked = {k: v for k, v in {**query, "limit": PAGE, "offset": offset}.items() if v is not None}
            data = self._read(f"{self.root}{path}?{urlencode(asked, quote_via=quote)}", key)
            rows = data[key]
            if not isinstance(rows, list):
                raise Unreachable("bad-answer", status=200, note=f"no list of {key} in it")
            fresh = 0
            for row in rows:
                try:
                    item = read(row)
                except (ValueError, AttributeError):
                    continue  # a row without an id can be neither shown nor followed
                if item.id not in seen:
                    seen.add(item.id)
                    fresh += 1
                    yield item
            offset += len(rows)
            count = data.get("count")
            if not fresh or (isinstance(count, int) and offset >= count):
                return
        raise Refused("endless-list", path=path, pages=MOST_PAGES)

    def _read_object(self, path: str, asked: str, key: str) -> Mapping[str, Any]:
        found = self._read(f"{self.root}/{path}/{asked}", key)[key]
        got = parse_id(found.get("id")) if isinstance(found, dict) else None
        if got is None:
            raise Unreachable("bad-answer", status=200, note="no id in it")
        if not is_same_id(got, asked):
            raise Unreachable("wrong-thing", asked=asked, got=got)
        return cast(Mapping[str, Any], found)

    def _read(self, url: str, key: str) -> Mapping[str, Any]:
        """GET with retries: 1, 2, 4 s with jitter, or what Retry-After says up to a minute."""
        for attempt in range(1, self.tries + 1):
            wait = 2.0 ** (attempt - 1) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
            try:
                return self._read_once(url, key)
            except (Unreachable, Throttled, Refused) as error:
                # a 5xx with a gateway's code passes as well
                if attempt == self.tries or (isinstance(error, Refused) and not _is_server_error(error)):
                    raise
                if isinstance(error, Throttled):
                    wait = max(wait, float(str(error.values.get("retry_after", 2.0))))
            self.clock.sleep(wait)
        raise AssertionError("tries is at least 1")

    def _read_once(self, url: str, key: str) -> Mapping[str, Any]:
        try:
            reply = self._exchange("GET", url, None, deadline=READ_DEADLINE)
        except BrokenExchange as cause:
            raise Unreachable("no-answer", note=cause.reason) from None
        if 200 <= reply.status < 300:
            return _read_answer(reply, key)
        raise _with_pause(error_of(read_fault(*reply)), reply)

    def _exchange(self, method: str, url: str, body: bytes | None, *, deadline: float, fresh: bool = False) -> Reply:
        """Send with the proof of who asks; where the gateway refuses the token, renew it and send once more.

        That is safe for the POST too: a gateway refuses a token before it passes a request on (api.md 11).
        """
        headers = {"X-Project-Id": self.project_id}
        if body is not None:
            headers["Content-Type"] = "application/json;charset=UTF-8"
        renewed = False
        while True:
            proof = self.auth.headers(method, url, headers, body)
            reply = self.transport.exchange(
                method, url, headers={**headers, **proof}, body=body, deadline=deadline, fresh=fresh
            )
            if "date" in reply.headers:
                self._date = reply.headers["date"], self.clock.monotonic()
            if reply.status != 401 or renewed:
                return reply
            renewed = True
            if not is_expired(read_fault(*reply)) or not self.auth.renew():
                return reply


def _read_answer(reply: Reply, key: str) -> Mapping[str, Any]:
    try:
        data = parse_json(reply.body)
        if isinstance(data, dict) and isinstance(data.get(key), dict | list):
            return data
        raise ValueError(f"no {key} in it")
    except ValueError as cause:
        fault = read_fault(*reply)
        if fault.code:  # the code decides, whatever the status
            raise error_of(fault) from None
        fault = fault._replace(text="")
        raise Unreachable("bad-answer", fault=fault, status=reply.status, note=str(cause)) from None


def _with_pause(error: CbrctlError, reply: Reply) -> CbrctlError:
    """Give the error of a throttled request the seconds it asks to wait: 2 where it does not say, 60 at most."""
    if isinstance(error, Throttled):
        error.values["retry_after"] = _read_pause(reply.headers)
    return error


def _read_pause(headers: Mapping[str, str]) -> float:
    """Give the seconds of Retry-After: a number, or a moment of the clock that wrote `Date`."""
    said = headers.get("retry-after", "")
    if said.isdecimal():
        return min(float(said[:6]), 60.0)
    from email.utils import parsedate_to_datetime

    try:
        pause = parsedate_to_datetime(said) - parsedate_to_datetime(headers.get("date", ""))
        return min(max(pause.total_seconds(), 0.0), 60.0)
    except (ValueError, TypeError, ArithmeticError):  # TypeError: one has a zone and the other has none
        return 2.0


def _is_server_error(error: CbrctlError) -> bool:
    return error.fault is not None and error.fault.status >= 500


def _object(data: object, key: str) -> Mapping[str, Any]:
    found = data.get(key) if isinstance(data, dict) else None
    if not isinstance(found, dict):
        raise ValueError(f"no {key} in it")
    return found
