"""Print what a start costs: CPU time as a multiple of a bare interpreter, and peak memory. Prints figures, judges nothing.

    python tests/benchmarks/startup.py [ROUNDS]

Install cbrctl as users do before (`pip install .`): an editable install adds its own start-up. The practice cloud runs in
this process, over http on loopback; every figure is the median of the rounds, all commands taking turns.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from cbrctl.sandbox import DemoCloud, Server

TOKEN_FREE = ("CBRCTL_USERNAME", "CBRCTL_PASSWORD", "CBRCTL_DOMAIN_NAME")
VAULT = "3b5816b5-f29c-4172-9d9a-76c719a659ce"
BUDGETS = {"--version": 4, "backup --help": 9, "--no-wait -o json": 17, "--no-wait, table": 20}


# A child inherits the peak memory of whoever starts it, so that a small interpreter does. CPU is that of the child alone.
LAUNCHER = """
import os, sys
files = [(os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
if sys.argv[1] != "terminal":
    files.append((os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0))
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ, file_actions=files)
_, status, used = os.wait4(pid, 0)
os.write(3, f"{os.waitstatus_to_exitcode(status)} {used.ru_utime + used.ru_stime} {used.ru_maxrss / 1024}".encode())
"""


def measure(command: Sequence[str], environ: Mapping[str, str], *, terminal: bool) -> tuple[float, float]:
    """Return CPU seconds (user and system) and peak memory in MiB of one run, its output on a terminal or nowhere."""
    master, slave = os.openpty()
    reader, writer = os.pipe()
    where = "terminal" if terminal else "nowhere"
    launcher = [sys.executable, "-I", "-S", "-c", f"import os; os.dup2({writer}, 3)\n{LAUNCHER}", where, *command]
    subprocess.run(launcher, env=dict(environ), stdout=slave, pass_fds=[writer], check=True)
    os.close(writer)
    code, cpu, memory = os.read(reader, 200).split()
    for handle in (master, slave, reader):
        os.close(handle)
    if int(code):
        raise SystemExit(f"{command} ended with {int(code)}")
    return float(cpu), float(memory)


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    program = str(Path(sys.executable).with_name("cbrctl"))
    cloud = DemoCloud()
    with Server(cloud) as server, TemporaryDirectory() as home:
        from cbrctl.api.iam import Iam
        from cbrctl.api.transport import Transport
        from cbrctl.credentials.methods import Password
        from cbrctl.credentials.sources import find_credentials, find_places

        variables = server.variables()
        proof = find_credentials(find_places(variables)).proof
        assert isinstance(proof, Password)
        scope = {"id": variables["CBRCTL_PROJECT_ID"]}
        token = Iam(Transport(), server.url).issue_token(proof, proof.password.reveal(), scope).token
        clean = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            "COLUMNS": "80",
        }
        environ = {**clean, **{k: v for k, v in variables.items() if k not in TOKEN_FREE}, "CBRCTL_TOKEN": token}
        backup = [program, "backup", "--vault", VAULT, "--no-wait"]
        commands: dict[str, list[str]] = {
            "bare interpreter": [sys.executable, "-I", "-c", "pass"],
            "its libraries alone": [sys.executable, "-I", "-c", "import typer, requests"],
            "--version": [program, "--version"],
            "backup --help": [program, "backup", "--help"],
            "--no-wait -o json": [*backup, "-o", "json"],
            "--no-wait, table": backup,
        }
        figures: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for turn in range(rounds + 1):
            for name, command in commands.items():
                cloud.checkpoints.clear()  # a vault that is being backed up would refuse the next one
                # and who remembers the one that is gone would look for it
                state = {"CBRCTL_STATE_DIR": f"{home}/state-{turn}-{name.replace(' ', '-')}"}
                figure = measure(command, {**environ, **state}, terminal=name.endswith("table"))
                if turn:  # the first round warms the caches
                    figures[name].append(figure)
    base = statistics.median(cpu for cpu, _ in figures["bare interpreter"])
    print(f"{'command':20} {'CPU ms':>8} {'x bare':>7} {'budget':>7} {'peak MiB':>9}   (median of {rounds})")
    for name, rows in figures.items():
        cpu, memory = (statistics.median(row[i] for row in rows) for i in (0, 1))
        print(f"{name:20} {cpu * 1000:8.1f} {cpu / base:7.1f} {BUDGETS.get(name, ''):>7} {memory:9.1f}")


if __name__ == "__main__":
    main()
