"""One reader of lists: it gives the rows and whether they are all, since what is not whole proves nothing.

Whole is a list that was read to an empty page, of which every row could be read, and which holds as many as `count` ever
promised. Whether `count` is that of all rows, of those that the filters leave, or of the page nobody could establish
(service.md 13): a count that is each page's own length promises nothing, nor does one that proves to be of other rows too.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import pairwise
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from cbrctl.errors import CbrctlError, Refused, Unreachable
from cbrctl.phrases import Phrase

Query = Mapping[str, str | int | None]
PAGE = 1000
"""Rows asked for at a time; the service allows 1 to 1000."""
_NOBODY = "ffffffff-ffff-4fff-bfff-ffffffffffff"
_IMPOSSIBLE = {
    **dict.fromkeys(("vault_id", "checkpoint_id", "resource_id", "resource_name", "name"), _NOBODY),
    "start_time": "2999-01-01T00:00:00Z",
}
"""Values of filters that no row passes."""
MOST_PAGES = 1000
MOST_ROWS = 200_000
MOST_BYTES = 256 << 20
"""What is longer is a server that repeats itself."""


class Row(Protocol):
    """What stands in a list."""

    @property
    def id(self) -> str:
        """By which a row that comes twice is known."""


RowT = TypeVar("RowT", bound=Row)


class TooLarge(Unreachable):
    """The answer is larger than what is read of one: a shorter page may do."""


class Listing(NamedTuple, Generic[RowT]):
    """The rows of a list, and why they may not be all of it."""

    rows: tuple[RowT, ...] = ()
    error: CbrctlError | None = None
    """The read that failed; the rows are those before it."""
    flaw: str = ""
    """What shows that answers which came were not whole; empty where nothing does."""
    lacks: bool = False
    """It came to its end with fewer rows than its `count`, and nothing else is wrong with it."""

    @property
    def is_whole(self) -> bool:
        """Whether these are all rows that there are."""
        return self.error is None and not self.flaw

    @property
    def trouble(self) -> CbrctlError | None:
        """Why these may not be all rows; None where they are all."""
        if self.error is not None or not self.flaw:
            return self.error
        return Unreachable("list-not-whole", note=self.flaw)

    def all(self) -> tuple[RowT, ...]:
        """Return the rows. Raises why they are not all."""
        if self.trouble is not None:
            raise self.trouble
        return self.rows


class _Counts:
    """What the pages said of `count`, held against what was read."""

    def __init__(self) -> None:
        self.are_full = True
        """Each page had all rows that its own count promises from its offset on."""
        self.told: list[tuple[int, int]] = []
        """The count of each page that has one, and the rows of that page."""
        self.odd = False
        """A page has a count that is none."""

    def note(self, count: object, rows: int, offset: int, limit: int) -> None:
        if isinstance(count, str) and count.isascii() and count.isdigit() and len(count) < 10:
            count = int(count)
        if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
            self.told.append((count, rows))
            self.are_full = self.are_full and rows == min(limit, max(0, count - offset))
        elif count is not None:
            self.odd = True

    @property
    def are_of_pages(self) -> bool:
        return all(count == rows for count, rows in self.told)

    @property
    def last(self) -> int:
        return self.told[-1][0]

    @property
    def grew(self) -> bool:
        """Rows came in while it was read: they push known ones onto the next page, and none out of sight."""
        return bool(self.told) and self.are_full and self.last > self.told[0][0]

    def find_flaw(self, read: int) -> str:
        if self.odd:
            return Phrase("its count is no number")
        if not self.told or self.are_of_pages:
            return ""
        counts = [count for count, _ in self.told]
        if any(later < earlier for earlier, later in pairwise(counts)):
            return Phrase("its count shrank while it was read")
        if self.grew and read >= counts[0]:
            return ""
        return "" if counts[-1] == read else Phrase("{read} rows came of {count}", read=read, count=counts[-1])


def read_list(
    fetch: Callable[[int, int], tuple[Mapping[str, Any], int]],
    key: str,
    read: Callable[[Any], RowT],
    *,
    keep: Callable[[RowT], bool] = lambda row: True,
    most: int | None = None,
) -> Listing[RowT]:
    """Return the rows that `keep` takes, page after page, to an empty page; `most` of them are enough.

    A row that lacks what it is read for is one that cannot be read: `keep` raises ValueError for it.
    `fetch` gets a limit and an offset, and gives an answer and its size in bytes. An answer that is too large is asked
    for again in shorter pages. Raises nothing but what is no CbrctlError.
    """
    kept: list[RowT] = []
    seen: set[str] = set()
    counts = _Counts()
    flaw = ""
    limit, offset, size = PAGE, 0, 0
    for _ in range(MOST_PAGES):
        try:
            answer, length = fetch(limit, offset)
            rows = answer[key]
            if not isinstance(rows, list):
                raise Unreachable("bad-answer", status=200, note=Phrase("no list of {key} in it", key=key))
        except TooLarge as error:
            if limit == 1:
                return Listing(tuple(kept), error)
            limit //= 2
            continue
        except CbrctlError as error:
            return Listing(tuple(kept), error)
        counts.note(answer.get("count"), len(rows), offset, limit)
        fresh, unread = _take(rows, read, keep, kept, seen)
        if most is not None and len(kept) >= most:
            return Listing(tuple(kept[:most]), flaw=Phrase("it was not read to its end"))
        if unread:
            flaw = Phrase("a row of it cannot be read")
        if len(rows) > limit:
            flaw = flaw or Phrase("a page has {count} rows, {limit} were asked for", count=len(rows), limit=limit)
        offset += len(rows)
        size += length
        if not fresh and not (counts.grew and offset < counts.last):
            end = _find_end(counts, rows, len(seen), limit)
            lacking = bool(end) and not flaw and not rows and not counts.odd and counts.last > len(seen)
            return Listing(tuple(kept), None, flaw or end, lacking)
        if len(seen) > MOST_ROWS or size > MOST_BYTES:
            break
    return Listing(tuple(kept), Refused("endless-list", path=key, pages=MOST_PAGES, rows=len(seen)))


def find_uncounted(
    fetch: Callable[[int, int, Query], tuple[Mapping[str, Any], int]], key: str, query: Query
) -> str | None:
    """Return a filter of the query that `count` leaves out: the service counts rows where that filter lets none pass.

    None where each that can be tried counts, or does not answer: what `count` promises is lacking then.
    """
    for name, impossible in _IMPOSSIBLE.items():
        if query.get(name) is None:
            continue
        with suppress(CbrctlError):
            answer = fetch(1, 0, {**query, name: impossible})[0]
            count = answer.get("count")
            if answer[key] == [] and isinstance(count, int) and count > 0:
                return name
    return None


def _take(
    rows: list[Any], read: Callable[[Any], RowT], keep: Callable[[RowT], bool], kept: list[RowT], seen: set[str]
) -> tuple[int, int]:
    """Keep what is wanted of the rows that were not seen before; return how many these are, and how many cannot be read."""
    fresh = unread = 0
    for row in rows:
        try:
            item = read(row)
        except (ValueError, AttributeError, TypeError, ArithmeticError):
            unread += 1
            continue
        if item.id in seen:
            continue
        seen.add(item.id)
        fresh += 1
        try:
            if keep(item):
                kept.append(item)
        except ValueError:
            unread += 1
    return fresh, unread


def _find_end(counts: _Counts, rows: list[Any], read: int, limit: int) -> str:
    """Return what is wrong with a list that came to its end: an empty page, or one of known rows."""
    flaw = counts.find_flaw(read)
    if flaw or not rows:
        return flaw
    # a server that does not know `offset` gives its first page again: it was all of it only where it says so
    if not counts.told or (counts.are_of_pages and read >= limit):
        return Phrase("a page of it came twice")
    return ""
