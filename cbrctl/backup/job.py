"""One vault's backup, from the request to how it ended: hold the vault, settle, join or find or send, give way, follow.

What waits yields the seconds that it wants to wait (schedule.py).
"""

import math
from collections.abc import Generator
from contextlib import suppress
from itertools import repeat

from cbrctl.backup.follow import Follower, show_recorded
from cbrctl.backup.obstacle import GiveWay, Obstacle, tell_begun
from cbrctl.backup.options import Deps, Event
from cbrctl.backup.polling import Poll, pauses
from cbrctl.backup.reconciliation import has_passed
from cbrctl.backup.record import Backup
from cbrctl.backup.schedule import Steps, Wait
from cbrctl.backup.states import Evidence, NoEvidence
from cbrctl.backup.submit import MOST_POSTS, Submission
from cbrctl.backup.verdict import judge
from cbrctl.errors import AuthError, Busy, CbrctlError, Throttled, Unknown
from cbrctl.phrases import Phrase

TOGETHER = 2.0
"""Seconds in which the looks of a fleet that is not followed come together."""
LET_BE = 24 * 3600.0
"""Seconds after which an earlier backup that may not be read stands in the way of none any more."""


class Job:
    """One vault's work. `backup` says at any time what is known."""

    def __init__(self, deps: Deps, backup: Backup) -> None:
        self.deps = deps
        self.client, self.journal, self.options, self.clock = deps.client, deps.journal, deps.options, deps.clock
        self.backup = backup
        self.submission = Submission(deps, backup, self.warn)

    def warn(self, warning: CbrctlError) -> None:
        """Tell a warning and keep it for the document."""
        self.backup.warnings.append(warning)
        self.deps.tell(Event("warning", self.backup, {"warning": warning}))

    # a new one ------------------------------------------------------------------------------------------------------

    def back_up(self) -> Steps:
        """Start a backup, or find the one that is meant, and follow it. Raises what keeps it from being started."""
        deadline = self.clock.monotonic() + self.options.timeout
        give_way = GiveWay(self.deps, self.backup, self.warn)
        found = yield from self._start()
        while isinstance(found, Obstacle):
            yield 0.0  # a signal may end it here
            if (yield from give_way.pass_by(found, deadline)):
                return
            self.backup.forget()
            found = yield from self._start()
        yield from self._follow(found=found)

    def _start(self) -> Generator[Wait, None, "bool | Obstacle"]:
        """Hold the vault until the service has accepted; return whether the backup was there already, or what is in the way."""
        submission, backup = self.submission, self.backup
        yield from self.deps.sender.holds.enter()
        try:
            with self.journal.hold(str(backup.vault_id), str(backup.op_id)):
                keyed = self.options.run_key is not None
                found = keyed and submission.knows() and (yield from self._find())
                if keyed and not found:
                    yield from submission.settle(own_alone=True)
                    found = yield from self._find()
                if not found:
                    yield from submission.settle()
                    found = not keyed and (yield from self._join())
                if not found:
                    found = yield from submission.send()
        except Busy as error:
            if submission.posts >= MOST_POSTS:
                raise
            return Obstacle(error, held=error.key == "vault-held")
        except Unknown as error:
            if self.options.if_busy != "wait" or error.key not in ("unsettled", "earlier-unseen"):
                raise
            return Obstacle(error)
        finally:
            self.deps.sender.holds.leave()
        if backup.state == "refused":
            if self.options.if_busy == "fail" or submission.posts >= MOST_POSTS:
                return False
            return Obstacle(Busy("all-skipped-busy", sent="yes"))
        return found

    def _follow(self, *, found: bool) -> Steps:
        backup = self.backup
        if backup.state == "refused":
            return
        tell_begun(self.deps, backup, attached=backup.attached)
        # what was found was looked for a moment ago
        sent_at = -math.inf if backup.attached else self.clock.monotonic()
        if self.deps.shared is None:  # a fleet looks when it looks at the lists
            self.submission.look_for_others()
        follower = Follower(self.deps, backup, fresh=not backup.attached)
        if found and backup.has_ended and not self.goes_on(follower):
            return
        if found or not self._has_ended_at_once(follower):
            if found or self.options.wait:
                yield from follower.follow()
                self.submission.look_for_others(due=sent_at)
            else:
                backup.end("accepted")
                yield from self._look_for_others_later()
        self.warn_of_the_end()

    def _look_for_others_later(self) -> Steps:
        """Look in a fleet that is not followed whether the backup has a twin, once for many."""
        if self.deps.shared is not None and self.submission.may_have_twin:
            poll = Poll(self.clock, math.inf, repeat(TOGETHER), self.deps.shared.rounds)
            yield from poll.pause()
            self.submission.look_for_others(due=poll.due)

    def _has_ended_at_once(self, follower: Follower) -> bool:
        """Judge by the answer to the POST alone: it may have skipped everything."""
        backup = self.backup
        answer = backup.checkpoint or NoEvidence.SILENT
        backup.verdict = judge(Evidence(answer, NoEvidence.SILENT, NoEvidence.SILENT), follower.intent, settled=False)
        if backup.verdict.outcome is not None:
            backup.end_by_verdict()
        return backup.verdict.outcome is not None

    def _find(self) -> Generator[Wait, None, bool]:
        """Take the backup of the run key; return whether there is one. One that another machine saw refused whole is none."""
        while (yield from self._find_marked()):
            if self.backup.request is not None:
                return True
            follower = Follower(self.deps._replace(tell=lambda event: None), self.backup)
            with suppress(CbrctlError):
                follower.look()
            if self.backup.verdict.outcome != "refused":
                return True
            self.submission.pass_over()
        return False

    def _find_marked(self) -> Generator[Wait, None, bool]:
        """Look for the marker; a fleet waits together while the gateway refuses for rate."""
        shared = self.deps.shared
        while shared is not None:
            yield from shared.take_turn()
            try:
                return self.submission.find()
            except Throttled:
                if shared.pace.is_hopeless:
                    raise
            finally:
                shared.pace.release()
        return self.submission.find()

    def _join(self) -> Generator[float, None, bool]:
        """Without a key: take an earlier backup of this machine, meant the same, that still runs (contract, without a key).

        One that has ended is settled in the history. Raises Unknown for one of which neither can be seen.
        """
        for earlier in self.journal.running_backups(self.backup.project_id, str(self.backup.vault_id)):
            if earlier.request is None or earlier.digest != self.backup.digest:
                continue
            if (yield from self._learn_whether_it_runs(earlier)):
                self.backup.adopt(earlier)
                self.backup.attached = True
                return True
        return False

    def _learn_whether_it_runs(self, earlier: Backup) -> Generator[float, None, bool]:
        follower = Follower(self.deps._replace(tell=lambda event: None), earlier)
        poll = Poll(self.clock, self.options.settle, pauses(self.options.interval))
        while True:
            barred = False
            try:
                error = follower.look()
            except AuthError as refused:
                error, barred = refused, True
            if earlier.verdict.outcome is not None:
                earlier.end_by_verdict()
                self.journal.record(earlier)
                return False
            if error is None and follower.is_alive:
                return True
            if barred and earlier.sent_at and has_passed(earlier.sent_at, self.client.now(), LET_BE, wall_alone=True):
                return False
            if poll.is_over:
                if follower.has_stopped:
                    return False  # how it ended is not seen whole, but that it runs no more
                raise Unknown("earlier-unseen", op=earlier.op_id)
            yield from poll.pause()

    # one that ended -------------------------------------------------------------------------------------------------

    def goes_on(self, follower: Follower) -> bool:
        """Look again at one whose end is recorded; return whether it goes on after all.

        What was said by less than whole evidence is righted by what is seen now. Any other end stays: lists forget what
        they held. Who judges skipped resources otherwise than it was started is told what that gives.
        """
        backup = self.backup
        recorded = backup.state
        seen = show_recorded(backup, follower)
        told_otherwise = self.options.on_skip not in (None, backup.on_skip)
        if told_otherwise and {recorded, seen.outcome} == {"completed", "partial"}:
            backup.verdict = seen
            backup.end_by_verdict()
            return False
        if told_otherwise and (
            backup.proven or seen.outcome is None
        ):  # how it ended for the other choice was recorded too
            backup.end_by_choice(str(self.options.on_skip))
        if backup.proven:
            if follower.observer.is_missing or seen.outcome not in (None, recorded):
                self.warn(CbrctlError("end-kept", outcome=backup.state))
            return False
        if recorded != "completed" and seen.outcome is None and follower.is_alive:
            backup.reopen()
            self.warn(CbrctlError("end-righted", before=recorded, after=Phrase("still running")))
            return True
        if seen.outcome not in (None, recorded) and (seen.whole or seen.outcome == "completed"):
            backup.reopen()
            backup.verdict = seen
            backup.end_by_verdict()
            self.warn(CbrctlError("end-righted", before=recorded, after=backup.state))
        return False

    # words ----------------------------------------------------------------------------------------------------------

    def warn_of_the_end(self) -> None:
        """Warn of copies that are there and not consistent for applications, or doubtful, and of an end that no copy shows."""
        if self.backup.verdict.by_word and self.backup.has_ended:
            self.warn(CbrctlError("no-copy-seen"))
        for resource, why in self.backup.verdict.consistency:
            self.warn(CbrctlError("not-consistent", resource=resource, note=why))
        for resource, why in self.backup.verdict.doubts:
            self.warn(CbrctlError("task-disagrees", resource=resource, vault=self.backup.vault_id, note=why))
        if self.backup.verdict.checkpoint_disagrees and self.backup.outcome == "completed":
            self.warn(CbrctlError("checkpoint-disagrees", checkpoint=self.backup.checkpoint_id))
