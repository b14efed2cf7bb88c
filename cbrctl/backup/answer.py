"""What the answer to the POST says: whether it is the answer to this request, and whether it began anything."""

from cbrctl.api.models import Checkpoint
from cbrctl.backup.marker import find_markers
from cbrctl.backup.record import Backup
from cbrctl.errors import AuthError, CbrctlError, Unknown
from cbrctl.messages.codes import classify


def check_answer(checkpoint: Checkpoint, backup: Backup) -> Checkpoint:
    """Return the answer. Raises Unknown where its name is another backup's: it may be the answer to another request."""
    sent = (backup.request or {}).get("parameters", {})
    own = {marker.op_id for marker in find_markers(sent.get("name"), sent.get("description"))}
    other = next((m for m in find_markers(checkpoint.name, checkpoint.description) if m.op_id not in own), None)
    if other is not None:
        raise Unknown("post-wrong-thing", asked=backup.op_id, got=other.op_id, checkpoint=checkpoint.id)
    return checkpoint


def skips_all(checkpoint: Checkpoint, backup: Backup) -> bool:
    """Return whether the answer to the POST skipped every resource that was wanted."""
    skipped = checkpoint.skipped or ()
    passed_over = set(backup.resource_ids or ()) - {s.id for s in skipped}
    return bool(skipped) and not (checkpoint.resources or checkpoint.unread or passed_over)


def is_empty(checkpoint: Checkpoint, backup: Backup) -> bool:
    """Return whether the answer to the POST skipped every resource that was wanted, each as busy."""
    busy = all(classify(s.code) == "busy" for s in checkpoint.skipped or ())
    return busy and skips_all(checkpoint, backup)


def is_401(error: CbrctlError) -> bool:
    """Return whether a request was refused for its proof: a gateway does that before it passes it on, so far as anybody knows."""
    return isinstance(error, AuthError) and error.fault is not None and error.fault.status == 401
