"""Clients that others wrote, against the sandbox: what they can use, any client can. Each runs in an environment of its own.

The vendor's own client is in test_vendor_client.py.
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cbrctl.sandbox import DemoCloud, Server
from cbrctl.sandbox.account import DOMAIN_NAME, PASSWORD, PROJECT_ID, REGION, USERNAME
from cbrctl.sandbox.seed import COPY_YESTERDAY, POLICY_DAILY, TASK_YESTERDAY, VAULT_BE94, VAULT_BUSY, VAULT_SKIP

pytestmark = [pytest.mark.real, pytest.mark.heavy]

FOLDER = os.environ.get("CBRCTL_TEST_CLIENTS", "")
LOGIN = Path(__file__).with_name("clients") / "login.py"
Use = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def live() -> Iterator[Server]:
    """A sandbox on the real clock."""
    with Server(DemoCloud()) as running:
        yield running


@pytest.fixture
def use(live: Server, tmp_path: Path) -> Use:
    """Run a program of one of the environments, as somebody who was told only where the practice cloud is."""

    def call(client: str, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = Path(FOLDER, client, "bin", program)
        if not FOLDER or not path.exists():
            pytest.skip(f"needs CBRCTL_TEST_CLIENTS/{client}, a venv with tests/sandbox/clients/{client}.txt")
        environ = {
            "HOME": str(tmp_path),
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "OS_AUTH_URL": live.url,
            "OS_IDENTITY_API_VERSION": "3",
            "OS_USERNAME": USERNAME,
            "OS_PASSWORD": PASSWORD,
            "OS_USER_DOMAIN_NAME": DOMAIN_NAME,
            "OS_PROJECT_ID": PROJECT_ID,
            "OS_REGION_NAME": REGION,
        }
        command = [str(path), *arguments]
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, cwd=tmp_path)

    return call


@pytest.fixture
def openstack(use: Use) -> Callable[..., Any]:
    """Run a command of OpenStack's client that must succeed, and give its JSON."""

    def call(*arguments: str) -> Any:
        done = use("openstack", "openstack", *arguments, "-f", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return call


def test_openstack_logs_in_and_finds_the_services(openstack: Callable[..., Any], live: Server) -> None:
    assert openstack("token", "issue")["project_id"] == PROJECT_ID
    services = {row["Type"]: row["Endpoints"][0]["url"] for row in openstack("catalog", "list")}
    assert services == {"cbr": f"{live.url}/v3/{PROJECT_ID}", "identity": f"{live.url}/v3"}
    assert REGION in [row["Name"] for row in openstack("project", "list")]


def test_openstack_reads_what_there_is(openstack: Callable[..., Any]) -> None:
    assert VAULT_BE94 in [row["ID"] for row in openstack("cbr", "vault", "list")]
    assert openstack("cbr", "vault", "show", VAULT_BE94)["name"] == "vault-be94"
    assert openstack("cbr", "backup", "show", COPY_YESTERDAY)["vault_id"] == VAULT_BE94
    assert openstack("cbr", "task", "show", TASK_YESTERDAY)["operation_type"] == "backup"
    assert [row["ID"] for row in openstack("cbr", "policy", "list")] == [POLICY_DAILY]


def test_openstack_starts_a_backup_and_follows_it(openstack: Callable[..., Any], live: Server) -> None:
    started = openstack("cbr", "checkpoint", "create", "--vault-id", VAULT_SKIP, "--backup-name", "by-openstack")
    assert list(live.cloud.checkpoints)[-1] == started["id"]
    assert (started["status"], "skipped_resource_1" in started) == ("protecting", True)
    assert openstack("cbr", "checkpoint", "show", started["id"])["vault_id"] == VAULT_SKIP
    assert started["id"] in [row["checkpoint_id"] for row in openstack("cbr", "task", "list")]


def test_openstack_reads_a_refusal(use: Use) -> None:
    done = use("openstack", "openstack", "cbr", "checkpoint", "create", "--vault-id", VAULT_BUSY)
    assert (done.returncode, done.stdout) == (1, "")
    assert "BackupService.1001" in done.stderr or "performing a backup" in done.stderr


def test_openstack_deletes_a_copy(use: Use, openstack: Callable[..., Any]) -> None:
    assert use("openstack", "openstack", "cbr", "backup", "delete", COPY_YESTERDAY).returncode == 0
    assert COPY_YESTERDAY not in [row["id"] for row in openstack("cbr", "backup", "list")]
    assert "delete" in [row["operation_type"] for row in openstack("cbr", "task", "list")]


def test_keystoneauth_finds_its_way(use: Use, live: Server) -> None:
    done = use("keystoneauth", "python", str(LOGIN), live.url)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert "vault-be94" in found.pop("vaults")
    assert "username or password is wrong" in found.pop("refused")
    assert found == {
        "versions": [[3, 6]],
        "project": PROJECT_ID,
        "endpoint": f"{live.url}/v3/{PROJECT_ID}",
        "by token": PROJECT_ID,
    }
