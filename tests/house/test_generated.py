"""The generated files: they are the ones in the repository, and nothing of the command tree is missing from them."""

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Annotated, TypedDict, is_typeddict

import pytest

from cbrctl.cli.generated import COMPLETIONS, read_tree
from cbrctl.cli.generated.files import SCHEMAS, TRANSLATIONS, make_files, write_files
from cbrctl.cli.generated.man import write_manual
from cbrctl.cli.generated.outline import ArgumentDoc, CommandDoc, OptionDoc, TreeDoc
from cbrctl.cli.generated.schemas import SchemaWriter, definition_name
from cbrctl.cli.generated.values import Values, find_values
from cbrctl.cli.help_pages import Doc
from cbrctl.cli.shared_options import COLORS, CONNECTION, DISPLAY
from cbrctl.cli.tree import TREE
from cbrctl.cli.value_offers import KINDS
from cbrctl.commands.completion import completion
from cbrctl.config.families import OWN
from cbrctl.config.settings import ECOSYSTEM, own_variable
from cbrctl.documents import backups, calendar, check, lines, machine, request, service, values
from cbrctl.documents.published import DOCUMENTS, Document
from cbrctl.documents.values import Definition
from cbrctl.errors import BY_KIND, OUTCOMES
from cbrctl.screen import OUTPUTS
from tests.support.schemas import NAMES

ROOT = Path(__file__).parents[2]
TREE_DOC = read_tree()
PATHS = [" ".join(c.path) for c in TREE_DOC.commands]
VARIABLE = re.compile(r"\b(?:CBRCTL|HW|OS|HUAWEICLOUD_SDK)_[A-Z]+(?:_[A-Z]+)*\b")


@cache
def make_all() -> dict[str, bytes]:
    """What is generated, by the names of its files; it takes seconds."""
    others = {name: make() for name, make in (*SCHEMAS.items(), *TRANSLATIONS.items())}
    made: dict[str, str | bytes] = {**make_files(TREE_DOC), **others}
    return {name: text.encode() if isinstance(text, str) else text for name, text in made.items()}


def test_a_file_is_what_is_made() -> None:
    there = {name: (ROOT / name).read_bytes() for name in make_all() if (ROOT / name).is_file()}
    old = [name for name, made in make_all().items() if there.get(name) != made]
    assert old == [], "not what is made now: run `python -m cbrctl.cli.generated` and commit it"


def test_the_module_writes_them_all(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cbrctl.cli.generated", str(tmp_path)]
    assert subprocess.run(command, cwd=ROOT, timeout=30).returncode == 0
    written = {str(p.relative_to(tmp_path)): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert written == make_all()


def test_no_page_is_left_of_a_command_that_is_gone(tmp_path: Path) -> None:
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "man").rglob("*.*")}
    assert there == {name for name in make_all() if name.startswith("man/")}
    gone = [tmp_path / "man" / name for name in ("cbrctl-gone.1", "zh_CN/man1/cbrctl-gone.1")]
    for page in gone:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.touch()
    write_files(tmp_path)
    assert [page for page in gone if page.exists()] == []


def test_every_schema_is_made() -> None:
    assert tuple(sorted(DOCUMENTS)) == NAMES


def test_shapes_have_names_of_their_own() -> None:
    """Two of one name would be one in `$defs`."""
    notes = [note for value in vars(values).values() for note in getattr(value, "__metadata__", ())]
    modules = (backups, calendar, check, lines, machine, request, service)
    shapes = {shape for module in modules for shape in vars(module).values() if is_typeddict(shape)}
    names = [*(n.name for n in notes if isinstance(n, Definition)), *map(definition_name, shapes)]
    assert len(names) == len(set(names)) > 40


def test_a_shape_that_describes_nothing_is_refused() -> None:
    class SilentJson(TypedDict):
        told: Annotated[str, "Said."]
        silent: str

    with pytest.raises(ValueError, match="SilentJson does not describe silent"):
        SchemaWriter("silent", Document("Silent", "Nothing.", SilentJson)).whole()


def test_the_tree_read_is_the_tree() -> None:
    leaves = [
        (f"{name} {member}", leaf.common) if member else (name, leaf.common)
        for name, item in TREE.items()
        for member, leaf in (item.items() if isinstance(item, dict) else [("", item)])
    ]
    assert [path for path, _ in leaves] == PATHS
    for command, (_, common) in zip(TREE_DOC.commands, leaves, strict=True):
        names = {name for option in command.options for name in option.names}
        assert {name for option in common for name in option.opts} | {"--help", "-h"} <= names


def test_the_common_options_keep_their_groups_and_values() -> None:
    assert {n for o in TREE_DOC.shared("Display") for n in o.names} == {
        *(n for o in DISPLAY for n in o.opts), "--help", "-h",
    }  # fmt: skip
    assert {n for o in TREE_DOC.shared("Connection") for n in o.names} == {n for o in CONNECTION for n in o.opts}
    choices = {o.names[-1]: o.values.choices for o in TREE_DOC.shared("Display") if o.values.choices}
    assert choices == {"--output": OUTPUTS, "--color": COLORS, "--lang": ("en", "zh_CN")}


@pytest.mark.parametrize(
    ("path", "name", "choices"),
    [("backup", "--on-skip", ("fail", "ignore")), ("backup", "--vault", ()), ("sandbox serve", "--fault", ())],
)
def test_a_metavar_in_small_letters_lists_the_values(path: str, name: str, choices: tuple[str, ...]) -> None:
    command = TREE_DOC.commands[PATHS.index(path)]
    assert [o.values.choices for o in command.options if name in o.names] == [choices]


def test_the_argument_of_completion_names_the_shells() -> None:
    shells = TREE_DOC.commands[PATHS.index("completion")].arguments[0].values.choices
    assert (shells, completion.__module__) == (tuple(COMPLETIONS), "cbrctl.commands.completion")


def part_of_bash(script: str, path: str) -> str:
    arm = re.search(rf"^        '{path}'\)\n(.*?)^            ;;", script, re.M | re.S)
    assert arm, path
    return re.search(r"^    local display_flags.*?members=", script, re.M | re.S)[0] + arm[1]  # type: ignore[index]


def part_of_zsh(script: str, path: str) -> str:
    group, _, name = path.rpartition(" ")
    function = re.search(rf"^{'_cbrctl_' + group if group else '_cbrctl'}\(\) {{\n(.*?)^}}", script, re.M | re.S)
    assert function, path
    arm = re.search(rf"^        {name}\)\n(.*?)^            ;;", function[1], re.M | re.S)
    assert arm, path
    own = arm[1]
    if own.strip() == f"_cbrctl_{name}":  # a group that is a command too: what stands before its members
        itself = re.search(rf"^_cbrctl_{name}\(\) {{\n(.*?)^        return", script, re.M | re.S)
        assert itself, path
        own = itself[1]
    arrays = re.findall(r"^    local -a (\w+)=\((.*?)^    \)", script, re.M | re.S)
    return own + "".join(text for array, text in arrays if f"${array}" in own)


def part_of_fish(script: str, path: str) -> str:
    takes = re.search(r"^function __cbrctl_takes\n(.*?)^end", script, re.M | re.S)
    assert takes
    arm = re.search(rf"^        case '{path}'\n(.*?)^    (?:    case|end)", takes[1], re.M | re.S)
    assert arm, path
    shared = dict(re.findall(r"^    set -l (\w+) (.*)$", takes[1], re.M))
    # the names alone: what an option is may speak of another
    named = re.sub(r"\$(\w+)", lambda m: shared[m[1]], arm[1])
    return re.sub(r"\\t'(?:[^'\\]|\\.)*'", "", named)


def plain_roff(page: str) -> str:
    return page.replace(r"\-", "-").replace(r"\fB", " ").replace(r"\fR", " ").replace(r"\fI", " ")


def part_of_man(manual: str, path: str) -> str:
    """The command's own page, and of cbrctl(1) the common options of the groups that it takes."""
    pages = dict(zip(PAGES, manual.split("\0"), strict=True))
    own = plain_roff(pages[f"cbrctl-{path.replace(' ', '-')}.1"])
    common = re.search(r'^\.SH "COMMON OPTIONS"\n(.*?)^\.SH', plain_roff(pages["cbrctl.1"]), re.M | re.S)
    assert common
    taken = re.search(r"It takes the (.*) options of", " ".join(own.split()))
    assert taken
    display, connection = re.split(r'^\.SS "Connection"\n', common[1], maxsplit=1, flags=re.M)
    return own + (display if "display" in taken[1] else "") + (connection if "connection" in taken[1] else "")


PARTS = {"bash": part_of_bash, "zsh": part_of_zsh, "fish": part_of_fish, "man": part_of_man}
PAGES = write_manual(TREE_DOC)
TEXTS = {**{shell: write(TREE_DOC) for shell, write in COMPLETIONS.items()}, "man": "\0".join(PAGES.values())}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("writer", PARTS)
def test_every_option_of_a_command_is_there(writer: str, path: str) -> None:
    part = PARTS[writer](TEXTS[writer], path)
    wanted = {name for option in TREE_DOC.commands[PATHS.index(path)].options for name in option.names}
    assert wanted - set(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", part)) == set()


@pytest.mark.parametrize("writer", PARTS)
def test_every_command_and_fixed_value_is_there(writer: str) -> None:
    text = re.sub(r"\\f[BIR]", " ", TEXTS[writer]).replace(r"\-", "-")
    words = set(re.findall(r"[\w-]+", text))
    members = {name for group in TREE_DOC.groups for name, _ in group.members}
    values = {c for command in TREE_DOC.commands for item in command.options for c in item.values.choices}
    assert (members | values) - words == set()


@pytest.mark.parametrize("path", PATHS)
def test_fish_and_bash_know_which_options_take_a_value(path: str) -> None:
    options = TREE_DOC.commands[PATHS.index(path)].options
    valued = {name for o in options if o.metavar for name in o.names}
    [fish] = re.findall(r"set __cbrctl_valued (.*)", part_of_fish(TEXTS["fish"], path))
    part = part_of_bash(TEXTS["bash"], path)
    [bash] = re.findall(r'^ +valued="(.*)"', part, re.M)
    for group in ("display", "connection"):
        [words] = re.findall(rf"{group}_valued='(.*)'", part)
        bash = bash.replace(f"${group}_valued", words)
    assert set(fish.split()) == set(bash.split()) == valued


def awkward_tree() -> TreeDoc:
    """A tree whose words are signs of the shells and of roff."""
    signs = """it's a "word" with `x`, $HOME, [brackets]: \\back 100% and é"""
    command = CommandDoc(
        ("do",),
        Doc(signs, f".starts like a request\n\n{signs}", ("cbrctl do 'x\\y'",)),
        (ArgumentDoc("one|two", signs, Values(("one", "two"), (signs, signs))),),
        (
            OptionDoc(("-f", "--file"), "FILE", signs, "Options", Values(are_files=True)),
            OptionDoc(("--all",), None, f"'{signs}", "Options", repeatable=True),
        ),
    )
    root = TREE_DOC.root._replace(members=(("do", signs),))
    return TreeDoc("9.9", (root,), (command,))


def test_a_script_gives_files_where_an_option_takes_one() -> None:
    assert "'do -f' | 'do --file') values='@files' ;;" in COMPLETIONS["bash"](awkward_tree())
    assert ":FILE:_files'" in COMPLETIONS["zsh"](awkward_tree())
    assert "case 'do -f' 'do --file'\n            set __cbrctl_found @files" in COMPLETIONS["fish"](awkward_tree())


@pytest.mark.parametrize(
    ("path", "names", "metavar", "asked"),
    [
        (("backup",), ("-V", "--vault"), "VAULT", "vaults"),
        (("new", "command"), ("--vault",), "VAULT", "vaults"),
        (("check",), ("-r", "--resource"), "RESOURCE", "resources"),
        (("wait",), (), "CHECKPOINT_ID...", "checkpoints"),
        (("resume",), (), "[OP_ID...]", "ops"),
        (("copy", "show"), (), "ID", "copies"),
        (("copy", "list"), ("--project-id",), "ID", ""),
        (("task", "show"), (), "ID", "tasks"),
        (("backup",), ("--tag",), "KEY=VALUE", "tags"),
        (("backup",), ("--run-key",), "KEY", ""),
        (("other",), (), "VALUE", ""),
        (("auth", "login"), ("--profile",), "NAME", "profiles"),
        (("auth", "login"), ("--username",), "NAME", ""),
    ],
)
def test_what_stands_for_a_value_says_what_is_asked(
    path: tuple[str, ...], names: tuple[str, ...], metavar: str, asked: str
) -> None:
    assert find_values(path, names, metavar).asked == asked
    assert asked in ("", *KINDS)


def test_codes_that_are_explained_say_what_they_mean() -> None:
    found = find_values(("explain",), (), "[CODE]")
    known = dict(zip(found.choices, found.meanings, strict=True))
    assert "full" in known["6114"]
    assert {"partial", "completed", "exit"} <= set(known)


def test_signs_of_the_shells_are_quoted() -> None:
    zsh, fish = COMPLETIONS["zsh"](awkward_tree()), COMPLETIONS["fish"](awkward_tree())
    assert r"""[it'\''s a "word" with `x`, $HOME, \[brackets\]: \\back 100% and é]""" in zsh
    assert r"""\t'it\'s a "word" with `x`, $HOME, [brackets]: \\back 100% and é'""" in fish
    assert r"""about='it'\''s a "word" with `x`, $HOME, [brackets]: \back 100% and é'""" in COMPLETIONS["bash"](
        awkward_tree()
    )


def test_signs_of_roff_are_escaped() -> None:
    lines = write_manual(awkward_tree())["cbrctl-do.1"].splitlines()
    assert r"\&.starts like a request" in lines
    assert r"\fB\-\-all\fR" in lines
    assert r"cbrctl do \(aqx\ey\(aq" in lines
    assert not any(line.startswith("'") for line in lines)
    assert any(r"\[u00E9]" in line for line in lines)
    assert all(line.isascii() for line in lines)


def sections(page: str) -> list[str]:
    return [name.strip('"') for name in re.findall(r"^\.SH (.*)$", page, re.M)]


def section(page: str, name: str) -> str:
    found = re.search(rf'^\.SH "?{name}"?\n(.*?)(?=^\.SH|\Z)', page, re.M | re.S)
    assert found, name
    return found[1]


def test_the_pages_have_their_sections_in_order() -> None:
    assert sections(PAGES["cbrctl.1"]) == [
        "NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "COMMANDS", "COMMON OPTIONS", "EXIT STATUS", "FILES", "SEE ALSO",
    ]  # fmt: skip
    assert sections(PAGES["cbrctl-backup.1"]) == [
        "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES", "SEE ALSO",
    ]  # fmt: skip
    assert sections(PAGES["cbrctl-vault.1"]) == ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "SEE ALSO"]
    assert {"ARGUMENTS"} == set(sections(PAGES["cbrctl-vault-show.1"])) - set(sections(PAGES["cbrctl-backup.1"]))


def test_every_command_and_group_has_a_page_that_others_lead_to() -> None:
    words = [*PATHS, *(" ".join(g.path) for g in TREE_DOC.groups if g.path)]
    seventh = {"cbrctl-environment.7", "cbrctl-exit-codes.7", "cbrctl-json.7"}
    assert set(PAGES) == {"cbrctl.1", *seventh, *(f"cbrctl-{path.replace(' ', '-')}.1" for path in words)}
    others = {"crontab.5", "xargs.1", "jq.1"}
    for name, page in PAGES.items():
        plain = plain_roff(page)
        led = {f"{to}.{number}" for to, number in re.findall(r"^\.BR (\S+) \((\d)\)", plain, re.M)}
        assert led - set(PAGES) - others == set(), name
        assert name == "cbrctl.1" or "cbrctl.1" in led
    led = set(re.findall(r"^\.BR (\S+) \(1\)", plain_roff(PAGES["cbrctl.1"]), re.M))
    assert {f"cbrctl-{name}" for name, _ in TREE_DOC.root.members} <= led


def test_the_page_has_every_exit_code() -> None:
    page = PAGES["cbrctl-exit-codes.7"]
    rows = re.findall(r"^\\fB(.*) ([a-z\\-]+)\\fR$", section(page, "EXIT CODES"), re.M)
    codes = {name.replace("\\", ""): code for code, name in rows}
    assert codes.pop("ok") == "0"
    assert re.findall(r"\d+", codes.pop("signal")) == ["129", "130", "143"]
    assert codes == {kind: str(error.exit_code) for kind, error in BY_KIND.items()}
    short = section(PAGES["cbrctl.1"], "EXIT STATUS")
    assert {*re.findall(r"\b(\d+)[:,]", short)} == {"0", "129", "130", "143", *codes.values()} - {"1"}
    assert re.findall(r"^\\fB(\w+)\\fR$", section(page, "OUTCOMES"), re.M) == list(OUTCOMES)


def test_the_page_has_every_document_and_key() -> None:
    page = plain_roff(PAGES["cbrctl-json.7"])
    parts = dict(re.findall(r'^\.SS "cbrctl\.(\w+)/v1"\n(.*?)(?=^\.S[SH]|\Z)', page, re.M | re.S))
    assert set(parts) == set(DOCUMENTS)
    for name, part in parts.items():
        schema = json.loads(SCHEMAS[f"cbrctl/schemas/{name}.json"]())
        assert set(schema["properties"]) <= set(re.findall(r"^ (\w+) $", part, re.M)), name
    assert " backups[].vault.id " in parts["backup"]
    assert " error.hint " in parts["error"]
    assert " status: " in parts["event"]


def test_the_page_has_every_variable_that_is_read_and_no_other() -> None:
    sources = [p for p in (ROOT / "cbrctl").rglob("*.py") if not {"sandbox", "generated"} & set(p.parts)]
    read = {name for path in sources for name in VARIABLE.findall(path.read_text("utf-8"))}
    read |= {own_variable(key) for key in ECOSYSTEM}
    read |= {f"CBRCTL_{folder}_DIR" for folder in ("CONFIG", "CACHE", "STATE")}
    read |= {name for names in OWN.values() for name in names}
    # it is an option's, and stands there
    read -= {"CBRCTL_RUN_KEY"}
    headings = re.findall(r"^\.TP\n\\fB(.*)\\fR$", section(PAGES["cbrctl-environment.7"], "ENVIRONMENT"), re.M)
    told = set(VARIABLE.findall(" ".join(headings)))
    assert told == read, "cbrctl/cli/generated/words.py explains the variables"
