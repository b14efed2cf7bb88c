"""Durations and moments as people write them, and the service's timestamps as the contract writes them."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cbrctl.phrases import Phrase

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = r"(?a)(\d+(?:\.\d+)?|\.\d+)(ms|s|m|h|d)"
_BARE = r"(?a)(\d+(?:\.\d+)?|\.\d+)"
_STAMP = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)

_USUAL = len("2026-11-28T02:30:00.000000")
"""How long a timestamp of the service is, mostly: without a zone, which is UTC."""
_LONGEST_STAMP = 64
LONGEST = 366 * 86400.0
"""No wait is longer than a year, in seconds."""
FARTHEST = 36500 * 86400.0
"""No look back is longer than a century, in seconds."""


_FORM = Phrase("It is written as 90, 45s, 1.5h or 1h30m.")
_MOMENT = Phrase("Write a duration (26h), a date (2026-11-24) or an RFC 3339 time.")


def parse_duration(text: str, longest: float = LONGEST, form: str = _FORM) -> float:
    """Return the seconds of `90`, `1.5h` or `1h30m` (ms, s, m, h, d; a bare number is seconds).

    ValueError otherwise, which says by `form` how it is written.
    """
    text = text.strip()
    if re.fullmatch(_BARE, text):
        seconds = float(text)
    else:
        parts = re.findall(_PART, text)
        if not parts or "".join(n + u for n, u in parts) != text:
            raise ValueError(form)
        seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if seconds > longest:
        raise ValueError(Phrase("It is at most {longest:.0f}d.", longest=longest / 86400))
    return seconds


def show_duration(seconds: float) -> str:
    """Write seconds for people: `0.4s`, `12s`, `3m20s`, `1h05m`."""
    if seconds < 1:
        return f"{max(seconds, 0):.1f}s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02}m"


def parse_since(text: str, now: datetime) -> datetime:
    """Return the moment that `--since` names: a duration before `now`, a date or an RFC 3339 time (UTC if it has no zone).

    Raises ValueError, also for eight digits, which may be a date or seconds.
    """
    if len(text) == 8 and text.isascii() and text.isdigit():
        date = f"{text[:4]}-{text[4:6]}-{text[6:]}"
        raise ValueError(Phrase("It may be {date} or {text}s: write which of them.", date=_offer_date(date), text=text))
    if _STAMP.fullmatch(text.upper()):
        try:
            moment = datetime.fromisoformat(text.upper())
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise ValueError(Phrase("There is no such date or time.")) from None
    return now - timedelta(seconds=parse_duration(text, FARTHEST, _MOMENT))


def _offer_date(date: str) -> str:
    """Return a date as it may be meant; one that does not exist is meant by nobody."""
    try:
        datetime.fromisoformat(date)
    except ValueError:
        return Phrase("a date like 2026-12-31")
    return Phrase("the date {date}", date=date)


def parse_stamp(text: object) -> str | None:
    """Return a service's timestamp as RFC 3339 in UTC, or None where it is no timestamp."""
    return _parse_stamp(text) if isinstance(text, str) and len(text) <= _LONGEST_STAMP else None


@lru_cache(4096)  # a fleet reads the same rows again and again
def _parse_stamp(text: str) -> str | None:
    if len(text) == _USUAL:
        try:
            if datetime.fromisoformat(text).isoformat() == text:
                return f"{text}Z"
        except ValueError:
            pass
    moment = _parse_moment(text)
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def parse_seconds(text: object) -> float | None:
    """Return a service's timestamp in epoch seconds, or None where it is no timestamp."""
    if isinstance(text, str) and len(text) == _USUAL:  # a list has 100,000 of them
        try:
            return datetime.fromisoformat(f"{text}+00:00").timestamp()
        except ValueError:
            pass
    moment = _parse_moment(text)
    return None if moment is None else moment.timestamp()


def _parse_moment(text: object) -> datetime | None:
    """The service writes it naive (which is UTC), with `Z` or with `+00:00` (service.md 12)."""
    if not isinstance(text, str) or not _STAMP.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # year 1 or 9999, east or west of Greenwich
        return None


def read_stamp(stamp: str | None) -> float | None:
    """Return a moment that the service stamped in epoch seconds, None for what is none."""
    try:
        return datetime.fromisoformat(stamp or "").timestamp()
    except (ValueError, OverflowError):
        return None


def show_local(stamp: str | None) -> str:
    """Return a moment as people read it: by their own clock, to the second, with its offset (`Z`, `+08`, `+05:30`)."""
    seconds = read_stamp(stamp)
    try:
        moment = datetime.fromtimestamp(seconds if seconds is not None else float("nan")).astimezone()
    except (ValueError, OverflowError, OSError):  # none, or of a year that no clock shows
        return stamp or ""
    offset = moment.strftime("%z")
    short = "Z" if offset == "+0000" else offset[:3] if offset.endswith("00") else f"{offset[:3]}:{offset[3:5]}"
    return f"{moment:%Y-%m-%d %H:%M:%S}{short}"


def write_stamp(seconds: float) -> str:
    """Write seconds since the epoch as RFC 3339 in UTC, to the second."""
    return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")
