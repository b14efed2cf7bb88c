"""What became of a backup of which no answer tells whether it was started. By reading only.

found         its marker stands on a copy or a task: it was accepted
unknown       nothing shows it, and it may still be to come
not-started   fifteen minutes later all lists are whole, nothing carries the marker and nothing runs
"""

import time
from typing import TYPE_CHECKING

from cbrctl.errors import CbrctlError, NotFound
from cbrctl.journal import Journal, Op
from cbrctl.signals import is_deferred
from cbrctl.traces import Traces, look_for, look_unmarked

if TYPE_CHECKING:
    from cbrctl.api.client import Client, Clock

PAUSES = (1.0, 2.0, 3.0)
LONGEST_PAUSE = 5.0
NAP = 0.25
"""Seconds after which a sleeping search sees that a signal came."""
CLOSED_AFTER = 900.0
"""Seconds of the service's clock after which a backup of which there is no trace was not started (contract, unknown)."""
TRUSTED_SKEW = 300.0
"""Seconds by which this machine's clock may differ from the service's and still tell how long ago something was."""


class Reconciler:
    """Looks for backups of one project, and records what it finds out."""

    def __init__(self, client: "Client", journal: Journal, clock: "Clock" = time) -> None:
        self.client = client
        self.journal = journal
        self.clock = clock

    def settle(self, op: Op, patience: float) -> Op:
        """Find out what became of an op of a process that is no more, within `patience` seconds; gives it as recorded.

        It is `accepted`, `not-started` or `unknown` then. One without a marker that may have been started stays unknown
        for ever; its `ended_at` says that it does not stand in the way of others any more.
        """
        if op.state == "prepared":
            return self._close(op)
        traces = Traces((), None, running=False)
        for seconds in dict.fromkeys((0.0, patience)):  # a first look may tell already
            traces = self.search(op, seconds)
            if traces.checkpoint_ids:
                op = op._replace(state="accepted", outcome="pending", exit_code=5)
                return self.journal.record(op._replace(checkpoint_id=traces.checkpoint_ids[0], sent="yes"))
            op = self._date(op)
            if self._is_over(op, traces):
                if not traces.others:
                    return self._close(op)
                op = op._replace(ended_at=self.clock.time())
            if not op.marked or op.ended_at is not None:
                break
        return self.journal.record(op._replace(state="unknown", outcome="unknown", exit_code=6, sent="unknown"))

    def search(self, op: Op, patience: float, sent_at: float | None = None) -> Traces:
        """Look for a backup for `patience` seconds at most. `sent_at` is a moment of the monotonic clock, where it is known.

        A deferred signal leaves a single short look.
        """

        def since() -> float | None:
            return op.service_sent_at if sent_at is None else self.client.server_time(sent_at)

        deadline = self.clock.monotonic() + patience
        pauses = iter(PAUSES)
        tries, self.client.tries = self.client.tries, 1  # a look that fails is followed by another
        try:
            while True:
                hurried = is_deferred()
                if not op.marked:
                    return look_unmarked(self.client, op.vault_id, lambda: self._date(op).service_sent_at)
                traces = look_for(self.client, op.op_id, op.request, since)
                if traces.checkpoint_ids or hurried or self.clock.monotonic() >= deadline:
                    return traces
                self._nap(min(next(pauses, LONGEST_PAUSE), deadline - self.clock.monotonic()))
        finally:
            self.client.tries = tries

    def _close(self, op: Op) -> Op:
        op = op._replace(state="not-started", sent="no", outcome="error", exit_code=7)
        return self.journal.record(op._replace(ended_at=self.clock.time()))

    def _date(self, op: Op) -> Op:
        """Give the op with the time it was sent by the service's clock: known, worked out, or now at the latest."""
        now = self._now()
        if op.service_sent_at is not None:
            return op
        if op.sent_at is not None and abs(self.clock.time() - now) <= TRUSTED_SKEW:
            return op._replace(service_sent_at=min(now, now - (self.clock.time() - op.sent_at)))
        return op._replace(service_sent_at=now)

    def _now(self) -> float:
        """The service's clock; this machine's where no answer names a date, so that nothing stays open for ever."""
        now = self.client.server_time(self.clock.monotonic())
        return self.clock.time() if now is None else now

    def _is_over(self, op: Op, traces: Traces) -> bool:
        """Whether nothing can come any more: sent long ago, all lists whole, nothing running."""
        if op.service_sent_at is None or self._now() - op.service_sent_at < CLOSED_AFTER:
            return False
        return traces.error is None and not traces.running and self._is_idle(op.vault_id)

    def _is_idle(self, vault_id: str) -> bool:
        """Whether the vault says of none of its resources that it is being backed up."""
        try:
            vault = self.client.show_vault(vault_id)
        except NotFound:
            return True
        except CbrctlError:
            return False
        return not any(r.status in ("protecting", "waiting_protect") for r in vault.resources)

    def _nap(self, seconds: float) -> None:
        """Sleep, but not longer than a moment once a signal waits."""
        end = self.clock.monotonic() + seconds
        while not is_deferred() and (left := end - self.clock.monotonic()) > 0:
            self.clock.sleep(min(left, NAP))
