"""Files: our own, for us alone, made durable and refused where others could have a hand in them; and the user's secrets."""

import os
import stat
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from cbrctl.errors import LocalState

Warn = Callable[..., None]
"""Takes a warning: an entry of the catalogue and its values."""
FileId = tuple[int, int]
"""Device and inode: which file a path led to."""

_SAFELY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def find_home(environ: Mapping[str, str]) -> Path:
    """Give the user's home: HOME where it is absolute, else what the system says. LocalState where there is none."""
    named = environ.get("HOME", "")
    if not named.startswith("/") and os.name == "posix":
        import pwd

        try:
            named = pwd.getpwuid(os.geteuid()).pw_dir
        except KeyError:
            raise LocalState("no-home") from None
    return Path(named) if named else Path.home()


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, for us alone, so that they last. Raises OSError, LocalState for an unsafe one."""
    _make_folder(folder)
    check_folder(folder)


def check_folder(folder: Path) -> None:
    """Refuse a folder of ours that is not ours, or that others can write into. Raises OSError, LocalState."""
    state = os.stat(folder)
    if os.name != "posix":
        return
    if state.st_uid != os.geteuid():
        raise _unsafe(folder, f"it belongs to user {state.st_uid}", f"sudo chown {os.geteuid()} {{path}}")
    if state.st_mode & 0o022:
        raise _unsafe(folder, "others can write into it", "chmod 700 {path}")


def make_file(path: Path) -> FileId:
    """Make an empty file of mode 0600 where there is none; gives which one it is. Raises OSError.

    Raises LocalState where there is one that others could have a hand in.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _SAFELY, 0o600))
        _sync(path.parent)
    except FileExistsError:
        pass
    state = os.lstat(path)
    check_file(path, state)
    return state.st_dev, state.st_ino


def open_file(path: Path) -> int:
    """Open a file of ours to read it, which may hang on nothing. Raises OSError, LocalState for an unsafe one."""
    check_file(path, os.lstat(path))  # a link is told from a file that is not there
    handle = os.open(path, os.O_RDONLY | _SAFELY)
    try:
        check_file(path, os.fstat(handle))
    except BaseException:
        os.close(handle)
        raise
    return handle


def check_file(path: Path, state: os.stat_result) -> None:
    """Refuse a file of ours that others own, can read or have put there: a link, a FIFO. Raises LocalState, exit 15."""
    if os.name != "posix":
        return
    if stat.S_ISLNK(state.st_mode):
        raise _unsafe(path, "it is a link", "mv {path} {path}.aside")
    if not stat.S_ISREG(state.st_mode):
        raise _unsafe(path, "it is no plain file", "mv {path} {path}.aside")
    if state.st_uid != os.geteuid():
        raise _unsafe(path, f"it belongs to user {state.st_uid}", f"sudo chown {os.geteuid()} {{path}}")
    if state.st_mode & 0o077:
        raise _unsafe(path, "others can use it too", "chmod 600 {path}")


def write_file(path: Path, data: bytes) -> None:
    """Write a file of ours whole or not at all, mode 0600, durable once this returns. Raises OSError, LocalState."""
    make_folder(path.parent)
    name = path.with_name(
        f".{path.name}-{os.urandom(6).hex()}"
    )  # tempfile would cost a start-up more than it does here
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFELY, 0o600)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    _sync(path.parent)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    if folder.parent != folder:
        _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync(folder.parent)


def _unsafe(path: Path, why: str, mend: str) -> LocalState:
    return LocalState("unsafe-file", path=path, why=why, mend=mend.format(path=_quote(path)))


def _quote(path: Path | str) -> str:
    """Give a path as a shell takes it, for a command that mends."""
    import shlex

    return shlex.quote(str(path))


def read_trusted(path: str, origin: str, warn: Warn, most: int) -> bytes:
    """Read a file of the user's that holds secrets, one byte more than `most` at the most (contract, secret files).

    `warn` is told where others can read it. Raises LocalState where it cannot be read, or others can write it.
    """
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(most + 1)
    except OSError as cause:
        raise LocalState("secret-unreadable", origin=origin, path=path, note=cause.strerror or "") from None
    if stat.S_ISREG(mode) and mode & 0o022 and os.name == "posix":
        raise LocalState("secret-writable", origin=origin, path=path, quoted=_quote(path))
    if stat.S_ISREG(mode) and mode & 0o044 and os.name == "posix":
        warn("secret-readable", origin=origin, path=path, quoted=_quote(path))
    return data


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
    if os.name != "posix":  # no folder can be opened there
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
