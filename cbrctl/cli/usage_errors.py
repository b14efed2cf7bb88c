"""What is wrong with a command line: the parser's complaints in our words, with the line that may have been meant."""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from typer.core import TyperGroup, TyperOption

from cbrctl.cli.click_parts import ClickException, MissingParameter, NoSuchOption
from cbrctl.cli.foreign_words import reword
from cbrctl.cli.shared_options import CONNECTION, DISPLAY, Unusable
from cbrctl.config.regions import mask_address, mask_proxy
from cbrctl.errors import CbrctlError, UsageError
from cbrctl.phrases import Phrase, list_names


def name_param(param: Any) -> str:
    """Return the name of an option or an argument as people write it."""
    return max(param.opts, key=len) if isinstance(param, TyperOption) else str(param.metavar or param.name)


def refuse(error: ClickException, argv: Sequence[str], leaves: Mapping[str, Any]) -> UsageError:
    """Return the parser's complaint as ours, with the help of the command it belongs to."""
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx else " ".join(["cbrctl", *_find_command(argv, leaves)])
    where = f"{path} --help"
    if isinstance(error, NoSuchOption):
        from cbrctl.config.profiles import is_secret

        if is_secret(error.option_name.strip("-")):  # what stands behind it is not repeated
            return UsageError("secret-option", option=error.option_name)
        line = _move_option(argv, leaves) if ctx is not None and isinstance(ctx.command, TyperGroup) else None
        if line:
            return UsageError("option-before-command", option=error.option_name, line=line)
        near = list_names(_find_nearest(error.possibilities or (), error.option_name))
        return UsageError(
            "no-such-option-near" if near else "no-such-option", option=error.option_name, near=near, help=where
        )
    if isinstance(error, MissingParameter) and error.param is not None:
        return UsageError("missing", what=name_param(error.param), help=where)
    if isinstance(error, typer.BadParameter) and error.param is not None:
        return _refuse_value(error, name_param(error.param), where)
    command = _find_command(argv, leaves)
    if command and "help" in (*argv[len(command) : len(command) + 1], argv[-1]):
        return UsageError("command-meant", word=" ".join([*command, "help"]), line=where)
    meant = _find_meant(argv, leaves)
    if meant and meant[1]:
        return UsageError(meant[0], word=meant[1], line=meant[2])
    return UsageError("usage", problem=_tell_problem(error), help=where)


_NUMBER = re.compile(
    r"'(?P<word>.*)' is not a valid int(?:eger)?(?: range)?\.|(?P<number>.*) is not in the range [^ ]*\.", re.DOTALL
)
"""What the parser says of a value that is no number, or not one of those that an option takes."""


def _refuse_value(error: typer.BadParameter, option: str, where: str) -> UsageError:
    """Return what is wrong with an option's value: what was given, and what is accepted."""
    found = _NUMBER.fullmatch(error.message)
    value = error.value if isinstance(error, Unusable) else found and (found["word"] or found["number"] or "")
    if value is None:
        return UsageError("bad-option", option=option, reason=reword(error.message), help=where)
    if not value:
        return UsageError("empty-value", option=option)
    reason = _tell_range(error.param) if found else error.message
    return UsageError("bad-value", option=option, value=value, reason=reason, help=where)


def _tell_range(param: Any) -> str:
    """Return which numbers an option takes."""
    least, most = (getattr(param.type, name, None) for name in ("min", "max"))
    if least is None:
        return Phrase("It is a whole number.")
    if most is None:
        return Phrase("It is a whole number, at least {least}.", least=least)
    return Phrase("It is a whole number from {least} to {most}.", least=least, most=most)


def _tell_problem(error: ClickException) -> str:
    words = error.format_message()
    return reword(words if words.endswith((".", "?")) else f"{words}.")


_NEAR, _SAME = 0.6, 0.02
"""How like an option must be to what was typed, for a guess; and up to what difference two are equally like it."""


def _find_nearest(options: Sequence[str], meant: str) -> list[str]:
    """Return the option that is most like what was typed, two that are equally like it, or none where none is near."""
    from difflib import SequenceMatcher

    # without the dashes, which all have: for them the parser takes --color to be near --foo
    near = {one: SequenceMatcher(None, one.lstrip("-"), meant.lstrip("-")).ratio() for one in options}
    best = max(near.values(), default=0)
    return sorted(one for one, ratio in near.items() if ratio >= best - _SAME and ratio >= _NEAR)[:2]


def hide_addresses(error: CbrctlError, argv: Sequence[str]) -> None:
    """Take out of an error what stands beside the hosts of the addresses on the line: a secret may, wherever it was typed."""
    for address in sorted({_address_in(word) for word in argv} - {""}, key=len, reverse=True):
        for name, value in error.values.items():
            if isinstance(value, str) and address in value:
                error.values[name] = value.replace(address, mask_address(address))
        if address in error.note:
            error.note = error.note.replace(address, mask_address(address))


def refuse_option_as_value(args: Sequence[str], params: Sequence[Any]) -> None:
    """Refuse an option whose value, in a word of its own, begins with `--`: it is rather an unset variable. UsageError."""
    taking = {opt: p for p in params if isinstance(p, TyperOption) and not (p.is_flag or p.count) for opt in p.opts}
    rest = iter(args)
    for word in rest:
        if word == "--":
            return
        if word in taking:
            value = next(rest, "")
            if value.startswith("--"):
                # behind a short one the = would be part of the value
                raise UsageError(
                    "option-as-value", option=word, long=name_param(taking[word]), value=value.partition("=")[0]
                )


def refuse_word(word: str, path: str, args: Sequence[str], members: Sequence[str]) -> UsageError:
    """Return what is wrong with a word behind a command that has members: one stands behind options, or it is none."""
    if not word:
        return UsageError("empty-value", option=Phrase("An argument"))
    if word == "help":
        return UsageError("command-meant", word=" ".join([*path.split()[1:], word]), line=f"{path} --help")
    if word not in members:
        return UsageError("no-such-member", path=path, word=word, known=list_names(members), help=f"{path} --help")
    rest = list(args)
    rest.remove(word)
    line = _write_line([*path.split(), word, *rest])
    return UsageError("option-before-command", option=args[0].partition("=")[0], line=line)


_MEANT = {
    "version": "cbrctl --version",
    "login": "cbrctl auth login",
    "logout": "cbrctl auth logout",
    "whoami": "cbrctl auth status",
    "status": "cbrctl task list --status running",
    "list": "cbrctl vault list",
    "ls": "cbrctl vault list",
    "vaults": "cbrctl vault list",
    "backups": "cbrctl copy list",
    "copies": "cbrctl copy list",
    "tasks": "cbrctl task list",
    "run": "cbrctl backup",
    "start": "cbrctl backup",
    "create": "cbrctl backup",
    "vault get": "cbrctl vault show",
    "vault ls": "cbrctl vault list",
    "vault describe": "cbrctl vault show",
    "copy get": "cbrctl copy show",
    "copy ls": "cbrctl copy list",
    "task get": "cbrctl task show",
    "task ls": "cbrctl task list",
    "checkpoint list": "cbrctl copy list",
    "checkpoint ls": "cbrctl copy list",
    "checkpoint get": "cbrctl checkpoint show",
    "history list": "cbrctl history",
    "config show": "cbrctl config list",
    "auth check": "cbrctl auth status --check",
    "backup create": "cbrctl backup",
    "backup list": "cbrctl copy list",
}
"""What people of other tools type, and how it is called here."""
_ADDRESSES = {"--endpoint": mask_address, "--iam-endpoint": mask_address, "--proxy": mask_proxy}
"""Options whose value is an address, known here or not, and how it is shown."""
_OPTIONS = {"backup": "--vault", "copy list": "--vault", "task list": "--vault"}
"""Where a bare word is taken for the value of an option."""


def _find_meant(argv: Sequence[str], leaves: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Return an entry of the catalogue, the word that is wrong, and the line that may have been meant."""
    words = [word for word in argv if not word.startswith("-")]
    for count in (2, 1):
        line = _MEANT.get(" ".join(words[:count]))
        if line and len(words) >= count and list(argv[:count]) == words[:count]:
            meant = _join(line.split()[1:], list(argv[count:]), leaves)
            return "command-meant", " ".join(words[:count]), _write_line(["cbrctl", *meant])
    for command, option in _OPTIONS.items():
        size = len(command.split())
        if list(argv[:size]) == command.split() and len(argv) > size and not argv[size].startswith("-"):
            return "argument-meant", argv[size], _write_line(["cbrctl", *argv[:size], option, *argv[size:]])
    return None


def _join(meant: list[str], rest: list[str], leaves: Mapping[str, Any]) -> list[str]:
    """Return the words of a command with what stood behind, whose first word may say it again or better: `backups show`."""
    noun, word = meant[0], rest[0] if rest else ""
    members = leaves.get(noun)
    if f"{noun} {word}" in _MEANT:
        return [*_MEANT[f"{noun} {word}"].split()[1:], *rest[1:]]
    if word and isinstance(members, dict) and word in members:
        return [noun, *rest]
    if meant[-1] == "list" and word in _MEANT:  # list backups
        return [*_MEANT[word].split()[1:], *rest[1:]]
    if meant[-1] == "list" and "list" in (leaves.get(word) or ()):  # list vault
        return [word, "list", *rest[1:]]
    return [*meant, *(rest[1:] if word == meant[-1] else rest)]


def _find_command(argv: Sequence[str], leaves: Any) -> list[str]:
    """Return the words of the command that a line begins with, for an error that does not know it."""
    words: list[str] = []
    for word in argv:
        if not isinstance(leaves, dict) or not word or word not in leaves:
            break
        words.append(word)
        leaves = leaves[word]
    return words


def _move_option(argv: Sequence[str], leaves: Any) -> str | None:
    """Return the command line with the options behind the subcommand, where they stood before it."""
    words: list[str] = []
    early: list[str] = []
    rest = list(argv)
    while rest and isinstance(leaves, dict):
        word = rest.pop(0)
        if (
            word
            and word in leaves
            and not (early and early[-1].startswith("-") and "=" not in early[-1] and _takes_value(early[-1]))
        ):
            words.append(word)
            leaves = leaves[word]
        else:
            early.append(word)
    runs = not isinstance(leaves, dict) or "" in leaves
    return _write_line(["cbrctl", *words, *early, *rest]) if runs and early else None


def _write_line(words: Sequence[str]) -> str:
    """Return a command line as a shell takes it, without what may be a secret: behind an option, or in an address."""
    from cbrctl.config.profiles import is_secret

    shown: list[str] = []
    for before, word in zip(["", *words], words, strict=False):
        name, mark, value = word.partition("=")
        if before.startswith("-") and is_secret(before.strip("-")) and not word.startswith("-"):
            shown.append("***")
        elif mark and word.startswith("-") and is_secret(name.strip("-")):
            shown.append(f"{name}=***")
        elif before in _ADDRESSES:
            shown.append(_ADDRESSES[before](word))
        elif mark and name in _ADDRESSES:
            shown.append(f"{name}={_ADDRESSES[name](value)}")
        else:
            address = _address_in(word)
            shown.append(word.replace(address, mask_address(address)) if address else word)
    return shlex.join(shown).replace("'***'", "***")


def _address_in(word: str) -> str:
    """Return the address that a word of the line is, or that stands behind its `=`; nothing where there is none."""
    address = word.partition("=")[2] if word.startswith("-") else word
    return address if "://" in address else ""


def _takes_value(word: str) -> bool:
    """Whether a word is a common option that is followed by its value, which may be named like a command."""
    return any(word in option.opts and option.metavar for option in DISPLAY + CONNECTION)
