"""`cbrctl task list` and `task show`: the service's operation logs."""

from typing import Annotated

import typer

from cbrctl.api.results import TASK_STATUSES, TASK_TYPES
from cbrctl.backup.selection import check_filter, list_of_resource, since_filter, vault_filter
from cbrctl.cli.id_types import TaskId
from cbrctl.cli.shared_options import Common, Limit, ResourceFilter, Since, StatusFilter, VaultFilter


def list_(
    context: typer.Context,
    vault: VaultFilter = None,
    resource: ResourceFilter = None,
    status: StatusFilter = None,
    type: Annotated[
        str | None, typer.Option(metavar="TYPE", help="Only of this type, like backup.", rich_help_panel="Filters")
    ] = None,
    since: Since = None,
    limit: Limit = None,
) -> int:
    """List operation logs: what ran, how far, with which error.

    Examples:
      cbrctl task list --vault vault-be94 --type backup --status running
      cbrctl task list --since 24h --status failed
    """
    common: Common = context.obj
    start_time = since_filter(since, "cbrctl task list")
    check_filter("--status", status, TASK_STATUSES, "cbrctl task list")
    check_filter("--type", type, TASK_TYPES, "cbrctl task list")
    with common.open_session() as session:
        client = session.client()
        found = list_of_resource(
            client.list_tasks, resource, None, vault_id=vault_filter(vault, client), status=status,
            operation_type=type, start_time=start_time,
        )  # fmt: skip
    from cbrctl.screen import columns

    # the service sorts no tasks: the newest of them are known when all are
    newest = sorted(found.rows, key=lambda task: task.started_at or "", reverse=True)[:limit]
    return common.screen.show_listing(columns.TASKS, found._replace(rows=tuple(newest)), limit)


def show(context: typer.Context, task_id: TaskId) -> int:
    """Show one operation log.

    Examples:
      cbrctl task show 4827f2da-b008-4507-ab7d-42d0df5ed912
      cbrctl task list --status failed -o id | head -1 | xargs -r cbrctl task show
    """
    common: Common = context.obj
    with common.open_session() as session:
        found = session.client().show_task(task_id)
    from cbrctl.screen import columns

    return common.screen.show_thing(columns.TASK, found)
