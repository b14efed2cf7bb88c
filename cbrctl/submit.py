"""From a request to an accepted checkpoint: never two where one was meant, never one that is lost.

settle       what earlier runs of this machine left open for the vault is looked up first
find         with a run key: a backup that carries its marker is the result, whoever started it
send         one POST, recorded before a byte leaves; what provably never left is tried three times more, what a gateway
             refused for rate is sent again after its pause (api.md 11)
"""

import random
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from cbrctl.entries import Entry
from cbrctl.errors import Busy, CbrctlError, LocalState, Throttled, Unknown, Unreachable
from cbrctl.journal import ENDED, Journal, Op
from cbrctl.models import Checkpoint
from cbrctl.reconcile import Reconciler
from cbrctl.signals import defer_signals, is_deferred, raise_deferred
from cbrctl.traces import Traces, look_for

if TYPE_CHECKING:
    from cbrctl.api.client import Client, Clock

NOT_SENT_PAUSES = (1.0, 2.0, 4.0)
THROTTLED_TRIES = 5
SIGNAL_GRACE = 8.0
"""Seconds that are left once a signal came: for the exchange under way, and for one short search (contract, signals)."""
EXCHANGE_GRACE = 4.0
"""Seconds of these that the exchange under way has at most."""
OLD = 24 * 3600.0
"""Seconds after which a finished backup that is attached to is worth a word (contract, run key)."""


class Rules(NamedTuple):
    """What the user chose of all this. `settle` is in seconds."""

    settle: float = 120.0
    keyed: bool = False
    marked: bool = True
    resend: bool = False


class Submission:
    """One vault's way to an accepted checkpoint. What is known of it stands in `entry` and, durable, in the journal.

    `settle`, `find` and `send` come in that order, while the caller holds the vault (`Journal.hold`).
    """

    def __init__(
        self,
        client: "Client",
        journal: Journal,
        entry: Entry,
        request: Mapping[str, Any],
        rules: Rules,
        tell: Callable[[str], None],
        warn: Callable[[CbrctlError], None],
        clock: "Clock" = time,
    ) -> None:
        self.client = client
        self.journal = journal
        self.reconciler = Reconciler(client, journal, clock)
        self.entry = entry
        self.rules = rules
        self.tell = tell
        self.warn = warn
        self.clock = clock
        self.op = Op(
            op_id=str(entry.op_id),
            state="prepared",
            endpoint=client.endpoint,
            project_id=client.project_id,
            vault_id=str(request["vault_id"]),
            request=request,
            marked=rules.marked,
            started_at=clock.time(),
            vault_name=entry.vault_name,
        )

    def settle(self) -> None:
        """Find out what became of what earlier runs left open for the vault. Raises Unknown where that stays open."""
        for left in self.journal.open_ops(self.op.project_id, self.op.vault_id):
            op = self.reconciler.settle(left, self.rules.settle)
            if op.state == "unknown" and op.ended_at is None and not self.rules.resend:
                ours = op.op_id == self.op.op_id
                raise Unknown("unsettled", sent="unknown" if ours else "no", op=op.op_id)

    def find(self) -> bool:
        """Take the backup that carries the run key's marker; gives whether there is one. Raises what reading raises."""
        known = self.journal.find(self.op.op_id)
        if known and known.checkpoint_id and known.state not in ("refused", "not-started"):
            self.op = known
            began = known.started_at if known.service_sent_at is None else known.service_sent_at
            self._take_found(Traces((known.checkpoint_id,), None, began=began, running=False))
            return True
        traces = look_for(self.client, self.op.op_id, self.op.request, everything=True)
        if known and known.checkpoint_id in traces.checkpoint_ids:  # refused whole, it may be sent again
            rest = tuple(i for i in traces.checkpoint_ids if i != known.checkpoint_id)
            traces = traces._replace(checkpoint_ids=rest)
        if traces.checkpoint_ids:
            if traces.differs:
                self.warn(CbrctlError("other-parameters"))
            self._take_found(traces)
            return True
        if traces.error is not None:  # a list that is not whole may hide it
            raise traces.error
        return False

    def send(self) -> bool:
        """Send the request; gives whether the backup was found by its marker rather than answered for.

        Raises Unknown where it stays open whether a backup was started, LocalState where the journal cannot be kept,
        and what `Client.post_checkpoint` raises. Signals are deferred when it returns or raises: the caller notes the
        result and lets them raise again.
        """
        self.tell("sending")
        raise_deferred()
        self.entry.sending = True
        resend = self.rules.resend
        sent_at = self.clock.monotonic()
        lost: Unknown | None = None
        while True:
            try:
                self._post(again=lost is not None)
            except Unknown as error:
                lost = lost or error
            except CbrctlError as error:
                if lost is None:  # after one that was lost, a refusal may come from the backup that it started
                    return self._take_refusal(error)
            else:
                return False
            traces = self._search(sent_at)
            if traces.checkpoint_ids:
                self._accept_found(traces)
                return True
            if not resend or is_deferred():
                service_sent_at = self.client.server_time(sent_at)
                self._note(state="unknown", sent="unknown", service_sent_at=service_sent_at)
                raise lost
            resend = False
            self.warn(CbrctlError("sent-again"))

    def end(self) -> None:
        """Record how it ended for this run. What cannot be recorded any more is a warning: the backup is there."""
        if self.op.state == "prepared":
            return  # nothing was begun
        entry = self.entry
        state = {"refused": "refused", "skipped": "refused"}.get(entry.outcome, self.op.state)
        if entry.outcome in ENDED:
            state = entry.outcome
        settled = entry.outcome not in ("pending", "accepted", "unknown")
        self._note(
            state=state,
            outcome=entry.outcome,
            exit_code=entry.exit_code,
            sent=entry.sent,
            attached=entry.attached,
            vault_name=entry.vault_name,
            ended_at=self.clock.time() if settled else None,
        )

    # one POST -------------------------------------------------------------------------------------------------------

    def _post(self, *, again: bool) -> None:
        """Send until it surely left; only what surely started nothing is sent again, and nothing of one sent `again`."""
        not_sent = throttled = 0
        while True:
            try:
                defer_signals(lambda: self.client.transport.hurry(EXCHANGE_GRACE, SIGNAL_GRACE))
                self._record_sending()
                self._accept(self.client.post_checkpoint(self.op.request), answered=True)
                return
            except Unreachable:
                if again or not_sent == len(NOT_SENT_PAUSES):
                    raise
                pause = NOT_SENT_PAUSES[not_sent] * random.uniform(0.5, 1.5)  # noqa: S311 - jitter, not a secret
                not_sent += 1
            except Throttled as error:
                if again or throttled == THROTTLED_TRIES:
                    raise
                pause = _throttle_pause(error)
                throttled += 1
            self._note(state="prepared", sent="no")  # nothing was started: a signal may end it here
            raise_deferred()
            self.clock.sleep(pause)

    def _record_sending(self) -> None:
        """Make it durable that a byte may leave from now on. Raises LocalState, and nothing is sent then."""
        service_sent_at = self.client.server_time(self.clock.monotonic())
        op = self.op._replace(
            state="sending", sent="unknown", sent_at=self.clock.time(), service_sent_at=service_sent_at
        )
        self.op = self.journal.record(op)

    def _take_refusal(self, error: CbrctlError) -> bool:
        """Record that nothing was started and raise `error`; gives True where the marker says that something was."""
        if isinstance(error, LocalState):
            raise error
        if isinstance(error, Busy) and self.rules.marked:
            # a proxy that repeats requests lets the second be refused for the first one's sake
            traces = self._look()
            if traces.checkpoint_ids:
                self._accept_found(traces)
                return True
        never_left = isinstance(error, Unreachable | Throttled)
        state = "not-started" if never_left else "refused"
        outcome = "refused" if error.exit_code in (10, 11, 13, 14) else "error"  # contract, outcomes
        ended_at = self.clock.time()
        self._note(state=state, sent="no", outcome=outcome, exit_code=error.exit_code, ended_at=ended_at)
        raise error

    def _search(self, sent_at: float) -> Traces:
        if not self.rules.marked:
            return Traces((), None, running=False)
        self.tell("searching")
        return self.reconciler.search(self.op, self.rules.settle, sent_at)

    def _look(self) -> Traces:
        return self.reconciler.search(self.op, 0.0, self.clock.monotonic())

    # what came of it ------------------------------------------------------------------------------------------------

    def _take_found(self, traces: Traces) -> None:
        self.entry.attached = True
        self._accept_found(traces)
        if traces.began is not None and self.clock.time() - traces.began > OLD:
            self.warn(CbrctlError("old-backup"))

    def _accept_found(self, traces: Traces) -> None:
        first, *more = traces.checkpoint_ids
        self._accept(Checkpoint.from_json({"id": first, "vault": {"id": self.op.vault_id}}), answered=False)
        for checkpoint_id in more:
            self.warn(CbrctlError("duplicate-checkpoint", other=checkpoint_id))

    def _accept(self, checkpoint: Checkpoint, *, answered: bool) -> None:
        self.entry.accept(checkpoint)
        answer = checkpoint.to_json() if answered else self.op.answer
        state = self.op.state if self.op.state in ENDED else "accepted"
        self._note(state=state, checkpoint_id=checkpoint.id, answer=answer, sent="yes")

    def _note(self, **changes: Any) -> None:
        """Record what has happened already: where that fails it is told, and the run goes on."""
        self.op = self.op._replace(**changes)
        try:
            self.journal.record(self.op)
        except LocalState as error:
            self.warn(LocalState("not-recorded", note=error.note))


def _throttle_pause(error: CbrctlError) -> float:
    asked = float(str(error.values.get("retry_after", 2.0)))
    return min(max(asked, random.uniform(2.0, 5.0)), 60.0)  # noqa: S311 - jitter, not a secret
