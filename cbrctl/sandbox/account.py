"""The fixed, obviously fake account: who may log in, to which projects, with which keys."""

from dataclasses import dataclass

REGION = "cn-north-4"
# The project of the create-checkpoint page's example answer.
PROJECT_ID = "4229d7a45436489f8c3dc2b1d35d4987"
DOMAIN_NAME = "sandbox-account"
DOMAIN_ID = "5a4db0c0d0a1400000000000000000d1"
USERNAME = "sandbox-user"
USER_ID = "5a4db0c0d0a1400000000000000000a1"
PASSWORD = "sandbox-password"  # noqa: S105 -- a practice password, printed by `sandbox serve`
MFA_USERNAME = "sandbox-mfa"
MFA_USER_ID = "5a4db0c0d0a1400000000000000000a2"
MFA_PASSCODE = "123456"
AGENCY_NAME = "sandbox-agency"
AGENCY_ID = "5a4db0c0d0a1400000000000000000b1"
ACCESS_KEY = "SANDBOXACCESSKEY0001"
SECRET_KEY = "sandbox-secret-key-of-no-value-0000000001"  # noqa: S105 -- as above


@dataclass(frozen=True)
class User:
    """An IAM user: names and ids as the token body shows them."""

    id: str
    name: str
    needs_passcode: bool = False


@dataclass(frozen=True)
class Project:
    """A project of the account; its name is the region's, or region_name for a sub-project."""

    id: str
    name: str
    description: str = ""


USERS = (User(USER_ID, USERNAME), User(MFA_USER_ID, MFA_USERNAME, needs_passcode=True))
AGENCY_USER = User(AGENCY_ID, f"{DOMAIN_NAME}/{AGENCY_NAME}")

# The object storage's pseudo project stands in every real list; a client has to skip it (OTCIAM project_management).
PROJECTS = (
    Project(PROJECT_ID, REGION),
    Project("4229d7a45436489f8c3dc2b1d35d4988", f"{REGION}_practice", "a sub-project without vaults"),
    Project("4229d7a45436489f8c3dc2b1d35d4989", "MOS"),
)


def find_user(identity: dict[str, object]) -> User | None:
    """The user that an identity names: by id, or by name together with the account's name or id."""
    for user in USERS:
        if identity.get("id") == user.id:
            return user
        domain = identity.get("domain")
        if identity.get("name") == user.name and isinstance(domain, dict) and is_domain(domain):
            return user
    return None


def is_domain(wanted: dict[str, object]) -> bool:
    """Whether {"name": ..} or {"id": ..} is the practice account."""
    return wanted.get("name") == DOMAIN_NAME or wanted.get("id") == DOMAIN_ID


def find_project(wanted: dict[str, object]) -> Project | None:
    """The project of {"id": ..} or {"name": ..}; a name needs no account beside it."""
    for project in PROJECTS:
        if wanted.get("id") == project.id or ("id" not in wanted and wanted.get("name") == project.name):
            return project
    return None
