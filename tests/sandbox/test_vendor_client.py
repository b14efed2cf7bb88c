"""The vendor's own SDK against the sandbox, signed with an access key: what it can read, any client can."""

from collections.abc import Iterator
from typing import Any

import pytest

from cbrctl.sandbox import DemoCloud, Server
from cbrctl.sandbox.account import DOMAIN_ID, PROJECT_ID, REGION
from cbrctl.sandbox.seed import SERVER_BE94, VAULT_BE94, VAULT_BUSY

pytestmark = [
    pytest.mark.real,
    # the SDK warns where python-dateutil is not installed, and then keeps the text
    pytest.mark.filterwarnings("ignore:Unable to convert string to date:ImportWarning"),
    # the SDK's signer asks for the time in a way that Python 3.12 deprecates
    pytest.mark.filterwarnings("ignore:.*utcnow:DeprecationWarning"),
]

REASON = "needs the vendor's client: pip install -r tests/sandbox/clients/vendor.txt"
cbr: Any = pytest.importorskip("huaweicloudsdkcbr.v1", reason=REASON, exc_type=ImportError)
iam: Any = pytest.importorskip("huaweicloudsdkiam.v3", reason=REASON, exc_type=ImportError)
credentials: Any = pytest.importorskip("huaweicloudsdkcore.auth.credentials", reason=REASON)
exceptions: Any = pytest.importorskip("huaweicloudsdkcore.exceptions.exceptions", reason=REASON)
region: Any = pytest.importorskip("huaweicloudsdkcore.region.region", reason=REASON)


@pytest.fixture
def live() -> Iterator[Server]:
    """A sandbox on the real clock, because the SDK dates its signatures with it."""
    with Server(DemoCloud()) as running:
        yield running


def make_client(server: Server, with_project: bool = True) -> Any:
    """A CBR client of the SDK; without a project it has to look the id up by the region's name."""
    basic = credentials.BasicCredentials(*server.keys, *([PROJECT_ID] if with_project else []))
    basic.with_iam_endpoint(server.url)
    return cbr.CbrClient.new_builder().with_credentials(basic).with_region(region.Region(REGION, server.url)).build()


def create(client: Any, vault_id: str = VAULT_BE94, **parameters: Any) -> Any:
    backup = cbr.VaultBackup(vault_id=vault_id, parameters=cbr.CheckpointParam(**parameters))
    return client.create_checkpoint(cbr.CreateCheckpointRequest(body=cbr.VaultBackupReq(checkpoint=backup)))


def test_the_sdk_starts_a_backup(live: Server) -> None:
    answer = create(make_client(live), name="备份-1", resources=[SERVER_BE94], incremental=True).checkpoint
    assert answer.status == "protecting"
    assert answer.vault.resources[0].name == "ecs-1f0f-0002"
    assert answer.vault.skipped_resources == []
    assert answer.extra_info.name == "备份-1"
    assert list(live.cloud.checkpoints)[-1] == answer.id


def test_the_sdk_follows_a_backup(live: Server) -> None:
    client = make_client(live)
    checkpoint_id = create(client).checkpoint.id
    shown = client.show_checkpoint(cbr.ShowCheckpointRequest(checkpoint_id=checkpoint_id)).checkpoint
    assert shown.status == "protecting"
    assert shown.vault.resources[0].protect_status == "protecting"
    logs = client.list_op_logs(cbr.ListOpLogsRequest(vault_id=VAULT_BE94, operation_type="backup")).operation_logs
    assert [log.status for log in logs] == ["waiting", "success"]
    assert logs[0].checkpoint_id == checkpoint_id
    assert logs[0].extra_info.common.progress == 0
    one = client.show_op_log(cbr.ShowOpLogRequest(operation_log_id=logs[1].id)).operation_log
    assert one.extra_info.backup.backup_name == "nightly"


def test_the_sdk_lists_vaults_and_copies(live: Server) -> None:
    client = make_client(live)
    vaults = client.list_vault(cbr.ListVaultRequest(name="生产库", limit=10)).vaults
    assert [resource.type for resource in vaults[0].resources].count("OS::Cinder::Volume") == 1
    assert client.show_vault(cbr.ShowVaultRequest(vault_id=VAULT_BE94)).vault.billing.size == 200
    copies = client.list_backups(cbr.ListBackupsRequest(vault_id=VAULT_BE94, status="available")).backups
    assert [copy.resource_id for copy in copies] == [SERVER_BE94]
    shown = client.show_backup(cbr.ShowBackupRequest(backup_id=copies[0].id)).backup
    assert shown.extend_info.auto_trigger is False
    client.delete_backup(cbr.DeleteBackupRequest(backup_id=copies[0].id))
    assert client.list_backups(cbr.ListBackupsRequest(vault_id=VAULT_BE94)).backups == []


def test_the_sdk_looks_the_project_up(live: Server) -> None:
    client = make_client(live, with_project=False)
    assert client.show_vault(cbr.ShowVaultRequest(vault_id=VAULT_BE94)).vault.project_id == PROJECT_ID
    assert live.cloud.requests[0].query["name"] == [REGION]


def test_the_sdk_lists_projects_of_iam(live: Server) -> None:
    basic = credentials.GlobalCredentials(*live.keys, DOMAIN_ID)
    client = iam.IamClient.new_builder().with_credentials(basic).with_endpoint(live.url).build()
    projects = client.keystone_list_projects(iam.KeystoneListProjectsRequest(name=REGION)).projects
    assert [project.id for project in projects] == [PROJECT_ID]


def test_the_sdk_gets_a_token(live: Server) -> None:
    basic = credentials.GlobalCredentials(*live.keys, DOMAIN_ID)
    client = iam.IamClient.new_builder().with_credentials(basic).with_endpoint(live.url).build()
    domain = iam.PwdPasswordUserDomain(name="sandbox-account")
    user = iam.PwdPasswordUser(domain=domain, name="sandbox-user", password="sandbox-password")
    identity = iam.PwdIdentity(methods=["password"], password=iam.PwdPassword(user=user))
    scope = iam.AuthScope(project=iam.AuthScopeProject(name=REGION))
    body = iam.KeystoneCreateUserTokenByPasswordRequestBody(auth=iam.PwdAuth(identity=identity, scope=scope))
    request = iam.KeystoneCreateUserTokenByPasswordRequest(body=body)
    answer = client.keystone_create_user_token_by_password(request)
    assert answer.token.project.id == PROJECT_ID
    assert answer.x_subject_token.startswith("MII")


def test_the_sdk_reads_the_errors(live: Server) -> None:
    client = make_client(live)
    with pytest.raises(exceptions.ClientRequestException) as caught:
        create(client, VAULT_BUSY)
    assert (caught.value.status_code, caught.value.error_code) == (400, "BackupService.1001")
    assert caught.value.request_id
    with pytest.raises(exceptions.ClientRequestException) as caught:
        client.show_checkpoint(cbr.ShowCheckpointRequest(checkpoint_id="0" * 8 + VAULT_BE94[8:]))
    assert caught.value.error_code == "BackupService.6217"


def test_a_wrong_secret_is_refused(live: Server) -> None:
    basic = credentials.BasicCredentials(live.keys[0], "wrong", PROJECT_ID)
    client = cbr.CbrClient.new_builder().with_credentials(basic).with_endpoint(live.url).build()
    with pytest.raises(exceptions.ClientRequestException) as caught:
        client.list_vault(cbr.ListVaultRequest())
    assert caught.value.error_code == "APIGW.0301"


def test_the_sdk_sends_the_documented_body(live: Server) -> None:
    create(make_client(live), name="n1")
    assert live.cloud.requests[-1].body == {"checkpoint": {"vault_id": VAULT_BE94, "parameters": {"name": "n1"}}}
