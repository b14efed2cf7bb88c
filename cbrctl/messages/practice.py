"""What is said of backups where the practice cloud runs inside the command: it ends with it, and nothing goes on then."""

import re

from cbrctl.phrases import Phrase

GOES_ON = Phrase("goes on")
"""The course of a backup that nobody follows any more."""
_ENDED = Phrase("ended with the practice cloud")
NOTHING_LEFT = Phrase(
    "The practice cloud ended with this command, and its backups with it: nothing is left to follow. One that stays: "
    "cbrctl sandbox serve."
)
_FOLLOWING = re.compile(r"\bcbrctl (?:wait|resume)\b")
_on = False


def begin_practice(on: bool) -> None:
    """Take whether the cloud of this run is inside it."""
    global _on  # noqa: PLW0603 - it is chosen once, before anything is asked
    _on = on


def is_practice() -> bool:
    """Return whether the cloud ends with this command."""
    return _on


def tell_course(course: object) -> object:
    """Return what becomes of a backup, as it is here."""
    return _ENDED if _on and course == GOES_ON else course


def offers_what_is_gone(advice: str) -> bool:
    """Return whether an advice leads to a backup that has ended with the cloud."""
    return _on and bool(_FOLLOWING.search(advice))
