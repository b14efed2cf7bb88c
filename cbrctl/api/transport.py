"""One exchange of HTTP: a deadline over all of it, a bound on what is read, and whether the request began to leave."""

import math
import os
import re
import time
from collections.abc import Callable, Mapping
from http.client import BadStatusLine, IncompleteRead, LineTooLong, RemoteDisconnected
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from requests import RequestException
from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from cbrctl import __version__
from cbrctl.api.certificates import explain_tls
from cbrctl.api.connection import Trust, WatchedAdapter, Wire
from cbrctl.api.watchdog import Watch, Watchdog
from cbrctl.config.regions import Mistyped, find_mistyped_region, host_and_port, is_loopback
from cbrctl.errors import Unreachable
from cbrctl.phrases import Phrase, join

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
    signature: str = ""
    """Of the request, by which it could be repeated; an answer may hold it."""

    def __repr__(self) -> str:
        """Show the status alone."""
        return f"Reply({self.status})"


class BrokenExchange(Exception):
    """No usable answer came. `sent` tells whether a byte of the request was handed to the socket."""

    def __init__(
        self, reason: str, *, sent: bool, too_large: bool = False, missed: bool = False, region: Mistyped | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.region = region
        """The region of the address, where nobody was reached and it may be a slip."""
        self.too_large = too_large
        """The answer was larger than what is read of one."""
        self.missed = missed
        """Nothing was sent, since `begin_by` had passed."""

    def as_error(self, key: str, *, sent: str | None = None) -> Unreachable:
        """Return what is told of it, by `key`, or by the slip that lies before it."""
        if self.region:
            return Unreachable("region-mistyped", sent=sent, note=self.reason, **self.region._asdict())
        return Unreachable(key, sent=sent, note=self.reason)


class LargeAnswer(ValueError):
    """More came than is read of one answer."""


class Transport:
    """Exchanges with the hosts of one region. Not for two threads at once.

    `ca_bundle` is a file of certificates to trust instead of the usual ones; `proxy` an address that https goes
    through, but to hosts that `bypass` names and to this machine.
    `language` is sent as X-Language. `log` is told each exchange when it is over (request_log.py), `on_request` its method and
    address when it begins, and nothing of either when it is over.
    The environment is not read: no .netrc, no proxy and no CA that nobody chose here. No cookie is kept.
    """

    def __init__(
        self,
        *,
        ca_bundle: str | None = None,
        proxy: str | None = None,
        bypass: Callable[[str], bool] = is_loopback,
        language: str = "en",
        log: Callable[..., None] | None = None,
        on_request: Callable[[str, str], None] = lambda method, url: None,
        watchdog: Watchdog | None = None,
    ) -> None:
        self._made_of = {
            "ca_bundle": ca_bundle, "proxy": proxy, "bypass": bypass, "language": language, "log": log,
            "on_request": on_request,
        }  # fmt: skip
        self.on_request = on_request
        self.proxy = proxy
        self.bypass = bypass
        self.log = log
        self.longest = math.inf
        """Seconds that no exchange may take longer than, whatever its own deadline is."""
        self._wire = Wire()
        self._watchdog = watchdog or Watchdog()
        self._until: float | None = None
        self._hurry: Watch | None = None
        os.environ.pop("SSLKEYLOGFILE", None)  # urllib3 would write the keys of each connection there
        self._trust = Trust(ca_bundle)
        self._headers = {
            "User-Agent": f"cbrctl/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "X-Language": "zh-cn" if language == "zh_CN" else "en-us",
        }
        self._adapter = WatchedAdapter(self._wire, self._trust)

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        deadline: float = READ_DEADLINE,
        fresh: bool = False,
        begin_by: float = math.inf,
        is_open: bool = False,
    ) -> Reply:
        """Send one request once and give its whole answer, whatever its status. Redirects are not followed.

        `deadline` bounds all of it, in seconds. `fresh` opens a connection of its own, so that nothing is sent on one
        that the server may be closing. What has not begun to leave until `begin_by` of the monotonic clock is not sent.
        Raises BrokenExchange.
        """
        self._wire.begin(begin_by, fresh=fresh)
        begun = time.monotonic()
        deadline = min(deadline, self.longest)
        if self._until is not None:
            deadline = min(deadline, max(0.0, self._until - begun))
        watch = self._watchdog.watch(deadline, self._wire.cut)
        reply = None
        self.on_request(method, url)
        headers = {**self._headers, **headers, **({"Connection": "close"} if fresh else {})}
        try:
            reply = self._send(method, url, headers, body)
            reply = reply._replace(signature=headers.get("Authorization", "").rpartition("Signature=")[2])
            return reply
        except (HTTPError, RequestException, OSError, ValueError, EOFError) as cause:
            # OSError: a CA file that is not there; ValueError: urllib3 on odd framing
            reason = _explain(cause)
            if self._wire.late:
                reason = Phrase("no whole answer within {seconds:g} s", seconds=deadline)
            if self._wire.late and self._until is not None:
                reason = Phrase("no whole answer in time after the signal")
            raise BrokenExchange(
                join((self._name_way(url), reason), ": "),
                sent=self._wire.sent,
                too_large=isinstance(cause, LargeAnswer),
                missed=self._wire.missed,
                region=None if self._wire.sent else find_mistyped_region(url),
            ) from None
        finally:
            self._watchdog.forget(watch)
            if self._hurry is not None:
                self._watchdog.forget(self._hurry)
            self._wire.end()
            self.on_request("", "")
            if self.log:
                self.log(method, url, headers, body, reply, time.monotonic() - begun, is_open=is_open)

    def hurry(self, seconds: float, whole: float) -> None:
        """Leave the exchange under way `seconds` longer at most, and all that follow `whole` (a signal waits for them)."""
        self._until = time.monotonic() + whole
        self._hurry = self._watchdog.watch(seconds, self._wire.cut)

    def fork(self) -> "Transport":
        """Return another one of the same kind, for another thread."""
        made: Any = self._made_of
        other = Transport(**made, watchdog=self._watchdog)
        other.longest, other._until = self.longest, self._until
        return other

    def close(self) -> None:
        """Close what is kept open."""
        self._adapter.close()
        self._watchdog.rest()

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        with self._adapter.open(
            method,
            url,
            headers=headers,
            body=body,
            timeout=Timeout(connect=CONNECT_TIMEOUT, read=READ_DEADLINE),
            proxies=self._proxies(url),
        ) as response:
            content = bytearray()
            for piece in response.stream(65536, decode_content=True):
                content += piece
                if len(content) > LARGEST_BODY:
                    raise LargeAnswer(Phrase("the answer is larger than {size} MiB", size=LARGEST_BODY >> 20))
            if self._wire.late:
                raise ValueError("late")
            if not response.headers:
                # a cut inside the headers looks like an answer without any (measured)
                raise ValueError(Phrase("the answer was cut inside its headers"))
            return Reply(response.status, {k.lower(): v for k, v in response.headers.items()}, bytes(content))

    def _name_way(self, url: str) -> str:
        """Return host and port of where a request goes, and of the proxy that it goes through."""
        place = host_and_port(url)
        proxy = self._proxies(url).get(url.partition(":")[0]) if place else None
        return Phrase("{place} through the proxy {proxy}", place=place, proxy=host_and_port(proxy)) if proxy else place

    def _proxies(self, url: str) -> dict[str, str]:
        if not self.proxy:
            return {}
        host = urlsplit(url).hostname or ""
        return {"https": self.proxy} if not is_loopback(host) and not self.bypass(host) else {}


def _explain(cause: BaseException) -> str:
    """Return the innermost words of a chain of exceptions, without the addresses of objects."""
    seen: BaseException = cause
    for _ in range(8):
        inner = getattr(seen, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((a for a in seen.args if isinstance(a, BaseException)), None)
        if inner is None:
            break
        seen = inner
    if isinstance(seen, BadStatusLine) and not isinstance(seen, RemoteDisconnected):
        return Phrase("the answer is no HTTP")  # its words are those of the other side
    if isinstance(seen, IncompleteRead):
        return Phrase("the answer was cut: it ended before its end")
    if isinstance(seen, LineTooLong):
        return Phrase("a header line of the answer is longer than 64 KiB")
    told = explain_tls(seen)
    if told:
        return told
    # urllib3 begins with the connection as Python shows it: "HTTPConnection(host='…', port=1): Failed to …"
    words = re.sub(r"^\w*Connection\w*\(.*?\): ", "", str(seen)) or type(seen).__name__
    # urllib3 writes "<urllib3.connection.HTTPConnection object at 0x…>: Failed to …"
    return words.rpartition(">: ")[2].strip()[:300] or type(seen).__name__
