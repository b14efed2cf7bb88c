"""Many vaults on a terminal and in a log: bounded in height, a line a vault that has ended, and the sums at the end."""

import re
import time

import pytest

from cbrctl.sandbox import Cloud, Resource
from cbrctl.screen.bars import Bars
from tests.support.program import Run
from tests.support.schemas import validate_lines

COUNT = 40
FLEET = ("backup", "--tag", "team=fleet", "--poll-interval", "200ms")
DISK = ("BackupService.8300", "disk")


@pytest.fixture
def fleet(cloud: Cloud) -> Cloud:
    """Forty vaults more, of which one fails and one is skipped whole."""
    for number in range(COUNT):
        resource = Resource(
            f"server-{number:02}",
            duration=0.5 + number % 4 / 2,
            fail=DISK if number == 7 else None,
            skip=("BackupService.7101", "stopped") if number == 9 else None,
        )
        cloud.add_vault(f"fleet-{number:02}", resources=[resource], tags={"team": "fleet"})
    return cloud


def plain(text: str) -> str:
    """A terminal's text without its escape codes."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_a_terminal_shows_no_more_than_fits(fleet: Cloud, run_tty: Run) -> None:
    result = run_tty(*FLEET, "--color", "never")
    assert result.code == 4
    frames = re.split(r"(?:\r?\x1b\[2K|\x1b\[1A\x1b\[2K)+", result.err)
    assert len(frames) > 3
    assert max(frame.count("\n") for frame in frames[1:-1]) <= 16
    assert f"of {COUNT} done" in plain(result.err)
    assert re.search(r"\d+ running", plain(result.err))
    assert "fleet-01: accepted" not in plain(result.err)


@pytest.mark.parametrize("output", ["id", "jsonl"])
def test_nothing_is_redrawn_over_what_is_written_meanwhile(output: str, fleet: Cloud, run_tty: Run) -> None:
    """Ids and events come to the same terminal as they happen: a bar would be drawn over them."""
    result = run_tty(*FLEET, "-o", output, "--color", "never")
    assert "\x1b[1A" not in result.err
    ids = [checkpoint.id for checkpoint in fleet.checkpoints.values() if checkpoint.vault.name.startswith("fleet-")]
    assert all(plain(result.out).count(id) >= 1 for id in ids)


def test_who_needs_a_person_comes_first_and_then_the_sums(fleet: Cloud, run_tty: Run) -> None:
    result = run_tty(*FLEET, "--color", "never")
    marks = [line for line in result.out.splitlines() if line[:1] in "✓✗!…" and line[1:2] == " "]
    assert [mark.split(":")[0] for mark in marks] == ["✗ fleet-07", "✗ fleet-09"]
    assert result.out.rstrip().splitlines()[-1] == f"{COUNT} vaults: 2 failed, {COUNT - 2} completed"


def test_a_log_has_a_line_a_vault(fleet: Cloud, run: Run) -> None:
    result = run(*FLEET)
    assert result.code == 4
    lines = [line.split(" ", 1)[1] for line in result.err.splitlines() if re.match(r"\d{4}-", line)]
    ends = [line for line in lines if not line.endswith("looking for the backup by its marker")]
    assert sorted(ends) == sorted(
        f"fleet-{number:02}: {'failed' if number in (7, 9) else 'completed'}" for number in range(COUNT)
    )
    rows = result.rows()
    assert len({row["vault"] for row in rows}) == COUNT  # programs get all of it


def test_lines_stream_as_it_goes_on(fleet: Cloud, run: Run) -> None:
    result = run(*FLEET, "-o", "jsonl")
    validate_lines(result.out)
    lines = result.lines()
    ended = [line for line in lines if line["type"] == "op" and line["state"] == "ended"]
    assert len(ended) == COUNT
    assert len(lines[-1]["backups"]) == COUNT
    assert lines.index(ended[0]) < len(lines) - COUNT


def test_what_was_accepted_is_followed_by_one_command(fleet: Cloud, run: Run) -> None:
    result = run(*FLEET[:3], "--no-wait", "-o", "id")
    assert result.code == 4
    assert len(set(result.out.split())) == COUNT
    assert result.err.count("cbrctl resume follows what was accepted.") == 1
    assert "cbrctl wait" not in result.err


def test_the_time_of_a_line_that_shows_another_vault_goes_on() -> None:
    bars = Bars(color=False)
    row = bars.add_task("web-01", total=100, status="")
    bars.set_beginning(row, time.monotonic() - 60)
    bars.update(row, completed=100)
    assert bars.tasks[0].finished_time is not None
    bars.set_beginning(row, time.monotonic() - 600)
    bars.update(row, completed=20)
    assert bars.tasks[0].finished_time is None
    assert (bars.tasks[0].elapsed or 0) >= 600
