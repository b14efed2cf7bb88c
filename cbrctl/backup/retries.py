"""When a POST that surely started nothing is sent again (service.md 11). A lost one never is."""

import random

from cbrctl.errors import CbrctlError, Throttled, Unreachable

NOT_SENT_PAUSES = (1.0, 2.0, 4.0)
"""Seconds before each try of what never left this machine, half as much more or less."""
THROTTLED_TRIES = 5
LONGEST_PAUSE = 60.0


class Retries:
    """Counts the tries of one request."""

    def __init__(self) -> None:
        self.not_sent = 0
        self.throttled = 0

    def next_pause(self, error: CbrctlError) -> float | None:
        """Return the seconds to wait before the next try; None where there is none after this error."""
        if isinstance(error, Throttled) and self.throttled < THROTTLED_TRIES:
            self.throttled += 1
            asked = float(str(error.values.get("retry_after", 2.0)))
            return min(max(asked, random.uniform(2.0, 5.0)), LONGEST_PAUSE)  # noqa: S311 - jitter, not a secret
        if isinstance(error, Unreachable) and error.sent == "no" and self.not_sent < len(NOT_SENT_PAUSES):
            self.not_sent += 1
            return NOT_SENT_PAUSES[self.not_sent - 1] * random.uniform(0.5, 1.5)  # noqa: S311 - jitter, not a secret
        return None
