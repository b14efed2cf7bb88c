"""What the user sees: the only package that prints. One Screen a run, told what happened, asked to show the result."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any

from cbrctl.durations import write_stamp
from cbrctl.errors import CbrctlError, LocalState, UsageError
from cbrctl.messages.language import join_sentences, say, tr
from cbrctl.screen.lines import event_json, item_line, result_line
from cbrctl.screen.streams import YELLOW, Streams, tell_wait
from cbrctl.screen.text import inert, write_json

if TYPE_CHECKING:
    from cbrctl.api.listing import Listing
    from cbrctl.backup.document import Report
    from cbrctl.backup.options import Event
    from cbrctl.backup.record import Backup
    from cbrctl.documents.backups import FailureJson
    from cbrctl.screen.metrics import Metrics
    from cbrctl.screen.progress import ProgressView
    from cbrctl.screen.query import Query
    from cbrctl.screen.tables import Column, View

MANY = 8
"""Backups of a run beyond which they are told together, and those that ended well are summed up."""
OUTPUTS = ("table", "json", "jsonl", "id")
ALOUD = ("old-backup",)
"""Warnings that are said even under -qq: somebody's key is constant, and nothing is backed up (contract, run key)."""


class Screen:
    """Shows one run in one output format. `quiet` is the number of -q, `color` auto, always or never."""

    def __init__(self, output: str = "table", *, quiet: int = 0, color: str = "auto") -> None:
        self.output = output
        # what a format was asked for is always written
        self.streams = Streams(quiet if output == "table" else min(quiet, 1), color)
        self.is_watched = output == "jsonl" or not quiet
        """Somebody is told what becomes of each resource meanwhile."""
        self.service_time: Callable[[], float | None] = lambda: None
        """Gives the time by the service's clock, where that is known."""
        self.expected = 1
        """How many backups are told of: many are told together."""
        self._voice: ProgressView | None = None
        self._ids_told: set[int] = set()
        """The records of which the checkpoint's id is written."""
        self._warnings: list[CbrctlError] = []
        """Those that belong to no vault."""
        self.query: Query | None = None
        """Picks what is shown of a JSON document."""
        self.metrics: Metrics | None = None
        """Where the end of the run is written as metrics."""

    # while it runs ----------------------------------------------------------------------------------------------

    def tell(self, event: "Event") -> None:
        """Take an event of a run: a line of jsonl, an id, progress."""
        if self.output == "jsonl" and (line := event_json(event, self._now())):
            self._write_json(line)
        elif self.output == "id" and event.type == "op":
            self._write_id(event)
        if event.type == "op":
            tell_wait(str(event.data["state"]))
        if event.type == "warning":
            self.warn(event.data["warning"], vault=event.entry.label)
        elif not self.streams.quiet:
            self._open_voice().tell(event)

    def warn(self, warning: "CbrctlError | str", *, vault: str = "", **values: Any) -> None:
        """Show a warning; one by its key is made from the catalogue."""
        from cbrctl.messages.error_text import tell

        if not isinstance(warning, CbrctlError):
            warning = CbrctlError(warning, **values)
        if not vault:
            self._warnings.append(warning)
        said = tell(warning)
        words = inert(join_sentences((f"{vault}:" if vault else "", *said)))
        self._pause_voice()
        self.streams.err(f" {words}", "  ", head=tr("warning:"), color=YELLOW, aloud=warning.key in ALOUD)

    def note(self, text: str) -> None:
        """Show a line that is no part of the result."""
        self.streams.err(inert(say(text)))

    # results ----------------------------------------------------------------------------------------------------

    def show_report(self, report: "Report") -> int:
        """Show how backups ended; gives the exit code."""
        from cbrctl.screen.result_words import tell_how_to_follow, tell_plans

        self._pause_voice()
        if self.metrics:
            self.metrics.write_report(report, self.warn)
        if self.output in ("json", "jsonl"):
            self._write_result("backup", self._with_warnings(report.to_json()))
        # of several a person reads the end: the sums
        table_last = self.streams.terminal_out and len(report.entries) > 1
        if self.output == "table" and not table_last:
            self._print_report(report)
        for entry in report.entries:
            if entry.error:
                self._print_error(entry.error, entry)
        if self.output == "table" and table_last:
            self._print_report(report)
        for line in (*tell_plans(report), *tell_how_to_follow(report, MANY)):
            self.note(line)
        return self.finish(report.exit_code)

    def show_list(
        self,
        view: "View",
        rows: Sequence[Any],
        verdict: Mapping[str, Any] | None = None,
        error: CbrctlError | None = None,
        table: str | None = None,
    ) -> int:
        """Show a list that is known whole; `verdict` is what its document says beside the rows, `error` what is wrong.

        `table` stands in the place of the table, and of the lines for programs.
        """
        head = self._with_warnings(verdict) if verdict else {}
        items = [view.to_json(row) for row in rows] if self.output != "table" else []
        if self.output == "json":
            self._write_result(view.schema, {**head, "items": items})
        elif self.output == "jsonl":
            for item in items:
                self._write_json(item_line(item, self._now()))
            self._write_result(view.schema, {**head, "count": len(items)})
        elif self.output == "id":
            self.streams.out("".join(f"{reduce(getitem, view.id.split('.'), item)}\n" for item in items))
        elif table is None:
            self._print_rows(view.columns, rows)
        else:
            self.streams.out(table)
        if error:
            self._print_error(error)
        return self.finish(error.exit_code if error else 0)

    def show_listing(self, view: "View", listing: "Listing[Any]", most: int | None = None) -> int:
        """Show what was read of the service's list; one that may not be whole says so. Raises what reading raised."""
        if listing.error is not None:
            raise listing.error
        if not listing.rows:
            self.note(tr(view.none))
        if listing.flaw and (most is None or len(listing.rows) < most):
            self.warn("list-not-whole", note=listing.flaw)
        return self.show_list(view, listing.rows)

    def show_thing(
        self, view: "View", thing: Any, parts: tuple[str, Sequence["Column"], Sequence[Any]] | None = None
    ) -> int:
        """Show one thing: a line a field for people, one row for programs.

        `parts` are a field's name and a table, which people see in its place.
        """
        if self.output in ("json", "jsonl"):
            self._write_result(view.schema, view.to_json(thing))
        elif self.output == "id":
            self.streams.out(f"{view.to_json(thing)[view.id]}\n")
        elif self.streams.terminal_out:
            from cbrctl.screen.tables import write_fields

            self.streams.out(write_fields([c for c in view.columns if parts is None or c.name != parts[0]], thing))
            if parts and parts[2]:
                self.streams.out("\n")
                self._print_rows(parts[1], parts[2])
        else:
            self._print_rows(view.columns, [thing])
        return self.finish(0)

    def show_document(self, schema: str, document: Mapping[str, Any], exit_code: int = 0) -> int:
        """Show a JSON document whatever the output format."""
        self._write_result(schema, document)
        return self.finish(exit_code)

    def show_rows(self, columns: Sequence["Column"], rows: Sequence[Any], exit_code: int = 0) -> int:
        """Show rows as a table or tab-separated lines whatever the output format."""
        self._print_rows(columns, rows)
        return self.finish(exit_code)

    def show_text(self, text: str) -> int:
        """Show a text of our own that is the result."""
        self.streams.out(text)
        return self.finish(0)

    def show_error(self, error: CbrctlError, exit_code: int | None = None) -> int:
        """Show what ended the command before any vault was reached; gives the exit code."""
        self._pause_voice()
        code = error.exit_code if exit_code is None else exit_code
        if self.metrics:
            self.metrics.write(code, (), self.warn)
        if self.output in ("json", "jsonl"):
            from cbrctl.messages.error_text import describe

            failure: FailureJson = {"exit_code": code, "error": describe(error, exit_code=code)}
            self._write_result("error", failure)
        if not error.told:
            self._print_error(error)
        return self.finish(code)

    def need_ids(self) -> None:
        """Refuse -o id for a command that has no ids."""
        if self.output == "id":
            raise UsageError("no-ids")

    def finish(self, exit_code: int) -> int:
        """Let go of what was held back; gives the exit code again, another one where the result could not be written."""
        self._pause_voice()
        if (lost := self.streams.lost) and exit_code == 0:
            exit_code = LocalState.exit_code
            self._print_error(LocalState("output-lost", note=lost.strerror or str(lost)))
            if self.metrics:
                self.metrics.write(exit_code, self.metrics.vaults, self.warn)
        self.streams.finish(exit_code)
        return exit_code

    def _with_warnings(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a result document with the warnings that belong to no vault, where there are some."""
        if not self._warnings:
            return document
        from cbrctl.messages.error_text import describe

        return {**document, "warnings": [describe(warning)["message"] for warning in self._warnings]}

    # pieces -----------------------------------------------------------------------------------------------------

    def _write_result(self, schema: str, document: Mapping[str, Any]) -> None:
        document = {"schema": f"cbrctl.{schema}/v1", **document}
        self._write_json(result_line(document, self._now()) if self.output == "jsonl" else document)

    def _write_json(self, document: Mapping[str, Any]) -> None:
        indent = 2 if self.streams.terminal_out and self.output != "jsonl" else None
        text = self.query.write(document, indent, self.warn) if self.query else write_json(document, indent=indent)
        self.streams.out(f"{text}\n", utf8=True)

    def _write_id(self, event: "Event") -> None:
        """Write a checkpoint's id once: as soon as it is accepted, or, of one that others started, when it was followed."""
        entry = event.entry
        due = ("accepted", "attached", "ended") if entry.op_id else ("ended",)
        began = entry.checkpoint is not None and entry.outcome != "refused"
        if began and event.data["state"] in due and id(entry) not in self._ids_told:
            self._ids_told.add(id(entry))
            self.streams.out(f"{entry.checkpoint_id}\n")

    def _print_report(self, report: "Report") -> None:
        from cbrctl.screen.report import print_report, write_report_tsv, write_requests

        planned = [entry for entry in report.entries if entry.http]
        if planned:
            write_requests(self.streams, planned)
        elif self.streams.terminal_out:
            self.streams.out(print_report(report, color=self.streams.color_out, many=MANY))
        else:
            self.streams.out(write_report_tsv(report))

    def _print_rows(self, columns: Sequence["Column"], rows: Sequence[Any]) -> None:
        from cbrctl.screen.tables import print_table, write_tsv

        if self.streams.terminal_out:
            self.streams.out(print_table(columns, rows, color=self.streams.color_out))
        else:
            self.streams.out(write_tsv(columns, rows))

    def _print_error(self, error: CbrctlError, entry: "Backup | None" = None) -> None:
        from cbrctl.screen.error_lines import write_error

        # the tables say why and what to do, resource by resource
        told = bool(entry and entry.verdict.outcome and self.output == "table" and self.streams.terminal_out)
        write_error(self.streams, error, entry, briefly=told)

    def _open_voice(self) -> "ProgressView":
        if self._voice is None:
            from cbrctl.screen.progress import LineVoice, LiveVoice

            # what is written bit by bit to the same terminal would be redrawn over
            live = self.streams.is_live and not (self.streams.terminal_out and self.output in ("jsonl", "id"))
            if self.expected > MANY:
                from cbrctl.screen.fleet_progress import FleetBars, FleetLines

                self._voice = (FleetBars if live else FleetLines)(self.streams, self.expected)
            else:
                self._voice = LiveVoice(self.streams, self.service_time) if live else LineVoice(self.streams)
        return self._voice

    def _pause_voice(self) -> None:
        if self._voice is not None:
            self._voice.close()

    @staticmethod
    def _now() -> str:
        import time

        return write_stamp(time.time())
