"""What a run has loaded at its end, and what it should not have."""

import json
import subprocess
import sys
from pathlib import Path

PROBE = """
import json, sys
target, sys.argv[1:] = sys.argv[1], sys.argv[2:]
from cbrctl.__main__ import main
try:
    main()
finally:
    with open(target, "w", encoding="utf-8") as file:
        json.dump(sorted(sys.modules), file)
"""
API = tuple(
    f"cbrctl.api.{name}"
    for name in ("certificates", "client", "faults", "iam", "issued", "listing", "transport", "wire")
)
"""All of it but what the service speaks (models, results), which journal and screen know too."""
NETWORK = ("requests", "urllib3", *API, "cbrctl.session", "cbrctl.credentials", "http.client", "ssl", "socket")
HEAVY = (*NETWORK, "rich", "keyring", "platformdirs", "cbrctl.sandbox", "sqlite3", "tomllib", "asyncio")


def modules_of(args: list[str], environ: dict[str, str], folder: Path) -> tuple[int, set[str]]:
    """Run cbrctl and give its exit code and what it had loaded at its end."""
    target = folder / "modules.json"
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(target), *args], env=environ, capture_output=True, timeout=30
    )
    return done.returncode, set(json.loads(target.read_text("utf-8")))


def assert_not_loaded(loaded: set[str], unwanted: tuple[str, ...]) -> None:
    found = {name for name in loaded if any(name == one or name.startswith(one + ".") for one in unwanted)}
    assert found == set()
