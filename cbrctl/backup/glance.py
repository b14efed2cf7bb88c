"""What the lists of a whole project allow to say of one backup: that it goes on, or that it is complete.

Complete is what tasks, copies, the vault and the answer to the POST agree on. What failed, was skipped, is missing or does
not agree is looked at by itself, with its checkpoint and its own lists (observer.py); so are some that agree, since lists
may agree in a lie (project.py).
"""

from collections.abc import Callable, Sequence

from cbrctl.api.models import Resource
from cbrctl.api.results import Copy, Task
from cbrctl.backup.observer import VISIBLE_AFTER
from cbrctl.backup.project import FAILED_ROUNDS, Project
from cbrctl.backup.record import NOTHING_SEEN, Backup
from cbrctl.backup.search import RUNNING
from cbrctl.backup.snapshot import Rows, Snapshot
from cbrctl.backup.states import ENDED_TASKS, GONE, Evidence, Intent, NoEvidence
from cbrctl.backup.verdict import Verdict, judge
from cbrctl.durations import read_stamp
from cbrctl.errors import CbrctlError

ENDED = ("available", "error", *GONE)
"""What a copy says of itself on which nothing works any more."""
STILL = 1800.0
"""Seconds in which nothing of a backup at work has moved, after which it is looked at by itself."""


def judge_at_a_glance(
    copies: Sequence[Copy],
    tasks: Sequence[Task] | NoEvidence,
    intent: Intent,
    find_protected: Callable[[Intent], Sequence[Resource] | None],
) -> Verdict | None:
    """Return a verdict of `completed`, or an open one while rows show it at work; None where it has to be looked at.

    `find_protected` tells what the vault protects now, None where that is not known: of a backup of all of it nobody can
    tell then whether all is there.
    """
    verdict = judge(Evidence(NoEvidence.FORBIDDEN, copies, tasks), intent, settled=False)
    if verdict.unread or any(state.status in ("error", "skipped", "missing") for state in verdict.states):
        return None
    listed_tasks = () if isinstance(tasks, NoEvidence) else tasks
    ended = all(copy.status in ENDED for copy in copies)
    goes_on = any(task.status not in ENDED_TASKS for task in listed_tasks)
    if not ended or goes_on:
        return verdict._replace(outcome=None, by_choice=None)
    if any(ENDED_TASKS[task.status or ""] != "available" for task in listed_tasks):
        return None  # a copy that is there and a task that went wrong do not agree
    if verdict.outcome != "completed" or not verdict.states or set((verdict.by_choice or {}).values()) != {"completed"}:
        return None
    there = {state.id for state in verdict.states}
    if not all(state.status == "available" and state.copy_id for state in verdict.states):
        return None
    if not there <= {copy.resource_id for copy in copies} & {task.resource_id for task in listed_tasks}:
        return None
    protected = find_protected(intent)
    if intent.resource_ids is None or protected is None or not {r.id for r in protected} <= there:
        return None
    if any(r.id in there and r.status not in ("available", None) for r in protected):
        return None  # the vault says that it is not protected, or at work
    return verdict


class Glancer:
    """The looks at one backup through the lists of its project."""

    def __init__(self, project: Project, backup: Backup, *, fresh: bool) -> None:
        self.project = project
        self.backup = backup
        self.fresh = fresh
        """This run has sent it: its rows may come a minute late."""
        self._began = project.clock.monotonic()
        self._rows_at = self._began
        """The moment of the monotonic clock before the rows of the last look were read."""
        self._seen: tuple[int | None, float] = (None, self._began)
        """The hash of the rows that were seen last, which take kilobytes, and since when they are the same."""
        self._stuck_at: float | None = None
        """When a task went on beside copies that have ended: copies are read after tasks, and one may end in between."""
        self.is_sampled: bool | None = None
        """Whether it is looked at by itself although the lists call it complete; None where they did not yet."""

    @property
    def since(self) -> float | None:
        """When the backup began by the service's stamp, in epoch seconds; None where that is not known."""
        return read_stamp(self.backup.checkpoint.created_at) if self.backup.checkpoint else None

    def asks(self, due: float) -> bool:
        """Whether a look asks the service; another one of the fleet may have asked for it already."""
        since = self.since
        if since is None or self.project.is_given_up or self.is_sampled:
            return True
        return self.project.needs_reading(since, due)

    def note_own_lists(self, verdict: Verdict) -> None:
        """Note what the vault's own lists say: where the project's have failed for long, or lied, all are looked at so."""
        lied = self.is_sampled and verdict.outcome not in (None, "completed")
        if lied or self.project.failures > FAILED_ROUNDS:
            self.project.is_given_up = True

    def is_enough(self, seen: Verdict) -> bool:
        """Return whether what the lists say needs no look at the backup by itself. An end that is recorded does not."""
        if seen.outcome is None or self.backup.state == "completed":
            return True
        if self.is_sampled is None:
            self.is_sampled = self.project.draw_sample()
        return not self.is_sampled

    def look(self, intent: Intent, due: float | None) -> Verdict | CbrctlError | None:
        """Return what the project's lists of `due` or later allow to say, or why they could not be read just now.

        What was read a moment ago will do where nothing is `due`. None where the backup has to be looked at by itself.
        """
        since, checkpoint_id = self.since, self.backup.checkpoint_id
        if self.project.is_given_up or since is None or checkpoint_id is None:
            return None
        snapshot = self.project.read_recent(since, self.project.find_due() if due is None else due)
        verdict = self._judge(snapshot, checkpoint_id, intent)
        if snapshot.trouble is not None:
            return None if self.project.takes_trial() else snapshot.trouble
        return verdict

    def _judge(self, snapshot: Snapshot, checkpoint_id: str, intent: Intent) -> Verdict | None:
        tasks = snapshot.of_checkpoint(checkpoint_id).tasks
        at_work = any(task.status in RUNNING for task in tasks)
        if not at_work or self.project.may_have_stuck:  # while one is at work nothing has ended, mostly
            self.project.read_copies(snapshot)
        if snapshot.trouble is not None or not snapshot.is_whole or self._is_answered_oddly():
            return None
        self._rows_at = snapshot.began
        rows = snapshot.of_checkpoint(checkpoint_id)
        if not rows.copies and not rows.tasks:
            late = snapshot.began - self._began >= VISIBLE_AFTER
            return None if late or not self.fresh else NOTHING_SEEN._replace(skipped=intent.skipped)
        listed = NoEvidence.FORBIDDEN if snapshot.tasks_barred else rows.tasks
        verdict = judge_at_a_glance(rows.copies, listed, intent, self._find_protected)
        still = verdict is not None and verdict.outcome is None and self._stands_still(rows, snapshot.began)
        return None if still or (at_work and self._is_stuck(rows, snapshot.began)) else verdict

    def _find_protected(self, intent: Intent) -> Sequence[Resource] | None:
        """Return what the vault protects, shown after the rows were, and after the backup was accepted."""
        if intent.named:
            return ()
        due = max(self._began, self._rows_at) if self.fresh else self._rows_at
        vault = self.project.find_vault(str(self.backup.vault_id), due)
        return None if vault is None or vault.unread else vault.resources

    def _is_answered_oddly(self) -> bool:
        answer = self.backup.answer
        return answer is not None and (answer.vault_id is None or answer.skipped is None or not answer.resources)

    def _is_stuck(self, rows: Rows, moment: float) -> bool:
        """Return whether a task went on, an earlier time too, beside copies that have all ended."""
        made = {copy.resource_id for copy in rows.copies if copy.status in ENDED}
        if not rows.copies or len(made) < len(rows.copies) or not {task.resource_id for task in rows.tasks} <= made:
            return False
        before, self._stuck_at = self._stuck_at, moment
        return before is not None and before < moment

    def _stands_still(self, rows: Rows, moment: float) -> bool:
        if hash(rows) != self._seen[0]:
            self._seen = hash(rows), moment
        return moment - self._seen[1] >= STILL
