"""deploy/cron under Debian's cron, deploy/systemd by systemd's own check, and the line that each runs."""

import configparser
import os
import re
import signal
import subprocess
import time
from collections import defaultdict
from pathlib import Path

import pytest

from cbrctl.sandbox import Cloud
from tests.support.deploying import DEPLOY, FINAL, INSTALLED, RETRIED, install, pretend, tool
from tests.support.practice import posts

METRICS = "/var/lib/prometheus/node-exporter"
CRONTAB = (DEPLOY / "cron" / "cbrctl").read_text("utf-8")
UNITS = sorted((DEPLOY / "systemd").iterdir())


def unit(name: str) -> dict[str, dict[str, str]]:
    """A unit's sections; of a key that stands twice the last."""
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / "systemd" / name)
    return {section: dict(parser[section]) for section in parser.sections()}


def line_of_systemd(folder: Path) -> list[str]:
    """The command of the service as systemd starts it, with what is this machine's in the place of paths."""
    shell, option, script = unit("cbrctl-backup.service")["Service"]["ExecStart"].split(" ", 2)
    plain = script.strip("'").replace("$$", "").replace("%%", "")
    assert not set("$%") & set(plain), "systemd would put something else there"
    script = script.strip("'").replace("$$", "$").replace("%%", "%")
    return [shell, option, script.replace(INSTALLED, str(folder / "cbrctl")).replace(METRICS, str(folder))]


# cron ------------------------------------------------------------------------------------------------------------------


def test_the_crontab_has_one_line_and_no_bare_percent_sign() -> None:
    lines = [line for line in CRONTAB.splitlines() if line and not line.startswith("#") and "=" not in line.split()[0]]
    assert len(lines) == 1
    assert re.search(r"(?<!\\)%", lines[0]) is None
    assert CRONTAB.endswith("\n"), "cron leaves out a last line without its end"


@pytest.mark.real
@pytest.mark.heavy
@pytest.mark.skipif(not os.path.isdir("/etc/cron.d") or os.geteuid() != 0, reason="needs root and /etc/cron.d (cron)")
def test_debians_cron_runs_the_line(cloud: Cloud, environ: dict[str, str], tmp_path: Path) -> None:
    """Each minute in the place of each night, as root; all else is as it stands there."""
    cron = tool("cron", "Debian: cron")
    install(tmp_path, environ)
    text = CRONTAB.replace("30 2,3,4 * * * cbrctl", "* * * * * root").replace(INSTALLED, f"{tmp_path}/cbrctl")
    table = Path(f"/etc/cron.d/cbrctl-test-{os.getpid()}")
    table.write_text(text.replace("--profile prod ", "").replace(METRICS, str(tmp_path)))
    table.chmod(0o644)
    made = tmp_path / "cbrctl-nightly.prom"
    try:
        with subprocess.Popen([cron, "-f"]) as daemon:
            until = time.time() + 75
            while not made.exists() and time.time() < until and daemon.poll() is None:
                time.sleep(0.5)
            daemon.terminate()
    finally:
        table.unlink()
    assert re.search(r"^cbrctl_backup_exit_code\{.*\} 0$", made.read_text("utf-8"), re.MULTILINE)
    assert posts(cloud) == 1


# systemd ---------------------------------------------------------------------------------------------------------------


@pytest.mark.real
def test_systemd_takes_the_units() -> None:
    checked = subprocess.run([tool("systemd-analyze", "Debian: systemd"), "verify", *UNITS], capture_output=True)
    assert (checked.returncode, checked.stderr.decode()) == (0, "")


@pytest.mark.real
def test_systemd_understands_the_night() -> None:
    calendar = unit("cbrctl-backup.timer")["Timer"]["OnCalendar"]
    checked = subprocess.run([tool("systemd-analyze", "Debian: systemd"), "calendar", calendar], capture_output=True)
    assert checked.returncode == 0, checked.stderr


def test_systemd_retries_what_is_worth_it() -> None:
    service = unit("cbrctl-backup.service")["Service"]
    assert service["Restart"] == "on-failure"
    prevented = {int(code) for code in service["RestartPreventExitStatus"].split()}
    assert (prevented, prevented & set(RETRIED)) == (set(FINAL), set())


def test_a_failure_is_told_of() -> None:
    named = unit("cbrctl-backup.service")["Unit"]["OnFailure"]
    assert (DEPLOY / "systemd" / named.replace("%n", "")).exists()


def test_the_line_of_the_service_backs_up_once_a_day(cloud: Cloud, environ: dict[str, str], tmp_path: Path) -> None:
    install(tmp_path, environ)
    for _ in range(2):
        done = subprocess.run(line_of_systemd(tmp_path), env={"PATH": os.environ["PATH"]}, capture_output=True)
        assert done.returncode == 0, done.stderr
    assert posts(cloud) == 1
    assert (tmp_path / "cbrctl-nightly.prom").exists()


@pytest.mark.parametrize("code", [0, *RETRIED, *FINAL])
def test_the_exit_code_reaches_systemd(code: int, tmp_path: Path) -> None:
    pretend(tmp_path, code)
    assert subprocess.run(line_of_systemd(tmp_path), stdout=subprocess.DEVNULL).returncode == code


def test_a_signal_reaches_cbrctl(tmp_path: Path) -> None:
    """The shell of the line is gone: systemd's SIGTERM has cbrctl alone to go to."""
    (tmp_path / "cbrctl").write_text("#!/bin/sh\ntrap 'exit 143' TERM\necho here\nwhile :; do sleep 0.05; done\n")
    (tmp_path / "cbrctl").chmod(0o755)
    with subprocess.Popen(line_of_systemd(tmp_path), stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"here\n"
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 143


# both ------------------------------------------------------------------------------------------------------------------


def test_no_two_examples_write_the_same_metrics() -> None:
    used = defaultdict(set)
    for path in DEPLOY.rglob("*"):
        if path.is_file() and path.suffix != ".md":
            for file in re.findall(r"--metrics-file (\S+\.prom)", path.read_text("utf-8")):
                used[file].add(path.parent.name)
    # one machine has the one or the other
    assert dict(used) == {f"{METRICS}/cbrctl-nightly.prom": {"cron", "systemd"}}
