"""From a request to an accepted checkpoint: never two where one was meant, never one that is lost.

settle       what earlier runs of this machine left open for the vault is looked up first
find         with a run key: a backup that carries its marker is the result, whoever started it
send         one POST, recorded before a byte leaves; what provably never left is tried three times more, what a gateway
             refused for rate is sent again after its pause (service.md 11). With a run key the marker is looked for again
             when more than five seconds have passed since it was: another machine may have sent it meanwhile

What waits yields the seconds that it wants to wait (schedule.py).
"""

import math
from collections.abc import Callable, Generator

from cbrctl.api.channel import Renewed, TooLate
from cbrctl.api.models import Checkpoint
from cbrctl.backup.answer import check_answer, is_401, is_empty, skips_all
from cbrctl.backup.options import Deps
from cbrctl.backup.reconciliation import Reconciler
from cbrctl.backup.record import REPEATABLE, Backup, tell_unknown
from cbrctl.backup.retries import Retries
from cbrctl.backup.run_key import STALE, Finder
from cbrctl.backup.schedule import Steps, Wait
from cbrctl.backup.search import Found
from cbrctl.backup.verdict import Verdict
from cbrctl.durations import write_stamp
from cbrctl.errors import Busy, CbrctlError, LocalState, Throttled, Unknown, Unreachable
from cbrctl.machine.signals import deferred, is_noted
from cbrctl.phrases import Phrase

MOST_POSTS = 20
"""POSTs a vault in a run, whatever the service answers (contract, --if-busy)."""
CONNECTIONS = 3
"""Connections that may take so long to open that the look for the marker, or the record, before them is stale."""
RECORDED = 60.0
"""Seconds after its record within which a request leaves: fifteen minutes after that record it is held never to have been
started (contract, unknown), so a process that was stopped in between must not send it late."""
DISBELIEF = 10.0
"""Seconds that the marker is looked for before a busy refusal is believed: it may be the echo of a request that was
repeated on its way, or of a run that was killed (contract, exit codes)."""
EXCHANGE_GRACE = 4.0
"""Seconds that the exchange under way has at most once a signal came."""
SIGNAL_GRACE = 9.5
"""Seconds that are left in all then, for the exchange and the search of five seconds."""


class _OtherSent(Exception):
    """Another machine has sent the backup of the key meanwhile: what was found is its argument."""


class Submission(Finder):
    """One vault's way to an accepted checkpoint. What is known of it stands in `backup` and, durable, in the journal.

    `settle`, `find` and `send` come in that order, while the caller holds the vault (`Journal.hold`).
    """

    def __init__(self, deps: Deps, backup: Backup, warn: Callable[[CbrctlError], None]) -> None:
        super().__init__(deps, backup, warn)
        self.reconciler = Reconciler(deps)
        self.sender = deps.sender
        self.posts = 0

    def settle(self, *, own_alone: bool = False) -> Steps:
        """Find out what became of what earlier runs left open for the vault. Raises Unknown where that stays open.

        `own_alone` is for what one key means: what is left open of others keeps nothing from being found.
        """
        for earlier in self.journal.open_backups(self.backup.project_id, str(self.backup.vault_id)):
            own = earlier.op_id == self.backup.op_id
            if own_alone and not own:
                continue
            if own:  # whatever ends this run now, what is known of the op stays true
                self.backup.adopt(earlier)
            left = self.backup if own else earlier
            yield from self.reconciler.settle(left, self.options.settle)
            if left.state == "unknown" and not left.is_settled and not self.options.resend:
                raise Unknown("unsettled", op=left.op_id)
            if own and left.state in REPEATABLE:
                self.begin_anew()

    def send(self) -> Generator[Wait, None, bool]:
        """Send the request; return whether the backup was found by its marker rather than answered for.

        Raises Unknown where it stays open whether a backup was started, LocalState where the journal cannot be kept,
        and what `Client.post_checkpoint` raises. Signals wait from the record of the sending on until its result is noted.
        """
        self.tell("sending")
        # one that an earlier run lost is lost still, and this is the one time that it is sent again
        lost = tell_unknown(self.backup) if self.backup.state == "unknown" else None
        resend = self.options.resend and lost is None
        retries = Retries()
        pause: float | None = None
        refusal: CbrctlError | None = None
        while True:
            yield from self._take_turn()
            with deferred(lambda: self.sender.hurry(EXCHANGE_GRACE, SIGNAL_GRACE)):
                try:
                    checkpoint = yield from self._post()
                except _OtherSent as other:
                    self.take(other.args[0])
                    return True
                except Renewed as renewed:
                    if refusal is not None:
                        return (yield from self._take_refusal(refusal))
                    refusal, pause = renewed.args[0], None
                    if (yield from self._is_echo(refusal)):
                        return True
                    self.note("prepared", "no")
                except Unknown as error:
                    lost = lost or error
                except CbrctlError as error:
                    pause = None if lost else self._next_pause(retries, error)
                    if pause is not None:
                        self.note("prepared", "no")  # nothing was started: a signal may end it here
                        self.fresh_until = -math.inf  # before each POST is looked (contract, run key)
                    elif lost is None:
                        return (yield from self._take_refusal(error))
                    # after one that was lost, a refusal may come from the backup that it started
                else:
                    if lost is None or not is_empty(checkpoint, self.backup):
                        return (yield from self._take_answer(checkpoint))
                    self._set_aside(checkpoint)
                    # the vault may be busy with the very one that was lost
                if lost is not None:
                    self.may_be_own = True
                    found = yield from self._search(self.options.settle)
                    if found.checkpoint_ids:
                        self.take(found)
                        return True
                    if not resend or is_noted():
                        self.note("unknown", "unknown")
                        raise lost
                    resend = False
                    self.warn(CbrctlError("sent-again"))
                    continue
            yield pause or 0.0

    # one POST -------------------------------------------------------------------------------------------------------

    def _take_turn(self) -> Steps:
        """Wait until there is a place among those that are sent at once, and while the gateway refuses for rate."""
        yield from self.sender.gate.enter()
        if self.shared is not None:
            yield from self.shared.take_turn()

    def _give_turn(self) -> None:
        self.sender.gate.leave()
        if self.shared is not None:
            self.shared.pace.release()

    def _next_pause(self, retries: Retries, error: CbrctlError) -> float | None:
        """Return the seconds before another try; a fleet waits for the gateway together, however often one is refused."""
        if isinstance(error, Throttled) and self.shared is not None:
            return None if self.shared.pace.is_hopeless else 0.0
        return retries.next_pause(error)

    def _post(self) -> Generator[Wait, None, Checkpoint]:
        """Send once, and give the turn to the next. Raises _OtherSent."""
        try:
            return (yield from self._look_and_post())
        finally:
            self._give_turn()

    def _look_and_post(self) -> Generator[Wait, None, Checkpoint]:
        """Record the sending and POST once, after another look where the last one is stale. Raises _OtherSent."""
        keyed = self.options.run_key is not None
        looks = self.may_have_twin
        for _ in range(CONNECTIONS):
            if looks and self.clock.monotonic() > self.fresh_until:
                found = self.look(again=True)
                if found.checkpoint_ids:
                    raise _OtherSent(found)
                if found.trouble is not None and (keyed or not found.barred):
                    raise found.trouble
            if self.posts == MOST_POSTS:
                raise Busy("too-many-posts", sent="no", posts=MOST_POSTS)
            since = yield from self._record_sending()
            begin_by = self.fresh_until if looks else since + RECORDED
            try:
                self.posts += 1
                return check_answer((yield from self.sender.post(self.backup.request or {}, begin_by)), self.backup)
            except TooLate:
                self.posts -= 1
                self.note("prepared", "no")
        patience = STALE if looks else RECORDED
        raise Unreachable(
            "post-not-sent", sent="no", note=Phrase("no connection within {patience:.0f} seconds", patience=patience)
        )

    def _record_sending(self) -> Generator[Wait, None, float]:
        """Make it durable that a byte may leave from now on; return the moment of the monotonic clock that was recorded.

        Raises LocalState, and nothing is sent then.
        """
        backup = self.backup
        before = vars(backup).copy()
        now = self.client.now()
        backup.state, backup.sent, backup.sent_at, backup.noted_at = "sending", "unknown", now, None
        if self.options.run_key is None:
            self.looks_since = self.looks_since or now.service
        # what an earlier try came to is no end of this one
        backup.outcome = backup.exit_code = backup.error = backup.ended_at = None
        try:
            yield from self._record()
        except BaseException as cause:
            # a second signal may come when it is durable already: what is said then is what the journal says
            if isinstance(cause, LocalState) or backup.on_file == before["on_file"]:
                vars(backup).update(before)
            raise
        return now.monotonic

    def _record(self) -> Steps:
        """Record what is known, in a fleet together with other jobs. Raises LocalState."""
        if self.shared is None or self.is_hasty:
            self.journal.record(self.backup)
        else:
            yield from self.shared.writer.record(self.backup)

    def _take_refusal(self, error: CbrctlError) -> Generator[float, None, bool]:
        """Record that nothing was started and raise `error`; return True where the marker says that something was."""
        if self.backup.state != "sending":  # it was not even to be sent: a look failed, or the journal
            raise error
        # where a look shows nothing of use, as with a token that reads nothing either, a 401 is what it says
        doubted = isinstance(error, Busy) or (is_401(error) and (yield from self._search(0.0)).trouble is None)
        if doubted and (yield from self._is_echo(error)):
            return True
        never_left = isinstance(error, Unreachable | Throttled)
        self.backup.end(error.outcome, error)
        self.backup.ended_at = write_stamp(self.clock.time())
        self.note("not-started" if never_left else "refused", "no")
        raise error

    def _take_answer(self, checkpoint: Checkpoint) -> Generator[Wait, None, bool]:
        """Take the checkpoint that was answered, unless it is empty and another one carries the marker."""
        backup = self.backup
        if is_empty(checkpoint, backup):
            # perhaps it is busy with the same request, which was repeated on its way
            self._set_aside(checkpoint)
            backup.verdict = Verdict(None, (), checkpoint.skipped)
            self.note("unknown", "unknown")
            if (yield from self._is_echo(Busy("all-skipped-busy"))):
                return True
            backup.checkpoint, backup.verdict = checkpoint, Verdict("refused", (), checkpoint.skipped, whole=True)
            backup.end_by_verdict()
            self.note("refused", "yes")
            return False
        if skips_all(checkpoint, backup) and (yield from self._is_beside(checkpoint)):
            return True
        backup.answer = checkpoint
        backup.accept(checkpoint)
        try:
            yield from self._record()
        except LocalState as error:
            self.warn(LocalState("not-recorded", note=error.note))
        return False

    def _set_aside(self, empty: Checkpoint) -> None:
        """Let a checkpoint that backs up nothing be none that a search finds."""
        self.backup.empty_ids = (*self.backup.empty_ids, empty.id)
        self.backup.vault_name = empty.vault_name or self.backup.vault_name

    def _is_beside(self, empty: Checkpoint) -> Generator[float, None, bool]:
        """Return whether another checkpoint than the one that skipped everything carries the marker; it is taken then."""
        before = self.backup.empty_ids
        self.backup.empty_ids = (*before, empty.id)
        self.may_be_own = True
        found = yield from self._search(DISBELIEF)
        if found.checkpoint_ids:
            self.take(found)
        else:
            self.backup.empty_ids = before
        return bool(found.checkpoint_ids)

    def _is_echo(self, refusal: CbrctlError) -> Generator[float, None, bool]:
        """Return whether what was refused was begun all the same, and is taken then.

        A vault may be busy with the very backup that was sent, and nobody promises that a gateway refuses before it passes
        on. Raises Unknown where lists that are not whole leave it open, or a signal before the time is over.
        """
        self.may_be_own = True
        if not self.options.marked:
            return False
        began = self.clock.monotonic()
        found = yield from self._search(DISBELIEF)
        cut_short = found.asked_at - began < DISBELIEF
        if found.checkpoint_ids:
            self.take(found)
        # who may not look at all cannot do better than believe
        elif cut_short or (found.trouble is not None and not found.barred):
            self.note("unknown", "unknown")
            raise Unknown("refusal-not-certain" if is_401(refusal) else "busy-not-certain", fault=refusal.fault)
        return bool(found.checkpoint_ids)

    # looking for the marker -----------------------------------------------------------------------------------------

    def _search(self, patience: float) -> Generator[float, None, Found]:
        if not self.options.marked:
            return Found()
        self.tell("searching")
        return (yield from self.reconciler.search(self.backup, patience))
