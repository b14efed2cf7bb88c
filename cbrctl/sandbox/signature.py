"""Checks SDK-HMAC-SHA256 signatures (service.md section 9). Knows nothing of accounts: keys are looked up by the caller."""

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote

from cbrctl.sandbox import instants
from cbrctl.sandbox.exchange import Request

ALGORITHM = "SDK-HMAC-SHA256"
MAX_SKEW_SECONDS = 15 * 60
UNSIGNED = "UNSIGNED-PAYLOAD"
SAFE = "-_.~"


class SignatureError(ValueError):
    """The signature does not hold; the text says why, in the gateway's words where they are known."""


@dataclass(frozen=True)
class Claim:
    """What an Authorization header claims: the access key, the signed header names in order, the signature."""

    access_key: str
    signed_headers: tuple[str, ...]
    signature: str


def read_claim(authorization: str) -> Claim:
    """Take an Authorization header apart. Raises SignatureError where a part is missing."""
    algorithm, _, rest = authorization.partition(" ")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    if algorithm != ALGORITHM or not all(parts.get(key) for key in ("Access", "SignedHeaders", "Signature")):
        raise SignatureError("the Authorization header is incomplete")
    return Claim(parts["Access"], tuple(parts["SignedHeaders"].split(";")), parts["Signature"])


def check_signature(request: Request, claim: Claim, secret_key: str, now: float) -> None:
    """Raise SignatureError unless the claim holds for exactly this request at `now` (epoch seconds)."""
    names = claim.signed_headers
    if "host" not in names or "x-sdk-date" not in names:
        raise SignatureError("host and x-sdk-date must be signed")
    if list(names) != sorted(set(names)) or any(name not in request.headers or "_" in name for name in names):
        raise SignatureError("the signed headers are not those of the request")
    check_date(request.headers["x-sdk-date"], now)
    expected = sign(request, names, secret_key)
    if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
        raise SignatureError("verify aksk signature fail")


def check_date(date: str, now: float) -> None:
    """Raise SignatureError for a date that is malformed or more than 15 minutes off."""
    try:
        signed_at = instants.parse_signature_date(date)
    except ValueError:
        raise SignatureError("x-sdk-date is malformed") from None
    if abs(now - signed_at) > MAX_SKEW_SECONDS:
        raise SignatureError("verify aksk signature fail, signature expired")


def sign(request: Request, names: tuple[str, ...], secret_key: str) -> str:
    """The hexadecimal signature that a request with these signed headers must carry."""
    canonical_hash = hashlib.sha256(canonical_request(request, names).encode()).hexdigest()
    to_sign = "\n".join((ALGORITHM, request.headers["x-sdk-date"], canonical_hash))
    return hmac.new(secret_key.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def canonical_request(request: Request, names: tuple[str, ...]) -> str:
    """The text that is hashed. Raises SignatureError where the body is not the one that was hashed by the client."""
    path = "/".join(quote(unquote(part), safe=SAFE) for part in request.path.split("/"))
    pairs = sorted(parse_qsl(request.query_string, keep_blank_values=True))
    return "\n".join(
        (
            request.method,
            path if path.endswith("/") else path + "/",
            "&".join(f"{quote(key, safe=SAFE)}={quote(value, safe=SAFE)}" for key, value in pairs),
            "".join(f"{name}:{request.headers[name].strip()}\n" for name in names),
            ";".join(names),
            hash_body(request),
        )
    )


def hash_body(request: Request) -> str:
    """The body's hash as signed: a declared one must be true, or say that the payload is unsigned."""
    actual = hashlib.sha256(request.body).hexdigest()
    declared = request.headers.get("x-sdk-content-sha256")
    if declared is None:
        return actual
    if declared not in (UNSIGNED, actual):
        raise SignatureError("x-sdk-content-sha256 is not the hash of the body")
    return declared
