"""Standard output and standard error: what is held back until the exit code is known, colour, and closed pipes."""

import os
import sys
from collections.abc import Mapping
from typing import TextIO

from cbrctl.screen.text import inert

RED, YELLOW, GREEN, DIM, BOLD = "31", "33", "32", "2", "1"


def wants_color(choice: str, stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Decide on colour for one stream: the option, NO_COLOR, CLICOLOR_FORCE or FORCE_COLOR, CLICOLOR=0, then a terminal."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("CLICOLOR_FORCE", "0") not in ("", "0") or environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return environ.get("CLICOLOR") != "0" and environ.get("TERM") != "dumb" and is_terminal(stream)


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a stream is a terminal; a closed one is not."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


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
        """Whether the reader of standard output went away."""
        self._held_out: list[str] = []
        self._held_err: list[str] = []

    def out(self, text: str) -> None:
        """Write a piece of the result, a line end included, at once."""
        if self.quiet >= 2:
            self._held_out.append(text)
        else:
            self._write_out(text)

    def err(self, text: str, indent: str = "") -> None:
        """Write a line for people; on a terminal it is broken between words, further lines behind `indent`."""
        if self.terminal_err and len(text) > self._width:
            import textwrap

            text = "\n".join(textwrap.wrap(text, self._width, subsequent_indent=indent, break_on_hyphens=False))
        if self.quiet >= 1:
            self._held_err.append(text)
        else:
            _write(sys.stderr, text + "\n")

    def style(self, text: str, code: str) -> str:
        """Give text for standard error with a colour, where there is colour."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.color_err else text

    def finish(self, exit_code: int) -> None:
        """Let go of what was held back, if the exit code is not 0."""
        if exit_code:
            for text in self._held_out:
                self._write_out(text)
            for text in self._held_err:
                _write(sys.stderr, text + "\n")
        self._held_out.clear()
        self._held_err.clear()

    def _write_out(self, text: str) -> None:
        if self.closed:
            return
        if not _write(sys.stdout, text):
            self.closed = True
            # the interpreter flushes standard output at its end and would complain then
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open until the process ends


def _terminal_width() -> int:
    from shutil import get_terminal_size

    return get_terminal_size().columns


def _write(stream: TextIO | None, text: str) -> bool:
    """Write whole text in UTF-8 where the stream has bytes below; False where nobody reads any more."""
    if stream is None:
        return False
    try:
        raw = getattr(stream, "buffer", None)
        if raw is not None and (stream.encoding or "").lower().replace("-", "") in ("utf8", "ascii", "usascii"):
            stream.flush()
            raw.write(text.encode("utf-8", "backslashreplace"))
            raw.flush()
        else:
            encoding = stream.encoding or "utf-8"
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            stream.flush()
    except (OSError, ValueError):
        return False
    return True


def line(*parts: object) -> str:
    """Join parts of a line, each made inert."""
    return " ".join(inert(part) for part in parts if part not in (None, ""))
