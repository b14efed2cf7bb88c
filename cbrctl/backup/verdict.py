"""How a backup ended: one pure function over what a look found (contract, outcomes).

evidence        checkpoint   copies    tasks       each answered, forbidden, or not answered whole this time
per resource    its copy     else its task     else, where both lists are forbidden, the checkpoint's own word
the whole       all ends known → completed | partial | failed | refused;  else None: look again
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cbrctl.api.models import Checkpoint, Skipped
from cbrctl.api.results import Copy, Task
from cbrctl.backup.states import ENDED_TASKS, GONE, LEFT_OUT, Evidence, Intent, NoEvidence, State, gather
from cbrctl.errors import Busy, CbrctlError, Failed, Partial, ServiceFault
from cbrctl.messages.codes import classify

ENDED = ("completed", "partial", "failed")
"""The outcomes of a backup that was begun and goes on no more."""
_ENDS = ("available", "error", "skipped", "missing")


class Verdict(NamedTuple):
    """How it ended; `outcome` is None while it goes on."""

    outcome: str | None
    states: tuple[State, ...]
    skipped: tuple[Skipped, ...] | None
    gone: bool = False
    """The checkpoint was deleted under way."""
    whole: bool = False
    """Every source was read, and a row of the service says of each resource how it ended: nothing can right this."""
    by_word: bool = False
    """Neither copies nor tasks may be read: it is the checkpoint's own word."""
    hidden: bool = False
    """It has stopped, its checkpoint's word does not tell how, and what would tell may not be read."""
    unread: bool = False
    """Something that was named cannot be read: it forbids `completed`."""
    untold: bool = False
    """Tasks may not be read: what has no copy may have failed or been skipped."""
    ended_at: str | None = None
    """When the service says that the last of it ended."""
    by_choice: Mapping[str, str] | None = None
    """The outcome by each choice for skipped resources, `fail` and `ignore`; None while it goes on."""
    consistency: tuple[tuple[str, str], ...] = ()
    """Resources whose copies are not consistent for applications, and why."""
    doubts: tuple[tuple[str, str], ...] = ()
    """Resources whose copies are available though their tasks went wrong, and what those say of it."""
    checkpoint_disagrees: bool = False
    """The checkpoint says `error`, and every copy is available."""


def judge(evidence: Evidence, intent: Intent, *, settled: bool) -> Verdict:
    """Return the verdict that `evidence` allows.

    `settled` says that lists which lag behind have had their time: what they still do not show is missing then, while
    before that it keeps the verdict open. A status word that nobody knows means still running.
    """
    copies, tasks = _rows(evidence)
    states = gather(evidence, copies, tasks, intent, settled)
    intent, states = _name_skipped(evidence, intent, states, settled)
    disagrees = _says_error(evidence, intent) and all(state.status == "available" for state in states)
    verdict = Verdict(
        None,
        states,
        intent.skipped,
        by_word=evidence.copies is NoEvidence.FORBIDDEN and evidence.tasks is NoEvidence.FORBIDDEN,
        # against the checkpoint's own word a task that went well is no copy
        unread=intent.unread or _is_unread(copies, tasks) or (disagrees and evidence.copies in LEFT_OUT),
        untold=evidence.tasks in LEFT_OUT,
        ended_at=_find_end(copies, tasks),
        consistency=_find_inconsistent(copies, tasks, states),
        doubts=_find_doubts(tasks, states),
        checkpoint_disagrees=disagrees,
    )
    if _is_gone(evidence, copies, tasks):
        return verdict._replace(outcome="failed", gone=True)
    if intent.skipped and not states and not verdict.unread:
        return _weigh_both(verdict, intent)._replace(whole=True)
    if not _is_conclusive(evidence, verdict, intent, settled):
        stopped = isinstance(evidence.checkpoint, Checkpoint) and _has_stopped(evidence.checkpoint, evidence.absent)
        return verdict._replace(hidden=verdict.by_word and stopped and evidence.overdue)
    return _weigh_both(verdict, intent)._replace(whole=_is_whole(evidence, copies, tasks, verdict))


def _says_error(evidence: Evidence, intent: Intent) -> bool:
    """Return whether the checkpoint says `error`, and nothing that was skipped tells why."""
    return isinstance(evidence.checkpoint, Checkpoint) and evidence.checkpoint.status == "error" and not intent.skipped


def _rows(evidence: Evidence) -> tuple[list[Copy], list[Task]]:
    """Return the copies and tasks of backups: copies of copies, and other work on them, say nothing of this one."""
    copies = [] if isinstance(evidence.copies, NoEvidence) else evidence.copies
    tasks = [] if isinstance(evidence.tasks, NoEvidence) else evidence.tasks
    return (
        [c for c in copies if c.image_type != "replication"],
        [t for t in tasks if t.operation_type in ("backup", None)],
    )


def _name_skipped(
    evidence: Evidence, intent: Intent, states: tuple[State, ...], settled: bool
) -> tuple[Intent, tuple[State, ...]]:
    """Take for skipped what only a lost answer named: each wanted resource of which nothing is seen (contract, document).

    One that the checkpoint itself names may be in it, and have failed: that is not ignored with the skipped ones.
    """
    if intent.skipped is not None or not intent.sure or not states:
        return intent, states
    if all(s.status == "available" for s in states):
        return intent._replace(skipped=()), states
    if not settled or any(source is NoEvidence.SILENT for source in evidence[:3]):
        return intent, states
    lost = tuple(Skipped(s.id, s.name, s.type, None, None) for s in states if s.status == "missing")
    inside = {r.id for r in evidence.checkpoint.resources} if isinstance(evidence.checkpoint, Checkpoint) else set()
    if any(s.id in inside for s in lost):
        if evidence.tasks in LEFT_OUT:
            return intent, states  # a task would tell which of the two it was
        intent = intent._replace(never_ignored=True)
    return intent._replace(skipped=lost), tuple(s for s in states if s.status != "missing")


def _is_unread(copies: Sequence[Copy], tasks: Sequence[Task]) -> bool:
    """Return whether a row says something of a resource without naming it."""
    return any(copy.resource_id is None for copy in copies) or any(
        task.resource_id is None and task.status != "success" for task in tasks
    )


def _is_whole(evidence: Evidence, copies: Sequence[Copy], tasks: Sequence[Task], verdict: Verdict) -> bool:
    """Return whether every source was read and a row says of each resource how it ended."""
    ended = {c.resource_id for c in copies if c.status in (*GONE, "available", "error")}
    ended |= {t.resource_id for t in tasks if t.status in ENDED_TASKS}
    answered = not any(isinstance(source, NoEvidence) for source in evidence[:3])
    return answered and bool(verdict.states) and not verdict.unread and all(s.id in ended for s in verdict.states)


def _is_gone(evidence: Evidence, copies: Sequence[Copy], tasks: Sequence[Task]) -> bool:
    if not evidence.absent or evidence.copies is NoEvidence.SILENT or evidence.tasks is NoEvidence.SILENT:
        return False
    if evidence.copies in LEFT_OUT and evidence.tasks in LEFT_OUT and not evidence.overdue:
        return False  # there is nothing that could show it alive: its own word has to last
    ended = (*GONE, "error")
    return all(c.status in ended for c in copies) and all(t.status in ENDED_TASKS for t in tasks)


def _is_conclusive(evidence: Evidence, verdict: Verdict, intent: Intent, settled: bool) -> bool:
    states = verdict.states
    if evidence.checkpoint is NoEvidence.SILENT and not evidence.absent:
        return False
    if evidence.copies is NoEvidence.SILENT or evidence.tasks is NoEvidence.SILENT:
        return False
    if all(source in LEFT_OUT for source in evidence[:3]):
        return False
    if verdict.unread and not settled:
        return False
    if isinstance(evidence.checkpoint, Checkpoint) and (
        evidence.checkpoint.unread or not _has_stopped(evidence.checkpoint, evidence.absent)
    ):
        return False  # the next look may be able to read what this one could not
    if not states:
        read = any(not isinstance(source, NoEvidence) for source in (evidence.copies, evidence.tasks))
        return settled and read and isinstance(evidence.checkpoint, Checkpoint)
    listed = isinstance(evidence.checkpoint, Checkpoint) and evidence.checkpoint.resources
    if not intent.resource_ids and not listed and not settled:
        return False  # what nothing names yet may still come
    return all(s.status in _ENDS for s in states)


def _has_stopped(checkpoint: Checkpoint, absent: bool) -> bool:
    """Return whether the checkpoint says that nothing works on it; a deletion that failed long ago leaves what there is."""
    return checkpoint.status in ("available", "error") or (absent and checkpoint.status == "error-deleting")


def _weigh_both(verdict: Verdict, intent: Intent) -> Verdict:
    by_choice = {"fail": _weigh(verdict, intent, ignore=False)}
    by_choice["ignore"] = _weigh(verdict, intent, ignore=not intent.never_ignored)
    return verdict._replace(outcome=by_choice["ignore" if intent.ignore_skipped else "fail"], by_choice=by_choice)


def _weigh(verdict: Verdict, intent: Intent, *, ignore: bool) -> str:
    counts = count(verdict)
    if counts.good:
        left_out = counts.skipped and not ignore
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


def explain(verdict: Verdict) -> CbrctlError:
    """Return the error of a backup that ended and is not whole; the code stands in it where all trouble has the same."""
    states, skipped = verdict.states, verdict.skipped or ()
    said = {(s.error[0], s.error[1] or "") for s in states if s.error} | {(s.code, s.reason or "") for s in skipped}
    code, text = next(iter(said)) if len({c for c, _ in said}) == 1 else (None, "")
    fault = ServiceFault(0, code, text, None) if code else None
    if verdict.outcome == "refused":
        return Busy("all-skipped-busy", fault=fault)
    counts = count(verdict)._asdict()
    if verdict.outcome == "partial":
        return Partial(_say_how_partial(verdict), fault=fault, **counts)
    if verdict.gone:
        return Failed("checkpoint-deleted")
    if not states and not skipped:
        return Failed("nothing-backed-up")
    return Failed("backup-failed" if counts["failed"] else "all-skipped", fault=fault, **counts)


def _say_how_partial(verdict: Verdict) -> str:
    """Return the entry of the catalogue: what may not be read is not called failed."""
    counts = count(verdict)
    without_copy = sum(state.status == "missing" for state in verdict.states)
    if without_copy and counts.failed == without_copy:
        return "no-copy-untold" if verdict.untold else "no-copy"
    return "not-accounted-for" if verdict.unread and not counts.failed and not counts.skipped else "backup-partial"


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


def _find_doubts(tasks: Sequence[Task], states: Sequence[State]) -> tuple[tuple[str, str], ...]:
    doubts = []
    for state in states:
        of_it = [t for t in tasks if t.resource_id == state.id and ENDED_TASKS.get(t.status or "")]
        wrong = next((t for t in of_it if ENDED_TASKS[t.status or ""] != "available"), None)
        if state.status == "available" and wrong is not None and not any(t.status == "success" for t in of_it):
            said = " ".join(text for text in (wrong.error_code, wrong.error_message) if text)
            doubts.append((state.name or state.id, f"{wrong.status}: {said}" if said else str(wrong.status)))
    return tuple(doubts)
