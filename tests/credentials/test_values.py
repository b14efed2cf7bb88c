"""Values as they are given: line ends of mounted secrets, blanks, control characters, locales; and what is tried of them."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from cbrctl.machine.environment import Environment, drop_line_end
from cbrctl.sandbox import Cloud
from tests.support import cbr
from tests.support.logins import LOGIN, described, issued, serve_cbr
from tests.support.practice import KEY, NOBODY, PASSWORD, to_iam
from tests.support.program import Run
from tests.support.scripted import Answer, Scripted

pytestmark = pytest.mark.long

USER = {"CBRCTL_TOKEN": "", "CBRCTL_USERNAME": "joe", "CBRCTL_PASSWORD": "pw", "CBRCTL_DOMAIN_NAME": "acme"}


# one line end is dropped, all else is refused by name before a login is spent -----------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "name", ["CBRCTL_PASSWORD", "CBRCTL_USERNAME", "CBRCTL_DOMAIN_NAME", "CBRCTL_REGION", "CBRCTL_PROJECT_ID"]
)
def test_one_line_end_of_a_variable_is_dropped(name: str, end: str, cloud: Cloud, run: Run) -> None:
    variables: dict[str, str] = cloud.variables  # type: ignore[attr-defined]
    assert run("vault", "list", env={name: variables[name] + end}).code == 0


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_one_line_end_of_a_token_is_dropped(end: str, scripted: Scripted, run: Run) -> None:
    serve_cbr(scripted)
    assert run("vault", "list", env={"CBRCTL_TOKEN": f"t{end}"}).code == 0
    assert scripted.asked[-1].headers["x-auth-token"] == "t"


ODD: dict[str, tuple[str, str]] = {
    "two line ends": ("{}\n\n", "line end"),
    "a tab at its end": ("{}\t", "tab"),
    "a line end in it": ("CAN\nARY", "control character"),
    "a tab": ("CAN\tARY", "control character"),
    "a blank before it": (" {}", "blank"),
    "a blank behind it": ("{} ", "blank"),
    "a no-break space": ("{}\u00a0", "blank"),
    "an escape": ("CANARY\x1b[0m", "control character"),
}
NAMED = [
    "CBRCTL_USERNAME",
    "CBRCTL_DOMAIN_NAME",
    "CBRCTL_REGION",
    "CBRCTL_PROJECT_ID",
    "CBRCTL_PASSCODE",
    "CBRCTL_AGENCY_NAME",
]


@pytest.mark.heavy
@pytest.mark.parametrize(("text", "words"), ODD.values(), ids=ODD.keys())
def test_what_would_cost_a_login_is_refused_by_name(text: str, words: str, cloud: Cloud, run: Run) -> None:
    variables: dict[str, str] = cloud.variables  # type: ignore[attr-defined]
    for name in NAMED:
        more = {"CBRCTL_AGENCY_DOMAIN_NAME": "d"} if "AGENCY" in name else {}
        result = run("vault", "list", "-o", "json", env={name: text.format(variables.get(name, "CANARY")), **more})
        assert (result.code, result.json()["error"]["kind"], cloud.requests) == (2, "usage", []), name
        assert name in result.err
        assert words in result.err
        assert "CANARY" not in result.out + result.err


@pytest.mark.parametrize("text", ["CAN\nARY", "CANARY\n\n", "CAN\x00ARY", "CANARY\x7f", "CANARY\x85"])
@pytest.mark.parametrize("by", ["variable", "file"])
@pytest.mark.parametrize("name", ["CBRCTL_PASSWORD", "CBRCTL_SECRET_KEY"])
def test_a_control_character_in_a_secret(by: str, name: str, text: str, cloud: Cloud, run: Run, tmp_path: Path) -> None:
    env = {**NOBODY, **KEY} if name == "CBRCTL_SECRET_KEY" else {}
    if by == "file":
        path = tmp_path / "secret"
        path.write_text(text)
        path.chmod(0o600)
        env |= {name: "", f"{name}_FILE": str(path)}
    elif "\0" in text:
        return  # no variable can hold it
    else:
        env |= {name: text}
    result = run("vault", "list", env=env)
    assert (result.code in (2, 15), result.out, cloud.requests) == (True, "", [])
    assert name in result.err
    assert "CAN" not in result.err.replace("CBRCTL", "").replace("cannot", "").replace("SCAN", "")


@pytest.mark.parametrize("name", ["CBRCTL_SECRET_KEY", "HW_SECRET_KEY"])
@pytest.mark.parametrize("text", ["CANARY ", " CANARY", "CAN\tARY"])
def test_no_blank_belongs_to_a_secret_key(name: str, text: str, scripted: Scripted, run: Run) -> None:
    keys = {name: text, name.replace("SECRET", "ACCESS"): "AK"}
    nobody = dict.fromkeys(("CBRCTL_TOKEN", "CBRCTL_USERNAME", "CBRCTL_PASSWORD"), "")
    result = run("vault", "list", env={**nobody, **keys})
    assert (result.code, result.out, scripted.asked) == (2, "", [])
    assert name in result.err
    assert "CANARY" not in result.err


def test_blanks_belong_to_a_password(scripted: Scripted, run: Run) -> None:
    serve_cbr(scripted)
    scripted.on(LOGIN, issued())
    assert run("vault", "list", env={**USER, "CBRCTL_PASSWORD": " pw \n"}).code == 0
    [login] = [a.json() for a in scripted.asked if a.method == "POST"]
    assert login["auth"]["identity"]["password"]["user"]["password"] == " pw "


def test_a_typed_name_is_refused_before_the_login(scripted: Scripted, run: Run) -> None:
    result = run(
        "auth", "login", "--username", "joe ", "--domain-name", "acme", stdin="CANARY\n", env={"CBRCTL_TOKEN": ""}
    )
    assert (result.code, scripted.asked) == (2, [])
    assert "--username" in result.err
    assert "CANARY" not in result.err


# UTF-8 whatever the locale ------------------------------------------------------------------------------------------------

NAME = "Bücher-存储"


@pytest.mark.heavy
@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_variables_are_utf_8_whatever_the_locale(locale: str, scripted: Scripted, run: Run) -> None:
    serve_cbr(scripted)
    scripted.on(LOGIN, issued())
    env = {**USER, "CBRCTL_USERNAME": NAME, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert run("vault", "list", env=env).code == 0
    [login] = [a.json() for a in scripted.asked if a.method == "POST"]
    assert login["auth"]["identity"]["password"]["user"]["name"] == NAME


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252", "utf-8"])
def test_a_value_as_python_read_it(encoding: str) -> None:
    raw = {"CBRCTL_X": NAME.encode().decode(encoding, "surrogateescape"), "PLAIN": "x\n", "OS_X": "y\r\n\n"}
    environ = Environment(raw, encoding)
    assert environ["CBRCTL_X"] == NAME
    assert (environ["PLAIN"], environ["OS_X"]) == ("x\n", "y\r\n")
    assert (set(environ), len(environ), environ.get("no")) == (set(raw), 3, None)


@pytest.mark.parametrize(
    ("text", "left"), [("x\n", "x"), ("x\r\n", "x"), ("x\n\n", "x\n"), ("x\r", "x\r"), ("\n", ""), ("", ""), ("x", "x")]
)
def test_one_line_end(text: str, left: str) -> None:
    assert drop_line_end(text) == left


# paths --------------------------------------------------------------------------------------------------------------------


def test_paths_in_the_configuration_and_in_variables(cloud: Cloud, run: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    folder = home / ".config" / "cbrctl"
    folder.mkdir(parents=True)
    for path in (folder / "pw", home / "pw"):
        path.write_text(f"{PASSWORD}\n")
        path.chmod(0o600)
    table = '[profiles.{}]\nusername = "sandbox-user"\ndomain_name = "sandbox-account"\npassword_file = "{}"\n'
    (folder / "config.toml").write_text(table.format("near", "pw") + table.format("home", "~/pw"))
    (folder / "config.toml").chmod(0o644)  # no secret is in it
    for profile in ("near", "home"):
        result = run("vault", "list", "--profile", profile, "--no-cache", env=NOBODY)
        assert (result.code, result.err) == (0, "")
    assert run("vault", "list", "--no-cache", env={"CBRCTL_PASSWORD": "", "CBRCTL_PASSWORD_FILE": "~/pw"}).code == 0


def test_a_secret_in_the_place_of_its_files_name_is_not_repeated(cloud: Cloud, run: Run) -> None:
    for name in ("CBRCTL_PASSWORD_FILE", "CBRCTL_TOKEN_FILE"):
        result = run("vault", "list", "-o", "json", env={"CBRCTL_PASSWORD": "", name: "CANARY-hunter2"})
        assert (result.code, cloud.requests) == (15, [])
        assert name in result.err
        assert "CANARY" not in result.out + result.err


@pytest.mark.parametrize(
    "line",
    [
        "--no-cach --token CANARY vault list",
        "--vault x --secret-key=CANARY backup",
        "--output json --password CANARY vault list",
        "vault --limit 3 --passwd CANARY list",
    ],
)
def test_a_hint_for_a_misplaced_option_repeats_no_secret(line: str, run: Run) -> None:
    result = run(*line.split())
    assert result.code == 2
    assert "CANARY" not in result.out + result.err


# what is tried, and what is kept ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("auth", "status", "--check"), ("doctor",)], ids=["auth status", "doctor"])
def test_a_rotated_password_is_found_today(command: tuple[str, ...], cloud: Cloud, run: Run) -> None:
    assert run("vault", "list").code == 0
    good = run(*command)
    assert (good.code, len(to_iam(cloud))) == (0, 2), "the kept token is not asked"
    assert "a login" in good.out + good.err
    before = len(to_iam(cloud))
    result = run(*command, env={"CBRCTL_PASSWORD": "CANARY-rotated"})
    assert (result.code, len(to_iam(cloud))) == (12, before + 1), "once: accounts lock"
    assert "CANARY" not in result.out + result.err


@pytest.mark.parametrize("command", [("auth", "status", "--check"), ("doctor",)], ids=["auth status", "doctor"])
def test_a_one_time_code_is_not_spent_on_a_check(command: tuple[str, ...], cloud: Cloud, run: Run) -> None:
    env = {"CBRCTL_USERNAME": "sandbox-mfa", "CBRCTL_PASSCODE": "123456"}
    assert run("vault", "list", env=env).code == 0
    result = run(*command, env={**env, "CBRCTL_PASSCODE": "999999"})
    assert (result.code, len(to_iam(cloud))) == (0, 1), result.err
    assert "one-time code" in result.out + result.err


def on_disk(home: Path) -> str:
    """Everything under a home."""
    return "".join(p.read_bytes().decode("latin-1") for p in home.rglob("*") if p.is_file())


def test_a_token_that_was_given_is_never_written_down(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    """Nor is what IAM gives for it: only the project that it is for, so that IAM is asked once."""
    serve_cbr(scripted)
    scripted.on("GET /v3/auth/tokens", Answer(200, described()))
    env = {"CBRCTL_TOKEN": "CANARY-given", "CBRCTL_PROJECT_ID": ""}
    for _ in range(2):
        assert run("vault", "list", env=env).code == 0
    assert sum(a.path == "/v3/auth/tokens" for a in scripted.asked) == 1
    assert "CANARY" not in on_disk(tmp_path / "home")
    # for one of no project IAM gives another
    scripted.on("GET /v3/auth/tokens", Answer(200, described(project=None)))
    scripted.on(LOGIN, issued("CANARY-exchanged"))
    env |= {"CBRCTL_TOKEN": "CANARY-bare", "CBRCTL_REGION": "cn-north-4"}
    for _ in range(2):
        assert run("vault", "list", env=env).code == 0
    assert scripted.asked[-1].headers["x-auth-token"] == "CANARY-exchanged"
    assert "CANARY" not in on_disk(tmp_path / "home")


@pytest.mark.parametrize("where", ["IAM", "CBR"])
def test_no_words_of_an_exception_repeat_a_secret(where: str, scripted: Scripted, run: Run) -> None:
    """http.client quotes a chunk size that is none: a service that echoes what it was sent would be shown."""
    echo = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nCANARY-hunter2\r\n"
    serve_cbr(scripted)
    scripted.on(LOGIN, Answer(raw=echo, end="fin") if where == "IAM" else issued("CANARY-hunter2"))
    scripted.on(cbr.POST, Answer(raw=echo, end="fin") if where == "CBR" else Answer(200, cbr.posted()))
    env = {**USER, "CBRCTL_PASSWORD": "CANARY-hunter2", "CBRCTL_PROJECT_ID": cbr.PROJECT}
    for output in ("table", "json", "jsonl"):
        result = run(
            "backup", "--vault", cbr.VAULT, "-o", output, "--settle", "0", "--no-wait", "--no-cache", "-vvv", env=env
        )
        assert result.code in (6, 7)
        assert "CANARY" not in result.out + result.err


@pytest.mark.heavy
@pytest.mark.parametrize("status", [204, 404, 403, 500])
def test_a_logout_takes_the_token_back_where_iam_lets_it(
    status: int, scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    serve_cbr(scripted)
    scripted.on(LOGIN, issued("CANARY-subject"))
    scripted.on("DELETE /v3/auth/tokens", Answer(status, {} if status != 204 else b""))
    home = tmp_path / "home"
    secret = home / "pw"
    secret.write_text("pw")
    secret.chmod(0o600)
    for key, value in (("username", "joe"), ("domain_name", "acme"), ("password_file", str(secret))):
        assert run("config", "set", key, value).code == 0
    env = {"CBRCTL_TOKEN": ""}
    assert run("vault", "list", env=env).code == 0
    cache = home / ".cache" / "cbrctl"
    (cache / "token-of-mine.json").write_text("x")
    (cache / "notes").write_text("x")
    result = run("auth", "logout", env=env)
    assert result.code == 0, result.err
    assert ("the token at IAM" in result.err) == (status == 204)
    # who logs out believes that nothing is good any more
    assert ("may be good still, until 20" in result.err) == (status != 204)
    assert ("password" in result.err) == (status != 204)
    [taken] = [a for a in scripted.asked if a.method == "DELETE"]
    assert taken.headers["x-subject-token"] == "CANARY-subject"
    assert sorted(p.name for p in cache.iterdir()) == ["notes", "token-of-mine.json"], (
        "nothing that is not ours is removed"
    )
    assert "CANARY" not in result.out + result.err


@pytest.fixture
def two(scripted: Scripted, run: Run, tmp_path: Path) -> Path:
    """Two profiles, each with a token that is kept; gives the folder of these."""
    serve_cbr(scripted)
    scripted.on("DELETE /v3/auth/tokens", Answer(204))
    for profile in ("default", "prod"):
        scripted.on(LOGIN, issued(f"CANARY-{profile}"))
        secret = tmp_path / "home" / f"pw-{profile}"
        secret.write_text("pw")
        secret.chmod(0o600)
        for key, value in (("username", profile), ("domain_name", "acme"), ("password_file", str(secret))):
            assert run("config", "set", key, value, "--profile", profile).code == 0
        assert run("vault", "list", "--profile", profile, env={"CBRCTL_TOKEN": ""}).code == 0
    return tmp_path / "home" / ".cache" / "cbrctl"


@pytest.mark.heavy
@pytest.mark.parametrize(("profile", "other"), [("default", "prod"), ("prod", "default")])
def test_a_logout_is_of_one_profile(profile: str, other: str, two: Path, scripted: Scripted, run: Run) -> None:
    args = () if profile == "default" else ("--profile", profile)
    result = run("auth", "logout", *args, env={"CBRCTL_TOKEN": ""})
    assert (result.code, "warning" in result.err) == (0, False), result.err
    [taken] = [a for a in scripted.asked if a.method == "DELETE"]
    assert taken.headers["x-subject-token"] == f"CANARY-{profile}"
    assert [f"CANARY-{other}" in path.read_text() for path in two.glob("token-*.json")] == [True]
    before = scripted.count(LOGIN)
    assert run("vault", "list", "--profile", other, env={"CBRCTL_TOKEN": ""}).code == 0
    assert scripted.count(LOGIN) == before


def test_every_kept_token_of_the_profile_is_taken_back(two: Path, scripted: Scripted, run: Run) -> None:
    """One stands for each project, and for each address of CBR."""
    scripted.on(LOGIN, issued("CANARY-second"))
    env = {"CBRCTL_TOKEN": ""}
    url = scripted.url.replace("127.0.0.1", "localhost")
    assert run("vault", "list", env={**env, "CBRCTL_ENDPOINT": url}).code == 0
    assert run("auth", "logout", env=env).code == 0
    taken = {a.headers["x-subject-token"] for a in scripted.asked if a.method == "DELETE"}
    assert taken == {"CANARY-default", "CANARY-second"}
    assert len([*two.glob("token-*.json")]) == 1


CHANGED: dict[str, tuple[dict[str, str], str]] = {
    "another IAM": ({"CBRCTL_IAM_ENDPOINT": "https://iam.example"}, ""),
    "no IAM": ({"CBRCTL_IAM_ENDPOINT": "", "CBRCTL_ENDPOINT": ""}, ""),
    "a secret that is not there any more": ({}, "pw-default"),
}


@pytest.mark.heavy
@pytest.mark.parametrize(("env", "gone"), CHANGED.values(), ids=CHANGED.keys())
def test_a_token_that_nobody_is_asked_to_take_back(
    env: dict[str, str], gone: str, two: Path, scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    if gone:
        (tmp_path / "home" / gone).unlink()
    result = run("auth", "logout", env={"CBRCTL_TOKEN": "", **env})
    assert result.code == 0
    assert "may be good still, until 20" in result.err
    assert [a for a in scripted.asked if a.method == "DELETE"] == []
    assert ["CANARY-prod" in path.read_text() for path in two.glob("token-*.json")] == [True]
    assert "CANARY" not in result.err


def test_the_token_of_other_variables_stays_at_a_logout(two: Path, scripted: Scripted, run: Run) -> None:
    scripted.on(LOGIN, issued("CANARY-ours"))
    assert run("vault", "list", env=USER).code == 0
    assert run("auth", "logout", env=USER).code == 0
    assert [a.headers["x-subject-token"] for a in scripted.asked if a.method == "DELETE"] == ["CANARY-default"]
    assert len([*two.glob("token-*.json")]) == 2


# rights -----------------------------------------------------------------------------------------------------------------


def test_a_volume_that_kubernetes_opened(cloud: Cloud, run: Run, tmp_path: Path) -> None:
    """fsGroup gives the group everything at each mount: the second pod works as the first did."""
    volume = tmp_path / "volume"
    volume.mkdir()
    volume.chmod(0o2775)
    env = {"CBRCTL_STATE_DIR": str(volume), "CBRCTL_CACHE_DIR": str(volume)}
    assert run("backup", "--vault", "vault-be94", "--no-wait", env=env).code == 0
    for path in volume.rglob("*"):
        path.chmod(0o2770 if path.is_dir() else 0o660)
    result = run("backup", "--vault", "vault-be94", "--no-wait", "--if-busy", "skip", env=env)
    assert result.code == 0, result.err
    assert "was tightened" in result.err
    ours = [p for p in (volume / "cbrctl").rglob("*") if p.is_file()]
    assert {stat.S_IMODE(p.stat().st_mode) & 0o077 for p in ours if p.suffix in (".db", ".json")} == {0}
    again = run("backup", "--vault", "vault-be94", "--no-wait", "--if-busy", "skip", env=env)
    assert (again.code, "was tightened" in again.err) == (0, False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_root_with_somebody_elses_home(cloud: Cloud, run: Run, tmp_path: Path) -> None:
    """`sudo cbrctl` keeps HOME on some systems: what root wrote there its owner could not use any more."""
    home = tmp_path / "home"
    os.chown(home, 12345, 12345)
    result = run("backup", "--vault", "vault-be94", "--no-wait")
    assert (result.code, cloud.requests) == (15, [])
    assert "sudo -H" in result.err
    assert list(home.iterdir()) == []
    own = {f"CBRCTL_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "STATE", "CACHE")}
    assert run("backup", "--vault", "vault-be94", "--no-wait", env=own).code == 0
    assert list(home.iterdir()) == []


def test_a_configuration_that_another_has_been_changing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    from cbrctl.config import profile_edits
    from cbrctl.errors import LocalState

    assert run("config", "set", "region", "cn-north-4").code == 0
    folder = tmp_path / "home" / ".config" / "cbrctl"
    monkeypatch.setattr(profile_edits, "PATIENCE", 0.1)
    with open(folder / "config.lock") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(LocalState, match="config-locked"):
            profile_edits.set_values(folder, "default", {"region": "x"})
    profile_edits.set_values(folder, "default", {"region": "cn-east-3"})
    assert run("config", "get", "region").out == "cn-east-3\n"


def test_a_configuration_that_is_a_link_is_read_and_not_written(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "home" / ".config" / "cbrctl"
    folder.mkdir(parents=True, mode=0o700)
    (tmp_path / "home" / "dotfiles").mkdir(mode=0o700)
    real = tmp_path / "home" / "dotfiles" / "cbrctl.toml"
    real.write_text('[profiles.default]\nregion = "cn-north-4"\n')
    (folder / "config.toml").symlink_to(real)
    before = real.read_text()
    assert run("config", "get", "region").out == "cn-north-4\n"
    result = run("config", "set", "region", "eu-de")
    assert (result.code, (folder / "config.toml").is_symlink(), real.read_text()) == (15, True, before)
    assert str(real) in result.err


DEEP: dict[str, tuple[str, tuple[str, ...]]] = {
    "TOML tables": ("a" + ".a" * 5000 + " = 1", ("vault", "list")),
    "TOML arrays": ("a = " + "[" * 20000, ("vault", "list")),
    "JSON": ("[" * 100_000, ("backup", "--vault", "-", "--dry-run")),
    "JSON objects": ('{"items":' * 50_000, ("backup", "--vault", "-", "--dry-run")),
}


@pytest.mark.parametrize(("text", "args"), DEEP.values(), ids=DEEP.keys())
def test_what_is_nested_too_deep_is_a_usage_error(text: str, args: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    more: dict[str, Any] = {}
    if "TOML" in text or args[0] == "vault":
        path = tmp_path / "home" / ".config" / "cbrctl" / "config.toml"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        path.chmod(0o600)
    else:
        more["stdin"] = text
    result = run(*args, "-o", "json", **more)
    assert (result.code, result.json()["error"]["kind"]) == (2, "usage"), result.err


# what IAM's answers mean ------------------------------------------------------------------------------------------------

AGENCY = {"CBRCTL_AGENCY_NAME": "backup-agency", "CBRCTL_AGENCY_DOMAIN_NAME": "other-account"}


def test_an_address_that_is_no_iam(scripted: Scripted, run: Run) -> None:
    serve_cbr(scripted)
    scripted.on(LOGIN, Answer(404, {"error_code": "APIGW.0101", "error_msg": "The API does not exist"}))
    result = run("vault", "list", "-o", "json", env=USER)
    assert (result.code, result.json()["error"]["kind"]) == (12, "auth")
    assert f"There is no IAM at {scripted.url}" in result.err
    assert "region" not in result.err


@pytest.mark.parametrize("status", [401, 403])
def test_a_bare_number_from_iam_is_iams_own(status: int, scripted: Scripted, run: Run) -> None:
    """1101 is no code of CBR there (service.md 13)."""
    serve_cbr(scripted)
    scripted.on(LOGIN, Answer(status, {"error_code": "1101", "error_msg": "The username or password is wrong."}))
    result = run("vault", "list", "-o", "json", env=USER)
    assert (result.code, result.json()["error"]["code"]) == (12, "IAM.1101")
    assert "BackupService" not in result.out + result.err


@pytest.mark.parametrize("status", [401, 403, 404])
@pytest.mark.parametrize("base", ["password", "access key"])
def test_a_refused_agency_is_named_with_what_may_be_missing(
    base: str, status: int, scripted: Scripted, run: Run
) -> None:
    serve_cbr(scripted)
    refusal = Answer(status, {"error": {"code": status, "message": "no", "title": "no"}})
    scripted.on(LOGIN, issued(), refusal)
    scripted.on("POST /v3.0/OS-CREDENTIAL/securitytokens", refusal)
    who = USER if base == "password" else {"CBRCTL_TOKEN": "", **KEY}
    result = run("vault", "list", "-o", "json", env={**who, **AGENCY})
    assert (result.code, result.json()["error"]["kind"]) == (12, "auth")
    for word in ("backup-agency", "other-account", "Agent Operator"):
        assert word in result.err
