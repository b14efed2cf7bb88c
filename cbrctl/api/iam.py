"""IAM: tokens and keys for a while, what a token stands for, and the id of a project (service.md 8)."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import quote

from cbrctl.api.error_bodies import error_of, parse_json, read_fault
from cbrctl.api.issued import Issued, Keys, KnownProject, read_keys, read_token
from cbrctl.api.transport import POST_DEADLINE, BrokenExchange, Reply, Transport
from cbrctl.errors import AuthError, Forbidden, NotFound, Refused, Throttled, Unreachable
from cbrctl.ids import parse_project_id
from cbrctl.machine.clock import SYSTEM, Clock
from cbrctl.machine.secrecy import is_secret
from cbrctl.phrases import Phrase

LONGEST_TEXT = 300
"""Characters of a refusal that are shown; a longer one may repeat the request, cut anywhere."""
PROJECT_LIFE = 86400.0
"""Seconds for which the id of a project's name is believed."""
KEY_LIFE = 3600
"""Seconds for which keys of an agency are asked for; IAM gives 900 to 86400."""

Scope = Mapping[str, str]
"""A project: `{"id": …}` or `{"name": …}`, with `domain_name` or `domain_id` of the account beside a name."""
Prove = Callable[[str, str, Mapping[str, str], bytes | None], Mapping[str, str]]
"""Gives the headers that authenticate a request."""
_JSON = {"Content-Type": "application/json;charset=utf8"}


class PasswordUser(Protocol):
    """A user with a password, by name and account or by id."""

    @property
    def username(self) -> str: ...  # noqa: D102
    @property
    def user_id(self) -> str: ...  # noqa: D102
    @property
    def domain_name(self) -> str: ...  # noqa: D102
    @property
    def domain_id(self) -> str: ...  # noqa: D102
    @property
    def passcode(self) -> str: ...  # noqa: D102


class Iam:
    """IAM at one address. Nothing here is repeated: accounts lock after a few failed logins."""

    def __init__(self, transport: Transport, endpoint: str, clock: Clock = SYSTEM) -> None:
        self.transport = transport
        self.endpoint = endpoint
        self.clock = clock

    def issue_token(self, who: PasswordUser, password: str, scope: Scope | None) -> Issued:
        """POST /v3/auth/tokens by password, by the one-time code, or by both. No scope: of the account.

        Raises AuthError for any refusal, Throttled, and Unreachable where no whole answer came.
        """
        account = _account(who.domain_name, who.domain_id)
        named = {"id": who.user_id} if who.user_id else {"name": who.username, "domain": account}
        by = {"password": {"password": password}, "totp": {"passcode": who.passcode}}
        methods = [name for name, secret in by.items() if any(secret.values())]
        identity = {"methods": methods, **{name: {"user": {**named, **by[name]}} for name in methods}}
        wanted = _scope(scope) if scope else {"domain": account} if account else None
        issued = self._ask_token(identity, wanted, {})
        if issued.token in (password, who.passcode):  # it would be written down, and sent to CBR
            raise Unreachable("iam-bad-answer", status=201)
        return issued

    def rescope_token(self, token: str, scope: Scope) -> Issued:
        """POST /v3/auth/tokens by a token, for another scope; it ends when that token ends."""
        return self._ask_token({"methods": ["token"], "token": {"id": token}}, _scope(scope), {})

    def assume_agency(self, name: str, domain_name: str, token: str, scope: Scope) -> Issued:
        """POST /v3/auth/tokens as an agency, by the token of a user that may (Agent Operator)."""
        identity = {"methods": ["assume_role"], "assume_role": {"agency_name": name, "domain_name": domain_name}}
        with _agency(name, domain_name):
            return self._ask_token(identity, _scope(scope), {"X-Auth-Token": token})

    def issue_keys(self, name: str, domain_name: str, prove: Prove) -> Keys:
        """POST /v3.0/OS-CREDENTIAL/securitytokens: keys of an agency for an hour."""
        role = {"agency_name": name, "domain_name": domain_name, "duration_seconds": KEY_LIFE}
        auth = {"identity": {"methods": ["assume_role"], "assume_role": role}}
        url = f"{self.endpoint}/v3.0/OS-CREDENTIAL/securitytokens"
        body = json.dumps({"auth": auth}).encode()
        with _agency(name, domain_name):
            reply = self._exchange("POST", url, {**_JSON, **prove("POST", url, _JSON, body)}, body)
        return read_keys(reply.body)

    def show_token(self, token: str) -> Issued:
        """GET /v3/auth/tokens: what this token stands for."""
        headers = {"X-Auth-Token": token, "X-Subject-Token": token}
        url = f"{self.endpoint}/v3/auth/tokens?nocatalog=true"
        return read_token(self._exchange("GET", url, headers, None), token)

    def revoke_token(self, token: str) -> None:
        """DELETE /v3/auth/tokens: let a token be good no more. Raises what IAM says, which need not allow it."""
        headers = {"X-Auth-Token": token, "X-Subject-Token": token}
        self._exchange("DELETE", f"{self.endpoint}/v3/auth/tokens", headers, None)

    def find_project(self, name: str, prove: Prove) -> KnownProject:
        """GET /v3/projects by name. Raises NotFound where none has it, or several have."""
        url = f"{self.endpoint}/v3/projects?name={quote(name, safe='')}"
        try:
            reply = self._exchange("GET", url, prove("GET", url, {}, None), None)
        except Forbidden as error:
            raise Forbidden("projects-forbidden", fault=error.fault, name=name) from None
        try:
            rows = [row for row in parse_json(reply.body)["projects"] if row["name"] == name]
            ids = [found for row in rows if (found := parse_project_id(row["id"])) and not is_secret(found)]
        except (ValueError, KeyError, TypeError):
            raise Unreachable("iam-bad-answer", status=reply.status) from None
        if len(ids) != 1:
            raise NotFound("project-ambiguous" if ids else "project-not-found", name=name, ids=", ".join(ids))
        return KnownProject(ids[0], self.clock.time() + PROJECT_LIFE)

    def show_account(self, prove: Prove) -> None:
        """GET /v3/auth/domains, which every key may: to see that IAM accepts it. Raises AuthError."""
        url = f"{self.endpoint}/v3/auth/domains"
        self._exchange("GET", url, prove("GET", url, {}, None), None)

    def _ask_token(
        self,
        identity: Mapping[str, Any],
        scope: Mapping[str, Any] | None,
        headers: Mapping[str, str],
    ) -> Issued:
        auth = {"identity": identity, **({"scope": scope} if scope else {})}
        url = f"{self.endpoint}/v3/auth/tokens?nocatalog=true"
        body = json.dumps({"auth": auth}).encode()
        refused = "login-refused" if {"password", "totp"} & {*identity} else "proof-refused"
        reply = self._exchange("POST", url, {**_JSON, **headers}, body, refused=refused)
        issued = read_token(reply, reply.headers.get("x-subject-token", ""))
        wanted = (scope or {}).get("project", {})
        for asked, got in ((wanted.get("id"), issued.project_id), (wanted.get("name"), issued.project_name)):
            if asked and got and got != asked:
                raise Unreachable(
                    "wrong-thing",
                    asked=Phrase("a token of project {asked}", asked=asked),
                    got=Phrase("one of {got}", got=got),
                )
        return issued

    def _exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        refused: str = "proof-refused",
    ) -> Reply:
        """Send once; `refused` is what a refusal means."""
        try:
            reply = self.transport.exchange(method, url, headers=headers, body=body, deadline=POST_DEADLINE, fresh=True)
        except BrokenExchange as cause:
            raise cause.as_error("iam-no-answer") from None
        if 200 <= reply.status < 300:
            return reply
        fault = read_fault(*reply)
        if fault.status == 400 or len(fault.text) > LONGEST_TEXT:
            fault = fault._replace(text="")  # it may repeat the password, cut anywhere (measured with Keystone)
        if fault.code and fault.code.startswith("BackupService."):  # a bare number is IAM's own here (service.md 13)
            fault = fault._replace(code=fault.code.replace("BackupService", "IAM"))
        if fault.code == "APIGW.0101":  # a gateway that knows no such path: it is no IAM
            raise AuthError("not-iam", fault=fault._replace(text=""), address=self.endpoint)
        if fault.status >= 500:  # the fault is not the user's, whatever the code
            raise Unreachable("iam-no-answer", fault=fault)
        error = error_of(fault)
        if isinstance(error, Unreachable):
            raise Unreachable("iam-bad-answer", fault=fault, status=fault.status)
        if isinstance(error, Throttled | Forbidden):
            raise error
        if reply.status == 401 and "openstack-auth-receipt" in reply.headers:
            raise AuthError("passcode-needed", fault=fault)  # Keystone: the password is right, and not enough
        if isinstance(error, NotFound | Refused | AuthError):
            malformed = reply.status == 400 and refused == "login-refused"
            raise AuthError("login-malformed" if malformed else refused, fault=fault, address=self.endpoint)
        raise error


@contextmanager
def _agency(name: str, domain_name: str) -> Iterator[None]:
    """Let a refusal say which agency was refused, and what may be missing."""
    try:
        yield
    except (AuthError, NotFound, Refused) as error:
        if error.key == "not-iam":
            raise
        raise AuthError("agency-refused", fault=error.fault, agency=name, account=domain_name) from None


def _scope(scope: Scope) -> dict[str, Any]:
    """Return a project's scope; IAM takes a name alone, Keystone wants its account beside it."""
    if "id" in scope:
        return {"project": {"id": scope["id"]}}
    account = _account(scope.get("domain_name", ""), scope.get("domain_id", ""))
    return {"project": {"name": scope["name"], **({"domain": account} if account else {})}}


def _account(name: str, id: str) -> dict[str, str]:
    return {"id": id} if id else {"name": name} if name else {}
