"""A DAG that backs up every vault of a project, a share of them in each task, and tells at the end what came of it.

One key serves the whole run. The identity of a backup derives from project, vault and key alone, so a task that is
tried again, cleared, or divided otherwise finds the backup that is already there, on whatever machine it runs.
"""

import json
import subprocess
import tempfile
from collections import Counter
from datetime import timedelta

try:
    from airflow.sdk import dag, task
    from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task
    from airflow.exceptions import AirflowException, AirflowFailException, AirflowSkipException

RETRY = {5, 6, 7, 8, 11, 129, 130, 143}
"""Exit codes that are worth another try: goes on, unknown, unreachable, throttled, busy, and cbrctl's own for signals."""


@dag(
    schedule=None,  # "@daily", or whatever suits
    catchup=False,
    max_active_runs=1,
    params={"shards": 4, "skip": []},
    default_args={"retries": 5, "retry_delay": timedelta(minutes=5)},
    doc_md=__doc__,
)
def cbrctl_backup():
    """`shards` is into how many tasks the vaults are divided; `skip` are exit codes that make a task skipped, as [11]."""

    @task
    def divide(params=None):
        return [f"{number}/{params['shards']}" for number in range(params["shards"])]

    @task(map_index_template="{{ task.op_kwargs['shard'] }}")
    def backup(shard, params=None, dag=None, run_id=None):
        command = [
            *("cbrctl", "backup", "--all-vaults", "--shard", shard),
            *("--run-key", f"{dag.dag_id} {run_id}", "-o", "json"),
        ]
        code, document = run(command)
        if code in params["skip"]:
            raise AirflowSkipException(f"shard {shard}: exit code {code}")
        if code in RETRY or code < 0:  # below 0: killed, by the machine or its owner
            raise AirflowException(f"shard {shard}: exit code {code}, worth another try")
        if code:
            raise AirflowFailException(f"shard {shard}: exit code {code}; `cbrctl explain 'exit {code}'` says more")
        # an XCom should stay small, and all of the document stands in the log
        return [{"vault": entry["vault"]["id"], "outcome": entry["outcome"]} for entry in document["backups"]]

    @task(trigger_rule="none_failed")
    def summarize(shards):
        ends = Counter(entry["outcome"] for shard in shards for entry in shard)
        print(f"{ends.total()} vaults:", ", ".join(f"{count} {outcome}" for outcome, count in ends.items()) or "none")
        return dict(ends)

    summarize(backup.expand(shard=divide()))


def run(command):
    """Run cbrctl; return its exit code and its document, None where it was killed before it could write one."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, encoding="utf-8", errors="replace"
        ) as child:
            try:
                for line in child.stderr:  # progress and warnings, into the task's log as they come
                    print(line.rstrip())
            except BaseException:
                child.terminate()  # cbrctl says what goes on without it, and ends
                raise
        out.seek(0)
        text = out.read()
    print(text)
    return child.returncode, json.loads(text) if text else None


cbrctl_backup()
