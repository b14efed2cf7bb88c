"""config.toml changed: under a lock, whole or not at all, with the user's comments and order kept."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cbrctl.config.profiles import FILE, KEYS, LARGEST, parse_text, read_text
from cbrctl.errors import LocalState, UsageError
from cbrctl.machine.files import make_file, make_folder, write_file
from cbrctl.machine.lock import FileLock
from cbrctl.messages.language import tr
from cbrctl.phrases import Phrase

PATIENCE = 10.0
"""Seconds to wait for another cbrctl that changes the file."""
_HEAD = (
    Phrase("Configuration of cbrctl: a table [profiles.NAME] each, the one named default where no other is chosen."),
    Phrase(
        "`cbrctl config set KEY VALUE` writes here and keeps your comments; `cbrctl config list` shows what is in force."
    ),
    Phrase("No secret belongs here: keep it with `cbrctl auth login`, or in a file of its own that a key names."),
)


def set_values(folder: Path, profile: str, values: Mapping[str, str]) -> None:
    """Write values into a profile, which is made where there is none. Two that write at once lose nothing.

    Raises LocalState where the file is unsafe or cannot be written, UsageError where it is no configuration.
    """
    with _locked(folder) as path:
        _store(path, *_assign(path, read_text(path) or "", profile, values))


def unset_values(folder: Path, profile: str, keys: Sequence[str]) -> list[str]:
    """Take keys out of a profile, known or not; gives those that were there. A profile left empty goes with them.

    Raises as `set_values` does.
    """
    if read_text(folder / FILE) is None:
        return []
    with _locked(folder) as path:
        text = read_text(path) or ""
        data = parse_text(path, text)
        table = data.get("profiles", {}).get(profile, {})
        found = [key for key in keys if key in table]
        for key in found:
            del table[key]
        if found:
            _store(path, *_remove(path, text, data, profile, found))
        return found


def write_first(folder: Path, profile: str, values: Mapping[str, str]) -> None:
    """Write a first file that explains every key in the language of the run; `values` go into one profile.

    Raises UsageError where there is a file.
    """
    head = f'[profiles."{profile}"]' if "." in profile else f"[profiles.{profile}]"
    rows = [f'# {key} = ""'.ljust(32) + f"# {tr(words)}" for key, words in KEYS.items()]
    text = "\n".join([*(f"# {tr(line)}" for line in _HEAD), "", head, *rows, ""])
    if os.path.islink(folder / FILE):
        raise UsageError("config-exists", path=folder / FILE)
    with _locked(folder) as path:
        if os.path.lexists(path):
            raise UsageError("config-exists", path=path)
        _store(path, *_assign(path, text, profile, values))


@contextmanager
def _locked(folder: Path) -> Iterator[Path]:
    """Let nobody else change the file, which is given; waits for who does. Raises LocalState where it cannot be kept."""
    path = folder / FILE
    if path.is_symlink():  # what it leads to may be anything, and is not ours to write
        raise LocalState(
            "unsafe-file",
            path=path,
            why=Phrase("it is a link"),
            mend=Phrase("Edit {path} by hand.", path=os.path.realpath(path)),
        )
    read_text(path)  # where others could have a hand in it nothing is made better by writing there
    with hold(folder, "config.lock"):
        yield path


@contextmanager
def hold(folder: Path, lock: str) -> Iterator[None]:
    """Let nobody else in who holds the same lock of the folder; waits for who does. Raises LocalState where it cannot be kept."""
    path = folder / FILE
    try:
        make_folder(folder)
        make_file(folder / lock)
        with FileLock(folder / lock) as held:
            try:
                held.take(PATIENCE)
            except BlockingIOError:
                raise LocalState("config-locked", path=path) from None
            except ImportError:  # Windows: the last one wins
                pass
            yield
    except OSError as cause:
        raise LocalState("config-unwritable", path=path, note=cause.strerror or "") from None


def check_writable(folder: Path) -> None:
    """See that the file could be changed now, and leave it as it is. Raises as `set_values` does."""
    with _locked(folder) as path:
        parse_text(path, read_text(path) or "")


def _store(path: Path, text: str, wanted: Mapping[str, Any]) -> None:
    """Write the file if it says what it is to say: no slip of an editing library costs a user's configuration."""
    data = text.encode()
    if len(data) > LARGEST or not _says(path, text, wanted):
        raise UsageError("config-not-changed", path=path)
    write_file(path, data)


def _says(path: Path, text: str, wanted: Mapping[str, Any]) -> bool:
    """Whether a text is the configuration that is wanted; no profiles at all are as good as an empty table of them."""
    try:
        return _without_nothing(parse_text(path, text)) == _without_nothing(wanted)
    except UsageError:
        return False


def _without_nothing(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != "profiles" or value}


def _edit(path: Path, text: str) -> Any:
    """Return the file as the editing library holds it."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(text)
    except (TOMLKitError, ValueError, RecursionError):  # what the standard library reads and this one does not
        raise UsageError("config-not-changed", path=path) from None


def _assign(path: Path, text: str, profile: str, values: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the text with values set in a profile, and what it says then."""
    import tomlkit
    from tomlkit.items import Table

    if text and not text.endswith("\n"):
        text += "\n"
    data = parse_text(path, text)
    data.setdefault("profiles", {}).setdefault(profile, {}).update(values)
    document = _edit(path, text)
    if "profiles" not in document:
        document["profiles"] = tomlkit.table(is_super_table=True)
    tables = document["profiles"]
    if profile not in tables:
        tables[profile] = tomlkit.table()
    table = tables[profile]
    # comments behind the last key speak of what follows them: new keys go before these
    body = table.value.body if isinstance(table, Table) else []
    end = max((place + 1 for place, (key, _) in enumerate(body) if key is not None), default=0)
    rest = body[end:]
    del body[end:]
    for key, value in values.items():
        table[key] = value
    body += rest
    return tomlkit.dumps(document), data


def _remove(
    path: Path, text: str, data: dict[str, Any], profile: str, keys: Sequence[str]
) -> tuple[str, dict[str, Any]]:
    """Return the text without some keys of a profile, and what it says then; `data` says that already."""
    import tomlkit
    from tomlkit.items import InlineTable

    document = _edit(path, text)
    tables = document["profiles"]
    for key in keys:
        del tables[profile][key]
    if data["profiles"][profile] or _has_own_comments(tables[profile]):
        return tomlkit.dumps(document), data
    without = {**data, "profiles": {name: t for name, t in data["profiles"].items() if name != profile}}
    if isinstance(tables[profile], InlineTable):
        del tables[profile]
    text = tomlkit.dumps(document)
    # the head alone: what stands below it may be the comments of the next profile
    head = re.compile(rf"^[ \t]*\[[ \t]*profiles[ \t]*\.[ \t]*([\"']?){re.escape(profile)}\1[ \t]*\][^\n]*\n", re.M)
    texts = [text, *(text[: found.start()] + text[found.end() :] for found in head.finditer(text))]
    return next(((one, without) for one in texts if _says(path, one, without)), (text, data))


def _has_own_comments(table: Any) -> bool:
    """Whether comments stand in a table before its first blank line: they are its own, and not those of the next."""
    from tomlkit.items import Comment, Whitespace

    for _, item in getattr(table.value, "body", ()):
        if isinstance(item, Comment):
            return True
        if isinstance(item, Whitespace) and "\n" in item.s:
            return False
    return False
