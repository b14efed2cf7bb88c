"""What `cbrctl __complete` offers: names that runs have seen, from files of this machine alone."""

import json
import os
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from cbrctl.sandbox import Cloud
from cbrctl.sandbox.seed import VAULT_BE94
from tests.support import cbr
from tests.support.configuration import write_config
from tests.support.hostile import HOSTILE, assert_inert, hostile_cloud
from tests.support.loaded import HEAVY, assert_not_loaded, modules_of
from tests.support.program import ROOT, Result, Run
from tests.support.scripted import Scripted

LISTED = ("vault", "list", "-qq")


def offered(result: Result) -> dict[str, str]:
    """The values and what is said of each."""
    assert (result.code, result.err) == (0, "")
    rows = [line.split("\t") for line in result.out.splitlines()]
    assert all(len(row) == 2 for row in rows), result.out
    assert len(dict(rows)) == len(rows)
    return dict(rows)


def ask(run: Run, kind: str, *words: str, prefix: str = "", **more: Any) -> dict[str, str]:
    return offered(run("__complete", kind, prefix, *words, **more))


def kept(environ: dict[str, str]) -> list[Path]:
    return sorted((Path(environ["HOME"]) / ".cache" / "cbrctl").glob("names-*"))


def vault(number: int, name: str | None, *resources: tuple[str, str], **more: Any) -> dict[str, Any]:
    rows = [cbr.resource(one, name=called) for one, called in resources]
    return {"id": f"3b5816b5-0000-4000-8000-{number:012}", "name": name, "resources": rows, **more}


def listed(scripted: Scripted, run: Run, *vaults: dict[str, Any], **more: Any) -> None:
    scripted.on(cbr.VAULTS, {"vaults": list(vaults), "count": len(vaults)})
    assert run(*LISTED, **more).code == 0


def test_nothing_was_seen_and_nothing_is_made(run: Run, environ: dict[str, str]) -> None:
    kinds = ("vaults", "resources", "tags", "checkpoints", "copies", "tasks", "ops", "profiles", "", "no")
    assert {kind: ask(run, kind) for kind in kinds} == {kind: {} for kind in kinds}
    assert run("__complete").out == ""
    assert list(Path(environ["HOME"]).iterdir()) == []


def test_a_list_teaches_names_and_no_service_is_asked_for_them(cloud: Cloud, run: Run, environ: dict[str, str]) -> None:
    run(*LISTED)
    asked = len(cloud.requests)
    vaults = ask(run, "vaults")
    assert vaults["vault-be94"] == f"1 resource, {VAULT_BE94}"
    assert "生产库-01" in vaults
    assert ask(run, "tags")["env=prod"] == "2 vaults"
    assert len(cloud.requests) == asked
    [file] = kept(environ)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_backup_and_lists_teach_names_too(cloud: Cloud, run: Run, environ: dict[str, str]) -> None:
    assert run("backup", "--vault", "vault-be94", "--no-wait").code == 0
    assert "vault-be94" in ask(run, "vaults")
    [checkpoint] = (one for one, about in ask(run, "checkpoints").items() if "accepted" in about)
    [(op, about)] = ask(run, "ops").items()
    assert checkpoint in run("history").out
    assert op in run("history", "-o", "id").out
    assert about.startswith("vault-be94, accepted, ")
    run("copy", "list")
    assert [about for about in ask(run, "copies").values() if about.startswith("ecs-1f0f-0002, ")]
    run("task", "list")
    assert [about for about in ask(run, "tasks").values() if about.startswith("backup ecs-1f0f-0002, ")]


@pytest.mark.parametrize("chosen", [("-V", "vault-skip"), ("--vault=vault-skip",), ("-Vvault-skip",)])
def test_resources_are_those_of_the_chosen_vault(cloud: Cloud, run: Run, chosen: tuple[str, ...]) -> None:
    run(*LISTED)
    assert set(ask(run, "resources", "backup", *chosen)) == {"ecs-web-01", "ecs-web-02"}
    assert "ecs-1f0f-0002" in ask(run, "resources", "backup")
    assert set(ask(run, "resources", "backup", "--vault", VAULT_BE94)) == {"ecs-1f0f-0002"}
    assert ask(run, "resources", "backup", "--vault", "nobody-knows") == {}


def test_an_id_is_offered_where_one_is_typed(scripted: Scripted, run: Run) -> None:
    listed(scripted, run, vault(1, "db"), vault(2, "web"))
    assert set(ask(run, "vaults")) == {"db", "web"}
    some = ask(run, "vaults", prefix="3B5816B5-0000-4000-8000-000000000001")
    assert some == {
        "db": "0 resources, 3b5816b5-0000-4000-8000-000000000001",
        "3b5816b5-0000-4000-8000-000000000001": "db, 0 resources",
        "web": "0 resources, 3b5816b5-0000-4000-8000-000000000002",
    }


AWKWARD = ["two words", "a:b", "it's", 'a "quote"', "$HOME", "back\\slash", "宽字", "a=b", "#x", "~", "*", "a\u0301"]
UNTYPABLE = [HOSTILE, "-x", "--all", " blank", "blank ", "", "\u202eabc", "line\nend", "tab\there", "x" * 300, "\ud800"]


def test_a_name_is_offered_as_it_is_or_not_at_all(scripted: Scripted, run: Run) -> None:
    names = [*AWKWARD, *UNTYPABLE]
    listed(scripted, run, *(vault(n, name, (f"r-{n}", name)) for n, name in enumerate(names)))
    vaults, resources = ask(run, "vaults"), ask(run, "resources")
    assert [*vaults] == [*AWKWARD, *(f"3b5816b5-0000-4000-8000-{n:012}" for n in range(len(AWKWARD), len(names)))]
    assert [*resources] == [*AWKWARD, *(f"r-{n}" for n in range(len(AWKWARD), len(names)))]
    assert_inert("".join((*vaults, *vaults.values(), *resources.values())))


def test_names_that_several_have_are_offered_by_id(scripted: Scripted, run: Run) -> None:
    listed(scripted, run, vault(1, "same"), vault(2, "same"), vault(3, "3b5816b5-0000-4000-8000-000000000001"))
    assert set(ask(run, "vaults")) == {f"3b5816b5-0000-4000-8000-{n:012}" for n in (1, 2, 3)}


def test_hostile_texts_are_inert_everywhere(cloud: Cloud, run: Run, environ: dict[str, str]) -> None:
    hostile_cloud(cloud)
    for line in (LISTED, ("copy", "list"), ("task", "list"), ("backup", "--vault", VAULT_BE94, "--no-wait")):
        run(*line)
    for kind in ("vaults", "resources", "tags", "checkpoints", "copies", "tasks", "ops"):
        assert_inert("".join(part for row in ask(run, kind).items() for part in row))
    assert kept(environ)[0].read_bytes().isascii()


def test_a_whole_list_forgets_vaults_and_one_vault_adds(scripted: Scripted, run: Run) -> None:
    listed(scripted, run, vault(1, "old"), vault(2, "web"))
    listed(scripted, run, vault(2, "web"))
    assert set(ask(run, "vaults")) == {"web"}
    scripted.on(rf"GET /v3/{cbr.PROJECT}/vaults/.*", {"vault": vault(3, "new")})
    run("vault", "show", vault(3, "new")["id"])
    assert set(ask(run, "vaults")) == {"web", "new"}


def test_a_list_that_is_not_whole_forgets_nothing(scripted: Scripted, run: Run) -> None:
    listed(scripted, run, vault(1, "old"), vault(2, "web"))
    scripted.on(cbr.VAULTS, {"vaults": [vault(2, "web"), {"id": None}], "count": 2})
    assert "cannot be read" in run("vault", "list").err
    assert set(ask(run, "vaults")) == {"old", "web"}


def test_names_belong_to_a_profile_and_a_project(scripted: Scripted, run: Run, environ: dict[str, str]) -> None:
    write_config(Path(environ["HOME"]) / ".config/cbrctl", "[profiles.prod]\nregion = 'eu-de'\n[profiles.test]\n")
    listed(scripted, run, vault(1, "mine"))
    listed(scripted, run, vault(2, "ours"), env={"CBRCTL_PROFILE": "prod"})
    assert set(ask(run, "vaults")) == {"mine"}
    assert set(ask(run, "vaults", "backup", "--profile", "prod")) == {"ours"}
    assert set(ask(run, "vaults", env={"CBRCTL_PROFILE": "prod"})) == {"ours"}
    assert ask(run, "vaults", "--profile=test") == {}
    assert set(ask(run, "vaults", "--profile", "prod", "--region", "eu-de")) == {"ours"}
    assert ask(run, "vaults", "--profile", "prod", "--region", "eu-nl") == {}
    assert ask(run, "vaults", "--project-id", "0" * 32) == {}
    assert set(ask(run, "vaults", "--project-id", cbr.PROJECT.upper(), "--endpoint", f"{scripted.url}/")) == {"mine"}
    assert ask(run, "vaults", "--sandbox") == {}
    assert set(ask(run, "profiles")) == {"prod", "test"}


@pytest.mark.parametrize("option", ["--no-cache", "--sandbox"])
def test_a_run_that_keeps_nothing_keeps_no_names(cloud: Cloud, run: Run, environ: dict[str, str], option: str) -> None:
    assert run(*LISTED, option).code == 0
    assert kept(environ) == []


def test_a_secret_that_the_service_says_again_is_not_kept(
    scripted: Scripted, run: Run, environ: dict[str, str]
) -> None:
    listed(scripted, run, vault(1, "a-token"))
    assert kept(environ) == []
    listed(scripted, run, vault(1, "another"))
    assert len(kept(environ)) == 1


def test_what_is_known_already_is_not_written_again(scripted: Scripted, run: Run, environ: dict[str, str]) -> None:
    listed(scripted, run, vault(1, "db"))
    [file] = kept(environ)
    before = file.stat().st_ino
    listed(scripted, run, vault(1, "db"))
    assert file.stat().st_ino == before
    listed(scripted, run, vault(1, "other"))
    assert file.stat().st_ino != before


def test_a_logout_forgets_the_names_of_its_profile(scripted: Scripted, run: Run, environ: dict[str, str]) -> None:
    write_config(Path(environ["HOME"]) / ".config/cbrctl", "[profiles.prod]\n")
    listed(scripted, run, vault(1, "mine"))
    listed(scripted, run, vault(2, "ours"), env={"CBRCTL_PROFILE": "prod"})
    assert "the names for completion" in run("auth", "logout", "--profile", "prod").err
    assert set(ask(run, "vaults")) == {"mine"}
    assert "the names for completion" in run("auth", "logout").err
    assert kept(environ) == []
    assert "the names for completion" not in run("auth", "logout").err


FOREIGN: dict[str, Any] = {
    "no JSON": b"{",
    "nested": b"[" * 100_000,
    "a list": b"[]",
    "another version": b'{"version": 2, "vaults": {"x": {"name": "x", "resources": {}}}}',
    "odd shapes": json.dumps(
        {
            "version": 1, "profile": 3, "vaults": {"a": 1, "b": {"name": 7, "resources": [], "tags": 1}, "c": None},
            "copies": {"x": [], "y": ["a", "b", "c"], "z": [None, 1e300]}, "tasks": [], "checkpoints": {"\u202e": ["a", 1.0]},
        }
    ).encode(),
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_that_is_none_of_ours_offers_nothing_odd(run: Run, environ: dict[str, str], name: str) -> None:
    folder = Path(environ["HOME"]) / ".cache" / "cbrctl"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "names-0.json").write_bytes(FOREIGN[name])
    (folder / "names-0.json").chmod(0o600)
    found = {kind: ask(run, kind) for kind in ("vaults", "resources", "tags", "checkpoints", "copies", "tasks")}
    expected: dict[str, dict[str, str]] = {kind: {} for kind in found}
    if name == "odd shapes":
        expected |= {"vaults": {"7": "0 resources, b"}, "copies": {"z": ""}}
    assert found == expected


@pytest.mark.parametrize("how", ["readable", "link", "fifo", "open folder"])
def test_an_unsafe_file_is_not_read(scripted: Scripted, run: Run, environ: dict[str, str], how: str) -> None:
    listed(scripted, run, vault(1, "db"))
    [file] = kept(environ)
    if how == "readable":
        file.chmod(0o666)
    elif how == "open folder":
        file.parent.chmod(0o777)
    else:
        aside = file.rename(file.with_name("aside"))
        file.symlink_to(aside) if how == "link" else os.mkfifo(file, 0o600)
    mode = file.lstat().st_mode
    found = ask(run, "vaults")
    assert found == ({"db": "0 resources, 3b5816b5-0000-4000-8000-000000000001"} if how == "readable" else {})
    assert how == "readable" or file.lstat().st_mode == mode


def test_a_journal_that_is_none_offers_nothing(run: Run, environ: dict[str, str]) -> None:
    state = Path(environ["HOME"]) / ".local/state/cbrctl"
    state.mkdir(parents=True, mode=0o700)
    (state / "journal.db").write_bytes(b"no database" * 500)
    (state / "journal.db").chmod(0o600)
    assert ask(run, "ops") == {}
    assert [path.name for path in state.iterdir()] == ["journal.db"]


def test_open_backups_are_offered_first(cloud: Cloud, run: Run) -> None:
    for vault_name, *options in (("vault-be94", "--no-wait"), ("vault-skip",)):
        run("backup", "--vault", vault_name, *options)
    told = [about.split(", ")[:2] for about in ask(run, "ops", "resume").values()]
    assert told == [["vault-be94", "accepted"], ["vault-skip", "partial"]]


def test_a_key_press_loads_no_typer(cloud: Cloud, run: Run, environ: dict[str, str], tmp_path: Path) -> None:
    run("backup", "--vault", "vault-be94", "--no-wait")
    environ = {**environ, "PYTHONPATH": ROOT}
    for kind in ("vaults", "resources", "copies"):
        code, loaded = modules_of(["__complete", kind, ""], environ, tmp_path)
        assert code == 0
        assert_not_loaded(loaded, (*HEAVY, "typer", "cbrctl.cli.tree", "cbrctl.config.settings", "datetime", "hashlib"))
    # the journal and the configuration are asked for nothing else
    assert "sqlite3" in modules_of(["__complete", "ops", ""], environ, tmp_path)[1]


def test_many_vaults_are_read_as_soon_as_few(run: Run, environ: dict[str, str]) -> None:
    """Not timed: what is kept has an end."""
    folder = Path(environ["HOME"]) / ".cache" / "cbrctl"
    folder.mkdir(parents=True, mode=0o700)
    for n in range(20):
        path = folder / f"names-{n}.json"
        path.write_text(json.dumps({"version": 1, "vaults": {f"id-{n}": {"name": f"vault-{n}", "resources": {}}}}))
        path.chmod(0o600)
        os.utime(path, (time.time() + n, time.time() + n))
    assert set(ask(run, "vaults")) == {f"vault-{n}" for n in range(4, 20)}


@pytest.mark.parametrize("words", [("--version", "-v"), ("-v", "--version"), ("--verbose", "--version")])
def test_a_report_has_the_versions_of_what_matters(run: Run, environ: dict[str, str], words: tuple[str, ...]) -> None:
    result = run(*words)
    assert (result.code, result.err) == (0, "")
    first, *rest = result.out.splitlines()
    assert first == run("--version").out.strip()
    versions = dict(line.split(" ", 1) for line in rest)
    assert {"CPython", "typer", "rich", "requests", "keyring", "platformdirs", "SQLite", "TLS"} <= set(versions)
    assert os.uname().nodename not in result.out.split()
    assert "/" not in result.out
