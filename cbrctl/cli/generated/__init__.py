"""Files made from the command tree: a completion script for each shell and the man page. Nothing is typed twice.

command tree → TreeDoc → bash | zsh | fish | man        `python -m cbrctl.cli.generated` writes them into the repository
"""

from collections.abc import Callable
from pathlib import Path

from cbrctl.cli.generated.bash import write_bash
from cbrctl.cli.generated.fish import write_fish
from cbrctl.cli.generated.man import write_man
from cbrctl.cli.generated.outline import TreeDoc, read_tree
from cbrctl.cli.generated.zsh import write_zsh

COMPLETIONS: dict[str, Callable[[TreeDoc], str]] = {"bash": write_bash, "zsh": write_zsh, "fish": write_fish}
"""The writer of each shell's completion script."""

FILES: dict[str, Callable[[TreeDoc], str]] = {
    "completions/cbrctl.bash": write_bash,
    "completions/_cbrctl": write_zsh,
    "completions/cbrctl.fish": write_fish,
    "man/cbrctl.1": write_man,
}
"""The files of the repository, named as the shells and man look for them."""

__all__ = ["COMPLETIONS", "FILES", "TreeDoc", "read_tree", "write_files", "write_man"]


def write_files(folder: Path) -> None:
    """Write all files below a folder."""
    tree = read_tree()
    for name, write in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(write(tree), "utf-8")
