"""Where credentials come from: one set from one level, never a user of one place with the password of another.

    CBRCTL_*   then   HW_*   then   OS_*      at each level a token, else a user with a password

A `*_FILE` holds a secret for a variable that is not set itself.
"""

import os
import stat
from collections.abc import Callable, Mapping
from typing import NamedTuple

from cbrctl.errors import AuthError, LocalState

LONGEST_SECRET = 64 * 1024
"""Bytes of a file that holds a secret."""


class Token(NamedTuple):
    """A token from elsewhere: it cannot be renewed."""

    token: str
    origin: str

    def __repr__(self) -> str:
        """Show where it came from, never the token."""
        return f"Token(from {self.origin})"


class Password(NamedTuple):
    """An IAM user with a password, by name and account or by id."""

    username: str | None
    user_id: str | None
    domain_name: str | None
    domain_id: str | None
    password: str
    origin: str

    def __repr__(self) -> str:
        """Show who it is, never the password."""
        return f"Password({self.user_id or self.username}, from {self.origin})"


class _Level(NamedTuple):
    token: tuple[str, ...]
    token_file: str | None
    username: tuple[str, ...]
    user_id: tuple[str, ...]
    password: tuple[str, ...]
    password_file: str | None
    domain_name: tuple[str, ...]
    domain_id: tuple[str, ...]
    passcode: str
    access_key: tuple[str, ...]


_LEVELS = (
    _Level(
        ("CBRCTL_TOKEN",), "CBRCTL_TOKEN_FILE", ("CBRCTL_USERNAME",), ("CBRCTL_USER_ID",), ("CBRCTL_PASSWORD",),
        "CBRCTL_PASSWORD_FILE", ("CBRCTL_DOMAIN_NAME",), ("CBRCTL_DOMAIN_ID",),
        "CBRCTL_PASSCODE", ("CBRCTL_ACCESS_KEY",),
    ),
    _Level(
        ("HW_AUTH_TOKEN",), None, ("HW_USER_NAME",), ("HW_USER_ID",), ("HW_USER_PASSWORD",),
        None, ("HW_DOMAIN_NAME",), ("HW_DOMAIN_ID",),
        "", ("HUAWEICLOUD_SDK_AK", "HW_ACCESS_KEY"),
    ),
    _Level(
        ("OS_AUTH_TOKEN", "OS_TOKEN"), None, ("OS_USERNAME",), ("OS_USER_ID",), ("OS_PASSWORD",),
        None, ("OS_USER_DOMAIN_NAME", "OS_DOMAIN_NAME"), ("OS_USER_DOMAIN_ID",),
        "OS_PASSCODE", ("OS_ACCESS_KEY",),
    ),
)  # fmt: skip


def find_credentials(
    environ: Mapping[str, str] = os.environ, warn: Callable[..., None] = lambda key, **v: None
) -> Token | Password:
    """Give the first set of credentials. `warn` is told of a secret file that others can read.

    Raises AuthError where there is none or a set lacks a part, LocalState for a file that must not be trusted.
    """
    for level in _LEVELS:
        token, origin = _secret(environ, level.token, level.token_file, warn)
        if token:
            return Token(_check_token(token, origin), origin)
        username, user_id = _plain(environ, level.username), _plain(environ, level.user_id)
        password, origin = _secret(environ, level.password, level.password_file, warn)
        if not (username or user_id or password):
            found = _first_name(environ, level.access_key)
            if found:  # falling through to the next level would be somebody else
                raise AuthError("unsupported-credentials", found=found, thing="access keys")
            continue
        domain_name, domain_id = _plain(environ, level.domain_name), _plain(environ, level.domain_id)
        missing = _missing(level, username, user_id, password, domain_name or domain_id)
        if environ.get(level.passcode):  # without it IAM would count a failed login, and accounts lock
            raise AuthError("unsupported-credentials", found=level.passcode, thing="one-time codes")
        if missing:
            raise AuthError("incomplete-credentials", found=origin or level.username[0], missing=missing)
        return Password(username, user_id, domain_name, domain_id, password, origin)
    raise AuthError("no-credentials")


def _missing(level: _Level, username: str, user_id: str, password: str, domain: str) -> str:
    """Name the variable that a set of user and password lacks, or nothing."""
    if not password:
        return level.password[0]
    if not username and not user_id:
        return level.username[0]
    return "" if user_id or domain else level.domain_name[0]


def _plain(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((environ[name] for name in names if environ.get(name)), "")


def _first_name(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((name for name in names if environ.get(name)), "")


def _secret(
    environ: Mapping[str, str], names: tuple[str, ...], file_name: str | None, warn: Callable[..., None]
) -> tuple[str, str]:
    """Give a secret and the variable it came from; two empty texts where there is none."""
    for name in names:
        if environ.get(name):
            return environ[name], name
    path = environ.get(file_name) if file_name else None
    return (read_secret(path, str(file_name), warn), str(file_name)) if path else ("", "")


def read_secret(path: str, origin: str, warn: Callable[..., None]) -> str:
    """Read a secret from a file of the user's, without the newline at its end.

    It may be a symlink, a FIFO or another's file, as schedulers mount them; not one that others can write. Raises
    LocalState, AuthError where it is empty.
    """
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(LONGEST_SECRET + 1)
    except OSError as cause:
        raise LocalState("secret-unreadable", origin=origin, path=path, note=cause.strerror or "") from None
    if stat.S_ISREG(mode) and mode & 0o022 and os.name == "posix":
        raise LocalState("secret-writable", origin=origin, path=path)
    if stat.S_ISREG(mode) and mode & 0o044 and os.name == "posix":
        warn("secret-readable", origin=origin, path=path)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise AuthError("secret-empty", origin=origin, path=path)
    if len(data) > LONGEST_SECRET or "\0" in text:
        raise LocalState("secret-not-text", origin=origin, path=path)
    return text


def _check_token(token: str, origin: str) -> str:
    """Refuse a token that cannot stand in a header; its value is not shown."""
    odd = find_odd_character(token)
    if odd is not None:
        raise AuthError("bad-token", origin=origin, position=odd + 1)
    return token


def find_odd_character(token: str) -> int | None:
    """Give the place of the first character that cannot stand in the header of a token."""
    return next((i for i, c in enumerate(token) if not "!" <= c <= "~"), None)
