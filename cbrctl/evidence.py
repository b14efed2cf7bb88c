"""One look at a checkpoint from three sides: itself, its copies, its tasks (api.md 2 to 4).

A source that these credentials may not read (403), or that has failed for long while the others answered, is left out.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from cbrctl.errors import AuthError, CbrctlError, Forbidden, NotFound, Throttled
from cbrctl.models import Checkpoint, Copy, Task
from cbrctl.outcome import Evidence, Source

if TYPE_CHECKING:
    from cbrctl.api.client import Client, Clock

VISIBLE_AFTER = 60.0
"""Seconds that a checkpoint of our own may stay invisible, and that lists may lag behind it (contract)."""
PATIENCE_LOOKS = 10
PATIENCE_SECONDS = 300.0


class Patience:
    """Counts failures in a row: spent after ten of them over at least five minutes (contract, exit 7 and 8)."""

    def __init__(self, clock: "Clock") -> None:
        self.clock = clock
        self.errors: list[CbrctlError] = []
        self._since = 0.0

    def note(self, error: CbrctlError | None) -> None:
        """Take the result of one try: None for a good one, which forgives all before it."""
        if error is None:
            self.errors.clear()
            return
        if not self.errors:
            self._since = self.clock.monotonic()
        self.errors.append(error)

    @property
    def spent(self) -> bool:
        """Whether it is time to give up."""
        return len(self.errors) >= PATIENCE_LOOKS and self.clock.monotonic() - self._since >= PATIENCE_SECONDS


class Look(NamedTuple):
    """One look: what it found, and the error where no source answered."""

    evidence: Evidence
    error: CbrctlError | None


class Observer:
    """Looks at one checkpoint again and again. Times are those of `clock`, stamps those of the service.

    `own` is a checkpoint that this process started: it may be invisible at first, while another's must be there.
    """

    def __init__(
        self,
        client: "Client",
        checkpoint_id: str,
        *,
        vault_id: str | None = None,
        created_at: str | None = None,
        own: bool = False,
        clock: "Clock" = time,
    ) -> None:
        self.client = client
        self.checkpoint_id = checkpoint_id
        self.vault_id = vault_id
        self.created_at = created_at
        self.own = own
        self.clock = clock
        self.checkpoint: Checkpoint | None = None
        self._begun = clock.monotonic()
        self._quiet: tuple[object, float] = (None, 0.0)
        self._missed = 0
        self._closed: dict[str, CbrctlError] = {}
        self._patience = {name: Patience(clock) for name in ("checkpoint", "copies", "tasks")}

    def look(self) -> Look:
        """Ask all sources once. Raises NotFound at a first look at nothing, AuthError where no source may be read."""
        found: dict[str, Any] = {}
        errors: list[CbrctlError] = []
        gone = False
        for name, ask in self._sources():
            if name in self._closed:
                found[name] = Source.FORBIDDEN
                continue
            try:
                found[name] = ask()
                self._patience[name].note(None)
            except Forbidden as error:
                self._closed[name] = error
                found[name] = Source.FORBIDDEN
            except AuthError:
                raise
            except CbrctlError as error:
                found[name] = Source.SILENT
                if name == "checkpoint" and isinstance(error, NotFound):
                    gone = self._is_gone(error)
                else:
                    errors.append(error)
                    self._patience[name].note(error)
        if len(self._closed) == len(found):
            raise next(error for error in self._closed.values() if isinstance(error, AuthError))
        silent = len(errors) == sum(v is not Source.FORBIDDEN for v in found.values())
        if not silent:
            self._give_up_on_the_broken()
        self._note_quiet(found)
        # one that is no 429 tells more: exit 8 is only for a service that refuses for rate and nothing else
        errors.sort(key=lambda error: isinstance(error, Throttled))
        return Look(Evidence(**found, gone=gone), errors[0] if silent and errors else None)

    def settled(self) -> bool:
        """Whether nothing has moved for so long that lists which lag must have caught up.

        That is the checkpoint's own end where it can be read, else the lists as the last look found them.
        """
        return self.clock.monotonic() - self._quiet[1] >= VISIBLE_AFTER if self._quiet[0] else False

    def _note_quiet(self, found: Mapping[str, Any]) -> None:
        ended = self.checkpoint.status if self.checkpoint else None
        if "checkpoint" in self._closed:
            # progress moves while the same rows stand there
            lists = [found[name] for name in ("copies", "tasks") if not isinstance(found[name], Source)]
            rows = [row for rows in lists for row in rows]
            seen: object = frozenset((r.id, r.status) for r in rows)
        else:
            seen = ended if ended in ("available", "error") else None
        if seen != self._quiet[0]:
            self._quiet = (seen, self.clock.monotonic())

    def _sources(self) -> Sequence[tuple[str, Callable[[], object]]]:
        # the checkpoint first: in `wait` it tells the vault and the time that narrow the tasks
        return ("checkpoint", self._ask_checkpoint), ("copies", self._ask_copies), ("tasks", self._ask_tasks)

    def _ask_checkpoint(self) -> Checkpoint:
        self.checkpoint = self.client.show_checkpoint(self.checkpoint_id)
        self._missed = 0
        self.vault_id = self.vault_id or self.checkpoint.vault_id
        self.created_at = self.created_at or self.checkpoint.created_at
        return self.checkpoint

    def _ask_copies(self) -> list[Copy]:
        rows = self.client.list_copies(checkpoint_id=self.checkpoint_id)
        return [copy for copy in rows if copy.checkpoint_id == self.checkpoint_id]

    def _ask_tasks(self) -> list[Task]:
        rows = self.client.list_tasks(vault_id=self.vault_id, operation_type="backup", start_time=self._start_time())
        return [task for task in rows if task.checkpoint_id == self.checkpoint_id]

    def _start_time(self) -> str | None:
        """An hour before the service's own stamp: its tasks may be stamped by another clock than its checkpoints."""
        try:
            moment = datetime.fromisoformat(self.created_at or "") - timedelta(hours=1)
        except (ValueError, OverflowError):  # none was given, or year 1: no stamp to go by
            return None
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def _is_gone(self, error: NotFound) -> bool:
        """Whether a checkpoint that is not found is no more: one answer may come from a part that lags behind."""
        self._missed += 1
        if self.checkpoint is not None:
            return self._missed > 1
        if not self.own:
            raise error
        return self.clock.monotonic() - self._begun >= VISIBLE_AFTER

    def _give_up_on_the_broken(self) -> None:
        for name, patience in self._patience.items():
            if patience.spent:
                self._closed.setdefault(name, patience.errors[-1])
