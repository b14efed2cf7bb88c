"""The identity of a backup and the marker that carries it: golden values, and properties of the pure functions."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbrctl.backup.marker import (
    LONGEST_MARKED,
    Marker,
    digest_of,
    find_markers,
    is_marked,
    mark,
    short_digest,
)
from cbrctl.ids import derive_op_id, new_op_id, parse_op_id
from tests.support import cbr
from tests.support.program import Run
from tests.support.scripted import Scripted

OTHER_VAULT = "e8e4fbd5-6a2c-4a3c-9a5e-3d8b1f4c2a01"
GOLDEN = {
    # worked out apart from the product: sha256 of "cbrctl-op-v1\nPROJECT\nVAULT\nKEY", ids without dashes, 16 bytes
    (cbr.PROJECT, cbr.VAULT, "nightly-2026-11-24"): "2DK6DWY8Z1K5ETE9ZAS3JXJPQM",
    (cbr.PROJECT, cbr.VAULT, "nightly-2026-11-25"): "5DQCEZM898S9N5B6QW7Z3EE1T4",
    (cbr.PROJECT, OTHER_VAULT, "nightly-2026-11-24"): "0EHGKJNKWFXGJ4DYGZT4A3Y3QK",
    (cbr.PROJECT, cbr.VAULT, "x"): "03VYJFJYMPFERY7RZ5NW352EPX",
    (cbr.PROJECT, cbr.VAULT, "每晚"): "6GXKWV29QB82VSTS9GKG57Q91W",
    (cbr.PROJECT, cbr.VAULT, "a b\nc"): "31P7QP4FZXRDP7WVK4SWMBHNZZ",
}  # a change of any of these makes a second backup of what an older version started
OPS = st.builds(new_op_id)
NAMES = st.from_regex(r"[\u4E00-\u9FA5a-zA-Z0-9_-]{1,64}", fullmatch=True).filter(lambda n: not n.startswith("cbrctl-"))
TEXTS = st.text(st.characters(exclude_characters="<>", exclude_categories=["Cs"]), max_size=LONGEST_MARKED).filter(
    lambda t: "[cbrctl:" not in t and t == t.strip()
)
DIGEST = r"[A-HJKMNP-TV-Z][0-9A-HJKMNP-TV-Z]{3}"
"""The first is a letter, so that no number of the service is taken for it."""


@pytest.mark.parametrize(("parts", "op_id"), GOLDEN.items(), ids=[str(parts[2]) for parts in GOLDEN])
def test_the_identity_of_a_run_key_never_changes(parts: tuple[str, str, str], op_id: str) -> None:
    assert derive_op_id(*parts) == op_id


def test_ids_are_the_same_with_dashes_and_without() -> None:
    dashed = f"{cbr.PROJECT[:8]}-{cbr.PROJECT[8:12]}-{cbr.PROJECT[12:16]}-{cbr.PROJECT[16:20]}-{cbr.PROJECT[20:]}"
    assert derive_op_id(dashed, cbr.VAULT.replace("-", ""), "k") == derive_op_id(cbr.PROJECT, cbr.VAULT, "k")


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_other_keys_are_other_backups(one: str, other: str) -> None:
    assert (derive_op_id(cbr.PROJECT, cbr.VAULT, one) == derive_op_id(cbr.PROJECT, cbr.VAULT, other)) == (one == other)


@given(OPS)
def test_an_op_id_is_26_digits_of_crockfords_alphabet(op_id: str) -> None:
    assert re.fullmatch(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", op_id)
    assert parse_op_id(op_id) == parse_op_id(op_id.lower()) == op_id


@pytest.mark.parametrize("text", [None, 5, "", "../../x", "0" * 25, "0" * 27, "8" + "0" * 25, "I" * 26, "０" * 26])
def test_what_is_no_op_id(text: object) -> None:
    assert parse_op_id(text) is None


@given(OPS, st.none() | NAMES, st.none() | TEXTS, st.booleans())
def test_a_marked_request_is_within_the_services_rules_and_is_found(
    op_id: str, name: str | None, description: str | None, whole: bool
) -> None:
    parameters = {"name": name, "description": description or None, "resources": None if whole else [cbr.SERVER]}
    wish: dict[str, Any] = {"vault_id": cbr.VAULT, "parameters": {k: v for k, v in parameters.items() if v is not None}}
    before = json.dumps(wish)
    marked = mark(wish, op_id)["parameters"]
    assert json.dumps(wish) == before
    digest = short_digest(digest_of(wish))
    assert re.fullmatch(DIGEST, digest)
    if name is None:
        assert marked["name"] == f"cbrctl-{op_id}-{digest}"
        assert len(marked["name"]) + len("-0001") <= 64  # the service numbers copies
        assert len(marked["name"]) <= 59
        assert marked.get("description") == (description or None)
    else:
        assert marked["name"] == name
        assert marked["description"] == f"{description or ''} [cbrctl:{op_id}-{digest}]".lstrip()
    assert len(marked.get("description", "")) <= 255
    assert is_marked(op_id, marked["name"], marked.get("description"))
    assert Marker(op_id, digest) in find_markers(marked["name"], marked.get("description"))


@given(OPS, st.text(max_size=9), st.text(max_size=9))
def test_a_marker_is_found_anywhere_in_any_case(op_id: str, before: str, behind: str) -> None:
    for digest in (None, "ABCD"):
        marker = op_id + (f"-{digest}" if digest else "")
        for text in (f"cbrctl-{marker} ", f"[cbrctl:{marker}]"):
            for shown in (text, text.lower(), text.upper(), text.swapcase()):
                assert Marker(op_id, digest) in find_markers(before + shown + behind)
                assert is_marked(op_id, None, before + shown + behind)


@pytest.mark.parametrize(
    ("suffix", "digest"),
    [
        ("", None),
        ("-0001", None),  # a number of the service is no digest
        ("-0256", None),
        ("-9ABC", None),
        ("_copy", None),
        ("-", None),
        ("-A123", "A123"),
        ("-a1b2", "A1B2"),
        ("-A123-0001", "A123"),
        ("-A123_copy", "A123"),
        ("]", None),
    ],
)
@pytest.mark.parametrize("lead", ["cbrctl-", "my-cbrctl-", "[cbrctl:", "CBRCTL-", "why cbrctl:"])
def test_what_the_service_or_people_put_around_it(lead: str, suffix: str, digest: str | None) -> None:
    op_id = new_op_id()
    assert list(find_markers(None, f"{lead}{op_id}{suffix}")) == [Marker(op_id, digest)]


@pytest.mark.parametrize(
    "text",
    [
        "cbrctl-{op}X",
        "cbrctl-{op}0",
        "cbrctl-{op:.25}",
        "cbrctl_{op}",
        "cbrctl{op}",
        "cbrctl- {op}",
        "{op}",
        "",
        None,
    ],
)
def test_what_is_no_marker(text: str | None) -> None:
    op_id = new_op_id()
    shown = text and text.format(op=op_id)
    assert not is_marked(op_id, shown, shown)
    assert list(find_markers(shown)) == []


def test_the_marker_of_another_op_is_not_ours() -> None:
    ours, theirs = new_op_id(), new_op_id()
    assert not is_marked(ours, f"cbrctl-{theirs}-ABCD", f"[cbrctl:{theirs}-ABCD]")
    assert is_marked(ours, f"cbrctl-{theirs}-ABCD", f"[cbrctl:{theirs}] [cbrctl:{ours}]")
    assert [m.op_id for m in find_markers(f"cbrctl-{theirs}-ABCD cbrctl-{ours}")] == [theirs, ours]


# the digest ---------------------------------------------------------------------------------------------------------

VOLUMES = [f"7000000{n}-0000-4000-8000-000000000000" for n in range(3)]


def detail(resource_id: str, exclude: list[str] | None = None, include: list[str] | None = None) -> dict[str, Any]:
    extra: dict[str, Any] = {"exclude_volumes": exclude} if exclude else {}
    if include:
        extra["include_volumes"] = [{"id": volume} for volume in include]
    return {"id": resource_id, "type": "OS::Nova::Server", "extra_info": extra}


@given(st.data())
def test_the_order_of_resources_details_and_volumes_means_nothing(data: st.DataObject) -> None:
    def mixed(items: list[Any]) -> list[Any]:
        return data.draw(st.permutations(items))

    pairs: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"resources": [cbr.SERVER, cbr.SERVER_2, "db-1"]}, {"resources": mixed([cbr.SERVER, cbr.SERVER_2, "db-1"])}),
        (
            {"resource_details": [detail(cbr.SERVER, VOLUMES), detail(cbr.SERVER_2, None, VOLUMES)]},
            {
                "resource_details": mixed(
                    [detail(cbr.SERVER, mixed(VOLUMES)), detail(cbr.SERVER_2, None, mixed(VOLUMES))]
                )
            },
        ),
    ]
    for wish, other in pairs:
        one = {"vault_id": cbr.VAULT, "parameters": {"incremental": True, "description": "why", **wish}}
        again = {"vault_id": cbr.VAULT, "parameters": {**other, "description": "why", "incremental": True}}
        assert digest_of(one) == digest_of(again)
        assert mark(one, NEW_OP)["parameters"]["name"] == mark(again, NEW_OP)["parameters"]["name"]


NEW_OP = new_op_id()
DIFFERENT: list[dict[str, Any]] = [
    {},
    {"incremental": True},
    {"incremental": False},
    {"name": "a"},
    {"name": "b"},
    {"name": "a", "description": "why"},
    {"description": "why"},
    {"auto_trigger": False},
    {"retention_duration_days": 1},
    {"retention_duration_days": -1},
    {"policy_id": cbr.VAULT},
    {"resources": [cbr.SERVER]},
    {"resources": [cbr.SERVER_2]},
    {"resources": [cbr.SERVER, cbr.SERVER_2]},
    {"resource_details": [detail(cbr.SERVER)]},
    {"resource_details": [detail(cbr.SERVER, VOLUMES[:1])]},
    {"resource_details": [detail(cbr.SERVER, None, VOLUMES[:1])]},
    {"resource_details": [detail(cbr.SERVER, VOLUMES[:2])]},
    {"resource_details": [detail(cbr.SERVER, VOLUMES[:1]), detail(cbr.SERVER_2, VOLUMES[1:2])]},
    {"resource_details": [detail(cbr.SERVER, VOLUMES[1:2]), detail(cbr.SERVER_2, VOLUMES[:1])]},
]


def test_other_parameters_have_another_digest() -> None:
    digests = [digest_of({"vault_id": cbr.VAULT, "parameters": parameters}) for parameters in DIFFERENT]
    assert len(set(digests)) == len(DIFFERENT)
    assert len({short_digest(digest) for digest in digests}) == len(DIFFERENT)
    assert digest_of({"vault_id": cbr.VAULT}) == digests[0]
    assert all(re.fullmatch(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", digest) for digest in digests)


@given(st.text())
def test_any_text_has_a_digest(text: str) -> None:
    """Half a surrogate pair too."""
    for parameters in ({"description": text}, {"resources": [text, cbr.SERVER]}, {"name": f"{text}\ud800"}):
        assert len(digest_of({"vault_id": cbr.VAULT, "parameters": parameters})) == 26


# worked out apart from the product: sha256 of the sorted JSON of the parameters, 16 bytes, in Crockford's base 32
GOLDEN_DIGESTS = {
    "{}": "242DQT6NDKCY512HND2VVYGS4Y",
    '{"incremental": true, "resources": ["b", "a"]}': "10N6876W7YXB4WKDXZ467BAFMH",
    '{"description": "每晚", "name": "n"}': "74YY2PS6EJ8X2XPGRV9XXKB2K1",
}


@pytest.mark.parametrize(("parameters", "digest"), GOLDEN_DIGESTS.items())
def test_a_digest_never_changes(parameters: str, digest: str) -> None:
    """Another version of cbrctl on another machine must not take the same for something else."""
    assert digest_of({"vault_id": cbr.VAULT, "parameters": json.loads(parameters)}) == digest


def test_what_is_sent(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    scripted.on(cbr.POST, cbr.posted())
    for options in ([], ["--description", "why"], ["--name", "mine"], ["--name", "mine", "--description", "why"]):
        [entry] = run("backup", "--vault", cbr.VAULT, *options, "--no-wait", "-o", "json").json()["backups"]
        sent = scripted.asked[-1].json()["checkpoint"]
        assert sent == entry["request"]
        op_id, parameters = entry["op_id"], sent["parameters"]
        if "--name" in options:
            words = "why " if "--description" in options else ""
            marker = rf"{words}\[cbrctl:{op_id}-{DIGEST}\]"
            assert parameters.pop("name") == "mine"
            assert re.fullmatch(marker, parameters.pop("description"))
            assert parameters == {}
        else:
            assert re.fullmatch(f"cbrctl-{op_id}-{DIGEST}", parameters.pop("name"))
            assert parameters == ({"description": "why"} if options else {})
    run("backup", "--vault", cbr.VAULT, "--no-marker", "--no-wait", env={"CBRCTL_STATE_DIR": str(tmp_path / "other")})
    assert scripted.asked[-1].json() == {"checkpoint": {"vault_id": cbr.VAULT}}


@pytest.mark.parametrize(
    ("length", "options", "code"),
    [
        (255, [], 0),
        (256, [], 2),
        (214, ["--name", "mine"], 0),
        (215, ["--name", "mine"], 2),
        (255, ["--name", "mine", "--no-marker"], 0),
        (256, ["--name", "mine", "--no-marker"], 2),
    ],
)
def test_the_marker_takes_its_room_from_a_named_backups_description(
    length: int, options: list[str], code: int, scripted: Scripted, run: Run
) -> None:
    scripted.on(cbr.POST, cbr.posted())
    result = run("backup", "--vault", cbr.VAULT, "--description", "d" * length, *options, "--no-wait")
    assert result.code == code, result.err
    assert scripted.count(cbr.POST) == (code == 0)
