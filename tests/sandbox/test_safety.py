"""What the practice cloud lets nobody do: be called from a page of another site, split a header, see a user's credentials."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from cbrctl.commands.sandbox import _KEPT
from cbrctl.sandbox import DemoCloud, Server
from cbrctl.sandbox.account import PROJECT_ID
from cbrctl.sandbox.exchange import Request
from cbrctl.sandbox.faults import parse_fault
from cbrctl.sandbox.records import record_request
from cbrctl.sandbox.seed import VAULT_BE94
from tests.support.program import PROGRAM, Run
from tests.support.schemas import validate


@pytest.fixture
def server() -> Server:
    return Server(DemoCloud())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Host": "localhost:1"}, 401),
        ({"Host": "127.0.0.1"}, 401),
        ({"Host": "[::1]:80"}, 401),
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:80"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "127.0.0.08"}, 403),
        ({"Origin": "http://localhost:PORT"}, 401),
        ({"Origin": "http://127.0.0.1:PORT"}, 401),
        ({"Origin": "http://localhost:3000"}, 403),
        ({"Origin": "http://localhost"}, 403),
        ({"Origin": "https://localhost:PORT"}, 403),
        ({"Origin": "http://evil.example:PORT"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_only_this_machine_is_answered(headers: dict[str, str], status: int, server: Server) -> None:
    port = server.url.rpartition(":")[2]
    headers = {name: value.replace("PORT", port) for name, value in headers.items()}
    with server:
        reply = requests.get(f"{server.url}/v3/4229d7a45436489f8c3dc2b1d35d4987/vaults", headers=headers, timeout=10)
    assert reply.status_code == status


def test_nothing_that_is_named_a_secret_is_kept() -> None:
    body = {
        "checkpoint": {
            "vault_id": VAULT_BE94,
            "parameters": {
                "name": "n",
                "auto_trigger": False,
                "Password": "CANARY",
                "x": [{"api-key": {"a": "CANARY"}}],
            },
            "secretAccessKey": ["CANARY"],
        },
        "tags": [{"key": "env", "value": "kept"}, {"key": "db_password", "value": "CANARY"}],
        "auth": {"identity": "CANARY"},
    }
    path = (
        f"/v3/{PROJECT_ID}/checkpoints?limit=5&token=CANARY&X-Security-Token=CANARY&access_key=CANARY&pwd=a&pwd=CANARY"
    )
    record = record_request(Request("POST", path, {}, json.dumps(body).encode()), is_for_cbr=True)
    assert "CANARY" not in repr(record)
    assert record.query["limit"] == ["5"]
    assert record.body["checkpoint"]["vault_id"] == VAULT_BE94
    assert record.body["checkpoint"]["parameters"]["name"] == "n"
    assert record.body["tags"] == [{"key": "env", "value": "kept"}, {"key": "db_password", "value": "***"}]


@pytest.mark.parametrize("depth", [101, 900, 200_000])
def test_a_body_that_is_nested_deep_is_left_out(depth: int) -> None:
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    assert record_request(Request("POST", "/v3/x/checkpoints", {}, deep), is_for_cbr=True).body is None


@pytest.mark.parametrize("spec", ["vaults:status=503\r\nX: y", "any:delay=1\n", "create:redirect=http://x/\x00"])
def test_a_fault_holds_no_line_end(spec: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        parse_fault(spec)


FOREIGN = (
    "AWS_SECRET_ACCESS_KEY", "HW_SECRET_KEY", "OS_PASSWORD", "AZURE_CLIENT_SECRET", "KUBECONFIG", "XDG_CONFIG_HOME",
    "HCLOUD_TOKEN", "SCW_SECRET_KEY", "LINODE_TOKEN", "OVH_APPLICATION_SECRET", "YC_TOKEN", "EXOSCALE_API_SECRET",
    "VULTR_API_KEY", "CLOUDFLARE_API_TOKEN", "OTC_PASSWORD", "TF_VAR_password", "https_proxy", "ANYTHING", "PGPASSWORD",
)  # fmt: skip
"""Variables that hold secrets, or may."""


def test_a_command_has_a_home_of_its_own_and_no_credentials(environ: dict[str, str], tmp_path: Path, run: Run) -> None:
    code = (
        "import os; home = os.environ['HOME']; print(os.listdir(home), os.stat(home).st_mode & 0o77,"
        "sorted(k for k, v in os.environ.items() if 'CANARY' in v), home); print(*os.environ)"
    )
    told = [*PROGRAM, "sandbox", "run", "--", sys.executable, "-c", code]
    kept = {"LC_TIME": "C", "CBRCTL_LANG": "zh_CN", "TZ": "UTC", "SHELL": "/bin/sh", "COLUMNS": "80"}
    env = {**environ, **dict.fromkeys(FOREIGN, "http://user:CANARY@host"), **kept}
    done = subprocess.run(told, env=env, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    first, names = done.stdout.splitlines()
    listed, mode, canaries, home = first.split()
    assert (listed, mode, canaries) == ("[]", "0", "[]")
    assert not Path(home).exists()
    assert Path(home) != tmp_path / "home"
    assert set(kept) <= set(names.split())
    # the help names each that is left
    shown = run("sandbox", "run", "--help").out
    ours = {"HOME", "LC_CTYPE", *(name for name in names.split() if name.startswith("CBRCTL_"))}
    assert {name for name in names.split() if not re.search(rf"\b{name}\b", shown)} <= {"LC_TIME", *ours}
    assert all(re.search(rf"\b{name}\b", shown) for name in _KEPT)


@pytest.mark.parametrize("output", ["table", "json"])
def test_a_command_that_is_none_ends_as_in_a_shell(output: str, run: Run, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("no program")
    for name, code in (("no-such-command-anywhere", 127), (str(plain), 126)):
        result = run("sandbox", "run", "-o", output, "--", name)
        assert result.code == code
        assert "could not be started." in result.err
        if output == "json":
            document = result.json()
            validate(document)
            assert (document["exit_code"], document["error"]["kind"]) == (code, "usage")
