"""Between the look and the POST time passes: another machine may have sent the backup, or the vault may be busy with it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cbrctl.ids import derive_op_id
from tests.support import cbr
from tests.support.logins import LOGIN, USER, issued
from tests.support.program import Result, Run
from tests.support.schemas import validate
from tests.support.scripted import Answer, Asked, Scripted
from tests.support.state import read_journal

pytestmark = pytest.mark.long

KEY = "nightly"
OP = derive_op_id(cbr.PROJECT, cbr.VAULT, KEY)
KEYED = ("backup", "--vault", cbr.VAULT, "--run-key", KEY, "-o", "json")
KEYLESS = ("backup", "--vault", cbr.VAULT, "-o", "json")
THEIRS = "8b0851a8-adf3-4f4c-a914-00000000beef"
EMPTY = "8b0851a8-adf3-4f4c-a914-00000000e321"
NO_TASKS = {"operation_logs": [], "count": 0}


def refusal(code: str, status: int = 400, **headers: str) -> Answer:
    return Answer(
        status, {"error_code": code, "error_msg": "says so"}, {k.replace("_", "-"): v for k, v in headers.items()}
    )


BUSY = refusal("BackupService.1001")


def vault_of(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"id": cbr.VAULT, "name": "vault-be94", "resources": list(resources), "billing": {"protect_type": "backup"}}


def entry_of(result: Result) -> dict[str, Any]:
    assert "Traceback" not in result.err
    document = result.json()
    validate(document)
    [entry] = document["backups"]
    return dict(entry)


class World:
    """A service that can be backed up by somebody else at any time, and that shows what was begun."""

    def __init__(self, scripted: Scripted) -> None:
        self.scripted = scripted
        self.begun: list[tuple[str, str]] = []
        """Checkpoint and name of each backup that is listed."""
        self.running = False
        scripted.on(cbr.COPIES, Answer(200, self._copies))
        scripted.on(cbr.TASKS, Answer(200, self._tasks))
        scripted.on(cbr.SHOW, Answer(200, self._checkpoint))
        scripted.on(cbr.VAULTS + f"/{cbr.VAULT}", Answer(200, self._vault))

    def begin(self, checkpoint_id: str = THEIRS, name: str = f"cbrctl-{OP}-ABCD") -> None:
        """Somebody begins a backup, and it is done."""
        self.begun.append((checkpoint_id, name))

    def accept(self, checkpoint_id: str = cbr.CHECKPOINT) -> Callable[[Asked], Any]:
        """Answer a POST by doing it."""

        def answer(asked: Asked) -> Any:
            name = asked.json()["checkpoint"]["parameters"]["name"]
            self.begin(checkpoint_id, name)
            return cbr.posted(id=checkpoint_id, extra_info={"name": name, "description": "", "retention_duration": -1})

        return answer

    @property
    def posts(self) -> int:
        return self.scripted.count(cbr.POST)

    def _copies(self, asked: Asked) -> Any:
        rows = []
        for number, (checkpoint_id, name) in enumerate(self.begun):
            [row] = cbr.copies((cbr.SERVER, "protecting" if self.running else "available"))["backups"]
            rows.append(
                {**row, "id": f"c0000000-0000-4000-8000-{number:012}", "checkpoint_id": checkpoint_id, "name": name}
            )
        if "status=" in asked.query:
            rows = [row for row in rows if f"status={row['status']}" in asked.query]
        return {"backups": rows, "count": len(rows)}

    def _tasks(self, asked: Asked) -> Any:
        if not self.running or ("status=" in asked.query and "status=running" not in asked.query):
            return NO_TASKS
        return cbr.tasks((cbr.SERVER, "running", 10, "", ""))

    def _checkpoint(self, asked: Asked) -> Any:
        body = cbr.shown("protecting" if self.running else "available")
        body["checkpoint"]["id"] = asked.path.rpartition("/")[2]
        return body

    def _vault(self, asked: Asked) -> Any:
        status = "protecting" if self.running else "available"
        return {"vault": {"id": cbr.VAULT, "name": "vault-be94", "resources": [cbr.resource(status=status)]}}


@pytest.fixture
def world(scripted: Scripted) -> World:
    return World(scripted)


# another machine did it meanwhile ---------------------------------------------------------------------------------


def test_before_a_request_a_key_is_looked_for_on_any_day(world: World, scripted: Scripted, run: Run) -> None:
    """The backup that it means may be weeks old: no list is asked for a time."""
    scripted.on(cbr.POST, Answer(200, world.accept()))
    assert run(*KEYED).code == 0
    paths = [f"{asked.method} {asked.path}" for asked in scripted.asked]
    before = scripted.asked[
        : next(at for at, path in enumerate(paths) if path.startswith("POST") and "checkpoints" in path)
    ]
    lists = [asked.query for asked in before if asked.path.endswith(("/backups", "/operation-logs"))]
    assert len(lists) >= 2
    assert [query for query in lists if "start_time" in query] == []


@pytest.mark.parametrize("pause", ["30", "1"])
def test_after_a_pause_for_rate_the_marker_is_looked_for_again(
    pause: str, world: World, scripted: Scripted, run: Run
) -> None:
    scripted.on(
        cbr.POST,
        refusal("APIGW.0308", 429, Retry_After=pause)._replace(before=world.begin),
        Answer(200, world.accept()),
    )
    entry = entry_of(run(*KEYED))
    assert (entry["outcome"], entry["checkpoint"]["id"], world.posts) == ("completed", THEIRS, 1)
    assert (entry["attached"], entry["request"]) == (True, None)


@pytest.mark.parametrize("described", [False, True])
def test_copies_that_tell_of_no_description_prove_nothing_of_a_named_key(
    described: bool, world: World, scripted: Scripted, run: Run
) -> None:
    """The marker of a backup that was given a name stands in its description alone."""

    def listed(asked: Asked) -> Any:
        rows = world._copies(asked)["backups"]
        return {"backups": [{**row, "description": ""} if described else row for row in rows], "count": len(rows)}

    world.begin(THEIRS, "mine")
    scripted.on(cbr.COPIES, Answer(200, listed))
    scripted.on(cbr.POST, Answer(200, world.accept()))
    result = run(*KEYED, "--name", "mine")
    assert (result.code, world.posts) == ((0, 1) if described else (7, 0)), result.err


@pytest.mark.parametrize("command", [KEYED, KEYLESS], ids=["with a key", "without"])
@pytest.mark.parametrize("shows", ["nowhere", "at once", "late"])
def test_a_refused_token_is_renewed_and_nothing_is_sent_twice(
    shows: str, command: tuple[str, ...], world: World, scripted: Scripted, run: Run
) -> None:
    """That a gateway refuses a token before it passes a request on is what they do, and no promise."""
    refuse(world, scripted, None if shows == "nowhere" else 6 if shows == "late" else 0)
    result = run(*command, env=USER)
    carried_out = shows != "nowhere"
    assert (result.code, world.posts, len(world.begun)) == (0, 2 - carried_out, 1)
    assert entry_of(result)["checkpoint"]["id"] == (THEIRS if carried_out else cbr.CHECKPOINT)
    assert scripted.count(LOGIN) == 2


def refuse(world: World, scripted: Scripted, lag: int | None) -> None:
    """Refuse the first POST for its token, and carry it out all the same: after `lag` lists it shows. None: refuse it."""
    start, lists = world.accept(THEIRS), [0]

    def answer(asked: Asked) -> Any:
        if lag is not None:
            start(asked)
        return refusal("APIGW.0301").body

    def copies(asked: Asked) -> Any:
        lists[0] += bool(world.begun)
        return world._copies(asked) if lag is None or lists[0] > lag else {"backups": [], "count": 0}

    scripted.on(cbr.POST, Answer(401, answer), Answer(200, world.accept()))
    scripted.on(cbr.COPIES, Answer(200, copies))
    scripted.on(LOGIN, issued("first-token"), issued("second-token"))


@pytest.mark.parametrize("command", [KEYED, KEYLESS], ids=["with a key", "without"])
@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("which", ["a token that is given", "the second of two"])
def test_a_401_that_ends_it_is_believed_only_when_nothing_shows(
    which: str, done: bool, command: tuple[str, ...], world: World, scripted: Scripted, run: Run
) -> None:
    start = world.accept(THEIRS)

    def answer(asked: Asked) -> Any:
        if done:
            start(asked)
        return refusal("APIGW.0301").body

    refused = refusal("APIGW.0301", 401)
    given = which == "a token that is given"
    scripted.on(cbr.POST, *([] if given else [refused]), Answer(401, answer))
    scripted.on(LOGIN, issued("first-token"), issued("second-token"))
    result = run(*command, env={} if given else USER)
    entry = entry_of(result)
    assert (result.code, world.posts, len(world.begun)) == (0 if done else 12, 1 if given else 2, int(done))
    assert (entry["outcome"], entry["sent"]) == (("completed", "yes") if done else ("error", "no"))


def test_a_token_that_reads_nothing_either_is_told_at_once(world: World, scripted: Scripted, run: Run) -> None:
    for path in (cbr.POST, cbr.COPIES, cbr.TASKS):
        scripted.on(path, refusal("APIGW.0301", 401))
    result = run(*KEYLESS)
    assert (result.code, entry_of(result)["sent"], world.posts) == (12, "no", 1)
    assert len(scripted.asked) <= 5


def test_after_a_refused_token_a_list_that_does_not_answer_leaves_it_open(
    world: World, scripted: Scripted, run: Run
) -> None:
    refuse(world, scripted, 0)
    seen = Answer(200, world._copies)
    unreadable = Answer(500, {"error_code": "BackupService.9900", "error_msg": "x"})
    scripted.on(cbr.COPIES, Answer(200, lambda asked: world._copies(asked) if not world.begun else None))
    scripted.on(cbr.TASKS, unreadable)
    result = run(*KEYLESS, env=USER)
    entry = entry_of(result)
    assert (result.code, entry["outcome"], entry["sent"], world.posts) == (6, "unknown", "unknown", 1)
    assert "refused for its token" in entry["error"]["message"]
    scripted.on(cbr.COPIES, seen)
    scripted.on(cbr.TASKS, NO_TASKS)
    again = entry_of(run(*KEYLESS, env=USER))
    assert (again["outcome"], world.posts, len(world.begun)) == ("completed", 2, 2), (
        "the first is settled, this is a new one"
    )
    assert run("history", "-o", "json", env=USER).json()["items"][1]["checkpoint_id"] == THEIRS


def test_a_new_token_that_is_refused_for_the_request_alone_is_no_reason_for_a_third(
    world: World, scripted: Scripted, run: Run
) -> None:
    scripted.on(cbr.POST, refusal("APIGW.0301", 401))
    scripted.on(LOGIN, *(issued(f"number-{n}") for n in range(9)))
    result = run(*KEYED, env=USER)
    entry = entry_of(result)
    assert (result.code, entry["outcome"], entry["sent"]) == (12, "error", "no")
    assert (world.posts, world.begun) == (2, [])
    assert scripted.count(LOGIN) <= 3


def test_a_pause_for_rate_without_another_machine_sends(world: World, scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.POST, refusal("APIGW.0308", 429, Retry_After="30"), Answer(200, world.accept()))
    entry = entry_of(run(*KEYED))
    assert (entry["outcome"], entry["attached"], world.posts) == ("completed", False, 2)


def test_a_machine_that_slept_while_it_connected_looks_again(world: World, scripted: Scripted, run: Run) -> None:
    """The reads share a connection and the POST has its own: the second one took a minute, in which others sent."""
    looks: list[str] = []

    def listed(asked: Asked) -> Any:
        looks.append(asked.query)
        if len(looks) == 4:  # the first look is over
            world.begin()
        return world._copies(asked)

    scripted.on(cbr.COPIES, Answer(200, listed))
    scripted.on(cbr.POST, Answer(200, world.accept()))
    entry = entry_of(run(*KEYED, env={"TEST_STALL": "2:60"}))
    assert (entry["outcome"], entry["checkpoint"]["id"], world.posts) == ("completed", THEIRS, 0)


def test_a_look_is_as_old_as_the_first_list_that_it_read(world: World, scripted: Scripted, run: Run) -> None:
    """While tasks are asked for, another machine starts the backup of the key with a name: no task shows its marker then."""

    def copy_list(asked: Asked) -> Any:
        answer = world._copies(asked)
        for row in answer["backups"]:
            row["description"] = f"by hand [cbrctl:{OP}-ABCD]"
        return answer

    def task_list(asked: Asked) -> Any:
        if not world.begun:
            world.begin(THEIRS, "mine")
        return NO_TASKS

    scripted.on(cbr.COPIES, *[Answer(200, copy_list, end="fin")] * 3, Answer(200, copy_list))
    scripted.on(cbr.TASKS, Answer(200, task_list))
    scripted.on(cbr.POST, Answer(200, world.accept()))
    # the lists of copies close their connections: the third is that of what is asked for after them
    entry = entry_of(run(*KEYED, env={"TEST_STALL": "3:60"}))
    assert (entry["checkpoint"]["id"], entry["attached"], world.posts) == (THEIRS, True, 0)


def test_a_machine_that_slept_sends_where_nobody_else_did(world: World, scripted: Scripted, run: Run) -> None:
    scripted.on(cbr.POST, Answer(200, world.accept()))
    entry = entry_of(run(*KEYED, env={"TEST_STALL": "2:60"}))
    assert (entry["outcome"], entry["checkpoint"]["id"], world.posts) == ("completed", cbr.CHECKPOINT, 1)


def test_a_request_that_left_late_is_not_given_up_early(
    world: World, scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    """The machine slept between the record and the request, which was lost: its quarter of an hour begins when it left."""
    here = {"CBRCTL_STATE_DIR": str(tmp_path / "here")}
    scripted.on(cbr.POST, refusal("APIGW.0201", 504), Answer(200, world.accept()))
    entry = entry_of(run(*KEYLESS, "--settle", "5s", env={**here, "TEST_STALL": "1:1000"}))
    assert (entry["outcome"], world.posts) == ("unknown", 1)
    entry = entry_of(run(*KEYLESS, "--settle", "0s", env={**here, "TEST_CLOCK_PASSED": "1100"}))
    assert (entry["outcome"], entry["sent"], world.posts) == ("unknown", "no", 1)


@pytest.mark.parametrize("code", ["1001", "BackupService.0001", "BackupService.6125"])
def test_who_waited_for_a_busy_vault_looks_again(code: str, world: World, scripted: Scripted, run: Run) -> None:
    """The vault is busy with another backup; while it is, another machine's turn comes first."""
    world.running = True
    asked: list[int] = []

    def task_list(request: Asked) -> Any:
        asked.append(1)
        if len(asked) == 30:
            world.running = False
            world.begin()
        return world._tasks(request)

    scripted.on(cbr.TASKS, Answer(200, task_list))
    scripted.on(cbr.POST, refusal(code), Answer(200, world.accept()))
    entry = entry_of(run(*KEYED, "--if-busy", "wait"))
    assert (entry["outcome"], entry["checkpoint"]["id"], world.posts) == ("completed", THEIRS, 1)


def test_a_second_checkpoint_of_the_key_is_told(world: World, scripted: Scripted, run: Run, tmp_path: Path) -> None:
    """Two machines at the same instant: nothing can keep them apart, so every run from then on says it."""

    def both(asked: Asked) -> Any:
        world.begin()
        return world.accept()(asked)

    scripted.on(cbr.POST, Answer(200, both))
    result = run(*KEYED)
    assert (result.code, world.posts) == (0, 1)
    assert [w for w in entry_of(result)["warnings"] if THEIRS in w], result.err
    for name in ("same", "fresh"):
        env = {} if name == "same" else {"CBRCTL_STATE_DIR": str(tmp_path / name)}
        again = entry_of(run(*KEYED, env=env))
        [other] = {cbr.CHECKPOINT, THEIRS} - {again["checkpoint"]["id"]}
        assert any(other in warning for warning in again["warnings"])
    assert world.posts == 1


# a busy vault is waited for by reading -----------------------------------------------------------------------------


@pytest.mark.heavy
@pytest.mark.parametrize("options", [KEYED, KEYLESS], ids=["keyed", "keyless"])
@pytest.mark.parametrize("form", ["refused", "skipped"])
def test_wait_sends_again_only_when_the_vault_is_free(
    form: str, options: tuple[str, ...], world: World, scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    world.running = True
    reads: list[str] = []

    def vault(asked: Asked) -> Any:
        reads.append(asked.path)
        world.running = len(reads) < 12
        return world._vault(asked)

    scripted.on(cbr.VAULTS + f"/{cbr.VAULT}", Answer(200, vault))
    skipped = [{"id": cbr.SERVER, "name": "a", "code": "BackupService.2002", "reason": "it is being backed up"}]
    busy = (
        BUSY
        if form == "refused"
        else Answer(200, cbr.posted(id=EMPTY, resources=[], skipped_resources=skipped, extra_info=None))
    )
    scripted.on(cbr.POST, busy, Answer(200, world.accept()))
    result = run(*options, "--if-busy", "wait")
    entry = entry_of(result)
    assert (entry["outcome"], entry["checkpoint"]["id"], world.posts) == ("completed", cbr.CHECKPOINT, 2), result.err
    assert entry["skipped_resources"] == []
    [row] = read_journal(tmp_path / "home/.local/state/cbrctl/journal.db")
    assert (row["state"], row["checkpoint_id"]) == ("completed", cbr.CHECKPOINT)


@pytest.mark.heavy
@pytest.mark.parametrize("options", [KEYED, KEYLESS], ids=["keyed", "keyless"])
@pytest.mark.parametrize("form", ["refused", "skipped"])
@pytest.mark.parametrize("readable", [True, False])
def test_a_vault_that_is_never_free_gets_twenty_requests(
    readable: bool, form: str, options: tuple[str, ...], world: World, scripted: Scripted, run: Run
) -> None:
    """Whatever the service answers: what can be read says that it is free, and the POST that it is not."""
    skipped = [{"id": cbr.SERVER, "code": "BackupService.2002", "reason": "it is being backed up"}]
    scripted.on(
        cbr.POST,
        BUSY if form == "refused" else cbr.posted(id=EMPTY, resources=[], skipped_resources=skipped, extra_info=None),
    )
    if not readable:
        scripted.on(cbr.VAULTS + f"/{cbr.VAULT}", refusal("APIGW.0302", 403))
        if "--run-key" not in options:
            scripted.on(cbr.COPIES, refusal("APIGW.0302", 403))
            scripted.on(cbr.TASKS, refusal("APIGW.0302", 403))
    result = run(*options, "--if-busy", "wait", "--timeout", "2d")
    entry = entry_of(result)
    assert (result.code, entry["outcome"], world.posts) == (11, "refused", 20), result.err


def test_an_answer_that_skipped_all_as_busy_is_no_backup_of_the_key(world: World, scripted: Scripted, run: Run) -> None:
    """The key may be sent again."""
    skipped = [{"id": cbr.SERVER, "code": "BackupService.2002", "reason": "it is being backed up"}]
    scripted.on(cbr.POST, cbr.posted(id=EMPTY, resources=[], skipped_resources=skipped, extra_info=None))
    assert run(*KEYED).code == 11
    scripted.on(cbr.POST, Answer(200, world.accept()))
    entry = entry_of(run(*KEYED))
    assert (entry["outcome"], entry["checkpoint"]["id"], world.posts) == ("completed", cbr.CHECKPOINT, 2)


# a refusal that is none ---------------------------------------------------------------------------------------------


@pytest.mark.heavy
@pytest.mark.parametrize(
    "code",
    [
        "BackupService.9910",
        "BackupService.6208",
        "BackupService.6132",
        "IAM.0006",
        "APIGW.0201",
        "APIGW.0613",
        "APIGW.0605",
    ],
)
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_fault_of_the_server_is_no_refusal(
    code: str, status: int, world: World, scripted: Scripted, run: Run
) -> None:
    def execute(asked: Asked) -> Any:
        world.accept()(asked)
        return {"error_code": code, "error_msg": "x"}

    scripted.on(cbr.POST, Answer(status, execute))
    entry = entry_of(run(*KEYLESS))
    assert (entry["outcome"], entry["sent"], entry["checkpoint"]["id"], world.posts) == (
        "completed",
        "yes",
        cbr.CHECKPOINT,
        1,
    )


@pytest.mark.parametrize(
    ("code", "exit_code"), [("BackupService.0002", 11), ("BackupService.9998", 12), ("BackupService.6137", 14)]
)
def test_what_says_why_nothing_was_begun_is_one(
    code: str, exit_code: int, world: World, scripted: Scripted, run: Run
) -> None:
    scripted.on(cbr.POST, refusal(code, 500))
    entry = entry_of(run(*KEYLESS))
    assert (entry["exit_code"], entry["sent"], world.posts) == (exit_code, "no", 1)


@pytest.mark.parametrize("form", ["refused", "skipped"])
@pytest.mark.parametrize("options", [KEYED, KEYLESS], ids=["keyed", "keyless"])
def test_a_vault_that_is_busy_with_the_request_itself(
    options: tuple[str, ...], form: str, world: World, scripted: Scripted, run: Run
) -> None:
    """A proxy repeats the request: the first is executed, the second refused for its sake, and the lists are late."""
    late: list[str] = []
    skipped = [{"id": cbr.SERVER, "code": "BackupService.2002", "reason": "it is being backed up"}]

    def execute(asked: Asked) -> Any:
        late.append(asked.json()["checkpoint"]["parameters"]["name"])
        if form == "refused":
            return {"error_code": "BackupService.1001", "error_msg": "x"}
        return cbr.posted(id=EMPTY, resources=[], skipped_resources=skipped, extra_info=None)

    def task_list(asked: Asked) -> Any:
        if late:
            late.append("")
        if len(late) == 4:
            world.begin(cbr.CHECKPOINT, late[0])
        return NO_TASKS

    scripted.on(cbr.TASKS, Answer(200, task_list))
    scripted.on(cbr.POST, Answer(400 if form == "refused" else 200, execute))
    entry = entry_of(run(*options))
    assert (entry["outcome"], entry["checkpoint"]["id"], entry["sent"], world.posts) == (
        "completed",
        cbr.CHECKPOINT,
        "yes",
        1,
    )


def test_the_keys_own_backup_in_the_way_is_taken(world: World, scripted: Scripted, run: Run) -> None:
    """Another machine sent it at the same instant, and its lists lag: it shows only when somebody asks what is running."""

    def task_list(asked: Asked) -> Any:
        if world.posts and "status=" in asked.query and not world.begun:
            world.begin()
            row = cbr.tasks((cbr.SERVER, "running", 10, "", ""))
            row["operation_logs"][0]["checkpoint_id"] = THEIRS
            row["operation_logs"][0]["extra_info"]["backup"]["backup_name"] = f"cbrctl-{OP}-ABCD"
            return row
        return NO_TASKS

    scripted.on(cbr.TASKS, Answer(200, task_list))
    scripted.on(cbr.POST, BUSY)
    result = run(*KEYED)
    entry = entry_of(result)
    assert (entry["outcome"], entry["attached"], world.posts) == ("completed", True, 1), result.err
    assert entry["checkpoint"]["id"] == THEIRS


def test_a_known_backup_of_the_key_waits_for_no_other(world: World, scripted: Scripted, run: Run) -> None:
    """Nothing is sent for it, so what another run left open need not be settled first, and is not said of it."""
    scripted.on(cbr.POST, Answer(200, world.accept()), Answer(raw=b"", end="fin"))
    first = entry_of(run(*KEYED, "--no-wait"))
    assert entry_of(run(*KEYLESS, "--settle", "0s"))["outcome"] == "unknown"
    for pattern in (cbr.COPIES, cbr.TASKS):
        scripted.on(pattern, Answer(503, b""))
    again = entry_of(run(*KEYED, "--no-wait", "--settle", "0s"))
    assert (again["outcome"], again["attached"], again["sent"]) == ("completed", True, "yes")
    assert (again["checkpoint"]["id"], world.posts) == (first["checkpoint"]["id"], 2)


def test_a_key_finds_its_backup_whatever_else_is_open(
    world: World, scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    """Another machine has done it: nothing is to be sent, so the open op of this machine need not be settled first."""
    here = {"CBRCTL_STATE_DIR": str(tmp_path / "here")}
    scripted.on(cbr.POST, Answer(raw=b"", end="fin"), Answer(200, world.accept()))
    assert entry_of(run(*KEYLESS, "--settle", "0s", env=here))["outcome"] == "unknown"
    assert entry_of(run(*KEYED))["outcome"] == "completed"
    result = run(*KEYED, env=here)
    entry = entry_of(result)
    assert (entry["outcome"], entry["attached"], entry["sent"], world.posts) == ("completed", True, "yes", 2)
    assert "was there already, since 2019-05-10T07:59:1" in result.err
    # where it is not there yet, what is open keeps it from being sent
    other = entry_of(
        run("backup", "--vault", cbr.VAULT, "--run-key", "other", "--settle", "0s", "-o", "json", env=here)
    )
    assert (other["outcome"], other["sent"], world.posts) == ("unknown", "no", 2)


@pytest.mark.parametrize("how", ["resume", "wait"])
def test_a_found_backup_is_shown_whole_later(
    how: str, world: World, scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    """One resource was skipped, which the finder knows from what was wanted; so do its later commands."""
    there = {"CBRCTL_STATE_DIR": str(tmp_path / "there")}
    scripted.on(cbr.VAULTS, {"vaults": [vault := vault_of(cbr.resource(), cbr.resource(cbr.SERVER_2))], "count": 1})
    scripted.on(cbr.VAULTS + f"/{cbr.VAULT}", {"vault": vault})
    scripted.on(cbr.POST, Answer(200, world.accept()))
    by_name = ("backup", "--vault", "vault-be94", "--run-key", KEY, "-o", "json")
    run(*by_name)
    found = entry_of(run(*by_name, env=there))
    assert (found["outcome"], [s["id"] for s in found["skipped_resources"]]) == ("partial", [cbr.SERVER_2])
    target = found["op_id"] if how == "resume" else cbr.CHECKPOINT
    for told, code in (((), 3), (("--on-skip", "ignore"), 0), (("--on-skip", "fail"), 3)):
        later = entry_of(run(how, target, *told, "-o", "json", env=there))
        assert (later["exit_code"], len(later["resources"]), len(later["skipped_resources"])) == (code, 1, 1)
        assert later["warnings"] == []


def test_a_refused_process_leaves_what_another_has_started_meanwhile(
    world: World, scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    """Two of this machine with the same key: when the first tells that it was refused, the second has been accepted."""
    others: list[Result] = []

    def task_list(asked: Asked) -> Any:
        if world.posts == 1 and "status=" in asked.query and not others:
            scripted.on(cbr.TASKS, NO_TASKS)
            others.append(run(*KEYED, "--no-wait"))
        return NO_TASKS

    scripted.on(cbr.TASKS, Answer(200, task_list))
    scripted.on(cbr.POST, BUSY, Answer(200, world.accept()))
    first = entry_of(run(*KEYED))
    assert (first["outcome"], first["exit_code"], entry_of(others[0])["outcome"]) == ("refused", 11, "accepted")
    [row] = read_journal(tmp_path / "home/.local/state/cbrctl/journal.db")
    assert (row["state"], row["checkpoint_id"], world.posts) == ("accepted", cbr.CHECKPOINT, 2)


def test_what_was_found_and_cannot_be_looked_at_was_accepted(world: World, scripted: Scripted, run: Run) -> None:
    """The answer is lost, the marker found, and then the address offers nothing: the code is never that of a refusal."""
    gone = refusal("APIGW.0101", 404)

    def copy_list(asked: Asked) -> Any:
        if world.posts:
            for pattern in (cbr.SHOW, cbr.COPIES, cbr.TASKS):
                scripted.on(pattern, gone)
        return world._copies(asked)

    scripted.on(cbr.COPIES, Answer(200, copy_list))
    scripted.on(cbr.POST, Answer(200, world.accept(), raw=b"", end="fin"))
    result = run(*KEYLESS, "--no-wait")
    entry = entry_of(result)
    assert (entry["outcome"], entry["exit_code"], entry["error"]) == ("accepted", 0, None), result.err
    assert entry["checkpoint"]["id"] == cbr.CHECKPOINT
    entry = entry_of(run("resume", "--no-wait", "-o", "json"))
    assert (entry["outcome"], entry["exit_code"], entry["error"]["kind"]) == ("pending", 7, "unreachable")


@pytest.mark.parametrize(
    "bad",
    [
        Answer(503, b"x"),
        Answer(404, b"<html>no route</html>"),
        refusal("APIGW.0101", 404),
        refusal("BackupService.9900"),
        Answer(200, {"backups": [None], "count": 1}),
    ],
    ids=["503", "404 of a proxy", "404 of the gateway", "400", "not whole"],
)
def test_a_busy_vault_whose_lists_do_not_answer_is_not_called_refused(
    bad: Answer, world: World, scripted: Scripted, run: Run
) -> None:
    scripted.on(cbr.POST, BUSY)
    scripted.on(cbr.COPIES, bad)
    entry = entry_of(run(*KEYLESS))
    assert (entry["outcome"], entry["exit_code"], entry["sent"], world.posts) == ("unknown", 6, "unknown", 1)


def test_busy_is_not_believed_where_the_list_that_would_show_it_is_barred(
    world: World, scripted: Scripted, run: Run
) -> None:
    """The user gave a name: the marker stands in the description, which copies alone show."""
    scripted.on(cbr.POST, BUSY)
    scripted.on(cbr.COPIES, refusal("APIGW.0302", 403))
    entry = entry_of(run(*KEYLESS, "--name", "n", "--if-busy", "wait"))
    assert (entry["outcome"], entry["exit_code"], entry["sent"], world.posts) == ("unknown", 6, "unknown", 1)


@pytest.mark.parametrize("how", ["wait", "attach"])
def test_a_busy_vault_that_proves_busy_with_the_request_itself(
    how: str, world: World, scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    """The marker shows when the refusal was believed already: it is looked for again before another POST, also without a key."""

    def execute(asked: Asked) -> Any:
        world.running = True
        names.append(asked.json()["checkpoint"]["parameters"]["name"])
        return {"error_code": "BackupService.1001", "error_msg": "x"}

    def task_list(asked: Asked) -> Any:
        looks.append(1)
        if names and "status=running" in asked.query and len(looks) > 6:
            if not world.begun:
                world.begin(cbr.CHECKPOINT, names[0])
            elif how == "wait":
                world.running = False
        return NO_TASKS

    names: list[str] = []
    looks: list[int] = []
    scripted.on(cbr.TASKS, Answer(200, task_list))
    scripted.on(cbr.POST, Answer(400, execute), Answer(200, world.accept(THEIRS)))
    entry = entry_of(run(*KEYLESS, "--if-busy", how))
    if how == "wait":
        assert (entry["outcome"], entry["attached"], entry["sent"]) == ("completed", False, "yes")
        assert (entry["checkpoint"]["id"], world.posts) == (cbr.CHECKPOINT, 1)
    else:
        assert (entry["outcome"], world.posts) == ("refused", 1)


@pytest.mark.parametrize(("digest", "theirs"), [("ABCD", True), ("", False)])
@pytest.mark.parametrize("answer", ["busy", "lost"])
def test_what_the_answer_does_not_tell_may_be_anothers(
    answer: str, digest: str, theirs: bool, world: World, scripted: Scripted, run: Run
) -> None:
    """A key's backup is found after the request: whose it is, its digest tells."""

    def execute(asked: Asked) -> Any:
        name = asked.json()["checkpoint"]["parameters"]["name"]
        world.begin(THEIRS, f"cbrctl-{OP}-{digest}" if digest else name)
        return {"error_code": "BackupService.1001", "error_msg": "x"}

    scripted.on(cbr.POST, Answer(400 if answer == "busy" else 504, execute))
    result = run(*KEYED)
    entry = entry_of(result)
    assert (entry["outcome"], entry["checkpoint"]["id"], entry["attached"], world.posts) == (
        "completed",
        THEIRS,
        theirs,
        1,
    )
    assert (entry["request"] is None) == theirs
    assert ("other options" in result.err) == bool(digest)
    assert ("no new backup was started" in result.err) == theirs
    [row] = run("history", "-o", "json").json()["items"]
    assert row["attached"] == theirs


def test_attach_waits_for_what_lists_show_late_and_starts_none(world: World, scripted: Scripted, run: Run) -> None:
    def task_list(asked: Asked) -> Any:
        if "status=" in asked.query:
            looks.append(1)
        if len(looks) > 6 and "status=running" in asked.query:
            return cbr.tasks((cbr.SERVER, "running", 10, "", ""))
        return (
            cbr.tasks((cbr.SERVER, "success", 100, "", ""))
            if len(looks) > 6 and "status=" not in asked.query
            else NO_TASKS
        )

    looks: list[int] = []
    world.begin(cbr.CHECKPOINT, "autobk_9f3e")
    scripted.on(cbr.TASKS, Answer(200, task_list))
    scripted.on(cbr.POST, BUSY)
    entry = entry_of(run(*KEYLESS, "--if-busy", "attach"))
    assert (entry["outcome"], entry["attached"], entry["op_id"], world.posts) == ("completed", True, None, 1)


@pytest.mark.parametrize("code", [None, "", "BackupService.7101"])
@pytest.mark.parametrize("options", [KEYED, KEYLESS], ids=["keyed", "keyless"])
def test_an_answer_that_skips_all_may_be_the_echo_whatever_it_says(
    options: tuple[str, ...], code: str | None, world: World, scripted: Scripted, run: Run
) -> None:
    skipped = [{"id": cbr.SERVER, "name": "a", "code": code, "reason": "x"}]

    def execute(asked: Asked) -> Any:
        world.begin(cbr.CHECKPOINT, asked.json()["checkpoint"]["parameters"]["name"])
        return cbr.posted(id=EMPTY, resources=[], skipped_resources=skipped, extra_info=None)

    scripted.on(cbr.POST, Answer(200, execute))
    entry = entry_of(run(*options))
    assert (entry["outcome"], entry["checkpoint"]["id"], world.posts) == ("completed", cbr.CHECKPOINT, 1)
    assert entry["warnings"] == []


@pytest.mark.parametrize("field", ["name", "description"])
def test_an_answer_with_another_backups_marker_is_ambiguous(
    field: str, world: World, scripted: Scripted, run: Run
) -> None:
    """The body of an older backup, of a cache or a confused gateway."""
    other = {"name": "x", "description": "", "retention_duration": -1, field: "cbrctl-7BC330PNRW9Y9K3J5D0VQZ4XMT-ABCD"}
    scripted.on(cbr.POST, Answer(200, cbr.posted(id=THEIRS, extra_info=other)))
    entry = entry_of(run(*KEYLESS, "--settle", "3s"))
    assert (entry["outcome"], entry["sent"], world.posts) == ("unknown", "unknown", 1)


# without a key --------------------------------------------------------------------------------------------------------


UNSEEN = {
    "its own 404": refusal("BackupService.6217", 404),
    "a gateway's 404": Answer(404, {"message": "no Route matched with those values"}),
    "503": Answer(503, b"x"),
    "cut": Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Le", end="fin"),
    "another": cbr.shown("available"),
}


@pytest.mark.parametrize("unseen", UNSEEN.values(), ids=UNSEEN)
def test_an_earlier_backup_that_cannot_be_seen_lets_none_be_sent(
    unseen: Any, world: World, scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    scripted.on(cbr.POST, Answer(200, world.accept(THEIRS)), Answer(200, world.accept()))
    assert run(*KEYLESS, "--no-wait").code == 0
    world.begun.clear()
    scripted.on(cbr.SHOW, unseen)
    scripted.on(cbr.COPIES, cbr.copies(), *([] if unseen is UNSEEN["its own 404"] else [Answer(503, b"x")]))
    scripted.on(cbr.TASKS, NO_TASKS)
    result = run(*KEYLESS, "--settle", "10s", "--no-wait")
    entry = entry_of(result)
    assert (result.code, entry["outcome"], entry["sent"], entry["op_id"]) == (6, "unknown", "no", None), result.err
    [row] = read_journal(tmp_path / "home/.local/state/cbrctl/journal.db")
    assert (row["state"], row["op_id"] in entry["error"]["message"], world.posts) == ("accepted", True, 1)


def test_an_earlier_backup_that_is_gone_for_a_minute_lets_another_be_sent(
    world: World, scripted: Scripted, run: Run, tmp_path: Path
) -> None:
    scripted.on(cbr.POST, Answer(200, world.accept(THEIRS)), Answer(200, world.accept()))
    assert run(*KEYLESS, "--no-wait").code == 0
    world.begun.clear()
    scripted.on(cbr.SHOW, refusal("BackupService.6217", 404))
    result = run(*KEYLESS, "--no-wait")
    assert (result.code, world.posts) == (0, 2), result.err
    assert [row["state"] for row in read_journal(tmp_path / "home/.local/state/cbrctl/journal.db")] == [
        "failed",
        "accepted",
    ]


def test_the_order_of_volumes_makes_no_other_request(world: World, scripted: Scripted, run: Run) -> None:
    listed = {
        "id": cbr.VAULT,
        "name": "vault-be94",
        "resources": [cbr.resource(), cbr.resource(cbr.SERVER_2, name="db")],
    }
    scripted.on(cbr.VAULTS + f"/{cbr.VAULT}", {"vault": listed})
    world.running = True
    scripted.on(cbr.POST, Answer(200, world.accept()))
    volumes = [f"{cbr.SERVER}:d0000000-1111-4000-8000-00000000000{n}" for n in (1, 2)]
    first = [word for volume in volumes for word in ("--exclude-volume", volume)]
    again = [word for volume in reversed(volumes) for word in ("--exclude-volume", volume)]
    assert run(*KEYLESS, "--no-wait", *first).code == 0
    entry = entry_of(run(*KEYLESS, "--no-wait", *again))
    assert (entry["attached"], world.posts) == (True, 1)


def test_a_users_name_that_looks_like_a_marker_is_a_name(world: World, scripted: Scripted, run: Run) -> None:
    world.running = True
    scripted.on(cbr.POST, Answer(200, world.accept()))
    names = [f"cbrctl-{OP}", f"cbrctl-{OP[:-1]}{'0' if OP[-1] != '0' else '1'}"]
    assert run(*KEYLESS, "--no-wait", "--name", names[0]).code == 0
    scripted.on(cbr.POST, BUSY)
    assert run(*KEYLESS, "--no-wait", "--name", names[1]).code == 11
    assert world.posts == 2
    assert [a.json()["checkpoint"]["parameters"]["name"] for a in scripted.asked if a.method == "POST"] == names
