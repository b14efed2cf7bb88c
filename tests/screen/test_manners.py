"""Manners at a terminal: something stands there from the first moment, nothing is told by colour alone, any width is read."""

import re
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pexpect
import pyte
import pytest

from cbrctl.sandbox import Cloud, Resource
from cbrctl.sandbox.seed import CHECKPOINT_YESTERDAY
from tests.support import cbr
from tests.support.logins import LOGIN, USER, VAULT_LIST, issued
from tests.support.program import PROGRAM, STANDING, Run
from tests.support.scripted import Answer, Scripted

pytestmark = pytest.mark.long

COLOR = re.compile(r"\x1b\[[\d;]*m")
RED = "\x1b[31m"


# something stands there ------------------------------------------------------------------------------------------------


class Slow:
    """A service that answers when the person has seen that it is waited for."""

    def __init__(self) -> None:
        self.seen = threading.Event()

    def __call__(self) -> None:
        assert self.seen.wait(20)


def spawn(environ: dict[str, str], *args: str) -> Any:
    return pexpect.spawn(
        PROGRAM[0], [*PROGRAM[1:], *args], env=environ, encoding="utf-8", timeout=20, dimensions=(40, 80)
    )


def end(child: Any) -> str:
    child.expect(pexpect.EOF)
    child.close()
    return str(child.before)


def see_it_stand(child: Any, words: str) -> None:
    """The line is there, and is drawn again: who looks at it sees that it lives."""
    for _ in range(2):
        child.expect(rf"\r\x1b\[2K  {words} …")


def test_what_is_told_beside_a_bar_stands_above_it(cloud: Cloud, environ: dict[str, str]) -> None:
    screen = pyte.HistoryScreen(80, 40, history=5000)
    stream = pyte.Stream(screen)
    child = spawn({**environ, "TERM": "xterm"}, "backup", "--vault", "vault-be94", "-v")
    child.logfile_read = SimpleNamespace(write=stream.feed, flush=lambda: None)
    end(child)
    shown = ["".join(line[x].data for x in range(80)) for line in screen.history.top] + list(screen.display)
    assert [line for line in shown if "━" in line] == []
    assert any(line.startswith("GET") for line in shown)


@pytest.mark.heavy
def test_a_slow_login_and_a_slow_list_are_told(scripted: Scripted, environ: dict[str, str]) -> None:
    login, listing = Slow(), Slow()
    answer = issued()
    scripted.on(LOGIN, answer._replace(before=login))
    scripted.on(VAULT_LIST, Answer(body={"vaults": [], "count": 0}, before=listing))
    child = spawn({**environ, **USER}, "vault", "list")
    child.expect(r"\r\x1b\[2K  working …")
    assert scripted.asked == [], "the first sign of life waits for no answer"
    see_it_stand(child, "logging in at 127.0.0.1")
    login.seen.set()
    see_it_stand(child, "asking 127.0.0.1")
    listing.seen.set()
    rest = end(child)
    assert child.exitstatus == 0
    assert "…" not in rest.rpartition("\x1b[2K")[2], "nothing of it is left"
    assert "There are no vaults" in rest


@pytest.mark.heavy
def test_a_slow_look_up_of_a_vault_is_told(scripted: Scripted, environ: dict[str, str]) -> None:
    slow = Slow()
    scripted.on(VAULT_LIST, Answer(body={"vaults": [], "count": 0}, before=slow))
    child = spawn(environ, "backup", "--vault", "vault-be94")
    see_it_stand(child, "asking 127.0.0.1")
    slow.seen.set()
    rest = end(child)
    assert (child.exitstatus, "There is no vault vault-be94" in rest) == (10, True)


def test_the_line_stands_from_acceptance_on(scripted: Scripted, environ: dict[str, str]) -> None:
    sending, look = Slow(), Slow()
    scripted.on(cbr.POST, Answer(body=cbr.posted(), before=sending))
    scripted.on(cbr.SHOW, Answer(body={}, status=404, before=look))
    child = spawn(environ, "backup", "--vault", cbr.VAULT, "--timeout", "0")
    see_it_stand(child, "sending to 127.0.0.1")
    sending.seen.set()
    child.expect("accepted, checkpoint ")
    see_it_stand(child, "asking 127.0.0.1")
    look.seen.set()
    end(child)
    assert child.exitstatus == 5


@pytest.mark.parametrize(("args", "env"), [(("-q",), {}), ((), {"TERM": "dumb"})])
@pytest.mark.heavy
def test_it_does_not_stand_for_who_wants_quiet(
    args: tuple[str, ...], env: dict[str, str], cloud: Cloud, environ: dict[str, str]
) -> None:
    said = end(spawn({**environ, **env}, "vault", "list", "--color", "never", *args))
    assert "working" not in said
    assert "\x1b" not in said


def test_it_does_not_stand_in_a_log(cloud: Cloud, run: Run) -> None:
    assert run("vault", "list").err == ""


# colour and signs -------------------------------------------------------------------------------------------------------

SHOWN = (
    ("vault", "list"), ("checkpoint", "show", CHECKPOINT_YESTERDAY), ("check", "--all-vaults"), ("wait", CHECKPOINT_YESTERDAY),
    ("vault", "show", "nowhere"),
)  # fmt: skip


@pytest.mark.parametrize("args", SHOWN, ids=" ".join)
def test_nothing_is_told_by_colour_alone(args: tuple[str, ...], cloud: Cloud, run_tty: Run) -> None:
    """Without colour the same words stand there, and each coloured piece has words in it, or beside it: a bar its percent."""
    plain, colored = (run_tty(*args, "--color", choice) for choice in ("never", "always"))
    varying = re.compile(
        r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+(?:\.\d+)? (?:m?s|seconds)\b|127\.0\.0\.1:\d+|\d\d:\d\d(?::\d\d)?|\S* free"
    )
    for one, other in ((plain.out, colored.out), (plain.err, colored.err)):
        assert varying.sub("*", COLOR.sub("", other)).split() == varying.sub("*", one).split()
    assert COLOR.search(colored.out + colored.err)
    pieces = re.findall(r"\x1b\[(?!0m)[\d;]+m(.*?)\x1b\[0m", colored.out + colored.err)
    assert all(re.search(r"[\w→━╸╺]", piece) or not piece.strip() for piece in pieces)


@pytest.mark.parametrize("line", [["bakcup"], ["vault"], ["vault", "lst"], ["backup", "--valt", "x"]], ids=" ".join)
def test_a_line_that_is_wrong_is_coloured_as_it_asks(line: list[str], run_tty: Run, run: Run) -> None:
    assert COLOR.search(run_tty(*line).err)
    assert not COLOR.search(run_tty(*line, "--color", "never").err)
    assert COLOR.search(run(*line, "--color", "always").err)


@pytest.mark.parametrize("columns", [1, 3, 8])
def test_a_terminal_without_room_costs_no_result(columns: int, cloud: Cloud, run_tty: Run) -> None:
    for line in (["backup", "--vault", "vault-be94"], ["vault", "show", "vault-be94"], ["explain", "6114"]):
        assert run_tty(*line, columns=columns).code == 0, line


def test_what_was_there_already_is_never_called_accepted(cloud: Cloud, run: Run, run_tty: Run, tmp_path: Path) -> None:
    """Not by the machine that sent it, nor by another one (contract, streams)."""
    cloud.add_vault("slow", resources=[Resource("server", endless=True)])
    line = ("backup", "--vault", "slow", "--run-key", "k", "--no-wait")
    assert run(*line).code == 0
    for env in ({}, {"CBRCTL_STATE_DIR": str(tmp_path / "elsewhere")}):
        for start in (run, run_tty):
            again = start(*line, env=env)
            assert (again.code, "running" in again.err + again.out) == (0, True)
            people = again.err + (again.out if start is run_tty else "")
            assert "accepted" not in people
    assert "accepted" not in run_tty("history", env={"CBRCTL_STATE_DIR": str(tmp_path / "elsewhere")}).out


ENCODINGS = {"latin-1": "latin-1", "ascii": "utf-8", "gbk": "gbk"}


@pytest.mark.parametrize(
    "encoding", [name if name == "ascii" else pytest.param(name, marks=pytest.mark.heavy) for name in ENCODINGS]
)
def test_signs_that_the_encoding_does_not_have(encoding: str, cloud: Cloud, run_tty: Run) -> None:
    assert run_tty("--version").code == 0, "later children are not forked of one that was born with another encoding"
    env = {"PYTHONIOENCODING": encoding}
    for args in (("backup", "--vault", "vault-be94"), ("doctor",), ("vault", "show", "nowhere")):
        result = run_tty(*args, "--color", "never", env=env)
        said = result.out + STANDING.sub("", result.err)
        assert "\\u" not in said
        assert not set("✓✗─━│") & set(said)
        if encoding != "gbk":  # which has the arrow and the dots
            assert said.isascii()
    assert "+ vault-be94: completed" in run_tty("backup", "--vault", "vault-be94", "--color", "never", env=env).out


def test_names_are_never_altered(cloud: Cloud, run: Run) -> None:
    """What looks like one of our signs in a name stays in what programs read."""
    cloud.vaults[cbr.VAULT].name = "a→b…"
    assert "a→b…" in run("vault", "list", env={"PYTHONIOENCODING": "ascii"}).out
    assert "a\\u2192b" in run("vault", "list", env={"PYTHONIOENCODING": "latin-1"}).out


def test_a_dumb_terminal_is_read_aloud_without_rules(cloud: Cloud, run_tty: Run) -> None:
    for args in (("vault", "list"), ("task", "list"), ("backup", "--vault", "vault-fail")):
        result = run_tty(*args, env={"TERM": "dumb"})
        assert "\x1b" not in result.out + result.err
        assert not re.search(r"[─━]{2}", result.out + result.err)
    listed = run_tty("vault", "list", env={"TERM": "dumb"}).out.splitlines()
    assert listed[0].split()[:3] == ["ID", "NAME", "STATUS"]
    assert listed[1].split()[:2] == [cbr.VAULT, "vault-be94"]


# times ------------------------------------------------------------------------------------------------------------------


@pytest.mark.heavy
def test_times_are_local_for_people_and_utc_for_programs(cloud: Cloud, run: Run, run_tty: Run) -> None:
    env = {"TZ": "Asia/Kolkata"}
    for args in (("checkpoint", "show", CHECKPOINT_YESTERDAY), ("copy", "list"), ("task", "list"), ("auth", "status")):
        people, programs = run_tty(*args, env=env, columns=200), run(*args, env=env)
        assert re.search(r"\d\d:\d\d(:\d\d)?\+05:30", people.out), args
        assert not re.search(r"T\d\d:\d\d:\d\d", people.out + people.err)
        assert "+05:30" not in programs.out + run(*args, "-o", "json", env=env).out
    dumb = run_tty("backup", "--vault", "vault-be94", env={**env, "TERM": "dumb"})
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+05:30 vault-be94: accepted", dumb.err)
    log = run("backup", "--vault", "vault-be94", env=env)
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ vault-be94: accepted", log.err)


def test_a_line_that_is_there_to_be_copied_keeps_its_moment(run_tty: Run) -> None:
    result = run_tty("--since", "2026-11-27T00:00:00Z", "copy", "list", env={"TZ": "Asia/Kolkata"})
    assert "cbrctl copy list --since 2026-11-27T00:00:00Z" in result.err


# widths -----------------------------------------------------------------------------------------------------------------

READ = (
    *SHOWN, ("doctor",), ("backup", "--vault", "vault-fail"), ("task", "list"), ("copy", "list"),
    ("vault", "show", "vault-be94"), ("backup", "--help"),
    ("config", "init", "--help"), ("--help",), ("options",), ("backup", "--valt", "x"),
)  # fmt: skip


@pytest.mark.heavy
@pytest.mark.parametrize("columns", [30, 40, 80, 120, 200])
@pytest.mark.parametrize("args", READ, ids=" ".join)
def test_any_width_is_read(args: tuple[str, ...], columns: int, cloud: Cloud, run_tty: Run) -> None:
    """No line is broken by the terminal in the midst of words: what is wider is a word, or a line to be copied."""
    result = run_tty(*args, env={"NO_COLOR": "1"}, columns=columns)
    for line in (result.out + result.err).splitlines():
        words = line.split()
        if "\x1b" in line:  # of bars, which are as wide as the terminal: test_a_resize_leaves_no_remains
            continue
        fits = len(line) <= columns or max(map(len, words)) + 4 >= columns
        assert fits or "cbrctl " in line or len(words) == 1, (columns, line)
