"""Whoever is not reached is named: host and port, and the proxy on the way; never what else an address holds."""

import socket
from collections.abc import Iterator

import pytest

from cbrctl.config.regions import host_and_port
from tests.support import cbr
from tests.support.program import Run
from tests.support.scripted import LOST, Scripted


@pytest.fixture
def deaf() -> Iterator[str]:
    """A port of this machine at which nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def given(place: str) -> dict[str, str]:
    return {
        "CBRCTL_ENDPOINT": f"http://{place}",
        "CBRCTL_IAM_ENDPOINT": f"http://{place}",
        "CBRCTL_PROJECT_ID": cbr.PROJECT,
        "CBRCTL_TOKEN": "a-token",
    }


@pytest.mark.parametrize("line", [("vault", "list"), ("backup", "--vault", cbr.VAULT)], ids=" ".join)
def test_nobody_is_there(line: tuple[str, ...], deaf: str, run: Run, run_tty: Run) -> None:
    result, shown = run(*line, env=given(deaf)), run_tty(*line, "--lang", "en", env=given(deaf))
    assert (result.code, shown.code) == (7, 7)
    assert f"  {deaf}: Failed to establish a new connection: [Errno 111] Connection refused" in result.err.splitlines()
    assert f"{deaf}: Failed" in " ".join(shown.err.split())


def test_iam(deaf: str, run: Run) -> None:
    login = {"CBRCTL_TOKEN": "", "CBRCTL_USERNAME": "u", "CBRCTL_PASSWORD": "secret-word", "CBRCTL_DOMAIN_NAME": "d"}
    result = run("vault", "list", env={**given(deaf), **login})
    assert (result.code, result.out) == (7, "")
    assert f"  {deaf}: Failed to establish" in result.err
    assert "secret-word" not in result.err


def test_a_proxy_without_its_password(deaf: str, run: Run) -> None:
    env = {
        "CBRCTL_TOKEN": "a-token",
        "CBRCTL_PROJECT_ID": cbr.PROJECT,
        "CBRCTL_PROXY": f"http://user:secret-word@{deaf}",
    }
    result = run("vault", "list", "--region", "cn-north-4", env=env)
    assert (result.code, result.out) == (7, "")
    assert f"  cbr.cn-north-4.myhuaweicloud.com:443 through the proxy {deaf}: " in result.err
    assert "secret-word" not in result.err


def test_an_answer_that_did_not_come(scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.POST, LOST)
    result = run("backup", "--vault", cbr.VAULT, "--settle", "0", "--no-marker")
    assert result.code == 6
    assert f"{scripted.url.removeprefix('http://')}: Remote end closed connection" in result.err


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://cbr.x.com/v3?token=secret", "cbr.x.com:443"),
        ("http://localhost", "localhost:80"),
        ("http://user:pw@[::1]:8080/x", "[::1]:8080"),
        ("http://[secret", ""),
        ("http://host:secret/", ""),
    ],
)
def test_nothing_else_of_an_address(address: str, told: str) -> None:
    assert host_and_port(address) == told
