"""Standard output and standard error: what is held back until the exit code is known, colour, and closed pipes."""

import errno
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, TextIO

from cbrctl.screen.raw import is_terminal, write_raw
from cbrctl.screen.text import show_local_times

if TYPE_CHECKING:
    from cbrctl.screen.standing import StandingLine

RED, YELLOW, DIM = "31", "33", "2"


def wants_color(choice: str, stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Decide on colour for one stream: the option, NO_COLOR, CLICOLOR_FORCE or FORCE_COLOR, CLICOLOR=0, then a terminal."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("CLICOLOR_FORCE", "0") not in ("", "0") or environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return environ.get("CLICOLOR") != "0" and environ.get("TERM") != "dumb" and is_terminal(stream)


_line: "StandingLine | None" = None
"""What stands on the terminal while something is waited for."""


def ask_aside() -> "AbstractContextManager[None]":
    """Keep the standing line away while a person is asked, or while bars say more."""
    return _line.held() if _line is not None else nullcontext()


_show: Callable[[str], None] | None = None
"""Writes a line above what is drawn at the end of the terminal, while something is."""


@contextmanager
def show_lines_by(show: Callable[[str], None]) -> Iterator[None]:
    """Have lines for people written by `show`, which knows what is drawn below them."""
    global _show  # noqa: PLW0603 - there is one terminal
    _show = show
    try:
        yield
    finally:
        _show = None


def tell_request(method: str, url: str) -> None:
    """Take that a request is on its way, for the standing line; no `url` is the end of it."""
    if _line is not None:
        _line.ask(method, url)


def tell_wait(state: str) -> None:
    """Take what is waited for from now on, by the state of a backup, for the standing line."""
    if _line is not None:
        _line.say(state)


def take_line_away() -> None:
    """End the standing line: what follows is the result, or nothing."""
    global _line  # noqa: PLW0603 - there is one terminal
    if _line is not None:
        _line.close()
        _line = None


class Streams:
    """Writes to both streams. Under `quiet` 1 standard error, under 2 both are held back while the exit code may be 0."""

    def __init__(self, quiet: int, color: str) -> None:
        self.quiet = quiet
        self.color_out = wants_color(color, sys.stdout)
        self.color_err = wants_color(color, sys.stderr)
        self.terminal_out = is_terminal(sys.stdout)
        self.terminal_err = is_terminal(sys.stderr)
        self._width = _terminal_width() if self.terminal_err else 0
        self.closed = False
        """Whether standard output takes nothing any more."""
        self.lost: OSError | None = None
        """Why the result could not be written; a reader that went away does not count."""
        self._held_out: list[tuple[str, bool]] = []
        self._held_err: list[str] = []

    def out(self, text: str, *, utf8: bool = False) -> None:
        """Write a piece of the result, a line end included, at once; `utf8` whatever the stream's encoding is."""
        if self.quiet >= 2:
            self._held_out.append((text, utf8))
        else:
            self._write_out(text, utf8)

    def err(self, text: str, indent: str = "", *, head: str = "", color: str = "", aloud: bool = False) -> None:
        """Write a line for people; on a terminal it is broken between words, further lines behind `indent`.

        `head` stands before the text, in `color` where there is colour. `aloud` is not held back under -q.
        """
        text = head + (text.lstrip(" ") if head.endswith("：") else text)  # which is as wide as a blank more
        if self.terminal_err:
            text = show_local_times(text)
        if self.terminal_err and 2 * len(text) > self._width:
            from cbrctl.screen.wrapping import cells, wrap

            if cells(text) > self._width:
                text = "\n".join(wrap(text, self._width, indent))
        if head and self.color_err:
            text = f"\x1b[{color}m{head}\x1b[0m" + text.removeprefix(head)
        if self.quiet >= 1 and not aloud:
            self._held_err.append(text)
        elif _show is not None:
            _show(text)
        else:
            write_to(sys.stderr, text + "\n")

    @property
    def is_live(self) -> bool:
        """Whether standard error is a terminal on which something can move."""
        return self.terminal_err and os.environ.get("TERM") != "dumb"

    def stand(self) -> None:
        """Let a line stand on a terminal until the end: whoever waits sees that something goes on."""
        global _line  # noqa: PLW0603 - there is one terminal
        if _line is None and self.is_live and not self.quiet:
            from cbrctl.screen.standing import StandingLine

            _line = StandingLine(self._width)
            _line.start()

    def finish(self, exit_code: int) -> None:
        """Let go of what was held back, if the exit code is not 0, and of the terminal."""
        take_line_away()
        if exit_code:
            for text, utf8 in self._held_out:
                self._write_out(text, utf8)
            for text in self._held_err:
                write_to(sys.stderr, text + "\n")
        self._held_out.clear()
        self._held_err.clear()

    def _write_out(self, text: str, utf8: bool) -> None:
        if self.closed:
            return
        try:
            write_to(sys.stdout, text, utf8=utf8, strict=True)
        except OSError as cause:
            self.closed = True
            if cause.errno not in (errno.EPIPE, errno.EINVAL):
                self.lost = cause


def _terminal_width() -> int:
    """Columns of the terminal that standard error is, which standard output need not be; 80 where it does not say."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def out_width(most: int) -> int:
    """Return how wide a text on standard output may be: a narrow terminal would break its lines anywhere."""
    try:
        return min(most, os.get_terminal_size(sys.stdout.fileno()).columns or most)
    except (OSError, ValueError, AttributeError):  # it is no terminal
        return most


def say_aloud(text: str) -> None:
    """Write a text of our own to standard error, as it is."""
    write_to(sys.stderr, text)


def close_streams() -> None:
    """Flush both streams; a reader that went away is no error at the end."""
    take_line_away()
    for stream in (sys.stdout, sys.stderr):
        write_to(stream, "")


def write_to(stream: TextIO | None, text: str, *, utf8: bool = False, strict: bool = False) -> None:
    """Write as `write_raw` does, in the place of the line that stands there."""
    if _line is not None:
        _line.erase()
    write_raw(stream, text, utf8=utf8, strict=strict)
