"""The options that choose vaults of the whole project, for every command that works on many."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cbrctl.cli.shared_options import RARE, read_stdin
from cbrctl.errors import NotFound, UsageError
from cbrctl.phrases import Phrase, list_names

if TYPE_CHECKING:
    from cbrctl.api.client import Client
    from cbrctl.api.models import Vault
    from cbrctl.backup.scope import Scope, Shard
    from cbrctl.backup.selection import Target
    from cbrctl.cli.shared_options import Common

MOST_TAGS = 10
"""The service takes no more in one search (service.md 5)."""
MOST_SHARDS = 1000
SELECTION = "Which vaults and resources"
"""The title of these options in the help."""

Vaults = Annotated[
    list[str] | None,
    typer.Option(
        "--vault",
        "-V",
        metavar="VAULT",
        help="Vault by id or name; repeatable. - reads standard input: a line each, or the JSON of vault list.",
        rich_help_panel=SELECTION,
    ),
]
Resources = Annotated[
    list[str] | None,
    typer.Option(
        "--resource",
        "-r",
        metavar="RESOURCE",
        help="Only this resource, by id or name; repeatable. Without --vault its vault is looked up.",
        rich_help_panel=SELECTION,
    ),
]

AllVaults = Annotated[bool, typer.Option("--all-vaults", help="Every vault of the project.", rich_help_panel=SELECTION)]
Tags = Annotated[
    list[str] | None,
    typer.Option(
        "--tag", metavar="KEY=VALUE", help="Every vault with this tag; repeat: with all.", rich_help_panel=SELECTION
    ),
]
Excluded = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        metavar="VAULT",
        help="Of --all-vaults or --tag without this one; repeatable.",
        rich_help_panel=SELECTION,
    ),
]
Share = Annotated[
    str | None,
    typer.Option("--shard", metavar="I/N", help="Only share I of N of the selection, from 0.", rich_help_panel=RARE),
]


def read_scope(
    all_vaults: bool, tags: Sequence[str], exclude: Sequence[str], vaults: Sequence[str], resources: Sequence[str]
) -> "Scope | None":
    """Return what of the project is meant; None where vaults or resources are named. Raises UsageError."""
    from cbrctl.backup.scope import Scope

    option = "--all-vaults" if all_vaults else "--tag" if tags else ""
    others = {"--vault": vaults, "--resource": resources, "--tag": tags if all_vaults else ()}
    for other, given in others.items():
        if option and given:
            raise UsageError("contradiction", first=option, second=other)
    if exclude and not option:
        raise UsageError("exclude-alone")
    if not option:
        return None
    pairs = [_read_tag(tag) for tag in dict.fromkeys(tags)]
    if len(pairs) > MOST_TAGS:
        raise UsageError("too-many-tags", most=MOST_TAGS)
    if len(dict(pairs)) < len(pairs):
        raise UsageError("tag-twice")
    return Scope(dict(pairs), tuple(exclude))


def _read_tag(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    if not key.strip() or not value.strip():  # an unset variable must not mean all that have the key
        raise UsageError("bad-tag", value=text)
    return key, value


def read_shard(text: str | None) -> "Shard | None":
    """Return the share that `--shard` names. Raises UsageError."""
    if text is None:
        return None
    from cbrctl.backup.scope import Shard

    found = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", text)
    shard = Shard(int(found[1]), int(found[2])) if found else Shard(0, 0)
    if not shard.number < shard.total <= MOST_SHARDS:
        raise UsageError("bad-shard", value=text, most=MOST_SHARDS)
    return shard


def read_vault_names(names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the vaults as they are asked for, those of standard input where `-` stands, and the names that stood there."""
    if "-" not in names:
        return list(names), {}
    from cbrctl.cli.vault_names import read_vaults

    try:
        found = read_vaults(read_stdin())
    except ValueError as cause:  # in plain words, but for what is no text
        note = Phrase("It is not text in UTF-8.") if isinstance(cause, UnicodeDecodeError) else str(cause)
        raise UsageError("bad-stdin", note=note) from None
    if not found:
        raise NotFound("empty-stdin")
    place = list(names).index("-")
    rest = [n for n in names[place + 1 :] if n != "-"]
    return [*names[:place], *(one.asked for one in found), *rest], {one.asked: one.name for one in found if one.name}


def find_default_vault(common: "Common") -> list[str]:
    """Return the vault that the profile in use names for lines that name none. Raises UsageError where there is none.

    Who practises has no profile.
    """
    from cbrctl.config.settings import resolve

    if common.sandbox:
        raise UsageError("no-selection")
    found = resolve(common.flags)
    vault = (found.chosen or found.default).get("vault")
    if not vault:
        known = any(found.get(name) for name in ("region", "endpoint", "iam_endpoint"))
        raise UsageError("no-selection" if known else "no-selection-yet")
    profile = found.profile_name or "default"
    common.screen.note(Phrase("Vault {vault} (profile {profile}).", vault=vault, profile=profile))
    return [vault]


def select_scope(scope: "Scope", client: "Client", warn: Callable[..., None]) -> "list[Target]":
    """Return a target a vault of the project that is meant, and say which cannot be backed up."""
    from cbrctl.backup import scope as scopes

    targets, left_out = scopes.select_scope(scope, client)
    warn_left_out(left_out, warn)
    return targets


def warn_left_out(left_out: "Sequence[Vault]", warn: Callable[..., None]) -> None:
    """Say which vaults cannot be backed up, where there are some."""
    if left_out:
        warn("replication-left-out", vaults=list_names(vault.name or vault.id for vault in left_out))
