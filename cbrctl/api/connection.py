"""A connection that can be ended in any phase, and that knows whether the request began to leave.

requests alone can say neither: its timeout bounds each read and not the whole, and its exceptions do not tell a reset in
the handshake from one after the request was sent. So each connection keeps a second handle on its socket, by which a
watchdog can end it, and notes the first byte of the request that it hands over.
"""

import math
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from ssl import SSLContext
from typing import Any, cast
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import BaseHTTPResponse, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

from cbrctl.machine.clock import SYSTEM


class BeganTooLate(OSError):
    """The request did not begin to leave in time: nothing of it was sent."""


class Wire:
    """What one exchange did to its socket. Shared by a transport and the connections it opens."""

    def __init__(self) -> None:
        self.sent = False
        self.late = False
        self.missed = False
        """The request was not begun, since it was too late for it."""
        self.fresh = False
        """It goes over a connection of its own, whose end is asked for."""
        self._begin_by = math.inf
        self._handle: socket.socket | None = None
        self._left: list[socket.socket] = []
        self._busy = False
        self._lock = threading.RLock()  # closing a forgotten connection may come while it is held

    def begin(self, begin_by: float = math.inf, *, fresh: bool = False) -> None:
        """Forget the exchange before. The request must begin to leave until `begin_by` of the monotonic clock."""
        self.sent = self.late = self.missed = False
        self.fresh = fresh
        self._begin_by = begin_by
        self._busy = True

    def leave_now(self) -> None:
        """Note that the request's first byte is handed over. Raises TooLate where it is too late for that."""
        if not self.sent and SYSTEM.monotonic() > self._begin_by:
            self.missed = True
            raise BeganTooLate("too late to begin")
        self.sent = True

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
    """Return `base` (HTTPConnection or HTTPSConnection) with a second handle and a note of the first byte."""

    class Connection(base):  # type: ignore[misc]  # the base is chosen at run time
        handle: socket.socket | None = None
        opening = False
        is_ending = False

        @property
        def is_connected(self) -> bool:
            """Whether a request may go over it: what follows one that asked for its end may be lost."""
            return not wire.fresh and not self.is_ending and bool(super().is_connected)

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
                wire.leave_now()
                self.is_ending = wire.fresh
            super().send(data)

        def close(self) -> None:
            super().close()
            self.is_ending = False
            if self.handle is not None:
                wire.leave(self.handle)
                self.handle = None

    return Connection


class Trust:
    """Whom TLS trusts: the authorities of `ca_bundle`, a file, or the usual ones.

    For one thread: urllib3 sets a context's protocols anew for each connection, while OpenSSL reads them for another.
    """

    def __init__(self, ca_bundle: str | None) -> None:
        self._ca_bundle = ca_bundle or DEFAULT_CA_BUNDLE_PATH

    @cached_property
    def context(self) -> SSLContext:
        """What makes handshakes, read once: the usual authorities take more CPU than the handshake, each time."""
        made = create_urllib3_context()
        made.load_verify_locations(self._ca_bundle)
        return made


class WatchedAdapter(HTTPAdapter):
    """requests' adapter, without retries, whose connections report to a Wire."""

    def __init__(self, wire: Wire, trust: Trust) -> None:
        self.wire = wire
        self.trust = trust
        super().__init__(max_retries=0, pool_connections=2, pool_maxsize=1)

    def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: Timeout,
        proxies: dict[str, str],
    ) -> BaseHTTPResponse:
        """Send a request, and return its answer as soon as the head of it is there. Raises urllib3's errors.

        Of requests only the choice of the connection is taken: what its sessions do with a request (hooks, cookies,
        redirects, the environment) is not wanted, and takes twice the CPU of sending it.
        """
        request = PreparedRequest()
        request.method, request.url = method, url
        pool = cast(HTTPConnectionPool, self.get_connection_with_tls_context(request, verify=True, proxies=proxies))
        parts = urlsplit(url)
        return pool.urlopen(
            method,
            f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/",
            body,
            headers,
            retries=self.max_retries,
            redirect=False,
            assert_same_host=False,
            timeout=timeout,
            preload_content=False,
        )

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Return how a pool is found: those of https make handshakes by our own context."""
        host, tls = super().build_connection_pool_key_attributes(*args, **kwargs)
        return host, {**tls, "ssl_context": self.trust.context} if host["scheme"] == "https" else tls

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool of direct connections."""
        super().init_poolmanager(*args, **kwargs)
        self._watch(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Make the pool of connections through `proxy`."""
        manager = super().proxy_manager_for(proxy, proxy_ssl_context=self.trust.context, **kwargs)
        self._watch(manager)
        return manager

    def _watch(self, manager: Any) -> None:
        pools = {"http": (HTTPConnectionPool, HTTPConnection), "https": (HTTPSConnectionPool, HTTPSConnection)}
        manager.pool_classes_by_scheme = {
            scheme: type(pool.__name__, (pool,), {"ConnectionCls": _connection_class(connection, self.wire)})
            for scheme, (pool, connection) in pools.items()
        }
