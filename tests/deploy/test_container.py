"""deploy/container: by hadolint, and by running its steps in a folder, since a test has no engine of containers."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cbrctl.sandbox import Cloud
from tests.support.deploying import DEPLOY, tool
from tests.support.practice import posts

FILE = DEPLOY / "container" / "Dockerfile"
ROOT = DEPLOY.parent
PLACES = re.compile(r"(?<![\w/.])/(src|build|opt/cbrctl|wheels|made)\b")
STEPS = [
    (word, rest)
    for word, rest in re.findall(
        r"^([A-Z]+) (.*)$",
        re.sub(r"\\\n(\s*#.*\n)*", "", re.sub(r"^\s*#.*\n", "", FILE.read_text("utf-8"), flags=re.M)),
        re.M,
    )
]


@pytest.mark.real
def test_hadolint() -> None:
    checked = subprocess.run([tool("hadolint"), str(FILE)], capture_output=True, text=True)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_it_is_no_root_and_cbrctl_is_its_entry_point() -> None:
    last = STEPS[max(number for number, (word, _) in enumerate(STEPS) if word == "FROM") :]
    assert [rest for word, rest in last if word == "USER"] == ["10001:10001"]
    assert [rest for word, rest in last if word == "ENTRYPOINT"] == ['["/opt/cbrctl/bin/cbrctl"]']
    assert [word for word, _ in last if word == "RUN"] == [], "what builds stays behind"


def test_the_page_builds_and_runs_it_as_it_is() -> None:
    page, file = (DEPLOY / "README.md").read_text("utf-8"), FILE.read_text("utf-8")
    [build] = re.findall(r"`(docker build [^`]*)`", page)
    assert file.splitlines()[0].endswith(build)
    assert " -t cbrctl " in build
    [line] = re.findall(r"^docker run .*", page, re.MULTILINE)
    assert " cbrctl backup " in line, "image and entry point have one name"
    assert "CBRCTL_STATE_DIR=/state" in file
    assert "-v cbr-state:/state " in line
    assert re.findall(r"^USER (\d+)", file, re.MULTILINE) == re.findall(r"as user (\d+)", page)


def test_what_is_copied_is_not_ignored() -> None:
    allowed = {
        line[1:] for line in (FILE.parent / "Dockerfile.dockerignore").read_text().splitlines() if line[0] == "!"
    }
    copied = {name for word, rest in STEPS if word == "COPY" and "--from" not in rest for name in rest.split()[:-1]}
    assert copied == allowed
    assert [name for name in copied if not (ROOT / name).exists()] == []


@pytest.fixture
def image() -> Iterator[Path]:
    """A folder in the place of the image's root that every user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="cbrctl-image-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.heavy
@pytest.mark.real
def test_its_steps(image: Path, cloud: Cloud, environ: dict[str, str]) -> None:
    def place(text: str) -> str:
        return PLACES.sub(lambda match: f"{image}/{match[1]}", text)

    (image / "bin").mkdir()
    # another user may enter the system's Python, where it is new enough
    system = "/usr/bin/python3"
    new = subprocess.run(
        [system, "-c", "import sys, ensurepip; sys.exit(sys.version_info < (3, 11))"], capture_output=True
    )
    (image / "bin" / "python3").symlink_to(system if new.returncode == 0 else sys.executable)
    building = {**os.environ, "PATH": f"{image / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": ""}
    for word, rest in STEPS:
        if word == "COPY" and "--from" not in rest:
            *names, target = rest.split()
            for name in names:
                if (ROOT / name).is_dir():
                    shutil.copytree(ROOT / name, image / "src" / target, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    (image / "src").mkdir(exist_ok=True)
                    shutil.copy(ROOT / name, image / "src" / target)
        elif word == "RUN":
            done = subprocess.run(
                ["sh", "-c", place(rest)], cwd=image / "src", env=building, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
    program = image / "opt/cbrctl/bin/cbrctl"
    assert program.exists()
    installed = image / "opt/cbrctl/lib"
    assert not [
        path for path in installed.glob("python*/site-packages/*") if path.name in ("pip", "setuptools", "pytest")
    ]
    size = sum(path.stat().st_size for path in installed.rglob("*") if path.is_file())
    assert size < 80 << 20, "small"

    state = image / "made/state"
    user: dict[str, int] = {}
    if os.geteuid() == 0 and new.returncode == 0:
        user = {"user": 10001, "group": 10001}
        os.chown(state, 10001, 10001)
    shutil.rmtree(image / "build")
    shutil.rmtree(image / "src")
    account = {key: value for key, value in environ.items() if key.startswith("CBRCTL_")}
    inside = {**account, "PATH": f"{program.parent}:/usr/bin:/bin", "HOME": "/", "CBRCTL_STATE_DIR": str(state)}
    inside["CBRCTL_CACHE_DIR"] = str(state)
    done = subprocess.run(
        [program, "backup", "--vault", "vault-be94", "--no-wait"],
        env=inside,
        cwd="/",
        capture_output=True,
        text=True,
        **user,  # type: ignore[call-overload]
    )
    assert done.returncode == 0, done.stderr
    assert posts(cloud) == 1
