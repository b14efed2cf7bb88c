"""Answers about what could be protected (api.md section 6): simple, for clients that look before they bind."""

from typing import Any

from cbrctl.sandbox.calls import Call
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Answer, answer_json
from cbrctl.sandbox.inventory import OBJECT_TYPES, Resource, Vault
from cbrctl.sandbox.listing import contains, cut_page, equals
from cbrctl.sandbox.refusals import ServiceRefusal

KINDS = ("server", "disk")
MAX_LIMIT = 50


def list_protectables(cloud: Cloud, call: Call) -> Answer:
    """GET protectables/{server|disk}/instances; a page holds at most 50. Raises 9900 for another kind."""
    kind = call.ids["kind"]
    if kind not in KINDS:
        raise ServiceRefusal("9900", "[protectable_type]")
    query = call.request.query
    rows = [
        describe_instance(resource, vault)
        for vault in cloud.vaults.values()
        for resource in vault.resources
        if OBJECT_TYPES.get(resource.type) == kind
        and contains(query, "name", resource.name)
        and equals(query, "id", resource.id)
    ]
    page = cut_page(rows, query, min(cloud.page_limit, MAX_LIMIT))
    return answer_json(200, {"instances": page.rows, "count": page.count})


def describe_instance(resource: Resource, vault: Vault) -> dict[str, Any]:
    """A server or disk; all of the practice cloud's are bound to a vault already."""
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
