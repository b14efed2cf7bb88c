"""Logging in and out of a profile, and what there is to log in with: a secret is verified before it is kept."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from cbrctl.config import folders, settings
from cbrctl.credentials.cache import OF
from cbrctl.credentials.methods import AccessKey, CredentialSet, Password, ServerAgency
from cbrctl.credentials.sources import Place, read_set
from cbrctl.durations import write_stamp
from cbrctl.errors import AuthError, CbrctlError, LocalState
from cbrctl.machine.clock import SYSTEM
from cbrctl.phrases import Phrase
from cbrctl.session import Session

if TYPE_CHECKING:
    from cbrctl.credentials.secret import Secret

Proof = Password | AccessKey
Again = Callable[[Session, CbrctlError, Proof], Proof | None]
"""Gives credentials in the place of those that were refused with an error, or None."""
IDENTITY = ("username", "user_id", "domain_name", "domain_id", "access_key")
"""Keys of a profile that say who is meant: what is written at login and taken out at logout."""
RIVALS = ("token_file", "password_file", "secret_key_file", "credential_source", "cloud")
"""Keys of a profile that name another secret than the keyring's."""


class FoundCredentials(NamedTuple):
    """A set of credentials that was found; the first is the one in use."""

    place: str
    kind: str
    """token, password, password+code, code, access-key, temporary-key or server."""
    origin: str
    identity: str
    """Whom it stands for, as far as that is known without asking."""
    agency: str
    expires_at: float | None
    """When the proof at hand ends, in seconds since the epoch; None where that is not known, or never."""
    used: bool
    checked: bool
    error: CbrctlError | None = None
    iam_endpoint: str | None = None
    """Where the secret of the one in use goes; None of the others, and where it is not known."""
    endpoint: str | None = None


def list_sources(session: Session, *, check: Callable[[str], None] | None = None) -> Iterator[FoundCredentials]:
    """Return every set of credentials there is, the one in use first.

    With `check` the services are asked whether that one is good, and it is told in words what was tried. Raises the
    error of the one in use; what is wrong with the others is a part of them.
    """
    used = True
    for place in _find_places(session):
        if isinstance(place, CbrctlError):
            if used:
                raise place
            yield FoundCredentials("", "", "", "", "", None, used=False, checked=False, error=place)
            return
        try:
            found = session.credentials([place]) if used else read_set(place, _silently, session.read_stored)
        except CbrctlError as error:
            if used:
                raise
            yield FoundCredentials(place.title, "", "", "", "", None, used=False, checked=False, error=error)
            continue
        if used:
            with suppress(LocalState):  # a kept token may do without the keyring
                _read_stored(found)
        if used and check:
            check(_try_out(session))
        expires_at = session.authority().expires_at() if used and _has_scope(session, found) else None
        kind, identity = _describe(found)
        if used and check:
            identity = session.authority().identity() or identity
        agency = (
            Phrase("{name} of {account}", name=found.agency.name, account=found.agency.domain_name)
            if found.agency
            else ""
        )
        source = FoundCredentials(
            place.title, kind, found.proof.origin, identity, agency, expires_at, used, used and check is not None
        )
        yield _add_addresses(session, source) if used else source
        used = False
    if used:
        session.credentials([])  # there is none: it says so


def _read_stored(found: CredentialSet) -> None:
    """Read a secret that `auth login` stored. Raises AuthError where it is none of this run's, LocalState."""
    secret = getattr(found.proof, "password", None) or getattr(found.proof, "secret_key", None)
    if secret is not None and secret.in_keyring:
        secret.reveal()


def _add_addresses(session: Session, source: FoundCredentials) -> FoundCredentials:
    def find(address: Callable[[], settings.Value]) -> str | None:
        with suppress(CbrctlError):  # told beside the list
            return address().text
        return None

    return source._replace(iam_endpoint=find(session.addresses.iam), endpoint=find(session.addresses.cbr))


def log_in(session: Session, profile: str, proof: Proof, again: Again) -> Proof:
    """Verify credentials with IAM, once, and keep them: the secret in the keyring, who it is in the profile.

    Return those that were kept. Raises AuthError where IAM refuses them, LocalState where the keyring or the profile
    cannot be written; what was kept before is kept still then.
    """
    from cbrctl.config.profile_edits import set_values, unset_values

    folder = folders.folder("config", session.environ)

    def write(values: Mapping[str, str]) -> None:
        unset_values(folder, profile, [key for key in IDENTITY if key not in values])
        set_values(folder, profile, values)

    prepare(session, proof)
    proof = verify(session, profile, proof, again)
    keep(session, profile, proof, write)
    return proof


def prepare(session: Session, proof: Proof) -> None:
    """See that credentials could be kept, before a login is spent and a secret stored. Raises LocalState, UsageError."""
    from cbrctl.config.profile_edits import check_writable

    check_writable(folders.folder("config", session.environ))
    if _secret(proof).in_keyring:
        session.keyring().probe()


def verify(session: Session, profile: str, proof: Proof, again: Again) -> Proof:
    """Ask IAM whether credentials, or those that `again` gives for refused ones, are good; return them. Raises AuthError."""
    from cbrctl.credentials.token import IssuedToken

    while True:
        authority = session.authority_of(CredentialSet(proof, profile=profile))
        try:
            if isinstance(authority, IssuedToken):
                authority.verify()
            else:
                session.iam().show_account(authority.headers)
            return proof
        except AuthError as error:
            other = again(session, error, proof)
            if other is None:
                raise
            proof = other


def keep(session: Session, profile: str, proof: Proof, write: Callable[[Mapping[str, str]], None]) -> None:
    """Keep credentials that were verified: a secret that came from no file in the keyring, who it is by `write`.

    Both or none of it, whatever goes wrong; a signal waits until it is done, and so does another login: one's secret
    beside the other's name would be neither.
    """
    from cbrctl.config.profile_edits import hold
    from cbrctl.credentials.profile_secret import store
    from cbrctl.machine.signals import deferred, raise_noted

    folder = folders.folder("config", session.environ)
    kind = Phrase("secret key") if isinstance(proof, AccessKey) else Phrase("password")
    secret = _secret(proof)
    with deferred(), hold(folder, "login.lock"):
        put_back: Callable[[], None] | None = None
        if secret.in_keyring:
            put_back = store(session.keyring(), profile, session.bound(kind, proof.who), secret.reveal())
        try:
            write({key: str(getattr(proof, key)) for key in IDENTITY if getattr(proof, key, "")})
        except BaseException:
            if put_back:
                put_back()
            raise
    raise_noted()


def _secret(proof: Proof) -> "Secret":
    return proof.secret_key if isinstance(proof, AccessKey) else proof.password


def list_after(session: Session, profile: str) -> tuple[list[FoundCredentials], CbrctlError | None]:
    """Return the sets there are after a login to `profile`, and a warning where another one comes first."""
    try:
        sources = list(list_sources(session))
    except CbrctlError as error:  # the login went well; another place is in the way
        return [], error
    first = sources[0].place
    shadowed = first != Phrase("profile {profile}", profile=profile)
    return sources, CbrctlError("login-shadowed", profile=profile, place=first) if shadowed else None


def log_out(session: Session, profile: str) -> list[str]:
    """Remove what `log_in` kept, and every token and name that is kept for the profile; gives what there was, in words.

    The session is told of each token that may be good still. Raises LocalState where the keyring cannot be asked and the
    profile says that it holds something, or where a token cannot be removed.
    """
    from cbrctl.config.profile_edits import unset_values
    from cbrctl.credentials.cache import list_kept, remove_kept
    from cbrctl.names.cache import forget

    kept = list_kept(folders.folder("cache", session.environ), profile)
    good = [one for _, one in kept if _is_good(one)]
    revoked = _revoke(session, profile, good) if good else []
    removed: list[str] = [Phrase("the token at IAM")] if revoked else []
    for one in good:
        if one not in revoked:
            session.warn("token-stays-good", profile=profile, end=write_stamp(one["expires_at"]))
    for path, _ in kept:
        remove_kept(path)
    removed += [Phrase("kept tokens")] if kept else []
    if forget(folders.folder("cache", session.environ), profile, *([""] if profile == "default" else [])):
        removed.append(Phrase("the names for completion"))
    table = session.settings.chosen or session.settings.default
    try:
        if session.keyring().remove(profile):
            removed.append(Phrase("the secret in the keyring"))
    except LocalState:
        if any(table.get(key) for key in IDENTITY) and not any(table.get(key) for key in RIVALS):
            raise
    if unset_values(folders.folder("config", session.environ), profile, IDENTITY):
        removed.append(Phrase("the user in the profile"))
    return removed


def _is_good(kept: Mapping[str, Any]) -> bool:
    """Return whether a kept thing is a token, or keys for a while, before its end."""
    end = kept.get("expires_at")
    is_proof = bool(kept.get("token") or kept.get("security_token"))
    return is_proof and isinstance(end, int | float) and end > SYSTEM.time()


def _revoke(session: Session, profile: str, kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Let the tokens that are kept for a profile be good no more; gives those that IAM took back.

    It is asked on the way alone that each token went. Keys cannot be taken back.
    """
    revoked = []
    with suppress(CbrctlError):  # the place cannot be read, or its IAM is not known
        place = next((place for place in session.places() if place.profile == profile), None)
        if place is None:
            return []
        session.authority_of(read_set(place, _silently, session.read_stored))
        for one in kept:
            same = all(one[OF].get(name) == value for name, value in session.way().items() if name != "cbr")
            if one.get("token") and same:
                with suppress(CbrctlError):
                    session.iam().revoke_token(one["token"])
                    revoked.append(one)
    return revoked


def _silently(key: str, **values: object) -> None:
    """Take no warning of a set that is not used."""


def _find_places(session: Session) -> Iterator[Place | CbrctlError]:
    """Return the places, and last the error of one that cannot be read."""
    try:
        yield from session.places()
    except CbrctlError as error:
        yield error


def _try_out(session: Session) -> str:
    """Try the secret itself, and CBR by a read that any user of CBR may do; return what was tried. Raises what they say."""
    endpoint = session.endpoint()  # where it is not known no login is spent
    tried = session.authority().verify()
    client = session.client()
    client.renews = False  # it is this login that is asked about
    listing = client.list_vaults(most=1)
    if listing.error:
        raise listing.error
    if not tried.words:
        return Phrase("the list of vaults, by a signature ({endpoint})", endpoint=endpoint)
    words = tried.words
    if tried.at_iam:
        words = Phrase("{text} ({origin})", text=words, origin=session.iam_endpoint())
    return Phrase("{words}, and the list of vaults ({endpoint})", words=words, endpoint=endpoint)


def _has_scope(session: Session, found: CredentialSet) -> bool:
    """Whether enough is known to say which kept token would be used; a token given needs nothing."""
    return session.settings.get("project_id") is not None or session.find_scope() is not None


def _describe(found: CredentialSet) -> tuple[str, str]:
    """Return the kind of a set and whom it stands for."""
    proof = found.proof
    if isinstance(proof, Password):
        kind = "code" if proof.by_code else "password+code" if proof.passcode else "password"
        return kind, proof.who
    if isinstance(proof, AccessKey):
        return ("temporary-key" if proof.security_token else "access-key"), proof.access_key
    return ("server" if isinstance(proof, ServerAgency) else "token"), ""
