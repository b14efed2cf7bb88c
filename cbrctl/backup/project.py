"""The lists of copies and tasks of a whole project, read once for all backups of a fleet.

What stands there is taken as it stands; what does not stand there proves nothing of a backup by itself, but where a list
of everything, read whole, shows no marker (service.md 3, 4).
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from cbrctl.api.listing import Listing
from cbrctl.api.results import Copy, Task
from cbrctl.backup.marker import find_markers
from cbrctl.backup.polling import AT_ONCE
from cbrctl.backup.schedule import Steps, Ticket
from cbrctl.backup.search import SLACK, Found, OpRows, find_trouble
from cbrctl.errors import CbrctlError, Forbidden, Throttled, Unreachable
from cbrctl.machine.clock import Clock
from cbrctl.phrases import Phrase

if TYPE_CHECKING:
    from cbrctl.api.client import Client
    from cbrctl.api.models import Vault

TOGETHER = 900.0
"""Seconds within which the backups of a fleet begin, mostly."""
FAILED_ROUNDS = 5
"""Looks at the project's lists that failed in a row, after which one backup tries whether its own lists answer."""
SMALL, SAMPLED_FIRST, SAMPLED_EVERY = 16, 8, 100
"""Of a fleet of up to so many each backup that the project's lists call complete is looked at by itself all the same; of a
larger one the first, and then one of so many."""


class Rows(NamedTuple):
    """What the lists of a project showed of something."""

    copies: Sequence[Copy]
    tasks: Sequence[Task]


class Snapshot:
    """The rows of one reading, by checkpoint and by the op whose marker they carry. Each list is read when it is needed."""

    def __init__(
        self, client: "Client", began: float, since: float | None, op_ids: frozenset[str], *, patient: bool
    ) -> None:
        self.client = client
        self.began = began
        """The moment of the monotonic clock before it was read: what it shows may be as old as that."""
        self.ended = began
        """The moment at which it had been read, as far as it was."""
        self.since = since
        self.op_ids = op_ids
        self.patient = patient
        """Each read of it was tried again where it failed."""
        self.copies: list[Listing[Copy]] = []
        """What was read of the lists of copies, without their rows."""
        self.tasks: Listing[Task] | None = None
        self._start_time = None
        if since is not None:
            moment = datetime.fromtimestamp(max(0.0, since - SLACK), UTC)
            self._start_time = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        self._copies: dict[str | None, dict[str, Copy]] = defaultdict(dict)
        self._tasks: dict[str | None, list[Task]] = defaultdict(list)
        self._marked_copies: dict[str, dict[str, Copy]] = defaultdict(dict)
        self._marked_tasks: dict[str, list[Task]] = defaultdict(list)
        self._asked: set[str | None] = set()
        """The kinds of copies that were asked for."""
        self._kinds: set[bool | None] = set()
        self._shown: frozenset[bool | None] = frozenset()
        """The kinds that are listed, whole, where nothing is said of the kind."""

    def read_tasks(self) -> None:
        """Read the tasks to their end."""
        if self.tasks is None:
            self.tasks = self.client.list_tasks(
                self._take_task, operation_type="backup", start_time=self._start_time, enterprise_project_id=None
            )

    def read_copies(self, *, both_kinds: bool) -> None:
        """Read the copies to their end.

        Clients disagree on what is listed where nothing is said of the kind (service.md 4): where no incremental copy is
        shown they are asked for, and full ones as well where all must be seen.
        """
        if not self.copies:
            self._ask(None)
            self._shown = frozenset(self._kinds) if self.copies[0].is_whole else frozenset()
        if (
            self.copies[0].error is not None
            or (self._shown >= {True, False})
            or (not both_kinds and True in self._shown)
        ):
            return
        for kind in ("true", "false") if both_kinds else ("true",):
            if kind not in self._asked:
                self._ask(kind)

    def _ask(self, kind: str | None) -> None:
        self._asked.add(kind)
        listing = self.client.list_copies(
            self._take_copy, incremental=kind, start_time=self._start_time, enterprise_project_id=None
        )
        self.copies.append(listing)

    @property
    def trouble(self) -> CbrctlError | None:
        """Why what was read may be read again at once: the service does not answer, or refuses for rate."""
        troubles = [listing.error for listing in (*self.copies, self.tasks) if listing]
        return next((t for t in troubles if isinstance(t, Unreachable | Throttled)), None)

    @property
    def failed_by_chance(self) -> bool:
        """Whether it failed at the one try it had, or was refused for rate: that is no answer to who must know."""
        return self.trouble is not None and not (self.patient and isinstance(self.trouble, Unreachable))

    @property
    def is_whole(self) -> bool:
        """Whether what was read was read whole; tasks that may not be read are left out."""
        read = self.copies if self.tasks_barred else [*self.copies, self.tasks]
        return all(listing.is_whole for listing in read if listing)

    @property
    def tasks_barred(self) -> bool:
        """Whether tasks may not be read."""
        return self.tasks is not None and isinstance(self.tasks.error, Forbidden)

    def of_checkpoint(self, checkpoint_id: str) -> Rows:
        """Return what belongs to a checkpoint."""
        copies = self._copies.get(checkpoint_id, {})
        return Rows(tuple(copies.values()), tuple(self._tasks.get(checkpoint_id, ())))

    def of_op(self, op_id: str) -> Rows:
        """Return what carries the marker of an op."""
        return Rows(tuple(self._marked_copies.get(op_id, {}).values()), tuple(self._marked_tasks.get(op_id, ())))

    def _take_copy(self, copy: Copy) -> bool:
        self._kinds.add(copy.incremental)
        for op_id in {marker.op_id for marker in find_markers(copy.name, copy.description)} & self.op_ids:
            self._marked_copies[op_id][copy.id] = copy
        if self.since is not None:  # of all days only what is looked for is kept
            self._copies[copy.checkpoint_id][copy.id] = copy
        return False

    def _take_task(self, task: Task) -> bool:
        for op_id in {marker.op_id for marker in find_markers(task.copy_name)} & self.op_ids:
            self._marked_tasks[op_id].append(task)
        if self.since is not None:
            self._tasks[task.checkpoint_id].append(task)
        return False


class Project:
    """What the lists of one project show, read again when it is too old for who asks."""

    def __init__(self, client: "Client", clock: Clock, op_ids: frozenset[str]) -> None:
        self.client = client
        self.clock = clock
        self.op_ids = op_ids
        self.failures = 0
        """How many readings failed in a row."""
        self.is_given_up = False
        """Vaults' own lists answer where those of the project do not, or tell otherwise."""
        self._recent: Snapshot | None = None
        self._all: Snapshot | None = None
        self._tried: Snapshot | None = None
        self._vaults: dict[str, Vault] = {}
        self._vaults_read_at: float | None = None
        self._complete = 0
        self._samples = 0
        """How many backups are looked at by themselves just now, to see whether the lists lie."""
        self._waiting: list[Ticket] = []
        self._read_at = -math.inf
        """The moment of the monotonic clock at which the latest list had been read."""

    def find_due(self, patience: float = AT_ONCE) -> float:
        """Return since when what was read serves who looks now.

        It is the end of a reading that is to be no more than `patience` seconds ago: a long one would serve nobody else
        otherwise, and each would read anew.
        """
        now = self.clock.monotonic()
        return self._recent.began if self._recent and now - self._read_at <= patience else now

    def read_recent(self, since: float, due: float, *, markers: bool = False) -> Snapshot:
        """Return what was begun at `since` or later, in seconds of the service's clock, as it was at `due` or later.

        `due` is a moment of the monotonic clock. Tasks alone are read at first; with `markers` copies of both kinds too,
        and each read is tried again. Raises nothing but signals.
        """
        known = self._recent
        if known is None or self.needs_reading(since, due) or (markers and known.failed_by_chance):
            # others of the fleet began a little earlier
            earliest = min(since - TOGETHER, known.since or since) if known else since - TOGETHER
            self._recent = known = None  # two at once would take twice the memory
            self._recent = known = self._read(earliest, markers=markers)
        elif markers:
            before = len(known.copies)
            known.read_copies(both_kinds=True)
            if len(known.copies) > before:
                known.ended = self._read_at = self.clock.monotonic()
        return known

    def read_all(self) -> Snapshot:
        """Return what carries the markers of the run, of any day: it is read once, and again where it could not be read."""
        if self._all is None or self._all.trouble is not None:
            self._all = self._read(None, markers=True)
        return self._all

    def needs_reading(self, since: float, due: float) -> bool:
        """Whether `read_recent` asks the service; it is answered from what was read otherwise."""
        known = self._recent
        return known is None or known.began < due or (known.since or 0.0) > since

    def takes_trial(self) -> bool:
        """Return whether who asks is to look at its own lists, once a reading, since the project's have failed for long."""
        if self.failures <= FAILED_ROUNDS or self._tried is self._recent:
            return False
        self._tried = self._recent
        return True

    def find_vault(self, vault_id: str, due: float = -math.inf) -> "Vault | None":
        """Return a vault as one list of all shows it at `due` or later; None where that is not whole, or has it not."""
        if self._vaults_read_at is None or self._vaults_read_at < due:
            self._vaults_read_at = self.clock.monotonic()
            with self.client.single_try():
                found = self.client.list_vaults(enterprise_project_id=None)
            self._vaults = {vault.id: vault for vault in found.rows} if found.is_whole else {}
            self._read_at = self.clock.monotonic()
        return self._vaults.get(vault_id)

    def draw_sample(self) -> bool:
        """Return whether one more backup that the lists call complete is looked at by itself: they may lie."""
        self._complete += 1
        first = SAMPLED_FIRST if len(self.op_ids) > SMALL else SMALL
        return self._complete <= first or self._complete % SAMPLED_EVERY == 0

    @contextmanager
    def sampling(self) -> Iterator[None]:
        """Let those that the lists call complete wait: whether the lists lie is being looked at."""
        self._samples += 1
        try:
            yield
        finally:
            self._samples -= 1
            while not self._samples and self._waiting:
                self._waiting.pop().serve()

    def wait_for_samples(self) -> Steps:
        """Wait while it is being looked at whether the lists lie."""
        while self._samples:
            ticket = Ticket()
            self._waiting.append(ticket)
            yield ticket

    def _read(self, since: float | None, *, markers: bool) -> Snapshot:
        """Read tasks, and copies too where it is for `markers`; those who look again and again need no second try of each."""
        snapshot = Snapshot(self.client, self.clock.monotonic(), since, self.op_ids, patient=markers)
        with nullcontext() if markers else self.client.single_try():
            snapshot.read_tasks()
            if markers and snapshot.trouble is None:
                snapshot.read_copies(both_kinds=True)
        self._count(snapshot)
        return snapshot

    def read_copies(self, snapshot: Snapshot) -> None:
        """Read the copies of the latest reading, where that was not done yet."""
        if not snapshot.copies:
            with self.client.single_try():
                snapshot.read_copies(both_kinds=False)
            self._count(snapshot)

    def _count(self, snapshot: Snapshot) -> None:
        snapshot.ended = self._read_at = self.clock.monotonic()
        self.failures = 0 if snapshot.trouble is None else self.failures + 1


def look_among(snapshot: Snapshot, op_id: str, *, named: bool, unwanted: tuple[str, ...] = ()) -> Found:
    """Return what a reading shows of the backup of an op, as `look_for` does of its vault's own lists."""
    rows = OpRows(op_id, unwanted)
    found = snapshot.of_op(op_id)
    for copy in found.copies:
        rows.take_copy(copy)
    for task in found.tasks:
        rows.take_task(task)
    marked = rows.list_marked()
    trouble = find_trouble(snapshot.copies, snapshot.tasks or Listing(flaw=Phrase("it was not read")), named)
    if rows.unnamed and not marked:
        trouble = Unreachable("list-not-whole", note=Phrase("a copy or task of the backup names no checkpoint"))
    return Found(marked, trouble, tasks_barred=snapshot.tasks_barred, asked_at=snapshot.began, read_at=snapshot.ended)
