"""Checks of who is asking: configuration, credentials, keyring, login, project, and one read of CBR that proves them all."""

import time

from cbrctl.config.profiles import FILE
from cbrctl.credentials.kinds import AccessKey, Password, Server, Token
from cbrctl.credentials.secret import Secret
from cbrctl.doctor.exam import Exam, Skip
from cbrctl.doctor.machine import NO_HOME, find_optional
from cbrctl.durations import write_stamp
from cbrctl.errors import AuthError, CbrctlError, Forbidden, LocalState, NotFound

SOON = 3600.0
"""Seconds of life below which a token that nobody renews is worth a warning."""


def open_configuration(exam: Exam) -> str:
    """Read the configuration and open the session."""
    try:
        exam.opened = exam.open_session(exam.warn)
    except NotFound as error:  # the file is right; which profile was meant is the next question
        exam.no_profile = error
    if exam.sandbox:
        return "the practice cloud's own"
    place = find_optional(exam, "config")
    if place is None:
        return NO_HOME
    return str(place / FILE) if (place / FILE).exists() else f"{place / FILE}: none yet"


def find_profile(exam: Exam) -> str:
    """See which profile is used."""
    if exam.no_profile:
        raise exam.no_profile
    name = exam.session.settings.profile_name
    if name:
        return f"{name} ({'--profile' if exam.session.flags.get('profile') else 'CBRCTL_PROFILE'})"
    return "default" if exam.session.settings.default else "none, and none is needed"


def find_region(exam: Exam) -> str:
    """See that both addresses are known; what is wrong with the place that would name them comes first, as in a run."""
    exam.session.endpoint()
    addresses = exam.session.addresses
    named = [("", addresses.region()), ("CBR at ", addresses.cbr()), ("IAM at ", addresses.iam())]
    return ", ".join(f"{title}{value.text} ({value.origin})" for title, value in named if value)


def find_credentials(exam: Exam) -> str:
    """See which set of credentials is used, and that it is whole."""
    exam.found = found = exam.session.credentials()
    proof = found.proof
    if isinstance(proof, Token):
        note = f"token of {proof.origin}"
    elif isinstance(proof, Password):
        note = f"password of {proof.origin} for {proof.who}"
    elif isinstance(proof, AccessKey):
        note = f"access key …{proof.access_key[-4:]}, secret key of {proof.origin}"
    else:
        note = f"the agency of this cloud server ({proof.origin})"
    return f"{note}, assuming agency {found.agency.name} of {found.agency.domain_name}" if found.agency else note


def probe_keyring(exam: Exam) -> str:
    """See that the system's keyring answers; that it does not is wrong only where a secret has to come from it."""
    if exam.sandbox:
        raise Skip("the practice cloud uses none")
    proof = exam.found.proof if exam.found else None
    needed = (isinstance(proof, Password) and proof.password.in_keyring) or (
        isinstance(proof, AccessKey) and proof.secret_key.in_keyring
    )
    try:
        keyring = exam.session.keyring()
        keyring.probe()
    except LocalState:
        if needed:
            raise
        raise Skip("none that answers here; password files and variables work") from None
    return f"{keyring.backend} answers"


def log_in(exam: Exam) -> str:
    """Try the secret itself, once: accounts lock, and a kept token says nothing of a password that was changed."""
    assert exam.found is not None  # noqa: S101 - `credentials` went well
    if exam.needs_iam:
        exam.need("answer-iam")
        if exam.session.caching:
            exam.need("cache-files")
    proof = exam.found.proof
    if isinstance(proof, Token) and not exam.found.agency:
        return _ask_about(exam, proof.token)
    authority = exam.session.authority()
    tried = authority.verify()
    expires_at = authority.expires_at()
    if isinstance(proof, AccessKey | Server):
        return (
            f"each request is signed, with keys until {write_stamp(expires_at)}; {tried}"
            if expires_at
            else "each request is signed"
        )
    return f"tried: {tried}, until {write_stamp(expires_at)}" if expires_at else f"tried: {tried}"


def find_project(exam: Exam) -> str:
    """See which project is meant."""
    project_id = exam.session.project_id()
    given = exam.session.settings.values.get("project_id")
    return f"{project_id} ({given.origin if given else 'from IAM'})"


def read_vaults(exam: Exam) -> str:
    """Read the list of vaults: that proves token, project and permission."""
    client = exam.session.client()
    client.tries, client.renews = 1, False  # the login that was tried just now is what is asked about
    listing = client.list_vaults(most=1)
    if listing.error:
        raise listing.error
    return "the vaults can be listed" if listing.rows else "there is no vault in the project"


def _ask_about(exam: Exam, token: Secret) -> str:
    """Ask IAM when a given token ends; where a run would not ask IAM at all, an answer is not needed."""
    from cbrctl.api.iam import Iam

    unknown = "given, its end is not known"
    if exam.has_failed("answer-iam"):
        return unknown
    try:
        about = Iam(exam.session.transport(), exam.session.iam_endpoint()).show_token(token.reveal())
    except CbrctlError as error:
        if isinstance(error, AuthError) and not isinstance(error, Forbidden):
            raise AuthError("token-refused", origin=token.origin, fault=error.fault) from None
        if exam.needs_iam:
            raise
        return unknown
    if about.expires_at - time.time() < SOON:
        exam.warn("token-ends-soon", origin=token.origin, end=write_stamp(about.expires_at))
    return f"given, until {write_stamp(about.expires_at)}"
