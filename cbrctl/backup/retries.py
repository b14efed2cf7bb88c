"""When a POST that surely started nothing is sent again (service.md 11). A lost one never is."""

from itertools import islice

from cbrctl.api.backoff import backoff
from cbrctl.errors import CbrctlError, Throttled, Unreachable

NOT_SENT_TRIES = 3
"""Further tries of what never left this machine."""
THROTTLED_TRIES = 5
LONGEST_PAUSE = 60.0


class Retries:
    """Counts the tries of one request."""

    def __init__(self) -> None:
        self._not_sent = islice(backoff(1.0, jitter=0.5), NOT_SENT_TRIES)
        self._throttled = islice(backoff(3.5, factor=1.0, jitter=0.4), THROTTLED_TRIES)

    def next_pause(self, error: CbrctlError) -> float | None:
        """Return the seconds to wait before the next try; None where there is none after this error."""
        if isinstance(error, Throttled):
            pause = next(self._throttled, None)
            asked = float(str(error.values.get("retry_after", 2.0)))
            return None if pause is None else min(max(asked, pause), LONGEST_PAUSE)
        if isinstance(error, Unreachable) and error.sent == "no":
            return next(self._not_sent, None)
        return None
