"""Rows of data as a table for people, or as tab-separated lines for programs. Columns are data."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from cbrctl.durations import show_local
from cbrctl.messages.language import say, tr
from cbrctl.screen.text import inert
from cbrctl.screen.wrapping import cells, fold, longest_part, pad, wrap

LEAST_VALUE = 24
"""Cells beside its name that a value wants, or else stands below it."""


class Column(NamedTuple):
    """A column of a list: its untranslated header (none: for people only), and how to get its cell from a row."""

    name: str
    get: Callable[[Any], object]
    title: str = ""
    """Title for people; none: the column is for programs only."""
    show: Callable[[Any], object] | None = None
    """The cell for people, where it differs."""
    right: bool = False
    whole: bool = False
    """Never folded or cut: ids, times, sizes."""
    wide: bool = False
    """Shown to people only where the terminal has room for it beside the others."""
    least: int | None = None
    """Cells to which it may be folded, its title at least; None: ten, and not at all where it is wide."""
    sparse: bool = False
    """Shown to people only where a row has something in it."""
    label: str = ""
    """Its name where people see one thing with a line a field; none: the same as for programs."""
    yields: bool = False
    """Folded before the others are: what is read as well in two lines."""


class View(NamedTuple):
    """How things of a kind are shown, alone or in a list."""

    schema: str
    """The name of the JSON document."""
    columns: Sequence[Column]
    to_json: Callable[[Any], Mapping[str, Any]]
    id: str = "id"
    """The key of the JSON that -o id gives; a dot leads into an object."""
    none: str = "There are none."
    """What is said of an empty list."""


def write_tsv(columns: Sequence[Column], rows: Sequence[Any]) -> str:
    r"""Return tab-separated lines under one header; nothing is cut, and a cell can hold neither tab nor line end."""
    columns = [c for c in columns if c.name]
    lines = ["\t".join(c.name for c in columns)]
    lines += ["\t".join(write_cell(c.get(row)) for c in columns) for row in rows]
    return "\n".join(lines) + "\n"


def write_cell(value: object) -> str:
    """Return a value as it stands between tabs."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return inert(value)


def write_fields(columns: Sequence[Column], row: Any) -> str:
    """Return a line a field that has a value, for people: moments by their own clock."""
    pairs = []
    for column in columns:
        value = (column.show or column.get)(row) if column.name else None
        if value not in (None, "", ()):
            shown = show_local(value) if column.name.endswith("_at") and isinstance(value, str) else say(value)
            pairs.append((tr(column.label or column.name), inert(shown)))
    return _list_pairs(pairs, max(cells(tr(column.label or column.name)) for column in columns if column.name))


def _list_pairs(pairs: Sequence[tuple[str, str]], width: int) -> str:
    """Return names and values in two columns, where there is no room for that the value below its name; ids stay whole."""
    room = line_width()
    below = room - width - 2 < LEAST_VALUE
    indent = " " * (2 if below else width + 2)
    lines = []
    for name, value in pairs:
        lines += [name] if below else []
        head = indent if below else f"{pad(name, width)}  "
        first, *rest = wrap(value, room - len(indent)) or [""]
        lines += [head + first, *(indent + line for line in rest)]
    return "\n".join([*lines, ""])


def print_table(columns: Sequence[Column], rows: Sequence[Any], *, color: bool) -> str:
    """Return a Rich table as wide as the terminal; ids stand whole, long names are folded.

    Where it cannot be so narrow each row is told field by field. A dumb terminal, whose lines may be read aloud, gets no rule.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = _choose(columns, rows)
    widths = _share_room(shown, rows)
    if rows and sum(widths) + 2 * (len(shown) - 1) > line_width():
        return _print_records(shown, rows)
    # two cells between columns: one of padding and the box's own
    rule = None if os.environ.get("TERM") == "dumb" else box.SIMPLE_HEAD
    table = Table(
        box=rule, padding=(0, 1 if rule else 2, 0, 0), pad_edge=False, show_edge=False,
        header_style="bold" if color else "",
    )  # fmt: skip
    for column, width in zip(shown, widths, strict=True):
        table.add_column(
            Text(tr(column.title)),
            justify="right" if column.right else "left",
            no_wrap=True,
            width=width,
        )
    for row in rows:
        table.add_row(
            *(_styled(Text, (c.show or c.get)(row), width, color) for c, width in zip(shown, widths, strict=True))
        )
    # Rich would leave out whole columns where they do not all fit; better that the terminal breaks the lines
    return render(table, color=color, at_least=sum(widths) + 2 * (len(shown) - 1))


def _print_records(columns: Sequence[Column], rows: Sequence[Any]) -> str:
    """Return each row as its fields, with a line between two."""
    width = max(cells(tr(column.title)) for column in columns)
    blocks = []
    for row in rows:
        told = [(tr(column.title), say((column.show or column.get)(row))) for column in columns]
        blocks.append(_list_pairs([(title, inert(cell)) for title, cell in told if cell not in (None, "")], width))
    return "\n".join(blocks)


def _choose(columns: Sequence[Column], rows: Sequence[Any]) -> list[Column]:
    """Return the columns for people: all that are always shown, and of the wide ones those that fit as they are."""
    titled = [c for c in columns if c.title and not (c.sparse and not any(_for_people(c, row) for row in rows))]
    room = line_width() + 2 - sum(_widest(c, rows) + 2 for c in titled if not c.wide)
    shown = []
    for column in titled:
        if column.wide:
            needed = 2 + (_widest if column.least is None else _narrowest)(column, rows)
            if needed > room:
                continue
            room -= needed
        shown.append(column)
    return shown


def _share_room(columns: Sequence[Column], rows: Sequence[Any]) -> list[int]:
    """Return the cells of each column: first of all that no word is broken, then that as many as can stand whole."""
    widths, unbroken, whole = (
        [measure(column, rows) for column in columns] for measure in (_narrowest, _longest_part, _widest)
    )
    room = max(0, line_width() - sum(widths) - 2 * (len(columns) - 1))
    for goal in (unbroken, whole):
        lacking = [max(0, wanted - width) for wanted, width in zip(goal, widths, strict=True)]
        for place in sorted(range(len(widths)), key=lambda place: (columns[place].yields, lacking[place])):
            more = min(lacking[place], room)
            widths[place] += more
            room -= more
    return widths


def line_width() -> int:
    """Return the cells of a line of standard output."""
    from rich.console import Console

    return Console(file=sys.stdout).width


def _for_people(column: Column, row: Any) -> object:
    """Return the cell of a row that people see."""
    return say((column.show or column.get)(row) or "")


def _widest(column: Column, rows: Sequence[Any]) -> int:
    """Return the cells that a column takes where nothing of it is folded."""
    from rich.cells import cell_len

    cells = (tr(column.title), *(_for_people(column, row) for row in rows))
    return max(cell_len(inert(cell)) for cell in cells)


def _longest_part(column: Column, rows: Sequence[Any]) -> int:
    """Return the cells in which no word of a column is broken."""
    return max((longest_part(inert(_for_people(column, row))) for row in rows), default=0)


def _narrowest(column: Column, rows: Sequence[Any]) -> int:
    """Cells that a column needs: all where it stands whole, else enough to read a name that is folded."""
    from rich.cells import cell_len

    widest = _widest(column, rows)
    least = max(10 if column.least is None else column.least, cell_len(tr(column.title)))
    return widest if column.whole else min(widest, least)


def cut_middle(text: str, width: int, mark: str = "…") -> str:
    """Return text of at most `width` cells: names begin and end with what tells them apart. `mark` is one cell."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    head, tail = (width - 1) // 2, width // 2
    # a blank stands where half of a wide character would
    return f"{set_cell_size(text, head).rstrip()}{mark}{set_cell_size(text[::-1], tail)[::-1].lstrip()}"


def render(thing: object, *, color: bool, at_least: int) -> str:
    """Return what Rich makes of a thing at the width of standard output or more, in the characters that it can show."""
    from rich.console import Console

    console = Console(
        file=sys.stdout,
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
    console.width = max(console.width, at_least)
    with console.capture() as capture:
        console.print(thing, crop=False, overflow="ignore")
    return "\n".join(line.rstrip() for line in capture.get().splitlines()).strip("\n") + "\n"


_STYLES = {
    "available": "green", "completed": "green", "success": "green",
    "error": "red", "failed": "red", "missing": "red", "deleted": "red", "timeout": "red",
    "good": "green", "none": "red", "old": "yellow", "undated": "yellow",
    "skipped": "yellow", "partial": "yellow", "frozen": "yellow", "lock": "yellow",
}  # fmt: skip


def _styled(text_class: type[Any], value: object, width: int, color: bool) -> Any:
    words = "" if value is None else inert(say(value))
    if cells(words) > width:
        words = "\n".join(fold(words, width))
    return text_class(words, style=_STYLES.get(str(value), "") if color else "")
