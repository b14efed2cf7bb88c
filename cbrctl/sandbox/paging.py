"""What all lists share: numbers in a query, the order of the rows, and cutting a page out of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from cbrctl.sandbox.refusals import ServiceRefusal

MAX_LIMIT = 1000
Query = dict[str, list[str]]
RowT = TypeVar("RowT")


@dataclass(frozen=True)
class Page(Generic[RowT]):
    """One page of a list; `count` is how many rows match in all."""

    rows: Sequence[RowT]
    count: int
    limit: int
    offset: int

    def describe(self, key: str, write: Callable[[RowT], dict[str, Any]]) -> dict[str, Any]:
        """The answer's body, the rows under `key`: only they are written, however many match."""
        return {key: [write(row) for row in self.rows], "count": self.count, "limit": self.limit, "offset": self.offset}


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


def cut_page(rows: Sequence[RowT], query: Query, cap: int, read_id: Callable[[RowT], str]) -> Page[RowT]:
    """The page that limit, offset and marker ask for; `cap` is the most that one page holds.

    A marker is the last id of the page before. Raises 9900 for a limit outside 1..1000, an offset below 0 and an
    unknown marker.
    """
    limit = min(read_number(query, "limit", MAX_LIMIT, 1, MAX_LIMIT), cap)
    offset = read_number(query, "offset", 0, 0, 2**31)
    marker = first(query, "marker")
    start = offset
    if marker:
        place = next((place for place, row in enumerate(rows) if read_id(row) == marker), None)
        if place is None:
            raise ServiceRefusal("9900", "[marker]")
        start += place + 1
    return Page(rows[start : start + limit], len(rows), limit, offset)


def sort_rows(rows: Sequence[RowT], order: str, keys: Mapping[str, Callable[[RowT], Any]]) -> list[RowT]:
    """Rows sorted by `key[:asc|desc],..`, descending where nothing is said. Raises 9900 for a key not in `keys`."""
    result = list(rows)
    for part in reversed(order.split(",")):
        key, _, direction = part.partition(":")
        if key not in keys or direction not in ("", "asc", "desc"):
            raise ServiceRefusal("9900", "[sort]")
        result.sort(key=partial(rank, keys[key]), reverse=direction != "asc")
    return result


def rank(read: Callable[[RowT], Any], row: RowT) -> tuple[bool, Any]:
    """Where a row stands by one value: an absent one is the smallest, whatever the type of the others."""
    value = read(row)
    return value is not None, value or ""
