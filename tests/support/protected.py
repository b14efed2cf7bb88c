"""A service whose vaults protect a server each, for the commands that look at copies; and the lists that are not whole."""

import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from cbrctl.durations import write_stamp
from tests.support import cbr
from tests.support.scripted import Answer, Asked, Scripted

NOW = time.time()
IDS = [f"3b5816b5-1111-4000-8000-{number:012}" for number in range(5)]


def server_of(vault_id: str) -> str:
    return f"94eba8b2-1111-4000-8000-{vault_id[-12:]}"


def vault_row(vault_id: str, **changes: Any) -> dict[str, Any]:
    resources = [cbr.resource(server_of(vault_id))]
    return {"id": vault_id, "name": f"vault-{vault_id[-1]}", "resources": resources, **changes}


def copy_row(vault_id: str, number: int = 0, age: float = 3600.0, **changes: Any) -> dict[str, Any]:
    row = cbr.copies((server_of(vault_id), "available"))["backups"][0]
    row["id"] = f"c0000000-0000-4000-8000-{int(vault_id[-3:]):04}{number:08}"
    return {**row, "vault_id": vault_id, "created_at": write_stamp(NOW - age), **changes}


def task_row(vault_id: str, status: str, age: float = 3600.0, **changes: Any) -> dict[str, Any]:
    row = cbr.tasks((server_of(vault_id), status, 0, "BackupService.6301", "words"))["operation_logs"][0]
    row["id"] = str(uuid4())
    return {**row, "vault_id": vault_id, "started_at": write_stamp(NOW - age), **changes}


Page = Callable[[dict[str, list[str]]], dict[str, Any]]


class Service:
    """A service with five vaults; `project` answers in place of the project's list of copies, `own` of a vault's."""

    def __init__(
        self,
        scripted: Scripted,
        *copies: dict[str, Any],
        vaults: list[dict[str, Any]] | None = None,
        now: float | None = None,
    ) -> None:
        date = {} if now is None else {"Date": formatdate(now, usegmt=True)}
        self.copies = list(copies)
        self.vaults = [vault_row(one) for one in IDS] if vaults is None else vaults
        self.project: Page | None = None
        self.own: Page | None = None
        self.hides: bool | None = None
        """The kind of copies that is not listed where nothing is said of it."""
        self.queries: list[dict[str, list[str]]] = []
        self.tasks: list[dict[str, Any]] = []
        self.task_queries: list[dict[str, list[str]]] = []
        scripted.on(cbr.VAULTS, Answer(200, {"vaults": self.vaults, "count": len(self.vaults)}, date))
        scripted.on(rf"{cbr.VAULTS}/.*", Answer(200, {"vault": self.vaults[0]}, date))
        scripted.on(cbr.COPIES, Answer(200, self.list, date), paged=True)
        scripted.on(cbr.TASKS, Answer(200, self.list_tasks, date), paged=True)

    def list(self, asked: Asked) -> dict[str, Any]:
        query = parse_qs(asked.query)
        self.queries.append(query)
        kind, vault_id = query.get("incremental"), query.get("vault_id")
        other = self.own if vault_id else self.project
        if other is not None:
            return other(query)
        rows = [row for row in self.copies if vault_id in (None, [row.get("vault_id")])]
        if kind:
            rows = [row for row in rows if str(row["incremental"]).lower() == kind[0]]
        elif self.hides is not None:
            rows = [row for row in rows if row["incremental"] is not self.hides]
        offset = int(query["offset"][0])
        return {"backups": rows[offset : offset + 1000], "count": len(rows)}

    def list_tasks(self, asked: Asked) -> dict[str, Any]:
        query = parse_qs(asked.query)
        self.task_queries.append(query)
        rows = [
            row
            for row in self.tasks
            if all(query.get(name) in (None, [row[name]]) for name in ("vault_id", "status", "operation_type"))
        ]
        offset = int(query["offset"][0])
        return {"operation_logs": rows[offset : offset + 1000], "count": len(rows)}


def short(query: dict[str, list[str]]) -> dict[str, Any]:
    """One row of the two that are promised."""
    return {"backups": [copy_row(IDS[0])] if query["offset"] == ["0"] else [], "count": 2}


def unreadable(query: dict[str, list[str]]) -> dict[str, Any]:
    return {"backups": [copy_row(IDS[0]), {"id": "none"}] if query["offset"] == ["0"] else [], "count": 2}


def repeated(query: dict[str, list[str]]) -> dict[str, Any]:
    """The first page for ever, of a service that does not say how many there are."""
    return {"backups": [copy_row(one) for one in IDS]}


def shrinking(query: dict[str, list[str]]) -> dict[str, Any]:
    rows = [copy_row(one) for one in IDS] if query["offset"] == ["0"] else []
    return {"backups": rows, "count": 5 if rows else 4}


def no_list(query: dict[str, list[str]]) -> dict[str, Any]:
    return {"backups": None, "count": 0}


def nameless(query: dict[str, list[str]]) -> dict[str, Any]:
    """Rows that do not say whose copies they are, or whether they are good."""
    rows = [copy_row(one) for one in IDS]
    for row, key in zip(rows[1:], ("resource_id", "vault_id", "status"), strict=False):
        row[key] = None
    return {"backups": rows if query["offset"] == ["0"] else [], "count": len(rows)}


FLAWS = [short, unreadable, repeated, shrinking, no_list, nameless]
REFUSALS = [
    (Answer(403, {"error_code": "APIGW.0302", "error_msg": "denied"}), 12),
    (Answer(429, {"error_code": "APIGW.0308", "error_msg": "slow"}), 8),
    (Answer(500, b""), 7),
    (Answer(503, {"error_code": "APIGW.0203", "error_msg": "gateway"}), 7),
    (Answer(401, {"error_code": "APIGW.0307", "error_msg": "token expired"}), 12),
    (Answer(raw=b"", end="fin"), 7),
    (Answer(200, b'{"backups": ['), 7),
]
"""What a list is answered with in its place, and the exit code."""
