"""`cbrctl check`: what is read, what is called good, and that nothing is called good which was not read whole."""

import re
import shlex
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import pytest

from cbrctl.durations import write_stamp
from cbrctl.sandbox import Cloud, Resource
from cbrctl.sandbox.seed import COPY_YESTERDAY, DAY_SECONDS, VAULT_ARCHIVE, VAULT_BE94, VAULT_FULL, add_backup
from tests.support import cbr
from tests.support.practice import asked
from tests.support.program import Result, Run
from tests.support.protected import (
    FLAWS,
    IDS,
    NOW,
    REFUSALS,
    Service,
    copy_row,
    unreadable,
    vault_row,
)
from tests.support.schemas import validate, validate_lines
from tests.support.scripted import Answer, Asked, Scripted

DAY = ("--max-age", "26h")
HEAD = {"none": 4, "partial": 3, "good": 0}


def check(run: Run, *words: str, **more: Any) -> tuple[Result, dict[str, Any]]:
    """Run a check, and return its document too, which is as its schema says."""
    result = run("check", *words, "-o", "json", **more)
    document = result.json()
    validate(document)
    assert document["exit_code"] == result.code
    return result, document


def back_up(cloud: Cloud, vault_id: str, age: float = 3600.0) -> None:
    """Put a copy of everything in a vault into the cloud."""
    vault = cloud.vaults[vault_id]
    for one in vault.resources:
        ids = (str(uuid4()), str(uuid4()), str(uuid4()))
        add_backup(cloud, vault, one, name="nightly", started=cloud.started - age, ids=ids)


# the verdict ----------------------------------------------------------------------------------------------------------


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("--vault vault-be94 --max-age 26h", "good"),
        ("--vault vault-be94", "good"),
        ("--resource ecs-1f0f-0002 --max-age 26h", "good"),
        (f"--vault {VAULT_BE94} --resource ecs-1f0f-0002", "good"),
        ("--tag env=prod --tag team=web --max-age 26h", "good"),
        ("--vault vault-be94 --max-age 23h", "none"),
        ("--vault vault-full", "none"),
        ("--vault vault-be94 --vault vault-full", "partial"),
        ("--tag env=prod", "partial"),
        ("--all-vaults --max-age 26h", "partial"),
        ("--all-vaults --exclude vault-be94", "none"),
        # a backup that runs is none yet
        ("--vault vault-busy", "none"),
    ],
)
def test_the_verdict(words: str, outcome: str, cloud: Cloud, run: Run) -> None:
    result, document = check(run, *words.split())
    assert (document["outcome"], result.code) == (outcome, HEAD[outcome]), result.err
    assert not [r for r in cloud.requests if r.path.endswith("/checkpoints")]


def test_the_document_says_which_copy_and_how_old(cloud: Cloud, run: Run) -> None:
    result, document = check(run, "--vault", "vault-be94", "--vault", "vault-full", *DAY)
    lacks, good = document["items"]
    assert (lacks["state"], lacks["vault"]["name"], lacks["copy"], lacks["age_seconds"]) == (
        "none",
        "vault-full",
        None,
        None,
    )
    assert (good["state"], good["vault"]["id"], good["copy"]["id"]) == ("good", VAULT_BE94, COPY_YESTERDAY)
    assert good["resource"] == {"id": cbr.SERVER, "name": "ecs-1f0f-0002", "type": "OS::Nova::Server"}
    assert abs(good["age_seconds"] - DAY_SECONDS) < 60
    assert document["max_age_seconds"] == 26 * 3600
    assert document["error"]["kind"] == "partial"
    assert "1 of 2 protected resources" in result.err
    assert "cbrctl backup --vault vault-full" in result.err


def test_what_is_to_be_done_can_be_run(cloud: Cloud, run: Run) -> None:
    _, document = check(run, "--vault", "vault-full")
    line = document["error"]["hint"].partition(" makes one")[0]
    assert run(*shlex.split(line)[1:], "--dry-run").code == 0


def test_each_format(cloud: Cloud, run: Run) -> None:
    words = ("check", "--vault", "vault-full", "--vault", "vault-be94", *DAY, "-o")
    [lacks, good] = run(*words, "table").rows()
    assert (lacks["vault"], lacks["state"], lacks["age_seconds"], lacks["copy_id"]) == ("vault-full", "none", "", "")
    assert (good["vault_id"], good["state"], good["copy_id"]) == (VAULT_BE94, "good", COPY_YESTERDAY)
    assert abs(int(good["age_seconds"]) - DAY_SECONDS) < 60
    lines = validate_lines(run(*words, "jsonl").out)
    assert [line["type"] for line in lines] == ["item", "item", "result"]
    assert (lines[-1]["outcome"], lines[-1]["count"], lines[-1]["error"]["kind"]) == ("partial", 2, "partial")
    assert run(*words, "id").out.split() == [lacks["resource_id"], cbr.SERVER]


@pytest.mark.parametrize("quiet", ["-q", "-qq"])
def test_quiet_is_silent_while_all_is_well(quiet: str, cloud: Cloud, run: Run) -> None:
    well = run("check", "--vault", "vault-be94", "--vault", "vault-be94-archive", *DAY, quiet)
    assert (well.code, well.err, bool(well.out)) == (0, "", quiet == "-q")
    ill = run("check", "--vault", "vault-be94", "--vault", "vault-full", *DAY, quiet)
    assert ill.code == 3
    assert "error: 1 of 2" in ill.err
    assert "vault-full" in ill.out


def test_a_person_sees_what_lacks_first(cloud: Cloud, run_tty: Run) -> None:
    back_up(cloud, VAULT_FULL, 200_000)
    result = run_tty("check", "--vault", "vault-be94", "--vault", "vault-full", *DAY, "--color", "never")
    head, _, *rows = result.out.splitlines()
    assert head.split() == ["VAULT", "RESOURCE", "STATE", "AGE", "COPY"]
    assert rows[0].startswith("vault-full")
    assert " old " in rows[0]
    assert "2d 7h" in rows[0]
    assert COPY_YESTERDAY in result.out
    assert "1d 0h" in result.out or "23h 59m" in result.out
    assert max(map(len, result.out.splitlines())) <= 80
    wide = run_tty("check", "--vault", "vault-be94", columns=200)
    assert "CREATED" in wide.out
    assert "CHECKPOINT" in wide.out


# what is chosen -------------------------------------------------------------------------------------------------------


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("", 2, "Nothing was chosen"),
        ("--shard 0/4", 2, "Nothing was chosen"),
        ("--all-vaults --vault x", 2, "--all-vaults and --vault contradict"),
        ("--tag a=b --resource x", 2, "--tag and --resource contradict"),
        ("--vault x --exclude y", 2, "--exclude takes a vault out of"),
        ("--all-vaults --shard 4/4", 2, "4/4 is no shard"),
        ("--vault x --max-age 0", 2, "--max-age"),
        ("--vault x --max-age never", 2, "--max-age"),
        ("--vault x --max-age=", 2, "--max-age"),
        ("--vault x --max-age -5h", 2, "--max-age"),
        ("--vault x --timeout 5m", 2, "--timeout"),
        ("--tag env=none", 10, "No vault is left of the selection"),
        ("--tag env=archive", 10, "No vault is left of the selection"),
        ("--all-vaults --exclude vault-be93", 10, "vault-be93"),
        ("--vault vault-be94 --vault vault-be93", 10, "vault-be93"),
        ("--vault vault-be94 --vault 3b5816b5-0000-4000-8000-000000000099", 10, "did not find"),
        ("--resource nobody", 10, "No vault protects nobody"),
        ("--vault vault-be94 --resource nobody", 10, "nobody is not in vault"),
        ("--vault vault-be94-archive", 10, "No resource is protected there: vault-be94-archive"),
        (f"--vault {VAULT_ARCHIVE}", 10, "No resource is protected there"),
        ("--vault empty", 10, "No resource is protected there: empty"),
    ],
)
def test_what_cannot_be_checked_is_no_verdict(words: str, code: int, told: str, cloud: Cloud, run: Run) -> None:
    cloud.add_vault("empty")
    result, document = check(run, *words.split())
    assert (result.code, document["schema"]) == (code, "cbrctl.error/v1")
    assert told in " ".join(result.err.split())
    assert not [line for line in asked(cloud) if line.startswith("GET /backups")]


@pytest.mark.parametrize("vault", [("--vault", "生产库-01"), ()])
def test_only_the_resources_that_are_named_are_checked(vault: tuple[str, ...], cloud: Cloud, run: Run) -> None:
    _, document = check(run, *vault, "--resource", "网站服务器-01", "--resource", "数据盘-01")
    assert {item["resource"]["name"] for item in document["items"]} == {"网站服务器-01", "数据盘-01"}


def test_a_vault_of_several_that_protects_nothing_is_told(cloud: Cloud, run: Run) -> None:
    cloud.add_vault("empty")
    result, document = check(run, "--vault", "vault-be94", "--vault", "empty")
    assert (result.code, len(document["items"])) == (0, 1)
    [warning] = document["warnings"]
    assert "empty" in warning
    assert "warning: No resource is protected there: empty." in result.err


@pytest.mark.parametrize("words", [("--all-vaults",), ("--vault", "vault-be94-archive", "--vault", "vault-be94")])
def test_vaults_of_replication_are_left_out(words: tuple[str, ...], cloud: Cloud, run: Run) -> None:
    cloud.vaults[VAULT_ARCHIVE].resources.append(Resource("elsewhere"))
    result, document = check(run, *words)
    assert "replication vaults cannot be backed up: vault-be94-archive." in document["warnings"][0]
    assert "vault-be94-archive" in result.err
    assert "vault-be94-archive" not in {item["vault"]["name"] for item in document["items"]}


def test_the_shards_of_a_check_are_the_whole(cloud: Cloud, run: Run) -> None:
    whole = {item["resource"]["id"] for item in check(run, "--all-vaults")[1]["items"]}
    shares = [check(run, "--all-vaults", "--shard", f"{number}/3")[1]["items"] for number in range(3)]
    assert sorted(item["resource"]["id"] for share in shares for item in share) == sorted(whole)


def test_an_empty_shard_is_well(cloud: Cloud, run: Run) -> None:
    both = [check(run, "--vault", "vault-be94", "--shard", f"{number}/2") for number in range(2)]
    assert [result.code for result, _ in both] == [0, 0]
    assert sorted(len(document["items"]) for _, document in both) == [0, 1]
    assert {document["outcome"] for _, document in both} == {"good"}


def test_a_list_of_vaults_on_standard_input(cloud: Cloud, run: Run) -> None:
    listed = run("vault", "list", "-o", "jsonl").out
    _, document = check(run, "--vault", "-", stdin=listed)
    assert [i["state"] for i in document["items"]] == [i["state"] for i in check(run, "--all-vaults")[1]["items"]]


# how much is read -----------------------------------------------------------------------------------------------------

MANY = 200


@pytest.fixture
def many(cloud: Cloud) -> list[str]:
    """Names of vaults of which each has two copies."""
    for number in range(MANY):
        vault = cloud.add_vault(f"many-{number:03}", resources=[Resource(f"server-{number:03}")])
        back_up(cloud, vault.id)
        back_up(cloud, vault.id, 7 * DAY_SECONDS)
    return [name for vault in cloud.vaults.values() if (name := vault.name).startswith("many-")]


def test_many_vaults_are_read_in_a_few_lists(many: list[str], cloud: Cloud, run: Run) -> None:
    result, document = check(run, "--vault", "-", *DAY, stdin="\n".join(many))
    assert (result.code, len(document["items"])) == (0, MANY), result.err
    lines = [line for line in asked(cloud) if "auth" not in line]
    # each list to its empty page; all copies are full, so that incremental ones are asked for as well
    assert lines == ["GET /vaults"] * 2 + ["GET /backups"] * 3
    queries = [r.query for r in cloud.requests if r.path.endswith("/backups")]
    assert not [query for query in queries if "vault_id" in query or "start_time" in query]


def test_one_without_a_copy_is_found_among_many(many: list[str], cloud: Cloud, run: Run) -> None:
    cloud.add_vault("fresh", resources=[Resource("server-fresh")])
    result, document = check(run, "--vault", "-", *DAY, stdin="\n".join([*many, "fresh"]))
    assert result.code == 3
    assert [item["vault"]["name"] for item in document["items"] if item["state"] != "good"] == ["fresh"]
    assert "1 of 201 protected resources" in result.err


def test_a_few_vaults_are_read_by_themselves(many: list[str], cloud: Cloud, run: Run) -> None:
    assert check(run, *(word for name in many[:3] for word in ("--vault", name)), *DAY)[0].code == 0
    queries = [r.query for r in cloud.requests if r.path.endswith("/backups")]
    assert len(queries) == 9
    assert all("vault_id" in query for query in queries)


def test_one_name_of_many_that_does_not_exist_ends_it(many: list[str], cloud: Cloud, run: Run) -> None:
    result, _ = check(run, "--vault", "-", stdin="\n".join([*many, "many-999"]))
    assert result.code == 10
    assert "There is no vault many-999" in result.err
    assert not [line for line in asked(cloud) if "backups" in line]


def test_a_name_that_two_of_many_have_ends_it(many: list[str], cloud: Cloud, run: Run) -> None:
    cloud.add_vault(many[7], resources=[Resource("other")])
    result, _ = check(run, "--vault", "-", stdin="\n".join(many))
    assert result.code == 10
    assert f"Several vaults are named {many[7]}" in result.err


# lists that are not whole ---------------------------------------------------------------------------------------------

MANY_WORDS = ("--all-vaults", *DAY)
FEW_WORDS = ("--vault", IDS[0], *DAY)


@pytest.mark.heavy
@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.__name__)
@pytest.mark.parametrize("words", [MANY_WORDS, FEW_WORDS], ids=["many", "few"])
def test_a_list_that_is_not_whole_is_no_verdict(
    words: tuple[str, ...], flaw: Any, scripted: Scripted, run: Run
) -> None:
    """Every resource has a good copy in what is shown: that says nothing of what is not."""
    service = Service(scripted)
    service.project = service.own = flaw
    for output in ("json", "table", "id"):
        result = run("check", *words, "-o", output)
        assert result.code == 7, (flaw, result.out)
        assert "vault-0" not in result.out
    result, document = check(run, *words)
    assert (document["schema"], document["error"]["kind"]) == ("cbrctl.error/v1", "unreachable")


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.__name__)
def test_the_vaults_own_lists_stand_in_for_the_projects(flaw: Any, scripted: Scripted, run: Run) -> None:
    service = Service(scripted, *(copy_row(one) for one in IDS[1:]))
    service.project = flaw
    result, document = check(run, *MANY_WORDS)
    # what the project's list showed of the first vault is not taken
    assert (result.code, [i["state"] for i in document["items"]]) == (3, ["none"] + ["good"] * 4), result.err
    assert document["items"][0]["vault"]["id"] == IDS[0]


@pytest.mark.heavy
@pytest.mark.parametrize(("answer", "code"), REFUSALS, ids=lambda v: str(v.status) if isinstance(v, Answer) else str(v))
@pytest.mark.parametrize("words", [MANY_WORDS, FEW_WORDS], ids=["many", "few"])
def test_a_refused_list_is_no_verdict(
    words: tuple[str, ...], answer: Answer, code: int, scripted: Scripted, run: Run
) -> None:
    Service(scripted)
    scripted.on(cbr.COPIES, answer)
    result, document = check(run, *words)
    assert (result.code, document["schema"]) == (code, "cbrctl.error/v1"), result.err
    # who is refused for rate does not ask five times as much
    assert scripted.count(cbr.COPIES) <= (4 if code == 8 else 9)


@pytest.mark.heavy
@pytest.mark.parametrize(("answer", "code"), REFUSALS, ids=lambda v: str(v.status) if isinstance(v, Answer) else str(v))
def test_vaults_that_cannot_be_listed_are_no_verdict(answer: Answer, code: int, scripted: Scripted, run: Run) -> None:
    scripted.on(rf"{cbr.VAULTS}(/.*)?", answer)
    for words in (MANY_WORDS, FEW_WORDS, [word for one in IDS for word in ("--vault", one)], ["-r", "x"]):
        before = len(scripted.asked)
        result, document = check(run, *words)
        assert (result.code, document["schema"]) == (code, "cbrctl.error/v1"), result.err
        # four tries of the list, and no more; who may not list them may see one
        assert len(scripted.asked) - before <= (6 if answer.status == 403 else 4)
    assert scripted.count(cbr.COPIES) == 0


def test_the_own_lists_where_the_projects_is_forbidden(scripted: Scripted, run: Run) -> None:
    """Who is granted single vaults, or enterprise projects, may not list all of the project."""
    service = Service(scripted, *(copy_row(one) for one in IDS))
    denied = Answer(403, {"error_code": "APIGW.0302", "error_msg": "denied"})
    scripted.on(cbr.COPIES, denied, Answer(200, service.list), paged=True)
    result, _ = check(run, *MANY_WORDS)
    assert result.code == 0, result.err
    assert {tuple(query.get("vault_id", ())) for query in service.queries} == {(one,) for one in IDS}


@pytest.mark.parametrize(
    ("vaults", "told"),
    [
        ([*map(vault_row, IDS[:4]), {"name": "no id"}], "a row of it cannot be read"),
        ([*map(vault_row, IDS[:4]), vault_row(IDS[4], resources=[cbr.resource(), {"name": "x"}])],
         "a resource of vault vault-4 cannot be read"),
        ([*map(vault_row, IDS[:4]), vault_row(IDS[4], resources=None)], "a resource of vault vault-4 cannot be read"),
    ],
)  # fmt: skip
def test_vaults_that_cannot_be_read_whole(
    vaults: list[dict[str, Any]], told: str, scripted: Scripted, run: Run
) -> None:
    Service(scripted, *(copy_row(one) for one in IDS), vaults=vaults)
    result, document = check(run, "--all-vaults")
    assert (result.code, document["schema"]) == (7, "cbrctl.error/v1")
    assert told in result.err


def test_a_name_is_not_taken_from_a_list_that_is_not_whole(scripted: Scripted, run: Run) -> None:
    """Another vault of the same name may be missing there."""
    Service(scripted, *(copy_row(one) for one in IDS))

    def answer(asked: Asked) -> dict[str, Any]:
        name = parse_qs(asked.query).get("name", [""])[0]
        twin = vault_row(f"{IDS[0][:-1]}9", name="vault-3")
        rows = [row for row in [*map(vault_row, IDS), twin] if name in row["name"]]
        return {"vaults": rows if name else rows[:-1], "count": len(rows)}

    scripted.on(cbr.VAULTS, Answer(200, answer))
    result, _ = check(run, *(word for one in IDS for word in ("--vault", f"vault-{one[-1]}")))
    assert (result.code, scripted.count(cbr.COPIES)) == (10, 0)
    assert "Several vaults are named vault-3" in result.err


def test_a_search_that_does_not_tell_of_resources_is_completed(scripted: Scripted, run: Run) -> None:
    """Else a vault would seem to protect nothing, and lack nothing."""
    Service(scripted, *(copy_row(one) for one in IDS[:2]))
    found = [
        {
            "resource_id": one,
            "resource_name": f"vault-{one[-1]}",
            "resource_detail": {"vault": {"id": one}},
            "tags": [{"key": "env", "value": "prod"}],
        }
        for one in IDS[:3]
    ]
    scripted.on(r"POST .*/action", {"resources": found, "total_count": 3}, {"resources": [], "total_count": 3})
    result, document = check(run, "--tag", "env=prod", *DAY)
    assert (result.code, [item["state"] for item in document["items"]]) == (3, ["none", "good", "good"]), result.err


# which copies count ---------------------------------------------------------------------------------------------------


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("changes", "state", "age"),
    [
        ({}, "good", 3600),
        ({"age": 27 * 3600.0}, "old", 27 * 3600),
        ({"status": "error"}, "none", None),
        ({"status": "deleting"}, "none", None),
        ({"image_type": "replication"}, "none", None),
        ({"resource_id": cbr.SERVER}, "none", None),
        ({"created_at": None}, "undated", None),
        ({"created_at": "soon"}, "undated", None),
        ({"age": -7200.0}, "undated", None),
        ({"age": -1800.0}, "good", 0),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
@pytest.mark.parametrize("words", [MANY_WORDS, FEW_WORDS], ids=["many", "few"])
def test_which_copies_count(
    words: tuple[str, ...], changes: dict[str, Any], state: str, age: int | None, scripted: Scripted, run: Run
) -> None:
    Service(scripted, *(copy_row(one) for one in IDS[1:]), copy_row(IDS[0], **changes))
    _, document = check(run, *words)
    [item] = [item for item in document["items"] if item["vault"]["id"] == IDS[0]]
    assert item["state"] == state
    assert item["age_seconds"] == (age if age is None or not age else pytest.approx(age, abs=900))
    assert document["exit_code"] == (0 if state == "good" else 3 if words is MANY_WORDS else 4)
    if state != "none":
        assert check(run, *words[:-2])[0].code == 0, "without --max-age any age will do"


def test_a_copy_of_another_vault_does_not_count(scripted: Scripted, run: Run) -> None:
    """The same server in two vaults; and a service that does not filter by vault."""
    vaults = [vault_row(one, resources=[cbr.resource(cbr.SERVER)]) for one in IDS]
    service = Service(scripted, copy_row(IDS[0], resource_id=cbr.SERVER), vaults=vaults)
    _, document = check(run, *MANY_WORDS)
    assert [item["vault"]["id"] for item in document["items"] if item["state"] == "good"] == [IDS[0]]
    scripted.on(rf"{cbr.VAULTS}/.*", {"vault": vaults[1]})
    rows = [copy_row(IDS[0], resource_id=cbr.SERVER)]
    service.own = lambda query: {"backups": rows if query["offset"] == ["0"] else []}
    assert check(run, "--vault", IDS[1], *DAY)[0].code == 4


@pytest.mark.parametrize("words", [MANY_WORDS, FEW_WORDS], ids=["many", "few"])
def test_incremental_copies_that_are_not_shown_are_asked_for(
    words: tuple[str, ...], scripted: Scripted, run: Run
) -> None:
    full = [copy_row(one, 1, 9 * DAY_SECONDS, incremental=False) for one in IDS]
    service = Service(scripted, *full, *(copy_row(one, 2) for one in IDS))
    service.hides = True
    assert check(run, *words)[0].code == 0
    service.hides = None
    service.queries.clear()
    assert check(run, *words)[0].code == 0
    assert not [query for query in service.queries if "incremental" in query], "both kinds were shown"


def test_incremental_copies_that_cannot_be_read_are_no_verdict(scripted: Scripted, run: Run) -> None:
    """All have a good full copy: but the same answer would come where the full ones are old."""
    service = Service(scripted)
    rows = [copy_row(one, incremental=False) for one in IDS]

    def answer(query: dict[str, list[str]]) -> dict[str, Any]:
        whole = {"backups": rows if query["offset"] == ["0"] else [], "count": 5}
        return unreadable(query) if "incremental" in query else whole

    service.project = service.own = answer
    assert check(run, *MANY_WORDS)[0].code == 7


# whose clock ----------------------------------------------------------------------------------------------------------


def test_ages_are_by_the_services_clock(scripted: Scripted, run: Run) -> None:
    """This machine is a day behind: an old copy would be a young one."""
    service = Service(scripted)
    late = NOW + DAY_SECONDS
    for words, name in ((cbr.VAULTS, "vaults"), (cbr.COPIES, "backups")):
        rows = service.vaults if name == "vaults" else [copy_row(one, age=3600.0) for one in IDS]
        body = {name: rows, "count": len(rows)}
        scripted.on(words, Answer(200, body, {"Date": formatdate(late, usegmt=True)}))
    result, document = check(run, "--all-vaults", "--max-age", "23h")
    assert (result.code, document["outcome"]) == (4, "none")
    assert document["checked_at"][:13] == write_stamp(late)[:13]
    assert abs(document["items"][0]["age_seconds"] - DAY_SECONDS - 3600) < 900
    assert check(run, "--all-vaults", *DAY)[0].code == 0


def test_this_machines_clock_where_the_service_tells_none(scripted: Scripted, run: Run) -> None:
    Service(scripted, *(copy_row(one) for one in IDS))
    assert check(run, *MANY_WORDS)[0].code == 0
    assert check(run, *MANY_WORDS, env={"TEST_CLOCK_OFFSET": "100000"})[0].code == 4


def test_what_is_checked_is_told_to_prometheus(cloud: Cloud, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "check.prom"
    assert run("check", "--vault", "vault-be94", "--metrics-file", str(path)).code == 0
    told = path.read_text("utf-8")
    assert 'cbrctl_check_exit_code{run="check"} 0' in told
    assert re.search(r'cbrctl_check_vault_outcome\{.*vault="vault-be94".*outcome="completed".*\} 1', told)
    before = re.search(r"cbrctl_check_vault_last_success_timestamp_seconds\{.*\} (\S+)", told)
    assert run("check", "--vault", "vault-be94", "--max-age", "1m", "--metrics-file", str(path)).code == 4
    told = path.read_text("utf-8")
    assert re.search(r'cbrctl_check_vault_outcome\{.*vault="vault-be94".*outcome="failed".*\} 1', told)
    after = re.search(r"cbrctl_check_vault_last_success_timestamp_seconds\{.*\} (\S+)", told)
    assert before and after and before[1] == after[1]  # noqa: PT018 - a failure keeps when all was well
