"""How a list is asked and answered: filters, pages, counts, and the ways in which an answer is not the whole truth."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

from tests.truth.made import EPOCH
from tests.truth.quirks import Quirks
from tests.truth.rows import ENTERPRISE

Row = dict[str, Any]
Query = Mapping[str, list[str]]


def matches(row: Row, query: Query, quirks: Quirks, key: str) -> bool:
    """Whether a filtered list has this row."""
    name = row.get("name") if key == "backups" else None
    wanted = query.get("name", [None])[0]
    if wanted is not None and name is not None and not (wanted == name if quirks.exact_name else wanted in name):
        return False
    for field in ("vault_id", "checkpoint_id", "resource_id", "operation_type", "image_type"):
        if field in query and field in row and str(row[field]) not in query[field]:
            return False
    if "status" in query and row["status"] not in query["status"]:
        return False
    return _in_kind(row, query, quirks, key) and _in_time(row, query) and _in_enterprise(row, query)


def _in_kind(row: Row, query: Query, quirks: Quirks, key: str) -> bool:
    if key != "backups":
        return True
    if "incremental" in query:
        return bool((query["incremental"][0].lower() == "true") == row["incremental"])
    return not (quirks.hides_incremental and row["incremental"])


def _in_time(row: Row, query: Query) -> bool:
    began = _read(row.get("started_at") or row["created_at"])
    start, end = (query.get(f"{which}_time", [None])[0] for which in ("start", "end"))
    return (start is None or _read(start) <= began) and (end is None or began <= _read(end))


def _in_enterprise(row: Row, query: Query) -> bool:
    named = query.get("enterprise_project_id", [None])[0]
    return named in (None, "all_granted_eps", row.get("enterprise_project_id", ENTERPRISE))


def _read(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - EPOCH


def answer(key: str, rows: Sequence[Row], query: Query, quirks: Quirks, flaws: set[str], rng: Random) -> Row:
    """Return the answer to one page of a list whose whole is `rows`; `flaws` are those of this answer."""
    limit = int(query.get("limit", ["1000"])[0])
    offset = int(query.get("offset", ["0"])[0])
    size = max(1, len(rows) if quirks.ignores_limit else min(limit, quirks.page))
    if quirks.repeats or ("again" in flaws and quirks.counts == "all"):
        offset = 0
    page: list[Any] = list(rows[offset : offset + size])
    counted = {"all": len(rows), "page": len(page), "none": None}[quirks.counts]
    if "short" in flaws and page and quirks.counts == "all":
        page = [row for row in page if rng.random() < 0.5]
    if "odd-rows" in flaws:
        page = [_spoil(row, rng) if rng.random() < 0.5 else row for row in page]
    body: Row = {key: page, "offset": offset, "limit": limit}
    return body if counted is None else {**body, "count": counted}


def _spoil(row: Row, rng: Random) -> Any:
    odd: list[Any] = [None, "row", 7, [], {k: v for k, v in row.items() if k != "id"}, {**row, "id": None}]
    return rng.choice(odd)
