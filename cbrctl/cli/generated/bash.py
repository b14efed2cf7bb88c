"""The completion script of bash: tables as `case` statements, and a fixed part that reads the line."""

from collections.abc import Iterable

from cbrctl.cli.generated.outline import SHARED, CommandDoc, GroupDoc, OptionDoc, TreeDoc, short_and_long

_HEAD = """\
# bash completion of cbrctl @VERSION@
# Generated from the command tree by `python -m cbrctl.cli.generated`: changes made here are lost.
# It starts no program while you type. Bash 3.2, which macOS has, reads it too.
"""

_MAIN = """\
# Offer those of the words $1 that begin like the current one.
_cbrctl_offer() {
    local word
    for word in $1; do
        [[ $word == "$cur"* ]] && COMPREPLY+=("$prefix$word")
    done
}

# Set `option` to the option that the word $1 leaves without its value, like -o of -qo; to nothing where it has none.
_cbrctl_open_option() {
    local letters=${1#-}
    option=$1
    if [[ $1 == -[!-]* ]]; then
        while option=-${letters:0:1} && [[ ${#letters} -gt 1 ]]; do
            [[ " $valued " == *" $option "* ]] && break
            letters=${letters:1}
        done
        [[ ${#letters} -gt 1 ]] && option=''
    fi
    [[ -n $option && " $valued " == *" $option "* ]] || option=''
}

# Complete another program's command line, which begins at word $1.
_cbrctl_command() {
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$1"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif [[ $COMP_CWORD -gt $1 && ${COMP_WORDS[$1]} == cbrctl ]]; then
        _cbrctl_from "$1"
    else
        local kind=-f word
        [[ $COMP_CWORD -eq $1 ]] && kind=-c
        compopt -o filenames 2>/dev/null
        while IFS= read -r word; do
            COMPREPLY+=("$word")
        done < <(compgen $kind -- "${COMP_WORDS[COMP_CWORD]}")
    fi
}

# Complete the command line of cbrctl, which begins at word $1.
_cbrctl_from() {
    local i word path='' members flags valued arguments done_by values files='' option=''
    local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} prefix=''
    _cbrctl_takes ''
    for ((i = $1 + 1; i < COMP_CWORD; i++)); do
        [[ -n $members ]] || break
        if [[ " $members " != *" ${COMP_WORDS[i]} "* ]]; then
            # a command that has members too: what follows is its own
            [[ -n $valued ]] || return
            members=''
            break
        fi
        path="${path:+$path }${COMP_WORDS[i]}"
        _cbrctl_takes "$path"
    done
    for (( ; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == -- ]]; then
            [[ $arguments == -- ]] && _cbrctl_command $((i + 1))
            return
        fi
        [[ -n $done_by && " $done_by " == *" $word "* ]] && arguments=''
    done
    # `=` is a word of its own unless COMP_WORDBREAKS was changed
    if [[ $cur == = ]]; then
        cur=''
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    elif [[ $cur == --*=* ]]; then
        before=${cur%%=*} prefix=${cur%%=*}= cur=${cur#*=}
    fi
    _cbrctl_open_option "$before"
    if [[ -n $option ]]; then
        _cbrctl_values "$path" "$option"
        _cbrctl_offer "$values"
    else
        # options unasked only where no word must come first
        if [[ $cur == -* || ( -z $arguments && ( -z $members || -n $valued ) ) ]]; then
            _cbrctl_offer "$flags $valued"
        fi
        _cbrctl_offer "$members $arguments"
    fi
    if [[ -n $files ]]; then
        compopt -o filenames 2>/dev/null
        while IFS= read -r word; do
            COMPREPLY+=("$prefix$word")
        done < <(compgen -f -- "$cur")
    fi
}

_cbrctl() {
    local IFS=$' \\t\\n'
    COMPREPLY=()
    _cbrctl_from 0
}

complete -F _cbrctl cbrctl
"""


def write_bash(tree: TreeDoc) -> str:
    """Return the script of bash."""
    parts = [_HEAD.replace("@VERSION@", tree.version), _write_takes(tree), _write_values(tree), _MAIN]
    return "\n".join(parts)


def _write_takes(tree: TreeDoc) -> str:
    lines = [
        "# Set what may follow the command $1: members, or flags, options with a value, and an argument's words.",
        "# `done_by` are the words after which no more arguments are offered.",
        "_cbrctl_takes() {",
    ]
    for group in SHARED:
        for valued in (False, True):
            names = short_and_long(tree.shared(group), valued=valued)
            lines.append(f"    local {_variable(group, valued)}='{' '.join(names)}'")
    lines += ["    members='' flags='' valued='' arguments='' done_by=''", "    case $1 in"]
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
        words = [word for a in command.arguments for word in (("--",) if a.is_command else a.choices)]
        # a blank: there is an argument, and its words are not known
        lines.append(f"arguments='{' '.join(words) or ' '}'")
        if words and not any(a.many for a in command.arguments):
            lines.append(f"done_by='{' '.join(words)}'")
    return lines


def _write_values(tree: TreeDoc) -> str:
    lines = [
        "# Set the values of the option $2 of the command $1, or `files` where it takes one.",
        "_cbrctl_values() {",
        "    values=''",
        '    case "$1 $2" in',
    ]
    for group in SHARED:
        lines += _arms("*' {}'", tree.shared(group))
    for command in tree.commands:
        lines += _arms(f"'{' '.join(command.path)} {{}}'", tree.split(command)[0])
    return "\n".join([*lines, "    esac", "}", ""])


def _arms(pattern: str, options: Iterable[OptionDoc]) -> list[str]:
    lines = []
    for option in options:
        if option.choices or option.takes_file:
            found = " | ".join(pattern.format(name) for name in option.names)
            what = f"values='{' '.join(option.choices)}'" if option.choices else "files=1"
            lines.append(f"        {found}) {what} ;;")
    return lines


def _variable(group: str, valued: bool) -> str:
    return f"{group.lower()}_{'valued' if valued else 'flags'}"
