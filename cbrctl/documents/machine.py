"""What this machine has: credentials, settings, the findings of `doctor`, and the practice cloud."""

from typing import Annotated, TypedDict

from cbrctl.documents.backups import ErrorJson
from cbrctl.documents.values import FILLED, ExitCode, Id, Time


class SourceJson(TypedDict):
    """One set of credentials."""

    source: Annotated[
        str,
        "The place: a family of variables, a profile, a cloud of clouds.yaml or a file; empty where it cannot be told.",
    ]
    kind: Annotated[
        str | None,
        "What proves who asks: token, password, password+code, code, access-key, temporary-key or server; "
        "null where the set is not usable. A later version may say others.",
        FILLED,
    ]
    origin: Annotated[str | None, "What names the secret: a variable, a key of a file, or the keyring.", FILLED]
    identity: Annotated[
        str | None, "Whom it stands for, as far as that is known: user and account, or the access key.", FILLED
    ]
    agency: Annotated[str | None, "The agency that is assumed, and its account.", FILLED]
    expires_at: Annotated[Time | None, "When the token or key at hand ends; null where that is not known, or never."]
    used: Annotated[bool, "Whether it is the one in use."]
    checked: Annotated[bool, "Whether IAM and CBR were asked and took it."]
    error: Annotated[ErrorJson | None, "Why it could not be used; null where it could."]
    iam_endpoint: Annotated[
        str | None,
        "Address of IAM that the secret of the one in use goes to; null of the others, and where it is not known.",
    ]
    endpoint: Annotated[
        str | None, "Address of CBR that the one in use is for; null of the others, and where it is not known."
    ]


class FindingJson(TypedDict):
    """One thing that was looked at."""

    check: Annotated[
        str,
        "What was checked, a name that stays: configuration, clock, tls-cbr and others.",
        {"pattern": "^[a-z]+(-[a-z]+)*$"},
    ]
    state: Annotated[
        str,
        "How it is: ok, warning, error or skipped. A warning does not count for the exit code; skipped is what does "
        "not apply here, or needs something that failed. A later version may say others.",
        FILLED,
    ]
    note: Annotated[
        str, "A fact in English: what is in use and where it came from, or why it was skipped; may be empty."
    ]
    error: Annotated[ErrorJson | None, "What is wrong and what mends it; null where the state is ok or skipped."]


class DoctorJson(TypedDict):
    """What cbrctl doctor found."""

    exit_code: Annotated[
        ExitCode, "That of the worst error among the findings; 0 where there is none, whatever the warnings."
    ]
    findings: Annotated[
        list[FindingJson],
        "What each check found, in the order of the checks; several findings of one check stand together.",
        {"minItems": 1},
    ]


class ExplanationJson(TypedDict):
    """What an error, an exit code or an outcome means."""

    code: Annotated[
        str,
        "What it is called: a code of the service, exit and its number, an outcome, or the name of a message of cbrctl.",
        FILLED,
    ]
    kind: Annotated[str | None, "Its name in the exit table; null where it depends.", FILLED]
    exit_code: Annotated[ExitCode | None, "The exit code that it leads to; null where it depends."]
    what: Annotated[str, "What happened, in English; what a case would fill in is named in capitals.", FILLED]
    why: Annotated[str, "Why; may be empty."]
    fix: Annotated[str, "What to do about it.", FILLED]
    background: Annotated[str, "What more there is to know of it.", FILLED]


class ShadowedValueJson(TypedDict):
    """A value that would be in force otherwise."""

    value: Annotated[str, "The value; the user in an address is shown as ***."]
    origin: Annotated[str, "Where it came from.", FILLED]


class SettingJson(TypedDict):
    """One setting."""

    key: Annotated[str, "Its name, as in a profile.", FILLED]
    value: Annotated[
        str, "The value that is in force; the user in an address, who may have a password, is shown as ***."
    ]
    origin: Annotated[str, "Where it came from: an option, a variable, or profile and a name.", FILLED]
    shadowed: Annotated[list[ShadowedValueJson], "What it hides, strongest first."]


class ConfigJson(TypedDict):
    """Settings and where they come from."""

    profile: Annotated[str, "The profile that was chosen, default where none was.", FILLED]
    path: Annotated[str, "The configuration file; it need not exist.", FILLED]
    items: Annotated[
        list[SettingJson],
        "Of list every setting that is made, of get the one asked for, of set and init those that were written; "
        "none of unset and path.",
    ]


class SandboxJson(TypedDict):
    """Address and credentials of the practice cloud."""

    CBRCTL_ENDPOINT: Annotated[str, "Address of the practice cloud's CBR.", {"pattern": "^http://"}]
    CBRCTL_IAM_ENDPOINT: Annotated[str, "Address of its IAM.", {"pattern": "^http://"}]
    CBRCTL_REGION: Annotated[str, "Its region.", FILLED]
    CBRCTL_PROJECT_ID: Annotated[Id, "The id of its project."]
    CBRCTL_USERNAME: Annotated[str, "The name of its IAM user.", FILLED]
    CBRCTL_PASSWORD: Annotated[str, "That user's password.", FILLED]
    CBRCTL_DOMAIN_NAME: Annotated[str, "The account that the user belongs to.", FILLED]
    ACCESS_KEY: Annotated[str, "An access key that it accepts.", FILLED]
    SECRET_KEY: Annotated[str, "The secret of that access key.", FILLED]
