"""Print what a report of many resources over many days costs: reads, CPU, memory and what is written. Judges nothing.

    python tests/benchmarks/report.py [RESOURCES] [DAYS]

A server in a process of its own gives pages that were made before, of rows as long as the service's: a vault protects ten
resources, each with a copy a day, one in a hundred of which failed. The bounds of the issue: 1,000 resources over 90 days
in 2 s of CPU and 150 MiB, and a page under 2 MiB.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from cbrctl.durations import write_stamp
from cbrctl.sandbox import Cloud, Resource
from cbrctl.sandbox.copies import describe_copy
from cbrctl.sandbox.seed import add_backup
from cbrctl.sandbox.vaults import describe_vault

PROJECT = "4229d7a45436489f8c3dc2b1d35d4987"
TOGETHER = 10
"""Resources of a vault."""


def make_lists(resources: int, days: int) -> dict[str, list[bytes]]:
    """Return the rows of each list, as they are sent."""
    chance = random.Random(7)
    cloud = Cloud()
    vaults, copies = [], []
    for number in range(resources // TOGETHER):
        servers = [Resource(f"server-{number:04}-{place}") for place in range(TOGETHER)]
        vault = cloud.add_vault(f"vault-{number:05}", resources=servers)
        vaults.append(json.dumps(describe_vault(cloud, vault, cloud.started)).encode())
        for server in servers:
            cloud.checkpoints.clear()
            ids = (str(uuid4()), str(uuid4()), str(uuid4()))
            add_backup(cloud, vault, server, "nightly", cloud.started - 3600, ids)
            [(checkpoint, run)] = cloud.iterate_runs()
            row = describe_copy(checkpoint, run, cloud.started)
            for day in range(days):
                began = cloud.started - 86400 * day - chance.randrange(3600, 9000)
                changes = {
                    "id": str(uuid4()),
                    "checkpoint_id": str(uuid4()),
                    "status": "error" if chance.random() < 0.01 else "available",
                    "incremental": day % 7 > 0,
                    "created_at": write_stamp(began).replace("Z", ".123456"),
                    "updated_at": write_stamp(began + chance.randrange(60, 3000)).replace("Z", ".654321"),
                    "resource_size": 40 + (days - day) // 10,
                }
                copies.append(json.dumps({**row, **changes}).encode())
    chance.shuffle(copies)
    return {"vaults": vaults, "backups": copies, "operation-logs": []}


def serve(resources: int, days: int) -> None:
    """Serve the lists, and tell on standard output what was read each time that a line comes in."""
    lists = make_lists(resources, days)
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path, query = urlsplit(self.path).path.rpartition("/")[2], parse_qs(urlsplit(self.path).query)
            asked.append(path)
            offset, limit = (int(query[name][0]) for name in ("offset", "limit"))
            rows = lists[path]
            key = path.replace("-", "_").encode()
            page = b", ".join(rows[offset : offset + limit])
            body = b'{"%s": [%s], "count": %d}' % (key, page, len(rows))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    print(json.dumps(server.server_port), flush=True)
    server.timeout = 0.2
    import threading

    threading.Thread(target=server.serve_forever, daemon=True).start()
    for _ in sys.stdin:
        print(json.dumps(asked), flush=True)
        asked.clear()


def measure(server: "subprocess.Popen[str]", environ: Mapping[str, str], folder: Path, *args: str) -> None:
    """Run one command, and print what it cost."""
    assert server.stdin is not None
    assert server.stdout is not None
    out = folder / "out"
    begun = time.monotonic()
    with open(out, "wb") as file:
        child = subprocess.Popen([sys.executable, "-m", "cbrctl", "report", *args], env=dict(environ), stdout=file)
        _, status, used = os.wait4(child.pid, 0)
    wall = time.monotonic() - begun
    server.stdin.write("\n")
    server.stdin.flush()
    reads: list[Any] = json.loads(server.stdout.readline())
    page = folder / "page.html"
    written = page.stat().st_size if page.exists() else out.stat().st_size
    page.unlink(missing_ok=True)
    words = " ".join(args[:-1] if "--html" in args else args)
    print(
        f"{words:45.45} {len(reads):4} reads {used.ru_utime + used.ru_stime:6.2f} s CPU "
        f"{wall:6.2f} s wall {used.ru_maxrss / 1024:5.0f} MiB  {written / (1 << 20):6.2f} MiB written "
        f"rc {os.waitstatus_to_exitcode(status)}"
    )


def main() -> None:
    """Measure and print."""
    resources, days = int((*sys.argv[1:], "1000")[0]), int(sys.argv[2]) if len(sys.argv) > 2 else 90
    server = subprocess.Popen(
        [sys.executable, __file__, "serve", str(resources), str(days)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    url = f"http://127.0.0.1:{json.loads(server.stdout.readline())}"
    with TemporaryDirectory() as home:
        environ = {
            "PATH": os.environ["PATH"], "HOME": home, "PYTHONPATH": str(Path(__file__).parents[2]),
            "CBRCTL_ENDPOINT": url, "CBRCTL_IAM_ENDPOINT": url, "CBRCTL_PROJECT_ID": PROJECT, "CBRCTL_TOKEN": "a-token",
        }  # fmt: skip
        wanted = ("--all-vaults", "--days", str(days))
        for more in (("--html", f"{home}/page.html"), ("-o", "json"), ("-o", "table"), ("-o", "jsonl")):
            measure(server, environ, Path(home), *wanted, *more)
    server.terminate()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
