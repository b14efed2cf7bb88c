"""From a request to an accepted checkpoint: never two where one was meant, never one that is lost.

settle       what earlier runs of this machine left open for the vault is looked up first
find         with a run key: a backup that carries its marker is the result, whoever started it
send         one POST, recorded before a byte leaves; what provably never left is tried three times more, what a gateway
             refused for rate is sent again after its pause (api.md 11). With a run key the marker is looked for again
             when more than five seconds have passed since it was: another machine may have sent it meanwhile

What waits yields the seconds that it wants to wait (schedule.py).
"""

import math
from collections.abc import Callable, Generator

from cbrctl.api.client import TooLate
from cbrctl.backup.marker import find_markers, short_digest
from cbrctl.backup.options import Deps, Event
from cbrctl.backup.reconcile import Reconciler
from cbrctl.backup.record import REPEATABLE, Backup
from cbrctl.backup.retries import Retries
from cbrctl.backup.search import CLOCKS_APART, Found, look_for
from cbrctl.backup.verdict import Verdict
from cbrctl.codes import classify
from cbrctl.durations import write_stamp
from cbrctl.errors import Busy, CbrctlError, LocalState, Throttled, Unknown, Unreachable, UsageError
from cbrctl.models import Checkpoint
from cbrctl.signals import deferred, is_noted

MOST_POSTS = 20
"""POSTs a vault in a run, whatever the service answers (contract, --if-busy)."""
CONNECTIONS = 3
"""Connections that may take so long to open that the look for the marker before them is stale."""
STALE = 5.0
"""Seconds after which a look for the marker says nothing any more of a POST that is to come (contract, run key)."""
DISBELIEF = 10.0
"""Seconds that the marker is looked for before a busy refusal is believed: it may be the echo of a request that was
repeated on its way, or of a run that was killed (contract, exit codes)."""
EXCHANGE_GRACE = 4.0
"""Seconds that the exchange under way has at most once a signal came."""
SIGNAL_GRACE = 9.5
"""Seconds that are left in all then, for the exchange and the search of five seconds."""
OLD = 24 * 3600.0
"""Seconds after which a finished backup that is attached to is worth a word (contract, run key)."""


class _OtherSent(Exception):
    """Another machine has sent the backup of the key meanwhile."""

    def __init__(self, found: Found) -> None:
        super().__init__()
        self.found = found


class Submission:
    """One vault's way to an accepted checkpoint. What is known of it stands in `backup` and, durable, in the journal.

    `settle`, `find` and `send` come in that order, while the caller holds the vault (`Journal.hold`).
    """

    def __init__(self, deps: Deps, backup: Backup, warn: Callable[[CbrctlError], None]) -> None:
        self.client, self.journal = deps.client(), deps.journal()
        self.options, self.clock = deps.options, deps.clock
        self.warn = warn
        self.backup = backup
        self._tell_event = deps.tell
        self.reconciler = Reconciler(deps)
        self.posts = 0
        self._looked_at = -math.inf
        """The moment of the monotonic clock at which the last look for the marker ended."""

    def tell(self, state: str) -> None:
        """Tell how far it is."""
        self._tell_event(Event("op", self.backup, {"state": state}))

    def settle(self) -> Generator[float, None, None]:
        """Find out what became of what earlier runs left open for the vault. Raises Unknown where that stays open."""
        for left in self.journal.open_backups(self.backup.project_id, str(self.backup.vault_id)):
            yield from self.reconciler.settle(left, self.options.settle)
            if left.state == "unknown" and not left.is_settled and not self.options.resend:
                if left.op_id == self.backup.op_id:
                    self.backup.adopt(left)
                raise Unknown("unsettled", op=left.op_id)

    def find(self) -> bool:
        """Take the backup that the run key means; return whether there is one. Raises what reading raises.

        UsageError where this machine sent it for something else.
        """
        known = self.journal.find(str(self.backup.op_id))
        if known is not None:
            check_key(known, self.backup)
            self.backup.empty_ids = known.empty_ids
            if known.state not in REPEATABLE and known.checkpoint is not None:
                self._attach(known)
                return True
        found = self._look()
        if found.checkpoint_ids:
            self._take_others(found)
            return True
        if found.trouble is not None:  # a list that is not whole may hide it
            raise found.trouble
        return False

    def send(self) -> Generator[float, None, bool]:
        """Send the request; return whether the backup was found by its marker rather than answered for.

        Raises Unknown where it stays open whether a backup was started, LocalState where the journal cannot be kept,
        and what `Client.post_checkpoint` raises. Signals wait from the record of the sending on until its result is noted.
        """
        self.tell("sending")
        resend = self.options.resend
        lost: Unknown | None = None
        retries = Retries()
        pause: float | None = None
        while True:
            with deferred(lambda: self.client.transport.hurry(EXCHANGE_GRACE, SIGNAL_GRACE)):
                try:
                    checkpoint = self._post()
                except _OtherSent as other:
                    self._take_others(other.found)
                    return True
                except Unknown as error:
                    lost = lost or error
                except CbrctlError as error:
                    pause = None if lost else retries.next_pause(error)
                    if pause is not None:
                        self._note("prepared", "no")  # nothing was started: a signal may end it here
                    elif lost is None:
                        return (yield from self._take_refusal(error))
                    # after one that was lost, a refusal may come from the backup that it started
                else:
                    return (yield from self._take_answer(checkpoint))
                if lost is not None:
                    found = yield from self._search(self.options.settle)
                    if found.checkpoint_ids:
                        self._accept_found(found)
                        return True
                    if not resend or is_noted():
                        self._note("unknown", "unknown")
                        raise lost
                    resend = False
                    self.warn(CbrctlError("sent-again"))
                    continue
            yield pause or 0.0

    def look_for_others(self) -> None:
        """Look once more whether another checkpoint carries the key's marker, and tell it: that is never certain before."""
        if self.options.run_key is None or self.backup.checkpoint is None:
            return
        with self.client.single_try():
            found = self._look()
        self._tell_others([i for i in found.checkpoint_ids if i != self.backup.checkpoint_id])

    # one POST -------------------------------------------------------------------------------------------------------

    def _post(self) -> Checkpoint:
        """Record the sending and POST once, after another look where the last one is stale. Raises _OtherSent."""
        keyed = self.options.run_key is not None
        for _ in range(CONNECTIONS):
            if keyed and self.clock.monotonic() - self._looked_at > STALE:
                found = self._look()
                if found.checkpoint_ids:
                    raise _OtherSent(found)
                if found.trouble is not None:
                    raise found.trouble
            if self.posts == MOST_POSTS:
                raise Busy("too-many-posts", sent="no", posts=MOST_POSTS)
            self._record_sending()
            try:
                begin_by = self._looked_at + STALE if keyed else math.inf
                self.posts += 1
                return self._check_answer(self.client.post_checkpoint(self.backup.request or {}, begin_by))
            except TooLate:
                self.posts -= 1
                self._note("prepared", "no")
        raise Unreachable("post-not-sent", sent="no", note="no connection within 5 seconds")

    def _check_answer(self, checkpoint: Checkpoint) -> Checkpoint:
        """Return the answer. Raises Unknown where its name is another backup's: it may be the answer to another request."""
        sent = (self.backup.request or {}).get("parameters", {})
        own = {marker.op_id for marker in find_markers(sent.get("name"), sent.get("description"))}
        other = next((m for m in find_markers(checkpoint.name, checkpoint.description) if m.op_id not in own), None)
        if other is not None:
            raise Unknown("post-wrong-thing", asked=self.backup.op_id, got=other.op_id, checkpoint=checkpoint.id)
        return checkpoint

    def _record_sending(self) -> None:
        """Make it durable that a byte may leave from now on. Raises LocalState, and nothing is sent then."""
        backup = self.backup
        before = backup.state, backup.sent, backup.sent_at, backup.noted_at
        backup.state, backup.sent, backup.sent_at, backup.noted_at = "sending", "unknown", self.client.now(), None
        try:
            self.journal.record(backup)
        except BaseException:
            backup.state, backup.sent, backup.sent_at, backup.noted_at = before
            raise

    def _take_refusal(self, error: CbrctlError) -> Generator[float, None, bool]:
        """Record that nothing was started and raise `error`; return True where the marker says that something was."""
        if self.backup.state != "sending":  # it was not even to be sent: a look failed, or the journal
            raise error
        if isinstance(error, Busy) and (yield from self._is_echo(error)):
            return True
        never_left = isinstance(error, Unreachable | Throttled)
        self.backup.end(error.outcome, error)
        self.backup.ended_at = write_stamp(self.clock.time())
        self._note("not-started" if never_left else "refused", "no")
        raise error

    def _take_answer(self, checkpoint: Checkpoint) -> Generator[float, None, bool]:
        """Take the checkpoint that was answered, unless another one carries the marker."""
        backup = self.backup
        backup.answer = checkpoint
        backup.accept(checkpoint)
        self._note("accepted", "yes")
        if is_empty(checkpoint, backup):
            # perhaps it is busy with the same request, which was repeated on its way
            backup.empty_ids = (*backup.empty_ids, checkpoint.id)
            backup.checkpoint = None
            if (yield from self._is_echo(Busy("all-skipped-busy"))):
                backup.answer = None
                return True
            backup.checkpoint, backup.verdict = checkpoint, Verdict("refused", (), checkpoint.skipped, whole=True)
            backup.end_by_verdict()
            self._note("refused", "yes")
        return False

    def _is_echo(self, busy: Busy) -> Generator[float, None, bool]:
        """Return whether the vault is busy with the very backup that was sent, which is taken then.

        Raises Unknown where lists that are not whole leave that open.
        """
        if not self.options.marked:
            return False
        found = yield from self._search(DISBELIEF)
        if found.checkpoint_ids:
            self._accept_found(found)
        elif isinstance(
            found.trouble, Unreachable | Throttled
        ):  # who may not look at all cannot do better than believe
            self._note("unknown", "unknown")
            raise Unknown("busy-not-certain", fault=busy.fault)
        return bool(found.checkpoint_ids)

    # looking for the marker -----------------------------------------------------------------------------------------

    def _look(self) -> Found:
        """Look once, on any day, for the backup of a run key."""
        backup = self.backup
        op_id, vault_id = str(backup.op_id), str(backup.vault_id)
        found = look_for(self.client, op_id, vault_id, named=backup.is_named, unwanted=backup.empty_ids)
        self._looked_at = self.clock.monotonic()
        return found

    def _search(self, patience: float) -> Generator[float, None, Found]:
        """Look for what was just sent."""
        if not self.options.marked:
            return Found()
        self.tell("searching")
        return (yield from self.reconciler.search(self.backup, patience))

    # what came of it ------------------------------------------------------------------------------------------------

    def _attach(self, known: Backup) -> None:
        """Go on with the backup that this machine knows."""
        self.backup.adopt(known)
        self.backup.attached = True
        began = known.sent_at.service if known.sent_at else None
        self._tell_age(began)

    def _take_others(self, found: Found) -> None:
        """Take the backup of the key that another machine sent: nothing is known of how it was asked for."""
        backup = self.backup
        own = short_digest(str(backup.digest))
        if any(digest != own for digest in found.digests):
            self.warn(CbrctlError("other-parameters"))
            backup.resource_ids = None
        backup.attached = True
        backup.request = backup.digest = None
        self._accept_found(found)
        self._tell_age(found.began)

    def _accept_found(self, found: Found) -> None:
        first, *more = found.checkpoint_ids
        self.backup.find(first)
        self._note("accepted", "yes")
        self._tell_others(more)

    def _tell_others(self, checkpoint_ids: list[str]) -> None:
        told = {w.values.get("other") for w in self.backup.warnings}
        for checkpoint_id in checkpoint_ids:
            if checkpoint_id not in told:
                self.warn(CbrctlError("duplicate-checkpoint", other=checkpoint_id))

    def _tell_age(self, began: float | None) -> None:
        now = self.client.now()
        if began is not None and (now.wall if now.service is None else now.service) - began > OLD + CLOCKS_APART:
            self.warn(CbrctlError("old-backup"))

    def _note(self, state: str, sent: str) -> None:
        """Record what has happened already: where that fails it is told, and the run goes on."""
        self.backup.state, self.backup.sent = state, sent
        try:
            self.journal.record(self.backup)
        except LocalState as error:
            self.warn(LocalState("not-recorded", note=error.note))


def check_key(known: Backup, wanted: Backup) -> None:
    """Raise UsageError where this machine used a key for something else, which was or may have been started."""
    if known.digest is not None and known.digest != wanted.digest and known.state not in REPEATABLE:
        raise UsageError("key-of-another", vault=wanted.asked, op=known.op_id)


def is_empty(checkpoint: Checkpoint, backup: Backup) -> bool:
    """Return whether the answer to the POST skipped every resource that was wanted, each as busy."""
    skipped = checkpoint.skipped or ()
    passed_over = set(backup.resource_ids or ()) - {s.id for s in skipped}
    others = checkpoint.resources or checkpoint.unread or passed_over
    return bool(skipped) and not others and all(classify(s.code) == "busy" for s in skipped)
