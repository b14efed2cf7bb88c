"""The result of backup, wait and resume for people: a summary and tables; for programs: a line a resource."""

import shlex
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cbrctl.api.models import Skipped
from cbrctl.backup.document import Report, error_json
from cbrctl.backup.record import Backup
from cbrctl.backup.states import State
from cbrctl.durations import read_stamp, show_duration
from cbrctl.errors import rank
from cbrctl.messages.codes import find
from cbrctl.messages.language import entitle, tr
from cbrctl.phrases import Phrase
from cbrctl.screen.result_words import name_outcome
from cbrctl.screen.streams import Streams
from cbrctl.screen.tables import Column, print_table, write_tsv
from cbrctl.screen.text import inert, write_json

if TYPE_CHECKING:
    from cbrctl.documents.request import HttpJson


class ReportRow(NamedTuple):
    """One line: a resource of an entry, a skipped one, or an entry that has neither."""

    entry: Backup
    state: State | None = None
    skipped: Skipped | None = None


def _of(row: ReportRow, name: str) -> object:
    return getattr(row.state or row.skipped, name, None)


def _error(row: ReportRow, part: int) -> object:
    """Code (0) or reason (1) of a row: what was said of the resource, else what ended the vault's backup."""
    if row.skipped:
        return row.skipped.code if part == 0 else row.skipped.reason
    if row.state:
        return row.state.error[part] if row.state.error else None
    error = error_json(row.entry)
    return error["code" if part == 0 else "message"] if error else None


COLUMNS = (
    Column("vault_id", lambda r: r.entry.vault_id),
    Column("vault", lambda r: r.entry.vault_name),
    Column("checkpoint_id", lambda r: r.entry.checkpoint.id if r.entry.checkpoint else None),
    Column("outcome", lambda r: r.entry.outcome),
    Column("resource_id", lambda r: _of(r, "id")),
    Column("resource", lambda r: _of(r, "name")),
    Column("type", lambda r: _of(r, "type")),
    Column("status", lambda r: "skipped" if r.skipped else _of(r, "status")),
    Column("size_gb", lambda r: _of(r, "size_gb")),
    Column("progress", lambda r: _of(r, "progress")),
    Column("code", lambda r: _error(r, 0)),
    Column("reason", lambda r: _error(r, 1)),
)
"""The columns of a backup's lines, as the contract names them."""

_RESOURCES = (
    Column("resource", lambda s: s.name or "", "RESOURCE"),
    Column("id", lambda s: s.id, "ID", whole=True),
    Column("status", lambda s: s.status, "STATUS", whole=True),
    Column("size", lambda s: None if s.size_gb is None else f"{s.size_gb} GiB", "SIZE", right=True, whole=True),
)
_TROUBLES = (
    Column("resource", lambda t: t[0], "RESOURCE"),
    Column("code", lambda t: t[1], "CODE", whole=True),
    Column("reason", lambda t: t[2], "REASON"),
    Column("hint", lambda t: t[3], "WHAT TO DO"),
)


def write_report_tsv(report: Report) -> str:
    """Return the lines of all entries under one header."""
    return write_tsv(COLUMNS, [row for entry in report.entries for row in _rows(entry)])


def print_report(report: Report, *, color: bool, many: int) -> str:
    """Return the summary and the tables of all entries; of more than `many` those that need a person, and the sums."""
    if len(report.entries) <= many:
        sums = [sum_up(report)] if len(report.entries) > 1 else []
        return "\n".join([*(_print_entry(entry, color=color) for entry in report.entries), *sums])
    bad = sorted((e for e in report.entries if e.exit_code), key=lambda e: rank(e.exit_code or 0), reverse=True)
    return "\n".join([*(_print_entry(entry, color=color) for entry in bad), sum_up(report)])


def sum_up(report: Report) -> str:
    """Return how many backups ended how, the worst first."""
    codes = {name_outcome(entry): entry.exit_code or 0 for entry in report.entries}
    told = Counter(map(name_outcome, report.entries))
    parts = [
        tr("{count} {outcome}").format(count=told[word], outcome=tr(word))
        for word in sorted(told, key=lambda word: rank(codes[word]), reverse=True)
    ]
    whole = tr("{count} vaults").format(count=len(report.entries))
    return entitle(whole, tr(", ").join(parts)) + "\n"


def _rows(entry: Backup) -> list[ReportRow]:
    rows = [ReportRow(entry, state=s) for s in entry.verdict.states]
    rows += [ReportRow(entry, skipped=s) for s in entry.verdict.skipped or ()]
    return rows or [ReportRow(entry)]


def _print_entry(entry: Backup, *, color: bool) -> str:
    blocks = [_print_summary(entry, color=color)]
    if entry.verdict.states:
        blocks.append(print_table(_RESOURCES, entry.verdict.states, color=color))
    failed = [(s.name or s.id, *s.error) for s in entry.verdict.states if s.error]
    if failed:
        blocks.append(tr("Failed") + "\n" + print_table(_TROUBLES, _with_hints(failed), color=color))
    skipped = [(s.name or s.id or "", s.code, s.reason) for s in entry.verdict.skipped or ()]
    if skipped:
        blocks.append(tr("Skipped") + "\n" + print_table(_TROUBLES, _with_hints(skipped), color=color))
    return "\n".join(blocks)


def print_request(http: "HttpJson") -> str:
    """Return the exact request of a dry run."""
    return f"{http['method']} {inert(http['url'])}\n{write_json(http['body'], indent=2)}\n"


def write_requests(streams: Streams, planned: Sequence[Backup]) -> None:
    """Write the exact requests, the same on a terminal and in a pipe; a person is told beside them whose each is."""
    for number, entry in enumerate(planned, 1):
        if len(planned) > 1 and streams.terminal_out:
            streams.err(f"{inert(entry.label)}:")
        if entry.http:
            streams.out(print_request(entry.http) + ("\n" if number < len(planned) else ""))


def tell_plan(note: Callable[[str], None], report: Report, options: Sequence[str]) -> None:
    """Tell beside a result what a backup would send, and the line that sends it, with `options`."""
    [entry] = report.entries
    if entry.http:
        line = shlex.join(["cbrctl", "backup", *options, "--vault", entry.label])
        note(Phrase("{line} --dry-run: this would be sent", line=line))
        for part in print_request(entry.http).splitlines():
            note(f"  {part}")
        note(Phrase("Nothing was sent. To back it up: {line}", line=line))


def _with_hints(rows: Sequence[tuple[str, str | None, str | None]]) -> list[tuple[object, ...]]:
    """Add what to do, in plain words; the code's number is enough of it in a narrow column."""
    found: list[tuple[object, ...]] = []
    for name, code, reason in rows:
        known = find(code)
        number = (code or "").removeprefix("BackupService.")
        found.append((name, number, reason or (tr(known.why) if known else ""), tr(known.fix) if known else ""))
    return found


_MARKS = {0: ("✓", "32"), 3: ("!", "33"), 5: ("…", "33")}


def _print_summary(entry: Backup, *, color: bool) -> str:
    mark, code = _MARKS.get(5 if entry.outcome == "pending" else entry.exit_code or 0, ("✗", "31"))
    words = f"{mark} {entitle(inert(entry.label), tr(name_outcome(entry)))}"
    if color:
        words = f"\x1b[{code}m{words}\x1b[0m"
    took = _duration(entry)
    if took is not None:
        words += tr(" in {time}").format(time=show_duration(took))
    if entry.checkpoint:
        words += "\n  " + tr("checkpoint") + " " + entry.checkpoint.id
    return words + "\n"


def _duration(entry: Backup) -> float | None:
    """Return the seconds that the service took, both moments by its own clock; None where it does not tell them."""
    if not entry.verdict.outcome or not entry.checkpoint:
        return None
    began, ended = read_stamp(entry.checkpoint.created_at), read_stamp(entry.verdict.ended_at)
    return ended - began if began is not None and ended is not None and ended >= began else None
