"""Which hosts a region has, and which addresses may be given instead (api.md 8.4)."""

import re
from urllib.parse import urlsplit

from cbrctl.errors import UsageError

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

_REGION = re.compile(r"[a-z]{2}(-[a-z0-9]+)+\Z")
_USER = re.compile(r".*@", re.DOTALL)  # it may hold a password
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\Z")


def find_endpoints(region: str) -> tuple[str, str]:
    """Give the CBR and the IAM address of a region. UsageError where it cannot be a region's name."""
    if not _REGION.match(region) or len(region) > 40:
        raise UsageError("bad-region", region=region)
    cbr, iam = _SPECIAL.get(region, _DEFAULT)
    if region in _GLOBAL_IAM:
        iam = "https://iam.myhuaweicloud.com"
    return cbr.format(region=region), iam.format(region=region)


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine itself."""
    if host in ("localhost", "::1"):
        return True
    parts = host.split(".")
    return len(parts) == 4 and parts[0] == "127" and all(p.isdecimal() and int(p) < 256 for p in parts)


def check_endpoint(address: str, origin: str, *, strip_v3: bool = False) -> str:
    """Give `scheme://host[:port]` of an address that a user set.

    Plain http is accepted for loopback only, and no path, user, query or fragment anywhere: a token is sent there.
    `origin` is the flag or the variable that named it. `strip_v3` accepts the `/v3` that an IAM address may have.
    Raises UsageError.
    """
    scheme, mark, rest = address.partition("://")
    if strip_v3:
        rest = rest.rstrip("/").removesuffix("/v3")
    rest = rest.rstrip("/")
    host, port = _split_port(rest)
    literal = host.startswith("[") and host.endswith("]")
    named = host[1:-1] == "::1" if literal else bool(_HOST.match(host)) and len(host) < 254
    if not mark or scheme not in ("http", "https") or not named or not port_is_valid(port):
        raise UsageError("bad-endpoint", origin=origin, address=_USER.sub("***@", address))
    if scheme == "http" and not is_loopback(host.strip("[]")):
        raise UsageError("plain-http", origin=origin, address=address)
    return f"{scheme}://{rest}"


def check_proxy(address: str, origin: str) -> str:
    """Give the address of a proxy. UsageError where it is none; it is not shown, since it may hold a password."""
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        reason = "A proxy is http:// or https://, a host and a port."
        raise UsageError("bad-option", option=origin, reason=reason, help="cbrctl options")
    return address


def port_is_valid(port: str) -> bool:
    """Tell whether the text after the colon is a TCP port; no text at all is the scheme's own port."""
    return port == "" or (port.isascii() and port.isdecimal() and len(port) < 6 and 0 < int(port) < 65536)


def _split_port(rest: str) -> tuple[str, str]:
    if rest.startswith("["):
        host, bracket, tail = rest.partition("]")
        return host + bracket, (tail[1:] or "x") if tail.startswith(":") else tail
    host, colon, port = rest.partition(":")
    return host, port if port or not colon else "x"  # a colon with nothing behind it is no port
