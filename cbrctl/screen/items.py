"""What the service has, as JSON shows it, key by key: a new field of a class is not published by that alone."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from cbrctl.api.models import Checkpoint, Resource, Vault
from cbrctl.api.results import Child, Copy, Task

if TYPE_CHECKING:
    from cbrctl.documents.service import (
        CheckpointJson,
        CheckpointResourceJson,
        ChildJson,
        CopyJson,
        ProtectedResourceJson,
        TaskJson,
        VaultJson,
    )


def vault_json(vault: Vault) -> "VaultJson":
    """Return a vault as JSON shows it: sizes in GB as the service counts them, what is used in MB."""
    return {
        "id": vault.id,
        "name": vault.name,
        "status": vault.status,
        "size_gb": vault.size_gb,
        "used_mb": vault.used_mb,
        "protect_type": vault.protect_type,
        "object_type": vault.object_type,
        "description": vault.description,
        "created_at": vault.created_at,
        "enterprise_project_id": vault.enterprise_project_id,
        "tags": dict(vault.tags),
        "resources": [resource_json(r) for r in vault.resources],
    }


def resource_json(resource: Resource) -> "ProtectedResourceJson":
    """Return a resource as JSON shows it."""
    return {
        "id": resource.id,
        "name": resource.name,
        "type": resource.type,
        "size_gb": resource.size_gb,
        "status": resource.status,
    }


class Part(NamedTuple):
    """A resource of a checkpoint, and the operation log that tells how far it is; None where there is none to be seen."""

    resource: Resource
    task: Task | None

    @property
    def state(self) -> str | None:
        """What is known best of it: the state of its task, else its protection status."""
        return (self.task and self.task.status) or self.resource.status


def pair_with_tasks(resources: Iterable[Resource], tasks: Iterable[Task]) -> list[Part]:
    """Return each resource with the latest of its tasks."""
    latest = {task.resource_id: task for task in sorted(tasks, key=lambda task: task.started_at or "")}
    return [Part(resource, latest.get(resource.id)) for resource in resources]


def part_json(part: Part) -> "CheckpointResourceJson":
    """Return a resource of a checkpoint as JSON shows it."""
    task = part.task
    return {
        **resource_json(part.resource),
        "task_status": task and task.status,
        "progress": task and task.progress,
        "error_code": task and task.error_code,
        "error_message": task and task.error_message,
    }


def checkpoint_json(checkpoint: Checkpoint, parts: Iterable[Part]) -> "CheckpointJson":
    """Return a checkpoint as JSON shows it; `skipped_resources` is null where the service does not tell."""
    from cbrctl.backup.document import skipped_json  # no list has any

    skipped = checkpoint.skipped
    return {
        "id": checkpoint.id,
        "status": checkpoint.status,
        "created_at": checkpoint.created_at,
        "project_id": checkpoint.project_id,
        "resources": [part_json(part) for part in parts],
        "name": checkpoint.name,
        "description": checkpoint.description,
        "retention_days": checkpoint.retention_days,
        "vault": {"id": checkpoint.vault_id, "name": checkpoint.vault_name},
        "skipped_resources": None if skipped is None else [skipped_json(s) for s in skipped],
    }


def copy_json(copy: Copy) -> "CopyJson":
    """Return a copy as JSON shows it."""
    return {
        "id": copy.id,
        "name": copy.name,
        "status": copy.status,
        "checkpoint_id": copy.checkpoint_id,
        "vault_id": copy.vault_id,
        "resource_id": copy.resource_id,
        "resource_name": copy.resource_name,
        "resource_type": copy.resource_type,
        "size_gb": copy.size_gb,
        "incremental": copy.incremental,
        "image_type": copy.image_type,
        "description": copy.description,
        "progress": copy.progress,
        "created_at": copy.created_at,
        "updated_at": copy.updated_at,
        "expires_at": copy.expires_at,
        "protected_at": copy.protected_at,
        "encrypted": copy.encrypted,
        "children": [child_json(child) for child in copy.children],
        "app_consistent": copy.app_consistent,
        "consistency_error": copy.consistency_error,
    }


def child_json(child: Child) -> "ChildJson":
    """Return the copy of one disk as JSON shows it."""
    return {
        "id": child.id,
        "name": child.name,
        "status": child.status,
        "resource_id": child.resource_id,
        "resource_name": child.resource_name,
        "size_gb": child.size_gb,
    }


def task_json(task: Task) -> "TaskJson":
    """Return a task as JSON shows it."""
    return {
        "id": task.id,
        "operation_type": task.operation_type,
        "status": task.status,
        "checkpoint_id": task.checkpoint_id,
        "vault_id": task.vault_id,
        "vault_name": task.vault_name,
        "resource_id": task.resource_id,
        "resource_name": task.resource_name,
        "resource_type": task.resource_type,
        "progress": task.progress,
        "copy_id": task.copy_id,
        "copy_name": task.copy_name,
        "error_code": task.error_code,
        "error_message": task.error_message,
        "request_id": task.request_id,
        "started_at": task.started_at,
        "ended_at": task.ended_at,
        "app_consistent": task.app_consistent,
        "consistency_error": task.consistency_error,
    }
