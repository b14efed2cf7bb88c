"""What the service has: vaults, checkpoints, recovery copies and tasks."""

from typing import Annotated, TypedDict

from cbrctl.documents.values import Id, ResourceId, Time


class ProtectedResourceJson(TypedDict):
    """A resource that a vault protects."""

    id: Annotated[ResourceId, "The resource's id."]
    name: Annotated[str | None, "Its name."]
    type: Annotated[str | None, "Its type, like OS::Nova::Server."]
    size_gb: Annotated[int | None, "Its size in GB."]
    status: Annotated[str | None, "Its protection status, in the service's word."]


class VaultJson(TypedDict):
    """A vault."""

    id: Annotated[Id, "The vault's id."]
    name: Annotated[str | None, "Its name."]
    status: Annotated[str | None, "Its status, in the service's word."]
    size_gb: Annotated[int | None, "Its size in GB."]
    used_mb: Annotated[int | None, "What is used of it, in MB."]
    protect_type: Annotated[str | None, "What it is for: backup or replication."]
    object_type: Annotated[str | None, "What it protects, like server or disk."]
    description: Annotated[str | None, "Its description."]
    created_at: Annotated[Time | None, "When it was created."]
    enterprise_project_id: Annotated[str | None, "Its enterprise project; 0 is the default one."]
    tags: Annotated[dict[str, str], "Its tags: values by key."]
    resources: Annotated[list[ProtectedResourceJson], "What it protects."]


class VaultNameJson(TypedDict):
    """A vault, as far as it is known."""

    id: Annotated[Id | None, "The vault's id, null where no vault was found."]
    name: Annotated[str | None, "The vault's name, or what was asked for; null where it is not known."]


class SkippedResourceJson(TypedDict):
    """A resource that the service left out of the backup."""

    id: Annotated[str | None, "The resource's id."]
    name: Annotated[str | None, "Its name."]
    type: Annotated[str | None, "Its type, like OS::Nova::Server."]
    code: Annotated[str | None, "The service's code for the reason; null where the service's answer is not held."]
    reason: Annotated[str | None, "The service's words for the reason."]


class RestorePointJson(TypedDict):
    """The restore point that a backup made."""

    id: Annotated[Id, "The checkpoint's id."]
    status: Annotated[str | None, "Its status, in the service's word."]
    created_at: Annotated[Time | None, "When it was created."]
    project_id: Annotated[Id | None, "The project that it belongs to."]
    name: Annotated[str | None, "Name of the backup."]
    description: Annotated[str | None, "Description of the backup."]
    retention_days: Annotated[int | None, "Days until the copies expire: -1 is for ever, null is not known."]


class CheckpointResourceJson(ProtectedResourceJson):
    """A resource of the checkpoint, and how far it is."""

    task_status: Annotated[
        str | None, "State of its operation log, in the service's word; null where none can be seen."
    ]
    progress: Annotated[
        int | None, "Percent done, 0 to 100; null where it is not known.", {"minimum": 0, "maximum": 100}
    ]
    error_code: Annotated[str | None, "The service's code of its failure."]
    error_message: Annotated[str | None, "The service's words of its failure."]


class CheckpointJson(RestorePointJson):
    """A checkpoint with what it holds."""

    vault: Annotated[VaultNameJson, "The vault that holds it."]
    resources: Annotated[list[CheckpointResourceJson], "The resources that it holds."]
    skipped_resources: Annotated[
        list[SkippedResourceJson] | None, "The resources that the service left out; null where it does not tell."
    ]


class ChildJson(TypedDict):
    """The copy of one disk within that of a server."""

    id: Annotated[Id, "The copy's id."]
    name: Annotated[str | None, "Its name."]
    status: Annotated[str | None, "Its status, in the service's word."]
    resource_id: Annotated[ResourceId | None, "The disk."]
    resource_name: Annotated[str | None, "The disk's name."]
    size_gb: Annotated[int | None, "Size of the disk in GB."]


class CopyJson(TypedDict):
    """A recovery copy."""

    id: Annotated[Id, "The copy's id."]
    name: Annotated[str | None, "Its name."]
    status: Annotated[str | None, "Its status, in the service's word."]
    checkpoint_id: Annotated[Id | None, "The checkpoint that it belongs to."]
    vault_id: Annotated[Id | None, "The vault that holds it."]
    resource_id: Annotated[ResourceId | None, "The resource that it is a copy of."]
    resource_name: Annotated[str | None, "That resource's name."]
    resource_type: Annotated[str | None, "That resource's type, like OS::Nova::Server."]
    size_gb: Annotated[int | None, "That resource's size in GB."]
    incremental: Annotated[bool | None, "Incremental (true) or full (false)."]
    image_type: Annotated[str | None, "How the copy came to be: backup or replication."]
    description: Annotated[str | None, "Its description."]
    progress: Annotated[int | None, "Per cent done."]
    created_at: Annotated[Time | None, "When it was created."]
    updated_at: Annotated[Time | None, "When it was last changed."]
    expires_at: Annotated[Time | None, "When it will be deleted; null for never or not known."]
    protected_at: Annotated[
        Time | None, "When the resource was as the copy has it; null of disks, and while it is made."
    ]
    encrypted: Annotated[bool | None, "Whether it is encrypted."]
    children: Annotated[list[ChildJson], "The copies of a server's disks, where the service lists them."]
    app_consistent: Annotated[bool | None, "Whether it is consistent for applications."]
    consistency_error: Annotated[
        str | None, "Why it is not consistent for applications where that was wanted, with the service's code."
    ]


class TaskJson(TypedDict):
    """A task (operation log)."""

    id: Annotated[Id, "The task's id."]
    operation_type: Annotated[str | None, "What ran, like backup."]
    status: Annotated[str | None, "Its status, in the service's word."]
    checkpoint_id: Annotated[Id | None, "The checkpoint that it worked on."]
    vault_id: Annotated[Id | None, "The vault that it worked on."]
    vault_name: Annotated[str | None, "That vault's name."]
    resource_id: Annotated[ResourceId | None, "The resource that it worked on."]
    resource_name: Annotated[str | None, "That resource's name."]
    resource_type: Annotated[str | None, "That resource's type, like OS::Nova::Server."]
    progress: Annotated[int | None, "Per cent done."]
    copy_id: Annotated[Id | None, "The recovery copy that it made."]
    copy_name: Annotated[str | None, "That copy's name."]
    error_code: Annotated[str | None, "The service's code for why it failed."]
    error_message: Annotated[str | None, "The service's words for why it failed."]
    request_id: Annotated[str | None, "The service's request id."]
    started_at: Annotated[Time | None, "When it began."]
    ended_at: Annotated[Time | None, "When it ended."]
    app_consistent: Annotated[bool | None, "Whether the copy is consistent for applications."]
    consistency_error: Annotated[
        str | None, "Why it is not consistent for applications where that was wanted, with the service's code."
    ]
