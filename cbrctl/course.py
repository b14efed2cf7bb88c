"""How a run goes and what its jobs work with: what the user chose, client and journal, and whom to tell."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from cbrctl.entries import Entry
from cbrctl.journal import Journal
from cbrctl.submit import Rules

if TYPE_CHECKING:
    from cbrctl.api.client import Client, Clock


class Event(NamedTuple):
    """Something that happened to an entry, for whoever follows the run."""

    type: str
    """op, status, resource or warning."""
    entry: Entry
    data: dict[str, Any]


Tell = Callable[[Event], None]


class Course(NamedTuple):
    """How a run goes: the same for each vault. Durations are in seconds."""

    wait: bool = True
    timeout: float = 6 * 3600
    interval: float | None = None
    ignore_skipped: bool = False
    if_busy: str = "fail"
    rules: Rules = Rules()
    run_key: str | None = None
    project_id: str = ""
    """The project of `run_key`: with it and the vault it makes the identity of the backup."""


class Means(NamedTuple):
    """What every job of a run works with; client and journal are made when they are first needed."""

    client: Callable[[], "Client"]
    journal: Callable[[], Journal]
    course: Course
    tell: Tell
    clock: "Clock" = time
