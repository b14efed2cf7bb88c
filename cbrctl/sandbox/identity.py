"""Answers of IAM: tokens, projects, accounts, temporary keys. Bodies of service.md section 8."""

from typing import Any

from cbrctl.sandbox import instants
from cbrctl.sandbox.account import AGENCY_USER, DOMAIN_ID, DOMAIN_NAME, PROJECTS, REGION, Project, User
from cbrctl.sandbox.callers import identify_caller
from cbrctl.sandbox.calls import Call
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.discovery import describe_catalog
from cbrctl.sandbox.exchange import Answer, answer_json
from cbrctl.sandbox.paging import first
from cbrctl.sandbox.refusals import IdentityRefusal, LegacyRefusal
from cbrctl.sandbox.token_requests import (
    check_agency,
    read_auth,
    read_scope,
    recognise,
    refuse_caller,
    require_caller,
    take,
)
from cbrctl.sandbox.tokens import Token

MIN_KEY_SECONDS, MAX_KEY_SECONDS = 900, 86400
DOMAIN = {"id": DOMAIN_ID, "name": DOMAIN_NAME}


def create_token(cloud: Cloud, call: Call) -> Answer:
    """POST v3/auth/tokens: the token travels in X-Subject-Token, the body only describes it."""
    auth = read_auth(call.request)
    identity = recognise(cloud, call.request, auth, call.now)
    scope = read_scope(auth)
    token = cloud.tokens.add_token(
        identity.user,
        identity.methods,
        call.now,
        call.now + cloud.token_lifetime if identity.expires is None else identity.expires,
        scope.project,
        scope.has_domain,
        identity.assumed_by,
    )
    with_catalog = not first(call.request.query, "nocatalog")
    return answer_json(201, describe_token(token, cloud.url, with_catalog), {"X-Subject-Token": token.id})


def show_token(cloud: Cloud, call: Call) -> Answer:
    """GET v3/auth/tokens: is the token in X-Subject-Token valid?"""
    require_caller(cloud, call.request, call.now)
    subject = cloud.tokens.find_token(call.request.headers.get("x-subject-token", ""))
    if subject is None or call.now >= subject.expires:
        raise IdentityRefusal(404, "Could not find token.")
    with_catalog = not first(call.request.query, "nocatalog")
    return answer_json(200, describe_token(subject, cloud.url, with_catalog), {"X-Subject-Token": subject.id})


def list_projects(cloud: Cloud, call: Call) -> Answer:
    """GET v3/projects and v3/auth/projects: the projects, by exact name if one is given."""
    require_caller(cloud, call.request, call.now)
    query = call.request.query
    name, page, size = first(query, "name"), first(query, "page"), first(query, "per_page")
    rows = [describe_project(project, cloud.url) for project in PROJECTS if name in (None, project.name)]
    if page and size and page.isdecimal() and size.isdecimal():
        rows = rows[(int(page) - 1) * int(size) : int(page) * int(size)]
    return answer_json(200, {"links": describe_links(cloud.url, call.request.path), "projects": rows})


def list_region_projects(cloud: Cloud, call: Call) -> Answer:
    """GET v3/region-projects: CBR's own list of the projects in its region."""
    identify_caller(cloud, call.request, call.now)
    rows = [describe_project(project, cloud.url) for project in PROJECTS if project.name.startswith(REGION)]
    return answer_json(200, {"links": describe_links(cloud.url, call.request.path), "projects": rows})


def list_domains(cloud: Cloud, call: Call) -> Answer:
    """GET v3/auth/domains: the account, which the vendor's SDK looks up for global services."""
    require_caller(cloud, call.request, call.now)
    domain = DOMAIN | {"enabled": True, "description": "", "links": {"self": f"{cloud.url}/v3/domains/{DOMAIN_ID}"}}
    return answer_json(200, {"links": describe_links(cloud.url, call.request.path), "domains": [domain]})


def create_temporary_key(cloud: Cloud, call: Call) -> Answer:
    """POST v3.0/OS-CREDENTIAL/securitytokens: keys of a user (token) or of the agency (assume_role)."""
    auth = read_auth(call.request)
    identity = take(auth, "identity")
    methods = identity.get("methods")
    if methods not in (["token"], ["assume_role"]):
        raise LegacyRefusal(400, "IAM.0011", "Illegal request parameter.")
    part = identity.get(methods[0], {})
    if not isinstance(part, dict):
        raise LegacyRefusal(400, "IAM.0011", "Illegal request parameter.")
    duration = part.get("duration_seconds", MIN_KEY_SECONDS)
    if type(duration) is not int or not MIN_KEY_SECONDS <= duration <= MAX_KEY_SECONDS:
        raise LegacyRefusal(400, "IAM.0007", "Request parameter duration_seconds is invalid.")
    key = cloud.tokens.add_key(find_key_owner(cloud, call, methods[0], part), call.now + duration)
    credential = {
        "access": key.access,
        "secret": key.secret,
        "securitytoken": key.session,
        "expires_at": instants.token_time(call.now + duration),
    }
    return answer_json(201, {"credential": credential})


def find_key_owner(cloud: Cloud, call: Call, method: str, part: dict[str, Any]) -> User:
    """Whom temporary keys are to stand for. Raises 401 and 403 in the v3.0 shape."""
    try:
        if method == "token" and isinstance(part.get("id"), str):
            token = cloud.tokens.find_token(part["id"])
            if token is None or call.now >= token.expires:
                refuse_caller()
            return token.user
        caller = require_caller(cloud, call.request, call.now)
        if method == "token":
            return caller.user
        check_agency(part)
    except IdentityRefusal as refusal:
        code = {400: "IAM.0011", 401: "IAM.0001", 403: "IAM.0003"}[refusal.status]
        raise LegacyRefusal(refusal.status, code, refusal.message) from None
    return AGENCY_USER


def describe_token(token: Token, url: str, with_catalog: bool) -> dict[str, Any]:
    """The documented body; the token itself is not in it."""
    document: dict[str, Any] = {
        "expires_at": instants.token_time(token.expires),
        "issued_at": instants.token_time(token.issued),
        "methods": list(token.methods),
        "catalog": describe_catalog(url) if with_catalog else [],
        "roles": [{"id": "0", "name": "te_admin"}],
        "user": {"id": token.user.id, "name": token.user.name, "domain": DOMAIN, "password_expires_at": ""},
    }
    if token.project is not None:
        document["project"] = {"id": token.project.id, "name": token.project.name, "domain": DOMAIN}
    elif token.has_domain:
        document["domain"] = DOMAIN
    if "totp" in token.methods:
        document["mfa_authn_at"] = document["issued_at"]
    if token.assumed_by is not None:
        user = {"id": token.assumed_by.id, "name": token.assumed_by.name, "domain": DOMAIN, "password_expires_at": ""}
        document["assumed_by"] = {"user": user}
    return {"token": document}


def describe_project(project: Project, url: str) -> dict[str, Any]:
    """A project as IAM lists it."""
    return {
        "id": project.id,
        "name": project.name,
        "description": project.description,
        "domain_id": DOMAIN_ID,
        "parent_id": DOMAIN_ID,
        "enabled": True,
        "is_domain": False,
        "links": {"self": f"{url}/v3/projects/{project.id}"},
    }


def describe_links(url: str, path: str) -> dict[str, Any]:
    """The links of a list that has one page."""
    return {"self": f"{url}{path}", "previous": None, "next": None}
