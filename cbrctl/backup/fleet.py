"""The backups of a run: a job each, all of them gone on with at once. What goes wrong with one is its own alone."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from cbrctl.api.pace import Pace
from cbrctl.backup.document import Report
from cbrctl.backup.earlier_run import EarlierJob
from cbrctl.backup.job import Job
from cbrctl.backup.journal import Journal, Writing
from cbrctl.backup.marker import digest_of, mark
from cbrctl.backup.options import BackupOptions, Deps, Event, Shared, Tell
from cbrctl.backup.polling import Rounds
from cbrctl.backup.project import Project
from cbrctl.backup.record import REPEATABLE, Backup, of_others
from cbrctl.backup.run_key import check_key
from cbrctl.backup.schedule import Schedule, Steps
from cbrctl.backup.selection import Missing, Target
from cbrctl.backup.sender import Sender
from cbrctl.backup.writer import Writer
from cbrctl.durations import write_stamp
from cbrctl.errors import CbrctlError, Interrupted, LocalState
from cbrctl.ids import derive_op_id, new_op_id
from cbrctl.machine.clock import SYSTEM, Clock

if TYPE_CHECKING:
    from cbrctl.api.client import Client
    from cbrctl.documents.request import RequestJson


class Fleet:
    """Runs backups and waits, and tells what happens."""

    def __init__(
        self,
        client: Callable[[], "Client"],
        options: BackupOptions,
        tell: Tell,
        clock: Clock = SYSTEM,
        journal: Callable[[], Journal] = lambda: Journal(None),
    ) -> None:
        self.open_client, self.open_journal = client, journal
        self.options = options
        self.tell = tell
        self.clock = clock
        self.writer = Writer(journal, clock)
        self.deps: Deps
        """Made when the first job begins, since it may need a login."""

    def _make_deps(self, backups: Sequence[Backup]) -> Deps:
        """Return what the jobs work with. Raises what opening client or journal raises."""
        client, is_fleet = self.open_client(), len(backups) > 1
        sender = Sender(client, min(self.options.parallel, len(backups)))
        deps = Deps(client, self.open_journal(), self.options, self.tell, sender, self.clock)
        if not is_fleet:
            return deps
        client.pace = Pace(self.clock)
        client.pace.tell = lambda seconds: self.tell(Event("rate", backups[0], {"seconds": seconds}))
        project = Project(client, self.clock, frozenset(b.op_id for b in backups if b.op_id))
        return deps._replace(
            shared=Shared(project, Rounds(self.clock, self.options.interval, client.pace), client.pace, self.writer)
        )

    def plan(self, targets: Sequence[Target | Missing], root: str) -> Report:
        """Return the backups of a dry run: the exact requests, none of them sent."""
        backups = [self._begin(target) for target in targets]
        for backup, target in zip(backups, targets, strict=True):
            if isinstance(target, Missing):
                backup.fail(target.error)
            else:
                request = cast("RequestJson", backup.request)
                backup.http = {"method": "POST", "url": f"{root}/checkpoints", "body": {"checkpoint": request}}
                backup.end("planned")
            self._tell_end(backup)
        return Report(backups)

    def back_up(self, targets: Sequence[Target | Missing]) -> Report:
        """Start a backup of each target and follow it. UsageError where a run key was used for something else before."""
        backups = [self._begin(target) for target in targets]
        if self.options.run_key is not None:
            for backup in backups:
                known = self.open_journal().find(str(backup.op_id)) if backup.request else None
                if known and known.checkpoint is not None:  # of others it is found out first whether they were started
                    check_key(known, str(backup.digest), backup.asked)
        return self._run([(b, self._back_up(b, t)) for b, t in zip(backups, targets, strict=True)])

    def wait(self, checkpoint_ids: Sequence[str]) -> Report:
        """Follow checkpoints that were already started; of those of this machine the journal knows what was wanted."""
        work = []
        for checkpoint_id in checkpoint_ids:
            known = self.open_journal().find_checkpoint(checkpoint_id)
            if known is None:
                known = of_others(checkpoint_id)
            known.asked = checkpoint_id
            work.append((known, self._wait(known)))
        return self._run(work)

    def resume(self, backups: Sequence[Backup]) -> Report:
        """Settle and follow what earlier runs of this machine left open."""
        return self._run([(backup, self._resume(backup)) for backup in backups])

    # the steps of a job, which is made when the first is taken

    def _back_up(self, backup: Backup, target: Target | Missing) -> Steps:
        if isinstance(target, Missing):
            raise target.error
        yield from Job(self.deps, backup).back_up()

    def _wait(self, backup: Backup) -> Steps:
        yield from EarlierJob(self.deps, backup).wait()

    def _resume(self, backup: Backup) -> Steps:
        yield from EarlierJob(self.deps, backup).resume()

    # all of them ------------------------------------------------------------------------------------------------

    def _begin(self, target: Target | Missing) -> Backup:
        """Return the record of what is intended for a target."""
        label = self.options.labels.get(target.asked)
        backup = Backup(
            target.asked, op_id=self._op_id(target), vault_id=target.vault_id, vault_name=target.vault_name or label,
            marked=self.options.marked, on_skip=self.options.on_skip or "fail",
        )  # fmt: skip
        if isinstance(target, Target):
            backup.resource_ids, backup.digest = target.resource_ids, digest_of(target.request)
            backup.request = mark(target.request, str(backup.op_id)) if self.options.marked else target.request
            backup.wanted = target.vault.resources if target.vault and not target.vault.unread else None
        return backup

    def _op_id(self, target: Target | Missing) -> str:
        """Return the identity of a target's backup: that of the run key, or one that no other has."""
        if self.options.run_key is not None and target.vault_id:
            return derive_op_id(self.options.project_id, target.vault_id, self.options.run_key)
        return new_op_id()

    def _run(self, work: Sequence[tuple[Backup, Steps]]) -> Report:
        backups = [backup for backup, _ in work]
        for backup in backups:
            backup.started_at = backup.started_at or self.clock.time()
        if not work:
            return Report(backups)
        try:
            self.deps = self._make_deps(backups)
        except CbrctlError as error:
            for backup in backups:  # nobody was asked: what is recorded of them stays as it is
                if backup.op_id is None:
                    backup.end(error.outcome, error)
                else:
                    backup.leave(error)
                self._tell_outcome(backup)
            return Report(backups)
        except Interrupted as stop:
            for backup in backups:
                backup.interrupt(stop)
                self._tell_end(backup)
            self.writer.write()
            return Report(backups, stop)
        client = self.deps.client
        for backup in backups:
            backup.endpoint = backup.endpoint or client.endpoint
            backup.project_id = backup.project_id or client.project_id
        try:
            schedule = Schedule(self.clock, self._tell_end, self._interrupt, self.writer.write)
            return Report(backups, schedule.run(work))
        finally:
            self.deps.sender.close()

    def _interrupt(self, backup: Backup, stop: Interrupted) -> None:
        """Let a signal end the work on a backup; what an earlier run did for its run key is told though this one did not begin."""
        if backup.state == "prepared" and self.options.run_key is not None and backup.op_id is not None:
            with suppress(LocalState):
                known = self.open_journal().find(backup.op_id)
                if known is not None and known.state not in REPEATABLE:
                    backup.adopt(known)
                    backup.attached = known.checkpoint is not None
        backup.interrupt(stop)

    def _tell_end(self, backup: Backup) -> None:
        """Record how a backup ended for this run, together with others, and tell it then."""
        if backup.verdict.skipped is None and backup.outcome not in ("error", "unknown"):
            self._warn(backup, CbrctlError("skipped-unknown"))
        settled = backup.outcome not in ("pending", "accepted", "unknown", "planned")
        if backup.ended_at is None and settled:
            backup.ended_at = write_stamp(self.clock.time())
        if self.options.run_key is not None and backup.error is not None and backup.outcome in ("partial", "failed"):
            backup.error.values["keyed"] = True
        if backup.op_id is None or backup.state == "prepared":
            self._tell_outcome(backup)
            return
        self.writer.put(
            Writing(backup, righting=backup.righted, closing=True), lambda error: self._tell_outcome(backup, error)
        )

    def _tell_outcome(self, backup: Backup, error: Exception | None = None) -> None:
        if isinstance(error, LocalState):
            self._warn(backup, LocalState("not-recorded", note=error.note))
        elif error is not None:
            raise error
        ended = {"state": "ended", "outcome": backup.outcome, "exit_code": backup.exit_code}
        self.tell(Event("op", backup, ended))

    def _warn(self, backup: Backup, warning: CbrctlError) -> None:
        backup.warnings.append(warning)
        self.tell(Event("warning", backup, {"warning": warning}))
