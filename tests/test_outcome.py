"""How a backup ended, as a pure function: every combination of evidence in a table, and what holds for all of them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cbrctl.models import Checkpoint, Copy, Resource, Skipped, Task
from cbrctl.outcome import Evidence, Intent, Source, Verdict, exit_code_of, judge, worst

A, B, C = (f"94eba8b2-acc9-4d82-badc-12714400000{n}" for n in "abc")
IDS = {"A": A, "B": B, "C": C}
FORBIDDEN, SILENT = Source.FORBIDDEN, Source.SILENT
BUSY, STOPPED = "BackupService.2002", "BackupService.7102"


def pairs(text: str) -> list[tuple[str, str]]:
    return [(IDS[word[0]], word[2:]) for word in text.split()]


def checkpoint(status: str | None, words: str = "A:available B:available") -> Checkpoint:
    listed = tuple(Resource(i, None, None, None, word or None, {}) for i, word in pairs(words))
    return Checkpoint(A, status, None, None, None, None, listed, None, None, None, None)


def copy(resource_id: str, status: str | None, image_type: str | None = "backup") -> Copy:
    rest = dict.fromkeys(Copy._fields, None)
    return Copy(**{**rest, "id": A, "status": status, "resource_id": resource_id, "image_type": image_type})  # type: ignore[arg-type]


def task(resource_id: str, status: str | None, type: str | None = "backup", error: str | None = None) -> Task:
    rest = dict.fromkeys(Task._fields, None)
    more = {"id": A, "status": status, "resource_id": resource_id, "operation_type": type, "error_code": error}
    return Task(**{**rest, **more})  # type: ignore[arg-type]


def skip(resource_id: str | None, code: str | None = STOPPED) -> Skipped:
    return Skipped(resource_id, None, None, code, None)


class Row(NamedTuple):
    """A combination. Texts are written `A:available B:error`; a checkpoint's is its status and then these."""

    says: str
    checkpoint: str | Source
    copies: str | Source
    tasks: str | Source
    outcome: str | None
    states: str = ""
    wanted: str | None = "AB"
    skipped: Sequence[Skipped] | None = ()
    settled: bool = False
    gone: bool = False
    ignore: bool = False

    def judge(self) -> Verdict:
        seen: Any = self.checkpoint
        if isinstance(seen, str):
            status, _, words = seen.partition(" ")
            seen = checkpoint(status, words or "A:available B:available")
        copies = [copy(*p) for p in pairs(self.copies)] if isinstance(self.copies, str) else self.copies
        tasks = [task(*p) for p in pairs(self.tasks)] if isinstance(self.tasks, str) else self.tasks
        wanted = None if self.wanted is None else tuple(IDS[letter] for letter in self.wanted)
        skipped = None if self.skipped is None else tuple(self.skipped)
        intent = Intent(wanted, skipped, self.ignore)
        return judge(Evidence(seen, copies, tasks, self.gone), intent, settled=self.settled)


GOOD, BOTH = "A:available B:available", "A:success B:success"
ROWS = [
    # all three sources
    Row("all copies available is completed", "available", GOOD, BOTH, "completed", GOOD),
    Row("all copies available counts whatever the tasks say", "available", GOOD, "A:failed B:running", "completed"),
    Row("all copies available needs no tasks", "available", GOOD, SILENT, "completed"),
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
    Row("what was not wanted does not count", "available", "A:available B:error", BOTH, "completed", wanted="A"),
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
    Row("an error checkpoint ends a copy", "error", "A:protecting B:available", "", "partial", settled=True),
    Row("an error checkpoint ends a task", "error", "", "A:running B:waiting", "failed", "A:error B:error", settled=True),
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
    Row("its available words do not outweigh its own error", "error", FORBIDDEN, FORBIDDEN, "failed"),
    Row("what it does not list is missing", "available A:available", FORBIDDEN, FORBIDDEN, "partial", settled=True),
    Row("nothing to read is no verdict", FORBIDDEN, FORBIDDEN, FORBIDDEN, None, settled=True),
    Row("nothing to read is none for nothing either", FORBIDDEN, FORBIDDEN, FORBIDDEN, None, wanted="", settled=True),
    # deleted under way
    Row("a deleted checkpoint is failed", "deleted", GOOD, BOTH, "failed"),
    Row("a checkpoint being deleted is failed", "deleting", "A:protecting", SILENT, "failed"),
    Row("a checkpoint that could not be deleted is failed", "error-deleting", SILENT, SILENT, "failed"),
    Row("a checkpoint that is gone is failed", SILENT, GOOD, BOTH, "failed", gone=True),
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
    Row("all busy cannot be ignored", "protecting", "", "", "refused", wanted="A", skipped=[skip(A, BUSY)], ignore=True),
    Row("not all busy is failed", "protecting", SILENT, SILENT, "failed", skipped=[skip(A, BUSY), skip(B)]),
    Row("skipped without a code is failed", "protecting", SILENT, SILENT, "failed", wanted="A", skipped=[skip(A, None)]),
    # nobody knows what was wanted
    Row("the listed ones are taken for wanted", "available", GOOD, "", "completed", GOOD, wanted=None, skipped=None),
    Row("a listed one without a copy keeps it open", "available", "A:available", "", None, wanted=None, skipped=None),
    Row("a copy alone is taken for wanted", FORBIDDEN, "C:error", SILENT, None, "C:error", wanted=None, skipped=None),
    Row("a task alone is taken for wanted", "available", GOOD, "C:failed", "partial", wanted=None, skipped=None),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.says)
def test_verdict(row: Row) -> None:
    verdict = row.judge()
    assert verdict.outcome == row.outcome
    assert verdict.skipped == (None if row.skipped is None else tuple(row.skipped))
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
    found = Evidence(checkpoint("available"), [copy(A, "available")], [task(A, "failed", error=STOPPED)])
    [state] = judge(found, Intent((A,), ()), settled=False).states
    assert (state.progress, state.error) == (100, None)


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
    checkpoints | sources, copy_lists | sources, task_lists | sources, st.sampled_from([False] * 9 + [True])
).map(lambda parts: Evidence(*parts))
wanted_sets = st.lists(resource_ids, unique=True, max_size=3).map(tuple)
skips = st.lists(st.builds(skip, resource_ids, st.sampled_from([BUSY, STOPPED, None])), max_size=2).map(tuple)
intents = st.tuples(wanted_sets | st.none(), skips | st.none(), st.booleans()).map(lambda parts: Intent(*parts))

thorough = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
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
    return () if isinstance(source, Source) else source


@thorough
@given(evidences, intents, st.booleans())
def test_completed_has_a_good_word_for_every_wanted_resource(found: Evidence, intent: Intent, settled: bool) -> None:
    verdict = judge(found, intent, settled=settled)
    if verdict.outcome == "completed":
        left_out = {s.id for s in intent.skipped or ()}
        assert intent.ignore_skipped or not left_out
        wanted = intent.resource_ids if intent.resource_ids is not None else [s.id for s in verdict.states]
        assert wanted
        assert all(is_good(i, found, ignore=intent.ignore_skipped) for i in wanted if i not in left_out)
        assert any(is_good(i, found, ignore=False) for i in wanted)


@thorough
@given(evidences, intents, st.booleans())
def test_no_verdict_while_a_needed_source_is_silent(found: Evidence, intent: Intent, settled: bool) -> None:
    verdict = judge(found, intent, settled=settled)
    deleted = found.gone or (isinstance(found.checkpoint, Checkpoint) and found.checkpoint.status == "deleting")
    nothing_taken = bool(intent.skipped) and not verdict.states
    if not deleted and not nothing_taken and verdict.outcome is not None:
        assert SILENT not in (found.checkpoint, found.copies)
        assert found.tasks is not SILENT or all(s.status == "available" for s in verdict.states)
        assert not all(source is FORBIDDEN for source in found[:3])


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


@thorough
@given(evidences, intents, st.booleans())
def test_one_more_failed_resource_never_improves_it(found: Evidence, intent: Intent, settled: bool) -> None:
    extra = "94eba8b2-acc9-4d82-badc-12714400000d"
    before = judge(found, intent, settled=settled).outcome
    copies = found.copies if isinstance(found.copies, Source) else [*found.copies, copy(extra, "error")]
    tasks = found.tasks if isinstance(found.tasks, Source) else [*found.tasks, task(extra, "failed")]
    seen = found.checkpoint
    if isinstance(seen, Checkpoint):
        seen = seen._replace(resources=(*seen.resources, Resource(extra, None, None, None, "error", {})))
    wanted = None if intent.resource_ids is None else (*intent.resource_ids, extra)
    more = Evidence(seen, copies, tasks, found.gone)
    after = judge(more, intent._replace(resource_ids=wanted), settled=settled).outcome
    assert after != "completed"
    if before is not None and after is not None:
        assert RANK[after] >= RANK[before]


@thorough
@given(evidences, intents, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(found: Evidence, intent: Intent, random: Any) -> None:
    def mixed(source: Any) -> Any:
        return source if isinstance(source, Source) else random.sample(source, len(source))

    again = found._replace(copies=mixed(found.copies), tasks=mixed(found.tasks))
    assert judge(again, intent, settled=True).outcome == judge(found, intent, settled=True).outcome


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


@thorough
@given(st.lists(st.sampled_from(CONTRACT_ORDER), min_size=1))
def test_the_worst_code_is_the_last_in_the_contracts_order(codes: list[int]) -> None:
    assert worst(codes) == max(codes, key=CONTRACT_ORDER.index)


def test_a_code_outside_that_order_is_the_worst() -> None:
    assert worst([1, 130, 0]) == 130
    assert worst([]) == 0


@pytest.mark.parametrize("lists", [(SILENT, SILENT), (SILENT, []), ([], SILENT)])
def test_a_backup_found_again_is_not_judged_while_a_list_is_silent(lists: Any) -> None:
    """What no list shows counts as skipped, but only where the lists answer."""
    found = Evidence(checkpoint("available"), *lists)
    assert judge(found, Intent((A,), None, found=True), settled=True).outcome is None
    shown = Evidence(checkpoint("available"), [], [])
    assert judge(shown, Intent((A,), None, found=True), settled=True).outcome == "failed"
