"""The columns of each list: its header in a pipe, what people see on 80 cells, and what a wide terminal shows besides."""

import re

import pytest

from cbrctl.sandbox import Cloud
from cbrctl.sandbox.seed import CHECKPOINT_YESTERDAY, VAULT_BE94
from tests.support import cbr
from tests.support.commands import COMMANDS
from tests.support.program import Run
from tests.support.scripted import Scripted

LISTS = [name for name, (_, schema, _) in COMMANDS.items() if schema != "backup"]
TITLES = {
    "vault list": ("ID NAME STATUS USED_GiB RES.", "TAGS SIZE TYPE CREATED"),
    "vault show": ("RESOURCE ID STATUS SIZE", "TYPE"),
    "checkpoint show": ("RESOURCE ID STATE DONE", "SIZE"),
    "copy list": ("ID RESOURCE STATUS CREATED", "NAME CHECKPOINT"),
    "task list": ("ID STARTED STATUS RESOURCE VAULT", "TYPE DONE"),
}
"""What stands above a table for people: always, and where there is room beside it."""


def titles(text: str) -> set[str]:
    """The words above the table: its line is the first in capitals that has several."""
    line = next(line for line in text.splitlines() if line.replace("GiB", "").isupper() and len(line.split()) > 3)
    return set(line.replace("USED GiB", "USED_GiB").split())


@pytest.mark.parametrize("name", LISTS)
def test_the_header_in_a_pipe(name: str, cloud: Cloud, run: Run) -> None:
    args, _, head = COMMANDS[name]
    result = run(*args)
    first, *rows = result.out.splitlines()
    assert (result.code, result.err) == (0, "")
    assert first.split("\t") == head.split()
    assert {row.count("\t") for row in rows} == {first.count("\t")}


@pytest.mark.parametrize("name", TITLES)
def test_what_people_see(name: str, cloud: Cloud, run_tty: Run) -> None:
    always, wide = (set(words.split()) for words in TITLES[name])
    narrow = run_tty(*COMMANDS[name][0], "--color", "never")
    assert always <= titles(narrow.out) <= always | wide
    assert titles(run_tty(*COMMANDS[name][0], "--color", "never", columns=250).out) == always | wide


def test_a_wide_column_is_whole_or_not_there(cloud: Cloud, run_tty: Run) -> None:
    seen = set()
    for columns in range(80, 200, 20):
        lines = run_tty("copy", "list", "--color", "never", columns=columns).out.splitlines()
        shown = "CHECKPOINT" in titles("\n".join(lines))
        assert any(line.endswith(CHECKPOINT_YESTERDAY) for line in lines) == shown
        assert shown or not any(CHECKPOINT_YESTERDAY[:8] in line for line in lines)
        seen.add(shown)
    assert seen == {True, False}


@pytest.mark.heavy
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "Asia/Kolkata"])
def test_a_task_that_failed_says_when_where_and_why_on_80_cells(zone: str, scripted: Scripted, run_tty: Run) -> None:
    failed, good = (cbr.SERVER, "failed", 10, "BackupService.6114", "no room"), (cbr.SERVER, "success", 100, "", "")
    tasks = cbr.tasks(failed, good)
    scripted.on(cbr.TASKS, tasks)
    lines = run_tty("task", "list", "--color", "never", env={"TZ": zone}).out.splitlines()
    assert titles("\n".join(lines)) == {"ID", "STARTED", "STATUS", "RESOURCE", "VAULT", "ERROR"}
    assert max(map(len, lines)) <= 80
    assert all(any(line.startswith(task["id"]) for line in lines) for task in tasks["operation_logs"])
    [row] = [line for line in lines if "failed" in line]
    assert row.split()[-1] == "6114"
    wide = run_tty("task", "list", "--color", "never", columns=250).out
    assert {"ERROR", "REASON"} <= titles(wide)
    assert "vault-be94" in wide
    scripted.on(cbr.TASKS, cbr.tasks(good))
    assert "ERROR" not in titles(run_tty("task", "list", "--color", "never", columns=250).out)


def test_tags_are_folded_where_there_is_little_room(cloud: Cloud, run_tty: Run) -> None:
    cloud.vaults[VAULT_BE94].tags = {f"key-{number:02}": "production" for number in range(10)}
    lines = run_tty("vault", "list", "--color", "never", columns=130).out.splitlines()
    assert "TAGS" in titles("\n".join(lines))
    assert max(map(len, lines)) <= 130
    assert sum("=production" in line for line in lines) > 2
    assert "TAGS" not in titles(run_tty("vault", "list", "--color", "never").out)


def runs_of_parts(name: str) -> set[str]:
    """What of a name may stand in a line: it is broken behind hyphens, a Chinese one anywhere."""
    parts = re.findall(r"[^\x00-\x7f]|[^-\x80-\U0010ffff]*-|[^-\x80-\U0010ffff]+", name)
    assert "".join(parts) == name
    return {"".join(parts[begin:end]) for begin in range(len(parts)) for end in range(begin + 1, len(parts) + 1)}


@pytest.mark.long
@pytest.mark.parametrize("columns", [30, 40, 80, 120, 200])
@pytest.mark.parametrize("line", ["check --all-vaults", "vault list", "task list", "copy list"])
def test_no_name_is_broken_in_the_midst_of_a_word(line: str, columns: int, cloud: Cloud, run_tty: Run) -> None:
    names = [vault.name for vault in cloud.vaults.values()]
    names += [part.name for vault in cloud.vaults.values() for part in vault.resources]
    result = run_tty(*line.split(), "--color", "never", "--lang", "en", columns=columns)
    assert result.code == (3 if line.startswith("check") else 0)
    assert ("error:" in result.err) == line.startswith("check")
    told = [word for word in re.split(r"\s+", result.out) if re.match(r"(?:ecs|evs|vault|[^\x00-\x7f─])[^=]*$", word)]
    assert told
    assert set(told) <= set().union(*map(runs_of_parts, names))


def test_a_word_that_is_wider_than_its_column_is_broken_all_the_same(cloud: Cloud, run_tty: Run) -> None:
    cloud.vaults[VAULT_BE94].name = "a" * 64
    result = run_tty("vault", "list", "--color", "never")
    assert (result.code, result.err, result.out.count("a" * 10) > 1) == (0, "", True)
    assert max(map(len, result.out.splitlines())) <= 80


def test_a_moment_gives_way_to_names(cloud: Cloud, run_tty: Run) -> None:
    lines = run_tty("task", "list", "--color", "never", "--lang", "en").out.splitlines()
    assert any(re.search(r" vault-be94$", line) for line in lines)
    assert any(re.fullmatch(r" *\d\d:\d\dZ(?: +\S+)?", line) for line in lines)
