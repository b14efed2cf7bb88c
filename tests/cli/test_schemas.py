"""The published schemas: sound by themselves, true to the contract (contract.md), and refusing what breaks it."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cbrctl.api.models import Resource, Vault
from cbrctl.backup.fields import FIELDS
from cbrctl.backup.request import VolumeChoice, build_detailed_request, build_request
from cbrctl.documents.request import ParametersJson, VolumesJson
from tests.support.exits import CODES, KIND_OF_CODE, MILDEST_FIRST
from tests.support.program import Run
from tests.support.schemas import (
    FOLDER,
    LISTS,
    NAMES,
    load,
    validate,
    validate_lines,
)

VAULT = "3b5816b5-f29c-4172-9d9a-76c719a659ce"
SERVER = "94eba8b2-acc9-4d82-badc-127144cc5526"
CHECKPOINT = "8b0851a8-0000-4000-8000-000000000001"
COPY = "b4c0851a-0000-4000-8000-000000000001"
TASK = "7a5c0851-0000-4000-8000-000000000001"
OP = "46CZN1ZPXVYTF005WA8K3RNASZ"
NOW = "2019-05-10T07:59:12.733403Z"

EXAMPLE = """
{
  "schema": "cbrctl.backup/v1",
  "outcome": "completed",
  "exit_code": 0,
  "backups": [
    {
      "op_id": "…", "outcome": "completed", "exit_code": 0, "sent": "yes", "attached": false,
      "vault": {"id": "…", "name": "…"},
      "checkpoint": {"id": "…", "status": "available", "created_at": "2019-05-10T07:59:12.733403Z", "project_id": "…",
                     "name": "…", "description": "…", "retention_days": -1},
      "resources": [{"id": "…", "name": "…", "type": "OS::Nova::Server", "size_gb": 40, "status": "available",
                     "backup_id": "…", "progress": 100, "error": null}],
      "skipped_resources": [{"id": "…", "name": "…", "type": "…", "code": "…", "reason": "…"}],
      "request": {"vault_id": "…", "parameters": {"incremental": true, "name": "cbrctl-…"}},
      "started_at": "…", "ended_at": "…", "warnings": [],
      "error": null
    }
  ]
}
"""
"""The contract's own, word for word."""

ERROR = {
    "code": "BackupService.6114", "kind": "capacity", "message": "There is no room.", "hint": "Enlarge the vault.",
    "http_status": 400, "request_id": "0a1b", "sent": "no",
}  # fmt: skip


def fill(value: Any, key: str = "") -> Any:
    """Put something true in the place of each ellipsis of the example."""
    if isinstance(value, dict):
        return {k: fill(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [fill(v, key) for v in value]
    if not isinstance(value, str) or "…" not in value:
        return value
    if key == "op_id":
        return OP
    if key.endswith("_at"):
        return NOW
    return VAULT if key == "id" or key.endswith("_id") else value.replace("…", "x")


def entry(outcome: str = "completed", exit_code: int = 0, **changes: Any) -> dict[str, Any]:
    """Return an entry that is right but for what the arguments make wrong."""
    made: dict[str, Any] = fill(json.loads(EXAMPLE))["backups"][0]
    sent = {"unknown": "unknown", "refused": "no", "error": "no", "planned": "no", "skipped": "no"}.get(outcome, "yes")
    made |= {"outcome": outcome, "exit_code": exit_code, "sent": sent}
    if exit_code:
        made["error"] = {**ERROR, "kind": KIND_OF_CODE.get(exit_code, "internal"), "sent": sent}
    if sent != "yes":
        made["checkpoint"] = None
    if outcome == "planned":
        url = f"https://cbr.example.com/v3/{VAULT}/checkpoints"
        made["http"] = {"method": "POST", "url": url, "body": {"checkpoint": made["request"]}}
    return {**made, **changes}


def document(*entries: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a document whose worst entry is the first."""
    outcome, exit_code = (entries[0]["outcome"], entries[0]["exit_code"]) if entries else ("completed", 0)
    made = {"schema": "cbrctl.backup/v1", "outcome": outcome, "exit_code": exit_code, "backups": list(entries)}
    return {**made, **changes}


def failure(exit_code: int = 2, **changes: Any) -> dict[str, Any]:
    """Return an error document."""
    told = {
        **ERROR,
        "code": None,
        "kind": KIND_OF_CODE[exit_code],
        "http_status": None,
        "request_id": None,
        "sent": None,
    }
    return {"schema": "cbrctl.error/v1", "exit_code": exit_code, "error": {**told, **changes}}


def line(type: str, **more: Any) -> dict[str, Any]:
    """Return a line of jsonl."""
    of_op = type in ("op", "status", "resource", "warning")
    head = {"op_id": OP, "vault": {"id": VAULT, "name": "vault-be94"}} if of_op else {}
    return {"type": type, "ts": "2019-05-10T07:59:12Z", **head, **more}


def refuses(document: Any, place: str = "") -> None:
    """Assert that a document is refused by what is published, at that place, not only by the tests' strictness."""
    with pytest.raises(AssertionError) as caught:
        validate(document, strict=False)
    assert place in str(caught.value)


def breaks(document: Any, place: str = "") -> None:
    """Assert that a document breaks a rule of the contract that is left open in what is published."""
    validate(document, strict=False)
    with pytest.raises(AssertionError) as caught:
        validate(document)
    assert place in str(caught.value)


def nodes(schema: Any, path: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the parts of a schema that describe objects; not the conditions."""
    if isinstance(schema, dict):
        yield path, schema
        for key in ("properties", "$defs"):
            for name, inner in schema.get(key, {}).items():
                yield from nodes(inner, f"{path}.{name}")
        for key in ("items", "additionalProperties"):
            yield from nodes(schema.get(key), f"{path}.{key}")


def keys_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the path of each key of a document."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        if isinstance(key, str):
            yield (*path, key)
        yield from keys_of(inner, (*path, key))


def change(value: Any, path: tuple[Any, ...], edit: Callable[[dict[str, Any], str], object]) -> Any:
    """Return a copy in which the object that holds the last key of `path` was edited."""
    changed = copy.deepcopy(value)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    edit(holder, path[-1])
    return changed


def drop(holder: dict[str, Any], key: str) -> None:
    """Leave a key out."""
    del holder[key]


def rename(holder: dict[str, Any], key: str) -> None:
    """Return a key another name."""
    holder[f"{key}_"] = holder.pop(key)


# the schemas themselves -----------------------------------------------------------------------------------------------


def test_all_documents_of_this_part_have_a_schema() -> None:
    wanted = "backup error event vaults vault checkpoint copies copy tasks task history op auth config doctor sandbox"
    assert set(wanted.split()) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
class TestEachSchema:
    def test_is_a_schema_of_the_draft(self, name: str) -> None:
        assert load(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        Draft202012Validator.check_schema(load(name))

    def test_is_told_by_id_title_and_text(self, name: str) -> None:
        schema = load(name)
        assert schema["$id"] == f"urn:cbrctl:schema:{name}:v1"
        assert schema["title"]
        assert schema["description"]

    def test_describes_each_property(self, name: str) -> None:
        silent = [f"{path}.{key}" for path, node in nodes(load(name)) for key, of in node.get("properties", {}).items()
                  if not (isinstance(of, dict) and (of.get("description") or "$ref" in of))]  # fmt: skip
        assert silent == []

    def test_can_be_used_alone_and_holds_nothing_unused(self, name: str) -> None:
        schema = load(name)
        used = set(re.findall(r'"\$ref": "([^"]*)"', json.dumps(schema)))
        assert used == {f"#/$defs/{part}" for part in schema.get("$defs", {})}

    def test_lets_keys_be_added(self, name: str) -> None:
        text = json.dumps(load(name))
        assert '"additionalProperties": false' not in text
        assert "unevaluatedProperties" not in text

    def test_takes_null_where_it_says_so(self, name: str) -> None:
        """A word about a value, like `not` a pattern, holds for null as well where it does not name a type."""
        for path, node in nodes(load(name)):
            if "null" in node.get("type", ()):
                assert Draft202012Validator({**node, "$defs": load(name).get("$defs", {})}).is_valid(None), path

    def test_requires_only_what_it_describes(self, name: str) -> None:
        strange = [(path, key) for path, node in nodes(load(name)) if "properties" in node
                   for key in node.get("required", ()) if key not in node["properties"]]  # fmt: skip
        assert strange == []

    def test_is_written_in_the_common_form(self, name: str) -> None:
        text = (FOLDER / f"{name}.json").read_text("utf-8")
        assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"

    def test_shares_its_parts_unaltered(self, name: str) -> None:
        for part, of in load(name).get("$defs", {}).items():
            for other in NAMES:
                assert load(other).get("$defs", {}).get(part, of) == of, f"{part} differs in {other}"

    def test_leaves_type_to_the_lines_of_jsonl(self, name: str) -> None:
        """The result line is the document with `"type": "result"`: a document with a type of its own cannot be one."""
        if name != "event":
            assert not {"type", "ts"} & set(load(name)["properties"])


def test_lists_hold_what_show_shows() -> None:
    for many, one in LISTS.items():
        if many in ("history", "auth", "check", "explain", "report"):
            continue  # `history show` tells more than the contract's items, and no command shows one of the others
        row, shown = load(many)["$defs"][one], load(one)
        assert {"schema": shown["properties"]["schema"], **row["properties"]} == shown["properties"]
        assert ["schema", *row["required"]] == shown["required"]


def test_an_op_is_an_item_of_the_history_and_more() -> None:
    row, shown = load("history")["$defs"]["item"], load("op")
    assert row["properties"].items() <= shown["properties"].items()
    assert ["schema", *row["required"]] == shown["required"][: len(row["required"]) + 1]
    contract = "op_id vault checkpoint_id outcome exit_code sent attached started_at ended_at"
    assert row["required"] == contract.split()


# the result document --------------------------------------------------------------------------------------------------


class TestTheExample:
    example = fill(json.loads(EXAMPLE))

    def test_is_right(self) -> None:
        assert "…" not in json.dumps(self.example, ensure_ascii=False)
        validate(self.example)

    @pytest.mark.parametrize("edit", [drop, rename])
    @pytest.mark.parametrize("path", [*keys_of(example)], ids=lambda path: ".".join(map(str, path)))
    def test_needs_each_of_its_keys(self, path: tuple[Any, ...], edit: Callable[[dict[str, Any], str], object]) -> None:
        changed = change(self.example, path, edit)
        if "request" in path[:-1] and path[-1] != "vault_id":  # what of it is sent is the user's choice
            if edit is drop:
                validate(changed)
            else:
                with pytest.raises(AssertionError):
                    validate(changed)
        else:
            refuses(changed, "" if path == ("schema",) else f"'{path[-1]}' is a required property")

    @pytest.mark.parametrize("path", [*keys_of(example)], ids=lambda path: ".".join(map(str, path)))
    def test_has_a_type_for_each_key(self, path: tuple[Any, ...]) -> None:
        refuses(change(self.example, path, lambda holder, key: holder.update({key: 1.5})))

    @pytest.mark.parametrize("path", [*keys_of(example)], ids=lambda p: ".".join(map(str, p)))
    def test_takes_new_keys_from_a_later_version_but_tests_tell_of_them(self, path: tuple[Any, ...]) -> None:
        changed = change(self.example, path, lambda holder, key: holder.update(new_key=1))
        validate(changed, strict=False)
        with pytest.raises(AssertionError, match="'new_key' was unexpected"):
            validate(changed)

    @pytest.mark.parametrize("key", ["name", "status", "description", "retention_days", "created_at", "project_id"])
    def test_has_null_for_what_is_not_known(self, key: str) -> None:
        validate(
            change(self.example, ("backups", 0, "checkpoint", key), lambda holder, key: holder.update({key: None}))
        )

    @pytest.mark.parametrize("stamp", ["2019-05-10T07:59:12", "2019-05-10 07:59:12Z", "2019-05-10T07:59:12+00:00",
                                       "2019-05-10T07:59:12+08:00", "2019-13-10T07:59:12Z", "2019-02-30T07:59:12Z",
                                       "2019-05-10", ""])  # fmt: skip
    def test_has_times_in_utc_with_z(self, stamp: str) -> None:
        refuses(document(entry(started_at=stamp)), "started_at")

    @pytest.mark.parametrize("text", [VAULT.upper(), VAULT[:-1], VAULT + "0", "vault-be94", ""])
    def test_has_ids(self, text: str) -> None:
        refuses(document(entry(vault={"id": text, "name": None})), "vault.id")
        refuses(document(entry(op_id=text)), "op_id")

    @pytest.mark.parametrize("text", ["a", "ecs-1f0f-0002", "instance:42/…", "\u8d44\u6e90", VAULT.upper()])
    def test_has_any_text_for_the_id_of_a_resource(self, text: str) -> None:
        one = {**entry()["resources"][0], "id": text}
        left_out = {**entry()["skipped_resources"][0], "id": text}
        request = {"vault_id": VAULT, "parameters": {"resources": [text]}}
        validate(document(entry(resources=[one], skipped_resources=[left_out], request=request)))

    @pytest.mark.parametrize("text", ["", " ", "a b", "a\n", "\0", "a\x7f", "\x85", "a\u3000"])
    def test_has_no_blanks_and_controls_in_it(self, text: str) -> None:
        refuses(document(entry(resources=[{**entry()["resources"][0], "id": text}])), "resources[0].id")

    def test_has_warnings_that_belong_to_no_vault(self) -> None:
        validate(document(entry(), warnings=["The metrics were not written."]))
        refuses(document(entry(), warnings=[1]), "$.warnings[0]")

    def test_has_ids_without_hyphens_too(self) -> None:
        validate(document(entry(vault={"id": VAULT.replace("-", ""), "name": None})))


class TestOutcomes:
    codes = sorted({0, *KIND_OF_CODE, 9, 16, 128})

    @pytest.mark.parametrize("outcome", CODES)
    def test_have_their_exit_codes_and_no_others(self, outcome: str) -> None:
        for code in self.codes:
            one = entry(outcome, code)
            if code in CODES[outcome]:
                validate(document(one))
            else:
                breaks(document(one), "$.backups[0].exit_code")

    @pytest.mark.parametrize("outcome", CODES)
    def test_have_them_in_the_document_too(self, outcome: str) -> None:
        for code in set(self.codes) - {min(CODES[outcome]), 129, 130, 143}:
            breaks(document(entry(outcome, min(CODES[outcome])), exit_code=code), "$.exit_code")

    @pytest.mark.parametrize("code", [129, 130, 143])
    def test_leave_the_signal_s_code_to_the_document(self, code: int) -> None:
        for outcome, codes in CODES.items():
            validate(document(entry(outcome, min(codes)), outcome=outcome, exit_code=code))

    def test_are_those_of_the_contract(self) -> None:
        breaks(document(entry("not-started", 0)), "outcome")
        breaks(document(entry("succeeded", 0)), "outcome")
        breaks(document(entry("completed", 0), outcome="COMPLETED"), "$.outcome")

    @pytest.mark.long
    def test_take_the_worst_entry(self) -> None:
        of_code = {code: outcome for outcome, codes in CODES.items() for code in codes}
        for rank, code in enumerate(MILDEST_FIRST):
            for other in MILDEST_FIRST[rank:]:
                worst, mild = entry(of_code[other], other), entry(of_code[code], code)
                validate(document(worst, mild))
                if other != code:
                    breaks(document(mild, worst), "$.exit_code")
                    breaks(document(mild, exit_code=other, outcome=of_code[other]), "$.exit_code")

    def test_of_an_empty_share_are_well(self) -> None:
        validate(document())


class TestErrors:
    @pytest.mark.parametrize("code", sorted(KIND_OF_CODE))
    def test_are_there_exactly_where_the_exit_code_is_not_0(self, code: int) -> None:
        outcome = next(o for o, codes in CODES.items() if code in codes)
        breaks(document(entry(outcome, code, error=None)), "$.backups[0].error")
        breaks(document(entry(error={**ERROR, "sent": "yes"})), "$.backups[0].error")
        if code not in (3, 4, 5, 6):
            refuses({**failure(code), "error": None}, "$.error")

    @pytest.mark.long
    @pytest.mark.parametrize("code", sorted(KIND_OF_CODE))
    def test_have_the_name_of_the_exit_code(self, code: int) -> None:
        outcome = next(o for o, codes in CODES.items() if code in codes)
        for kind in {*KIND_OF_CODE.values(), "ok", "bug", "notfound"} - {KIND_OF_CODE[code]}:
            one = entry(outcome, code)
            breaks(document({**one, "error": {**one["error"], "kind": kind}}), "error.kind")

    @pytest.mark.parametrize("edit", [drop, rename])
    @pytest.mark.parametrize("key", ERROR)
    def test_have_all_their_keys(self, key: str, edit: Callable[[dict[str, Any], str], object]) -> None:
        refuses(change(document(entry("refused", 13)), ("backups", 0, "error", key), edit), f"'{key}'")
        refuses(change(failure(), ("error", key), edit), f"'{key}'")

    @pytest.mark.parametrize(
        ("key", "value"),
        [("code", 6114), ("code", "6114"), ("message", None), ("message", ""), ("hint", ""), ("hint", None), ("http_status", "400"),
         ("http_status", 0), ("request_id", 1), ("sent", False), ("sent", "maybe"), ("kind", None)],
    )  # fmt: skip
    def test_have_the_right_types(self, key: str, value: object) -> None:
        one = entry("refused", 13)
        refuses(document({**one, "error": {**one["error"], key: value}}), f"error.{key}")

    def test_of_this_machine_have_no_code(self) -> None:
        validate(failure())
        validate(document(entry("error", 15, error={**ERROR, "kind": "local-state", "code": None})))

    @pytest.mark.parametrize("code", [0, 3, 4, 5, 6, 9, 17])
    def test_alone_never_speak_of_a_backup(self, code: int) -> None:
        breaks({**failure(), "exit_code": code}, "$.exit_code")

    @pytest.mark.parametrize("code", ["2", None, -1, 256])
    def test_have_an_exit_code_that_a_process_can_have(self, code: object) -> None:
        refuses({**failure(), "exit_code": code}, "$.exit_code")

    @pytest.mark.parametrize("sent", ["yes", "unknown"])
    def test_alone_never_have_sent_anything(self, sent: str) -> None:
        breaks(failure(sent=sent), "$.error.sent")


class TestEntries:
    @pytest.mark.parametrize("sent", ["yes", "no", "unknown"])
    def test_of_our_own_have_an_op_id(self, sent: str) -> None:
        breaks(document(entry("error", 1, sent=sent, op_id=None)), "op_id")

    def test_of_others_have_neither_op_id_nor_request(self) -> None:
        others = entry(sent=None, op_id=None, request=None)
        validate(document(others))
        breaks(document({**others, "op_id": OP}), "op_id")
        breaks(document({**others, "request": {"vault_id": VAULT}}), "request")

    def test_of_our_own_need_no_request(self) -> None:
        validate(document(entry(attached=True, request=None)))

    @pytest.mark.parametrize("code", sorted(CODES["unknown"]))
    def test_that_an_earlier_op_held_up_have_no_op_id_and_name_that_op(self, code: int) -> None:
        held = {**ERROR, "kind": KIND_OF_CODE[code], "sent": "no", "message": f"Not known yet: op {OP}."}
        one = entry("unknown", code, sent="no", op_id=None, request=None, error=held)
        validate(document(one))
        breaks(document({**one, "op_id": OP}), "op_id")
        breaks(document({**one, "error": {**held, "message": "Not known yet."}}), "error")

    @pytest.mark.parametrize("sent", ["YES", "", True, "maybe"])
    def test_say_whether_it_was_sent_in_three_words(self, sent: object) -> None:
        refuses(document(entry(sent=sent)), "sent")

    @pytest.mark.parametrize("sent", ["yes", "no", "unknown", None])
    def test_and_their_errors_agree_on_what_was_sent(self, sent: str | None) -> None:
        own = {} if sent else {"op_id": None, "request": None}
        for other in {"yes", "no", "unknown", None} - {sent}:
            told = {**ERROR, "kind": "pending", "sent": other}
            breaks(document(entry("pending", 5, sent=sent, error=told, **own)), "$.backups[0].error.sent")

    @pytest.mark.parametrize("sent", ["yes"])
    def test_that_are_unknown_do_not_know_what_was_sent(self, sent: str) -> None:
        told = {**ERROR, "kind": "unknown", "sent": sent}
        breaks(document(entry("unknown", 6, sent=sent, error=told)), "$.backups[0].sent")

    @pytest.mark.parametrize(("outcome", "code"), [("completed", 0), ("accepted", 0), ("partial", 3), ("failed", 4)])
    def test_of_a_backup_name_its_checkpoint(self, outcome: str, code: int) -> None:
        breaks(document(entry(outcome, code, checkpoint=None)), "checkpoint")

    def test_that_are_complete_have_no_failed_resource(self) -> None:
        broken = {**entry()["resources"][0], "status": "error"}
        breaks(document(entry(resources=[*entry()["resources"], broken])), "resources")
        validate(document(entry("partial", 3, resources=[broken])))

    def test_of_a_dry_run_show_the_request(self) -> None:
        planned = entry("planned")
        validate(document(planned))
        breaks(document({k: v for k, v in planned.items() if k != "http"}), "http")
        breaks(document({**planned, "sent": "yes"}), "sent")
        refuses(document({**planned, "http": {**planned["http"], "method": "GET"}}), "http.method")
        breaks(document({**planned, "request": {"vault_id": SERVER}}), "http.body.checkpoint")
        breaks(document(entry(http=planned["http"])), "http")

    def test_that_do_not_know_what_was_skipped_warn(self) -> None:
        validate(document(entry(skipped_resources=None, warnings=["Not known."])))
        breaks(document(entry(skipped_resources=None)), "warnings")
        breaks(document(entry("pending", 5, skipped_resources=None)), "warnings")
        validate(document(entry("error", 10, skipped_resources=None)))  # there is no backup

    @pytest.mark.parametrize(
        ("parameters", "place"),
        [
            ({}, "parameters"),
            ({"incremental": None}, "incremental"),
            ({"name": "x" * 65}, "name"),
            ({"retention_duration_days": 0}, "retention_duration_days"),
            ({"retention_duration_days": 36501}, "retention_duration_days"),
            ({"resources": []}, "resources"),
            ({"resources": ["a server"]}, "resources[0]"),
            ({"resources": [SERVER], "resource_details": []}, "parameters"),
            ({"resource_details": [{"id": SERVER, "type": "OS::Nova::Server"}]}, "'extra_info'"),
        ],
    )
    def test_show_a_request_that_the_service_takes(self, parameters: object, place: str) -> None:
        refuses(document(entry(request={"vault_id": VAULT, "parameters": parameters})), place)

    def test_take_every_request_that_can_be_made(self) -> None:
        volumes = {"exclude_volumes": [VAULT], "include_volumes": [{"id": VAULT}]}
        detail = {"id": SERVER, "type": "OS::Nova::Server", "extra_info": volumes}
        every = {"auto_trigger": True, "description": "x", "policy_id": VAULT, "resource_details": [detail]}
        validate(document(entry(request={"vault_id": VAULT, "parameters": every})))
        validate(document(entry(request={"vault_id": VAULT, "parameters": {"retention_duration_days": -1}})))
        validate(document(entry(request={"vault_id": VAULT})))

    def test_declare_every_part_of_a_request_that_is_written(self) -> None:
        values: dict[str, Any] = {"boolean": True, "integer": 30, "string": "nightly"}
        choice = {f.name: f.schema.get("enum", [values.get(str(f.schema.get("type")), VAULT)])[0] for f in FIELDS}
        resource = Resource.from_json({"id": SERVER, "type": "OS::Nova::Server"})
        vault = Vault.from_json({"id": VAULT, "resources": [resource.to_json()]})
        whole = build_request(VAULT, [SERVER], choice)
        detailed = build_detailed_request(vault, [], {SERVER: VolumeChoice((COPY,), (TASK,))}, choice)
        for request in (whole, detailed):
            validate(document(entry(request=request)))
        assert set(whole["parameters"]) | set(detailed["parameters"]) == {
            *(field.sent_as for field in FIELDS),
            *ParametersJson.__annotations__,
        }
        (detail,) = detailed["parameters"]["resource_details"]
        assert set(detail["extra_info"]) == set(VolumesJson.__annotations__)


class TestALaterVersion:
    """A pinned copy of the schemas takes what is not known today."""

    def test_may_say_other_outcomes_kinds_and_codes(self) -> None:
        later = entry("archived", 16, error={**ERROR, "kind": "archived"})
        breaks(document(later), "$.backups[0].outcome")
        breaks({**failure(), "exit_code": 16, "error": {**failure()["error"], "kind": "archived"}}, "$.error.kind")

    def test_may_write_other_lines_and_states(self) -> None:
        validate({"type": "sum", "ts": NOW, "total": 3}, strict=False)
        breaks(line("op", state="resting"), "$.state")

    @pytest.mark.parametrize("name", NAMES)
    def test_is_left_room_by_every_schema(self, name: str) -> None:
        of_today = {"outcome", "exit_code", "kind", "state", "type"}
        closed = [(path, key) for path, node in nodes(load(name)) for key in of_today & set(node.get("properties", {}))
                  if "enum" in node["properties"][key]]  # fmt: skip
        assert closed == []
        assert name == "event" or '"if"' not in json.dumps(load(name))


ROW = {
    "op_id": OP, "vault": {"id": VAULT, "name": None}, "checkpoint_id": None, "outcome": "pending", "exit_code": 5,
    "sent": "yes", "attached": False, "started_at": NOW, "ended_at": None,
}  # fmt: skip
SHOWN = {
    "schema": "cbrctl.op/v1", **ROW, "state": "accepted", "endpoint": "https://cbr.example.com", "project_id": VAULT,
    "request": {"vault_id": VAULT}, "marked": True, "sent_at": NOW, "service_sent_at": None,
}  # fmt: skip


class TestTheHistory:
    def test_shows_what_was_sent_and_what_was_found(self) -> None:
        validate({"schema": "cbrctl.history/v1", "items": [ROW, {**ROW, "outcome": None, "exit_code": None}]})
        validate(SHOWN)
        validate({**SHOWN, "sent": None, "attached": True, "request": None})

    @pytest.mark.parametrize("word", ["fail", "ignore", None])
    def test_may_say_how_skipped_resources_are_judged(self, word: str | None) -> None:
        validate({**SHOWN, "on_skip": word})
        validate({"schema": "cbrctl.history/v1", "items": [{**ROW, "on_skip": word}]})

    def test_says_nothing_that_is_not_known(self) -> None:
        breaks({**SHOWN, "on_skip": "never"}, "$.on_skip")
        breaks({**SHOWN, "state": "begun"}, "$.state")
        breaks({**SHOWN, "exit_code": 0}, "$.exit_code")
        breaks({"schema": "cbrctl.history/v1", "items": [{**ROW, "outcome": "begun"}]}, "$.items[0].outcome")


def test_findings_give_the_exit_code() -> None:
    wrong = {"check": "clock", "state": "error", "note": "", "error": {**ERROR, "kind": "auth"}}
    found = {"schema": "cbrctl.doctor/v1", "exit_code": 12, "findings": [wrong, {**wrong, "state": "warning"}]}
    validate(found)
    breaks({**found, "exit_code": 13}, "$.exit_code")
    breaks({**found, "findings": [{**wrong, "error": None}]}, "$.findings[0].error")
    breaks({**found, "findings": [{**wrong, "state": "ok"}]}, "$.findings[0].error")
    breaks({**found, "findings": [{**wrong, "state": "odd", "error": None}]}, "$.findings[0].state")
    breaks({**found, "findings": [{**wrong, "error": {**ERROR, "kind": "odd"}}]}, "$.findings[0].error.kind")


def test_credentials_are_of_a_known_kind() -> None:
    row = dict.fromkeys(load("auth")["$defs"]["source"]["required"]) | {"source": "x", "used": True, "checked": False}
    validate({"schema": "cbrctl.auth/v1", "items": [{**row, "kind": "token"}]})
    breaks({"schema": "cbrctl.auth/v1", "items": [{**row, "kind": "ring"}]}, "$.items[0].kind")


# jsonl ----------------------------------------------------------------------------------------------------------------

RESOURCE = fill(json.loads(EXAMPLE))["backups"][0]["resources"][0]
LINES = (
    line("op", state="sending"),
    line("op", state="accepted", checkpoint_id=CHECKPOINT),
    line("op", state="ended", outcome="completed", exit_code=0),
    line("status", checkpoint_id=CHECKPOINT, status="available"),
    line("resource", resource=RESOURCE),
    line("warning", message="Not known."),
)


class TestLines:
    @pytest.mark.parametrize("one", LINES, ids=lambda one: f"{one['type']}-{one.get('state', '')}")
    def test_are_right_and_need_each_of_their_keys(self, one: dict[str, Any]) -> None:
        validate(one)
        for path in keys_of(one):
            if one["type"] == "warning" and path[0] in ("op_id", "vault") and len(path) == 1:
                validate(change(one, path, drop))  # a warning may belong to no op
            elif path[-1] in ("checkpoint_id", "outcome", "exit_code") and one["type"] == "op":
                breaks(change(one, path, drop), "$.state")
            else:
                refuses(change(one, path, drop))

    def test_of_others_have_no_op_id(self) -> None:
        validate({**LINES[0], "op_id": None, "vault": {"id": None, "name": None}})

    @pytest.mark.parametrize("type", ["end", "backup", "Result"])
    def test_have_one_of_the_types(self, type: str) -> None:
        breaks({"type": type, "ts": NOW}, "$.type")

    @pytest.mark.parametrize("type", [None, 1, ""])
    def test_have_a_type(self, type: object) -> None:
        refuses({**LINES[0], "type": type}, "$.type")

    def test_name_the_checkpoint_that_is_followed(self) -> None:
        validate(line("op", state="attached", checkpoint_id=CHECKPOINT))
        validate(line("op", state="waiting"))

    def test_say_what_keeps_the_vault_busy(self) -> None:
        validate(line("op", state="waiting", who="checkpoint x, since 07:59"))
        refuses(line("op", state="waiting", who=None), "who")

    def test_have_outcomes_with_their_exit_codes(self) -> None:
        breaks({**LINES[2], "exit_code": 3}, "$.exit_code")
        breaks({**LINES[0], "state": "ended"}, "'outcome'")
        breaks({**LINES[0], "state": "begun"}, "$.state")
        breaks({**LINES[0], "state": "searching", "checkpoint_id": CHECKPOINT}, "$.state")
        breaks({**LINES[0], "checkpoint_id": CHECKPOINT}, "$.state")

    def test_end_in_the_document(self) -> None:
        validate_lines([json.dumps(one) for one in (*LINES, line("result", **document(entry())))])
        validate_lines([json.dumps(line("result", **failure()))])
        breaks(line("result", **document(entry("partial", 0))), "$.backups[0].exit_code")
        refuses(line("result", **{**failure(), "error": None}), "$.error")
        refuses(line("result", schema="error"), "$.schema")
        refuses(line("result"), "'schema'")

    @pytest.mark.parametrize("order", [(), (0,), (0, 1, 0), (1, 1), (1, 0)])
    def test_have_one_result_at_the_end(self, order: tuple[int, ...]) -> None:
        both = (json.dumps(LINES[0]), json.dumps(line("result", **document(entry()))))
        with pytest.raises(AssertionError, match="of type result"):
            validate_lines([both[n] for n in order])

    def test_of_lists_are_counted(self) -> None:
        vault: dict[str, Any] = {
            **dict.fromkeys(load("vault")["required"]),
            "id": VAULT,
            "tags": {"env": "prod"},
            "resources": [],
        }
        del vault["schema"]
        row, end = line("item", item=vault), line("result", schema="cbrctl.vaults/v1", count=1)
        validate_lines([json.dumps(row), json.dumps(end)])
        for wrong in ([row, row, end], [end], [line("item", item={"id": VAULT}), end], [row, {**end, "items": []}]):
            with pytest.raises(AssertionError):
                validate_lines([json.dumps(one) for one in wrong])
        refuses(line("result", schema="cbrctl.vaults/v1"), "'count'")


class TestValidate:
    @pytest.mark.parametrize("wrong", [None, [], "x", {}, {"schema": 1}, {"schema": "cbrctl.backup/v2"}])
    def test_refuses_what_is_no_document(self, wrong: object) -> None:
        with pytest.raises(AssertionError):
            validate(wrong)

    def test_refuses_a_schema_that_does_not_exist(self) -> None:
        with pytest.raises(AssertionError, match="there is no schema nothing"):
            validate({"schema": "cbrctl.nothing/v1"})

    def test_refuses_another_document_than_was_asked_for(self) -> None:
        with pytest.raises(AssertionError):
            validate(failure(), "backup")

    def test_says_where_it_is_wrong(self) -> None:
        with pytest.raises(
            AssertionError, match=r"backup: .*\n  \$\.backups\[0\]\.attached: 1 is not of type 'boolean'"
        ):
            validate(document(entry(attached=1)))


# what the program writes ----------------------------------------------------------------------------------------------

RUNS = {
    "vaults": "vault list",
    "vault": "vault show vault-be94",
    "copies": "copy list",
    "copy": f"copy show {COPY}",
    "tasks": "task list",
    "task": f"task show {TASK}",
    "checkpoint": f"checkpoint show {CHECKPOINT}",
    "backup": "backup --vault vault-be94 --no-wait",
    "error": "vault show vault-nowhere",
    "doctor": "doctor",
}


@pytest.mark.parametrize("name", RUNS)
class TestTheProgram:
    @pytest.mark.long
    def test_writes_the_document(self, name: str, run: Run) -> None:
        shown = run(*RUNS[name].split(), "--sandbox", "-o", "json").json()
        assert shown["schema"] == f"cbrctl.{name}/v1"
        validate(shown)

    @pytest.mark.long
    def test_writes_the_lines(self, name: str, run: Run) -> None:
        rows = validate_lines(run(*RUNS[name].split(), "--sandbox", "-o", "jsonl").out)
        assert rows[-1]["schema"] == f"cbrctl.{name}/v1"


@pytest.mark.long
@pytest.mark.parametrize(
    "words",
    ["backup --vault vault-be94 --dry-run", "backup --vault vault-be94 --timeout 0", "backup --vault vault-nowhere",
     "backup --vault vault-full --vault vault-frozen", "backup --vault vault-alldown", f"wait {CHECKPOINT} --timeout 0",
     f"wait {VAULT}", "backup --incremental --full --vault x", "backup --bogus", "backup"],
)  # fmt: skip
def test_every_end_is_a_document(words: str, run: Run) -> None:
    done = run(*words.split(), "--sandbox", "-o", "json")
    validate(done.json())
    assert done.json()["exit_code"] == done.code


def test_the_practice_cloud_s_variables_are_a_document() -> None:
    from cbrctl.sandbox import DemoCloud, Server

    with Server(DemoCloud()) as server:
        keys = dict(zip(("ACCESS_KEY", "SECRET_KEY"), server.keys, strict=True))
        shown = {"schema": "cbrctl.sandbox/v1", **server.variables(), **keys}
    validate(shown)
    for key in shown:
        with pytest.raises(AssertionError):
            validate({k: v for k, v in shown.items() if k != key})
