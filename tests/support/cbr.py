"""What CBR is asked and answers, by its API page: the ids of the page's example, patterns of requests, bodies of answers."""

from typing import Any

PROJECT = "4229d7a45436489f8c3dc2b1d35d4987"
VAULT = "3b5816b5-f29c-4172-9d9a-76c719a659ce"
SERVER = "94eba8b2-acc9-4d82-badc-127144cc5526"
SERVER_2 = "94eba8b2-acc9-4d82-badc-127144cc5527"
CHECKPOINT = "8b0851a8-adf3-4f4c-a914-dead08bf9664"
POST, SHOW = rf"POST /v3/{PROJECT}/checkpoints", rf"GET /v3/{PROJECT}/checkpoints/[^/]+"
COPIES, TASKS, VAULTS = (rf"GET /v3/{PROJECT}/{name}" for name in ("backups", "operation-logs", "vaults"))


def posted(**changes: Any) -> dict[str, Any]:
    """The page's example answer to the POST; `resources`, `skipped_resources` and others replace its own."""
    vault: dict[str, Any] = {
        "skipped_resources": changes.pop("skipped_resources", []),
        "id": VAULT,
        "resources": changes.pop("resources", [resource()]),
        "name": "vault-be94",
    }
    checkpoint = {
        "status": "protecting",
        "created_at": "2019-05-10T07:59:12.733403",
        "vault": vault,
        "project_id": PROJECT,
        "id": CHECKPOINT,
        "extra_info": {"retention_duration": -1, "name": "backup_name", "description": "backup_description"},
    }
    return {"checkpoint": {**checkpoint, **changes}}


def shown(status: str, *resources: dict[str, Any]) -> dict[str, Any]:
    """An answer to GET checkpoint: no extra_info, no skipped_resources (service.md 2)."""
    vault = {"id": VAULT, "name": "vault-be94", "resources": list(resources) or [resource()]}
    return {
        "checkpoint": {
            "id": CHECKPOINT,
            "status": status,
            "created_at": "2019-05-10T07:59:12.733403",
            "project_id": PROJECT,
            "vault": vault,
            "extra_info": None,
        }
    }


def resource(id: str = SERVER, status: str | None = "available", name: str = "ecs-1f0f-0002") -> dict[str, Any]:
    """A resource of a checkpoint, as the page's example has it."""
    return {"name": name, "resource_size": "40", "protect_status": status, "type": "OS::Nova::Server", "id": id}


def copies(*pairs: tuple[str, str]) -> dict[str, Any]:
    """A list of backups: resource id and status of each (service.md 4)."""
    rows = [
        {
            "id": f"c0000000-0000-4000-8000-{number:012}",
            "name": "backup_name",
            "status": status,
            "checkpoint_id": CHECKPOINT,
            "vault_id": VAULT,
            "resource_id": resource_id,
            "resource_name": "ecs-1f0f-0002",
            "resource_type": "OS::Nova::Server",
            "resource_size": 40,
            "image_type": "backup",
            "incremental": True,
            "created_at": "2019-05-10T07:59:13.000000",
        }
        for number, (resource_id, status) in enumerate(pairs)
    ]
    return {"backups": rows, "count": len(rows), "offset": 0, "limit": 1000}


def tasks(*rows: tuple[str, str, int, str, str]) -> dict[str, Any]:
    """A list of operation logs: resource id, status, progress, error code and message of each (service.md 3)."""
    logs = [
        {
            "id": f"70000000-0000-4000-8000-{number:012}",
            "operation_type": "backup",
            "status": status,
            "checkpoint_id": CHECKPOINT,
            "vault_id": VAULT,
            "vault_name": "vault-be94",
            "started_at": "2019-05-10T07:59:13Z",
            "ended_at": None,
            "error_info": {"code": code, "message": message},
            "extra_info": {
                "common": {"progress": progress, "request_id": "req-1", "task_id": "t-1"},
                "resource": {"id": resource_id, "name": "ecs-1f0f-0002", "type": "OS::Nova::Server"},
                "backup": {"backup_id": f"c0000000-0000-4000-8000-{number:012}", "backup_name": "backup_name"},
            },
        }
        for number, (resource_id, status, progress, code, message) in enumerate(rows)
    ]
    return {"operation_logs": logs, "count": len(logs)}
