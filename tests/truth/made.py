"""What the service truly did: one checkpoint, what becomes of each resource in it, and when which list shows it."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

EPOCH = 1_790_000_000.0
"""The service's clock when a history begins."""
PROJECT = "4229d7a45436489f8c3dc2b1d35d4987"
VAULT = "3b5816b5-f29c-4172-9d9a-76c719a659ce"
SERVER, DISK = "94eba8b2-acc9-4d82-badc-127144cc5526", "pg-0b1c2din01"
"""The second is no UUID: ids of resources are any text (service.md 13)."""
BUSY_CODES = frozenset(f"BackupService.{n}" for n in ("0001", "0002", "1001", "2002", "6125"))

_OP = "([0-7][0-9A-HJKMNP-TV-Z]{25})"
_MARKERS = re.compile(rf"cbrctl-{_OP}|\[cbrctl:{_OP}", re.IGNORECASE)


def read_marker(*texts: object) -> str | None:
    """Return the op whose marker stands in a name or a description, as the contract words it."""
    for text in texts:
        found = _MARKERS.search(text) if isinstance(text, str) else None
        if found:
            return (found[1] or found[2]).upper()
    return None


class Fate(NamedTuple):
    """What becomes of one resource."""

    kind: str
    """good, error (its copy ends so), early (it fails before it has a copy), skipped (by its task)."""
    duration: float

    @property
    def has_copy(self) -> bool:
        """Whether a copy is ever listed."""
        return self.kind in ("good", "error")


class Made:
    """A checkpoint at the service. `at` may still be to come."""

    def __init__(
        self,
        number: int,
        at: float,
        parameters: Mapping[str, Any],
        fates: Mapping[str, Fate],
        *,
        asked: Iterable[str],
        vault: str = VAULT,
        skipped: Iterable[tuple[str, str]] = (),
        home: str | None = None,
        left: float = 0.0,
        copies_after: float = 0.0,
        tasks_after: float = 0.0,
        ends_after: float = 0.0,
        shown_after: float = 0.0,
    ) -> None:
        self.id = f"{number:08x}-0000-4000-8000-000000000000"
        self.vault = vault
        self.at = at
        self.fates = dict(fates)
        self.asked = frozenset(asked)
        """The resources that the request meant."""
        self.skipped = tuple(skipped)
        """As the answer to the POST names them, with their codes."""
        self.home = home
        """The machine and its folder that sent it; None for somebody else's."""
        self.left = left
        """When its POST left."""
        self.name = str(parameters.get("name") or f"manualbk_{number:04x}")
        self.description = str(parameters.get("description") or "")
        self.op = read_marker(self.name, self.description)
        """The op that it was made for; without a marker whoever saw the POST leave sets it."""
        self.ignores = False
        """Whether who sent it chose that skipped resources are left out."""
        self.is_marked = self.op is not None
        self.incremental = parameters.get("incremental") is not False
        self.copies_after, self.tasks_after = copies_after, tasks_after
        self.ends_after = ends_after
        """Seconds after the end of a resource for which the lists still show it going on."""
        self.shown_after = shown_after
        """Seconds for which a lagging replica does not know the checkpoint."""
        self.deleted_at = math.inf

    @property
    def empty(self) -> bool:
        """Whether every resource was skipped, so that nothing was begun."""
        return not self.fates

    def ends_at(self, resource: str) -> float:
        """When a resource is done."""
        return self.at + self.fates[resource].duration

    @property
    def end(self) -> float:
        """When all of it is done."""
        return max((self.ends_at(r) for r in self.fates), default=self.at)

    def runs(self, now: float) -> bool:
        """Whether the service is at it."""
        return self.at <= now < self.end

    def busy_with(self, now: float) -> set[str]:
        """The resources that are being backed up."""
        return {r for r in self.fates if self.at <= now < self.ends_at(r)} if now < self.deleted_at else set()

    def exists(self, now: float) -> bool:
        """Whether it can be shown at all."""
        return self.at <= now < self.deleted_at

    def copy_shows(self, resource: str) -> float:
        """When the copy of a resource is listed."""
        return min(self.at + self.copies_after, self.ends_at(resource) + self.ends_after)

    def task_shows(self, resource: str) -> float:
        """When the task of a resource is listed."""
        return min(self.at + self.tasks_after, self.ends_at(resource) + self.ends_after)

    def is_listed_over(self, resource: str, now: float) -> bool:
        """Whether lists say by now how a resource ended."""
        return now >= self.ends_at(resource) + self.ends_after

    def marker_shows(self, *, tasks: bool = True) -> float:
        """When whole lists show the marker: for ever after, unless somebody deletes it. `tasks` may be read."""
        if not self.is_marked:
            return math.inf
        copies = [self.copy_shows(r) for r, fate in self.fates.items() if fate.has_copy]
        named = tasks and read_marker(self.name) is not None
        return min([*copies, *(self.task_shows(r) for r in self.fates if named)], default=math.inf)

    def alive_in_lists(self, now: float) -> bool:
        """Whether copies and tasks both show that it goes on."""
        going = [r for r in self.busy_with(now) if self.fates[r].has_copy]
        return any(self.copy_shows(r) <= now and self.task_shows(r) <= now for r in going)

    def outcomes(self, wanted: frozenset[str], *, ignore: bool, now: float) -> set[str]:
        """The true words for it, as far as one may be said by now; `wanted` are the resources that count."""
        gone = {"failed"} if now >= self.deleted_at else set()
        good = {r for r in wanted if r in self.fates and self.fates[r].kind == "good"}
        skipped = {r for r, _ in self.skipped} | {r for r, fate in self.fates.items() if fate.kind == "skipped"}
        bad = wanted - good
        if not good:
            codes = {code for r, code in self.skipped if r in wanted}
            busy = bool(codes) and bad <= {r for r, _ in self.skipped} and codes <= BUSY_CODES
            return gone | {"refused" if busy else "failed"}
        if bad and not (ignore and bad <= skipped):
            return gone | {"partial"}
        done = all(self.ends_at(r) <= min(now, self.deleted_at) for r in good)
        return gone | ({"completed"} if done else set())
