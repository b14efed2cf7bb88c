"""Many vaults at once, by the real program: few requests, one login, each vault's own end, and a signal amid it all."""

import json
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from cbrctl.sandbox import Cloud, Resource
from tests.support.program import PROGRAM, Run

COUNT = 30
FLEET = ("backup", "--tag", "team=fleet", "--poll-interval", "500ms", "-o", "json")


@pytest.fixture
def fleet(cloud: Cloud) -> Cloud:
    """Thirty vaults more, whose backups take a second and a half."""
    for number in range(COUNT):
        cloud.add_vault(
            f"fleet-{number:02}", resources=[Resource(f"s-{number:02}", duration=1.5)], tags={"team": "fleet"}
        )
    return cloud


def count(cloud: Cloud, *before: Counter[str]) -> Counter[str]:
    """What was asked, by kind, without what was asked `before`."""
    with cloud.lock:
        asked = Counter(
            "post"
            if r.method == "POST" and r.path.endswith("/checkpoints")
            else "login"
            if "auth" in r.path
            else "read"
            for r in cloud.requests
        )
    return asked - sum(before, Counter())


def made(cloud: Cloud) -> Counter[str]:
    """How many checkpoints each vault has of those that were added here."""
    with cloud.lock:
        return Counter(c.vault.name for c in cloud.checkpoints.values() if c.vault.name.startswith("fleet-"))


def test_requests_do_not_grow_with_vaults(fleet: Cloud, run: Run, tmp_path: Path) -> None:
    result = run(*FLEET, "--run-key", "nightly")
    assert {entry["outcome"] for entry in result.json()["backups"]} == {"completed"}
    first = count(fleet)
    assert (first["post"], first["login"]) == (COUNT, 1)
    # while they run the lists of the project do for all; that one is complete is seen by a look of its own, of seven reads at most
    assert first["read"] < 9 * COUNT, first
    assert run(*FLEET, "--run-key", "nightly").code == 0
    again = count(fleet, first)
    assert (again["post"], again["read"] <= 12) == (0, True), again
    elsewhere = run(*FLEET, "--run-key", "nightly", env={"CBRCTL_STATE_DIR": str(tmp_path / "elsewhere")})
    assert {(e["outcome"], e["attached"]) for e in elsewhere.json()["backups"]} == {("completed", True)}
    fresh = count(fleet, first, again)
    assert (fresh["post"], fresh["read"] <= 14 * COUNT) == (0, True), fresh
    assert made(fleet) == {f"fleet-{number:02}": 1 for number in range(COUNT)}


@pytest.mark.heavy
@pytest.mark.parametrize(
    "fault",
    ["tasks:status=403", "copies:status=403", "tasks:status=503*6", "copies:cut=40*4", "create:error=APIGW.0308*9"],
)
def test_a_service_that_fails_makes_no_wrong_word(fault: str, fleet: Cloud, run: Run) -> None:
    fleet.add_vault(
        "fleet-bad", resources=[Resource("bad", fail=("BackupService.8300", "disk"))], tags={"team": "fleet"}
    )
    fleet.faults.add(fault)
    result = run(*FLEET, timeout=90)
    ends = {entry["vault"]["name"]: (entry["outcome"], entry["exit_code"]) for entry in result.json()["backups"]}
    assert ends.pop("fleet-bad") == ("failed", 4)
    assert set(ends.values()) == {("completed", 0)}
    assert result.code == 4
    assert set(made(fleet).values()) == {1}


def test_a_signal_settles_what_is_on_its_way_and_starts_nothing_more(
    fleet: Cloud, environ: dict[str, str], run: Run
) -> None:
    with subprocess.Popen([*PROGRAM, *FLEET, "--parallel", "4"], env=environ, stdout=-1, stderr=-1, text=True) as child:
        while not made(fleet):
            time.sleep(0.005)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)
    assert child.returncode == 130, err
    told = Counter((e["outcome"], e["sent"], e["checkpoint"] is not None) for e in json.loads(out)["backups"])
    started = sum(made(fleet).values())
    assert 0 < started < COUNT
    assert told == {("pending", "yes", True): started, ("error", "no", False): COUNT - started}
    fleet.faults.clear()
    resumed = run("resume", "-o", "json")
    assert Counter(e["outcome"] for e in resumed.json()["backups"]) == {"completed": started}
    assert sum(made(fleet).values()) == started
