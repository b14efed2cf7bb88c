"""The identity of a backup and the marker that carries it: golden values, and properties of the pure functions."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbrctl.ids import derive_op_id, new_op_id, parse_op_id
from cbrctl.marker import find_op, is_marked, mark, unmark
from tests.conftest import Run
from tests.scripted import POST, PROJECT, SERVER, VAULT, Scripted, posted

OTHER_VAULT = "e8e4fbd5-6a2c-4a3c-9a5e-3d8b1f4c2a01"
GOLDEN = {
    # worked out apart from the product: sha256 of "cbrctl-op-v1\nPROJECT\nVAULT\nKEY", ids without dashes, 16 bytes
    (PROJECT, VAULT, "nightly-2026-11-24"): "2DK6DWY8Z1K5ETE9ZAS3JXJPQM",
    (PROJECT, VAULT, "nightly-2026-11-25"): "5DQCEZM898S9N5B6QW7Z3EE1T4",
    (PROJECT, OTHER_VAULT, "nightly-2026-11-24"): "0EHGKJNKWFXGJ4DYGZT4A3Y3QK",
    (PROJECT, VAULT, "x"): "03VYJFJYMPFERY7RZ5NW352EPX",
    (PROJECT, VAULT, "每晚"): "6GXKWV29QB82VSTS9GKG57Q91W",
    (PROJECT, VAULT, "a b\nc"): "31P7QP4FZXRDP7WVK4SWMBHNZZ",
}  # a change of any of these makes a second backup of what an older version started
OPS = st.builds(new_op_id)
NAMES = st.from_regex(r"[\u4E00-\u9FA5a-zA-Z0-9_-]{1,64}", fullmatch=True).filter(lambda n: not n.startswith("cbrctl-"))
TEXTS = st.text(st.characters(exclude_characters="<>", exclude_categories=["Cs"]), max_size=219).filter(
    lambda t: "[cbrctl:" not in t and t == t.strip()
)


@pytest.mark.parametrize(("parts", "op_id"), GOLDEN.items(), ids=[str(parts[2]) for parts in GOLDEN])
def test_the_identity_of_a_run_key_never_changes(parts: tuple[str, str, str], op_id: str) -> None:
    assert derive_op_id(*parts) == op_id


def test_ids_are_the_same_with_dashes_and_without() -> None:
    dashed = f"{PROJECT[:8]}-{PROJECT[8:12]}-{PROJECT[12:16]}-{PROJECT[16:20]}-{PROJECT[20:]}"
    assert derive_op_id(dashed, VAULT.replace("-", ""), "k") == derive_op_id(PROJECT, VAULT, "k")


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_other_keys_are_other_backups(one: str, other: str) -> None:
    assert (derive_op_id(PROJECT, VAULT, one) == derive_op_id(PROJECT, VAULT, other)) == (one == other)


@given(OPS)
def test_an_op_id_is_26_digits_of_crockfords_alphabet(op_id: str) -> None:
    assert re.fullmatch(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", op_id)
    assert parse_op_id(op_id) == parse_op_id(op_id.lower()) == op_id


@pytest.mark.parametrize("text", [None, 5, "", "../../x", "0" * 25, "0" * 27, "8" + "0" * 25, "I" * 26, "０" * 26])
def test_what_is_no_op_id(text: object) -> None:
    assert parse_op_id(text) is None


@given(OPS, st.none() | NAMES, st.none() | TEXTS, st.booleans())
def test_a_marked_request_is_within_the_services_rules_and_can_be_unmarked(
    op_id: str, name: str | None, description: str | None, whole: bool
) -> None:
    parameters = {"name": name, "description": description or None, "resources": None if whole else [SERVER]}
    wish: dict[str, Any] = {"vault_id": VAULT, "parameters": {k: v for k, v in parameters.items() if v is not None}}
    marked = mark(wish, op_id)["parameters"]
    if name is None:
        assert marked["name"] == f"cbrctl-{op_id}"
        assert len(marked["name"]) <= 59  # the service numbers copies -0001
        assert marked.get("description") == (description or None)
    else:
        assert marked["name"] == name
        assert marked["description"].endswith(f"[cbrctl:{op_id}]")
    assert len(marked.get("description", "")) <= 255
    assert is_marked(op_id, marked["name"], marked.get("description"))
    assert unmark(mark(wish, op_id)) == unmark(wish) == wish


@pytest.mark.parametrize("suffix", ["", "-0001", "-0256", "_copy"])
def test_a_numbered_name_is_found_by_its_beginning(suffix: str) -> None:
    op_id = new_op_id()
    assert find_op(f"cbrctl-{op_id}{suffix}", None) == op_id


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("cbrctl-{op}X", None),
        ("my-cbrctl-{op}", None),
        ("cbrctl-{op:.25}", None),
        (None, "[cbrctl:{op}] not at the end"),
        (None, "cbrctl-{op}"),
        ("[cbrctl:{op}]", None),
        (None, None),
    ],
)
def test_what_is_no_marker(name: str | None, description: str | None) -> None:
    op_id = new_op_id()
    name, description = (text and text.format(op=op_id) for text in (name, description))
    assert not is_marked(op_id, name, description)


def test_what_is_sent(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    scripted.on(POST, posted())
    for options in ([], ["--description", "why"], ["--name", "mine"], ["--name", "mine", "--description", "why"]):
        [entry] = run("backup", "--vault", VAULT, *options, "--no-wait", "-o", "json").json()["backups"]
        sent = scripted.asked[-1].json()["checkpoint"]
        assert sent == entry["request"]
        op_id, parameters = entry["op_id"], sent["parameters"]
        if "--name" in options:
            words = "why " if "--description" in options else ""
            assert parameters == {"name": "mine", "description": f"{words}[cbrctl:{op_id}]"}
        else:
            assert parameters.pop("name") == f"cbrctl-{op_id}"
            assert parameters == ({"description": "why"} if options else {})
    run("backup", "--vault", VAULT, "--no-marker", "--no-wait", env={"CBRCTL_STATE_DIR": str(tmp_path / "other")})
    assert scripted.asked[-1].json() == {"checkpoint": {"vault_id": VAULT}}


@pytest.mark.parametrize(
    ("length", "options", "code"),
    [
        (255, [], 0),
        (256, [], 2),
        (219, ["--name", "mine"], 0),
        (220, ["--name", "mine"], 2),
        (255, ["--name", "mine", "--no-marker"], 0),
        (256, ["--name", "mine", "--no-marker"], 2),
    ],
)
def test_the_marker_takes_its_room_from_a_named_backups_description(
    length: int, options: list[str], code: int, scripted: Scripted, run: Run
) -> None:
    scripted.on(POST, posted())
    result = run("backup", "--vault", VAULT, "--description", "d" * length, *options, "--no-wait")
    assert result.code == code, result.err
    assert scripted.count(POST) == (code == 0)
