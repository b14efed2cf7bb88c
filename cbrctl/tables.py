"""The columns and the JSON of lists, as data: what a vault, a copy or a task is to the user."""

from typing import Any

from cbrctl.models import Checkpoint, Copy, Resource, Task, Vault
from cbrctl.screen.tables import Column


def vault_json(vault: Vault) -> dict[str, Any]:
    """Give a vault as JSON shows it: sizes in GB as the service counts them, what is used in MB."""
    return {**vault._asdict(), "tags": dict(vault.tags), "resources": [resource_json(r) for r in vault.resources]}


def resource_json(resource: Resource) -> dict[str, Any]:
    """Give a resource as JSON shows it."""
    return {k: v for k, v in resource._asdict().items() if k != "extra_info"}


def checkpoint_json(checkpoint: Checkpoint) -> dict[str, Any]:
    """Give a checkpoint as JSON shows it; `skipped_resources` is null where the service does not tell."""
    shown = {k: v for k, v in checkpoint._asdict().items() if k not in ("vault_id", "vault_name", "skipped")}
    skipped = checkpoint.skipped
    return {
        **shown,
        "vault": {"id": checkpoint.vault_id, "name": checkpoint.vault_name},
        "resources": [resource_json(r) for r in checkpoint.resources],
        "skipped_resources": None if skipped is None else [s._asdict() for s in skipped],
    }


def _used(vault: Vault) -> str:
    if vault.used_mb is None or not vault.size_gb:
        return ""
    return f"{vault.used_mb / 1024:.0f}/{vault.size_gb}"


def _tags(vault: Vault) -> str:
    return ", ".join(f"{key}={value}" for key, value in vault.tags.items())


def _when(stamp: str | None) -> str:
    """A moment for people: to the minute, in UTC, as the service stamps it."""
    return stamp[:16].replace("T", " ") if stamp else ""


def _progress(row: Copy | Task) -> str:
    return "" if row.progress is None else f"{row.progress} %"


VAULTS = (
    Column("id", lambda v: v.id, "ID", whole=True),
    Column("name", lambda v: v.name, "NAME"),
    Column("status", lambda v: v.status, "STATUS"),
    Column("size_gb", lambda v: v.size_gb),
    Column("used_mb", lambda v: v.used_mb),
    Column("", _used, "USED GB", right=True, whole=True),
    Column("protect_type", lambda v: v.protect_type),
    Column("object_type", lambda v: v.object_type),
    Column("resources", lambda v: len(v.resources), "RES.", right=True, whole=True),
    Column("created_at", lambda v: v.created_at),
    Column("tags", _tags),
)
VAULT = (
    *(c for c in VAULTS if c.name and c.name != "resources"),
    Column("description", lambda v: v.description),
    Column("enterprise_project_id", lambda v: v.enterprise_project_id),
    Column("resources", lambda v: "; ".join(f"{r.name or ''} ({r.id})" for r in v.resources)),
)
CHECKPOINT = (
    Column("id", lambda c: c.id),
    Column("status", lambda c: c.status),
    Column("created_at", lambda c: c.created_at),
    Column("vault_id", lambda c: c.vault_id),
    Column("vault", lambda c: c.vault_name),
    Column("name", lambda c: c.name),
    Column("description", lambda c: c.description),
    Column("retention_days", lambda c: c.retention_days),
    Column("resources", lambda c: "; ".join(f"{r.name or ''} ({r.id})" for r in c.resources)),
    Column("skipped_resources", lambda c: "; ".join(f"{s.name or ''} ({s.id})" for s in c.skipped or ())),
)
COPIES = (
    Column("id", lambda c: c.id, "ID", whole=True),
    Column("resource", lambda c: c.resource_name, "RESOURCE"),
    Column("status", lambda c: c.status, "STATUS"),
    Column("created_at", lambda c: c.created_at, "CREATED (UTC)", lambda c: _when(c.created_at), whole=True),
    Column("name", lambda c: c.name),
    Column("checkpoint_id", lambda c: c.checkpoint_id),
    Column("vault_id", lambda c: c.vault_id),
    Column("resource_id", lambda c: c.resource_id),
    Column("type", lambda c: c.resource_type),
    Column("size_gb", lambda c: c.size_gb),
    Column("incremental", lambda c: c.incremental),
    Column("expires_at", lambda c: c.expires_at),
)
COPY = (*COPIES, Column("description", lambda c: c.description), Column("updated_at", lambda c: c.updated_at))
TASKS = (
    Column("id", lambda t: t.id, "ID", whole=True),
    Column("operation_type", lambda t: t.operation_type, "TYPE"),
    Column("status", lambda t: t.status, "STATUS"),
    Column("resource", lambda t: t.resource_name, "RESOURCE"),
    Column("progress", lambda t: t.progress, "DONE", _progress, right=True, whole=True),
    Column("vault_id", lambda t: t.vault_id),
    Column("vault", lambda t: t.vault_name),
    Column("checkpoint_id", lambda t: t.checkpoint_id),
    Column("resource_id", lambda t: t.resource_id),
    Column("error_code", lambda t: t.error_code),
    Column("error_message", lambda t: t.error_message),
    Column("started_at", lambda t: t.started_at),
    Column("ended_at", lambda t: t.ended_at),
)
TASK = (
    *TASKS,
    Column("copy_id", lambda t: t.copy_id),
    Column("copy_name", lambda t: t.copy_name),
    Column("request_id", lambda t: t.request_id),
)
