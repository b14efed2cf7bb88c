"""Airflow in a folder of its own: SQLite, no scheduler and no server, since `airflow dags test` runs a DAG by itself.

CBRCTL_TEST_AIRFLOW is the Python of a virtual environment that has tests/engines/airflow.txt.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PYTHON = os.environ.get("CBRCTL_TEST_AIRFLOW", "")
PATIENCE = 180


class Airflow:
    """An Airflow that knows one DAG file, in which some words are others: `{"minutes=5": "seconds=1"}`."""

    def __init__(self, folder: Path, dag: Path, instead: Mapping[str, str]) -> None:
        self.folder = folder
        dags = folder / "dags"
        dags.mkdir()
        text = dag.read_text("utf-8")
        for old, new in instead.items():
            assert old in text
            text = text.replace(old, new)
        (dags / dag.name).write_text(text, "utf-8")
        done = self._call("db", "migrate", environ={})
        assert done.returncode == 0, done.stderr[-5000:]

    def test(self, dag: str, conf: Mapping[str, Any], environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a DAG once, to its end. Exit code 0 where the run succeeded."""
        return self._call("dags", "test", dag, "--conf", json.dumps(conf), environ=environ)

    def _call(self, *arguments: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PYTHON, "-m", "airflow", *arguments],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                **environ,
                "AIRFLOW_HOME": str(self.folder),
                "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
                "NO_COLOR": "1",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
