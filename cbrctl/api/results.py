"""What a backup leaves in the service's lists: recovery copies, which the API calls backups, and tasks, its operation logs."""

from sys import intern
from typing import NamedTuple

from cbrctl.api.fields import (
    Json,
    need_id,
    read_bool,
    read_code,
    read_object,
    read_percent,
    read_rows,
    read_text,
    read_whole,
    read_word,
)
from cbrctl.durations import parse_seconds, parse_stamp
from cbrctl.ids import parse_id, parse_known_id, parse_resource_id

REPLICATION = "replication"
"""The image type of a copy that came from another region or vault."""

COPY_STATUSES = (
    "available", "protecting", "deleting", "restoring", "error", "waiting_protect", "waiting_delete", "waiting_restore",
)  # fmt: skip
"""What the service calls the state of a copy (service.md 4)."""
TASK_STATUSES = ("success", "skipped", "failed", "running", "timeout", "waiting")
TASK_TYPES = (
    "backup", "copy", "replication", "delete", "restore", "vault_delete", "remove_resource", "sync",
    "update_expiration_time",
)  # fmt: skip
"""What the service calls states and types of its operation logs (service.md 3)."""


class Child(NamedTuple):
    """The copy of one disk within that of a server."""

    id: str
    name: str | None
    status: str | None
    resource_id: str | None
    resource_name: str | None
    size_gb: int | None

    @classmethod
    def from_json(cls, data: Json) -> "Child":
        """Read an entry of `children`. ValueError where it has no usable id."""
        return cls(
            id=need_id(data.get("id")),
            name=read_text(data.get("name")),
            status=read_word(data.get("status")),
            resource_id=parse_resource_id(data.get("resource_id")),
            resource_name=read_word(data.get("resource_name")),
            size_gb=read_whole(data.get("resource_size")),
        )


class Copy(NamedTuple):
    """A recovery copy of one resource; the API calls it a backup."""

    id: str
    name: str | None
    status: str | None
    checkpoint_id: str | None
    vault_id: str | None
    resource_id: str | None
    resource_name: str | None
    resource_type: str | None
    size_gb: int | None
    incremental: bool | None
    image_type: str | None
    description: str | None
    progress: int | None
    created_at: str | None
    updated_at: str | None
    expires_at: str | None
    protected_at: str | None = None
    """When the resource was as the copy has it; the service does not tell it of disks."""
    encrypted: bool | None = None
    children: tuple[Child, ...] = ()
    """The copies of a server's disks, where the service lists them."""
    app_consistent: bool | None = None
    consistency_error: str | None = None
    """Why it is not consistent for applications, where that was wanted."""
    is_described: bool = True
    """The row tells of a description, if only that there is none."""

    @classmethod
    def from_json(cls, data: Json) -> "Copy":
        """Read an entry of `backups`. ValueError where it has no usable id."""
        extend = read_object(data.get("extend_info"))
        consistency = read_object(extend.get("app_consistency"))
        return cls(
            id=need_id(data.get("id")),
            name=read_text(data.get("name")),
            status=read_word(data.get("status")),
            checkpoint_id=parse_id(data.get("checkpoint_id")),
            vault_id=parse_id(data.get("vault_id")),
            resource_id=parse_resource_id(data.get("resource_id")),
            resource_name=read_word(data.get("resource_name")),
            resource_type=read_word(data.get("resource_type")),
            size_gb=read_whole(data.get("resource_size")),
            incremental=read_bool(data.get("incremental")),
            image_type=read_word(data.get("image_type")),
            description=read_text(data.get("description")),
            progress=read_percent(extend.get("progress")),
            created_at=parse_stamp(data.get("created_at")),
            updated_at=parse_stamp(data.get("updated_at")),
            expires_at=parse_stamp(data.get("expired_at")),
            protected_at=parse_stamp(data.get("protected_at")),
            encrypted=read_bool(extend.get("encrypted")),
            children=read_rows(data.get("children"), Child.from_json)[0],
            app_consistent=_is_consistent(consistency),
            consistency_error=_consistency_error(consistency),
            is_described="description" in data,
        )


class Mark(NamedTuple):
    """What a calendar shows of a copy: read in a fifth of the time that all of it takes, where there are 100,000."""

    id: str
    status: str | None
    vault_id: str | None
    resource_id: str | None
    size_gb: int | None
    incremental: bool | None
    is_replica: bool
    """It came from another region or vault."""
    began: float | None
    """When it was begun, in epoch seconds."""
    changed: float | None
    """When an available one was changed last: where nothing was done with it since, when it was done."""

    @classmethod
    def from_json(cls, data: Json) -> "Mark":
        """Read an entry of `backups`. ValueError where it has no usable id."""
        get = data.get
        status, incremental = get("status"), get("incremental")
        return cls(
            need_id(get("id")),
            intern(status) if isinstance(status, str) else None,  # a word that is the same in all rows is kept once
            parse_known_id(get("vault_id")),
            parse_resource_id(get("resource_id")),
            read_whole(get("resource_size")),
            incremental if isinstance(incremental, bool) else None,
            get("image_type") == REPLICATION,
            parse_seconds(get("created_at")),
            parse_seconds(get("updated_at")) if status == "available" else None,
        )


class Task(NamedTuple):
    """An operation log: the only place with progress and errors of each resource."""

    id: str
    operation_type: str | None
    status: str | None
    checkpoint_id: str | None
    vault_id: str | None
    vault_name: str | None
    resource_id: str | None
    resource_name: str | None
    resource_type: str | None
    progress: int | None
    copy_id: str | None
    copy_name: str | None
    error_code: str | None
    error_message: str | None
    request_id: str | None
    started_at: str | None
    ended_at: str | None
    app_consistent: bool | None = None
    consistency_error: str | None = None
    """Why the copy is not consistent for applications, where that was wanted."""

    @classmethod
    def from_json(cls, data: Json) -> "Task":
        """Read an entry of `operation_logs`. ValueError where it has no usable id."""
        extra = read_object(data.get("extra_info"))
        common, resource = read_object(extra.get("common")), read_object(extra.get("resource"))
        # what a task did to a copy stands under its type (service.md 3)
        backup = read_object(extra.get("backup") or extra.get(read_text(data.get("operation_type")) or ""))
        error = read_object(data.get("error_info"))
        code, message = read_code(error.get("code"), read_text(error.get("message")))
        return cls(
            id=need_id(data.get("id")),
            operation_type=read_word(data.get("operation_type")),
            status=read_word(data.get("status")),
            checkpoint_id=parse_id(data.get("checkpoint_id")),
            vault_id=parse_id(data.get("vault_id")),
            vault_name=read_word(data.get("vault_name")),
            resource_id=parse_resource_id(resource.get("id")),
            resource_name=read_word(resource.get("name")),
            resource_type=read_word(resource.get("type")),
            progress=read_percent(common.get("progress")),
            copy_id=parse_id(backup.get("backup_id")),
            copy_name=read_text(backup.get("backup_name")),
            error_code=code,
            error_message=message,
            request_id=read_text(common.get("request_id")),
            started_at=parse_stamp(data.get("started_at")),
            ended_at=parse_stamp(data.get("ended_at")),
            app_consistent=_is_consistent(backup),
            consistency_error=_consistency_error(backup),
        )


_CONSISTENT = {"0": False, "1": True}


def _is_consistent(data: Json) -> bool | None:
    """Return whether a copy is consistent for applications; None where that is not told."""
    return _CONSISTENT.get(read_text(data.get("app_consistency_status")) or "")


def _consistency_error(data: Json) -> str | None:
    """Return what is said of a copy that should be consistent for applications and is not; "" and "0" say nothing."""
    code, message = data.get("app_consistency_error_code"), data.get("app_consistency_error_message")
    if not code and not message:
        return None
    words = [word for word in (read_text(code), read_text(message)) if word and word != "0"]
    return ": ".join(words) or None
