"""A backup of an earlier run: what became of it is found out, and it is followed where it goes on. Nothing is started.

What waits yields the seconds that it wants to wait (schedule.py).
"""

from itertools import repeat

from cbrctl.backup.follow import Follower
from cbrctl.backup.job import Job
from cbrctl.backup.obstacle import HOLD_PAUSE, tell_begun
from cbrctl.backup.polling import Poll
from cbrctl.backup.reconciliation import Reconciler
from cbrctl.backup.record import of_others, tell_unknown
from cbrctl.backup.schedule import Steps
from cbrctl.errors import AuthError, Busy, Unknown


class EarlierJob(Job):
    """The work on one backup that was started before, by this machine or by anyone."""

    def resume(self) -> Steps:
        """Find out what became of a backup of an earlier run, and follow it where it goes on."""
        backup = self.backup
        if not self._is_here:
            self._leave_to_others()
        if backup.state in ("prepared", "sending", "unknown"):
            yield from self._settle()
        if backup.state == "unknown":
            raise tell_unknown(backup)
        if backup.checkpoint_id is None or backup.state in ("refused", "not-started"):
            backup.end_as_recorded()
            return
        follower = Follower(self.deps, backup)
        if backup.has_ended and not self.goes_on(follower):
            return
        tell_begun(self.deps, backup, attached=True)
        yield from follower.follow()
        self.warn_of_the_end()

    def wait(self) -> Steps:
        """Follow a checkpoint that anyone started; nothing is recorded of those of others.

        What the journal knows of it counts where it is of this project and place.
        """
        if self.backup.op_id is not None:
            if self._is_here:
                yield from self.resume()
                return
            self.backup.adopt(of_others(self.backup.asked))
        yield from Follower(self.deps, self.backup, own=False).follow()
        self.warn_of_the_end()

    @property
    def _is_here(self) -> bool:
        """Whether it belongs to the project and the address that are asked."""
        return (self.backup.project_id, self.backup.endpoint) == (self.client.project_id, self.client.endpoint)

    def _settle(self) -> Steps:
        """Find out whether it was started, once no other process is sending it."""
        backup = self.backup
        poll = Poll(self.clock, self.options.settle, repeat(HOLD_PAUSE))
        while True:
            yield from self.deps.sender.holds.enter()
            try:
                with self.journal.hold(str(backup.vault_id), str(backup.op_id)):
                    backup.adopt(self.journal.find(str(backup.op_id)) or backup)  # another process may have been at it
                    if backup.state in ("prepared", "sending", "unknown"):
                        yield from Reconciler(self.deps).settle(backup, self.options.settle)
                    return
            except Busy as held:
                if poll.is_over:
                    raise Unknown("being-sent", who=held.values.get("who", "")) from None
            finally:
                self.deps.sender.holds.leave()
            yield from poll.pause()

    def _leave_to_others(self) -> None:
        """Raise that a backup belongs to another project or place; what is recorded of it stays."""
        is_open = self.backup.state in ("prepared", "sending", "unknown")
        error = Unknown if is_open else AuthError
        raise error("op-of-another", project=self.backup.project_id, endpoint=self.backup.endpoint)
