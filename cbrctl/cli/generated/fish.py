"""The completion script of fish: tables as `switch` statements, and a fixed part that reads the line.

One function answers a TAB: with a `complete` and its condition for each word and option fish takes 40 ms to ask them all.
"""

from collections.abc import Iterable

from cbrctl.cli.generated.outline import SHARED, ArgumentDoc, CommandDoc, GroupDoc, OptionDoc, TreeDoc, short_and_long
from cbrctl.cli.generated.values import Values

_HEAD = """\
# fish completion of cbrctl @VERSION@
# Generated from the command tree by `python -m cbrctl.cli.generated`: changes made here are lost.
# Commands, options and fixed values are known here; for names cbrctl is asked, which asks no service.
"""

_MAIN = r"""# Print the option that the word leaves without its value, like -o of -qo; nothing where it has none.
function __cbrctl_open
    if string match -q -- '--*' $argv[1]
        contains -- $argv[1] $__cbrctl_valued; and echo -- $argv[1]
        return
    end
    set -l letters (string split '' -- (string sub -s 2 -- $argv[1]))
    for place in (seq (count $letters))
        if contains -- -$letters[$place] $__cbrctl_valued
            test $place -eq (count $letters); and echo -- -$letters[$place]
            return
        end
    end
end

# Print what a place takes: fixed words, `@kind` that cbrctl is asked for, or `@files`; $argv[1] stands before each.
function __cbrctl_offer
    set -l stem $argv[1]
    set -l typed (string sub -s (math (string length -- $stem) + 1) -- (commandline -ct))
    switch "$argv[2]"
        case @files
            set -l found (__fish_complete_path "$typed")
            test (count $found) -gt 0; and printf '%s\n' $stem$found
        case '@*'
            set -l words (commandline -opc)
            set -l program cbrctl
            string match -q -- '*/*' $words[1]; and set program (string replace -r '^~/' "$HOME/" -- $words[1])
            type -q $program; or return
            set -l found (command $program __complete (string sub -s 2 -- $argv[2]) "$typed" $words[2..] 2>/dev/null </dev/null)
            test (count $found) -gt 0; and printf '%s\n' $stem$found
        case '?*'
            printf '%s\n' $stem$argv[2..]
    end
end

# Complete: called by fish.
function __cbrctl
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l path
    set -l at 2
    __cbrctl_takes
    for word in $words[2..]
        test (count $__cbrctl_members) -gt 0; or break
        if not contains -- $word (string split -f 1 \t -- $__cbrctl_members)
            # a command that has members too: what follows is its own
            test (count $__cbrctl_valued) -gt 0; or return
            set __cbrctl_members
            break
        end
        set -a path $word
        set at (math $at + 1)
        __cbrctl_takes $path
    end
    set -l option
    set -l first
    set -l place 1
    for word in $words[$at..]
        set at (math $at + 1)
        if test -n "$option"
            set option
        else if test "$word" = --
            test "$__cbrctl_arguments[1]" = --; and complete -C (string join ' ' -- (string escape -- $words[$at..]) $typed)
            return
        else if string match -q -- '-?*' $word
            set option (__cbrctl_open $word)
        else
            set place (math $place + 1)
            set -q first[1]; or set first $word
        end
    end
    set -l stem ''
    if test -z "$option"
        set stem (string match -r -- '^--[^=]+=' $typed; or string match -r -- '^-[^-]' $typed; or echo)
        set option (__cbrctl_open (string replace -r -- '=$' '' $stem))
        test "$typed" = "$stem"; and not string match -q -- '*=' $stem; and set option
        test -n "$option"; or set stem ''
    end
    if test -n "$option"
        string match -q -- '-*' $typed; and test -z "$stem"; and return
        __cbrctl_values "$path" $option
        __cbrctl_offer $stem $__cbrctl_found
        return
    end
    if string match -q -- '-*' $typed
        # fish would look for the letters in the descriptions too
        string match -r -- '^'(string escape --style=regex -- $typed)'.*' $__cbrctl_options
        return
    end
    test (count $__cbrctl_members) -gt 0; and printf '%s\n' $__cbrctl_members
    # the last place may be taken again and again
    string match -q -- '*...' "$__cbrctl_arguments[-1]"; and test $place -gt (count $__cbrctl_arguments)
    and set place (count $__cbrctl_arguments)
    if test $place -eq 2
        __cbrctl_values "$path" $first
        __cbrctl_offer '' $__cbrctl_found
        test (count $__cbrctl_found) -gt 0; and return
    end
    set -l takes (string replace -r '\.\.\.$' '' -- $__cbrctl_arguments[$place])
    if test "$takes" = @words
        __cbrctl_words $path
        __cbrctl_offer '' $__cbrctl_found
    else
        __cbrctl_offer '' $takes
    end
end

complete -c cbrctl -f -k -a '(__cbrctl)'
"""


def write_fish(tree: TreeDoc) -> str:
    """Return the script of fish."""
    parts = [
        _HEAD.replace("@VERSION@", tree.version),
        _write_takes(tree),
        _write_values(tree),
        _write_words(tree),
        _MAIN,
    ]
    return "\n".join(parts)


def _write_takes(tree: TreeDoc) -> str:
    lines = [
        "# Set what may follow a command: members, options, those with a value, and what each argument takes.",
        "# An argument of `...` may be given more than once.",
        "function __cbrctl_takes",
    ]
    for group in SHARED:
        lines.append(f"    set -l {group.lower()} {_described(tree.shared(group))}")
        lines.append(f"    set -l {group.lower()}_valued {' '.join(short_and_long(tree.shared(group), valued=True))}")
    lines += [f"    set -g __cbrctl_{name}" for name in ("members", "options", "valued", "arguments")]
    lines.append('    switch "$argv"')
    sets = {group.path: _group_sets(group) for group in tree.groups}
    for command in tree.commands:
        sets.setdefault(command.path, []).extend(_command_sets(tree, command))
    for path, found in sets.items():
        lines += [f"        case {_quote(' '.join(path))}", *(f"            {line}" for line in found)]
    return "\n".join([*lines, "    end", "end", ""])


def _group_sets(group: GroupDoc) -> list[str]:
    members = " ".join(_word(name, summary) for name, summary in group.members)
    lines = [f"set __cbrctl_members {members}"]
    return [*lines, f"set __cbrctl_options {_described(group.options)}"] if group.options else lines


def _command_sets(tree: TreeDoc, command: CommandDoc) -> list[str]:
    own, groups = tree.split(command)
    after = [_word("--", argument.help) for argument in command.arguments if argument.is_command]
    options = " ".join(filter(None, (_described(own), *(f"${group.lower()}" for group in groups), *after)))
    valued = " ".join((*short_and_long(own, valued=True), *(f"${group.lower()}_valued" for group in groups)))
    lines = [f"set __cbrctl_options {options}", f"set __cbrctl_valued {valued}"]
    if command.arguments:
        lines.append(f"set __cbrctl_arguments {' '.join(map(_argument, command.arguments))}")
    return lines


def _argument(argument: ArgumentDoc) -> str:
    if argument.is_command:
        return "--"
    words = _asked(argument.values) or ("@words" if argument.values.choices else "")
    return _quote(words + ("..." if argument.many else ""))


def _asked(values: Values) -> str:
    return "@files" if values.are_files else f"@{values.asked}" if values.asked else ""


def _write_values(tree: TreeDoc) -> str:
    lines = [
        "# Set `__cbrctl_found` to the values of the option $argv[2] of the command $argv[1], or what it takes behind the first",
        "# argument $argv[2].",
        "function __cbrctl_values",
        "    set -g __cbrctl_found",
        '    switch "$argv"',
    ]
    for command in tree.commands:
        path = " ".join(command.path)
        lines += _cases(path, [o for o in command.options if o.group not in SHARED])
        for word, values in command.after.items():
            lines += [f"        case '{path} {word}'", f"            set __cbrctl_found {_found(values)}"]
    for group in SHARED:
        lines += _cases("*", tree.shared(group))
    return "\n".join([*lines, "    end", "end", ""])


def _cases(path: str, options: Iterable[OptionDoc]) -> list[str]:
    lines = []
    for option in options:
        words = _asked(option.values) or " ".join(option.values.choices)
        if words:
            heads = " ".join(_quote(f"{path} {name}") for name in option.names)
            lines += [f"        case {heads}", f"            set __cbrctl_found {words}"]
    return lines


def _write_words(tree: TreeDoc) -> str:
    """Return the fixed words of arguments, with their descriptions; no command has two such arguments."""
    lines = [
        "# Set `__cbrctl_found` to the words that the argument of a command may be.",
        "function __cbrctl_words",
        "    set -g __cbrctl_found",
        '    switch "$argv"',
    ]
    for command in tree.commands:
        for argument in command.arguments:
            if argument.values.choices:
                found = _found(argument.values, argument.help)
                lines += [f"        case {_quote(' '.join(command.path))}", f"            set __cbrctl_found {found}"]
    return "\n".join([*lines, "    end", "end", ""])


def _found(values: Values, meaning: str = "") -> str:
    """Return what a place takes; fixed words with what each is, or all of them."""
    meanings = values.meanings or (meaning,) * len(values.choices)
    return _asked(values) or " ".join(_word(*pair) for pair in zip(values.choices, meanings, strict=True))


def _described(options: Iterable[OptionDoc]) -> str:
    return " ".join(_word(name, option.help) for option in options for name in option.names)


def _word(word: str, description: str) -> str:
    return f"{word}\\t{_quote(description)}"


def _quote(words: str) -> str:
    return "'" + words.replace("\\", "\\\\").replace("'", "\\'") + "'"
