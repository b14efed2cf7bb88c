"""An error as people read it: what happened, why, what to do, and the facts. On standard error."""

from typing import TYPE_CHECKING

from cbrctl.errors import CbrctlError
from cbrctl.messages.error_text import KEY_STAYS, tell
from cbrctl.messages.explanations import name_explanation
from cbrctl.messages.language import entitle, tr
from cbrctl.phrases import Phrase
from cbrctl.screen.streams import DIM, RED, Streams
from cbrctl.screen.text import inert

if TYPE_CHECKING:
    from cbrctl.backup.record import Backup

_STARTED = {
    "yes": Phrase("the request was accepted"),
    "no": Phrase("not started"),
    "unknown": Phrase("whether it was started is not known"),
}
"""Words for what the document says with `sent`."""


def _facts(error: CbrctlError, entry: "Backup | None") -> str:
    """Code, status, request id and whether it was sent, as far as they are known."""
    fault = error.fault
    sent = error.sent or (entry.sent if entry else None)
    started = _STARTED.get(sent or "", "") if entry or sent != "no" else Phrase("nothing was sent")
    if sent == "yes" and entry is not None and (entry.attached or entry.outcome == "refused"):
        started = ""  # others sent it, or nothing was taken up
    parts = [
        fault and fault.code,
        f"HTTP {fault.status}" if fault and fault.status else None,
        tr("request id {id}").format(id=fault.request_id) if fault and fault.request_id else None,
        tr(started),
        "encoded_authorization_message: -o json" if fault and fault.encoded else None,
    ]
    text = tr('the service: "{text}"').format(text=fault.text) if fault and fault.text else None
    return tr(", ").join(str(p) for p in (*parts, text) if p)


def write_error(streams: Streams, error: CbrctlError, entry: "Backup | None", *, briefly: bool) -> None:
    """Write an error of the whole, or of the `entry` that it belongs to; `briefly` without why, what to do and the facts."""
    said = tell(error, tr, entry.names() if entry else {})
    words = entitle(inert(entry.label), inert(said.what)) if entry else inert(said.what)
    streams.err(f" {words}", "  ", head=tr("error:"), color=RED)
    if not briefly:
        if said.why:
            streams.err(f"  {inert(said.why)}", "  ")
        if said.fix:
            streams.err(f" {inert(said.fix)}", "    ", head="  →", color=DIM)
        facts = _facts(error, entry)
        if facts:
            streams.err(f"  {inert(facts)}", "  ")
    elif error.values.get("keyed"):  # tables say how each resource is mended, and "run again" would do nothing
        streams.err(f" {tr(KEY_STAYS)}", "    ", head="  →", color=DIM)
    more = name_explanation(error)
    if more:
        streams.err(f" cbrctl explain {more}", "    ", head="  →", color=DIM)
