"""The DAG backs up every vault of a project once, although some of its workers are killed."""

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from cbrctl.sandbox import Server
from tests.support import airflow, fleet
from tests.support.airflow import Airflow
from tests.support.program import ROOT

pytestmark = [
    pytest.mark.real,
    pytest.mark.heavy,
    pytest.mark.skipif(
        not airflow.PYTHON,
        reason="needs Airflow: CBRCTL_TEST_AIRFLOW names the Python of a venv with tests/engines/airflow.txt",
    ),
]

DAG = Path(ROOT, "deploy", "airflow", "cbrctl_dag.py")
WORKER = Path(__file__).with_name("worker.py")
SEED = int(os.environ.get("CBRCTL_SEED", "1"))
SOON = {"minutes=5": "seconds=1"}
"""How long a task that is tried again waits."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    return Airflow(tmp_path_factory.mktemp("airflow"), DAG, SOON)


def test_every_vault_has_one_checkpoint_whoever_is_killed(engine: Airflow, tmp_path: Path) -> None:
    workers = fleet.Workers(tmp_path, WORKER)
    killed = fleet.plan_kills(SEED)
    workers.plan(killed)
    cloud = fleet.make_cloud()
    with Server(cloud) as server:
        environ = workers.environ(os.environ["PATH"], server.variables())
        done = engine.test("cbrctl_backup", {"shards": fleet.SHARDS}, environ)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    assert re.search(rf"^{fleet.VAULTS} vaults: {fleet.VAULTS} completed$", done.stdout, re.MULTILINE), done.stdout
    assert fleet.checkpoints(cloud) == {f"vault-{number:02}": 1 for number in range(fleet.VAULTS)}
    shards = [f"{number}/{fleet.SHARDS}" for number in range(fleet.SHARDS)]
    assert workers.codes() == {shard: [-9, 0] if shard in killed else [0] for shard in shards}
    assert len({attempt["key"] for attempt in workers.attempts}) == 1


def test_exit_codes_are_tried_again_or_not(engine: Airflow, tmp_path: Path) -> None:
    """Shard 0 is full, 1 cannot reach the service and is stopped, 2 is busy, which was said to be no fault."""
    codes = {"0/3": [13], "1/3": [7, 143, 0], "2/3": [11]}
    workers = fleet.Workers(tmp_path, WORKER)
    workers.plan(codes=codes)
    done = engine.test("cbrctl_backup", {"shards": 3, "skip": [11]}, workers.environ(os.environ["PATH"], {}))
    assert done.returncode != 0
    assert workers.codes() == codes
    states = Counter(re.findall(r"new_state=(\w+)", done.stdout))
    # what divides and shard 1; the end is told of no task that waits for another
    assert states == {"success": 2, "up_for_retry": 2, "skipped": 1, "failed": 1}, done.stdout[-5000:]
