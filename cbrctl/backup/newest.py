"""What `cbrctl check` reads: the vaults that are meant with what they protect, and the newest copy of each resource.

A list that is not whole gives no verdict: what it does not show may be there, and what is there may be what lacks.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from cbrctl.api.listing import Listing
from cbrctl.api.models import Vault
from cbrctl.api.results import Copy
from cbrctl.backup.freshness import Newest, Protected
from cbrctl.backup.selection import Missing, Target, find_vault
from cbrctl.errors import AuthError, CbrctlError, Forbidden, Throttled, Unreachable
from cbrctl.ids import parse_id
from cbrctl.phrases import Phrase

if TYPE_CHECKING:
    from cbrctl.api.client import Client

FEW = 3
"""Vaults up to which each is asked for by itself: more of them cost fewer requests in the lists of the project."""


def choose_lookup(names: Sequence[str]) -> "Callable[[str, Client], Vault]":
    """Return how vaults are looked up by id or name: few of them one by one, many in one list."""
    return find_vault if len(set(names)) <= FEW else VaultList().find


class VaultList:
    """Vaults in one list of all. What does not stand there by itself is looked up alone."""

    def __init__(self) -> None:
        self._listing: Listing[Vault] | None = None
        self._vaults: dict[str | None, list[Vault]] = defaultdict(list)

    def find(self, name: str, client: "Client") -> Vault:
        """Return the vault of an id or an exact name. Raises why the service does not list them, and as `find_vault`."""
        if self._listing is None:
            self._listing = client.list_vaults()
            for vault in self._listing.rows:
                self._vaults[vault.id].append(vault)
                self._vaults[vault.name].append(vault)
        error = self._listing.error
        if error is not None and not isinstance(error, Forbidden):
            raise error  # one by one it would fail as often as there are names
        vault_id = parse_id(name)
        same = self._vaults.get(vault_id or name, [])
        # in a list that is not whole another of the same name may be missing
        return same[0] if len(same) == 1 and (vault_id or self._listing.is_whole) else find_vault(name, client)


def complete(targets: Iterable[Target], client: "Client") -> list[Target]:
    """Return the targets of a search, with what they protect read from the list of vaults where the search shows nothing.

    Whether a search tells of resources nobody could establish (service.md 5).
    """
    vaults = VaultList()
    return [
        one if one.vault and one.vault.resources else one._replace(vault=vaults.find(one.vault_id, client))
        for one in targets
    ]


def leave_out_replication(
    targets: Sequence[Target | Missing], told: Callable[[list[Vault]], None]
) -> list[Target | Missing]:
    """Return the targets without vaults of replication, which are `told`: they cannot back anything up (6124)."""
    left_out = [one.vault for one in targets if isinstance(one, Target) and one.vault and _is_replica(one.vault)]
    told(left_out)
    return [one for one in targets if isinstance(one, Missing) or one.vault not in left_out]


def _is_replica(vault: Vault) -> bool:
    return vault.protect_type == "replication"


def list_protected(target: Target) -> list[Protected]:
    """Return the resources of a vault that are wanted. Raises Unreachable where they cannot all be told."""
    vault = target.vault
    if vault is None:
        raise ValueError("a vault that was not looked up")
    if vault.unread and not target.resource_ids:
        raise Unreachable(
            "list-not-whole", note=Phrase("a resource of vault {vault} cannot be read", vault=vault.name or vault.id)
        )
    found = {one.id: one for one in vault.resources if not target.resource_ids or one.id in target.resource_ids}
    return [Protected(vault, resource) for resource in found.values()]


def read_newest(client: "Client", wanted: Sequence[Protected], now: float) -> Newest:
    """Return the newest copies: of many vaults in one pass over the project's list, else in the list of each vault.

    Raises why a list is not whole. Where the project's is not, or may not be read, those of the vaults are asked.
    """
    vault_ids = dict.fromkeys(one.vault.id for one in wanted)
    if len(vault_ids) > FEW:
        newest = Newest(wanted, now)
        trouble = _read(newest, partial(client.list_copies, enterprise_project_id=None))
        if trouble is None:
            return newest
        if isinstance(trouble, Throttled) or (isinstance(trouble, AuthError) and not isinstance(trouble, Forbidden)):
            raise trouble  # it is no matter of the list
    newest = Newest(wanted, now)
    for vault_id in vault_ids:
        trouble = _read(newest, partial(client.list_in_vault, client.list_copies, vault_id))
        if trouble is not None:
            raise trouble
    return newest


def _read(newest: Newest, ask: Callable[..., Listing[Copy]]) -> CbrctlError | None:
    """Read a list of copies to its end; return why it may not be whole.

    Clients disagree on what is listed where nothing is said of the kind (service.md 4): where no incremental copy is
    shown they are asked for.
    """
    shows_incremental = False

    def take(copy: Copy) -> bool:
        nonlocal shows_incremental
        shows_incremental = shows_incremental or copy.incremental is True
        newest.take(copy)
        return False

    trouble = ask(keep=take).trouble
    if trouble is not None or shows_incremental:
        return trouble
    return ask(keep=take, incremental="true").trouble
