"""Many vaults, and the workers that an engine starts to back them up, some of whom are killed."""

import json
import random
import shlex
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cbrctl.sandbox import Cloud, Resource

VAULTS = 40
SHARDS = 8
SECONDS = 2.0
"""How long a backup takes. No attempt is shorter, so whoever is to be killed within them is killed."""
KILLED = 3
"""How many first attempts are killed, of SHARDS."""
LATENCY = 0.05
"""Seconds of each answer, so that some are killed while they wait for one."""


def make_cloud() -> Cloud:
    """Return a practice cloud on the real clock with VAULTS vaults."""
    cloud = Cloud()
    for number in range(VAULTS):
        cloud.add_vault(f"vault-{number:02}", resources=[Resource(f"server-{number:02}", duration=SECONDS)])
    cloud.faults.add(f"any:delay={LATENCY}")
    return cloud


def plan_kills(seed: int) -> dict[str, float]:
    """Return which shards' first attempts are killed, and after how many seconds."""
    chance = random.Random(seed)
    chosen = chance.sample(range(SHARDS), KILLED)
    return {f"{number}/{SHARDS}": chance.uniform(0.2, SECONDS) for number in chosen}


class Workers:
    """What an engine finds as `cbrctl` on its path: the real one, on a fresh machine each time."""

    def __init__(self, folder: Path, program: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir(parents=True)
        (folder / "attempts.jsonl").touch()
        command = self.bin / "cbrctl"
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(program))} "$@"\n')
        command.chmod(0o755)

    def plan(self, killed: Mapping[str, float] | None = None, codes: Mapping[str, Sequence[int]] | None = None) -> None:
        """Say whose first attempt is killed and when, and who ends with which codes without doing anything."""
        (self.folder / "plan.json").write_text(json.dumps({"killed": killed or {}, "codes": codes or {}}))

    def environ(self, path: str, cloud: Mapping[str, str]) -> dict[str, str]:
        """The variables of a worker: nothing of the developer's."""
        return {
            "PATH": f"{self.bin}:{path}",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "CBRCTL_TEST_WORKERS": str(self.folder),
            **cloud,
        }

    @property
    def attempts(self) -> list[dict[str, Any]]:
        """What became of each attempt, in the order in which they ended."""
        return [json.loads(line) for line in (self.folder / "attempts.jsonl").read_text().splitlines()]

    def codes(self) -> dict[str, list[int]]:
        """How the attempts at each shard ended."""
        found: dict[str, list[int]] = {}
        for attempt in self.attempts:
            found.setdefault(attempt["shard"], []).append(attempt["code"])
        return found


def checkpoints(cloud: Cloud) -> Counter[str]:
    """How many checkpoints each vault has."""
    with cloud.lock:
        return Counter(checkpoint.vault.name for checkpoint in cloud.checkpoints.values())
