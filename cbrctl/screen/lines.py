"""The lines of jsonl: what happened to a backup, the rows of a list, and the result at the end (contract, output)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from cbrctl.backup.options import Event
    from cbrctl.documents.backups import ResourceJson
    from cbrctl.documents.lines import (
        ItemLineJson,
        LineHeadJson,
        OpLineJson,
        ResourceLineJson,
        StatusLineJson,
        WarningLineJson,
    )


def event_json(event: "Event", ts: str) -> "OpLineJson | StatusLineJson | ResourceLineJson | WarningLineJson | None":
    """Return the line of an event; None for a look, which is only for those who watch."""
    entry, data = event.entry, event.data
    head: LineHeadJson = {
        "ts": ts,
        "op_id": entry.own_op_id,
        "vault": {"id": entry.vault_id, "name": entry.vault_name},
    }
    match event.type:
        case "op":
            return _op_json(head, data)
        case "status":
            return _status_json(head, data)
        case "resource":
            return _resource_json(head, data)
        case "warning":
            return _warning_json(head, data)
        case "look" | "rate":
            return None


def _op_json(head: "LineHeadJson", data: Mapping[str, Any]) -> "OpLineJson":
    """Return a step of a backup; what belongs to it depends on its state."""
    line: OpLineJson = {
        "type": "op",
        "ts": head["ts"],
        "op_id": head["op_id"],
        "vault": head["vault"],
        "state": data["state"],
    }
    match data["state"]:
        case "accepted" | "attached":
            line["checkpoint_id"] = data["checkpoint_id"]
        case "waiting":
            line["who"] = data["who"]
        case "ended":
            line["outcome"], line["exit_code"] = data["outcome"], data["exit_code"]
    return line


def _status_json(head: "LineHeadJson", data: Mapping[str, Any]) -> "StatusLineJson":
    return {"type": "status", **head, "checkpoint_id": data["checkpoint_id"], "status": data["status"]}


def _resource_json(head: "LineHeadJson", data: Mapping[str, Any]) -> "ResourceLineJson":
    return {"type": "resource", **head, "resource": cast("ResourceJson", data)}


def _warning_json(head: "LineHeadJson", data: Mapping[str, Any]) -> "WarningLineJson":
    from cbrctl.messages.error_text import describe

    return {"type": "warning", **head, "message": describe(data["warning"])["message"]}


def item_line(item: Mapping[str, Any], ts: str) -> "ItemLineJson":
    """Return the line of a row."""
    return {"type": "item", "ts": ts, "item": item}


def result_line(document: Mapping[str, Any], ts: str) -> dict[str, Any]:
    """Return the last line: a document, or of a list its schema and how many rows it had."""
    return {"type": "result", "ts": ts, **document}
