"""The kernel's lock of a file: it is gone when the process that holds it is, however that ended."""

import os
import threading
from pathlib import Path
from typing import Self

_PAUSE = 0.05
"""Seconds between two attempts."""


class FileLock:
    """A file, made for us alone where there is none, and open until the context ends; `take` locks it.

    Opening and locking are apart, since some read what stands in the file while another process still holds it.
    """

    def __init__(self, path: Path) -> None:
        """Open the file. Raises OSError, also where it is a link."""
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        self.handle = os.open(path, flags, 0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self.handle)

    def take(self, patience: float = 0.0) -> None:
        """Lock it, looking for `patience` seconds whether another process lets go of it.

        Raises BlockingIOError where none does, OSError where the file system has no locks, ImportError where the system
        has none.
        """
        import fcntl  # not on Windows

        pause = threading.Event()
        for _ in range(int(patience / _PAUSE)):
            try:
                return fcntl.flock(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pause.wait(_PAUSE)
        return fcntl.flock(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
