"""Vaults that another program names on standard input: what `vault list` writes in any format, the API's JSON, plain lines."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from cbrctl.ids import parse_id
from cbrctl.phrases import Phrase

_SCHEMAS = ("cbrctl.vaults", "cbrctl.vault")
_OF_OTHERS = ("vault_id", "checkpoint_id", "operation_type", "op_id")
"""Columns of cbrctl's other lists: their ids are none of vaults."""


class Named(NamedTuple):
    """A vault as it was named: an id or a name, and its name where that stands beside the id."""

    asked: str
    name: str | None = None


def read_vaults(text: str) -> list[Named]:
    """Return the vaults in their order. ValueError says in plain words what is wrong, and where.

    JSON is an object with `items` or `vaults`, an array, objects one after another, or the lines of `-o jsonl`. Else each
    line is a vault, or its first column up to a tab; blank lines, lines with `#` and the head of a table are left out.
    """
    if text.lstrip().startswith(("{", "[")):
        return [_name(row, place) for place, row in enumerate(_rows(text), 1)]
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    heads = lines[0].split("\t") if lines and "\t" in lines[0] else []
    strange = next((head for head in heads if head in _OF_OTHERS), None)
    if strange:
        raise ValueError(Phrase("It has a column {strange}, which no list of vaults has.", strange=strange))
    named = "name" in heads and heads[0] == "id"
    found = [line.split("\t") for line in lines[bool(named or heads[:1] == ["id"]) :]]
    column = heads.index("name") if named else 0
    return [
        Named(row[0].strip(), (row[column].strip() or None) if named and len(row) > column else None) for row in found
    ]


def _rows(text: str) -> list[Any]:
    """Return the vaults of one or more JSON values; the lines of `-o jsonl` are whole only with the last of them."""
    rows: list[Any] = []
    lines, result = 0, None
    for value in _values(text):
        _check_schema(value)
        if isinstance(value, dict) and value.get("type") == "item":
            rows.append(value.get("item"))
            lines += 1
        elif isinstance(value, dict) and value.get("type") == "result":
            result = value
        else:
            rows += _rows_of(value)
    if (lines or result) and (result is None or result.get("count", -1) != lines):
        raise ValueError(Phrase("It is cut short, or an error's: its last line does not count the vaults before it."))
    return rows


def _check_schema(value: Any) -> None:
    """Refuse a document that says itself that it is of something else. ValueError."""
    schema = value.get("schema") if isinstance(value, dict) else None
    if schema is not None and str(schema).partition("/")[0] not in _SCHEMAS:
        raise ValueError(Phrase("Its schema is {schema}, and that of vaults is cbrctl.vaults/v1.", schema=schema))


def _values(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    place = _skip(text, 0)
    while place < len(text):
        try:
            value, end = decoder.raw_decode(text, place)
        except RecursionError:
            raise ValueError(Phrase("It is nested too deep.")) from None
        except ValueError:
            line = text.count("\n", 0, place) + 1
            raise ValueError(
                Phrase("It is not whole JSON (the value that begins in line {line}).", line=line)
            ) from None
        yield value
        place = _skip(text, end)


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n":
        place += 1
    return place


def _rows_of(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        raise ValueError(Phrase("A vault is an object of JSON, with an id."))
    key = next((key for key in ("items", "vaults") if key in value), None)
    rows = value[key] if key else [value]
    if not isinstance(rows, list):
        raise ValueError(Phrase("{key} is no array.", key=key))
    return rows


def _name(row: Any, place: int) -> Named:
    """Return the vault of a row; the openstack client calls its columns ID and Name."""
    lower = {str(key).lower(): value for key, value in row.items()} if isinstance(row, dict) else {}
    asked, name = lower.get("id"), lower.get("name")
    if not isinstance(asked, str) or not parse_id(asked.strip()):
        raise ValueError(Phrase("Vault {place} of the JSON has no id of a vault.", place=place))
    return Named(asked.strip(), name if isinstance(name, str) and name else None)
