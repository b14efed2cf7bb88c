"""The command tree, and the one place where an error becomes a message and an exit code.

    argv → Tree → Command → commands/….py → Screen → exit code

A command's module is imported when it is the one that runs: start-up time is a feature.
"""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup, TyperOption
from typer.main import get_command

from cbrctl import __version__
from cbrctl.cli.click_parts import ClickException
from cbrctl.cli.command import Command
from cbrctl.cli.metrics_option import find_metrics, open_metrics
from cbrctl.cli.shared_options import COLORS, CONNECTION, DISPLAY, CommonOption, as_text, find_output, is_text
from cbrctl.cli.topics import TOPICS, write_topic
from cbrctl.cli.usage_errors import hide_addresses, refuse
from cbrctl.errors import CbrctlError, Interrupted, UsageError
from cbrctl.machine.secrecy import hide
from cbrctl.machine.signals import install_handlers
from cbrctl.messages.language import drop_looks, find_given, find_language, use_language
from cbrctl.screen import OUTPUTS, Screen
from cbrctl.screen.streams import close_streams, say_aloud, wants_color


class Leaf(NamedTuple):
    """A command: the function that runs it and what it does. `common` are the common options that it takes."""

    function: str
    summary: str
    common: tuple[CommonOption, ...] = DISPLAY + CONNECTION


_SETTINGS = tuple(option for option in CONNECTION if option.name != "sandbox")
_PROFILE = tuple(option for option in CONNECTION if option.name == "profile")

TREE: dict[str, Leaf | dict[str, Leaf]] = {
    "backup": Leaf("backup:backup", "Start a backup of one or many vaults and follow it to its end."),
    "wait": Leaf("wait:wait", "Follow checkpoints that were already started, by anyone, all at once."),
    "resume": Leaf(
        "resume:resume",
        "Settle and follow what interrupted runs left open on this machine, all at once; nothing is started.",
    ),
    "check": Leaf("check:check", "Check that every protected resource has a good copy, for monitoring."),
    "report": Leaf("report:report", "Show which resource has a good copy of which day, as a calendar."),
    "history": {
        "": Leaf("history:history", "List what this machine submitted, and how each ended.", DISPLAY),
        "show": Leaf("history:show", "Show one backup that this machine submitted, with its request.", DISPLAY),
    },
    "vault": {
        "list": Leaf("vault:list_", "List vaults, with size, used, status and resources."),
        "show": Leaf("vault:show", "Show one vault and what it protects."),
    },
    "checkpoint": {"show": Leaf("checkpoint:show", "Show one restore point, and how far each resource is.")},
    "copy": {
        "list": Leaf("copy:list_", "List recovery copies (the API calls them backups)."),
        "show": Leaf("copy:show", "Show one recovery copy."),
    },
    "task": {
        "list": Leaf("task:list_", "List operation logs: what ran, how far, with which error."),
        "show": Leaf("task:show", "Show one operation log."),
    },
    "config": {
        "init": Leaf(
            "config:init", "Set up a profile: region, credentials, default vault; then a dry run.", DISPLAY + _SETTINGS
        ),
        "list": Leaf("config:list_", "List each setting and where it came from.", DISPLAY + _SETTINGS),
        "get": Leaf("config:get", "Print the value of one setting that is in force.", DISPLAY + _SETTINGS),
        "set": Leaf("config:set_", "Write a setting into a profile.", DISPLAY + _PROFILE),
        "unset": Leaf("config:unset", "Take a setting out of a profile.", DISPLAY + _PROFILE),
        "path": Leaf("config:path", "Print where the configuration is.", DISPLAY),
    },
    "auth": {
        "login": Leaf("auth:login", "Verify credentials and keep them for a profile.", DISPLAY + _SETTINGS),
        "logout": Leaf("auth:logout", "Remove what was kept for a profile.", DISPLAY + _PROFILE),
        "status": Leaf("auth:status", "Show the credentials there are, and where they come from."),
    },
    "doctor": Leaf("doctor:doctor", "Check configuration, credentials, network, clock and files; say what mends each."),
    "explain": Leaf("explain:explain", "Explain an error code, an exit code or an outcome, and what to do.", DISPLAY),
    "sandbox": {
        "serve": Leaf("sandbox:serve", "Serve the practice cloud until a signal.", DISPLAY),
        "run": Leaf("sandbox:run", "Run a command with the practice cloud's variables set.", DISPLAY),
    },
    "completion": {
        "": Leaf("completion:completion", "Print the completion script of a shell.", DISPLAY),
        "install": Leaf("completion:install", "Put the completion script where the shell looks.", DISPLAY),
        "uninstall": Leaf("completion:uninstall", "Take away what cbrctl completion install has made.", DISPLAY),
    },
    "schema": Leaf("schema:schema", "Print the JSON Schema of an output document, or the names.", DISPLAY),
    "options": Leaf("common:options", "Explain the common options.", DISPLAY),
}
"""The words of a command line. What stands under "" is the command that a group itself is, where no member is named."""

GROUPS = {
    "vault": "Vaults: where backups are kept.",
    "checkpoint": "Checkpoints: what one backup request made.",
    "copy": "Recovery copies of resources.",
    "task": "Operation logs of the service.",
    "auth": "Credentials: store, check and remove them.",
    "config": "Profiles: settings that need not be given each time.",
    "sandbox": "The practice cloud: a CBR and an IAM on this machine, to try and to test with.",
}

ROOT_DOC = """Trigger Huawei Cloud CBR backups, follow them to their end, and say truthfully how they ended.

Examples:
  cbrctl backup --vault vault-be94 --resource ecs-1f0f-0002 --incremental
  cbrctl backup --sandbox --vault vault-be94
  cbrctl vault list
"""

_HELP_SETTINGS = {"help_option_names": ["--help", "-h"]}


class Tree(TyperGroup):
    """A group whose commands are imported when they are asked for."""

    screen: Screen | None = None
    verbose = False

    def __init__(self, name: str, leaves: dict[str, Any], doc: str, **more: Any) -> None:
        # names only: Typer suggests from them what a mistyped command may have meant
        names: dict[str, Any] = dict.fromkeys(name for name in leaves if name)
        super().__init__(name=name, help=doc, commands=names, context_settings=_HELP_SETTINGS, **more)
        self.leaves = leaves

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command of a line; a group that is one itself is meant unless one of its members follows."""
        name, *rest = args
        leaf = self.leaves.get(name)
        if isinstance(leaf, dict) and "" in leaf and not (rest and rest[0] and rest[0] in leaf):
            return name, build_command(name, leaf[""], _summaries(leaf)), rest
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import and build one command."""
        leaf = self.leaves.get(cmd_name) if cmd_name else None
        if leaf is None:
            return None
        if isinstance(leaf, dict):
            return Tree(cmd_name, leaf, dict(_summaries(self.leaves))[cmd_name])
        return build_command(cmd_name, leaf)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write our own plain help; no command is imported for it."""
        from cbrctl.cli import help_pages

        rows = _summaries(self.leaves)
        formatter.write(
            help_pages.write_group_help(
                ctx.command_path, help_pages.read_doc(self.help), rows, self.params, () if ctx.parent else TOPICS
            )
        )

    def main(self, args: Sequence[str] | None = None, *rest: Any, **more: Any) -> Any:
        """Run to an exit code; every error of the tree and of the commands is shown here."""
        argv = [as_text(word) for word in (sys.argv[1:] if args is None else args)]
        standalone = more.pop("standalone_mode", True)
        more["prog_name"] = "cbrctl"
        try:
            install_handlers()
            code = self._run(argv, more)
        finally:
            close_streams()
        if standalone:
            sys.exit(code)
        return code

    def _run(self, argv: list[str], more: dict[str, Any]) -> int:
        use_language(find_language(argv))  # of the help, and of a line that is wrong
        color = _find_color(argv)
        more["color"] = wants_color(color, sys.stdout)  # whether the parser lets the escapes of a help pass
        argv = drop_looks(argv)
        if argv[:1] == ["help"] and argv[1:2] and argv[1] in TOPICS:
            return Screen().show_text(write_topic(argv[1], more["color"]))
        if argv[:1] == ["help"]:  # the same as --help after the command
            argv = [*argv[1:], "--help"]
        try:
            if self._is_bare(argv):
                say_aloud(self._help_of([word for word in argv if word in self.leaves], wants_color(color, sys.stderr)))
                if find_output(argv) == "table":
                    return 2
                raise UsageError("no-member")
            if not all(map(is_text, argv)):
                raise UsageError("not-text")
            return int(super().main(argv, standalone_mode=False, **more) or 0)
        except SystemExit:
            return 0  # nobody reads the help any more; Click would call that a failure
        except ClickException as error:
            return self._show(argv, refuse(error, argv, self.leaves))
        except CbrctlError as error:
            return self._show(argv, error)
        except Interrupted as stop:
            key = "interrupted" if argv[:1] == ["backup"] else "stopped"
            return self._show(argv, CbrctlError(key, signal=stop.name), stop.exit_code)
        except Exception as bug:
            if self.verbose:
                import traceback

                say_aloud("".join(hide(line) for line in traceback.format_exc().splitlines(keepends=True)))
            return self._show(argv, CbrctlError("internal", note=f"{type(bug).__name__}: {bug}"))

    def _is_bare(self, argv: list[str]) -> bool:
        """Return whether nothing, or a group alone, was given: its help is what is wanted."""
        words = [word for word in argv if not word.startswith(("-o", "--output")) and word not in OUTPUTS]
        leaf = self.leaves.get(words[0]) if len(words) == 1 and words[0] else None
        return not words or (isinstance(leaf, dict) and "" not in leaf)

    def _help_of(self, argv: list[str], color: bool) -> str:
        from cbrctl.cli.help_pages import fit_color

        group, context = self, self.make_context("cbrctl", ["-h"], resilient_parsing=True)
        if argv:
            group = self.get_command(context, argv[0])
            context = group.make_context(argv[0], ["-h"], parent=context, resilient_parsing=True)
        return fit_color(f"{group.get_help(context)}\n", color)

    def _show(self, argv: list[str], error: CbrctlError, exit_code: int | None = None) -> int:
        hide_addresses(error, argv)
        screen = self.screen or Screen(find_output(argv), color=_find_color(argv))
        if self.screen is None:
            screen.metrics = open_metrics(find_metrics(argv), argv[0] if argv else "")
        return screen.show_error(error, exit_code)


def build_command(name: str, leaf: Leaf, members: Sequence[tuple[str, str]] = ()) -> Command:
    """Import a command's function and make the command of it."""
    module, _, function = leaf.function.partition(":")
    callback = getattr(import_module(f"cbrctl.commands.{module}"), function)
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name, cls=Command, context_settings=_HELP_SETTINGS)(callback)
    command = get_command(app)
    if not isinstance(command, Command):
        raise AssertionError("the class that was asked for")
    command.common, command.members = leaf.common, members
    command.params += leaf.common
    return command


def _find_color(argv: Sequence[str]) -> str:
    """Return the --color of a line, wherever it stands."""
    return find_given(argv, "--color", COLORS) or "auto"


def _summaries(leaves: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the words that a line goes on with and what they do."""
    named = [(name, leaf.get("") if isinstance(leaf, dict) else leaf) for name, leaf in leaves.items() if name]
    return [(name, leaf.summary if leaf else GROUPS[name]) for name, leaf in named]


def _show_version(ctx: typer.Context, param: typer.CallbackParam, value: bool) -> None:
    if value:
        sys.stdout.write(f"cbrctl {__version__}\n")
        raise typer.Exit(0)


_VERSION = TyperOption(
    param_decls=["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_show_version,
    help="Print the version; with -v also those of Python and the libraries.",
)  # fmt: skip
cli = Tree("cbrctl", TREE, ROOT_DOC, params=[_VERSION])


def main() -> None:
    """Run the program: what `cbrctl` and `python -m cbrctl` do."""
    sys.exit(cli.main(standalone_mode=False))
