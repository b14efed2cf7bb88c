"""Make the README's pictures from the program's own runs against the practice cloud: `python tests/picture.py`.

Each shows the terminal half way, where there are bars that move (they are taken away at the end), and at the end.
"""

import os
import random
import re
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable
from html import unescape
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pexpect
import pyte
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import MONOKAI
from rich.text import Text

from cbrctl.sandbox import Cloud, Resource, Server
from cbrctl.sandbox.seed import DemoCloud, add_backup

DOCS = Path(__file__).parent.parent / "docs"
COLUMNS, LINES = 80, 40
DISK, STOPPED = ("BackupService.8300", ""), ("BackupService.7101", "")
DAY = 86400.0
BETWEEN = "  ⋮"
"""Stands between the two screens."""
_COLORS = {"brown": "yellow", "brightbrown": "bright_yellow"}


def make_id(chance: random.Random) -> str:
    """Return an id that is the same in each run."""
    return str(uuid.UUID(int=chance.getrandbits(128)))


def make_fleet() -> Cloud:
    """Return a cloud of thirty vaults, of which one fails and one is partial."""
    cloud, chance = Cloud(), random.Random(3)
    for number in range(1, 31):
        seconds = chance.uniform(4, 14)
        resources = [Resource(f"ecs-web-{number:02}", duration=seconds, fail=STOPPED if number == 9 else None)]
        if number == 17:
            resources.append(Resource("evs-data-17", duration=6, fail=DISK))
        cloud.add_vault(f"web-{number:02}", resources=resources, tags={"team": "web"})
    return cloud


def make_month() -> Cloud:
    """Return a cloud with a month of backups: one resource that nobody backs up, one that stopped, one that failed a night."""
    cloud, chance = Cloud(), random.Random(5)
    ago = min(3 * 3600, cloud.started % DAY / 2)  # last night is today's, at whatever hour the picture is made
    for vault_name, names in {
        "vault-prod": ("db-master", "db-replica", "web-01"),
        "vault-files": ("nas", "scratch"),
    }.items():
        servers = [Resource(name, duration=chance.uniform(6, 28)) for name in names]
        vault = cloud.add_vault(vault_name, resources=servers)
        for server in servers:
            nights = {"scratch": range(0), "web-01": range(9, 29), "nas": range(0, 29, 7)}.get(server.name, range(29))
            for night in nights:
                ids = (make_id(chance), make_id(chance), make_id(chance))
                add_backup(cloud, vault, server, "nightly", cloud.started - DAY * night - ago, ids)
    return cloud


class Scene(NamedTuple):
    """What a picture shows."""

    args: tuple[str, ...]
    cloud: Callable[[], Cloud] = DemoCloud
    half: str | None = r"[4-6]\d %"
    """What the screen shows half way."""


PICTURES = {
    "backup.svg": Scene(("backup", "--vault", "vault-be94", "--resource", "ecs-1f0f-0002", "--incremental")),
    "partial.svg": Scene(("backup", "--vault", "vault-skip")),
    "fleet.svg": Scene(("backup", "--tag", "team=web", "--parallel", "16"), make_fleet, r"1\d of 30"),
    "report.svg": Scene(("report", "--all-vaults"), make_month, None),
}


def film(scene: Scene) -> tuple[list[Text], list[Text]]:
    """Run cbrctl on a terminal; return the screen half way and at the end."""
    with Server(scene.cloud()) as server:
        return _film(scene, _environ() | server.variables())


def _film(scene: Scene, environ: dict[str, str]) -> tuple[list[Text], list[Text]]:
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    child = pexpect.spawn(
        sys.executable, ["-m", "cbrctl", *scene.args], dimensions=(LINES, COLUMNS), env=environ, timeout=60
    )
    half: list[Text] = []
    while True:
        try:
            stream.feed(child.read_nonblocking(65536, timeout=60))
        except pexpect.EOF:
            break
        if scene.half and not half and re.search(scene.half, "\n".join(screen.display)):
            half = _lines(screen)
    child.close()
    return half, _lines(screen)


def _environ() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir(), "LANG": "C.UTF-8", "TERM": "xterm-256color"}


def _lines(screen: pyte.Screen) -> list[Text]:
    used = max((y for y in range(LINES) if screen.display[y].strip()), default=-1)
    return [_line(screen, y) for y in range(used + 1)]


def _line(screen: pyte.Screen, y: int) -> Text:
    cells = [screen.buffer[y][x] for x in range(COLUMNS)]
    text = Text()
    for (fg, bold, reverse), run in groupby(cells, lambda cell: (cell.fg, cell.bold, cell.reverse)):
        text.append("".join(cell.data for cell in run), Style(color=_color(fg), bold=bold, reverse=reverse))
    text.rstrip()
    return text


def _color(name: str) -> str | None:
    if name == "default":
        return None
    return f"#{name}" if re.fullmatch(r"[0-9a-f]{6}", name) else _COLORS.get(name, name.replace("bright", "bright_"))


def draw(scene: Scene) -> str:
    """Return one picture."""
    half, end = film(scene)
    for _ in range(9):  # a busy machine may pass it over
        if half or not scene.half:
            break
        half, end = film(scene)
    with open("/dev/null", "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True, color_system="truecolor")
        console.print(Text.assemble(("$ ", "bold green"), (subprocess.list2cmdline(["cbrctl", *scene.args]), "bold")))
        same = next((i for i, (a, b) in enumerate(zip(half, end, strict=False)) if a.plain != b.plain), len(half))
        for line in [*half, *([Text(BETWEEN, "dim")] if half else []), *end[same:]]:
            console.print(line, soft_wrap=True)
        svg = console.export_svg(title="cbrctl", theme=MONOKAI, unique_id="cbrctl")
    # Rich's picture asks another host for its font: this one needs no network
    svg = re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL)
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def read_words(picture: str) -> list[str]:
    """Return the words at the end of what a picture shows: those that are the same in each run, without numbers and ids."""
    lines = unescape(" ".join(re.findall(r"<text[^>]*>(.*?)</text>", picture))).replace("\xa0", " ")
    end = lines.rpartition(BETWEEN.strip())[2]
    return [word for word in end.split() if not re.search(r"\d|[━╸╺█▁-▇]", word)]


if __name__ == "__main__":
    for name, scene in PICTURES.items():
        (DOCS / name).write_text(draw(scene), "utf-8")
