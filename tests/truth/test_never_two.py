"""Never two, never lost, never a wrong word: a service that lies as services do, and machines that die and meet.

The model (tests/truth) fakes the transport, the clock and the folders; all above is the program. Its invariants are about
what was said: in each document, in each journal, at each end of a run. CBRCTL_HEAVY=1 tries 10,000 histories, otherwise
40; CBRCTL_RUNS says how many, CBRCTL_SEED which: other histories with each number, so that many can be tried in parts.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from cbrctl import ids
from cbrctl.api.models import Vault
from cbrctl.backup.fleet import Fleet
from cbrctl.backup.options import BackupOptions
from cbrctl.backup.selection import Target
from cbrctl.errors import UsageError
from cbrctl.ids import derive_op_id
from tests.truth import histories as some
from tests.truth import posts, rows, words
from tests.truth.histories import Trouble, Wish
from tests.truth.machines import Process, World
from tests.truth.made import PROJECT, VAULT, Fate
from tests.truth.quirks import Quirks, heal
from tests.truth.turns import Baton

pytestmark = pytest.mark.long

HEAVY = bool(os.environ.get("CBRCTL_HEAVY"))
PARTS = 4 if HEAVY else 2
RUNS = int(os.environ.get("CBRCTL_RUNS") or (10_000 if HEAVY else 40))
SEED = int(os.environ.get("CBRCTL_SEED") or 0) * 1000
BREAK = os.environ.get("CBRCTL_BREAK", "")
"""The name of a fault that is put into the program, to see that it is caught (tests/truth/breaks.py)."""
MOST_POSTS = 20
OLD_OP = "7" + "Z" * 25


class NeverTwo(RuleBasedStateMachine):
    """Two machines back up one vault of one service."""

    def __init__(self) -> None:
        super().__init__()
        base = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.base = Path(tempfile.mkdtemp(dir=base))
        self.world = World(self.base)
        self.service = self.world.service
        self.keys: dict[str, int] = {}
        """The keys that were used, with the parameters of the first use."""
        self.said: set[str] = set()
        """The outcomes that were said since the last check."""
        self._patch = pytest.MonkeyPatch()
        if BREAK:
            from tests.truth.breaks import BREAKS

            BREAKS[BREAK](self._patch)
        # op ids are drawn from the history, so that it can be told again
        self._patch.setattr(ids, "os", SimpleNamespace(urandom=Random(0).randbytes))

    def teardown(self) -> None:
        try:
            self.settle_all()
        finally:
            self._patch.undo()
            shutil.rmtree(self.base, ignore_errors=True)

    # what happens ---------------------------------------------------------------------------------------------------

    @initialize(quirks=some.QUIRKS, wrong=st.tuples(*[st.sampled_from([0.0, 0.0, 3600.0, -some.YEAR])] * 2))
    def choose(self, quirks: Quirks, wrong: tuple[float, float]) -> None:
        self.service.quirks = quirks
        for name, ahead in zip("ab", wrong, strict=True):
            self.world.machines[name].wrong = ahead
        for day in range(quirks.old):
            fates = {r: Fate("good", 100.0) for r in self.service.resources}
            # one of them is of a cbrctl of former days
            name = f"cbrctl-{OLD_OP}-ABCD" if day == 1 else f"autobk_{day:04x}"
            self.service.new(-86400.0 * (day + 1), {"name": name}, fates, asked=fates)

    @rule(wish=some.WISHES, trouble=some.TROUBLES)
    def back_up(self, wish: Wish, trouble: Trouble) -> None:
        self._back_up(self._process(wish.machine, trouble, wish), wish)
        self._check()

    @rule(wish=some.WISHES, trouble=some.TROUBLES, signal_at=st.integers(1, 60))
    def back_up_until_a_signal(self, wish: Wish, trouble: Trouble, signal_at: int) -> None:
        process = self._process(wish.machine, trouble._replace(fuse=None), wish)
        process.signal_at = signal_at
        self._back_up(process, wish)
        self._check()

    @rule(wishes=some.PAIRS, trouble=some.TROUBLES, calm=some.CALM, step=some.STEPS)
    def back_up_within(self, wishes: tuple[Wish, Wish], trouble: Trouble, calm: Trouble, step: int) -> None:
        """Another process runs from its beginning to its end between two steps of the first."""
        outer, inner = wishes
        process = self._process(outer.machine, trouble, outer)

        def meanwhile() -> None:
            other = self._process(inner.machine, calm, inner)
            held = process.holding and process.home == other.home
            # who waits for a process that does not go on waits in steps of a second
            self._back_up(other, inner._replace(timeout=min(inner.timeout, 100.0)) if held else inner)
            if held and other.posts:
                self.world.complain("a second process went on")

        process.meanwhile = step, meanwhile
        self._back_up(process, outer)
        self._check()

    @rule(
        wishes=some.PAIRS,
        troubles=st.tuples(some.TROUBLES, some.TROUBLES),
        turns=some.TURNS,
        resumes=st.booleans(),
    )
    def back_up_at_once(
        self, wishes: tuple[Wish, Wish], troubles: tuple[Trouble, Trouble], turns: list[int], resumes: bool
    ) -> None:
        """Two processes take turns at every step; the second one may be a resume."""
        pairs = [
            (self._process(wish.machine, trouble, wish), wish) for wish, trouble in zip(wishes, troubles, strict=True)
        ]
        jobs: list[tuple[Process, Callable[[], Any]]] = [
            (process, partial(self._back_up, process, wish)) for process, wish in pairs
        ]
        if resumes:
            second = pairs[1][0]
            jobs[1] = second, partial(self._resume, second, 120.0, 3600.0)
        Baton(self.service, turns).run(jobs)
        self._check()

    @rule(
        machine=some.MACHINES,
        trouble=some.TROUBLES,
        settle=st.sampled_from([0.0, 120.0]),
        timeout=st.sampled_from([0.0, 100.0, 7200.0]),
        later=st.sampled_from([0.0, 210.0, 300.0, 901.0]),
    )
    def resume(self, machine: str, trouble: Trouble, settle: float, timeout: float, later: float) -> None:
        self.service.now += later
        self._resume(self._process(machine, trouble), settle, timeout)
        self._check()

    @precondition(lambda self: any(m.exists(self.service.now) for m in self.service.made))
    @rule(
        machine=some.MACHINES,
        trouble=some.TROUBLES,
        which=st.integers(0, 5),
        timeout=st.sampled_from([0.0, 100.0, 7200.0]),
        on_skip=st.sampled_from([None, "fail", "ignore"]),
    )
    def wait(self, machine: str, trouble: Trouble, which: int, timeout: float, on_skip: str | None) -> None:
        there = [m for m in self.service.made if m.exists(self.service.now)]
        checkpoint_id = there[-1 - which % len(there)].id
        process = self._process(machine, trouble)
        options = BackupOptions(timeout=timeout, on_skip=on_skip, project_id=PROJECT)
        self._watch(process, options, lambda fleet: fleet.wait([checkpoint_id]), waited=checkpoint_id)
        self._check()

    @rule(duration=st.sampled_from([60.0, 600.0]))
    def policy_runs(self, duration: float) -> None:
        """Somebody else's backup begins."""
        if not self.service.running(self.service.now):
            fates = {r: Fate("good", duration) for r in self.service.resources}
            self.service.new(self.service.now, {"name": "autobk_9f3e"}, fates, asked=fates)

    @rule(seconds=st.sampled_from([1.0, 30.0, 300.0, 901.0, 3600.0]))
    def pass_time(self, seconds: float) -> None:
        self.service.now += seconds

    @rule(machine=some.MACHINES, jump=st.sampled_from([0.0, -some.YEAR, -600.0, 600.0, 1000.0, some.YEAR]))
    def reboot(self, machine: str, jump: float) -> None:
        there = self.world.machines[machine]
        there.reboot(self.service.now)
        there.wrong += self._bound(jump)

    @rule(machine=some.MACHINES)
    def lose_the_folder(self, machine: str) -> None:
        self.world.machines[machine].lose()

    @rule(which=st.integers(0, 3))
    def somebody_deletes(self, which: int) -> None:
        """Copies of a backup that its machine knows of are deleted."""
        homes = self.world.homes
        known = {(home, row.checkpoint_id) for home in homes for row in words.read_journal(self.world, home)}
        there = [m for m in self.service.made if (m.home, m.id) in known and not m.empty and m.exists(self.service.now)]
        if there:
            there[which % len(there)].deleted_at = self.service.now

    # one process ----------------------------------------------------------------------------------------------------

    def _bound(self, jump: float) -> float:
        """A front end whose date is wrong by minutes must not agree with a clock of ours that is wrong as well."""
        mixed = self.service.quirks.front in ("ahead", "behind")
        return 0.0 if mixed else jump

    def _process(self, machine: str, trouble: Trouble, wish: Wish | None = None) -> Process:
        jumps = {trouble.jump[0]: self._bound(trouble.jump[1])} if trouble.jump else {}
        return Process(
            self.world,
            self.world.machines[machine],
            seed=trouble.seed,
            plans=wish.plans if wish else (),
            flaws=trouble.flaws,
            rate=trouble.rate,
            fuse=trouble.fuse,
            pauses=dict([trouble.pause]) if trouble.pause else {},
            jumps=jumps,
            check_post=posts.check_post(self.world, wish) if wish else posts.forbid_post,
        )

    def _back_up(self, process: Process, wish: Wish) -> dict[str, Any] | None:
        key = wish.key
        marked = wish.marked or key is not None
        parameters = posts.read_parameters(self.world, wish)
        if key is not None:
            self.keys.setdefault(key, wish.parameters)
        options = BackupOptions(
            wait=wish.wait,
            timeout=wish.timeout,
            on_skip=wish.on_skip,
            if_busy=wish.if_busy,
            settle=wish.settle,
            run_key=key,
            marked=marked,
            resend=wish.resend,
            project_id=PROJECT,
        )
        named = tuple(_named(parameters))
        vault = Vault.from_json(rows.vault_json(self.service.resources, set())) if wish.looked_up else None
        target = Target("v", VAULT, vault, named, {"vault_id": VAULT, "parameters": parameters})
        wanted = frozenset(named or self.service.resources)
        self.world.wanted.add(wanted)
        try:
            return self._watch(process, options, lambda fleet: fleet.back_up([target]), wanted)
        except UsageError as error:
            known = self.world.parameters.get((process.home, derive_op_id(PROJECT, VAULT, str(key))))
            if process.posts or key is None or known in (None, parameters):
                self.world.complain(f"exit 2 for {error.key}: {wish}")
            return None

    def _resume(self, process: Process, settle: float, timeout: float) -> None:
        options = BackupOptions(timeout=timeout, settle=settle, project_id=PROJECT)

        def work(fleet: Fleet) -> Any:
            return fleet.resume([row for row in process.journal().all_backups() if not row.is_settled])

        self._watch(process, options, work)
        if process.posts:
            self.world.complain("resume sent a request")

    def _watch(
        self,
        process: Process,
        options: BackupOptions,
        work: Callable[[Fleet], Any],
        wanted: frozenset[str] = frozenset(),
        waited: str | None = None,
    ) -> dict[str, Any] | None:
        """Run a process to its end and hold what it says against the truth; None where it was killed."""
        report = process.run(options, work)
        if process.posts > MOST_POSTS:
            self.world.complain(f"{process.posts} requests in one run")
        if report is None:
            return None
        ignore = None if options.on_skip is None else options.on_skip == "ignore"
        try:
            document: dict[str, Any] = report.to_json()
        except Exception as bug:  # after a POST a document that cannot be written loses what it would have said
            self.world.complain(f"no document: {bug!r}")
            return None
        self.said |= {entry["outcome"] for entry in document["backups"]}
        words.check_document(self.world, process, document, ignore=ignore, wanted=wanted, waited=waited)
        return document

    # the ends -------------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        for home in sorted(self.world.homes):
            words.check_journal(self.world, home)
        self._count()
        for outcome in sorted(self.said):
            event(f"said {outcome}")  # only this thread may
        self.said.clear()
        assert not self.world.complaints, "\n".join(self.world.complaints)

    def _count(self) -> None:
        """One op has one checkpoint, but for a key that two machines sent at the same instant."""
        keyed = {derive_op_id(PROJECT, VAULT, key) for key in self.keys}
        for op in {m.op for m in self.service.made if m.op and not m.empty} - self.world.resent - keyed:
            if sum(m.op == op and not m.empty for m in self.service.made) > 1:
                self.world.complain(f"op {op} has two checkpoints")

    def settle_all(self) -> None:
        """In the end, when the service works again, each op is known, and each key finds its backup."""
        self.service.quirks = heal(self.service.quirks)
        self.service.now += 3600.0
        for pause in (1000.0, 0.0):
            for machine in [m for m in "ab" if (self.world.machines[m].folder / "journal.db").exists()]:
                self._resume(self._process(machine, Trouble()), 120.0, 7200.0)
            self.service.now += pause
        for home in sorted(self.world.homes):
            words.check_settled(self.world, home)
        for key, parameters in self.keys.items():
            self._find_again(key, parameters)
        self._check()

    def _find_again(self, key: str, parameters: int) -> None:
        """A fresh machine finds the backup of a key, tells of a second one, and sends nothing."""
        op = derive_op_id(PROJECT, VAULT, key)
        there = [m for m in self.service.made if m.op == op and m.marker_shows() < self.service.now < m.deleted_at]
        if not there:
            return
        wish = Wish(machine="c", key=key, parameters=parameters)
        process = self._process("c", Trouble(), wish)
        document = self._back_up(process, wish)
        if document is None or process.posts:
            self.world.complain(f"the backup of key {key} is not found again")
            return
        [entry] = document["backups"]
        told = " ".join(entry["warnings"])
        others = [m.id for m in there if m.id != entry["checkpoint"]["id"]]
        if others and not any(other in told for other in others):
            self.world.complain(f"nobody tells of the second checkpoint of key {key}: {entry['warnings']}")


def _named(parameters: Mapping[str, Any]) -> list[str]:
    return [*parameters.get("resources", ()), *(d["id"] for d in parameters.get("resource_details", ()))]


@pytest.mark.parametrize("part", range(PARTS))
def test_never_two_never_lost_never_a_wrong_word(part: int) -> None:
    from hypothesis import seed
    from hypothesis.stateful import run_state_machine_as_test

    machine = seed(SEED + part)(type(f"Part{part}", (NeverTwo,), {}))
    phases = [Phase.generate] if os.environ.get("CBRCTL_RAW") else [Phase.generate, Phase.shrink]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=max(1, RUNS // PARTS),
            stateful_step_count=6,
            deadline=None,
            database=None,
            phases=phases,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
