"""What is said of a backup is what the service did: on the first run, with resume, with wait, and on another host."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from cbrctl.ids import derive_op_id
from tests.support import cbr
from tests.support.program import PROGRAM, Result, Run
from tests.support.schemas import validate
from tests.support.scripted import Answer, Scripted
from tests.support.state import change_records, read_journal

pytestmark = pytest.mark.long

STATE = Path("home/.local/state/cbrctl/journal.db")
ODD = "0a1b2c3d4e5f60718293a4b5c6d7e8f9in01"
VAULT_2, CHECKPOINT_2 = cbr.VAULT[:-1] + "f", cbr.CHECKPOINT[:-1] + "5"
NO_TASKS = {"operation_logs": [], "count": 0}
NOT_FOUND = Answer(404, {"error_code": "BackupService.6217", "error_msg": "x"})


def entries_of(result: Result) -> list[dict[str, Any]]:
    assert "Traceback" not in result.err
    assert "inside cbrctl" not in result.err
    document = result.json()
    validate(document)
    return list(document["backups"])


def play(scripted: Scripted, **answers: Any) -> None:
    """A backup that is done, but for what is said otherwise."""
    default: dict[str, Any] = {
        "post": cbr.posted(),
        "show": cbr.shown("available"),
        "copies": cbr.copies((cbr.SERVER, "available")),
        "tasks": cbr.tasks((cbr.SERVER, "success", 100, "", "")),
        "vault": {"vault": {"id": cbr.VAULT, "name": "vault-be94", "resources": [cbr.resource()]}},
    }
    patterns = {
        "post": cbr.POST,
        "show": cbr.SHOW,
        "copies": cbr.COPIES,
        "tasks": cbr.TASKS,
        "vault": cbr.VAULTS + f"/{cbr.VAULT}",
    }
    for name, usual in default.items():
        answer = answers.get(name, usual)
        scripted.on(patterns[name], *(answer if isinstance(answer, list) else [answer]))


def running(**more: Any) -> dict[str, Any]:
    return {
        "show": cbr.shown("protecting"),
        "copies": cbr.copies((cbr.SERVER, "protecting")),
        "tasks": cbr.tasks((cbr.SERVER, "running", 50, "", "")),
        **more,
    }


# completed is said only of what is accounted for -----------------------------------------------------------------


def skipped_as(value: Any) -> dict[str, Any]:
    answer = cbr.posted()
    answer["checkpoint"]["vault"]["skipped_resources"] = value
    return answer


def named_as(value: Any) -> dict[str, Any]:
    answer = cbr.posted()
    answer["checkpoint"]["vault"]["resources"] = value
    return answer


TWO = [cbr.resource(), cbr.resource(cbr.SERVER_2, name="db")]
BOTH = {"vault": {"id": cbr.VAULT, "name": "vault-be94", "resources": TWO}}
UNWHOLE: dict[str, tuple[tuple[str, ...], dict[str, Any], str]] = {
    "skipped as texts": ((), {"post": skipped_as([cbr.SERVER_2])}, "partial"),
    "skipped as one object": ((), {"post": skipped_as({"id": cbr.SERVER_2, "code": "BackupService.7102"})}, "partial"),
    "skipped as nothing readable": ((), {"post": skipped_as([None, 7])}, "partial"),
    "a resource that is none": ((), {"post": named_as([cbr.resource(), None])}, "partial"),
    "a wanted resource that the answer passes over": (
        ("--resource", cbr.SERVER, "--resource", cbr.SERVER_2),
        {"post": cbr.posted(), "show": cbr.shown("available", *TWO)},
        "partial",
    ),
    "a resource of the vault that an empty answer passes over": ((), {"post": named_as([]), "vault": BOTH}, "partial"),
    "a resource of the vault that a null answer passes over": ((), {"post": named_as(None), "vault": BOTH}, "partial"),
    "a resource that only the checkpoint lists": ((), {"show": cbr.shown("available", *TWO)}, "partial"),
    "a copy of another resource that failed": (
        (), {"copies": cbr.copies((cbr.SERVER, "available"), (cbr.SERVER_2, "error"))}, "partial",
    ),
    "a task of another resource that failed": (
        (),
        {"tasks": cbr.tasks((cbr.SERVER, "success", 100, "", ""), (cbr.SERVER_2, "failed", 1, "BackupService.7102", "x"))},
        "partial",
    ),
    "no resource anywhere": (
        (), {"post": named_as([]), "show": Answer(200, {"checkpoint": {"id": cbr.CHECKPOINT, "status": "available"}}),
             "copies": cbr.copies(), "tasks": NO_TASKS, "vault": NOT_FOUND}, "failed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNWHOLE.values(), ids=UNWHOLE)
@pytest.mark.sampled(4)
def test_what_is_not_accounted_for_is_never_completed(
    case: tuple[tuple[str, ...], dict[str, Any], str], scripted: Scripted, run: Run
) -> None:
    options, answers, outcome = case
    play(scripted, **answers)
    result = run("backup", "--vault", cbr.VAULT, *options, "-o", "json")
    [entry] = entries_of(result)
    assert (entry["outcome"], result.code) == (outcome, 3 if outcome == "partial" else 4), result.err


FLAWS: dict[str, Any] = {
    "a count of more": {**cbr.copies((cbr.SERVER, "available")), "count": 2},
    "a row that is none": {
        **cbr.copies((cbr.SERVER, "available")),
        "backups": [*cbr.copies((cbr.SERVER, "available"))["backups"], None],
    },
    "a row without an id": {
        "backups": [{**cbr.copies((cbr.SERVER, "available"))["backups"][0], "id": None}],
        "count": 1,
    },
}


@pytest.mark.heavy
@pytest.mark.parametrize("flaw", FLAWS.values(), ids=FLAWS)
def test_a_list_that_is_not_whole_proves_nothing(flaw: Any, scripted: Scripted, run: Run) -> None:
    """It may be whole the next time; what never is forbids `completed`."""
    play(scripted, copies=[flaw, flaw, cbr.copies((cbr.SERVER, "available"))])
    [entry] = entries_of(run("backup", "--vault", cbr.VAULT, "-o", "json"))
    assert entry["outcome"] == "completed"
    play(scripted, copies=flaw)
    result = run("backup", "--vault", cbr.VAULT, "--timeout", "20m", "-o", "json")
    [entry] = entries_of(result)
    assert entry["outcome"] in ("partial", "pending", "failed")
    assert result.code in (3, 5, 4)


def test_lists_of_another_enterprise_project_prove_nothing(scripted: Scripted, run: Run) -> None:
    """The user's enterprise project is not the vault's: its lists are empty, and the copies are there."""

    def listed(asked: Any) -> Any:
        return cbr.copies() if "enterprise_project_id" in asked.query else cbr.copies((cbr.SERVER, "available"))

    play(scripted, copies=Answer(200, listed))
    for command in (("backup", "--vault", cbr.VAULT), ("wait", cbr.CHECKPOINT)):
        [entry] = entries_of(run(*command, "--enterprise-project-id", "5", "-o", "json"))
        assert (entry["outcome"], [r["status"] for r in entry["resources"]]) == ("completed", ["available"])


@pytest.mark.parametrize("id", [ODD, "vm-1017", "fs_0001", "数据库-1", "a" * 200])
def test_a_resource_has_an_id_of_any_form(id: str, scripted: Scripted, run: Run) -> None:
    one = cbr.resource(id, name="orders")
    vault = {"id": cbr.VAULT, "name": "vault-be94", "resources": [one, cbr.resource()]}
    play(
        scripted, post=cbr.posted(resources=[one]), show=cbr.shown("available", one), copies=cbr.copies((id, "available")),
        tasks=cbr.tasks((id, "success", 100, "", "")), vault={"vault": vault},
    )  # fmt: skip
    scripted.on(cbr.VAULTS, {"vaults": [vault], "count": 1})
    for selection in (("--vault", cbr.VAULT, "--resource", id), ("--resource", "orders"), ("--resource", id)):
        [entry] = entries_of(run("backup", *selection, "-o", "json"))
        assert (entry["outcome"], [r["id"] for r in entry["resources"]]) == ("completed", [id])
    sent = [a.json()["checkpoint"]["parameters"]["resources"] for a in scripted.asked if a.method == "POST"]
    assert sent == [[id]] * 3


# words and numbers ------------------------------------------------------------------------------------------------


def test_what_a_task_calls_skipped_is_skipped_in_words_and_numbers(scripted: Scripted, run: Run) -> None:
    rows = (cbr.SERVER, "success", 100, "", ""), (cbr.SERVER_2, "skipped", 0, "BackupService.7102", "it is stopped")
    play(scripted, post=cbr.posted(resources=TWO), show=cbr.shown("available", *TWO), tasks=cbr.tasks(*rows))
    result = run("backup", "--vault", cbr.VAULT, "-o", "json")
    [entry] = entries_of(result)
    assert (entry["outcome"], [r["status"] for r in entry["resources"]]) == ("partial", ["available", "skipped"])
    assert "1 done, 0 failed, 1 skipped" in entry["error"]["message"]
    play(scripted, post=cbr.posted(resources=TWO), show=cbr.shown("available", *TWO), copies=cbr.copies(),
         tasks=cbr.tasks((cbr.SERVER, "skipped", 0, "BackupService.7102", "x"), rows[1]))  # fmt: skip
    [entry] = entries_of(run("backup", "--vault", cbr.VAULT, "-o", "json"))
    assert entry["outcome"] == "failed"
    assert "skipped every resource" in entry["error"]["message"]


def test_an_inconsistent_copy_is_a_warning(scripted: Scripted, run: Run) -> None:
    rows = cbr.tasks((cbr.SERVER, "success", 100, "", ""))
    backup = rows["operation_logs"][0]["extra_info"]["backup"]
    backup |= {"app_consistency_status": "0", "app_consistency_error_code": "BackupService.7403"}
    backup["app_consistency_error_message"] = "the agent does not answer"
    play(scripted, tasks=rows)
    result = run("backup", "--vault", cbr.VAULT, "-o", "json")
    [entry] = entries_of(result)
    assert (result.code, entry["outcome"]) == (0, "completed")
    [warning] = entry["warnings"]
    assert "the agent does not answer" in warning
    assert "BackupService.7403" in warning
    assert warning in result.err.replace("\n", " ") or "not consistent" in result.err


@pytest.mark.parametrize("status", ["failed", "timeout", "skipped"])
def test_a_copy_whose_task_went_wrong_is_there_and_doubted(status: str, scripted: Scripted, run: Run) -> None:
    play(scripted, tasks=cbr.tasks((cbr.SERVER, status, 50, "BackupService.7403", "the agent does not answer")))
    result = run("backup", "--vault", cbr.VAULT, "-o", "json")
    [entry] = entries_of(result)
    assert (entry["outcome"], result.code) == ("completed", 0)
    [warning] = entry["warnings"]
    assert "is available, but its task did not succeed." in warning
    assert f"{status}: BackupService.7403 the agent does not answer" in warning
    assert "Try a restore" in result.err


def test_a_checkpoint_in_error_whose_copies_are_there_is_doubted(scripted: Scripted, run: Run) -> None:
    play(scripted, show=cbr.shown("error"))
    result = run("backup", "--vault", cbr.VAULT, "-o", "json")
    [entry] = entries_of(result)
    assert (entry["outcome"], result.code) == ("completed", 0)
    assert [w.split(".")[0] for w in entry["warnings"]] == [
        "Every copy is available, but the checkpoint itself says error"
    ]
    assert f"cbrctl checkpoint show {cbr.CHECKPOINT}" in " ".join(result.err.split())


def test_a_code_that_is_none_stands_in_the_words(scripted: Scripted, run: Run) -> None:
    odd = [{"id": cbr.SERVER_2, "name": "db", "code": "resource_is_stopped", "reason": "it is stopped"}]
    play(
        scripted, post=cbr.posted(resources=TWO[:1], skipped_resources=odd), copies=cbr.copies((cbr.SERVER, "error")),
        tasks=cbr.tasks((cbr.SERVER, "failed", 250, "E-17", "no space")),
    )  # fmt: skip
    [entry] = entries_of(run("backup", "--vault", cbr.VAULT, "-o", "json"))
    [skipped], [failed] = entry["skipped_resources"], entry["resources"]
    assert (skipped["code"], skipped["reason"]) == (None, "resource_is_stopped: it is stopped")
    assert (failed["error"], failed["progress"]) == ({"code": None, "message": "E-17: no space"}, 100)


def test_the_end_is_the_services(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    rows = cbr.tasks((cbr.SERVER, "success", 100, "", ""))
    rows["operation_logs"][0]["ended_at"] = "2019-05-10T08:03:11Z"
    play(scripted, tasks=rows)
    [entry] = entries_of(run("backup", "--vault", cbr.VAULT, "-o", "json"))
    assert entry["ended_at"] == "2019-05-10T08:03:11Z"
    [row] = run("history", "-o", "json").json()["items"]
    assert row["ended_at"] == "2019-05-10T08:03:11Z"


# an end that was recorded wrongly ------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["resume", "wait"])
@pytest.mark.parametrize("recorded", ["failed", "partial"])
def test_an_end_that_was_recorded_wrongly_is_righted(
    recorded: str, how: str, scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    """What was judged by less than whole evidence is looked at again, and what is seen now is said to differ."""
    missing = {"copies": cbr.copies(), "tasks": NO_TASKS}
    if recorded == "partial":
        missing = {
            "copies": cbr.copies((cbr.SERVER, "available")),
            "post": cbr.posted(resources=TWO),
            "show": cbr.shown("available", *TWO),
        }
    play(scripted, **missing)
    [first] = entries_of(run("backup", "--vault", cbr.VAULT, "-o", "json"))
    assert first["outcome"] == recorded
    play(
        scripted,
        post=cbr.posted(resources=TWO),
        show=cbr.shown("available", *TWO),
        copies=cbr.copies((cbr.SERVER, "available"), (cbr.SERVER_2, "available")),
    )
    target = first["op_id"] if how == "resume" else cbr.CHECKPOINT
    result = run(how, target, "-o", "json")
    [entry] = entries_of(result)
    assert (result.code, entry["outcome"], entry["op_id"]) == (0, "completed", first["op_id"]), result.err
    assert any(f"recorded as {recorded}" in warning for warning in entry["warnings"])
    [row] = read_journal(tmp_path / STATE)
    assert (row["state"], row["outcome"], row["exit_code"]) == ("completed", "completed", 0)


def test_one_that_was_called_failed_and_runs_is_followed_on(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    """As version 1 did after two 404s in a row."""
    play(scripted, copies=cbr.copies(), tasks=NO_TASKS)
    [first] = entries_of(run("backup", "--vault", cbr.VAULT, "-o", "json"))
    assert first["outcome"] == "failed"
    done = [*[cbr.copies((cbr.SERVER, "protecting"))] * 3, cbr.copies((cbr.SERVER, "available"))]
    play(scripted, show=[*[cbr.shown("protecting")] * 3, cbr.shown("available")], copies=done, tasks=NO_TASKS)
    result = run("resume", first["op_id"], "-o", "json")
    [entry] = entries_of(result)
    assert (result.code, entry["outcome"]) == (0, "completed"), result.err
    assert any("still running" in warning for warning in entry["warnings"])


def test_an_end_that_was_seen_whole_stays(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    """Copies that were deleted later make no failure of a backup that was there; nor does a new one mend a real failure."""
    play(scripted)
    [first] = entries_of(run("backup", "--vault", cbr.VAULT, "-o", "json"))
    play(scripted, show=NOT_FOUND, copies=cbr.copies(), tasks=NO_TASKS)
    for command in (("resume", first["op_id"]), ("wait", cbr.CHECKPOINT)):
        [entry] = entries_of(run(*command, "-o", "json"))
        assert (entry["outcome"], len(entry["warnings"])) == ("completed", 1)
    [row] = read_journal(tmp_path / STATE)
    assert row["state"] == "completed"


# all that was given, at once ------------------------------------------------------------------------------------------


def second(value: dict[str, Any]) -> Any:
    """The same of another vault and checkpoint."""
    return json.loads(
        json.dumps(value)
        .replace(cbr.VAULT, VAULT_2)
        .replace(cbr.CHECKPOINT, CHECKPOINT_2)
        .replace("c0000000", "c1111111")
        .replace("70000000", "71111111")
    )


def begin_two(scripted: Scripted, run: Run) -> list[str]:
    play(scripted, **running())
    first = entries_of(run("backup", "--vault", cbr.VAULT, "--no-wait", "-o", "json"))
    scripted.on(cbr.POST, second(cbr.posted()))
    both = [*first, *entries_of(run("backup", "--vault", VAULT_2, "--no-wait", "-o", "json"))]
    scripted.on(cbr.SHOW.replace("[^/]+", CHECKPOINT_2), second(cbr.shown("protecting")))
    return [str(entry["op_id"]) for entry in both]


@pytest.mark.parametrize("how", ["resume", "wait"])
def test_all_are_followed_at_once(how: str, scripted: Scripted, run: Run) -> None:
    """The first one runs for long; the second ends meanwhile, and is seen to end before the first does."""
    begin_two(scripted, run)
    looks: list[str] = []

    def show(asked: Any) -> Any:
        looks.append(asked.path.rpartition("/")[2])
        done = looks[-1] == CHECKPOINT_2 or len(looks) > 9
        return (
            second(cbr.shown("available"))
            if looks[-1] == CHECKPOINT_2
            else cbr.shown("available" if done else "protecting")
        )

    one, two = cbr.copies((cbr.SERVER, "available")), second(cbr.copies((cbr.SERVER, "available")))
    scripted.on(cbr.SHOW, Answer(200, show))
    scripted.on(cbr.SHOW.replace("[^/]+", CHECKPOINT_2), Answer(200, show))
    scripted.on(cbr.COPIES, {"backups": [*one["backups"], *two["backups"]], "count": 2})
    scripted.on(cbr.TASKS, NO_TASKS)
    arguments = [cbr.CHECKPOINT, CHECKPOINT_2] if how == "wait" else []
    lines = run(how, *arguments, "-o", "jsonl").lines()
    ended = [line["vault"]["id"] for line in lines if line["type"] == "op" and line["state"] == "ended"]
    assert ended == [VAULT_2, cbr.VAULT]
    assert lines[-1]["outcome"] == "completed"


def tell_of_each(result: Result, code: int, ops: list[str]) -> None:
    assert result.code == code, result.err
    entries = entries_of(result)
    assert [(e["op_id"], e["outcome"], e["sent"], e["exit_code"]) for e in entries] == [
        (op, "pending", "yes", code) for op in ops
    ]
    assert "Nothing was sent" not in result.err
    assert "Nothing was started" not in result.err


def test_a_refused_login_leaves_what_was_accepted_going_on(scripted: Scripted, run: Run) -> None:
    ops = begin_two(scripted, run)
    scripted.on(
        "POST /v3/auth/tokens", Answer(401, {"error": {"code": 401, "message": "wrong", "title": "Unauthorized"}})
    )
    login = {"CBRCTL_TOKEN": "", "CBRCTL_USERNAME": "u", "CBRCTL_PASSWORD": "secret", "CBRCTL_DOMAIN_NAME": "d"}
    tell_of_each(run("resume", "-o", "json", env=login), 12, ops)
    tell_of_each(run("wait", cbr.CHECKPOINT, CHECKPOINT_2, "-o", "json", env=login), 12, ops)
    down = {**login, "CBRCTL_IAM_ENDPOINT": "http://127.0.0.1:1"}
    tell_of_each(run("resume", "-o", "json", env=down), 7, ops)


@pytest.mark.heavy
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("times", [1, 2])
def test_a_signal_leaves_each_going_on(
    times: int, number: signal.Signals, scripted: Scripted, run: Run, environ: dict[str, str]
) -> None:
    """A closing terminal sends SIGHUP twice: that ends as one."""
    if times == 2 and number is not signal.SIGHUP:
        pytest.skip("a second one of these ends the process at once")
    ops = begin_two(scripted, run)
    environ["PYTHONPATH"] = environ["PYTHONPATH"].partition(os.pathsep)[2]  # the real clock
    # a signal may come between the making of a socket and the place where it is noted
    environ["PYTHONWARNINGS"] = "error,ignore::ResourceWarning"
    args = [*PROGRAM, "resume", "-o", "json"]
    process = subprocess.Popen(args, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    before = scripted.count(cbr.SHOW)
    deadline = time.monotonic() + 20
    while scripted.count(cbr.SHOW) < before + 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    for _ in range(times):
        process.send_signal(number)
    out, err = process.communicate(timeout=20)
    tell_of_each(Result(process.returncode, out, err), 128 + number, ops)


def test_an_unknown_one_stays_unknown_when_the_login_is_refused(scripted: Scripted, run: Run) -> None:
    play(scripted, post=Answer(raw=b"", end="fin"), copies=cbr.copies(), tasks=NO_TASKS)
    run("backup", "--vault", cbr.VAULT, "--settle", "0")
    scripted.on(
        "POST /v3/auth/tokens", Answer(401, {"error": {"code": 401, "message": "wrong", "title": "Unauthorized"}})
    )
    login = {"CBRCTL_TOKEN": "", "CBRCTL_USERNAME": "u", "CBRCTL_PASSWORD": "secret", "CBRCTL_DOMAIN_NAME": "d"}
    result = run("resume", "-o", "json", env=login)
    [entry] = entries_of(result)
    assert (result.code, entry["outcome"], entry["sent"]) == (12, "unknown", "unknown")


# what this machine's journal knows ---------------------------------------------------------------------------------


def test_wait_knows_what_was_skipped_and_records_the_end(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    skipped = [{"id": cbr.SERVER_2, "name": "db", "code": "BackupService.7102", "reason": "stopped"}]
    play(scripted, post=cbr.posted(skipped_resources=skipped))
    run("backup", "--vault", cbr.VAULT, "--no-wait")
    result = run("wait", cbr.CHECKPOINT, "-o", "json")
    [entry] = entries_of(result)
    assert (result.code, entry["outcome"]) == (3, "partial")
    assert [s["code"] for s in entry["skipped_resources"]] == ["BackupService.7102"]
    assert [row["state"] for row in read_journal(tmp_path / STATE)] == ["partial"]
    # on another host nothing of that is known
    [entry] = entries_of(run("wait", cbr.CHECKPOINT, "-o", "json", env={"CBRCTL_STATE_DIR": str(tmp_path / "other")}))
    assert (entry["outcome"], entry["skipped_resources"], entry["op_id"]) == ("completed", None, None)
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("how", ["resume", "wait"])
def test_skipped_resources_are_judged_as_the_backup_was_started(how: str, scripted: Scripted, run: Run) -> None:
    skipped = [{"id": cbr.SERVER_2, "name": "db", "code": "BackupService.7102", "reason": "stopped"}]
    play(scripted, post=cbr.posted(skipped_resources=skipped))
    for chosen, told, code in ((["--on-skip", "ignore"], [], 0), ([], [], 3), ([], ["--on-skip", "ignore"], 0)):
        [entry] = entries_of(run("backup", "--vault", cbr.VAULT, "--no-wait", *chosen, "-o", "json"))
        target = entry["op_id"] if how == "resume" else cbr.CHECKPOINT
        assert run(how, target, *told, "-o", "json").code == code


@pytest.mark.parametrize("how", ["resume", "wait"])
def test_what_one_look_is_told_otherwise_is_not_recorded(how: str, scripted: Scripted, run: Run) -> None:
    skipped = [{"id": cbr.SERVER_2, "name": "db", "code": "BackupService.7102", "reason": "stopped"}]
    play(scripted, post=cbr.posted(skipped_resources=skipped))
    for chosen, told, codes in (("fail", "ignore", (3, 0)), ("ignore", "fail", (0, 3))):
        [entry] = entries_of(run("backup", "--vault", cbr.VAULT, "--no-wait", "--on-skip", chosen, "-o", "json"))
        target = entry["op_id"] if how == "resume" else cbr.CHECKPOINT
        assert run(how, target, "--on-skip", told, "-o", "json").code == codes[1]
        [item] = [i for i in run("history", "-o", "json").json()["items"] if i["op_id"] == entry["op_id"]]
        assert (item["outcome"], item["exit_code"]) == (("partial", 3) if chosen == "fail" else ("completed", 0))
        assert run(how, target, "-o", "json").code == codes[0]
        assert run(how, target, "--on-skip", told, "-o", "json").code == codes[1]


@pytest.mark.parametrize("how", ["resume", "wait"])
@pytest.mark.parametrize(("chosen", "told", "codes"), [("ignore", "fail", (0, 3)), ("fail", "ignore", (3, 0))])
def test_what_was_seen_to_be_skipped_is_known_when_nothing_can_be_seen(
    how: str, chosen: str, told: str, codes: tuple[int, int], scripted: Scripted, run: Run
) -> None:
    """Its task alone showed that a resource was skipped: no answer says so, and the lists fail by now."""
    skipped = cbr.tasks(
        (cbr.SERVER, "success", 100, "", ""), (cbr.SERVER_2, "skipped", 100, "BackupService.7102", "stopped")
    )
    both = cbr.shown("available", cbr.resource(), cbr.resource(cbr.SERVER_2))
    play(scripted, show=both, copies=cbr.copies((cbr.SERVER, "available")), tasks=skipped)
    first = run("backup", "--vault", cbr.VAULT, "--on-skip", chosen, "-o", "json")
    [entry] = entries_of(first)
    assert first.code == codes[0], first.err
    broken = Answer(500, b"")
    play(scripted, show=broken, copies=broken, tasks=broken)
    target = entry["op_id"] if how == "resume" else cbr.CHECKPOINT
    for more, code in (([], codes[0]), (["--on-skip", told], codes[1]), (["--on-skip", chosen], codes[0])):
        assert run(how, target, *more, "-o", "json").code == code


def test_what_has_no_copy_is_not_called_failed_where_tasks_may_not_be_read(scripted: Scripted, run: Run) -> None:
    """It may have been skipped, which a task alone would tell."""
    both = cbr.shown("available", cbr.resource(), cbr.resource(cbr.SERVER_2))
    play(scripted, show=both, copies=cbr.copies((cbr.SERVER, "available")), tasks=BARRED)
    result = run("backup", "--vault", cbr.VAULT, "-o", "json")
    [entry] = entries_of(result)
    assert (entry["outcome"], result.code) == ("partial", 3)
    assert "1 done, and 1 without a copy" in entry["error"]["message"]
    assert "failed," not in entry["error"]["message"]
    # a copy that is there and wrong is a failure, whoever may read what
    wrong = cbr.copies((cbr.SERVER, "available"), (cbr.SERVER_2, "error"))
    play(scripted, show=both, copies=wrong, tasks=BARRED)
    [entry] = entries_of(run("backup", "--vault", cbr.VAULT, "-o", "json"))
    assert "1 done, 1 failed" in entry["error"]["message"]


def test_what_was_skipped_is_not_known_of_one_that_was_found(scripted: Scripted, run: Run) -> None:
    """Another machine sent the key's backup. When nothing can be seen of it any more, it is still not said that nothing was."""
    key = ("--run-key", "found-later")
    marked = cbr.copies((cbr.SERVER, "available"))
    for row in marked["backups"]:
        row["name"] = f"cbrctl-{derive_op_id(cbr.PROJECT, cbr.VAULT, key[1])}-Z999"
    play(scripted, copies=marked)
    broken = Answer(500, b"")
    for _ in range(2):
        result = run("backup", "--vault", cbr.VAULT, *key, "-o", "json")
        [entry] = entries_of(result)
        assert (entry["outcome"], entry["skipped_resources"], scripted.count(cbr.POST)) == ("completed", None, 0)
        assert "skipped resources is not known" in " ".join(entry["warnings"])
        play(scripted, show=broken, copies=broken, tasks=broken)


@pytest.mark.parametrize("named", [("--resource", cbr.SERVER_2), ("--resource", cbr.SERVER)], ids=["lacking", "there"])
def test_a_keys_backup_of_other_parameters_is_complete_only_with_what_is_named_here(
    named: tuple[str, ...], scripted: Scripted, run: Run
) -> None:
    """Another machine backed up one resource under the key: of another one that is named now there is no copy."""
    key = ("--run-key", "of-others")
    marked = cbr.copies((cbr.SERVER, "available"))
    for row in marked["backups"]:
        row["name"] = f"cbrctl-{derive_op_id(cbr.PROJECT, cbr.VAULT, key[1])}-Z999"
    play(scripted, copies=marked, tasks=cbr.tasks((cbr.SERVER, "success", 100, "", "")))
    result = run("backup", "--vault", cbr.VAULT, *named, *key, "-o", "json")
    [entry] = entries_of(result)
    lacking = named[1] == cbr.SERVER_2
    assert (entry["outcome"], result.code) == (("partial", 3) if lacking else ("completed", 0))
    assert scripted.count(cbr.POST) == 0
    statuses = {one["id"]: one["status"] for one in entry["resources"]}
    assert statuses == {cbr.SERVER: "available", **({cbr.SERVER_2: "missing"} if lacking else {})}
    again = run("resume", entry["op_id"], "-o", "json")
    assert (entries_of(again)[0]["outcome"], again.code) == (entry["outcome"], result.code), "another look says no more"


def test_an_end_that_the_service_shows_otherwise_now_stays_and_is_told(scripted: Scripted, run: Run) -> None:
    play(scripted)
    assert run("backup", "--vault", cbr.VAULT).code == 0
    play(scripted, show=NOT_FOUND, copies=cbr.copies(), tasks=NO_TASKS)
    result = run("wait", cbr.CHECKPOINT, "-o", "json")
    [entry] = entries_of(result)
    assert (entry["outcome"], result.code, len(entry["warnings"])) == ("completed", 0, 1)
    assert "the service shows it otherwise now" in result.err
    assert run("wait", cbr.CHECKPOINT, "-o", "id").out == f"{cbr.CHECKPOINT}\n"


BARRED = Answer(403, {"error_code": "APIGW.0302", "error_msg": "denied"})


def test_an_end_that_no_copy_shows_is_said_so(scripted: Scripted, run: Run) -> None:
    play(scripted, copies=BARRED, tasks=BARRED)
    result = run("backup", "--vault", cbr.VAULT, "-o", "json")
    [entry] = entries_of(result)
    assert (entry["outcome"], result.code, len(entry["warnings"])) == ("completed", 0, 1)
    assert "the checkpoint's own word" in result.err
    # what only fails may be read later, and may show one that is not there
    play(scripted, copies=Answer(500, b""), tasks=Answer(500, b""))
    [entry] = entries_of(run("backup", "--vault", cbr.VAULT, "--timeout", "1h", "-o", "json"))
    assert (entry["outcome"], entry["exit_code"]) == ("pending", 5)


@pytest.mark.parametrize("answers", [{"copies": BARRED, "tasks": BARRED}, {"copies": {"backups": [], "count": 9}}])
def test_one_that_has_stopped_keeps_no_other_from_being_sent(
    answers: dict[str, Any], scripted: Scripted, run: Run
) -> None:
    """How it ended cannot be told, now or ever; that it does not run any more can."""
    both = cbr.shown("error", cbr.resource(), cbr.resource(cbr.SERVER_2))
    play(scripted, show=both, **answers)
    run("backup", "--vault", cbr.VAULT, "--timeout", "10m")
    assert run("backup", "--vault", cbr.VAULT, "--no-wait").code == 0
    assert scripted.count(cbr.POST) == 2


# another machine ----------------------------------------------------------------------------------------------------


def keyed(key: str, **more: Any) -> dict[str, Any]:
    rows = cbr.copies((cbr.SERVER, "available"), **more)
    for row in rows["backups"]:
        row["name"] = f"cbrctl-{derive_op_id(cbr.PROJECT, cbr.VAULT, key)}-Z999"
    return rows


@pytest.mark.parametrize("options", [["--no-wait"], ["--timeout", "0"], []])
def test_a_keyed_backup_that_ended_partial_is_said_so_on_a_fresh_machine(
    options: list[str], scripted: Scripted, run: Run
) -> None:
    play(scripted, copies=keyed("k"), show=cbr.shown("available", *TWO))
    wanted = ["--resource", cbr.SERVER, "--resource", cbr.SERVER_2]
    for _ in range(2):
        result = run("backup", "--vault", cbr.VAULT, *wanted, "--run-key", "k", *options, "-o", "json")
        [entry] = entries_of(result)
        assert (result.code, entry["outcome"], entry["attached"], scripted.count(cbr.POST)) == (3, "partial", True, 0)
        assert "starts no other backup: that takes a new key" in entry["error"]["hint"], "run again would only find it"


def test_other_parameters_on_another_machine_are_told_and_not_recorded(
    scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    """The backup that exists is the result; the right parameters work there afterwards."""
    here, there = ({"CBRCTL_STATE_DIR": str(tmp_path / name)} for name in ("here", "there"))
    play(scripted, copies=cbr.copies(), tasks=NO_TASKS)
    right = ("backup", "--vault", cbr.VAULT, "--incremental", "--run-key", "k", "-o", "json")
    scripted.on(cbr.COPIES, cbr.copies(), cbr.copies(), cbr.copies(), cbr.copies((cbr.SERVER, "available")))
    [first] = entries_of(run(*right, "--no-wait", env=here))
    rows = cbr.copies((cbr.SERVER, "available"))
    rows["backups"][0]["name"] = first["request"]["parameters"]["name"]
    play(scripted, copies=rows)
    wrong = run("backup", "--vault", cbr.VAULT, "--full", "--run-key", "k", "-o", "json", env=there)
    [entry] = entries_of(wrong)
    assert (wrong.code, entry["attached"], entry["request"], entry["op_id"]) == (0, True, None, first["op_id"])
    assert any("other options" in warning for warning in entry["warnings"])
    [row] = read_journal(tmp_path / "there/cbrctl/journal.db")
    assert (row["request"], row["digest"]) == (None, None)
    [entry] = entries_of(run(*right, env=there))
    assert (entry["outcome"], scripted.count(cbr.POST)) == ("completed", 1)
    assert not any("other options" in warning or "skipped" in warning for warning in entry["warnings"])
    # where they were sent they are refused
    assert run("backup", "--vault", cbr.VAULT, "--full", "--run-key", "k", env=here).code == 2
    assert run("history", "-o", "json", env=there).json()["items"][0]["attached"] is True


def test_the_same_key_however_it_is_typed(scripted: Scripted, run: Run) -> None:
    play(scripted)
    ops = {
        entries_of(run("backup", "--vault", cbr.VAULT, "--run-key", key, "-o", "json"))[0]["op_id"]
        for key in ("caf\u00e9", "cafe\u0301")
    }
    assert len(ops) == 1
    assert scripted.count(cbr.POST) == 1
    for bad in (" k", "k ", "k\n", "a\tb", "\u2028k"):
        assert run("backup", "--vault", cbr.VAULT, "--run-key", bad).code == 2


# one row a vault and run -------------------------------------------------------------------------------------------


def test_one_run_leaves_one_row(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    """Refused as busy, and attached to what runs: what was attached to stands in the history, and not as the key's."""
    play(
        scripted,
        **running(post=Answer(400, {"error_code": "BackupService.1001", "error_msg": "x"}), copies=cbr.copies()),
    )
    for key in ([], ["--run-key", "k"]):
        env = {"CBRCTL_STATE_DIR": str(tmp_path / f"s{len(key)}")}
        result = run("backup", "--vault", cbr.VAULT, *key, "--if-busy", "attach", "--no-wait", "-o", "json", env=env)
        [entry] = entries_of(result)
        assert (entry["attached"], entry["op_id"], entry["sent"], entry["request"]) == (True, None, None, None), (
            result.err
        )
        [item] = run("history", "-o", "json", env=env).json()["items"]
        assert (item["checkpoint_id"], item["attached"], item["sent"]) == (cbr.CHECKPOINT, True, None)
        assert item["op_id"] != derive_op_id(cbr.PROJECT, cbr.VAULT, "k")


def test_what_is_found_is_never_called_accepted(scripted: Scripted, run: Run) -> None:
    play(scripted, **running(copies=keyed("k")))
    result = run("backup", "--vault", cbr.VAULT, "--run-key", "k", "--no-wait")
    assert "no new backup was started" in result.err
    assert "accepted, checkpoint" not in result.err
    lines = run("backup", "--vault", cbr.VAULT, "--run-key", "k", "--no-wait", "-o", "jsonl").lines()
    assert [line["state"] for line in lines if line["type"] == "op"] == ["attached", "ended"]


def test_the_record_says_how_it_was_meant(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    play(scripted)
    [entry] = entries_of(
        run("backup", "--vault", cbr.VAULT, "--resource", cbr.SERVER, "--on-skip", "ignore", "--no-wait", "-o", "json")
    )
    [row] = read_journal(tmp_path / STATE)
    assert (row["on_skip"], row["resource_ids"], row["request"]) == ("ignore", [cbr.SERVER], entry["request"])
    assert row["sent_at"][0] > 0
    assert len(row["digest"]) == 26
    change_records(tmp_path / STATE, on_skip="fail")


def test_wait_at_another_address_is_a_wait_on_others(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    """The journal's backup is of another place: what is recorded of it says nothing here."""
    play(scripted)
    run("backup", "--vault", cbr.VAULT, "--no-wait")
    change_records(tmp_path / STATE, endpoint="https://cbr.example.com")
    [entry] = entries_of(run("wait", cbr.CHECKPOINT, "-o", "json"))
    assert (entry["outcome"], entry["op_id"], entry["sent"]) == ("completed", None, None)
    assert [row["state"] for row in read_journal(tmp_path / STATE)] == ["accepted"]
