"""How a backup ended, as a pure function: every combination of evidence in a table, and what holds for all of them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cbrctl.api.models import Checkpoint, Resource, Skipped
from cbrctl.api.results import Copy, Task
from cbrctl.backup.states import Evidence, Intent, NoEvidence
from cbrctl.backup.verdict import Verdict, count, judge
from cbrctl.errors import exit_code_of, worst

A, B, C = (f"94eba8b2-acc9-4d82-badc-12714400000{n}" for n in "abc")
IDS = {"A": A, "B": B, "C": C}
FORBIDDEN, SILENT = NoEvidence.FORBIDDEN, NoEvidence.SILENT
BUSY, STOPPED = "BackupService.2002", "BackupService.7102"


def pairs(text: str) -> list[tuple[str, str]]:
    return [(IDS[word[0]], word[2:]) for word in text.split() if word != "-"]


def checkpoint(status: str | None, words: str = "A:available B:available") -> Checkpoint:
    listed = tuple(Resource(i, None, None, None, word or None, {}) for i, word in pairs(words))
    return Checkpoint(A, status, None, None, None, None, listed, None, None, None, None)


def copy(resource_id: str | None, status: str | None, image_type: str | None = "backup") -> Copy:
    rest = dict.fromkeys(Copy._fields, None)
    return Copy(**{**rest, "id": A, "status": status, "resource_id": resource_id, "image_type": image_type})  # type: ignore[arg-type]


def task(resource_id: str | None, status: str | None, type: str | None = "backup", error: str | None = None) -> Task:
    rest = dict.fromkeys(Task._fields, None)
    more = {"id": A, "status": status, "resource_id": resource_id, "operation_type": type, "error_code": error}
    return Task(**{**rest, **more})  # type: ignore[arg-type]


def skip(resource_id: str | None, code: str | None = STOPPED) -> Skipped:
    return Skipped(resource_id, None, None, code, None)


class Row(NamedTuple):
    """A combination. Texts are written `A:available B:error`; a checkpoint's is its status and then these."""

    says: str
    checkpoint: str | NoEvidence
    copies: str | NoEvidence
    tasks: str | NoEvidence
    outcome: str | None
    states: str = ""
    wanted: str | None = "AB"
    skipped: Sequence[Skipped] | None = ()
    settled: bool = False
    absent: bool = False
    overdue: bool = False
    ignore: bool = False
    named: bool = False
    """The command named what is wanted."""
    sure: bool = False
    unread: bool = False
    names: Sequence[str] | None = None
    """What the verdict calls skipped, where that is not `skipped`."""

    def judge(self) -> Verdict:
        seen: Any = self.checkpoint
        if isinstance(seen, str):
            status, _, words = seen.partition(" ")
            seen = checkpoint(status, words or "A:available B:available")
        copies = [copy(*p) for p in pairs(self.copies)] if isinstance(self.copies, str) else self.copies
        tasks = [task(*p) for p in pairs(self.tasks)] if isinstance(self.tasks, str) else self.tasks
        wanted = None if self.wanted is None else tuple(IDS[letter] for letter in self.wanted)
        skipped = None if self.skipped is None else tuple(self.skipped)
        intent = Intent(wanted, skipped, self.ignore, named=self.named, sure=self.sure, unread=self.unread)
        return judge(Evidence(seen, copies, tasks, self.absent, self.overdue), intent, settled=self.settled)


GOOD, BOTH = "A:available B:available", "A:success B:success"
EMPTY = "available -"
"""A checkpoint that lists no resource."""
LOST: dict[str, Any] = {"skipped": None, "sure": True, "settled": True}
"""The answer to the POST was lost, and the lists have had their time."""
ROWS = [
    # all three sources
    Row("all copies available is completed", "available", GOOD, BOTH, "completed", GOOD),
    Row("all copies available counts whatever the tasks say", "available", GOOD, "A:failed B:running", "completed"),
    Row("all copies available waits for the tasks, which may name more", "available", GOOD, SILENT, None, GOOD),
    Row("all copies available counts although the checkpoint is error", "error", GOOD, BOTH, "completed"),
    Row("an error copy is partial", "available", "A:available B:error", BOTH, "partial", "A:available B:error"),
    Row("all copies error is failed", "available", "A:error B:error", "", "failed", "A:error B:error"),
    Row("a deleted copy is an error", "available", "A:available B:deleted", "", "partial", "A:available B:error"),
    Row("a copy being deleted is an error", "available", "A:available B:deleting", "", "partial"),
    Row("a copy that could not be deleted is an error", "available", "A:error-deleting B:error", "", "failed"),
    Row("a failed task beats its unfinished copy", "available", "A:available B:protecting", "B:failed", "partial"),
    Row("a task that ran out of time is failed", "available", "A:available", "A:success B:timeout", "partial"),
    Row("a skipped task is partial", "available", "A:available", "B:skipped", "partial", "A:available B:skipped"),
    Row("a skipped task may be ignored", "available", "A:available", "B:skipped", "completed", ignore=True),
    Row("only skipped tasks are failed", "available", "", "A:skipped B:skipped", "failed"),
    Row("only skipped tasks cannot be ignored", "available", "", "A:skipped B:skipped", "failed", ignore=True),
    Row("several copies of one count as the worst", "available", "A:available A:error B:available", BOTH, "partial"),
    Row("of several copies one that runs keeps it open", "available", "A:available A:protecting B:error", "", None),
    Row("several tasks of one count as the worst", "available", "A:available", "B:success B:failed", "partial"),
    Row("what a list names counts although it was not wanted", "available", "A:available B:error", BOTH, "partial", wanted="A"),
    Row("what a task names counts too", "available", "A:available", "A:success B:failed", "partial", wanted="A", named=True),
    Row("what the checkpoint lists counts too", "available", "A:available", "", None, wanted="A"),
    Row("what it lists does not count beside what was named", "available", "A:available", "", "completed", wanted="A", named=True),
    # the checkpoint ended before all of its resources
    Row("one that it calls at work may still come", "available A:available B:protecting", "A:available", "", None, settled=True),
    Row("one that it calls at work for long is missing", "available A:available B:protecting", "A:available", "", "partial",
        settled=True, overdue=True),
    # still running
    Row("a protecting checkpoint runs", "protecting", GOOD, BOTH, None),
    Row("a creating checkpoint runs", "creating", "A:error B:error", "A:failed B:failed", None),
    Row("a restoring checkpoint runs", "restoring", GOOD, BOTH, None),
    Row("a checkpoint of an unknown status runs", "frobbing", GOOD, BOTH, None),
    Row("a checkpoint of an unknown status runs, settled or not", "frobbing", "", "", None, settled=True),
    Row("a protecting copy runs", "available", "A:available B:protecting", BOTH, None),
    Row("a copy of an unknown status runs", "available", "A:available B:frobbing", BOTH, None),
    Row("a copy runs for as long as it likes", "available", "A:available B:protecting", "B:success", None, settled=True),
    Row("a waiting task runs", "available", "A:available", "B:waiting", None, "A:available B:waiting_protect"),
    Row("a task of an unknown status runs", "available", "A:available", "B:frobbing", None, settled=True),
    Row("a resource that is nowhere yet keeps it open", "available", "A:available", "", None),
    Row("a task that succeeded keeps it open until its copy is listed", "available", "A:available", BOTH, None),
    Row("an error checkpoint waits for the lists", "error", "", "", None),
    # the lists have had their time
    Row("what is in no list is missing", "available", "A:available", "", "partial", "A:available B:missing", settled=True),
    Row("a success without a copy is missing", "available", "", BOTH, "failed", "A:missing B:missing", settled=True),
    Row("an error checkpoint ends no copy that runs", "error", "A:protecting B:available", "", None, settled=True),
    Row("an error checkpoint ends no task that runs", "error", "", "A:running B:waiting", None, settled=True),
    Row("nothing at all is failed at last", "available", "", "", "failed", wanted="", settled=True),
    Row("nothing at all waits first", "available", "", "", None, wanted=""),
    Row("nothing at all in a protecting checkpoint runs", "protecting", "", "", None, wanted="", settled=True),
    # a source that does not answer
    Row("a silent checkpoint gives no verdict", SILENT, GOOD, BOTH, None, GOOD),
    Row("silent copies give no verdict", "available", SILENT, BOTH, None),
    Row("silent tasks give no verdict where a copy failed", "available", "A:available B:error", SILENT, None),
    Row("all silent gives no verdict", SILENT, SILENT, SILENT, None),
    # a source that may not be read
    Row("without the checkpoint the lists decide", FORBIDDEN, GOOD, BOTH, "completed"),
    Row("without the checkpoint the lists tell a failure", FORBIDDEN, "A:available B:error", "", "partial"),
    Row("without the checkpoint an empty list is no end", FORBIDDEN, "", "", None, wanted=None, settled=True),
    Row("without the checkpoint what is not listed keeps it open", FORBIDDEN, "A:available", "", None),
    Row("without copies the tasks decide", "available", FORBIDDEN, BOTH, "completed", GOOD),
    Row("without copies tasks that went well do not outweigh its error", "error", FORBIDDEN, BOTH, "partial", settled=True),
    Row("without copies a failed task is partial", "available", FORBIDDEN, "A:success B:failed", "partial"),
    Row("without copies a running task runs", "available", FORBIDDEN, "A:success B:running", None),
    Row("without copies a task that is nowhere keeps it open", "available", FORBIDDEN, "A:success", None),
    Row("without copies the tasks count, not the words", "available A:error B:error", FORBIDDEN, BOTH, "completed"),
    Row("without tasks the copies decide", "available", GOOD, FORBIDDEN, "completed"),
    Row("without tasks an error copy is partial", "available", "A:available B:error", FORBIDDEN, "partial"),
    Row("only copies decide alone", FORBIDDEN, GOOD, FORBIDDEN, "completed"),
    Row("only tasks decide alone", FORBIDDEN, FORBIDDEN, BOTH, "completed"),
    Row("the checkpoint's word counts alone", "available", FORBIDDEN, FORBIDDEN, "completed"),
    Row("its word may be an error", "available A:available B:error", FORBIDDEN, FORBIDDEN, "partial"),
    Row("its word may be running", "available A:available B:protecting", FORBIDDEN, FORBIDDEN, None),
    Row("its running word is no end", "available A:available B:protecting", FORBIDDEN, FORBIDDEN, None, settled=True),
    Row("its unknown word is no end", "available A:available B:frobbing", FORBIDDEN, FORBIDDEN, None, settled=True),
    Row("under its own error good words of several tell nothing", "error", FORBIDDEN, FORBIDDEN, None),
    Row("what it does not list may be there", "available A:available", FORBIDDEN, FORBIDDEN, None, settled=True),
    Row("nothing to read is no verdict", FORBIDDEN, FORBIDDEN, FORBIDDEN, None, settled=True),
    Row("nothing to read is none for nothing either", FORBIDDEN, FORBIDDEN, FORBIDDEN, None, wanted="", settled=True),
    # deleted under way: `absent` says that the service has said so for a minute
    Row("a deleted checkpoint is no end at once", "deleted", "", "", None, settled=True),
    Row("a deleted checkpoint is failed", "deleted", "A:deleted B:deleting", BOTH, "failed", absent=True),
    Row("a checkpoint being deleted is failed", "deleting", "A:error", "B:failed", "failed", absent=True),
    Row("a checkpoint that could not be deleted is failed", "error-deleting", "A:error-deleting", "", "failed", absent=True),
    Row("a checkpoint that is gone is failed", SILENT, "", "", "failed", absent=True),
    Row("a gone one whose tasks ended is failed", SILENT, "", BOTH, "failed", absent=True),
    Row("a gone one of which no list may be read has to last", SILENT, FORBIDDEN, FORBIDDEN, None, absent=True),
    Row("a gone one of which no list may be read is failed", SILENT, FORBIDDEN, FORBIDDEN, "failed", absent=True, overdue=True),
    Row("a copy that runs says that it is not gone", SILENT, "A:error B:protecting", "", None, absent=True, settled=True),
    Row("a copy of an unknown status says so too", SILENT, "A:frobbing", "", None, absent=True, settled=True),
    Row("a task that runs says so too", SILENT, "", "A:running", None, absent=True, settled=True),
    Row("a task alone may say so", SILENT, FORBIDDEN, "A:waiting", None, absent=True, settled=True),
    Row("good copies of a gone checkpoint are good", SILENT, GOOD, BOTH, "completed", GOOD, absent=True),
    Row("some of them are partial", SILENT, "A:available B:error", BOTH, "partial", absent=True),
    Row("what shows no copy of a gone one is missing", SILENT, "A:available", "", "partial", absent=True, settled=True),
    Row("it may still come before its time", SILENT, "A:available", "", None, absent=True),
    Row("silent copies prove nothing of a gone one", SILENT, SILENT, "", None, absent=True, settled=True),
    Row("silent tasks prove nothing of a gone one", SILENT, "", SILENT, None, absent=True, settled=True),
    # skipped by the service
    Row("a skipped one is partial", "available", "A:available", "", "partial", "A:available", skipped=[skip(B)]),
    Row("a skipped one may be ignored", "available", "A:available", "", "completed", skipped=[skip(B)], ignore=True),
    Row("a skipped one without an id is partial", "available", GOOD, BOTH, "partial", skipped=[skip(None)]),
    Row("a skipped and a failed one is failed", "available", "A:error", "", "failed", skipped=[skip(B)], ignore=True),
    Row("a busy and a failed one is failed", "available", "A:error", "", "failed", skipped=[skip(B, BUSY)]),
    Row("one of each is partial", "available", GOOD + " C:error", "", "partial", wanted="ABC", skipped=[skip(B)]),
    Row("a skipped one hides no running one", "protecting", "A:protecting", "", None, skipped=[skip(B)], ignore=True),
    Row("all skipped is failed at once", "protecting", SILENT, SILENT, "failed", skipped=[skip(A), skip(B)]),
    Row("all skipped cannot be ignored", "protecting", SILENT, SILENT, "failed", skipped=[skip(A), skip(B)], ignore=True),
    Row("all busy is refused", "protecting", SILENT, SILENT, "refused", skipped=[skip(A, BUSY), skip(B, BUSY)]),
    Row("all busy cannot be ignored", "creating", "", "", "refused", wanted="A", named=True, skipped=[skip(A, BUSY)], ignore=True),
    Row("not all busy is failed", "protecting", SILENT, SILENT, "failed", skipped=[skip(A, BUSY), skip(B)]),
    Row("skipped without a code is failed", "creating", SILENT, SILENT, "failed", wanted="A", named=True, skipped=[skip(A, None)]),
    Row("all busy but one that is listed is no end", "protecting", SILENT, SILENT, None, wanted="A", skipped=[skip(A, BUSY)]),
    Row("tasks that are skipped as busy are failed without a code", "available", "", "A:skipped B:skipped", "failed", settled=True),
    # nobody knows what was wanted
    Row("the listed ones are taken for wanted", "available", GOOD, "", "completed", GOOD, wanted=None, skipped=None),
    Row("a listed one without a copy keeps it open", "available", "A:available", "", None, wanted=None, skipped=None),
    Row("a copy alone is taken for wanted", FORBIDDEN, "C:error", SILENT, None, "C:error", wanted=None, skipped=None),
    Row("a task alone is taken for wanted", "available", GOOD, "C:failed", "partial", wanted=None, skipped=None),
    Row("what an empty checkpoint may still list keeps it open", EMPTY, GOOD, BOTH, None, wanted=None, skipped=None),
    Row("an empty checkpoint has had its time", EMPTY, GOOD, BOTH, "completed", wanted=None, skipped=None, settled=True),
    Row("an empty checkpoint of nothing is failed", EMPTY, "", "", "failed", wanted=None, skipped=None, settled=True),
    # the answer to the POST is not held, and what was wanted is known
    Row("all good copies say that nothing was skipped", "available", GOOD, BOTH, "completed", skipped=None, sure=True, names=()),
    Row("what no list shows counts as skipped", "available", "A:available", "", "partial", "A:available", names="B", **LOST),
    Row("what counts as skipped may be ignored", "available A:available", "A:available", "", "completed", names="B", ignore=True,
        **LOST),
    Row("what the checkpoint names may have failed", "available", "A:available", "", "partial", names="B", ignore=True, **LOST),
    Row("what a task would tell is not called skipped", "available", "A:available", FORBIDDEN, "partial",
        "A:available B:missing", ignore=True, **LOST),
    Row("all that counts as skipped is failed", "available", "", "", "failed", names="AB", **LOST),
    Row("all of it cannot be ignored", "available", "", "", "failed", names="AB", ignore=True, **LOST),
    Row("what runs is not skipped", "available", "A:available B:protecting", "", None, names=(), **LOST),
    Row("nothing counts as skipped before its time", "available", "A:available", "", None, skipped=None, sure=True),
    Row("nothing counts as skipped where copies are silent", "available", SILENT, "", None, **LOST),
    Row("nothing counts as skipped where tasks are silent", "available", "", SILENT, None, **LOST),
    Row("nobody knows what is skipped of what is not known", "available", "A:available", "", "partial",
        "A:available B:missing", skipped=None, settled=True),
    # a row that cannot be read
    Row("a row that cannot be read keeps it open", "available", GOOD, BOTH, None, GOOD, unread=True),
    Row("a row that can never be read forbids completed", "available", GOOD, BOTH, "partial", unread=True, settled=True),
    Row("it may not be ignored", "available", GOOD, BOTH, "partial", unread=True, settled=True, ignore=True),
    Row("without a good copy it is failed", "available", "A:error B:error", BOTH, "failed", unread=True, settled=True),
    Row("it may be one that was not skipped", "available", "", "", None, skipped=[skip(A), skip(B)], unread=True),
    Row("all busy but one that cannot be read is not refused", "available", "", "", "failed",
        skipped=[skip(A, BUSY), skip(B, BUSY)], unread=True, settled=True),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.says)
def test_verdict(row: Row) -> None:
    verdict = row.judge()
    assert verdict.outcome == row.outcome
    skipped = None if row.skipped is None else tuple(row.skipped)
    if row.names is not None:
        skipped = tuple(skip(IDS[letter], None) for letter in row.names)
    assert verdict.skipped == skipped
    assert verdict.gone == (row.absent and row.outcome == "failed")
    if row.states:
        assert [(s.id, s.status) for s in verdict.states] == pairs(row.states)


def test_only_backups_of_the_checkpoint_itself_count() -> None:
    found = Evidence(
        checkpoint("available", "A:available"),
        [copy(A, "available"), copy(A, "error", "replication")],
        [task(A, "success"), task(A, "failed", "replication")],
    )
    assert judge(found, Intent((A,), ()), settled=False).outcome == "completed"


def test_a_state_tells_the_error_of_its_task_and_where_names_are_known_from() -> None:
    named = Resource(A, "web", "OS::Nova::Server", 40, "available", {})
    found = Evidence(FORBIDDEN, [copy(A, "error")], [task(A, "failed", error=STOPPED)._replace(progress=30)])
    [state] = judge(found, Intent((A,), (), known=(named,)), settled=False).states
    assert (state.name, state.type, state.size_gb) == ("web", "OS::Nova::Server", 40)
    assert (state.copy_id, state.progress, state.error) == (A, 30, (STOPPED, None))


def test_a_good_copy_has_no_error_and_is_whole() -> None:
    found = Evidence(checkpoint("available", "A:"), [copy(A, "available")], [task(A, "failed", error=STOPPED)])
    [state] = judge(found, Intent((A,), ()), settled=False).states
    assert (state.progress, state.error) == (100, None)


# what a verdict tells besides its outcome ---------------------------------------------------------------------------

LATE, EARLY = "2019-05-10T08:30:00Z", "2019-05-10T08:00:00Z"


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize(
    ("found", "whole"),
    [
        (Evidence(checkpoint("available", "A:"), [copy(A, "available")], [task(A, "success")]), True),
        (Evidence(checkpoint("error", "A:"), [copy(A, "error")], []), True),
        (Evidence(checkpoint("available", "A:"), [], [task(A, "failed")]), True),
        (Evidence(checkpoint("available", "A:"), [copy(A, "available")], FORBIDDEN), False),
        (Evidence(checkpoint("available", "A:"), FORBIDDEN, [task(A, "success")]), False),
        (Evidence(FORBIDDEN, [copy(A, "available")], [task(A, "success")]), False),
        (Evidence(SILENT, [copy(A, "available")], [], absent=True), False),
    ],
    ids=["copy", "failed copy", "failed task", "no tasks", "no copies", "no checkpoint", "checkpoint gone"],
)
def test_an_end_is_whole_where_every_source_tells_it(found: Evidence, whole: bool, settled: bool) -> None:
    verdict = judge(found, Intent((A,), ()), settled=settled)
    assert verdict.outcome is not None
    assert verdict.whole == whole


def test_an_end_that_only_absence_tells_is_not_whole() -> None:
    missing = Evidence(checkpoint("available", "A: B:"), [copy(A, "available")], [])
    verdict = judge(missing, Intent((A, B), ()), settled=True)
    assert (verdict.outcome, verdict.whole) == ("partial", False)
    verdict = judge(missing, Intent((A,), (), named=True, unread=True), settled=True)
    assert (verdict.outcome, verdict.whole, verdict.unread) == ("partial", False, True)


def test_all_skipped_by_the_answer_is_whole() -> None:
    verdict = judge(Evidence(SILENT, SILENT, SILENT), Intent((A,), (skip(A),)), settled=False)
    assert (verdict.outcome, verdict.whole) == ("failed", True)


@pytest.mark.parametrize(
    ("copies", "tasks", "unread"),
    [
        ([], [], False),
        ([copy(None, "available")], [], True),
        ([copy(None, "available", "replication")], [], False),
        ([], [task(None, "failed")], True),
        ([], [task(None, "running")], True),
        ([], [task(None, None)], True),
        ([], [task(None, "success")], False),  # that of the whole checkpoint
        ([], [task(None, "failed", "replication")], False),
    ],
)
def test_a_row_that_names_nobody_forbids_completed(copies: list[Copy], tasks: list[Task], unread: bool) -> None:
    found = Evidence(checkpoint("available", "A:"), [copy(A, "available"), *copies], [task(A, "success"), *tasks])
    early, late = (judge(found, Intent((A,), ()), settled=settled) for settled in (False, True))
    assert early.unread is late.unread is unread
    assert early.outcome == (None if unread else "completed")
    assert late.outcome == ("partial" if unread else "completed")


@pytest.mark.parametrize("settled", [False, True])
def test_a_checkpoint_that_cannot_be_read_whole_ends_nothing(settled: bool) -> None:
    """The next look may be able to read it; one that never is leaves the backup pending."""
    seen = checkpoint("available", "A:")._replace(unread=1)
    found = Evidence(seen, [copy(A, "available")], [task(A, "success")])
    assert judge(found, Intent((A,), ()), settled=settled).outcome is None


def test_what_an_earlier_look_named_is_there_all_the_same() -> None:
    found = Evidence(checkpoint("available", ""), [copy(A, "available")], [])
    assert judge(found, Intent((A,), (), seen=(B,)), settled=False).outcome is None
    assert judge(found, Intent((A,), (), seen=(B,)), settled=True).outcome == "partial"


def test_the_end_is_the_services() -> None:
    """The last of the tasks; only where no task tells, the last change of a copy."""
    good = [copy(A, "available")._replace(updated_at="2019-05-10T09:00:00Z"), copy(B, "available")]
    ended = [task(A, "success")._replace(ended_at=LATE), task(B, "success")._replace(ended_at=EARLY)]
    for tasks, end in ((ended, LATE), ([task(A, "success")], "2019-05-10T09:00:00Z")):
        assert judge(Evidence(checkpoint("available"), good, tasks), Intent((A, B), ()), settled=False).ended_at == end
    bare = Evidence(checkpoint("available"), [copy(A, "available"), copy(B, "available")], [])
    assert judge(bare, Intent((A, B), ()), settled=False).ended_at is None


def test_what_is_not_consistent_for_applications_is_told_by_name() -> None:
    named = Resource(A, "web", None, None, None, {})
    copies = [copy(A, "available")._replace(consistency_error="code: words"), copy(B, "available")]
    tasks = [task(A, "success")._replace(consistency_error="code: words"), task(B, "success")]
    found = Evidence(checkpoint("available"), copies, [*tasks, task(B, "success")._replace(consistency_error="x")])
    verdict = judge(found, Intent((A, B), (), known=(named,)), settled=False)
    assert verdict.outcome == "completed"
    assert verdict.consistency == ((B, "x"), ("web", "code: words"))


def test_what_a_task_calls_skipped_counts_as_skipped() -> None:
    found = Evidence(
        checkpoint("available", "A: B: C:"), [copy(A, "available")], [task(B, "skipped"), task(C, "failed")]
    )
    verdict = judge(found, Intent((A, B, C), (skip(IDS["A"][:-1] + "d"),)), settled=False)
    assert count(verdict) == (1, 1, 2)


# what holds for all evidence --------------------------------------------------------------------------------------

WORDS = ["available", "error", "protecting", "waiting_protect", "restoring", "deleted", "deleting", "frobbing", None]
resource_ids = st.sampled_from([A, B, C])
copy_lists = st.lists(
    st.builds(copy, resource_ids, st.sampled_from(WORDS), st.sampled_from(["backup", "backup", "replication", None])),
    max_size=5,
)
task_lists = st.lists(
    st.builds(
        task,
        resource_ids,
        st.sampled_from(["success", "failed", "timeout", "skipped", "running", "waiting", "frobbing", None]),
        st.sampled_from(["backup", "backup", "copy", None]),
        st.sampled_from([None, BUSY, STOPPED]),
    ),
    max_size=5,
)
words = st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["available", "error", "protecting", ""]))).map(
    lambda found: " ".join(f"{letter}:{word}" for letter, word in found)
)
checkpoints = st.builds(
    checkpoint, st.sampled_from(["available", "available", "error", "protecting", "deleting", "frobbing", None]), words
)
sources = st.sampled_from([FORBIDDEN, SILENT])
evidences = st.tuples(
    checkpoints | sources,
    copy_lists | sources,
    task_lists | sources,
    st.sampled_from([False] * 9 + [True]),
).map(lambda parts: Evidence(*parts))
wanted_sets = st.lists(resource_ids, unique=True, min_size=1, max_size=3).map(tuple)
skips = st.lists(st.builds(skip, resource_ids, st.sampled_from([BUSY, STOPPED, None])), max_size=2).map(tuple)
intents = st.builds(
    Intent,
    wanted_sets | st.none(),
    skips | st.none(),
    st.booleans(),
    st.just(()),
    seen=st.just(()),
    named=st.booleans(),
    sure=st.booleans(),
    unread=st.sampled_from([False] * 9 + [True]),
)

thorough = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
"""A loaded machine is no failure."""


def is_good(resource_id: str, found: Evidence, *, ignore: bool) -> bool:
    """Whether the best readable source says that this resource is backed up, or that it is skipped and that is fine."""
    task_words = {
        t.status for t in rows(found.tasks) if t.resource_id == resource_id and t.operation_type in ("backup", None)
    }
    if ignore and "skipped" in task_words:
        return True
    if found.copies is not FORBIDDEN:
        return any(
            c.resource_id == resource_id and c.status == "available" and c.image_type != "replication"
            for c in rows(found.copies)
        )
    if found.tasks is not FORBIDDEN:
        return "success" in task_words
    if not isinstance(found.checkpoint, Checkpoint) or found.checkpoint.status != "available":
        return False
    return any(r.id == resource_id and r.status == "available" for r in found.checkpoint.resources)


def rows(source: Any) -> Any:
    return () if isinstance(source, NoEvidence) else source


def named_in(found: Evidence, intent: Intent) -> set[str]:
    """Every resource that anything names: the command and the answer, the checkpoint, the lists."""
    ids = {*(intent.resource_ids or ()), *(s.id for s in intent.skipped or ())}
    if isinstance(found.checkpoint, Checkpoint) and not intent.named:
        ids |= {r.id for r in found.checkpoint.resources}
    ids |= {c.resource_id for c in rows(found.copies) if c.image_type != "replication"}
    ids |= {t.resource_id for t in rows(found.tasks) if t.operation_type in ("backup", None)}
    return {resource_id for resource_id in ids if resource_id}


@pytest.mark.long
@thorough
@given(evidences, intents, st.booleans())
def test_completed_has_a_good_word_for_every_resource_that_is_named(
    found: Evidence, intent: Intent, settled: bool
) -> None:
    verdict = judge(found, intent, settled=settled)
    if verdict.outcome == "completed":
        assert intent.ignore_skipped or not verdict.skipped
        left_out = {s.id for s in verdict.skipped or ()}
        every = named_in(found, intent)
        assert every - left_out
        assert all(is_good(i, found, ignore=intent.ignore_skipped) for i in every - left_out)
        assert any(is_good(i, found, ignore=False) for i in every - left_out)
        assert not intent.unread


@pytest.mark.long
@thorough
@given(evidences, intents, st.booleans())
def test_no_verdict_while_a_source_is_silent(found: Evidence, intent: Intent, settled: bool) -> None:
    verdict = judge(found, intent, settled=settled)
    nothing_taken = bool(intent.skipped) and not verdict.states
    if verdict.outcome is not None and not nothing_taken:
        assert SILENT not in (found.copies, found.tasks)
        assert found.checkpoint is not SILENT or found.absent
        assert verdict.gone or not all(source is FORBIDDEN for source in found[:3])


@pytest.mark.long
@thorough
@given(evidences, intents, st.booleans())
def test_gone_is_said_only_of_what_the_service_denies_and_nothing_shows(
    found: Evidence, intent: Intent, settled: bool
) -> None:
    verdict = judge(found, intent, settled=settled)
    if verdict.gone:
        assert (verdict.outcome, found.absent, verdict.whole) == ("failed", True, False)
        dead = ("error", "deleted", "deleting", "error-deleting")
        assert all(c.status in dead for c in rows(found.copies) if c.image_type != "replication")
        ended = ("success", "failed", "timeout", "skipped")
        assert all(t.status in ended for t in rows(found.tasks) if t.operation_type in ("backup", None))


@pytest.mark.long
@thorough
@given(evidences, intents, st.booleans())
def test_what_was_seen_whole_stays_whatever_comes(found: Evidence, intent: Intent, settled: bool) -> None:
    verdict = judge(found, intent, settled=settled)
    if verdict.whole and verdict.states:
        assert not any(isinstance(source, NoEvidence) for source in found[:3])
        assert verdict.outcome is not None
        later = judge(found, intent, settled=True)
        assert later.outcome == verdict.outcome


@pytest.mark.long
@thorough
@given(checkpoints, copy_lists, wanted_sets, st.booleans(), st.sampled_from(["frobbing", "archived", "waiting_x", ""]))
def test_an_unknown_word_means_running(
    seen: Checkpoint, found: list[Copy], wanted: tuple[str, ...], settled: bool, word: str
) -> None:
    running = [*(c for c in found if c.resource_id != A), copy(A, word)]
    if seen.status == "available":
        look = Evidence(seen, running, [])
        assert judge(look, Intent((*wanted, A), ()), settled=settled).outcome is None
    if seen.status != "deleting":
        odd = Evidence(seen._replace(status=word), found, [])
        assert judge(odd, Intent((*wanted, A), ()), settled=settled).outcome is None


RANK = {"completed": 0, "refused": 1, "partial": 2, "failed": 3}


@pytest.mark.long
@thorough
@given(evidences, intents, st.booleans())
def test_one_more_failed_resource_never_improves_it(found: Evidence, intent: Intent, settled: bool) -> None:
    extra = "94eba8b2-acc9-4d82-badc-12714400000d"
    before = judge(found, intent, settled=settled).outcome
    copies = found.copies if isinstance(found.copies, NoEvidence) else [*found.copies, copy(extra, "error")]
    tasks = found.tasks if isinstance(found.tasks, NoEvidence) else [*found.tasks, task(extra, "failed")]
    seen = found.checkpoint
    if isinstance(seen, Checkpoint):
        seen = seen._replace(resources=(*seen.resources, Resource(extra, None, None, None, "error", {})))
    wanted = None if intent.resource_ids is None else (*intent.resource_ids, extra)
    more = found._replace(checkpoint=seen, copies=copies, tasks=tasks)
    after = judge(more, intent._replace(resource_ids=wanted), settled=settled).outcome
    assert after != "completed"
    if before is not None and after is not None:
        assert RANK[after] >= RANK[before]


@pytest.mark.heavy
@pytest.mark.long
@thorough
@given(evidences, intents, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(found: Evidence, intent: Intent, random: Any) -> None:
    def mixed(source: Any) -> Any:
        return source if isinstance(source, NoEvidence) else random.sample(source, len(source))

    again = found._replace(copies=mixed(found.copies), tasks=mixed(found.tasks))
    assert judge(again, intent, settled=True).outcome == judge(found, intent, settled=True).outcome


@pytest.mark.long
@thorough
@given(evidences, intents)
def test_time_only_closes_what_is_open(found: Evidence, intent: Intent) -> None:
    early = judge(found, intent, settled=False)
    if early.outcome is not None:
        assert judge(found, intent, settled=True).outcome == early.outcome


# exit codes -------------------------------------------------------------------------------------------------------


def test_exit_codes_of_outcomes_are_the_contracts() -> None:
    expected = {"completed": 0, "accepted": 0, "skipped": 0, "planned": 0, "partial": 3, "failed": 4, "pending": 5}
    assert {name: exit_code_of(name) for name in expected} == expected


CONTRACT_ORDER = [0, 11, 5, 3, 13, 14, 10, 8, 7, 12, 15, 4, 6, 1]


@pytest.mark.long
@thorough
@given(st.lists(st.sampled_from(CONTRACT_ORDER), min_size=1))
def test_the_worst_code_is_the_last_in_the_contracts_order(codes: list[int]) -> None:
    assert worst(codes) == max(codes, key=CONTRACT_ORDER.index)


def test_a_code_outside_that_order_is_the_worst() -> None:
    assert worst([1, 130, 0]) == 130
    assert worst([]) == 0
