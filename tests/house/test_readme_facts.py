"""Facts in the READMEs that stand elsewhere as well: versions, figures, file names, and what cron makes of a line."""

import importlib
import re
import shlex
import tomllib
from collections.abc import Iterator

import pytest

from tests.support.pages import CHINESE, DEPLOY, DOCS, README, ROOT, TONGUES, parts_of

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
BENCHMARKS = (DOCS / "benchmarks.md").read_text("utf-8")
BESIDE = [parts_of(README, "Beside its peers"), parts_of(CHINESE, "与同类工具相比")]
CLIENTS = ("cbrctl", "openstack", "SDK", "aws", "bash")
TASKS = (
    "`--version`",
    "a backup started, with a token",
    "a backup started, signed",
    "100 backups started and followed",
    "`check` of 100 vaults",
)
CRON = re.compile(r"^(?:[\d*,/-]+ ){5}.*cbrctl .*$", re.MULTILINE)

both = pytest.mark.parametrize("text", [README, CHINESE], ids=TONGUES)


@both
def test_the_two_commands_install_from_what_is_there(text: str) -> None:
    [block] = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    for line, lock in zip(block.splitlines(), ("requirements.txt", "requirements-test.txt"), strict=True):
        make, install, add, *_ = (shlex.split(part) for part in line.split("&&"))
        assert make == ["python3", "-m", "venv", ".venv"]
        assert install[install.index("-r") + 1] == lock
        assert (ROOT / lock).is_file()
        assert (install[0], add[0], add[-1]) == (".venv/bin/pip", ".venv/bin/pip", ".")


@both
def test_the_versions_of_python_are_those_that_the_package_names(text: str) -> None:
    told = re.search(r"Python (3\.\d+) (?:to|至) (3\.\d+)", text)
    named = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)]
    assert told is not None
    assert (told[1], told[2]) == (named[0], named[-1])
    assert PROJECT["requires-python"] == f">={told[1]}"


@pytest.mark.parametrize("text", [README, CHINESE, DEPLOY], ids=[*TONGUES, "deploy"])
def test_no_line_for_cron_has_a_bare_percent_sign(text: str) -> None:
    """It would end the line there (crontab(5)), and no backup would run."""
    assert CRON.search(README)
    assert [line for line in CRON.findall(text) if re.search(r"(?<!\\)%", line)] == []


def list_measured() -> Iterator[tuple[str, str, str]]:
    """Yield each task, the client that did it, and its CPU as a multiple, as the page of all figures has them."""
    task = ""
    rows = re.findall(r"^\| (.*?) ?\| (.*?) \| [^|]* \| ([\d.]+) \|", parts_of(BENCHMARKS, "Over http"), re.MULTILINE)
    for what, by, multiple in rows:
        task = what or task
        yield task, next(client for client in CLIENTS if client in by), multiple


@pytest.mark.parametrize("part", BESIDE, ids=TONGUES)
def test_each_figure_beside_the_peers_is_that_of_its_task_and_client(part: str) -> None:
    known = {(task, client): multiple for task, client, multiple in list_measured()}
    _, *rows = (row.strip("| ").split(" | ") for row in re.findall(r"^\| .*\|$", part, re.MULTILINE))
    told = {
        (task, client): figure
        for task, (_, *figures) in zip(TASKS, rows, strict=True)
        for client, figure in zip(CLIENTS, figures, strict=True)
    }
    wanted = {
        key: next((v for k, v in known.items() if k[0].startswith(key[0]) and k[1] == key[1]), "–") for key in told
    }
    assert told == wanted


@pytest.mark.parametrize("part", BESIDE, ids=TONGUES)
def test_the_date_and_the_versions_of_the_peers_are_those_that_were_measured(part: str) -> None:
    words = " ".join(part.split())
    versions = re.findall(r"[a-z][\w-]* \d+(?:\.\d+)+(?=[,;. ；，。])", words)
    assert len(versions) >= 6
    assert [version for version in versions if version not in BENCHMARKS] == []
    assert [date for date in re.findall(r"\d{4}-\d\d-\d\d", words) if date not in BENCHMARKS] == []


@pytest.mark.parametrize("module", ["peers", "side_by_side.run"])
def test_what_measures_the_peers_can_be_loaded(module: str) -> None:
    importlib.import_module(f"tests.benchmarks.{module}")
