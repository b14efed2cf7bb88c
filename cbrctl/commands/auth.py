"""`cbrctl auth login`, `logout` and `status`."""

from typing import TYPE_CHECKING, Annotated

import typer

from cbrctl.cli.login_options import (
    AccessKeyId,
    Asked,
    DomainId,
    DomainName,
    Method,
    NoInput,
    UserId,
    Username,
    name_option,
)
from cbrctl.cli.shared_options import Common
from cbrctl.errors import CbrctlError, UsageError
from cbrctl.phrases import Phrase, list_names
from cbrctl.screen.prompt import is_interactive

if TYPE_CHECKING:
    from cbrctl.config.addresses import Addresses
    from cbrctl.session import Session


def login(
    context: typer.Context,
    method: Method = None,
    username: Username = None,
    user_id: UserId = None,
    domain_name: DomainName = None,
    domain_id: DomainId = None,
    access_key: AccessKeyId = None,
    no_input: NoInput = False,
) -> int:
    """Verify credentials and keep them for a profile.

    IAM is asked first. The secret goes into the system's keyring, and who it is into the profile. On a terminal what is
    missing is asked for. Otherwise the password or the secret key is the first line of standard input, and a one-time
    code, where the user has one, the second. A secret is never an option.

    Examples:
      cbrctl auth login
      cbrctl auth login --username operator --domain-name acme < password.txt
      cbrctl auth login --profile prod --access-key HPUAZKAEXAMPLE
    """
    common: Common = context.obj
    common.screen.need_ids()
    given = {
        "username": username,
        "user_id": user_id,
        "domain_name": domain_name,
        "domain_id": domain_id,
        "access_key": access_key,
    }
    asks = is_interactive() and not no_input
    asked = Asked(common.screen, given, method, asks=asks, help="cbrctl auth login --help")
    from cbrctl.config.profiles import check_name
    from cbrctl.config.settings import ECOSYSTEM
    from cbrctl.login import list_after, log_in

    with common.open_session(new_profile=True) as session:
        profile = check_name(session.settings.profile_name or "default")
        _check_rivals(session, profile)
        asked.tell_address(session)
        if asks:
            session.keyring().probe()  # before all that is typed would be lost
        proof = asked.complete(session)
        proof = log_in(session, profile, proof, asked.ask_again)
    common.screen.note(
        Phrase(
            "Logged in as {who}; profile {profile}, secret in the keyring ({backend}).",
            who=proof.who,
            profile=profile,
            backend=session.keyring().backend,
        )
    )
    settings = [key for key in ECOSYSTEM if common.flags.get(key)]
    if settings:
        common.screen.note(
            Phrase("Not kept: {names}. cbrctl config set keeps settings.", names=", ".join(map(name_option, settings)))
        )
    with common.open_session(new_profile=True) as session:
        sources, shadow = list_after(session, profile)
    if shadow:
        common.screen.warn(shadow)
    from cbrctl.screen import own_columns

    return common.screen.show_list(own_columns.AUTH, sources)


def _check_rivals(session: "Session", profile: str) -> None:
    """Refuse to log in to a profile that names another secret already. Raises UsageError."""
    from cbrctl.login import RIVALS

    table = session.settings.chosen or session.settings.default
    rival = next((key for key in RIVALS if table.get(key)), None)
    if rival:
        raise UsageError("profile-has-credentials", profile=profile, setting=rival)


def logout(context: typer.Context) -> int:
    """Remove what was kept for a profile.

    That is the secret in the keyring, the user in the profile, and every token that this machine keeps for it, which IAM is
    asked to take back.

    Examples:
      cbrctl auth logout
      cbrctl auth logout --profile prod
    """
    common: Common = context.obj
    common.screen.need_ids()
    from cbrctl.login import log_out

    with common.open_session() as session:
        profile = session.settings.profile_name or "default"
        removed = log_out(session, profile)
    common.screen.note(
        Phrase("Profile {profile}: removed {things}.", profile=profile, things=list_names(removed))
        if removed
        else Phrase("Profile {profile}: nothing was kept.", profile=profile)
    )
    from cbrctl.screen import own_columns

    if common.screen.output == "table":
        return common.screen.finish(0)
    return common.screen.show_list(own_columns.AUTH, [])


def status(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Ask IAM and CBR whether the ones in use are good.")] = False,
) -> int:
    """Show the credentials there are, and where they come from.

    The ones in use stand first, each with whom they stand for and how long they last. The first of these that names any
    part of a set is used: CBRCTL_* variables, the profile that is chosen, HUAWEICLOUD_SDK_*, HW_*, the cloud of OS_CLOUD
    in clouds.yaml, OS_*, the profile default, and last the file ~/.huaweicloud/credentials. In a place a token comes
    before a password, and a password before access keys. Exit code 12: there are none, or they are not usable.

    Examples:
      cbrctl auth status
      cbrctl auth status --check
    """
    common: Common = context.obj
    common.screen.need_ids()
    from cbrctl.login import list_sources

    with common.open_session() as session:
        tell = (lambda tried: common.screen.note(Phrase("Tried: {tried}.", tried=tried))) if check else None
        sources = list(list_sources(session, check=tell))
        _tell_addresses(common, session.addresses)
    from cbrctl.screen import own_columns

    return common.screen.show_list(own_columns.AUTH, sources)


def _tell_addresses(common: Common, addresses: "Addresses") -> None:
    """Return where the secret in use goes, and what is in the way of it."""
    for name, find in (("IAM", addresses.iam), ("CBR", addresses.cbr)):
        try:
            address = find()
        except CbrctlError as error:
            common.screen.warn(error)
        else:
            if common.screen.output == "table" and common.screen.streams.terminal_out:
                common.screen.note(
                    Phrase("{name} is {text} ({origin}).", name=name, text=address.text, origin=address.origin)
                )
