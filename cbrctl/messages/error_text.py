"""The words of an error: translated for people, English for JSON. Values from outside are inert in both.

Nothing here raises, whatever an error holds: what is shown here may be the only word of a backup that was started.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from cbrctl.errors import KINDS, SIGNALS, CbrctlError
from cbrctl.machine.secrecy import hide
from cbrctl.messages.catalogue import MESSAGES
from cbrctl.messages.catalogue.message import Message
from cbrctl.messages.codes import find, normalise
from cbrctl.messages.language import close_up, tr
from cbrctl.messages.practice import NOTHING_LEFT, offers_what_is_gone, tell_course
from cbrctl.phrases import Phrase, say_in

if TYPE_CHECKING:
    from cbrctl.documents.backups import ErrorJson

SYSTEM = (
    "Permission denied", "Operation not permitted", "No such file or directory", "No space left on device",
    "Read-only file system", "Input/output error", "Is a directory", "Not a directory", "Disk quota exceeded",
    "Connection refused", "Connection reset by peer", "Connection timed out", "timed out", "Network is unreachable",
    "No route to host", "Address already in use", "Name or service not known", "Temporary failure in name resolution",
    "Remote end closed connection without response", "Too many open files",
)  # fmt: skip
"""What the system and the libraries say of what cannot be done."""
_PLACE = re.compile(r"\{(\w+)\}")
_LONGEST = 2000
_COMMAND = r"\bcbrctl (?:(?:vault|checkpoint|copy|task) [a-z]+|auth status|backup|wait|resume|check|report)\b"
"""A command that is advised and asks the service."""
PROFILES = Phrase("No profile was chosen; --profile takes one of: {profiles}.")
"""Where settings or credentials lack that another profile may have: said beside what to do."""
KEY_STAYS = Phrase("The same --run-key starts no other backup: that takes a new key.")
"""What is done again with a key that stands for a backup which went wrong would only find it again."""
_connection = ""


def repeat_connection(options: str) -> None:
    """Let advised commands take the options that chose this run's connection: without them they would ask elsewhere."""
    global _connection  # noqa: PLW0603 - it is chosen once, before anything is asked
    _connection = options


def connect(advice: str) -> str:
    """Return an advice whose commands ask where this run asked."""
    # no template: a name may hold a backslash
    return re.sub(_COMMAND, lambda command: command[0] + _connection, advice) if _connection else advice


def tell(
    error: CbrctlError, translate: Callable[[str], str] = tr, names: Mapping[str, str] = MappingProxyType({})
) -> Message:
    """Return what happened, why and what to do, in the language of `translate`. `names` fill what the error cannot know.

    A key that the catalogue does not have is told in the general words of its kind.
    """
    code = find(error.fault.code) if error.fault else None
    given: dict[str, object] = {
        "checkpoint": "CHECKPOINT_ID",
        "op": "OP_ID",
        # it may be an exception's words, which quote what was sent or answered
        "note": hide(_write(_tell_system(say_in(error.note, translate), translate))),
        **names,
        **error.values,
    }
    given["course"] = tell_course(given.get("course"))
    words = {
        "note": "",
        "who": "",
        "why": translate(code.why) if code else "",
        "fix": translate(code.fix) if code else "",
        **{name: _write(say_in(value, translate)) for name, value in given.items() if value is not None},
    }
    general = Message(error.about.message, "{why} {note}", "{fix}")
    message = MESSAGES.get(error.key)
    said = Message(*(fill(translate(part), words) for part in message or general))
    if not said.what:
        said = said._replace(what=fill(translate(general.what), words))
    if not said.fix and not (message and type(error) is CbrctlError):  # those are warnings, which need no hint
        said = said._replace(fix=fill(translate(error.about.hint), words))
    if error.values.get("unchosen"):
        said = said._replace(fix=f"{fill(translate(PROFILES), {'profiles': words['unchosen']})} {said.fix}")
    if error.values.get("keyed"):
        said = said._replace(fix=f"{said.fix} {translate(KEY_STAYS)}")
    said = said._replace(fix=translate(NOTHING_LEFT) if offers_what_is_gone(said.fix) else connect(said.fix))
    return said if translate is str else Message(*map(close_up, said))


def describe(
    error: CbrctlError,
    *,
    exit_code: int | None = None,
    sent: str | None = None,
    names: Mapping[str, str] = MappingProxyType({}),
) -> "ErrorJson":
    """Return the error as the contract writes it in JSON; its words are English."""
    said = tell(error, str, names)
    fault = error.fault
    about = KINDS["signal"] if exit_code in SIGNALS else error.about
    text = f'The service: "{_write(fault.text)}"' if fault and fault.text else ""
    told: ErrorJson = {
        "code": normalise(fault.code) if fault else None,
        "kind": about.name,
        "message": " ".join(part for part in (said.what, said.why, text) if part),
        "hint": said.fix or about.hint,
        "http_status": fault.status or None if fault else None,
        "request_id": fault.request_id if fault else None,
        "sent": error.sent or sent,
    }
    if fault and fault.encoded:
        told["encoded_authorization_message"] = fault.encoded
    return told


def fill(template: str, words: Mapping[str, str]) -> str:
    """Return the text with its places filled; one that nothing fills shows its name, as a usage line does."""
    return _PLACE.sub(lambda place: words.get(place[1], place[1].upper()), template).strip()


def _tell_system(note: object, translate: Callable[[str], str]) -> object:
    """Return a note with the system's own words for what went wrong, which are English everywhere, in another language."""
    if not isinstance(note, str) or translate is str:
        return note
    for words in SYSTEM:
        note = note.replace(words, translate(words))
    return note


def _write(value: object) -> str:
    """Return a value as text, cut where it is longer than anybody reads."""
    try:
        return (value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value))[:_LONGEST]
    except Exception:
        return type(value).__name__
