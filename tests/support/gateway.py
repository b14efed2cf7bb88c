"""A real gateway (nginx) and a real proxy (tinyproxy), each in the foreground, on loopback and with files of its own.

Neither needs root, and neither changes its user where it has it. What nginx refuses by itself it tells the test first
(`told`), so that a test can let something happen after so many refusals, whatever the real time is.
"""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, Self
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

PATIENCE = 20
"""Seconds until a program that does not come, or does not go, fails the test."""
SWITCHES = {"posts": "limit-posts", "reads": "limit-reads", "gone": "not-found"}
"""What a test can switch on while nginx runs: a rate limit for either, and an own 404 for reads."""
OWN = (404, 429, 502, 504)
"""What nginx answers by itself, with a page of its own."""


def find_program(name: str) -> str | None:
    """Where a program is; Debian's daemons lie where an ordinary user's path does not lead."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))


CONFIG = """
daemon off;
worker_processes 1;
{user}
pid nginx.pid;
error_log error.log info;
events {{ worker_connections 128; }}
http {{
    log_format seen '$server_port $request_method $status $sent_http_content_encoding+$upstream_status';
    access_log access.log seen;
    client_body_temp_path temp-body;
    proxy_temp_path temp-proxy;
    fastcgi_temp_path temp-fastcgi;
    uwsgi_temp_path temp-uwsgi;
    scgi_temp_path temp-scgi;

    # one a minute: the first passes, the others do not, however slow the machine is
    limit_req_zone $limited_posts zone=posts:64k rate=1r/m;
    limit_req_zone $limited_reads zone=reads:64k rate=1r/m;
    limit_req_status 429;
    map $status $pause {{ 429 3; default ''; }}

    upstream cloud {{ {servers} keepalive 4; }}
    proxy_http_version 1.1;
    proxy_set_header Connection '';
    # in the client's name, which asks for none: the one behind compresses then, and the one in front passes it on
    proxy_set_header Accept-Encoding gzip;
    proxy_set_header Host localhost;  # the practice cloud answers this machine alone
    # nginx puts its own in its place, and the practice cloud's time is another
    proxy_pass_header Date;

    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate server.pem;
        ssl_certificate_key server.pem;
        keepalive_timeout 30s;
        add_header Retry-After $pause always;
        {told}

        set $limited_posts '';
        set $limited_reads '';
        if (-f {folder}/limit-posts) {{ set $limited_posts yes; }}
        if (-f {folder}/limit-reads) {{ set $limited_reads yes; }}

        location = /-/up {{ return 204; }}
        location ~ /checkpoints$ {{
            limit_req zone=posts;
            {posts}
            proxy_pass http://{behind};
        }}
        location / {{
            limit_req zone=reads;
            if (-f {folder}/not-found) {{ return 404; }}
            proxy_pass http://{behind};
        }}
    }}

    server {{
        listen 127.0.0.1:{inner};
        gzip on;
        gzip_types application/json;
        gzip_min_length 1;
        location / {{ proxy_pass http://cloud; }}
    }}
}}
"""
TOLD = """
        error_page {status} @{status};
        location = /-/{status} {{
            internal;
            proxy_pass {told}/{status};
            proxy_pass_request_body off;
            proxy_set_header Content-Length '';
        }}
        location @{status} {{ auth_request /-/{status}; try_files /nothing ={status}; }}
"""


class Seen(NamedTuple):
    """A request in nginx's log. `tries` are the answers of those behind it, one each."""

    method: str
    status: int
    encoding: str
    tries: tuple[str, ...]


class Gateway:
    """nginx with TLS in front of `servers` (host:port each), listening as soon as it exists.

    `certificate` is the key and the chain in one PEM; `authority` is what a client trusts. Before nginx answers with a
    page of its own it asks `told` for /404, /429 and so on, and waits for that answer. `posts` are directives for the
    POST that starts a backup. Where `compressing`, each JSON answer leaves with gzip, whatever the client accepts.
    """

    def __init__(
        self,
        folder: Path,
        servers: Sequence[str],
        certificate: bytes,
        authority: str,
        told: str,
        *,
        posts: str = "",
        compressing: bool = False,
    ) -> None:
        folder.mkdir()
        self.folder = folder
        (folder / "server.pem").touch(mode=0o600)
        (folder / "server.pem").write_bytes(certificate)
        with socket.create_server(("127.0.0.1", 0)) as front, socket.create_server(("127.0.0.1", 0)) as inner:
            self.port, inner_port = front.getsockname()[1], inner.getsockname()[1]
            config = CONFIG.format(
                # root's worker would become nobody, who reads none of our files; others cannot choose
                user="user root;" if os.geteuid() == 0 else "",
                # max_fails: one that failed once is asked again at once
                servers=" ".join(f"server {server} max_fails=0;" for server in servers),
                port=self.port,
                inner=inner_port,
                folder=folder,
                posts=posts,
                behind=f"127.0.0.1:{inner_port}" if compressing else "cloud",
                told="".join(TOLD.format(status=status, told=told) for status in OWN),
            )
            (folder / "nginx.conf").write_text(config)
            handles = (front.fileno(), inner.fileno())
            front.setblocking(False)
            inner.setblocking(False)
            # it takes over sockets that listen already, as in its own upgrades: no port can be lost to another process
            self._process = begin(
                [find_program("nginx") or "nginx", "-e", "error.log", "-p", f"{folder}/", "-c", "nginx.conf"],
                folder,
                {"NGINX": "".join(f"{handle};" for handle in handles)},
                handles,
            )
        self.url = f"https://localhost:{self.port}"
        try:
            opener = build_opener(HTTPSHandler(context=ssl.create_default_context(cafile=authority)), ProxyHandler({}))
            opener.open(f"{self.url}/-/up", timeout=PATIENCE).close()
        except OSError as error:
            self.stop()
            raise AssertionError((folder / "stderr").read_text() or (folder / "error.log").read_text()) from error

    def switch_on(self, name: str) -> None:
        """Switch on one of SWITCHES from the next request on."""
        (self.folder / SWITCHES[name]).touch()

    def switch_off(self, name: str) -> None:
        """Switch it off again."""
        (self.folder / SWITCHES[name]).unlink(missing_ok=True)

    def seen(self) -> list[Seen]:
        """What it was asked, in order. It is stopped for that, since it writes its log after it has answered."""
        self.stop()
        rows = (line.split(" ", 3) for line in (self.folder / "access.log").read_text().splitlines())
        return [
            Seen(method, int(status), rest.partition("+")[0], tuple(rest.partition("+")[2].split(", ")))
            for port, method, status, rest in rows
            if port == str(self.port)
        ][1:]  # the first is our own

    def stop(self) -> None:
        """End it, open connections too. May be called again."""
        end(self._process, signal.SIGTERM)


class Tunnel:
    """tinyproxy, which lets CONNECT through to one port and to nobody without `user` and `password`.

    It alone sees a hosts file in which `host` is this machine: a client that goes round it reaches nobody.
    """

    def __init__(self, folder: Path, host: str, port: int, user: str, password: str) -> None:
        folder.mkdir()
        self.folder = folder
        self.log = folder / "log"
        (folder / "hosts").write_text(f"127.0.0.1 localhost {host}\n")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        (folder / "conf").write_text(
            f"Port {self.port}\nListen 127.0.0.1\nTimeout {PATIENCE}\nMaxClients 20\nConnectPort {port}\n"
            f'BasicAuth {user} {password}\nLogFile "{self.log}"\nLogLevel Info\nDisableViaHeader Yes\n'
        )
        self.url = f"http://{user}:{password}@127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it, and wait until it listens."""
        command = [find_program("tinyproxy") or "tinyproxy", "-d", "-c", str(self.folder / "conf")]
        mount = ["sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', str(self.folder / "hosts")]
        self._process = begin([*ALONE, *mount, *command], self.folder)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), PATIENCE).close()
                return self
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.kill()
                    raise AssertionError((self.folder / "stderr").read_text()) from None
                time.sleep(0.01)

    def kill(self) -> None:
        """End it with every tunnel, as a crash does. May be called again."""
        if self._process:
            end(self._process, signal.SIGKILL)


ALONE = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
"""Before a command: what it mounts is seen by nobody else."""


@cache
def why_no_gateway() -> str | None:
    """Why there can be no gateway here; None where there can."""
    return None if find_program("nginx") else "nginx is not installed"


@cache
def why_no_tunnel() -> str | None:
    """Why there can be no proxy here; None where there can."""
    if find_program("tinyproxy") is None:
        return "tinyproxy is not installed"
    if find_program("unshare") is None:
        return "unshare is not installed"
    tried = subprocess.run([*ALONE, "mount", "--bind", "/etc/hosts", "/etc/hosts"], capture_output=True)
    return f"a hosts file of its own is not permitted: {tried.stderr.decode().strip()}" if tried.returncode else None


def begin(
    command: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None, handles: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start a process, with its children a group of its own; what it complains of lies in `folder`/stderr."""
    with (folder / "stderr").open("wb") as complaints:
        return subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin", **(environ or {})},
            pass_fds=handles,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
        )


def end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """End a process that `begin` started, and wait until it is gone."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
