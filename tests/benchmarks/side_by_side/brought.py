"""Bringing the clients: a venv each, with what its requirements file pins."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.side_by_side.clients import CURL, SCRIPTS, Client

ROOT = Path(__file__).parents[3]


class Missing(Exception):
    """A client that cannot be brought on this machine; its text says why."""


def bring(client: Client, folder: Path) -> Path:
    """Return the folder of the client's programs, and its versions. Raises Missing."""
    if client is CURL:
        lacks = [name for name in ("curl", "jq") if not shutil.which(name)]
        if lacks:
            raise Missing(f"{' and '.join(lacks)} are not installed")
        return Path(shutil.which("curl") or "").parent
    venv = folder / client.name
    if not (venv / "whole").exists():
        _run(sys.executable, "-m", "venv", "--clear", str(venv))
        _install(client, venv, folder)
        (venv / "whole").touch()
    return venv / "bin"


def _install(client: Client, venv: Path, folder: Path) -> None:
    """Install a peer as it is pinned, or cbrctl as its users do: from its locks, and from a copy of this folder."""
    pip = (str(venv / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check")
    if (SCRIPTS / f"{client.name}.txt").exists():
        _run(*pip, "-r", str(SCRIPTS / f"{client.name}.txt"))
        return
    copy = folder / "source"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "build", "*.egg-info", "tests", "__pycache__"))
    _run(*pip, "--require-hashes", "-r", str(ROOT / "requirements.txt"))
    _run(*pip, "--no-deps", "--no-build-isolation", str(copy))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Missing((done.stderr.strip().splitlines() or ["it cannot be installed"])[-1])


def tell_versions(client: Client, programs: Path) -> str:
    """Return the client's name and what it is made of."""
    if client is CURL:
        said = (subprocess.run([name, "--version"], capture_output=True, text=True).stdout for name in ("curl", "jq"))
        return ", ".join(" ".join(text.split()[:2]).replace("jq-", "jq ") for text in said)
    code = (
        "import sys, importlib.metadata as m; print(*(f'{name} {m.version(name)}' for name in sys.argv[1:]), sep=', ')"
    )
    command = [str(programs / "python"), "-c", code, *client.distributions]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
