"""Each task by each client that can do it, in turn with cbrctl."""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.side_by_side.brought import Missing, bring, tell_versions
from tests.benchmarks.side_by_side.clients import AWS, CBRCTL, PEERS, PRESSES, Client, Make, Place
from tests.benchmarks.side_by_side.figures import Failed, Figures, measure
from tests.benchmarks.side_by_side.practice import Practice, certify, serve
from tests.benchmarks.side_by_side.table import Pair, Results, print_results

SECONDS = 2.5
"""How long a backup takes that is followed: the third look of each second sees its end, and cbrctl's first, after three."""


class Task(NamedTuple):
    """What is done: to how many vaults, of how many copies each, and how often in one command."""

    says: str
    vaults: int = 0
    copies: int = 0
    times: int = 1


TASKS = {
    "version": Task("`--version`"),
    "help": Task("`--help` of the command"),
    "press": Task("a press of TAB, options", times=PRESSES),
    "names": Task("a press of TAB, names of vaults", vaults=1),
    "cold": Task("a backup started, with a login", vaults=1),
    "warm": Task("a backup started, with a token", vaults=1),
    "signed": Task("a backup started, signed", vaults=1),
    "follow": Task("a backup followed to its end, a look a second", vaults=1),
    "hundred": Task("100 backups started and followed", vaults=100),
    "check": Task("`check` of 100 vaults, 10 copies each", vaults=100, copies=10),
}


class Runner:
    """A client with its cloud and its home, who does one task again and again."""

    def __init__(
        self, client: Client, task: str, programs: Path, practice: Practice, ca: str | None, home: Path
    ) -> None:
        home.mkdir(parents=True)
        self.task, self._client, self._practice = TASKS[task], client, practice
        self._place = Place(programs, home, practice.place, ca)
        self._make = client.commands[task]
        self._times = 1 if client is AWS else self.task.times  # its completion is a process for each press
        self._vaults = list(practice.place["vaults"])
        before = client.prepare.get(task)
        if before:
            self._measure(before)

    def run(self) -> Figures:
        """Do it once. Raises Failed."""
        self._practice.report()
        if self.task.vaults == 1:  # each time another: a backup that was started and is gone would be looked for
            self._vaults = self._vaults[1:] + self._vaults[:1]
        cpu, wall, memory, *_ = self._measure(self._make)
        told = self._practice.report()
        return Figures(cpu / self._times, wall / self._times, memory, **told)

    def _measure(self, make: Make) -> Figures:
        environ = {
            "PATH": f"{self._place.bin}:{os.environ['PATH']}", "HOME": str(self._place.home), "LANG": "C.UTF-8",
            "TERM": "dumb", **self._client.environ(self._place),
        }  # fmt: skip
        command = make(self._place)
        while "=" in command[0]:
            name, _, environ[name] = command.pop(0).partition("=")
        return measure(
            command, environ, self._place.home, "".join(f"{vault}\n" for vault in self._vaults[: self.task.vaults])
        )


class Bench:
    """The clients that are there, and where they meet."""

    def __init__(self, folder: Path, kept: Path, rounds: int, https: bool) -> None:
        self._folder, self._kept, self._rounds = folder, kept, rounds
        self._programs: dict[str, Path] = {}
        self._certificate: str | None = None
        self._ca: str | None = None
        if https:
            self._certificate, self._ca = certify(folder)
        self.versions: list[str] = []
        self.left_out: list[str] = []

    def bring(self, clients: Sequence[Client]) -> None:
        """Bring the clients that can be brought."""
        for client in clients:
            print(f"bringing {client.says} ...", file=sys.stderr)
            try:
                self._programs[client.name] = bring(client, self._kept)
            except Missing as cause:
                self.left_out.append(f"{client.says}: {cause}")
            else:
                self.versions.append(tell_versions(client, self._programs[client.name]))

    def compare(self, task: str, results: Results) -> None:
        """Let cbrctl and each peer do a task in turn; where no peer does it, cbrctl alone."""
        peers = [PEERS[name] for name in self._programs if name in PEERS and task in PEERS[name].commands]
        alone: list[Client | None] = [None]
        for peer in peers or alone:
            print(f"{TASKS[task].says}: {peer.says if peer else CBRCTL.says} ...", file=sys.stderr)
            try:
                pairs = self._take_turns(task, peer)
            except Failed as cause:
                self.left_out.append(f"{TASKS[task].says}: {cause}")
            else:
                results.setdefault(TASKS[task].says, []).append((peer.says if peer else "", pairs))

    def _take_turns(self, task: str, peer: Client | None) -> list[Pair]:
        with ExitStack() as open_until_the_end, tempfile.TemporaryDirectory(dir=self._folder) as home:
            runners = []
            size = TASKS[task]
            vaults = self._rounds + 1 if size.vaults == 1 else size.vaults
            for client in (CBRCTL, peer) if peer else (CBRCTL,):
                kind, python = "aws" if client is AWS else "cbr", self._programs["cbrctl"] / "python"
                cloud = serve(python, kind, vaults, SECONDS, size.copies, self._certificate)
                practice = open_until_the_end.enter_context(cloud)
                place = Path(home, client.name)
                runners.append(Runner(client, task, self._programs[client.name], practice, self._ca, place))
            bare = [str(self._programs["cbrctl"] / "python"), "-I", "-c", "pass"]
            pairs = []
            for turn in range(self._rounds + 1):
                base = measure(bare, {}, self._folder)
                figures = [runner.run() for runner in runners]
                if turn:  # the first round fills the caches
                    pairs.append(Pair(base, figures[0], figures[1] if peer else None))
            return pairs


def main(about: str) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default=",".join(PEERS), help="which, with commas between: %(default)s")
    parser.add_argument("--tasks", default=",".join(TASKS), help="which, with commas between: %(default)s")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--https", action="store_true", help="with TLS, as with a real cloud; needs trustme")
    parser.add_argument("--markdown", action="store_true", help="a table for docs/benchmarks.md")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the venvs are left for the next time")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kept = (chosen.keep or Path(folder, "venvs")).absolute()
        kept.mkdir(parents=True, exist_ok=True)
        bench = Bench(Path(folder), kept, chosen.rounds, chosen.https)
        bench.bring([CBRCTL, *(PEERS[name] for name in chosen.peers.split(",") if name)])
        results: Results = {}
        for task in chosen.tasks.split(","):
            bench.compare(task, results)
    scheme = "https" if chosen.https else "http"
    print_results(results, bench.versions, bench.left_out, scheme, chosen.rounds, markdown=chosen.markdown)
