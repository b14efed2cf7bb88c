"""Where credentials come from: one set from one place, never a user of one with the password of another.

    CBRCTL_*  →  the chosen profile  →  HUAWEICLOUD_SDK_*  →  HW_*  →  the cloud of OS_CLOUD  →  OS_*
    →  the profile `default`  →  ~/.huaweicloud/credentials

The first place that names any part of a set is the one that is used, and has to name all of it: passing over what is
incomplete would be somebody else. In a place a token comes before a password, and a password before access keys.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from cbrctl.config import clouds, sdkfile
from cbrctl.config.addresses import Beside
from cbrctl.config.families import ALL, AUTH_TYPES, BY_CODE, HW, NAMES, OS, OURS, OWN, PARTS, SDK
from cbrctl.config.settings import Value, check_name, check_text
from cbrctl.credentials.methods import AccessKey, Agency, CredentialSet, ForeignToken, Password, Proof, ServerAgency
from cbrctl.credentials.secret import Secret, check_secret, check_token, read_secret
from cbrctl.errors import AuthError, UsageError
from cbrctl.machine.files import resolve_path
from cbrctl.machine.rights import Warn
from cbrctl.machine.secrecy import remember
from cbrctl.phrases import Phrase


class Place(NamedTuple):
    """A place that may hold a set: what it holds by the name of the part, and what each part is called there."""

    title: str
    values: Mapping[str, str]
    names: Mapping[str, str]
    profile: str = ""
    """Whose secret may lie in the keyring, none elsewhere."""
    is_cloud: bool = False
    by_code: bool = False
    """Whether a one-time code is enough there: it says so itself."""

    def get(self, part: str) -> str:
        """Return a part, an empty text where it is not there."""
        return self.values.get(part, "")

    def beside(self) -> Beside:
        """Return where secrets of this place may go, as far as the place says it."""
        address = self.get("iam_endpoint")
        if self.is_cloud and not address:
            return Beside(Value("", self.title), foreign=True)
        iam = Value(address, self.called("iam_endpoint")) if address else None
        return Beside(iam, foreign=not self.profile and self.title != OURS)

    def called(self, part: str) -> str:
        """Return what a part is called there."""
        return self.names.get(part, part.replace("_", " "))


def find_credentials(
    places: Iterable[Place], warn: Warn = lambda key, **values: None, stored: "Stored | None" = None
) -> CredentialSet:
    """Return the first set of credentials. `warn` is told of a secret file that others can read.

    `stored` reads what `auth login` stored for a profile. Raises AuthError where there is none or a set lacks a part,
    LocalState for a file that must not be trusted.
    """
    for place in places:
        return read_set(place, warn, stored)
    raise AuthError("no-credentials")


def find_places(
    environ: Mapping[str, str],
    warn: Warn = lambda key, **v: None,
    *,
    chosen: tuple[str, Mapping[str, str]] = ("", {}),
    default: Mapping[str, str] | None = None,
    region: Value | None = None,
    files: bool = True,
) -> Iterator[Place]:
    """Return the places that hold any part of a set, the one that is used first. Each is read when it is reached.

    Of a cloud that is named no part need be there: it is meant all the same; of its regions `region` is used. Without
    `files` only variables count.
    """
    places: tuple[Callable[[], Place | None], ...] = (
        lambda: _of_variables(OURS, OWN, environ),
        lambda: _of_profile(*chosen, environ, warn, region),
        lambda: _of_variables("HUAWEICLOUD_SDK_*", SDK, environ),
        lambda: _of_sdk_file(environ, warn, named=True),
        lambda: _of_variables("HW_*", HW, environ),
        lambda: _of_cloud(clouds.find_name(environ), "OS_CLOUD", environ, warn, region),
        lambda: _of_openstack(environ),
        lambda: _of_profile("default", default or {}, environ, warn, region),
        lambda: _of_sdk_file(environ, warn, named=False),
    )
    for read in places if files else places[:1]:
        place = read()
        if place and (place.is_cloud or any(place.get(part) for part in PARTS)):
            yield place


def read_set(place: Place, warn: Warn, stored: "Stored | None" = None) -> CredentialSet:
    """Return the set of a place. Raises AuthError where a part is missing, LocalState for an untrusted file."""
    for part in NAMES:
        if place.get(part):
            check_name(place.get(part), place.called(part))
    proof, agency = _read_proof(place, warn, stored), _read_agency(place)
    return CredentialSet(proof, agency, place.get("project_id"), place.beside(), place.profile)


Stored = Callable[[str, str, str], Secret]
"""Reads what was stored by `auth login`: of which profile, which kind of secret and whose."""


def _read_proof(place: Place, warn: Warn, stored: Stored | None) -> Proof:
    token = _secret(place, "token", warn)
    if token:
        return ForeignToken(Secret(check_token(token.reveal(), token.origin), token.origin))
    user, key = place.get("username") or place.get("user_id"), place.get("access_key")
    secret_of_user = any(place.get(part) for part in ("password", "password_file", "passcode"))
    if secret_of_user or (user and not key):
        return _read_password(place, warn, stored)
    if key or any(place.get(part) for part in ("secret_key", "secret_key_file", "security_token")):
        return _read_key(place, warn, stored)
    source = place.get("credential_source")
    if source == "metadata":
        return ServerAgency(place.called("credential_source"))
    if source:
        raise UsageError(
            "bad-value", option=place.called("credential_source"), value=source, reason=Phrase("It is metadata."),
            help="cbrctl auth status --help",
        )  # fmt: skip
    if place.is_cloud:
        raise AuthError("cloud-unusable", place=place.title)
    raise AuthError("incomplete-credentials", found=place.called("agency_name"), missing=place.called("username"))


def _read_password(place: Place, warn: Warn, stored: Stored | None) -> Password:
    username, user_id = place.get("username"), place.get("user_id")
    domain_name, domain_id = place.get("domain_name"), place.get("domain_id")
    password = _secret(place, "password", warn)
    by_code = place.by_code and not password
    missing = ""
    if by_code and not place.get("passcode"):
        missing = "passcode"
    elif not (password or by_code or (place.profile and stored)):
        missing = "password"
    elif not (username or user_id):
        missing = "username"
    elif not (user_id or domain_name or domain_id):
        missing = "domain_name"
    if missing:
        found = next(p for p in ("password", "password_file", "username", "user_id", "passcode") if place.get(p))
        raise AuthError("incomplete-credentials", found=place.called(found), missing=place.called(missing))
    remember(place.get("passcode"))
    secret = password or Secret("", place.called("passcode"))
    proof = Password(username, user_id, domain_name, domain_id, secret, place.get("passcode"), by_code)
    if password is None and stored and not by_code:
        return proof._replace(password=stored(place.profile, Phrase("password"), proof.who))
    return proof


def _read_key(place: Place, warn: Warn, stored: Stored | None) -> AccessKey:
    access_key, secret_key = place.get("access_key"), _secret(place, "secret_key", warn)
    if not access_key or not (secret_key or (place.profile and stored)):
        missing = "secret_key" if access_key else "access_key"
        found = next(p for p in ("access_key", "secret_key", "secret_key_file", "security_token") if place.get(p))
        raise AuthError("incomplete-credentials", found=place.called(found), missing=place.called(missing))
    if secret_key is None and stored:
        secret_key = stored(place.profile, Phrase("secret key"), access_key)
    check_token(access_key, place.called("access_key"))
    session = _secret(place, "security_token", warn)
    if session:
        check_token(session.reveal(), session.origin)
    return AccessKey(access_key, secret_key or Secret("", ""), session)


def _read_agency(place: Place) -> Agency | None:
    name, domain_name = place.get("agency_name"), place.get("agency_domain_name")
    if not name:
        return None
    if not domain_name:
        found, missing = place.called("agency_name"), place.called("agency_domain_name")
        raise AuthError("incomplete-credentials", found=found, missing=missing)
    return Agency(name, domain_name)


def _secret(place: Place, part: str, warn: Warn) -> Secret | None:
    """Return a secret of a place, of its own file where only that is named; None where neither is."""
    text, origin = place.get(part), place.called(part)
    if not text:
        path, origin = place.get(f"{part}_file"), place.called(f"{part}_file")
        if not path:
            return None
        text = read_secret(path, origin, warn)
    if part == "secret_key":
        check_name(text, origin)
    if part == "password":  # it may begin and end with blanks; what stands in a header is checked there
        check_secret(text, origin)
    return Secret(text, origin)


def _of_variables(title: str, family: Mapping[str, tuple[str, ...]], environ: Mapping[str, str]) -> Place:
    used = {part: next((n for n in names if environ.get(n)), names[0]) for part, names in family.items()}
    # what stands in a header is checked when it is read, and told more precisely
    in_header = ("token", "access_key", "security_token")
    values = {
        part: environ[name] if part in in_header else check_text(environ[name], name)
        for part, name in used.items()
        if environ.get(name)
    }
    for part, path in values.items():
        if part.endswith("_file"):
            values[part] = resolve_path(path, environ)
    return Place(title, values, used)


def _of_openstack(environ: Mapping[str, str]) -> Place:
    """The variables of OpenStack's clients, of which OS_AUTH_TYPE says which of them are a remainder.

    Raises AuthError where what it names is not there, UsageError for a kind that cbrctl does not know.
    """
    place = _of_variables("OS_*", OS, environ)
    kind = environ.get("OS_AUTH_TYPE", "")
    is_used = any(place.get(part) for part in PARTS)
    if not kind and not is_used and environ.get("OS_APPLICATION_CREDENTIAL_ID"):
        kind = "v3applicationcredential"  # what the variables of an openrc say where it does not
    if not kind or (not is_used and kind in AUTH_TYPES):
        return place
    if kind not in AUTH_TYPES:
        reason = Phrase("cbrctl knows {names}.", names=", ".join(AUTH_TYPES))
        raise UsageError(
            "bad-value", option="OS_AUTH_TYPE", value=kind, reason=reason, help="cbrctl auth status --help"
        )
    by_token = "token" in kind
    if by_token and not place.get("token"):
        raise AuthError("incomplete-credentials", found="OS_AUTH_TYPE", missing="OS_TOKEN")
    rest = ("username", "user_id", "password", "passcode") if by_token else ("token", "access_key", "secret_key")
    values = {part: value for part, value in place.values.items() if part not in rest}
    by_code = kind in BY_CODE
    if not any(values.get(part) for part in PARTS):
        missing = "OS_PASSCODE" if by_code else "OS_PASSWORD"
        raise AuthError("incomplete-credentials", found="OS_AUTH_TYPE", missing=missing)
    return place._replace(values=values, by_code=by_code)


def _of_profile(
    name: str, table: Mapping[str, str], environ: Mapping[str, str], warn: Warn, region: Value | None
) -> Place | None:
    if not table:
        return None
    origin = Phrase("profile {name}", name=name)
    names = {part: Phrase("{part} of {origin}", part=part, origin=origin) for part in ALL}
    own = {part: table[part] for part in ALL if table.get(part)}
    if table.get("cloud") and not any(own.get(part) for part in PARTS):
        return _of_cloud(table["cloud"], Phrase("cloud of {origin}", origin=origin), environ, warn, region)
    return Place(origin, own, names, profile=name)


def _of_cloud(name: str, origin: str, environ: Mapping[str, str], warn: Warn, region: Value | None) -> Place | None:
    if not name:
        return None
    cloud = clouds.read_cloud(name, origin, environ, warn, region)
    names = {part: Phrase("{part} of cloud {name} in {path}", part=part, name=name, path=cloud.path) for part in ALL}
    address = cloud.settings.get("iam_endpoint")
    values = {**cloud.credentials, **({"iam_endpoint": address} if address else {})}
    by_code = cloud.auth_type in BY_CODE
    return Place(
        Phrase("cloud {name} of {path}", name=name, path=cloud.path), values, names, is_cloud=True, by_code=by_code
    )


def _of_sdk_file(environ: Mapping[str, str], warn: Warn, *, named: bool) -> Place | None:
    """The vendor's file: where a variable names it, it is as strong as a variable; else it is the last place."""
    if named != bool(environ.get(sdkfile.VARIABLE)):
        return None
    path = sdkfile.find_path(environ)
    if path is None:
        return None
    values = sdkfile.read_sdk_file(path, warn, needed=named)
    if not values:
        return None
    return Place(str(path), values, {part: Phrase("{part} in {path}", part=part, path=path) for part in ALL})
