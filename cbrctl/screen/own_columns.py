"""The columns and the JSON of what this machine has, as data: its history, its credentials, what `doctor` found."""

from typing import TYPE_CHECKING, Literal

from cbrctl.backup.document import item_json, op_json, stamp
from cbrctl.backup.record import Backup
from cbrctl.messages.language import tr
from cbrctl.phrases import Phrase
from cbrctl.screen.columns import show_moment, yes_no
from cbrctl.screen.tables import Column, View
from cbrctl.screen.text import write_json

if TYPE_CHECKING:
    from cbrctl.doctor import Finding
    from cbrctl.documents.machine import FindingJson, SourceJson
    from cbrctl.errors import CbrctlError
    from cbrctl.login import FoundCredentials


def source_json(source: "FoundCredentials") -> "SourceJson":
    """Return a set of credentials as JSON shows it: never its secret."""
    from cbrctl.messages.error_text import describe

    return {
        "source": source.place,
        "kind": source.kind or None,
        "origin": source.origin or None,
        "identity": source.identity or None,
        "agency": source.agency or None,
        "expires_at": stamp(source.expires_at),
        "iam_endpoint": source.iam_endpoint,
        "endpoint": source.endpoint,
        "used": source.used,
        "checked": source.checked,
        "error": describe(source.error) if source.error else None,
    }


def finding_json(finding: "Finding") -> "FindingJson":
    """Return what a check of `doctor` found as JSON shows it."""
    from cbrctl.messages.error_text import describe

    error = describe(finding.error) if finding.error else None
    return {"check": finding.check, "state": finding.state, "note": finding.note, "error": error}


def _describe(error: "CbrctlError | None", part: Literal["message", "hint"]) -> str | None:
    """Return a part of what JSON says of an error, for programs."""
    from cbrctl.messages.error_text import describe

    return describe(error)[part] if error else None


_LASTING = {
    "access-key": Phrase("for ever"),
    "password": Phrase("until changed"),
    "password+code": Phrase("one login"),
    "code": Phrase("one login"),
}


def _lasts(source: "FoundCredentials") -> str:
    """How long it lasts, for people."""
    if source.error:
        from cbrctl.messages.error_text import tell

        return tell(source.error).what
    if source.expires_at is not None:
        return tr("until {time}").format(time=show_moment(stamp(source.expires_at)))
    return tr(_LASTING.get(source.kind, Phrase("unknown")))


def _outcome(backup: Backup) -> str:
    """How it ended, for people; the run that was to tell is at it still, or was killed. What others sent was not accepted."""
    found = backup.outcome == "accepted" and backup.request is None
    return Phrase(backup.outcome) if backup.outcome and not found else Phrase("open")


def _skipped(backup: Backup) -> str:
    """What the answer to the request named as skipped, and why; it stands nowhere else afterwards."""
    skipped = backup.verdict.skipped or ()
    return "; ".join(f"{s.name or s.id} ({s.code})" if s.code else f"{s.name or s.id}" for s in skipped)


_AUTH = (
    Column("used", lambda s: s.used, "USED", lambda s: yes_no(s.used)),
    Column("source", lambda s: s.place, "SOURCE"),
    Column("kind", lambda s: s.kind, "KIND", whole=True),
    Column("origin", lambda s: s.origin),
    Column("identity", lambda s: s.identity, "IDENTITY", lambda s: s.agency or s.identity),
    Column("agency", lambda s: s.agency),
    Column("expires_at", lambda s: stamp(s.expires_at), "LASTS", _lasts),
    Column("checked", lambda s: s.checked),
    Column("iam_endpoint", lambda s: s.iam_endpoint),
    Column("endpoint", lambda s: s.endpoint),
    Column("error", lambda s: _describe(s.error, "message")),
)
FINDINGS = (
    Column("check", lambda f: f.check),
    Column("state", lambda f: f.state),
    Column("note", lambda f: f.note),
    Column("message", lambda f: _describe(f.error, "message")),
    Column("fix", lambda f: _describe(f.error, "hint")),
)
_HISTORY = (
    Column("op_id", lambda o: o.op_id, "OP ID", whole=True),
    Column("vault_id", lambda o: o.vault_id),
    Column("vault", lambda o: o.vault_name, "VAULT", lambda o: o.vault_name or o.vault_id),
    Column("checkpoint_id", lambda o: o.checkpoint_id, "CHECKPOINT", whole=True, wide=True),
    Column("outcome", lambda o: o.outcome, "OUTCOME", _outcome, whole=True),
    Column("exit_code", lambda o: o.exit_code, "EXIT", right=True, whole=True),
    Column("sent", lambda o: o.sent, show=lambda o: o.sent and Phrase(o.sent)),
    Column("attached", lambda o: o.request is None, show=lambda o: yes_no(o.request is None)),
    Column(
        "started_at", lambda o: stamp(o.started_at), "STARTED", lambda o: show_moment(stamp(o.started_at)), whole=True
    ),
    Column("ended_at", lambda o: o.ended_at),
)
_OP = (
    *(c._replace(show=c.show if c.name in ("outcome", "sent", "attached") else None) for c in _HISTORY),
    Column("state", lambda o: o.state),
    Column("endpoint", lambda o: o.endpoint),
    Column("project_id", lambda o: o.project_id),
    Column("request", lambda o: None if o.request is None else write_json(o.request)),
    Column("marked", lambda o: o.marked, show=lambda o: yes_no(o.marked)),
    Column("on_skip", lambda o: o.on_skip),
    Column("sent_at", lambda o: stamp(o.sent_at.wall if o.sent_at else None)),
    Column("service_sent_at", lambda o: stamp(o.sent_at.service if o.sent_at else None)),
    Column("skipped_resources", _skipped),
)

AUTH = View("auth", _AUTH, source_json)
HISTORY = View("history", _HISTORY, item_json, id="op_id")
OP = View("op", _OP, op_json, id="op_id")
