"""Which backup of a vault is running: told to people, waited for, or followed in place of one of our own (contract, busy)."""

from typing import TYPE_CHECKING, NamedTuple

from cbrctl.errors import CbrctlError
from cbrctl.marker import find_op
from cbrctl.traces import RUNNING, list_all

if TYPE_CHECKING:
    from cbrctl.api.client import Client


class Running(NamedTuple):
    """A backup that the service's tasks show as running."""

    checkpoint_id: str | None
    op_id: str | None
    """The op whose marker it carries."""
    since: str | None
    progress: int | None
    resource_ids: frozenset[str]

    def __str__(self) -> str:
        """What is told of it to people."""
        parts = [
            f"Checkpoint {self.checkpoint_id}" if self.checkpoint_id else "Another backup",
            self.since and f"since {self.since}",
            None if self.progress is None else f"at {self.progress} %",
        ]
        return f"{', '.join(part for part in parts if part)}."


def find_running(client: "Client", vault_id: str) -> Running | None:
    """Give the newest backup of a vault that runs; None where the tasks show none. Raises what reading raises."""
    tasks = [
        task
        for status in RUNNING
        for task in list_all(client, client.list_tasks, vault_id, operation_type="backup", status=status)
        if task.status in RUNNING and task.vault_id in (None, vault_id) and task.operation_type in (None, "backup")
    ]
    if not tasks:
        return None
    newest = max(tasks, key=lambda task: (task.checkpoint_id is not None, task.started_at or ""))
    same = [task for task in tasks if task.checkpoint_id == newest.checkpoint_id]
    known = [task.progress for task in same if task.progress is not None]
    return Running(
        checkpoint_id=newest.checkpoint_id,
        op_id=next((op for op in (find_op(task.copy_name, None) for task in same) if op), None),
        since=min((task.started_at for task in same if task.started_at), default=None),
        progress=min(known, default=None),
        resource_ids=frozenset(task.resource_id for task in same if task.resource_id),
    )


def list_covered(client: "Client", running: Running) -> frozenset[str]:
    """Give the resources that a running backup covers, as far as tasks and checkpoint tell."""
    try:
        checkpoint = client.show_checkpoint(str(running.checkpoint_id))
    except CbrctlError:
        return running.resource_ids
    return running.resource_ids | {resource.id for resource in checkpoint.resources}
