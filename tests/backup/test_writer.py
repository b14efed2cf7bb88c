"""The records of a fleet's jobs in one commit: durable for each before it goes on, and what keeps one out is its own."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cbrctl.backup.journal import Journal, Writing
from cbrctl.backup.options import BackupOptions
from cbrctl.backup.record import Backup
from cbrctl.backup.schedule import BUSY, IDLE, Schedule, Steps
from cbrctl.backup.submit import Submission
from cbrctl.backup.writer import Writer
from cbrctl.errors import LocalState
from cbrctl.ids import new_op_id
from cbrctl.machine.clock import Instant
from tests.support import cbr
from tests.support.program import Run
from tests.support.scripted import Answer, Asked, Scripted
from tests.support.state import rows


class Clock:
    """A clock that sleeps in no time."""

    at = 0.0

    def time(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    def boot_id(self) -> str | None:
        return None

    def sleep(self, seconds: float) -> None:
        self.at += seconds


class Commits(Journal):
    """A journal in memory that notes what was written together, and keeps some out."""

    def __init__(self, *unwanted: str) -> None:
        super().__init__(None)
        self.unwanted = unwanted
        self.tried: list[list[str]] = []

    def record_all(self, writings: Sequence[Writing]) -> None:
        """Write."""
        self.tried.append([writing.backup.asked for writing in writings])
        if any(writing.backup.asked in self.unwanted for writing in writings):
            raise LocalState("journal-unusable", path="j", note="full")
        super().record_all(writings)


class Bench:
    """Jobs that each record what they are about to do, and do it then."""

    def __init__(self, *unwanted: str) -> None:
        self.clock, self.journal = Clock(), Commits(*unwanted)
        self.writer = Writer(lambda: self.journal, self.clock)
        self.sent: list[str] = []
        self.backups: dict[str, Backup] = {}

    def job(self, name: str, takes: float = 0.0) -> tuple[Backup, Steps]:
        """One that needs so long before it records."""
        backup = self.backups[name] = Backup(name, op_id=new_op_id(), vault_id=cbr.VAULT, project_id=cbr.PROJECT)
        return backup, self._steps(backup, takes)

    def _steps(self, backup: Backup, takes: float) -> Steps:
        self.clock.at += takes
        backup.state = "sending"
        yield from self.writer.record(backup)
        known = self.journal.find(str(backup.op_id))
        assert known is not None
        assert known.state == "sending", "it is durable once the job goes on"
        self.sent.append(backup.asked)
        backup.end("completed")

    def run(self, *work: tuple[Backup, Steps]) -> None:
        """Run jobs to their ends."""
        Schedule(self.clock, lambda backup: None, write=self.writer.write).run(work)


Maker = Callable[..., Bench]


@pytest.fixture
def make_bench() -> Iterator[Maker]:
    """What is made by it is closed."""
    with ExitStack() as stack:

        def make(*unwanted: str) -> Bench:
            bench = Bench(*unwanted)
            stack.callback(bench.journal.close)
            return bench

        yield make


def test_jobs_share_a_commit(make_bench: Maker) -> None:
    bench = make_bench()
    bench.run(*(bench.job(name) for name in "abc"))
    assert bench.journal.tried == [["a", "b", "c"]]
    assert bench.sent == ["a", "b", "c"]
    assert bench.clock.at == IDLE, "others may come"


def test_what_fails_together_is_tried_alone(make_bench: Maker) -> None:
    bench = make_bench("b")
    bench.run(*(bench.job(name) for name in "abc"))
    assert bench.journal.tried == [["a", "b", "c"], ["a"], ["b"], ["c"]]
    assert bench.sent == ["a", "c"]
    assert {name: backup.exit_code for name, backup in bench.backups.items()} == {"a": 0, "b": 15, "c": 0}


def test_no_record_waits_for_long_while_others_are_busy(make_bench: Maker) -> None:
    bench = make_bench()
    bench.run(bench.job("a"), *(bench.job(name, takes=BUSY) for name in "bcd"))
    assert bench.journal.tried == [["a", "b"], ["c", "d"]]


def test_a_job_that_is_ended_while_it_waits_has_nothing_written(make_bench: Maker) -> None:
    bench = make_bench()
    _, steps = bench.job("a")
    next(steps)
    steps.close()
    bench.writer.write()
    assert (bench.journal.tried, bench.journal.count()) == ([], 0)


OTHERS = [f"{cbr.VAULT[:-1]}{digit}" for digit in "0123"]


def answer_as(vault: str) -> dict[str, Any]:
    """The answer to the POST for another vault."""
    text = json.dumps(cbr.posted()).replace(cbr.VAULT, vault)
    answer: dict[str, Any] = json.loads(text.replace(cbr.CHECKPOINT, f"{cbr.CHECKPOINT[:-1]}{vault[-1]}"))
    return answer


def test_no_request_of_a_fleet_leaves_before_its_record(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    seen: list[str] = []

    def answer(asked: Asked) -> dict[str, Any]:
        vault = asked.json()["checkpoint"]["vault_id"]
        seen.extend(row["state"] for row in rows(tmp_path) if row["vault_id"] == vault)
        return answer_as(vault)

    scripted.on(cbr.POST, Answer(200, answer))
    vaults = [part for vault in OTHERS for part in ("-V", vault)]
    result = run("backup", *vaults, "--no-wait", "-o", "json", "--parallel", "4")
    assert [entry["outcome"] for entry in result.json()["backups"]] == ["accepted"] * 4
    assert seen == ["sending"] * 4
    assert [row["state"] for row in rows(tmp_path)] == ["accepted"] * 4


def test_what_is_durable_is_said_though_a_second_signal_comes_before_the_request(make_bench: Maker) -> None:
    bench = make_bench()
    for written, state in ((False, "prepared"), (True, "sending")):
        job: Any = Submission.__new__(Submission)
        job.backup, job.options = Backup("v", op_id=new_op_id(), vault_id=cbr.VAULT), BackupOptions()
        job.looks_since, job.is_hasty = None, False
        job.client = SimpleNamespace(now=lambda: Instant(0.0, None, 0.0, None))
        job.shared = SimpleNamespace(writer=bench.writer)
        steps = job._record_sending()
        next(steps)
        if written:
            bench.writer.write()
        steps.close()
        bench.writer.write()
        found = bench.journal.find(job.backup.op_id)
        assert job.backup.state == state
        assert (found.state if found else "prepared") == state
