"""Which packages each command may load: all that it needs, and none besides. It is counted, not timed.

test_startup.py holds what many command lines must not load; here stands for a few what they may, package by package, so that
whatever is new among the imports has to be looked at by somebody.
"""

import re
from pathlib import Path

import pytest

from cbrctl.sandbox import Cloud
from cbrctl.sandbox.seed import VAULT_BE94, VAULT_SKIP
from tests.support.loaded import modules_of
from tests.support.program import ROOT

pytestmark = pytest.mark.long

DEAR = {
    "asyncio",
    "hashlib",
    "html",
    "http",
    "logging",
    "multiprocessing",
    "sqlite3",
    "ssl",
    "tomllib",
    "unittest",
    "xml",
}
"""Of the standard library what costs as much as a package."""
LOCKED = re.findall(r"^([\w-]+)==", Path(ROOT, "requirements.txt").read_text("utf-8"), re.M)
NAMES = {"pyyaml": "yaml", "markdown-it-py": "markdown_it"}
PACKAGES = {NAMES.get(name, name.replace("-", "_")) for name in LOCKED} | {"pkg_resources"}
"""All that is installed with cbrctl, by the names of its modules."""
SMALL = {"annotated_doc", "shellingham"}
"""What Typer brings along."""
TYPER = {"typer"}
HTTP = {"certifi", "charset_normalizer", "hashlib", "http", "idna", "logging", "requests", "ssl", "urllib3"}

MAY: list[tuple[str, set[str]]] = [
    ("--version", set()),
    ("__complete vaults v backup --vault", set()),
    ("backup --help", TYPER),
    ("history", {*TYPER, "sqlite3"}),
    ("history -o json", {*TYPER, "sqlite3"}),
    ("backup --vault VAULT --no-wait -o json", {*TYPER, *HTTP, "sqlite3"}),
    ("check --vault VAULT --max-age 26h -o json", {*TYPER, *HTTP}),
    ("vault list", {*TYPER, *HTTP}),
]
"""Of each command line, in a pipe and with a token that is kept, what it may load of PACKAGES and DEAR: no keyring either."""


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """Without the test's clock, which imports what it stands in for."""
    return {**environ, "PYTHONPATH": ROOT}


@pytest.mark.parametrize(("line", "may"), MAY, ids=[line for line, _ in MAY])
@pytest.mark.sampled(2)
def test_a_command_loads_what_it_needs(
    line: str, may: set[str], cloud: Cloud, environ: dict[str, str], tmp_path: Path
) -> None:
    # so that there is a token, and a journal
    code, _ = modules_of(["backup", "--vault", VAULT_SKIP, "--no-wait"], environ, tmp_path)
    assert code == 0
    code, loaded = modules_of(line.replace("VAULT", VAULT_BE94).split(), environ, tmp_path)
    assert code == 0
    found = {name.partition(".")[0] for name in loaded} & (PACKAGES | DEAR)
    assert found - SMALL == may, "what is missing may be taken off the list; what is new costs every run of every user"


def test_the_packages_are_known_by_name() -> None:
    named = {
        "typer",
        "requests",
        "urllib3",
        "rich",
        "keyring",
        "platformdirs",
        "yaml",
        "tomlkit",
        "pygments",
        "markdown_it",
    }
    assert named <= PACKAGES
