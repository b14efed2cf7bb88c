"""The columns of what the service has, as data: what a vault, a copy or a task is to the user."""

import time
from collections.abc import Sequence
from functools import partial

from cbrctl.api.models import Vault
from cbrctl.api.results import Copy, Task
from cbrctl.durations import read_stamp, show_local
from cbrctl.messages.language import tr
from cbrctl.screen.items import Part, checkpoint_json, copy_json, task_json, vault_json
from cbrctl.screen.tables import Column, View

NEAR = 300 * 86400.0
"""Seconds within which a date needs no year."""


def yes_no(value: bool | None) -> str:
    """Return a word for whether, none where it is not known."""
    return "" if value is None else tr("yes") if value else tr("no")


def show_size(size: int | None) -> str:
    """Return a size for people, none where it is not known."""
    return "" if size is None else f"{size} GiB"


def _used_of(vault: Vault) -> str:
    """What is used in the unit of the size, of which the service tells it in another."""
    if vault.used_mb is None:
        return ""
    used = f"{vault.used_mb / 1024:.1f}".removesuffix(".0") + " GiB"
    if not vault.size_gb:
        return used
    return tr("{used}, {percent} %").format(used=used, percent=f"{100 * vault.used_mb / 1024 / vault.size_gb:.0f}")


def _used(vault: Vault) -> str:
    if vault.used_mb is None or not vault.size_gb:
        return ""
    return f"{vault.used_mb / 1024:.0f}/{vault.size_gb}"


def _tags(vault: Vault) -> str:
    return ", ".join(f"{key}={value}" for key, value in vault.tags.items())


def show_moment(stamp: str | None) -> str:
    """A moment for people: to the minute, by their own clock, with how far that is from UTC; the year where it is not near."""
    seconds, local = read_stamp(stamp), show_local(stamp)
    near = seconds is not None and abs(time.time() - seconds) < NEAR
    return local[5 if near else 0 : 16] + local[19:]


def _progress(row: Copy | Task) -> str:
    return "" if row.progress is None else f"{row.progress} %"


def _error_number(task: Task) -> str:
    """The number of a code is enough of it in a narrow column, and for `explain`."""
    return (task.error_code or "").removeprefix("BackupService.")


_VAULTS = (
    Column("id", lambda v: v.id, "ID", whole=True),
    Column("name", lambda v: v.name, "NAME"),
    Column("status", lambda v: v.status, "STATUS"),
    Column("size_gb", lambda v: v.size_gb, show=lambda v: show_size(v.size_gb), label="size"),
    Column("used_mb", lambda v: v.used_mb, show=_used_of, label="used"),
    Column("", _used, "USED GiB", right=True, whole=True),
    Column("protect_type", lambda v: v.protect_type),
    Column("object_type", lambda v: v.object_type),
    Column("resources", lambda v: len(v.resources), "RES.", right=True, whole=True),
    Column("", _tags, "TAGS", wide=True, least=24),
    Column("", lambda v: show_size(v.size_gb), "SIZE", right=True, whole=True, wide=True),
    Column("", lambda v: v.object_type, "TYPE", wide=True),
    Column("", lambda v: show_moment(v.created_at), "CREATED", whole=True, wide=True),
    Column("created_at", lambda v: v.created_at),
    Column("tags", _tags),
)
_VAULT = (
    *(c for c in _VAULTS if c.name and c.name != "resources"),
    Column("description", lambda v: v.description),
    Column("enterprise_project_id", lambda v: v.enterprise_project_id),
    Column("resources", lambda v: "; ".join(f"{r.name or ''} ({r.id})" for r in v.resources)),
)
RESOURCES = (
    Column("", lambda r: r.name, "RESOURCE"),
    Column("", lambda r: r.id, "ID", whole=True),
    Column("", lambda r: r.status, "STATUS"),
    Column("", lambda r: show_size(r.size_gb), "SIZE", right=True, whole=True),
    Column("", lambda r: r.type, "TYPE", wide=True),
)
"""What a vault holds, for people."""
PARTS = (
    Column("", lambda p: p.resource.name, "RESOURCE"),
    Column("", lambda p: p.resource.id, "ID", whole=True),
    Column("", lambda p: p.state, "STATE"),
    Column("", lambda p: "" if p.task is None else _progress(p.task), "DONE", right=True, whole=True),
    Column("", lambda p: show_size(p.resource.size_gb), "SIZE", right=True, whole=True, wide=True),
    Column("", lambda p: p.task and (p.task.error_message or p.task.error_code), "REASON", wide=True, sparse=True),
)
"""What a checkpoint holds, for people."""
_CHECKPOINT = (
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
_COPIES = (
    Column("id", lambda c: c.id, "ID", whole=True),
    Column("resource", lambda c: c.resource_name, "RESOURCE"),
    Column("status", lambda c: c.status, "STATUS"),
    Column("created_at", lambda c: c.created_at, "CREATED", lambda c: show_moment(c.created_at), whole=True),
    Column("name", lambda c: c.name, "NAME", wide=True),
    Column("checkpoint_id", lambda c: c.checkpoint_id, "CHECKPOINT", whole=True, wide=True),
    Column("vault_id", lambda c: c.vault_id),
    Column("resource_id", lambda c: c.resource_id),
    Column("type", lambda c: c.resource_type),
    Column("size_gb", lambda c: c.size_gb, show=lambda c: show_size(c.size_gb), label="size"),
    Column("incremental", lambda c: c.incremental, show=lambda c: yes_no(c.incremental)),
    Column("expires_at", lambda c: c.expires_at),
)
_COPY = (
    *(c._replace(show=None) if c.name.endswith("_at") else c for c in _COPIES),
    Column("description", lambda c: c.description),
    Column("updated_at", lambda c: c.updated_at),
    Column("protected_at", lambda c: c.protected_at),
    Column("encrypted", lambda c: c.encrypted, show=lambda c: yes_no(c.encrypted)),
    Column("app_consistent", lambda c: c.app_consistent, show=lambda c: yes_no(c.app_consistent)),
    Column("consistency_error", lambda c: c.consistency_error),
    Column("children", lambda c: "; ".join(f"{d.resource_name or d.name or ''} ({d.id})" for d in c.children)),
)
CHILDREN = (
    Column("", lambda d: d.resource_name or d.name, "DISK"),
    Column("", lambda d: d.id, "COPY", whole=True),
    Column("", lambda d: d.status, "STATUS"),
    Column("", lambda d: show_size(d.size_gb), "SIZE", right=True, whole=True),
)
"""The disks in the copy of a server, for people."""
_TASKS = (
    Column("id", lambda t: t.id, "ID", whole=True),
    Column("", lambda t: show_moment(t.started_at), "STARTED", least=8, yields=True),
    Column("operation_type", lambda t: t.operation_type),
    Column("status", lambda t: t.status, "STATUS"),
    Column("resource", lambda t: t.resource_name, "RESOURCE", least=8),
    Column("", lambda t: t.vault_name, "VAULT", least=5),
    Column("", _error_number, "ERROR", least=5, sparse=True),
    Column("", lambda t: t.operation_type, "TYPE", wide=True),
    Column("progress", lambda t: t.progress, "DONE", _progress, right=True, whole=True, wide=True),
    Column("vault_id", lambda t: t.vault_id),
    Column("vault", lambda t: t.vault_name),
    Column("checkpoint_id", lambda t: t.checkpoint_id),
    Column("resource_id", lambda t: t.resource_id),
    Column("error_code", lambda t: t.error_code),
    Column("error_message", lambda t: t.error_message, "REASON", wide=True, sparse=True),
    Column("started_at", lambda t: t.started_at),
    Column("ended_at", lambda t: t.ended_at),
)
_TASK = (
    *_TASKS,
    Column("copy_id", lambda t: t.copy_id),
    Column("copy_name", lambda t: t.copy_name),
    Column("request_id", lambda t: t.request_id),
    Column("app_consistent", lambda t: t.app_consistent, show=lambda t: yes_no(t.app_consistent)),
    Column("consistency_error", lambda t: t.consistency_error),
)

VAULTS = View("vaults", _VAULTS, vault_json, none="There are no vaults in this project.")
VAULT = View("vault", _VAULT, vault_json)
COPIES = View("copies", _COPIES, copy_json, none="No copies match.")
COPY = View("copy", _COPY, copy_json)
TASKS = View("tasks", _TASKS, task_json, none="No tasks match.")
TASK = View("task", _TASK, task_json)


def view_checkpoint(parts: Sequence[Part]) -> View:
    """Return how a checkpoint is shown whose resources and their tasks are these."""
    return View("checkpoint", _CHECKPOINT, partial(checkpoint_json, parts=parts))
