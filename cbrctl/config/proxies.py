"""Which proxy https goes through, and which hosts are reached without it: one that was set, else the system's variables."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from cbrctl.config.regions import check_proxy, is_loopback
from cbrctl.config.settings import Value
from cbrctl.errors import UsageError
from cbrctl.phrases import Phrase

_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
"""The first that is set counts, as for curl."""
Bypass = Callable[[str], bool]


def find_proxy(given: Value | None, environ: Mapping[str, str], hosts: Iterable[str]) -> tuple[Value | None, Bypass]:
    """Return the proxy for `hosts`, with what named it, and whether a host is reached without it.

    None where it would serve none of the hosts. UsageError for one that is none, or is of a kind that cbrctl cannot use.
    """
    if given:
        return Value(check_proxy(given.text, given.origin), given.origin), is_loopback
    listed = environ.get("no_proxy") or environ.get("NO_PROXY") or ""

    def bypass(host: str) -> bool:
        return is_loopback(host) or is_listed(host, listed)

    variable = next((name for name in _VARIABLES if environ.get(name)), None)
    if variable is None or all(bypass(host) for host in hosts):
        return None, bypass
    address = environ[variable]
    if address.lower().startswith("socks"):
        reason = Phrase("It is a SOCKS proxy, which cbrctl cannot use.")
        raise UsageError("bad-proxy", origin=variable, reason=reason)
    return Value(check_proxy(address, variable), variable), bypass


def is_listed(host: str, listed: str) -> bool:
    """Return whether NO_PROXY names a host, as curl reads it: `*`, domains with all below them, addresses, networks."""
    if listed.strip() == "*":
        return True
    host = host.lower().rstrip(".")
    names = [name for name in listed.lower().replace(",", " ").split() if name]
    plain = [name.strip(".") for name in names]
    is_address = host.replace(".", "").isdigit() or ":" in host
    # below a domain stand hosts; an address has nothing below it
    if any(name and (host == name or (not is_address and host.endswith(f".{name}"))) for name in plain):
        return True
    networks = [name for name in names if "/" in name or ":" in name]
    if not networks or not is_address:
        return False
    import ipaddress

    with suppress(ValueError):
        address = ipaddress.ip_address(host)
        for name in networks:
            with suppress(ValueError):
                if address in ipaddress.ip_network(name.strip("[]"), strict=False):
                    return True
    return False
