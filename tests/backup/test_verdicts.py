"""How a backup ends, told by the real program: each outcome of the contract and each kind of evidence, pipe and terminal."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import pytest

from tests.support import cbr
from tests.support.exits import CODES_OF_OUTCOME
from tests.support.program import Result, Run
from tests.support.scripted import Answer, Scripted

pytestmark = pytest.mark.long

A, B = cbr.SERVER, cbr.SERVER_2
BUSY, STOPPED = "BackupService.2002", "BackupService.7102"
Answers = list[Answer | dict[str, Any]]


def refused(code: str, status: int = 400) -> Answer:
    return Answer(status, {"error_code": code, "error_msg": f"says {code}"}, {"X-Request-Id": "req-42"})


NOT_FOUND, DENIED = refused("BackupService.6217", 404), refused("APIGW.0302", 403)


def skipped(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"id": i, "type": "OS::Nova::Server", "name": "db", "code": c, "reason": f"says {c}"} for i, c in pairs]


def task(resource_id: str, status: str, code: str = "") -> tuple[str, str, int, str, str]:
    return resource_id, status, 50, code, f"says {code}" if code else ""


def both(first: str = "available", second: str = "available") -> list[dict[str, Any]]:
    return [cbr.resource(A, first), cbr.resource(B, second, "db")]


TWO = cbr.posted(resources=both())
ONE_SKIPPED = cbr.posted(skipped_resources=skipped((B, STOPPED)))
ALL_SKIPPED = cbr.posted(resources=[], skipped_resources=skipped((A, STOPPED), (B, BUSY)))
ALL_BUSY = cbr.posted(resources=[], skipped_resources=skipped((A, BUSY), (B, "BackupService.1001")))
BOTH_SHOWN = cbr.shown("available", *both())
IGNORE = ("--on-skip", "ignore")


class Case(NamedTuple):
    """What the service says, and how that ends: the outcome and exit code, and what standard error says of it."""

    says: str
    outcome: str
    code: int
    error: str = ""
    post: Any = None
    show: Any = ()
    copies: Any = ()
    tasks: Any = ()
    options: tuple[str, ...] = ()
    states: str = ""
    """Status of each resource of the document, in order."""
    wait: tuple[str, int] | None = ("", 0)
    """What `wait` makes of it where that is not the same; None where there is nothing to wait for."""

    def play(self, scripted: Scripted) -> None:
        default = {
            cbr.POST: self.post or cbr.posted(),
            cbr.SHOW: self.show or cbr.shown("available"),
            cbr.COPIES: self.copies or cbr.copies((A, "available")),
            cbr.TASKS: self.tasks or cbr.tasks(task(A, "success")),
        }
        for pattern, answers in default.items():
            scripted.on(pattern, *(answers if isinstance(answers, list) else [answers]))


def until_available(*statuses: str) -> dict[str, Any]:
    """The checkpoint goes through these while its copy and its task are running, then all end well."""
    return {
        "show": [*map(cbr.shown, statuses), cbr.shown("available")],
        "copies": [*(cbr.copies((A, "protecting")) for _ in statuses), cbr.copies((A, "available"))],
        "tasks": [*(cbr.tasks(task(A, "running")) for _ in statuses), cbr.tasks(task(A, "success"))],
    }


def without(key: str, copies: dict[str, Any]) -> dict[str, Any]:
    """A list of copies whose rows have a null there."""
    return {**copies, "backups": [{**row, key: None} for row in copies["backups"]]}


GATEWAYS_404 = {
    "Kong": Answer(404, {"message": "no Route matched with those values"}),
    "APIGW": refused("APIGW.0101", 404),
    "a page": Answer(404, b"<html>not found</html>", {"Content-Type": "text/html"}),
    "OpenStack": Answer(404, {"itemNotFound": {"code": 404, "message": "no"}}),
}
DELETED = "The checkpoint is gone: it was deleted, or the service never came to know it."
CASES = [
    # the statuses of the page's table and of its example
    Case("the table's creating, then available", "completed", 0, **until_available("creating", "creating")),
    Case("the example's protecting, then available", "completed", 0, **until_available("protecting")),
    Case("the table's restoring is no end", "completed", 0, **until_available("restoring", "restoring")),
    Case("a status of tomorrow is no end", "completed", 0, **until_available("frobbing", "protecting")),
    Case(
        "the table's error", "failed", 4, "The backup failed: 1 failed, 0 skipped.",
        show=[cbr.shown("protecting"), cbr.shown("error")], copies=cbr.copies((A, "error")),
        tasks=cbr.tasks(task(A, "failed", STOPPED)), states="error",
    ),
    Case(
        "an error whose copy and task run on", "pending", 5, "The wait ended; the backup goes on.",
        show=cbr.shown("error"), copies=cbr.copies((A, "protecting")), tasks=cbr.tasks(task(A, "running")), states="protecting",
        options=("--timeout", "30m"),
    ),
    Case(
        "the table's deleting", "failed", 4, DELETED, show=[cbr.shown("protecting"), cbr.shown("deleting"), NOT_FOUND],
        copies=[cbr.copies((A, "protecting"))] * 2 + [cbr.copies((A, "deleting")), cbr.copies()],
        tasks=cbr.tasks(task(A, "failed")),
    ),
    Case("deleted", "failed", 4, DELETED, show=[cbr.shown("protecting"), cbr.shown("deleted")], copies=cbr.copies((A, "deleted"))),
    Case(
        "a deletion that failed", "failed", 4, DELETED,
        show=cbr.shown("error-deleting"), copies=cbr.copies((A, "error-deleting")),
    ),
    Case("a deletion that failed and left the copies", "completed", 0, show=cbr.shown("error-deleting")),
    Case(
        "a word of deletion is no end while a copy is there", "pending", 5, "The wait ended", show=cbr.shown("deleted"),
        options=("--timeout", "30m"),
    ),
    # rows that do not say whose copies they are
    *(
        Case(
            f"copies without {key} are none that is missing", "pending", 5, "The wait ended; the backup has stopped",
            copies=without(key, cbr.copies((A, "available"))), options=("--timeout", "5m"),
        )
        for key in ("resource_id", "checkpoint_id")
    ),
    # not found
    Case(
        "gone after it was seen", "failed", 4, DELETED, show=[cbr.shown("protecting"), NOT_FOUND],
        copies=[cbr.copies((A, "protecting"))] * 2 + [cbr.copies()], tasks=[cbr.tasks(task(A, "running"))] * 2 + [cbr.tasks()],
    ),
    Case(
        "not found while its copy and its task run", "completed", 0,
        show=[cbr.shown("protecting")] + [NOT_FOUND] * 12 + [cbr.shown("available")],
        copies=[cbr.copies((A, "protecting"))] * 13 + [cbr.copies((A, "available"))],
        tasks=[cbr.tasks(task(A, "running"))] * 13 + [cbr.tasks(task(A, "success"))],
    ),
    Case(
        "not found for ever, and its copy is there", "completed", 0, show=[cbr.shown("protecting"), NOT_FOUND],
        copies=[cbr.copies((A, "protecting"))] * 4 + [cbr.copies((A, "available"))],
        tasks=[cbr.tasks(task(A, "running"))] * 4 + [cbr.tasks(task(A, "success"))],
    ),
    Case(
        "not found twice in a row", "completed", 0,
        show=[cbr.shown("protecting"), NOT_FOUND, NOT_FOUND, cbr.shown("protecting"), cbr.shown("available")],
        copies=[cbr.copies()] * 4 + [cbr.copies((A, "available"))], tasks=[cbr.tasks()] * 4 + [cbr.tasks(task(A, "success"))],
    ),
    *(
        Case(
            f"a gateway's 404 ({name})", "completed", 0, show=[cbr.shown("protecting")] + [answer] * 8 + [cbr.shown("available")],
            copies=[cbr.copies()] * 9 + [cbr.copies((A, "available"))], tasks=[cbr.tasks()] * 9 + [cbr.tasks(task(A, "success"))],
        )
        for name, answer in GATEWAYS_404.items()
    ),
    Case("its own is invisible at first", "completed", 0, show=[NOT_FOUND] * 4 + [cbr.shown("available")]),
    Case(
        "its own and its lists are invisible at first", "completed", 0, show=[NOT_FOUND] * 4 + [cbr.shown("available")],
        copies=[cbr.copies()] * 4 + [cbr.copies((A, "available"))], tasks=[cbr.tasks()] * 4 + [cbr.tasks(task(A, "success"))],
        wait=("error", 10),
    ),
    Case("its own never appears", "failed", 4, DELETED, show=NOT_FOUND, copies=cbr.copies(), tasks=cbr.tasks(), wait=("error", 10)),
    # sources that disagree or lag
    Case(
        "lists lag behind", "completed", 0, copies=[cbr.copies(), cbr.copies(), cbr.copies((A, "available"))],
        tasks=[cbr.tasks(), cbr.tasks(task(A, "running")), cbr.tasks(task(A, "success"))],
    ),
    Case(
        "lists never catch up", "failed", 4, "The backup failed: 1 failed",
        copies=cbr.copies(), tasks=cbr.tasks(), states="missing",
    ),
    Case(
        "one of two never appears", "partial", 3, "The backup is not whole: 1 done, 1 without a copy, 0 skipped.",
        post=TWO, show=BOTH_SHOWN, states="available missing",
    ),
    Case(
        "the checkpoint is available before its copy", "completed", 0,
        copies=[cbr.copies((A, "protecting"))] * 9 + [cbr.copies((A, "available"))],
    ),
    Case("the checkpoint is error and its copy available", "completed", 0, show=cbr.shown("error")),
    # sources that may not be read
    Case("lists only", "completed", 0, **{**until_available("protecting", "protecting"), "show": DENIED}),
    Case(
        "lists only, and they tell a failure", "failed", 4, "The backup failed: 1 failed",
        show=DENIED, copies=cbr.copies((A, "error")), tasks=cbr.tasks(task(A, "failed", STOPPED)), states="error",
    ),
    Case("no copies: the task decides", "completed", 0, **{**until_available("protecting"), "copies": DENIED}),
    Case(
        "no copies, and the task failed", "failed", 4, "The backup failed: 1 failed",
        copies=DENIED, tasks=cbr.tasks(task(A, "failed", STOPPED)), states="error",
    ),
    Case("no tasks: the copy decides", "completed", 0, **{**until_available("protecting"), "tasks": DENIED}),
    Case("no tasks, and the copy failed", "failed", 4, "The backup failed", copies=cbr.copies((A, "error")), tasks=DENIED),
    Case("no lists: its own word decides", "completed", 0, copies=DENIED, tasks=DENIED, states="available"),
    Case(
        "no lists, and its own word is error", "failed", 4, "The backup failed: 1 failed",
        show=cbr.shown("error"), copies=DENIED, tasks=DENIED, states="error",
    ),
    Case(
        "no lists, and a resource's word is error", "partial", 3, "1 done, 1 failed",
        post=TWO, show=cbr.shown("available", *both("available", "error")), copies=DENIED, tasks=DENIED,
        states="available error",
    ),
    Case(
        "no lists, and words that an error of the whole makes worthless", "pending", 12,
        "The backup has stopped, but how it ended cannot be seen.",
        post=TWO, show=cbr.shown("error", *both("available", "available")), copies=DENIED, tasks=DENIED, states="unknown unknown",
    ),
    Case(
        "no lists, and a word that is none", "pending", 12, "The backup has stopped, but how it ended cannot be seen.",
        show=cbr.shown("available", cbr.resource(A, None)), copies=DENIED, tasks=DENIED, states="waiting_protect",
    ),
    Case(
        "it has stopped, and a list that fails may still tell", "pending", 5,
        "The wait ended; the backup has stopped (how it ended is not certain yet).",
        post=TWO, show=cbr.shown("available", *both()), copies=Answer(500), tasks=cbr.tasks(), options=("--timeout", "2m"),
        states="waiting_protect waiting_protect",
    ),
    Case(
        "nothing may be read", "pending", 12, "The backup goes on, but the service does not let you follow it any more.",
        show=DENIED, copies=DENIED, tasks=DENIED,
    ),
    # failed and skipped, some and all
    Case(
        "one of two failed", "partial", 3, "The backup is not whole: 1 done, 1 failed, 0 skipped.",
        post=TWO, show=BOTH_SHOWN, copies=cbr.copies((A, "available"), (B, "error")),
        tasks=cbr.tasks(task(A, "success"), task(B, "failed", STOPPED)), states="available error",
    ),
    Case(
        "one of two ran out of time", "partial", 3, "1 done, 1 failed",
        post=TWO, show=BOTH_SHOWN, tasks=cbr.tasks(task(A, "success"), task(B, "timeout", STOPPED)), states="available error",
    ),
    Case(
        "both failed", "failed", 4, "The backup failed: 2 failed, 0 skipped.",
        post=TWO, show=cbr.shown("error", *both()), copies=cbr.copies((A, "error"), (B, "error")),
        tasks=cbr.tasks(task(A, "failed", STOPPED), task(B, "failed", "BackupService.7003")),
    ),
    Case(
        "one was skipped", "partial", 3, "The backup is not whole: 1 done, 0 failed, 1 skipped.",
        post=ONE_SKIPPED, wait=("completed", 0),
    ),
    Case("one was skipped and that is fine", "completed", 0, post=ONE_SKIPPED, options=IGNORE, wait=None),
    Case(
        "one of each", "partial", 3, "1 done, 1 failed, 1 skipped",
        post=cbr.posted(resources=both(), skipped_resources=skipped((cbr.VAULT, BUSY))), show=BOTH_SHOWN,
        copies=cbr.copies((A, "available"), (B, "error")), options=IGNORE, wait=("partial", 3),
    ),
    Case(
        "one failed and one was skipped", "failed", 4, "The backup failed: 1 failed, 1 skipped.",
        post=ONE_SKIPPED, copies=cbr.copies((A, "error")), options=IGNORE, wait=("failed", 4),
    ),
    Case("all were skipped", "failed", 4, "The service skipped every resource", post=ALL_SKIPPED, wait=None),
    Case(
        "all were skipped cannot be ignored", "failed", 4, "The service skipped every resource",
        post=ALL_SKIPPED, options=IGNORE, wait=None,
    ),
    Case("all were busy", "refused", 11, "Every resource is being backed up already", post=ALL_BUSY, wait=None),
    Case(
        "all were busy cannot be ignored", "refused", 11, "Every resource is being backed up already",
        post=ALL_BUSY, options=IGNORE, wait=None,
    ),
    Case(
        "a task was skipped", "partial", 3, "The backup is not whole",
        post=TWO, show=BOTH_SHOWN, tasks=cbr.tasks(task(A, "success"), task(B, "skipped", BUSY)), states="available skipped",
    ),
    Case(
        "a task was skipped and that is fine", "completed", 0, post=TWO, show=BOTH_SHOWN, options=IGNORE,
        tasks=cbr.tasks(task(A, "success"), task(B, "skipped", BUSY)), states="available skipped", wait=None,
    ),
    Case("an answer that names no resource", "completed", 0, post=cbr.posted(resources=[]), states="available"),
    # it goes on
    Case(
        "the wait ran out", "pending", 5, "The wait ended; the backup goes on.",
        show=cbr.shown("protecting"), copies=cbr.copies((A, "protecting")), tasks=cbr.tasks(task(A, "running")),
        options=("--timeout", "2m"), states="protecting",
    ),
    Case(
        "one look and no end", "pending", 5, "The wait ended; the backup goes on.",
        show=cbr.shown("protecting"), copies=cbr.copies(), tasks=cbr.tasks(), options=("--timeout", "0"), states="waiting_protect",
    ),
    Case(
        "one look at a checkpoint that names nothing", "pending", 5, "The wait ended; the backup goes on.",
        show={"checkpoint": {"id": cbr.CHECKPOINT, "status": "protecting"}}, copies=cbr.copies(), tasks=cbr.tasks(),
        options=("--timeout", "0"),
    ),
    Case("the end stands in the only look", "completed", 0, options=("--timeout", "0")),
    Case("accepted", "accepted", 0, options=("--no-wait",), wait=None),
    # the request itself
    Case("planned", "planned", 0, options=("--dry-run",), wait=None),
    Case("the vault is busy", "refused", 11, "The vault is being backed up.", post=refused("1001"), wait=None),
    Case("the vault is full", "refused", 13, "no room", post=refused("6114"), wait=None),
    Case("a value is refused", "refused", 14, "The service refused.", post=refused("9900"), wait=None),
    Case("no such vault", "refused", 10, "The service did not find it.", post=refused("BackupService.6105", 404), wait=None),
    Case("not allowed", "error", 12, "The service did not let you in.", post=DENIED, wait=None),
    Case(
        "whether it was started is not known", "unknown", 6, "whether a backup was started is not known",
        post=Answer(raw=b"HT", end="rst"), wait=None,
    ),
]  # fmt: skip


def wait_cases() -> list[Case]:
    """The same stories for `wait`, with its ends where they differ; --on-skip is none of its options."""
    cases = []
    for case in CASES:
        if case.wait is not None:
            outcome, code = case.wait if case.wait[0] else (case.outcome, case.code)
            options = () if case.options == IGNORE else case.options
            cases.append(case._replace(outcome=outcome, code=code, options=options))
    return cases


def of_case(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.says)


def plain(text: str) -> str:
    """A terminal's text without colours and cursor moves, its broken lines joined."""
    return re.sub(r"\s+", " ", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text))


def check_entry(result: Result, case: Case) -> dict[str, Any]:
    """The document as the contract wants it; gives its one entry."""
    document = result.json()
    assert (document["schema"], document["outcome"]) == ("cbrctl.backup/v1", case.outcome), result.out
    assert result.code == document["exit_code"] == case.code
    [entry] = document["backups"]
    assert (entry["outcome"], entry["exit_code"]) == (case.outcome, case.code)
    assert case.code in CODES_OF_OUTCOME[case.outcome]
    assert (entry["error"] is None) == (case.code == 0)
    if case.states:
        assert [r["status"] for r in entry["resources"]] == case.states.split()
    return dict(entry)


@pytest.mark.heavy
@of_case(CASES)
def test_backup_in_a_pipe(case: Case, scripted: Scripted, run: Run) -> None:
    case.play(scripted)
    result = run("backup", "--vault", cbr.VAULT, "-o", "json", *case.options)
    entry = check_entry(result, case)
    started = case.outcome in ("completed", "accepted", "partial", "failed", "pending") or case.post is ALL_BUSY
    assert entry["sent"] == ("yes" if started else "unknown" if case.outcome == "unknown" else "no")
    assert (entry["checkpoint"] is not None) == started
    answer = case.post or cbr.posted()
    if started:
        names = ["id", "name", "type", "code", "reason"]
        assert entry["skipped_resources"] == [
            {name: one[name] for name in names} for one in answer["checkpoint"]["vault"]["skipped_resources"]
        ]
    assert scripted.count(cbr.POST) == (case.outcome != "planned")
    check_errors(result.err, case)


@pytest.mark.heavy
@of_case(wait_cases())
def test_wait_in_a_pipe(case: Case, scripted: Scripted, run: Run) -> None:
    case.play(scripted)
    result = run("wait", cbr.CHECKPOINT, "-o", "json", *case.options)
    entry = check_entry(result, case)
    assert (entry["op_id"], entry["sent"], entry["request"], entry["skipped_resources"]) == (None, None, None, None)
    warned = "Whether the service skipped resources is not known."
    unseen = [w for w in entry["warnings"] if w.startswith("No copy of it could be seen")]
    assert bool(unseen) == (case.says.startswith("no lists") and case.outcome in ("completed", "partial", "failed"))
    doubted = [
        w for w in entry["warnings"] if w.startswith("Every copy is available, but the checkpoint itself says error")
    ]
    assert bool(doubted) == (case.says == "the checkpoint is error and its copy available")
    told = [w for w in entry["warnings"] if w not in (*unseen, *doubted)]
    assert [w.startswith(warned) for w in told] == ([] if case.outcome == "error" else [True])
    assert (f"warning: {entry['vault']['name'] if entry['vault'] else cbr.CHECKPOINT}: {warned}" in result.err) == (
        case.outcome != "error"
    )
    assert scripted.count(cbr.POST) == 0
    assert bool(re.search("^error: ", result.err, re.MULTILINE)) == (case.code != 0)
    if case.outcome == "pending" and case.code == 5:
        assert f"cbrctl wait {cbr.CHECKPOINT} follows it further." in result.err


@pytest.mark.heavy
@of_case(CASES)
def test_backup_on_terminals(case: Case, scripted: Scripted, run_tty: Run) -> None:
    case.play(scripted)
    result = run_tty("backup", "--vault", cbr.VAULT, *case.options)
    assert result.code == case.code
    out = plain(result.out)
    label = (
        cbr.VAULT
        if case.outcome in ("refused", "error", "unknown", "planned") and case.post is not ALL_BUSY
        else "vault-be94"
    )
    mark = "…" if case.outcome == "pending" else {0: "✓", 3: "!"}.get(case.code, "✗")
    assert out.startswith("POST http" if case.outcome == "planned" else f"{mark} {label}: {case.outcome}")
    assert "error:" not in out
    assert (cbr.CHECKPOINT in out) == (label == "vault-be94")
    for status in case.states.split():
        assert status in out
    check_errors(plain(result.err), case)


def check_errors(err: str, case: Case) -> None:
    """Standard error tells the error, and only where there is one."""
    assert "Traceback" not in err
    assert "None" not in err
    assert ("error: " in err) == (case.code != 0)
    if case.error:
        assert re.search(r"error: \S+: .*" + re.escape(case.error), err)
    if case.outcome == "pending" and case.code == 5:
        assert f"cbrctl wait {cbr.CHECKPOINT} follows it further." in err


def test_every_outcome_of_the_contract_has_a_case() -> None:
    assert {c.outcome for c in CASES} | {"error", "skipped"} == set(CODES_OF_OUTCOME)


# details of the document ------------------------------------------------------------------------------------------


def test_a_failed_resource_tells_code_and_words_of_its_task(scripted: Scripted, run: Run) -> None:
    case = next(c for c in CASES if c.says == "one of two failed")
    case.play(scripted)
    entry = run("backup", "--vault", cbr.VAULT, "-o", "json").json()["backups"][0]
    assert entry["resources"][1]["error"] == {"code": STOPPED, "message": f"says {STOPPED}"}
    assert entry["resources"][0]["error"] is None
    assert (entry["error"]["code"], entry["error"]["kind"]) == (STOPPED, "partial")


def test_skipped_ones_are_rows_of_their_own(scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.POST, ONE_SKIPPED)
    Case("", "", 3, post=ONE_SKIPPED).play(scripted)
    result = run("backup", "--vault", cbr.VAULT)
    rows = [(r["outcome"], r["resource_id"], r["status"], r["code"]) for r in result.rows()]
    assert rows == [("partial", A, "available", ""), ("partial", B, "skipped", STOPPED)]


def test_a_named_resource_that_the_answer_passes_over_is_missing(scripted: Scripted, run: Run) -> None:
    Case("", "", 3).play(scripted)
    result = run("backup", "--vault", cbr.VAULT, "-r", A, "-r", B, "-o", "json")
    assert result.code == 3
    statuses = [(r["id"], r["status"]) for r in result.json()["backups"][0]["resources"]]
    assert statuses == [(A, "available"), (B, "missing")]


@pytest.mark.parametrize(
    "command", [("backup", "--vault", cbr.VAULT), ("wait", cbr.CHECKPOINT)], ids=["backup", "wait"]
)
def test_only_what_belongs_to_the_checkpoint_counts(command: tuple[str, ...], scripted: Scripted, run: Run) -> None:
    """Tasks cannot be asked for by checkpoint, and a list may hold more than was asked for."""
    others = renamed(cbr.copies((B, "error"), (A, "protecting")), cbr.VAULT, CHECKPOINT_2)["backups"]
    failed = renamed(cbr.tasks(task(B, "failed"), task(A, "failed")), cbr.VAULT, CHECKPOINT_2)["operation_logs"]
    mine = cbr.copies((A, "available")), cbr.tasks(task(A, "success"))
    Case(
        "",
        "",
        0,
        copies={"backups": [*others, {**mine[0]["backups"][0], "id": cbr.VAULT}], "count": 3},
        tasks={"operation_logs": [*failed, {**mine[1]["operation_logs"][0], "id": cbr.VAULT}], "count": 3},
    ).play(scripted)
    result = run(*command, "-o", "json")
    assert result.code == 0
    assert [r["id"] for r in result.json()["backups"][0]["resources"]] == [A]
    asked = {a.path.rpartition("/")[2]: dict(parse_qsl(a.query)) for a in scripted.asked}
    paging = {"limit": "1000", "offset": "0"}
    assert asked["backups"] == {"vault_id": cbr.VAULT, "checkpoint_id": cbr.CHECKPOINT, **paging}
    assert asked["operation-logs"] == {
        "vault_id": cbr.VAULT,
        "operation_type": "backup",
        "start_time": "2019-05-10T06:59:12Z",  # an hour before it was made
        **paging,
    }


@pytest.mark.parametrize("text", ["8b0851a8", "latest", "../backups", cbr.CHECKPOINT + "0"])
def test_wait_on_what_is_no_id(text: str, scripted: Scripted, run: Run) -> None:
    result = run("wait", cbr.CHECKPOINT, text, "-o", "json")
    assert result.code == 2
    assert (result.json()["schema"], result.json()["error"]["kind"]) == ("cbrctl.error/v1", "usage")
    assert f"error: {text} is no checkpoint id." in result.err
    assert scripted.asked == []


def test_wait_takes_an_id_in_any_spelling_once(scripted: Scripted, run: Run) -> None:
    Case("", "", 0).play(scripted)
    result = run("wait", cbr.CHECKPOINT.upper(), cbr.CHECKPOINT, "-o", "json")
    assert result.code == 0
    assert [e["checkpoint"]["id"] for e in result.json()["backups"]] == [cbr.CHECKPOINT]


def test_wait_believes_no_absence_while_the_lists_show_it(scripted: Scripted, run: Run) -> None:
    show = [Answer(500), *[NOT_FOUND] * 3, cbr.shown("available")]
    Case("", "", 0, show=show, copies=[*[cbr.copies((A, "protecting"))] * 4, cbr.copies((A, "available"))]).play(
        scripted
    )
    result = run("wait", cbr.CHECKPOINT, "-o", "json")
    assert (result.code, result.json()["outcome"]) == (0, "completed")


# several vaults ---------------------------------------------------------------------------------------------------

VAULT_2, VAULT_3 = "3b5816b5-f29c-4172-9d9a-76c719a659c2", "3b5816b5-f29c-4172-9d9a-76c719a659c3"
CHECKPOINT_2, CHECKPOINT_3 = "8b0851a8-adf3-4f4c-a914-dead08bf9662", "8b0851a8-adf3-4f4c-a914-dead08bf9663"


def renamed(answer: dict[str, Any], vault: str, checkpoint: str) -> dict[str, Any]:
    """The same answer of another vault."""
    text = json.dumps(answer).replace(cbr.VAULT, vault).replace(cbr.CHECKPOINT, checkpoint)
    return dict(json.loads(text.replace("vault-be94", f"vault-{vault[-1]}")))


def play_three(scripted: Scripted, second: Answer) -> None:
    """Three vaults: the second one ends at once as `second` says, the others complete."""
    third: Callable[[dict[str, Any]], dict[str, Any]] = lambda answer: renamed(answer, VAULT_3, CHECKPOINT_3)  # noqa: E731
    scripted.on(cbr.POST, cbr.posted(), second, third(cbr.posted()))
    for checkpoint, name in ((cbr.CHECKPOINT, lambda a: a), (CHECKPOINT_3, third)):
        scripted.on(cbr.SHOW.replace("[^/]+", checkpoint), name(cbr.shown("protecting")), name(cbr.shown("available")))
    for pattern, key, done in (
        (cbr.COPIES, "backups", cbr.copies((A, "available"))),
        (cbr.TASKS, "operation_logs", cbr.tasks(task(A, "success"))),
    ):
        [first], [last] = done[key], third(done)[key]
        scripted.on(pattern, {key: [first, {**last, "id": VAULT_3}], "count": 2})


@pytest.mark.parametrize(
    ("second", "outcome", "code"),
    [
        (refused("6114"), "refused", 13),
        (refused("1001"), "refused", 11),
        (DENIED, "error", 12),
        (Answer(500), "unknown", 6),
    ],
)
def test_one_of_three_vaults_goes_wrong(second: Answer, outcome: str, code: int, scripted: Scripted, run: Run) -> None:
    play_three(scripted, second)
    result = run("backup", "-V", cbr.VAULT, "-V", VAULT_2, "-V", VAULT_3, "--parallel", "1", "-o", "json")
    document = result.json()
    assert result.code == document["exit_code"] == code
    assert document["outcome"] == outcome
    assert [(e["vault"]["id"], e["outcome"]) for e in document["backups"]] == [
        (cbr.VAULT, "completed"), (VAULT_2, outcome), (VAULT_3, "completed"),
    ]  # fmt: skip
    assert [a.json()["checkpoint"]["vault_id"] for a in scripted.asked if a.method == "POST"] == [
        cbr.VAULT,
        VAULT_2,
        VAULT_3,
    ]
    assert len({e["op_id"] for e in document["backups"]}) == 3
    assert len(re.findall("^error: ", result.err, re.MULTILINE)) == 1
    assert f"error: {VAULT_2}: " in result.err


def listed(vault_id: str, name: str) -> dict[str, Any]:
    return {"id": vault_id, "name": name, "resources": [cbr.resource()], "billing": {"status": "available"}}


def test_a_vault_that_is_not_there_stops_no_other(scripted: Scripted, run: Run) -> None:
    Case("", "", 0).play(scripted)
    scripted.on(cbr.VAULTS, {"vaults": [listed(cbr.VAULT, "vault-be94")], "count": 1})
    result = run("backup", "-V", "no-such", "-V", "vault-be94", "-o", "json")
    assert result.code == 10
    first, second = result.json()["backups"]
    assert (first["outcome"], first["exit_code"], first["sent"], first["error"]["kind"]) == (
        "error",
        10,
        "no",
        "not-found",
    )
    assert (second["outcome"], second["vault"]["id"]) == ("completed", cbr.VAULT)
    assert "error: no-such: There is no vault no-such." in result.err


def test_one_vault_twice_by_id_and_name_is_one(scripted: Scripted, run: Run) -> None:
    Case("", "", 0).play(scripted)
    scripted.on(cbr.VAULTS, {"vaults": [listed(cbr.VAULT, "vault-be94")], "count": 1})
    result = run("backup", "-V", cbr.VAULT, "-V", "vault-be94", "-V", cbr.VAULT.upper(), "-o", "json")
    assert result.code == 0
    assert [e["vault"]["id"] for e in result.json()["backups"]] == [cbr.VAULT]
    assert scripted.count(cbr.POST) == 1


@pytest.mark.parametrize("order", [(cbr.CHECKPOINT, CHECKPOINT_2), (CHECKPOINT_2, cbr.CHECKPOINT)])
def test_one_of_two_waits_is_not_found(order: tuple[str, str], scripted: Scripted, run: Run) -> None:
    Case("", "", 0).play(scripted)
    scripted.on(cbr.SHOW.replace("[^/]+", CHECKPOINT_2), NOT_FOUND)
    result = run("wait", *order, "-o", "json")
    assert result.code == 10
    ends = {cbr.CHECKPOINT: ("completed", 0), CHECKPOINT_2: ("error", 10)}
    assert [(e["outcome"], e["exit_code"]) for e in result.json()["backups"]] == [ends[i] for i in order]


# the end of the wait ----------------------------------------------------------------------------------------------


def play_running(scripted: Scripted) -> None:
    running = cbr.copies((A, "protecting")), cbr.tasks(task(A, "running"))
    Case("", "", 5, show=cbr.shown("protecting"), copies=running[0], tasks=running[1]).play(scripted)


@pytest.mark.parametrize(
    "command", [("backup", "--vault", cbr.VAULT), ("wait", cbr.CHECKPOINT)], ids=["backup", "wait"]
)
def test_no_time_is_one_look(command: tuple[str, ...], scripted: Scripted, run: Run) -> None:
    play_running(scripted)
    assert run(*command, "--timeout", "0").code == 5
    assert scripted.count(cbr.SHOW) == 1


def test_the_wait_ends_with_one_last_look(scripted: Scripted, run: Run) -> None:
    play_running(scripted)
    assert run("backup", "--vault", cbr.VAULT, "--timeout", "25s", "--poll-interval", "10s").code == 5
    assert scripted.count(cbr.SHOW) == 3  # after 10 s, after 20 s, and at the end


def test_the_last_look_counts(scripted: Scripted, run: Run) -> None:
    story = until_available("protecting", "protecting")
    Case("", "", 0, **story).play(scripted)
    assert run("backup", "--vault", cbr.VAULT, "--timeout", "25s", "--poll-interval", "10s").code == 0
    assert scripted.count(cbr.SHOW) == 3


def test_no_wait_looks_at_nothing(scripted: Scripted, run: Run) -> None:
    Case("", "", 0).play(scripted)
    result = run("backup", "--vault", cbr.VAULT, "--no-wait", "-o", "json")
    assert [a.method for a in scripted.asked] == ["POST"]
    entry = result.json()["backups"][0]
    assert (entry["outcome"], entry["checkpoint"]["status"], entry["ended_at"]) == ("accepted", "protecting", None)


def test_ids_are_told_as_soon_as_accepted_whatever_the_end(scripted: Scripted, run: Run) -> None:
    Case("", "", 4, show=cbr.shown("error"), copies=cbr.copies((A, "error"))).play(scripted)
    result = run("backup", "--vault", cbr.VAULT, "-o", "id")
    assert (result.code, result.out) == (4, f"{cbr.CHECKPOINT}\n")


def test_lists_that_may_still_grow_give_no_verdict(scripted: Scripted, run: Run) -> None:
    """Where the checkpoint may not be read and nobody knows what was wanted, one available copy is not all of it."""
    scripted.on(cbr.SHOW, Answer(403, {"error_code": "APIGW.0302", "error_msg": "no"}))
    first, both = cbr.copies((cbr.SERVER, "available")), cbr.copies((cbr.SERVER, "available"), (cbr.SERVER_2, "error"))
    scripted.on(cbr.COPIES, *[first] * 5, both)
    scripted.on(cbr.TASKS, cbr.tasks())
    result = run("wait", cbr.CHECKPOINT, "--poll-interval", "5", "-o", "json")
    assert (result.code, len(result.json()["backups"][0]["resources"])) == (3, 2)


def test_one_look_that_does_not_find_it_is_not_its_end(scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.POST, cbr.posted())
    missing = Answer(404, {"error_code": "BackupService.6217", "error_msg": "no"})
    scripted.on(cbr.SHOW, cbr.shown("protecting"), missing, cbr.shown("available"))
    scripted.on(cbr.COPIES, cbr.copies((cbr.SERVER, "available")))
    scripted.on(cbr.TASKS, cbr.tasks())
    assert run("backup", "--vault", cbr.VAULT, "-o", "json").code == 0


def test_a_stamp_of_year_one_is_followed_all_the_same(scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.POST, cbr.posted(created_at="0001-01-01T00:00:00Z"))
    scripted.on(cbr.SHOW, cbr.shown("available"))
    scripted.on(cbr.COPIES, cbr.copies((cbr.SERVER, "available")))
    scripted.on(cbr.TASKS, cbr.tasks())
    assert run("backup", "--vault", cbr.VAULT, "-o", "json").code == 0


def test_ids_without_dashes_are_the_same_ids(scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.POST, cbr.posted())
    hexadecimal = (cbr.VAULT.replace("-", ""), "-r", cbr.SERVER.replace("-", ""))
    result = run("backup", "--vault", *hexadecimal, "--no-marker", "--no-wait", "-o", "json")
    assert result.code == 0, result.err
    [asked] = scripted.asked
    assert asked.json()["checkpoint"] == {"vault_id": cbr.VAULT, "parameters": {"resources": [cbr.SERVER]}}


def test_a_checkpoint_without_an_id_is_no_refusal(scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.POST, {"checkpoint": {"status": "protecting", "extra": {"message": "hello", "code": 1001}}})
    assert run("backup", "--vault", cbr.VAULT, "-o", "json").code == 6


def test_an_odd_retry_after_is_a_pause_like_any(scripted: Scripted, run: Run) -> None:
    body = {"error_code": "APIGW.0308", "error_msg": "slow"}
    scripted.on(cbr.POST, Answer(429, body, {"Retry-After": "Mon, 01 Jan 2024 00:00:00 +99999999999999"}), cbr.posted())
    assert run("backup", "--vault", cbr.VAULT, "--no-wait", "-o", "json").code == 0
