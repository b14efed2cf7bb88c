"""Where a value comes from: flag, CBRCTL_* variable, chosen profile, the ecosystem's variable, default profile."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cbrctl.errors import LocalState, NotFound, UsageError
from cbrctl.regions import check_endpoint, find_endpoints

ECOSYSTEM: dict[str, tuple[str, ...]] = {
    "region": ("HW_REGION_NAME", "OS_REGION_NAME"),
    "project_id": ("HUAWEICLOUD_SDK_PROJECT_ID", "HW_PROJECT_ID", "OS_PROJECT_ID"),
    "project_name": ("HW_PROJECT_NAME", "OS_PROJECT_NAME"),
    "enterprise_project_id": ("HW_ENTERPRISE_PROJECT_ID",),
    "endpoint": (),
    "iam_endpoint": ("HUAWEICLOUD_SDK_IAM_ENDPOINT", "HW_AUTH_URL", "OS_AUTH_URL"),
    "ca_bundle": ("OS_CACERT",),
    "proxy": (),
}
"""The connection's settings and the variables of other tools that are read for them (table of the contract)."""


class Value(NamedTuple):
    """A setting and the flag, variable or file it came from."""

    text: str
    origin: str


class Settings:
    """What a connection needs, each value knowing its origin."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self.values = dict(values)

    def get(self, name: str) -> str | None:
        """Give the value of one setting, None when nobody set it."""
        value = self.values.get(name)
        return value.text if value else None

    def endpoint(self) -> str:
        """Give the CBR address without a slash at its end. UsageError where neither it nor a region is known."""
        given = self.values.get("endpoint")
        if given:
            return check_endpoint(given.text, given.origin)
        return find_endpoints(self._region())[0]

    def iam_endpoint(self) -> str:
        """Give the IAM address without `/v3`. UsageError where neither it nor a region is known."""
        given = self.values.get("iam_endpoint")
        if given:
            return check_endpoint(given.text, given.origin, strip_v3=True)
        return find_endpoints(self._region())[1]

    def _region(self) -> str:
        region = self.get("region")
        if region is None:
            raise UsageError("no-region")
        return region


def resolve(flags: Mapping[str, str | None], environ: Mapping[str, str] = os.environ) -> Settings:
    """Give the settings of a run. `flags` are what the command line gave, None where it did not.

    Raises NotFound for a profile that does not exist, UsageError or LocalState for a config file that cannot be used.
    """
    name = flags.get("profile") or environ.get("CBRCTL_PROFILE") or ""
    tables = _read_profiles(environ)
    if name and name not in tables:
        raise NotFound("profile-not-found", profile=name, known=", ".join(sorted(tables)) or "-")
    chosen = tables.get(name, {}) if name else {}
    default = {} if name else tables.get("default", {})
    values: dict[str, Value] = {}
    for key, foreign in ECOSYSTEM.items():
        candidates = (
            (flags.get(key), "--" + key.replace("_", "-")),
            *((environ.get(v), v) for v in (f"CBRCTL_{key.upper()}",)),
            (chosen.get(key), f"profile {name}"),
            *((environ.get(v), v) for v in foreign),
            (default.get(key), "profile default"),
        )
        found = next((Value(text, origin) for text, origin in candidates if text), None)
        if found:
            _check_text(found)
            values[key] = found
    return Settings(values)


def _check_text(value: Value) -> None:
    """Refuse what could not be read as UTF-8, and so could not be sent."""
    try:
        value.text.encode()
    except UnicodeEncodeError:
        reason = "It is not text in UTF-8."
        raise UsageError("bad-option", option=value.origin, reason=reason, help="cbrctl options") from None


def folder(kind: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Give cbrctl's own `config`, `state` or `cache` folder; it may not exist yet."""
    given = environ.get(f"CBRCTL_{kind.upper()}_DIR")
    if given:
        path = Path(given)
        # a folder that others use too gets a subfolder of ours, so that 0700 takes nothing from anybody
        return path if path.name == "cbrctl" else path / "cbrctl"
    # platformdirs costs 3 times a bare interpreter: look where it would look on Linux before asking it
    if os.name == "posix" and os.uname().sysname == "Linux":
        home = environ.get(f"XDG_{kind.upper()}_HOME", "")
        usual = {"config": ".config", "state": ".local/state", "cache": ".cache"}[kind]
        base = Path(home) if home.startswith("/") else Path(environ.get("HOME") or os.path.expanduser("~")) / usual
        return base / "cbrctl"
    import platformdirs

    return Path(getattr(platformdirs, f"user_{kind}_path")("cbrctl"))


def _read_profiles(environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Read `[profiles.NAME]` tables of config.toml; none where there is no file."""
    path = _config_file(environ)
    if path is None:
        return {}
    import tomllib

    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as cause:
        raise LocalState("config-unreadable", path=path, note=str(cause)) from None
    except tomllib.TOMLDecodeError as cause:
        raise UsageError("config-broken", path=path, note=str(cause)) from None
    tables: Any = data.get("profiles", {})
    if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
        raise UsageError("config-broken", path=path, note="profiles must be tables: [profiles.NAME]")
    odd = [f"{name}.{k}" for name, table in tables.items() for k, v in table.items() if not isinstance(v, str)]
    if odd:
        raise UsageError("config-broken", path=path, note=f"not a text in quotes: {', '.join(odd)}")
    return dict(tables)


def _config_file(environ: Mapping[str, str]) -> Path | None:
    path = folder("config", environ) / "config.toml"
    return path if path.is_file() else None
