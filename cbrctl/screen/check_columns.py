"""What `cbrctl check` shows: a row a protected resource with its newest copy, and the verdict on all, as data."""

from typing import TYPE_CHECKING

from cbrctl.api.results import Copy
from cbrctl.backup.freshness import Check, Checked
from cbrctl.durations import write_stamp
from cbrctl.phrases import Phrase
from cbrctl.screen.columns import show_moment, yes_no
from cbrctl.screen.tables import Column, View

if TYPE_CHECKING:
    from cbrctl.documents.check import CheckedJson, NewestCopyJson, VerdictJson
    from cbrctl.screen.metrics import Vault as Metric


def verdict_json(check: Check) -> "VerdictJson":
    """Return what the document says beside the resources."""
    from cbrctl.messages.error_text import describe

    error = check.error
    return {
        "outcome": check.outcome,
        "exit_code": error.exit_code if error else 0,
        "max_age_seconds": check.max_age,
        "checked_at": write_stamp(check.now),
        "error": describe(error) if error else None,
    }


def list_metrics(check: Check) -> "list[Metric]":
    """Return how each vault is protected: completed where all of it is, partial or failed where some or none is.

    Its last success is the oldest of the good copies, where all of it has one.
    """
    from cbrctl.screen.metrics import Vault as Metric

    by_vault: dict[str, list[Checked]] = {}
    for row in check.rows:
        by_vault.setdefault(row.vault.id, []).append(row)
    found = []
    for vault_id, rows in by_vault.items():
        good = [row for row in rows if row.state == "good"]
        outcome = "completed" if len(good) == len(rows) else "partial" if good else "failed"
        ages = [row.age for row in good if row.age is not None]
        success = check.now - max(ages) if outcome == "completed" and len(ages) == len(rows) else None
        found.append(Metric(vault_id, rows[0].vault.name or vault_id, outcome, success))
    return found


def checked_json(row: Checked) -> "CheckedJson":
    """Return a protected resource and its newest copy as JSON shows them."""
    return {
        "vault": {"id": row.vault.id, "name": row.vault.name},
        "resource": {"id": row.resource.id, "name": row.resource.name, "type": row.resource.type},
        "state": row.state,
        "copy": _copy_json(row.copy) if row.copy else None,
        "age_seconds": _seconds(row),
    }


def _copy_json(copy: Copy) -> "NewestCopyJson":
    return {
        "id": copy.id,
        "checkpoint_id": copy.checkpoint_id,
        "name": copy.name,
        "created_at": copy.created_at,
        "incremental": copy.incremental,
        "size_gb": copy.size_gb,
    }


def _seconds(row: Checked) -> int | None:
    return None if row.age is None else int(row.age)


def show_age(seconds: float | None) -> str:
    """Write an age for people, to the minute: `2d 4h`, `3h 12m`, `12m`."""
    if seconds is None:
        return ""
    minutes = int(seconds) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days}d {hours}h"
    return f"{hours}h {minutes % 60}m" if hours else f"{minutes}m"


_STATES = {state: state for state in (Phrase("good"), Phrase("old"), Phrase("undated"), Phrase("none"))}
"""What people read of a state; for programs it is the word itself."""
_CHECKED = (
    Column("vault_id", lambda r: r.vault.id),
    Column("vault", lambda r: r.vault.name, "VAULT", lambda r: r.vault.name or r.vault.id, least=8),
    Column("resource_id", lambda r: r.resource.id),
    Column("resource", lambda r: r.resource.name, "RESOURCE", lambda r: r.resource.name or r.resource.id, least=8),
    Column("type", lambda r: r.resource.type),
    Column("state", lambda r: r.state, "STATE", lambda r: _STATES.get(r.state, r.state), whole=True),
    Column("age_seconds", _seconds, "AGE", lambda r: show_age(r.age), right=True, whole=True),
    Column("copy_id", lambda r: r.copy and r.copy.id, "COPY", whole=True),
    Column(
        "created_at",
        lambda r: r.copy and r.copy.created_at,
        "CREATED",
        lambda r: show_moment(r.copy and r.copy.created_at),
        whole=True,
        wide=True,
    ),
    Column("checkpoint_id", lambda r: r.copy and r.copy.checkpoint_id, "CHECKPOINT", whole=True, wide=True),
    Column("name", lambda r: r.copy and r.copy.name),
    Column(
        "incremental", lambda r: r.copy and r.copy.incremental, show=lambda r: yes_no(r.copy and r.copy.incremental)
    ),
    Column("size_gb", lambda r: r.copy and r.copy.size_gb),
)
CHECK = View("check", _CHECKED, checked_json, id="resource.id")
