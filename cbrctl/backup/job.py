"""One vault's backup, from the request to how it ended: hold the vault, settle, join or find or send, give way, follow.

What waits yields the seconds that it wants to wait (schedule.py).
"""

from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import NamedTuple

from cbrctl.backup.busy import Running, find_running, list_covered, watch
from cbrctl.backup.follow import Follower, Steps, pauses, show_recorded
from cbrctl.backup.observer import VISIBLE_AFTER
from cbrctl.backup.options import Deps, Event
from cbrctl.backup.reconcile import has_passed
from cbrctl.backup.record import REPEATABLE, Backup
from cbrctl.backup.states import Evidence, Source
from cbrctl.backup.submit import MOST_POSTS, Submission
from cbrctl.backup.verdict import judge
from cbrctl.errors import AuthError, Busy, CbrctlError, Unknown
from cbrctl.ids import new_op_id

HOLD_PAUSE = 1.0
"""Seconds between two looks whether another cbrctl of this machine is done with a vault."""
LET_BE = 24 * 3600.0
"""Seconds after which an earlier backup that may not be read stands in the way of none any more."""


class _InTheWay(NamedTuple):
    """What keeps a vault from being backed up now."""

    error: CbrctlError
    held: bool = False
    """Another cbrctl of this machine has it."""
    running: Running | None = None


class Job:
    """One vault's work. `backup` says at any time what is known."""

    def __init__(self, deps: Deps, backup: Backup) -> None:
        self.deps = deps
        self.client, self.journal, self.options, self.clock = deps.client(), deps.journal(), deps.options, deps.clock
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
        waits = pauses(self.options.interval)
        found = yield from self._start()
        while isinstance(found, _InTheWay):
            yield 0.0  # a signal may end it here
            if (yield from self._give_way(found, deadline, waits)):
                return
            self.backup.forget()
            found = yield from self._start()
        yield from self._follow(found=found)

    def _start(self) -> Generator[float, None, "bool | _InTheWay"]:
        """Hold the vault until the service has accepted; return whether the backup was there already, or what is in the way."""
        submission, backup = self.submission, self.backup
        try:
            with self.journal.hold(str(backup.vault_id), str(backup.op_id)):
                keyed = self.options.run_key is not None
                found = keyed and submission.knows() and self._find()
                if not found:
                    yield from submission.settle()
                    found = self._find() if keyed else (yield from self._join())
                if not found:
                    found = yield from submission.send()
        except Busy as error:
            if submission.posts >= MOST_POSTS:
                raise
            return _InTheWay(error, held=error.key == "vault-held")
        except Unknown as error:
            if self.options.if_busy != "wait" or error.key not in ("unsettled", "earlier-unseen"):
                raise
            return _InTheWay(error)
        if backup.state == "refused":
            if self.options.if_busy == "fail" or submission.posts >= MOST_POSTS:
                return False
            return _InTheWay(Busy("all-skipped-busy", sent="yes"))
        return found

    def _follow(self, *, found: bool) -> Steps:
        backup = self.backup
        if backup.state == "refused":
            return
        self.tell_begun(attached=backup.attached)
        self.submission.look_for_others()
        follower = Follower(self.deps, backup, fresh=not backup.attached)
        if found and backup.has_ended and not self.goes_on(follower):
            return
        if found or not self._has_ended_at_once(follower):
            if found or self.options.wait:
                yield from follower.follow()
                self.submission.look_for_others()
            else:
                backup.end("accepted")
        self.warn_of_the_end()

    def _has_ended_at_once(self, follower: Follower) -> bool:
        """Judge by the answer to the POST alone: it may have skipped everything."""
        backup = self.backup
        answer = backup.checkpoint or Source.SILENT
        backup.verdict = judge(Evidence(answer, Source.SILENT, Source.SILENT), follower.intent, settled=False)
        if backup.verdict.outcome is not None:
            backup.end_by_verdict()
        return backup.verdict.outcome is not None

    def _find(self) -> bool:
        """Take the backup of the run key; return whether there is one. One that another machine saw refused whole is none."""
        while self.submission.find():
            if self.backup.request is not None:
                return True
            follower = Follower(self.deps._replace(tell=lambda event: None), self.backup)
            with suppress(CbrctlError):
                follower.look()
            if self.backup.verdict.outcome != "refused":
                return True
            self.submission.pass_over()
        return False

    def _join(self) -> Generator[float, None, bool]:
        """Without a key: take an earlier backup of this machine, meant the same, that still runs (contract, keyless).

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
        deadline = self.clock.monotonic() + self.options.settle
        waits = pauses(self.options.interval)
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
            left = deadline - self.clock.monotonic()
            if barred and earlier.sent_at and has_passed(earlier.sent_at, self.client.now(), LET_BE, wall_alone=True):
                return False
            if left <= 0:
                if follower.has_stopped:
                    return False  # how it ended is not seen whole, but that it runs no more
                raise Unknown("earlier-unseen", op=earlier.op_id)
            yield min(next(waits), left)

    # the vault is busy ----------------------------------------------------------------------------------------------

    def _give_way(self, busy: _InTheWay, deadline: float, waits: Iterator[float]) -> Generator[float, None, bool]:
        """Do what --if-busy says; return whether the backup has ended so. Raises the error where there is nothing to wait for."""
        running = None if busy.held else find_running(self.client, str(self.backup.vault_id))
        if self.options.if_busy == "attach" and isinstance(busy.error, Busy) and not busy.held:
            running = running or (yield from self._wait_until_seen(deadline, waits))
        if isinstance(busy.error, Busy) and self._is_own(running):
            return False  # the very one that was meant came to light meanwhile: it is found, and nothing is sent
        error = _say_who(busy.error, running)
        if isinstance(error, Busy) and self.options.if_busy == "skip":
            self.warn(CbrctlError("busy-skipped", who=error.values.get("who", "")))
            self.backup.end("skipped")
            return True
        patient = self.options.if_busy == "wait"
        if self.options.if_busy == "attach" and isinstance(error, Busy):
            if running and (yield from self._attach(running)):
                return True
            patient = busy.held  # another cbrctl is about to start one
            if running:
                error = Busy("busy-with-less", fault=error.fault, sent=error.sent, who=str(running))
        if patient and (yield from self._wait_until_free(busy._replace(error=error, running=running), deadline, waits)):
            return False
        if error.key == "all-skipped-busy":
            return True  # it is said so resource by resource
        raise error

    def _wait_until_free(
        self, busy: _InTheWay, deadline: float, waits: Iterator[float]
    ) -> Generator[float, None, bool]:
        """Wait, looking by reading alone, until it is worth another try; return False where the time is over."""
        who = str(busy.running) if busy.running else str(busy.error.values.get("who", ""))
        self.deps.tell(Event("op", self.backup, {"state": "waiting", "who": who}))
        while (left := deadline - self.clock.monotonic()) > 0:
            yield min(HOLD_PAUSE if busy.held else next(waits), left)
            if busy.held or isinstance(busy.error, Unknown):
                return True  # the next try looks by itself, and sends nothing before
            with self.client.single_try():
                seen = watch(self.client, str(self.backup.vault_id), self.backup.resource_ids or ())
            # where nothing may be read, trying is the only way to learn it
            if seen.free is not False or self._is_own(seen.running):
                return True
            if seen.running and not who:
                who = str(seen.running)
                self.deps.tell(Event("op", self.backup, {"state": "waiting", "who": who}))
        return False

    def _wait_until_seen(self, deadline: float, waits: Iterator[float]) -> Generator[float, None, Running | None]:
        """Return the backup that keeps the vault busy: lists may show it a minute late."""
        deadline = min(deadline, self.clock.monotonic() + VISIBLE_AFTER)
        while (left := deadline - self.clock.monotonic()) > 0:
            yield min(next(waits), left)
            with self.client.single_try():
                running = find_running(self.client, str(self.backup.vault_id))
            if running is not None:
                return running
        return None

    def _is_own(self, running: Running | None) -> bool:
        """Whether what runs carries the marker of this very backup."""
        return running is not None and running.op_id == self.backup.op_id

    def _attach(self, running: Running) -> Generator[float, None, bool]:
        """Follow the running backup in place of one of our own; return False where it does not cover what is wanted."""
        if running.checkpoint_id is None:
            return False
        own = self.backup
        known = self.journal.find(running.op_id) if running.op_id else None
        other = Backup(
            asked=own.asked,
            op_id=new_op_id(),  # not that of a run key: it is not the key's backup
            vault_id=own.vault_id,
            vault_name=own.vault_name,
            endpoint=own.endpoint,
            project_id=own.project_id,
            resource_ids=own.resource_ids,
            wanted=own.wanted,
            marked=False,
            on_skip=own.on_skip,
            started_at=own.started_at,
        )
        other.find(running.checkpoint_id)
        other.sent = None
        wanted = Follower(self.deps, other).intent.resource_ids
        if not wanted or not set(wanted) <= list_covered(self.client, running):
            return False
        instead_of = own.op_id if own.state in REPEATABLE else None
        if known is not None and known.checkpoint_id == running.checkpoint_id:
            own.adopt(known)
        else:
            own.adopt(other)
            self.journal.record(own, instead_of=instead_of)
        own.attached = True
        self.tell_begun(attached=True)
        yield from Follower(self.deps, own).follow()
        return True

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
        if backup.proven:
            if follower.observer.is_missing or seen.outcome not in (None, recorded):
                self.warn(CbrctlError("end-kept", outcome=recorded))
            return False
        if recorded != "completed" and seen.outcome is None and follower.is_alive:
            backup.reopen()
            self.warn(CbrctlError("end-righted", before=recorded, after="still running"))
            return True
        if seen.outcome not in (None, recorded) and (seen.whole or seen.outcome == "completed"):
            backup.reopen()
            backup.verdict = seen
            backup.end_by_verdict()
            self.warn(CbrctlError("end-righted", before=recorded, after=backup.state))
        return False

    # words ----------------------------------------------------------------------------------------------------------

    def tell_begun(self, *, attached: bool) -> None:
        """Tell that there is a checkpoint: a new one, or one that was there already."""
        state = "attached" if attached else "accepted"
        self.deps.tell(Event("op", self.backup, {"state": state, "checkpoint_id": self.backup.checkpoint_id}))

    def warn_of_the_end(self) -> None:
        """Warn of copies that are there and not consistent for applications, and of an end that no copy shows."""
        if self.backup.verdict.by_word and self.backup.has_ended:
            self.warn(CbrctlError("no-copy-seen"))
        for resource, why in self.backup.verdict.consistency:
            self.warn(CbrctlError("not-consistent", resource=resource, note=why))


def _say_who(error: CbrctlError, running: Running | None) -> CbrctlError:
    """Return the error with what runs, where that is known."""
    if running is None or not isinstance(error, Busy):
        return error
    return Busy(error.key, fault=error.fault, sent=error.sent, note=error.note, **{**error.values, "who": str(running)})
