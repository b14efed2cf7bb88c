"""The first sign of life on a terminal comes before all that takes time: what is heavy to load, and the first request.

No test takes the time of it: what stands before what is the same on any machine.
"""

import os
import pty
import select
import subprocess
import sys

import pytest

from tests.support import cbr
from tests.support.program import Run
from tests.support.scripted import Answer, Scripted

pytestmark = pytest.mark.long

LINES = (
    "vault list", "task list", "check --all-vaults", "report --all-vaults", f"wait {cbr.CHECKPOINT}", "resume", "doctor",
    "auth status", "backup --vault vault-be94",
)  # fmt: skip
HEAVY = {"requests", "urllib3", "rich", "ssl", "sqlite3", "http.client", "cbrctl.session", "cbrctl.api.client"}


class Terminal:
    """A terminal for standard error, from which what stands there can be read at any moment."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        self.text = ""

    def read(self, patience: float = 0) -> str:
        while select.select([self.master], [], [], patience)[0]:
            try:
                piece = os.read(self.master, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            self.text += piece.decode()
        return self.text

    def run(self, environ: dict[str, str], *words: str) -> int:
        child = subprocess.Popen(
            [sys.executable, *words],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.slave,
        )
        os.close(self.slave)
        self.read(30)
        return child.wait(30)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.sampled(3)
def test_it_stands_before_anything_heavy_is_loaded(line: str, scripted: Scripted, environ: dict[str, str]) -> None:
    """Python tells on the same terminal what it imports."""
    terminal = Terminal()
    terminal.run({**environ, "COLUMNS": "80"}, "-X", "importtime", "-m", "cbrctl", *line.split())
    before, sign, after = terminal.text.partition("\r\x1b[2K  working …")
    assert sign, "nothing stood there"
    early, late = (
        {row.rpartition("|")[2].strip() for row in part.splitlines() if "import time:" in row}
        for part in (before, after)
    )
    assert early & HEAVY == set()
    assert len(early) > 50
    assert "cbrctl.session" in late, "the list is seen"


@pytest.mark.parametrize("line", ["vault list", "backup --vault vault-be94", "check --all-vaults"])
def test_it_stands_when_the_first_request_arrives(line: str, scripted: Scripted, environ: dict[str, str]) -> None:
    terminal = Terminal()
    seen: list[str] = []
    scripted.on(cbr.VAULTS, Answer(body={"vaults": [], "count": 0}, before=lambda: seen.append(terminal.read())))
    terminal.run(environ, "-m", "cbrctl", *line.split())
    assert len(scripted.asked) >= 1
    assert seen[0].startswith("\r\x1b[2K  working …")


def test_a_log_and_a_quiet_run_have_none(scripted: Scripted, run: Run, run_tty: Run) -> None:
    scripted.on(cbr.VAULTS, {"vaults": [], "count": 0})
    assert (run("vault", "list").err, run("vault", "list").code) == ("There are no vaults in this project.\n", 0)
    assert run_tty("vault", "list", "-q").err == ""
