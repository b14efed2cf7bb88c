"""Whether so much time has surely passed, by clocks that jump, stand still and differ; and clocks as they are."""

import time
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbrctl.backup.options import BackupOptions, Deps
from cbrctl.backup.reconciliation import CLOSED_AFTER, OVERRULED, STILL, Reconciler, has_passed
from cbrctl.backup.record import Backup
from cbrctl.ids import new_op_id
from cbrctl.machine.clock import SYSTEM, Instant, SystemClock
from tests.support import cbr

WALL, SERVICE = 1_795_000_000.0, 1_795_000_003.0
MINUTES = 60.0
HOURS = 3600.0


class Row(NamedTuple):
    """Two moments: how far each clock moved between them, and whether fifteen minutes have passed."""

    says: str
    wall: float
    boot: float | None
    """None: another boot, or a system that does not tell which."""
    service: float | None
    """None: no answer told it at one of the moments."""
    passed: bool
    wall_alone: bool | None = None
    """Whether that holds with `wall_alone` only; None: it makes no difference."""


ROWS = [
    # the same boot, and the service tells its time
    Row("both say so", 15 * MINUTES, 15 * MINUTES, 15 * MINUTES, True),
    Row("both say that it did not", 14 * MINUTES, 14 * MINUTES, 14 * MINUTES, False),
    Row("a second less", 899, 899, 899, False),
    Row("only the service's says so", 14 * MINUTES, 14 * MINUTES, 40 * MINUTES, False),
    Row("only this machine's says so", 40 * MINUTES, 40 * MINUTES, 14 * MINUTES, False),
    Row("a front end 20 minutes ahead", 10, 10, 20 * MINUTES, False),
    Row("a front end that was ahead before", 20 * MINUTES, 20 * MINUTES, 10, False),
    Row("a front end that was ahead by more", 20 * MINUTES, 20 * MINUTES, -10 * MINUTES, False),
    Row("the wall clock was set ahead", 24 * HOURS, 10, 10, False),
    Row("the wall clock was set ahead, the service's too", 24 * HOURS, 10, 24 * HOURS, False),
    Row("the wall clock was set back", -24 * HOURS, 15 * MINUTES, 15 * MINUTES, True),
    # a service whose clock does not move
    Row("it stands still", 15 * MINUTES, 15 * MINUTES, 0, True),
    Row("it moved by less than two seconds", 15 * MINUTES, 15 * MINUTES, STILL - 0.5, True),
    Row("it moved by two seconds", 15 * MINUTES, 15 * MINUTES, STILL, False),
    Row("it stands still, and ours says no", 14 * MINUTES, 14 * MINUTES, 0, False),
    Row("it goes so slowly that a day is over first", OVERRULED, OVERRULED, 10, True),
    Row("it goes so slowly, just before that", OVERRULED - 1, OVERRULED - 1, 10, False),
    # the same boot, and the service tells nothing
    Row("ours alone says so", 15 * MINUTES, 15 * MINUTES, None, True),
    Row("ours alone says no", 14 * MINUTES, 14 * MINUTES, None, False),
    Row("ours alone, the wall clock set ahead", 24 * HOURS, 10, None, False),
    # another boot: only the wall clock is left
    Row("the wall clock and the service say so", 15 * MINUTES, None, 15 * MINUTES, True),
    Row("the wall clock says so, the service no", 24 * HOURS - 1, None, 10 * MINUTES, False),
    Row("the wall clock says no, the service so", 10 * MINUTES, None, 24 * HOURS, False),
    Row("the wall clock was set back", -1 * HOURS, None, 24 * HOURS, False),
    Row("the wall clock alone", 24 * HOURS, None, None, True, wall_alone=True),
    Row("the wall clock and one that stands still", 1 * HOURS, None, 0, True, wall_alone=True),
    Row("the wall clock and one that lagged for a day", 25 * HOURS, None, 10, True, wall_alone=True),
    Row("the wall clock alone says no", 14 * MINUTES, None, None, False),
]  # fmt: skip


def moments(row: Row) -> tuple[Instant, Instant]:
    boot, uptime = ("boot", row.boot) if row.boot is not None else (None, 0.0)
    then = Instant(WALL, boot, 5000.0, None if row.service is None else SERVICE)
    now = Instant(WALL + row.wall, boot, 5000.0 + uptime, None if row.service is None else SERVICE + row.service)
    return then, now


@pytest.mark.parametrize("wall_alone", [False, True])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.says)
def test_fifteen_minutes(row: Row, wall_alone: bool) -> None:
    then, now = moments(row)
    expected = row.passed and row.wall_alone in (None, wall_alone)
    assert has_passed(then, now, CLOSED_AFTER, wall_alone=wall_alone) is expected


@pytest.mark.parametrize("boots", [("one", "two"), ("one", None), (None, "two"), (None, None)])
def test_the_seconds_since_another_boot_say_nothing(boots: tuple[str | None, str | None]) -> None:
    then, now = (Instant(WALL, boot, uptime, None) for boot, uptime in zip(boots, (5.0, 90_000.0), strict=True))
    for wall_alone in (False, True):
        assert not has_passed(then, now, CLOSED_AFTER, wall_alone=wall_alone)
    later = now._replace(wall=WALL + CLOSED_AFTER)
    assert has_passed(then, later, CLOSED_AFTER, wall_alone=True)
    assert not has_passed(then, later, CLOSED_AFTER, wall_alone=False)


def test_a_boot_clock_that_went_back_is_another_boot() -> None:
    """A container that was moved, or a forged row."""
    then, now = Instant(WALL, "boot", 5000.0, None), Instant(WALL + HOURS, "boot", 10.0, None)
    assert not has_passed(then, now, CLOSED_AFTER, wall_alone=False)
    assert has_passed(then, now, CLOSED_AFTER, wall_alone=True)


@pytest.mark.parametrize("told", ["then", "now"])
def test_a_service_that_told_its_time_once_tells_nothing(told: str) -> None:
    then, now = Instant(WALL, "boot", 5.0, None), Instant(WALL, "boot", 5.0 + CLOSED_AFTER, None)
    if told == "then":
        then = then._replace(service=SERVICE)
    else:
        now = now._replace(service=SERVICE)
    assert has_passed(then, now, CLOSED_AFTER, wall_alone=False)


instants = st.builds(
    Instant,
    st.floats(0, 4e9),
    st.sampled_from([None, "one", "two"]),
    st.floats(0, 1e8),
    st.none() | st.floats(0, 4e9),
)


@given(instants, instants, st.floats(1, 1e6), st.booleans())
def test_what_has_passed_has_passed_by_each_clock_that_counts(
    then: Instant, now: Instant, seconds: float, wall_alone: bool
) -> None:
    if not has_passed(then, now, seconds, wall_alone=wall_alone):
        return
    assert has_passed(then, now, seconds / 2, wall_alone=wall_alone) or seconds / 2 < STILL
    same_boot = then.boot_id is not None and then.boot_id == now.boot_id and now.monotonic >= then.monotonic
    ours = now.monotonic - then.monotonic if same_boot else now.wall - then.wall
    assert ours >= seconds
    if then.service is not None and now.service is not None and now.service - then.service >= STILL:
        assert now.service - then.service >= seconds or ours >= OVERRULED


# over several looks -------------------------------------------------------------------------------------------------


class World:
    """A client and its clocks, moved by hand."""

    def __init__(self, *, boot: str | None = "boot", service: float | None = SERVICE) -> None:
        self.instant = Instant(WALL, boot, 5000.0, service)

    def now(self) -> Instant:
        """This moment."""
        return self.instant

    @property
    def service_clock(self) -> "World":
        """Its clock of the service, which is itself."""
        return self

    def time_at(self, moment: float) -> float | None:
        """The service's clock at a moment of the monotonic one."""
        at = self.instant
        return None if at.service is None else at.service + moment - at.monotonic

    def move(self, seconds: float, *, service: float | None = None) -> None:
        """Pass time; the service's clock moves as fast unless told otherwise."""
        at = self.instant
        ahead = seconds if service is None else service
        self.instant = Instant(
            at.wall + seconds, at.boot_id, at.monotonic + seconds, None if at.service is None else at.service + ahead
        )

    def reboot(self, boot: str | None = "another") -> None:
        """Start the machine again."""
        self.instant = self.instant._replace(boot_id=boot, monotonic=10.0)


def reconciler(world: Any) -> Reconciler:
    return Reconciler(Deps(world, world, BackupOptions(), lambda event: None, world, world))


def sent(world: World) -> Backup:
    return Backup(
        cbr.VAULT, op_id=new_op_id(), vault_id=cbr.VAULT, state="sending", sent="unknown", sent_at=world.now()
    )


def test_fifteen_minutes_after_it_was_sent() -> None:
    world = World()
    record, looks = sent(world), []
    for _ in range(17):
        looks.append(reconciler(world)._is_long_ago(record, CLOSED_AFTER))
        world.move(60)
    assert looks == [False] * 15 + [True] * 2


def test_a_look_before_its_time_makes_it_no_later() -> None:
    """What was first noted does not take the place of when it was sent."""
    world = World()
    record = sent(world)
    world.move(800)
    assert not reconciler(world)._is_long_ago(record, CLOSED_AFTER)
    world.move(100)
    assert reconciler(world)._is_long_ago(record, CLOSED_AFTER)


def test_a_front_end_that_is_ahead_closes_nothing_early() -> None:
    world = World()
    record = sent(world)
    world.move(5, service=20 * MINUTES)
    assert not reconciler(world)._is_long_ago(record, CLOSED_AFTER)
    world.move(5, service=-20 * MINUTES)
    assert not reconciler(world)._is_long_ago(record, CLOSED_AFTER)
    world.move(890)
    assert not reconciler(world)._is_long_ago(record, CLOSED_AFTER)
    world.move(60)
    assert reconciler(world)._is_long_ago(record, CLOSED_AFTER)


def test_a_service_whose_clock_never_moves_does_not_keep_it_open_for_ever() -> None:
    world = World()
    record = sent(world)
    world.move(899, service=0)
    assert not reconciler(world)._is_long_ago(record, CLOSED_AFTER)
    world.move(1, service=0)
    assert reconciler(world)._is_long_ago(record, CLOSED_AFTER)


def test_after_a_reboot_the_wall_clock_and_the_services_agree() -> None:
    world = World()
    record = sent(world)
    world.move(10 * MINUTES)
    world.reboot()
    assert not reconciler(world)._is_long_ago(record, CLOSED_AFTER)
    world.move(5 * MINUTES)
    assert reconciler(world)._is_long_ago(record, CLOSED_AFTER)


@pytest.mark.parametrize("boot", ["another", None])
def test_clocks_that_cannot_be_compared_begin_at_the_first_look(boot: str | None) -> None:
    """Another boot, and a service that tells no time: the wall clock may have been set meanwhile."""
    world = World(service=None)
    record = sent(world)
    world.move(20 * HOURS)
    world.reboot(boot)
    assert not reconciler(world)._is_long_ago(record, CLOSED_AFTER)
    noted = record.noted_at
    assert noted == world.now()
    world.move(14 * MINUTES)
    assert not reconciler(world)._is_long_ago(record, CLOSED_AFTER)
    assert record.noted_at == noted
    world.move(1 * MINUTES)
    assert reconciler(world)._is_long_ago(record, CLOSED_AFTER)


def test_a_wall_clock_that_was_set_back_begins_anew() -> None:
    world = World(service=None, boot=None)
    record = sent(world)
    assert not reconciler(world)._is_long_ago(record, CLOSED_AFTER)
    world.move(10 * MINUTES)
    world.instant = world.instant._replace(wall=WALL - 2 * HOURS)
    assert not reconciler(world)._is_long_ago(record, CLOSED_AFTER)
    assert record.noted_at == world.now()
    world.move(14 * MINUTES)
    assert not reconciler(world)._is_long_ago(record, CLOSED_AFTER)
    world.move(1 * MINUTES)
    assert reconciler(world)._is_long_ago(record, CLOSED_AFTER)


def test_one_of_which_nobody_noted_when_it_was_sent() -> None:
    """From a journal that was changed by others."""
    world = World()
    record = sent(world)
    record.sent_at = None
    assert not reconciler(world)._is_long_ago(record, CLOSED_AFTER)
    world.move(14 * MINUTES)
    assert not reconciler(world)._is_long_ago(record, CLOSED_AFTER)
    world.move(1 * MINUTES)
    assert reconciler(world)._is_long_ago(record, CLOSED_AFTER)


# when it was sent, by the service's clock ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("then", "now", "moment"),
    [
        (Instant(WALL, "b", 100.0, SERVICE), Instant(0.0, "b", 200.0, SERVICE + 9), SERVICE),
        (Instant(WALL, "b", 100.0, None), Instant(0.0, "b", 160.0, SERVICE), SERVICE - 60),
        (Instant(WALL, "b", 100.0, None), Instant(WALL + 60, "c", 160.0, SERVICE), None),
        (Instant(WALL, None, 100.0, None), Instant(WALL + 60, None, 160.0, SERVICE), None),
        (Instant(WALL, "b", 100.0, None), Instant(WALL + 60, "b", 160.0, None), None),
        (Instant(WALL, "b", 100.0, None), Instant(WALL + 60, "b", 50.0, SERVICE), None),
        (None, Instant(WALL, "b", 100.0, SERVICE), None),
    ],
    ids=["told", "told since", "another boot", "no boot", "never told", "went back", "not noted"],
)
def test_the_moment_of_sending_is_never_taken_from_the_wall_clock(
    then: Instant | None, now: Instant, moment: float | None
) -> None:
    world = World()
    record = sent(world)
    record.sent_at, world.instant = then, now
    assert reconciler(world)._sent_at(record) == moment


# the clocks of this machine -----------------------------------------------------------------------------------------


def test_the_clock_of_this_machine_counts_its_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(time, "CLOCK_BOOTTIME"):
        pytest.skip("only Linux tells how long it slept")
    slept = time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
    assert SYSTEM.monotonic() == pytest.approx(time.monotonic() + slept, abs=0.5)
    real = time.clock_gettime
    monkeypatch.setattr(time, "clock_gettime", lambda kind: real(kind) + 8 * HOURS * (kind == time.CLOCK_BOOTTIME))
    assert SYSTEM.monotonic() == pytest.approx(time.monotonic() + slept + 8 * HOURS, abs=0.5)
    monkeypatch.delattr(time, "CLOCK_BOOTTIME")
    assert SYSTEM.monotonic() == pytest.approx(time.monotonic(), abs=0.5)


def test_the_boot_of_this_machine_is_told_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    first = SYSTEM.boot_id()
    assert first == SYSTEM.boot_id()
    assert first is None or len(first) == 36

    def fail(*args: object, **more: object) -> Any:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", fail)
    assert SYSTEM.boot_id() == first  # it cannot change while a process lives
    assert SystemClock().boot_id() is None
