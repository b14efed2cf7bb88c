"""Progress of many vaults: how many are how far, and those that run or are in trouble, as many as fit. On standard error."""

import sys
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from cbrctl.durations import write_stamp
from cbrctl.messages.language import entitle, tr
from cbrctl.phrases import Phrase
from cbrctl.screen.progress import HEARTBEAT, event_line, rate_line
from cbrctl.screen.streams import Streams, write_to
from cbrctl.screen.text import inert

if TYPE_CHECKING:
    from rich.progress import TaskID

    from cbrctl.backup.options import Event
    from cbrctl.backup.record import Backup
    from cbrctl.screen.bars import Bars

FRAME = 0.5
"""Seconds between two changes of what a terminal shows."""
MOST_ROWS = 12
_SHOW_CURSOR = "\x1b[?25h"
_TROUBLE = ("no answer", "waiting", "searching")
_ORDER = (
    "completed", Phrase("running"), Phrase("sending"), Phrase("searching"), Phrase("waiting"), Phrase("no answer"), "accepted",
    "planned", "skipped", "partial", "failed", "pending", "refused", "unknown", "error",
)  # fmt: skip


class FleetCounts:
    """How far each backup of a run is, and what that makes together."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.states: dict[int, str] = {}
        """By record, in the service's and our own words."""
        self.entries: dict[int, Backup] = {}

    def take(self, event: "Event") -> None:
        """Take an event of one backup."""
        key, data = id(event.entry), event.data
        state = data.get("state")
        if event.type == "op" and state == "ended":
            self.done += 1
            self.states[key] = str(data["outcome"])
            self.entries.pop(key, None)
            return
        if event.type == "op":
            state = "running" if state in ("accepted", "attached") else state
        elif event.type == "look":
            state = "no answer" if data.get("error") is not None else "running"
        if event.type in ("op", "look") and state:
            self.entries[key] = event.entry
            self.states[key] = str(state)

    def sum(self) -> str:
        """Return how many are done of how many."""
        return tr("{done} of {all} done").format(done=self.done, all=self.total)

    def parts(self) -> str:
        """Return how many are how far."""
        told = Counter(self.states.values())
        parts = [tr("{count} {outcome}").format(count=told[word], outcome=tr(word)) for word in _ORDER if told[word]]
        left = self.total - len(self.states)
        parts += [tr("{count} to come").format(count=left)] if left > 0 else []
        return tr(", ").join(parts)


class FleetLines:
    """For a log: a line a vault that has ended, what is in its way, and one of all now and then."""

    def __init__(self, streams: Streams, total: int) -> None:
        self.streams = streams
        self.counts = FleetCounts(total)
        self._told_at = time.monotonic()

    def tell(self, event: "Event") -> None:
        """Write what the event is worth."""
        if event.type == "rate":
            self._write(rate_line(event))
            return
        before = self.counts.states.get(id(event.entry))
        self.counts.take(event)
        state = event.data.get("state")
        if event.type == "op" and state in ("ended", "waiting") and before != state:
            self._write(entitle(inert(event.entry.label), event_line(event)))
        elif time.monotonic() - self._told_at >= HEARTBEAT:
            self._write(entitle(self.counts.sum(), self.counts.parts()))

    def close(self) -> None:
        """Nothing is left open."""

    def _write(self, words: str) -> None:
        self._told_at = time.monotonic()
        self.streams.err(f"{write_stamp(time.time())} {words}")


class FleetBars:
    """For a person: one bar of all, and a line each for those that run or are in trouble, as many as the screen has room for."""

    def __init__(self, streams: Streams, total: int) -> None:
        self.streams = streams
        self.counts = FleetCounts(total)
        self._progress: Bars | None = None
        self._rows: list[TaskID] = []
        self._sum: TaskID | None = None
        self._drawn_at = 0.0
        self._began = time.monotonic()
        self._rate = ""
        self._accepted: dict[int, float] = {}

    def tell(self, event: "Event") -> None:
        """Note the event; what is shown changes twice a second."""
        if event.type == "rate":
            self._rate = rate_line(event)
        elif event.type == "op" and event.data.get("state") in ("accepted", "ended"):
            self._rate = ""
        if event.type != "rate":
            self.counts.take(event)
        if event.type == "op" and event.data.get("state") in ("accepted", "attached"):
            self._accepted[id(event.entry)] = time.monotonic()
        if time.monotonic() - self._drawn_at >= FRAME:
            self._draw()

    def close(self) -> None:
        """Take the bars away and give the cursor back."""
        if self._progress is None:
            return
        with suppress(IndexError):  # a signal may have come while Rich was beginning: there is less to end then
            self._progress.stop()
        write_to(sys.stderr, _SHOW_CURSOR)
        self._progress = self._sum = None
        self._rows.clear()

    def _draw(self) -> None:
        self._drawn_at = time.monotonic()
        progress = self._open()
        states = self.counts.states
        # the longest in trouble first, then those that run
        shown = sorted(self.counts.entries, key=lambda key: states[key] not in _TROUBLE)[: len(self._rows)]
        for row, key in zip(self._rows, shown, strict=False):
            entry = self.counts.entries[key]
            percent = [state.progress or 0 for state in entry.verdict.states]
            done = sum(percent) // len(percent) if percent else 0
            progress.set_beginning(row, self._accepted.get(key, time.monotonic()))
            progress.update(row, description=inert(entry.label), completed=done, status=tr(states[key]), visible=True)
        for row in self._rows[len(shown) :]:
            progress.update(row, visible=False)
        if self._sum is not None:
            progress.update(
                self._sum, description=self.counts.sum(), completed=self.counts.done, total=self.counts.total
            )
        progress.foot = f"  {self._rate or self.counts.parts()}"
        progress.refresh()

    def _open(self) -> "Bars":
        if self._progress is None:
            from cbrctl.screen.bars import Bars

            self._progress = Bars(color=self.streams.color_err)
            self._progress.start()
            room = max(3, min(MOST_ROWS, self._progress.console.height - 5))
            self._rows = [self._progress.add_task("", total=100, visible=False, status="") for _ in range(room)]
            self._sum = self._progress.add_task("", total=self.counts.total, status="")
            self._progress.set_beginning(self._sum, self._began)
        return self._progress
