"""--query: what is picked of a document, and that nothing is lost to it."""

import json

import pytest

from cbrctl.sandbox import Cloud
from tests.support.practice import posts
from tests.support.program import Run
from tests.support.scripted import Scripted

pytestmark = [pytest.mark.long, pytest.mark.english]

VAULTS = ("vault", "list")
BACKUP = ("backup", "--vault", "vault-be94", "--no-wait")


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("items[0].name", "vault-be94\n"),
        ("items[?name=='vault-full'].size_gb", "[100]\n"),
        ("length(items)", "9\n"),
        ("items[0].{id: id, tags: tags.env}", '{"id":"3b5816b5-f29c-4172-9d9a-76c719a659ce","tags":"prod"}\n'),
        ("items[8].name", "生产库-01\n"),
        ('join(`"\\n"`, items[:2].name)', "vault-be94\nvault-be94-archive\n"),
        ("nothing.at.all", "null\n"),
    ],
)
def test_what_is_found_is_printed_alone(expression: str, said: str, cloud: Cloud, run: Run) -> None:
    for more in ([], ["-o", "json"]):
        result = run(*VAULTS, "--query", expression, *more, env={"CBRCTL_OUTPUT": "jsonl"})
        assert (result.code, result.out, result.err) == (0, said, "")


def test_a_terminal_shows_it_indented_and_without_colour(cloud: Cloud, run_tty: Run) -> None:
    assert run_tty(*VAULTS, "--query", "items[0].tags", "--color", "always").out.split("\n")[:2] == [
        "{",
        '  "env": "prod",',
    ]


def test_a_backup_keeps_its_exit_code_and_tells_of_its_end(cloud: Cloud, run: Run) -> None:
    result = run("backup", "--vault", "vault-skip", "--query", "backups[0].skipped_resources[].name")
    assert result.code == 3
    assert len(json.loads(result.out)) == 1
    assert result.err


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("backups[", "from character 9 on"),
        ("backups[0] id", "from character 12 on"),
        ("'open", "from character 1 on"),
        ("nope(@)", "Unknown function: nope()"),
        ("length(@, @)", "Expected 1 argument"),
        ("&x", "no value that JSON has"),
        ("[&name]", "no value that JSON has"),
        ("(" * 3000, "too deep"),
        (f"backups[{'9' * 5000}]", "too long"),
        ("", "empty value"),
    ],
)
def test_a_slip_in_it_is_told_before_anything_is_sent(expression: str, why: str, cloud: Cloud, run: Run) -> None:
    result = run(*BACKUP, "--query", expression)
    assert (result.code, result.json()["error"]["kind"], posts(cloud)) == (2, "usage", 0)
    assert why in " ".join(result.err.split())


@pytest.mark.parametrize("output", ["table", "jsonl", "id"])
def test_it_is_of_json_alone(output: str, cloud: Cloud, run: Run) -> None:
    result = run(*BACKUP, "--query", "backups", "-o", output)
    assert (result.code, posts(cloud)) == (2, 0)
    assert f"--query and -o {output} contradict each other" in result.err


@pytest.mark.parametrize(
    "expression",
    [
        "backups[].[&name]",
        "backups[].to_number('NaN')",
        "backups[].to_number('1e999')",
        "sort_by(backups, &vault)",
        "sum(backups)",
        "backups[0].vault.name > `1` || abs(@)",
    ],
)
def test_what_does_not_fit_costs_no_result(expression: str, cloud: Cloud, run: Run) -> None:
    result = run(*BACKUP, "--query", expression)
    assert (result.code, posts(cloud)) == (0, 1)
    assert result.json()["backups"][0]["outcome"] == "accepted"
    assert "--query cannot be applied to this document" in " ".join(result.err.split())
    assert "vault-be94:" not in result.err.partition("warning:")[2].partition("\n")[0]


def test_an_error_is_a_document_too(cloud: Cloud, run: Run) -> None:
    result = run("vault", "show", "nowhere", "--query", "error.kind")
    assert (result.code, result.out) == (10, "not-found\n")
    assert "There is no vault nowhere." in result.err


def test_a_hostile_text_is_inert(scripted: Scripted, run: Run) -> None:
    from tests.support.logins import VAULT_LIST

    vault = {"id": "3b5816b5-f29c-4172-9d9a-76c719a659ce", "name": "a\x1b[31m\u202eb\nc", "resources": []}
    scripted.on(VAULT_LIST, {"vaults": [vault], "count": 1})
    assert run(*VAULTS, "--query", "items[0].name").out == "a\\u{1b}[31m\\u{202e}b\nc\n"
