"""Text for the screen: made inert, in JSON too."""

import json
import re
from functools import lru_cache
from typing import Any

from cbrctl.durations import show_local
from cbrctl.inert import inert

__all__ = ["fit_signs", "inert", "show_local_times", "write_json"]

_STAMP = re.compile(r"(?<![=\w])(?<!--since )\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
"""A moment in UTC; in a line that is there to be copied it stays what was typed."""
_PLAIN = {"…": "...", "→": "->", "✓": "+", "✗": "x", "─": "-", "━": "-"}
"""Our own signs, and what stands for them where the terminal's encoding has none."""

# JSON's own writer escapes the C0 controls
_UNSAFE_IN_JSON = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def show_local_times(text: str) -> str:
    """Return words for people with each moment by their own clock."""
    return _STAMP.sub(lambda stamp: show_local(stamp[0]), text) if ":" in text else text


def fit_signs(text: str, encoding: str) -> str:
    """Return text with our own signs in ASCII where an encoding does not have them."""
    return text if text.isascii() else text.translate(_choose_signs(encoding))


@lru_cache(1)
def _choose_signs(encoding: str) -> dict[int, str]:
    lacking = {sign: plain for sign, plain in _PLAIN.items() if not sign.encode(encoding, "ignore")}
    return str.maketrans(lacking)


def write_json(value: Any, *, indent: int | None = None) -> str:
    r"""Write JSON whose values are unaltered and whose text is inert: odd characters stand as `\uXXXX`."""
    separators = None if indent else (",", ":")
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    # nothing unsafe is printable; to know that of a long text takes a third of the search
    return text if text.isprintable() else _UNSAFE_IN_JSON.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    number = ord(match[0])
    if number < 0x10000:
        return f"\\u{number:04x}"
    number -= 0x10000
    return f"\\u{0xD800 + (number >> 10):04x}\\u{0xDC00 + (number & 0x3FF):04x}"
