"""The journal: durable before a byte leaves, never lost, and nothing is sent where it cannot be kept."""

import os
import random
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cbrctl.sandbox import Cloud
from tests.support import cbr
from tests.support.practice import cloud_token, posts, started
from tests.support.program import PROGRAM, Run
from tests.support.scripted import LOST, Answer, Scripted
from tests.support.state import STATE, age_journal, change_journal, change_records, rows


def test_what_is_kept(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []
    scripted.on(cbr.POST, Answer(200, cbr.posted(), before=lambda: seen.extend(rows(tmp_path))))
    [entry] = run("backup", "--vault", cbr.VAULT, "--no-wait", "-o", "json").json()["backups"]
    # the record stood there before the answer came, and holds no secret
    assert [(row["op_id"], row["state"]) for row in seen] == [(entry["op_id"], "sending")]
    [row] = rows(tmp_path)
    assert (row["state"], row["checkpoint_id"]) == ("accepted", entry["checkpoint"]["id"])
    assert row["request"] == entry["request"]
    for path in (tmp_path / STATE).rglob("*"):
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
            assert b"a-token" not in path.read_bytes()
        else:
            assert stat.S_IMODE(path.stat().st_mode) == 0o700, path


@pytest.mark.long
@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [
        (cbr.posted(), "accepted", 0),
        (LOST, "unknown", 6),
        (Answer(400, {"error_code": "BackupService.1001", "error_msg": "x"}), "refused", 11),
        (Answer(400, {"error_code": "BackupService.6114", "error_msg": "x"}), "refused", 13),
        (Answer(429, {"error_code": "APIGW.0308", "error_msg": "x"}), "not-started", 8),
    ],
    ids=["accepted", "unknown", "busy", "full", "throttled"],
)
def test_states(answer: Any, state: str, code: int, scripted: Scripted, run: Run, tmp_path: Path) -> None:
    scripted.on(cbr.POST, answer)
    scripted.on(cbr.COPIES, cbr.copies())
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0})
    assert run("backup", "--vault", cbr.VAULT, "--no-wait").code == code
    assert [row["state"] for row in rows(tmp_path)] == [state]


def test_what_never_left_is_not_started(run: Run, tmp_path: Path) -> None:
    env = {"CBRCTL_ENDPOINT": "http://127.0.0.1:1", "CBRCTL_PROJECT_ID": "0" * 32, "CBRCTL_TOKEN": "t"}
    assert run("backup", "--vault", cbr.VAULT, env=env).code == 7
    assert [row["state"] for row in rows(tmp_path)] == ["not-started"]


@pytest.mark.long
@pytest.mark.parametrize("options", [[], ["--full"], ["--run-key", "k"], ["--no-marker"]])
def test_an_unknown_backup_is_settled_before_another_is_sent(
    options: list[str], scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    scripted.on(cbr.COPIES, cbr.copies())
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0})
    scripted.on(cbr.VAULTS + f"/{cbr.VAULT}", {"vault": {"id": cbr.VAULT, "resources": [cbr.resource()]}})
    scripted.on(cbr.POST, LOST, cbr.posted())
    assert run("backup", "--vault", cbr.VAULT, "--settle", "5s").code == 6
    [lost] = rows(tmp_path)
    result = run("backup", "--vault", cbr.VAULT, *options, "--settle", "5s", "--no-wait", "-o", "json")
    [entry] = result.json()["backups"]
    assert (result.code, entry["outcome"], entry["sent"]) == (6, "unknown", "no"), result.err
    assert lost["op_id"] in entry["error"]["message"]
    assert scripted.count(cbr.POST) == 1
    # long ago by the service's clock, which the journal holds
    age_journal(tmp_path / STATE / "journal.db", 1000)
    result = run("backup", "--vault", cbr.VAULT, *options, "--no-wait", "-o", "json")
    assert (result.code, scripted.count(cbr.POST)) == (0, 2), result.err
    assert [row["state"] for row in rows(tmp_path)] == ["not-started", "accepted"]


@pytest.mark.long
@pytest.mark.parametrize("why", ["copies", "tasks", "running", "protecting"])
def test_it_is_not_closed_where_it_may_still_be_there(why: str, scripted: Scripted, run: Run, tmp_path: Path) -> None:
    log = {"id": cbr.SERVER, "operation_type": "backup", "status": "running", "vault_id": cbr.VAULT}
    broken = Answer(500, {"error_code": "BackupService.9910", "error_msg": "x"})
    status = "protecting" if why == "protecting" else "available"
    scripted.on(cbr.COPIES, broken if why == "copies" else cbr.copies())
    scripted.on(
        cbr.TASKS, broken if why == "tasks" else {"operation_logs": [log] if why == "running" else [], "count": 0}
    )
    scripted.on(cbr.VAULTS + f"/{cbr.VAULT}", {"vault": {"id": cbr.VAULT, "resources": [cbr.resource(status=status)]}})
    scripted.on(cbr.POST, LOST, cbr.posted())
    run("backup", "--vault", cbr.VAULT, "--settle", "0")
    age_journal(tmp_path / STATE / "journal.db", 1000)
    assert run("backup", "--vault", cbr.VAULT, "--settle", "0").code == 6
    assert scripted.count(cbr.POST) == 1


def test_who_may_not_list_tasks_waits_for_a_day(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    """A task that waits to begin has no copy yet: after a day surely, so that nothing blocks the vault for ever."""
    scripted.on(cbr.COPIES, cbr.copies())
    scripted.on(cbr.TASKS, Answer(403, {"error_code": "APIGW.0302", "error_msg": "cbr:tasks:list"}))
    scripted.on(cbr.VAULTS + f"/{cbr.VAULT}", {"vault": {"id": cbr.VAULT, "resources": [cbr.resource()]}})
    scripted.on(cbr.POST, LOST, cbr.posted())
    run("backup", "--vault", cbr.VAULT, "--settle", "0")
    for seconds, code, sent in ((1000, 6, 1), (20 * 3600, 6, 1), (4 * 3600, 0, 2)):
        age_journal(tmp_path / STATE / "journal.db", seconds)
        assert run("backup", "--vault", cbr.VAULT, "--settle", "0", "--no-wait").code == code
        assert scripted.count(cbr.POST) == sent


def test_a_backup_that_shows_later_is_found_by_the_next_run(cloud: Cloud, run: Run, tmp_path: Path) -> None:
    cloud.faults.add("create:drop-after*1")
    for route in ("copies", "tasks"):
        cloud.faults.add(f"{route}:late=1000*100")
    assert run("backup", "--vault", "vault-be94", "--settle", "1s").code == 6
    cloud.faults.clear()
    assert run("backup", "--vault", "vault-be94", "--no-wait").code in (0, 11)
    assert rows(tmp_path)[0]["checkpoint_id"] == started(cloud)[0]


def _replace(path: Path) -> None:
    path.unlink()
    change_journal(path, "CREATE TABLE cookies (a)")
    path.chmod(0o600)


DAMAGE = {
    "empty of sense": lambda path: path.write_bytes(b"not a database" * 300),
    "another's": _replace,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_journal_is_set_aside_and_nothing_is_sent(
    damage: Any, scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    scripted.on(cbr.POST, LOST, cbr.posted())
    run("backup", "--vault", cbr.VAULT, "--settle", "0")
    path = tmp_path / STATE / "journal.db"
    damage(path)
    before = path.read_bytes()
    result = run("backup", "--vault", cbr.VAULT, "-o", "json")
    assert (result.code, scripted.count(cbr.POST)) == (15, 1), result.err
    assert "damaged-" in result.err
    [aside] = [p for p in path.parent.iterdir() if "damaged-" in p.name and not p.name.endswith(("-wal", "-shm"))]
    assert aside.read_bytes() == before
    assert run("backup", "--vault", cbr.VAULT, "--no-wait").code == 0


FOREIGN_HANDS = {
    "a state": lambda path: change_journal(path, "UPDATE backups SET state = 'frobbing'"),
    "an id": lambda path: change_journal(path, "UPDATE backups SET op_id = '../../x'"),
    "no JSON": lambda path: change_journal(path, "UPDATE backups SET record = '['"),
    "a request": lambda path: change_records(path, request=[]),
    "another vault's request": lambda path: change_records(path, request={"vault_id": cbr.SERVER}),
    "a time": lambda path: change_records(path, sent_at="yesterday"),
    "a trigger": lambda path: change_journal(
        path, "CREATE TRIGGER t BEFORE INSERT ON backups BEGIN SELECT RAISE(IGNORE); END"
    ),
    "a view": lambda path: change_journal(path, "CREATE VIEW v AS SELECT * FROM backups"),
}


@pytest.mark.long
@pytest.mark.parametrize("change", FOREIGN_HANDS.values(), ids=FOREIGN_HANDS)
@pytest.mark.sampled(4)
def test_a_journal_that_others_changed_stops_the_run_and_stays(
    change: Any, scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    """Setting it aside would forget the unknown backups of other vaults, of which a second would be sent."""
    scripted.on(cbr.POST, LOST, cbr.posted())
    run("backup", "--vault", cbr.VAULT, "--settle", "0")
    path = tmp_path / STATE / "journal.db"
    change(path)
    result = run("backup", "--vault", cbr.VAULT, "-o", "json")
    document = result.json()
    error = document.get("error") or document["backups"][0]["error"]
    assert (result.code, error["kind"]) == (15, "local-state"), result.err
    assert (scripted.count(cbr.POST), list(path.parent.glob("*damaged*"))) == (1, [])
    assert "Nothing was sent" in result.err


def test_names_of_the_service_that_cannot_be_stored_set_no_journal_aside(
    scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    """Half a surrogate pair, a NUL, and what is no text: the unknown backup of another vault is still known then."""
    other = cbr.VAULT.replace("3b58", "3b59")
    scripted.on(cbr.COPIES, cbr.copies())
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0})
    scripted.on(cbr.POST, LOST)
    assert run("backup", "--vault", other, "--settle", "0").code == 6
    for number, name in enumerate(("v\ud83d", "v\x00", "\udc00\ud800", "v" * 5000)):
        answer = cbr.posted()
        answer["checkpoint"]["vault"]["name"] = name
        answer["checkpoint"]["vault"]["resources"][0]["name"] = name
        scripted.on(cbr.POST, answer)
        assert run("backup", "--vault", cbr.VAULT, "--no-wait", "--run-key", f"k{number}").code == 0
    assert {row["vault_id"]: row["state"] for row in rows(tmp_path)}[other] == "unknown"
    sent = scripted.count(cbr.POST)
    assert run("backup", "--vault", other, "--settle", "0").code == 6
    assert scripted.count(cbr.POST) == sent


@pytest.mark.long
@pytest.mark.parametrize("how", ["moved", "removed", "replaced"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_journal_that_goes_away_under_a_run_is_noticed(
    how: str, when: str, scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    """Before the request nothing is sent; after it the run says that it could not be recorded."""
    path = tmp_path / STATE / "journal.db"

    def strike() -> None:
        if how == "removed":
            path.unlink(missing_ok=True)
        elif path.exists():
            path.rename(path.with_name("elsewhere.db"))
            if how == "replaced":
                path.write_bytes(b"")
                path.chmod(0o600)

    answer = Answer(200, cbr.copies(), before=strike if when == "before" else None)
    scripted.on(cbr.COPIES, answer)
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0})
    scripted.on(cbr.POST, Answer(200, cbr.posted(), before=strike if when == "after" else None))
    result = run("backup", "--vault", cbr.VAULT, "--run-key", "k", "--no-wait", "-o", "json")
    [entry] = result.json()["backups"]
    if when == "before":
        assert (result.code, entry["outcome"], entry["sent"], scripted.count(cbr.POST)) == (15, "error", "no", 0)
        assert "moved, removed or replaced" in result.err
    else:
        assert (result.code, entry["outcome"], scripted.count(cbr.POST)) == (0, "accepted", 1)
        assert any("could not be recorded" in warning for warning in entry["warnings"])


@pytest.mark.parametrize("how", ["file", "symlink", "fifo", "newer"])
def test_where_no_journal_can_be_kept_nothing_is_sent(how: str, scripted: Scripted, run: Run, tmp_path: Path) -> None:
    scripted.on(cbr.POST, cbr.posted())
    path = tmp_path / STATE / "journal.db"
    if how == "file":
        path.parent.parent.mkdir(parents=True)
        path.parent.write_text("in the way")
    elif how == "newer":
        run("backup", "--vault", cbr.VAULT, "--no-wait")
        change_journal(path, "PRAGMA user_version = 99")
    else:
        path.parent.mkdir(parents=True)
        other = tmp_path / "other"
        other.write_text("")
        if how == "symlink":
            path.symlink_to(other)
        elif how == "fifo":
            os.mkfifo(path)
        else:
            path.write_text("")
    before = scripted.count(cbr.POST)
    result = run("backup", "--vault", cbr.VAULT, "-o", "json")
    assert (result.code, result.json()["error"]["kind"], scripted.count(cbr.POST)) == (15, "local-state", before), (
        result.err
    )


@pytest.mark.long
def test_fuzzed_journals(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    """Whatever stands in the file: a backup or exit 15, and never a traceback."""
    scripted.on(cbr.POST, cbr.posted())
    scripted.on(cbr.COPIES, cbr.copies())
    scripted.on(cbr.TASKS, {"operation_logs": [], "count": 0})
    run("backup", "--vault", cbr.VAULT, "--no-wait")
    path = tmp_path / STATE / "journal.db"
    whole, dice = path.read_bytes(), random.Random(7)
    for _ in range(40):
        data = bytearray(whole[: dice.choice([len(whole), len(whole), dice.randrange(len(whole))])])
        for _ in range(dice.choice([1, 5, 50])):
            if data:
                data[dice.randrange(min(len(data), dice.choice([100, 4096, len(data)])))] = dice.randrange(256)
        path.write_bytes(bytes(data))
        result = run("backup", "--vault", cbr.VAULT, "--run-key", "k", "--no-wait")
        assert result.code in (0, 6, 7, 15), result.err
        assert "Traceback" not in result.err
        assert "internal" not in result.err


@pytest.mark.heavy
def test_many_at_once_send_one(cloud: Cloud, environ: dict[str, str]) -> None:
    environ["CBRCTL_TOKEN"] = cloud_token(cloud, environ)
    crowd = [
        subprocess.Popen(
            [*PROGRAM, "backup", "--vault", cbr.VAULT, "--run-key", "same", "--no-wait", "-o", "json"],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(50)
    ]
    results = [(process.communicate(timeout=120), process.returncode) for process in crowd]
    assert {code for _, code in results} <= {0, 11}, [r for r in results if r[1] not in (0, 11)][:2]
    assert posts(cloud) == 1
    assert len(started(cloud)) == 1
    assert sum(code == 0 for _, code in results) >= 1
