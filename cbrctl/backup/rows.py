"""A record of a backup as a row of the journal, and back. What is stored is ASCII, so that no text can fail to be bound."""

import json
from typing import Any, NamedTuple

from cbrctl.api.models import Checkpoint, Resource
from cbrctl.backup.record import NOTHING_SEEN, STATES, Backup
from cbrctl.durations import parse_stamp
from cbrctl.errors import exit_code_of
from cbrctl.ids import parse_id, parse_op_id
from cbrctl.machine.clock import Instant
from cbrctl.phrases import Phrase


class BackupRow(NamedTuple):
    """What the table has columns for is looked for; all else stands in `record`, as JSON."""

    op_id: str
    project_id: str
    vault_id: str
    state: str
    outcome: str | None
    checkpoint_id: str | None
    started_at: float
    ended_at: str | None
    record: str


def fingerprint(state: str, record: str) -> tuple[str, int]:
    """Return what tells a record from another one within this process: its text takes a kilobyte."""
    return state, hash(record)


def write_row(backup: Backup) -> BackupRow:
    """Return the row of a record."""
    # how it ended by the choice that it was started with: what one run was told otherwise is not recorded
    as_started = backup.by_choice.get(backup.on_skip) if backup.by_choice and backup.has_ended else None
    stored = {
        "vault_name": backup.vault_name,
        "endpoint": backup.endpoint,
        "request": backup.request,
        "digest": backup.digest,
        "resource_ids": backup.resource_ids,
        "named_here": backup.named_here,
        "marked": backup.marked,
        "on_skip": backup.on_skip,
        "wanted": None if backup.wanted is None else [r.to_json() for r in backup.wanted],
        "sent": backup.sent,
        "sent_at": backup.sent_at,
        "noted_at": backup.noted_at,
        "checkpoint": backup.checkpoint.to_json() if backup.checkpoint else None,
        # the answer is the checkpoint until a look shows more
        "answer": backup.answer.to_json() if backup.answer else None,
        "empty_ids": backup.empty_ids,
        "exit_code": exit_code_of(as_started) if as_started else backup.exit_code,
        "proven": backup.proven,
        "by_choice": backup.by_choice,
    }
    return BackupRow(
        op_id=str(backup.op_id),
        project_id=backup.project_id,
        vault_id=str(backup.vault_id),
        state=as_started or backup.state,
        outcome=as_started or backup.outcome,
        checkpoint_id=backup.checkpoint_id,
        started_at=backup.started_at or 0.0,
        ended_at=backup.ended_at,
        record=json.dumps(stored, separators=(",", ":")),
    )


def read_row(row: BackupRow) -> Backup:
    """Return the record of a row. ValueError for one that cbrctl would not write: the file may have been changed by others."""
    try:
        return _read(row, json.loads(row.record))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as cause:
        raise ValueError(Phrase("a row of it cannot be read: {cause}", cause=cause)) from None


def _read(row: BackupRow, stored: dict[str, Any]) -> Backup:
    request, wanted = stored.get("request"), stored.get("wanted")
    if (
        parse_op_id(row.op_id) != row.op_id
        or row.state not in STATES
        or parse_id(row.vault_id) != row.vault_id
        or not (request is None or (isinstance(request, dict) and request.get("vault_id") == row.vault_id))
    ):
        raise ValueError("it is none of cbrctl's")
    checkpoint = _read_checkpoint(stored.get("checkpoint"))
    if (checkpoint.id if checkpoint else None) != row.checkpoint_id:
        raise ValueError("it names two checkpoints")
    answer = _read_checkpoint(stored.get("answer"))
    return Backup(
        asked=row.vault_id,
        op_id=row.op_id,
        vault_id=row.vault_id,
        vault_name=stored.get("vault_name"),
        endpoint=str(stored.get("endpoint", "")),
        project_id=row.project_id,
        request=request,
        digest=stored.get("digest"),
        resource_ids=None if stored.get("resource_ids") is None else tuple(map(str, stored["resource_ids"])),
        named_here=None if stored.get("named_here") is None else tuple(map(str, stored["named_here"])),
        marked=bool(stored.get("marked")),
        on_skip=str(stored.get("on_skip", "fail")),
        wanted=None if wanted is None else tuple(map(Resource.from_json, wanted)),
        state=row.state,
        sent=stored.get("sent"),
        sent_at=_read_instant(stored.get("sent_at")),
        noted_at=_read_instant(stored.get("noted_at")),
        checkpoint=checkpoint,
        answer=answer,
        verdict=NOTHING_SEEN._replace(skipped=answer.skipped if answer else None) if checkpoint else NOTHING_SEEN,
        empty_ids=tuple(map(str, stored.get("empty_ids", ()))),
        outcome=row.outcome,
        exit_code=stored.get("exit_code"),
        proven=bool(stored.get("proven")),
        by_choice=_read_choices(stored.get("by_choice")),
        attached=request is None,
        started_at=row.started_at,
        ended_at=parse_stamp(row.ended_at),
        on_file=fingerprint(row.state, row.record),
    )


def _read_checkpoint(data: Any) -> Checkpoint | None:
    return None if data is None else Checkpoint.from_json(data)


def _read_choices(data: Any) -> dict[str, str] | None:
    return None if data is None else {choice: str(data[choice]) for choice in ("fail", "ignore")}


def _read_instant(data: Any) -> Instant | None:
    if data is None:
        return None
    wall, boot_id, monotonic, service = data
    return Instant(float(wall), boot_id, float(monotonic), None if service is None else float(service))
