"""Print the result document of `cbrctl backup -o json` as a summary in Markdown: `python3 summary.py result.json`.

It needs Python alone. What went wrong stands first, with why and what to do.
"""

import json
import re
import sys
from typing import Any

MOST = 500
"""Vaults that are listed: a summary of GitHub has at most 1 MiB."""


def plain(text: object) -> str:
    """Return text that Markdown and HTML leave as it is: names come from outside."""
    cut = str("" if text is None else text)[:200]
    return re.sub(r"[^\w\s.:,-]|_", lambda match: f"&#{ord(match[0])};", re.sub(r"\s+", " ", cut))


def row(entry: dict[str, Any]) -> str:
    """Return the line of a vault."""
    vault, error = entry.get("vault") or {}, entry.get("error") or {}
    resources = entry.get("resources") or []
    good = sum(resource.get("status") == "available" for resource in resources)
    cells = [
        vault.get("name") or vault.get("id"),
        entry.get("outcome"),
        f"{good} of {len(resources) + len(entry.get('skipped_resources') or [])}",
        (entry.get("checkpoint") or {}).get("id"),
        " ".join(str(error[key]) for key in ("message", "hint") if error.get(key)),
    ]
    return f"| {' | '.join(map(plain, cells))} |"


def summarise(text: str) -> str:
    """Return the summary of a document; of one that is none, that it is none."""
    try:
        document = json.loads(text)
    except ValueError:
        return "### cbrctl: no result\n"
    entries = document.get("backups") or []
    outcome = document.get("outcome") or "error"
    lines = [f"### cbrctl: {plain(outcome)}, exit code {plain(document.get('exit_code'))}", ""]
    if error := document.get("error"):  # nothing was reached
        lines += [plain(error.get("message")), "", plain(error.get("hint"))]
    if entries:
        lines += ["| vault | outcome | copies | checkpoint | why |", "|---|---|---|---|---|"]
        # what went wrong first
        lines += map(row, sorted(entries, key=lambda entry: not entry.get("exit_code"))[:MOST])
    if len(entries) > MOST:
        lines += ["", f"{len(entries) - MOST} more are in the document."]
    lines += ["", *(f"- {plain(warning)}" for warning in document.get("warnings") or [])]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # whatever the runner's locale
        sys.stdout.write(summarise(file.read()))
