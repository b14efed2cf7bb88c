"""Every generated file of the repository, and what writes it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from cbrctl.cli.generated import COMPLETIONS
from cbrctl.cli.generated.man import write_manual
from cbrctl.cli.generated.outline import TreeDoc, read_tree
from cbrctl.cli.generated.schemas import write_schema
from cbrctl.cli.generated.translation import name_files, translate_manual
from cbrctl.documents.published import DOCUMENTS
from cbrctl.messages.language import LANGUAGES

SCHEMAS: dict[str, Callable[[], str]] = {
    f"cbrctl/schemas/{name}.json": partial(write_schema, name) for name in DOCUMENTS
}
"""The files that `cbrctl schema` prints."""

TRANSLATIONS = name_files()
"""What people translate, with the texts of today, and what the program reads."""

SCRIPTS = {"bash": "completions/cbrctl.bash", "zsh": "completions/_cbrctl", "fish": "completions/cbrctl.fish"}
"""The completion scripts, named as the shells look for them."""


def make_files(tree: TreeDoc) -> dict[str, str]:
    """Return the files that are made from the command tree."""
    scripts = {name: COMPLETIONS[shell](tree) for shell, name in SCRIPTS.items()}
    pages = {f"man/{name}": page for name, page in write_manual(tree).items()}
    for language in LANGUAGES[1:]:  # where man looks for them below a folder of pages
        translated = translate_manual(tree, language)
        pages |= {f"man/{language}/man{name[-1]}/{name}": page for name, page in translated.items()}
    return {**scripts, **pages}


def write_files(folder: Path) -> None:
    """Write all files below a folder, and remove pages of commands that are gone."""
    for name, make in SCHEMAS.items():
        _write(folder / name, make())
    made = make_files(read_tree())
    for page in folder.glob("man/**/*.[17]"):
        if page.relative_to(folder).as_posix() not in made:
            page.unlink()
    for name, text in made.items():
        _write(folder / name, text)
    for name, make_one in TRANSLATIONS.items():
        _write(folder / name, make_one())


def _write(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
