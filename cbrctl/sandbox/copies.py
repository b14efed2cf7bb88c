"""Answers about copies, which the service calls backups: list, show, delete. Fields of service.md section 4."""

from typing import Any
from uuid import uuid4

from cbrctl.sandbox import instants
from cbrctl.sandbox.account import PROJECT_ID
from cbrctl.sandbox.calls import Call
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Answer, answer_json
from cbrctl.sandbox.holdings import Held
from cbrctl.sandbox.inventory import SERVER, VOLUME
from cbrctl.sandbox.paging import (
    Query,
    contains,
    cut_page,
    equals,
    first,
    in_enterprise_project,
    read_flag,
    sort_rows,
    within_times,
)
from cbrctl.sandbox.refusals import ServiceRefusal
from cbrctl.sandbox.runs import Checkpoint, Run

SORT_KEYS = ("id", "name", "status", "created_at", "updated_at", "protected_at")
AVAILABILITY_ZONE = "cn-north-4a"


def list_copies(cloud: Cloud, call: Call) -> Answer:
    """GET backups; created_at:desc unless `sort` says otherwise. A copy exists once its resource stops waiting."""
    query = call.request.query
    rows = [
        describe_copy(checkpoint, run, call.now)
        for checkpoint, run in cloud.iterate_runs()
        if not run.deleted and run.running_at <= call.horizon and matches(checkpoint, run, query, call.now)
    ]
    rows = sort_rows(rows, first(query, "sort") or "created_at:desc", SORT_KEYS)
    return answer_json(200, cut_page(rows, query, cloud.page_limit).describe("backups"))


def show_copy(cloud: Cloud, call: Call) -> Answer:
    """GET backups/{id}. Raises 6200."""
    checkpoint, run = find_copy(cloud, call)
    return answer_json(200, {"backup": describe_copy(checkpoint, run, call.now)})


def delete_copy(cloud: Cloud, call: Call) -> Answer:
    """DELETE backups/{id}: recorded as 200 with {} (documented: 204), and as an operation log.

    Raises 6200, and 6201 while it is being made.
    """
    held = find_copy(cloud, call)
    if not held.run.look(call.now).ended:
        raise ServiceRefusal("6201")
    cloud.checkpoints.delete_copy(held, call.now, str(uuid4()))
    return answer_json(200, {})


def find_copy(cloud: Cloud, call: Call) -> Held:
    """The copy of the id in the path. Raises 6200."""
    held = cloud.checkpoints.find_copy(call.ids["backup_id"].lower())
    if held is None or held.run.deleted or held.run.running_at > call.horizon:
        raise ServiceRefusal("6200")
    return held


def matches(checkpoint: Checkpoint, run: Run, query: Query, now: float) -> bool:
    """Whether a copy passes every filter of the query; filters that are not known are ignored."""
    incremental = read_flag(query, "incremental")
    return (
        equals(query, "checkpoint_id", checkpoint.id)
        and equals(query, "vault_id", checkpoint.vault.id)
        and equals(query, "resource_id", run.resource.id)
        and contains(query, "resource_name", run.resource.name)
        and equals(query, "resource_type", run.resource.type)
        and equals(query, "resource_az", AVAILABILITY_ZONE)
        and contains(query, "name", run.copy_name)
        and equals(query, "image_type", "backup")
        and equals(query, "status", run.look(now).protect_status)
        and equals(query, "parent_id", None)
        and equals(query, "own_type", "private", "all_granted")
        and incremental in (None, run.incremental)
        and in_enterprise_project(query, checkpoint.vault.enterprise_project_id)
        and within_times(query, run.running_at)
    )


def describe_copy(checkpoint: Checkpoint, run: Run, now: float) -> dict[str, Any]:
    """The copy as recorded answers show it: numbers and booleans are real ones here, much is null."""
    moment = run.look(now)
    is_disk = run.resource.type == VOLUME
    ends_at = run.ends_at if moment.ended else None
    keeps = checkpoint.retention_days > 0 and ends_at is not None
    return {
        "id": run.copy_id,
        "name": run.copy_name,
        "description": checkpoint.description,
        "status": moment.protect_status,
        "checkpoint_id": checkpoint.id,
        "vault_id": checkpoint.vault.id,
        "project_id": PROJECT_ID,
        "enterprise_project_id": checkpoint.vault.enterprise_project_id,
        "provider_id": run.resource.provider_id,
        "resource_id": run.resource.id,
        "resource_name": run.resource.name,
        "resource_type": run.resource.type,
        "resource_az": AVAILABILITY_ZONE,
        "resource_size": run.resource.size_gb,
        "image_type": "backup",
        "incremental": run.incremental,
        "parent_id": None,
        "children": [],
        "created_at": instants.naive(run.running_at),
        "updated_at": instants.naive(ends_at or now),
        "protected_at": instants.naive(ends_at) if ends_at and not is_disk else None,
        "expired_at": instants.naive(ends_at + checkpoint.retention_days * 86400) if keeps and ends_at else None,
        "scheduled_operation_id": checkpoint.policy_id,
        "version": 3,
        "replication_records": [],
        "extend_info": describe_extension(checkpoint, run, now),
    }


def describe_extension(checkpoint: Checkpoint, run: Run, now: float) -> dict[str, Any]:
    """The copy's extend_info; its progress is null for servers and counts only for disks."""
    is_server = run.resource.type == SERVER
    return {
        "auto_trigger": checkpoint.auto_trigger,
        "bootable": is_server,
        "os_images_data": None,
        "progress": run.look(now).progress if run.resource.type == VOLUME else None,
        "snapshot_id": None,
        "support_lld": True,
        "supported_restore_mode": "backup",
        "system_disk": False,
        "is_multi_az": False,
        "encrypted": False,
        "encrypted_algorithm": None,
        "is_dec": False,
        "app_consistency": {
            "app_consistency": "0",
            "app_consistency_status": "0",
            "app_consistency_error_code": "0",
            "app_consistency_error_message": "",
        }
        if is_server
        else None,
        "contain_system_disk": is_server,
        "architecture": "x86_64" if is_server else None,
    }
