"""What keeps a vault from being backed up now, and what --if-busy says is done then. Nothing is sent here.

What waits yields the seconds that it wants to wait (schedule.py).
"""

from collections.abc import Callable, Generator
from itertools import repeat
from typing import NamedTuple

from cbrctl.backup.busy import Running, list_covered, list_running, watch
from cbrctl.backup.follow import Follower
from cbrctl.backup.observer import VISIBLE_AFTER
from cbrctl.backup.options import Deps, Event
from cbrctl.backup.polling import Poll, pauses
from cbrctl.backup.record import REPEATABLE, Backup
from cbrctl.backup.schedule import Wait
from cbrctl.errors import Busy, CbrctlError, Unknown
from cbrctl.ids import new_op_id
from cbrctl.phrases import Phrase, join

HOLD_PAUSE = 1.0
"""Seconds between two looks whether another cbrctl of this machine is done with a vault."""
UNSEEN = Phrase("No running backup shows: it may have ended meanwhile.")


class Obstacle(NamedTuple):
    """What keeps a vault from being backed up now."""

    error: CbrctlError
    held: bool = False
    """Another cbrctl of this machine has it."""
    running: Running | None = None


class GiveWay:
    """Gives way to what is in the way of one vault's backup."""

    def __init__(self, deps: Deps, backup: Backup, warn: Callable[[CbrctlError], None]) -> None:
        self.deps = deps
        self.client, self.journal, self.options, self.clock = deps.client, deps.journal, deps.options, deps.clock
        self.backup = backup
        self.warn = warn
        self._pauses = pauses(self.options.interval)
        self._running: Running | None = None
        """What was in the way when it was looked for last."""
        self._told: str | None = None
        """Whom it was told last to wait for."""

    def pass_by(self, busy: Obstacle, deadline: float) -> Generator[Wait, None, bool]:
        """Do what --if-busy says; return whether the backup has ended so. Raises the error where there is nothing to wait for."""
        attaches = self.options.if_busy == "attach" and isinstance(busy.error, Busy)
        found = [] if busy.held else list_running(self.client, str(self.backup.vault_id))
        if attaches and not busy.held:
            found = found or (yield from self._wait_until_seen(deadline))
        if isinstance(busy.error, Busy) and any(self._is_own(one) for one in found):
            return False  # the very one that was meant came to light meanwhile: it is found, and nothing is sent
        running = next(iter(found), None)
        error = _say_who(busy.error, running)
        if isinstance(error, Busy) and self.options.if_busy == "skip":
            self.warn(CbrctlError("busy-skipped", who=error.values.get("who", "")))
            self.backup.end("skipped")
            return True
        patient = self.options.if_busy == "wait"
        if attaches:
            for one in found:
                if (yield from self._attach(one)):
                    return True
            patient = busy.held  # another cbrctl is about to start one
            if running:
                error = Busy("busy-with-less", fault=error.fault, sent=error.sent, who=join(map(str, found)))
            elif not busy.held:
                error.values = {**error.values, "who": UNSEEN}
        if patient and (yield from self._wait_until_free(busy._replace(error=error, running=running), deadline)):
            return False
        if error.key == "all-skipped-busy":
            return True  # it is said so resource by resource
        raise _say_who(error, self._running)

    def _wait_until_free(self, busy: Obstacle, deadline: float) -> Generator[float, None, bool]:
        """Wait, looking by reading alone, until it is worth another try; return False where the time is over."""
        self._running, self.backup.waits = busy.running, True
        self._tell_waiting(str(busy.error.values.get("who", "")))
        poll = Poll(self.clock, deadline - self.clock.monotonic(), repeat(HOLD_PAUSE) if busy.held else self._pauses)
        while not poll.is_over:
            yield from poll.pause()
            if busy.held or isinstance(busy.error, Unknown):
                return True  # the next try looks by itself, and sends nothing before
            with self.client.single_try():
                seen = watch(self.client, str(self.backup.vault_id), self.backup.resource_ids or ())
            # where nothing may be read, trying is the only way to learn it
            if seen.free is not False or self._is_own(seen.running):
                return True
            self._running = seen.running or self._running
            self._tell_waiting(str(busy.error.values.get("who", "")))
        self.backup.waits = False
        return False

    def _tell_waiting(self, who: str) -> None:
        """Tell whom it waits for where that is new, else only that it still waits; `who` is for what no task shows."""
        running = self._running
        whom = running.checkpoint_id or "another" if running else who
        data = {"who": str(running) if running else who}
        if whom == self._told:
            self.deps.tell(Event("look", self.backup, {"error": None, **data}))
        else:
            self.deps.tell(Event("op", self.backup, {"state": "waiting", **data}))
        self._told = whom

    def _wait_until_seen(self, deadline: float) -> Generator[float, None, list[Running]]:
        """Return the backups that keep the vault busy: lists may show them a minute late."""
        self._tell_waiting("")
        poll = Poll(self.clock, min(deadline - self.clock.monotonic(), VISIBLE_AFTER), self._pauses)
        while not poll.is_over:
            yield from poll.pause()
            with self.client.single_try():
                found = list_running(self.client, str(self.backup.vault_id))
            if found:
                return found
        return []

    def _is_own(self, running: Running | None) -> bool:
        """Whether what runs carries the marker of this very backup."""
        return running is not None and running.op_id == self.backup.op_id

    def _attach(self, running: Running) -> Generator[Wait, None, bool]:
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
        other.find(running.checkpoint_id, since=running.since)
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
        tell_begun(self.deps, own, attached=True)
        yield from Follower(self.deps, own).follow()
        return True


def tell_begun(deps: Deps, backup: Backup, *, attached: bool) -> None:
    """Tell that there is a checkpoint: a new one, or one that was there already."""
    state = "attached" if attached else "accepted"
    deps.tell(Event("op", backup, {"state": state, "checkpoint_id": backup.checkpoint_id}))


def _say_who(error: CbrctlError, running: Running | None) -> CbrctlError:
    """Return the error with what runs, where that is known."""
    if running is None or not isinstance(error, Busy):
        return error
    values = {**error.values, "who": str(running)}
    key = error.key
    if key == "service-busy" and running.checkpoint_id:
        key, values["checkpoint"] = "busy-with-known", running.checkpoint_id
    return Busy(key, fault=error.fault, sent=error.sent, note=error.note, **values)
