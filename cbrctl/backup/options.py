"""What the user chose for a run, what its jobs work with, and what they tell."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cbrctl.machine.clock import SYSTEM, Clock

if TYPE_CHECKING:
    from cbrctl.api.client import Client
    from cbrctl.api.pace import Pace
    from cbrctl.backup.journal import Journal
    from cbrctl.backup.polling import Rounds
    from cbrctl.backup.project import Project
    from cbrctl.backup.record import Backup
    from cbrctl.backup.schedule import Steps
    from cbrctl.backup.sender import Sender
    from cbrctl.backup.writer import Writer


class BackupOptions(NamedTuple):
    """How a run goes: the same for each vault. Durations are in seconds."""

    wait: bool = True
    timeout: float = 6 * 3600.0
    interval: float | None = None
    on_skip: str | None = None
    """`fail` or `ignore`; None takes what was recorded with a backup, else `fail`."""
    if_busy: str = "fail"
    settle: float = 120.0
    run_key: str | None = None
    project_id: str = ""
    """The project of `run_key`: with it and the vault it makes the identity of the backup."""
    marked: bool = True
    resend: bool = False
    parallel: int = 1
    """How many requests may be on their way at a time."""
    watched: bool = True
    """Somebody is told what becomes of each resource meanwhile."""
    labels: Mapping[str, str] = MappingProxyType({})
    """What vaults are called, by the id that they were asked for by."""


class Event(NamedTuple):
    """Something that happened to a backup, for whoever follows the run."""

    type: Literal["op", "status", "resource", "warning", "look", "rate"]
    """What it is: a line of jsonl; for those who watch alone: look after each look that left it open, rate where a gateway
    refuses for rate and the whole fleet waits."""
    entry: "Backup"
    data: Mapping[str, Any]


Tell = Callable[[Event], None]


class Shared(NamedTuple):
    """What serves all backups of a fleet at once."""

    project: "Project"
    rounds: "Rounds"
    pace: "Pace"
    writer: "Writer"

    def take_turn(self, until: float = math.inf) -> "Steps":
        """Wait while the gateway refuses for rate, until a moment of the monotonic clock at most; `pace.release` gives it back."""
        while (wait := self.pace.wait()) > 0 and (left := until - self.pace.clock.monotonic()) > 0:
            yield min(wait, left)


class Deps(NamedTuple):
    """What every job of a run works with."""

    client: "Client"
    journal: "Journal"
    options: BackupOptions
    tell: Tell
    sender: "Sender"
    clock: Clock = SYSTEM
    shared: "Shared | None" = None
    """What the backups of a fleet look at together; None where there is one."""
