"""The model itself: what it calls true, that its lies are bounded as the contract bounds them, and that it takes turns."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cbrctl.api.transport import BrokenExchange
from tests.truth import lists, rows
from tests.truth.machines import Killed, Process, World
from tests.truth.made import DISK, SERVER, VAULT, Fate, Made, read_marker
from tests.truth.quirks import FLAWS, HEALTHY, Quirks, heal
from tests.truth.service import Plan
from tests.truth.turns import Baton

OP = "25DBCYPXSKQKRZBX8NDG7BB5RC"
ROOT = "https://cbr.example/v3/p"
BOTH = frozenset({SERVER, DISK})


def made(server: str = "good", disk: str = "good", **more: Any) -> Made:
    fates = {SERVER: Fate(server, 10.0), DISK: Fate(disk, 100.0)}
    fates = {r: fate for r, fate in fates.items() if fate.kind}
    return Made(1, 0.0, {"name": f"cbrctl-{OP}-ABCD"}, fates, asked=BOTH, **more)


def post(process: Process, **parameters: Any) -> Any:
    body = json.dumps({"checkpoint": {"vault_id": VAULT, "parameters": parameters}}).encode()
    return process.exchange("POST", f"{ROOT}/checkpoints", headers={}, body=body)


def get(process: Process, path: str) -> Any:
    reply = process.exchange("GET", f"{ROOT}/{path}", headers={})
    return reply.status, json.loads(reply.body)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize(
    ("server", "disk", "ignore", "now", "true"),
    [
        ("good", "good", False, 99.0, set()),
        ("good", "good", False, 100.0, {"completed"}),
        ("good", "error", False, 0.0, {"partial"}),
        ("good", "error", True, 0.0, {"partial"}),
        ("good", "skipped", True, 100.0, {"completed"}),
        ("good", "skipped", False, 100.0, {"partial"}),
        ("early", "skipped", True, 100.0, {"failed"}),
    ],
)
def test_what_is_true_of_a_checkpoint(server: str, disk: str, ignore: bool, now: float, true: set[str]) -> None:
    assert made(server, disk).outcomes(BOTH, ignore=ignore, now=now) == true


def test_a_skip_of_every_resource_is_refused_where_each_code_means_busy() -> None:
    skips = [(SERVER, "BackupService.1001"), (DISK, "BackupService.0002")]
    assert made("", "", skipped=skips).outcomes(BOTH, ignore=True, now=0.0) == {"refused"}
    assert made("", "", skipped=[skips[0], (DISK, "BackupService.7101")]).outcomes(BOTH, ignore=True, now=0.0) == {
        "failed"
    }


def test_markers_are_read_as_the_contract_writes_them() -> None:
    assert read_marker(f"cbrctl-{OP}-00A1-0001") == OP
    assert read_marker("mine", f"by hand [cbrctl:{OP.lower()}-00A1] and more") == OP
    assert read_marker("cbrctl-of-mine", None) is None


def test_whole_lists_show_a_marker_when_the_first_row_that_carries_it_is_listed() -> None:
    assert made(copies_after=300.0, tasks_after=299.0).marker_shows() == 10.0, "a row is listed when it ends"
    assert made(copies_after=7.0, tasks_after=3.0).marker_shows() == 3.0
    assert made(copies_after=7.0, tasks_after=3.0).marker_shows(tasks=False) == 7.0


def test_a_missing_checkpoint_is_young_or_alive_in_both_lists(world: World) -> None:
    world.service.quirks = Quirks(two=True)
    plan = Plan(fates=(Fate("good", 500.0), Fate("good", 500.0)), copies_after=200.0, shown_after=54.0)
    process = Process(world, world.machines["a"], plans=[plan])
    checkpoint_id = json.loads(post(process, name=f"cbrctl-{OP}-ABCD").body)["checkpoint"]["id"]
    assert get(process, f"checkpoints/{checkpoint_id}")[0] == 404
    process.flaws, process.rate = frozenset({"missing"}), 1.0
    for now, status in ((100.0, 200), (250.0, 404), (501.0, 200)):
        world.service.now = now
        assert get(process, f"checkpoints/{checkpoint_id}")[0] == status


@pytest.mark.parametrize("flaw", ["short", "again", "odd-rows"])
def test_a_list_that_is_not_whole_shows_it(flaw: str) -> None:
    found = rows.copy_rows(made(), 1000.0)
    for seed in range(20):
        answer = lists.answer("backups", found, {"limit": ["1"]}, HEALTHY, {flaw}, Random(seed))
        readable = [row for row in answer["backups"] if isinstance(row, dict) and row.get("id")]
        assert readable == found[:1] or answer["count"] > len(readable)


def test_a_healed_service_gives_whole_lists(world: World) -> None:
    world.service.quirks = heal(Quirks(page=1, counts="none", tasks_barred=True, enterprise_only=True, two=True))
    process = Process(world, world.machines["a"])
    post(process, name=f"cbrctl-{OP}-ABCD")
    for path, key in (("backups", "backups"), ("operation-logs", "operation_logs")):
        status, answer = get(process, f"{path}?vault_id={VAULT}")
        assert (status, len(answer[key]), answer["count"]) == (200, 2, 2)


@pytest.mark.parametrize("busy", ["1001", "0002", "skipped"])
def test_a_busy_vault_starts_nothing(world: World, busy: str) -> None:
    world.service.quirks = Quirks(busy=busy)
    process = Process(world, world.machines["a"])
    post(process, name="one")
    reply = post(process, name="two")
    assert reply.status == {"1001": 400, "0002": 500, "skipped": 200}[busy]
    assert [m.empty for m in world.service.made] == ([False, True] if busy == "skipped" else [False])


def test_what_a_proxy_sent_twice_is_executed_once_and_answered_busy(world: World) -> None:
    plan = Plan("repeated", 0.0, copies_after=300.0, tasks_after=300.0)
    reply = post(Process(world, world.machines["a"], plans=[plan]), name=f"cbrctl-{OP}-ABCD")
    assert reply.status == 400
    assert [m.marker_shows() for m in world.service.made] == [7.0]


def test_a_request_that_would_leave_too_late_does_not_leave(world: World) -> None:
    process = Process(world, world.machines["a"], pauses={1: 60.0})
    with pytest.raises(BrokenExchange) as caught:
        process.exchange("POST", f"{ROOT}/checkpoints", headers={}, body=b"{}", begin_by=process.monotonic() + 5.0)
    assert not caught.value.sent
    assert world.service.made == []


def test_a_killed_process_does_nothing_more(world: World) -> None:
    process = Process(world, world.machines["a"], fuse=1)
    for _ in range(3):
        with pytest.raises(Killed):
            post(process, name="one")
    assert len(world.service.made) == 1, "it dies between the request and its answer"


def test_processes_take_turns_at_every_step(world: World) -> None:
    order: list[str] = []
    world.service.now = 0.0

    def work(process: Process, name: str) -> None:
        for _ in range(3):
            process.step()
            order.append(name)
        process.sleep(10.0)
        order.append(name)

    first, second = (Process(world, world.machines[name]) for name in "ab")
    Baton(world.service, [1, 2]).run([(first, lambda: work(first, "a")), (second, lambda: work(second, "b"))])
    assert "".join(order) in ("babababa", "abababab", "bababaab", "babaabab")
    assert world.service.now == pytest.approx(10.0, abs=0.1)


def test_every_flaw_is_met(world: World) -> None:
    process = Process(world, world.machines["a"])
    post(process, name=f"cbrctl-{OP}-ABCD")
    plain = get(process, f"backups?vault_id={VAULT}"), get(process, "checkpoints/00000001-0000-4000-8000-000000000000")
    for flaw in FLAWS:
        process = Process(world, world.machines["a"], flaws=frozenset({flaw}), rate=1.0)
        seen = []
        for path in [
            f"backups?vault_id={VAULT}",
            "checkpoints/00000001-0000-4000-8000-000000000000",
            "operation-logs",
        ] * 4:
            try:
                reply = process.exchange("GET", f"{ROOT}/{path}", headers={})
                seen.append((reply.status, reply.body))
            except BrokenExchange:
                seen.append((0, b""))
        bodies = {body for _, body in seen}
        assert len(bodies) > 1 or seen[0][0] != 200 or flaw == "again", (flaw, plain)
