"""`cbrctl vault list` and `vault show`."""

from typing import Annotated

import typer

from cbrctl.cli.shared_options import Common


def list_(context: typer.Context) -> int:
    """List vaults, with size, used, status and resources.

    Examples:
      cbrctl vault list
      cbrctl vault list -o json
      cbrctl vault list | cbrctl backup --vault -
    """
    common: Common = context.obj
    with common.open_session() as session:
        found = session.client().list_vaults()
    from cbrctl.screen import columns

    return common.screen.show_listing(columns.VAULTS, found)


def show(
    context: typer.Context, vault: Annotated[str, typer.Argument(metavar="VAULT", help="Vault by id or name.")]
) -> int:
    """Show one vault and what it protects.

    Examples:
      cbrctl vault show vault-be94
      cbrctl vault show vault-be94 -o json
    """
    common: Common = context.obj
    from cbrctl.backup.selection import find_vault

    with common.open_session() as session:
        found = find_vault(vault, session.client())
    from cbrctl.screen import columns

    held = "resources", columns.RESOURCES, found.resources
    return common.screen.show_thing(columns.VAULT, found, parts=held)
