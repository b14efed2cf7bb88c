"""X-Auth-Token: given from elsewhere, or issued by IAM and kept until shortly before its end."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

from cbrctl.api.issued import Issued, KnownProject, check_project, check_token
from cbrctl.credentials.cache import Cache
from cbrctl.credentials.refreshable import Refreshable
from cbrctl.credentials.secret import Secret
from cbrctl.phrases import Phrase

if TYPE_CHECKING:
    from cbrctl.api.channel import Prove


class Tried(NamedTuple):
    """What was tried to see whether a secret is good, in words; empty where only a request with it can tell."""

    words: str
    at_iam: bool = False
    """Whether IAM was asked."""


class Authority(Protocol):
    """What a client asks for its proof, and a session for its project."""

    def headers(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Mapping[str, str]:
        """Return the headers that authenticate a request, whose others are `headers`. Raises AuthError."""

    def hold(self) -> "Prove":
        """Return what gives the proof at hand, and asks nobody for another: it may be used in another thread."""

    def prepare(self) -> None:
        """Log in where that is needed, before any vault is reached: a login that fails belongs to none of them."""

    def verify(self) -> Tried:
        """Try the secret itself, once, whatever is kept; return what was tried. Raises what IAM says."""

    def renew(self) -> bool:
        """Get a new proof after a refusal; False where that is not possible."""

    def project_id(self) -> str | None:
        """Return the project that it is for, None where it is for none."""

    def expires_at(self) -> float | None:
        """Return when the proof at hand ends, in seconds since the epoch; None where that is not known, or never."""

    def identity(self) -> str:
        """Return whom IAM says it stands for; an empty text where IAM was not asked."""

    def forget(self) -> None:
        """Leave nothing behind on this machine."""


class GivenToken:
    """A token from a variable or a file. It cannot be renewed; its project is asked from IAM when needed.

    Neither it nor what IAM gives for it is ever written down, only the project that it is for.
    """

    def __init__(
        self,
        token: Secret,
        show: Callable[[], Issued],
        rescope: Callable[[Issued], Issued],
        open_cache: Callable[[], Cache | None] = lambda: None,
    ) -> None:
        """`show` asks IAM about it; `rescope` gets another for the project that was named where it is for none."""
        self._token = token
        self._shown = Refreshable(show, check_token)
        self._about = Refreshable(lambda: rescope(self._shown.need()), check_token)
        self._projects = Refreshable(self._look_up, check_project, open_cache)

    def headers(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Mapping[str, str]:
        """Return the header."""
        known = self._about.peek()
        return {"X-Auth-Token": known.token if known else self._token.reveal()}

    def hold(self) -> "Prove":
        """Return what gives the header as it is now."""
        held = self.headers("", "", {}, None)
        return lambda method, url, headers, body: held

    def prepare(self) -> None:
        """A given token is there."""

    def describe(self) -> Issued:
        """Return what IAM says of the token, which it is asked once. Raises AuthError, Unreachable."""
        return self._shown.need()

    def verify(self) -> Tried:
        """Ask IAM about the token, whatever is known of it."""
        self._about.need()
        return Tried(Phrase("IAM was asked about the token"), at_iam=True)

    def renew(self) -> bool:
        """A given token is all there is."""
        self.forget()
        return False

    def project_id(self) -> str | None:
        """Return what the token is for, which IAM is asked once in its life."""
        if self._about.peek() is None:
            known = self._projects.need().project_id
            if known:
                return known
        return self._about.need().project_id

    def expires_at(self) -> float | None:
        """Return its end where IAM was asked about it."""
        known = self._about.peek() or self._projects.peek()
        return known.expires_at if known else None

    def identity(self) -> str:
        """Return whom IAM said it stands for."""
        known = self._about.peek()
        return known.user if known else ""

    def forget(self) -> None:
        """Forget what IAM said of it."""
        for known in (self._shown, self._about, self._projects):
            known.forget()

    def _look_up(self) -> KnownProject:
        about = self._about.need()
        own = about.token == self._token.reveal()  # what another token is for says nothing of this one
        return KnownProject(about.project_id or "" if own else "", about.expires_at)


class IssuedToken:
    """A token that IAM issues for a password, or for an agency; `once` says that what it is issued for serves one login."""

    def __init__(self, kept: Refreshable[Issued], *, once: bool = False) -> None:
        self._kept = kept
        self._once = once

    def headers(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Mapping[str, str]:
        """Return the header; logs in where no kept token is good any more."""
        return {"X-Auth-Token": self._kept.need().token}

    def hold(self) -> "Prove":
        """Return what gives the header as it is now."""
        held = self.headers("", "", {}, None)
        return lambda method, url, headers, body: held

    def prepare(self) -> None:
        """Log in, unless a kept token is good still."""
        self._kept.need()

    def verify(self) -> Tried:
        """Log in whatever is kept, to see that IAM takes the password or lets the agency be assumed."""
        if self._once and self._kept.peek():
            return Tried(Phrase("the kept token, since a one-time code serves one login"))
        self._kept.issue()
        return Tried(Phrase("a login"), at_iam=True)

    def renew(self) -> bool:
        """Throw the token away and log in once more. Raises AuthError, Unreachable."""
        self._kept.renew()
        return True

    def project_id(self) -> str | None:
        """Return the project that the token was issued for."""
        return self._kept.need().project_id

    def expires_at(self) -> float | None:
        """Return its end where there is one at hand."""
        known = self._kept.peek()
        return known.expires_at if known else None

    def identity(self) -> str:
        """Return whom IAM issued it for."""
        known = self._kept.peek()
        return known.user if known else ""

    def kept_token(self) -> str | None:
        """Return the token that is at hand, without logging in for it."""
        known = self._kept.peek()
        return known.token if known else None

    def forget(self) -> None:
        """Forget the token."""
        self._kept.forget()
