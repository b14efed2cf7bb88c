"""Profiles: the tables `[profiles.NAME]` of config.toml, their keys, read and checked.

No secret stands in them. What a newer cbrctl wrote there is pointed out and left alone.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cbrctl.config.regions import (
    KNOWN,
    check_domain,
    check_endpoint,
    check_proxy,
    find_endpoints,
    find_similar_regions,
    mask_address,
    mask_proxy,
)
from cbrctl.errors import LocalState, NotFound, UsageError
from cbrctl.ids import parse_project_id
from cbrctl.machine.environment import ENVIRON
from cbrctl.machine.files import open_config, resolve_path
from cbrctl.phrases import Phrase, list_names

KEYS: dict[str, str] = {
    "region": "Region, like cn-north-4.",
    "project_id": Phrase("Project; otherwise it is asked from IAM."),
    "project_name": Phrase("Name of the project that is asked for; otherwise the region."),
    "enterprise_project_id": Phrase("Enterprise project."),
    "vault": Phrase("Vault that `cbrctl backup` and `check` take where none is named."),
    "endpoint": Phrase("Address of CBR instead of the region's."),
    "iam_endpoint": Phrase("Address of IAM instead of the region's."),
    "cloud_domain": Phrase("Domain of a partner's cloud, in the place of myhuaweicloud.com."),
    "ca_bundle": Phrase("File with the certificates to trust."),
    "proxy": Phrase("Proxy for https, without a password."),
    "username": Phrase("IAM user."),
    "user_id": Phrase("IAM user, by id."),
    "domain_name": Phrase("Account of the user."),
    "domain_id": Phrase("Account of the user, by id."),
    "password_file": Phrase("File that holds the user's password."),
    "token_file": Phrase("File that holds a token."),
    "access_key": Phrase("Access key."),
    "secret_key_file": Phrase("File that holds the secret key."),
    "agency_name": Phrase("Agency to assume."),
    "agency_domain_name": Phrase("Account that the agency belongs to."),
    "credential_source": Phrase("metadata: the agency of the cloud server that cbrctl runs on."),
    "cloud": Phrase("Name of a cloud of clouds.yaml."),
    "keyring": Phrase("Where secrets are kept: auto, secret-service, kwallet, macos, windows or none."),
}
"""Every key of a profile and what it is. All values are texts."""

CHOICES: dict[str, tuple[str, ...]] = {
    "credential_source": ("metadata",),
    "keyring": ("auto", "secret-service", "kwallet", "macos", "windows", "none"),
}
"""The keys that take fixed values only."""

SECRET_FILES = ("password_file", "token_file", "secret_key_file")
"""The keys that name a file with a secret: what stands there may be the secret itself, if no file is called so."""

FILES = ("ca_bundle", *SECRET_FILES)
"""The keys that name a file."""

FILE = "config.toml"
LARGEST = 1 << 20
"""Bytes of the file: nobody writes so many by hand, and reading them all would take seconds."""

Warn = Callable[..., None]

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\Z")
_PLACE = r"\(at ((?:line \d+, column \d+|end of document))\)\Z"
_SECRETS = (
    "password", "passwd", "passphrase", "passcode", "secret", "secretkey", "secretaccesskey", "token", "authtoken",
    "securitytoken", "sessiontoken", "apikey", "privatekey", "pass", "pwd", "pw", "sk",
)  # fmt: skip


class Profiles:
    """The profiles of a file. Nothing in it has another type than it must, and no key holds a secret."""

    def __init__(self, path: Path, data: Mapping[str, Any]) -> None:
        self.path = path
        self._data = data
        self._tables: Mapping[str, Mapping[str, Any]] = data.get("profiles", {})

    def names(self) -> list[str]:
        """Return the names of all profiles."""
        return list(self._tables)

    def use(self, name: str | None, warn: Warn, environ: Mapping[str, str] = ENVIRON) -> dict[str, str]:
        """Return the values of a profile, or of `default` where none is chosen, which need not exist.

        `warn` is told of keys that mean nothing: a typing error, or what a newer cbrctl wrote. An empty value is none.
        A file's name is made absolute: it is relative to the configuration's folder. Raises NotFound for a chosen profile
        that does not exist, UsageError for a value that is none of those allowed.
        """
        if name is not None and name not in self._tables:
            if not self._tables:
                raise NotFound("no-profiles", profile=name)
            near = find_near(name, self.names())
            key = "profile-not-found-near" if near else "profile-not-found"
            raise NotFound(key, profile=name, near=near, known=list_names(sorted(self._tables)))
        name = "default" if name is None else name
        for key in self._data:
            if key != "profiles":
                self._point_out(key, key, ("profiles",), warn)
        table = self._tables.get(name, {})
        for key in table:
            if key not in KEYS:
                self._point_out(f"profiles.{name}.{key}", key, KEYS, warn)
        values = {key: table[key] for key in KEYS if table.get(key)}
        for key in FILES:
            if key in values:
                values[key] = resolve_path(values[key], environ, self.path.parent)
        for key in CHOICES:
            if key in values:
                check_known_value(key, values[key], Phrase("{key} (profile {name})", key=key, name=name))
        return values

    def _point_out(self, place: str, key: str, known: Sequence[str] | Mapping[str, str], warn: Warn) -> None:
        near = find_near(key, known)
        warn("unknown-key-near" if near else "unknown-key", path=self.path, place=place, near=near)


def read_profiles(folder: Path) -> Profiles:
    """Read the profiles of config.toml in `folder`; there are none where there is no file.

    Raises LocalState for a file that others could have a hand in or that cannot be read, UsageError for one that is no
    configuration or holds a secret. No message shows anything of a value.
    """
    path = folder / FILE
    text = read_text(path)
    data = {} if text is None else parse_text(path, text)
    try:
        secret = next(_find_secrets(data), None)
    except RecursionError:  # dotted keys nest without the parser minding
        raise UsageError("config-broken", path=path, note=Phrase("It is nested too deep.")) from None
    if secret:
        raise UsageError("secret-in-config", place=secret, path=path)
    return Profiles(path, data)


def check_key(key: str) -> None:
    """Refuse what is no key of a profile, a secret above all. Raises UsageError."""
    if key in KEYS:
        return
    key = key.partition("=")[0]  # what stands behind it may be a secret
    if is_secret(key):
        raise UsageError("secret-in-config", place=key, path=FILE)
    near = find_near(key, KEYS)
    known = list_names(KEYS)
    raise UsageError("unknown-setting-near" if near else "unknown-setting", setting=key, near=near, known=known)


def check_known_value(key: str, value: str, what: str) -> None:
    """Refuse a value that is none of those that a key takes; `what` names it. Raises UsageError."""
    if key in CHOICES and value not in CHOICES[key]:
        reason = Phrase("It is one of: {names}.", names=list_names(CHOICES[key]))
        raise UsageError("bad-value", option=what, value=value, reason=reason, help="cbrctl config set --help")


def check_value(key: str, value: str, warn: Warn, named: str = "") -> str:
    """Return a value as it is to be written under a key; a file's name is made absolute, and `warn` told where there is none.

    `named` is what a person calls a file, where it is not the key. Raises UsageError for what the key cannot be; that of a
    proxy does not show it, since it may hold a password.
    """
    check_known_value(key, value, key)
    if key == "region":
        find_endpoints(value)
        if value not in KNOWN:
            near = find_similar_regions(value)
            warn("region-not-known-near" if near else "region-not-known", region=value, near=near)
    elif key in ("endpoint", "iam_endpoint"):
        return check_endpoint(value, key, strip_v3=key == "iam_endpoint")
    elif key == "cloud_domain":
        return check_domain(value, key)
    elif key == "project_id":
        project_id = parse_project_id(value)
        if project_id is None:
            raise UsageError("bad-project-id", origin=key, value=value)
        return project_id
    elif key == "proxy":
        _check_proxy(value)
    elif key in FILES:
        value = os.path.abspath(os.path.expanduser(value))
        if not os.path.exists(value):
            if key in SECRET_FILES:
                raise UsageError("secret-not-there", origin=named or key)
            warn("no-such-file", setting=key)
    return value


def hide_user(key: str, value: str) -> str:
    """Return a value as it may be shown: a secret may stand in an address, or in the place of the file that holds it."""
    if key in ("endpoint", "iam_endpoint"):
        return mask_address(value)
    if key == "proxy":
        return mask_proxy(value)
    return "***" if key in SECRET_FILES and not os.path.lexists(value) else value


def check_name(profile: str) -> str:
    """Return the name of a profile that is to be written. Raises UsageError for what could not be typed or told apart."""
    if not _NAME.match(profile):
        raise UsageError("bad-profile-name", profile=profile)
    return profile


def find_near(key: str, known: Sequence[str] | Mapping[str, str]) -> str:
    """Return the key that may have been meant, or nothing."""
    from difflib import get_close_matches

    plain = {_plain(one): one for one in known}
    return next((plain[one] for one in get_close_matches(_plain(key), plain, 1, 0.7)), "")


def is_secret(key: str) -> bool:
    """Whether a key would hold a secret, in whatever spelling: secret_key, SecretKey, OS_PASSWORD, pasword."""
    plain = _plain(key)
    known = {_plain(one) for one in KEYS}
    if not plain or plain in known:
        return False
    # of short words too many others end or are like them
    long = tuple(secret for secret in _SECRETS if len(secret) > 4)
    if plain in _SECRETS or plain.endswith(long):
        return True
    from difflib import get_close_matches

    # a slip in password_file is near to both, and nearer to the key that is meant
    return bool({*get_close_matches(plain, (*known, *long), 1, 0.8)} - known)


def _check_proxy(address: str) -> None:
    check_proxy(address, "proxy")
    if mask_proxy(address) != address.rstrip("/"):
        raise UsageError("secret-in-proxy")


def _plain(key: str) -> str:
    return "".join(c for c in key.lower() if c.isalnum())


def _find_secrets(data: Any, place: str = "") -> Iterator[str]:
    """Return where keys stand that would hold a secret, however deep."""
    for key, value in data.items():
        here = f"{place}.{key}" if place else key
        # a profile may have any name
        if place != "profiles" and is_secret(key) and not (place == "" and isinstance(value, dict)):
            yield here
        for inner in value if isinstance(value, list) else (value,):
            if isinstance(inner, dict):
                yield from _find_secrets(inner, here)


def read_text(path: Path) -> str | None:
    """Return the text of the file, None where there is none. Raises LocalState, UsageError."""
    try:
        handle = open_config(path)
        with open(handle, "rb") as file:
            data = file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as cause:
        raise LocalState("config-unreadable", path=path, note=cause.strerror or "") from None
    if len(data) > LARGEST:
        raise UsageError("config-broken", path=path, note=Phrase("It is larger than 1 MiB."))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("config-broken", path=path, note=Phrase("It is not text in UTF-8.")) from None


def parse_text(path: Path, text: str) -> dict[str, Any]:
    """Take the file apart. UsageError says where it is wrong and quotes nothing: a secret may stand there."""
    import tomllib

    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as cause:
        place = re.search(_PLACE, str(cause))
        note = Phrase("It is not TOML ({place}).", place=place[1]) if place else Phrase("It is not TOML.")
        raise UsageError("config-broken", path=path, note=note) from None
    tables = data.get("profiles", {})
    if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
        raise UsageError("config-broken", path=path, note=Phrase("Profiles must be tables: [profiles.NAME]"))
    odd = [f"{name}.{k}" for name, t in tables.items() for k, v in t.items() if k in KEYS and not isinstance(v, str)]
    if odd:
        raise UsageError("config-broken", path=path, note=Phrase("Not a text in quotes: {names}", names=", ".join(odd)))
    return data
