"""Identifiers: what may go into the path of a request, and the names of our own operations."""

import os
import re
from functools import lru_cache

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_HEX = re.compile(r"[0-9a-f]{32}\Z")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_OP = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}\Z")


def parse_id(text: object) -> str | None:
    """Return a UUID in lower case and with dashes, or None: only such text ever stands in a path."""
    if isinstance(text, str) and _UUID.match(text):
        return text
    project_id = parse_project_id(text)
    if project_id is None or "-" in project_id:
        return project_id
    return "-".join(project_id[start:end] for start, end in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))


def parse_known_id(text: object) -> str | None:
    """Return a UUID as `parse_id` does, of something that the rows of a long list name over and over."""
    return _parse_known_id(text) if isinstance(text, str) else None


_parse_known_id = lru_cache(4096)(parse_id)


def parse_resource_id(text: object) -> str | None:
    """Return a resource's id as the service writes it, or None for what is none; a UUID in lower case.

    It is any text without blanks and control characters: virtual machines, databases and files have ids of other forms
    (service.md 13). It never stands in a path.
    """
    return _parse_resource_id(text) if isinstance(text, str) else None


@lru_cache(4096)
def _parse_resource_id(text: str) -> str | None:
    if _UUID.match(text):
        return text
    if not text or len(text) > 256 or not text.isprintable() or any(map(str.isspace, text)):
        return None
    return text.lower() if _UUID.match(text.lower()) and text.isascii() else text


def parse_project_id(text: object) -> str | None:
    """Return 32 hexadecimal digits in lower case, with the dashes of a UUID or, as projects are named, without; or None."""
    if not isinstance(text, str):
        return None
    text = text.lower() if text.isascii() else text
    return text if _UUID.match(text) or _HEX.match(text) else None


def is_same_id(one: str, other: str) -> bool:
    """Whether two ids are the same, written with dashes or without."""
    return one.replace("-", "") == other.replace("-", "")


def new_op_id() -> str:
    """Make the identity of one intended backup: 128 random bits in 26 digits of Crockford's base 32."""
    return write_base32(os.urandom(16))


def derive_op_id(project_id: str, vault_id: str, run_key: str) -> str:
    """Return the identity of the backup that a run key means: the same on any machine, any day, in any version.

    Golden values in tests/backup/test_marker.py keep it so. The first two parts have no line breaks, so no key can pass for
    another vault's.
    """
    import hashlib  # costs as much as this module's other users together

    text = f"cbrctl-op-v1\n{project_id.replace('-', '')}\n{vault_id.replace('-', '')}\n{run_key}"
    return write_base32(hashlib.sha256(text.encode()).digest()[:16])


def parse_op_id(text: object) -> str | None:
    """Return an op id in upper case, or None for what is none."""
    if not isinstance(text, str) or not text.isascii() or not _OP.match(text.upper()):
        return None
    return text.upper()


def write_base32(data: bytes) -> str:
    """Return 16 bytes in Crockford's base 32."""
    number = int.from_bytes(data, "big")
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))
