"""Tokens and temporary keys that the practice cloud gave out."""

import base64
import os
from dataclasses import dataclass

from cbrctl.sandbox.account import ACCESS_KEY, SECRET_KEY, USERS, Project, User

# 3,072 characters: as long as a real PKI token, so that header and storage limits are met in practice.
TOKEN_BYTES = 2302
KEEP_EXPIRED_SECONDS = 86400.0


@dataclass(frozen=True)
class Token:
    """A token: whom it stands for, where it holds, and when (epoch seconds) it was given out and ends."""

    id: str
    user: User
    project: Project | None
    has_domain: bool
    methods: tuple[str, ...]
    issued: float
    expires: float
    assumed_by: User | None = None


@dataclass(frozen=True)
class Key:
    """An access key; `session` is the X-Security-Token a temporary one needs, `expires` its end (None: permanent)."""

    access: str
    secret: str
    user: User
    session: str | None = None
    expires: float | None = None


class Tokens:
    """All tokens and keys. Guarded by the cloud's lock."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}
        self._keys = {ACCESS_KEY: Key(ACCESS_KEY, SECRET_KEY, USERS[0])}

    def add_token(
        self,
        user: User,
        methods: tuple[str, ...],
        now: float,
        expires: float,
        project: Project | None = None,
        has_domain: bool = False,
        assumed_by: User | None = None,
    ) -> Token:
        """Issue a token that nobody can guess."""
        self._forget_expired(now)
        token = Token(invent_token(), user, project, has_domain, methods, now, expires, assumed_by)
        self._tokens[token.id] = token
        return token

    def add_key(self, user: User, expires: float) -> Key:
        """Issue a temporary access key with its secret and security token."""
        access = "SANDBOXTEMP" + os.urandom(5).hex().upper()[:9]
        secret = base64.urlsafe_b64encode(os.urandom(30)).decode()
        session = base64.urlsafe_b64encode(os.urandom(600)).decode()
        self._keys[access] = Key(access, secret, user, session, expires)
        return self._keys[access]

    def find_token(self, id: str) -> Token | None:
        """The token of this id, expired or not; None for one never given out or voided."""
        return self._tokens.get(id)

    def find_key(self, access: str) -> Key | None:
        """The key of this access key id, expired or not."""
        return self._keys.get(access)

    def ids(self) -> list[str]:
        """The tokens that were given out and not voided."""
        return list(self._tokens)

    def revoke(self) -> None:
        """Void every token, as a changed password does. Keys stay."""
        self._tokens.clear()

    def _forget_expired(self, now: float) -> None:
        self._tokens = {k: t for k, t in self._tokens.items() if now - t.expires < KEEP_EXPIRED_SECONDS}


def invent_token() -> str:
    """An unguessable text that looks like a PKI token: "MII", then base64 with "-" for "/"."""
    return "MII" + base64.b64encode(os.urandom(TOKEN_BYTES), altchars=b"+-").decode().rstrip("=")[:3069]
