"""Jobs that take turns: each goes on when its time has come, what goes wrong is its own, and a signal ends what may be ended."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from cbrctl.backup.record import Backup
from cbrctl.backup.schedule import NAP, Schedule, Steps
from cbrctl.errors import Capacity, Interrupted, Unknown
from cbrctl.machine import secrecy, signals
from cbrctl.machine.signals import deferred, is_noted
from cbrctl.messages.error_text import describe


class Clock:
    """A clock that sleeps in no time, and sends signals at their moments."""

    def __init__(self, *signals: tuple[float, int]) -> None:
        self.at = 0.0
        self.signals = list(signals)
        self.slept: list[float] = []

    def time(self) -> float:
        """Seconds since the epoch."""
        return self.at

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self.at

    def boot_id(self) -> str | None:
        """Which boot."""
        return None

    def sleep(self, seconds: float) -> None:
        """Pass time; a signal that falls into it comes at its moment."""
        end = self.at + seconds
        self.slept.append(seconds)
        while self.signals and self.signals[0][0] <= end:
            self.at, number = self.signals.pop(0)
            signal.raise_signal(number)
        self.at = end


@pytest.fixture(autouse=True)
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Handlers of this test alone."""
    numbers = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        signal.signal(number, signal.SIG_DFL)
    monkeypatch.setattr(signals, "_desk", signals._Desk())
    signals.install_handlers()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Run:
    """Jobs by name, what they did and when, and how they ended."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.told: list[tuple[float, str]] = []
        self.ended: list[str] = []
        self.work: list[tuple[Backup, Steps]] = []
        self.backups: dict[str, Backup] = {}

    def add(self, name: str, *pauses: float, error: Exception | None = None, state: str = "prepared") -> None:
        """Add a job that waits so long between its steps."""
        self.put(name, self._steps(name, pauses, error), state)

    def put(self, name: str, steps: Steps, state: str = "prepared") -> None:
        """Add a job."""
        self.backups[name] = Backup(name, state=state)
        self.work.append((self.backups[name], steps))

    def note(self, what: str) -> None:
        """Note that something was done now."""
        self.told.append((self.clock.at, what))

    def _steps(self, name: str, pauses: tuple[float, ...], error: Exception | None) -> Steps:
        self.note(name)
        for pause in pauses:
            yield pause
            self.note(name)
        if error is not None:
            raise error
        self.backups[name].end("completed")

    def go(self) -> Interrupted | None:
        """Run all of them."""
        return Schedule(self.clock, lambda backup: self.ended.append(backup.asked)).run(self.work)

    def outcomes(self) -> dict[str, tuple[str | None, int | None]]:
        """How each ended."""
        return {name: (backup.outcome, backup.exit_code) for name, backup in self.backups.items()}


def test_each_goes_on_when_its_time_has_come() -> None:
    run = Run(Clock())
    run.add("a", 3, 3)
    run.add("b", 2, 0, 5)
    run.add("c")
    assert run.go() is None
    assert run.told == [(0, "a"), (0, "b"), (0, "c"), (2, "b"), (2, "b"), (3, "a"), (6, "a"), (7, "b")]
    assert run.ended == ["c", "a", "b"]
    assert run.clock.slept == [2, 1, 3, 1]


def test_a_pause_begins_when_the_step_before_has_ended() -> None:
    run = Run(Clock())

    def slow() -> Steps:
        run.clock.at += 10  # it was asking the service
        yield 3
        run.note("slow")

    run.put("slow", slow())
    run.add("quick", 1)
    run.go()
    assert run.told == [(10, "quick"), (11, "quick"), (13, "slow")]


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (Capacity("service-capacity", sent="no"), ("refused", 13)),
        (Unknown("post-unanswered", sent="unknown"), ("unknown", 6)),
        (ZeroDivisionError("no"), ("error", 1)),
    ],
)
def test_what_goes_wrong_with_one_is_its_own(error: Exception, end: tuple[str, int]) -> None:
    run = Run(Clock())
    run.add("bad", 1, error=error)
    run.add("good", 2)
    assert run.go() is None
    assert run.outcomes() == {"bad": end, "good": ("completed", 0)}
    assert run.ended == ["bad", "good"]


def test_a_bug_is_told_without_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrecy, "_known", {"CANARY-secret": None})
    run = Run(Clock())
    run.add("bad", error=ValueError("CANARY-secret is no token"))
    run.go()
    error: Any = run.backups["bad"].error
    assert "ValueError: *** is no token" in describe(error)["message"]


# signals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_a_signal_ends_those_that_have_not_ended(number: signal.Signals) -> None:
    run = Run(Clock((2.5, number)))
    run.add("done", 1)
    run.add("followed", 5, state="accepted")
    run.add("sent", 5, state="sending")
    run.add("begun", 5)
    stop = run.go()
    assert stop is not None
    assert (stop.number, run.clock.at) == (number, 2.5)
    code = 128 + number
    assert run.outcomes() == {
        "done": ("completed", 0), "followed": ("pending", code), "sent": ("unknown", code), "begun": ("error", code),
    }  # fmt: skip
    assert run.ended == ["done", "followed", "sent", "begun"]


def test_the_steps_of_those_that_a_signal_ends_are_closed() -> None:
    run = Run(Clock((1, signal.SIGTERM)))

    def held() -> Steps:
        try:
            yield 5
        finally:
            run.note("let go")

    run.put("held", held())
    run.go()
    assert run.told == [(1, "let go")]


def exchange(run: Run, *pauses: float) -> Steps:
    """Something that must not be broken off, and what comes after it."""
    with deferred():
        for pause in pauses:
            yield pause
            run.note("under way")
    run.note("over")
    yield 1
    run.note("never")


def test_what_must_not_be_broken_off_goes_on_alone() -> None:
    run = Run(Clock((1, signal.SIGINT)))
    run.put("exchange", exchange(run, 3, 3), state="accepted")
    run.add("other", *[0.5] * 20, state="accepted")
    stop = run.go()
    assert stop is not None
    others = [at for at, what in run.told if what == "other"]
    assert max(others) <= 1 + NAP
    assert [at for at, what in run.told if what != "other"] == [3, 6, 6]
    assert run.outcomes() == {"exchange": ("pending", 130), "other": ("pending", 130)}
    assert run.clock.at == 6
    assert not is_noted()


def test_a_signal_is_seen_within_a_nap() -> None:
    """While something is under way signals are only noted, and end no sleep."""
    run = Run(Clock((1, signal.SIGINT)))
    run.put("exchange", exchange(run, 2))
    run.add("other", 1.5, 100)
    run.go()
    assert max(run.clock.slept) <= NAP
    assert run.told == [(0, "other"), (2, "under way"), (2, "over")]


def test_nothing_under_way_is_slept_through_in_one() -> None:
    run = Run(Clock())
    run.add("a", 30, 30)
    run.go()
    assert run.clock.slept == [30, 30]


def test_a_signal_while_an_end_is_told_comes_after_it() -> None:
    run = Run(Clock())
    run.add("first", 1)
    run.add("second", 5, state="accepted")
    told: list[str] = []

    def tell(backup: Backup) -> None:
        told.append(backup.asked)
        if len(told) == 1:
            signal.raise_signal(signal.SIGTERM)

    stop = Schedule(run.clock, tell).run(run.work)
    assert stop is not None
    assert told == ["first", "second"]
    assert run.outcomes() == {"first": ("completed", 0), "second": ("pending", 143)}


def test_a_signal_as_the_last_end_is_told_leaves_that_end() -> None:
    run = Run(Clock())
    run.add("only")

    def tell(backup: Backup) -> None:
        signal.raise_signal(signal.SIGTERM)

    stop = Schedule(run.clock, tell).run(run.work)
    assert stop is not None
    assert (stop.exit_code, is_noted()) == (143, False)
    assert run.outcomes() == {"only": ("completed", 0)}


def test_no_work_is_no_wait() -> None:
    run = Run(Clock())
    assert run.go() is None
    assert run.clock.slept == []
