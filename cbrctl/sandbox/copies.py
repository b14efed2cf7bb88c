"""Answers about copies, which the service calls backups: list, show, delete. Fields of service.md section 4."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from cbrctl.sandbox import instants
from cbrctl.sandbox.account import PROJECT_ID
from cbrctl.sandbox.calls import Call
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Answer, answer_json
from cbrctl.sandbox.filters import Filters
from cbrctl.sandbox.holdings import Held
from cbrctl.sandbox.inventory import SERVER, VOLUME
from cbrctl.sandbox.paging import Query, cut_page, first, sort_rows
from cbrctl.sandbox.refusals import ServiceRefusal
from cbrctl.sandbox.runs import Checkpoint, Run

AVAILABILITY_ZONE = "cn-north-4a"


def list_copies(cloud: Cloud, call: Call) -> Answer:
    """GET backups; created_at:desc unless `sort` says otherwise. A copy exists once its resource stops waiting."""
    query = call.request.query
    filters = read_filters(query, call.now)
    held = cloud.checkpoints.iterate(query.get("checkpoint_id"), query.get("vault_id"), filters.since)
    copies = (copy for copy in held if not copy.run.deleted and copy.run.running_at <= call.horizon)
    found = sort_rows(filters.choose(copies), first(query, "sort") or "created_at:desc", sort_keys(call.now))
    page = cut_page(found, query, cloud.page_limit, lambda copy: copy.run.copy_id)
    return answer_json(200, page.describe("backups", lambda copy: describe_copy(*copy, call.now)))


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


def read_filters(query: Query, now: float) -> Filters[Held]:
    """The filters of a list of copies. Raises 9900 for a value that cannot be read."""
    filters: Filters[Held] = Filters(query)
    filters.flag("incremental", lambda held: held.run.incremental)
    filters.times(lambda held: held.run.running_at)
    filters.equal("checkpoint_id", lambda held: held.checkpoint.id)
    filters.equal("vault_id", lambda held: held.checkpoint.vault.id)
    filters.equal("resource_id", lambda held: held.run.resource.id)
    filters.fragment("resource_name", lambda held: held.run.resource.name)
    filters.equal("resource_type", lambda held: held.run.resource.type)
    filters.constant("resource_az", AVAILABILITY_ZONE)
    filters.fragment("name", lambda held: held.run.copy_name)
    filters.constant("image_type", "backup")
    filters.equal("status", lambda held: held.run.look(now).protect_status)
    filters.constant("parent_id")
    filters.constant("own_type", "private", "all_granted")
    filters.project(lambda held: held.checkpoint.vault.enterprise_project_id)
    return filters


def sort_keys(now: float) -> dict[str, Callable[[Held], Any]]:
    """What copies can be sorted by: the same values that are written."""
    return {
        "id": lambda held: held.run.copy_id,
        "name": lambda held: held.run.copy_name,
        "status": lambda held: held.run.look(now).protect_status,
        "created_at": lambda held: instants.moment(held.run.running_at),
        "updated_at": lambda held: instants.moment(held.run.ended_at(now) or now),
        "protected_at": lambda held: None if (at := protected_at(held.run, now)) is None else instants.moment(at),
    }


def protected_at(run: Run, now: float) -> float | None:
    """When a copy protected its resource (epoch seconds): at its end, and never that of a disk."""
    return None if run.resource.type == VOLUME else run.ended_at(now)


def describe_copy(checkpoint: Checkpoint, run: Run, now: float) -> dict[str, Any]:
    """The copy as recorded answers show it: numbers and booleans are real ones here, much is null."""
    moment = run.look(now)
    ends_at, protected = run.ended_at(now), protected_at(run, now)
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
        "protected_at": instants.naive(protected) if protected else None,
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
