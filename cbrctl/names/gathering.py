"""What a run sees of vaults, checkpoints, copies and tasks, gathered while it reads and kept when it ends."""

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from cbrctl.api.models import Checkpoint, Vault
from cbrctl.api.results import Copy, Task
from cbrctl.config.folders import folder
from cbrctl.durations import read_stamp
from cbrctl.errors import LocalState
from cbrctl.names.cache import KINDS, Names, Origin, read_file, write_names

MOST_VAULTS = 2000
MOST_RESOURCES = 10_000
"""Of all vaults."""
MOST_OTHERS = 100
"""Of each other kind, the newest."""


class Gatherer:
    """Takes the rows of answers, and keeps the names that stand in them."""

    def __init__(self, environ: Mapping[str, str], origin: Origin) -> None:
        self._environ = environ
        self._origin = origin
        self._found: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        self._all_vaults = False

    def take(self, rows: Iterable[Any], whole: bool = False) -> None:
        """Take rows of one kind; `whole` where they are all that there are."""
        for row in rows:
            if isinstance(row, Vault):
                self._found["vaults"][row.id] = _write_vault(row)
            elif isinstance(row, Checkpoint):
                self._found["checkpoints"][row.id] = [row.vault_name or row.vault_id, read_stamp(row.created_at)]
            elif isinstance(row, Copy):
                self._found["copies"][row.id] = [row.resource_name or row.resource_id, read_stamp(row.created_at)]
                if row.checkpoint_id:
                    self._found["checkpoints"].setdefault(row.checkpoint_id, [row.vault_id, read_stamp(row.created_at)])
            elif isinstance(row, Task):
                about = " ".join(filter(None, (row.operation_type, row.resource_name or row.vault_name)))
                self._found["tasks"][row.id] = [about, read_stamp(row.started_at)]
            self._all_vaults |= whole and isinstance(row, Vault)

    def store(self) -> None:
        """Keep what was taken beside what is kept already; of vaults instead of it, where all were read."""
        if not any(self._found.values()):
            return
        with suppress(LocalState):  # without a home nothing is kept
            path = _find_path(folder("cache", self._environ), self._origin)
            kept = read_file(path)
            write_names(path, self._origin, self._join(kept[1] if kept else {}))

    def _join(self, kept: Names) -> Names:
        joined = {kind: {**kept.get(kind, {}), **found} for kind, found in self._found.items()}
        if self._all_vaults:
            joined["vaults"] = self._found["vaults"]
        names = {kind: _newest(found) for kind, found in joined.items() if kind != "vaults"}
        return {"vaults": _shorten(joined["vaults"]), **names}


def _find_path(place: Path, origin: Origin) -> Path:
    digest = hashlib.sha256("\n".join(origin).encode("utf-8", "surrogatepass")).hexdigest()
    return place / f"names-{digest[:32]}.json"


def _write_vault(vault: Vault) -> dict[str, Any]:
    resources = {resource.id: resource.name or "" for resource in vault.resources}
    return {"name": vault.name or "", "resources": resources, "tags": dict(vault.tags)}


def _newest(rows: Mapping[str, Any]) -> dict[str, Any]:
    def moment(item: tuple[str, Any]) -> float:
        when = item[1][-1] if isinstance(item[1], list) and item[1] else None
        return when if isinstance(when, float) else 0.0

    return dict(sorted(rows.items(), key=moment, reverse=True)[:MOST_OTHERS])


def _shorten(vaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return as many vaults and resources as are kept."""
    left = MOST_RESOURCES
    shortened = {}
    for vault_id, vault in islice(vaults.items(), MOST_VAULTS):
        if isinstance(vault, dict) and isinstance(resources := vault.get("resources"), dict):
            shortened[vault_id] = {**vault, "resources": dict(islice(resources.items(), left))}
            left -= len(shortened[vault_id]["resources"])
    return shortened
