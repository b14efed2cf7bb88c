"""What is loaded: start-up time is a feature, and an import that creeps in costs every run of every user."""

import subprocess
from pathlib import Path

import pytest

from tests.support import cbr
from tests.support.loaded import HEAVY, assert_not_loaded, modules_of
from tests.support.program import PROGRAM, ROOT
from tests.support.scripted import Scripted

pytestmark = pytest.mark.long

TYPING = ("typer", "cbrctl.cli.tree", "cbrctl.cli.shared_options", "argparse", "gettext")
SHAPES = "cbrctl.documents"
"""What is published: for mypy, and for the schemas that are made of it."""

LOADED: list[tuple[str, int, tuple[str, ...]]] = [
    ("--version", 0, (*HEAVY, *TYPING)),
    ("--help", 0, HEAVY),
    ("vault --help", 0, HEAVY),
    ("backup --help", 0, HEAVY),
    ("copy list -h", 0, HEAVY),
    ("options", 0, HEAVY),
    ("schema", 0, HEAVY),
    ("schema backup", 0, HEAVY),
    ("completion bash", 0, HEAVY),
    ("completion fish", 0, HEAVY),
    ("", 2, HEAVY),
    ("bakup", 2, HEAVY),
    ("backup --nonsense", 2, HEAVY),
    ("backup --nonsense -o json", 2, HEAVY),
    ("backup --vault x --timeout never", 2, HEAVY),
    ("backup --vault x --full --incremental", 2, HEAVY),
    ("backup --vault x --name a.b", 2, HEAVY),
    ("backup", 2, HEAVY),
    ("check", 2, HEAVY),
    ("check --help", 0, HEAVY),
    ("check --vault x --max-age never", 2, HEAVY),
    ("report", 2, HEAVY),
    ("report --help", 0, HEAVY),
    ("checkpoint show no-id", 2, HEAVY),
    ("--region x vault list", 2, HEAVY),
    ("history", 0, HEAVY),
    ("history --help", 0, HEAVY),
    ("history --since 1d -o json", 0, HEAVY),
    ("history show no-id", 2, HEAVY),
    ("history show 6N7X0K3B1QZ2M4D5F8GHJVRSTW", 10, HEAVY),
]


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """Without the test's clock, which imports what it stands in for."""
    return {**environ, "PYTHONPATH": ROOT}


@pytest.mark.heavy
@pytest.mark.parametrize(("line", "code", "unwanted"), LOADED, ids=[line or "nothing" for line, *_ in LOADED])
def test_what_needs_no_service_loads_none(
    line: str, code: int, unwanted: tuple[str, ...], environ: dict[str, str], tmp_path: Path
) -> None:
    exit_code, loaded = modules_of(line.split(), environ, tmp_path)
    assert exit_code == code
    assert "cbrctl" in loaded
    assert_not_loaded(loaded, unwanted)
    if line.startswith("completion"):  # its script is made of all commands and of the names of schemas
        return
    assert_not_loaded(loaded, (SHAPES,))
    # one command's module and no other's
    assert sum(name.startswith("cbrctl.commands.") for name in loaded) <= 1


def test_a_backup_with_a_token_loads_no_screen_of_tables(
    scripted: Scripted, environ: dict[str, str], tmp_path: Path
) -> None:
    scripted.on(cbr.POST, cbr.posted())
    for output in ("json", "table"):
        apart = {**environ, "CBRCTL_STATE_DIR": str(tmp_path / output)}
        code, loaded = modules_of(["backup", "--vault", cbr.VAULT, "--no-wait", "-o", output], apart, tmp_path)
        assert code == 0
        assert "requests" in loaded, "the probe sees what is loaded"
        assert_not_loaded(loaded, ("rich", "platformdirs", "keyring", "cbrctl.sandbox", "http.server", SHAPES))


def test_a_list_in_a_pipe_loads_no_tables_for_people(
    scripted: Scripted, environ: dict[str, str], tmp_path: Path
) -> None:
    scripted.on(cbr.VAULTS, {"vaults": [{"id": cbr.VAULT, "name": "vault-be94"}], "count": 1})
    code, loaded = modules_of(["vault", "list"], environ, tmp_path)
    assert code == 0
    core = ("cbrctl.backup.fleet", "cbrctl.backup.job")
    assert_not_loaded(loaded, ("rich", "platformdirs", "cbrctl.sandbox", *core, SHAPES))


def test_a_dry_run_with_ids_loads_no_login(scripted: Scripted, environ: dict[str, str], tmp_path: Path) -> None:
    code, loaded = modules_of(["backup", "--vault", cbr.VAULT, "--dry-run", "-o", "json"], environ, tmp_path)
    assert code == 0
    login = tuple(f"cbrctl.credentials.{name}" for name in ("authority", "kept", "sources", "stored", "token"))
    assert_not_loaded(loaded, ("rich", "platformdirs", "cbrctl.sandbox", *login, "keyring"))


def test_the_interpreters_own_account_agrees(environ: dict[str, str]) -> None:
    """What `-X importtime` names, through the entry point that users run."""
    done = subprocess.run(
        [PROGRAM[0], "-X", "importtime", *PROGRAM[1:], "--version"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=30,
    )
    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "cbrctl" in names
    assert_not_loaded(names, (*HEAVY, *TYPING))
