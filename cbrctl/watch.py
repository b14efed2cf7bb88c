"""Look, sleep, look: follow one checkpoint to its end, or to the end of the wait."""

import random
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cbrctl.errors import AuthError, CbrctlError, Pending, Throttled, Unreachable
from cbrctl.evidence import Observer, Patience
from cbrctl.outcome import Intent, Verdict, judge

if TYPE_CHECKING:
    from cbrctl.api.client import Clock

FIRST_LOOK = 3.0
LONGEST_PAUSE = 30.0


def pauses(interval: float | None) -> Iterator[float]:
    """Give the seconds before each look: the fixed interval, or 3 s growing by half to 30 s, 20 % more or less."""
    pause = FIRST_LOOK
    while True:
        if interval is not None:
            yield interval
        else:
            yield min(pause * random.uniform(0.8, 1.2), LONGEST_PAUSE)  # noqa: S311 - jitter, not a secret
            pause = min(pause * 1.5, LONGEST_PAUSE)


class Watch:
    """Follows one checkpoint. What the last look showed stays in `verdict`, also when a signal ends the watch."""

    def __init__(
        self,
        observer: Observer,
        intent: Intent,
        *,
        timeout: float,
        interval: float | None = None,
        on_look: Callable[[Verdict, str | None], None] = lambda verdict, status: None,
        clock: "Clock" = time,
    ) -> None:
        self.observer = observer
        self.intent = intent
        self.timeout = timeout
        self.interval = interval
        self.on_look = on_look
        self.clock = clock
        self.verdict = Verdict(None, (), intent.skipped)

    def follow(self) -> CbrctlError | None:
        """Look until there is a verdict and give None, or give the error by which the wait ended before.

        `timeout` is in seconds and ends with one last look; 0 looks once. Raises NotFound at a first look at nothing.
        """
        patience = Patience(self.clock)
        deadline = self.clock.monotonic() + self.timeout
        waits = pauses(self.interval)
        if self.observer.own and self.timeout:
            self._pause(waits, deadline)
        while True:
            try:
                error = self._look()
            except AuthError as refused:
                if self._has_seen():
                    return type(refused)("barred-while-following", fault=refused.fault, note=refused.note)
                return refused  # nothing was seen that could go on
            if self.verdict.outcome is not None:
                return None
            patience.note(error)
            if self.clock.monotonic() >= deadline:
                return Pending("wait-ran-out" if self._has_seen() else "wait-saw-nothing")
            if patience.spent:
                last = patience.errors[-1]
                if not self._has_seen():
                    return last
                if all(isinstance(error, Throttled) for error in patience.errors):
                    return Throttled("throttled-while-following", fault=last.fault)
                return Unreachable("lost-while-following", fault=last.fault, note=last.note)
            self._pause(waits, deadline)

    def _has_seen(self) -> bool:
        """Whether there is a backup that goes on: our own, or another's that was seen."""
        return self.observer.own or self.observer.checkpoint is not None or bool(self.verdict.states)

    def _look(self) -> CbrctlError | None:
        look = self.observer.look()
        if look.error is None:
            self.verdict = judge(look.evidence, self.intent, settled=self.observer.settled())
            checkpoint = self.observer.checkpoint
            self.on_look(self.verdict, checkpoint.status if checkpoint else None)
        return look.error

    def _pause(self, waits: Iterator[float], deadline: float) -> None:
        self.clock.sleep(max(0.0, min(next(waits), deadline - self.clock.monotonic())))
