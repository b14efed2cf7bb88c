"""What the practice cloud lets nobody do: be called from a page of another site, split a header, see a user's credentials."""

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from cbrctl.sandbox import DemoCloud, Server
from cbrctl.sandbox.faults import parse_fault
from tests.support.program import PROGRAM


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
        ({"Origin": "http://localhost:3000"}, 401),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_only_this_machine_is_answered(headers: dict[str, str], status: int, server: Server) -> None:
    with server:
        reply = requests.get(f"{server.url}/v3/4229d7a45436489f8c3dc2b1d35d4987/vaults", headers=headers, timeout=10)
    assert reply.status_code == status


@pytest.mark.parametrize("spec", ["vaults:status=503\r\nX: y", "any:delay=1\n", "create:redirect=http://x/\x00"])
def test_a_fault_holds_no_line_end(spec: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        parse_fault(spec)


def test_a_command_has_a_home_of_its_own_and_no_credentials(environ: dict[str, str], tmp_path: Path) -> None:
    code = (
        "import os; home = os.environ['HOME']; print(os.listdir(home), os.stat(home).st_mode & 0o77,"
        "sorted(k for k, v in os.environ.items() if 'CANARY' in v), home)"
    )
    given = (
        "AWS_SECRET_ACCESS_KEY",
        "HW_SECRET_KEY",
        "OS_PASSWORD",
        "AZURE_CLIENT_SECRET",
        "KUBECONFIG",
        "XDG_CONFIG_HOME",
    )
    told = [*PROGRAM, "sandbox", "run", "--", sys.executable, "-c", code]
    env = {**environ, **dict.fromkeys(given, "CANARY")}
    done = subprocess.run(told, env=env, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    listed, mode, names, home = done.stdout.split()
    assert (listed, mode, names) == ("[]", "0", "[]")
    assert not Path(home).exists()
    assert Path(home) != tmp_path / "home"
