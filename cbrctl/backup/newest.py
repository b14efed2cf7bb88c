"""What `cbrctl check` and `cbrctl report` read: the vaults that are meant with what they protect, and the copies of that.

A list that is not whole gives no verdict: what it does not show may be there, and what is there may be what lacks.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from cbrctl.api.listing import Listing
from cbrctl.api.models import Vault
from cbrctl.api.results import Copy, Mark, Task
from cbrctl.backup.calendar import TELLING_TASKS, Calendar
from cbrctl.backup.freshness import Newest, Protected
from cbrctl.backup.selection import Missing, Target, find_vault
from cbrctl.durations import write_stamp
from cbrctl.errors import AuthError, CbrctlError, Forbidden, Throttled, Unreachable
from cbrctl.ids import parse_id
from cbrctl.phrases import Phrase

if TYPE_CHECKING:
    from cbrctl.api.client import Client

CopyT = TypeVar("CopyT", Copy, Mark)
RowT = TypeVar("RowT", Copy, Mark, Task)
FEW = 3
"""Vaults up to which each is asked for by itself: more of them cost fewer requests in the lists of the project."""
GIVEN_UP = 3
"""Vaults in a row whose lists are not whole, after which the others are not asked for: that takes a minute each."""


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
    """Return the resources of a vault that are wanted, as far as they can be read."""
    vault = target.vault
    if vault is None:
        raise ValueError("a vault that was not looked up")
    found = {one.id: one for one in vault.resources if not target.resource_ids or one.id in target.resource_ids}
    return [Protected(vault, resource) for resource in found.values()]


def find_unread(target: Target) -> Unreachable | None:
    """Return that the wanted resources of a vault cannot all be told; None where they can."""
    vault = target.vault
    if vault is None or not vault.unread or target.resource_ids:
        return None
    return Unreachable(
        "list-not-whole", note=Phrase("a resource of vault {vault} cannot be read", vault=vault.name or vault.id)
    )


def read_newest(client: "Client", wanted: Sequence[Protected], now: float) -> Newest:
    """Return the newest copies. Raises why a list is not whole."""
    newest = Newest(wanted, now)
    ask = partial(_read_copies, client, client.list_copies, newest.take)
    for _, trouble in _read_lists(_name_vaults(wanted), ask, newest.forget):
        raise trouble
    return newest


def read_calendars(client: "Client", wanted: Sequence[Protected], *calendars: Calendar) -> list[CbrctlError]:
    """Read copies, and the tasks of their days, into each calendar; return why lists are not whole."""
    vault_ids = _name_vaults(wanted)
    takes = [calendar.take_copy for calendar in calendars]
    troubles = []

    def take_copy(copy: Mark) -> None:
        for take in takes:
            take(copy)

    def take_task(task: Task) -> bool:
        for calendar in calendars:
            calendar.take_task(task)
        return False

    def forget() -> None:
        for calendar in calendars:
            calendar.forget()

    for vault_id, trouble in _read_lists(
        vault_ids, partial(_read_copies, client, client.list_marks, takes[0] if len(takes) == 1 else take_copy), forget
    ):
        troubles.append(trouble)
        for calendar in calendars:
            calendar.miss_copies(vault_id)
    since = write_stamp(min(calendar.days.begins[0] for calendar in calendars))
    # what is shown of a failure stands, whatever is not shown
    for vault_id, trouble in _read_lists(vault_ids, partial(_read_tasks, client, take_task, since), lambda: None):
        troubles.append(trouble)
        for calendar in calendars:
            calendar.miss_tasks(vault_id)
    return troubles


def _name_vaults(wanted: Iterable[Protected]) -> list[str]:
    return list(dict.fromkeys(one.vault.id for one in wanted))


def _read_lists(
    vault_ids: Sequence[str], ask: Callable[[str | None], CbrctlError | None], forget: Callable[[], None]
) -> Iterator[tuple[str, CbrctlError]]:
    """Read what there is of many vaults in one list of the project, else in one of each vault: `ask` gets None, or its id.

    Yields a vault whose rows may not be all, and why. Where the project's list is not whole, or may not be read, it is
    forgotten, and those of the vaults are asked for.
    """
    if len(vault_ids) > FEW:
        trouble = ask(None)
        if trouble is None:
            return
        if _is_general(trouble):
            yield from ((vault_id, trouble) for vault_id in vault_ids)
            return
        forget()
    failures = 0
    for place, vault_id in enumerate(vault_ids, 1):
        trouble = ask(vault_id)
        failures = 0 if trouble is None else failures + 1
        if trouble is None:
            continue
        yield vault_id, trouble
        if failures == GIVEN_UP or _is_general(trouble):
            yield from ((other, trouble) for other in vault_ids[place:])
            return


def _is_general(trouble: CbrctlError) -> bool:
    """Return whether a trouble is no matter of the list: another one would be refused as well."""
    return isinstance(trouble, Throttled) or (isinstance(trouble, AuthError) and not isinstance(trouble, Forbidden))


def _list(client: "Client", rows: Callable[..., Listing[RowT]], vault_id: str | None, **query: Any) -> Listing[RowT]:
    if vault_id is None:
        return rows(enterprise_project_id=None, **query)
    return client.list_in_vault(rows, vault_id, **query)


def _read_copies(
    client: "Client", rows: Callable[..., Listing[CopyT]], take: Callable[[CopyT], None], vault_id: str | None
) -> CbrctlError | None:
    """Read a list of copies to its end; return why it may not be whole.

    Clients disagree on what is listed where nothing is said of the kind (service.md 4): where no incremental copy is
    shown they are asked for.
    """
    shows_incremental = False

    def keep(copy: CopyT) -> bool:
        nonlocal shows_incremental
        if copy.vault_id is None or copy.resource_id is None or copy.status is None:
            raise ValueError("it may be a good copy of a resource that seems to have none")
        shows_incremental = shows_incremental or copy.incremental is True
        take(copy)
        return False

    trouble = _list(client, rows, vault_id, keep=keep).trouble
    if trouble is not None or shows_incremental:
        return trouble
    return _list(client, rows, vault_id, keep=keep, incremental="true").trouble


def _read_tasks(client: "Client", take: Callable[[Task], bool], since: str, vault_id: str | None) -> CbrctlError | None:
    """Read the tasks that tell what no copy does; return why they may not be all.

    Those of a vault are read in one list. Of a whole project nearly all went well, and each state is asked for by itself.
    """
    for status in (None,) if vault_id else TELLING_TASKS:
        query = {"operation_type": "backup", "start_time": since, "status": status}
        trouble = _list(client, client.list_tasks, vault_id, keep=take, **query).trouble
        if trouble is not None:
            return trouble
    return None
