"""Against OpenStack's own Keystone: logging in, being refused, and tokens that really expire or are revoked.

The practice cloud is behind a door that asks that Keystone for each token.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cbrctl.sandbox import Cloud, DemoCloud, Server
from cbrctl.sandbox.seed import VAULT_BE94
from tests.support.keystone import server
from tests.support.keystone.door import Door, Passage
from tests.support.keystone.server import DOMAIN, OTHER_REGION, PASSWORD, REGION, Asked, Keystone, make_passcode
from tests.support.program import ROOT, Result, clean_environ, run_in_pipe

pytestmark = pytest.mark.real

if not server.PYTHON:
    pytest.skip(
        "needs Keystone: CBRCTL_TEST_KEYSTONE names the Python of a venv with tests/support/keystone/requirements.txt",
        allow_module_level=True,
    )

REAL_CLOCK = str(Path(server.__file__).with_name("clock"))
SHORT = 2
"""Seconds that a token of the strict Keystone is good."""
STRICT = {
    "token": {"expiration": SHORT},
    "security_compliance": {"lockout_failure_attempts": 3, "lockout_duration": 1800},
}

Call = Callable[..., Result]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared folder, which all processes of this session share."""
    base = tmp_path_factory.getbasetemp()
    return server.prepare(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


@pytest.fixture(scope="module")
def running(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keystone]:
    """A Keystone whose tokens are good for an hour."""
    with Keystone(server.copy(template, tmp_path_factory.mktemp("keystone") / "usual")) as keystone:
        yield keystone


@pytest.fixture(scope="module")
def running_strict(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Keystone, str]]:
    """A Keystone whose tokens are good for a moment, and that locks whoever fails three times; and an early token."""
    with Keystone(server.copy(template, tmp_path_factory.mktemp("keystone") / "strict"), STRICT) as keystone:
        yield keystone, keystone.issue_token(project_id=keystone.ids[REGION])


@pytest.fixture
def keystone(running: Keystone) -> Keystone:
    """The usual one; what was asked before is forgotten."""
    running.take_asked()
    return running


@pytest.fixture
def strict(running_strict: tuple[Keystone, str]) -> Keystone:
    """The strict one."""
    running_strict[0].take_asked()
    return running_strict[0]


@pytest.fixture
def door(keystone: Keystone, cloud: Cloud) -> Iterator[Door]:
    """The way into the practice cloud; takes tokens of both manners."""
    with Door(keystone, cloud, keystone.huawei_url) as door:
        yield door


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Run cbrctl aimed at a door and its Keystone: `call(door, "vault", "list", env={…})`."""
    (tmp_path / "home").mkdir(exist_ok=True)

    def run(door: Door, *args: str, env: Mapping[str, str], huawei: bool = False, **more: Any) -> Result:
        iam = door.keystone.huawei_url if huawei else door.keystone.url
        aim = {"CBRCTL_ENDPOINT": door.url, "CBRCTL_IAM_ENDPOINT": iam}
        return run_in_pipe(args, clean_environ(tmp_path / "home", {**aim, **env}), **more)

    return run


def who(keystone: Keystone, username: str = "backup", password: str = PASSWORD, **more: str) -> dict[str, str]:
    """The variables of a user of the demo account, for its project; `more` replaces or adds, "" leaves out."""
    variables = {"username": username, "password": password, "domain_name": DOMAIN, "project_id": keystone.ids[REGION]}
    return {f"CBRCTL_{name.upper()}": value for name, value in {**variables, **more}.items()}


def logins(asked: list[Asked]) -> list[Asked]:
    """The logins among what was asked."""
    return [a for a in asked if (a.method, a.path) == ("POST", "/v3/auth/tokens")]


def check_silence(*results: Result) -> None:
    """No password, in whole or in part, in what was written."""
    for result in results:
        assert "CANARY" not in result.out + result.err


def check_refused(result: Result, asked: list[Asked], words: str = "IAM refused to log in.") -> None:
    """Exit 12 with these words, after exactly one login and nothing else, and without a secret."""
    assert (result.code, result.out) == (12, ""), result.err
    assert words in result.err
    assert [(a.method, a.path) for a in asked] == [("POST", "/v3/auth/tokens")]
    check_silence(result)


# logging in ---------------------------------------------------------------------------------------------------------

LOGINS: dict[str, dict[str, str]] = {
    "by name and account": {},
    "by name and account id": {"CBRCTL_DOMAIN_NAME": "", "CBRCTL_DOMAIN_ID": "{domain}"},
    "by id": {"CBRCTL_USERNAME": "", "CBRCTL_DOMAIN_NAME": "", "CBRCTL_USER_ID": "{backup}"},
    "unicode": {"CBRCTL_USERNAME": server.UNICODE_USER, "CBRCTL_PASSWORD": server.UNICODE_PASSWORD},
    "OpenStack's variables": {
        "CBRCTL_USERNAME": "", "CBRCTL_PASSWORD": "", "CBRCTL_DOMAIN_NAME": "", "CBRCTL_PROJECT_ID": "",
        "CBRCTL_IAM_ENDPOINT": "", "OS_AUTH_URL": "{url}/v3", "OS_USERNAME": "backup", "OS_PASSWORD": PASSWORD,
        "OS_USER_DOMAIN_NAME": DOMAIN, "OS_PROJECT_ID": "{cn-north-4}",
    },
}  # fmt: skip


@pytest.mark.parametrize("env", LOGINS.values(), ids=LOGINS.keys())
def test_a_login(env: dict[str, str], keystone: Keystone, door: Door, call: Call) -> None:
    filled = {k: v.format(url=keystone.url, **keystone.ids) for k, v in env.items()}
    result = call(door, "vault", "list", "-vvv", env={**who(keystone), **filled})
    assert result.code == 0, result.err
    assert VAULT_BE94 in [row["id"] for row in result.rows()]
    [login] = keystone.take_asked()
    assert (login.status, login.query) == (201, "nocatalog=true")
    assert login.answer["token"]["project"]["name"] == REGION
    assert "catalog" not in login.answer["token"]
    assert [p.status for p in door.lists] == [200]
    check_silence(result)


def test_the_catalogue_would_be_there(keystone: Keystone) -> None:
    user = {"name": "backup", "password": PASSWORD}
    for path, types in (("", ["cbr", "identity"]), ("?nocatalog=true", [])):
        token = keystone.log_in(user, keystone.ids[REGION], path).json()["token"]
        assert sorted(service["type"] for service in token.get("catalog", [])) == types


@pytest.mark.parametrize("project", [{"project_name": OTHER_REGION}, {"region": OTHER_REGION}], ids=["name", "region"])
@pytest.mark.parametrize("user", [{}, {"username": "", "domain_name": "", "user_id": "{backup}"}], ids=["name", "id"])
def test_a_project_by_name_in_huaweis_manner(
    user: dict[str, str], project: dict[str, str], keystone: Keystone, door: Door, call: Call
) -> None:
    filled = {k: v.format(**keystone.ids) for k, v in user.items()}
    env = who(keystone, project_id="", **project, **filled)
    result = call(door, "vault", "list", env=env, huawei=True)
    assert result.code == 0, result.err
    [login] = keystone.take_asked()
    assert login.answer["token"]["project"]["id"] == keystone.ids[OTHER_REGION]
    [passage] = door.lists
    assert passage.path.startswith(f"/v3/{keystone.ids[OTHER_REGION]}/vaults")
    assert len(passage.token) > 6000


def test_a_project_by_name_in_keystones_manner(keystone: Keystone, door: Door, call: Call) -> None:
    # Keystone wants to know the account of a project that is named, and refuses with 400 otherwise
    env = who(keystone, project_id="", project_name=OTHER_REGION)
    result = call(door, "vault", "list", env=env)
    assert result.code == 0, result.err
    [login] = keystone.take_asked()
    assert login.body["auth"]["scope"]["project"] == {"name": OTHER_REGION, "domain": {"name": DOMAIN}}


def test_a_long_token_is_kept_and_used_again(keystone: Keystone, door: Door, call: Call) -> None:
    for _ in range(2):
        assert call(door, "vault", "list", env=who(keystone), huawei=True).code == 0
    assert len(logins(keystone.take_asked())) == 1
    first, second = door.lists
    assert first.token == second.token
    assert len(first.token) > 6000


ODD_PASSWORDS = {
    "quotes": "CANARY-\"double\"-'single'-`back`",
    "backslashes": "CANARY-\\n\\u0041\\",
    "blanks": "  CANARY with blanks  ",
    "JSON": '{"CANARY": [1, null]}',
    "a plane above": "CANARY-🔑-𠀀",
    "accents that combine": "CANARY-e\u0301-\u202e",
    "long": "CANARY-" + "x" * 60,
}


@pytest.mark.parametrize("password", ODD_PASSWORDS.values(), ids=ODD_PASSWORDS.keys())
def test_a_password_of_odd_characters(password: str, keystone: Keystone, door: Door, call: Call) -> None:
    name = f"odd-{time.monotonic_ns()}"
    keystone.add_user(name, password, keystone.ids[REGION])
    good = call(door, "vault", "list", "-vvv", env=who(keystone, name, password))
    assert good.code == 0, good.err
    [login] = keystone.take_asked()
    assert login.body["auth"]["identity"]["password"]["user"]["password"] == password
    wrong = call(door, "vault", "list", "-vvv", env=who(keystone, name, "~" + password, project_id="", region=REGION))
    assert wrong.code == 12
    check_silence(good, wrong)


# being refused ------------------------------------------------------------------------------------------------------

REFUSED: dict[str, dict[str, str]] = {
    "wrong password": {"password": "CANARY-wrong"},
    "unknown user": {"username": "nobody"},
    "unknown account": {"domain_name": "nowhere"},
    "unknown user id": {"username": "", "user_id": "0" * 32},
    "unknown project": {"project_id": "0" * 32},
    "disabled project": {"project_id": "{disabled-project}"},
    "disabled user": {"username": "disabled"},
    "no role": {"username": "norole"},
}


@pytest.mark.parametrize("level", ["", "-vvv"], ids=["plain", "verbose"])
@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_login_that_keystone_refuses(
    change: dict[str, str], level: str, keystone: Keystone, door: Door, call: Call
) -> None:
    env = who(keystone, **{k: v.format(**keystone.ids) for k, v in change.items()})
    result = call(door, "backup", "--vault", VAULT_BE94, *filter(None, [level]), env=env)
    check_refused(result, keystone.take_asked())
    assert "The request you have made requires authentication." in result.err
    assert door.passages == []


@pytest.mark.parametrize("project", ["no-such-project", "disabled-project"])
def test_a_project_by_name_that_keystone_refuses(project: str, keystone: Keystone, door: Door, call: Call) -> None:
    result = call(door, "vault", "list", env=who(keystone, project_id="", project_name=project), huawei=True)
    check_refused(result, keystone.take_asked())


def test_a_refusal_in_json(keystone: Keystone, door: Door, call: Call) -> None:
    env = who(keystone, password="CANARY-wrong")
    result = call(door, "backup", "--vault", VAULT_BE94, "-o", "json", env=env)
    document = result.json()
    assert (result.code, document["schema"], document["exit_code"]) == (12, "cbrctl.error/v1", 12)
    error = document["error"]
    assert (error["kind"], error["code"], error["http_status"]) == ("auth", None, 401)
    assert error["request_id"].startswith("req-")
    assert len(keystone.take_asked()) == 1
    check_silence(result)


@pytest.mark.parametrize("form", ["table", "json"])
def test_a_refusal_that_repeats_the_password(form: str, keystone: Keystone, door: Door, call: Call) -> None:
    result = call(door, "vault", "list", "-vvv", "-o", form, env=who(keystone, "mangled"), huawei=True)
    [login] = keystone.take_asked()
    assert login.status == 400
    assert f"['{PASSWORD}'] is not of type 'string'" in login.answer["error"]["message"]
    assert result.code == 12
    assert "IAM could not make sense of the login." in result.err
    check_silence(result)


# one-time codes -----------------------------------------------------------------------------------------------------


def passcode(shift: int = 0) -> str:
    """The code of now, or one that is wrong by `shift`."""
    return f"{(int(make_passcode(server.PASSCODE_SECRET, time.time())) + shift) % 1_000_000:06}"


MFA: dict[str, dict[str, str]] = {
    "by name": {"username": "mfa"},
    "by id": {"username": "", "domain_name": "", "user_id": "{mfa}"},
}


@pytest.mark.parametrize("user", MFA.values(), ids=MFA.keys())
def test_a_right_code(user: dict[str, str], keystone: Keystone, door: Door, call: Call) -> None:
    env = who(keystone, **{k: v.format(**keystone.ids) for k, v in user.items()})
    first = call(door, "vault", "list", "-vvv", env={**env, "CBRCTL_PASSCODE": passcode()})
    assert first.code == 0, first.err
    second = call(door, "vault", "list", "-vvv", env=env)
    assert second.code == 0, second.err
    [login] = keystone.take_asked()
    assert (login.methods, login.status) == (["password", "totp"], 201)
    assert [p.status for p in door.lists] == [200, 200]
    check_silence(first, second)


def test_a_wrong_code(keystone: Keystone, door: Door, call: Call) -> None:
    result = call(door, "vault", "list", "-vvv", env=who(keystone, "mfa", passcode=passcode(500_000)))
    asked = keystone.take_asked()
    check_refused(result, asked)
    assert asked[0].methods == ["password", "totp"]


def test_no_code_where_one_is_wanted(keystone: Keystone, door: Door, call: Call) -> None:
    result = call(door, "vault", "list", "-vvv", env=who(keystone, "mfa"))
    asked = keystone.take_asked()
    check_refused(result, asked, words="Set CBRCTL_PASSCODE")
    [wanted] = asked[0].answer["required_auth_methods"]
    assert sorted(wanted) == ["password", "totp"]  # Keystone's receipt: the password is right, and not enough
    assert asked[0].methods == ["password"]


# an account that locks ----------------------------------------------------------------------------------------------


@pytest.fixture
def strict_door(strict: Keystone, cloud: Cloud) -> Iterator[Door]:
    """The way in past the strict Keystone."""
    with Door(strict, cloud) as door:
        yield door


def test_an_account_that_locks(strict: Keystone, strict_door: Door, call: Call) -> None:
    strict.add_user("locked", PASSWORD, strict.ids[REGION])
    good, wrong = who(strict, "locked"), who(strict, "locked", "CANARY-wrong")
    for _ in range(3):  # two failures do not lock, and a login that went well forgets them
        for _ in range(2):
            check_refused(call(strict_door, "vault", "list", env=wrong), strict.take_asked())
        assert call(strict_door, "vault", "list", env=good).code == 0
        strict.take_asked()
    for _ in range(3):
        check_refused(call(strict_door, "vault", "list", env=wrong), strict.take_asked())
    result = call(strict_door, "vault", "list", env=good)
    check_refused(result, strict.take_asked())
    assert "the account is locked" in result.err


def test_many_vaults_and_a_wrong_password_are_one_failure(strict: Keystone, strict_door: Door, call: Call) -> None:
    strict.add_user("many", PASSWORD, strict.ids[REGION])
    vaults = [f"--vault={VAULT_BE94[:-1]}{n}" for n in range(8)]
    wrong = who(strict, "many", "CANARY-wrong")
    for _ in range(2):
        check_refused(call(strict_door, "backup", *vaults, env=wrong), strict.take_asked())
    assert call(strict_door, "vault", "list", env=who(strict, "many")).code == 0


# a token that ends --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [0, -3600], ids=["its end is known", "the clock is an hour slow"])
def test_a_token_that_expires_while_a_backup_is_followed(offset: int, strict: Keystone, call: Call) -> None:
    start = time.time()
    ended = False

    def read_clock() -> float:
        return start + (600.0 if ended else 1.0)

    def end_with_the_first_token(passage: Passage) -> None:
        nonlocal ended
        first = way.passages[0].token
        ended = ended or (passage.token != first and strict.describe_token(first) is None)

    # the token's clock is Keystone's own, so this one sleeps for real, and the backup lasts longer than the token
    path = os.pathsep.join([REAL_CLOCK, ROOT])
    env = {**who(strict), "PYTHONPATH": path, "TEST_CLOCK_OFFSET": str(offset)}
    cloud = DemoCloud(clock=read_clock)
    with Server(cloud), Door(strict, cloud) as way:
        way.after = end_with_the_first_token
        result = call(way, "backup", "--vault", VAULT_BE94, "--poll-interval", "300ms", "-o", "json", env=env)
        [entry] = result.json()["backups"]
        assert (result.code, entry["outcome"], entry["sent"]) == (0, "completed", "yes"), result.err
        assert way.count_posts() == 1
        if offset:  # cbrctl takes the token for good until the gateway says that it is not
            assert "GET" in [p.method for p in way.refused]
        assert {p.status for p in way.refused} <= {401}
        made = logins(strict.take_asked())
        assert {login.status for login in made} == {201}
        assert len({p.token for p in way.passages}) == len(made)
    check_silence(result)


def test_a_token_that_is_revoked_while_a_backup_is_followed(keystone: Keystone, door: Door, call: Call) -> None:
    def revoke_once(passage: Passage) -> None:
        if passage.method == "GET" and passage.inside and not door.refused:
            keystone.revoke(passage.token)

    door.after = revoke_once
    result = call(door, "backup", "--vault", VAULT_BE94, "-o", "json", env=who(keystone))
    [entry] = result.json()["backups"]
    assert (result.code, entry["outcome"]) == (0, "completed"), result.err
    assert door.count_posts() == 1
    assert [(p.method, p.status) for p in door.refused] == [("GET", 401)]
    assert [login.status for login in logins(keystone.take_asked())] == [201, 201]


def test_a_password_that_is_changed_while_a_backup_is_followed(keystone: Keystone, door: Door, call: Call) -> None:
    user = keystone.add_user("changed", PASSWORD, keystone.ids[REGION])
    changed = "CANARY-changed"

    def change_once(passage: Passage) -> None:
        if passage.method == "GET" and passage.inside:
            keystone.change_password(user, changed)

    door.after = change_once
    result = call(door, "backup", "--vault", VAULT_BE94, "-o", "json", env=who(keystone, "changed"))
    [entry] = result.json()["backups"]
    assert (result.code, entry["exit_code"], entry["outcome"], entry["sent"]) == (12, 12, "pending", "yes"), result.err
    checkpoint = entry["checkpoint"]["id"]
    assert checkpoint in result.err
    assert [login.status for login in logins(keystone.take_asked())] == [201, 401]
    check_silence(result)

    door.after = lambda passage: None
    keystone.wait_until_valid("changed", changed)
    settled = call(door, "resume", "-o", "json", env=who(keystone, "changed", changed))
    [entry] = settled.json()["backups"]
    assert (settled.code, entry["outcome"], entry["checkpoint"]["id"]) == (0, "completed", checkpoint), settled.err
    assert door.count_posts() == 1
    check_silence(settled)


def test_a_kept_token_that_was_revoked(keystone: Keystone, door: Door, call: Call) -> None:
    assert call(door, "vault", "list", env=who(keystone)).code == 0
    keystone.revoke(door.passages[0].token)
    assert call(door, "vault", "list", env=who(keystone)).code == 0
    assert [p.status for p in door.lists] == [200, 401, 200]
    assert len(logins(keystone.take_asked())) == 2


# a token from elsewhere ---------------------------------------------------------------------------------------------


def given(token: str, **more: str) -> dict[str, str]:
    """The variables of a token from elsewhere."""
    return {"CBRCTL_TOKEN": token, **{f"CBRCTL_{name.upper()}": value for name, value in more.items()}}


def test_a_given_token_tells_its_project(keystone: Keystone, door: Door, call: Call) -> None:
    token = keystone.issue_token(project_id=keystone.ids[OTHER_REGION])
    result = call(door, "vault", "list", "-vvv", env=given(token))
    assert result.code == 0, result.err
    assert [(a.method, a.path, a.status) for a in keystone.take_asked()] == [("GET", "/v3/auth/tokens", 200)]
    assert [p.token for p in door.lists] == [token]
    assert token not in result.out + result.err


def test_a_given_token_of_another_project(keystone: Keystone, door: Door, call: Call) -> None:
    token = keystone.issue_token(project_id=keystone.ids[OTHER_REGION])
    result = call(door, "vault", "list", env=given(token, project_id=keystone.ids[REGION]))
    assert (result.code, result.out) == (12, "")
    assert [p.status for p in door.passages] == [403]
    assert keystone.take_asked() == []


@pytest.mark.parametrize("huawei", [True, False], ids=["Huawei's manner", "Keystone's"])
@pytest.mark.parametrize("name", ["project_name", "region"])
def test_a_given_token_for_no_project_gets_one(
    name: str, huawei: bool, keystone: Keystone, door: Door, call: Call
) -> None:
    token = keystone.issue_token()
    result = call(door, "vault", "list", "-vvv", env=given(token, **{name: REGION}), huawei=huawei)
    assert result.code == 0, result.err
    made = logins(keystone.take_asked())
    assert [(login.methods, login.status) for login in made] == [(["token"], 201)]
    [passage] = door.lists
    assert passage.path.startswith(f"/v3/{keystone.ids[REGION]}/vaults")
    assert passage.token != token
    assert token not in result.out + result.err


def spoil_nothing(keystone: Keystone) -> str:
    """A token that Keystone never made."""
    return "gAAAAAB-CANARY-" + "x" * 160


def spoil_a_letter(keystone: Keystone) -> str:
    """A token with one letter changed."""
    token = keystone.issue_token(project_id=keystone.ids[REGION])
    return token[:80] + ("A" if token[80] != "A" else "B") + token[81:]


def revoke(keystone: Keystone) -> str:
    """A token that was revoked."""
    token = keystone.issue_token(project_id=keystone.ids[REGION])
    keystone.revoke(token)
    return token


VOID = {"garbage": spoil_nothing, "spoilt": spoil_a_letter, "revoked": revoke}


@pytest.mark.parametrize("make", VOID.values(), ids=VOID.keys())
def test_a_given_token_that_is_void(
    make: Callable[[Keystone], str], keystone: Keystone, cloud: Cloud, call: Call
) -> None:
    check_void(make(keystone), keystone, cloud, call)


def test_a_given_token_that_expired(
    running_strict: tuple[Keystone, str], strict: Keystone, cloud: Cloud, call: Call
) -> None:
    token = running_strict[1]
    until = time.monotonic() + SHORT + 2
    while strict.describe_token(token) is not None and time.monotonic() < until:
        time.sleep(0.05)
    check_void(token, strict, cloud, call)


def check_void(token: str, keystone: Keystone, cloud: Cloud, call: Call) -> None:
    """Exit 12 wherever the token is refused, and no other is got for it."""
    with Door(keystone, cloud) as door:
        known = call(door, "vault", "list", "-vvv", env=given(token, project_id=keystone.ids[REGION]))
        assert [p.status for p in door.passages] == [401]
        assert keystone.take_asked() == []  # a token from elsewhere is not renewed
        others = [call(door, "vault", "list", "-vvv", env=given(token, **more)) for more in ({}, {"region": REGION})]
        assert len(door.passages) == 1
    assert {a.status for a in keystone.take_asked()} <= {401, 404}
    for result in (known, *others):
        assert (result.code, result.out) == (12, ""), result.err
        assert token not in result.err


def test_nothing_of_a_run_holds_the_password(keystone: Keystone, door: Door, call: Call, tmp_path: Path) -> None:
    result = call(door, "backup", "--vault", VAULT_BE94, "-vvv", env=who(keystone))
    assert result.code == 0, result.err
    check_silence(result)
    files = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert b"CANARY" not in path.read_bytes()
    [kept] = [path for path in files if path.name.startswith("token-") and path.suffix == ".json"]
    assert json.loads(kept.read_text())["token"] == door.passages[0].token
