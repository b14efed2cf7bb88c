"""What the lists of a vault show of one of our own backups, found by its marker. By reading only.

copies   asked for with `incremental` absent, true and false, since clients disagree on what the service lists by default
         (service.md 4); the list without it stands for both kinds where it shows both
tasks    of the vault since the request left, by the service's own clock: they show what failed before it had a copy

Nothing is asked for by name: whether the service's filter matches exactly or by fragment nobody knows (service.md 13).
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from cbrctl.api.results import Copy, Task
from cbrctl.backup.marker import find_markers
from cbrctl.durations import read_stamp
from cbrctl.errors import CbrctlError, Forbidden, Unreachable
from cbrctl.machine.clock import SYSTEM, Clock
from cbrctl.phrases import Phrase

if TYPE_CHECKING:
    from cbrctl.api.client import Client
    from cbrctl.api.listing import Listing

SLACK = 3600.0
"""Seconds before the request left from which rows are asked for: they may be stamped by another clock than the answers."""
CLOCKS_APART = 300.0
"""Seconds by which the clock that stamps tasks may differ from the one that dates answers."""
LATEST = 900.0
"""Seconds after which a request that was sent is not executed any more (contract, unknown)."""
NO_STAMP = "9"
"""Later than any stamp."""
RUNNING = ("running", "waiting")
"""What the service calls a task that goes on (service.md 3)."""


class Marked(NamedTuple):
    """A checkpoint that carries the marker."""

    checkpoint_id: str
    since: str | None
    """When it began, as the service stamps it."""
    digests: frozenset[str]
    """What its markers say of the request; nothing where they are of an earlier version."""


class Found(NamedTuple):
    """What one look found."""

    marked: tuple[Marked, ...] = ()
    """The checkpoints that carry the marker, the oldest first."""
    trouble: CbrctlError | None = None
    """Why the lists prove no absence; None where they do."""
    running: bool = False
    """A task of the vault waits or runs that may be this backup's."""
    foreign: bool = False
    """A task of the vault waits or runs that is surely another's."""
    tasks_barred: bool = False
    """Tasks may not be read: one that waits, and has no copy yet, does not show."""
    barred: bool = False
    """Neither copies nor tasks may be read."""
    others: bool = False
    """Backups of the vault began that may be the one, and of which nothing tells: no marker, or its copies are gone."""
    asked_at: float = 0.0
    """The moment of the monotonic clock since which something may have begun that this look cannot show."""
    read_at: float = 0.0
    """The moment of the monotonic clock at which all of it had been read."""

    @property
    def checkpoint_ids(self) -> tuple[str, ...]:
        """The checkpoints that carry the marker, the oldest first."""
        return tuple(one.checkpoint_id for one in self.marked)

    def sort_by(self, digest: str | None) -> tuple[Marked, ...]:
        """Return them with those first that may be of a request of this digest: two machines may have sent."""
        return tuple(sorted(self.marked, key=lambda one: bool(one.digests) and digest not in one.digests))


class OpRows:
    """The rows of one op: which checkpoints they belong to, and since when these run."""

    def __init__(self, op_id: str, unwanted: tuple[str, ...]) -> None:
        self.op_id = op_id
        self.unwanted = unwanted
        self.began: dict[str, str] = {}
        self.digests: dict[str, set[str]] = {}
        self.kinds: set[bool] = set()
        self.copied: set[str | None] = set()
        """Checkpoints of which a copy is listed, whose texts are seen whole."""
        self.ended: list[Task] = []
        self.unnamed = False
        """A row carries the marker and names no checkpoint: something was begun that cannot be followed yet."""
        self.undescribed = False
        """A copy tells of no description, in which the marker may stand."""

    def take_copy(self, copy: Copy) -> bool:
        """Note a copy; none of them is kept."""
        if copy.incremental is not None:
            self.kinds.add(copy.incremental)
        self.copied.add(copy.checkpoint_id)
        self.undescribed = self.undescribed or not copy.is_described
        self._take(copy.checkpoint_id, copy.created_at, copy.name, copy.description)
        return False

    def take_task(self, task: Task) -> bool:
        """Note a task; those that run are kept."""
        self._take(task.checkpoint_id, task.started_at, task.copy_name)
        if task.status in RUNNING:
            return True
        self.ended.append(task)
        return False

    def may_have_been_own(self, sent_at: float | None) -> bool:
        """Return whether a task that ended may have been this backup's, whose marker stood in copies that are gone."""
        return any(task.checkpoint_id not in self.copied and self.may_be_own(task, sent_at) for task in self.ended)

    def may_be_own(self, task: Task, sent_at: float | None) -> bool:
        """Return whether a task that runs may be this backup's: of its time, and without another's marker."""
        began = read_stamp(task.started_at)
        of_that_time = sent_at is None or began is None or -SLACK <= began - sent_at <= LATEST + SLACK
        return of_that_time and not any(marker.op_id != self.op_id for marker in find_markers(task.copy_name))

    def _take(self, checkpoint_id: str | None, stamp: str | None, *texts: str | None) -> None:
        own = [marker for marker in find_markers(*texts) if marker.op_id == self.op_id]
        if not own or checkpoint_id in self.unwanted:
            return
        if checkpoint_id is None:
            self.unnamed = True
            return
        self.began[checkpoint_id] = min(stamp or NO_STAMP, self.began.get(checkpoint_id, NO_STAMP))
        self.digests.setdefault(checkpoint_id, set()).update(marker.digest for marker in own if marker.digest)

    def find_gap(self, by_description: bool) -> CbrctlError | None:
        """Return why the rows prove no absence, of a marker `by_description` too; None where they do, or show it."""
        if self.began:
            return None
        if self.unnamed:
            return Unreachable("list-not-whole", note=Phrase("a copy or task of the backup names no checkpoint"))
        if by_description and self.undescribed:
            return Unreachable(
                "list-not-whole", note=Phrase("a copy tells of no description, where the marker may stand")
            )
        return None

    def list_marked(self) -> tuple[Marked, ...]:
        """Return the checkpoints that carry the marker, the oldest first."""
        oldest_first = sorted(self.began, key=lambda checkpoint_id: (self.began[checkpoint_id], checkpoint_id))
        stamps = {one: stamp if stamp != NO_STAMP else None for one, stamp in self.began.items()}
        return tuple(Marked(one, stamps[one], frozenset(self.digests[one])) for one in oldest_first)


def look_for(
    client: "Client",
    op_id: str,
    vault_id: str,
    *,
    named: bool,
    keyed: bool = False,
    since: Callable[[], float | None] = lambda: None,
    unwanted: tuple[str, ...] = (),
    clock: Clock = SYSTEM,
) -> Found:
    """Look once for the backup of an op. Raises nothing but signals.

    `named` says that the user gave it a name: its marker then stands in the description, which copies alone show. One that is
    `keyed` may have been sent by another machine: that copies tell of no descriptions is no proof then that there is none.
    `since` gives when it was sent, in seconds of the service's clock, or None where that is not known or any day will
    do; it is asked again after the copies, whose answers tell that clock. Checkpoints of `unwanted` are passed over.
    """
    rows = OpRows(op_id, unwanted)
    asked_at = clock.monotonic()
    copies = _list_copies(client, vault_id, rows, since)
    tasks = client.list_in_vault(
        client.list_tasks, vault_id, keep=rows.take_task, operation_type="backup", start_time=_stamp(since())
    )
    marked = rows.list_marked()
    trouble = find_trouble(copies, tasks, named) or rows.find_gap(named and keyed)
    return Found(
        marked,
        trouble,
        running=any(rows.may_be_own(task, since()) for task in tasks.rows),
        foreign=any(not rows.may_be_own(task, since()) for task in tasks.rows),
        tasks_barred=isinstance(tasks.trouble, Forbidden),
        others=named and rows.may_have_been_own(since()),
        barred=all(isinstance(why, Forbidden) for why in (tasks.trouble, *(listing.trouble for listing in copies))),
        # another machine may have given the backup a name: its marker stands in the description then, which tasks do not show
        asked_at=asked_at,
        read_at=clock.monotonic(),
    )


def look_unmarked(client: "Client", vault_id: str, sent_at: Callable[[], float | None]) -> Found:
    """Look once for a backup that carries no marker: only that none began since can be told. Raises nothing but signals."""
    tasks = client.list_in_vault(client.list_tasks, vault_id, operation_type="backup")
    since = (sent_at() or 0.0) - SLACK
    others = any((read_stamp(task.started_at) or since) >= since for task in tasks.rows)
    return Found(trouble=tasks.trouble, running=any(t.status in RUNNING for t in tasks.rows), others=others)


def _list_copies(
    client: "Client", vault_id: str, rows: OpRows, since: Callable[[], float | None]
) -> "list[Listing[Copy]]":
    def ask(incremental: str | None) -> "Listing[Copy]":
        return client.list_in_vault(
            client.list_copies, vault_id, keep=rows.take_copy, incremental=incremental, start_time=_stamp(since())
        )

    listings = [ask(None)]
    if not (listings[0].is_whole and len(rows.kinds) == 2):
        listings += [ask("true"), ask("false")]
    return listings


def find_trouble(copies: "Iterable[Listing[Any]]", tasks: "Listing[Any]", named: bool) -> CbrctlError | None:
    """Return why the lists prove no absence. One that may not be read is done without where the other would show it too."""
    troubles = [listing.trouble for listing in copies]
    barred = all(isinstance(trouble, Forbidden) for trouble in troubles)
    if tasks.trouble is None and barred and not named:
        return None
    if isinstance(tasks.trouble, Forbidden) and not any(troubles):
        return None
    return next((t for t in (*troubles, tasks.trouble) if t and not isinstance(t, Forbidden)), None) or next(
        (t for t in (*troubles, tasks.trouble) if t), None
    )


def _stamp(sent_at: float | None) -> str | None:
    if sent_at is None:
        return None
    return datetime.fromtimestamp(max(0.0, sent_at - SLACK), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
