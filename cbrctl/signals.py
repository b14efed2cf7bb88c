"""SIGINT, SIGTERM and SIGHUP become an exception where they arrive; while a request is on its way they wait for it."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from cbrctl.errors import Interrupted

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class _Desk:
    """What is known of signals in this process."""

    def __init__(self) -> None:
        self.raised = False
        self.pending: int | None = None
        self.on_first: Callable[[], None] | None = None

    def arrive(self, number: int, frame: FrameType | None) -> None:
        """Raise, or note the first signal where an exchange must end first; a second one ends the process at once."""
        if self.raised or self.pending is not None:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        if self.on_first is None:
            self.raised = True
            raise Interrupted(number)
        self.pending = number
        self.on_first()


_desk = _Desk()


def install_handlers() -> None:
    """Make signals raise Interrupted. One that was inherited as ignored stays so: `nohup` and `&` of sh mean it."""
    _desk.raised = False
    for name in _NAMES:
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _desk.arrive)


@contextmanager
def deferred(on_first: Callable[[], None]) -> Iterator[None]:
    """Let the block end before a signal is raised, by `raise_pending`; `on_first` is told at once, to hasten the block."""
    _desk.on_first = on_first
    try:
        yield
    finally:
        _desk.on_first = None


def raise_pending() -> None:
    """Raise the signal that came during a deferred block, if one did."""
    number, _desk.pending = _desk.pending, None
    if number is not None:
        _desk.raised = True
        raise Interrupted(number)


def hold_signals() -> None:
    """Let the result be written: from now on a first signal is only noted, a second one ends the process at once."""
    _desk.on_first = lambda: None
