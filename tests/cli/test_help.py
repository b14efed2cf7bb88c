"""`cbrctl help`, of commands and of topics, and what a line is told that asks for help in another way."""

import re

import pytest

from cbrctl.errors import BY_KIND
from tests.support.program import Run

TOPICS = {
    "exit-codes": ("15 local-state", "128+N signal", "man cbrctl-exit-codes"),
    "json": ("-o jsonl", "cbrctl.backup/v1", "man cbrctl-json"),
    "environment": ("CBRCTL_REGION, HW_REGION_NAME, OS_REGION_NAME", "NO_COLOR", "man cbrctl-environment"),
}


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic(topic: str, run: Run, run_tty: Run) -> None:
    result, shown = run("help", topic), run_tty("help", topic, "--lang", "en")
    assert (result.code, result.err, shown.code, shown.err) == (0, "", 0, "")
    assert max(map(len, shown.out.splitlines())) <= 80
    for words in TOPICS[topic]:
        assert words in shown.out
    chinese = run("help", topic, "--lang", "zh_CN")
    assert (chinese.code, chinese.err) == (0, "")
    assert f"man cbrctl-{topic}" in chinese.out
    untold = [line for line in chinese.out.splitlines() if re.search(r"\b(?:the|and|is) ", line)]
    assert untold == []


def test_every_exit_code_is_there(run: Run) -> None:
    lines = run("help", "exit-codes").out
    for kind, error in BY_KIND.items():
        assert re.search(rf"^  {error.exit_code} {kind} +\S", lines, re.MULTILINE)


@pytest.mark.english
def test_the_first_help_names_the_topics(run: Run) -> None:
    result = run("--help")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[-1].split(": ")[1].split(", ") == [f"cbrctl help {name}" for name in TOPICS]
    assert "Topics" not in run("vault", "--help").out


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("backup help", "cbrctl backup --help"),
        ("backup --vault x help", "cbrctl backup --help"),
        ("vault help", "cbrctl vault --help"),
        ("vault list help", "cbrctl vault list --help"),
        ("history help", "cbrctl history --help"),
    ],
)
def test_help_behind_a_command(line: str, meant: str, run: Run, run_tty: Run) -> None:
    result, shown = run(*line.split()), run_tty(*line.split(), "--color", "never")
    assert (result.code, result.out, shown.code, shown.out) == (2, "", 2, "")
    assert f"  → Write: {meant}" in result.err.splitlines()
    assert "--vault help" not in result.err + shown.err


def test_what_is_no_topic_and_no_command(run: Run) -> None:
    assert (run("help", "nope").code, run("json", "--help").code, run("help", "json", "--lang", "tlh").code) == (
        2,
        2,
        0,
    )


@pytest.mark.english
@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("backup --help", "Following:"),
        ("--help", "Commands:"),
        ("vault --help", "Usage"),
        ("help backup", "Examples:"),
        ("help exit-codes", "Exit codes:"),
        ("options", "Options:"),
        ("vault", "Commands:"),
    ],
)
def test_titles_are_bold_where_there_is_colour(line: str, title: str, run: Run, run_tty: Run) -> None:
    bold, words = f"\x1b[1m{title}\x1b[0m", line.split()
    piped, shown = run(*words), run_tty(*words)
    colored, plain = run(*words, env={"FORCE_COLOR": "1"}), run_tty(*words, env={"NO_COLOR": "1"})
    # a group alone is no command: its help is an error's, on standard error
    where = "err" if line == "vault" else "out"
    texts = [getattr(result, where) for result in (piped, shown, colored, plain, run_tty(*words, env={"TERM": "dumb"}))]
    assert [bold in text for text in texts] == [False, True, True, False, False]
    assert ["\x1b" in text for text in texts] == [False, True, True, False, False]
    assert re.sub(r"\x1b\[[01]m", "", texts[1]) == texts[0]
    assert piped.code == shown.code


@pytest.mark.parametrize("line", ["backup --help", "--help", "help vault", "help json", "options"])
def test_the_option_says_whether_there_is_colour(line: str, run: Run, run_tty: Run) -> None:
    words = line.split()
    assert "\x1b[1m" in run(*words, "--color", "always").out
    assert "\x1b" not in run_tty(*words, "--color=never").out


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
@pytest.mark.parametrize("command", ["vault show", "task list", "auth login", "config init", "doctor", "check"])
def test_an_exit_code_stands_beside_its_name(command: str, lang: str, run_tty: Run) -> None:
    shown = run_tty(*command.split(), "--help", "--lang", lang, columns=80)
    assert not re.search(r"(?:[,:、：] ?\d+|\d[:：])$", shown.out, re.MULTILINE), shown.out


@pytest.mark.english
@pytest.mark.parametrize("columns", [40, 80])
def test_no_line_of_the_help_ends_with_a_number_of_what_follows(columns: int, run_tty: Run) -> None:
    shown = run_tty("backup", "--help", columns=columns)
    assert (shown.code, shown.err) == (0, "")
    assert not re.search(r"\d:$", shown.out, re.MULTILINE)
    assert "cbrctl options" in shown.out.splitlines()[-1]
    assert max(map(len, run_tty("--help").out.splitlines())) <= 80
