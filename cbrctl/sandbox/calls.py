"""A request on its way to the function that answers it, with everything found out about it so far."""

from collections.abc import Callable
from dataclasses import dataclass

from cbrctl.sandbox.callers import Caller
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Answer, Request


@dataclass(frozen=True)
class Call:
    """A request, the ids in its path, the time it is answered at (epoch seconds) and who sent it.

    `late` is by how many seconds a fault hides what is new.
    """

    request: Request
    ids: dict[str, str]
    now: float
    caller: Caller | None = None
    late: float = 0.0

    @property
    def horizon(self) -> float:
        """Rows that came into being after this are not visible yet (epoch seconds)."""
        return self.now - self.late


Handler = Callable[[Cloud, Call], Answer]
