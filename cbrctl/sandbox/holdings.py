"""The backups that the practice cloud holds, indexed: looking one up costs what it finds, and not what there is besides.

Benchmarks and long fleets measure a client against this cloud, so that it must not get slower as it fills.
"""

from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from typing import NamedTuple

from cbrctl.sandbox.inventory import MAX_DURATION_SECONDS
from cbrctl.sandbox.runs import Checkpoint, Run


class Held(NamedTuple):
    """A run, which is a copy and an operation log, with the checkpoint it belongs to."""

    checkpoint: Checkpoint
    run: Run


class Stored(NamedTuple):
    """How many copies there are of something, and what they take in MB."""

    copies: int = 0
    mb: int = 0


class Holding:
    """The backups of one vault, and what they take of it.

    An ended run changes no more, so that each is counted once: `_open` are those that have not ended at `_counted`.
    """

    def __init__(self) -> None:
        self.checkpoints: list[Checkpoint] = []
        self.runs: dict[str, list[Run]] = {}
        self.recount()

    def recount(self) -> None:
        """Count anew when next asked: the clock was put back, or a copy is gone."""
        self._counted = float("-inf")
        self._open = [run for runs in self.runs.values() for run in runs]
        self._stored: dict[str, Stored] = {}
        self._total_mb = 0

    def add(self, checkpoint: Checkpoint) -> None:
        """Take in a checkpoint with its runs."""
        self.checkpoints.append(checkpoint)
        for run in checkpoint.runs:
            self.runs.setdefault(run.resource.id, []).append(run)
            self._open.append(run)

    def stored(self, resource_id: str, now: float) -> Stored:
        """What the copies of one resource take."""
        self._count(now)
        return self._stored.get(resource_id, Stored())

    def total_mb(self, now: float) -> int:
        """What all copies take."""
        self._count(now)
        return self._total_mb

    def is_busy(self, now: float) -> bool:
        """Whether a run has not ended."""
        self._count(now)
        return bool(self._open)

    def _count(self, now: float) -> None:
        if now < self._counted:
            self.recount()
        self._counted = now
        ended = [run for run in self._open if run.look(now).ended]
        if not ended:
            return
        self._open = [run for run in self._open if not run.look(now).ended]
        for run in ended:
            size = run.stored_mb(now)
            if size:
                copies, mb = self._stored.get(run.resource.id, Stored())
                self._stored[run.resource.id] = Stored(copies + 1, mb + size)
                self._total_mb += size


NOTHING = Holding()
"""Of a vault without backups."""


class Checkpoints(MutableMapping[str, Checkpoint]):
    """All checkpoints by id, oldest first, and what belongs to a vault, a copy or an operation log.

    A mapping to whoever puts checkpoints in or takes them out. One that is put in has its runs already: later ones are
    listed, but not found by id, nor counted. Guarded by the cloud's lock.
    """

    def __init__(self) -> None:
        self._all: dict[str, Checkpoint] = {}
        self._index_all()

    def __getitem__(self, id: str) -> Checkpoint:
        return self._all[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def __setitem__(self, id: str, checkpoint: Checkpoint) -> None:
        replaced = id in self._all
        self._all[id] = checkpoint
        if replaced:
            self._index_all()
        else:
            self._index(checkpoint)

    def __delitem__(self, id: str) -> None:
        del self._all[id]
        self._index_all()

    def clear(self) -> None:
        """Forget all, at once and not one after another."""
        self._all.clear()
        self._index_all()

    def delete_copy(self, held: Held, now: float, deletion_id: str) -> None:
        """Delete the copy of a run; the operation log that tells of it has the id given."""
        held.run.deleted_at, held.run.deletion_id = now, deletion_id
        self._logs[deletion_id] = held
        self._thinned.add(held.checkpoint.id)
        self.of_vault(held.checkpoint.vault.id).recount()

    def of_vault(self, vault_id: str) -> Holding:
        """The backups of a vault; not to be added to."""
        return self._vaults.get(vault_id, NOTHING)

    def find_copy(self, id: str) -> Held | None:
        """The run whose copy has this id, deleted or not."""
        return self._copies.get(id)

    def find_log(self, id: str) -> Held | None:
        """The run that the operation log of this id tells of, or of the deletion of its copy."""
        return self._logs.get(id)

    def iterate(
        self,
        ids: Sequence[str] | None = None,
        vault_ids: Sequence[str] | None = None,
        since: float | None = None,
    ) -> Iterator[Held]:
        """Every run, deleted ones too, oldest checkpoint first.

        Where a single checkpoint or a single vault is wanted, others are not looked at, nor those of which nothing can have
        come into being `since` then (epoch seconds): lists ask so. Whatever is left may still have to be chosen from.
        """
        found: Iterable[Checkpoint] = self._all.values()
        if ids is not None and len(ids) == 1:
            found = [self._all[id] for id in ids if id in self._all]
        elif vault_ids is not None and len(vault_ids) == 1:
            found = self.of_vault(vault_ids[0]).checkpoints
        if since is not None:
            # A run waits for less than the longest backup takes.
            since -= MAX_DURATION_SECONDS
            found = [one for one in found if one.started >= since or one.id in self._thinned]
        return (Held(checkpoint, run) for checkpoint in found for run in checkpoint.runs)

    def _index_all(self) -> None:
        self._vaults: dict[str, Holding] = {}
        self._copies: dict[str, Held] = {}
        self._logs: dict[str, Held] = {}
        self._thinned: set[str] = set()  # those that a copy was deleted of: at any time since
        for checkpoint in self._all.values():
            self._index(checkpoint)

    def _index(self, checkpoint: Checkpoint) -> None:
        self._vaults.setdefault(checkpoint.vault.id, Holding()).add(checkpoint)
        for run in checkpoint.runs:
            held = Held(checkpoint, run)
            self._copies[run.copy_id] = self._logs[run.task_id] = held
            if run.deleted:
                self._thinned.add(checkpoint.id)
                self._logs[run.deletion_id] = held
