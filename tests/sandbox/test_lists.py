"""Lists: filters, paging, sorting, tags, and the paths beside them."""

import time
from typing import Any

import pytest

from cbrctl.sandbox import Cloud, Resource
from cbrctl.sandbox.account import PROJECT_ID
from cbrctl.sandbox.instants import parse
from cbrctl.sandbox.inventory import SERVER, TURBO
from cbrctl.sandbox.seed import (
    COPY_YESTERDAY,
    POLICY_DAILY,
    SERVER_BE94,
    VAULT_ARCHIVE,
    VAULT_BE94,
    VAULT_BUSY,
    VAULT_CJK,
)
from tests.support.sandbox import Client, Clock, assert_refused

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"name": "vault-be94"}, ["vault-be94", "vault-be94-archive"]),
        ({"name": "be94-arch"}, ["vault-be94-archive"]),
        ({"name": "产库"}, ["生产库-01"]),
        ({"name": "VAULT-BE94"}, []),
        ({"id": [VAULT_BE94, VAULT_CJK]}, ["vault-be94", "生产库-01"]),
        ({"status": "frozen"}, ["vault-frozen"]),
        ({"protect_type": "replication"}, ["vault-be94-archive"]),
        ({"resource_ids": f"{UNKNOWN},{SERVER_BE94}"}, ["vault-be94"]),
        ({"cloud_type": "hybrid"}, []),
        ({"object_type": "disk"}, []),
        ({"policy_id": UNKNOWN}, []),
        ({"enterprise_project_id": "7"}, ["vault-of-7"]),
        ({"name": "vault-of", "enterprise_project_id": "all_granted_eps"}, ["vault-of-7"]),
        ({"name": "vault-of", "enterprise_project_id": "0"}, []),
    ],
    ids=str,
)
def test_vaults_are_filtered(client: Client, cloud: Cloud, query: dict[str, Any], found: list[str]) -> None:
    cloud.add_vault("vault-of-7", enterprise_project_id="7")
    assert names(client.get("/vaults", **query)["vaults"]) == found


def test_pages_join_to_the_whole(client: Client, cloud: Cloud) -> None:
    whole = names(client.get("/vaults")["vaults"])
    assert len(whole) == 9
    cloud.page_limit = 2
    paged: list[str] = []
    for _ in range(5):
        page = client.get("/vaults", limit=1000, offset=len(paged))
        assert (page["count"], page["limit"], page["offset"]) == (9, 2, len(paged))
        paged += names(page["vaults"])
    assert paged == whole
    assert client.get("/vaults", offset=9)["vaults"] == []


def test_copies_are_paged_by_marker(client: Client, clock: Clock) -> None:
    for _ in range(4):
        client.create()
        clock.step(10)
    whole = [row["id"] for row in client.get("/backups", vault_id=VAULT_BE94)["backups"]]
    paged = [row["id"] for row in client.get("/backups", vault_id=VAULT_BE94, limit=2)["backups"]]
    while len(paged) < len(whole):
        page = client.get("/backups", vault_id=VAULT_BE94, limit=2, marker=paged[-1])
        paged += [row["id"] for row in page["backups"]]
    assert paged == whole
    assert whole[-1] == COPY_YESTERDAY


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 1001}, {"limit": "ten"}, {"offset": -1}, {"marker": UNKNOWN}], ids=str
)
def test_page_numbers_are_checked(client: Client, query: dict[str, Any]) -> None:
    assert_refused(client.send("GET", "/backups", params=query), 400, "BackupService.9900")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["new", "autobk_7c1d", "nightly"]),
        ({"name": "ne"}, ["new"]),
        ({"name": "n"}, ["new", "nightly"]),
        ({"status": ["available", "error"]}, ["new", "nightly"]),
        ({"status": "protecting"}, ["autobk_7c1d"]),
        ({"vault_id": VAULT_BUSY}, ["autobk_7c1d"]),
        ({"resource_id": SERVER_BE94}, ["new", "nightly"]),
        ({"resource_name": "1f0f"}, ["new", "nightly"]),
        ({"resource_type": "OS::Cinder::Volume"}, []),
        ({"start_time": "2019-05-10T07:59:12Z"}, ["new"]),
        ({"start_time": "2019-05-10T07:59:12"}, ["new"]),
        ({"end_time": "2019-05-10T00:00:00Z"}, ["nightly"]),
        ({"incremental": "true"}, ["new"]),
        ({"incremental": "false"}, ["autobk_7c1d", "nightly"]),
        ({"image_type": "replication"}, []),
        ({"sort": "created_at:asc"}, ["nightly", "autobk_7c1d", "new"]),
        ({"sort": "status:asc,name"}, ["nightly", "new", "autobk_7c1d"]),
        ({"sort": "protected_at"}, ["new", "nightly", "autobk_7c1d"]),
        ({"show_replication": "true", "limit": 100, "offset": 0}, ["new", "autobk_7c1d", "nightly"]),
    ],
    ids=str,
)
def test_copies_are_filtered_and_sorted(client: Client, clock: Clock, query: dict[str, Any], found: list[str]) -> None:
    client.create(name="new")
    clock.step(10)
    assert names(client.get("/backups", **query)["backups"]) == found


@pytest.mark.parametrize(
    "query", [{"sort": "size"}, {"sort": "name:up"}, {"start_time": "noon"}, {"incremental": "1"}], ids=str
)
def test_filters_are_checked(client: Client, query: dict[str, Any]) -> None:
    assert_refused(client.send("GET", "/backups", params=query), 400, "BackupService.9900")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 3),
        ({"vault_id": VAULT_BE94}, 2),
        ({"vault_name": "be94"}, 2),
        ({"operation_type": "backup", "status": "success"}, 1),
        ({"operation_type": "restore"}, 0),
        ({"resource_name": "batch"}, 1),
        ({"resource_id": SERVER_BE94}, 2),
        ({"start_time": "2019-05-10T07:59:12Z", "end_time": "2019-05-10T08:00:00Z"}, 1),
        ({"provider_id": "0daac4c5-6707-4851-97ba-169e36266b66"}, 3),
        ({"enterprise_project_id": "9"}, 0),
    ],
    ids=str,
)
def test_operation_logs_are_filtered(client: Client, query: dict[str, Any], count: int) -> None:
    client.create(name="new")
    page = client.get("/operation-logs", **query)
    assert (len(page["operation_logs"]), page["count"]) == (count, count)


def test_operation_logs_come_newest_first(client: Client) -> None:
    client.create(name="new")
    rows = client.get("/operation-logs")["operation_logs"]
    assert [row["extra_info"]["backup"]["backup_name"] for row in rows] == ["new", "autobk_7c1d", "nightly"]


def named(fragment: str) -> list[dict[str, str]]:
    return [{"key": "resource_name", "value": fragment}]


def search(client: Client, **body: Any) -> Any:
    return client.send("POST", "/vault/resource_instances/action", json=body)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"tags": [{"key": "env", "values": ["prod"]}]}, ["vault-be94", "生产库-01"]),
        ({"tags": [{"key": "env", "values": ["prod"]}, {"key": "team", "values": []}]}, ["vault-be94"]),
        ({"tags_any": [{"key": "team"}, {"key": "部门", "values": ["财务"]}]}, ["vault-be94", "生产库-01"]),
        ({"not_tags_any": [{"key": "env", "values": ["prod"]}], "matches": named("be94")}, ["vault-be94-archive"]),
        ({"not_tags": [{"key": "env"}], "matches": named("full")}, ["vault-full"]),
        ({"without_any_tag": True, "tags": [{"key": "env"}], "limit": "1", "offset": "1"}, ["vault-full"]),
    ],
    ids=str,
)
def test_vaults_are_found_by_tag(client: Client, condition: dict[str, Any], found: list[str]) -> None:
    answer = search(client, action="filter", **condition).json()
    assert [row["resource_name"] for row in answer["resources"]] == found
    if found == ["vault-be94"]:
        assert answer["resources"][0]["resource_detail"]["vault"]["id"] == VAULT_BE94


def test_vaults_are_counted_by_tag(client: Client) -> None:
    assert search(client, action="count", tags=[{"key": "env"}]).json() == {"total_count": 4}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "find"},
        {"action": "filter", "limit": 10},
        {"action": "filter", "limit": "0"},
        {"action": "filter", "tags": {"env": "prod"}},
        {"action": "filter", "tags": [{"key": str(n)} for n in range(11)]},
        {"action": "filter", "tags": [{"key": "env", "values": "prod"}]},
        {"action": "filter", "matches": ["x"]},
        {"action": "filter", "matches": 1},
    ],
    ids=str,
)
def test_tag_searches_are_checked(client: Client, body: dict[str, Any]) -> None:
    assert_refused(search(client, **body), 400, "BackupService.9900")


def test_tags_are_shown(client: Client) -> None:
    assert client.get(f"/vault/{VAULT_ARCHIVE}/tags")["tags"] == [{"key": "env", "value": "archive"}]
    assert {"key": "env", "values": ["prod", "archive", "test"]} in client.get("/vault/tags")["tags"]
    assert_refused(client.send("GET", f"/vault/{UNKNOWN}/tags"), 404, "BackupService.6105")


def test_totals_projects_and_protectables(client: Client) -> None:
    assert client.get("/vaults/summary")["size"] == 1400
    projects = client.get("/v3/region-projects")["projects"]
    assert PROJECT_ID in [project["id"] for project in projects]
    assert names(client.get("/protectables/disk/instances")["instances"]) == ["evs-data-01", "数据盘-01"]
    page = client.get("/protectables/server/instances", limit=1, name="ecs-1f0f")
    assert page["instances"][0]["id"] == SERVER_BE94
    assert client.get(f"/protectables/server/instances/{SERVER_BE94}")["instance"] == page["instances"][0]
    assert_refused(client.send("GET", f"/protectables/disk/instances/{SERVER_BE94}"), 404, "BackupService.6302")
    assert_refused(client.send("GET", "/protectables/rds/instances"), 400, "BackupService.9900")


def test_a_file_system_is_protected_as_others_are(client: Client, cloud: Cloud) -> None:
    turbo = Resource("sfs-home-01", type=TURBO)
    vault = cloud.add_vault("vault-turbo", resources=[turbo])
    assert names(client.get("/protectables/turbo/instances")["instances"]) == ["sfs-home-01"]
    assert client.get(f"/vaults/{vault.id}")["vault"]["billing"]["spec_code"] == "vault.backup.turbo.normal"
    assert client.create(vault.id).json()["checkpoint"]["vault"]["resources"][0]["type"] == TURBO


def test_policies(client: Client) -> None:
    found = client.get("/policies")
    assert (names(found["policies"]), found["count"]) == (["daily"], 1)
    assert client.get(f"/policies/{POLICY_DAILY}")["policy"] == found["policies"][0]
    assert found["policies"][0]["associated_vaults"][0]["vault_id"] == VAULT_BE94
    assert client.get("/policies", vault_id=VAULT_BUSY)["policies"] == []
    assert client.get("/policies", operation_type="replication")["policies"] == []
    assert [row["id"] for row in client.get("/vaults", policy_id=POLICY_DAILY)["vaults"]] == [VAULT_BE94]
    assert_refused(client.send("GET", f"/policies/{UNKNOWN}"), 404, "BackupService.6000")


def test_what_resources_take(client: Client) -> None:
    found = client.get("/storage_usage", resource_id=SERVER_BE94)
    usage = {"backup_count": 1, "backup_size": 16384, "backup_size_multiaz": 0}
    server = {"resource_id": SERVER_BE94, "resource_name": "ecs-1f0f-0002", "resource_type": SERVER}
    assert found == {"storage_usage": [server | usage], "resource_count": 1}
    page = client.get("/storage_usage", limit=2, offset=1)
    assert (len(page["storage_usage"]), page["resource_count"]) == (2, 13)


def test_a_deleted_copy_leaves_its_operation_log(client: Client, clock: Clock) -> None:
    clock.step(60)
    assert client.send("DELETE", f"/backups/{COPY_YESTERDAY}").json() == {}
    (log,) = client.get("/operation-logs", operation_type="delete")["operation_logs"]
    assert (log["status"], log["started_at"], log["ended_at"]) == ("success", *["2019-05-10T08:00:12Z"] * 2)
    assert log["extra_info"]["delete"] == {"backup_id": COPY_YESTERDAY, "backup_name": "nightly"}
    assert "backup" not in log["extra_info"]
    assert client.get(f"/operation-logs/{log['id']}")["operation_log"] == log
    assert client.get("/operation-logs", vault_id=VAULT_BE94)["count"] == 2


@pytest.mark.parametrize(
    ("path", "code"), [("vaults", "6105"), ("checkpoints", "6217"), ("backups", "6200"), ("operation-logs", "6500")]
)
def test_what_is_missing_has_its_own_code(client: Client, path: str, code: str) -> None:
    assert_refused(client.send("GET", f"/{path}/{UNKNOWN}"), 404, f"BackupService.{code}")


@pytest.mark.parametrize("path", ["/vaults/x", "/checkpoints/", "/backups/..%2F..", "/operation-logs/12345"])
def test_a_malformed_id_is_a_401_of_its_own(client: Client, path: str) -> None:
    response = client.send("GET", path)
    assert response.status_code == 401
    assert response.json() == {"unauthorized": {"code": "401", "message": "Malformed request url"}}


def test_unknown_paths_and_methods(client: Client) -> None:
    assert_refused(client.send("GET", "/checkpoint"), 404, "APIGW.0101")
    assert_refused(client.send("DELETE", f"/vaults/{VAULT_BE94}"), 405, "APIGW.0501")
    assert_refused(client.send("GET", "/checkpoints"), 405, "APIGW.0501")
    assert client.send("HEAD", "/vaults").status_code == 405
    assert client.get("/vaults/summary")


def test_a_time_without_a_zone_is_utc_wherever_the_server_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        assert parse("2019-05-10T07:59:12") == parse("2019-05-10T07:59:12Z") == parse("2019-05-10T15:59:12+08:00")
    finally:
        monkeypatch.undo()
        time.tzset()
