"""One reading of the lists of copies and tasks of a whole project: its rows by checkpoint, and by the marker they carry.

What stands there is taken as it stands; what does not stand there proves nothing of a backup by itself, but where a list
of everything, read whole, shows no marker (service.md 3, 4).
"""

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from cbrctl.api.listing import Listing
from cbrctl.api.results import Copy, Task
from cbrctl.backup.marker import find_markers
from cbrctl.backup.search import SLACK, Found, OpRows, find_trouble
from cbrctl.errors import CbrctlError, Forbidden, Throttled, Unreachable
from cbrctl.phrases import Phrase

if TYPE_CHECKING:
    from cbrctl.api.client import Client


class Rows(NamedTuple):
    """What the lists of a project showed of something."""

    copies: tuple[Copy, ...]
    tasks: tuple[Task, ...]


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
        self.undescribed = False
        """A copy tells of no description, in which a marker may stand."""
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
        self.undescribed = self.undescribed or not copy.is_described
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


def look_among(snapshot: Snapshot, op_id: str, *, named: bool, unwanted: tuple[str, ...] = ()) -> Found:
    """Return what a reading shows of the backup of an op, as `look_for` does of its vault's own lists."""
    rows = OpRows(op_id, unwanted)
    rows.undescribed = snapshot.undescribed
    found = snapshot.of_op(op_id)
    for copy in found.copies:
        rows.take_copy(copy)
    for task in found.tasks:
        rows.take_task(task)
    trouble = find_trouble(snapshot.copies, snapshot.tasks or Listing(flaw=Phrase("it was not read")), named)
    trouble = trouble or rows.find_gap(named)
    return Found(
        rows.list_marked(), trouble, tasks_barred=snapshot.tasks_barred, asked_at=snapshot.began, read_at=snapshot.ended
    )
