"""The head of a request: what is read of it, what is refused, and whether the connection stays."""

import socket
from http.client import HTTPResponse

import pytest

from cbrctl.sandbox import Cloud, Server

PATH = "/v3/no/such/path"


def ask(server: Server, head: bytes) -> tuple[int, bool]:
    """Send a head; return the status of the answer, and whether a second request is answered too."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(head)
        response = HTTPResponse(connection)
        response.begin()
        response.read()
        try:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            return response.status, bool(connection.recv(1))
        except OSError:
            return response.status, False


@pytest.mark.parametrize(
    ("lines", "status", "stays"),
    [
        ([], 404, True),
        (["connection: close"], 404, False),
        (["Connection: Close"], 404, False),
        (["X-Empty:", "Content-Length:  0  "], 404, True),
        (["Content-Length: 0", "content-length: 0"], 404, True),
        (["Content-Length: 0", "Content-Length: 1"], 400, False),
        (["X-Folded: a", " b"], 400, False),
        (["X-Spaced : a"], 400, False),
        (["no field"], 400, False),
        ([": nameless"], 400, False),
        (["A: b"] * 100, 404, True),
        (["A: b"] * 101, 431, False),
        (["A: " + "b" * 70_000], 431, False),
        (["Transfer-Encoding: chunked"], 411, False),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_head_is_read_or_refused(server: Server, lines: list[str], status: int, stays: bool) -> None:
    head = "\r\n".join([f"GET {PATH} HTTP/1.1", *lines, "", ""]).encode()
    assert ask(server, head) == (status, stays)


@pytest.mark.parametrize(
    ("line", "more", "status", "stays"),
    [
        ("HTTP/1.0", "", 404, False),
        ("HTTP/1.0", "Connection: keep-alive\r\n", 404, True),
        ("HTTP/1.1", "Connection: keep-alive\r\n", 404, True),
    ],
)
def test_versions_differ_in_whether_they_stay(server: Server, line: str, more: str, status: int, stays: bool) -> None:
    assert ask(server, f"GET {PATH} {line}\r\n{more}\r\n".encode()) == (status, stays)


def test_a_client_that_waits_is_told_to_go_on(server: Server, cloud: Cloud) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"POST /sandbox/faults HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 31\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b'{"fault": "any:status=503*1"}  ')
        assert connection.recv(100).startswith(b"HTTP/1.1 201")
    assert cloud.faults.specs() == ["any:status=503*1"]
