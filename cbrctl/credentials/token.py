"""X-Auth-Token: given from elsewhere, or got from IAM for a password and kept until shortly before its end."""

from collections.abc import Callable, Mapping
from typing import Protocol

from cbrctl.api.iam import Iam
from cbrctl.credentials.cache import TokenCache
from cbrctl.credentials.sources import Password, Token
from cbrctl.errors import AuthError


class Authority(Protocol):
    """What a client asks for its proof, and a session for its project."""

    def headers(self, method: str, url: str, body: bytes | None) -> Mapping[str, str]:
        """Give the header that authenticates a request."""

    def renew(self) -> bool:
        """Get a new token; False where that is not possible."""

    def project_id(self) -> str | None:
        """Give the project that the token is scoped to."""


class GivenToken:
    """A token from a variable or a file. It cannot be renewed; its project is asked from IAM when needed."""

    def __init__(self, source: Token, iam: Callable[[], Iam]) -> None:
        self._token = source.token
        self._iam = iam

    def headers(self, method: str, url: str, body: bytes | None) -> Mapping[str, str]:
        """Give the header."""
        return {"X-Auth-Token": self._token}

    def renew(self) -> bool:
        """A given token is all there is."""
        return False

    def project_id(self) -> str | None:
        """Ask IAM what the token is scoped to."""
        return self._iam().show_token(self._token).project_id


class PasswordToken:
    """A token that is got by password, at the first request and after a refusal. A failed login is never repeated."""

    def __init__(
        self, source: Password, iam: Callable[[], Iam], scope: Mapping[str, str], cache: TokenCache | None
    ) -> None:
        self._source = source
        self._iam = iam
        self._scope = scope
        self._cache = cache
        self._token: str | None = None
        self._project_id: str | None = None
        self._refused: AuthError | None = None

    def headers(self, method: str, url: str, body: bytes | None) -> Mapping[str, str]:
        """Give the header; logs in where no kept token is good any more."""
        return {"X-Auth-Token": self._need()}

    def renew(self) -> bool:
        """Throw the token away and log in once more. Raises AuthError, Unreachable."""
        if self._cache:
            self._cache.forget()
        self._token = None
        self._need()
        return True

    def project_id(self) -> str | None:
        """Give the project that the token was issued for."""
        self._need()
        return self._project_id

    def _need(self) -> str:
        if self._token is None:
            kept = self._cache.load(self._iam().clock.time()) if self._cache else None
            if kept:
                self._token, self._project_id = kept["token"], kept.get("project_id")
            else:
                self._log_in()
        return str(self._token)

    def _log_in(self) -> None:
        if self._refused:
            raise self._refused
        try:
            issued = self._iam().issue_token(self._source, self._scope)
        except AuthError as error:
            self._refused = error
            raise
        self._token, self._project_id = issued.token, issued.project_id
        if self._cache:
            self._cache.store(issued.token, issued.expires_at, issued.project_id)
