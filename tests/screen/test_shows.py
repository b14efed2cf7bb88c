"""What `show` says of one thing, on a terminal and in JSON: all that the service tells of it, in one unit, and no more."""

from typing import Any

import pytest

from cbrctl.sandbox import Cloud, Resource
from cbrctl.sandbox.seed import CHECKPOINT_BUSY, COPY_YESTERDAY, TASK_YESTERDAY, VAULT_FAIL
from tests.support import cbr
from tests.support.program import Run
from tests.support.scripted import Answer, Scripted

DISK = "5e1a0000-0000-4000-8000-0000000000d1"
CHILD = "b4c0851a-0000-4000-8000-0000000000c1"
COPY = "b4c0851a-0000-4000-8000-0000000000c0"
ASKED = f"GET /v3/{cbr.PROJECT}/checkpoints/{cbr.CHECKPOINT}"
LOGS = f"GET /v3/{cbr.PROJECT}/operation-logs"


def fields(text: str) -> dict[str, str]:
    """The lines of a field each, up to the table below them."""
    lines = text.replace("\r", "").partition("\n\n")[0].splitlines()
    return {name: value.strip() for name, _, value in (line.partition(" ") for line in lines)}


def test_a_running_checkpoint_shows_how_far_it_is(cloud: Cloud, run: Run, run_tty: Run) -> None:
    (row,) = run("checkpoint", "show", CHECKPOINT_BUSY, "-o", "json").json()["resources"]
    assert (row["status"], row["task_status"], row["error_code"], row["error_message"]) == (
        "protecting",
        "running",
        *[None] * 2,
    )
    assert 10 <= row["progress"] <= 60
    result = run_tty("checkpoint", "show", CHECKPOINT_BUSY, "--color", "never")
    assert (result.code, result.err) == (0, "")
    head, _, line = result.out.replace("\r", "").partition("\n\n")[2].splitlines()[:3]
    assert head.split() == ["RESOURCE", "ID", "STATE", "DONE", "SIZE"]
    assert line.split()[0] == "ecs-batch-01"
    assert "running" in line
    assert " % " in line


def test_a_failed_resource_shows_why(cloud: Cloud, run: Run) -> None:
    started = run("backup", "--vault", VAULT_FAIL, "--no-wait", "-o", "id").out.strip()
    cloud.clock = lambda: cloud.started + 60
    rows = {row["name"]: row for row in run("checkpoint", "show", started, "-o", "json").json()["resources"]}
    assert (rows["ecs-app-01"]["task_status"], rows["ecs-app-01"]["progress"]) == ("success", 100)
    failed = rows["evs-data-01"]
    assert (failed["task_status"], failed["error_code"]) == ("failed", "BackupService.8300")
    assert failed["error_message"]


@pytest.mark.parametrize("answer", [Answer(403, {"error_code": "APIGW.0302", "error_msg": "no"}), Answer(404)], ids=str)
def test_a_checkpoint_is_shown_though_its_tasks_are_not(answer: Answer, scripted: Scripted, run: Run) -> None:
    scripted.on(ASKED, cbr.shown("protecting"))
    scripted.on(LOGS, answer)
    result = run("checkpoint", "show", cbr.CHECKPOINT, "-o", "json")
    (row,) = result.json()["resources"]
    assert (result.code, row["status"], row["task_status"], row["progress"]) == (0, "available", None, None)
    assert result.err.startswith("warning: How far each resource is cannot be seen")


def test_tasks_of_other_checkpoints_say_nothing_of_this_one(scripted: Scripted, run: Run) -> None:
    scripted.on(ASKED, cbr.shown("protecting"))
    logs = cbr.tasks((cbr.SERVER, "success", 100, "", ""))
    logs["operation_logs"][0]["checkpoint_id"] = cbr.VAULT
    scripted.on(LOGS, logs, paged=True)
    (row,) = run("checkpoint", "show", cbr.CHECKPOINT, "-o", "json").json()["resources"]
    assert (row["task_status"], row["progress"]) == (None, None)


def test_the_latest_task_of_a_resource_counts(scripted: Scripted, run: Run) -> None:
    scripted.on(ASKED, cbr.shown("protecting"))
    logs = cbr.tasks((cbr.SERVER, "running", 40, "", ""), (cbr.SERVER, "failed", 10, "BackupService.8300", "no"))
    for log, started in zip(logs["operation_logs"], ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"), strict=True):
        log["started_at"] = started
    scripted.on(LOGS, logs, paged=True)
    (row,) = run("checkpoint", "show", cbr.CHECKPOINT, "-o", "json").json()["resources"]
    assert (row["task_status"], row["progress"], row["error_code"]) == ("running", 40, None)


def test_sizes_of_a_vault_are_in_one_unit(cloud: Cloud, run: Run, run_tty: Run) -> None:
    cloud.add_vault("vault-units", size_gb=100, used_mb=17_048, resources=[Resource("ecs-1", size_gb=50)])
    shown_ = fields(run_tty("vault", "show", "vault-units").out)
    assert (shown_["size"], shown_["used"]) == ("100 GiB", "16.6 GiB, 17 %")
    assert not {"size_gb", "used_mb"} & set(shown_)
    document = run("vault", "show", "vault-units", "-o", "json").json()
    assert (document["size_gb"], document["used_mb"]) == (100, 17_048)


def copy(**more: Any) -> dict[str, Any]:
    """A server's copy as recorded (service.md 4), of which little is told beside `more`."""
    return {
        "id": COPY,
        "name": "nightly",
        "status": "available",
        "resource_id": cbr.SERVER,
        "resource_size": 40,
        **more,
    }


def test_a_copy_keeps_what_the_service_tells(scripted: Scripted, run: Run, run_tty: Run) -> None:
    child = {"id": CHILD, "name": "nightly-0001", "status": "available", "resource_id": DISK, "resource_name": "sys"}
    consistency = {
        "app_consistency": "1",
        "app_consistency_status": "0",
        "app_consistency_error_code": "BackupService.7120",
        "app_consistency_error_message": "agent is silent",
    }
    extend = {"encrypted": True, "app_consistency": consistency}
    told = copy(protected_at="2026-01-01T01:02:03.000000", children=[child, {"id": 7}, None], extend_info=extend)
    scripted.on(f"GET /v3/{cbr.PROJECT}/backups/{COPY}", {"backup": told})
    document = run("copy", "show", COPY, "-o", "json").json()
    assert (document["protected_at"], document["encrypted"]) == ("2026-01-01T01:02:03Z", True)
    assert document["children"] == [{**child, "size_gb": None}]
    error = "BackupService.7120: agent is silent"
    assert (document["app_consistent"], document["consistency_error"]) == (False, error)
    result = run_tty("copy", "show", COPY)
    shown_ = fields(result.out)
    assert (shown_["encrypted"], shown_["app_consistent"], shown_["consistency_error"]) == ("yes", "no", error)
    assert shown_["size"] == "40 GiB"
    assert CHILD in result.out
    assert "sys" in result.out


def test_what_is_not_told_is_null(scripted: Scripted, run: Run) -> None:
    scripted.on(f"GET /v3/{cbr.PROJECT}/backups/{COPY}", {"backup": copy(children="", extend_info=None)})
    document = run("copy", "show", COPY, "-o", "json").json()
    untold = ("protected_at", "encrypted", "app_consistent", "consistency_error")
    assert ([document[name] for name in untold], document["children"]) == ([None] * 4, [])


def test_a_task_tells_of_consistency_and_of_what_it_deleted(cloud: Cloud, run: Run) -> None:
    document = run("task", "show", TASK_YESTERDAY, "-o", "json").json()
    assert (document["app_consistent"], document["consistency_error"], document["copy_id"]) == (
        False,
        None,
        COPY_YESTERDAY,
    )
    oldest, *_ = cloud.iterate_runs()
    cloud.checkpoints.delete_copy(oldest, cloud.clock(), DISK)
    gone = run("task", "show", DISK, "-o", "json").json()
    assert (gone["operation_type"], gone["copy_id"], gone["copy_name"]) == ("delete", COPY_YESTERDAY, "nightly")
