"""Who is calling: a token, or a signature with a permanent or temporary key."""

from dataclasses import dataclass

from cbrctl.sandbox import instants
from cbrctl.sandbox.account import PROJECT_ID, Project, User
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Request
from cbrctl.sandbox.refusals import GatewayRefusal, MalformedUrl, refuse_credentials
from cbrctl.sandbox.signature import ALGORITHM, SignatureError, check_signature, read_claim
from cbrctl.sandbox.tokens import Token


@dataclass(frozen=True)
class Caller:
    """Whoever sent a request. `project` is the token's; a signature holds in every project (`by_key`)."""

    user: User
    project: Project | None
    by_key: bool
    token: Token | None = None


def identify_caller(cloud: Cloud, request: Request, now: float) -> Caller:
    """The caller of a request. Raises the gateway's 401 where nothing valid proves who it is."""
    token_id = request.headers.get("x-auth-token")
    if token_id is not None:
        token = find_valid_token(cloud, token_id, now)
        return Caller(token.user, token.project, by_key=False, token=token)
    authorization = request.headers.get("authorization", "")
    if authorization.startswith(ALGORITHM):
        return Caller(_check_key(cloud, request, authorization, now), None, by_key=True)
    raise refuse_credentials("x-auth-token not found")


def find_valid_token(cloud: Cloud, token_id: str, now: float) -> Token:
    """The token of this id. Raises the gateway's 401 for one that is void or has expired."""
    token = cloud.tokens.find_token(token_id)
    if token is None:
        raise refuse_credentials("decrypt token fail")
    if now >= token.expires:
        raise refuse_credentials(f"token expires, expires_at {instants.token_time(token.expires)}")
    return token


def check_project(caller: Caller, project_id: str, declared: str | None) -> None:
    """Raise unless the caller may work in the project of the path; `declared` is the X-Project-Id header, if any."""
    if len(project_id) != 32 or not project_id.isalnum():
        raise MalformedUrl
    if not caller.by_key and (caller.project is None or caller.project.id != project_id):
        raise GatewayRefusal(403, "APIGW.0302", "The IAM user is not authorized to access the API")
    if declared is not None and declared != project_id:
        raise GatewayRefusal(403, "APIGW.0302", "The IAM user is not authorized to access the API")
    if project_id != PROJECT_ID:
        raise GatewayRefusal(403, "APIGW.0310", "The project is unavailable")


def _check_key(cloud: Cloud, request: Request, authorization: str, now: float) -> User:
    try:
        claim = read_claim(authorization)
        key = cloud.tokens.find_key(claim.access_key)
        if key is None:
            raise SignatureError("ak does not exist")
        check_signature(request, claim, key.secret, now)
        if request.headers.get("x-security-token") != key.session:
            raise SignatureError("the security token does not belong to the ak")
    except SignatureError as error:
        raise refuse_credentials(str(error)) from None
    if key.expires is not None and now >= key.expires:
        raise refuse_credentials(f"security token expires, expires_at {instants.token_time(key.expires)}")
    return key.user
