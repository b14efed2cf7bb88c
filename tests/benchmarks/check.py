"""Print what a check of many vaults costs: reads, CPU and memory. Judges nothing.

    python tests/benchmarks/check.py [VAULTS] [COPIES]

The practice cloud runs in a process of its own; each vault protects one resource, which has COPIES (10) of former hours.
The bounds of the issue: of 1,000 vaults with 10 copies each at most 15 reads and 2 s of CPU.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from cbrctl.sandbox import Cloud, Resource, Server
from cbrctl.sandbox.seed import add_backup


def serve(vaults: int, copies: int) -> None:
    """Serve a cloud, and tell on standard output what was read each time that a line comes in."""
    cloud = Cloud()
    for number in range(vaults):
        server = Resource(f"server-{number:05}")
        vault = cloud.add_vault(f"vault-{number:05}", resources=[server])
        for hour in range(copies):
            add_backup(
                cloud, vault, server, "nightly", cloud.started - 3600 * (hour + 1),
                (str(uuid4()), str(uuid4()), str(uuid4())),
            )  # fmt: skip
    with Server(cloud) as server_:
        print(json.dumps(server_.variables()), flush=True)
        for _ in sys.stdin:
            with cloud.lock:
                asked = [f"{one.method} {one.path.rpartition('/')[2]}" for one in cloud.requests]
                cloud.requests.clear()
            print(json.dumps(asked), flush=True)


def measure(server: "subprocess.Popen[str]", environ: dict[str, str], *args: str, stdin: str = "") -> None:
    """Run one command, and print what it cost."""
    assert server.stdin is not None
    assert server.stdout is not None
    child = subprocess.Popen(
        [sys.executable, "-m", "cbrctl", "check", *args],
        env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(stdin)
    child.stdin.close()
    out = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    server.stdin.write("\n")
    server.stdin.flush()
    asked = [line for line in json.loads(server.stdout.readline()) if not line.endswith("tokens")]
    document = json.loads(out)
    print(
        f"{' '.join(args):60.60} {len(asked):5} reads {used.ru_utime + used.ru_stime:6.2f} s CPU "
        f"{used.ru_maxrss / 1024:5.0f} MiB  {document.get('outcome')} of {len(document.get('items', ()))} "
        f"rc {os.waitstatus_to_exitcode(status)}"
    )


def main() -> None:
    """Measure and print."""
    vaults, copies = int((*sys.argv[1:], "1000")[0]), int(sys.argv[2]) if len(sys.argv) > 2 else 10
    server = subprocess.Popen(
        [sys.executable, __file__, "serve", str(vaults), str(copies)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    variables = json.loads(server.stdout.readline())
    names = "".join(f"vault-{number:05}\n" for number in range(vaults))
    with TemporaryDirectory() as home:
        environ = {"PATH": os.environ["PATH"], "HOME": home, "PYTHONPATH": str(Path(__file__).parents[2]), **variables}
        measure(server, environ, "--all-vaults", "--max-age", "26h", "-o", "json")
        measure(server, environ, "--all-vaults", "--max-age", "30m", "-o", "json")
        measure(server, environ, "--vault", "-", "--max-age", "26h", "-o", "json", stdin=names)
        measure(server, environ, "--vault", "vault-00000", "--max-age", "26h", "-o", "json")
    server.terminate()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
