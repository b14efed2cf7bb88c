"""Checks documents against the published schemas, and that they have no key which the schemas do not name.

The published schemas let keys be added (contract: within v1 they may be), so that consumers do not break. Here each key
that is not named fails, so that a new one is a conscious change: `close` says how.

They also leave outcomes, kinds, exit codes, states and event types open, so that a pinned copy takes what a later version
says. What the contract says of those today stands here, as tables and rules in Python.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from tests.support.exits import CODES, KIND_OF_CODE, MILDEST_FIRST, SIGNALS

FOLDER = Path(__file__).parents[2] / "cbrctl" / "schemas"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))
LISTS = {
    "vaults": "vault",
    "copies": "copy",
    "tasks": "task",
    "history": "item",
    "auth": "source",
    "check": "checked",
    "explain": "explanation",
    "report": "calendar_line",
}
"""The schema of a list, and the name in its `$defs` of what it lists."""

EVENTS = {"op", "status", "resource", "warning", "item", "result"}
STATES: dict[str, set[str]] = {
    "sending": set(), "searching": set(), "waiting": set(), "accepted": {"checkpoint_id"}, "attached": {"checkpoint_id"},
    "ended": {"outcome", "exit_code"},
}  # fmt: skip
"""What a line says of an op, and what belongs to it."""
OP_STATES = {"prepared", "sending", "accepted", "completed", "partial", "failed", "refused", "unknown", "not-started"}
NOT_STARTED = (126, 127)
"""Exit codes of a command that `sandbox run` could not start, which are those of a shell."""
CREDENTIALS = {"token", "password", "password+code", "code", "access-key", "temporary-key", "server", None}

_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def load(name: str) -> dict[str, Any]:
    """Return a schema as it is published."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return found


def close(schema: Any) -> Any:
    """Return the schema with every object closed that names its properties; one with `additionalProperties` stays open.

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
    if name in ("check", "report"):  # lists that have more than their items
        if "count" not in document or "items" in document:
            raise AssertionError(f"$: the result of a {name} has 'count' in the place of its items")
        head = {key: value for key, value in document.items() if key != "count"}
        validate({**head, "items": []}, name, strict=strict)
        return
    if name in LISTS:
        if "count" not in line or "items" in line:
            raise AssertionError("$: the result of a list has 'count' in the place of its items")
        unknown = sorted(set(document) - {"schema", "count"})
        if strict and unknown:
            raise AssertionError(f"result of {name}: unknown keys {', '.join(unknown)}")
        return
    validate(document, name, strict=strict)


def _check(document: Any, name: str, part: str | None = None, *, strict: bool) -> None:
    errors = list(_validator(name, part, strict).iter_errors(document))
    told = [_tell(error) for error in sorted(_causes(errors), key=lambda e: e.json_path)] if errors else []
    if strict and not told:
        told = [f"  {complaint}" for complaint in _judge(document, part or name)]
    if told:
        raise AssertionError("\n".join((f"{name}: the document is not as its schema says", *dict.fromkeys(told[:10]))))


# what the contract says of outcomes, codes, kinds and states ----------------------------------------------------------


def _judge(document: Mapping[str, Any], name: str) -> Iterator[str]:
    """Return what is wrong with a document, or with a row of a list, whose form is right."""
    match name:
        case "backup":
            yield from _judge_backup(document)
        case "error":
            if document["exit_code"] in NOT_STARTED and document["error"]["kind"] == "usage":
                return
            yield from _judge_error(document, "$")
            if document["exit_code"] not in KIND_OF_CODE or document["exit_code"] in (3, 4, 5, 6):
                yield f"$.exit_code: {document['exit_code']} tells of a backup, or of nothing that is known"
            if document["error"]["sent"] not in ("no", None):
                yield "$.error.sent: nothing was sent yet"
        case "event":
            yield from _judge_line(document)
        case "doctor":
            yield from _judge_findings(document)
        case "check":
            yield from _judge_check(document)
        case "checked":
            yield from _judge_checked(document, "$")
        case "report":
            yield from _judge_report(document)
        case "calendar_line":
            yield from _judge_days(document, "$")
        case "history" | "auth":
            for place, row in enumerate(document.get("items", ())):
                yield from _judge_row(row, f"$.items[{place}]")
        case "item" | "source" | "op":
            yield from _judge_row(document, "$")


def _judge_backup(document: Mapping[str, Any]) -> Iterator[str]:
    for place, entry in enumerate(document["backups"]):
        yield from _judge_entry(entry, f"$.backups[{place}]")
    code, outcome, entries = document["exit_code"], document["outcome"], document["backups"]
    worst = _worst(entry["exit_code"] for entry in entries)
    if code != worst and code not in SIGNALS:
        yield f"$.exit_code: {code} is not the worst of the entries, which is {worst}"
    if outcome not in ({e["outcome"] for e in entries if e["exit_code"] == worst} or {"completed"}):
        yield f"$.outcome: {outcome} is not that of the worst entry"


def _judge_entry(entry: Mapping[str, Any], at: str) -> Iterator[str]:
    outcome, sent, error, checkpoint = entry["outcome"], entry["sent"], entry["error"], entry["checkpoint"]
    yield from _judge_outcome(entry, at)
    yield from _judge_error(entry, at)
    if error and error["sent"] != sent:
        yield f"{at}.error.sent: not the entry's own"
    if sent is None and (entry["op_id"] is not None or entry["request"] is not None):
        yield f"{at}: op_id and request are null of what others sent"
    held_up = outcome == "unknown" and sent == "no"
    if sent is not None and (entry["op_id"] is None) is not held_up:
        yield f"{at}.op_id: null of what others sent, and of what an earlier op kept from being sent, and of nothing else"
    if held_up and error and not re.search(r"\b[0-9A-HJKMNP-TV-Z]{26}\b", f"{error['message']} {error['hint']}"):
        yield f"{at}.error: does not name the op that kept it from being sent"
    if outcome == "unknown" and sent not in ("unknown", "no"):
        yield f"{at}.sent: {sent}, though that is not known"
    if outcome in ("completed", "accepted", "partial", "failed") and (sent not in ("yes", None) or checkpoint is None):
        yield f"{at}.checkpoint: a backup has been sent and has one"
    if outcome == "completed" and any(r["status"] not in ("available", "skipped") for r in entry["resources"]):
        yield f"{at}.resources: one has no available copy"
    # an error has judged nothing: its entry is named by the checkpoint that was asked for, and no more
    if entry["skipped_resources"] is None and checkpoint is not None and outcome != "error" and not entry["warnings"]:
        yield f"{at}.warnings: what was skipped is not known, and that is not said"
    http = entry.get("http")
    if (outcome == "planned") is not (http is not None):
        yield f"{at}.http: of a dry run and of nothing else"
    elif http and http["body"]["checkpoint"] != entry["request"]:
        yield f"{at}.http.body.checkpoint: not the same as request"
    if outcome == "planned" and (sent, checkpoint) != ("no", None):
        yield f"{at}.sent: a dry run sends nothing"


def _judge_outcome(holder: Mapping[str, Any], at: str) -> Iterator[str]:
    outcome, code = holder["outcome"], holder["exit_code"]
    if outcome not in CODES:
        yield f"{at}.outcome: {outcome} is not known"
    elif code not in CODES[outcome]:
        yield f"{at}.exit_code: {code} does not go with {outcome}"


def _judge_error(holder: Mapping[str, Any], at: str) -> Iterator[str]:
    code, error = holder["exit_code"], holder["error"]
    if (error is None) is not (code == 0):
        yield f"{at}.error: there is one exactly where the exit code is not 0"
    elif error and error["kind"] != KIND_OF_CODE.get(code):
        yield f"{at}.error.kind: {error['kind']} is not the name of {code}"


def _judge_line(line: Mapping[str, Any]) -> Iterator[str]:
    if line["type"] not in EVENTS:
        yield f"$.type: {line['type']} is not known"
    if line["type"] != "op":
        return
    has = {"checkpoint_id", "outcome", "exit_code"} & set(line)
    # the end may name the checkpoint too
    if line["state"] not in STATES:
        yield f"$.state: {line['state']} is not known"
    elif has != STATES[line["state"]] and not (line["state"] == "ended" and has > STATES["ended"]):
        yield f"$.state: {line['state']} goes with {sorted(STATES[line['state']])}, not with {sorted(has)}"
    elif "outcome" in has:
        yield from _judge_outcome(line, "$")


def _judge_findings(document: Mapping[str, Any]) -> Iterator[str]:
    codes = {name: code for code, name in KIND_OF_CODE.items()}
    for place, finding in enumerate(document["findings"]):
        if finding["state"] not in ("ok", "warning", "error", "skipped"):
            yield f"$.findings[{place}].state: {finding['state']} is not known"
        if (finding["error"] is None) is (finding["state"] in ("warning", "error")):
            yield f"$.findings[{place}].error: there is one exactly where something is wrong"
        elif finding["error"] and finding["error"]["kind"] not in codes:
            yield f"$.findings[{place}].error.kind: {finding['error']['kind']} is not known"
    wrong = [codes.get(f["error"]["kind"], 1) for f in document["findings"] if f["state"] == "error" and f["error"]]
    if document["exit_code"] != _worst(wrong):
        yield "$.exit_code: not that of the worst finding"


CHECKS = {"good": 0, "partial": 3, "none": 4}
"""The outcomes of a check, and their exit codes."""


def _judge_check(document: Mapping[str, Any]) -> Iterator[str]:
    yield from _judge_error(document, "$")
    if CHECKS.get(document["outcome"]) != document["exit_code"]:
        yield f"$.exit_code: {document['exit_code']} does not go with {document['outcome']}"
    for place, row in enumerate(document["items"]):
        yield from _judge_checked(row, f"$.items[{place}]")
    good = [row["state"] == "good" for row in document["items"]]
    outcome = "good" if all(good) else "partial" if any(good) else "none"
    if good and outcome != document["outcome"]:
        yield f"$.outcome: {document['outcome']}, but the items say {outcome}"
    if good != sorted(good):
        yield "$.items: one that lacks stands behind a good one"


def _judge_checked(row: Mapping[str, Any], at: str) -> Iterator[str]:
    if row["state"] not in ("good", "old", "undated", "none"):
        yield f"{at}.state: {row['state']} is not known"
    if (row["copy"] is None) is not (row["state"] == "none"):
        yield f"{at}.copy: there is none exactly where the state is none"
    if row["age_seconds"] is None and row["state"] == "old":
        yield f"{at}.age_seconds: it is old, and nobody knows how old"


DAYS = ("good", "partial", "failed", "running", "none", "unknown")
NEEDS = ("none", "failed", "late", "unknown", None)


def _judge_report(document: Mapping[str, Any]) -> Iterator[str]:
    yield from _judge_error(document, "$")
    if document["exit_code"] not in (0, 7, 8, 12, 14):
        yield f"$.exit_code: {document['exit_code']} is none of a report"
    for place, row in enumerate(document["items"]):
        yield from _judge_days(row, f"$.items[{place}]")
        dates = [day["date"] for day in row["days"]]
        if (dates[0], dates[-1]) != (document["first_day"], document["last_day"]) or dates != sorted(set(dates)):
            yield f"$.items[{place}].days: not those of the report"
        if document["exit_code"] == 0 and any(day["state"] == "unknown" for day in row["days"]):
            yield f"$.items[{place}].days: one is not known, and that is not said"


def _judge_days(row: Mapping[str, Any], at: str) -> Iterator[str]:
    if row["need"] not in NEEDS:
        yield f"{at}.need: {row['need']} is not known"
    if (row["newest"] is None) is not (row["age_seconds"] is None):
        yield f"{at}.age_seconds: there is one exactly where there is a newest copy"
    if row["need"] == "none" and row["newest"] is not None:
        yield f"{at}.need: it has a copy"
    for place, day in enumerate(row["days"]):
        if day["state"] not in DAYS:
            yield f"{at}.days[{place}].state: {day['state']} is not known"
        if (day["copy_id"] is not None) is not (day["state"] in ("good", "partial")):
            yield f"{at}.days[{place}].copy_id: there is one exactly where the day has a good copy"


def _judge_row(row: Mapping[str, Any], at: str) -> Iterator[str]:
    """Judge what the history or the list of credentials shows."""
    if "op_id" in row:
        if row["outcome"] is not None:
            yield from _judge_outcome(row, at)
        if row.get("on_skip") not in ("fail", "ignore", None):
            yield f"{at}.on_skip: {row['on_skip']} is not known"
        if row.get("state", "unknown") not in OP_STATES:
            yield f"{at}.state: {row['state']} is not known"
    elif row["kind"] not in CREDENTIALS:
        yield f"{at}.kind: {row['kind']} is not known"
    elif row["error"] and row["error"]["kind"] not in KIND_OF_CODE.values():
        yield f"{at}.error.kind: {row['error']['kind']} is not known"


def _worst(codes: Iterable[int]) -> int:
    order = MILDEST_FIRST
    return max(codes, key=lambda code: order.index(code) if code in order else len(order), default=0)


# what is said of it ---------------------------------------------------------------------------------------------------


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
