"""The backup of a run key: found by its marker, whoever sent it, and taken for the result (contract, run key)."""

import math
from collections.abc import Callable

from cbrctl.backup.marker import short_digest
from cbrctl.backup.options import Deps, Event
from cbrctl.backup.polling import AT_ONCE
from cbrctl.backup.record import REPEATABLE, Backup
from cbrctl.backup.search import CLOCKS_APART, Found, look_for
from cbrctl.backup.snapshot import Snapshot, look_among
from cbrctl.durations import read_stamp
from cbrctl.errors import CbrctlError, LocalState, UsageError
from cbrctl.phrases import Phrase

STALE = 5.0
"""Seconds after which a look for the marker says nothing any more of a POST that is to come (contract, run key)."""
BARELY = 2.0
"""Seconds for the POST after a second look that took so long itself: it could not be sent at all otherwise."""
OLD = 24 * 3600.0
"""Seconds after which a finished backup that is attached to is worth a word (contract, run key)."""


class Finder:
    """Looks for one vault's backup by its marker. What is found stands in `backup` and, durable, in the journal."""

    def __init__(self, deps: Deps, backup: Backup, warn: Callable[[CbrctlError], None]) -> None:
        self.client, self.journal, self.shared = deps.client, deps.journal, deps.shared
        self.options, self.clock = deps.options, deps.clock
        self.warn = warn
        self.backup = backup
        self._tell_event = deps.tell
        self._intended = backup.request, backup.digest, backup.resource_ids, backup.on_skip
        self.may_be_own = False
        """This run has sent a request whose answer does not tell what came of it: what is found may be that."""
        self.fresh_until = -math.inf
        """The moment of the monotonic clock until which the last look for the marker tells enough for a POST."""
        self.is_hasty = False
        """Looks take so long that the POST has to follow one at once, before others of the fleet look."""
        self._looked_at = -math.inf
        self._slow_looks = 0
        """How many of the last looks took so long that they told next to nothing at their end."""
        self.looks_since: float | None = None
        """The moment of the service's clock before the first look, or the first POST of a run without a key."""

    def tell(self, state: str) -> None:
        """Tell how far it is."""
        self._tell_event(Event("op", self.backup, {"state": state}))

    def knows(self) -> bool:
        """Return whether this machine knows the backup of the run key: nothing is sent then."""
        return self._recall() is not None

    def find(self) -> bool:
        """Take the backup that the run key means; return whether there is one. Raises what reading raises.

        UsageError where this machine sent it for something else.
        """
        known = self._recall()
        if known is not None:  # whatever ends this run now, what is known of it stays true
            self._attach(known)
            if known.request is not None:
                return True
        # one that another machine sent is looked for again: its marker tells whether it was meant as this one is
        found = self.look()
        if found.checkpoint_ids:
            self.take(found)
            return True
        if known is None and found.trouble is not None:  # a list that is not whole may hide it
            raise found.trouble
        return known is not None

    def pass_over(self) -> None:
        """Let a checkpoint that was found be none of the key's: it was refused whole, and the key may be used again."""
        backup = self.backup
        backup.empty_ids = (*backup.empty_ids, str(backup.checkpoint_id))
        self.begin_anew()
        backup.outcome, backup.exit_code = "refused", 11
        self.note("refused", "yes")

    def begin_anew(self) -> None:
        """Let what is intended now take the place of what came to nothing: it may be sent with other parameters."""
        self.backup.forget()
        self.backup.request, self.backup.digest, self.backup.resource_ids, self.backup.on_skip = self._intended

    @property
    def may_have_twin(self) -> bool:
        """Whether another checkpoint may carry the marker: another machine's of the key, or one of a request sent twice."""
        return self.options.run_key is not None or (self.may_be_own and self.options.marked)

    def look_for_others(self, due: float | None = None) -> None:
        """Look once more whether another checkpoint carries the marker, and tell it: that is never certain before.

        A fleet looks at what was read at `due` or later.
        """
        if not self.may_have_twin or self.backup.checkpoint is None:
            return
        with self.client.single_try():
            found = self.look(again=True, due=due)
        self.tell_others([i for i in found.checkpoint_ids if i != self.backup.checkpoint_id])

    def look(self, *, again: bool = False, due: float | None = None) -> Found:
        """Look once, on any day, for the backup of a run key; `again` only for what was begun since the first look.

        A fleet looks at what was read at `due` or later, or a moment ago.
        """
        began = self.clock.monotonic()
        found = self._look_among_all(again=again, due=due)
        if found is None:
            found = self._look_in_vault(again=again)
        took, self._looked_at = found.read_at - found.asked_at, found.asked_at
        self._slow_looks = self._slow_looks + 1 if took > STALE - BARELY else 0
        self.is_hasty = self._slow_looks > 1  # it was no single pause, as of a machine that slept
        self.fresh_until = found.read_at + BARELY if self.is_hasty else found.asked_at + STALE
        if not again:
            self.looks_since = self.client.service_clock.time_at(min(began, found.asked_at))
        return found

    def _look_among_all(self, *, again: bool, due: float | None) -> Found | None:
        """Look at the lists that a fleet reads once for all; None where there are none, or they are not whole."""
        if self.shared is None:
            return None
        project, since = self.shared.project, self.looks_since
        if due is None:
            due = min(self.clock.monotonic() - AT_ONCE, project.find_due(BARELY / 2))
            if self._slow_looks:  # the same would tell nothing new
                due = max(due, math.nextafter(self._looked_at, math.inf))
        if not again:
            whole = project.read_all()
            found = self._look_at(whole)
            if found is None or found.marked or found.trouble or whole.began >= due:
                return found
            since = self.client.service_clock.time_at(whole.began)  # what was begun since it was read is looked for too
        return None if since is None else self._look_at(project.read_recent(since, due, markers=True))

    def _look_at(self, seen: Snapshot) -> Found | None:
        if not seen.is_whole and seen.trouble is None:
            return None
        backup = self.backup
        return look_among(seen, str(backup.op_id), named=backup.is_named, unwanted=backup.empty_ids)

    def _look_in_vault(self, *, again: bool) -> Found:
        backup = self.backup
        ids = str(backup.op_id), str(backup.vault_id)
        since = self.looks_since if again else None
        return look_for(
            self.client,
            *ids,
            named=backup.is_named,
            keyed=True,
            since=lambda: since,
            unwanted=backup.empty_ids,
            clock=self.clock,
        )

    def _recall(self) -> Backup | None:
        """Return what the journal has of the key's backup, where it was started. Raises UsageError as `find` does."""
        known = self.journal.find(str(self.backup.op_id))
        if known is None:
            return None
        self._check_key(known)
        self.backup.empty_ids = known.empty_ids
        return None if known.state in REPEATABLE or known.checkpoint is None else known

    def _check_key(self, known: Backup) -> None:
        """Raise UsageError where this machine used the key for something else: this run has no backup of its own then."""
        try:
            check_key(known, str(self._intended[1]), self.backup.asked)
        except UsageError:
            self.backup.forget()
            self.backup.op_id = self.backup.request = None
            raise

    def _attach(self, known: Backup) -> None:
        """Go on with the backup that this machine knows."""
        self.backup.adopt(known)
        self.backup.attached = True
        self._tell_age(known.sent_at.service if known.sent_at else None)

    def take(self, found: Found) -> None:
        """Take what was found. What this run has not sent another machine has: nothing is known of how it was asked for.

        After a request of this run one that was meant the same may be its own: stamps and dates are of different clocks.
        """
        backup, own = self.backup, short_digest(str(self._intended[1]))
        first, *more = found.sort_by(own) if self.may_be_own else found.marked
        are_others = bool(first.digests) and own not in first.digests
        if not self.may_be_own or are_others:
            backup.resource_ids = self._intended[2]
            if are_others:
                self.warn(CbrctlError("other-parameters", note=self._nothing_was_sent()))
                backup.resource_ids, backup.named_here = None, self._intended[2] or ()
            backup.attached = True
            backup.request = backup.digest = None
        backup.find(*first)
        self.note("accepted", "yes")
        self.tell_others([one.checkpoint_id for one in more])
        if backup.attached:
            self._tell_age(read_stamp(first.since))

    def tell_others(self, checkpoint_ids: list[str]) -> None:
        """Warn of further checkpoints of the same backup, once of each."""
        told = {w.values.get("other") for w in self.backup.warnings}
        for checkpoint_id in checkpoint_ids:
            if checkpoint_id not in told:
                self.warn(CbrctlError("duplicate-checkpoint", other=checkpoint_id))

    def _tell_age(self, began: float | None) -> None:
        now = self.client.now()
        if began is not None and (now.wall if now.service is None else now.service) - began > OLD + CLOCKS_APART:
            self.warn(CbrctlError("old-backup", note=self._nothing_was_sent()))

    def _nothing_was_sent(self) -> str:
        """Return these words where they are true: this run has sent nothing that may have been executed."""
        return "" if self.may_be_own else Phrase("Nothing was sent.")

    def note(self, state: str, sent: str) -> None:
        """Record what has happened already: where that fails it is told, and the run goes on."""
        self.backup.state, self.backup.sent = state, sent
        try:
            self.journal.record(self.backup)
        except LocalState as error:
            self.warn(LocalState("not-recorded", note=error.note))


def check_key(known: Backup, digest: str, asked: str) -> None:
    """Raise UsageError where this machine used a key for something else, which was or may have been started."""
    if known.digest is not None and known.digest != digest and known.state not in REPEATABLE:
        raise UsageError("key-of-another", vault=asked, op=known.op_id)
