"""Stands in the place of `cbrctl` on a worker: runs it as on a fresh machine, and dies with it where the plan says so.

CBRCTL_TEST_WORKERS names a folder. `plan.json` in it says after how many seconds the first attempt at a shard is
killed, and which exit codes its attempts give without doing anything; `attempts.jsonl` is what became of each.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

FOLDER = Path(os.environ["CBRCTL_TEST_WORKERS"])
RECORD = FOLDER / "attempts.jsonl"


def main() -> None:
    """Run cbrctl once."""
    shard = sys.argv[sys.argv.index("--shard") + 1]
    attempt = sum(json.loads(line)["shard"] == shard for line in RECORD.read_text().splitlines())
    plan = json.loads((FOLDER / "plan.json").read_text())
    codes = plan["codes"].get(shard, [])
    if attempt < len(codes):
        print('{"backups": []}')
        end(shard, codes[attempt])
    machine = tempfile.mkdtemp(prefix=f"{shard.replace('/', '-of-')}-", dir=FOLDER)
    folders = {f"CBRCTL_{kind}_DIR": f"{machine}/{kind.lower()}" for kind in ("STATE", "CACHE", "CONFIG")}
    root = str(Path(__file__).parents[2])
    child = subprocess.Popen(
        [sys.executable, "-m", "cbrctl", *sys.argv[1:]], env={**os.environ, **folders, "PYTHONPATH": root}
    )
    try:
        end(shard, child.wait(None if attempt else plan["killed"].get(shard)))
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        end(shard, -signal.SIGKILL)


def end(shard: str, code: int) -> NoReturn:
    """Note how the attempt ended, and end in the same way."""
    with RECORD.open("a") as record:
        record.write(
            json.dumps({"shard": shard, "code": code, "key": sys.argv[sys.argv.index("--run-key") + 1]}) + "\n"
        )
    if code < 0:
        os.kill(os.getpid(), -code)
    sys.exit(code)


main()
