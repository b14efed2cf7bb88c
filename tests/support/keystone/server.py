"""Starts OpenStack's own Keystone on loopback: SQLite, one gunicorn worker, seeded with an account.

CBRCTL_TEST_KEYSTONE is the Python of a virtual environment that has requirements.txt. A folder is prepared once; each
configuration is one more process over its own copy of it.
"""

import base64
import configparser
import fcntl
import hashlib
import hmac
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import requests

PYTHON = os.environ.get("CBRCTL_TEST_KEYSTONE", "")
HERE = Path(__file__).parent
START_SECONDS = 120.0

DOMAIN, REGION, OTHER_REGION = "hwid_demo", "cn-north-4", "eu-west-101"
PASSWORD = "CANARY-s3cret-of-backup"
UNICODE_USER, UNICODE_PASSWORD = "unicode-ü-备份", "CANARY-pässwörd-✓-密码"
PASSCODE_SECRET = base64.b32encode(b"CANARY-one-time-code").decode()
ADMIN_PASSWORD = "adminpw"
BOOTSTRAP = (
    f"bootstrap --bootstrap-username admin --bootstrap-password {ADMIN_PASSWORD} --bootstrap-project-name admin "
    f"--bootstrap-role-name admin --bootstrap-service-name keystone --bootstrap-region-id {REGION} "
    "--bootstrap-public-url http://127.0.0.1/v3"
)

Options = Mapping[str, Mapping[str, object]]


class Asked(NamedTuple):
    """What cbrctl asked Keystone, and what it was told."""

    agent: str
    method: str
    path: str
    query: str
    body: Any
    status: int
    answer: Any

    @property
    def methods(self) -> list[str]:
        """How the one who logs in shows who it is."""
        return list(self.body["auth"]["identity"]["methods"])


class Keystone:
    """A Keystone that runs. `url` is its address, `huawei_url` the one where it behaves as Huawei's IAM."""

    def __init__(self, folder: Path, options: Options | None = None) -> None:
        self.folder = folder
        self._record = folder / "asked.jsonl"
        self._record.touch()
        self._seen = 0
        self._token = ""
        write_config(folder, options or {})
        self._start()
        seed = folder / "seed.json"
        self.ids: dict[str, str] = json.loads(seed.read_text()) if seed.exists() else {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End it and its worker."""
        os.close(self._lifeline)
        self._process.send_signal(signal.SIGQUIT)  # at once; SIGTERM waits for connections that are kept open
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    # what was asked ---------------------------------------------------------------------------------------------

    def take_asked(self) -> list[Asked]:
        """Return what cbrctl asked since this was called last."""
        lines = self._record.read_text().splitlines()
        self._seen, fresh = len(lines), lines[self._seen :]
        return [a for a in (Asked(**json.loads(line)) for line in fresh) if a.agent.startswith("cbrctl/")]

    # what a test does there -------------------------------------------------------------------------------------

    def log_in(self, user: Mapping[str, object], project_id: str | None = None, path: str = "") -> requests.Response:
        """POST /v3/auth/tokens by password. `user` is what stands there but for the domain, which is the demo's."""
        who = {"domain": {"name": DOMAIN}, **user} if "id" not in user else user
        auth: dict[str, Any] = {"identity": {"methods": ["password"], "password": {"user": who}}}
        if project_id:
            auth["scope"] = {"project": {"id": project_id}}
        return send("POST", f"{self.url}/v3/auth/tokens{path}", json={"auth": auth})

    def issue_token(self, name: str = "backup", password: str = PASSWORD, project_id: str | None = None) -> str:
        """Return a token of a user, for no project unless one is named."""
        reply = self.log_in({"name": name, "password": password}, project_id)
        assert reply.status_code == 201, reply.text
        return reply.headers["X-Subject-Token"]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Ask as the administrator. AssertionError for a refusal."""
        reply = self._ask(method, path, body)
        assert reply.ok, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json() if reply.content else None

    def add_user(self, name: str, password: str, *projects: str, **more: object) -> str:
        """Add a user of the demo account who may work in these projects; gives the id."""
        user = {"name": name, "password": password, "domain_id": self.ids["domain"], **more}
        made: str = self.call("POST", "/users", {"user": user})["user"]["id"]
        for project in projects:
            self.call("PUT", f"/projects/{project}/users/{made}/roles/{self.ids['role']}")
        return made

    def revoke(self, token: str) -> None:
        """Void one token."""
        reply = self._ask("DELETE", "/auth/tokens", None, {"X-Subject-Token": token})
        assert reply.status_code == 204, reply.text

    def change_password(self, user_id: str, password: str) -> None:
        """Set another password; that voids all tokens that the user has."""
        self.call("PATCH", f"/users/{user_id}", {"user": {"password": password}})

    def describe_token(self, token: str, url: str = "") -> dict[str, Any] | None:
        """Return what a token stands for, None where it is not valid (any more)."""
        headers = {"X-Subject-Token": token}
        reply = self._ask("GET", "/auth/tokens?nocatalog", None, headers, url)
        if reply.status_code == 404:
            return None
        assert reply.ok, reply.text
        found: dict[str, Any] = reply.json()["token"]
        return found

    def wait_until_valid(self, name: str, password: str) -> None:
        """Wait until a new token of the user is good: Keystone voids those of the same second together with the old."""
        until = time.monotonic() + 5
        while self.describe_token(self.issue_token(name, password)) is None and time.monotonic() < until:
            time.sleep(0.05)

    def _ask(
        self, method: str, path: str, body: Any, headers: Mapping[str, str] | None = None, url: str = ""
    ) -> requests.Response:
        """Ask as the administrator, whose token may be over."""
        for _ in range(2):
            proof = {"X-Auth-Token": self._token or self._admin_token(), **(headers or {})}
            reply = send(method, f"{url or self.url}/v3{path}", json=body, headers=proof)
            if reply.status_code != 401:
                break
            self._token = ""
        return reply

    def _admin_token(self) -> str:
        user = {"name": "admin", "password": ADMIN_PASSWORD, "domain": {"id": "default"}}
        identity = {"methods": ["password"], "password": {"user": user}}
        scope = {"project": {"name": "admin", "domain": {"id": "default"}}}
        reply = send(
            "POST", f"{self.url}/v3/auth/tokens?nocatalog", json={"auth": {"identity": identity, "scope": scope}}
        )
        assert reply.status_code == 201, reply.text
        self._token = reply.headers["X-Subject-Token"]
        return self._token

    # its process ------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        self.url, self.huawei_url = (f"http://127.0.0.1:{door.getsockname()[1]}" for door in doors)
        end, self._lifeline = os.pipe()
        more = {
            "TEST_RECORD": str(self._record),
            "TEST_LIFELINE": str(end),
            "TEST_HUAWEI_PORT": self.huawei_url.rpartition(":")[2],
            "TEST_DOMAIN": DOMAIN,
        }
        arguments = [
            *("--workers", "1", "--threads", "4", "--graceful-timeout", "1", "--no-control-socket"),
            *("--pythonpath", str(HERE), *(word for door in doors for word in ("--bind", f"fd://{door.fileno()}"))),
        ]
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                [PYTHON, "-P", "-m", "gunicorn", *arguments, "application:application"],
                env=clean_environ(self.folder, more),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[end, *(door.fileno() for door in doors)],
            )
        os.close(end)
        for door in doors:  # gunicorn has its own now: when it ends nobody listens any more
            door.close()
        try:
            # a request waits in the socket's queue until the worker takes it
            send("GET", f"{self.url}/v3/", timeout=START_SECONDS).raise_for_status()
        except requests.RequestException as cause:
            self.stop()
            raise RuntimeError(f"Keystone did not start: {(self.folder / 'log').read_text()[-3000:]}") from cause


def send(method: str, url: str, timeout: float = 30, **more: Any) -> requests.Response:
    """One request, whatever the proxies of the machine."""
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, timeout=timeout, allow_redirects=False, **more)


def make_passcode(secret: str, moment: float) -> str:
    """The six digits of an authenticator at a moment (RFC 6238)."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(moment) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    number: int = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


# a folder -----------------------------------------------------------------------------------------------------------


def clean_environ(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    """The environment of Keystone's processes."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONWARNINGS": "ignore",
        "OS_KEYSTONE_CONFIG_DIR": str(folder),
        **more,
    }


def write_config(folder: Path, options: Options) -> None:
    """Write keystone.conf for this folder; `options` are sections that replace or add to what is needed."""
    config = configparser.ConfigParser(interpolation=None)
    config.read_dict(
        {
            "database": {"connection": f"sqlite:///{folder}/keystone.db"},
            "token": {"provider": "fernet", "expiration": "3600"},
            "fernet_tokens": {"key_repository": f"{folder}/keys/tokens"},
            "fernet_receipts": {"key_repository": f"{folder}/keys/receipts"},
            "credential": {"key_repository": f"{folder}/keys/credentials"},
            # totp is not among the methods of its own
            "auth": {"methods": "password,token,totp"},
            # without a cache a call takes a second, and the cache is the process's own
            "cache": {"enabled": "true", "backend": "dogpile.cache.memory"},
            # a quarter of a second a login otherwise
            "identity": {"password_hash_rounds": "4"},
        }
    )
    config.read_dict(options)
    with open(folder / "keystone.conf", "w") as file:
        config.write(file)


def prepare(shared: Path) -> Path:
    """Return the folder of a seeded Keystone below `shared`; the first of several processes makes it."""
    folder = shared / "keystone"
    with open(shared / "keystone.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "seed.json").exists():
            shutil.rmtree(folder, ignore_errors=True)
            _make(folder)
    return folder


def copy(template: Path, folder: Path) -> Path:
    """Copy a prepared folder for another configuration."""
    shutil.copytree(template, folder)
    (folder / "asked.jsonl").unlink()
    return folder


def _make(folder: Path) -> None:
    for name in ("tokens", "receipts", "credentials"):
        keys = folder / "keys" / name
        keys.mkdir(parents=True, mode=0o700)
        for number in ("0", "1"):  # the next key and the one in use
            (keys / number).write_bytes(base64.urlsafe_b64encode(os.urandom(32)))
            (keys / number).chmod(0o600)
    write_config(folder, {})
    commands = [PYTHON, "-P", str(HERE / "manage.py"), str(folder / "keystone.conf"), "db_sync", BOOTSTRAP]
    done = subprocess.run(
        commands, env=clean_environ(folder, {}), cwd=folder, capture_output=True, timeout=START_SECONDS
    )
    if done.returncode:
        raise RuntimeError(f"Keystone could not be set up: {done.stderr.decode(errors='replace')[-3000:]}")
    with Keystone(folder) as keystone:
        _seed(keystone)
    (folder / "seed.json").write_text(json.dumps(keystone.ids))


def _seed(keystone: Keystone) -> None:
    call, ids = keystone.call, keystone.ids
    ids["domain"] = call("POST", "/domains", {"domain": {"name": DOMAIN}})["domain"]["id"]
    for name in (REGION, OTHER_REGION, "disabled-project"):
        project = {"name": name, "domain_id": ids["domain"], "enabled": name != "disabled-project"}
        ids[name] = call("POST", "/projects", {"project": project})["project"]["id"]
    ids["role"] = call("POST", "/roles", {"role": {"name": "te_admin"}})["role"]["id"]
    here = ids[REGION]
    ids["backup"] = keystone.add_user("backup", PASSWORD, here, ids[OTHER_REGION], ids["disabled-project"])
    ids["disabled"] = keystone.add_user("disabled", PASSWORD, here, enabled=False)
    ids["norole"] = keystone.add_user("norole", PASSWORD)
    ids["unicode"] = keystone.add_user(UNICODE_USER, UNICODE_PASSWORD, here)
    factors = {"multi_factor_auth_enabled": True, "multi_factor_auth_rules": [["password", "totp"]]}
    ids["mfa"] = keystone.add_user("mfa", PASSWORD, here, options=factors)
    credential = {"type": "totp", "blob": PASSCODE_SECRET, "user_id": ids["mfa"], "project_id": here}
    call("POST", "/credentials", {"credential": credential})
    service = call("POST", "/services", {"service": {"type": "cbr", "name": "cbr"}})["service"]["id"]
    address = f"https://cbr.{REGION}.myhuaweicloud.com/v3/$(project_id)s"
    endpoint = {"service_id": service, "interface": "public", "region_id": REGION, "url": address}
    call("POST", "/endpoints", {"endpoint": endpoint})
