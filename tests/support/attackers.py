"""What an attacker has: secrets that can be told in whatever form they show, a run of which nothing stays unseen, servers
that nobody may be led to.
"""

import base64
import gzip
import json
import os
import re
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cbrctl.api.client import Client
from cbrctl.api.iam import Iam
from cbrctl.api.transport import Transport
from cbrctl.credentials.metadata import fetch_keys
from cbrctl.credentials.methods import Password
from cbrctl.credentials.secret import Secret
from tests.support import cbr
from tests.support.caller import Proof
from tests.support.configuration import write_clouds, write_config
from tests.support.logins import BAD_TOKENS, SECURITY_KEY, SESSION, described
from tests.support.program import CLOCK, PROGRAM, ROOT, Result
from tests.support.raw import Raw, Serve, Talk, flood, say, whole
from tests.support.scripted import Answer, Scripted

CANARY = "CANARY"
"""Stands at both ends of each secret of a user: it may be in no byte."""
PARROT = "PARROT"
"""Stands at both ends of what IAM issues: it may sit in its cage, the cache file, and nowhere else."""


def secret(name: str, mark: str = CANARY) -> str:
    """A secret that is known by its head, its tail and its middle, with characters that JSON and HTML may escape."""
    return f"{mark}-{name}-{mark}/+=&<'{mark}"


TOKEN, ISSUED, SESSION_TOKEN = (secret(name, PARROT) for name in ("given-token", "issued-token", "issued-session"))
PASSWORD = secret('p"a\\ss wörd')
CODE, SECRET_KEY, SECURITY_TOKEN, PROXY_PASSWORD = map(secret, ("code", "secret-key", "security-token", "proxy"))
PROXY = f"http://joe:{PROXY_PASSWORD.replace('/', '%2F')}@127.0.0.1:9"
"""No secret of it is needed on loopback."""


def forms(mark: str) -> dict[str, re.Pattern[bytes]]:
    """The shapes in which a mark may show."""
    data = mark.encode()
    patterns = {
        "plain": re.escape(data),
        "percent": b"".join(b"%%%02X" % byte for byte in data),
        "hex": data.hex().encode(),
        "escaped": b"".join(rb"\\u\{?(?:00)?%02x\}?" % byte for byte in data),
        "references": b"".join(rb"&#x?(?:%d|%x);" % (byte, byte) for byte in data),
        "UTF-16": re.escape(mark.encode("utf-16-le")),
        "reversed": data[::-1],
        "bytes": b", ".join(b"%d" % byte for byte in data),
    }
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + data)
        first, last = -(-shift * 8 // 6), (shift + len(data)) * 8 // 6
        patterns[f"base64+{shift}"] = re.escape(encoded[first:last])
    return {name: re.compile(pattern, 0 if "base64" in name else re.I) for name, pattern in patterns.items()}


FORMS = {mark: forms(mark) for mark in (CANARY, PARROT)}


def find_marks(data: bytes, marks: Sequence[str] = (CANARY, PARROT)) -> list[str]:
    """Which secrets show in some bytes, and how."""
    return [f"{mark} {name}" for mark in marks for name, pattern in FORMS[mark].items() if pattern.search(data)]


# a run ----------------------------------------------------------------------------------------------------------------


class Seen(NamedTuple):
    """What others can see of a process that runs."""

    command: bytes
    environ: dict[str, str]
    limits: str
    """The line of core dumps."""


class Spied:
    """A run of the program in folders of its own, and all that it left behind. `given` is what the attack itself put there."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.given = folder / "given"
        for name in ("given", "tmp", "work", "home"):
            (folder / name).mkdir(exist_ok=True)
        self.environ = {**environ, "TMPDIR": str(folder / "tmp"), "HTTPS_PROXY": PROXY, "ALL_PROXY": PROXY}
        self._started = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self.seen: list[Seen] = []

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        """The process, once it runs; for the threads of servers, which may be asked before it is known here."""
        assert self._started.wait(20)
        assert self._process
        return self._process

    def look(self) -> None:
        """See what others can see now."""
        self.seen.append(look_at(self.process.pid))

    def customize(self, text: str) -> dict[str, str]:
        """Have the child run a text when Python starts, after the test clock; gives the variables for it."""
        folder = self.given / "site"
        folder.mkdir(exist_ok=True)
        clock = Path(CLOCK, "sitecustomize.py").read_text()
        (folder / "sitecustomize.py").write_text(f"{clock}\n{text}")
        return {"PYTHONPATH": os.pathsep.join([str(folder), ROOT])}

    def run(
        self,
        *args: str,
        env: Mapping[str, str] | None = None,
        program: Sequence[str] = PROGRAM,
        stdin: bytes = b"",
        timeout: float = 30,
    ) -> Result:
        """Run to the end and see that no secret is in any byte that was written."""
        self._started.clear()
        with subprocess.Popen(
            [*program, *args],
            env={**self.environ, **(env or {})},
            cwd=self.folder / "work",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as self._process:
            self._started.set()
            try:
                out, err = self._process.communicate(stdin, timeout=timeout)
            finally:
                self._process.kill()
        self.check(out, err)
        return Result(self._process.returncode, out.decode(), err.decode())

    def check(self, *streams: bytes) -> None:
        """No secret stands in what was written, but for what IAM issued in the cache."""
        for stream in streams:
            assert find_marks(stream) == [], stream.decode(errors="replace")
        for path in self.files():
            caged = path.name.startswith("token-") and path.suffix == ".json"
            marks = find_marks(path.read_bytes(), (CANARY,) if caged else (CANARY, PARROT))
            assert marks == [], path
            assert find_marks(os.fsencode(path.name)) == []

    def files(self) -> list[Path]:
        """Every file below the folders, but for those that the test gave."""
        found = self.folder.rglob("*")
        return [path for path in found if stat.S_ISREG(path.lstat().st_mode) and self.given not in path.parents]


def look_at(pid: int) -> Seen:
    """What /proc shows of a process."""
    place = Path("/proc") / str(pid)
    pairs: list[str] = []
    with suppress(PermissionError):  # it is hidden even from its user, who is not root
        pairs = (place / "environ").read_bytes().decode().rstrip("\0").split("\0")
    [limits] = [line for line in (place / "limits").read_text().splitlines() if line.startswith("Max core file")]
    return Seen((place / "cmdline").read_bytes(), dict(pair.split("=", 1) for pair in pairs), limits)


# who asks -------------------------------------------------------------------------------------------------------------

NO_TOKEN = {"CBRCTL_TOKEN": ""}
NO_PROJECT = {"CBRCTL_PROJECT_ID": "", "CBRCTL_REGION": "cn-north-4"}
USER = {**NO_TOKEN, "CBRCTL_USERNAME": "joe", "CBRCTL_PASSWORD": PASSWORD, "CBRCTL_DOMAIN_NAME": "acme"}
KEY = {**NO_TOKEN, "CBRCTL_ACCESS_KEY": "AK1", "CBRCTL_SECRET_KEY": SECRET_KEY, "CBRCTL_SECURITY_TOKEN": SECURITY_TOKEN}
AGENCY = {"CBRCTL_AGENCY_NAME": "agency", "CBRCTL_AGENCY_DOMAIN_NAME": "other"}
ON_SERVER = {**NO_TOKEN, "CBRCTL_CREDENTIAL_SOURCE": "metadata", "CBRCTL_METADATA_ENDPOINT": "{url}"}

WHO: dict[str, dict[str, str]] = {
    "token": {"CBRCTL_TOKEN": TOKEN},
    "bare token": {"CBRCTL_TOKEN": TOKEN, **NO_PROJECT},
    "password": USER,
    "code": {**USER, "CBRCTL_PASSCODE": CODE},
    "agency": {**USER, **AGENCY},
    "key": {**KEY, **NO_PROJECT},
    "agency by key": {**KEY, **AGENCY},
    "server": ON_SERVER,
}
"""A set of credentials of each kind."""
SENT: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "token": ((TOKEN,), ()),
    "bare token": ((TOKEN,), (TOKEN,)),
    "password": ((ISSUED,), (PASSWORD,)),
    "code": ((ISSUED,), (PASSWORD, CODE)),
    "agency": ((ISSUED,), (ISSUED,)),
    "key": ((SECURITY_TOKEN,), (SECURITY_TOKEN,)),
    "agency by key": ((SESSION_TOKEN,), (SECURITY_TOKEN,)),
    "server": ((SESSION_TOKEN,), ()),
}
"""What each of them tells CBR and IAM, who may repeat it; of an agency what stands in the second request to IAM."""

LOGIN, ASK, PROJECTS = "POST /v3/auth/tokens", "GET /v3/auth/tokens", "GET /v3/projects"
KEYS = "POST /v3.0/OS-CREDENTIAL/securitytokens"
FROM_IAM = f"{LOGIN}|{ASK}|{PROJECTS}|{KEYS}"
FROM_CBR = rf"\w+ /v3/{cbr.PROJECT}/.*"


def issued_keys() -> dict[str, Any]:
    """Keys for a while, as IAM and the metadata service write them."""
    ends = described()["token"]["expires_at"].replace(".701000", ".000000")
    return {"credential": {"access": "AK2", "secret": ISSUED, "securitytoken": SESSION_TOKEN, "expires_at": ends}}


def serve_all(server: Scripted) -> None:
    """IAM, the metadata service and a CBR whose backup ends well, after two looks."""
    server.on(LOGIN, Answer(201, described(), {"X-Subject-Token": ISSUED}))
    server.on(ASK, Answer(200, described()))
    server.on(PROJECTS, {"projects": [{"id": cbr.PROJECT, "name": "cn-north-4"}]})
    server.on(KEYS, Answer(201, issued_keys()))
    server.on(SESSION, Answer(200, SESSION_TOKEN.encode()))
    server.on(SECURITY_KEY, issued_keys())
    server.on(cbr.POST, cbr.posted())
    server.on(cbr.SHOW, cbr.shown("protecting"), cbr.shown("available"))
    server.on(cbr.COPIES, cbr.copies((cbr.SERVER, "available")))
    server.on(cbr.TASKS, {"operation_logs": [], "count": 0})
    server.on(cbr.VAULTS, {"vaults": [], "count": 0})


def fill(env: Mapping[str, str], url: str) -> dict[str, str]:
    """Put a server's address where it belongs."""
    return {name: value.replace("{url}", url) for name, value in env.items()}


# faults that repeat what was sent -------------------------------------------------------------------------------------


FAULTS = (
    "400", "401", "403", "404", "429", "500", "200 with a code", "escaped", "a part", "Keystone's", "headers", "HTML",
    "no HTTP", "no answer", "no JSON", "another shape", "redirect",
)  # fmt: skip


def fault(name: str, sent: Sequence[str], code: str) -> Answer:
    """How a service, or a gateway before it, may refuse or fail, repeating what it was told."""
    echo = f"You sent {' and '.join(sent)}."
    said = {"error_code": code, "error_msg": echo}
    # some encoders write `=` and `/` so, this one all there is
    escaped = "".join(f"\\u{ord(c):04x}" for c in echo)
    if name.isdecimal():
        return Answer(int(name), said)
    answers = {
        "200 with a code": Answer(200, said),
        "escaped": Answer(403, f'{{"error_code":"{code}","error_msg":"{escaped}"}}'.encode()),
        "a part": Answer(403, {"error_code": code, "error_msg": f"Not known: {sent[0][:-5]}"}),
        "Keystone's": Answer(403, {"error": {"code": 403, "message": echo, "title": "Forbidden"}}),
        "headers": Answer(403, said, {"X-Request-Id": echo.encode("ascii", "replace").decode(), "X-Echo": "x"}),
        "HTML": Answer(502, f"<html>{echo}</html>".encode()),
        "no HTTP": Answer(raw=echo.encode() + b"\r\n\r\n", end="fin"),
        "no answer": Answer(raw=b"", end="rst"),
        "no JSON": Answer(200, f'{{"{echo}'.encode()),
        "another shape": Answer(200, [echo]),
        "redirect": Answer(307, b"", {"Location": "http://127.0.0.1:9/" + ISSUED}),
    }
    return answers[name]


# servers that nobody may be led to -------------------------------------------------------------------------------------


HEAD = f"X-Subject-Token: {ISSUED}\r\nConnection: close\r\n"


def tunnel(port: int, passed: bytearray) -> Callable[[socket.socket], None]:
    """A proxy that lets CONNECT through to a port of this machine, and notes what the client sends there."""

    def talk(connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as far:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(far, connection, bytearray()), daemon=True)
            back.start()
            _pump(connection, far, passed)
            back.join(5)

    return talk


def _pump(source: socket.socket, target: socket.socket, into: bytearray) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            into += piece
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _client(transport: Transport, url: str) -> Client:
    client = Client(transport, Proof(), url, cbr.PROJECT)
    client.tries = 1
    return client


JOE = Password("joe", "", "acme", "", Secret(PASSWORD, "x"), "")
CALLS: dict[str, Callable[[Transport, str], object]] = {
    "GET": lambda transport, url: _client(transport, url).show_vault(cbr.VAULT),
    "POST": lambda transport, url: _client(transport, url).post_checkpoint({"vault_id": cbr.VAULT}),
    "login": lambda transport, url: Iam(transport, url).issue_token(JOE, PASSWORD, None),
    "token": lambda transport, url: Iam(transport, url).show_token(TOKEN),
    "rescope": lambda transport, url: Iam(transport, url).rescope_token(TOKEN, {"id": cbr.PROJECT}),
    "agency": lambda transport, url: Iam(transport, url).assume_agency("a", "d", TOKEN, {"id": cbr.PROJECT}),
    "project": lambda transport, url: Iam(transport, url).find_project("p", lambda *of: {"X-Auth-Token": TOKEN}),
    "keys": lambda transport, url: Iam(transport, url).issue_keys("a", "d", lambda *of: {"X-Auth-Token": TOKEN}),
    "metadata": fetch_keys,
}
ASK_IAM = {name: call for name, call in CALLS.items() if name not in ("GET", "POST")}
ARGUMENTS = [
    "backup --token {}", "backup --token={}", "--token {} backup", "--token={} vault list", "vault --password={} list",
    "vault list --password {}", "auth login --password {}", "auth --secret-key {} login", "config set password {}",
    "config set secret_key={} x", "config set proxy http://joe:{}@proxy", "vault list --endpoint https://joe:{}@host",
]  # fmt: skip
ODD = [*(token for token, _ in BAD_TOKENS.values()), "abc\0", " abc", "abc\u2028"]
EVIL_CA = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


def trust(ca_file: str) -> dict[str, str]:
    """The variables by which others trust the authority."""
    folder = Path(ca_file).with_name("certificates")
    folder.mkdir()
    command = ["openssl", "x509", "-hash", "-noout", "-in", ca_file]
    name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    shutil.copy(ca_file, folder / f"{name}.0")
    return {variable: str(folder) if variable.endswith("DIR") else ca_file for variable in EVIL_CA}


def https_env(url: str, more: dict[str, str]) -> dict[str, str]:
    """A user with a password, who is to log in there."""
    unset = dict.fromkeys(("HTTPS_PROXY", "ALL_PROXY"), "")
    return {
        **USER,
        **unset,
        "CBRCTL_PROJECT_ID": cbr.PROJECT,
        "CBRCTL_ENDPOINT": url,
        "CBRCTL_IAM_ENDPOINT": url,
        **more,
    }


def answering(context: ssl.SSLContext, serve: Serve, before: Callable[[], None] = lambda: None) -> Raw:
    """An HTTPS server that logs in and lists."""

    def talk(connection: socket.socket) -> None:
        before()
        login = server.requests[-1].startswith(b"POST ")
        body = json.dumps(described() if login else {"vaults": [], "count": 0}).encode()
        connection.sendall(whole(body, "201 Created" if login else "200 OK", HEAD))

    server = serve(talk, tls=context)
    return server


def _in_profile(address: str, home: Path) -> tuple[dict[str, str], dict[str, str]]:
    words = json.dumps(address)
    write_config(home / ".config" / "cbrctl", f"[profiles.default]\nendpoint = {words}\niam_endpoint = {words}\n")
    return {}, {}


def write_cloud(home: Path, auth: dict[str, str]) -> None:
    """Put a cloud where OpenStack's clients look for it."""
    write_clouds(home, json.dumps({"clouds": {"evil": {"region_name": "cn-north-4", "auth": auth}}}))


def _in_cloud(address: str, home: Path) -> tuple[dict[str, str], dict[str, str]]:
    write_cloud(home, {"auth_url": address})
    return {}, {"OS_CLOUD": "evil"}


SOURCES = ("CBRCTL_TOKEN", "CBRCTL_TOKEN_FILE", "clouds.yaml", "CBRCTL_SECURITY_TOKEN", "CBRCTL_ACCESS_KEY")


def place_token(source: str, token: str, home: Path) -> dict[str, str]:
    """Put something that is to stand in a header into one of those; gives the variables."""
    if source == "clouds.yaml":
        token = token.replace("\udcff", "\x7f")  # no YAML can hold it
        write_cloud(home, {"auth_url": "https://iam.example", "token": token})
        return {"OS_CLOUD": "evil", "HOME": str(home)}
    if source == "CBRCTL_TOKEN_FILE":
        (home / "token").write_bytes(token.encode("utf-8", "surrogateescape"))
        (home / "token").chmod(0o600)
        return {source: str(home / "token")}
    key = dict.fromkeys(("CBRCTL_ACCESS_KEY", "CBRCTL_SECRET_KEY", "CBRCTL_SECURITY_TOKEN"), "ok")
    return {**({} if source == "CBRCTL_TOKEN" else key), source: token}


PLACES: dict[str, Callable[[str, Path], tuple[dict[str, str], dict[str, str]]]] = {
    "variable": lambda address, home: ({}, {"CBRCTL_ENDPOINT": address, "CBRCTL_IAM_ENDPOINT": address}),
    "flag": lambda address, home: ({"endpoint": address, "iam_endpoint": address}, {}),
    "profile": _in_profile,
    "OS_AUTH_URL": lambda address, home: ({}, {"OS_AUTH_URL": address, "OS_USERNAME": "u"}),
    "HW_AUTH_URL": lambda address, home: ({}, {"HW_AUTH_URL": address, "HW_USER_NAME": "u"}),
    "clouds.yaml": _in_cloud,
}

PROBE = """
import atexit, ctypes, json, re
def note(show=ctypes.CDLL(None).prctl, path={path!r}):
    with open("/proc/self/status") as file:
        peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", file.read())[1])
    with open(path, "w") as file:
        json.dump([show(3, 0, 0, 0, 0), peak], file)  # PR_GET_DUMPABLE
atexit.register(note)
"""
"""Notes at the end of a process whether it can be dumped, and the most memory it took, in KiB."""
CRASHES = {
    "while sending": "Client.post_checkpoint = lambda self, *of: self.boom(self.auth.headers('GET', 'http://x', {}, None))",
    "while logging in": "Iam._exchange = lambda self, method, url, headers, body, *, secrets: self.boom(body)",
    "in words that hold it": "Client.post_checkpoint = lambda self, *of: {}[str(self.auth.headers('GET', 'http://x', {}, None))]",
    "while signals are handled": "Schedule._sleep_until = lambda self, *of: os.kill(os.getpid(), signal.SIGTERM) or self.boom",
}
CRASH = """
import os, signal
from cbrctl.api.client import Client
from cbrctl.api.iam import Iam
from cbrctl.backup.schedule import Schedule
{crash}
"""
KEYRING = """
import sys, types
from pathlib import Path
import keyring.backends
class Keyring:
    priority, kept = 5, Path({path!r})
    def get_password(self, service, account):
        return self.kept.read_text() if self.kept.exists() and account != "probe" else None
    def set_password(self, service, account, text):
        self.kept.write_text(text)
    def delete_password(self, service, account):
        self.kept.unlink()
module = types.ModuleType("keyring.backends.SecretService")
module.Keyring = Keyring
sys.modules[module.__name__] = module
"""
"""A keyring that answers."""
TRAP = "import pathlib\npathlib.Path({path!r}).touch()\n"


def _plain(path: Path, mode: int = 0o600, owner: int = -1) -> None:
    path.touch()
    path.chmod(mode)
    os.chown(path, owner, -1)


IN_THE_WAY: dict[str, Callable[[Path, Path], object]] = {
    "a link": lambda path, target: path.symlink_to(target),
    "a dangling link": lambda path, target: path.symlink_to(target.with_name("none")),
    # not a hard link: only who can write into a folder of ours can put one there, and such a folder is refused; a second
    # name is what snapshots by hard links give to any file
    "a FIFO": lambda path, target: os.mkfifo(path, 0o600),
    "a folder": lambda path, target: path.mkdir(0o700),
    "readable by others": lambda path, target: _plain(path, 0o644),
    "writable by others": lambda path, target: _plain(path, 0o666),
    **({"a socket": lambda path, target: os.mknod(path, stat.S_IFSOCK | 0o600)} if sys.platform == "linux" else {}),
    **({"another's": lambda path, target: _plain(path, owner=12345)} if os.geteuid() == 0 else {}),
}
OUTPUTS = ("table", "json", "jsonl")
COMMANDS = (("backup", "--vault", cbr.VAULT, "--settle", "1s"), ("auth", "status", "--check"), ("doctor",))
GOOD_PATHS = {f"/v3/{cbr.PROJECT}/{name}" for name in ("vaults", "backups", "operation-logs", f"vaults/{cbr.VAULT}")}
OURS = {
    "config.toml": ".config/cbrctl/config.toml",
    "config.lock": ".config/cbrctl/config.lock",
    "token": ".cache/cbrctl/token-*.json",
    "token's lock": ".cache/cbrctl/token-*.lock",
    "journal": ".local/state/cbrctl/journal.db",
    "journal's log": ".local/state/cbrctl/journal.db-wal",
    "vault's lock": f".local/state/cbrctl/locks/{cbr.VAULT}.lock",
}
NOT_WRITTEN = ("config.toml", "token", "journal")
"""Those where what others can read or own is refused: it holds something. A lock does not."""
WHOLE_TOKEN = json.dumps(described()).encode()
BOMBS: dict[str, Talk] = {
    "a gzip bomb": say(whole(gzip.compress(b" " * (50 << 20), 1), headers=HEAD + "Content-Encoding: gzip\r\n")),
    "a body without an end": flood(f"HTTP/1.1 200 OK\r\n{HEAD}\r\n".encode(), b" " * 65536),
    "10 GiB": flood(f"HTTP/1.1 200 OK\r\n{HEAD}Content-Length: 10737418240\r\n\r\n".encode(), b"[" * 65536),
    "headers without an end": flood(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1000),
    "nested": say(whole(b'{"token":' * 100_000 + b"1" + b"}" * 100_000, headers=HEAD)),
    "a number": say(whole(b'{"token": {"expires_at": ' + b"7" * 5000 + b"}}", headers=HEAD)),
    "lone surrogates": say(
        whole(b'{"token": {"expires_at": "\\ud800"}, "credential": {"access": "\\udfff"}}', headers=HEAD)
    ),
    "twice": say(whole(WHOLE_TOKEN[:-1] + b', "token": 7}', headers=HEAD)),
}
FORGED = {
    "another endpoint": "UPDATE backups SET record = json_set(record, '$.endpoint', '{evil}')",
    "another project": "UPDATE backups SET project_id = '4229d7a45436489f8c3dc2b1d35d4999'",
    "a project with a path": "UPDATE backups SET project_id = '../../evil'",
    "an id with a path": "UPDATE backups SET op_id = '../../x'",
    "a vault with a path": "UPDATE backups SET vault_id = '../../x'",
    "a checkpoint with a path": "UPDATE backups SET checkpoint_id = '../../x', state = 'accepted'",
    "a checkpoint with a path in its record": "UPDATE backups SET checkpoint_id = '../../x', state = 'accepted', "
    """record = json_set(record, '$.checkpoint', json('{{"id": "../../x"}}'))""",
    "a request for another vault": "UPDATE backups SET record = replace(record, '3b58', '3b59')",
    "a row of 4 MB": "UPDATE backups SET record = json_set(record, '$.vault_name', hex(zeroblob(2097152)))",
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON backups BEGIN DELETE FROM backups; END",
    "a trigger that swallows": "CREATE TRIGGER t BEFORE INSERT ON backups BEGIN SELECT RAISE(IGNORE); END",
    "a view": "ALTER TABLE backups RENAME TO o; CREATE VIEW backups AS SELECT * FROM o",
}
IDS = [
    "../vaults/x", f"{cbr.VAULT}?y=1", f"{cbr.VAULT}#y", "%2e%2e", "..", f"{cbr.VAULT}/../x", "٣" * 32, cbr.VAULT[:-1] + "٣",
    f"{cbr.VAULT}\n", ";",
]  # fmt: skip
TAKE_IDS = [
    ("checkpoint", "show", "{}"), ("copy", "show", "{}"), ("task", "show", "{}"), ("wait", "{}"), ("vault", "show", "{}"),
    ("backup", "--vault", "{}"), ("backup", "--vault", cbr.VAULT, "--resource", "{}"), ("copy", "list", "--vault", "{}"),
    ("copy", "list", "--checkpoint", "{}"), ("task", "list", "--resource", "{}"), ("--project-id", "{}"), ("resume", "{}"),
]  # fmt: skip
QUIET = [
    "--help",
    "--version",
    "completion bash",
    "completion zsh",
    "completion fish",
    "schema",
    "schema backup",
    "options",
]
SCRIPT = """
source <(cat completions/cbrctl.bash)
COMP_WORDS=(cbrctl backup --v) COMP_CWORD=2 COMP_LINE='cbrctl backup --v' COMP_POINT=17
_cbrctl; echo "${COMPREPLY[*]}"
"""


def trace(command: list[str], environ: dict[str, str], log: Path) -> str:
    """What a command does with the network and with files."""
    strace = ["strace", "-f", "-qq", "-o", str(log), "-e", "trace=network,openat,execve"]
    done = subprocess.run([*strace, *command], env=environ, cwd=ROOT, capture_output=True, text=True, timeout=60)
    if done.returncode and "ptrace" in done.stderr:
        pytest.skip("processes may not be traced here")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()
    return log.read_text()


CONSOLE = [str(Path(sys.executable).with_name("cbrctl"))]
XDG = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
HOMES: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "relative": ((), dict.fromkeys(XDG, "relative")),
    "above": ((), dict.fromkeys(XDG, "../relative")),
    "runtime": ((), {"XDG_RUNTIME_DIR": "{folder}/work", "TMPDIR": "{folder}/work"}),
    "no home": ((), {"HOME": "{folder}/given/file/home"}),
    "shared": ((), dict.fromkeys(XDG, "{folder}/given/shared")),
    "taken": ((), dict.fromkeys(XDG[1:], "{folder}/given/taken")),
    "unset": (("HOME",), {name: f"{{folder}}/home/{name}" for name in XDG}),
}
"""Variables that are not set, and others: a folder that everybody writes is `shared`, in `taken` stands an unsafe one."""


def traps(evil: str, sprung: Path) -> dict[str, str]:
    """Files of a folder of work that would lead to an address, or that touch `sprung` once they are imported."""
    lines = f"CBRCTL_ENDPOINT={evil}\nHTTPS_PROXY={evil}\n"
    profile = f'[profiles.default]\nendpoint = "{evil}"\niam_endpoint = "{evil}"\nca_bundle = "x"\n'
    cloud = json.dumps({"clouds": {"evil": {"auth": {"auth_url": evil, "token": "x"}}}})
    return {
        **dict.fromkeys((".env", ".cbrctl", ".netrc", "netrc", "_netrc"), lines),
        **dict.fromkeys(("cbrctl.toml", "config.toml", ".cbrctl.toml", "pyproject.toml", "cbrctl/config.toml"), profile),
        **dict.fromkeys(("clouds.yaml", "secure.yaml", "clouds-public.yaml", "openstack/clouds.yaml"), cloud),
        "keyringrc.cfg": "[backend]\ndefault-keyring=evil.Keyring\nkeyring-path=.\n",
        "credentials": "[basic]\nak = evil\nsk = evil\n",
        **dict.fromkeys(
            (
                "sitecustomize.py", "usercustomize.py", "requests.py", "ssl.py", "json.py", "typer.py", "keyring.py",
                "evil.py", "cbrctl/__init__.py", "cbrctl/__main__.py", "cbrctl/cli.py",
            ),
            TRAP.format(path=str(sprung)),
        ),
    }  # fmt: skip
