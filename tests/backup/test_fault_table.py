"""The fault table: each fault at the first run, then `resume` on the same machine, then the same key on another host.

The numbers are the rows of the table in ../shared/reference/reliability.md, A4. Asserted of each: exit code, requests sent,
what the journal holds, and that no traceback is shown.
"""

import gzip
import json
import subprocess
import threading
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cbrctl.ids import derive_op_id
from tests.support import cbr
from tests.support.program import PROGRAM, Result, Run
from tests.support.schemas import validate
from tests.support.scripted import Answer, Scripted
from tests.support.state import read_journal

pytestmark = pytest.mark.heavy

KEY = "nightly"
OP = derive_op_id(cbr.PROJECT, cbr.VAULT, KEY)
NAME = f"cbrctl-{OP}"
RUN = ("backup", "--vault", cbr.VAULT, "--run-key", KEY, "--settle", "3s", "--timeout", "10m", "-o", "json")


class Row(NamedTuple):
    """One fault: what is answered to the POST, and what must come of it at the first run."""

    number: str
    answer: Answer | dict[str, Any]
    code: int
    state: str
    posts: int = 1
    ambiguous: bool = False
    env: dict[str, str] = {}  # noqa: RUF012 - never changed


def refusal(status: int, code: str, **headers: str) -> Answer:
    return Answer(status, {"error_code": code, "error_msg": "x"}, headers)


def lost(number: str, answer: Answer | dict[str, Any], **env: str) -> Row:
    return Row(number, answer, 6, "unknown", ambiguous=True, env=env)


def say(body: bytes, **headers: str) -> Answer:
    return Answer(200, body, {k.replace("_", "-"): v for k, v in headers.items()})


WHOLE = json.dumps(cbr.posted()).encode()
OTHER = cbr.posted()
OTHER["checkpoint"]["vault"]["id"] = "f" * 8 + cbr.VAULT[8:]
STRINGS = cbr.posted(unknown_field={"deep": [1]})
STRINGS["checkpoint"]["extra_info"]["retention_duration"] = "-1"
NEVER = threading.Event()


def wait() -> None:
    NEVER.wait(3)


ROWS = [
    lost("2 fin", Answer(raw=b"", end="fin")),
    lost("2 rst", Answer(raw=b"", end="rst")),
    lost("2 timeout", Answer(before=wait), TEST_TIMER_SCALE="200"),
    lost("3 captive portal", say(b"<html><title>Log in</title></html>", Content_Type="text/html")),
    lost("4 cut", Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + WHOLE[:80], end="fin")),
    *(
        lost(f"4 {name}", say(body))
        for name, body in {
            "empty": b"",
            "list": b"[]",
            "null": b"null",
            "NaN": b'{"checkpoint": {"id": NaN}}',
            "long integer": b'{"checkpoint": ' + b"9" * 5000 + b"}",
            "deep": b"[" * 100_000,
        }.items()
    ),
    lost("5 huge", say(b" " * (9 << 20) + WHOLE)),
    lost("5 bomb", say(gzip.compress(b" " * (64 << 20)), Content_Encoding="gzip")),
    lost("6 headers", Answer(200, cbr.posted(), {f"X-{n}": "x" for n in range(300)})),
    lost("7 slow", Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Le", end="fin")),
    Row("8 token refused", refusal(401, "APIGW.0301"), 12, "refused"),
    Row("9 malformed url", Answer(401, {"error_code": "BackupService.0404", "error_msg": "x"}), 14, "refused"),
    Row("10 forbidden", refusal(403, "APIGW.0302"), 12, "refused"),
    Row("11 no vault", refusal(404, "BackupService.6105"), 10, "refused"),
    Row("12 throttled", refusal(429, "APIGW.0308"), 8, "not-started", posts=6),
    Row("12 retry-after", refusal(429, "APIGW.0308", **{"Retry-After": "7"}), 8, "not-started", posts=6),
    Row(
        "12 retry-after date",
        refusal(429, "APIGW.0308", **{"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}),
        8,
        "not-started",
        posts=6,
    ),
    *(lost(f"13 {status}", Answer(status, b"x")) for status in (500, 502, 503, 504)),
    *(
        lost(f"14 {status}", Answer(status, b"", {"Location": "http://127.0.0.1:1/"}))
        for status in (301, 302, 307, 308)
    ),
    Row("16 other fields", STRINGS, 0, "completed"),
    lost("24 another vault", OTHER),
]


def set_lists(scripted: Scripted, *, there: bool, status: str = "available", name: str = NAME) -> None:
    """Let the service know the backup of the key, or nothing."""
    rows = cbr.copies((cbr.SERVER, status)) if there else cbr.copies()
    for row in rows["backups"]:
        row["name"] = name
    scripted.on(cbr.COPIES, rows)
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0})
    scripted.on(
        cbr.VAULTS + f"/{cbr.VAULT}", {"vault": {"id": cbr.VAULT, "name": "vault-be94", "resources": [cbr.resource()]}}
    )
    scripted.on(
        cbr.SHOW, cbr.shown(status) if there else Answer(404, {"error_code": "BackupService.6104", "error_msg": "x"})
    )


def journal_of(folder: Path) -> dict[str, Any]:
    [row] = read_journal(folder / "cbrctl/journal.db")
    assert row["op_id"] == OP
    return row


def check(result: Result, code: int) -> dict[str, Any]:
    assert result.code == code, result.err
    assert "Traceback" not in result.err
    document = result.json()
    validate(document)
    [entry] = document["backups"]
    return dict(entry)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
@pytest.mark.parametrize("ran", [True, False], ids=["it ran", "it did not"])
def test_a_fault_of_the_request(row: Row, ran: bool, scripted: Scripted, run: Run, tmp_path: Path) -> None:
    if not ran and not row.ambiguous:
        pytest.skip("the answer is clear")
    here, there = ({"CBRCTL_STATE_DIR": str(tmp_path / name)} for name in ("here", "there"))
    set_lists(scripted, there=False)  # the lists lag behind
    scripted.on(cbr.POST, row.answer)
    if row.code == 0:
        scripted.on(cbr.SHOW, cbr.shown("available"))
        scripted.on(cbr.COPIES, cbr.copies(), cbr.copies((cbr.SERVER, "available")))
    entry = check(run(*RUN, env={**row.env, **here}), row.code)
    assert scripted.count(cbr.POST) == row.posts
    assert (journal_of(tmp_path / "here")["state"], entry["op_id"]) == (row.state, OP)
    if not row.ambiguous:
        # nothing is left to resume, and another host starts what was never started
        assert run("resume", "-o", "json", env=here).json()["backups"] == []
        if row.code:
            scripted.on(cbr.POST, cbr.posted())
            check(run(*RUN, "--no-wait", env=there), 0)
            assert scripted.count(cbr.POST) == row.posts + 1
        return
    assert entry["sent"] == "unknown"
    set_lists(scripted, there=ran)
    entry = check(run("resume", "--settle", "3s", "-o", "json", env=here), 0 if ran else 6)
    assert entry["outcome"] == ("completed" if ran else "unknown")
    assert journal_of(tmp_path / "here")["state"] == ("completed" if ran else "unknown")
    assert scripted.count(cbr.POST) == 1
    # the same key again on this machine never sends while it is not known
    check(run(*RUN, env=here), 0 if ran else 6)
    assert scripted.count(cbr.POST) == 1
    scripted.on(cbr.POST, cbr.posted())
    entry = check(run(*RUN, "--no-wait", env=there), 0)
    assert (entry["attached"], scripted.count(cbr.POST)) == (ran, 1 if ran else 2)


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "https://127.0.0.1:1", "https://no-such-host.invalid"])
def test_row_1_the_service_is_not_to_be_reached(address: str, scripted: Scripted, run: Run, tmp_path: Path) -> None:
    here, there = ({"CBRCTL_STATE_DIR": str(tmp_path / name)} for name in ("here", "there"))
    keyless = [word for word in RUN if word not in ("--run-key", KEY)]
    entry = check(run(*keyless, env={**here, "CBRCTL_ENDPOINT": address}), 7)
    assert (entry["outcome"], entry["sent"]) == ("error", "no")
    assert [row["state"] for row in read_journal(tmp_path / "here/cbrctl/journal.db")] == ["not-started"]
    set_lists(scripted, there=False)
    scripted.on(cbr.POST, cbr.posted())
    assert run("resume", "-o", "json", env=here).json()["backups"] == []
    check(run(*RUN, "--no-wait", env=there), 0)
    assert scripted.count(cbr.POST) == 1


MISSED = {
    "2 fin": Answer(raw=b"", end="fin"),
    "3 captive portal": say(b"<html>", Content_Type="text/html"),
    "4 null": say(b"null"),
    "5 huge": say(b" " * (9 << 20)),
    "6 headers": Answer(200, cbr.shown("available"), {f"X-{n}": "x" for n in range(300)}),
    "12 throttled": refusal(429, "APIGW.0308"),
    "13 503": Answer(503, b"x"),
    "14 redirect": Answer(302, b"", {"Location": "http://127.0.0.1:1/"}),
}


@pytest.mark.parametrize("fault", MISSED.values(), ids=MISSED)
def test_a_fault_while_following_is_a_missed_look(fault: Answer, scripted: Scripted, run: Run, tmp_path: Path) -> None:
    here, there = ({"CBRCTL_STATE_DIR": str(tmp_path / name)} for name in ("here", "there"))
    set_lists(scripted, there=False)
    scripted.on(cbr.POST, cbr.posted())
    scripted.on(cbr.SHOW, fault)
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0}, fault)
    # three for the key's first look
    scripted.on(cbr.COPIES, cbr.copies(), cbr.copies(), cbr.copies(), fault)
    result = run(*RUN, env=here)
    entry = check(result, result.code)
    assert (entry["outcome"], entry["sent"]) == ("pending", "yes")
    assert result.code in (5, 7, 8)
    assert journal_of(tmp_path / "here")["state"] == "accepted"
    set_lists(scripted, there=True)
    assert check(run("resume", "-o", "json", env=here), 0)["outcome"] == "completed"
    assert check(run(*RUN, env=there), 0)["attached"]
    assert scripted.count(cbr.POST) == 1


def test_row_8_and_22_a_token_that_ends_while_following(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    here, there = ({"CBRCTL_STATE_DIR": str(tmp_path / name)} for name in ("here", "there"))
    set_lists(scripted, there=False)
    scripted.on(cbr.POST, cbr.posted())
    scripted.on(cbr.SHOW, refusal(401, "APIGW.0301"))
    entry = check(run(*RUN, env=here), 12)
    assert (entry["outcome"], journal_of(tmp_path / "here")["state"]) == ("pending", "accepted")
    set_lists(scripted, there=True)
    check(run("resume", "-o", "json", env=here), 0)
    check(run(*RUN, env=there), 0)
    assert scripted.count(cbr.POST) == 1


@pytest.mark.parametrize("status", ["deleting", "deleted", "error-deleting"])
def test_row_17_deleted_under_way(status: str, scripted: Scripted, run: Run, tmp_path: Path) -> None:
    here = {"CBRCTL_STATE_DIR": str(tmp_path / "here")}
    set_lists(scripted, there=False)
    scripted.on(cbr.POST, cbr.posted())
    scripted.on(cbr.SHOW, cbr.shown("protecting"), cbr.shown(status))
    check(run(*RUN, env=here), 4)
    assert journal_of(tmp_path / "here")["state"] == "failed"
    # a keyed op that ended failed stays so, while nothing else is to be seen
    check(run(*RUN, env=here), 4)
    assert scripted.count(cbr.POST) == 1


def test_row_15_a_status_that_nobody_knows(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    here = {"CBRCTL_STATE_DIR": str(tmp_path / "here")}
    set_lists(scripted, there=False)
    scripted.on(cbr.POST, cbr.posted(status="frobbing"))
    scripted.on(cbr.SHOW, cbr.shown("frobbing"), cbr.shown("frobbing"), cbr.shown("available"))
    scripted.on(
        cbr.COPIES,
        cbr.copies(),
        cbr.copies(),
        cbr.copies(),
        cbr.copies((cbr.SERVER, "frobbing")),
        cbr.copies((cbr.SERVER, "available")),
    )
    check(run(*RUN, env=here), 0)
    assert scripted.count(cbr.POST) == 1


def test_row_18_a_read_only_folder(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run(*RUN, env={"CBRCTL_STATE_DIR": str(tmp_path / "file" / "below")})
    assert (result.code, scripted.count(cbr.POST)) == (15, 0)
    assert "Traceback" not in result.err


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_row_20_a_closed_stream_loses_no_result(
    stream: str, scripted: Scripted, environ: dict[str, str], tmp_path: Path
) -> None:
    set_lists(scripted, there=False)
    scripted.on(cbr.POST, cbr.posted())
    scripted.on(cbr.SHOW, cbr.shown("available"))
    scripted.on(cbr.COPIES, cbr.copies(), cbr.copies(), cbr.copies(), cbr.copies((cbr.SERVER, "available")))
    env = {**environ, "CBRCTL_STATE_DIR": str(tmp_path / "here")}
    shut = ">&-" if stream == "stdout" else "2>&-"
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {shut}', "sh", *PROGRAM, *RUN], env=env, capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, journal_of(tmp_path / "here")["state"]) == (0, "completed"), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("years", [-10, 10])
def test_row_21_a_wrong_clock(years: int, scripted: Scripted, run: Run, tmp_path: Path) -> None:
    """How long ago something was sent is told by both clocks, whatever the date of either."""
    env = {"CBRCTL_STATE_DIR": str(tmp_path / "here"), "TEST_CLOCK_OFFSET": str(years * 365 * 86400)}
    set_lists(scripted, there=False)
    date = {"Date": "Wed, 25 Nov 2026 12:00:00 GMT"}
    scripted.on(cbr.TASKS, Answer(200, {"operation_logs": [], "count": 0}, date))
    scripted.on(cbr.POST, Answer(raw=b"", end="fin"))
    check(run(*RUN, env=env), 6)
    check(run("resume", "--settle", "3s", "-o", "json", env=env), 6)
    later = {"Date": "Wed, 25 Nov 2026 12:16:00 GMT"}
    scripted.on(cbr.TASKS, Answer(200, {"operation_logs": [], "count": 0}, later))
    # the service alone may be wrong: a front end whose clock is ahead
    check(run("resume", "--settle", "3s", "-o", "json", env=env), 6)
    env["TEST_CLOCK_PASSED"] = "960"
    check(run("resume", "--settle", "3s", "-o", "json", env=env), 7)
    assert journal_of(tmp_path / "here")["state"] == "not-started"
    assert scripted.count(cbr.POST) == 1


def test_row_23_an_idle_connection_that_was_closed(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    """The POST has a connection of its own; a read that finds its connection closed is asked again."""
    set_lists(scripted, there=False)
    scripted.on(cbr.POST, cbr.posted())
    scripted.on(
        cbr.COPIES,
        Answer(raw=b"", end="fin"),
        cbr.copies(),
        cbr.copies(),
        cbr.copies(),
        cbr.copies((cbr.SERVER, "available")),
    )
    scripted.on(cbr.SHOW, cbr.shown("available"))
    entry = check(run(*RUN, env={"CBRCTL_STATE_DIR": str(tmp_path / "here")}), 0)
    assert (entry["outcome"], entry["checkpoint"]["id"], scripted.count(cbr.POST)) == ("completed", cbr.CHECKPOINT, 1)


def test_a_constant_key_is_said_even_where_nothing_else_is(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    """The backup of the key is from 2019: nothing is backed up any more, and cron would never say so."""
    set_lists(scripted, there=True)
    words = [word for word in RUN if word not in ("-o", "json")]
    result = run(*words, "-qq", env={"CBRCTL_STATE_DIR": str(tmp_path / "here")})
    assert (result.code, result.out, scripted.count(cbr.POST)) == (0, "", 0)
    assert "more than a day old" in result.err
    assert len(result.err.splitlines()) == 1


def test_an_old_backup_of_the_key_is_no_proof_that_nothing_was_sent(
    scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    """Lists are late: that of another machine, with other options, comes to light after the request, whose answer is lost."""
    set_lists(scripted, there=False)
    late = partial(set_lists, scripted, there=True, name=f"{NAME}-ABCD")
    scripted.on(cbr.POST, Answer(raw=b"", end="fin", before=late))
    entry = check(run(*RUN, env={"CBRCTL_STATE_DIR": str(tmp_path / "here")}), 0)
    assert (entry["attached"], entry["checkpoint"]["id"], scripted.count(cbr.POST)) == (True, cbr.CHECKPOINT, 1)
    told = " ".join(entry["warnings"])
    assert "more than a day old" in told
    assert "Nothing was sent" not in told
