"""Every field of the request reaches the practice cloud, which keeps a list of its own: none is written down and forgotten."""

import json
import re
from typing import Any

import pytest

from cbrctl.backup.fields import FIELDS, Field, check_choice
from cbrctl.errors import UsageError
from cbrctl.sandbox import Cloud
from cbrctl.sandbox.refusals import ServiceRefusal
from cbrctl.sandbox.seed import VAULT_BE94
from cbrctl.sandbox.submission import read_parameters
from tests.support.program import Run

POLICY = "55555555-0000-4000-8000-000000000001"
EXAMPLES: dict[str, list[tuple[str, Any]]] = {
    "incremental": [("--incremental", True), ("--full", False)],
    "name": [("--name nightly", "nightly"), ("--name \uf900\ufa2d", "\uf900\ufa2d")],
    "description": [("--description why", "why")],
    "auto_trigger": [("--auto-trigger", True), ("--no-auto-trigger", False)],
    "retention_days": [("--retention-days 30", 30), ("--retention-days -1", -1)],
    "policy_id": [(f"--auto-trigger --policy-id {POLICY.upper()}", POLICY)],
}
"""What is typed for a field, and what the service must receive."""
REFUSED: dict[str, list[tuple[str, str, Any]]] = {
    "name": [("--name a/b", "a/b", "a/b"), (f"--name {'a' * 65}", "named", "a" * 65)],
    "description": [("--description a<b", "< or >", "a<b"), (f"--description {'d' * 256}", "255", "d" * 256)],
    "retention_days": [
        ("--retention-days 0", "0", 0),
        ("--retention-days 36501", "36501", 36501),
        ("--retention-days 30 --auto-trigger", "--auto-trigger", None),
    ],
    "policy_id": [
        ("--auto-trigger --policy-id x", "no policy id", "x"),
        (f"--policy-id {POLICY}", "--auto-trigger", POLICY),
    ],
}
"""What is typed wrongly for a field, a word of what is said, and the same as sent by others; None: it depends on more."""


def test_every_field_has_an_example() -> None:
    assert set(EXAMPLES) == {field.name for field in FIELDS}


@pytest.mark.parametrize(
    ("name", "words", "value"), [(name, *example) for name, examples in EXAMPLES.items() for example in examples]
)
@pytest.mark.sampled(4)
def test_a_field_reaches_the_service(name: str, words: str, value: Any, cloud: Cloud, run: Run) -> None:
    [field] = [field for field in FIELDS if field.name == name]
    line = ("backup", "--vault", "vault-be94", "--no-marker", "--no-wait", *words.split(), "-o", "json")
    result = run(*line)
    assert result.code == 0, result.err
    [sent] = [r.body["checkpoint"] for r in cloud.requests if r.method == "POST" and r.path.endswith("/checkpoints")]
    assert sent["parameters"][field.sent_as] == value
    assert set(sent["parameters"]) <= {field.sent_as, "auto_trigger"}
    assert result.json()["backups"][0]["request"] == sent
    # what a dry run prints is what is sent
    assert json.loads(run(*line, "--dry-run").out)["backups"][0]["request"] == sent


def test_every_field_that_is_checked_has_what_is_refused() -> None:
    checked = {f.name for f in FIELDS if f.check is not Field._field_defaults["check"] or "enum" in f.schema}
    assert set(REFUSED) == checked


@pytest.mark.parametrize(
    ("name", "words", "told", "value"), [(name, *row) for name, rows in REFUSED.items() for row in rows]
)
def test_what_a_field_cannot_be(name: str, words: str, told: str, value: Any, cloud: Cloud, run: Run) -> None:
    result = run("backup", "--vault", "vault-be94", "--no-wait", *words.split())
    assert (result.code, result.out) == (2, "")
    assert told in result.err
    assert cloud.requests == []


@pytest.mark.parametrize(
    ("name", "value"), [(n, row[2]) for n, rows in REFUSED.items() for row in rows if row[2] is not None]
)
def test_the_practice_cloud_checks_it_too(name: str, value: Any) -> None:
    """It would tell a user that a request is well which the service refuses."""
    [field] = [field for field in FIELDS if field.name == name]
    with pytest.raises(ServiceRefusal):
        read_parameters(VAULT_BE94, {"parameters": {field.sent_as: value}})


def test_the_schema_knows_every_field(run: Run) -> None:
    for name in ("backup", "op"):
        published = json.loads(run("schema", name).out)["$defs"]["parameters"]["properties"]
        for field in FIELDS:
            assert published[field.sent_as] == field.schema, (name, field.name)


@pytest.mark.english
def test_every_field_is_explained(run: Run) -> None:
    """In the help, or, where it is seldom needed, named there and explained in the manual."""
    told = re.sub(r"\s+", " ", run("backup", "--help").out)
    for field in FIELDS:
        assert re.search(rf"--{field.name.replace('_', '-')}[ ,]", told)
        assert (field.help in told) == (not field.rare)


def test_what_is_not_chosen_is_not_sent() -> None:
    assert check_choice(dict.fromkeys(f.name for f in FIELDS), marked=True) == {}
    assert check_choice({"incremental": False}, marked=True) == {"incremental": False}


def test_a_name_of_characters_that_an_editor_may_have_changed() -> None:
    """U+F900 to U+FA2D are compatibility characters (service.md 1): an editor writes others in their place."""
    with pytest.raises(UsageError):
        check_choice({"name": "\uf8ff"}, marked=True)
    with pytest.raises(UsageError):
        check_choice({"name": "\ufa2e"}, marked=True)
