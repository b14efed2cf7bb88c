"""The one lock of files: who has it, who waits for it, and that nothing else in the program locks."""

import os
import sys
import threading
from pathlib import Path

import pytest

from cbrctl.machine.lock import FileLock

CODE = Path(__file__).parent.parent.parent / "cbrctl"


def test_one_has_it_until_its_context_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with FileLock(path) as first, FileLock(path) as second:
        first.take()
        with pytest.raises(BlockingIOError):
            second.take()
        with pytest.raises(BlockingIOError):
            second.take(0.1)
    with FileLock(path) as third:
        third.take()


def test_who_waits_gets_it_when_it_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    taken = threading.Event()

    def wait() -> None:
        with FileLock(path) as lock:
            lock.take(10.0)
            taken.set()

    with FileLock(path) as first:
        first.take()
        waiter = threading.Thread(target=wait)
        waiter.start()
        assert not taken.wait(0.1)
    waiter.join(10)
    assert taken.is_set()


def test_its_file_is_made_for_us_alone_keeps_what_is_in_it_and_is_no_link(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with FileLock(path) as lock:
        os.write(lock.handle, b"held")
    assert path.stat().st_mode & 0o777 == 0o600
    with FileLock(path) as lock:
        lock.take()
    assert path.read_bytes() == b"held"
    link = tmp_path / "link.lock"
    link.symlink_to(path)
    with pytest.raises(OSError, match=r"link\.lock"):
        FileLock(link)


def test_a_system_without_locks_says_so_only_where_one_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with FileLock(tmp_path / "a.lock") as lock, pytest.raises(ImportError):
        lock.take()


def test_nothing_else_locks() -> None:
    locking = {
        str(path.relative_to(CODE))
        for path in CODE.rglob("*.py")
        if {"flock", "lockf", "fcntl"} & set(path.read_text("utf-8").replace(".", " ").replace("(", " ").split())
    }
    assert locking == {"machine/lock.py"}
