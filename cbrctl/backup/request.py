"""From what the user chose to the body of the POST: pure, so that a dry run is printing it (API page, tables 3 to 5).

Only what was chosen is sent; what can be chosen stands in fields.py.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cbrctl.api.models import Resource, Vault
from cbrctl.backup.fields import Choice, name_fields
from cbrctl.errors import UsageError

MOST_RESOURCES = 256
"""A vault holds no more (service.md 1)."""


class VolumeChoice(NamedTuple):
    """The volumes of one resource that are left out, or that alone are backed up."""

    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()


def build_request(vault_id: str, resource_ids: Sequence[str], choice: Choice) -> dict[str, Any]:
    """Return the value that stands under `checkpoint`. Without `resource_ids` the vault is backed up whole."""
    if len(resource_ids) > MOST_RESOURCES:
        raise UsageError("too-many-resources", count=len(resource_ids))
    return _wrap(vault_id, choice, {"resources": list(resource_ids)} if resource_ids else {})


def build_detailed_request(
    vault: Vault, resource_ids: Sequence[str], volumes: Mapping[str, VolumeChoice], choice: Choice
) -> dict[str, Any]:
    """Return the same where volumes are chosen: every wanted resource is listed with its type and its volumes.

    Raises UsageError where `volumes` names a resource that is not wanted.
    """
    wanted = [r for r in vault.resources if not resource_ids or r.id in resource_ids]
    stray = set(volumes) - {r.id for r in wanted}
    if stray:
        raise UsageError("volume-of-unwanted-resource", resource=min(stray))
    if len(wanted) > MOST_RESOURCES:
        raise UsageError("too-many-resources", count=len(wanted))
    return _wrap(vault.id, choice, {"resource_details": [_detail(r, volumes.get(r.id)) for r in wanted]})


def named_resources(request: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of the resources that a request names; none where it is for the whole vault."""
    parameters = request.get("parameters") or {}
    details = (str(detail["id"]) for detail in parameters.get("resource_details") or ())
    return (*map(str, parameters.get("resources") or ()), *details)


def _detail(resource: Resource, chosen: VolumeChoice | None) -> dict[str, Any]:
    # the vault's own setting stands where the user chose nothing: a list without it might widen the backup
    extra = {k: v for k, v in resource.extra_info.items() if k in ("include_volumes", "exclude_volumes") and v}
    if chosen and chosen.exclude:
        extra["exclude_volumes"] = list(chosen.exclude)
    if chosen and chosen.include:
        extra["include_volumes"] = [{"id": volume} for volume in chosen.include]
    return {"id": resource.id, "type": resource.type or "", "extra_info": extra}


def _wrap(vault_id: str, choice: Choice, resources: Mapping[str, Any]) -> dict[str, Any]:
    parameters = name_fields(choice) | dict(resources)
    return {"vault_id": vault_id, **({"parameters": parameters} if parameters else {})}
