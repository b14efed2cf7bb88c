"""The language of what people read. One translation function; JSON keys, codes and hints in JSON stay English."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from cbrctl.machine.environment import ENVIRON
from cbrctl.phrases import Phrase

LANGUAGES = ("en", "zh_CN")
FOLDER = Path(__file__).parent.parent / "locale"
"""Where the translations are: `zh_CN/LC_MESSAGES/cbrctl.po`, which people write, and the .mo made of it."""

_look_up: Callable[[str], str] | None = None
"""Gives a text in the chosen language; None is English, and nothing is loaded for it."""


def tr(text: str) -> str:
    """Return `text` in the chosen language, or itself where the translation has none; of a phrase also what fills it."""
    if _look_up is None or not text:
        return text
    return text.told(_look_up) if isinstance(text, Phrase) else _look_up(text)


def say(value: object) -> object:
    """Return a value as people read it: what is our own in the chosen language, what is from outside as it is."""
    return tr(value) if isinstance(value, Phrase) else value


def close_up(text: str) -> str:
    """Return running text without the blanks between sentences, where it is in a language that writes none."""
    return re.sub(r"(?<=[。？！]) (?=\S)", "", text) if _look_up else text


def join_sentences(parts: Iterable[str]) -> str:
    """Return sentences as running text; a reason from outside, which may end without a full stop, is told from the next."""
    said = [part for part in parts if part]
    ended = (part if re.search(r"[.?!:。？！：]$", part) else f"{part}." for part in said[:-1])
    return close_up(" ".join([*ended, *said[-1:]]))


def entitle(title: str, words: str) -> str:
    """Return words behind the title that they belong to."""
    return tr("{title}: {words}").format(title=title, words=words)


def choose_language(flag: str | None, environ: Mapping[str, str] = ENVIRON) -> str:
    """Return `en` or `zh_CN`: the flag, CBRCTL_LANG, then the locale variables in the order of POSIX."""
    for value in (flag, *(environ.get(name) for name in ("CBRCTL_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))):
        if value:
            return "zh_CN" if value.lower().replace("-", "_").startswith("zh") else "en"
    return "en"


def find_language(argv: Sequence[str], environ: Mapping[str, str] = ENVIRON) -> str:
    """Return the language of a line that is not understood yet: of its help, and of what is wrong with it."""
    return choose_language(find_given(argv, "--lang", LANGUAGES), environ)


def find_given(argv: Sequence[str], option: str, known: Sequence[str]) -> str | None:
    """Return which of the values that it may have a line that is not understood yet gives an option."""
    words = argv[: argv.index("--")] if "--" in argv else argv
    given = [word.partition("=")[2] for word in words if word.startswith(f"{option}=")]
    given += [after for word, after in pairwise(words) if word == option]
    return next((value for value in reversed(given) if value in known), None)


def drop_looks(argv: Sequence[str]) -> list[str]:
    """Return a line that asks for help without language and colour: it may say them wherever it asks, and nothing is run."""
    if argv[:1] != ["help"] and not {"--help", "-h"} & set(argv[: argv.index("--")] if "--" in argv else argv):
        return list(argv)
    words = ["", *argv]
    looks = ("--lang", "--color")
    return [b for a, b in pairwise(words) if a not in looks and b.partition("=")[0] not in looks]


def use_language(language: str) -> None:
    """Make `tr` speak `language`."""
    global _look_up  # noqa: PLW0603 - the language is chosen once, before anything is said
    _look_up = None
    if language != "en":
        import gettext

        _look_up = gettext.translation("cbrctl", FOLDER, [language], fallback=True).gettext
