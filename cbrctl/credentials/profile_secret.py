"""What `auth login` stored: the secret of a profile in the keyring, bound to whom it belongs and to the way it may go."""

import json
from collections.abc import Callable
from typing import NamedTuple

from cbrctl.credentials.os_keyring import OsKeyring
from cbrctl.errors import AuthError
from cbrctl.phrases import Phrase, join


class Bound(NamedTuple):
    """What a stored secret is bound to: whoever can change the configuration would say where it is sent, and who reads it."""

    kind: str
    """`password` or `secret key`."""
    who: str
    iam: str
    cbr: str
    """An empty text where it was not known."""
    proxy: str
    """With the hosts that are reached without it."""
    ca_bundle: str
    """Its digest: a name does not say what is trusted."""


_NAMES = {
    "kind": Phrase("kind of secret"),
    "who": Phrase("user"),
    "iam": Phrase("address of IAM"),
    "cbr": Phrase("address of CBR"),
    "proxy": Phrase("proxy"),
    "ca_bundle": Phrase("CA bundle"),
}


def read_stored(keyring: OsKeyring, profile: str, bound: Bound) -> str:
    """Return the secret of a profile.

    Raises AuthError where none is stored, or one that is bound otherwise, LocalState where the keyring cannot be asked.
    """
    text = keyring.read(profile)
    if text is None:
        raise AuthError("not-logged-in", profile=profile, kind=bound.kind, who=bound.who)
    try:
        found = json.loads(text)
        secret, before = found["secret"], {key: found.get(key) for key in Bound._fields}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise AuthError("not-logged-in", profile=profile, kind=bound.kind, who=bound.who) from None
    others = [_NAMES[key] for key, value in bound._asdict().items() if before[key] != value]
    if others or not isinstance(secret, str) or not secret:
        raise AuthError("stored-for-another", profile=profile, who=bound.who, iam=bound.iam, others=join(others, ", "))
    return secret


def store(keyring: OsKeyring, profile: str, bound: Bound, secret: str) -> Callable[[], None]:
    """Put a secret into the keyring; return what puts back the one that was there. Raises LocalState."""
    before = keyring.read(profile)
    keyring.store(profile, json.dumps({**bound._asdict(), "secret": secret}))
    return lambda: keyring.store(profile, before) if before is not None else _remove(keyring, profile)


def _remove(keyring: OsKeyring, profile: str) -> None:
    keyring.remove(profile)
