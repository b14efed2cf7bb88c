"""The line that stands on a terminal while nothing else can be shown: what is waited for, and for how long.

It is on standard error alone, the last line of it, and taken away by whatever is written next to either stream.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from cbrctl.messages.language import tr
from cbrctl.phrases import Phrase
from cbrctl.screen.raw import write_raw
from cbrctl.screen.text import inert

_BACKUP = Phrase("waiting for the backup")
_WAITING = {
    "accepted": _BACKUP,
    "attached": _BACKUP,
    "waiting": Phrase("waiting for the vault"),
    "searching": Phrase("looking for the backup"),
}
"""What is waited for in each state of a backup."""
TICK = 0.5
"""Seconds between two looks of the thread that draws."""
_ERASE = "\r\x1b[2K"
_PATIENCE = 1.0
"""Seconds to wait for the thread that is drawing."""


class StandingLine:
    """One line. It is drawn at once, and then by a thread of its own, so that a request that hangs does not hide it."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._words = tr("working")
        self._request = ""
        self._since = time.monotonic()
        self._held = 0
        self._drawn = False
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="standing line", daemon=True)

    def start(self) -> None:
        """Draw it, and go on."""
        self._draw()
        self._thread.start()

    def say(self, state: str) -> None:
        """Say what is waited for from now on, by the state of a backup."""
        words = tr(_WAITING.get(state, "working"))
        if words != self._words:
            self._words = words
            self._since = time.monotonic()

    def ask(self, method: str, url: str) -> None:
        """Say that a request is on its way, until its answer is there; no `url` is that answer."""
        host = inert(urlsplit(url).hostname or "")
        if "/auth/" in url or "/v3.0/" in url:
            self._request = tr("logging in at {host}").format(host=host)
        elif url:
            self._request = (tr("sending to {host}") if method == "POST" else tr("asking {host}")).format(host=host)
        else:
            self._request = ""
            return
        self._since = time.monotonic()

    def erase(self) -> None:
        """Take it away for what is written now; it comes back where that is not the end."""
        with self._alone():
            if self._drawn:
                self._drawn = False
                write_raw(sys.stderr, _ERASE)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep it away, while a person is asked or bars are drawn."""
        self._held += 1
        self.erase()
        try:
            yield
        finally:
            self._held -= 1

    def close(self) -> None:
        """Take it away for good."""
        self._over.set()
        self.erase()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep the other thread from writing in between; a signal in a bad moment must not stop everything."""
        taken = self._lock.acquire(timeout=_PATIENCE)
        try:
            yield
        finally:
            if taken:
                with suppress(RuntimeError):
                    self._lock.release()

    def _run(self) -> None:
        while not self._over.wait(TICK):
            self._draw()

    def _draw(self) -> None:
        with self._alone():
            if self._held or self._over.is_set():
                return
            seconds = int(time.monotonic() - self._since)
            words = f"  {self._request or self._words} …" + (f" {seconds} s" if seconds else "")
            write_raw(sys.stderr, _ERASE + words[: self._width - 1])
            self._drawn = True
