"""A vault that is being backed up: by another cbrctl, by others, or by an earlier run of the same; and `resume`."""

import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from cbrctl.sandbox import Cloud
from cbrctl.sandbox.inventory import Resource
from cbrctl.sandbox.seed import VAULT_BUSY
from tests.support import cbr
from tests.support.practice import posts, started
from tests.support.program import PROGRAM, Run
from tests.support.schemas import validate
from tests.support.scripted import LOST, Answer, Scripted
from tests.support.state import STATE, age_journal, rows

pytestmark = pytest.mark.long

BE94 = "vault-be94"


def entry_of(result: Any) -> dict[str, Any]:
    document = result.json()
    validate(document)
    [entry] = document["backups"]
    return dict(entry)


# without a key: an earlier run's backup that goes on is joined -------------------------------------------------------


def test_an_own_backup_that_runs_is_joined(cloud: Cloud, run: Run) -> None:
    first = entry_of(run("backup", "--vault", BE94, "--incremental", "--no-wait", "-o", "json"))
    again = entry_of(run("backup", "--vault", BE94, "--incremental", "-o", "json"))
    assert posts(cloud) == 1
    assert (again["attached"], again["sent"], again["outcome"]) == (True, "yes", "completed")
    assert [again[k] for k in ("op_id", "request")] == [first[k] for k in ("op_id", "request")]
    assert again["checkpoint"]["id"] == first["checkpoint"]["id"]
    # what the answer told of skipped resources is known from the journal
    assert again["skipped_resources"] == []


def test_one_that_ended_is_settled_and_another_is_sent(cloud: Cloud, run: Run, tmp_path: Path) -> None:
    run("backup", "--vault", BE94, "--no-wait")
    assert rows(tmp_path)[0]["state"] == "accepted"
    # it ends, and nobody records it
    assert run("wait", started(cloud)[0], env={"CBRCTL_STATE_DIR": str(tmp_path / "elsewhere")}).code == 0
    again = entry_of(run("backup", "--vault", BE94, "--no-wait", "-o", "json"))
    assert (again["attached"], posts(cloud)) == (False, 2)
    first, second = rows(tmp_path)
    assert (first["state"], first["outcome"], first["exit_code"]) == ("completed", "completed", 0)
    assert second["op_id"] == again["op_id"]


def test_another_request_does_not_join(cloud: Cloud, run: Run) -> None:
    run("backup", "--vault", BE94, "--incremental", "--no-wait")
    result = run("backup", "--vault", BE94, "--full", "--no-wait", "-o", "json")
    assert (result.code, entry_of(result)["outcome"], posts(cloud)) == (11, "refused", 2)


# busy ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["fail", "wait", "attach", "skip"])
@pytest.mark.sampled(4)
def test_a_vault_that_others_back_up(how: str, cloud: Cloud, run: Run, tmp_path: Path) -> None:
    result = run("backup", "--vault", "vault-busy", "--if-busy", how, "--timeout", "30s", "-o", "json")
    entry = entry_of(result)
    running = next(c.id for c in cloud.checkpoints.values() if c.vault.id == VAULT_BUSY)
    if how == "skip":
        assert (result.code, entry["outcome"], entry["sent"], entry["error"]) == (0, "skipped", "no", None)
        assert running in result.err
    elif how == "attach":
        assert (result.code, entry["outcome"], entry["attached"]) == (5, "pending", True)
        assert (entry["op_id"], entry["request"], entry["sent"]) == (None, None, None)
        assert entry["checkpoint"]["id"] == running
        assert [(row["checkpoint_id"], row["request"], row["sent"]) for row in rows(tmp_path)] == [
            (running, None, None)
        ]
    else:
        assert (result.code, entry["outcome"], entry["sent"]) == (11, "refused", "no")
        assert running in entry["error"]["message"]
        assert entry["error"]["hint"].startswith(f"cbrctl wait {running} follows that")
    assert posts(cloud) >= 1
    assert len(started(cloud)) == 0


def test_wait_goes_on_when_the_vault_is_free(cloud: Cloud, run: Run) -> None:
    run("backup", "--vault", BE94, "--incremental", "--no-wait")
    entry = entry_of(run("backup", "--vault", BE94, "--full", "--if-busy", "wait", "-o", "json"))
    assert (entry["outcome"], entry["attached"], len(started(cloud))) == ("completed", False, 2)


def play_busy(scripted: Scripted, progress: list[int]) -> None:
    """A vault that others back up, and how far they are at each look."""
    busy = Answer(400, {"error_code": "BackupService.1001", "error_msg": "The vault is performing a backup."})
    scripted.on(cbr.POST, busy)
    scripted.on(cbr.COPIES, cbr.copies())
    # they are asked for what runs, and for what waits
    scripted.on(cbr.TASKS, *(cbr.tasks((cbr.SERVER, "running", n, "", "")) for n in progress for _ in range(2)))


@pytest.mark.heavy
def test_a_log_hears_of_a_wait_for_a_busy_vault_every_five_minutes(scripted: Scripted, run: Run) -> None:
    play_busy(scripted, [33])
    result = run("backup", "--vault", cbr.VAULT, "--if-busy", "wait", "--timeout", "21m")
    assert result.code == 11
    said = [line.split(": ", 1)[1] for line in result.err.splitlines() if "busy: waiting" in line]
    whom = f"Checkpoint {cbr.CHECKPOINT}, since 2019-05-10T07:59:13Z, at 33 %."
    assert said == [f"the vault is busy: waiting. {whom}"] * len(said)
    assert len(said) in (4, 5)
    again = run("backup", "--vault", cbr.VAULT, "--if-busy", "wait", "--timeout", "21m", "-o", "jsonl")
    assert [line.get("state") for line in again.lines()].count("waiting") == 1


def test_the_refusal_after_a_wait_says_what_was_seen_last(scripted: Scripted, run: Run) -> None:
    play_busy(scripted, [*range(10, 25), 62])
    entry = entry_of(run("backup", "--vault", cbr.VAULT, "--if-busy", "wait", "--timeout", "10m", "-o", "json"))
    assert "at 62 %" in entry["error"]["message"]
    assert entry["error"]["message"].count(" %") == 1


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy refusal is not believed at once: the backup that it is for still runs when it is."""
    monkeypatch.setattr("tests.support.fixtures.SECONDS_A_REQUEST", 0.2)


def test_attach_refuses_what_covers_less(slow: None, cloud: Cloud, run: Run) -> None:
    vault = cloud.add_vault("vault-two", resources=[Resource("a", duration=30), Resource("b")])
    run("backup", "--vault", vault.id, "--resource", vault.resources[0].id, "--no-wait")
    result = run("backup", "--vault", vault.id, "--if-busy", "attach", "-o", "json")
    assert (result.code, entry_of(result)["outcome"]) == (11, "refused")


def test_attach_takes_the_one_that_covers_what_is_wanted(scripted: Scripted, run: Run) -> None:
    """Two backups of one vault run, of other resources each; the newest is not the one."""
    newest = "8b0851a8-adf3-4f4c-a914-00000000beef"
    both = cbr.tasks((cbr.SERVER, "running", 10, "", ""), (cbr.SERVER_2, "running", 1, "", ""))
    both["operation_logs"][1].update(checkpoint_id=newest, started_at="2019-05-10T08:30:00Z")
    play_busy(scripted, [])
    scripted.on(cbr.TASKS, both)
    scripted.on(cbr.SHOW, Answer(200, lambda asked: shown_as(asked.path[-36:], newest)))
    command = ("backup", "--vault", cbr.VAULT, "--if-busy", "attach", "--no-wait", "-o", "json")
    for resource, checkpoint in ((cbr.SERVER, cbr.CHECKPOINT), (cbr.SERVER_2, newest)):
        entry = entry_of(run(*command, "--resource", resource))
        assert (entry["outcome"], entry["attached"], entry["checkpoint"]["id"]) == ("accepted", True, checkpoint)
    covers_less = run(*command, "--resource", cbr.SERVER, "--resource", cbr.SERVER_2)
    assert covers_less.code == 11
    message = entry_of(covers_less)["error"]["message"]
    assert f"Checkpoint {newest}" in message
    assert f"Checkpoint {cbr.CHECKPOINT}" in message


def shown_as(checkpoint_id: str, newest: str) -> dict[str, Any]:
    """A running checkpoint of one resource."""
    answer = cbr.shown(
        "protecting", cbr.resource(cbr.SERVER_2 if checkpoint_id == newest else cbr.SERVER, "protecting")
    )
    answer["checkpoint"]["id"] = checkpoint_id
    return answer


def test_attach_says_where_nothing_to_attach_to_shows(scripted: Scripted, run: Run, run_tty: Run) -> None:
    play_busy(scripted, [])
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0})
    command = ("backup", "--vault", cbr.VAULT, "--if-busy", "attach")
    result = run(*command)
    assert (result.code, scripted.count(cbr.POST)) == (11, 1)
    assert "No running backup shows: it may have ended meanwhile." in " ".join(result.err.split())
    assert "the vault is busy: waiting." in run_tty(*command).err


def test_attach_to_an_own_one(slow: None, cloud: Cloud, run: Run) -> None:
    vault = cloud.add_vault("vault-slow", resources=[Resource("slow", duration=30)])
    run("backup", "--vault", vault.id, "--no-wait")
    entry = entry_of(run("backup", "--vault", vault.id, "--full", "--if-busy", "attach", "-o", "json"))
    assert (entry["outcome"], entry["attached"]) == ("completed", True)
    # it is one of this machine's, so it has its op
    assert entry["op_id"] is not None


@pytest.mark.parametrize(("how", "code"), [("fail", 11), ("skip", 0), ("wait", 11)])
def test_all_skipped_as_busy(how: str, code: int, scripted: Scripted, run: Run, tmp_path: Path) -> None:
    skipped = [{"id": cbr.resource()["id"], "code": "BackupService.2002", "reason": "busy"}]
    scripted.on(cbr.POST, cbr.posted(resources=[], skipped_resources=skipped))
    scripted.on(cbr.COPIES, cbr.copies())
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0})
    result = run("backup", "--vault", cbr.VAULT, "--if-busy", how, "--timeout", "5s", "-o", "json")
    assert result.code == code, result.err
    assert entry_of(result)["outcome"] == ("skipped" if how == "skip" else "refused")
    assert rows(tmp_path)[-1]["state"] == "refused"


def test_a_busy_refusal_is_not_believed_at_once(scripted: Scripted, run: Run) -> None:
    """A proxy that repeats a request lets the service refuse it for its own sake: its marker is looked for."""
    busy = Answer(400, {"error_code": "BackupService.1001", "error_msg": "The vault is performing a backup."})
    scripted.on(cbr.POST, busy)
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0})
    scripted.on(cbr.COPIES, cbr.copies())
    assert run("backup", "--vault", cbr.VAULT, "--no-wait").code == 11
    asked = [a for a in scripted.asked if "/backups" in a.path]
    assert len(asked) == 3 * 5  # for ten seconds


@pytest.mark.parametrize(("how", "code"), [("fail", 11), ("skip", 0), ("wait", 0), ("attach", 0)])
@pytest.mark.sampled(4)
def test_two_at_once(how: str, code: int, scripted: Scripted, run: Run, environ: dict[str, str]) -> None:
    sent, go_on = threading.Event(), threading.Event()

    def hold_back() -> None:
        sent.set()
        go_on.wait(20)

    scripted.on(cbr.POST, Answer(200, cbr.posted(), before=hold_back))
    scripted.on(cbr.SHOW, cbr.shown("protecting"))
    scripted.on(cbr.COPIES, cbr.copies())
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0})
    args = [*PROGRAM, "backup", "--vault", cbr.VAULT, "--no-wait"]
    first = subprocess.Popen(args, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert sent.wait(20)
    if how in ("wait", "attach"):
        # the child's clock is virtual: the other one must be done before its --timeout is over
        threading.Timer(0.5, go_on.set).start()
    result = run("backup", "--vault", cbr.VAULT, "--no-wait", "--if-busy", how, "--timeout", "100d", "-o", "json")
    go_on.set()
    first.communicate(timeout=30)
    assert (first.returncode, result.code, scripted.count(cbr.POST)) == (0, code, 1), result.err
    if how in ("wait", "attach"):
        assert entry_of(result)["attached"]
    else:
        assert str(first.pid) in result.err


# lost, and sent again by the user's choice -----------------------------------------------------------------------


@pytest.mark.parametrize("marker", [[], ["--no-marker"]], ids=["marked", "unmarked"])
def test_resend_sends_once_more(marker: list[str], scripted: Scripted, run: Run, tmp_path: Path) -> None:
    scripted.on(cbr.POST, LOST, cbr.posted())
    scripted.on(cbr.COPIES, cbr.copies())
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0})
    result = run(
        "backup", "--vault", cbr.VAULT, *marker, "--on-unknown", "resend", "--settle", "3s", "--no-wait", "-o", "json"
    )
    assert (result.code, scripted.count(cbr.POST)) == (0, 2), result.err
    assert "sent once more" in result.err
    assert [row["state"] for row in rows(tmp_path)] == ["accepted"]


BUSY_WITH_THE_FIRST = cbr.posted(
    resources=[], skipped_resources=[{"id": cbr.resource()["id"], "code": "BackupService.2002", "reason": "busy"}]
)


@pytest.mark.parametrize("code", ["1001", "6125", "0001", "6114", "all of it skipped as busy"])
def test_a_refusal_of_the_second_is_no_proof_against_the_first(code: str, scripted: Scripted, run: Run) -> None:
    refused = Answer(400, {"error_code": f"BackupService.{code}", "error_msg": "x"})
    scripted.on(cbr.POST, LOST, refused if code.isdigit() else BUSY_WITH_THE_FIRST, cbr.posted())
    scripted.on(cbr.COPIES, cbr.copies())
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0})
    result = run("backup", "--vault", cbr.VAULT, "--on-unknown", "resend", "--settle", "3s", "--no-wait", "-o", "json")
    assert (result.code, scripted.count(cbr.POST), entry_of(result)["sent"]) == (6, 2, "unknown")


# resume --------------------------------------------------------------------------------------------------------------


def test_resume_with_nothing_open(cloud: Cloud, run: Run, run_tty: Run) -> None:
    result = run("resume", "-o", "json")
    validate(result.json())
    assert (result.code, result.json()["outcome"], result.json()["backups"]) == (0, "completed", [])
    for how in (run, run_tty):
        assert (how("resume").code, how("resume").err) == (0, "Nothing is open.\n")
    assert run("resume", "-q").err == ""
    assert cloud.requests == []


def test_resume_follows_what_was_left(cloud: Cloud, run: Run, tmp_path: Path) -> None:
    run("backup", "--vault", BE94, "--no-wait")
    result = run("resume", "-o", "json")
    entry = entry_of(result)
    assert (result.code, entry["outcome"], entry["attached"], entry["skipped_resources"]) == (0, "completed", False, [])
    [row] = rows(tmp_path)
    assert (row["state"], row["outcome"]) == ("completed", "completed")
    assert run("resume", "-o", "json").json()["backups"] == []
    # named, it says how it ended
    assert entry_of(run("resume", entry["op_id"], "-o", "json"))["outcome"] == "completed"
    assert posts(cloud) == 1


def test_resume_without_waiting_only_settles(cloud: Cloud, run: Run, tmp_path: Path) -> None:
    cloud.faults.add("create:drop-after*1")
    for route in ("copies", "tasks"):
        cloud.faults.add(f"{route}:late=1000*100")
    assert run("backup", "--vault", BE94, "--settle", "1s").code == 6
    still = run("resume", "--no-wait", "--settle", "1s", "-o", "json")
    assert (still.code, entry_of(still)["outcome"]) == (6, "unknown")
    cloud.faults.clear()
    result = run("resume", "--no-wait", "-o", "json")
    assert result.code == 0, result.err
    assert entry_of(result)["outcome"] in ("accepted", "completed")
    assert rows(tmp_path)[0]["checkpoint_id"] == started(cloud)[0]


def test_resume_says_what_was_never_started(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    scripted.on(cbr.POST, LOST)
    scripted.on(cbr.COPIES, cbr.copies())
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0})
    scripted.on(cbr.VAULTS + f"/{cbr.VAULT}", {"vault": {"id": cbr.VAULT, "resources": [cbr.resource()]}})
    run("backup", "--vault", cbr.VAULT, "--settle", "0")
    age_journal(tmp_path / STATE / "journal.db", 1000)
    for expected in (1, 0):
        result = run("resume", "-o", "json")
        found = result.json()["backups"]
        assert len(found) == expected
        if found:
            assert (result.code, found[0]["outcome"], found[0]["sent"]) == (7, "error", "no")
    assert rows(tmp_path)[0]["state"] == "not-started"


def test_resume_of_another_project(scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.POST, cbr.posted())
    run("backup", "--vault", cbr.VAULT, "--no-wait")
    result = run("resume", "-o", "json", env={"CBRCTL_PROJECT_ID": "1" * 32})
    entry = entry_of(result)
    assert (result.code, entry["outcome"], entry["checkpoint"]["id"]) == (12, "pending", cbr.CHECKPOINT)
    assert scripted.count(cbr.SHOW) == 0


@pytest.mark.parametrize(("status", "refusal", "code"), [(400, "BackupService.6114", 13), (401, "APIGW.0301", 12)])
def test_resume_of_what_was_refused(status: int, refusal: str, code: int, scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.POST, Answer(status, {"error_code": refusal, "error_msg": "x"}))
    first = entry_of(run("backup", "--vault", cbr.VAULT, "-o", "json"))
    result = run("resume", first["op_id"], "-o", "json")
    again = entry_of(result)
    assert (result.code, scripted.count(cbr.POST)) == (code, 1)
    assert [again[k] for k in ("outcome", "exit_code", "sent")] == [first[k] for k in ("outcome", "exit_code", "sent")]
    assert run("resume", "-o", "json").json()["backups"] == []


def test_resume_of_anothers_backup(cloud: Cloud, run: Run, tmp_path: Path) -> None:
    run("backup", "--vault", "vault-busy", "--if-busy", "attach", "--no-wait")
    entry = entry_of(run("resume", "--timeout", "5s", "-o", "json"))
    assert (entry["outcome"], entry["op_id"], entry["sent"], entry["attached"]) == ("pending", None, None, True)
    assert [(row["outcome"], row["sent"]) for row in rows(tmp_path)][-1] == ("pending", None)


def test_resume_of_what_another_process_is_at(scripted: Scripted, run: Run, environ: dict[str, str]) -> None:
    sent, go_on = threading.Event(), threading.Event()

    def hold_back() -> None:
        sent.set()
        go_on.wait(20)

    scripted.on(cbr.POST, Answer(200, cbr.posted(), before=hold_back))
    args = [*PROGRAM, "backup", "--vault", cbr.VAULT, "--no-wait"]
    first = subprocess.Popen(args, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert sent.wait(20)
    result = run("resume", "-o", "json")
    go_on.set()
    first.communicate(timeout=30)
    entry = entry_of(result)
    # not refused: it is being sent
    assert (result.code, entry["outcome"], entry["sent"]) == (6, "unknown", "unknown")
    assert str(first.pid) in result.err


@pytest.mark.parametrize(("args", "code"), [(["nonsense"], 2), (["0" * 26], 10)])
def test_resume_of_what_is_not_there(args: list[str], code: int, scripted: Scripted, run: Run) -> None:
    result = run("resume", *args, "-o", "json")
    assert (result.code, scripted.asked) == (code, [])
    validate(result.json())
