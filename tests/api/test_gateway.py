"""Behind a real gateway (nginx: TLS, gzip, a rate limit, an upstream that dies, that is slow, that is asked twice) and
through a real proxy (tinyproxy). What the practice cloud behind them really did is compared with what cbrctl says."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import trustme

from cbrctl.sandbox import Cloud, Resource, Server
from cbrctl.sandbox.account import PASSWORD, PROJECTS, USERS
from cbrctl.sandbox.cloud import TOKEN_LIFETIME_SECONDS
from cbrctl.sandbox.seed import VAULT_BUSY
from tests.support.gateway import PATIENCE, Gateway, Tunnel, why_no_gateway, why_no_tunnel
from tests.support.practice import posts, started
from tests.support.program import Result, Run
from tests.support.schemas import validate
from tests.support.scripted import Answer, Scripted

NO_GATEWAY = why_no_gateway()
pytestmark = [pytest.mark.heavy, pytest.mark.real, pytest.mark.skipif(NO_GATEWAY is not None, reason=NO_GATEWAY or "")]

HOST = "cbr.nowhere.invalid"
"""A name that only the proxy knows."""
SEVERAL = 24
"""Refused reads: at one look in ten seconds more than 60 s of them and less than the five minutes that end a run."""
PACE = ("--poll-interval", "10s")
SOON = ("--settle", "10s")
MINUTES = 1000.0
"""Seconds after which a backup that nothing shows was not started."""

Start = Callable[..., Gateway]


@pytest.fixture
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(ca: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def upstream(cloud: Cloud) -> Iterator["Upstream"]:
    """Where the gateway finds the practice cloud."""
    upstream = Upstream(cloud)
    yield upstream
    upstream.stop()


class Upstream:
    """A server of the practice cloud that can die and come back at the same port with all that it knew."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.port = 0
        self.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        self._server = Server(self.cloud, port=self.port)
        self._server.start()
        self.port = int(self._server.url.rpartition(":")[2])

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture
def start(
    upstream: Upstream, scripted: Scripted, ca: trustme.CA, ca_file: str, environ: dict[str, str], tmp_path: Path
) -> Iterator[Start]:
    """Start the gateway, and aim `run` at it with a token that the practice cloud knows. `scripted` hears of refusals."""
    gateways: list[Gateway] = []
    for status in (404, 429, 502, 504):
        scripted.on(f"GET /{status}", Answer())

    def call(*others: Upstream, **options: Any) -> Gateway:
        chain = ca.issue_cert("localhost", HOST).private_key_and_cert_chain_pem.bytes()
        servers = [server.address for server in (upstream, *others)]
        gateway = Gateway(tmp_path / "nginx", servers, chain, ca_file, scripted.url, **options)
        gateways.append(gateway)
        environ.update(
            CBRCTL_ENDPOINT=gateway.url,
            CBRCTL_IAM_ENDPOINT=gateway.url,
            CBRCTL_CA_BUNDLE=ca_file,
            CBRCTL_TOKEN=give_token(upstream.cloud),
        )
        return gateway

    yield call
    for gateway in gateways:
        gateway.stop()


def give_token(cloud: Cloud) -> str:
    now = cloud.clock()
    return cloud.tokens.add_token(USERS[0], ("password",), now, now + TOKEN_LIFETIME_SECONDS, PROJECTS[0]).id


@pytest.fixture
def vault(cloud: Cloud) -> str:
    """A vault with one resource, by its id: nothing is looked up before the POST."""
    return cloud.add_vault("vault-gateway", resources=[Resource("ecs-gateway")]).id


def take(result: Result, outcome: str, code: int, sent: str | None) -> dict[str, Any]:
    """The one entry of a run's document, which says all that; standard error does not say otherwise."""
    document = result.json()
    validate(document)
    [entry] = document["backups"]
    told = json.dumps(document, indent=1) + result.err
    assert (result.code, document["exit_code"], entry["exit_code"]) == (code, code, code), told
    assert (document["outcome"], entry["outcome"], entry["sent"]) == (outcome, outcome, sent), told
    assert "Traceback" not in result.err
    assert "<html" not in result.out + result.err  # nginx's page is no message
    if code:
        assert entry["error"]["message"]
        assert entry["error"]["message"].split(". ")[0].rstrip(".") in " ".join(result.err.split()), told
    else:
        assert entry["error"] is None
    return dict(entry)


def take_completed(result: Result, cloud: Cloud) -> dict[str, Any]:
    """The entry of a run that completed: the one checkpoint that the practice cloud made."""
    entry = take(result, "completed", 0, "yes")
    [checkpoint_id] = started(cloud)
    assert entry["checkpoint"]["id"] == checkpoint_id
    assert [resource["status"] for resource in entry["resources"]] == ["available"]
    assert ": failed" not in result.err
    return entry


def let_time_pass(cloud: Cloud, seconds: float) -> dict[str, str]:
    """Move the practice cloud's clock; gives what moves the next child's."""
    clock = cloud.clock
    cloud.clock = lambda: clock() + seconds
    return {"TEST_CLOCK_PASSED": str(seconds)}


def before_the_answer(cloud: Cloud, route: str, *acts: Callable[[], object]) -> None:
    """Let something happen once the next request of that route was executed, before its answer leaves."""

    def sleep(seconds: float) -> None:
        for act in acts:
            act()

    cloud.sleep = sleep
    cloud.faults.add(f"{route}:delay=1*1")


# TLS and gzip -------------------------------------------------------------------------------------------------------


def test_a_whole_backup_behind_tls_and_gzip(cloud: Cloud, vault: str, start: Start, run: Run) -> None:
    gateway = start(compressing=True)
    login = {"CBRCTL_TOKEN": ""}
    entry = take_completed(run("backup", "--vault", vault, "-o", "json", env=login), cloud)
    assert entry["warnings"] == []
    assert posts(cloud) == 1
    seen = gateway.seen()
    assert {row.status for row in seen} <= {200, 201}
    assert {row.encoding for row in seen if row.status == 200} == {"gzip"}  # nginx leaves a 201 alone
    assert [row.method for row in seen].count("POST") == 2  # the login went this way too


# a rate limit -------------------------------------------------------------------------------------------------------


def test_a_rate_limit_on_the_post_alone_has_started_nothing(
    cloud: Cloud, vault: str, start: Start, scripted: Scripted, run: Run
) -> None:
    start().switch_on("posts")
    take_completed(run("backup", "--vault", vault, "-o", "json"), cloud)  # the one that passes
    other = cloud.add_vault("vault-late", resources=[Resource("late")])
    entry = take(run("backup", "--vault", other.id, "-o", "json"), "error", 8, "no")
    assert (entry["checkpoint"], entry["error"]["kind"], entry["error"]["http_status"]) == (None, "throttled", 429)
    assert (posts(cloud), len(started(cloud))) == (1, 1)
    assert scripted.count("GET /429") == 6  # five waits
    # nothing is left open
    result = run("resume", "-o", "json")
    assert (result.code, result.json()["backups"]) == (0, [])


def test_a_rate_limit_on_the_post_for_a_while(
    cloud: Cloud, vault: str, start: Start, scripted: Scripted, run: Run
) -> None:
    gateway = start()
    gateway.switch_on("posts")
    take_completed(run("backup", "--vault", vault, "-o", "json"), cloud)
    other = cloud.add_vault("vault-late", resources=[Resource("late")])
    scripted.on("GET /429", Answer(), Answer(before=lambda: gateway.switch_off("posts")))
    take(run("backup", "--vault", other.id, "-o", "json"), "completed", 0, "yes")
    assert (posts(cloud), len(started(cloud)), scripted.count("GET /429")) == (2, 2, 2)


def test_a_rate_limit_on_reads_for_a_while(
    cloud: Cloud, vault: str, start: Start, scripted: Scripted, run: Run
) -> None:
    gateway = start()
    gateway.switch_on("reads")
    off = Answer(before=lambda: gateway.switch_off("reads"))
    scripted.on("GET /429", *[Answer()] * (SEVERAL - 1), off, Answer())
    take_completed(run("backup", "--vault", vault, *PACE, "-o", "json"), cloud)
    assert (posts(cloud), scripted.count("GET /429") >= SEVERAL) == (1, True)


def test_a_rate_limit_on_reads_that_does_not_end(
    cloud: Cloud, vault: str, start: Start, scripted: Scripted, run: Run
) -> None:
    gateway = start()
    gateway.switch_on("reads")
    entry = take(run("backup", "--vault", vault, "--poll-interval", "1m", "-o", "json"), "pending", 8, "yes")
    assert ([entry["checkpoint"]["id"]], entry["error"]["kind"]) == (started(cloud), "throttled")
    gateway.switch_off("reads")
    assert take_completed(run("resume", "-o", "json"), cloud)["op_id"] == entry["op_id"]
    assert posts(cloud) == 1


# an upstream that dies and comes back -------------------------------------------------------------------------------


def test_an_upstream_that_is_dead_at_the_post(
    cloud: Cloud, vault: str, upstream: Upstream, start: Start, run: Run
) -> None:
    start()
    upstream.stop()
    first = take(run("backup", "--vault", vault, *SOON, "-o", "json"), "unknown", 6, "unknown")
    assert first["checkpoint"] is None
    upstream.start()
    # nothing shows it, and it may still be to come: nothing is sent on top of it
    assert take(run("resume", *SOON, "-o", "json"), "unknown", 6, "unknown")["op_id"] == first["op_id"]
    blocked = take(run("backup", "--vault", vault, *SOON, "-o", "json"), "unknown", 6, "no")
    assert first["op_id"] in blocked["error"]["message"] + blocked["error"]["hint"]
    assert (posts(cloud), started(cloud)) == (0, [])
    later = let_time_pass(cloud, MINUTES)
    again = take_completed(run("backup", "--vault", vault, *SOON, "-o", "json", env=later), cloud)
    assert again["op_id"] != first["op_id"]
    assert posts(cloud) == 1


def test_one_that_was_never_started_is_settled_as_that(
    cloud: Cloud, vault: str, upstream: Upstream, start: Start, run: Run
) -> None:
    start()
    upstream.stop()
    first = take(run("backup", "--vault", vault, *SOON, "-o", "json"), "unknown", 6, "unknown")
    upstream.start()
    entry = take(run("resume", *SOON, "-o", "json", env=let_time_pass(cloud, MINUTES)), "error", 7, "no")
    assert (entry["op_id"], entry["checkpoint"], posts(cloud)) == (first["op_id"], None, 0)


def test_an_upstream_that_dies_while_it_is_followed(
    cloud: Cloud, vault: str, start: Start, scripted: Scripted, run: Run
) -> None:
    gateway = start()
    before_the_answer(cloud, "create", lambda: cloud.faults.add(f"any:drop-before*{SEVERAL}"))
    take_completed(run("backup", "--vault", vault, *PACE, "-o", "json"), cloud)
    assert posts(cloud) == 1
    # nginx asks again by itself where a connection that it had kept open breaks
    refused = scripted.count("GET /502")
    assert SEVERAL // 2 <= refused <= SEVERAL
    assert [row.status for row in gateway.seen()].count(502) == refused


def test_an_upstream_that_is_dead_when_it_is_followed_again(
    cloud: Cloud, vault: str, upstream: Upstream, start: Start, scripted: Scripted, run: Run
) -> None:
    start()
    first = take(run("backup", "--vault", vault, "--no-wait", "-o", "json"), "accepted", 0, "yes")
    upstream.stop()
    scripted.on("GET /502", *[Answer()] * (SEVERAL - 1), Answer(before=upstream.start), Answer())
    entry = take_completed(run("resume", *PACE, "-o", "json"), cloud)
    assert (entry["op_id"], posts(cloud)) == (first["op_id"], 1)
    assert scripted.count("GET /502") >= SEVERAL


def test_an_upstream_that_does_not_come_back(
    cloud: Cloud, vault: str, upstream: Upstream, start: Start, run: Run
) -> None:
    start()
    first = take(run("backup", "--vault", vault, "--no-wait", "-o", "json"), "accepted", 0, "yes")
    upstream.stop()
    entry = take(run("resume", "--poll-interval", "1m", "-o", "json"), "pending", 7, "yes")
    assert (entry["op_id"], entry["checkpoint"]["id"]) == (first["op_id"], first["checkpoint"]["id"])
    assert posts(cloud) == 1


# a gateway that loses patience --------------------------------------------------------------------------------------


def test_a_post_that_takes_longer_than_the_gateway_waits(
    cloud: Cloud, vault: str, start: Start, scripted: Scripted, run: Run
) -> None:
    gateway = start(posts="proxy_read_timeout 1s;")
    given_up = Event()
    before_the_answer(cloud, "create", lambda: given_up.wait(PATIENCE))
    scripted.on("GET /504", Answer(before=given_up.set))
    take_completed(run("backup", "--vault", vault, "-o", "json"), cloud)
    assert (posts(cloud), scripted.count("GET /504")) == (1, 1)
    assert [(row.status, row.tries) for row in gateway.seen() if row.method == "POST"] == [(504, ("504",))]


# a page of its own instead of an answer -----------------------------------------------------------------------------


def test_a_gateway_that_knows_of_no_such_page_for_a_while(
    cloud: Cloud, vault: str, start: Start, scripted: Scripted, run: Run
) -> None:
    gateway = start()
    gateway.switch_on("gone")
    off = Answer(before=lambda: gateway.switch_off("gone"))
    scripted.on("GET /404", *[Answer()] * (SEVERAL - 1), off, Answer())
    take_completed(run("backup", "--vault", vault, *PACE, "-o", "json"), cloud)
    assert (posts(cloud), scripted.count("GET /404") >= SEVERAL) == (1, True)


def test_a_gateway_that_never_knows_the_page_is_no_proof_of_a_failure(
    cloud: Cloud, vault: str, start: Start, run: Run
) -> None:
    gateway = start()
    gateway.switch_on("gone")
    entry = take(run("backup", "--vault", vault, "--poll-interval", "1m", "-o", "json"), "pending", 7, "yes")
    assert [entry["checkpoint"]["id"]] == started(cloud)
    gateway.switch_off("gone")
    take_completed(run("resume", "-o", "json"), cloud)
    assert posts(cloud) == 1


# a gateway that repeats requests ------------------------------------------------------------------------------------

REPEATING = "proxy_next_upstream error timeout http_502 non_idempotent;"
EXECUTED = ("create:drop-after*1", "create:reset-after*1", "create:cut=0*1", "create:status-after=502*1")


@pytest.fixture
def second(cloud: Cloud) -> Iterator[Upstream]:
    """A second way to the same practice cloud."""
    second = Upstream(cloud)
    yield second
    second.stop()


@pytest.mark.parametrize("key", [[], ["--run-key", "night"]], ids=["", "keyed"])
@pytest.mark.parametrize("fault", EXECUTED)
def test_a_repeated_post_that_finds_the_vault_busy_with_the_first(
    fault: str, key: list[str], cloud: Cloud, vault: str, second: Upstream, start: Start, run: Run
) -> None:
    gateway = start(second, posts=REPEATING)
    cloud.faults.add(fault)
    take_completed(run("backup", "--vault", vault, *key, "-o", "json"), cloud)
    assert posts(cloud) == 2  # of which the gateway sent one by itself
    [(status, tries)] = [(row.status, row.tries) for row in gateway.seen() if row.method == "POST"]
    assert (status, tries) == (400, ("502", "400"))


def test_a_repeated_post_that_starts_a_second_is_told(cloud: Cloud, second: Upstream, start: Start, run: Run) -> None:
    gateway = start(second, posts=REPEATING)
    quick = cloud.add_vault("vault-quick", resources=[Resource("quick", duration=0.5)])
    cloud.faults.add("create:drop-after*1")
    result = run("backup", "--vault", quick.id, "--run-key", "night", "-o", "json")
    entry = take(result, "completed", 0, "yes")
    assert (len(started(cloud)), posts(cloud)) == (2, 2)
    [other] = set(started(cloud)) - {entry["checkpoint"]["id"]}
    assert other in json.dumps(entry["warnings"])
    assert other in result.err
    assert [(row.status, row.tries) for row in gateway.seen() if row.method == "POST"] == [(200, ("502", "200"))]


def test_a_repeated_post_whose_answers_are_all_lost(cloud: Cloud, second: Upstream, start: Start, run: Run) -> None:
    start(second, posts=REPEATING)
    quick = cloud.add_vault("vault-quick", resources=[Resource("quick", duration=0.5)])
    cloud.faults.add("create:drop-after*2")
    result = run("backup", "--vault", quick.id, "-o", "json")
    entry = take(result, "completed", 0, "yes")
    assert (len(started(cloud)), posts(cloud)) == (2, 2)
    [other] = set(started(cloud)) - {entry["checkpoint"]["id"]}
    assert other in json.dumps(entry["warnings"])
    assert other in result.err


def test_a_repeated_post_that_finds_another_backup_under_way(
    cloud: Cloud, second: Upstream, start: Start, run: Run
) -> None:
    """Busy for somebody else's sake is busy, however often the gateway asked."""
    start(second, posts=REPEATING)
    cloud.faults.add("create:status=502*1")
    entry = take(run("backup", "--vault", VAULT_BUSY, "-o", "json"), "refused", 11, "no")
    assert (entry["checkpoint"], entry["error"]["kind"], started(cloud)) == (None, "busy", [])
    assert posts(cloud) == 2


# through a proxy ----------------------------------------------------------------------------------------------------

USER, PROXY_PASSWORD = "joe", "CANARY-of-the-proxy"
VARIABLES = ["CBRCTL_PROXY", "HTTPS_PROXY"]


@pytest.fixture
def tunnel(start: Start, environ: dict[str, str], tmp_path: Path) -> Iterator[Tunnel]:
    """The proxy in front of the gateway, which is reached in no other way."""
    if reason := why_no_tunnel():
        pytest.skip(reason)
    gateway = start()
    tunnel = Tunnel(tmp_path / "tinyproxy", HOST, gateway.port, USER, PROXY_PASSWORD)
    environ["CBRCTL_ENDPOINT"] = environ["CBRCTL_IAM_ENDPOINT"] = f"https://{HOST}:{gateway.port}"
    environ["CBRCTL_PROXY"] = tunnel.url
    try:
        yield tunnel.start()
    finally:
        tunnel.kill()


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_whole_backup_through_a_proxy(
    variable: str, cloud: Cloud, vault: str, tunnel: Tunnel, environ: dict[str, str], run: Run
) -> None:
    proxied = {variable: environ.pop("CBRCTL_PROXY"), "CBRCTL_TOKEN": ""}
    result = run("backup", "--vault", vault, "-vvv", "-o", "json", env=proxied)
    take_completed(result, cloud)
    assert posts(cloud) == 1
    tunnel.kill()
    asked = [line.partition("): ")[2] for line in tunnel.log.read_text().splitlines() if "Request (file" in line]
    assert {line.split(" ")[0] for line in asked} == {"CONNECT"}
    assert {line.split(" ")[1] for line in asked} == {environ["CBRCTL_ENDPOINT"].removeprefix("https://")}
    tokens = cloud.tokens.ids()
    assert tokens
    for text in (tunnel.log.read_text(), result.out, result.err):
        for secret in (PASSWORD, *tokens, PROXY_PASSWORD):
            assert secret not in text


def test_a_proxy_that_does_not_know_the_user(
    cloud: Cloud, vault: str, tunnel: Tunnel, environ: dict[str, str], run: Run
) -> None:
    stranger = {"CBRCTL_PROXY": tunnel.url.replace(PROXY_PASSWORD, "CANARY-not")}
    result = run("backup", "--vault", vault, "-o", "json", env=stranger)
    take(result, "error", 7, "no")
    assert "CANARY" not in result.out + result.err
    assert cloud.requests == []


def test_a_proxy_that_is_dead(cloud: Cloud, vault: str, tunnel: Tunnel, run: Run) -> None:
    tunnel.kill()
    result = run("backup", "--vault", vault, "-o", "json")
    take(result, "error", 7, "no")
    assert PROXY_PASSWORD not in result.out + result.err
    assert cloud.requests == []


def test_a_proxy_that_dies_with_the_login(cloud: Cloud, vault: str, tunnel: Tunnel, run: Run) -> None:
    before_the_answer(cloud, "token", tunnel.kill)
    result = run("backup", "--vault", vault, "-o", "json", env={"CBRCTL_TOKEN": ""})
    validate(result.json())
    error = result.json()["error"]
    assert (result.code, error["kind"], error["sent"] in (None, "no")) == (7, "unreachable", True)
    assert PASSWORD not in result.out + result.err
    assert (posts(cloud), started(cloud)) == (0, [])


def test_a_proxy_that_dies_with_the_post_and_comes_back(cloud: Cloud, vault: str, tunnel: Tunnel, run: Run) -> None:
    before_the_answer(cloud, "create", tunnel.kill, tunnel.start)
    take_completed(run("backup", "--vault", vault, "--settle", "1h", "-o", "json"), cloud)
    assert posts(cloud) == 1


def test_a_proxy_that_dies_with_the_post(
    monkeypatch: pytest.MonkeyPatch, cloud: Cloud, vault: str, tunnel: Tunnel, run: Run
) -> None:
    monkeypatch.setattr("tests.support.fixtures.SECONDS_A_REQUEST", 0.1)  # it still runs when it is looked for again
    before_the_answer(cloud, "create", tunnel.kill)
    first = take(run("backup", "--vault", vault, "-o", "json"), "unknown", 6, "unknown")
    assert (first["checkpoint"], posts(cloud)) == (None, 1)
    tunnel.start()
    entry = take_completed(run("backup", "--vault", vault, "-o", "json"), cloud)
    assert (entry["op_id"], entry["attached"], posts(cloud)) == (first["op_id"], True, 1)


def test_a_proxy_that_dies_while_it_is_followed_through(cloud: Cloud, vault: str, tunnel: Tunnel, run: Run) -> None:
    first = take(run("backup", "--vault", vault, "--no-wait", "-o", "json"), "accepted", 0, "yes")
    tunnel.kill()
    entry = take(run("resume", "--poll-interval", "1m", "-o", "json"), "pending", 7, "yes")
    assert (entry["op_id"], entry["checkpoint"]["id"]) == (first["op_id"], first["checkpoint"]["id"])
    tunnel.start()
    take_completed(run("resume", "-o", "json"), cloud)
    assert posts(cloud) == 1
