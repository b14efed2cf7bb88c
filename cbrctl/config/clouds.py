"""clouds.yaml, the file of OpenStack's clients: the cloud that OS_CLOUD or a profile names (service.md 10).

It is looked for where OS_CLIENT_CONFIG_FILE says, in the user's configuration and in /etc. Not in the folder of work, as
those clients do: whoever can put a file there would say where a password is sent. A secure.yaml counts beside it alone.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cbrctl.errors import LocalState, NotFound, UsageError
from cbrctl.machine.files import find_home, read_trusted, resolve_path
from cbrctl.machine.rights import Warn
from cbrctl.phrases import Phrase

LARGEST = 256 * 1024
"""Bytes of a file of clouds."""

_CREDENTIALS = {
    "username": ("username",),
    "user_id": ("user_id",),
    "password": ("password",),
    "passcode": ("passcode",),
    "domain_name": ("user_domain_name", "domain_name"),
    "domain_id": ("user_domain_id", "domain_id"),
    "token": ("token",),
    "access_key": ("access_key", "ak"),
    "secret_key": ("secret_key", "sk"),
    "security_token": ("security_token",),
    "agency_name": ("agency_name",),
    "agency_domain_name": ("agency_domain_name",),
}
"""Our name of each part, and what it is called under `auth`."""


class CloudEntry(NamedTuple):
    """One cloud: what proves who asks, and the settings of a connection, each by our name for it."""

    path: Path
    credentials: Mapping[str, str]
    settings: Mapping[str, str]
    auth_type: str = ""

    def __repr__(self) -> str:
        """Show the file, nothing of what it holds."""
        return f"Cloud(from {self.path})"


def find_name(environ: Mapping[str, str]) -> str:
    """Return the cloud that OS_CLOUD names; `envvars` are the variables OS_* themselves, as for OpenStack's clients."""
    name = environ.get("OS_CLOUD", "")
    return "" if name == "envvars" else name


def read_cloud(
    name: str,
    origin: str,
    environ: Mapping[str, str],
    warn: Warn = lambda key, **values: None,
    region: tuple[str, str] | None = None,
) -> CloudEntry:
    """Read one cloud; `origin` is what named it. `warn` is told where others can read its secrets.

    Of its regions `region` chooses one, with what named it, else it is the first. Raises NotFound for a cloud or a file that
    is not there, UsageError for a file that is none and for a region that the cloud does not have, LocalState for a file
    that others can write.
    """
    places = _list_places(environ)
    path = next((p for p in places if os.path.exists(p) or os.path.isfile(_secure(p))), None)
    if path is None:
        raise NotFound("clouds-not-found", origin=origin, cloud=name, places=", ".join(map(str, places)))
    known = _read_clouds(path, origin, warn) if os.path.exists(path) else {}
    secrets = _read_clouds(_secure(path), origin, warn) if os.path.isfile(_secure(path)) else {}
    if name not in {**known, **secrets}:
        names = ", ".join(sorted({**known, **secrets}))
        raise NotFound("cloud-not-found" if names else "no-clouds", origin=origin, cloud=name, path=path, known=names)
    cloud = _merge(known.get(name, {}), secrets.get(name, {}))
    chosen, values = _choose_region(cloud, region or ("", ""), Phrase("cloud {name} of {path}", name=name, path=path))
    cloud = _merge(cloud, values)
    auth = _table(cloud.get("auth"))
    credentials = {part: _first(auth, names) for part, names in _CREDENTIALS.items()}
    kind = _text(cloud.get("auth_type"))
    if "token" in kind or "password" in kind:  # the other one is a remainder
        credentials["password" if "token" in kind else "token"] = ""
    settings = {
        "region": chosen,
        "project_id": _first(auth, ("project_id", "tenant_id")),
        "project_name": _first(auth, ("project_name", "tenant_name")),
        "iam_endpoint": _first(auth, ("auth_url",)),
        "ca_bundle": _text(cloud.get("cacert")),
    }
    return CloudEntry(path, _drop_empty(credentials), _drop_empty(settings), kind)


def _drop_empty(values: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in values.items() if value}


def _merge(table: Mapping[str, Any], stronger: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cloud with what is said of it in a stronger place, `auth` part by part."""
    return {**table, **stronger, "auth": {**_table(table.get("auth")), **_table(stronger.get("auth"))}}


def _choose_region(cloud: Mapping[str, Any], named: tuple[str, str], title: str) -> tuple[str, dict[str, Any]]:
    """Return the region, and what is said of the cloud there. Raises UsageError for one that the cloud does not have."""
    wanted, origin = named
    rows = cloud.get("regions")
    regions: dict[str, dict[str, Any]] = {}
    for row in rows if isinstance(rows, list) else ():
        table = _table(row)
        regions[_text(row) or _text(table.get("name"))] = _table(table.get("values"))
    own = _text(cloud.get("region_name"))
    if own:
        regions.setdefault(own, {})
    regions.pop("", None)
    if wanted and regions and wanted not in regions:
        raise UsageError(
            "no-region-of-cloud", region=wanted, origin=origin, place=title, known=", ".join(sorted(regions))
        )
    region = wanted or own or next(iter(regions), "")
    return region, regions.get(region, {})


def _secure(path: Path) -> Path:
    return path.with_name("secure.yaml")


def _list_places(environ: Mapping[str, str]) -> list[Path]:
    named = environ.get("OS_CLIENT_CONFIG_FILE")
    if named:
        return [Path(resolve_path(named, environ))]
    config = environ.get("XDG_CONFIG_HOME", "")
    try:
        own = [Path(config) if config.startswith("/") else find_home(environ) / ".config"]
    except LocalState:
        own = []
    folders = (*(folder / "openstack" for folder in own), Path("/etc/openstack"))
    return [folder / f"clouds.{end}" for folder in folders for end in ("yaml", "yml")]


def _read_clouds(path: Path, origin: str, warn: Warn) -> dict[str, dict[str, Any]]:
    data = read_trusted(str(path), origin, warn, LARGEST)
    import yaml

    class TextLoader(yaml.SafeLoader):
        """Leaves scalars as they are written: a password of 0123 is no number. Only `<<` keeps its meaning."""

        yaml_implicit_resolvers = {"<": yaml.SafeLoader.yaml_implicit_resolvers["<"]}  # noqa: RUF012 - PyYAML's own name

    try:
        if len(data) > LARGEST:
            raise ValueError("too large")
        found = yaml.load(data, TextLoader)  # noqa: S506 - it is the safe one
    except yaml.YAMLError as cause:
        mark = getattr(cause, "problem_mark", None)  # its words quote the file, and so secrets
        where = (
            Phrase("line {line}, column {column}", line=mark.line + 1, column=mark.column + 1)
            if mark
            else Phrase("it is no YAML")
        )
        raise UsageError("config-broken", path=path, note=where) from None
    except Exception:  # a tag can make PyYAML raise anything, with the text that it stands before
        raise UsageError("config-broken", path=path, note=Phrase("it is no YAML of a usable size")) from None
    clouds = _table(_table(found).get("clouds"))
    return {str(name): _table(cloud) for name, cloud in clouds.items()}


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _first(table: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := _text(table.get(name)))), "")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
