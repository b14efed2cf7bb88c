"""Lines of a width counted in cells: a Chinese character takes two, and may end a line where an English word may not."""

import re
import textwrap
from unicodedata import east_asian_width

_WIDE = "⺀-〿㇀-㿿一-鿿豈-﫿︰-﹏＀-￯"
_NEVER_FIRST = "，。、：；？！）】》」』”’…"
"""Punctuation that stays with what stands before it, and what opens stays with what follows."""
_NEVER_LAST = "（【《「『“‘"
PIECES = rf"\s+|[{_NEVER_LAST}]*(?:[{_WIDE}]|[^\s{_WIDE}{_NEVER_LAST}{_NEVER_FIRST}]+)[{_NEVER_FIRST}]*|\S"
"""What a line of running text may end behind, blanks among them. `re` keeps what it has compiled: each of these patterns takes
ten milliseconds, half the start of an interpreter."""
_PARTS = rf"\s+|(?:[{_WIDE}]|\+?[^\s{_WIDE}\-_./+]*[-_./]*)[{_NEVER_FIRST}]*"
"""What a name is folded between: behind words, hyphens and the like, and before the offset of a moment."""


def cells(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def pad(text: str, width: int) -> str:
    """Return a text with blanks behind it, to this many cells."""
    return text + " " * (width - cells(text))


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Return the lines of a text, those behind the first one indented. A word that is too long stays whole, to be copied."""
    width = max(width, len(indent) + 1)  # a terminal may have no cell left, and its result is shown all the same
    if cells(text) == len(text):
        return textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)
    lines: list[str] = []
    line = re.match(r"\s*", text)[0]  # type: ignore[index]
    begun = False
    for piece in re.findall(PIECES, text[len(line) :]):
        if begun and cells(line) + cells(piece.rstrip()) > width:
            lines.append(line.rstrip())
            line, begun = indent, False
        if begun or not piece.isspace():
            line += piece
            begun = True
    return [*lines, line.rstrip()] if begun else lines


def longest_part(text: str) -> int:
    """Return the cells that a name needs in a column to be folded between its parts alone."""
    return max(map(cells, re.findall(_PARTS, text)), default=0)


def fold(text: str, width: int) -> list[str]:
    """Return the lines of a name in a column: broken between its parts, and in the midst of what alone is too wide."""
    lines = [""]
    for part in re.findall(_PARTS, text):
        if lines[-1] and cells(lines[-1] + part.rstrip()) > width:
            lines.append("")
        for sign in part if cells(part) > width else [part]:
            if lines[-1] and cells(lines[-1] + sign.rstrip()) > width:
                lines.append("")
            if lines[-1] or not sign.isspace() or not lines[1:]:
                lines[-1] += sign
    return [line.rstrip() for line in lines]
