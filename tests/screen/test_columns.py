"""The columns of each list: its header in a pipe, what people see on 80 cells, and what a wide terminal shows besides."""

import pytest

from cbrctl.sandbox import Cloud
from cbrctl.sandbox.seed import CHECKPOINT_YESTERDAY
from tests.support.commands import COMMANDS
from tests.support.program import Run

LISTS = [name for name, (_, schema, _) in COMMANDS.items() if schema != "backup"]
TITLES = {
    "vault list": ("ID NAME STATUS USED_GB RES.", ""),
    "vault show": ("RESOURCE ID STATUS SIZE", "TYPE"),
    "checkpoint show": ("RESOURCE ID STATE DONE", "SIZE REASON"),
    "copy list": ("ID RESOURCE STATUS CREATED", "NAME CHECKPOINT"),
    "task list": ("ID STARTED STATUS RESOURCE", "ERROR TYPE DONE VAULT REASON"),
}
"""What stands above a table for people: always, and where there is room beside it."""


def titles(text: str) -> set[str]:
    """The words above the table: its line is the first in capitals that has several."""
    line = next(line for line in text.splitlines() if line.isupper() and len(line.split()) > 3)
    return set(line.replace("USED GB", "USED_GB").split())


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
