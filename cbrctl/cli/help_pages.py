"""Help as plain text: what it does, examples first, options in groups, 80 columns. Made from the command tree alone.

Titles are bold by escapes of our own: to load Rich for them would make each help wait for it.
"""

import inspect
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from typer.core import TyperArgument, TyperOption

from cbrctl.cli.shared_options import RARE
from cbrctl.errors import BY_KIND
from cbrctl.messages.language import entitle, tr
from cbrctl.screen.streams import out_width
from cbrctl.screen.wrapping import wrap

WIDTH = 80
_COLUMN, _NARROW = 30, 6
"""Where the words on an option begin, beside its name, and below it on a narrow terminal."""
_LIST = 17
"""Where the words on a command of a group begin, whose names are short."""
_TOGETHER = re.compile(r"(?<=\d:) (?=\w)|(?<=\b\d) (?=[a-z])|(?<=\b\d\d) (?=[a-z])|(?<=\bcbrctl) (?=[a-z-]+$)")
"""Blanks at which no line ends: behind the number of an exit code, and in the command that a line ends with."""
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
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
    blocks = [_write_usage_line(f"{path} {write_usage(arguments, options)}"), fill(tr(doc.summary))]
    if doc.examples:
        blocks.append(f"{_head(tr('Examples'))}\n" + "\n".join("  " + e for e in doc.examples))
    if doc.text:
        blocks += [fill(tr(part)) for part in split_text(doc)]
    if any(a.help for a in arguments):
        blocks.append(write_section(tr("Arguments"), [(a.metavar, a.help) for a in arguments]))
    panels = dict.fromkeys(_panel(o) for o in options if _panel(o) != RARE)
    for panel in panels:
        rows = [(option_names(o), o.help or "") for o in options if _panel(o) == panel]
        blocks.append(write_section(tr(panel), rows))
    if members:
        blocks += _list_commands(path, members)
    return "\n\n".join([*blocks, *_more(path, doc, options, common)]) + "\n"


def write_usage(arguments: Sequence[Any], options: Sequence[Any]) -> str:
    """Return what stands behind a command's name, in the order in which one types it."""
    words = [a.metavar for a in arguments]
    if any(word.startswith("-- ") for word in words):  # what follows is not ours
        return " ".join(["[OPTIONS]", *words])
    if any(o.multiple and "--vault" in o.opts for o in options):
        words.append("--vault VAULT ...")
    return " ".join([*words, "[OPTIONS]"])


def _panel(option: Any) -> str:
    return option.rich_help_panel or "Options"


def _more(path: str, doc: Doc, options: Sequence[Any], common: Sequence[Any]) -> list[str]:
    """Return the last lines of a help: what is left to the manual, the exit codes, and the common options."""
    parts = []
    if rare := ", ".join(max(o.opts, key=len) for o in options if _panel(o) == RARE):
        page = path.replace(" ", "-")
        parts.append(tr("Seldom needed, explained in man {page}: {names}").format(page=page, names=rare))
    taken = {max(option.opts, key=len) for option in common}
    asks = "--region" in taken
    told = tr("More exit codes") if "Exit code" in doc.text or "exit codes" in doc.text else _tell_codes(asks)
    parts.append(entitle(told, "man cbrctl-exit-codes"))
    shown = ", ".join(name for name in _USUAL if name in taken)
    parts.append(tr("Common options ({names} ...): cbrctl options").format(names=shown))
    return ["\n".join(fill(part) for part in parts)]


def _tell_codes(asks: bool) -> str:
    """Return the exit codes that a command can end with, one that asks the service more than one that does not."""
    names = ("usage", "unreachable", "throttled", "not-found", "auth", "refused") if asks else ("usage",)
    listed = ", ".join(f"{BY_KIND[name].exit_code} {name}" for name in (*names, "local-state"))
    return tr("Exit codes: 0 ok, {codes}; all").format(codes=listed)


def write_group_help(
    path: str, doc: Doc, commands: Iterable[tuple[str, str]], options: Sequence[Any], topics: Iterable[str] = ()
) -> str:
    """Return the help of a group of commands; `topics` are what there is help on beside them."""
    blocks = [_write_usage_line(f"{path} COMMAND [ARGUMENTS] [OPTIONS]"), fill(tr(doc.summary))]
    if doc.examples:
        blocks.append(f"{_head(tr('Examples'))}\n" + "\n".join("  " + e for e in doc.examples))
    listed, hint = _list_commands(path, commands)
    blocks.append(listed)
    if options:
        blocks.append(write_section(tr("Options"), [(option_names(o), o.help or "") for o in options], column=_LIST))
    more = ", ".join(f"cbrctl help {name}" for name in topics)
    listed_topics = [fill(tr("Topics: {lines}").format(lines=more))] if more else []
    return "\n\n".join([*blocks, "\n".join([hint, *listed_topics])]) + "\n"


def write_options_help(options: Sequence[Any]) -> str:
    """Return the text of `cbrctl options`."""
    intro = tr("Common options, accepted after any subcommand that uses them. A variable is named where one is read.")
    return (
        "\n\n".join([fill(intro), write_section(tr("Options"), [(option_names(o), o.help or "") for o in options])])
        + "\n"
    )


def _list_commands(path: str, commands: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Return the section of commands, and how to get help on one."""
    listed = write_section(tr("Commands"), [("  " + name, summary) for name, summary in commands], column=_LIST)
    return listed, fill(tr("Help on one of them: {path} COMMAND --help").format(path=path))


def _write_usage_line(line: str) -> str:
    title = tr("Usage")
    # lines end where their width ends, in which escapes have no part
    return _embolden(title) + fill(entitle(title, line)).removeprefix(title)


def _head(title: str) -> str:
    return _embolden(tr("{title}:").format(title=title))


def _embolden(words: str) -> str:
    return f"{_BOLD}{words}{_PLAIN}"


def fit_color(page: str, color: bool) -> str:
    """Return a help as its stream takes it: the titles are bold where there is colour alone."""
    return page if color else page.replace(_BOLD, "").replace(_PLAIN, "")


def write_section(title: str, rows: Sequence[tuple[str, str]], column: int = _COLUMN) -> str:
    """Return names and what they mean in two columns, or below each other on a narrow terminal."""
    lines = [_head(title)]
    width = out_width(WIDTH)
    column = column if width >= 2 * _COLUMN else _NARROW
    for name, words in rows:
        wrapped = wrap(tr(words), width - column) or [""]
        head = f"  {name}"
        if len(head) + 2 > column:
            lines += wrap(head, width, "    ")
        else:
            lines.append(f"{head.ljust(column)}{wrapped.pop(0)}")
        lines += [" " * column + part for part in wrapped]
    return "\n".join(lines)


def fill(words: str) -> str:
    """Return running text in lines of the terminal's width."""
    return "\n".join(wrap(_TOGETHER.sub("\0", words), out_width(WIDTH))).replace("\0", " ")
