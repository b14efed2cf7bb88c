"""The columns and the JSON of lists, as data: what a vault, a copy or a task is to the user."""

import time
from typing import TYPE_CHECKING, Any

from cbrctl.backup.document import stamp
from cbrctl.backup.record import Backup
from cbrctl.durations import read_stamp, show_local
from cbrctl.models import Checkpoint, Copy, Resource, Task, Vault
from cbrctl.screen.tables import Column
from cbrctl.screen.text import write_json

NEAR = 300 * 86400.0
"""Seconds within which a date needs no year."""

if TYPE_CHECKING:
    from cbrctl.checkup import Finding
    from cbrctl.login import Source


def vault_json(vault: Vault) -> dict[str, Any]:
    """Give a vault as JSON shows it: sizes in GB as the service counts them, what is used in MB."""
    shown = {k: v for k, v in vault._asdict().items() if k != "unread"}
    return {**shown, "tags": dict(vault.tags), "resources": [resource_json(r) for r in vault.resources]}


def resource_json(resource: Resource) -> dict[str, Any]:
    """Give a resource as JSON shows it."""
    return {k: v for k, v in resource._asdict().items() if k != "extra_info"}


def checkpoint_json(checkpoint: Checkpoint) -> dict[str, Any]:
    """Give a checkpoint as JSON shows it; `skipped_resources` is null where the service does not tell."""
    shown = {k: v for k, v in checkpoint._asdict().items() if k not in ("vault_id", "vault_name", "skipped", "unread")}
    skipped = checkpoint.skipped
    return {
        **shown,
        "vault": {"id": checkpoint.vault_id, "name": checkpoint.vault_name},
        "resources": [resource_json(r) for r in checkpoint.resources],
        "skipped_resources": None if skipped is None else [s._asdict() for s in skipped],
    }


def copy_json(copy: Copy) -> dict[str, Any]:
    """Give a copy as JSON shows it."""
    return {k: v for k, v in copy._asdict().items() if k != "consistency_error"}


def task_json(task: Task) -> dict[str, Any]:
    """Give a task as JSON shows it."""
    return {k: v for k, v in task._asdict().items() if k != "consistency_error"}


def source_json(source: "Source") -> dict[str, Any]:
    """Give a set of credentials as JSON shows it: never its secret."""
    from cbrctl.messages import describe

    return {
        "source": source.place,
        "kind": source.kind or None,
        "origin": source.origin or None,
        "identity": source.identity or None,
        "agency": source.agency or None,
        "expires_at": stamp(source.expires_at),
        "used": source.used,
        "checked": source.checked,
        "error": describe(source.error) if source.error else None,
    }


def finding_json(finding: "Finding") -> dict[str, Any]:
    """Give what a check of `doctor` found as JSON shows it."""
    from cbrctl.messages import describe

    error = describe(finding.error) if finding.error else None
    return {"check": finding.check, "state": finding.state, "note": finding.note, "error": error}


def _lasts(source: "Source") -> str:
    """How long it lasts, for people."""
    if source.error:
        from cbrctl.messages import tell

        return tell(source.error).what
    if source.expires_at is not None:
        return f"until {_when(stamp(source.expires_at))}"
    return {"access-key": "for ever", "password": "until changed", "password+code": "one login"}.get(
        source.kind, "unknown"
    )


def _outcome(backup: Backup) -> str:
    """How it ended, for people; the run that was to tell is at it still, or was killed."""
    return backup.outcome or "unsettled"


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"


def _used(vault: Vault) -> str:
    if vault.used_mb is None or not vault.size_gb:
        return ""
    return f"{vault.used_mb / 1024:.0f}/{vault.size_gb}"


def _tags(vault: Vault) -> str:
    return ", ".join(f"{key}={value}" for key, value in vault.tags.items())


def _when(stamp: str | None) -> str:
    """A moment for people: to the minute, by their own clock, with how far that is from UTC; the year where it is not near."""
    seconds, local = read_stamp(stamp), show_local(stamp)
    near = seconds is not None and abs(time.time() - seconds) < NEAR
    return local[5 if near else 0 : 16] + local[19:]


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
RESOURCES = (
    Column("", lambda r: r.name, "RESOURCE"),
    Column("", lambda r: r.id, "ID", whole=True),
    Column("", lambda r: r.status, "STATUS"),
    Column("", lambda r: None if r.size_gb is None else f"{r.size_gb} GB", "SIZE", right=True, whole=True),
    Column("", lambda r: r.type, "TYPE", wide=True),
)
"""What a vault or a checkpoint holds, for people."""
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
    Column("created_at", lambda c: c.created_at, "CREATED", lambda c: _when(c.created_at), whole=True),
    Column("name", lambda c: c.name, "NAME", wide=True),
    Column("checkpoint_id", lambda c: c.checkpoint_id, "CHECKPOINT", whole=True, wide=True),
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
    Column("", lambda t: _when(t.started_at), "STARTED", whole=True),
    Column("operation_type", lambda t: t.operation_type),
    Column("status", lambda t: t.status, "STATUS"),
    Column("resource", lambda t: t.resource_name, "RESOURCE"),
    Column("", lambda t: t.error_code, "ERROR", wide=True),
    Column("", lambda t: t.operation_type, "TYPE", wide=True),
    Column("progress", lambda t: t.progress, "DONE", _progress, right=True, whole=True, wide=True),
    Column("vault_id", lambda t: t.vault_id),
    Column("vault", lambda t: t.vault_name, "VAULT", wide=True),
    Column("checkpoint_id", lambda t: t.checkpoint_id),
    Column("resource_id", lambda t: t.resource_id),
    Column("error_code", lambda t: t.error_code),
    Column("error_message", lambda t: t.error_message, "REASON", wide=True),
    Column("started_at", lambda t: t.started_at),
    Column("ended_at", lambda t: t.ended_at),
)
TASK = (
    *TASKS,
    Column("copy_id", lambda t: t.copy_id),
    Column("copy_name", lambda t: t.copy_name),
    Column("request_id", lambda t: t.request_id),
)
AUTH = (
    Column("used", lambda s: s.used, "USED", lambda s: _yes_no(s.used)),
    Column("source", lambda s: s.place, "SOURCE"),
    Column("kind", lambda s: s.kind, "KIND", whole=True),
    Column("origin", lambda s: s.origin),
    Column("identity", lambda s: s.identity, "IDENTITY", lambda s: s.agency or s.identity),
    Column("agency", lambda s: s.agency),
    Column("expires_at", lambda s: stamp(s.expires_at), "LASTS", _lasts),
    Column("checked", lambda s: s.checked),
    Column("error", lambda s: s.error and source_json(s)["error"]["message"]),
)
FINDINGS = (
    Column("check", lambda f: f.check),
    Column("state", lambda f: f.state),
    Column("note", lambda f: f.note),
    Column("message", lambda f: (finding_json(f)["error"] or {}).get("message")),
    Column("fix", lambda f: (finding_json(f)["error"] or {}).get("hint")),
)
HISTORY = (
    Column("op_id", lambda o: o.op_id, "OP ID", whole=True),
    Column("vault_id", lambda o: o.vault_id),
    Column("vault", lambda o: o.vault_name, "VAULT", lambda o: o.vault_name or o.vault_id),
    Column("checkpoint_id", lambda o: o.checkpoint_id, "CHECKPOINT", whole=True, wide=True),
    Column("outcome", lambda o: o.outcome, "OUTCOME", _outcome, whole=True),
    Column("exit_code", lambda o: o.exit_code, "EXIT", right=True, whole=True),
    Column("sent", lambda o: o.sent),
    Column("attached", lambda o: o.request is None, show=lambda o: _yes_no(o.request is None)),
    Column("started_at", lambda o: stamp(o.started_at), "STARTED", lambda o: _when(stamp(o.started_at)), whole=True),
    Column("ended_at", lambda o: o.ended_at),
)
OP = (
    *(c._replace(show=c.show if c.name in ("outcome", "attached") else None) for c in HISTORY),
    Column("state", lambda o: o.state),
    Column("endpoint", lambda o: o.endpoint),
    Column("project_id", lambda o: o.project_id),
    Column("request", lambda o: None if o.request is None else write_json(o.request)),
    Column("marked", lambda o: o.marked, show=lambda o: _yes_no(o.marked)),
    Column("on_skip", lambda o: o.on_skip),
    Column("sent_at", lambda o: stamp(o.sent_at.wall if o.sent_at else None)),
    Column("service_sent_at", lambda o: stamp(o.sent_at.service if o.sent_at else None)),
)
