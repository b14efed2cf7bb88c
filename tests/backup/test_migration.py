"""Journals of version 1, as its program left them: every state, and one whose process was killed between two writes."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support import cbr
from tests.support.program import Run
from tests.support.scripted import Answer, Scripted
from tests.support.state import change_journal, read_journal

JOURNALS = Path(__file__).with_name("journals")
VAULT_NUMBER = "3b5816b5-f29c-4172-9d9a-{:012x}"


def adopt(name: str, folder: Path, url: str) -> Path:
    """Lay a journal of version 1 into a state folder, as if its service had been the one of this test."""
    place = folder / "cbrctl"
    place.mkdir(parents=True, mode=0o700)
    for file in JOURNALS.glob(f"{name}.db*"):
        shutil.copy(file, place / file.name.replace(f"{name}.db", "journal.db"))
    for file in place.iterdir():
        file.chmod(0o600)
    change_journal(place / "journal.db", "UPDATE ops SET endpoint = ?", url)
    return place / "journal.db"


def by_vault(path: Path) -> dict[int, dict[str, Any]]:
    return {int(row["vault_id"][-12:], 16): row for row in read_journal(path)}


@pytest.fixture
def old(scripted: Scripted, tmp_path: Path) -> Path:
    return adopt("v1", tmp_path / "state", scripted.url)


def env_of(path: Path) -> dict[str, str]:
    return {"CBRCTL_STATE_DIR": str(path.parent.parent)}


def test_what_was_known_is_still_known(old: Path, run: Run) -> None:
    items = run("history", "-o", "json", env=env_of(old)).json()["items"]
    shown_ = {int(i["vault"]["id"][-12:], 16): i for i in items if i["vault"]["id"][-1] != "c"}
    expected = {
        1: ("completed", 0, "yes", False), 2: ("completed", 0, "yes", False), 3: ("partial", 3, "yes", False),
        4: ("failed", 4, "yes", False), 5: ("refused", 13, "no", False), 6: ("error", 8, "no", False),
        7: ("accepted", 0, "yes", False), 8: ("accepted", 0, "yes", False), 9: ("unknown", 6, "unknown", False),
        10: ("unknown", 6, "unknown", False), 11: ("unknown", 6, "unknown", False), 13: ("pending", 5, "yes", False),
        # found by its key, or attached to: this machine never sent it
        14: ("completed", 0, "yes", True),
    }  # fmt: skip
    assert {n: (i["outcome"], i["exit_code"], i["sent"], i["attached"]) for n, i in shown_.items()} == expected
    others = [i for i in items if i["vault"]["id"].endswith("c")]
    assert [(i["outcome"], i["sent"], i["attached"]) for i in others] == [
        ("accepted", None, True), ("refused", "no", False),
    ]  # fmt: skip
    rows = by_vault(old)
    assert rows[14]["request"] is None
    assert rows[8]["answer"]["vault"]["skipped_resources"][0]["id"].endswith("5527")


@pytest.mark.heavy
def test_its_open_ones_are_settled(old: Path, scripted: Scripted, run: Run) -> None:
    """The answer that version 1 kept tells what was skipped; an unknown one is looked for by its old marker."""
    vault = VAULT_NUMBER.format(10)
    name = by_vault_name(old, 10, run)
    found = cbr.copies(("94eba8b2-acc9-4d82-badc-127144cc5526", "available"))
    found["backups"][0] |= {"name": f"{name}-0001", "vault_id": vault}
    scripted.on(cbr.SHOW, cbr.shown("available"))
    scripted.on(cbr.COPIES, found)
    scripted.on(cbr.TASKS, cbr.tasks())
    scripted.on(cbr.VAULTS + "/.*", Answer(403, {"error_code": "APIGW.0302", "error_msg": "no"}))
    document = run("resume", "--settle", "3s", "--timeout", "1h", "-o", "json", env=env_of(old)).json()
    outcomes = {int(b["vault"]["id"][-12:], 16): b["outcome"] for b in document["backups"]}
    assert outcomes[10] == "completed"
    assert {outcomes[n] for n in (9, 11)} == {"unknown"}
    assert scripted.count(cbr.POST) == 0


def by_vault_name(path: Path, number: int, run: Run) -> str:
    run("history", env=env_of(path))  # brings it to today's version
    return str(by_vault(path)[number]["request"]["parameters"]["name"])


def test_a_partial_one_is_still_partial_by_what_it_skipped(old: Path, scripted: Scripted, run: Run) -> None:
    checkpoint = "8b0851a8-adf3-4f4c-a914-000000000008"
    body = cbr.shown("available")
    body["checkpoint"]["id"] = checkpoint
    done = cbr.copies(("94eba8b2-acc9-4d82-badc-127144cc5526", "available"))
    done["backups"][0]["checkpoint_id"] = checkpoint
    scripted.on(cbr.SHOW, body)
    scripted.on(cbr.COPIES, done)
    scripted.on(cbr.TASKS, cbr.tasks())
    result = run("wait", checkpoint, "-o", "json", env=env_of(old))
    [entry] = result.json()["backups"]
    assert (result.code, entry["outcome"], entry["op_id"]) == (3, "partial", by_vault(old)[8]["op_id"])
    assert [s["code"] for s in entry["skipped_resources"]] == ["BackupService.7102"]
    assert by_vault(old)[8]["state"] == "partial"


def test_an_unknown_one_stands_in_the_way_until_it_is_settled(old: Path, scripted: Scripted, run: Run) -> None:
    vault = VAULT_NUMBER.format(9)
    scripted.on(cbr.POST, cbr.posted(id="8b0851a8-adf3-4f4c-a914-0000000000aa"))
    scripted.on(cbr.COPIES, cbr.copies())
    scripted.on(cbr.TASKS, cbr.tasks())
    scripted.on(cbr.VAULTS + "/.*", {"vault": {"id": vault, "resources": []}})
    run("history", env=env_of(old))
    # the files are of another boot, and their times of another day: that both clocks say so is not certain at once
    assert run("backup", "--vault", vault, "--settle", "0", env=env_of(old)).code == 6
    assert scripted.count(cbr.POST) == 0
    later = {**env_of(old), "TEST_CLOCK_PASSED": "1000"}
    answer = cbr.posted(id="8b0851a8-adf3-4f4c-a914-0000000000aa")
    answer["checkpoint"]["vault"]["id"] = vault
    scripted.on(cbr.POST, answer)
    assert run("backup", "--vault", vault, "--settle", "0", "--no-wait", env=later).code == 0
    assert [row["state"] for row in read_journal(old) if row["vault_id"] == vault] == ["not-started", "accepted"]


def test_one_that_was_killed_is_settled(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    """Its last writes stand in the log beside it."""
    path = adopt("v1-killed", tmp_path / "state", scripted.url)
    scripted.on(cbr.COPIES, cbr.copies())
    scripted.on(cbr.TASKS, cbr.tasks())
    assert run("resume", "--settle", "0", "-o", "json", env=env_of(path)).code == 6
    states = {row["vault_id"][-2:]: row["state"] for row in read_journal(path)}
    assert states == {"15": "unknown", "16": "not-started"}
