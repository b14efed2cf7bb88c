"""deploy/github and deploy/gitlab: checked by their linters, run in bash; and the summary that both show."""

import json
import os
import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from cbrctl.sandbox import Cloud
from tests.support.deploying import DEPLOY, FINAL, RETRIED, install, pretend, read_example, tool
from tests.support.practice import posts

pytestmark = pytest.mark.heavy

GITHUB = "github/cbrctl-backup.yml"
GITLAB = "gitlab/cbrctl-backup.gitlab-ci.yml"
SUMMARY = DEPLOY / "ci" / "summary.py"


def summarise(document: object) -> str:
    spec = spec_from_file_location("summary", SUMMARY)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.summarise(document if isinstance(document, str) else json.dumps(document)))


@pytest.mark.real
@pytest.mark.parametrize(
    "line",
    [
        ("actionlint", str(DEPLOY / GITHUB)),
        ("check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(DEPLOY / GITHUB)),
        ("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(DEPLOY / GITLAB)),
    ],
    ids=["actionlint", "schema of GitHub", "schema of GitLab"],
)
def test_the_linters(line: tuple[str, ...]) -> None:
    checked = subprocess.run([tool(line[0]), *line[1:]], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def run_github(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the step as GitHub's runner does."""
    steps = read_example(GITHUB)["jobs"]["backup"]["steps"]
    [script] = [step["run"] for step in steps if step.get("name") == "Back up"]
    (folder / ".github").mkdir(exist_ok=True)
    (folder / ".github" / "cbrctl_summary.py").write_text(SUMMARY.read_text("utf-8"), "utf-8")
    (folder / "step.sh").write_text(script)
    return run_in(folder, ["bash", "--noprofile", "--norc", "-eo", "pipefail", "step.sh"])


def run_gitlab(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script as GitLab's runner does, line after line in one shell."""
    (folder / "summary.py").write_text(SUMMARY.read_text("utf-8"), "utf-8")
    (folder / "script.sh").write_text("set -e\n" + "\n".join(read_example(GITLAB)["cbrctl-backup"]["script"]))
    return run_in(folder, ["sh", "script.sh"])


def run_in(folder: Path, line: list[str]) -> subprocess.CompletedProcess[str]:
    (folder / "bin").mkdir(exist_ok=True)
    slept = folder / "bin" / "sleep"  # the pauses are minutes
    slept.write_text(f'#!/bin/sh\necho "$1" >>{folder}/slept\n')
    slept.chmod(0o755)
    path = os.pathsep.join([str(folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    environ = {"PATH": path, "CBRCTL_RUN_KEY": "p-1", "GITHUB_STEP_SUMMARY": str(folder / "shown.md"), "LANG": "C"}
    return subprocess.run(line, cwd=folder, env=environ, capture_output=True, text=True, encoding="utf-8")


def shown(folder: Path) -> str:
    [file] = [path for path in (folder / "shown.md", folder / "cbrctl-summary.md") if path.exists()]
    return file.read_text("utf-8")


RUNNERS = pytest.mark.parametrize("runner", [run_github, run_gitlab], ids=["GitHub", "GitLab"])


@RUNNERS
def test_a_job_backs_up_and_shows_it(runner: Any, cloud: Cloud, environ: dict[str, str], tmp_path: Path) -> None:
    install(tmp_path / "bin", environ)
    done = runner(tmp_path)
    assert done.returncode == 0, done.stderr
    assert posts(cloud) == 1
    assert "| vault-be94 | completed | 1 of 1 |" in shown(tmp_path)
    assert json.loads((tmp_path / "cbrctl-result.json").read_text("utf-8"))["outcome"] == "completed"


@RUNNERS
def test_a_failure_is_shown_with_what_to_do(runner: Any, cloud: Cloud, environ: dict[str, str], tmp_path: Path) -> None:
    install(tmp_path / "bin", environ)
    cloud.faults.add("create:error=BackupService.6114")
    assert runner(tmp_path).returncode == 13
    assert "### cbrctl: refused, exit code 13" in shown(tmp_path)
    assert "no room" in shown(tmp_path)


@pytest.mark.heavy
@RUNNERS
@pytest.mark.parametrize("code", [0, *FINAL])
def test_what_is_not_worth_it_is_run_once(runner: Any, code: int, tmp_path: Path) -> None:
    pretend(tmp_path / "bin", code)
    assert runner(tmp_path).returncode == code
    assert (tmp_path / "bin" / "keys").read_text() == "p-1\n"


@pytest.mark.parametrize("code", [5, 6, 7, 8, 11])
def test_github_retries_with_the_same_key(code: int, tmp_path: Path) -> None:
    pretend(tmp_path / "bin", code, 0)
    done = run_github(tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "bin" / "keys").read_text() == "p-1\n" * 2
    assert "::error" not in done.stdout
    never = tmp_path / "never"
    never.mkdir()
    pretend(never / "bin", code)
    done = run_github(never)
    assert done.returncode == code
    assert (never / "bin" / "keys").read_text() == "p-1\n" * 3
    assert f"exit code {code}" in done.stdout


def test_gitlab_retries_by_itself() -> None:
    job = read_example(GITLAB)["cbrctl-backup"]
    assert set(job["retry"]["exit_codes"]) == set(RETRIED)
    assert "CI_PIPELINE_ID" in job["variables"]["CBRCTL_RUN_KEY"], "a job that is retried has another CI_JOB_ID"


def test_no_name_is_a_command_of_the_runner(tmp_path: Path) -> None:
    pretend(tmp_path / "bin", 0)
    lines = run_github(tmp_path).stdout.splitlines()
    stop = re.fullmatch(r"::stop-commands::(\w{32})", lines[0])
    assert stop
    assert f"::{stop[1]}::" in lines


# the summary -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["a|b", "<img src=x>", "[x](http://e)", "`x`", "a\nb", "# x", "@you", "~~x~~", "![x](y)", "**x**"]
)
def test_hostile_names_are_plain_text(name: str) -> None:
    entry = {
        "vault": {"id": "1", "name": name},
        "outcome": "failed",
        "exit_code": 4,
        "error": {"message": name, "hint": name},
    }
    text = summarise({"outcome": name, "exit_code": 4, "backups": [entry], "warnings": [name]})
    row = next(line for line in text.splitlines() if line.startswith("| ") and "outcome" not in line)
    assert row.count("|") == 6
    assert not set("<>[]`*@~!") & set(text)
    assert len(text.splitlines()) == 7


def test_what_went_wrong_stands_first_and_the_rest_is_counted() -> None:
    good = {"vault": {"id": "1", "name": "good"}, "outcome": "completed", "exit_code": 0}
    bad = {"vault": {"id": "2", "name": "bad"}, "outcome": "failed", "exit_code": 4}
    lines = summarise({"outcome": "failed", "exit_code": 4, "backups": [*[good] * 600, bad]}).splitlines()
    assert lines[4].startswith("| bad | failed |")
    assert lines[-1] == "101 more are in the document."


@pytest.mark.parametrize("text", ["", "{", "\0"])
def test_no_document_is_said(text: str) -> None:
    assert summarise(text) == "### cbrctl: no result\n"


def test_an_error_of_the_whole() -> None:
    error = {"message": "No credentials were found.", "hint": "cbrctl auth status says more."}
    text = summarise({"schema": "cbrctl.error/v1", "exit_code": 12, "error": error})
    assert "exit code 12" in text
    assert "No credentials were found." in text
    assert "cbrctl auth status" in text
