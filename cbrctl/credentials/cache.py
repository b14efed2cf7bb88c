"""The file that keeps tokens between runs, so that a run does not log in again: 0600, replaced whole, never trusted blindly."""

import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cbrctl.credentials.sources import find_odd_character
from cbrctl.ids import parse_project_id

RENEW_BEFORE = 600
"""Seconds before its end at which a token is no longer used."""


class TokenCache:
    """One small file for each identity, scope and endpoint. A cache that cannot be used is no error, only slower."""

    def __init__(self, folder: Path, identity: Mapping[str, str | None]) -> None:
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
        self.path = folder / f"token-{digest[:32]}.json"

    def load(self, now: float) -> Mapping[str, Any] | None:
        """Give the kept token while it is good for ten minutes more; None otherwise. `now` is seconds since the epoch."""
        try:
            handle = os.open(self.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        except OSError:
            return None
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode) or _is_foreign(state):
            os.close(handle)
            return None
        with open(handle, "rb") as file:
            try:
                kept = json.loads(file.read(256 * 1024))
                token, project_id = kept["token"], kept["project_id"]
                good = kept["expires_at"] - RENEW_BEFORE > now and bool(token) and find_odd_character(token) is None
                good = good and (project_id is None or parse_project_id(project_id) == project_id)
            except (ValueError, TypeError, KeyError, RecursionError):
                return None
        return kept if good else None

    def store(self, token: str, expires_at: float, project_id: str | None) -> None:
        """Keep a token. `expires_at` is seconds since the epoch."""
        data = json.dumps({"token": token, "expires_at": expires_at, "project_id": project_id}).encode()
        with suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".token-")
            try:
                with open(handle, "wb") as file:  # mkstemp makes it 0600
                    file.write(data)
                os.replace(name, self.path)
            except OSError:
                os.unlink(name)

    def forget(self) -> None:
        """Throw the kept token away: the service refused it."""
        with suppress(OSError):
            self.path.unlink()


def _is_foreign(state: os.stat_result) -> bool:
    """Whether others own the file or can read it: its token is not used then, and is replaced."""
    if os.name != "posix":
        return False
    return state.st_uid != os.geteuid() or bool(state.st_mode & 0o077)
