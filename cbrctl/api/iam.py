"""IAM: a token for a password, and what a token stands for (api.md 8.1)."""

import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from cbrctl.api.client import Clock
from cbrctl.api.faults import error_of, parse_json, read_fault
from cbrctl.api.transport import POST_DEADLINE, BrokenExchange, Reply, Transport
from cbrctl.durations import parse_stamp
from cbrctl.errors import AuthError, Forbidden, NotFound, Refused, Throttled, Unreachable
from cbrctl.ids import parse_project_id

LONGEST_TEXT = 300
"""Characters of a refusal that are shown; a longer one may repeat the request, cut anywhere."""


class Identity(Protocol):
    """A user with a password, by name and account or by id."""

    @property
    def username(self) -> str | None: ...  # noqa: D102
    @property
    def user_id(self) -> str | None: ...  # noqa: D102
    @property
    def domain_name(self) -> str | None: ...  # noqa: D102
    @property
    def domain_id(self) -> str | None: ...  # noqa: D102
    @property
    def password(self) -> str: ...  # noqa: D102


class Issued(NamedTuple):
    """A token and what it is good for."""

    token: str
    expires_at: float
    """Seconds since the epoch."""
    project_id: str | None

    def __repr__(self) -> str:
        """Show its end, never the token."""
        return f"Issued(until {self.expires_at:.0f})"


class Iam:
    """IAM at one address. Nothing here is repeated: accounts lock after a few failed logins."""

    def __init__(self, transport: Transport, endpoint: str, clock: Clock = time) -> None:
        self.transport = transport
        self.endpoint = endpoint
        self.clock = clock

    def issue_token(self, who: Identity, scope: Mapping[str, str]) -> Issued:
        """POST /v3/auth/tokens by password. `scope` is `{"id": …}` or `{"name": …}` of a project.

        Raises AuthError for any refusal, Throttled, and Unreachable where no whole answer came.
        """
        user: dict[str, Any] = {"password": who.password}
        if who.user_id:
            user["id"] = who.user_id
        else:
            user["name"] = who.username
            user["domain"] = {"id": who.domain_id} if who.domain_id else {"name": who.domain_name}
        auth: dict[str, Any] = {"identity": {"methods": ["password"], "password": {"user": user}}}
        if scope:
            auth["scope"] = {"project": dict(scope)}
        headers = {"Content-Type": "application/json;charset=utf8"}
        reply = self._exchange("POST", headers, json.dumps({"auth": auth}).encode(), secret=who.password)
        return self._read(reply, reply.headers.get("x-subject-token", ""))

    def show_token(self, token: str) -> Issued:
        """GET /v3/auth/tokens: what this token stands for."""
        headers = {"X-Auth-Token": token, "X-Subject-Token": token}
        return self._read(self._exchange("GET", headers, None, secret=token), token)

    def _exchange(self, method: str, headers: Mapping[str, str], body: bytes | None, *, secret: str) -> Reply:
        url = f"{self.endpoint}/v3/auth/tokens?nocatalog=true"
        try:
            reply = self.transport.exchange(method, url, headers=headers, body=body, deadline=POST_DEADLINE, fresh=True)
        except BrokenExchange as cause:
            raise Unreachable("iam-no-answer", note=cause.reason) from None
        if 200 <= reply.status < 300:
            return reply
        fault = read_fault(reply.status, reply.headers, reply.body)
        if fault.status == 400 or secret in fault.text or len(fault.text) > LONGEST_TEXT:
            fault = fault._replace(text="")  # it may repeat the password or the token (measured with Keystone)
        if fault.status >= 500:  # the fault is not the user's, whatever the code
            raise Unreachable("iam-no-answer", fault=fault)
        error = error_of(fault)
        if isinstance(error, Throttled | Unreachable | Forbidden):
            raise error
        if isinstance(error, NotFound | Refused | AuthError):
            raise AuthError("login-refused", fault=fault)
        raise error

    def _read(self, reply: Reply, token: str) -> Issued:
        try:
            data = parse_json(reply.body)
            found = data["token"]
            expires_at = datetime.fromisoformat(str(parse_stamp(found["expires_at"]))).timestamp()
            project = found.get("project") or {}
            if not token or not token.isascii() or not token.isprintable() or " " in token:
                raise ValueError("no usable X-Subject-Token")
            return Issued(token, expires_at, parse_project_id(project.get("id")))
        except (ValueError, KeyError, TypeError, AttributeError):
            # not the exception's words: they may quote the answer
            raise Unreachable("iam-bad-answer", status=reply.status) from None
