"""Every command line that help, manual, README and other papers show is run as it stands, against the practice cloud."""

import os
import re
import shlex
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pexpect
import pytest

from cbrctl.api.models import Checkpoint
from cbrctl.backup.journal import Journal
from cbrctl.backup.record import Backup
from cbrctl.durations import write_stamp
from cbrctl.sandbox import Cloud
from cbrctl.sandbox.inventory import Resource
from cbrctl.sandbox.seed import SERVER_BE94, VAULT_BE94, add_backup
from tests.support.examples import as_typed, of_help, of_manual, of_papers
from tests.support.practice import KEY, NOBODY, PASSWORD
from tests.support.program import PROGRAM

HELP = of_help()
LINES = list(dict.fromkeys([*(line for lines in HELP.values() for line in lines), *of_manual()]))
BLOCKS = of_papers()
STORED = {
    "backup-operator": "sandbox-user",
    "operator": "sandbox-user",
    "my-account": "sandbox-account",
    "acme": "sandbox-account",
    "HPUAZKAEXAMPLE": KEY["CBRCTL_ACCESS_KEY"],
}
"""Whom the texts name, and who that is in the practice cloud. Nothing else of a line is changed but the place of a secret."""
_SERVES = re.compile(r"cbrctl sandbox serve\b")
_KEEPS = re.compile(r"cbrctl (auth login|auth logout|config init .*--access-key)")
"""What needs a keyring."""
_ASKS = re.compile("cbrctl (auth login|config init)$")
_SETS = re.compile("cbrctl config set ")
"""Makes a profile of its own, which the lines after it use."""
_NO_END = ("cbrctl sandbox run -- cbrctl backup", "cbrctl sandbox run --fault 'create:drop-after*1'")
"""Backups of a practice cloud of their own, whose clock does not move with the test's: they are not followed."""
_WITHOUT = {"jq": "jq", "fish": "fish"}
_ANSWERS = [
    (r"\[\S*\]:? $", ""), (r"Password: $", PASSWORD), (r"Secret key: $", KEY["CBRCTL_SECRET_KEY"]),
    ("IAM user: $", "sandbox-user"), ("Account: $", "sandbox-account"), (r"\(empty: \S.*\): $", ""),
]  # fmt: skip
"""What a person answers to the questions of `auth login` and `config init`."""


# what the texts are like ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", HELP, ids=lambda path: path or "cbrctl")
def test_a_help_has_two_or_three_examples(path: str) -> None:
    assert 2 <= len(HELP[path]) <= 3
    assert len(set(HELP[path])) == len(HELP[path])
    assert all(f"cbrctl {path}".strip() in line for line in HELP[path])
    # who tries something out is led to --sandbox by the program's own help and the README
    assert [line for line in HELP[path] if path and "--sandbox" in line] == []


def test_no_example_runs_a_command_on_nothing() -> None:
    """xargs without -r would run it once with no argument, where nothing came."""
    lines = [*LINES, *(line for block in BLOCKS for line in block)]
    assert [line for line in lines if re.search(r"\bxargs (?!-r )", line)] == []


def test_the_texts_are_read_whole() -> None:
    """A change of their form must not leave their examples out without a word."""
    assert len(LINES) > 50
    assert len(BLOCKS) >= 8
    assert set(of_manual()) >= {line for path, lines in HELP.items() for line in lines if "cbrctl" in line}


# they are run -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def shell(cloud: Cloud, environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """A folder with `cbrctl` on the path, and a cloud, a home and a journal that hold what the examples name."""
    _fill_cloud(cloud)
    folder = Path(environ["HOME"])
    (folder / ".config/cbrctl").mkdir(parents=True, mode=0o700)
    config = folder / ".config/cbrctl/config.toml"
    table = 'region = "cn-north-4"\nvault = "vault-be94"\nproxy = "http://127.0.0.1:9"\n'
    config.write_text(f"[profiles.default]\n{table.rpartition('proxy')[0]}[profiles.prod]\n{table}")
    config.chmod(0o600)
    (folder / "corporate.pem").touch()
    (folder / ".config/fish/completions").mkdir(parents=True)
    with closing(Journal(folder / ".local/state/cbrctl")) as journal:
        journal.record(_a_record(cloud, environ))
    _write_program(tmp_path)
    for name, text in (("password.txt", PASSWORD), ("secret.txt", KEY["CBRCTL_SECRET_KEY"])):
        (tmp_path / name).write_text(f"{text}\n")
        (tmp_path / name).chmod(0o600)
    (tmp_path / "nightly.sh").write_text("cbrctl vault list\n")
    return {**environ, "SHELL": "/bin/bash", "PATH": f"{tmp_path / 'bin'}{os.pathsep}{environ['PATH']}"}


def _fill_cloud(cloud: Cloud) -> None:
    cloud.vaults = {VAULT_BE94: cloud.vaults[VAULT_BE94]}
    vault, server = cloud.vaults[VAULT_BE94], cloud.vaults[VAULT_BE94].resources[0]
    assert server.id == SERVER_BE94
    vault.tags = {"team": "web", "env": "prod"}
    cloud.add_vault("vault-db", resources=[Resource("ecs-db-01")])
    cloud.add_vault("vault-full", resources=[Resource("ecs-full-01")])
    cloud.add_vault("db", resources=[Resource("ecs-db-02")])
    for number, one in enumerate(list(cloud.vaults.values())[1:]):
        ids = [f"6b3de0f5-0000-4000-8000-00000000{kind}{number}" for kind in ("000", "001", "002")]
        add_backup(cloud, one, one.resources[0], "nightly", cloud.started - 7200, (ids[0], ids[1], ids[2]))
    ids_shown = _id_of("wait"), _id_of("task show"), _id_of("copy show")
    add_backup(cloud, vault, server, "nightly", cloud.started - 3600, ids_shown)


def _id_of(command: str) -> str:
    """The id that an example of a command names."""
    return str(re.findall(rf"{command} ([0-9a-f-]{{36}})", "\n".join(LINES))[0])


def _a_record(cloud: Cloud, environ: dict[str, str]) -> Backup:
    return Backup(
        VAULT_BE94, op_id="6N7X0K3B1QZ2M4D5F8GHJVRSTW", vault_id=VAULT_BE94, vault_name="vault-be94",
        endpoint=environ["CBRCTL_ENDPOINT"], project_id=environ["CBRCTL_PROJECT_ID"],
        request={"vault_id": VAULT_BE94}, state="completed", sent="yes", outcome="completed", exit_code=0,
        checkpoint=Checkpoint.from_json({"id": _id_of("wait")}), started_at=cloud.started,
        ended_at=write_stamp(cloud.started),
    )  # fmt: skip


def _write_program(folder: Path) -> None:
    program = folder / "bin" / "cbrctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.join(PROGRAM)} "$@"\n')
    program.chmod(0o755)


def _prepare(line: str, folder: Path) -> str:
    """Return a line for the practice cloud: who stands in it, and where the secrets of its user are."""
    typed = re.sub("|".join(STORED), lambda name: STORED[name[0]], as_typed(line))
    typed = typed.replace("/run/secrets/cbr-password", str(folder / "password.txt"))
    typed = typed.replace("/run/secrets/cbr ", f"{folder / 'password.txt'} ").replace(
        "=/state ", f"={folder / 'state'} "
    )
    return f"{typed} --no-wait" if typed.startswith(_NO_END) else typed


def _run(line: str, environ: dict[str, str], folder: Path) -> "subprocess.CompletedProcess[str]":
    for word, program in _WITHOUT.items():
        if re.search(rf"\b{word}\b", line) and shutil.which(program) is None:
            pytest.skip(f"{program} is not here")
    shell = "zsh" if "fpath" in line else "bash" if "<(" in line else "sh"
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not here")
    line = line.replace("${fpath[1]}", str(folder))  # a folder of the system's
    return subprocess.run(
        [shell, "-c", _prepare(line, folder)], env=environ, cwd=folder, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.mark.heavy
@pytest.mark.parametrize("line", [line for line in LINES if not _KEEPS.search(line)])
def test_a_line_runs(line: str, shell: dict[str, str], tmp_path: Path) -> None:
    if _SERVES.match(line):
        _check_server(line, shell, tmp_path)
        return
    if line == "cbrctl config init":
        (tmp_path / "home/.config/cbrctl/config.toml").unlink()
        _answer(line, {**shell, "DBUS_SESSION_BUS_ADDRESS": "", "CBRCTL_REGION": ""}, tmp_path)
        return
    if line.startswith("cbrctl config init"):
        (tmp_path / "home/.config/cbrctl/config.toml").unlink()
    done = _run(line, shell, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout or done.stderr or re.search(r"-qq|>|<\(|select\(|uninstall", line)


@pytest.mark.heavy
@pytest.mark.real
@pytest.mark.parametrize("line", [line for line in LINES if _KEEPS.search(line)])
def test_a_line_that_keeps_a_secret_runs(
    line: str, shell: dict[str, str], keyring: Any, environ: Any, tmp_path: Path
) -> None:
    if "logout" not in line:
        (tmp_path / "home/.config/cbrctl/config.toml").unlink()
    shell = {**environ, "PATH": shell["PATH"]}
    if "<" in line or "logout" in line:
        done = _run(line, shell, tmp_path)
        assert done.returncode == 0, done.stderr
    else:
        _answer(line, shell, tmp_path)


def _needs_keyring(block: tuple[str, ...]) -> bool:
    return any(_KEEPS.search(line) or _ASKS.match(line) for line in block)


def _name(block: tuple[str, ...]) -> str:
    return block[0][:60]


@pytest.mark.heavy
@pytest.mark.parametrize("block", [block for block in BLOCKS if not _needs_keyring(block)], ids=_name)
def test_a_block_of_a_paper_runs(block: tuple[str, ...], shell: dict[str, str], tmp_path: Path) -> None:
    """Line after line in one home: by variables, as in cron, or by the profile that its first lines make."""
    config = tmp_path / "home/.config/cbrctl/config.toml"
    if any(_SETS.match(line) for line in block):
        config.unlink()
        shell = {**shell, **NOBODY}
    else:
        config.write_text(config.read_text().replace('proxy = "http://127.0.0.1:9"\n', ""))
    for line in block:
        done = _run(line, shell, tmp_path)
        assert done.returncode == 0, (line, done.stderr)


@pytest.mark.heavy
@pytest.mark.real
@pytest.mark.parametrize("block", [block for block in BLOCKS if _needs_keyring(block)], ids=_name)
def test_a_block_that_logs_in_runs(
    block: tuple[str, ...], shell: dict[str, str], keyring: Any, environ: Any, tmp_path: Path
) -> None:
    (tmp_path / "home/.config/cbrctl/config.toml").unlink()
    shell = {**environ, "PATH": shell["PATH"]}
    for line in block:
        if _ASKS.match(line):
            _answer(line, shell, tmp_path)
        else:
            done = _run(line, shell, tmp_path)
            assert done.returncode == 0, (line, done.stderr)


def _answer(line: str, environ: dict[str, str], folder: Path) -> None:
    """Run a line on a terminal, where a person answers what it asks."""
    child = pexpect.spawn(
        "sh", ["-c", _prepare(line, folder)], env=environ, cwd=str(folder), encoding="utf-8", timeout=30
    )
    patterns = [pexpect.EOF, *(pattern for pattern, _ in _ANSWERS)]
    while number := child.expect(patterns):
        child.sendline(_ANSWERS[number - 1][1])
    child.close()
    assert child.exitstatus == 0, child.before


def _check_server(line: str, shell: dict[str, str], folder: Path) -> None:
    """It listens, and a signal ends it well."""
    with subprocess.Popen(
        ["sh", "-c", f"exec {line}"], env=shell, cwd=folder, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout
            first = server.stdout.readline()
            assert "CBRCTL_ENDPOINT" in first
            server.terminate()
            assert server.wait(10) == 0
        finally:
            server.kill()
