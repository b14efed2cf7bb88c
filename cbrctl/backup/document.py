"""What a backup is to a program: the result document, and the items of the history (contract)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from cbrctl.api.models import Checkpoint
from cbrctl.backup.record import Backup
from cbrctl.backup.states import State
from cbrctl.durations import write_stamp
from cbrctl.errors import Interrupted, worst
from cbrctl.machine.clock import Instant
from cbrctl.messages.error_text import describe


class Report(NamedTuple):
    """All backups of a run, and the signal that ended it."""

    entries: Sequence[Backup]
    stop: Interrupted | None = None

    @property
    def worst(self) -> Backup | None:
        """The entry that gives the document its outcome; None where there was nothing to do."""
        code = worst(e.exit_code or 0 for e in self.entries)
        return next((e for e in self.entries if e.exit_code == code), None)

    @property
    def exit_code(self) -> int:
        """The worst entry's, or the signal's."""
        return self.stop.exit_code if self.stop else (self.worst.exit_code or 0) if self.worst else 0

    def to_json(self) -> dict[str, Any]:
        """Return the result document."""
        return {
            "schema": "cbrctl.backup/v1",
            "outcome": self.worst.outcome if self.worst else "completed",
            "exit_code": self.exit_code,
            "backups": [entry_json(entry) for entry in self.entries],
        }


def entry_json(backup: Backup) -> dict[str, Any]:
    """Return what the result document says of one vault."""
    skipped = backup.verdict.skipped
    entry: dict[str, Any] = {
        "op_id": backup.own_op_id,
        "outcome": backup.outcome,
        "exit_code": backup.exit_code,
        "sent": backup.sent,
        "attached": backup.attached,
        "vault": {"id": backup.vault_id, "name": backup.vault_name} if backup.vault_id or backup.vault_name else None,
        "checkpoint": checkpoint_json(backup.checkpoint or _find_asked(backup)),
        "resources": [state_json(s) for s in backup.verdict.states],
        "skipped_resources": None if skipped is None else [s._asdict() for s in skipped],
        # null for what this machine did not send, also where an earlier op kept it from sending
        "request": None if backup.own_op_id is None else backup.request,
        "started_at": stamp(backup.started_at),
        "ended_at": backup.ended_at,
        "warnings": [describe(w)["message"] for w in backup.warnings],
        "error": error_json(backup),
    }
    return {**entry, "http": backup.http} if backup.http else entry


def _find_asked(backup: Backup) -> Checkpoint | None:
    """Return the checkpoint that `wait` was given, of which nothing was seen."""
    return Checkpoint.from_json({"id": backup.asked}) if backup.op_id is None and backup.state == "accepted" else None


def error_json(backup: Backup) -> dict[str, Any] | None:
    """Return what the document says of why a backup did not end well."""
    if backup.error is None:
        return None
    return describe(backup.error, exit_code=backup.exit_code, sent=backup.sent, names=backup.names())


def checkpoint_json(checkpoint: Checkpoint | None) -> dict[str, Any] | None:
    """Return what the document says of a checkpoint."""
    fields = ("id", "status", "created_at", "project_id", "name", "description", "retention_days")
    return {f: getattr(checkpoint, f) for f in fields} if checkpoint else None


def state_json(state: State) -> dict[str, Any]:
    """Return what the document says of a resource."""
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


def item_json(backup: Backup) -> dict[str, Any]:
    """Return a backup as the list of the history shows it (contract, history items)."""
    return {
        "op_id": backup.op_id,
        "vault": {"id": backup.vault_id, "name": backup.vault_name},
        "checkpoint_id": backup.checkpoint_id,
        "outcome": backup.outcome,
        "exit_code": backup.exit_code,
        "sent": backup.sent,
        # what this machine never sent, whichever run it was (contract, history items)
        "attached": backup.request is None,
        "started_at": stamp(backup.started_at),
        "ended_at": backup.ended_at,
    }


def op_json(backup: Backup) -> dict[str, Any]:
    """Return a backup of the journal with all that people may want to know of it."""
    sent_at = backup.sent_at
    return {
        **item_json(backup),
        "state": backup.state,
        "endpoint": backup.endpoint,
        "project_id": backup.project_id,
        "request": None if backup.request is None else dict(backup.request),
        "marked": backup.marked,
        "on_skip": backup.on_skip,
        "sent_at": stamp(wall_of(sent_at)),
        "service_sent_at": stamp(sent_at.service if sent_at else None),
    }


def wall_of(moment: Instant | None) -> float | None:
    """Return a moment by this machine's wall clock, in epoch seconds."""
    return moment.wall if moment else None


def stamp(seconds: float | None) -> str | None:
    """Return a moment as the contract writes it; None for what is none, since the journal may have been changed by others."""
    try:
        return None if seconds is None else write_stamp(seconds)
    except (ValueError, OverflowError, OSError):
        return None
