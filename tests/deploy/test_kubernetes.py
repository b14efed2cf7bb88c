"""deploy/kubernetes: against the schemas of several versions, by what it says of each exit code, and run as pods would be."""

import re
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cbrctl.sandbox import Cloud
from tests.support.deploying import DEPLOY, FINAL, RETRIED, read_example, tool
from tests.support.practice import started
from tests.support.program import PROGRAM

NAMES = ["cronjob.yaml", "fleet.yaml"]
VERSIONS = ["1.31", "1.34", "1.37"]
WHOLE_SHARD = {1, 2, 12, 15}
"""What does not hide that other vaults of a shard may be worth a retry."""


def job(name: str) -> dict[str, Any]:
    found: dict[str, Any] = read_example(f"kubernetes/{name}")["spec"]["jobTemplate"]["spec"]
    return found


def container(name: str) -> dict[str, Any]:
    [found] = job(name)["template"]["spec"]["containers"]
    assert isinstance(found, dict)
    return found


@pytest.mark.real
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", NAMES)
def test_the_schemas_of_kubernetes(name: str, version: str) -> None:
    line = [tool("kubernetes-validate"), "--strict", "-k", version, str(DEPLOY / "kubernetes" / name)]
    checked = subprocess.run(line, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("name", NAMES)
def test_one_at_a_time_and_nothing_more_than_it_needs(name: str) -> None:
    assert read_example(f"kubernetes/{name}")["spec"]["concurrencyPolicy"] == "Forbid"
    pod = job(name)["template"]["spec"]
    assert pod["restartPolicy"] == "Never", "a podFailurePolicy needs it"
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch"
    own = container(name)["securityContext"]
    assert (own["readOnlyRootFilesystem"], own["allowPrivilegeEscalation"]) == (True, False)
    assert own["capabilities"] == {"drop": ["ALL"]}
    mounted = {mount["mountPath"] for mount in container(name)["volumeMounts"]}
    assert mounted == {"/run/secrets/cbrctl", "/state"}
    assert not any("PASSWORD" in one["name"] and not one["name"].endswith("_FILE") for one in container(name)["env"])


def reaction(name: str, code: int) -> str:
    """What Kubernetes does when a pod ends with the code: the first rule that matches, else it counts."""
    for rule in job(name)["podFailurePolicy"]["rules"]:
        codes = rule.get("onExitCodes")
        if codes and codes["operator"] == "In" and code in codes["values"]:
            assert codes["containerName"] == container(name)["name"]
            return str(rule["action"])
    return "Count"


@pytest.mark.parametrize("code", [*RETRIED, *FINAL, 137])
def test_the_reaction_to_each_exit_code(code: int) -> None:
    assert reaction("cronjob.yaml", code) == ("FailJob" if code in FINAL else "Count")
    assert reaction("fleet.yaml", code) == ("FailIndex" if code in WHOLE_SHARD else "Count")


def test_a_shard_stops_no_other() -> None:
    spec = job("fleet.yaml")
    assert spec["completionMode"] == "Indexed"
    assert "backoffLimit" not in spec
    assert spec["backoffLimitPerIndex"] > 0
    assert spec["maxFailedIndexes"] == spec["completions"]


# as pods would run it --------------------------------------------------------------------------------------------------


def environ_of(name: str, environ: dict[str, str], state: Path, labels: dict[str, str], index: int) -> dict[str, str]:
    """What a pod has: the example's variables, with those of the practice cloud for account, password and places."""
    made = {}
    for one in container(name)["env"]:
        field = one.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath", "")
        label = re.fullmatch(r"metadata\.labels\['(.*)'\]", field)
        made[one["name"]] = labels[label[1]] if label else one["value"]
    secret = state.with_name("password")
    secret.write_text(environ["CBRCTL_PASSWORD"] + "\n")
    secret.chmod(0o440)
    state.mkdir(mode=0o775, exist_ok=True)
    own = {"CBRCTL_PASSWORD_FILE": str(secret), "CBRCTL_STATE_DIR": str(state), "CBRCTL_CACHE_DIR": str(state)}
    kept = {key: value for key, value in environ.items() if key != "CBRCTL_PASSWORD"}
    # no home, as in a container of a user that its passwd does not have
    return {**made, **kept, **own, "HOME": "/", "JOB_COMPLETION_INDEX": str(index)}


def pod(
    name: str, environ: dict[str, str], state: Path, slot: str, index: int = 0, more: Sequence[str] = ()
) -> subprocess.Popen[bytes]:
    """Start what a pod of a job runs, in a state folder of its own."""
    made = environ_of(name, environ, state, {"batch.kubernetes.io/job-name": slot}, index)
    args = [*container(name)["args"], *more]
    args = [re.sub(r"\$\((\w+)\)", lambda match: made[match[1]], word) for word in args]
    return subprocess.Popen([*PROGRAM, *args], env=made, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.heavy
def test_pods_of_one_slot_make_one_backup(cloud: Cloud, environ: dict[str, str], tmp_path: Path) -> None:
    for number, slot in enumerate(["cbrctl-backup-29400150", "cbrctl-backup-29400150", "cbrctl-backup-29401590"]):
        with pod("cronjob.yaml", environ, tmp_path / f"state{number}", slot) as one:
            _, said = one.communicate(timeout=60)
            assert one.returncode == 0, said
    assert len(started(cloud)) == 2


SLOT = "cbrctl-fleet-29400150"
NEVER_FREE = ["--exclude", "vault-busy", "--exclude", "vault-alldown"]
"""Vaults that a pod would wait for as long as the practice cloud lets it."""


@pytest.mark.heavy
def test_what_a_killed_index_leaves_its_retry_takes_up(cloud: Cloud, environ: dict[str, str], tmp_path: Path) -> None:
    """All indices are killed in mid backup; then each is tried until it is done or its limit is used up."""
    spec = job("fleet.yaml")
    shards, tries = spec["completions"], 1 + spec["backoffLimitPerIndex"]
    killed = []
    for index in range(shards):
        before = len(started(cloud))
        with pod("fleet.yaml", environ, tmp_path / f"killed{index}", SLOT, index, NEVER_FREE) as one:
            while one.poll() is None and len(started(cloud)) == before:
                time.sleep(0.01)
            one.kill()
            killed.append(one.wait() == -9)
    assert any(killed)
    left = len(started(cloud))
    assert left

    def go_on(index: int) -> None:
        for number in range(tries):
            state = tmp_path / f"state{index}-{number}"
            with pod("fleet.yaml", environ, state, SLOT, index, NEVER_FREE) as one:
                one.communicate(timeout=120)
            if one.returncode == 0 or reaction("fleet.yaml", one.returncode) == "FailIndex":
                return

    with ThreadPoolExecutor(spec["parallelism"]) as engine:
        list(engine.map(go_on, range(shards)))
    vaults = [cloud.checkpoints[id].vault.id for id in started(cloud)]
    assert len(vaults) == len(set(vaults)), "no vault twice"
    assert len(vaults) >= left
