"""Several processes in turns, a step at a time: threads of which only the one that has the baton runs."""

import threading
from collections.abc import Callable, Sequence
from typing import Protocol


class Stopped(BaseException):
    """Another process broke: this one does nothing more."""


class Time(Protocol):
    """The one clock of a history."""

    now: float


class Runner(Protocol):
    """What takes turns."""

    wakes_at: float
    baton: "Baton | None"


class Baton:
    """Lets several processes run in turns, a step at a time: who has the baton runs, all others wait for it."""

    def __init__(self, time: Time, turns: Sequence[int]) -> None:
        self.time = time
        self.turns = list(turns)
        """How many steps each turn has, before the other comes; after them a step each."""
        self._back = threading.Semaphore(0)
        self._go: dict[int, threading.Semaphore] = {}
        self._alive: list[Runner] = []
        self._errors: list[BaseException] = []

    def hand_over(self, process: Runner) -> None:
        """Hand the baton back and wait for it."""
        self._back.release()
        self._go[id(process)].acquire()
        if self._errors:
            raise Stopped

    def run(self, jobs: Sequence[tuple[Runner, Callable[[], object]]]) -> None:
        """Run all jobs to their ends. Raises what one of them raised."""
        threads = []
        for process, job in jobs:
            process.baton, process.wakes_at = self, self.time.now
            self._go[id(process)] = threading.Semaphore(0)
            self._alive.append(process)
            thread = threading.Thread(target=self._work, args=(process, job), daemon=True)
            threads.append(thread)
            thread.start()
        self._conduct()
        for thread in threads:
            thread.join()
        for process, _ in jobs:
            process.baton = None
        if self._errors:
            raise self._errors[0]

    def _work(self, process: Runner, job: Callable[[], object]) -> None:
        self._go[id(process)].acquire()
        try:
            if not self._errors:
                job()
        except BaseException as error:  # it is raised where the test can see it
            self._errors.append(error)
        finally:
            self._alive.remove(process)
            self._back.release()

    def _conduct(self) -> None:
        current, left = self._alive[0], self._next_turn()
        while self._alive:
            ready = [p for p in self._alive if p.wakes_at <= self.time.now or self._errors]
            if not ready:
                self.time.now = min(p.wakes_at for p in self._alive)
                continue
            if current not in ready or left <= 0:
                others = [p for p in ready if p is not current]
                current, left = (others or ready)[0], self._next_turn()
            left -= 1
            self._go[id(current)].release()
            self._back.acquire()

    def _next_turn(self) -> int:
        return self.turns.pop(0) if self.turns else 1
