"""`cbrctl checkpoint show`."""

import typer

from cbrctl.cli.id_types import CheckpointId
from cbrctl.cli.shared_options import Common


def show(context: typer.Context, checkpoint_id: CheckpointId) -> int:
    """Show one restore point, and how far each resource is.

    Examples:
      cbrctl checkpoint show 8b0851a8-adf3-4f4c-a914-dead08bf9664
      cbrctl checkpoint show 8b0851a8-adf3-4f4c-a914-dead08bf9664 -o json
    """
    common: Common = context.obj
    from cbrctl.backup.observer import list_tasks_of

    with common.open_session() as session:
        client = session.client()
        found = client.show_checkpoint(checkpoint_id)
        tasks = list_tasks_of(client, found.id, found.vault_id, found.created_at)
        if found.skipped is None:  # only the answer to the request that started it names them
            sent = session.existing_journal().find_checkpoint(found.id)
            found = found._replace(skipped=sent.verdict.skipped if sent else None)
    from cbrctl.messages.error_text import tell
    from cbrctl.screen import columns, items

    if tasks.trouble is not None:
        said = tell(tasks.trouble)
        common.screen.warn("progress-not-seen", why=said.what, fix=said.fix)
    parts = items.pair_with_tasks(found.resources, tasks.rows)
    held = "resources", columns.PARTS, parts
    return common.screen.show_thing(columns.view_checkpoint(parts), found, parts=held)
