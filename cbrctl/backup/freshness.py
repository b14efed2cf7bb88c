"""Is there a good copy? What is to be protected, the newest copy of each, and the verdict. No network, no clock."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from cbrctl.api.models import Resource, Vault
from cbrctl.api.results import REPLICATION, Copy
from cbrctl.durations import read_stamp, show_duration
from cbrctl.errors import CbrctlError, Failed, Partial

AHEAD = 3600.0
"""Seconds that the stamp of a copy may be ahead of the service's clock; one that is further ahead cannot be right."""
NAMED = 3
"""As many vaults are named in a line that backs them up."""

State = Literal["good", "old", "undated", "none"]
_WORST_FIRST: tuple[State, ...] = ("none", "undated", "old", "good")


class Protected(NamedTuple):
    """A resource that is to have a good copy in a vault."""

    vault: Vault
    resource: Resource


class Checked(NamedTuple):
    """What is known of the copies of a protected resource."""

    vault: Vault
    resource: Resource
    state: State
    copy: Copy | None
    """Its newest available copy."""
    age: float | None
    """Seconds since that copy was begun; None where there is none, and where its time cannot be right."""


def find_age(copy: Copy, now: float) -> float | None:
    """Return the seconds since a copy was begun; None where its stamp cannot be read, or lies ahead."""
    began = read_stamp(copy.created_at)
    if began is None or began > now + AHEAD:
        return None
    return max(0.0, now - began)


class Newest:
    """The newest available copy of each wanted resource among all copies that it is shown; the others are not kept."""

    def __init__(self, wanted: Iterable[Protected], now: float) -> None:
        self._wanted = {(one.vault.id, one.resource.id) for one in wanted}
        self._now = now
        self._copies: dict[tuple[str | None, str | None], Copy] = {}

    def forget(self) -> None:
        """Begin anew: what was shown is not taken."""
        self._copies.clear()

    def take(self, copy: Copy) -> None:
        """Take note of a copy. One that came from another region or vault cannot stand in for one of this vault."""
        place = (copy.vault_id, copy.resource_id)
        if place not in self._wanted or copy.status != "available" or copy.image_type == REPLICATION:
            return
        known = self._copies.get(place)
        if known is None or self._is_newer(copy, known):
            self._copies[place] = copy

    def _is_newer(self, copy: Copy, known: Copy) -> bool:
        age, known_age = find_age(copy, self._now), find_age(known, self._now)
        return age is not None and (known_age is None or age < known_age)

    def of(self, one: Protected) -> Copy | None:
        """Return the newest copy of a wanted resource."""
        return self._copies.get((one.vault.id, one.resource.id))


class Check(NamedTuple):
    """The verdict on all protected resources; those that lack a good copy stand first."""

    rows: Sequence[Checked]
    max_age: float | None
    now: float
    """The moment that ages are counted to, in epoch seconds."""

    @property
    def lacking(self) -> Sequence[Checked]:
        """Those that have no good copy."""
        return [row for row in self.rows if row.state != "good"]

    @property
    def outcome(self) -> str:
        """Whether all have a good copy, some or none."""
        lacking = len(self.lacking)
        return "good" if not lacking else "partial" if lacking < len(self.rows) else "none"

    @property
    def error(self) -> CbrctlError | None:
        """What lacks and what to do about it; None where nothing does."""
        lacking = self.lacking
        if not lacking:
            return None
        count = {state: sum(row.state == state for row in lacking) for state in _WORST_FIRST}
        kind = Partial if self.outcome == "partial" else Failed
        return kind(
            "no-available-copy" if self.max_age is None else "no-young-copy",
            lacking=len(lacking),
            total=len(self.rows),
            age=_show_limit(self.max_age or 0.0),
            without=count["none"],
            old=count["old"],
            undated=count["undated"],
            vaults=_write_options([row.vault for row in lacking]),
        )


def judge(wanted: Iterable[Protected], newest: Newest, max_age: float | None, now: float) -> Check:
    """Return the verdict: good is a copy that is young enough, and any where `max_age` is None."""
    rows = [_judge_one(one, newest.of(one), max_age, now) for one in wanted]
    return Check(sorted(rows, key=_rank), max_age, now)


def _judge_one(one: Protected, copy: Copy | None, max_age: float | None, now: float) -> Checked:
    age = find_age(copy, now) if copy else None
    state: State = "good"
    if copy is None:
        state = "none"
    elif max_age is not None:
        state = "undated" if age is None else "old" if age > max_age else "good"
    return Checked(one.vault, one.resource, state, copy, age)


def _rank(row: Checked) -> tuple[int, float, str, str]:
    """What a person must see comes first: the worst, and of those the oldest."""
    names = row.vault.name or row.vault.id, row.resource.name or row.resource.id
    return _WORST_FIRST.index(row.state), -(row.age or 0.0), *names


def _show_limit(seconds: float) -> str:
    """Write a limit as it was probably given: 26h, not 26h00m."""
    return re.sub(r"(?<=[hm])00[ms]$", "", show_duration(seconds))


def _write_options(vaults: Iterable[Vault]) -> str:
    """Return the options that choose these vaults, where they are few: a name only where no shell takes it apart."""
    named = {
        vault.id: vault.name if vault.name and re.fullmatch(r"\w[\w.-]*", vault.name) else None for vault in vaults
    }
    if len(named) > NAMED:
        return "--vault VAULT"
    return " ".join(f"--vault {name or vault_id}" for vault_id, name in named.items())
