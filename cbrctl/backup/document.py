"""What a backup is to a program: the result document, and the items of the history (contract)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

from cbrctl.api.models import Checkpoint, Skipped
from cbrctl.backup.record import Backup
from cbrctl.backup.states import State
from cbrctl.durations import write_stamp
from cbrctl.errors import Interrupted, worst
from cbrctl.machine.clock import Instant
from cbrctl.messages.error_text import describe

if TYPE_CHECKING:
    from cbrctl.documents.backups import EntryJson, ErrorJson, ItemJson, OpJson, ReportJson, ResourceJson
    from cbrctl.documents.request import RequestJson
    from cbrctl.documents.service import RestorePointJson, SkippedResourceJson


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

    def to_json(self) -> "ReportJson":
        """Return the result document."""
        return {
            "outcome": cast("str", self.worst.outcome) if self.worst else "completed",
            "exit_code": self.exit_code,
            "backups": [entry_json(entry) for entry in self.entries],
        }


def entry_json(backup: Backup) -> "EntryJson":
    """Return what the result document says of one vault, whose backup has ended for this run."""
    skipped = backup.verdict.skipped
    entry: EntryJson = {
        "op_id": backup.own_op_id,
        "outcome": cast("str", backup.outcome),
        "exit_code": cast("int", backup.exit_code),
        "sent": backup.sent,
        "attached": backup.attached,
        "vault": {"id": backup.vault_id, "name": backup.vault_name} if backup.vault_id or backup.vault_name else None,
        "checkpoint": checkpoint_json(backup.checkpoint or _find_asked(backup)),
        "resources": [state_json(s) for s in backup.verdict.states],
        "skipped_resources": None if skipped is None else [skipped_json(s) for s in skipped],
        # null for what this machine did not send, also where an earlier op kept it from sending
        "request": None if backup.own_op_id is None else cast("RequestJson | None", backup.request),
        "started_at": stamp(backup.started_at),
        "ended_at": backup.ended_at,
        "warnings": [describe(w)["message"] for w in backup.warnings],
        "error": error_json(backup),
    }
    if backup.http:
        entry["http"] = backup.http
    return entry


def _find_asked(backup: Backup) -> Checkpoint | None:
    """Return the checkpoint that `wait` was given, of which nothing was seen."""
    return Checkpoint.from_json({"id": backup.asked}) if backup.op_id is None and backup.state == "accepted" else None


def error_json(backup: Backup) -> "ErrorJson | None":
    """Return what the document says of why a backup did not end well."""
    if backup.error is None:
        return None
    return describe(backup.error, exit_code=backup.exit_code, sent=backup.sent, names=backup.names())


def checkpoint_json(checkpoint: Checkpoint | None) -> "RestorePointJson | None":
    """Return what the document says of a checkpoint."""
    return checkpoint and {
        "id": checkpoint.id,
        "status": checkpoint.status,
        "created_at": checkpoint.created_at,
        "project_id": checkpoint.project_id,
        "name": checkpoint.name,
        "description": checkpoint.description,
        "retention_days": checkpoint.retention_days,
    }


def skipped_json(skipped: Skipped) -> "SkippedResourceJson":
    """Return a resource that the service left out as JSON shows it."""
    return {
        "id": skipped.id,
        "name": skipped.name,
        "type": skipped.type,
        "code": skipped.code,
        "reason": skipped.reason,
    }


def state_json(state: State) -> "ResourceJson":
    """Return what the document says of a resource."""
    return {
        "id": state.id,
        "name": state.name,
        "type": state.type,
        "size_gb": state.size_gb,
        "status": state.status,
        "backup_id": state.copy_id,
        "progress": state.progress,
        "error": {"code": state.error[0], "message": state.error[1]} if state.error else None,
    }


def item_json(backup: Backup) -> "ItemJson":
    """Return a backup of the journal as the list of the history shows it (contract, history items)."""
    return {
        "op_id": str(backup.op_id),
        "vault": {"id": str(backup.vault_id), "name": backup.vault_name},
        "checkpoint_id": backup.checkpoint_id,
        "outcome": backup.outcome,
        "exit_code": backup.exit_code,
        "sent": backup.sent,
        # what this machine never sent, whichever run it was (contract, history items)
        "attached": backup.request is None,
        "started_at": stamp(backup.started_at),
        "ended_at": backup.ended_at,
    }


def op_json(backup: Backup) -> "OpJson":
    """Return a backup of the journal with all that people may want to know of it."""
    sent_at = backup.sent_at
    return {
        **item_json(backup),
        "state": backup.state,
        "endpoint": backup.endpoint,
        "project_id": backup.project_id,
        "request": cast("RequestJson | None", backup.request),
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
