"""The one reader of lists: its rows, and whether they are all. What is not whole proves nothing.

Each script is what a service answers, page after page; what follows is the rows that come of it and what is said of them.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cbrctl.api import listing as listing_module
from cbrctl.api.listing import PAGE, Listing, TooLarge, read_list
from cbrctl.api.models import Vault
from cbrctl.api.results import Copy
from cbrctl.errors import CbrctlError, Forbidden, Refused, Throttled, Unreachable
from tests.support import cbr
from tests.support.caller import Caller
from tests.support.scripted import Answer, Asked, Scripted

Script = Sequence[dict[str, Any] | CbrctlError]
BROKEN = Unreachable("no-answer")
LARGE = TooLarge("no-answer")


class Thing(NamedTuple):
    """A row: a number is its id."""

    id: str


def read_thing(data: Any) -> Thing:
    """Read a row. A text that is no number cannot be read, nor can null, a list or an object without an id."""
    id: Any = data.get("id") if isinstance(data, dict) else data
    return Thing(str(int(id)))


class Service:
    """Answers by a script; the last page stays."""

    def __init__(self, script: Script) -> None:
        self.script = list(script)
        self.asked: list[tuple[int, int]] = []

    def fetch(self, limit: int, offset: int) -> tuple[Mapping[str, Any], int]:
        """Return the next page, of one byte a row."""
        self.asked.append((limit, offset))
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(answer, CbrctlError):
            raise answer
        return answer, len(answer["things"])


def page(*rows: object, **more: Any) -> dict[str, Any]:
    return {"things": list(rows), **more}


def read(script: Script, **more: Any) -> tuple[Listing[Thing], list[tuple[int, int]]]:
    service = Service(script)
    return read_list(service.fetch, "things", read_thing, **more), service.asked


class Row(NamedTuple):
    """A script, the ids that come of it, and a word of what shows that they may not be all; none for a whole list."""

    says: str
    script: Script
    ids: str
    flaw: str = ""


ROWS = [
    # read to an empty page
    Row("nothing", [page()], ""),
    Row("nothing, of 0", [page(count=0)], ""),
    Row("one page, and no count", [page(1, 2), page()], "1 2"),
    Row("a count of all", [page(1, 2, count=2), page(count=2)], "1 2"),
    Row("a count of all, on several pages", [page(1, 2, count=3), page(3, count=3), page(count=3)], "1 2 3"),
    Row("a count of each page", [page(1, 2, count=2), page(3, count=1), page(count=0)], "1 2 3"),
    Row("a count of each page, all of the same length", [page(1, count=1), page(2, count=1), page(count=0)], "1 2"),
    Row("a count as text", [page(1, 2, count="2"), page(count="2")], "1 2"),
    Row("a count on the first page only", [page(1, 2, count=3), page(3), page()], "1 2 3"),
    Row("a count that grows while it is read", [page(1, count=1), page(2, count=2), page(count=2)], "1 2"),
    Row("a count that is not there", [page(1, count=None), page(2, count=None), page(count=None)], "1 2"),
    Row("a count below nothing", [page(1, count=-1), page(count=-1)], "1", "its count is no number"),
    Row("a count that is true", [page(1, count=True), page(count=False)], "1", "its count is no number"),
    Row("a count that is a word", [page(1, count="x"), page(count="x")], "1", "its count is no number"),
    Row("pages that overlap", [page(1, 2, count=3), page(2, 3, count=3), page(count=3)], "1 2 3"),
    # short: rows are missing
    Row("fewer than the count", [page(1, count=3), page(count=3)], "1", "1 rows came of 3"),
    Row("none of those that are counted", [page(count=3)], "", "0 rows came of 3"),
    Row("fewer than the count as text", [page(1, count="3"), page(count="3")], "1", "1 rows came of 3"),
    Row("a row that moved between pages", [page(1, 2, count=4), page(2, 3, count=4), page(count=4)], "1 2 3", "3 rows"),
    Row("more than the count", [page(1, 2, 3, count=2), page(count=2)], "1 2 3", "3 rows came of 2"),
    Row("a count that shrinks", [page(1, 2, count=3), page(3, count=2), page(count=2)], "1 2 3", "count shrank"),
    Row("a count that shrinks and grows", [page(1, count=3), page(2, count=2), page(count=3)], "1 2", "count shrank"),
    Row("a count that shrinks to nothing", [page(1, 2, count=2), page(count=0)], "1 2"),  # that of each page
    Row("a count that grows past what comes", [page(1, count=1), page(2, count=3), page(count=3)], "1 2", "of 3"),
    # a page again: a server that does not know `offset`
    Row("the first page again, and it was all", [page(1, 2, count=2)], "1 2"),
    Row("the first page again, without a count", [page(1, 2)], "1 2", "came twice"),
    Row("the first page again, of more", [page(1, 2, count=9)], "1 2", "2 rows came of 9"),
    Row("a row twice on a page", [page(1, 1, count=2), page(count=2)], "1", "1 rows came of 2"),
    # rows that cannot be read
    Row("a row that is null", [page(1, None), page()], "1", "cannot be read"),
    Row("a row without an id", [page({"id": 1}, {}), page()], "1", "cannot be read"),
    Row("a row that is a list", [page([], 1), page()], "1", "cannot be read"),
    Row("a row whose id is none", [page(1, "x"), page()], "1", "cannot be read"),
    Row("only rows that cannot be read", [page("x", "y"), page()], "", "cannot be read"),
    Row("one on a later page", [page(1), page("x", 2), page()], "1 2", "cannot be read"),
    Row("one that makes the count right", [page(1, "x", count=2), page(count=2)], "1", "cannot be read"),
    # a read that fails keeps what was read before
    Row("an error at once", [BROKEN], "", "error"),
    Row("an error midway", [page(1, 2, count=3), BROKEN], "1 2", "error"),
    Row("an error instead of the empty page", [page(1, count=1), Throttled("service-throttled")], "1", "error"),
    Row("no right to read it", [Forbidden("service-auth")], "", "error"),
    Row("an object instead of a list", [{"things": {}}], "", "error"),
    Row("an object on a later page", [page(1), {"things": {}}], "1", "error"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.says)
def test_rows_and_whether_they_are_all(row: Row) -> None:
    found, _ = read(row.script)
    assert [thing.id for thing in found.rows] == row.ids.split()
    assert found.is_whole == (row.flaw == "")
    assert (found.error is None) == (row.flaw != "error")
    if row.flaw == "":
        assert (found.flaw, found.trouble, found.all()) == ("", None, found.rows)
        return
    assert isinstance(found.trouble, CbrctlError)
    with pytest.raises(type(found.trouble)) as caught:
        found.all()
    if row.flaw == "error":
        assert found.trouble is found.error
        if isinstance(row.script[-1], CbrctlError):
            assert caught.value is row.script[-1]
    else:
        assert row.flaw in found.flaw
        assert (found.trouble.key, found.trouble.note) == ("list-not-whole", found.flaw)


def test_each_page_begins_behind_the_rows_of_those_before() -> None:
    """Those that cannot be read or came before as well: a server counts what it sent."""
    _, asked = read([page(1, 2), page(2, 3), page("x"), page(4), page()])
    assert asked == [(PAGE, 0), (PAGE, 2), (PAGE, 4)], "a page of nothing new is the end"
    _, asked = read([page(1, 2), page(2, 3), page("x", 4), page()])
    assert asked == [(PAGE, 0), (PAGE, 2), (PAGE, 4), (PAGE, 6)]


def test_the_count_does_not_end_it() -> None:
    """Rows behind `count` are read, and an end that it promises is seen."""
    found, asked = read([page(1, count=1), page(2, count=2), page(3, count=3), page(count=3)])
    assert ([t.id for t in found.rows], found.is_whole, len(asked)) == (["1", "2", "3"], True, 4)


# pages that are too large -------------------------------------------------------------------------------------------


def of_size(total: int, most_rows: int, *, count: bool = True) -> Callable[[int, int], tuple[dict[str, Any], int]]:
    """A service of `total` rows whose answers may have `most_rows` at most."""

    def fetch(limit: int, offset: int) -> tuple[dict[str, Any], int]:
        asked.append((limit, offset))
        rows = range(total)[offset : offset + limit]
        if len(rows) > most_rows:
            raise LARGE
        return page(*rows, **({"count": total} if count else {})), len(rows)

    asked: list[tuple[int, int]] = []
    fetch.asked = asked  # type: ignore[attr-defined]
    return fetch


@pytest.mark.parametrize("most_rows", [1, 2, 10, 499, 500, 999, 1000])
@pytest.mark.parametrize("total", [0, 1, 9, 900])
def test_what_is_too_large_is_asked_for_in_shorter_pages(total: int, most_rows: int) -> None:
    fetch = of_size(total, most_rows)
    found = read_list(fetch, "things", read_thing)
    assert ([t.id for t in found.rows], found.is_whole) == ([str(n) for n in range(total)], True)
    limits = [limit for limit, _ in fetch.asked]  # type: ignore[attr-defined]
    assert limits == sorted(limits, reverse=True)
    assert all(later in (earlier, earlier // 2) for earlier, later in pairwise(limits))


def test_a_row_that_is_too_large_alone_ends_it() -> None:
    found, asked = read([LARGE])
    assert (found.rows, found.error) == ((), LARGE)
    assert [limit for limit, _ in asked] == [1000, 500, 250, 125, 62, 31, 15, 7, 3, 1]
    found, asked = read([page(1, 2), LARGE])
    assert [t.id for t in found.rows] == ["1", "2"]
    assert (found.is_whole, found.error, asked[-1]) == (False, LARGE, (1, 2))


def test_a_page_longer_than_asked_is_not_believed() -> None:
    """Which rows it would be another time, nobody knows."""
    found, _ = read([LARGE] * 9 + [page(1, 2, count=2), page(count=2)])
    assert ([t.id for t in found.rows], found.is_whole) == (["1", "2"], False)
    assert found.flaw == "a page has 2 rows, 1 were asked for"
    found, _ = read([page(*range(PAGE + 1)), page()])
    assert (len(found.rows), found.is_whole) == (PAGE + 1, False)
    found, _ = read([page(*range(PAGE)), page()])
    assert (len(found.rows), found.is_whole) == (PAGE, True)


def test_a_full_page_that_comes_again_is_not_all() -> None:
    """A count of the page, a full one, from a server that does not know `offset`: there may be more."""
    rows = page(*range(PAGE), count=PAGE)
    found, asked = read([rows])
    assert (len(found.rows), len(asked)) == (PAGE, 2)
    assert found.is_whole is False
    assert "came twice" in found.flaw


# bounds -------------------------------------------------------------------------------------------------------------


class Endless:
    """A server that always has another page."""

    def __init__(self, rows: int, length: int) -> None:
        self.rows, self.length, self.pages = rows, length, 0

    def fetch(self, limit: int, offset: int) -> tuple[dict[str, Any], int]:
        """Return so many rows of so many bytes."""
        self.pages += 1
        return page(*range(offset, offset + self.rows), count=offset + self.rows + 1), self.length


@pytest.mark.parametrize(
    ("name", "most", "rows", "length", "pages"),
    [
        ("MOST_ROWS", 20, 3, 1, 7),
        ("MOST_BYTES", 100, 1, 30, 4),
        ("MOST_PAGES", 5, 1, 1, 5),
    ],
)
def test_a_list_without_an_end_is_left(
    name: str, most: int, rows: int, length: int, pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing_module, name, most)
    server = Endless(rows, length)
    found = read_list(server.fetch, "things", read_thing)
    assert (server.pages, len(found.rows)) == (pages, rows * pages)
    assert found.is_whole is False
    assert isinstance(found.error, Refused)
    assert found.error.key == "endless-list"


def test_the_bounds_hold_of_what_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_module, "MOST_ROWS", 20)
    server = Endless(3, 1)
    found = read_list(server.fetch, "things", read_thing, keep=lambda thing: False)
    assert (server.pages, found.rows, found.is_whole) == (7, (), False)


def test_the_bounds_as_they_are() -> None:
    assert (PAGE, listing_module.MOST_PAGES) == (1000, 1000)
    assert listing_module.MOST_ROWS == 200_000
    assert listing_module.MOST_BYTES == 256 * 1024 * 1024


# what is kept -------------------------------------------------------------------------------------------------------


def is_even(thing: Thing) -> bool:
    return int(thing.id) % 2 == 0


def test_rows_that_are_not_kept_count() -> None:
    found, _ = read([page(1, 2, count=4), page(3, 4, count=4), page(count=4)], keep=is_even)
    assert ([t.id for t in found.rows], found.is_whole) == (["2", "4"], True)
    found, _ = read([page(1, 2, count=4), page(3, count=4), page(count=4)], keep=is_even)
    assert ([t.id for t in found.rows], found.is_whole) == (["2"], False)


@pytest.mark.parametrize(
    ("most", "ids", "whole", "pages"),
    [
        (1, "2", False, 1),
        (2, "2 4", False, 2),
        (3, "2 4 6", False, 2),
        (4, "2 4 6 8", False, 3),
        (5, "2 4 6 8", True, 4),
        (None, "2 4 6 8", True, 4),
    ],
)
def test_so_many_are_enough(most: int | None, ids: str, whole: bool, pages: int) -> None:
    found, asked = read([page(1, 2, 3), page(4, 5, 6), page(7, 8), page()], keep=is_even, most=most)
    assert (" ".join(t.id for t in found.rows), found.is_whole, len(asked)) == (ids, whole, pages)


def test_enough_before_an_error_is_enough() -> None:
    found, _ = read([page(1, 2), BROKEN], most=2)
    assert ([t.id for t in found.rows], found.error, found.is_whole) == (["1", "2"], None, False)


def test_what_is_no_error_of_ours_is_raised() -> None:
    def fetch(limit: int, offset: int) -> tuple[dict[str, Any], int]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_list(fetch, "things", read_thing)


# what holds of every service ----------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    total=st.integers(0, 30),
    cut=st.integers(1, 12),
    counting=st.sampled_from(["none", "all", "page", "text"]),
    hidden=st.sets(st.integers(0, 29), max_size=2),
)
def test_a_list_that_hides_rows_it_counts_is_never_whole(total: int, cut: int, counting: str, hidden: set[int]) -> None:
    """The service cuts pages as it likes and filters after it cut them; it counts all rows, those of the page, or none."""
    hidden = {number for number in hidden if number < total}

    def fetch(limit: int, offset: int) -> tuple[dict[str, Any], int]:
        rows = [n for n in range(total) if n not in hidden][offset : offset + min(limit, cut)]
        count: dict[str, object] = {"none": None, "all": total, "text": str(total), "page": len(rows)}
        return page(*rows, count=count[counting]), len(rows)

    found = read_list(fetch, "things", read_thing)
    assert [int(t.id) for t in found.rows] == [n for n in range(total) if n not in hidden]
    if counting in ("all", "text"):
        assert found.is_whole == (not hidden)
    else:
        assert found.is_whole


# through the client -------------------------------------------------------------------------------------------------


def row(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"c0000000-0000-4000-8000-{number:012}", "vault_id": cbr.VAULT, **more}


def listed(*numbers: int, **more: Any) -> Answer:
    return Answer(200, {"backups": [row(number) for number in numbers], **more})


def test_copies_page_after_page(scripted: Scripted) -> None:
    scripted.on(cbr.COPIES, listed(1, 2, count=3), listed(3, count=3), listed(count=3), paged=True)
    found: Listing[Copy] = Caller(scripted.url).client.list_copies(vault_id=cbr.VAULT, incremental=None)
    assert (len(found.rows), found.is_whole) == (3, True)
    queries = [asked.query for asked in scripted.asked]
    assert queries == [f"vault_id={cbr.VAULT}&limit=1000&offset={offset}" for offset in (0, 2, 3)]


def test_an_answer_over_the_bound_is_halved_and_not_repeated(scripted: Scripted) -> None:
    huge = Answer(200, {"backups": [row(1, description="x" * (9 << 20))]})
    scripted.on(cbr.COPIES, huge, huge, listed(1, count=1), listed(count=1), paged=True)
    caller = Caller(scripted.url)
    found = caller.client.list_copies()
    assert (len(found.rows), found.is_whole, caller.clock.asked) == (1, True, [])
    assert [asked.query for asked in scripted.asked] == [
        "limit=1000&offset=0",
        "limit=500&offset=0",
        "limit=250&offset=0",
        "limit=250&offset=1",
    ]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(200, {"vaults": {}}), Unreachable),
        (Answer(200, {"vaults": {"id": cbr.VAULT}}), Unreachable),
        (Answer(200, {"count": 1}), Unreachable),
        (Answer(200, []), Unreachable),
        (Answer(404, {"error_code": "APIGW.0101", "error_msg": "no such API"}), Refused),
        (Answer(404, {"message": "not found"}), Unreachable),
        (Answer(404, b"<html>"), Unreachable),
        (Answer(403, {"error_code": "APIGW.0302", "error_msg": "no"}), Forbidden),
        (Answer(500, {"error_code": "APIGW.0610", "error_msg": "backend"}), Unreachable),
        (Answer(429, {"error_code": "APIGW.0308", "error_msg": "slow"}), Throttled),
    ],
    ids=[
        "an object",
        "a vault",
        "none",
        "a bare list",
        "404 of the gateway",
        "404 of anyone",
        "404 in HTML",
        "403",
        "500",
        "429",
    ],
)
def test_vaults_that_are_no_list_are_no_empty_list(
    answer: Answer, error: type[CbrctlError], scripted: Scripted
) -> None:
    scripted.on(rf"GET /v3/{cbr.PROJECT}/vaults", answer)
    found: Listing[Vault] = Caller(scripted.url).client.list_vaults()
    assert (found.rows, found.is_whole) == ((), False)
    assert type(found.error) is error


# a count of other rows too (service.md 13) ------------------------------------------------------------------------------


EMPTY: dict[str, Any] = {"backups": [], "count": 0}
COUNTED: dict[str, Any] = {"backups": [], "count": 8}
PAST = "start_time=2019-05-10"


@pytest.mark.parametrize(
    ("promised", "of_nobody", "later", "whole"),
    [
        (7, COUNTED, EMPTY, True),
        (7, EMPTY, COUNTED, True),
        (7, EMPTY, EMPTY, False),
        (7, {"backups": [], "count": "8"}, EMPTY, False),
        (7, {"backups": []}, EMPTY, False),
        (7, {"backups": [{}], "count": 8}, EMPTY, False),
        (7, {"error_code": "BackupService.9910", "error_msg": "no"}, EMPTY, False),
        (7, {"error_code": "BackupService.9910", "error_msg": "no"}, COUNTED, True),
        (1, {}, {}, True),
    ],
    ids=[
        "of all vaults",
        "of all times",
        "of these rows",
        "a text",
        "none",
        "it has a row",
        "no list",
        "one tells",
        "not asked",
    ],
)
def test_a_count_that_leaves_out_a_filter_promises_nothing(
    promised: int, of_nobody: dict[str, Any], later: dict[str, Any], whole: bool, scripted: Scripted
) -> None:
    """A list that can have no row tells what is counted; only a filter that the list itself is asked with can tell it."""
    listed = cbr.copies((cbr.SERVER, "available"))

    def answer(asked: Asked) -> Any:
        if "resource_id=" in asked.query:  # that it counts whatever the resource is says nothing of vault and time
            return COUNTED
        if "vault_id=ffffffff" in asked.query:
            return of_nobody
        return {**listed, "count": promised} if PAST in asked.query else later

    scripted.on(cbr.COPIES, Answer(200, answer))
    client = Caller(scripted.url).client
    client.tries = 1
    for look in range(2):
        scripted.asked.clear()
        found = client.list_copies(vault_id=cbr.VAULT, start_time="2019-05-10T06:59:13Z")
        assert ([copy.resource_id for copy in found.rows], found.is_whole) == ([cbr.SERVER], whole)
        tried = [a for a in scripted.asked if "vault_id=ffffffff" in a.query or PAST not in a.query]
        assert bool(tried) == (promised == 7 and not (look and whole)), "what proved true is not asked again"


def test_what_is_proved_of_one_filter_says_nothing_of_another(scripted: Scripted) -> None:
    listed = {**cbr.copies((cbr.SERVER, "available")), "count": 7}
    scripted.on(cbr.COPIES, Answer(200, lambda a: COUNTED if "start_time=2999" in a.query else
                               EMPTY if "vault_id=ffffffff" in a.query else listed))  # fmt: skip
    client = Caller(scripted.url).client
    client.tries = 1
    assert client.list_copies(vault_id=cbr.VAULT, start_time="2019-05-10T06:59:13Z").is_whole
    assert not client.list_copies(vault_id=cbr.VAULT).is_whole
