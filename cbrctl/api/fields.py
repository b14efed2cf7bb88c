"""The fields of what the service speaks, read leniently: a wrong type is None, and nothing raises but for what must be there."""

import json
from collections.abc import Callable, Mapping
from sys import intern
from typing import Any, TypeVar

from cbrctl.ids import parse_id
from cbrctl.messages.codes import normalise

Json = Mapping[str, Any]
RowT = TypeVar("RowT")


def read_code(code: object, words: str | None) -> tuple[str | None, str | None]:
    """Return a code of the service and its words; what has no code's form stands in the words (contract, error)."""
    known = normalise(code)
    odd = None if known else read_text(code)
    return known, f"{odd}: {words}" if odd and words else odd or words


def read_rows(value: object, read: Callable[[Any], RowT]) -> tuple[tuple[RowT, ...], int]:
    """Return the rows of a list, and how many things in it cannot be read.

    What is empty in any way is an empty list; an object is one row.
    """
    if value in (None, "", {}):
        return (), 0
    rows = []
    unread = 0
    for item in value if isinstance(value, list) else [value]:
        try:
            rows.append(read(item))
        except (ValueError, AttributeError):
            unread += 1
    return tuple(rows), unread


def need_id(value: object) -> str:
    """Return a UUID. ValueError for what is none."""
    return need(parse_id(value))


def need(found: str | None) -> str:
    """Return an id. ValueError where there is none."""
    if found is None:
        raise ValueError("no usable id")
    return found


def read_bool(value: object) -> bool | None:
    """Return whether, None for what is neither."""
    return value if isinstance(value, bool) else None


def read_percent(value: object) -> int | None:
    """Return progress, 0 to 100."""
    number = read_whole(value)
    return None if number is None else max(0, min(number, 100))


def read_text(value: object) -> str | None:
    """Return text, or a number as text; the empty text is the service's way of saying nothing."""
    if isinstance(value, str):
        return value[:4096] or None
    return str(value)[:32] if isinstance(value, int) and not isinstance(value, bool) else None


def read_word(value: object) -> str | None:
    """Return a text that stands in many rows, as a status or a vault's name does: it is kept once."""
    text = read_text(value)
    return text and intern(text)


def read_whole(value: object) -> int | None:
    """Return a whole number, also where the service writes it as text (`"40"`)."""
    if isinstance(value, str) and len(value) < 19 and value.removeprefix("-").isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18 else None


def read_object(value: object) -> Json:
    """Return an object, an empty one for what is none; `extra_info` comes as the text of one too (service.md 13.12)."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def read_objects(value: object) -> list[Json]:
    """Return the objects of a list; what else stands in it is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
