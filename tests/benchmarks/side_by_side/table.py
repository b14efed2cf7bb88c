"""The results as a table."""

import datetime
import os
import platform
from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple

from tests.benchmarks.side_by_side.figures import Figures

HEADS = ("what", "by", "CPU", "× bare", "clock", "memory", "requests", "sent", "received", "its CPU ÷ cbrctl's")


class Pair(NamedTuple):
    """One round: a bare interpreter, cbrctl, and the peer, one after the other."""

    base: Figures
    cbrctl: Figures
    peer: Figures | None


Results = dict[str, list[tuple[str, list[Pair]]]]
"""Per task the peers that did it, each with its rounds."""


def print_results(
    results: Results, versions: Sequence[str], left_out: Sequence[str], scheme: str, rounds: int, *, markdown: bool
) -> None:
    """Print a table and what belongs to it."""
    rows = [row for says, peers in results.items() for row in _rows(says, peers)]
    bare = median(pair.base.cpu for peers in results.values() for _, pairs in peers for pair in pairs)
    told = f"{datetime.date.today()}, {scheme}, {rounds} rounds, Python {platform.python_version()}, {os.cpu_count()} cores"
    print(f"{told}; a bare interpreter takes {bare * 1000:.1f} ms of CPU. {'; '.join(versions)}.\n")
    if markdown:
        for row in (HEADS, ("---", "---", *["---:"] * 8), *rows):
            print(f"| {' | '.join(row)} |")
    else:
        widths = [max(len(row[place]) for row in (HEADS, *rows)) for place in range(len(HEADS))]
        for row in (HEADS, *rows):
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    notes = [*(f"Left out: {text}" for text in left_out), *_reckon(results)]
    if notes:
        print("", *(f"- {' '.join(text.split())}" for text in notes), sep="\n")


def _rows(says: str, peers: Sequence[tuple[str, list[Pair]]]) -> list[tuple[str, ...]]:
    """Return a row of cbrctl's runs beside all peers, and one a peer."""
    together = [pair for _, pairs in peers for pair in pairs]
    rows = [_row(says, "**cbrctl**", [(pair.base, pair.cbrctl) for pair in together], "")]
    for name, pairs in peers:
        both = [(pair, pair.peer) for pair in pairs if pair.peer]
        if both:
            ratio = median(peer.cpu / pair.cbrctl.cpu for pair, peer in both)
            rows.append(_row("", name, [(pair.base, peer) for pair, peer in both], f"{ratio:.2f}"))
    return rows


def _row(says: str, name: str, runs: Sequence[tuple[Figures, Figures]], ratio: str) -> tuple[str, ...]:
    def middle(read: Callable[[Figures], float]) -> float:
        return median(read(figures) for _, figures in runs)

    bare = median(figures.cpu / base.cpu for base, figures in runs)
    asked = middle(lambda f: f.requests)
    return (
        says, name, _time(middle(lambda f: f.cpu)), f"{bare:.2g}" if bare < 10 else f"{bare:.0f}", _time(middle(lambda f: f.wall)),
        f"{middle(lambda f: f.memory):.0f} MiB", f"{asked:.0f}" if asked else "",
        _size(middle(lambda f: f.up)), _size(middle(lambda f: f.down)), ratio,
    )  # fmt: skip


def _time(seconds: float) -> str:
    if seconds < 0.01:
        return f"{seconds * 1000:.2g} ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _size(count: float) -> str:
    return f"{count / 1000:.1f} kB" if count else ""


def _reckon(results: Results) -> list[str]:
    """Return what a hundred backups would cost with the clients that take one at a time, from what one did."""
    follow, hundred = (
        next((peers for says, peers in results.items() if says.startswith(start)), [])
        for start in ("a backup followed", "100 ")
    )
    able = {name for name, _ in hundred}
    told = []
    for name, pairs in follow if hundred else ():
        runs = [pair.peer for pair in pairs if pair.peer]
        if name not in able and runs:
            cpu, asked = median(run.cpu for run in runs), median(run.requests for run in runs)
            told.append(
                f"A hundred by {name}, one after the other, would be 100 times one: {100 * cpu:.0f} s of CPU, "
                f"{100 * asked:.0f} requests (reckoned, not run)."
            )
    return told
