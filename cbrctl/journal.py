"""What this machine meant to start, what it sent, and what came of it: SQLite in the state folder, durable before a byte leaves.

prepared → sending → accepted → completed | partial | failed      refused, not-started: may be sent again
                   ↘ unknown → accepted | not-started

A row that says `sending` while its vault's lock is free belongs to a process that died: whether a backup was started must
be looked up. WAL with synchronous=FULL syncs each change before it returns, and the folder when a file is new (measured).
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from cbrctl.errors import Busy, LocalState
from cbrctl.files import FileId, make_file, make_folder, set_aside
from cbrctl.ids import parse_id, parse_op_id

APPLICATION = 0x63627263
"""SQLite's mark of whose file it is: "cbrc"."""
MIGRATIONS = (
    """
    CREATE TABLE ops (
        op_id TEXT PRIMARY KEY, state TEXT NOT NULL, endpoint TEXT NOT NULL, project_id TEXT NOT NULL,
        vault_id TEXT NOT NULL, vault_name TEXT, request TEXT NOT NULL, marked INTEGER NOT NULL, sent_at REAL,
        service_sent_at REAL, checkpoint_id TEXT, answer TEXT, sent TEXT, attached INTEGER NOT NULL, outcome TEXT,
        exit_code INTEGER, started_at REAL NOT NULL, ended_at REAL
    ) STRICT;
    CREATE INDEX ops_by_vault ON ops (vault_id, state);
    """,
)
"""How each version of the schema is made from the one before; `user_version` counts them. Only ever appended to."""
STATES = (
    "prepared", "sending", "accepted", "completed", "partial", "failed", "refused", "unknown", "not-started",
)  # fmt: skip
ENDED = ("completed", "partial", "failed")
PATIENCE = 20.0
"""Seconds to wait for another process that is writing."""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Op(NamedTuple):
    """One intended backup of one vault. Times are seconds since the epoch; no secret is in it."""

    op_id: str
    state: str
    endpoint: str
    project_id: str
    vault_id: str
    request: Mapping[str, Any]
    """What stands under `checkpoint`, as it was sent."""
    marked: bool
    started_at: float
    vault_name: str | None = None
    sent_at: float | None = None
    """When it was about to be sent, by this machine's clock."""
    service_sent_at: float | None = None
    """The same by the service's clock, or a later moment of that clock; None while no answer has told it."""
    checkpoint_id: str | None = None
    answer: Mapping[str, Any] | None = None
    """The checkpoint as the answer to the POST had it: it alone names what was skipped. None where it was lost."""
    sent: str | None = None
    """`yes`, `no` or `unknown`; None for a backup of others that was attached to."""
    attached: bool = False
    outcome: str | None = None
    """As the last run that had to do with it put it (contract); None while the first is at it."""
    exit_code: int | None = None
    ended_at: float | None = None

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to find out: it ended, it was never started, or nobody can tell any more."""
        return self.outcome not in (None, "pending", "accepted", "unknown") or self.ended_at is not None


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
            except sqlite3.DatabaseError:
                self._db.close()
                raise

    def close(self) -> None:
        """Let go of the file."""
        with suppress(sqlite3.Error):
            self._db.close()

    def find(self, op_id: str) -> Op | None:
        """Give one op."""
        return next(iter(self._select("op_id = ?", op_id)), None)

    def open_ops(self, project_id: str, vault_id: str) -> list[Op]:
        """Give the ops of a vault of which it is not known whether they were started, the oldest first."""
        # what is no state at all must not pass for a settled one
        settled = "'accepted', 'completed', 'partial', 'failed', 'refused', 'not-started'"
        open_still = f"state NOT IN ({settled}) AND (state != 'unknown' OR ended_at IS NULL)"
        where = f"project_id = ? AND vault_id = ? AND {open_still} ORDER BY started_at"
        return self._select(where, project_id, vault_id)

    def running_ops(self, project_id: str, vault_id: str) -> list[Op]:
        """Give the ops of a vault that were started and of which no end is recorded, the newest first."""
        where = "project_id = ? AND vault_id = ? AND state = 'accepted' ORDER BY started_at DESC"
        return self._select(where, project_id, vault_id)

    def all_ops(self, since: float = 0.0) -> list[Op]:
        """Give all ops that began at `since` or later, the newest first."""
        return self._select("started_at >= ? ORDER BY started_at DESC, op_id", since)

    def record(self, op: Op) -> Op:
        """Write an op and give it again once the write is durable. How one ended is not written over."""
        values = {
            **op._asdict(),
            "request": json.dumps(op.request, ensure_ascii=False),
            "answer": None if op.answer is None else json.dumps(op.answer),
            "marked": int(op.marked),
            "attached": int(op.attached),
        }
        names = ", ".join(Op._fields)
        marks = ", ".join(f":{name}" for name in Op._fields)
        changes = ", ".join(f"{name} = excluded.{name}" for name in Op._fields)
        ended = ", ".join(f"'{state}'" for state in ENDED)
        with self._guard():
            self._db.execute(
                f"INSERT INTO ops ({names}) VALUES ({marks}) "  # noqa: S608 - our own names
                f"ON CONFLICT (op_id) DO UPDATE SET {changes} WHERE ops.state NOT IN ({ended})",
                values,
            )
        return op

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
            path.parent.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            try:
                import fcntl  # not on Windows

                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pid, _, holder = os.pread(handle, 64, 0).decode("ascii", "replace").strip().partition(" ")
                who = f"Process {pid if pid.isdigit() else '?'} is starting op {parse_op_id(holder) or '?'}."
                raise Busy("vault-held", who=who) from None
            except OSError as cause:
                raise self._error(cause) from None
            with suppress(OSError):  # who holds it is told to people only
                os.ftruncate(handle, 0)
                os.pwrite(handle, f"{os.getpid()} {op_id}\n".encode(), 0)
            yield
        finally:
            os.close(handle)

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
                for statement in step.split(";"):
                    self._db.execute(statement)
            if version != len(MIGRATIONS):
                self._db.execute(f"PRAGMA application_id = {APPLICATION}")
                self._db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
            self._db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise

    def _check(self) -> int:
        """Give the version of the schema, 0 for a new file. DatabaseError for a foreign one, which is left as it is."""
        application, version = self._pragma("application_id"), int(self._pragma("user_version"))
        if application == APPLICATION and version > len(MIGRATIONS):
            raise LocalState("journal-newer", path=self.path)
        tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if (application != APPLICATION or version < 1) and (application or version or tables):
            raise _damage()
        return version

    def _pragma(self, text: str) -> Any:
        return self._db.execute(f"PRAGMA {text}").fetchone()[0]

    def _select(self, where: str, *values: str | float) -> list[Op]:
        with self._guard():
            names = ", ".join(Op._fields)
            rows = self._db.execute(f"SELECT {names} FROM ops WHERE {where}", values).fetchall()  # noqa: S608
            return [_read(Op(*row)) for row in rows]

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, UnicodeError) as cause:
            raise self._error(cause) from None

    def _error(self, cause: Exception) -> LocalState:
        if self.folder is None:
            return LocalState("journal-unusable", path=":memory:", note=str(cause))
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        if code in _DAMAGED or isinstance(cause, UnicodeError):
            return LocalState(
                "journal-damaged", path=self.path, aside=set_aside(self.path, self._file), note=str(cause)
            )
        return LocalState("journal-unusable", path=self.path, note=getattr(cause, "strerror", None) or str(cause))


def _damage() -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError("it is no journal of cbrctl")
    error.sqlite_errorcode = sqlite3.SQLITE_NOTADB
    return error


def _read(op: Op) -> Op:
    """Check a row: the file may have been changed by others. Raises DatabaseError."""
    try:
        request = json.loads(str(op.request))
        answer = None if op.answer is None else json.loads(str(op.answer))
        good = (
            parse_op_id(op.op_id) == op.op_id
            and op.state in STATES
            and parse_id(op.vault_id) == op.vault_id
            and isinstance(request, dict)
            and request.get("vault_id") == op.vault_id
            and (op.checkpoint_id is None or parse_id(op.checkpoint_id) == op.checkpoint_id)
            and (answer is None or isinstance(answer, dict))
        )
    except (ValueError, RecursionError):
        good = False
    if not good:
        raise _damage()
    return op._replace(request=request, answer=answer, marked=bool(op.marked), attached=bool(op.attached))
