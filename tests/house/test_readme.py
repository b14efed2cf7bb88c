"""What README and the pages for users say is so: commands parse, tables are the program's, vaults are in the practice cloud."""

import re
import shlex
import sys
from itertools import groupby
from pathlib import Path

import pytest

from cbrctl import errors
from cbrctl.backup import job, options, reconciliation, run_key
from cbrctl.cli import tree as cli
from cbrctl.cli.command import Command
from cbrctl.config import sdkfile
from cbrctl.credentials.sources import find_places
from cbrctl.sandbox import Cloud, faults
from tests import picture
from tests.support.examples import leaves, of_papers
from tests.support.exits import CONTRACT
from tests.support.pages import (
    CHINESE,
    CHINESE_PAGES,
    DEPLOY,
    DOCS,
    PAGES,
    PAIRS,
    README,
    TEXTS,
    TONGUES,
    parts_of,
)
from tests.support.program import Run

LINES = [line for block in of_papers() for line in block]
IN_WORDS = {120.0: "two minutes", 900.0: "fifteen minutes", 5.0: "five seconds", 86400.0: "a day"}


def in_code(text: str) -> list[str]:
    """What a text has in backquotes, its blocks left out."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


# the README itself ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [README, CHINESE], ids=TONGUES)
def test_it_stays_short(text: str) -> None:
    """It serves the first hour: what carries on belongs to docs/ and to the manual."""
    assert len(text.splitlines()) < 145
    assert len(text.split()) < 1200


def test_the_first_section_has_two_commands_of_one_line_each() -> None:
    [block] = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    assert README.index("```sh") == README.index("```"), "it is the first block of all"
    first, second = block.splitlines()
    assert first.endswith(".venv/bin/cbrctl backup --sandbox --vault vault-be94 --resource ecs-1f0f-0002 --incremental")
    assert "-m pytest" in second


@pytest.mark.parametrize("text", [README, CHINESE], ids=TONGUES)
def test_the_exit_table_is_the_programs(text: str) -> None:
    rows = re.findall(r"^\| (\d+) \| (\S+) \|", text, re.MULTILINE)
    assert {name: int(code) for code, name in rows} == {"ok": 0, **{k: c.exit_code for k, c in errors.BY_KIND.items()}}
    assert re.search(r"^\| 129(?:, |、)130(?:, |、)143 \| signal \|", text, re.MULTILINE)


@pytest.mark.parametrize("text", [README, CHINESE, DEPLOY], ids=[*TONGUES, "deploy"])
def test_it_says_what_is_worth_running_again(text: str) -> None:
    told = re.search(r"5(, |、)6\1[\d, 、and]*143", text)
    assert told
    rows = re.findall(r"^\| ([\d, ]+) \| [a-z-]+ \| .* \| (?:yes|later).* \|$", CONTRACT, re.MULTILINE)
    assert re.findall(r"\d+", told[0]) == re.findall(r"\d+", " ".join(rows))


@pytest.mark.parametrize("name", picture.PICTURES)
def test_the_pictures_need_no_network(name: str) -> None:
    svg = (DOCS / name).read_text("utf-8")
    assert f"(docs/{name})" in README
    assert "@font-face" not in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "").replace("https://www.textualize.io", "")


@pytest.mark.heavy
@pytest.mark.parametrize("name", picture.PICTURES)
def test_the_pictures_show_what_is_seen_today(name: str) -> None:
    shown = picture.read_words((DOCS / name).read_text("utf-8"))
    assert len(shown) > 10
    assert picture.read_words(picture.draw(picture.PICTURES[name])) == shown, "python tests/picture.py makes them anew"


# what all of them name --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", dict.fromkeys(LINES))
def test_every_command_line_parses(line: str) -> None:
    words = shlex.split(line)
    # of a container the word before is the image
    starts = [i for i, word in enumerate(words) if word.endswith("cbrctl") and words[i - 1] != "run"]
    assert starts
    for start in starts:
        end = next((i for i in range(start + 1, len(words)) if words[i] == "|"), len(words))
        parse(words[start + 1 : end])


def parse(args: list[str]) -> None:
    """Parse without running. Raises the parser's error."""
    context = cli.cli.make_context("cbrctl", list(args))
    leaf: object = cli.cli
    rest = [*context._protected_args, *context.args]
    while isinstance(leaf, cli.Tree):
        _, leaf, rest = leaf.resolve_command(context, rest)
    assert isinstance(leaf, Command)
    leaf.make_context("cbrctl", rest)


@pytest.mark.parametrize("name", TEXTS)
def test_the_commands_and_options_in_its_sentences_are_there(name: str) -> None:
    paths = {path for path, _ in leaves()}
    groups = {path.partition(" ")[0] for path in paths}
    known = {o for path, leaf in leaves() for o in options_of(path, leaf)} | {"--help", "--version"}
    for code in in_code(TEXTS[name]):
        assert set(re.findall(r"(?<!\S)--[a-z-]+", code)) <= known, code
        if code.startswith("cbrctl ") and "COMMAND" not in code:
            words = code.split()[1:]
            assert words[0] in groups, code
            assert words[0] in paths or " ".join(words[:2]) in paths, code


def options_of(path: str, leaf: cli.Leaf) -> set[str]:
    built = cli.build_command(path.rsplit(maxsplit=1)[-1], leaf)
    return {word for parameter in built.params for word in (*parameter.opts, *parameter.secondary_opts)}


@pytest.mark.parametrize("name", PAIRS)
def test_the_chinese_one_claims_the_same(name: str) -> None:
    """Its sections, commands, pictures, links and variables are those of the English one, which is tested, in their order."""
    english, chinese = PAIRS[name]
    for pattern in (r"```\w+\n.*?```", r"^(#+) ", r"!\[[^\]]*\]\(([^)]*)\)", r"^\d+\. "):
        flags = re.DOTALL | re.MULTILINE
        assert re.findall(pattern, chinese, flags) == re.findall(pattern, english, flags), pattern
    for pattern in (r"\b(?:CBRCTL|OS|HW|HUAWEICLOUD)_[A-Z_]+", r"(?<![\w-])--[a-z-]+", r"^\| (`[^|]+`) \|"):
        words = [set(re.findall(pattern, text.replace("、", ", "), re.MULTILINE)) for text in (english, chinese)]
        assert words[0] == words[1], pattern
    assert [linked(link) for link in links(chinese)] == [linked(link) for link in links(english)]


def links(text: str) -> list[str]:
    """The links to papers, but for the one to the other language."""
    return re.findall(r"(?<!\[中文)(?<!\[English)\]\(([^)]*\.md)\)", text)


def linked(link: str) -> str:
    return link.replace(".zh-CN", "")


# credentials ------------------------------------------------------------------------------------------------------------


def test_it_says_which_commands_take_no_profile() -> None:
    told = re.search(r"takes `--profile NAME` but those that read none: (.*?)\.", PAGES["credentials"], re.DOTALL)
    assert told
    assert set(in_code(told[1])) == taking("profile")[False] | {"help"}


def taking(common: str) -> dict[bool, set[str]]:
    """The commands that take a common option, and those that do not; a group whose commands are alike by its noun."""
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for name, members in groupby(leaves(), key=lambda member: member[0].partition(" ")[0]):
        has = {path: any(option.name == common for option in leaf.common) for path, leaf in members}
        for words, takes in ({name: True in has.values()} if len(set(has.values())) == 1 else has).items():
            found[takes].add(words)
    return found


def test_the_variables_of_the_credentials_are_those_of_the_man_page() -> None:
    from cbrctl.cli.generated.words import variables

    named = set(re.findall(r"`((?:CBRCTL|OS|HW|HUAWEICLOUD)_[A-Z_]+)[`=]", PAGES["credentials"]))
    told = {name for names, _ in variables() for name in names}
    assert named - told == set()
    assert len(named) > 15


@pytest.mark.parametrize("names_file", [True, False])
def test_the_places_of_credentials_stand_in_their_order(names_file: bool, tmp_path: Path) -> None:
    file = tmp_path / ".huaweicloud" / "credentials"
    clouds = tmp_path / "clouds.yaml"
    file.parent.mkdir()
    file.write_text("[basic]\nak = A\nsk = B\n")
    clouds.write_text("clouds: {mine: {auth: {username: a, password: b}}}\n")
    for path in (file, clouds):
        path.chmod(0o600)
    environ = {"HOME": str(tmp_path), "OS_CLOUD": "mine", "OS_CLIENT_CONFIG_FILE": str(clouds)}
    environ |= {"CBRCTL_USERNAME": "a", "HUAWEICLOUD_SDK_AK": "a", "HW_ACCESS_KEY": "a", "OS_USERNAME": "a"}
    environ |= {sdkfile.VARIABLE: str(file)} if names_file else {}
    table = {"username": "a"}
    titles = [str(p.title) for p in find_places(environ, chosen=("prod", table), default=table)]
    words = {"profile prod": "--profile", f"cloud mine of {clouds}": "OS_CLOUD", "profile default": "default"}
    words[str(file)] = sdkfile.VARIABLE if names_file else "~/.huaweicloud/credentials"
    wanted = [words.get(title, title) for title in titles]
    told = [in_code(line)[0] for line in re.findall(r"^\d\. (.*)$", PAGES["credentials"], re.MULTILINE)]
    left_out = {"~/.huaweicloud/credentials" if names_file else sdkfile.VARIABLE}
    assert wanted == [word for word in told if word not in left_out]
    assert len(wanted) == 8


# guarantees -------------------------------------------------------------------------------------------------------------


def test_the_times_of_the_guarantees_are_the_programs() -> None:
    unknown, keys = (parts_of(PAGES["guarantees"], h) for h in ("When no whole answer came", "Run keys"))
    assert f"looks for the marker for {IN_WORDS[options.BackupOptions().settle]} (`--settle`)" in " ".join(
        unknown.split()
    )
    assert IN_WORDS[reconciliation.CLOSED_AFTER] in unknown
    assert f"after {IN_WORDS[job.LET_BE]}" in unknown
    assert f"more than {IN_WORDS[run_key.STALE]} after the last look" in keys
    assert f"more than {IN_WORDS[run_key.OLD]} ago" in keys
    for words in ("用两分钟（`--settle`）", "已过 15 分钟", "一天之后不再等待", "超过五秒", "一天前就已结束"):
        assert words in CHINESE_PAGES["guarantees"]


def test_the_codes_of_the_guarantees_are_the_programs() -> None:
    for heading, kind in (
        ("When no whole answer came", "unknown"), ("Run keys", "usage"), ("When the vault is busy", "busy"),
    ):  # fmt: skip
        told = re.findall(r"exit code (?:is )?(\d+)", parts_of(PAGES["guarantees"], heading))
        assert told == [str(errors.BY_KIND[kind].exit_code)], heading
    chinese = re.findall(r"退出码为? ?(\d+)", CHINESE_PAGES["guarantees"])
    assert chinese == [str(errors.BY_KIND[kind].exit_code) for kind in ("unknown", "usage", "busy")]


# the practice cloud -----------------------------------------------------------------------------------------------------

VAULTS = re.findall(r"^\| `([^`]+)` \| .* \| (\d+) \|$", PAGES["practice-cloud"], re.MULTILINE)


@pytest.mark.parametrize(("vault", "code"), VAULTS)
def test_a_vault_of_the_practice_cloud_ends_as_told(vault: str, code: str, cloud: Cloud, run: Run) -> None:
    assert run("backup", "--vault", vault).code == int(code)


def test_all_vaults_of_the_practice_cloud_are_told(cloud: Cloud, run: Run) -> None:
    assert sorted(name for name, _ in VAULTS) == sorted(row["name"] for row in run("vault", "list").rows())
    assert re.findall(r"^\| `([^`]+)` \| .* \| (\d+) \|$", CHINESE_PAGES["practice-cloud"], re.MULTILINE) == VAULTS


def test_the_commands_that_take_sandbox_are_told() -> None:
    told = re.search(r"It is taken by (.*?)\.", PAGES["practice-cloud"], re.DOTALL)
    assert told
    assert set(in_code(told[1])) == taking("sandbox")[True]


def test_the_faults_are_told() -> None:
    section = parts_of(PAGES["practice-cloud"], "Faults")
    routes = re.search(r"The route is (.*?)\.", section, re.DOTALL)
    assert routes
    assert tuple(in_code(routes[1])) == faults.ROUTES
    rows = re.findall(r"^\| (`.*?) \| (.*?) \|", section, re.MULTILINE)
    told = {code: request for codes, request in rows for code in in_code(codes)}
    wanted = {kind + (f"={value}" if value else "") for kind, value in faults.KINDS.items()}
    assert set(told) == wanted
    assert {code.partition("=")[0] for code, request in told.items() if request == "is not executed"} == set(
        faults.BEFORE
    )


@pytest.mark.long
def test_a_lost_answer_is_rehearsed(run: Run) -> None:
    fault = ["sandbox", "run", "--fault", "create:drop-after*1", "--"]
    result = run(*fault, sys.executable, "-m", "cbrctl", "backup", "--vault", "vault-be94", "--no-wait")
    assert result.code == 0, result.err
    assert "looking for the backup by its marker" in result.err
    lost = run("sandbox", "run", "--fault", "create:drop-before*1", "--", *fault[5:], sys.executable, "-m", "cbrctl",
        "backup", "--vault", "vault-be94", "--settle", "10s")  # fmt: skip
    assert lost.code == 6, lost.err
    assert "whether a backup was started is not known" in lost.err
