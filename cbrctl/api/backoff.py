"""How long to wait before the next try: growing, and never the same for everybody."""

import math
import random
from collections.abc import Iterator


def backoff(first: float, *, factor: float = 2.0, longest: float = math.inf, jitter: float) -> Iterator[float]:
    """Yield the seconds before each further try: `first`, then `factor` times as much, up to `longest`.

    Each is up to the `jitter` part of itself more or less (0 to 1), so that many machines do not ask at once.
    """
    pause = first
    while True:
        yield min(pause * random.uniform(1 - jitter, 1 + jitter), longest)  # noqa: S311 - jitter, not a secret
        pause = min(pause * factor, longest)
