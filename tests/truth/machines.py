"""Machines with clocks and folders, and processes on them that are stopped, killed and interleaved at every step."""

import shutil
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cbrctl.api.channel import Prove
from cbrctl.api.client import Client
from cbrctl.api.transport import BrokenExchange, Reply
from cbrctl.backup.fleet import Fleet
from cbrctl.backup.journal import Journal, Writing
from cbrctl.backup.options import BackupOptions
from cbrctl.errors import Busy, Interrupted
from cbrctl.machine import signals
from tests.truth.made import EPOCH, PROJECT, Made
from tests.truth.rows import ENTERPRISE, OTHER_ENTERPRISE
from tests.truth.service import Plan, Service
from tests.truth.turns import Baton

AT_POST = 0
"""The step at which a first POST is about to leave, whichever that is."""
MOST_STEPS = 100_000
"""A process that does more than this never ends."""


class Killed(BaseException):
    """The process is no more."""


class Machine:
    """Its clocks and its state folder. A folder that is lost makes another home of it."""

    def __init__(self, name: str, base: Path) -> None:
        self.name = name
        self.base = base
        self.generation = 0
        self.wrong = 0.0
        """Seconds by which its wall clock is ahead."""
        self.boots = 0
        self.booted_at = -1000.0

    @property
    def home(self) -> str:
        """Who remembers: this machine with this folder."""
        return f"{self.name}{self.generation}"

    @property
    def folder(self) -> Path:
        """The state folder."""
        return self.base / self.home

    def reboot(self, now: float) -> None:
        """Start the monotonic clock again."""
        self.boots += 1
        self.booted_at = now

    def lose(self) -> None:
        """Lose the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.generation += 1


class World:
    """The service, the machines, and what was said or done that must not be."""

    def __init__(self, base: Path) -> None:
        self.service = Service()
        self.machines = {name: Machine(name, base) for name in "abc"}
        self.complaints: list[str] = []
        """Raised in a process it might pass for a bug of one vault, so it is noted here."""
        self.resent: set[str] = set()
        """Ops that the user let be sent again though it was not known what became of them."""
        self.ignoring: dict[str, set[bool]] = {}
        """By op, or checkpoint without one: whether skipped resources were to be left out, as users chose at any time."""
        self.parameters: dict[tuple[str, str], Mapping[str, Any]] = {}
        """By home and op: what the user asked for when it was sent."""
        self.wanted: set[frozenset[str]] = {frozenset()}
        """The sets of resources that users asked for so far."""
        self.meant: dict[tuple[str, str], set[bool]] = {}
        """Whether who sent an op from a home, or was about to, chose that skipped resources are left out."""
        self._read: dict[str, tuple[Any, list[Any]]] = {}

    @property
    def homes(self) -> set[str]:
        """Those whose folder is there."""
        return {machine.home for machine in self.machines.values()}

    def choose(self, made: Made, ignore: bool) -> None:
        """Note that a user who sent or followed a checkpoint chose whether skipped resources are left out."""
        self.ignoring.setdefault(made.op or made.id, set()).add(ignore)

    def choices(self, made: Made) -> set[bool]:
        """Return what was chosen for a checkpoint so far."""
        return {made.ignores} | self.ignoring.get(made.op or made.id, set())

    def folder(self, home: str) -> Path:
        """Return the state folder of a home."""
        return self.machines[home[0]].base / home

    def remember(self, home: str, read: Callable[[], list[Any]]) -> list[Any]:
        """Return the rows of a journal as they were read last, where no byte of it has changed since."""
        files = [self.folder(home) / f"journal.db{more}" for more in ("", "-wal")]
        state = [(s.st_mtime_ns, s.st_size, s.st_ino) for s in (f.stat() for f in files if f.exists())]
        if self._read.get(home, (None, []))[0] != state:
            self._read[home] = state, read()
        return self._read[home][1]

    def complain(self, words: str) -> None:
        """Note what must not be."""
        self.complaints.append(words)


class Process:
    """One run of cbrctl: the clock and the transport that it sees, and what happens to it on its way."""

    def __init__(
        self,
        world: World,
        machine: Machine,
        *,
        seed: int = 0,
        plans: Sequence[Plan] = (),
        flaws: frozenset[str] = frozenset(),
        rate: float = 0.5,
        fuse: int | None = None,
        pauses: Mapping[int, float] | None = None,
        jumps: Mapping[int, float] | None = None,
        signal_at: int | None = None,
        check_post: Callable[["Process", str | None, Mapping[str, Any]], str | None] = lambda process, op, given: op,
    ) -> None:
        self.world, self.machine, self.home = world, machine, machine.home
        self.rng = Random(seed)
        self.plans = list(plans)
        self.flaws, self.rate = flaws, rate
        self.began = world.service.now
        self.fuse = fuse
        self.pauses, self.jumps = dict(pauses or {}), dict(jumps or {})
        self.signal_at = signal_at
        self.check_post = check_post
        self.meanwhile: tuple[int, Callable[[], None]] | None = None
        self.baton: Baton | None = None
        self.wakes_at = 0.0
        self.steps = 0
        self.made: list[Made] = []
        self.posts = 0
        self.busy_at: float | None = None
        self.op: str | None = None
        self.ignores = False
        """The user of the last request leaves out what is skipped."""
        self.holding = False
        self.kept_out = False
        """Another process of this machine held the vault when this one came last."""
        self._journal: MortalJournal | None = None
        self._client: Client | None = None

    # the clock

    def time(self) -> float:
        """What the wall clock shows."""
        return EPOCH + self.world.service.now + self.machine.wrong

    def monotonic(self) -> float:
        """Seconds since the machine started, those asleep included."""
        return self.world.service.now - self.machine.booted_at

    def boot_id(self) -> str:
        """Which start of the machine this is."""
        return f"{self.machine.name}-{self.machine.boots}"

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.step()
        self.pass_time(max(0.0, seconds) + 0.001)  # a real sleep is a little longer than was asked

    def pass_time(self, seconds: float) -> None:
        """Do nothing for a while; another process may run."""
        if self.baton is None:
            self.world.service.now += seconds
            return
        self.wakes_at = self.world.service.now + seconds
        self.baton.hand_over(self)

    def spend(self, seconds: float) -> None:
        """Be busy for a while."""
        self.world.service.now += seconds

    # what happens on the way

    def step(self) -> None:
        """Something that the process does: it may be its last, and much may happen before it."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            self.world.complain("a process that never ends")
            raise Killed
        if self.fuse is not None and self.steps > self.fuse:
            raise Killed
        if self.baton is not None:
            self.baton.hand_over(self)
        self._happen(self.steps)
        if self.signal_at == self.steps:
            signal.raise_signal(signal.SIGTERM)

    def _happen(self, step: int) -> None:
        """Let happen what is to happen at a step."""
        self.machine.wrong += self.jumps.pop(step, 0.0)
        if step in self.pauses:
            self.pass_time(self.pauses.pop(step))
        if self.meanwhile and self.meanwhile[0] == step:
            hook, self.meanwhile = self.meanwhile[1], None
            hook()

    # the transport

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        deadline: float = 30.0,
        fresh: bool = False,
        begin_by: float | None = None,
        is_open: bool = False,
    ) -> Reply:
        """Send one request."""
        self.step()
        if method == "POST":
            self._happen(AT_POST)
        if begin_by is not None and self.monotonic() > begin_by:
            raise BrokenExchange("too late to begin", sent=False)
        reply = self.world.service.exchange(self, method, url, body)
        self.step()
        return reply

    def before_post(self, op: str | None, parameters: Mapping[str, Any]) -> str | None:
        """A POST leaves."""
        return self.check_post(self, op, parameters)

    def hurry(self, seconds: float, whole: float) -> None:
        """Nothing is slower than a signal lets it be."""

    def close(self) -> None:
        """Nothing is open."""

    # who asks

    def headers(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Mapping[str, str]:
        """Everybody is let in."""
        return {}

    def hold(self) -> Prove:
        """Return the same for another thread."""
        return self.headers

    def renew(self) -> bool:
        """There is no other proof."""
        return False

    # the program

    def client(self) -> Client:
        """The real client."""
        if self._client is None:
            named = {"same": ENTERPRISE, "other": OTHER_ENTERPRISE}.get(self.world.service.quirks.enterprise)
            transport: Any = self
            self._client = Client(
                transport, self, "https://cbr.example", PROJECT, enterprise_project_id=named, clock=self
            )
        return self._client

    def journal(self) -> Journal:
        """The real journal, of a process that may die at each write."""
        if self._journal is None:
            self._journal = MortalJournal(self)
        return self._journal

    def run(self, options: BackupOptions, work: Callable[[Fleet], Any]) -> Any:
        """Return what `work` gives, or None where the process was killed."""
        fleet = Fleet(self.client, options, lambda event: None, self, self.journal)
        try:
            with _signals(self):
                return work(fleet)
        except Killed:
            return None
        finally:
            if self._journal is not None:
                self._journal.die()


@contextmanager
def _signals(process: Process) -> Iterator[None]:
    """Let SIGTERM arrive as it does in the program, and leave no trace of it."""
    if process.baton is None:  # of one that is killed jobs may stand in the middle of what signals wait for
        signals._desk = signals._Desk()
    if process.signal_at is None:
        yield
        return
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signals, "_desk", signals._Desk())
        patch.setattr(signals, "SYSTEM", process, raising=False)
        signals.install_handlers()
        try:
            with suppress(Interrupted):
                yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class MortalJournal(Journal):
    """The journal of a process that may die before and after each write."""

    def __init__(self, process: Process) -> None:
        super().__init__(process.machine.folder)
        self.process = process
        self._held: list[AbstractContextManager[None]] = []

    def die(self) -> None:
        """Let go of all, as the kernel does: of who was killed in a sleep the work still stands in the middle of its step."""
        while self._held:
            with suppress(Killed):
                self._held.pop().__exit__(Killed, Killed(), None)
        self.close()

    def record_all(self, writings: Sequence[Writing]) -> None:
        """Write, with a step before and after."""
        self.process.step()
        super().record_all(writings)
        for backup, *_ in writings:
            # no request need leave for its user's choice to be known here: another machine's backup of the key may be found
            meant = self.process.world.meant.setdefault((self.process.home, str(backup.op_id)), set())
            meant.add(backup.on_skip == "ignore")
        self.process.step()

    @contextmanager
    def hold(self, vault_id: str, op_id: str) -> Iterator[None]:
        """Hold a vault, and let others see that it is held."""
        try:
            held = super().hold(vault_id, op_id)
            held.__enter__()
            self._held.append(held)
        except Busy:
            self.process.kept_out = True
            raise
        self.process.holding, self.process.kept_out = True, False
        try:
            yield
        except BaseException as error:
            self.process.holding = False
            held.__exit__(type(error), error, error.__traceback__)
            raise
        self.process.holding = False
        held.__exit__(None, None, None)
