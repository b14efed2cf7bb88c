"""What the tests of deploy/ share: the examples, the tools that check them, and a `cbrctl` to put in an example's place."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
TOOLS = os.environ.get("CBRCTL_TEST_DEPLOY", "")
"""The folder of the tools that PyPI has (`tests/deploy/requirements.txt`)."""
INSTALLED = "/opt/cbrctl/.venv/bin/cbrctl"
"""Where the examples have it."""
RETRIED, FINAL = (5, 6, 7, 8, 11, 129, 130, 143), (1, 2, 3, 4, 10, 12, 13, 14, 15)
"""The exit codes that are worth running again with the same key, and the others (contract)."""


def tool(name: str, source: str = "tests/deploy/requirements.txt") -> str:
    """Where a tool is; the test is skipped where it is not."""
    places = [TOOLS, os.environ.get("PATH", ""), "/usr/sbin"]
    found = shutil.which(name, path=os.pathsep.join(filter(None, places)))
    if not found:
        pytest.skip(f"{name} is not installed ({source})")
    return found


def read_example(name: str) -> Any:
    """An example that is YAML."""
    return yaml.safe_load((DEPLOY / name).read_text("utf-8"))


def install(folder: Path, environ: Mapping[str, str], name: str = "cbrctl") -> Path:
    """Put a `cbrctl` into a folder that runs this one in that environment; what else is set reaches it as well."""
    folder.mkdir(parents=True, exist_ok=True)
    words = [f"{key}={value}" for key, value in environ.items() if key != "PATH"]
    path = folder / name
    path.write_text(f'#!/bin/sh\nexec env {shlex.join(words)} {shlex.quote(sys.executable)} -m cbrctl "$@"\n')
    path.chmod(0o755)
    return path


def pretend(folder: Path, *codes: int) -> Path:
    """Put a `cbrctl` into a folder that ends with one code after the other, the last for good; it notes its key."""
    folder.mkdir(parents=True, exist_ok=True)
    path, noted = folder / "cbrctl", folder / "keys"
    cases = "".join(f"{number}) exit {code} ;; " for number, code in enumerate(codes[:-1]))
    path.write_text(
        f'#!/bin/sh\nn=$(wc -l 2>/dev/null <{noted} || echo 0)\necho "$CBRCTL_RUN_KEY" >>{noted}\n'
        f"""echo '{{"outcome": "x", "exit_code": 0, "backups": []}}'\ncase $((n)) in {cases}*) exit {codes[-1]} ;; esac\n"""
    )
    path.chmod(0o755)
    return path
