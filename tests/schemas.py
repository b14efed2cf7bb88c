"""Checks documents against the published schemas, and that they have no key which the schemas do not name.

The published schemas let keys be added (contract: within v1 they may be), so that consumers do not break. Here each key
that is not named fails, so that a new one is a conscious change: `close` says how.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

FOLDER = Path(__file__).parent.parent / "cbrctl" / "schemas"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))
LISTS = {"vaults": "vault", "copies": "copy", "tasks": "task", "history": "item", "auth": "source"}
"""The schema of a list, and the name in its `$defs` of what it lists."""

_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def load(name: str) -> dict[str, Any]:
    """Give a schema as it is published."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return found


def close(schema: Any) -> Any:
    """Give the schema with every object closed that names its properties; one with `additionalProperties` stays open.

    What stands under if, then, else, not, contains and allOf only judges objects described elsewhere and stays as it is.
    """
    if not isinstance(schema, dict):
        return schema
    closed = dict(schema)
    for key in ("properties", "$defs"):
        if key in schema:
            closed[key] = {name: close(inner) for name, inner in schema[key].items()}
    for key in ("items", "additionalProperties"):
        if key in schema:
            closed[key] = close(schema[key])
    if "properties" in schema and "additionalProperties" not in schema:
        closed["unevaluatedProperties"] = False
    return closed


@cache
def _validator(name: str, part: str | None, strict: bool) -> Draft202012Validator:
    schema = close(load(name)) if strict else load(name)
    if part:
        schema = {"$schema": schema["$schema"], "$ref": f"#/$defs/{part}", "$defs": schema["$defs"]}
    return Draft202012Validator(schema, format_checker=_FORMATS)


def validate(document: Any, name: str | None = None, *, strict: bool = True) -> None:
    """Check one document, or one line of jsonl (`event`); AssertionError names each place that is wrong.

    Without `name` the document's own `schema` says what it is. The rest of a `result` line is checked as the document
    that it names. Where not `strict`, only what a consumer would check is checked.
    """
    name = name or _name_of(document)
    if name not in NAMES:
        raise AssertionError(f"there is no schema {name}")
    _check(document, name, strict=strict)
    if name == "event" and document["type"] == "result":
        _check_result(document, strict)
    if name == "backup":
        _check_requests(document)


def validate_lines(lines: str | Iterable[str], *, strict: bool = True) -> list[dict[str, Any]]:
    """Check the whole output of jsonl: each line, the `result` at the end and nowhere else, items and their count."""
    texts = lines.splitlines() if isinstance(lines, str) else list(lines)
    rows: list[dict[str, Any]] = []
    for number, text in enumerate(texts, 1):
        try:
            rows.append(json.loads(text))
            validate(rows[-1], "event", strict=strict)
        except (ValueError, AssertionError) as cause:
            raise AssertionError(f"line {number}: {cause}") from None
    if [row["type"] for row in rows].count("result") != 1 or rows[-1]["type"] != "result":
        raise AssertionError("the last line, and no other, is of type result")
    items = [row["item"] for row in rows if row["type"] == "item"]
    listed = _schema_name(rows[-1])
    if items and listed not in LISTS:
        raise AssertionError(f"items without a list: the result is {listed}")
    if listed in LISTS:
        if rows[-1]["count"] != len(items):
            raise AssertionError(f"count is {rows[-1]['count']}, but {len(items)} items were written")
        for item in items:
            _check(item, listed, LISTS[listed], strict=strict)
    return rows


def _name_of(document: Any) -> str:
    if not isinstance(document, dict):
        raise AssertionError(f"no JSON object: {_short(document)}")
    # a task has a type of its own
    if document.get("type") == "result" or ("type" in document and "schema" not in document):
        return "event"
    return _schema_name(document)


def _schema_name(document: Mapping[str, Any]) -> str:
    text = document.get("schema")
    if not isinstance(text, str) or not text.startswith("cbrctl.") or not text.endswith("/v1"):
        raise AssertionError(f"schema is {text!r}, not cbrctl.NAME/v1")
    return text.removeprefix("cbrctl.").removesuffix("/v1")


def _check_result(line: Mapping[str, Any], strict: bool) -> None:
    name = _schema_name(line)
    document = {key: value for key, value in line.items() if key not in ("type", "ts")}
    if name in LISTS:
        unknown = sorted(set(document) - {"schema", "count"})
        if strict and unknown:
            raise AssertionError(f"result of {name}: unknown keys {', '.join(unknown)}")
        return
    validate(document, name, strict=strict)


def _check_requests(document: Mapping[str, Any]) -> None:
    """What a schema cannot say: a dry run shows one request twice."""
    for place, entry in enumerate(document["backups"]):
        http = entry.get("http")
        if http and http["body"]["checkpoint"] != entry["request"]:
            raise AssertionError(f"$.backups[{place}].http.body.checkpoint: not the same as request")


def _check(document: Any, name: str, part: str | None = None, *, strict: bool) -> None:
    errors = list(_validator(name, part, strict).iter_errors(document))
    if errors:
        told = [_tell(error) for error in sorted(_causes(errors), key=lambda e: e.json_path)]
        raise AssertionError("\n".join((f"{name}: the document is not as its schema says", *dict.fromkeys(told[:10]))))


def _causes(errors: list[ValidationError]) -> list[ValidationError]:
    """Leave out keys that are only called unknown because what describes them failed further down."""
    causes = [error for error in errors if error.validator != "unevaluatedProperties"]
    deepest = max(len(error.path) for error in errors)
    return causes or [error for error in errors if len(error.path) == deepest]


def _tell(error: ValidationError) -> str:
    return f"  {error.json_path}: {_short(error.message)}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 300 else f"{text[:140]} … {text[-140:]}"
