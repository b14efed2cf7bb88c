"""Answers about what resources take of their vaults: storage_usage (service.md section 0)."""

from typing import Any

from cbrctl.sandbox.calls import Call
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Answer, answer_json
from cbrctl.sandbox.filters import Filters
from cbrctl.sandbox.inventory import Resource, Vault
from cbrctl.sandbox.paging import MAX_LIMIT, read_number


def show_usage(cloud: Cloud, call: Call) -> Answer:
    """GET storage_usage: the copies of each resource and their size in MB."""
    query = call.request.query
    filters: Filters[tuple[Vault, Resource]] = Filters(query)
    filters.equal("resource_id", lambda bound: bound[1].id)
    filters.equal("resource_type", lambda bound: bound[1].type)
    found = filters.choose((vault, resource) for vault in cloud.vaults.values() for resource in vault.resources)
    limit = min(read_number(query, "limit", MAX_LIMIT, 1, MAX_LIMIT), cloud.page_limit)
    offset = read_number(query, "offset", 0, 0, 2**31)
    rows = [describe_usage(cloud, vault, resource, call.now) for vault, resource in found[offset : offset + limit]]
    return answer_json(200, {"storage_usage": rows, "resource_count": len(found)})


def describe_usage(cloud: Cloud, vault: Vault, resource: Resource, now: float) -> dict[str, Any]:
    """One resource; `backup_size_multiaz` is 0, since no vault here is of several zones."""
    stored = cloud.stored(resource.id, vault.id, now)
    return {
        "resource_id": resource.id,
        "resource_name": resource.name,
        "resource_type": resource.type,
        "backup_count": stored.copies,
        "backup_size": stored.mb,
        "backup_size_multiaz": 0,
    }
