"""What the manual says beyond the command tree: output, exit codes, variables, files. Plain text, no markup."""

from collections.abc import Iterable

from cbrctl.config.profiles import KEYS
from cbrctl.config.settings import ECOSYSTEM, own_variable
from cbrctl.errors import BY_KIND, KINDS, OUTCOMES, Interrupted
from cbrctl.phrases import Phrase, join, list_names

DESCRIPTION = (
    "cbrctl starts backups of Huawei Cloud CBR (Cloud Backup and Recovery) vaults, follows them to their end, and says "
    "with its exit code how they ended: of a backup that was followed to its end, 0 is given only when every wanted "
    "resource has an available copy.",
    "A backup costs money, is kept for ever unless told otherwise, and cannot be cancelled. cbrctl never sends one "
    "twice by itself. --dry-run shows what would be sent, and --sandbox runs what asks the service against a practice cloud "
    "that needs no account and no network.",
)

COMMANDS = (
    "Each has a page of its own. Options stand behind the command they belong to; those that many commands take are under "
    "COMMON OPTIONS."
)

COMMON = {
    "Display": "Every command takes these.",
    "Connection": "Commands that talk to the service take these as well; --sandbox goes before all others.",
}

TAKEN = {
    1: "It takes the display options of cbrctl(1).",
    2: "It takes the display and connection options of cbrctl(1).",
}
"""By how many of these groups a command takes whole."""

OUTPUT = ("Standard output carries the result and nothing else. Progress, warnings and errors go to standard error.",)

FORMATS = {
    "table": "A table on a terminal. In a pipe tab-separated lines under one header, nothing cut, times in UTC. "
    "A backup has one row a resource, skipped ones included.",
    "json": "One document. There is one on errors and signals too.",
    "jsonl": "One object a line, written at once, each with type and ts. The last line has the type result.",
    "id": "Of a backup each checkpoint id as soon as it is accepted, however it ends; of a list the ids of its rows; "
    "of cbrctl history op ids.",
}

AFTER_FORMATS = (
    "The JSON documents carry a schema, like cbrctl.backup/v1: fields and values may be added, none is renamed or "
    "removed. cbrctl schema prints their definitions.",
    "--query prints what a JMESPath expression finds in the document, which needs no pipe and keeps the exit code. A text is "
    "printed without quotes, control characters as \\u{…}, anything else as JSON; what is not there is null. An expression "
    "that cannot be read is exit 2 before anything is done; one that does not fit the document is a warning, and the "
    "document is printed whole.",
)

DOCUMENTS_INTRO = (
    "Of a key that stands in another both are named: vault.id. Behind [] stands a key of each entry of an array. A list "
    "has its rows under items. Times are RFC 3339 in UTC."
)

EXIT_SHORT = (
    "0: done as asked. 2: wrong option or argument, nothing was sent. 3: partial. 4: failed. 5: still running. 6: not known "
    "whether it was started. 7: not reached. 8: throttled. 10: not found. 11: busy. 12: not allowed. 13: full. 14: refused. "
    "15: a file of this machine. 129, 130, 143: a signal."
)
EXIT_PAGE = "cbrctl-exit-codes(7) has every code, and whether it is worth running again."
EXIT_INTRO = (
    "The exit code alone says how a run ended, so that cron, a pipeline or a scheduler can decide without reading texts. The "
    "documents of -o json have it as exit_code, and its name as kind of an error.",
    "Only 0 is success. More codes may come: a code that is not listed is a failure.",
)

_OUTCOMES = {
    "completed": "Every wanted resource has an available copy.",
    "accepted": "The service has accepted the backup, and --no-wait follows none.",
    "skipped": "The vault was busy, and --if-busy skip does without.",
    "planned": "What --dry-run would send.",
    "partial": "Some resources failed or were skipped.",
    "failed": "All of them failed, or the checkpoint was deleted on the way.",
    "pending": "A backup that was started goes on, and is not followed any more; the code says why.",
    "unknown": "Whether it was started is not known; the code says why.",
    "refused": "The service refused it.",
    "error": "Nothing was started.",
}
OUTCOMES_INTRO = "How the backup of one vault ended, as outcome in the documents, and the codes that each may have:"

_RANKS = ", ".join(str(kind.exit_code) for kind in KINDS.values() if kind.name not in ("usage", "signal"))
WORST = (
    Phrase(
        "A run of many vaults ends with the code of its worst backup. From the mildest to the worst they are "
        "0, {ranks}. A signal's code goes before all of them; the entries of the document keep their own.",
        ranks=_RANKS,
    ),
    "cbrctl check ends with 3 where some resources have no good copy, with 4 where none has, and never with 0 where the lists "
    "could not be read whole.",
)

AGAIN = {
    "failed": "Worth a new run.",
    "pending": "cbrctl wait or cbrctl resume follows it.",
    "unknown": "Worth running again: the next run settles it first. cbrctl resume settles it alone.",
    "unreachable": "Worth running again where nothing was sent; otherwise cbrctl wait follows the backup.",
    "throttled": "Worth running again.",
    "busy": "Worth running again later.",
}
"""What to do about a code, for those where there is something; the others say it in their message."""

ENVIRONMENT_INTRO = (
    "An option goes before a CBRCTL_ variable, that before the profile chosen with --profile or CBRCTL_PROFILE, that "
    "before the other tools' variables, and these before the profile named default. An empty variable counts as unset.",
)

_SETTINGS = {
    "region": "Region, like cn-north-4.",
    "project_id": "Project; otherwise it is asked from IAM.",
    "project_name": "Name of the project that is asked for. The default is the region.",
    "enterprise_project_id": "Enterprise project.",
    "endpoint": "Address of CBR, scheme and host. Plain http is accepted for loopback only.",
    "iam_endpoint": "Address of IAM, scheme and host, with or without /v3. The default is the one beside the credentials, "
    "else the region's. Without an address of its own CBR is beside that IAM: iam.X has cbr.X.",
    "cloud_domain": "Domain of a partner's cloud, whose regions are at cbr.REGION.DOMAIN and iam.REGION.DOMAIN.",
    "ca_bundle": "File with the certificates to trust.",
    "proxy": "Proxy for https. The default is the system's https_proxy and no_proxy.",
}

_OTHERS = {
    ("CBRCTL_PROFILE",): "Profile of the configuration.",
    ("CBRCTL_TOKEN", "CBRCTL_TOKEN_FILE", "HW_AUTH_TOKEN", "OS_AUTH_TOKEN", "OS_TOKEN"): "An IAM token, or the file "
    "that holds it. Credentials come as one set from one place and are never mixed; cbrctl auth status shows the order.",
    ("CBRCTL_USERNAME", "CBRCTL_USER_ID", "HW_USER_NAME", "HW_USER_ID", "OS_USERNAME", "OS_USER_ID"): "The IAM user, "
    "by name or id.",
    ("CBRCTL_PASSWORD", "CBRCTL_PASSWORD_FILE", "HW_USER_PASSWORD", "OS_PASSWORD"): "The user's password, or the file "
    "that holds it. One newline at the end of the file is dropped; a file that others can write is refused.",
    ("CBRCTL_PASSCODE", "OS_PASSCODE"): "The one-time code of a user with login protection. It serves one login; the token "
    "is kept for the day.",
    (
        "CBRCTL_DOMAIN_NAME", "CBRCTL_DOMAIN_ID", "HW_DOMAIN_NAME", "HW_DOMAIN_ID",
        "OS_USER_DOMAIN_NAME", "OS_DOMAIN_NAME", "OS_USER_DOMAIN_ID",
    ): "The account that the user belongs to, by name or id.",
    ("CBRCTL_ACCESS_KEY", "HUAWEICLOUD_SDK_AK", "HW_ACCESS_KEY", "OS_ACCESS_KEY"): "An access key. Requests are signed with it.",
    ("CBRCTL_SECRET_KEY", "CBRCTL_SECRET_KEY_FILE", "HUAWEICLOUD_SDK_SK", "HW_SECRET_KEY", "OS_SECRET_KEY"): "Its secret, or "
    "the file that holds it. It never leaves this machine.",
    ("CBRCTL_SECURITY_TOKEN", "HUAWEICLOUD_SDK_SECURITY_TOKEN", "HW_SECURITY_TOKEN", "OS_SECURITY_TOKEN"): "The security token "
    "of a temporary access key.",
    ("CBRCTL_AGENCY_NAME", "HW_ASSUME_ROLE_AGENCY_NAME", "OS_AGENCY_NAME"): "An agency to assume with these credentials.",
    ("CBRCTL_AGENCY_DOMAIN_NAME", "HW_ASSUME_ROLE_DOMAIN_NAME", "OS_AGENCY_DOMAIN_NAME"): "The account that it belongs to.",
    ("CBRCTL_CREDENTIAL_SOURCE",): "metadata: the agency of the cloud server that cbrctl runs on.",
    ("CBRCTL_METADATA_ENDPOINT",): "Address of the metadata service instead of http://169.254.169.254; on this machine, or https.",
    ("HUAWEICLOUD_SDK_IAM_ENDPOINT", "HW_AUTH_URL", "OS_AUTH_URL"): "Address of IAM, each for the credentials of its own "
    "family alone.",
    ("OS_CLOUD",): "A cloud of clouds.yaml: its credentials, and its region, project and IAM. OS_REGION_NAME chooses among "
    "its regions.",
    ("OS_AUTH_TYPE",): "Which of OpenStack's variables count: password, token or totp, or their v3 forms.",
    ("OS_APPLICATION_CREDENTIAL_ID",): "Only to say that credentials of an application are none that IAM takes.",
    ("OS_CLIENT_CONFIG_FILE",): "Another clouds.yaml than those under FILES. The folder of work is not searched.",
    ("HUAWEICLOUD_SDK_CREDENTIALS_FILE",): "Another file than ~/.huaweicloud/credentials.",
    ("CBRCTL_CONFIG_DIR", "CBRCTL_CACHE_DIR", "CBRCTL_STATE_DIR"): "Folders to use instead of those under FILES.",
    ("CBRCTL_OUTPUT",): "The output format, where --output is not given.",
    ("CBRCTL_LANG", "LC_ALL", "LC_MESSAGES", "LANG"): "The language of what people read, the first that is set.",
    ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR"): "Whether there is colour, under --color auto.",
    ("TERM",): "dumb is for screen readers: no colour, nothing that moves, no rules; a line for each change instead of bars.",
}  # fmt: skip

FILES = {
    "~/.config/cbrctl/config.toml": Phrase(
        "Profiles, as tables [profiles.NAME] with the keys {keys}. No secret stands there. It has to be yours, and readable by "
        "you alone; cbrctl config writes it so.",
        keys=list_names(KEYS),
    ),
    "~/.local/state/cbrctl/journal.db": "The journal of what this machine sent, which cbrctl history shows.",
    "~/.cache/cbrctl/": "Tokens, for the next run of the same user and project, and the names that runs have seen, "
    "for completion. It may be removed at any time.",
    "~/.config/openstack/clouds.yaml, /etc/openstack/clouds.yaml": "Clouds of OpenStack's clients, for OS_CLOUD; a "
    "secure.yaml beside one is read too.",
    "~/.huaweicloud/credentials": "The file of the vendor's clients; of its section [basic] the access key is used, where "
    "nothing else names credentials.",
}

FILES_NOTE = "On macOS they are in ~/Library: Application Support and Caches."

SEE_ALSO = ("crontab(5)", "xargs(1)")

CONSOLE = "The API is described at https://support.huaweicloud.com/intl/en-us/api-cbr/."


def exit_codes() -> list[tuple[str, str, str]]:
    """Return the exit table: code, name, meaning. The meanings stand at the error classes."""
    rows = [("0", "ok", "It is done, accepted (--no-wait) or planned (--dry-run).")]
    for kind, error in sorted(BY_KIND.items(), key=lambda item: item[1].exit_code):
        meaning = "A bug." if kind == "internal" else " ".join((error.__doc__ or "").split())
        rows.append((str(error.exit_code), kind, join([Phrase(meaning), Phrase(AGAIN.get(kind, ""))])))
    signals = ", ".join(f"{stop.exit_code} ({stop.name})" for stop in map(Interrupted, (1, 2, 15)))
    rows.append((signals, "signal", "Ended by a signal. What was sent and what goes on is said."))
    return rows


def outcomes() -> list[tuple[str, str]]:
    """Return the outcomes of a backup, with their meaning and their codes."""
    return [(name, join([Phrase(_OUTCOMES[name]), _list_codes(codes)])) for name, codes in OUTCOMES.items()]


def _list_codes(codes: Iterable[int]) -> str:
    return Phrase("Exit codes: {codes}.", codes=list_names(map(str, sorted(codes))))


def variables() -> list[tuple[tuple[str, ...], str]]:
    """Return the variables that are read: the names, the first one going first, and what they mean."""
    settings = [((own_variable(key), *others), _SETTINGS[key]) for key, others in ECOSYSTEM.items()]
    return [*settings, *_OTHERS.items()]
