"""Answers about operation logs: one for each resource of each backup. Fields of api.md section 3."""

from typing import Any

from cbrctl.sandbox import instants
from cbrctl.sandbox.account import PROJECT_ID
from cbrctl.sandbox.calls import Call
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Answer, answer_json
from cbrctl.sandbox.listing import Query, contains, cut_page, equals, in_enterprise_project, within_times
from cbrctl.sandbox.refusals import ServiceRefusal
from cbrctl.sandbox.runs import Checkpoint, Run
from cbrctl.sandbox.texts import find_text


def list_tasks(cloud: Cloud, call: Call) -> Answer:
    """GET operation-logs, newest first. There is no filter by checkpoint, and none is added here."""
    query = call.request.query
    rows = [
        describe_task(checkpoint, run, call.now, call.request.english)
        for checkpoint, run in sorted(cloud.iterate_runs(), key=lambda pair: -pair[1].started)
        if run.started <= call.horizon and matches(checkpoint, run, query, call.now)
    ]
    return answer_json(200, cut_page(rows, query, cloud.page_limit).describe("operation_logs"))


def show_task(cloud: Cloud, call: Call) -> Answer:
    """GET operation-logs/{id}. Raises 6500."""
    for checkpoint, run in cloud.iterate_runs():
        if run.task_id == call.ids["task_id"].lower() and run.started <= call.horizon:
            return answer_json(200, {"operation_log": describe_task(checkpoint, run, call.now, call.request.english)})
    raise ServiceRefusal("6500")


def matches(checkpoint: Checkpoint, run: Run, query: Query, now: float) -> bool:
    """Whether a log passes every filter of the query."""
    return (
        equals(query, "operation_type", "backup")
        and equals(query, "status", run.look(now).stage)
        and equals(query, "provider_id", run.resource.provider_id)
        and equals(query, "resource_id", run.resource.id)
        and contains(query, "resource_name", run.resource.name)
        and equals(query, "vault_id", checkpoint.vault.id)
        and contains(query, "vault_name", checkpoint.vault.name)
        and in_enterprise_project(query, checkpoint.vault.enterprise_project_id)
        and within_times(query, run.started)
    )


def describe_task(checkpoint: Checkpoint, run: Run, now: float, english: bool) -> dict[str, Any]:
    """The log as the service writes it; booleans of the backup part are strings here."""
    moment = run.look(now)
    return {
        "id": run.task_id,
        "operation_type": "backup",
        "status": moment.stage,
        "checkpoint_id": checkpoint.id,
        "policy_id": checkpoint.policy_id,
        "project_id": PROJECT_ID,
        "provider_id": run.resource.provider_id,
        "vault_id": checkpoint.vault.id,
        "vault_name": checkpoint.vault.name,
        "started_at": instants.zulu(run.started),
        "ended_at": instants.zulu(run.ends_at) if moment.ended else None,
        "created_at": instants.zulu(run.started),
        "updated_at": instants.zulu(min(now, run.ends_at)),
        "error_info": describe_error(run, moment.stage == "failed", english),
        "extra_info": {
            "common": {"progress": moment.progress, "request_id": run.request_id, "task_id": run.task_id},
            "resource": {
                "id": run.resource.id,
                "name": run.resource.name,
                "type": run.resource.type,
                "extra_info": run.extra_info or {},
            },
            "backup": {
                "backup_id": run.copy_id,
                "backup_name": run.copy_name,
                "incremental": "true" if run.incremental else "false",
                "app_consistency_status": "0",
                "app_consistency_error_code": "",
                "app_consistency_error_message": "",
            },
        },
    }


def describe_error(run: Run, failed: bool, english: bool) -> dict[str, str]:
    """Why a run failed; empty texts while it has not."""
    if not failed or run.resource.fail is None:
        return {"code": "", "message": ""}
    code, message = run.resource.fail
    return {"code": code, "message": message or find_text(code, english)}
