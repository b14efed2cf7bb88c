"""Questions to a person: only where one sits at both ends, and never where a machine would wait for ever."""

import os
import sys
from collections.abc import Callable, Mapping
from typing import TypeVar

from cbrctl.errors import CbrctlError, UsageError
from cbrctl.messages.language import tr
from cbrctl.screen.raw import is_terminal
from cbrctl.screen.streams import Streams, ask_aside, write_to

_T = TypeVar("_T")

LONGEST_ANSWER = 1000
"""Bytes of a line that is typed."""


def is_interactive(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether questions can be asked: standard input and standard error are terminals, and no CI runs this."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr) and not environ.get("CI")


def ask(question: str) -> str:
    """Ask for a line on standard error; an empty text is no answer. Raises UsageError where standard input has ended."""
    with ask_aside():
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
        with ask_aside():
            return getpass.getpass(tr(question), stream=sys.stderr)
    except EOFError:
        write_to(sys.stderr, "\n")
        raise UsageError("no-answer-given") from None
    except BaseException:  # a signal
        write_to(sys.stderr, "\n")
        raise


def ask_until(streams: Streams, question: str, read: Callable[[str], _T]) -> _T:
    """Ask until `read` takes the answer; what it raises is shown, and the question asked again."""
    from cbrctl.screen.error_lines import write_error

    while True:
        answer = ask(question)
        try:
            return read(answer)
        except CbrctlError as error:
            write_error(streams, error, None, briefly=False)


def choose(streams: Streams, question: str, count: int) -> int:
    """Ask for a number from 1 to `count`; an empty answer is 1."""

    def read(answer: str) -> int:
        if answer and answer not in map(str, range(1, count + 1)):
            raise UsageError("bad-choice", answer=answer, count=count)
        return int(answer or 1)

    return ask_until(streams, question, read)
