"""Which vaults, and which resources of each: names become ids by exact match, since the service matches fragments.

--vault ids only, resources by id        nothing is looked up
a name, several vaults with resources,   the vaults are listed or shown
or volumes
no --vault                               the vaults that protect the resources are found
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from cbrctl.api.models import Vault
from cbrctl.api.results import Copy, Task
from cbrctl.durations import parse_since
from cbrctl.errors import CbrctlError, NotFound, UsageError
from cbrctl.ids import parse_id, parse_resource_id
from cbrctl.phrases import Phrase, join, list_names

if TYPE_CHECKING:
    from cbrctl.api.client import Client
    from cbrctl.api.listing import Listing

_RowT = TypeVar("_RowT", Copy, Task)


class Target(NamedTuple):
    """One vault to back up: its id, what is known of it, the wanted resources (none: all of it), and what is sent."""

    asked: str
    """What the user wrote."""
    vault_id: str
    vault: Vault | None = None
    resource_ids: tuple[str, ...] = ()
    request: Mapping[str, Any] = MappingProxyType({})
    """What stands under `checkpoint`, without a marker."""

    @property
    def vault_name(self) -> str | None:
        """The vault's name, where it was looked up."""
        return self.vault.name if self.vault else None

    def without(self, error: CbrctlError) -> "Missing":
        """Return that its resources could not be found."""
        return Missing(self.asked, error, self.vault_id, self.vault_name)


class Missing(NamedTuple):
    """A vault or a resource that was asked for and could not be found, and why; its id where one was given."""

    asked: str
    error: CbrctlError
    vault_id: str | None = None
    vault_name: str | None = None


def find_vault(name: str, client: "Client") -> Vault:
    """Return the vault of an id or an exact name. Raises NotFound, also where the name fits several: they are named."""
    vault_id = parse_id(name)
    if vault_id:
        return client.show_vault(vault_id)
    near = client.list_vaults(name=name).all()
    same = [v for v in near if v.name == name]
    if len(same) == 1:
        return same[0]
    if same:
        raise NotFound("vault-ambiguous", vault=name, ids=list_names(v.id for v in same))
    names = {v.name or v.id for v in near} or _find_similar(name, client)
    key = "vault-not-found-near" if names else "vault-not-found"
    raise NotFound(key, vault=name, near=list_names(sorted(names)[:3]), note=name_quotes(name))


def select(
    vaults: Sequence[str],
    resources: Sequence[str],
    *,
    details: bool,
    client: Callable[[], "Client"],
    find: "Callable[[str, Client], Vault]" = find_vault,
) -> list[Target | Missing]:
    """Return one target a vault, in the order given. `client` is only called where something must be looked up.

    `find` looks up one vault. What cannot be found is Missing; UsageError where the resources cannot be shared out.
    """
    if not vaults:
        return _find_protectors(resources, client())
    ids_only = all(map(parse_id, vaults)) and all(map(parse_id, resources))
    if ids_only and not details and (len(set(map(parse_id, vaults))) == 1 or not resources):
        wanted = tuple(dict.fromkeys(r for r in map(parse_id, resources) if r))
        return [Target(asked, vault_id, None, wanted) for vault_id, asked in _unique(vaults).items()]
    looked_up = bool(resources) or details
    targets = _merge([_find_vault(name, looked_up, client(), find) for name in vaults])
    return _share_out(targets, resources) if resources else targets


def _find_similar(name: str, client: "Client") -> set[str]:
    """Return the names of vaults that may have been meant; nothing where they cannot be listed."""
    with suppress(CbrctlError):
        return set(find_similar(name, [v.name for v in client.list_vaults().rows if v.name]))
    return set()


def find_similar(name: str, known: Sequence[str]) -> list[str]:
    """Return up to three of the known names that differ in case or in a few letters, the nearest first."""
    from difflib import get_close_matches

    plain: dict[str, str] = {}
    for one in known:
        plain.setdefault(one.casefold(), one)
    return [plain[one] for one in get_close_matches(name.strip("'\"").casefold(), plain, 3, 0.75)]


def name_quotes(name: str) -> str:
    """Return a word on quotes that a shell has left around a name."""
    quoted = len(name) > 1 and name[0] == name[-1] and name[0] in "'\""
    return Phrase("The quotes around it are part of what was given.") if quoted else ""


def _unique(names: Sequence[str]) -> dict[str, str]:
    """Ids of the vaults, each once, with what the user wrote first."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(str(parse_id(name)), name)
    return found


def _find_vault(
    name: str, looked_up: bool, client: "Client", find: "Callable[[str, Client], Vault]"
) -> Target | Missing:
    vault_id = parse_id(name)
    if vault_id and not looked_up:
        return Target(name, vault_id)
    try:
        vault = find(name, client)
    except CbrctlError as error:
        # an id stays known: the document names the vault that could not be looked up
        return Missing(name, error, vault_id, None if vault_id else name)
    return Target(name, vault.id, vault)


def _merge(targets: Sequence[Target | Missing]) -> list[Target | Missing]:
    """Make the same vault given twice, by id and by name, one."""
    merged: dict[str, Target | Missing] = {}
    for target in targets:
        merged.setdefault(target.vault_id or f"?{target.asked}", target)
    return list(merged.values())


def _share_out(targets: Sequence[Target | Missing], resources: Sequence[str]) -> list[Target | Missing]:
    """Assign each resource to the vault that holds it; each must be in exactly one, and each vault needs one."""
    shares: dict[str, list[str]] = {t.asked: [] for t in targets}
    found = [t for t in targets if isinstance(t, Target)]
    complete = len(found) == len(targets)
    for resource in resources:
        homes = [(t, ids) for t in found if (ids := ids_in(resource, t.vault))]
        if not homes and not complete:
            continue  # it may be in the vault that could not be found, whose error is told
        if not homes and len(targets) == 1 and found:
            return [found[0].without(_not_in_vault(resource, found[0]))]
        if len(homes) != 1:
            raise UsageError("resource-in-no-vault" if not homes else "resource-in-several-vaults", resource=resource)
        target, ids = homes[0]
        if len(ids) > 1:
            ambiguous = NotFound("resource-ambiguous", resource=resource, ids=list_names(ids))
            return [t.without(ambiguous) if isinstance(t, Target) and t is target else t for t in targets]
        shares[target.asked].append(ids[0])
    idle = next((t for t in found if not shares[t.asked]), None)
    if idle and complete:
        raise UsageError("vault-without-resource", vault=idle.asked)
    return [t if isinstance(t, Missing) else _take_share(t, shares[t.asked]) for t in targets]


def _take_share(target: Target, resource_ids: Sequence[str]) -> Target | Missing:
    if not resource_ids:
        return target.without(NotFound("vault-without-resource", vault=target.asked))
    return target._replace(resource_ids=tuple(dict.fromkeys(resource_ids)))


def _not_in_vault(resource: str, target: Target) -> NotFound:
    note = _tell_similar(resource, [target.vault] if target.vault else [])
    return NotFound("resource-not-in-vault", resource=resource, vault=target.asked, note=note)


def _tell_similar(resource: str, vaults: Sequence[Vault]) -> str:
    """Return a word on the resources that may have been meant."""
    near = find_similar(resource, [r.name for v in vaults for r in v.resources if r.name])
    similar = Phrase("Similar: {names}.", names=list_names(near)) if near else ""
    return join((similar, name_quotes(resource)))


def ids_in(resource: str, vault: Vault | None) -> list[str]:
    """Return the ids of the resources of a vault that are meant: by id, which may have any form, else by name."""
    if vault is None:
        return []
    wanted = parse_resource_id(resource)
    by_id = [r.id for r in vault.resources if r.id == wanted]
    return by_id or [r.id for r in vault.resources if r.name == resource and not parse_id(resource)]


def _find_protectors(resources: Sequence[str], client: "Client") -> list[Target | Missing]:
    """Find the vault of each resource; those of one vault become one target."""
    named = [r for r in resources if not parse_id(r)]
    ids = ",".join(dict.fromkeys(r for r in map(parse_id, resources) if r))
    # the filter is by id: a name, and an id of another form, need the list of all vaults
    rows = (client.list_vaults() if named else client.list_vaults(resource_ids=ids)).all()
    # a replication vault holds copies from elsewhere and cannot back anything up (6124)
    vaults = [v for v in rows if v.protect_type != "replication"]
    wanted: dict[str, list[str]] = {}
    targets: dict[str, Target | Missing] = {}
    for resource in dict.fromkeys(resources):
        homes = [(v, found) for v in vaults if (found := ids_in(resource, v))]
        pairs = [(v, one) for v, found in homes for one in found]
        if len(pairs) == 1:
            vault, resource_id = pairs[0]
            wanted.setdefault(vault.id, []).append(resource_id)
            ids_wanted = tuple(dict.fromkeys(wanted[vault.id]))
            targets[vault.id] = Target(vault.name or vault.id, vault.id, vault, ids_wanted)
            continue
        if pairs:
            places = join((Phrase("{id} in vault {vault}", id=one, vault=v.name or v.id) for v, one in pairs), ", ")
            error = NotFound("resource-ambiguous", resource=resource, ids=places)
        else:
            error = NotFound("resource-not-protected", resource=resource, note=_tell_similar(resource, vaults))
        targets[f"?{resource}"] = Missing(resource, error)
    return list(targets.values())


def vault_filter(vault: str | None, client: "Client") -> str | None:
    """Return the id that a list is narrowed by, None for all. Raises NotFound."""
    if vault is None:
        return None
    return parse_id(vault) or find_vault(vault, client).id


def list_of_resource(
    rows: "Callable[..., Listing[_RowT]]", resource: str | None, most: int | None, **query: str | None
) -> "Listing[_RowT]":
    """List copies or tasks of one resource, by id or name; of all where it is None.

    The service matches names by fragment, and an id may have any form: what names nothing is asked for as an id.
    """

    def fits(row: "_RowT") -> bool:
        return resource in (None, row.resource_name, row.resource_id) or parse_resource_id(resource) == row.resource_id

    if resource is None or parse_id(resource):
        return rows(keep=fits, most=most, resource_id=parse_id(resource), **query)
    by_name = rows(keep=fits, most=most, resource_name=resource, **query)
    if by_name.rows or by_name.error or not parse_resource_id(resource):
        return by_name
    return rows(keep=fits, most=most, resource_id=resource, **query)


def check_filter(option: str, value: str | None, known: Sequence[str], command: str) -> str | None:
    """Return the value of a filter. UsageError for one that nothing ever has: the list would be empty without a word."""
    if value is not None and value not in known:
        near = find_similar(value, known)
        meant = Phrase("Did you mean {near}?", near=near[0]) if near else ""
        reason = join((meant, Phrase("There are: {known}.", known=list_names(known))))
        raise UsageError("bad-value", option=option, value=value, reason=reason, help=f"{command} --help")
    return value


def since_filter(since: str | None, command: str) -> str | None:
    """Return `--since` of a command as the service takes it. UsageError where it is no moment."""
    moment = read_since(since, command)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def read_since(since: str | None, command: str) -> datetime | None:
    """Return the moment that `--since` of a command names. UsageError where it is none."""
    if since is None:
        return None
    try:
        return parse_since(since, datetime.now(UTC))
    except ValueError as cause:
        raise UsageError(
            "bad-value", option="--since", value=since, reason=str(cause), help=f"{command} --help"
        ) from None
