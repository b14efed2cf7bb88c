"""Ends what takes too long. One thread watches all exchanges of a run: a thread each would cost as much as their bytes."""

import math
import threading
import time
from collections.abc import Callable


class Watch:
    """Something that is ended at a moment of the monotonic clock, unless it is forgotten before."""

    def __init__(self, due: float, end: Callable[[], None]) -> None:
        self.due = due
        self.end = end


class Watchdog:
    """Shared by the transports of a run, each in a thread of its own."""

    def __init__(self) -> None:
        self._watched: dict[Watch, None] = {}
        self._timer: threading.Timer | None = None
        self._wakes_at = math.inf
        self._lock = threading.RLock()  # a signal, which hurries exchanges, may come while it is held

    def watch(self, seconds: float, end: Callable[[], None]) -> Watch:
        """Call `end` in so many seconds, in another thread."""
        watch = Watch(time.monotonic() + seconds, end)
        with self._lock:
            self._watched[watch] = None
            if watch.due < self._wakes_at:
                self._wake_at(watch.due)
        return watch

    def forget(self, watch: Watch) -> None:
        """Let it be: once this returns it is not ended any more."""
        with self._lock:
            self._watched.pop(watch, None)

    def rest(self) -> None:
        """End the thread where nothing is watched: one that is alive when Python goes may keep the process from going."""
        with self._lock:
            timer = None if self._watched else self._timer
            if timer is not None:
                self._timer, self._wakes_at = None, math.inf
        if timer is not None:
            timer.cancel()
            timer.join(1.0)

    def _wake_at(self, moment: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(max(0.0, moment - time.monotonic()), self._end_late, (moment,))
        self._timer.daemon = True
        self._wakes_at = moment
        self._timer.start()

    def _end_late(self, moment: float) -> None:
        """End what was due at the moment for which the thread was to wake, and sleep until the next is."""
        with self._lock:
            for watch in [watch for watch in self._watched if watch.due <= moment]:
                del self._watched[watch]
                watch.end()
            if moment == self._wakes_at:
                self._timer, self._wakes_at = None, math.inf
                if self._watched:
                    self._wake_at(min(watch.due for watch in self._watched))
