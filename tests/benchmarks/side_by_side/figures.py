"""What one run of a command costs."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

# A child inherits the peak memory of whoever starts it, so that a small interpreter does. wait4 tells of the child and of all
# that it waited for.
LAUNCHER = """
import os, sys, time
began = time.monotonic()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(pid, 0)
wall = time.monotonic() - began
with open(os.environ["FIGURES"], "w") as file:
    print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024, file=file)
"""


class Figures(NamedTuple):
    """Seconds of CPU and of the clock, MiB at most, and what was asked of the service, in bytes of HTTP."""

    cpu: float
    wall: float
    memory: float
    requests: int = 0
    up: int = 0
    down: int = 0


class Failed(Exception):
    """A command did not end well; its text is what it said."""


def measure(command: Sequence[str], environ: Mapping[str, str], folder: Path, stdin: str = "") -> Figures:
    """Run a command once. Raises Failed where it does not end with 0."""
    told, out = folder / "figures", folder / "out"
    (folder / "in").write_text(stdin)
    with open(folder / "in", "rb") as words, open(out, "wb") as said:
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, *command],
            env={**environ, "FIGURES": str(told)}, cwd=folder, stdin=words, stdout=said, stderr=said, check=True,
        )  # fmt: skip
    code, cpu, wall, memory = told.read_text().split()
    if int(code):
        raise Failed(f"{os.path.basename(command[0])} ended with {code}: {out.read_text()[-500:].strip()}")
    return Figures(float(cpu), float(wall), float(memory))
