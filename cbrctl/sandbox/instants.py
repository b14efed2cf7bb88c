"""Points in time as the service writes and reads them. All of them are UTC; all arguments are epoch seconds."""

from datetime import UTC, datetime


def moment(epoch: float) -> datetime:
    """The time, to the microsecond: rows are sorted by what is written of them, so that both agree."""
    return datetime.fromtimestamp(epoch, UTC)


def naive(epoch: float) -> str:
    """Checkpoints, copies and vaults: no zone, microseconds, as in 2019-05-10T07:59:12.733403."""
    return moment(epoch).isoformat(timespec="microseconds").removesuffix("+00:00")


def zulu(epoch: float) -> str:
    """Operation logs: whole seconds, as in 2020-02-23T01:00:32Z."""
    return moment(epoch).isoformat(timespec="seconds").replace("+00:00", "Z")


def token_time(epoch: float) -> str:
    """IAM: as in 2020-01-04T09:05:22.701000Z."""
    return naive(epoch) + "Z"


def parse(text: str) -> float:
    """Epoch seconds of a filter value; a value without a zone is UTC.

    Raises ValueError for anything that is not an ISO 8601 time.
    """
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def parse_signature_date(text: str) -> float:
    """Epoch seconds of an X-Sdk-Date, as in 20200608T023900Z. Raises ValueError."""
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
