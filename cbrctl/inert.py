"""External text made inert: nothing in it can move a cursor, hide, or turn around what stands beside it."""

import re

# controls, bidi and zero-width characters, line and paragraph separators, lone surrogates, tags
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def inert(text: object) -> str:
    r"""Return text with every control, bidi and invisible character as `\u{…}`."""
    return _UNSAFE.sub(lambda m: f"\\u{{{ord(m[0]):x}}}", str(text))
