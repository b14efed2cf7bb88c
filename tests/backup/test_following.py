"""Following a backup through trouble: bad looks, lost tokens, a service that is gone, signals. The real program."""

import json
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from cbrctl.api.models import Checkpoint
from cbrctl.backup.follow import Follower
from cbrctl.backup.observer import Look
from cbrctl.backup.options import BackupOptions, Deps
from cbrctl.backup.polling import FIRST_LOOK, LONGEST_PAUSE, pauses
from cbrctl.backup.record import Backup
from cbrctl.backup.states import Evidence, NoEvidence
from cbrctl.backup.verdict import Verdict
from cbrctl.errors import Interrupted, Pending
from tests.support import cbr
from tests.support.program import Result, Run, born
from tests.support.scripted import Answer, Scripted

pytestmark = pytest.mark.long

Answers = list[Answer | dict[str, Any]]
SOURCES = (cbr.SHOW, cbr.COPIES, cbr.TASKS)
RUNNING: dict[str, dict[str, Any]] = {
    cbr.SHOW: cbr.shown("protecting"),
    cbr.COPIES: cbr.copies((cbr.SERVER, "protecting")),
    cbr.TASKS: cbr.tasks((cbr.SERVER, "running", 40, "", "")),
}
DONE: dict[str, dict[str, Any]] = {
    cbr.SHOW: cbr.shown("available"),
    cbr.COPIES: cbr.copies((cbr.SERVER, "available")),
    cbr.TASKS: cbr.tasks((cbr.SERVER, "success", 100, "", "")),
}
NO_ROWS = {cbr.COPIES: cbr.copies(), cbr.TASKS: cbr.tasks()}
COMES_BACK = f"cbrctl wait {cbr.CHECKPOINT}"
FIXED = ("--poll-interval", "60s")


def play(scripted: Scripted, **answers: Answers) -> None:
    """Accept the backup and complete it at the first look, but for the sources given by name."""
    scripted.on(cbr.POST, cbr.posted())
    for name, pattern in (("show", cbr.SHOW), ("copies", cbr.COPIES), ("tasks", cbr.TASKS)):
        scripted.on(pattern, *answers.get(name, [DONE[pattern]]))


def play_looks(scripted: Scripted, *looks: Answer | dict[str, dict[str, Any]]) -> None:
    """Accept the backup; each look finds all three sources as given: one answer for all of them, or one each."""
    scripted.on(cbr.POST, cbr.posted())
    for pattern in SOURCES:
        scripted.on(pattern, *(look if isinstance(look, Answer) else look[pattern] for look in looks))


def backup(run: Run, *options: str, **more: Any) -> Result:
    result: Result = run("backup", "--vault", cbr.VAULT, "-o", "json", *options, **more)
    assert "Traceback" not in result.err
    return result


def entry_of(result: Result) -> dict[str, Any]:
    [entry] = result.json()["backups"]
    assert result.code == result.json()["exit_code"]
    return dict(entry)


# bad looks --------------------------------------------------------------------------------------------------------

THROTTLED = Answer(429, {"error_code": "APIGW.0308", "error_msg": "too many"}, {"Retry-After": "3"})
BROKEN = Answer(500, {"message": "oops"})
BAD = {
    "500": BROKEN,
    "500 with a code": Answer(500, {"error_code": "BackupService.9910", "error_msg": "unknown fault"}),
    "502 of a proxy": Answer(502, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"}),
    "503": Answer(503, b""),
    "429": THROTTLED,
    "400": Answer(400, {"error_code": "BackupService.9900", "error_msg": "no"}),
    "HTML instead of JSON": Answer(200, b"<html>Welcome to the hotel</html>", {"Content-Type": "text/html"}),
    "JSON of another shape": Answer(200, b"[]"),
    "a page of nothing": Answer(200, b""),
    "a thing without an id": Answer(200, {"checkpoint": {"status": "available"}, "backups": {}, "operation_logs": 7}),
    "a thing whose id is none": Answer(200, {"checkpoint": {"id": "?", "status": "available"}}),
    "cut in the body": Answer(200, b'{"checkpoint": {', {"Content-Length": "500"}, end="fin"),
    "cut in the head": Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Le", end="fin"),
    "reset": Answer(raw=b"", end="rst"),
    "closed": Answer(raw=b"", end="fin"),
    "redirect": Answer(302, b"", {"Location": "/elsewhere"}),
    "wrong checkpoint id": Answer(200, {"checkpoint": {**DONE[cbr.SHOW]["checkpoint"], "id": cbr.VAULT}}),
}


@pytest.mark.heavy
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_nine_bad_looks_are_forgiven(bad: Answer, scripted: Scripted, run: Run) -> None:
    play_looks(scripted, *[bad] * 9, DONE)
    result = backup(run, *FIXED)
    assert (entry_of(result)["outcome"], result.code) == ("completed", 0)
    assert scripted.count(cbr.SHOW) == 10
    assert scripted.count("GET /elsewhere") == 0


ALL_BUT_429 = {cbr.SHOW: THROTTLED, cbr.COPIES: THROTTLED, cbr.TASKS: BROKEN}


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("looks", "code", "kind"),
    [
        ([BROKEN], 7, "unreachable"),
        ([BAD["reset"]], 7, "unreachable"),
        ([BAD["HTML instead of JSON"]], 7, "unreachable"),
        ([BAD["redirect"]], 7, "unreachable"),
        ([BAD["wrong checkpoint id"]], 7, "unreachable"),
        ([THROTTLED], 8, "throttled"),
        ([*[THROTTLED] * 5, BROKEN, THROTTLED], 7, "unreachable"),
        ([*[BROKEN] * 9, THROTTLED], 7, "unreachable"),
        ([ALL_BUT_429], 7, "unreachable"),
    ],
    ids=["500", "reset", "HTML", "redirect", "wrong id", "429", "429 but one", "429 at last", "429 but one source"],
)
def test_ten_bad_looks_in_a_row_end_the_following(
    looks: list[Any], code: int, kind: str, scripted: Scripted, run: Run
) -> None:
    play_looks(scripted, RUNNING, *looks)
    result = backup(run, *FIXED)
    entry = entry_of(result)
    assert (entry["outcome"], result.code, entry["error"]["kind"]) == ("pending", code, kind)
    assert scripted.count(cbr.SHOW) == 1 + 10
    # what is known stays told, and how to come back
    assert (entry["checkpoint"]["id"], entry["resources"][0]["status"]) == (cbr.CHECKPOINT, "protecting")
    assert COMES_BACK in entry["error"]["hint"]
    assert "the backup goes on" in result.err.lower()
    assert COMES_BACK in result.err


@pytest.mark.parametrize("options", [("--poll-interval", "10s"), ()], ids=["a fixed pace", "the default pace"])
def test_ten_bad_looks_within_five_minutes_do_not(options: tuple[str, ...], scripted: Scripted, run: Run) -> None:
    play_looks(scripted, *[BROKEN] * 12, DONE)
    assert backup(run, *options).code == 0


def test_at_a_quick_pace_five_minutes_pass_first(scripted: Scripted, run: Run) -> None:
    play_looks(scripted, BROKEN)
    assert backup(run, "--poll-interval", "10s").code == 7
    assert scripted.count(cbr.SHOW) == 31  # 300 s after the first


def test_only_bad_looks_in_a_row_count(scripted: Scripted, run: Run) -> None:
    play_looks(scripted, *[BROKEN] * 9, RUNNING, *[THROTTLED] * 9, RUNNING, *[BROKEN] * 9, DONE)
    assert backup(run, *FIXED).code == 0
    assert scripted.count(cbr.SHOW) == 30


@pytest.mark.parametrize("timeout", ["0", "1s", "4m"])
@pytest.mark.parametrize("bad", [BROKEN, THROTTLED], ids=["500", "429"])
def test_a_deadline_before_that_is_pending(bad: Answer, timeout: str, scripted: Scripted, run: Run) -> None:
    play_looks(scripted, bad)
    result = backup(run, "--timeout", timeout, "--poll-interval", "10s")
    assert (entry_of(result)["outcome"], result.code) == ("pending", 5)
    assert COMES_BACK in result.err


def test_a_deadline_reached_together_with_it_is_pending(scripted: Scripted, run: Run) -> None:
    play_looks(scripted, BROKEN)
    assert backup(run, "--timeout", "10m", *FIXED).code == 5
    assert scripted.count(cbr.SHOW) == 10


def test_wait_that_never_saw_anything_knows_of_no_backup(scripted: Scripted, run: Run) -> None:
    play_looks(scripted, BROKEN)
    result = run("wait", cbr.CHECKPOINT, *FIXED, "-o", "json")
    assert (entry_of(result)["outcome"], result.code) == ("pending", 7)


def test_wait_whose_time_is_over_before_any_answer_is_pending(scripted: Scripted, run: Run) -> None:
    play_looks(scripted, BROKEN)
    result = run("wait", cbr.CHECKPOINT, "--timeout", "0", "-o", "json")
    assert (entry_of(result)["outcome"], result.code) == ("pending", 5)


def test_wait_that_lost_the_service_says_that_it_goes_on(scripted: Scripted, run: Run) -> None:
    play_looks(scripted, RUNNING, BROKEN)
    result = run("wait", cbr.CHECKPOINT, *FIXED, "-o", "json")
    assert (entry_of(result)["outcome"], result.code) == ("pending", 7)
    assert COMES_BACK in result.err


# one source that fails --------------------------------------------------------------------------------------------

LIST_GONE = Answer(404, {"error_code": "BackupService.6500", "error_msg": "none"})
MALFORMED = Answer(401, {"unauthorized": {"code": "401", "message": "Malformed request url"}})
FAILED: Answers = [cbr.tasks((cbr.SERVER, "failed", 40, "BackupService.7102", "stopped"))]


@pytest.mark.heavy
@pytest.mark.parametrize("bad", [BROKEN, THROTTLED, LIST_GONE, MALFORMED], ids=["500", "429", "404", "malformed"])
@pytest.mark.parametrize(
    ("broken", "others", "code"),
    [
        ("copies", {}, 0),
        ("copies", {"tasks": FAILED}, 4),
        ("tasks", {"copies": [cbr.copies((cbr.SERVER, "error"))]}, 4),
    ],
    ids=["no copies, done", "no copies, failed", "no tasks, failed"],
)
def test_a_list_that_fails_for_ever_does_not_block_the_verdict(
    broken: str, others: dict[str, Answers], code: int, bad: Answer, scripted: Scripted, run: Run
) -> None:
    answers: dict[str, Answers] = {**others, broken: [bad]}
    play(scripted, **answers)
    assert backup(run, *FIXED).code == code


@pytest.mark.heavy
@pytest.mark.parametrize("broken", ["copies", "tasks"])
def test_a_list_that_answers_now_and_then_is_not_given_up(broken: str, scripted: Scripted, run: Run) -> None:
    """What it has not shown yet may be the one that failed."""
    rows = DONE[cbr.COPIES if broken == "copies" else cbr.TASKS]
    cut = {**rows, "count": 2}
    play(scripted, **{broken: [*([BROKEN] * 7 + [cut]) * 20]})
    result = backup(run, *FIXED, "--timeout", "90m")
    assert (entry_of(result)["outcome"], result.code) == ("pending", 5)


def test_where_neither_list_is_left_nothing_is_missing(scripted: Scripted, run: Run) -> None:
    ended = cbr.shown("available")
    ended["checkpoint"]["vault"]["resources"] = []
    play(scripted, show=[ended], copies=[BROKEN], tasks=[BROKEN])
    result = backup(run, *FIXED, "--timeout", "90m")
    assert (entry_of(result)["outcome"], result.code) == ("pending", 5)


@pytest.mark.parametrize(
    ("others", "code"), [({}, 0), ({"copies": [cbr.copies((cbr.SERVER, "error"))], "tasks": FAILED}, 4)]
)
def test_a_checkpoint_that_fails_for_ever_does_not_either(
    others: dict[str, Answers], code: int, scripted: Scripted, run: Run
) -> None:
    play(scripted, show=[BROKEN], **others)
    assert backup(run, *FIXED).code == code


def test_a_source_that_fails_for_a_while_is_waited_for(scripted: Scripted, run: Run) -> None:
    """The tasks succeeded; only the copies, which come back at last, know better."""
    play(scripted, copies=[*[BROKEN] * 9, cbr.copies((cbr.SERVER, "error"))])
    assert backup(run, *FIXED).code == 4


def test_whole_copies_wait_for_the_tasks_which_may_name_more(scripted: Scripted, run: Run) -> None:
    play(
        scripted,
        tasks=[*[BROKEN] * 9, cbr.tasks((cbr.SERVER, "success", 100, "", ""), (cbr.SERVER_2, "failed", 40, "", ""))],
    )
    assert backup(run, *FIXED).code == 3
    assert scripted.count(cbr.SHOW) == 10
    play(scripted, tasks=[BROKEN])
    assert backup(run, *FIXED).code == 0
    assert scripted.count(cbr.SHOW) == 10 + 11  # the tenth look gives them up


def test_a_right_that_is_taken_away_last_ends_the_following(scripted: Scripted, run: Run) -> None:
    denied = Answer(403, {"error_code": "APIGW.0302", "error_msg": "denied"})
    play(scripted, show=[BROKEN], copies=[BROKEN], tasks=[*[RUNNING[cbr.TASKS]] * 12, denied])
    result = backup(run, *FIXED)
    # the others were given up for its sake, and are all there is then
    assert (entry_of(result)["outcome"], result.code) == ("pending", 7)


def test_nothing_is_said_of_a_status_that_was_not_seen(scripted: Scripted, run: Run) -> None:
    play(scripted, show=[BROKEN], copies=[RUNNING[cbr.COPIES], DONE[cbr.COPIES]])
    result = run("backup", "--vault", cbr.VAULT, "-o", "jsonl", *FIXED)
    assert [line["status"] for line in result.lines() if line["type"] == "status"] == []
    assert "None" not in result.err


# a checkpoint that is not found ------------------------------------------------------------------------------------

NOT_FOUND = Answer(404, {"error_code": "BackupService.6217", "error_msg": "no such checkpoint"})
DELETED = cbr.shown("deleted")
FOREIGN = {
    "no route": Answer(404, {"error_code": "APIGW.0101", "error_msg": "no such API"}),
    "no code": Answer(404, {"message": "not found"}),
    "HTML": Answer(404, b"<html>nginx</html>", {"Content-Type": "text/html"}),
    "another service": Answer(404, {"error_code": "IAM.0004", "error_msg": "no such project"}),
}


@pytest.mark.parametrize("gone", [NOT_FOUND, Answer(200, DELETED)], ids=["6217", "deleted"])
def test_a_checkpoint_is_gone_when_the_service_has_said_so_for_a_minute(
    gone: Answer, scripted: Scripted, run: Run
) -> None:
    play(scripted, show=[RUNNING[cbr.SHOW], gone], copies=[NO_ROWS[cbr.COPIES]], tasks=[NO_ROWS[cbr.TASKS]])
    result = backup(run, "--poll-interval", "10s")
    entry = entry_of(result)
    assert (entry["outcome"], result.code, entry["error"]["kind"]) == ("failed", 4, "failed")
    assert scripted.count(cbr.SHOW) == 1 + 7  # 60 s from the first that said so


@pytest.mark.parametrize("bad", [NOT_FOUND, *FOREIGN.values()], ids=["6217", *FOREIGN])
def test_a_checkpoint_that_comes_back_was_never_gone(bad: Answer, scripted: Scripted, run: Run) -> None:
    there: Answers = [RUNNING[cbr.SHOW], *[bad] * 5, RUNNING[cbr.SHOW], *[bad] * 5, DONE[cbr.SHOW]]
    rows = [NO_ROWS] * 12 + [DONE]
    play(scripted, show=there, copies=[row[cbr.COPIES] for row in rows], tasks=[row[cbr.TASKS] for row in rows])
    assert backup(run, "--poll-interval", "10s").code == 0
    assert scripted.count(cbr.SHOW) == 13


@pytest.mark.heavy
@pytest.mark.parametrize("bad", FOREIGN.values(), ids=FOREIGN)
def test_what_is_not_the_services_own_word_is_no_deletion(bad: Answer, scripted: Scripted, run: Run) -> None:
    play(scripted, show=[RUNNING[cbr.SHOW], bad], copies=[NO_ROWS[cbr.COPIES]], tasks=[NO_ROWS[cbr.TASKS]])
    result = backup(run, *FIXED, "--timeout", "1h")
    assert (entry_of(result)["outcome"], result.code) == ("pending", 5)


@pytest.mark.parametrize("alive", ["copies", "tasks"])
def test_what_a_list_shows_alive_is_not_gone(alive: str, scripted: Scripted, run: Run) -> None:
    pattern = {"copies": cbr.COPIES, "tasks": cbr.TASKS}[alive]
    lists: dict[str, Answers] = {
        "copies": [NO_ROWS[cbr.COPIES]],
        "tasks": [NO_ROWS[cbr.TASKS]],
        alive: [RUNNING[pattern]],
    }
    play(scripted, show=[RUNNING[cbr.SHOW], NOT_FOUND], **lists)
    result = backup(run, *FIXED, "--timeout", "30m")
    assert (entry_of(result)["outcome"], result.code) == ("pending", 5)


@pytest.mark.parametrize("silent", ["copies", "tasks"])
def test_a_list_that_does_not_answer_proves_no_deletion(silent: str, scripted: Scripted, run: Run) -> None:
    lists: dict[str, Answers] = {"copies": [NO_ROWS[cbr.COPIES]], "tasks": [NO_ROWS[cbr.TASKS]], silent: [BROKEN]}
    play(scripted, show=[RUNNING[cbr.SHOW], NOT_FOUND], **lists)
    result = backup(run, "--poll-interval", "30s", "--timeout", "4m")
    assert (entry_of(result)["outcome"], result.code) == ("pending", 5)


# the token --------------------------------------------------------------------------------------------------------

LOGIN = "POST /v3/auth/tokens"
EXPIRED = Answer(401, {"error_code": "APIGW.0301", "error_msg": "Incorrect IAM authentication information"})
USER = {"CBRCTL_TOKEN": "", "CBRCTL_USERNAME": "u", "CBRCTL_PASSWORD": "p", "CBRCTL_DOMAIN_NAME": "d"}


def issued(token: str) -> Answer:
    body = {"token": {"expires_at": "2099-01-01T00:00:00.000000Z", "project": {"id": cbr.PROJECT}}}
    return Answer(201, body, {"X-Subject-Token": token})


@pytest.mark.parametrize("source", ["show", "copies", "tasks"])
def test_a_token_refused_on_the_way_is_renewed_and_it_goes_on(source: str, scripted: Scripted, run: Run) -> None:
    play_looks(scripted, RUNNING, DONE)
    pattern = dict(zip(("show", "copies", "tasks"), SOURCES, strict=True))[source]
    scripted.on(pattern, RUNNING[pattern], EXPIRED, DONE[pattern])
    scripted.on(LOGIN, issued("first"), issued("second"))
    assert backup(run, env=USER).code == 0
    assert scripted.count(LOGIN) == 2
    tokens = [a.headers["x-auth-token"] for a in scripted.asked if a.method == "GET"]
    assert tokens == sorted(tokens)
    assert (tokens[0], tokens[-1]) == ("first", "second")
    assert scripted.count(cbr.SHOW) == (3 if source == "show" else 2)


@pytest.mark.parametrize(
    "logins",
    [[issued("first"), issued("second")], [issued("first"), Answer(401, {"error": {"code": 401, "message": "no"}})]],
    ids=["the new token is refused too", "the login is refused"],
)
def test_a_token_that_cannot_be_renewed_ends_the_following(logins: list[Answer], scripted: Scripted, run: Run) -> None:
    play(scripted, show=[RUNNING[cbr.SHOW], EXPIRED], copies=[RUNNING[cbr.COPIES]])
    scripted.on(LOGIN, *logins)
    result = backup(run, env=USER)
    entry = entry_of(result)
    assert (entry["outcome"], result.code, entry["sent"], entry["error"]["kind"]) == ("pending", 12, "yes", "auth")
    assert entry["checkpoint"]["id"] == cbr.CHECKPOINT
    assert scripted.count(LOGIN) == 2  # accounts lock: a refused login is never tried again


def test_a_given_token_cannot_be_renewed(scripted: Scripted, run: Run) -> None:
    play(scripted, show=[RUNNING[cbr.SHOW], EXPIRED], copies=[RUNNING[cbr.COPIES]])
    result = backup(run)
    assert (entry_of(result)["outcome"], result.code) == ("pending", 12)
    assert scripted.count(LOGIN) == 0
    assert scripted.count(cbr.SHOW) == 2


def test_a_login_service_that_is_away_for_a_while_is_waited_for(scripted: Scripted, run: Run) -> None:
    play(scripted, show=[RUNNING[cbr.SHOW], EXPIRED, DONE[cbr.SHOW]])
    scripted.on(LOGIN, issued("first"), *[Answer(503, b"")] * 5, issued("second"))
    assert backup(run, env=USER).code == 0
    assert scripted.count(LOGIN) == 7


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("command", "seen", "rows", "outcome", "code"),
    [
        (("backup", "--vault", cbr.VAULT), [RUNNING[cbr.SHOW]], RUNNING, "pending", 5),
        (("backup", "--vault", cbr.VAULT), [RUNNING[cbr.SHOW]], NO_ROWS, "pending", 5),
        (("wait", cbr.CHECKPOINT), [], NO_ROWS, "error", 10),
        (("wait", cbr.CHECKPOINT), [], RUNNING, "pending", 5),
    ],
    ids=["after it was seen", "and nothing shows it", "at the first look", "but the lists show it"],
)
def test_a_malformed_url_is_no_expired_token_and_no_deletion(
    command: tuple[str, ...],
    seen: Answers,
    rows: dict[str, dict[str, Any]],
    outcome: str,
    code: int,
    scripted: Scripted,
    run: Run,
) -> None:
    play(scripted, show=[*seen, MALFORMED], copies=[rows[cbr.COPIES]], tasks=[rows[cbr.TASKS]])
    scripted.on(LOGIN, issued("first"), issued("second"))
    result = run(*command, "--timeout", "30m", "-o", "json", env=USER)
    assert (entry_of(result)["outcome"], result.code) == (outcome, code)
    assert scripted.count(LOGIN) == 1


# pauses -----------------------------------------------------------------------------------------------------------


def test_pauses_grow_by_half_to_the_longest_and_vary() -> None:
    runs = [list(islice(pauses(None), 12)) for _ in range(50)]
    middle = FIRST_LOOK
    for step in zip(*runs, strict=True):
        assert all(0.8 * middle <= pause <= min(1.2 * middle, LONGEST_PAUSE) for pause in step)
        assert max(step) - min(step) > 0.1 * middle
        middle = min(middle * 1.5, LONGEST_PAUSE)
    assert (FIRST_LOOK, middle) == (3.0, 30.0)


def test_a_fixed_interval_is_kept() -> None:
    assert list(islice(pauses(7.5), 20)) == [7.5] * 20


class Patient:
    """A clock that only remembers the pauses, and an observer to whom everything runs on."""

    own, checkpoint, has_ended = True, None, False

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return sum(self.pauses)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def look(self) -> Look:
        return Look(Evidence(NoEvidence.SILENT, NoEvidence.SILENT, NoEvidence.SILENT), None)

    def is_settled(self, *, at_once: bool) -> bool:
        return False


@pytest.mark.parametrize(
    ("timeout", "interval", "expected"),
    [(25, 10, [10, 10, 5]), (30, 10, [10, 10, 10]), (5, 60, [5]), (0, 10, [])],
)
def test_no_pause_goes_beyond_the_deadline(timeout: float, interval: float, expected: list[float]) -> None:
    slow: Any = Patient()
    record = Backup(cbr.CHECKPOINT, resource_ids=(cbr.SERVER,))
    options = BackupOptions(timeout=timeout, interval=interval)
    follower = Follower(Deps(slow, slow, options, lambda event: None, slow, slow), record, fresh=True)
    follower.observer = slow
    for pause in follower.follow():
        slow.sleep(pause)
    assert isinstance(record.error, Pending)
    assert slow.pauses == expected


def looks_in(minutes: int, scripted: Scripted, run: Run, *options: str) -> int:
    play_looks(scripted, RUNNING)
    assert backup(run, "--timeout", f"{minutes}m", *options).code == 5
    return scripted.count(cbr.SHOW)


@pytest.mark.heavy
def test_the_programs_own_pace(scripted: Scripted, run: Run) -> None:
    assert 120 <= looks_in(60, scripted, run) <= 155  # each 24 to 30 s, but for the first seven


def test_a_pace_of_ones_own(scripted: Scripted, run: Run) -> None:
    assert looks_in(2, scripted, run, "--poll-interval", "15s") == 8


def test_a_quiet_run_asks_the_checkpoint_alone_between_looks(scripted: Scripted, run: Run) -> None:
    """Nobody is told of its resources: all sources are asked every five minutes, and where the checkpoint has ended."""
    shown: Answers = [*[RUNNING[cbr.SHOW]] * 40, DONE[cbr.SHOW]]
    play(scripted, show=list(shown), copies=[RUNNING[cbr.COPIES], RUNNING[cbr.COPIES], DONE[cbr.COPIES]])
    assert entry_of(backup(run, *FIXED, "-qq"))["outcome"] == "completed"
    quiet = scripted.count(cbr.SHOW), scripted.count(cbr.COPIES)
    assert quiet[0] >= 41
    assert quiet[1] < 40
    play(scripted, show=list(shown))
    assert entry_of(backup(run, *FIXED))["outcome"] == "completed"
    assert scripted.count(cbr.COPIES) - quiet[1] >= 41


def test_a_quiet_run_is_not_held_by_a_checkpoint_that_is_stuck(scripted: Scripted, run: Run) -> None:
    play(scripted, show=[RUNNING[cbr.SHOW]])
    loud = entry_of(backup(run, *FIXED))
    play(scripted, show=[RUNNING[cbr.SHOW]])
    quiet = entry_of(backup(run, *FIXED, "-qq"))
    assert (quiet["outcome"], quiet["resources"]) == (loud["outcome"], loud["resources"])


@pytest.mark.parametrize("bad", [Answer(502, "<html>"), Answer(404, {"error_code": "APIGW.0101"})])
def test_a_quiet_run_looks_at_all_where_the_checkpoint_does_not_answer(
    bad: Answer, scripted: Scripted, run: Run
) -> None:
    play(scripted, show=[RUNNING[cbr.SHOW], bad, bad, DONE[cbr.SHOW]], copies=[RUNNING[cbr.COPIES], DONE[cbr.COPIES]])
    assert entry_of(backup(run, *FIXED, "-qq"))["outcome"] == "completed"


@pytest.mark.heavy
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
@pytest.mark.parametrize("options", [(), ("-qq",)])
def test_following_for_hours_takes_no_more_memory_and_no_descriptor(
    options: tuple[str, ...], scripted: Scripted, run: Run
) -> None:
    """Thousands of requests of following: what one look leaves behind would be seen."""
    seen: list[tuple[int, int]] = []

    def measure() -> None:
        number = len(scripted.asked)
        if number % 1000 == 0:
            process = Path(f"/proc/{born[-1]}")
            pages = int((process / "statm").read_text().split()[1])
            seen.append((pages * os.sysconf("SC_PAGE_SIZE") >> 10, len(list((process / "fd").iterdir()))))

    play_looks(scripted, RUNNING)
    for pattern in SOURCES:
        scripted.on(pattern, Answer(200, RUNNING[pattern], before=measure))
    polls = 4_000 if options else 1_500
    result = run("backup", "--vault", cbr.VAULT, "--poll-interval", "10s", "--timeout", f"{10 * polls}s", *options)
    assert result.code == 5
    assert len(seen) >= 3, "it was measured"
    (first, handles), (last, later) = seen[0], seen[-1]
    assert last - first <= 4096, f"KiB at each thousand requests: {seen}"
    assert later <= handles, f"descriptors at each thousand requests: {seen}"


# signals ----------------------------------------------------------------------------------------------------------

NUMBERS = {"SIGHUP": signal.SIGHUP, "SIGINT": signal.SIGINT, "SIGTERM": signal.SIGTERM}
Send = Callable[..., Callable[[], None]]


@pytest.fixture
def send() -> Iterator[Send]:
    """Make what an answer does first: signal the program that asked, `send(SIGINT)`; or stay silent long after it."""
    over = threading.Event()

    def make(number: int, *, silent_for: float = 0, to: int | None = None) -> Callable[[], None]:
        def act() -> None:
            with suppress(ProcessLookupError):  # the first of two may have ended it
                os.kill(to or born[-1], number)
            over.wait(silent_for)

        return act

    yield make
    over.set()


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    "command", [("backup", "--vault", cbr.VAULT), ("wait", cbr.CHECKPOINT)], ids=["backup", "wait"]
)
def test_a_signal_while_following(
    name: str, command: tuple[str, ...], scripted: Scripted, run: Run, send: Send
) -> None:
    number = NUMBERS[name]
    play_looks(scripted, RUNNING)
    scripted.on(cbr.SHOW, RUNNING[cbr.SHOW], Answer(200, RUNNING[cbr.SHOW], before=send(number)))
    result = run(*command, "-o", "json")
    entry = entry_of(result)
    assert (entry["outcome"], entry["exit_code"], result.code) == ("pending", 128 + number, 128 + number)
    assert (entry["checkpoint"]["id"], entry["resources"][0]["status"]) == (cbr.CHECKPOINT, "protecting")
    assert (entry["error"]["kind"], entry["error"]["hint"]) == ("signal", f"{COMES_BACK} follows it.")
    assert entry["ended_at"] is None
    assert f"Stopped by {name}. The backup was sent and goes on." in result.err
    assert COMES_BACK in result.err
    assert "Traceback" not in result.err
    assert (scripted.count(cbr.POST), scripted.count(cbr.SHOW)) == (command[0] == "backup", 2)
    if command[0] == "wait":
        assert (entry["skipped_resources"], len(entry["warnings"])) == (None, 1)


def test_a_signal_leaves_whole_lines(scripted: Scripted, run: Run, send: Send) -> None:
    play_looks(scripted, RUNNING)
    scripted.on(cbr.SHOW, RUNNING[cbr.SHOW], Answer(200, RUNNING[cbr.SHOW], before=send(signal.SIGTERM)))
    result = run("backup", "--vault", cbr.VAULT, "-o", "jsonl")
    *events, last = result.lines()
    assert result.code == 143
    assert {e["type"] for e in events} == {"op", "resource"}
    assert (events[-1]["state"], events[-1]["outcome"], events[-1]["exit_code"]) == ("ended", "pending", 143)
    assert (last["type"], last["schema"], last["outcome"], last["exit_code"]) == (
        "result", "cbrctl.backup/v1", "pending", 143,
    )  # fmt: skip
    assert last["backups"][0]["op_id"] == events[0]["op_id"]


def test_a_signal_on_a_terminal_gives_the_cursor_back(scripted: Scripted, run_tty: Run, send: Send) -> None:
    play_looks(scripted, RUNNING)
    scripted.on(cbr.SHOW, RUNNING[cbr.SHOW], Answer(200, RUNNING[cbr.SHOW], before=send(signal.SIGINT)))
    result = run_tty("backup", "--vault", cbr.VAULT)
    assert result.code == 130
    assert "vault-be94: pending" in result.out
    assert cbr.CHECKPOINT in result.out
    words = re.sub(r"\s+", " ", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", result.err))
    assert "Stopped by SIGINT. The backup was sent and goes on." in words
    assert COMES_BACK in words
    assert result.err.rfind("\x1b[?25h") > result.err.rfind("\x1b[?25l") > -1


@pytest.mark.parametrize("place", [cbr.VAULTS, LOGIN], ids=["the look-up", "the login"])
def test_a_signal_before_sending_sends_nothing(place: str, scripted: Scripted, run: Run, send: Send) -> None:
    play(scripted)
    scripted.on(LOGIN, issued("first"))
    scripted.on(cbr.VAULTS, {"vaults": [], "count": 0})
    good = issued("first") if place == LOGIN else Answer(200, {"vaults": [], "count": 0})
    scripted.on(place, good._replace(before=send(signal.SIGINT)))
    result = run("backup", "--vault", "vault-be94", "-o", "json", env=USER)
    assert result.code == 130
    document = result.json()
    assert (document["schema"], document["exit_code"], document["error"]["kind"]) == ("cbrctl.error/v1", 130, "signal")
    assert "Stopped by SIGINT." in result.err
    assert scripted.count(cbr.POST) == 0


@pytest.mark.parametrize(("first", "second"), [("SIGINT", "SIGINT"), ("SIGTERM", "SIGINT"), ("SIGHUP", "SIGTERM")])
@pytest.mark.parametrize("place", ["the request", "a look"])
def test_two_signals_leave_a_document_too(
    first: str, second: str, place: str, scripted: Scripted, run: Run, send: Send
) -> None:
    """The second breaks off what the first waits for; what is known then is told and recorded."""
    play_looks(scripted, RUNNING)

    def twice() -> None:
        asking = born[-1]  # the next program may have begun when the second is sent
        send(NUMBERS[first], silent_for=0.2, to=asking)()  # two of a kind at the same instant are one
        send(NUMBERS[second], silent_for=60, to=asking)()

    if place == "the request":
        scripted.on(cbr.POST, Answer(200, cbr.posted(), before=twice))
    else:
        scripted.on(cbr.SHOW, Answer(200, RUNNING[cbr.SHOW], before=twice))
    result = run("backup", "--vault", cbr.VAULT, "-o", "json")
    assert scripted.count(cbr.COPIES) == 0  # it does not even look for what was sent
    entry = entry_of(result)
    outcome = "unknown" if place == "the request" else "pending"
    assert (entry["outcome"], result.code) == (outcome, 128 + NUMBERS[first])
    assert f"Stopped by {first}." in result.err
    [row] = run("history", "-o", "json").json()["items"]
    assert (row["op_id"], row["outcome"]) == (entry["op_id"], outcome)


FULL = Answer(400, {"error_code": "6114", "error_msg": "full"})


@pytest.mark.parametrize(
    ("answer", "outcome", "code", "sent", "words"),
    [
        (Answer(200, cbr.posted()), "pending", 130, "yes", "The backup was sent and goes on."),
        (FULL, "refused", 13, "no", "no room"),
        (Answer(502, b"<html>"), "unknown", 6, "unknown", "whether a backup was started"),
        (Answer(raw=b"", end="rst"), "unknown", 6, "unknown", "whether a backup was started is not known"),
        (THROTTLED, "error", 130, "no", "Stopped by SIGINT. Nothing was sent."),
    ],
    ids=["accepted", "refused", "unclear", "reset", "throttled"],
)
def test_a_signal_while_the_request_is_on_its_way_lets_the_exchange_end(
    answer: Answer, outcome: str, code: int, sent: str, words: str, scripted: Scripted, run: Run, send: Send
) -> None:
    play(scripted)
    scripted.on(cbr.POST, answer._replace(before=send(signal.SIGINT)))
    result = backup(run)
    document = result.json()
    assert result.code == document["exit_code"] == 130
    [entry] = document["backups"]
    assert (entry["outcome"], entry["exit_code"], entry["sent"]) == (outcome, code, sent)
    assert (entry["checkpoint"] is not None) == (sent == "yes")
    assert words in result.err
    assert (scripted.count(cbr.POST), scripted.count(cbr.SHOW)) == (1, 0)


def test_a_signal_gives_an_answer_that_does_not_come_eight_seconds(scripted: Scripted, run: Run, send: Send) -> None:
    """The watchdogs are 20 times as quick: 0.4 s after the signal, while the POST alone would have 3 s."""
    play(scripted)
    scripted.on(cbr.POST, Answer(200, cbr.posted(), before=send(signal.SIGTERM, silent_for=1.5)))
    result = backup(run, env={"TEST_TIMER_SCALE": "20"})
    document = result.json()
    assert (result.code, document["exit_code"]) == (143, 143)
    assert (document["backups"][0]["outcome"], document["backups"][0]["sent"]) == ("unknown", "unknown")


OTHER_VAULT, OTHER_CHECKPOINT = cbr.VAULT[:-1] + "0", cbr.CHECKPOINT[:-1] + "0"
SHOW_OTHER = rf"GET /v3/{cbr.PROJECT}/checkpoints/{OTHER_CHECKPOINT}"
BOTH = ("backup", "-V", cbr.VAULT, "-V", OTHER_VAULT, "--parallel", "1", "-o", "json")


def test_a_signal_that_cuts_the_search_short_makes_no_refusal(scripted: Scripted, run: Run, send: Send) -> None:
    """Busy perhaps with the very request: it is believed only after ten seconds (contract, exit codes)."""
    scripted.on(cbr.POST, Answer(400, {"error_code": "BackupService.1001", "error_msg": "busy"}))
    scripted.on(cbr.COPIES, cbr.copies())
    scripted.on(cbr.TASKS, cbr.tasks(), Answer(200, cbr.tasks(), before=send(signal.SIGTERM)), cbr.tasks())
    entry = entry_of(result := run("backup", "--vault", cbr.VAULT, "-o", "json"))
    assert (entry["outcome"], entry["sent"], result.code) == ("unknown", "unknown", 143), result.err


def of_other(answer: dict[str, Any]) -> dict[str, Any]:
    """The same of another vault."""
    text = json.dumps(answer).replace(cbr.VAULT, OTHER_VAULT).replace(cbr.CHECKPOINT, OTHER_CHECKPOINT)
    return dict(json.loads(text))


def ends_of(result: Result) -> list[tuple[str, str, int, str]]:
    return [(e["vault"]["id"], e["outcome"], e["exit_code"], e["sent"]) for e in result.json()["backups"]]


def test_a_signal_leaves_the_next_vault_alone(scripted: Scripted, run: Run, send: Send) -> None:
    play_looks(scripted, RUNNING)
    scripted.on(cbr.POST, Answer(200, cbr.posted(), before=send(signal.SIGINT)))
    result = run(*BOTH)
    assert result.code == result.json()["exit_code"] == 130
    assert ends_of(result) == [(cbr.VAULT, "pending", 130, "yes"), (OTHER_VAULT, "error", 130, "no")]
    assert f"error: {OTHER_VAULT}: Stopped by SIGINT. Nothing was sent." in result.err
    assert scripted.count(cbr.POST) == 1


def test_a_signal_while_several_vaults_are_followed(scripted: Scripted, run: Run, send: Send) -> None:
    play_looks(scripted, RUNNING)
    scripted.on(cbr.POST, cbr.posted(), of_other(cbr.posted()))
    scripted.on(
        SHOW_OTHER, of_other(RUNNING[cbr.SHOW]), Answer(200, of_other(RUNNING[cbr.SHOW]), before=send(signal.SIGTERM))
    )
    result = run(*BOTH)
    assert result.code == result.json()["exit_code"] == 143
    assert ends_of(result) == [(cbr.VAULT, "pending", 143, "yes"), (OTHER_VAULT, "pending", 143, "yes")]
    assert result.err.count("Stopped by SIGTERM. The backup was sent and goes on.") == 2
    assert scripted.count(cbr.POST) == 2


def test_a_signal_after_a_finished_vault_keeps_its_end(scripted: Scripted, run: Run, send: Send) -> None:
    play(scripted)
    scripted.on(cbr.POST, cbr.posted(), of_other(cbr.posted()))
    scripted.on(
        SHOW_OTHER, of_other(RUNNING[cbr.SHOW]), Answer(200, of_other(RUNNING[cbr.SHOW]), before=send(signal.SIGHUP))
    )
    result = run(*BOTH)
    assert result.code == result.json()["exit_code"] == 129
    assert ends_of(result) == [(cbr.VAULT, "completed", 0, "yes"), (OTHER_VAULT, "pending", 129, "yes")]


def test_a_signal_just_after_the_end_was_seen_leaves_the_end() -> None:
    entry = Backup(cbr.CHECKPOINT)
    entry.observe(Verdict("completed", (), None), Checkpoint.from_json(DONE[cbr.SHOW]["checkpoint"]))
    entry.interrupt(Interrupted(signal.SIGINT))
    assert (entry.outcome, entry.exit_code, entry.error) == ("completed", 0, None)


@pytest.mark.parametrize(
    ("state", "attached", "waits", "key", "outcome"),
    [
        ("accepted", False, False, "interrupted-following", "pending"),
        ("accepted", True, False, "interrupted-attached", "pending"),
        ("refused", False, True, "interrupted", "error"),
        ("unknown", False, True, "interrupted-unknown", "unknown"),
        ("prepared", False, True, "interrupted-before", "error"),
    ],
)
def test_a_signal_says_what_became_of_it(state: str, attached: bool, waits: bool, key: str, outcome: str) -> None:
    """One that others sent was not sent; one that waits for a busy vault after a refusal was stopped, and not refused."""
    entry = Backup(cbr.VAULT, state=state, attached=attached, waits=waits)
    if state == "refused":
        entry.outcome, entry.exit_code = "refused", 11
    entry.interrupt(Interrupted(signal.SIGINT))
    assert entry.error is not None
    assert (entry.error.key, entry.outcome, entry.exit_code) == (key, outcome, 130)


def test_wait_from_lists_only_tells_a_signal_with_its_checkpoint(scripted: Scripted, run: Run, send: Send) -> None:
    play_looks(scripted, RUNNING)
    scripted.on(cbr.SHOW, Answer(403, {"error_code": "APIGW.0302", "error_msg": "denied"}))
    scripted.on(cbr.COPIES, RUNNING[cbr.COPIES], Answer(200, RUNNING[cbr.COPIES], before=send(signal.SIGINT)))
    result = run("wait", cbr.CHECKPOINT, "-o", "json")
    entry = entry_of(result)
    assert (entry["outcome"], result.code, entry["checkpoint"]["id"]) == ("pending", 130, cbr.CHECKPOINT)
    assert COMES_BACK in result.err


def test_a_checkpoint_of_another_vault_is_no_end_of_this_backup(scripted: Scripted, run: Run) -> None:
    """The answer to the POST named our vault and another's checkpoint, which has failed."""
    shown = json.loads(json.dumps(cbr.shown("error")).replace(cbr.VAULT, OTHER_VAULT))
    play(scripted, show=[shown], copies=[cbr.copies()])
    result = run("backup", "--vault", cbr.VAULT, "--timeout", "2m", "-o", "json")
    [entry] = result.json()["backups"]
    assert (entry["outcome"], entry["exit_code"], entry["sent"]) == ("pending", 5, "yes")
