"""Print what following costs: CPU and requests a poll, and the memory that many polls take. Judges nothing.

    python tests/benchmarks/following.py [POLLS]

The practice cloud runs in a process of its own and holds a backup that never ends. The clock of the followed process is
that of the tests (tests/support/clock): a pause takes no time. What a start costs is taken away by a run of few polls.
"""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from cbrctl.sandbox import Cloud, Resource, Server

ROOT = Path(__file__).parents[2]
FEW, INTERVAL = 100, 10


class Cost(NamedTuple):
    """What a run took: seconds of CPU, its peak in MiB, and the requests that it made."""

    cpu: float
    peak: float
    requests: int


def serve() -> None:
    """Serve a cloud, and tell on standard output how much was asked each time that a line comes in."""
    cloud = Cloud()
    cloud.add_vault("endless", resources=[Resource("server", endless=True)])
    with Server(cloud) as server:
        print(json.dumps(server.variables()), flush=True)
        for _ in sys.stdin:
            with cloud.lock:
                asked = len(cloud.requests)
                cloud.requests.clear()
                cloud.checkpoints.clear()
            print(asked, flush=True)


def follow(server: "subprocess.Popen[str]", environ: dict[str, str], polls: int) -> Cost:
    """Follow for so many polls, until the wait runs out."""
    args = ["backup", "--vault", "endless", "--poll-interval", f"{INTERVAL}s", "--timeout", f"{INTERVAL * polls}s"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = subprocess.Popen(
        [sys.executable, "-m", "cbrctl", *args, "-o", "json", "-qq"], env=environ, stdout=subprocess.PIPE
    )
    child.communicate()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert child.returncode == 5, "the wait ran out"
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write("\n")
    server.stdin.flush()
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, used.ru_maxrss / 1024, int(server.stdout.readline()))


def main() -> None:
    """Measure and print."""
    polls = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    server = subprocess.Popen(
        [sys.executable, __file__, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    variables = json.loads(server.stdout.readline())
    path = os.pathsep.join((str(ROOT / "tests" / "support" / "clock"), str(ROOT)))
    with TemporaryDirectory() as home:
        environ = {"PATH": os.environ["PATH"], "HOME": home, "PYTHONPATH": path, **variables}
        few, many = (follow(server, environ, number) for number in (FEW, polls))
    server.terminate()
    more = polls - FEW
    print(f"{polls} polls: {(many.cpu - few.cpu) / more * 1000:.2f} ms of CPU a poll, {(many.requests - few.requests) / more:.1f} "
          f"requests a poll, {many.peak:.1f} MiB at most, {many.peak - few.peak:.1f} MiB more than {FEW} polls")  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve()
    else:
        main()
