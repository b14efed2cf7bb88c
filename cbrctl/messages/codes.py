"""What the error codes of the service mean, for people: which kind of trouble, why, and what to do.

Sources: the error codes of the API page CreateCheckpoint and the tables of `service.md`: 7.2 (the codes of that
page), 7.3 (BackupService), 7.4 (the gateway, APIGW) and 7.5 (IAM). The kinds are names of the exit table in
`contract.md`. Only the code decides, never the HTTP status: 0002 and 9998 come with a 500.
"""

import re
from functools import cache
from typing import NamedTuple


class Code(NamedTuple):
    """What one error code means; the texts are English, one sentence each."""

    kind: str
    """Name in the exit table: busy, capacity, not-found, auth, throttled or refused."""
    why: str
    """What it means."""
    fix: str
    """What to do about it."""


# Each entry is two lines: the kind, its codes and what they mean; then what to do.

# service.md 7.2 and the first table of 7.3, and what a list, a wait or a task can meet besides
_BACKUP_SERVICE = """
busy 0001: Nothing in the vault can be backed up now, often because all of it is being backed up already.
  See cbrctl task list for what is running and cbrctl vault show VAULT for the resources, then run again later.
busy 0002: The resources are being backed up already.
  Wait until that backup has ended (cbrctl task list shows it), then run again.
busy 1001 6125 6203: A backup of this vault is already running.
  Wait until that backup has ended (cbrctl task list shows it), then run again.
busy 2002: The resource is being backed up already.
  Wait until that backup has ended (cbrctl task list shows it), then run again.
busy 2010: The resource is being restored from a backup.
  Wait until the restore has ended (cbrctl task list shows it), then run again.
busy 6130: The copies of this vault are being replicated to another place.
  Wait until the replication has ended (cbrctl task list shows it), then run again.
busy 6134: Resources are being taken out of the vault.
  Wait a few minutes, see with cbrctl vault show VAULT whether that is done, then run again.
busy 7200: A cloud database is being backed up already.
  Wait until that backup has ended (cbrctl task list shows it), then run again.
capacity 6114: The vault is full: its backups use more than its size.
  Enlarge the vault or delete old copies, then run again.
capacity 6142: Every vault is full.
  Enlarge a vault or delete copies that are no longer needed, then run again.
not-found 6105: There is no such vault in this project and region.
  Check --vault against cbrctl vault list, and that project and region are the right ones.
not-found 6200: There is no such copy.
  Check the ID against cbrctl copy list; the copy may have been deleted.
not-found 6217: There is no such checkpoint.
  Check the checkpoint ID; the checkpoint may have been deleted.
not-found 6302: The resource does not exist.
  If it was deleted, take it out of the vault; otherwise check --resource against cbrctl vault show VAULT.
not-found 6500 6501: There is no such task.
  Check the ID against cbrctl task list.
not-found 7000: The disk does not exist.
  If it was deleted, take it out of the vault; otherwise check --resource against cbrctl vault show VAULT.
not-found 7100: The server does not exist.
  If it was deleted, take it out of the vault; otherwise check --resource against cbrctl vault show VAULT.
auth 8600: The account is not verified with its owner's real name.
  Complete the real-name verification of the account in the console, then run again.
auth 9998: The service did not accept the credentials.
  Check user, password and account, or take a new token.
refused 6102: The vault does not accept this type of resource.
  Use a vault made for this type of resource; cbrctl vault list shows the vaults there are.
refused 6112: The vault's status is not valid for this request.
  See the status with cbrctl vault show VAULT: lock passes by itself, frozen means that a bill is unpaid.
refused 6113: The vault's status does not allow a backup.
  See the status with cbrctl vault show VAULT: lock passes by itself, frozen means that a bill is unpaid.
refused 6124: A vault of this type cannot back anything up; it holds replicated copies.
  Use the vault that protects the resource; cbrctl vault list shows the vaults there are.
refused 6126: The vault may not take backups of databases.
  Use a vault made for databases, or name only the other resources with --resource.
refused 6135: The resource does not belong to this vault.
  See with cbrctl vault show VAULT what the vault protects and correct --resource or --vault, or add the resource to it.
refused 6137: A server's disk cannot be in several vaults.
  Keep the disk in one vault, take it out of the others, then run again.
refused 6215: The resource's status does not allow a backup.
  See in the console what the resource is doing, wait until it works normally, then run again.
refused 6300: The resource's type does not fit the kind of backup asked for.
  Use a vault made for this type of resource; if it is one, ask support and give the request ID.
refused 6301: The service does not know the kind of backup asked for.
  Check --vault against cbrctl vault list; if it is right, ask support and give the request ID.
refused 7001: Disks on dedicated storage cannot be backed up.
  Take the disk out of the vault, or name only the other resources with --resource.
refused 7002: SCSI disks cannot be backed up.
  Take the disk out of the vault, or name only the other resources with --resource.
refused 7003: The disk's status does not allow a backup.
  See in the console what the disk is doing, wait until it works normally, then run again.
refused 7004: The service does not allow this disk to be backed up.
  Ask support for the reason; meanwhile name only the other resources with --resource.
refused 7007: The disk was made too long ago to be backed up.
  Move the data to a new disk and add that one to the vault.
refused 7101: The server's status does not allow a backup.
  See in the console what the server is doing, wait until it works normally, then run again.
refused 7102: The server is stopped.
  Start the server, then run again.
refused 7103: The service does not allow this server to be backed up.
  Ask support for the reason; meanwhile name only the other resources with --resource.
refused 7104: Servers with SCSI disks cannot be backed up.
  Detach the SCSI disks from the server and run again, or name only the other resources with --resource.
refused 7105: The server's disks are on different kinds of storage, so they cannot be backed up together.
  Ask support what to change; meanwhile name only the other resources with --resource.
refused 7106: Shared disks cannot be backed up.
  Leave the shared disks out of the backup, or name only the other resources with --resource.
refused 7107: The server has too many shared disks.
  Leave shared disks out of the backup, or name only the other resources with --resource.
refused 7108: The server has no disk that could be backed up.
  Attach a disk to the server, or take the server out of the vault.
refused 7109: Bare metal servers cannot be backed up here.
  Take the server out of the vault, or name only the other resources with --resource.
refused 7111: Servers with disks on dedicated storage cannot be backed up.
  Detach those disks from the server and run again, or name only the other resources with --resource.
refused 7113: Local disks of bare metal servers cannot be backed up.
  Leave the local disks out of the backup, or name only the other resources with --resource.
refused 8300: The number of snapshots allowed is used up.
  Ask for a higher quota or delete snapshots that are no longer needed, then run again.
refused 9900: The service did not accept a value in the request.
  Check --vault, --resource, --name and --description; the service's message may say which value it means.
refused 9910: The service had an unknown fault of its own.
  See with cbrctl task list whether a backup started; if none did, run again, and ask support if it happens again.
"""

# service.md 7.4; 0202 and 0203 from the vendor's API Gateway manual, which lists them for the 502 and 504 of 0201
_GATEWAY = """
refused 0101: The address does not offer this function in this region.
  Check --region and --endpoint; the service may not be offered in that region.
refused 0103: The gateway found no service behind this address.
  Check --region and --endpoint; if they are right, run again later or ask support.
refused 0104 0105 0106: The gateway has no valid definition for this request.
  Check --region and --endpoint; if they are right, ask support and give the request ID.
refused 0201: The request was invalid or too large, or the service behind the gateway did not answer.
  See with cbrctl task list whether a backup started; if none did, check the values given and run again.
refused 0202 0203: The service behind the gateway could not be reached or did not answer in time.
  See with cbrctl task list whether a backup started; if none did, run again after some minutes.
auth 0301: The token or access key was not accepted.
  Log in again, and check this machine's clock.
auth 0302 0304 0306: The user is not allowed to call this service.
  Ask the account's administrator for the permission, or log in as another user.
auth 0303 0305 0311: The credentials of the request were not accepted.
  Check user, password and account, or take a new token.
auth 0307: The token has to be renewed, or it belongs to another region.
  Check that the region is the right one, then log in again.
throttled 0308: The service received too many requests in a short time.
  Wait some minutes, then run again with fewer commands at the same time.
auth 0310: The project is not available.
  Check project and region, and in the console whether the project can be used.
auth 0401 0402 0404: Calls from this address or account are blocked.
  Ask the account's administrator to allow this address and account.
refused 0501 0502: The gateway takes no more calls from this caller.
  Ask the account's administrator or support whether the number of calls is used up or access is suspended.
refused 0601 0605 0606 0608 0609 0611 0612: The gateway had a fault of its own.
  See with cbrctl task list whether a backup started; if none did, run again after some minutes.
refused 0602 0607: The gateway could not make sense of the request.
  Check --endpoint; if it is right, ask support and give the request ID.
refused 0610: The gateway could not reach the service behind it.
  See with cbrctl task list whether a backup started; if none did, run again after some minutes.
refused 0613: The gateway could not reach the login service.
  Wait some minutes, then run again.
refused 0705: The gateway could not pass the request on.
  See with cbrctl task list whether a backup started; if none did, run again after some minutes.
auth 0801 0802: The service may not be used from this address or in this region.
  Check that the region is the right one; if it is, ask the account's administrator for access.
"""

# service.md 7.5; which of 1101 to 1109 means what: error codes of the IAM API reference
_IAM = """
auth 0001: The login service did not accept the credentials.
  Check user, account and password or access key, then log in again.
auth 0002 0003: The user is not allowed to do this.
  Ask the account's administrator for the permission that is missing.
not-found 0004: What was asked for does not exist in this account.
  Check the names of account, user, project and region.
auth 0005: The request clashes with another change that was made at the same time.
  Wait some minutes, then run again.
auth 0006: The login service had a fault of its own.
  Wait some minutes, then run again, and ask support if it happens again.
auth 0007 0011 1101 1102 1103: The login service did not accept a value in the request.
  Check the names of account, user, project and region.
throttled 0012: The login service received too many requests in a short time.
  Wait some minutes, then run again with fewer commands at the same time.
auth 0020: The login service of this region has a fault and was moved to another region.
  Wait some minutes, then run again, and ask support if it happens again.
auth 0061: The user is locked.
  Wait until the lock has ended or ask the account's administrator, and check the password before running again.
auth 0062: The password is wrong.
  Log in again; after several wrong passwords the user may be locked.
auth 0063 0067: The token was not accepted.
  Log in again.
auth 0064: The token does not carry the permission that is needed.
  Ask the account's administrator for the permission, then log in again.
auth 0066: The token has expired.
  Log in again.
auth 0080: The user of this access key is disabled.
  Ask the account's administrator to enable the user, or log in as another one.
auth 0081: The user may use the console only.
  Ask the account's administrator to allow the user access by programs, or use another user.
auth 0082: The user is disabled.
  Ask the account's administrator to enable the user, or log in as another one.
auth 0083: The user may not use this region.
  Check that the region is the right one; if it is, ask the account's administrator for access.
auth 1061: The one-time code is wrong or too old.
  Log in again and a new code.
auth 1104 1107: The access key is blocked or switched off.
  Ask the account's administrator to enable it, or create a new one and log in again.
auth 1105: The access key has expired.
  Create a new access key and log in again.
auth 1106: The user of this access key does not exist.
  Create an access key for a user that exists and log in again.
auth 1108: The temporary access key has expired.
  Get a new temporary access key and log in again.
auth 1109: The project was not found.
  Check project and region.
"""

# "The rest, short" of service.md 7.3: the codes that say "does not exist"; the others there are refusals
_MISSING = frozenset(f"BackupService.{number}" for number in (4001, 6000, 6402, 6601, 6705, 7202))


def _read(service: str, table: str) -> dict[str, Code]:
    """One table above as a dictionary by normalised code."""
    found: dict[str, Code] = {}
    lines = table.strip().splitlines()
    for first, fix in zip(lines[::2], lines[1::2], strict=True):
        head, why = first.split(": ", 1)
        kind, *numbers = head.split()
        entry = Code(kind, why, fix.strip())
        found.update((f"{service}.{number}", entry) for number in numbers)
    return found


@cache
def read_codes() -> dict[str, Code]:
    """All entries by normalised code; read when the first is asked for, since most runs meet none."""
    return _read("BackupService", _BACKUP_SERVICE) | _read("APIGW", _GATEWAY) | _read("IAM", _IAM)


_REFUSING = ("01", "03", "04", "05", "08")
"""Groups of gateway codes that are said before a request is passed on; 02, 06 and 07 speak of what is behind it."""
_INSIDE = (1006, 4004, 4005, 4006, 4007, 6132, 6138, 6139, *range(6207, 6215), 7009, 8400, 9910)
_SERVER_FAULTS = ("IAM.0006", *(f"BackupService.{number}" for number in _INSIDE))
"""Codes of faults inside the service (500 in service.md 7.3 and 7.5)."""


def leaves_open(code: str) -> bool:
    """Return whether a normalised code, in the answer to a POST, leaves open whether it was carried out (service.md 11)."""
    service, _, number = code.partition(".")
    return number[:2] not in _REFUSING if service == "APIGW" else code in _SERVER_FAULTS


_PATTERN = r"(?:([A-Za-z][A-Za-z0-9_-]{0,31})\.)?([0-9]{4,8})"
_SERVICES = {"backupservice": "BackupService", "apigw": "APIGW", "apig": "APIGW", "iam": "IAM"}


def normalise(code: object) -> str | None:
    """The code as ``Service.NNNN``, or None for what is no error code of a service (service.md 7.1, 7.2).

    Four digits alone, as text or as a number from 1000 to 9999, are a BackupService code: the API page prints them so.
    Smaller numbers and texts of three digits are HTTP statuses (Keystone sends 401) and give None; ``1`` is not 0001.
    ``APIG.`` becomes ``APIGW.``; the names of services known here are taken in any case, those of others stay as is.
    """
    if isinstance(code, int):
        return f"BackupService.{int(code)}" if 1000 <= code <= 9999 else None
    if not isinstance(code, str) or len(code) > 64:
        return None
    match = re.fullmatch(_PATTERN, code.strip())
    if match is None:
        return None
    service, number = match.groups()
    if service is None:
        return f"BackupService.{number}" if len(number) == 4 else None
    return f"{_SERVICES.get(service.lower(), service)}.{number}"


def find(code: str | None) -> Code | None:
    """What a normalised code means; None for None and for a code without a text (service.md 7.2 to 7.5)."""
    return None if code is None else read_codes().get(code)


def classify(code: str | None) -> str | None:
    """The kind of any normalised code; None for None and for a service that is not known (contract.md, exit codes).

    Without an entry: BackupService is refused unless it says that something does not exist; the gateway's groups 03
    (credentials), 04 (black and white lists) and 08 (address and region) are auth, its others refused; IAM is auth.
    """
    if code is None:
        return None
    if entry := read_codes().get(code):
        return entry.kind
    service, _, number = code.partition(".")
    if service == "BackupService":
        return "not-found" if code in _MISSING else "refused"
    if service == "APIGW":
        return "auth" if number[:2] in {"03", "04", "08"} else "refused"
    return "auth" if service == "IAM" else None
