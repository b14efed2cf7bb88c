"""Print what the practice cloud itself serves: requests a second, and pages in ms. Judges nothing.

    python tests/benchmarks/cloud.py [REQUESTS]

The practice cloud runs in a process of its own, with 1,000 vaults and 1,000, then 10,000 backups of former days. It is asked
REQUESTS (2000) times over a plain socket, one after another, so that next to nothing but the server is measured. "of CPU"
is what one core could serve: the server's own CPU time, without what the client and the waiting take.
"""

import json
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from itertools import cycle, islice
from typing import Any
from uuid import uuid4

from cbrctl.sandbox import Cloud, Resource, Server
from cbrctl.sandbox.account import PROJECT_ID, USERS, Project
from cbrctl.sandbox.seed import add_backup

VAULTS = 1000
HELD = (1000, 10_000)
PAGES = 20
SECONDS = 0.05
"""Of a backup: a vault is free again before its next turn."""


def serve(held: int) -> None:
    """Serve a cloud of `held` backups, and tell on standard output what CPU it took each time that a line comes in."""
    cloud = Cloud()
    vaults = [
        cloud.add_vault(f"vault-{number:05}", resources=[Resource(f"server-{number:05}", size_gb=1, duration=SECONDS)])
        for number in range(VAULTS)
    ]
    for number, vault in zip(range(held), cycle(vaults)):
        ids = (str(uuid4()), str(uuid4()), str(uuid4()))
        add_backup(cloud, vault, vault.resources[0], "nightly", cloud.started - 86400 + number, ids)
    user, project = USERS[0], Project(PROJECT_ID, "any")
    token = cloud.tokens.add_token(user, ("password",), cloud.started, cloud.started + 86400, project)
    with Server(cloud) as server:
        port = int(server.url.rpartition(":")[2])
        told = {"port": port, "token": token.id, "vaults": list(cloud.vaults), "checkpoints": list(cloud.checkpoints)}
        print(json.dumps(told), flush=True)
        for _ in sys.stdin:
            used = resource.getrusage(resource.RUSAGE_SELF)
            print(used.ru_utime + used.ru_stime, flush=True)


class Asker:
    """Sends requests to a cloud and reads the answers whole, with as little as that takes."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told
        self._open: socket.socket | None = None

    def write(self, method: str, path: str, body: str = "") -> bytes:
        """Return a request as it is sent."""
        head = (
            f"{method} /v3/{PROJECT_ID}/{path} HTTP/1.1",
            f"Host: 127.0.0.1:{self._told['port']}",
            "Accept: application/json",
            "User-Agent: benchmark",
            "Content-Type: application/json",
            f"X-Auth-Token: {self._told['token']}",
            f"Content-Length: {len(body)}",
        )
        return ("\r\n".join(head) + "\r\n\r\n" + body).encode()

    def ask(self, request: bytes, keep: bool = True) -> None:
        """Send a request and read its answer. Raises RuntimeError unless it is a 200."""
        if self._open is None:
            self._open = socket.create_connection(("127.0.0.1", self._told["port"]))
            self._open.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open.sendall(request)
        head, _, body = self._open.recv(1 << 20).partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError((head + body).decode())
        left = int(head.lower().partition(b"content-length:")[2].split(None, 1)[0]) - len(body)
        while left > 0:
            left -= len(self._open.recv(1 << 20))
        if not keep:
            self._open.close()
            self._open = None


def read_cpu(server: "subprocess.Popen[str]") -> float:
    """Return the CPU seconds that the server took so far."""
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write("\n")
    server.stdin.flush()
    return float(server.stdout.readline())


def measure(
    name: str, server: "subprocess.Popen[str]", asker: Asker, requests: Iterable[bytes], keep: bool = True
) -> None:
    """Send the requests, and print what they took."""
    first, *ready = requests
    asker.ask(first)  # warms up
    cpu, began = read_cpu(server), time.monotonic()
    for request in ready:
        asker.ask(request, keep)
    wall, cpu = time.monotonic() - began, read_cpu(server) - cpu
    count = len(ready)
    print(
        f"  {name:60} {count / wall:7.0f} a second {wall * 1000 / count:9.2f} ms each  "
        f"{count / max(cpu, 0.01):7.0f} a second of CPU"
    )


def main() -> None:
    """Measure and print."""
    count = int((*sys.argv[1:], "2000")[0]) + 1
    for held in HELD:
        server = subprocess.Popen(
            [sys.executable, __file__, "serve", str(held)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert server.stdout is not None
        told = json.loads(server.stdout.readline())
        asker = Asker(told)
        print(f"{VAULTS} vaults, {held} checkpoints")
        shows = [asker.write("GET", f"checkpoints/{id}") for id in islice(cycle(told["checkpoints"]), count)]
        measure("GET checkpoint", server, asker, shows)
        measure("the same, fresh connections", server, asker, shows, keep=False)
        copies = [asker.write("GET", f"backups?checkpoint_id={id}") for id in islice(cycle(told["checkpoints"]), count)]
        measure("GET backups of a checkpoint", server, asker, copies)
        lately = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 300))
        for path in (
            "vaults?",
            "backups?",
            "operation-logs?",
            f"operation-logs?start_time={lately}&",
        ):
            page = asker.write("GET", f"{path}limit=1000")
            measure(f"GET {path}limit=1000", server, asker, [page] * (PAGES + 1))
        bodies = (json.dumps({"checkpoint": {"vault_id": id}}) for id in islice(cycle(told["vaults"]), count))
        measure("POST checkpoints", server, asker, [asker.write("POST", "checkpoints", body) for body in bodies])
        server.terminate()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]))
    else:
        main()
