"""Text that is made inert, character by character."""

import json

import pytest

from cbrctl.inert import inert
from cbrctl.screen.text import write_json

PLACES = (*range(0x20000), *range(0xE0000, 0xE1000))
"""Where there are odd characters: all planes would take seconds."""
ODD = [chr(place) for place in PLACES if inert(chr(place)) != chr(place)]
"""What a terminal must not get."""


@pytest.mark.parametrize("indent", [None, 2])
def test_every_odd_character_is_escaped_in_json(indent: int | None) -> None:
    """Each by itself: one that is found cannot stand in for one that is not looked for."""
    written = [write_json([odd], indent=indent) for odd in ODD]
    assert [text for text in written if not text.isascii()] == []
    assert [json.loads(text) for text in written] == [[odd] for odd in ODD]
    assert write_json(["生产库 é"], indent=indent).count("生产库 é") == 1


def test_no_odd_character_is_printable() -> None:
    """By which a document without any is known, quicker than by a search."""
    assert [odd for odd in ODD if odd.isprintable()] == []
