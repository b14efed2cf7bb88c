"""How each version of the journal's schema is made from the one before; `user_version` counts them. Only ever appended to."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from cbrctl.api.models import Checkpoint
from cbrctl.backup.marker import digest_of, find_markers
from cbrctl.backup.record import Backup
from cbrctl.backup.request import named_resources
from cbrctl.backup.rows import BackupRow, write_row
from cbrctl.backup.verdict import ENDED
from cbrctl.durations import write_stamp
from cbrctl.ids import parse_id
from cbrctl.machine.clock import Instant


def _create(db: sqlite3.Connection) -> None:
    db.execute(
        """
        CREATE TABLE ops (
            op_id TEXT PRIMARY KEY, state TEXT NOT NULL, endpoint TEXT NOT NULL, project_id TEXT NOT NULL,
            vault_id TEXT NOT NULL, vault_name TEXT, request TEXT NOT NULL, marked INTEGER NOT NULL, sent_at REAL,
            service_sent_at REAL, checkpoint_id TEXT, answer TEXT, sent TEXT, attached INTEGER NOT NULL, outcome TEXT,
            exit_code INTEGER, started_at REAL NOT NULL, ended_at REAL
        ) STRICT
        """
    )


def _keep_records_whole(db: sqlite3.Connection) -> None:
    """Version 2: one record a backup, of which the columns are what it is looked for by."""
    db.execute(
        """
        CREATE TABLE backups (
            op_id TEXT PRIMARY KEY, project_id TEXT NOT NULL, vault_id TEXT NOT NULL, state TEXT NOT NULL, outcome TEXT,
            checkpoint_id TEXT, started_at REAL NOT NULL, ended_at TEXT, record TEXT NOT NULL
        ) STRICT
        """
    )
    names = [column[1] for column in db.execute("PRAGMA table_info(ops)")]
    for values in db.execute("SELECT * FROM ops").fetchall():
        try:
            row = write_row(read_first_version(dict(zip(names, values, strict=True))))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise sqlite3.OperationalError("a row of it cannot be read") from None
        marks = ", ".join("?" * len(BackupRow._fields))
        db.execute(f"INSERT INTO backups VALUES ({marks})", row)  # noqa: S608 - question marks
    db.execute("DROP TABLE ops")
    db.execute("CREATE INDEX backups_by_vault ON backups (vault_id, state)")
    db.execute("CREATE INDEX backups_by_time ON backups (started_at)")
    db.execute("CREATE INDEX backups_by_checkpoint ON backups (checkpoint_id)")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_create, _keep_records_whole)


def read_first_version(values: dict[str, Any]) -> Backup:
    """Return the record of a row of version 1. Raises ValueError, KeyError, TypeError, AttributeError."""
    request = json.loads(values["request"])
    answer = None if values["answer"] is None else Checkpoint.from_json(json.loads(values["answer"]))
    checkpoint_id = values["checkpoint_id"]
    checkpoint = answer or (Checkpoint.from_json({"id": checkpoint_id}) if checkpoint_id else None)
    if parse_id(values["vault_id"]) is None or (checkpoint and checkpoint.id != checkpoint_id):
        raise ValueError("it is none of cbrctl's")
    # version 1 wrote the request of whoever looked beside what another machine, or somebody else, had sent
    sent_here = not (values["attached"] and values["sent_at"] is None)
    sent_at = None
    if values["sent_at"] is not None:
        service = values["service_sent_at"]
        sent_at = Instant(float(values["sent_at"]), None, 0.0, None if service is None else float(service))
    ended_at = values["ended_at"]
    return Backup(
        asked=values["vault_id"],
        op_id=values["op_id"],
        vault_id=values["vault_id"],
        vault_name=values["vault_name"],
        endpoint=values["endpoint"],
        project_id=values["project_id"],
        request=request if sent_here else None,
        digest=digest_of(_unmark(request, values["op_id"])) if sent_here else None,
        resource_ids=named_resources(request) if sent_here else None,
        marked=bool(values["marked"]),
        state=values["state"],
        sent=values["sent"],
        sent_at=sent_at,
        checkpoint=checkpoint,
        answer=answer,
        outcome=values["outcome"],
        exit_code=values["exit_code"],
        # completed was said of whole evidence only as far as version 1 looked; what it called failed is looked at again
        proven=values["state"] in ENDED and values["state"] == "completed",
        started_at=float(values["started_at"]),
        ended_at=None if ended_at is None else write_stamp(float(ended_at)),
    )


def _unmark(request: dict[str, Any], op_id: str) -> dict[str, Any]:
    """Return a request of version 1 without its own marker: a name that only looks like one is the user's."""
    parameters = dict(request.get("parameters") or {})
    if parameters.get("name") == f"cbrctl-{op_id}":
        del parameters["name"]
    description = str(parameters.get("description", ""))
    if any(marker.op_id == op_id for marker in find_markers(description)):
        parameters["description"] = description.removesuffix(f"[cbrctl:{op_id}]").removesuffix(" ")
        if not parameters["description"]:
            del parameters["description"]
    return {"vault_id": request.get("vault_id"), **({"parameters": parameters} if parameters else {})}
