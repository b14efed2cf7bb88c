"""A practice cloud in a process of its own, which counts what a client asked of it: requests, and bytes either way.

    python served.py cbr|aws VAULTS SECONDS COPIES [CERTIFICATE]

Prints where it is as a line of JSON. Each line on its standard input is answered with what was asked since the last one, and
the cloud is again as it was. Bytes are those of HTTP, whether or not they travel in TLS. `aws` is no cloud, but the two
answers that Amazon's client needs to start a backup and to see it ended.
"""

import json
import socket
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar
from uuid import UUID

from cbrctl.sandbox import Cloud, Resource
from cbrctl.sandbox.account import ACCESS_KEY, PROJECT_ID, SECRET_KEY
from cbrctl.sandbox.seed import add_backup
from cbrctl.sandbox.server import Listener


class Counts:
    """What came in and went out since the last report."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.asked = self.received = self.sent = 0

    def report(self) -> dict[str, int]:
        """Return the counts, and begin anew."""
        with self.lock:
            told = {"requests": self.asked, "up": self.received, "down": self.sent}
            self.asked = self.received = self.sent = 0
        return told


COUNTS = Counts()


class Counted(socket.socket):
    """A connection whose bytes are counted."""

    def recv_into(self, *args: Any) -> int:
        got = super().recv_into(*args)
        with COUNTS.lock:
            COUNTS.received += got
        return got

    def sendall(self, data: Any, *args: Any) -> None:
        with COUNTS.lock:
            COUNTS.sent += len(data)
        super().sendall(data, *args)


class CountedTls(ssl.SSLSocket):
    """The same with TLS: what is in it is counted."""

    def recv_into(self, *args: Any) -> int:
        got = super().recv_into(*args)
        with COUNTS.lock:
            COUNTS.received += got
        return got

    def sendall(self, data: Any, flags: int = 0) -> None:
        with COUNTS.lock:
            COUNTS.sent += len(data)
        super().sendall(data, flags)


class Counting(Listener):
    """The practice cloud's own server, on connections that are counted."""

    def __init__(self, cloud: Cloud, certificate: str | None) -> None:
        super().__init__(cloud, "127.0.0.1", 0)
        self.tls: ssl.SSLContext | None = None
        if certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate)
            self.tls.sslsocket_class = CountedTls
        cloud.url = self.url = f"http{'s' * bool(certificate)}://127.0.0.1:{self.server_port}"

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self.tls:  # the handshake is for the thread of the connection: whoever is slow holds up nobody
            return self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address
        return Counted(fileno=connection.detach()), address


class Scripted(BaseHTTPRequestHandler):
    """What Amazon's client asks for: a backup is started, and has ended some seconds later."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    seconds: ClassVar[float]
    started: ClassVar[dict[str, float]] = {}

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        job = str(UUID(int=len(self.started)))
        self.started[job] = time.monotonic()
        self.answer({"BackupJobId": job, "CreationDate": time.time(), "RecoveryPointArn": f"arn:aws:backup:::{job}"})

    def do_GET(self) -> None:
        job = self.path.rpartition("/")[2]
        ended = time.monotonic() >= self.started[job] + self.seconds
        self.answer({"BackupJobId": job, "State": "COMPLETED" if ended else "RUNNING", "PercentDone": "50.0"})

    def answer(self, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        with COUNTS.lock:
            COUNTS.asked += 1
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def seed(cloud: Cloud, copies: int) -> None:
    """Make the copies of the hours before, of each vault."""
    for number, vault in enumerate(cloud.vaults.values()):
        for hour in range(copies):
            first = 3 * (number * copies + hour)
            ids = (str(UUID(int=first)), str(UUID(int=first + 1)), str(UUID(int=first + 2)))
            add_backup(cloud, vault, vault.resources[0], "nightly", cloud.started - 3600 * (hour + 1), ids)


def main() -> None:
    """Serve until standard input ends."""
    kind, vaults, seconds, copies = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    cloud = Cloud()
    for number in range(vaults):
        cloud.add_vault(f"vault-{number:05}", resources=[Resource(f"server-{number:05}", duration=seconds)])
    seed(cloud, copies)
    server = Counting(cloud, sys.argv[5] if len(sys.argv) > 5 else None)
    if kind == "aws":
        Scripted.seconds = seconds
        server.RequestHandlerClass = Scripted
    threading.Thread(target=server.accept_all, daemon=True).start()
    place = {"url": server.url, "project": PROJECT_ID, "keys": [ACCESS_KEY, SECRET_KEY], "vaults": list(cloud.vaults)}
    print(json.dumps(place), flush=True)
    for _ in sys.stdin:
        with cloud.lock:
            COUNTS.asked += len(cloud.requests)
            cloud.requests.clear()
            cloud.checkpoints.clear()
            seed(cloud, copies)
        print(json.dumps(COUNTS.report()), flush=True)


if __name__ == "__main__":
    main()
