"""Wrong command lines: exit 2, what is wrong and what to do, a document where JSON was asked for, and nothing sent."""

import re
import shlex
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cbrctl import __version__
from cbrctl.cli.help_pages import read_doc
from cbrctl.cli.shared_options import RARE
from cbrctl.cli.tree import GROUPS, TREE, Leaf, build_command
from cbrctl.sandbox import Cloud
from tests.support import cbr
from tests.support.examples import leaves
from tests.support.program import ROOT, Run
from tests.support.schemas import validate
from tests.support.scripted import Scripted


class Wrong(NamedTuple):
    """A wrong command line, and what is said of it: each of the texts."""

    args: str
    says: tuple[str, ...]


BACKUP = f"backup --vault {cbr.VAULT}"
WRONG = [
    # contradictions
    Wrong(f"{BACKUP} --incremental --full", ("--incremental and --full contradict each other.",)),
    Wrong(f"{BACKUP} --full --incremental", ("--incremental and --full contradict each other.",)),
    Wrong(f"{BACKUP} --auto-trigger --no-auto-trigger", ("--auto-trigger and --no-auto-trigger",)),
    Wrong(f"{BACKUP} --wait --no-wait", ("--wait and --no-wait",)),
    Wrong(f"{BACKUP} --retention-days 7 --auto-trigger", ("--retention-days", "--auto-trigger")),
    Wrong(f"{BACKUP} --policy-id {cbr.VAULT}", ("--policy-id needs --auto-trigger.",)),
    # nothing chosen, empty values
    Wrong("backup", ("Nothing was chosen", "--vault VAULT")),
    Wrong("backup --full", ("Nothing was chosen",)),
    Wrong("backup --vault ''", ("--vault was given an empty value.", "unset shell variable")),
    Wrong(f"{BACKUP} --vault ''", ("--vault was given an empty value.",)),
    Wrong("backup -V ''", ("--vault was given an empty value.",)),
    Wrong("backup --vault=", ("--vault was given an empty value.",)),
    Wrong(f"{BACKUP} --resource ''", ("--resource was given an empty value.",)),
    Wrong(f"{BACKUP} --name ''", ("--name was given an empty value.",)),
    Wrong(f"{BACKUP} --description ''", ("--description was given an empty value.",)),
    Wrong(f"{BACKUP} --exclude-volume ''", ("--exclude-volume was given an empty value.",)),
    Wrong(f"{BACKUP} --timeout ''", ("--timeout",)),
    Wrong(f"{BACKUP} --region ''", ("--region was given an empty value.",)),
    Wrong(f"{BACKUP} --profile ''", ("--profile was given an empty value.",)),
    Wrong("copy list --status ''", ("--status was given an empty value.",)),
    Wrong("task list --since ''", ("--since was given an empty value.",)),
    Wrong("vault show ''", ("VAULT was given an empty value.",)),
    Wrong("wait ''", ("CHECKPOINT_ID... was given an empty value.",)),
    # unknown and missing
    Wrong(f"{BACKUP} --incremntal", ("There is no option --incremntal.", "Did you mean --incremental?", "backup --help")),
    Wrong(f"{BACKUP} --zzz", ("There is no option --zzz.", "cbrctl backup --help")),
    Wrong(f"{BACKUP} -z", ("There is no option -z.",)),
    Wrong(f"{BACKUP} --token canary", ("There is no option --token.",)),
    Wrong("bakup", ("'bakup'", "Did you mean 'backup'?", "cbrctl --help")),
    Wrong("vault lst", ("'lst'", "Did you mean 'list'?", "cbrctl vault --help")),
    Wrong("zzz", ("'zzz'", "cbrctl --help")),
    Wrong("history shw", ("cbrctl history has no command shw.", "It has: show.", "cbrctl history --help")),
    Wrong(f"history {cbr.VAULT} --limit 3", (f"has no command {cbr.VAULT}.",)),
    Wrong("history ''", ("empty value", "unset shell variable")),
    Wrong("history --limit show", ("--limit", "cbrctl history --help")),
    Wrong("history --sandbx", ("There is no option --sandbx.", "cbrctl history --help")),
    Wrong("history show", ("OP_ID is missing.", "cbrctl history show --help")),
    Wrong("history show ''", ("OP_ID was given an empty value.",)),
    Wrong(f"history show {cbr.VAULT}", (f"{cbr.VAULT} is no op id.", "cbrctl history lists them")),
    Wrong(f"history show 6N7X0K3B1QZ2M4D5F8GHJVRSTW {cbr.VAULT}", (cbr.VAULT, "cbrctl history show --help")),
    Wrong("history --since yesterday", ("--since cannot be yesterday.", "cbrctl history --help")),
    Wrong("vault show", ("VAULT is missing.", "cbrctl vault show --help")),
    Wrong("wait", ("CHECKPOINT_ID... is missing.",)),
    Wrong("completion", ("bash|zsh|fish is missing.",)),
    Wrong(f"{BACKUP} --timeout", ("--timeout", "requires an argument", "cbrctl backup --help")),
    Wrong(f"{BACKUP} extra", ("extra", "cbrctl backup --help")),
    Wrong("vault list vault-be94", ("vault-be94",)),
    Wrong("sandbox run", ("No command to run was given.", "cbrctl sandbox run -- COMMAND")),
    Wrong("sandbox serve --fault nonsense", ("nonsense", "create")),
    Wrong("sandbox serve --port 65536", ("--port",)),
    Wrong("schema nonsense", ("There is no schema nonsense.", "backup")),
    Wrong("completion tcsh", ("tcsh", "bash, zsh, fish")),
    # durations, numbers, moments
    *(
        Wrong(f"{BACKUP} --timeout='{value}'", (f"--timeout cannot be {value}.", "It is written as 90, 45s, 1.5h or 1h30m."))
        for value in ("5x", "-5", "1e3", "inf", "1h 30m", "٣s")
    ),
    Wrong(f"{BACKUP} --timeout=", ("--timeout was given an empty value.",)),
    Wrong(f"{BACKUP} --timeout 367d", ("--timeout cannot be 367d.", "It is at most 366d.")),
    Wrong(f"{BACKUP} --poll-interval 99ms", ("--poll-interval cannot be 99ms.", "It is at least 100ms.")),
    Wrong(f"{BACKUP} --poll-interval 0", ("--poll-interval cannot be 0.", "It is at least 100ms.")),
    Wrong(f"{BACKUP} --parallel 257", ("--parallel cannot be 257.", "It is a whole number from 1 to 256.")),
    Wrong("check --vault x --max-age 0", ("--max-age cannot be 0.", "It is more than 0.")),
    Wrong(f"wait {cbr.VAULT} --poll-interval x", ("--poll-interval", "cbrctl wait --help")),
    *(
        Wrong(f"copy list --limit {value}", (f"--limit cannot be {value}.", "at least 1.", "cbrctl copy list --help"))
        for value in ("0", "-1", "x", "1.5")
    ),
    Wrong("task list --limit 0", ("--limit",)),
    Wrong("copy list --since yesterday", ("--since cannot be yesterday.", "cbrctl copy list --help")),
    Wrong("copy list --since 2019-13-40", ("--since cannot be 2019-13-40.", "There is no such date or time.")),
    Wrong("task list --since 2019-05-10T25:00:00Z", ("--since",)),
    Wrong(f"{BACKUP} --retention-days x", ("--retention-days cannot be x.", "It is a whole number.")),
    Wrong(f"{BACKUP} --retention-days 0", ("0 days", "1 to 36500")),
    Wrong(f"{BACKUP} --retention-days 36501", ("36501 days",)),
    Wrong(f"{BACKUP} --retention-days -2", ("-2 days",)),
    # words of a list, ids, names
    Wrong(f"{BACKUP} --color sometimes", ("--color cannot be sometimes.", "auto, always, never")),
    Wrong(f"{BACKUP} --lang tlh", ("--lang cannot be tlh.", "en, zh_CN")),
    Wrong(f"{BACKUP} --output yaml", ("--output cannot be yaml.", "table, json, jsonl, id")),
    Wrong(f"{BACKUP} --on-skip maybe", ("--on-skip cannot be maybe.", "fail, ignore")),
    Wrong(f"{BACKUP} --if-busy maybe", ("--if-busy cannot be maybe.",)),
    Wrong("wait vault-be94", ("vault-be94 is no checkpoint id.",)),
    Wrong(f"wait {cbr.VAULT} ../vaults", ("../vaults is no checkpoint id.",)),
    Wrong("checkpoint show x", ("x is no checkpoint id.",)),
    Wrong("copy show x", ("x is no copy id.", "cbrctl copy list")),
    Wrong("task show x", ("x is no task id.", "cbrctl task list")),
    Wrong("copy list --checkpoint x", ("x is no checkpoint id.",)),
    Wrong(f"{BACKUP} --policy-id x --auto-trigger", ("x is no policy id.",)),
    Wrong(f"{BACKUP} --exclude-volume x", ("x does not name a volume.", "RESOURCE:VOLUME_ID")),
    Wrong(f"{BACKUP} --include-volume :{cbr.VAULT}", ("does not name a volume.",)),
    Wrong(f"{BACKUP} --exclude-volume {cbr.SERVER}:vol-1", ("does not name a volume.",)),
    Wrong(f"{BACKUP} --name 'a b'", ("The backup cannot be named a b.",)),
    Wrong(f"{BACKUP} --name {'a' * 65}", ("cannot be named",)),
    Wrong(f"{BACKUP} --description {'d' * 256}", ("256 characters", "255")),
    Wrong(f"{BACKUP} --name n --description {'d' * 215}", ("215 characters", "214", "--no-marker")),
    Wrong(f"{BACKUP} --description 'a<b'", ("< or >",)),
    Wrong(f"{BACKUP} " + " ".join(f"-r 94eba8b2-0000-4000-8000-{n:012}" for n in range(257)), ("257", "256")),
    # the connection
    Wrong(f"{BACKUP} --endpoint http://cbr.example.com", ("--endpoint", "Plain http")),
    Wrong(f"{BACKUP} --endpoint nonsense", ("--endpoint",)),
    Wrong(f"{BACKUP} --project-id nonsense", ("--project-id",)),
    Wrong(f"{BACKUP} --if-busy hope", ("--if-busy", "fail, wait, attach, skip")),
    Wrong(f"{BACKUP} --on-unknown hope", ("--on-unknown", "report, resend")),
    Wrong("resume nonsense", ("nonsense is no op id",)),
]  # fmt: skip


@pytest.mark.heavy
@pytest.mark.parametrize("wrong", WRONG, ids=lambda w: w.args[:70])
def test_wrong_lines(wrong: Wrong, scripted: Scripted, run: Run) -> None:
    """The variable asks for JSON: the document and the text say the same, and nothing was sent."""
    result = run(*shlex.split(wrong.args), env={"CBRCTL_OUTPUT": "json"})
    assert result.code == 2, result
    assert scripted.asked == []
    document = result.json()
    validate(document)
    error = document["error"]
    assert (document["exit_code"], error["kind"], error["code"]) == (2, "usage", None)
    assert result.err.startswith("error: ")
    assert "Traceback" not in result.err
    for words in (error["message"] + " " + (error["hint"] or ""), result.err):
        assert all(text in words for text in wrong.says), words
    assert len(result.err.splitlines()) <= 10


@pytest.mark.english
@pytest.mark.parametrize(
    ("option", "near"),
    [
        ("--vaul", "--vault"),
        ("--exclude-vol", "--exclude-volume"),
        ("--lude-volume", "--exclude-volume, --include-volume"),
        ("--foo", ""),
    ],
)
def test_only_what_is_near_is_guessed(option: str, near: str, run: Run) -> None:
    result = run("backup", option, "x")
    guess = [f"  Did you mean {near}?"] if near else []
    expected = [f"error: There is no option {option}.", *guess, "  → See cbrctl backup --help."]
    assert (result.code, result.out, result.err.splitlines()) == (2, "", expected)


def test_a_run_key_in_the_environment_contradicts_like_the_option(scripted: Scripted, run: Run) -> None:
    result = run(*shlex.split(BACKUP), "--no-marker", "-o", "json", env={"CBRCTL_RUN_KEY": "nightly"})
    assert (result.code, scripted.asked) == (2, [])
    assert "CBRCTL_RUN_KEY" in result.json()["error"]["message"] + result.err


# where JSON is asked for -----------------------------------------------------------------------------------------

ASKED = [
    ("-o json backup --nonsense", "json"),
    ("backup -o json --nonsense", "json"),
    ("backup --nonsense -o json", "json"),
    ("backup --nonsense --output json", "json"),
    ("backup --nonsense --output=jsonl", "jsonl"),
    ("backup --nonsense -ojson", "json"),
    ("backup --nonsense -qojsonl", "jsonl"),
    ("backup --nonsense -qvo json", "json"),
    ("-o json", "json"),
    ("-o json nonsense", "json"),
    ("vault -o jsonl", "jsonl"),
    ("backup -o yaml -o json --nonsense", "json"),
    ("backup -o json -o yaml --vault x", "json"),
    ("backup -o table --nonsense -o jsonl", "jsonl"),
    ("backup -o json --nonsense -o table", "table"),
    ("backup --nonsense", "table"),
    ("sandbox run -- x -o json", "table"),
    ("vault show -- -o json", "table"),
]


@pytest.mark.parametrize(("line", "output"), ASKED)
def test_the_format_counts_wherever_it_stands(line: str, output: str, run: Run) -> None:
    result = run(*shlex.split(line))
    assert result.code == (127 if "sandbox run" in line else 2)
    bare = line.split(maxsplit=1)[0] in ("-o", "vault") and "nonsense" not in line and "show" not in line
    assert result.err.startswith("Usage: " if bare else "error: ")
    if output == "table":
        assert result.out == ""
    else:
        [document] = result.lines()
        validate(document)
        assert document["schema"] == "cbrctl.error/v1"
        assert (document.get("type") == "result") == (output == "jsonl")


@pytest.mark.parametrize("variable", ["json", "jsonl"])
@pytest.mark.parametrize("line", ["", "backup -o yaml", "backup --nonsense", "nonsense", "vault", "wait no-id"])
def test_the_variable_counts_too(variable: str, line: str, run: Run) -> None:
    result = run(*shlex.split(line), env={"CBRCTL_OUTPUT": variable})
    assert result.code == 2
    [document] = result.lines()
    validate(document)
    assert ("type" in document) == (variable == "jsonl")


def test_a_variable_that_names_no_format(run: Run) -> None:
    result = run("vault", "list", env={"CBRCTL_OUTPUT": "yaml"})
    assert (result.code, result.out) == (2, "")
    assert "yaml" in result.err


# options before the subcommand -------------------------------------------------------------------------------------

EARLY = [
    ("--sandbox vault list", "cbrctl vault list --sandbox"),
    ("-q --sandbox vault list", "cbrctl vault list -q --sandbox"),
    ("vault --sandbox list", "cbrctl vault list --sandbox"),
    ("--sandbox vault -q list -o id", "cbrctl vault list --sandbox -q -o id"),
    ("--lang en vault list --sandbox", "cbrctl vault list --lang en --sandbox"),
    ("--region copy vault list --sandbox", "cbrctl vault list --region copy --sandbox"),
    ("--region=vault vault list --sandbox", "cbrctl vault list --region=vault --sandbox"),
    ("--vault vault-be94 --dry-run backup --sandbox", "cbrctl backup --vault vault-be94 --dry-run --sandbox"),
    ("-q history --limit 3", "cbrctl history -q --limit 3"),
    ("--limit 3 history", "cbrctl history --limit 3"),
    ("--color 'never' backup --sandbox -V 生产库-01 --name 'x' --dry-run", None),
]


@pytest.mark.long
@pytest.mark.parametrize(("line", "corrected"), EARLY)
def test_the_corrected_line_works(line: str, corrected: str | None, run: Run) -> None:
    result = run(*shlex.split(line))
    assert (result.code, result.out) == (2, "")
    assert "belongs after the subcommand." in result.err
    [given] = re.findall(r"Write: (.*)", result.err)
    assert corrected in (None, given)
    program, *args = shlex.split(given)
    assert program == "cbrctl"
    again = run(*args)
    assert again.code == 0, again.err
    assert again.out


# help ----------------------------------------------------------------------------------------------------------------


def params(path: str, leaf: Leaf) -> list[Any]:
    return list(build_command(path.rsplit(maxsplit=1)[-1], leaf).params)


def command_doc(path: str, leaf: Leaf) -> Any:
    return read_doc(build_command(path.rsplit(maxsplit=1)[-1], leaf).help)


COMMANDS = dict(leaves())
PATHS = ["", *GROUPS, *COMMANDS]
USAGES = {
    "backup": "cbrctl backup --vault VAULT ... [OPTIONS]",
    "check": "cbrctl check --vault VAULT ... [OPTIONS]",
    "config set": "cbrctl config set KEY VALUE [OPTIONS]",
    "wait": "cbrctl wait CHECKPOINT_ID... [OPTIONS]",
    "sandbox run": "cbrctl sandbox run [OPTIONS] -- COMMAND...",
}
"""Usage lines in the order in which one types."""


@pytest.mark.english
def test_bare_cbrctl_gives_the_help_on_standard_error(run: Run) -> None:
    result = run()
    assert (result.code, result.out) == (2, "")
    assert result.err.strip() == run("--help").out.strip()


@pytest.mark.english
@pytest.mark.long
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.sampled(4)
def test_help(path: str, run: Run) -> None:
    result = run(*path.split(), "--help")
    assert (result.code, result.err) == (0, "")
    assert run(*path.split(), "-h").out == result.out
    lines = result.out.splitlines()
    assert [line for line in lines if len(line) > 80] == []
    assert lines[0].startswith(f"Usage: cbrctl {path}".strip())
    assert len(lines) <= 80, "two screens"
    titles = [line for line in lines if re.fullmatch(r"\S.*:", line)]
    assert lines[0].endswith(USAGES.get(path, "[OPTIONS]"))
    if path not in GROUPS:
        assert titles[0] == "Examples:"
        after = lines[lines.index("Examples:") + 1]
        assert after.startswith("  ")
    if path in COMMANDS:
        said = " ".join(result.out.split())
        assert re.search(r"[Ee]xit codes?:? ", said)
        assert "cbrctl-exit-codes" in said
        assert said.endswith(": cbrctl options")


def test_defaults_are_shown() -> None:
    """What is taken where an option is not given stands in its help, of this machine's options as of the service's."""
    silent = {
        f"{path} {max(param.opts, key=len)}"
        for path, leaf in COMMANDS.items()
        for param in params(path, leaf)
        if param.param_type_name == "option" and not param.is_flag and not param.count and not param.multiple
        if param.default is not None and "default" not in param.help
    }
    assert silent == set()


@pytest.mark.english
def test_what_is_rare_is_named_and_explained_in_the_manual(run: Run) -> None:
    page = "\n".join(path.read_text("utf-8") for path in (Path(ROOT) / "man").glob("*.1"))
    for path, leaf in COMMANDS.items():
        rare = [p for p in params(path, leaf) if getattr(p, "rich_help_panel", "") == RARE]
        if not rare:
            continue
        out = run(*path.split(), "-h").out
        assert f"explained in man cbrctl-{path.replace(' ', '-')}: " in " ".join(out.split())
        for param in rare:
            name = max(param.opts, key=len)
            assert len(re.findall(rf"{name}\b", out)) == 1
            assert name.replace("-", r"\-") in page
            assert param.help.split()[0] in page


@pytest.mark.parametrize("path", COMMANDS)
def test_summaries_are_the_docstrings(path: str) -> None:
    doc = command_doc(path, COMMANDS[path])
    assert doc.summary == COMMANDS[path].summary
    assert doc.examples


@pytest.mark.english
def test_help_names_every_option_and_command(run: Run) -> None:
    for path, leaf in COMMANDS.items():
        command = build_command(path.split()[-1], leaf)
        out = run(*path.split(), "-h").out if path in ("backup", "copy list", "sandbox serve") else None
        if out:
            own = [p for p in command.params if p not in leaf.common and p.param_type_name == "option"]
            assert own
            assert all(name in out for p in own for name in p.opts)
    top = run("-h").out
    assert all(re.search(rf"^ +{name} ", top, re.M) for name in TREE)
    common = run("options").out
    assert all(name in common for leaf in COMMANDS.values() for option in leaf.common for name in option.opts)
    assert all(len(line) <= 80 for line in common.splitlines())


def test_the_contract_names_every_option() -> None:
    """What users rely on stands in docs/contract.md, and nothing is offered that does not."""
    contract = (Path(__file__).parents[2] / "docs/contract.md").read_text("utf-8")
    command = build_command("backup", COMMANDS["backup"])
    own = [param for param in command.params if param not in COMMANDS["backup"].common]
    offered = {name for param in own for name in param.opts if name.startswith("--")}
    assert {name for name in offered if not re.search(rf"{name}\b", contract)} == set()


@pytest.mark.parametrize("args", ["--version", "--version vault list", "--version -o json", "--version -q"])
def test_version(args: str, run: Run) -> None:
    result = run(*args.split())
    assert (result.code, result.out, result.err) == (0, f"cbrctl {__version__}\n", "")


# slips of the hand ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "backup --vault v --name --dry-run",
        "backup --vault --no-wait",
        "backup -V --no-wait",
        "copy list --status --limit 3",
        "backup --vault v --name --password=CANARY",
    ],
)
def test_an_option_in_the_place_of_a_value_sends_nothing(line: str, scripted: Scripted, run: Run) -> None:
    """`--name $UNSET --dry-run` was a real backup named --dry-run."""
    result = run(*shlex.split(line), "-o", "json")
    assert (result.code, result.json()["error"]["kind"], scripted.asked) == (2, "usage", [])
    assert "looks like an option" in result.err
    assert "CANARY" not in result.out + result.err


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("backup -V --no-wait", "--vault=--no-wait"),
        ("backup --vault v --name --x", "--name=--x"),
        ("task list -V --limit 3", "--vault=--limit"),
        ("vault list -o --nonsense", "--output=--nonsense"),
    ],
)
def test_how_such_a_value_is_written_is_what_would_be_taken(line: str, meant: str, run: Run) -> None:
    """Behind a short option the = would be part of the value."""
    assert f"If it is meant, write {meant}." in run(*line.split()).err


def test_a_value_that_is_meant_is_taken(scripted: Scripted, run: Run) -> None:
    result = run("backup", "--vault", cbr.VAULT, "--name=--x", "--no-marker", "--dry-run", "-o", "json")
    assert result.json()["backups"][0]["request"]["parameters"]["name"] == "--x"


@pytest.mark.parametrize("output", [(), ("-o", "json"), ("-o", "jsonl")], ids=["table", "json", "jsonl"])
@pytest.mark.parametrize(
    "words", [(), ("vault",), ("copy",), ("auth",)], ids=lambda words: " ".join(words) or "nothing"
)
def test_a_bare_line_is_asked_for_help(words: tuple[str, ...], output: tuple[str, ...], run: Run) -> None:
    result = run(*words, *output)
    assert result.code == 2
    assert result.err.startswith(f"Usage: {' '.join(['cbrctl', *words])} COMMAND")
    assert "Commands:" in result.err
    assert bool(result.out) == bool(output)


@pytest.mark.parametrize("words", [("help",), ("help", "backup"), ("help", "vault"), ("help", "vault", "list")])
def test_help_is_a_command(words: tuple[str, ...], run: Run) -> None:
    assert run(*words) == run(*words[1:], "--help")


MEANT = {
    "backup vault-be94": "cbrctl backup --vault vault-be94",
    "backup vault-be94 --incremental": "cbrctl backup --vault vault-be94 --incremental",
    "version": "cbrctl --version",
    "login": "cbrctl auth login",
    "status": "cbrctl task list --status running",
    "vault get x": "cbrctl vault show x",
    "checkpoint list": "cbrctl copy list",
    "backups list": "cbrctl copy list",
    "backups show x": "cbrctl copy show x",
    "copies get x": "cbrctl copy show x",
    "vaults ls": "cbrctl vault list",
    "list backups": "cbrctl copy list",
    "ls vault": "cbrctl vault list",
    "create backup --vault v": "cbrctl backup --vault v",
    "status running": "cbrctl task list --status running",
}


@pytest.mark.parametrize(("line", "meant"), MEANT.items(), ids=MEANT)
def test_what_was_meant_is_written_out(line: str, meant: str, run: Run) -> None:
    result = run(*line.split())
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines()[-1] == f"  → Write: {meant}"
    assert run(*meant.split()[1:], "--help").code == 0


SIMILAR = {
    "vault show vault-BE94": "Similar: vault-be94.",
    "copy list --vault vault-be95": "Similar: vault-be94.",
    "backup --vault vault-be49": "Similar: vault-be94.",
    "backup --vault 'vault-be94'": "The quotes around it are part of what was given.",
    "backup -r ecs-1f0f-002": "Similar: ecs-1f0f-0002.",
    "backup --vault vault-be94 -r ECS-1f0f-0002": "Similar: ecs-1f0f-0002.",
}


@pytest.mark.parametrize(("line", "words"), SIMILAR.items(), ids=SIMILAR)
def test_a_slip_in_a_name(line: str, words: str, cloud: Cloud, run: Run) -> None:
    result = run(*line.split())
    assert result.code == 10
    assert words in re.sub(r"\s+", " ", result.err)


FILTERS = {
    "copy list --status availble": ("Did you mean available?", "waiting_restore"),
    "task list --status sucess": ("Did you mean success?", "timeout"),
    "task list --type bakup": ("Did you mean backup?", "remove_resource"),
    "copy list --since 20261332": ("It may be a date like 2026-12-31 or 20261332s", "write which"),
    "copy list --since 20260229": ("It may be a date like 2026-12-31 or 20260229s", "write which"),
    "copy list --since 20261127": ("It may be the date 2026-11-27 or 20261127s", "write which"),
}


@pytest.mark.parametrize(("line", "words"), FILTERS.items(), ids=FILTERS)
def test_a_filter_that_nothing_has(line: str, words: tuple[str, str], cloud: Cloud, run: Run) -> None:
    result = run(*line.split())
    assert (result.code, result.out, cloud.requests) == (2, "", [])
    assert all(word in result.err for word in words)


def test_an_empty_list_says_so(cloud: Cloud, run: Run) -> None:
    for line, words in (
        ("copy list --status restoring", "No copies match."),
        ("task list --type restore", "No tasks match."),
    ):
        result = run(*line.split())
        assert (result.code, result.err) == (0, f"{words}\n")
        assert run(*line.split(), "-q").err == ""


def test_since_looks_back_further_than_a_year(cloud: Cloud, run: Run) -> None:
    assert run("copy", "list", "--since", "400d").code == 0
    assert run("copy", "list", "--since", "2026-11-27t00:00:00z").code == 0


def test_tasks_are_the_newest_first(cloud: Cloud, run: Run) -> None:
    assert run("backup", "--vault", "vault-be94").code == 0
    rows = [row["started_at"] for row in run("task", "list").rows()]
    assert len(rows) > 2
    assert rows == sorted(rows, reverse=True)
    assert [row["started_at"] for row in run("task", "list", "--limit", "1").rows()] == rows[:1]


def test_nothing_on_standard_input_resumes_nothing(cloud: Cloud, run: Run) -> None:
    """`history -o id | xargs cbrctl resume` with nothing in the history resumed everything."""
    assert run("backup", "--vault", "vault-be94", "--no-wait").code == 0
    before = len(cloud.requests)
    result = run("resume", "-", "-o", "json", stdin="")
    assert (result.code, result.json()["backups"], len(cloud.requests)) == (0, [], before)
    [op_id] = run("history", "-o", "id").out.split()
    result = run("resume", "-", "-o", "json", stdin=f"{op_id}\n")
    assert [b["op_id"] for b in result.json()["backups"]] == [op_id]


def test_who_does_not_wait_is_told_how_to_follow(cloud: Cloud, run: Run) -> None:
    result = run("backup", "--vault", "vault-be94", "--no-wait", "-o", "id")
    assert result.err.splitlines()[-1] == f"vault-be94: cbrctl wait {result.out.strip()} follows it."


# a first run ------------------------------------------------------------------------------------------------------------


@pytest.mark.english
@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("backup", 2, "Nothing was chosen, no vault and no resource, and the region is not known."),
        ("backup --vault x", 2, "The region is not known, and there are no credentials."),
        ("backup --vault x --dry-run --run-key night", 2, "The region is not known, and there are no credentials."),
        ("vault list", 2, "The region is not known, and there are no credentials."),
        # one of them is there
        ("backup --region cn-north-4", 2, "Nothing was chosen: no vault and no resource."),
        ("backup --vault x --region cn-north-4", 12, "There are no credentials."),
    ],
)
def test_all_that_a_first_run_lacks_is_said_at_once(line: str, code: int, says: str, run: Run) -> None:
    result = run(*line.split())
    assert (result.code, result.out) == (code, "")
    first, *rest = result.err.splitlines()
    assert first == f"error: {says}"
    assert ("cbrctl config init asks for" in " ".join(rest)) == ("region is not known" in says)


@pytest.mark.english
def test_who_is_known_without_a_region_is_told_of_the_region_alone(run: Run) -> None:
    result = run("backup", "--vault", "x", env={"CBRCTL_TOKEN": "a-token"})
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines()[0] == "error: The region is not known."
