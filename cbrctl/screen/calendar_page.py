"""The calendar of `cbrctl report` as a page for a browser: one file, without script and without any request.

It is a table, which a reader of screens can walk through and a printer can break. What Rich exports is one `<pre>`: Chinese
names push its days out of line, and it has one set of colours and no head on the second sheet of paper. Days in a row that
are alike share an element, so that 90,000 of them take less than 2 MiB.
"""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import groupby

from cbrctl.backup.calendar import Line, State
from cbrctl.durations import show_duration, show_local, write_stamp
from cbrctl.messages.language import tr
from cbrctl.screen.calendar_data import (
    SIGNS,
    Picture,
    list_durations,
    list_sizes,
    show_newest,
    state_words,
    summarise,
    write_ruler,
)
from cbrctl.screen.columns import show_size
from cbrctl.screen.text import inert

HEIGHT = 9
"""Steps of a plot."""
_TAGS: dict[State, tuple[str, str]] = {
    "good": ("<b>", "</b>"),
    "partial": ("<i class=p>", "</i>"),
    "failed": ("<i class=f>", "</i>"),
    "running": ("<i class=r>", "</i>"),
    "unknown": ("<i class=u>", "</i>"),
    "none": ("", ""),
}
_STYLE = """
:root{color-scheme:light dark;--ink:#1c1c1c;--dim:#5f5f5f;--rule:#ccc;--paper:#fff;--good:#11702f;--partial:#8a5a00;
--failed:#b3261e;--running:#0b5cad;--unknown:#7b2fa0}
@media (prefers-color-scheme:dark){:root{--ink:#e6e6e6;--dim:#a0a0a0;--rule:#444;--paper:#161616;--good:#5fd37f;
--partial:#f0b94a;--failed:#ff8a80;--running:#7db7ff;--unknown:#d69bf0}}
body{font:14px/1.4 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:1.5em}
h1{font-size:1.4em}
table{border-collapse:collapse}
th,td{padding:.1em .7em .1em 0;text-align:left;vertical-align:top;white-space:nowrap}
thead th{border-bottom:1px solid var(--rule);font-weight:600}
tbody th{font-weight:400;white-space:normal;overflow-wrap:anywhere;min-width:12em;max-width:22em}
tbody th[colspan]{font-weight:600;padding-top:.7em;max-width:none}
tr.need th{font-weight:600}
.d{font-family:"DejaVu Sans Mono",Menlo,Consolas,"Liberation Mono",monospace;white-space:pre;color:var(--dim)}
.n{text-align:right;font-variant-numeric:tabular-nums}
b,i{font:inherit}
b{color:var(--good)}
.p{color:var(--partial)}.f{color:var(--failed)}.r{color:var(--running)}.u{color:var(--unknown)}
li{display:inline-block;margin-right:1.5em}
ul{padding:0}
svg{width:8em;height:1.1em;vertical-align:text-bottom;margin-right:.5em}
path{fill:none;stroke:currentColor;stroke-width:1.5px;vector-effect:non-scaling-stroke}
small{color:var(--dim)}
@page{size:landscape;margin:1cm}
@media print{body{margin:0;font-size:9px}tr{break-inside:avoid}thead{display:table-header-group}
b,i{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""


def write_page(picture: Picture, *, language: str, error: str = "") -> str:
    """Return the page; `error` says why some days are not known."""
    days = picture.days
    title = tr("Good copies from {first} to {last}").format(first=days.dates[0], last=days.dates[-1])
    parts = [
        f'<!doctype html>\n<html lang="{"zh-CN" if language == "zh_CN" else "en"}">\n<head>\n<meta charset="utf-8">\n',
        # should anything of the page ever ask for something, a browser does not let it
        """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">\n""",
        '<meta name="viewport" content="width=device-width">\n<meta name="color-scheme" content="light dark">\n',
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{_text(title)}</h1>\n",
        f"<p>{_text(summarise(picture.lines))}</p>\n",
        f"<p><strong>{_text(error)}</strong></p>\n" if error else "",
        f"<ul>{''.join(_legend())}</ul>\n<table>\n{_head(picture)}",
        *_bodies(picture.lines),
        f"</table>\n<p><small>{_text(_foot(days.now))}</small></p>\n</body>\n</html>\n",
    ]
    return "".join(parts)


def _foot(now: float) -> str:
    words = tr(
        "As of {when}. A day is that on which a copy was begun, by the clock of the machine that wrote this page."
    )
    return words.format(when=show_local(write_stamp(now)))


def _text(text: object) -> str:
    """Return text that is no markup and moves nothing."""
    return escape(inert(text))


def _legend() -> Iterator[str]:
    for state, words in state_words().items():
        before, after = _TAGS[state]
        yield f"<li><span class=d>{before}{SIGNS[state]}{after}</span> {_text(words)}</li>"


def _head(picture: Picture) -> str:
    titles = [tr("Resource"), "", tr("Age"), tr("Size"), tr("Took"), tr("Size by day"), tr("Duration by day")]
    cells = [f"<th scope=col>{_text(title)}</th>" for title in titles]
    cells[1] = f"<th scope=col class=d>{write_ruler(picture.days.dates)}</th>"
    for place in (2, 3, 4):
        cells[place] = cells[place].replace("<th", "<th class=n", 1)
    return f"<thead><tr>{''.join(cells)}</tr></thead>\n"


def _bodies(lines: Sequence[Line]) -> Iterator[str]:
    for _, group in groupby(lines, key=lambda line: line.vault.id):
        rows = list(group)
        vault = rows[0].vault
        yield f"<tbody><tr><th colspan=7 scope=rowgroup>{_text(vault.name or vault.id)}</th></tr>\n"
        yield from map(_row, rows)
        yield "</tbody>\n"


def _row(line: Line) -> str:
    name = _text(line.resource.name or line.resource.id)
    age, size, took = show_newest(line)
    sizes, durations = list_sizes(line.copies), list_durations(line.copies)
    row = "<tr class=need>" if line.need else "<tr>"
    return (
        f"{row}<th scope=row>{'! ' if line.need else ''}{name}</th><td class=d>{_days(line.states)}</td>"
        f"<td class=n>{age}</td><td class=n>{size}</td><td class=n>{took}</td>"
        f"<td>{_plot(sizes, lambda value: show_size(round(value)))}</td><td>{_plot(durations, show_duration)}</td></tr>\n"
    )


def _days(states: Sequence[State]) -> str:
    runs = []
    for state, run in groupby(states):
        before, after = _TAGS[state]
        runs.append(f"{before}{SIGNS[state] * len(list(run))}{after}")
    return "".join(runs)


def _plot(values: Sequence[float | None], show: Callable[[float], str]) -> str:
    """Return a line over the days, from nothing to the most of them, with that in words; nothing where none is known."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    most = max(known)
    whole = most or 1
    heights = [None if value is None else HEIGHT - round(value / whole * (HEIGHT - 1)) for value in values]
    path, day, joins = "", 0, False
    for height, run in groupby(heights):
        length = len(list(run))
        if height is not None:
            path += f"{f'V{height}' if joins else f'M{day} {height}'}h{length}"
        joins, day = height is not None, day + length
    picture = f'<svg viewBox="0 0 {len(values)} {HEIGHT + 1}" preserveAspectRatio=none><path d="{path}"/></svg>'
    return f"{picture}<small>&le; {_text(show(most))}</small>"
