"""Whether a vault is being worked on, and by whom: told to people, waited for, or followed in place of one of our own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from cbrctl.api.results import Task
from cbrctl.backup.marker import find_markers
from cbrctl.backup.search import RUNNING
from cbrctl.backup.states import AT_WORK
from cbrctl.errors import CbrctlError, Forbidden
from cbrctl.phrases import Phrase, join

if TYPE_CHECKING:
    from cbrctl.api.client import Client

_HINDERING = ("backup", "replication", "restore", "remove_resource")
"""Types of tasks that keep a vault from being backed up (codes 1001, 6130, 2010 and 6134 of service.md 7.3)."""
_IN_USE = (*AT_WORK, "restoring", "waiting_restore", "removing")


class Running(NamedTuple):
    """A backup that the service's tasks show as running."""

    checkpoint_id: str | None
    op_id: str | None
    """The op whose marker it carries."""
    since: str | None
    progress: int | None
    resource_ids: frozenset[str]

    def __str__(self) -> str:
        """Say it to people."""
        parts = [
            Phrase("Checkpoint {id}", id=self.checkpoint_id) if self.checkpoint_id else Phrase("Another backup"),
            self.since and Phrase("since {since}", since=self.since),
            None if self.progress is None else Phrase("at {progress} %", progress=self.progress),
        ]
        return Phrase("{parts}.", parts=join(parts, ", "))


class Watch(NamedTuple):
    """One look at a vault that was busy."""

    running: Running | None
    free: bool | None
    """Whether it and what is wanted can be backed up; None where nothing that would tell may be read."""


def list_running(client: "Client", vault_id: str) -> list[Running]:
    """Return the backups of a vault that run, the newest first: those that the tasks that can be read show."""
    return _group(_list_tasks(client, vault_id)[0])


def watch(client: "Client", vault_id: str, resource_ids: Sequence[str]) -> Watch:
    """Return what reading tells of a vault and the wanted resources (none: all of it). What did not answer whole is busy."""
    tasks, trouble = _list_tasks(client, vault_id)
    answers = [
        None if isinstance(trouble, Forbidden) else trouble is None and not tasks,
        _has_idle_resources(client, vault_id, resource_ids),
        _has_no_copies(client, vault_id),
    ]
    told = [answer for answer in answers if answer is not None]
    return Watch(next(iter(_group(tasks)), None), all(told) if told else None)


def list_covered(client: "Client", running: Running) -> frozenset[str]:
    """Return the resources that a running backup covers, as far as tasks and checkpoint tell."""
    try:
        checkpoint = client.show_checkpoint(str(running.checkpoint_id))
    except CbrctlError:
        return running.resource_ids
    return running.resource_ids | {resource.id for resource in checkpoint.resources}


def _list_tasks(client: "Client", vault_id: str) -> tuple[list[Task], CbrctlError | None]:
    """Return the tasks that keep a vault from being backed up, and why these may not be all."""
    found: list[Task] = []
    trouble: CbrctlError | None = None
    for status in RUNNING:
        listing = client.list_in_vault(client.list_tasks, vault_id, status=status)
        trouble = trouble or listing.trouble
        found += [
            task
            for task in listing.rows
            if task.status in RUNNING
            and task.vault_id in (None, vault_id)
            and task.operation_type in (None, *_HINDERING)
        ]
    return found, trouble


def _group(tasks: Sequence[Task]) -> list[Running]:
    """Return what the tasks of backups belong to, a checkpoint each; those that name one first, then the newest."""
    groups: dict[str | None, list[Task]] = {}
    for task in tasks:
        if task.operation_type in (None, "backup"):
            groups.setdefault(task.checkpoint_id, []).append(task)
    found = [_sum_up(checkpoint_id, same) for checkpoint_id, same in groups.items()]
    return sorted(found, key=lambda one: (one.checkpoint_id is not None, one.since or ""), reverse=True)


def _sum_up(checkpoint_id: str | None, tasks: Sequence[Task]) -> Running:
    known = [task.progress for task in tasks if task.progress is not None]
    return Running(
        checkpoint_id=checkpoint_id,
        op_id=next((marker.op_id for task in tasks for marker in find_markers(task.copy_name)), None),
        since=min((task.started_at for task in tasks if task.started_at), default=None),
        progress=min(known, default=None),
        resource_ids=frozenset(task.resource_id for task in tasks if task.resource_id),
    )


def _has_idle_resources(client: "Client", vault_id: str, resource_ids: Sequence[str]) -> bool | None:
    try:
        vault = client.show_vault(vault_id)
    except Forbidden:
        return None
    except CbrctlError:
        return False
    wanted = [r for r in vault.resources if not resource_ids or r.id in resource_ids]
    return not vault.unread and not any(r.status in _IN_USE for r in wanted)


def _has_no_copies(client: "Client", vault_id: str) -> bool | None:
    for status in AT_WORK:
        listing = client.list_in_vault(client.list_copies, vault_id, status=status)
        if isinstance(listing.error, Forbidden):
            return None
        if not listing.is_whole or any(copy.status in AT_WORK for copy in listing.rows):
            return False
    return True
