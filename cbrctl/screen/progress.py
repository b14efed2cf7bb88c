"""Progress in two voices: bars that move for a person at a terminal, a plain line a change for a log. On standard error."""

import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from cbrctl.durations import read_stamp, write_stamp
from cbrctl.messages.language import entitle, join_sentences, say, tr
from cbrctl.screen.streams import Streams, write_to
from cbrctl.screen.text import inert

if TYPE_CHECKING:
    from rich.progress import TaskID

    from cbrctl.backup.options import Event
    from cbrctl.backup.record import Backup
    from cbrctl.screen.bars import Bars

_SHOW_CURSOR = "\x1b[?25h"
_OVER = ("available", "error", "skipped")
"""Statuses of resources that nothing is done for any more."""
HEARTBEAT = 300.0
"""Seconds after which a log gets a line though nothing changed: systems that run jobs end those that say nothing."""


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
        return waiting_line(event)
    if event.type == "op" and data["state"] == "searching":
        return tr("looking for the backup by its marker")
    if event.type == "op" and data["state"] == "ended":
        from cbrctl.screen.result_words import name_outcome

        return tr(name_outcome(event.entry))
    if event.type == "status":
        return tr("checkpoint {status}").format(status=inert(data["status"]))
    if event.type == "resource":
        percent = f" {data['progress']} %" if data["progress"] is not None else ""
        return f"{inert(data['name'] or data['id'])} {inert(data['status'])}{percent}"
    return ""


def waiting_line(event: "Event") -> str:
    """Return that a vault is busy, and with what, as far as that is known."""
    return join_sentences([tr("the vault is busy: waiting."), inert(say(event.data.get("who") or ""))])


def rate_line(event: "Event") -> str:
    """Return that a gateway refuses for rate, and how long all wait for it."""
    words = tr("the service refuses more requests for now: all wait {seconds} s")
    return words.format(seconds=round(event.data["seconds"]))


def count_resources(entries: Iterable["Backup"]) -> tuple[int, int]:
    """Return how many resources of backups are done, and of how many: those wanted, also while no look has shown them."""
    done = total = 0
    for entry in entries:
        states = entry.verdict.states
        done += sum(state.status in _OVER for state in states)
        total += len(states or entry.resource_ids or entry.wanted or ())
    return done, total


def course_line(event: "Event") -> str:
    """Return what is known of a backup that goes on: how many resources are done, its status, and since when.

    Of one that has not begun, what it waits for.
    """
    if "who" in event.data:
        return waiting_line(event)
    entry = event.entry
    done, total = count_resources([entry])
    checkpoint = entry.checkpoint
    parts = [
        tr("{done} of {all} resources done").format(done=done, all=total) if entry.verdict.states else "",
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
        if event.type == "rate":
            self.streams.err(f"{write_stamp(time.time())} {rate_line(event)}")
            return
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
        self.streams.err(f"{write_stamp(time.time())} {entitle(inert(event.entry.label), words)}")

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
    """A bar a resource, as many as the screen has room for. They are taken away at the end: the result says the same in full.

    `service_time` gives the time by the service's clock, None while that is not known.
    """

    def __init__(self, streams: Streams, service_time: Callable[[], float | None] = lambda: None) -> None:
        self.streams = streams
        self.service_time = service_time
        self._progress: Bars | None = None
        self._bars: dict[tuple[int, str], TaskID] = {}
        self._sum: TaskID | None = None
        self._statuses: dict[TaskID, str] = {}
        self._began: dict[int, float] = {}
        """The moment of the monotonic clock at which each was accepted; of one that was there already, when it began."""
        self._entries: dict[int, Backup] = {}

    def tell(self, event: "Event") -> None:
        """Move the bars; what stays on the screen is a line at the start of each backup, and at its end where there are several."""
        if event.type == "rate":
            self.streams.err(rate_line(event))
            return
        self._entries[id(event.entry)] = event.entry
        self._note_beginning(event)
        if event.type == "op" and event.data["state"] in ("accepted", "attached", "searching", "waiting"):
            self.streams.err(entitle(inert(event.entry.label), event_line(event)))
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

    def _note_beginning(self, event: "Event") -> None:
        """Note when a backup began: ours is accepted now; of others the service says when, by its own clock."""
        key, checkpoint = id(event.entry), event.entry.checkpoint
        if event.type == "op" and event.data["state"] == "accepted":
            self._began[key] = time.monotonic()
        elif key not in self._began and checkpoint and (began := read_stamp(checkpoint.created_at)) is not None:
            now = self.service_time()
            self._began[key] = time.monotonic() - max(0.0, (time.time() if now is None else now) - began)

    def _end(self, event: "Event") -> None:
        for key in [key for key in self._bars if key[0] == id(event.entry)]:
            if self._progress is not None:
                self._progress.remove_task(self._bars[key])
            self._statuses.pop(self._bars.pop(key), None)
        if len(self._entries) > 1 and event.data["outcome"] != "planned":  # the requests follow
            self.streams.err(entitle(inert(event.entry.label), event_line(event)))
        if not self._bars:
            self.close()
        elif self._progress is not None:
            self._fit(self._progress)

    def _move(self, event: "Event") -> None:
        progress = self._open()
        data = event.data
        key = id(event.entry), str(data["id"])
        done = int(data["progress"] or 0)
        if key not in self._bars:
            if self._sum is not None:  # it stays the last
                progress.remove_task(self._sum)
                self._sum = None
            name = inert(data["name"] or data["id"])
            # not drawn before it is known since when it runs
            self._bars[key] = progress.add_task(name, total=100, completed=done, visible=False, status="")
        bar = self._bars[key]
        progress.set_beginning(bar, self._began.get(key[0]))
        self._statuses[bar] = inert(data["status"])
        progress.move(bar, done, self._statuses[bar])
        self._fit(progress)
        progress.refresh()

    def _fit(self, progress: "Bars") -> None:
        """Show no more bars than there is room for, those that run first, and how many are done."""
        room = max(3, progress.console.height - 6)
        over = len(self._bars) > room
        ended = {bar for bar, status in self._statuses.items() if status in _OVER}
        shown = sorted(self._bars.values(), key=lambda bar: bar in ended)[:room]
        for bar in self._bars.values():
            progress.update(bar, visible=not over or bar in shown)
        if over and self._sum is None:
            self._sum = progress.add_task("", visible=False, status="")
            progress.set_beginning(self._sum, min(self._began.values(), default=None))
        if self._sum is not None:
            done, total = count_resources(self._entries.values())
            words = tr("{done} of {all} done").format(done=done, all=total)
            progress.update(self._sum, description=words, completed=done, total=total, visible=over)

    def _show_silence(self, event: "Event") -> None:
        """Say on the bars that the service does not answer, while it does not."""
        if self._progress is None:
            return
        failed = event.data["error"] is not None
        for (entry, _), bar in self._bars.items():
            if entry == id(event.entry):
                told = {"status": tr("no answer"), "due": None} if failed else {"status": self._statuses[bar]}
                self._progress.update(bar, **told)

    def _open(self) -> "Bars":
        if self._progress is None:
            from cbrctl.screen.bars import Bars

            self._progress = Bars(color=self.streams.color_err)
            self._progress.start()
        return self._progress
