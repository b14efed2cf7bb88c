"""Identifiers: what may go into the path of a request, and the names of our own operations."""

import os
import re

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_HEX = re.compile(r"[0-9a-f]{32}\Z")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def parse_id(text: object) -> str | None:
    """Give a UUID (or 32 hex digits) in lower case, or None: only such text ever stands in a path."""
    if not isinstance(text, str):
        return None
    text = text.lower() if text.isascii() else text
    return text if _UUID.match(text) or _HEX.match(text) else None


def new_op_id() -> str:
    """Make the identity of one intended backup: 128 random bits in 26 digits of Crockford's base 32."""
    number = int.from_bytes(os.urandom(16), "big")
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))
