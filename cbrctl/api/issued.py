"""What IAM issues for a while, and how its answers and what was kept of them are read (service.md 8)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from cbrctl.api.error_bodies import parse_json
from cbrctl.api.transport import Reply
from cbrctl.durations import parse_stamp
from cbrctl.errors import Unreachable
from cbrctl.ids import parse_project_id
from cbrctl.machine.secrecy import find_odd_character, hide, is_secret, remember
from cbrctl.phrases import Phrase


class Issued(NamedTuple):
    """A token and what it is good for."""

    token: str
    expires_at: float
    """Seconds since the epoch."""
    project_id: str | None
    user: str = ""
    """Name of the user and of the account, for people."""
    domain_id: str = ""
    """Account of the user."""
    project_name: str = ""

    def __repr__(self) -> str:
        """Show its end, never the token."""
        return f"Issued(until {self.expires_at:.0f})"


class Keys(NamedTuple):
    """An access key to sign with; for a while where it has a security token."""

    access_key: str
    secret_key: str
    security_token: str = ""
    expires_at: float = 0.0
    """Seconds since the epoch; 0 where it is not known, or never."""

    def __repr__(self) -> str:
        """Show which, never its secret."""
        return f"Keys({self.access_key})"


class KnownProject(NamedTuple):
    """What a project's name stands for, and how long that is believed, in seconds since the epoch."""

    project_id: str
    expires_at: float


def read_keys(body: bytes) -> Keys:
    """Read keys for a while, of IAM or of a cloud server's metadata. Raises Unreachable where there are none."""
    try:
        found = parse_json(body)["credential"]
        keys = check_keys(
            {
                "access_key": found["access"],
                "secret_key": found["secret"],
                "security_token": found["securitytoken"],
                "expires_at": datetime.fromisoformat(str(parse_stamp(found["expires_at"]))).timestamp(),
            }
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unreachable("keys-bad-answer") from None
    return keys


def check_keys(values: Mapping[str, Any]) -> Keys:
    """Make keys of values that come from outside. Raises ValueError, KeyError, TypeError."""
    keys = Keys(values["access_key"], values["secret_key"], values["security_token"], _read_end(values))
    if not all(isinstance(text, str) and text and find_odd_character(text) is None for text in keys[:3]):
        raise ValueError("no usable keys")
    remember(keys.secret_key)
    remember(keys.security_token)
    return keys


def check_token(values: Mapping[str, Any]) -> Issued:
    """Make a token of values that were kept. Raises ValueError, KeyError, TypeError."""
    token, project_id = values["token"], values["project_id"]
    if not isinstance(token, str) or not token or find_odd_character(token) is not None:
        raise ValueError("no usable token")
    remember(token)
    if project_id is not None and parse_project_id(project_id) != project_id:
        raise ValueError("no project id")
    user, domain_id, project_name = (str(values.get(name, "")) for name in ("user", "domain_id", "project_name"))
    return Issued(token, _read_end(values), project_id, hide(user), _keep(domain_id), _keep(project_name))


def check_project(values: Mapping[str, Any]) -> KnownProject:
    """Make a project of values that were kept. Raises ValueError, KeyError, TypeError."""
    if parse_project_id(values["project_id"]) != values["project_id"]:
        raise ValueError("no project id")
    return KnownProject(values["project_id"], _read_end(values))


def _read_end(values: Mapping[str, Any]) -> float:
    """Return the end of what was issued, in seconds since the epoch. ValueError for what is no moment of this century."""
    end = values["expires_at"]
    if isinstance(end, bool) or not isinstance(end, int | float) or not 0 < end < 4e9:
        raise ValueError("no end")
    return float(end)


def _keep(text: object) -> str:
    """Return a name or an id as it may be kept: nothing of one that repeats a secret."""
    return text if isinstance(text, str) and hide(text) == text else ""


def read_token(reply: Reply, token: str) -> Issued:
    """Return a token as an answer describes it. Raises Unreachable where that is no description."""
    try:
        found = parse_json(reply.body)["token"]
        expires_at = datetime.fromisoformat(str(parse_stamp(found["expires_at"]))).timestamp()
        project, user = found.get("project") or {}, found.get("user") or {}
        if not token or find_odd_character(token) is not None:
            raise ValueError("no usable X-Subject-Token")
        remember(token)
        domain, project_id = user.get("domain") or {}, parse_project_id(project.get("id"))
        if project_id and is_secret(project_id):  # it would stand in every address
            raise ValueError("no project id")
        name, account = (hide(str(part)) if part else "" for part in (user.get("name"), domain.get("name")))
        who = Phrase("{name} of {account}", name=name, account=account) if name and account else name or account
        return Issued(token, expires_at, project_id, who, _keep(domain.get("id")), _keep(project.get("name")))
    except (ValueError, KeyError, TypeError, AttributeError):
        # not the exception's words: they may quote the answer
        raise Unreachable("iam-bad-answer", status=reply.status) from None
