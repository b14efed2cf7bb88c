"""What is said of how backups ended beside the tables, which are loaded only where one is shown."""

from cbrctl.backup.document import Report
from cbrctl.backup.record import Backup
from cbrctl.messages.error_text import connect
from cbrctl.messages.language import tr
from cbrctl.messages.practice import NOTHING_LEFT, is_practice
from cbrctl.phrases import Phrase


def name_outcome(entry: Backup) -> str:
    """Return the word for how a backup ended; what was there already was not accepted now (contract, streams)."""
    return Phrase("running") if entry.outcome == "accepted" and entry.attached else str(entry.outcome)


def tell_how_to_follow(report: Report, many: int) -> list[str]:
    """Return what follows the backups that were accepted and are not followed here; nothing does in practice."""
    accepted = [entry for entry in report.entries if entry.outcome == "accepted"]
    if not accepted:
        return []
    if is_practice():
        return [tr(NOTHING_LEFT)]
    if len(report.entries) > many:
        return [connect(tr("cbrctl resume follows what was accepted."))]
    words = connect(tr("{vault}: cbrctl wait {id} follows it."))
    return [words.format(vault=entry.label, id=entry.checkpoint.id) for entry in accepted if entry.checkpoint]


def tell_plans(report: Report) -> list[str]:
    """Return that the requests of a dry run stayed here, and how many there are."""
    count = sum(entry.http is not None for entry in report.entries)
    if count > 1:
        return [tr("Nothing was sent: {count} requests would be.").format(count=count)]
    return [tr("Nothing was sent: one request would be.")] if count else []
