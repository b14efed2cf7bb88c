"""The lists of a whole project, read once for all backups of a fleet, and whether they are believed."""

import math
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from cbrctl.backup.polling import AT_ONCE, STUCK
from cbrctl.backup.schedule import Steps, Ticket
from cbrctl.backup.snapshot import Snapshot
from cbrctl.machine.clock import Clock

if TYPE_CHECKING:
    from cbrctl.api.client import Client
    from cbrctl.api.models import Vault

TOGETHER = 900.0
"""Seconds within which the backups of a fleet begin, mostly."""
FAILED_ROUNDS = 5
"""Looks at the project's lists that failed in a row, after which one backup tries whether its own lists answer."""
SMALL, SAMPLED_FIRST, SAMPLED_EVERY = 16, 8, 100
"""Of a fleet of up to so many each backup that the project's lists call complete is looked at by itself all the same; of a
larger one the first, and then one of so many."""


class Project:
    """What the lists of one project show, read again when it is too old for who asks."""

    def __init__(self, client: "Client", clock: Clock, op_ids: frozenset[str]) -> None:
        self.client = client
        self.clock = clock
        self.op_ids = op_ids
        self.failures = 0
        """How many readings failed in a row."""
        self.is_given_up = False
        """Vaults' own lists answer where those of the project do not, or tell otherwise."""
        self._recent: Snapshot | None = None
        self._all: Snapshot | None = None
        self._tried: Snapshot | None = None
        self._vaults: dict[str, Vault] = {}
        self._vaults_read_at: float | None = None
        self._copies_read_at = clock.monotonic()
        self._complete = 0
        self._samples = 0
        """How many backups are looked at by themselves just now, to see whether the lists lie."""
        self._waiting: list[Ticket] = []
        self._read_at = -math.inf
        """The moment of the monotonic clock at which the latest list had been read."""

    def find_due(self, patience: float = AT_ONCE) -> float:
        """Return since when what was read serves who looks now.

        It is the end of a reading that is to be no more than `patience` seconds ago: a long one would serve nobody else
        otherwise, and each would read anew.
        """
        now = self.clock.monotonic()
        return self._recent.began if self._recent and now - self._read_at <= patience else now

    def read_recent(self, since: float, due: float, *, markers: bool = False) -> Snapshot:
        """Return what was begun at `since` or later, in seconds of the service's clock, as it was at `due` or later.

        `due` is a moment of the monotonic clock. Tasks alone are read at first; with `markers` copies of both kinds too,
        and each read is tried again. Raises nothing but signals.
        """
        known = self._recent
        if known is None or self.needs_reading(since, due) or (markers and known.failed_by_chance):
            # others of the fleet began a little earlier
            earliest = min(since - TOGETHER, known.since or since) if known else since - TOGETHER
            self._recent = known = None  # two at once would take twice the memory
            self._recent = known = self._read(earliest, markers=markers)
        elif markers:
            before = len(known.copies)
            known.read_copies(both_kinds=True)
            if len(known.copies) > before:
                known.ended = self._read_at = self.clock.monotonic()
        return known

    def read_all(self) -> Snapshot:
        """Return what carries the markers of the run, of any day: it is read once, and again where it could not be read."""
        if self._all is None or self._all.trouble is not None:
            self._all = self._read(None, markers=True)
        return self._all

    def needs_reading(self, since: float, due: float) -> bool:
        """Whether `read_recent` asks the service; it is answered from what was read otherwise."""
        known = self._recent
        return known is None or known.began < due or (known.since or 0.0) > since

    def takes_trial(self) -> bool:
        """Return whether who asks is to look at its own lists, once a reading, since the project's have failed for long."""
        if self.failures <= FAILED_ROUNDS or self._tried is self._recent:
            return False
        self._tried = self._recent
        return True

    def find_vault(self, vault_id: str, due: float = -math.inf) -> "Vault | None":
        """Return a vault as one list of all shows it at `due` or later; None where that is not whole, or has it not."""
        if self._vaults_read_at is None or self._vaults_read_at < due:
            self._vaults_read_at = self.clock.monotonic()
            with self.client.single_try():
                found = self.client.list_vaults(enterprise_project_id=None)
            self._vaults = {vault.id: vault for vault in found.rows} if found.is_whole else {}
            self._read_at = self.clock.monotonic()
        return self._vaults.get(vault_id)

    def draw_sample(self) -> bool:
        """Return whether one more backup that the lists call complete is looked at by itself: they may lie."""
        self._complete += 1
        first = SAMPLED_FIRST if len(self.op_ids) > SMALL else SMALL
        return self._complete <= first or self._complete % SAMPLED_EVERY == 0

    @contextmanager
    def sampling(self) -> Iterator[None]:
        """Let those that the lists call complete wait: whether the lists lie is being looked at."""
        self._samples += 1
        try:
            yield
        finally:
            self._samples -= 1
            while not self._samples and self._waiting:
                self._waiting.pop().serve()

    def wait_for_samples(self) -> Steps:
        """Wait while it is being looked at whether the lists lie."""
        while self._samples:
            ticket = Ticket()
            self._waiting.append(ticket)
            yield ticket

    def _read(self, since: float | None, *, markers: bool) -> Snapshot:
        """Read tasks, and copies too where it is for `markers`; those who look again and again need no second try of each."""
        snapshot = Snapshot(self.client, self.clock.monotonic(), since, self.op_ids, patient=markers)
        with nullcontext() if markers else self.client.single_try():
            snapshot.read_tasks()
            if markers and snapshot.trouble is None:
                snapshot.read_copies(both_kinds=True)
        self._count(snapshot)
        return snapshot

    @property
    def may_have_stuck(self) -> bool:
        """Whether copies were not looked at for so long that tasks which go on may be stuck beside ended ones."""
        return self.clock.monotonic() - self._copies_read_at >= STUCK

    def read_copies(self, snapshot: Snapshot) -> None:
        """Read the copies of the latest reading, where that was not done yet."""
        if not snapshot.copies:
            self._copies_read_at = self.clock.monotonic()
            with self.client.single_try():
                snapshot.read_copies(both_kinds=False)
            self._count(snapshot)

    def _count(self, snapshot: Snapshot) -> None:
        snapshot.ended = self._read_at = self.clock.monotonic()
        self.failures = 0 if snapshot.trouble is None else self.failures + 1
