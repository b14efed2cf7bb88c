"""Whether what was said is true: of every entry of a document, and of every row of a journal."""

from collections.abc import Mapping
from typing import Any

from cbrctl.backup.journal import Journal
from tests.support.exits import CODES_OF_OUTCOME
from tests.truth.machines import Process, World
from tests.truth.made import VAULT, Made, read_marker

ENDS = ("completed", "partial", "failed")
BUSY_BELIEVED = 8.0
"""Seconds after a busy refusal for which the marker is looked for: 10, less the time of a look (contract, exit codes)."""


def check_document(
    world: World,
    process: Process,
    document: Mapping[str, Any],
    *,
    ignore: bool | None,
    wanted: frozenset[str],
    waited: str | None = None,
) -> None:
    """Hold what a run said against the truth.

    `ignore` is --on-skip where it was given; `wanted` is empty where not known; `waited` is the checkpoint of `wait`.
    """
    for told in document["backups"]:
        # `wait` goes by what was asked for until it is seen
        entry = {**told, "checkpoint": told["checkpoint"] or (waited and {"id": waited})}
        for words in _find_lies(world, process, entry, ignore, wanted):
            world.complain(f"{words}: {_short(entry)}")


def _short(entry: Mapping[str, Any]) -> str:
    error = entry["error"] or {}
    shown = {key: entry[key] for key in ("outcome", "exit_code", "sent", "attached", "op_id")}
    checkpoint = (entry["checkpoint"] or {}).get("id")
    return f"{shown} checkpoint={checkpoint} message={error.get('message')!r} warnings={entry['warnings']}"


def _find_lies(
    world: World, process: Process, entry: Mapping[str, Any], ignore: bool | None, wanted: frozenset[str]
) -> list[str]:
    outcome, code = entry["outcome"], entry["exit_code"]
    lies = []
    if code not in CODES_OF_OUTCOME.get(outcome, ()):
        lies.append("an outcome with a code that is not its own")
    if (entry["error"] is None) != (code == 0):
        lies.append("an error where there is none, or none where there is one")
    if code == 1 or (entry["error"] or {}).get("kind") == "internal":
        lies.append("a bug")
    found = next((m for m in world.service.made if m.id == (entry["checkpoint"] or {}).get("id")), None)
    if found is not None and ignore is not None:
        world.choose(found, ignore)
    if outcome in ("accepted", "pending", *ENDS):
        lies += _check_checkpoint(world, entry, found)
    if outcome in ENDS and found is not None:
        told_here = not entry["attached"] and found.home == process.home
        lies += _check_end(world, entry, found, ignore, wanted, told_here, process.home)
    return lies + _check_nothing(world, process, entry)


def _check_checkpoint(world: World, entry: Mapping[str, Any], found: Made | None) -> list[str]:
    if found is None or found.at > world.service.now:
        return ["a checkpoint that is not there"]
    if entry["op_id"] and not entry["attached"] and found.op != entry["op_id"]:
        return ["a checkpoint of another op"]
    return []


def _check_end(
    world: World,
    entry: Mapping[str, Any],
    found: Made,
    ignore: bool | None,
    wanted: frozenset[str],
    told_here: bool,
    home: str,
) -> list[str]:
    choices = world.choices(found)
    if ignore is None and not told_here:  # how another machine chose is not known here
        choices = choices | world.meant.get((home, str(found.op)), {False})
    # what could not be looked at is told as it was recorded, in so many words
    recorded = "is recorded as" in str((entry["error"] or {}).get("message"))
    allowed = true_words(world, found, wanted, {ignore} if ignore is not None and not recorded else choices)
    if entry["skipped_resources"] is None and entry["warnings"]:
        # nobody could tell what was skipped, and that is said (contract, result document)
        allowed |= found.outcomes(frozenset(found.fates), ignore=bool(ignore), now=world.service.now)
    if "without a copy" in str((entry["error"] or {}).get("message")):
        # tasks alone would tell whether that was skipped, and they may not be read: it is said so
        allowed |= found.outcomes(frozenset(found.fates), ignore=False, now=world.service.now)
    if not told_here:  # who looks at others' backups knows what he wanted himself
        allowed |= {word for one in world.wanted for word in true_words(world, found, one, choices)}
    if entry["outcome"] not in allowed:
        return [f"{entry['outcome']} where {sorted(allowed) or 'nothing'} is true"]
    return []


def true_words(world: World, made: Made, wanted: frozenset[str], choices: set[bool]) -> set[str]:
    """Return the words that may be said of how a checkpoint ended: for what was wanted now, and for what it was made for."""
    now = world.service.now
    sets = {wanted | made.asked, made.asked, wanted or made.asked}
    return {word for one in sets for choice in choices for word in made.outcomes(one, ignore=choice, now=now)}


def _check_nothing(world: World, process: Process, entry: Mapping[str, Any]) -> list[str]:
    """Hold against the truth what says or means that nothing was started."""
    lies = []
    outcome, op = entry["outcome"], entry["op_id"]
    vault = (entry["vault"] or {}).get("id") or VAULT
    by_run = [m for m in process.made if not m.empty and m.vault == vault]
    mine = [m for m in world.service.made if op and m.op == op and m.home == process.home and not m.empty]
    if process.kept_out:  # it speaks of itself: what the other process of this machine did, that one says
        mine = by_run
    error = entry["error"] or {}
    text = " ".join([str(error.get("message")), str(error.get("hint")), *entry["warnings"]]).lower()
    if "nothing was sent" in text and by_run:
        lies.append("nothing was sent, is said")
    if "never started" in text and (mine or by_run):
        lies.append("never started, is said")
    if entry["sent"] == "no" and (by_run or mine):
        lies.append("sent: no")
    if entry["sent"] == "yes" and not any(m.op == op for m in world.service.made if op):
        lies.append("sent: yes, of what was never executed")
    if outcome in ("refused", "skipped") or (outcome == "error" and entry["sent"] is not None):
        if by_run or mine:
            lies.append(f"{outcome}, yet one was started")
        lies += _check_busy(world, process, entry)
    return lies


def _check_busy(world: World, process: Process, entry: Mapping[str, Any]) -> list[str]:
    """A busy refusal is not believed while lists show the op's marker within ten seconds of it."""
    if process.busy_at is None or entry["op_id"] is None:
        return []
    tasks = not (world.service.quirks.tasks_barred or "barred-tasks" in process.flaws)
    until = process.busy_at + BUSY_BELIEVED
    there = [m for m in world.service.made if m.op == entry["op_id"] and not m.empty]
    if any(m.marker_shows(tasks=tasks) <= until < m.deleted_at for m in there):
        return [f"{entry['outcome']} for busy, though the backup shows"]
    return []


# the journal --------------------------------------------------------------------------------------------------------


def read_journal(world: World, home: str) -> list[Any]:
    """Return the rows of a home's journal."""
    if not (world.folder(home) / "journal.db").exists():
        return []
    journal = Journal(world.folder(home))
    try:
        return list(journal.all_backups())
    finally:
        journal.close()


def carries_marker(row: Any) -> bool:
    """Return whether a request can be found again; one of another machine has been found by its marker."""
    parameters = (row.request or {}).get("parameters", {})
    return row.request is None or read_marker(parameters.get("name"), parameters.get("description")) is not None


def check_journal(world: World, home: str) -> None:
    """Hold what a journal says against the truth, and look that nothing is lost."""
    rows = {row.op_id: row for row in world.remember(home, lambda: read_journal(world, home))}
    by_id = {m.id: m for m in world.service.made}
    made = [m for m in world.service.made if m.home == home and not m.empty]
    for row in rows.values():
        found = by_id.get(row.checkpoint_id)
        where = f"in the journal of {home}: {row.state} {row.outcome} {row.op_id} {row.checkpoint_id}"
        if row.state in ("prepared", "refused", "not-started") and any(m.op == row.op_id for m in made):
            world.complain(f"nothing was started, {where}")
        if row.state in ("accepted", *ENDS) and (found is None or found.at > world.service.now):
            world.complain(f"no such checkpoint, {where}")
        for word in {row.state, row.outcome} & set(ENDS):
            choices = world.choices(found) if found else set()
            if found and found.home != home:  # how another machine chose is not known here
                choices = choices | world.meant.get((home, row.op_id), {False})
            allowed = true_words(world, found, frozenset(), choices) if found else set()
            if found and found.home != home:  # who looks at others' backups knows what he wanted himself
                allowed |= {w for o in world.wanted for w in true_words(world, found, o, choices)}
                allowed |= found.outcomes(frozenset(found.fates), ignore=False, now=world.service.now)
            if (
                found and word == "partial" and not row.proven
            ):  # who may not read tasks was not told that it was skipped
                allowed |= found.outcomes(frozenset(found.fates), ignore=False, now=world.service.now)
            if word not in allowed:
                world.complain(f"{word} where {sorted(allowed) or 'nothing'} is true, {where}")
    for one in made:
        _check_kept(world, home, rows, one)


def _check_kept(world: World, home: str, rows: Mapping[str, Any], one: Made) -> None:
    row = rows.get(str(one.op))
    if row is None:
        world.complain(f"{one.id} of op {one.op} is lost: {home} knows nothing of it")
    elif row.state not in ("sending", "unknown", "accepted", *ENDS):
        world.complain(f"{one.id} of op {one.op} is lost: {home} says {row.state}")
    elif row.checkpoint_id not in {None, *(m.id for m in world.service.made if m.op == one.op)}:
        world.complain(f"{one.id} of op {one.op} is lost: {home} leads to {row.checkpoint_id}")


def check_settled(world: World, home: str) -> None:
    """At the end of a history, when all works again: each op is settled, with the true word."""
    rows = {row.op_id: row for row in read_journal(world, home)}
    for row in rows.values():
        if not row.is_settled and carries_marker(row):
            world.complain(f"{home} leaves open: {row.state} {row.outcome} {row.op_id} {row.checkpoint_id}")
    for one in world.service.made:
        row = rows.get(str(one.op))
        if one.home == home and not one.empty and one.is_marked and row and row.outcome not in ENDS:
            world.complain(f"{home} never learned how {one.id} ended: {row.state} {row.outcome} {row.op_id}")
