"""What the service speaks, read leniently: unknown fields are ignored, wrong types become None, ids are checked.

Field names are the API's where the contract has no name of its own (service.md 1 to 5). Nothing here raises on odd input
but `ValueError` where the thing has no usable id: without an id there is nothing to follow. Rows inside a thing that
cannot be read are counted in `unread`, since they name something that nobody can account for.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from cbrctl.api.fields import (
    Json,
    need,
    need_id,
    read_code,
    read_object,
    read_objects,
    read_rows,
    read_text,
    read_whole,
    read_word,
)
from cbrctl.durations import parse_stamp
from cbrctl.ids import parse_id, parse_project_id, parse_resource_id


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
        return cls(
            id=need(parse_resource_id(data.get("id"))),
            name=read_word(data.get("name")),
            type=read_word(data.get("type")),
            size_gb=read_whole(size),
            status=read_word(data.get("protect_status")),
            extra_info=read_object(data.get("extra_info")),
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
        code, reason = read_code(data.get("code"), read_text(data.get("reason")))
        return cls(
            id=parse_resource_id(data.get("id")),
            name=read_text(data.get("name")),
            type=read_word(data.get("type")),
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
        vault = read_object(data.get("vault"))
        extra = read_object(data.get("extra_info"))
        resources, unread = read_rows(vault.get("resources"), Resource.from_json)
        skipped, unread_skipped = read_rows(vault.get("skipped_resources"), Skipped.from_json)
        return cls(
            id=need_id(data.get("id")),
            status=read_word(data.get("status")),
            created_at=parse_stamp(data.get("created_at")),
            project_id=parse_project_id(data.get("project_id")),
            vault_id=parse_id(vault.get("id")),
            vault_name=read_word(vault.get("name")),
            resources=resources,
            skipped=None if vault.get("skipped_resources") is None else skipped,
            name=read_text(extra.get("name")),
            description=read_text(extra.get("description")),
            retention_days=read_whole(extra.get("retention_duration")),
            unread=unread + unread_skipped,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the same as the service writes it: `from_json` reads it back."""
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
    """Rows of resources that cannot be read; 1 as well where the answer tells of no resources, not even that there are none."""

    @classmethod
    def from_found(cls, data: Json) -> "Vault":
        """Read an entry of a search by tags, whose tags stand beside the vault. ValueError where it has no usable id."""
        vault, found_id = read_object(read_object(data.get("resource_detail")).get("vault")), data.get("resource_id")
        if vault.get("id", found_id) != found_id:
            raise ValueError("it names two vaults")
        tags = {} if data.get("tags") is None else {"tags": data["tags"]}
        return cls.from_json({"name": data.get("resource_name"), **vault, "id": found_id, **tags})

    @classmethod
    def from_json(cls, data: Json) -> "Vault":
        """Read an entry of `vaults`. ValueError where it has no usable id."""
        billing = read_object(data.get("billing"))
        told = data.get("resources")
        resources, unread = read_rows(told, Resource.from_json)
        return cls(
            id=need_id(data.get("id")),
            name=read_word(data.get("name")),
            status=read_word(billing.get("status")),
            size_gb=read_whole(billing.get("size")),
            used_mb=read_whole(billing.get("used")),
            protect_type=read_word(billing.get("protect_type")),
            object_type=read_word(billing.get("object_type")),
            description=read_text(data.get("description")),
            created_at=parse_stamp(data.get("created_at")),
            enterprise_project_id=read_word(data.get("enterprise_project_id")),
            tags={str(t.get("key")): str(t.get("value") or "") for t in read_objects(data.get("tags"))},
            resources=resources,
            unread=1 if told is None else unread,
        )
