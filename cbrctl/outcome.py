"""How a backup ended: one pure function over the evidence, and the exit codes of the contract.

evidence        checkpoint   copies    tasks       each answered, forbidden, or not answered this time
per resource    its copy     else its task     else, where both lists are forbidden, the checkpoint's own word
the whole       all ends known → completed | partial | failed | refused;  else None: look again
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple

from cbrctl.codes import classify
from cbrctl.models import Checkpoint, Copy, Resource, Skipped, Task

_CODES = {
    "completed": 0,
    "accepted": 0,
    "skipped": 0,
    "planned": 0,
    "partial": 3,
    "failed": 4,
    "pending": 5,
    "unknown": 6,
}
"""The exit code of an outcome where no error names another."""

_MILDEST_FIRST = (0, 11, 5, 3, 13, 14, 10, 8, 7, 12, 15, 4, 6, 1)

_GONE = ("deleted", "deleting", "error-deleting")
_ENDED_TASKS = {"success": "available", "failed": "error", "timeout": "error", "skipped": "skipped"}
_RUNNING_TASKS = {"running": "protecting", "waiting": "waiting_protect"}


class Source(Enum):
    """Why a source of evidence has nothing to say."""

    FORBIDDEN = "forbidden"
    """These credentials may not read it: the verdict is made without it."""
    SILENT = "silent"
    """It did not answer this time: no verdict yet."""


class Evidence(NamedTuple):
    """What one look found. A fleet has only the lists: its `checkpoint` is FORBIDDEN."""

    checkpoint: Checkpoint | Source
    copies: Sequence[Copy] | Source
    tasks: Sequence[Task] | Source
    gone: bool = False
    """The checkpoint was there and is not any more."""


class Intent(NamedTuple):
    """What was meant: needed to tell a whole backup from a partial one."""

    resource_ids: tuple[str, ...] | None
    """The wanted resources; None where nobody knows (`wait`): what the service lists is taken for it."""
    skipped: tuple[Skipped, ...] | None
    """What the answer to the POST named; None where that answer is not held."""
    ignore_skipped: bool = False
    known: tuple[Resource, ...] = ()
    """Names, types and sizes that are known from before, for looks that do not show them."""
    found: bool = False
    """It was found again by its marker: a wanted resource of which nothing is seen counts as skipped (contract)."""


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


def judge(evidence: Evidence, intent: Intent, *, settled: bool) -> Verdict:
    """Give the verdict that `evidence` allows.

    `settled` says that lists which lag behind have had their time: what they still do not show is missing then, while
    before that it keeps the verdict open. A status word that nobody knows means still running.
    """
    states = _gather(evidence, intent, settled)
    silent = any(source is Source.SILENT for source in evidence[:3])
    if intent.found and intent.resource_ids is not None and settled and not silent:
        # only the lost answer named what was skipped
        lost = tuple(Skipped(s.id, s.name, s.type, None, None) for s in states if s.status == "missing")
        states = tuple(s for s in states if s.status != "missing")
        intent = intent._replace(skipped=lost)
    elif intent.found and states and all(s.status == "available" for s in states) and intent.resource_ids:
        intent = intent._replace(skipped=())
    skipped = intent.skipped
    if evidence.gone or (isinstance(evidence.checkpoint, Checkpoint) and evidence.checkpoint.status in _GONE):
        return Verdict("failed", states, skipped, gone=True)
    if intent.skipped and not states:
        return Verdict(_weigh((), intent), states, skipped)
    if not _is_conclusive(evidence, states, intent, settled):
        return Verdict(None, states, skipped)
    return Verdict(_weigh(states, intent), states, skipped)


def _is_conclusive(evidence: Evidence, states: Sequence[State], intent: Intent, settled: bool) -> bool:
    whole = bool(states) and all(s.status == "available" for s in states)
    if evidence.checkpoint is Source.SILENT or evidence.copies is Source.SILENT:
        return False
    if evidence.tasks is Source.SILENT and not whole:
        return False  # the tasks may say why, and what of it is skipped
    if all(s is Source.FORBIDDEN for s in (evidence.checkpoint, evidence.copies, evidence.tasks)):
        return False
    if isinstance(evidence.checkpoint, Checkpoint):
        if evidence.checkpoint.status not in ("available", "error"):
            return False
        if not states:
            return settled
    elif not states or (intent.resource_ids is None and not settled):
        return False  # what the lists do not show yet may still come
    return all(s.status in ("available", "error", "skipped", "missing") for s in states)


def _weigh(states: Sequence[State], intent: Intent) -> str:
    good = sum(s.status == "available" for s in states)
    task_skipped = sum(s.status == "skipped" for s in states)
    bad = len(states) - good - task_skipped
    skipped = len(intent.skipped or ()) + task_skipped
    if good:
        return "partial" if bad or (skipped and not intent.ignore_skipped) else "completed"
    if skipped and not bad and not task_skipped and all(classify(s.code) == "busy" for s in intent.skipped or ()):
        return "refused"
    return "failed"


def _gather(evidence: Evidence, intent: Intent, settled: bool) -> tuple[State, ...]:
    """Put together what is known of each wanted resource, in the order they were wanted."""
    checkpoint = evidence.checkpoint if isinstance(evidence.checkpoint, Checkpoint) else None
    copies = (
        [] if isinstance(evidence.copies, Source) else [c for c in evidence.copies if c.image_type != "replication"]
    )
    tasks = (
        []
        if isinstance(evidence.tasks, Source)
        else [t for t in evidence.tasks if t.operation_type in ("backup", None)]
    )
    left_out = {s.id for s in intent.skipped or ()}
    wanted: Iterable[str | None]
    if intent.resource_ids is not None:
        wanted = intent.resource_ids
    else:
        listed = [r.id for r in checkpoint.resources] if checkpoint else []
        wanted = [*listed, *(c.resource_id for c in copies), *(t.resource_id for t in tasks)]
    ended = checkpoint is not None and checkpoint.status == "error"
    return tuple(
        _state(
            resource_id,
            checkpoint,
            [c for c in copies if c.resource_id == resource_id],
            [t for t in tasks if t.resource_id == resource_id],
            evidence,
            next((r for r in intent.known if r.id == resource_id), None),
            settled=settled,
            ended=ended,
        )
        for resource_id in dict.fromkeys(wanted)
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
    ended: bool,
) -> State:
    listed = next((r for r in checkpoint.resources if r.id == resource_id), None) if checkpoint else None
    copy = min(copies, key=lambda c: _badness(c.status)) if copies else None
    task = min(tasks, key=lambda t: _badness(_ENDED_TASKS.get(t.status or "", "protecting"))) if tasks else None
    word = _word(listed, evidence, ended)
    status = _status(copy, task, evidence, word)
    running = word or _is_running(copy, task, checkpoint)
    if settled and status not in ("available", "error", "skipped") and not running:
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
    """The checkpoint's own word of a resource, where nothing better can be read.

    It may be the state from before the backup, so an error of the whole outweighs it.
    """
    if listed is None or evidence.copies is not Source.FORBIDDEN or evidence.tasks is not Source.FORBIDDEN:
        return None
    return "error" if ended or listed.status in _GONE else listed.status


def _status(copy: Copy | None, task: Task | None, evidence: Evidence, word: str | None) -> str:
    """The copy decides where copies can be read; else the task; else, where neither can, the checkpoint's word."""
    ended = _ENDED_TASKS.get(task.status or "") if task else None
    if copy is not None:
        if ended == "error" and copy.status != "available":
            return "error"
        return "error" if copy.status in _GONE else copy.status or "protecting"
    if ended in ("error", "skipped"):
        return ended
    if ended == "available" and evidence.copies is Source.FORBIDDEN:
        return "available"
    if task is not None:
        return _RUNNING_TASKS.get(task.status or "", "protecting")
    return word or "waiting_protect"


def _is_running(copy: Copy | None, task: Task | None, checkpoint: Checkpoint | None) -> bool:
    """Whether something still says that this resource is being worked on."""
    if checkpoint is None or checkpoint.status not in ("available", "error"):
        return True
    return copy is not None or (task is not None and task.status not in _ENDED_TASKS)


def _badness(status: str | None) -> int:
    """Several rows of one resource count as the worst of them: error, anything running, skipped, available."""
    ranks = {"error": 0, "deleted": 0, "deleting": 0, "error-deleting": 0, "skipped": 2, "available": 3}
    return ranks.get(status or "", 1)


def _first(*values: str | None) -> str | None:
    return next((v for v in values if v), None)


def exit_code_of(outcome: str) -> int:
    """Give the exit code of an outcome where no error names another."""
    return _CODES[outcome]


def worst(codes: Iterable[int]) -> int:
    """Give the exit code of a document from those of its entries; a code that nobody ordered counts as the worst."""
    ranks = {code: rank for rank, code in enumerate(_MILDEST_FIRST)}
    return max(codes, key=lambda code: ranks.get(code, len(ranks)), default=0)
