"""The completion script of zsh: one `_arguments` call a command, with descriptions."""

from cbrctl.cli.generated.outline import SHARED, ArgumentDoc, CommandDoc, GroupDoc, OptionDoc, TreeDoc
from cbrctl.cli.generated.values import Values

_HEAD = """\
#compdef cbrctl
# zsh completion of cbrctl @VERSION@
# Generated from the command tree by `python -m cbrctl.cli.generated`: changes made here are lost.
# Commands, options and fixed values are known here; for names cbrctl is asked, which asks no service. Put it into a folder of
# $fpath, or source it after compinit.
"""

_COMMAND = """\
# Complete the command line of another program, after `--`.
_cbrctl_command() {
    local -i at=${words[(i)--]}
    shift at words
    (( CURRENT -= at ))
    _normal
}
"""

_ASK = r"""# Offer what cbrctl knows of the kind $1, with descriptions.
_cbrctl_ask() {
    local program=${(Q)typed[1]} value about
    local -a found order
    if [[ $program == */* ]]; then
        program=${program/#\~\//$HOME/}
    else
        program=cbrctl
    fi
    while IFS=$'\t' read -r value about; do
        value=${value//\\/\\\\}
        found+=("${value//:/\\:}:$about")
    done < <(command $program __complete $1 "${(Q)PREFIX}" "${(@Q)typed[2,-1]}" 2>/dev/null </dev/null)
    # the newest first
    [[ $1 == (ops|checkpoints|copies|tasks) ]] && order=(-V)
    _describe $order -t "cbrctl-$1" $1 found
}
"""

_TAIL = """\
if [[ $funcstack[1] == _cbrctl ]]; then
    _cbrctl "$@"
else
    compdef _cbrctl cbrctl
fi
"""


def write_zsh(tree: TreeDoc) -> str:
    """Return the script of zsh."""
    functions = [_write_after(command) for command in tree.commands if command.after]
    functions += [_write_group(tree, group) for group in reversed(tree.groups)]
    return "\n".join([_HEAD.replace("@VERSION@", tree.version), _ASK, _COMMAND, *functions, _TAIL])


def _write_group(tree: TreeDoc, group: GroupDoc) -> str:
    """Return a group's function: the members' names, or what belongs to the member that was named."""
    lines = [f"{_function(group.path)}() {{"]
    if not group.path:
        lines += [
            "    # the functions and calls below see these",
            "    local -a typed",
            '    typed=("${(@)words[1,CURRENT-1]}")',
        ]
        for shared in SHARED:
            lines += [f"    local -a {shared.lower()}=(", *_specs(tree.shared(shared), "        "), "    )"]
    lines += _write_itself(tree, group)
    lines += ["    shift words", "    (( CURRENT-- ))"]
    lines += ['    local curcontext="${curcontext%:*:*}:cbrctl-$words[1]:"', "    case $words[1] in"]
    groups = {g.path for g in tree.groups}
    for name, _ in group.members:
        path = (*group.path, name)
        lines.append(f"        {name})")
        if path in groups:
            lines.append(f"            {_function(path)}")
        else:
            lines += _write_command(tree, next(c for c in tree.commands if c.path == path))
        lines.append("            ;;")
    return "\n".join([*lines, "    esac", "}", ""])


def _write_itself(tree: TreeDoc, group: GroupDoc) -> list[str]:
    """Return what is offered before a member was named; where the group is a command too, its options stand there as well."""
    members = [f"            {_quote(_escape(name) + ':' + summary)}" for name, summary in group.members]
    members = ["        local -a members=(", *members, "        )"]
    command = tree.command(group.path)
    if command:
        names = "|".join(name for name, _ in group.members)
        lines = [f"    if (( CURRENT == 2 )) || [[ $words[2] != ({names}) ]]; then", *members]
        lines += ["        (( CURRENT == 2 )) && _describe -t commands command members"]
        lines += [line.removeprefix("    ") for line in _write_command(tree, command)]
    else:
        lines = ["    if (( CURRENT == 2 )); then", *members, "        _arguments -s -S : \\"]
        lines += [spec + " \\" for spec in _specs(group.options, "            ")]
        lines += ["            '1:command:{_describe -t commands command members}'"]
    return [*lines, "        return", "    fi"]


def _write_command(tree: TreeDoc, command: CommandDoc) -> list[str]:
    own, shared = tree.split(command)
    arrays = " ".join(f"${group.lower()}" for group in shared)
    lines = [f"            _arguments -s -S : {arrays}".rstrip()]
    lines += _specs(own, " " * 16)
    arguments = [_argument(a, i) for i, a in enumerate(command.arguments, 1)]
    if command.after:
        arguments[1:] = [f"'2: :{{{_function(command.path)}_after}}'"]
    lines += [f"                {argument}" for argument in arguments]
    call = " \\\n".join(lines).split("\n")
    if any(a.is_command for a in command.arguments):
        head = [
            f"{' ' * 12}if (( ${{words[(i)--]}} < CURRENT )); then",
            f"{' ' * 16}_cbrctl_command",
            f"{' ' * 12}else",
        ]
        return [*head, *(" " * 4 + line for line in call), f"{' ' * 12}fi"]
    return call


def _write_after(command: CommandDoc) -> str:
    """Return the function that offers what may stand behind a command's first argument, which is in `line`."""
    lines = [f"{_function(command.path)}_after() {{", "    local -a found", "    case $line[1] in"]
    for word, values in command.after.items():
        if values.choices:
            pairs = zip(values.choices, values.meanings or ("",) * len(values.choices), strict=True)
            offers = " ".join(_quote(f"{word}:{meaning}" if meaning else word) for word, meaning in pairs)
            lines.append(f"        {word}) found=({offers}) && _describe -V -t values value found ;;")
        else:
            lines.append(f"        {word}) {_action(values).strip('{}')} ;;")
    return "\n".join([*lines, "    esac", "}", ""])


def _specs(options: tuple[OptionDoc, ...] | list[OptionDoc], indent: str) -> list[str]:
    return [indent + _option(option) for option in options]


def _option(option: OptionDoc) -> str:
    """Return one option's spec: what it excludes, its names, its description, its value."""
    excluded = "- *" if option.alone else "" if option.repeatable else " ".join(option.names)
    head = "*" if option.repeatable else f"({excluded})"
    rest = f"[{_escape(option.help, '[]')}]"
    if option.metavar:
        rest += f":{_escape(option.metavar)}:{_action(option.values)}"
    names = [name + _glue(name) if option.metavar else name for name in option.names]
    written = f"{{{','.join(names)}}}" if len(names) > 1 else names[0]
    return _quote(head) + written + _quote(rest)


def _argument(argument: ArgumentDoc, place: int) -> str:
    action = "(--)" if argument.is_command else _action(argument.values)
    where = "*" if argument.many else str(place)
    return _quote(f"{where}:{_escape(argument.metavar)}:{action}")


def _glue(name: str) -> str:
    """Return the sign that lets a value follow in the same word: --name=value, -nvalue."""
    return "=" if name.startswith("--") else "+"


def _action(values: Values) -> str:
    if values.are_files:
        return "_files"
    if values.asked:
        return f"{{_cbrctl_ask {values.asked}}}"
    if values.meanings:
        pairs = zip(values.choices, map(_double, values.meanings), strict=True)
        return f"(({' '.join(_escape(f'{word}:{meaning}') for word, meaning in pairs)}))"
    # a blank: something must follow and nothing is offered
    return f"({' '.join(values.choices)})" if values.choices else " "


def _function(path: tuple[str, ...]) -> str:
    return "_".join(("_cbrctl", *path))


def _escape(words: str, signs: str = ":") -> str:
    for sign in ("\\", *signs):
        words = words.replace(sign, "\\" + sign)
    return words


def _double(words: str) -> str:
    for sign in '\\"$`':
        words = words.replace(sign, "\\" + sign)
    return f'"{words}"'


def _quote(words: str) -> str:
    return "'" + words.replace("'", "'\\''") + "'"
