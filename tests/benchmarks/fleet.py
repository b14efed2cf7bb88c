"""Print what a fleet costs: wall time, requests, CPU and memory of vaults that are started and followed. Judges nothing.

    python tests/benchmarks/fleet.py [VAULTS] [SECONDS]

The practice cloud runs in a process of its own, answers after 50 ms, and its backups take SECONDS (20). Each vault holds
ten copies of former days. The bounds are those of the issue that asked for fleets.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cbrctl.sandbox import Cloud, Resource, Server

LATENCY = 0.05
PARALLEL = 32
POLL = 5.0


def serve(vaults: int, seconds: float) -> None:
    """Serve a cloud, and tell on standard output what was asked each time that a line comes in."""
    cloud = Cloud()
    for number in range(vaults):
        cloud.add_vault(f"vault-{number:05}", resources=[Resource(f"server-{number:05}", duration=seconds)])
    cloud.faults.add(f"any:delay={LATENCY}")
    with Server(cloud) as server:
        print(json.dumps(server.variables()), flush=True)
        for _ in sys.stdin:
            with cloud.lock:
                asked = Counter(_name(record.method, record.path) for record in cloud.requests)
                cloud.requests.clear()
                made = len(cloud.checkpoints)
            print(json.dumps({"asked": asked, "checkpoints": made}), flush=True)


def _name(method: str, path: str) -> str:
    kind = next((part for part in ("checkpoints", "backups", "operation-logs", "vaults") if part in path), "token")
    return "POST" if method == "POST" and kind == "checkpoints" else kind


def ask(server: "subprocess.Popen[str]") -> dict[str, Any]:
    """Return what was asked since the last time."""
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write("\n")
    server.stdin.flush()
    told: dict[str, Any] = json.loads(server.stdout.readline())
    return told


def measure(name: str, server: "subprocess.Popen[str]", environ: dict[str, str], *args: str) -> None:
    """Run one command, and print what it cost."""
    ask(server)
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    child = subprocess.Popen([sys.executable, "-m", "cbrctl", *args], env=environ, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    out = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    del before
    told = ask(server)
    asked = Counter(told["asked"])
    reads = sum(asked.values()) - asked["POST"] - asked["token"]
    ends = Counter(entry["outcome"] for entry in json.loads(out)["backups"])
    print(
        f"{name:34} {wall:7.1f} s  {asked['POST']:6} POST {reads:6} reads {dict(asked)}  "
        f"{used.ru_utime + used.ru_stime:6.2f} s CPU  {used.ru_maxrss / 1024:6.0f} MiB  {dict(ends)} "
        f"rc {os.waitstatus_to_exitcode(status)}, {told['checkpoints']} checkpoints"
    )


def main() -> None:
    """Measure and print."""
    vaults, seconds = int((*sys.argv[1:], "1000")[0]), float((*sys.argv[2:], "20")[0] if len(sys.argv) > 2 else 20)
    server = subprocess.Popen(
        [sys.executable, __file__, "serve", str(vaults), str(seconds)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    variables = json.loads(server.stdout.readline())
    bound = 1.3 * (vaults * LATENCY / PARALLEL + seconds + POLL)
    print(f"{vaults} vaults, {seconds:g} s each, {LATENCY * 1000:g} ms a request; wall at most {bound:.1f} s")
    common = (
        "backup",
        "--all-vaults",
        "--parallel",
        str(PARALLEL),
        "--poll-interval",
        f"{POLL:g}s",
        "-o",
        "json",
        "-qq",
    )
    with TemporaryDirectory() as home:
        environ = {"PATH": os.environ["PATH"], "HOME": home, "PYTHONPATH": str(Path(__file__).parents[2]), **variables}
        measure("submitted and followed", server, environ, *common)
        measure("with a run key", server, environ, *common, "--run-key", "one")
        measure("the same again", server, environ, *common, "--run-key", "one")
    with TemporaryDirectory() as home:
        measure("again on a fresh machine", server, {**environ, "HOME": home}, *common, "--run-key", "one")
    server.terminate()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]), float(sys.argv[3]))
    else:
        main()
