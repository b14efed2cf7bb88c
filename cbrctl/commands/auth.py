"""`cbrctl auth login`, `logout` and `status`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from cbrctl.cli.shared_options import Common, check_one_of, read_stdin
from cbrctl.errors import CbrctlError, UsageError
from cbrctl.machine.secrecy import remember
from cbrctl.phrases import Phrase, join

if TYPE_CHECKING:
    from cbrctl.config.addresses import Addresses
    from cbrctl.credentials.methods import AccessKey, Password
    from cbrctl.session import Session

METHODS = ("password", "access-key")
_PAIRS = (
    ("username", "user_id"),
    ("domain_name", "domain_id"),
    ("access_key", "username"),
    ("access_key", "user_id"),
    ("access_key", "domain_name"),
    ("access_key", "domain_id"),
)
"""Options of which one alone can be meant."""


def login(
    context: typer.Context,
    method: Annotated[
        str | None,
        typer.Option(metavar="password|access-key", help="How to log in (default password).", rich_help_panel="Who"),
    ] = None,
    username: Annotated[str | None, typer.Option(metavar="NAME", help="IAM user.", rich_help_panel="Who")] = None,
    user_id: Annotated[str | None, typer.Option(metavar="ID", help="IAM user, by id.", rich_help_panel="Who")] = None,
    domain_name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Account of the user.", rich_help_panel="Who")
    ] = None,
    domain_id: Annotated[
        str | None, typer.Option(metavar="ID", help="Account of the user, by id.", rich_help_panel="Who")
    ] = None,
    access_key: Annotated[
        str | None, typer.Option(metavar="ID", help="Access key; its secret is asked for.", rich_help_panel="Who")
    ] = None,
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
    check_one_of("--method", method or "password", METHODS, "cbrctl auth login --help")
    given = {
        "username": username,
        "user_id": user_id,
        "domain_name": domain_name,
        "domain_id": domain_id,
        "access_key": access_key,
    }
    _refuse_pairs(given, method)
    from cbrctl.config.addresses import Addresses, Beside
    from cbrctl.config.profiles import check_name
    from cbrctl.config.settings import ECOSYSTEM
    from cbrctl.login import check_rivals, list_after, log_in

    with common.open_session(new_profile=True) as session:
        profile = check_name(session.settings.profile_name or "default")
        check_rivals(session, profile)
        # before the secret is asked for; it is of no place yet, so that nothing stands beside it
        address = Addresses(session.settings, Beside).iam()
        common.screen.note(Phrase("IAM is {text} ({origin}).", text=address.text, origin=address.origin))
        proof = _ask_for(session, {k: v for k, v in given.items() if v}, method)
        log_in(session, profile, proof)
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
            Phrase("Not kept: {names}. cbrctl config set keeps settings.", names=", ".join(map(_option, settings)))
        )
    with common.open_session(new_profile=True) as session:
        sources, shadow = list_after(session, profile)
    if shadow:
        common.screen.warn(shadow)
    from cbrctl.screen import own_columns

    return common.screen.show_list(own_columns.AUTH, sources)


def logout(context: typer.Context) -> int:
    """Remove what was kept for a profile.

    That is the secret in the keyring, the user in the profile, and every token that this machine keeps for it, which IAM is
    asked to take back.

    Examples:
      cbrctl auth logout
    """
    common: Common = context.obj
    common.screen.need_ids()
    from cbrctl.login import log_out

    with common.open_session() as session:
        profile = session.settings.profile_name or "default"
        removed = log_out(session, profile)
    common.screen.note(
        Phrase("Profile {profile}: removed {things}.", profile=profile, things=join(removed, ", "))
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
      cbrctl auth status --sandbox
      cbrctl auth status --sandbox --check -o json
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


def _refuse_pairs(given: Mapping[str, str | None], method: str | None) -> None:
    """Refuse options of which one alone can be meant. Raises UsageError."""
    for first, second in _PAIRS:
        if given[first] and given[second]:
            raise UsageError("contradiction", first=_option(first), second=_option(second))
    by_key, by_user = bool(given["access_key"]), bool(given["username"] or given["user_id"])
    if (method == "password" and by_key) or (method == "access-key" and by_user):
        second = "access_key" if by_key else "username" if given["username"] else "user_id"
        raise UsageError("contradiction", first=f"--method {method}", second=_option(second))


def _option(key: str) -> str:
    return "--" + key.replace("_", "-")


def _ask_for(session: "Session", given: dict[str, str], method: str | None) -> "Password | AccessKey":
    """Complete what was given, from the profile and by questions, to a set of credentials."""
    from cbrctl.config.settings import check_name
    from cbrctl.credentials.methods import AccessKey, Password
    from cbrctl.credentials.secret import Secret, check_secret
    from cbrctl.screen.prompt import ask, ask_secret, is_interactive

    interactive = is_interactive()
    known = {**session.settings.default, **session.settings.chosen}
    for first, second in _PAIRS:  # what is given takes the place of its other form
        if given.get(first) or given.get(second):
            known.update({first: "", second: ""})
    known.update(given)
    if method is None and interactive and not given and not known.get("username") and not known.get("access_key"):
        method = "access-key" if ask(Phrase("Password (1) or access key (2)? [1] ")).strip() == "2" else "password"
    by_key = method == "access-key" or (
        method is None and bool(given.get("access_key") or (not given and known.get("access_key")))
    )

    def need(key: str, option: str, question: str) -> str:
        value = known.get(key) or (ask(question) if interactive else "")
        if not value:
            raise UsageError("missing", what=option, help="cbrctl auth login --help")
        return value

    if by_key:
        access_key = need("access_key", "--access-key", Phrase("Access key: "))
        [secret] = [ask_secret(Phrase("Secret key: "))] if interactive else _read_lines(1)
        check_name(access_key, "--access-key")
        return AccessKey(
            access_key, Secret(check_name(secret, Phrase("the secret key")), Phrase("the login"), in_keyring=True)
        )
    user_id = known.get("user_id", "")
    username = "" if user_id else need("username", "--username", Phrase("IAM user: "))
    domain_id = known.get("domain_id", "")
    domain_name = known.get("domain_name", "")
    if not (user_id or domain_id):
        domain_name = need("domain_name", "--domain-name", Phrase("Account: "))
    if interactive:
        secret, passcode = ask_secret(Phrase("Password: ")), ask(Phrase("One-time code (empty: none): "))
    else:
        secret, passcode = _read_lines(2)
    remember(passcode)
    named = {"--username": username, "--user-id": user_id, "--domain-name": domain_name, "--domain-id": domain_id}
    for option, value in {**named, Phrase("the one-time code"): passcode}.items():
        check_name(value, option)
    check_secret(secret, Phrase("the password"))
    return Password(
        username, user_id, domain_name, domain_id, Secret(secret, Phrase("the login"), in_keyring=True), passcode
    )


def _read_lines(count: int) -> list[str]:
    """Return the first lines of standard input, empty texts where it has fewer. Raises UsageError where the first is empty."""
    try:
        text = read_stdin()
    except ValueError as cause:
        note = Phrase("It is not text in UTF-8.") if isinstance(cause, UnicodeDecodeError) else str(cause)
        raise UsageError("bad-secret-input", note=note) from None
    lines = [line.removesuffix("\r") for line in text.split("\n", count)][:count]
    if not lines[0]:
        raise UsageError("bad-secret-input", note=Phrase("It is empty."))
    return [*lines, *[""] * (count - len(lines))]
