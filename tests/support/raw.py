"""A server that speaks raw bytes, for what no HTTP server would say: answers that drip, never end or are cut, and tunnels."""

import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import trustme

SOON = 1
"""A deadline that passes while a test waits, seconds; long enough for a handshake on a machine that is busy."""
HOST = "cbr.nowhere.invalid"
"""A host that only a proxy reaches."""
Talk = Callable[[socket.socket], None]


def whole(body: bytes, status: str = "200 OK", headers: str = "Connection: close\r\n") -> bytes:
    """An answer with its length."""
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


def say(*pieces: bytes) -> Talk:
    """Send and close."""
    return then(*(lambda connection, piece=piece: connection.sendall(piece) for piece in pieces))


def then(*talks: Talk) -> Talk:
    """One after another."""

    def talk(connection: socket.socket) -> None:
        for one in talks:
            one(connection)

    return talk


def drip(data: bytes, pause: float = 0.05) -> Talk:
    """Send byte after byte, so slowly that only a deadline over the whole ends it."""

    def talk(connection: socket.socket) -> None:
        for place in range(len(data)):
            connection.sendall(data[place : place + 1])
            time.sleep(pause)

    return talk


def flood(head: bytes, piece: bytes) -> Talk:
    """Send the same for ever."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)

    return talk


def read_request(connection: socket.socket) -> bytes:
    """A request with its body; less where the other side ends before."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.partition(b":")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < int(lengths[0] if lengths else 0):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


class Raw:
    """A server of a connection a request: `greet` speaks before TLS, `talk` after the request was read."""

    def __init__(self, talk: Talk, *, tls: ssl.SSLContext | None = None, greet: Talk | None = None) -> None:
        self.talk, self.tls, self.greet = talk, tls, greet
        self.connections = 0
        self.finished = 0
        """How often `talk` could say all it had to say."""
        self.requests: list[bytes] = []
        self.closed = threading.Semaphore(0)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        with suppress(OSError, IndexError):
            if self.greet:
                self.greet(connection)
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            request = read_request(connection)
            if request:
                self.requests.append(request)
                self.talk(connection)
                self.finished += 1
        connection.close()
        self.closed.release()

    def close(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


Serve = Callable[..., Raw]


def tls_of(ca: trustme.CA, *names: str) -> ssl.SSLContext:
    """A server's side of TLS under those names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*(names or ("127.0.0.1",))).configure_cert(context)
    return context


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def tunnel_to(port: int) -> Talk:
    """Let CONNECT through, wherever it wants to go, to a port of this machine."""

    def talk(connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as far:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            pump = threading.Thread(target=_pump, args=(connection, far), daemon=True)
            pump.start()
            _pump(far, connection)
            pump.join(5)

    return talk


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
