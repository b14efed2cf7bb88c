"""The filters of a list: a query is read once, and a row is asked only what the query asks.

Filters that are not known are ignored, as the service does.
"""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from cbrctl.sandbox import instants
from cbrctl.sandbox.paging import Query, first
from cbrctl.sandbox.refusals import ServiceRefusal

ALL_PROJECTS = "all_granted_eps"
RowT = TypeVar("RowT")


class Filters(Generic[RowT]):
    """What a row has to pass; each method adds the filter of one key where the query has it, and none otherwise.

    `read` takes what is compared out of a row. A repeated key gives several wanted values, of which one is enough.
    """

    def __init__(self, query: Query) -> None:
        self._query = query
        self._tests: list[Callable[[RowT], bool]] = []
        self.since: float | None = None
        """Rows from before are not wanted (epoch seconds), as `times` reads it."""

    def choose(self, rows: Iterable[RowT]) -> list[RowT]:
        """The rows that pass all filters, in their order."""
        for test in self._tests:
            rows = filter(test, rows)
        return list(rows)

    def add(self, test: Callable[[RowT], bool]) -> None:
        """A filter of its own kind."""
        self._tests.append(test)

    def equal(self, key: str, read: Callable[[RowT], str]) -> None:
        """The row's text is one that is wanted."""
        if key in self._query:
            wanted = set(self._query[key])
            self._tests.append(lambda row: read(row) in wanted)

    def overlap(self, key: str, read: Callable[[RowT], Iterable[str]]) -> None:
        """One of the row's texts is one that is wanted."""
        if key in self._query:
            wanted = set(self._query[key])
            self._tests.append(lambda row: not wanted.isdisjoint(read(row)))

    def constant(self, key: str, *values: str) -> None:
        """What holds of every row here, one of `values`, is wanted."""
        if key in self._query and not set(self._query[key]) & set(values):
            self._tests.append(lambda row: False)

    def fragment(self, key: str, read: Callable[[RowT], str]) -> None:
        """The wanted text stands in the row's; names are searched so, not compared (service.md section 1)."""
        wanted = first(self._query, key)
        if wanted is not None:
            self._tests.append(lambda row: wanted in read(row))

    def flag(self, key: str, read: Callable[[RowT], bool]) -> None:
        """The row's flag is the wanted one. Raises 9900 for another word than true and false."""
        text = first(self._query, key)
        if text is None:
            return
        if text.lower() not in ("true", "false"):
            raise ServiceRefusal("9900", f"[{key}]")
        wanted = text.lower() == "true"
        self._tests.append(lambda row: read(row) == wanted)

    def project(self, read: Callable[[RowT], str]) -> None:
        """The row's enterprise project is wanted, or all of them are."""
        if ALL_PROJECTS not in self._query.get("enterprise_project_id", ()):
            self.equal("enterprise_project_id", read)

    def times(self, read: Callable[[RowT], float]) -> None:
        """The row's moment lies in start_time..end_time. Raises 9900 for a time that cannot be read."""
        try:
            start, end = (
                instants.parse(self._query[key][0]) if key in self._query else None
                for key in ("start_time", "end_time")
            )
        except ValueError:
            raise ServiceRefusal("9900", "[start_time, end_time]") from None
        self.since = start
        if start is not None:
            self._tests.append(lambda row: read(row) >= start)
        if end is not None:
            self._tests.append(lambda row: read(row) <= end)
