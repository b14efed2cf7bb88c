"""The files of names, `names-….json` in the cache folder. What reads them is started by a key press: it imports little."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from cbrctl.errors import LocalState
from cbrctl.machine.files import open_file, write_file
from cbrctl.machine.rights import check_folder
from cbrctl.machine.secrecy import holds_secret

VERSION = 1
LARGEST = 4 << 20
"""Bytes of a file that are read."""
MOST_FILES = 16
"""How many projects are read, those seen last first."""
KINDS = ("vaults", "checkpoints", "copies", "tasks")
"""What is kept. A vault has a name, resources and tags; of the others it is told whose they are, and of when."""


class Origin(NamedTuple):
    """Where names were seen. Names of one are not offered where another is asked for."""

    profile: str
    """The profile that was chosen, empty where none was."""
    region: str
    endpoint: str
    project_id: str
    enterprise_project_id: str


Names = dict[str, dict[str, Any]]
"""By kind, by id."""


def read_all(folder: Path) -> list[tuple[Origin, Names]]:
    """Return what is kept, what was seen last first. What is not safe to read, or is none of ours, is left out."""
    try:
        check_folder(folder, tighten=False)
        paths = sorted(_list_files(folder), key=lambda path: path.lstat().st_mtime, reverse=True)
    except (OSError, LocalState):
        return []
    return [found for path in paths[:MOST_FILES] if (found := read_file(path)) is not None]


def forget(folder: Path, *profiles: str) -> bool:
    """Remove the names that were seen as one of these profiles; return whether there were any."""
    removed = False
    with suppress(OSError):
        for path in _list_files(folder):
            found = read_file(path)
            if found and found[0].profile in profiles:
                path.unlink(missing_ok=True)
                removed = True
    return removed


def _list_files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith("names-") and path.suffix == ".json"]


def read_file(path: Path) -> tuple[Origin, Names] | None:
    """Return what one file holds; None where that is nothing usable."""
    try:
        with open(open_file(path), "rb") as file:
            data = json.loads(file.read(LARGEST))
    except (OSError, LocalState, ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or data.get("version") != VERSION:
        return None
    origin = Origin(*(_text(data.get(field)) for field in Origin._fields))
    return origin, {kind: found if isinstance(found := data.get(kind), dict) else {} for kind in KINDS}


def write_names(path: Path, origin: Origin, names: Mapping[str, Any]) -> None:
    """Write one file, unless it says the same. What cannot be written is not kept: it only serves completion."""
    text = json.dumps({"version": VERSION, **origin._asdict(), **names}, separators=(",", ":"))
    if len(text) > LARGEST or holds_secret(text):  # a service may say a token again
        return
    data = text.encode()
    with suppress(OSError, LocalState):
        with suppress(OSError), open(open_file(path), "rb") as file:
            if file.read(LARGEST) == data:
                os.utime(path)
                return
        write_file(path, data)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
