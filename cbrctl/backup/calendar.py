"""Which resource has a good copy of which day: the days, what was seen of each, and who needs a person. No network, no clock.

A copy belongs to the day on which it was begun. What the lists could not tell is `unknown`: `none` is said only of what
was read whole.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

from cbrctl.api.models import Resource, Vault
from cbrctl.api.results import Mark, Task
from cbrctl.backup.freshness import AHEAD, Protected
from cbrctl.backup.states import GONE
from cbrctl.durations import read_stamp
from cbrctl.errors import CbrctlError, Unreachable, rank

State = Literal["good", "partial", "failed", "running", "none", "unknown"]
STATES: tuple[State, ...] = ("good", "partial", "failed", "running", "none", "unknown")
Need = Literal["none", "failed", "late", "unknown"]
NEEDS: tuple[Need | None, ...] = ("none", "failed", "late", "unknown", None)
"""Why a resource needs a person, the worst first: it has no good copy; a backup has failed since the newest one; the pause
since that one is longer than any between its copies; or the lists could not tell."""
TELLING_TASKS = ("failed", "timeout", "skipped", "running", "waiting")
"""The states of tasks that may say of a day what no copy says."""


class Days(NamedTuple):
    """The days of a calendar, the last of which is today."""

    dates: Sequence[date]
    begins: Sequence[float]
    """When each begins, in epoch seconds: where the clock is changed a day has 23 hours, or 25."""
    now: float

    def find(self, moment: float) -> int:
        """Return which day a moment is of; -1 for one before them."""
        return bisect_right(self.begins, moment) - 1


def count_days(now: float, count: int, *, utc: bool) -> Days:
    """Return the last `count` days, in UTC or by this machine's own zone."""
    zone = UTC if utc else None
    today = datetime.fromtimestamp(now, zone).date()
    dates = [today - timedelta(days=back) for back in reversed(range(count))]
    return Days(dates, [datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() for day in dates], now)


class Line(NamedTuple):
    """A resource with its days."""

    vault: Vault
    resource: Resource
    states: Sequence[State]
    """That of each day."""
    copies: Sequence[Mark | None]
    """The newest good copy of each day that has one."""
    newest: Mark | None
    """Its newest good copy, of these days or from before; None where there is none, and where that is not known."""
    age: float | None
    """Seconds since that copy was begun."""
    need: Need | None
    """Why it needs a person."""


def find_duration(copy: Mark | None) -> float | None:
    """Return how long a copy took, as far as it tells: from its beginning to its last change."""
    if copy is None:
        return None
    began, changed = copy.began, copy.changed
    return None if began is None or changed is None or changed < began else changed - began


class _Seen:
    """What was seen of a resource."""

    __slots__ = ("copies", "failed", "failed_at", "newest", "place", "running", "undated")

    def __init__(self, place: Protected) -> None:
        self.place = place
        self.copies: dict[int, Mark] = {}
        """The newest good copy of each day that has one."""
        self.failed: set[int] = set()
        self.running: set[int] = set()
        self.failed_at = float("-inf")
        self.newest: Mark | None = None
        self.undated = False
        """Something was seen that may be of any day."""


class Calendar:
    """Takes copies and tasks, in any order and as often as they come, and tells the days of each wanted resource."""

    def __init__(self, wanted: Iterable[Protected], days: Days) -> None:
        self.days = days
        self._latest = days.now + AHEAD
        """What lies after it has no time that can be compared."""
        self.wanted = list(wanted)
        self._seen: dict[tuple[str | None, str | None], _Seen] = {}
        self._unread_copies: set[str] = set()
        """The vaults of which copies may be missing."""
        self._unread_tasks: set[str] = set()
        self.forget()

    def forget(self) -> None:
        """Begin anew: what was shown is not taken."""
        self._seen = {(one.vault.id, one.resource.id): _Seen(one) for one in self.wanted}

    def miss_copies(self, vault_id: str) -> None:
        """Take note that the copies of a vault could not be read whole."""
        self._unread_copies.add(vault_id)

    def miss_tasks(self, vault_id: str) -> None:
        """Take note that the tasks of a vault could not be read whole."""
        self._unread_tasks.add(vault_id)

    def take_copy(self, copy: Mark) -> None:
        """Take note of a copy. One that came from another region or vault cannot stand in for one of this vault."""
        seen = self._seen.get((copy.vault_id, copy.resource_id))
        if seen is None or copy.is_replica or copy.status in GONE:
            return
        began = copy.began
        if began is None or began > self._latest:
            seen.undated = True
            return
        day = bisect_right(self.days.begins, began) - 1  # as `find` does, which costs a call for each of 100,000
        if copy.status == "available":
            if seen.newest is None or began > (seen.newest.began or 0.0):
                seen.newest = copy
            known = seen.copies.get(day)
            if known is None or began > (known.began or 0.0):
                seen.copies[day] = copy
        elif copy.status == "error":
            self._note_failure(seen, day, began)
        else:  # one that is restored from is there too, and cannot be used meanwhile
            seen.running.add(day)

    def take_task(self, task: Task) -> None:
        """Take note of a task: it may have failed, or wait, without a copy."""
        seen = self._seen.get((task.vault_id, task.resource_id))
        if seen is None or task.operation_type != "backup" or task.status not in TELLING_TASKS:
            return
        began = read_stamp(task.started_at)
        if began is None or began > self._latest:
            seen.undated = True
        elif task.status in ("running", "waiting"):
            seen.running.add(self.days.find(began))
        else:
            self._note_failure(seen, self.days.find(began), began)

    @staticmethod
    def _note_failure(seen: _Seen, day: int, began: float) -> None:
        seen.failed.add(day)
        seen.failed_at = max(seen.failed_at, began)

    def list_lines(self) -> list[Line]:
        """Return a line a resource, grouped by vault: those that need a person first, and of them the oldest."""
        lines = [self._line(seen) for seen in self._seen.values()]
        first: dict[str, tuple[int, float]] = {}
        for line in lines:
            first[line.vault.id] = min(first.get(line.vault.id, _rank(line)), _rank(line))
        return sorted(
            lines,
            key=lambda line: (
                first[line.vault.id], line.vault.name or "", line.vault.id, _rank(line), line.resource.name or "", line.resource.id,
            ),
        )  # fmt: skip

    def _line(self, seen: _Seen) -> Line:
        vault, resource = seen.place
        blind = vault.id in self._unread_copies
        unsure = blind or seen.undated or vault.id in self._unread_tasks
        count = len(self.days.dates)
        states: list[State] = ["unknown" if unsure else "none"] * count
        copies: list[Mark | None] = [None] * count
        for day in seen.running | seen.failed:
            if day >= 0:
                states[day] = "running" if day in seen.running else "failed"
        for day, copy in seen.copies.items():
            if day >= 0:
                states[day] = "partial" if day in seen.failed else "good"
                copies[day] = copy
        newest = None if blind else seen.newest
        age = None if newest is None or newest.began is None else max(0.0, self.days.now - newest.began)
        return Line(vault, resource, states, copies, newest, age, self._find_need(seen, newest, unsure=unsure))

    def _find_need(self, seen: _Seen, newest: Mark | None, *, unsure: bool) -> Need | None:
        if newest is None:
            return "unknown" if unsure else "none"
        if seen.failed_at > (newest.began or 0.0):
            return "failed"
        if unsure:
            return "unknown"
        days = sorted(day for day in seen.copies if day >= 0)
        longest = max((later - earlier for earlier, later in pairwise(days)), default=None)
        return "late" if longest is not None and len(self.days.dates) - 1 - days[-1] > longest else None


def _rank(line: Line) -> tuple[int, float]:
    return NEEDS.index(line.need), -(line.age or 0.0)


def find_error(lines: Iterable[Line], troubles: Iterable[CbrctlError]) -> CbrctlError | None:
    """Return why some days are not known, the worst reason first; None where all are."""
    worst = max(troubles, key=lambda trouble: rank(trouble.exit_code), default=None)
    unknown = sum("unknown" in line.states for line in lines)
    return worst or (Unreachable("undated-copies", count=unknown) if unknown else None)
