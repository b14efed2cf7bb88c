"""Checks of who is asking: configuration, credentials, keyring, login, project, and one read of CBR that proves them all."""

import time

from cbrctl.config.profiles import FILE
from cbrctl.credentials.methods import AccessKey, ForeignToken, Password, ServerAgency
from cbrctl.doctor.context import CheckContext, Skip
from cbrctl.doctor.machine import NO_HOME, find_optional
from cbrctl.durations import write_stamp
from cbrctl.errors import AuthError, CbrctlError, Forbidden, LocalState, NotFound
from cbrctl.phrases import Phrase, join

SOON = 3600.0
"""Seconds of life below which a token that nobody renews is worth a warning."""


def open_configuration(context: CheckContext) -> str:
    """Read the configuration and open the session."""
    try:
        context.opened = context.open_session(context.warn)
    except NotFound as error:  # the file is right; which profile was meant is the next question
        context.no_profile = error
    if context.sandbox:
        return Phrase("the practice cloud's own")
    place = find_optional(context, "config")
    if place is None:
        return NO_HOME
    return str(place / FILE) if (place / FILE).exists() else Phrase("{place}: none yet", place=place / FILE)


def find_profile(context: CheckContext) -> str:
    """See which profile is used."""
    if context.no_profile:
        raise context.no_profile
    name = context.session.settings.profile_name
    if name:
        return f"{name} ({'--profile' if context.session.flags.get('profile') else 'CBRCTL_PROFILE'})"
    return "default" if context.session.settings.default else Phrase("none, and none is needed")


def find_region(context: CheckContext) -> str:
    """See that both addresses are known; what is wrong with the place that would name them comes first, as in a run."""
    context.session.endpoint()
    addresses = context.session.addresses
    region, cbr, iam = addresses.region(), addresses.cbr(), addresses.iam()
    parts = [
        region and Phrase("{text} ({origin})", **region._asdict()),
        cbr and Phrase("CBR at {text} ({origin})", **cbr._asdict()),
        iam and Phrase("IAM at {text} ({origin})", **iam._asdict()),
    ]
    return join(parts, ", ")


def find_credentials(context: CheckContext) -> str:
    """See which set of credentials is used, and that it is whole."""
    context.found = found = context.session.credentials()
    proof = found.proof
    if isinstance(proof, ForeignToken):
        note = Phrase("token of {origin}", origin=proof.origin)
    elif isinstance(proof, Password):
        secret = Phrase("one-time code") if proof.by_code else Phrase("password")
        note = Phrase("{secret} of {origin} for {who}", secret=secret, origin=proof.origin, who=proof.who)
    elif isinstance(proof, AccessKey):
        note = Phrase("access key …{end}, secret key of {origin}", end=proof.access_key[-4:], origin=proof.origin)
    else:
        note = Phrase("the agency of this cloud server ({origin})", origin=proof.origin)
    if found.agency is None:
        return note
    name, account = found.agency.name, found.agency.domain_name
    return Phrase("{note}, assuming agency {name} of {account}", note=note, name=name, account=account)


def probe_keyring(context: CheckContext) -> str:
    """See that the system's keyring answers; that it does not is wrong only where a secret has to come from it."""
    if context.sandbox:
        raise Skip(Phrase("the practice cloud uses none"))
    proof = context.found.proof if context.found else None
    needed = (isinstance(proof, Password) and proof.password.in_keyring) or (
        isinstance(proof, AccessKey) and proof.secret_key.in_keyring
    )
    try:
        keyring = context.session.keyring()
        keyring.probe()
    except LocalState:
        if needed:
            raise
        raise Skip(Phrase("none that answers here; password files and variables work")) from None
    return Phrase("{name} answers", name=keyring.backend)


def log_in(context: CheckContext) -> str:
    """Try the secret itself, once: accounts lock, and a kept token says nothing of a password that was changed."""
    assert context.found is not None  # noqa: S101 - `credentials` went well
    if context.needs_iam:
        context.need("answer-iam")
        if context.session.caching:
            context.need("cache-files")
    proof = context.found.proof
    if isinstance(proof, ForeignToken) and not context.found.agency:
        return _ask_about(context, proof.origin)
    authority = context.session.authority()
    tried = authority.verify().words
    expires_at = authority.expires_at()
    if isinstance(proof, AccessKey | ServerAgency):
        return (
            Phrase("each request is signed, with keys until {end}; {tried}", end=write_stamp(expires_at), tried=tried)
            if expires_at and tried
            else Phrase("each request is signed")
        )
    return (
        Phrase("tried: {tried}, until {end}", tried=tried, end=write_stamp(expires_at))
        if expires_at
        else Phrase("tried: {tried}", tried=tried)
    )


def find_project(context: CheckContext) -> str:
    """See which project is meant."""
    project_id = context.session.project_id()
    given = context.session.settings.values.get("project_id")
    origin = given.origin if given else Phrase("from IAM")
    return Phrase("{text} ({origin})", text=project_id, origin=origin)


def read_vaults(context: CheckContext) -> str:
    """Read the list of vaults: that proves token, project and permission."""
    client = context.session.client()
    client.tries, client.renews = 1, False  # the login that was tried just now is what is asked about
    listing = client.list_vaults(most=1)
    if listing.error:
        raise listing.error
    return Phrase("the vaults can be listed") if listing.rows else Phrase("there is no vault in the project")


def _ask_about(context: CheckContext, origin: str) -> str:
    """Ask IAM when a given token ends; where a run would not ask IAM at all, an answer is not needed."""
    from cbrctl.credentials.token import GivenToken

    unknown = Phrase("given, its end is not known")
    if context.has_failed("answer-iam"):
        return unknown
    authority = context.session.authority()
    assert isinstance(authority, GivenToken)  # noqa: S101 - it is a token, and no agency is assumed by it
    try:
        about = authority.describe()
    except CbrctlError as error:
        if isinstance(error, AuthError) and not isinstance(error, Forbidden):
            raise AuthError("token-refused", origin=origin, fault=error.fault) from None
        if context.needs_iam:
            raise
        return unknown
    if about.expires_at - time.time() < SOON:
        context.warn("token-ends-soon", origin=origin, end=write_stamp(about.expires_at))
    return Phrase("given, until {end}", end=write_stamp(about.expires_at))
