"""The vaults of a whole project: all of them, those that carry tags, without the excluded, and a shard's share of them."""

import json
from collections import Counter
from typing import Any

import pytest

from cbrctl.backup.scope import Shard, take_share
from cbrctl.backup.selection import Missing, Target
from cbrctl.errors import NotFound
from cbrctl.sandbox import Cloud
from tests.support import cbr
from tests.support.program import Run
from tests.support.schemas import validate
from tests.support.scripted import Answer, Scripted

SEARCH = r"POST .*/vault/resource_instances/action"
ALL = {
    "vault-be94",
    "vault-skip",
    "vault-fail",
    "vault-full",
    "vault-frozen",
    "vault-busy",
    "vault-alldown",
    "生产库-01",
}
"""Of the practice cloud's vaults those that can be backed up: vault-be94-archive holds copies from elsewhere."""


def planned(run: Run, *words: str) -> tuple[set[str], str]:
    result = run("backup", *words, "--dry-run", "-o", "json")
    assert result.code == 0, result.err
    return {entry["vault"]["name"] for entry in result.json()["backups"]}, result.err


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["--all-vaults"], ALL),
        (["--all-vaults", "--exclude", "vault-busy", "--exclude", "3b5816b5-0000-4000-8000-000000000003"],
         ALL - {"vault-busy", "vault-fail"}),
        (["--tag", "env=prod"], {"vault-be94", "生产库-01"}),
        (["--tag", "env=prod", "--tag", "team=web"], {"vault-be94"}),
        (["--tag", "部门=财务"], {"生产库-01"}),
        (["--tag", "env=prod", "--exclude", "vault-be94"], {"生产库-01"}),
        # it is there, and does not carry the tag
        (["--tag", "env=prod", "--exclude", "vault-skip"], {"vault-be94", "生产库-01"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_which_vaults_are_meant(words: list[str], wanted: set[str], cloud: Cloud, run: Run) -> None:
    names, err = planned(run, *words)
    assert names == wanted
    assert ("vault-be94-archive" in err) == (words[0] == "--all-vaults")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("--all-vaults --vault x", 2, "--all-vaults and --vault contradict"),
        ("--all-vaults --resource x", 2, "--all-vaults and --resource contradict"),
        ("--all-vaults --tag a=b", 2, "--all-vaults and --tag contradict"),
        ("--tag a=b --vault x", 2, "--tag and --vault contradict"),
        ("--vault x --exclude y", 2, "--exclude takes a vault out of"),
        ("--exclude y", 2, "--exclude takes a vault out of"),
        ("--tag env", 2, "env is no tag"),
        ("--tag env=", 2, "env= is no tag"),
        ("--tag =prod", 2, "=prod is no tag"),
        ("--tag env=a --tag env=b", 2, "two values"),
        (" ".join(f"--tag k{n}=v" for n in range(11)), 2, "More than 10 tags"),
        ("--all-vaults --shard 4/4", 2, "4/4 is no shard"),
        ("--all-vaults --shard 1/0", 2, "1/0 is no shard"),
        ("--all-vaults --shard x", 2, "x is no shard"),
        ("--all-vaults --shard -1/4", 2, "-1/4"),
        ("--shard 0/4", 2, "Nothing was chosen"),
        ("--tag env=none", 10, "No vault is left of the selection"),
        ("--tag env=archive", 10, "No vault is left of the selection"),
        ("--all-vaults --exclude vault-be93", 10, "vault-be93"),
    ],
)
def test_what_is_refused_sends_nothing(words: str, code: int, told: str, cloud: Cloud, run: Run) -> None:
    result = run("backup", *words.split(), "--no-wait")
    assert (result.code, result.out) == (code, "")
    assert told in result.err.replace("\n", " ")
    assert not [r for r in cloud.requests if r.path.endswith("/checkpoints")]


def test_what_is_left_out_stands_beside_the_backups(cloud: Cloud, run: Run) -> None:
    document = run("backup", "--all-vaults", "--dry-run", "-o", "json").json()
    validate(document)
    [warning] = document["warnings"]
    assert "replication vaults cannot be backed up: vault-be94-archive." in warning
    assert "warnings" not in run("backup", "--tag", "env=prod", "--dry-run", "-o", "json").json()


def test_all_are_sent_and_the_worst_gives_the_verdict(cloud: Cloud, run: Run) -> None:
    result = run("backup", "--all-vaults", "--no-wait", "-o", "json")
    codes = {entry["vault"]["name"]: entry["exit_code"] for entry in result.json()["backups"]}
    assert set(codes) == ALL
    assert codes["vault-be94"] == codes["生产库-01"] == 0
    assert (codes["vault-busy"], codes["vault-full"], codes["vault-frozen"]) == (11, 13, 14)
    assert result.code == 14


# the list must be whole -------------------------------------------------------------------------------------------


def found(number: int, **tags: str) -> dict[str, Any]:
    """A row of the search by tags."""
    vault_id = f"3b5816b5-1111-4000-8000-{number:012}"
    return {
        "resource_id": vault_id,
        "resource_name": f"vault-{number}",
        "resource_detail": {"vault": {"id": vault_id, "name": f"vault-{number}", "resources": [cbr.resource()]}},
        "tags": [{"key": key, "value": value} for key, value in tags.items()],
    }


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([{"resources": [found(1, env="prod")], "total_count": 2}, {"resources": [], "total_count": 2}], 7),
        ([{"resources": [found(1, env="prod"), {"resource_name": "x"}], "total_count": 2}, {"resources": []}], 7),
        ([Answer(500, b"")], 7),
        ([Answer(403, {"error_code": "APIGW.0302", "error_msg": "denied"})], 12),
        ([{"resources": None}], 7),
    ],
    ids=["short", "unreadable row", "5xx", "forbidden", "no list"],
)
def test_a_search_that_is_not_whole_is_no_smaller_fleet(
    answers: list[Any], code: int, scripted: Scripted, run: Run
) -> None:
    scripted.on(SEARCH, *answers)
    scripted.on(cbr.POST, cbr.posted())
    result = run("backup", "--tag", "env=prod", "--no-wait")
    assert (result.code, scripted.count(cbr.POST)) == (code, 0), result.err


def test_a_search_is_read_page_by_page_and_held_against_the_tags(scripted: Scripted, run: Run) -> None:
    """The service's filter may match otherwise: what does not carry the tag is not backed up."""
    rows = [found(1, env="prod", more="x"), found(2, env="production"), found(3), found(4, ENV="prod")]
    scripted.on(SEARCH, {"resources": rows, "total_count": 4}, {"resources": [], "total_count": 4})
    names, _ = planned(run, "--tag", "env=prod")
    assert names == {"vault-1"}
    asked = [json.loads(a.body) for a in scripted.asked if "resource_instances" in a.path]
    tags = [{"key": "env", "values": ["prod"]}]
    assert asked == [{"action": "filter", "tags": tags, "limit": "1000", "offset": offset} for offset in ("0", "4")]


# shards --------------------------------------------------------------------------------------------------------------

TARGETS = [Target(f"vault-{n}", f"3b5816b5-1111-4000-8000-{n:012}") for n in range(2000)]


@pytest.mark.parametrize("total", [1, 3, 8])
def test_every_vault_is_in_exactly_one_shard(total: int) -> None:
    shares = [take_share(TARGETS, Shard(number, total)) for number in range(total)]
    assert sorted(one.asked for share in shares for one in share) == sorted(one.asked for one in TARGETS)
    # and none has much more to do than another
    assert max(map(len, shares)) < 1.25 * len(TARGETS) / total


def test_another_shard_takes_its_share_and_moves_no_other_vault() -> None:
    place = [{one.asked: n for n in range(total) for one in take_share(TARGETS, Shard(n, total))} for total in (8, 9)]
    moved = Counter(place[1][name] for name in place[0] if place[0][name] != place[1][name])
    assert set(moved) == {8}
    assert sum(moved.values()) < 1.3 * len(TARGETS) / 9


def test_a_share_never_changes() -> None:
    """Another version of cbrctl may run another shard of the same night."""
    # worked out apart from the product
    known = [f"vault-{n}" for n in (162, 304, 660, 1392, 1896)]
    assert [one.asked for one in take_share(TARGETS, Shard(5, 500))] == known


def test_the_shards_of_a_run_are_the_whole(cloud: Cloud, run: Run) -> None:
    shares = [planned(run, "--all-vaults", "--shard", f"{n}/3")[0] for n in range(3)]
    assert sorted(name for share in shares for name in share) == sorted(ALL)


def test_one_that_could_not_be_looked_up_is_lost_by_no_shard(scripted: Scripted, run: Run) -> None:
    """The shard that it belongs to may be the one that could not: none may say that all is well."""
    scripted.on(cbr.VAULTS, Answer(500, b""))
    for number in range(2):
        result = run("backup", "--vault", "vault-be94", "--shard", f"{number}/2", "--no-wait")
        assert (result.code, scripted.count(cbr.POST)) == (7, 0)
    lost: list[Target | Missing] = [Missing("x", NotFound("vault-not-found", vault="x"))]
    assert all(take_share(lost, Shard(number, 3)) == lost for number in range(3))


def test_volumes_of_another_shard_are_no_fault(cloud: Cloud, run: Run) -> None:
    words = (
        "backup",
        "--vault",
        "vault-be94",
        "--exclude-volume",
        f"ecs-1f0f-0002:{cbr.SERVER}",
        "--dry-run",
        "-o",
        "json",
    )
    shares = [run(*words, "--shard", f"{number}/2") for number in range(2)]
    assert [one.code for one in shares] == [0, 0], shares
    assert sorted(len(one.json()["backups"]) for one in shares) == [0, 1]


def test_an_empty_shard_is_well(cloud: Cloud, run: Run) -> None:
    result = run("backup", "--vault", "vault-be94", "--shard", "0/2", "-o", "json")
    other = run("backup", "--vault", "vault-be94", "--shard", "1/2", "-o", "json")
    assert (result.code, other.code) == (0, 0)
    assert sorted(len(one.json()["backups"]) for one in (result, other)) == [0, 1]
