"""What the service says of a checkpoint, in JSON, as service.md documents it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from tests.truth.made import DISK, EPOCH, PROJECT, SERVER, VAULT, Made
from tests.truth.quirks import Quirks

ENTERPRISE = "a3f0c4b2-7a0c-4d7e-9d36-000000000001"
OTHER_ENTERPRISE = "a3f0c4b2-7a0c-4d7e-9d36-000000000002"
TYPES = {SERVER: "OS::Nova::Server", DISK: "OS::Cinder::Volume"}


def type_of(resource: str) -> str:
    """The type of a resource: in a fleet each vault has a server of its own."""
    return TYPES.get(resource, "OS::Nova::Server")


def _place(resource: str) -> int:
    return list(TYPES).index(resource) if resource in TYPES else int(resource[-1], 16)


@lru_cache(4096)
def stamp(moment: float) -> str:
    """Write a moment of a history as the service writes times: without a zone."""
    return datetime.fromtimestamp(EPOCH + moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


def resource_json(resource: str, protect_status: str | None) -> dict[str, Any]:
    """One resource of a checkpoint."""
    return {
        "id": resource, "name": f"name-{resource[:4]}", "type": type_of(resource), "resource_size": "40",
        "protect_status": protect_status, "extra_info": "{}", "backup_size": "0", "backup_count": "0",
    }  # fmt: skip


def checkpoint_json(made: Made, quirks: Quirks, now: float, *, posted: bool = False) -> dict[str, Any]:
    """What stands under `checkpoint`: in the answer to the POST, or to a GET at `now`."""
    resources = [resource_json(r, "available" if posted else _protect_status(made, r, now)) for r in made.fates]
    vault: dict[str, Any] = {"id": made.vault, "name": "vault-be94", "resources": resources}
    if posted or quirks.tells_skipped:
        vault["skipped_resources"] = [
            {"id": r, "type": type_of(r), "name": f"name-{r[:4]}", "code": code, "reason": "why"}
            for r, code in made.skipped
        ]
    extra = {"name": made.name, "description": made.description, "retention_duration": -1}
    return {
        "id": made.id,
        "status": "protecting" if posted else checkpoint_status(made, quirks, now),
        "created_at": stamp(made.at),
        "project_id": PROJECT,
        "vault": vault,
        "extra_info": extra if posted or quirks.tells_skipped else None,
    }


def checkpoint_status(made: Made, quirks: Quirks, now: float) -> str:
    """The status of the whole; how it reads where some resources failed is the history's to choose."""
    kinds = {fate.kind for fate in made.fates.values()}
    first = min((made.ends_at(r) for r, fate in made.fates.items() if fate.kind == "good"), default=made.end)
    if now < (first if quirks.eager else made.end):
        return "protecting"
    if "good" not in kinds:
        return "error"
    return quirks.some_failed if kinds != {"good"} else "available"


def _protect_status(made: Made, resource: str, now: float) -> str:
    if now < made.ends_at(resource):
        return "protecting"
    return "error" if made.fates[resource].kind in ("error", "early") else "available"


def copy_rows(made: Made, now: float) -> list[dict[str, Any]]:
    """The copies of a checkpoint that lists show at `now`."""
    if now >= made.deleted_at:
        return []
    listed = [r for r, fate in made.fates.items() if fate.has_copy and made.copy_shows(r) <= now]
    return [_copy_row(made, r, list(made.fates).index(r), now) for r in listed]


def _copy_row(made: Made, resource: str, index: int, now: float) -> dict[str, Any]:
    over = made.is_listed_over(resource, now)
    status = {"good": "available", "error": "error"}[made.fates[resource].kind] if over else "protecting"
    return {
        "id": copy_id(made, resource),
        "name": made.name if len(made.fates) == 1 else f"{made.name}-{index + 1:04}",
        "description": made.description,
        "status": status,
        "checkpoint_id": made.id,
        "vault_id": made.vault,
        "project_id": PROJECT,
        "enterprise_project_id": ENTERPRISE,
        "resource_id": resource,
        "resource_name": f"name-{resource[:4]}",
        "resource_type": type_of(resource),
        "resource_size": 40,
        "image_type": "backup",
        "incremental": made.incremental,
        "created_at": stamp(made.at),
        "updated_at": stamp(made.ends_at(resource) if over else made.at),
        "expired_at": None,
        "children": [],
        "extend_info": {"progress": None},
    }


def copy_id(made: Made, resource: str) -> str:
    """The id of a copy: of its checkpoint and its resource."""
    return f"{made.id[:9]}c0c0{made.id[13:-1]}{1 + _place(resource)}"


def task_rows(made: Made, now: float) -> list[dict[str, Any]]:
    """The tasks of a checkpoint that lists show at `now`."""
    return [_task_row(made, r, now) for r in made.fates if made.task_shows(r) <= now]


def _task_row(made: Made, resource: str, now: float) -> dict[str, Any]:
    fate = made.fates[resource]
    over = made.is_listed_over(resource, now)
    words = {"good": "success", "error": "failed", "early": "timeout", "skipped": "skipped"}
    status = words[fate.kind] if over else "waiting" if now < made.at + 2.0 else "running"
    trouble = over and fate.kind != "good"
    return {
        "id": f"{made.id[:9]}7a5c{made.id[13:-1]}{1 + _place(resource)}",
        "operation_type": "backup",
        "status": status,
        "checkpoint_id": made.id,
        "project_id": PROJECT,
        "vault_id": made.vault,
        "vault_name": "vault-be94",
        "enterprise_project_id": ENTERPRISE,
        "started_at": stamp(made.at),
        "created_at": stamp(made.at),
        "ended_at": stamp(made.ends_at(resource)) if over else None,
        "updated_at": stamp(min(now, made.ends_at(resource))),
        "error_info": {"code": "BackupService.7101" if trouble else "", "message": "stopped" if trouble else ""},
        "extra_info": {
            "common": {"progress": 100 if over else 40, "request_id": "req-1", "task_id": "1"},
            "resource": {"id": resource, "name": f"name-{resource[:4]}", "type": type_of(resource)},
            "backup": {
                "backup_id": copy_id(made, resource) if fate.has_copy else None,
                "backup_name": made.name,
                "incremental": str(made.incremental).lower(),
            },
        },
    }


def vault_json(resources: Sequence[str], busy: set[str], vault: str = VAULT) -> dict[str, Any]:
    """The vault, with what it protects and what of it is being backed up."""
    billing = {"status": "available", "size": 100, "used": 1024, "protect_type": "backup", "object_type": "server"}
    rows = [
        {"id": r, "name": f"name-{r[:4]}", "type": type_of(r), "size": 40,
         "protect_status": "protecting" if r in busy else "available"}
        for r in resources
    ]  # fmt: skip
    return {
        "id": vault, "name": "vault-be94", "project_id": PROJECT, "enterprise_project_id": ENTERPRISE,
        "billing": billing, "resources": rows, "created_at": stamp(-86400.0 * 30), "tags": [],
    }  # fmt: skip
