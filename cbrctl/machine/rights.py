"""Who could have a hand in a file or a folder: those are refused, with what mends it; ours that are too open are tightened."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

from cbrctl.errors import LocalState
from cbrctl.phrases import Phrase

Warn = Callable[..., None]
"""Takes a warning: an entry of the catalogue and its values."""
SAFELY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
"""How a file of ours is opened: through no link, waiting for nobody, for this process alone."""

_OWN = "cbrctl"
"""What a folder of ours is called; all others are the user's, and no hint moves or changes those."""
_ELSEWHERE = Phrase("Set CBRCTL_CONFIG_DIR, CBRCTL_STATE_DIR and CBRCTL_CACHE_DIR to folders that you alone can write.")

_warn: Warn = lambda key, **values: None  # noqa: E731 - nobody is told until somebody wants to be


def warn_to(warn: Warn) -> None:
    """Let `warn` be told of what was too open and was tightened, from now on."""
    global _warn  # noqa: PLW0603 - files are opened from everywhere, and one run has one screen
    _warn = warn


def check_place(folder: Path, *, tighten: bool = True) -> None:
    """Refuse a place where others could put another folder in the stead of this one, which need not be there yet.

    What holds it, or the nearest folder above that is there, is ours or root's; no folder above is writable for others
    unless each can take away his own alone (the sticky bit), or root mounted something there: whoever may write in a volume
    is meant to. A link on the way is ours or root's. Raises OSError and LocalState, without `tighten` `too-open` for a
    folder of ours that is too open, which a run tightens before it uses what is in it.
    """
    if os.name != "posix":
        return
    above = folder.absolute().parents
    for one in above:
        if one.is_symlink() and one.lstat().st_uid not in (os.geteuid(), 0):
            raise LocalState(
                "unsafe-file",
                path=one,
                why=Phrase("it is a link of user {st_uid}", st_uid=one.lstat().st_uid),
                mend=_ELSEWHERE,
            )
    nearest = Path(os.path.realpath(next(one for one in above if os.path.lexists(one))))
    state = os.stat(nearest)
    if state.st_uid not in (os.geteuid(), 0):
        why = Phrase("it belongs to user {st_uid}, who could replace what is in it", st_uid=state.st_uid)
        raise LocalState("unsafe-file", path=nearest, why=why, mend=_ELSEWHERE)
    for one in (nearest, *nearest.parents):
        state = os.stat(one)
        if (
            state.st_mode & 0o002
            and not state.st_mode & stat.S_ISVTX
            and not os.path.ismount(one)
            and not _is_read_only(one)
        ):
            own = one.name == _OWN and state.st_uid == os.geteuid()
            raise LocalState(
                "too-open" if own and not tighten else "unsafe-file",
                path=one,
                why=Phrase("others could replace what is in it"),
                mend=f"chmod o-w {quote(one)}" if own else _ELSEWHERE,
            )


def check_folder(folder: Path, *, tighten: bool = True) -> None:
    """Refuse a folder of ours that is not ours, or that stands where others could replace it; one too open is tightened.

    Raises OSError and LocalState, without `tighten` also for one that is too open: `too-open`.
    """
    if os.name != "posix":
        return
    real, state = _look_at(folder, (os.geteuid(),), tighten=tighten)
    if state.st_mode & 0o022:
        _tighten(real, 0o700, Phrase("others could write into it"), tighten=tighten)


def check_config_folder(folder: Path) -> None:
    """Refuse a folder of the configuration in which others could have a hand. It may be root's, who mounts it.

    Raises OSError and LocalState.
    """
    if os.name == "posix":
        _check_not_writable(*_look_at(folder, (os.geteuid(), 0), tighten=True))


def check_config_file(path: Path, state: os.stat_result) -> None:
    """Refuse a configuration that others could have a hand in; `state` is of the open file, `path` may be a link to it."""
    if not stat.S_ISREG(state.st_mode):
        raise unsafe(path, Phrase("it is no plain file"))
    if os.name != "posix":
        return
    if state.st_uid not in (os.geteuid(), 0):
        raise unsafe(path, Phrase("it belongs to user {st_uid}", st_uid=state.st_uid))
    _check_not_writable(path, state)
    check_place(Path(os.path.realpath(path)))


def check_file(path: Path, state: os.stat_result, *, tighten: bool = True) -> None:
    """Refuse a file of ours that others own or have put there: a link, a FIFO. One that is too open is tightened.

    Raises LocalState, exit 15, without `tighten` also for one that is too open: `too-open`.
    """
    if os.name != "posix":
        return
    if stat.S_ISLNK(state.st_mode):
        raise unsafe(path, Phrase("it is a link"))
    if not stat.S_ISREG(state.st_mode):
        raise unsafe(path, Phrase("it is no plain file"))
    if state.st_uid != os.geteuid():
        raise unsafe(path, Phrase("it belongs to user {st_uid}", st_uid=state.st_uid))
    if state.st_mode & 0o077:
        _tighten(path, 0o600, Phrase("others could use it too"), tighten=tighten)


def unsafe(path: Path, why: str) -> LocalState:
    """Return the refusal of a file or a folder of ours that is not safe to use."""
    # not `chown`: whatever somebody has put there would be ours then
    return LocalState("unsafe-file", path=path, why=why, mend=f"mv {quote(path)} {quote(path)}.aside")


def quote(path: Path | str) -> str:
    """Return a path as a shell takes it, for a command that mends."""
    import shlex

    return shlex.quote(str(path))


def _look_at(folder: Path, owners: tuple[int, ...], *, tighten: bool) -> tuple[Path, os.stat_result]:
    """Return the folder that a path leads to, and its state; one of another's, or that others could replace is refused."""
    check_place(folder, tighten=tighten)
    state, real = os.lstat(folder), folder
    if stat.S_ISLNK(state.st_mode) and state.st_uid in (os.geteuid(), 0):
        real = Path(os.path.realpath(folder))
        if os.path.lexists(real):  # one to nothing is no folder
            check_place(real, tighten=tighten)
            state = os.stat(real)
    if not stat.S_ISDIR(state.st_mode):
        raise unsafe(folder, Phrase("it is no folder"))
    if state.st_uid not in owners:
        raise unsafe(folder, Phrase("it belongs to user {st_uid}", st_uid=state.st_uid))
    return real, state


def _check_not_writable(path: Path, state: os.stat_result) -> None:
    if state.st_mode & 0o022 and not _is_read_only(path):
        raise LocalState("unsafe-file", path=path, why=Phrase("others can write it"), mend=f"chmod go-w {quote(path)}")


def _is_read_only(path: Path) -> bool:
    """Return whether nobody can write there, whatever the modes say: so a ConfigMap is mounted."""
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _tighten(path: Path, mode: int, why: str, *, tighten: bool) -> None:
    """Take from others what they have no business with: Kubernetes opens the files of a volume at each mount (fsGroup)."""
    mend = f"chmod {mode:o} {quote(path)}"
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
