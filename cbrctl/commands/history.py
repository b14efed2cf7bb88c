"""`cbrctl history` and `history show`: what this machine submitted, from its journal. No service is asked."""

from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from cbrctl.errors import NotFound, UsageError
from cbrctl.ids import parse_id, parse_op_id
from cbrctl.options import Common, Limit, Since, VaultFilter
from cbrctl.selection import read_since

if TYPE_CHECKING:
    from cbrctl.journal import Journal

_Found = TypeVar("_Found")


def history(context: typer.Context, vault: VaultFilter = None, since: Since = None, limit: Limit = None) -> int:
    """List what this machine submitted, and how each ended.

    The newest stands first. It is read from the journal on this machine, and no service is asked: cbrctl resume finds
    out what became of those that are open.

    Examples:
      cbrctl history --vault vault-be94 --since 7d
      cbrctl history --limit 1 -o json
    """
    common: Common = context.obj
    moment = read_since(since, "cbrctl history")
    start = moment.timestamp() if moment else 0.0
    wanted = parse_id(vault)
    found = _read(lambda journal: journal.all_ops(start)) or []
    ops = [op for op in found if vault is None or (op.vault_id == wanted if wanted else op.vault_name == vault)][:limit]
    from cbrctl import tables

    return common.screen.show_list("history", tables.HISTORY, ops, [tables.item_json(op) for op in ops], id="op_id")


def show(context: typer.Context, op_id: Annotated[str, typer.Argument(metavar="OP_ID", help="The op's id.")]) -> int:
    """Show one backup that this machine submitted, with its request.

    Examples:
      cbrctl history -o id | head -1 | xargs cbrctl history show
    """
    common: Common = context.obj
    wanted = parse_op_id(op_id)
    if wanted is None:
        raise UsageError("bad-op-id", value=op_id)
    op = _read(lambda journal: journal.find(wanted))
    if op is None:
        raise NotFound("op-not-found", value=wanted)
    from cbrctl import tables

    return common.screen.show_thing("op", tables.op_json(op), tables.OP, op, id="op_id")


def _read(ask: "Callable[[Journal], _Found]") -> _Found | None:
    """Ask the journal; None where there is none, and none is made: who only looks leaves nothing behind."""
    from cbrctl.settings import folder

    place = folder("state")
    try:
        (place / "journal.db").lstat()
    except FileNotFoundError:
        return None
    except OSError:
        pass  # why it cannot be read is said by the journal
    from cbrctl.journal import Journal

    with closing(Journal(place)) as journal:
        return ask(journal)
