"""What is told of each vault: the entries of the result document, built up while a run goes on (contract, result document)."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cbrctl import outcome as outcomes
from cbrctl.errors import Busy, CbrctlError, Failed, Fault, Interrupted, NotFound, Partial, Pending, Unknown
from cbrctl.messages import describe
from cbrctl.models import Checkpoint
from cbrctl.outcome import State, Verdict


class Entry:
    """One vault's backup. `op_id`, `sent` and `request` stay None for what others started."""

    def __init__(
        self, asked: str, *, vault_id: str | None = None, vault_name: str | None = None, op_id: str | None = None
    ):
        self.asked = asked
        self.op_id = op_id
        self.vault_id = vault_id
        self.vault_name = vault_name
        self.sent: str | None = "no" if op_id else None
        self.attached = False
        """This run did not start it: it was there already."""
        self.sending = False
        """A request may be on its way: what breaks then leaves open whether a backup was started."""
        self.request: Mapping[str, Any] | None = None
        self.http: Mapping[str, Any] | None = None
        self.checkpoint: Checkpoint | None = None
        self.verdict = Verdict(None, (), () if op_id else None)
        self.outcome = "error"
        self.exit_code = 1
        self.error: CbrctlError | None = None
        self.warnings: list[CbrctlError] = []
        self.started_at: str | None = None
        self.ended_at: str | None = None

    @property
    def label(self) -> str:
        """What a person calls this vault."""
        return self.vault_name or self.vault_id or self.asked

    @property
    def checkpoint_id(self) -> str:
        """The checkpoint's id as a command line takes it: in `wait` it was asked for, before it was seen."""
        if self.checkpoint is not None:
            return self.checkpoint.id
        return "CHECKPOINT_ID" if self.op_id else self.asked

    def names(self) -> dict[str, str]:
        """What a message says of this entry's vault and checkpoint, as a command line takes them."""
        return {"checkpoint": self.checkpoint_id, "vault": self.vault_id or self.label, "op": self.op_id or "OP_ID"}

    def accept(self, checkpoint: Checkpoint) -> None:
        """The service took the request."""
        self.checkpoint, self.sent, self.sending = checkpoint, "yes", False
        self.vault_name = checkpoint.vault_name or self.vault_name
        self.vault_id = self.vault_id or checkpoint.vault_id

    def observe(self, verdict: Verdict, checkpoint: Checkpoint | None) -> None:
        """Take what a look showed; name, description and retention often stand in the answer to the POST alone."""
        self.verdict = verdict
        before = self.checkpoint
        if checkpoint is None:
            if before is None and verdict.states:  # it may not be read itself, but its copies or tasks are listed
                self.checkpoint = Checkpoint.from_json({"id": self.asked})
            return
        self.vault_id = self.vault_id or checkpoint.vault_id
        self.vault_name = self.vault_name or checkpoint.vault_name
        if before:
            kept = ("created_at", "project_id", "name", "description", "retention_days")
            checkpoint = checkpoint._replace(**{f: getattr(before, f) for f in kept if getattr(checkpoint, f) is None})
        self.checkpoint = checkpoint

    def forget(self) -> None:
        """Begin anew: what was tried came to nothing."""
        self.checkpoint, self.sent, self.sending, self.attached = None, "no", False, False
        self.verdict, self.outcome, self.exit_code, self.error = Verdict(None, (), ()), "error", 1, None

    def end(self, outcome: str, error: CbrctlError | None = None) -> None:
        """Set the outcome; the error's exit code counts where there is one."""
        self.outcome, self.error = outcome, error
        self.exit_code = error.exit_code if error else outcomes.exit_code_of(outcome)

    def end_by_verdict(self) -> None:
        """Set the outcome that the evidence gives."""
        outcome = str(self.verdict.outcome)
        self.end(outcome, None if outcome == "completed" else _verdict_error(outcome, self))

    def fail(self, error: CbrctlError) -> None:
        """Set the outcome of an error that ended the work on this vault."""
        if isinstance(error, Unknown):
            self.sent = error.sent or "unknown"
            self.end("unknown", error)
        elif isinstance(error, Pending) or (self.checkpoint is not None and not isinstance(error, NotFound)):
            self.end("pending", error)
        elif error.exit_code in (11, 13, 14) or (error.exit_code == 10 and error.sent is not None):
            self.end("refused", error)
        else:
            self.end("error", error)

    def interrupt(self, stop: Interrupted) -> None:
        """A signal ended the work on this vault, or before it began."""
        if self.verdict.outcome is not None:  # it came just after the end was seen
            self.end_by_verdict()
            return
        going_on = self.checkpoint is not None
        error = CbrctlError("interrupted-following" if going_on else "interrupted-before", signal=stop.name)
        self.end("pending" if going_on else "error", error)
        self.exit_code = stop.exit_code

    def to_json(self) -> dict[str, Any]:
        """Give the entry as the contract writes it."""
        vault = {"id": self.vault_id, "name": self.vault_name} if self.vault_id or self.vault_name else None
        skipped = self.verdict.skipped
        entry: dict[str, Any] = {
            "op_id": self.op_id,
            "outcome": self.outcome,
            "exit_code": self.exit_code,
            "sent": self.sent,
            "attached": self.attached,
            "vault": vault,
            "checkpoint": checkpoint_json(self.checkpoint),
            "resources": [state_json(s) for s in self.verdict.states],
            "skipped_resources": None if skipped is None else [s._asdict() for s in skipped],
            "request": self.request,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "warnings": [describe(w)["message"] for w in self.warnings],
            "error": self._error_json(),
        }
        return {**entry, "http": self.http} if self.http else entry

    def _error_json(self) -> dict[str, Any] | None:
        if self.error is None:
            return None
        return describe(self.error, exit_code=self.exit_code, sent=self.sent, names=self.names())


class Report(NamedTuple):
    """All entries of a run, and the signal that ended it."""

    entries: Sequence[Entry]
    stop: Interrupted | None = None

    @property
    def worst(self) -> Entry | None:
        """The entry that gives the document its outcome; None where there was nothing to do."""
        code = outcomes.worst(e.exit_code for e in self.entries)
        return next((e for e in self.entries if e.exit_code == code), None)

    @property
    def exit_code(self) -> int:
        """The worst entry's, or the signal's."""
        return self.stop.exit_code if self.stop else self.worst.exit_code if self.worst else 0

    def to_json(self) -> dict[str, Any]:
        """Give the result document."""
        return {
            "schema": "cbrctl.backup/v1",
            "outcome": self.worst.outcome if self.worst else "completed",
            "exit_code": self.exit_code,
            "backups": [entry.to_json() for entry in self.entries],
        }


def checkpoint_json(checkpoint: Checkpoint | None) -> dict[str, Any] | None:
    """Give what the document says of a checkpoint."""
    fields = ("id", "status", "created_at", "project_id", "name", "description", "retention_days")
    return {f: getattr(checkpoint, f) for f in fields} if checkpoint else None


def state_json(state: State) -> dict[str, Any]:
    """Give what the document says of a resource."""
    error = {"code": state.error[0], "message": state.error[1]} if state.error else None
    return {
        "id": state.id,
        "name": state.name,
        "type": state.type,
        "size_gb": state.size_gb,
        "status": state.status,
        "backup_id": state.copy_id,
        "progress": state.progress,
        "error": error,
    }


def _verdict_error(outcome: str, entry: Entry) -> CbrctlError:
    """Say why a backup that ended is not whole; the code stands in it where all trouble has the same."""
    states, skipped = entry.verdict.states, entry.verdict.skipped or ()
    good = sum(s.status == "available" for s in states)
    said = {(s.error[0], s.error[1] or "") for s in states if s.error} | {(s.code, s.reason or "") for s in skipped}
    code, text = next(iter(said)) if len({c for c, _ in said}) == 1 else (None, "")
    fault = Fault(0, code, text, None) if code else None
    if outcome == "refused":
        return Busy("all-skipped-busy", fault=fault)
    counts: dict[str, Any] = {"good": good, "failed": len(states) - good, "skipped": len(skipped)}
    if outcome == "partial":
        return Partial("backup-partial", fault=fault, **counts)
    if entry.verdict.gone:
        return Failed("checkpoint-deleted")
    if not states and not skipped:
        return Failed("nothing-backed-up")
    return Failed("all-skipped" if not states else "backup-failed", fault=fault, **counts)
