"""A backup whose answer was lost: it is looked for by its marker, by reading only, and never sent again."""

import json
import os
import signal
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cbrctl.sandbox import Cloud
from tests.support import cbr
from tests.support.practice import posts, started
from tests.support.program import PROGRAM, Run
from tests.support.scripted import Answer, Scripted

pytestmark = pytest.mark.long

LOST = {
    "closed": "drop-after",
    "reset": "reset-after",
    "empty": "empty",
    "cut": "cut=100",
    "no headers": "headerless",
    "502": "status-after=502",
    "504": "status-after=504",
    "500": "status-after=500",
    "redirect": "status-after=302",
}
OLDER = "8b0851a8-adf3-4f4c-a914-dead08bf9663"


@pytest.mark.heavy
@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
@pytest.mark.parametrize("options", [[], ["--name", "mine"], ["--resource", "ecs-1f0f-0002"]], ids=["", "named", "one"])
def test_a_backup_that_was_started_is_found_and_followed(
    fault: str, options: list[str], cloud: Cloud, run: Run
) -> None:
    cloud.faults.add(f"create:{fault}*1")
    result = run("backup", "--vault", "vault-be94", *options, "-o", "json")
    assert result.code == 0, result.err
    [entry] = result.json()["backups"]
    [checkpoint_id] = started(cloud)
    assert (entry["outcome"], entry["sent"], entry["checkpoint"]["id"]) == ("completed", "yes", checkpoint_id)
    assert entry["skipped_resources"] == []
    assert [r["status"] for r in entry["resources"]] == ["available"] * len(cloud.checkpoints[checkpoint_id].runs)
    assert posts(cloud) == 1


@pytest.mark.heavy
@pytest.mark.parametrize("late", [5, 60, 110])
def test_lists_that_lag_behind_are_waited_for(late: int, cloud: Cloud, run: Run) -> None:
    cloud.faults.add("create:drop-after*1")
    for route in ("copies", "tasks"):
        cloud.faults.add(f"{route}:late={late}")
    result = run("backup", "--vault", "vault-be94", "--settle", "10m", "--no-wait", "-o", "json")
    assert (result.code, posts(cloud)) == (0, 1), result.err
    assert result.json()["backups"][0]["checkpoint"]["id"] == started(cloud)[0]


@pytest.mark.parametrize("broken", ["copies", "tasks"])
def test_one_readable_list_is_enough(broken: str, cloud: Cloud, run: Run) -> None:
    cloud.faults.add("create:drop-after*1")
    cloud.faults.add(f"{broken}:status=403")
    result = run("backup", "--vault", "vault-be94", "--no-wait", "-o", "json")
    assert (result.code, posts(cloud)) == (0, 1), result.err


@pytest.mark.heavy
@pytest.mark.parametrize(
    "fault", ["drop-before", "reset-before", "status=502", "status=504", "redirect=http://127.0.0.1:1/"]
)
def test_what_is_not_found_is_unknown_and_never_sent_again(fault: str, cloud: Cloud, run: Run) -> None:
    cloud.faults.add(f"create:{fault}*1")
    result = run("backup", "--vault", "vault-be94", "-o", "json")
    [entry] = result.json()["backups"]
    assert (result.code, entry["outcome"], entry["sent"], posts(cloud)) == (6, "unknown", "unknown", 1)
    assert not started(cloud)


def test_settle_bounds_the_search(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    scripted.on(cbr.POST, Answer(raw=b"", end="fin"))
    scripted.on(cbr.COPIES, cbr.copies())
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0})
    asked = {}
    for settle in ("0", "3s", "20s", "2m"):
        scripted.asked.clear()
        env = {"CBRCTL_STATE_DIR": str(tmp_path / settle)}  # a journal of its own: the next run would settle this one
        assert run("backup", "--vault", cbr.VAULT, "--settle", settle, env=env).code == 6
        asked[settle] = scripted.count(cbr.TASKS)
        assert scripted.count(cbr.COPIES) == 3 * asked[settle]
        assert [a.query for a in scripted.asked if a.path.endswith("/checkpoints")] == [""]
    assert asked["0"] == 1 < asked["3s"] < asked["20s"] < asked["2m"] <= 30


def test_the_lists_are_asked_as_the_service_needs_it(scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.POST, Answer(raw=b"", end="fin"))
    scripted.on(cbr.COPIES, Answer(200, cbr.copies(), {"Date": "Sun, 10 May 2009 08:00:00 GMT"}))
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0})
    run("backup", "--vault", cbr.VAULT, "--settle", "0")
    [name] = [a.json()["checkpoint"]["parameters"]["name"] for a in scripted.asked if a.method == "POST"]
    queries = [set(a.query.split("&")) for a in scripted.asked if a.path.endswith("/backups")]
    # not by name: the service may match exactly, and numbers the copies
    assert all(f"vault_id={cbr.VAULT}" in q and not any(word.startswith("name=") for word in q) for q in queries)
    assert name.startswith("cbrctl-")
    assert [next((w for w in q if w.startswith("incremental")), None) for q in queries] == [
        None,
        "incremental=true",
        "incremental=false",
    ]
    [tasks_asked] = [a.query for a in scripted.asked if a.path.endswith("/operation-logs")]
    # an hour before the request left, by the service's clock and not by this machine's
    assert "start_time=2009-05-10T06%3A59%3A" in tasks_asked or "start_time=2009-05-10T07%3A00%3A" in tasks_asked


def test_without_a_marker_nothing_can_be_found(cloud: Cloud, run: Run) -> None:
    cloud.faults.add("create:drop-after*1")
    result = run("backup", "--vault", "vault-be94", "--no-marker", "-o", "json")
    assert (result.code, posts(cloud), len(started(cloud))) == (6, 1, 1)
    assert not [r for r in cloud.requests if "/backups" in r.path or "operation-logs" in r.path]


@pytest.mark.parametrize("began", [True, False], ids=["one began", "none began"])
def test_what_is_said_of_one_without_a_marker(began: bool, scripted: Scripted, run: Run) -> None:
    """Fifteen minutes later it is proved that none was started, or nobody can tell any more: which is said, and true."""
    listed = cbr.tasks((cbr.SERVER, "success", 100, "", ""))
    listed["operation_logs"][0]["started_at"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    scripted.on(cbr.POST, Answer(raw=b"", end="fin"))
    scripted.on(cbr.TASKS, listed if began else {"operation_logs": [], "count": 0})
    scripted.on(cbr.VAULTS + f"/{cbr.VAULT}", {"vault": {"id": cbr.VAULT, "name": "v", "resources": [cbr.resource()]}})
    assert run("backup", "--vault", cbr.VAULT, "--no-marker").code == 6
    [op_id] = run("history", "-o", "id").out.split()

    soon = run("resume", "-o", "json", "--settle", "1s")
    assert (soon.code, soon.json()["backups"][0]["outcome"]) == (6, "unknown")
    assert "is not known yet, and it carries no marker." in soon.err
    assert "When 15 minutes have passed it is either proved that none was started, or nobody can tell." in soon.err
    later = run("resume", op_id, "-o", "json", env={"TEST_CLOCK_PASSED": "1000"})
    assert later.code == (6 if began else 7)
    words = "cannot be found out any more." if began else "No backup of the vault began at that time."
    assert words in later.err
    assert "15 minutes" not in later.err
    # it is open for ever, and says so
    assert run("resume", "--settle", "0", env={"TEST_CLOCK_PASSED": "9000"}).code == (6 if began else 0)


@pytest.mark.parametrize("listed", [True, False], ids=["its copy is listed", "its copies are gone"])
def test_a_named_one_whose_copies_are_gone_was_perhaps_started(listed: bool, scripted: Scripted, run: Run) -> None:
    """The marker of a named one stands in its copies alone: a task of that time without a copy may be it."""
    began = cbr.tasks((cbr.SERVER, "success", 100, "", ""))
    began["operation_logs"][0]["started_at"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    scripted.on(cbr.POST, Answer(raw=b"", end="fin"))
    scripted.on(cbr.TASKS, began)
    scripted.on(cbr.COPIES, cbr.copies((cbr.SERVER, "available")) if listed else cbr.copies())
    scripted.on(cbr.VAULTS + f"/{cbr.VAULT}", {"vault": {"id": cbr.VAULT, "name": "v", "resources": [cbr.resource()]}})
    assert run("backup", "--vault", cbr.VAULT, "--name", "nightly", "--settle", "0").code == 6
    [op_id] = run("history", "-o", "id").out.split()
    later = run("resume", op_id, "-o", "json", env={"TEST_CLOCK_PASSED": "1000"})
    [entry] = later.json()["backups"]
    assert (entry["outcome"], entry["sent"]) == (("error", "no") if listed else ("unknown", "unknown")), later.err


def found_copies(scripted: Scripted, *rows: tuple[str, str, str, str]) -> None:
    """Answer copies (checkpoint, created, resource, status) that carry the marker of the POST that came before."""
    scripted.on(cbr.POST, Answer(raw=b"", end="fin"))
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0})

    def answer() -> Any:
        name = scripted.asked[0].json()["checkpoint"]["parameters"]["name"]
        listed = cbr.copies(*((resource_id, status) for _, _, resource_id, status in rows))
        for row, (checkpoint, created, _, _) in zip(listed["backups"], rows, strict=True):
            row |= {"name": f"{name}-0001", "checkpoint_id": checkpoint, "created_at": created}
        return listed

    class Late(dict[str, Any]):
        """A body that is known once the POST has come."""

    late = Late()
    scripted.on(cbr.COPIES, Answer(200, late, before=lambda: late.update(answer())))


def test_of_two_checkpoints_the_older_is_the_result(scripted: Scripted, run: Run) -> None:
    found_copies(
        scripted,
        (cbr.CHECKPOINT, "2019-05-10T08:00:01.000000", cbr.SERVER, "available"),
        (OLDER, "2019-05-10T08:00:00.000000", cbr.SERVER, "available"),
    )
    result = run("backup", "--vault", cbr.VAULT, "--resource", cbr.SERVER, "--no-wait", "-o", "json")
    [entry] = result.json()["backups"]
    assert (result.code, entry["checkpoint"]["id"]) == (0, OLDER)
    assert any(cbr.CHECKPOINT in warning for warning in entry["warnings"])
    assert cbr.CHECKPOINT in result.err


@pytest.mark.parametrize(
    ("ignore", "code", "outcome"),
    [([], 3, "partial"), (["--on-skip", "ignore"], 0, "completed")],
    ids=["fail", "ignore"],
)
def test_a_wanted_resource_without_a_trace_counts_as_skipped(
    ignore: list[str], code: int, outcome: str, scripted: Scripted, run: Run
) -> None:
    other = cbr.SERVER.replace("5526", "5527")
    found_copies(scripted, (cbr.CHECKPOINT, "2019-05-10T08:00:00.000000", cbr.SERVER, "available"))
    scripted.on(cbr.SHOW, cbr.shown("available"))
    wanted = ["--resource", cbr.SERVER, "--resource", other]
    result = run("backup", "--vault", cbr.VAULT, *wanted, *ignore, "-o", "json")
    [entry] = result.json()["backups"]
    assert (result.code, entry["outcome"]) == (code, outcome), result.err
    assert [r["id"] for r in entry["resources"]] == [cbr.SERVER]
    assert [(s["id"], s["code"]) for s in entry["skipped_resources"]] == [(other, None)]


def test_what_a_whole_vault_protects_is_looked_up(scripted: Scripted, run: Run) -> None:
    other = cbr.SERVER.replace("5526", "5527")
    found_copies(scripted, (cbr.CHECKPOINT, "2019-05-10T08:00:00.000000", cbr.SERVER, "available"))
    scripted.on(cbr.SHOW, cbr.shown("available"))
    vault = {"id": cbr.VAULT, "name": "vault-be94", "resources": [cbr.resource(), cbr.resource(other, name="ecs-2")]}
    scripted.on(cbr.VAULTS + f"/{cbr.VAULT}", {"vault": vault})
    result = run("backup", "--vault", cbr.VAULT, "-o", "json")
    [entry] = result.json()["backups"]
    assert (result.code, entry["outcome"]) == (3, "partial"), result.err
    assert [(s["id"], s["name"]) for s in entry["skipped_resources"]] == [(other, "ecs-2")]


def test_where_that_is_not_known_it_is_said(scripted: Scripted, run: Run) -> None:
    found_copies(scripted, (cbr.CHECKPOINT, "2019-05-10T08:00:00.000000", cbr.SERVER, "available"))
    scripted.on(cbr.SHOW, cbr.shown("available"))
    scripted.on(cbr.VAULTS + f"/{cbr.VAULT}", Answer(403, {"error_code": "APIGW.0302", "error_msg": "no"}))
    result = run("backup", "--vault", cbr.VAULT, "-o", "json")
    [entry] = result.json()["backups"]
    assert (result.code, entry["skipped_resources"]) == (0, None), result.err
    assert entry["warnings"]


def test_the_search_is_told(cloud: Cloud, run: Run, run_tty: Run) -> None:
    cloud.faults.add("create:drop-after*3")
    lines = run("backup", "--vault", "vault-be94", "--no-wait", "-o", "jsonl").lines()
    assert [line["state"] for line in lines if line["type"] == "op"] == ["sending", "searching", "accepted", "ended"]
    result = run_tty("backup", "--vault", "vault-db-none", "--no-wait")
    assert result.code == 10
    result = run_tty("backup", "--vault", "生产库-01", "--no-wait")
    assert "looking for the backup by its marker" in result.err


@pytest.mark.heavy
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_five_seconds_of_looking(
    number: signal.Signals, scripted: Scripted, environ: dict[str, str], tmp_path: Path
) -> None:
    scripted.on(cbr.POST, Answer(raw=b"", end="fin"))
    scripted.on(cbr.COPIES, cbr.copies())
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0})
    # the real clock: a settle time of minutes must not be slept through
    environ["PYTHONPATH"] = environ["PYTHONPATH"].partition(os.pathsep)[2]
    process = subprocess.Popen(
        [*PROGRAM, "backup", "--vault", cbr.VAULT, "-o", "json"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 20
    while scripted.count(cbr.TASKS) < 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    document = json.loads(out)
    assert (process.returncode, document["exit_code"]) == (128 + number, 128 + number), err
    [entry] = document["backups"]
    assert (entry["outcome"], entry["exit_code"], entry["sent"]) == ("unknown", 6, "unknown")
    assert scripted.count(cbr.POST) == 1
    assert 3 <= scripted.count(cbr.TASKS) <= 8
