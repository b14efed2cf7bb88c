"""The guided first set-up: what the options leave open is asked for, all of it is tried, and only then it is written."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cbrctl.cli.login_options import Asked, read_file_name
from cbrctl.config import folders, profiles, settings
from cbrctl.errors import CbrctlError, LocalState, UsageError
from cbrctl.phrases import Phrase, list_names
from cbrctl.screen.prompt import ask_until
from cbrctl.screen.text import inert

if TYPE_CHECKING:
    from cbrctl.api.models import Vault
    from cbrctl.backup.document import Report
    from cbrctl.cli.shared_options import Common
    from cbrctl.credentials.methods import AccessKey, Password
    from cbrctl.session import Session

MAKE_FILE = "(umask 077; cat > ~/.cbr-secret)"
MOST_SHOWN = 20
"""Vaults of which a person chooses one by its number."""


class Done(NamedTuple):
    """What was written, and the backup that it would make; None where nobody has logged in, or there is no vault."""

    profile: str
    values: Mapping[str, str]
    plan: "Report | None" = None
    warning: CbrctlError | None = None
    """That other credentials come before those that were kept."""


def set_up(common: "Common", asked: Asked, vault: str | None) -> Done | None:
    """Ask, try and write; None where the person chose to leave the file as it is. Raises whatever is wrong with an answer.

    Nothing is written before the last answer: no file, no secret, and no token stays where it does not end well.
    """
    folder = folders.folder("config").absolute()
    profile = _choose_profile(common, asked, folder)
    if profile is None:
        return None
    values = _choose_settings(common, asked.asks)
    if not (asked.asks or asked.is_wanted or values or vault):
        raise UsageError("missing", what="--region", help="cbrctl config init --help")
    flags = {**common.flags, **values}
    if profile != "default":
        flags["profile"] = profile
    with common._replace(flags=flags).open_session(new_profile=True) as session:
        proof = _complete(session, asked)
        from cbrctl import login

        with _forgotten_on_failure(session, profile):
            if proof:
                login.prepare(session, proof)
                proof = login.verify(session, profile, proof, asked.ask_again)
            chosen, sample = _choose_vault(common, session, vault, asks=asked.asks and (proof or _has_any(session)))
            values.update({"vault": chosen} if chosen else {})

            def write(who: Mapping[str, str]) -> None:
                values.update(who)
                _write(folder, profile, values)

            if proof:
                values.update(_name_file(asked, proof))
                # the secret was verified there, and goes nowhere else when the variable is gone
                addresses = {key: session.settings.values.get(key) for key in ("iam_endpoint", "endpoint")}
                values.update({key: value.text for key, value in addresses.items() if value})
                login.keep(session, profile, proof, write)
            else:
                write({})
        plan = _plan(session, sample) if sample else None
    if asked.asks and not proof and plan is None:
        later = Phrase("To log in later: cbrctl config init again, or cbrctl auth login where there is a keyring.")
        common.screen.note(later)
    return Done(profile, values, plan, _find_shadow(common, flags, profile) if proof else None)


def _choose_profile(common: "Common", asked: Asked, folder: Path) -> str | None:
    """Return the profile to make, or one that is there with no credentials; None where a person wants none."""
    from cbrctl.login import IDENTITY, RIVALS

    path = folder / profiles.FILE
    named = settings.profile_in_use(common.flags)
    if not os.path.lexists(path):
        return profiles.check_name(named or "default")
    text = None if path.is_symlink() else profiles.read_text(path)
    tables = profiles.parse_text(path, text or "").get("profiles", {})
    fills = asked.asks or asked.is_wanted
    kept = (*IDENTITY, *RIVALS)
    taken = [name for name, table in tables.items() if any(table.get(key) for key in (kept if fills else table))]
    if path.is_symlink() or not (named or asked.asks or (asked.is_wanted and "default" not in taken)):
        raise UsageError("config-exists", path=path)

    def read(answer: str) -> str | None:
        if answer in taken:
            raise UsageError("profile-exists", profile=answer)
        return profiles.check_name(answer) if answer else None

    if named or not asked.asks:
        return read(named or "default")
    there = Phrase("{path} is there already, with: {profiles}.", path=path, profiles=list_names(tables))
    common.screen.note(there if tables else Phrase("{path} is there already, without a profile.", path=path))
    usual = next((name for name in tables if name not in taken), "" if tables else "default")
    question = Phrase("Name of a profile to add (empty: leave it as it is): ")
    if usual:
        question = Phrase("Name of the profile to complete, or of one to add [{usual}]: ", usual=inert(usual))
    return ask_until(common.screen.streams, question, lambda answer: read(answer or usual))


def _choose_settings(common: "Common", asks: bool) -> dict[str, str]:
    """Return the settings of the options, checked, and the region that was asked for."""
    screen = common.screen
    given = {key: value for key, value in common.flags.items() if value and key in settings.ECOSYSTEM}
    values = {key: profiles.check_value(key, value, screen.warn) for key, value in given.items()}
    if values.get("region") or not asks:
        return values
    known = settings.resolve(common.flags, new_profile=True)
    found = known.get("region") or ""
    elsewhere = any(known.get(key) for key in ("iam_endpoint", "cloud"))
    unlikely: list[str] = []

    def read(answer: str) -> str:
        region = answer or found
        if not region and elsewhere:
            return ""
        if not region:
            raise UsageError("no-region-given")
        near: list[str] = []
        profiles.check_value("region", region, lambda key, **told: near.append(told["near"]))
        if near and near[0] and region not in unlikely:
            unlikely.append(region)
            raise UsageError("region-unlikely", region=region, near=near[0])
        return region

    question = Phrase("Region, like cn-north-4 (empty: none): ") if elsewhere else Phrase("Region, like cn-north-4: ")
    if found:
        question = Phrase("Region, like cn-north-4 [{usual}]: ", usual=inert(found))
    region = ask_until(screen.streams, question, read)
    return {"region": region, **values} if region else values


def _complete(session: "Session", asked: Asked) -> "Password | AccessKey | None":
    """Return who logs in; None where no option says so and no person wants to."""
    if not asked.is_wanted and (not asked.asks or not _knows_iam(session)):
        return None
    asked.tell_address(session)
    has_keyring = asked.secret_file is not None or _has_keyring(session, asked)
    if not asked.is_wanted and not asked.choose_method(later=True):
        return None
    if not has_keyring:
        asked.screen.note(
            Phrase("Another terminal makes such a file, which only you can read: {command}", command=MAKE_FILE)
        )
        question = Phrase("File that holds the secret, not the secret (empty: log in later): ")
        asked.secret_file = ask_until(
            asked.screen.streams, question, lambda answer: read_file_name(answer) if answer else ""
        )
        if not asked.secret_file:
            return None
    return asked.complete(session)


@contextmanager
def _forgotten_on_failure(session: "Session", profile: str) -> Iterator[None]:
    """Leave no token of a profile behind that was issued inside, where it does not end well."""
    from cbrctl.credentials.cache import list_kept, remove_kept

    folder = folders.folder("cache", session.environ)
    before = {path for path, _ in list_kept(folder, profile)}
    try:
        yield
    except BaseException:
        for path, _ in list_kept(folder, profile):
            if path not in before:
                remove_kept(path)
        raise


def _has_keyring(session: "Session", asked: Asked) -> bool:
    """Return whether the keyring answers, and warn where not. Raises LocalState where nobody can be asked for a file."""
    try:
        session.keyring().probe()
        return True
    except LocalState as error:
        if not asked.asks:
            raise
        asked.screen.warn(error)
        return False


def _knows_iam(session: "Session") -> bool:
    with suppress(CbrctlError):
        return bool(session.iam_endpoint())
    return False


def _has_any(session: "Session") -> bool:
    """Whether there are credentials of other places, so that the vaults can be listed without a login of ours."""
    with suppress(CbrctlError):
        session.credentials()
        return True
    return False


def _name_file(asked: Asked, proof: "Password | AccessKey") -> dict[str, str]:
    """Return the setting that names the file of the secret, where it lies in one."""
    if asked.secret_file is None:
        return {}
    return {"secret_key_file" if hasattr(proof, "secret_key") else "password_file": asked.secret_file}


def _choose_vault(
    common: "Common", session: "Session", named: str | None, *, asks: object
) -> "tuple[str, Vault | None]":
    """Return the default vault as it is written, nothing where none is wanted, and one to show a dry run of."""
    from cbrctl.backup.selection import find_vault
    from cbrctl.inert import inert
    from cbrctl.screen.wrapping import cells, pad

    if named:
        return named, find_vault(named, session.client())
    if not asks:
        return "", None
    listing = session.client().list_vaults(most=MOST_SHOWN + 1)
    if listing.error:
        common.screen.warn(listing.error)
        return "", None
    vaults = [vault for vault in listing.rows if vault.protect_type != "replication"][:MOST_SHOWN]
    if not vaults:
        common.screen.note(Phrase("There is no vault yet that could be backed up."))
        return "", None
    names = [inert(vault.name or "-") for vault in vaults]
    width = max(map(cells, names))
    for number, (name, vault) in enumerate(zip(names, vaults, strict=True), 1):
        common.screen.note(f"{number:>4}  {pad(name, width)}  {vault.id}")
    if len(listing.rows) > MOST_SHOWN:
        common.screen.note(Phrase("      and more: cbrctl vault list"))

    def read(answer: str) -> "tuple[str, Vault | None]":
        if not answer:
            return "", vaults[0]
        if answer.isascii() and answer.isdigit() and 0 < int(answer) <= len(vaults):
            chosen = vaults[int(answer) - 1]
            return _name_vault(chosen, listing.rows if len(listing.rows) <= MOST_SHOWN else ()), chosen
        return answer, find_vault(answer, session.client())

    return ask_until(common.screen.streams, Phrase("Default vault, by number, name or id (empty: none): "), read)


def _name_vault(chosen: "Vault", known: "tuple[Vault, ...]") -> str:
    """Return the name of a vault where it is the only one that is called so and can be typed, else its id."""
    name = chosen.name or ""
    alone = [vault.name for vault in known].count(name) == 1
    return name if alone and name.isprintable() and name == name.strip() and not name.startswith("-") else chosen.id


def _write(folder: Path, profile: str, values: Mapping[str, str]) -> None:
    from cbrctl.config.profile_edits import set_values, write_first

    # in the order of the explanations
    ordered = {key: values[key] for key in profiles.KEYS if key in values}
    if os.path.lexists(folder / profiles.FILE):
        set_values(folder, profile, ordered)
    else:
        write_first(folder, profile, ordered)


def _plan(session: "Session", vault: "Vault") -> "Report":
    """Return the backup of a vault as a dry run."""
    from cbrctl.backup.fleet import Fleet
    from cbrctl.backup.options import BackupOptions
    from cbrctl.backup.request import build_request
    from cbrctl.backup.selection import Target

    target = Target(vault.name or vault.id, vault.id, vault, request=build_request(vault.id, (), {}))
    run = Fleet(session.client, BackupOptions(), lambda event: None)
    return run.plan([target], session.client().root)


def _find_shadow(common: "Common", flags: Mapping[str, str | None], profile: str) -> CbrctlError | None:
    """Return a warning where a run with this profile would use other credentials than those that were kept."""
    from cbrctl.login import list_after

    chosen = {"profile": flags.get("profile")}
    with common._replace(flags=chosen).open_session(new_profile=True) as session:
        return list_after(session, profile)[1]
