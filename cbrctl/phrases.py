"""English text that remembers what it was made of, so that a person can read it in another language."""

from collections.abc import Callable, Iterable


class Phrase(str):
    """A text with its places filled: as a text it is English, for programs; `told` says it in a person's language.

    Whatever may stand in a message of the catalogue, or be shown to a person, and is not from outside is one of these.
    """

    _template: str
    _values: dict[str, object]

    def __new__(cls, template: str, **values: object) -> "Phrase":
        """Fill the places; without values the text is taken as it is."""
        made = super().__new__(cls, template.format(**values) if values else template)
        made._template, made._values = template, values
        return made

    def told(self, translate: Callable[[str], str]) -> str:
        """Return it in the language of `translate`, and so what stands in its places."""
        words = translate(self._template)
        return words.format(**{k: say_in(v, translate) for k, v in self._values.items()}) if self._values else words

    def __str__(self) -> str:
        """Stay what it is, also as the words of an exception."""
        return self


def say_in(value: object, translate: Callable[[str], str]) -> object:
    """Return a phrase in the language of `translate`; anything else as it is."""
    return value.told(translate) if isinstance(value, Phrase) else value


BETWEEN = (", ", "; ")
"""What stands between the parts of a phrase, which other languages write otherwise."""


class _Comma(Phrase):
    """What stands between two names of a list: in other languages not what stands between clauses."""

    def told(self, translate: Callable[[str], str]) -> str:
        """Return it as it is written in the language of `translate`."""
        mark = translate(_BETWEEN_NAMES)
        return ", " if mark is _BETWEEN_NAMES else mark


_BETWEEN_NAMES = Phrase("comma-of-names")


def list_names(names: Iterable[str]) -> str:
    """Return names as a list, in one phrase."""
    named: dict[str, object] = {f"name{number}": name for number, name in enumerate(name for name in names if name)}
    return Phrase("{comma}".join(f"{{{name}}}" for name in named), comma=_Comma(", "), **named) if named else ""


def join(parts: Iterable[str | None], between: str = " ") -> str:
    """Return the parts that are not empty as one phrase, in which each stays one."""
    named: dict[str, object] = {f"part{number}": part for number, part in enumerate(part for part in parts if part)}
    mark = "{between}" if between in BETWEEN else between
    return Phrase(mark.join(f"{{{name}}}" for name in named), between=Phrase(between), **named)
