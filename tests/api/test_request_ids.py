"""`-v` names the id by which the service knows each request: what its support asks for."""

import re

import pytest

from cbrctl.sandbox import Cloud
from tests.support.logins import VAULT_LIST
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
