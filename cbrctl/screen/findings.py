"""What `doctor` found: for people a line each as it comes and what is wrong at the end, whole for programs."""

import shutil
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cbrctl.messages.language import close_up, join_sentences, say, tr
from cbrctl.phrases import Phrase, list_names
from cbrctl.screen import Screen
from cbrctl.screen.streams import DIM, RED, YELLOW
from cbrctl.screen.text import inert, show_local_times
from cbrctl.screen.wrapping import cells, pad, wrap

if TYPE_CHECKING:
    from cbrctl.doctor import Finding

_GREEN = "32"
_LOOKS = {
    "ok": ("✓", Phrase("ok"), _GREEN),
    "warning": ("!", Phrase("warning"), YELLOW),
    "error": ("✗", Phrase("ERROR"), RED),
    "skipped": ("-", Phrase("skipped"), DIM),
}
_SHELL = ("chmod ", "mv ", "sudo ")
"""How a line for the shell begins: it stays one, to be copied."""


def print_finding(screen: Screen, finding: "Finding") -> None:
    """Write a finding for people."""
    local = show_local_times if screen.streams.terminal_out else str
    screen.streams.out(_write_finding(finding, local, color=screen.streams.color_out))


def print_end(screen: Screen, found: "Sequence[Finding]") -> None:
    """Write for people what was not looked at, in one line, what is wrong, and how much of each there is."""
    of_state = {state: [f for f in found if f.state == state] for state in ("ok", "warning", "error", "skipped")}
    if of_state["skipped"]:
        names = tr(list_names(finding.check for finding in of_state["skipped"]))
        text = "\n".join(_wrap(f"{_head('skipped')}{names}", "    ")) + "\n"
        screen.streams.out(_paint(text, "skipped", color=screen.streams.color_out))
    for finding in of_state["error"]:
        print_finding(screen, finding)
    counts = {state: len(findings) for state, findings in of_state.items()}
    words = tr("{ok} ok, {warning} to look at, {error} wrong, {skipped} skipped.").format(**counts)
    advice = tr("Nothing is wrong that can be seen without a backup.")
    if counts["error"]:
        advice = tr("Mend what is wrong and run it again.")
    screen.streams.out("\n" + "\n".join(_wrap(close_up(f"{words} {advice}"), "")) + "\n")


def print_errors(screen: Screen, found: "Sequence[Finding]") -> None:
    """Write what is wrong to standard error, as every command does."""
    from cbrctl.messages.error_text import tell
    from cbrctl.messages.explanations import name_explanation

    for finding in found:
        if finding.error and finding.state == "warning":
            screen.warn(finding.error, vault=finding.check)
        elif finding.error:
            said = tell(finding.error)
            words = inert(join_sentences((said.what, said.why)))
            screen.streams.err(f" {finding.check}: {words}", "  ", head=tr("error:"), color=RED)
            if said.fix:
                screen.streams.err(f" {inert(said.fix)}", "    ", head="  →", color=DIM)
            if more := name_explanation(finding.error):
                screen.streams.err(f" cbrctl explain {more}", "    ", head="  →", color=DIM)


def _write_finding(finding: "Finding", local: Callable[[str], str], *, color: bool) -> str:
    """Return the lines of a finding for people: what it is, and below it why and what to do; `local` writes moments."""
    from cbrctl.messages.error_text import tell
    from cbrctl.messages.explanations import name_explanation

    said = tell(finding.error) if finding.error else None
    head = _head(finding.state)
    lines = _wrap(f"{head}{finding.check:<13}  {inert(local(said.what if said else str(say(finding.note))))}", "    ")
    if said and said.why:
        lines += _wrap(f"    {inert(local(said.why))}", "    ")
    if said and said.fix:
        fix = f"    → {inert(said.fix)}"
        lines += [fix] if said.fix.startswith(_SHELL) else _wrap(fix, "      ")
    facts = _facts(finding)
    if facts:
        lines += _wrap(f"    {inert(facts)}", "    ")
    more = name_explanation(finding.error) if finding.error and finding.state == "error" else None
    if more:
        lines.append(f"    → cbrctl explain {more}")
    return _paint("\n".join(lines) + "\n", finding.state, color=color)


def _head(state: str) -> str:
    mark, word, _ = _LOOKS.get(state, ("-", state, DIM))
    return f"{mark} {pad(tr(word), 7)}  "


def _paint(text: str, state: str, *, color: bool) -> str:
    shade = _LOOKS.get(state, ("", "", DIM))[2]
    head = _head(state)
    return f"\x1b[{shade}m{head}\x1b[0m{text.removeprefix(head)}" if color else text


def _wrap(text: str, indent: str) -> list[str]:
    """Break a text at the terminal's width; a command or a path that is too long stays whole, to be copied."""
    width = max(shutil.get_terminal_size().columns, 20)
    return [text] if cells(text) <= width else wrap(text, width, indent)


def _facts(finding: "Finding") -> str:
    """What the service's support asks for: code, status, request id, and the service's own words."""
    fault = finding.error.fault if finding.error else None
    if fault is None:
        return ""
    parts = (
        fault.code,
        f"HTTP {fault.status}",
        tr("request id {id}").format(id=fault.request_id) if fault.request_id else None,
        tr('the service: "{text}"').format(text=fault.text) if fault.text else None,
    )
    return tr(", ").join(part for part in parts if part)
