"""Print what the core costs where there is much of it: a search among many copies, a long journal. Judges nothing.

    python tests/benchmarks/core.py

The copies are answered by a server on loopback, the journal is made in a folder of its own.
"""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from cbrctl.api.channel import Prove
from cbrctl.api.client import Client
from cbrctl.api.transport import Reply
from cbrctl.backup.journal import Journal
from cbrctl.backup.record import Backup
from cbrctl.backup.search import look_for
from cbrctl.ids import new_op_id

COPIES, TASKS, ROWS = 10_000, 200, 100_000
PROJECT, VAULT = "4229d7a45436489f8c3dc2b1d35d4987", "3b5816b5-f29c-4172-9d9a-76c719a659ce"


class Lists:
    """A transport that answers lists of copies and tasks, page by page."""

    def __init__(self, kinds: int) -> None:
        self.asked = 0
        self.copies = [
            {"id": str(UUID(int=n)), "name": f"nightly-{n}", "vault_id": VAULT, "checkpoint_id": str(UUID(int=n)),
             "incremental": n % kinds == 0, "created_at": "2026-01-01T00:00:00.000000"}
            for n in range(COPIES)
        ]  # fmt: skip

    def exchange(self, method: str, url: str, **more: Any) -> Reply:
        self.asked += 1
        query = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
        offset, limit = int(query["offset"]), int(query["limit"])
        if "/backups" in url:
            kind = query.get("incremental")
            rows: list[Any] = [c for c in self.copies if kind in (None, str(c["incremental"]).lower())]
            key = "backups"
        else:
            rows = [{"id": str(UUID(int=n)), "status": "success", "vault_id": VAULT} for n in range(TASKS)]
            key = "operation_logs"
        page = {key: rows[offset : offset + limit], "count": len(rows)}
        return Reply(200, {}, json.dumps(page).encode())


class Anonymous:
    """No proof of who asks."""

    def headers(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Mapping[str, str]:
        return {}

    def hold(self) -> Prove:
        return self.headers

    def renew(self) -> bool:
        return False


def search() -> None:
    """Look for a marker among the copies of one vault."""
    for kinds, says in ((1, "all of one kind"), (2, "half of them full"), (10, "one in ten incremental")):
        lists: Any = Lists(kinds)
        client = Client(lists, Anonymous(), "https://cbr.example", PROJECT)
        began = time.perf_counter()
        found = look_for(client, new_op_id(), VAULT, named=False)
        assert found.trouble is None
        print(f"search of {COPIES} copies, {says}: {lists.asked} requests, {time.perf_counter() - began:.2f} s")


def journal() -> None:
    """Open a long journal, find a backup in it, write one, and list the newest."""
    with TemporaryDirectory() as folder:
        place = Path(folder) / "cbrctl"
        made = Journal(place)
        made._db.execute("PRAGMA synchronous = OFF")  # only while it is made
        for number in range(ROWS):
            vault = str(UUID(int=number % 500))
            backup = Backup(
                "v", op_id=new_op_id(), vault_id=vault, vault_name=f"vault-{number % 500}", project_id=PROJECT
            )
            backup.request = {
                "vault_id": vault,
                "parameters": {"name": f"cbrctl-{backup.op_id}-ABCD", "incremental": True},
            }
            backup.state, backup.sent, backup.outcome, backup.exit_code = "completed", "yes", "completed", 0
            backup.started_at, backup.ended_at = 1.7e9 + number, "2026-01-01T00:00:00Z"
            made.record(backup)
        made.close()
        size = (place / "journal.db").stat().st_size >> 20
        for says in ("opening it and starting a backup", "listing five of its rows"):
            began = time.perf_counter()
            opened = Journal(place)
            if says.startswith("opening"):
                vault = str(UUID(int=7))
                assert not opened.open_backups(PROJECT, vault)
                assert not opened.running_backups(PROJECT, vault)
                backup.op_id = new_op_id()
                opened.record(backup)
            else:
                rows = opened.all_backups()
                assert len([next(rows) for _ in range(5)]) == 5
            print(f"a journal of {ROWS} rows ({size} MiB), {says}: {time.perf_counter() - began:.3f} s")
            opened.close()


if __name__ == "__main__":
    search()
    journal()
