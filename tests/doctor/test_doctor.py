"""`cbrctl doctor`: each thing that can be wrong is found, told with what mends it, and mended by that."""

import json
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import time
import warnings
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import trustme

from cbrctl.backup.journal import Journal
from cbrctl.backup.record import Backup
from cbrctl.doctor import CHECKS, Finding, exit_code_of
from cbrctl.doctor.context import Check, CheckContext
from cbrctl.doctor.machine import NETWORKED, find_file_system
from cbrctl.errors import Busy, Interrupted, LocalState, Unreachable
from cbrctl.machine.clock import Instant
from cbrctl.messages.error_text import describe
from cbrctl.sandbox import Cloud
from tests.support import cbr
from tests.support.loaded import HEAVY, assert_not_loaded, modules_of
from tests.support.logins import stamp
from tests.support.program import PROGRAM, Result, Run
from tests.support.raw import HOST, Raw, Serve, closed_port, say, tunnel_to, whole
from tests.support.schemas import validate, validate_lines
from tests.support.scripted import Answer, Scripted
from tests.support.secret_service import SecretService

pytestmark = pytest.mark.long

CANARY = "CANARY-5f0e-secret"
LOGIN, ASK_IAM, ROOT = "POST /v3/auth/tokens", "GET /v3/auth/tokens", "GET /"
IDS = [check.id for check in CHECKS]


def findings(result: Result, check: str) -> list[dict[str, Any]]:
    """What one check found; nothing in the output is a secret, and the document is as published."""
    document = result.json()
    validate(document)
    assert document["exit_code"] == result.code, result.err
    assert list(dict.fromkeys(f["check"] for f in document["findings"])) == IDS
    assert CANARY not in result.out + result.err
    assert "Traceback" not in result.err
    return [f for f in document["findings"] if f["check"] == check]


def finding(result: Result, check: str) -> dict[str, Any]:
    """The only finding of a check."""
    [one] = findings(result, check)
    return one


def states(result: Result) -> dict[str, str]:
    """The state of each check, that of its last finding."""
    findings(result, "cbr")
    return {f["check"]: f["state"] for f in result.json()["findings"]}


def wrong(result: Result) -> list[tuple[str, str]]:
    """Checks that found something, and what it is."""
    return [(check, state) for check, state in states(result).items() if state in ("warning", "error")]


def mend(hint: str) -> None:
    """Run what doctor says mends it."""
    subprocess.run(["sh", "-ec", hint], check=True, timeout=20)


@pytest.fixture
def home(environ: dict[str, str]) -> Path:
    """The home of the program."""
    return Path(environ["HOME"])


@pytest.fixture
def doctor(run: Run) -> Run:
    """Run the doctor for its document."""

    def call(*args: str, **more: Any) -> Result:
        return run("doctor", "-o", "json", *args, **more)

    return call


@pytest.fixture
def service(scripted: Scripted) -> Scripted:
    """A service that lets a given token do everything."""
    scripted.on(ROOT, Answer(404, {"error_code": "APIGW.0101"}, {"Date": formatdate(usegmt=True)}))
    scripted.on(ASK_IAM, {"token": {"expires_at": stamp(86400), "project": {"id": cbr.PROJECT}}})
    scripted.on(cbr.VAULTS, {"vaults": [{"id": cbr.VAULT, "name": "vault-be94"}], "count": 1})
    return scripted


# all is well ----------------------------------------------------------------------------------------------------------


def test_all_is_well(cloud: Cloud, doctor: Run, home: Path) -> None:
    result = doctor()
    assert (result.code, result.err, wrong(result)) == (0, "", [])
    assert states(result) == {
        **dict.fromkeys(IDS, "ok"),
        **dict.fromkeys(("tls-cbr", "tls-iam", "keyring"), "skipped"),
    }
    logins = [r for r in cloud.requests if r.method == "POST"]
    assert [r.path for r in logins] == ["/v3/auth/tokens"]
    assert finding(result, "credentials")["note"].startswith("password of CBRCTL_PASSWORD for sandbox-user of ")
    assert finding(result, "login")["note"].startswith("tried: a login, until 20")
    assert finding(result, "project")["note"].endswith("(CBRCTL_PROJECT_ID)")
    assert not (home / ".local").exists(), "it leaves neither a journal nor a folder behind"
    assert not (home / ".config").exists()
    # what is kept says nothing of a password that was changed since
    again = doctor()
    assert (again.code, len([r for r in cloud.requests if r.method == "POST"])) == (0, 2)
    assert finding(again, "cache-files")["note"].endswith("/.cache/cbrctl, 1 kept")


def test_nothing_is_left_in_a_state_folder(cloud: Cloud, doctor: Run, home: Path) -> None:
    place = home / ".local/state/cbrctl"
    place.mkdir(parents=True, mode=0o700)
    assert doctor().code == 0
    assert list(place.iterdir()) == []


def test_the_practice_cloud(run: Run, home: Path) -> None:
    bad = home / ".config/cbrctl/config.toml"
    bad.parent.mkdir(parents=True, mode=0o777)
    bad.write_text("nonsense")
    before = sorted(home.rglob("*"))
    result = run("doctor", "--sandbox", "-o", "json")
    assert (result.code, wrong(result)) == (0, [])
    assert sorted(home.rglob("*")) == before


# how it is shown ------------------------------------------------------------------------------------------------------


def test_formats(cloud: Cloud, run: Run) -> None:
    rows = run("doctor").rows()
    assert [row["check"] for row in rows] == IDS
    assert set(rows[0]) == {"check", "state", "note", "message", "fix"}
    [line] = validate_lines(run("doctor", "-o", "jsonl").out)
    assert (line["type"], line["schema"]) == ("result", "cbrctl.doctor/v1")
    refused = run("doctor", "-o", "id")
    assert (refused.code, refused.out) == (2, "")


def test_quiet(cloud: Cloud, run: Run) -> None:
    unknown = {"CBRCTL_CA_BUNDLE": "/nonexistent"}
    assert run("doctor", "-q").err == ""
    assert run("doctor", "-qq")[:] == (0, "", "")
    for quiet in ("-q", "-qq"):
        failed = run("doctor", quiet, env=unknown)
        assert failed.code == 2
        assert "error: ca-bundle: CBRCTL_CA_BUNDLE names no file." in failed.err
        assert "ca-bundle\terror\t" in failed.out


def test_a_terminal_of_80_columns(cloud: Cloud, run_tty: Run, home: Path) -> None:
    (home / ".cache/cbrctl").mkdir(parents=True, mode=0o700)
    os.mkfifo(home / ".cache/cbrctl/token-1.json", 0o600)
    result = run_tty("doctor", "--color", "never", env={"CBRCTL_CACHE_DIR": f"{home}/.cache"})
    assert (result.code, result.err) == (15, "")
    # what is longer is there to be copied: a path, or a line for the shell
    long = [line.split() for line in result.out.splitlines() if len(line) > 80]
    assert [words for words in long if len(words) > 1 and words[:2] != ["→", "mv"]] == []
    lines = result.out.splitlines()
    assert "✓ ok       profile        none, and none is needed" in lines
    skipped = next(n for n, line in enumerate(lines) if line.startswith("- skipped  "))
    assert [line for line in lines if line.startswith("- skipped")] == [lines[skipped]]
    assert {"login", "project", "cbr"} <= set(" ".join(lines[skipped : skipped + 2]).replace(",", " ").split())
    assert not [line for line in lines[skipped:] if line.startswith(("✓", "!"))], "what is wrong stands last"
    assert re.fullmatch(
        r"\d+ ok, \d+ to look at, 1 wrong, \d+ skipped. Mend what is wrong and run it again.", lines[-1]
    )
    place = next(n for n, line in enumerate(lines) if line.startswith("✗ ERROR    cache-files"))
    path = f"{home}/.cache/cbrctl/token-1.json"
    assert f"    → mv {path} {path}.aside" in lines[place : place + 5]
    assert "\x1b" not in result.out
    colored = run_tty("doctor")
    assert "\x1b[32m✓ ok       \x1b[0mprofile" in colored.out
    assert "\x1b[31m✗ ERROR" in colored.out


def test_hostile_text_is_inert(service: Scripted, run: Run, run_tty: Run) -> None:
    service.on(cbr.VAULTS, Answer(403, {"error_code": "BackupService.8600", "error_msg": "no\x1b]0;owned\x07\u202e"}))
    for call in (run, run_tty):
        result = call("doctor", "--color", "never")
        assert result.code == 12
        assert "owned" in result.out
        assert not {"\x07", "\u202e"} & set(result.out + result.err)
        assert "\x1b]" not in result.out + result.err


def test_a_hostile_path_is_inert(cloud: Cloud, run_tty: Run, run: Run, home: Path) -> None:
    env = {"CBRCTL_CACHE_DIR": f"{home}/\x1b]0;owned\x07\u202e"}
    for call in (run, run_tty):
        result = call("doctor", "--color", "never", env=env)
        assert (result.code, "owned" in result.out) == (0, True)
        assert not {"\x1b", "\x07", "\u202e"} & set(result.out + result.err)


@pytest.mark.parametrize(
    ("cause", "kind", "words"),
    [(PermissionError(13, "Permission denied", "/x"), "local-state", "/x cannot be looked at."), (KeyError("y"), "internal", "bug"),
     (Unreachable("no-answer", note="z"), "unreachable", "z")],
)  # fmt: skip
def test_a_check_never_raises_and_stops_what_needs_it(cause: Exception, kind: str, words: str) -> None:
    def fail(context: CheckContext) -> str:
        raise cause

    context = CheckContext(lambda warn: pytest.fail("no session is needed"), {})
    [found] = context.run(Check("first", fail, LocalState))
    assert found.error
    told = describe(found.error)
    assert (found.state, told["kind"]) == ("error", kind)
    assert words in told["message"]
    for name, need in (("second", "first"), ("third", "second")):
        assert context.run(Check(name, fail, LocalState, (need,))) == [Finding(name, "skipped", "first failed")]
    with pytest.raises(Interrupted):
        context.run(Check("fourth", lambda context: stop(), LocalState))


def stop() -> str:
    raise Interrupted(15)


def test_the_worst_error_decides() -> None:
    def of(*errors: tuple[str, Any]) -> int:
        return exit_code_of([Finding("x", state, "", error("internal")) for state, error in errors])

    assert of() == of(("warning", LocalState)) == 0
    assert of(("error", Busy), ("error", LocalState), ("error", Unreachable), ("warning", Exception)) == 15
    assert of(("error", Unreachable), ("error", Busy)) == 7


# configuration and credentials ----------------------------------------------------------------------------------------


def write_config(home: Path, text: str, mode: int = 0o600) -> Path:
    """Write a configuration."""
    path = home / ".config/cbrctl/config.toml"
    path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def test_nothing_is_set(doctor: Run) -> None:
    result = doctor()
    assert wrong(result) == [("region", "error"), ("credentials", "error")]
    assert result.code == 2
    assert "--region REGION" in finding(result, "region")["error"]["hint"]
    assert finding(result, "credentials")["error"]["kind"] == "auth"
    assert finding(result, "cbr")["note"] == "region failed"
    assert "error: region: " in result.err


def test_no_credentials(cloud: Cloud, doctor: Run) -> None:
    result = doctor(env={"CBRCTL_USERNAME": "", "CBRCTL_PASSWORD": ""})
    assert (result.code, wrong(result)) == (12, [("credentials", "error")])
    assert "cbrctl auth login" in finding(result, "credentials")["error"]["hint"]
    assert [finding(result, check)["note"] for check in ("login", "project", "cbr")] == ["credentials failed"] * 3
    assert all(r.method == "GET" for r in cloud.requests)


@pytest.mark.parametrize("text", ["nonsense", f'[profiles.default]\npassword = "{CANARY}"\n'])
def test_a_broken_configuration(text: str, cloud: Cloud, doctor: Run, home: Path) -> None:
    path = write_config(home, text)
    result = doctor()
    assert (result.code, wrong(result)) == (2, [("configuration", "error")])
    assert str(path) in finding(result, "configuration")["error"]["message"]
    assert finding(result, "state-folder")["state"] == "ok", "what needs no configuration is looked at"
    assert finding(result, "cbr")["note"] == "configuration failed"


def test_profiles(cloud: Cloud, doctor: Run, home: Path) -> None:
    write_config(home, '[profiles.work]\nregin = "x"\n[profiles.default]\nregion = "eu-de"\n')
    assert finding(doctor(), "profile")["note"] == "default"
    result = doctor("--profile", "work")
    assert (result.code, wrong(result)) == (0, [("configuration", "warning")])
    assert "Did you mean region?" in finding(result, "configuration")["error"]["message"]
    assert finding(result, "configuration")["error"]["kind"] == "usage"
    assert finding(result, "profile")["note"] == "work (--profile)"
    result = doctor(env={"CBRCTL_PROFILE": "wrk"})
    assert (result.code, wrong(result)) == (10, [("profile", "error")])
    assert "work" in finding(result, "profile")["error"]["message"]


def test_a_wrong_password_is_sent_once(cloud: Cloud, doctor: Run) -> None:
    result = doctor("-vvv", env={"CBRCTL_PASSWORD": CANARY})
    assert "POST http://127.0.0.1:" in result.err
    assert (result.code, wrong(result)) == (12, [("login", "error")])
    assert finding(result, "login")["error"]["http_status"] == 401
    assert len([r for r in cloud.requests if r.method == "POST"]) == 1


def test_a_secret_file_that_others_can_read(cloud: Cloud, doctor: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(cloud.variables["CBRCTL_PASSWORD"])  # type: ignore[attr-defined]
    secret.chmod(0o644)
    env = {"CBRCTL_PASSWORD": "", "CBRCTL_PASSWORD_FILE": str(secret)}
    result = doctor(env=env)
    assert (result.code, wrong(result)) == (0, [("credentials", "warning")])
    assert "warning: credentials: Others can read" in result.err
    assert finding(result, "credentials")["error"]["kind"] == "local-state"
    mend(finding(result, "credentials")["error"]["hint"])
    assert wrong(doctor(env=env)) == []
    secret.chmod(0o666)
    result = doctor(env=env)
    assert (result.code, wrong(result)) == (15, [("credentials", "error")])
    mend(finding(result, "credentials")["error"]["hint"])
    secret.chmod(secret.stat().st_mode & ~0o044)
    assert wrong(doctor(env=env)) == []


def test_access_keys(cloud: Cloud, doctor: Run) -> None:
    from cbrctl.sandbox import account

    env = {"CBRCTL_USERNAME": "", "CBRCTL_PASSWORD": "", "CBRCTL_ACCESS_KEY": account.ACCESS_KEY}
    result = doctor(env={**env, "CBRCTL_SECRET_KEY": account.SECRET_KEY})
    assert (result.code, wrong(result)) == (0, [])
    assert finding(result, "login")["note"] == "each request is signed"
    assert account.ACCESS_KEY not in result.out
    result = doctor(env={**env, "CBRCTL_SECRET_KEY": CANARY})
    assert (result.code, wrong(result)) == (12, [("cbr", "error")])
    assert all(r.method == "GET" for r in cloud.requests)


def test_the_life_of_a_given_token(service: Scripted, doctor: Run) -> None:
    assert wrong(doctor()) == []
    body = {"token": {"expires_at": stamp(1800), "project": {"id": cbr.PROJECT}}}
    service.on(ASK_IAM, body)
    result = doctor(env={"CBRCTL_TOKEN": CANARY})
    assert (result.code, wrong(result)) == (0, [("login", "warning")])
    assert finding(result, "login")["error"]["hint"] == "Get a new one for CBRCTL_TOKEN."
    service.on(ASK_IAM, Answer(404, {"error": {"code": 404, "message": f"no {CANARY}", "title": "Not Found"}}))
    result = doctor(env={"CBRCTL_TOKEN": CANARY})
    assert (result.code, wrong(result)) == (12, [("login", "error")])
    service.on(ASK_IAM, Answer(403, {"error": {"code": 403, "message": "no", "title": "Forbidden"}}))
    result = doctor()
    assert (result.code, finding(result, "login")["note"]) == (0, "given, its end is not known")


def test_an_iam_that_no_run_needs(service: Scripted, doctor: Run) -> None:
    away = {"CBRCTL_IAM_ENDPOINT": f"http://127.0.0.1:{closed_port()}"}
    result = doctor(env=away)
    assert (result.code, wrong(result)) == (0, [("answer-iam", "warning")])
    assert finding(result, "cbr")["state"] == "ok"
    result = doctor(env={**away, "CBRCTL_PROJECT_ID": ""})
    assert (result.code, wrong(result)) == (7, [("answer-iam", "error")])
    assert finding(result, "login")["note"] == "answer-iam failed"


def test_what_is_not_allowed(service: Scripted, doctor: Run) -> None:
    service.on(cbr.VAULTS, Answer(403, {"error_code": "APIGW.0302", "error_msg": "no"}, {"X-Request-Id": "r-1"}))
    result = doctor()
    assert (result.code, wrong(result)) == (12, [("cbr", "error")])
    assert finding(result, "cbr")["error"]["request_id"] == "r-1"
    service.on(cbr.VAULTS, Answer(503))
    before = service.count(cbr.VAULTS)
    assert doctor().code == 7
    assert service.count(cbr.VAULTS) == before + 1, "a doctor that waits is none"


# files ----------------------------------------------------------------------------------------------------------------


def spoil_mode(path: Path) -> None:
    path.chmod(0o666 if path.is_file() else 0o777)


def spoil_kind(path: Path) -> None:
    path.rename(f"{path}.real")
    path.symlink_to(f"{path}.real")


def spoil_owner(path: Path) -> None:
    os.chown(path, 12345, 12345)


FILES = {
    "config-files": ".config/cbrctl/config.toml",
    "cache-files": ".cache/cbrctl/token-0123.json",
    "journal": ".local/state/cbrctl/journal.db",
    "locks": f".local/state/cbrctl/locks/{cbr.VAULT}.lock",
}
FOLDERS = {
    "config-files": ".config/cbrctl",
    "cache-files": ".cache/cbrctl",
    "state-folder": ".local/state/cbrctl",
    "locks": ".local/state/cbrctl/locks",
}


@pytest.fixture
def filled(home: Path) -> Path:
    """A home in which cbrctl has run."""
    write_config(home, "")
    with closing(Journal(home / ".local/state/cbrctl")) as journal, journal.hold(cbr.VAULT, "x"):
        pass
    cache = home / ".cache/cbrctl"
    cache.mkdir(parents=True, mode=0o700)
    for name in ("token-0123.json", "token-0123.lock"):
        (cache / name).touch(0o600)
    return home


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("check", "path", "spoil"),
    [
        *((check, path, spoil) for check, path in FILES.items() for spoil in (spoil_mode, spoil_kind, spoil_owner)),
        *((check, path, spoil) for check, path in FOLDERS.items() for spoil in (spoil_mode, spoil_owner)),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_what_others_could_have_a_hand_in(
    check: str, path: str, spoil: Callable[[Path], None], filled: Path, cloud: Cloud, doctor: Run
) -> None:
    if spoil is spoil_owner and os.geteuid() != 0:
        pytest.skip("only root gives files away")
    assert wrong(doctor()) == []
    spoil(filled / path)
    result = doctor()
    if check == "config-files" and spoil is spoil_kind:
        assert wrong(result) == []  # a link, as a ConfigMap has it
        return
    mends_itself = spoil is spoil_mode and check != "config-files"  # a run tightens it
    assert result.code == (0 if mends_itself else 15)
    if mends_itself:  # what is used on the way is tightened, and that is told too
        assert (check, "warning") in wrong(result)
        assert {state for _, state in wrong(result)} == {"warning"}
        assert str(filled / path) in findings(result, check)[0]["error"]["message"]
        mend(findings(result, check)[0]["error"]["hint"])
        assert wrong(doctor()) == []
        return
    assert wrong(result) == [(check, "error")]
    error = finding(result, check)["error"]
    assert str(filled / path) in error["message"]
    hint = error["hint"]
    if hint.startswith("sudo ") and shutil.which("sudo") is None:
        hint = hint.removeprefix("sudo ")
    mend(hint)
    after = doctor()
    assert (after.code, wrong(after)) == (0, [])


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("variable", "check"),
    [("CBRCTL_STATE_DIR", "state-folder"), ("CBRCTL_CACHE_DIR", "cache-files"), ("CBRCTL_CONFIG_DIR", "config-files")],
)
@pytest.mark.parametrize("made", [False, True], ids=["not there yet", "there"])
def test_a_place_where_others_could_replace_ours(
    made: bool, variable: str, check: str, cloud: Cloud, doctor: Run, tmp_path: Path
) -> None:
    """What a run refuses doctor says, and neither leaves anything there."""
    place = tmp_path / "w"
    place.mkdir()
    if made:
        (place / "cbrctl").mkdir(mode=0o700)
    place.chmod(0o777)
    before = sorted(place.rglob("*"))
    result = doctor(env={variable: str(place)})
    if check == "config-files" and not made:
        assert result.code == 0, "there is none, and none is needed"
    else:
        assert (check, "error") in wrong(result)
        assert result.code == 15
        assert str(place) not in finding(result, check)["error"]["hint"]
    assert sorted(place.rglob("*")) == before


def test_every_bad_file_is_named(filled: Path, cloud: Cloud, doctor: Run) -> None:
    for name in ("token-0123.json", "token-0123.lock"):
        (filled / ".cache/cbrctl" / name).chmod(0o644)
    told = findings(doctor(), "cache-files")
    assert [f["state"] for f in told] == ["warning", "warning"], "a run tightens them"
    for one in told:
        mend(one["error"]["hint"])
    assert wrong(doctor()) == []


@pytest.mark.heavy
@pytest.mark.parametrize("link", [False, True])
@pytest.mark.parametrize(
    ("variable", "check"),
    [("CBRCTL_STATE_DIR", "state-folder"), ("CBRCTL_CONFIG_DIR", "config-files"), ("CBRCTL_CACHE_DIR", "cache-files")],
)
def test_a_folder_that_is_none(variable: str, check: str, link: bool, cloud: Cloud, doctor: Run, home: Path) -> None:
    place = home / "it's state" / "cbrctl"
    place.parent.mkdir()
    if link:
        place.symlink_to("nowhere")
    else:
        place.touch(0o600)
    env = {variable: str(place)}
    result = doctor(env=env)
    assert (result.code, wrong(result)) == (15, [(check, "error")])
    mend(finding(result, check)["error"]["hint"])
    assert wrong(doctor(env=env)) == []


def test_a_state_folder_that_cannot_be_made(cloud: Cloud, doctor: Run, home: Path) -> None:
    (home / "file").touch()
    for place in (str(home / "file" / "below"), "/proc/nothing"):
        result = doctor(env={"CBRCTL_STATE_DIR": place})
        assert (result.code, wrong(result)) == (15, [("state-folder", "error")])
        assert "CBRCTL_STATE_DIR" in finding(result, "state-folder")["error"]["hint"]
        assert finding(result, "journal")["note"] == "state-folder failed"


@pytest.mark.heavy
@pytest.mark.skipif(
    subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0 if shutil.which("unshare") else True,
    reason="no mounts of our own can be made here",
)
@pytest.mark.parametrize(("size", "fill", "state"), [("100m", 0, "ok"), ("2m", 0, "warning"), ("64k", 64, "error")])
def test_room_on_the_disk(
    size: str, fill: int, state: str, cloud: Cloud, environ: dict[str, str], tmp_path: Path
) -> None:
    place = tmp_path / "disk"
    place.mkdir()
    program = shlex.join([*PROGRAM, "doctor", "-o", "json"])
    script = f"mount -t tmpfs -o size={size},mode=700 none {place} && mkdir -m 700 {place}/cbrctl"
    script += f" && {{ head -c {fill}k /dev/zero > {place}/fill || true; }} && exec {program}"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script],
        env={**environ, "CBRCTL_STATE_DIR": str(place)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    result = Result(done.returncode, done.stdout, done.stderr)
    assert finding(result, "state-folder")["state"] == state, done.stderr
    assert done.returncode == (15 if state == "error" else 0)


MOUNTS = """\
23 28 0:21 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
40 23 0:35 / /home rw - nfs4 server:/home rw
41 40 0:36 / /home/joe/my\\040disk rw - xfs /dev/vdb rw
42 23 0:37 / /mnt rw - fuse.sshfs joe@host: rw
43 23 0:38 / /mnt rw - ext4 /dev/vdc rw
nonsense
"""


@pytest.mark.parametrize(
    ("path", "system"),
    [("/var/lib", "ext4"), ("/home/joe/.local", "nfs4"), ("/home/joe/my disk/x", "xfs"), ("/homeless", "ext4"),
     ("/mnt/x", "ext4")],
)  # fmt: skip
def test_the_file_system_of_a_path(path: str, system: str) -> None:
    assert find_file_system(Path(path), MOUNTS) == system
    assert bool(NETWORKED.fullmatch(system)) == (system == "nfs4")
    assert find_file_system(Path(path), "") == ""


def test_unsettled_backups(filled: Path, cloud: Cloud, doctor: Run, run: Run) -> None:
    env = cloud.variables  # type: ignore[attr-defined]
    request = {"vault_id": cbr.VAULT, "parameters": {"name": "cbrctl-6N7X0K3B1QZ2M4D5F8GHJVRSTW"}}
    began = time.time() - 3600
    record = Backup(
        cbr.VAULT, op_id="6N7X0K3B1QZ2M4D5F8GHJVRSTW", vault_id=cbr.VAULT, endpoint=env["CBRCTL_ENDPOINT"],
        project_id=env["CBRCTL_PROJECT_ID"], request=request, state="unknown", outcome="unknown", exit_code=6,
        sent="unknown", sent_at=Instant(began, "before", 5.0, began), started_at=began,
    )  # fmt: skip
    with closing(Journal(filled / ".local/state/cbrctl")) as journal:
        journal.record(record)
    result = doctor()
    assert (result.code, wrong(result)) == (0, [("journal", "warning")])
    told = finding(result, "journal")
    assert (told["error"]["hint"], told["error"]["kind"]) == ("cbrctl resume", "pending")
    run(*shlex.split(told["error"]["hint"])[1:])
    assert wrong(doctor()) == []


@pytest.mark.heavy
@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
def test_the_journal_s_companions(suffix: str, filled: Path, cloud: Cloud, doctor: Run) -> None:
    companion = filled / f".local/state/cbrctl/journal.db{suffix}"
    companion.touch()
    companion.chmod(0o644)
    result = doctor()
    assert (result.code, wrong(result)) == (0, [("journal", "warning")])
    assert wrong(doctor()) == []


def test_a_journal_that_is_none(filled: Path, cloud: Cloud, doctor: Run) -> None:
    (filled / ".local/state/cbrctl/journal.db").write_bytes(b"nonsense" * 1000)
    result = doctor()
    assert (result.code, wrong(result)) == (15, [("journal", "error")])
    assert wrong(doctor()) == [], "it was moved aside, and the message said so"


# the keyring ----------------------------------------------------------------------------------------------------------

STORED = '[profiles.default]\nregion = "cn-north-4"\nusername = "sandbox-user"\ndomain_name = "sandbox-account"\n'


def test_a_keyring_that_is_needed_and_not_there(cloud: Cloud, doctor: Run, home: Path) -> None:
    write_config(home, STORED)
    result = doctor(env=dict.fromkeys(("CBRCTL_USERNAME", "CBRCTL_PASSWORD", "CBRCTL_DOMAIN_NAME"), ""))
    assert (result.code, wrong(result)) == (15, [("keyring", "error")])
    assert "password_file" in finding(result, "keyring")["error"]["hint"]
    assert finding(result, "login")["note"] == "keyring failed"
    assert all(r.method == "GET" for r in cloud.requests)


@pytest.mark.heavy
@pytest.mark.real
def test_a_keyring_that_answers(cloud: Cloud, doctor: Run, home: Path) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, closing(SecretService(Path(folder))) as ring:
        result = doctor(env=ring.environ)
        assert finding(result, "keyring") == {
            "check": "keyring", "state": "ok", "note": "secret-service answers", "error": None,
        }  # fmt: skip
        ring.hang()
        result = doctor(env=ring.environ)
        assert (finding(result, "keyring")["state"], result.code) == ("skipped", 0)


# the clock ------------------------------------------------------------------------------------------------------------


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("offset", "state", "words"),
    [(0, "ok", "right to the second"), (45, "ok", "4. s ahead"), (-45, "ok", "4. s behind"),
     (-305, "warning", "is 5m.*behind"), (305, "warning", "is 5m.*ahead"), (1205, "error", "20m"), (-1205, "error", "behind")],
)  # fmt: skip
def test_a_clock_that_is_wrong(offset: int, state: str, words: str, service: Scripted, doctor: Run) -> None:
    env = {"TEST_CLOCK_OFFSET": str(offset), "CBRCTL_PROJECT_ID": cbr.PROJECT}
    result = doctor(env=env)
    told = finding(result, "clock")
    assert told["state"] == state
    assert re.search(words, told["error"]["message"] if told["error"] else told["note"])
    assert result.code == (12 if state == "error" else 0)
    if told["error"]:
        assert (told["error"]["hint"], told["error"]["kind"]) == ("sudo timedatectl set-ntp true", "auth")


@pytest.mark.parametrize("date", [None, "yesterday", "", "Thu, 99 Nov 2026 08:00:00 GMT"])
def test_answers_that_do_not_tell_the_time(date: str | None, service: Scripted, doctor: Run) -> None:
    service.on(ROOT, Answer(200, {}, {} if date is None else {"Date": date}))
    result = doctor()
    assert (result.code, finding(result, "clock")["state"]) == (0, "skipped")


# DNS and TLS ----------------------------------------------------------------------------------------------------------


def test_a_host_that_is_not_found(doctor: Run) -> None:
    env = {"CBRCTL_ENDPOINT": "https://nonexistent.invalid", "CBRCTL_IAM_ENDPOINT": "https://nonexistent.invalid"}
    result = doctor(env={**env, "CBRCTL_TOKEN": CANARY, "CBRCTL_PROJECT_ID": cbr.PROJECT})
    assert (result.code, wrong(result)) == (7, [("dns-cbr", "error"), ("dns-iam", "warning")])
    assert "nonexistent.invalid" in finding(result, "dns-cbr")["error"]["message"]
    assert finding(result, "cbr")["note"] == "dns-cbr failed"


@pytest.mark.heavy
def test_a_look_up_that_hangs(service: Scripted, doctor: Run, environ: dict[str, str], tmp_path: Path) -> None:
    """Nothing below Python can be made slow here: the child's own getaddrinfo is."""
    module = tmp_path / "slow" / "sitecustomize.py"
    module.parent.mkdir()
    module.write_text(
        "import socket, threading\nsocket.getaddrinfo = lambda *a, **k: threading.Event().wait(60)\n"
        "import cbrctl.doctor.network as n\nn.LOOK_UP = 0.3\n"
    )
    result = doctor(env={"PYTHONPATH": f"{module.parent}{os.pathsep}{environ['PYTHONPATH']}"})
    assert finding(result, "dns-cbr")["error"]["message"].endswith("longer than 0.3 s.")


def test_a_port_that_nobody_listens_on(doctor: Run) -> None:
    env = dict.fromkeys(("CBRCTL_ENDPOINT", "CBRCTL_IAM_ENDPOINT"), f"https://127.0.0.1:{closed_port()}")
    result = doctor(env={**env, "CBRCTL_TOKEN": CANARY, "CBRCTL_PROJECT_ID": cbr.PROJECT})
    assert wrong(result) == [("tls-cbr", "error"), ("tls-iam", "warning")]
    assert "Connection refused" in finding(result, "tls-cbr")["error"]["message"]


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    """An authority that nobody else trusts."""
    return trustme.CA()


@pytest.fixture
def ca_file(ca: trustme.CA, tmp_path: Path) -> str:
    """Its certificate."""
    path = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def secure(service: Scripted, ca: trustme.CA, ca_file: str) -> Callable[..., dict[str, str]]:
    """Make the service speak TLS under a certificate; gives the variables that reach it."""

    def start(*names: str, **more: Any) -> dict[str, str]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert(*(names or ("127.0.0.1",)), **more).configure_cert(context)
        server = service._server
        server.socket = context.wrap_socket(server.socket, server_side=True)
        url = f"https://127.0.0.1:{server.server_port}"
        return {"CBRCTL_ENDPOINT": url, "CBRCTL_IAM_ENDPOINT": url, "CBRCTL_CA_BUNDLE": ca_file, "CBRCTL_TOKEN": CANARY}

    return start


def days(count: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=count)


def test_tls(secure: Callable[..., dict[str, str]], doctor: Run, tmp_path: Path) -> None:
    end = days(100)
    env = secure("127.0.0.1", not_after=end)
    keys = tmp_path / "keys"
    result = doctor(env={**env, "SSLKEYLOGFILE": "", "SSL_CERT_FILE": "/nonexistent", "SSL_CERT_DIR": "/nonexistent"})
    assert (result.code, wrong(result)) == (0, [])
    assert finding(result, "tls-cbr")["note"] == f"TLSv1.3, certificate of 127.0.0.1 until {end:%Y-%m-%d}"
    assert finding(result, "ca-bundle")["note"].endswith("ca.pem (CBRCTL_CA_BUNDLE)")
    assert not keys.exists()


def test_a_certificate_that_ends_soon(secure: Callable[..., dict[str, str]], doctor: Run) -> None:
    env = secure("127.0.0.1", not_after=days(13))
    result = doctor(env=env)
    assert (result.code, wrong(result)) == (0, [("tls-cbr", "warning"), ("tls-iam", "warning")])
    assert f"{days(13):%Y-%m-}" in finding(result, "tls-cbr")["error"]["message"]


BAD = {
    "expired": (("127.0.0.1",), {"not_before": days(-9), "not_after": days(-1)}, {}, "The certificate has expired, or the clock"),
    "not yet": (("127.0.0.1",), {"not_before": days(1), "not_after": days(9)}, {}, "not valid yet, or the clock"),
    "unknown authority": (("127.0.0.1",), {}, {"CBRCTL_CA_BUNDLE": ""}, "set CBRCTL_CA_BUNDLE"),
    "the environment's authority": (
        ("127.0.0.1",), {}, {"CBRCTL_CA_BUNDLE": "", "SSL_CERT_FILE": "{ca}", "REQUESTS_CA_BUNDLE": "{ca}"}, "not trusted",
    ),
    "wrong host": (("other.example",), {}, {}, "of another host (IP address mismatch"),
}  # fmt: skip


@pytest.mark.heavy
@pytest.mark.parametrize(("names", "more", "env", "words"), BAD.values(), ids=BAD.keys())
def test_certificates_that_are_refused(
    names: tuple[str, ...],
    more: dict[str, Any],
    env: dict[str, str],
    words: str,
    secure: Callable[..., dict[str, str]],
    service: Scripted,
    doctor: Run,
    run: Run,
    ca_file: str,
) -> None:
    around = {**secure(*names, **more), **{key: value.format(ca=ca_file) for key, value in env.items()}}
    result = doctor(env=around)
    assert (result.code, wrong(result)) == (7, [("tls-cbr", "error"), ("tls-iam", "warning")])
    assert words in finding(result, "tls-cbr")["error"]["message"]
    assert service.asked == []
    other = run("vault", "list", env=around)
    assert other.code == 7
    assert words in " ".join(other.err.split()), "every command says so"


def test_an_https_address_of_a_plain_server(service: Scripted, doctor: Run, run: Run) -> None:
    around = {"CBRCTL_ENDPOINT": service.url.replace("http:", "https:")}
    result = doctor(env=around)
    assert "does not speak TLS" in finding(result, "tls-cbr")["error"]["message"]
    assert "does not speak TLS" in run("vault", "list", env=around).err


def test_a_server_of_old(serve: Serve, ca: trustme.CA, doctor: Run, run: Run) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    with warnings.catch_warnings(action="ignore"):
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    around = {"CBRCTL_ENDPOINT": serve(tls=context).url, "CBRCTL_IAM_ENDPOINT": "http://127.0.0.1:9"}
    around |= {"CBRCTL_TOKEN": CANARY, "CBRCTL_PROJECT_ID": cbr.PROJECT}
    assert "TLS that is too old" in finding(doctor(env=around), "tls-cbr")["error"]["message"]
    assert "TLS that is too old" in " ".join(run("vault", "list", env=around).err.split())


def stay_silent(connection: socket.socket) -> None:
    """Take what comes and answer nothing, until the other side has had enough."""
    while connection.recv(65536):
        pass


def test_a_handshake_that_hangs(serve: Serve, doctor: Run, environ: dict[str, str], tmp_path: Path) -> None:
    server = serve(greet=stay_silent)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text("import cbrctl.doctor.network as n\nn.HANDSHAKE = 0.3\n")
    environ["PYTHONPATH"] = os.pathsep.join([str(tmp_path / "site"), environ["PYTHONPATH"]])
    env = {"CBRCTL_ENDPOINT": server.url.replace("http:", "https:"), "CBRCTL_IAM_ENDPOINT": "http://127.0.0.1:9"}
    result = doctor(env={**env, "CBRCTL_TOKEN": CANARY, "CBRCTL_PROJECT_ID": cbr.PROJECT})
    assert finding(result, "tls-cbr")["state"] == "error"


@pytest.mark.parametrize("text", [None, "nonsense"])
def test_a_bundle_of_no_certificates(text: str | None, service: Scripted, doctor: Run, tmp_path: Path) -> None:
    path = tmp_path / "bundle.pem"
    if text:
        path.write_text(text)
    result = doctor(env={"CBRCTL_CA_BUNDLE": str(path)})
    assert (result.code, wrong(result)) == (2, [("ca-bundle", "error")])
    assert finding(result, "cbr")["note"] == "ca-bundle failed"


# through a proxy ------------------------------------------------------------------------------------------------------


def cbr_of_one_vault(ca: trustme.CA, serve: Serve) -> Raw:
    """A service behind TLS that says the same to everything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(HOST).configure_cert(context)
    body = json.dumps(
        {
            "vaults": [{"id": cbr.VAULT, "name": "v"}],
            "count": 1,
            "token": {"expires_at": stamp(9999), "project": {"id": cbr.PROJECT}},
        }
    )
    return serve(say(whole(body.encode())), tls=context)


PROXIED = {
    "CBRCTL_ENDPOINT": f"https://{HOST}",
    "CBRCTL_IAM_ENDPOINT": f"https://{HOST}",
    "CBRCTL_PROJECT_ID": cbr.PROJECT,
}


@pytest.mark.parametrize("variable", ["CBRCTL_PROXY", "HTTPS_PROXY"])
def test_a_proxy(variable: str, ca: trustme.CA, ca_file: str, serve: Serve, doctor: Run) -> None:
    proxy = serve(tunnel_to(cbr_of_one_vault(ca, serve).port))
    address = proxy.url.replace("//", f"//joe:{CANARY}@")
    result = doctor(env={**PROXIED, "CBRCTL_TOKEN": "a-token", "CBRCTL_CA_BUNDLE": ca_file, variable: address})
    assert (result.code, wrong(result)) == (0, [])
    assert finding(result, "proxy")["note"].startswith("http://***@127.0.0.1:")
    assert finding(result, "tls-cbr") == {
        "check": "tls-cbr", "state": "skipped", "note": "through the proxy 127.0.0.1", "error": None,
    }  # fmt: skip
    result = doctor(env={**PROXIED, "CBRCTL_TOKEN": "a-token", variable: address})
    assert (result.code, wrong(result)) == (7, [("answer-cbr", "error"), ("answer-iam", "warning")])
    assert "set CBRCTL_CA_BUNDLE" in finding(result, "answer-cbr")["error"]["message"]


def test_a_proxy_that_refuses(serve: Serve, doctor: Run) -> None:
    proxy = serve(say(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))
    result = doctor(env={**PROXIED, "CBRCTL_TOKEN": CANARY, "CBRCTL_PROXY": proxy.url})
    assert (result.code, wrong(result)) == (7, [("answer-cbr", "error"), ("answer-iam", "warning")])
    assert "407" in finding(result, "answer-cbr")["error"]["message"]
    result = doctor(env={**PROXIED, "CBRCTL_TOKEN": CANARY, "CBRCTL_PROXY": f"http://joe:{CANARY}@host:x"})
    assert (result.code, wrong(result)) == (2, [("proxy", "error")])


# what it costs and what ends it --------------------------------------------------------------------------------------


def test_its_help_loads_no_network(environ: dict[str, str], tmp_path: Path) -> None:
    for line, code in (("doctor --help", 0), ("doctor -o id", 2)):
        exit_code, loaded = modules_of(line.split(), environ, tmp_path)
        assert exit_code == code
        assert_not_loaded(loaded, (*HEAVY, "cbrctl.doctor"))


def test_a_signal_ends_it(serve: Serve, environ: dict[str, str]) -> None:
    import signal

    server = serve(greet=stay_silent)
    env = {"CBRCTL_ENDPOINT": server.url.replace("http:", "https:"), "CBRCTL_IAM_ENDPOINT": "http://127.0.0.1:9"}
    environ |= {**env, "CBRCTL_TOKEN": CANARY, "CBRCTL_PROJECT_ID": cbr.PROJECT}
    with subprocess.Popen([*PROGRAM, "doctor", "-o", "json"], env=environ, stdout=subprocess.PIPE, text=True) as child:
        while server.connections == 0:
            time.sleep(0.01)
        child.send_signal(signal.SIGTERM)
        out, _ = child.communicate(timeout=5)
    validate(json.loads(out))
    assert child.returncode == json.loads(out)["exit_code"] == 143


@pytest.mark.heavy
def test_without_a_home_only_the_state_needs_a_place(
    cloud: Cloud, run: Run, environ: dict[str, str], tmp_path: Path
) -> None:
    """As in a container. The process is made to believe that nobody is known: its files stay readable."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "import pwd\ndef unknown(uid):\n    raise KeyError(uid)\npwd.getpwuid = unknown\n"
    )
    environ.pop("HOME")
    environ["PYTHONPATH"] = os.pathsep.join([str(folder), environ["PYTHONPATH"]])
    states = {f["check"]: f["state"] for f in run("doctor", "-o", "json").json()["findings"]}
    assert {check for check, state in states.items() if state == "error"} == {"state-folder"}
    environ["CBRCTL_STATE_DIR"] = str(tmp_path / "state")
    result = run("doctor", "-o", "json")
    assert result.code == 0, result.err
    assert run("backup", "--vault", "vault-be94", "--no-wait").code == 0
    assert list(Path.cwd().glob("~*")) == []
