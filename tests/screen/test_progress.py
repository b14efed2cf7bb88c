"""What is said while a backup runs: a line now and then in a log, what fits on a screen, and that no answer comes."""

import re
from pathlib import Path

import pytest

from cbrctl.backup.options import Event
from cbrctl.backup.record import Backup
from cbrctl.screen.progress import LiveVoice, cut_middle
from cbrctl.screen.streams import Streams
from tests.support import cbr
from tests.support.program import Run
from tests.support.scripted import Answer, Scripted

pytestmark = pytest.mark.long

RUNNING = {
    cbr.SHOW: cbr.shown("protecting"),
    cbr.COPIES: cbr.copies((cbr.SERVER, "protecting")),
    cbr.TASKS: cbr.tasks((cbr.SERVER, "running", 10, "", "")),
}


def play(scripted: Scripted) -> None:
    scripted.on(cbr.POST, cbr.posted())
    for pattern, answer in RUNNING.items():
        scripted.on(pattern, answer)


def lines_of(text: str) -> list[str]:
    """The lines of a log without their moments."""
    return [re.sub(r"^\S+Z \S+: ", "", line) for line in text.splitlines()]


def test_a_log_gets_a_line_every_five_minutes(scripted: Scripted, run: Run) -> None:
    """Systems that run jobs end those that say nothing."""
    play(scripted)
    result = run("backup", "--vault", cbr.VAULT, "--timeout", "31m")
    assert result.code == 5
    beats = [line for line in lines_of(result.err) if line.startswith("0 of 1 resources done")]
    assert beats == ["0 of 1 resources done, checkpoint protecting, since 2019-05-10T07:59:12.733403Z"] * len(beats)
    assert len(beats) in (5, 6)


def test_no_line_of_jsonl_is_a_look(scripted: Scripted, run: Run) -> None:
    play(scripted)
    result = run("backup", "--vault", cbr.VAULT, "--timeout", "31m", "-o", "jsonl")
    assert {line["type"] for line in result.lines()} == {"op", "status", "resource", "result"} - {"status"}


def test_a_service_that_does_not_answer_is_told_while_it_lasts(scripted: Scripted, run: Run) -> None:
    play(scripted)
    broken = [Answer(503, b"x")] * 6
    scripted.on(cbr.SHOW, RUNNING[cbr.SHOW], *broken, cbr.shown("available"))
    scripted.on(cbr.COPIES, RUNNING[cbr.COPIES], *broken, cbr.copies((cbr.SERVER, "available")))
    scripted.on(cbr.TASKS, RUNNING[cbr.TASKS], *broken, cbr.tasks((cbr.SERVER, "success", 100, "", "")))
    result = run("backup", "--vault", cbr.VAULT)
    assert result.code == 0
    said = lines_of(result.err)
    assert said.count("no answer from the service; it is asked again") == 1
    assert said.index("no answer from the service; it is asked again") < said.index("checkpoint available")


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("abc", 3, "abc"),
        ("abcdefghij", 5, "ab…ij"),
        ("abcdefghij", 6, "ab…hij"),
        ("server-0001-production", 12, "serve…uction"),
    ],
)
def test_a_name_is_cut_in_its_middle(text: str, width: int, cut: str) -> None:
    assert cut_middle(text, width) == cut
    assert len(cut) <= width


def resource_event(entry: Backup, number: int, status: str) -> Event:
    data = {
        "id": f"r{number}",
        "name": f"server-{number:04}",
        "status": status,
        "progress": 100 if status == "available" else 5,
    }
    return Event("resource", entry, data)


def test_forty_resources_on_a_screen_of_24_lines(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LINES", "24")
    monkeypatch.setenv("COLUMNS", "80")
    voice, entry = LiveVoice(Streams(0, "never")), Backup("v", op_id="x")
    for number in range(40):
        voice.tell(resource_event(entry, number, "available" if number < 12 else "protecting"))
    assert voice._progress is not None
    seen = [task for task in voice._progress.tasks if task.visible]
    assert len(seen) <= 20
    assert [task.description for task in seen][-1] == "12 of 40 done"
    assert all(task.fields["status"] == "protecting" for task in seen[:-1]), "those that run are shown"
    voice.tell(Event("look", entry, {"error": OSError()}))
    assert {task.fields["status"] for task in voice._progress.tasks if task.description.startswith("server")} == {
        "no answer"
    }
    voice.tell(Event("look", entry, {"error": None}))
    assert "no answer" not in {task.fields["status"] for task in voice._progress.tasks}
    voice.close()
    assert capfd.readouterr().err.endswith("\x1b[?25h")


def test_several_backups_have_a_line_each_as_they_end(cloud: object, run_tty: Run, tmp_path: Path) -> None:
    result = run_tty("backup", "--vault", "vault-be94", "--vault", "vault-fail", "--color", "never")
    said = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", result.err)
    assert "vault-be94: completed" in said
    assert "vault-fail: " in said
