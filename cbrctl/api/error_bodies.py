"""What an error body says, in every shape that was met (service.md 7.1), and which error of ours that is."""

import json
import re
from collections.abc import Mapping
from typing import Any

from cbrctl.errors import (
    BY_KIND,
    AuthError,
    CbrctlError,
    Forbidden,
    NotFound,
    Refused,
    ServiceFault,
    Throttled,
    Unreachable,
)
from cbrctl.machine.secrecy import hide
from cbrctl.messages.codes import classify, leaves_open, normalise
from cbrctl.phrases import Phrase

_REQUEST_ID_HEADERS = ("x-request-id", "x-iam-trace-id", "x-openstack-request-id")
_REQUEST_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
_PAIRS = (
    ("error_code", "error_msg"),
    ("errorCode", "errorMsg"),
    ("errorCode", "errorMessage"),
    ("code", "message"),
    ("title", "message"),
)
_LONGEST_ENCODED = 16_384
_EXPIRED = ("APIGW.0301", "APIGW.0307")
_NOTHING_BEGUN = tuple(f"BackupService.{number}" for number in ("0002", "9998", "6137"))
"""Codes that come with a 5xx and say why nothing was begun (contract, exit codes)."""


def parse_json(body: bytes) -> Any:
    """Return the value of a JSON body. ValueError says in plain words what is not whole, strict JSON of a sane depth."""
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError(Phrase("nested too deeply")) from None
    except (json.JSONDecodeError, UnicodeDecodeError):  # the parser's words are for those who wrote the JSON
        raise ValueError(_name_kind(body.strip())) from None


def _name_kind(body: bytes) -> str:
    """Return what a body is that is no JSON."""
    if not body:
        return Phrase("It is empty.")
    if body.startswith(b"<"):
        return Phrase("It is no JSON but a web page, as a proxy or a login in between may send one.")
    return Phrase("It is no JSON, or not whole.")


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def read_fault(status: int, headers: Mapping[str, str], body: bytes, signature: str = "") -> ServiceFault:
    """Understand a refusal. Never raises: a body of no known shape gives a Fault that is not `recognised`.

    Its words repeat no secret that this process holds, nor the `signature` of the request.
    """
    fault = _read_fault(status, headers, body)
    texts = (hide(text or "", signature) for text in (fault.text, fault.request_id, fault.encoded))
    words, request_id, encoded = texts
    return fault._replace(text=words, request_id=request_id or None, encoded=encoded or None)


def find_request_id(headers: Mapping[str, str], signature: str = "") -> str:
    """Return the id by which the service knows a request, as it may be shown: what has another form may be a secret."""
    found = next((headers[name] for name in _REQUEST_ID_HEADERS if headers.get(name)), "")
    return hide(found, signature) if _REQUEST_ID.fullmatch(found) else ""


def _read_fault(status: int, headers: Mapping[str, str], body: bytes) -> ServiceFault:
    request_id = next((headers[name] for name in _REQUEST_ID_HEADERS if headers.get(name)), None)
    try:
        data = parse_json(body)
    except ValueError:
        return ServiceFault(status, None, "", _short(request_id), recognised=False)
    code, text, recognised = _find_pair(data, 3)
    if request_id is None and isinstance(data, dict) and isinstance(data.get("request_id"), str):
        request_id = data["request_id"]
    known = normalise(code)
    if known is None and isinstance(code, str) and code not in (text, str(status)):
        text = f"{code}: {text}" if text else code
    return ServiceFault(status, known, text, _short(request_id), _find_encoded(data), recognised)


def _find_encoded(data: object) -> str | None:
    """Return what the service encoded of a refused permission; half of it is worth nothing."""
    text = data.get("encoded_authorization_message") if isinstance(data, dict) else None
    return text if isinstance(text, str) and 0 < len(text) <= _LONGEST_ENCODED and text.isprintable() else None


def _short(request_id: str | None) -> str | None:
    return request_id[:200] if request_id else None


def _find_pair(data: object, depth: int) -> tuple[object, str, bool]:
    """Find a code and a text, nearest the outside first, as the vendor's own clients do."""
    if not isinstance(data, dict) or depth == 0:
        return None, "", False
    for code_key, text_key in _PAIRS:
        code, text = data.get(code_key), data.get(text_key)
        if isinstance(text, str) and isinstance(code, str | int):
            return code, text[:2000], True
        if normalise(code) and code_key != "code":  # `code` alone stands in many things that are no errors
            return code, "", True
    for inner in data.values():
        code, text, recognised = _find_pair(inner, depth - 1)
        if recognised:
            return code, text, True
    text = data.get("message") or data.get("error_msg")
    return None, str(text or "")[:2000], isinstance(text, str)


def is_malformed_url(fault: ServiceFault) -> bool:
    """Return whether it is the 401 that means "no such thing" from one that means "log in again" (service.md 2)."""
    return fault.status == 401 and fault.code is None and "malformed request url" in fault.text.lower()


def is_expired(fault: ServiceFault) -> bool:
    """Return whether a new token may help: a gateway's refusal of this token."""
    if is_malformed_url(fault) or fault.status != 401:
        return False
    return fault.code in _EXPIRED or (fault.code is None and fault.recognised)


def is_refusal(fault: ServiceFault) -> bool:
    """Return whether a POST that was answered so surely started nothing (contract, exit codes).

    A fault of the server is no proof, whatever its code, but for those that say why nothing was begun. Else a code of
    CBR or IAM is the service's own word; a gateway refuses before it passes on, but for its codes that speak of the
    backend; without a code that is known the status decides. What has no known shape may come from anywhere, but
    whoever answers 429 has not done what was asked.
    """
    if fault.code in _NOTHING_BEGUN:
        return True
    if fault.status >= 500 or (fault.code and leaves_open(fault.code)):
        return False
    if not fault.recognised:
        return fault.status == 429
    if fault.code and fault.code.partition(".")[0] in ("BackupService", "IAM", "APIGW"):
        return True
    return 400 <= fault.status < 500 and fault.status != 408


def read_error_of(fault: ServiceFault) -> CbrctlError:
    """Return the error of a read of CBR that was refused.

    A gateway's word is no more than a bad look: neither its 404 nor its 5xx says anything of what was asked for.
    """
    error = error_of(fault)
    own = (fault.code or "").startswith("BackupService.") or is_malformed_url(fault)
    if (isinstance(error, NotFound) and not own) or (
        fault.status >= 500 and (fault.code or "APIGW").startswith("APIGW")
    ):
        return Unreachable("bad-answer", fault=fault, status=fault.status)
    return error


def is_absence(error: CbrctlError) -> bool:
    """Return whether the service itself says that something does not exist: a gateway's 404 is a moment of trouble."""
    code = (error.fault.code if error.fault else None) or ""
    return isinstance(error, NotFound) and code.startswith("BackupService.")


def error_of(fault: ServiceFault, *, sent: str | None = None) -> CbrctlError:
    """Return the error that a refusal is to the user. The code decides; the status only where there is no code."""
    posted = sent is not None
    if is_malformed_url(fault):
        return (Refused if posted else NotFound)("malformed-url", fault=fault, sent=sent)
    kind = classify(fault.code)
    if kind == "auth":
        return (Forbidden if fault.status == 403 else AuthError)("service-auth", fault=fault, sent=sent)
    if kind is not None:
        return BY_KIND[kind](f"service-{kind}", fault=fault, sent=sent)
    if fault.status == 429:
        return Throttled("service-throttled", fault=fault, sent=sent)
    if fault.status in (401, 407):
        return AuthError("service-auth", fault=fault, sent=sent)
    if fault.status == 403:
        return Forbidden("service-auth", fault=fault, sent=sent)
    if fault.status == 404 and fault.recognised and not posted:
        return NotFound("service-not-found", fault=fault)
    if 300 <= fault.status < 400 or fault.status >= 500 or not fault.recognised:
        return Unreachable("bad-answer", fault=fault, sent=sent, status=fault.status)
    return Refused("service-refused", fault=fault, sent=sent)


def with_pause(error: CbrctlError, headers: Mapping[str, str]) -> CbrctlError:
    """Return the error of a throttled request the seconds it asks to wait: 2 where it does not say, 60 at most."""
    if isinstance(error, Throttled):
        error.values["retry_after"] = _read_pause(headers)
    return error


def _read_pause(headers: Mapping[str, str]) -> float:
    """Return the seconds of Retry-After: a number, or a moment of the clock that wrote `Date`."""
    said = headers.get("retry-after", "")
    if said.isdecimal():
        return min(float(said[:6]), 60.0)
    from email.utils import parsedate_to_datetime

    try:
        pause = parsedate_to_datetime(said) - parsedate_to_datetime(headers.get("date", ""))
        return min(max(pause.total_seconds(), 0.0), 60.0)
    except (ValueError, TypeError, ArithmeticError):  # TypeError: one has a zone and the other has none
        return 2.0
