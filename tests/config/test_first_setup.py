"""`config init`: a person is asked, all of it is tried, and only what was good is written; the same by options alone."""

import re
import signal
import stat
import tomllib
from pathlib import Path
from typing import Any

import pexpect
import pytest

from cbrctl.sandbox import Cloud
from cbrctl.sandbox.seed import VAULT_BE94
from tests.support import secret_service
from tests.support.logins import cache_files
from tests.support.practice import KEY, MFA, NOBODY, PASSWORD, to_iam
from tests.support.program import PROGRAM, Run
from tests.support.schemas import validate

WHO = ("--username", "sandbox-user", "--domain-name", "sandbox-account")
QUESTIONS = (
    ("Region, like cn-north-4 \\[cn-north-4\\]: ", ""),
    (r"later \(4\)\? \[1\] ", "1"),
    ("File that holds the secret, not the secret .*: ", "{file}"),
    ("IAM user: ", "sandbox-user"),
    ("Account: ", "sandbox-account"),
    (r"Default vault, by number, name or id \(empty: none\): ", "1"),
)
"""What is asked where there is no keyring, and what the practice user answers."""
FILE = r"File that holds the secret \(empty: the same\): "
ANEW = r"or stop \(4\)\? \[1\] "


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """Of a user who has no credentials yet, but whose network leads to the practice cloud."""
    return {**environ, **NOBODY, "CBRCTL_PROJECT_ID": ""}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home/.config/cbrctl/config.toml"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    path.chmod(0o600)
    return path


def tables(file: Path) -> Any:
    return tomllib.loads(file.read_text("utf-8"))["profiles"]


def spawn(environ: dict[str, str], *args: str) -> Any:
    return pexpect.spawn(
        PROGRAM[0], [*PROGRAM[1:], "config", "init", *args], env=environ, encoding="utf-8", timeout=20,
        dimensions=(40, 80),
    )  # fmt: skip


def talk(child: Any, questions: Any, **filled: object) -> None:
    """Answer questions in their order."""
    for question, answer in questions:
        child.expect(question)
        child.sendline(answer.format(**filled))


def end(child: Any) -> tuple[int, str]:
    """What came after the last answer, and the exit code."""
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before.replace("\r\n", "\n")


# a person is asked ------------------------------------------------------------------------------------------------------


def test_a_person_is_led_to_a_dry_run(
    cloud: Cloud, environ: dict[str, str], file: Path, secret: Path, run: Run
) -> None:
    child = spawn(environ)
    talk(child, QUESTIONS, file=secret)
    code, said = end(child)
    assert code == 0, said
    assert tables(file) == {
        "default": {
            "region": "cn-north-4", "vault": "vault-be94", "username": "sandbox-user",
            "domain_name": "sandbox-account", "password_file": str(secret), "endpoint": cloud.url, "iam_endpoint": cloud.url,
        }
    }  # fmt: skip
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f'"vault_id": "{VAULT_BE94}"' in said
    assert "Nothing was sent. To back it up: cbrctl backup --vault vault-be94" in said
    assert [asked for asked in cloud.requests if asked.method == "POST"][1:] == [], "a login, and no backup"
    # the login serves the next run, which names no vault
    logins = len(to_iam(cloud))
    done = run("backup", "--dry-run", "-o", "json")
    assert (done.code, done.json()["backups"][0]["vault"]["id"]) == (0, VAULT_BE94)
    assert len(to_iam(cloud)) == logins


def test_a_wrong_answer_is_asked_again(cloud: Cloud, environ: dict[str, str], file: Path, secret: Path) -> None:
    first, how, where, *who, which = QUESTIONS
    child = spawn(environ)
    talk(child, [(first[0], "EU"), (first[0], "cn-nroth-4")])
    child.expect("Did you mean cn-north-4\\?")
    talk(child, [first, (how[0], "7"), how, (where[0], "{file}.none"), where, *who], file=secret)
    child.expect("1  vault-be94")
    talk(child, [(which[0], "99"), (which[0], "vault-be49")])
    child.expect("Similar: vault-be94.")
    talk(child, [(which[0], VAULT_BE94)])
    code, said = end(child)
    assert code == 0, said
    assert tables(file)["default"]["vault"] == VAULT_BE94


@pytest.mark.parametrize("answered", [0, 3, len(QUESTIONS) - 1])
@pytest.mark.sampled(4)
def test_who_gives_up_leaves_nothing(
    answered: int, cloud: Cloud, environ: dict[str, str], file: Path, secret: Path, tmp_path: Path
) -> None:
    """At the last question the login was verified, and its token kept."""
    child = spawn(environ)
    talk(child, QUESTIONS[:answered], file=secret)
    child.expect(QUESTIONS[answered][0])
    child.kill(signal.SIGINT)
    code, said = end(child)
    assert code == 130, said
    assert "Stopped by SIGINT.\n" in said
    assert not file.exists()
    assert cache_files(tmp_path / "home") == []


def test_an_end_of_input_leaves_nothing(cloud: Cloud, environ: dict[str, str], file: Path, secret: Path) -> None:
    child = spawn(environ)
    talk(child, QUESTIONS[:2])
    child.expect(QUESTIONS[2][0])
    child.sendeof()
    code, said = end(child)
    assert (code, file.exists()) == (2, False)
    assert "ended before the question was answered" in said


def test_what_iam_refuses_is_not_kept(cloud: Cloud, environ: dict[str, str], file: Path, secret: Path) -> None:
    secret.write_text("CANARY-wrong\n")
    child = spawn(environ)
    talk(child, QUESTIONS[:-1], file=secret)
    child.expect("error:")
    talk(child, [(ANEW, "4")])
    code, said = end(child)
    assert (code, file.exists(), len(to_iam(cloud))) == (12, False, 1)
    assert "Nothing was changed." in said
    assert "error:" not in said, "it was read already"
    assert "CANARY" not in said


def test_what_iam_refuses_is_asked_for_again(
    cloud: Cloud, environ: dict[str, str], file: Path, secret: Path, tmp_path: Path
) -> None:
    """A mistyped password costs one login and no other answer; the account could be locked by more than three."""
    secret.write_text("CANARY-wrong\n")
    child = spawn(environ)
    talk(child, [*QUESTIONS[:-1], (ANEW, ""), (FILE, "")], file=secret)
    child.expect("It holds the secret that IAM has just refused")
    assert len(to_iam(cloud)) == 1, "the same is not sent again"
    child.expect(FILE)
    secret.write_text(f"{PASSWORD}\n")
    child.sendline("")
    talk(child, QUESTIONS[-1:])
    code, said = end(child)
    assert code == 0, said
    assert tables(file)["default"]["username"] == "sandbox-user"
    assert len(to_iam(cloud)) == 2


@pytest.mark.parametrize("by", ["the choice", "a refusal"])
@pytest.mark.sampled(1)
def test_a_code_is_asked_for_where_it_is_needed(
    by: str, cloud: Cloud, environ: dict[str, str], file: Path, secret: Path
) -> None:
    """Not of everybody: few users have one."""
    region, (how, _), where, (user, _), account, which = QUESTIONS
    child = spawn(environ)
    first = "2" if by == "the choice" else "1"
    talk(child, [region, (how, first), where, (user, MFA["CBRCTL_USERNAME"]), account], file=secret)
    refused = [] if by == "the choice" else [(ANEW, "2")]
    talk(child, [*refused, ("One-time code: ", MFA["CBRCTL_PASSCODE"]), which])
    status, said = end(child)
    assert status == 0, said
    assert len(to_iam(cloud)) == (1 if by == "the choice" else 2)


@pytest.mark.parametrize("number", ["1", "3"])
def test_three_logins_are_spent_at_most(
    number: str, cloud: Cloud, environ: dict[str, str], file: Path, secret: Path
) -> None:
    secret.write_text("CANARY-wrong\n")
    child = spawn(environ)
    talk(child, QUESTIONS[:-1], file=secret)
    for attempt in range(2):
        talk(child, [(ANEW, number)])
        child.expect(FILE)
        secret.write_text(f"CANARY-wrong-{attempt}\n")
        child.sendline("")
        talk(child, QUESTIONS[3:5] if number == "3" else ())
    code, said = end(child)
    assert (code, file.exists(), len(to_iam(cloud))) == (12, False, 3)
    assert "CANARY" not in said


@pytest.mark.heavy
def test_a_file_that_is_there_gets_one_more_profile(cloud: Cloud, environ: dict[str, str], file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_text('# mine\n[profiles.default]\nregion = "eu-de"\nusername = "u"\n')
    file.chmod(0o600)
    before = file.read_text()
    child = spawn(environ)
    child.expect("is there already, with: default.")
    talk(child, [("Name of a profile to add .*: ", "default")])
    child.expect("There is a profile default already")
    talk(child, [("Name of a profile to add .*: ", "prod"), QUESTIONS[0], (QUESTIONS[1][0], "4")])
    assert end(child)[0] == 0
    assert file.read_text().startswith(before)
    assert tables(file)["prod"] == {"region": "cn-north-4"}
    file.write_text(file.read_text().replace('"cn-north-4"\n', '"cn-north-4"\nusername = "u"\n'))
    child = spawn(environ)
    talk(child, [("Name of a profile to add .*: ", "")])
    code, said = end(child)
    assert (code, "Nothing was changed." in said) == (0, True)
    code, said = end(spawn(environ, "--profile", "default"))
    assert (code, "There is a profile default already" in said) == (2, True)


def test_a_profile_to_which_nobody_has_logged_in_is_completed(
    cloud: Cloud, environ: dict[str, str], file: Path, secret: Path
) -> None:
    """What `later` or the settings alone left is where the hints lead back to."""
    file.parent.mkdir(parents=True)
    file.write_text('# mine\n[profiles.default]\nregion = "cn-north-4"\n')
    file.chmod(0o600)
    child = spawn(environ)
    talk(
        child, [(r"to complete, or of one to add \[default\]: ", ""), (r"Region, like cn-north-4 \[cn-north-4\]: ", "")]
    )
    talk(child, QUESTIONS[1:], file=secret)
    code, said = end(child)
    assert code == 0, said
    assert tables(file)["default"]["username"] == "sandbox-user"
    assert file.read_text().startswith("# mine\n")


def test_a_profile_to_which_nobody_has_logged_in_is_completed_without_questions(
    cloud: Cloud, file: Path, secret: Path, run: Run
) -> None:
    env = {**NOBODY, "CBRCTL_ENDPOINT": cloud.url, "CBRCTL_IAM_ENDPOINT": cloud.url}
    assert run("config", "init", "--region", "cn-north-4", "--no-input", env=env).code == 0
    who = ("--username", "sandbox-user", "--domain-name", "sandbox-account", "--password-file", str(secret))
    done = run("config", "init", *who, "--no-input", env=env)
    assert (done.code, done.out) == (0, f"{file}\n"), done.err
    assert tables(file)["default"]["username"] == "sandbox-user"
    assert run("config", "init", *who, "--no-input", env=env).code == 2


def test_a_region_is_asked_for_until_there_is_one(environ: dict[str, str], file: Path) -> None:
    """A profile without one leads nowhere, but for an address of its own."""
    child = spawn({**environ, "CBRCTL_ENDPOINT": "", "CBRCTL_IAM_ENDPOINT": ""})
    talk(child, [("Region, like cn-north-4: ", "")])
    child.expect("Without a region cbrctl knows no address of CBR")
    child.expect("Region, like cn-north-4: ")
    child.sendcontrol("c")
    assert (end(child)[0], file.exists()) == (130, False)
    child = spawn({**environ, "CBRCTL_IAM_ENDPOINT": "https://iam.example"})
    child.expect(r"Region, like cn-north-4 \(empty: none\): ")
    child.sendcontrol("c")
    assert end(child)[0] == 130


@pytest.mark.parametrize(("args", "env"), [((), {"CI": "true"}), (("-q",), {}), (("--no-input",), {})])
@pytest.mark.sampled(4)
def test_nobody_is_asked(args: tuple[str, ...], env: dict[str, str], environ: dict[str, str], file: Path) -> None:
    code, said = end(spawn({**environ, **env}, *args))
    assert (code, "--region is missing" in said, file.exists()) == (2, True, False), "a profile of nothing is none"
    args = (*args, "--region", "cn-north-4")
    code, said = end(spawn({**environ, **env}, *args))
    assert (code, "Region, like" in said, file.exists()) == (0, False, True)
    code, said = end(spawn({**environ, **env}, *args))  # nor where nothing would come of it
    assert (code, "exists already. Nothing was changed." in re.sub(r"\s+", " ", said)) == (2, True)


@pytest.mark.heavy
def test_hostile_names_of_vaults_stay_texts(cloud: Cloud, environ: dict[str, str], file: Path, secret: Path) -> None:
    cloud.vaults[VAULT_BE94].name = "[red]\x1b]0;evil\x07\u202e"
    child = spawn({**environ, "NO_COLOR": "1"})
    talk(child, QUESTIONS, file=secret)
    code, said = end(child)
    assert code == 0
    assert not set(said) & {"\x07", "\u202e"}
    assert "\x1b]" not in said
    assert tables(file)["default"]["vault"] == VAULT_BE94, "such a name is not written: its id is"


# by options alone -------------------------------------------------------------------------------------------------------


def test_the_same_by_options(cloud: Cloud, run: Run, file: Path, secret: Path) -> None:
    args = ("--no-input", "--region", "cn-north-4", *WHO, "--password-file", str(secret), "--vault", "vault-be94")
    done = run("config", "init", *args, "-o", "json")
    assert done.code == 0, done.err
    validate(done.json(), "config")
    kept = {item["key"]: item["value"] for item in done.json()["items"]}
    assert kept == tables(file)["default"]
    assert "Nothing was sent. To back it up: cbrctl backup --vault vault-be94" in done.err
    again = run("config", "init", *args, "--profile", "prod")
    assert (again.code, set(tables(file))) == (0, {"default", "prod"})
    assert "cbrctl backup --profile prod --vault vault-be94" in again.err
    assert run("config", "init", *args, "--profile", "prod").code == 2
    assert run("backup", "--profile", "prod", "--dry-run").code == 0


def test_an_access_key_by_options(cloud: Cloud, run: Run, file: Path, secret: Path) -> None:
    secret.write_text(KEY["CBRCTL_SECRET_KEY"])
    done = run(
        "config", "init", "--no-input", "--access-key", KEY["CBRCTL_ACCESS_KEY"], "--secret-key-file", str(secret)
    )
    assert done.code == 0, done.err
    key = {"access_key": KEY["CBRCTL_ACCESS_KEY"], "secret_key_file": str(secret)}
    # the secret goes where it was verified, with and without the variables
    assert tables(file)["default"] == {**key, "endpoint": cloud.url, "iam_endpoint": cloud.url}
    assert run("vault", "list", env={"CBRCTL_ENDPOINT": "", "CBRCTL_IAM_ENDPOINT": ""}).code == 0


REFUSED = {
    "no account": (("--username", "u", "--password-file", "{file}"), 2, "--domain-name is missing"),
    "no vault of that name": ((*WHO, "--password-file", "{file}", "--vault", "vault-be49"), 10, "Similar: vault-be94."),
    "a vault and no credentials": (("--vault", "vault-be94"), 12, "There are no credentials."),
    "no keyring": (WHO, 15, "There is no keyring"),
    "no such file": ((*WHO, "--password-file", "{file}.none"), 2, "--password-file names a file that is not there"),
    "two files": (("--password-file", "{file}", "--secret-key-file", "{file}"), 2, "contradict each other"),
    "a key with a password": (("--access-key", "a", "--password-file", "{file}"), 2, "contradict each other"),
    "a secret as an option": (("--password", "CANARY"), 2, "There is no option --password"),
    "an empty vault": (("--vault", ""), 2, "--vault was given an empty value"),
}


@pytest.mark.parametrize(("args", "code", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_leaves_nothing(
    args: tuple[str, ...], code: int, words: str, cloud: Cloud, run: Run, file: Path, secret: Path, tmp_path: Path
) -> None:
    result = run("config", "init", "--no-input", *(arg.format(file=secret) for arg in args), stdin="x\n")
    assert (result.code, result.out, file.exists()) == (code, "", False), result.err
    assert words in re.sub(r"\s+", " ", result.err)
    assert "CANARY" not in result.err
    assert cache_files(tmp_path / "home") == []


def test_a_secret_is_not_read_from_a_terminal_unasked(cloud: Cloud, environ: dict[str, str], file: Path) -> None:
    """It would be shown while it is typed."""
    for command in (("auth", "login"), ("config", "init")):
        child = pexpect.spawn(
            PROGRAM[0], [*PROGRAM[1:], *command, "--no-input", *WHO], env=environ, encoding="utf-8", timeout=20
        )
        code, said = end(child)
        assert (code in (2, 15), file.exists()) == (True, False), said


@pytest.mark.heavy
@pytest.mark.real
class TestWithAKeyring:
    def test_a_person_types_the_secret(
        self, keyring: secret_service.SecretService, cloud: Cloud, environ: dict[str, str], file: Path, run: Run
    ) -> None:
        questions = [*QUESTIONS[:2], *QUESTIONS[3:5], ("Password: ", PASSWORD), *QUESTIONS[5:]]
        child = spawn(environ)
        talk(child, questions)
        code, said = end(child)
        assert code == 0, said
        assert PASSWORD not in said
        assert PASSWORD not in file.read_text()
        assert run("vault", "list", "--no-cache").code == 0

    def test_a_secret_of_standard_input(
        self, keyring: secret_service.SecretService, cloud: Cloud, run: Run, file: Path
    ) -> None:
        done = run("config", "init", *WHO, "--region", "cn-north-4", "--no-input", stdin=f"{PASSWORD}\n")
        assert done.code == 0, done.err
        assert run("vault", "list", "--no-cache").code == 0

    def test_a_file_that_cannot_be_written_leaves_no_secret(
        self, keyring: secret_service.SecretService, cloud: Cloud, run: Run, file: Path, tmp_path: Path
    ) -> None:
        file.parent.mkdir(parents=True)
        (file.parent / "config.lock").mkdir()
        assert run("config", "init", *WHO, "--no-input", stdin=f"{PASSWORD}\n").code == 15
        assert (to_iam(cloud), cache_files(tmp_path / "home")) == ([], [])


# the default vault ------------------------------------------------------------------------------------------------------


def test_the_default_vault_is_for_lines_that_name_none(cloud: Cloud, run: Run, file: Path, secret: Path) -> None:
    args = ("--no-input", *WHO, "--password-file", str(secret), "--vault", "vault-be94")
    assert run("config", "init", *args).code == 0
    done = run("backup", "--dry-run")
    assert (done.code, VAULT_BE94 in done.out) == (0, True)
    assert "Vault vault-be94 (profile default)." in done.err
    assert run("check").code == 0
    named = run("backup", "--vault", "vault-skip", "--dry-run")
    assert (named.code, VAULT_BE94 in named.out) == (0, False)
    # not where something else is chosen, given emptily, or practised
    for line in (("--vault", ""), ("--sandbox",), ("--exclude", "vault-be94")):
        assert run("backup", "--dry-run", *line).code == 2, line
    other = run("backup", "--dry-run", "--profile", "other")
    assert (other.code, "There is no profile other." in other.err) == (10, True)
