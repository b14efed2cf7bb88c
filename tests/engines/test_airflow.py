"""The DAG backs up every vault of a project once, although some of its workers are killed."""

import os
import re
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


@pytest.mark.parametrize(
    ("codes", "succeeds"),
    [
        ({"0/2": [13], "1/2": [7, 143, 0]}, False),  # full: never again
        ({"0/2": [11], "1/2": [6, 5, 0]}, True),  # busy, which was said to be no fault
    ],
    ids=["failed", "skipped"],
)
def test_exit_codes_are_tried_again_or_not(
    engine: Airflow, tmp_path: Path, codes: dict[str, list[int]], succeeds: bool
) -> None:
    workers = fleet.Workers(tmp_path, WORKER)
    workers.plan(codes=codes)
    done = engine.test("cbrctl_backup", {"shards": 2, "skip": [11]}, workers.environ(os.environ["PATH"], {}))
    assert (done.returncode == 0) is succeeds, done.stdout[-5000:] + done.stderr[-5000:]
    assert workers.codes() == codes
    assert ("\n0 vaults: none\n" in done.stdout) is succeeds
