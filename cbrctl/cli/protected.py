"""What is protected of a selection, for the commands that look at copies: `check` and `report`."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cbrctl.cli.selection_options import (
    find_default_vault,
    read_scope,
    read_shard,
    read_vault_names,
    select_scope,
    warn_left_out,
)
from cbrctl.errors import CbrctlError, NotFound
from cbrctl.phrases import Phrase, list_names

if TYPE_CHECKING:
    from cbrctl.backup.freshness import Protected
    from cbrctl.backup.scope import Scope, Shard
    from cbrctl.backup.selection import Missing, Target
    from cbrctl.cli.shared_options import Common
    from cbrctl.screen import Screen
    from cbrctl.session import Session


class Selection(NamedTuple):
    """What the options name."""

    vaults: Sequence[str]
    resources: Sequence[str]
    scope: "Scope | None"
    shard: "Shard | None"


def read_selection(
    common: "Common",
    vault: Sequence[str] | None,
    resource: Sequence[str] | None,
    all_vaults: bool,
    tag: Sequence[str] | None,
    exclude: Sequence[str] | None,
    shard: str | None,
) -> Selection:
    """Return what the options name, or else the profile. Raises UsageError where they name nothing."""
    scope = read_scope(all_vaults, tag or (), exclude or (), vault or (), resource or ())
    share = read_shard(shard)
    vaults, _ = read_vault_names(vault or ())
    if not (vaults or resource or scope):
        vaults = find_default_vault(common)
    return Selection(vaults, resource or (), scope, share)


def list_protected(
    selection: Selection, session: "Session", screen: "Screen", note_unread: Callable[[CbrctlError], None]
) -> "list[Protected]":
    """Return what the vaults of a selection protect, or the named resources of that.

    `note_unread` is told of a vault whose resources cannot all be read. Raises why a list of vaults is not whole, and
    NotFound where something is not there, or nothing is protected.
    """
    from cbrctl.backup import newest
    from cbrctl.backup.scope import take_share
    from cbrctl.backup.selection import Missing

    targets = _find_targets(selection, session, screen)
    _need_protection(targets, selection.vaults)
    wanted: list[Protected] = []
    for one in take_share(targets, selection.shard) if selection.shard else targets:
        if isinstance(one, Missing):
            raise one.error
        unread = newest.find_unread(one)
        if unread is not None:
            note_unread(unread)
        found = newest.list_protected(one)
        if not found and unread is None:
            screen.warn("nothing-protected", vaults=one.vault_name or one.vault_id)
        wanted += found
    return wanted


def note_empty(wanted: "Sequence[Protected]", screen: "Screen") -> None:
    """Say that a share of the selection is empty, where it is."""
    if not wanted:
        screen.note(Phrase("No vault of the selection is in this shard, or none that protects anything."))


def _find_targets(selection: Selection, session: "Session", screen: "Screen") -> "list[Target | Missing]":
    from cbrctl.backup import newest
    from cbrctl.backup.selection import select

    client = session.client()
    if selection.scope:
        chosen = select_scope(selection.scope, client, screen.warn)
        return [*(newest.complete(chosen, client) if selection.scope.tags else chosen)]
    find = newest.choose_lookup(selection.vaults)
    targets = select(selection.vaults, selection.resources, details=True, client=session.client, find=find)
    return newest.leave_out_replication(targets, lambda some: warn_left_out(some, screen.warn))


def _need_protection(targets: "Sequence[Target | Missing]", named: "Sequence[str]") -> None:
    """Raise NotFound where nothing is protected: a look at nothing would find nothing wrong, for ever."""
    from cbrctl.backup.selection import Missing

    if all(
        not isinstance(one, Missing) and one.vault and not (one.vault.resources or one.vault.unread) for one in targets
    ):
        raise NotFound("nothing-protected", vaults=list_names(named or [one.asked for one in targets]))
