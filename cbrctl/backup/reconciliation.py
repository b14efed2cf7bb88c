"""What became of a backup of which no answer tells whether it was started. By reading only.

found         its marker stands on a copy or a task: it was accepted
unknown       nothing shows it, and it may still be to come
not-started   fifteen minutes later all lists are whole, nothing carries the marker and nothing runs

What waits yields the seconds that it wants to wait, and is gone on with when they have passed (schedule.py).
"""

from collections.abc import Generator
from itertools import repeat

from cbrctl.api.backoff import backoff
from cbrctl.backup.marker import short_digest
from cbrctl.backup.options import Deps
from cbrctl.backup.polling import Poll
from cbrctl.backup.record import Backup
from cbrctl.backup.search import Found, look_for, look_unmarked
from cbrctl.backup.states import AT_WORK
from cbrctl.durations import write_stamp
from cbrctl.errors import CbrctlError, NotFound
from cbrctl.machine.clock import Instant
from cbrctl.machine.signals import is_noted, noted_at

LONGEST_PAUSE = 5.0
AFTER_A_SIGNAL = 5.0
"""Seconds that a search goes on once a signal came (contract, --settle)."""
CLOSED_AFTER = 900.0
"""Seconds after which a backup of which there is no trace was not started, by the service's clock and ours (contract, unknown)."""
STILL = 2.0
"""Seconds of the service's clock which, in a quarter of an hour of ours, say that it does not move."""
OVERRULED = 24 * 3600.0
"""Seconds of this machine's clock after which the service's is not waited for any more."""

Waiting = Generator[float, None, Found]


class Reconciler:
    """Looks for backups of one project, and records what it finds out."""

    def __init__(self, deps: Deps) -> None:
        self.client, self.journal = deps.client, deps.journal
        self.clock = deps.clock
        self._asked_at = self.client.now()
        """The moment before the last look: what it showed may be as old as that."""

    def settle(self, backup: Backup, patience: float) -> Generator[float, None, None]:
        """Find out what became of a backup of a process that is no more, within `patience` seconds, and record it.

        It is `accepted`, `not-started` or `unknown` then. One that may have been started, and whose marker stands nowhere
        that is left, stays unknown for ever; that it has ended says that it is in the way of no other any more.
        """
        if backup.state == "prepared":
            self._close(backup)
            return
        for seconds in dict.fromkeys((0.0, patience)):  # a first look may tell already
            found = yield from self.search(backup, seconds)
            if found.checkpoint_ids:
                digest = short_digest(backup.digest) if backup.digest else None
                backup.find(*found.sort_by(digest)[0])
                backup.end("pending")
                self.journal.record(backup)
                return
            if self._is_over(backup, found):
                if not found.others:
                    self._close(backup)
                    return
                backup.ended_at = backup.ended_at or write_stamp(self.clock.time())
            if not backup.marked or backup.ended_at is not None:
                break
        backup.state = backup.sent = "unknown"
        backup.end("unknown")
        self.journal.record(backup)

    def search(self, backup: Backup, patience: float) -> Waiting:
        """Look for a backup for `patience` seconds at most; return what the last look found. A signal ends it (schedule.py)."""
        # without jitter: ten seconds have five looks, and who is not believed is asked that often
        poll = Poll(self.clock, patience, backoff(1.0, factor=1.7, longest=LONGEST_PAUSE, jitter=0.0))
        while True:
            self._asked_at = self.client.now()
            with self.client.single_try():
                found = self._look(backup)
            if is_noted():
                poll.deadline = min(poll.deadline, noted_at() + AFTER_A_SIGNAL)
                poll.pauses = repeat(1.0)
            # the last look is one that began when the time was over: it shows all that came until then
            if found.checkpoint_ids or not backup.marked or self._asked_at.monotonic >= poll.deadline:
                return found
            yield from poll.pause()

    def _look(self, backup: Backup) -> Found:
        vault_id = str(backup.vault_id)
        if not backup.marked:
            return look_unmarked(self.client, vault_id, lambda: self._sent_at(backup))
        return look_for(
            self.client,
            str(backup.op_id),
            vault_id,
            named=backup.is_named,
            since=lambda: self._sent_at(backup),
            unwanted=backup.empty_ids,
            clock=self.clock,
        )

    def _sent_at(self, backup: Backup) -> float | None:
        """Return when it was sent by the service's clock, as far as clocks can be compared; None where that is not known."""
        then, now = backup.sent_at, self.client.now()
        if then is None:
            return None
        if then.service is None and now.service is not None and _is_same_boot(then, now):
            # noted with the backup: it is told by the first answer after the request, whatever later ones say
            backup.sent_at = then = then._replace(service=now.service - (now.monotonic - then.monotonic))
        return then.service

    def _close(self, backup: Backup) -> None:
        """Record that nothing was started; one whose every resource was skipped as busy was refused so."""
        if backup.empty_ids:
            backup.state, backup.sent, backup.outcome, backup.exit_code = "refused", "yes", "refused", 11
        else:
            backup.state, backup.sent, backup.outcome, backup.exit_code = "not-started", "no", "error", 7
        backup.ended_at = write_stamp(self.clock.time())
        self.journal.record(backup)

    def _is_over(self, backup: Backup, found: Found) -> bool:
        """Return whether nothing can come any more: sent long ago, all lists whole, nothing running."""
        # where only copies show it, one that waited for long to begin shows late
        patience = OVERRULED if found.tasks_barred else CLOSED_AFTER
        idle = self._is_long_ago(backup, patience) and found.trouble is None and not found.running
        # what others are doing there explains what the vault says
        return idle and (found.foreign or self._is_idle(str(backup.vault_id)))

    def _is_long_ago(self, backup: Backup, seconds: float) -> bool:
        """Return whether both clocks say that it was sent so many seconds before the last look (contract, unknown).

        Clocks that cannot be compared with those of that moment (another boot, and a service that tells no time) say
        so when as much has passed since they first told of it.
        """
        # the answers of that look may be the first that told the service's clock
        now = self._asked_at._replace(service=self.client.service_clock.time_at(self._asked_at.monotonic))
        then = backup.sent_at
        if then is not None and has_passed(then, now, seconds, wall_alone=False):
            return True
        if backup.noted_at is None or _went_back(backup.noted_at, now):
            backup.noted_at = now
        return has_passed(backup.noted_at, now, seconds, wall_alone=True)

    def _is_idle(self, vault_id: str) -> bool:
        """Return whether the vault says of none of its resources that it is being backed up."""
        try:
            vault = self.client.show_vault(vault_id)
        except NotFound:
            return True
        except CbrctlError:
            return False
        return not any(r.status in AT_WORK for r in vault.resources)


def has_passed(then: Instant, now: Instant, seconds: float, *, wall_alone: bool) -> bool:
    """Return whether so many seconds have surely passed between two moments: by this machine's clock and the service's.

    This machine's is the one that counts since its boot, else its wall clock, which may have been set meanwhile. The
    service's is left out where it is not known, stands still, or has lagged for a day; a wall clock counts without it
    only with `wall_alone`.
    """
    same_boot = _is_same_boot(then, now)
    ours = now.monotonic - then.monotonic if same_boot else now.wall - then.wall
    if ours < seconds:
        return False
    if then.service is not None and now.service is not None:
        theirs = now.service - then.service
        if not -STILL < theirs < STILL and ours < OVERRULED:
            return theirs >= seconds
    return same_boot or wall_alone


def _went_back(then: Instant, now: Instant) -> bool:
    """Return whether a clock shows less than it did: it was set, or another one is asked."""
    set_back = now.wall < then.wall and not _is_same_boot(then, now)
    return set_back or (then.service is not None and now.service is not None and now.service < then.service - STILL)


def _is_same_boot(then: Instant, now: Instant) -> bool:
    return then.boot_id is not None and then.boot_id == now.boot_id and now.monotonic >= then.monotonic
