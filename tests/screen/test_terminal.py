"""What a person at a terminal of 80 columns sees, and that nothing from outside reaches the terminal as a command."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pyte
import pytest

from cbrctl.sandbox import Cloud
from cbrctl.sandbox.inventory import Resource
from cbrctl.sandbox.seed import CHECKPOINT_YESTERDAY, COPY_YESTERDAY, VAULT_BE94, VAULT_CJK
from tests.support import cbr
from tests.support.commands import COMMANDS, HOSTILE_COMMANDS, args_of
from tests.support.hostile import OURS, assert_harmless, hostile_cloud
from tests.support.program import PROGRAM, Result, Run
from tests.support.scripted import Answer, Scripted

pytestmark = pytest.mark.long

HIDE, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
MARK = b"\x00"
"""What no frame holds."""
COLOR = re.compile(r"\x1b\[[\d;]*m")


def draw(text: str, columns: int = 80, lines: int = 200) -> pyte.Screen:
    """Show text on a terminal."""
    screen = pyte.Screen(columns, lines)
    pyte.Stream(screen).feed(text.replace("\n", "\r\n"))
    return screen


def starts_of(row: Mapping[int, pyte.screens.Char], columns: int = 80) -> list[int]:
    """The cells where something begins after two empty ones, or at the edge. The second cell of a wide one is ''."""
    cells = [row[x].data for x in range(columns)]
    return [x for x in range(columns) if cells[x] not in (" ", "") and (x < 2 or cells[x - 2 : x] == [" ", " "])]


class Child:
    """cbrctl on terminals or pipes of our choice, still running; what it writes is collected."""

    def __init__(self, args: tuple[str, ...], environ: Mapping[str, str], out_tty: bool, err_tty: bool) -> None:
        ends = [self._open(tty) for tty in (out_tty, err_tty)]
        self.master, self.slave = ends[1][0], os.dup(ends[1][1])
        # a group of its own, whose parent is not in it: what is not so ignores Ctrl-Z
        self.process = subprocess.Popen(
            [*PROGRAM, *args], env=dict(environ), stdin=subprocess.DEVNULL, stdout=ends[0][1], stderr=ends[1][1],
            process_group=0,
        )  # fmt: skip
        self.texts = [bytearray(), bytearray()]
        self.seen = threading.Condition()
        self.readers = [threading.Thread(target=self._read, args=(end[0], n)) for n, end in enumerate(ends)]
        for end, reader in zip(ends, self.readers, strict=True):
            os.close(end[1])
            reader.start()

    @staticmethod
    def _open(tty: bool) -> tuple[int, int]:
        if not tty:
            return os.pipe()
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
        return master, slave

    def _read(self, handle: int, number: int) -> None:
        while True:
            try:
                piece = os.read(handle, 65536)
            except OSError:  # EIO: the other end is closed
                piece = b""
            with self.seen:
                self.texts[number] += piece
                self.seen.notify_all()
            if not piece:
                os.close(handle)
                return

    def wait_for(self, text: bytes) -> None:
        """Return once standard error holds a text."""
        with self.seen:
            assert self.seen.wait_for(lambda: text in self.texts[1], timeout=20), self.texts

    def resize(self, columns: int) -> None:
        """Make the terminal of standard error so wide."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))

    def freeze(self) -> bytes:
        """Stop it between two frames, and give all that standard error got until then."""
        self.process.send_signal(signal.SIGSTOP)
        assert os.WIFSTOPPED(os.waitpid(self.process.pid, os.WUNTRACED)[1])
        os.write(self.slave, MARK)
        self.wait_for_more(MARK, len(self.texts[1]) - len(MARK))
        with self.seen:
            text = bytes(self.texts[1]).removesuffix(MARK)
            self.texts[1][:] = text
        return text

    def wait_for_more(self, text: bytes, since: int, times: int = 1) -> int:
        """Return once standard error got a text so often after what came before; give how much that is."""
        with self.seen:
            assert self.seen.wait_for(lambda: self.texts[1].count(text, since) >= times, timeout=20), self.texts
            return len(self.texts[1])

    def end(self) -> Result:
        """Wait for the end."""
        code = self.process.wait(30)
        if self.slave >= 0:
            os.close(self.slave)
            self.slave = -1
        for reader in self.readers:
            reader.join()
        out, err = (text.decode("utf-8", "surrogateescape").replace("\r\n", "\n") for text in self.texts)
        return Result(code, out, err)


@contextmanager
def child(args: tuple[str, ...], environ: Mapping[str, str], *, out: bool, err: bool) -> Iterator[Child]:
    """A child that does not outlive its test."""
    started = Child(args, environ, out, err)
    try:
        yield started
    finally:
        started.process.kill()
        started.end()


# tables -----------------------------------------------------------------------------------------------------------

NAMES = [
    "生产库-01",
    "ﾊﾝｶｸ-01",
    "ＦＵＬＬ",
    "데이터베이스",
    "été-01",
    "é",
    "ascii",
    "数据库（主）",
    "日本語テスト",
    "🚀",
    "х",
]


def test_columns_stay_straight(cloud: Cloud, run_tty: Run) -> None:
    cloud.vaults.clear()
    for number, name in enumerate(NAMES):
        cloud.add_vault(name, f"3b5816b5-0000-4000-8000-0000000001{number:02}", resources=[Resource(name)])
    screen = draw(run_tty("vault", "list").out)
    head, rule, *rows = [screen.buffer[y] for y in range(len(NAMES) + 2)]
    assert rule[1].data == "─"
    assert "".join(screen.display[0].split()) == "IDNAMESTATUSUSEDGiBRES."
    id_at, name_at, status_at = (screen.display[0].index(word) for word in ("ID", "NAME", "STATUS"))
    for row, name in zip(rows, NAMES, strict=True):
        assert {id_at, name_at, status_at} <= set(starts_of(row)), name
        assert (row[status_at - 1].data, row[name_at - 1].data) == (" ", " ")
        text = "".join(row[x].data for x in range(name_at, status_at)).strip()
        assert text.encode() == name.encode() or text == name
    right = screen.display[0].rstrip().rindex("RES.") + 3
    assert {row[right].data for row in rows} == {"1"}
    assert {row[right + 1].data for row in rows} == {" "}
    assert head[right].data == "."


def test_a_report_with_chinese_names_stays_straight(cloud: Cloud, run_tty: Run) -> None:
    result = run_tty("backup", "--vault", VAULT_CJK)
    screen = draw(result.out)
    title = next(y for y, line in enumerate(screen.display) if "RESOURCE" in line)
    at = [screen.display[title].index(word) for word in ("RESOURCE", "ID", "STATUS")]
    for y in range(title + 2, title + 5):
        assert set(at) <= set(starts_of(screen.buffer[y])), screen.display[y]
    assert all(not line.strip() for line in screen.display[title + 5 :])


@pytest.mark.parametrize("columns", [80, 40])
def test_ids_stand_whole(columns: int, cloud: Cloud, run_tty: Run) -> None:
    cloud.vaults[VAULT_BE94].name = "vault-with-a-name-that-is-rather-long-for-a-terminal-of-forty-columns"
    listed = run_tty("vault", "list", columns=columns).out
    assert all(re.search(rf"(^|\s){vault_id}\s", listed) for vault_id in cloud.vaults)
    # and no column is left out, where each row is told field by field too
    titles = ("ID", "NAME", "STATUS", "USED GiB", "RES.")
    assert all(f"\n{title} " in listed for title in titles[1:]) or columns == 80
    assert listed.count("available") == len(cloud.vaults) - 1
    assert COPY_YESTERDAY in run_tty("copy", "list", columns=columns).out
    backup = run_tty("backup", "--vault", VAULT_BE94, columns=columns)
    assert cbr.SERVER in backup.out
    checkpoint = next(iter(set(cloud.checkpoints) - {CHECKPOINT_YESTERDAY, "8b0851a8-0000-4000-8000-000000000006"}))
    assert checkpoint in backup.out
    assert checkpoint in OURS.sub("", backup.err)
    shown = draw(run_tty("vault", "list", columns=80).out)
    assert all(len(line.rstrip()) <= 80 for line in shown.display)


@pytest.mark.parametrize("columns", [80, 40])
def test_long_words_of_errors_are_there_to_be_copied(columns: int, cloud: Cloud, run_tty: Run) -> None:
    """An id or a command is broken by no line end of ours, and no other line is wider than the terminal."""
    ids = [f"3b5816b5-0000-4000-8000-0000000009{n:02}" for n in range(3)]
    for vault_id in ids:
        cloud.add_vault("twin", vault_id)
    result = run_tty("vault", "show", "twin", columns=columns)
    assert result.code == 10
    assert all(vault_id in result.err for vault_id in ids)
    name = "v" * 64
    assert name in run_tty("vault", "show", name, columns=columns).err
    assert all(len(line) <= columns or " " not in line.strip() for line in COLOR.sub("", result.err).splitlines())


def test_a_table_is_as_wide_as_the_terminal(cloud: Cloud, run_tty: Run) -> None:
    for name in ("vault list", "copy list", "task list", "backup"):
        result = run_tty(*COMMANDS[name][0])
        screen = draw(result.out)
        drawn = [line.rstrip() for line in screen.display]
        lines = [line.rstrip() for line in COLOR.sub("", result.out).splitlines()]
        assert drawn[: len(lines)] == lines, "a line was wider than the terminal"


# progress ---------------------------------------------------------------------------------------------------------


@pytest.mark.heavy
@pytest.mark.parametrize("out", [True, False], ids=["out-tty", "out-pipe"])
@pytest.mark.parametrize("err", [True, False], ids=["err-tty", "err-pipe"])
def test_bars_move_where_standard_error_is_a_terminal(
    out: bool, err: bool, cloud: Cloud, environ: dict[str, str]
) -> None:
    with child(("backup", "--vault", "vault-be94"), environ, out=out, err=err) as process:
        result = process.end()
    assert result.code == 0, result.err
    assert HIDE not in result.out
    assert ("\t" in result.out) == (not out)
    if err:
        assert "━" in result.err
        assert result.err.rindex(SHOW_CURSOR) > result.err.rindex(HIDE)
        screen = draw(result.err)
        assert not screen.cursor.hidden
        [left] = [line.strip() for line in screen.display if line.strip()]
        assert re.fullmatch(r"vault-be94: accepted, checkpoint [0-9a-f-]{36}", left)
    else:
        assert_plain(result.err)


def assert_plain(text: str) -> None:
    """A line a change, with its time, in order."""
    assert "\x1b" not in text
    assert "\r" not in text
    lines = re.sub(r"\n(?!\d{4}-|$)", " ", text).splitlines()  # a terminal's lines are broken between words
    assert all(re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ vault-be94: ", line) for line in lines)
    words = [line.split(": ", 1)[1] for line in lines]
    assert words[0].startswith("accepted, checkpoint ")
    assert words[-1] == "completed"
    assert len(words) == len(set(words)) > 3


def test_a_dumb_terminal_gets_lines(cloud: Cloud, run_tty: Run) -> None:
    result = run_tty("backup", "--vault", "vault-be94", env={"TERM": "dumb"})
    assert result.code == 0
    assert "\x1b" not in result.out
    assert_plain(result.err)


@pytest.mark.parametrize("quiet", ["-q", "-qq"])
def test_no_progress_for_who_wants_quiet(quiet: str, cloud: Cloud, run_tty: Run) -> None:
    assert run_tty("backup", "--vault", "vault-be94", quiet).err == ""
    failed = run_tty("backup", "--vault", "vault-fail", quiet)
    assert failed.code == 3
    assert HIDE not in failed.err
    assert "checkpoint" not in failed.err.partition("error:")[0]


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_gives_the_cursor_back(name: str, cloud: Cloud, environ: dict[str, str]) -> None:
    cloud.add_vault("endless", cbr.VAULT[:-4] + "0000", resources=[Resource("endless-01", endless=True)])
    number = getattr(signal, name)
    with child(("backup", "--vault", "endless", "--timeout", "366d"), environ, out=True, err=True) as process:
        process.wait_for(HIDE.encode())
        process.process.send_signal(number)
        result = process.end()
    assert result.code == 128 + number
    screen = draw(result.err)
    assert not screen.cursor.hidden
    said = " ".join(" ".join(line.strip() for line in screen.display).split())
    assert f"Stopped by {name}. The backup was sent and goes on." in said
    assert "━" not in said


class Reflowing(pyte.Screen):
    """A terminal that breaks its lines anew where it is resized, as most do: the cursor stays in the text where it was."""

    def reflow(self, columns: int) -> None:
        """Make it so wide."""
        rows = [line.rstrip() for line in self.display]
        rows = rows[: max((n for n, row in enumerate(rows) if row), default=0) + 1]
        self.resize(columns=columns)
        self.reset()
        broken = [[row[i : i + columns] for i in range(0, len(row), columns)] or [""] for row in rows]
        pyte.Stream(self).feed("\r\n".join(part for parts in broken for part in parts))


@pytest.mark.heavy
@pytest.mark.parametrize("columns", [30, 41, 60, 79, 120])
def test_a_resize_leaves_no_remains(columns: int, cloud: Cloud, environ: dict[str, str]) -> None:
    resources = [Resource(f"endless-{n:02}", endless=True) for n in range(4)]
    cloud.add_vault("endless", cbr.VAULT[:-4] + "0000", resources=resources)
    with child(("backup", "--vault", "endless", "--timeout", "366d"), environ, out=False, err=True) as process:
        process.wait_for_more(b" % ", 0, times=14)
        before = process.freeze()
        process.resize(columns)
        process.process.send_signal(signal.SIGCONT)
        process.wait_for_more(b" % ", len(before), times=8)
        after = process.freeze().removeprefix(before)
        process.process.send_signal(signal.SIGCONT)
        process.process.send_signal(signal.SIGINT)
        result = process.end()
        rest = bytes(process.texts[1]).removeprefix(before + after)
    screen = Reflowing(80, 100)
    stream = pyte.ByteStream(screen)

    def bars() -> int:
        return sum("━" in line or " % " in line for line in screen.display)

    stream.feed(before)
    assert bars() == 4
    screen.reflow(columns)
    stream.feed(after)
    assert bars() == 4
    stream.feed(rest)
    assert bars() == 0
    assert any("accepted, checkpoint" in line for line in screen.display)
    assert result.code == 130


@pytest.mark.heavy
def test_ctrl_z_gives_the_cursor_back_for_a_while(cloud: Cloud, environ: dict[str, str]) -> None:
    cloud.add_vault("endless", cbr.VAULT[:-4] + "0000", resources=[Resource("endless-01", endless=True)])
    with child(("backup", "--vault", "endless", "--timeout", "366d"), environ, out=True, err=True) as process:
        process.wait_for(HIDE.encode())
        process.process.send_signal(signal.SIGTSTP)
        assert os.WIFSTOPPED(os.waitpid(process.process.pid, os.WUNTRACED)[1])
        stopped = process.wait_for_more(SHOW_CURSOR.encode(), 0)
        assert draw(process.texts[1].decode()).cursor.hidden is False
        process.process.send_signal(signal.SIGCONT)
        process.wait_for_more(HIDE.encode(), stopped)
        process.process.send_signal(signal.SIGINT)
        result = process.end()
    assert result.code == 130
    assert not draw(result.err).cursor.hidden


# colour -----------------------------------------------------------------------------------------------------------

COLORS: list[tuple[str, dict[str, str], bool, bool]] = [
    # --color, environment, colour on a terminal, colour in a pipe
    ("", {}, True, False),
    ("auto", {}, True, False),
    ("always", {}, True, True),
    ("never", {}, False, False),
    ("", {"NO_COLOR": "1"}, False, False),
    ("", {"NO_COLOR": ""}, True, False),
    ("always", {"NO_COLOR": "1"}, True, True),
    ("", {"CLICOLOR_FORCE": "1"}, True, True),
    ("", {"CLICOLOR_FORCE": "0"}, True, False),
    ("", {"FORCE_COLOR": "1"}, True, True),
    ("", {"FORCE_COLOR": ""}, True, False),
    ("", {"FORCE_COLOR": "3", "NO_COLOR": "1"}, False, False),
    ("", {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False, False),
    ("never", {"CLICOLOR_FORCE": "1"}, False, False),
    ("", {"CLICOLOR": "0"}, False, False),
    ("", {"CLICOLOR": "1"}, True, False),
    ("", {"CLICOLOR": "0", "CLICOLOR_FORCE": "1"}, True, True),
    ("always", {"CLICOLOR": "0"}, True, True),
    ("", {"TERM": "dumb"}, False, False),
    ("", {"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
    ("always", {"TERM": "dumb"}, True, True),
]


@pytest.mark.parametrize(("choice", "env", "terminal", "pipe"), COLORS)
def test_colour(choice: str, env: dict[str, str], terminal: bool, pipe: bool, run: Run, run_tty: Run) -> None:
    args = ["checkpoint", "show", "no-id", *(["--color", choice] if choice else [])]
    for how, colored in ((run_tty, terminal), (run, pipe)):
        result = how(*args, env=env)
        assert result.code == 2
        assert result.err.startswith("\x1b[31merror:\x1b[0m " if colored else "error: "), result.err
        # the head and the arrow, each on and off, and nothing else; what needs no colour is bold in no cell either
        assert result.err.count("\x1b") == (4 if colored else 0)


@pytest.mark.heavy
@pytest.mark.parametrize(("choice", "env", "terminal", "pipe"), COLORS)
def test_colour_of_tables(
    choice: str, env: dict[str, str], terminal: bool, pipe: bool, cloud: Cloud, run: Run, run_tty: Run
) -> None:
    """In a pipe tables are for programs, which get no colour however it is forced."""
    args = ["copy", "list", *(["--color", choice] if choice else [])]
    shown, piped = run_tty(*args, env=env), run(*args, env=env)
    columns = len(re.findall(r"[A-Z]+", COLOR.sub("", shown.out).splitlines()[0]))
    rows = shown.out.count("available")
    assert shown.out.count("\x1b") == (4 * columns - 2 + 2 * rows if terminal else 0)
    assert piped.out.count("\x1b") == 0


@pytest.mark.parametrize(
    ("args", "env", "colored"),
    [((), {}, True), (("--color", "never"), {}, False), ((), {"NO_COLOR": "1"}, False), ((), {"TERM": "dumb"}, False)],
)
def test_colour_of_results_and_bars(
    args: tuple[str, ...], env: dict[str, str], colored: bool, cloud: Cloud, run: Run, run_tty: Run
) -> None:
    result = run_tty("backup", "--vault", "vault-be94", *args, env=env)
    assert result.code == 0, result.err
    assert bool(COLOR.search(result.out)) == colored
    assert bool(COLOR.search(result.err)) == colored
    assert "✓ vault-be94: completed" in result.out


def test_lines_for_programs_have_no_colour(cloud: Cloud, run: Run) -> None:
    for name in ("vault list", "vault show", "backup"):
        result = run(*COMMANDS[name][0], "--color", "always")
        assert result.code == 0
        assert "\x1b" not in result.out


# hostile texts ----------------------------------------------------------------------------------------------------


@pytest.mark.heavy
@pytest.mark.parametrize("term", ["xterm", "dumb"])
@pytest.mark.parametrize("name", HOSTILE_COMMANDS)
def test_hostile_texts_stay_texts(name: str, term: str, cloud: Cloud, run_tty: Run) -> None:
    hostile_cloud(cloud)
    result = run_tty(*args_of(name), "--color", "never", env={"TERM": term})
    assert_harmless(result)
    flat = "".join(result.out.split())
    if name in ("vault show", "checkpoint show", "copy show", "task show"):
        assert r"a\u{1b}[35;5mb\u{1b}]8;;http://evil\u{1b}\c" in flat
        assert r"\u{d}\u{a}g\u{9}h[/foo][red]x[/red][link=http://evil]{id}{0}%s" in flat
    else:
        assert r"\u{1b}" in flat


@pytest.mark.heavy
@pytest.mark.parametrize(
    "word", ["\x1b[35;5m\x07", "\x9b31m", "a\r\nb\u202e", "[/foo]", "[red]", "{id}", "%s", "{0.__class__}"]
)
def test_hostile_words_of_the_user_and_the_service(word: str, scripted: Scripted, run_tty: Run) -> None:
    scripted.on(cbr.POST, Answer(400, {"error_code": "BackupService.6114", "error_msg": word}))
    refused = run_tty("backup", "--vault", cbr.VAULT, "--color", "never")
    assert refused.code == 13
    assert_harmless(refused)
    scripted.on(
        cbr.POST, cbr.posted(status=word, resources=[], skipped_resources=[{"id": word, "reason": word, "code": word}])
    )
    skipped = run_tty("backup", "--vault", cbr.VAULT, "--color", "never")
    assert skipped.code == 4
    assert_harmless(skipped)
    for args in (
        ("vault", word),
        ("wait", word),
        ("backup", "--name", word, "-V", "x"),
        ("task", "list", "--since", word),
    ):
        result = run_tty(*args, "--color", "never")
        assert result.code == 2
        assert_harmless(result)
