"""A server that says what a test tells it to, byte for byte, and remembers what it was asked.

For what the practice cloud would never say: statuses that contradict each other, odd error bodies, cut answers.
Not a fake of the product: bodies are written by the tests from the API page and its reference.
"""

import json
import re
import socket
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Answer(NamedTuple):
    """What is sent back: `body` as bytes, as JSON or made of the request; `raw` replaces it all; `end` is fin or rst."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed
    raw: bytes | None = None
    end: str | None = None
    before: Callable[[], None] | None = None


class Scripted:
    """Answers requests by rules: a pattern of `METHOD /path` and its answers, the last of which stays.

    Rules given later win. Without a rule: 404 of the gateway. A list is one page: what is asked for behind it is empty
    and counts as no answer, unless the rule is for a `paged` list, whose answers are the pages.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._rules: list[tuple[str, list[Answer], bool]] = []
        self._ends: dict[str, Answer] = {}
        self._lock = threading.Lock()
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                scripted._answer(self)

            do_POST = do_PUT = do_DELETE = do_GET

            def log_message(self, *args: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: object, client_address: object) -> None:
                pass

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def on(self, pattern: str, *answers: Answer | dict[str, Any], paged: bool = False) -> None:
        """Answer requests that fit `pattern` by these, one after another; a dict is a 200 with that JSON."""
        rule = [a if isinstance(a, Answer) else Answer(200, a) for a in answers]
        with self._lock:
            self._rules.insert(0, (pattern, rule, paged))

    def count(self, pattern: str) -> int:
        """How many requests fitted the pattern."""
        return sum(bool(re.fullmatch(pattern, f"{a.method} {a.path}")) for a in self.asked)

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        path, _, query = handler.path.partition("?")
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {k.lower(): v for k, v in handler.headers.items()}
        with self._lock:
            asked = Asked(handler.command, path, query, headers, body)
            line = f"{handler.command} {path}"
            answers, paged = next(
                ((a, paged) for p, a, paged in self._rules if re.fullmatch(p, line)), (list[Answer](), False)
            )
            answer = answers[0] if answers else Answer(404, {"error_code": "APIGW.0101", "error_msg": "no rule"})
            if not paged and re.search(r"(^|&)offset=[1-9]", query) and path in self._ends:
                answer = _end_of(self._ends[path])
            else:
                self.asked.append(asked)
                self._ends[path] = answer
                if len(answers) > 1:
                    del answers[0]
        if answer.before:
            answer.before()
        if callable(answer.body):
            answer = answer._replace(body=answer.body(asked))
        self._send(handler, answer)

    def _send(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **answer.headers}
        head = f"HTTP/1.1 {answer.status} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
        data = head.encode() + body if answer.raw is None else answer.raw
        try:
            handler.connection.sendall(data)
            if answer.end == "rst":
                handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        if answer.end or answer.raw is not None:
            handler.close_connection = True


def _end_of(answer: Answer) -> Answer:
    """The page behind a list: empty, and of the same count."""
    body = answer.body
    if callable(body):
        return answer._replace(body=lambda asked: _empty(body(asked)), before=None)
    return answer._replace(body=_empty(body), before=None) if isinstance(body, dict) else answer


def _empty(body: dict[str, Any]) -> dict[str, Any]:
    return {k: [] if isinstance(v, list) else v for k, v in body.items()}


LOST = Answer(raw=b"", end="fin")
