"""The demo data: vaults that show every ending of a backup. All ids are fixed, so that documents can quote them."""

from typing import Any

from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.inventory import SERVER, VOLUME, Policy, Resource, Vault
from cbrctl.sandbox.runs import Checkpoint, Run

# The vault and the server of the create-checkpoint page's example.
VAULT_BE94 = "3b5816b5-f29c-4172-9d9a-76c719a659ce"
SERVER_BE94 = "94eba8b2-acc9-4d82-badc-127144cc5526"
VAULT_ARCHIVE = "3b5816b5-0000-4000-8000-000000000001"
VAULT_SKIP = "3b5816b5-0000-4000-8000-000000000002"
VAULT_FAIL = "3b5816b5-0000-4000-8000-000000000003"
VAULT_FULL = "3b5816b5-0000-4000-8000-000000000004"
VAULT_FROZEN = "3b5816b5-0000-4000-8000-000000000005"
VAULT_BUSY = "3b5816b5-0000-4000-8000-000000000006"
VAULT_ALLDOWN = "3b5816b5-0000-4000-8000-000000000007"
VAULT_CJK = "3b5816b5-0000-4000-8000-000000000008"
CHECKPOINT_YESTERDAY = "8b0851a8-0000-4000-8000-000000000001"
COPY_YESTERDAY = "b4c0851a-0000-4000-8000-000000000001"
TASK_YESTERDAY = "7a5c0851-0000-4000-8000-000000000001"
CHECKPOINT_BUSY = "8b0851a8-0000-4000-8000-000000000006"
COPY_BUSY = "b4c0851a-0000-4000-8000-000000000006"
TASK_BUSY = "7a5c0851-0000-4000-8000-000000000006"
POLICY_DAILY = "90171c40-0000-4000-8000-000000000001"

DAY_SECONDS = 86400.0
BUSY_SINCE_SECONDS = 60.0


def resource_id(number: int) -> str:
    """The id of a demo resource other than the page's: 94eba8b2-… with its number, two digits a vault."""
    return f"94eba8b2-0000-4000-8000-{number:012}"


class DemoCloud(Cloud):
    """A practice cloud that holds the demo data."""

    def __init__(self, **choices: Any) -> None:
        super().__init__(**choices)
        add_demo_data(self)


def add_demo_data(cloud: Cloud) -> None:
    """Fill an empty cloud."""
    server = Resource("ecs-1f0f-0002", SERVER_BE94)
    vault = cloud.add_vault(
        "vault-be94", VAULT_BE94, size_gb=200, resources=[server], tags={"env": "prod", "team": "web"}
    )
    vault.policies.append(POLICY_DAILY)
    cloud.policies[POLICY_DAILY] = Policy(POLICY_DAILY, "daily")
    add_past_backup(cloud, vault, server)
    # Its name holds the other's: a search by name finds both, as in the real service.
    cloud.add_vault("vault-be94-archive", VAULT_ARCHIVE, protect_type="replication", tags={"env": "archive"})
    add_troubled_vaults(cloud)
    cloud.add_vault(
        "生产库-01",
        VAULT_CJK,
        size_gb=500,
        resources=[
            Resource("网站服务器-01", resource_id(801)),
            Resource("数据库服务器", resource_id(802), size_gb=80, duration=8.0),
            Resource("数据盘-01", resource_id(803), VOLUME, size_gb=120, duration=7.0),
        ],
        tags={"env": "prod", "部门": "财务"},
    )


def add_troubled_vaults(cloud: Cloud) -> None:
    """The vaults whose backups are skipped, fail or are refused."""
    busy = ("BackupService.2002", "")
    running, stopped = Resource("ecs-web-01", resource_id(201)), Resource("ecs-web-02", resource_id(202))
    stopped = Resource(stopped.name, stopped.id, skip=("BackupService.7101", ""))
    cloud.add_vault("vault-skip", VAULT_SKIP, resources=[running, stopped], tags={"env": "test"})
    failing = Resource("evs-data-01", resource_id(302), VOLUME, size_gb=10, fail=("BackupService.8300", ""))
    cloud.add_vault("vault-fail", VAULT_FAIL, resources=[Resource("ecs-app-01", resource_id(301), SERVER), failing])
    cloud.add_vault("vault-full", VAULT_FULL, used_mb=102_410, resources=[Resource("ecs-log-01", resource_id(401))])
    cloud.add_vault("vault-frozen", VAULT_FROZEN, status="frozen", resources=[Resource("ecs-old-01", resource_id(501))])
    endless = Resource("ecs-batch-01", resource_id(601), endless=True)
    add_running_backup(cloud, cloud.add_vault("vault-busy", VAULT_BUSY, resources=[endless]), endless)
    downs = [Resource(f"ecs-down-0{n}", resource_id(700 + n), skip=busy) for n in (1, 2)]
    cloud.add_vault("vault-alldown", VAULT_ALLDOWN, resources=downs)


def add_past_backup(cloud: Cloud, vault: Vault, resource: Resource) -> None:
    """The finished backup of yesterday."""
    add_backup(
        cloud,
        vault,
        resource,
        name="nightly",
        started=cloud.started - DAY_SECONDS,
        ids=(CHECKPOINT_YESTERDAY, TASK_YESTERDAY, COPY_YESTERDAY),
    )


def add_running_backup(cloud: Cloud, vault: Vault, resource: Resource) -> None:
    """The backup that is under way and stays so."""
    add_backup(
        cloud,
        vault,
        resource,
        name="autobk_7c1d",
        started=cloud.started - BUSY_SINCE_SECONDS,
        ids=(CHECKPOINT_BUSY, TASK_BUSY, COPY_BUSY),
    )


def add_backup(
    cloud: Cloud, vault: Vault, resource: Resource, name: str, started: float, ids: tuple[str, str, str]
) -> None:
    """A backup of one resource, started at `started` (epoch seconds); ids of checkpoint, log and copy."""
    checkpoint_id, task_id, copy_id = ids
    run = Run(resource, 0, started, task_id, copy_id, name, f"req-{task_id}", incremental=False)
    cloud.checkpoints[checkpoint_id] = Checkpoint(
        id=checkpoint_id,
        vault=vault,
        started=started,
        name=name,
        description="",
        auto_trigger=name.startswith("autobk_"),
        retention_days=-1,
        runs=[run],
    )
