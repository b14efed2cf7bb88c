"""The metadata service of a cloud server: keys for a while of the agency that the server was given (service.md 10)."""

from collections.abc import Mapping

from cbrctl.api.issued import Keys, read_keys
from cbrctl.api.transport import BrokenExchange, Reply, Transport
from cbrctl.config.regions import check_endpoint
from cbrctl.errors import AuthError, Unreachable
from cbrctl.machine.secrecy import find_odd_character

ADDRESS = "http://169.254.169.254"
"""Of the link itself: what is sent there does not leave the server."""
VARIABLE = "CBRCTL_METADATA_ENDPOINT"
DEADLINE = 3.0
"""Seconds for one exchange, as the vendor's own client gives it."""


def find_address(environ: Mapping[str, str]) -> str:
    """Return where the service is; a variable may name another on this machine. Raises UsageError."""
    given = environ.get(VARIABLE, "")
    if given.rstrip("/") in ("", ADDRESS):
        return ADDRESS
    return check_endpoint(given, VARIABLE)


def fetch_keys(transport: Transport, address: str) -> Keys:
    """Ask for keys, by a session token where the service has those. Raises AuthError where there is no agency."""
    proof: dict[str, str] = {}
    begun = _exchange(
        transport, "PUT", f"{address}/meta-data/latest/api/token", {"X-Metadata-Token-Ttl-Seconds": "300"}
    )
    if begun.status == 200:
        token = begun.body.decode("ascii", "replace").strip()
        if token and find_odd_character(token) is None and len(token) < 4096:
            proof = {"X-Metadata-Token": token}
    elif begun.status not in (404, 405, 503):  # those have the older manner only
        raise _refuse(address, begun)
    reply = _exchange(transport, "GET", f"{address}/openstack/latest/securitykey", proof)
    if reply.status != 200:
        raise _refuse(address, reply)
    return read_keys(reply.body)


def _exchange(transport: Transport, method: str, url: str, headers: Mapping[str, str]) -> Reply:
    try:
        return transport.exchange(method, url, headers=headers, deadline=DEADLINE, fresh=True)
    except BrokenExchange as cause:
        raise Unreachable("metadata-silent", address=url, note=cause.reason) from None


def _refuse(address: str, reply: Reply) -> AuthError | Unreachable:
    """Return the error of an answer: what may pass, or that there is no agency."""
    kind = Unreachable if reply.status == 429 or reply.status >= 500 else AuthError
    return kind("metadata-refused", address=address, status=reply.status)
