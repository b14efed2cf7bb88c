"""Which values an option or an argument takes: fixed ones, which the scripts hold, or a kind that `cbrctl __complete` knows.

It goes by what stands for the value in the help: whatever takes a VAULT is completed, in each command that there is or will be.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from cbrctl.api.results import COPY_STATUSES, TASK_STATUSES, TASK_TYPES
from cbrctl.config.profiles import CHOICES, FILES, KEYS
from cbrctl.config.regions import KNOWN
from cbrctl.documents.published import DOCUMENTS
from cbrctl.errors import KINDS, SIGNALS
from cbrctl.messages.explanations import list_exit_codes, read_explanations, shorten

_ALTERNATIVES = re.compile(r"[a-z][\w-]*(\|[\w-]+)*")
_FILES = re.compile(r"(FILE|PATH|DIR|FOLDER)\b")


class Values(NamedTuple):
    """What may stand in the place of a value."""

    choices: tuple[str, ...] = ()
    """All that there are, where they are fixed."""
    meanings: tuple[str, ...] = ()
    """What each of them is, where that is known."""
    asked: str = ""
    """The kind that is asked for."""
    are_files: bool = False


def explain_words(meanings: Mapping[str, str]) -> Values:
    """Return fixed values, each with what it is."""
    return Values(tuple(meanings), tuple(meanings.values()))


def _explain_codes() -> Values:
    """Return what `cbrctl explain` takes, as one types it; the exit codes are behind `exit`, or known by their names."""
    entries = [entry.told(str) for name, entry in read_explanations().items() if not name.startswith("exit ")]
    found = {name: kind.message for name, kind in KINDS.items()}
    found |= {shorten(entry.code): entry.why or entry.what for entry in entries}
    return explain_words({"exit": "An exit code."} | found)


def _explain_exit_codes() -> Values:
    found: dict[str, str] = {}
    for entry in list_exit_codes():
        codes = SIGNALS if entry.exit_code is None else (entry.exit_code,)
        found.update((str(code), entry.told(str).what) for code in codes)
    return explain_words(found)


_KINDS = {
    "VAULT": "vaults",
    "RESOURCE": "resources",
    "KEY=VALUE": "tags",
    "CHECKPOINT_ID": "checkpoints",
    "OP_ID": "ops",
}
_OF_OPTIONS = {"--profile": Values(asked="profiles")}
_OF_COMMANDS: Mapping[tuple[str, str], Values] = MappingProxyType(
    {
        ("copy", "ID"): Values(asked="copies"),
        ("copy", "STATUS"): Values(COPY_STATUSES),
        ("task", "ID"): Values(asked="tasks"),
        ("task", "STATUS"): Values(TASK_STATUSES),
        ("task", "TYPE"): Values(TASK_TYPES),
        ("config", "KEY"): explain_words(KEYS),
        ("explain", "CODE"): _explain_codes(),
        ("schema", "NAME"): explain_words({name: document.title for name, document in sorted(DOCUMENTS.items())}),
    }
)
"""By the first word of the command, and what stands for the value."""
AFTER: Mapping[tuple[str, ...], Mapping[str, Values]] = MappingProxyType(
    {
        ("config", "set"): {
            "region": Values(KNOWN),
            "vault": Values(asked="vaults"),
            **{key: Values(choices) for key, choices in CHOICES.items()},
            **dict.fromkeys(FILES, Values(are_files=True)),
        },
        ("explain",): {"exit": _explain_exit_codes()},
    }
)
"""By the command, and its first argument: what the second one takes then."""


def find_values(path: tuple[str, ...], names: tuple[str, ...], metavar: str | None) -> Values:
    """Return what an option of these names takes, or without names an argument; nothing fixed where nothing is known."""
    plain = (metavar or "").strip("[]").removesuffix("...")
    of_option = next((_OF_OPTIONS[name] for name in names if name in _OF_OPTIONS), None)
    if of_option or (path[:1] and (path[0], plain) in _OF_COMMANDS and (not names or plain != "ID")):
        return of_option or _OF_COMMANDS[path[0], plain]
    if plain == "REGION":
        return Values(KNOWN)
    if plain in _KINDS:
        return Values(asked=_KINDS[plain])
    # `fail|ignore` lists them; what stands in capitals stands for a value
    choices = tuple(plain.split("|")) if _ALTERNATIVES.fullmatch(plain) else ()
    return Values(choices, are_files=bool(_FILES.match(plain)))
