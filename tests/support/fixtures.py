"""Fixtures: the practice cloud with a clock that requests move, a scripted server, and the program run as a process."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from cbrctl.sandbox import Cloud, DemoCloud, Server
from tests.support import cbr
from tests.support.practice import NOBODY
from tests.support.program import Result, Run, clean_environ, run_in_pipe, run_on_terminals
from tests.support.raw import Raw, Serve, Talk
from tests.support.scripted import Scripted

if TYPE_CHECKING:
    from tests.support.secret_service import SecretService

# how long a machine takes that does other work as well is no finding
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

SECONDS_A_REQUEST = 1.0
"""How far each request moves the practice cloud's clock: a backup of 6 s ends after a few looks."""


@pytest.fixture(autouse=True)
def clean_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the developer's environment or home reaches a test."""
    import os

    for name in os.environ:
        if name.startswith(("CBRCTL_", "HW_", "OS_", "HUAWEICLOUD_", "XDG_", "NO_COLOR", "FORCE_COLOR", "CLICOLOR")):
            monkeypatch.delenv(name)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """The practice cloud, listening; its time moves with each request."""
    start = time.time()
    clouds: list[Cloud] = []
    made = DemoCloud(
        clock=lambda: start + sum(SECONDS_A_REQUEST * len(c.requests) for c in clouds), sleep=lambda seconds: None
    )
    clouds.append(made)
    with Server(made) as server:
        made.variables = server.variables()  # type: ignore[attr-defined]  # for `run`
        yield made


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """A server that says what the test tells it to."""
    server = Scripted()
    yield server
    server.close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start raw servers; they end with the test."""
    servers: list[Raw] = []

    def start(talk: Talk = lambda connection: None, **more: Any) -> Raw:
        servers.append(Raw(talk, **more))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def environ(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """A child's environment, aimed at the test's `cloud` or `scripted` server where it uses one."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    more: dict[str, str] = {}
    if "cloud" in request.fixturenames:
        more = request.getfixturevalue("cloud").variables
    elif "scripted" in request.fixturenames:
        url = request.getfixturevalue("scripted").url
        more = {
            "CBRCTL_ENDPOINT": url,
            "CBRCTL_IAM_ENDPOINT": url,
            "CBRCTL_PROJECT_ID": cbr.PROJECT,
            "CBRCTL_TOKEN": "a-token",
        }
    return clean_environ(home, more)


@pytest.fixture
def keyring(environ: dict[str, str]) -> "Iterator[SecretService]":
    """A real gnome-keyring, unlocked, with what leads there in the children's environment; and nobody else's credentials."""
    from tests.support.secret_service import SecretService

    home = Path(tempfile.mkdtemp(prefix="ss", dir="/tmp"))
    made = SecretService(home)
    environ.update(made.environ)
    environ.update(NOBODY)
    yield made
    made.close()
    shutil.rmtree(home)


@pytest.fixture
def run(environ: dict[str, str]) -> Run:
    """Run cbrctl in pipes: `run("backup", "--vault", "x", stdin=…, env={…})`."""

    def call(*args: str, env: dict[str, str] | None = None, **more: Any) -> Result:
        return run_in_pipe(args, {**environ, **(env or {})}, **more)

    return call


@pytest.fixture
def run_tty(environ: dict[str, str]) -> Run:
    """Run cbrctl on terminals of 80 columns: `run_tty("backup", …, columns=80)`."""

    def call(*args: str, env: dict[str, str] | None = None, **more: Any) -> Result:
        return run_on_terminals(args, {**environ, **(env or {})}, **more)

    return call
