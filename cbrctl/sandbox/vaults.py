"""Answers about vaults: list, show, capacity totals. Fields of service.md section 5."""

from typing import Any

from cbrctl.sandbox import instants
from cbrctl.sandbox.account import PROJECT_ID, USER_ID
from cbrctl.sandbox.calls import Call
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Answer, answer_json
from cbrctl.sandbox.filters import Filters
from cbrctl.sandbox.inventory import Resource, Vault
from cbrctl.sandbox.paging import Query, cut_page, first
from cbrctl.sandbox.refusals import ServiceRefusal

SPEC_CODES = {
    "server": "vault.backup.server.normal",
    "disk": "vault.backup.volume.normal",
    "turbo": "vault.backup.turbo.normal",
}


def list_vaults(cloud: Cloud, call: Call) -> Answer:
    """GET vaults."""
    query = call.request.query
    found = read_filters(query).choose(cloud.vaults.values())
    page = cut_page(found, query, cloud.page_limit, lambda vault: vault.id)
    return answer_json(200, page.describe("vaults", lambda vault: describe_vault(cloud, vault, call.now)))


def show_vault(cloud: Cloud, call: Call) -> Answer:
    """GET vaults/{id}."""
    vault = find_vault(cloud, call.ids["vault_id"])
    return answer_json(200, {"vault": describe_vault(cloud, vault, call.now)})


def show_summary(cloud: Cloud, call: Call) -> Answer:
    """GET vaults/summary: the total size in GB and the used size in MB."""
    size = sum(vault.size_gb for vault in cloud.vaults.values())
    used = sum(cloud.used_mb(vault, call.now) for vault in cloud.vaults.values())
    return answer_json(200, {"size": size, "used_size": used})


def find_vault(cloud: Cloud, id: str) -> Vault:
    """The vault of this id. Raises 6105."""
    vault = cloud.vaults.get(id.lower())
    if vault is None:
        raise ServiceRefusal("6105")
    return vault


def read_filters(query: Query) -> Filters[Vault]:
    """The filters of a list of vaults."""
    filters: Filters[Vault] = Filters(query)
    filters.equal("id", lambda vault: vault.id)
    filters.fragment("name", lambda vault: vault.name)
    filters.equal("status", lambda vault: vault.status)
    filters.equal("protect_type", lambda vault: vault.protect_type)
    filters.equal("object_type", lambda vault: vault.object_type)
    filters.constant("cloud_type", "public")
    filters.overlap("policy_id", lambda vault: vault.policies)
    filters.project(lambda vault: vault.enterprise_project_id)
    resource_ids = first(query, "resource_ids")
    if resource_ids is not None:
        wanted = set(resource_ids.split(","))
        filters.add(lambda vault: any(resource.id in wanted for resource in vault.resources))
    return filters


def describe_vault(cloud: Cloud, vault: Vault, now: float) -> dict[str, Any]:
    """The vault as the service writes it; recorded answers hold undocumented keys, so this one does too."""
    return {
        "id": vault.id,
        "name": vault.name,
        "description": vault.description,
        "provider_id": vault.provider_id,
        "project_id": PROJECT_ID,
        "enterprise_project_id": vault.enterprise_project_id,
        "created_at": instants.naive(vault.created),
        "updated_at": None,
        "user_id": USER_ID,
        "auto_bind": False,
        "bind_rules": {},
        "auto_expand": False,
        "smn_notify": True,
        "threshold": 80,
        "tags": [{"key": key, "value": value} for key, value in vault.tags.items()],
        "backup_name_prefix": None,
        "demand_billing": False,
        "cbc_delete_count": 0,
        "frozen": vault.status == "frozen",
        "availability_zone": None,
        "sys_lock_source_service": "",
        "supplier": None,
        "locked": False,
        "cross_account": False,
        "cross_account_urn": None,
        "resources": [describe_resource(cloud, vault, resource, now) for resource in vault.resources],
        "billing": describe_billing(cloud, vault, now),
    }


def describe_billing(cloud: Cloud, vault: Vault, now: float) -> dict[str, Any]:
    """Capacity in GB, allocated in GB, used in MB: the units really differ (service.md section 5)."""
    replication = vault.protect_type == "replication"
    return {
        "size": vault.size_gb,
        "used": cloud.used_mb(vault, now),
        "allocated": sum(resource.size_gb for resource in vault.resources),
        "charging_mode": "post_paid",
        "cloud_type": "public",
        "consistent_level": "crash_consistent",
        "object_type": vault.object_type,
        "protect_type": vault.protect_type,
        "spec_code": "vault.replication.server.normal" if replication else SPEC_CODES[vault.object_type],
        "status": vault.status,
        "storage_unit": None,
        "frozen_scene": None,
        "order_id": None,
        "product_id": None,
        "is_multi_az": False,
        "is_double_az": False,
        "partner_bp_id": None,
    }


def describe_resource(cloud: Cloud, vault: Vault, resource: Resource, now: float) -> dict[str, Any]:
    """A resource within its vault: size in GB and backup_size in MB, both numbers here."""
    stored = cloud.stored(resource.id, vault.id, now)
    return {
        "id": resource.id,
        "name": resource.name,
        "type": resource.type,
        "size": resource.size_gb,
        "backup_size": stored.mb,
        "backup_count": stored.copies,
        # Recorded replication vaults say null.
        "protect_status": None if vault.protect_type == "replication" else find_status(cloud, vault, resource, now),
        "auto_protect": False,
        "extra_info": {},
    }


def find_status(cloud: Cloud, vault: Vault, resource: Resource, now: float) -> str:
    """The protect status of a resource: that of its latest backup, `available` where there is none."""
    kept = (run for run in reversed(cloud.runs_of(resource.id, vault.id)) if not run.deleted)
    latest = next(kept, None)
    return latest.look(now).protect_status if latest else "available"
