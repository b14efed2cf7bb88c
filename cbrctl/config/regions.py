"""Which hosts a region has, and which addresses may be given instead (service.md 8.4)."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from cbrctl.errors import UsageError
from cbrctl.phrases import Phrase, list_names

VENDOR = "myhuaweicloud.com"
"""Domain of the vendor's own cloud; partners run others (contract, CBRCTL_CLOUD)."""
_DOMAINS = (VENDOR, "myhuaweicloud.eu")
_DEFAULT = ("https://cbr.{region}.myhuaweicloud.com", "https://iam.{region}.myhuaweicloud.com")

# regions whose IAM host is not listed: the global one issues tokens that are good everywhere
_GLOBAL_IAM = {
    "cn-north-11", "cn-south-4", "cn-southwest-3", "ap-southeast-5", "af-north-1", "ru-northwest-2",
}  # fmt: skip

_SPECIAL = {
    "eu-west-101": ("https://cbr.{region}.myhuaweicloud.com", "https://iam.{region}.myhuaweicloud.eu"),
    "eu-de": ("https://cbr.{region}.otc.t-systems.com", "https://iam.{region}.otc.t-systems.com"),
    "eu-nl": ("https://cbr.{region}.otc.t-systems.com", "https://iam.{region}.otc.t-systems.com"),
    "eu-ch2": ("https://cbr.{region}.sc.otc.t-systems.com", "https://iam.{region}.sc.otc.t-systems.com"),
    "eu-west-0": (
        "https://cbr.{region}.prod-cloud-ocb.orange-business.com",
        "https://iam.{region}.prod-cloud-ocb.orange-business.com",
    ),
}

_REGION = r"[a-z]{2}(-[a-z0-9]+)+\Z"
_SECOND_LABEL = r"[\w-]+\.([\w-]+)\."
_BYTE = r"(0|[1-9][0-9]{0,2})\Z"
_HOST = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\Z"
_SHOWN_HOST = r"(?i)[a-z0-9._-]+\Z|\[[0-9a-f:.]+\]\Z"


def find_endpoints(region: str, cloud: str = "") -> tuple[str, str]:
    """Return the CBR and the IAM address of a region of the vendor's cloud, or of a partner's `cloud`, a domain.

    UsageError where the region cannot be one's name.
    """
    if not is_region(region):
        near = find_similar_regions(region)
        raise UsageError("bad-region-near" if near else "bad-region", region=region, near=near)
    if cloud and cloud != VENDOR:
        return f"https://cbr.{region}.{cloud}", f"https://iam.{region}.{cloud}"
    cbr, iam = _SPECIAL.get(region, _DEFAULT)
    if region in _GLOBAL_IAM:
        iam = f"https://iam.{VENDOR}"
    return cbr.format(region=region), iam.format(region=region)


KNOWN = (
    "cn-north-1", "cn-north-2", "cn-north-4", "cn-north-9", "cn-north-11", "cn-north-12", "cn-east-2", "cn-east-3",
    "cn-east-4", "cn-east-5", "cn-south-1", "cn-south-2", "cn-south-4", "cn-southwest-2", "cn-southwest-3",
    "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "my-kualalumpur-1",
    "af-south-1", "af-north-1", "me-east-1", "ae-ad-1", "tr-west-1", "sa-brazil-1", "la-north-2", "la-south-2",
    "na-mexico-1", "eu-west-0", "eu-west-101", "ru-moscow-1", "ru-northwest-2", "eu-de", "eu-nl", "eu-ch2",
)  # fmt: skip
"""Regions that the vendor's clients list (service.md 8.4) and those of known partners; there may be more."""


def is_region(text: str) -> bool:
    """Return whether text has the form of a region's name."""
    return bool(re.match(_REGION, text)) and len(text) <= 40


def find_similar_regions(region: str) -> str:
    """Return up to three known regions that differ in case or in a few letters, the nearest first."""
    from difflib import get_close_matches

    plain = region.casefold().strip().replace("_", "-")
    return plain if plain in KNOWN else list_names(get_close_matches(plain, KNOWN, 3, 0.85))


class Mistyped(NamedTuple):
    """A region that cbrctl does not know, and the known ones that it is like, the nearest first."""

    region: str
    near: str


def find_mistyped_region(address: str) -> Mistyped | None:
    """Return what may be wrong with the region of a host that cannot be reached; None where cbrctl knows it."""
    found = re.match(_SECOND_LABEL, address.rpartition("://")[2])
    region = found[1] if found and is_region(found[1]) and found[1] not in KNOWN else ""
    near = find_similar_regions(region) if region else ""
    return Mistyped(region, near) if near else None


def host_and_port(address: str) -> str:
    """Return whom an address leads to, and nothing else of it: it may hold a user and a query. Nothing where it is none."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:  # it is none
        return ""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def find_neighbour(iam: str, region: str | None, cloud: str = "") -> tuple[str, str | None]:
    """Return the CBR address beside an IAM address, and the region that this names, if it names one (contract).

    `iam.eu-de.otc.t-systems.com` has `cbr.eu-de.otc.t-systems.com` beside it; one that serves all regions of a cloud,
    `iam.myhuaweicloud.com`, has that of the `region` that is meant. ValueError says why there is none.
    """
    scheme, _, rest = iam.partition("://")
    host, port = _split_port(rest)
    name, _, domain = host.partition(".")
    if scheme != "https" or name != "iam" or port not in ("", "443") or "." not in domain:
        raise ValueError(Phrase("It is not https://iam. and a domain."))
    if domain not in (*_DOMAINS, cloud):
        first = domain.partition(".")[0]
        return f"https://cbr.{domain}", first if is_region(first) else None
    if region is None:
        raise ValueError(Phrase("It serves all regions, and none is named."))
    return f"https://cbr.{region}.{domain}", None


def is_same_cloud(cbr: str, iam: str, region: str) -> bool:
    """Return whether an address of CBR is of the same cloud as one of IAM: of the same domain, or at the same host."""
    places = [urlsplit(address).hostname or "" for address in (cbr, iam)]
    if places[0] == places[1]:
        return True
    domains = []
    for host, service in zip(places, ("cbr", "iam"), strict=True):
        name, _, domain = host.partition(".")
        first, _, rest = domain.partition(".")
        # of a label that is no region that is known, who can say what belongs to whom: a.co.uk and b.co.uk
        domains.append((rest if first in (*KNOWN, region) else domain) if name == service else "")
    return domains[0] == domains[1] != ""


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine itself. A part like 08 may be read as octal: it is none."""
    if host.lower() in ("localhost", "::1"):
        return True
    parts = host.split(".")
    return len(parts) == 4 and parts[0] == "127" and all(re.match(_BYTE, p) and int(p) < 256 for p in parts)


def check_endpoint(address: str, origin: str, *, strip_v3: bool = False) -> str:
    """Return `scheme://host[:port]` of an address that a user set, in lower case.

    Plain http is accepted for loopback only, and no path, user, query or fragment anywhere: a token is sent there.
    `origin` is the flag or the variable that named it. `strip_v3` accepts the `/v3` that an IAM address may have.
    Raises UsageError, which does not repeat what may be a secret.
    """
    scheme, mark, rest = address.partition("://")
    scheme = scheme.lower()
    if strip_v3:
        rest = rest.rstrip("/").removesuffix("/v3")
    rest = rest.rstrip("/").lower()
    host, port = _split_port(rest)
    literal = host.startswith("[") and host.endswith("]")
    named = host[1:-1] == "::1" if literal else bool(re.match(_HOST, host)) and len(host) < 254
    if not address.isascii() or not mark or scheme not in ("http", "https") or not named or not port_is_valid(port):
        raise UsageError("bad-endpoint", origin=origin, address=mask_address(address))
    if scheme == "http" and not is_loopback(host.strip("[]")):
        raise UsageError("plain-http", origin=origin, address=mask_address(address))
    return f"{scheme}://{rest}"


def check_domain(domain: str, origin: str) -> str:
    """Return the domain of a cloud in lower case. Raises UsageError for what is none."""
    lower = domain.lower()
    if "." not in lower or len(lower) > 200 or not re.match(_HOST, lower):
        raise UsageError("bad-domain", origin=origin)
    return lower


def mask_address(address: str) -> str:
    """Return an address as it may be shown: scheme and host where these are plainly well-formed; all else may hold a secret."""
    scheme, mark, rest = address.partition("://")
    if not mark:  # it may be anything, a secret in the wrong place too
        return address if "." in address and re.match(_HOST, address) else "***"
    if scheme.lower() not in ("http", "https"):
        return "***"
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    behind = rest[len(authority) :]
    _, user, place = authority.rpartition("@")
    host, port = _split_port(place)
    if "@" in behind or not re.match(_SHOWN_HOST, host) or not port_is_valid(port):  # a / may stand in a password
        return f"{scheme}://***"
    return f"{scheme}://{user and '***@'}{place}{'/***' if behind.strip('/') else ''}"


def mask_proxy(address: str) -> str:
    """Return the address of a proxy as it may be shown; it may lack a scheme."""
    return mask_address(address) if "://" in address else mask_address(f"http://{address}").removeprefix("http://")


def check_proxy(address: str, origin: str) -> str:
    """Return the address of a proxy, of http where it has no scheme, as curl reads it.

    UsageError where it is none; it is not shown, since it may hold a password.
    """
    address = address if "://" in address else f"http://{address}"
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        reason = Phrase("A proxy is http:// or https://, a host and a port.")
        raise UsageError("bad-proxy", origin=origin, reason=reason)
    return address


def port_is_valid(port: str) -> bool:
    """Return whether the text after the colon is a TCP port; no text at all is the scheme's own port."""
    return port == "" or (port.isascii() and port.isdecimal() and len(port) < 6 and 0 < int(port) < 65536)


def _split_port(rest: str) -> tuple[str, str]:
    if rest.startswith("["):
        host, bracket, tail = rest.partition("]")
        return host + bracket, (tail[1:] or "x") if tail.startswith(":") else tail
    host, colon, port = rest.partition(":")
    return host, port if port or not colon else "x"  # a colon with nothing behind it is no port
