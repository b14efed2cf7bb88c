"""Checks of this machine: whose its files are, and whether the state folder can be written, locked and trusted."""

import os
import re
import shlex
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import chain, islice
from pathlib import Path

from cbrctl.backup.journal import Journal
from cbrctl.config.folders import folder
from cbrctl.config.profiles import FILE
from cbrctl.doctor.context import CheckContext, Skip
from cbrctl.errors import LocalState
from cbrctl.machine.files import open_config
from cbrctl.machine.lock import FileLock
from cbrctl.machine.rights import check_config_folder, check_file, check_folder, check_place
from cbrctl.phrases import Phrase

SCARCE = 50 * 1024 * 1024
"""Bytes free below which a warning is due."""
MOST_FILES = 10_000
"""Files of a folder that are looked at."""
NETWORKED = re.compile(r"nfs\d?|cifs|smb\d?|9p|afs|ceph|glusterfs|lustre|fuse\.(sshfs|s3fs|glusterfs|rclone)|davfs2?")
"""File systems whose locks cannot be relied on, or only on one machine."""


NO_HOME = Phrase("none: there is no home folder")


def check_config_files(context: CheckContext) -> str:
    """See that nobody else can change the configuration: it says where a password is sent."""
    place = find_optional(context, "config")
    if place is None:
        return NO_HOME
    if os.path.lexists(place):
        check_config_folder(place)
    with suppress(FileNotFoundError):
        os.close(open_config(place / FILE))
        return str(place)
    return Phrase("{place}: none yet", place=place)


def check_cache_files(context: CheckContext) -> str:
    """See that nobody else can read a kept token."""
    place = find_optional(context, "cache")
    if place is None:
        return Phrase("{none}, and nothing is kept", none=NO_HOME)
    kept = _list(place, "token-*.json", "token-*.lock")
    note = _check_files(context, place, kept)
    count = sum(path.suffix == ".json" for path in kept)
    return Phrase("{note}, {count} kept", note=note, count=count) if count else note


def check_state_folder(context: CheckContext) -> str:
    """See that the state folder is there, or can be made; that it can be written, has room, and lies on a local disk."""
    place = _own_folder(context, "state")
    exists = os.path.lexists(place)
    if exists:
        _check_folder(context, place)
    else:
        check_place(place)
    near = place if exists else _find_nearest(place)
    try:
        with _try_file(near) as (_, handle):
            os.write(handle, b"\0" * 4096)
            os.fsync(handle)
    except OSError as cause:
        mend = f"chmod 700 {_quote(place)}" if exists and not os.access(near, os.W_OK | os.X_OK) else ""
        raise _unusable(place, cause.strerror or str(cause), mend) from None
    _check_disk(context, near)
    return f"{place}" if exists else Phrase("{place}: none yet, it can be made", place=place)


def check_locks(context: CheckContext) -> str:
    """See that locks work where the state is kept, and that nobody else has a hand in ours."""
    place = _own_folder(context, "state")
    try:
        with _try_file(_find_nearest(place)) as (path, _), FileLock(path) as lock:
            lock.take()
    except ImportError:
        raise Skip(Phrase("this system has none")) from None
    except OSError as cause:
        raise LocalState("no-locks", path=place, note=cause.strerror or "") from None
    locks = place / "locks"
    _check_files(context, locks, _list(locks, "*.lock"))
    return Phrase("they work")


def check_journal(context: CheckContext) -> str:
    """See that the journal can be read, and what is left open in it. None is made."""
    place = _own_folder(context, "state")
    path = place / "journal.db"
    if not os.path.lexists(path):
        return Phrase("none yet")
    _check_files(context, place, (Path(f"{path}{suffix}") for suffix in ("", "-wal", "-shm")))
    if context.has_errors:
        return ""
    with closing(Journal(place)) as journal:
        unsettled, count = journal.unsettled_backups(), journal.count()
    if unsettled:
        context.warn("unsettled-ops", count=len(unsettled))
    return Phrase("{count} in it", count=count)


def find_file_system(path: Path, table: str) -> str:
    """Return the type of the file system that a path lies on; `table` is what /proc/self/mountinfo says."""
    found, longest = "", -1
    for line in table.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if len(fields) < 5 or not right:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), fields[4])
        if path.is_relative_to(point) and len(point) >= longest:  # the last one mounted there hides the others
            found, longest = right.split(" ")[0], len(point)
    return found


def find_optional(context: CheckContext, kind: str) -> Path | None:
    """Return a folder that a run can do without; None where there is no home for it."""
    try:
        return _own_folder(context, kind)
    except LocalState as error:
        if error.key != "no-home":
            raise
        return None


def _own_folder(context: CheckContext, kind: str) -> Path:
    if context.sandbox:
        raise Skip(Phrase("the practice cloud uses none of your files"))
    return folder(kind, context.environ).absolute()


def _list(place: Path, *patterns: str) -> list[Path]:
    """Return the files of ours in a folder, not what was put aside there."""
    found = chain.from_iterable(place.glob(pattern) for pattern in patterns) if place.is_dir() else ()
    return list(islice(found, MOST_FILES))


def _check_files(context: CheckContext, place: Path, paths: Iterable[Path]) -> str:
    """Check a folder of ours and files in it; what is wrong with each is told."""
    if not os.path.lexists(place):
        check_place(place)  # a run would make it there
        return Phrase("{place}: none yet", place=place)
    _check_folder(context, place)
    for path in paths:
        try:
            check_file(path, os.lstat(path), tighten=False)
        except FileNotFoundError:
            continue
        except LocalState as error:
            if error.key == "too-open":  # a run mends that
                context.warn(error)
            else:
                context.tell(error)
    return str(place)


def _check_folder(context: CheckContext, place: Path) -> None:
    try:
        check_folder(place, tighten=False)
    except LocalState as error:
        if error.key != "too-open":
            raise
        context.warn(error)


def _check_disk(context: CheckContext, near: Path) -> None:
    if hasattr(os, "statvfs"):
        disk = os.statvfs(near)
        free = disk.f_bavail * disk.f_frsize
        if free < SCARCE:
            context.warn("disk-nearly-full", path=near, free=f"{free / 1024**2:.1f} MiB")
    with suppress(OSError):
        table = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
        system = find_file_system(Path(os.path.realpath(near)), table)
        if NETWORKED.fullmatch(system):
            context.warn("network-file-system", path=near, system=system)


def _find_nearest(place: Path) -> Path:
    """Return the folder itself, or the nearest one above it that is there."""
    return next((one for one in (place, *place.parents) if os.path.lexists(one)), place)


@contextmanager
def _try_file(near: Path) -> Iterator[tuple[Path, int]]:
    """Make a file for a moment, and open it; it is gone again whatever happens. Raises OSError."""
    path = near / f".cbrctl-doctor-{os.urandom(6).hex()}"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        yield path, handle
    finally:
        os.close(handle)
        os.unlink(path)


def _unusable(place: Path, note: str, mend: str) -> LocalState:
    mend = mend or Phrase("Set CBRCTL_STATE_DIR to a folder on a local disk.")
    return LocalState("state-unusable", path=place, note=note, mend=mend)


def _quote(path: Path) -> str:
    return shlex.quote(str(path))
