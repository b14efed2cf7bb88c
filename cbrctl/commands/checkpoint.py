"""`cbrctl checkpoint show`."""

from typing import Annotated

import typer

from cbrctl.errors import UsageError
from cbrctl.ids import parse_id
from cbrctl.options import Common


def show(
    context: typer.Context,
    checkpoint_id: Annotated[str, typer.Argument(metavar="CHECKPOINT_ID", help="The checkpoint's id.")],
) -> int:
    """Show one restore point.

    Examples:
      cbrctl checkpoint show 8b0851a8-adf3-4f4c-a914-dead08bf9664
    """
    common: Common = context.obj
    found_id = parse_id(checkpoint_id)
    if found_id is None:
        raise UsageError("bad-id", value=checkpoint_id, thing="checkpoint", command="cbrctl copy list")
    with common.open_session() as session:
        found = session.client().show_checkpoint(found_id)
    from cbrctl import tables

    held = "resources", tables.RESOURCES, found.resources
    return common.screen.show_thing("checkpoint", tables.checkpoint_json(found), tables.CHECKPOINT, found, parts=held)
