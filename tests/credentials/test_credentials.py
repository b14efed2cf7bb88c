"""Who is asking: sets of credentials and their order, files with secrets, logging in, the token cache, and silence."""

import json
import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cbrctl.api.issued import Issued, Keys
from cbrctl.credentials.methods import AccessKey, CredentialSet, ForeignToken, Password, ServerAgency
from cbrctl.credentials.secret import Secret
from cbrctl.credentials.sources import find_credentials, find_places
from cbrctl.errors import AuthError, CbrctlError, LocalState, UsageError
from tests.support import cbr
from tests.support.logins import (
    ASK_IAM,
    BAD_TOKENS,
    LOGIN,
    SECRET,
    SUBJECT,
    USER,
    VAULT_LIST,
    cache_files,
    described,
    issued,
    run_home,
    serve_cbr,
    tokens_used,
)
from tests.support.practice import NOBODY
from tests.support.program import Run
from tests.support.scripted import Answer, Scripted

JOE = {"name": "joe", "password": SECRET, "domain": {"name": "acme"}}


# which set ----------------------------------------------------------------------------------------------------------


def words(text: str) -> dict[str, str]:
    """Variables written as NAME=value, with blanks between."""
    return dict(pair.split("=", 1) for pair in text.split())


def find(variables: dict[str, str], warn: Callable[..., None] = lambda key, **values: None) -> CredentialSet:
    """The set that is used with these variables."""
    return find_credentials(find_places(variables, warn), warn)


def flatten(found: CredentialSet) -> tuple[str, ...]:
    """A set as texts, its secrets revealed, and where the last of them came from."""
    proof = found.proof
    parts = [part.reveal() if isinstance(part, Secret) else part for part in proof if part]
    if isinstance(proof, Password):
        parts = [proof.username, proof.user_id, proof.domain_name, proof.domain_id, proof.password.reveal()]
    return (*map(str, parts), proof.origin)


SETS: list[tuple[str, str, tuple[str, ...]]] = [
    ("CBRCTL_TOKEN=t", "CBRCTL_TOKEN", ("t",)),
    ("HW_AUTH_TOKEN=t", "HW_AUTH_TOKEN", ("t",)),
    ("OS_AUTH_TOKEN=t", "OS_AUTH_TOKEN", ("t",)),
    ("OS_TOKEN=t", "OS_TOKEN", ("t",)),
    ("CBRCTL_TOKEN=c HW_AUTH_TOKEN=h OS_TOKEN=o", "CBRCTL_TOKEN", ("c",)),
    ("HW_AUTH_TOKEN=h OS_TOKEN=o", "HW_AUTH_TOKEN", ("h",)),
    ("CBRCTL_TOKEN= HW_AUTH_TOKEN=h", "HW_AUTH_TOKEN", ("h",)),
    ("CBRCTL_TOKEN=t CBRCTL_USERNAME=u CBRCTL_PASSWORD=p CBRCTL_DOMAIN_NAME=d", "CBRCTL_TOKEN", ("t",)),
    ("CBRCTL_TOKEN=t CBRCTL_TOKEN_FILE=/nonexistent", "CBRCTL_TOKEN", ("t",)),
    ("CBRCTL_USERNAME=u CBRCTL_PASSWORD=p CBRCTL_DOMAIN_NAME=d", "CBRCTL_PASSWORD", ("u", "", "d", "", "p")),
    ("CBRCTL_USERNAME=u CBRCTL_PASSWORD=p CBRCTL_DOMAIN_ID=i", "CBRCTL_PASSWORD", ("u", "", "", "i", "p")),
    ("CBRCTL_USER_ID=u CBRCTL_PASSWORD=p", "CBRCTL_PASSWORD", ("", "u", "", "", "p")),
    ("HW_USER_NAME=u HW_USER_PASSWORD=p HW_DOMAIN_NAME=d", "HW_USER_PASSWORD", ("u", "", "d", "", "p")),
    ("HW_USER_NAME=u HW_USER_PASSWORD=p HW_DOMAIN_ID=i", "HW_USER_PASSWORD", ("u", "", "", "i", "p")),
    ("OS_USERNAME=u OS_PASSWORD=p OS_USER_DOMAIN_NAME=d", "OS_PASSWORD", ("u", "", "d", "", "p")),
    ("OS_USERNAME=u OS_PASSWORD=p OS_DOMAIN_NAME=d", "OS_PASSWORD", ("u", "", "d", "", "p")),
    ("OS_USERNAME=u OS_PASSWORD=p OS_USER_DOMAIN_ID=i", "OS_PASSWORD", ("u", "", "", "i", "p")),
    ("OS_USER_ID=u OS_PASSWORD=p", "OS_PASSWORD", ("", "u", "", "", "p")),
    (
        "CBRCTL_USERNAME=c CBRCTL_PASSWORD=cp CBRCTL_DOMAIN_NAME=cd HW_AUTH_TOKEN=h OS_TOKEN=o",
        "CBRCTL_PASSWORD", ("c", "", "cd", "", "cp"),
    ),
    (
        "HW_USER_NAME=h HW_USER_PASSWORD=hp HW_DOMAIN_NAME=hd OS_TOKEN=o",
        "HW_USER_PASSWORD", ("h", "", "hd", "", "hp"),
    ),
    ("CBRCTL_DOMAIN_NAME=stray OS_TOKEN=o", "OS_TOKEN", ("o",)),
]  # fmt: skip


@pytest.mark.parametrize(("variables", "origin", "values"), SETS, ids=[s[0] for s in SETS])
def test_the_first_set_is_taken_whole(variables: str, origin: str, values: tuple[str, ...]) -> None:
    found = find(words(variables))
    assert flatten(found) == (*values, origin)
    assert isinstance(found.proof, ForeignToken if len(values) == 1 else Password)


INCOMPLETE = [
    ("", "no-credentials", None),
    ("CBRCTL_TOKEN= CBRCTL_PASSWORD= OS_USERNAME=", "no-credentials", None),
    ("CBRCTL_USERNAME=u", "incomplete-credentials", "CBRCTL_PASSWORD"),
    ("CBRCTL_PASSWORD=p", "incomplete-credentials", "CBRCTL_USERNAME"),
    ("CBRCTL_USERNAME=u CBRCTL_PASSWORD=p", "incomplete-credentials", "CBRCTL_DOMAIN_NAME"),
    ("CBRCTL_USERNAME=u CBRCTL_DOMAIN_NAME=d HW_USER_PASSWORD=p", "incomplete-credentials", "CBRCTL_PASSWORD"),
    ("CBRCTL_USERNAME=u CBRCTL_PASSWORD=p HW_DOMAIN_NAME=d", "incomplete-credentials", "CBRCTL_DOMAIN_NAME"),
    ("CBRCTL_USERNAME=u HW_AUTH_TOKEN=t", "incomplete-credentials", "CBRCTL_PASSWORD"),
    ("HW_USER_NAME=u HW_DOMAIN_NAME=d OS_PASSWORD=p", "incomplete-credentials", "HW_USER_PASSWORD"),
    ("OS_PASSWORD=p OS_DOMAIN_NAME=d", "incomplete-credentials", "OS_USERNAME"),
    ("OS_USERNAME=u OS_PASSWORD=p", "incomplete-credentials", "OS_USER_DOMAIN_NAME"),
]


@pytest.mark.parametrize(("variables", "key", "missing"), INCOMPLETE, ids=[i[0] for i in INCOMPLETE])
def test_a_set_that_lacks_a_part_is_not_filled_up(variables: str, key: str, missing: str | None) -> None:
    with pytest.raises(AuthError) as caught:
        find(words(variables))
    assert (caught.value.key, caught.value.values.get("missing")) == (key, missing)


@pytest.mark.parametrize(("variables", "shown"), [("", "CBRCTL_USERNAME"), ("CBRCTL_USERNAME=joe", "CBRCTL_PASSWORD")])
def test_the_program_without_credentials(variables: str, shown: str, scripted: Scripted, run: Run) -> None:
    result = run("backup", "--vault", cbr.VAULT, "-o", "json", env={"CBRCTL_TOKEN": "", **words(variables)})
    assert (result.code, result.json()["error"]["kind"]) == (12, "auth")
    assert shown in result.err
    assert scripted.asked == []


# tokens and files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("token", "position"), BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
def test_a_token_that_cannot_be_sent(token: str, position: int) -> None:
    with pytest.raises(AuthError) as caught:
        find({"CBRCTL_TOKEN": token})
    assert (caught.value.key, caught.value.values) == ("bad-token", {"origin": "CBRCTL_TOKEN", "position": position})


def test_the_program_with_a_bad_token(scripted: Scripted, run: Run) -> None:
    result = run("backup", "--vault", cbr.VAULT, "-o", "json", "-vvv", env={"CBRCTL_TOKEN": "CANARY\nX-Evil: 1"})
    assert (result.code, scripted.asked) == (12, [])
    assert "CBRCTL_TOKEN" in result.err
    assert "CANARY" not in result.out + result.err


class SecretFile(NamedTuple):
    """A file, and the secret in it or the error it is refused with."""

    data: bytes
    mode: int = 0o600
    token: str | None = "abc"
    error: tuple[type[CbrctlError], str] | None = None
    warns: bool = False


SECRET_FILES = {
    "bare": SecretFile(b"abc"),
    "a newline": SecretFile(b"abc\n"),
    "a Windows newline": SecretFile(b"abc\r\n"),
    "two newlines": SecretFile(b"abc\n\n", error=(AuthError, "bad-token")),
    "readable by the group": SecretFile(b"abc\n", 0o640, warns=True),
    "readable by all": SecretFile(b"abc\n", 0o644, warns=True),
    "read-only": SecretFile(b"abc\n", 0o400),
    "writable by the group": SecretFile(b"abc\n", 0o660, error=(LocalState, "secret-writable")),
    "writable by others": SecretFile(b"abc\n", 0o602, error=(LocalState, "secret-writable")),
    "empty": SecretFile(b"", error=(AuthError, "secret-empty")),
    "only a newline": SecretFile(b"\n", error=(AuthError, "secret-empty")),
    "no text": SecretFile(b"\xff\xfe", error=(LocalState, "secret-not-text")),
    "NUL": SecretFile(b"abc\0", error=(LocalState, "secret-not-text")),
    "huge": SecretFile(b"a" * 70_000, error=(LocalState, "secret-not-text")),
    "as long as a token": SecretFile(b"a" * 8000, token="a" * 8000),
}


def find_in_file(path: Path) -> tuple[object, list[str]]:
    """The token of a file or the error, and the warnings."""
    warnings: list[str] = []
    try:
        found: object = flatten(find({"CBRCTL_TOKEN_FILE": str(path)}, lambda key, **values: warnings.append(key)))
    except CbrctlError as error:
        found = error
    return found, warnings


@pytest.mark.parametrize("linked", [False, True], ids=["file", "symlink"])
@pytest.mark.parametrize("case", SECRET_FILES.values(), ids=SECRET_FILES.keys())
def test_a_token_in_a_file(case: SecretFile, linked: bool, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(case.data)
    path.chmod(case.mode)
    if linked:
        (tmp_path / "link").symlink_to(path)
        path = tmp_path / "link"
    found, warnings = find_in_file(path)
    if case.error:
        assert isinstance(found, case.error[0])
        assert found.key == case.error[1]
    else:
        assert found == (str(case.token), "CBRCTL_TOKEN_FILE")
    assert warnings == (["secret-readable"] if case.warns else [])


def test_the_command_that_mends_a_secret_file_takes_any_name(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    serve_cbr(scripted)
    path = tmp_path / "a $secret"
    path.write_text("abc\n")
    path.chmod(0o620)
    env = {"CBRCTL_TOKEN": "", "CBRCTL_TOKEN_FILE": str(path)}
    result = run("vault", "list", env=env)
    assert result.code == 15
    subprocess.run(["sh", "-ec", result.err.partition("→")[2].splitlines()[0]], check=True)
    assert run("vault", "list", env=env).code == 0


def test_a_token_in_a_fifo(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path, 0o666)
    writer = threading.Thread(target=path.write_bytes, args=(b"abc\n",))
    writer.start()
    found = find_in_file(path)
    writer.join()
    assert found == (("abc", "CBRCTL_TOKEN_FILE"), [])


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_secret_file_that_is_none(name: str, tmp_path: Path) -> None:
    found, _ = find_in_file(tmp_path / name)
    assert isinstance(found, LocalState)
    assert found.key == ("secret-not-there" if name == "missing" else "secret-unreadable")


def test_a_password_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(f" {SECRET} \n")
    path.chmod(0o600)
    variables = {"CBRCTL_USERNAME": "joe", "CBRCTL_PASSWORD_FILE": str(path), "CBRCTL_DOMAIN_NAME": "acme"}
    assert flatten(find(variables)) == ("joe", "", "acme", "", f" {SECRET} ", "CBRCTL_PASSWORD_FILE")


MODES = [(0o600, 0, ""), (0o644, 0, "Others can read"), (0o620, 15, "others can write")]


@pytest.mark.parametrize(("mode", "code", "shown"), MODES)
def test_the_program_with_a_secret_file(
    mode: int, code: int, shown: str, scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    serve_cbr(scripted)
    path = tmp_path / "secret"
    path.write_text("CANARY-token\n")
    path.chmod(mode)
    result = run("backup", "--vault", cbr.VAULT, "--no-wait", env={"CBRCTL_TOKEN": "", "CBRCTL_TOKEN_FILE": str(path)})
    assert result.code == code, result.err
    assert shown in result.err
    assert ("warning" in result.err, "CANARY" in result.out + result.err) == (mode == 0o644, False)
    assert tokens_used(scripted) == ([] if code else ["CANARY-token"])


# logging in ---------------------------------------------------------------------------------------------------------

BY_ID = {"CBRCTL_USERNAME": "", "CBRCTL_DOMAIN_NAME": "", "CBRCTL_USER_ID": "u1"}
NO_ID = {"CBRCTL_PROJECT_ID": ""}
REGION = {"name": "cn-north-4", "domain": {"name": "acme"}}
SUB = {"name": "cn-north-4_sub", "domain": {"name": "acme"}}
LOGINS: dict[str, tuple[dict[str, str], dict[str, Any], dict[str, Any]]] = {
    "by name, project by id": ({}, JOE, {"id": cbr.PROJECT}),
    "by name and account id": (
        {"CBRCTL_DOMAIN_NAME": "", "CBRCTL_DOMAIN_ID": "d1"}, {**JOE, "domain": {"id": "d1"}}, {"id": cbr.PROJECT},
    ),
    "by id": (BY_ID, {"id": "u1", "password": SECRET}, {"id": cbr.PROJECT}),
    "project by name": ({**NO_ID, "CBRCTL_PROJECT_NAME": "cn-north-4_sub"}, JOE, SUB),
    "project of the region": ({**NO_ID, "CBRCTL_REGION": "cn-north-4"}, JOE, REGION),
    "name before region": (
        {**NO_ID, "CBRCTL_REGION": "cn-north-4", "HW_PROJECT_NAME": "cn-north-4_sub"}, JOE, SUB,
    ),
    "IAM's address with /v3": ({"CBRCTL_IAM_ENDPOINT": "{url}/v3/"}, JOE, {"id": cbr.PROJECT}),
}  # fmt: skip


@pytest.mark.parametrize(("env", "user", "project"), LOGINS.values(), ids=LOGINS.keys())
def test_a_login(
    env: dict[str, str], user: dict[str, Any], project: dict[str, str], scripted: Scripted, run: Run
) -> None:
    serve_cbr(scripted)
    scripted.on(LOGIN, issued(name=project.get("name", "cn-north-4")))
    filled = {name: value.replace("{url}", scripted.url) for name, value in env.items()}
    result = run("vault", "list", env={**USER, **filled})
    assert result.code == 0, result.err
    login, listing = scripted.asked
    assert login.json() == {
        "auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": {"project": project}}
    }
    assert login.query == "nocatalog=true"
    assert login.headers["content-type"].startswith("application/json")
    assert "x-auth-token" not in login.headers
    assert (listing.path, listing.headers["x-auth-token"]) == (f"/v3/{cbr.PROJECT}/vaults", SUBJECT)


@pytest.mark.parametrize(
    ("env", "told"),
    [({}, f"one of {'f' * 32} when asked for a token of project {cbr.PROJECT}"),
     (NO_ID | {"CBRCTL_PROJECT_NAME": "cn-east-3"}, "one of cn-north-4 when asked for a token of project cn-east-3")],
    ids=["by id", "by name"],
)  # fmt: skip
def test_a_token_of_another_project_is_none_that_was_asked_for(
    env: dict[str, str], told: str, scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    serve_cbr(scripted)
    scripted.on(LOGIN, issued(project="f" * 32))
    result = run("vault", "list", env={**USER, **env})
    assert (result.code, result.out) == (7, "")
    assert told in " ".join(result.err.split())
    assert [asked.method for asked in scripted.asked] == ["POST"]
    assert not list(tmp_path.rglob("token-*.json")), "it is not kept"


def test_a_project_that_nobody_named(scripted: Scripted, run: Run) -> None:
    result = run("vault", "list", env={**USER, **NO_ID})
    assert (result.code, scripted.asked) == (2, [])


ECHO = f"Invalid input for field 'password': {SECRET} is not right"
LONG = "x" * 2000 + "CANARY"
IAM_ANSWERS: dict[str, tuple[Answer, int]] = {
    "wrong password": (
        Answer(401, {"error": {"code": 401, "message": "Wrong password.", "title": "Unauthorized"}}),
        12,
    ),
    "locked": (Answer(401, {"error": {"code": "IAM.0061", "message": "The account is locked.", "title": "x"}}), 12),
    "forbidden": (Answer(403, {"error": {"code": 403, "message": "Not allowed.", "title": "Forbidden"}}), 12),
    "no such project": (Answer(404, {"error": {"code": 404, "message": "No project.", "title": "x"}}), 12),
    "conflict": (Answer(409, {"error_code": "IAM.0005", "error_msg": "no"}), 12),
    "bad request": (Answer(400, {"error": {"code": 400, "message": "The request body is invalid", "title": "x"}}), 12),
    "it repeats the password, 400": (Answer(400, {"error": {"code": 400, "message": ECHO, "title": "x"}}), 12),
    "it repeats the password, 401": (Answer(401, {"error": {"code": 401, "message": ECHO, "title": "x"}}), 12),
    "it repeats the password, 500": (Answer(500, {"error_code": "IAM.0006", "error_msg": ECHO}), 7),
    "it repeats a part, far behind": (Answer(401, {"error": {"code": 401, "message": LONG, "title": "x"}}), 12),
    "it repeats the request in HTML": (Answer(502, f"<html>{ECHO}</html>".encode()), 7),
    "throttled": (Answer(429, {"error_code": "IAM.0012", "error_msg": "slow"}), 8),
    "down": (Answer(503), 7),
    "elsewhere": (Answer(302, b"", {"Location": "http://127.0.0.1:9/"}), 7),
    "no token": (Answer(201, described()), 7),
    "a token that cannot be sent": (Answer(201, described(), {"X-Subject-Token": "CANARY token"}), 7),
    "no description": (Answer(201, b"", {"X-Subject-Token": SUBJECT}), 7),
    "no end": (Answer(201, {"token": {}}, {"X-Subject-Token": SUBJECT}), 7),
    "a list": (Answer(201, [SUBJECT], {"X-Subject-Token": SUBJECT}), 7),
    "cut": (Answer(raw=f"HTTP/1.1 201 Created\r\nX-Subject-Token: {SUBJECT}".encode(), end="fin"), 7),
    "no answer": (Answer(raw=b"", end="rst"), 7),
}


@pytest.mark.long
@pytest.mark.parametrize(("answer", "code"), IAM_ANSWERS.values(), ids=IAM_ANSWERS.keys())
@pytest.mark.sampled(4)
def test_a_login_that_fails_is_not_repeated(answer: Answer, code: int, scripted: Scripted, run: Run) -> None:
    scripted.on(LOGIN, answer)
    names = [cbr.VAULT, cbr.VAULT.replace("3b", "3c"), cbr.VAULT.replace("3b", "3d")]
    result = run("backup", *(f"--vault={name}" for name in names), "-o", "json", "-vvv", env=USER)
    assert result.code == code, result.err
    document = result.json()
    assert (document["schema"], document["exit_code"]) == ("cbrctl.error/v1", code)
    assert document["error"]["kind"] == {7: "unreachable", 8: "throttled", 12: "auth"}[code]
    assert [a.method + a.path for a in scripted.asked] == [LOGIN.replace(" ", "")]
    check_silence(result.out, result.err)


def test_iam_that_is_not_there(scripted: Scripted, run: Run) -> None:
    result = run("vault", "list", "-o", "json", env={**USER, "CBRCTL_IAM_ENDPOINT": "http://127.0.0.1:1"})
    assert (result.code, result.json()["error"]["kind"]) == (7, "unreachable")
    assert scripted.asked == []


# a token from elsewhere ---------------------------------------------------------------------------------------------

BARE = {"CBRCTL_TOKEN": SUBJECT, "CBRCTL_PROJECT_ID": ""}
BARE_ANSWERS: dict[str, tuple[Answer, int, int]] = {
    "scoped": (Answer(200, described()), 0, 1),
    "for an account": (Answer(200, described(project=None)), 12, 0),
    "a project that is no id": (Answer(200, described(project="../../evil")), 12, 0),
    "unknown": (
        Answer(404, {"error": {"code": 404, "message": f"Could not find token: {SUBJECT}", "title": "x"}}),
        12,
        0,
    ),
    "expired": (Answer(401, {"error": {"code": 401, "message": "The token is expired.", "title": "x"}}), 12, 0),
    "down": (Answer(503), 7, 0),
}


@pytest.mark.parametrize(("answer", "code", "used"), BARE_ANSWERS.values(), ids=BARE_ANSWERS.keys())
def test_the_project_of_a_bare_token_is_asked_from_iam(
    answer: Answer, code: int, used: int, scripted: Scripted, run: Run
) -> None:
    serve_cbr(scripted)
    scripted.on(ASK_IAM, answer)
    result = run("vault", "list", "-o", "json", "-vvv", env=BARE)
    assert result.code == code, result.err
    asked = scripted.asked[0]
    assert (asked.headers["x-auth-token"], asked.headers["x-subject-token"]) == (SUBJECT, SUBJECT)
    assert tokens_used(scripted) == [SUBJECT] * used
    assert len(scripted.asked) == 1 + used
    check_silence(result.out, result.err)


def test_iam_is_not_asked_when_the_project_is_known(scripted: Scripted, run: Run) -> None:
    serve_cbr(scripted)
    assert run("vault", "list", env={"CBRCTL_IAM_ENDPOINT": "http://127.0.0.1:1"}).code == 0
    assert tokens_used(scripted) == ["a-token"]


def test_a_refused_bare_token_is_not_renewed(scripted: Scripted, run: Run) -> None:
    for path in (cbr.POST, cbr.COPIES, cbr.TASKS):
        scripted.on(path, Answer(401, {"error_code": "APIGW.0301", "error_msg": f"token {SUBJECT} expired"}))
    result = run("backup", "--vault", cbr.VAULT, "-o", "json", env={"CBRCTL_TOKEN": SUBJECT})
    assert (result.code, scripted.count(cbr.POST), scripted.count(LOGIN)) == (12, 1, 0)
    assert "token *** expired" in result.err
    check_silence(result.out, result.err)


# renewal ------------------------------------------------------------------------------------------------------------

OLD, NEW = "old-" + SUBJECT, "new-" + SUBJECT
EXPIRED = Answer(401, {"error_code": "APIGW.0307", "error_msg": "token expires"})


def follow_to_the_end(scripted: Scripted) -> None:
    """A backup that ends well."""
    scripted.on(cbr.POST, cbr.posted())
    scripted.on(cbr.SHOW, cbr.shown("available"))
    scripted.on(cbr.COPIES, cbr.copies((cbr.SERVER, "available")))
    scripted.on(cbr.TASKS, cbr.tasks((cbr.SERVER, "success", 100, "", "")))


@pytest.mark.parametrize("where", [cbr.SHOW, cbr.COPIES, cbr.TASKS, cbr.POST])
def test_a_refused_token_is_renewed_once(where: str, scripted: Scripted, run: Run) -> None:
    follow_to_the_end(scripted)
    rule = next(answers for pattern, answers, _ in scripted._rules if pattern == where)
    scripted.on(where, EXPIRED, *rule)
    scripted.on(LOGIN, issued(OLD), issued(NEW))
    result = run("backup", "--vault", cbr.VAULT, env=USER)
    assert result.code == 0, result.err
    assert scripted.count(LOGIN) == 2
    used = tokens_used(scripted)
    assert used == sorted(used, reverse=True)
    assert set(used) == ({OLD, NEW})
    [kept] = cache_files(run_home(run))
    assert json.loads(kept.read_text())["token"] == NEW


def test_a_token_that_is_refused_again_ends_the_following(scripted: Scripted, run: Run) -> None:
    follow_to_the_end(scripted)
    scripted.on(cbr.SHOW, EXPIRED)
    scripted.on(LOGIN, issued(OLD), issued(NEW))
    result = run("backup", "--vault", cbr.VAULT, "-o", "json", env=USER)
    [entry] = result.json()["backups"]
    assert (result.code, entry["outcome"], entry["sent"]) == (12, "pending", "yes")
    assert (scripted.count(LOGIN), scripted.count(cbr.SHOW), scripted.count(cbr.POST)) == (2, 2, 1)


def test_a_malformed_url_is_no_reason_to_log_in(scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.POST, Answer(401, {"unauthorized": {"code": "401", "message": "Malformed request url"}}))
    scripted.on(LOGIN, issued())
    assert run("backup", "--vault", cbr.VAULT, env=USER).code == 14
    assert (scripted.count(LOGIN), scripted.count(cbr.POST)) == (1, 1)


@pytest.mark.parametrize("command", [("auth", "status", "--check"), ("doctor",)], ids=" ".join)
def test_a_check_spends_one_login(command: tuple[str, ...], scripted: Scripted, run: Run) -> None:
    scripted.on(LOGIN, issued())
    scripted.on(VAULT_LIST, Answer(401, {"error_code": "APIGW.0301", "error_msg": "no"}))
    assert run(*command, env=USER).code == 12
    assert scripted.count(LOGIN) == 1


@pytest.mark.parametrize(("parallel", "posts"), [("1", 7), ("8", 12)])
def test_a_renewal_that_helps_nothing_is_not_repeated_for_other_vaults(
    parallel: str, posts: int, scripted: Scripted, run: Run
) -> None:
    """Each vault would cost another login, and accounts lock. What was on its way meanwhile is sent once more, with the new one."""
    scripted.on(LOGIN, issued())
    scripted.on(cbr.POST, Answer(401, {"error_code": "APIGW.0301", "error_msg": "no"}))
    scripted.on(cbr.COPIES, {"backups": [], "count": 0})
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0})
    vaults = [word for number in range(6) for word in ("--vault", cbr.VAULT[:-1] + str(number))]
    result = run("backup", *vaults, "--parallel", parallel, "-o", "json", env=USER)
    assert (result.code, {entry["error"]["kind"] for entry in result.json()["backups"]}) == (12, {"auth"})
    assert scripted.count(LOGIN) == 2
    assert 7 <= scripted.count(cbr.POST) <= posts


@pytest.mark.parametrize(("parallel", "posts"), [("1", 1), ("8", 3)])
def test_a_renewal_that_is_refused_is_not_repeated_for_other_vaults(
    parallel: str, posts: int, scripted: Scripted, run: Run
) -> None:
    scripted.on(cbr.POST, EXPIRED)
    scripted.on(LOGIN, issued(), Answer(401, {"error": {"code": 401, "message": "Wrong password.", "title": "x"}}))
    names = [cbr.VAULT, cbr.VAULT.replace("3b", "3c"), cbr.VAULT.replace("3b", "3d")]
    result = run("backup", *(f"--vault={name}" for name in names), "--parallel", parallel, "-o", "json", env=USER)
    entries = result.json()["backups"]
    assert [(e["exit_code"], e["outcome"], e["sent"]) for e in entries] == [(12, "error", "no")] * 3
    assert scripted.count(LOGIN) == 2
    assert 1 <= scripted.count(cbr.POST) <= posts


# silence ------------------------------------------------------------------------------------------------------------


def check_silence(*texts: str) -> None:
    """No secret stands in what was written, not even a part of one or one that was escaped."""
    for text in texts:
        assert "CANARY" not in text


SPOKEN: dict[str, tuple[str, Answer]] = {
    "all is well": (VAULT_LIST, Answer(200, {"vaults": [], "count": 0})),
    "refused": (VAULT_LIST, Answer(403, {"error_code": "APIGW.0302", "error_msg": f"not {SUBJECT}"})),
    "refused in HTML": (VAULT_LIST, Answer(502, f"<html>{SUBJECT}</html>".encode())),
    "no answer": (VAULT_LIST, Answer(raw=b"", end="rst")),
    "no HTTP": (VAULT_LIST, Answer(raw=f"{SUBJECT}\r\n\r\n".encode(), end="fin")),
    "expired": (VAULT_LIST, EXPIRED),
    "elsewhere": (VAULT_LIST, Answer(302, b"", {"Location": f"http://127.0.0.1:9/{SUBJECT}"})),
}


@pytest.mark.long
@pytest.mark.parametrize(("where", "answer"), SPOKEN.values(), ids=SPOKEN.keys())
@pytest.mark.parametrize("by", ["password", "token"])
def test_no_secret_is_written_anywhere(by: str, where: str, answer: Answer, scripted: Scripted, run: Run) -> None:
    scripted.on(LOGIN, issued())
    scripted.on(where, answer)
    env = USER if by == "password" else {"CBRCTL_TOKEN": SUBJECT}
    result = run("vault", "list", "-vvv", "-o", "json", env=env)
    assert "GET " in result.err
    check_silence(result.out, result.err)
    for path in cache_files(run_home(run)):
        assert path.name.startswith("token-") or "CANARY" not in path.read_text()


def test_no_secret_shows_when_the_parts_are_shown() -> None:
    secret = Secret(SECRET, "x")
    parts = [
        secret,
        ForeignToken(Secret(SUBJECT, "x")),
        Password("joe", "", "acme", "", secret, "CANARY-123456"),
        AccessKey("AK", secret, Secret(SUBJECT, "x")),
        CredentialSet(Password("joe", "", "acme", "", secret, "CANARY-123456")),
        Issued(SUBJECT, 1.0, cbr.PROJECT),
        Keys("AK", SECRET, SUBJECT),
    ]
    check_silence(*map(repr, parts), *map(str, parts), *(f"{part}" for part in parts))


# keys and codes -----------------------------------------------------------------------------------------------------

KEYS = [
    ("CBRCTL_ACCESS_KEY=a CBRCTL_SECRET_KEY=s", ("a", "s", "CBRCTL_SECRET_KEY")),
    ("HUAWEICLOUD_SDK_AK=a HUAWEICLOUD_SDK_SK=s", ("a", "s", "HUAWEICLOUD_SDK_SK")),
    ("HW_ACCESS_KEY=a HW_SECRET_KEY=s", ("a", "s", "HW_SECRET_KEY")),
    ("OS_ACCESS_KEY=a OS_SECRET_KEY=s", ("a", "s", "OS_SECRET_KEY")),
    ("CBRCTL_ACCESS_KEY=a CBRCTL_SECRET_KEY=s CBRCTL_SECURITY_TOKEN=t", ("a", "s", "t", "CBRCTL_SECRET_KEY")),
    (
        "HUAWEICLOUD_SDK_AK=a HUAWEICLOUD_SDK_SK=s HUAWEICLOUD_SDK_SECURITY_TOKEN=t HW_ACCESS_KEY=b",
        ("a", "s", "t", "HUAWEICLOUD_SDK_SK"),
    ),
    ("HW_ACCESS_KEY=a HW_SECRET_KEY=s HW_SECURITY_TOKEN=t", ("a", "s", "t", "HW_SECRET_KEY")),
    ("HW_USER_NAME=u HW_ACCESS_KEY=a HW_SECRET_KEY=s", ("a", "s", "HW_SECRET_KEY")),
]


@pytest.mark.parametrize(("variables", "values"), KEYS, ids=[k[0] for k in KEYS])
def test_access_keys(variables: str, values: tuple[str, ...]) -> None:
    found = find(words(variables))
    assert isinstance(found.proof, AccessKey)
    assert flatten(found) == values


@pytest.mark.parametrize(
    ("variables", "found", "missing"),
    [
        ("CBRCTL_ACCESS_KEY=a", "CBRCTL_ACCESS_KEY", "CBRCTL_SECRET_KEY"),
        ("HW_SECRET_KEY=s", "HW_SECRET_KEY", "HW_ACCESS_KEY"),
        ("HUAWEICLOUD_SDK_AK=a HW_SECRET_KEY=s", "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"),
        ("OS_SECURITY_TOKEN=t", "OS_SECURITY_TOKEN", "OS_ACCESS_KEY"),
        ("CBRCTL_PASSCODE=123456", "CBRCTL_PASSCODE", "CBRCTL_PASSWORD"),
        ("CBRCTL_AGENCY_NAME=a CBRCTL_AGENCY_DOMAIN_NAME=d", "CBRCTL_AGENCY_NAME", "CBRCTL_USERNAME"),
        ("HW_AUTH_TOKEN=t HW_ASSUME_ROLE_AGENCY_NAME=a", "HW_ASSUME_ROLE_AGENCY_NAME", "HW_ASSUME_ROLE_DOMAIN_NAME"),
    ],
)
def test_what_is_incomplete_does_not_fall_through_to_somebody_else(variables: str, found: str, missing: str) -> None:
    below = {"OS_USERNAME": "u", "OS_PASSWORD": "p", "OS_DOMAIN_NAME": "d"} if "OS_" not in variables else {}
    with pytest.raises(AuthError) as caught:
        find({**words(variables), **below})
    assert (caught.value.values["found"], caught.value.values["missing"]) == (found, missing)


def test_the_cloud_server_is_asked_only_when_that_was_chosen() -> None:
    found = find({"CBRCTL_CREDENTIAL_SOURCE": "metadata", "OS_TOKEN": "t"})
    assert found.proof == ServerAgency("CBRCTL_CREDENTIAL_SOURCE")
    with pytest.raises(UsageError, match="bad-value"):
        find({"CBRCTL_CREDENTIAL_SOURCE": "cloud"})


@pytest.mark.parametrize("family", ["CBRCTL", "OS"])
def test_a_one_time_code_goes_with_its_user(family: str) -> None:
    given = {f"{family}_{part}": "x" for part in ("USERNAME", "PASSWORD", "DOMAIN_NAME", "PASSCODE")}
    proof = find(given).proof
    assert isinstance(proof, Password)
    assert proof.passcode == "x"


@pytest.mark.parametrize("args", [(), ("--region", "cn-north-4")], ids=["no region", "no credentials"])
def test_the_profiles_that_there_are_are_named_where_none_was_chosen(
    args: tuple[str, ...], run: Run, tmp_path: Path
) -> None:
    """Who started a backup with --profile and resumes it without is not told to set up another one."""
    lacking = {**NOBODY, "CBRCTL_ENDPOINT": "", "CBRCTL_IAM_ENDPOINT": ""}
    assert "--profile takes" not in run("vault", "list", *args, env=lacking).err
    assert run("config", "set", "username", "u", "--profile", "prod").code == 0
    result = run("vault", "list", *args, env=lacking)
    assert (result.code, "--profile takes one of: prod." in result.err) == (12 if args else 2, True)
