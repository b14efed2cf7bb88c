"""What the service speaks, read leniently: unknown fields are ignored, wrong types become None, ids are checked.

Field names are the API's where the contract has no name of its own (api.md 1 to 5). Nothing here raises on odd input
but `ValueError` where the thing has no usable id: without an id there is nothing to follow. Rows inside a thing that
cannot be read are counted in `unread`, since they name something that nobody can account for.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from cbrctl.codes import normalise
from cbrctl.durations import parse_stamp
from cbrctl.ids import parse_id, parse_project_id, parse_resource_id

Json = Mapping[str, Any]
_Row = TypeVar("_Row")


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
            id=_need(parse_resource_id(data.get("id"))),
            name=_text(data.get("name")),
            type=_text(data.get("type")),
            size_gb=_whole(size),
            status=_text(data.get("protect_status")),
            extra_info=extra if isinstance(extra, dict) else {},
        )

    def to_json(self) -> dict[str, Any]:
        """Return the same as the service writes it: `from_json` reads it back."""
        return {
            "id": self.id,
            "name": self.name,
            "type": self.type,
            "resource_size": self.size_gb,
            "protect_status": self.status,
            "extra_info": dict(self.extra_info),
        }


class Skipped(NamedTuple):
    """A resource that the service left out, with the reason it gave."""

    id: str | None
    name: str | None
    type: str | None
    code: str | None
    reason: str | None

    @classmethod
    def from_json(cls, data: object) -> "Skipped":
        """Read an entry of `skipped_resources`; all of its fields are optional. Text alone is the id of one.

        ValueError for what names nothing.
        """
        if isinstance(data, str):
            data = {"id": data}
        if not isinstance(data, dict) or not data:
            raise ValueError("no skipped resource")
        code, reason = read_code(data.get("code"), _text(data.get("reason")))
        return cls(
            id=parse_resource_id(data.get("id")),
            name=_text(data.get("name")),
            type=_text(data.get("type")),
            code=code,
            reason=reason,
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
    unread: int = 0
    """Rows of resources and skipped resources that cannot be read."""

    @classmethod
    def from_json(cls, data: Json) -> "Checkpoint":
        """Read what stands under `checkpoint`. ValueError where it has no usable id."""
        vault = _object(data.get("vault"))
        extra = _object(data.get("extra_info"))
        resources, unread = _rows(vault.get("resources"), Resource.from_json)
        skipped, unread_skipped = _rows(vault.get("skipped_resources"), Skipped.from_json)
        return cls(
            id=_need_id(data.get("id")),
            status=_text(data.get("status")),
            created_at=parse_stamp(data.get("created_at")),
            project_id=parse_project_id(data.get("project_id")),
            vault_id=parse_id(vault.get("id")),
            vault_name=_text(vault.get("name")),
            resources=resources,
            skipped=None if vault.get("skipped_resources") is None else skipped,
            name=_text(extra.get("name")),
            description=_text(extra.get("description")),
            retention_days=_whole(extra.get("retention_duration")),
            unread=unread + unread_skipped,
        )

    def to_json(self) -> dict[str, Any]:
        """Give the same as the service writes it: `from_json` reads it back."""
        resources = [r.to_json() for r in self.resources]
        unread = [None] * self.unread
        vault: dict[str, Any] = {"id": self.vault_id, "name": self.vault_name, "resources": [*resources, *unread]}
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
    unread: int = 0
    """Rows of resources that cannot be read."""

    @classmethod
    def from_json(cls, data: Json) -> "Vault":
        """Read an entry of `vaults`. ValueError where it has no usable id."""
        billing = _object(data.get("billing"))
        resources, unread = _rows(data.get("resources"), Resource.from_json)
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
            resources=resources,
            unread=unread,
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
    consistency_error: str | None = None
    """Why it is not consistent for applications, where that was wanted."""

    @classmethod
    def from_json(cls, data: Json) -> "Copy":
        """Read an entry of `backups`. ValueError where it has no usable id."""
        incremental = data.get("incremental")
        extend = _object(data.get("extend_info"))
        return cls(
            id=_need_id(data.get("id")),
            name=_text(data.get("name")),
            status=_text(data.get("status")),
            checkpoint_id=parse_id(data.get("checkpoint_id")),
            vault_id=parse_id(data.get("vault_id")),
            resource_id=parse_resource_id(data.get("resource_id")),
            resource_name=_text(data.get("resource_name")),
            resource_type=_text(data.get("resource_type")),
            size_gb=_whole(data.get("resource_size")),
            incremental=incremental if isinstance(incremental, bool) else None,
            image_type=_text(data.get("image_type")),
            description=_text(data.get("description")),
            progress=_percent(extend.get("progress")),
            created_at=parse_stamp(data.get("created_at")),
            updated_at=parse_stamp(data.get("updated_at")),
            expires_at=parse_stamp(data.get("expired_at")),
            consistency_error=_consistency_error(_object(extend.get("app_consistency"))),
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
    consistency_error: str | None = None
    """Why the copy is not consistent for applications, where that was wanted."""

    @classmethod
    def from_json(cls, data: Json) -> "Task":
        """Read an entry of `operation_logs`. ValueError where it has no usable id."""
        extra = _object(data.get("extra_info"))
        common, resource, backup = (_object(extra.get(key)) for key in ("common", "resource", "backup"))
        error = _object(data.get("error_info"))
        code, message = read_code(error.get("code"), _text(error.get("message")))
        return cls(
            id=_need_id(data.get("id")),
            operation_type=_text(data.get("operation_type")),
            status=_text(data.get("status")),
            checkpoint_id=parse_id(data.get("checkpoint_id")),
            vault_id=parse_id(data.get("vault_id")),
            vault_name=_text(data.get("vault_name")),
            resource_id=parse_resource_id(resource.get("id")),
            resource_name=_text(resource.get("name")),
            resource_type=_text(resource.get("type")),
            progress=_percent(common.get("progress")),
            copy_id=parse_id(backup.get("backup_id")),
            copy_name=_text(backup.get("backup_name")),
            error_code=code,
            error_message=message,
            request_id=_text(common.get("request_id")),
            started_at=parse_stamp(data.get("started_at")),
            ended_at=parse_stamp(data.get("ended_at")),
            consistency_error=_consistency_error(backup),
        )


def read_code(code: object, words: str | None) -> tuple[str | None, str | None]:
    """Return a code of the service and its words; what has no code's form stands in the words (contract, error)."""
    known = normalise(code)
    odd = None if known else _text(code)
    return known, f"{odd}: {words}" if odd and words else odd or words


def _consistency_error(data: Json) -> str | None:
    """Return what is said of a copy that should be consistent for applications and is not; "" and "0" say nothing."""
    code, message = (_text(data.get(f"app_consistency_error_{part}")) for part in ("code", "message"))
    words = [word for word in (code, message) if word and word != "0"]
    return ": ".join(words) or None


def _rows(value: object, read: Callable[[Any], _Row]) -> tuple[tuple[_Row, ...], int]:
    """Return the rows of a list, and how many things in it cannot be read.

    What is empty in any way is an empty list; an object is one row.
    """
    if value in (None, "", {}):
        return (), 0
    rows = []
    unread = 0
    for item in value if isinstance(value, list) else [value]:
        try:
            rows.append(read(item))
        except (ValueError, AttributeError):
            unread += 1
    return tuple(rows), unread


def _need_id(value: object) -> str:
    return _need(parse_id(value))


def _need(found: str | None) -> str:
    if found is None:
        raise ValueError("no usable id")
    return found


def _percent(value: object) -> int | None:
    """Return progress, 0 to 100."""
    number = _whole(value)
    return None if number is None else max(0, min(number, 100))


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
