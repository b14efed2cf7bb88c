"""Every error in one list: what it is, why, what to do, and what is behind it. `cbrctl explain` prints it.

It is put together from the tables that the errors themselves are told from: the service's codes, the exit table, the outcomes
and the catalogue of messages. None of their words stands here a second time.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from cbrctl.errors import KINDS, OUTCOMES, SIGNALS, CbrctlError
from cbrctl.messages.catalogue import MESSAGES, backgrounds
from cbrctl.messages.codes import find, leaves_open, normalise, read_codes
from cbrctl.messages.error_text import fill
from cbrctl.phrases import Phrase

_OF_THE_MOMENT = dict.fromkeys(("note", "who", "why", "fix", "reason"), "")
"""Places of a message that hold a whole sentence, which only the error itself knows."""
OF_RESOURCE = Phrase(
    "Said of one resource of a backup that was started it tells why that one has no copy: the backup is partial then (exit "
    "code 3), or failed (4) where no resource has one."
)
LEFT_OPEN = Phrase(
    "In the answer to the request that starts a backup it leaves open whether one was started: cbrctl ends with exit code 6 "
    "then, and cbrctl resume finds it out. In the answer to a look it says only that this look told nothing."
)
_NOTHING = Phrase("There is nothing to do.")
_EXIT_CODE = re.compile(r"(?:exit[ -]?(?:code )?)?([0-9]{1,3})")


class Explanation(NamedTuple):
    """One error, exit code or outcome. The texts are English, and have places as in the catalogue."""

    code: str
    """What it is called: `BackupService.6114`, `exit 3`, `accepted`, `no-credentials`."""
    kind: str | None
    """Name in the exit table; None where it depends."""
    exit_code: int | None
    what: str
    why: str
    fix: str
    background: str
    """What more there is to know of it."""
    of_resource: str = ""
    """What it means where it is said of one resource of a backup."""

    def told(self, translate: Callable[[str], str]) -> "Explanation":
        """Return it in the language of `translate`, without a case: what would fill a place is named in capitals."""
        texts = (_general(translate(text)) for text in self[3:])
        return Explanation(*self[:3], *texts)


@cache
def read_explanations() -> dict[str, Explanation]:
    """Return all of them by their code: exit codes, outcomes, codes of the service, messages of this program."""
    listed = [*list_exit_codes(), *_outcomes(), *_service_codes(), *_messages()]
    return {entry.code: entry for entry in listed}


def find_explanation(words: Sequence[str]) -> Explanation | None:
    """Return what is meant by the words behind `cbrctl explain`: a code, `exit N`, an outcome, a kind, a message's key."""
    text = " ".join(" ".join(words).split())
    known = {name.lower(): entry for name, entry in read_explanations().items()}
    if number := _EXIT_CODE.fullmatch(text.lower()):
        code = int(number[1])
        return known.get("exit 128+n" if code in SIGNALS else f"exit {code}")
    kind = KINDS.get(text.lower())
    if kind and kind.name not in known:  # an outcome says more than the kind of its name
        return known.get(f"exit {kind.exit_code}", known["exit 128+n"])
    return known.get(_name_code(text).lower())


def find_similar(words: Sequence[str]) -> list[str]:
    """Return up to five codes that a mistyped one may have meant: the same digits, else what is written alike.

    One or two digits are an exit code, and what is near them is one too.
    """
    from difflib import get_close_matches

    number = _EXIT_CODE.fullmatch(" ".join(words).lower())
    if number and len(number[1]) < 3:
        exits = [kind.exit_code for kind in KINDS.values() if kind.name != "signal"]
        return [f"exit {code}" for code in sorted(set(exits), key=lambda code: abs(code - int(number[1])))][:3]
    text = shorten(_name_code(" ".join(words))).lower()
    names = {shorten(name).lower(): shorten(name) for name in [*read_explanations(), *KINDS]}
    digits = text.rpartition(".")[2]
    same = [name for lower, name in names.items() if digits.isdigit() and lower.rpartition(".")[2] == digits]
    close = get_close_matches(text, list(names), 5, 0.5)
    if digits.isdigit() and not same and not close:
        numbers = [name for name in names if name.isdigit()]
        close = sorted(numbers, key=lambda name: abs(int(name) - int(digits)))[:3]
    return list(dict.fromkeys([*same, *(names[name] for name in close)]))[:5]


def name_explanation(error: CbrctlError) -> str | None:
    """Return what `cbrctl explain` takes for an error; None where it has nothing more to say of it."""
    code = error.fault.code if error.fault else None
    entry = find(code)
    own = error.key if error.key in backgrounds.MESSAGES else backgrounds.SAME.get(error.key)
    # a code tells of a refusal: of what is not known, or goes on, that would say that nothing was started
    if entry and (own is None or error.kind in ("partial", "failed", entry.kind)):
        return shorten(str(code))
    return own


def _name_code(text: str) -> str:
    """Return a code of the service as it stands in the table; digits alone are CBR's, or of the only one that has them."""
    code = normalise(text) or text
    others = [name for name in read_codes() if name.endswith(f".{text}")]
    return others[0] if len(others) == 1 else code


def shorten(code: str) -> str:
    """Return a code as one types it: that of CBR needs no service before its digits."""
    return code.removeprefix("BackupService.")


def list_exit_codes() -> list[Explanation]:
    """Return what each exit code means, in their order."""
    found = [
        Explanation("exit 0", "ok", 0, Phrase("It ended as it was asked to."), "", _NOTHING, backgrounds.KINDS["ok"])
    ]
    for kind in sorted(KINDS.values(), key=lambda kind: kind.exit_code):
        code = None if kind.name == "signal" else kind.exit_code
        name = "exit 128+N" if code is None else f"exit {code}"
        found.append(Explanation(name, kind.name, code, kind.message, "", kind.hint, backgrounds.KINDS[kind.name]))
    return found


def _outcomes() -> list[Explanation]:
    found = []
    for name, (what, background) in backgrounds.OUTCOMES.items():
        done = OUTCOMES[name] == {0}
        fix = _NOTHING if done else Phrase("See the message and the exit code.")
        found.append(Explanation(name, "ok" if done else None, 0 if done else None, what, "", fix, background))
    return found


def _service_codes() -> list[Explanation]:
    found = []
    for name, code in read_codes().items():
        kind = KINDS[code.kind]
        beside = OF_RESOURCE if name.startswith("BackupService.") else ""
        if leaves_open(name):  # which kind it is depends on what was asked
            found.append(Explanation(name, None, None, code.why, "", code.fix, LEFT_OPEN, beside))
            continue
        background = backgrounds.KINDS[kind.name]
        found.append(Explanation(name, kind.name, kind.exit_code, kind.message, code.why, code.fix, background, beside))
    return found


def _messages() -> list[Explanation]:
    """Return the entries of messages; which exit code one ends with depends on where it is met."""
    found = []
    for key, background in backgrounds.MESSAGES.items():
        message = MESSAGES[key]
        # what mends it depends on the case as well
        fix = KINDS["local-state"].hint if message.fix == "{mend}" else message.fix
        found.append(Explanation(key, None, None, message.what, message.why, fix, background))
    return found


def _general(text: str) -> str:
    named = re.sub(" +", " ", fill(text, _OF_THE_MOMENT))
    return re.sub(r" ?[:：]? ?(?=[.。]|$)", "", named)
