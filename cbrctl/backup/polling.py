"""Looking again and again: how long between two looks, and when it is over. Every wait of a backup goes by this.

The pauses are yielded to the schedule, which goes on with other backups meanwhile (schedule.py).
"""

from collections.abc import Generator, Iterator
from itertools import repeat

from cbrctl.api.backoff import backoff
from cbrctl.machine.clock import Clock

FIRST_LOOK = 3.0
LONGEST_PAUSE = 30.0


def pauses(interval: float | None) -> Iterator[float]:
    """Return the seconds before each look: the fixed interval, or 3 s growing by half to 30 s, 20 % more or less."""
    if interval is not None:
        return repeat(interval)
    return backoff(FIRST_LOOK, factor=1.5, longest=LONGEST_PAUSE, jitter=0.2)


class Poll:
    """One wait of so many `seconds`. The last pause is cut, so that a last look comes when the time is over."""

    def __init__(self, clock: Clock, seconds: float, pauses: Iterator[float]) -> None:
        self.clock = clock
        self.pauses = pauses
        self.deadline = clock.monotonic() + seconds

    @property
    def left(self) -> float:
        """The seconds that are left, 0 at least."""
        return max(0.0, self.deadline - self.clock.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return self.left <= 0

    def pause(self) -> Generator[float, None, None]:
        """Wait for the next look."""
        yield min(next(self.pauses), self.left)
