"""One checkpoint followed to its end: what was wanted of it, look after look, told as it goes."""

from contextlib import suppress

from cbrctl.course import Event, Means
from cbrctl.entries import Entry, state_json
from cbrctl.errors import CbrctlError, NotFound
from cbrctl.evidence import Observer
from cbrctl.journal import Op
from cbrctl.models import Checkpoint, Resource
from cbrctl.outcome import Intent, State, Verdict, judge
from cbrctl.watch import Watch

LAGGING = 3600.0
"""Seconds after which the lists have surely caught up with a backup that ended."""


class Follower:
    """Follows the checkpoint of one entry, and lets the entry end by what is seen."""

    def __init__(self, means: Means, entry: Entry, known: tuple[Resource, ...] = ()) -> None:
        self.client, self.journal, self.course, self.tell, self.clock = means
        self.entry = entry
        self.known = known
        """What was looked up of the vault's resources before."""

    def follow(self, intent: Intent, *, own: bool) -> None:
        """Look until there is an end or the wait is over. Raises NotFound at a first look at nothing that is not `own`."""
        observer, entry = self._observer(own=own), self.entry
        shown: dict[str, State] = {}

        def on_look(verdict: Verdict, status: str | None) -> None:
            before = entry.checkpoint.status if entry.checkpoint else None
            entry.observe(verdict, observer.checkpoint)
            if status not in (None, before):
                self.tell(Event("status", entry, {"checkpoint_id": observer.checkpoint_id, "status": status}))
            for state in verdict.states:
                if shown.get(state.id) != state:
                    shown[state.id] = state
                    self.tell(Event("resource", entry, state_json(state)))

        tries, observer.client.tries = observer.client.tries, 1  # a look that fails is followed by another
        try:
            watch = Watch(
                observer,
                intent,
                timeout=self.course.timeout,
                interval=self.course.interval,
                on_look=on_look,
                clock=self.clock,
            )
            error = watch.follow()
        finally:
            observer.client.tries = tries
        if error is None:
            entry.end_by_verdict()
        else:
            entry.fail(error)

    def follow_op(self, op: Op, *, once: bool = False) -> None:
        """Follow one that was found; `once` looks at one whose end is recorded, which stays what it is."""
        intent = self.intent(op)
        if self.course.wait and not once:
            self.follow(intent, own=True)
            return
        with suppress(CbrctlError):
            self._look(intent)
        if once:
            # lists forget what they held; the end that was seen does not change
            self.entry.verdict = self.entry.verdict._replace(outcome=op.state)
        if self.entry.verdict.outcome is None:
            self.entry.end("accepted")
        else:
            self.entry.end_by_verdict()

    def intent(self, op: Op) -> Intent:
        """What was wanted of a backup: what was named, else all that the answer names, else what the vault protects now."""
        parameters = op.request.get("parameters") or {}
        named = (
            *(parameters.get("resources") or ()),
            *(d["id"] for d in parameters.get("resource_details") or ()),
        )
        ignore = self.course.ignore_skipped
        if op.answer is not None:
            posted = Checkpoint.from_json(op.answer)
            answered = (*(r.id for r in posted.resources), *(s.id for s in posted.skipped or () if s.id))
            return Intent(named or answered or None, posted.skipped, ignore, (*posted.resources, *self.known))
        if not named and not self.known:
            with suppress(CbrctlError):  # unknown then, and said so
                self.known = self.client().show_vault(op.vault_id).resources
        wanted = named or tuple(r.id for r in self.known)
        return Intent(wanted or None, None, ignore, self.known, found=True)

    def look_at(self, op: Op) -> str | None:
        """Look once whether an op still runs: its outcome, `over` where it ended somehow, None while it goes on.

        Raises what reading raises, AuthError where nothing of it may be read.
        """
        observer = Observer(self.client(), str(op.checkpoint_id), vault_id=op.vault_id, own=False, clock=self.clock)
        try:
            look = observer.look()
        except NotFound:
            return "failed"
        if look.error is not None:
            raise look.error
        ended = observer.checkpoint is not None and observer.checkpoint.status in ("available", "error")
        settled = ended and self.clock.time() - op.started_at > LAGGING
        return judge(look.evidence, self.intent(op), settled=settled).outcome or ("over" if ended else None)

    def _look(self, intent: Intent) -> None:
        """Look once, without waiting for what lags behind."""
        observer = self._observer(own=True)
        look = observer.look()
        if look.error is None:
            self.entry.observe(judge(look.evidence, intent, settled=False), observer.checkpoint)

    def _observer(self, *, own: bool) -> Observer:
        posted = self.entry.checkpoint
        return Observer(
            self.client(),
            posted.id if posted else self.entry.asked,
            vault_id=self.entry.vault_id,
            created_at=posted.created_at if posted else None,
            own=own,
            clock=self.clock,
        )
