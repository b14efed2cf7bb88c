"""Files for us alone: made durable, refused where others could have a hand in them, set aside rather than deleted."""

import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

FileId = tuple[int, int]
"""Device and inode: which file a path led to."""


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, for us alone, so that they last. Raises OSError."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync(folder.parent)


def make_file(path: Path, unsafe: Callable[[], Exception]) -> FileId:
    """Make an empty file of mode 0600 where there is none; gives which one it is. Raises OSError.

    Raises `unsafe` where there is one that is no plain file, not ours, or open to others.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        _sync(path.parent)
    except FileExistsError:
        pass
    state = os.lstat(path)
    if not stat.S_ISREG(state.st_mode) or state.st_uid != os.geteuid() or state.st_mode & 0o077:
        raise unsafe()
    return state.st_dev, state.st_ino


def set_aside(path: Path, file: FileId | None) -> str:
    """Rename a damaged database and its companions, unless another process has done so; gives the new name."""
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.getpid()}")
    with suppress(OSError):
        state = os.lstat(path)
        if (state.st_dev, state.st_ino) != file:
            return str(path)  # a new one stands there already
    for suffix in ("", "-wal", "-shm"):
        with suppress(OSError):
            os.rename(f"{path}{suffix}", f"{aside}{suffix}")
    return str(aside)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
