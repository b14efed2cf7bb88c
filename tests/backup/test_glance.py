"""What the lists of a project allow to say of one backup: complete, or at work; nothing else."""

from types import SimpleNamespace
from typing import Any

import pytest

from cbrctl.api.models import Checkpoint, Resource
from cbrctl.api.results import Copy, Task
from cbrctl.backup.glance import Glancer, judge_at_a_glance
from cbrctl.backup.record import Backup
from cbrctl.backup.snapshot import Rows
from cbrctl.backup.states import Intent, NoEvidence
from cbrctl.backup.verdict import Verdict
from tests.support import cbr

WANTED = (cbr.SERVER, cbr.SERVER_2)
ALL = Intent(WANTED, (), named=False, sure=True)


def protected(*ids: str, status: str | None = "available") -> list[Resource]:
    """What the vault protects."""
    row = {"type": "OS::Nova::Server", "protect_status": status}
    return [Resource.from_json({"id": one, "name": one, **row}) for one in ids]


def glance(
    copies: dict[str, str],
    tasks: dict[str, str] | NoEvidence,
    intent: Intent = ALL,
    vault: tuple[str, ...] | None = WANTED,
    status: str | None = "available",
) -> str | None:
    """What is said: an outcome, `open`, or None where it has to be looked at by itself."""
    listed = [Copy.from_json(row) for row in cbr.copies(*copies.items())["backups"]]
    done: Any = tasks
    if not isinstance(tasks, NoEvidence):
        rows = [(one, status, 50, "", "") for one, status in tasks.items()]
        done = [Task.from_json(row) for row in cbr.tasks(*rows)["operation_logs"]]
    verdict = judge_at_a_glance(
        listed, done, intent, lambda wanted: None if vault is None else protected(*vault, status=status)
    )
    return None if verdict is None else verdict.outcome or "open"


BOTH = dict.fromkeys(WANTED, "available")
DONE = dict.fromkeys(WANTED, "success")


@pytest.mark.parametrize(
    ("copies", "tasks", "said"),
    [
        (BOTH, DONE, "completed"),
        (BOTH, {}, None),
        (BOTH, {cbr.SERVER: "success"}, None),
        (BOTH, NoEvidence.FORBIDDEN, None),
        (BOTH, {**DONE, cbr.SERVER: "running"}, "open"),
        ({**BOTH, cbr.SERVER: "protecting"}, DONE, "open"),
        ({}, {cbr.SERVER: "waiting"}, "open"),
        ({**BOTH, cbr.SERVER: "archiving"}, DONE, "open"),
        (BOTH, {**DONE, cbr.SERVER: "failed"}, None),
        (BOTH, {**DONE, cbr.SERVER: "timeout"}, None),
        (BOTH, {**DONE, cbr.SERVER: "skipped"}, None),
        ({**BOTH, cbr.SERVER: "error"}, DONE, None),
        ({**BOTH, cbr.SERVER: "deleting"}, DONE, None),
        ({cbr.SERVER: "available"}, DONE, None),
        ({}, DONE, None),
        ({cbr.SERVER: "error"}, {cbr.SERVER_2: "running"}, None),
    ],
)
def test_rows(copies: dict[str, str], tasks: Any, said: str | None) -> None:
    assert glance(copies, tasks) == said


def test_what_is_not_known_to_be_all_is_looked_at() -> None:
    third = "94eba8b2-acc9-4d82-badc-127144cc5599"
    assert glance(BOTH, DONE, vault=None) is None
    assert glance(BOTH, DONE, vault=(*WANTED, third)) is None
    assert glance(BOTH, DONE, ALL._replace(resource_ids=None)) is None
    assert glance(BOTH, DONE, ALL._replace(resource_ids=(*WANTED, third))) is None
    assert glance(BOTH, DONE, ALL._replace(unread=True)) is None


@pytest.mark.parametrize(("status", "said"), [("available", "completed"), (None, "completed"), ("error", None)])
def test_the_vault_has_a_word_in_it(status: str | None, said: str | None) -> None:
    assert glance(BOTH, DONE, status=status) == said
    assert glance(BOTH, DONE, ALL._replace(named=True), vault=(), status=status) == "completed"


def test_a_task_that_is_stuck_beside_ended_copies_is_looked_at_the_second_time() -> None:
    """Copies are read after tasks: one that ended in between is not stuck."""
    rows = Rows(
        tuple(Copy.from_json(row) for row in cbr.copies(*BOTH.items())["backups"]),
        tuple(Task.from_json(row) for row in cbr.tasks((cbr.SERVER, "running", 99, "", ""))["operation_logs"]),
    )
    snapshot: Any = SimpleNamespace(
        of_checkpoint=lambda one: rows, trouble=None, is_whole=True, tasks_barred=False, began=10.0
    )
    project: Any = SimpleNamespace(
        is_given_up=False, may_have_stuck=True, read_recent=lambda since, due: snapshot, read_copies=lambda seen: None,
        clock=SimpleNamespace(monotonic=lambda: 0.0), takes_trial=lambda: False,
    )  # fmt: skip
    backup = Backup("v", vault_id=cbr.VAULT)
    backup.checkpoint = Checkpoint.from_json(cbr.shown("protecting")["checkpoint"])
    glancer = Glancer(project, backup, fresh=True)
    first = glancer.look(ALL, 0.0)
    assert isinstance(first, Verdict)
    assert first.outcome is None
    assert glancer.look(ALL, 0.0) is not None, "the same reading says no more"
    snapshot.began = 20.0
    assert glancer.look(ALL, 0.0) is None
