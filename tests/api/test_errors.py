"""What the service refuses, in every shape that was met (service.md 7): the document, the text and the exit code of each.

The code decides and not the status; a POST that may have been carried out is never called refused.
"""

import json
from base64 import b64encode
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from cbrctl.api.error_bodies import read_fault
from tests.support import cbr
from tests.support.exits import CODES_OF_OUTCOME, KIND_OF_CODE
from tests.support.program import Run
from tests.support.scripted import Answer, Scripted

SHOW_VAULT = rf"GET /v3/{cbr.PROJECT}/vaults/{cbr.VAULT}"
HTML = b"<!DOCTYPE html><html><head><title>502</title></head><body>Bad Gateway: BackupService.6114</body></html>"
REQUEST_ID = "9a1b3c5d-request"


def outcome_of(exit_code: int) -> str:
    """The outcome of a backup whose POST ended with this exit code."""
    if exit_code == 6:
        return "unknown"
    return "refused" if exit_code in CODES_OF_OUTCOME["refused"] else "error"


class Case(NamedTuple):
    """An answer, and what it must become: `post` and `get` are exit codes, `code` is the one that is shown."""

    name: str
    answer: Answer
    post: int
    get: int
    code: str | None = None
    tries: int = 1
    """How often the POST is sent: again only after a refusal for rate."""
    looks: int = 1
    """How often the GET is sent."""


def said(status: int, error_code: Any, text: Any = "no") -> Answer:
    """The shape of CBR, of the gateway and of IAM's newer half."""
    return Answer(status, {"error_code": error_code, "error_msg": text})


def service(number: str, status: int, exit_code: int) -> Case:
    """A code of CBR under its prefix."""
    name = f"BackupService.{number}"
    return Case(f"{name} with {status}", said(status, name), exit_code, exit_code, name)


def gateway(number: str, status: int, post: int, get: int, **more: int) -> Case:
    """A code of the gateway."""
    name = f"APIGW.{number}"
    return Case(f"{name} with {status}", said(status, name), post, get, name, **more)


FULL = "BackupService.6114"

SHAPES = [
    Case("code and text without prefix", said(400, "6114"), 13, 13, FULL),
    Case("a number", said(400, 6114), 13, 13, FULL),
    Case("a code and a null text", said(400, FULL, None), 13, 13, FULL),
    Case("a code and no text", Answer(400, {"error_code": FULL}), 13, 13, FULL),
    Case("a service's name in small letters", said(400, "backupservice.6114"), 13, 13, FULL),
    Case("errorCode, errorMsg", Answer(400, {"errorCode": FULL, "errorMsg": "no"}), 13, 13, FULL),
    Case("errorCode, errorMessage", Answer(400, {"errorCode": "6114", "errorMessage": "no"}), 13, 13, FULL),
    Case("code, message", Answer(400, {"code": FULL, "message": "no"}), 13, 13, FULL),
    Case("code, message, a number", Answer(400, {"code": 6114, "message": "no"}), 13, 13, FULL),
    Case("nested", Answer(400, {"error": {"code": FULL, "message": "no"}}), 13, 13, FULL),
    Case("unknown keys beside it", Answer(400, {"x": [1], "error_code": FULL, "error_msg": "no"}), 13, 13, FULL),
    Case("APIG. is APIGW.", said(401, "APIG.0301"), 12, 12, "APIGW.0301"),
    Case(
        "malformed url",
        Answer(401, {"unauthorized": {"code": "401", "message": "Malformed request url"}}),
        14, 10,
    ),
    Case(
        "keystone",
        Answer(401, {"error": {"code": 401, "message": "The token is wrong.", "title": "Unauthorized"}}),
        12, 12,
    ),
    Case(
        "keystone with a code of IAM",
        Answer(401, {"error": {"code": "IAM.0066", "message": "expired", "title": "Unauthorized"}}),
        12, 12, "IAM.0066",
    ),
    Case(
        "IAM v3.0, with what it encodes",
        Answer(403, {"error_msg": "no", "error_code": "IAM.0002", "encoded_authorization_message": "QUJD"}),
        12, 12, "IAM.0002",
    ),
    Case("IAM parameter", said(400, "IAM.0011"), 12, 12, "IAM.0011"),
    Case("badRequest", Answer(400, {"badRequest": {"code": 400, "message": "no"}}), 14, 14),
    Case("itemNotFound", Answer(404, {"itemNotFound": {"code": 404, "message": "no"}}), 14, 7, looks=4),
    Case("forbidden", Answer(403, {"forbidden": {"code": 403, "message": "no"}}), 12, 12),
    Case("overLimit", Answer(429, {"overLimit": {"code": 429, "message": "no"}}), 8, 8, tries=6, looks=4),
    Case("HTML 502", Answer(502, HTML, {"Content-Type": "text/html", "Server": "CloudWAF"}), 6, 7, looks=4),
    Case("HTML 418", Answer(418, HTML, {"Content-Type": "text/html", "Server": "CloudWAF"}), 6, 7, looks=4),
    Case("HTML 404", Answer(404, HTML, {"Content-Type": "text/html"}), 6, 7, looks=4),
    Case("HTML 200", Answer(200, HTML, {"Content-Type": "text/html"}), 6, 7, looks=4),
    Case("HTML 429", Answer(429, HTML, {"Content-Type": "text/html"}), 8, 8, tries=6, looks=4),
    Case("HTML 403", Answer(403, HTML, {"Content-Type": "text/html"}), 6, 12),
    Case("empty 500", Answer(500), 6, 7, looks=4),
    Case("empty 503", Answer(503), 6, 7, looks=4),
    Case("empty 504", Answer(504), 6, 7, looks=4),
    Case("empty 400", Answer(400), 6, 7, looks=4),
    Case("500 without a code", Answer(500, {"message": "oops", "code": 500}), 6, 7, looks=4),
    Case("500 of a service that is not known", said(500, "ECS.0114"), 6, 7, "ECS.0114", looks=4),
    Case("408", Answer(408, {"message": "slow", "code": 408}), 6, 14),
    Case("a list", Answer(400, [FULL]), 6, 7, looks=4),
    Case("null", Answer(400, b"null"), 6, 7, looks=4),
    Case("half a document", Answer(400, b'{"error_code":"BackupService.6114","error_msg":'), 6, 7, looks=4),
    Case("bytes that are no text", Answer(400, b'{"error_code":"6114","error_msg":"\xff\xfe"}'), 6, 7, looks=4),
    Case("nested too deep", Answer(400, b'{"a":' * 100_000 + b"1" + b"}" * 100_000), 6, 7, looks=4),
]  # fmt: skip

CODES = [
    service("6113", 400, 14),  # the four of the API page
    service("1001", 400, 11),
    service("6114", 400, 13),
    service("9900", 400, 14),
    service("0001", 400, 11),
    service("0002", 500, 11),
    service("2010", 400, 11),
    service("6125", 400, 11),
    service("6105", 404, 10),
    service("6105", 400, 10),
    service("6135", 400, 14),
    service("6142", 400, 13),
    service("6217", 404, 10),
    service("7102", 400, 14),
    service("8600", 403, 12),
    service("9998", 500, 12),
    service("4321", 400, 14),  # nobody knows it
    gateway("0101", 404, 14, 14),
    gateway("0201", 400, 6, 14),
    gateway("0201", 413, 6, 14),
    gateway("0201", 502, 6, 7, looks=4),
    gateway("0201", 504, 6, 7, looks=4),
    gateway("0301", 401, 12, 12),
    gateway("0302", 403, 12, 12),
    gateway("0307", 401, 12, 12),
    gateway("0308", 429, 8, 8, tries=6, looks=4),
    gateway("0601", 500, 6, 7, looks=4),
    gateway("0610", 502, 6, 7, looks=4),
    gateway("0613", 503, 6, 7, looks=4),
    gateway("0705", 500, 6, 7, looks=4),
]

CODE_AGAINST_STATUS = [
    *(service("6114", status, 13) for status in (401, 403, 404, 409, 429)),
    # what answers 5xx may have begun it, whatever it says
    *(service("6114", status, 13)._replace(post=6) for status in (501, 503)),
    service("6105", 429, 10),
    service("1001", 404, 11),
    gateway("0308", 503, 6, 7, looks=4),
    gateway("0301", 500, 6, 7, looks=4),
    Case("a code with 200", said(200, FULL), 13, 13, FULL),
]

ALL = SHAPES + CODES + CODE_AGAINST_STATUS


def with_request_id(case: Case) -> Answer:
    """The answer under the header of the service's request id."""
    return case.answer._replace(headers={**case.answer.headers, "X-Request-Id": REQUEST_ID})


def check_error(error: dict[str, Any], case: Case, exit_code: int, sent: str | None) -> None:
    """What stands under `error`, whatever was asked."""
    encoded = {"encoded_authorization_message"} if case.name.endswith("what it encodes") else set()
    assert set(error) == {"code", "kind", "message", "hint", "http_status", "request_id", "sent"} | encoded
    assert error["kind"] == KIND_OF_CODE[exit_code]
    assert error["http_status"] == case.answer.status
    assert error["request_id"] == REQUEST_ID
    assert error["sent"] == sent
    assert error["message"]
    assert error["hint"] or exit_code == 14 or case.code is None


@pytest.mark.heavy
@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_a_post(case: Case, scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.POST, with_request_id(case))
    # a busy answer is believed where the lists, which are whole, do not show its marker
    scripted.on(cbr.COPIES, cbr.copies())
    scripted.on(cbr.TASKS, cbr.tasks())
    result = run("backup", "--vault", cbr.VAULT, "--settle", "5s", "-o", "json")
    sent = "unknown" if case.post == 6 else "no"
    assert result.code == case.post, result.err
    document = result.json()
    [entry] = document["backups"]
    assert document["exit_code"] == entry["exit_code"] == case.post
    expected = outcome_of(case.post)
    assert document["outcome"] == entry["outcome"] == expected
    assert (entry["sent"], entry["checkpoint"], entry["resources"]) == (sent, None, [])
    check_error(entry["error"], case, case.post, sent)
    assert entry["error"]["code"] == case.code
    started = "whether it was started is not known" if case.post == 6 else "not started"
    assert f"HTTP {case.answer.status}, request id {REQUEST_ID}, {started}" in result.err
    assert (case.code or "error:") in result.err
    assert scripted.count(cbr.POST) == case.tries
    assert all(asked.method == "GET" for asked in scripted.asked[case.tries :])  # the search reads


@pytest.mark.heavy
@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_a_get(case: Case, scripted: Scripted, run: Run) -> None:
    scripted.on(SHOW_VAULT, with_request_id(case))
    result = run("vault", "show", cbr.VAULT, "-o", "json")
    assert result.code == case.get, result.err
    document = result.json()
    assert (document["schema"], document["exit_code"]) == ("cbrctl.error/v1", case.get)
    check_error(document["error"], case, case.get, None)
    assert document["error"]["code"] == case.code
    assert f"HTTP {case.answer.status}, request id {REQUEST_ID}" in result.err
    assert "sent:" not in result.err
    assert scripted.count(SHOW_VAULT) == len(scripted.asked) == case.looks


@pytest.mark.parametrize("header", ["X-Request-Id", "X-IAM-Trace-Id", "X-Openstack-Request-Id", None])
def test_the_request_id_is_found_wherever_it_stands(header: str | None, scripted: Scripted, run: Run) -> None:
    body = {"error_code": "APIGW.0302", "error_msg": "no", "request_id": "of-the-body"}
    scripted.on(cbr.POST, Answer(403, body, {header: "of-the-header"} if header else {}))
    result = run("backup", "--vault", cbr.VAULT, "-o", "json")
    assert result.json()["backups"][0]["error"]["request_id"] == ("of-the-header" if header else "of-the-body")


ENCODED: dict[str, tuple[object, str | None]] = {
    "as it came": ("QUJD" * 1000, "QUJD" * 1000),
    "longer than anything": ("Q" * 20_000, None),
    "no text": (7, None),
    "not printable": ("QUJD\x1b[2J", None),
    "empty": ("", None),
}


@pytest.mark.parametrize(("told", "kept"), ENCODED.values(), ids=ENCODED.keys())
def test_what_the_service_encoded_is_kept_whole(told: object, kept: str | None, scripted: Scripted, run: Run) -> None:
    body = {"error_code": "APIGW.0302", "error_msg": "no", "encoded_authorization_message": told}
    scripted.on(SHOW_VAULT, Answer(403, body))
    result = run("vault", "show", cbr.VAULT, "-o", "json")
    assert result.json()["error"].get("encoded_authorization_message") == kept
    assert ("encoded_authorization_message: -o json" in result.err) is (kept is not None)
    assert "QUJD" not in result.err


def test_what_the_service_says_is_quoted_and_cannot_act(scripted: Scripted, run: Run) -> None:
    text = "full \x1b[31m[bold]x[/bold]\u202e\r\n空间不足 " + "x" * 5000
    scripted.on(cbr.POST, said(400, FULL, text))
    result = run("backup", "--vault", cbr.VAULT, "-o", "json")
    assert result.code == 13
    assert text[:50] in result.json()["backups"][0]["error"]["message"]
    assert 'the service: "full \\u{1b}[31m[bold]x[/bold]\\u{202e}\\u{d}\\u{a}空间不足 xx' in result.err
    assert "\x1b" not in result.out + result.err
    assert len(result.err) < 4000


TERMINAL_CASES = [c for c in ALL if c.name in ("code and text without prefix", "HTML 502", "APIGW.0301 with 401")]


@pytest.mark.long
@pytest.mark.parametrize("case", TERMINAL_CASES, ids=lambda case: case.name)
def test_a_post_on_a_terminal(case: Case, scripted: Scripted, run_tty: Run) -> None:
    scripted.on(cbr.POST, with_request_id(case))
    result = run_tty("backup", "--vault", cbr.VAULT, "--color", "never", columns=100)
    assert result.code == case.post
    assert f"✗ {cbr.VAULT}: {outcome_of(case.post)}" in result.out
    words = " ".join(result.err.split())
    started = "whether it was started is not known" if case.post == 6 else "not started"
    assert f"error: {cbr.VAULT}: " in words
    assert f"HTTP {case.answer.status}, request id {REQUEST_ID}, {started}" in words
    assert (case.code or "") in words


def test_a_get_on_a_terminal(scripted: Scripted, run_tty: Run) -> None:
    scripted.on(SHOW_VAULT, said(404, "BackupService.6105"))
    result = run_tty("vault", "show", cbr.VAULT)
    assert (result.code, result.out) == (10, "")
    assert "BackupService.6105" in result.err


SECRET = "s3cret+pass/wörd-of-many-characters"
REPEATS = {
    "its beginning": f"not known: {SECRET[:14]}",
    "its middle": f"...{SECRET[6:20]}...",
    "percent": quote(SECRET, safe=""),
    "HTML": SECRET.replace("ö", "&ouml;"),
    "JSON in JSON": json.dumps(json.dumps(SECRET)),
    "base64": b64encode(SECRET.encode()).decode(),
}


@pytest.mark.parametrize("text", REPEATS.values(), ids=REPEATS.keys())
def test_words_that_repeat_a_secret_are_left_out(text: str) -> None:
    body = json.dumps({"error_code": "IAM.0001", "error_msg": text}).encode()
    fault = read_fault(401, {"x-request-id": text}, body, SECRET)
    assert (fault.code, fault.text, fault.request_id) == ("IAM.0001", "", None)


def test_a_secret_is_hidden_in_its_sentence() -> None:
    body = json.dumps({"error_code": "IAM.0001", "error_msg": f"the password '{SECRET}' is wrong"}).encode()
    fault = read_fault(401, {"x-request-id": SECRET}, body, SECRET)
    assert (fault.text, fault.request_id) == ("the password '***' is wrong", "***")


@pytest.mark.parametrize("text", ["The username or password is wrong.", "", "s3cret+pass", "wörd"])
def test_other_words_are_kept(text: str) -> None:
    body = json.dumps({"error_code": "IAM.0001", "error_msg": text}).encode()
    assert read_fault(401, {"x-request-id": "req-1"}, body, SECRET)[2:4] == (text, "req-1")


def test_a_secret_of_one_letter_punches_no_holes() -> None:
    body = json.dumps({"error_code": "IAM.0001", "error_msg": "the password is wrong"}).encode()
    assert read_fault(401, {"x-request-id": "req-5a"}, body, "a")[2:4] == ("the password is wrong", "req-5a")


def test_a_short_secret_counts_whole() -> None:
    for text, kept in (("code 123456 is wrong", "code *** is wrong"), ("code 12345 is wrong", "code 12345 is wrong")):
        body = json.dumps({"error_code": "IAM.0001", "error_msg": text}).encode()
        assert read_fault(401, {}, body, "123456").text == kept


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (HTML, "It is no JSON but a web page, as a proxy or a login in between may send one."),
        (b"", "It is empty."),
        (b" \n", "It is empty."),
        (b'{"vaults": [', "It is no JSON, or not whole."),
        (b"\xff\xfe", "It is no JSON, or not whole."),
        (b'{"vaults": NaN}', "NaN is not JSON"),
    ],
)
def test_an_answer_that_is_no_json_is_told_in_plain_words(
    body: bytes, words: str, scripted: Scripted, run: Run
) -> None:
    scripted.on(cbr.VAULTS, Answer(200, body))
    result = run("vault", "list", "-o", "json")
    assert result.code == 7
    assert words in result.json()["error"]["message"]
    assert not any(odd in result.out + result.err for odd in ("Expecting", "codec", "char 0"))
