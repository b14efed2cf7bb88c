"""The verdict on copies, by itself: which is the newest good one, how old it is, and what is said of what lacks."""

from itertools import permutations
from typing import Any

import pytest

from cbrctl.api.models import Vault
from cbrctl.api.results import Copy
from cbrctl.backup.freshness import Newest, Protected, find_age, judge
from cbrctl.durations import write_stamp
from cbrctl.errors import Failed, Partial
from cbrctl.messages.error_text import describe
from cbrctl.screen.check_columns import show_age
from tests.support import cbr

NOW = 1_800_000_000.0
HOUR = 3600.0
OTHER = "3b5816b5-0000-4000-8000-000000000009"


def vault(vault_id: str = cbr.VAULT, name: str = "vault-be94", *resources: str) -> Vault:
    rows = [cbr.resource(one, name=f"name-of-{one[-2:]}") for one in resources or (cbr.SERVER,)]
    return Vault.from_json({"id": vault_id, "name": name, "resources": rows})


def copy(age: float | None = HOUR, number: int = 1, **changes: Any) -> Copy:
    row = cbr.copies((cbr.SERVER, "available"))["backups"][0]
    row["id"] = f"c0000000-0000-4000-8000-{number:012}"
    row["created_at"] = None if age is None else write_stamp(NOW - age)
    return Copy.from_json({**row, **changes})


WANTED = [Protected(vault(), vault().resources[0])]


def state_of(*copies: Copy, max_age: float | None = 26 * HOUR) -> tuple[str, str | None, float | None]:
    newest = Newest(WANTED, NOW)
    for one in copies:
        newest.take(one)
    [row] = judge(WANTED, newest, max_age, NOW).rows
    return row.state, row.copy and row.copy.id[-1], row.age


@pytest.mark.parametrize(
    ("copies", "found"),
    [
        ([copy(HOUR)], ("good", "1", HOUR)),
        ([copy(26 * HOUR)], ("good", "1", 26 * HOUR)),
        ([copy(26 * HOUR + 1)], ("old", "1", 26 * HOUR + 1)),
        ([], ("none", None, None)),
        ([copy(9 * HOUR, 1), copy(2 * HOUR, 2), copy(30 * HOUR, 3)], ("good", "2", 2 * HOUR)),
        # a clock that is a little behind
        ([copy(-HOUR)], ("good", "1", 0.0)),
        ([copy(-HOUR - 1)], ("undated", "1", None)),
        ([copy(None)], ("undated", "1", None)),
        # what has a time tells more than what has none, and than what lies ahead
        ([copy(None, 1), copy(50 * HOUR, 2), copy(-2 * HOUR, 3)], ("old", "2", 50 * HOUR)),
        ([copy(-2 * HOUR, 1), copy(HOUR, 2)], ("good", "2", HOUR)),
        # what is no copy of it
        ([copy(status="error"), copy(status="protecting", number=2), copy(status=None, number=3)], ("none", None, None)),
        ([copy(status="Available")], ("none", None, None)),
        ([copy(image_type="replication")], ("none", None, None)),
        ([copy(image_type=None)], ("good", "1", HOUR)),
        ([copy(vault_id=OTHER), copy(vault_id=None, number=2)], ("none", None, None)),
        ([copy(resource_id=cbr.SERVER_2), copy(resource_id=None, number=2)], ("none", None, None)),
        ([copy(vault_id=cbr.VAULT.upper(), resource_id=cbr.SERVER.upper())], ("good", "1", HOUR)),
    ],
)  # fmt: skip
def test_the_newest_copy_and_its_state(copies: list[Copy], found: tuple[Any, ...]) -> None:
    for order in permutations(copies):
        assert state_of(*order) == found


def test_what_is_not_wanted_is_not_kept() -> None:
    newest = Newest(WANTED, NOW)
    newest.take(copy(vault_id=OTHER))
    assert newest.of(Protected(vault(OTHER), WANTED[0].resource)) is None


@pytest.mark.parametrize("odd", [copy(None), copy(-9 * HOUR), copy(9000 * HOUR)], ids=["no time", "ahead", "old"])
def test_without_a_limit_any_copy_is_good(odd: Copy) -> None:
    state, _, age = state_of(odd, max_age=None)
    assert (state, age) == ("good", 9000 * HOUR if odd.created_at and odd.created_at < "2027" else None)


@pytest.mark.parametrize(
    ("stamp", "age"),
    [
        ("2027-01-15T08:00:00", 0.0),
        ("2027-01-15T08:00:00.000000", 0.0),
        ("2027-01-15T07:00:00Z", HOUR),
        ("2027-01-15T16:00:00+08:00", 0.0),
        ("2027-01-15", 8 * HOUR),
        ("0001-01-01T00:00:00+08:00", None),
        ("9999-12-31T23:59:59Z", None),
        ("2027-02-30T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
        (1_800_000_000, None),
        ({}, None),
    ],
)
def test_how_old_a_stamp_is(stamp: object, age: float | None) -> None:
    assert find_age(copy(created_at=stamp), NOW) == age


def test_what_lacks_stands_first_the_worst_and_oldest_before_the_others() -> None:
    servers = [f"{cbr.SERVER[:-2]}{number:02}" for number in range(6)]
    held = vault(cbr.VAULT, "v", *servers)
    wanted = [Protected(held, one) for one in held.resources]
    newest = Newest(wanted, NOW)
    for place, age in enumerate((HOUR, 30 * HOUR, None, 60 * HOUR, 2 * HOUR)):
        newest.take(copy(age, place, resource_id=servers[place]))
    rows = judge(wanted, newest, 26 * HOUR, NOW).rows
    assert [(row.state, row.resource.id[-1]) for row in rows] == [
        ("none", "5"), ("undated", "2"), ("old", "3"), ("old", "1"), ("good", "4"), ("good", "0"),
    ]  # fmt: skip


def test_what_is_said_of_what_lacks() -> None:
    held = vault(cbr.VAULT, "vault-be94", cbr.SERVER, cbr.SERVER_2)
    wanted = [Protected(held, one) for one in held.resources]
    newest = Newest(wanted, NOW)
    check = judge(wanted, newest, None, NOW)
    assert (check.outcome, type(check.error)) == ("none", Failed)
    newest.take(copy(HOUR))
    check = judge(wanted, newest, 26 * HOUR, NOW)
    assert check.outcome == "partial"
    assert isinstance(check.error, Partial)
    told = describe(check.error)
    assert told["message"] == (
        "1 of 2 protected resources have no available copy of the last 26h. Older: 0. None at all: 1. Of unknown time: 0."
    )
    assert told["hint"].startswith("cbrctl backup --vault vault-be94 makes one;")
    newest.take(copy(HOUR, resource_id=cbr.SERVER_2))
    check = judge(wanted, newest, 26 * HOUR, NOW)
    assert (check.outcome, check.error) == ("good", None)
    assert judge([], newest, None, NOW).outcome == "good"


@pytest.mark.parametrize(
    ("names", "options"),
    [
        (["a"], "--vault a"),
        (["a", "b-1", "生产库-01"], "--vault a --vault b-1 --vault 生产库-01"),
        (["a b"], f"--vault {cbr.VAULT[:-1]}0"),
        (["-a"], f"--vault {cbr.VAULT[:-1]}0"),
        (["$(x)"], f"--vault {cbr.VAULT[:-1]}0"),
        (["a", "b", "c", "d"], "--vault VAULT"),
    ],
)
def test_the_line_that_mends_it_is_safe_to_copy(names: list[str], options: str) -> None:
    vaults = [vault(f"{cbr.VAULT[:-1]}{number}", name) for number, name in enumerate(names)]
    wanted = [Protected(one, one.resources[0]) for one in vaults]
    error = judge(wanted, Newest(wanted, NOW), None, NOW).error
    assert error is not None
    assert describe(error)["hint"].startswith(f"cbrctl backup {options} makes one;")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""), (0, "0m"), (59, "0m"), (720, "12m"), (11520, "3h 12m"), (3600, "1h 0m"), (86400, "1d 0h"),
        (2 * 86400 + 4 * 3600 + 59, "2d 4h"),
    ],
)  # fmt: skip
def test_an_age_for_people(seconds: float | None, words: str) -> None:
    assert show_age(seconds) == words
