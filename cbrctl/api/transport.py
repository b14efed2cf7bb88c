"""One exchange of HTTP: a deadline over all of it, a bound on what is read, and whether the request began to leave.

requests alone can say none of the three: its timeout bounds each read and not the whole, and its exceptions do not tell
a reset in the handshake from one after the request was sent. So each connection keeps a second handle on its socket, by
which a watchdog can end it in any phase, and notes the first byte of the request that it hands over.
"""

import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.client import BadStatusLine, RemoteDisconnected
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from cbrctl import __version__
from cbrctl.regions import is_loopback

CONNECT_TIMEOUT = 10.0
"""Seconds to open a connection."""
READ_DEADLINE = 30.0
"""Seconds for a whole read, from look-up of the host to the last byte."""
POST_DEADLINE = 60.0
"""Seconds for the whole POST of a checkpoint, and for a login."""
LARGEST_BODY = 8 * 1024 * 1024
"""Bytes of an answer, unpacked; a list of 1000 vaults is far below."""


class Reply(NamedTuple):
    """A whole answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class BrokenExchange(Exception):
    """No usable answer came. `sent` tells whether a byte of the request was handed to the socket."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


class Wire:
    """What one exchange did to its socket. Shared by a transport and the connections it opens."""

    def __init__(self) -> None:
        self.sent = False
        self.late = False
        self._handle: socket.socket | None = None
        self._left: list[socket.socket] = []
        self._busy = False
        self._lock = threading.RLock()  # closing a forgotten connection may come while it is held

    def begin(self) -> None:
        """Forget the exchange before."""
        self.sent = self.late = False
        self._busy = True

    def end(self) -> None:
        """Let go of the handles that are not needed any more."""
        with self._lock:
            self._handle, self._busy = None, False
            left, self._left = self._left, []
        for handle in left:
            handle.close()

    def leave(self, handle: socket.socket) -> None:
        """Take the handle of a connection that closes. Its answer may still be read: `Connection: close` comes first."""
        with self._lock:
            self._left.append(handle)
        if not self._busy:
            self.end()

    def hold(self, handle: socket.socket | None) -> None:
        """Remember the handle by which this exchange's connection can be ended."""
        with self._lock:
            self._handle = handle
            late = self.late
        if late:
            self.cut()

    def cut(self) -> None:
        """End the exchange in whatever phase it is: both directions are shut, every waiting read returns."""
        with self._lock:
            self.late = True
            handle = self._handle
        if handle is not None:
            with suppress(OSError):
                handle.shutdown(socket.SHUT_RDWR)


def _connection_class(base: type[Any], wire: Wire) -> type[Any]:
    """Give `base` (HTTPConnection or HTTPSConnection) with a second handle and a note of the first byte."""

    class Connection(base):  # type: ignore[misc]  # the base is chosen at run time
        handle: socket.socket | None = None
        opening = False

        def _new_conn(self) -> socket.socket:
            opened: socket.socket = super()._new_conn()
            # a duplicate, since TLS takes the socket over and leaves an empty object behind
            self.handle = opened.dup()
            wire.hold(self.handle)
            return opened

        def connect(self) -> None:
            self.opening = True
            try:
                super().connect()
            finally:
                self.opening = False

        def send(self, data: Any) -> None:
            if self.sock is None:
                self.connect()
            if not self.opening:  # what is sent while opening is a proxy's CONNECT, not the request
                wire.hold(self.handle)
                wire.sent = True
            super().send(data)

        def close(self) -> None:
            super().close()
            if self.handle is not None:
                wire.leave(self.handle)
                self.handle = None

    return Connection


class WatchedAdapter(HTTPAdapter):
    """requests' adapter, without retries, whose connections report to a Wire."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        super().__init__(max_retries=0, pool_connections=2, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool of direct connections."""
        super().init_poolmanager(*args, **kwargs)
        self._watch(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Make the pool of connections through `proxy`."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        self._watch(manager)
        return manager

    def _watch(self, manager: Any) -> None:
        pools = {"http": (HTTPConnectionPool, HTTPConnection), "https": (HTTPSConnectionPool, HTTPSConnection)}
        manager.pool_classes_by_scheme = {
            scheme: type(pool.__name__, (pool,), {"ConnectionCls": _connection_class(connection, self.wire)})
            for scheme, (pool, connection) in pools.items()
        }


class UnredirectedSession(requests.Session):
    """A session that does not even look where a redirect leads: requests would read its whole body for that."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Give no target."""
        return


class Transport:
    """Exchanges with the hosts of one region. Not for two threads at once.

    `ca_bundle` is a file of certificates to trust instead of the usual ones; `proxy` an address that https goes through.
    `language` is sent as X-Language. `log` is told each request and its status, never a header or a body.
    The environment is not read: no .netrc, no proxy and no CA that nobody chose here.
    """

    def __init__(
        self,
        *,
        ca_bundle: str | None = None,
        proxy: str | None = None,
        language: str = "en",
        log: Callable[[str], None] | None = None,
    ) -> None:
        self.proxy = proxy
        self.log = log
        self._wire = Wire()
        self._session = UnredirectedSession()
        self._session.trust_env = False
        self._session.verify = ca_bundle or True
        self._session.headers = {
            "User-Agent": f"cbrctl/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "X-Language": "zh-cn" if language == "zh_CN" else "en-us",
        }
        adapter = WatchedAdapter(self._wire)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        deadline: float = READ_DEADLINE,
        fresh: bool = False,
    ) -> Reply:
        """Send one request once and give its whole answer, whatever its status. Redirects are not followed.

        `deadline` bounds all of it, in seconds. `fresh` opens a connection of its own, so that nothing is sent on one
        that the server may be closing. Raises BrokenExchange.
        """
        if fresh:
            self._session.get_adapter(url).close()
        self._wire.begin()
        watchdog = self._start_watchdog(deadline)
        begun = time.monotonic()
        outcome = "no answer"
        try:
            reply = self._send(method, url, {**headers, **({"Connection": "close"} if fresh else {})}, body)
            outcome = str(reply.status)
            return reply
        except (requests.RequestException, OSError, ValueError, EOFError) as cause:
            # OSError: a CA file that is not there; ValueError: urllib3 on odd framing
            reason = f"no whole answer within {deadline:g} s" if self._wire.late else _explain(cause)
            raise BrokenExchange(reason, sent=self._wire.sent) from None
        finally:
            watchdog.cancel()
            if fresh:  # its end was asked for: what is sent on it next may be lost
                self._session.get_adapter(url).close()
            self._wire.end()
            if self.log:
                self.log(f"{method} {url}: {outcome} in {time.monotonic() - begun:.3f} s")

    def hurry(self, seconds: float) -> None:
        """Give the exchange that is under way this much longer at most (a signal is waiting for it)."""
        self._start_watchdog(seconds)

    def close(self) -> None:
        """Close what is kept open."""
        self._session.close()

    def _start_watchdog(self, seconds: float) -> threading.Timer:
        watchdog = threading.Timer(seconds, self._wire.cut)
        watchdog.daemon = True
        watchdog.start()
        return watchdog

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        with self._session.request(
            method,
            url,
            headers=dict(headers),
            data=body,
            timeout=(CONNECT_TIMEOUT, READ_DEADLINE),
            allow_redirects=False,
            stream=True,
            proxies=self._proxies(url),
        ) as response:
            content = bytearray()
            for piece in response.iter_content(65536):
                content += piece
                if len(content) > LARGEST_BODY:
                    raise ValueError(f"the answer is larger than {LARGEST_BODY >> 20} MiB")
            if self._wire.late:
                raise ValueError("late")
            if not response.headers:
                # a cut inside the headers looks like an answer without any (measured)
                raise ValueError("the answer was cut inside its headers")
            return Reply(response.status_code, {k.lower(): v for k, v in response.headers.items()}, bytes(content))

    def _proxies(self, url: str) -> dict[str, str]:
        host = urlsplit(url).hostname or ""
        return {"https": self.proxy} if self.proxy and not is_loopback(host) else {}


def _explain(cause: BaseException) -> str:
    """Give the innermost words of a chain of exceptions, without the addresses of objects."""
    seen: BaseException = cause
    for _ in range(8):
        inner = getattr(seen, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((a for a in seen.args if isinstance(a, BaseException)), None)
        if inner is None:
            break
        seen = inner
    if isinstance(seen, BadStatusLine) and not isinstance(seen, RemoteDisconnected):
        return "the answer is no HTTP"  # its words are those of the other side
    words = str(seen) or type(seen).__name__
    # urllib3 writes "<urllib3.connection.HTTPConnection object at 0x…>: Failed to …"
    return words.rpartition(">: ")[2].strip()[:300] or type(seen).__name__
