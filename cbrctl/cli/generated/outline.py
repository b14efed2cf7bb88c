"""The command tree as plain values: what the writers of scripts and pages read."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import typer
from typer.core import TyperArgument, TyperOption

import cbrctl
from cbrctl.cli.generated.values import AFTER, Values, explain_words, find_values
from cbrctl.cli.help_pages import Doc, read_doc
from cbrctl.cli.shared_options import COLORS, CONNECTION, DISPLAY, CommonOption
from cbrctl.cli.topics import TOPICS
from cbrctl.cli.tree import Tree, build_command, cli
from cbrctl.messages.language import LANGUAGES
from cbrctl.screen import OUTPUTS

SHARED = ("Display", "Connection")
"""The groups of the common options; the first one is taken by every command."""

_COMMON_VALUES = {"output": OUTPUTS, "color": COLORS, "lang": LANGUAGES}


class OptionDoc(NamedTuple):
    """An option. `metavar` is None for a flag."""

    names: tuple[str, ...]
    metavar: str | None
    help: str
    group: str
    values: Values = Values()
    repeatable: bool = False
    alone: bool = False
    """Whether nothing else is read beside it, as with --help."""


class ArgumentDoc(NamedTuple):
    """An argument, written as in the usage line."""

    metavar: str
    help: str
    values: Values = Values()
    many: bool = False

    @property
    def is_command(self) -> bool:
        """Whether what follows `--` is another program's command line."""
        return self.metavar.startswith("-- ")


class CommandDoc(NamedTuple):
    """A command that runs something."""

    path: tuple[str, ...]
    doc: Doc
    arguments: tuple[ArgumentDoc, ...]
    options: tuple[OptionDoc, ...]
    after: Mapping[str, Values] = MappingProxyType({})
    """What may stand behind the first argument, where it is one of these words."""


class GroupDoc(NamedTuple):
    """A word that is followed by another; `members` are these and what they do. The program itself has no path.

    One that is a command too stands among the commands as well, and its options there.
    """

    path: tuple[str, ...]
    doc: Doc
    options: tuple[OptionDoc, ...]
    members: tuple[tuple[str, str], ...]


class TreeDoc(NamedTuple):
    """All of it, in the order of the help."""

    version: str
    groups: tuple[GroupDoc, ...]
    commands: tuple[CommandDoc, ...]

    @property
    def root(self) -> GroupDoc:
        """The program itself."""
        return self.groups[0]

    def shared(self, group: str) -> tuple[OptionDoc, ...]:
        """Return the common options of one group, those of `SHARED`."""
        return tuple(dict.fromkeys(o for c in self.commands for o in c.options if o.group == group))

    def command(self, path: tuple[str, ...]) -> CommandDoc | None:
        """Return the command of a path, None where it is only a group."""
        return next((c for c in self.commands if c.path == path), None)

    def split(self, command: CommandDoc) -> tuple[list[OptionDoc], list[str]]:
        """Return a command's own options, and the groups of common ones that it takes whole."""
        groups = [g for g in SHARED if set(self.shared(g)) <= set(command.options)]
        return [o for o in command.options if o.group not in groups], groups


def read_tree() -> TreeDoc:
    """Read the command tree of this program, importing every command."""
    found = list(_walk((), cli))
    return TreeDoc(
        cbrctl.__version__,
        tuple(item for item in found if isinstance(item, GroupDoc)),
        tuple(item for item in found if isinstance(item, CommandDoc)),
    )


def add_help(tree: TreeDoc) -> TreeDoc:
    """Return the tree with `cbrctl help`, which is another way to write --help and no command with a page of its own."""
    doc = Doc("Show the help of a command, or on a topic.", "", ())
    topics = {name: f"Topic: {page}" for name, page in TOPICS.items()}
    words = explain_words(dict(tree.root.members) | topics)
    after = {group.path[0]: explain_words(dict(group.members)) for group in tree.groups if group.path}
    command = CommandDoc(("help",), doc, (ArgumentDoc("COMMAND", doc.summary, words),), (), after)
    root = tree.root._replace(members=(*tree.root.members, ("help", doc.summary)))
    return tree._replace(groups=(root, *tree.groups[1:]), commands=(*tree.commands, command))


def short_and_long(options: Iterable[OptionDoc], *, valued: bool) -> list[str]:
    """Return all names of the options that take a value, or of those that take none."""
    return [name for o in options if bool(o.metavar) is valued for name in o.names]


def _walk(path: tuple[str, ...], command: Any) -> Iterator[GroupDoc | CommandDoc]:
    context = typer.Context(command, info_name="cbrctl", **command.context_settings)
    params = command.get_params(context)
    options = tuple(_option(path, p) for p in params if isinstance(p, TyperOption) and not p.hidden)
    doc = read_doc(command.help)
    if not isinstance(command, Tree):
        arguments = tuple(_argument(path, p) for p in params if isinstance(p, TyperArgument))
        yield CommandDoc(path, doc, arguments, options, AFTER.get(path, {}))
        return
    members = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
    itself = command.leaves.get("")
    summaries = tuple((name, read_doc(member.help).summary) for name, member in members)
    yield GroupDoc(path, doc, () if itself else options, summaries)
    if itself:
        yield from _walk(path, build_command(path[-1], itself))
    for name, member in members:
        yield from _walk((*path, name), member)


def _option(path: tuple[str, ...], param: Any) -> OptionDoc:
    values = find_values(path, tuple(param.opts), param.metavar)
    common = isinstance(param, CommonOption)
    is_help = "--help" in param.opts
    return OptionDoc(
        names=tuple(sorted(param.opts, key=len)),
        metavar=param.metavar,
        help=_line(param.help),
        group=_shared_group(param) if common or is_help else getattr(param, "rich_help_panel", None) or "Options",
        values=Values(_COMMON_VALUES[param.name]) if common and param.name in _COMMON_VALUES else values,
        repeatable=param.multiple or param.count,
        alone=param.is_eager,
    )


def _shared_group(param: Any) -> str:
    if param in CONNECTION:
        return SHARED[1]
    if param in DISPLAY or "--help" in param.opts:
        return SHARED[0]
    raise AssertionError(f"{param.opts} is in neither list of common options")


def _argument(path: tuple[str, ...], param: Any) -> ArgumentDoc:
    # the two words of `explain exit 3` are one thing
    many = param.nargs == -1 and param.metavar.strip("[]").endswith("...")
    return ArgumentDoc(param.metavar, _line(param.help), find_values(path, (), param.metavar), many)


def _line(words: str | None) -> str:
    return " ".join((words or "").split())
