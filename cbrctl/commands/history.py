"""`cbrctl history` and `history show`: what this machine submitted, from its journal. No service is asked."""

from collections.abc import Callable
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import typer

from cbrctl.backup.selection import read_since
from cbrctl.cli.id_types import OpId
from cbrctl.cli.shared_options import Common, Limit, Since, VaultFilter
from cbrctl.errors import NotFound
from cbrctl.ids import parse_id
from cbrctl.phrases import Phrase

if TYPE_CHECKING:
    from cbrctl.backup.journal import Journal
    from cbrctl.backup.record import Backup

_Found = TypeVar("_Found")


def history(context: typer.Context, vault: VaultFilter = None, since: Since = None, limit: Limit = None) -> int:
    """List what this machine submitted, and how each ended.

    The newest stands first. It is read from the journal on this machine, and no service is asked: cbrctl resume finds
    out what became of those that are open.

    Examples:
      cbrctl history --vault vault-be94 --since 7d
      cbrctl history --limit 1
    """
    common: Common = context.obj
    moment = read_since(since, "cbrctl history")
    start = moment.timestamp() if moment else 0.0
    wanted = parse_id(vault)

    def fits(backup: "Backup") -> bool:
        return vault is None or (backup.vault_id == wanted if wanted else backup.vault_name == vault)

    backups = _read(lambda journal: list(islice(filter(fits, journal.all_backups(start)), limit))) or []
    from cbrctl.screen import own_columns

    if not backups and (vault or since):
        common.screen.note(Phrase("No backup that this machine submitted matches."))
    elif not backups:
        common.screen.note(Phrase("This machine has submitted no backup yet."))
    return common.screen.show_list(own_columns.HISTORY, backups)


def show(context: typer.Context, op_id: OpId) -> int:
    """Show one backup that this machine submitted, with its request.

    Examples:
      cbrctl history show 6N7X0K3B1QZ2M4D5F8GHJVRSTW
      cbrctl history -o id | head -1 | xargs -r cbrctl history show
    """
    common: Common = context.obj
    backup = _read(lambda journal: journal.find(op_id))
    if backup is None:
        raise NotFound("op-not-found", value=op_id)
    from cbrctl.screen import own_columns

    return common.screen.show_thing(own_columns.OP, backup)


def _read(ask: "Callable[[Journal], _Found]") -> _Found | None:
    """Ask the journal; None where there is none, and none is made: who only looks leaves nothing behind."""
    from cbrctl.config.folders import folder, has_journal

    place = folder("state")
    if not has_journal(place):
        return None
    from cbrctl.backup.journal import Journal

    with closing(Journal(place)) as journal:
        return ask(journal)
