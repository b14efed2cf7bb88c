"""Pages: what is read of a query, in which order rows come, and that only the page is written."""

from typing import Any

import pytest

from cbrctl.sandbox.instants import parse
from cbrctl.sandbox.seed import COPY_YESTERDAY, VAULT_BE94, VAULT_CJK
from tests.support.sandbox import Client, Clock, assert_refused


@pytest.mark.parametrize("query", [{"start_time": "noon"}, {"end_time": "x"}, {"incremental": "1"}], ids=str)
def test_filters_are_checked_where_nothing_matches(client: Client, query: dict[str, Any]) -> None:
    """A query is read before any row is looked at: what is wrong with it does not depend on what there is."""
    assert_refused(client.send("GET", "/backups", params={"name": "nobody", **query}), 400, "BackupService.9900")


PAGED = [
    *(
        {"sort": f"{key}:{way}"}
        for way in ("asc", "desc")
        for key in ("id", "name", "status", "created_at", "updated_at")
    ),
    {"sort": "protected_at,status:asc"},
    {"start_time": "2019-05-10T07:59:12Z"},
    {"status": ["available", "error"], "vault_id": [VAULT_BE94, VAULT_CJK]},
    {},
]


@pytest.mark.parametrize("query", PAGED, ids=str)
def test_pages_hold_the_rows_of_the_whole_in_their_order(client: Client, clock: Clock, query: dict[str, Any]) -> None:
    for vault in (VAULT_BE94, VAULT_CJK, VAULT_BE94):
        client.create(vault)
        clock.step(7.5)
    key = query.get("sort", "created_at:desc").partition(",")[0]
    whole = client.get("/backups", **query)["backups"]
    values = [row[key.partition(":")[0]] or "" for row in whole]
    assert values == sorted(values, reverse=not key.endswith(":asc"))
    paged = [
        row
        for place in range(0, len(whole), 2)
        for row in client.get("/backups", limit=2, offset=place, **query)["backups"]
    ]
    assert paged == whole
    assert len(whole) >= 5


@pytest.mark.parametrize(
    ("path", "writer", "rows"),
    [
        ("vaults", "vaults.describe_vault", 9),
        ("backups", "copies.describe_copy", 2),
        ("operation-logs", "tasks.describe_task", 2),
    ],
)
def test_only_the_rows_of_the_page_are_written(
    client: Client, monkeypatch: pytest.MonkeyPatch, path: str, writer: str, rows: int
) -> None:
    written: list[Any] = []

    def write(*args: Any) -> dict[str, Any]:
        written.append(args)
        return {}

    monkeypatch.setattr(f"cbrctl.sandbox.{writer}", write)
    assert client.get(f"/{path}", limit=1)["count"] == rows
    assert len(written) == 1


def test_what_came_lately_is_listed_beside_the_deletion_of_what_is_old(client: Client, clock: Clock) -> None:
    clock.step(60)
    since = parse("2019-05-10T08:00:00Z")
    assert clock.read() > since
    client.create(VAULT_CJK)
    client.send("DELETE", f"/backups/{COPY_YESTERDAY}")
    clock.step(10)
    lately = {"start_time": "2019-05-10T08:00:00Z"}
    kinds = [row["operation_type"] for row in client.get("/operation-logs", **lately)["operation_logs"]]
    assert sorted(kinds) == ["backup", "backup", "backup", "delete"]
    assert client.get("/backups", **lately)["count"] == 3
