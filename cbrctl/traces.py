"""What the lists of a vault show of one of our own backups, found by its marker. By reading only.

copies   asked with `incremental` absent, true and false: clients disagree on what the service lists by default (api.md 4)
tasks    of the vault since the request left, by the service's own clock: they show what failed before it had a copy
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from cbrctl.errors import CbrctlError, Forbidden
from cbrctl.marker import is_marked
from cbrctl.models import Copy, Task

if TYPE_CHECKING:
    from cbrctl.api.client import Client

SLACK = 3600.0
"""Seconds before the request left from which tasks are asked: they may be stamped by another clock than the answers."""

CLOCKS_APART = 300.0
"""Seconds by which the clock that stamps tasks may differ from the one that dates answers."""
RUNNING = ("running", "waiting")
"""What the service calls a task that goes on (api.md 4)."""


class Traces(NamedTuple):
    """What one look found."""

    checkpoint_ids: tuple[str, ...]
    """The checkpoints that carry the marker, the oldest first."""
    error: CbrctlError | None
    """Why the lists are not whole; None too where one of both may not be read and the other is whole."""
    running: bool
    """A task of the vault waits or runs."""
    began: float | None = None
    """When the oldest one began, in seconds of the service's clock."""
    differs: bool = False
    """What was found was asked for with another name, description or resources."""
    others: bool = False
    """Looked for without a marker: backups of the vault began that may be the one."""


def look_for(
    client: "Client",
    op_id: str,
    request: Mapping[str, Any],
    sent_at: Callable[[], float | None] = lambda: None,
    *,
    everything: bool = False,
) -> Traces:
    """Look once for the backup of `op_id`, whose request is `request`. Raises nothing but signals.

    `sent_at` gives when it was sent, in seconds of the service's clock, or None where that is not known; it is asked
    after the copies were, whose answers tell that clock. `everything` looks at copies of any name: a run with the same
    key may have named its backup otherwise.
    """
    vault_id = str(request["vault_id"])
    wanted = request["parameters"]
    found: dict[str, str] = {}
    rows: list[Copy | Task] = []
    errors = []

    def take(listed: Iterable[Copy | Task]) -> None:
        for row in listed:
            if isinstance(row, Copy):
                stamp, marked = row.created_at, is_marked(op_id, row.name, row.description)
            else:
                stamp, marked = row.started_at, is_marked(op_id, row.copy_name, None)
            if marked and row.checkpoint_id:
                found[row.checkpoint_id] = min(stamp or "9", found.get(row.checkpoint_id, "9"))
                rows.append(row)

    name = None if everything else str(wanted["name"])
    for kind in (None, "true", "false"):
        try:
            take(list_all(client, client.list_copies, vault_id, name=name, incremental=kind))
        except CbrctlError as error:
            errors.append(error)
    running = False
    try:
        since = _stamp(sent_at())
        tasks = list(list_all(client, client.list_tasks, vault_id, operation_type="backup", start_time=since))
        running = any(task.status in RUNNING for task in tasks)
        take(tasks)
    except CbrctlError as error:
        errors.append(error)
    oldest_first = sorted(found, key=lambda checkpoint_id: (found[checkpoint_id], checkpoint_id))
    return Traces(
        tuple(oldest_first),
        _worst(errors),
        running,
        began=_read_stamp(found[oldest_first[0]]) if oldest_first else None,
        differs=any(_differs(row, wanted) for row in rows),
    )


def look_unmarked(client: "Client", vault_id: str, sent_at: Callable[[], float | None]) -> Traces:
    """Look once for a backup that carries no marker: only that none began since can be told. Raises nothing but signals."""
    try:
        tasks = list(list_all(client, client.list_tasks, vault_id, operation_type="backup"))
    except CbrctlError as error:
        return Traces((), error, running=False)
    since = (sent_at() or 0.0) - CLOCKS_APART
    others = any((_read_stamp(task.started_at or "") or since) >= since for task in tasks)
    return Traces((), None, any(task.status in RUNNING for task in tasks), others=others)


def list_all(
    client: "Client", rows: Callable[..., Iterator[Any]], vault_id: str, **query: str | int | None
) -> Iterator[Any]:
    """List what there is of a vault, in any enterprise project: the one that the user named may not be the vault's.

    Who is granted some of them only is refused so, and sees all of the vault by naming the one that it is in.
    """
    try:
        yield from rows(vault_id=vault_id, enterprise_project_id=None, **query)
    except Forbidden:
        named = client.enterprise_project_id
        if not named or client.show_vault(vault_id).enterprise_project_id != named:
            raise
        yield from rows(vault_id=vault_id, **query)


def _worst(errors: list[CbrctlError]) -> CbrctlError | None:
    """Give why the lists are not whole: copies three times and tasks once are asked."""
    barred = [error for error in errors if isinstance(error, Forbidden)]
    if len(barred) == len(errors) and len(errors) in (0, 1, 3):
        return None
    return next((error for error in errors if not isinstance(error, Forbidden)), errors[0])


def _differs(row: Copy | Task, wanted: Mapping[str, Any]) -> bool:
    name = row.name if isinstance(row, Copy) else row.copy_name
    if name and not name.startswith(str(wanted["name"])):
        return True
    if isinstance(row, Copy) and (row.description or "") != str(wanted.get("description", "")):
        return True
    named = wanted.get("resources")
    return named is not None and row.resource_id is not None and row.resource_id not in named


def _stamp(sent_at: float | None) -> str | None:
    if sent_at is None:
        return None
    return datetime.fromtimestamp(max(0.0, sent_at - SLACK), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read_stamp(stamp: str) -> float | None:
    try:
        return datetime.fromisoformat(stamp).timestamp()
    except ValueError:
        return None
