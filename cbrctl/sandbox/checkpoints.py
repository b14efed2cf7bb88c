"""Answers about checkpoints: start a backup, show one. Bodies: the create-checkpoint page, service.md sections 1 and 2."""

import json
import os
from typing import Any
from uuid import uuid4

from cbrctl.sandbox import instants
from cbrctl.sandbox.account import PROJECT_ID
from cbrctl.sandbox.calls import Call
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Answer, answer_json
from cbrctl.sandbox.inventory import Resource, Vault
from cbrctl.sandbox.refusals import ServiceRefusal
from cbrctl.sandbox.runs import Checkpoint, Run
from cbrctl.sandbox.submission import BackupRequest, read_submission
from cbrctl.sandbox.texts import find_text
from cbrctl.sandbox.vaults import find_status, find_vault


def create_checkpoint(cloud: Cloud, call: Call) -> Answer:
    """POST checkpoints: check everything, start the backup, answer as the page's example and the recorded answer do."""
    submission = read_submission(call.request)
    vault = find_vault(cloud, submission.vault_id)
    check_vault(cloud, vault, call.now)
    wanted = choose_resources(vault, submission)
    if cloud.all_skipped == "refuse" and all(resource.skip for resource in wanted):
        raise ServiceRefusal("0001")
    # The states before this backup: that is what the real answer shows.
    states = {resource.id: find_status(cloud, vault, resource, call.now) for resource in wanted}
    checkpoint = start_checkpoint(cloud, vault, submission, wanted, call.now)
    document = describe_checkpoint(checkpoint, "protecting")
    document["vault"]["resources"] = [
        describe_started(cloud, checkpoint, run, states[run.resource.id], call.now) for run in checkpoint.runs
    ]
    document["vault"]["skipped_resources"] = [
        describe_skipped(resource, call.request.english) for resource in checkpoint.skipped
    ]
    document["extra_info"] = {
        "retention_duration": checkpoint.retention_days,
        # Recorded: an invented name is not told (service.md 13.12).
        "name": submission.name or "",
        "description": checkpoint.description,
    }
    return answer_json(200, {"checkpoint": document})


def show_checkpoint(cloud: Cloud, call: Call) -> Answer:
    """GET checkpoints/{id}: without skipped_resources and with a null extra_info, as documented examples are."""
    checkpoint = cloud.checkpoints.get(call.ids["checkpoint_id"].lower())
    if checkpoint is None or checkpoint.is_deleted or checkpoint.started > call.horizon:
        raise ServiceRefusal("6217")
    document = describe_checkpoint(checkpoint, checkpoint.look(call.now, cloud.partial_status))
    document["vault"]["resources"] = [describe_run(cloud, checkpoint, run, call.now) for run in checkpoint.runs]
    return answer_json(200, {"checkpoint": document})


def check_vault(cloud: Cloud, vault: Vault, now: float) -> None:
    """Raise the code of whatever forbids a backup of the whole vault."""
    if vault.protect_type == "replication":
        raise ServiceRefusal("6124")
    if vault.status != "available":
        raise ServiceRefusal("6113")
    if cloud.used_mb(vault, now) > vault.size_gb * 1024:
        raise ServiceRefusal("6114")
    if cloud.is_busy(vault, now):
        raise ServiceRefusal("1001")


def choose_resources(vault: Vault, submission: BackupRequest) -> list[Resource]:
    """The wanted resources of the vault, in its order. Raises 6135 for a stranger, 6102 for another type."""
    bound = {resource.id: resource for resource in vault.resources}
    types = {detail.id: detail.type for detail in submission.details}
    ids = set(submission.resources) | set(types)
    if not ids <= set(bound):
        raise ServiceRefusal("6135")
    if any(bound[id].type != type for id, type in types.items()):
        raise ServiceRefusal("6102")
    wanted = [resource for resource in vault.resources if not ids or resource.id in ids]
    if not wanted:
        raise ServiceRefusal("0001")
    return wanted


def start_checkpoint(
    cloud: Cloud, vault: Vault, submission: BackupRequest, wanted: list[Resource], now: float
) -> Checkpoint:
    """Start the backup of the wanted resources that are not skipped, and keep it."""
    kind = "autobk" if submission.auto_trigger else "manualbk"
    checkpoint = Checkpoint(
        id=str(uuid4()),
        vault=vault,
        started=now,
        name=submission.name or f"{kind}_{os.urandom(2).hex()}",
        description=submission.description,
        auto_trigger=submission.auto_trigger,
        retention_days=submission.retention_days,
        policy_id=submission.policy_id,
        skipped=[resource for resource in wanted if resource.skip],
    )
    volumes = {detail.id: detail.extra_info for detail in submission.details}
    going = [resource for resource in wanted if not resource.skip]
    for position, resource in enumerate(going):
        had_copy = cloud.stored(resource.id, vault.id, now).copies > 0
        checkpoint.runs.append(
            Run(
                resource=resource,
                position=position,
                started=now,
                task_id=str(uuid4()),
                copy_id=str(uuid4()),
                # Counted names only where there are several (service.md section 1).
                copy_name=checkpoint.name if len(going) == 1 else f"{checkpoint.name}-{position + 1:04}",
                request_id=f"req-{uuid4()}",
                # A resource's first copy is full, whatever was asked for.
                incremental=submission.incremental and had_copy,
                extra_info=volumes.get(resource.id),
            )
        )
    cloud.checkpoints[checkpoint.id] = checkpoint
    return checkpoint


def describe_checkpoint(checkpoint: Checkpoint, status: str) -> dict[str, Any]:
    """What the answers to POST and GET share."""
    return {
        "status": status,
        "created_at": instants.naive(checkpoint.started),
        "vault": {"id": checkpoint.vault.id, "name": checkpoint.vault.name},
        "project_id": PROJECT_ID,
        "id": checkpoint.id,
        "extra_info": None,
    }


def describe_started(cloud: Cloud, checkpoint: Checkpoint, run: Run, protect_status: str, now: float) -> dict[str, Any]:
    """A resource in the answer to POST as recorded: everything is text, its status is the one before."""
    return describe_resource(cloud, checkpoint, run, now) | {
        "protect_status": protect_status,
        "backup_size_multiaz": "0",
        "auto_protect": "False",
        "extra_info": write_extra_info(run) or "{}",
    }


def describe_run(cloud: Cloud, checkpoint: Checkpoint, run: Run, now: float) -> dict[str, Any]:
    """A resource in the answer to GET: its status moves, and `extra_info` is text or null (service.md 13.12)."""
    return describe_resource(cloud, checkpoint, run, now) | {
        "protect_status": run.look(now).protect_status,
        "extra_info": write_extra_info(run),
    }


def describe_resource(cloud: Cloud, checkpoint: Checkpoint, run: Run, now: float) -> dict[str, Any]:
    """What both answers say of a resource; sizes and counts are texts (service.md section 1)."""
    stored = cloud.stored(run.resource.id, checkpoint.vault.id, now)
    return {
        "id": run.resource.id,
        "name": run.resource.name,
        "type": run.resource.type,
        "resource_size": str(run.resource.size_gb),
        "backup_size": str(stored.mb),
        "backup_count": str(stored.copies),
    }


def write_extra_info(run: Run) -> str | None:
    """Return what was asked for beside a resource's id and type, as the text that this field is; None for nothing."""
    return None if run.extra_info is None else json.dumps(run.extra_info)


def describe_skipped(resource: Resource, english: bool) -> dict[str, str]:
    """A skipped resource with the code and the reason, in the caller's language where the table gives it."""
    code, reason = resource.skip or ("", "")
    return {
        "id": resource.id,
        "type": resource.type,
        "name": resource.name,
        "code": code,
        "reason": reason or find_text(code, english),
    }
