"""A signal between the answer to a POST and the telling of it: the windows are a few bytecodes wide, so the child's code
is patched to send itself SIGTERM exactly there."""

import json
import subprocess
import sys

import pytest

from tests.support import cbr
from tests.support.scripted import Answer, Scripted

pytestmark = pytest.mark.long

WINDOWS = {
    "after a vault has ended": """
step = schedule.Schedule._step
def patched(self, job):
    step(self, job)
    if not self._left:
        os.kill(os.getpid(), signal.SIGTERM)
schedule.Schedule._step = patched
""",
    "after the answer": """
send = submit.Submission._post
def patched(*args, **more):
    try:
        return (yield from send(*args, **more))
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
submit.Submission._post = patched
""",
}
LOST = Answer(raw=b"", end="fin")


def run_patched(patch: str, environ: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    imports = "import os, signal\nfrom cbrctl.cli import tree as cli\nfrom cbrctl.backup import schedule, submit"
    code = f"{imports}\n{patch}\ncli.cli.main({list(args)!r})"
    return subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("patch", WINDOWS.values(), ids=WINDOWS)
@pytest.mark.parametrize("output", ["json", "id"])
def test_an_accepted_backup_is_never_lost(patch: str, output: str, scripted: Scripted, environ: dict[str, str]) -> None:
    scripted.on(cbr.POST, cbr.posted())
    done = run_patched(patch, environ, "backup", "--vault", cbr.VAULT, "--no-wait", "-o", output)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 143)
    assert cbr.CHECKPOINT in done.stdout
    if output == "json":
        [entry] = json.loads(done.stdout)["backups"]
        assert (entry["sent"], entry["checkpoint"]["id"]) == ("yes", cbr.CHECKPOINT)


@pytest.mark.parametrize("patch", WINDOWS.values(), ids=WINDOWS)
def test_a_lost_answer_stays_unknown(patch: str, scripted: Scripted, environ: dict[str, str]) -> None:
    scripted.on(cbr.POST, LOST)
    done = run_patched(patch, environ, "backup", "--vault", cbr.VAULT, "-o", "json")
    [entry] = json.loads(done.stdout)["backups"]
    assert (entry["outcome"], entry["exit_code"], entry["sent"]) == ("unknown", 6, "unknown")
    assert scripted.count(cbr.POST) == 1
