"""What this machine meant to start, what it sent, and what came of it: SQLite in the state folder, durable before a byte leaves.

A row that says `sending` while its vault's lock is free belongs to a process that died: whether a backup was started must
be looked up. WAL with synchronous=FULL syncs each change before it returns, and the folder when a file is new (measured).
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from cbrctl.backup.migrations import MIGRATIONS
from cbrctl.backup.record import Backup
from cbrctl.backup.rows import BackupRow, fingerprint, read_row, write_row
from cbrctl.backup.verdict import ENDED
from cbrctl.errors import Busy, LocalState
from cbrctl.ids import parse_op_id
from cbrctl.machine.files import FileId, make_file, make_folder, set_aside
from cbrctl.machine.lock import FileLock
from cbrctl.phrases import Phrase

APPLICATION = 0x63627263
"""SQLite's mark of whose file it is: "cbrc"."""
PATIENCE = 20.0
"""Seconds to wait for another process that is writing."""

_HOLDER = 64
"""Bytes in which a vault's lock tells who holds it."""
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_COLUMNS = ", ".join(BackupRow._fields)
_WRITE = (
    f"INSERT INTO backups ({_COLUMNS}) VALUES ({', '.join('?' * len(BackupRow._fields))}) "  # noqa: S608 - our own names
    f"ON CONFLICT (op_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in BackupRow._fields)}"
)
_UNLESS_ENDED = f" WHERE backups.state NOT IN ({', '.join(repr(state) for state in ENDED)})"


class Writing(NamedTuple):
    """A record that is to be written. How one ended is written over only where it is `righting` it."""

    backup: Backup
    righting: bool = False
    closing: bool = False
    """It is a last word that is said while the vault is not held: one that knows no checkpoint leaves what another process
    has written of the op since this one did."""
    instead_of: str | None = None
    """The op id of a record that this one takes the place of."""


class Journal:
    """The journal of one state folder; with None it is in memory, for the practice cloud. Raises LocalState (exit 15)."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._file: FileId | None = None
        if folder is None:
            self._db = sqlite3.connect(":memory:", isolation_level=None)
            self._migrate()
            return
        self.path = folder / "journal.db"
        with self._guard():
            make_folder(folder)
            self._file = make_file(self.path)
            self._db = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
            try:
                self._open()
            except (sqlite3.DatabaseError, LocalState):
                self._db.close()
                raise

    def close(self) -> None:
        """Let go of the file."""
        with suppress(sqlite3.Error):
            self._db.close()

    def find(self, op_id: str) -> Backup | None:
        """Return one backup."""
        return next(self._select("op_id = ?", op_id), None)

    def find_checkpoint(self, checkpoint_id: str) -> Backup | None:
        """Return the backup that a checkpoint belongs to: the one that this machine sent, where it sent one."""
        found = list(self._select("checkpoint_id = ? ORDER BY started_at DESC", checkpoint_id))
        return next((b for b in found if b.request is not None), found[0] if found else None)

    def open_backups(self, project_id: str, vault_id: str) -> list[Backup]:
        """Return the backups of a vault of which it is not known whether they were started, the oldest first."""
        # what is no state at all must not pass for a settled one
        settled = "'accepted', 'completed', 'partial', 'failed', 'refused', 'not-started'"
        open_still = f"state NOT IN ({settled}) AND (state != 'unknown' OR ended_at IS NULL)"
        return list(
            self._select(f"project_id = ? AND vault_id = ? AND {open_still} ORDER BY started_at", project_id, vault_id)
        )

    def running_backups(self, project_id: str, vault_id: str) -> list[Backup]:
        """Return the backups of a vault that were started and of which no end is recorded, the newest first."""
        where = "project_id = ? AND vault_id = ? AND state = 'accepted' ORDER BY started_at DESC"
        return list(self._select(where, project_id, vault_id))

    def all_backups(self, since: float = 0.0) -> Iterator[Backup]:
        """Yield all backups that began at `since` or later, in epoch seconds, the newest first."""
        return self._select("started_at >= ? ORDER BY started_at DESC, op_id", since)

    def count(self) -> int:
        """Return how many backups there are."""
        with self._guard():
            return int(self._db.execute("SELECT count(*) FROM backups").fetchone()[0])

    def unsettled_backups(self) -> list[Backup]:
        """Return the backups whose outcome is not known, the oldest first (contract, result document)."""
        return list(
            self._select("outcome IS NULL OR outcome IN ('pending', 'accepted', 'unknown') ORDER BY started_at")
        )

    def record(self, backup: Backup, *, instead_of: str | None = None) -> None:
        """Write a record; once this returns it is durable. Raises as `record_all` does."""
        self.record_all([Writing(backup, instead_of=instead_of)])

    def record_all(self, writings: Sequence[Writing]) -> None:
        """Write records in one commit: once this returns all are durable, and where it raises none is written.

        Raises LocalState where they were not written, also where the file was moved or replaced meanwhile: who opens it
        next would not find them.
        """
        self._check_place()
        with self._guard():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                written = [self._write(writing) for writing in writings]
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise
        for writing, row in zip(writings, written, strict=True):
            writing.backup.on_file = fingerprint(*row) if row else writing.backup.on_file
        self._check_place()

    def _write(self, writing: Writing) -> Any:
        """Write a record within a commit; return what stands there now, None where another process has had its say."""
        backup, row = writing.backup, write_row(writing.backup)
        if writing.closing and backup.checkpoint is None:
            before = self._read_row(row.op_id)
            if before is not None and fingerprint(*before) != backup.on_file:
                return None
        if writing.instead_of is not None:
            self._db.execute("DELETE FROM backups WHERE op_id = ?", (writing.instead_of,))
        self._db.execute(_WRITE if writing.righting else _WRITE + _UNLESS_ENDED, row)
        written = self._read_row(row.op_id)
        if written is None or (written != (row.state, row.record) and (writing.righting or written[0] not in ENDED)):
            raise sqlite3.OperationalError(Phrase("the record was not written: something in the file keeps it out"))
        return written

    def _read_row(self, op_id: str) -> Any:
        return self._db.execute("SELECT state, record FROM backups WHERE op_id = ?", (op_id,)).fetchone()

    @contextmanager
    def hold(self, vault_id: str, op_id: str) -> Iterator[None]:
        """Keep other cbrctl of this machine from submitting to a vault. Raises Busy where one is doing so.

        The lock is the kernel's: it is gone when its process is, however that ended.
        """
        if self.folder is None:
            yield
            return
        path = self.folder / "locks" / f"{vault_id}.lock"
        with self._guard():
            try:
                lock = FileLock(path)
            except FileNotFoundError:  # the first one here
                path.parent.mkdir(mode=0o700, exist_ok=True)
                lock = FileLock(path)
        with lock:
            try:
                lock.take()
            except BlockingIOError:
                pid, _, holder = os.pread(lock.handle, _HOLDER, 0).decode("ascii", "replace").strip().partition(" ")
                who = Phrase(
                    "Process {pid} is starting op {op}.",
                    pid=pid if pid.isdigit() else "?",
                    op=parse_op_id(holder) or "?",
                )
                raise Busy("vault-held", who=who) from None
            except OSError as cause:
                raise self._error(cause) from None
            with suppress(OSError):  # who holds it is told to people only
                # over all that was told before: to cut a file short first has the file system write it out, for 0.1 ms of CPU
                os.pwrite(lock.handle, f"{os.getpid()} {op_id}".ljust(_HOLDER - 1).encode() + b"\n", 0)
            yield

    # the file ---------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._db.execute("PRAGMA trusted_schema = OFF")
        self._db.execute("BEGIN")  # another process may be making it: all of it is seen, or nothing
        version = self._check()
        self._db.execute("COMMIT")
        if version < len(MIGRATIONS):
            self._pragma("journal_mode = WAL")
        if self._pragma("journal_mode") == "wal":
            self._db.execute("PRAGMA synchronous = FULL")
        else:  # a file system without shared memory: the slower way that syncs the folder too
            self._db.execute("PRAGMA synchronous = EXTRA")
        self._db.execute("PRAGMA fullfsync = ON")
        self._migrate()
        if self._pragma("quick_check(1)") != "ok":
            raise _damage()

    def _migrate(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            version = self._check()
            for step in MIGRATIONS[version:]:
                step(self._db)
            if version != len(MIGRATIONS):
                self._db.execute(f"PRAGMA application_id = {APPLICATION}")
                self._db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
            self._db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise

    def _check(self) -> int:
        """Return the version of the schema, 0 for a new file. DatabaseError for a foreign one, which is left as it is."""
        application, version = self._pragma("application_id"), int(self._pragma("user_version"))
        if application == APPLICATION and version > len(MIGRATIONS):
            raise LocalState("journal-newer", path=self.path)
        tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if (application != APPLICATION or version < 1) and (application or version or tables):
            raise _damage()
        odd = self._db.execute("SELECT count(*) FROM sqlite_master WHERE type NOT IN ('table', 'index')").fetchone()[0]
        if odd:  # a trigger could swallow a record
            raise sqlite3.OperationalError(Phrase("it holds triggers or views, which cbrctl does not make"))
        return version

    def _check_place(self) -> None:
        """Raise LocalState where the path leads to another file than the one that is open, or to none."""
        if self.folder is None:
            return
        try:
            state = os.stat(self.path)
            if (state.st_dev, state.st_ino) == self._file:
                return
            note: str = Phrase("Another file stands in its place.")
        except OSError as cause:
            note = cause.strerror or str(cause)
        raise LocalState("journal-moved", path=self.path, note=note)

    def _pragma(self, text: str) -> Any:
        return self._db.execute(f"PRAGMA {text}").fetchone()[0]

    def _select(self, where: str, *values: str | float) -> Iterator[Backup]:
        with self._guard():
            # a cursor of its own: rows are read as they are asked for
            cursor = self._db.cursor()
            cursor.execute(f"SELECT {_COLUMNS} FROM backups WHERE {where}", values)  # noqa: S608 - our own names
        while True:
            with self._guard():
                row = cursor.fetchone()
                if row is None:
                    return
                found = read_row(BackupRow(*row))
            yield found

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, ValueError) as cause:
            raise self._error(cause) from None

    def _error(self, cause: Exception) -> LocalState:
        if self.folder is None:
            return LocalState("journal-unusable", path=":memory:", note=str(cause))
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        if code in _DAMAGED:
            return LocalState(
                "journal-damaged", path=self.path, aside=set_aside(self.path, self._file), note=str(cause)
            )
        return LocalState("journal-unusable", path=self.path, note=getattr(cause, "strerror", None) or str(cause))


def _damage() -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(Phrase("it is no journal of cbrctl"))
    error.sqlite_errorcode = sqlite3.SQLITE_NOTADB
    return error
