"""The clock of a child process under test: a sleep takes no time and moves the clock, a watchdog fires sooner.

It stands on the child's path (PYTHONPATH), so that the product needs no hook. TEST_TIMER_SCALE divides the seconds of
every threading.Timer, TEST_CLOCK_OFFSET sets the wall clock wrong by so many seconds, and TEST_CLOCK_PASSED lets so many
have passed, by all clocks.
"""

import os
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


for _module, _name, _new in (
    (time, "sleep", _move),
    (time, "monotonic", lambda: _monotonic() + _offset),
    (time, "time", lambda: _time() + _offset + _wrong),
    (threading, "Timer", _ScaledTimer),
):
    setattr(_module, _name, _new)
