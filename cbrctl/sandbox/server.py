"""The practice cloud's HTTP server: loopback only, one port for IAM and CBR, quiet."""

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Self

from cbrctl.sandbox import account
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Answer, Request
from cbrctl.sandbox.front import Delivery, answer_gateway, answer_request
from cbrctl.sandbox.head import BadHead, read_fields, stays_open
from cbrctl.sandbox.wire import CLOSING, arm_reset, render_head, send_spoiled

# The gateway's own limit (service.md section 7.4).
MAX_BODY_BYTES = 12 * 1024 * 1024
STOP_SECONDS = 1.0


class Server:
    """Serves a cloud on a loopback address; `port` 0 takes a free one.

    Listens as soon as it exists, answers between `start` and `stop`; as a context manager it does both. `keys` are the
    access key and secret that signed requests may use. Raises ValueError for an address that is not loopback and
    OSError for a port that is taken.
    """

    keys = (account.ACCESS_KEY, account.SECRET_KEY)

    def __init__(self, cloud: Cloud, host: str = "127.0.0.1", port: int = 0) -> None:
        host = check_loopback(host)
        self.cloud = cloud
        self._listener = Listener(cloud, host, port)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._listener.server_port}"
        cloud.url = self.url
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Answer requests from now on, in threads of its own."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._listener.accept_all, name="sandbox", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End at once: close every connection and the port. May be called again."""
        if not self._stopped.is_set():
            self._stopped.set()
            self._listener.stop(self._thread)

    def serve_forever(self) -> None:
        """Serve until `stop` is called from another thread or a signal handler, or an exception (Ctrl-C) comes."""
        self.start()
        try:
            self._stopped.wait()
        finally:
            self.stop()

    def variables(self) -> dict[str, str]:
        """The environment variables with which a client reaches this server."""
        return {
            "CBRCTL_ENDPOINT": self.url,
            "CBRCTL_IAM_ENDPOINT": self.url,
            "CBRCTL_REGION": account.REGION,
            "CBRCTL_PROJECT_ID": account.PROJECT_ID,
            "CBRCTL_USERNAME": account.USERNAME,
            "CBRCTL_PASSWORD": account.PASSWORD,
            "CBRCTL_DOMAIN_NAME": account.DOMAIN_NAME,
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Listener(ThreadingHTTPServer):
    """Accepts connections; each is served by a daemon thread of its own."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, cloud: Cloud, host: str, port: int) -> None:
        if ":" in host:
            self.address_family = socket.AF_INET6
        self.cloud = cloud
        self._closing = False
        self._open: dict[socket.socket, threading.Thread] = {}
        super().__init__((host, port), Handler)

    def server_bind(self) -> None:
        """Bind without asking for the host's full name, which can take seconds where DNS is slow."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def accept_all(self) -> None:
        """Accept until `stop`. Blocks in accept, so that stopping needs no polling interval."""
        while True:
            try:
                connection, address = self.get_request()
            except OSError:
                if self._closing:
                    return
                continue
            if self._closing:
                self.shutdown_request(connection)
                return
            self.process_request(connection, address)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread that `stop` can end."""
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._open[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        """Close a connection that is done."""
        self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that went away is no news."""

    def stop(self, acceptor: threading.Thread | None) -> None:
        """Close the port and every connection, then wait a little for their threads."""
        self._closing = True
        if acceptor is not None:
            with contextlib.suppress(OSError):
                socket.create_connection((self.server_name, self.server_port), timeout=STOP_SECONDS).close()
            acceptor.join(STOP_SECONDS)
        self.socket.close()
        for connection, thread in list(self._open.items()):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(STOP_SECONDS)


class Handler(BaseHTTPRequestHandler):
    """Reads requests from one connection and writes the replies, each with one call."""

    protocol_version = "HTTP/1.1"
    # Without it, Nagle and delayed acknowledgements cost 44 ms a request.
    disable_nagle_algorithm = True
    server: Listener
    raw_requestline: bytes
    fields: dict[str, str]

    def parse_request(self) -> bool:
        """Read the head of a request; one that is none is refused as the standard library does."""
        self.command, self.close_connection = "", True
        self.request_version = self.default_request_version
        self.requestline = self.raw_requestline.decode("latin-1").rstrip("\r\n")
        words = self.requestline.split()
        if not words:
            return False
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            self.send_error(505 if words[-1].startswith("HTTP/") and len(words) == 3 else 400)
            return False
        self.command, self.path, self.request_version = words
        if self.path.startswith("//"):
            self.path = "/" + self.path.lstrip("/")
        try:
            self.fields = read_fields(self.rfile)
        except BadHead as error:
            self.send_error(error.status)
            return False
        self.close_connection = not stays_open(self.request_version, self.fields)
        if self.fields.get("expect", "").lower() == "100-continue":
            return self.handle_expect_100()
        return True

    def answer(self) -> None:
        """Answer one request."""
        try:
            request = self.read_request()
            if isinstance(request, Request):
                self.send_reply(answer_request(self.server.cloud, request))
            else:
                self.close_connection = True
                if request is not None:
                    refused = answer_gateway(self.server.cloud, request, Request(self.command, "/", {}), "")
                    self.send_reply(Delivery(refused, ""))
        except OSError:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = answer  # noqa: N815 -- http.server's names

    def read_request(self) -> Request | int | None:
        """The request; a status to refuse with; or None when the client went away before it was whole."""
        length = self.fields.get("content-length", "0")
        if "transfer-encoding" in self.fields:
            return 411
        if not self.path.startswith("/") or not length.isdecimal():
            return 400
        origin = self.fields.get("origin")
        if not _is_local(self.fields.get("host", "")) or (origin and not self._is_own(origin)):
            return 403  # a page of another site that a browser was led to: it must not start backups here
        if int(length) > MAX_BODY_BYTES:
            return 413
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            return None
        return Request(self.command, self.path, self.fields, body)

    def _is_own(self, origin: str) -> bool:
        """Whether a page came from this very server: another port of this machine serves another's pages."""
        scheme, _, authority = origin.partition("://")
        return scheme == "http" and _is_local(authority) and authority.endswith(f":{self.server.server_port}")

    def send_reply(self, reply: Delivery) -> None:
        """Write a reply with whatever is to go wrong with it. Raises OSError when the client is gone."""
        cloud, fault = self.server.cloud, reply.spoiler
        if reply.delay:
            cloud.sleep(reply.delay)
        if fault is not None and fault.kind in CLOSING:
            self.close_connection = True
        if reply.answer is None:
            if fault is not None and fault.kind.startswith("reset"):
                arm_reset(self.connection)
                # Closed here, before the orderly end that socketserver would send first.
                self.connection.close()
            return
        answer = Answer(reply.answer.status, b"", reply.answer.headers) if self.command == "HEAD" else reply.answer
        length = None if fault is not None and fault.kind == "huge" else len(reply.answer.body)
        date = self.date_time_string(cloud.clock())
        head = render_head(answer, date, reply.request_id, self.close_connection, length)
        if fault is None:
            self.connection.sendall(head + answer.body)
        else:
            send_spoiled(self.connection, cloud, head, answer, fault)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on standard error."""


def _is_local(authority: str) -> bool:
    """Whether a host with or without a port is this machine; none at all is what no browser sends."""
    host = authority.rpartition(":")[0] if authority.rpartition(":")[2].isdecimal() else authority
    if not host:
        return True
    try:
        check_loopback(host.strip("[]").lower())
    except ValueError:
        return False
    return True


def check_loopback(host: str) -> str:
    """The address to bind. Raises ValueError for anything but 127.0.0.0/8, ::1 and localhost."""
    if host == "localhost":
        return "127.0.0.1"
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            packed = socket.inet_pton(family, host)
        except OSError:
            continue
        if (len(packed) == 4 and packed[0] == 127) or packed == bytes(15) + b"\x01":
            return host
    raise ValueError(f"the sandbox serves loopback addresses only (127.0.0.1, ::1, localhost), not {host!r}")
