"""The vaults of a run, one after another: request, submit, watch, entry. What goes wrong with one is its entry's alone."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cbrctl.course import Course, Event, Means, Tell
from cbrctl.durations import write_stamp
from cbrctl.entries import Entry, Report
from cbrctl.errors import CbrctlError, Interrupted, Unknown, UsageError
from cbrctl.ids import derive_op_id, new_op_id
from cbrctl.job import Job
from cbrctl.journal import Journal, Op
from cbrctl.marker import mark, unmark
from cbrctl.secrecy import hide
from cbrctl.selection import Target
from cbrctl.signals import defer_signals, raise_deferred

if TYPE_CHECKING:
    from cbrctl.api.client import Client, Clock

Requests = Mapping[str, dict[str, Any]]
"""What stands under `checkpoint`, by the vault's id."""


class Fleet:
    """Runs backups and waits, and tells what happens."""

    def __init__(
        self,
        client: Callable[[], "Client"],
        course: Course,
        tell: Tell,
        clock: "Clock" = time,
        journal: Callable[[], Journal] = lambda: Journal(None),
    ) -> None:
        self.means = Means(client, journal, course, tell, clock)
        self._jobs: dict[int, Job] = {}

    def plan(self, targets: Sequence[Target], requests: Requests, root: str) -> Report:
        """Give the entries of a dry run: the exact requests, none of them sent."""

        def plan_one(entry: Entry, target: Target) -> None:
            entry.request = self._mark(requests[str(target.vault_id)], entry)
            entry.http = {"method": "POST", "url": f"{root}/checkpoints", "body": {"checkpoint": entry.request}}
            entry.end("planned")

        return self._each(targets, plan_one)

    def back_up(self, targets: Sequence[Target], requests: Requests) -> Report:
        """Start a backup of each target and follow it. UsageError where a run key was used for something else before."""
        for target in targets:
            known = (
                None
                if target.error or not self.means.course.run_key
                else self.means.journal().find(self._op_id(target))
            )
            if known and unmark(known.request) != unmark(requests[str(target.vault_id)]):
                raise UsageError("key-of-another", vault=target.asked, op=known.op_id)

        def back_up_one(entry: Entry, target: Target) -> None:
            job = Job(self.means, entry, target.vault.resources if target.vault else ())
            self._jobs[id(entry)] = job
            job.back_up(self._mark(requests[str(target.vault_id)], entry))

        return self._each(targets, back_up_one)

    def wait(self, checkpoint_ids: Sequence[str]) -> Report:
        """Follow checkpoints that were already started."""
        entries = [Entry(i) for i in checkpoint_ids]
        return self._run(entries, [Job(self.means, entry).follow_others for entry in entries])

    def resume(self, ops: Sequence[Op]) -> Report:
        """Settle and follow what earlier runs of this machine left open."""
        entries, jobs = [], []
        for op in ops:
            entry = Entry(op.vault_id, vault_id=op.vault_id, vault_name=op.vault_name, op_id=op.op_id)
            entry.request, entry.started_at = op.request, write_stamp(op.started_at)
            self._jobs[id(entry)] = job = Job(self.means, entry)
            entries.append(entry)
            jobs.append(lambda job=job, op=op: job.resume(op))
        return self._run(entries, jobs)

    def _mark(self, request: dict[str, Any], entry: Entry) -> dict[str, Any]:
        return mark(request, str(entry.op_id)) if self.means.course.rules.marked else request

    # all of them ------------------------------------------------------------------------------------------------

    def _each(self, targets: Sequence[Target], one: Callable[[Entry, Target], None]) -> Report:
        entries = []
        jobs = []
        for target in targets:
            name = target.vault.name if target.vault else None
            if name is None and target.vault_id is None:
                name = target.asked if target.error and "resource" not in target.error.values else None
            entry = Entry(target.asked, vault_id=target.vault_id, vault_name=name, op_id=self._op_id(target))
            entries.append(entry)
            jobs.append(lambda entry=entry, target=target: _raise_or(target, lambda: one(entry, target)))
        return self._run(entries, jobs)

    def _op_id(self, target: Target) -> str:
        """The identity of a target's backup: that of the run key, or one that no other has."""
        if self.means.course.run_key and target.vault_id:
            return derive_op_id(self.means.course.project_id, target.vault_id, self.means.course.run_key)
        return new_op_id()

    def _run(self, entries: Sequence[Entry], jobs: Sequence[Callable[[], None]]) -> Report:
        stop: Interrupted | None = None
        for entry, job in zip(entries, jobs, strict=True):
            if stop is None:
                stop = self._run_one(entry, job)
            else:
                entry.interrupt(stop)
            self._tell_end(entry)
        return Report(entries, stop)

    def _run_one(self, entry: Entry, job: Callable[[], None]) -> Interrupted | None:
        """Do one vault's work; gives the signal that ended it. All else that goes wrong becomes its entry's error.

        Signals are deferred when it returns, so that what has ended is told whole; the next vault begins with them.
        """
        try:
            entry.started_at = write_stamp(self.means.clock.time())
            raise_deferred()
            try:
                job()
            except CbrctlError as error:
                entry.fail(error)
            except Exception as bug:  # a bug in one vault's work must not lose the others' results
                note = f"{type(bug).__name__}: {hide(str(bug))}"
                entry.fail(Unknown("internal", note=note) if entry.sending else CbrctlError("internal", note=note))
            raise_deferred()
            defer_signals()
        except Interrupted as stop:
            defer_signals()
            if entry.error is None and entry.exit_code != 0:
                entry.interrupt(stop)
            return stop
        return None

    def _tell_end(self, entry: Entry) -> None:
        if entry.verdict.skipped is None and entry.outcome != "error":
            self._warn(entry, CbrctlError("skipped-unknown"))
        if entry.outcome not in ("pending", "accepted", "unknown", "planned"):
            entry.ended_at = write_stamp(self.means.clock.time())
        if id(entry) in self._jobs:
            self._jobs[id(entry)].end()
        ended = {"state": "ended", "outcome": entry.outcome, "exit_code": entry.exit_code}
        self.means.tell(Event("op", entry, ended))

    def _warn(self, entry: Entry, warning: CbrctlError) -> None:
        entry.warnings.append(warning)
        self.means.tell(Event("warning", entry, {"warning": warning}))


def _raise_or(target: Target, job: Callable[[], None]) -> None:
    if target.error:
        raise target.error
    job()
