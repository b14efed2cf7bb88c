"""Values that stand in many documents, each with what its schema says of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any


@dataclass(frozen=True, eq=False)  # one that may be null is a union, whose members must have a hash
class Definition:
    """What a schema says once of a value, under a name in its `$defs`."""

    name: str
    text: str
    keywords: Mapping[str, Any]
    """What its schema says beside the type."""


FILLED = MappingProxyType({"minLength": 1})
"""Of a text that is not empty."""

Id = Annotated[
    str,
    Definition(
        "id",
        "An id of the service: a UUID, or 32 hexadecimal digits, in lower case.",
        {"pattern": "^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32})$"},
    ),
]
ResourceId = Annotated[
    str,
    Definition(
        "resource_id",
        "A resource's id: text of the service without blanks and control characters.",
        {"minLength": 1, "not": {"type": "string", "pattern": r"[\s\u0000-\u001f\u007f-\u009f]"}},
    ),
]
OpId = Annotated[
    str,
    Definition(
        "op_id",
        "The identity of one intended backup: 26 digits of Crockford's base 32.",
        {"pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"},
    ),
]
Time = Annotated[
    str,
    Definition(
        "time",
        "A moment: RFC 3339 in UTC, with Z.",
        {
            "format": "date-time",
            "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
            r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?Z$",
        },
    ),
]
Outcome = Annotated[str, Definition("outcome", "How it ended: {outcomes}. A later version may say others.", FILLED)]
ExitCode = Annotated[
    int,
    Definition(
        "exit_code",
        "The exit code, as the exit table of cbrctl has it. A code that is not listed there is a failure.",
        {"minimum": 0, "maximum": 255},
    ),
]
Sent = Annotated[str | None, {"enum": ("yes", "no", "unknown", None)}]
