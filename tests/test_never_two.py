"""Never two, never lost: a model of the service and of machines that die, over the real submit, reconcile and journal.

The service executes a request now, later or never, loses answers, lags with its lists, and breaks. Machines are killed at
any step and run again. CBRCTL_HEAVY=1 tries 10,000 histories, otherwise 600.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from cbrctl.course import Course
from cbrctl.entries import Report
from cbrctl.fleet import Fleet
from cbrctl.journal import Journal, Op
from cbrctl.marker import find_op
from cbrctl.selection import Target
from cbrctl.submit import Rules
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cbrctl.durations import write_stamp
from cbrctl.errors import Busy, Fault, NotFound, Refused, Throttled, Unknown, Unreachable
from cbrctl.models import Checkpoint, Copy, Task, Vault
from cbrctl.signals import raise_deferred

HEAVY = bool(os.environ.get("CBRCTL_HEAVY"))
PARTS, EXAMPLES = (4, 2500) if HEAVY else (2, 300)
EPOCH = 1_790_000_000.0
PROJECT = "4229d7a45436489f8c3dc2b1d35d4987"
VAULT = "3b5816b5-f29c-4172-9d9a-76c719a659ce"
SERVER = "94eba8b2-acc9-4d82-badc-127144cc5526"
SHORT_MEMORY = 700.0
"""Seconds after which a request that is on its way has been executed and is listed: a fresh machine comes later only."""


class Killed(BaseException):
    """The process is no more."""


class Plan(NamedTuple):
    """What becomes of one POST. `delay` is None where it is never executed."""

    delay: float | None
    answer: str
    lag: float
    duration: float


DELAYS = st.one_of(st.sampled_from([None, 0.0, 290.0]), st.integers(1, 290).map(float))
LAGS = st.one_of(st.sampled_from([0.0, 300.0]), st.integers(0, 300).map(float))
DURATIONS = st.integers(10, 2000).map(float)
LOST = st.builds(Plan, DELAYS, st.just("lost"), LAGS, DURATIONS)
ANSWERED = st.builds(Plan, st.just(0.0), st.just("ok"), LAGS, DURATIONS)
DECLINED = st.builds(Plan, st.none(), st.sampled_from(["not-sent", "throttled", "refused"]), st.just(0.0), st.just(0.0))
PLANS = st.lists(st.one_of(LOST, LOST, ANSWERED, DECLINED), min_size=1, max_size=3)
FUSES = st.one_of(st.none(), st.integers(1, 12), st.integers(1, 60))
KEYS = st.sampled_from([None, None, "k1", "k2"])
BROKEN = st.sampled_from(["", "", "lists", "all"])
FLAWS: st.SearchStrategy[list[bool]] = st.one_of(st.just([]), st.lists(st.booleans(), max_size=12))
"""Which of the next reads give no answer."""
SETTLES = st.sampled_from([0.0, 5.0, 120.0])


class Executed(NamedTuple):
    """A checkpoint at the service; `at` may still be to come."""

    id: str
    name: str
    machine: str
    at: float
    lag: float
    duration: float


class Service:
    """The service, the clock, and the fuse of the process that talks to it. It is a client to the product."""

    endpoint, project_id = "https://cbr.example", PROJECT

    def __init__(self) -> None:
        self.now = 0.0
        self.fuse: int | None = None
        self.plans: list[Plan] = []
        self.broken = ""
        """What gives no answer: lists, or all reads."""
        self.flaws: list[bool] = []
        self.held = False
        """The vault's lock is taken by a process of this machine."""
        self.others = 0
        """Requests of processes that ran in the midst of another."""
        self.complaints: list[str] = []
        """What a process did that it must not: raised there it would pass for a bug of one vault."""
        self.fenced = True
        self.executed: list[Executed] = []
        self.machine = ""
        self.folder = Path()
        self.posts = 0
        self.meanwhile: tuple[int, Callable[[], None]] | None = None
        """After how many calls another process runs, and what it does."""
        self.tries = 4
        self.transport = self

    # the clock

    def time(self) -> float:
        return EPOCH + self.now

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.step()
        self.now += seconds

    def step(self) -> None:
        """Something that the process does: it may be its last."""
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse < 0:
                raise Killed

    # the client

    def hurry(self, grace: float, whole: float) -> None:
        pass

    def server_time(self, moment: float) -> float | None:
        return EPOCH + moment

    def post_checkpoint(self, request: dict[str, Any]) -> Checkpoint:
        self.step()
        name = request["parameters"]["name"]
        with sqlite3.connect(f"file:{self.folder}/journal.db?mode=ro", uri=True) as db:
            found = db.execute("SELECT state FROM ops WHERE op_id = ?", [find_op(name, None)]).fetchone()
        db.close()
        if found != ("sending",):
            self.complaints.append(f"a request without its record: {found}")
        self._let_others()
        plan = self.plans.pop(0) if self.plans else Plan(0.0, "ok", 0.0, 10.0)
        if self.fenced and plan.delay is not None and any(e.at <= self.now < e.at + e.duration for e in self.executed):
            raise Busy("service-busy", sent="no", fault=Fault(400, "BackupService.1001", "busy", None))
        made = None
        if plan.delay is not None:
            self.posts += 1
            made = Executed(
                str(UUID(int=len(self.executed) + 1)),
                name,
                self.machine,
                self.now + plan.delay,
                plan.lag,
                plan.duration,
            )
            self.executed.append(made)
        self.now += 1.0
        self.step()
        if plan.answer == "lost":
            raise Unknown("post-unanswered", sent="unknown")
        if plan.answer == "not-sent":
            raise Unreachable("post-not-sent", sent="no")
        if plan.answer == "throttled":
            raise Throttled("service-throttled", sent="no")
        if made is None:
            raise Refused("service-refused", sent="no", fault=Fault(400, "BackupService.6113", "x", None))
        return self._checkpoint(made)

    def show_vault(self, vault_id: str) -> Vault:
        self._read()
        running = any(e.at + e.lag <= self.now < e.at + e.duration for e in self.executed)
        status = "protecting" if running else "available"
        return Vault.from_json(
            {"id": VAULT, "name": "v", "resources": [{"id": SERVER, "name": "s", "protect_status": status}]}
        )

    def show_checkpoint(self, checkpoint_id: str) -> Checkpoint:
        self._read()
        for one in self.executed:
            if one.id == checkpoint_id and one.at <= self.now:
                return self._checkpoint(one)
        raise NotFound("service-not-found")

    def list_copies(self, name: str | None = None, **query: Any) -> Iterator[Copy]:
        self._read("lists")
        wanted = query.get("checkpoint_id")
        # a verdict waits a minute for lists, a search for a marker minutes (contract)
        for one in self._listed(300.0 if wanted is None else 45.0):
            if (name is None or name in one.name) and wanted in (None, one.id):
                yield Copy.from_json(
                    {
                        "id": one.id,
                        "name": one.name,
                        "checkpoint_id": one.id,
                        "vault_id": VAULT,
                        "resource_id": SERVER,
                        "status": "available" if self._is_over(one) else "protecting",
                        "image_type": "backup",
                        "created_at": write_stamp(EPOCH + one.at),
                    }
                )

    def list_tasks(self, status: str | None = None, **query: Any) -> Iterator[Task]:
        self._read("lists")
        for one in self._listed():
            word = "success" if self._is_over(one) else "running"
            if status in (None, word):
                yield Task.from_json(
                    {
                        "id": one.id,
                        "operation_type": "backup",
                        "status": word,
                        "checkpoint_id": one.id,
                        "vault_id": VAULT,
                        "started_at": write_stamp(EPOCH + one.at),
                        "extra_info": {"resource": {"id": SERVER}, "backup": {"backup_name": one.name}},
                    }
                )

    def _read(self, kind: str = "one") -> None:
        self.step()
        self._let_others()
        self.now += 0.1
        if self.broken in ("all", kind) or (self.flaws and self.flaws.pop(0)):
            raise Unreachable("no-answer")

    def _let_others(self) -> None:
        if self.meanwhile:
            calls, hook = self.meanwhile
            self.meanwhile = (calls - 1, hook) if calls else None
            if not calls:
                hook()

    def _listed(self, longest: float = 300.0) -> list[Executed]:
        return [e for e in self.executed if e.at + min(e.lag, longest) <= self.now]

    def _is_over(self, one: Executed) -> bool:
        return one.at + one.duration <= self.now

    def _checkpoint(self, one: Executed) -> Checkpoint:
        resources = [{"id": SERVER, "name": "s", "protect_status": "available"}]
        vault = {"id": VAULT, "name": "v", "resources": resources, "skipped_resources": []}
        status = "available" if self._is_over(one) else "protecting"
        return Checkpoint.from_json({"id": one.id, "status": status, "vault": vault})


class Mortal(Journal):
    """The journal of a process that may die before and after each write."""

    def __init__(self, folder: Path, service: Service) -> None:
        super().__init__(folder)
        self.service = service

    def record(self, op: Op) -> Op:
        self.service.step()
        recorded = super().record(op)
        self.service.step()
        return recorded

    @contextmanager
    def hold(self, vault_id: str, op_id: str) -> Iterator[None]:
        with super().hold(vault_id, op_id):
            self.service.held = True
            try:
                yield
            finally:
                self.service.held = False


class NeverTwo(RuleBasedStateMachine):
    """Two machines back up one vault of one service."""

    def __init__(self) -> None:
        super().__init__()
        self.service = Service()
        base = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.base = Path(tempfile.mkdtemp(dir=base))
        self.folders = {name: self.base / name for name in "ab"}
        self.lost: set[str] = set()
        """Op ids whose machine's folder was lost."""
        self.last = "a"

    def teardown(self) -> None:
        try:
            self.settle_all()
        finally:
            shutil.rmtree(self.base)

    @initialize(fenced=st.booleans())
    def choose(self, fenced: bool) -> None:
        self.service.fenced = fenced

    @rule(
        machine=st.sampled_from("ab"),
        key=KEYS,
        plans=PLANS,
        fuse=FUSES,
        settle=SETTLES,
        broken=BROKEN,
        flaws=FLAWS,
        wait=st.booleans(),
    )
    def back_up(
        self,
        machine: str,
        key: str | None,
        plans: list[Plan],
        fuse: int | None,
        settle: float,
        broken: str,
        flaws: list[bool],
        wait: bool,
    ) -> None:
        self._go_to(machine)
        self.service.flaws = list(flaws)
        self._back_up(key, plans, fuse, settle, "" if wait else broken, wait)

    @rule(
        machine=st.sampled_from("ab"),
        keys=st.tuples(KEYS, KEYS),
        plans=PLANS,
        settle=SETTLES,
        calls=st.integers(0, 12),
        wait=st.booleans(),
    )
    def back_up_twice_at_once(
        self,
        machine: str,
        keys: tuple[str | None, str | None],
        plans: list[Plan],
        settle: float,
        calls: int,
        wait: bool,
    ) -> None:
        self._go_to(machine)
        service = self.service

        def meanwhile() -> None:
            before, held = service.posts, service.held
            report = self._run(keys[1], settle, wait=False)
            made = service.posts - before
            service.held, service.others = held, service.others + made
            if held and (report is None or [entry.exit_code for entry in report.entries] != [11] or made):
                service.complaints.append("a second process went on")
            if made > 1:
                service.complaints.append("a second process made two")

        service.meanwhile = calls, meanwhile
        self._back_up(keys[0], plans, None, settle, "", wait)

    @rule(machine=st.sampled_from("ab"), fuse=FUSES, broken=BROKEN, settle=SETTLES)
    def resume(self, machine: str, fuse: int | None, broken: str, settle: float) -> None:
        self._go_to(machine)
        before = self.service.posts
        self.service.fuse, self.service.broken = fuse, broken
        self._resume(settle)
        assert self.service.posts == before

    @rule(seconds=st.sampled_from([1.0, 30.0, 300.0, 901.0, 3600.0]))
    def pass_time(self, seconds: float) -> None:
        self.service.now += seconds

    @precondition(lambda self: self.service.executed)
    @rule(machine=st.sampled_from("ab"))
    def lose_the_folder(self, machine: str) -> None:
        folder = self.folders[machine]
        self.lost |= {str(find_op(e.name, None)) for e in self.service.executed if e.machine == machine}
        shutil.rmtree(folder, ignore_errors=True)
        self.service.now += SHORT_MEMORY

    @invariant()
    def there_are_never_two(self) -> None:
        names = [e.name for e in self.service.executed]
        assert len(names) == len(set(names)), "one op has two checkpoints"

    @invariant()
    def nobody_complains(self) -> None:
        assert self.service.complaints == []

    @invariant()
    def the_journal_is_true(self) -> None:
        made = {(e.machine, find_op(e.name, None)): e.id for e in self.service.executed}
        for machine in "ab":
            for op_id, state, checkpoint_id in self._rows(machine):
                if state in ("prepared", "refused", "not-started"):
                    assert (machine, op_id) not in made, state
                if state in ("accepted", "completed", "partial", "failed"):
                    assert checkpoint_id in made.values(), state

    @invariant()
    def none_is_lost(self) -> None:
        for one in self.service.executed:
            op_id = str(find_op(one.name, None))
            if op_id in self.lost:
                continue
            row = self._row(one.machine, op_id)
            assert row is not None, "a checkpoint of which the journal knows nothing"
            state, checkpoint_id = row
            assert state in ("sending", "unknown", "accepted", "completed", "partial", "failed"), state
            assert checkpoint_id in (None, one.id)

    def settle_all(self) -> None:
        """In the end, when the service works again, each is known."""
        self.service.now += 3600.0
        for machine in "ab":
            self._go_to(machine)
            self.service.fuse, self.service.broken = None, ""
            self._resume(120.0)
        for one in self.service.executed:
            op_id = str(find_op(one.name, None))
            if op_id not in self.lost:
                assert self._row(one.machine, op_id) == ("completed", one.id)

    # one process

    def _go_to(self, machine: str) -> None:
        if machine != self.last:
            # two machines at the same instant are the service's or the scheduler's to keep apart (README)
            self.service.now += SHORT_MEMORY
        self.last = self.service.machine = machine
        self.service.folder = self.folders[machine]

    def _back_up(
        self, key: str | None, plans: list[Plan], fuse: int | None, settle: float, broken: str, wait: bool
    ) -> None:
        service = self.service
        service.plans, service.fuse, service.broken = list(plans), fuse, broken
        before = service.posts - service.others
        report = self._run(key, settle, wait=wait)
        service.plans, service.meanwhile, service.flaws = [], None, []
        made = service.posts - service.others - before
        assert made <= 1, "one call made two"
        if report is None:
            return
        [entry] = report.entries
        known = {e.id for e in service.executed}
        assert not entry.error or entry.error.key != "internal", entry.error and entry.error.note
        if entry.outcome in ("completed", "accepted", "pending", "partial", "failed"):
            assert entry.checkpoint is not None
            assert entry.checkpoint.id in known
        elif entry.outcome != "unknown" or entry.sent == "no":
            assert not made, f"{entry.outcome}, yet one was made"

    def _run(self, key: str | None, settle: float, *, wait: bool) -> Report | None:
        course = Course(
            wait=wait, timeout=6 * 3600.0, rules=Rules(settle, keyed=bool(key)), run_key=key, project_id=PROJECT
        )
        target = Target("v", VAULT, None, (SERVER,))
        request = {"vault_id": VAULT, "parameters": {"resources": [SERVER]}}
        return self._in_a_process(course, lambda fleet: fleet.back_up([target], {VAULT: request}))

    def _resume(self, settle: float) -> None:
        course = Course(timeout=6 * 3600.0, rules=Rules(settle))

        def work(fleet: Fleet) -> Report:
            return fleet.resume([op for op in fleet.means.journal().all_ops() if not op.is_settled])

        self._in_a_process(course, work)

    def _in_a_process(self, course: Course, work: Callable[[Fleet], Report]) -> Report | None:
        service: Any = self.service
        journal = Mortal(service.folder, service)
        try:
            return work(Fleet(lambda: service, course, lambda event: None, service, lambda: journal))
        except Killed:
            return None
        finally:
            raise_deferred()
            journal.close()

    def _row(self, machine: str, op_id: str) -> tuple[str, str | None] | None:
        return next(((state, found) for row, state, found in self._rows(machine) if row == op_id), None)

    def _rows(self, machine: str) -> list[tuple[str, str, str | None]]:
        path = self.folders[machine] / "journal.db"
        if not path.exists():
            return []
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            found: list[tuple[str, str, str | None]] = db.execute(
                "SELECT op_id, state, checkpoint_id FROM ops"
            ).fetchall()
        db.close()
        return found


@pytest.mark.parametrize("part", range(PARTS))
def test_never_two_never_lost(part: int) -> None:
    from hypothesis import seed
    from hypothesis.stateful import run_state_machine_as_test

    machine = seed(part)(type(f"Part{part}", (NeverTwo,), {}))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=8,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
