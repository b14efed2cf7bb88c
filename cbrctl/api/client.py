"""The endpoints of CBR v3: a method each (service.md 0). Reads are retried and paged to the end, the POST is sent once."""

import json
import math
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from functools import partial
from operator import methodcaller
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlencode

from cbrctl.api.answers import need_object, read_answer
from cbrctl.api.backoff import backoff
from cbrctl.api.channel import Auth, Channel, HeldProof, Renewed, TooLate
from cbrctl.api.error_bodies import error_of, is_refusal, parse_json, read_error_of, read_fault, with_pause
from cbrctl.api.listing import Listing, Query, Row, TooLarge, find_uncounted, read_list
from cbrctl.api.models import Checkpoint, Vault
from cbrctl.api.results import Copy, Mark, Task
from cbrctl.api.transport import POST_DEADLINE, READ_DEADLINE, BrokenExchange, Reply, Transport
from cbrctl.errors import CbrctlError, Forbidden, Refused, Throttled, Unknown, Unreachable
from cbrctl.ids import is_same_id, parse_id
from cbrctl.machine.clock import SYSTEM, Clock, ServiceClock
from cbrctl.phrases import Phrase

RowT = TypeVar("RowT", bound=Row)
FoundT = TypeVar("FoundT", Checkpoint, Vault)
ALL_GRANTED = "all_granted_eps"
"""In place of an enterprise project: all that the credentials may see (service.md 4)."""


class Client(Channel):
    """CBR of one project. `tries` is how often a read is tried in all before its error is raised.

    `seen` is told of the vaults, checkpoints, copies and tasks that were read, and whether they are all of their kind.
    """

    def __init__(
        self,
        transport: Transport,
        auth: Auth,
        endpoint: str,
        project_id: str,
        *,
        enterprise_project_id: str | None = None,
        clock: Clock = SYSTEM,
        seen: Callable[..., None] = lambda rows, whole=False: None,
    ) -> None:
        super().__init__(transport, auth, project_id, clock)
        self._seen = seen
        self.endpoint = endpoint
        self.root = f"{endpoint}/v3/{project_id}"
        self.enterprise_project_id = enterprise_project_id
        self.tries = 4
        self._uncounted: set[tuple[str, str]] = set()
        """Of lists, the filters that their count proved to leave out: with one of them it promises nothing."""

    @contextmanager
    def single_try(self) -> Iterator[None]:
        """Let reads fail at once: who looks again and again needs no second try of each."""
        before, self.tries = self.tries, 1
        try:
            yield
        finally:
            self.tries = before

    def fork(self) -> "Client":
        """Return one for a thread that gives it a transport: it tries once, and what goes wrong there is asked here again."""
        other = copy(self)
        other.tries, other.pace, other.service_clock = 1, None, ServiceClock()
        other.auth = HeldProof(self.auth.hold())
        other._seen = lambda rows, whole=False: None
        return other

    # one thing each ---------------------------------------------------------------------------------------------

    def post_checkpoint(self, checkpoint: Mapping[str, Any], begin_by: float = math.inf) -> Checkpoint:
        """Start a backup: one POST on a fresh connection, never repeated here.

        Raises Unreachable with `sent="no"` where provably nothing left this machine, Unknown where the backup may have
        been started, and the error of the refusal with `sent="no"` where the service surely did not start it. Raises
        TooLate where it had not begun to leave until `begin_by` of the monotonic clock, Renewed where it may be sent again.
        """
        posting = self.posting(checkpoint, begin_by)
        exchange = next(posting)
        try:
            posting.send(partial(exchange, self.transport))
        except StopIteration as end:
            return cast(Checkpoint, end.value)
        raise AssertionError("one request has one answer")

    def posting(
        self, checkpoint: Mapping[str, Any], begin_by: float
    ) -> Generator[Callable[[Transport], Reply], Callable[[], Reply], Checkpoint]:
        """Start a backup as `post_checkpoint` does, where whoever goes on with this has the exchange made elsewhere.

        Yields the exchange, and takes what gives its reply, or raises BrokenExchange, once it is over; return the
        checkpoint. All but the exchange itself happens in the thread that goes on with this.
        """
        body = json.dumps({"checkpoint": checkpoint}, ensure_ascii=False, separators=(",", ":")).encode()
        url = f"{self.root}/checkpoints"
        talk = self.converse("POST", url, body)
        options = {"deadline": POST_DEADLINE, "fresh": True, "begin_by": begin_by, "is_open": True}
        give_reply = yield methodcaller("exchange", "POST", url, headers=next(talk), body=body, **options)
        try:
            reply = give_reply()
            talk.send(reply)
        except BrokenExchange as cause:
            if cause.missed:
                raise TooLate from None
            if cause.sent:
                raise Unknown("post-unanswered", sent="unknown", note=cause.reason) from None
            raise cause.as_error("post-not-sent", sent="no") from None
        except StopIteration as end:
            return self._take_posted(end.value, str(checkpoint["vault_id"]))
        raise Renewed(error_of(read_fault(*reply), sent="no"))

    def _take_posted(self, reply: Reply, vault_id: str) -> Checkpoint:
        if 200 <= reply.status < 300:
            return self._read_posted(reply, vault_id)
        fault = read_fault(*reply)
        if is_refusal(fault):
            raise with_pause(error_of(fault, sent="no"), reply.headers)
        raise Unknown("post-answer-unclear", sent="unknown", fault=fault, status=reply.status)

    def show_checkpoint(self, checkpoint_id: str) -> Checkpoint:
        """GET /checkpoints/{id}. Raises NotFound, and what any read raises."""
        return self._show(Checkpoint.from_json(self._read_object("checkpoints", checkpoint_id, "checkpoint")))

    def show_vault(self, vault_id: str) -> Vault:
        """GET /vaults/{id}."""
        return self._show(Vault.from_json(self._read_object("vaults", vault_id, "vault")))

    def show_copy(self, copy_id: str) -> Copy:
        """GET /backups/{id}."""
        return Copy.from_json(self._read_object("backups", copy_id, "backup"))

    def show_task(self, task_id: str) -> Task:
        """GET /operation-logs/{id}."""
        return Task.from_json(self._read_object("operation-logs", task_id, "operation_log"))

    # lists, all pages -------------------------------------------------------------------------------------------

    def list_vaults(self, most: int | None = None, **query: str | int | None) -> Listing[Vault]:
        """GET /vaults; `name` matches fragments, `resource_ids` is joined by commas."""
        return self._list("/vaults", "vaults", Vault.from_json, query, most=most)

    def search_vaults(self, tags: Mapping[str, str]) -> Listing[Vault]:
        """POST /vault/resource_instances/action: the vaults that carry all these tags (service.md 5)."""
        wanted = [{"key": key, "values": [value]} for key, value in tags.items()]

        def fetch(limit: int, offset: int) -> tuple[Mapping[str, Any], int]:
            search = {"action": "filter", "tags": wanted, "limit": str(limit), "offset": str(offset)}
            url = f"{self.root}/vault/resource_instances/action"
            answer, size = self._read(url, "resources", json.dumps(search).encode())
            return {**answer, "count": answer.get("total_count")}, size

        def fits(
            vault: Vault,
        ) -> bool:  # whatever the service takes for a match; and the search has no enterprise project
            within = self.enterprise_project_id in (None, ALL_GRANTED, vault.enterprise_project_id)
            return within and tags.items() <= vault.tags.items()

        return read_list(fetch, "resources", Vault.from_found, keep=fits)

    def list_copies(
        self, keep: Callable[[Copy], bool] = lambda copy: True, most: int | None = None, **query: str | int | None
    ) -> Listing[Copy]:
        """GET /backups; `incremental` is left out unless asked, so that both kinds are listed."""
        return self._list("/backups", "backups", Copy.from_json, query, keep=keep, most=most)

    def list_marks(self, keep: Callable[[Mark], bool] = lambda mark: True, **query: str | int | None) -> Listing[Mark]:
        """GET /backups as `list_copies` does, and of each copy no more than a calendar shows."""
        return self._list("/backups", "backups", Mark.from_json, query, keep=keep)

    def list_tasks(
        self, keep: Callable[[Task], bool] = lambda task: True, most: int | None = None, **query: str | int | None
    ) -> Listing[Task]:
        """GET /operation-logs; there is no filter for a checkpoint."""
        return self._list("/operation-logs", "operation_logs", Task.from_json, query, keep=keep, most=most)

    def list_in_vault(self, rows: Callable[..., Listing[RowT]], vault_id: str | None, **query: Any) -> Listing[RowT]:
        """List copies or tasks of a vault in any enterprise project: the one that the user named may not be the vault's.

        Who is granted some of them only is refused so, and sees all of the vault by naming the one that it is in.
        """
        found = rows(vault_id=vault_id, enterprise_project_id=None, **query)
        named = self.enterprise_project_id
        if not isinstance(found.error, Forbidden) or not named or vault_id is None:
            return found
        try:
            its_own = self.show_vault(vault_id).enterprise_project_id
        except CbrctlError:
            return found
        return rows(vault_id=vault_id, **query) if its_own == named else found

    # one exchange and its errors --------------------------------------------------------------------------------

    def _show(self, found: FoundT) -> FoundT:
        self._seen((found,))
        return found

    def _read_posted(self, reply: Reply, vault_id: str) -> Checkpoint:
        data: Any = None
        try:
            data = parse_json(reply.body)
            posted = Checkpoint.from_json(need_object(data, "checkpoint"))
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

    def _list(
        self,
        path: str,
        key: str,
        read: Callable[[Any], RowT],
        query: Query,
        *,
        keep: Callable[[RowT], bool] = lambda row: True,
        most: int | None = None,
    ) -> Listing[RowT]:
        asked_for_all = most is None and all(value is None for value in query.values())
        if self.enterprise_project_id:
            query = {"enterprise_project_id": self.enterprise_project_id, **query}

        def fetch(limit: int, offset: int, query: Query = query) -> tuple[Mapping[str, Any], int]:
            asked = {k: v for k, v in {**query, "limit": limit, "offset": offset}.items() if v is not None}
            return self._read(f"{self.root}{path}?{urlencode(asked, quote_via=quote)}", key)

        listing = read_list(fetch, key, read, keep=keep, most=most)
        self._seen(listing.rows, asked_for_all and listing.is_whole)
        if not listing.lacks:
            return listing
        known = any((key, name) in self._uncounted and value is not None for name, value in query.items())
        if not known:
            name = find_uncounted(fetch, key, query)
            if name is None:
                return listing
            self._uncounted.add((key, name))
        return listing._replace(flaw="", lacks=False)

    def _read_object(self, path: str, asked: str, key: str) -> Mapping[str, Any]:
        found = self._read(f"{self.root}/{path}/{asked}", key)[0][key]
        got = parse_id(found.get("id")) if isinstance(found, dict) else None
        if got is None:
            raise Unreachable("bad-answer", status=200, note=Phrase("no id in it"))
        if not is_same_id(got, asked):
            raise Unreachable("wrong-thing", asked=asked, got=got)
        return cast(Mapping[str, Any], found)

    def _read(self, url: str, key: str, body: bytes | None = None) -> tuple[Mapping[str, Any], int]:
        """Read with retries: 1, 2, 4 s with jitter, or what Retry-After says up to a minute. Returns the size too.

        GET, or with a `body` POST: a search, which starts nothing.
        """
        for attempt, wait in enumerate(backoff(0.75, jitter=0.3), 1):
            try:
                return self._read_once(url, key, body)
            except TooLarge:
                raise
            except (Unreachable, Throttled, Refused) as error:
                if isinstance(error, Throttled) and self.pace is not None:
                    raise  # all wait for it together
                # a 5xx with a gateway's code passes as well
                if attempt == self.tries or (isinstance(error, Refused) and not _is_server_error(error)):
                    raise
                asked = error.values.get("retry_after", 2.0) if isinstance(error, Throttled) else 0.0
            self.clock.sleep(max(wait, float(str(asked))))
        raise AssertionError("a backoff has no end")

    def _read_once(self, url: str, key: str, body: bytes | None = None) -> tuple[Mapping[str, Any], int]:
        try:
            reply = self.exchange("GET" if body is None else "POST", url, body, deadline=READ_DEADLINE)
        except BrokenExchange as cause:
            raise TooLarge("no-answer", note=cause.reason) if cause.too_large else cause.as_error("no-answer") from None
        if 200 <= reply.status < 300:
            return read_answer(reply, key), len(reply.body)
        raise with_pause(read_error_of(read_fault(*reply)), reply.headers)


def _is_server_error(error: CbrctlError) -> bool:
    return error.fault is not None and error.fault.status >= 500
