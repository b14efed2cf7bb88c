"""`cbrctl history`: what the journal holds, told in every format, and nothing asked of anybody."""

import json
import re
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cbrctl.api.models import Checkpoint
from cbrctl.backup.journal import Journal
from cbrctl.backup.record import Backup
from cbrctl.durations import write_stamp
from cbrctl.machine.clock import Instant
from cbrctl.sandbox import Cloud
from tests.support import cbr
from tests.support.hostile import HOSTILE, assert_inert
from tests.support.program import Run
from tests.support.schemas import validate, validate_lines
from tests.support.scripted import Answer, Scripted

pytestmark = pytest.mark.long

STATE = Path("home/.local/state/cbrctl")
NOWHERE = {"CBRCTL_ENDPOINT": "http://127.0.0.1:1", "CBRCTL_IAM_ENDPOINT": "http://127.0.0.1:1"}
HEAD = "op_id vault_id vault checkpoint_id outcome exit_code sent attached started_at ended_at"
MORE = " state endpoint project_id request marked on_skip sent_at service_sent_at skipped_resources"

OTHER = "3b5816b5-0000-4000-8000-000000000002"
OPS = ("6N7X0K3B1QZ2M4D5F8GHJVRSTW", "46CZN1ZPXVYTF005WA8K3RNASZ", "0CZN1ZPXVYTF005WA8K3RNASZ1")
NEWEST, MIDDLE, OLDEST = OPS
DAY = 86400.0


@pytest.fixture
def journal(environ: dict[str, str], tmp_path: Path) -> Path:
    """A journal of three: one whose process died a minute ago, one of yesterday, one of last week."""
    now = time.time()
    died = Backup(
        cbr.VAULT, op_id=NEWEST, vault_id=cbr.VAULT, vault_name="vault-be94", endpoint="https://cbr.example.com",
        project_id=cbr.PROJECT, request={"vault_id": cbr.VAULT}, state="sending", sent="unknown",
        sent_at=Instant(now - 60, "boot", 5.0, None), started_at=now - 60,
    )  # fmt: skip
    done = replace(
        died, op_id=MIDDLE, state="completed", started_at=now - DAY, sent_at=Instant(now - DAY, None, 0.0, now - DAY),
        checkpoint=Checkpoint.from_json({"id": cbr.CHECKPOINT}), sent="yes", outcome="completed", exit_code=0,
        request={"vault_id": cbr.VAULT, "parameters": {"name": "生产库", "incremental": True}}, on_skip="ignore",
        ended_at=write_stamp(now - DAY + 60),
    )  # fmt: skip
    foreign = replace(
        done, op_id=OLDEST, state="partial", vault_id=OTHER, vault_name=None, request=None, marked=False,
        started_at=now - 7 * DAY, sent=None, attached=True, outcome="partial", exit_code=3, sent_at=None,
        ended_at=write_stamp(now - 7 * DAY + 60),
    )  # fmt: skip
    with closing(Journal(tmp_path / STATE)) as made:
        for record in (done, died, foreign):
            made.record(record)
    return tmp_path / STATE / "journal.db"


def change(path: Path, where: str = "true", **values: Any) -> None:
    """Set what the records of some rows hold, as somebody else may have done."""
    with sqlite3.connect(path) as db:
        for op_id, record in db.execute(f"SELECT op_id, record FROM backups WHERE {where}").fetchall():
            changed = json.dumps({**json.loads(record), **values})
            db.execute("UPDATE backups SET record = ? WHERE op_id = ?", (changed, op_id))
    db.close()


def ids(result: Any) -> list[str]:
    assert result.code == 0, result
    assert (result.err == "") == bool(result.out), "where there is none it is said"
    return list(result.out.split())


def test_what_was_sent_is_told(scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.POST, cbr.posted())
    [entry] = run("backup", "--vault", cbr.VAULT, "--no-wait", "-o", "json").json()["backups"]
    asked = len(scripted.asked)
    [item] = run("history", "-o", "json").json()["items"]
    shown = run("history", "show", entry["op_id"], "-o", "json").json()
    assert item == {
        **{key: entry[key] for key in ("op_id", "vault", "sent", "attached", "outcome", "exit_code", "started_at")},
        "checkpoint_id": entry["checkpoint"]["id"],
        "ended_at": None,
    }
    assert item.items() <= shown.items()
    assert (shown["state"], shown["endpoint"], shown["project_id"]) == ("accepted", scripted.url, cbr.PROJECT)
    assert shown["request"] == entry["request"] == json.loads(scripted.asked[asked - 1].body)["checkpoint"]
    assert (shown["marked"], shown["on_skip"]) == (True, "fail")
    assert shown["sent_at"] is not None
    assert len(scripted.asked) == asked


@pytest.mark.parametrize(
    ("answer", "outcome", "code"),
    [
        (Answer(raw=b"", end="fin"), "unknown", 6),
        (Answer(400, {"error_code": "BackupService.6114", "error_msg": "x"}), "refused", 13),
    ],
    ids=["unknown", "refused"],
)
def test_how_it_ended_is_told(answer: Answer, outcome: str, code: int, scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.POST, answer)
    assert run("backup", "--vault", cbr.VAULT, "--settle", "0").code == code
    [row] = run("history").rows()
    assert (row["outcome"], row["exit_code"], row["sent"]) == (outcome, str(code), "unknown" if code == 6 else "no")


def test_a_whole_backup_is_told(cloud: Cloud, run: Run) -> None:
    assert run("backup", "--vault", "vault-be94").code == 0
    [row] = run("history", "--vault", "vault-be94").rows()
    assert (row["outcome"], row["exit_code"], row["vault"]) == ("completed", "0", "vault-be94")
    assert row["started_at"] <= row["ended_at"]


def test_what_another_machine_sent_is_attached_and_has_no_request(cloud: Cloud, run: Run, tmp_path: Path) -> None:
    """One row a vault and machine, however often it was run."""
    there = {"CBRCTL_STATE_DIR": str(tmp_path / "there")}
    keyed = ("backup", "--vault", "vault-be94", "--run-key", "nightly", "-o", "json")
    [sent] = run(*keyed).json()["backups"]
    for env in ({}, there, there):
        [found] = run(*keyed, env=env).json()["backups"]
        assert (found["op_id"], found["checkpoint"]["id"]) == (sent["op_id"], sent["checkpoint"]["id"])
        assert (found["attached"], found["outcome"]) == (True, "completed")
        assert found["request"] == (None if env else sent["request"])
        [item] = run("history", "-o", "json", env=env).json()["items"]
        shown = run("history", "show", sent["op_id"], "-o", "json", env=env).json()
        assert item["attached"] == shown["attached"] == bool(env)
        assert shown["request"] == (None if env else sent["request"])
    assert len([r for r in cloud.requests if r.method == "POST" and r.path.endswith("/checkpoints")]) == 1


# formats --------------------------------------------------------------------------------------------------------------


def test_lines_in_a_pipe(journal: Path, run: Run) -> None:
    result = run("history", env=NOWHERE)
    assert (result.code, result.err) == (0, "")
    head, *lines = result.out.splitlines()
    assert head == HEAD.replace(" ", "\t")
    cells = [dict(zip(HEAD.split(), line.split("\t"), strict=True)) for line in lines]
    stamps = [(cell.pop("started_at"), cell.pop("ended_at")) for cell in cells]
    assert all(start.endswith("Z") for start, _ in stamps)
    assert [bool(end) for _, end in stamps] == [False, True, True]
    keys = HEAD.split()[:-2]
    assert cells == [
        dict(zip(keys, [NEWEST, cbr.VAULT, "vault-be94", "", "", "", "unknown", "false"], strict=True)),
        dict(
            zip(keys, [MIDDLE, cbr.VAULT, "vault-be94", cbr.CHECKPOINT, "completed", "0", "yes", "false"], strict=True)
        ),
        dict(zip(keys, [OLDEST, OTHER, "", cbr.CHECKPOINT, "partial", "3", "", "true"], strict=True)),
    ]


def test_a_table_on_a_terminal(journal: Path, run_tty: Run) -> None:
    result = run_tty("history", "--color", "never")
    assert (result.code, result.err) == (0, "")
    rows = [line.split() for line in result.out.splitlines() if line.strip().startswith(OPS)]
    assert [row[0] for row in rows] == list(OPS)
    assert rows[0][1:3] == ["vault-be94", "open"]
    assert rows[1][1:4] == ["vault-be94", "completed", "0"]
    assert "\t" not in result.out
    assert all(len(line) <= 80 for line in result.out.splitlines())
    # no name is known: the id stands for it, folded
    assert OTHER[:8] in result.out


def test_json(journal: Path, run: Run, run_tty: Run) -> None:
    for how in (run, run_tty):
        result = how("history", "-o", "json")
        assert (result.code, result.err) == (0, "")
        document = result.json()
        validate(document)
        assert list(document) == ["schema", "items"]
        assert [list(item) for item in document["items"]] == [
            ["op_id", "vault", "checkpoint_id", "outcome", "exit_code", "sent", "attached", "started_at", "ended_at"]
        ] * 3
        assert [item["op_id"] for item in document["items"]] == list(OPS)
        assert [item["vault"] for item in document["items"]] == [
            *[{"id": cbr.VAULT, "name": "vault-be94"}] * 2, {"id": OTHER, "name": None}
        ]  # fmt: skip
        assert [(i["outcome"], i["exit_code"]) for i in document["items"]] == [
            (None, None), ("completed", 0), ("partial", 3),
        ]  # fmt: skip


def test_json_lines(journal: Path, run: Run) -> None:
    result = run("history", "-o", "jsonl")
    assert (result.code, result.err) == (0, "")
    *items, last = validate_lines(result.out)
    assert [line["item"]["op_id"] for line in items] == list(OPS)
    assert (last["schema"], last["count"]) == ("cbrctl.history/v1", 3)


def test_ids(journal: Path, run: Run) -> None:
    assert ids(run("history", "-o", "id")) == list(OPS)
    assert ids(run("history", "show", MIDDLE.lower(), "-o", "id")) == [MIDDLE]


@pytest.mark.parametrize("op_id", OPS)
def test_show_in_a_pipe(op_id: str, journal: Path, run: Run) -> None:
    document = run("history", "show", op_id, "-o", "json", env=NOWHERE).json()
    validate(document)
    validate_lines(run("history", "show", op_id, "-o", "jsonl").out)
    result = run("history", "show", op_id)
    assert result.out.splitlines()[0] == (HEAD + MORE).replace(" ", "\t")
    [row] = result.rows()
    assert (row["request"] and json.loads(row["request"])) == (document["request"] or "")
    assert (document["request"] is None) == document["attached"] == (op_id == OLDEST)
    assert row["on_skip"] == document["on_skip"] == ("fail" if op_id == NEWEST else "ignore")
    assert row["state"] == document["state"]
    assert row["marked"] == ("false" if op_id == OLDEST else "true")
    assert (result.code, result.err) == (0, "")


def read_fields(text: str) -> dict[str, str]:
    """Return what is shown, each with its value, which goes on in lines that are set in."""
    joined = re.sub(r"\n +", "", text)
    return dict(line.split(maxsplit=1) for line in joined.splitlines())


def test_show_on_a_terminal(journal: Path, run_tty: Run) -> None:
    result = run_tty("history", "show", MIDDLE)
    assert (result.code, result.err) == (0, "")
    fields = read_fields(result.out)
    assert fields["op_id"] == MIDDLE
    assert fields["checkpoint_id"] == cbr.CHECKPOINT
    assert fields["request"] == '{"vault_id":"' + cbr.VAULT + '","parameters":{"name":"生产库","incremental":true}}'
    assert (fields["attached"], fields["marked"], fields["exit_code"]) == ("no", "yes", "0")
    fields = read_fields(run_tty("history", "show", NEWEST).out)
    assert (fields["outcome"], fields["state"]) == ("open", "sending")
    assert "ended_at" not in fields


# filters --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "found"),
    [
        ((), OPS),
        (("--vault", "vault-be94"), (NEWEST, MIDDLE)),
        (("-V", cbr.VAULT), (NEWEST, MIDDLE)),
        (("-V", cbr.VAULT.upper()), (NEWEST, MIDDLE)),
        (("--vault", OTHER.replace("-", "")), (OLDEST,)),
        (("--vault", "vault-be9"), ()),
        (("--vault", "VAULT-BE94"), ()),
        (("--vault", "show"), ()),
        (("--since", "1h"), (NEWEST,)),
        (("--since", "25h"), (NEWEST, MIDDLE)),
        (("--since", "30d"), OPS),
        (("--since", "2019-05-10"), OPS),
        (("--since", "2019-05-10T00:00:00+08:00"), OPS),
        (("--since", "0001-01-01"), OPS),
        (("--since", "9999-12-31"), ()),
        (("--limit", "1"), (NEWEST,)),
        (("--limit", "9"), OPS),
        (("--vault", OTHER, "--limit", "1"), (OLDEST,)),
        (("--vault", cbr.VAULT, "--since", "25h", "--limit", "1"), (NEWEST,)),
    ],
)
@pytest.mark.sampled(4)
def test_filters(args: tuple[str, ...], found: tuple[str, ...], journal: Path, run: Run) -> None:
    assert ids(run("history", *args, "-o", "id")) == list(found)
    assert [item["op_id"] for item in run("history", *args, "-o", "json").json()["items"]] == list(found)


# what is not there, and what is wrong ---------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["", "elsewhere/below"])
def test_no_journal_is_an_empty_history_and_none_is_made(folder: str, run: Run, tmp_path: Path) -> None:
    env = {**NOWHERE, **({"CBRCTL_STATE_DIR": str(tmp_path / folder)} if folder else {})}
    before = sorted(tmp_path.rglob("*"))
    assert run("history", env=env).out == HEAD.replace(" ", "\t") + "\n"
    assert ids(run("history", "-o", "id", env=env)) == []
    document = run("history", "-o", "json", env=env).json()
    validate(document)
    assert document["items"] == []
    [last] = validate_lines(run("history", "-o", "jsonl", env=env).out)
    assert last["count"] == 0
    assert run("history", "show", NEWEST, env=env).code == 10
    assert sorted(tmp_path.rglob("*")) == before


def test_an_empty_history(run: Run, run_tty: Run) -> None:
    result = run_tty("history", "--lang", "en")
    assert (result.code, result.err) == (0, "This machine has submitted no backup yet.\n")
    assert "OP ID" in result.out
    for more in ((), ("-o", "json")):
        piped = run("history", *more)
        assert (piped.code, piped.err) == (0, result.err)
    filtered = run("history", "--vault", "vault-be94")
    assert (filtered.code, filtered.err) == (0, "No backup that this machine submitted matches.\n")
    assert run("history", "-q").err == ""


def test_the_practice_cloud_needs_none(cloud: Cloud, run: Run) -> None:
    """What it did is gone with it."""
    assert run("backup", "--vault", "vault-be94", "--sandbox", "--no-wait").code == 0
    assert ids(run("history", "-o", "id")) == []


def test_an_op_that_is_not_there(journal: Path, run: Run) -> None:
    unknown = "0" * 26
    result = run("history", "show", unknown, "-o", "json", env=NOWHERE)
    assert result.code == 10
    document = result.json()
    validate(document)
    assert document["error"]["kind"] == "not-found"
    assert unknown in document["error"]["message"]
    assert document["error"]["hint"] == "cbrctl history lists them."
    assert unknown in result.err
    assert "cbrctl history lists them." in result.err


@pytest.mark.parametrize(
    "text", ["x", cbr.VAULT, "8" + NEWEST[1:], NEWEST + "0", NEWEST[1:], "' OR 1=1 --", "６" + NEWEST[1:]]
)
def test_what_is_no_op_id(text: str, journal: Path, run: Run) -> None:
    result = run("history", "show", text)
    assert (result.code, result.out) == (2, "")
    assert "is no op id." in result.err


@pytest.mark.parametrize("args", [("history",), ("history", "show", NEWEST)], ids=["list", "show"])
def test_a_damaged_journal(args: tuple[str, ...], journal: Path, run: Run) -> None:
    before = b"not a database" * 300
    journal.write_bytes(before)
    result = run(*args, "-o", "json")
    assert result.code == 15
    validate(result.json())
    assert result.json()["error"]["kind"] == "local-state"
    [aside] = [p for p in journal.parent.iterdir() if "damaged-" in p.name and not p.name.endswith(("-wal", "-shm"))]
    assert aside.read_bytes() == before
    assert str(aside) in result.err


@pytest.mark.parametrize("how", ["symlink", "dangling", "folder", "in the way"])
def test_a_journal_that_cannot_be_trusted_or_read(how: str, journal: Path, run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other"
    if how == "symlink":
        journal.rename(other)
    if how == "in the way":
        shutil.rmtree(journal.parent)
        journal.parent.write_text("")
    elif how == "folder":
        journal.unlink()
        journal.mkdir()
    else:
        journal.unlink(missing_ok=True)
        journal.symlink_to(other)
    result = run("history", "-o", "json")
    assert result.code == 15, result
    assert result.json()["error"]["kind"] == "local-state"


def check_moments(journal: Path, run: Run, *moments: str | None) -> None:
    for args in (("history",), ("history", "show", MIDDLE)):
        document = run(*args, "-o", "json").json()
        validate(document)
        for item in document.get("items", [document]):
            told = {value for name, value in item.items() if name.endswith("_at")}
            assert told <= {None, *moments}


@pytest.mark.parametrize("seconds", [1e300, -1e300, 1e11, float("inf")])
def test_moments_that_are_none(seconds: float, journal: Path, run: Run) -> None:
    """The file may have been changed by others."""
    change(journal, sent_at=[seconds, None, 0.0, seconds])
    with sqlite3.connect(journal) as db:
        db.execute("UPDATE backups SET started_at = ?, ended_at = NULL", (seconds,))
    db.close()
    check_moments(journal, run, "5138-11-16T09:46:40Z")


@pytest.mark.parametrize("text", ["yesterday", "", "2019-13-40T00:00:00Z"])
def test_an_end_that_is_no_moment(text: str, journal: Path, run: Run) -> None:
    change(journal, sent_at=None)
    with sqlite3.connect(journal) as db:
        db.execute("UPDATE backups SET started_at = 1e11, ended_at = ?", (text,))
    db.close()
    check_moments(journal, run, "5138-11-16T09:46:40Z")


def test_hostile_names_are_inert(journal: Path, run: Run, run_tty: Run) -> None:
    change(journal, vault_name=HOSTILE, endpoint=HOSTILE)
    change(journal, f"vault_id = '{cbr.VAULT}'", request={"vault_id": cbr.VAULT, "parameters": {"name": HOSTILE}})
    for args in (("history",), ("history", "show", MIDDLE)):
        result = run(*args)
        assert result.code == 0, result.err
        assert_inert(result.out.replace("\t", ""))
        assert len({line.count("\t") for line in result.out.splitlines()}) == 1
        assert r"a\u{1b}[35;5mb\u{1b}]8;;http://evil" in result.out
        assert_inert(run_tty(*args, "--color", "never").out)
        document = run(*args, "-o", "json")
        assert_inert(document.out)
        item = document.json()["items"][0] if len(args) == 1 else document.json()
        assert item["vault"]["name"] == HOSTILE
    assert run("history", "show", MIDDLE, "-o", "json").json()["request"]["parameters"]["name"] == HOSTILE
    assert ids(run("history", "--vault", HOSTILE.replace("\x00", ""), "-o", "id")) == []


# the command line -----------------------------------------------------------------------------------------------------


@pytest.mark.english
def test_help_names_the_command_behind_it(run: Run) -> None:
    result = run("history", "--help")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("Usage: cbrctl history [OPTIONS]\n")
    assert "--since WHEN" in result.out
    assert "\n    show  " in result.out
    assert "cbrctl history COMMAND --help" in result.out
    shown = run("history", "show", "--help").out
    assert shown.startswith("Usage: cbrctl history show OP_ID [OPTIONS]\n")
    assert "--since" not in shown


@pytest.mark.parametrize(
    ("line", "option", "corrected"),
    [
        (("--vault", "x", "show", NEWEST), "--vault", f"cbrctl history show --vault x {NEWEST}"),
        (("-o", "json", "show", NEWEST), "-o", f"cbrctl history show -o json {NEWEST}"),
        (("--color=never", "show", NEWEST, "-q"), "--color", f"cbrctl history show --color=never {NEWEST} -q"),
    ],
)
def test_options_before_show(line: tuple[str, ...], option: str, corrected: str, journal: Path, run: Run) -> None:
    result = run("history", *line)
    assert result.code == 2
    assert f"error: {option} belongs after the subcommand." in result.err
    assert f"Write: {corrected}\n" in result.err
    if option != "--vault":  # `show` has no such option, and says so then
        assert run(*corrected.split()[1:]).code == 0


@pytest.mark.parametrize("command", ["resume", "wait"])
def test_what_could_not_ask_anybody_leaves_the_record(command: str, cloud: Cloud, run: Run) -> None:
    sent = run("backup", "--vault", "vault-be94", "--no-wait", "-o", "json").json()["backups"][0]
    before = run("history", "-o", "json").json()["items"]
    named = sent["op_id"] if command == "resume" else sent["checkpoint"]["id"]
    failed = run(command, named, "-o", "json", env={"CBRCTL_PASSWORD": ""})
    [entry] = failed.json()["backups"]
    assert (failed.code, entry["outcome"]) == (12, "pending"), failed.err
    assert run("history", "-o", "json").json()["items"] == before


def test_of_a_checkpoint_of_others_nothing_is_said_where_nobody_could_be_asked(cloud: Cloud, run: Run) -> None:
    result = run("wait", cbr.CHECKPOINT, "-o", "json", env={"CBRCTL_PASSWORD": ""})
    assert (result.code, [e["outcome"] for e in result.json()["backups"]]) == (12, ["error"])


def test_who_looks_later_sees_what_was_skipped(cloud: Cloud, run: Run, run_tty: Run) -> None:
    """The answer to the request alone names it: no list of the service does."""
    assert run("backup", "--vault", "vault-skip").code == 3
    [op_id] = run("history", "-o", "id").out.split()
    assert run("history", "show", op_id).rows()[0]["skipped_resources"] == "ecs-web-02 (BackupService.7101)"
    assert "ecs-web-02 (BackupService.7101)" in run_tty("history", "show", op_id).out
    # nor does the service's own word of the checkpoint
    [checkpoint_id] = [row["checkpoint_id"] for row in run("history").rows()]
    shown = run("checkpoint", "show", checkpoint_id, "-o", "json").json()
    validate(shown)
    assert [one["name"] for one in shown["skipped_resources"]] == ["ecs-web-02"]
    elsewhere = run("checkpoint", "show", checkpoint_id, "-o", "json", env={"CBRCTL_STATE_DIR": "/nonexistent"}).json()
    assert elsewhere["skipped_resources"] is None
