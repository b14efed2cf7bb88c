"""What IAM says is untrusted: it may repeat a secret in any field, and neither screen nor cache shows that."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cbrctl.machine import secrecy
from tests.support import cbr
from tests.support.logins import ASK_IAM, LOGIN, SUBJECT, USER, cache_files, described, serve_cbr
from tests.support.program import Run
from tests.support.scripted import Answer, Scripted

pytestmark = pytest.mark.heavy

REPEATS: dict[str, Callable[[dict[str, Any], str], None]] = {
    "name of the project": lambda token, secret: token["project"].update(name=secret),
    "name of the user": lambda token, secret: token.update(
        user={"name": secret, "domain": {"name": "acme", "id": "d"}}
    ),
    "name of the account": lambda token, secret: token.update(user={"name": "joe", "domain": {"name": secret}}),
    "id of the account": lambda token, secret: token.update(user={"name": "joe", "domain": {"id": secret}}),
    "more than the secret": lambda token, secret: token.update(user={"name": f"is {secret}!"}),
}


def repeating(repeat: Callable[[dict[str, Any], str], None], secret: str, status: int = 201) -> Answer:
    """A token whose description repeats a secret."""
    body = described(cbr.PROJECT)
    repeat(body["token"], secret)
    return Answer(status, body, {"X-Subject-Token": SUBJECT})


def nothing_shows(secret: str, run: Run, home: Path, env: dict[str, str]) -> None:
    """Look at what each command says and leaves."""
    for args in (("vault", "list"), ("auth", "status", "--check", "-o", "json"), ("auth", "status"), ("doctor",)):
        result = run(*args, env=env)
        assert result.code == 0, result.err
        assert secret not in result.out + result.err, args
    for path in cache_files(home):
        assert secret not in path.read_text()


@pytest.mark.parametrize("secret", ["CANARY-hunter2", "CANARY-" + "x" * 60, "C4N"], ids=["usual", "long", "short"])
@pytest.mark.parametrize("repeat", REPEATS.values(), ids=REPEATS.keys())
def test_a_login_that_repeats_the_password(
    repeat: Callable[[dict[str, Any], str], None], secret: str, scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    if len(secret) < secrecy.SHORTEST and repeat is REPEATS["more than the secret"]:
        return  # it stands in every word
    serve_cbr(scripted)
    scripted.on(LOGIN, repeating(repeat, secret))
    nothing_shows(secret, run, tmp_path / "home", {**USER, "CBRCTL_PASSWORD": secret})


@pytest.mark.parametrize("repeat", REPEATS.values(), ids=REPEATS.keys())
def test_a_description_that_repeats_the_token(
    repeat: Callable[[dict[str, Any], str], None], scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    serve_cbr(scripted)
    scripted.on(ASK_IAM, repeating(repeat, "CANARY-token-of-mine", 200))
    nothing_shows("CANARY-token-of-mine", run, tmp_path / "home", {"CBRCTL_TOKEN": "CANARY-token-of-mine"})


def test_a_token_that_is_the_password_is_none(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    """It would be written down, and sent to CBR."""
    serve_cbr(scripted)
    scripted.on(LOGIN, Answer(201, described(cbr.PROJECT), {"X-Subject-Token": "CANARY-hunter2"}))
    result = run("vault", "list", "-o", "json", env={**USER, "CBRCTL_PASSWORD": "CANARY-hunter2"})
    assert result.code == 7
    assert cache_files(tmp_path / "home") == []
    assert [a.path for a in scripted.asked] == ["/v3/auth/tokens"]


def test_a_project_that_is_the_password_is_none(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    serve_cbr(scripted)
    secret = "ab" * 16
    scripted.on(LOGIN, Answer(201, described(secret), {"X-Subject-Token": SUBJECT}))
    env = {**USER, "CBRCTL_PASSWORD": secret, "CBRCTL_PROJECT_ID": "", "CBRCTL_REGION": "cn-north-4"}
    result = run("vault", "list", "-o", "json", env=env)
    assert result.code == 7
    assert secret not in result.out + result.err
    assert cache_files(tmp_path / "home") == []


@pytest.mark.parametrize(
    ("text", "left"), [("abc", "***"), ("abcd", "abcd"), ("xabcx", "xabcx"), ("a-long-one", "***")]
)
def test_what_equals_a_secret_is_hidden_whatever_its_length(
    text: str, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrecy, "_known", {"abc": None, "a-long-one": None})
    assert secrecy.hide(text) == left
