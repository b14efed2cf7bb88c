"""Signatures: the vectors of service.md section 9, and what a signed call may and may not change."""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from cbrctl.sandbox import Cloud, Server
from cbrctl.sandbox.account import DOMAIN_NAME, PROJECT_ID
from cbrctl.sandbox.exchange import Request
from cbrctl.sandbox.instants import parse_signature_date
from cbrctl.sandbox.seed import VAULT_BE94
from cbrctl.sandbox.signature import Claim, SignatureError, canonical_request, check_signature, read_claim
from tests.support.sandbox import Client, Clock, assert_refused

CBR = "cbr.cn-north-4.myhuaweicloud.com"
IAM = "iam.cn-north-4.myhuaweicloud.com"
PUBLIC = "service.endpoint.myhuaweicloud.com"
OLD, NEW = "20200608T023900Z", "20240102T030405Z"
QUERY = "limit=10&name=a%20b~c%2F%2A%E4%B8%AD&status=available&status=error"
VECTORS = [
    (
        Request("GET", "/resources?size=1", {"host": PUBLIC, "x-sdk-date": OLD}),
        ("host", "x-sdk-date"),
        "cfb4171acec81de07d50e53d57eb77edd537414d66ddb1d7d780f128e12cd842",
    ),
    (
        Request(
            "POST",
            "/resources?size=1",
            {"host": PUBLIC, "x-sdk-date": OLD, "test_underscore": "x"},
            b'{"name":"test","id":1}',
        ),
        ("host", "x-sdk-date"),
        "436b1ac0a1ae03705934bb70ef2f2e09f7bfed2117d731a38235053199323a1f",
    ),
    (
        Request(
            "POST",
            f"/v3/{PROJECT_ID}/checkpoints",
            {
                "host": CBR,
                "x-sdk-date": NEW,
                "content-type": "application/json;charset=UTF-8",
                "x-project-id": PROJECT_ID,
            },
            b'{"checkpoint":{"vault_id":"3b5816b5-f29c-4172-9d9a-76c719a659ce"}}',
        ),
        ("content-type", "host", "x-project-id", "x-sdk-date"),
        "95f3e103c59a1a719206e0c029d911d80ef2aec6a749d8cf8858cf2865e4d853",
    ),
    (
        Request("GET", f"/v3/{PROJECT_ID}/backups?{QUERY}", {"host": CBR, "x-sdk-date": NEW}),
        ("host", "x-sdk-date"),
        "cca3153ad2e02a69fe400481e020a358ef06ba17db263061def4af0ee2709c70",
    ),
    (
        Request(
            "GET",
            "/v3/projects?name=cn-north-4",
            {"host": IAM, "x-sdk-date": NEW, "x-security-token": "tok"},
        ),
        ("host", "x-sdk-date", "x-security-token"),
        "f51872a930406c6a289cbebaefcf7a1ac0b7620d7af8fc48e7b6478efc65e4c5",
    ),
]


@pytest.mark.parametrize(("request_", "names", "signature"), VECTORS, ids=range(1, 6))
def test_the_vectors_hold(request_: Request, names: tuple[str, ...], signature: str) -> None:
    now = parse_signature_date(request_.headers["x-sdk-date"])
    check_signature(request_, Claim("AccessKey", names, signature), "SecretKey", now)
    with pytest.raises(SignatureError):
        check_signature(request_, Claim("AccessKey", names, signature), "AnotherKey", now)


def test_the_canonical_hashes_hold() -> None:
    hashes = [hashlib.sha256(canonical_request(*VECTORS[n][:2]).encode()).hexdigest() for n in (0, 2)]
    assert hashes == [
        "de94dd1e1ccdb730b403ce35d7e14f7c7b04337f6def1c3a3a2ba936852b133f",
        "73fa0a80123456e2931d6d6fecca25337d9362406a374a92f6a1b7cce0e2c2a2",
    ]


@pytest.mark.parametrize(("request_", "names", "signature"), VECTORS, ids=range(1, 6))
@pytest.mark.parametrize("part", ["method", "target", "body", "header"])
def test_no_part_may_be_changed(request_: Request, names: tuple[str, ...], signature: str, part: str) -> None:
    changed = {
        "method": Request("PUT", request_.target, request_.headers, request_.body),
        "target": Request(request_.method, request_.target + "0", request_.headers, request_.body),
        "body": Request(request_.method, request_.target, request_.headers, request_.body + b" "),
        "header": Request(request_.method, request_.target, request_.headers | {"host": "evil"}, request_.body),
    }[part]
    now = parse_signature_date(request_.headers["x-sdk-date"])
    with pytest.raises(SignatureError):
        check_signature(changed, Claim("AccessKey", names, signature), "SecretKey", now)


def test_the_order_of_a_query_does_not_matter() -> None:
    headers = {"host": "h", "x-sdk-date": NEW}
    queries = ("b=2&a=z&a=1", "a=1&b=2&a=z", "a=z&a=%31&b=2")
    texts = {canonical_request(Request("GET", f"/x?{query}", headers), ("host", "x-sdk-date")) for query in queries}
    assert [text.split("\n")[2] for text in texts] == ["a=1&a=z&b=2"]


@pytest.mark.parametrize(
    ("declared", "holds"), [("UNSIGNED-PAYLOAD", True), (hashlib.sha256(b"{}").hexdigest(), True), ("0" * 64, False)]
)
def test_a_declared_hash_must_be_true(declared: str, holds: bool) -> None:
    request = Request("POST", "/x", {"host": "h", "x-sdk-date": NEW, "x-sdk-content-sha256": declared}, b"{}")
    if holds:
        assert canonical_request(request, ("host",)).endswith(declared)
    else:
        with pytest.raises(SignatureError, match="hash of the body"):
            canonical_request(request, ("host",))


@pytest.mark.parametrize(
    "authorization",
    [
        "SDK-HMAC-SHA256",
        "SDK-HMAC-SHA256 Access=a",
        "Other Access=a, SignedHeaders=host, Signature=b",
        "SDK-HMAC-SHA256 Access=, SignedHeaders=host, Signature=b",
    ],
)
def test_an_incomplete_header_is_refused(authorization: str) -> None:
    with pytest.raises(SignatureError, match="incomplete"):
        read_claim(authorization)


class Signer(requests.auth.AuthBase):
    """Signs with a few lines of its own, so that the server's code does not check itself."""

    def __init__(self, keys: tuple[str, str], clock: Clock, skew: float = 0, token: str | None = None) -> None:
        self.keys = keys
        self.date = datetime.fromtimestamp(clock.now + skew, UTC).strftime("%Y%m%dT%H%M%SZ")
        self.extra = {"X-Security-Token": token} if token else {}

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        path, _, query = prepared.path_url.partition("?")
        host = str(prepared.url).split("/")[2]
        prepared.headers.update({"Host": host, "X-Sdk-Date": self.date} | self.extra)
        signed = {"host": host, "x-sdk-date": self.date} | {k.lower(): v for k, v in self.extra.items()}
        body = prepared.body or b""
        digest = hashlib.sha256(body.encode() if isinstance(body, str) else body).hexdigest()
        lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
        names = ";".join(sorted(signed))
        canonical = "\n".join((str(prepared.method), path + "/", query, lines, names, digest))
        to_sign = f"SDK-HMAC-SHA256\n{self.date}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.new(self.keys[1].encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        prepared.headers["Authorization"] = (
            f"SDK-HMAC-SHA256 Access={self.keys[0]}, SignedHeaders={names}, Signature={signature}"
        )
        return prepared


def test_a_signed_call_is_served(anonymous: Client, server: Server, clock: Clock) -> None:
    signer = Signer(server.keys, clock)
    body = {"checkpoint": {"vault_id": VAULT_BE94}}
    assert anonymous.send("POST", "/checkpoints", json=body, auth=signer).status_code == 200
    assert anonymous.send("GET", "/vaults", params={"limit": 1}, auth=signer).status_code == 200
    assert anonymous.send("GET", "/v3/projects", params={"name": "cn-north-4"}, auth=signer).status_code == 200


@pytest.mark.parametrize(("skew", "status"), [(0, 200), (899, 200), (-899, 200), (902, 401), (-902, 401)])
def test_a_clock_may_be_a_quarter_of_an_hour_off(
    anonymous: Client, server: Server, clock: Clock, skew: float, status: int
) -> None:
    response = anonymous.send("GET", "/vaults", auth=Signer(server.keys, clock, skew))
    assert response.status_code == status


@pytest.mark.parametrize("keys", [("SANDBOXACCESSKEY0001", "wrong"), ("UNKNOWN", "wrong")])
def test_a_wrong_key_is_refused(anonymous: Client, clock: Clock, keys: tuple[str, str]) -> None:
    for path in ("/vaults", "/v3/projects"):
        assert_refused(anonymous.send("GET", path, auth=Signer(keys, clock)), 401, "APIGW.0301")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Security-Token": "x"},
        {"X-Sdk-Content-Sha256": "UNSIGNED-PAYLOAD"},
        {"X-Project-Id": "0" * 32},
    ],
    ids=str,
)
def test_unsigned_headers_change_nothing(anonymous: Client, server: Server, clock: Clock, headers: Any) -> None:
    response = anonymous.send("GET", "/vaults", auth=Signer(server.keys, clock), headers=headers)
    assert response.status_code in (401, 403)


@pytest.mark.parametrize("method", ["token", "assume_role"])
def test_temporary_keys_sign_too(client: Client, clock: Clock, cloud: Cloud, method: str) -> None:
    part = {"duration_seconds": 900, "agency_name": "sandbox-agency", "domain_name": DOMAIN_NAME}
    body = {"auth": {"identity": {"methods": [method], method: part}}}
    response = client.send("POST", "/v3.0/OS-CREDENTIAL/securitytokens", json=body)
    assert response.status_code == 201
    credential = response.json()["credential"]
    assert credential["expires_at"] == "2019-05-10T08:14:12.733403Z"
    del client.headers["X-Auth-Token"]
    keys = (credential["access"], credential["secret"])
    token = credential["securitytoken"]
    assert client.send("GET", "/vaults", auth=Signer(keys, clock, token=token)).status_code == 200
    assert_refused(client.send("GET", "/vaults", auth=Signer(keys, clock)), 401, "APIGW.0301")
    assert_refused(client.send("GET", "/vaults", auth=Signer(keys, clock, token="x")), 401, "APIGW.0301")
    clock.step(900)
    assert_refused(client.send("GET", "/vaults", auth=Signer(keys, clock, token=token)), 401, "APIGW.0301")
