"""How backups go on: progress, endings, operation logs, copies and the vault's use, at chosen moments."""

from typing import Any

from cbrctl.sandbox import Cloud, Resource
from cbrctl.sandbox.seed import (
    CHECKPOINT_BUSY,
    CHECKPOINT_YESTERDAY,
    COPY_YESTERDAY,
    TASK_YESTERDAY,
    VAULT_BE94,
    VAULT_BUSY,
    VAULT_FAIL,
    resource_id,
)
from tests.support.sandbox import Client, Clock, assert_refused


def tasks_of(client: Client, vault_id: str, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get("/operation-logs", vault_id=vault_id, **query)["operation_logs"]
    return rows


def test_a_backup_goes_from_waiting_to_success(client: Client, clock: Clock) -> None:
    id = client.create(name="n").json()["checkpoint"]["id"]
    seen = []
    for _ in range(8):
        checkpoint = client.get(f"/checkpoints/{id}")["checkpoint"]
        task = tasks_of(client, VAULT_BE94)[0]
        copies = client.get("/backups", checkpoint_id=id)["backups"]
        seen.append(
            (
                checkpoint["status"],
                checkpoint["vault"]["resources"][0]["protect_status"],
                task["status"],
                task["extra_info"]["common"]["progress"],
                [copy["status"] for copy in copies],
            )
        )
        clock.step(1)
    assert seen[0] == ("protecting", "protecting", "waiting", 0, [])
    assert seen[1] == ("protecting", "protecting", "running", 7, ["protecting"])
    assert seen[5] == ("protecting", "protecting", "running", 80, ["protecting"])
    assert seen[6] == seen[7] == ("available", "available", "success", 100, ["available"])


def test_a_shown_checkpoint_lacks_what_only_the_post_says(client: Client) -> None:
    id = client.create(name="n").json()["checkpoint"]["id"]
    checkpoint = client.get(f"/checkpoints/{id}")["checkpoint"]
    assert checkpoint["extra_info"] is None
    assert "skipped_resources" not in checkpoint["vault"]
    resource = checkpoint["vault"]["resources"][0]
    assert (resource["resource_size"], resource["backup_count"]) == ("40", "1")


def test_resources_of_a_vault_differ_in_progress(client: Client, clock: Clock, cloud: Cloud) -> None:
    alike = cloud.add_vault("alike", resources=[Resource(f"ecs-{n}") for n in range(3)])
    client.create(alike.id)
    clock.step(3)
    progress = [task["extra_info"]["common"]["progress"] for task in tasks_of(client, alike.id)]
    assert len(set(progress)) == 3


def test_no_backup_takes_longer_than_half_a_minute(client: Client, clock: Clock, cloud: Cloud) -> None:
    slow = cloud.add_vault("slow", size_gb=9000, resources=[Resource(f"ecs-{n}", duration=30) for n in range(256)])
    id = client.create(slow.id).json()["checkpoint"]["id"]
    clock.step(29.9)
    assert client.get(f"/checkpoints/{id}")["checkpoint"]["status"] == "protecting"
    clock.step(0.2)
    assert client.get(f"/checkpoints/{id}")["checkpoint"]["status"] == "available"


def test_a_resource_can_fail_in_mid_run(client: Client, clock: Clock, cloud: Cloud) -> None:
    id = client.create(VAULT_FAIL).json()["checkpoint"]["id"]
    clock.step(5)
    assert client.get(f"/checkpoints/{id}")["checkpoint"]["status"] == "protecting"
    failed = tasks_of(client, VAULT_FAIL, status="failed")
    assert failed[0]["error_info"] == {
        "code": "BackupService.8300",
        "message": "The snapshot quota is insufficient.",
    }
    assert failed[0]["ended_at"].endswith("Z")
    assert failed[0]["extra_info"]["resource"]["id"] == resource_id(302)
    clock.step(5)
    assert client.get(f"/checkpoints/{id}")["checkpoint"]["status"] == "available"
    states = {row["resource_id"]: row["status"] for row in client.get("/backups", checkpoint_id=id)["backups"]}
    assert states == {resource_id(301): "available", resource_id(302): "error"}
    cloud.partial_status = "error"
    assert client.get(f"/checkpoints/{id}")["checkpoint"]["status"] == "error"


def test_when_all_fail_the_checkpoint_does(client: Client, clock: Clock) -> None:
    id = client.create(VAULT_FAIL, resources=[resource_id(302)]).json()["checkpoint"]["id"]
    clock.step(10)
    checkpoint = client.get(f"/checkpoints/{id}")["checkpoint"]
    assert checkpoint["status"] == "error"
    assert checkpoint["vault"]["resources"][0]["protect_status"] == "error"


def test_a_vault_shows_its_state_and_fills_up(client: Client, clock: Clock) -> None:
    before = client.get(f"/vaults/{VAULT_BE94}")["vault"]
    client.create()
    during = client.get(f"/vaults/{VAULT_BE94}")["vault"]
    clock.step(10)
    after = client.get(f"/vaults/{VAULT_BE94}")["vault"]
    assert [vault["resources"][0]["protect_status"] for vault in (before, during, after)] == [
        "available",
        "protecting",
        "available",
    ]
    assert [vault["resources"][0]["backup_count"] for vault in (before, during, after)] == [1, 1, 2]
    assert before["billing"]["used"] == during["billing"]["used"] < after["billing"]["used"]
    assert after["resources"][0]["backup_size"] == after["billing"]["used"]


def test_field_types_are_the_documented_ones(client: Client) -> None:
    vault = client.get(f"/vaults/{VAULT_BE94}")["vault"]
    assert (vault["resources"][0]["size"], vault["description"]) == (40, None)
    assert vault["enterprise_project_id"] == "0"
    assert (vault["billing"]["size"], vault["billing"]["allocated"]) == (200, 40)
    task = client.get(f"/operation-logs/{TASK_YESTERDAY}")["operation_log"]
    assert task["extra_info"]["backup"]["incremental"] == "false"
    assert task["created_at"] == "2019-05-09T07:59:12Z"
    copy = client.get(f"/backups/{COPY_YESTERDAY}")["backup"]
    assert (copy["incremental"], copy["resource_size"], copy["expired_at"]) == (False, 40, None)
    assert copy["created_at"] == "2019-05-09T07:59:13.333403"
    assert copy["updated_at"] == "2019-05-09T07:59:18.733403"


def test_a_busy_vault_stays_busy_and_moves(client: Client, clock: Clock) -> None:
    progress = []
    for _ in range(3):
        task = tasks_of(client, VAULT_BUSY)[0]
        assert (task["status"], task["ended_at"], task["checkpoint_id"]) == ("running", None, CHECKPOINT_BUSY)
        progress.append((task["extra_info"]["common"]["progress"], task["updated_at"]))
        clock.step(20)
    assert progress == sorted(set(progress))
    assert len({updated for _, updated in progress}) == 3
    clock.step(80_000)
    assert tasks_of(client, VAULT_BUSY)[0]["status"] == "running"


def test_later_copies_are_incremental_unless_full_is_wanted(client: Client, clock: Clock) -> None:
    kinds = []
    for parameters in ({}, {"incremental": False}, {"incremental": True}):
        id = client.create(**parameters).json()["checkpoint"]["id"]
        clock.step(10)
        kinds.append(client.get("/backups", checkpoint_id=id)["backups"][0]["incremental"])
    assert kinds == [True, False, True]


def test_a_first_copy_is_full(client: Client, clock: Clock) -> None:
    client.create(VAULT_FAIL, incremental=True)
    clock.step(10)
    assert client.get("/backups", vault_id=VAULT_FAIL, incremental="true")["count"] == 0
    assert tasks_of(client, VAULT_FAIL)[0]["extra_info"]["backup"]["incremental"] == "false"


def test_retention_gives_a_copy_its_end(client: Client, clock: Clock) -> None:
    id = client.create(retention_duration_days=7).json()["checkpoint"]["id"]
    clock.step(10)
    assert client.get("/backups", checkpoint_id=id)["backups"][0]["expired_at"] == "2019-05-17T07:59:18.733403"


def test_a_checkpoint_goes_with_its_last_copy(client: Client) -> None:
    assert client.get(f"/checkpoints/{CHECKPOINT_YESTERDAY}")["checkpoint"]["status"] == "available"
    response = client.send("DELETE", f"/backups/{COPY_YESTERDAY}")
    assert (response.status_code, response.json()) == (200, {})
    assert_refused(client.send("GET", f"/checkpoints/{CHECKPOINT_YESTERDAY}"), 404, "BackupService.6217")
    assert_refused(client.send("GET", f"/backups/{COPY_YESTERDAY}"), 404, "BackupService.6200")
    assert client.get(f"/vaults/{VAULT_BE94}")["vault"]["billing"]["used"] == 0


def test_a_copy_being_made_is_not_deleted(client: Client, clock: Clock) -> None:
    id = client.create().json()["checkpoint"]["id"]
    clock.step(2)
    copy = client.get("/backups", checkpoint_id=id)["backups"][0]
    assert_refused(client.send("DELETE", f"/backups/{copy['id']}"), 400, "BackupService.6201")
