"""Print how the cost grows with vaults, with rows of the journal, and with copies of a vault. Judges nothing.

    python tests/benchmarks/growth.py [vaults|journal|copies ...]

Each line is one command in a process of its own, against a practice cloud in another; CPU is user and system time of the
command. Backups take two seconds and requests no time on purpose, so that what grows is cbrctl's.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from uuid import UUID, uuid4

from cbrctl.backup.journal import Journal
from cbrctl.backup.record import Backup
from cbrctl.ids import new_op_id
from cbrctl.sandbox import Cloud, Resource, Server
from cbrctl.sandbox.seed import add_backup

ROOT = Path(__file__).parents[2]
VAULTS = (1, 10, 100, 1000, 10_000)
ROWS = (10, 100, 1000, 10_000, 100_000)
COPIES = (10, 100, 1000, 10_000)


class Cost(NamedTuple):
    """What a command took."""

    cpu: float
    peak: float
    """MiB."""
    requests: int


class Practice:
    """A practice cloud in another process."""

    def __init__(self, vaults: int, copies: int) -> None:
        command = [sys.executable, __file__, "serve", str(vaults), str(copies)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.inbox, self.outbox = self.process.stdin, self.process.stdout
        self.variables = json.loads(self.outbox.readline())

    def count(self) -> int:
        """Return how many requests came since the last time."""
        self.inbox.write("\n")
        self.inbox.flush()
        return int(self.outbox.readline())

    def measure(self, home: str, *args: str) -> Cost:
        """Run one command."""
        environ = {"PATH": os.environ["PATH"], "HOME": home, "PYTHONPATH": str(ROOT), **self.variables}
        self.count()
        command = [sys.executable, "-m", "cbrctl", *args, "-o", "json", "-qq"]
        child = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0, args
        return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, self.count())


def serve(vaults: int, copies: int) -> None:
    """Serve a cloud, and tell on standard output how much was asked each time that a line comes in."""
    cloud = Cloud()
    for number in range(vaults):
        server = Resource(f"server-{number:05}", duration=2.0)
        vault = cloud.add_vault(f"vault-{number:05}", resources=[server], size_gb=1_000_000)
        for back in range(copies):
            ids = (str(uuid4()), str(uuid4()), str(uuid4()))
            add_backup(cloud, vault, server, "nightly", cloud.started - 600 * (back + 1), ids)
    with Server(cloud) as server_:
        print(json.dumps(server_.variables()), flush=True)
        for _ in sys.stdin:
            print(len(cloud.requests), flush=True)
            with cloud.lock:
                cloud.requests.clear()


def show(what: str, number: int, words: str, cost: Cost, least: Cost) -> None:
    """Print a line: the whole, and what one of them took beyond the first line's."""
    each = (cost.cpu - least.cpu) / number * 1000
    print(
        f"{number:7} {what:8} {words:40} {cost.cpu:7.2f} s CPU {cost.peak:5.0f} MiB {cost.requests:6} requests "
        f"{each:7.3f} ms each beyond the first line",
        flush=True,
    )


def grow_vaults() -> None:
    """Start and follow more and more vaults, and check them."""
    for words, args in (
        ("backup --all-vaults", ("backup", "--all-vaults", "--parallel", "32", "--poll-interval", "5s")),
        ("check --all-vaults", ("check", "--all-vaults", "--max-age", "26h")),
    ):
        least = None
        for number in VAULTS:
            practice = Practice(number, 1)
            with TemporaryDirectory() as home:
                cost = practice.measure(home, *args)
            practice.process.terminate()
            least = least or cost
            show("vaults", number, words, cost, least)


def fill(folder: Path, rows: int) -> None:
    """Make a journal of backups that have ended."""
    journal = Journal(folder)
    journal._db.execute("PRAGMA synchronous = OFF")  # only while it is made
    for number in range(rows):
        vault = str(UUID(int=number % 500))
        backup = Backup("v", op_id=new_op_id(), vault_id=vault, vault_name=f"vault-{number % 500}", project_id="0" * 32)
        backup.request = {"vault_id": vault, "parameters": {"name": f"cbrctl-{backup.op_id}-ABCD"}}
        backup.state, backup.sent, backup.outcome, backup.exit_code = "completed", "yes", "completed", 0
        backup.started_at, backup.ended_at = 1.7e9 + number, "2026-01-01T00:00:00Z"
        journal.record(backup)
    journal.close()


def grow_journal() -> None:
    """Start a backup, list and resume beside more and more rows of the journal."""
    least: dict[str, Cost] = {}
    for rows in ROWS:
        practice = Practice(1, 1)
        with TemporaryDirectory() as home:
            fill(Path(home) / ".local/state/cbrctl", rows)
            for args in (
                ("backup", "--vault", "vault-00000", "--no-wait"),
                ("resume",),
                ("history", "--limit", "20"),
                ("history",),
            ):
                cost = practice.measure(home, *args)
                words = " ".join(args)
                show("rows", rows, words, cost, least.setdefault(words, cost))
        practice.process.terminate()


def grow_copies() -> None:
    """Check a vault, start a backup of it, and look for a run key's, beside more and more copies."""
    least: dict[str, Cost] = {}
    for copies in COPIES:
        practice = Practice(1, copies)
        for args in (
            ("check", "--vault", "vault-00000", "--max-age", "26h"),
            ("backup", "--vault", "vault-00000", "--poll-interval", "5s"),
            ("backup", "--vault", "vault-00000", "--run-key", "one", "--poll-interval", "5s"),
        ):
            with TemporaryDirectory() as home:
                cost = practice.measure(home, *args)
            words = " ".join(args[:1] + args[3:5])
            show("copies", copies, words, cost, least.setdefault(words, cost))
        practice.process.terminate()


GROWTHS = {"vaults": grow_vaults, "journal": grow_journal, "copies": grow_copies}

if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]), int(sys.argv[3]))
    else:
        for name in sys.argv[1:] or GROWTHS:
            GROWTHS[name]()
