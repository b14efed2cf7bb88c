"""Answers about tags: those of a vault, those of the project, and the search for vaults by tag (service.md section 5)."""

from typing import Any, NoReturn

from cbrctl.sandbox.calls import Call
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Answer, answer_json
from cbrctl.sandbox.inventory import Vault
from cbrctl.sandbox.refusals import ServiceRefusal
from cbrctl.sandbox.vaults import describe_vault, find_vault

MAX_KEYS = MAX_VALUES = 10
MAX_LIMIT = 1000


def show_vault_tags(cloud: Cloud, call: Call) -> Answer:
    """GET vault/{id}/tags."""
    vault = find_vault(cloud, call.ids["vault_id"])
    return answer_json(200, {"tags": describe_tags(vault), "sys_tags": []})


def list_project_tags(cloud: Cloud, call: Call) -> Answer:
    """GET vault/tags: every key with all the values it has anywhere."""
    values: dict[str, list[str]] = {}
    for vault in cloud.vaults.values():
        for key, value in vault.tags.items():
            if value not in values.setdefault(key, []):
                values[key].append(value)
    return answer_json(200, {"tags": [{"key": key, "values": found} for key, found in values.items()]})


def search_vaults(cloud: Cloud, call: Call) -> Answer:
    """POST vault/resource_instances/action: filter or count. Raises 9900."""
    try:
        wanted = call.request.read_json()
    except ValueError:
        refuse("body")
    if not isinstance(wanted, dict) or wanted.get("action") not in ("filter", "count"):
        refuse("action")
    found = [vault for vault in cloud.vaults.values() if matches(vault, wanted)]
    if wanted["action"] == "count":
        return answer_json(200, {"total_count": len(found)})
    limit = min(read_text_number(wanted, "limit", MAX_LIMIT, 1, MAX_LIMIT), cloud.page_limit)
    offset = read_text_number(wanted, "offset", 0, 0, 2**31)
    rows = [
        {
            "resource_id": vault.id,
            "resource_name": vault.name,
            "resource_detail": {"vault": describe_vault(cloud, vault, call.now)},
            "tags": describe_tags(vault),
            "sys_tags": [],
        }
        for vault in found[offset : offset + limit]
    ]
    return answer_json(200, {"resources": rows, "total_count": len(found)})


def matches(vault: Vault, wanted: dict[str, Any]) -> bool:
    """Whether a vault passes the search; `without_any_tag` makes the service ignore all tag conditions."""
    if wanted.get("without_any_tag") is True:
        if vault.tags:
            return False
    else:
        every, any_of, not_every, not_any = (
            [has_tag(vault, entry) for entry in read_entries(wanted, key)]
            for key in ("tags", "tags_any", "not_tags", "not_tags_any")
        )
        if not all(every) or (any_of and not any(any_of)):
            return False
        if (not_every and all(not_every)) or any(not_any):
            return False
    return (
        all(name in vault.name for name in read_names(wanted))
        and wanted.get("object_type", vault.object_type) == vault.object_type
        and wanted.get("cloud_type", "public") == "public"
    )


def read_entries(wanted: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The [{key, values}] of one condition. Raises 9900 for another shape and beyond ten keys or ten values."""
    entries = wanted.get(key, [])
    if not isinstance(entries, list) or len(entries) > MAX_KEYS:
        refuse(key)
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
            refuse(key)
        values = entry.get("values", [])
        if not isinstance(values, list) or len(values) > MAX_VALUES:
            refuse(key)
    return entries


def read_names(wanted: dict[str, Any]) -> list[str]:
    """The fragments that `matches` looks for in the vault's name. Raises 9900 for another shape."""
    entries = wanted.get("matches", [])
    if not isinstance(entries, list):
        refuse("matches")
    for entry in entries:
        if (
            not isinstance(entry, dict)
            or entry.get("key") != "resource_name"
            or not isinstance(entry.get("value"), str)
        ):
            refuse("matches")
    return [entry["value"] for entry in entries]


def has_tag(vault: Vault, entry: dict[str, Any]) -> bool:
    """Whether a vault has the key with one of the values; no values mean any."""
    values = entry.get("values", [])
    return entry["key"] in vault.tags and (not values or vault.tags[entry["key"]] in values)


def read_text_number(wanted: dict[str, Any], key: str, default: int, low: int, high: int) -> int:
    """A number that is written as a string in this call, and only so. Raises 9900."""
    text = wanted.get(key, str(default))
    if not isinstance(text, str) or not text.isdecimal() or not low <= int(text) <= high:
        refuse(key)
    return int(text)


def describe_tags(vault: Vault) -> list[dict[str, str]]:
    """The tags as the service writes them."""
    return [{"key": key, "value": value} for key, value in vault.tags.items()]


def refuse(name: str) -> NoReturn:
    """Raise 9900 for the field of this name."""
    raise ServiceRefusal("9900", f"[{name}]")
