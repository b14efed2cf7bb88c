"""~/.huaweicloud/credentials, the file of the vendor's own clients: its section [basic] holds an access key (service.md 10)."""

import os
from collections.abc import Mapping
from pathlib import Path

from cbrctl.errors import AuthError, LocalState, UsageError
from cbrctl.machine.files import find_home, read_trusted, resolve_path
from cbrctl.machine.rights import Warn
from cbrctl.phrases import Phrase

VARIABLE = "HUAWEICLOUD_SDK_CREDENTIALS_FILE"
LARGEST = 256 * 1024
"""Bytes of the file."""

_NAMES = {
    "ak": "access_key", "sk": "secret_key", "security_token": "security_token", "project_id": "project_id",
    "iam_endpoint": "iam_endpoint",
}  # fmt: skip


def find_path(environ: Mapping[str, str]) -> Path | None:
    """Return where the file is, or would be; None where there is no home."""
    named = environ.get(VARIABLE)
    if named:
        return Path(resolve_path(named, environ))
    try:
        return find_home(environ) / ".huaweicloud" / "credentials"
    except LocalState:
        return None


def read_sdk_file(path: Path, warn: Warn, *, needed: bool) -> dict[str, str]:
    """Return what section [basic] holds, by our names; nothing where there is no file and none is `needed`.

    Raises LocalState for a file that cannot be read or that others can write, UsageError for one that is none, AuthError
    for one that has other sections only: it was meant, and says who is somewhere else.
    """
    if not needed and not os.path.isfile(path):  # one that may not be looked at is none
        return {}
    data = read_trusted(str(path), VARIABLE if needed else str(path), warn, LARGEST)
    import configparser

    parser = configparser.ConfigParser(interpolation=None)  # a secret may have a %
    try:
        if len(data) > LARGEST:
            raise LocalState("secret-not-text", origin=VARIABLE, path=path)
        parser.read_string(data.decode("utf-8-sig"))
    except (configparser.Error, UnicodeDecodeError):
        # not the parser's words: they quote the line
        raise UsageError("config-broken", path=path, note=Phrase("it is no INI file with a section [basic]")) from None
    if not parser.has_section("basic"):
        raise AuthError(
            "sdk-file-without-basic", path=path, found=", ".join(parser.sections()) or Phrase("no section at all")
        )
    section = parser["basic"]
    return {ours: section[theirs] for theirs, ours in _NAMES.items() if section.get(theirs)}
