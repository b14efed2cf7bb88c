"""One checkpoint followed to its end, or to the end of the wait: look, wait, look; told as it goes.

What waits yields the seconds that it wants to wait (schedule.py).
"""

import math
from collections.abc import Generator
from contextlib import nullcontext, suppress

from cbrctl.api.models import Checkpoint, Vault
from cbrctl.backup.document import state_json
from cbrctl.backup.glance import Glancer
from cbrctl.backup.observer import VISIBLE_AFTER, Look, Observer
from cbrctl.backup.options import Deps, Event
from cbrctl.backup.polling import FIRST_LOOK, STUCK, Patience, Poll, pauses
from cbrctl.backup.record import NOTHING_SEEN, Backup
from cbrctl.backup.schedule import Steps, Wait
from cbrctl.backup.states import GONE, Intent, NoEvidence, State
from cbrctl.backup.verdict import Verdict, judge
from cbrctl.errors import AuthError, CbrctlError, Forbidden, Pending, Throttled, Unreachable


class Follower:
    """Looks at one backup's checkpoint, and lets the record end by what is seen.

    `fresh` is one that this run has sent: its rows are still to come. `own` is one that was surely started, and may be
    invisible at first; another's must be there.
    """

    def __init__(self, deps: Deps, backup: Backup, *, fresh: bool = False, own: bool = True) -> None:
        self.client, self.options, self.tell, self.clock = deps.client, deps.options, deps.tell, deps.clock
        self.shared, self.sender = deps.shared, deps.sender
        self.backup = backup
        self.fresh = fresh
        self.intent = self._find_intent()
        posted = backup.checkpoint
        self.observer = Observer(
            self.client,
            posted.id if posted else backup.asked,
            vault_id=backup.vault_id,
            created_at=posted.created_at if posted else None,
            own=own,
            clock=self.clock,
        )
        self._glancer = Glancer(deps.shared.project, backup, fresh=fresh) if deps.shared and own else None
        self._is_glanced = False
        """The last look was at the project's lists, and they were enough."""
        self._looked_at = -math.inf
        """The moment of the monotonic clock at which all sources of the backup itself were asked last, and answered."""
        self._shown: dict[str, State] = {}

    def follow(self) -> Steps:
        """Look until there is an end or the wait is over. Raises NotFound at a first look at nothing that is not `own`."""
        timeout = self.options.timeout if self.options.wait else 0.0
        began = self.clock.monotonic()
        rounds = self.shared.rounds if self.shared else None
        poll = Poll(self.clock, timeout, rounds.pauses() if rounds else pauses(self.options.interval), rounds)
        poll.due = self.shared.project.find_due() if self.shared else poll.due
        patience = Patience(self.clock)
        if self.fresh and timeout:
            yield from poll.pause()
        while True:
            yield from self._take_turn(poll)
            try:
                brief = not poll.is_over and self._says_at_work()
                error = None if brief else (yield from self._look_beside_others(poll.due))
            except AuthError as refused:
                self.backup.fail(self._bar(refused))
                return
            finally:
                if self.shared is not None:
                    self.shared.pace.release()  # what was read before may have been enough
            if self.backup.verdict.outcome is not None:
                self.backup.end_by_verdict()
                return
            if self.backup.verdict.hidden:
                status = self.backup.checkpoint.status if self.backup.checkpoint else None
                self.backup.fail(Forbidden("end-not-seen", status=status))
                return
            if not (self.shared and isinstance(error, Throttled) and not self.shared.pace.is_hopeless):
                patience.note(error)  # else all wait together
            self.tell(Event("look", self.backup, {"error": error}))
            # what a key means and what has ended is judged now, even if its lists want a minute (contract, run key)
            if self.options.run_key is not None and not self.fresh and self.observer.has_ended:
                poll.deadline = max(poll.deadline, began + VISIBLE_AFTER + FIRST_LOOK)
            if poll.is_over:
                self._give_up(error)
                return
            if patience.is_spent:
                self.backup.fail(self._lose(patience))
                return
            yield from poll.pause()

    def _says_at_work(self) -> bool:
        """Return whether the checkpoint says that it is at work: enough between looks where nobody is told of its resources."""
        brief = self.shared is None and not self.options.watched and self.clock.monotonic() - self._looked_at < STUCK
        return brief and self.observer.says_at_work()

    def _take_turn(self, poll: Poll) -> Steps:
        """Wait while a fleet may not ask, where this look would ask."""
        if self.shared and (self._glancer is None or self._glancer.asks(poll.due)):
            yield from self.shared.take_turn(poll.deadline)

    def look(self, *, ended: bool = False, due: float | None = None) -> CbrctlError | None:
        """Look once, and judge; return the error where no source answered. Raises AuthError, NotFound.

        One that has `ended` by the journal has had its time: what lists do not show then does not come any more. Of a
        fleet the project's lists are looked at first, as they are at `due` or later, or were a moment ago.
        """
        glance = self._glance(due)
        return self._take(self.observer.look(), ended=ended) if glance is None else self._take_glance(glance)

    def _look_beside_others(self, due: float) -> Generator[Wait, None, CbrctlError | None]:
        """Look as `look` does, but at the backup by itself in another thread: others may be looked at meanwhile."""
        glance = self._glance(due)
        if self.shared is None or self._glancer is None:
            return self._take(self.observer.look())
        project = self.shared.project
        if isinstance(glance, Verdict) and glance.outcome is not None:
            yield from project.wait_for_samples()
            glance = None if project.is_given_up else glance
        if glance is not None:
            return self._take_glance(glance)
        with project.sampling() if self._glancer.is_sampled else nullcontext():
            return self._take((yield from self._look_aside()) or self.observer.look())

    def _glance(self, due: float | None) -> Verdict | CbrctlError | None:
        """Return what the lists of the project say, or why they could not be read; None where they are not enough."""
        self._is_glanced = False
        if self._glancer is None:
            return None
        seen = self._glancer.look(self.intent, due)
        return None if isinstance(seen, Verdict) and not self._glancer.is_enough(seen) else seen

    def _take_glance(self, seen: Verdict | CbrctlError) -> CbrctlError | None:
        if isinstance(seen, CbrctlError):
            return seen
        self._is_glanced = True
        self._note(seen, None)
        return None

    def _look_aside(self) -> Generator[Wait, None, Look | None]:
        """Return what another thread saw of the checkpoint and its vault's own lists.

        None where it met with anything but whole answers: what that means is found out in this one.
        """
        if self.shared and self.shared.pace.is_limited:
            return None
        try:
            other = self.observer.fork()
            found = yield from self.sender.look(other.look_through)
        except CbrctlError:
            return None
        if (
            found is None
            or found.error is not None
            or any(isinstance(source, NoEvidence) for source in found.evidence[:3])
        ):
            return None
        self.observer.adopt(other)
        return found

    def _take(self, look: Look, *, ended: bool = False) -> CbrctlError | None:
        """Judge what the checkpoint and its vault's own lists showed."""
        observer, backup = self.observer, self.backup
        if look.error is not None:
            return look.error
        self._looked_at = self.clock.monotonic()
        at_once = (
            not self.fresh and observer.own and (backup.attached or not self.options.wait or not self.options.timeout)
        )
        settled = (ended and observer.has_ended) or observer.is_settled(at_once=at_once)
        self._note(judge(look.evidence, self.intent, settled=settled), observer.checkpoint)
        if self._glancer is not None:
            self._glancer.note_own_lists(backup.verdict)
        return None

    def _note(self, verdict: Verdict, checkpoint: Checkpoint | None) -> None:
        """Take what a look showed, and tell what is new."""
        backup = self.backup
        before = backup.checkpoint
        if self._is_glanced and before is not None and verdict.outcome == "completed":
            checkpoint = before._replace(status="available")  # the service says so where all copies are (service.md 1)
        backup.observe(verdict, checkpoint)
        backup.stopped = self.has_stopped
        self.intent = self.intent._replace(seen=tuple(state.id for state in verdict.states))
        status = checkpoint.status if checkpoint else None
        if status not in (None, before.status if before else None):
            self.tell(Event("status", backup, {"checkpoint_id": self.observer.checkpoint_id, "status": status}))
        for state in backup.verdict.states:
            if self._shown.get(state.id) != state:
                self._shown[state.id] = state
                self.tell(Event("resource", backup, state_json(state)))

    @property
    def is_alive(self) -> bool:
        """Whether the last look showed that the backup is being worked on."""
        if self._is_glanced:
            return self.backup.verdict.outcome is None
        checkpoint = self.observer.checkpoint
        goes_on = checkpoint is not None and checkpoint.status not in ("available", "error", *GONE)
        return goes_on or self.observer.shows_running

    @property
    def has_stopped(self) -> bool:
        """Whether the last look showed that nothing works on the backup any more."""
        return self.observer.checkpoint is not None and not self.observer.is_missing and not self.is_alive

    def _give_up(self, error: CbrctlError | None) -> None:
        known = self.fresh or self.backup.attached  # this run has seen that it was accepted
        if not self.options.wait and error is not None and not known:
            self.backup.fail(_name_unreached(error))
        elif not self.options.wait:
            self.backup.end("accepted")
        else:
            self.backup.fail(Pending("wait-ran-out" if self._has_seen() else "wait-saw-nothing"))

    def _bar(self, refused: AuthError) -> CbrctlError:
        if not self._has_seen():
            return refused  # nothing was seen that could go on
        return type(refused)("barred-while-following", fault=refused.fault, note=refused.note)

    def _lose(self, patience: Patience) -> CbrctlError:
        last = patience.errors[-1]
        if not self._has_seen():
            return _name_unreached(last)
        if all(isinstance(error, Throttled) for error in patience.errors):
            return Throttled("throttled-while-following", fault=last.fault)
        return Unreachable("lost-while-following", fault=last.fault, note=last.note)

    def _has_seen(self) -> bool:
        """Whether there is a backup that goes on: our own, or another's that was seen."""
        return self.observer.own or self.observer.checkpoint is not None or bool(self.backup.verdict.states)

    def _find_intent(self) -> Intent:
        """Return what was wanted: what was named and what the answer adds to it, else all that answer and vault name."""
        backup, answer = self.backup, self.backup.answer
        ignore = (self.options.on_skip or backup.on_skip) == "ignore"
        if backup.resource_ids is None:
            # what was meant is not known, but what this command names is called complete only where it is there
            wanted = backup.named_here or tuple(r.id for r in backup.wanted or () if backup.named_here is not None)
            return Intent(None, answer.skipped if answer else None, ignore, backup.wanted or (), seen=wanted)
        named = bool(backup.resource_ids)
        if not named and backup.wanted is None and (not answer or not answer.resources or answer.skipped is None):
            vault = self._show_vault(str(backup.vault_id))
            backup.wanted = None if vault is None or vault.unread else vault.resources
        answered = [*(r.id for r in answer.resources), *(s.id for s in answer.skipped or ())] if answer else []
        of_vault = [r.id for r in backup.wanted or ()] if not named else []
        ids = tuple(dict.fromkeys(i for i in (*backup.resource_ids, *answered, *of_vault) if i))
        return Intent(
            ids or None,
            answer.skipped if answer else None,
            ignore,
            (*(answer.resources if answer else ()), *(backup.wanted or ())),
            named=named,
            sure=named or backup.wanted is not None,
            unread=bool(answer and answer.unread),
        )

    def _show_vault(self, vault_id: str) -> Vault | None:
        """Return the vault; None where it cannot be seen: what was wanted is unknown then, and said so."""
        vault = self.shared.project.find_vault(vault_id) if self.shared else None
        with suppress(CbrctlError):
            vault = vault or self.client.show_vault(vault_id)
        return vault


def _name_unreached(error: CbrctlError) -> CbrctlError:
    """Return what kept a backup from being seen as one of the errors that say no more than that."""
    if isinstance(error, Unreachable | Throttled):
        return error
    return Unreachable("bad-answer", fault=error.fault, status=error.fault and error.fault.status)


def show_recorded(backup: Backup, follower: Follower) -> Verdict:
    """Let a record end as the journal has it, with what a look still shows of its resources; return what that look says."""
    outcome, proven, ended_at = backup.state, backup.proven, backup.ended_at
    with suppress(CbrctlError):
        follower.look(ended=True)
    seen = backup.verdict
    if seen.outcome == outcome:
        backup.end_by_verdict()
        backup.proven, backup.ended_at = proven, ended_at
    else:  # copies that were deleted since do not undo what was there
        backup.verdict = NOTHING_SEEN._replace(skipped=seen.skipped)
        backup.end_as_recorded()
    return seen
