"""Rich's progress on standard error, as a terminal needs it that is resized or stopped: nothing of a frame remains."""

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack, nullcontext, suppress

# this module is itself imported late, where the first bar is drawn
from rich.console import Console, ConsoleOptions, RenderableType  # noqa: TID253
from rich.constrain import Constrain  # noqa: TID253
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeElapsedColumn  # noqa: TID253
from rich.progress_bar import ProgressBar  # noqa: TID253
from rich.table import Column  # noqa: TID253
from rich.text import Text  # noqa: TID253

from cbrctl.messages.language import tr
from cbrctl.screen.streams import ask_aside, show_lines_by, write_to
from cbrctl.screen.tables import cut_middle

_SHOW_CURSOR, _HIDE_CURSOR = "\x1b[?25h", "\x1b[?25l"
_ERASE, _ERASE_ABOVE = "\r\x1b[2K", "\x1b[1A\x1b[2K"
_KEEP_LINES = ("XTERM_VERSION", "STY")
"""Set by terminals that cut lines where they get narrower (xterm, screen); the others break them anew."""


NARROW, MEDIUM, WIDE = 40, 54, 74
"""Cells of a terminal below which the time, the bar, and the time that is left have no room beside the name."""
ECHO = 2
"""Cells at the right that are left free: the cursor stands behind the last line, and a terminal shows ^C there."""
TELLING_AFTER, TELLING_FROM = 30.0, 5.0
"""Seconds that a backup has run, and percent that it has come, before it is told how long it may take still."""
STALLS_AFTER = 60.0
"""Seconds without a percent more, or a fifth of the time until then, after which nobody can tell it."""


class _Name:
    """A name, cut to the cells that its column has in this very frame."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterable[RenderableType]:
        mark = "~" if options.ascii_only else "…"
        yield Text(cut_middle(self.text, options.max_width, mark), no_wrap=True)


class _NameColumn(ProgressColumn):
    """What is backed up."""

    def render(self, task: Task) -> RenderableType:
        """Return a task's name."""
        return _Name(f"  {task.description}")


class _Bar(BarColumn):
    """How far it is: green, and red of what has failed alone. Rich's own is red while all is well."""

    def render(self, task: Task) -> ProgressBar:
        """Return a task's bar."""
        failed = task.fields["status"] in ("error", tr("failed"))
        self.complete_style = self.finished_style = "red" if failed else "green"
        return super().render(task)


class _Remaining(ProgressColumn):
    """How long it may take still, by how far it had come at the last look: roughly, since services count as they like."""

    def render(self, task: Task) -> Text:
        """Return it in minutes or hours; nothing while that would be a guess, nor of what does not move on."""
        due, now = task.fields.get("due"), task.get_time()
        if due is None or task.finished or now > task.fields["stands_until"]:
            return Text()
        minutes = (due - now) / 60
        if minutes < 1:
            return Text(tr("<1 min left") if minutes > 0 else "")
        words = tr("~{hours} h left") if minutes >= 90 else tr("~{minutes} min left")
        return Text(words.format(minutes=round(minutes), hours=round(minutes / 60)))


class Bars(Progress):
    """A line a task, as wide as the terminal, which wipes all of its last frame though the terminal has become narrower."""

    def __init__(self, *, color: bool) -> None:
        self._screen = Console(
            file=sys.stderr, force_terminal=True, no_color=not color, markup=False, emoji=False, highlight=False
        )
        self._place = ExitStack()
        self.foot = ""
        """A line below the bars."""
        self._drawn = 0, 0
        """How wide the last frame was, in cells, and how many lines it had."""
        self._all = (
            _NameColumn(table_column=Column(ratio=2)),
            _Bar(bar_width=None, table_column=Column(ratio=1)),
            TextColumn("{task.percentage:>3.0f} %", markup=False),
            TextColumn("{task.fields[status]}", markup=False, table_column=Column(no_wrap=True)),
            _Remaining(table_column=Column(no_wrap=True)),
            TimeElapsedColumn(),
        )
        super().__init__(
            *self._all,
            console=self._screen,
            transient=True,
            refresh_per_second=2,  # what a long wait pays for is frames
            get_time=time.monotonic,
            expand=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def get_renderables(self) -> Iterable[RenderableType]:
        """Return what stands in the next frame, for which Rich takes away as many lines as it has written."""
        columns, (drawn, lines) = self._screen.width, self._drawn
        width = max(1, columns - ECHO)
        self.columns = self._choose_columns(width)
        if columns < drawn and not any(os.environ.get(name) for name in _KEEP_LINES):
            # each line of the frame takes more than one now
            more = lines * (-(-drawn // columns) - 1)
            write_to(sys.stderr, _ERASE + _ERASE_ABOVE * more)
        self._drawn = width, sum(task.visible for task in self.tasks) + bool(self.foot)
        foot = [Text(self.foot, no_wrap=True, overflow="crop")] if self.foot else []
        return [Constrain(part, width) for part in (*super().get_renderables(), *foot)]

    def _choose_columns(self, width: int) -> tuple[ProgressColumn, ...]:
        """Return what there is room for beside a name that can still be read: the percent and the status first."""
        name, bar, percent, status, remaining, elapsed = self._all
        if width < NARROW:
            return name, percent, status
        if width < MEDIUM:
            return name, percent, status, elapsed
        if width < WIDE or all(task.fields.get("due") is None for task in self.tasks):
            return name, bar, percent, status, elapsed
        # a frame must be known to reach the last cell, and the time alone always stands
        return name, bar, percent, status, remaining, elapsed

    def set_beginning(self, bar: TaskID, moment: float | None) -> None:
        """Count the time of a bar from a moment of the monotonic clock; as it is where that is not known."""
        for task in self.tasks:
            if task.id == bar and moment is not None and moment != task.start_time:
                task.start_time, task.finished_time = moment, None  # a line that shows another one now goes on

    def move(self, bar: TaskID, percent: int, status: str) -> None:
        """Show how far a backup is by a look that was just made."""
        [task] = [task for task in self.tasks if task.id == bar]
        elapsed, now, came = task.elapsed or 0.0, task.get_time(), percent >= task.completed
        self.update(bar, completed=percent, status=status, due=None)
        if status == "protecting" and came and percent >= TELLING_FROM and elapsed >= TELLING_AFTER:
            due, stands_until = now + elapsed * (100 - percent) / percent, now + max(STALLS_AFTER, elapsed / 5)
            self.update(bar, due=due, stands_until=stands_until)

    def start(self) -> None:
        """Begin to draw, in the place of the line that stands until then."""
        _give_the_cursor_back_when_stopped()
        self._place.enter_context(ask_aside())
        super().start()
        self._place.enter_context(show_lines_by(self._write_above))

    def _write_above(self, line: str) -> None:
        # threads that send tell of it while another one draws; Rich guards its frames by a lock of its own, and no print
        with getattr(self.live, "_lock", nullcontext()):
            self._screen.print(line, soft_wrap=True, markup=False, highlight=False)

    def stop(self) -> None:
        """Draw no more."""
        try:
            super().stop()
        finally:
            self._place.close()


def _give_the_cursor_back_when_stopped() -> None:
    """Show the cursor while Ctrl-Z has the process stopped; the next frame hides it again."""
    stop = getattr(signal, "SIGTSTP", None)  # not on Windows
    if stop is None or signal.getsignal(stop) is not signal.SIG_DFL:
        return

    def handle(number: int, frame: object) -> None:
        _send(_SHOW_CURSOR)
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)
        signal.signal(number, handle)  # it goes on here after SIGCONT
        _send(_HIDE_CURSOR)

    signal.signal(stop, handle)


def _send(text: str) -> None:
    """Write to the terminal past Python's buffer: a handler may have come in the middle of a write to that."""
    with suppress(OSError, ValueError):  # it is closed
        os.write(sys.stderr.fileno(), text.encode())
