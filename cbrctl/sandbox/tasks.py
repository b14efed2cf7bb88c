"""Answers about operation logs: one for each resource of each backup, and for each deleted copy. Fields of service.md section 3."""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from cbrctl.sandbox import instants
from cbrctl.sandbox.account import PROJECT_ID
from cbrctl.sandbox.calls import Call
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Answer, answer_json
from cbrctl.sandbox.filters import Filters
from cbrctl.sandbox.holdings import Held
from cbrctl.sandbox.paging import Query, cut_page
from cbrctl.sandbox.refusals import ServiceRefusal
from cbrctl.sandbox.runs import SUCCESS, Checkpoint, Moment, Run
from cbrctl.sandbox.texts import find_text


class Log(NamedTuple):
    """What an operation log tells of: a run, or the deletion of its copy."""

    checkpoint: Checkpoint
    run: Run
    id: str
    kind: Literal["backup", "delete"]
    started: float

    def look(self, now: float) -> Moment:
        """Where it is at `now`; a deletion is over at once."""
        return self.run.look(now) if self.kind == "backup" else SUCCESS

    @property
    def ends_at(self) -> float:
        """When it ends (epoch seconds)."""
        return self.run.ends_at if self.kind == "backup" else self.started


def list_tasks(cloud: Cloud, call: Call) -> Answer:
    """GET operation-logs, newest first. There is no filter by checkpoint, and none is added here."""
    query = call.request.query
    filters = read_filters(query, call.now)
    runs = cloud.checkpoints.iterate(vault_ids=query.get("vault_id"), since=filters.since)
    logs = (log for held in runs for log in logs_of(held))
    found = filters.choose(log for log in logs if log.started <= call.horizon)
    found.sort(key=lambda log: -log.started)
    page = cut_page(found, query, cloud.page_limit, lambda log: log.id)
    return answer_json(
        200, page.describe("operation_logs", lambda log: describe_task(log, call.now, call.request.english))
    )


def show_task(cloud: Cloud, call: Call) -> Answer:
    """GET operation-logs/{id}. Raises 6500."""
    id = call.ids["task_id"].lower()
    held = cloud.checkpoints.find_log(id)
    for log in logs_of(held) if held else ():
        if log.id == id and log.started <= call.horizon:
            return answer_json(200, {"operation_log": describe_task(log, call.now, call.request.english)})
    raise ServiceRefusal("6500")


def logs_of(held: Held) -> Iterator[Log]:
    """The operation log of a run, and that of the deletion of its copy."""
    checkpoint, run = held
    yield Log(checkpoint, run, run.task_id, "backup", run.started)
    if run.deleted_at is not None:
        yield Log(checkpoint, run, run.deletion_id, "delete", run.deleted_at)


def read_filters(query: Query, now: float) -> Filters[Log]:
    """The filters of a list of operation logs. Raises 9900 for a time that cannot be read."""
    filters: Filters[Log] = Filters(query)
    filters.times(lambda log: log.started)
    filters.equal("operation_type", lambda log: log.kind)
    filters.equal("status", lambda log: log.look(now).stage)
    filters.equal("provider_id", lambda log: log.run.resource.provider_id)
    filters.equal("resource_id", lambda log: log.run.resource.id)
    filters.fragment("resource_name", lambda log: log.run.resource.name)
    filters.equal("vault_id", lambda log: log.checkpoint.vault.id)
    filters.fragment("vault_name", lambda log: log.checkpoint.vault.name)
    filters.project(lambda log: log.checkpoint.vault.enterprise_project_id)
    return filters


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
