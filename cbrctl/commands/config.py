"""`cbrctl config`: the profiles of config.toml, and where each setting came from. No service is asked."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cbrctl.cli.login_options import (
    AccessKeyId,
    Asked,
    DomainId,
    DomainName,
    Method,
    NoInput,
    PasswordFile,
    SecretKeyFile,
    UserId,
    Username,
    name_option,
)
from cbrctl.cli.shared_options import Common
from cbrctl.config import profiles
from cbrctl.config.folders import folder
from cbrctl.config.settings import Explained, Value, explain, profile_in_use
from cbrctl.errors import CbrctlError, NotFound, UsageError
from cbrctl.phrases import Phrase, join
from cbrctl.screen.tables import Column
from cbrctl.screen.text import inert

if TYPE_CHECKING:
    from cbrctl.documents.machine import ConfigJson, SettingJson, ShadowedValueJson

Key = Annotated[str, typer.Argument(metavar="KEY", help="Setting, like region. `config init` explains them all.")]


def init(
    context: typer.Context,
    vault: Annotated[
        str | None,
        typer.Option(metavar="VAULT", help="Vault that is backed up where none is named, by name or id."),
    ] = None,
    method: Method = None,
    username: Username = None,
    user_id: UserId = None,
    domain_name: DomainName = None,
    domain_id: DomainId = None,
    password_file: PasswordFile = None,
    access_key: AccessKeyId = None,
    secret_key_file: SecretKeyFile = None,
    no_input: NoInput = False,
) -> int:
    """Set up a profile: region, credentials, default vault; then a dry run.

    On a terminal what is missing is asked for; a configuration that is there gets one more profile. The login is verified
    as `auth login` does it, and its secret goes into the system's keyring, or stays in the file that you name. Nothing is
    written before the last answer. Without questions the secret is the first line of standard input, as for `auth login`.

    Examples:
      cbrctl config init
      cbrctl config init --region cn-north-4 --no-input
      cbrctl config init --profile prod --access-key HPUAZKAEXAMPLE < secret.txt
    """
    common: Common = context.obj
    common.screen.need_ids()
    from cbrctl.cli.first_setup import set_up
    from cbrctl.screen.prompt import is_interactive

    files = {"password_file": password_file, "secret_key_file": secret_key_file}
    given = {
        "username": username,
        "user_id": user_id,
        "domain_name": domain_name,
        "domain_id": domain_id,
        "access_key": access_key,
        **{
            key: profiles.check_value(key, name, common.screen.warn, name_option(key))
            for key, name in files.items()
            if name
        },
    }
    asks = is_interactive() and not no_input and not common.screen.streams.quiet
    asked = Asked(common.screen, given, method, asks=asks, help="cbrctl config init --help")
    done = set_up(common, asked, vault)
    if done is None:
        common.screen.note(Phrase("Nothing was changed."))
        return common.screen.finish(0)
    _say_written(common, done.profile, done.values)
    if done.warning:
        common.screen.warn(done.warning)
    if done.plan:
        from cbrctl.screen.report import tell_plan

        tell_plan(common.screen.note, done.plan, [] if done.profile == "default" else ["--profile", done.profile])
    if common.screen.output in ("json", "jsonl"):
        shown = common._replace(flags={**common.flags, "profile": done.profile})
        return _show(shown, [_stored(done.profile, key, value) for key, value in done.values.items()])
    return common.screen.show_text(f"{inert(_path())}\n")


def list_(context: typer.Context) -> int:
    """List each setting and where it came from.

    A setting comes from the first of: option, CBRCTL_ variable, profile chosen by name, variable of another tool,
    profile default. What it hides is shown beside it.

    Examples:
      cbrctl config list
      cbrctl config list --profile prod
    """
    common: Common = context.obj
    common.screen.need_ids()
    found = _explain(common)
    if not found:
        common.screen.note(Phrase("Nothing is set. cbrctl config init asks for what is needed."))
    if common.screen.output in ("json", "jsonl"):
        return _show(common, found)
    return common.screen.show_rows(_COLUMNS, found)


def get(context: typer.Context, key: Key) -> int:
    """Print the value of one setting that is in force.

    Exit code 10: nothing sets it.

    Examples:
      cbrctl config get region
      cbrctl config get vault --profile prod
    """
    common: Common = context.obj
    common.screen.need_ids()
    profiles.check_key(key)
    found = next((one for one in _explain(common) if one.key == key), None)
    if found is None:
        raise NotFound("setting-not-set", setting=key)
    if common.screen.output in ("json", "jsonl"):
        return _show(common, [found])
    return common.screen.show_text(f"{inert(profiles.hide_user(key, found.value.text))}\n")


def set_(
    context: typer.Context,
    key: Key,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Its value; a file's name is made absolute.")],
) -> int:
    """Write a setting into a profile.

    It is the profile of --profile or CBRCTL_PROFILE, otherwise the one named default, and made where there is none. The
    file's comments are kept. No secret can be set: use cbrctl auth login, or a setting that names a file.

    Examples:
      cbrctl config set region cn-north-4
      cbrctl config set vault vault-be94
      cbrctl config set ca_bundle ~/corporate.pem --profile prod
    """
    common: Common = context.obj
    common.screen.need_ids()
    profiles.check_key(key)
    profile = _profile(common)
    value = profiles.check_value(key, value, common.screen.warn)
    from cbrctl.config.profile_edits import set_values

    set_values(_path().parent, profile, {key: value})
    _say_written(common, profile, {key: value})
    return _show(common, [_stored(profile, key, value)])


def unset(context: typer.Context, key: Key) -> int:
    """Take a setting out of a profile.

    It is the profile of --profile or CBRCTL_PROFILE, otherwise the one named default. Exit code 10: it was not set.

    Examples:
      cbrctl config unset vault
      cbrctl config unset proxy --profile prod
    """
    common: Common = context.obj
    common.screen.need_ids()
    profile = _profile(common)
    from cbrctl.config.profile_edits import unset_values

    path = _path()
    if not unset_values(path.parent, profile, [key]):
        if not profiles.is_secret(key):
            profiles.check_key(key)
        raise NotFound("setting-not-set", setting=f"{profile}.{key}", note=Phrase("In {path}.", path=path))
    common.screen.note(Phrase("{setting} is not set any more, in {path}", setting=f"{profile}.{key}", path=path))
    return _show(common, [])


def path(context: typer.Context) -> int:
    """Print where the configuration is.

    Whether the file exists is not looked at.

    Examples:
      cbrctl config path
      cat "$(cbrctl config path)"
    """
    common: Common = context.obj
    common.screen.need_ids()
    if common.screen.output in ("json", "jsonl"):
        return _show(common, [])
    return common.screen.show_text(f"{inert(_path())}\n")


def _explain(common: Common) -> list[Explained]:
    """Return every setting that somebody made, and the addresses and the region that a run would use."""
    made = {one.key: one for one in explain(common.flags, warn=common.screen.warn)}
    with suppress(UsageError), common.open_session(warn=lambda key, **values: None) as session:
        used = {
            "region": session.addresses.region,
            "endpoint": session.addresses.cbr,
            "iam_endpoint": session.addresses.iam,
        }
        for key, find in used.items():
            try:
                value = find()
            except CbrctlError as error:
                if error.key not in ("bad-endpoint", "plain-http"):
                    made.pop(key, None)  # a run does not use it
                if error.key != "no-region":
                    common.screen.warn(error)
                continue
            if value is not None:
                before = made.get(key)
                others = (before.value, *before.shadowed) if before else ()
                # "iam_endpoint of profile x" is the same place as "profile x"
                rest = tuple(other for other in others if not value.origin.endswith(other.origin))
                made[key] = Explained(key, value, rest)
    return [made[key] for key in profiles.KEYS if key in made]


def _path() -> Path:
    return folder("config").absolute() / profiles.FILE


def _profile(common: Common) -> str:
    """Return the name of the profile that is changed. Raises UsageError."""
    return profiles.check_name(profile_in_use(common.flags) or "default")


def _stored(profile: str, key: str, value: str) -> Explained:
    return Explained(key, Value(value, Phrase("profile {profile}", profile=profile)))


def _say_written(common: Common, profile: str, values: Mapping[str, str]) -> None:
    for key, value in values.items():
        common.screen.note(
            Phrase(
                "{setting} = {value}, in {path}",
                setting=f"{profile}.{key}",
                value=profiles.hide_user(key, value),
                path=_path(),
            )
        )


def _show(common: Common, found: Sequence[Explained]) -> int:
    """Show settings as JSON, whose form is the same for every command here; nothing in the other formats."""
    if common.screen.output not in ("json", "jsonl"):
        return common.screen.finish(0)
    document: ConfigJson = {
        "profile": profile_in_use(common.flags) or "default",
        "path": str(_path()),
        "items": [_setting_json(one) for one in found],
    }
    return common.screen.show_document("config", document)


def _setting_json(one: Explained) -> "SettingJson":
    return {
        "key": one.key,
        **_value_json(one.key, one.value),
        "shadowed": [_value_json(one.key, other) for other in one.shadowed],
    }


def _value_json(key: str, value: Value) -> "ShadowedValueJson":
    return {"value": profiles.hide_user(key, value.text), "origin": value.origin}


def _shadowed(one: Explained) -> str:
    return join(
        (
            Phrase("{text} ({origin})", text=profiles.hide_user(one.key, other.text), origin=other.origin)
            for other in one.shadowed
        ),
        "; ",
    )


_COLUMNS = (
    Column("key", lambda one: one.key, "KEY", whole=True),
    Column("value", lambda one: profiles.hide_user(one.key, one.value.text), "VALUE", whole=True),
    Column("origin", lambda one: one.value.origin, "FROM"),
    Column("shadowed", _shadowed, "SHADOWS"),
)
