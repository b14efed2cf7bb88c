"""SDK-HMAC-SHA256: the signature that proves who holds an access key, without its secret leaving this machine (service.md 9)."""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, unquote, urlsplit

ALGORITHM = "SDK-HMAC-SHA256"
_UNRESERVED = "-_.~"


def sign(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, *, access_key: str, secret_key: str
) -> str:
    """Return the value of `Authorization` for a request.

    `headers` are those to be signed, `Host` and `X-Sdk-Date` (UTC, YYYYMMDDTHHMMSSZ) among them; a name with an
    underscore is left out, as the service leaves it out. `body` must be the very bytes that are sent. A pure function.
    """
    signed = {name.lower(): value.strip() for name, value in headers.items() if "_" not in name}
    names = ";".join(sorted(signed))
    digest = hashlib.sha256(_canonical_request(method, url, signed, names, body).encode()).hexdigest()
    text = f"{ALGORITHM}\n{signed['x-sdk-date']}\n{digest}"
    signature = hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Access={access_key}, SignedHeaders={names}, Signature={signature}"


def find_host(url: str) -> str:
    """Return the value of `Host` that is sent for an address: without the port that its scheme has anyway."""
    parts = urlsplit(url)
    usual = {"https": ":443", "http": ":80"}[parts.scheme]
    return parts.netloc.removesuffix(usual)


def _canonical_request(method: str, url: str, signed: Mapping[str, str], names: str, body: bytes | None) -> str:
    parts = urlsplit(url)
    path = "/".join(quote(segment, safe=_UNRESERVED) for segment in unquote(parts.path).split("/"))
    pairs = sorted(parse_qsl(parts.query, keep_blank_values=True))
    return "\n".join(
        (
            method,
            path if path.endswith("/") else path + "/",  # for the signature alone; the address is sent without it
            "&".join(f"{quote(key, safe=_UNRESERVED)}={quote(value, safe=_UNRESERVED)}" for key, value in pairs),
            "".join(f"{name}:{signed[name]}\n" for name in sorted(signed)),
            names,
            hashlib.sha256(body or b"").hexdigest(),
        )
    )
