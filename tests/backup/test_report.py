"""`cbrctl report`: what each day is called, who needs a person, and that no day is called empty which was not read whole."""

from typing import Any

import pytest

from cbrctl.durations import write_stamp
from cbrctl.sandbox import Cloud
from tests.support import cbr
from tests.support.practice import asked
from tests.support.program import Result, Run
from tests.support.protected import FLAWS, IDS, NOW, REFUSALS, Service, copy_row, server_of, task_row, vault_row
from tests.support.schemas import validate, validate_lines
from tests.support.scripted import Answer, Scripted

DAY = 86400.0
NOON = NOW // DAY * DAY + DAY / 2
EVENING = NOON + DAY / 2 - 1800
"""What the service's clock shows: whatever this machine's does, it is today, and over by then or nearly so."""
SIGNS = {"good": "g", "partial": "p", "failed": "f", "running": "r", "none": ".", "unknown": "?"}
WEEK = ("--days", "7")
MANY = ("--all-vaults", *WEEK)
FEW = ("--vault", IDS[0], *WEEK)


def report(run: Run, *words: str, **more: Any) -> tuple[Result, dict[str, Any]]:
    """Run a report, and return its document too, which is as its schema says."""
    result = run("report", *words, "-o", "json", **more)
    document = result.json()
    validate(document)
    assert document["exit_code"] == result.code
    return result, document


def begun(back: int, hour: int = 2) -> str:
    """A moment so many days ago."""
    return write_stamp(NOON - back * DAY - (12 - hour) * 3600)


def a_copy(back: int, vault_id: str = IDS[0], hour: int = 2, **changes: Any) -> dict[str, Any]:
    """A copy that took ten minutes."""
    stamp = begun(back, hour)
    row = copy_row(vault_id, 100 * back + hour, created_at=stamp)
    row["updated_at"] = write_stamp(NOON - back * DAY - (12 - hour) * 3600 + 600)
    return {**row, **changes}


def a_task(back: int, status: str, vault_id: str = IDS[0], hour: int = 3, **changes: Any) -> dict[str, Any]:
    return {**task_row(vault_id, status, back * DAY), "started_at": begun(back, hour), **changes}


def signs(document: dict[str, Any], vault_id: str = IDS[0]) -> str:
    """The days of a vault's only resource, a letter each."""
    [item] = [item for item in document["items"] if item["vault"]["id"] == vault_id]
    return "".join(SIGNS[day["state"]] for day in item["days"])


def row_of(document: dict[str, Any], vault_id: str = IDS[0]) -> dict[str, Any]:
    [item] = [item for item in document["items"] if item["vault"]["id"] == vault_id]
    return dict(item)


# what a day is called -------------------------------------------------------------------------------------------------

CASES: list[tuple[str, list[dict[str, Any]], list[dict[str, Any]], str]] = [
    ("nothing", [], [], "......."),
    ("copies", [a_copy(0), a_copy(1), a_copy(3)], [], "...g.gg"),
    ("before the days", [a_copy(7), a_copy(60)], [], "......."),
    ("the first day", [a_copy(6, hour=0)], [], "g......"),
    ("a copy that failed", [a_copy(1, status="error")], [], ".....f."),
    ("one failed, one did not", [a_copy(1), a_copy(1, hour=3, status="error")], [], ".....p."),
    ("it runs", [a_copy(0, status="protecting"), a_copy(1, status="waiting_protect")], [], ".....rr"),
    ("it ran and runs again", [a_copy(0), a_copy(0, hour=5, status="protecting")], [], "......g"),
    ("it is restored from", [a_copy(2, status="restoring")], [], "....r.."),
    ("deleted", [a_copy(n, status=s) for n, s in enumerate(("deleting", "deleted", "error-deleting"))], [], "......."),
    ("replicated", [a_copy(1, image_type="replication")], [], "......."),
    ("of another resource", [a_copy(1, resource_id=cbr.SERVER)], [], "......."),
    ("of another vault", [a_copy(1, IDS[1], resource_id=server_of(IDS[0]))], [], "......."),
    ("failed without a copy", [], [a_task(2, "failed"), a_task(3, "timeout"), a_task(4, "skipped")], "..fff.."),
    ("a task beside a copy", [a_copy(2)], [a_task(2, "failed")], "....p.."),
    ("waiting without a copy", [], [a_task(0, "running"), a_task(1, "waiting")], ".....rr"),
    ("tasks that tell nothing", [], [a_task(0, "success"), a_task(1, "odd")], "......."),
    ("another's task", [], [a_task(0, "failed", operation_type="restore")], "......."),
]


@pytest.mark.heavy
@pytest.mark.parametrize(("copies", "tasks", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
@pytest.mark.parametrize("words", [MANY, FEW], ids=["many", "few"])
def test_what_a_day_is_called(
    words: tuple[str, ...],
    copies: list[dict[str, Any]],
    tasks: list[dict[str, Any]],
    expected: str,
    scripted: Scripted,
    run: Run,
) -> None:
    service = Service(scripted, *copies, now=EVENING)
    service.tasks = tasks
    result, document = report(run, *words)
    assert (result.code, signs(document)) == (0, expected), result.err


@pytest.mark.parametrize("words", [MANY, FEW], ids=["many", "few"])
def test_each_state_on_a_line(words: tuple[str, ...], scripted: Scripted, run: Run) -> None:
    copies = [a_copy(6), a_copy(5), a_copy(4, status="error"), a_copy(2, status="protecting")]
    service = Service(scripted, *copies, now=EVENING)
    service.tasks = [a_task(5, "failed"), a_task(3, "timeout"), a_task(1, "waiting")]
    result, document = report(run, *words)
    assert (result.code, signs(document)) == (0, "gpffrr."), result.err


def test_the_document_says_which_copy(scripted: Scripted, run: Run) -> None:
    older = a_copy(1, hour=1, resource_size=39)
    Service(scripted, a_copy(1, incremental=False), older, a_copy(2), now=EVENING)
    _, document = report(run, *FEW)
    assert (document["first_day"], document["last_day"]) == (begun(6)[:10], begun(0)[:10])
    assert document["reported_at"] == write_stamp(EVENING)
    row = row_of(document)
    newest = a_copy(1)["id"]
    assert row["newest"] == {
        "id": newest, "created_at": begun(1), "incremental": False, "size_gb": 40, "duration_seconds": 600,
    }  # fmt: skip
    assert row["age_seconds"] == DAY + 21.5 * 3600
    assert row["days"][5] == {
        "date": begun(1)[:10], "state": "good", "copy_id": newest, "size_gb": 40, "duration_seconds": 600,
    }  # fmt: skip
    assert row["days"][6] == {
        "date": begun(0)[:10], "state": "none", "copy_id": None, "size_gb": None, "duration_seconds": None,
    }  # fmt: skip


@pytest.mark.parametrize("changed", [None, "soon", begun(3)])
def test_how_long_it_took_is_not_guessed(changed: str | None, scripted: Scripted, run: Run) -> None:
    Service(scripted, a_copy(1, updated_at=changed), now=EVENING)
    assert row_of(report(run, *FEW)[1])["newest"]["duration_seconds"] is None


def test_each_format(scripted: Scripted, run: Run) -> None:
    Service(scripted, a_copy(1), now=EVENING)
    result = run("report", *FEW)
    rows = result.rows()
    assert (result.code, result.err, len(rows)) == (0, "", 7)
    assert [row["date"] for row in rows] == [begun(back)[:10] for back in reversed(range(7))]
    assert (rows[5]["state"], rows[5]["size_gb"], rows[5]["duration_seconds"]) == ("good", "40", "600")
    assert {row["resource_id"] for row in rows} == {server_of(IDS[0])}
    lines = validate_lines(run("report", *FEW, "-o", "jsonl").out)
    assert [line["type"] for line in lines] == ["item", "result"]
    assert (lines[-1]["count"], lines[-1]["exit_code"]) == (1, 0)
    assert run("report", *FEW, "-o", "id").out.split() == [server_of(IDS[0])]


@pytest.mark.english  # a reason within a note is not read back
@pytest.mark.parametrize("quiet", ["-q", "-qq"])
def test_quiet(quiet: str, scripted: Scripted, run: Run) -> None:
    service = Service(scripted, now=EVENING)
    result = run("report", *FEW, quiet)
    assert (result.code, result.err, bool(result.out)) == (0, "", quiet == "-q")
    service.own = FLAWS[0]
    failed = run("report", *FEW, quiet)
    assert failed.code == 7
    assert "error: The service's list is not whole" in failed.err
    assert "unknown" in failed.out


# who needs a person ---------------------------------------------------------------------------------------------------


def test_those_that_need_a_person_stand_first(scripted: Scripted, run: Run) -> None:
    well, late, failed, never, weekly = IDS
    copies = [
        *(a_copy(back, well) for back in range(1, 7)),
        *(a_copy(back, late) for back in (3, 4, 5)),
        *(a_copy(back, failed) for back in (1, 2)),
        a_copy(0, failed, status="error"),
        *(a_copy(back, weekly) for back in (6, 13, 20)),
    ]
    Service(scripted, *copies, now=EVENING)
    _, document = report(run, "--all-vaults", "--days", "30")
    needs = {item["vault"]["id"]: item["need"] for item in document["items"]}
    assert needs == {never: "none", failed: "failed", late: "late", well: None, weekly: None}
    assert [item["vault"]["id"] for item in document["items"]] == [never, failed, late, weekly, well]


def test_what_was_mended_needs_nobody(scripted: Scripted, run: Run) -> None:
    Service(scripted, a_copy(1), a_copy(1, hour=1, status="error"), now=EVENING)
    assert row_of(report(run, *FEW)[1])["need"] is None


def test_a_vault_stays_together(scripted: Scripted, run: Run) -> None:
    """Its worst resource says where it stands; in it that one is first."""
    both = vault_row(IDS[0], resources=[cbr.resource(cbr.SERVER, name="a"), cbr.resource(server_of(IDS[0]), name="b")])
    other = vault_row(IDS[1])
    service = Service(scripted, a_copy(1, resource_id=cbr.SERVER), a_copy(9, IDS[1]), vaults=[other, both], now=EVENING)
    _, document = report(run, "--all-vaults")
    assert [item["resource"]["name"] for item in document["items"]] == ["b", "a", "ecs-1f0f-0002"]
    assert service.queries


def test_an_old_copy_from_before_the_days_is_the_newest(scripted: Scripted, run: Run) -> None:
    Service(scripted, a_copy(40), now=EVENING)
    row = row_of(report(run, *FEW)[1])
    assert (row["need"], row["newest"]["id"]) == (None, a_copy(40)["id"])
    assert row["age_seconds"] == 40 * DAY + 21.5 * 3600


# lists that are not whole ---------------------------------------------------------------------------------------------


@pytest.mark.heavy
@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.__name__)
@pytest.mark.parametrize("words", [MANY, FEW], ids=["many", "few"])
def test_a_list_of_copies_that_is_not_whole(words: tuple[str, ...], flaw: Any, scripted: Scripted, run: Run) -> None:
    service = Service(scripted, now=EVENING)
    service.project = service.own = flaw
    result, document = report(run, *words)
    assert (result.code, document["schema"]) == (7, "cbrctl.report/v1")
    for item in document["items"]:
        assert {day["state"] for day in item["days"]} <= {"unknown", "good"}, "an empty day would be a lie"
        assert (item["need"], item["newest"]) == ("unknown", None), "another may be newer"
    assert document["error"]["kind"] == "unreachable"


def test_a_copy_that_is_shown_is_there_whatever_is_not(scripted: Scripted, run: Run) -> None:
    service = Service(scripted, now=EVENING)
    rows = [a_copy(1), a_copy(3, status="error")]
    service.own = lambda query: {"backups": rows if query["offset"] == ["0"] else [], "count": 3}
    assert signs(report(run, *FEW)[1]) == "???f?g?"


@pytest.mark.heavy
@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.__name__)
def test_the_vaults_own_lists_stand_in_for_the_projects(flaw: Any, scripted: Scripted, run: Run) -> None:
    service = Service(scripted, *(a_copy(1, one) for one in IDS[1:]), now=EVENING)
    service.project = flaw
    result, document = report(run, *MANY)
    assert result.code == 0, result.err
    # what the project's list showed of the first vault is not taken
    assert [signs(document, one) for one in IDS] == ["......."] + [".....g."] * 4


def test_a_vault_whose_list_is_not_whole_spoils_no_other(scripted: Scripted, run: Run) -> None:
    service = Service(scripted, *(a_copy(1, one) for one in IDS), now=EVENING)
    lists = {one: {"backups": [a_copy(1, one)], "count": 1 + (one == IDS[2])} for one in IDS}

    def answer(query: dict[str, list[str]]) -> dict[str, Any]:
        rows = lists[query["vault_id"][0]]
        return rows if query["offset"] == ["0"] else {**rows, "backups": []}

    service.project, service.own = FLAWS[0], answer
    result, document = report(run, *MANY)
    assert result.code == 7
    assert [signs(document, one) for one in IDS] == [".....g."] * 2 + ["?????g?"] + [".....g."] * 2


@pytest.mark.parametrize(("status", "code"), [(403, 12), (429, 8), (500, 7)])
def test_each_exit_code(status: int, code: int, scripted: Scripted, run: Run) -> None:
    Service(scripted, a_copy(1), now=EVENING)
    scripted.on(cbr.TASKS, next(answer for answer, _ in REFUSALS if answer.status == status))
    result, document = report(run, *FEW)
    assert (result.code, signs(document)) == (code, "?????g?")


def test_where_no_list_is_whole_the_rest_is_not_asked_for(scripted: Scripted, run: Run) -> None:
    service = Service(scripted, now=EVENING)
    service.project = service.own = FLAWS[1]
    _, document = report(run, *MANY)
    assert {tuple(query["vault_id"]) for query in service.queries if "vault_id" in query} == {(one,) for one in IDS[:3]}
    assert all(item["need"] == "unknown" for item in document["items"])


@pytest.mark.heavy
@pytest.mark.parametrize(("answer", "code"), REFUSALS, ids=lambda v: str(v.status) if isinstance(v, Answer) else str(v))
@pytest.mark.parametrize("path", [pytest.param(cbr.COPIES, id="copies"), pytest.param(cbr.TASKS, id="tasks")])
@pytest.mark.parametrize("words", [MANY, FEW], ids=["many", "few"])
def test_a_refused_list(
    words: tuple[str, ...], path: str, answer: Answer, code: int, scripted: Scripted, run: Run
) -> None:
    Service(scripted, *(a_copy(1, one) for one in IDS), now=EVENING)
    scripted.on(path, answer)
    result, document = report(run, *words)
    assert (result.code, document["schema"]) == (code, "cbrctl.report/v1"), result.err
    assert signs(document) == ("???????" if path == cbr.COPIES else "?????g?")
    newest = row_of(document)["newest"]
    assert (newest is None) == (path == cbr.COPIES), "tasks say nothing of the newest copy"
    # who is refused for rate, or is nobody, does not ask on and on
    assert scripted.count(path) <= (4 if code == 8 or answer.status == 401 else 16)


@pytest.mark.heavy
@pytest.mark.parametrize(("answer", "code"), REFUSALS, ids=lambda v: str(v.status) if isinstance(v, Answer) else str(v))
def test_vaults_that_cannot_be_listed_are_no_picture(answer: Answer, code: int, scripted: Scripted, run: Run) -> None:
    scripted.on(rf"{cbr.VAULTS}(/.*)?", answer)
    result, document = report(run, *MANY)
    assert (result.code, document["schema"]) == (code, "cbrctl.error/v1"), result.err
    assert scripted.count(cbr.COPIES) == 0


def test_a_vault_of_which_a_resource_cannot_be_read_shows_the_others(scripted: Scripted, run: Run) -> None:
    vaults = [vault_row(IDS[0], resources=[cbr.resource(server_of(IDS[0])), {"name": "x"}])]
    Service(scripted, a_copy(1), vaults=vaults, now=EVENING)
    result, document = report(run, *FEW)
    assert (result.code, signs(document)) == (7, ".....g.")
    assert "a resource of vault vault-0 cannot be read" in result.err


@pytest.mark.parametrize(
    ("copies", "tasks"),
    [
        ([a_copy(1), a_copy(2, created_at=None)], []),
        ([a_copy(1), a_copy(2, created_at=write_stamp(EVENING + 7200))], []),
        ([a_copy(1)], [a_task(1, "failed", started_at=None)]),
    ],
)  # fmt: skip
def test_what_may_be_of_any_day(
    copies: list[dict[str, Any]], tasks: list[dict[str, Any]], scripted: Scripted, run: Run
) -> None:
    service = Service(scripted, *copies, now=EVENING)
    service.tasks = tasks
    result, document = report(run, *FEW)
    assert (result.code, signs(document)) == (7, "?????g?")
    assert "Some days of 1 resources are not known" in document["error"]["message"]


# what is asked --------------------------------------------------------------------------------------------------------


def test_many_vaults_are_read_in_a_few_lists(scripted: Scripted, run: Run) -> None:
    service = Service(scripted, *(a_copy(back, one) for one in IDS for back in range(5)), now=EVENING)
    assert report(run, *MANY)[0].code == 0
    assert len(service.queries) == 2
    assert not [query for query in service.queries if "vault_id" in query or "start_time" in query]
    # nearly all tasks of a project went well: those are not asked for
    asked_for = {query["status"][0] for query in service.task_queries}
    assert asked_for == {"failed", "timeout", "skipped", "running", "waiting"}
    assert {query["start_time"][0] for query in service.task_queries} == {begun(6, 0)}


def test_a_few_vaults_are_read_by_themselves(scripted: Scripted, run: Run) -> None:
    service = Service(scripted, a_copy(1), now=EVENING)
    assert report(run, *FEW)[0].code == 0
    assert {query["vault_id"][0] for query in (*service.queries, *service.task_queries)} == {IDS[0]}
    assert not [query for query in service.task_queries if "status" in query]


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("", 2, "Nothing was chosen"),
        ("--all-vaults --vault x", 2, "--all-vaults and --vault contradict"),
        ("--all-vaults --shard 4/4", 2, "4/4 is no shard"),
        ("--vault x --days 0", 2, "--days"),
        ("--vault x --days 367", 2, "--days"),
        ("--vault x --days many", 2, "--days"),
        ("--vault x --html=", 2, "--html"),
        ("--vault x --max-age 26h", 2, "--max-age"),
        ("--tag env=none", 10, "No vault is left of the selection"),
        ("--vault vault-be93", 10, "vault-be93"),
        ("--vault vault-be94-archive", 10, "No resource is protected there: vault-be94-archive"),
        ("--resource nobody", 10, "No vault protects nobody"),
    ],
)
def test_what_cannot_be_shown(words: str, code: int, told: str, cloud: Cloud, run: Run) -> None:
    result, document = report(run, *words.split())
    assert (result.code, document["schema"]) == (code, "cbrctl.error/v1")
    assert told in " ".join(result.err.split())
    assert not [line for line in asked(cloud) if line.startswith("GET /backups")]


@pytest.mark.heavy
def test_selection_is_that_of_check(cloud: Cloud, run: Run) -> None:
    for words in (
        "--all-vaults --exclude vault-be94",
        "--tag env=prod",
        "--resource ecs-1f0f-0002",
        "--all-vaults --shard 1/3",
    ):
        checked = run("check", *words.split(), "-o", "json").json()["items"]
        _, document = report(run, *words.split(), "--days", "1")
        names = [sorted(item["resource"]["id"] for item in items) for items in (checked, document["items"])]
        assert names[0] == names[1]


def test_an_empty_shard_is_well(cloud: Cloud, run: Run) -> None:
    both = [report(run, "--vault", "vault-be94", "--shard", f"{number}/2") for number in range(2)]
    assert [result.code for result, _ in both] == [0, 0]
    assert sorted(len(document["items"]) for _, document in both) == [0, 1]
