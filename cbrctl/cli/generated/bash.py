"""The completion script of bash: tables as `case` statements, and a fixed part that reads the line."""

from collections.abc import Iterable, Iterator

from cbrctl.cli.generated.bash_parts import HEAD, MAIN
from cbrctl.cli.generated.outline import SHARED, ArgumentDoc, CommandDoc, GroupDoc, OptionDoc, TreeDoc, short_and_long
from cbrctl.cli.generated.values import Values


def write_bash(tree: TreeDoc) -> str:
    """Return the script of bash."""
    parts = [
        HEAD.replace("@VERSION@", tree.version),
        _write_takes(tree),
        _write_values(tree),
        _write_abouts(tree),
        MAIN,
    ]
    return "\n".join(parts)


def _write_takes(tree: TreeDoc) -> str:
    lines = [
        "# Set what may follow the command $1: members, flags, options with a value, and what each argument takes.",
        "# An argument of `...` may be given more than once.",
        "_cbrctl_takes() {",
    ]
    for group in SHARED:
        for valued in (False, True):
            names = short_and_long(tree.shared(group), valued=valued)
            lines.append(f"    local {_variable(group, valued)}='{' '.join(names)}'")
    lines += ["    members='' flags='' valued='' arguments=()", "    case $1 in"]
    sets = {group.path: _group_sets(group) for group in tree.groups}
    for command in tree.commands:
        sets.setdefault(command.path, []).extend(_command_sets(tree, command))
    for path, found in sets.items():
        lines += [f"        '{' '.join(path)}')", *(f"            {line}" for line in found), "            ;;"]
    return "\n".join([*lines, "    esac", "}", ""])


def _group_sets(group: GroupDoc) -> list[str]:
    lines = [f"members='{' '.join(name for name, _ in group.members)}'"]
    if group.options:
        lines.append(f"flags='{' '.join(short_and_long(group.options, valued=False))}'")
    return lines


def _command_sets(tree: TreeDoc, command: CommandDoc) -> list[str]:
    own, groups = tree.split(command)
    lines = []
    for name, valued in (("flags", False), ("valued", True)):
        words = [*short_and_long(own, valued=valued), *(f"${_variable(g, valued)}" for g in groups)]
        lines.append(f'{name}="{" ".join(words)}"')
    if command.arguments:
        lines.append(f"arguments=({' '.join(_argument(a) for a in command.arguments)})")
    return lines


def _argument(argument: ArgumentDoc) -> str:
    if argument.is_command:
        return "--"
    # a blank: there is an argument, and its words are not known
    return f"'{_words(argument.values) or ' '}{'...' if argument.many else ''}'"


def _words(values: Values) -> str:
    if values.are_files:
        return "@files"
    return f"@{values.asked}" if values.asked else " ".join(values.choices)


def _write_values(tree: TreeDoc) -> str:
    lines = [
        "# Set the values of the option $2 of the command $1, or what it takes behind the first argument $2.",
        "_cbrctl_values() {",
        "    values=''",
        '    case "$1 $2" in',
    ]
    for command in tree.commands:
        path = " ".join(command.path)
        lines += _arms(f"'{path} {{}}'", _own(command))
        lines += [f"        '{path} {word}') values='{_words(values)}' ;;" for word, values in command.after.items()]
    for group in SHARED:
        lines += _arms("*' {}'", tree.shared(group))
    return "\n".join([*lines, "    esac", "}", ""])


def _own(command: CommandDoc) -> list[OptionDoc]:
    """Return the options that are a command's own, and no common ones."""
    return [option for option in command.options if option.group not in SHARED]


def _arms(pattern: str, options: Iterable[OptionDoc]) -> list[str]:
    lines = []
    for option in options:
        words = _words(option.values)
        if words:
            found = " | ".join(pattern.format(name) for name in option.names)
            lines.append(f"        {found}) values='{words}' ;;")
    return lines


def _write_abouts(tree: TreeDoc) -> str:
    """Return the descriptions, for where bash lists more than one word: by command, so that few are compared."""
    lines = [
        "# Set `about` to what the word $2 is behind the command $1.",
        "# shellcheck disable=SC2016 # signs of the shell are only signs here",
        "_cbrctl_about() {",
        "    about=''",
        "    case $1 in",
    ]
    arms: dict[tuple[str, ...], list[str]] = {}
    for group in tree.groups:
        found = arms.setdefault(group.path, [])
        found += [_about([name], summary) for name, summary in group.members]
        found += [_about(option.names, option.help) for option in group.options]
    for command in tree.commands:
        found = arms.setdefault(command.path, [])
        found += [_about(option.names, option.help) for option in _own(command)]
        for argument in command.arguments:
            found += [_about([word], meaning) for word, meaning in _meanings(argument.values)]
        for first, values in command.after.items():
            arms[(*command.path, first)] = [_about([word], meaning) for word, meaning in _meanings(values)]
    for path, found in arms.items():
        if found:
            lines += [f"        '{' '.join(path)}') case $2 in", *found, "        esac ;;"]
    shared = [_about(option.names, option.help) for group in SHARED for option in tree.shared(group)]
    return "\n".join([*lines, "    esac", "    [[ -z $about ]] && case $2 in", *shared, "    esac", "}", ""])


def _meanings(values: Values) -> Iterator[tuple[str, str]]:
    return ((word, meaning) for word, meaning in zip(values.choices, values.meanings, strict=False) if meaning)


def _about(names: Iterable[str], text: str) -> str:
    return f"            {' | '.join(names)}) about={_quote(text)} ;;"


def _variable(group: str, valued: bool) -> str:
    return f"{group.lower()}_{'valued' if valued else 'flags'}"


def _quote(words: str) -> str:
    return "'" + words.replace("'", "'\\''") + "'"
