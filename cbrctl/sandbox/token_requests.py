"""Finds out who asks IAM for a token and for where: the identity methods and scopes of service.md section 8.1."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from cbrctl.sandbox.account import (
    AGENCY_NAME,
    AGENCY_USER,
    MFA_PASSCODE,
    PASSWORD,
    Project,
    User,
    find_project,
    find_user,
    is_domain,
)
from cbrctl.sandbox.callers import Caller, identify_caller
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Request
from cbrctl.sandbox.refusals import IdentityRefusal, Refusal


@dataclass(frozen=True)
class Authenticated:
    """Who was recognised. `expires` is set where an earlier token's end is taken over (epoch seconds)."""

    user: User
    methods: tuple[str, ...]
    expires: float | None = None
    assumed_by: User | None = None


@dataclass(frozen=True)
class Scope:
    """Where a token is to hold: in a project, in the account, or (neither) nowhere that CBR accepts."""

    project: Project | None = None
    has_domain: bool = False


Method = Callable[[Cloud, Request, dict[str, Any], float], Authenticated]


def read_auth(request: Request) -> dict[str, Any]:
    """The `auth` object of a body. Raises 400, which never repeats what was sent."""
    try:
        document = request.read_json()
    except ValueError:
        refuse_body()
    return take(take({"body": document}, "body"), "auth")


def recognise(cloud: Cloud, request: Request, auth: dict[str, Any], now: float) -> Authenticated:
    """Who the caller is by the identity methods given. Raises 400, 401 or 403."""
    identity = take(auth, "identity")
    methods = identity.get("methods")
    if not isinstance(methods, list) or not all(isinstance(name, str) for name in methods):
        refuse_body()
    method = METHODS.get(tuple(methods))
    if method is None:
        refuse_body()
    return method(cloud, request, identity, now)


def read_scope(auth: dict[str, Any]) -> Scope:
    """Where the token is to hold; a project wins over an account. Raises 400, and 403 for an unknown one."""
    if "scope" not in auth:
        return Scope()
    scope = take(auth, "scope")
    if "project" in scope:
        project = find_project(take(scope, "project"))
        if project is None:
            raise IdentityRefusal(403, "You are not authorized to perform the requested action.")
        return Scope(project)
    if not is_domain(take(scope, "domain")):
        raise IdentityRefusal(403, "You are not authorized to perform the requested action.")
    return Scope(has_domain=True)


def by_password(cloud: Cloud, request: Request, identity: dict[str, Any], now: float) -> Authenticated:
    """Name or id and password; a user with login protection needs the passcode beside it."""
    user = check_password(take(take(identity, "password"), "user"))
    if user.needs_passcode:
        raise IdentityRefusal(401, "The login protection of the user requires a verification code.")
    return Authenticated(user, ("password",))


def by_password_and_passcode(cloud: Cloud, request: Request, identity: dict[str, Any], now: float) -> Authenticated:
    """Password and the six digits of the user's device; both must name the same user."""
    user = check_password(take(take(identity, "password"), "user"))
    second = take(take(identity, "totp"), "user")
    passcode = second.get("passcode")
    if not isinstance(passcode, str):
        refuse_body()
    if find_user(second) != user or not equal(passcode, MFA_PASSCODE):
        raise IdentityRefusal(401, "The username or password is wrong.")
    return Authenticated(user, ("password", "totp"))


def by_token(cloud: Cloud, request: Request, identity: dict[str, Any], now: float) -> Authenticated:
    """An earlier token; its end is taken over, never extended."""
    id = take(identity, "token").get("id")
    if not isinstance(id, str):
        refuse_body()
    token = cloud.tokens.find_token(id)
    if token is None or now >= token.expires:
        refuse_caller()
    return Authenticated(token.user, ("token",), token.expires, token.assumed_by)


def by_agency(cloud: Cloud, request: Request, identity: dict[str, Any], now: float) -> Authenticated:
    """The practice agency, on behalf of whoever's X-Auth-Token is sent along."""
    caller = require_caller(cloud, request, now)
    check_agency(take(identity, "assume_role"))
    return Authenticated(AGENCY_USER, ("assume_role",), assumed_by=caller.user)


def by_access_key(cloud: Cloud, request: Request, identity: dict[str, Any], now: float) -> Authenticated:
    """An access key and its secret (undocumented, but widely used)."""
    key = take(identity, "hw_ak_sk")
    access, secret = take(key, "access").get("key"), take(key, "secret").get("key")
    if not isinstance(access, str) or not isinstance(secret, str):
        refuse_body()
    found = cloud.tokens.find_key(access)
    if found is None or found.expires is not None or not equal(secret, found.secret):
        refuse_caller()
    return Authenticated(found.user, ("hw_ak_sk",))


METHODS: dict[tuple[str, ...], Method] = {
    ("password",): by_password,
    ("password", "totp"): by_password_and_passcode,
    ("totp", "password"): by_password_and_passcode,
    ("token",): by_token,
    ("assume_role",): by_agency,
    ("hw_ak_sk",): by_access_key,
}


def require_caller(cloud: Cloud, request: Request, now: float) -> Caller:
    """Whoever calls. Raises IAM's 401 for a void token, the gateway's for a wrong signature."""
    try:
        return identify_caller(cloud, request, now)
    except Refusal:
        if "x-auth-token" in request.headers or "authorization" not in request.headers:
            refuse_caller()
        raise


def check_password(identity: dict[str, Any]) -> User:
    """The user whose name (or id) and password these are. Raises 400 and 401."""
    password = identity.get("password")
    if not isinstance(password, str) or not ("id" in identity or ("name" in identity and "domain" in identity)):
        refuse_body()
    user = find_user(identity)
    if user is None or not equal(password, PASSWORD):
        raise IdentityRefusal(401, "The username or password is wrong.")
    return user


def check_agency(role: dict[str, Any]) -> None:
    """Raise unless the practice agency of the practice account is meant; xrole_name is the older field."""
    name = role.get("agency_name", role.get("xrole_name"))
    if not isinstance(name, str):
        refuse_body()
    if name != AGENCY_NAME or not is_domain({"name": role.get("domain_name"), "id": role.get("domain_id")}):
        raise IdentityRefusal(403, "You have no permission to assume the agency.")


def equal(given: str, expected: str) -> bool:
    """Compare without telling by the time it takes."""
    return hmac.compare_digest(given.encode(errors="surrogatepass"), expected.encode())


def take(document: Any, key: str) -> dict[str, Any]:
    """The object under a key. Raises 400 where there is none."""
    value = document.get(key)
    if not isinstance(value, dict):
        refuse_body()
    found: dict[str, Any] = value
    return found


def refuse_body() -> NoReturn:
    """Raise IAM's 400."""
    raise IdentityRefusal(400, "The request body is invalid")


def refuse_caller() -> NoReturn:
    """Raise IAM's 401 for a missing, void or wrong proof."""
    raise IdentityRefusal(401, "The request you have made requires authentication.")
