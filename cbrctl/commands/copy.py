"""`cbrctl copy list` and `copy show`: recovery copies, which the API calls backups."""

from typing import Annotated

import typer

from cbrctl.api.results import COPY_STATUSES
from cbrctl.backup.selection import check_filter, list_of_resource, since_filter, vault_filter
from cbrctl.cli.id_types import CHECKPOINT, CopyId
from cbrctl.cli.shared_options import Common, Limit, ResourceFilter, Since, StatusFilter, VaultFilter


def list_(
    context: typer.Context,
    vault: VaultFilter = None,
    checkpoint: Annotated[
        str | None,
        typer.Option(
            metavar="CHECKPOINT_ID", parser=CHECKPOINT, help="Only of this checkpoint.", rich_help_panel="Filters"
        ),
    ] = None,
    resource: ResourceFilter = None,
    status: StatusFilter = None,
    since: Since = None,
    limit: Limit = None,
) -> int:
    """List recovery copies (the API calls them backups).

    Examples:
      cbrctl copy list --vault vault-be94 --since 26h
      cbrctl copy list --resource ecs-1f0f-0002 --status available --limit 1
    """
    common: Common = context.obj
    start_time = since_filter(since, "cbrctl copy list")
    check_filter("--status", status, COPY_STATUSES, "cbrctl copy list")
    with common.open_session() as session:
        client = session.client()
        found = list_of_resource(
            client.list_copies, resource, limit, vault_id=vault_filter(vault, client), checkpoint_id=checkpoint,
            status=status, start_time=start_time, sort="created_at:desc",
        )  # fmt: skip
    from cbrctl.screen import columns

    return common.screen.show_listing(columns.COPIES, found, limit)


def show(context: typer.Context, copy_id: CopyId) -> int:
    """Show one recovery copy.

    Examples:
      cbrctl copy show 6b3de0f5-4b3a-4a4e-8c7b-0f2f4a2f7c11
      cbrctl copy list --limit 1 -o id | xargs -r cbrctl copy show
    """
    common: Common = context.obj
    with common.open_session() as session:
        found = session.client().show_copy(copy_id)
    from cbrctl.screen import columns

    held = "children", columns.CHILDREN, found.children
    return common.screen.show_thing(columns.COPY, found, parts=held)
