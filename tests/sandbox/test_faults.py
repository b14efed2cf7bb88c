"""Faults: each kind as a client meets it, how often it strikes, and switching over HTTP."""

import socket
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pytest
import requests

from cbrctl.sandbox import Cloud, Faults, Server
from cbrctl.sandbox.seed import VAULT_BE94
from cbrctl.sandbox.wire import HUGE_BYTES
from tests.support.sandbox import Client, Clock, assert_refused


def count(cloud: Cloud) -> int:
    """Backups started beside the two of the demo data."""
    return len(cloud.checkpoints) - 2


def raw_get(server: Server, client: Client, path: str = "/vaults/summary") -> bytes:
    """Everything that the server sends, byte by byte, to one request."""
    target = client.project.removeprefix(server.url) + path
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        head = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {client.headers['X-Auth-Token']}\r\n"
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode())
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)


@pytest.mark.parametrize(
    ("kind", "executed", "reset"),
    [("drop-before", 0, False), ("drop-after", 1, False), ("reset-before", 0, True), ("reset-after", 1, True)],
)
def test_connections_can_be_lost(client: Client, cloud: Cloud, kind: str, executed: int, reset: bool) -> None:
    cloud.faults.add(f"create:{kind}*1")
    with pytest.raises(requests.ConnectionError) as caught:
        client.create()
    assert ("reset" in str(caught.value).lower()) == reset
    assert count(cloud) == executed
    assert cloud.requests[-1].status is None
    assert client.create().status_code == (400 if executed else 200)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "APIGW.0301"),
        (403, "APIGW.0302"),
        (429, "APIGW.0308"),
        (502, "APIGW.0201"),
        (503, "APIGW.0613"),
        (418, "APIGW.0601"),
    ],
)
@pytest.mark.parametrize(("kind", "executed"), [("status", 0), ("status-after", 1)])
def test_a_gateway_can_answer(client: Client, cloud: Cloud, status: int, code: str, kind: str, executed: int) -> None:
    cloud.faults.add(f"create:{kind}={status}")
    assert_refused(client.create(), status, code)
    assert count(cloud) == executed
    assert cloud.requests[-1].status == status


def test_the_service_can_answer_any_code(client: Client, cloud: Cloud) -> None:
    for code in ("BackupService.6125", "1001", "BackupService.4321"):
        cloud.faults.add(f"create:error={code}*1")
        assert_refused(client.create(), 400, code)
    assert count(cloud) == 0


def test_a_delay_sleeps_after_the_work(client: Client, cloud: Cloud, clock: Clock) -> None:
    cloud.faults.add("create:delay=2.5")
    assert client.create().status_code == 200
    assert clock.slept == [2.5]


def test_an_answer_can_be_cut(client: Client, cloud: Cloud, server: Server) -> None:
    whole = raw_get(server, client)
    cloud.faults.add("vaults:cut=40*1")
    cloud.faults.add("vaults:cut=-1*1")
    assert len(raw_get(server, client)) == 40
    short = raw_get(server, client)
    assert len(short) == len(whole) - 1
    assert b"Content-Length: 35" in short
    cloud.faults.add("create:cut=-5")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.create()
    assert count(cloud) == 1


def test_an_answer_can_drip(client: Client, cloud: Cloud, clock: Clock, server: Server) -> None:
    cloud.faults.add("vaults:drip=0.3*1")
    answer = raw_get(server, client)
    assert answer.endswith(b"}")
    assert clock.slept == [0.3] * len(answer)


def test_a_page_can_stand_in_for_the_answer(client: Client, cloud: Cloud) -> None:
    cloud.faults.add("create:html*1")
    response = client.create()
    assert (response.status_code, count(cloud)) == (200, 0)
    assert response.headers["Content-Type"].startswith("text/html")
    assert "<title>" in response.text


def test_an_answer_can_lead_elsewhere(client: Client, cloud: Cloud) -> None:
    cloud.faults.add("create:redirect=http://127.0.0.1:9/a*b=c*1")
    response = client.create()
    assert (response.status_code, response.headers["Location"]) == (302, "http://127.0.0.1:9/a*b=c")
    assert client.create().status_code == 200


def test_an_answer_can_be_empty_malformed_or_headerless(client: Client, cloud: Cloud, server: Server) -> None:
    cloud.faults.add("create:empty*1")
    response = client.create()
    assert (response.status_code, response.content, count(cloud)) == (200, b"", 1)
    cloud.faults.add("vault:malformed-url*1")
    assert client.send("GET", f"/vaults/{VAULT_BE94}").json()["unauthorized"]["message"] == "Malformed request url"
    cloud.faults.add("vaults:headerless*1")
    assert raw_get(server, client) == b"HTTP/1.1 200 OK\r\n"


def test_an_answer_can_be_huge_but_ends(client: Client, cloud: Cloud, server: Server) -> None:
    cloud.faults.add("vaults:huge*1")
    host, port = server.url.removeprefix("http://").split(":")
    connection = HTTPConnection(host, int(port), timeout=5)
    path = client.project.removeprefix(server.url) + "/vaults"
    connection.request("GET", path, headers=client.headers)
    response: HTTPResponse = connection.getresponse()
    size = 0
    while part := response.read(1 << 20):
        size += len(part)
    connection.close()
    assert HUGE_BYTES < size < HUGE_BYTES + 100


def test_a_client_may_leave_a_huge_answer(client: Client, cloud: Cloud, server: Server) -> None:
    cloud.faults.add("vaults:huge*1")
    with client.send("GET", "/vaults", stream=True) as response:
        response.raw.read(1000)
    assert client.get("/vaults")["count"] == 9


def test_rows_can_be_late(client: Client, cloud: Cloud, clock: Clock) -> None:
    for route in ("checkpoint", "tasks", "copies"):
        cloud.faults.add(f"{route}:late=5")
    id = client.create(name="n").json()["checkpoint"]["id"]
    seen = []
    for _ in range(3):
        clock.step(2.4)
        seen.append(
            (
                client.send("GET", f"/checkpoints/{id}").status_code,
                client.get("/operation-logs", vault_id=VAULT_BE94)["count"],
                client.get("/backups", checkpoint_id=id)["count"],
            )
        )
    # 5.6 s: the copy came into being at 0.6 s
    clock.step(-1.4)
    assert client.get("/backups", checkpoint_id=id)["count"] == 1
    assert seen == [(404, 1, 0), (404, 1, 0), (200, 2, 1)]


def test_faults_strike_their_route_only(client: Client, cloud: Cloud) -> None:
    cloud.faults.add("token:status=503")
    assert client.get("/vaults")
    assert client.send("POST", "/v3/auth/tokens", json={}).status_code == 503
    cloud.faults.add("any:status=429*1")
    assert_refused(client.send("GET", "/v3/projects"), 429, "APIGW.0308")
    assert client.get("/v3/projects")


def test_several_faults_take_turns() -> None:
    faults = Faults()
    for spec in ("tasks:status=503*2", "tasks:delay=1", "any:html*1", "tasks:late=4"):
        faults.add(spec)
    taken = [[fault.kind for fault in faults.take("tasks")] for _ in range(4)]
    assert taken == [["status", "delay", "late"]] * 2 + [["delay", "html", "late"], ["delay", "late"]]
    assert faults.specs() == ["tasks:delay=1", "tasks:late=4"]
    assert faults.take("create") == []


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("", "choose from token, create"),
        ("list:html", "choose from token, create"),
        ("create", "choose from drop-before"),
        ("create:explode", "status=CODE"),
        ("create:status", "status=CODE"),
        ("create:status=abc", "status=CODE"),
        ("create:status=700", "200 to 599"),
        ("create:status=429.5", "200 to 599"),
        ("create:html=1", "takes no value"),
        ("create:html*0", "never strike"),
        ("create:delay=-1", "0 to 86400"),
        ("create:delay=nan", "0 to 86400"),
        ("create:cut=1.5", "whole number"),
        ("create:cut=inf", "whole number"),
        ("create:error", "error=CODE"),
        ("create:late=3", "checkpoint, tasks, copies"),
        ("create:redirect", "redirect=URL"),
    ],
)
def test_a_bad_spec_names_the_choices(spec: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Faults().add(spec)


def test_faults_are_switched_over_http(client: Client, cloud: Cloud) -> None:
    response = client.send("POST", "/sandbox/faults", json={"fault": "create:status=503*2"})
    assert (response.status_code, response.json()) == (201, {"faults": ["create:status=503*2"]})
    assert client.create().status_code == 503
    assert client.get("/sandbox/faults") == {"faults": ["create:status=503*1"]}
    assert client.send("DELETE", "/sandbox/faults").json() == {"faults": []}
    assert client.create().status_code == 200
    bodies: list[Any] = [{"fault": "x"}, {"fault": 1}, [], {}]
    for body in bodies:
        assert client.send("POST", "/sandbox/faults", json=body).status_code == 400
    assert client.send("PUT", "/sandbox/faults").status_code == 404


SECRET = "canary-7d1f"
HIDING_PLACES: dict[str, dict[str, Any]] = {
    "a login": {"method": "POST", "path": "/v3/auth/tokens", "json": {"auth": SECRET}},
    "a login at a wrong path": {"method": "POST", "path": "/v3/auth/token", "json": {"auth": SECRET}},
    "a login at CBR's address": {"method": "POST", "path": "/auth/tokens", "data": SECRET},
    "a token": {"headers": {"X-Auth-Token": SECRET}},
    "a basic login": {"headers": {"Authorization": f"Basic {SECRET}"}},
    "a signature": {"headers": {"Authorization": f"SDK-HMAC-SHA256 Access=A, SignedHeaders=host, Signature={SECRET}"}},
    "a signature first": {"headers": {"Authorization": f"SDK-HMAC-SHA256 Signature={SECRET},Access=A"}},
    "a header of another cloud": {"headers": {"X-Api-Key": SECRET}},
    "a cookie": {"headers": {"Cookie": f"session={SECRET}"}},
}


@pytest.mark.parametrize("sent", HIDING_PLACES.values(), ids=HIDING_PLACES.keys())
def test_nothing_secret_is_kept(sent: dict[str, Any], client: Client, cloud: Cloud) -> None:
    client.send(**{"method": "GET", "path": "/vaults", **sent})
    assert len(cloud.requests) == 1
    assert SECRET not in repr(vars(cloud.requests[0]))


def test_what_is_kept_is_bounded(client: Client, cloud: Cloud) -> None:
    client.headers["X-Auth-Token"] = "none"
    for _ in range(6):
        client.send("POST", "/checkpoints", data=b'"' + b"x" * (5 << 20) + b'"')
    assert len(cloud.requests) == 3
    client.send("GET", "/vaults")
    assert (len(cloud.requests), cloud.requests[-1].method) == (4, "GET")


def test_requests_are_shown_without_secrets(client: Client) -> None:
    token = client.headers["X-Auth-Token"]
    client.login()
    client.create(name="n1")
    client.send("GET", "/v3/auth/tokens", headers={"X-Subject-Token": token, "Authorization": "secret-1"})
    shown = client.send("GET", "/sandbox/requests")
    rows = shown.json()["requests"]
    assert [(row["method"], row["status"]) for row in rows] == [("POST", 201), ("POST", 200), ("GET", 200)]
    assert rows[1]["body"]["checkpoint"]["parameters"] == {"name": "n1"}
    for secret in (token, "sandbox-password", "secret-1"):
        assert secret not in shown.text
