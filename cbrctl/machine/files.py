"""Files: our own, for us alone, made durable; and the user's secrets. Whether they are safe to use says `rights`."""

import os
import stat
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cbrctl.errors import LocalState
from cbrctl.machine.rights import (
    SAFELY,
    Warn,
    check_config_file,
    check_config_folder,
    check_file,
    check_folder,
    check_place,
    quote,
)
from cbrctl.phrases import Phrase

FileId = tuple[int, int]
"""Device and inode: which file a path led to."""


def find_home(environ: Mapping[str, str]) -> Path:
    """Return the user's home: HOME where it is absolute, else what the system says.

    LocalState where there is none, and where it belongs to somebody else: what root writes there under sudo its owner
    could not use any more, and what its owner wrote there root would trust.
    """
    named = environ.get("HOME", "")
    if os.name != "posix":
        return Path(named) if named else Path.home()
    if not named.startswith("/"):
        import pwd

        try:
            named = pwd.getpwuid(os.geteuid()).pw_dir
        except KeyError:
            raise LocalState("no-home") from None
    with suppress(OSError):  # one that is not there is nobody's
        owner = os.stat(named).st_uid
        if owner not in (os.geteuid(), 0):
            raise LocalState("home-of-another", path=named, owner=owner, own=os.geteuid())
    return Path(named)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, for us alone, so that they last. Raises OSError, LocalState for an unsafe one.

    Where others could put another one in its place nothing is made.
    """
    check_place(folder)
    _make_folder(folder)
    check_folder(folder)


def make_file(path: Path) -> FileId:
    """Make an empty file of mode 0600 where there is none; gives which one it is. Raises OSError.

    Raises LocalState where there is one that others could have a hand in; one of ours that is too open is tightened.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | SAFELY, 0o600))
        _sync(path.parent)
    except FileExistsError:
        pass
    state = os.lstat(path)
    check_file(path, state)
    return state.st_dev, state.st_ino


def open_file(path: Path) -> int:
    """Open a file of ours to read it, which may hang on nothing. Raises OSError, LocalState for an unsafe one."""
    check_file(path, os.lstat(path))  # a link is told from a file that is not there
    handle = os.open(path, os.O_RDONLY | SAFELY)
    try:
        check_file(path, os.fstat(handle))
    except BaseException:
        os.close(handle)
        raise
    return handle


def open_config(path: Path) -> int:
    """Open the user's configuration to read it: his or root's, not writable for others, nor its folder. A link will do.

    Others may read it, no secret is in it: so a ConfigMap is mounted. Raises OSError, LocalState.
    """
    if os.path.lexists(path.parent):
        check_config_folder(path.parent)
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        check_config_file(path, os.fstat(handle))
    except BaseException:
        os.close(handle)
        raise
    return handle


def write_file(path: Path, data: bytes) -> None:
    """Write a file of ours whole or not at all, mode 0600, durable once this returns. Raises OSError, LocalState."""
    make_folder(path.parent)
    replace_file(path, data, 0o600)


def publish_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all that others may read, mode 0644, into a folder that is there. Raises OSError."""
    replace_file(path, data, 0o644)


def keep_file(path: Path, data: bytes) -> None:
    """Write a file of the user's whole or not at all, mode 0600, into a folder that is there. Raises OSError.

    What stands there and is no plain file, a link or a device, is left alone.
    """
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise OSError(0, Phrase("It is no plain file"))
    replace_file(path, data, 0o600)


def replace_file(path: Path, data: bytes, mode: int) -> None:
    """Write a file whole or not at all, in a folder that is there, durable once this returns. Raises OSError."""
    name = path.with_name(
        f".{path.name}-{os.urandom(6).hex()}"
    )  # tempfile would cost a start-up more than it does here
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | SAFELY, 0o600)
    try:
        with open(handle, "wb") as file:
            if os.name == "posix":  # whatever the umask
                os.fchmod(handle, mode)
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


def read_trusted(path: str, origin: str, warn: Warn, most: int) -> bytes:
    """Read a file of the user's that holds secrets, one byte more than `most` at the most (contract, where a value comes from).

    `warn` is told where others can read it. Raises LocalState where it cannot be read, or others can write it.
    """
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(most + 1)
    except (OSError, ValueError) as cause:  # ValueError: a null character in it
        note = getattr(cause, "strerror", None) or ""
        if not _leads_somewhere(path):
            raise LocalState("secret-not-there", origin=origin) from None
        raise LocalState("secret-unreadable", origin=origin, path=path, note=note) from None
    if stat.S_ISREG(mode) and mode & 0o022 and os.name == "posix":
        raise LocalState("secret-writable", origin=origin, path=path, quoted=quote(path))
    if stat.S_ISREG(mode) and mode & 0o044 and os.name == "posix":
        warn("secret-readable", origin=origin, path=path, quoted=quote(path))
    return data


def resolve_path(path: str, environ: Mapping[str, str], folder: Path | None = None) -> str:
    """Return a path of the user's with his home for `~`; one that is relative is so to `folder`, else to that of work.

    Raises LocalState where there is no home.
    """
    if path == "~" or path.startswith("~/"):
        path = str(find_home(environ)) + path[1:]
    return path if folder is None else os.path.join(folder, path)


def _leads_somewhere(path: str) -> bool:
    """Return whether a path may be shown: one that leads nowhere may be the secret, where its file's name was meant."""
    try:
        return os.path.lexists(path)
    except ValueError:  # a null character in it
        return False


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
