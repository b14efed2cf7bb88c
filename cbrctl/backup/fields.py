"""What a user can set of a backup, a row a field: option, help, request, check and schema are made of it.

Digest and comparison of two requests take all that is sent (marker.py), so a field is a part of them by being here. The
practice cloud keeps a list of its own, on purpose.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cbrctl.backup.marker import LONGEST_DESCRIPTION, LONGEST_MARKED
from cbrctl.errors import UsageError
from cbrctl.ids import parse_id
from cbrctl.phrases import Phrase, list_names

Choice = Mapping[str, Any]
"""What was chosen, by the names of the fields. What is not in it is not sent: the service decides."""

LONGEST_NAME = 64
LONGEST_RETENTION = 36500
"""Days."""
_NAME = rf"[\u4e00-\u9fa5\uf900-\ufa2d0-9A-Za-z_-]{{1,{LONGEST_NAME}}}\Z"


def _as_it_is(value: Any, choice: Choice, marked: bool) -> Any:
    return value


class Field(NamedTuple):
    """One thing that can be set."""

    name: str
    """The option's, with dashes: `retention_days` is --retention-days."""
    sent_as: str
    """What it is called under `parameters` (API page, table 4)."""
    help: str
    schema: Mapping[str, Any]
    """JSON Schema of what is sent. A boolean is set by a flag, everything else has a value; an `enum` is a list."""
    metavar: str = ""
    """What stands for the value in help; not needed where the schema has an `enum`, whose values stand there."""
    contrary: tuple[str, str] | None = None
    """The flag that sends false, and its help."""
    rare: bool = False
    """Whether help only names it."""
    check: Callable[[Any, Choice, bool], Any] = _as_it_is
    """Return the value as it is sent. It is given the whole choice, and whether a marker is sent. Raises UsageError."""


def _check_name(name: str, choice: Choice, marked: bool) -> str:
    if not re.match(_NAME, name):
        raise UsageError("bad-name", name=name)
    return name


def _check_description(description: str, choice: Choice, marked: bool) -> str:
    length = len(description)
    if length > LONGEST_DESCRIPTION:
        raise UsageError("long-description", length=length)
    # beside a name the marker takes its room from here
    if marked and "name" in choice and length > LONGEST_MARKED:
        raise UsageError("long-marked-description", length=length)
    if "<" in description or ">" in description:
        raise UsageError("bad-description")
    return description


def _check_retention(days: int, choice: Choice, marked: bool) -> int:
    if days != -1 and not 1 <= days <= LONGEST_RETENTION:
        raise UsageError("bad-retention", days=days)
    if choice.get("auto_trigger"):
        raise UsageError("retention-with-auto-trigger")
    return days


def _check_policy(text: str, choice: Choice, marked: bool) -> str:
    policy_id = parse_id(text)
    if policy_id is None:
        raise UsageError("bad-id", value=text, thing="policy", command=Phrase("the console"))
    if not choice.get("auto_trigger"):
        raise UsageError("policy-without-auto-trigger")
    return policy_id


FIELDS = (
    Field(
        "incremental",
        "incremental",
        "Only what changed since the last one.",
        {"description": "Incremental (true) or full (false).", "type": "boolean"},
        contrary=("full", "All of it. With neither, the service decides."),
    ),
    Field(
        "name",
        "name",
        "Name of the backup (default cbrctl-OPID). With one, a backup that failed at once is harder to find again.",
        {"description": "Name of the backup.", "type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
        "NAME",
        check=_check_name,
    ),
    Field(
        "description",
        "description",
        "Description of the backup.",
        {"description": "Description of the backup.", "type": "string", "maxLength": LONGEST_DESCRIPTION},
        "TEXT",
        check=_check_description,
    ),
    Field(
        "auto_trigger",
        "auto_trigger",
        "Mark it as an automatic backup.",
        {"description": "Whether it is marked as an automatic backup.", "type": "boolean"},
        contrary=("no_auto_trigger", "Mark it as a manual one."),
        rare=True,
    ),
    Field(
        "retention_days",
        "retention_duration_days",
        "Keep it 1 to 36500 days, -1 for ever. Newer clouds only.",
        {
            "description": "Days to keep it: 1 to 36500, or -1 for ever.",
            "type": "integer",
            "anyOf": [{"const": -1}, {"minimum": 1, "maximum": LONGEST_RETENTION}],
        },
        "N",
        check=_check_retention,
    ),
    Field(
        "policy_id",
        "policy_id",
        "Policy of an automatic backup. Newer clouds only.",
        {"description": "Policy of an automatic backup.", "$ref": "#/$defs/id"},
        "ID",
        rare=True,
        check=_check_policy,
    ),
)


def _check_known(field: Field, value: Any) -> None:
    """Refuse what is none of a field's fixed values, where it has some."""
    known = field.schema.get("enum", [value])
    if value not in known:
        reason = Phrase("It is one of {names}.", names=list_names(known))
        option = f"--{field.name.replace('_', '-')}"
        raise UsageError("bad-value", option=option, value=value, reason=reason, help="cbrctl backup --help")


def check_choice(given: Choice, *, marked: bool) -> Choice:
    """Return what was chosen as it is sent; None is no choice. Raises UsageError for what the service would refuse.

    `marked` says that a marker is to be sent, which takes its room from the description of a named backup.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    for field in FIELDS:
        if field.name in chosen:
            _check_known(field, chosen[field.name])
    return {f.name: f.check(chosen[f.name], chosen, marked) for f in FIELDS if f.name in chosen}


def name_fields(choice: Choice) -> dict[str, Any]:
    """Return the values by the names under which they are sent."""
    return {f.sent_as: choice[f.name] for f in sorted(FIELDS, key=lambda f: f.sent_as) if f.name in choice}
