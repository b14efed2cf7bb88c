"""What is held is found and counted as if all of it were walked, however it came in or went."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from cbrctl.sandbox import Checkpoint, Cloud, Resource
from cbrctl.sandbox.runs import Moment, Run
from cbrctl.sandbox.seed import CHECKPOINT_YESTERDAY, COPY_YESTERDAY, VAULT_BE94, VAULT_BUSY, add_backup
from tests.support.sandbox import Client, Clock


def make(cloud: Cloud, vault_id: str = VAULT_BE94) -> Checkpoint:
    """Make a checkpoint that stands nowhere yet."""
    vault = cloud.vaults[vault_id]
    run = Run(vault.resources[0], 0, cloud.clock(), str(uuid4()), str(uuid4()), "n", "req", incremental=False)
    return Checkpoint(str(uuid4()), vault, cloud.clock(), "n", "", False, -1, runs=[run])


def assert_indexed(cloud: Cloud) -> None:
    """Whatever the cloud says of its vaults and runs is what a walk over all checkpoints says."""
    now = cloud.clock()
    walked = [(checkpoint, run) for checkpoint in dict(cloud.checkpoints).values() for run in checkpoint.runs]
    assert [tuple(held) for held in cloud.iterate_runs()] == walked
    for checkpoint, run in walked:
        assert cloud.checkpoints.find_copy(run.copy_id) == cloud.checkpoints.find_log(run.task_id) == (checkpoint, run)
        assert not run.deletion_id or cloud.checkpoints.find_log(run.deletion_id) == (checkpoint, run)
    for vault in cloud.vaults.values():
        its = [(checkpoint, run) for checkpoint, run in walked if checkpoint.vault is vault]
        assert cloud.used_mb(vault, now) == vault.used_mb + sum(run.stored_mb(now) for _, run in its)
        assert cloud.is_busy(vault, now) == any(checkpoint.is_running(now) for checkpoint, _ in its)
        assert [tuple(held) for held in cloud.checkpoints.iterate(vault_ids=[vault.id])] == its
        for resource in vault.resources:
            runs = [run for _, run in its if run.resource.id == resource.id]
            sizes = [size for run in runs if (size := run.stored_mb(now))]
            assert list(cloud.runs_of(resource.id, vault.id)) == runs
            assert cloud.stored(resource.id, vault.id, now) == (len(sizes), sum(sizes))


WAYS: dict[str, Callable[[Cloud], object]] = {
    "set": lambda cloud: cloud.checkpoints.__setitem__("1", make(cloud)),
    "set twice": lambda cloud: [cloud.checkpoints.update({"1": make(cloud, id)}) for id in (VAULT_BE94, VAULT_BUSY)],
    "replaced": lambda cloud: cloud.checkpoints.__setitem__(CHECKPOINT_YESTERDAY, make(cloud, VAULT_BUSY)),
    "update": lambda cloud: cloud.checkpoints.update({"1": make(cloud), "2": make(cloud)}),
    "setdefault": lambda cloud: cloud.checkpoints.setdefault("1", make(cloud)),
    "del": lambda cloud: cloud.checkpoints.__delitem__(CHECKPOINT_YESTERDAY),
    "pop": lambda cloud: cloud.checkpoints.pop(CHECKPOINT_YESTERDAY),
    "popitem": lambda cloud: cloud.checkpoints.popitem(),
    "clear": lambda cloud: cloud.checkpoints.clear(),
}


@pytest.mark.parametrize("way", WAYS)
def test_whatever_is_put_in_or_taken_out_is_found_so(cloud: Cloud, clock: Clock, way: str) -> None:
    assert_indexed(cloud)
    WAYS[way](cloud)
    for seconds in (0, 3, 10, 86400, -86412):
        clock.step(seconds)
        assert_indexed(cloud)
    assert cloud.checkpoints.find_copy(COPY_YESTERDAY) is None or CHECKPOINT_YESTERDAY in cloud.checkpoints


def test_a_deleted_copy_takes_nothing_and_is_found_by_its_log(client: Client, cloud: Cloud, clock: Clock) -> None:
    client.create()
    clock.step(10)
    assert_indexed(cloud)
    for copy in client.get("/backups", vault_id=VAULT_BE94)["backups"]:
        client.send("DELETE", f"/backups/{copy['id']}")
        assert_indexed(cloud)
    assert cloud.used_mb(cloud.vaults[VAULT_BE94], clock.read()) == 0
    client.create()
    clock.step(10)
    assert_indexed(cloud)


def test_a_vault_is_not_walked_for_another(cloud: Cloud, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked of one vault looks at its own runs, and at those that have ended once."""
    vault = cloud.add_vault("vault-old", resources=[Resource("server-old")])
    for number in range(50):
        ids = (str(uuid4()), str(uuid4()), str(uuid4()))
        add_backup(cloud, vault, vault.resources[0], "nightly", cloud.started - 86400 * number - 60, ids)
    client.get("/vaults")
    looked: list[str] = []
    look = Run.look

    def note(run: Run, now: float) -> Moment:
        looked.append(run.copy_id)
        return look(run, now)

    monkeypatch.setattr(Run, "look", note)
    client.get(f"/vaults/{vault.id}")
    assert len(looked) == 1, "the status of the latest"
    looked.clear()
    checkpoint = client.create().json()["checkpoint"]
    client.get(f"/checkpoints/{checkpoint['id']}")
    assert len(looked) < 10
    assert not set(looked) & {run.copy_id for run in cloud.runs_of(vault.resources[0].id, vault.id)}
