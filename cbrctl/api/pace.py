"""How fast a fleet may ask: what a gateway refuses for its rate slows everybody down together.

open       nobody was refused, or somebody was served since
closed     somebody was refused: all wait, 2 s at first and twice as long each time, a minute at most, or what the gateway asks
half open  the wait is over: one request alone tries whether others are served again
"""

import math
from collections.abc import Callable, Iterator

from cbrctl.api.backoff import backoff
from cbrctl.machine.clock import Clock

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 60.0
TRIAL = 90.0
"""Seconds after which the one that tries is not waited for any more: longer than any exchange."""
HOPELESS = 12
"""Refusals in a row, none of them served meanwhile, after which waiting is given up: over seven minutes.

A limit of so many requests in five minutes (0308 of service.md 7.2) ends well before.
"""


class Pace:
    """What is known of a gateway's limit. It is told of each answer, and asked before each request."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.refusals = 0
        """How often it was refused in a row."""
        self.is_limited = False
        """Somebody was refused since this run began."""
        self._closed_until = -math.inf
        self._trial_until = -math.inf
        self._pauses: Iterator[float] = iter(())
        self.tell: Callable[[float], None] = lambda seconds: None
        """Is told of each wait that begins, in seconds."""

    @property
    def is_hopeless(self) -> bool:
        """Whether nobody was served for so long that waiting is given up."""
        return self.refusals >= HOPELESS

    def refuse(self, asked: float) -> None:
        """Take a refusal for rate, which asks to wait so many seconds. Several at once are one."""
        now = self.clock.monotonic()
        self.is_limited = True
        if now < self._closed_until:
            return
        if not self.refusals:
            self._pauses = backoff(FIRST_PAUSE, longest=LONGEST_PAUSE, jitter=0.1)
        self.refusals += 1
        self._closed_until = now + min(max(next(self._pauses), asked), LONGEST_PAUSE)
        self._trial_until = -math.inf
        self.tell(self._closed_until - now)

    def serve(self) -> None:
        """Take an answer of another kind: one that was on its way before the refusal opens nothing."""
        if self.refusals and self.clock.monotonic() >= self._closed_until:
            self.refusals = 0

    def wait(self) -> float:
        """Return the seconds to wait before the next request; 0 takes the turn: the request leaves now."""
        if not self.refusals or self.is_hopeless:
            return 0.0
        now = self.clock.monotonic()
        if now < self._closed_until:
            return self._closed_until - now
        if now < self._trial_until:
            return 1.0
        self._trial_until = now + TRIAL
        return 0.0

    def release(self) -> None:
        """Give the turn back: where no answer was taken, another one may try."""
        self._trial_until = -math.inf
