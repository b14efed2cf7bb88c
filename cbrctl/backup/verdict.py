"""How a backup ended: one pure function over what a look found (contract, outcomes).

evidence        checkpoint   copies    tasks       each answered, forbidden, or not answered whole this time
per resource    its copy     else its task     else, where both lists are forbidden, the checkpoint's own word
the whole       all ends known → completed | partial | failed | refused;  else None: look again
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple

from cbrctl.codes import classify
from cbrctl.models import Checkpoint, Copy, Resource, Skipped, Task

GONE = ("deleted", "deleting", "error-deleting")
ENDED = ("completed", "partial", "failed")
"""The outcomes of a backup that was begun and goes on no more."""
_ENDED_TASKS = {"success": "available", "failed": "error", "timeout": "error", "skipped": "skipped"}
_RUNNING_TASKS = {"running": "protecting", "waiting": "waiting_protect"}
_ENDS = ("available", "error", "skipped", "missing")


class Source(Enum):
    """Why a source of evidence has nothing to say."""

    FORBIDDEN = "forbidden"
    """These credentials may not read it: the verdict is made without it."""
    SILENT = "silent"
    """It did not answer, or not whole, this time: no verdict yet."""


class Evidence(NamedTuple):
    """What one look found. A fleet has only the lists: its `checkpoint` is FORBIDDEN."""

    checkpoint: Checkpoint | Source
    copies: Sequence[Copy] | Source
    tasks: Sequence[Task] | Source
    absent: bool = False
    """For a minute at least the service itself has said that the checkpoint does not exist, or is deleted."""
    unread: bool = False
    """A row stands in a list that cannot be read, and has done so for long."""


class Intent(NamedTuple):
    """What was meant: needed to tell a whole backup from a partial one."""

    resource_ids: tuple[str, ...] | None
    """The wanted resources; None where nobody knows (`wait`): what the service lists is taken for it."""
    skipped: tuple[Skipped, ...] | None
    """What the answer to the POST named; None where that answer is not held."""
    ignore_skipped: bool = False
    known: tuple[Resource, ...] = ()
    """Names, types and sizes that are known from before, for looks that do not show them."""
    named: bool = False
    """The command named them; else all that the checkpoint lists counts too."""
    sure: bool = False
    """They are all that were wanted: named by the command, or those of the vault as it was looked up."""
    unread: bool = False
    """The answer, or the vault as it was looked up, names something that cannot be read."""


class State(NamedTuple):
    """One resource as the evidence shows it. `status` is the service's word for a copy, or `missing`, `skipped`."""

    id: str
    name: str | None
    type: str | None
    size_gb: int | None
    status: str
    copy_id: str | None
    progress: int | None
    error: tuple[str | None, str | None] | None
    """Code and words of the service, where it said why."""


class Verdict(NamedTuple):
    """How it ended; `outcome` is None while it goes on."""

    outcome: str | None
    states: tuple[State, ...]
    skipped: tuple[Skipped, ...] | None
    gone: bool = False
    """The checkpoint was deleted under way."""
    whole: bool = False
    """Every source was read, and a row of the service says of each resource how it ended: nothing can right this."""
    unread: bool = False
    """Something that was named cannot be read: it forbids `completed`."""
    ended_at: str | None = None
    """When the service says that the last of it ended."""
    consistency: tuple[tuple[str, str], ...] = ()
    """Resources whose copies are not consistent for applications, and why."""


def judge(evidence: Evidence, intent: Intent, *, settled: bool) -> Verdict:
    """Return the verdict that `evidence` allows.

    `settled` says that lists which lag behind have had their time: what they still do not show is missing then, while
    before that it keeps the verdict open. A status word that nobody knows means still running.
    """
    copies, tasks = _rows(evidence)
    states = _gather(evidence, copies, tasks, intent, settled)
    intent, states = _name_skipped(evidence, intent, states, settled)
    verdict = Verdict(
        None,
        states,
        intent.skipped,
        unread=evidence.unread or intent.unread or _is_unread(evidence, copies, tasks),
        ended_at=_find_end(copies, tasks),
        consistency=_find_inconsistent(copies, tasks, states),
    )
    if _is_gone(evidence, copies, tasks):
        return verdict._replace(outcome="failed", gone=True)
    if intent.skipped and not states and not verdict.unread:
        return verdict._replace(outcome=_weigh(verdict, intent), whole=True)
    if not _is_conclusive(evidence, verdict, intent, settled):
        return verdict
    return verdict._replace(outcome=_weigh(verdict, intent), whole=_is_whole(evidence, copies, tasks, verdict))


def _rows(evidence: Evidence) -> tuple[list[Copy], list[Task]]:
    """Return the copies and tasks of backups: copies of copies, and other work on them, say nothing of this one."""
    copies = [] if isinstance(evidence.copies, Source) else evidence.copies
    tasks = [] if isinstance(evidence.tasks, Source) else evidence.tasks
    return (
        [c for c in copies if c.image_type != "replication"],
        [t for t in tasks if t.operation_type in ("backup", None)],
    )


def _name_skipped(
    evidence: Evidence, intent: Intent, states: tuple[State, ...], settled: bool
) -> tuple[Intent, tuple[State, ...]]:
    """Take for skipped what only a lost answer named: each wanted resource of which nothing is seen (contract, document)."""
    if intent.skipped is not None or not intent.sure or not states:
        return intent, states
    if all(s.status == "available" for s in states):
        return intent._replace(skipped=()), states
    if not settled or any(source is Source.SILENT for source in evidence[:3]):
        return intent, states
    lost = tuple(Skipped(s.id, s.name, s.type, None, None) for s in states if s.status == "missing")
    return intent._replace(skipped=lost), tuple(s for s in states if s.status != "missing")


def _is_unread(evidence: Evidence, copies: Sequence[Copy], tasks: Sequence[Task]) -> bool:
    """Return whether a row says something of a resource without naming it."""
    checkpoint = evidence.checkpoint
    return (
        (isinstance(checkpoint, Checkpoint) and checkpoint.unread > 0)
        or any(copy.resource_id is None for copy in copies)
        or any(task.resource_id is None and task.status != "success" for task in tasks)
    )


def _is_whole(evidence: Evidence, copies: Sequence[Copy], tasks: Sequence[Task], verdict: Verdict) -> bool:
    """Return whether every source was read and a row says of each resource how it ended."""
    ended = {c.resource_id for c in copies if c.status in (*GONE, "available", "error")}
    ended |= {t.resource_id for t in tasks if t.status in _ENDED_TASKS}
    answered = not any(isinstance(source, Source) for source in evidence[:3])
    return answered and bool(verdict.states) and not verdict.unread and all(s.id in ended for s in verdict.states)


def _is_gone(evidence: Evidence, copies: Sequence[Copy], tasks: Sequence[Task]) -> bool:
    if not evidence.absent or evidence.copies is Source.SILENT or evidence.tasks is Source.SILENT:
        return False
    ended = (*GONE, "error")
    return all(c.status in ended for c in copies) and all(t.status in _ENDED_TASKS for t in tasks)


def _is_conclusive(evidence: Evidence, verdict: Verdict, intent: Intent, settled: bool) -> bool:
    states = verdict.states
    if evidence.checkpoint is Source.SILENT and not evidence.absent:
        return False
    if evidence.copies is Source.SILENT or evidence.tasks is Source.SILENT:
        return False
    if all(source is Source.FORBIDDEN for source in evidence[:3]):
        return False
    if verdict.unread and not settled:
        return False  # the next look may be able to read it
    if isinstance(evidence.checkpoint, Checkpoint) and evidence.checkpoint.status not in ("available", "error"):
        return False
    if not states:
        return settled and isinstance(evidence.checkpoint, Checkpoint)
    listed = isinstance(evidence.checkpoint, Checkpoint) and evidence.checkpoint.resources
    if intent.resource_ids is None and not listed and not settled:
        return False  # what nothing names yet may still come
    return all(s.status in _ENDS for s in states)


def _weigh(verdict: Verdict, intent: Intent) -> str:
    counts = count(verdict)
    if counts.good:
        left_out = counts.skipped and not intent.ignore_skipped
        return "partial" if counts.failed or left_out or verdict.unread else "completed"
    codes = [s.code for s in intent.skipped or ()] + [s.error and s.error[0] for s in verdict.states]
    if counts.skipped and not counts.failed and not verdict.unread and all(classify(c) == "busy" for c in codes):
        return "refused"
    return "failed"


class Counts(NamedTuple):
    """How many resources ended how."""

    good: int
    failed: int
    skipped: int


def count(verdict: Verdict) -> Counts:
    """Return how many resources ended how; what its task calls skipped is skipped."""
    good = sum(s.status == "available" for s in verdict.states)
    skipped = sum(s.status == "skipped" for s in verdict.states)
    return Counts(good, len(verdict.states) - good - skipped, skipped + len(verdict.skipped or ()))


def _gather(
    evidence: Evidence, copies: Sequence[Copy], tasks: Sequence[Task], intent: Intent, settled: bool
) -> tuple[State, ...]:
    """Put together what is known of each resource that anything names, the wanted ones first."""
    checkpoint = evidence.checkpoint if isinstance(evidence.checkpoint, Checkpoint) else None
    left_out = {s.id for s in intent.skipped or ()}
    listed: Iterable[str | None] = [*(c.resource_id for c in copies), *(t.resource_id for t in tasks)]
    if not intent.named and checkpoint:
        listed = [*(r.id for r in checkpoint.resources), *listed]
    named = dict.fromkeys([*(intent.resource_ids or ()), *listed])
    return tuple(
        _state(
            resource_id,
            checkpoint,
            [c for c in copies if c.resource_id == resource_id],
            [t for t in tasks if t.resource_id == resource_id],
            evidence,
            next((r for r in intent.known if r.id == resource_id), None),
            settled=settled,
        )
        for resource_id in named
        if resource_id and resource_id not in left_out
    )


def _state(
    resource_id: str,
    checkpoint: Checkpoint | None,
    copies: Sequence[Copy],
    tasks: Sequence[Task],
    evidence: Evidence,
    known: Resource | None,
    *,
    settled: bool,
) -> State:
    listed = next((r for r in checkpoint.resources if r.id == resource_id), None) if checkpoint else None
    copy = min(copies, key=lambda c: _badness(c.status)) if copies else None
    task = min(tasks, key=lambda t: _badness(_ENDED_TASKS.get(t.status or "", "protecting"))) if tasks else None
    ended = checkpoint is not None and checkpoint.status == "error"
    word = _word(listed, evidence, ended)
    status = _status(copy, task, evidence, word)
    over = evidence.absent or (checkpoint is not None and checkpoint.status in ("available", "error"))
    idle = over and copy is None and (task is None or task.status in _ENDED_TASKS)
    if settled and idle and not word and status not in ("available", "error", "skipped"):
        status = "missing"
    if ended and settled and status not in ("available", "skipped", "missing"):
        status = "error"
    error = None
    if task and (task.error_code or task.error_message):
        error = (task.error_code, task.error_message)
    progress = 100 if status == "available" else task.progress if task else copy.progress if copy else None
    about = [one for one in (listed, known) if one]
    return State(
        id=resource_id,
        name=_first(*(r.name for r in about), copy and copy.resource_name, task and task.resource_name),
        type=_first(*(r.type for r in about), copy and copy.resource_type, task and task.resource_type),
        size_gb=next((r.size_gb for r in about if r.size_gb is not None), copy.size_gb if copy else None),
        status=status,
        copy_id=copy.id if copy else task.copy_id if task else None,
        progress=progress,
        error=error if status != "available" else None,
    )


def _word(listed: Resource | None, evidence: Evidence, ended: bool) -> str | None:
    """Return the checkpoint's own word of a resource, where nothing better can be read.

    It may be the state from before the backup, so an error of the whole outweighs it.
    """
    if listed is None or evidence.copies is not Source.FORBIDDEN or evidence.tasks is not Source.FORBIDDEN:
        return None
    return "error" if ended or listed.status in GONE else listed.status


def _status(copy: Copy | None, task: Task | None, evidence: Evidence, word: str | None) -> str:
    """The copy decides where copies can be read; else the task; else, where neither can, the checkpoint's word."""
    ended = _ENDED_TASKS.get(task.status or "") if task else None
    if copy is not None:
        if ended == "error" and copy.status != "available":
            return "error"
        return "error" if copy.status in GONE else copy.status or "protecting"
    if ended in ("error", "skipped"):
        return ended
    if ended == "available" and evidence.copies is Source.FORBIDDEN:
        return "available"
    if task is not None:
        return _RUNNING_TASKS.get(task.status or "", "protecting")
    return word or "waiting_protect"


def _badness(status: str | None) -> int:
    """Several rows of one resource count as the worst of them: error, anything running, skipped, available."""
    ranks = {"error": 0, "deleted": 0, "deleting": 0, "error-deleting": 0, "skipped": 2, "available": 3}
    return ranks.get(status or "", 1)


def _find_end(copies: Sequence[Copy], tasks: Sequence[Task]) -> str | None:
    """Return the latest end that tasks tell, else the latest change of a copy."""
    ends = [t.ended_at for t in tasks if t.ended_at] or [c.updated_at for c in copies if c.updated_at]
    return max(ends, default=None)


def _find_inconsistent(
    copies: Sequence[Copy], tasks: Sequence[Task], states: Sequence[State]
) -> tuple[tuple[str, str], ...]:
    names = {s.id: s.name or s.id for s in states}
    rows: list[Copy | Task] = [*copies, *tasks]
    said = {(row.resource_id or "", row.consistency_error) for row in rows if row.consistency_error}
    return tuple(sorted((names.get(resource_id, resource_id), str(words)) for resource_id, words in said))


def _first(*values: str | None) -> str | None:
    return next((v for v in values if v), None)
