"""All jobs of a run, one step at a time: each says how long it wants to wait, and is gone on with when that has passed."""

from collections.abc import Callable, Generator, Sequence

from cbrctl.backup.record import Backup
from cbrctl.errors import CbrctlError, Interrupted
from cbrctl.machine.clock import Clock
from cbrctl.machine.signals import begin_work, deferrals, deferred, end_work, is_noted, raise_noted

NAP = 0.25
"""Seconds after which a sleep sees that a signal came, where something is under way that it waits for."""

Steps = Generator[float, None, None]


class _Job:
    """One vault's work: `steps` yield the seconds that they want to wait."""

    def __init__(self, backup: Backup, steps: Steps, due: float) -> None:
        self.backup = backup
        self.steps = steps
        self.due = due
        self.deferrals = 0
        """How many things it has under way that signals wait for."""


class Schedule:
    """Runs jobs to their ends. `on_end` is told of each backup whose job has ended, however it did."""

    def __init__(self, clock: Clock, on_end: Callable[[Backup], None]) -> None:
        self.clock = clock
        self.on_end = on_end

    def run(self, work: Sequence[tuple[Backup, Steps]]) -> Interrupted | None:
        """Go on with all jobs in turn until each has ended; return the signal that ended those that had not.

        Signals end nothing any more when this returns: what has ended can be told whole.
        """
        now = self.clock.monotonic()
        left = [_Job(backup, steps, now) for backup, steps in work]
        try:
            begin_work()
            while left:
                # a signal leaves only what must not be broken off
                job = min([job for job in left if job.deferrals or not is_noted()], key=lambda job: job.due)
                self._sleep_until(job)
                if is_noted() and not job.deferrals:
                    continue
                self._step(job, left)
                raise_noted()
            end_work()
        except Interrupted as stop:
            end_work()
            for job in left:
                job.steps.close()
                job.backup.interrupt(stop)
                self.on_end(job.backup)
            return stop
        return None

    def _step(self, job: _Job, left: list[_Job]) -> None:
        """Take one step of a job, and it from those that are left with the last. What goes wrong is its backup's alone."""
        before = deferrals()
        try:
            job.due = next(job.steps) + self.clock.monotonic()
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
            left.remove(job)
            self.on_end(job.backup)

    def _sleep_until(self, job: _Job) -> None:
        """Sleep until a job is due; only in naps while a signal would be noted rather than raised."""
        while (left := job.due - self.clock.monotonic()) > 0:
            if deferrals():
                if is_noted() and not job.deferrals:
                    return
                left = min(left, NAP)
            self.clock.sleep(left)
