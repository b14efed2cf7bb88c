"""What a state folder holds, read and changed apart from the product."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

STATE = Path("home/.local/state/cbrctl")


def read_journal(path: Path) -> list[dict[str, Any]]:
    """The rows of a journal, the oldest first: its columns, and what the record beside them says."""
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        found = [dict(row) for row in db.execute("SELECT * FROM backups ORDER BY started_at")]
    return [{**json.loads(row["record"]), **row} for row in found]


def change_journal(path: Path, statement: str, *values: Any) -> None:
    """Run a statement on a journal."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(statement, values)


def change_records(path: Path, **changes: Any) -> None:
    """Change what the records of a journal say."""
    for row in read_journal(path):
        record = {**json.loads(row["record"]), **changes}
        change_journal(path, "UPDATE backups SET record = ? WHERE op_id = ?", json.dumps(record), row["op_id"])


def age_journal(path: Path, seconds: float) -> None:
    """Let all that was sent have been sent so many seconds earlier, by every clock."""
    for row in read_journal(path):
        record = json.loads(row["record"])
        if record.get("sent_at"):
            wall, boot_id, monotonic, service = record["sent_at"]
            later = None if service is None else service - seconds
            record["sent_at"] = [wall - seconds, boot_id, monotonic - seconds, later]
        change_journal(path, "UPDATE backups SET record = ? WHERE op_id = ?", json.dumps(record), row["op_id"])


def rows(tmp_path: Path) -> list[dict[str, Any]]:
    """What the journal holds, read apart from the product."""
    return read_journal(tmp_path / STATE / "journal.db")
