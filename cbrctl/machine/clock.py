"""The clocks of this machine, and sleeping: one object, so that tests and models can put their own in its place."""

import time
from functools import lru_cache
from typing import NamedTuple, Protocol


class Clock(Protocol):
    """What is used to tell and to pass time."""

    def time(self) -> float:
        """Return seconds since the epoch by this machine's wall clock, which may be wrong and may be set."""

    def monotonic(self) -> float:
        """Return seconds that never go back and go on while the machine sleeps."""

    def boot_id(self) -> str | None:
        """Return which boot `monotonic` counts from; None where the system does not tell."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The clocks of the operating system."""

    def time(self) -> float:
        """Return the wall clock."""
        return time.time()

    def monotonic(self) -> float:
        """Return the monotonic clock with the time that the machine slept, which Linux leaves out of it (CLOCK_BOOTTIME)."""
        boottime = getattr(time, "CLOCK_BOOTTIME", None)
        if boottime is None:
            return time.monotonic()
        return time.monotonic() + time.clock_gettime(boottime) - time.clock_gettime(time.CLOCK_MONOTONIC)

    def __init__(self) -> None:
        self._boot_id: str | None = None

    def boot_id(self) -> str | None:
        """Return the kernel's id of this boot (Linux); it is read once."""
        self._boot_id = self._boot_id or self._read_boot_id()
        return self._boot_id

    def _read_boot_id(self) -> str | None:
        try:
            with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
                return file.read().strip() or None
        except (OSError, ValueError):
            return None

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


SYSTEM = SystemClock()


class Instant(NamedTuple):
    """One moment by every clock that tells it, so that two moments can be compared although one of them was set or is wrong."""

    wall: float
    """Seconds since the epoch by this machine's wall clock."""
    boot_id: str | None
    monotonic: float
    """Seconds since that boot."""
    service: float | None
    """Seconds since the epoch by the service's clock; None while no answer has told it."""


class ServiceClock:
    """The service's clock as its last answer told it (`Date`), and as it must show at other moments."""

    def __init__(self) -> None:
        self._told: tuple[str, float] | None = None

    def set(self, date: str, moment: float) -> None:
        """Keep what an answer told that came at this moment of the monotonic clock."""
        self._told = date, moment

    def time_at(self, moment: float) -> float | None:
        """Return what it showed at `moment` of the monotonic clock, in epoch seconds; None where no answer has told it."""
        if self._told is None:
            return None
        date, told_at = self._told
        told = _read_date(date)
        return None if told is None else told + moment - told_at


@lru_cache(maxsize=1)
def _read_date(date: str) -> float | None:
    """Return the moment of a `Date`; it is the same for all that is answered in a second."""
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, ArithmeticError):
        return None
