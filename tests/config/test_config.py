"""`cbrctl config`: profiles written and read, where each value came from, and a file that nobody else has a hand in."""

import json
import os
import re
import shlex
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbrctl.cli.generated.translation import read_po
from cbrctl.config.profile_edits import set_values, unset_values, write_first
from cbrctl.config.profiles import CHOICES, FILES, KEYS, check_value, find_near, hide_user, is_secret, read_profiles
from cbrctl.config.settings import ECOSYSTEM, explain, resolve
from cbrctl.errors import CbrctlError, UsageError
from tests.support import cbr
from tests.support.loaded import HEAVY, assert_not_loaded, modules_of
from tests.support.program import PROGRAM, Result, Run
from tests.support.schemas import validate, validate_lines
from tests.support.scripted import Scripted

CANARY = "CANARY-hunter2"
LOOKING = ("cbrctl.credentials", "cbrctl.session")
"""To show which addresses a run would use, `list` and `get` see which credentials it would use."""
PROJECT = "0123456789abcdef0123456789ABCDEF"
COMMENTED = """\
# of the file

[profiles.a] # of a
# before the region
region = "cn-north-1"   # behind it

# of b
[profiles.b]
region = "cn-north-2"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The configuration of the child; it does not exist."""
    return tmp_path / "home" / ".config" / "cbrctl" / "config.toml"


def write(file: Path, text: str | bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.chmod(0o600)


def tables(file: Path) -> Any:
    return tomllib.loads(file.read_text("utf-8"))["profiles"]


def items(result: Result) -> dict[str, Any]:
    """The items of a document, by key."""
    document = result.json()
    validate(document, "config")
    return {item["key"]: item for item in document["items"]}


# written and read -----------------------------------------------------------------------------------------------------


def test_what_is_set_is_got_listed_and_unset(file: Path, run: Run) -> None:
    done = run("config", "set", "region", "cn-north-4")
    assert (done.code, done.out, done.err) == (0, "", f"default.region = cn-north-4, in {file}\n")
    assert tables(file) == {"default": {"region": "cn-north-4"}}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert run("config", "get", "region") == (0, "cn-north-4\n", "")
    of_region = "myhuaweicloud.com\tregion cn-north-4 (profile default)\t\n"
    assert run("config", "list") == (
        0, "key\tvalue\torigin\tshadowed\nregion\tcn-north-4\tprofile default\t\n"
        f"endpoint\thttps://cbr.cn-north-4.{of_region}iam_endpoint\thttps://iam.cn-north-4.{of_region}", "",
    )  # fmt: skip
    done = run("config", "unset", "region")
    assert (done.code, done.out, done.err) == (0, "", f"default.region is not set any more, in {file}\n")
    assert run("config", "get", "region").code == 10


def test_each_command_gives_one_form_of_document(file: Path, run: Run) -> None:
    path = {"profile": "default", "path": str(file)}
    item = {"key": "region", "value": "cn-north-4", "origin": "profile default", "shadowed": []}
    addresses = [
        {"key": key, "value": f"https://{host}.cn-north-4.myhuaweicloud.com",
         "origin": "region cn-north-4 (profile default)", "shadowed": []}
        for key, host in (("endpoint", "cbr"), ("iam_endpoint", "iam"))
    ]  # fmt: skip
    for args, found in {
        "path": [],
        "set region cn-north-4": [item],
        "get region": [item],
        "list": [item, *addresses],
        "unset region": [],
        "unset region ": None,
    }.items():
        result = run("config", *args.split(), "-o", "json")
        if found is None or (args == "unset region" and result.code):
            continue
        validate(result.json(), "config")
        assert result.json() == {"schema": "cbrctl.config/v1", **path, "items": found}
    file.unlink()
    given = run("config", "init", "--region", "eu-de", "--profile", "x", "-o", "json").json()
    assert (given["profile"], [i["value"] for i in given["items"]]) == ("x", ["eu-de"])


def test_jsonl_is_the_document_as_its_last_line(file: Path, run: Run) -> None:
    write(file, '[profiles.default]\nregion = "r"\nusername = "u"\n')
    [line] = validate_lines(run("config", "list", "-o", "jsonl").out)
    assert (line["type"], [i["key"] for i in line["items"]]) == ("result", ["region", "username"])


@pytest.mark.parametrize("args", ["init", "list", "get region", "set region cn-north-4", "unset region", "path"])
def test_there_are_no_ids(args: str, file: Path, run: Run) -> None:
    result = run("config", *args.split(), "-o", "id")
    assert (result.code, result.out) == (2, "")
    assert not file.exists()


def test_path_is_told_whether_or_not_there_is_a_file(file: Path, run: Run, tmp_path: Path) -> None:
    assert run("config", "path") == (0, f"{file}\n", "")
    assert run("config", "path", env={"CBRCTL_CONFIG_DIR": str(tmp_path)}).out == f"{tmp_path}/cbrctl/config.toml\n"
    assert not file.parent.exists()


def test_quiet(file: Path, run: Run) -> None:
    assert run("config", "set", "region", "cn-north-4", "-q") == (0, "", "")
    assert run("config", "get", "region", "-qq") == (0, "", "")
    assert run("config", "unset", "project_id", "-qq").err.startswith("error: default.project_id is not set.")


def test_nothing_is_set(run: Run) -> None:
    for args in (("get", "region"), ("unset", "region")):
        result = run("config", *args)
        assert (result.code, result.out) == (10, "")
        assert "region is not set." in result.err
    listed = run("config", "list")
    assert (listed.code, listed.out) == (0, "key\tvalue\torigin\tshadowed\n")


def test_profiles_stand_side_by_side(file: Path, run: Run) -> None:
    assert run("config", "set", "region", "cn-north-1").code == 0
    assert run("config", "set", "region", "eu-de", "--profile", "w.x").code == 0
    assert run("config", "set", "region", "eu-nl", env={"CBRCTL_PROFILE": "v"}).code == 0
    assert tables(file) == {"default": {"region": "cn-north-1"}, "w.x": {"region": "eu-de"}, "v": {"region": "eu-nl"}}
    assert run("config", "get", "region", "--profile", "w.x").out == "eu-de\n"
    assert run("config", "get", "region", env={"CBRCTL_PROFILE": "v"}).out == "eu-nl\n"
    unknown = run("config", "list", "--profile", "nowhere")
    assert (unknown.code, unknown.out) == (10, "")
    assert "Known: default, v, w.x." in unknown.err
    assert "Did you mean default?" in run("config", "list", "--profile", "defualt").err
    assert run("config", "unset", "region", "--profile", "v").code == 0
    assert set(tables(file)) == {"default", "w.x"}


@pytest.mark.parametrize("name", ["a b", "../x", "a]", "é", "x" * 65, "a\nb", '"', "\u202e"])
def test_what_is_no_name_of_a_profile(name: str, file: Path, run: Run) -> None:
    for args in (("set", "region", "eu-de"), ("unset", "region"), ("init",)):
        result = run("config", *args, "--profile", name)
        assert (result.code, result.out) == (2, "")
    assert not file.exists()


GOOD = {
    "endpoint": ("https://cbr.example.com/", "https://cbr.example.com"),
    "iam_endpoint": ("https://iam.example.com/v3", "https://iam.example.com"),
    "project_id": (PROJECT, PROJECT.lower()),
    "keyring": ("none", "none"),
    "credential_source": ("metadata", "metadata"),
    "proxy": ("http://proxy.example:3128", "http://proxy.example:3128"),
    "username": ('Jürgen "J" \\ 李', 'Jürgen "J" \\ 李'),
    "ca_bundle": ("/nonexistent/../ca.pem", "/ca.pem"),
}
BAD = {
    "region": ["CN", "cn-north-4/", "\x1b[31m"],
    "endpoint": ["http://cbr.example.com", f"https://joe:{CANARY}@x.example", "x"],
    "iam_endpoint": ["https://iam.example.com/v2"],
    "project_id": ["x", "../x"],
    "keyring": ["gnome", "Auto"],
    "credential_source": ["env"],
    "proxy": [f"http://joe:{CANARY}@p.example", f"joe:{CANARY}@p:1", f"ftp://{CANARY}", f"http://u:{CANARY}://x@h", "http://:1"],
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("key", GOOD)
def test_a_value_that_does(key: str, file: Path, run: Run) -> None:
    given, written = GOOD[key]
    result = run("config", "set", key, given)
    assert (result.code, result.out) == (0, ""), result.err
    assert tables(file) == {"default": {key: written}}
    assert run("config", "get", key, "-o", "json").json()["items"][0]["value"] == written


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in BAD.items() for value in values])
def test_a_value_that_does_not(key: str, value: str, file: Path, run: Run) -> None:
    result = run("config", "set", key, value)
    assert (result.code, result.out) == (2, "")
    assert CANARY not in result.err
    assert "\x1b" not in result.err
    assert not file.exists()


def test_a_proxy_with_a_password_goes_into_the_variable(run: Run) -> None:
    assert "CBRCTL_PROXY" in run("config", "set", "proxy", f"http://joe:{CANARY}@p.example").err


@pytest.mark.parametrize("key", FILES)
def test_the_name_of_a_file_is_made_absolute(
    key: str, file: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("config", "set", key, "./a file")
    if key == "ca_bundle":
        told = f"warning: {key} names a file that does not exist yet. Create it before it is needed."
        assert result.err.splitlines()[0] == told
    else:  # it may be the secret itself
        assert (result.code, file.exists()) == (2, False)
        assert "./a file" not in result.out + result.err
    (tmp_path / "a file").touch()
    assert "warning" not in run("config", "set", key, "./a file").err
    assert tables(file) == {"default": {key: str(tmp_path / "a file")}}


@pytest.mark.parametrize(
    "args", [("set", "region", ""), ("set", "", "x"), ("get", ""), ("get", "region", "--profile=")]
)
def test_an_empty_value_is_an_unset_variable(args: tuple[str, ...], file: Path, run: Run) -> None:
    result = run("config", *args)
    assert (result.code, result.out) == (2, "")
    assert "empty value" in result.err
    assert not file.exists()


@pytest.mark.parametrize("verb", ["get", "set", "unset"])
@pytest.mark.parametrize(("key", "near"), [("regoin", "region"), ("projectId", "project_id"), ("zzz", "")])
def test_a_key_that_does_not_exist(verb: str, key: str, near: str, file: Path, run: Run) -> None:
    result = run("config", verb, key, *(["x"] if verb == "set" else []))
    assert (result.code, result.out) == (2, "")
    assert f"There is no setting {key}." in result.err
    assert ("Did you mean" in result.err) == bool(near)
    assert f"Did you mean {near}?" in result.err or not near
    assert not file.exists()


# where a value came from ------------------------------------------------------------------------------------------------


def test_list_gives_what_wins_and_what_it_hides(file: Path, run: Run) -> None:
    write(file, '[profiles.default]\nregion = "e"\n[profiles.w]\nregion = "c"\nusername = "u"\n')
    env = {"CBRCTL_REGION": "b", "HW_REGION_NAME": "d", "OS_REGION_NAME": "", "OS_PROJECT_NAME": "p"}
    chosen = items(run("config", "list", "--profile", "w", "--region", "a", "-o", "json", env=env))
    order = [("b", "CBRCTL_REGION"), ("c", "profile w"), ("d", "HW_REGION_NAME")]
    assert chosen["region"] == {
        "key": "region", "value": "a", "origin": "--region",
        "shadowed": [{"value": v, "origin": o} for v, o in order],
    }  # fmt: skip
    assert chosen["username"]["origin"] == "profile w"
    assert chosen["project_name"]["origin"] == "OS_PROJECT_NAME"
    by_default = items(run("config", "list", "-o", "json", env={**env, "CBRCTL_REGION": ""}))
    assert by_default["region"]["value"] == "d"
    assert by_default["region"]["shadowed"] == [{"value": "e", "origin": "profile default"}]
    assert "username" not in by_default
    rows = run("config", "list", "--profile", "w", env={"OS_REGION_NAME": "z"}).rows()
    assert rows[0] == {"key": "region", "value": "c", "origin": "profile w", "shadowed": "z (OS_REGION_NAME)"}
    assert run("config", "get", "region", "--profile", "w", env=env).out == "b\n"


def test_list_on_a_terminal(file: Path, run_tty: Run) -> None:
    write(file, '[profiles.default]\nregion = "cn-east-3"\n')
    result = run_tty("config", "list", "--region", "eu-de", "--color", "never", columns=130)
    assert (result.code, result.err) == (0, "")
    head, _, row, *addresses = result.out.splitlines()
    assert head.split() == ["KEY", "VALUE", "FROM", "SHADOWS"]
    assert row.split() == ["region", "eu-de", "--region", "cn-east-3", "(profile", "default)"]
    assert [line.split()[1] for line in addresses if "https" in line] == [
        f"https://{host}.eu-de.otc.t-systems.com" for host in ("cbr", "iam")
    ]


@pytest.mark.parametrize("output", ["table", "json", "jsonl"])
def test_the_user_of_a_proxy_is_not_shown(output: str, file: Path, run: Run) -> None:
    write(file, f'[profiles.default]\nproxy = "http://joe:{CANARY}@p.example:1"\n')
    env = {"CBRCTL_PROXY": f"joe:{CANARY}@q.example", "CBRCTL_IAM_ENDPOINT": f"https://joe:{CANARY}@iam.example"}
    for args in (["list"], ["get", "proxy"], ["get", "iam_endpoint"]):
        result = run("config", *args, "-o", output, env=env)
        assert result.code == 0
        assert CANARY not in result.out + result.err
        assert "***@" in result.out
    assert hide_user("username", "joe@example") == "joe@example"


@pytest.mark.heavy
@pytest.mark.long
@given(st.dictionaries(st.sampled_from(["flag", "own", "chosen", "foreign", "default"]), st.sampled_from(["", "v"])))
def test_what_is_explained_is_what_is_resolved(levels: dict[str, str]) -> None:
    import tempfile

    for profile in (None, "work"):
        with tempfile.TemporaryDirectory() as place:
            texts = [f'[profiles.{"work" if n == "chosen" else n}]\nregion = "{n if v else ""}"\n'
                     for n, v in levels.items() if n in ("chosen", "default")]  # fmt: skip
            write(Path(place) / "cbrctl" / "config.toml", "".join(texts) or "[profiles.work]\n")
            names = {"own": "CBRCTL_REGION", "foreign": "OS_REGION_NAME"}
            environ = {names[n]: n if v else "" for n, v in levels.items() if n in names}
            environ["CBRCTL_CONFIG_DIR"] = place
            flags = {"region": "flag" if levels.get("flag") else None, "profile": profile}
            if profile and texts and "chosen" not in levels:
                continue
            found = resolve(flags, environ)
            told = {one.key: one for one in explain(flags, environ)}
        assert {key: one.value for key, one in told.items()} == found.values
        order = ("flag", "own", "chosen", "foreign") if profile else ("flag", "own", "foreign", "default")
        wanted = [level for level in order if levels.get(level)]
        seen = [v.text for one in told.values() for v in (one.value, *one.shadowed)]
        assert seen == wanted


def test_settings_know_the_profile(file: Path, tmp_path: Path) -> None:
    write(file, '[profiles.default]\nusername = "d"\n[profiles.w]\nusername = "w"\ncloud = ""\n')
    environ = {"HOME": str(tmp_path / "home")}
    chosen, usual = resolve({"profile": "w"}, environ), resolve({}, environ)
    assert (chosen.profile_name, chosen.chosen, chosen.default) == ("w", {"username": "w"}, {})
    assert (usual.profile_name, usual.chosen, usual.default) == (None, {}, {"username": "d"})
    nothing = resolve({}, {"CBRCTL_CONFIG_DIR": "/nonexistent"})
    assert (nothing.profile_name, nothing.chosen, nothing.default) == (None, {}, {})


def test_the_keys_are_the_settings_and_more() -> None:
    assert {*ECOSYSTEM, *CHOICES, *FILES} < set(KEYS)
    assert not [key for key in KEYS if is_secret(key)]


# what is odd in the file ------------------------------------------------------------------------------------------------


def test_typing_errors_are_pointed_out_by_every_command_that_uses_the_profile(
    file: Path, scripted: Scripted, run: Run
) -> None:
    write(file, '[profile.x]\n[profiles.default]\nregoin = "r"\nfuture = 3\n[profiles.w]\nusernam = "u"\n')
    scripted.on(cbr.VAULTS, {"vaults": [{"id": cbr.VAULT, "name": "v"}], "count": 1}, {"vaults": [], "count": 0})
    for args in (["config", "list"], ["vault", "list"]):
        result = run(*args)
        assert result.code == 0, result.err
        ignored = "is no setting that cbrctl knows. It was ignored."
        assert result.err.splitlines() == [
            f"warning: {file}: profile {ignored} Did you mean profiles? Write it so, or remove it.",
            f"warning: {file}: profiles.default.regoin {ignored} Did you mean region? Write it so, or remove it.",
            f"warning: {file}: profiles.default.future {ignored} Remove it.",
        ]
    assert "usernam " in run("config", "list", "--profile", "w").err
    assert run("config", "list", "-q").err == ""
    # what is not known can be taken out
    assert run("config", "unset", "regoin").code == 0
    assert tables(file)["default"] == {"future": 3}


SECRET_KEYS = [
    "password", "Password", "secret_key", "secretKey", "SecretKey", "secret-key", "SK", "token", "security_token",
    "securityToken", "passcode", "pasword", "passwrod", "pass_word", "OS_PASSWORD", "HW_SECRET_KEY", "secret",
    "secret_access_key", "auth_token", "user.password", "sercet_key", "pwd", "passwort",
]  # fmt: skip


@pytest.mark.heavy
@pytest.mark.parametrize("key", SECRET_KEYS)
def test_a_secret_is_refused_and_never_shown(key: str, file: Path, run: Run) -> None:
    assert is_secret(key)
    set_ = run("config", "set", key, CANARY)
    assert (set_.code, set_.out) == (2, "")
    assert "cbrctl auth login" in set_.err
    assert not file.exists()
    write(file, f'[profiles.other]\n{json.dumps(key)} = "{CANARY}"\n[profiles.default]\nregion = "r"\n')
    for args in (["config", "list"], ["config", "get", "region", "-o", "json"], ["vault", "list"]):
        result = run(*args)
        assert result.code == 2
        assert f"profiles.other.{key} would be a secret in {file}" in result.err
        assert CANARY not in result.out + result.err + set_.err
    # the way out
    assert run("config", "unset", key, "--profile", "other").code == 0
    assert run("config", "list").code == 0


@pytest.mark.parametrize(
    "key", ["regoin", "pasword_file", "passwordFile", "SecretKeyFile", "accesskey", "passport", "bypass"]
)
def test_a_typing_error_is_no_secret(key: str) -> None:
    assert not is_secret(key)


def test_a_secret_is_found_however_deep(file: Path) -> None:
    for text in (
        "[profiles.a.auth]\npassword = 'x'",
        "password = 'x'",
        "[[x.y]]\ntoken = 1",
        "[profiles.password]\npwd='x'",
    ):
        write(file, text)
        with pytest.raises(UsageError, match="secret-in-config"):
            read_profiles(file.parent)
    write(file, "[profiles.password]\nregion = 'x'\n[secrets]\nx = 1")  # names of a profile and of a future table
    read_profiles(file.parent)


BROKEN = {
    "a string without an end": f'[profiles.default]\npassword = "{CANARY}\n',
    "no quotes": f"[profiles.default]\nregion = {CANARY}\n",
    "twice": f"[profiles.{CANARY}]\n[profiles.{CANARY}]\n",
    "twice inline": f"x = {{'{CANARY}' = 1, '{CANARY}' = 2}}\n",
    "an escape": f'region = "{CANARY}\\q"\n',
    "a number of 5000 digits": "x = " + "9" * 5000,
    "deep": "x = " + "[" * 5000,
    "profiles that are none": f"profiles = '{CANARY}'\n",
    "a profile that is none": f"[profiles]\nx = '{CANARY}'\n",
    "a number": "[profiles.default]\nregion = 4\n",
    "too large": b"# " + b"x" * (1 << 20),
    "no UTF-8": b'[profiles.default]\nregion = "\xff"\n',
}


@pytest.mark.heavy
@pytest.mark.long
@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_told_without_its_content_and_left_alone(text: str | bytes, file: Path, run: Run) -> None:
    write(file, text)
    before = file.read_bytes()
    for args in (["list"], ["get", "region"], ["set", "region", "cn-north-4"], ["unset", "region"]):
        result = run("config", *args)
        assert (result.code, result.out) == (2, "")
        assert f"{file} is not a configuration." in result.err
        assert CANARY not in result.err
    assert file.read_bytes() == before
    assert run("config", "path").code == 0


def test_where_the_file_is_broken_is_told(file: Path, run: Run) -> None:
    write(file, "\n[profiles.default]\nregion = x\n")
    assert "(line 3, column 10)" in run("config", "list").err


@pytest.mark.parametrize("key", CHOICES)
def test_a_value_in_the_file_that_is_none_of_those_allowed(key: str, file: Path, run: Run) -> None:
    write(file, f'[profiles.default]\n{key} = "zzz"\n')
    result = run("config", "list")
    assert (result.code, result.out) == (2, "")
    assert f"{key} (profile default) cannot be zzz." in result.err
    assert run("config", "unset", key).code == 0


# who has a hand in it ---------------------------------------------------------------------------------------------------


def _link(file: Path) -> None:
    file.rename(file.with_name("real"))
    file.symlink_to("real")


def _fifo(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)


UNSAFE: dict[str, tuple[Callable[[Path], object], str]] = {
    "writable by the group": (lambda file: file.chmod(0o620), "chmod go-w"),
    "writable by all": (lambda file: file.chmod(0o602), "chmod go-w"),
    "a FIFO": (_fifo, "mv"),
    "a folder that others write": (lambda file: file.parent.chmod(0o770), "chmod go-w"),
}
if os.geteuid() == 0:
    UNSAFE["another's"] = (lambda file: os.chown(file, 12345, -1), "mv")


@pytest.mark.parametrize("spoil", [_link, lambda file: file.chmod(0o644)], ids=["a link", "readable by all"])
def test_a_file_that_others_may_read(spoil: Callable[[Path], object], file: Path, run: Run) -> None:
    """No secret is in it: so a ConfigMap is mounted."""
    write(file, '[profiles.default]\nregion = "cn-north-1"\n')
    spoil(file)
    assert run("config", "get", "region") == (0, "cn-north-1\n", "")


@pytest.mark.long
@pytest.mark.parametrize(("spoil", "mend"), UNSAFE.values(), ids=UNSAFE.keys())
def test_a_file_that_others_have_a_hand_in_is_refused(
    spoil: Callable[[Path], object], mend: str, file: Path, run: Run
) -> None:
    write(file, '[profiles.default]\nregion = "cn-north-1"\n')
    spoil(file)
    before = (os.lstat(file).st_ino, os.lstat(file).st_mode)
    for args in (["list"], ["get", "region"], ["set", "region", "eu-de"], ["unset", "region"]):
        result = run("config", *args, timeout=10)
        assert (result.code, result.out) == (15, "")
        command, *_ = [line.partition("→ ")[2] for line in result.err.splitlines() if "→" in line]
        assert command.startswith(mend)
    assert (os.lstat(file).st_ino, os.lstat(file).st_mode) == before
    assert run("vault", "list", timeout=10).code == 15
    # the command is the way out
    subprocess.run(command.replace("sudo ", ""), shell=True, check=True)
    assert run("config", "set", "region", "eu-de").code == 0
    assert tables(file) == {"default": {"region": "eu-de"}}


def test_a_file_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    for args in (["set", "region", "eu-de"], ["init", "--region", "eu-de"]):
        result = run("config", *args, env={"CBRCTL_CONFIG_DIR": str(tmp_path / "plain")})
        assert (result.code, result.out) == (15, "")
        assert "cannot be written." in result.err
    assert run("config", "list", env={"CBRCTL_CONFIG_DIR": str(tmp_path / "plain")}).code == 0


# changed with care ------------------------------------------------------------------------------------------------------


def test_comments_and_order_stay(file: Path, run: Run) -> None:
    write(file, COMMENTED)
    for args in (
        ["set", "region", "eu-de", "--profile", "a"],
        ["set", "username", "u", "--profile", "a"],
        ["set", "region", "eu-nl", "--profile", "c"],
    ):
        assert run("config", *args).code == 0
    changed = COMMENTED.replace('"cn-north-1"   # behind it\n', '"eu-de"   # behind it\nusername = "u"\n')
    assert file.read_text() == changed + '\n[profiles.c]\nregion = "eu-nl"\n'
    for args in (["region", "--profile", "c"], ["username", "--profile", "a"], ["region", "--profile", "b"]):
        assert run("config", "unset", *args).code == 0
    left = '# of the file\n\n[profiles.a] # of a\n# before the region\nregion = "eu-de"   # behind it\n\n# of b\n'
    assert file.read_text().rstrip("\n") + "\n" == left
    # a table with comments of its own is kept for them
    assert run("config", "unset", "region", "--profile", "a").code == 0
    assert "# before the region\n" in file.read_text()
    assert tables(file) == {"a": {}}


FORMS = {
    "nothing": "",
    "a comment": "# x",
    "no line end": '[profiles.a]\nregion = "r"',
    "windows": '[profiles.a]\r\nregion = "r"\r\n',
    "a mark": '\ufeff[profiles.a]\nregion = "r"\n',
    "inline": '[profiles]\na = {region = "r"}\n',
    "dotted": '[profiles]\na.region = "r"\nb.region = "s"\n',
    "apart": '[profiles.a]\nregion = "r"\n[other]\nx = 1\n[profiles.b]\nregion = "s"\n',
    "deep": '[profiles.a]\nregion = "r"\n[profiles.a.future]\nx = [1, {y = 2}]\n',
    "quoted": '["profiles"."a"]\n"region" = """r"""\n[profiles.\'b c\']\nregion = "s"\n',
    "all dotted": 'profiles.a.region = "r"\n',
    "in a text": 'x = """\n[profiles.a]\n"""\n[profiles.a]\nregion = "r"\n',
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("profile", ["a", "b", "default"])
def test_any_form_of_file_says_the_same_and_what_was_changed(text: str, profile: str, file: Path) -> None:
    write(file, text)
    wanted = tomllib.loads(text.removeprefix("\ufeff"))
    wanted.setdefault("profiles", {}).setdefault(profile, {})["username"] = "ü\u202e\n\"'"
    try:
        set_values(file.parent, profile, {"username": "ü\u202e\n\"'"})
    except UsageError:  # what the library cannot edit is left alone
        assert file.read_bytes() == text.encode()
        return
    assert tomllib.loads(file.read_text("utf-8")) == wanted
    assert unset_values(file.parent, profile, ["username", "cloud"]) == ["username"]
    assert unset_values(file.parent, profile, ["username"]) == []
    left = tomllib.loads(file.read_text("utf-8"))
    del wanted["profiles"][profile]["username"]
    said = {name: table for name, table in left.get("profiles", {}).items() if table}
    assert said == {name: table for name, table in wanted["profiles"].items() if table}
    assert {k: v for k, v in left.items() if k != "profiles"} == {k: v for k, v in wanted.items() if k != "profiles"}


def test_only_one_form_cannot_be_edited(file: Path) -> None:
    refused = []
    for name, text in FORMS.items():
        write(file, text)
        try:
            set_values(file.parent, "a", {"username": "u"})
        except CbrctlError:
            refused.append(name)
    assert set(refused) <= {"all dotted"}


def test_a_file_is_not_written_larger_than_it_is_read(file: Path) -> None:
    with pytest.raises(UsageError, match="config-not-changed"):
        set_values(file.parent, "a", {"username": "x" * (1 << 20)})
    assert not file.exists()


@pytest.mark.heavy
def test_twenty_at_once_lose_nothing(environ: dict[str, str], file: Path) -> None:
    write(file, COMMENTED)
    started = [
        subprocess.Popen(
            [*PROGRAM, "config", "set", "username", f"user-{n}", "--profile", f"p{n}", "-q"],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for n in range(20)
    ]
    outputs = [process.communicate(timeout=60)[0] for process in started]
    assert [(p.returncode, out) for p, out in zip(started, outputs, strict=True)] == [(0, b"")] * 20
    found = tables(file)
    assert {name: found[name]["username"] for name in found if name[0] == "p"} == {
        f"p{n}": f"user-{n}" for n in range(20)
    }
    assert file.read_text().startswith(COMMENTED)
    assert sorted(p.name for p in file.parent.iterdir()) == ["config.lock", "config.toml"]


# the first file ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_init_explains_every_setting_in_the_language_of_the_run(lang: str, file: Path, run: Run) -> None:
    done = run("config", "init", "--region", "cn-north-4", "--lang", lang)
    assert (done.code, done.out) == (0, f"{file}\n")
    assert tables(file) == {"default": {"region": "cn-north-4"}}
    chinese = read_po("zh_CN")
    head, explained = file.read_text("utf-8").split('\n\n[profiles.default]\nregion = "cn-north-4"\n')
    wanted = {key: words if lang == "en" else chinese[words] for key, words in KEYS.items()}
    assert dict(re.findall(r'^# (\w+) = "" *# (.*)\n', explained, re.M)) == wanted
    assert [bool(re.search("[\u4e00-\u9fff]", line)) for line in head.splitlines()] == [lang != "en"] * 3
    assert all(line.startswith("# ") for line in head.splitlines())


def test_what_init_explains_is_kept(file: Path, run: Run) -> None:
    assert run("config", "init", "--region", "cn-north-4").code == 0
    text = file.read_text("utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = run("config", "init", "--region", "eu-de")
    assert (again.code, again.out) == (2, "")
    assert "exists already. Nothing was changed." in again.err
    assert "cbrctl config set" in again.err
    assert file.read_text() == text
    # the explanations stay
    assert run("config", "set", "cloud", "x").code == 0
    assert run("config", "unset", "cloud").code == 0
    assert file.read_text() == text


def test_init_with_settings(file: Path, run: Run) -> None:
    args = ("--region", "eu-de", "--project-id", PROJECT, "--profile", "w.x")
    done = run("config", "init", *args, env={"CBRCTL_ENDPOINT": "https://x.example"})
    assert (done.code, done.out) == (0, f"{file}\n")
    assert tables(file) == {"w.x": {"region": "eu-de", "project_id": PROJECT.lower()}}
    assert done.err.splitlines()[0] == f"w.x.region = eu-de, in {file}"
    file.unlink()
    assert run("config", "init", "--region", "EU").code == 2
    assert not file.exists()


def test_init_does_not_replace_a_link(file: Path, run: Run) -> None:
    file.parent.mkdir(parents=True)
    file.symlink_to("/nonexistent/x")
    assert run("config", "init").code == 2
    assert file.is_symlink()
    with pytest.raises(UsageError, match="config-exists"):
        write_first(file.parent, "default", {})


# hostile texts, and what it costs ---------------------------------------------------------------------------------------

HOSTILE = "\x1b]0;owned\x07\u202e\x9b31m"


@pytest.mark.parametrize(
    "args", [["list"], ["get", "username"], ["get", "username", "-o", "json"], ["list", "--profile", "x"]]
)
def test_hostile_texts_stay_texts(args: list[str], file: Path, run_tty: Run) -> None:
    key, value = (json.dumps(text) for text in (f"k{HOSTILE}", HOSTILE))
    table = f"{key} = 1\nusername = {value}\nregion = {value}\n"
    write(file, f"{key} = 2\n[profiles.default]\n{table}[profiles.{key}]\n{table}".replace("\x9b", "\\u009b"))
    result = run_tty("config", *args, "--color", "never")
    assert result.code == (10 if "x" in args else 0)
    for text in (result.out, result.err):
        assert not set(text) & {"\x1b", "\x07", "\u202e", "\x9b"}
    assert "owned" in result.out + result.err


def test_hostile_words_of_the_command_line(run_tty: Run) -> None:
    for args in (["get", HOSTILE], ["set", HOSTILE, "x"], ["unset", HOSTILE], ["set", "username", HOSTILE, "-v"]):
        result = run_tty("config", *args, "--color", "never")
        assert not set(result.out + result.err) & {"\x1b", "\x07", "\u202e", "\x9b"}


@pytest.mark.heavy
@pytest.mark.long
@pytest.mark.parametrize(
    "line",
    ["list", "get region", "set region cn-north-4", "unset region", "path", "init --region cn-north-4", "set x y"],
)
def test_no_service_is_asked_and_nothing_for_it_loaded(
    line: str, environ: dict[str, str], file: Path, tmp_path: Path
) -> None:
    if not line.startswith("init"):
        write(file, '[profiles.default]\nregion = "r"\n')
    code, loaded = modules_of(["config", *shlex.split(line)], environ, tmp_path)
    assert code == (2 if line == "set x y" else 0)
    edits = line.startswith(("set region", "unset", "init"))
    assert ("tomlkit" in loaded) == edits
    assert_not_loaded(loaded, tuple(name for name in HEAVY if name not in ("tomllib", *LOOKING)))
    assert "tomllib" not in loaded or line not in ("path", "set x y")


def test_no_file_costs_no_parser(environ: dict[str, str], tmp_path: Path) -> None:
    code, loaded = modules_of(["config", "list"], environ, tmp_path)
    assert code == 0
    assert_not_loaded(loaded, (*(name for name in HEAVY if name not in LOOKING), "tomlkit"))


def test_it_goes_without_a_lock_where_there_is_none(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    set_values(file.parent, "a", {"region": "r"})
    assert tables(file) == {"a": {"region": "r"}}


def test_what_may_have_been_meant() -> None:
    assert [find_near(word, KEYS) for word in ("Region", "projectname", "qqq", "")] == [
        "region",
        "project_name",
        "",
        "",
    ]
    assert check_value("domain_name", " any text ", lambda key, **values: None) == " any text "
