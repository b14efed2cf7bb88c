"""The manual: cbrctl(1), a page for each command and group, and the pages of section 7. Made of the command tree and `words`."""

from collections.abc import Sequence

from cbrctl.cli.generated import words
from cbrctl.cli.generated.json_page import write_json_page
from cbrctl.cli.generated.outline import SHARED, CommandDoc, GroupDoc, TreeDoc
from cbrctl.cli.generated.roff import (
    write_examples,
    write_items,
    write_names,
    write_options,
    write_page,
    write_paragraphs,
    write_part,
    write_placeholder,
    write_references,
    write_section,
    write_text,
)

_SEVENTH = ("cbrctl-environment(7)", "cbrctl-exit-codes(7)", "cbrctl-json(7)")


def write_manual(tree: TreeDoc) -> dict[str, str]:
    """Return all pages by the names of their files."""
    pages = {"cbrctl.1": write_main(tree)}
    paths = dict.fromkeys((*(g.path for g in tree.groups if g.path), *(c.path for c in tree.commands)))
    pages |= {f"{_name(path)}.1": _write_command(tree, path) for path in paths}
    pages["cbrctl-environment.7"] = _write_environment(tree)
    pages["cbrctl-exit-codes.7"] = _write_exit_codes(tree)
    pages["cbrctl-json.7"] = write_json_page(tree.version)
    return pages


def write_main(tree: TreeDoc) -> str:
    """Return the page cbrctl(1)."""
    root = tree.root
    name, _, purpose = root.doc.summary.partition(" ")
    synopsis = [".B cbrctl", r"\fICOMMAND\fR [\fIARGUMENTS\fR] [\fIOPTIONS\fR]"]
    for option in root.options:
        synopsis += [".br", ".B cbrctl", write_names(reversed(option.names))]
    common = [
        line
        for group in SHARED
        for line in write_part(group, [*write_text(words.COMMON[group]), *write_options(tree.shared(group))])
    ]
    codes = [*write_text(words.EXIT_SHORT), ".PP", *write_text(words.EXIT_PAGE)]
    lines = [
        *write_section("SYNOPSIS", synopsis),
        *write_section("DESCRIPTION", write_paragraphs(words.DESCRIPTION)),
        *write_section("EXAMPLES", write_examples(root.doc.examples)),
        *write_section("COMMANDS", [*write_text(words.COMMANDS), *_list_members(root)]),
        *write_section("COMMON OPTIONS", common),
        *write_section("EXIT STATUS", codes),
        *write_section("FILES", [*write_items(words.FILES.items()), ".PP", *write_text(words.FILES_NOTE)]),
        *write_section(
            "SEE ALSO", [*write_references((*_SEVENTH, *words.SEE_ALSO)), ".PP", *write_text(words.CONSOLE)]
        ),
    ]
    return write_page("cbrctl", 1, tree.version, f"{name.lower()} {purpose}", lines)


def _write_command(tree: TreeDoc, path: tuple[str, ...]) -> str:
    """Return the page of a command, of a group, or of what is both."""
    command = tree.command(path)
    group = next((g for g in tree.groups if g.path == path), None)
    doc = command.doc if command else group.doc if group else tree.root.doc
    line = f".B cbrctl {' '.join(path)}".replace("-", r"\-")
    synopsis = [line, _usage(command)] if command else []
    if group:
        synopsis += [*([".br"] if command else []), line, r"\fICOMMAND\fR [\fIARGUMENTS\fR] [\fIOPTIONS\fR]"]
    lines = [
        *write_section("SYNOPSIS", synopsis),
        *write_section("DESCRIPTION", write_paragraphs([doc.summary, *filter(None, doc.text.split("\n\n"))])),
        *write_section("COMMANDS", _list_members(group) if group else []),
    ]
    if command:
        lines += write_section("ARGUMENTS", write_items((a.metavar, a.help) for a in command.arguments))
        lines += write_section("OPTIONS", _write_options(tree, command))
        lines += write_section("EXIT STATUS", write_text(words.EXIT_PAGE))
    lines += write_section("EXAMPLES", write_examples(doc.examples))
    above = [f"{_name(path[:end])}(1)" for end in range(len(path))]
    below = [f"{_name((*path, name))}(1)" for name, _ in group.members] if group else []
    lines += write_section("SEE ALSO", write_references([*above, *below, *_SEVENTH]))
    return write_page(_name(path), 1, tree.version, doc.summary, lines)


def _name(path: Sequence[str]) -> str:
    return "-".join(("cbrctl", *path))


def _list_members(group: GroupDoc) -> list[str]:
    lines = []
    for name, summary in group.members:
        lines += [".TP", *write_references([f"{_name((*group.path, name))}(1)"]), *write_text(summary)]
    return lines


def _usage(command: CommandDoc | None) -> str:
    places = [write_placeholder(a.metavar) for a in command.arguments] if command else []
    # what follows `--` is not ours: our options stand before it
    ends = command is not None and any(a.is_command for a in command.arguments)
    if command and any(option.repeatable and "--vault" in option.names for option in command.options):
        places.append(r"\fB\-\-vault\fR \fIVAULT\fR ...")
    places.insert(0 if ends else len(places), r"[\fIOPTIONS\fR]")
    return " ".join(places)


def _write_options(tree: TreeDoc, command: CommandDoc) -> list[str]:
    own, shared = tree.split(command)
    lines: list[str] = []
    for title in dict.fromkeys(o.group for o in own):
        options = write_options(o for o in own if o.group == title)
        lines += options if title == "Options" else write_part(title, options)
    common = f"It takes the {' and '.join(shared).lower()} options of cbrctl(1)."
    return [*lines, *(write_part("Common", write_text(common)) if lines else write_text(common))]


def _write_exit_codes(tree: TreeDoc) -> str:
    codes = [(f"{code} {name}", meaning) for code, name, meaning in words.exit_codes()]
    lines = [
        *write_section("DESCRIPTION", write_paragraphs(words.EXIT_INTRO)),
        *write_section("EXIT CODES", write_items(codes)),
        *write_section("OUTCOMES", [*write_text(words.OUTCOMES_INTRO), *write_items(words.outcomes())]),
        *write_section("MANY BACKUPS", write_paragraphs(words.WORST)),
        *write_section(
            "SEE ALSO",
            write_references(["cbrctl(1)", "cbrctl-explain(1)"] if tree.command(("explain",)) else ["cbrctl(1)"]),
        ),
    ]
    return write_page("cbrctl-exit-codes", 7, tree.version, "how cbrctl ends, and whether to run it again", lines)


def _write_environment(tree: TreeDoc) -> str:
    names = [(", ".join(variables), meaning) for variables, meaning in words.variables()]
    lines = [
        *write_section("DESCRIPTION", write_paragraphs(words.ENVIRONMENT_INTRO)),
        *write_section("ENVIRONMENT", write_items(names)),
        *write_section("SEE ALSO", write_references(["cbrctl(1)", "cbrctl-config(1)", "cbrctl-auth-status(1)"])),
    ]
    return write_page("cbrctl-environment", 7, tree.version, "the variables that cbrctl reads", lines)
