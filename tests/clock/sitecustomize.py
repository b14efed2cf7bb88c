"""The clock of a child process under test: a sleep takes no time and moves the clock, a watchdog fires sooner.

It stands on the child's path (PYTHONPATH), so that the product needs no hook. TEST_TIMER_SCALE divides the seconds of
every threading.Timer, TEST_CLOCK_OFFSET sets the wall clock wrong by so many seconds, and TEST_CLOCK_PASSED lets so many
have passed, by all clocks. TEST_STALL="2:60" lets a minute pass while the second connection is opened: a machine that
slept, a process that was stopped.
"""

import os
import socket
import threading
import time
from typing import Any

_offset = float(os.environ.get("TEST_CLOCK_PASSED", "0"))
_monotonic, _time, _sleep = time.monotonic, time.time, time.sleep
_Timer = threading.Timer
_wrong = float(os.environ.get("TEST_CLOCK_OFFSET", "0"))
_scale = float(os.environ.get("TEST_TIMER_SCALE", "1"))


def _move(seconds: float) -> None:
    global _offset  # noqa: PLW0603 - the clock of this process
    _offset += max(0.0, seconds)
    _sleep(0.001)  # lets signals and other threads in


class _ScaledTimer(_Timer):
    def __init__(self, interval: float, *args: Any, **kwargs: Any) -> None:
        super().__init__(interval / _scale, *args, **kwargs)


_stall_at, _, _stall = os.environ.get("TEST_STALL", "0:0").partition(":")
_connect = socket.socket.connect
_connections = 0


def _connect_later(self: socket.socket, address: Any) -> None:
    global _connections, _offset  # noqa: PLW0603 - the clock of this process
    _connect(self, address)
    _connections += 1
    if _connections == int(_stall_at):
        _offset += float(_stall)


if _stall_at != "0":
    socket.socket.connect = _connect_later  # type: ignore[method-assign]

for _module, _name, _new in (
    (time, "sleep", _move),
    (time, "monotonic", lambda: _monotonic() + _offset),
    (time, "time", lambda: _time() + _offset + _wrong),
    (threading, "Timer", _ScaledTimer),
):
    setattr(_module, _name, _new)
