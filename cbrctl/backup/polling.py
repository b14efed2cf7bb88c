"""Looking again and again: how long between two looks, and when it is over. Every wait of a backup goes by this.

The pauses are yielded to the schedule, which goes on with other backups meanwhile (schedule.py).
"""

from collections.abc import Generator, Iterator
from itertools import repeat

from cbrctl.api.backoff import backoff
from cbrctl.api.pace import Pace
from cbrctl.errors import CbrctlError
from cbrctl.machine.clock import Clock

FIRST_LOOK = 3.0
LONGEST_PAUSE = 30.0
STUCK = 300.0
"""Seconds after which copies are read though the checkpoint, or its tasks, say that it goes on: they may be stuck."""
PATIENCE_LOOKS, PATIENCE_SECONDS = 10, 300.0
AT_ONCE = 3.5
"""Seconds that a look may be old which a fleet shares without having waited for it: a request may follow it within five."""


def pauses(interval: float | None) -> Iterator[float]:
    """Return the seconds before each look: the fixed interval, or 3 s growing by half to 30 s, 20 % more or less."""
    if interval is not None:
        return repeat(interval)
    return backoff(FIRST_LOOK, factor=1.5, longest=LONGEST_PAUSE, jitter=0.2)


SOONER, LATER = 0.67, 1.2
"""Shares of a pause that varies, between which a look joins others."""


class Rounds:
    """The moments at which a fleet looks, so that one look serves many: who is about to look joins those that will.

    Where the pause is fixed all look at the same moments, that far from one another, and nobody later than after a pause.
    Where it is not they may be a fifth of it later, since it varies by as much anyway.
    """

    def __init__(self, clock: Clock, interval: float | None, pace: Pace) -> None:
        self.clock = clock
        self.pace = pace
        self._interval = interval
        self._origin = clock.monotonic()
        # one for all that this machine looks at: it is machines that must not ask at once
        self._first = next(backoff(FIRST_LOOK, jitter=0.2))
        self._moments: list[float] = []

    def pauses(self) -> Iterator[float]:
        """Return the seconds before each look, the same for all of the fleet."""
        if self._interval is not None:
            return repeat(self._interval)
        return backoff(self._first, factor=1.5, longest=LONGEST_PAUSE, jitter=0.0)

    def join(self, pause: float) -> float:
        """Return the moment of the monotonic clock to look at, after about this pause."""
        now = self.clock.monotonic()
        if self._interval is not None:
            common = self._origin + (now + pause - self._origin) // self._interval * self._interval
            return common if common > now else now + pause
        if self.pace.is_limited:  # what looks ask is not left for those that are to be sent
            pause = max(pause, LONGEST_PAUSE)
        self._moments = [moment for moment in self._moments if moment > now]
        near = (m for m in self._moments if SOONER * pause <= m - now <= LATER * pause)
        moment = min(near, default=None)
        if moment is None:
            moment = now + pause
            self._moments.append(moment)
        return moment


class Poll:
    """One wait of so many `seconds`. The last pause is cut, so that a last look comes when the time is over."""

    def __init__(self, clock: Clock, seconds: float, pauses: Iterator[float], rounds: "Rounds | None" = None) -> None:
        self.clock = clock
        self.pauses = pauses
        self.rounds = rounds
        self.deadline = clock.monotonic() + seconds
        self.due = clock.monotonic()
        """The moment of the monotonic clock at which the next look is due: what is older does not count for it."""

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
        pause, now = next(self.pauses), self.clock.monotonic()
        moment = self.rounds.join(pause) if self.rounds else now + pause
        self.due = min(moment, max(now, self.deadline))
        yield self.due - now


class Patience:
    """Counts failures in a row: spent after ten of them over at least five minutes (contract, exit codes)."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.errors: list[CbrctlError] = []
        self._since = 0.0

    def note(self, error: CbrctlError | None) -> None:
        """Take the result of one try: None for a good one, which forgives all before it."""
        if error is None:
            self.errors.clear()
            return
        if not self.errors:
            self._since = self.clock.monotonic()
        self.errors.append(error)

    @property
    def is_spent(self) -> bool:
        """Whether it is time to give up."""
        return len(self.errors) >= PATIENCE_LOOKS and self.clock.monotonic() - self._since >= PATIENCE_SECONDS
