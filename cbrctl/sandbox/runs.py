"""Backups under way: what a moment in time makes of each resource, its operation log, its copy and the whole.

Everything here is a pure function of the seconds since the backup was started: nothing ticks, nothing sleeps.
"""

from dataclasses import dataclass, field
from typing import Literal

from cbrctl.sandbox.inventory import MAX_DURATION_SECONDS, Resource, Vault

Stage = Literal["waiting", "running", "success", "failed"]

# Shares of a resource's duration: it waits a little, each further resource of the vault a little longer, so that a
# progress display shows different numbers; a failing one fails in mid-run.
WAIT_SHARE = 0.1
STAGGER_SHARE = 0.1
MAX_STAGGERED = 5
FAIL_SHARE = 0.6
# An endless backup has done half after this many seconds, and is never done.
ENDLESS_HALF_SECONDS = 300.0
FULL_SHARE, INCREMENTAL_SHARE = 0.4, 0.01


@dataclass(frozen=True)
class Moment:
    """A run at one time: its stage and its progress in percent."""

    stage: Stage
    progress: int

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.stage in ("success", "failed")

    @property
    def protect_status(self) -> str:
        """The same as a resource's or a copy's status."""
        return {"success": "available", "failed": "error"}.get(self.stage, "protecting")


WAITING, SUCCESS = Moment("waiting", 0), Moment("success", 100)
FAILED = Moment("failed", int(100 * FAIL_SHARE))


@dataclass
class Run:
    """The backup of one resource within a checkpoint; `position` is its place among them, from 0."""

    resource: Resource
    position: int
    started: float
    task_id: str
    copy_id: str
    copy_name: str
    request_id: str
    incremental: bool
    extra_info: dict[str, object] | None = None
    deleted_at: float | None = None
    deletion_id: str = ""
    """Of the operation log that tells of it."""

    @property
    def deleted(self) -> bool:
        """Whether its copy is gone."""
        return self.deleted_at is not None

    @property
    def running_at(self) -> float:
        """When it stops waiting (epoch seconds); its copy exists from then on."""
        lag = WAIT_SHARE + STAGGER_SHARE * min(self.position, MAX_STAGGERED)
        return self.started + self.resource.duration * lag

    @property
    def ends_at(self) -> float:
        """When it ends (epoch seconds), with success or not; infinite for an endless one."""
        if self.resource.endless:
            return float("inf")
        share = FAIL_SHARE if self.resource.fail else 1.0
        lag = STAGGER_SHARE * min(self.position, MAX_STAGGERED)
        return self.started + min(self.resource.duration * (share + lag), MAX_DURATION_SECONDS)

    def ended_at(self, now: float) -> float | None:
        """When it ended; None while it has not."""
        return self.ends_at if self.look(now).ended else None

    def look(self, now: float) -> Moment:
        """Where the run is at `now`."""
        ends_at = self.ends_at
        # Most are over: asked first, and always the same answer. None ends while it waits.
        if now >= ends_at:
            return FAILED if self.resource.fail else SUCCESS
        running_at = self.running_at
        if now < running_at:
            return WAITING
        elapsed = now - running_at
        if self.resource.endless:
            return Moment("running", min(99, int(100 * elapsed / (elapsed + ENDLESS_HALF_SECONDS))))
        top = 100 * FAIL_SHARE if self.resource.fail else 99
        return Moment("running", int(top * elapsed / (ends_at - running_at)))

    def stored_mb(self, now: float) -> int:
        """What its copy takes in the vault: nothing before the end, after a failure or once deleted."""
        if self.deleted or self.look(now).stage != "success":
            return 0
        share = INCREMENTAL_SHARE if self.incremental else FULL_SHARE
        return int(self.resource.size_gb * 1024 * share)


@dataclass
class Checkpoint:
    """One accepted backup of a vault: the parameters it was started with, its runs and what was skipped."""

    id: str
    vault: Vault
    started: float
    name: str
    description: str
    auto_trigger: bool
    retention_days: int
    policy_id: str | None = None
    runs: list[Run] = field(default_factory=list)
    skipped: list[Resource] = field(default_factory=list)

    def is_running(self, now: float) -> bool:
        """Whether any resource is still waiting or running."""
        return any(not run.look(now).ended for run in self.runs)

    @property
    def is_deleted(self) -> bool:
        """A checkpoint goes away with the last of its copies (service.md section 0)."""
        return bool(self.runs) and all(run.deleted for run in self.runs)

    def look(self, now: float, partial_status: str) -> str:
        """Its status at `now`; `partial_status` is what it says when only some resources failed (undocumented)."""
        if self.is_running(now):
            return "protecting"
        failed = [run.look(now).stage == "failed" for run in self.runs]
        if all(failed):
            return "error"
        return partial_status if any(failed) else "available"
