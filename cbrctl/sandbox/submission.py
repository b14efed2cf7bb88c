"""Reads the body of a create-checkpoint request and refuses what the page and service.md section 1 do not allow."""

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

from cbrctl.sandbox.exchange import Request
from cbrctl.sandbox.refusals import ServiceRefusal

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NAME = re.compile(r"[\u4E00-\u9FA5\uf900-\ufa2da-zA-Z0-9_\-]{1,64}")
DESCRIPTION = re.compile(r"[^<>]{0,255}")
MAX_RESOURCES = 256
MAX_RETENTION_DAYS = 36500


@dataclass(frozen=True)
class Detail:
    """One entry of resource_details."""

    id: str
    type: str
    extra_info: dict[str, Any] | None


@dataclass(frozen=True)
class BackupRequest:
    """A valid request to back up a vault; empty `resources` and `details` mean everything in it."""

    vault_id: str
    name: str | None = None
    description: str = ""
    incremental: bool = True
    auto_trigger: bool = False
    retention_days: int = -1
    policy_id: str | None = None
    resources: list[str] = field(default_factory=list)
    details: list[Detail] = field(default_factory=list)


def read_submission(request: Request) -> BackupRequest:
    """The submission in a request's body. Raises 9900 naming the field, never its value."""
    try:
        document = request.read_json()
    except ValueError:
        refuse("body")
    checkpoint = take_object({"body": document}, "body", {"checkpoint"})
    checkpoint = take_object(checkpoint, "checkpoint", {"vault_id", "parameters"})
    vault_id = take(checkpoint, "vault_id", str)
    if vault_id is None or not UUID.fullmatch(vault_id):
        refuse("vault_id")
    if "parameters" not in checkpoint:
        return BackupRequest(vault_id)
    return read_parameters(vault_id, checkpoint)


def read_parameters(vault_id: str, checkpoint: dict[str, Any]) -> BackupRequest:
    """The submission with its parameters. Raises 9900."""
    parameters = take_object(
        checkpoint,
        "parameters",
        {"auto_trigger", "description", "incremental", "name", "resources", "resource_details"}
        | {"policy_id", "retention_duration_days"},
    )
    name = take(parameters, "name", str)
    if name is not None and not NAME.fullmatch(name):
        refuse("name")
    description = take(parameters, "description", str) or ""
    if not DESCRIPTION.fullmatch(description):
        refuse("description")
    auto_trigger = take(parameters, "auto_trigger", bool) or False
    incremental = take(parameters, "incremental", bool)
    return BackupRequest(
        vault_id=vault_id,
        name=name,
        description=description,
        incremental=True if incremental is None else incremental,
        auto_trigger=auto_trigger,
        retention_days=read_retention(parameters, auto_trigger),
        policy_id=read_policy(parameters, auto_trigger),
        resources=read_resources(parameters),
        details=read_details(parameters),
    )


def read_retention(parameters: dict[str, Any], auto_trigger: bool) -> int:
    """Days to keep, -1 for ever. Raises 9900 outside -1 and 1..36500 and beside auto_trigger."""
    days: int | None = take(parameters, "retention_duration_days", int)
    if days is None:
        return -1
    if auto_trigger or not (days == -1 or 1 <= days <= MAX_RETENTION_DAYS):
        refuse("retention_duration_days")
    return days


def read_policy(parameters: dict[str, Any], auto_trigger: bool) -> str | None:
    """The policy that triggers. Raises 9900 for one without auto_trigger."""
    policy: str | None = take(parameters, "policy_id", str)
    if policy is not None and not (auto_trigger and UUID.fullmatch(policy)):
        refuse("policy_id")
    return policy


def read_resources(parameters: dict[str, Any]) -> list[str]:
    """The wanted ids, each once. Raises 9900 for an empty list, more than 256, and what is no uuid."""
    ids = take(parameters, "resources", list)
    if ids is None:
        return []
    if not 1 <= len(ids) <= MAX_RESOURCES or not all(isinstance(id, str) and UUID.fullmatch(id) for id in ids):
        refuse("resources")
    return list(dict.fromkeys(id.lower() for id in ids))


def read_details(parameters: dict[str, Any]) -> list[Detail]:
    """The wanted resources with their type and volumes. Raises 9900."""
    entries = take(parameters, "resource_details", list) or []
    if len(entries) > MAX_RESOURCES:
        refuse("resource_details")
    details = []
    for entry in entries:
        detail = take_object({"resource_details": entry}, "resource_details", {"id", "type", "name", "extra_info"})
        id, type, name = (take(detail, key, str) for key in ("id", "type", "name"))
        if id is None or type is None or not UUID.fullmatch(id) or len(name or "") > 255:
            refuse("resource_details")
        details.append(Detail(id.lower(), type, read_extra_info(detail)))
    return details


def read_extra_info(detail: dict[str, Any]) -> dict[str, Any] | None:
    """Which volumes of a server are meant. Raises 9900."""
    if "extra_info" not in detail:
        return None
    info = take_object(detail, "extra_info", {"exclude_volumes", "include_volumes"})
    excluded = take(info, "exclude_volumes", list) or []
    if not all(isinstance(volume, str) for volume in excluded):
        refuse("exclude_volumes")
    for entry in take(info, "include_volumes", list) or []:
        volume = take_object({"include_volumes": entry}, "include_volumes", {"id", "os_version"})
        id, _ = take(volume, "id", str), take(volume, "os_version", str)
        if id is None or not UUID.fullmatch(id):
            refuse("include_volumes")
    return info


def take(document: dict[str, Any], key: str, kind: type) -> Any:
    """The value of a key, None where it is missing. Raises 9900 for another type; null is another type."""
    if key not in document:
        return None
    # type(), not isinstance: a boolean is not a number here.
    if type(document[key]) is not kind:
        refuse(key)
    return document[key]


def take_object(document: dict[str, Any], key: str, known: set[str]) -> dict[str, Any]:
    """The object under a key. Raises 9900 where it is missing, none, or holds a field that is not known."""
    value = take(document, key, dict)
    if value is None:
        refuse(key)
    unknown = sorted(set(value) - known)
    if unknown:
        refuse(unknown[0])
    found: dict[str, Any] = value
    return found


def refuse(name: str) -> NoReturn:
    """Raise 9900 for the field of this name."""
    raise ServiceRefusal("9900", f"[{name}]")
