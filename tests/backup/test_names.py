"""From names to ids: which vaults and resources a command line means, and what is sent for it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from cbrctl.sandbox import Cloud
from cbrctl.sandbox.inventory import VOLUME, Resource
from cbrctl.sandbox.seed import SERVER_BE94, VAULT_ARCHIVE, VAULT_BE94, VAULT_CJK, VAULT_FAIL, VAULT_SKIP, add_backup
from tests.support.program import Run
from tests.support.schemas import validate

pytestmark = pytest.mark.long

WEB, DB, LONE = (f"94eba8b2-1111-4000-8000-00000000000{n}" for n in (1, 2, 3))
VAULT_A, VAULT_B, VAULT_C = (f"3b5816b5-1111-4000-8000-00000000000{n}" for n in (1, 2, 3))
KINDS = ("8b0851a9", "7a5c0852", "b4c0851b")
VOLUME_1, VOLUME_2 = (f"d0000000-1111-4000-8000-00000000000{n}" for n in (1, 2))


@pytest.fixture
def two(cloud: Cloud) -> Cloud:
    """Two vaults with resources, one of which is bound to both under a name that two have; and one that has copies."""
    cloud.add_vault("alpha", VAULT_A, resources=[Resource("web", WEB), Resource("shared", LONE), Resource("twin")])
    cloud.add_vault("beta", VAULT_B, resources=[Resource("db", DB, VOLUME), Resource("shared", LONE), Resource("twin")])
    cloud.add_vault("gamma", VAULT_C, protect_type="replication", resources=[Resource("web", WEB), Resource("far")])
    return cloud


PLAIN = ("--no-marker", "--no-wait", "--parallel", "1")
"""Exactly what was chosen is sent, and nothing is followed."""


def posts(cloud: Cloud) -> list[Any]:
    """What was sent under `checkpoint`."""
    return [r.body["checkpoint"] for r in cloud.requests if r.method == "POST" and r.path.endswith("/checkpoints")]


def lookups(cloud: Cloud) -> list[tuple[str, dict[str, list[str]]]]:
    """The vaults that were asked for; the empty page behind a list is no question of its own."""
    found = [(r.path.partition("/vaults")[2], r.query) for r in cloud.requests if "/vaults" in r.path]
    asked = [(path, query) for path, query in found if query.get("offset", ["0"]) == ["0"]]
    return [(path, {k: v for k, v in query.items() if k not in ("limit", "offset")}) for path, query in asked]


class Asked(NamedTuple):
    """A selection, and the vault with the resources that it means: none for all of them."""

    args: str
    means: Sequence[tuple[str, list[str] | None]]


MEANT = [
    Asked("-V alpha", [(VAULT_A, None)]),
    Asked(f"-V {VAULT_A}", [(VAULT_A, None)]),
    Asked(f"-V {VAULT_A.upper()} -r {WEB.upper()}", [(VAULT_A, [WEB])]),
    Asked("-V alpha -r web", [(VAULT_A, [WEB])]),
    Asked(f"-V {VAULT_A} -r web -r shared", [(VAULT_A, [WEB, LONE])]),
    Asked("-V vault-be94", [(VAULT_BE94, None)]),  # and not vault-be94-archive, whose name holds this one
    Asked("-V 生产库-01 -r 数据盘-01", [(VAULT_CJK, ["94eba8b2-0000-4000-8000-000000000803"])]),
    # several
    Asked("-V alpha -V beta", [(VAULT_A, None), (VAULT_B, None)]),
    Asked("-V beta -V alpha", [(VAULT_B, None), (VAULT_A, None)]),
    Asked("-V alpha -V beta -r web -r db", [(VAULT_A, [WEB]), (VAULT_B, [DB])]),
    Asked(f"-V {VAULT_A} -V {VAULT_B} -r {DB} -r {WEB}", [(VAULT_A, [WEB]), (VAULT_B, [DB])]),
    # the same twice
    Asked(f"-V alpha -V {VAULT_A} -V alpha", [(VAULT_A, None)]),
    Asked(f"-V {VAULT_A} -V alpha", [(VAULT_A, None)]),
    Asked(f"-V {VAULT_A} -V {VAULT_A.upper()}", [(VAULT_A, None)]),
    Asked(f"-V alpha -r web -r {WEB} -r web", [(VAULT_A, [WEB])]),
    # no vault
    Asked(f"-r {SERVER_BE94}", [(VAULT_BE94, [SERVER_BE94])]),
    Asked("-r ecs-1f0f-0002", [(VAULT_BE94, [SERVER_BE94])]),
    Asked(f"-r db -r {SERVER_BE94} -r {DB}", [(VAULT_B, [DB]), (VAULT_BE94, [SERVER_BE94])]),
    Asked(f"-r {WEB}", [(VAULT_A, [WEB])]),  # the replication vault holds it too
    Asked("-r web", [(VAULT_A, [WEB])]),
]


@pytest.mark.parametrize("asked", MEANT, ids=lambda a: a.args)
@pytest.mark.sampled(4)
def test_what_a_selection_means(asked: Asked, two: Cloud, run: Run) -> None:
    two.page_limit = 2  # the lists are followed to their end
    result = run("backup", *asked.args.split(), "--dry-run", "-o", "json")
    assert result.code == 0, result.err
    document = result.json()
    validate(document)
    planned = [
        (b["request"]["vault_id"], b["request"].get("parameters", {}).get("resources")) for b in document["backups"]
    ]
    assert planned == list(asked.means)
    assert posts(two) == []


def test_ids_need_no_look_up_and_names_one(two: Cloud, run: Run) -> None:
    assert run("backup", "-V", VAULT_A, "-r", WEB, *PLAIN).code == 0
    assert lookups(two) == []
    assert run("backup", "-V", "beta", *PLAIN).code == 0
    assert lookups(two) == [("", {"name": ["beta"]})]
    assert run("backup", "-r", SERVER_BE94, *PLAIN).code == 0
    assert lookups(two)[1:] == [("", {"resource_ids": [SERVER_BE94]})]
    assert posts(two) == [
        {"vault_id": VAULT_A, "parameters": {"resources": [WEB]}},
        {"vault_id": VAULT_B},
        {"vault_id": VAULT_BE94, "parameters": {"resources": [SERVER_BE94]}},
    ]


class Unclear(NamedTuple):
    """A selection that means nothing: the exit code, and what is said."""

    args: str
    code: int
    says: tuple[str, ...]


UNCLEAR = [
    # a fragment of a name is none
    Unclear("-V vault-be9", 10, ("There is no vault vault-be9.", "Similar: vault-be94")),
    Unclear("-V lph", 10, ("There is no vault lph.", "Similar: alpha.")),
    Unclear("-V ALPHA", 10, ("There is no vault ALPHA.",)),
    Unclear("-V nowhere", 10, ("There is no vault nowhere.", "cbrctl vault list")),
    Unclear("-V alpha -r we", 10, ("we is not in vault alpha.",)),
    Unclear("-r we", 10, ("No vault protects we.",)),
    Unclear("-r nowhere", 10, ("No vault protects nowhere.",)),
    Unclear(f"-r {VOLUME_1}", 10, (f"No vault protects {VOLUME_1}.",)),
    Unclear("-r far", 10, ("No vault protects far.",)),  # only the replication vault holds it
    # names of several
    Unclear("-V double", 10, ("Several vaults are named double.", VOLUME_1, VOLUME_2)),
    Unclear("-r twin", 10, ("twin names several things.", "in vault alpha", "in vault beta")),
    Unclear("-r shared", 10, ("shared names several things.", LONE)),
    # each in exactly one, and each has one
    Unclear("-V alpha -V beta -r web", 2, ("No resource was named of vault beta.",)),
    Unclear("-V alpha -V beta -r web -r nowhere", 2, ("nowhere is in none of the vaults.",)),
    Unclear(f"-V alpha -V beta -r web -r {SERVER_BE94}", 2, (f"{SERVER_BE94} is in none of the vaults.",)),
    Unclear("-V alpha -V beta -r shared", 2, ("shared is in several of the vaults.",)),
    Unclear(f"-V {VAULT_A} -V {VAULT_B} -r {LONE}", 2, (f"{LONE} is in several of the vaults.",)),
    # volumes
    Unclear(f"-V alpha --exclude-volume db:{VOLUME_1}", 2, ("A volume was chosen of db",)),
    Unclear(f"-V alpha -r shared --include-volume web:{VOLUME_1}", 2, ("A volume was chosen of",)),
    Unclear(
        f"-V alpha -r web --exclude-volume web:{VOLUME_1} --include-volume {WEB}:{VOLUME_1}",
        2,
        ("--exclude-volume and",),
    ),
    Unclear(f"-V alpha -V beta --exclude-volume nowhere:{VOLUME_1}", 2, ("A volume was chosen of nowhere",)),
    Unclear(f"-V alpha -V beta --exclude-volume shared:{VOLUME_1}", 2, ("shared is in several of the vaults.",)),
    Unclear(f"-V alpha -V beta -r web -r db -r twin --exclude-volume web:{VOLUME_1}", 2, ("twin is in several",)),
]


@pytest.mark.parametrize("unclear", UNCLEAR, ids=lambda u: u.args)
@pytest.mark.sampled(4)
def test_what_is_unclear_is_not_sent(unclear: Unclear, two: Cloud, run: Run) -> None:
    for vault_id in (VOLUME_1, VOLUME_2):
        two.add_vault("double", vault_id)
    result = run("backup", *unclear.args.split(), "-o", "json")
    assert result.code == unclear.code, result.err
    assert posts(two) == []
    document = result.json()
    validate(document)
    # what belongs to one vault is its entry; what is wrong with the line is an error
    assert document["schema"] == ("cbrctl.error/v1" if unclear.code == 2 else "cbrctl.backup/v1")
    errors = [document["error"]] if unclear.code == 2 else [b["error"] for b in document["backups"]]
    assert {e["sent"] for e in errors} == {"no"}
    for words in (errors[0]["message"] + " " + (errors[0]["hint"] or ""), result.err):
        assert all(text in words for text in unclear.says), words


def test_one_vault_that_is_not_found_leaves_the_others(two: Cloud, run: Run) -> None:
    result = run("backup", "-V", "nowhere", "-V", "alpha", "-V", "vault-be9", "-V", "beta", *PLAIN, "-o", "json")
    assert result.code == 10
    entries = result.json()["backups"]
    assert [b["vault"]["name"] for b in entries] == ["nowhere", "alpha", "vault-be9", "beta"]
    assert [(b["outcome"], b["exit_code"]) for b in entries] == [("error", 10), ("accepted", 0)] * 2
    assert posts(two) == [{"vault_id": VAULT_A}, {"vault_id": VAULT_B}]


def test_commands_that_show_take_names_and_ids(two: Cloud, run: Run) -> None:
    for name in ("alpha", VAULT_A, VAULT_A.upper()):
        assert run("vault", "show", name, "-o", "id").out == f"{VAULT_A}\n"
    missing = run("vault", "show", "alph", "-o", "json")
    assert (missing.code, missing.json()["error"]["kind"]) == (10, "not-found")
    assert run("vault", "show", VOLUME_1).code == 10


# lists --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noun", ["vault", "copy", "task"])
def test_lists_are_followed_to_their_end(noun: str, cloud: Cloud, run: Run) -> None:
    for number, vault in enumerate([VAULT_BE94, VAULT_CJK, VAULT_FAIL, VAULT_SKIP, VAULT_CJK]):
        checkpoint_id, task_id, copy_id = (f"{kind}-0000-4000-8000-0000000000{number:02}" for kind in KINDS)
        add_backup(
            cloud,
            cloud.vaults[vault],
            cloud.vaults[vault].resources[0],
            name="old",
            started=cloud.started - 7200 - number,
            ids=(checkpoint_id, task_id, copy_id),
        )
    whole = run(noun, "list", "-o", "id").out.splitlines()
    assert len(whole) >= 7
    for page in (1, 3):
        cloud.page_limit = page
        before = len(cloud.requests)
        assert run(noun, "list", "-o", "id").out.splitlines() == whole
        assert len([r for r in cloud.requests[before:] if r.method == "GET"]) >= len(whole) // page


@pytest.mark.parametrize("noun", ["copy", "task"])
def test_filters_of_lists(noun: str, cloud: Cloud, run: Run) -> None:
    cloud.vaults[VAULT_BE94].resources.append(Resource("ecs-1f0f-0002-copy", WEB))
    assert run("backup", "-V", "vault-be94", "-V", "vault-skip", "-q").code == 3
    cloud.page_limit = 2

    def resources(*options: str) -> list[str]:
        result = run(noun, "list", *options, "-o", "json")
        assert result.code == 0, result.err
        return sorted(item["resource_name"] for item in result.json()["items"])

    one, other = "ecs-1f0f-0002", "ecs-1f0f-0002-copy"
    for vault in ("vault-be94", VAULT_BE94):
        assert resources("--vault", vault) == [one, one, other]
    for resource in (one, SERVER_BE94):
        assert resources("--resource", resource) == [one, one]
    assert resources("--resource", "ecs-1f0f") == []
    assert resources("--vault", VAULT_BE94, "--since", "12h") == [one, other]
    assert resources("--since", "2999-01-01") == []
    assert resources("--limit", "1", "--resource", other) == [other]  # rows that are left out do not count
    assert len(resources("--limit", "2")) == 2
    assert run(noun, "list", "--vault", "vault-be9").code == 10
    if noun == "task":
        assert resources("--status", "running") == ["ecs-batch-01"]
        assert resources("--type", "restore") == []
    else:
        assert resources("--status", "protecting") == ["ecs-batch-01"]
        [checkpoint] = {c.id for c in cloud.checkpoints.values() if c.vault.id == VAULT_SKIP}
        assert resources("--checkpoint", checkpoint) == ["ecs-web-01"]


# what is sent ---------------------------------------------------------------------------------------------------------

SENT: list[tuple[str, dict[str, Any] | None]] = [
    ("", None),
    ("--incremental", {"incremental": True}),
    ("--full", {"incremental": False}),
    ("--auto-trigger", {"auto_trigger": True}),
    ("--no-auto-trigger", {"auto_trigger": False}),
    (f"--name {'备' * 64}", {"name": "备" * 64}),
    (f"--description {'é' * 255}", {"description": "é" * 255}),
    ("--retention-days -1", {"retention_duration_days": -1}),
    ("--retention-days 36500 --no-auto-trigger", {"retention_duration_days": 36500, "auto_trigger": False}),
    (f"--policy-id {VOLUME_1} --auto-trigger", {"policy_id": VOLUME_1, "auto_trigger": True}),
    ("--no-marker --name a-b_C9", {"name": "a-b_C9"}),
]


@pytest.mark.parametrize(("options", "parameters"), SENT, ids=[o[:40] for o, _ in SENT])
def test_only_what_was_chosen_is_sent(options: str, parameters: dict[str, Any] | None, cloud: Cloud, run: Run) -> None:
    result = run("backup", "-V", VAULT_BE94, *options.split(), *PLAIN)
    assert result.code == 0, result.err
    assert posts(cloud) == [{"vault_id": VAULT_BE94, **({"parameters": parameters} if parameters else {})}]


def detail(resource_id: str, type: str = "OS::Nova::Server", **extra: Any) -> dict[str, Any]:
    return {"id": resource_id, "type": type, "extra_info": extra}


VOLUMES: list[tuple[str, list[list[dict[str, Any]]]]] = [
    (
        f"-V alpha -r web --exclude-volume web:{VOLUME_1} --exclude-volume {WEB}:{VOLUME_2}",
        [[detail(WEB, exclude_volumes=[VOLUME_1, VOLUME_2])]],
    ),
    (f"-V {VAULT_A} -r {WEB} --include-volume {WEB}:{VOLUME_1}", [[detail(WEB, include_volumes=[{"id": VOLUME_1}])]]),
    (
        f"-V alpha -r web -r shared --exclude-volume web:{VOLUME_1.upper()}",
        [[detail(WEB, exclude_volumes=[VOLUME_1]), detail(LONE)]],
    ),
    (
        f"-r web --exclude-volume web:{VOLUME_1} --exclude-volume web:{VOLUME_1}",
        [[detail(WEB, exclude_volumes=[VOLUME_1])]],
    ),
    (f"-r web --exclude-volume web:{VOLUME_1}", [[detail(WEB, exclude_volumes=[VOLUME_1])]]),
    # every wanted resource of every vault is listed, with its type
    (
        f"-V alpha -V beta -r web -r db --exclude-volume web:{VOLUME_1}",
        [[detail(WEB, exclude_volumes=[VOLUME_1])], [detail(DB, "OS::Cinder::Volume")]],
    ),
]


@pytest.mark.parametrize(("args", "details"), VOLUMES, ids=[a for a, _ in VOLUMES])
def test_chosen_volumes(args: str, details: list[list[dict[str, Any]]], two: Cloud, run: Run) -> None:
    result = run("backup", *args.split(), *PLAIN, "-o", "json")
    assert result.code == 0, result.err
    assert [p["parameters"] for p in posts(two)] == [{"resource_details": d} for d in details]
    validate(result.json())


def test_volumes_of_a_whole_vault(two: Cloud, run: Run) -> None:
    """All of its resources are listed, since the list decides what is backed up."""
    result = run("backup", "-V", "alpha", "--include-volume", f"web:{VOLUME_1}", "--dry-run", "-o", "json")
    [entry] = result.json()["backups"]
    assert [d["id"] for d in entry["request"]["parameters"]["resource_details"]] == [
        r.id for r in two.vaults[VAULT_A].resources
    ]
    assert "resources" not in entry["request"]["parameters"]


def test_a_replication_vault_is_the_services_to_refuse(two: Cloud, run: Run) -> None:
    result = run("backup", "-V", VAULT_ARCHIVE, "-V", VAULT_FAIL, "--no-wait", "-o", "json")
    assert [b["exit_code"] for b in result.json()["backups"]] == [14, 0]


def test_advised_commands_take_the_options_that_chose_the_connection(cloud: Cloud, run: Run) -> None:
    assert "→ cbrctl vault list --sandbox shows them." in run("backup", "--sandbox", "--vault", "nope").err
    for name in ("prod", "second"):
        assert run("config", "set", "region", "cn-north-4", "--profile", name).code == 0
        told = run("backup", "--vault", "nope", "--profile", name).err
        assert f"→ cbrctl vault list --profile {name} shows them." in told
    assert "→ cbrctl vault list shows them." in run("backup", "--vault", "nope").err
    odd = run("vault", "list", "--profile", "a\\1b")
    assert (odd.code, "There is no profile a\\1b." in odd.err, "Traceback" in odd.err) == (10, True, False)
