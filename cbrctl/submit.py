"""From a request to an accepted checkpoint: one POST, and what may surely be sent again (api.md 11).

What provably never left is tried three times more; what a gateway refused for rate is sent again after its pause. All
else is sent once: a second POST is a second paid backup, and the service has no key that would tell them apart.
"""

import random
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cbrctl.errors import CbrctlError, Throttled, Unreachable
from cbrctl.models import Checkpoint
from cbrctl.signals import defer_signals, raise_deferred

if TYPE_CHECKING:
    from cbrctl.api.client import Client, Clock

NOT_SENT_PAUSES = (1.0, 2.0, 4.0)
THROTTLED_TRIES = 5
SIGNAL_GRACE = 8.0
"""Seconds that an exchange under way has left once a signal came."""


def submit(
    client: "Client", request: Mapping[str, Any], on_accepted: Callable[[Checkpoint], None], clock: "Clock" = time
) -> None:
    """Start the backup and hand what the service accepted to `on_accepted`.

    Signals are deferred from before the POST on, also when this returns or raises: half an exchange would leave it open
    whether a backup was started, and what is known of it must be noted first. The caller then lets them raise again
    (`signals.raise_deferred`). Raises what `Client.post_checkpoint` raises.
    """
    not_sent = throttled = 0
    while True:
        try:
            defer_signals(lambda: client.transport.hurry(SIGNAL_GRACE))
            on_accepted(client.post_checkpoint(request))
            return
        except Unreachable:
            if not_sent == len(NOT_SENT_PAUSES):
                raise
            pause = NOT_SENT_PAUSES[not_sent] * random.uniform(0.5, 1.5)  # noqa: S311 - jitter, not a secret
            not_sent += 1
        except Throttled as error:
            if throttled == THROTTLED_TRIES:
                raise
            pause = _throttle_pause(error)
            throttled += 1
        raise_deferred()
        clock.sleep(pause)


def _throttle_pause(error: CbrctlError) -> float:
    asked = float(str(error.values.get("retry_after", 2.0)))
    return min(max(asked, random.uniform(2.0, 5.0)), 60.0)  # noqa: S311 - jitter, not a secret
