"""The keyring of the system: the real one, none, one that hangs, and others that would like to be handed the secret."""

import json
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar, cast

import keyring.backends
import keyring.core
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import InitError, KeyringError, KeyringLocked, NoKeyringError, PasswordDeleteError, PasswordSetError

from cbrctl import login
from cbrctl.credentials import os_keyring
from cbrctl.credentials.methods import Password
from cbrctl.credentials.os_keyring import OsKeyring
from cbrctl.credentials.profile_secret import Bound
from cbrctl.credentials.secret import Secret
from cbrctl.errors import LocalState
from cbrctl.machine.lock import FileLock
from cbrctl.messages.error_text import tell
from cbrctl.session import Session
from tests.support.program import clean_environ
from tests.support.secret_service import SecretService

SECRET = "CANARY-geheim"
real = pytest.mark.real
CHILD = """
import json, sys
from cbrctl.credentials.os_keyring import OsKeyring
from cbrctl.errors import CbrctlError
from cbrctl.messages.error_text import tell
def show(value):
    print(json.dumps(value), flush=True)
try:
    exec(sys.argv[1])
except CbrctlError as error:
    print(error.key, *tell(error), sep="\\n", file=sys.stderr)
    sys.exit(error.exit_code)
"""
EVIL = """
import pathlib
from keyring.backend import KeyringBackend
pathlib.Path(__file__).with_name("imported").touch()
class Keyring(KeyringBackend):
    priority = 99
    def get_password(self, service, account):
        return "evil"
    def set_password(self, service, account, text):
        pathlib.Path(__file__).with_name("stolen").write_text(text)
"""
HANGING = """
import os, sys, threading, types
import keyring.backends
class Keyring:
    priority = 5
    def get_password(self, service, account):
        os.write(1, b'"asked"')  # print would hold a lock that the end of a process needs
        threading.Event().wait()
module = types.ModuleType("keyring.backends.SecretService")
module.Keyring = Keyring
sys.modules[module.__name__] = module
"""


def start(code: str, environ: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, code],
        env=environ, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def child(code: str, environ: dict[str, str]) -> tuple[int, Any, str]:
    """Run code in a process of its own, all warnings being errors; gives its exit code, what it showed and its errors."""
    process = start(code, environ)
    out, err = process.communicate(timeout=30)
    return process.returncode, json.loads(out) if out else None, err


# the real one


@pytest.fixture(scope="module")
def service() -> Iterator[SecretService]:
    with tempfile.TemporaryDirectory(prefix="ss-") as home:
        made = SecretService(Path(home))
        yield made
        made.close()


@pytest.fixture
def start_service() -> Iterator[Callable[..., SecretService]]:
    """Start sessions in one home, which keep what was stored; one at a time."""
    made: list[SecretService] = []
    with tempfile.TemporaryDirectory(prefix="ss-") as home:

        def make(**more: bool) -> SecretService:
            while made:
                made.pop().close()
            made.append(SecretService(Path(home), **more))
            return made[-1]

        yield make
        while made:
            made.pop().close()


@pytest.mark.heavy
class TestReal:
    pytestmark = real

    @pytest.mark.parametrize(
        "text",
        [SECRET, "ends in a newline\n", "two\nlines, a tab\tand a \0", "пароль 密码 \U0001f511", "x" * 40_000 + "é"],
        ids=["plain", "newline", "control", "unicode", "40 KB"],
    )
    def test_what_one_process_stores_another_reads(
        self, text: str, service: SecretService, environ: dict[str, str]
    ) -> None:
        told = {**environ, **service.environ}
        code = "OsKeyring().store('a', json.loads(sys.stdin.read()))"
        process = subprocess.run(
            [sys.executable, "-c", CHILD, code], env=told, input=json.dumps(text), text=True, capture_output=True
        )
        assert (process.returncode, process.stderr) == (0, "")
        assert child("show(OsKeyring().read('a'))", told) == (0, text, "")

    def test_an_entry_is_replaced_and_removed_and_others_stay(
        self, service: SecretService, environ: dict[str, str]
    ) -> None:
        code = """
k = OsKeyring("secret-service")
k.store("other", "stays")
k.store("b", "first"); k.store("b", "second")
seen = [k.read("b"), k.remove("b"), k.remove("b"), k.read("b"), k.read("other"), k.backend]
k.probe()
show(seen)
"""
        told = {**environ, **service.environ}
        assert child(code, told) == (0, ["second", True, False, None, "stays", "secret-service"], "")

    def test_an_entry_that_another_program_added_goes_too(
        self, service: SecretService, environ: dict[str, str]
    ) -> None:
        """As `secret-tool store service cbrctl username c` does: the same name, one attribute less."""
        code = """
import secretstorage
from contextlib import closing
k = OsKeyring(); k.store("c", "ours")
with closing(secretstorage.dbus_init()) as bus:
    secretstorage.get_default_collection(bus).create_item("x", {"service": "cbrctl", "username": "c"}, b"theirs")
show([k.remove("c"), k.read("c")])
"""
        assert child(code, {**environ, **service.environ}) == (0, [True, None], "")

    def test_a_locked_keyring_is_told(
        self, start_service: Callable[..., SecretService], environ: dict[str, str]
    ) -> None:
        told = {**environ, **start_service().environ}
        assert child("OsKeyring().store('a', 'x')", told)[0] == 0
        told = {**environ, **start_service(unlocked=False).environ}
        for call in ("read('a')", "store('a', 'y')", "remove('a')", "probe()"):
            code, _, err = child(f"OsKeyring(seconds=20).{call}", told)
            assert (code, err.splitlines()[0]) == (15, "keyring-locked")
            assert "Unlock it" in err
            assert "Warning" not in err  # keyring leaves its connection open here
        told = {**environ, **start_service().environ}
        assert child("show(OsKeyring().read('a'))", told) == (0, "x", "")

    def test_a_keyring_that_was_never_set_up_is_told(
        self, start_service: Callable[..., SecretService], environ: dict[str, str]
    ) -> None:
        told = {**environ, **start_service(unlocked=False).environ}
        code, _, err = child("OsKeyring(seconds=20).store('a', 'x')", told)
        assert (code, err.splitlines()[0]) == (15, "keyring-locked")
        assert "Warning" not in err

    def test_a_stopped_daemon_is_told_and_the_process_ends(
        self, start_service: Callable[..., SecretService], environ: dict[str, str]
    ) -> None:
        service = start_service()
        service.hang()
        code, _, err = child("OsKeyring(seconds=0.7).read('a')", {**environ, **service.environ})
        assert (code, err.splitlines()[:2]) == (
            15, ["keyring-silent", "The system's keyring did not answer within 0.7 s."],
        )  # fmt: skip
        assert "Traceback" not in err

    def test_a_bus_without_the_service_is_told(
        self, start_service: Callable[..., SecretService], environ: dict[str, str]
    ) -> None:
        code, _, err = child("OsKeyring().read('a')", {**environ, **start_service(on_bus=False).environ})
        assert (code, err.splitlines()[0]) == (15, "no-keyring")
        assert "neither running nor activatable" in err

    def test_the_environment_cannot_take_the_secret_elsewhere(
        self, service: SecretService, environ: dict[str, str]
    ) -> None:
        told = {
            **environ, **service.environ,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "KEYRING_PROPERTY_SCHEME": "KeePassXC",  # other attributes: nobody else would find the entry
            "KEYRING_PROPERTY_GET_PASSWORD": "x",
        }  # fmt: skip
        assert child(f"OsKeyring().store('d', {SECRET!r})", told) == (0, None, "")
        assert child("show(OsKeyring().read('d'))", {**environ, **service.environ}) == (0, SECRET, "")


# none


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, "DBUS_SESSION_BUS_ADDRESS is unset"),
        ({"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere/bus"}, "No such file or directory"),
        ({"DBUS_SESSION_BUS_ADDRESS": ""}, "Unable to initialize"),
        ({"DBUS_SESSION_BUS_ADDRESS": "autolaunch:"}, ""),
        ({"DBUS_SESSION_BUS_ADDRESS": "tcp:host=localhost,port=1"}, "not supported"),
        ({"HOME": ""}, "DBUS_SESSION_BUS_ADDRESS is unset"),
        ({"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}, "DBUS_SESSION_BUS_ADDRESS is unset"),
        ({"PYTHON_KEYRING_BACKEND": ""}, "DBUS_SESSION_BUS_ADDRESS is unset"),
    ],
    ids=["cron", "dead bus", "empty bus", "autolaunch", "tcp", "no home", "null backend", "empty backend"],
)
@pytest.mark.parametrize("call", ["read('a')", f"store('a', {SECRET!r})", "remove('a')", "probe()"])
def test_where_there_is_no_keyring_it_says_what_to_do(call: str, more: dict[str, str], why: str) -> None:
    cron = {k: v for k, v in clean_environ(Path("/root"), more).items() if v or k != "HOME"}
    for name in ("LANG", "TERM"):
        del cron[name]
    code, _, err = child(f"OsKeyring(seconds=20).{call}", cron)
    assert (code, err.splitlines()[0]) == (15, "no-keyring")
    assert why in err
    assert "CBRCTL_PASSWORD_FILE" in err
    assert SECRET not in err
    assert "Traceback" not in err


@pytest.mark.parametrize("name", ["none", "plaintext", "keyring.backends.null.Keyring", "secret-service "])
def test_a_name_outside_the_list_is_refused(name: str) -> None:
    with pytest.raises(LocalState) as caught:
        OsKeyring(name)
    assert (caught.value.key, caught.value.exit_code) == ("no-keyring", 15)
    assert "secret-service, kwallet, macos, windows" in caught.value.note


def test_kwallet_without_its_library_is_no_keyring() -> None:
    with pytest.raises(LocalState) as caught:
        OsKeyring("kwallet", seconds=20).read("a")
    assert (caught.value.key, caught.value.note) == ("no-keyring", "kwallet: python-dbus not installed")


# others that would like to be handed the secret


@pytest.fixture
def evil(tmp_path: Path) -> Path:
    folder = tmp_path / "evil"
    folder.mkdir()
    (folder / "evil.py").write_text(EVIL)
    return folder


def offer(how: str, evil: Path, environ: dict[str, str]) -> dict[str, str]:
    """Offer the evil class to keyring in one of its three ways."""
    on_path = {"PYTHONPATH": f"{environ['PYTHONPATH']}:{evil}"}
    if how == "variable":
        return {**environ, **on_path, "PYTHON_KEYRING_BACKEND": "evil.Keyring"}
    if how == "file":
        folder = evil / "config" / "python_keyring"
        folder.mkdir(parents=True)
        (folder / "keyringrc.cfg").write_text(f"[backend]\ndefault-keyring=evil.Keyring\nkeyring-path={evil}\n")
        return {**environ, "XDG_CONFIG_HOME": str(evil / "config")}
    info = evil / "evil-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[keyring.backends]\nevil = evil\n")
    return {**environ, **on_path}


@pytest.mark.heavy
@pytest.mark.parametrize("how", ["variable", "file", "entry point"])
def test_a_class_from_elsewhere_is_not_even_imported(how: str, evil: Path, environ: dict[str, str]) -> None:
    told = offer(how, evil, environ)
    for call in ("read('a')", f"store('a', {SECRET!r})", "remove('a')", "probe()"):
        assert child(f"OsKeyring(seconds=20).{call}", told)[0] == 15
    assert not (evil / "imported").exists()
    # it would have been: this is what keyring itself does
    child(f"import keyring; keyring.set_password('x', 'a', {SECRET!r})", told)
    assert (evil / "imported").exists()
    assert (evil / "stolen").read_text() == SECRET


def test_it_costs_nothing_until_used_and_then_the_named_backend_alone(environ: dict[str, str]) -> None:
    code = """
def modules():
    return sorted(m for m in sys.modules if m.partition(".")[0] in ("keyring", "secretstorage"))
before = modules()
import keyring.backend
def scan():
    raise SystemExit("looked for backends")
keyring.backend._load_plugins = scan
try:
    OsKeyring(seconds=20).read("a")
except CbrctlError as error:
    key = error.key
import keyring.core
loaded = [m for m in modules() if m.startswith("keyring.backends.")]
show([before, key, loaded, keyring.core._keyring_backend is None])
"""
    status, shown, err = child(code, environ)
    # keyring.core imports fail by itself
    assert shown == [[], "no-keyring", ["keyring.backends.SecretService", "keyring.backends.fail"], True]
    assert (status, err) == (0, "")


# those of other systems, played


class Played(KeyringBackend):
    """A keyring in memory that does what a test wants."""

    kept: ClassVar[dict[str, str]]
    change: ClassVar[Callable[[str], str | None]]
    failure: ClassVar[BaseException | None]
    seen: ClassVar[list[Any]]

    def get_password(self, service: str, username: str) -> str | None:
        type(self).seen.append(("get", service, username, vars(self)))
        if self.failure:
            raise self.failure
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        type(self).seen.append(("set", service, username))
        if self.failure:
            raise self.failure
        changed = type(self).change(password)
        if changed is not None:
            self.kept[username] = changed

    def delete_password(self, service: str, username: str) -> None:
        if username not in self.kept:
            raise PasswordDeleteError("not there")
        del self.kept[username]


Play = Callable[[str], type[Played]]
CLASSES = {
    "macos": ("darwin", "macOS", "Keyring"),
    "windows": ("win32", "Windows", "WinVaultKeyring"),
    "kwallet": ("linux", "kwallet", "DBusKeyring"),
    "secret-service": ("freebsd14", "SecretService", "Keyring"),
}


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    """Put a played class where the backend of this name is imported from, on its own platform."""

    def make(name: str) -> type[Played]:
        platform, module, cls = CLASSES[name]
        made = type(
            cls,
            (Played,),
            {"priority": 5, "kept": {}, "failure": None, "seen": [], "change": staticmethod(lambda text: text)},
        )
        fake = ModuleType(f"keyring.backends.{module}")
        setattr(fake, cls, made)
        monkeypatch.setitem(sys.modules, fake.__name__, fake)
        monkeypatch.setattr(os_keyring, "sys", SimpleNamespace(platform=platform))
        assert issubclass(made, Played)
        return made

    return make


def refusal(call: Callable[[], object]) -> LocalState:
    """The error of a call, which shows the secret nowhere and came from nothing."""
    with pytest.raises(LocalState) as caught:
        call()
    error = caught.value
    assert error.exit_code == 15
    assert (error.__cause__, error.__context__) == (None, None)
    shown = [str(error), repr(error), repr(vars(error)), *tell(error), *traceback.format_exception(error)]
    assert SECRET not in "".join(shown)
    return error


@pytest.mark.parametrize("name", CLASSES)
def test_each_platform_has_its_backend(name: str, play: Play) -> None:
    played = play(name)
    ring = OsKeyring("auto" if name != "kwallet" else name)
    ring.store("a", SECRET)
    assert (ring.backend, ring.read("a"), ring.remove("a"), ring.remove("a")) == (name, SECRET, True, False)
    assert {call[1] for call in played.seen} == {"cbrctl"}


@pytest.mark.parametrize(
    ("name", "text", "fits"),
    [
        ("windows", "x" * 1280, True),
        ("windows", "é" * 1280, True),
        ("windows", "\U0001f511" * 640, True),
        ("windows", "x" * 1281, False),
        ("windows", "\U0001f511" * 641, False),
        ("macos", "x" * 40_000, True),
        ("kwallet", "x" * 40_000, True),
    ],
)
def test_what_is_too_long_is_refused_before_it_is_stored(name: str, text: str, fits: bool, play: Play) -> None:
    played = play(name)
    if fits:
        OsKeyring(name).store("a", text)
        assert played.kept == {"a": text}
        return
    error = refusal(lambda: OsKeyring(name).store("a", text))
    assert error.key == "secret-too-long"
    assert "1280" in tell(error).why
    assert "_FILE" in tell(error).fix
    assert played.seen == []


@pytest.mark.parametrize(
    ("failure", "key", "note"),
    [
        (KeyringLocked(SECRET), "keyring-locked", ""),
        (NoKeyringError(SECRET), "no-keyring", "macos: NoKeyringError"),
        (InitError(SECRET), "keyring-unusable", "macos: InitError"),
        (PasswordSetError(SECRET), "keyring-unusable", "macos: PasswordSetError"),
        (KeyringError(SECRET), "keyring-unusable", "macos: KeyringError"),
        (RuntimeError(SECRET), "keyring-unusable", "macos: RuntimeError"),
        (OSError(1783, "CredWrite", SECRET), "keyring-unusable", "macos: OSError 1783"),
        (UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET), "keyring-unusable", "macos: UnicodeDecodeError"),
        (ImportError(SECRET), "keyring-unusable", "macos: ImportError"),
        (SystemExit(SECRET), "keyring-unusable", "macos: SystemExit"),
        (KeyboardInterrupt(SECRET), "keyring-unusable", "macos: KeyboardInterrupt"),
        (type("LockedException", (Exception,), {})(SECRET), "keyring-locked", ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_every_failure_is_told_without_the_secret(
    failure: BaseException, key: str, note: str, play: Play, capfd: pytest.CaptureFixture[str]
) -> None:
    played = play("macos")
    played.failure = failure
    ring = OsKeyring()
    for call in (lambda: ring.store("a", SECRET), lambda: ring.read("a"), lambda: ring.remove("a"), ring.probe):
        error = refusal(call)
        assert error.key == key
        assert note in error.note
        assert "_FILE" in tell(error).fix
    assert capfd.readouterr() == ("", "")


def test_a_failure_is_told_by_what_it_came_from(play: Play) -> None:
    played = play("macos")
    played.failure = InitError("x")
    played.failure.__cause__ = type("PromptDismissedException", (Exception,), {})()
    assert refusal(lambda: OsKeyring().read("a")).key == "keyring-locked"
    played.failure = KeyringError("x")
    played.failure.__cause__ = OSError(-25308, "Unknown Error")
    assert refusal(lambda: OsKeyring().read("a")).note == "macos: KeyringError -25308"


def test_a_backend_that_cannot_be_had_is_no_keyring(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    played = play("windows")

    class Unable:
        def __get__(self, ring: object, cls: type) -> float:
            raise RuntimeError("Requires Windows\x1b[31m\nand pywin32")

    monkeypatch.setattr(played, "priority", Unable())
    error = refusal(lambda: OsKeyring().read("a"))
    assert (error.key, error.note) == ("no-keyring", "windows: Requires Windows [31m and pywin32")
    monkeypatch.setitem(sys.modules, "keyring.backends.Windows", None)  # makes the import fail
    assert refusal(lambda: OsKeyring().read("a")).key == "no-keyring"


@pytest.mark.parametrize(
    "change",
    [lambda text: None, lambda text: text[:5], lambda text: text + "\n", lambda text: text.encode()],
    ids=["dropped", "cut", "longer", "bytes"],
)
def test_a_secret_that_does_not_come_back_is_refused_and_not_left_there(
    change: Callable[[str], Any], play: Play
) -> None:
    played = play("macos")
    played.change = staticmethod(change)
    error = refusal(lambda: OsKeyring().store("a", SECRET))
    assert error.key == "keyring-unusable"
    if not isinstance(change(SECRET), bytes):
        assert error.note == "macos: it did not give back what was stored"
        assert played.kept == {}


def test_an_entry_that_stays_is_told(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    played = play("macos")
    OsKeyring().store("a", SECRET)
    monkeypatch.setattr(played, "delete_password", lambda *args: None)
    assert refusal(lambda: OsKeyring().remove("a")).note == "macos: what was deleted is still there"


def test_the_environment_sets_nothing_of_a_backend(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    played = play("kwallet")
    monkeypatch.setattr(played, "keychain", "of the environment", raising=False)
    for name in ("KEYRING_PROPERTY_BUS_NAME", "KEYRING_PROPERTY_KEPT", "X_KEYRING_PROPERTY_HANDLE"):
        monkeypatch.setenv(name, "evil")
    OsKeyring("kwallet").read("a")
    assert [call[3] for call in played.seen] == [{}]
    assert vars(played()) == {"bus_name": "evil", "kept": "evil", "handle": "evil"}  # what keyring itself does


def test_one_that_hangs_is_left_behind(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    played = play("macos")
    ended = threading.Event()
    monkeypatch.setattr(played, "get_password", lambda *args: ended.wait())
    error = refusal(lambda: OsKeyring(seconds=0.05).read("a"))
    [thread] = [t for t in threading.enumerate() if t.name == "keyring"]
    ended.set()
    thread.join()
    assert (error.key, tell(error).what) == ("keyring-silent", "The system's keyring did not answer within 0.05 s.")
    assert SECRET not in thread.name


def test_a_process_ends_though_the_keyring_hangs(environ: dict[str, str]) -> None:
    code, shown, err = child(HANGING + "OsKeyring(seconds=0.5).read('a')", environ)
    assert (code, err.splitlines()[0]) == (15, "keyring-silent")
    assert shown in ("asked", None)  # None where importing took all the time
    assert "Traceback" not in err


def test_a_signal_gets_through_while_the_keyring_hangs(environ: dict[str, str]) -> None:
    code = """
from cbrctl.errors import Interrupted
from cbrctl.machine.signals import install_handlers
install_handlers()
try:
    OsKeyring(seconds=600).read("a")
except Interrupted as stop:
    sys.exit(stop.exit_code)
"""
    process = start(HANGING + code, environ)
    assert process.stdout
    assert process.stdout.read(7) == '"asked"'
    process.terminate()
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (143, "")


def test_keyring_itself_was_never_asked_to_choose() -> None:
    assert keyring.core._keyring_backend is None


class Kept:
    """What two logins write: one keyring, one profile."""

    def __init__(self, folder: Path) -> None:
        self.environ = {"CBRCTL_CONFIG_DIR": str(folder)}
        self.secret: str | None = None
        self.profile: dict[str, str] = {}

    def keyring(self) -> "Kept":
        return self

    def bound(self, kind: str, who: str) -> Bound:
        return Bound(kind, who, "iam", "cbr", "", "")

    def read(self, profile: str) -> str | None:
        return self.secret

    def store(self, profile: str, text: str) -> None:
        self.secret = text


def test_two_logins_at_once_leave_one_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret of one user beside the name of the other would be told as kept twice, and be neither."""
    kept, goes_on, take = Kept(tmp_path), threading.Event(), FileLock.take

    def keep(name: str, write: Callable[[Mapping[str, str]], None]) -> None:
        proof = Password(name, "", "acme", "", Secret(f"pw of {name}", "prompt", in_keyring=True))
        login.keep(cast(Session, kept), "default", proof, write)

    def begin_to_wait(lock: FileLock, patience: float = 0.0) -> None:
        goes_on.set()
        take(lock, patience)

    def write_second(values: Mapping[str, str]) -> None:
        kept.profile = dict(values)
        goes_on.set()

    def write_first(values: Mapping[str, str]) -> None:
        monkeypatch.setattr(FileLock, "take", begin_to_wait)
        second.start()
        assert goes_on.wait(10)
        kept.profile = dict(values)

    second = threading.Thread(target=keep, args=("second", write_second))
    keep("first", write_first)
    second.join(10)
    stored = json.loads(str(kept.secret))
    assert (kept.profile["username"], stored["secret"]) == ("second", "pw of second")
    assert kept.profile["username"] in stored["who"]
