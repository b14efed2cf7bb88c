"""What the README says is so: its commands parse, its table is the exit table, its vaults are in the practice cloud."""

import re
import shlex
from pathlib import Path

import pytest

from cbrctl import errors
from cbrctl.cli import tree as cli
from cbrctl.cli.command import Command
from cbrctl.sandbox import Cloud
from tests import picture
from tests.support.program import Run

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text("utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
LINES = [line for block in BLOCKS for line in block.splitlines() if "cbrctl " in line and not line.startswith("export")]


def test_the_first_section_has_two_commands_of_one_line_each() -> None:
    [block] = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    first, second = block.splitlines()
    assert first.endswith(".venv/bin/cbrctl backup --sandbox --vault vault-be94 --resource ecs-1f0f-0002 --incremental")
    assert "-m pytest" in second


@pytest.mark.parametrize("line", LINES)
def test_every_command_line_parses(line: str) -> None:
    words = shlex.split(line)
    starts = [i for i, word in enumerate(words) if word.endswith("cbrctl")]
    for start in starts:
        end = next((i for i in range(start + 1, len(words)) if words[i] == "|"), len(words))
        parse(words[start + 1 : end])


def parse(args: list[str]) -> None:
    """Parse without running. Raises the parser's error."""
    context = cli.cli.make_context("cbrctl", list(args))
    leaf: object = cli.cli
    rest = [*context._protected_args, *context.args]
    while isinstance(leaf, cli.Tree):
        leaf = leaf.get_command(context, rest.pop(0))
    assert isinstance(leaf, Command)
    leaf.make_context("cbrctl", rest)


def test_it_says_which_commands_take_no_profile() -> None:
    told = re.search(r"takes `--profile NAME` but those that read none: (.*?)\.", README, re.DOTALL)
    assert told
    taking: dict[bool, set[str]] = {True: set(), False: set()}
    for name, entry in cli.TREE.items():
        members = {"": entry} if isinstance(entry, cli.Leaf) else entry
        has = {f"{name} {word}".strip(): _takes_profile(leaf) for word, leaf in members.items()}
        # a group whose commands are alike is named by its noun
        for words, takes in ({name: True in has.values()} if len(set(has.values())) == 1 else has).items():
            taking[takes].add(words)
    assert set(re.findall(r"`([^`]+)`", told[1])) == taking[False] | {"help"}


def _takes_profile(leaf: cli.Leaf) -> bool:
    return any(option.name == "profile" for option in leaf.common)


def test_the_chinese_one_claims_the_same() -> None:
    """Its commands, pictures and variables are those of the English one, which is tested."""
    for pattern in (r"```\w+\n.*?```", r"\(docs/[^)]*\)", r"\bCBRCTL_[A-Z_]+", r"`(--[a-z-]+)"):
        assert set(re.findall(pattern, CHINESE, re.DOTALL)) <= set(re.findall(pattern, README, re.DOTALL)), pattern
    assert re.findall(r"```sh\n.*?```", CHINESE, re.DOTALL) == re.findall(r"```sh\n.*?```", README, re.DOTALL)
    assert CHINESE.count("\n## ") == README.count("\n## ")


@pytest.mark.parametrize("text", [README, CHINESE], ids=["English", "Chinese"])
def test_the_exit_table_is_the_programs(text: str) -> None:
    rows = re.findall(r"^\| (\d+) \| (\S+) \|", text, re.MULTILINE)
    assert {name: int(code) for code, name in rows} == {"ok": 0, **{k: c.exit_code for k, c in errors.BY_KIND.items()}}


def test_the_named_vaults_are_there(cloud: Cloud, run: Run) -> None:
    section = README.partition("It holds")[2].partition("##")[0]
    named = {name for name in re.findall(r"`([^`]+)`", section) if name != "ecs-1f0f-0002"}
    listed = {row["name"] for row in run("vault", "list").rows()}
    assert named <= listed


@pytest.mark.long
def test_a_lost_answer_is_rehearsed(run: Run) -> None:
    fault = ["sandbox", "run", "--fault", "create:drop-after*1", "--"]
    import sys

    result = run(*fault, sys.executable, "-m", "cbrctl", "backup", "--vault", "vault-be94", "--no-wait")
    assert result.code == 0, result.err
    assert "looking for the backup by its marker" in result.err
    lost = run("sandbox", "run", "--fault", "create:drop-before*1", "--", *fault[5:], sys.executable, "-m", "cbrctl",
        "backup", "--vault", "vault-be94", "--settle", "10s")  # fmt: skip
    assert lost.code == 6, lost.err
    assert "whether a backup was started is not known" in lost.err


@pytest.mark.parametrize("name", picture.PICTURES)
def test_the_pictures_need_no_network(name: str) -> None:
    svg = (ROOT / "docs" / name).read_text("utf-8")
    assert f"docs/{name}" in README
    assert "@font-face" not in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "").replace("https://www.textualize.io", "")


def test_the_variables_of_the_credentials_are_those_of_the_man_page() -> None:
    from cbrctl.cli.generated.words import variables

    section = README[README.index("## Credentials") : README.index("## In cron")]
    named = set(re.findall(r"`((?:CBRCTL|OS|HW|HUAWEICLOUD)_[A-Z_]+)[`=]", section))
    told = {name for names, _ in variables() for name in names}
    assert named - told == set()
    assert len(named) > 15


@pytest.mark.heavy
@pytest.mark.parametrize("name", picture.PICTURES)
def test_the_pictures_show_what_is_seen_today(name: str) -> None:
    shown = picture.read_words((ROOT / "docs" / name).read_text("utf-8"))
    assert len(shown) > 10
    assert picture.read_words(picture.draw(picture.PICTURES[name])) == shown, "python tests/picture.py makes them anew"
