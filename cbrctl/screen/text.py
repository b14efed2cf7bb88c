"""Text for the screen: made inert, in JSON too."""

import json
import re
from typing import Any

from cbrctl.inert import inert

__all__ = ["inert", "write_json"]

# JSON's own writer escapes the C0 controls
_UNSAFE_IN_JSON = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def write_json(value: Any, *, indent: int | None = None) -> str:
    r"""Write JSON whose values are unaltered and whose text is inert: odd characters stand as `\uXXXX`."""
    separators = None if indent else (",", ":")
    return _UNSAFE_IN_JSON.sub(_escape, json.dumps(value, ensure_ascii=False, indent=indent, separators=separators))


def _escape(match: re.Match[str]) -> str:
    number = ord(match[0])
    if number < 0x10000:
        return f"\\u{number:04x}"
    number -= 0x10000
    return f"\\u{0xD800 + (number >> 10):04x}\\u{0xDC00 + (number & 0x3FF):04x}"
