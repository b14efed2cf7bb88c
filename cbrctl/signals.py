"""SIGINT, SIGTERM and SIGHUP become an exception where they arrive; while a request is on its way they wait for it."""

import signal
from collections.abc import Callable
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


def defer_signals(on_first: Callable[[], None] = lambda: None) -> None:
    """From now on a first signal is only noted, and `on_first` told at once; a second one ends the process.

    What is under way (a request, the telling of a result) then ends whole before the signal is raised.
    """
    _desk.on_first = on_first


def is_deferred() -> bool:
    """Whether a signal was noted and waits to be raised."""
    return _desk.pending is not None


def raise_deferred() -> None:
    """Let signals raise again, beginning with one that was noted meanwhile."""
    _desk.on_first = None
    number, _desk.pending = _desk.pending, None
    if number is not None:
        _desk.raised = True
        raise Interrupted(number)
