"""The files that keep what IAM issued between runs, so that a run does not log in again: 0600, replaced whole, never trusted.

Beside each stands a lock: of many processes at once one logs in, and the others take what it got, or its refusal.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cbrctl.config.folders import folder
from cbrctl.errors import LocalState
from cbrctl.machine.files import make_folder, open_file, write_file
from cbrctl.machine.lock import FileLock
from cbrctl.machine.rights import check_folder

LARGEST = 256 * 1024
"""Bytes of a kept thing; a token has several KB."""
PATIENCE = 65.0
"""Seconds to wait for a process that is logging in; its own deadline is 60."""
_OURS = r"token-[0-9a-f]{32}\.json\Z|\.token-[0-9a-f]{32}\.json-[0-9a-f]{12}\Z"
"""Names of what is kept here, half written ones included: nothing else is removed."""
OF = "of"
"""Where it stands in a kept thing whose it is: its profile, and the way that it goes."""


def open_cache(environ: Mapping[str, str], identity: Mapping[str, object], owner: Mapping[str, str]) -> "Cache | None":
    """Return the cache of an identity; None where there is no home: nothing is kept then, and each run logs in.

    `owner` is the profile whose it is, and the way that it goes; a logout goes by it.
    """
    try:
        return Cache(folder("cache", environ), identity, owner)
    except LocalState as error:
        if error.key != "no-home":
            raise
        return None


class Cache:
    """One small file for each identity, scope and endpoint. A folder that cannot be written is no error, only slower.

    One that others could have a hand in is: LocalState, exit 15.
    """

    def __init__(
        self, folder: Path, identity: Mapping[str, object], owner: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._owner = owner
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
        self.path = folder / f"token-{digest[:32]}.json"
        self._lock = self.path.with_suffix(".lock")
        self._handle: int | None = None

    def load(self) -> Mapping[str, Any] | None:
        """Return what is kept, None where nothing usable is. Its values are not checked here."""
        try:
            check_folder(self.path.parent)
        except OSError:
            return None
        return _read(self.path)

    def store(self, values: Mapping[str, Any]) -> None:
        """Keep what was issued."""
        with suppress(OSError):
            write_file(self.path, json.dumps({**values, OF: dict(self._owner)}).encode())

    def forget(self) -> None:
        """Throw away what is kept: the service refused it, or the user logged out."""
        with suppress(OSError):
            self.path.unlink()

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """Keep other processes from logging in as the same; gives whether one was refused while this one waited.

        The lock is the kernel's: it is gone when its process is. Who waits too long goes on without it.
        """
        lock = self._open_lock()
        if lock is None:
            yield False
            return
        with lock:
            before = _count_refusals(lock.handle)
            with suppress(OSError):  # too late, or a file system without locks
                lock.take(PATIENCE)
            self._handle = lock.handle
            try:
                yield _count_refusals(lock.handle) != before
            finally:
                self._handle = None

    def note_refusal(self) -> None:
        """Tell those that wait for this login that IAM refused it: each of them would be one more failed login."""
        if self._handle is not None:
            with suppress(OSError):
                # a count, since clocks are set
                os.pwrite(self._handle, f"{_count_refusals(self._handle) + 1:020}\n".encode(), 0)

    def _open_lock(self) -> FileLock | None:
        if os.name != "posix":  # there are no such locks: each process logs in for itself
            return None
        try:
            make_folder(self._lock.parent)
            return FileLock(self._lock)
        except OSError:
            return None


def _read(path: Path) -> dict[str, Any] | None:
    """Return what a file keeps, None where that is nothing usable. Raises LocalState for an unsafe file."""
    try:
        handle = open_file(path)
    except OSError:
        return None
    with open(handle, "rb") as file:
        try:
            kept = json.loads(file.read(LARGEST))
        except (ValueError, RecursionError):
            return None
    return kept if isinstance(kept, dict) else None


def _count_refusals(handle: int) -> int:
    try:
        return int(os.pread(handle, 20, 0))
    except (OSError, ValueError):
        return 0


def list_kept(folder: Path, profile: str) -> list[tuple[Path, dict[str, Any]]]:
    """Return the kept things of a profile, with what each holds; what cannot be read is nobody's."""
    found = []
    with suppress(OSError):
        for path in folder.iterdir():
            kept = None
            if re.match(_OURS, path.name):
                with suppress(LocalState):
                    kept = _read(path)
            owner = kept.get(OF) if kept else None
            if kept and isinstance(owner, dict) and owner.get("profile") == profile:
                found.append((path, kept))
    return found


def remove_kept(path: Path) -> None:
    """Remove a kept thing and its lock. Raises LocalState."""
    for one in (path, path.with_suffix(".lock")):
        try:
            one.unlink(missing_ok=True)
        except OSError as cause:
            raise LocalState("not-removed", path=one, note=cause.strerror or "") from None
