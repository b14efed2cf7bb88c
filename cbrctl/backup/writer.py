"""The records of several jobs in one commit: to sync it takes many times the CPU of writing them.

Each job waits until its record is durable. The schedule says how long the first of them waits for others.
"""

import math
from collections.abc import Callable

from cbrctl.backup.journal import Journal, Writing
from cbrctl.backup.record import Backup
from cbrctl.backup.schedule import Steps, Ticket
from cbrctl.machine.clock import Clock
from cbrctl.machine.signals import deferred


class _Entry:
    """A record that is to be written, and who is told why it was not, or None."""

    def __init__(self, writing: Writing, then: Callable[[Exception | None], None]) -> None:
        self.writing = writing
        self.then = then


class Writer:
    """Writes what the jobs of a run have to record."""

    def __init__(self, journal: Callable[[], Journal], clock: Clock) -> None:
        self.open_journal = journal
        self.clock = clock
        self._waiting: dict[_Entry, None] = {}
        self._since = 0.0
        """The moment of the monotonic clock since which the first waits."""

    def record(self, backup: Backup) -> Steps:
        """Write a record with those of other jobs; once this returns it is durable. Raises what `Journal.record` raises."""
        ticket, errors = Ticket(), list[Exception | None]()

        def go_on(error: Exception | None) -> None:
            errors.append(error)
            ticket.serve()

        entry = self.put(Writing(backup), go_on)
        try:
            yield ticket
        except BaseException:
            self._waiting.pop(entry, None)
            raise
        for error in errors:
            if error is not None:
                raise error

    def put(self, writing: Writing, then: Callable[[Exception | None], None]) -> _Entry:
        """Let a record be written with the next; tell `then` once it is durable, or why it is not."""
        if not self._waiting:
            self._since = self.clock.monotonic()
        entry = _Entry(writing, then)
        self._waiting[entry] = None
        return entry

    def write(self, patience: float = 0.0) -> float:
        """Write what waits, once the first has waited for so many seconds; return how many of them are left."""
        if not self._waiting:
            return math.inf
        if patience and (left := self._since + patience - self.clock.monotonic()) > 0:
            return left
        entries = list(self._waiting)
        with deferred():  # what is written is told, once
            errors = self._record([entry.writing for entry in entries])
            for entry, error in zip(entries, errors, strict=True):
                del self._waiting[entry]
                entry.then(error)
        return math.inf

    def _record(self, writings: list[Writing]) -> list[Exception | None]:
        """Record them, and return for each why that failed: what fails together is tried alone, and fails for its own."""
        try:
            self.open_journal().record_all(writings)
        except Exception as cause:
            if len(writings) == 1:
                return [cause]
            return [error for writing in writings for error in self._record([writing])]
        return [None] * len(writings)
