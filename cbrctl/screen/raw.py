"""Text to a stream, whatever the stream is: a terminal, a pipe that nobody reads, one that is closed."""

import os
import sys
from typing import TextIO

from cbrctl.screen.text import fit_signs


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal; a closed one is not."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def write_raw(stream: TextIO | None, text: str, *, utf8: bool = False, strict: bool = False) -> None:
    """Write whole text at once, in UTF-8 where that is asked for or the stream can hold no more than ASCII.

    A stream that nobody reads any more is silent from then on; OSError says so where `strict`.
    """
    if stream is None:
        return
    try:
        raw = getattr(stream, "buffer", None)
        encoding = stream.encoding or "utf-8"
        if not utf8 and (stream is sys.stderr or is_terminal(stream)):  # for people; data is never altered
            text = fit_signs(text, encoding)
        if utf8 or encoding.lower().replace("-", "") in ("ascii", "usascii"):
            encoding = "utf-8"
        if raw is None:
            stream.write(text)
        else:
            stream.flush()
            raw.write(text.encode(encoding, "backslashreplace"))
        stream.flush()
    except OSError as cause:
        _silence(stream)
        if strict:
            raise cause
    except ValueError:
        return  # it was closed


def _silence(stream: TextIO) -> None:
    """Lead a stream nowhere: what it still holds would fail again when the interpreter ends, with exit code 120."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return
