"""Large fleets under the model: a gateway that lets 200 requests pass in five minutes, a service of which 1 % fails, slow lists."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random, seed
from types import SimpleNamespace
from typing import Any

import pytest

from cbrctl import ids
from cbrctl.api.models import Vault
from cbrctl.api.transport import BrokenExchange, Reply
from cbrctl.backup.options import BackupOptions, Event
from cbrctl.backup.selection import Target
from tests.truth.machines import Process, World
from tests.truth.made import PROJECT, Fate
from tests.truth.service import Asker, Plan, Service

pytestmark = pytest.mark.heavy

WINDOW, MOST = 300.0, 200
PLAN = Plan(fates=(Fate("good", 20.0), Fate("good", 20.0)))
HEAVY = bool(os.environ.get("CBRCTL_HEAVY"))


class Limited(Service):
    """A service behind a gateway that lets so many requests pass in a window of time, and refuses all others."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = 0
        self._windows: dict[int, int] = {}

    def exchange(self, asker: Asker, method: str, url: str, body: bytes | None) -> Reply:
        window = int(self.now // WINDOW)
        self._windows[window] = self._windows.get(window, 0) + 1
        if self._windows[window] > MOST:
            self.refused += 1
            asker.spend(0.05)
            error = b'{"error_code": "APIGW.0308", "error_msg": "policy user over ratelimit,limit:200,time:5 minute"}'
            return Reply(429, {}, error)
        return super().exchange(asker, method, url, body)


class Flaky(Service):
    """A service of which one exchange in a hundred fails, before or after it did what was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.rng = Random(1)

    def exchange(self, asker: Asker, method: str, url: str, body: bytes | None) -> Reply:
        kind = self.rng.random()
        if kind < 0.002:
            raise BrokenExchange("connection refused", sent=False)
        if kind < 0.004:
            return Reply(429, {}, b'{"error_code": "APIGW.0308", "error_msg": "slow down"}')
        reply = super().exchange(asker, method, url, body)
        if kind < 0.007:
            raise BrokenExchange("connection reset", sent=True)
        if kind < 0.01:
            return Reply(502, {}, b"<html>Bad Gateway</html>")
        return reply


class Slow(Service):
    """A service that takes its time over each page of a list."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self.pages = 0

    def exchange(self, asker: Asker, method: str, url: str, body: bytes | None) -> Reply:
        if method == "GET" and "?" in url:
            self.pages += 1
            asker.spend(self.seconds)
        return super().exchange(asker, method, url, body)


@pytest.fixture
def base(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(ids, "os", SimpleNamespace(urandom=Random(0).randbytes))
    seed(0)
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def run_fleet(
    base: Path, service: Service, count: int, key: str | None
) -> tuple[Mapping[str, Any], list[Event], float]:
    """Back up so many vaults and follow them; the document, what was told, and how many seconds it took."""
    world = World(base)
    world.service = service
    vaults = [f"{n:08x}-f29c-4172-9d9a-76c719a659ce" for n in range(1, count + 1)]
    service.fleet = {vault: [f"{n:08x}-acc9-4d82-badc-000000000000"] for n, vault in enumerate(vaults, 1)}
    targets = [
        Target("v", vault, Vault.from_json(service.vault_json(vault)), (), {"vault_id": vault, "parameters": {}})
        for vault in vaults
    ]
    process = Process(world, world.machines["a"], plans=[PLAN] * (2 * count))
    told: list[Event] = []
    began = service.now

    def work(fleet: Any) -> Any:
        fleet.tell = told.append
        return fleet.back_up(targets)

    options = BackupOptions(run_key=key, project_id=PROJECT, timeout=86400.0)
    return process.run(options, work).to_json(), told, service.now - began


@pytest.mark.parametrize("key", [None, "nightly"])
def test_a_thousand_vaults_behind_two_hundred_requests_in_five_minutes(key: str | None, base: Path) -> None:
    service, count = Limited(), 1000
    document, told, took = run_fleet(base, service, count, key)
    assert {entry["outcome"] for entry in document["backups"]} == {"completed"}
    assert sorted(made.vault for made in service.made) == sorted(service.fleet)
    # with a key each burst of POSTs follows a look; each backup is looked at until it has ended
    assert took < 3 * WINDOW * (count / MOST + 1), "what the gateway lets pass is used"
    waits = [event.data["seconds"] for event in told if event.type == "rate"]
    assert waits, "waiting is said"
    assert service.refused < count / 4, "no vault asks by itself whether it may"


def test_one_exchange_in_a_hundred_fails(base: Path) -> None:
    service, count = Flaky(), 10_000 if HEAVY else 1000
    document, _, _ = run_fleet(base, service, count, "nightly")
    ends = {entry["vault"]["id"]: entry for entry in document["backups"]}
    by_vault: dict[str, int] = {}
    for made in service.made:
        by_vault[made.vault] = by_vault.get(made.vault, 0) + 1
    assert set(by_vault) == set(service.fleet)
    assert set(by_vault.values()) == {1}
    assert {entry["outcome"] for entry in ends.values()} == {"completed"}


@pytest.mark.parametrize("seconds", [1.0, 4.0], ids=["a second a page", "four seconds a page"])
@pytest.mark.parametrize("count", [1, 40])
def test_a_key_is_sent_though_a_look_takes_longer_than_it_says_anything(base: Path, count: int, seconds: float) -> None:
    """What had been read just now is all that can be known of a service whose lists take longer than five seconds."""
    service = Slow(seconds)
    document, _, _ = run_fleet(base, service, count, "nightly")
    assert {entry["outcome"] for entry in document["backups"]} == {"completed"}
    assert sorted(made.vault for made in service.made) == sorted(service.fleet)
    # each vault is looked at by itself: its checkpoint's own lists, and the marker, once a vault
    assert service.pages < 20 * count + 100


@pytest.mark.parametrize("seconds", [0.05, 2.0], ids=["quick", "slow"])
def test_what_was_read_serves_all_who_wait_for_it(base: Path, seconds: float) -> None:
    service = Slow(0.05)
    run_fleet(base, service, 100, "nightly")
    service.seconds, service.pages = seconds, 0
    document, _, _ = run_fleet(base, service, 100, "nightly")
    assert {entry["outcome"] for entry in document["backups"]} == {"completed"}
    assert len(service.made) == 100
    assert service.pages < 80, "a look a vault"
