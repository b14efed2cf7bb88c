"""What is said while a backup runs: a line now and then in a log, what fits on a screen, and that no answer comes."""

import re
from pathlib import Path

import pyte
import pytest
from rich.cells import cell_len

from cbrctl.api.models import Checkpoint
from cbrctl.backup.options import Event
from cbrctl.backup.record import NOTHING_SEEN, Backup, of_others
from cbrctl.backup.states import State
from cbrctl.sandbox import Cloud
from cbrctl.screen.progress import LiveVoice
from cbrctl.screen.streams import Streams
from cbrctl.screen.tables import cut_middle
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


@pytest.mark.heavy
def test_a_log_gets_a_line_every_five_minutes(scripted: Scripted, run: Run) -> None:
    """Systems that run jobs end those that say nothing."""
    play(scripted)
    result = run("backup", "--vault", cbr.VAULT, "--timeout", "31m")
    assert result.code == 5
    beats = [line for line in lines_of(result.err) if line.startswith("0 of 1 resources done")]
    assert beats == ["0 of 1 resources done, checkpoint protecting, since 2019-05-10T07:59:12.733403Z"] * len(beats)
    assert len(beats) in (5, 6)


@pytest.mark.heavy
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
        ("生产数据库-01", 8, "生…-01"),
    ],
)
def test_a_name_is_cut_in_its_middle(text: str, width: int, cut: str) -> None:
    assert cut_middle(text, width) == cut
    assert cell_len(cut) <= width


def resource_event(entry: Backup, name: str, status: str) -> Event:
    progress = 100 if status == "available" else 5
    return Event("resource", entry, {"id": name, "name": name, "status": status, "progress": progress})


def state(name: str, status: str) -> State:
    return State(name, name, None, None, status, None, None, None)


def show(entry: Backup, names: list[str], done: int, voice: LiveVoice) -> None:
    """Let a look show resources, of which the first are done."""
    statuses = ["available" if number < done else "protecting" for number in range(len(names))]
    entry.verdict = NOTHING_SEEN._replace(states=tuple(map(state, names, statuses)))
    for name, status in zip(names, statuses, strict=True):
        voice.tell(resource_event(entry, name, status))


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINES", "24")
    monkeypatch.setenv("COLUMNS", "80")


def frame(capfd: pytest.CaptureFixture[str]) -> list[str]:
    """The lines that stand on the terminal."""
    screen = pyte.Screen(80, 24)
    pyte.Stream(screen).feed(capfd.readouterr().err.replace("\n", "\r\n"))
    return [line.rstrip() for line in screen.display if line.strip()]


@pytest.mark.parametrize("columns", [30, 40, 60, 80])
def test_what_a_terminal_echoes_of_ctrl_c_has_room_beside_the_bar(
    columns: int, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it stands on a line of its own, of which nobody knows who takes the bar away."""
    monkeypatch.setenv("COLUMNS", str(columns))
    screen = pyte.Screen(columns, 24)
    stream = pyte.Stream(screen)
    voice, entry = LiveVoice(Streams(0, "never")), Backup("v", op_id="x")
    show(entry, ["server"], 0, voice)
    stream.feed(capfd.readouterr().err.replace("\n", "\r\n"))
    assert any(" 5 % " in line for line in screen.display)
    stream.feed("^C")
    voice.close()
    stream.feed(capfd.readouterr().err.replace("\n", "\r\n"))
    assert [line for line in screen.display if line.strip()] == []


def test_a_line_above_the_bars_is_written_under_the_lock_of_their_frames(
    narrow: None, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads that send tell of it while another one draws; the lock is Rich's own, and may be gone with another version."""
    streams = Streams(0, "never")
    voice = LiveVoice(streams)
    show(Backup("v", op_id="x"), ["server"], 0, voice)
    assert voice._progress is not None
    lock, written = voice._progress.live._lock, []
    monkeypatch.setattr(voice._progress.console, "print", lambda *args, **options: written.append(lock._is_owned()))  # type: ignore[attr-defined]
    streams.err("told")
    monkeypatch.undo()
    voice.close()
    assert written == [True]


@pytest.mark.heavy
def test_forty_resources_on_a_screen_of_24_lines(narrow: None, capfd: pytest.CaptureFixture[str]) -> None:
    voice, entry = LiveVoice(Streams(0, "never")), Backup("v", op_id="x")
    show(entry, [f"server-{number:04}" for number in range(40)], 12, voice)
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


@pytest.mark.parametrize(("columns", "shown"), [(30, "ecs…-0002"), (40, "ecs-1f0f-0002"), (80, "ecs-1f0f-0002")])
def test_a_name_is_read_beside_its_percent_at_any_width(
    columns: int, shown: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    voice = LiveVoice(Streams(0, "never"))
    show(Backup("v", op_id="x"), ["ecs-1f0f-0002"], 0, voice)
    [line] = frame(capfd)
    voice.close()
    assert line.split()[0] == shown
    assert "5 % protecting" in line
    assert len(line) <= columns


@pytest.mark.heavy
@pytest.mark.parametrize("count", [3, 40])
@pytest.mark.parametrize("name", ["prod-billing-database-server-{:04}", "{}-生产环境计费数据库服务器主节点-备用-{:04}"])
def test_the_end_of_a_long_name_is_seen(name: str, count: int, narrow: None, capfd: pytest.CaptureFixture[str]) -> None:
    voice = LiveVoice(Streams(0, "never"))
    show(Backup("v", op_id="x"), [name.replace("{}", "生产" * 12).format(n) for n in range(count)], 0, voice)
    lines = frame(capfd)
    ends = {match[1] for line in lines if (match := re.search(r"(\d{4}) +[╸━]", line))}
    assert ends == {f"{number:04}" for number in range(min(count, 18))}, lines
    voice.close()


@pytest.mark.heavy
def test_the_total_and_the_time_of_many_are_those_of_the_whole_backup(
    narrow: None, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    voice, entry = LiveVoice(Streams(0, "never")), Backup("v", op_id="x")
    voice.tell(Event("op", entry, {"state": "accepted", "checkpoint_id": "c"}))
    now += 27 * 60
    totals = set()
    names = [f"server-{number:04}" for number in range(40)]
    entry.verdict = NOTHING_SEEN._replace(states=tuple(state(name, "protecting") for name in names))
    for name in names:
        voice.tell(resource_event(entry, name, "protecting"))
        assert voice._progress is not None
        totals |= {task.description for task in voice._progress.tasks if "done" in task.description}
    assert totals == {"0 of 40 done"}
    voice.tell(resource_event(entry, names[0], "protecting"))
    lines = [line for line in frame(capfd) if " % " in line]
    assert {time for line in lines for time in re.findall(r"\d+:\d+:\d+", line)} == {"0:27:00"}, lines
    voice.close()


@pytest.mark.heavy
def test_what_ended_stays_counted(narrow: None, capfd: pytest.CaptureFixture[str]) -> None:
    voice, first, second = LiveVoice(Streams(0, "never")), Backup("v", op_id="x"), Backup("w", op_id="y")
    show(first, ["one", "two"], 2, voice)
    show(second, [f"server-{number:04}" for number in range(30)], 5, voice)
    voice.tell(Event("op", first, {"state": "ended", "outcome": "completed"}))
    assert voice._progress is not None
    assert [task.description for task in voice._progress.tasks][-1] == "7 of 32 done"
    voice.close()


@pytest.mark.parametrize(("of_service", "shown"), [(27 * 60 + 86400.0, "1 day, 0:27:00"), (None, "0:27:00")])
def test_what_others_started_has_run_since_then(
    of_service: float | None,
    shown: str,
    narrow: None,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the service's clock, where it has told it: this machine's may be wrong."""
    began = 1_557_475_152.0
    monkeypatch.setattr("time.time", lambda: began + 27 * 60)
    voice = LiveVoice(Streams(0, "never"), lambda: None if of_service is None else began + of_service)
    entry = of_others(cbr.CHECKPOINT)
    entry.checkpoint = Checkpoint.from_json({"id": cbr.CHECKPOINT, "created_at": "2019-05-10T07:59:12Z"})
    show(entry, ["one", "two"], 0, voice)
    written = capfd.readouterr().err
    times = set(re.findall(r"protecting (?:~\d+ h left )?((?:1 day, )?\d+:\d+:\d+)", written))
    assert times == {shown}, "of each frame"
    voice.close()


@pytest.mark.parametrize("how", ["goes on", "stalls", "no answer", "goes back"])
def test_what_is_left_is_told_of_what_moves(
    how: str, narrow: None, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    began, now = 1_557_475_152.0, [5000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    voice = LiveVoice(Streams(0, "never"), lambda: began + now[0] - 4400)
    entry = of_others(cbr.CHECKPOINT)
    entry.checkpoint = Checkpoint.from_json({"id": cbr.CHECKPOINT, "created_at": "2019-05-10T07:59:12Z"})

    def look(percent: int) -> None:
        data = {"id": "a", "name": "one", "status": "protecting", "progress": percent}
        voice.tell(Event("resource", entry, data))

    look(50)
    now[0] += {"goes on": 90, "stalls": 150}.get(how, 10)
    if how == "no answer":
        voice.tell(Event("look", entry, {"error": OSError()}))
    if how == "goes back":
        look(40)
    assert voice._progress is not None
    capfd.readouterr()
    voice._progress.refresh()
    assert (" left " in capfd.readouterr().err) is (how == "goes on")
    voice.close()


@pytest.mark.parametrize(
    ("seconds", "percent", "status", "columns", "told"),
    [
        (600, 25, "protecting", 80, "~30 min left"),
        (600, 93, "protecting", 80, "<1 min left"),
        (7200, 50, "protecting", 80, "~2 h left"),
        (600, 25, "protecting", 75, ""),
        (600, 25, "error", 80, ""),
        (600, 4, "protecting", 80, ""),
        (29, 50, "protecting", 80, ""),
        (600, 100, "protecting", 80, ""),
    ],
)
def test_what_is_left_is_told_where_it_is_no_guess(
    seconds: int,
    percent: int,
    status: str,
    columns: int,
    told: str,
    narrow: None,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began = 1_557_475_152.0
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("time.monotonic", lambda: 5000.0)
    voice = LiveVoice(Streams(0, "never"), lambda: began + seconds)
    entry = of_others(cbr.CHECKPOINT)
    entry.checkpoint = Checkpoint.from_json({"id": cbr.CHECKPOINT, "created_at": "2019-05-10T07:59:12Z"})
    voice.tell(Event("resource", entry, {"id": "a", "name": "one", "status": status, "progress": percent}))
    written = capfd.readouterr().err
    assert f"{percent} %" in written
    assert re.findall(r"(?:~\d+|<1) (?:min|h) left", written)[-1:] == ([told] if told else [])
    voice.close()


def test_several_backups_have_a_line_each_as_they_end(cloud: object, run_tty: Run, tmp_path: Path) -> None:
    result = run_tty("backup", "--vault", "vault-be94", "--vault", "vault-fail", "--color", "never")
    said = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", result.err)
    assert "vault-be94: completed" in said
    assert "vault-fail: " in said


REDS = re.compile(r"(?:.*;)?(?:31|91|38;5;(?:1|9|197|161|160|196)|38;2;2\d\d;\d\d?;\d+)")
THEMES: list[dict[str, str]] = [{}, {"COLORTERM": "truecolor"}, {"TERM": "linux"}]


@pytest.mark.parametrize("theme", THEMES, ids=str)
def test_a_bar_is_red_of_what_failed_alone(theme: dict[str, str], cloud: Cloud, run_tty: Run) -> None:
    """Rich's own is a pink that reads as red, and bright red where a terminal has sixteen colours."""
    colors = {}
    for vault, code in (("vault-be94", 0), ("vault-fail", 3)):
        result = run_tty("backup", "--vault", vault, env=theme)
        assert result.code == code
        assert f"{vault}: " in result.out
        colors[vault] = set(re.findall(r"\x1b\[([\d;]+)m[━╸╺]", result.err))
        assert "32" in colors[vault]
    assert [color for color in colors["vault-be94"] if REDS.fullmatch(color)] == []
    assert "31" in colors["vault-fail"]
