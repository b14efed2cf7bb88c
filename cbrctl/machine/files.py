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

_warn: Warn = lambda key, **values: None  # noqa: E731 - nobody is told until somebody wants to be
SAFELY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
"""Opens no link, hangs on no FIFO."""


def warn_to(warn: Warn) -> None:
    """Let `warn` be told of what was too open and was tightened, from now on."""
    global _warn  # noqa: PLW0603 - files are opened from everywhere, and one run has one screen
    _warn = warn


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
    """Make a folder and those above it, for us alone, so that they last. Raises OSError, LocalState for an unsafe one."""
    _make_folder(folder)
    check_folder(folder)


def check_folder(folder: Path, *, tighten: bool = True) -> None:
    """Refuse a folder of ours that is not ours, or that stands where others could replace it; one too open is tightened.

    Raises OSError and LocalState, without `tighten` also for one that is too open: `too-open`.
    """
    if os.name != "posix":
        return
    state, real = os.lstat(folder), folder
    if stat.S_ISLNK(state.st_mode) and state.st_uid in (os.geteuid(), 0):
        _check_above(folder.parent, tighten=tighten)
        real = Path(os.path.realpath(folder))
        with suppress(OSError):  # one to nothing is no folder
            state = os.stat(real)
    if not stat.S_ISDIR(state.st_mode):
        raise _unsafe(folder, "it is no folder")
    if state.st_uid != os.geteuid():
        raise _unsafe(folder, f"it belongs to user {state.st_uid}")
    _check_above(real.parent, tighten=tighten)
    if state.st_mode & 0o022:
        _tighten(real, 0o700, "others could write into it", tighten=tighten)


def _check_above(folder: Path, *, tighten: bool) -> None:
    """Refuse a folder in which others could put another one in the place of ours.

    Where root mounted something (a volume of a container) whoever may write there is meant to.
    """
    state = os.stat(folder)
    if state.st_uid not in (os.geteuid(), 0):
        raise _unsafe(folder, f"it belongs to user {state.st_uid}, who could replace what is in it")
    if state.st_mode & 0o002 and not state.st_mode & stat.S_ISVTX and not os.path.ismount(folder):
        # one of our own is tightened before what is in it is used
        key = "too-open" if state.st_uid == os.geteuid() and not tighten else "unsafe-file"
        raise LocalState(key, path=folder, why="others could replace what is in it", mend=f"chmod o-w {_quote(folder)}")


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


def check_file(path: Path, state: os.stat_result, *, tighten: bool = True) -> None:
    """Refuse a file of ours that others own or have put there: a link, a FIFO. One that is too open is tightened.

    Raises LocalState, exit 15, without `tighten` also for one that is too open: `too-open`.
    """
    if os.name != "posix":
        return
    if stat.S_ISLNK(state.st_mode):
        raise _unsafe(path, "it is a link")
    if not stat.S_ISREG(state.st_mode):
        raise _unsafe(path, "it is no plain file")
    if state.st_uid != os.geteuid():
        raise _unsafe(path, f"it belongs to user {state.st_uid}")
    if state.st_mode & 0o077:
        _tighten(path, 0o600, "others could use it too", tighten=tighten)


def open_config(path: Path) -> int:
    """Open the user's configuration to read it: his or root's, not writable for others, nor its folder. A link will do.

    Others may read it, no secret is in it: so a ConfigMap is mounted. Raises OSError, LocalState.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise _unsafe(path, "it is no plain file")
        if os.name == "posix":
            _check_config(path, state)
            _check_config(path.parent, os.stat(path.parent))
    except BaseException:
        os.close(handle)
        raise
    return handle


def _check_config(path: Path, state: os.stat_result) -> None:
    if state.st_uid not in (os.geteuid(), 0):
        raise _unsafe(path, f"it belongs to user {state.st_uid}")
    if state.st_mode & 0o022 and not os.statvfs(path).f_flag & os.ST_RDONLY:
        raise LocalState("unsafe-file", path=path, why="others can write it", mend=f"chmod go-w {_quote(path)}")


def _tighten(path: Path, mode: int, why: str, *, tighten: bool) -> None:
    """Take from others what they have no business with: Kubernetes opens the files of a volume at each mount (fsGroup)."""
    mend = f"chmod {mode:o} {_quote(path)}"
    if not tighten:
        raise LocalState("too-open", path=path, why=why, mend=mend)
    try:
        # by handle: another file may have been put in its place since it was looked at
        handle = os.open(path, os.O_RDONLY | SAFELY)
        try:
            if os.fstat(handle).st_uid != os.geteuid():
                raise PermissionError
            os.fchmod(handle, mode)
        finally:
            os.close(handle)
    except OSError:
        raise LocalState("unsafe-file", path=path, why=why, mend=mend) from None
    _warn("was-too-open", path=path, why=why)


def write_file(path: Path, data: bytes) -> None:
    """Write a file of ours whole or not at all, mode 0600, durable once this returns. Raises OSError, LocalState."""
    make_folder(path.parent)
    _replace_file(path, data)


def publish_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all that others may read, mode 0644, into a folder that is there. Raises OSError."""
    _replace_file(path, data, 0o644)


def _replace_file(path: Path, data: bytes, mode: int = 0o600) -> None:
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


def _unsafe(path: Path, why: str) -> LocalState:
    # not `chown`: whatever somebody has put there would be ours then
    return LocalState("unsafe-file", path=path, why=why, mend=f"mv {_quote(path)} {_quote(path)}.aside")


def _quote(path: Path | str) -> str:
    """Return a path as a shell takes it, for a command that mends."""
    import shlex

    return shlex.quote(str(path))


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
        raise LocalState("secret-unreadable", origin=origin, path=_show_path(path), note=note) from None
    if stat.S_ISREG(mode) and mode & 0o022 and os.name == "posix":
        raise LocalState("secret-writable", origin=origin, path=path, quoted=_quote(path))
    if stat.S_ISREG(mode) and mode & 0o044 and os.name == "posix":
        warn("secret-readable", origin=origin, path=path, quoted=_quote(path))
    return data


def resolve_path(path: str, environ: Mapping[str, str], folder: Path | None = None) -> str:
    """Return a path of the user's with his home for `~`; one that is relative is so to `folder`, else to that of work.

    Raises LocalState where there is no home.
    """
    if path == "~" or path.startswith("~/"):
        path = str(find_home(environ)) + path[1:]
    return path if folder is None else os.path.join(folder, path)


def _show_path(path: str) -> str:
    """Return a path that leads nowhere as it may be shown: it may be a secret, where a file that holds it was meant."""
    first, folder = path.split("/", 2)[:2], os.path.dirname(path)
    looks_right = (
        os.path.isdir("/" + first[-1]) if path.startswith("/") and path.count("/") > 1 else os.path.isdir(folder)
    )
    return path if looks_right and path.isprintable() else "***"


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
