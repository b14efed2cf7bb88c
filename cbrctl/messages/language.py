"""The language of what people read. One translation function; JSON keys, codes and hints in JSON stay English."""

import gettext
from collections.abc import Mapping
from pathlib import Path

from cbrctl.machine.environment import ENVIRON

LANGUAGES = ("en", "zh_CN")

_current: gettext.NullTranslations = gettext.NullTranslations()


def tr(text: str) -> str:
    """Return `text` in the chosen language, or itself where the catalogue has none."""
    return _current.gettext(text) if text else text


def choose_language(flag: str | None, environ: Mapping[str, str] = ENVIRON) -> str:
    """Return `en` or `zh_CN`: the flag, CBRCTL_LANG, then the locale variables in the order of POSIX."""
    for value in (flag, *(environ.get(name) for name in ("CBRCTL_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))):
        if value:
            return "zh_CN" if value.lower().replace("-", "_").startswith("zh") else "en"
    return "en"


def use_language(language: str) -> None:
    """Make `tr` speak `language`; a language without a catalogue stays English."""
    global _current  # noqa: PLW0603 - the language is chosen once, before anything is said
    if language == "en":
        return
    folder = Path(__file__).parent.parent / "locale"
    _current = gettext.translation("cbrctl", folder, [language], fallback=True)
