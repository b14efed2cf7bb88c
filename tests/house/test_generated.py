"""The generated files: they are the ones in the repository, and nothing of the command tree is missing from them."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Annotated, TypedDict, is_typeddict

import pytest

from cbrctl.cli.generated import COMPLETIONS, read_tree, write_man
from cbrctl.cli.generated.files import FILES, SCHEMAS, TRANSLATIONS
from cbrctl.cli.generated.outline import ArgumentDoc, CommandDoc, OptionDoc, TreeDoc
from cbrctl.cli.generated.schemas import SchemaWriter, definition_name
from cbrctl.cli.help_pages import Doc
from cbrctl.cli.shared_options import COLORS, CONNECTION, DISPLAY
from cbrctl.cli.tree import TREE
from cbrctl.commands.completion import completion
from cbrctl.config.families import OWN
from cbrctl.config.settings import ECOSYSTEM, own_variable
from cbrctl.documents import backups, calendar, check, lines, machine, request, service, values
from cbrctl.documents.published import DOCUMENTS, Document
from cbrctl.documents.values import Definition
from cbrctl.errors import BY_KIND
from cbrctl.screen import OUTPUTS
from tests.support.schemas import NAMES

ROOT = Path(__file__).parents[2]
TREE_DOC = read_tree()
PATHS = [" ".join(c.path) for c in TREE_DOC.commands]
VARIABLE = re.compile(r"\b(?:CBRCTL|HW|OS|HUAWEICLOUD_SDK)_[A-Z]+(?:_[A-Z]+)*\b")
MADE: dict[str, str | bytes] = {
    **{name: write(TREE_DOC) for name, write in FILES.items()},
    **{name: make() for name, make in SCHEMAS.items()},
    **{name: make() for name, make in TRANSLATIONS.items()},
}


def data(made: str | bytes) -> bytes:
    return made.encode() if isinstance(made, str) else made


@pytest.mark.parametrize("name", MADE)
def test_a_file_is_what_is_made(name: str) -> None:
    same = (ROOT / name).is_file() and (ROOT / name).read_bytes() == data(MADE[name])
    assert same, f"{name} is not what is made now: run `python -m cbrctl.cli.generated` and commit it"


def test_the_module_writes_them_all(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cbrctl.cli.generated", str(tmp_path)]
    assert subprocess.run(command, cwd=ROOT, timeout=30).returncode == 0
    written = {str(p.relative_to(tmp_path)): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert written == {name: data(made) for name, made in MADE.items()}


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
    choices = {o.names[-1]: o.choices for o in TREE_DOC.shared("Display") if o.choices}
    assert choices == {"--output": OUTPUTS, "--color": COLORS, "--lang": ("en", "zh_CN")}


@pytest.mark.parametrize(
    ("path", "name", "choices"),
    [("backup", "--on-skip", ("fail", "ignore")), ("backup", "--vault", ()), ("sandbox serve", "--fault", ())],
)
def test_a_metavar_in_small_letters_lists_the_values(path: str, name: str, choices: tuple[str, ...]) -> None:
    command = TREE_DOC.commands[PATHS.index(path)]
    assert [o.choices for o in command.options if name in o.names] == [choices]


def test_the_argument_of_completion_names_the_shells() -> None:
    shells = TREE_DOC.commands[PATHS.index("completion")].arguments[0].choices
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
    functions = dict(re.findall(r"^function (__cbrctl_(?:display|connection))\n(.*?)^end", script, re.M | re.S))
    callers = {name for name, body in functions.items() if re.search(rf"__cbrctl_in {path}$", body, re.M)}
    # further conditions may follow
    conditions = [f"'{name}'" for name in callers] + [f"'__cbrctl_in {path}{end}" for end in ("'", ";")]
    lines = [line for line in script.splitlines() if any(f"-n {c} " in line for c in conditions)]
    # -s o -l output: written as it is typed
    return re.sub(r"-([ls]) (\S+)", lambda m: ("--" if m[1] == "l" else "-") + m[2], "\n".join(lines))


def part_of_man(page: str, path: str) -> str:
    plain = page.replace(r"\-", "-").replace(r"\fB", " ").replace(r"\fR", " ").replace(r"\fI", " ")
    own = re.search(rf'^\.SS "cbrctl {path}"\n(.*?)^\.S[SH]', plain, re.M | re.S)
    common = re.search(r'^\.SH "COMMON OPTIONS"\n(.*?)^\.SH', plain, re.M | re.S)
    assert own, path
    assert common
    return own[1] + common[1]


PARTS = {"bash": part_of_bash, "zsh": part_of_zsh, "fish": part_of_fish, "man": part_of_man}
TEXTS = {**{shell: write(TREE_DOC) for shell, write in COMPLETIONS.items()}, "man": write_man(TREE_DOC)}


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
    values = {c for command in TREE_DOC.commands for item in command.options for c in item.choices}
    assert (members | values) - words == set()


def test_fish_knows_which_options_take_a_value() -> None:
    written = re.findall(r"^complete .*?(?: -l ([\w-]+))( -x| -r)?", TEXTS["fish"], re.M)
    valued = {f"--{name}" for name, value in written if value}
    options = [o for c in TREE_DOC.commands for o in c.options]
    assert valued == {o.names[-1] for o in options if o.metavar}
    assert not valued & {o.names[-1] for o in options if not o.metavar}


def awkward_tree() -> TreeDoc:
    """A tree whose words are signs of the shells and of roff."""
    signs = """it's a "word" with `x`, $HOME, [brackets]: \\back 100% and é"""
    command = CommandDoc(
        ("do",),
        Doc(signs, f".starts like a request\n\n{signs}", ("cbrctl do 'x\\y'",)),
        (ArgumentDoc("one|two", signs, ("one", "two")),),
        (
            OptionDoc(("-f", "--file"), "FILE", signs, "Options", takes_file=True),
            OptionDoc(("--all",), None, f"'{signs}", "Options", repeatable=True),
        ),
    )
    root = TREE_DOC.root._replace(members=(("do", signs),))
    return TreeDoc("9.9", (root,), (command,))


def test_a_script_gives_files_where_an_option_takes_one() -> None:
    assert "'do -f' | 'do --file') files=1 ;;" in COMPLETIONS["bash"](awkward_tree())
    assert ":FILE:_files'" in COMPLETIONS["zsh"](awkward_tree())
    assert "-s f -l file -r -F " in COMPLETIONS["fish"](awkward_tree())


def test_signs_of_the_shells_are_quoted() -> None:
    zsh, fish = COMPLETIONS["zsh"](awkward_tree()), COMPLETIONS["fish"](awkward_tree())
    assert r"""[it'\''s a "word" with `x`, $HOME, \[brackets\]: \\back 100% and é]""" in zsh
    assert r"""-d 'it\'s a "word" with `x`, $HOME, [brackets]: \\back 100% and é'""" in fish


def test_signs_of_roff_are_escaped() -> None:
    lines = write_man(awkward_tree()).splitlines()
    assert r"\&.starts like a request" in lines
    assert r"\fB\-\-all\fR" in lines
    assert r"cbrctl do \(aqx\ey\(aq" in lines
    assert not any(line.startswith("'") for line in lines)
    assert any(r"\[u00E9]" in line for line in lines)
    assert all(line.isascii() for line in lines)


def test_the_page_has_its_sections_in_order() -> None:
    assert [s.strip('"') for s in re.findall(r"^\.SH (.*)$", TEXTS["man"], re.M)] == [
        "NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "COMMANDS", "COMMON OPTIONS", "OUTPUT", "EXIT STATUS",
        "ENVIRONMENT", "FILES", "SEE ALSO",
    ]  # fmt: skip


def test_the_page_has_every_exit_code() -> None:
    section = re.search(r'^\.SH "EXIT STATUS"\n(.*?)^\.SH', TEXTS["man"], re.M | re.S)
    assert section
    rows = re.findall(r"^\\fB(.*) ([a-z\\-]+)\\fR$", section[1], re.M)
    codes = {name.replace("\\", ""): code for code, name in rows}
    assert codes.pop("ok") == "0"
    assert re.findall(r"\d+", codes.pop("signal")) == ["129", "130", "143"]
    assert codes == {kind: str(error.exit_code) for kind, error in BY_KIND.items()}


def test_the_page_has_every_variable_that_is_read_and_no_other() -> None:
    sources = [p for p in (ROOT / "cbrctl").rglob("*.py") if not {"sandbox", "generated"} & set(p.parts)]
    read = {name for path in sources for name in VARIABLE.findall(path.read_text("utf-8"))}
    read |= {own_variable(key) for key in ECOSYSTEM}
    read |= {f"CBRCTL_{folder}_DIR" for folder in ("CONFIG", "CACHE", "STATE")}
    read |= {name for names in OWN.values() for name in names}
    # it is an option's, and stands there
    read -= {"CBRCTL_RUN_KEY"}
    section = re.search(r"^\.SH ENVIRONMENT\n(.*?)^\.SH", TEXTS["man"], re.M | re.S)
    assert section
    headings = re.findall(r"^\.TP\n\\fB(.*)\\fR$", section[1], re.M)
    told = set(VARIABLE.findall(" ".join(headings)))
    assert told == read, "cbrctl/cli/generated/words.py explains the variables"
