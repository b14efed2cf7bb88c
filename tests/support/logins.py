"""Logins as a test scripts them: a user, what IAM answers, and where tokens come and go."""

import os
import time
from pathlib import Path
from typing import Any

from tests.support import cbr
from tests.support.program import Run
from tests.support.scripted import Answer, Scripted

LOGIN, ASK_IAM, VAULT_LIST = "POST /v3/auth/tokens", "GET /v3/auth/tokens", rf"GET /v3/{cbr.PROJECT}/vaults"
SECRET = 'CANARY-p"a\\ss wörd-7Q'
SUBJECT = "CANARY-subject-token-with-forty-characters"
USER = {"CBRCTL_TOKEN": "", "CBRCTL_USERNAME": "joe", "CBRCTL_PASSWORD": SECRET, "CBRCTL_DOMAIN_NAME": "acme"}
"""An IAM user; the token that the fixture sets is emptied, and an empty variable counts as unset."""


def stamp(seconds: float) -> str:
    """A time from now, as IAM writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.701000Z", time.gmtime(time.time() + seconds))


def described(
    project: Any = "4229d7a45436489f8c3dc2b1d35d4987", lasts: float = 86400, name: str = "cn-north-4"
) -> dict[str, Any]:
    """IAM's description of a token (service.md 8.1)."""
    scope = {"project": {"id": project, "name": name}} if project else {"domain": {"id": "d", "name": "acme"}}
    return {
        "token": {"expires_at": stamp(lasts), "issued_at": stamp(0), "methods": ["password"], "catalog": [], **scope}
    }


def issued(token: str = SUBJECT, **more: Any) -> Answer:
    """A login that went well."""
    return Answer(201, described(**more), {"X-Subject-Token": token})


def serve_cbr(scripted: Scripted) -> None:
    """A CBR that takes a backup and has no vaults."""
    scripted.on(cbr.POST, cbr.posted())
    scripted.on(VAULT_LIST, {"vaults": [], "count": 0})


def tokens_used(scripted: Scripted) -> list[str]:
    """The token of each request to CBR."""
    return [a.headers.get("x-auth-token", "-") for a in scripted.asked if a.path.startswith(f"/v3/{cbr.PROJECT}/")]


BAD_TOKENS = {
    "a blank in it": ("abc def", 4),
    "a blank at its end": ("abcdef ", 7),
    "a line end in it": ("abc\ndef", 4),
    "a carriage return": ("abc\rX-Evil: 1", 4),
    "a header behind it": ("abc\r\nX-Evil: 1", 4),
    "a tab": ("\tabc", 1),
    "a control": ("abc\x1b[31m", 4),
    "DEL": ("abc\x7f", 4),
    "Chinese": ("abc中", 4),
    "a byte that is no text": ("abc\udcff", 4),
    "quotes of Word": ("“abc”", 1),
}


def run_home(run: Run) -> Path:
    """The home of the child: that of the test."""
    return Path(os.environ["HOME"])


def cache_files(home: Path) -> list[Path]:
    """The tokens that are kept under a folder."""
    return [path for path in home.rglob("token-*.json") if path.is_file()]


SESSION, SECURITY_KEY = "PUT /meta-data/latest/api/token", "GET /openstack/latest/securitykey"
