"""One look at a checkpoint from three sides: itself, its copies, its tasks (service.md 2 to 4).

A source that these credentials may not read (403), or that has failed for long while the others answered, is left out.
A list that is not whole is no answer: what it does not show may be there.
"""

from collections.abc import Callable, Sequence
from copy import copy
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from cbrctl.api.error_bodies import is_absence
from cbrctl.api.models import Checkpoint
from cbrctl.api.results import REPLICATION, Copy, Task
from cbrctl.backup.polling import Patience
from cbrctl.backup.states import GONE, LEFT_OUT, Evidence, NoEvidence
from cbrctl.durations import read_stamp
from cbrctl.errors import AuthError, CbrctlError, Forbidden, NotFound, Throttled, Unreachable
from cbrctl.ids import is_same_id
from cbrctl.machine.clock import SYSTEM, Clock

if TYPE_CHECKING:
    from cbrctl.api.client import Client
    from cbrctl.api.listing import Listing
    from cbrctl.api.transport import Transport

VISIBLE_AFTER = 60.0
"""Seconds that lists may lag behind a checkpoint, and that an absence must last to be one (contract)."""
CAUGHT_UP = 600.0
"""Seconds after which a checkpoint's rows are surely listed: they are made when it begins."""
LONG_AGO = CAUGHT_UP + 1800.0
"""The same by the stamp of the checkpoint and the date of answers, which are of clocks that may be far apart."""
SOURCES = ("checkpoint", "copies", "tasks")


def list_tasks_of(
    client: "Client", checkpoint_id: str, vault_id: str | None, created_at: str | None
) -> "Listing[Task]":
    """Return the operation logs of a checkpoint, for which there is no filter: those of its vault from an hour before it.

    Its tasks may be stamped by another clock than `created_at`, the service's stamp of the checkpoint.
    """
    try:
        start_time = (datetime.fromisoformat(created_at or "") - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):  # none was given, or year 1: no stamp to go by
        start_time = None
    return client.list_in_vault(
        client.list_tasks, vault_id, keep=lambda task: task.checkpoint_id == checkpoint_id, operation_type="backup",
        start_time=start_time,
    )  # fmt: skip


class Look(NamedTuple):
    """One look: what it found, and the error where no source answered."""

    evidence: Evidence
    error: CbrctlError | None


class Observer:
    """Looks at one checkpoint again and again. Times are those of `clock`, stamps those of the service.

    `own` is a checkpoint that was surely started: it may be invisible at first, while another's must be there.
    """

    def __init__(
        self,
        client: "Client",
        checkpoint_id: str,
        *,
        vault_id: str | None = None,
        created_at: str | None = None,
        own: bool = False,
        clock: Clock = SYSTEM,
    ) -> None:
        self.client = client
        self.checkpoint_id = checkpoint_id
        self.vault_id = vault_id
        self.created_at = created_at
        self.own = own
        self.clock = clock
        self.checkpoint: Checkpoint | None = None
        self.shows_running = False
        """A copy or a task of the last look goes on."""
        self._asked_at = 0.0
        """The moment of the monotonic clock before the last look: what it showed may be as old as that."""
        self._quiet: tuple[object, float] = (None, 0.0)
        self._absent_since: float | None = None
        self._closed: dict[str, CbrctlError] = {}
        self._patience = {name: Patience(clock) for name in SOURCES}

    def look(self) -> Look:
        """Ask all sources once, each without trying again: a look that fails is followed by another.

        Raises NotFound at a first look at nothing that is not `own`, AuthError where no source may be read.
        """
        self._asked_at = self.clock.monotonic()
        found: dict[str, Any] = {}
        errors: list[CbrctlError] = []
        absence: NotFound | None = None
        with self.client.single_try():
            # the checkpoint first: in `wait` it tells the vault and the time that narrow the tasks
            for name, ask in zip(SOURCES, (self._ask_checkpoint, self._ask_copies, self._ask_tasks), strict=True):
                if self.client.pace and any(isinstance(one, Throttled) for one in errors):
                    found[name] = NoEvidence.SILENT  # a fleet's gateway refuses for rate: it is not asked three times
                    errors.append(errors[-1])
                    continue
                answer, error = self._ask(name, ask)
                found[name] = answer
                if isinstance(error, NotFound):
                    absence = error
                if error is not None and not is_absence(error):
                    errors.append(error)
        if len(self._closed) == len(found):
            barred = [error for error in self._closed.values() if isinstance(error, AuthError)]
            if len(barred) == len(found):
                raise barred[0]
            # what was given up for the sake of the others is all there is now
            self._closed = {name: error for name, error in self._closed.items() if isinstance(error, AuthError)}
        if absence and not self.own and self.checkpoint is None and not _shows_anything(found):
            raise absence
        silent = len(errors) == sum(source not in LEFT_OUT for source in found.values())
        if not silent:
            self._give_up_on_the_broken()
        self._note_quiet(found)
        self.shows_running = _show_running(found)
        # one that is no 429 tells more: exit 8 is only for a service that refuses for rate and nothing else
        errors.sort(key=lambda error: isinstance(error, Throttled))
        absent = self._is_absent() and (absence is not None or found["checkpoint"] is self.checkpoint)
        evidence = Evidence(**found, absent=absent, overdue=self._has_been_quiet(CAUGHT_UP))
        return Look(evidence, errors[0] if silent and errors else None)

    def says_at_work(self) -> bool:
        """Ask the checkpoint alone whether it is at work. What it says else, or does not say, is for a whole look."""
        try:
            with self.client.single_try():
                return self._ask_checkpoint().status == "protecting"
        except CbrctlError:
            return False

    def fork(self) -> "Observer":
        """Return one for a look in another thread, by `look_through`: it shares nothing with this one."""
        other = copy(self)
        other.client = self.client.fork()
        other._closed, other._patience = dict(self._closed), {name: Patience(self.clock) for name in SOURCES}
        return other

    def look_through(self, transport: "Transport") -> Look:
        """Look as `look` does, with a transport of the thread's own."""
        self.client.transport = transport
        return self.look()

    def adopt(self, other: "Observer") -> None:
        """Take what another one has seen since it was forked, all of whose sources have answered."""
        client, patience = self.client, self._patience
        vars(self).update(vars(other))
        self.client, self._patience = client, patience
        for one in patience.values():
            one.note(None)

    def is_settled(self, *, at_once: bool = False) -> bool:
        """Return whether lists which lag must have caught up.

        That is when nothing has moved for a minute since the checkpoint's own end (or in the lists, where it cannot be
        read). Who judges `at_once` what another run started takes one that ended for settled, too, when it began long
        ago by the service's own clock.
        """
        if self._has_been_quiet(VISIBLE_AFTER):
            return True
        if not at_once:
            return False
        now = self.client.service_clock.time_at(self._asked_at)
        began = read_stamp(self.created_at)
        return now is not None and began is not None and self.has_ended and now - began >= LONG_AGO

    def _has_been_quiet(self, seconds: float) -> bool:
        return bool(self._quiet[0]) and self._asked_at - self._quiet[1] >= seconds

    def _ask(self, name: str, ask: Callable[[], object]) -> tuple[object, CbrctlError | None]:
        """Return what a source says, or why it says nothing, and the error that counts as a bad look."""
        if name in self._closed:
            return NoEvidence.FORBIDDEN if isinstance(self._closed[name], AuthError) else NoEvidence.BROKEN, None
        try:
            answer = ask()
        except Forbidden as error:
            self._closed[name] = error
            return NoEvidence.FORBIDDEN, None
        except AuthError:
            raise
        except CbrctlError as error:
            if name == "checkpoint" and is_absence(error):
                self._note_absence(True)
            else:
                self._patience[name].note(error)
            return NoEvidence.SILENT, error
        self._patience[name].note(None)
        return answer, None

    def _ask_checkpoint(self) -> Checkpoint:
        shown = self.client.show_checkpoint(self.checkpoint_id)
        if self.vault_id and shown.vault_id and not is_same_id(shown.vault_id, self.vault_id):
            # an answer that named another's checkpoint: nothing of it is said of this backup
            raise Unreachable("wrong-thing", asked=self.vault_id, got=shown.vault_id)
        self.checkpoint = shown
        self._note_absence(self.checkpoint.status in GONE)
        self.vault_id = self.vault_id or self.checkpoint.vault_id
        self.created_at = self.created_at or self.checkpoint.created_at
        return self.checkpoint

    def _ask_copies(self) -> Sequence[Copy]:
        def keep(copy: Copy) -> bool:
            own = copy.checkpoint_id == self.checkpoint_id
            nameless = copy.checkpoint_id is None or (own and copy.resource_id is None)
            if nameless and copy.image_type != REPLICATION:
                raise ValueError("it may be the copy of a resource that nothing else shows")
            return own

        def ask(incremental: str | None) -> Sequence[Copy]:
            listing = self.client.list_in_vault(
                self.client.list_copies,
                self.vault_id,
                keep=keep,
                checkpoint_id=self.checkpoint_id,
                incremental=incremental,
            )
            return listing.all()

        rows = ask(None)
        if any(copy.incremental for copy in rows):
            return rows
        # clients disagree on whether incremental ones are listed where nothing is said of them (service.md 4)
        return [*rows, *ask("true")]

    def _ask_tasks(self) -> Sequence[Task]:
        return list_tasks_of(self.client, self.checkpoint_id, self.vault_id, self.created_at).all()

    def _note_absence(self, absent: bool) -> None:
        if not absent:
            self._absent_since = None
        elif self._absent_since is None:
            self._absent_since = self.clock.monotonic()

    def _is_absent(self) -> bool:
        return self._absent_since is not None and self._asked_at - self._absent_since >= VISIBLE_AFTER

    @property
    def is_missing(self) -> bool:
        """Whether the service said in the last look that the checkpoint does not exist, or is deleted."""
        return self._absent_since is not None

    @property
    def has_ended(self) -> bool:
        """Whether the checkpoint says of itself that nothing works on it any more."""
        return self.checkpoint is not None and self.checkpoint.status in ("available", "error")

    def _note_quiet(self, found: dict[str, Any]) -> None:
        seen: object = None
        if "checkpoint" in self._closed or self._absent_since is not None:
            # progress moves while the same rows stand there
            lists = [found[name] for name in ("copies", "tasks") if not isinstance(found[name], NoEvidence)]
            seen = frozenset((r.id, r.status) for rows in lists for r in rows)
        elif self.checkpoint is not None and self.has_ended:
            seen = self.checkpoint.status
        if seen != self._quiet[0]:
            self._quiet = (seen, self.clock.monotonic())

    def _give_up_on_the_broken(self) -> None:
        for name, patience in self._patience.items():
            # one that answers now and then, if not whole, is not broken: what it has not shown may be there
            if patience.is_spent and all(error.key != "list-not-whole" for error in patience.errors):
                self._closed.setdefault(name, patience.errors[-1])


def _shows_anything(found: dict[str, Any]) -> bool:
    return any(found[name] and not isinstance(found[name], NoEvidence) for name in ("copies", "tasks"))


def _show_running(found: dict[str, Any]) -> bool:
    copies = [] if isinstance(found["copies"], NoEvidence) else found["copies"]
    tasks = [] if isinstance(found["tasks"], NoEvidence) else found["tasks"]
    ended = ("available", "error", *GONE)
    return any(c.status not in ended for c in copies) or any(t.status in ("running", "waiting") for t in tasks)
