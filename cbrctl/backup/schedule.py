"""All jobs of a run, one step at a time: each says what it waits for, and is gone on with when that has come."""

import math
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, TypeAlias

from cbrctl.backup.record import Backup
from cbrctl.errors import CbrctlError, Interrupted
from cbrctl.machine.clock import Clock
from cbrctl.machine.signals import begin_work, deferrals, deferred, end_work, is_noted, raise_noted

if TYPE_CHECKING:
    from concurrent.futures import Future
    from queue import SimpleQueue

NAP = 0.25
"""Seconds after which a sleep sees that a signal came, where something is under way that it waits for."""

BUSY, IDLE = 0.05, 0.01
"""Seconds that jobs wait for others with which they share a commit, while one can go on and while none can."""

Wait: TypeAlias = "float | Ticket | Future[Any]"
"""What a job waits for: the seconds that are to pass, a place, or something that another thread will have done."""
Steps = Generator[Wait, None, None]


class Ticket:
    """A place, or something else that is waited for."""

    def __init__(self) -> None:
        self.is_served = False
        self.tell: Callable[[], None] = lambda: None

    def serve(self) -> None:
        """Let who waits go on."""
        self.is_served = True
        self.tell()


class Gate:
    """Lets so many jobs pass at a time, in the order in which they came."""

    def __init__(self, places: int) -> None:
        self.free = places
        self._waiting: deque[Ticket] = deque()

    def enter(self) -> Steps:
        """Wait for a place."""
        if self.free:
            self.free -= 1
            return
        ticket = Ticket()
        self._waiting.append(ticket)
        try:
            yield ticket
        except BaseException:
            if ticket.is_served:
                self.leave()
            else:
                self._waiting.remove(ticket)
            raise

    def leave(self) -> None:
        """Give the place to who waits longest."""
        if not self._waiting:
            self.free += 1
            return
        self._waiting.popleft().serve()


class _Job:
    """One vault's work."""

    def __init__(self, backup: Backup, steps: Steps) -> None:
        self.backup = backup
        self.steps = steps
        self.due: float | None = None
        """The moment of the monotonic clock at which it goes on; None where it waits for something else."""
        self.is_abroad = False
        """It waits for another thread."""
        self.turn = 0
        """Which of the entries in the queue is its last."""
        self.deferrals = 0
        """How many things it has under way that signals wait for."""


class Schedule:
    """Runs jobs to their ends. `on_end` is told of each backup whose job has ended, however it did; `interrupt` ends one.

    `write` does for many jobs at once what they wait for, or leave at their ends, once the first has waited for so many
    seconds; it returns how many are left.
    """

    def __init__(
        self,
        clock: Clock,
        on_end: Callable[[Backup], None],
        interrupt: Callable[[Backup, Interrupted], None] = Backup.interrupt,
        write: Callable[[float], float] = lambda patience: math.inf,
    ) -> None:
        self.clock = clock
        self.on_end = on_end
        self.interrupt = interrupt
        self.write = write
        self._left: dict[_Job, None] = {}
        self._queue: list[tuple[float, int, _Job]] = []
        self._turns = 0
        self._abroad = 0
        """How many wait for another thread."""
        self._done: deque[_Job] = deque()
        """Those for which what they waited for has come."""
        self._back: SimpleQueue[_Job] | None = None
        """Filled by other threads; None where there are none."""

    def run(self, work: Sequence[tuple[Backup, Steps]]) -> Interrupted | None:
        """Go on with all jobs in turn until each has ended; return the signal that ended those that had not.

        Signals end nothing any more when this returns: what has ended can be told whole.
        """
        now = self.clock.monotonic()
        for backup, steps in work:
            job = _Job(backup, steps)
            self._left[job] = None
            self._put(job, now)
        try:
            begin_work()
            while self._left:
                ready = self._next()
                if ready is not None:
                    self._step(ready)
                self.write(BUSY if self._left else 0.0)
                raise_noted()
            end_work()
        except Interrupted as stop:
            end_work()
            for job in self._left:
                job.steps.close()
                self.interrupt(job.backup, stop)
                self.on_end(job.backup)
            self.write(0.0)
            return stop
        return None

    def _put(self, job: _Job, due: float) -> None:
        self._turns += 1
        job.due, job.turn = due, self._turns
        heappush(self._queue, (due, job.turn, job))

    def _next(self) -> _Job | None:
        """Return the job that is gone on with, once its time has come; None where something else came meanwhile."""
        if self._abroad:
            self._take_back()
        if is_noted():  # a signal leaves only what must not be broken off
            while self._done:
                if (done := self._done.popleft()).deferrals:
                    return done
            held = [one for one in self._left if one.deferrals and one.due is not None]
            first = min(held, key=lambda one: one.due or 0.0, default=None)
            return first if self._sleep_until(first, lambda: False) else None
        if self._done:
            return self._done.popleft()
        while self._queue and self._queue[0][2].turn != self._queue[0][1]:
            heappop(self._queue)
        earliest = self._queue[0][2] if self._queue else None
        return earliest if self._sleep_until(earliest, is_noted) else None

    def _step(self, job: _Job) -> None:
        """Take one step of a job, and it from those that are left with the last. What goes wrong is its backup's alone."""
        if job.is_abroad:
            self._abroad -= 1
        job.is_abroad, job.turn, before = False, 0, deferrals()
        try:
            self._wait_for(job, next(job.steps))
            return
        except StopIteration:
            pass
        except CbrctlError as error:
            job.backup.fail(error)
        except Exception as bug:  # a bug in one vault's work must not lose the others' results
            job.backup.fail(CbrctlError("internal", note=f"{type(bug).__name__}: {bug}"))
        finally:
            job.deferrals += deferrals() - before
        with deferred():  # one that has ended is told once, and a signal changes nothing of it
            del self._left[job]
            self.on_end(job.backup)

    def _wait_for(self, job: _Job, wanted: "Wait") -> None:
        if isinstance(wanted, int | float):
            self._put(job, wanted + self.clock.monotonic())
            return
        job.due = None
        if isinstance(wanted, Ticket):
            wanted.tell = lambda: self._done.append(job)
            return
        if self._back is None:
            from queue import SimpleQueue

            self._back = SimpleQueue()
        back = self._back
        job.is_abroad = True
        self._abroad += 1
        wanted.add_done_callback(lambda done: back.put(job))

    def _take_back(self, seconds: float | None = None) -> None:
        """Take those whose thread has done its part; wait so long for one where `seconds` are given."""
        # not by a lock of Python's own: a signal in the midst of it would leave that in disorder
        if seconds is not None and self._back is not None:
            from queue import Empty

            with suppress(Empty):
                self._done.append(self._back.get(True, seconds))
        while self._back is not None and not self._back.empty():
            self._done.append(self._back.get())

    def _sleep_until(self, job: _Job | None, is_over: Callable[[], bool]) -> bool:
        """Sleep until a job is due; return whether it is, or another thread has done its part or `is_over` before.

        Only in naps while a signal would be noted rather than raised.
        """
        while True:
            left = NAP if job is None or job.due is None else job.due - self.clock.monotonic()
            if job is not None and left <= 0:
                return True
            if not self._done:
                left = min(left, self.write(IDLE))
            if self._done:
                return False
            if deferrals():
                if is_over():
                    return False
                left = min(left, NAP)
            if self._abroad:
                self._take_back(left)
            else:
                self.clock.sleep(left)
