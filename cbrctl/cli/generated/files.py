"""Every generated file of the repository, and what writes it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from cbrctl.cli.generated import COMPLETIONS
from cbrctl.cli.generated.man import write_manual
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

SCRIPTS = {"bash": "completions/cbrctl.bash", "zsh": "completions/_cbrctl", "fish": "completions/cbrctl.fish"}
"""The completion scripts, named as the shells look for them."""


def make_files(tree: TreeDoc) -> dict[str, str]:
    """Return the files that are made from the command tree."""
    scripts = {name: COMPLETIONS[shell](tree) for shell, name in SCRIPTS.items()}
    return {**scripts, **{f"man/{name}": page for name, page in write_manual(tree).items()}}


def write_files(folder: Path) -> None:
    """Write all files below a folder, and remove pages of commands that are gone."""
    for name, make in SCHEMAS.items():
        _write(folder / name, make())
    made = make_files(read_tree())
    for page in folder.glob("man/*.[17]"):
        if f"man/{page.name}" not in made:
            page.unlink()
    for name, text in made.items():
        _write(folder / name, text)
    for name, make_one in TRANSLATIONS.items():
        _write(folder / name, make_one())


def _write(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
