"""What the service speaks, read leniently: unknown fields are ignored, wrong types become None, ids are checked.

Field names are the API's where the contract has no name of its own (api.md 1 to 5). Nothing here raises on odd input
but `ValueError` where the thing has no usable id: without an id there is nothing to follow.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from cbrctl.codes import normalise
from cbrctl.durations import parse_stamp
from cbrctl.ids import parse_id, parse_project_id

Json = Mapping[str, Any]


class Resource(NamedTuple):
    """A server, volume or other thing that a vault protects."""

    id: str
    name: str | None
    type: str | None
    size_gb: int | None
    status: str | None
    """`protect_status`. In the answer to the POST it is the state before the backup, never its result."""
    extra_info: Json
    """Volumes that the vault's own settings include or exclude."""

    @classmethod
    def from_json(cls, data: Json) -> "Resource":
        """Read a resource of a vault or a checkpoint."""
        size = data.get("resource_size", data.get("size"))
        extra = data.get("extra_info")
        return cls(
            id=_need_id(data.get("id")),
            name=_text(data.get("name")),
            type=_text(data.get("type")),
            size_gb=_whole(size),
            status=_text(data.get("protect_status")),
            extra_info=extra if isinstance(extra, dict) else {},
        )


class Skipped(NamedTuple):
    """A resource that the service left out, with the reason it gave."""

    id: str | None
    name: str | None
    type: str | None
    code: str | None
    reason: str | None

    @classmethod
    def from_json(cls, data: Json) -> "Skipped":
        """Read an entry of `skipped_resources`; all of its fields are optional."""
        code = data.get("code")
        return cls(
            id=parse_id(data.get("id")) or _text(data.get("id")),
            name=_text(data.get("name")),
            type=_text(data.get("type")),
            code=normalise(code) or _text(code),
            reason=_text(data.get("reason")),
        )


class Checkpoint(NamedTuple):
    """A restore point: what one POST starts."""

    id: str
    status: str | None
    created_at: str | None
    project_id: str | None
    vault_id: str | None
    vault_name: str | None
    resources: tuple[Resource, ...]
    skipped: tuple[Skipped, ...] | None
    """None where the answer does not speak of skipped resources: only the answer to the POST does."""
    name: str | None
    description: str | None
    retention_days: int | None
    """Days until the copies expire, -1 for ever, None when not known."""

    @classmethod
    def from_json(cls, data: Json) -> "Checkpoint":
        """Read what stands under `checkpoint`. ValueError where it has no usable id."""
        vault = _object(data.get("vault"))
        extra = _object(data.get("extra_info"))
        skipped = vault.get("skipped_resources")
        return cls(
            id=_need_id(data.get("id")),
            status=_text(data.get("status")),
            created_at=parse_stamp(data.get("created_at")),
            project_id=parse_project_id(data.get("project_id")),
            vault_id=parse_id(vault.get("id")),
            vault_name=_text(vault.get("name")),
            resources=tuple(Resource.from_json(r) for r in _objects(vault.get("resources")) if parse_id(r.get("id"))),
            skipped=tuple(map(Skipped.from_json, _objects(skipped))) if isinstance(skipped, list) else None,
            name=_text(extra.get("name")),
            description=_text(extra.get("description")),
            retention_days=_whole(extra.get("retention_duration")),
        )

    def to_json(self) -> dict[str, Any]:
        """Give the same as the service writes it: `from_json` reads it back."""
        resources = [
            {"id": r.id, "name": r.name, "type": r.type, "resource_size": r.size_gb, "protect_status": r.status,
             "extra_info": dict(r.extra_info)}
            for r in self.resources
        ]  # fmt: skip
        vault: dict[str, Any] = {"id": self.vault_id, "name": self.vault_name, "resources": resources}
        if self.skipped is not None:
            vault["skipped_resources"] = [s._asdict() for s in self.skipped]
        extra = {"name": self.name, "description": self.description, "retention_duration": self.retention_days}
        return {
            "id": self.id,
            "status": self.status,
            "created_at": self.created_at,
            "project_id": self.project_id,
            "vault": vault,
            "extra_info": extra,
        }


class Vault(NamedTuple):
    """A vault with what it protects."""

    id: str
    name: str | None
    status: str | None
    size_gb: int | None
    used_mb: int | None
    protect_type: str | None
    object_type: str | None
    description: str | None
    created_at: str | None
    enterprise_project_id: str | None
    tags: Mapping[str, str]
    resources: tuple[Resource, ...]

    @classmethod
    def from_json(cls, data: Json) -> "Vault":
        """Read an entry of `vaults`. ValueError where it has no usable id."""
        billing = _object(data.get("billing"))
        return cls(
            id=_need_id(data.get("id")),
            name=_text(data.get("name")),
            status=_text(billing.get("status")),
            size_gb=_whole(billing.get("size")),
            used_mb=_whole(billing.get("used")),
            protect_type=_text(billing.get("protect_type")),
            object_type=_text(billing.get("object_type")),
            description=_text(data.get("description")),
            created_at=parse_stamp(data.get("created_at")),
            enterprise_project_id=_text(data.get("enterprise_project_id")),
            tags={str(t.get("key")): str(t.get("value") or "") for t in _objects(data.get("tags"))},
            resources=tuple(Resource.from_json(r) for r in _objects(data.get("resources")) if parse_id(r.get("id"))),
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

    @classmethod
    def from_json(cls, data: Json) -> "Copy":
        """Read an entry of `backups`. ValueError where it has no usable id."""
        incremental = data.get("incremental")
        return cls(
            id=_need_id(data.get("id")),
            name=_text(data.get("name")),
            status=_text(data.get("status")),
            checkpoint_id=parse_id(data.get("checkpoint_id")),
            vault_id=parse_id(data.get("vault_id")),
            resource_id=parse_id(data.get("resource_id")),
            resource_name=_text(data.get("resource_name")),
            resource_type=_text(data.get("resource_type")),
            size_gb=_whole(data.get("resource_size")),
            incremental=incremental if isinstance(incremental, bool) else None,
            image_type=_text(data.get("image_type")),
            description=_text(data.get("description")),
            progress=_whole(_object(data.get("extend_info")).get("progress")),
            created_at=parse_stamp(data.get("created_at")),
            updated_at=parse_stamp(data.get("updated_at")),
            expires_at=parse_stamp(data.get("expired_at")),
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

    @classmethod
    def from_json(cls, data: Json) -> "Task":
        """Read an entry of `operation_logs`. ValueError where it has no usable id."""
        extra = _object(data.get("extra_info"))
        common, resource, backup = (_object(extra.get(key)) for key in ("common", "resource", "backup"))
        error = _object(data.get("error_info"))
        return cls(
            id=_need_id(data.get("id")),
            operation_type=_text(data.get("operation_type")),
            status=_text(data.get("status")),
            checkpoint_id=parse_id(data.get("checkpoint_id")),
            vault_id=parse_id(data.get("vault_id")),
            vault_name=_text(data.get("vault_name")),
            resource_id=parse_id(resource.get("id")),
            resource_name=_text(resource.get("name")),
            resource_type=_text(resource.get("type")),
            progress=_whole(common.get("progress")),
            copy_id=parse_id(backup.get("backup_id")),
            copy_name=_text(backup.get("backup_name")),
            error_code=normalise(error.get("code")) or _text(error.get("code")),
            error_message=_text(error.get("message")),
            request_id=_text(common.get("request_id")),
            started_at=parse_stamp(data.get("started_at")),
            ended_at=parse_stamp(data.get("ended_at")),
        )


def _need_id(value: object) -> str:
    found = parse_id(value)
    if found is None:
        raise ValueError("no usable id")
    return found


def _text(value: object) -> str | None:
    """Text or number as text; the empty text is the service's way of saying nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value)[:4096] or None if isinstance(value, str) else str(value)[:32]


def _whole(value: object) -> int | None:
    """A whole number, also where the service writes it as text (`"40"`)."""
    if isinstance(value, str) and len(value) < 19 and value.removeprefix("-").isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18 else None


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
