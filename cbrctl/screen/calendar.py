"""The calendar of `cbrctl report` on a terminal: a line a resource, a sign a day, and two small plots a vault."""

import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from cbrctl.api.results import Mark
from cbrctl.backup.calendar import Line, State
from cbrctl.durations import show_duration
from cbrctl.messages.language import tr
from cbrctl.screen.calendar_data import (
    ASCII_BARS,
    ASCII_SIGNS,
    BARS,
    SIGNS,
    WEEK,
    Picture,
    list_durations,
    list_sizes,
    show_newest,
    state_words,
    summarise,
    write_ruler,
)
from cbrctl.screen.columns import show_size
from cbrctl.screen.tables import cut_middle, line_width
from cbrctl.screen.text import inert
from cbrctl.screen.wrapping import cells, wrap

_LEAST_NAME, _LEAST_DAYS = 10, 14
"""Cells that a name has, and days that are shown, before a column on the right is."""
_GAP = "  "
_Values = Callable[[Sequence[Mark | None]], list[float | None]]
_COLORS: dict[State, str] = {
    "good": "32", "partial": "33", "failed": "31", "running": "36", "none": "2", "unknown": "35",
}  # fmt: skip


def print_calendar(picture: Picture, *, color: bool) -> str:
    """Return the calendar as wide as the terminal; where it has not all days the newest of them are shown."""
    return "".join(f"{line}\n" for line in _Sheet(picture, color).list_lines())


class _Sheet:
    """What is shown of each line, and in how many cells."""

    def __init__(self, picture: Picture, color: bool) -> None:
        from rich.cells import cell_len, set_cell_size

        self.fill = set_cell_size  # a name may have letters that join, or a flag: Rich has the tables
        self.line = line_width()
        self.picture = picture
        self.color = color
        plain = not _can_show("".join((*SIGNS.values(), BARS)))
        self.signs, self.bars = (ASCII_SIGNS, ASCII_BARS) if plain else (SIGNS, BARS)
        self.titles = [tr("AGE"), tr("SIZE"), tr("TOOK")]
        """Of the columns on the right; each is as wide as what it holds."""
        self.facts = {id(line): show_newest(line) for line in picture.lines}
        columns = [[title, *(fact[place] for fact in self.facts.values())] for place, title in enumerate(self.titles)]
        self.rights = [max(map(cells, column)) for column in columns]
        room = self.line - len(_GAP)
        days = len(picture.days.dates)
        # to know how old the newest is takes precedence over all but a week
        while self.rights and room - _LEAST_NAME - self._right_width() < min(
            days, _LEAST_DAYS if self.rights[1:] else WEEK
        ):
            self.rights.pop()
        names = [tr("RESOURCE"), *(inert(line.resource.name or line.resource.id) for line in picture.lines)]
        room -= self._right_width() + len(_GAP)
        self.name_width = max(min(_LEAST_NAME, room), min(max(map(cell_len, names)), room - days))
        self.days = max(1, min(days, room - self.name_width))

    def _right_width(self) -> int:
        return sum(width + len(_GAP) for width in self.rights)

    def list_lines(self) -> Iterator[str]:
        """Return the lines from the head to the legend."""
        picture, lines = self.picture, self.picture.lines
        yield from wrap(summarise(lines), self.line)
        if lines:
            yield ""
            yield self._paint(
                "1", self._row(" ", tr("RESOURCE"), write_ruler(picture.days.dates[-self.days :]), self.titles)
            )
        for _, group in groupby(lines, key=lambda line: line.vault.id):
            yield from self._list_vault(list(group))
        if lines:
            yield ""
            yield from self._list_legend()
        hidden = len(picture.days.dates) - self.days
        if lines and hidden:
            told = tr("The newest {count} of {total} days are shown: a wider terminal, or --html FILE, shows all.")
            yield from wrap(told.format(count=self.days, total=hidden + self.days), self.line)

    def _list_legend(self) -> Iterator[str]:
        words = state_words()
        parts = [f"{sign} {words[state]}" for state, sign in self.signs.items()]
        line = ""
        for part in parts:
            longer = f"{line}   {part}" if line else part
            if line and cells(longer) > self.line:
                yield from wrap(line, self.line)
                longer = part
            line = longer
        yield from wrap(line, self.line)

    def _list_vault(self, lines: Sequence[Line]) -> Iterator[str]:
        vault = lines[0].vault
        yield self._paint("1", cut_middle(inert(vault.name or vault.id), self.line))
        for line in lines:
            name = inert(line.resource.name or line.resource.id)
            yield self._row("!" if line.need else " ", name, self._draw_days(line.states), self.facts[id(line)])
        plots: Sequence[tuple[str, int, _Values, Callable[[Sequence[float]], float], Callable[[float], str]]] = (
            (tr("size"), 1, list_sizes, sum, lambda size: show_size(round(size))),
            (tr("duration"), 2, list_durations, max, show_duration),
        )
        for title, place, values_of, combine, show in plots:
            rows = [values_of(line.copies[-self.days :]) for line in lines]
            by_day = [[value for value in day if value is not None] for day in zip(*rows, strict=True)]
            values = [combine(day) if day else None for day in by_day]
            known = [value for value in values if value is not None]
            if known:
                facts = ["", "", ""]
                facts[place] = show(max(known))
                yield self._paint("2", self._row(" ", title, self._draw_bars(values), facts))

    def _row(self, mark: str, name: str, days: str, facts: Sequence[str]) -> str:
        shown = self.fill(cut_middle(name, self.name_width), self.name_width)
        columns = [f"{' ' * (width - cells(fact))}{fact}" for fact, width in zip(facts, self.rights, strict=False)]
        return _GAP.join([f"{mark} {shown}", days, *columns]).rstrip()

    def _draw_days(self, states: Sequence[State]) -> str:
        runs = ((state, len(list(run))) for state, run in groupby(states[-self.days :]))
        return "".join(self._paint(_COLORS[state], self.signs[state] * count) for state, count in runs)

    def _draw_bars(self, values: Sequence[float | None]) -> str:
        most = max((value for value in values if value is not None), default=0) or 1
        steps = len(self.bars) - 1
        return "".join(" " if value is None else self.bars[round(value / most * steps)] for value in values)

    def _paint(self, color: str, text: str) -> str:
        return f"\x1b[{color}m{text}\x1b[0m" if self.color else text


def _can_show(text: str) -> bool:
    """Return whether standard output's encoding has all of these characters."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        return bool(text.encode(encoding))
    except (UnicodeEncodeError, LookupError):
        return False
