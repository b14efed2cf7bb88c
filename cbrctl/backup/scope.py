"""Which vaults of a project a run is for: all of them or those that carry tags, without the excluded; and a shard's share.

A list that is not whole is an error: a smaller fleet would be a backup that silently did not happen.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from cbrctl.backup.selection import Missing, Target, find_vault
from cbrctl.errors import NotFound
from cbrctl.phrases import Phrase

if TYPE_CHECKING:
    from cbrctl.api.client import Client
    from cbrctl.api.models import Vault


class Scope(NamedTuple):
    """The vaults of the project that are meant."""

    tags: Mapping[str, str]
    """All of which a vault must carry; none: every vault."""
    exclude: Sequence[str] = ()
    """By id or name."""


class Shard(NamedTuple):
    """One of so many shares of a selection, counted from 0."""

    number: int
    total: int


OneT = TypeVar("OneT", bound=Target | Missing)


def select_scope(scope: Scope, client: "Client") -> tuple[list[Target], list["Vault"]]:
    """Return a target a vault, and the vaults that are left out: those of replication cannot back anything up (6124).

    Raises why the list is not whole; NotFound where nothing is left, or where there is no such vault as was excluded.
    """
    found = (client.search_vaults(scope.tags) if scope.tags else client.list_vaults()).all()
    unwanted = {_find_excluded(name, found, client) for name in scope.exclude}
    wanted = [vault for vault in found if vault.id not in unwanted]
    left_out = [vault for vault in wanted if vault.protect_type == "replication"]
    targets = [Target(vault.name or vault.id, vault.id, vault) for vault in wanted if vault not in left_out]
    if not targets:
        tags = " and ".join(f"{key}={value}" for key, value in scope.tags.items())
        raise NotFound("empty-selection", note=Phrase("Tags: {tags}.", tags=tags) if tags else "")
    return targets, left_out


def _find_excluded(name: str, found: Sequence["Vault"], client: "Client") -> str:
    """Return the id of an excluded vault. A name that has a slip would back up what was meant to be left out."""
    same = [vault.id for vault in found if name in (vault.id, vault.name)]
    return same[0] if len(same) == 1 else find_vault(name, client).id


def take_share(targets: Sequence[OneT], shard: Shard) -> list[OneT]:
    """Return the targets of a shard: each is in exactly one, and another number of shards moves as few as can be.

    Every shard draws a number for a vault, and the highest takes it (rendezvous hashing). One whose id is not known is every
    shard's: another may know it, and leave it to this one.
    """
    return [one for one in targets if one.vault_id is None or _choose(one.vault_id, shard.total) == shard.number]


def _choose(vault_id: str, total: int) -> int:
    return max(range(total), key=lambda number: blake2b(f"{number}/{vault_id}".encode(), digest_size=8).digest())
