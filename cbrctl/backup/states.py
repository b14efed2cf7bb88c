"""What a look shows of each resource: its copy decides, else its task, else the checkpoint's own word. Pure."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple

from cbrctl.api.models import Checkpoint, Resource, Skipped
from cbrctl.api.results import Copy, Task

GONE = ("deleted", "deleting", "error-deleting")
AT_WORK = ("protecting", "waiting_protect")
ENDED_TASKS = {"success": "available", "failed": "error", "timeout": "error", "skipped": "skipped"}
_RUNNING_TASKS = {"running": "protecting", "waiting": "waiting_protect"}


class NoEvidence(Enum):
    """Why a source of evidence has nothing to say."""

    FORBIDDEN = "forbidden"
    """These credentials may not read it: the verdict is made without it."""
    BROKEN = "broken"
    """It failed for long while the others answered: the verdict is made without it."""
    SILENT = "silent"
    """It did not answer, or not whole, this time: no verdict yet."""


LEFT_OUT = (NoEvidence.FORBIDDEN, NoEvidence.BROKEN)


class Evidence(NamedTuple):
    """What one look found. A fleet has only the lists: its `checkpoint` is FORBIDDEN."""

    checkpoint: Checkpoint | NoEvidence
    copies: Sequence[Copy] | NoEvidence
    tasks: Sequence[Task] | NoEvidence
    absent: bool = False
    """For a minute at least the service itself has said that the checkpoint does not exist, or is deleted."""
    overdue: bool = False
    """For so long nothing has moved that the checkpoint's own word of a resource at work says nothing any more."""


class Intent(NamedTuple):
    """What was meant: needed to tell a whole backup from a partial one."""

    resource_ids: tuple[str, ...] | None
    """The wanted resources; None where nobody knows (`wait`): what the service lists is taken for it."""
    skipped: tuple[Skipped, ...] | None
    """What the answer to the POST named; None where that answer is not held."""
    ignore_skipped: bool = False
    known: tuple[Resource, ...] = ()
    """Names, types and sizes that are known from before, for looks that do not show them."""
    seen: tuple[str, ...] = ()
    """Resources that earlier looks named: what a look passes over is there all the same."""
    named: bool = False
    """The command named them; else all that the checkpoint lists counts too."""
    sure: bool = False
    """They are all that were wanted: named by the command, or those of the vault as it was looked up."""
    unread: bool = False
    """The answer, or the vault as it was looked up, names something that cannot be read."""
    never_ignored: bool = False
    """What passes for skipped may have failed: it is not left out, whatever was chosen."""


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


def gather(
    evidence: Evidence, copies: Sequence[Copy], tasks: Sequence[Task], intent: Intent, settled: bool
) -> tuple[State, ...]:
    """Put together what is known of each resource that anything names, the wanted ones first."""
    checkpoint = evidence.checkpoint if isinstance(evidence.checkpoint, Checkpoint) else None
    left_out = {s.id for s in intent.skipped or ()}
    listed: Iterable[str | None] = [*(c.resource_id for c in copies), *(t.resource_id for t in tasks)]
    if not intent.named and checkpoint:
        listed = [*(r.id for r in checkpoint.resources), *listed]
    named = dict.fromkeys([*(intent.resource_ids or ()), *listed, *intent.seen])
    return tuple(
        _state(
            resource_id,
            checkpoint,
            [c for c in copies if c.resource_id == resource_id],
            [t for t in tasks if t.resource_id == resource_id],
            evidence,
            next((r for r in intent.known if r.id == resource_id), None),
            settled=settled,
            alone=len(named) == 1,
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
    alone: bool,
) -> State:
    listed = next((r for r in checkpoint.resources if r.id == resource_id), None) if checkpoint else None
    copy = min(copies, key=lambda c: _badness(c.status)) if copies else None
    task = min(tasks, key=lambda t: _badness(ENDED_TASKS.get(t.status or "", "protecting"))) if tasks else None
    ended = checkpoint is not None and checkpoint.status == "error"
    word = _word(listed, evidence, ended, alone=alone)
    status = _status(copy, task, evidence, word)
    over = evidence.absent or (checkpoint is not None and checkpoint.status in ("available", "error"))
    idle = over and copy is None and (task is None or task.status in ENDED_TASKS)
    # where neither list can be read, or one did not answer, that nothing shows it means nothing
    lists = (evidence.copies, evidence.tasks)
    read = NoEvidence.SILENT not in lists and not all(isinstance(source, NoEvidence) for source in lists)
    # a checkpoint may end before all of its resources, and lists show those late
    at_work = listed is not None and listed.status in AT_WORK and not evidence.overdue
    if settled and read and idle and not at_work and not word and status not in ("available", "error", "skipped"):
        status = "missing"
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


def _word(listed: Resource | None, evidence: Evidence, ended: bool, *, alone: bool) -> str | None:
    """Return the checkpoint's own word of a resource, where nothing better can be read.

    It may be the state from before the backup: under an error of the whole a good word tells nothing of one of several.
    """
    if listed is None or evidence.copies is not NoEvidence.FORBIDDEN or evidence.tasks is not NoEvidence.FORBIDDEN:
        return None
    if listed.status in GONE or (ended and alone):
        return "error"
    return "unknown" if ended and listed.status != "error" else listed.status


def _status(copy: Copy | None, task: Task | None, evidence: Evidence, word: str | None) -> str:
    """The copy decides where copies can be read; else the task; else, where neither can, the checkpoint's word."""
    ended = ENDED_TASKS.get(task.status or "") if task else None
    if copy is not None:
        if ended == "error" and copy.status != "available":
            return "error"
        return "error" if copy.status in GONE else copy.status or "protecting"
    if ended in ("error", "skipped"):
        return ended
    if ended == "available" and evidence.copies in LEFT_OUT:
        return "available"
    if task is not None:
        return _RUNNING_TASKS.get(task.status or "", "protecting")
    return word or "waiting_protect"


def _badness(status: str | None) -> int:
    """Several rows of one resource count as the worst of them: error, anything running, skipped, available."""
    ranks = {"error": 0, "deleted": 0, "deleting": 0, "error-deleting": 0, "skipped": 2, "available": 3}
    return ranks.get(status or "", 1)


def _first(*values: str | None) -> str | None:
    return next((v for v in values if v), None)
