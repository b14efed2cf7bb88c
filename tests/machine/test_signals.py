"""Signals where they arrive, where they wait for what is under way, and where a second one comes."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from cbrctl.errors import Interrupted
from cbrctl.machine import signals
from cbrctl.machine.clock import SYSTEM
from cbrctl.machine.signals import (
    begin_work,
    deferrals,
    deferred,
    end_work,
    install_handlers,
    is_noted,
    noted_at,
    raise_noted,
)
from tests.support.program import ROOT

NUMBERS = [signal.SIGHUP, signal.SIGINT, signal.SIGTERM]
each_signal = pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number.name)


@pytest.fixture(autouse=True)
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Handlers of this test alone."""
    before = {number: signal.getsignal(number) for number in NUMBERS}
    for number in NUMBERS:
        signal.signal(number, signal.SIG_DFL)
    monkeypatch.setattr(signals, "_desk", signals._Desk())
    install_handlers()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@each_signal
def test_a_signal_is_raised_where_it_arrives(number: signal.Signals) -> None:
    with pytest.raises(Interrupted) as caught:
        signal.raise_signal(number)
    assert (caught.value.number, caught.value.exit_code, caught.value.name) == (number, 128 + number, number.name)
    assert not is_noted()
    raise_noted()  # once is enough


@each_signal
def test_a_signal_waits_for_what_is_under_way(number: signal.Signals) -> None:
    told: list[float] = []
    with deferred(lambda: told.append(SYSTEM.monotonic())):
        assert (deferrals(), is_noted()) == (1, False)
        before = SYSTEM.monotonic()
        signal.raise_signal(number)
        assert is_noted()
        # a processor's clock may be some microseconds behind another's
        assert before - 0.001 <= noted_at() <= told[0] + 0.001 <= SYSTEM.monotonic() + 0.002
        raise_noted()  # not yet
        with deferred():
            assert deferrals() == 2
        raise_noted()
        assert len(told) == 1
    assert (deferrals(), is_noted()) == (0, True)
    with pytest.raises(Interrupted) as caught:
        raise_noted()
    assert caught.value.number == number
    assert not is_noted()
    raise_noted()


def test_the_last_that_began_is_told() -> None:
    told: list[str] = []
    with deferred(lambda: told.append("first")), deferred(), deferred(lambda: told.append("second")):
        signal.raise_signal(signal.SIGTERM)
    assert told == ["second"]


def test_what_fails_under_way_is_under_way_no_more() -> None:
    def fail() -> None:
        with deferred():
            signal.raise_signal(signal.SIGINT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (deferrals(), is_noted()) == (0, True)
    with pytest.raises(Interrupted):
        raise_noted()


@pytest.mark.parametrize("waits", [False, True], ids=["raised", "noted"])
def test_a_terminal_that_closes_sends_two(waits: bool) -> None:
    told: list[int] = []
    if waits:
        with deferred(lambda: told.append(1)):
            for _ in range(3):
                signal.raise_signal(signal.SIGHUP)
    with pytest.raises(Interrupted):
        raise_noted() if waits else signal.raise_signal(signal.SIGHUP)
    signal.raise_signal(signal.SIGHUP)
    assert not is_noted()
    assert len(told) == waits
    raise_noted()


def test_a_signal_between_two_works_ends_the_next_at_once() -> None:
    end_work()
    signal.raise_signal(signal.SIGTERM)
    assert is_noted()
    with pytest.raises(Interrupted) as caught:
        begin_work()
    assert caught.value.number == signal.SIGTERM


def test_the_results_of_work_are_told_whole() -> None:
    begin_work()
    end_work()
    for _ in range(2):
        signal.raise_signal(signal.SIGHUP)  # nothing is raised
    assert is_noted()


def test_work_that_begins_again_can_be_ended() -> None:
    end_work()
    begin_work()
    with pytest.raises(Interrupted):
        signal.raise_signal(signal.SIGINT)


# in a process of its own, since the second one ends it --------------------------------------------------------------

CHILD = """
import signal, sys
from cbrctl.errors import Interrupted
from cbrctl.machine.signals import deferred, end_work, install_handlers, raise_noted

first, second, place = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
again = sys.argv[4:]
install_handlers()
try:
    if place == "under way":
        with deferred():
            signal.raise_signal(first)
            signal.raise_signal(second)
            print("went on", flush=True)
    elif place == "told":
        end_work()
        signal.raise_signal(first)
        signal.raise_signal(second)
        print("went on", flush=True)
    else:
        signal.raise_signal(first)
    raise_noted()
except Interrupted as stop:
    if place == "raised":
        signal.raise_signal(second)
        print("went on", flush=True)
    if again:
        signal.raise_signal(second)
        print("went on for ever", flush=True)
    sys.exit(stop.exit_code)
"""


def run_child(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", CHILD, *words], env={"PYTHONPATH": ROOT}, capture_output=True, text=True, timeout=30
    )


@pytest.mark.long
@pytest.mark.parametrize("place", ["under way", "raised", "told"])
@pytest.mark.parametrize("second", NUMBERS, ids=lambda number: f"then {number.name}")
@pytest.mark.parametrize("first", NUMBERS, ids=lambda number: number.name)
@pytest.mark.sampled(4)
def test_a_second_signal_breaks_off_what_the_first_waits_for(
    first: signal.Signals, second: signal.Signals, place: str
) -> None:
    """What came of it is told whole, with the code of the first."""
    done = run_child(str(int(first)), str(int(second)), place)
    closed = first == second == signal.SIGHUP
    assert done.returncode == 128 + first, done.stderr
    assert done.stdout == ("" if place == "under way" and not closed else "went on\n")
    assert done.stderr == ""


@pytest.mark.parametrize("place", ["under way", "raised", "told"])
@pytest.mark.parametrize("first", NUMBERS, ids=lambda number: number.name)
def test_a_third_signal_ends_the_process(first: signal.Signals, place: str) -> None:
    second = signal.SIGTERM if first != signal.SIGTERM else signal.SIGINT
    done = run_child(str(int(first)), str(int(second)), place, "again")
    assert done.returncode == -second, done.stderr
    assert "for ever" not in done.stdout


@each_signal
def test_what_is_ignored_stays_ignored(number: signal.Signals) -> None:
    """`nohup` and `&` of sh mean it."""
    signal.signal(number, signal.SIG_IGN)
    install_handlers()
    assert signal.getsignal(number) is signal.SIG_IGN
    signal.raise_signal(number)
    assert not is_noted()


def test_a_system_without_one_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "SIGHUP")
    install_handlers()
    with deferred():
        signal.raise_signal(signal.SIGTERM)
    with pytest.raises(Interrupted):
        raise_noted()


def test_handlers_that_are_installed_again_forget_what_came(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Interrupted):
        signal.raise_signal(signal.SIGINT)
    install_handlers()
    ended: list[Any] = []
    monkeypatch.setattr(signal, "raise_signal", ended.append)
    with pytest.raises(Interrupted):
        signals._desk.arrive(signal.SIGINT, None)
    assert ended == []


def test_a_signal_that_comes_before_anything_begins_leaves_no_traceback() -> None:
    code = (
        "import os, signal; from cbrctl import __main__; from cbrctl.cli import tree;"
        "tree.main = lambda: os.kill(os.getpid(), signal.SIGINT); __main__.main()"
    )
    done = subprocess.run([sys.executable, "-c", code, "vault", "list"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_a_signal_that_comes_while_the_first_module_is_imported_leaves_no_traceback() -> None:
    code = """
import os, sys
from cbrctl import __main__
class Stop:
    def find_spec(self, *name):
        os.kill(os.getpid(), 2)
sys.modules.pop("signal", None)
sys.meta_path.insert(0, Stop())
__main__.main()
"""
    done = subprocess.run([sys.executable, "-c", code, "vault", "list"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")
