"""One record of a backup, from the intent to the end: the journal stores it, screen and document are made of it.

prepared → sending → accepted → completed | partial | failed      refused, not-started: may be sent again
                   ↘ unknown → accepted | not-started

The state is what this machine knows of the backup; the outcome is what a run says of it (contract, result document).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cbrctl.api.models import Checkpoint, Resource
from cbrctl.backup.marker import is_marked, short_digest
from cbrctl.backup.verdict import ENDED, Verdict, explain
from cbrctl.errors import (
    CbrctlError,
    Interrupted,
    NotFound,
    Pending,
    Unknown,
    error_class,
    exit_code_of,
)
from cbrctl.machine.clock import Instant
from cbrctl.messages.practice import GOES_ON
from cbrctl.phrases import Phrase

if TYPE_CHECKING:
    from cbrctl.documents.request import HttpJson

STATES = (
    "prepared", "sending", "accepted", "completed", "partial", "failed", "refused", "unknown", "not-started",
)  # fmt: skip
NOTHING_SEEN = Verdict(None, (), ())
REPEATABLE = ("prepared", "refused", "not-started")
"""States of what was never started: a key may be used for it again."""


@dataclass(eq=False, repr=False)  # each is itself alone; what is made for nobody takes 1/160 of a short run
class Backup:
    """One intended backup of one vault. No secret is in it."""

    asked: str
    """What the user called it: a vault, or the checkpoint that `wait` was given."""
    op_id: str | None = None
    """Under which the journal has it; None where it has it not."""
    vault_id: str | None = None
    vault_name: str | None = None
    endpoint: str = ""
    project_id: str = ""

    # what was meant
    request: Mapping[str, Any] | None = None
    """What stands under `checkpoint`, as it is sent; None where this machine did not send it."""
    digest: str | None = None
    """Of the request without its marker: two of the same digest mean the same."""
    resource_ids: tuple[str, ...] | None = ()
    """The resources that the command named, none for the whole vault; None where nobody knows what was meant."""
    marked: bool = True
    on_skip: str = "fail"
    wanted: tuple[Resource, ...] | None = None
    """The vault's resources as they were looked up; None where nobody looked."""

    # how far it got
    state: str = "prepared"
    sent: str | None = "no"
    """`yes`, `no` or `unknown`; None for what others sent."""
    sent_at: Instant | None = None
    """The moment before the first byte left."""
    noted_at: Instant | None = None
    """When it was first looked for by clocks that cannot be compared with those of `sent_at`."""
    checkpoint: Checkpoint | None = None
    answer: Checkpoint | None = None
    """The checkpoint as the answer to the POST had it: it alone names what was skipped. None where it was lost."""
    empty_ids: tuple[str, ...] = ()
    """Checkpoints of this op of which every resource was skipped as busy: they are none of its backups."""

    on_file: tuple[str, int] | None = None
    """State and hash of the record as this run read or wrote them last; None where the journal had none of it."""

    # what a run says of it
    outcome: str | None = None
    """None while the first run is at it."""
    exit_code: int | None = None
    proven: bool = False
    """How it ended was seen whole, and stays."""
    by_choice: Mapping[str, str] | None = None
    """How it ended by each choice for skipped resources; None where it has not, or nobody could tell."""
    righted: bool = False
    """This run saw that the end which was recorded is none, or another."""
    named_here: tuple[str, ...] | None = None
    """Of one that was sent with other parameters, what this command names, empty for all that the vault protects."""
    attached: bool = False
    """This run did not start it: it was there already."""
    stopped: bool = False
    """The last look of this run showed that nothing works on it any more, if not how it ended."""
    started_at: float | None = None
    """When work on it began, in epoch seconds of this machine's clock."""
    ended_at: str | None = None
    waits: bool = False
    """It was refused, and this run waits with it until the vault is free: that is no end yet."""
    verdict: Verdict = NOTHING_SEEN
    error: CbrctlError | None = None
    warnings: list[CbrctlError] = field(default_factory=list)
    http: "HttpJson | None" = None
    """What a dry run would send."""

    @property
    def is_named(self) -> bool:
        """Whether the user gave it a name: its marker then stands in the description, which tasks do not show."""
        name = (self.request or {}).get("parameters", {}).get("name")
        return self.marked and name is not None and not is_marked(str(self.op_id), name)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to find out: it ended, it was never started, or nobody can tell any more."""
        return self.outcome not in (None, "pending", "accepted", "unknown") or self.ended_at is not None

    @property
    def has_ended(self) -> bool:
        """Whether the journal has its end."""
        return self.state in ENDED

    @property
    def label(self) -> str:
        """What a person calls this vault."""
        return self.vault_name or self.vault_id or self.asked

    @property
    def own_op_id(self) -> str | None:
        """The op id that is told: none of a backup of others, and none where an earlier op kept this one from being sent."""
        return None if self.sent is None or (self.outcome == "unknown" and self.sent == "no") else self.op_id

    @property
    def checkpoint_id(self) -> str | None:
        """The checkpoint's id, where it has one."""
        return self.checkpoint.id if self.checkpoint else None

    def names(self) -> dict[str, str]:
        """Return what a message says of it: vault, checkpoint and op as a command line takes them, and its course."""
        return {
            "checkpoint": self.checkpoint_id or ("CHECKPOINT_ID" if self.op_id else self.asked),
            "vault": self.vault_id or self.label,
            "op": self.op_id or "OP_ID",
            "course": Phrase("has stopped (how it ended is not certain yet)") if self.stopped else GOES_ON,
        }

    # what happens to it ---------------------------------------------------------------------------------------------

    def adopt(self, earlier: "Backup") -> None:
        """Become the record of an earlier run, which this one goes on with."""
        kept = ("asked", "warnings", "attached")
        for name in self.__dataclass_fields__:
            if name not in kept:
                setattr(self, name, getattr(earlier, name))

    def find(self, checkpoint_id: str, since: str | None = None, digests: frozenset[str] = frozenset()) -> None:
        """Take a checkpoint that was found rather than answered for; `since` is when its first row says that it began.

        `digests` are those of the markers on it: where they are none of this request's, another machine sent it under
        the same key, and nothing is known of how it was meant.
        """
        if digests and self.digest is not None and short_digest(self.digest) not in digests:
            self.named_here = self.resource_ids or ()
            self.request = self.digest = self.resource_ids = None
        self.answer = None
        self.accept(Checkpoint.from_json({"id": checkpoint_id, "created_at": since, "vault": {"id": self.vault_id}}))

    def accept(self, checkpoint: Checkpoint) -> None:
        """Take the checkpoint that the service made of the request."""
        self.checkpoint, self.sent = checkpoint, "yes"
        # what was skipped is told by the answer alone: of one that was found it is not known
        self.verdict = NOTHING_SEEN._replace(skipped=checkpoint.skipped)
        if not self.has_ended:
            self.state = "accepted"
        self.vault_name = checkpoint.vault_name or self.vault_name
        self.vault_id = self.vault_id or checkpoint.vault_id

    def observe(self, verdict: Verdict, checkpoint: Checkpoint | None) -> None:
        """Take what a look showed; name, description and retention often stand in the answer to the POST alone."""
        self.verdict = verdict
        before = self.checkpoint
        if checkpoint is None:
            if before is None and verdict.states:  # it may not be read itself, but its copies or tasks are listed
                self.checkpoint = Checkpoint.from_json({"id": self.asked})
            return
        self.vault_id = self.vault_id or checkpoint.vault_id
        self.vault_name = self.vault_name or checkpoint.vault_name
        if before:
            kept = ("created_at", "project_id", "name", "description", "retention_days")
            checkpoint = checkpoint._replace(**{f: getattr(before, f) for f in kept if getattr(checkpoint, f) is None})
        self.checkpoint = checkpoint

    def forget(self) -> None:
        """Begin anew: what was tried came to nothing."""
        self.checkpoint = self.answer = self.error = self.outcome = self.exit_code = self.ended_at = None
        self.waits = False
        self.by_choice = None
        self.state, self.sent, self.attached, self.stopped = "prepared", "no", False, False
        self.verdict = NOTHING_SEEN

    def reopen(self) -> None:
        """Take back the end that was recorded: it was said of less than whole evidence."""
        self.state, self.righted, self.proven = "accepted", True, False
        self.verdict = self.verdict._replace(outcome=None)
        self.outcome = self.exit_code = self.error = self.ended_at = self.by_choice = None

    # how it ends for a run ------------------------------------------------------------------------------------------

    def end(self, outcome: str, error: CbrctlError | None = None) -> None:
        """Set the outcome; the error's exit code counts where there is one."""
        self.outcome, self.error = outcome, error
        self.exit_code = error.exit_code if error else exit_code_of(outcome)

    def end_by_verdict(self) -> None:
        """Set the outcome that the evidence gives, and the state by it."""
        outcome = str(self.verdict.outcome)
        self.end(outcome, None if outcome == "completed" else explain(self.verdict))
        self.state, self.proven, self.ended_at = outcome, self.verdict.whole, self.verdict.ended_at
        self.by_choice = self.verdict.by_choice

    def end_by_choice(self, on_skip: str) -> None:
        """Set the outcome that was recorded for a choice for skipped resources, where it was."""
        outcome = (self.by_choice or {}).get(on_skip)
        if outcome is not None:
            self.state = self.outcome = outcome
            self.exit_code = exit_code_of(outcome)
            self.end_as_recorded()

    def fail(self, error: CbrctlError) -> None:
        """Set the outcome of an error that ended the work on this vault."""
        if isinstance(error, Unknown):
            self.end("unknown", error)
        elif isinstance(error, Pending) or (self.state == "accepted" and not isinstance(error, NotFound)):
            self.end("pending", error)
        elif self.state in ("sending", "unknown"):
            self.end("unknown", error)
        else:
            self.end(error.outcome, error)

    def leave(self, error: CbrctlError) -> None:
        """Set the outcome of one that the run did not come to, or not to the end of: what is known of it stays true."""
        if self.verdict.outcome is not None:  # it ended just before
            self.end_by_verdict()
        elif self.state == "accepted":
            self.end("pending", error)
        elif self.state in ("sending", "unknown"):
            self.end("unknown", error)
        elif self.has_ended or self.outcome is not None:
            self.end_as_recorded()
        else:
            self.end(error.outcome, error)

    def interrupt(self, stop: Interrupted) -> None:
        """A signal ended the work on this vault, or before it began."""
        words = {
            "accepted": "interrupted-attached" if self.attached else "interrupted-following",
            "sending": "interrupted-unknown",
            "unknown": "interrupted-unknown",
        }
        waits = self.waits and self.state in ("refused", "not-started")
        error = CbrctlError("interrupted" if waits else words.get(self.state, "interrupted-before"), signal=stop.name)
        if waits:
            self.end(error.outcome, error)
        else:
            self.leave(error)
        if self.error is error:
            self.exit_code = stop.exit_code

    def end_as_recorded(self) -> None:
        """Set the outcome that the journal has: there is nothing to look at."""
        outcome = self.outcome or self.state
        code = self.exit_code or 0
        if outcome == "completed" or (code == 0 and outcome != "refused"):
            self.end(outcome)
            return
        key = (
            ("was-not-started" if self.marked else "unmarked-not-started")
            if self.state == "not-started"
            else "was-refused"
            if outcome == "refused"
            else "was-recorded"
        )
        self.end(outcome, error_class(code)(key, sent=self.sent, outcome=outcome))
        self.exit_code = code


def tell_unknown(backup: Backup) -> Unknown:
    """Return the error of one of which nobody knows yet whether it was started, or never will."""
    if backup.ended_at is not None:
        return Unknown("unknown-for-ever")
    return Unknown("still-unknown" if backup.marked else "unmarked-unknown")


def of_others(checkpoint_id: str) -> Backup:
    """Return the record of a checkpoint of which only the id is known."""
    return Backup(checkpoint_id, state="accepted", sent=None, resource_ids=None, verdict=Verdict(None, (), None))
