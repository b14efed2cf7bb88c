"""deploy/prometheus: the alerts, by Prometheus' own checks, and that they ask for what cbrctl writes."""

import re
import subprocess

import pytest

from cbrctl.screen.metrics import HELP
from tests.support.deploying import DEPLOY, tool

FOLDER = DEPLOY / "prometheus"


@pytest.mark.real
@pytest.mark.parametrize("line", [("check", "rules", "cbrctl.rules.yml"), ("test", "rules", "cbrctl.rules.test.yml")])
def test_the_rules(line: tuple[str, ...]) -> None:
    checked = subprocess.run(
        [tool("promtool", "Debian: prometheus"), *line], cwd=FOLDER, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_they_ask_for_what_is_written() -> None:
    asked = set(re.findall(r"cbrctl_backup_(\w+)", (FOLDER / "cbrctl.rules.yml").read_text("utf-8")))
    assert asked
    assert asked <= set(HELP)


def test_each_alert_is_tested() -> None:
    names = re.findall(r"alert: (\w+)", (FOLDER / "cbrctl.rules.yml").read_text("utf-8"))
    assert set(names) == set(re.findall(r"alertname: (\w+)", (FOLDER / "cbrctl.rules.test.yml").read_text("utf-8")))
