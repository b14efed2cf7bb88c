"""Progress in two voices: bars that move for a person at a terminal, a plain line a change for a log. On standard error."""

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from cbrctl.durations import write_stamp
from cbrctl.language import tr
from cbrctl.screen.streams import Streams, write_to
from cbrctl.screen.text import inert

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from cbrctl.backup.options import Event

_SHOW_CURSOR = "\x1b[?25h"


class Voice(Protocol):
    """How progress is told."""

    def tell(self, event: "Event") -> None:
        """Tell one event."""

    def close(self) -> None:
        """Leave the terminal as it was."""


def event_line(event: "Event") -> str:
    """Give the words of an event; nothing where it is not worth a line."""
    data: dict[str, Any] = event.data
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


class LineVoice:
    """A line a change: a status that changed, progress in quarters."""

    def __init__(self, streams: Streams) -> None:
        self.streams = streams
        self._said: dict[tuple[int, str], object] = {}

    def tell(self, event: "Event") -> None:
        """Write the event's line, unless it says what was said before."""
        words = event_line(event)
        if not words:
            return
        if event.type == "resource":
            data = event.data
            said = (data["status"], (data["progress"] or 0) // 25)
            if self._said.get((id(event.entry), data["id"])) == said:
                return
            self._said[id(event.entry), data["id"]] = said
        self.streams.err(f"{write_stamp(time.time())} {inert(event.entry.label)}: {words}")

    def close(self) -> None:
        """Nothing is left open."""


class LiveVoice:
    """A bar a resource. It is taken away at the end: the result says the same in full."""

    def __init__(self, streams: Streams) -> None:
        self.streams = streams
        self._progress: Progress | None = None
        self._bars: dict[str, TaskID] = {}

    def tell(self, event: "Event") -> None:
        """Move the bars; what stays on the screen is one line at the start of each backup."""
        if event.type == "op" and event.data["state"] in ("accepted", "attached", "searching", "waiting"):
            self.streams.err(f"{inert(event.entry.label)}: {event_line(event)}")
        elif event.type == "op" and event.data["state"] == "ended":
            self.close()
        elif event.type == "resource":
            self._move(event)

    def close(self) -> None:
        """Take the bars away and give the cursor back."""
        if self._progress is None:
            return
        with suppress(IndexError):  # a signal may have come while Rich was beginning: there is less to end then
            self._progress.stop()
        write_to(sys.stderr, _SHOW_CURSOR)
        self._progress = None
        self._bars.clear()

    def _move(self, event: "Event") -> None:
        progress = self._open()
        data = event.data
        key = str(data["id"])
        done = int(data["progress"] or 0)
        if key not in self._bars:
            name = inert(data["name"] or data["id"])
            self._bars[key] = progress.add_task(name, total=100, completed=done, status=inert(data["status"]))
        progress.update(self._bars[key], completed=done, status=inert(data["status"]))
        progress.refresh()

    def _open(self) -> "Progress":
        if self._progress is None:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
            from rich.table import Column

            console = Console(
                file=sys.stderr,
                force_terminal=True,
                no_color=not self.streams.color_err,
                markup=False,
                emoji=False,
                highlight=False,
            )
            self._progress = Progress(
                TextColumn("  {task.description}", markup=False, table_column=Column(ratio=2, no_wrap=True)),
                BarColumn(bar_width=None, table_column=Column(ratio=2)),
                TextColumn("{task.percentage:>3.0f} %", markup=False),
                TextColumn("{task.fields[status]}", markup=False, table_column=Column(no_wrap=True)),
                TimeElapsedColumn(),
                console=console,
                transient=True,
                refresh_per_second=2,  # what a long wait pays for is frames
                expand=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._progress.start()
        return self._progress
