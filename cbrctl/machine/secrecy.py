"""Secrets that this process holds: kept out of every word that it says, and out of what it leaves behind when it crashes."""

import re
import sys
from contextlib import suppress
from functools import lru_cache

FRAGMENT = 12
"""Characters of a secret in a row that are no accident; a shorter secret counts whole."""

SHORTEST = 4
"""Characters of a secret from which it is looked for: what is shorter stands in every word."""

_known: dict[str, None] = {}


def remember(secret: str) -> None:
    """Learn a secret, so that `hide` knows it; an empty one is none."""
    if secret:
        _known[secret] = None


def is_secret(text: str) -> bool:
    """Return whether a text is a secret, however short."""
    return text in _known


def holds_secret(text: str) -> bool:
    """Return whether a secret stands whole in a text, which may be long."""
    return any(secret in text for secret in _known if len(secret) >= SHORTEST)


def hide(text: str, *more: str) -> str:
    """Return words from outside without the secrets that stand in them, `more` among them.

    Words that repeat a secret cut or escaped are left out altogether.
    """
    if is_secret(text) or text in more:
        return "***" if text else ""
    secrets = [secret for secret in (*_known, *more) if len(secret) >= SHORTEST]
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return "" if text and _repeats(text, secrets) else text


def find_odd_character(token: str) -> int | None:
    """Return the place of the first character that cannot stand in the header of a token."""
    return next((i for i, c in enumerate(token) if not "!" <= c <= "~"), None)


def find_control(text: str) -> int | None:
    """Return the place of the first control character, of ASCII or of what lies beyond it."""
    return next((i for i, c in enumerate(text) if ord(c) < 32 or 127 <= ord(c) < 160), None)


def keep_secrets_in() -> None:
    """Switch core dumps off, which would hold the secrets. Best effort."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        _forbid_dumps()


def _forbid_dumps() -> None:
    """Tell the kernel too: a handler that takes dumps through a pipe may not look at the limit (core(5), prctl(2))."""
    with suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE


def _repeats(text: str, secrets: list[str]) -> bool:
    """Whether text holds so much of a secret that it matters, in whatever way it is written."""
    from urllib.parse import unquote

    forms = {text, unquote(text), _unescape(text), text.replace("\\", "")}
    if "&" in text:  # what reads the entities of HTML loads all of their names
        from html import unescape

        forms.add(unescape(text))
    for size, pieces in ((size, pieces) for secret in secrets for size, pieces in _cut(secret).items()):
        if any(form[i : i + size] in pieces for form in forms for i in range(len(form) - size + 1)):
            return True
    return False


@lru_cache(32)
def _cut(secret: str) -> dict[int, frozenset[str]]:
    """Return the pieces of a secret that are no accident, by their length: of itself, of its base64 and hexadecimal digits.

    What stands before a secret shifts its base64, as the user's name does that of a password (RFC 7617).
    """
    from base64 import b64encode

    data = secret.encode("utf-8", "surrogatepass")
    written = {secret, data.hex(), data.hex().upper()}
    for shift in range(3):
        first, last = -(-shift * 8 // 6), (shift + len(data)) * 8 // 6
        digits = b64encode(b"\0" * shift + data).decode()[first:last]
        written |= {digits, digits.replace("+", "-").replace("/", "_")}
    pieces: dict[int, set[str]] = {}
    for known in written:
        size = min(FRAGMENT, len(known))
        pieces.setdefault(size, set()).update(known[i : i + size] for i in range(len(known) - size + 1))
    return {size: frozenset(found) for size, found in pieces.items()}


def _unescape(text: str) -> str:
    """Read the escapes of JSON."""
    return re.sub(r"\\(?:u([0-9a-fA-F]{4})|(.))", lambda found: chr(int(found[1], 16)) if found[1] else found[2], text)
