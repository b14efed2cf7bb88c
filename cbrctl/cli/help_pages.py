"""Help as plain text: what it does, examples first, options in groups, 80 columns. Made from the command tree alone."""

import inspect
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from typer.core import TyperArgument, TyperOption

from cbrctl.messages.language import tr
from cbrctl.screen.wrapping import wrap

WIDTH = 80
_COLUMN = 30
_USUAL = ("--region", "--profile", "--output", "--quiet", "--sandbox")
"""Common options that most look for: those of them that a command takes are named below its help."""


class Doc(NamedTuple):
    """A command's docstring taken apart: its first line, its text, and the lines under `Examples:`."""

    summary: str
    text: str
    examples: tuple[str, ...]


def read_doc(docstring: str | None) -> Doc:
    """Take a docstring apart."""
    head, _, examples = inspect.cleandoc(docstring or "").partition("\nExamples:\n")
    summary, _, text = head.strip().partition("\n")
    return Doc(summary, text.strip(), tuple(line.strip() for line in examples.splitlines() if line.strip()))


def split_text(doc: Doc) -> list[str]:
    """Return the paragraphs of a command's text, each in one line."""
    return [" ".join(part.split()) for part in doc.text.split("\n\n") if part.strip()]


def option_names(option: Any) -> str:
    """Return an option's names as they are written: `-V, --vault VAULT`."""
    names = sorted(option.opts, key=len)
    head = ", ".join(names) if len(names) > 1 else "    " + names[0]
    return f"{head} {option.metavar}" if option.metavar else head


def write_command_help(
    path: str, doc: Doc, params: Sequence[Any], common: Sequence[Any], members: Sequence[tuple[str, str]] = ()
) -> str:
    """Return the help of one command; `common` are the common options that it takes, `members` the commands behind its name."""
    arguments: list[Any] = [p for p in params if isinstance(p, TyperArgument)]
    options = [p for p in params if isinstance(p, TyperOption) and not p.hidden]
    usage = " ".join([f"{tr('Usage')}: {path}", *(a.metavar for a in arguments), "[OPTIONS]"])
    blocks = [usage, _fill(tr(doc.summary))]
    if doc.examples:
        blocks.append(f"{tr('Examples')}:\n" + "\n".join("  " + e for e in doc.examples))
    if doc.text:
        blocks += [_fill(tr(part)) for part in split_text(doc)]
    if any(a.help for a in arguments):
        blocks.append(_section(tr("Arguments"), [(a.metavar, a.help) for a in arguments]))
    for panel in dict.fromkeys(o.rich_help_panel or "Options" for o in options):
        rows = [(option_names(o), o.help or "") for o in options if (o.rich_help_panel or "Options") == panel]
        blocks.append(_section(tr(panel), rows))
    if members:
        blocks += _list_commands(path, members)
    if common:
        taken = {max(option.opts, key=len) for option in common}
        shown = ", ".join(name for name in _USUAL if name in taken)
        blocks.append(_fill(tr("Common options ({names} ...): cbrctl options").format(names=shown)))
    return "\n\n".join(blocks) + "\n"


def write_group_help(path: str, doc: Doc, commands: Iterable[tuple[str, str]], options: Sequence[Any]) -> str:
    """Return the help of a group of commands."""
    blocks = [f"{tr('Usage')}: {path} COMMAND [ARGUMENTS] [OPTIONS]", _fill(tr(doc.summary))]
    if doc.examples:
        blocks.append(f"{tr('Examples')}:\n" + "\n".join("  " + e for e in doc.examples))
    listed, hint = _list_commands(path, commands)
    blocks.append(listed)
    if options:
        blocks.append(_section(tr("Options"), [(option_names(o), o.help or "") for o in options], column=22))
    return "\n\n".join([*blocks, hint]) + "\n"


def write_options_help(options: Sequence[Any]) -> str:
    """Return the text of `cbrctl options`."""
    intro = tr("Common options, accepted after any subcommand that uses them. A variable is named where one is read.")
    return (
        "\n\n".join([_fill(intro), _section(tr("Options"), [(option_names(o), o.help or "") for o in options])]) + "\n"
    )


def _list_commands(path: str, commands: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Return the section of commands, and how to get help on one."""
    listed = _section(tr("Commands"), [("  " + name, summary) for name, summary in commands], column=22)
    return listed, _fill(tr("Help on one of them: {path} COMMAND --help").format(path=path))


def _section(title: str, rows: Sequence[tuple[str, str]], column: int = _COLUMN) -> str:
    lines = [f"{title}:"]
    for name, words in rows:
        wrapped = wrap(tr(words), WIDTH - column) or [""]
        head = f"  {name}"
        if len(head) + 2 > column:
            lines.append(head)
        else:
            lines.append(f"{head.ljust(column)}{wrapped.pop(0)}")
        lines += [" " * column + part for part in wrapped]
    return "\n".join(lines)


def _fill(words: str) -> str:
    return "\n".join(wrap(words, WIDTH))
