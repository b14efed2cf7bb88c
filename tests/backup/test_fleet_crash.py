"""A fleet in shards whose processes are killed at any moment and started again in fresh folders: one backup a vault."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cbrctl.sandbox import Cloud, Resource
from tests.support.program import PROGRAM

pytestmark = pytest.mark.heavy

VAULTS, SHARDS = 200, 8
MOST_ATTEMPTS = 20


MOST_REQUESTS = 150
"""What the four shards that run at a time ask for while one of them lives, about; a moment is told by what was asked, since
machines differ in speed."""


def run_shard(number: int, cloud: Cloud, environ: dict[str, str], folder: Path) -> tuple[int, int]:
    """Run a shard until an attempt of it ends by itself; how often it was killed, and its exit code."""
    dice, killed = random.Random(number), 0
    for attempt in range(MOST_ATTEMPTS):
        state = folder / f"{number}-{attempt}"
        env = {**environ, "CBRCTL_STATE_DIR": str(state), "CBRCTL_CACHE_DIR": str(folder / f"cache-{number}")}
        args = ["backup", "--tag", "fleet=yes", "--shard", f"{number}/{SHARDS}", "--run-key", "nightly", "-qq"]
        child = subprocess.Popen(
            [*PROGRAM, *args, "--poll-interval", "500ms", "-o", "json"], env=env, stdout=subprocess.DEVNULL
        )
        if dice.random() < 0.6 and attempt < MOST_ATTEMPTS - 1:
            end = len(cloud.requests) + dice.randint(1, MOST_REQUESTS)
            while child.poll() is None and len(cloud.requests) < end:
                time.sleep(0.01)
            if child.poll() is None:
                os.kill(child.pid, signal.SIGKILL)
                killed += 1
        if child.wait(120) != -signal.SIGKILL:
            return killed, child.returncode
    raise AssertionError(f"shard {number} never ended")


def test_each_vault_has_one_backup(cloud: Cloud, environ: dict[str, str], tmp_path: Path) -> None:
    vaults = [
        cloud.add_vault(f"fleet-{n:03}", resources=[Resource(f"server-{n:03}", duration=1.0)], tags={"fleet": "yes"}).id
        for n in range(VAULTS)
    ]
    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(lambda number: run_shard(number, cloud, environ, tmp_path), range(SHARDS)))
    assert [code for _, code in ends] == [0] * SHARDS
    assert sum(killed for killed, _ in ends) >= SHARDS / 4, "a test of kills kills"
    with cloud.lock:
        made = Counter(checkpoint.vault.id for checkpoint in cloud.checkpoints.values())
    assert {vault: made[vault] for vault in vaults} == dict.fromkeys(vaults, 1)
