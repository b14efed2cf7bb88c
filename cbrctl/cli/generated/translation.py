"""The translations: every text that a person reads, gathered from where it stands; the .po that people fill, the .mo made of it.

A text is its own key. Tables are read as what they are; in the code a text stands in `tr("…")`, `Phrase("…")`, `Column` or `View`.
A new text comes into the .po without a translation, and one that is gone goes: a test says so of both. What the manual alone says
has a .po of its own and no .mo: the program, which reads its .mo at each start, never needs it.
"""

import ast
import json
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from itertools import chain
from pathlib import Path

import cbrctl
from cbrctl.cli.generated import words
from cbrctl.cli.generated.man import write_manual
from cbrctl.cli.generated.outline import TreeDoc, read_tree
from cbrctl.cli.generated.roff import Roff
from cbrctl.cli.help_pages import split_text
from cbrctl.errors import KINDS, OUTCOMES
from cbrctl.messages.catalogue import MESSAGES, backgrounds
from cbrctl.messages.codes import read_codes
from cbrctl.messages.error_text import SYSTEM
from cbrctl.messages.language import FOLDER, LANGUAGES
from cbrctl.phrases import BETWEEN

_HEADER = "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\nLanguage: {language}\n"
_PLACE = re.compile(r"\{\w+\}")
_ENTRY = re.compile(r'^msgid (".*")\nmsgstr (".*")$', re.MULTILINE)
_PROGRAM, _MANUAL = "cbrctl", "cbrctl-man"
"""What the .po are called."""
_MARKED = ("tr", "Phrase")
_TABLES = {"Column": ((0, "name"), (2, "title"), (9, "label")), "View": ((4, "none"),)}
"""Calls whose arguments are texts, by place and by name."""


@cache
def list_texts() -> Mapping[str, str]:
    """Return every text, each once, with where it stands first."""
    sections = {
        "errors": chain.from_iterable(MESSAGES.values()),
        "exit codes": (text for kind in KINDS.values() for text in (kind.message, kind.hint)),
        "codes of the service": (text for code in read_codes().values() for text in (code.why, code.fix)),
        "what is behind errors": (
            *backgrounds.KINDS.values(), *chain.from_iterable(backgrounds.OUTCOMES.values()), *backgrounds.MESSAGES.values(),
        ),
        "outcomes": OUTCOMES,
        "words of the system": SYSTEM,
        "between parts": BETWEEN,
        "help": _of_help(read_tree()),
        "topics of help": chain(
            words.OUTPUT, words.FORMATS.values(), words.AFTER_FORMATS, words.ENVIRONMENT_INTRO,
            (meaning for _, meaning in words.variables()),
        ),
        "in the code": _of_code(),
    }  # fmt: skip
    found: dict[str, str] = {}
    for section, texts in sections.items():
        for text in texts:
            if text in BETWEEN or re.search("[A-Za-z]{2}", text):
                found.setdefault(text, section)
    return found


@cache
def list_manual_texts() -> Mapping[str, str]:
    """Return, like `list_texts`, what the pages of the manual say and the program does not."""
    asked: list[str] = []

    def ask(text: str) -> str:
        asked.append(text)
        return text

    write_manual(read_tree(), Roff(ask))
    known = list_texts()
    return {text: "manual" for text in asked if text not in known and re.search("[A-Za-z]{2}", _PLACE.sub("", text))}


def translate_manual(tree: TreeDoc, language: str) -> dict[str, str]:
    """Return the pages of the manual in a language, by the names of their files."""
    known = {**read_po(language), **read_po(language, _MANUAL)}
    return write_manual(tree, Roff(lambda text: known.get(text) or text, wide=True))


def read_po(language: str, name: str = _PROGRAM) -> dict[str, str]:
    """Return what is translated; the header is not part of it."""
    path = FOLDER / language / "LC_MESSAGES" / f"{name}.po"
    pairs = _ENTRY.findall(path.read_text("utf-8")) if path.exists() else []
    return {json.loads(key): json.loads(text) for key, text in pairs if json.loads(key)}


def write_po(language: str, name: str = _PROGRAM) -> str:
    """Return the texts of today with the translations that there are."""
    known = read_po(language, name)
    blocks = [f'msgid ""\nmsgstr {_quote(_HEADER.format(language=language))}']
    before = ""
    for text, section in (list_texts() if name == _PROGRAM else list_manual_texts()).items():
        title = f"# {section}\n" if section != before else ""
        blocks.append(f"{title}msgid {_quote(text)}\nmsgstr {_quote(known.get(text, ''))}")
        before = section
    return "\n\n".join(blocks) + "\n"


def write_mo(language: str) -> bytes:
    """Return what gettext reads: a table of the keys in order, one of their texts, and both behind them."""
    texts = {text: translation for text, translation in read_po(language).items() if translation}
    return _pack({"": _HEADER.format(language=language), **texts})


def name_files() -> dict[str, Callable[[], str | bytes]]:
    """Return where the files of each language are in the repository, and what writes them."""
    found: dict[str, Callable[[], str | bytes]] = {}
    for language in LANGUAGES[1:]:
        folder = f"cbrctl/locale/{language}/LC_MESSAGES"
        found |= {f"{folder}/{name}.po": partial(write_po, language, name) for name in (_PROGRAM, _MANUAL)}
        found[f"{folder}/{_PROGRAM}.mo"] = partial(write_mo, language)
    return found


def _pack(texts: Mapping[str, str]) -> bytes:
    pairs = sorted((key.encode(), text.encode()) for key, text in texts.items())
    start = 28 + 16 * len(pairs)
    tables, body = [b"", b""], b""
    for side in (0, 1):
        for pair in pairs:
            tables[side] += struct.pack("<II", len(pair[side]), start + len(body))
            body += pair[side] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return head + tables[0] + tables[1] + body


def _of_help(tree: TreeDoc) -> Iterator[str]:
    for group in tree.groups:
        yield from (group.doc.summary, *split_text(group.doc), *(summary for _, summary in group.members))
    for command in tree.commands:
        yield from (command.doc.summary, *split_text(command.doc), *(argument.help for argument in command.arguments))
    options = (*(group.options for group in tree.groups), *(command.options for command in tree.commands))
    for option in chain.from_iterable(options):
        yield from (option.group, option.help)


def _of_code() -> Iterator[str]:
    for path in sorted(Path(cbrctl.__file__).parent.rglob("*.py")):
        if not {"sandbox", "generated", "catalogue"} & set(path.parts):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    yield from _of_call(node.func.id, node)


def _of_call(name: str, call: ast.Call) -> Iterator[str]:
    """Return the texts of a call that shows texts: what is written there, not what is computed."""
    places = ((0, ""),) if name in _MARKED else _TABLES.get(name, ())
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    for place, keyword in places:
        argument = call.args[place] if place < len(call.args) else named.get(keyword)
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
