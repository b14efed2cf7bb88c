"""The command lines that people are shown, taken out of the texts that show them: help, manual, README and other papers."""

import re
from collections.abc import Iterator
from pathlib import Path

from cbrctl.cli.help_pages import read_doc
from cbrctl.cli.tree import ROOT_DOC, TREE, Leaf, build_command
from tests.support.program import ROOT

_CRON = re.compile(r"(?:\S+ ){5}(/opt/cbrctl/\.venv/bin/cbrctl .*)")
_DOCKER = re.compile(r"docker run (.*) (cbrctl backup .*)")
"""The image is named cbrctl, and its entry point is cbrctl: what follows reads like the command that runs."""
_ROFF = {r"\-": "-", r"\(aq": "'", r"\(ga": "`", r"\(ha": "^", r"\(ti": "~", r"\e": "\\", r"\&": ""}


def leaves() -> Iterator[tuple[str, Leaf]]:
    """Return each command with its path."""
    for name, entry in TREE.items():
        if isinstance(entry, dict):
            yield from ((f"{name} {inner}".rstrip(), leaf) for inner, leaf in entry.items())
        else:
            yield name, entry


def of_help() -> dict[str, tuple[str, ...]]:
    """Return the examples of each command's help, by its path; the program's own under nothing."""
    found = {path: read_doc(build_command(path.rsplit(maxsplit=1)[-1], leaf).help).examples for path, leaf in leaves()}
    return {"": read_doc(ROOT_DOC).examples, **found}


def papers() -> list[Path]:
    """Return what people read who use cbrctl: each README, and the pages that they lead to."""
    root = Path(ROOT)
    return [*sorted(root.glob("README*.md")), root / "deploy" / "README.md", *sorted((root / "docs").glob("*.md"))]


def of_papers() -> list[tuple[str, ...]]:
    """Return the blocks of command lines of all papers: one is typed from its first line to its last."""
    texts = (path.read_text("utf-8") for path in papers())
    blocks = (block for text in texts for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL))
    return list(dict.fromkeys(tuple(line for line in block.splitlines() if line.strip()) for block in blocks))


def of_manual() -> list[str]:
    """Return the examples of the manual's pages."""
    found: dict[str, None] = {}
    for page in sorted(Path(ROOT, "man").glob("*.[17]")):
        for block in re.findall(r"^\.nf\n(.*?)^\.fi", page.read_text("utf-8"), re.DOTALL | re.MULTILINE):
            for line in block.splitlines():
                plain = re.sub(r"\\(?:\([a-z]{2}|.)", lambda sign: _ROFF.get(sign[0], sign[0]), line).strip()
                if re.search(r"\bcbrctl\b", plain):
                    found[plain] = None
    return list(found)


def as_typed(line: str) -> str:
    """Return what a shell runs of a line: of a crontab the command, of a container the program with its variables."""
    if cron := _CRON.fullmatch(line):
        return cron[1].replace(r"\%", "%").replace("/opt/cbrctl/.venv/bin/cbrctl", "cbrctl")
    if docker := _DOCKER.fullmatch(line):
        return " ".join(["env", *re.findall(r"-e (\S+)", docker[1]), docker[2]])
    return line
