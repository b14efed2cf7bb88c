"""What is published: sdist and wheel from a clean clone, what they bring, and the installers that people use."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from cbrctl import __version__
from cbrctl.cli.generated import read_tree
from cbrctl.cli.generated.files import make_files

pytestmark = [pytest.mark.heavy, pytest.mark.long]

ROOT = Path(__file__).parents[2]
TOOLS = os.environ.get("CBRCTL_TEST_PACKAGING", "")
BUILD = "import sys; from setuptools import build_meta as b; print(getattr(b, 'build_' + sys.argv[1])(sys.argv[2]))"
SHARE = {
    "completions/cbrctl.bash": "share/bash-completion/completions/cbrctl.bash",
    "completions/_cbrctl": "share/zsh/site-functions/_cbrctl",
    "completions/cbrctl.fish": "share/fish/vendor_completions.d/cbrctl.fish",
}


def build(kind: str, source: Path, target: Path) -> Path:
    """Build without an index: with the setuptools that the tests run with."""
    command = [sys.executable, "-c", BUILD, kind, str(target)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return target / done.stdout.splitlines()[-1]


def names_of(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sdist of a clean clone, and the wheel of that sdist."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is no clone")
    folder = tmp_path_factory.mktemp("dist")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / "clone" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / "clone" / name)
    sdist = build("sdist", folder / "clone", folder)
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    unpacked = folder / sdist.name.removesuffix(".tar.gz")
    return {"wheel": build("wheel", unpacked, folder), "sdist": sdist, "unpacked": unpacked}


def test_the_wheel_brings_manual_and_completions_for_the_prefix(dist: dict[str, Path]) -> None:
    names = names_of(dist["wheel"])
    data = {n.partition(".data/data/")[2]: content for n, content in names.items() if ".data/data/" in n}
    wanted = {
        SHARE.get(
            name, f"share/{name}" if "zh_CN" in name else f"share/man/man{name[-1]}/{Path(name).name}"
        ): text.encode()
        for name, text in make_files(read_tree()).items()
    }
    assert data == wanted
    assert dist["wheel"].name == f"cbrctl-{__version__}-py3-none-any.whl"
    assert not [name for name in names if name.startswith(("tests/", "deploy/"))]
    assert {"cbrctl/schemas/backup.json", "cbrctl/locale/zh_CN/LC_MESSAGES/cbrctl.mo"} <= set(names)
    assert "share/man/zh_CN/man1/cbrctl.1" in data


def test_the_sdist_has_what_a_clone_has(dist: dict[str, Path]) -> None:
    for name in ("README.md", "LICENSE", "CHANGELOG.md", "tests", "docs/contract.md", "man", "completions/_cbrctl"):
        assert (dist["unpacked"] / name).exists(), name
    assert list(dist["unpacked"].rglob("*.po"))
    assert not list(dist["unpacked"].rglob("__pycache__"))


def test_the_version_stands_in_one_place() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in (*(ROOT / "cbrctl").rglob("*.py"), ROOT / "pyproject.toml", ROOT / "README.md")
        if f'"{__version__}"' in path.read_text("utf-8")
    }
    assert found == {"cbrctl/__init__.py"}


def run_tool(name: str, arguments: Sequence[str], home: Path) -> subprocess.CompletedProcess[str]:
    """Run a tool in a home of its own; skips where it is not there."""
    program = Path(TOOLS) / name
    if not TOOLS or not program.exists():
        pytest.skip(f"CBRCTL_TEST_PACKAGING names no folder with {name}")
    home.mkdir(exist_ok=True)
    passed = {n: v for n, v in os.environ.items() if n.startswith(("PIP_", "UV_", "SSL_", "REQUESTS_"))}
    places = {"HOME": str(home), "PATH": os.environ["PATH"], "PIPX_HOME": str(home / "pipx")}
    places |= {"PIPX_BIN_DIR": str(home / "bin"), "PIPX_MAN_DIR": str(home / "man")}
    return subprocess.run(
        [str(program), *arguments], env={**passed, **places}, capture_output=True, text=True, timeout=300
    )


def test_twine_takes_both(dist: dict[str, Path], tmp_path: Path) -> None:
    done = run_tool("twine", ["check", "--strict", str(dist["sdist"]), str(dist["wheel"])], tmp_path / "home")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("PASSED") == 2


def test_uv_runs_it(dist: dict[str, Path], tmp_path: Path) -> None:
    done = run_tool("uv", ["tool", "run", "--from", str(dist["wheel"]), "cbrctl", "--version"], tmp_path / "home")
    assert (done.returncode, done.stdout) == (0, f"cbrctl {__version__}\n"), done.stderr


def test_pipx_installs_program_and_manual(dist: dict[str, Path], tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = run_tool("pipx", ["install", str(dist["wheel"])], home)
    assert done.returncode == 0, done.stderr
    version = subprocess.run([home / "bin" / "cbrctl", "--version"], capture_output=True, text=True, timeout=30)
    assert version.stdout == f"cbrctl {__version__}\n"
    assert (home / "man" / "man1" / "cbrctl-backup.1").exists()
    assert (home / "man" / "man7" / "cbrctl-exit-codes.7").exists()
