"""Answers about what resources take of their vaults: storage_usage (service.md section 0)."""

from typing import Any

from cbrctl.sandbox.calls import Call
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Answer, answer_json
from cbrctl.sandbox.inventory import Resource, Vault
from cbrctl.sandbox.paging import MAX_LIMIT, equals, read_number


def show_usage(cloud: Cloud, call: Call) -> Answer:
    """GET storage_usage: the copies of each resource and their size in MB."""
    query = call.request.query
    rows = [
        describe_usage(cloud, vault, resource, call.now)
        for vault in cloud.vaults.values()
        for resource in vault.resources
        if equals(query, "resource_id", resource.id) and equals(query, "resource_type", resource.type)
    ]
    limit = min(read_number(query, "limit", MAX_LIMIT, 1, MAX_LIMIT), cloud.page_limit)
    offset = read_number(query, "offset", 0, 0, 2**31)
    return answer_json(200, {"storage_usage": rows[offset : offset + limit], "resource_count": len(rows)})


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
