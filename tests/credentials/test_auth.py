"""`cbrctl auth`: what is verified is kept, what was kept is removed whole, and what there is is shown without its secret."""

import os
import re
import signal
from pathlib import Path

import pexpect
import pytest

from cbrctl.sandbox import Cloud
from cbrctl.sandbox.account import DOMAIN_ID
from tests.support import secret_service
from tests.support.logins import LOGIN, USER, issued, serve_cbr
from tests.support.practice import AGENCY, KEY, MFA, NOBODY, PASSWORD, to_iam
from tests.support.program import PROGRAM, Result, Run
from tests.support.schemas import validate, validate_lines
from tests.support.scripted import Scripted

CANARY = "CANARY-wrong-secret"


def files(home: Path) -> dict[str, bytes]:
    """Every file under a home, by its name from there."""
    return {str(p.relative_to(home)): p.read_bytes() for p in home.rglob("*") if p.is_file()}


def log_in(run: Run, *more: str, secret: str = PASSWORD) -> Result:
    """Log in as the practice user."""
    who = () if more else ("--username", "sandbox-user", "--domain-name", "sandbox-account")
    return run("auth", "login", *who, *more, stdin=f"{secret}\n")


# logging in and out ---------------------------------------------------------------------------------------------------


@pytest.mark.heavy
@pytest.mark.real
class TestWithAKeyring:
    def test_a_login_is_kept_and_used(
        self, keyring: secret_service.SecretService, cloud: Cloud, run: Run, tmp_path: Path
    ) -> None:
        result = log_in(run)
        assert result.code == 0, result.err
        assert result.err == (
            f"IAM is {cloud.variables['CBRCTL_IAM_ENDPOINT']} (CBRCTL_IAM_ENDPOINT).\n"  # type: ignore[attr-defined]
            "Logged in as sandbox-user of sandbox-account; profile default, secret in the keyring (secret-service).\n"
        )
        [row] = result.rows()
        assert (row["source"], row["kind"], row["used"]) == ("profile default", "password", "true")
        home = tmp_path / "home"
        assert (home / ".config/cbrctl/config.toml").read_text() == (
            '[profiles.default]\nusername = "sandbox-user"\ndomain_name = "sandbox-account"\n'
        )
        assert all(PASSWORD.encode() not in data for data in files(home).values())
        assert to_iam(cloud) == ["POST /v3/auth/tokens"]
        # the token of the login serves the next run; without it the keyring is asked
        assert run("vault", "list").code == 0
        assert to_iam(cloud) == ["POST /v3/auth/tokens"]
        assert run("vault", "list", "--no-cache").code == 0
        assert to_iam(cloud) == ["POST /v3/auth/tokens"] * 2

    def test_a_logout_leaves_nothing(
        self, keyring: secret_service.SecretService, cloud: Cloud, run: Run, tmp_path: Path
    ) -> None:
        log_in(run)
        result = run("auth", "logout")
        assert (result.code, result.out) == (0, "")
        warning, told = result.err.splitlines()
        assert told == "Profile default: removed kept tokens, the secret in the keyring, the user in the profile."
        assert "may be good still" in warning, "the practice cloud takes no token back"
        left = files(tmp_path / "home")
        assert [name for name in left if "token" in name] == []
        assert all(b"sandbox-user" not in data for data in left.values())
        assert run("vault", "list").code == 12
        again = run("auth", "logout")
        assert (again.code, again.err) == (0, "Profile default: nothing was kept.\n")
        # what the keyring held is gone, too: the user alone is not enough
        assert run("config", "set", "username", "sandbox-user").code == 0
        assert run("config", "set", "domain_name", "sandbox-account").code == 0
        result = run("vault", "list")
        assert (result.code, "The keyring holds no password" in result.err) == (12, True)

    def test_an_access_key(self, keyring: secret_service.SecretService, cloud: Cloud, run: Run) -> None:
        result = log_in(
            run, "--profile", "prod", "--access-key", KEY["CBRCTL_ACCESS_KEY"], secret=KEY["CBRCTL_SECRET_KEY"]
        )
        assert result.code == 0, result.err
        assert to_iam(cloud) == ["GET /v3/auth/domains"]
        assert run("vault", "list", "--profile", "prod").code == 0
        assert run("vault", "list").code == 12

    def test_settings_are_not_kept_and_that_is_said(
        self, keyring: secret_service.SecretService, cloud: Cloud, run: Run
    ) -> None:
        who = ("--username", "sandbox-user", "--domain-name", "sandbox-account")
        result = log_in(run, *who, "--profile", "new", "--region", "cn-north-4")
        assert result.code == 0
        assert "Not kept: --region. cbrctl config set keeps settings." in result.err
        assert run("config", "get", "region", "--profile", "new", env={"CBRCTL_REGION": ""}).code == 10

    def test_a_user_with_a_code(self, keyring: secret_service.SecretService, cloud: Cloud, run: Run) -> None:
        who = ("--username", "sandbox-mfa", "--domain-name", "sandbox-account")
        assert run("auth", "login", *who, stdin=f"{PASSWORD}\n123456\n").code == 0
        assert run("vault", "list").code == 0
        assert to_iam(cloud) == ["POST /v3/auth/tokens"]

    def test_a_login_anew_replaces_the_first(
        self, keyring: secret_service.SecretService, cloud: Cloud, run: Run, tmp_path: Path
    ) -> None:
        log_in(run)
        result = log_in(run, "--access-key", KEY["CBRCTL_ACCESS_KEY"], secret=KEY["CBRCTL_SECRET_KEY"])
        assert result.code == 0, result.err
        config = (tmp_path / "home/.config/cbrctl/config.toml").read_text()
        assert ("username" in config, "access_key" in config) == (False, True)
        assert run("vault", "list").code == 0

    @pytest.mark.parametrize("by", ["password", "access key"])
    def test_what_iam_refuses_is_not_kept(
        self, by: str, keyring: secret_service.SecretService, cloud: Cloud, run: Run, tmp_path: Path
    ) -> None:
        more = ("--access-key", KEY["CBRCTL_ACCESS_KEY"]) if by == "access key" else ()
        result = log_in(run, *more, secret=CANARY)
        assert (result.code, result.out) == (12, "")
        assert CANARY not in result.err
        assert len(to_iam(cloud)) == 1
        assert "config.toml" not in " ".join(files(tmp_path / "home"))
        assert run("auth", "status").code == 12

    @pytest.mark.parametrize("by", ["password", "access key"])
    @pytest.mark.parametrize("way", ["address of IAM", "address of CBR", "proxy", "CA bundle"])
    def test_a_stored_secret_goes_no_other_way(
        self, way: str, by: str, keyring: secret_service.SecretService, cloud: Cloud, scripted: Scripted, run: Run,
        tmp_path: Path,
    ) -> None:  # fmt: skip
        """Whoever can change the configuration must not learn the secret, nor what is done with it."""
        bundle = tmp_path / "ca.pem"
        bundle.write_text("")
        key = ("--access-key", KEY["CBRCTL_ACCESS_KEY"])
        assert (
            log_in(run, *key, secret=KEY["CBRCTL_SECRET_KEY"]).code == 0
            if by == "access key"
            else log_in(run).code == 0
        )
        changed = {
            "address of IAM": {"CBRCTL_IAM_ENDPOINT": scripted.url},
            "address of CBR": {"CBRCTL_ENDPOINT": scripted.url},
            "proxy": {"CBRCTL_PROXY": scripted.url},
            "CA bundle": {"OS_CACERT": str(bundle)},
        }[way]
        before = len(cloud.requests)
        # a token that the login left behind goes no other way either
        for line in (("vault", "list", "--no-cache"), ("vault", "list"), ("auth", "status")):
            result = run(*line, env=changed)
            assert (result.code, result.out, scripted.asked, len(cloud.requests)) == (12, "", [], before)
            assert f"It was verified with another {way}. It was not sent." in re.sub(r"\s+", " ", result.err)
        assert run("vault", "list").code == 0

    def test_a_login_asks_the_address_that_a_run_will_ask(
        self, keyring: secret_service.SecretService, cloud: Cloud, scripted: Scripted, run: Run
    ) -> None:
        assert run("config", "set", "iam_endpoint", cloud.url).code == 0
        env = {"CBRCTL_IAM_ENDPOINT": "", "OS_AUTH_URL": scripted.url}
        who = ("--username", "sandbox-user", "--domain-name", "sandbox-account")
        assert run("auth", "login", *who, stdin=f"{PASSWORD}\n", env=env).code == 0
        assert run("vault", "list", "--no-cache", env=env).code == 0
        assert scripted.asked == []

    def test_a_stored_password_is_for_one_user(
        self, keyring: secret_service.SecretService, cloud: Cloud, run: Run
    ) -> None:
        log_in(run)
        assert run("config", "set", "username", "sandbox-mfa").code == 0
        before = to_iam(cloud)
        assert (run("vault", "list").code, to_iam(cloud)) == (12, before)

    def test_an_old_token_proves_nothing(self, keyring: secret_service.SecretService, cloud: Cloud, run: Run) -> None:
        log_in(run)
        result = log_in(run, secret=CANARY)
        assert (result.code, result.out, len(to_iam(cloud))) == (12, "", 2)
        # what was kept before is kept still
        assert run("vault", "list", "--no-cache").code == 0

    def test_a_profile_that_cannot_be_written_changes_nothing(
        self, keyring: secret_service.SecretService, cloud: Cloud, run: Run, tmp_path: Path
    ) -> None:
        log_in(run)
        lock = tmp_path / "home/.config/cbrctl/config.lock"
        lock.unlink()
        lock.mkdir()
        result = log_in(run, "--access-key", KEY["CBRCTL_ACCESS_KEY"], secret=KEY["CBRCTL_SECRET_KEY"])
        assert (result.code, result.out) == (15, "")
        assert len(to_iam(cloud)) == 1, "it is seen before a login is spent"
        lock.rmdir()
        assert run("vault", "list", "--no-cache").code == 0
        # nor does a first login leave its secret behind
        lock.mkdir()
        assert (
            log_in(
                run, "--profile", "new", "--access-key", KEY["CBRCTL_ACCESS_KEY"], secret=KEY["CBRCTL_SECRET_KEY"]
            ).code
            == 15
        )
        lock.rmdir()
        assert run("config", "set", "access_key", KEY["CBRCTL_ACCESS_KEY"], "--profile", "new").code == 0
        assert "The keyring holds no secret key" in run("vault", "list", "--profile", "new").err

    def test_a_logout_finds_the_secret_though_the_profile_does_not_name_it(
        self, keyring: secret_service.SecretService, cloud: Cloud, run: Run
    ) -> None:
        log_in(run)
        assert run("config", "unset", "username").code == 0
        assert "the secret in the keyring" in run("auth", "logout").err

    def test_a_given_account_takes_the_place_of_the_profiles(
        self, keyring: secret_service.SecretService, cloud: Cloud, run: Run
    ) -> None:
        assert run("config", "set", "domain_id", DOMAIN_ID).code == 0
        result = log_in(run, "--username", "sandbox-user", "--domain-name", "another")
        assert (result.code, result.out) == (12, "")

    def test_a_method_is_not_overruled_by_the_profile(
        self, keyring: secret_service.SecretService, cloud: Cloud, run: Run
    ) -> None:
        assert run("config", "set", "access_key", "AK").code == 0
        result = run("auth", "login", "--method", "password", stdin=f"{PASSWORD}\n")
        assert (result.code, to_iam(cloud)) == (2, [])
        assert "--username is missing" in result.err

    def test_a_half_set_that_is_in_the_way_is_told(
        self, keyring: secret_service.SecretService, cloud: Cloud, run: Run
    ) -> None:
        who = ("--username", "sandbox-user", "--domain-name", "sandbox-account")
        result = run("auth", "login", *who, stdin=f"{PASSWORD}\n", env={"CBRCTL_SECRET_KEY": "s"})
        assert result.code == 0
        assert "warning: CBRCTL_SECRET_KEY is set, but CBRCTL_ACCESS_KEY is not." in result.err

    def test_a_locked_keyring_says_what_to_do(
        self, keyring: secret_service.SecretService, cloud: Cloud, run: Run
    ) -> None:
        log_in(run)
        keyring.hang()
        result = run("vault", "list", "--no-cache")
        assert (result.code, result.out) == (15, "")
        assert "did not answer" in result.err
        assert "CBRCTL_PASSWORD_FILE" in result.err
        # a logout that cannot ask the keyring does not forget that it holds something
        out = run("auth", "logout")
        assert (out.code, out.out) == (15, "")
        assert run("auth", "status").rows()[0]["identity"] == "sandbox-user of sandbox-account"

    def test_a_person_is_asked(
        self, keyring: secret_service.SecretService, cloud: Cloud, environ: dict[str, str], tmp_path: Path
    ) -> None:
        child = pexpect.spawn(
            PROGRAM[0], [*PROGRAM[1:], "auth", "login"], env=environ, encoding="utf-8", timeout=20, dimensions=(30, 80)
        )
        for question, answer in (
            (r"access key \(3\)\? \[1\] ", ""),
            ("IAM user: ", "sandbox-user"),
            ("Account: ", "sandbox-account"),
            ("Password: ", PASSWORD),
        ):
            child.expect(question)
            child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0
        assert "Logged in as sandbox-user" in child.before
        assert PASSWORD not in child.before


def test_nothing_is_kept_where_there_is_no_keyring(cloud: Cloud, run: Run, tmp_path: Path) -> None:
    """As in cron and in a container: no login is spent, and what to do instead is said."""
    nowhere = {**NOBODY, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
    result = run("auth", "login", "--username", "u", "--domain-name", "d", stdin=f"{PASSWORD}\n", env=nowhere)
    assert (result.code, result.out, to_iam(cloud)) == (15, "", [])
    assert "CBRCTL_PASSWORD_FILE" in result.err
    assert "password_file" in result.err


BAD_LINES = {
    "no user": (["--domain-name", "d"], PASSWORD, 2, "--username is missing"),
    "no account": (["--username", "u"], PASSWORD, 2, "--domain-name is missing"),
    "no secret": (["--username", "u", "--domain-name", "d"], "", 2, "It is empty"),
    "an empty line": (["--username", "u", "--domain-name", "d"], "\nx\n", 2, "It is empty"),
    "both kinds": (["--username", "u", "--access-key", "a"], "x", 2, "contradict"),
    "a user twice": (["--username", "u", "--user-id", "i"], "x", 2, "contradict"),
    "an account twice": (["--username", "u", "--domain-name", "d", "--domain-id", "i"], "x", 2, "contradict"),
    "a key of an account": (["--access-key", "a", "--domain-name", "d"], "x", 2, "contradict"),
    "the other method": (["--method", "access-key", "--username", "u"], "x", 2, "contradict"),
    "a profile's name": (["--profile", "a b", "--username", "u", "--domain-name", "d"], "x", 2, "cannot be named"),
    "the practice cloud": (["--sandbox"], "x", 2, "no option --sandbox"),
    "a method that is none": (["--method", "magic"], "x", 2, "--method cannot be magic"),
    "a secret as an option": (["--password", "CANARY"], "x", 2, "There is no option --password"),
    "ids": (["-o", "id"], "x", 2, "no ids"),
}


@pytest.mark.parametrize(("args", "stdin", "code", "shown"), BAD_LINES.values(), ids=BAD_LINES.keys())
def test_a_login_that_is_not_understood(
    args: list[str], stdin: str, code: int, shown: str, cloud: Cloud, run: Run
) -> None:
    result = run("auth", "login", *args, stdin=stdin, env=NOBODY)
    assert (result.code, result.out, to_iam(cloud)) == (code, "", [])
    assert shown in result.err
    assert "CANARY" not in result.err


def test_a_login_to_a_profile_that_names_its_secret(cloud: Cloud, run: Run) -> None:
    assert run("config", "set", "password_file", "/etc/hostname").code == 0
    result = run("auth", "login", "--username", "u", "--domain-name", "d", stdin="x\n", env=NOBODY)
    assert (result.code, to_iam(cloud)) == (2, [])
    assert "cbrctl config unset password_file" in result.err


def test_a_question_that_is_not_answered(
    keyring: secret_service.SecretService, cloud: Cloud, environ: dict[str, str]
) -> None:
    child = pexpect.spawn(PROGRAM[0], [*PROGRAM[1:], "auth", "login"], env=environ, encoding="utf-8", timeout=20)
    child.expect("access key")
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2
    assert "ended before the question was answered" in child.before


def test_nobody_is_asked_where_there_is_no_keyring(cloud: Cloud, environ: dict[str, str]) -> None:
    """What is typed would be lost."""
    nowhere = {**environ, **NOBODY, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
    child = pexpect.spawn(PROGRAM[0], [*PROGRAM[1:], "auth", "login"], env=nowhere, encoding="utf-8", timeout=20)
    child.expect(pexpect.EOF)
    child.close()
    assert (child.exitstatus, "access key (" in child.before, to_iam(cloud)) == (15, False, [])


def test_a_signal_while_a_secret_is_asked_for(
    keyring: secret_service.SecretService, cloud: Cloud, environ: dict[str, str]
) -> None:
    who = ["--username", "u", "--domain-name", "d"]
    child = pexpect.spawn(PROGRAM[0], [*PROGRAM[1:], "auth", "login", *who], env=environ, encoding="utf-8", timeout=20)
    child.expect("Password: ")
    child.kill(signal.SIGINT)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130


# status ---------------------------------------------------------------------------------------------------------------

SHOWN: dict[str, tuple[dict[str, str], str, str, str]] = {
    "a password": ({}, "password", "sandbox-user of sandbox-account", "CBRCTL_PASSWORD"),
    "a code": (MFA, "password+code", "sandbox-mfa of sandbox-account", "CBRCTL_PASSWORD"),
    "an access key": ({**NOBODY, **KEY}, "access-key", KEY["CBRCTL_ACCESS_KEY"], "CBRCTL_SECRET_KEY"),
    "a temporary key": (
        {**NOBODY, **KEY, "CBRCTL_SECURITY_TOKEN": CANARY}, "temporary-key", KEY["CBRCTL_ACCESS_KEY"], "CBRCTL_SECRET_KEY",
    ),
    "a token": ({**NOBODY, "CBRCTL_TOKEN": CANARY}, "token", "", "CBRCTL_TOKEN"),
    "a server": ({**NOBODY, "CBRCTL_CREDENTIAL_SOURCE": "metadata"}, "server", "", "CBRCTL_CREDENTIAL_SOURCE"),
}  # fmt: skip


@pytest.mark.parametrize(("env", "kind", "identity", "origin"), SHOWN.values(), ids=SHOWN.keys())
def test_what_there_is(env: dict[str, str], kind: str, identity: str, origin: str, cloud: Cloud, run: Run) -> None:
    result = run("auth", "status", env=env)
    assert (result.code, result.err) == (0, "")
    [row] = result.rows()
    assert (row["used"], row["kind"], row["identity"], row["origin"]) == ("true", kind, identity, origin)
    assert cloud.requests == [], "nobody is asked"
    for output in ("json", "jsonl"):
        shown = run("auth", "status", "-o", output, env=env)
        validate(shown.json()) if output == "json" else validate_lines(shown.out)
        assert all(secret not in shown.out for secret in (CANARY, PASSWORD, KEY["CBRCTL_SECRET_KEY"]))


def test_every_set_is_shown_in_its_order(cloud: Cloud, run: Run) -> None:
    env = {
        **AGENCY, "HUAWEICLOUD_SDK_AK": "sdk", "HUAWEICLOUD_SDK_SK": "s", "HW_AUTH_TOKEN": CANARY, "OS_USERNAME": "half",
    }  # fmt: skip
    result = run("auth", "status", "-o", "json", env=env)
    validate(result.json())
    items = result.json()["items"]
    assert [(i["source"], i["kind"], i["used"]) for i in items] == [
        ("CBRCTL_*", "password", True),
        ("HUAWEICLOUD_SDK_*", "access-key", False),
        ("HW_*", "token", False),
        ("OS_*", None, False),
    ]
    assert items[0]["agency"] == "sandbox-agency of sandbox-account"
    assert (items[3]["error"]["kind"], "OS_PASSWORD" in items[3]["error"]["message"]) == ("auth", True)


def test_how_long_it_lasts(cloud: Cloud, run: Run, run_tty: Run) -> None:
    assert run("vault", "list").code == 0
    [row] = run("auth", "status").rows()
    assert row["expires_at"].endswith("Z")
    shown = run_tty("auth", "status")
    assert f"until {row['expires_at'][5:10]}" in shown.out
    assert all(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) <= 80 for line in shown.out.splitlines())


@pytest.mark.parametrize("env", [shown[0] for name, shown in SHOWN.items() if name in ("a password", "an access key")])
def test_a_check_asks_both_services(env: dict[str, str], cloud: Cloud, run: Run) -> None:
    result = run("auth", "status", "--check", "-o", "json", env=env)
    assert result.code == 0, result.err
    validate(result.json())
    [item] = result.json()["items"]
    assert (item["checked"], item["error"]) == (True, None)
    assert cloud.requests[-1].path.endswith("/vaults")


def test_a_check_tells_whom_a_token_stands_for(cloud: Cloud, run: Run) -> None:
    assert run("vault", "list").code == 0
    from cbrctl.sandbox.account import PROJECTS, USERS

    token = cloud.tokens.add_token(USERS[0], ("password",), cloud.clock(), cloud.clock() + 7200, PROJECTS[0])
    env = {**NOBODY, "CBRCTL_TOKEN": token.id}
    [item] = run("auth", "status", "--check", "-o", "json", env=env).json()["items"]
    assert (item["identity"], item["expires_at"] is not None) == ("sandbox-user of sandbox-account", True)


@pytest.mark.parametrize(
    ("env", "check", "code"),
    [
        (NOBODY, [], 12),
        ({"CBRCTL_PASSWORD": ""}, [], 12),
        ({"CBRCTL_PASSWORD": CANARY}, [], 0),
        ({"CBRCTL_PASSWORD": CANARY}, ["--check"], 12),
        ({**NOBODY, **KEY, "CBRCTL_SECRET_KEY": CANARY}, ["--check"], 12),
        ({**NOBODY, "CBRCTL_TOKEN": CANARY}, ["--check"], 12),
        ({**NOBODY, "CBRCTL_PASSWORD_FILE": "/nonexistent"}, [], 15),
        ({**NOBODY, "OS_CLOUD": "nowhere"}, [], 10),
    ],
)
def test_what_is_not_usable(env: dict[str, str], check: list[str], code: int, cloud: Cloud, run: Run) -> None:
    result = run("auth", "status", *check, "-o", "json", env=env)
    assert result.code == code
    validate(result.json())
    assert CANARY not in result.out + result.err
    assert len(to_iam(cloud)) <= 1


def test_a_hostile_name_of_a_user(scripted: Scripted, run_tty: Run) -> None:
    serve_cbr(scripted)
    answer = issued()
    assert isinstance(answer.body, dict)
    answer.body["token"]["user"] = {"name": "[red]\x1b]0;evil\x07\u202e", "domain": {"name": "[/x]"}}
    scripted.on(LOGIN, answer)
    result = run_tty("auth", "status", "--check", env=USER)
    assert result.code == 0, result.err
    assert "\x1b]0" not in result.out
    assert "\x07" not in result.out
    assert "[red]" in result.out


@pytest.mark.heavy
@pytest.mark.real
@pytest.mark.parametrize("by", ["password", "access key"])
def test_status_does_not_need_the_keyring(
    by: str, keyring: secret_service.SecretService, cloud: Cloud, run: Run
) -> None:
    key = by == "access key"
    more = ("--access-key", KEY["CBRCTL_ACCESS_KEY"]) if key else ()
    assert log_in(run, *more, secret=KEY["CBRCTL_SECRET_KEY"] if key else PASSWORD).code == 0
    keyring.hang()
    result = run("auth", "status")
    assert (result.code, result.err) == (0, "")
    assert run("auth", "status", "--check", "--no-cache").code == 15


def test_the_practice_cloud_looks_at_no_file_of_the_users(run: Run, environ: dict[str, str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name, text in ((".huaweicloud/credentials", "CANARY"), (".config/cbrctl/config.toml", "CANARY")):
        (home / name).parent.mkdir(parents=True)
        (home / name).write_text(text)
    # without HOME, which the practice cloud's environment does not have, the system is asked
    (tmp_path / "sitecustomize.py").write_text(
        f"import pwd, types\npwd.getpwuid = lambda uid: types.SimpleNamespace(pw_dir={str(home)!r})\n"
    )
    environ["PYTHONPATH"] = os.pathsep.join([str(tmp_path), environ["PYTHONPATH"]])
    env = {"OS_CLOUD": "nowhere", "CBRCTL_PROFILE": "nobody", "HW_AUTH_TOKEN": "t"}
    result = run("auth", "status", "--sandbox", "--check", "-o", "json", env=env)
    assert result.code == 0, result.err
    assert [item["source"] for item in result.json()["items"]] == ["CBRCTL_*"]
    assert sorted(files(home)) == [".config/cbrctl/config.toml", ".huaweicloud/credentials"]
