"""The completion script of fish: one `complete` a word or option, with descriptions."""

from cbrctl.cli.generated.outline import SHARED, ArgumentDoc, CommandDoc, GroupDoc, OptionDoc, TreeDoc, short_and_long

_HEAD = """\
# fish completion of cbrctl @VERSION@
# Generated from the command tree by `python -m cbrctl.cli.generated`: changes made here are lost.
# It starts no program while you type.

# Options with a value.
set -g __cbrctl_valued @VALUED@

# Whether the words after cbrctl are these and no more.
function __cbrctl_is
    set -l words (commandline -opc)
    test (count $words) -eq (math (count $argv) + 1); and __cbrctl_in $argv
end

# Whether the words after cbrctl begin with these, none is `--`, and no value like `-` is being written.
function __cbrctl_in
    set -l words (commandline -opc)
    contains -- -- $words; and return 1
    contains -- $words[-1] $__cbrctl_valued; and string match -q -- '-*' (commandline -ct); and return 1
    set -l last (math (count $argv) + 1)
    test (count $argv) -eq 0; or test "$words[2..$last]" = "$argv"
end

# Whether one of these words was given.
function __cbrctl_given
    for word in (commandline -opc)
        contains -- $word $argv; and return 0
    end
    return 1
end

# Complete the command line of another program, after `--`.
function __cbrctl_command
    set -l words (commandline -opc)
    set -l at (contains -i -- -- $words); or return
    set -e words[1..$at]
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end

complete -c cbrctl -f
"""


def write_fish(tree: TreeDoc) -> str:
    """Return the script of fish."""
    valued = sorted({name for c in tree.commands for name in short_and_long(c.options, valued=True)})
    parts = [_HEAD.replace("@VERSION@", tree.version).replace("@VALUED@", " ".join(valued))]
    parts += [_write_shared(tree, group) for group in SHARED]
    parts += [_write_group(group) for group in tree.groups]
    parts += [_write_command(tree, command) for command in tree.commands]
    return "\n".join(parts)


def _write_shared(tree: TreeDoc, group: str) -> str:
    """Return the common options of one group, for all commands that take it whole."""
    users = [f"__cbrctl_in {' '.join(c.path)}" for c in tree.commands if group in tree.split(c)[1]]
    function = f"__cbrctl_{group.lower()}"
    lines = [f"# {group} options", f"function {function}", "    " + "\n    or ".join(users), "end"]
    lines += [_option(function, option) for option in tree.shared(group)]
    return "\n".join([*lines, ""])


def _write_group(group: GroupDoc) -> str:
    words = " ".join(group.path)
    here = f"__cbrctl_is {words}".rstrip()
    lines = [f"# cbrctl {words}".rstrip()]
    lines += [_word(here, name, summary) for name, summary in group.members]
    lines += [_option(here, option) for option in group.options]
    return "\n".join([*lines, ""])


def _write_command(tree: TreeDoc, command: CommandDoc) -> str:
    words = " ".join(command.path)
    members = [name for group in tree.groups if group.path == command.path for name, _ in group.members]
    here = "; and not ".join(f"__cbrctl_in {' '.join((words, *name))}" for name in [(), *([m] for m in members)])
    lines = [f"# cbrctl {words}"]
    for argument in command.arguments:
        lines += _argument(words, here, argument)
    lines += [_option(here, option) for option in tree.split(command)[0]]
    return "\n".join([*lines, ""])


def _argument(words: str, here: str, argument: ArgumentDoc) -> list[str]:
    if argument.is_command:
        after = f"contains -- -- (commandline -opc); and string match -q -- 'cbrctl {words} *' (commandline -cp)"
        return [
            _word(here, "--", argument.help),
            f"complete -c cbrctl -n {_quote(after)} -a '(__cbrctl_command)'",
        ]
    given = f"; and not __cbrctl_given {' '.join(argument.choices)}"
    return [_word(here + ("" if argument.many else given), choice, argument.help) for choice in argument.choices]


def _word(condition: str, word: str, description: str) -> str:
    return f"complete -c cbrctl -n {_quote(condition)} -a {_quote(word)} -d {_quote(description)}"


def _option(condition: str, option: OptionDoc) -> str:
    names = " ".join(f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}" for n in option.names)
    value = ""
    if option.choices:
        value = f" -x -a {_quote(' '.join(option.choices))}"
    elif option.metavar:
        value = " -r -F" if option.takes_file else " -x"
    return f"complete -c cbrctl -n {_quote(condition)} {names}{value} -d {_quote(option.help)}"


def _quote(words: str) -> str:
    return "'" + words.replace("\\", "\\\\").replace("'", "\\'") + "'"
