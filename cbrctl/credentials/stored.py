"""What `auth login` stored: the secret of a profile in the keyring, bound to whom it belongs and where it may be sent."""

import json
from collections.abc import Callable

from cbrctl.credentials.os_keyring import OsKeyring
from cbrctl.errors import AuthError


def read_stored(keyring: OsKeyring, profile: str, kind: str, who: str, iam: str) -> str:
    """Give a secret. `kind` is `password` or `secret key`, `iam` the address that a password may be sent to.

    Raises AuthError where none is stored, or one for somebody else or for another address: whoever can change the
    configuration would say where a password is sent. LocalState where the keyring cannot be asked.
    """
    text = keyring.read(profile)
    if text is None:
        raise AuthError("not-logged-in", profile=profile, kind=kind, who=who)
    try:
        found = json.loads(text)
        secret = found["secret"]
        bound = {key: found.get(key) for key in ("kind", "who", "iam")}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise AuthError("not-logged-in", profile=profile, kind=kind, who=who) from None
    if bound != _bind(kind, who, iam) or not isinstance(secret, str) or not secret:
        raise AuthError("stored-for-another", profile=profile, who=who, iam=iam)
    return secret


def store(keyring: OsKeyring, profile: str, kind: str, who: str, iam: str, secret: str) -> Callable[[], None]:
    """Put a secret into the keyring, and give what puts back the one that was there. Raises LocalState."""
    before = keyring.read(profile)
    keyring.store(profile, json.dumps({**_bind(kind, who, iam), "secret": secret}))
    return lambda: keyring.store(profile, before) if before is not None else _remove(keyring, profile)


def _remove(keyring: OsKeyring, profile: str) -> None:
    keyring.remove(profile)


def _bind(kind: str, who: str, iam: str) -> dict[str, str]:
    """What a secret is bound to; a secret key is never sent, so that it goes with any address."""
    return {"kind": kind, "who": who, "iam": iam if kind == "password" else ""}
