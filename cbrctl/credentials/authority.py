"""From a set of credentials to what proves each request: a token, or a signature."""

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from cbrctl.api.iam import Iam, Prove, Scope
from cbrctl.api.issued import Issued, Keys, KnownProject, check_keys, check_project, check_token
from cbrctl.credentials.cache import Cache
from cbrctl.credentials.key import SigningKey
from cbrctl.credentials.methods import AccessKey, Agency, CredentialSet, ForeignToken, Password, ServerAgency
from cbrctl.credentials.refreshable import Refreshable
from cbrctl.credentials.secret import Secret
from cbrctl.credentials.token import Authority, GivenToken, IssuedToken, Tried
from cbrctl.phrases import Phrase


class Surroundings(NamedTuple):
    """What a session gives. `scope` is the project that was named, None where none was; `need_scope` refuses that."""

    iam: Callable[[], Iam]
    scope: Callable[[], Scope | None]
    need_scope: Callable[[], Scope]
    cache: Callable[[Mapping[str, object]], Cache | None]
    """The cache of an identity; the IAM address is added to it."""
    fetch_keys: Callable[[], Keys]
    """Asks the metadata service of the cloud server."""


def make_authority(found: CredentialSet, around: Surroundings) -> Authority:
    """Return what proves requests as this set of credentials. Nobody is asked yet."""
    proof, agency = found.proof, found.agency
    if isinstance(proof, ForeignToken):
        return _assume(proof.token.reveal, {"token": _digest(proof.token)}, agency, around) or _of_token(proof, around)
    if isinstance(proof, Password):
        return _of_password(proof, agency, around)
    return _of_keys(proof, agency, around)


def _of_token(proof: ForeignToken, around: Surroundings) -> Authority:
    scope = around.scope()

    def show() -> Issued:
        return around.iam().show_token(proof.token.reveal())

    def rescope(about: Issued) -> Issued:
        if about.project_id or scope is None:
            return about
        return around.iam().rescope_token(proof.token.reveal(), {**scope, "domain_id": about.domain_id})

    identity = {"token": _digest(proof.token), "scope": scope}
    return GivenToken(proof.token, show, rescope, lambda: around.cache(identity))


def _of_password(proof: Password, agency: Agency | None, around: Surroundings) -> Authority:
    identity = {**proof._asdict(), "password": None, "passcode": None}

    def log_in() -> str:
        return around.iam().issue_token(proof, proof.password.reveal(), None).token

    assumed = _assume(log_in, identity, agency, around)
    if assumed:
        return assumed
    scope = _in_account(around.need_scope(), proof.domain_name, proof.domain_id)

    def issue() -> Issued:
        return around.iam().issue_token(proof, proof.password.reveal(), scope)

    kept = Refreshable(issue, check_token, lambda: around.cache({**identity, "scope": scope}))
    return IssuedToken(kept, once=bool(proof.passcode))


def _assume(
    token: Callable[[], str], identity: Mapping[str, object], agency: Agency | None, around: Surroundings
) -> Authority | None:
    """Return the tokens of an agency, which the token of a user gets; None where none is to be assumed."""
    if agency is None:
        return None
    scope = _in_account(around.need_scope(), agency.domain_name, "")

    def issue() -> Issued:
        return around.iam().assume_agency(agency.name, agency.domain_name, token(), scope)

    whole = {**identity, "agency": agency._asdict(), "scope": scope}
    return IssuedToken(Refreshable(issue, check_token, lambda: around.cache(whole)))


def _of_keys(proof: AccessKey | ServerAgency, agency: Agency | None, around: Surroundings) -> Authority:
    """Return signatures by permanent keys, by those of the server, or by those that either gets for an agency."""
    keys: Callable[[], Keys] | Refreshable[Keys]
    if isinstance(proof, AccessKey):
        keys, identity, tried = partial(_reveal, proof), {"access_key": proof.access_key}, Tried("")
    else:
        keys, identity = Refreshable(around.fetch_keys, check_keys), {"server": "metadata"}
        tried = Tried(Phrase("the metadata service was asked for new keys"))
    base = SigningKey(keys, _projects(lambda: base.headers, identity, around), tried)
    if agency is None:
        return base

    def issue() -> Keys:
        return around.iam().issue_keys(agency.name, agency.domain_name, base.headers)

    whole = {**identity, "agency": agency._asdict()}
    assumed = SigningKey(
        Refreshable(issue, check_keys, lambda: around.cache(whole)),
        _projects(lambda: assumed.headers, whole, around),
        Tried(Phrase("new keys were asked for"), at_iam=True),
    )
    return assumed


def _reveal(proof: AccessKey) -> Keys:
    session = proof.security_token.reveal() if proof.security_token else ""
    return Keys(proof.access_key, proof.secret_key.reveal(), session)


def _projects(
    prove: Callable[[], Prove], identity: Mapping[str, object], around: Surroundings
) -> Refreshable[KnownProject]:
    """Return the id of the project that was named, which a signature does not tell as a token does."""

    def look_up() -> KnownProject:
        return around.iam().find_project(around.need_scope()["name"], prove())

    def open_cache() -> Cache | None:
        if "server" in identity:  # its agency may be another one tomorrow
            return None
        name = (around.scope() or {}).get("name")
        return around.cache({**identity, "project": name}) if name else None

    return Refreshable(look_up, check_project, open_cache)


def _in_account(scope: Scope, domain_name: str, domain_id: str) -> Scope:
    """Name the account of a project that is given by name: names are unique in an account only."""
    if "id" in scope:
        return scope
    return {**scope, **({"domain_id": domain_id} if domain_id else {"domain_name": domain_name} if domain_name else {})}


def _digest(token: Secret) -> str:
    return hashlib.sha256(token.reveal().encode()).hexdigest()
