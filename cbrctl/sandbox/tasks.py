"""Answers about operation logs: one for each resource of each backup, and for each deleted copy. Fields of service.md section 3."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from cbrctl.sandbox import instants
from cbrctl.sandbox.account import PROJECT_ID
from cbrctl.sandbox.calls import Call
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Answer, answer_json
from cbrctl.sandbox.holdings import Held
from cbrctl.sandbox.paging import Query, contains, cut_page, equals, in_enterprise_project, within_times
from cbrctl.sandbox.refusals import ServiceRefusal
from cbrctl.sandbox.runs import Checkpoint, Moment, Run
from cbrctl.sandbox.texts import find_text


@dataclass(frozen=True)
class Log:
    """What an operation log tells of: a run, or the deletion of its copy."""

    checkpoint: Checkpoint
    run: Run
    id: str
    kind: Literal["backup", "delete"]
    started: float

    def look(self, now: float) -> Moment:
        """Where it is at `now`; a deletion is over at once."""
        return self.run.look(now) if self.kind == "backup" else Moment("success", 100)

    @property
    def ends_at(self) -> float:
        """When it ends (epoch seconds)."""
        return self.run.ends_at if self.kind == "backup" else self.started


def list_tasks(cloud: Cloud, call: Call) -> Answer:
    """GET operation-logs, newest first. There is no filter by checkpoint, and none is added here."""
    query = call.request.query
    rows = [
        describe_task(log, call.now, call.request.english)
        for log in sorted(iterate_logs(cloud), key=lambda log: -log.started)
        if log.started <= call.horizon and matches(log, query, call.now)
    ]
    return answer_json(200, cut_page(rows, query, cloud.page_limit).describe("operation_logs"))


def show_task(cloud: Cloud, call: Call) -> Answer:
    """GET operation-logs/{id}. Raises 6500."""
    id = call.ids["task_id"].lower()
    held = cloud.checkpoints.find_log(id)
    for log in logs_of(held) if held else ():
        if log.id == id and log.started <= call.horizon:
            return answer_json(200, {"operation_log": describe_task(log, call.now, call.request.english)})
    raise ServiceRefusal("6500")


def iterate_logs(cloud: Cloud) -> Iterator[Log]:
    """Every operation log, in no order."""
    for held in cloud.iterate_runs():
        yield from logs_of(held)


def logs_of(held: Held) -> Iterator[Log]:
    """The operation log of a run, and that of the deletion of its copy."""
    checkpoint, run = held
    yield Log(checkpoint, run, run.task_id, "backup", run.started)
    if run.deleted_at is not None:
        yield Log(checkpoint, run, run.deletion_id, "delete", run.deleted_at)


def matches(log: Log, query: Query, now: float) -> bool:
    """Whether a log passes every filter of the query."""
    vault, resource = log.checkpoint.vault, log.run.resource
    return (
        equals(query, "operation_type", log.kind)
        and equals(query, "status", log.look(now).stage)
        and equals(query, "provider_id", resource.provider_id)
        and equals(query, "resource_id", resource.id)
        and contains(query, "resource_name", resource.name)
        and equals(query, "vault_id", vault.id)
        and contains(query, "vault_name", vault.name)
        and in_enterprise_project(query, vault.enterprise_project_id)
        and within_times(query, log.started)
    )


def describe_task(log: Log, now: float, english: bool) -> dict[str, Any]:
    """The log as the service writes it."""
    moment, run = log.look(now), log.run
    return {
        "id": log.id,
        "operation_type": log.kind,
        "status": moment.stage,
        "checkpoint_id": log.checkpoint.id,
        "policy_id": log.checkpoint.policy_id,
        "project_id": PROJECT_ID,
        "provider_id": run.resource.provider_id,
        "vault_id": log.checkpoint.vault.id,
        "vault_name": log.checkpoint.vault.name,
        "started_at": instants.zulu(log.started),
        "ended_at": instants.zulu(log.ends_at) if moment.ended else None,
        "created_at": instants.zulu(log.started),
        "updated_at": instants.zulu(min(now, log.ends_at)),
        "error_info": describe_error(run, moment.stage == "failed", english),
        "extra_info": {
            "common": {"progress": moment.progress, "request_id": run.request_id, "task_id": log.id},
            "resource": {
                "id": run.resource.id,
                "name": run.resource.name,
                "type": run.resource.type,
                "extra_info": run.extra_info or {},
            },
            log.kind: describe_copy(log),
        },
    }


def describe_copy(log: Log) -> dict[str, str]:
    """The copy that a log is about; booleans of a backup are strings here."""
    copy = {"backup_id": log.run.copy_id, "backup_name": log.run.copy_name}
    if log.kind == "delete":
        return copy
    return copy | {
        "incremental": "true" if log.run.incremental else "false",
        "app_consistency_status": "0",
        "app_consistency_error_code": "",
        "app_consistency_error_message": "",
    }


def describe_error(run: Run, failed: bool, english: bool) -> dict[str, str]:
    """Why a run failed; empty texts while it has not."""
    if not failed or run.resource.fail is None:
        return {"code": "", "message": ""}
    code, message = run.resource.fail
    return {"code": code, "message": message or find_text(code, english)}
