"""How a run ended as a file of metrics that Prometheus' node_exporter collects (docs/metrics.md).

A textfile collector refuses two files that hold the same series, so each series says of which file it is: `run`.
What was kept of earlier runs stands in the file itself; whatever goes wrong with it is a warning.
"""

import math
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cbrctl.durations import read_stamp
from cbrctl.machine.clock import SYSTEM
from cbrctl.machine.files import publish_file
from cbrctl.machine.rights import SAFELY
from cbrctl.phrases import Phrase
from cbrctl.screen.text import inert

if TYPE_CHECKING:
    from cbrctl.backup.document import Report
    from cbrctl.backup.record import Backup

OUTCOMES = ("completed", "accepted", "skipped", "partial", "failed", "pending", "unknown", "refused", "error")
"""How a backup may end. Each is counted, where there is none as 0: a series that goes away is an alert that hangs."""
LONGEST = 16 << 20
"""Bytes of a file that is read for what it keeps."""
HELP = {
    "last_run_timestamp_seconds": "When the last run ended.",
    "last_success_timestamp_seconds": "How old the copies were, at most, when every vault of a run had a complete one.",
    "exit_code": "The exit code of the last run.",
    "duration_seconds": "How long the last run took.",
    "vaults": "Vaults of the last run by outcome.",
    "vault_outcome": "How the last run ended for a vault.",
    "vault_last_success_timestamp_seconds": "When the last complete backup of a vault ended.",
}
_LABEL = r'([a-z_]+)="((?:[^"\\]|\\["\\n])*)"'
_SAMPLE = re.compile(rf"([a-z_]+)(?:\{{({_LABEL}(?:,{_LABEL})*)\}})? (\S+)")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}

Warn = Callable[..., None]
"""Takes a warning: an entry of the catalogue and its values."""


class Vault(NamedTuple):
    """What a run found of a vault."""

    id: str
    name: str
    outcome: str
    success: float | None = None
    """When a complete copy of it was made, in epoch seconds; None where this run knows of none."""


class Kept(NamedTuple):
    """What a file keeps of earlier runs: when all was well, and for each vault's id its name and when it was well."""

    success: float | None
    vaults: dict[str, tuple[str, float]]


class NotOursError(Exception):
    """The file holds something else: it is left alone."""


class Metrics:
    """The metrics of one run of a command, `backup` or `check`, that began now."""

    def __init__(self, path: str, command: str = "backup") -> None:
        self.path, self.command = Path(path), command
        self.prefix = f"cbrctl_{command}_"
        self.started = SYSTEM.monotonic()
        self.vaults: Sequence[Vault] = ()

    def write_report(self, report: "Report", warn: Warn) -> None:
        """Write how a run of backups ended."""
        self.write(report.exit_code, [_judge(backup) for backup in report.entries], warn)

    def write(self, exit_code: int, vaults: Sequence[Vault], warn: Warn) -> None:
        """Write how a run ended; whatever hinders that is a warning. An error of the whole has no vaults."""
        self.vaults = vaults
        try:
            kept, damaged = self._read()
            text = self._print(exit_code, vaults, kept, SYSTEM.time())
            publish_file(self.path, text.encode("utf-8"))
        except NotOursError:
            warn("metrics-not-ours", path=self.path, command=self.command)
        except (OSError, ValueError) as cause:
            warn("metrics-not-written", path=self.path, note=getattr(cause, "strerror", None) or str(cause))
        else:
            if damaged:
                warn("metrics-damaged", path=self.path, lines=damaged)

    def _read(self) -> tuple[Kept, int]:
        """Return what the file keeps, and how many of its lines cannot be read. Raises OSError, NotOursError."""
        try:
            state = os.lstat(self.path)
        except FileNotFoundError:
            return Kept(None, {}), 0
        if not stat.S_ISREG(state.st_mode):  # what a link leads to is for others to say
            raise OSError(0, Phrase("It is no plain file"))
        with open(self.path, "rb", opener=lambda path, flags: os.open(path, flags | SAFELY)) as file:
            data = file.read(LONGEST + 1)
        lines = [line for line in data.decode("utf-8", "replace").split("\n") if line]
        if len(data) > LONGEST or not self._is_ours(lines):
            raise NotOursError
        samples = [(line, _SAMPLE.fullmatch(line)) for line in lines if not line.startswith("#")]
        read = [_read_sample(match) for _, match in samples if match]
        return self._keep(read), sum(match is None for _, match in samples)

    def _is_ours(self, lines: Sequence[str]) -> bool:
        """Whether an earlier run of the command wrote them: its first line, or nothing but samples of its own."""
        samples = [line for line in lines if not line.startswith("#")]
        return lines[:1] == [self._head] or all(line.startswith(self.prefix) for line in samples)

    def _keep(self, samples: Iterable[tuple[str, Mapping[str, str], float]]) -> Kept:
        success, vaults = None, {}
        for name, labels, value in samples:
            if not (math.isfinite(value) and value > 0):
                continue
            if name == f"{self.prefix}last_success_timestamp_seconds":
                success = value
            elif name == f"{self.prefix}vault_last_success_timestamp_seconds" and labels.get("vault_id"):
                vaults[labels["vault_id"]] = labels.get("vault", ""), value
        return Kept(success, vaults)

    @property
    def _head(self) -> str:
        return f"# Written by cbrctl {self.command}: each run writes it anew and keeps the last successes."

    def _print(self, exit_code: int, vaults: Sequence[Vault], kept: Kept, now: float) -> str:
        """Return the text of the file."""
        well = dict(kept.vaults)
        for vault in vaults:
            if vault.id and vault.success is not None:
                name, before = well.get(vault.id, ("", 0.0))
                well[vault.id] = vault.name or name, max(vault.success, before)
        successes = [vault.success for vault in vaults if vault.success is not None]
        whole = exit_code == 0 and len(successes) == len(vaults) > 0
        success = max(min(successes) if whole else 0.0, kept.success or 0.0)
        counts = dict.fromkeys(OUTCOMES if self.command == "backup" else (), 0)
        for vault in vaults:
            counts[vault.outcome] = counts.get(vault.outcome, 0) + 1
        # a vault that was named in this run by its id alone is called as before
        names = {vault.id: vault.name or well.get(vault.id, ("", 0.0))[0] for vault in vaults if vault.id}
        called = {vault: (vault.id, names.get(vault.id, vault.name)) for vault in vaults}
        rows: dict[str, list[tuple[dict[str, str], float]]] = {
            "last_run_timestamp_seconds": [({}, now)],
            "last_success_timestamp_seconds": [({}, min(success, now))] if success else [],
            "exit_code": [({}, exit_code)],
            "duration_seconds": [({}, max(0.0, SYSTEM.monotonic() - self.started))],
            "vaults": [({"outcome": outcome}, count) for outcome, count in counts.items()],
            # `resume` may have several backups of one vault: a series is written once
            "vault_outcome": [
                ({"vault_id": id, "vault": name, "outcome": outcome}, 1)
                for id, name, outcome in dict.fromkeys((*called[vault], vault.outcome) for vault in vaults)
            ],
            "vault_last_success_timestamp_seconds": [
                # a time to come, of a clock that was set back since, would keep every alert silent
                ({"vault_id": id, "vault": names.get(id, name)}, min(when, now))
                for id, (name, when) in well.items()
            ],
        }
        return "\n".join([self._head, *self._lines(rows), ""])

    def _lines(self, rows: Mapping[str, Sequence[tuple[Mapping[str, str], float]]]) -> Iterator[str]:
        run = {"run": self.path.name.removesuffix(".prom")}
        for name, samples in rows.items():
            if samples:
                yield f"# HELP {self.prefix}{name} {HELP[name]}"
                yield f"# TYPE {self.prefix}{name} gauge"
            for labels, value in samples:
                text = ",".join(f'{label}="{_escape(word)}"' for label, word in {**run, **labels}.items())
                yield f"{self.prefix}{name}{{{text}}} {value:.3f}".removesuffix(".000")


def _judge(backup: "Backup") -> Vault:
    """Return what a run says of a vault."""
    success = None
    if backup.outcome == "completed":
        made = backup.checkpoint.created_at if backup.checkpoint else None
        # under a constant run key an old backup is found every night: it is as old as it is
        stamps = (made, backup.ended_at) if backup.attached else (backup.ended_at, made)
        success = read_stamp(stamps[0]) or read_stamp(stamps[1]) or SYSTEM.time()
    name = backup.vault_name or ("" if backup.vault_id else backup.label)
    return Vault(backup.vault_id or "", name or "", str(backup.outcome), success)


def _read_sample(match: re.Match[str]) -> tuple[str, dict[str, str], float]:
    labels = {name: _unescape(text) for name, text in re.findall(_LABEL, match[2] or "")}
    try:
        return match[1], labels, float(match[match.re.groups])
    except ValueError:
        return match[1], labels, math.nan


def _escape(text: str) -> str:
    """Return a label's value as the format has it; what could move a terminal's cursor is inert."""
    plain = "\n".join(map(inert, text.split("\n")))
    return "".join(_ESCAPES.get(letter, letter) for letter in plain)


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], text)
