"""Make the README's pictures from the program's own runs against the practice cloud: `python tests/picture.py`.

Each shows the terminal half way (the bars move and are taken away at the end) and at the end.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pexpect
import pyte
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import MONOKAI
from rich.text import Text

DOCS = Path(__file__).parent.parent / "docs"
COLUMNS, LINES = 80, 40
PICTURES = {
    "backup.svg": ["backup", "--vault", "vault-be94", "--resource", "ecs-1f0f-0002", "--incremental"],
    "partial.svg": ["backup", "--vault", "vault-skip"],
}
_COLORS = {"brown": "yellow", "brightbrown": "bright_yellow"}


def film(args: list[str]) -> tuple[list[Text], list[Text]]:
    """Run cbrctl on a terminal; give the screen half way and at the end."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    child = pexpect.spawn(
        sys.executable, ["-m", "cbrctl", *args, "--sandbox"], dimensions=(LINES, COLUMNS), env=_environ(), timeout=60
    )
    half: list[Text] = []
    while True:
        try:
            stream.feed(child.read_nonblocking(65536, timeout=60))
        except pexpect.EOF:
            break
        if re.search(r"[4-6]\d %", "\n".join(screen.display)):
            half = _lines(screen)
    child.close()
    return half, _lines(screen)


def _environ() -> dict[str, str]:
    import os

    return {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir(), "LANG": "C.UTF-8", "TERM": "xterm-256color"}


def _lines(screen: pyte.Screen) -> list[Text]:
    used = max((y for y in range(LINES) if screen.display[y].strip()), default=-1)
    return [_line(screen, y) for y in range(used + 1)]


def _line(screen: pyte.Screen, y: int) -> Text:
    text = Text()
    for x in range(COLUMNS):
        cell = screen.buffer[y][x]
        text.append(cell.data, Style(color=_color(cell.fg), bold=cell.bold, reverse=cell.reverse))
    text.rstrip()
    return text


def _color(name: str) -> str | None:
    if name == "default":
        return None
    return f"#{name}" if re.fullmatch(r"[0-9a-f]{6}", name) else _COLORS.get(name, name.replace("bright", "bright_"))


def draw(args: list[str], path: Path) -> None:
    """Write one picture."""
    half, end = film(args)
    with open("/dev/null", "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True, color_system="truecolor")
        console.print(Text.assemble(("$ ", "bold green"), (subprocess.list2cmdline(["cbrctl", *args]), "bold")))
        same = next((i for i, (a, b) in enumerate(zip(half, end, strict=False)) if a.plain != b.plain), len(half))
        for line in [*half[:same], *half[same:], Text("  ⋮", "dim"), *end[same:]]:
            console.print(line, soft_wrap=True)
        svg = console.export_svg(title="cbrctl", theme=MONOKAI, unique_id="cbrctl")
    # Rich's picture asks another host for its font: this one needs no network
    svg = re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL)
    path.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", "utf-8")


if __name__ == "__main__":
    DOCS.mkdir(exist_ok=True)
    for name, args in PICTURES.items():
        draw(args, DOCS / name)
