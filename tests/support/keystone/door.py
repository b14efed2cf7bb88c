"""The door of the practice cloud that a real Keystone keeps: who has no valid token of it does not come in.

Inside, the practice cloud sees a token and a project of its own; outside, the project has Keystone's id.
"""

import json
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

from cbrctl.sandbox import Cloud
from cbrctl.sandbox.account import PROJECT_ID, PROJECTS, USERS
from tests.support.keystone.server import Keystone, send

PATH = re.compile(r"/v3/([0-9a-f]{32})(/.*)")
FOREVER = 1e9


class Passage(NamedTuple):
    """A request that came to the door, and what was answered; `inside` tells whether the practice cloud saw it."""

    method: str
    path: str
    token: str
    status: int
    inside: bool


class Door:
    """A server in front of the practice cloud. `iam` is the address of Keystone that the tokens are from.

    `after` is called with each passage before it is answered.
    """

    def __init__(self, keystone: Keystone, cloud: Cloud, iam: str = "") -> None:
        self.keystone = keystone
        self.cloud = cloud
        self.iam = iam or keystone.url
        self.passages: list[Passage] = []
        self.after: Callable[[Passage], None] = lambda passage: None
        now = cloud.clock()
        # not by a login: that would be a request the practice cloud counts
        self._token = cloud.tokens.add_token(USERS[0], ("password",), now, now + FOREVER, PROJECTS[0]).id
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def answer(self) -> None:
                door._answer(self)

            do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - http.server's names

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def lists(self) -> list[Passage]:
        """The first pages of lists, and what is no list: each list is read to an empty page."""
        return [p for p in self.passages if "offset=" not in p.path or "offset=0" in p.path]

    @property
    def refused(self) -> list[Passage]:
        """Those that did not come in."""
        return [p for p in self.passages if not p.inside]

    def count_posts(self) -> int:
        """How many requests to start a backup reached the practice cloud."""
        return sum(r.method == "POST" and r.path.endswith("/checkpoints") for r in self.cloud.requests)

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        token = handler.headers.get("X-Auth-Token", "")
        found = PATH.fullmatch(handler.path)
        described = self.keystone.describe_token(token, self.iam) if token else None
        inside = False
        if found is None:
            status, data = _refuse(404, "APIGW.0101", "The API does not exist or has not been published")
        elif described is None:
            status, data = _refuse(401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail")
        elif described.get("project", {}).get("id") != found[1]:
            status, data = _refuse(403, "APIGW.0302", "The IAM user is not authorized to access the API")
        else:
            inside = True
            status, data = self._pass_on(handler, found[1], found[2], body)
        passage = Passage(handler.command, handler.path, token, status, inside)
        self.passages.append(passage)
        self.after(passage)
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nDate: {handler.date_time_string()}\r\n"
        handler.connection.sendall(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        handler.close_connection = handler.headers.get("Connection", "").lower() == "close"

    def _pass_on(self, handler: BaseHTTPRequestHandler, project: str, rest: str, body: bytes) -> tuple[int, bytes]:
        headers: dict[str, Any] = {"X-Auth-Token": self._token, "X-Project-Id": PROJECT_ID}
        for name in ("Content-Type", "X-Language"):
            if name in handler.headers:
                headers[name] = handler.headers[name]
        declared = handler.headers.get("X-Project-Id", project)
        assert declared == project, "X-Project-Id names another project than the path"
        reply = send(handler.command, f"{self.cloud.url}/v3/{PROJECT_ID}{rest}", headers=headers, data=body or None)
        return reply.status_code, reply.content.replace(PROJECT_ID.encode(), project.encode())


def _refuse(status: int, code: str, text: str) -> tuple[int, bytes]:
    return status, json.dumps({"error_msg": text, "error_code": code, "request_id": "door"}).encode()
