"""What is said where the practice cloud runs inside the command: it ends with it, and with it every backup there."""

import signal
import subprocess

import pytest

from tests.support.program import PROGRAM, ROOT, Run

pytestmark = pytest.mark.long

GONE = "The practice cloud ended with this command, and its backups with it: nothing is left to follow."
STAYS = "One that stays: cbrctl sandbox serve."
BACKUP = ("backup", "--sandbox", "--vault", "vault-be94")


def test_who_does_not_wait_is_sent_after_nothing(run: Run, run_tty: Run) -> None:
    result = run(*BACKUP, "--no-wait")
    assert (result.code, result.rows()[0]["outcome"]) == (0, "accepted")
    assert result.err.splitlines()[-1] == f"{GONE} {STAYS}"
    shown = run_tty(*BACKUP, "--no-wait", "--lang", "en")
    assert (shown.code, "accepted" in shown.out) == (0, True)
    assert " ".join(shown.err.split()).endswith(f"{GONE} {STAYS}")
    for words in ("cbrctl wait", "cbrctl resume"):
        assert words not in result.err + shown.err


def test_several_are_told_once(run: Run) -> None:
    result = run(*BACKUP, "--vault", "vault-skip", "--no-wait")
    assert (result.code, result.err.count(GONE)) == (0, 1)


def test_a_wait_that_ran_out(run: Run, run_tty: Run) -> None:
    result = run(*BACKUP, "--timeout", "0")
    assert result.code == 5
    assert "error: vault-be94: The wait ended; the backup ended with the practice cloud." in result.err
    assert f"  → {GONE} {STAYS}" in result.err
    for words in ("goes on", "cbrctl wait"):
        assert words not in result.out + result.err
    shown = run_tty(*BACKUP, "--timeout", "0", "--lang", "en")
    assert (shown.code, "goes on" in shown.out + shown.err) == (5, False)
    error = run(*BACKUP, "--timeout", "0", "-o", "json").json()["backups"][0]["error"]
    assert (error["kind"], error["hint"]) == ("pending", f"{GONE} {STAYS}")


def test_ctrl_c(environ: dict[str, str]) -> None:
    """By the real clock: the backup runs for seconds, and the signal comes as soon as it is accepted."""
    child = subprocess.Popen(
        [*PROGRAM, *BACKUP],
        env={**environ, "PYTHONPATH": ROOT},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stderr is not None
    assert "accepted, checkpoint" in child.stderr.readline()
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=20)
    assert (child.returncode, "pending" in out) == (130, True)
    assert "Stopped by SIGINT. The backup was sent and ended with the practice cloud." in err
    assert f"  → {GONE} {STAYS}" in err


@pytest.mark.parametrize("profile", ["", "nightly"])
def test_elsewhere_it_goes_on(profile: str, run: Run, cloud: object) -> None:
    """And what follows it asks where it was asked."""
    given = []
    if profile:
        assert run("config", "set", "region", "cn-north-4", "--profile", profile).code == 0
        given = ["--profile", profile]
    result = run("backup", *given, "--vault", "vault-be94", "--no-wait")
    [row] = result.rows()
    options = "".join(f" {word}" for word in given)
    assert result.code == 0
    assert result.err.splitlines()[-1] == f"vault-be94: cbrctl wait{options} {row['checkpoint_id']} follows it."
