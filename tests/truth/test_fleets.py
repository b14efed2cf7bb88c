"""Fleets under the model of never-two: many vaults of one project, killed at any step and started again, here or elsewhere.

What a fleet shares (one look for all, one wait for the gateway) must not make a wrong word about any vault. Each history is
drawn from its number; CBRCTL_HEAVY=1 tries 800, otherwise 20, CBRCTL_SEED says from which number on.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random, seed
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from cbrctl import ids
from cbrctl.api.models import Vault
from cbrctl.backup.fleet import Fleet
from cbrctl.backup.options import BackupOptions
from cbrctl.backup.scope import Shard, take_share
from cbrctl.backup.selection import Target
from tests.truth import posts, words
from tests.truth.histories import Wish
from tests.truth.machines import Process, World
from tests.truth.made import PROJECT, Fate
from tests.truth.quirks import FLAWS, FRONTS, Quirks, heal
from tests.truth.service import Plan
from tests.truth.turns import Baton

pytestmark = pytest.mark.long

HEAVY = bool(os.environ.get("CBRCTL_HEAVY"))
RUNS = int(os.environ.get("CBRCTL_RUNS") or (800 if HEAVY else 20))
FIRST = int(os.environ.get("CBRCTL_SEED") or 0) * 100_000
PARTS = 4 if HEAVY else 2
ENDS = ("completed", "partial", "failed")


class Run(NamedTuple):
    """One run of a fleet, and what happens to it."""

    machine: str
    fuse: int | None = None
    signal_at: int | None = None
    pause: tuple[int, float] | None = None
    flaws: frozenset[str] = frozenset()
    rate: float = 0.5
    wait: bool = True
    timeout: float = 7200.0
    shard: Shard | None = None
    on_skip: str | None = None


class History:
    """A project with some vaults, and what is done to it."""

    def __init__(self, number: int, base: Path) -> None:
        self.rng = Random(number)
        self.world = World(base)
        self.service = self.world.service
        self.service.quirks = self._draw_quirks()
        self.vaults = [f"{n:08x}-f29c-4172-9d9a-76c719a659ce" for n in range(1, self.rng.randint(2, 6) + 1)]
        for n, vault in enumerate(self.vaults, 1):
            self.service.fleet[vault] = [
                f"{n:08x}-acc9-4d82-badc-{part:012x}" for part in range(1 + self.rng.randrange(2))
            ]
        self.key = self.rng.choice(("nightly", "nightly", None))
        self.looked_up = self.rng.random() < 0.7
        self.told: dict[str, tuple[str, str | None, str]] = {}
        """By checkpoint the last end that was said of it, with the choice and the home of who said it."""

    def _draw_quirks(self) -> Quirks:
        rng = self.rng
        enterprise = rng.choice(("", "", "", "same", "other"))
        return Quirks(
            fenced=rng.random() < 0.8,
            busy=rng.choice(("1001", "6125", "skipped", "0002")),
            page=rng.choice((1000, 1000, 1000, 2, 3)),
            counts=rng.choice(("all", "all", "all", "page", "none")),
            hides_incremental=rng.random() < 0.3,
            tasks_barred=rng.random() < 0.1,
            enterprise=enterprise,
            enterprise_only=enterprise == "same" and rng.random() < 0.3,
            some_failed=rng.choice(("available", "error")),
            eager=rng.random() < 0.3,
            flatters=rng.random() < 0.3,
            front=rng.choice(("true", "true", "true", *sorted(FRONTS))),
        )

    def _draw_plan(self) -> Plan:
        rng = self.rng
        fates = [
            Fate(rng.choice(("good",) * 5 + ("error", "early", "skipped")), rng.choice((10.0, 70.0, 400.0)))
            for _ in "ab"
        ]
        answer, delay = rng.choice(
            [("ok", 0.0)] * 12
            + [("lost", 0.0), ("lost", None), ("lost", 60.0), ("5xx", 0.0), ("5xx", None), ("garbage", 0.0)]
            + [("reset", None), ("throttled", None), ("throttled", None), ("refused", None), ("repeated", 0.0)]
        )
        lags = rng.choice([(0.0,) * 4] * 3 + [(8.0, 0.0, 0.0, 0.0), (120.0, 50.0, 45.0, 54.0)])
        return Plan(
            answer, delay, (fates[0], fates[1]), *lags,
            skips=rng.choice(("", "", "", "7101", "1001")), which=rng.randrange(40),
        )  # fmt: skip

    def draw_run(self) -> Run:
        """One run; many are killed, stopped by a signal or meet a service that fails."""
        rng, n = self.rng, len(self.vaults)
        fate = rng.random()
        return Run(
            rng.choice("ab"),
            fuse=rng.randint(1, 45 * n) if fate < 0.45 else None,
            signal_at=rng.randint(1, 40 * n) if 0.45 <= fate < 0.6 else None,
            pause=(rng.randint(1, 30 * n), rng.choice((6.0, 300.0, 1000.0))) if rng.random() < 0.2 else None,
            flaws=frozenset(rng.sample(FLAWS, rng.choice((0, 0, 1, 2)))),
            rate=rng.choice((0.1, 0.3, 0.8)),
            wait=rng.random() < 0.7,
            timeout=rng.choice((7200.0, 7200.0, 100.0, 0.0)),
            shard=rng.choice((None, None, Shard(0, 2), Shard(1, 2))),
            on_skip=rng.choice((None, "ignore")),
        )

    def start(self, run: Run, key: str | None) -> tuple[Process, Any]:
        """Return a process, and what it does."""
        wish = Wish(machine=run.machine, key=key, on_skip=run.on_skip, parameters=0)
        process = Process(
            self.world, self.world.machines[run.machine], seed=self.rng.randrange(999),
            plans=[self._draw_plan() for _ in range(3 * len(self.vaults))], flaws=run.flaws, rate=run.rate, fuse=run.fuse,
            pauses=dict([run.pause]) if run.pause else {}, signal_at=run.signal_at,
            check_post=posts.check_post(self.world, wish),
        )  # fmt: skip
        options = BackupOptions(
            wait=run.wait, timeout=run.timeout, on_skip=run.on_skip, run_key=key, project_id=PROJECT,
        )  # fmt: skip
        targets: list[Target] = []
        for vault in self.vaults:
            shown = Vault.from_json(self.service.vault_json(vault)) if self.looked_up else None
            targets.append(Target("v", vault, shown, (), {"vault_id": vault, "parameters": {}}))
        chosen = take_share(targets, run.shard) if run.shard else targets

        def work() -> None:
            self._hold(process, run.on_skip, process.run(options, lambda fleet: fleet.back_up(chosen)))

        return process, work

    def resume(self, machine: str) -> None:
        """Take up what is open on a machine, all at once."""
        process = Process(self.world, self.world.machines[machine], check_post=posts.forbid_post)
        options = BackupOptions(timeout=7200.0, project_id=PROJECT)

        def work(fleet: Fleet) -> Any:
            return fleet.resume([row for row in process.journal().all_backups() if not row.is_settled])

        self._hold(process, None, process.run(options, work))

    def wait_alone(self, home: str, checkpoint_id: str, on_skip: str | None) -> str:
        """Return what `wait` says of one checkpoint by itself, on the machine that sent it."""
        process = Process(self.world, self.world.machines[home[0]], check_post=posts.forbid_post)
        options = BackupOptions(timeout=7200.0, on_skip=on_skip, project_id=PROJECT)
        report = process.run(options, lambda fleet: fleet.wait([checkpoint_id]))
        return str(report.to_json()["backups"][0]["outcome"])

    def _hold(self, process: Process, on_skip: str | None, report: Any) -> None:
        """Hold what a run said against the truth."""
        if report is None:
            return
        document = report.to_json()
        process.busy_at = None  # of one vault alone it can be told whether its refusal was believed too soon
        ignore = None if on_skip is None else on_skip == "ignore"
        words.check_document(self.world, process, document, ignore=ignore, wanted=frozenset())
        for entry in document["backups"]:
            if entry["outcome"] in ENDS:
                self.told[entry["checkpoint"]["id"]] = entry["outcome"], on_skip, process.home

    def check(self) -> None:
        """Hold the journals against the truth, and look that nothing was said or done that must not be."""
        for home in sorted(self.world.homes):
            words.check_journal(self.world, home)
        assert not self.world.complaints, "\n".join(self.world.complaints)


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder for journals, in memory where there is one."""
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("part", range(PARTS))
def test_a_fleet_is_as_many_backups(part: int, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(FIRST + part * RUNS // PARTS, FIRST + (part + 1) * RUNS // PARTS):
        monkeypatch.setattr(ids, "os", SimpleNamespace(urandom=Random(number).randbytes))
        seed(number)  # pauses vary
        try:
            tell(History(number, base / str(number)))
        except AssertionError as cause:
            raise AssertionError(f"history {number}: {cause}") from cause
        shutil.rmtree(base / str(number), ignore_errors=True)


def tell(history: History) -> None:
    """Tell one history to its end."""
    rng, service = history.rng, history.service
    met = False
    for _ in range(rng.randint(1, 4)):
        if rng.random() < 0.15:
            first, second = (
                history.draw_run()._replace(machine="a"),
                history.draw_run()._replace(machine="b", signal_at=None),
            )
            jobs = [history.start(first._replace(signal_at=None), history.key), history.start(second, history.key)]
            Baton(service, [rng.choice((1, 2, 5, 20)) for _ in range(12)]).run(jobs)
            met = True
        else:
            _, work = history.start(history.draw_run(), history.key)
            work()
        history.check()
        if rng.random() < 0.2:
            history.world.machines[rng.choice("ab")].lose()
        service.now += rng.choice((0.0, 30.0, 1000.0))
    settle(history)
    if history.key is not None:
        count_keyed(history, met=met)
    compare_with_wait(history)


def settle(history: History) -> None:
    """When the service works again, each op is known, with the true word."""
    history.service.quirks = heal(history.service.quirks)
    history.service.now += 3600.0
    for pause in (1000.0, 0.0):
        for machine in [m for m in "ab" if (history.world.machines[m].folder / "journal.db").exists()]:
            history.resume(machine)
        history.service.now += pause
    for home in sorted(history.world.homes):
        words.check_settled(history.world, home)
    history.check()


def count_keyed(history: History, *, met: bool) -> None:
    """A fresh machine with the same key sends exactly what is missing, and there is one backup a vault."""
    there = {m.vault for m in history.service.made if m.op and not m.empty and m.exists(history.service.now)}
    before = len(history.service.made)
    process, work = history.start(Run("c"), history.key)
    process.plans = [Plan() for _ in process.plans]
    work()
    history.check()
    sent = [m.vault for m in history.service.made[before:]]
    assert sorted(sent) == sorted(set(history.vaults) - there), "a fresh machine sends what is missing, and no more"
    lags = any(m.copies_after for m in history.service.made)  # two machines may have sent the same then
    if not met and not lags:
        ops = [m.op for m in history.service.made if m.op and not m.empty]
        assert len(ops) == len(set(ops)) == len(history.vaults), "one backup a vault"


def compare_with_wait(history: History) -> None:
    """The words of a fleet are those of each backup by itself."""
    for checkpoint_id, (outcome, on_skip, home) in history.told.items():
        if home in history.world.homes and home[0] != "c":
            alone = history.wait_alone(home, checkpoint_id, on_skip)
            assert alone == outcome, f"{checkpoint_id}: {outcome} in the fleet, {alone} by itself"
