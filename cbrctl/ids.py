"""Identifiers: what may go into the path of a request, and the names of our own operations."""

import os
import re

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_HEX = re.compile(r"[0-9a-f]{32}\Z")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def parse_id(text: object) -> str | None:
    """Give a UUID in lower case and with dashes, or None: only such text ever stands in a path."""
    project_id = parse_project_id(text)
    if project_id is None or "-" in project_id:
        return project_id
    return "-".join(project_id[start:end] for start, end in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))


def parse_project_id(text: object) -> str | None:
    """Give 32 hexadecimal digits in lower case, with the dashes of a UUID or, as projects are named, without; or None."""
    if not isinstance(text, str):
        return None
    text = text.lower() if text.isascii() else text
    return text if _UUID.match(text) or _HEX.match(text) else None


def is_same_id(one: str, other: str) -> bool:
    """Whether two ids are the same, written with dashes or without."""
    return one.replace("-", "") == other.replace("-", "")


def new_op_id() -> str:
    """Make the identity of one intended backup: 128 random bits in 26 digits of Crockford's base 32."""
    number = int.from_bytes(os.urandom(16), "big")
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))
