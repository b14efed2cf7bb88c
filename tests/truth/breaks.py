"""Faults to put into the program on purpose: each must be caught by the model. CBRCTL_BREAK names the one to try."""

import math
from collections.abc import Callable, Generator
from typing import Any

import pytest

from cbrctl.api import client, error_bodies, listing
from cbrctl.backup import journal, marker, observer, reconciliation, retries, run_key, search, submit

Patch = pytest.MonkeyPatch


def _steps(answer: Any) -> Callable[..., Generator[float, None, Any]]:
    """Return a method that waits for nothing and gives `answer`."""

    def work(*_: Any, **__: Any) -> Generator[float, None, Any]:
        yield from ()
        return answer

    return work


def _post_without_look(patch: Patch) -> None:
    patch.setattr(run_key, "STALE", math.inf)


def _believe_busy(patch: Patch) -> None:
    patch.setattr(submit.Submission, "_is_echo", _steps(False))


def _take_short_for_whole(patch: Patch) -> None:
    patch.setattr(listing.Listing, "is_whole", property(lambda self: self.error is None))
    patch.setattr(listing.Listing, "trouble", property(lambda self: self.error))


def _believe_an_early_404(patch: Patch) -> None:
    patch.setattr(observer.Observer, "_is_absent", lambda self: self._absent_since is not None)


def _trust_one_clock(which: str) -> Callable[[Patch], None]:
    def passed(then: Any, now: Any, seconds: float, *, wall_alone: bool) -> bool:
        first, second = getattr(then, which), getattr(now, which)
        return first is not None and second is not None and second - first >= seconds

    return lambda patch: patch.setattr(reconciliation, "has_passed", passed)


def _close_early(patch: Patch) -> None:
    patch.setattr(reconciliation, "CLOSED_AFTER", 200.0)


def _never_close(patch: Patch) -> None:
    patch.setattr(reconciliation, "CLOSED_AFTER", math.inf)


def _believe_server_faults(patch: Patch) -> None:
    said = error_bodies.is_refusal
    patch.setattr(client, "is_refusal", lambda fault: bool(fault.code) or said(fault))


def _forget_the_record(patch: Patch) -> None:
    kept = journal.Journal.record_all

    def record_all(self: Any, writings: Any) -> None:
        kept(self, [writing for writing in writings if writing.backup.state != "sending"])

    patch.setattr(journal.Journal, "record_all", record_all)


def _forget_the_open(patch: Patch) -> None:
    patch.setattr(submit.Submission, "settle", _steps(None))


def _forget_the_running(patch: Patch) -> None:
    patch.setattr(journal.Journal, "running_backups", lambda *_: [])


def _hold_nothing(patch: Patch) -> None:
    from contextlib import nullcontext

    patch.setattr(journal.Journal, "hold", lambda *_: nullcontext())


def _find_nothing(patch: Patch) -> None:
    patch.setattr(submit.Submission, "find", lambda self: False)


def _skip_descriptions(patch: Patch) -> None:
    patch.setattr(search, "find_markers", lambda *texts: marker.find_markers(*texts[:1]))


def _ask_one_kind(patch: Patch) -> None:
    asked = search._list_copies

    def ask(reader: Any, vault_id: str, rows: Any, since: Any) -> Any:
        rows.kinds = {True, False}
        return asked(reader, vault_id, rows, since)

    patch.setattr(search, "_list_copies", ask)


def _send_again(patch: Patch) -> None:
    patch.setattr(retries.Retries, "next_pause", lambda self, error: 1.0)


def _never_lose_an_answer(patch: Patch) -> None:
    patch.setattr(submit.Submission, "_search", _steps(search.Found()))


def _settle_at_once(patch: Patch) -> None:
    patch.setattr(observer.Observer, "is_settled", lambda self, **_: True)


def _tell_no_second(patch: Patch) -> None:
    patch.setattr(submit.Submission, "look_for_others", lambda self: None)


def _attach_to_all(patch: Patch) -> None:
    patch.setattr(submit, "is_empty", lambda *_: False)


BREAKS: dict[str, Callable[[Patch], None]] = {
    "no second look before the POST": _post_without_look,
    "a busy refusal is believed at once": _believe_busy,
    "a short list is whole": _take_short_for_whole,
    "gone at the first 404": _believe_an_early_404,
    "only Date tells of the 15 minutes": _trust_one_clock("service"),
    "only the wall clock tells of them": _trust_one_clock("wall"),
    "200 seconds are enough": _close_early,
    "unknown stays so": _never_close,
    "a server's fault is a refusal": _believe_server_faults,
    "no record before the POST": _forget_the_record,
    "what is open is not settled": _forget_the_open,
    "what runs is not joined": _forget_the_running,
    "the vault is not held": _hold_nothing,
    "a key finds nothing": _find_nothing,
    "markers in descriptions do not count": _skip_descriptions,
    "copies of one kind are asked for": _ask_one_kind,
    "every refusal is sent again": _send_again,
    "a lost answer is not looked for": _never_lose_an_answer,
    "lists never lag": _settle_at_once,
    "a second checkpoint is not told": _tell_no_second,
    "an answer that skips all is a backup": _attach_to_all,
}
