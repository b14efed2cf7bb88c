"""Questions to a person: only where one sits at both ends, and never where a machine would wait for ever."""

import os
import sys
from collections.abc import Mapping

from cbrctl.errors import UsageError
from cbrctl.messages.language import tr
from cbrctl.screen.streams import is_terminal, write_to

LONGEST_ANSWER = 1000
"""Bytes of a line that is typed."""


def is_interactive(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether questions can be asked: standard input and standard error are terminals, and no CI runs this."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr) and not environ.get("CI")


def ask(question: str) -> str:
    """Ask for a line on standard error; an empty text is no answer. Raises UsageError where standard input has ended."""
    write_to(sys.stderr, tr(question))
    try:
        line = sys.stdin.buffer.readline(LONGEST_ANSWER).decode("utf-8", "replace")
    except BaseException:  # a signal
        write_to(sys.stderr, "\n")
        raise
    if not line:
        write_to(sys.stderr, "\n")
        raise UsageError("no-answer-given")
    return line.strip()


def ask_secret(question: str) -> str:
    """Ask for a secret, which is not shown while it is typed. Raises UsageError where standard input has ended."""
    import getpass

    try:
        return getpass.getpass(tr(question), stream=sys.stderr)
    except EOFError:
        write_to(sys.stderr, "\n")
        raise UsageError("no-answer-given") from None
    except BaseException:  # a signal
        write_to(sys.stderr, "\n")
        raise
