"""What people prove themselves with: a token, a password, an access key, the server they are on; and an agency they assume."""

from typing import NamedTuple

from cbrctl.config.addresses import Beside
from cbrctl.credentials.secret import Secret
from cbrctl.phrases import Phrase


class ForeignToken(NamedTuple):
    """A token from elsewhere: it cannot be renewed."""

    token: Secret

    @property
    def origin(self) -> str:
        """What named it."""
        return self.token.origin


class Password(NamedTuple):
    """An IAM user with a password, by name and account or by id; with a one-time code where the account asks for one.

    With a code alone (Keystone's totp) the password is empty.
    """

    username: str
    user_id: str
    domain_name: str
    domain_id: str
    password: Secret
    passcode: str = ""
    by_code: bool = False
    """Whether the code is all there is."""

    @property
    def origin(self) -> str:
        """What named the password, or the code that is all there is."""
        return self.password.origin

    @property
    def who(self) -> str:
        """The user, for people and for what a stored password is bound to."""
        account = self.domain_name or self.domain_id
        user = self.user_id or self.username
        return Phrase("{name} of {account}", name=user, account=account) if account else user

    def __repr__(self) -> str:
        """Show who it is, neither password nor code."""
        return f"Password({self.who}, from {self.origin})"


class AccessKey(NamedTuple):
    """An access key with its secret; with a security token it is one for a while, given from elsewhere."""

    access_key: str
    secret_key: Secret
    security_token: Secret | None = None

    @property
    def origin(self) -> str:
        """What named the secret key."""
        return self.secret_key.origin

    @property
    def who(self) -> str:
        """The key, for people and for what a stored secret key is bound to."""
        return self.access_key


class ServerAgency(NamedTuple):
    """The agency of the cloud server that this runs on: its metadata service gives keys for a while."""

    origin: str


class Agency(NamedTuple):
    """An agency of another account, or of this one, that is assumed."""

    name: str
    domain_name: str


Proof = ForeignToken | Password | AccessKey | ServerAgency


class CredentialSet(NamedTuple):
    """A set of credentials."""

    proof: Proof
    agency: Agency | None = None
    project_id: str = ""
    """Project that the same file names; a variable or a profile beats it."""
    beside: Beside = Beside()
    """Address of IAM that stands in the same place."""
    profile: str = ""
    """The profile that it is of, none elsewhere."""
