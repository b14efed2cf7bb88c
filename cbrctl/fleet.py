"""The vaults of a run, one after another: request, submit, watch, entry. What goes wrong with one is its entry's alone."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from cbrctl.durations import write_stamp
from cbrctl.entries import Entry, Report, state_json
from cbrctl.errors import CbrctlError, Interrupted, Unknown, UsageError
from cbrctl.evidence import Observer
from cbrctl.ids import derive_op_id, new_op_id
from cbrctl.journal import Journal
from cbrctl.marker import mark, unmark
from cbrctl.models import Checkpoint
from cbrctl.outcome import Evidence, Intent, Source, State, Verdict, judge
from cbrctl.selection import Target
from cbrctl.signals import defer_signals, raise_deferred
from cbrctl.submit import Rules, Submission
from cbrctl.watch import Watch

if TYPE_CHECKING:
    from cbrctl.api.client import Client, Clock


class Event(NamedTuple):
    """Something that happened to an entry, for whoever follows the run."""

    type: str
    """op, status, resource or warning."""
    entry: Entry
    data: dict[str, Any]


Tell = Callable[[Event], None]
Requests = Mapping[str, dict[str, Any]]
"""What stands under `checkpoint`, by the vault's id."""


class Course(NamedTuple):
    """How a run goes: the same for each vault. Durations are in seconds."""

    wait: bool = True
    timeout: float = 6 * 3600
    interval: float | None = None
    ignore_skipped: bool = False
    rules: Rules = Rules()
    run_key: str | None = None
    project_id: str = ""
    """The project of `run_key`: with it and the vault it makes the identity of the backup."""


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
        self.client = client
        self.journal = journal
        self._submissions: dict[int, Submission] = {}
        self.course = course
        self.tell = tell
        self.clock = clock

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
            known = None if target.error or not self.course.run_key else self.journal().find(self._op_id(target))
            if known and unmark(known.request) != unmark(requests[str(target.vault_id)]):
                raise UsageError("key-of-another", vault=target.asked, op=known.op_id)

        def back_up_one(entry: Entry, target: Target) -> None:
            entry.request = self._mark(requests[str(target.vault_id)], entry)
            found = self._submit(entry, entry.request)
            intent = self._intent_of_found(entry, target) if found else self._intent(entry, target)
            if found:
                entry.verdict = Verdict(None, (), None)
            else:
                entry.verdict = judge(Evidence(_posted(entry), Source.SILENT, Source.SILENT), intent, settled=False)
            if entry.verdict.outcome is not None:
                entry.end_by_verdict()
            elif self.course.wait:
                self._follow(entry, intent, own=True)
            else:
                entry.end("accepted")

        return self._each(targets, back_up_one)

    def wait(self, checkpoint_ids: Sequence[str]) -> Report:
        """Follow checkpoints that were already started."""
        entries = [Entry(i) for i in checkpoint_ids]
        intent = Intent(None, None, self.course.ignore_skipped)
        return self._run(entries, [lambda e=e: self._follow(e, intent, own=False) for e in entries])  # type: ignore[misc]

    # one vault --------------------------------------------------------------------------------------------------

    def _mark(self, request: dict[str, Any], entry: Entry) -> dict[str, Any]:
        return mark(request, str(entry.op_id)) if self.course.rules.marked else request

    def _submit(self, entry: Entry, request: dict[str, Any]) -> bool:
        """Start the backup; gives whether it was found by its marker rather than answered for."""
        submission = Submission(
            self.client(),
            self.journal(),
            entry,
            request,
            self.course.rules,
            tell=lambda state: self.tell(Event("op", entry, {"state": state})),
            warn=lambda warning: self._warn(entry, warning),
            clock=self.clock,
        )
        self._submissions[id(entry)] = submission
        found = submission.run()
        self.tell(Event("op", entry, {"state": "accepted", "checkpoint_id": _posted(entry).id}))
        raise_deferred()
        return found

    def _intent_of_found(self, entry: Entry, target: Target) -> Intent:
        """What was wanted of a backup that was found again: what was named, else all that the vault protects now."""
        named = self._named(entry, target)
        vault = target.vault
        if not named and vault is None:
            with suppress(CbrctlError):  # unknown then, and said so
                vault = self.client().show_vault(str(entry.vault_id))
        known = vault.resources if vault else ()
        wanted = named or tuple(r.id for r in known)
        return Intent(wanted or None, None, self.course.ignore_skipped, known, found=True)

    def _named(self, entry: Entry, target: Target) -> tuple[str, ...]:
        """The resources that the request names; none where it is for the whole vault."""
        details = ((entry.request or {}).get("parameters") or {}).get("resource_details") or ()
        return target.resource_ids or tuple(d["id"] for d in details)

    def _intent(self, entry: Entry, target: Target) -> Intent:
        """What was wanted: the resources that were named, else all that the answer to the POST names."""
        posted = _posted(entry)
        skipped = posted.skipped
        answered = (*(r.id for r in posted.resources), *(s.id for s in skipped or () if s.id))
        wanted = self._named(entry, target) or answered
        known = (*posted.resources, *(target.vault.resources if target.vault else ()))
        return Intent(tuple(wanted) or None, skipped, self.course.ignore_skipped, known)

    def _follow(self, entry: Entry, intent: Intent, *, own: bool) -> None:
        posted = entry.checkpoint
        observer = Observer(
            self.client(),
            posted.id if posted else entry.asked,
            vault_id=entry.vault_id,
            created_at=posted.created_at if posted else None,
            own=own,
            clock=self.clock,
        )
        shown: dict[str, State] = {}

        def on_look(verdict: Verdict, status: str | None) -> None:
            before = entry.checkpoint.status if entry.checkpoint else None
            entry.observe(verdict, observer.checkpoint)
            if status not in (None, before):
                self.tell(Event("status", entry, {"checkpoint_id": observer.checkpoint_id, "status": status}))
            for state in verdict.states:
                if shown.get(state.id) != state:
                    shown[state.id] = state
                    self.tell(Event("resource", entry, state_json(state)))

        tries, observer.client.tries = observer.client.tries, 1  # a look that fails is followed by another
        try:
            watch = Watch(
                observer,
                intent,
                timeout=self.course.timeout,
                interval=self.course.interval,
                on_look=on_look,
                clock=self.clock,
            )
            error = watch.follow()
        finally:
            observer.client.tries = tries
        if error is None:
            entry.end_by_verdict()
        else:
            entry.fail(error)

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
        if self.course.run_key and target.vault_id:
            return derive_op_id(self.course.project_id, target.vault_id, self.course.run_key)
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
            entry.started_at = write_stamp(self.clock.time())
            raise_deferred()
            try:
                job()
            except CbrctlError as error:
                entry.fail(error)
            except Exception as bug:  # a bug in one vault's work must not lose the others' results
                note = f"{type(bug).__name__}: {bug}"
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
            entry.ended_at = write_stamp(self.clock.time())
        if id(entry) in self._submissions:
            self._submissions[id(entry)].end(entry.outcome, entry.exit_code)
        ended = {"state": "ended", "outcome": entry.outcome, "exit_code": entry.exit_code}
        self.tell(Event("op", entry, ended))

    def _warn(self, entry: Entry, warning: CbrctlError) -> None:
        entry.warnings.append(warning)
        self.tell(Event("warning", entry, {"warning": warning}))


def _posted(entry: Entry) -> Checkpoint:
    if entry.checkpoint is None:
        raise AssertionError("an accepted entry has its checkpoint")
    return entry.checkpoint


def _raise_or(target: Target, job: Callable[[], None]) -> None:
    if target.error:
        raise target.error
    job()
