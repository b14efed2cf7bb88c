"""Every field of the request reaches the practice cloud, which keeps a list of its own: none is written down and forgotten."""

import json
import re
from typing import Any

import pytest

from cbrctl.backup.fields import FIELDS, check_choice
from cbrctl.errors import UsageError
from cbrctl.sandbox import Cloud
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


def test_every_field_has_an_example() -> None:
    assert set(EXAMPLES) == {field.name for field in FIELDS}


@pytest.mark.parametrize(
    ("name", "words", "value"), [(name, *example) for name, examples in EXAMPLES.items() for example in examples]
)
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


def test_the_schema_knows_every_field(run: Run) -> None:
    for name in ("backup", "op"):
        published = json.loads(run("schema", name).out)["$defs"]["parameters"]["properties"]
        for field in FIELDS:
            assert published[field.sent_as] == field.schema, (name, field.name)


def test_every_field_is_explained(run: Run) -> None:
    told = re.sub(r"\s+", " ", run("backup", "--help").out)
    for field in FIELDS:
        assert f"--{field.name.replace('_', '-')} " in told
        assert field.help in told


def test_what_is_not_chosen_is_not_sent() -> None:
    assert check_choice(dict.fromkeys(f.name for f in FIELDS), marked=True) == {}
    assert check_choice({"incremental": False}, marked=True) == {"incremental": False}


def test_a_name_of_characters_that_an_editor_may_have_changed() -> None:
    """U+F900 to U+FA2D are compatibility characters (service.md 1): an editor writes others in their place."""
    with pytest.raises(UsageError):
        check_choice({"name": "\uf8ff"}, marked=True)
    with pytest.raises(UsageError):
        check_choice({"name": "\ufa2e"}, marked=True)
