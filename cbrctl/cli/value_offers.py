"""What a key press may complete a value to: answered from files of this machine alone, by `cbrctl __complete`.

The completion scripts know commands, options and fixed values by themselves, and ask for the rest:

    cbrctl __complete KIND PREFIX [WORD...]    PREFIX: of the value, as far as it is typed; the words before it

It imports little, since somebody waits for it with a finger on the key: neither Typer nor what reads settings. Every value is
inert: one that is not is offered by its id.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cbrctl.config.folders import folder
from cbrctl.errors import CbrctlError
from cbrctl.ids import parse_id
from cbrctl.inert import inert
from cbrctl.machine.environment import ENVIRON

LONGEST = 256
"""Characters of a value that is offered."""
_SHORT = {"-V": "--vault"}
_ORIGIN = ("--region", "--endpoint", "--project-id", "--enterprise-project-id")
"""Options that say whose names are wanted; each has a variable."""
_VALUED = ("--vault", "--profile", *_ORIGIN)


class Line(NamedTuple):
    """What is typed so far: the value, and the options of the words before it that matter here."""

    prefix: str
    words: Sequence[str]
    options: Mapping[str, Sequence[str]]

    def find(self, option: str) -> str:
        """Return what an option or its variable says, empty where neither does."""
        given = self.options.get(option)
        return given[-1] if given else ENVIRON.get(f"CBRCTL_{option[2:].replace('-', '_').upper()}", "")


class Offer(NamedTuple):
    """A value, and what it is."""

    value: str
    about: str = ""


def answer(arguments: Sequence[str]) -> str:
    """Return the offers as lines, a tab between value and description. Nothing where there are none, or something is wrong."""
    kind, prefix, *words = [*arguments, "", ""][: max(2, len(arguments))]
    find = _KINDS.get(kind)
    if find is None:
        return ""
    line = Line(prefix, words, _read_options(words))
    try:
        offers = [offer for offer in find(line) if is_usable(offer.value)]
    except CbrctlError:
        return ""
    return "".join(f"{value}\t{inert(about)}\n" for value, about in dict(offers).items())


def is_usable(value: object) -> bool:
    """Return whether a value can be typed: nothing in it hides, and no command would take it for an option."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= LONGEST
        and inert(value) == value == value.strip()
        and value.isprintable()
        and not value.startswith("-")
    )


def _read_options(words: Sequence[str]) -> dict[str, list[str]]:
    """Return the values of the options that matter here, as far as a line that is being written can be read."""
    found: dict[str, list[str]] = {}
    rest = iter(words)
    for word in rest:
        name, mark, value = word.partition("=")
        if word[:2] in _SHORT:
            name, mark, value = _SHORT[word[:2]], word[2:], word[2:].removeprefix("=")
        if name in _VALUED:
            found.setdefault(name, []).append(value if mark else next(rest, ""))
    return found


def _read_names(line: Line) -> "Sequence[Mapping[str, Any]]":
    """Return what earlier runs saw of the project that is meant, as far as the line and the variables tell."""
    from cbrctl.names.cache import read_all

    if "--sandbox" in line.words:  # the practice cloud's are none of theirs
        return []
    profile = line.find("--profile")
    wanted = [_plain(line.find(option)) for option in _ORIGIN]
    found = []
    for origin, names in read_all(folder("cache")):
        seen = map(_plain, (origin.region, origin.endpoint, origin.project_id, origin.enterprise_project_id))
        if origin.profile == profile and all(one in ("", other) for one, other in zip(wanted, seen, strict=True)):
            found.append(names)
    return found


def _plain(text: str) -> str:
    return text.lower().replace("-", "").rstrip("/")


def _list_vaults(line: Line) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield id, name, and all that is known of each vault."""
    for names in _read_names(line):
        for vault_id, vault in names["vaults"].items():
            if isinstance(vault, dict):
                yield vault_id, str(vault.get("name") or ""), vault


def _offer_things(things: "Iterable[tuple[str, str, str]]", prefix: str) -> Iterator[Offer]:
    """Offer things by name, and by id where the name cannot be typed, is another's too, or an id is being typed."""
    known = {one[0]: one for one in things}
    names = Counter(name for _, name, _ in known.values())
    for thing_id, name, about in known.values():
        by_name = is_usable(name) and names[name] == 1 and not parse_id(name)
        if by_name:
            yield Offer(name, f"{about}, {thing_id}")
        if not by_name or (prefix and thing_id.startswith(prefix.lower())):
            yield Offer(thing_id, ", ".join(filter(None, (name, about))))


def _offer_vaults(line: Line) -> Iterator[Offer]:
    things = ((one, name, _count(_resources(vault), "resource")) for one, name, vault in _list_vaults(line))
    return _offer_things(things, line.prefix)


def _offer_resources(line: Line) -> Iterator[Offer]:
    """Offer the resources of the vaults that are named; of all where none is."""
    wanted = {parse_id(one) or one for one in line.options.get("--vault", ())}
    things = (
        (resource, str(resource_name or ""), f"in {name or vault_id}")
        for vault_id, name, vault in _list_vaults(line)
        if not wanted or {vault_id, name} & wanted
        for resource, resource_name in _resources(vault).items()
    )
    return _offer_things(things, line.prefix)


def _offer_tags(line: Line) -> Iterator[Offer]:
    tags: Counter[str] = Counter()
    for _, _, vault in _list_vaults(line):
        found = vault.get("tags")
        tags.update(f"{key}={value}" for key, value in (found.items() if isinstance(found, dict) else ()) if value)
    return (Offer(tag, _count(tags[tag], "vault")) for tag in sorted(tags))


def _offer_checkpoints(line: Line) -> Iterator[Offer]:
    names = {vault_id: name for vault_id, name, _ in _list_vaults(line)}
    yield from _offer_rows("checkpoints", line, lambda about: names.get(about) or about)
    if "--sandbox" not in line.words:
        for one in _read_journal():
            if one.checkpoint_id:
                yield Offer(one.checkpoint_id, f"{one.vault}, {one.outcome}, {_show(one.started_at)}")


def _offer_ops(line: Line) -> Iterator[Offer]:
    return (Offer(one.op_id, f"{one.vault}, {one.outcome}, {_show(one.started_at)}") for one in _read_journal())


def _offer_rows(kind: str, line: Line, tell: Callable[[str], str] = str) -> Iterator[Offer]:
    """Offer what is known by its id alone, with whose it is and of when."""
    for names in _read_names(line):
        for one, row in names[kind].items():
            if isinstance(row, list) and len(row) == 2:
                about, moment = row
                yield Offer(one, ", ".join(filter(None, (tell(str(about or "")), _show(moment)))))


def _offer_profiles(line: Line) -> Iterator[Offer]:
    from cbrctl.config.profiles import read_profiles

    return (Offer(name) for name in read_profiles(folder("config")).names())


def _read_journal() -> "list[Any]":
    from cbrctl.backup.recent import read_recent

    return read_recent(folder("state"))


def _resources(vault: Mapping[str, Any]) -> Mapping[str, Any]:
    found = vault.get("resources")
    return found if isinstance(found, dict) else {}


def _count(things: "Mapping[str, Any] | int", noun: str) -> str:
    number = things if isinstance(things, int) else len(things)
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _show(moment: object) -> str:
    """Return a moment in local time; nothing where it is none."""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment)) if isinstance(moment, float) else ""
    except (OverflowError, ValueError, OSError):
        return ""


_KINDS: dict[str, Callable[[Line], Iterator[Offer]]] = {
    "vaults": _offer_vaults,
    "resources": _offer_resources,
    "tags": _offer_tags,
    "checkpoints": _offer_checkpoints,
    "copies": lambda line: _offer_rows("copies", line),
    "tasks": lambda line: _offer_rows("tasks", line),
    "ops": _offer_ops,
    "profiles": _offer_profiles,
}
KINDS = tuple(_KINDS)
"""What can be asked for."""
