"""Starting a backup: the page's example, every rule that is enforced, and what each seed vault answers."""

import json
import threading
import time
from typing import Any

import pytest

from cbrctl.sandbox import Cloud, Resource, Vault
from cbrctl.sandbox.account import PROJECT_ID
from cbrctl.sandbox.inventory import SERVER, VOLUME
from cbrctl.sandbox.seed import (
    SERVER_BE94,
    VAULT_ALLDOWN,
    VAULT_ARCHIVE,
    VAULT_BE94,
    VAULT_BUSY,
    VAULT_CJK,
    VAULT_FAIL,
    VAULT_FROZEN,
    VAULT_FULL,
    VAULT_SKIP,
    resource_id,
)
from tests.support.sandbox import Client, Clock, assert_refused

STRANGER = "00000000-0000-4000-8000-000000000000"


def test_the_pages_request_gives_the_pages_answer(client: Client) -> None:
    body = {
        "checkpoint": {
            "parameters": {
                "auto_trigger": True,
                "description": "backup_description",
                "incremental": True,
                "name": "backup_name",
                "resources": [SERVER_BE94],
            },
            "vault_id": VAULT_BE94,
        }
    }
    response = client.send("POST", "/checkpoints", json=body)
    assert response.status_code == 200
    answer = response.json()
    assert len(answer["checkpoint"].pop("id")) == 36
    assert answer == {
        "checkpoint": {
            "status": "protecting",
            "created_at": "2019-05-10T07:59:12.733403",
            "vault": {
                "skipped_resources": [],
                "id": "3b5816b5-f29c-4172-9d9a-76c719a659ce",
                "resources": [
                    {
                        "name": "ecs-1f0f-0002",
                        "resource_size": "40",
                        "protect_status": "available",
                        "type": "OS::Nova::Server",
                        "id": "94eba8b2-acc9-4d82-badc-127144cc5526",
                        # what the page leaves out, as recorded (service.md 13.12)
                        "backup_size": "16384",
                        "backup_size_multiaz": "0",
                        "backup_count": "1",
                        "auto_protect": "False",
                        "extra_info": "{}",
                    }
                ],
                "name": "vault-be94",
            },
            "project_id": PROJECT_ID,
            "extra_info": {"retention_duration": -1, "name": "backup_name", "description": "backup_description"},
        }
    }


@pytest.mark.parametrize(
    "parameters",
    [
        {"auto_trigger": "true"},
        {"auto_trigger": 1},
        {"incremental": "false"},
        {"incremental": None},
        {"name": ""},
        {"name": "a" * 65},
        {"name": "with space"},
        {"name": "dot.dot"},
        {"name": 7},
        {"description": "<b>"},
        {"description": "a>b"},
        {"description": "d" * 256},
        {"resources": []},
        {"resources": "94eba8b2-acc9-4d82-badc-127144cc5526"},
        {"resources": ["no-uuid"]},
        {"resources": [SERVER_BE94] * 257},
        {"resources": [{"id": SERVER_BE94}]},
        {"resource_details": [{"id": SERVER_BE94}]},
        {"resource_details": [{"type": SERVER}]},
        {"resource_details": [{"id": SERVER_BE94, "type": SERVER}] * 257},
        {"resource_details": [{"id": SERVER_BE94, "type": SERVER, "name": "n" * 256}]},
        {"resource_details": [{"id": SERVER_BE94, "type": SERVER, "size": 40}]},
        {"resource_details": [{"id": SERVER_BE94, "type": SERVER, "extra_info": {"volumes": []}}]},
        {"resource_details": [{"id": SERVER_BE94, "type": SERVER, "extra_info": {"exclude_volumes": [1]}}]},
        {"resource_details": [{"id": SERVER_BE94, "type": SERVER, "extra_info": {"include_volumes": [{"id": "x"}]}}]},
        {"resource_details": [SERVER_BE94]},
        {"retention_duration_days": 0},
        {"retention_duration_days": -2},
        {"retention_duration_days": 36501},
        {"retention_duration_days": "30"},
        {"retention_duration_days": True},
        {"retention_duration_days": 30, "auto_trigger": True},
        {"policy_id": STRANGER},
        {"policy_id": "p", "auto_trigger": True},
        {"retention": 30},
    ],
    ids=str,
)
def test_parameters_are_checked(client: Client, cloud: Cloud, parameters: dict[str, Any]) -> None:
    before = len(cloud.checkpoints)
    response = client.send(
        "POST", "/checkpoints", json={"checkpoint": {"vault_id": VAULT_BE94, "parameters": parameters}}
    )
    assert_refused(response, 400, "BackupService.9900")
    assert len(cloud.checkpoints) == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"checkpoint": null}',
        b'{"checkpoint": {}}',
        b'{"checkpoint": {"vault_id": "no-uuid"}}',
        b'{"checkpoint": {"vault_id": 3}}',
        b'{"checkpoint": {"vault_id": "%s", "parameters": null}}' % VAULT_BE94.encode(),
        b'{"checkpoint": {"vault_id": "%s", "name": "x"}}' % VAULT_BE94.encode(),
        b'{"checkpoint": {"vault_id": "%s"}, "extra": 1}' % VAULT_BE94.encode(),
        b'{"checkpoint": {"vault_id": "%s", "parameters": {"\\ud800": 1}}}' % VAULT_BE94.encode(),
        b"\xff\xfe",
        b"[" * 100_000,
        b"9" * 6000,
    ],
    ids=lambda body: repr(body[:40]),
)
def test_bodies_are_checked(client: Client, body: bytes) -> None:
    response = client.send("POST", "/checkpoints", data=body, headers={"Content-Type": "application/json"})
    assert_refused(response, 400, "BackupService.9900")


@pytest.mark.parametrize(
    "parameters",
    [
        {"name": "备份-1_A", "description": "d" * 255},
        {"retention_duration_days": 36500, "auto_trigger": False},
        {"retention_duration_days": -1},
        {"auto_trigger": True, "policy_id": STRANGER},
        {"resource_details": []},
        {"resources": [SERVER_BE94, SERVER_BE94.upper()]},
        {"resource_details": [{"id": SERVER_BE94, "type": SERVER, "name": "x", "extra_info": {}}]},
    ],
    ids=str,
)
def test_allowed_parameters_are_taken(client: Client, parameters: dict[str, Any]) -> None:
    response = client.create(**parameters)
    assert response.status_code == 200, response.text
    assert [resource["id"] for resource in response.json()["checkpoint"]["vault"]["resources"]] == [SERVER_BE94]


@pytest.mark.parametrize(
    ("vault_id", "status", "code"),
    [
        (STRANGER, 404, "BackupService.6105"),
        (VAULT_FROZEN, 400, "BackupService.6113"),
        (VAULT_FULL, 400, "BackupService.6114"),
        (VAULT_BUSY, 400, "BackupService.1001"),
        (VAULT_ARCHIVE, 400, "BackupService.6124"),
    ],
)
def test_a_vault_can_forbid_a_backup(client: Client, vault_id: str, status: int, code: str) -> None:
    assert_refused(client.create(vault_id), status, code)


def test_a_strangers_resource_is_refused(client: Client) -> None:
    assert_refused(client.create(resources=[resource_id(801)]), 400, "BackupService.6135")


def test_a_resource_of_another_type_is_refused(client: Client) -> None:
    details = [{"id": SERVER_BE94, "type": VOLUME}]
    assert_refused(client.create(resource_details=details), 400, "BackupService.6102")


def test_an_empty_vault_has_nothing_to_back_up(client: Client, cloud: Cloud) -> None:
    assert_refused(client.create(cloud.add_vault("empty").id), 400, "BackupService.0001")


def test_error_texts_follow_the_language(client: Client) -> None:
    assert client.create(VAULT_FULL).json()["error_msg"].startswith("The used capacity")
    del client.headers["X-Language"]
    texts = [client.create(id).json()["error_msg"] for id in (VAULT_FROZEN, VAULT_BUSY, VAULT_FULL)]
    assert texts == ["该存储库状态不支持备份", "保管库正在执行备份", "存储库使用容量超出总容量"]
    assert client.create(VAULT_BE94, name="").json()["error_msg"] == "参数检查失败 [name]"


def test_codes_can_be_bare(client: Client, cloud: Cloud) -> None:
    cloud.code_prefix = ""
    assert_refused(client.create(VAULT_FULL), 400, "6114")


def test_a_second_backup_waits_for_the_first(client: Client, clock: Clock) -> None:
    assert client.create().status_code == 200
    clock.step(5.9)
    assert_refused(client.create(), 400, "BackupService.1001")
    clock.step(0.2)
    assert client.create().status_code == 200


def test_of_twenty_at_once_one_is_accepted(client: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    is_busy = cloud.is_busy

    def look_slowly(vault: Vault, now: float) -> bool:
        # Lets others in between looking and starting, where nothing keeps them out.
        busy = is_busy(vault, now)
        time.sleep(0.002)
        return busy

    monkeypatch.setattr(cloud, "is_busy", look_slowly)
    before = len(cloud.checkpoints)
    statuses: list[int] = []
    gate = threading.Barrier(20)

    def post() -> None:
        gate.wait()
        statuses.append(client.create().status_code)

    threads = [threading.Thread(target=post) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [400] * 19
    assert len(cloud.checkpoints) == before + 1


def test_skipped_resources_are_told(client: Client) -> None:
    vault = client.create(VAULT_SKIP).json()["checkpoint"]["vault"]
    assert [resource["id"] for resource in vault["resources"]] == [resource_id(201)]
    assert vault["skipped_resources"] == [
        {
            "id": resource_id(202),
            "type": SERVER,
            "name": "ecs-web-02",
            "code": "BackupService.7101",
            "reason": "The server status does not support backup.",
        }
    ]


def test_all_can_be_skipped(client: Client, cloud: Cloud) -> None:
    checkpoint = client.create(VAULT_ALLDOWN).json()["checkpoint"]
    assert checkpoint["vault"]["resources"] == []
    assert [row["code"] for row in checkpoint["vault"]["skipped_resources"]] == ["BackupService.2002"] * 2
    assert client.get(f"/checkpoints/{checkpoint['id']}")["checkpoint"]["status"] == "error"
    cloud.all_skipped = "refuse"
    assert_refused(client.create(VAULT_ALLDOWN), 400, "BackupService.0001")


@pytest.mark.parametrize(("auto", "start"), [(False, "manualbk_"), (True, "autobk_")])
def test_the_service_invents_a_name(client: Client, clock: Clock, auto: bool, start: str) -> None:
    answer = client.create(auto_trigger=auto).json()["checkpoint"]
    assert answer["extra_info"] == {"name": "", "description": "", "retention_duration": -1}
    clock.step(30)
    name = client.get("/backups", checkpoint_id=answer["id"])["backups"][0]["name"]
    assert name.startswith(start)
    assert len(name) == len(start) + 4


def test_only_several_copies_are_counted(client: Client, clock: Clock) -> None:
    one = client.create(name="one").json()["checkpoint"]["id"]
    three = client.create(VAULT_CJK, name="three").json()["checkpoint"]["id"]
    clock.step(30)
    assert [row["name"] for row in client.get("/backups", checkpoint_id=one)["backups"]] == ["one"]
    names = sorted(row["name"] for row in client.get("/backups", checkpoint_id=three)["backups"])
    assert names == ["three-0001", "three-0002", "three-0003"]


def test_volumes_are_kept_with_the_resource(client: Client, cloud: Cloud) -> None:
    info = {"exclude_volumes": ["v1"], "include_volumes": [{"id": STRANGER, "os_version": "x"}]}
    answer = client.create(resource_details=[{"id": SERVER_BE94, "type": SERVER, "extra_info": info}])
    started = answer.json()["checkpoint"]
    shown = client.get(f"/checkpoints/{started['id']}")["checkpoint"]
    for checkpoint in (started, shown):
        assert json.loads(checkpoint["vault"]["resources"][0]["extra_info"]) == info
    plain = client.create(VAULT_SKIP).json()["checkpoint"]
    assert client.get(f"/checkpoints/{plain['id']}")["checkpoint"]["vault"]["resources"][0]["extra_info"] is None


def test_a_resources_duration_has_limits() -> None:
    for duration in (0.0, -1.0, 31.0):
        with pytest.raises(ValueError, match="at most 30"):
            Resource("x", duration=duration)


def test_a_vault_id_is_added_once(cloud: Cloud) -> None:
    with pytest.raises(ValueError, match="already there"):
        cloud.add_vault("twin", VAULT_BE94)


def test_failing_vault_is_accepted(client: Client) -> None:
    assert client.create(VAULT_FAIL).json()["checkpoint"]["status"] == "protecting"
