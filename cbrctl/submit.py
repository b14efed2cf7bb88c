"""From a request to an accepted checkpoint: never two where one was meant, never one that is lost.

settle       what an earlier run of this machine left open for the vault is looked up first
pre-check    with a run key: a backup that carries its marker is the result, whoever started it
send         one POST, recorded before a byte leaves; what provably never left is tried three times more, what a gateway
             refused for rate is sent again after its pause (api.md 11)
search       where the answer does not say whether a backup was started, it is looked for by its marker, by reading only
"""

import random
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from cbrctl.entries import Entry
from cbrctl.errors import CbrctlError, LocalState, NotFound, Throttled, Unknown, Unreachable
from cbrctl.journal import Journal, Op
from cbrctl.models import Checkpoint
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
LOOK_PAUSES = (1.0, 2.0, 3.0)
LONGEST_LOOK_PAUSE = 5.0
NAP = 0.25
"""Seconds after which a sleeping search sees that a signal came."""
CLOSED_AFTER = 900.0
"""Seconds of the service's clock after which a backup of which there is no trace was not started (contract, unknown)."""
TRUSTED_SKEW = 300.0
"""Seconds by which this machine's clock may differ from the service's and still tell how long ago something was."""
OLD = 24 * 3600.0


class Rules(NamedTuple):
    """What the user chose of all this. `settle` is in seconds."""

    settle: float = 120.0
    keyed: bool = False
    marked: bool = True


class Submission:
    """One vault's way to an accepted checkpoint. What is known of it stands in `entry` and, durable, in the journal."""

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
            sent_at=None,
            service_sent_at=None,
            checkpoint_id=None,
            exit_code=None,
            started_at=clock.time(),
            ended_at=None,
        )

    def run(self) -> bool:
        """Start the backup, or find the one that is meant; gives whether it was found rather than answered for.

        Raises Busy where another cbrctl is submitting to the vault, Unknown where it stays open whether a backup was
        started, LocalState where the journal cannot be kept, and what `Client.post_checkpoint` raises. Signals are
        deferred when it returns or raises after the POST: the caller notes the result and lets them raise again.
        """
        with self.journal.hold(self.op.vault_id, self.op.op_id):
            for left in self.journal.open_ops(self.op.project_id, self.op.vault_id):
                self._settle(left)
            return (self.rules.keyed and self._attach()) or self._send()

    def end(self, outcome: str, exit_code: int) -> None:
        """Record how it ended for this run. What cannot be recorded any more is a warning: the backup is there."""
        if self.op.state != "accepted":
            return
        state = outcome if outcome in ("completed", "partial", "failed", "refused") else "accepted"
        ended_at = None if state == "accepted" else self.clock.time()
        self._record_late(state=state, exit_code=exit_code, ended_at=ended_at)

    # what earlier runs left open ------------------------------------------------------------------------------------

    def _settle(self, left: Op) -> None:
        """Find out what became of an op of a process that is no more. Raises Unknown where that stays open."""
        if left.state == "prepared":
            self.journal.record(left._replace(state="not-started"))
            return
        traces = Traces((), None, running=False)
        for settle in (0.0, self.rules.settle):
            if left.marked:
                traces = self._search(left, settle)
            else:
                self._look_idle()  # its answers tell the service's clock
            if traces.checkpoint_ids:
                self.journal.record(left._replace(state="accepted", checkpoint_id=traces.checkpoint_ids[0]))
                return
            left = self._date(left)
            if self._is_closed(left, traces):
                # without a marker nobody can tell, but it does not stand in the way for ever
                self.journal.record(left._replace(state="not-started" if left.marked else "failed", exit_code=6))
                return
            if not left.marked:
                break
        self.journal.record(left._replace(state="unknown"))
        ours = left.op_id == self.op.op_id
        raise Unknown("unsettled", sent="unknown" if ours else "no", op=left.op_id)

    def _date(self, left: Op) -> Op:
        """Give the op with the time it was sent by the service's clock: known, worked out, or now at the latest."""
        now = self._now()
        if left.service_sent_at is not None:
            return left
        if left.sent_at is not None and abs(self.clock.time() - now) <= TRUSTED_SKEW:
            return left._replace(service_sent_at=min(now, now - (self.clock.time() - left.sent_at)))
        return left._replace(service_sent_at=now)

    def _now(self) -> float:
        """The service's clock; this machine's where no answer names a date, so that nothing stays open for ever."""
        now = self.client.server_time(self.clock.monotonic())
        return self.clock.time() if now is None else now

    def _is_closed(self, left: Op, traces: Traces) -> bool:
        """Whether it is certain enough that nothing was started: long ago, all lists whole, nothing running."""
        if left.service_sent_at is None or self._now() - left.service_sent_at < CLOSED_AFTER:
            return False
        return traces.error is None and not traces.running and self._look_idle()

    def _look_idle(self) -> bool:
        """Whether the vault says of none of its resources that it is being backed up."""
        try:
            vault = self.client.show_vault(self.op.vault_id)
        except NotFound:
            return True
        except CbrctlError:
            return False
        return not any(r.status in ("protecting", "waiting_protect") for r in vault.resources)

    # what a run key means -------------------------------------------------------------------------------------------

    def _attach(self) -> bool:
        """Take the backup that carries the marker already; gives whether there is one. Raises what reading raises."""
        known = self.journal.find(self.op.op_id)
        if known and known.checkpoint_id and known.state not in ("refused", "not-started"):
            self.op = known
            began = known.started_at if known.service_sent_at is None else known.service_sent_at
            self._take_found(Traces((known.checkpoint_id,), None, began=began, running=False))
            return True
        traces = look_for(self.client, self.op.op_id, self.op.request, everything=True)
        if traces.checkpoint_ids:
            if traces.differs:
                self.warn(CbrctlError("other-parameters"))
            self._take_found(traces)
            return True
        if traces.error is not None:  # a list that is not whole may hide it
            raise traces.error
        return False

    def _take_found(self, traces: Traces) -> None:
        self.entry.attached = True
        self._accept_found(traces)
        if traces.began is not None and self.clock.time() - traces.began > OLD:
            self.warn(CbrctlError("old-backup"))

    # one POST -------------------------------------------------------------------------------------------------------

    def _send(self) -> bool:
        self.tell("sending")
        raise_deferred()
        self.entry.sending = True
        sent_at = self.clock.monotonic()
        try:
            self._post()
        except Unknown as lost:
            if not self.rules.marked:
                self._record_late(state="unknown")
                raise
            self.tell("searching")
            traces = self._search(self.op, self.rules.settle, sent_at)
            if not traces.checkpoint_ids:
                self._record_late(state="unknown", service_sent_at=self.client.server_time(sent_at))
                raise lost
            self._accept_found(traces)
            return True
        except (Unreachable, Throttled):
            self._record_late(state="not-started")
            raise
        except LocalState:
            raise
        except CbrctlError:
            self._record_late(state="refused")
            raise
        return False

    def _post(self) -> None:
        """Send until it surely left; only what surely started nothing is sent again."""
        not_sent = throttled = 0
        while True:
            try:
                defer_signals(lambda: self.client.transport.hurry(EXCHANGE_GRACE, SIGNAL_GRACE))
                self._record_sending()
                self._accept(self.client.post_checkpoint(self.op.request))
                return
            except Unreachable:
                if not_sent == len(NOT_SENT_PAUSES):
                    raise
                pause = NOT_SENT_PAUSES[not_sent] * random.uniform(0.5, 1.5)  # noqa: S311 - jitter, not a secret
                not_sent += 1
            except Throttled as error:
                if throttled == THROTTLED_TRIES:
                    raise
                pause = _throttle_pause(error)
                throttled += 1
            self._record_late(state="prepared")  # nothing was started: a signal may end it here
            raise_deferred()
            self.clock.sleep(pause)

    def _record_sending(self) -> None:
        """Make it durable that a byte may leave from now on. Raises LocalState, and nothing is sent then."""
        service_sent_at = self.client.server_time(self.clock.monotonic())
        op = self.op._replace(state="sending", sent_at=self.clock.time(), service_sent_at=service_sent_at)
        self.op = self.journal.record(op)

    def _accept(self, checkpoint: Checkpoint) -> None:
        self.entry.accept(checkpoint)
        self._record_late(state="accepted", checkpoint_id=checkpoint.id)

    def _accept_found(self, traces: Traces) -> None:
        first, *more = traces.checkpoint_ids
        self._accept(Checkpoint.from_json({"id": first, "vault": {"id": self.op.vault_id}}))
        for checkpoint_id in more:
            self.warn(CbrctlError("duplicate-checkpoint", other=checkpoint_id))

    def _record_late(self, **changes: Any) -> None:
        """Record what has happened already: where that fails it is told, and the run goes on."""
        self.op = self.op._replace(**changes)
        try:
            self.journal.record(self.op)
        except LocalState as error:
            self.warn(LocalState("not-recorded", note=error.note))

    # the search -----------------------------------------------------------------------------------------------------

    def _search(self, op: Op, settle: float, sent_at: float | None = None) -> Traces:
        """Look for a backup for `settle` seconds at most. `sent_at` is a moment of the monotonic clock, where it is known.

        A deferred signal leaves a single short look.
        """

        def since() -> float | None:
            return op.service_sent_at if sent_at is None else self.client.server_time(sent_at)

        deadline = self.clock.monotonic() + settle
        pauses = iter(LOOK_PAUSES)
        tries, self.client.tries = self.client.tries, 1  # a look that fails is followed by another
        try:
            while True:
                hurried = is_deferred()
                traces = look_for(self.client, op.op_id, op.request, since)
                if traces.checkpoint_ids or hurried or self.clock.monotonic() >= deadline:
                    return traces
                self._nap(min(next(pauses, LONGEST_LOOK_PAUSE), deadline - self.clock.monotonic()))
        finally:
            self.client.tries = tries

    def _nap(self, seconds: float) -> None:
        """Sleep, but not longer than a moment once a signal waits."""
        end = self.clock.monotonic() + seconds
        while not is_deferred() and (left := end - self.clock.monotonic()) > 0:
            self.clock.sleep(min(left, NAP))


def _throttle_pause(error: CbrctlError) -> float:
    asked = float(str(error.values.get("retry_after", 2.0)))
    return min(max(asked, random.uniform(2.0, 5.0)), 60.0)  # noqa: S311 - jitter, not a secret
