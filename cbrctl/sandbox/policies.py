"""Answers about policies, which start backups by themselves: list, show. Fields of service.md section 6."""

from typing import Any

from cbrctl.sandbox.calls import Call
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Answer, answer_json
from cbrctl.sandbox.filters import Filters
from cbrctl.sandbox.inventory import Policy
from cbrctl.sandbox.paging import cut_page
from cbrctl.sandbox.refusals import ServiceRefusal


def list_policies(cloud: Cloud, call: Call) -> Answer:
    """GET policies, those of a vault or of a kind of operation where one is given."""
    query = call.request.query
    filters: Filters[Policy] = Filters(query)
    filters.constant("operation_type", "backup")
    filters.overlap("vault_id", lambda policy: find_vaults(cloud, policy))
    page = cut_page(filters.choose(cloud.policies.values()), query, cloud.page_limit, lambda policy: policy.id)
    rows = [describe_policy(cloud, policy) for policy in page.rows]
    return answer_json(200, {"policies": rows, "count": page.count})


def show_policy(cloud: Cloud, call: Call) -> Answer:
    """GET policies/{id}. Raises 6000."""
    policy = cloud.policies.get(call.ids["policy_id"].lower())
    if policy is None:
        raise ServiceRefusal("6000")
    return answer_json(200, {"policy": describe_policy(cloud, policy)})


def find_vaults(cloud: Cloud, policy: Policy) -> list[str]:
    """The ids of the vaults that a policy backs up."""
    return [vault.id for vault in cloud.vaults.values() if policy.id in vault.policies]


def describe_policy(cloud: Cloud, policy: Policy) -> dict[str, Any]:
    """A policy that keeps all copies; the practice cloud never starts one by itself."""
    return {
        "id": policy.id,
        "name": policy.name,
        "enabled": policy.enabled,
        "operation_type": "backup",
        "policy_type": "backup",
        "operation_definition": {
            "max_backups": -1,
            "retention_duration_days": -1,
            "day_backups": 0,
            "week_backups": 0,
            "month_backups": 0,
            "year_backups": 0,
            "timezone": "UTC+08:00",
            "full_backup_interval": -1,
        },
        "trigger": {
            "id": policy.id,
            "name": "default",
            "type": "time",
            "properties": {"pattern": list(policy.pattern), "start_time": "2019-05-01 00:00:00"},
        },
        "associated_vaults": [{"vault_id": id, "destination_vault_id": None} for id in find_vaults(cloud, policy)],
    }
