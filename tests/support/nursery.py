"""Processes of the program that are born quickly: forked from one that has imported all of it, and run nothing.

A child is a process like any other: it has its own streams, folder and environment, runs `python -m cbrctl`, and ends as an
interpreter does, but for taking its memory apart. What an interpreter reads only once, when it starts (locale, PYTHON*),
cannot be given to it: with that changed, `start` returns None, and a new one is started. What is imported when, and what a
start costs, is tested with interpreters of their own (tests/house/test_startup.py).
"""

import atexit
import gc
import importlib
import io
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

LOADED = (
    "email.utils", "gettext", "http.server", "platformdirs", "requests", "rich.console", "rich.progress", "rich.table",
    "rich.text", "sqlite3", "ssl", "tempfile", "typer", "uuid",
)  # fmt: skip
"""What the program imports late; none of it reads the environment then, but for what stands in READ_AT_BIRTH."""
READ_AT_BIRTH = ("LANG", "LC_", "PYTHON", "TYPER_", "_TYPER_", "TZ", "LD_", "MALLOC", "OPENSSL", "SSLKEYLOG")


class Child:
    """A process of the program."""

    def __init__(self, pid: int, ended: socket.socket) -> None:
        self.pid = pid
        self._ended = ended

    def wait(self, timeout: float) -> int:
        """Return how it ended: its exit code, or a signal as a negative number. Raises TimeoutExpired."""
        self._ended.settimeout(timeout)
        try:
            code = int(self._ended.recv(16))
        except TimeoutError:
            raise subprocess.TimeoutExpired("cbrctl", timeout) from None
        self._ended.close()
        return code

    def kill(self) -> None:
        """End it at once."""
        os.kill(self.pid, signal.SIGKILL)


class Nursery:
    """The one process that others are forked from, started when the first is wanted; `path` is its PYTHONPATH."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._end: socket.socket | None = None
        self._base: dict[str, str] = {}

    def start(self, args: Sequence[str], environ: Mapping[str, str], streams: tuple[int, int, int]) -> Child | None:
        """Start `python -m cbrctl` with these arguments and streams; return None where only a new interpreter would do."""
        with self._lock:
            if environ.get("PYTHONPATH") != self._path:  # it has a sitecustomize of its own
                return None
            if self._end is None:
                self._open(environ)
            if _at_birth(environ) != self._base:
                return None
            ours, theirs = socket.socketpair()
            request = json.dumps([list(args), dict(environ), os.getcwd()]).encode()
            socket.send_fds(self._end, [len(request).to_bytes(4, "big")], [*streams, theirs.fileno()])  # type: ignore[arg-type]
            self._end.sendall(request)  # type: ignore[union-attr]
            theirs.close()
            return Child(int.from_bytes(ours.recv(4), "big"), ours)

    def _open(self, environ: Mapping[str, str]) -> None:
        self._base = _at_birth(environ)
        self._end, theirs = socket.socketpair()
        clean = {**self._base, "PATH": os.environ["PATH"], "HOME": "/nonexistent"}
        command = [sys.executable, "-m", "tests.support.nursery", str(theirs.fileno())]
        root = Path(__file__).parents[2]
        process = subprocess.Popen(command, env=clean, cwd=root, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        atexit.register(self._close, process)

    def _close(self, process: "subprocess.Popen[bytes]") -> None:
        if self._end is not None:
            self._end.close()
        process.wait()


def _at_birth(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name.startswith(READ_AT_BIRTH)}


# in the process itself ----------------------------------------------------------------------------------------------


def _serve(requests: socket.socket) -> None:
    """Fork a child for each request, and tell how each ended; return in each child, when all is laid out for it."""
    for name in LOADED:
        importlib.import_module(name)
    import cbrctl

    for module in pkgutil.walk_packages(cbrctl.__path__, "cbrctl."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    gc.freeze()  # what is here is not looked through, and so not copied, in each child
    awake, wake = socket.socketpair()
    for end in (awake, wake):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(wake.fileno())
    alive: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([requests, awake], [], [])
        if awake in ready:
            awake.recv(4096)
            _bury(alive)
        if requests not in ready:
            continue
        head, handles, _, _ = socket.recv_fds(requests, 4, 4)
        if not head:
            os._exit(0)  # the tests are over
        size = int.from_bytes(head, "big")
        text = b""
        while len(text) < size:
            text += requests.recv(size - len(text))
        ended = socket.socket(fileno=handles[3])
        pid = os.fork()
        if pid == 0:
            for end in (requests, awake, wake, ended, *alive.values()):
                end.close()
            _lay_out(handles[:3], *json.loads(text))
            return
        alive[pid] = ended
        for handle in handles[:3]:
            os.close(handle)
        ended.sendall(pid.to_bytes(4, "big"))


def _bury(alive: dict[int, socket.socket]) -> None:
    while alive:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        ended = alive.pop(pid)
        with suppress(OSError):  # nobody waits for it any more
            ended.sendall(str(os.waitstatus_to_exitcode(status)).encode())
        ended.close()


def _lay_out(handles: Sequence[int], args: Sequence[str], environ: Mapping[str, str], folder: str) -> None:
    """Make this process what a new interpreter would be."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, handle in enumerate(handles):
        os.dup2(handle, number)
        if handle > 2:
            os.close(handle)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = ["-m", *args]
    sys.path[0] = folder
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        raw = io.FileIO(number, "r" if number == 0 else "w", closefd=False)
        buffered = io.BufferedReader(raw) if number == 0 else io.BufferedWriter(raw)
        errors = "backslashreplace" if number == 2 else "surrogateescape"
        stream = io.TextIOWrapper(
            buffered, encoding="utf-8", errors=errors, line_buffering=number == 2 or os.isatty(number)
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    clock = sys.modules.get("sitecustomize")
    if clock is not None:
        clock.start()


def _end(code: object) -> NoReturn:
    """End as an interpreter does, but for taking its memory apart: that costs more than the run."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    if code is not None and not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        code = 120
        print(f"Exception ignored: {error!r}", file=sys.stderr)
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit((code or 0) & 0xFF)


if __name__ == "__main__":
    import runpy
    import traceback

    _serve(socket.socket(fileno=int(sys.argv[1])))
    try:
        runpy.run_module("cbrctl", run_name="__main__", alter_sys=True)
    except SystemExit as stop:
        _end(stop.code)
    except BaseException:
        traceback.print_exc()
        _end(1)
    _end(0)
