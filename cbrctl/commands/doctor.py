"""`cbrctl doctor`: is everything in place for a backup, and what mends what is not?"""

import os
import shutil
import textwrap
import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

import typer

from cbrctl.durations import write_stamp
from cbrctl.language import tr
from cbrctl.options import Common
from cbrctl.screen import Screen
from cbrctl.screen.streams import DIM, RED, YELLOW
from cbrctl.screen.tables import Column, write_tsv
from cbrctl.screen.text import inert, write_json

if TYPE_CHECKING:
    from cbrctl.checkup import Finding
    from cbrctl.session import Session

_GREEN = "32"
_LOOKS = {"ok": ("✓", "ok", _GREEN), "warning": ("!", "warning", YELLOW), "error": ("✗", "ERROR", RED)}


_SHELL = ("chmod ", "mv ", "sudo ")
"""How a line for the shell begins: it stays one, to be copied."""


def doctor(context: typer.Context) -> int:
    """Check configuration, credentials, network, clock and files; say what mends each.

    It logs in once at most and reads the list of vaults; nothing is started or changed. The exit code is that of the
    worst error; warnings do not count.

    Examples:
      cbrctl doctor
      cbrctl doctor -o json
      cbrctl doctor --sandbox
    """
    common: Common = context.obj
    screen = common.screen
    screen.need_ids()
    from cbrctl.checkup import examine, exit_code_of

    def open_session(warn: Callable[..., None]) -> "Session":
        from cbrctl.session import Session

        log = screen.note if common.verbose else None
        return Session(
            common.flags,
            language=common.language,
            sandbox=common.sandbox,
            caching=common.caching,
            warn=warn,
            log=log,
        )

    for_people = screen.output == "table" and screen.streams.terminal_out
    found: list[Finding] = []
    # the session is closed with it, a signal included
    with closing(examine(open_session, os.environ, sandbox=common.sandbox)) as findings:
        for finding in findings:
            found.append(finding)
            if for_people:  # each as it comes: a slow one shows which it is
                screen.streams.out(_write_finding(finding, color=screen.streams.color_out))
    exit_code = exit_code_of(found)
    if not for_people:
        _show(screen, found, exit_code)
    return screen.finish(exit_code)


def _show(screen: Screen, found: "list[Finding]", exit_code: int) -> None:
    """Write the findings for programs, and what is wrong to standard error as every command does."""
    if screen.output == "table":
        screen.streams.out(write_tsv(_COLUMNS, found))
    else:
        head = {"type": "result", "ts": write_stamp(time.time())} if screen.output == "jsonl" else {}
        items = [_finding_json(finding) for finding in found]
        document = {"schema": "cbrctl.doctor/v1", "exit_code": exit_code, "findings": items}
        screen.streams.out(write_json({**head, **document}) + "\n", utf8=True)
    from cbrctl.messages import tell

    for finding in found:
        if finding.error and finding.state == "warning":
            screen.warn(finding.error, vault=finding.check)
        elif finding.error:
            said = tell(finding.error)
            words = inert(" ".join(part for part in (said.what, said.why) if part))
            screen.streams.err(f" {finding.check}: {words}", "  ", head="error:", color=RED)
            if said.fix:
                screen.streams.err(f" {inert(said.fix)}", "    ", head="  →", color=DIM)


def _write_finding(finding: "Finding", *, color: bool) -> str:
    """Give the lines of a finding for people: what it is, and below it why and what to do."""
    from cbrctl.messages import tell

    mark, word, shade = _LOOKS.get(finding.state, ("-", finding.state, DIM))
    said = tell(finding.error) if finding.error else None
    head = f"{mark} {word:<7}  "
    lines = _wrap(f"{head}{finding.check:<13}  {inert(said.what if said else finding.note)}", "    ")
    if said and said.why:
        lines += _wrap(f"    {inert(said.why)}", "    ")
    if said and said.fix:
        fix = f"    → {inert(said.fix)}"
        lines += [fix] if said.fix.startswith(_SHELL) else _wrap(fix, "      ")
    facts = _facts(finding)
    if facts:
        lines += _wrap(f"    {inert(facts)}", "    ")
    text = "\n".join(lines) + "\n"
    return f"\x1b[{shade}m{head}\x1b[0m{text.removeprefix(head)}" if color else text


def _wrap(text: str, indent: str) -> list[str]:
    """Break a text at the terminal's width; a command or a path that is too long stays whole, to be copied."""
    width = max(shutil.get_terminal_size().columns, 40)
    if len(text) <= width:
        return [text]
    return textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)


def _facts(finding: "Finding") -> str:
    """What the service's support asks for: code, status, request id, and the service's own words."""
    fault = finding.error.fault if finding.error else None
    if fault is None:
        return ""
    parts = (
        fault.code,
        f"HTTP {fault.status}",
        f"request id {fault.request_id}" if fault.request_id else None,
        f'{tr("the service")}: "{fault.text}"' if fault.text else None,
    )
    return ", ".join(part for part in parts if part)


def _error_json(finding: "Finding") -> dict[str, Any] | None:
    from cbrctl.messages import describe

    return describe(finding.error) if finding.error else None


def _finding_json(finding: "Finding") -> dict[str, Any]:
    return {"check": finding.check, "state": finding.state, "note": finding.note, "error": _error_json(finding)}


_COLUMNS = (
    Column("check", lambda f: f.check),
    Column("state", lambda f: f.state),
    Column("note", lambda f: f.note),
    Column("message", lambda f: (_error_json(f) or {}).get("message")),
    Column("fix", lambda f: (_error_json(f) or {}).get("hint")),
)
