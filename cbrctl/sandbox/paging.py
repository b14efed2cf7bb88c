"""What all lists share: reading filters from a query, and cutting a page out of the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cbrctl.sandbox import instants
from cbrctl.sandbox.refusals import ServiceRefusal

MAX_LIMIT = 1000
ALL_PROJECTS = "all_granted_eps"
Query = dict[str, list[str]]
Row = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """One page of a list; `count` is how many rows match in all."""

    rows: list[Row]
    count: int
    limit: int
    offset: int

    def describe(self, key: str) -> Row:
        """The answer's body, the rows under `key`."""
        return {key: self.rows, "count": self.count, "limit": self.limit, "offset": self.offset}


def first(query: Query, key: str) -> str | None:
    """The first value of a parameter, or None."""
    return query.get(key, [None])[0]


def read_number(query: Query, key: str, default: int, low: int, high: int) -> int:
    """A whole number from the query. Raises 9900 for anything else and outside low..high."""
    text = first(query, key)
    if text is None:
        return default
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ServiceRefusal("9900", f"[{key}]")
    return int(text)


def read_flag(query: Query, key: str) -> bool | None:
    """A true/false parameter, or None. Raises 9900 for another word."""
    text = first(query, key)
    if text is None:
        return None
    if text.lower() not in ("true", "false"):
        raise ServiceRefusal("9900", f"[{key}]")
    return text.lower() == "true"


def within_times(query: Query, moment: float) -> bool:
    """Whether `moment` lies in start_time..end_time. Raises 9900 for a time that cannot be read."""
    try:
        start, end = (instants.parse(query[key][0]) if key in query else None for key in ("start_time", "end_time"))
    except ValueError:
        raise ServiceRefusal("9900", "[start_time, end_time]") from None
    return (start is None or moment >= start) and (end is None or moment <= end)


def contains(query: Query, key: str, text: str) -> bool:
    """Whether `text` holds the wanted fragment; names are searched so, not compared (service.md section 1)."""
    wanted = first(query, key)
    return wanted is None or wanted in text


def equals(query: Query, key: str, *accepted: str | None) -> bool:
    """Whether one of the wanted values (a repeated key gives several) is among the accepted ones."""
    return key not in query or any(value in accepted for value in query[key])


def in_enterprise_project(query: Query, id: str) -> bool:
    """Whether the wanted enterprise project is this one, or all of them are wanted."""
    return equals(query, "enterprise_project_id", id, ALL_PROJECTS) or ALL_PROJECTS in query["enterprise_project_id"]


def cut_page(rows: Sequence[Row], query: Query, cap: int) -> Page:
    """The page that limit, offset and marker ask for; `cap` is the most that one page holds.

    A marker is the last id of the page before. Raises 9900 for a limit outside 1..1000, an offset below 0 and an
    unknown marker.
    """
    limit = min(read_number(query, "limit", MAX_LIMIT, 1, MAX_LIMIT), cap)
    offset = read_number(query, "offset", 0, 0, 2**31)
    marker = first(query, "marker")
    start = offset
    if marker:
        places = [place for place, row in enumerate(rows) if row["id"] == marker]
        if not places:
            raise ServiceRefusal("9900", "[marker]")
        start += places[0] + 1
    return Page(list(rows[start : start + limit]), len(rows), limit, offset)


def sort_rows(rows: Sequence[Row], order: str, keys: Sequence[str]) -> list[Row]:
    """Rows sorted by `key[:asc|desc],..`, descending where nothing is said. Raises 9900 for a key not in `keys`."""
    result = list(rows)
    for part in reversed(order.split(",")):
        key, _, direction = part.partition(":")
        if key not in keys or direction not in ("", "asc", "desc"):
            raise ServiceRefusal("9900", "[sort]")
        # Absent values sort as the smallest, whatever the type of the others.
        result.sort(key=lambda row: (row[key] is not None, row[key] or ""), reverse=direction != "asc")
    return result
