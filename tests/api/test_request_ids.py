"""`-v` names the id by which the service knows each request, `-vv` shows what was sent and answered, and never a secret."""

import json
import re

import pytest

from cbrctl.sandbox import Cloud
from tests.support import cbr
from tests.support.logins import LOGIN, SECRET, SUBJECT, USER, VAULT_LIST, issued
from tests.support.program import Run
from tests.support.scripted import Answer, Scripted

pytestmark = pytest.mark.english

NONE = {"vaults": [], "count": 0}
TOKEN = "a-token-that-is-long-enough-to-be-told"


def test_each_answer_is_told_with_its_id(cloud: Cloud, run: Run, run_tty: Run) -> None:
    piped, shown = run("vault", "list", "-v"), run_tty("vault", "list", "-v", "--no-cache", "--lang", "en", columns=250)
    assert (piped.code, shown.code) == (0, 0)
    for result in (piped, shown):
        lines = [line for line in result.err.splitlines() if line.startswith(("GET ", "POST "))]
        assert len(lines) > 1
        for line in lines:
            assert re.search(r": 20\d in \d+\.\d{3} s, request id [0-9a-f]{32}$", line), line
    assert "request id" not in piped.out + shown.out + run("vault", "list").err


@pytest.mark.parametrize(
    "header", ["", "x" * 65, "two words", TOKEN, f"req-{TOKEN}"], ids=["none", "long", "words", "token", "with token"]
)
def test_what_is_none_is_not_told(header: str, scripted: Scripted, run: Run) -> None:
    scripted.on(VAULT_LIST, Answer(body=NONE, headers={"X-Request-Id": header} if header else {}))
    result = run("vault", "list", "-v", env={"CBRCTL_TOKEN": TOKEN})
    assert result.code == 0
    assert re.search(r"^GET http://\S+: 200 in \d+\.\d{3} s(?:, request id \S*\*\*\*)?$", result.err, re.MULTILINE)
    assert TOKEN not in result.err


def test_a_request_without_an_answer(scripted: Scripted, run: Run) -> None:
    scripted.on(VAULT_LIST, Answer(raw=b"", end="fin"))
    result = run("vault", "list", "-v")
    assert (result.code, result.out) == (7, "")
    assert re.search(r": no answer in \d+\.\d{3} s$", result.err, re.MULTILINE)


# what was said ------------------------------------------------------------------------------------------------------

PROOFS = {
    "token": {"CBRCTL_TOKEN": TOKEN},
    "password": USER,
    "key": {"CBRCTL_TOKEN": "", "CBRCTL_ACCESS_KEY": "AKIDEXAMPLE", "CBRCTL_SECRET_KEY": SECRET},
}
SECRETS = (TOKEN, SECRET, SUBJECT, json.dumps(SECRET)[1:-1], "Signature=")


@pytest.mark.parametrize("proof", PROOFS)
@pytest.mark.parametrize("depth", ["-v", "-vv", "-vvv"])
def test_what_was_sent_and_answered_is_shown_and_no_secret(
    depth: str, proof: str, scripted: Scripted, run: Run
) -> None:
    scripted.on(LOGIN, issued())
    scripted.on(cbr.POST, cbr.posted(status="x" * 5000))
    result = run("backup", "--vault", cbr.VAULT, "--no-wait", depth, env=PROOFS[proof])
    [posted] = [asked for asked in scripted.asked if asked.path.endswith("/checkpoints")]
    assert result.code == 0
    said = result.err.splitlines()
    assert (f"> {posted.body.decode()}" in said) is (depth != "-v")
    assert ("> X-Auth-Token: ***" in said) is (depth != "-v" and proof != "key")
    assert ("> Authorization: ***" in said) is (depth != "-v" and proof == "key")
    assert (result.err.count("x" * 5000)) == (depth == "-vvv")
    assert (re.search(r"^\([0-9]+ bytes more\)$", result.err, re.MULTILINE) is not None) is (depth == "-vv")
    assert [secret for secret in SECRETS if secret in result.err] == []
    hidden = said.count("> (not shown: it may hold a secret)"), said.count("< (not shown: it may hold a secret)")
    assert hidden == ((1, 1) if depth != "-v" and proof == "password" else (0, 0))


def test_a_service_that_repeats_the_token_is_not_repeated(scripted: Scripted, run: Run) -> None:
    answer = {**NONE, "you": TOKEN, "cut": TOKEN[:-3]}
    scripted.on(VAULT_LIST, Answer(body=answer, headers={"X-Echo": f"a{TOKEN}", "X-Esc": "\x1b[31m"}))
    result = run("vault", "list", "-vvv", env={"CBRCTL_TOKEN": TOKEN})
    assert (result.code, TOKEN[:-3] in result.err, "\x1b" in result.err) == (0, False, False)
    assert "< x-echo: a***" in result.err
    assert "< (not shown: it may hold a secret)" in result.err
