"""One vault's backup, from the request to how it ended: hold the vault, settle, join or find or send, give way, follow."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NoReturn

from cbrctl.course import Event, Means
from cbrctl.entries import Entry
from cbrctl.errors import BY_KIND, AuthError, Busy, CbrctlError, Unknown, Unreachable
from cbrctl.follow import Follower
from cbrctl.ids import new_op_id
from cbrctl.journal import ENDED, Op
from cbrctl.marker import unmark
from cbrctl.models import Checkpoint, Resource
from cbrctl.outcome import Evidence, Intent, Source, exit_code_of, judge
from cbrctl.reconcile import Reconciler
from cbrctl.running import Running, find_running, list_covered
from cbrctl.signals import raise_deferred
from cbrctl.submit import Submission
from cbrctl.watch import pauses

HOLD_PAUSE = 1.0
"""Seconds between two looks whether another cbrctl of this machine is done with a vault."""


class Job:
    """One vault's work. `entry` says at any time what is known; `end` records it."""

    def __init__(self, means: Means, entry: Entry, known: tuple[Resource, ...] = ()) -> None:
        self.client, self.journal, self.course, self.tell, self.clock = means
        self.entry = entry
        self.follower = Follower(means, entry, known)
        self.submission: Submission | None = None

    def back_up(self, request: Mapping[str, Any]) -> None:
        """Start a backup, or find the one that is meant, and follow it. Raises what keeps it from being started."""
        deadline = self.clock.monotonic() + self.course.timeout
        waits = pauses(self.course.interval)
        self.entry.request = request
        tries = 0
        while True:
            tries += 1
            try:
                self._start(request)
            except Busy as error:
                busy, held = error, error.key == "vault-held"
            else:
                if self.entry.outcome != "refused" or self.course.if_busy == "fail":
                    return
                busy, held = Busy("all-skipped-busy", sent="yes"), False
            raise_deferred()
            running = None if held else self._find_running()
            busy = self._tell_who(busy, running)
            if self.course.if_busy == "skip":
                self.warn(CbrctlError("busy-skipped", who=busy.values.get("who", "")))
                self.entry.end("skipped")
                return
            patient = self.course.if_busy == "wait"
            if self.course.if_busy == "attach":
                if running and self._attach(running, request):
                    return
                busy = Busy("busy-with-less", fault=busy.fault, sent=busy.sent, who=str(running)) if running else busy
                # another cbrctl is about to start one, or the one that ran has just ended
                patient = held or (running is None and tries == 1)
            if not patient or not self._wait_until_free(deadline, waits, held=held):
                if self.entry.outcome == "refused":
                    return  # every resource was skipped as busy, and is said so one by one
                raise busy
            self.entry.forget()

    def follow_others(self) -> None:
        """Follow a checkpoint that was started elsewhere; nothing is recorded."""
        self.follower.follow(Intent(None, None, self.course.ignore_skipped), own=False)

    def resume(self, op: Op) -> None:
        """Find out what became of an op of an earlier run, and follow it where it goes on."""
        self.entry.sent = op.sent
        if op.sent is None:  # of others, and attached to
            self.entry.op_id = self.entry.request = None
        self.entry.attached = op.attached
        client = self.client()
        if (op.project_id, op.endpoint) != (client.project_id, client.endpoint):
            self._leave(op)
        if op.state in ("prepared", "sending", "unknown"):
            with self.journal().hold(op.vault_id, op.op_id):
                op = self.journal().find(op.op_id) or op  # another process may have been at it
                if op.state in ("prepared", "sending", "unknown"):
                    op = Reconciler(client, self.journal(), self.clock).settle(op, self.course.rules.settle)
        self.submission = self._submission(op.request)
        self.submission.op = op
        self.entry.sent = op.sent
        if op.state == "unknown":
            raise Unknown("still-unknown", sent="unknown")
        if op.checkpoint_id is None or op.state in ("refused", "not-started"):
            self._take_recorded(op)
            return
        self._take(op)
        self._tell_accepted()
        self.follower.follow_op(op, once=op.state in ENDED)

    def warn(self, warning: CbrctlError) -> None:
        """Tell a warning and keep it for the document."""
        self.entry.warnings.append(warning)
        self.tell(Event("warning", self.entry, {"warning": warning}))

    def end(self) -> None:
        """Record how it ended for this run."""
        if self.submission is not None:
            self.submission.end()

    # starting -------------------------------------------------------------------------------------------------------

    def _start(self, request: Mapping[str, Any]) -> None:
        submission = self.submission = self._submission(request)
        with self.journal().hold(submission.op.vault_id, submission.op.op_id):
            submission.settle()
            if self.course.rules.keyed:
                found = submission.find() or submission.send()
            else:
                found = self._join(submission) or submission.send()
        self._tell_accepted()
        raise_deferred()
        if found:
            self.follower.follow_op(submission.op, once=submission.op.state in ENDED)
            return
        intent = self.follower.intent(submission.op)
        self.entry.verdict = judge(Evidence(self._posted(), Source.SILENT, Source.SILENT), intent, settled=False)
        if self.entry.verdict.outcome is not None:
            self.entry.end_by_verdict()
        elif self.course.wait:
            self.follower.follow(intent, own=True)
        else:
            self.entry.end("accepted")

    def _submission(self, request: Mapping[str, Any]) -> Submission:
        return Submission(
            self.client(),
            self.journal(),
            self.entry,
            request,
            self.course.rules,
            tell=lambda state: self.tell(Event("op", self.entry, {"state": state})),
            warn=self.warn,
            clock=self.clock,
        )

    def _join(self, submission: Submission) -> bool:
        """Without a key: take an earlier backup of this machine, meant the same, that still runs (contract, keyless)."""
        wanted = unmark(submission.op.request)
        for op in self.journal().running_ops(submission.op.project_id, submission.op.vault_id):
            if op.sent is None or unmark(op.request) != wanted:
                continue
            try:
                outcome = self.follower.look_at(op)
            except AuthError:
                return False  # who may read nothing cannot follow it either
            if outcome is None:
                submission.op = op
                self.entry.op_id, self.entry.request, self.entry.attached = op.op_id, op.request, True
                self._take(op)
                return True
            if outcome in ENDED:
                ended = op._replace(state=outcome, outcome=outcome, exit_code=exit_code_of(outcome))
                self.journal().record(ended._replace(ended_at=self.clock.time()))
        return False

    # the vault is busy ----------------------------------------------------------------------------------------------

    def _find_running(self) -> Running | None:
        with suppress(CbrctlError):  # who it is stays untold then
            return find_running(self.client(), str(self.entry.vault_id))
        return None

    def _tell_who(self, busy: Busy, running: Running | None) -> Busy:
        """Give the error with what runs, where that is known."""
        if running is None:
            return busy
        return Busy(busy.key, fault=busy.fault, sent=busy.sent, note=busy.note, **{**busy.values, "who": str(running)})

    def _wait_until_free(self, deadline: float, waits: Iterator[float], *, held: bool) -> bool:
        """Sleep until it is worth another try; gives False where the time is over."""
        self.tell(Event("op", self.entry, {"state": "waiting"}))
        while (left := deadline - self.clock.monotonic()) > 0:
            self.clock.sleep(min(HOLD_PAUSE if held else next(waits), left))
            if held or self._find_running() is None:
                return True
        return False

    def _attach(self, running: Running, request: Mapping[str, Any]) -> bool:
        """Follow the running backup in place of one of our own; gives False where it is not what is wanted."""
        if running.checkpoint_id is None:
            return False
        known = self.journal().find(running.op_id) if running.op_id else None
        op = Op(
            op_id=new_op_id(),  # not that of a run key: it is not the key's backup
            state="accepted",
            endpoint=self.client().endpoint,
            project_id=self.client().project_id,
            vault_id=str(self.entry.vault_id),
            request=unmark(request),
            marked=False,
            started_at=self.clock.time(),
            vault_name=self.entry.vault_name,
            checkpoint_id=running.checkpoint_id,
            attached=True,
        )
        wanted = self.follower.intent(op).resource_ids
        if not wanted or not set(wanted) <= list_covered(self.client(), running):
            return False
        if self.entry.outcome == "refused":
            self.end()  # its own, of which every resource was skipped
        self.entry.forget()
        self.submission = self._submission(request)
        self.submission.op = known or self.journal().record(op)
        self.entry.op_id, self.entry.request = (known.op_id, known.request) if known else (None, None)
        self.entry.attached = True
        self._take(op)
        self.entry.sent = known.sent if known else None
        self._tell_accepted()
        self.follower.follow_op(op)
        return True

    # the entry -----------------------------------------------------------------------------------------------------

    def _take(self, op: Op) -> None:
        """Let the entry hold the checkpoint of an op."""
        answer = op.answer or {"id": op.checkpoint_id, "vault": {"id": op.vault_id}}
        self.entry.accept(Checkpoint.from_json(answer))
        self.entry.sent = op.sent

    def _tell_accepted(self) -> None:
        self.tell(Event("op", self.entry, {"state": "accepted", "checkpoint_id": self._posted().id}))

    def _leave(self, op: Op) -> NoReturn:
        """Raise that an op belongs to another project or place, with its recorded state as the outcome."""
        if op.state in ("prepared", "sending", "unknown"):
            raise Unknown("op-of-another", sent=op.sent or "unknown", project=op.project_id, endpoint=op.endpoint)
        if op.checkpoint_id:
            self._take(op)
        raise AuthError("op-of-another", project=op.project_id, endpoint=op.endpoint)

    def _take_recorded(self, op: Op) -> None:
        """Let the entry end as the journal has it: nothing was started, so there is nothing to look at."""
        if op.outcome == "skipped":
            self.entry.end("skipped")
            return
        if op.state == "not-started":
            raise Unreachable("was-not-started", sent="no")
        kind = next((cls for cls in BY_KIND.values() if cls.exit_code == op.exit_code), CbrctlError)
        self.entry.end(op.outcome or "refused", kind("was-refused", sent="no"))

    def _posted(self) -> Checkpoint:
        if self.entry.checkpoint is None:
            raise AssertionError("an accepted entry has its checkpoint")
        return self.entry.checkpoint
