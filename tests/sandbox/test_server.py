"""The server: where it binds, what its answers look like on the wire, and that nothing upsets it."""

import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

import cbrctl.sandbox
from cbrctl.sandbox import Cloud, DemoCloud, Server
from cbrctl.sandbox.seed import VAULT_BE94
from tests.support.sandbox import Client, Clock, assert_refused

PACKAGE = Path(cbrctl.sandbox.__file__).parent


def address(server: Server) -> tuple[str, int]:
    host, port = server.url.removeprefix("http://").rsplit(":", 1)
    return host.strip("[]"), int(port)


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.168.1.1", "10.0.0.1", "example.com", "127.1", "128.0.0.1"])
def test_only_loopback_is_bound(cloud: Cloud, host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        Server(cloud, host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2", "::1"])
def test_every_loopback_is_served(cloud: Cloud, host: str) -> None:
    try:
        server = Server(cloud, host)
    except OSError:
        pytest.skip(f"this machine has no {host}")
    with server:
        connection = HTTPConnection(*address(server), timeout=5)
        connection.request("GET", "/sandbox/faults")
        assert connection.getresponse().read() == b'{"faults": []}'
        connection.close()


def test_a_port_can_be_chosen_and_is_freed(cloud: Cloud) -> None:
    first = Server(cloud)
    port = address(first)[1]
    with pytest.raises(OSError, match="in use"):
        Server(cloud, port=port)
    first.stop()
    first.stop()
    with Server(cloud, port=port) as second:
        assert address(second)[1] == port


def test_an_answer_is_complete(client: Client, clock: Clock) -> None:
    response = client.send("GET", "/vaults")
    assert response.headers["Date"] == "Fri, 10 May 2019 07:59:12 GMT"
    assert response.headers["Content-Type"] == "application/json"
    assert int(response.headers["Content-Length"]) == len(response.content)
    assert len(response.headers["X-Request-Id"]) == 32
    clock.step(3600)
    assert client.send("GET", "/vaults").headers["Date"] == "Fri, 10 May 2019 08:59:12 GMT"


def test_a_connection_is_kept_and_quick(client: Client, server: Server) -> None:
    connection = HTTPConnection(*address(server), timeout=5)
    connection.connect()
    local = connection.sock.getsockname()
    path = client.project.removeprefix(server.url) + "/checkpoints"
    begin = time.perf_counter()
    for _ in range(20):
        connection.request("POST", path, b"{}", client.headers)
        assert connection.getresponse().read()
    assert connection.sock.getsockname() == local
    # 44 ms each with Nagle's algorithm and two segments
    assert time.perf_counter() - begin < 20 * 0.03
    connection.close()


def test_requests_are_recorded(client: Client, cloud: Cloud) -> None:
    client.create(name="n")
    client.send("GET", "/backups", params={"status": ["a", "b"], "name": "备份"})
    post, get = cloud.requests
    assert (post.method, post.status, post.body["checkpoint"]["vault_id"]) == ("POST", 200, VAULT_BE94)
    assert (post.headers["x-auth-token"], post.headers["x-language"]) == ("***", "en-us")
    assert (get.body, get.query) == (None, {"status": ["a", "b"], "name": ["备份"]})


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET",
        b"nonsense\r\n\r\n",
        b"GET /v3/x HTTP/1.1\r\n",
        b"BREW /v3/x HTTP/1.1\r\n\r\n",
        b"GET http://[x HTTP/1.1\r\n\r\n",
        b"GET //[x HTTP/1.1\r\n\r\n",
        b"GET * HTTP/1.1\r\n\r\n",
        b"POST /v3/auth/tokens HTTP/1.1\r\nContent-Length: 10\r\n\r\n{",
        b"POST /v3/auth/tokens HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /v3/auth/tokens HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST /v3/auth/tokens HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /v3/x HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
    ],
    ids=lambda sent: repr(sent[:50]),
)
def test_odd_clients_upset_nothing(
    client: Client, server: Server, capfd: pytest.CaptureFixture[str], sent: bytes
) -> None:
    with socket.create_connection(address(server), timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        try:
            while connection.recv(65536):
                pass
        except ConnectionResetError:
            pass
    assert client.get("/vaults")
    assert capfd.readouterr() == ("", "")


def test_a_body_that_never_came_is_not_executed(client: Client, cloud: Cloud, server: Server) -> None:
    before = len(cloud.checkpoints)
    path = client.project.removeprefix(server.url) + "/checkpoints"
    body = f'{{"checkpoint": {{"vault_id": "{VAULT_BE94}"}}}}'
    head = f"POST {path} HTTP/1.1\r\nX-Auth-Token: {client.headers['X-Auth-Token']}\r\n"
    with socket.create_connection(address(server), timeout=5) as connection:
        connection.sendall(f"{head}Content-Length: {len(body) + 1}\r\n\r\n{body}".encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""
    assert len(cloud.checkpoints) == before


def test_a_bug_is_answered_and_seen(client: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud, "used_mb", None)
    response = client.send("GET", "/vaults")
    assert_refused(response, 500, "BackupService.9910")
    assert "bug in the sandbox" in response.text


def test_stopping_ends_open_connections(cloud: Cloud) -> None:
    server = Server(cloud)
    server.start()
    with socket.create_connection(address(server), timeout=5) as idle:
        idle.sendall(b"GET /sandbox/faults HTTP/1.1\r\n\r\n")
        assert idle.recv(10) == b"HTTP/1.1 2"
        begin = time.perf_counter()
        server.stop()
        assert time.perf_counter() - begin < 0.5
        while idle.recv(65536):
            pass
    assert not [thread for thread in threading.enumerate() if thread.name == "sandbox"]


def test_serving_ends_when_stopped(cloud: Cloud) -> None:
    server = Server(cloud)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    connection = HTTPConnection(*address(server), timeout=5)
    connection.request("GET", "/sandbox/requests")
    assert connection.getresponse().read() == b'{"requests": []}'
    connection.close()
    server.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_the_default_clock_is_looked_up_when_called(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = DemoCloud()
    monkeypatch.setattr("time.time", lambda: 42.0)
    assert cloud.clock() == 42.0


def test_the_package_stands_alone() -> None:
    code = (
        "import sys; from cbrctl.sandbox import DemoCloud, Server; Server(DemoCloud()).stop();"
        "print([m for m in sys.modules if m.startswith('cbrctl.') and not m.startswith('cbrctl.sandbox')"
        " or m in ('requests', 'argparse', 'asyncio', 'unittest')])"
    )
    result = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("[]\n", "")
    for module in PACKAGE.glob("*.py"):
        assert len(module.read_text().splitlines()) <= 300, module


def test_an_unknown_name_is_no_part_of_the_package() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = cbrctl.sandbox.Nothing
