"""An array of Slurm backs up every vault of a project once, although some of its workers are killed."""

import os
from pathlib import Path

import pytest

from cbrctl.sandbox import Server
from tests.support import fleet, slurm
from tests.support.program import ROOT

pytestmark = [
    pytest.mark.real,
    pytest.mark.heavy,
    pytest.mark.skipif(slurm.why_not() is not None, reason=f"needs Slurm: {slurm.why_not()}"),
]

SCRIPT = Path(ROOT, "deploy", "slurm", "cbrctl-array.sh")
WORKER = Path(__file__).with_name("worker.py")
SEED = int(os.environ.get("CBRCTL_SEED", "1"))


def test_every_vault_has_one_checkpoint_whoever_is_killed(tmp_path: Path) -> None:
    workers = fleet.Workers(tmp_path, WORKER)
    killed = fleet.plan_kills(SEED)
    workers.plan(killed)
    cloud = fleet.make_cloud()
    with slurm.Slurm() as cluster, Server(cloud) as server:
        environ = workers.environ(cluster.environ["PATH"], server.variables())
        array = f"--array=0-{fleet.SHARDS - 1}"
        job = cluster.call("sbatch", "--parsable", array, str(SCRIPT), environ=environ, cwd=tmp_path).strip()
        cluster.await_no_jobs(120)
        tasks = cluster.tasks(job)
    assert fleet.checkpoints(cloud) == {f"vault-{number:02}": 1 for number in range(fleet.VAULTS)}
    ends = {number: (task["JobState"], task["Restarts"]) for number, task in tasks.items()}
    expected = {f"{number}/{fleet.SHARDS}": number for number in range(fleet.SHARDS)}
    assert ends == {number: ("COMPLETED", "1" if shard in killed else "0") for shard, number in expected.items()}
    assert workers.codes() == {shard: [-9, 0] if shard in killed else [0] for shard in expected}
    assert len({attempt["key"] for attempt in workers.attempts}) == 1


def test_exit_codes_are_tried_again_or_not(tmp_path: Path) -> None:
    """A vault of shard 0 is full, 1 cannot reach the service twice, 2 is well, 3, the last of the array, is stopped once."""
    workers = fleet.Workers(tmp_path, WORKER)
    codes = {"0/4": [13], "1/4": [7, 7, 0], "2/4": [0], "3/4": [143, 0]}
    workers.plan(codes=codes)
    with slurm.Slurm() as cluster:
        environ = workers.environ(cluster.environ["PATH"], {})
        job = cluster.call("sbatch", "--parsable", str(SCRIPT), environ=environ, cwd=tmp_path).strip()
        cluster.await_no_jobs(120)
        tasks = cluster.tasks(job)
    assert workers.codes() == codes
    assert {number: (task["JobState"], task["ExitCode"]) for number, task in tasks.items()} == {
        0: ("FAILED", "13:0"),
        1: ("COMPLETED", "0:0"),
        2: ("COMPLETED", "0:0"),
        3: ("COMPLETED", "0:0"),
    }
