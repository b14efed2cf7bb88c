"""The moment when a POST leaves: what the journal must hold by then, and what must not be there already."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.truth.histories import PARAMETERS, Wish
from tests.truth.machines import Process, World
from tests.truth.made import Made
from tests.truth.words import carries_marker, read_journal

SAME_INSTANT = 5.0
"""Seconds that may pass between the last look for the marker of a key and its POST (contract, run key)."""
OPEN = ("sending", "unknown")

Check = Callable[[Process, str | None, Mapping[str, Any]], str | None]


def read_parameters(world: World, wish: Wish) -> dict[str, Any]:
    """Return what the user asks for, of what the vault protects."""
    parameters: dict[str, Any] = dict(PARAMETERS[wish.parameters])
    if "resources" in parameters:
        parameters["resources"] = [r for r in parameters["resources"] if r in world.service.resources]
    return parameters


def forbid_post(process: Process, op: str | None, given: Mapping[str, Any]) -> str | None:
    """Complain: this process is to read only."""
    process.world.complain("a request of a process that only reads")
    return op


def check_post(world: World, wish: Wish) -> Check:
    """Return the check of the process that fulfils `wish`; it gives the op that the request belongs to."""

    def check(process: Process, op: str | None, given: Mapping[str, Any]) -> str | None:
        journal = read_journal(world, process.home)
        if op is None:
            op = next((row.op_id for row in journal if row.state == "sending"), None)
        _check_record(world, wish, op, journal)
        if wish.resend:
            world.resent.add(str(op))
        _check_same_op(world, process, op)
        if wish.key is None and not wish.resend:
            _check_same_wish(world, process, wish, op, journal)
        world.parameters[process.home, str(op)] = read_parameters(world, wish)
        process.ignores = wish.on_skip == "ignore"
        world.meant.setdefault((process.home, str(op)), set()).add(process.ignores)
        return op

    return check


def _check_record(world: World, wish: Wish, op: str | None, journal: list[Any]) -> None:
    """It is durable that this op is being sent, and of no other is it unknown what became of it."""
    states = {row.op_id: row.state for row in journal}
    vault = next((row.vault_id for row in journal if row.op_id == op), None)
    if states.get(op) != "sending":
        world.complain(f"a request without its record: {op} is {states.get(op)}")
    others = [
        row.op_id
        for row in journal
        if row.state in OPEN and row.op_id != op and row.vault_id == vault and carries_marker(row)
    ]
    if others and not wish.resend:
        world.complain(f"a request while it is not known what became of {others}")


def _check_same_op(world: World, process: Process, op: str | None) -> None:
    """No checkpoint of the op is there that this machine must know of."""
    if op in world.resent:
        return
    for made in world.service.made:
        if made.op == op and not made.empty and _knows(process, made):
            shows = made.marker_shows()
            world.complain(f"op {op} is sent again at {world.service.now}, though {made.id} shows since {shows}")


def _knows(process: Process, made: Made) -> bool:
    """Whether this machine sent it, or a look would show it that is as young as the contract wants it."""
    service = process.world.service
    if service.now >= made.deleted_at:
        return False
    look = 120.0 if "late" in process.flaws else 25.0 if process.flaws else 6.0
    # whoever may not read the tasks sees the marker in copies alone
    barred = service.quirks.tasks_barred or "barred-tasks" in process.flaws
    shows = made.marker_shows(tasks=not barred)
    return made.home == process.home or shows + SAME_INSTANT + look < service.now


def _check_same_wish(world: World, process: Process, wish: Wish, op: str | None, journal: list[Any]) -> None:
    """Without a key: no earlier backup of this machine, meant the same and not settled, still runs."""
    unsettled = {row.checkpoint_id for row in journal if row.sent is not None and not row.is_settled}
    wanted = read_parameters(world, wish)
    vault = next((row.vault_id for row in journal if row.op_id == op), None)
    for made in world.service.made:
        same = world.parameters.get((process.home, str(made.op))) == wanted
        if (
            made.id in unsettled
            and made.vault == vault
            and same
            and made.home == process.home
            and _still_runs(world, made)
        ):
            world.complain(f"{made.id}, meant the same, still runs, and another is sent")


def _still_runs(world: World, made: Made) -> bool:
    """Whether the service says of all its parts that they go on."""
    now = world.service.now
    first = min((made.ends_at(r) for r in made.fates), default=0.0)
    return made.at <= now < (first if world.service.quirks.eager else made.end) and now < made.deleted_at
