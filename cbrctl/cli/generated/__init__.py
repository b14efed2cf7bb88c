"""Files made from the command tree and from the shapes of documents. Nothing is typed twice.

command tree → TreeDoc → bash | zsh | fish | man        `python -m cbrctl.cli.generated` writes them into the repository
cbrctl/documents → JSON Schemas
every text that is read → .po → .mo
"""

from collections.abc import Callable

from cbrctl.cli.generated.bash import write_bash
from cbrctl.cli.generated.fish import write_fish
from cbrctl.cli.generated.outline import TreeDoc, add_help, read_tree
from cbrctl.cli.generated.zsh import write_zsh

COMPLETIONS: dict[str, Callable[[TreeDoc], str]] = {
    "bash": lambda tree: write_bash(add_help(tree)),
    "zsh": lambda tree: write_zsh(add_help(tree)),
    "fish": lambda tree: write_fish(add_help(tree)),
}
"""The writer of each shell's completion script."""

__all__ = ["COMPLETIONS", "TreeDoc", "read_tree"]
