"""One thread that watches many exchanges: each is ended in its time, and none that was forgotten."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from cbrctl.api.watchdog import Watchdog


class Timers:
    """Timers that go off when the test says so, and the clock that they go by."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.set: list[FakeTimer] = []

    def alive(self) -> list[float]:
        """The moments at which those that run go off."""
        return [timer.at for timer in self.set if timer.is_alive()]

    def pass_time(self, seconds: float) -> None:
        """Let time pass; what is due goes off, in its order."""
        end = self.now + seconds
        while due := sorted((t for t in self.set if t.is_alive() and t.at <= end), key=lambda t: t.at):
            self.now = max(self.now, due[0].at)
            due[0].go_off()
        self.now = end


class FakeTimer:
    """A timer without a thread."""

    timers: Timers

    def __init__(self, seconds: float, call: Callable[..., None], args: tuple[Any, ...]) -> None:
        self.at = self.timers.now + seconds
        self.call, self.args = call, args
        self.state = "made"
        self.daemon = False

    def start(self) -> None:
        """Run."""
        assert self.daemon, "it would keep the process from going"
        self.state = "running"
        self.timers.set.append(self)

    def cancel(self) -> None:
        """Run no more."""
        self.state = "cancelled"

    def join(self, seconds: float) -> None:
        """Wait for its end."""
        assert self.state != "running"

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.state == "running"

    def go_off(self) -> None:
        """Do what it is for."""
        self.state = "over"
        self.call(*self.args)


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> Timers:
    timers = FakeTimer.timers = Timers()
    monkeypatch.setattr("threading.Timer", FakeTimer)
    monkeypatch.setattr("time.monotonic", lambda: timers.now)
    return timers


def test_each_is_ended_in_its_time(timers: Timers) -> None:
    dog, ended = Watchdog(), list[str]()
    dog.watch(60, lambda: ended.append("a POST"))
    timers.pass_time(1)
    dog.watch(30, lambda: ended.append("a read"))
    dog.watch(4, lambda: ended.append("a hurried one"))
    timers.pass_time(3.9)
    assert ended == []
    timers.pass_time(0.1)
    assert ended == ["a hurried one"]
    timers.pass_time(26)
    assert ended == ["a hurried one", "a read"]
    timers.pass_time(30)
    assert ended == ["a hurried one", "a read", "a POST"]
    assert timers.alive() == []


def test_what_is_forgotten_is_not_ended(timers: Timers) -> None:
    dog, ended = Watchdog(), list[str]()
    first = dog.watch(30, lambda: ended.append("first"))
    timers.pass_time(10)
    dog.watch(30, lambda: ended.append("second"))
    dog.forget(first)
    dog.forget(first)
    timers.pass_time(100)
    assert ended == ["second"]


def test_a_thread_for_many(timers: Timers) -> None:
    dog = Watchdog()
    for _ in range(100):
        dog.forget(dog.watch(60, lambda: None))
        timers.pass_time(0.1)
    assert len(timers.set) == 1
    kept = dog.watch(60, lambda: None)
    dog.rest()
    assert len(timers.alive()) == 1, "something is watched still"
    dog.forget(kept)
    dog.rest()
    assert timers.alive() == []
    dog.watch(60, lambda: None)
    assert timers.alive() == [timers.now + 60]


def test_once_forgotten_it_is_not_ended_any_more() -> None:
    """It is the next exchange on the same wire that would be cut."""
    dog, begun, go_on, order = Watchdog(), threading.Event(), threading.Event(), list[str]()

    def end() -> None:
        begun.set()
        go_on.wait(5)
        order.append("ended")

    watch = dog.watch(0.0, end)
    assert begun.wait(5)
    threading.Timer(0.05, go_on.set).start()
    dog.forget(watch)
    order.append("forgotten")
    dog.rest()
    assert order == ["ended", "forgotten"]
