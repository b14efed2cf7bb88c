"""What can happen to an exchange on its way (reliability.md A4, B3): one POST stays one POST, and what may have been
carried out is never called "not sent". Most of it in this process, against `api.client`; the outcomes with the program.
"""

import gzip
import json
import socket
import struct
import time
from pathlib import Path
from typing import Any

import pytest
import trustme

from cbrctl.api import client as client_module
from cbrctl.api.models import Checkpoint
from cbrctl.api.transport import BrokenExchange, Transport
from cbrctl.errors import Capacity, CbrctlError, Throttled, Unknown, Unreachable
from tests.support import cbr
from tests.support.caller import TOKEN, Caller
from tests.support.program import Result, Run
from tests.support.raw import (
    HOST,
    SOON,
    Serve,
    Talk,
    closed_port,
    drip,
    flood,
    read_request,
    say,
    then,
    tls_of,
    tunnel_to,
    whole,
)
from tests.support.scripted import Answer, Scripted

SHOW_VAULT = rf"GET /v3/{cbr.PROJECT}/vaults/{cbr.VAULT}"


def chunked(body: bytes, status: str = "200 OK") -> bytes:
    """The same in two chunks."""
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:50], body[50:]))
    return f"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + pieces + b"0\r\n\r\n"


ACCEPTED = json.dumps(cbr.posted()).encode()
FULL = b'{"error_code":"BackupService.6114","error_msg":"full"}'


def reset(connection: socket.socket) -> None:
    """Close without a good-bye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines of a fraction of a second."""
    for name in ("POST_DEADLINE", "READ_DEADLINE"):
        monkeypatch.setattr(client_module, name, SOON)


def check_unknown(found: object) -> None:
    """Nobody knows whether the backup was started."""
    assert isinstance(found, Unknown), found
    assert found.sent == "unknown"


def check_not_sent(found: object) -> None:
    """Nothing left this machine."""
    assert isinstance(found, Unreachable), found
    assert found.sent == "no"


# one POST is one POST -----------------------------------------------------------------------------------------------

CUTS = [
    ("accepted, length", whole(ACCEPTED), 0, Checkpoint),
    ("accepted, chunks", chunked(ACCEPTED), 4, Checkpoint),  # nothing is told by what follows the 0 of the last chunk
    ("refused, length", whole(FULL, "400 Bad Request"), 0, Capacity),
    ("refused, chunks", chunked(FULL, "400 Bad Request"), 4, Capacity),
]


@pytest.mark.heavy
@pytest.mark.parametrize("how", ["fin", "rst"])
@pytest.mark.parametrize(("answer", "spare", "end"), [c[1:] for c in CUTS], ids=[c[0] for c in CUTS])
def test_an_answer_cut_at_any_byte(answer: bytes, spare: int, end: type[Any], how: str, scripted: Scripted) -> None:
    caller = Caller(scripted.url)
    whole_at = []
    for place in range(len(answer) + 1):
        scripted.on(cbr.POST, Answer(raw=answer[:place], end=how))
        before = len(scripted.asked)
        found = caller.post()
        assert len(scripted.asked) == before + 1, f"cut at byte {place}"
        if isinstance(found, end):
            whole_at.append(place)
        else:
            check_unknown(found)
    assert whole_at[-1:] == [len(answer)] or how == "rst"
    assert all(place >= len(answer) - spare for place in whole_at)
    assert caller.clock.asked == []


@pytest.mark.long
def test_a_refused_token_in_a_cut_answer_is_no_reason_to_send_again(scripted: Scripted) -> None:
    answer = whole(b'{"error_code":"APIGW.0301","error_msg":"no","request_id":"x"}', "401 Unauthorized")
    caller = Caller(scripted.url, spare=5)
    for place in range(len(answer)):
        scripted.on(cbr.POST, Answer(raw=answer[:place], end="fin"))
        check_unknown(caller.post())
        assert scripted.count(cbr.POST) == place + 1


def test_a_refused_token_is_renewed_and_the_post_sent_once_more(scripted: Scripted) -> None:
    refusal = Answer(401, {"error_code": "APIGW.0307", "error_msg": "no"})
    scripted.on(cbr.POST, refusal)
    found = Caller(scripted.url, spare=5).post()
    assert (found.exit_code, found.sent) == (12, "no") if isinstance(found, CbrctlError) else found
    assert [a.headers["x-auth-token"][-1] for a in scripted.asked] == ["5", "4"]
    scripted.on(cbr.POST, refusal, Answer(200, cbr.posted()))
    assert isinstance(Caller(scripted.url, spare=1).post(), Checkpoint)


def nested(depth: int) -> bytes:
    """The page's answer with a field of that depth."""
    return ACCEPTED[:-1] + b', "new": ' + b"[" * depth + b"]" * depth + b"}"


def changed(**changes: Any) -> bytes:
    """The page's answer with other values."""
    return whole(json.dumps(cbr.posted(**changes)).encode())


ODD_ANSWERS = {
    "nothing": b"",
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "no status": b"HTTP/1.1 \r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "no headers": b"HTTP/1.1 200 OK\r\n\r\n" + ACCEPTED,
    "an empty body": whole(b""),
    "no content": b"HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n",
    "HTML": whole(b"<html>login to the hotel's network</html>"),
    "a list": whole(b"[]"),
    "null": whole(b"null"),
    "no checkpoint": whole(b"{}"),
    "a checkpoint that is none": whole(b'{"checkpoint": "yes"}'),
    "no id": changed(id=None),
    "an id that is none": changed(id="../../vaults"),
    "an id of a number": changed(id=8),
    "another vault": whole(ACCEPTED.replace(cbr.VAULT.encode(), b"3b5816b5-f29c-4172-9d9a-76c719a65999")),
    "NaN": changed(resources=[{**cbr.resource(), "resource_size": float("nan")}]),
    "Infinity": changed(resources=[{**cbr.resource(), "resource_size": float("-inf")}]),
    "a number of 5000 digits": whole(ACCEPTED.replace(b'"40"', b"4" * 5000)),
    "no UTF-8": whole(ACCEPTED.replace(b"vault-be94", b"\xff\xfe")),
    "half of it": whole(ACCEPTED[:-30]),
    "something behind it": whole(ACCEPTED + b"x"),
    "nested 100,000 deep": whole(nested(100_000)),
    "100,000 objects deep": whole(b'{"checkpoint":' * 100_000 + b"1" + b"}" * 100_000),
    "less than its length": b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + ACCEPTED,
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Length: 7\r\n\r\n" + ACCEPTED,
    "odd chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + ACCEPTED,
    "a chunk too long": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n" + ACCEPTED,
    "gzip that is none": whole(ACCEPTED, headers="Content-Encoding: gzip\r\n"),
    "a gzip bomb": whole(gzip.compress(ACCEPTED + b" " * (12 << 20), 1), headers="Content-Encoding: gzip\r\n"),
    "a huge body": whole(ACCEPTED + b" " * (9 << 20)),
    "a header too long": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n" + ACCEPTED,
    "too many headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n" + ACCEPTED,
    "500": whole(b"", "500 Oops"),
    "502": whole(b"<html>", "502 Bad Gateway"),
    "503": whole(b"{}", "503 Unavailable"),
    "504": whole(b'{"message":"late"}', "504 Gateway Timeout"),
}
FLOODS = {
    "headers without an end": flood(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1000),
    "a header without an end": flood(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 65536),
    "a body without an end": flood(b"HTTP/1.1 200 OK\r\nDate: now\r\n\r\n", b" " * 65536),
    "chunks without an end": flood(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n"
    ),
    "a redirect whose body has no end": flood(
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n", b" " * 65536
    ),
}


TOO_LARGE = ("a gzip bomb", "a huge body")
"""The same would come again: only a list is worth another try, in shorter pages."""


@pytest.mark.long
@pytest.mark.parametrize("name", ODD_ANSWERS)
def test_an_odd_answer(name: str, serve: Serve) -> None:
    server = serve(say(ODD_ANSWERS[name]))
    check_unknown(Caller(server.url).post())
    assert len(server.requests) == server.connections == 1
    caller = Caller(server.url)
    found = caller.get()
    assert isinstance(found, Unreachable), found
    assert (found.sent, len(caller.clock.asked)) == (None, 0 if name in TOO_LARGE else 3)


@pytest.mark.parametrize("talk", FLOODS.values(), ids=FLOODS.keys())
def test_an_answer_without_an_end_is_not_read_to_its_end(talk: Talk, serve: Serve) -> None:
    server = serve(talk)  # no deadline is shortened: the bound on what is read ends it
    check_unknown(Caller(server.url).post())
    assert len(server.requests) == 1


@pytest.mark.parametrize("depth", [100, 400])
def test_new_fields_may_be_nested(depth: int, serve: Serve) -> None:
    assert isinstance(Caller(serve(say(whole(nested(depth)))).url).post(), Checkpoint)


ON_THE_EDGE = {
    "nested 5,000 deep": whole(nested(5000)),
    "a time out of all range": changed(created_at="0001-01-01T00:00:00+23:59"),
    "a number out of all range": whole(ACCEPTED.replace(b'"40"', b"1e999")),
}


@pytest.mark.parametrize("answer", ON_THE_EDGE.values(), ids=ON_THE_EDGE.keys())
def test_an_answer_on_the_edge_is_taken_or_called_unknown(answer: bytes, serve: Serve) -> None:
    found = Caller(serve(say(answer)).url).post()
    assert isinstance(found, Checkpoint | Unknown), found


def test_informational_answers_are_passed_over(serve: Serve) -> None:
    server = serve(say(b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + whole(ACCEPTED)))
    assert isinstance(Caller(server.url).post(), Checkpoint)


ENDINGS: dict[str, Talk] = {
    "close": lambda connection: None,
    "reset": reset,
    "silence": lambda connection: time.sleep(3 * SOON),
}


@pytest.mark.parametrize("talk", ENDINGS.values(), ids=ENDINGS.keys())
@pytest.mark.usefixtures("soon")
def test_no_answer(talk: Talk, serve: Serve) -> None:
    server = serve(talk)
    check_unknown(Caller(server.url).post())
    assert len(server.requests) == server.connections == 1
    caller = Caller(server.url)
    assert isinstance(caller.get(), Unreachable)
    assert len(caller.clock.asked) == 3


def drip_the_end(answer: bytes) -> Talk:
    """Send the last hundred bytes slowly."""
    return then(say(answer[:-100]), drip(answer[-100:]))


DRIPS: dict[str, Talk] = {
    "headers": drip(whole(ACCEPTED, headers="X: " + "y" * 100 + "\r\n")),
    "body": drip_the_end(whole(ACCEPTED)),  # with `Connection: close` the connection is gone before its body is read
    "body, connection kept": drip_the_end(whole(ACCEPTED, headers="")),
    "body in chunks": drip_the_end(chunked(ACCEPTED)),
    "body without a length": drip_the_end(b"HTTP/1.1 200 OK\r\nDate: now\r\n\r\n" + ACCEPTED),
    "what comes before the answer": drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 5 + whole(ACCEPTED)),
}


@pytest.mark.heavy
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize("talk", DRIPS.values(), ids=DRIPS.keys())
@pytest.mark.usefixtures("soon")
def test_a_drip_ends_at_the_deadline(talk: Talk, tls: bool, ca: trustme.CA, ca_file: str, serve: Serve) -> None:
    server = serve(talk, tls=tls_of(ca) if tls else None)
    found = Caller(server.url, ca_bundle=ca_file).post()
    check_unknown(found)
    assert isinstance(found, Unknown)
    assert found.note.endswith(f": no whole answer within {SOON} s")
    assert len(server.requests) == 1
    assert server.closed.acquire(timeout=10)
    assert server.finished == 0  # the connection was cut, and not only the answer thrown away


def test_a_signal_hurries_the_exchange(serve: Serve) -> None:
    caller = Caller("http://nowhere")
    server = serve(
        then(
            lambda connection: caller.transport.hurry(0.05, 8.0), lambda connection: time.sleep(2), say(whole(ACCEPTED))
        )
    )
    caller.client.root = f"{server.url}/v3/{cbr.PROJECT}"
    check_unknown(caller.post())


@pytest.mark.long
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["other", "itself", "relative", "odd", "none"])
def test_a_redirect_is_never_followed(status: int, target: str, scripted: Scripted, serve: Serve) -> None:
    other = serve(say(whole(ACCEPTED)))
    places = {
        "other": other.url,
        "itself": f"{scripted.url}/there",
        "relative": "/there",
        "odd": "http://[",
        "none": "",
    }
    scripted.on(r".*", Answer(status, b"", {"Location": places[target]} if target != "none" else {}))
    found = Caller(scripted.url).post()
    check_unknown(found)
    assert isinstance(found, Unknown)
    assert found.values["status"] == status
    assert [a.method for a in scripted.asked] == ["POST"]
    assert isinstance(Caller(scripted.url).get(), Unreachable)
    assert [a.path.rpartition("/")[2] for a in scripted.asked[1:]] == [cbr.VAULT] * 4
    assert other.connections == 0


OUTCOMES: dict[str, tuple[Answer, dict[str, str]]] = {
    "close": (Answer(raw=b"", end="fin"), {}),
    "reset": (Answer(raw=b"", end="rst"), {}),
    "cut": (Answer(raw=whole(ACCEPTED)[:-5], end="fin"), {}),
    "silence": (Answer(200, cbr.posted(), before=lambda: time.sleep(1.5)), {"TEST_TIMER_SCALE": "150"}),
    "redirect": (Answer(307, b"", {"Location": "http://127.0.0.1:9/"}), {}),
    "another vault": (Answer(200, json.loads(ACCEPTED.replace(cbr.VAULT.encode(), cbr.PROJECT.encode()))), {}),
}


@pytest.mark.heavy
@pytest.mark.parametrize(("answer", "env"), OUTCOMES.values(), ids=OUTCOMES.keys())
def test_what_the_program_says_when_it_does_not_know(
    answer: Answer, env: dict[str, str], scripted: Scripted, run: Run
) -> None:
    scripted.on(cbr.POST, answer)
    result = run("backup", "--vault", cbr.VAULT, "-o", "json", env=env)
    document = result.json()
    [entry] = document["backups"]
    assert (result.code, document["exit_code"], document["outcome"]) == (6, 6, "unknown")
    assert (entry["outcome"], entry["sent"], entry["checkpoint"]) == ("unknown", "unknown", None)
    assert (entry["error"]["kind"], entry["error"]["sent"]) == ("unknown", "unknown")
    assert entry["error"]["hint"]
    assert "whether it was started is not known" in result.err
    assert scripted.count(cbr.POST) == 1
    assert {a.method for a in scripted.asked[1:]} == {"GET"}  # the search reads


# provably not sent --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    """An authority that nobody else trusts."""
    return trustme.CA()


@pytest.fixture
def ca_file(ca: trustme.CA, tmp_path: Path) -> str:
    """Its certificate."""
    path = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return str(path)


def close_at_hello(connection: socket.socket) -> None:
    """Take the client's first words of TLS and go."""
    connection.recv(10)
    raise OSError


def reset_at_hello(connection: socket.socket) -> None:
    """Take the client's first words of TLS and slam the door."""
    connection.recv(10)
    reset(connection)
    raise OSError


def stay_silent(connection: socket.socket) -> None:
    """Answer TLS with nothing."""
    time.sleep(2)
    raise OSError


@pytest.mark.parametrize("greet", [close_at_hello, reset_at_hello, stay_silent])
@pytest.mark.usefixtures("soon")
def test_a_handshake_that_fails_has_sent_nothing(greet: Talk, ca: trustme.CA, ca_file: str, serve: Serve) -> None:
    server = serve(greet=greet, tls=tls_of(ca))
    caller = Caller(server.url, ca_bundle=ca_file)
    check_not_sent(caller.post())
    assert server.connections == 4
    assert len(caller.clock.asked) == 3
    assert server.requests == []


def test_what_failed_to_leave_is_sent_when_it_can(ca: trustme.CA, ca_file: str, serve: Serve) -> None:
    failures = [reset_at_hello, close_at_hello, reset_at_hello]
    server = serve(say(whole(ACCEPTED)), tls=tls_of(ca), greet=lambda c: failures.pop()(c) if failures else None)
    caller = Caller(server.url, ca_bundle=ca_file)
    assert isinstance(caller.post(), Checkpoint)
    assert (server.connections, len(server.requests)) == (4, 1)


NOT_SENT = {
    "refused": (f"http://127.0.0.1:{closed_port()}", {}, None, "Connection refused"),
    "no such host": ("https://cbr.invalid", {}, None, ""),
    "untrusted": ("https://127.0.0.1:{port}", {"REQUESTS_CA_BUNDLE": "{ca}", "CURL_CA_BUNDLE": "{ca}"}, (), "certificate"),
    "untrusted, SSL_CERT_FILE": ("https://127.0.0.1:{port}", {"SSL_CERT_FILE": "{ca}"}, (), "certificate"),
    "wrong name": ("https://localhost:{port}", {"OS_CACERT": "{ca}"}, ("other.example",), "localhost"),
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize(("endpoint", "env", "names", "words"), NOT_SENT.values(), ids=NOT_SENT.keys())
def test_what_the_program_says_when_nothing_was_sent(
    endpoint: str,
    env: dict[str, str],
    names: tuple[str, ...] | None,
    words: str,
    ca: trustme.CA,
    ca_file: str,
    serve: Serve,
    run: Run,
) -> None:
    server = serve(say(whole(ACCEPTED)), tls=tls_of(ca, *(names or ())))
    filled = {key: value.format(ca=ca_file) for key, value in env.items()}
    more = {
        "CBRCTL_ENDPOINT": endpoint.format(port=server.port),
        "CBRCTL_PROJECT_ID": cbr.PROJECT,
        "CBRCTL_TOKEN": TOKEN,
    }
    result = run("backup", "--vault", cbr.VAULT, "-o", "json", env={**more, **filled})
    [entry] = result.json()["backups"]
    assert (result.code, entry["outcome"], entry["sent"]) == (7, "error", "no")
    assert (entry["error"]["kind"], entry["error"]["sent"], entry["error"]["http_status"]) == (
        "unreachable",
        "no",
        None,
    )
    assert words in result.err
    assert "Nothing was sent" in result.err
    assert server.requests == []
    assert server.connections in ((0, 4) if names is None else (4,))
    assert TOKEN not in result.out + result.err


def test_the_chosen_authority_is_trusted(ca: trustme.CA, ca_file: str, serve: Serve, run: Run) -> None:
    server = serve(say(whole(ACCEPTED)), tls=tls_of(ca))
    env = {"CBRCTL_ENDPOINT": server.url, "CBRCTL_PROJECT_ID": cbr.PROJECT, "CBRCTL_TOKEN": TOKEN}
    for variable in ("OS_CACERT", "CBRCTL_CA_BUNDLE"):
        result = run("vault", "show", cbr.VAULT, env={**env, variable: ca_file})
        assert result.code == 7, result.err  # it answers for a checkpoint
    assert len(server.requests) == 8  # each tried four times


@pytest.mark.parametrize("talk", [reset, lambda connection: None])
def test_a_lost_answer_over_tls_is_unknown(talk: Talk, ca: trustme.CA, ca_file: str, serve: Serve) -> None:
    server = serve(talk, tls=tls_of(ca))
    check_unknown(Caller(server.url, ca_bundle=ca_file).post())
    assert len(server.requests) == 1


# through a proxy ----------------------------------------------------------------------------------------------------


PROXY_ENDS = [
    ("accepted", say(whole(ACCEPTED)), None, Checkpoint, 1),
    ("lost answer", lambda connection: None, None, Unknown, 1),
    ("reset after the request", reset, None, Unknown, 1),
    ("handshake fails behind it", say(whole(ACCEPTED)), close_at_hello, Unreachable, 0),
]


@pytest.mark.parametrize(("talk", "greet", "end", "sent"), [p[1:] for p in PROXY_ENDS], ids=[p[0] for p in PROXY_ENDS])
def test_an_exchange_through_a_proxy(
    talk: Talk, greet: Talk | None, end: type[Any], sent: int, ca: trustme.CA, ca_file: str, serve: Serve
) -> None:
    server = serve(talk, tls=tls_of(ca, HOST), greet=greet)
    proxy = serve(tunnel_to(server.port))
    found = Caller(f"https://{HOST}", ca_bundle=ca_file, proxy=proxy.url).post()
    assert isinstance(found, end), found
    if isinstance(found, CbrctlError):
        assert found.sent == ("unknown" if sent else "no")
    assert len(server.requests) == sent
    seen = b"".join(proxy.requests)
    assert seen.startswith(f"CONNECT {HOST}:443 ".encode())
    assert TOKEN.encode() not in seen


@pytest.mark.parametrize("known", [True, False])
def test_a_proxy_under_tls_is_trusted_as_the_service_is(
    known: bool, ca: trustme.CA, ca_file: str, serve: Serve
) -> None:
    # what speaks to it is refused: two threads may not use one connection of TLS, as a tunnel would
    refuses = say(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    proxy = serve(refuses, tls=tls_of(ca if known else trustme.CA(), "127.0.0.1"))
    check_not_sent(Caller(f"https://{HOST}", ca_bundle=ca_file, proxy=proxy.url).post())
    assert any(b"CONNECT" in request for request in proxy.requests) is known


REFUSING = {
    "407": say(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"),
    "403": say(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
    "500": say(b"HTTP/1.1 500 Oops\r\n\r\n<html>"),
    "redirect": say(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n"),
    "close": lambda connection: None,
    "reset": reset,
}


@pytest.mark.parametrize("talk", REFUSING.values(), ids=REFUSING.keys())
def test_a_proxy_that_refuses_has_sent_nothing(talk: Talk, serve: Serve) -> None:
    proxy = serve(talk)
    check_not_sent(Caller(f"https://{HOST}", proxy=proxy.url).post())
    assert len(proxy.requests) == 4
    assert TOKEN.encode() not in b"".join(proxy.requests)


def test_a_proxy_that_is_not_there(serve: Serve) -> None:
    check_not_sent(Caller(f"https://{HOST}", proxy=f"http://127.0.0.1:{closed_port()}").post())


PROXY_VARIABLES = ["CBRCTL_PROXY", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"]


@pytest.mark.parametrize("variable", PROXY_VARIABLES)
def test_the_proxy_of_a_variable(variable: str, ca: trustme.CA, ca_file: str, serve: Serve, run: Run) -> None:
    server = serve(say(whole(ACCEPTED)), tls=tls_of(ca, HOST))
    proxy = serve(tunnel_to(server.port))
    env = {
        "CBRCTL_ENDPOINT": f"https://{HOST}",
        "CBRCTL_PROJECT_ID": cbr.PROJECT,
        "CBRCTL_TOKEN": TOKEN,
        "OS_CACERT": ca_file,
    }
    result = run("backup", "--vault", cbr.VAULT, "--no-wait", env={**env, variable: proxy.url})
    assert result.code == 0, result.err
    assert len(proxy.requests) == len(server.requests) == 1


BAD_PROXIES = [
    "http://joe:CANARY-pw@host:port",
    "socks5://joe:CANARY-pw@host:1",
    "http://joe:CANARY-pw@:3128",
    "http://[",
]


@pytest.mark.parametrize("proxy", BAD_PROXIES)
@pytest.mark.parametrize("variable", ["CBRCTL_PROXY", "HTTPS_PROXY"])
def test_an_address_that_is_no_proxy(variable: str, proxy: str, run: Run) -> None:
    env = {"CBRCTL_ENDPOINT": f"https://{HOST}", "CBRCTL_PROJECT_ID": cbr.PROJECT, "CBRCTL_TOKEN": TOKEN}
    result = run("backup", "--vault", cbr.VAULT, "-o", "json", env={**env, variable: proxy})
    assert result.code == 2
    assert variable in result.err
    assert "CANARY" not in result.out + result.err


def test_loopback_never_goes_through_a_proxy(serve: Serve, scripted: Scripted, run: Run) -> None:
    proxy = serve(say(whole(ACCEPTED)))
    scripted.on(cbr.POST, cbr.posted())
    names = [*PROXY_VARIABLES, "HTTP_PROXY", "http_proxy", "all_proxy"]
    result = run("backup", "--vault", cbr.VAULT, "--no-wait", env=dict.fromkeys(names, proxy.url))
    assert result.code == 0, result.err
    assert (proxy.connections, scripted.count(cbr.POST)) == (0, 1)


def test_loopback_over_tls_never_goes_through_a_proxy(ca: trustme.CA, ca_file: str, serve: Serve) -> None:
    server, proxy = serve(say(whole(ACCEPTED)), tls=tls_of(ca, "127.0.0.1", "localhost")), serve()
    for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
        assert isinstance(Caller(url, ca_bundle=ca_file, proxy=proxy.url).post(), Checkpoint)
    assert proxy.connections == 0


# reads --------------------------------------------------------------------------------------------------------------

SHOWN = Answer(200, {"vault": {"id": cbr.VAULT, "name": "vault-be94"}})
BAD_LOOKS = [
    Answer(raw=b"", end="fin"),
    Answer(raw=b"", end="rst"),
    Answer(503),
    Answer(200, b"<html>"),
    Answer(302, b"", {"Location": "http://127.0.0.1:9/"}),
    Answer(502, {"error_code": "APIGW.0201", "error_msg": "backend"}),
    Answer(429, {"error_code": "APIGW.0308", "error_msg": "slow"}),
]


@pytest.mark.parametrize("bad", BAD_LOOKS, ids=range(len(BAD_LOOKS)))
def test_a_read_is_tried_four_times(bad: Answer, scripted: Scripted) -> None:
    scripted.on(SHOW_VAULT, bad, bad, bad, SHOWN)
    caller = Caller(scripted.url)
    assert caller.get() is None
    assert (scripted.count(SHOW_VAULT), len(caller.clock.asked)) == (4, 3)
    scripted.on(SHOW_VAULT, bad, bad, bad, bad, SHOWN)
    assert caller.get() is not None
    assert scripted.count(SHOW_VAULT) == 8


def test_a_refused_read_is_not_repeated(scripted: Scripted) -> None:
    scripted.on(SHOW_VAULT, Answer(400, {"error_code": "BackupService.9900", "error_msg": "no"}), SHOWN)
    assert Caller(scripted.url).get() is not None
    assert scripted.count(SHOW_VAULT) == 1


def test_the_pauses_between_reads_grow(scripted: Scripted) -> None:
    caller = Caller(scripted.url)
    scripted.on(SHOW_VAULT, Answer(503))
    caller.get()
    assert all(most / 2 <= pause <= most for pause, most in zip(caller.clock.asked, (1, 2, 4), strict=True))


def test_a_connection_that_the_server_closed_between_reads(serve: Serve) -> None:
    server = serve(say(whole(json.dumps(SHOWN.body).encode(), headers="Connection: keep-alive\r\n")))
    caller = Caller(server.url)
    for count in (1, 2, 3):
        assert caller.get() is None
        assert server.closed.acquire(timeout=5)
        assert (server.connections, len(server.requests)) == (count, count)
    assert caller.clock.asked == []


def test_reads_share_a_connection_and_the_post_has_its_own(serve: Serve) -> None:
    answer = whole(json.dumps(SHOWN.body).encode(), headers="")

    def talk(connection: socket.socket) -> None:
        connection.sendall(answer)
        for _ in range(2):
            server.requests.append(read_request(connection))
            connection.sendall(answer)
        server.talk = say(whole(ACCEPTED))
        read_request(connection)

    server = serve(talk)
    caller = Caller(server.url)
    assert [caller.get() for _ in range(3)] == [None] * 3
    assert (server.connections, len(server.requests)) == (1, 3)
    assert isinstance(caller.post(), Checkpoint)
    assert (server.connections, len(server.requests)) == (2, 4)
    assert b"\r\nConnection: close\r\n" in server.requests[-1]


def test_nothing_is_sent_on_the_connection_of_a_post(serve: Serve) -> None:
    """Its end was asked for: a server that is slow to close it would lose what came next."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(whole(ACCEPTED, headers=""))
        connection.settimeout(5)
        assert connection.recv(1) == b""  # the client closes, since the server does not

    server = serve(talk)
    caller = Caller(server.url)
    assert isinstance(caller.post(), Checkpoint)
    server.talk = say(whole(json.dumps(SHOWN.body).encode()))
    assert caller.get() is None
    assert (server.connections, len(server.requests)) == (2, 2)


# refused for rate ---------------------------------------------------------------------------------------------------

NOW = "Wed, 21 Oct 2015 07:28:00 GMT"
PAUSES: list[tuple[dict[str, str], float, float]] = [
    ({}, 2, 5),
    ({"Retry-After": "7"}, 7, 7),
    ({"Retry-After": "0"}, 2, 5),
    ({"Retry-After": "120"}, 60, 60),
    ({"Retry-After": "9" * 5000}, 60, 60),
    ({"Retry-After": "-5"}, 2, 5),
    ({"Retry-After": "7.5"}, 2, 5),
    ({"Retry-After": "soon"}, 2, 5),
    ({"Retry-After": "²"}, 2, 5),
    ({"Retry-After": "Wed, 21 Oct 2015 07:28:30 GMT", "Date": NOW}, 30, 30),
    ({"Retry-After": "Wed, 21 Oct 2015 09:00:00 GMT", "Date": NOW}, 60, 60),
    ({"Retry-After": "Wed, 21 Oct 2015 07:00:00 GMT", "Date": NOW}, 2, 5),
    ({"Retry-After": "Wed, 21 Oct 2015 07:28:30 GMT"}, 2, 5),
    ({"Retry-After": "Wed, 21 Oct 2015 07:28:30", "Date": NOW}, 2, 60),
]


@pytest.mark.long
@pytest.mark.parametrize(("headers", "least", "most"), PAUSES, ids=range(len(PAUSES)))
def test_a_post_refused_for_rate(headers: dict[str, str], least: float, most: float, serve: Serve) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    body = b'{"error_code":"APIGW.0308","error_msg":"over ratelimit"}'
    head = f"HTTP/1.1 429 Slow\r\n{lines}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    server = serve(say(head.encode("latin-1") + body))
    caller = Caller(server.url)
    found = caller.post()
    assert isinstance(found, Throttled)
    assert found.sent == "no"
    assert (len(server.requests), len(caller.clock.asked)) == (6, 5)
    assert all(least <= pause <= most for pause in caller.clock.asked)
    caller.clock.asked.clear()
    caller.get()
    assert all((least if least > 2 else 0.5) <= pause <= most for pause in caller.clock.asked)


def test_a_post_goes_on_after_a_refusal_for_rate(scripted: Scripted) -> None:
    scripted.on(cbr.POST, Answer(429), Answer(429), Answer(200, cbr.posted()))
    assert isinstance(Caller(scripted.url).post(), Checkpoint)
    assert scripted.count(cbr.POST) == 3


# what a request carries ---------------------------------------------------------------------------------------------


def post_and_show(run: Run, scripted: Scripted, *args: str, env: dict[str, str] | None = None) -> Result:
    """A backup by id that is not followed."""
    scripted.on(cbr.POST, cbr.posted())
    return run("backup", "--vault", cbr.VAULT, "--no-wait", *args, env=env)


@pytest.mark.english
def test_headers_of_a_post(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    netrc = tmp_path / "home" / ".netrc"
    netrc.write_text("machine 127.0.0.1 login joe password CANARY\ndefault login joe password CANARY\n")
    netrc.chmod(0o600)
    assert post_and_show(run, scripted, env={"NETRC": str(netrc)}).code == 0
    [asked] = scripted.asked
    assert {k: v for k, v in asked.headers.items() if k not in ("user-agent", "host", "content-length")} == {
        "accept": "application/json",
        "accept-encoding": "identity",
        "connection": "close",
        "content-type": "application/json;charset=UTF-8",
        "x-auth-token": "a-token",
        "x-language": "en-us",
        "x-project-id": cbr.PROJECT,
    }
    assert asked.headers["user-agent"].startswith("cbrctl/")
    assert asked.query == ""


LANGUAGES = [
    (("--lang", "zh_CN"), {}, "zh-cn"),
    ((), {"CBRCTL_LANG": "zh_CN"}, "zh-cn"),
    ((), {"LANG": "de_DE"}, "en-us"),
]


@pytest.mark.long
@pytest.mark.parametrize(("args", "env", "header"), LANGUAGES)
def test_the_language_is_asked_for(
    args: tuple[str, ...], env: dict[str, str], header: str, scripted: Scripted, run_tty: Run
) -> None:
    assert post_and_show(run_tty, scripted, *args, env=env).code == 0
    assert scripted.asked[0].headers["x-language"] == header


def test_what_programs_read_is_english_whatever_the_language(scripted: Scripted, run: Run) -> None:
    """The service's words stand in documents, whose messages are English (contract, errors)."""
    scripted.on(cbr.POST, cbr.posted())
    run("backup", "--vault", cbr.VAULT, "--no-wait", "-o", "json", env={"CBRCTL_LANG": "zh_CN"})
    assert {asked.headers["x-language"] for asked in scripted.asked} == {"en-us"}


def test_whether_a_byte_was_sent_is_known_of_each_exchange(serve: Serve) -> None:
    transport = Transport()
    server = serve(say(whole(b"{}")))
    transport.exchange("GET", server.url, headers={})
    for url, sent in ((f"http://127.0.0.1:{closed_port()}", False), (serve().url, True), ("http://[", False)):
        with pytest.raises(BrokenExchange) as caught:
            transport.exchange("GET", url, headers={})
        assert (caught.value.sent, bool(caught.value.reason)) == (sent, True)


def test_a_ca_file_that_vanished_is_no_crash(tmp_path: Path, serve: Serve, ca: trustme.CA) -> None:
    server = serve(say(whole(ACCEPTED)), tls=tls_of(ca))
    check_not_sent(Caller(server.url, ca_bundle=str(tmp_path / "none.pem")).post())
    assert server.requests == []
