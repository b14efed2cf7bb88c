"""Slurm on one node, on loopback: munged, slurmctld and slurmd as plain processes with files of their own.

It needs root, and no systemd, cgroup or database. The node pretends to have more CPUs than the machine.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.gateway import begin, end, find_program

CPUS = 8
PAUSE = 5
"""Seconds for which a requeued task waits; Slurm takes no less."""
PATIENCE = 30

CONFIG = """
ClusterName=loop
SlurmctldHost={node}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# a requeued task waits until the credential of its former run is over
AuthInfo=socket={folder}/munge.sock,cred_expire={pause}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,sched_min_interval=100000,batch_sched_delay=0
ReturnToService=2
JobRequeue=1
KillWait=5
# jobs that have ended are told of by scontrol for so long; there is no sacct without a database
MinJobAge=3600
NodeName={node} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=main Nodes={node} Default=YES MaxTime=INFINITE State=UP
"""


@cache
def why_not() -> str | None:
    """Why there can be no Slurm here; None where there can."""
    missing = [name for name in ("munged", "slurmctld", "slurmd", "sbatch", "unshare") if find_program(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    return None if os.geteuid() == 0 else "Slurm's daemons start what users submit, and so need root"


class Slurm:
    """A cluster that is up inside of `with`."""

    def __init__(self) -> None:
        # pytest's own folder may be too long for the path of a socket
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        self.folder.chmod(0o755)
        self.environ = {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin", "SLURM_CONF": str(self.folder / "slurm.conf")}
        self._daemons: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.call("scancel", "--quiet", f"--user={os.geteuid()}")
        self.await_no_jobs(PATIENCE)
        self._stop()

    def call(self, *command: str, environ: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
        """Run one of Slurm's commands; return what it prints. AssertionError where it fails."""
        done = subprocess.run(
            command, env={**self.environ, **(environ or {})}, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def await_no_jobs(self, seconds: float) -> None:
        """Wait until no job runs or waits any more."""
        until = time.monotonic() + seconds
        while jobs := self.call("squeue", "--noheader", "--array"):
            assert time.monotonic() < until, jobs
            time.sleep(0.2)

    def tasks(self, job: str) -> dict[int, dict[str, str]]:
        """What became of the tasks of an array, by their numbers: the fields as Slurm names them."""
        lines = self.call("scontrol", "show", "job", job, "--oneliner").splitlines()
        tasks = [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]
        return {int(task["ArrayTaskId"]): task for task in tasks}

    def _start(self) -> None:
        doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        ports = [door.getsockname()[1] for door in doors]
        for door in doors:
            door.close()
        alias: Sequence[str] = ()
        node = socket.gethostname().partition(".")[0]
        if not is_loopback(node):  # slurmctld listens on the address of the host's own name: the daemons get another
            node, alias = "localhost", ("unshare", "--uts", "sh", "-c", 'hostname localhost && exec "$@"', "-")
        (self.folder / "slurm.conf").write_text(
            CONFIG.format(node=node, ports=ports, folder=self.folder, pause=PAUSE, cpus=CPUS)
        )
        key, sock = self.folder / "munge.key", str(self.folder / "munge.sock")
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(128))
        munge = [f"--key-file={key}", f"--socket={sock}", f"--pid-file={self.folder}/munged.pid"]
        munge += [f"--seed-file={self.folder}/munge.seed", f"--log-file={self.folder}/munged.log"]
        self._spawn("munged", "--foreground", "--force", *munge)
        self._await("munge", "--no-input", f"--socket={sock}")
        self._spawn("slurmctld", "-D", "-c", alias=alias)
        self._await("sinfo", "--noheader", said="main")
        self._spawn("slurmd", "-D", "-c", alias=alias)
        self._await("sinfo", "--noheader", "--format=%T", said="idle")

    def _spawn(self, name: str, *arguments: str, alias: Sequence[str] = ()) -> None:
        place = self.folder / name
        place.mkdir()
        command = [*alias, find_program(name) or name, *arguments]
        self._daemons.append(begin(command, place, {"SLURM_CONF": self.environ["SLURM_CONF"]}))

    def _await(self, *command: str, said: str = "") -> None:
        """Wait until a command succeeds and says this."""
        until = time.monotonic() + PATIENCE
        while True:
            done = subprocess.run(command, env=self.environ, capture_output=True, text=True, timeout=PATIENCE)
            if done.returncode == 0 and said in done.stdout:
                return
            told = {place.parent.name: place.read_text()[-1000:] for place in self.folder.glob("*/stderr")}
            assert time.monotonic() < until, (command, done, told)
            time.sleep(0.1)

    def _stop(self) -> None:
        for daemon in reversed(self._daemons):
            end(daemon, signal.SIGTERM)
        shutil.rmtree(self.folder, ignore_errors=True)


def is_loopback(name: str) -> bool:
    """Whether a host's name leads to this machine alone."""
    try:
        return socket.gethostbyname(name).startswith("127.")
    except OSError:
        return False
