"""What the service speaks, in shapes that it should not have: nothing raises, and what cannot be accounted for is counted."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbrctl.api.fields import read_code, read_percent, read_rows, read_text, read_whole
from cbrctl.api.models import Checkpoint, Resource, Skipped, Vault
from cbrctl.api.results import Copy, Task
from cbrctl.ids import parse_resource_id
from tests.support import cbr

SKIPPED = {
    "id": cbr.SERVER,
    "name": "web",
    "type": "OS::Nova::Server",
    "code": "BackupService.7102",
    "reason": "stopped",
}
WEB = Skipped(cbr.SERVER, "web", "OS::Nova::Server", "BackupService.7102", "stopped")
BARE = Skipped(cbr.SERVER, None, None, None, None)
RESOURCE = {"id": cbr.SERVER, "name": "web", "protect_status": "available", "resource_size": "40", "type": "t"}


def checkpoint(**vault: Any) -> Checkpoint:
    return Checkpoint.from_json({"id": cbr.CHECKPOINT, "vault": {"id": cbr.VAULT, **vault}})


# skipped_resources --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "skipped", "unread"),
    [
        (None, None, 0),
        ([], (), 0),
        ("", (), 0),
        ({}, (), 0),
        ([SKIPPED], (WEB,), 0),
        (SKIPPED, (WEB,), 0),  # an object is one row
        ([cbr.SERVER], (BARE,), 0),  # a text is an id
        (cbr.SERVER, (BARE,), 0),
        ([cbr.SERVER.upper()], (BARE,), 0),
        (["db-1"], (BARE._replace(id="db-1"),), 0),
        (["a b"], (BARE._replace(id=None),), 0),  # no id, and yet something was skipped
        ([""], (BARE._replace(id=None),), 0),
        ([SKIPPED, cbr.SERVER_2], (WEB, BARE._replace(id=cbr.SERVER_2)), 0),
        ([{"id": 5, "code": "BackupService.2002"}], (Skipped(None, None, None, "BackupService.2002", None),), 0),
        ([{"name": "web"}], (Skipped(None, "web", None, None, None),), 0),
        ([None], (), 1),
        ([{}], (), 1),
        ([7], (), 1),
        (7, (), 1),
        (True, (), 1),
        ([[SKIPPED]], (), 1),
        ([SKIPPED, None, 7, []], (WEB,), 3),
    ],
)
def test_skipped_resources_of_any_shape(value: Any, skipped: tuple[Skipped, ...] | None, unread: int) -> None:
    found = checkpoint(skipped_resources=value)
    assert (found.skipped, found.unread) == (skipped, unread)


def test_an_answer_that_does_not_speak_of_skipped_resources() -> None:
    assert checkpoint().skipped is None
    assert Checkpoint.from_json({"id": cbr.CHECKPOINT}).skipped is None


# resources ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "ids", "unread"),
    [
        (None, [], 0),
        ("", [], 0),
        ([], [], 0),
        ({}, [], 0),
        ([RESOURCE], [cbr.SERVER], 0),
        (RESOURCE, [cbr.SERVER], 0),
        ([{"id": "db-1"}], ["db-1"], 0),
        ([{"id": "数据库"}], ["数据库"], 0),
        ([RESOURCE, {"name": "no id"}], [cbr.SERVER], 1),
        ([{"id": None}], [], 1),
        ([{"id": 7}], [], 1),
        ([{"id": "a b"}], [], 1),
        ([{"id": "a\nb"}], [], 1),
        ([{"id": ""}], [], 1),
        ([None, "x", 7, []], [], 4),
        (cbr.SERVER, [], 1),
        (7, [], 1),
    ],
)
@pytest.mark.parametrize("of", ["checkpoint", "vault"])
def test_resources_of_any_shape(of: str, value: Any, ids: list[str], unread: int) -> None:
    found: Checkpoint | Vault = checkpoint(resources=value)
    if of == "vault":
        found = Vault.from_json({"id": cbr.VAULT, "resources": value})
        unread += value is None  # it does not even say that there are none
    assert ([r.id for r in found.resources], found.unread) == (ids, unread)


def test_unread_rows_of_both_lists_are_counted_and_kept() -> None:
    found = checkpoint(resources=[RESOURCE, None], skipped_resources=[SKIPPED, 7])
    assert found.unread == 2
    again = Checkpoint.from_json(json.loads(json.dumps(found.to_json())))
    assert again == found


@pytest.mark.parametrize("skipped", [None, [], [SKIPPED], [cbr.SERVER], [{"name": "web"}]])
@pytest.mark.parametrize("resources", [None, [], [RESOURCE], [RESOURCE, 7]])
def test_a_checkpoint_is_read_back_as_it_was_written(resources: Any, skipped: Any) -> None:
    data = {
        "id": cbr.CHECKPOINT, "status": "available", "created_at": "2019-05-10T07:59:12.733403", "project_id": cbr.PROJECT,
        "extra_info": {"name": "n", "description": "d", "retention_duration": -1},
        "vault": {"id": cbr.VAULT, "name": "v", "resources": resources, "skipped_resources": skipped},
    }  # fmt: skip
    found = Checkpoint.from_json(data)
    assert Checkpoint.from_json(found.to_json()) == found
    assert (found.skipped is None) == (skipped is None)


@pytest.mark.parametrize(
    ("text", "id"),
    [
        (cbr.SERVER, cbr.SERVER),
        (cbr.SERVER.upper(), cbr.SERVER),
        (cbr.SERVER.replace("-", ""), cbr.SERVER.replace("-", "")),
        ("DB-1", "DB-1"),  # only a UUID is the same in any case
        ("i-0abc/../../x", "i-0abc/../../x"),
        ("数据库", "数据库"),
        ("x" * 256, "x" * 256),
        ("x" * 257, None),
        ("", None),
        ("a b", None),
        (" a", None),
        ("a\u3000b", None),
        ("a\tb", None),
        ("a\x1b[31m", None),
        ("a\u202eb", None),
        ("a\ud800", None),
        (None, None),
        (7, None),
        (["a"], None),
    ],
)
def test_a_resource_s_id_is_any_text_without_blanks_and_controls(text: object, id: str | None) -> None:
    assert parse_resource_id(text) == id


# codes --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words", "known", "shown"),
    [
        ("BackupService.7102", "stopped", "BackupService.7102", "stopped"),
        ("7102", "stopped", "BackupService.7102", "stopped"),
        (7102, None, "BackupService.7102", None),
        (None, "stopped", None, "stopped"),
        ("", "stopped", None, "stopped"),
        (None, None, None, None),
        ("resource busy", "wait", None, "resource busy: wait"),
        ("resource busy", None, None, "resource busy"),
        ("EVS.x", "no", None, "EVS.x: no"),
        (403, "no", None, "403: no"),
        (0, "no", None, "0: no"),
        (True, "no", None, "no"),
        ({"a": 1}, "no", None, "no"),
        (["7102"], None, None, None),
        ("EVS.2024", "quota", "EVS.2024", "quota"),
    ],
)
def test_a_code_without_a_codes_form_moves_into_the_words(
    code: object, words: str | None, known: str | None, shown: str | None
) -> None:
    assert read_code(code, words) == (known, shown)
    skipped = Skipped.from_json({"id": cbr.SERVER, "code": code, "reason": words})
    assert (skipped.code, skipped.reason) == (known, shown)
    task = Task.from_json({"id": cbr.SERVER, "error_info": {"code": code, "message": words}})
    assert (task.error_code, task.error_message) == (known, shown)


# numbers ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "percent"),
    [
        (0, 0), (40, 40), (100, 100), (101, 100), (10**9, 100), (-1, 0), (-(10**9), 0), ("40", 40), ("-3", 0), ("400", 100),
        (None, None), ("", None), ("x", None), (4.5, None), (True, None), ([40], None), ("٤٠", 40),
    ],
)  # fmt: skip
def test_progress_is_a_percentage(value: object, percent: int | None) -> None:
    assert read_percent(value) == percent
    assert Task.from_json({"id": cbr.SERVER, "extra_info": {"common": {"progress": value}}}).progress == percent
    assert Copy.from_json({"id": cbr.SERVER, "extend_info": {"progress": value}}).progress == percent


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("40", 40), (40, 40), ("-1", -1), (None, None), (True, None), (1.0, None), ("4.0", None), (10**18, None),
        (10**18 - 1, 10**18 - 1), ("9" * 18, int("9" * 18)), ("9" * 19, None), ("", None), ("--1", None), ("²", None),
    ],
)  # fmt: skip
def test_whole_numbers(value: object, number: int | None) -> None:
    assert read_whole(value) == number


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), ("", None), (None, None), (7, "7"), (True, None), ([], None), ({}, None), (1.5, None)],
)
def test_texts(value: object, text: str | None) -> None:
    assert read_text(value) == text


def test_texts_have_an_end() -> None:
    assert len(str(read_text("x" * 10_000))) == 4096
    assert len(str(read_text(10**100))) == 32


# consistency for applications ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "message", "told"),
    [
        (None, None, None),
        ("", "", None),
        ("0", "", None),
        (0, None, None),
        ("0", "freeze failed", "freeze failed"),
        ("Agent.0001", "", "Agent.0001"),
        ("Agent.0001", "freeze failed", "Agent.0001: freeze failed"),
        (17, "freeze failed", "17: freeze failed"),
        ({}, [], None),
    ],
)
def test_what_is_not_consistent_for_applications(code: Any, message: Any, told: str | None) -> None:
    said = {"app_consistency_error_code": code, "app_consistency_error_message": message}
    copy = Copy.from_json({"id": cbr.SERVER, "extend_info": {"app_consistency": {**said, "app_consistency": "1"}}})
    task = Task.from_json({"id": cbr.SERVER, "extra_info": {"backup": said}})
    assert (copy.consistency_error, task.consistency_error) == (told, told)


@pytest.mark.parametrize("value", [None, "", 7, [], "1"])
def test_one_that_says_nothing_of_it(value: Any) -> None:
    assert Copy.from_json({"id": cbr.SERVER, "extend_info": {"app_consistency": value}}).consistency_error is None
    assert Copy.from_json({"id": cbr.SERVER, "extend_info": value}).consistency_error is None
    assert Task.from_json({"id": cbr.SERVER, "extra_info": {"backup": value}}).consistency_error is None


# anything -----------------------------------------------------------------------------------------------------------

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | st.just(cbr.SERVER),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "status", "created_at", "project_id", "vault", "extra_info", "extend_info", "error_info", "resource_id", "resources",
    "incremental", "image_type", "billing", "tags", "name", "description", "checkpoint_id", "vault_id", "operation_type",
    "started_at", "ended_at", "resource_size", "updated_at", "expired_at",
]  # fmt: skip


@pytest.mark.long
@given(st.dictionaries(st.sampled_from(FIELDS), values))
def test_a_thing_with_an_id_is_always_read(data: dict[str, Any]) -> None:
    for model in (Checkpoint, Vault, Copy, Task):
        assert model.from_json({**data, "id": cbr.SERVER.upper()}).id == cbr.SERVER
    assert Resource.from_json({**data, "id": "db-1"}).id == "db-1"
    with pytest.raises(ValueError, match="no usable id"):
        Checkpoint.from_json({**data, "id": "../x"})


@pytest.mark.long
@given(values)
def test_rows_of_any_shape_are_read_or_counted(value: Any) -> None:
    rows, unread = read_rows(value, Skipped.from_json)
    items = value if isinstance(value, list) else [] if value in (None, "", {}) else [value]
    assert len(rows) + unread == len(items)
    found = checkpoint(resources=value, skipped_resources=value)
    assert found.unread + len(found.resources) + len(found.skipped or ()) == 2 * len(items)
