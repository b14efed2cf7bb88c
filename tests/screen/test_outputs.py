"""Standard output and standard error of every command, in every format, in a pipe and on a terminal."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cbrctl.sandbox import Cloud
from cbrctl.sandbox.seed import CHECKPOINT_YESTERDAY, COPY_YESTERDAY, TASK_YESTERDAY, VAULT_BE94, VAULT_CJK, VAULT_FULL
from cbrctl.sandbox.texts import SERVICE_ERRORS
from tests.support import cbr
from tests.support.commands import (
    COMMANDS,
    HOSTILE_COMMANDS,
    args_of,
)
from tests.support.hostile import BIDI, HOSTILE, assert_inert, hostile_cloud
from tests.support.program import PROGRAM, Result, Run
from tests.support.schemas import validate
from tests.support.scripted import Scripted

pytestmark = pytest.mark.long

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
IDS = {"vault show": VAULT_BE94, "checkpoint show": CHECKPOINT_YESTERDAY, "copy show": COPY_YESTERDAY}
IDS |= {"task show": TASK_YESTERDAY}


def run_streams(args: list[str], environ: Mapping[str, str], *, closed: str, shut: bool = False) -> Result:
    """Run with one stream whose reader is gone (`shut`: which is not open at all), the other one in a pipe."""
    command = [*PROGRAM, *args]
    if shut:
        command = ["sh", "-c", f'exec "$@" {1 if closed == "stdout" else 2}>&-', "sh", *command]
    reader, writer = os.pipe()
    os.close(reader)
    out, err = (writer if closed == name else subprocess.PIPE for name in ("stdout", "stderr"))
    try:
        done = subprocess.run(
            command, env=environ, stdin=subprocess.DEVNULL, stdout=out, stderr=err, timeout=30, text=True
        )
    finally:
        os.close(writer)
    return Result(done.returncode, done.stdout or "", done.stderr or "")


# every command, every format, pipe and terminal ------------------------------------------------------------------


def check_table(name: str, result: Result, terminal: bool) -> None:
    head = COMMANDS[name][2].split()
    if name == "dry-run":  # the exact request, the same on both
        assert result.out.startswith("POST http")
        assert json.loads(result.out.partition("\n")[2])["checkpoint"]["vault_id"]
        return
    if not terminal:
        lines = result.out.splitlines()
        assert lines[0] == "\t".join(head)
        assert len(lines) > 1
        assert {line.count("\t") for line in lines} == {len(head) - 1}
        return
    assert "\t" not in result.out
    assert "\t".join(head) not in result.out
    assert name == "report" or re.search(UUID, result.out)


def check_json(name: str, result: Result, terminal: bool) -> None:
    document = result.json()
    validate(document)
    assert document["schema"] == f"cbrctl.{COMMANDS[name][1]}/v1"
    assert (result.out.count("\n") > 1) == terminal  # indented where a person reads it


def check_jsonl(name: str, result: Result, terminal: bool) -> None:
    lines = result.lines()
    for line in lines:
        validate(line)
        assert line["type"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", line["ts"])
    *before, last = lines
    assert last["type"] == "result"
    assert last["schema"] == f"cbrctl.{COMMANDS[name][1]}/v1"
    if name.endswith("list") or name in ("check", "report"):
        assert last["count"] == len(before) > 0
        assert {line["type"] for line in before} == {"item"}
    elif COMMANDS[name][1] == "backup":
        assert before
        assert {line["op_id"] for line in before} == {last["backups"][0]["op_id"]}
    else:
        assert not before


def check_id(name: str, result: Result, terminal: bool) -> None:
    ids = result.out.splitlines()
    assert all(re.fullmatch(UUID, line) for line in ids)
    if name == "dry-run":
        assert not ids  # nothing was accepted
    elif name.endswith("list"):
        assert len(ids) > 1
    else:
        assert len(ids) == 1
        assert ids[0] == IDS.get(name, ids[0])


CHECKS: dict[str, Callable[[str, Result, bool], None]] = {
    "table": check_table,
    "json": check_json,
    "jsonl": check_jsonl,
    "id": check_id,
}


@pytest.mark.heavy
@pytest.mark.parametrize("output", CHECKS)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_in_a_format(name: str, output: str, cloud: Cloud, run: Run, run_tty: Run) -> None:
    follows = COMMANDS[name][1] == "backup"
    for how, terminal in ((run, False), (run_tty, True)):
        result = how(*COMMANDS[name][0], "-o", output)
        assert result.code == 0, result.err
        CHECKS[output](name, result, terminal)
        assert "\x1b[?25" not in result.out  # progress
        assert bool(result.err) == follows, "nothing but progress, and that nothing was sent"
        assert "{" not in result.err


@pytest.mark.parametrize("output", CHECKS)
def test_skipped_and_failed_resources_have_their_lines(output: str, cloud: Cloud, run: Run) -> None:
    result = run("backup", "--vault", "vault-skip", "--vault", "vault-fail", "--vault", "nowhere", "-o", output)
    assert result.code == 10, result.err
    if output == "table":
        rows = result.rows()
        assert [(r["vault"], r["resource"], r["status"], r["code"]) for r in rows] == [
            ("vault-skip", "ecs-web-01", "available", ""),
            ("vault-skip", "ecs-web-02", "skipped", "BackupService.7101"),
            ("vault-fail", "ecs-app-01", "available", ""),
            ("vault-fail", "evs-data-01", "error", "BackupService.8300"),
            ("nowhere", "", "", ""),
        ]
        assert [r["outcome"] for r in rows] == ["partial"] * 4 + ["error"]
        assert rows[-1]["reason"] == "There is no vault nowhere."
    elif output == "id":
        assert len(result.out.splitlines()) == 2
    else:
        document = result.json() if output == "json" else result.lines()[-1]
        validate(document)
        assert [b["exit_code"] for b in document["backups"]] == [3, 3, 10]
        assert document["exit_code"] == 10


@pytest.mark.parametrize(
    "args", [("options",), ("completion", "bash"), ("schema",), ("sandbox", "serve"), ("sandbox", "run", "--", "true")]
)
def test_commands_without_ids_refuse_id(args: tuple[str, ...], run: Run) -> None:
    result = run(*args[:2], "-o", "id", *args[2:])
    assert (result.code, result.out) == (2, "")
    assert "-o id" in result.err


# what people are told -------------------------------------------------------------------------------------------------


@pytest.mark.english
@pytest.mark.parametrize(("vault", "code"), [("vault-skip", "7101"), ("vault-fail", "8300")])
def test_a_partial_backup_shows_why_on_a_terminal(vault: str, code: str, cloud: Cloud, run_tty: Run) -> None:
    shown = run_tty("backup", "--vault", vault, columns=240)
    reason = SERVICE_ERRORS[code][2].rstrip(".")
    assert shown.code == 3
    assert re.search(rf" {code} .*{re.escape(reason)}", shown.out), shown.out


@pytest.mark.parametrize("output", ["json", "jsonl"])
def test_a_bug_is_told_in_a_document(output: str, environ: dict[str, str], tmp_path: Path) -> None:
    """A module that cannot be loaded stands for any bug."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['cbrctl.backup.fleet'] = None\n")
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    command = [*PROGRAM, "backup", "--vault", "v", "--resource", "r", "-o", output]
    done = subprocess.run(command, env={**environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=30)
    document = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, document["exit_code"], document["error"]["kind"]) == (1, 1, "internal")
    assert "Traceback" not in done.stderr


# quiet ------------------------------------------------------------------------------------------------------------

ENDINGS = {"vault-be94": 0, "vault-fail": 3, "vault-full": 13}


@pytest.mark.parametrize("quiet", ["-q", "-qq"])
@pytest.mark.parametrize(
    "output", ["table", *(pytest.param(o, marks=pytest.mark.heavy) for o in CHECKS if o != "table")]
)
def test_quiet(output: str, quiet: str, cloud: Cloud, run: Run) -> None:
    for vault, code in ENDINGS.items():
        result = run("backup", "--vault", vault, quiet, "-o", output)
        assert result.code == code
        # what was asked for in words is always written; only the table is left out
        says = not (output == "table" and quiet == "-qq" and code == 0) and not (output == "id" and code == 13)
        assert bool(result.out) == says
        assert ("error:" in result.err) == bool(code)
        if output == "jsonl" and says:
            assert [line["type"] for line in result.lines()][-1] == "result"
            assert len(result.lines()) > 2
        if not code:
            assert result.err == ""


@pytest.mark.parametrize("quiet", ["-q", "-qq"])
def test_quiet_says_what_is_wrong_with_the_line(quiet: str, run: Run) -> None:
    result = run("vault", "list", quiet, "--nonsense")
    assert (result.code, result.out) == (2, "")
    assert "--nonsense" in result.err


@pytest.mark.parametrize("quiet", ["-q", "-qq"])
def test_a_warning_keeps_quiet(quiet: str, scripted: Scripted, run: Run, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("a-token\n")
    secret.chmod(0o644)
    scripted.on(cbr.VAULTS, {"vaults": [], "count": 0})
    env = {"CBRCTL_TOKEN": "", "CBRCTL_TOKEN_FILE": str(secret)}
    assert "warning:" in run("vault", "list", env=env).err
    result = run("vault", "list", quiet, env=env)
    assert (result.code, result.err) == (0, "")


# values -----------------------------------------------------------------------------------------------------------


def hostile_texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if HOSTILE in value else []
    parts = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for part in parts for text in hostile_texts(part)]


@pytest.mark.heavy
@pytest.mark.parametrize("name", HOSTILE_COMMANDS)
def test_values_in_json_and_lines(name: str, cloud: Cloud, run: Run) -> None:
    hostile_cloud(cloud)
    for output in ("json", "jsonl", "table"):
        result = run(*args_of(name), "-o", output)
        assert result.code in (0, 3, 4), result.err
        assert_inert(result.out.replace("\t", ""))
        assert_inert(result.err)
        if output == "table":
            assert len({line.count("\t") for line in result.out.splitlines()}) == 1
            assert r"a\u{1b}[35;5mb\u{1b}]8;;http://evil" in result.out
            assert r"f\u{d}\u{a}g\u{9}h[/foo][red]x[/red]" in result.out
            assert rf"\u{{{ord(BIDI[-1]):x}}}" in result.out
        else:
            documents = [result.json()] if output == "json" else result.lines()
            assert len(hostile_texts(documents)) >= HOSTILE_COMMANDS[name]


ODD = 'lone \ud800 and \udfff, C1 \x9b, bidi \u202e, \U0001f600 emoji, 生产库, é, "quote" \\ \x7f'


@pytest.mark.heavy
@pytest.mark.parametrize("encoding", ["", "ascii", "latin-1", "gbk"])
def test_json_is_utf8_with_values_unaltered(encoding: str, scripted: Scripted, run: Run) -> None:
    """Also where the terminal's encoding is another one."""
    scripted.on(cbr.VAULTS, {"vaults": [{"id": VAULT_BE94, "name": ODD}], "count": 1})
    env = {"PYTHONIOENCODING": encoding}
    result = run("vault", "list", "-o", "json", env=env)
    assert (result.code, result.json()["items"][0]["name"]) == (0, ODD)
    result.out.encode("utf-8")  # whole: no byte that is not UTF-8
    assert_inert(result.out)
    assert "生产库, é" in result.out
    for escape in (r"\ud800", r"\udfff", r"\u009b", r"\u202e", r"\u007f"):
        assert escape in result.out
    assert run("vault", "list", "-o", "jsonl", env=env).lines()[0]["item"]["name"] == ODD


def test_lone_surrogates_in_lines(scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.VAULTS, {"vaults": [{"id": VAULT_BE94, "name": ODD}], "count": 1})
    [row] = run("vault", "list").rows()
    assert row["name"].startswith(r"lone \u{d800} and \u{dfff}, C1 \u{9b}, bidi \u{202e}, 😀 emoji, 生产库, é")


ENCODINGS = {
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "gbk": {"PYTHONIOENCODING": "gbk"},
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.mark.heavy
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_encoding_is_too_small(encoding: str, cloud: Cloud, run: Run, run_tty: Run) -> None:
    cloud.vaults[VAULT_CJK].name = "生产库 é 😀"
    for args in (("vault", "list"), ("vault", "show", VAULT_CJK), ("backup", "--vault", VAULT_CJK), ("--help",)):
        for how in (run, run_tty):
            result = how(*args, env=ENCODINGS[encoding])
            assert result.code == 0, result.err
            assert "Error" not in result.err
            assert result.out.strip()
    error = run("vault", "show", "没有 é 😀", env=ENCODINGS[encoding])
    assert error.code == 10
    assert "Traceback" not in error.err


# standard input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("output", ["table", "json", "jsonl", "id"])
def test_a_list_of_vaults_goes_into_a_backup(output: str, cloud: Cloud, run: Run) -> None:
    listed = run("vault", "list", "-o", output)
    names = [cloud.vaults[one].name for one in cloud.vaults]
    planned = run("backup", "--vault", "-", "--dry-run", "-o", "json", stdin=listed.out).json()["backups"]
    assert [b["vault"]["name"] for b in planned] == ([None] * len(names) if output == "id" else names)
    result = run("backup", "--vault", "-", "--dry-run", "-o", "json", stdin=listed.out)
    assert result.code == 0, result.err
    assert [b["vault"]["id"] for b in result.json()["backups"]] == list(cloud.vaults)


@pytest.mark.parametrize("output", ["table", "json", "jsonl"])
@pytest.mark.parametrize("args", [("copy", "list"), ("task", "list"), ("checkpoint", "show", CHECKPOINT_YESTERDAY)])
def test_what_is_no_list_of_vaults_says_so(args: tuple[str, ...], output: str, cloud: Cloud, run: Run) -> None:
    """The ids of something else would be looked for as vaults, one by one."""
    listed = run(*args, "-o", output)
    assert listed.code == 0
    result = run("backup", "--vault", "-", "--dry-run", stdin=listed.out)
    assert (result.code, result.out) == (2, ""), result.err
    assert "is not a list of vaults" in result.err


def test_one_vault_is_a_list_of_vaults(cloud: Cloud, run: Run) -> None:
    shown = run("vault", "show", "vault-be94", "-o", "json")
    result = run("backup", "--vault", "-", "--dry-run", "-o", "json", stdin=shown.out)
    assert [b["vault"]["id"] for b in result.json()["backups"]] == [VAULT_BE94]


STDIN = {
    "a line each": f"{VAULT_BE94}\n{VAULT_FULL}\n",
    "no line end": f"{VAULT_BE94}\n{VAULT_FULL}",
    "blank and comment lines": f"\n# ours\n{VAULT_BE94}\n\n   \n  # theirs\n{VAULT_FULL}\n",
    "carriage returns and spaces": f"  {VAULT_BE94} \r\n{VAULT_FULL}\r\n",
    "first columns": f"{VAULT_BE94}\tvault-be94\n{VAULT_FULL}\tvault-full\n",
    "under a header": f"id\tname\n{VAULT_BE94}\tvault-be94\n{VAULT_FULL}\tvault-full\n",
    "twice": f"{VAULT_BE94}\n{VAULT_FULL}\n{VAULT_BE94}\n",
    "upper case": f"{VAULT_BE94.upper()}\n{VAULT_FULL}\n",
    "byte order mark": f"\ufeff{VAULT_BE94}\n{VAULT_FULL}\n",
    "json": json.dumps({"items": [{"id": VAULT_BE94}, {"id": VAULT_FULL, "name": "x"}]}),
    "bare items": f'{{"id": "{VAULT_BE94}", "name": "a"}}\n{{"id": "{VAULT_FULL}"}}\n',
    "an array": json.dumps([{"id": VAULT_BE94}, {"id": VAULT_FULL}]),
    "of the API": json.dumps({"vaults": [{"id": VAULT_BE94, "billing": {}}, {"id": VAULT_FULL}], "count": 2}),
    "of the openstack client": json.dumps([{"ID": VAULT_BE94, "Name": "a"}, {"ID": VAULT_FULL, "Name": None}]),
    "lines of events": "".join(
        json.dumps(line) + "\n"
        for line in (
            {"type": "item", "item": {"id": VAULT_BE94}},
            {"type": "item", "item": {"id": VAULT_FULL}},
            {"type": "result", "count": 2},
        )
    ),
    "json on lines": "\n" + json.dumps({"items": [{"id": VAULT_BE94}, {"id": VAULT_FULL}]}, indent=2),
}


@pytest.mark.parametrize("text", STDIN.values(), ids=STDIN)
def test_vaults_from_standard_input(text: str, scripted: Scripted, run: Run) -> None:
    result = run("backup", "--vault", "-", "--no-marker", "--dry-run", "-o", "json", stdin=text)
    assert result.code == 0, result.err
    assert [b["request"] for b in result.json()["backups"]] == [{"vault_id": VAULT_BE94}, {"vault_id": VAULT_FULL}]


BAD_STDIN = {
    "nothing": "",
    "only comments": "# none\n\n",
    "only a header": "id\tname\n",
    "no vaults": '{"items": []}',
    "broken json": '{"items": [',
    "another document": '{"schema": "cbrctl.backup/v1"}',
    "no ids": '{"items": [{"name": "x"}]}',
    "odd items": '{"items": 5}',
    "null id": '{"items": [{"id": null}]}',
    "empty id": '{"items": [{"id": ""}]}',
    "not text": b"\xff\xfe\x00\n",
    "lines that are cut": json.dumps({"type": "item", "item": {"id": VAULT_BE94}}),
    "lines of which one is lost": json.dumps({"type": "item", "item": {"id": VAULT_BE94}})
    + '\n{"type": "result", "count": 2}',
    "an error's line": '{"type": "result", "schema": "cbrctl.error/v1", "exit_code": 7, "error": {}}',
    "a number": "[7]",
    "a name in the place of an id": '[{"id": "vault-be94"}]',
    "too long": b"#" * (16 << 20) + f"\n{VAULT_BE94}\n".encode(),
}


@pytest.mark.heavy
@pytest.mark.parametrize("text", BAD_STDIN.values(), ids=BAD_STDIN)
def test_standard_input_without_vaults(text: str | bytes, scripted: Scripted, run: Run) -> None:
    """What is no list of vaults is never taken for all of them, whatever the locale reads bytes as."""
    for env in ({}, {"PYTHONIOENCODING": "utf-8:strict"}):
        result = run("backup", "--vault", "-", "-o", "json", stdin=text, env=env)
        empty = text in (
            BAD_STDIN["nothing"],
            BAD_STDIN["only comments"],
            BAD_STDIN["only a header"],
            BAD_STDIN["no vaults"],
        )
        assert result.code == (10 if empty else 2), result.err
        assert not any(word in result.err for word in ("Error:", "NoneType", "codec", "Expecting"))
        validate(result.json())
    assert scripted.asked == []


def test_the_dash_stands_among_others(scripted: Scripted, run: Run) -> None:
    ids = [f"3b5816b5-0000-4000-8000-00000000000{n}" for n in range(4)]
    result = run(
        "backup", "--vault", ids[0], "-V", "-", "-V", ids[3], "--dry-run", "-o", "json", stdin=f"{ids[1]}\n{ids[2]}\n"
    )
    assert [b["vault"]["id"] for b in result.json()["backups"]] == ids


# the variable -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "args", "starts"),
    [
        ("json", [], '{"schema"'),
        ("jsonl", [], '{"type"'),
        ("id", [], VAULT_BE94),
        ("", [], "id\tname"),
        ("json", ["-o", "table"], "id\tname"),
        ("json", ["-oid"], VAULT_BE94),
        ("id", ["--output=json"], '{"schema"'),
    ],
)
def test_the_output_variable(variable: str, args: list[str], starts: str, cloud: Cloud, run: Run) -> None:
    result = run("vault", "list", *args, env={"CBRCTL_OUTPUT": variable})
    assert result.code == 0, result.err
    assert result.out.startswith(starts)


# closed streams -----------------------------------------------------------------------------------------------------

CLOSED = [
    *((["backup", "--vault", "vault-be94", "-o", output], 0) for output in CHECKS),
    *((["backup", "--vault", "vault-full", "-o", output], 13) for output in ("table", "json")),
    (["vault", "list"], 0),
    (["--help"], 0),
    (["vault", "list", "--help"], 0),
    (["options"], 0),
    (["backup"], 2),
    ([], 2),
]


@pytest.mark.heavy
@pytest.mark.parametrize("shut", [False, True], ids=["gone", "shut"])
@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_closed_stream_changes_no_exit_code(closed: str, shut: bool, cloud: Cloud, environ: dict[str, str]) -> None:
    for args, code in CLOSED:
        result = run_streams(args, environ, closed=closed, shut=shut)
        assert result.code == code, (args, result)
        for sign in ("Traceback", "Exception ignored", "BrokenPipe", "Errno"):
            assert sign not in result.out + result.err, (args, result)


def test_a_full_disk_is_no_success(cloud: Cloud, environ: dict[str, str]) -> None:
    """A result that could not be written is said, also where nothing but failures is to be heard."""
    for args, code in ((["vault", "list", "-q"], 15), (["backup", "--vault", "vault-full", "-o", "json"], 13)):
        with open("/dev/full", "w") as full:
            done = subprocess.run([*PROGRAM, *args], env=environ, stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == code
        assert "error: " in done.stderr
        assert ("could not be written" in done.stderr) == (code == 15)
        assert "Exception ignored" not in done.stderr


# dry run ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("output", CHECKS)
def test_a_dry_run_with_ids_needs_nothing(output: str, scripted: Scripted, run: Run, run_tty: Run) -> None:
    for how in (run, run_tty):
        args = ["backup", "--vault", VAULT_BE94, "-r", cbr.SERVER, "--full", "--no-marker", "--dry-run", "-o", output]
        result = how(*args, env={"CBRCTL_TOKEN": ""})
        assert result.code == 0, result.err
        url = f"{scripted.url}/v3/{cbr.PROJECT}/checkpoints"
        body = {"checkpoint": {"vault_id": VAULT_BE94, "parameters": {"incremental": False, "resources": [cbr.SERVER]}}}
        if output in ("json", "jsonl"):
            document = result.json() if output == "json" else result.lines()[-1]
            validate(document)
            [entry] = document["backups"]
            assert entry["outcome"] == "planned"
            assert entry["sent"] == "no"
            assert entry["http"] == {"method": "POST", "url": url, "body": body}
        elif output == "id":
            assert result.out == ""
        else:
            shown = result.out + result.err
            assert f"POST {url}\n" in shown
            assert json.loads(shown[shown.index("{") : shown.rindex("}") + 1]) == body
    assert scripted.asked == []


def test_a_dry_run_sends_what_it_shows(scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.POST, cbr.posted())
    args = [
        "backup",
        "--vault",
        VAULT_BE94,
        "--name",
        "备份",
        "--no-marker",
        "--retention-days",
        "7",
        "--no-wait",
        "-o",
        "json",
    ]
    planned = run(*args, "--dry-run").json()["backups"][0]
    sent = run(*args).json()["backups"][0]
    assert [a.json() for a in scripted.asked] == [planned["http"]["body"]]
    assert planned["request"] == sent["request"]


def test_several_vaults_are_summed_up(cloud: Cloud, run_tty: Run) -> None:
    result = run_tty("backup", "--vault", "vault-be94", "--vault", "vault-full")
    assert result.out.rstrip().endswith("2 vaults: 1 refused, 1 completed"), result.out
    assert "vaults:" not in run_tty("backup", "--vault", "vault-be94").out
