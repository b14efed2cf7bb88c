"""Chinese output read back into English, by the translation itself: so a test that knows English judges a run in Chinese.

What is read back must be the English word for word, values included: a text that was translated with another meaning, a value
that was lost, or one that was put in the wrong place fails the test that asks for it.
"""

import os
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from cbrctl.cli.generated.translation import read_po
from cbrctl.phrases import BETWEEN
from cbrctl.sandbox.texts import SERVICE_ERRORS

LANGUAGE = os.environ.get("CBRCTL_TEST_LANG", "en")
"""The language in which the whole suite runs the program in pipes: what it says is read back before a test sees it."""
_PLACE = re.compile(r"\{(\w+)(?::[^}]*)?\}")
_CHINESE = re.compile("[㇀-鿿，。：；？（）“”]")
_MARKS = re.compile("[，。：；？（）“”]")
_WORDS = re.compile("[㇀-鿿（）“”]")
_HEAD = re.compile(r"((?:错误：|警告：)? *(?:→ )?)(.*)", re.DOTALL)
_HEADS = {"错误：": "error: ", "警告：": "warning: "}
_END = re.compile(r"(?<=[。？！])(?=[^\s”）])")
"""Where a sentence follows another one, between which English has a blank."""
_BETWEEN = {"：": ":", "，": ",", "；": ";", "、": ","}
_DEEPEST = 6


class _Text(NamedTuple):
    """A text of the translation."""

    chinese: str
    english: str
    pattern: re.Pattern[str] | None
    """Finds it with what fills its places; None where it has none."""


def choose(args: Sequence[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a run: in the suite's language, unless it names its own."""
    named = "CBRCTL_LANG" in environ or any(word.startswith("--lang") for word in args)
    return dict(environ) if LANGUAGE == "en" or named else {**environ, "CBRCTL_LANG": LANGUAGE}


def is_read_back(environ: Mapping[str, str]) -> bool:
    """Return whether a run was made Chinese by `choose`."""
    return LANGUAGE != "en" and environ.get("CBRCTL_LANG") == LANGUAGE


def read_back(text: str) -> str:
    """Return the English of what the program said in Chinese, line by line; what is not its own stays as it is."""
    parts = (_HEAD.match(_END.sub(" ", line)) for line in text.splitlines(keepends=True))
    return "".join(f"{_HEADS.get(part[1], part[1])}{_read_marks(_read_line(part[2]))}" for part in parts if part)


def read_service_back(text: str) -> str:
    """Return a text with what the practice cloud says in Chinese as it says it in English."""
    for chinese, english in _of_the_service():
        text = text.replace(chinese, english)
    return text


def _read_marks(line: str) -> str:
    """Return a line with the punctuation that stood between texts, where nothing else of it is Chinese any more."""
    if re.search("[㇀-鿿]", line):
        return line
    for mark, english in _BETWEEN.items():
        line = re.sub(rf"{mark}(?=\S)", f"{english} ", line).replace(mark, english)
    return line


def _read_line(line: str, depth: int = 0) -> str:
    """Return a line in English: the longest text that stands in it, then what fills that, and what stands around it."""
    if depth > _DEEPEST or not _CHINESE.search(line):
        return line
    for text in _texts():
        if text.pattern is None:
            before, found, after = line.partition(text.chinese)
            english = text.english
        else:
            match = text.pattern.search(line)
            found = match[0] if match else ""
            before, after = (line[: match.start()], line[match.end() :]) if match else ("", "")
            parts = _PLACE.split(text.english)  # text, name, text, name, text
            english = (
                match
                and "".join(_read_line(match[part], depth + 1) if at % 2 else part for at, part in enumerate(parts))
            ) or ""
        if found:
            return f"{_read_line(before, depth + 1)}{english}{_read_line(after, depth + 1)}"
    return line


@cache
def _texts() -> list[_Text]:
    """Return every text that can be told from others, those first of which most is fixed."""
    found = []
    for english, written in read_po("zh_CN").items():
        chinese = _END.sub(" ", written)
        fixed = _PLACE.sub("", chinese)
        if english in BETWEEN or not _WORDS.search(fixed):
            continue
        has_places = fixed != chinese
        pattern = (
            re.compile(_pattern(chinese, short=len(fixed) < 6 and not _MARKS.search(fixed))) if has_places else None
        )
        found.append((len(fixed), _Text(chinese, english, pattern)))
    return [text for _, text in sorted(found, key=lambda pair: -pair[0])]


def _pattern(chinese: str, *, short: bool) -> str:
    """Return what finds a text; of a short one the places behind the first word hold no blanks: they are another's."""
    parts, seen, end = [], set(), 0
    for place in _PLACE.finditer(chinese):
        parts.append(re.escape(chinese[end : place.start()]))
        any_value = r"\S*?" if short and place.start() else ".*?"
        parts.append(f"(?P={place[1]})" if place[1] in seen else f"(?P<{place[1]}>{any_value})")
        seen.add(place[1])
        end = place.end()
    return "".join(parts) + (re.escape(chinese[end:]) or "$")


@cache
def _of_the_service() -> list[tuple[str, str]]:
    """Return the practice cloud's own texts, the longest first: one may be a part of another."""
    pairs = [(chinese, english) for _, chinese, english in SERVICE_ERRORS.values()]
    return sorted([*pairs, ("请求失败", "The request failed.")], key=lambda pair: -len(pair[0]))
