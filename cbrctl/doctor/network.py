"""Checks of the way to the service: certificates to trust, proxy, DNS, TLS, an answer, and the clock against its `Date`."""

import os
import socket
import ssl
import sys
import threading
import time
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

from cbrctl.api.certificates import explain_tls, make_context
from cbrctl.api.transport import BrokenExchange
from cbrctl.config.profiles import hide_user
from cbrctl.config.regions import find_mistyped_region, is_loopback
from cbrctl.doctor.context import CheckContext, Skip
from cbrctl.durations import show_duration, write_stamp
from cbrctl.errors import AuthError, Unreachable, UsageError
from cbrctl.phrases import Phrase

LOOK_UP = 5.0
"""Seconds for a look-up of a host; the system's own has no bound."""
HANDSHAKE = 8.0
"""Seconds to connect and shake hands."""
ANSWER = 8.0
"""Seconds for a whole answer."""
LONGEST = 10.0
"""Seconds for any exchange of the checks that follow."""
RENEW = 14 * 86400.0
"""Seconds before its end at which a certificate is worth a warning."""
OFF, FAR_OFF = 60.0, 600.0
"""Seconds that the clock may be off; signatures are refused from 15 minutes on."""


def check_ca_bundle(context: CheckContext) -> str:
    """See that the certificates to trust can be read."""
    given = context.session.settings.values.get("ca_bundle")
    if given is None:
        from requests.utils import DEFAULT_CA_BUNDLE_PATH

        context.ca_file = DEFAULT_CA_BUNDLE_PATH
        note = Phrase("the usual authorities (certifi)")
    else:
        if not os.path.isfile(given.text):
            raise UsageError("no-ca-bundle", origin=given.origin)
        context.ca_file, note = given.text, Phrase("{text} ({origin})", **given._asdict())
    try:
        make_context(context.ca_file)
    except (OSError, ValueError) as cause:  # an ssl.SSLError is an OSError
        origin = given.origin if given else "certifi"
        raise UsageError(
            "bad-ca-bundle", origin=origin, path=context.ca_file, note=getattr(cause, "strerror", None) or str(cause)
        ) from None
    return note


def find_proxy(context: CheckContext) -> str:
    """See which proxy is used."""
    transport = context.session.transport()
    transport.longest = LONGEST
    proxy = context.session.proxy[0]
    return (
        Phrase("{text} ({origin})", text=hide_user("proxy", proxy.text), origin=proxy.origin)
        if proxy
        else Phrase("none")
    )


def look_up(context: CheckContext, *, part: str) -> str:
    """Look an endpoint's host up."""
    place, proxy = _find_way(context, part)
    if proxy:
        raise Skip(Phrase("the proxy {proxy} looks it up", proxy=proxy))
    host = str(place.hostname)
    found: list[Any] = []
    faults: list[str] = [Phrase("The look-up took longer than {seconds:g} s.", seconds=LOOK_UP)]

    def work() -> None:
        try:
            found.extend(socket.getaddrinfo(host, _port(place), type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as cause:
            faults[0] = getattr(cause, "strerror", None) or str(cause)

    thread = threading.Thread(target=work, name="look-up", daemon=True)  # it is left behind where it hangs
    thread.start()
    thread.join(LOOK_UP)
    if not found:
        if mistyped := find_mistyped_region(host):
            raise Unreachable("region-mistyped", note=faults[0], **mistyped._asdict())
        raise Unreachable("host-unknown", host=host, note=faults[0])
    context.addresses[part] = [(family, address) for family, _, _, _, address in found]
    shown = list(dict.fromkeys(str(address[0]) for _, address in context.addresses[part]))
    return (
        host
        if shown == [host]
        else Phrase("{host} is {names}", host=host, names=", ".join([*shown[:2], "…"][: len(shown)]))
    )


def shake_hands(context: CheckContext, *, part: str) -> str:
    """Connect to an endpoint and see its certificate."""
    place, proxy = _find_way(context, part)
    if proxy:
        raise Skip(Phrase("through the proxy {proxy}", proxy=proxy))
    if place.scheme == "http":
        raise Skip(Phrase("plain http, on this machine only"))
    host = str(place.hostname)
    with _connect(context, part, place) as connection:
        try:
            with make_context(context.ca_file).wrap_socket(connection, server_hostname=host) as tls:
                certificate, version = tls.getpeercert() or {}, tls.version()
        except (OSError, ValueError) as cause:
            words = explain_tls(cause) or getattr(cause, "strerror", None) or str(cause)
            raise Unreachable("tls-failed", host=host, note=words) from None
    end = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    if end - time.time() < RENEW:
        context.warn("certificate-ends-soon", host=host, end=write_stamp(end))
    names = [str(pair[1]) for pair in certificate.get("subjectAltName", ()) if len(pair) == 2]
    return Phrase(
        "{version}, certificate of {names} until {day}",
        version=version,
        names=names[0] if names else host,
        day=write_stamp(end)[:10],
    )


def ask(context: CheckContext, *, part: str) -> str:
    """Get any answer from an endpoint: whatever its status, somebody is there who speaks HTTP and knows the time."""
    begun = time.time()
    try:
        reply = context.session.transport().exchange("GET", f"{_address(context, part)}/", headers={}, deadline=ANSWER)
    except BrokenExchange as cause:
        raise cause.as_error("no-answer") from None
    ended = time.time()
    if "date" in reply.headers:
        context.dates[part] = reply.headers["date"], (begun + ended) / 2
    return Phrase("status {status} after {time:.0f} ms", status=reply.status, time=max(ended - begun, 0) * 1000)


def compare_clocks(context: CheckContext) -> str:
    """Compare this machine's clock with the service's: signatures and certificates go by it."""
    differences = []
    for text, moment in context.dates.values():
        try:
            # the header has whole seconds: the middle of the one it names is the best guess
            differences.append(moment - parsedate_to_datetime(text).timestamp() - 0.5)
        except (ValueError, TypeError, ArithmeticError):
            continue
    if not differences:
        raise Skip(Phrase("no answer told the time"))
    ahead = max(differences, key=abs)
    way = Phrase("ahead") if ahead > 0 else Phrase("behind")
    if abs(ahead) <= OFF:
        return (
            Phrase("{time} {way}", time=f"{round(abs(ahead))} s", way=way)
            if abs(ahead) >= 2
            else Phrase("right to the second")
        )
    mend = (
        "sudo timedatectl set-ntp true"
        if sys.platform == "linux"
        else Phrase("Have the system set its clock by the network.")
    )
    wrong = AuthError("clock-wrong", off=show_duration(abs(ahead)), way=way, mend=mend)
    if abs(ahead) >= FAR_OFF:
        raise wrong
    context.warn(wrong)
    return Phrase("{time} {way}", time=show_duration(abs(ahead)), way=way)


def _address(context: CheckContext, part: str) -> str:
    return context.session.endpoint() if part == "cbr" else context.session.iam_endpoint()


def _find_way(context: CheckContext, part: str) -> tuple[SplitResult, str]:
    """Return an endpoint's address in its parts and the proxy's host, empty where there is none on the way."""
    place, transport = urlsplit(_address(context, part)), context.session.transport()
    host = str(place.hostname)
    if not transport.proxy or is_loopback(host) or transport.bypass(host):
        return place, ""
    proxy = transport.proxy if "://" in transport.proxy else f"http://{transport.proxy}"
    return place, str(urlsplit(proxy).hostname)


def _port(place: SplitResult) -> int:
    return place.port or (443 if place.scheme == "https" else 80)


def _connect(context: CheckContext, part: str, place: SplitResult) -> socket.socket:
    """Connect to the first address that lets us, in half of the time, so that the other half is the handshake's."""
    addresses = context.addresses[part]
    note = ""
    for family, address in addresses:
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(HANDSHAKE / 2 / len(addresses))
            connection.connect(address)
            connection.settimeout(HANDSHAKE / 2)
            return connection
        except OSError as cause:
            connection.close()
            note = note or cause.strerror or str(cause)
    raise Unreachable("no-connection", host=place.hostname, port=_port(place), note=note)
