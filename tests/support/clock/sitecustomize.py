"""The clock of a child process under test: a sleep takes no time and moves the clock, a watchdog fires sooner.

It stands on the child's path (PYTHONPATH), so that the product needs no hook. TEST_TIMER_SCALE divides the seconds of
every threading.Timer, TEST_CLOCK_OFFSET sets the wall clock wrong by so many seconds, and TEST_CLOCK_PASSED lets so many
have passed, by all clocks. TEST_STALL="2:60" lets a minute pass while the second connection is opened: a machine that
slept, a process that was stopped.
"""

import os
import threading
import time
from typing import Any

_offset = _wrong = 0.0
_scale = 1.0
_monotonic, _time, _sleep = time.monotonic, time.time, time.sleep
_Timer = threading.Timer


def _move(seconds: float) -> None:
    global _offset  # noqa: PLW0603 - the clock of this process
    _offset += max(0.0, seconds)
    _sleep(0.001)  # lets signals and other threads in


class _ScaledTimer(_Timer):
    def __init__(self, interval: float, *args: Any, **kwargs: Any) -> None:
        super().__init__(interval / _scale, *args, **kwargs)


def _stall(connection: int, seconds: float) -> None:
    """Let time pass while a connection is opened."""
    import socket

    connect = socket.socket.connect
    opened = 0

    def connect_late(self: socket.socket, address: Any) -> None:
        nonlocal opened
        connect(self, address)
        opened += 1
        if opened == connection:
            _move(seconds)

    setattr(socket.socket, "connect", connect_late)  # noqa: B010 - a method is replaced


def start() -> None:
    """Set the clock as the environment says; a process that is forked from another does so once more (tests/support/nursery.py)."""
    global _offset, _wrong, _scale  # noqa: PLW0603 - the clock of this process
    _offset = float(os.environ.get("TEST_CLOCK_PASSED", "0"))
    _wrong = float(os.environ.get("TEST_CLOCK_OFFSET", "0"))
    _scale = float(os.environ.get("TEST_TIMER_SCALE", "1"))
    if "TEST_STALL" in os.environ:
        number, _, seconds = os.environ["TEST_STALL"].partition(":")
        _stall(int(number), float(seconds))


start()
for _module, _name, _new in (
    (time, "sleep", _move),
    (time, "monotonic", lambda: _monotonic() + _offset),
    (time, "time", lambda: _time() + _offset + _wrong),
    (threading, "Timer", _ScaledTimer),
):
    setattr(_module, _name, _new)
