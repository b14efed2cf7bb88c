"""SDK-HMAC-SHA256 against the vectors of service.md 9 and, where it is installed, against the vendor's own signer."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cbrctl.credentials.signing import find_host, sign

SERVICE = "https://service.endpoint.myhuaweicloud.com/resources?size=1"
CBR = "https://cbr.cn-north-4.myhuaweicloud.com/v3/4229d7a45436489f8c3dc2b1d35d4987"
OLD, NEW = "20200608T023900Z", "20240102T030405Z"

VECTORS: dict[str, tuple[str, str, dict[str, str], bytes | None, str, str]] = {
    "1 public": (
        "GET", SERVICE, {"X-Sdk-Date": OLD}, None, "host;x-sdk-date",
        "cfb4171acec81de07d50e53d57eb77edd537414d66ddb1d7d780f128e12cd842",
    ),
    "2 public": (
        "POST", SERVICE, {"X-Sdk-Date": OLD, "TEST_UNDERSCORE": "x"}, b'{"name":"test","id":1}', "host;x-sdk-date",
        "436b1ac0a1ae03705934bb70ef2f2e09f7bfed2117d731a38235053199323a1f",
    ),
    "3": (
        "POST", f"{CBR}/checkpoints",
        {
            "X-Sdk-Date": NEW, "Content-Type": "application/json;charset=UTF-8",
            "X-Project-Id": "4229d7a45436489f8c3dc2b1d35d4987",
        },
        b'{"checkpoint":{"vault_id":"3b5816b5-f29c-4172-9d9a-76c719a659ce"}}',
        "content-type;host;x-project-id;x-sdk-date",
        "95f3e103c59a1a719206e0c029d911d80ef2aec6a749d8cf8858cf2865e4d853",
    ),
    "4": (
        "GET", f"{CBR}/backups?limit=10&name=a%20b~c%2F%2A%E4%B8%AD&status=available&status=error",
        {"X-Sdk-Date": NEW}, None, "host;x-sdk-date",
        "cca3153ad2e02a69fe400481e020a358ef06ba17db263061def4af0ee2709c70",
    ),
    "5": (
        "GET", "https://iam.cn-north-4.myhuaweicloud.com/v3/projects?name=cn-north-4",
        {"X-Sdk-Date": NEW, "X-Security-Token": "tok"}, None, "host;x-sdk-date;x-security-token",
        "f51872a930406c6a289cbebaefcf7a1ac0b7620d7af8fc48e7b6478efc65e4c5",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("method", "url", "headers", "body", "names", "signature"), VECTORS.values(), ids=VECTORS.keys()
)
def test_a_vector(
    method: str, url: str, headers: dict[str, str], body: bytes | None, names: str, signature: str
) -> None:
    signed = sign(
        method, url, {**headers, "Host": find_host(url)}, body, access_key="AccessKey", secret_key="SecretKey"
    )
    assert signed == f"SDK-HMAC-SHA256 Access=AccessKey, SignedHeaders={names}, Signature={signature}"


def test_the_order_of_a_query_does_not_matter() -> None:
    method, url, headers, body, names, signature = VECTORS["4"]
    head, query = url.split("?")
    turned = f"{head}?{'&'.join(reversed(query.split('&')))}"
    signed = sign(
        method, turned, {**headers, "Host": find_host(url)}, body, access_key="AccessKey", secret_key="SecretKey"
    )
    assert signed.endswith(f"SignedHeaders={names}, Signature={signature}")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://a.example/x", "a.example"),
        ("https://a.example:443/x", "a.example"),
        ("https://a.example:80/x", "a.example:80"),
        ("http://127.0.0.1:8080/x", "127.0.0.1:8080"),
        ("http://localhost:80/x", "localhost"),
    ],
)
def test_the_host_that_is_sent(url: str, host: str) -> None:
    assert find_host(url) == host


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)


@pytest.mark.real
@settings(max_examples=300, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST"]),
    pairs=st.lists(st.tuples(TEXTS.filter(bool), TEXTS), max_size=4, unique_by=lambda p: p[0]),
    segment=TEXTS,
    body=st.one_of(st.none(), TEXTS),
    secret=st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=60),
)
def test_the_vendor_signs_alike(
    method: str, pairs: list[tuple[str, str]], segment: str, body: str | None, secret: str
) -> None:
    credentials = pytest.importorskip("huaweicloudsdkcore.auth.credentials", reason="the vendor's client is not here")
    from urllib.parse import quote, urlencode

    from huaweicloudsdkcore.sdk_request import SdkRequest
    from huaweicloudsdkcore.signer.signer import Signer

    path = f"/v3/{quote(segment, safe='')}/backups"
    headers = {"X-Sdk-Date": NEW, "Content-Type": "application/json", "X-Project-Id": "p" * 32}
    theirs: Any = SdkRequest(
        method=method, schema="https", host="cbr.example", resource_path=path, query_params=list(pairs),
        header_params=dict(headers), body=body or "",
    )  # fmt: skip
    Signer(credentials.BasicCredentials("AK", secret, "p" * 32)).sign(theirs)
    query = urlencode(pairs, quote_via=quote)
    ours = sign(
        method,
        f"https://cbr.example{path}{'?' if query else ''}{query}",
        {**headers, "Host": "cbr.example"},
        body.encode() if body else None,
        access_key="AK",
        secret_key=secret,
    )
    assert ours == theirs.header_params["Authorization"]
