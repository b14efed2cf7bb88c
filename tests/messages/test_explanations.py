"""`cbrctl explain`: one list of every error with what, why and what to do; and the line of an error that leads there."""

import re
from pathlib import Path

import pytest

from cbrctl.api.error_bodies import is_refusal
from cbrctl.errors import BY_KIND, KINDS, OUTCOMES, SIGNALS, CbrctlError, ServiceFault
from cbrctl.messages.catalogue import MESSAGES, backgrounds
from cbrctl.messages.codes import leaves_open, read_codes
from cbrctl.messages.explanations import find_explanation, find_similar, name_explanation, read_explanations
from cbrctl.sandbox import Cloud
from tests.support import cbr
from tests.support.program import Run
from tests.support.schemas import validate
from tests.support.scripted import Answer, Scripted

OF_THE_API_PAGE = ("6113", "1001", "6114", "9900")
"""The codes that the page of the call names; what a backup can meet besides stands in the same table."""


def test_there_is_one_list_of_all() -> None:
    listed = read_explanations()
    assert len(listed) > 150
    assert set(read_codes()) <= set(listed)
    assert {entry.exit_code for entry in listed.values()} - {None} == {0, *(cls.exit_code for cls in BY_KIND.values())}
    assert set(backgrounds.MESSAGES) <= set(listed)


@pytest.mark.parametrize("name", sorted(read_explanations()))
def test_an_explanation_says_what_and_what_to_do(name: str) -> None:
    entry = read_explanations()[name]
    assert find_explanation(name.split()) == entry
    told = entry.told(str)
    assert told.what
    assert told.fix
    assert told.background.endswith((".", '".'))
    for text in told[3:]:
        assert not re.search(r"[{}]|  | [.:]", text), text


def test_whatever_leads_to_an_explanation_finds_one() -> None:
    errors = [CbrctlError(key) for key in MESSAGES]
    errors += [CbrctlError("service-refused", fault=ServiceFault(400, code, "", None)) for code in read_codes()]
    named = [name for error in errors if (name := name_explanation(error))]
    assert len(named) > len(read_codes()) + 60
    assert [name for name in named if find_explanation([name]) is None] == []
    assert set(backgrounds.SAME) | set(backgrounds.MESSAGES) <= set(MESSAGES)
    assert not set(backgrounds.SAME) & set(backgrounds.MESSAGES), "one answer each"


@pytest.mark.parametrize("name", [*OUTCOMES, *KINDS, *(f"exit {n}" for n in SIGNALS), "exit 0", *OF_THE_API_PAGE])
def test_every_word_of_a_result_is_explained(name: str) -> None:
    assert find_explanation(name.split()) is not None


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("6114", "BackupService.6114"),
        ("BackupService.6114", "BackupService.6114"),
        ("backupservice.6114", "BackupService.6114"),
        ("0001", "BackupService.0001"),
        ("0308", "APIGW.0308"),
        ("APIG.0308", "APIGW.0308"),
        ("exit 3", "exit 3"),
        ("3", "exit 3"),
        ("exit code 3", "exit 3"),
        ("exit 130", "exit 128+N"),
        ("partial", "exit 3"),
        ("Capacity", "exit 13"),
        ("refused", "refused"),
        ("completed", "completed"),
    ],
)
def test_what_is_typed(words: str, code: str) -> None:
    found = find_explanation(words.split())
    assert found is not None
    assert found.code == code
    assert found == find_explanation([words]), "in quotes as well"


@pytest.mark.parametrize(
    ("words", "near"),
    [
        ("6115", "6114"),
        ("BackupService.6115", "6114"),
        ("IAM.6114", "6114"),
        ("parital", "partial"),
        ("no-credential", "no-credentials"),
        ("APIGW.0309", "APIGW.0308"),
        ("exit 9", "exit 8"),
        ("9", "exit 10"),
        ("611", "6114"),
        ("5555", "6102"),
    ],
)
def test_a_mistyped_code_names_its_neighbours(words: str, near: str, run: Run) -> None:
    assert find_explanation(words.split()) is None
    assert near in find_similar(words.split())
    result = run("explain", *words.split())
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: There is no explanation of {words}.\n  Did you mean one of these: ")


def test_what_is_like_nothing_is_no_explanation(run: Run) -> None:
    result = run("explain", "\x1b[31mqqqq", "-o", "json")
    assert result.code == 2
    validate(result.json())
    assert "\x1b" not in result.err
    assert "Did you mean" not in result.err


# what it shows --------------------------------------------------------------------------------------------------------


@pytest.mark.english
def test_a_text_for_people(run: Run, run_tty: Run) -> None:
    result = run("explain", "6114")
    assert (result.code, result.err) == (0, "")
    head, blank, *text = result.out.splitlines()
    assert (head, blank) == ("BackupService.6114, capacity, exit code 13", "")
    assert text[:3] == [
        "The vault has no room for the backup.",
        "The vault is full: its backups use more than its size.",
        "→ Enlarge the vault or delete old copies, then run again.",
    ]
    assert run_tty("explain", "6114").out == result.out
    narrow = run_tty("explain", "no-credentials", columns=40).out.splitlines()
    assert max(map(len, narrow)) <= 40


def test_a_document(run: Run) -> None:
    for words in (("exit", "3"), ("partial",)):
        document = run("explain", *words, "-o", "json", "--lang", "zh_CN").json()
        validate(document)
        [item] = document["items"]
        assert (item["code"], item["kind"], item["exit_code"]) == ("exit 3", "partial", 3)
        assert item["what"] == KINDS["partial"].message
    every = run("explain", "-o", "json").json()
    validate(every)
    assert len(every["items"]) == len(read_explanations())
    assert run("explain", "-o", "id").out.splitlines() == [item["code"] for item in every["items"]]
    assert [row["code"] for row in run("explain").rows()] == [item["code"] for item in every["items"]]


# the line that leads there ----------------------------------------------------------------------------------------------


def test_an_error_of_the_service_ends_with_the_line(scripted: Scripted, run: Run, run_tty: Run) -> None:
    scripted.on(cbr.POST, Answer(400, {"error_code": "BackupService.6114", "error_msg": "x"}))
    for start in (run, run_tty):
        result = start("backup", "--vault", cbr.VAULT, "--color", "never")
        assert result.code == 13
        assert result.err.splitlines()[-1] == "  → cbrctl explain 6114"


def test_an_error_of_this_machine_ends_with_the_line(run: Run) -> None:
    result = run("vault", "list", "--region", "cn-north-4")
    assert (result.code, result.out) == (12, "")
    assert result.err.splitlines()[-1] == "  → cbrctl explain no-credentials"


def test_an_outcome_ends_with_the_line(run: Run, run_tty: Run) -> None:
    for start in (run, run_tty):
        result = start("backup", "--sandbox", "--vault", "vault-skip", "--color", "never")
        assert result.code == 3
        assert result.err.splitlines()[-1] == "  → cbrctl explain 7101", "what was skipped, and why, is behind it"


def test_an_error_that_says_it_all_has_no_such_line(run: Run) -> None:
    assert "explain" not in run("backup", "--nonsense").err


@pytest.mark.english
def test_a_code_of_a_resource_does_not_say_that_nothing_was_started(run: Run) -> None:
    """A partial backup names the code of what was skipped: its explanation is read beside a copy that is there."""
    told = " ".join(run("explain", "7101").out.split())
    assert "Said of one resource of a backup that was started" in told
    [item] = [i for i in run("explain", "-o", "json").json()["items"] if i["code"] == "BackupService.7101"]
    assert "Said of one resource" in item["background"]
    assert "Said of one resource" not in run("explain", "no-credentials").out


@pytest.mark.parametrize("code", ["APIGW.0613", "APIGW.0601", "APIGW.0202", "BackupService.9910", "BackupService.6113"])
def test_what_is_not_known_is_never_explained_as_not_started(code: str, scripted: Scripted, run: Run) -> None:
    """The last line of a screen is what one types next: it leads to what the exit code means, not to a refusal."""
    scripted.on(cbr.POST, Answer(503, {"error_code": code, "error_msg": "x"}))
    result = run("backup", "--vault", cbr.VAULT, "--settle", "0s")
    assert result.code == 6
    assert result.err.splitlines()[-1] == "  → cbrctl explain unknown"


@pytest.mark.parametrize("code", [code for code in read_codes() if leaves_open(code)])
def test_a_code_that_leaves_it_open_says_so(code: str) -> None:
    entry = read_explanations()[code]
    assert (entry.kind, entry.exit_code) == (None, None)
    assert "leaves open whether one was started" in entry.background
    assert not is_refusal(ServiceFault(400, code, "x", None))


@pytest.mark.parametrize("vault", ["vault-skip", "vault-alldown"])
def test_accepted_is_said_of_what_this_run_sent_and_was_taken_up(
    vault: str, cloud: Cloud, run: Run, tmp_path: Path
) -> None:
    first = run("backup", "--vault", vault, "--run-key", "k")
    again = run("backup", "--vault", vault, "--run-key", "k", env={"CBRCTL_STATE_DIR": str(tmp_path / "elsewhere")})
    assert (" accepted" in first.err.partition("error:")[2]) == (vault == "vault-skip")
    if vault == "vault-skip":
        assert "accepted" not in again.err
