"""What cbrctl needs of Typer, name by name: a Typer that lacks it fails here and it is said where it is used.

Nothing of cbrctl is imported before the names are looked at, or an import would fail without a word on the reason.
"""

import ast
import inspect
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

if TYPE_CHECKING:
    from cbrctl.cli.command import Command

ROOT = Path(__file__).parent.parent.parent
PRIVATE = "cbrctl/cli/click_parts.py"
CHANGED = f"Typer {typer.__version__} is not as cbrctl needs it: see {PRIVATE} and pyproject.toml's range of versions"

PUBLIC = (
    "typer:Argument", "typer:BadParameter", "typer:CallbackParam", "typer:Context", "typer:Exit", "typer:Option",
    "typer:Typer", "typer.core:TyperArgument", "typer.core:TyperCommand", "typer.core:TyperGroup",
    "typer.core:TyperOption", "typer.main:get_command",
)  # fmt: skip
HIDDEN = ("ClickException", "MissingParameter", "NoSuchOption")

PARAMETERS: list[tuple[Callable[..., Any], Sequence[str]]] = [
    # overridden in cli/tree.py: what they are called with
    (TyperCommand.parse_args, ("ctx", "args")),
    (TyperCommand.invoke, ("ctx",)),
    (TyperCommand.format_help, ("ctx", "formatter")),
    (TyperGroup.resolve_command, ("ctx", "args")),
    (TyperGroup.get_command, ("ctx", "cmd_name")),
    (TyperGroup.format_help, ("ctx", "formatter")),
    (TyperGroup.main, ("args", "prog_name", "standalone_mode")),
    # called
    (TyperGroup.list_commands, ("ctx",)),
    (TyperGroup.make_context, ("info_name", "args", "parent", "extra")),
    (TyperGroup.get_help, ("ctx",)),
    (TyperGroup.get_params, ("ctx",)),
    (TyperGroup, ("name", "commands", "attrs")),
    (TyperOption, ("param_decls", "is_flag", "is_eager", "expose_value", "callback", "help", "metavar", "count", "default")),
    (typer.Context, ("command", "info_name", "help_option_names")),
    (typer.Typer, ("add_completion", "rich_markup_mode")),
    (typer.Typer.command, ("name", "cls", "context_settings")),
    (typer.Option, ("param_decls", "metavar", "parser", "min", "help", "rich_help_panel")),
    (typer.Argument, ("metavar", "parser", "help")),
]  # fmt: skip
OF_A_COMMAND = ("name", "help", "params", "context_settings")
OF_A_PARAMETER = ("name", "opts", "metavar", "nargs", "help", "hidden", "multiple", "is_eager", "rich_help_panel")
OF_AN_OPTION = (*OF_A_PARAMETER, "is_flag", "count")
OF_A_CONTEXT = ("params", "obj", "command", "command_path", "allow_extra_args", "find_root")


def need(thing: object, names: Sequence[str], use: str) -> None:
    missing = [name for name in names if not hasattr(thing, name)]
    assert missing == [], f"{CHANGED}: {thing!r} has no {', '.join(missing)}, needed by {use}"


def build(name: str) -> "Command":
    from cbrctl.cli.tree import TREE, Leaf, build_command

    leaf = TREE[name]
    assert isinstance(leaf, Leaf)
    return build_command(name, leaf)


@pytest.mark.parametrize("place", PUBLIC)
def test_a_public_name_is_there(place: str) -> None:
    module, _, name = place.partition(":")
    need(import_module(module), [name], "cbrctl/cli")


def test_the_private_names_are_what_the_parser_raises() -> None:
    need(import_module("typer._click.exceptions"), HIDDEN, PRIVATE)
    from cbrctl.cli.click_parts import ClickException, MissingParameter, NoSuchOption

    assert issubclass(NoSuchOption, ClickException), CHANGED
    assert issubclass(MissingParameter, typer.BadParameter), CHANGED
    assert issubclass(typer.BadParameter, ClickException), CHANGED


@pytest.mark.parametrize(("what", "names"), PARAMETERS, ids=[what.__qualname__ for what, _ in PARAMETERS])
def test_what_is_called_and_overridden_takes_what_it_took(what: Callable[..., Any], names: Sequence[str]) -> None:
    taken = inspect.signature(what).parameters
    missing = sorted(set(names) - set(taken))
    assert missing == [], f"{CHANGED}: {what.__qualname__} takes no {', '.join(missing)}"
    demanded = {
        p.name for p in taken.values() if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    }
    more = sorted(demanded - {"self", *names})
    assert more == [], f"{CHANGED}: {what.__qualname__} wants {', '.join(more)} too"


def test_a_command_its_parameters_and_its_context_have_what_is_read() -> None:
    command = build("wait")
    need(command, OF_A_COMMAND, "cbrctl/cli/tree.py and cli/generated/outline.py")
    arguments = [p for p in command.params if isinstance(p, TyperArgument)]
    options = [p for p in command.params if isinstance(p, TyperOption)]
    assert [p.name for p in arguments] == ["checkpoint_id"], CHANGED
    assert len(arguments) + len(options) == len(command.params), CHANGED
    for argument in arguments:
        need(argument, OF_A_PARAMETER, "cbrctl/cli/help_pages.py and cli/generated/outline.py")
    for option in options:
        need(option, OF_AN_OPTION, "cbrctl/cli/help_pages.py, usage_errors.py and generated/outline.py")
    context = command.make_context("wait", ["x", "--timeout", "1m"])
    need(context, OF_A_CONTEXT, "cbrctl/cli/tree.py")
    assert (context.params["checkpoint_id"], context.params["timeout"]) in ((("x",), 60.0), (["x"], 60.0)), CHANGED


def test_what_the_parser_refuses_says_what_is_told_of_it() -> None:
    from cbrctl.cli.click_parts import ClickException, MissingParameter, NoSuchOption
    from cbrctl.cli.tree import cli

    command = build("wait")
    with pytest.raises(NoSuchOption) as unknown:
        command.make_context("wait", ["x", "--timeuot", "1"])
    need(unknown.value, ("option_name", "possibilities", "ctx", "format_message"), "cbrctl/cli/usage_errors.py")
    assert unknown.value.option_name == "--timeuot", CHANGED
    assert "--timeout" in (unknown.value.possibilities or ()), CHANGED
    with pytest.raises(MissingParameter) as missing:
        command.make_context("wait", [])
    assert missing.value.param is not None, CHANGED
    assert missing.value.param.name == "checkpoint_id", CHANGED
    with pytest.raises(typer.BadParameter) as bad:
        command.make_context("wait", ["x", "--poll-interval", "1ms"])
    assert not isinstance(bad.value, MissingParameter), CHANGED
    assert bad.value.param is not None, CHANGED
    assert (bad.value.param.name, bad.value.message) == ("poll_interval", "It is at least 100ms."), CHANGED
    with pytest.raises(ClickException, match="'backup'"):
        cli.resolve_command(typer.Context(cli, info_name="cbrctl"), ["bakup"])


@pytest.mark.heavy
def test_one_module_alone_knows_what_typer_hides() -> None:
    """Click itself is no dependency: Typer carries its own."""
    found = set()
    for path in (*(ROOT / "cbrctl").rglob("*.py"), *(ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            if any(name.split(".")[0] == "click" or "_click" in name.split(".") for name in names):
                found.add(str(path.relative_to(ROOT)))
    assert found == {PRIVATE}
