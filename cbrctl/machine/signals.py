"""SIGINT, SIGTERM and SIGHUP become an exception where they arrive; while a request is on its way they wait for it."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from cbrctl.errors import Interrupted
from cbrctl.machine.clock import SYSTEM

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class _Desk:
    """What is known of signals in this process."""

    def __init__(self) -> None:
        self.depth = 0
        """How many things are under way that must end first."""
        self.first: int | None = None
        self.again = False
        """A second signal came."""
        self.over = False
        """All work has ended: what is left is to tell it."""
        self.waits = False
        """The first signal was noted and is still to be raised."""
        self.arrived_at = 0.0
        self.on_first: Callable[[], None] = lambda: None

    def arrive(self, number: int, frame: FrameType | None) -> None:
        """Raise, or note the first signal where something must end first.

        A second one breaks off what it waits for, and what came of it is told; a third ends the process at once.
        """
        if self.first is not None:
            if number == self.first == getattr(signal, "SIGHUP", None):
                return  # a terminal that closes sends two
            self._arrive_again(number)
            return
        self.first, self.arrived_at = number, SYSTEM.monotonic()
        if self.depth == 0 and not self.over:
            raise Interrupted(number)
        self.waits = True
        self.on_first()

    def _arrive_again(self, number: int) -> None:
        if self.again:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.again = True
        if self.waits and self.depth and not self.over:
            self.waits = False
            raise Interrupted(self.first or number)


_desk = _Desk()


def install_handlers() -> None:
    """Make signals raise Interrupted. One that was inherited as ignored stays so: `nohup` and `&` of sh mean it."""
    _desk.first, _desk.again = None, False
    for name in _NAMES:
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _desk.arrive)


@contextmanager
def deferred(on_first: Callable[[], None] | None = None) -> Iterator[None]:
    """Let a first signal only be noted, and tell `on_first` at once; a second one is raised.

    What is under way (a request, the telling of a result) ends whole; `raise_noted` raises the signal after it.
    """
    desk = _desk
    if on_first is not None:
        desk.on_first = on_first
    desk.depth += 1
    try:
        yield
    finally:
        desk.depth -= 1


def deferrals() -> int:
    """Return how many things are under way that signals wait for."""
    return _desk.depth


def is_noted() -> bool:
    """Return whether a signal was noted and waits to be raised."""
    return _desk.waits


def noted_at() -> float:
    """Return the moment of the monotonic clock at which the signal came that waits."""
    return _desk.arrived_at


def begin_work() -> None:
    """Let signals end the work that begins now, one that was noted before at once."""
    _desk.over = False
    raise_noted()


def end_work() -> None:
    """Let signals end nothing any more: the results of the work are told whole."""
    _desk.over = True


def raise_noted() -> None:
    """Raise the signal that was noted, where nothing is under way any more that it waits for."""
    if _desk.waits and _desk.depth == 0:
        _desk.waits = False
        raise Interrupted(_desk.first or 0)
