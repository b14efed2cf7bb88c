"""`cbrctl checkpoint show`."""

from contextlib import suppress
from typing import TYPE_CHECKING

import typer

from cbrctl.cli.id_types import CheckpointId
from cbrctl.cli.shared_options import Common
from cbrctl.errors import LocalState

if TYPE_CHECKING:
    from cbrctl.api.models import Skipped


def _recall_skipped(checkpoint_id: str) -> "tuple[Skipped, ...] | None":
    """Return what the service skipped, as this machine's journal has it; None where it does not: nothing else tells it."""
    from cbrctl.commands.history import read_journal

    with suppress(LocalState):
        backup = read_journal(lambda journal: journal.find_checkpoint(checkpoint_id))
        return backup.verdict.skipped if backup else None
    return None


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
        if found.skipped is None and not common.sandbox:
            found = found._replace(skipped=_recall_skipped(found.id))
    from cbrctl.messages.error_text import tell
    from cbrctl.screen import columns, items

    if tasks.trouble is not None:
        said = tell(tasks.trouble)
        common.screen.warn("progress-not-seen", why=said.what, fix=said.fix)
    parts = items.pair_with_tasks(found.resources, tasks.rows)
    held = "resources", columns.PARTS, parts
    return common.screen.show_thing(columns.view_checkpoint(parts), found, parts=held)
