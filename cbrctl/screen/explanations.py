"""What `cbrctl explain` shows: one explanation as a text, all of them as a list."""

import shutil
from typing import TYPE_CHECKING

from cbrctl.messages.explanations import Explanation
from cbrctl.messages.language import tr
from cbrctl.screen.tables import Column, View
from cbrctl.screen.wrapping import wrap

if TYPE_CHECKING:
    from cbrctl.documents.machine import ExplanationJson


def write_explanation(entry: Explanation) -> str:
    """Return an explanation for people, no wider than 80 cells or the terminal."""
    width = min(max(shutil.get_terminal_size().columns, 40), 80)
    told = entry.told(tr)
    parts = [entry.kind if entry.kind and entry.kind not in entry.code else None]
    if entry.exit_code is not None and not entry.code.startswith("exit"):
        parts.append(tr("exit code {number}").format(number=entry.exit_code))
    head = entry.code + "".join(tr(", ") + part for part in parts if part)
    fix = [f"→ {told.fix}"] if told.fix else []
    lines = [line for text in (told.what, told.why, *fix) if text for line in wrap(text, width, "  ")]
    beside = ["", *wrap(told.of_resource, width)] if told.of_resource else []
    return "\n".join([head, "", *lines, "", *wrap(told.background, width), *beside]) + "\n"


def _background(entry: Explanation) -> str:
    told = entry.told(str)
    return f"{told.background} {told.of_resource}".strip()


def _to_json(entry: Explanation) -> "ExplanationJson":
    english = entry.told(str)
    return {
        "code": entry.code,
        "kind": entry.kind,
        "exit_code": entry.exit_code,
        "what": english.what,
        "why": english.why,
        "fix": english.fix,
        "background": _background(entry),
    }


_COLUMNS = (
    Column("code", lambda e: e.code, "CODE", whole=True),
    Column("kind", lambda e: e.kind),
    Column("exit_code", lambda e: e.exit_code, "EXIT", right=True, whole=True),
    Column("what", lambda e: e.told(str).what, "MEANING", lambda e: e.told(tr).why or e.told(tr).what),
    Column("why", lambda e: e.told(str).why),
    Column("fix", lambda e: e.told(str).fix),
    Column("background", _background),
)
EXPLANATIONS = View("explain", _COLUMNS, _to_json, id="code")
