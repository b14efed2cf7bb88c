"""What the parser and the practice cloud say of a line, which is English alone: as it comes, and as it is said here."""

import re
from collections.abc import Sequence

from cbrctl.phrases import Phrase

_WORDS = (
    (Phrase("No such command '{word}'."), r"No such command '(?P<word>.*)'\."),
    (
        Phrase("No such command '{word}'. Did you mean '{near}'?"),
        r"No such command '(?P<word>.*)'\. Did you mean '(?P<near>[^']*)'\?",
    ),
    (
        Phrase("No such command '{word}'. Did you mean {near}?"),
        r"No such command '(?P<word>.*)'\. Did you mean (?P<near>.*)\?",
    ),
    (Phrase("Option '{word}' requires an argument."), r"Option '(?P<word>.*)' requires an argument\."),
    (Phrase("Option '{word}' does not take a value."), r"Option '(?P<word>.*)' does not take a value\."),
    (Phrase("Got unexpected extra argument ({words})."), r"Got unexpected extra arguments? \((?P<words>.*)\)\.?"),
    (Phrase("Got unexpected extra argument(s) ({words})."), r"Got unexpected extra argument\(s\) \((?P<words>.*)\)\.?"),
)
"""What the parser says, which is English alone: as it is said here, and as it comes."""
_FAULTS = (
    (
        Phrase("a line end or another control character in the fault {spec}"),
        r"a line end or another control character in the fault (?P<spec>.*)",
    ),
    (
        Phrase("no route {word} in the fault {spec}; choose from {names}"),
        r"no route (?P<word>.*) in the fault (?P<spec>.*); choose from (?P<names>.*)",
    ),
    (
        Phrase("no kind {word} in the fault {spec}; choose from {names}"),
        r"no kind (?P<word>.*) in the fault (?P<spec>.*); choose from (?P<names>.*)",
    ),
    (Phrase("the fault {spec} would never strike; give *1 or more"), r"the fault (?P<spec>.*) would never strike; .*"),
    (
        Phrase("nothing can be late on the route {word}; choose from {names}"),
        r"nothing can be late on the route (?P<word>.*); choose from (?P<names>.*)",
    ),
    (Phrase("{kind} takes no value in the fault {spec}"), r"(?P<kind>\S+) takes no value in the fault (?P<spec>.*)"),
    (
        Phrase("{kind} needs a value in the fault {spec}: {form}"),
        r"(?P<kind>\S+) needs a value in the fault (?P<spec>.*): (?P<form>\S+)",
    ),
    (
        Phrase("{kind} needs a number in the fault {spec}: {form}"),
        r"(?P<kind>\S+) needs a number in the fault (?P<spec>.*): (?P<form>\S+)",
    ),
    (
        Phrase("{kind} needs an HTTP status from 200 to 599 in the fault {spec}"),
        r"(?P<kind>\S+) needs an HTTP status from 200 to 599 in the fault (?P<spec>.*)",
    ),
    (
        Phrase("cut needs a whole number of bytes in the fault {spec}"),
        r"cut needs a whole number of bytes in the fault (?P<spec>.*)",
    ),
    (
        Phrase("{kind} needs 0 to 86400 seconds in the fault {spec}"),
        r"(?P<kind>\S+) needs 0 to 86400 seconds in the fault (?P<spec>.*)",
    ),
)
"""What the practice cloud says of a fault that it does not know, likewise."""


def reword(text: str) -> str:
    """Return the parser's words as a phrase of ours that says the same; words that it does not use yet as they are."""
    return text if isinstance(text, Phrase) else _find_phrase(text, _WORDS)


def reword_fault(text: str) -> str:
    """Return what the practice cloud says of a fault as a phrase of ours that says the same."""
    return _find_phrase(text, _FAULTS)


def _find_phrase(text: str, known: Sequence[tuple[str, str]]) -> str:
    found = ((template, re.fullmatch(pattern, text, re.DOTALL)) for template, pattern in known)
    return next((Phrase(template, **match.groupdict()) for template, match in found if match), text)
