"""Progress in two voices: bars that move for a person at a terminal, a plain line a change for a log. On standard error."""

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from cbrctl.durations import read_stamp, write_stamp
from cbrctl.messages.language import tr
from cbrctl.screen.streams import Streams, write_to
from cbrctl.screen.text import inert

if TYPE_CHECKING:
    from rich.progress import TaskID

    from cbrctl.backup.options import Event
    from cbrctl.screen.bars import Bars

_SHOW_CURSOR = "\x1b[?25h"
HEARTBEAT = 300.0
"""Seconds after which a log gets a line though nothing changed: systems that run jobs end those that say nothing."""


def cut_middle(text: str, width: int) -> str:
    """Return text of at most `width` characters: names begin and end with what tells them apart."""
    if len(text) <= width:
        return text
    return f"{text[: (width - 1) // 2]}…{text[len(text) - width // 2 :]}"


class ProgressView(Protocol):
    """How progress is told."""

    def tell(self, event: "Event") -> None:
        """Tell one event."""

    def close(self) -> None:
        """Leave the terminal as it was."""


def event_line(event: "Event") -> str:
    """Return the words of an event; nothing where it is not worth a line."""
    data = event.data
    if event.type == "op" and data["state"] == "accepted":
        return tr("accepted, checkpoint {id}").format(id=data["checkpoint_id"])
    if event.type == "op" and data["state"] == "attached":
        since = event.entry.checkpoint and event.entry.checkpoint.created_at
        words = tr("checkpoint {id} was there already, since {since}: no new backup was started")
        if not since:
            words = tr("checkpoint {id} was there already: no new backup was started")
        return words.format(id=data["checkpoint_id"], since=since)
    if event.type == "op" and data["state"] == "waiting":
        return " ".join([tr("the vault is busy: waiting."), inert(data.get("who") or "")]).rstrip()
    if event.type == "op" and data["state"] == "searching":
        return tr("looking for the backup by its marker")
    if event.type == "op" and data["state"] == "ended":
        # one that was there already was not accepted now
        attached = data["outcome"] == "accepted" and event.entry.attached
        return tr("it goes on") if attached else tr(str(data["outcome"]))
    if event.type == "status":
        return tr("checkpoint {status}").format(status=inert(data["status"]))
    if event.type == "resource":
        percent = f" {data['progress']} %" if data["progress"] is not None else ""
        return f"{inert(data['name'] or data['id'])} {inert(data['status'])}{percent}"
    return ""


def course_line(event: "Event") -> str:
    """Return what is known of a backup that goes on: how many resources are done, its status, and since when."""
    entry = event.entry
    states = entry.verdict.states
    done = sum(state.status in ("available", "error", "skipped") for state in states)
    checkpoint = entry.checkpoint
    parts = [
        tr("{done} of {all} resources done").format(done=done, all=len(states)) if states else "",
        tr("checkpoint {status}").format(status=inert(checkpoint.status)) if checkpoint and checkpoint.status else "",
        tr("since {since}").format(since=inert(checkpoint.created_at)) if checkpoint and checkpoint.created_at else "",
    ]
    return ", ".join(part for part in parts if part) or tr("it goes on")


class LineVoice:
    """A line a change: a status that changed, progress in quarters; and one now and then while nothing changes."""

    def __init__(self, streams: Streams) -> None:
        self.streams = streams
        self._said: dict[tuple[int, str], object] = {}
        self._told_at: dict[int, float] = {}
        self._silent: set[int] = set()
        """The records of which the service told nothing when it was asked last."""

    def tell(self, event: "Event") -> None:
        """Write the event's line, unless it says what was said before."""
        words = self._look(event) if event.type == "look" else event_line(event)
        if not words:
            return
        if event.type == "resource":
            data = event.data
            said = (data["status"], (data["progress"] or 0) // 25)
            if self._said.get((id(event.entry), data["id"])) == said:
                return
            self._said[id(event.entry), data["id"]] = said
        self._told_at[id(event.entry)] = time.monotonic()
        self.streams.err(f"{write_stamp(time.time())} {inert(event.entry.label)}: {words}")

    def close(self) -> None:
        """Nothing is left open."""

    def _look(self, event: "Event") -> str:
        """Return what a look is worth saying: that no answer came, that one came again, or what runs, every five minutes."""
        key, failed = id(event.entry), event.data["error"] is not None
        due = time.monotonic() - self._told_at.setdefault(key, time.monotonic()) >= HEARTBEAT
        if failed and (due or key not in self._silent):
            self._silent.add(key)
            return tr("no answer from the service; it is asked again")
        if not failed and key in self._silent:
            self._silent.discard(key)
            return tr("the service answers again") + ": " + course_line(event)
        return course_line(event) if due and not failed else ""


class LiveVoice:
    """A bar a resource, as many as the screen has room for. They are taken away at the end: the result says the same in full."""

    def __init__(self, streams: Streams) -> None:
        self.streams = streams
        self._progress: Bars | None = None
        self._bars: dict[tuple[int, str], TaskID] = {}
        self._sum: TaskID | None = None
        self._statuses: dict[TaskID, str] = {}
        self._began: dict[int, float] = {}
        """The moment of the monotonic clock at which each was accepted; of one that was there already, when it began."""
        self._entries: set[int] = set()

    def tell(self, event: "Event") -> None:
        """Move the bars; what stays on the screen is a line at the start of each backup, and at its end where there are several."""
        key = id(event.entry)
        self._entries.add(key)
        if event.type == "op" and event.data["state"] in ("accepted", "attached", "searching", "waiting"):
            self._note_beginning(event)
            self._say(f"{inert(event.entry.label)}: {event_line(event)}")
        elif event.type == "op" and event.data["state"] == "ended":
            self._end(event)
        elif event.type == "resource":
            self._move(event)
        elif event.type == "look":
            self._show_silence(event)

    def close(self) -> None:
        """Take the bars away and give the cursor back."""
        if self._progress is None:
            return
        with suppress(IndexError):  # a signal may have come while Rich was beginning: there is less to end then
            self._progress.stop()
        write_to(sys.stderr, _SHOW_CURSOR)
        self._progress = self._sum = None
        self._bars.clear()
        self._statuses.clear()

    def _say(self, line: str) -> None:
        """Write a line that stays, above the bars."""
        if self._progress is None:
            self.streams.err(line)
        else:
            self._progress.console.print(line, markup=False, highlight=False)

    def _note_beginning(self, event: "Event") -> None:
        if event.data["state"] in ("accepted", "attached"):
            checkpoint = event.entry.checkpoint
            began = read_stamp(checkpoint.created_at) if checkpoint and event.data["state"] == "attached" else None
            age = max(0.0, time.time() - began) if began is not None else 0.0
            self._began.setdefault(id(event.entry), time.monotonic() - age)

    def _end(self, event: "Event") -> None:
        for key in [key for key in self._bars if key[0] == id(event.entry)]:
            if self._progress is not None:
                self._progress.remove_task(self._bars[key])
            del self._bars[key]
        if len(self._entries) > 1:
            self._say(f"{inert(event.entry.label)}: {event_line(event)}")
        if not self._bars:
            self.close()

    def _move(self, event: "Event") -> None:
        progress = self._open()
        data = event.data
        key = id(event.entry), str(data["id"])
        done = int(data["progress"] or 0)
        if key not in self._bars:
            if self._sum is not None:  # it stays the last
                progress.remove_task(self._sum)
                self._sum = None
            name = cut_middle(inert(data["name"] or data["id"]), max(12, progress.console.width // 3))
            self._bars[key] = progress.add_task(name, total=100, completed=done, status=inert(data["status"]))
            for task in progress.tasks:
                if task.id == self._bars[key]:
                    task.start_time = self._began.get(id(event.entry), task.start_time)
        bar = self._bars[key]
        self._statuses[bar] = inert(data["status"])
        progress.update(bar, completed=done, status=self._statuses[bar])
        self._fit(progress)
        progress.refresh()

    def _fit(self, progress: "Bars") -> None:
        """Show no more bars than there is room for, those that run first, and how many are done."""
        room = max(3, progress.console.height - 6)
        over = len(self._bars) > room
        ended = {bar for bar, status in self._statuses.items() if status in ("available", "error", "skipped")}
        shown = sorted(self._bars.values(), key=lambda bar: bar in ended)[:room]
        for bar in self._bars.values():
            progress.update(bar, visible=not over or bar in shown)
        if over:
            words = tr("{done} of {all} done").format(
                done=sum(b in ended for b in self._bars.values()), all=len(self._bars)
            )
            if self._sum is None:
                self._sum = progress.add_task(words, total=len(self._bars), status="")
            progress.update(self._sum, description=words, completed=len(ended), total=len(self._bars))

    def _show_silence(self, event: "Event") -> None:
        """Say on the bars that the service does not answer, while it does not."""
        if self._progress is None:
            return
        failed = event.data["error"] is not None
        for (entry, _), bar in self._bars.items():
            if entry == id(event.entry):
                self._progress.update(bar, status=tr("no answer") if failed else self._statuses[bar])

    def _open(self) -> "Bars":
        if self._progress is None:
            from cbrctl.screen.bars import Bars

            self._progress = Bars(color=self.streams.color_err)
            self._progress.start()
        return self._progress
