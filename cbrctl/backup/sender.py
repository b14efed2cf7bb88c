"""The requests of a run on their way: one at a time in this thread, or several, each in a thread that does nothing else.

What is sent elsewhere is an exchange of bytes alone, or a look that shares nothing with this thread. What is recorded
before it and concluded from its answer happens in the thread that runs the schedule, so that nothing of a backup is
touched by two at once.
"""

import math
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from cbrctl.api.models import Checkpoint
from cbrctl.backup.schedule import Gate, Wait

if TYPE_CHECKING:
    from concurrent.futures import Future
    from queue import SimpleQueue

    from cbrctl.api.client import Client
    from cbrctl.api.transport import Transport

DoneT = TypeVar("DoneT")

HOLDS = 64
LOOKS = 8
"""Looks at single backups that are made at a time, beside what is sent."""
LINGER = 1.0
"""Seconds that the end of a thread is waited for, whose connection was cut."""


class Sender:
    """Sends the POSTs of a run, at most `parallel` at a time (contract, --parallel)."""

    def __init__(self, client: "Client", parallel: int = 1) -> None:
        self.client = client
        self.gate = Gate(parallel)
        self.holds = Gate(max(HOLDS, parallel))
        """Vaults that are held at a time: each takes an open file."""
        looks = min(LOOKS, parallel)
        self._looks = Gate(looks)
        # one for each that either gate lets pass: what is to be sent never waits for a look to end
        self._workers = Workers(client.transport, parallel + looks) if parallel > 1 else None

    def post(self, request: Mapping[str, Any], begin_by: float = math.inf) -> Generator[Wait, None, Checkpoint]:
        """Send one request; return the checkpoint that is answered. Raises what `Client.post_checkpoint` raises."""
        if self._workers is None:
            return self.client.post_checkpoint(request, begin_by)
        posting = self.client.posting(request, begin_by)
        future = self._workers.call(next(posting))
        yield future
        try:
            posting.send(future.result)
        except StopIteration as end:
            return cast(Checkpoint, end.value)
        raise AssertionError("one request has one answer")

    def look(self, look: "Callable[[Transport], DoneT]") -> "Generator[Wait, None, DoneT | None]":
        """Look in another thread, with its transport; None where all is done in this one."""
        if self._workers is None:
            return None
        yield from self._looks.enter()
        try:
            future = self._workers.call(look)
            yield future
            return future.result()
        finally:
            self._looks.leave()

    def hurry(self, exchange: float, whole: float) -> None:
        """Leave the exchanges under way `exchange` seconds longer at most, and all that follow `whole`."""
        self.client.transport.hurry(exchange, whole)
        if self._workers is not None:
            self._workers.hurry(exchange, whole)

    def close(self) -> None:
        """Cut what is still under way."""
        if self._workers is not None:
            self._workers.close()


class Workers:
    """Threads that work with a transport of their own each. They are started as they are needed."""

    def __init__(self, transport: "Transport", most: int) -> None:
        from queue import SimpleQueue

        self._transport = transport
        self._most = most
        self._work: SimpleQueue[_Task[Any] | None] = SimpleQueue()
        self._threads: list[Any] = []
        self._transports: list[Transport] = []
        self._under_way = 0

    def call(self, work: "Callable[[Transport], DoneT]") -> "Future[DoneT]":
        """Do this in another thread, with its transport."""
        from concurrent.futures import Future

        future: Future[DoneT] = Future()
        self._under_way += 1
        future.add_done_callback(self._note_done)
        self._work.put((future, work))
        if self._under_way > len(self._threads) and len(self._threads) < self._most:
            self._start()
        return future

    def hurry(self, exchange: float, whole: float) -> None:
        """Let each exchange under way end soon, and those that follow."""
        for transport in self._transports:
            transport.hurry(exchange, whole)

    def close(self) -> None:
        """End the threads; what is under way is cut."""
        for _ in self._threads:
            self._work.put(None)
        for thread, transport in zip(self._threads, self._transports, strict=True):
            if self._under_way:
                transport.hurry(0.0, 0.0)
            thread.join(LINGER)
            transport.close()
        self._threads, self._transports = [], []

    def _note_done(self, future: "Future[Any]") -> None:
        self._under_way -= 1

    def _start(self) -> None:
        from threading import Thread

        transport = self._transport.fork()
        thread = Thread(target=_do_all, args=(self._work, transport), daemon=True)
        self._threads.append(thread)
        self._transports.append(transport)
        thread.start()


_Task = tuple["Future[DoneT]", "Callable[[Transport], DoneT]"]


def _do_all(tasks: "SimpleQueue[_Task[Any] | None]", transport: "Transport") -> None:
    while (task := tasks.get()) is not None:
        future, work = task
        try:
            done = work(transport)
        except BaseException as cause:  # it is told where the result is taken
            future.set_exception(cause)
        else:
            future.set_result(done)
