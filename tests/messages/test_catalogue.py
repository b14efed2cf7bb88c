"""The messages: each stands once, each is used, whatever is raised has one, and no error is lost for want of one."""

import ast
import json
import re
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbrctl import errors
from cbrctl.errors import (
    BY_KIND,
    KINDS,
    OUTCOMES,
    SIGNALS,
    CbrctlError,
    Forbidden,
    NotFound,
    ServiceFault,
    error_class,
    exit_code_of,
    worst,
)
from cbrctl.messages.catalogue import MESSAGES, outcomes, requests, setup
from cbrctl.messages.error_text import describe, tell
from cbrctl.screen.text import write_json
from tests.support.exits import CODES, KIND_OF_CODE, MILDEST_FIRST
from tests.support.schemas import validate

ROOT = Path(__file__).parents[2] / "cbrctl"
SOURCES = [p for p in ROOT.rglob("*.py") if not {"catalogue", "sandbox", "generated"} & set(p.relative_to(ROOT).parts)]
MADE = ("service-",)
"""What keys of a service's refusals begin with, which are put together from its kind."""


def words() -> set[str]:
    """Every text that stands in the sources."""
    nodes = (node for path in SOURCES for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def raised() -> set[str]:
    """The key of each error and each warning that the sources make."""
    classes = "(?<!Value)Error|Unknown|Unreachable|NotFound|Busy|Refused|LocalState|Partial|Failed|Pending|warn"
    pattern = re.compile(rf"(?:{classes})\(\s*\"([a-z-]+)\"")
    return {key for path in SOURCES for key in pattern.findall(path.read_text("utf-8"))}


def test_a_message_stands_once() -> None:
    parts = [setup.MESSAGES, outcomes.MESSAGES, requests.MESSAGES]
    assert sum(map(len, parts)) == len(MESSAGES)


def test_every_message_is_used() -> None:
    assert {key for key in MESSAGES if not key.startswith(MADE)} - words() == set()


def test_what_is_raised_has_a_message() -> None:
    assert raised() - set(MESSAGES) == set()
    assert len(raised()) > 60, "the pattern sees them"


# the table of kinds ---------------------------------------------------------------------------------------------------

CLASSES = [*BY_KIND.values(), Forbidden]
EVERY = pytest.mark.parametrize("error", CLASSES, ids=lambda cls: cls.__name__)
WARNINGS = {"busy-skipped", "sent-again", "other-parameters", "duplicate-checkpoint", "skipped-unknown"}
"""Entries that are only ever warnings: there is nothing to do about them."""


def test_the_table_says_what_the_contract_says() -> None:
    assert {cls.exit_code: kind for kind, cls in BY_KIND.items()} | dict.fromkeys(SIGNALS, "signal") == KIND_OF_CODE
    assert OUTCOMES == CODES
    assert set(BY_KIND) == set(KINDS) - {"signal"}


def test_the_tree_of_the_docstring_is_the_table() -> None:
    tree = re.findall(r"^.*?([A-Z]\w+) +(\d+)  ([a-z-]+)", errors.__doc__ or "", re.MULTILINE)
    assert sorted(tree) == sorted((cls.__name__, str(cls.exit_code), kind) for kind, cls in BY_KIND.items())


@EVERY
def test_a_class_and_its_exit_code_belong_together(error: type[CbrctlError]) -> None:
    assert (error.kind, error.exit_code) == (error.about.name, error.about.exit_code)
    assert issubclass(error, error_class(error.exit_code))
    assert error.exit_code in OUTCOMES[error("x").outcome]


def test_a_code_that_is_in_no_table_is_a_bug() -> None:
    assert error_class(99) is CbrctlError
    assert exit_code_of("blessed") == 1


def test_not_found_is_a_refusal_where_the_service_says_it_of_the_request() -> None:
    assert NotFound("vault-not-found").outcome == "error"
    assert NotFound("service-not-found", sent="no").outcome == "refused"


def test_an_outcome_has_its_exit_code() -> None:
    plain = {name: min(codes) for name, codes in CODES.items() if len(codes) == 1} | {"pending": 5, "unknown": 6}
    assert {name: exit_code_of(name) for name in plain} == plain


def test_the_worst_is_the_contracts() -> None:
    assert worst([]) == 0
    ranked = {cls.exit_code for cls in BY_KIND.values() if cls.kind not in ("usage", "signal")}
    assert ranked <= set(MILDEST_FIRST), "a kind is ranked nowhere in the tests"
    for pair in permutations(MILDEST_FIRST, 2):
        assert worst(pair) == max(pair, key=MILDEST_FIRST.index)
    for odd in (2, 9, 130):
        assert {worst([odd, code]) for code in MILDEST_FIRST} == {odd}, "a code that nobody ranked is the worst"


# no document is lost --------------------------------------------------------------------------------------------------


class Mute:
    """What cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError


def shown(error: CbrctlError, **more: Any) -> dict[str, Any]:
    """Return the error of a document, which a program can read back and which the schema allows."""
    assert all(isinstance(part, str) for part in tell(error))
    code = more.get("exit_code", error.exit_code)
    document = {"schema": "cbrctl.error/v1", "exit_code": code, "error": describe(error, **more)}
    back: dict[str, Any] = json.loads(write_json(document))
    assert back["error"]["message"]
    assert back["error"]["hint"]
    validate(back, strict=False)
    return back["error"]  # type: ignore[no-any-return]


@EVERY
def test_an_error_without_a_message_is_told_in_the_words_of_its_kind(error: type[CbrctlError]) -> None:
    fault = ServiceFault(400, "BackupService.6114", "no room", "id-1")
    told = shown(error("nobody-wrote-it", note="a detail", fault=fault))
    assert told["message"].startswith(error.about.message)
    assert "a detail" in told["message"]
    assert "The vault is full" in told["message"], "what the code means"
    assert 'The service: "no room"' in told["message"]
    assert "Enlarge the vault" in told["hint"]
    assert shown(error("nobody-wrote-it"))["hint"].startswith(error.about.hint.partition("{")[0])


@EVERY
@pytest.mark.sampled(4)
def test_a_message_whose_values_are_missing_is_told_all_the_same(error: type[CbrctlError]) -> None:
    for key in MESSAGES:
        told = shown(error(key))
        assert "{" not in told["message"] + told["hint"], key
        assert "{" not in "".join(tell(error(key))), key


@pytest.mark.parametrize("code", SIGNALS)
def test_a_signal_is_told_as_one(code: int) -> None:
    assert shown(CbrctlError("internal"), exit_code=code)["kind"] == "signal"


def test_only_warnings_leave_open_what_to_do() -> None:
    assert {key for key, message in MESSAGES.items() if not message.fix} == WARNINGS
    assert tell(CbrctlError("sent-again")).fix == "", "no bug is to be reported of a warning"


ODD = st.one_of(
    st.none(), st.booleans(), st.floats(), st.binary(max_size=50), st.text(st.characters(), max_size=50),
    st.sampled_from(["\ud800", "{", "}", "{0}", "{note}", "{note.x}", "%s", "x" * 100_000, Mute(), [Mute()], ("\0",)]),
)  # fmt: skip


@given(
    st.sampled_from(CLASSES),
    st.one_of(st.sampled_from(sorted(MESSAGES)), st.text(max_size=20)),
    st.dictionaries(st.sampled_from(["vault", "note", "why", "fix", "who", "path", "checkpoint", "x", "\ud800"]), ODD),
    st.one_of(st.none(), st.builds(
        ServiceFault, st.sampled_from([0, 200, 404, 599]), st.one_of(st.none(), st.sampled_from(["6114", "odd", ""])), st.text()
        | st.just("\udfff"), st.none() | st.text(),
    )),
)  # fmt: skip
def test_nothing_that_an_error_holds_can_stop_it_from_being_told(
    error: type[CbrctlError], key: str, values: dict[str, Any], fault: ServiceFault | None
) -> None:
    told = error(key, fault=fault)
    told.values = values
    told.note = values.get("x", "")
    shown(told)


def test_what_is_told_is_no_longer_than_anybody_reads() -> None:
    assert len(tell(CbrctlError("internal", note="x" * 10_000_000)).why) < 2100
