"""The practice cloud from outside: who may log in there, what it was asked, and what was started in it."""

import json

from cbrctl.sandbox import Cloud
from tests.support import cbr

KEY = {"CBRCTL_ACCESS_KEY": "SANDBOXACCESSKEY0001", "CBRCTL_SECRET_KEY": "sandbox-secret-key-of-no-value-0000000001"}
PASSWORD = "sandbox-password"
NOBODY = {"CBRCTL_USERNAME": "", "CBRCTL_PASSWORD": "", "CBRCTL_DOMAIN_NAME": ""}
"""Empties the variables that the practice cloud's fixture sets."""
AGENCY = {"CBRCTL_AGENCY_NAME": "sandbox-agency", "CBRCTL_AGENCY_DOMAIN_NAME": "sandbox-account"}
MFA = {"CBRCTL_USERNAME": "sandbox-mfa", "CBRCTL_PASSCODE": "123456"}


def asked(cloud: Cloud, path: str = "/v3") -> list[str]:
    """What the practice cloud was asked, without the part that every path of CBR begins with."""
    return [f"{r.method} {r.path.replace(f'/v3/{cbr.PROJECT}', '')}" for r in cloud.requests if r.path.startswith(path)]


def to_iam(cloud: Cloud) -> list[str]:
    """What IAM was asked."""
    return [line for line in asked(cloud) if "/v3" in line]


def started(cloud: Cloud) -> list[str]:
    """What was started beside the demo's own backups."""
    return [c.id for c in cloud.checkpoints.values() if "cbrctl" in c.name + c.description or c.started > cloud.started]


def posts(cloud: Cloud) -> int:
    return sum(r.method == "POST" and r.path.endswith("/checkpoints") for r in cloud.requests)


def cloud_token(cloud: Cloud, environ: dict[str, str]) -> str:
    """A token of the practice cloud, asked for as any client would."""
    import urllib.request

    user = {"name": environ["CBRCTL_USERNAME"], "password": environ["CBRCTL_PASSWORD"]}
    identity = {
        "methods": ["password"],
        "password": {"user": {**user, "domain": {"name": environ["CBRCTL_DOMAIN_NAME"]}}},
    }
    body = {"auth": {"identity": identity, "scope": {"project": {"id": environ["CBRCTL_PROJECT_ID"]}}}}
    url = environ["CBRCTL_IAM_ENDPOINT"] + "/v3/auth/tokens"
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return str(answer.headers["X-Subject-Token"])
