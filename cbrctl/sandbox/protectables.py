"""Answers about what could be protected (service.md section 6): simple, for clients that look before they bind."""

from collections.abc import Iterator
from typing import Any

from cbrctl.sandbox.calls import Call
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Answer, answer_json
from cbrctl.sandbox.filters import Filters
from cbrctl.sandbox.inventory import OBJECT_TYPES, Resource, Vault
from cbrctl.sandbox.paging import cut_page
from cbrctl.sandbox.refusals import ServiceRefusal

KINDS = ("server", "disk", "turbo", "workspace", "workspace_v2")
MAX_LIMIT = 50


def list_protectables(cloud: Cloud, call: Call) -> Answer:
    """GET protectables/{kind}/instances; a page holds at most 50. Raises 9900 for a kind that there is not."""
    query = call.request.query
    filters: Filters[tuple[Resource, Vault]] = Filters(query)
    filters.equal("id", lambda bound: bound[0].id)
    filters.fragment("name", lambda bound: bound[0].name)
    filters.constant("status", "ACTIVE")
    found = filters.choose(find_instances(cloud, call.ids["kind"]))
    page = cut_page(found, query, min(cloud.page_limit, MAX_LIMIT), lambda bound: bound[0].id)
    return answer_json(200, {"instances": [describe_instance(*bound) for bound in page.rows], "count": page.count})


def show_protectable(cloud: Cloud, call: Call) -> Answer:
    """GET protectables/{kind}/instances/{id}. Raises 9900 for a kind that there is not, 6302 for no such resource."""
    for resource, vault in find_instances(cloud, call.ids["kind"]):
        if resource.id == call.ids["instance_id"].lower():
            return answer_json(200, {"instance": describe_instance(resource, vault)})
    raise ServiceRefusal("6302")


def find_instances(cloud: Cloud, kind: str) -> Iterator[tuple[Resource, Vault]]:
    """Return the resources of a kind with their vaults. Raises 9900 for a kind that there is not."""
    if kind not in KINDS:
        raise ServiceRefusal("9900", "[protectable_type]")
    for vault in cloud.vaults.values():
        for resource in vault.resources:
            if OBJECT_TYPES.get(resource.type) == kind:
                yield resource, vault


def describe_instance(resource: Resource, vault: Vault) -> dict[str, Any]:
    """A server, disk or file system; all of the practice cloud's are bound to a vault already."""
    return {
        "id": resource.id,
        "name": resource.name,
        "type": resource.type,
        "size": resource.size_gb,
        "status": "ACTIVE",
        "children": [],
        "detail": {},
        "protectable": {
            "result": True,
            "code": None,
            "reason": None,
            "message": None,
            "vault": {"id": vault.id, "name": vault.name},
        },
    }
