"""The manual: cbrctl(1), a page for each command and group, and the pages of section 7. Made of the command tree and `words`."""

from collections.abc import Sequence

from cbrctl.cli.generated import words
from cbrctl.cli.generated.json_page import write_json_page
from cbrctl.cli.generated.outline import SHARED, CommandDoc, GroupDoc, TreeDoc
from cbrctl.cli.generated.roff import ENGLISH, Roff, write_examples, write_names, write_placeholder, write_references
from cbrctl.cli.help_pages import split_text

_SEVENTH = ("cbrctl-environment(7)", "cbrctl-exit-codes(7)", "cbrctl-json(7)")


def write_manual(tree: TreeDoc, roff: Roff = ENGLISH) -> dict[str, str]:
    """Return all pages by the names of their files."""
    pages = {"cbrctl.1": _write_main(tree, roff)}
    paths = dict.fromkeys((*(g.path for g in tree.groups if g.path), *(c.path for c in tree.commands)))
    pages |= {f"{_name(path)}.1": _write_command(tree, path, roff) for path in paths}
    pages["cbrctl-environment.7"] = _write_environment(tree, roff)
    pages["cbrctl-exit-codes.7"] = _write_exit_codes(tree, roff)
    pages["cbrctl-json.7"] = write_json_page(tree.version, roff)
    return pages


def _write_main(tree: TreeDoc, roff: Roff) -> str:
    """Return the page cbrctl(1)."""
    root = tree.root
    synopsis = [".B cbrctl", r"\fICOMMAND\fR [\fIARGUMENTS\fR] [\fIOPTIONS\fR]"]
    for option in root.options:
        synopsis += [".br", ".B cbrctl", write_names(reversed(option.names))]
    common = [
        line
        for group in SHARED
        for line in roff.part(group, [*roff.text(words.COMMON[group]), *roff.options(tree.shared(group))])
    ]
    codes = [*roff.text(words.EXIT_SHORT), ".PP", *roff.text(words.EXIT_PAGE)]
    lines = [
        *roff.section("SYNOPSIS", synopsis),
        *roff.section("DESCRIPTION", roff.paragraphs(words.DESCRIPTION)),
        *roff.section("EXAMPLES", write_examples(root.doc.examples)),
        *roff.section("COMMANDS", [*roff.text(words.COMMANDS), *_list_members(root, roff)]),
        *roff.section("COMMON OPTIONS", common),
        *roff.section("EXIT STATUS", codes),
        *roff.section("FILES", [*roff.items(words.FILES.items()), ".PP", *roff.text(words.FILES_NOTE)]),
        *roff.section("SEE ALSO", [*write_references((*_SEVENTH, *words.SEE_ALSO)), ".PP", *roff.text(words.CONSOLE)]),
    ]
    return roff.page("cbrctl", 1, tree.version, root.doc.summary, lines)


def _write_command(tree: TreeDoc, path: tuple[str, ...], roff: Roff) -> str:
    """Return the page of a command, of a group, or of what is both."""
    command = tree.command(path)
    group = next((g for g in tree.groups if g.path == path), None)
    doc = command.doc if command else group.doc if group else tree.root.doc
    line = f".B cbrctl {' '.join(path)}".replace("-", r"\-")
    synopsis = [line, _usage(command)] if command else []
    if group:
        synopsis += [*([".br"] if command else []), line, r"\fICOMMAND\fR [\fIARGUMENTS\fR] [\fIOPTIONS\fR]"]
    lines = [
        *roff.section("SYNOPSIS", synopsis),
        *roff.section("DESCRIPTION", roff.paragraphs([doc.summary, *split_text(doc)])),
        *roff.section("COMMANDS", _list_members(group, roff) if group else []),
    ]
    if command:
        lines += roff.section("ARGUMENTS", roff.items((a.metavar, a.help) for a in command.arguments))
        lines += roff.section("OPTIONS", _write_options(tree, command, roff))
        lines += roff.section("EXIT STATUS", roff.text(words.EXIT_PAGE))
    lines += roff.section("EXAMPLES", write_examples(doc.examples))
    above = [f"{_name(path[:end])}(1)" for end in range(len(path))]
    below = [f"{_name((*path, name))}(1)" for name, _ in group.members] if group else []
    lines += roff.section("SEE ALSO", write_references([*above, *below, *_SEVENTH]))
    return roff.page(_name(path), 1, tree.version, doc.summary, lines)


def _name(path: Sequence[str]) -> str:
    return "-".join(("cbrctl", *path))


def _list_members(group: GroupDoc, roff: Roff) -> list[str]:
    lines = []
    for name, summary in group.members:
        lines += [".TP", *write_references([f"{_name((*group.path, name))}(1)"]), *roff.text(summary)]
    return lines


def _usage(command: CommandDoc | None) -> str:
    places = [write_placeholder(a.metavar) for a in command.arguments] if command else []
    # what follows `--` is not ours: our options stand before it
    ends = command is not None and any(a.is_command for a in command.arguments)
    if command and any(option.repeatable and "--vault" in option.names for option in command.options):
        places.append(r"\fB\-\-vault\fR \fIVAULT\fR ...")
    places.insert(0 if ends else len(places), r"[\fIOPTIONS\fR]")
    return " ".join(places)


def _write_options(tree: TreeDoc, command: CommandDoc, roff: Roff) -> list[str]:
    own, shared = tree.split(command)
    lines: list[str] = []
    for title in dict.fromkeys(o.group for o in own):
        options = roff.options(o for o in own if o.group == title)
        lines += options if title == "Options" else roff.part(title, options)
    common = words.TAKEN[len(shared)]
    return [*lines, *(roff.part("Common", roff.text(common)) if lines else roff.text(common))]


def _write_exit_codes(tree: TreeDoc, roff: Roff) -> str:
    codes = [(f"{code} {name}", meaning) for code, name, meaning in words.exit_codes()]
    lines = [
        *roff.section("DESCRIPTION", roff.paragraphs(words.EXIT_INTRO)),
        *roff.section("EXIT CODES", roff.items(codes)),
        *roff.section("OUTCOMES", [*roff.text(words.OUTCOMES_INTRO), *roff.items(words.outcomes())]),
        *roff.section("MANY BACKUPS", roff.paragraphs(words.WORST)),
        *roff.section(
            "SEE ALSO",
            write_references(["cbrctl(1)", "cbrctl-explain(1)"] if tree.command(("explain",)) else ["cbrctl(1)"]),
        ),
    ]
    return roff.page("cbrctl-exit-codes", 7, tree.version, "how cbrctl ends, and whether to run it again", lines)


def _write_environment(tree: TreeDoc, roff: Roff) -> str:
    names = [(", ".join(variables), meaning) for variables, meaning in words.variables()]
    lines = [
        *roff.section("DESCRIPTION", roff.paragraphs(words.ENVIRONMENT_INTRO)),
        *roff.section("ENVIRONMENT", roff.items(names)),
        *roff.section("SEE ALSO", write_references(["cbrctl(1)", "cbrctl-config(1)", "cbrctl-auth-status(1)"])),
    ]
    return roff.page("cbrctl-environment", 7, tree.version, "the variables that cbrctl reads", lines)
