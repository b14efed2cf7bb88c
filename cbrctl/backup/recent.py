"""The ids of the newest backups of the journal, for completion: read only, and without what opening the journal makes sure of."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from cbrctl.errors import LocalState
from cbrctl.machine.rights import check_file, check_folder

MOST = 100


class Recent(NamedTuple):
    """A backup as the journal has it; its texts are those of the service."""

    op_id: str
    checkpoint_id: str | None
    vault: str
    outcome: str
    started_at: float


def read_recent(folder: Path) -> list[Recent]:
    """Return backups of a state folder, the open ones first (as `journal.unsettled_backups` has them) and then the newest.

    There are none where the journal is not there, or not safe to read.
    """
    path = folder / "journal.db"
    try:
        check_folder(folder, tighten=False)
        check_file(path, os.lstat(path), tighten=False)
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0.1)) as db:
            rows = db.execute(
                "SELECT op_id, checkpoint_id, vault_id, coalesce(outcome, state), started_at, record FROM backups "
                "ORDER BY coalesce(outcome, 'unknown') IN ('pending', 'accepted', 'unknown') DESC, started_at DESC LIMIT ?",
                (MOST,),
            )
            return [_read(*row) for row in rows]
    except (OSError, LocalState, sqlite3.Error, ValueError, TypeError, RecursionError):
        return []


def _read(op_id: str, checkpoint_id: str | None, vault_id: str, outcome: str, started_at: float, record: str) -> Recent:
    stored = json.loads(record)
    name = stored.get("vault_name") if isinstance(stored, dict) else None
    return Recent(op_id, checkpoint_id, str(name or vault_id), outcome, started_at)
