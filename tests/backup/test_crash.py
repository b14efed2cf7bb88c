"""A run that is killed, or whose disk fails, at any of its system calls: never two backups, never one that is lost.

strace strikes at the Nth call of one kind. CBRCTL_HEAVY=1 strikes at all of them; otherwise a few are chosen evenly.
"""

import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cbrctl.backup.marker import find_markers
from cbrctl.ids import derive_op_id
from cbrctl.sandbox import Cloud, Resource, Vault
from tests.support.practice import cloud_token
from tests.support.program import PROGRAM, Result, run_in_pipe

pytestmark = pytest.mark.heavy

HEAVY = bool(os.environ.get("CBRCTL_HEAVY"))
KEY = "nightly"
RUN = ["--run-key", KEY, "--no-wait", "-o", "json"]
CODES = {0, 6, 15}
"""What a run may end with where nothing but its own journal and its predecessor's death is in its way."""

KILLS = ("openat", "pwrite64", "fdatasync", "fsync", "unlink", "ftruncate", "fcntl", "flock", "connect", "sendto",
         "recvfrom", "write")  # fmt: skip
MOST = {"fcntl": 30}
"""Of how many calls of a kind a heavy run chooses that many evenly; all of the others."""
FAILS = ("openat", "pwrite64", "fdatasync", "fsync", "unlink", "ftruncate")
CHUNKS = 8 if HEAVY else 2
FEW = 12
WAITING = ("sendto", "recvfrom", "pwrite64", "fdatasync")
MOST_WAITING = 25
"""Of each kind of call of a run that waits for a busy vault."""
SLOT_CHUNKS, SLOTS = (4, 50) if HEAVY else (2, 10)


@cache
def why_not() -> str:
    """Why calls cannot be struck on this machine; empty where they can."""
    if shutil.which("strace") is None:
        return "no strace on this machine"
    injection = "inject=exit_group:signal=SIGKILL"
    command = ["strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=exit_group", "-e", injection]
    tried = subprocess.run([*command, sys.executable, "-c", ""], capture_output=True, text=True)
    return "" if tried.returncode == -signal.SIGKILL else f"strace may not trace here: {tried.stderr.strip()[:200]}"


class Call(NamedTuple):
    """The `number`th call of its kind in a run, counted as strace does: of openat only those in the state folder."""

    kind: str
    number: int
    path: str = ""
    is_before_post: bool = True


class Bench:
    """One practice cloud on which each point has a vault, and a state folder, of its own."""

    def __init__(self, cloud: Cloud, environ: dict[str, str], folder: Path) -> None:
        self.cloud = cloud
        self.environ = {**environ, "CBRCTL_TOKEN": cloud_token(cloud, environ)}
        self.folder = folder

    def add_vault(self) -> Vault:
        """A vault that nothing else uses."""
        return self.cloud.add_vault(
            f"crash-{len(self.cloud.vaults)}", size_gb=100_000, resources=[Resource(name="ecs-crash")]
        )

    def state(self, vault: Vault, name: str) -> Path:
        return self.folder / f"{vault.name}-{name}"

    def env(self, state: Path) -> dict[str, str]:
        return {**self.environ, "CBRCTL_STATE_DIR": str(state)}

    def add_busy_vault(self) -> Vault:
        """A vault that somebody else is backing up."""
        vault = self.cloud.add_vault(
            f"busy-{len(self.cloud.vaults)}", size_gb=100_000, resources=[Resource(name="ecs-busy", duration=30)]
        )
        begun = run_in_pipe(["backup", "--vault", vault.id, "--no-wait"], self.env(self.state(vault, "others")))
        assert begun.code == 0, begun.err
        return vault

    def run(self, vault: Vault, state: Path, *options: str) -> Result:
        args = ["backup", "--vault", vault.id, *RUN, "--settle", "5s", *options]
        return run_in_pipe(args, self.env(state), timeout=60)

    def strike(
        self,
        vault: Vault,
        state: Path,
        kinds: Sequence[str],
        how: str,
        log: str = os.devnull,
        options: Sequence[str] = (),
    ) -> Result:
        """One run under strace, which does `how` to it."""
        # strace counts those of these files only; the interpreter's own hundreds change with its caches
        paths = _paths(state, vault) if kinds == ["openat"] else []
        only = [word for path in paths for word in ("-P", path)]
        injection = ["-e", f"inject={how}"] if how else []
        strace = ["strace", "-f", "-qq", "-y", "-o", log, *only, "-e", f"trace={','.join(kinds)}", *injection]
        done = subprocess.run(
            [*strace, *PROGRAM, "backup", "--vault", vault.id, *RUN, *options],
            env=self.env(state),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def posts(self, vault: Vault) -> int:
        """How many requests to back the vault up reached the service."""
        with self.cloud.lock:
            return sum(
                r.method == "POST" and r.path.endswith("/checkpoints") and r.body["checkpoint"]["vault_id"] == vault.id
                for r in self.cloud.requests
            )

    def markers(self, vault: Vault) -> list[str | None]:
        """The markers of the vault's backups."""
        with self.cloud.lock:
            return [
                next((marker.op_id for marker in find_markers(c.name, c.description)), None)
                for c in self.cloud.checkpoints.values()
                if c.vault.id == vault.id
            ]

    def op_id(self, vault: Vault, key: str = KEY) -> str:
        return derive_op_id(self.environ["CBRCTL_PROJECT_ID"], vault.id, key)


def _paths(state: Path, vault: Vault) -> list[str]:
    folder = state / "cbrctl"
    names = ["journal.db", "journal.db-wal", "journal.db-shm", "journal.db-journal", "locks", f"locks/{vault.id}.lock"]
    return [str(state.parent), str(state), str(folder), *(str(folder / name) for name in names)]


@pytest.fixture
def bench(cloud: Cloud, environ: dict[str, str], tmp_path: Path) -> Bench:
    if why_not():
        pytest.skip(why_not())
    return Bench(cloud, environ, tmp_path)


def count_calls(bench: Bench, kinds: Sequence[str]) -> list[Call]:
    """The calls of one whole run that can be struck, in their order within each kind."""
    calls: list[Call] = []
    for some in (["openat"], [kind for kind in (*kinds, "sendto") if kind != "openat"]):
        vault = bench.add_vault()
        state, log = bench.state(vault, "count"), bench.folder / "log"
        whole = bench.strike(vault, state, some, "", log=str(log))
        assert (whole.code, bench.markers(vault)) == (0, [bench.op_id(vault)]), whole.err
        numbers: Counter[str] = Counter()
        is_before_post = True
        for line in log.read_text().splitlines():
            found = re.match(r"\d+ +(\w+)\((.*)", line)
            if found is None:
                continue
            kind, rest = found.groups()
            numbers[kind] += 1
            if kind == "sendto" and '"POST ' in rest:
                is_before_post = False
            path = next(iter(re.findall(rf"[<\"]({re.escape(str(bench.folder))}[^>\"]*)", rest)), "")
            if kind in kinds:
                # of the openat, traced apart, it is not known; nothing asks
                calls.append(Call(kind, numbers[kind], Path(path).name, is_before_post and some != ["openat"]))
    return calls


def choose(all_of: Sequence[Call], most: int) -> list[Call]:
    """At most so many of them, evenly."""
    if len(all_of) <= most:
        return list(all_of)
    return [all_of[int((place + 0.5) * len(all_of) / most)] for place in range(most)]


def rows_of(state: Path, copy: Path) -> list[dict[str, Any]]:
    """What the journal holds on disk, read from a copy: reading repairs."""
    if not (state / "cbrctl" / "journal.db").exists():
        return []
    shutil.copytree(state, copy)
    (copy / "cbrctl" / "journal.db-shm").unlink(missing_ok=True)  # it lasts no longer than the machine is up
    db = sqlite3.connect(copy / "cbrctl" / "journal.db")
    try:
        db.row_factory = sqlite3.Row
        if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return []
        return [dict(row) for row in db.execute("SELECT * FROM backups")]
    finally:
        db.close()


def check_clean(result: Result, where: str) -> None:
    assert "Traceback" not in result.err, f"{where}: {result.err}"
    assert "internal" not in result.err, f"{where}: {result.err}"


def check_recovery(bench: Bench, vault: Vault, state: Path, where: str) -> None:
    """After whatever happened: the same key again, here and on another host, means one backup."""
    sent = bench.posts(vault)
    here = bench.run(vault, state)
    check_clean(here, where)
    assert here.code in CODES, f"{where}: {here}"
    there = bench.run(vault, bench.state(vault, "other-host"))
    check_clean(there, where)
    assert there.code == 0, f"{where}: {there}"
    if here.code == 6:  # nothing showed that it was sent, so it was not sent again; now the other host's is found
        assert here.json()["backups"][0]["sent"] == "unknown", f"{where}: {here}"
        assert sent == 0, f"{where}: the backup was there, and was not found: {here}"
        here = bench.run(vault, state)
    if here.code == 0:
        ids = [result.json()["backups"][0]["checkpoint"]["id"] for result in (here, there)]
        assert ids[0] == ids[1], where
    assert here.code == 0, f"{where}: {here}"
    assert bench.markers(vault) == [bench.op_id(vault)], where
    assert bench.posts(vault) == 1, where


# killed -------------------------------------------------------------------------------------------------------------


@pytest.mark.real
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_run_killed_at_any_call_leaves_one_backup(chunk: int, bench: Bench) -> None:
    calls = count_calls(bench, KILLS)
    points = [p for kind in KILLS for p in choose([c for c in calls if c.kind == kind], MOST.get(kind, 1000))]
    assert len(points) >= 100, Counter(p.kind for p in points)
    assert {p.kind for p in points} == set(KILLS)
    for call in (points if HEAVY else choose(points, FEW))[chunk::CHUNKS]:
        where = f"killed at {call}"
        vault = bench.add_vault()
        state = bench.state(vault, "here")
        killed = bench.strike(vault, state, [call.kind], f"{call.kind}:signal=SIGKILL:when={call.number}")
        assert killed.code == -signal.SIGKILL, f"{where}: {killed}"
        check_clean(killed, where)
        sent = bench.posts(vault)
        rows = rows_of(state, bench.state(vault, "copy"))
        assert sent <= 1, where
        if sent:
            assert [row["op_id"] for row in rows] == [bench.op_id(vault)], where
            assert rows[0]["state"] in ("sending", "accepted"), where
        elif rows:
            assert rows[0]["state"] == "sending", where
        check_recovery(bench, vault, state, where)


@pytest.mark.real
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_run_killed_while_it_waits_for_a_busy_vault_leaves_one_backup(chunk: int, bench: Bench) -> None:
    """Its requests are refused at first; it looks, waits, looks again, and sends: killed anywhere on that way."""
    wait = ("--if-busy", "wait")
    vault, log = bench.add_busy_vault(), bench.folder / "log"
    whole = bench.strike(vault, bench.state(vault, "count"), WAITING, "", log=str(log), options=wait)
    assert (whole.code, bench.markers(vault).count(bench.op_id(vault)), bench.posts(vault)) == (0, 1, 3), whole.err
    numbers = Counter(re.findall(r"^\d+ +(\w+)\(", log.read_text(), re.MULTILINE))
    calls = [Call(kind, number) for kind in WAITING for number in range(1, numbers[kind] + 1)]
    points = [call for kind in WAITING for call in choose([c for c in calls if c.kind == kind], MOST_WAITING)]
    for call in (points if HEAVY else choose(points, 6))[chunk::CHUNKS]:
        where = f"killed at {call}"
        vault = bench.add_busy_vault()
        state = bench.state(vault, "here")
        bench.strike(vault, state, [call.kind], f"{call.kind}:signal=SIGKILL:when={call.number}", options=wait)
        for folder in (state, bench.state(vault, "other-host"), state):
            again = bench.run(vault, folder, *wait)
            check_clean(again, where)
            assert again.code in CODES, f"{where}: {again}"
        assert again.code == 0, f"{where}: {again}"
        assert bench.markers(vault).count(bench.op_id(vault)) == 1, where


# a failing disk -----------------------------------------------------------------------------------------------------


@pytest.mark.real
@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.parametrize(("error", "lasts"), [("EIO", ""), ("ENOSPC", "+")], ids=["EIO once", "ENOSPC from then on"])
def test_nothing_is_sent_that_is_not_recorded(error: str, lasts: str, chunk: int, bench: Bench) -> None:
    points = count_calls(bench, FAILS)
    assert {p.kind for p in points} == set(FAILS)
    for call in (points if HEAVY else choose(points, FEW))[chunk::CHUNKS]:
        where = f"{error}{lasts} at {call}"
        vault = bench.add_vault()
        state = bench.state(vault, "here")
        log, how = bench.folder / "struck", f"{call.kind}:error={error}:when={call.number}{lasts}"
        struck = bench.strike(vault, state, [call.kind], how, log=str(log))
        assert "(INJECTED)" in log.read_text(), where
        check_clean(struck, where)
        sent = bench.posts(vault)
        if sent:
            assert (struck.code, sent) == (0, 1), f"{where}: {struck}"
            rows = rows_of(state, bench.state(vault, "copy"))
            assert [row["op_id"] for row in rows] == [bench.op_id(vault)], where
            assert rows[0]["state"] in ("sending", "accepted"), where
            assert struck.json()["backups"][0]["outcome"] == "accepted", where
            # SQLite goes on where a folder cannot be synced; of a file it does not
            if call.kind == "fdatasync" and call.is_before_post:
                assert not call.path.startswith("journal.db"), f"{where}: sent on what was not durable"
        else:
            assert struck.code == 15, f"{where}: {struck}"
            assert '"sent": "yes"' not in struck.out, where
        check_recovery(bench, vault, state, where)


# slots of a schedule ------------------------------------------------------------------------------------------------

DEATHS = {
    "before the journal": """
def patched(self, folder):
    die()
journal.Journal.__init__ = patched
""",
    "after the record": """
record = journal.Journal.record
def patched(self, backup, **more):
    record(self, backup, **more)
    if backup.state == "sending":
        die()
journal.Journal.record = patched
""",
    "after the request": """
answered = http.client.HTTPConnection.getresponse
def patched(self, *args, **more):
    if self._method == "POST":
        select.select([self.sock], [], [])  # the service has it
        die()
    return answered(self, *args, **more)
http.client.HTTPConnection.getresponse = patched
""",
    "after the answer": """
post = client.Client.post_checkpoint
def patched(self, *args, **more):
    post(self, *args, **more)
    die()
client.Client.post_checkpoint = patched
""",
    "while following": """
def patched(self, *args, **more):
    die()
follow.Follower._look_beside_others = patched
""",
}
IMPORTS = """
import http.client, os, select, signal
from cbrctl.cli import tree as cli
from cbrctl.backup import follow, journal
from cbrctl.api import client
def die():
    os.kill(os.getpid(), signal.SIGKILL)
"""


def run_to_death(patch: str, env: dict[str, str], args: list[str]) -> Result:
    code = f"{IMPORTS}\n{patch}\ncli.cli.main({args!r})"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60)
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("chunk", range(SLOT_CHUNKS))
def test_each_slot_of_a_schedule_has_one_backup(
    chunk: int, cloud: Cloud, environ: dict[str, str], tmp_path: Path
) -> None:
    """About a third of the attempts die, and each is made in an empty folder: a container that is started anew."""
    bench, dice = Bench(cloud, environ, tmp_path), random.Random(chunk)
    vaults = [bench.add_vault(), bench.add_vault()]
    died: Counter[str] = Counter()
    for slot in range(SLOTS):
        vault = vaults[slot % 2]
        args = ["backup", "--vault", vault.id, "--run-key", f"slot-{slot}", "--if-busy", "wait", "-o", "json"]
        for attempt in range(20):
            env = bench.env(tmp_path / f"{slot}-{attempt}")
            if dice.random() < 0.3:
                death = dice.choice(list(DEATHS))
                result = run_to_death(DEATHS[death], env, args)
                if result.code == -signal.SIGKILL:
                    died[death] += 1
                    continue
            else:
                result = run_in_pipe(args, env, timeout=60)
            break
        check_clean(result, f"slot {slot}")
        assert result.code == 0, f"slot {slot}: {result}"
    wanted = [bench.op_id(vault, f"slot-{slot}") for slot in range(SLOTS) for vault in [vaults[slot % 2]]]
    made = [marker for vault in vaults for marker in bench.markers(vault)]
    assert sorted(map(str, made)) == sorted(wanted)
    assert sum(bench.posts(vault) for vault in vaults) == SLOTS
    assert sum(died.values()) >= SLOTS * 0.15, died
