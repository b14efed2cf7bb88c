"""What `cbrctl report` says, as data: the document, the lines for programs, the signs and the words for people."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from cbrctl.api.results import Mark
from cbrctl.backup.calendar import NEEDS, STATES, Days, Line, State, find_duration
from cbrctl.durations import show_duration, write_stamp
from cbrctl.errors import CbrctlError
from cbrctl.messages.language import tr
from cbrctl.screen.check_columns import show_age
from cbrctl.screen.columns import show_size
from cbrctl.screen.tables import Column, View, write_cell

if TYPE_CHECKING:
    from cbrctl.documents.calendar import CalendarHeadJson, CalendarLineJson, DatedCopyJson, DayJson


class Picture(NamedTuple):
    """A calendar as it is shown."""

    days: Days
    lines: Sequence[Line]


SIGNS: Mapping[State, str] = dict(zip(STATES, "■▲×►·?", strict=True))
"""A sign a state: each tells by its form, and is one cell wide in every font of a terminal."""
ASCII_SIGNS: Mapping[State, str] = dict(zip(STATES, "#%x>.?", strict=True))
WEEK = 7
BARS = "▁▂▃▄▅▆▇█"
ASCII_BARS = "12345678"


def state_words() -> Mapping[State, str]:
    """Return what each sign means."""
    return {
        "good": tr("good copy"),
        "partial": tr("good copy, and a backup that failed"),
        "failed": tr("failed"),
        "running": tr("running"),
        "none": tr("none"),
        "unknown": tr("not known"),
    }


def summarise(lines: Sequence[Line]) -> str:
    """Return how many resources need a person, and why."""
    counts = Counter(line.need for line in lines)
    words = {
        "none": tr("{count} without a good copy"),
        "failed": tr("{count} failed since the newest good copy"),
        "late": tr("{count} later than ever before"),
        "unknown": tr("{count} not known"),
    }
    reasons = [words[need].format(count=counts[need]) for need in NEEDS if need and counts[need]]
    if not reasons:
        return tr("No resource of {total} needs a look.").format(total=len(lines))
    needing = len(lines) - counts[None]
    told = tr("{count} of {total} resources need a look: {reasons}.")
    return told.format(count=needing, total=len(lines), reasons=tr(", ").join(reasons))


def show_newest(line: Line) -> tuple[str, str, str]:
    """Return age, size and duration of the newest good copy, for people."""
    if line.newest is None:
        return ("?" if line.need == "unknown" else tr("none")), "", ""
    took = find_duration(line.newest)
    return show_age(line.age), show_size(line.newest.size_gb), "" if took is None else show_duration(took)


def list_sizes(copies: Sequence[Mark | None]) -> list[float | None]:
    """Return the size of each day's newest good copy."""
    return [None if copy is None else copy.size_gb for copy in copies]


def list_durations(copies: Sequence[Mark | None]) -> list[float | None]:
    """Return how long each day's newest good copy took."""
    return list(map(find_duration, copies))


def write_ruler(dates: Sequence[date]) -> str:
    """Return what stands above the days: of each week that they hold the first day, above its own sign."""
    ruler = [" "] * len(dates)
    for place in range(len(dates) % WEEK, len(dates) - WEEK + 1, WEEK):
        ruler[place : place + 5] = f"{dates[place]:%m-%d}"
    return "".join(ruler)


# for programs ---------------------------------------------------------------------------------------------------------


def head_json(days: Days, error: CbrctlError | None) -> "CalendarHeadJson":
    """Return what the document says beside the resources."""
    from cbrctl.messages.error_text import describe

    return {
        "exit_code": error.exit_code if error else 0,
        "first_day": days.dates[0].isoformat(),
        "last_day": days.dates[-1].isoformat(),
        "reported_at": write_stamp(days.now),
        "error": describe(error) if error else None,
    }


def view_of(days: Days) -> View:
    """Return how the lines of a calendar are written."""
    dates = [day.isoformat() for day in days.dates]

    def to_json(line: Line) -> "CalendarLineJson":
        return {
            "vault": {"id": line.vault.id, "name": line.vault.name},
            "resource": {"id": line.resource.id, "name": line.resource.name, "type": line.resource.type},
            "need": line.need,
            "newest": _copy_json(line.newest) if line.newest else None,
            "age_seconds": None if line.age is None else int(line.age),
            "days": list(map(_day_json, dates, line.states, line.copies)),
        }

    return View("report", _COLUMNS, to_json, id="resource.id")


def _day_json(day: str, state: State, copy: Mark | None) -> "DayJson":
    if copy is None:
        return {"date": day, "state": state, "copy_id": None, "size_gb": None, "duration_seconds": None}
    return {
        "date": day,
        "state": state,
        "copy_id": copy.id,
        "size_gb": copy.size_gb,
        "duration_seconds": _seconds(copy),
    }


def _copy_json(copy: Mark) -> "DatedCopyJson":
    return {
        "id": copy.id,
        "created_at": None if copy.began is None else write_stamp(copy.began),
        "incremental": copy.incremental,
        "size_gb": copy.size_gb,
        "duration_seconds": _seconds(copy),
    }


def _seconds(copy: Mark | None) -> int | None:
    took = find_duration(copy)
    return None if took is None else round(took)


_COLUMNS = (
    Column("vault_id", lambda line: line.vault.id),
    Column("vault", lambda line: line.vault.name),
    Column("resource_id", lambda line: line.resource.id),
    Column("resource", lambda line: line.resource.name),
    Column("type", lambda line: line.resource.type),
)
"""Of each line of a resource; those of the day stand behind them."""
_DAY_COLUMNS = ("date", "state", "copy_id", "size_gb", "duration_seconds")


def write_days(picture: Picture) -> str:
    """Return tab-separated lines under one header: one a resource and day."""
    rows = ["\t".join((*(column.name for column in _COLUMNS), *_DAY_COLUMNS))]
    dates = [day.isoformat() for day in picture.days.dates]
    for line in picture.lines:
        head = "\t".join(write_cell(column.get(line)) for column in _COLUMNS)
        days = zip(dates, line.states, line.copies, strict=True)
        rows += [f"{head}\t{day}\t{state}\t{_write_facts(copy)}" for day, state, copy in days]
    rows.append("")
    return "\n".join(rows)


def _write_facts(copy: Mark | None) -> str:
    """Return what stands behind the state of a day; nothing of a copy needs to be made inert."""
    if copy is None:
        return "\t\t"
    size, took = copy.size_gb, _seconds(copy)
    return f"{copy.id}\t{'' if size is None else size}\t{'' if took is None else took}"
