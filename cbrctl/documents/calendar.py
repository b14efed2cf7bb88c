"""Which resource has a good copy of which day."""

from typing import Annotated, NotRequired, TypedDict

from cbrctl.documents.backups import ErrorJson
from cbrctl.documents.check import CheckedResourceJson
from cbrctl.documents.service import VaultNameJson
from cbrctl.documents.values import FILLED, ExitCode, Id, Time

_DAY = {"format": "date"}
_COUNT = {"minimum": 0}


class DayJson(TypedDict):
    """A day of a resource, in UTC."""

    date: Annotated[str, "The day.", _DAY]
    state: Annotated[
        str,
        "good: a copy that was begun on it is available; partial: one is, and another backup failed or was skipped; failed: "
        "none is, and a backup failed or was skipped; running: none is yet; none: there is nothing; unknown: the lists could "
        "not tell. A later version may say others.",
        FILLED,
    ]
    copy_id: Annotated[Id | None, "Its newest good copy; null where there is none, and where none is known."]
    size_gb: Annotated[int | None, "The resource's size in GB, as that copy has it."]
    duration_seconds: Annotated[
        int | None,
        "Seconds from its beginning to its last change, which is its end where nothing was done with it.",
        _COUNT,
    ]


class DatedCopyJson(TypedDict):
    """The newest good copy of a resource."""

    id: Annotated[Id, "The copy's id."]
    created_at: Annotated[Time | None, "When it was begun, to the second; null where that cannot be read."]
    incremental: Annotated[bool | None, "Incremental (true) or full (false)."]
    size_gb: Annotated[int | None, "The resource's size in GB, as it was then."]
    duration_seconds: Annotated[
        int | None,
        "Seconds from its beginning to its last change, which is its end where nothing was done with it.",
        _COUNT,
    ]


class CalendarLineJson(TypedDict):
    """A protected resource, and its days."""

    vault: Annotated[VaultNameJson, "The vault that protects it."]
    resource: Annotated[CheckedResourceJson, "The resource."]
    need: Annotated[
        str | None,
        "Why a person should look: none (it has no good copy), failed (a backup failed or was skipped since the newest), "
        "late (its pause is longer than any between its copies), unknown (the lists could not tell); null where nothing "
        "asks for one. A later version may say others.",
        FILLED,
    ]
    newest: Annotated[
        DatedCopyJson | None,
        "Its newest good copy, of these days or from before; null where there is none, and where that is not known.",
    ]
    age_seconds: Annotated[
        int | None, "Seconds from the beginning of that copy to `reported_at`; null where that is not known.", _COUNT
    ]
    days: Annotated[list[DayJson], "Its days, the last of which is that of `reported_at`."]


class CalendarHeadJson(TypedDict):
    """What is said of all of them."""

    exit_code: Annotated[ExitCode, "The exit code: 0 where every day is known; else 7, 8 or 12, as `error` says."]
    first_day: Annotated[str, "The first of the days, in UTC.", _DAY]
    last_day: Annotated[str, "The last of them.", _DAY]
    reported_at: Annotated[Time, "When the copies were read, by the service's clock: what ages are counted to."]
    warnings: NotRequired[Annotated[list[str], "What to know beside it, in English."]]
    error: Annotated[ErrorJson | None, "Why some days are not known; null exactly where the exit code is 0."]


class CalendarJson(CalendarHeadJson):
    """Which resource has a good copy of which day."""

    items: Annotated[
        list[CalendarLineJson],
        "The protected resources, grouped by vault, those that need a person first; none for an empty shard.",
    ]
