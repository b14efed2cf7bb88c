"""`--metrics-file`: what a run leaves for Prometheus, whatever became of it (docs/metrics.md)."""

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from cbrctl.api.models import Checkpoint
from cbrctl.backup.document import Report
from cbrctl.backup.record import Backup
from cbrctl.sandbox import Cloud
from cbrctl.screen.metrics import Metrics, Vault
from tests.support import cbr
from tests.support.program import PROGRAM, Run
from tests.support.scripted import Scripted

BE94 = "vault-be94"
SUCCESS = "cbrctl_backup_vault_last_success_timestamp_seconds"
WHOLE = "cbrctl_backup_last_success_timestamp_seconds"
CODE = "cbrctl_backup_exit_code"
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "nightly.prom"


def read(file: Path) -> dict[str, list[tuple[dict[str, str], float]]]:
    """The samples of a file by name: labels and value."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for line in file.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            name, _, rest = line.partition("{")
            labels, _, value = rest.rpartition("} ")
            found.setdefault(name, []).append((dict(LABEL.findall(labels)), float(value)))
    return found


def value(file: Path, name: str, **labels: str) -> float | None:
    """The value of the one sample that has these labels; None where there is none."""
    values = [value for own, value in read(file).get(name, []) if labels.items() <= own.items()]
    assert len(values) < 2
    return values[0] if values else None


def written(file: Path, exit_code: int = 0, *vaults: Vault, command: str = "backup") -> list[str]:
    """Write the end of a run; gives the warnings."""
    warnings: list[str] = []
    Metrics(str(file), command).write(exit_code, vaults, lambda key, **values: warnings.append(key))
    return warnings


def one(success: float | None = 1_700_000_000.0, **changes: Any) -> Vault:
    return Vault(cbr.VAULT, BE94, "completed" if success else "failed", success)._replace(**changes)


# what stands in it -----------------------------------------------------------------------------------------------------


def test_a_run_that_went_well(cloud: Cloud, run: Run, file: Path) -> None:
    before = time.time()
    plain = run("backup", "--vault", BE94, "--metrics-file", str(file))
    assert plain.code == 0, plain.err
    now = value(file, "cbrctl_backup_last_run_timestamp_seconds", run="nightly")
    assert now is not None
    assert now >= before - 1
    assert value(file, CODE) == 0
    assert value(file, "cbrctl_backup_vaults", outcome="completed") == 1
    assert value(file, "cbrctl_backup_vaults", outcome="failed") == 0
    assert value(file, "cbrctl_backup_vault_outcome", vault_id=cbr.VAULT, vault=BE94, outcome="completed") == 1
    success = value(file, SUCCESS, vault_id=cbr.VAULT, vault=BE94)
    assert success == value(file, WHOLE)
    assert success is not None
    assert before - 1 <= success <= now
    assert (value(file, "cbrctl_backup_duration_seconds") or -1) >= 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert set(os.listdir(file.parent)) == {file.name, "home"}


def test_each_series_has_help_and_type_once(file: Path) -> None:
    written(file, 0, one(), one(id="b", name="c"))
    text = file.read_text("utf-8")
    assert text.endswith("\n")
    for name in read(file):
        assert text.count(f"# HELP {name} ") == text.count(f"# TYPE {name} gauge\n") == 1
    samples = [line.rpartition(" ")[0] for line in text.splitlines() if not line.startswith("#")]
    assert len(samples) == len(set(samples))


def test_two_files_have_no_series_in_common(tmp_path: Path) -> None:
    for name in ("a.prom", "b.prom"):
        written(tmp_path / name, 0, one())
    series = [{line.rpartition(" ")[0] for line in (tmp_path / name).read_text().splitlines() if line[0] != "#"}
              for name in ("a.prom", "b.prom")]  # fmt: skip
    assert series[0] & series[1] == set()


HOSTILE = ['a"b', "a\\", "a\nb", 'x"} 1\nevil 1', "\\n", "\x1b[2J", "\u202e", "生产库-01", "\ud800", "{}", "a,b=c"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_inert_and_kept(name: str, file: Path) -> None:
    written(file, 0, one(name=name))
    first = read(file)
    assert len(first[SUCCESS]) == 1
    assert "evil" not in first
    assert not re.search("[\x1b\u202e]", file.read_text("utf-8"))
    assert written(file, 7) == []
    assert read(file)[SUCCESS] == first[SUCCESS]


def test_several_backups_of_one_vault_are_one_series(file: Path) -> None:
    written(file, 4, one(), one(1_700_000_100.0), one(None), one(None))
    assert [value for _, value in read(file)[SUCCESS]] == [1_700_000_100.0]
    assert [labels["outcome"] for labels, _ in read(file)["cbrctl_backup_vault_outcome"]] == ["completed", "failed"]


@pytest.mark.real
@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed (Debian: prometheus)")
def test_prometheus_takes_it(file: Path) -> None:
    for number, name in enumerate(HOSTILE):
        written(file, 4, one(id=str(number), name=name), one(None, id="", name="no-such"))
    checked = subprocess.run(["promtool", "check", "metrics"], input=file.read_bytes(), capture_output=True)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")


EXPORTER = shutil.which("prometheus-node-exporter") or shutil.which("node_exporter")


@pytest.mark.real
@pytest.mark.skipif(not EXPORTER, reason="node_exporter is not installed (Debian: prometheus-node-exporter)")
def test_the_collector_takes_several_files(tmp_path: Path) -> None:
    """It leaves out all files where two hold the same series, or one a line that it cannot read."""
    folder = tmp_path / "collected"
    folder.mkdir()
    for name in ("a.prom", "b.prom"):
        for number, vault in enumerate(HOSTILE):
            written(folder / name, 4, one(id=str(number), name=vault), one(None, id="", name="no-such"))
    written(folder / "c.prom", 3, one(outcome="old"), command="check")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    line = [str(EXPORTER), "--collector.disable-defaults", "--collector.textfile"]
    line += [f"--collector.textfile.directory={folder}", f"--web.listen-address={address}"]
    with subprocess.Popen(line, stderr=subprocess.PIPE) as child:
        text, until = "", time.time() + 20
        while not text and time.time() < until:
            with suppress(OSError), urlopen(f"http://{address}/metrics") as answer:
                text = answer.read().decode()
            time.sleep(0.05)
        child.terminate()
        _, said = child.communicate()
    assert "node_textfile_scrape_error 0" in text, said
    assert len(re.findall(r'^cbrctl_\w+_exit_code\{run="[abc]"\}', text, re.MULTILINE)) == 3
    assert text.count(f'{SUCCESS}{{run="a"') == text.count(f'{SUCCESS}{{run="b"') == len(HOSTILE)
    assert b"level=error" not in said


# the last success ------------------------------------------------------------------------------------------------------


def test_a_failure_keeps_the_last_success(cloud: Cloud, run: Run, file: Path) -> None:
    run("backup", "--vault", BE94, "--metrics-file", str(file))
    # a child's clock starts anew: what an earlier one wrote of times to come is now, see below
    file.write_text(re.sub(r"(success_timestamp_seconds{.*}) .*", r"\1 1700000000", file.read_text("utf-8")))
    cloud.faults.add("create:error=BackupService.6114")
    assert run("backup", "--vault", BE94, "--metrics-file", str(file)).code == 13
    assert value(file, SUCCESS) == value(file, WHOLE) == 1_700_000_000
    assert value(file, CODE) == 13
    assert value(file, "cbrctl_backup_vaults", outcome="refused") == 1
    assert value(file, "cbrctl_backup_vaults", outcome="completed") == 0


def test_of_many_vaults_each_has_its_own(cloud: Cloud, run: Run, file: Path) -> None:
    result = run("backup", "-V", BE94, "-V", "vault-fail", "-V", "no-such", "--metrics-file", str(file))
    assert result.code == 10, result.err
    assert value(file, SUCCESS, vault=BE94) is not None
    assert value(file, SUCCESS, vault="vault-fail") is None
    assert value(file, WHOLE) is None, "one vault that went well is no run that did"
    outcomes = {labels["vault"]: labels["outcome"] for labels, _ in read(file)["cbrctl_backup_vault_outcome"]}
    assert outcomes == {BE94: "completed", "vault-fail": outcomes["vault-fail"], "no-such": "error"}


def test_a_vault_that_is_not_in_this_run_is_kept(file: Path) -> None:
    written(file, 0, one(id="a", name="first"), one(1_600_000_000.0, id="b", name="second"))
    written(file, 0, one(1_700_000_500.0, id="a", name=""))
    assert value(file, SUCCESS, vault_id="a", vault="first") == 1_700_000_500.0
    assert value(file, SUCCESS, vault_id="b", vault="second") == 1_600_000_000.0
    assert [labels["vault"] for labels, _ in read(file)["cbrctl_backup_vault_outcome"]] == ["first"]
    written(file, 4, one(None, id="a", name="renamed"))
    assert value(file, SUCCESS, vault_id="a", vault="renamed") == 1_700_000_500.0


@pytest.mark.parametrize(("attached", "day"), [(False, "2024-01-03"), (True, "2024-01-02")])
def test_an_old_backup_under_a_constant_key_is_as_old_as_it_is(attached: bool, day: str, file: Path) -> None:
    """Such a key backs up nothing any more, and every night is completed; when it was found to have ended is no age."""
    backup = Backup(BE94, vault_id=cbr.VAULT, outcome="completed", exit_code=0, attached=attached)
    backup.checkpoint = Checkpoint.from_json({"id": cbr.CHECKPOINT, "created_at": "2024-01-02T00:00:00Z"})
    backup.ended_at = "2024-01-03T00:00:00Z"
    Metrics(str(file)).write_report(Report([backup]), lambda key, **values: None)
    made = datetime.fromisoformat(f"{day}T00:00:00Z").timestamp()
    assert value(file, SUCCESS) == value(file, WHOLE) == made


@pytest.mark.parametrize("outcome", ["accepted", "skipped"])
def test_what_is_no_copy_is_no_success(outcome: str, file: Path) -> None:
    written(file, 0, one(None, outcome=outcome))
    assert (value(file, CODE), value(file, WHOLE), value(file, SUCCESS)) == (0, None, None)


@pytest.mark.parametrize(
    ("code", "successes", "whole"),
    [
        (0, [1_700_000_200.0, 1_700_000_100.0], 1_700_000_100.0),
        (0, [1_700_000_200.0, None], None),  # one was skipped because it was busy
        (143, [1_700_000_200.0], None),
        (0, [], None),  # an empty shard
    ],
)
def test_a_run_is_as_old_as_its_oldest(code: int, successes: list[float], whole: float | None, file: Path) -> None:
    written(file, code, *(one(success, id=str(number)) for number, success in enumerate(successes)))
    assert value(file, WHOLE) == whole


def test_an_older_success_takes_none_away(file: Path) -> None:
    written(file, 0, one(1_700_000_000.0))
    written(file, 0, one(1_600_000_000.0))
    assert value(file, WHOLE) == value(file, SUCCESS) == 1_700_000_000.0


def test_nothing_to_resume_is_no_success(cloud: Cloud, run: Run, file: Path) -> None:
    written(file, 0, one())
    assert run("resume", "--metrics-file", str(file)).code == 0
    assert value(file, WHOLE) == 1_700_000_000.0


def test_resume_writes_what_it_ended(cloud: Cloud, run: Run, file: Path) -> None:
    assert run("backup", "--vault", BE94, "--no-wait", "--metrics-file", str(file)).code == 0
    assert value(file, SUCCESS) is None
    assert run("resume", "--metrics-file", str(file)).code == 0
    assert value(file, SUCCESS, vault=BE94) is not None


def test_a_success_to_come_is_none(file: Path) -> None:
    """A clock that was set back would keep every alert silent."""
    written(file, 0, one(time.time() + 10_000_000))
    assert (value(file, SUCCESS) or 0) <= time.time()


# however it ends -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (["--vault", "", "--metrics-file", "{}"], 2),
        (["--vault", BE94, "--no-such", "--metrics-file={}"], 2),
        (["--vault", BE94, "--if-busy", "perhaps", "--metrics-file", "{}"], 2),
        (["--vault", BE94, "--profile", "no-such", "--metrics-file", "{}"], 10),
        (["--vault", BE94, "--endpoint", "http://127.0.0.1:9", "--metrics-file", "{}"], 7),
    ],
)
def test_errors_of_the_whole_are_written_too(line: list[str], code: int, cloud: Cloud, run: Run, file: Path) -> None:
    written(file, 0, one())
    result = run("backup", *(word.format(file) for word in line))
    assert result.code == code, result.err
    assert value(file, CODE) == code
    assert value(file, SUCCESS) == 1_700_000_000.0


@pytest.mark.parametrize("line", [
    ["backup", "--vault", BE94, "--dry-run", "--metrics-file", "{}"],
    ["backup", "--vault", "", "--dry-run", "--metrics-file", "{}"],
    ["vault", "list", "--metrics-file", "{}"],
    ["backup", "--vault", BE94, "--metrics-file", ""],
    ["backup", "--vault", "", "--", "--metrics-file", "{}"],
])  # fmt: skip
def test_what_is_no_run_writes_nothing(line: list[str], cloud: Cloud, run: Run, file: Path) -> None:
    run(*(word.format(file) for word in line))
    assert not file.exists()


@pytest.mark.heavy
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_is_written(number: signal.Signals, scripted: Scripted, environ: dict[str, str], file: Path) -> None:
    scripted.on(cbr.POST, cbr.posted())
    scripted.on(cbr.SHOW, cbr.shown("protecting"))
    scripted.on(cbr.COPIES, cbr.copies((cbr.SERVER, "protecting")))
    scripted.on(cbr.TASKS, cbr.tasks((cbr.SERVER, "running", 40, "", "")))
    written(file, 0, one())
    line = [*PROGRAM, "backup", "--vault", cbr.VAULT, "--metrics-file", str(file)]
    with subprocess.Popen(line, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        while not any("operation-logs" in asked.path for asked in list(scripted.asked)):
            time.sleep(0.02)
        child.send_signal(number)
        assert child.wait(30) == 128 + number
    assert value(file, CODE) == 128 + number
    assert value(file, "cbrctl_backup_vaults", outcome="pending") == 1
    assert value(file, SUCCESS) == 1_700_000_000.0


def test_a_result_that_could_not_be_written_is_told(cloud: Cloud, environ: dict[str, str], file: Path) -> None:
    with open("/dev/full", "wb") as full:
        line = [*PROGRAM, "backup", "--vault", BE94, "--metrics-file", str(file)]
        assert subprocess.run(line, env=environ, stdout=full, stderr=subprocess.DEVNULL).returncode == 15
    assert (value(file, CODE), value(file, "cbrctl_backup_vaults", outcome="completed")) == (15, 1)


# what cannot be written ------------------------------------------------------------------------------------------------


def test_what_cannot_be_written_is_a_warning_and_no_exit_code(cloud: Cloud, run: Run, tmp_path: Path) -> None:
    result = run("backup", "--vault", BE94, "--metrics-file", str(tmp_path / "no" / "x.prom"), "-o", "json")
    assert result.code == 0
    assert "warning: The metrics were not written" in result.err
    assert any("metrics" in warning for warning in result.json()["warnings"])
    assert not (tmp_path / "no").exists()


def test_what_is_no_plain_file_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("kept")
    link, folder, pipe = tmp_path / "link", tmp_path / "folder", tmp_path / "pipe"
    link.symlink_to(target)
    folder.mkdir()
    os.mkfifo(pipe)
    for path in (link, folder, pipe, tmp_path / "target" / "x", tmp_path / ("x" * 300)):
        assert written(path, 0, one()) == ["metrics-not-written"]
    assert target.read_text() == "kept"
    assert sorted(os.listdir(tmp_path)) == ["folder", "link", "pipe", "target"], "nothing is left behind"


@pytest.mark.parametrize(
    "text", ["hello\n", "node_load1 0.4\n", "\0" * 100, "# HELP x y\nx 1\n", "cbrctl_check_exit_code 0\n"]
)
def test_what_is_not_ours_is_left_alone(text: str, file: Path) -> None:
    file.write_text(text)
    assert written(file, 0, one()) == ["metrics-not-ours"]
    assert file.read_text() == text


def test_two_commands_do_not_share_a_file(file: Path) -> None:
    written(file, 0, one())
    assert written(file, 3, one(outcome="old"), command="check") == ["metrics-not-ours"]
    other = file.with_name("check.prom")
    assert written(other, 3, one(outcome="old"), command="check") == []
    assert value(other, "cbrctl_check_vault_outcome", outcome="old") == 1


def test_of_a_damaged_file_what_can_be_read_is_kept(file: Path) -> None:
    written(file, 0, one(), one(id="b", name="cut"))
    file.write_text(file.read_text("utf-8")[:-30])
    with file.open("a") as text:
        text.write("\0\0\nnot a sample\n")
    assert written(file, 4) == ["metrics-damaged"]
    assert [labels["vault"] for labels, _ in read(file)[SUCCESS]] == [BE94]
    assert written(file, 4) == []


@pytest.mark.parametrize("odd", ["NaN", "+Inf", "-1", "0", "x", "1e999"])
def test_no_odd_value_is_kept(odd: str, file: Path) -> None:
    file.write_text(f'{WHOLE}{{run="nightly"}} {odd}\n{SUCCESS}{{vault_id="a"}} {odd}\n')
    written(file, 4)
    assert (value(file, WHOLE), value(file, SUCCESS)) == (None, None)


def test_an_empty_file_is_ours(file: Path) -> None:
    file.touch(mode=0o600)
    assert written(file, 0, one()) == []
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


@pytest.mark.heavy
def test_a_reader_never_sees_a_part(file: Path) -> None:
    written(file, 0, one())
    writer = os.fork()
    if writer == 0:
        for number in range(200):
            written(file, number % 16, *(one(id=str(n), name="x" * 60) for n in range(50)))
        os._exit(0)
    seen = 0
    while os.waitpid(writer, os.WNOHANG) == (0, 0):
        assert file.read_text("utf-8").endswith("\n")
        assert value(file, CODE) is not None
        seen += 1
    assert seen
