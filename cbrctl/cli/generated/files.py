"""Every generated file of the repository, and what writes it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from cbrctl.cli.generated import COMPLETIONS
from cbrctl.cli.generated.man import write_man
from cbrctl.cli.generated.outline import TreeDoc, read_tree
from cbrctl.cli.generated.schemas import write_schema
from cbrctl.cli.generated.translation import name_files, write_mo, write_po
from cbrctl.documents.published import DOCUMENTS

SCHEMAS: dict[str, Callable[[], str]] = {
    f"cbrctl/schemas/{name}.json": partial(write_schema, name) for name in DOCUMENTS
}
"""The files that `cbrctl schema` prints."""

TRANSLATIONS: dict[str, Callable[[], str | bytes]] = {
    f"{path}{ending}": partial(write, language)
    for language, path in name_files()
    for ending, write in ((".po", write_po), (".mo", write_mo))
}
"""What people translate, with the texts of today, and what the program reads."""

FILES: dict[str, Callable[[TreeDoc], str]] = {
    "completions/cbrctl.bash": COMPLETIONS["bash"],
    "completions/_cbrctl": COMPLETIONS["zsh"],
    "completions/cbrctl.fish": COMPLETIONS["fish"],
    "man/cbrctl.1": write_man,
}
"""The files that are made from the command tree, named as the shells and man look for them."""


def write_files(folder: Path) -> None:
    """Write all files below a folder; the schemas first, since the tree knows them by their files."""
    for name, make in SCHEMAS.items():
        _write(folder / name, make())
    tree = read_tree()
    for name, write in FILES.items():
        _write(folder / name, write(tree))
    for name, make_one in TRANSLATIONS.items():
        _write(folder / name, make_one())


def _write(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
