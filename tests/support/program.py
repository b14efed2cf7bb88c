"""Runs the real program as a process: in a pipe or with two terminals, its two streams and its exit code apart."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from tests.support import tongues
from tests.support.nursery import Child, Nursery

born: list[int] = []
"""Process ids of what was started, the newest last."""
CLOCK = str(Path(__file__).with_name("clock"))
ROOT = str(Path(__file__).parents[2])
STANDING = re.compile(r"(?:\r\x1b\[2K  [^\r\n\x1b]* (?:…|\.\.\.)(?: \d+ s)?)+\r\x1b\[2K")
"""The line that stands on a terminal, from where it is drawn to where it is taken away."""
PROGRAM = [sys.executable, "-m", "cbrctl"]
_nursery = Nursery(os.pathsep.join([CLOCK, ROOT]))


class Result(NamedTuple):
    """What a run left behind. On a terminal line ends are read back as plain newlines."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)

    def lines(self) -> list[Any]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    def rows(self) -> list[dict[str, str]]:
        """Standard output as tab-separated lines under a header."""
        head, *rows = [line.split("\t") for line in self.out.splitlines()]
        return [dict(zip(head, row, strict=True)) for row in rows]


def clean_environ(home: Path, more: Mapping[str, str]) -> dict[str, str]:
    """Return a child's environment: nothing of the developer's, an empty home, the test clock."""
    kept = {k: os.environ[k] for k in ("PATH", "PYTHONWARNINGS", "COVERAGE_PROCESS_START") if k in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "PYTHONPATH": os.pathsep.join([CLOCK, ROOT]),
        "PYTHONWARNINGS": "error",
        **more,
    }


def run_in_pipe(
    args: Sequence[str], environ: Mapping[str, str], stdin: str | bytes | None = None, timeout: float = 30
) -> Result:
    """Run cbrctl with both streams in pipes."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    environ = tongues.choose(args, environ)
    code, *texts = _run(args, environ, [os.pipe(), os.pipe()], data, timeout)
    out, err = texts[0].decode("utf-8", "surrogateescape"), texts[1].decode("utf-8", "replace")
    if tongues.is_read_back(environ):
        out, err = tongues.read_service_back(out), tongues.read_back(tongues.read_service_back(err))
    return Result(code, out, err)


def run_on_terminals(args: Sequence[str], environ: Mapping[str, str], columns: int = 80, timeout: float = 30) -> Result:
    """Run cbrctl with each stream on a terminal of its own, so that they can be told apart.

    The line that stands while something is waited for is left out: how often it is drawn is a matter of time.
    """
    ends = [_open_terminal(columns) for _ in range(2)]
    code, *texts = _run(args, environ, ends, None, timeout)
    out, err = (text.decode("utf-8", "surrogateescape").replace("\r\n", "\n") for text in texts)
    return Result(code, out, STANDING.sub("", err))


def _run(
    args: Sequence[str],
    environ: Mapping[str, str],
    ends: Sequence[tuple[int, int]],
    stdin: bytes | None,
    timeout: float,
) -> tuple[int, bytes, bytes]:
    """Run cbrctl; return how it ended and what it wrote. `ends` are what is read and what it writes to."""
    source = os.open(os.devnull, os.O_RDONLY) if stdin is None else _hold(stdin)
    streams = source, ends[0][1], ends[1][1]
    child: Child | subprocess.Popen[bytes] = _nursery.start(args, environ, streams) or subprocess.Popen(
        [*PROGRAM, *args], env=dict(environ), stdin=source, stdout=streams[1], stderr=streams[2]
    )
    born.append(child.pid)
    for stream in streams:
        os.close(stream)
    texts = [bytearray(), bytearray()]
    readers = [threading.Thread(target=_read_all, args=(end[0], text)) for end, text in zip(ends, texts, strict=True)]
    for reader in readers:
        reader.start()
    try:
        code = child.wait(timeout)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait(timeout)
        raise
    finally:
        for reader in readers:
            reader.join()
        for end in ends:
            os.close(end[0])
    return code, bytes(texts[0]), bytes(texts[1])


def _hold(data: bytes) -> int:
    """Return a pipe that holds what is to be read from it."""
    reader, writer = os.pipe()

    def write() -> None:
        with suppress(BrokenPipeError), open(writer, "wb") as pipe:
            pipe.write(data)

    threading.Thread(target=write, daemon=True).start()
    return reader


def _open_terminal(columns: int) -> tuple[int, int]:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    return master, slave


def _read_all(handle: int, into: bytearray) -> None:
    while True:
        try:
            piece = os.read(handle, 65536)
        except OSError:  # EIO: the other end is closed
            return
        if not piece:
            return
        into += piece


Run = Callable[..., Result]
"""`run` and `run_tty` of the fixtures."""
