"""Where a value comes from: flag, CBRCTL_* variable, chosen profile, the ecosystem's variable, default profile."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from cbrctl.config import sdkfile
from cbrctl.config.clouds import CloudEntry, find_name, read_cloud
from cbrctl.config.families import HW, OWN, PARTS, SDK
from cbrctl.config.folders import folder
from cbrctl.config.profiles import KEYS, Profiles, read_profiles
from cbrctl.errors import CbrctlError, LocalState, UsageError
from cbrctl.machine.environment import ENVIRON
from cbrctl.machine.files import resolve_path
from cbrctl.machine.secrecy import find_control
from cbrctl.phrases import Phrase

ECOSYSTEM: dict[str, tuple[str, ...]] = {
    "region": ("HW_REGION_NAME", "OS_REGION_NAME"),
    "project_id": ("HUAWEICLOUD_SDK_PROJECT_ID", "HW_PROJECT_ID", "OS_PROJECT_ID", "OS_TENANT_ID"),
    "project_name": ("HW_PROJECT_NAME", "OS_PROJECT_NAME", "OS_TENANT_NAME"),
    "enterprise_project_id": ("HW_ENTERPRISE_PROJECT_ID",),
    "endpoint": (),
    "iam_endpoint": (),
    "cloud_domain": ("HW_CLOUD",),
    "ca_bundle": ("OS_CACERT",),
    "proxy": (),
}
"""The connection's settings and the variables of other tools that are read for them (table of the contract).

Other tools' address of IAM is none: it is for the credentials that stand beside it (addresses.py).
"""
NAMES = ("region", "project_id", "project_name", "enterprise_project_id")
"""Settings that are names or ids: no control character belongs there, and no blank at an end."""
_PROJECT = ("project_id", "project_name")
"""Two ways to say one thing: what the stronger level says counts."""
_TOOLS = (("HUAWEICLOUD_SDK_",), ("HW_",), ("OS_",))
"""Beginnings of other tools' variables, strongest first; what OS_CLOUD names stands before the last."""
_OWN = {"cloud_domain": "CBRCTL_CLOUD"}
"""Our variables that are not named like their setting: `cloud` is a cloud of clouds.yaml."""


class Value(NamedTuple):
    """A setting and the flag, variable or file it came from."""

    text: str
    origin: str


class Explained(NamedTuple):
    """A setting that somebody made, and what would be in force without it, strongest first."""

    key: str
    value: Value
    shadowed: tuple[Value, ...] = ()


_NONE: Mapping[str, str] = MappingProxyType({})


class Settings:
    """What a connection needs, each value knowing its origin.

    `chosen` are the values of the profile that was chosen by name, `default` those of the default profile where none
    was; for credentials too these are two levels, with the variables of other tools between them.
    """

    def __init__(
        self,
        values: Mapping[str, Value],
        profile_name: str | None = None,
        chosen: Mapping[str, str] = _NONE,
        default: Mapping[str, str] = _NONE,
    ) -> None:
        self.values = dict(values)
        self.profile_name = profile_name
        self.chosen = chosen
        self.default = default

    def get(self, name: str) -> str | None:
        """Return the value of one setting, None when nobody set it."""
        value = self.values.get(name)
        return value.text if value else None

    def is_order(self, value: Value) -> bool:
        """Return whether a value is stronger than other tools' variables: of a flag, our variable or the chosen profile."""
        return self.profile_name is not None or value.origin.startswith(("--", "CBRCTL_"))


def resolve(
    flags: Mapping[str, str | None],
    environ: Mapping[str, str] = ENVIRON,
    warn: Callable[..., None] = lambda key, **values: None,
    *,
    new_profile: bool = False,
    files: bool = True,
) -> Settings:
    """Return the settings of a run. `flags` are what the command line gave, None where it did not.

    Without `files` no configuration is read. With `new_profile` the chosen profile need not exist yet. `warn` is told of
    what means nothing in the profile that is used. Raises NotFound for a profile that does not exist, UsageError or
    LocalState for a config file that cannot be used.
    """
    levels = _Levels(flags, environ, warn, new_profile=new_profile, files=files)
    values: dict[str, Value] = {}
    for key in ECOSYSTEM:
        found = next(levels.find(key), None)
        if found and key != levels.hidden:
            check_text(found.text, found.origin)
            if key in NAMES:
                check_name(found.text, found.origin)
            if key == "ca_bundle":
                found = Value(resolve_path(found.text, environ), found.origin)
            values[key] = found
    chosen, default = (levels.profile, {}) if levels.name else ({}, levels.profile)
    return Settings(values, levels.name, chosen, default)


def explain(
    flags: Mapping[str, str | None],
    environ: Mapping[str, str] = ENVIRON,
    warn: Callable[..., None] = lambda key, **values: None,
) -> list[Explained]:
    """Return every setting that somebody made, where it came from and what it hides; raises as `resolve` does.

    Of credentials only what stands in the profile: they come as one set from one level, so that nothing there is hidden.
    """
    levels = _Levels(flags, environ, warn)
    explained = []
    for key in KEYS:
        values = tuple(levels.find(key))
        if levels.hidden and key in _PROJECT:
            values += tuple(levels.find(levels.hidden))
        if values and key != levels.hidden:
            explained.append(Explained(key, values[0], values[1:]))
    return explained


def profile_in_use(flags: Mapping[str, str | None], environ: Mapping[str, str] = ENVIRON) -> str | None:
    """Return the name of the profile that was chosen, None where none was; whether it exists is not looked at."""
    return flags.get("profile") or environ.get("CBRCTL_PROFILE") or None


def _find_profiles(environ: Mapping[str, str], *, needed: bool) -> Profiles:
    """Read the profiles; without a home there are none, as in a container."""
    try:
        return read_profiles(folder("config", environ))
    except LocalState as error:
        if error.key != "no-home" or needed:
            raise
        return Profiles(Path(), {})


class _Levels:
    """What sets a value, level by level: the flags, the variables, one profile, and the clouds that are named."""

    def __init__(
        self,
        flags: Mapping[str, str | None],
        environ: Mapping[str, str],
        warn: Callable[..., None],
        *,
        new_profile: bool = False,
        files: bool = True,
    ) -> None:
        self.flags = flags
        self.environ = environ
        self.name = profile_in_use(flags, environ)
        profiles = _find_profiles(environ, needed=self.name is not None) if files else Profiles(Path(), {})
        missing = new_profile and self.name is not None and self.name not in profiles.names()
        self.profile = {} if missing else profiles.use(self.name, warn, environ)
        self._origin = Phrase("profile {name}", name=self.name or "default")
        self._own_cloud: CloudEntry | None = None
        self._named_cloud: CloudEntry | None = None
        own = self.profile.get("cloud"), Phrase("cloud of {origin}", origin=self._origin)
        # the stronger cloud first, since its region chooses among those of the weaker one; nothing weaker chooses among its
        if self.name:
            self._own_cloud = self._read_cloud(*own, self.levels("region")[:3])
        if not _ask_before_clouds(environ, self.profile if self.name else {}):
            levels = self.levels("region")
            self._named_cloud = self._read_cloud(find_name(environ), "OS_CLOUD", levels if self.name else levels[:-1])
        if not self.name:
            self._own_cloud = self._read_cloud(*own, self.levels("region"))
        ranks = [next((rank for rank, level in enumerate(self.levels(key)) if level), 99) for key in _PROJECT]
        self.hidden = "" if ranks[0] == ranks[1] else _PROJECT[ranks[0] < ranks[1]]
        """The way to name the project that a weaker level uses than the other."""

    def find(self, key: str) -> Iterator[Value]:
        """Return every value that was set for a key, strongest first."""
        return (value for level in self.levels(key) for value in level)

    def levels(self, key: str) -> list[list[Value]]:
        """Return what each level sets a key to, strongest first."""
        own: list[tuple[str | None, str]] = [(self.profile.get(key), self._origin)]
        levels = [own]
        if key in ECOSYSTEM:
            own += self._of_cloud(self._own_cloud, key)
            foreign = [self._variables(n for n in ECOSYSTEM[key] if n.startswith(tool)) for tool in _TOOLS]
            foreign.insert(2, self._of_cloud(self._named_cloud, key) if key != "iam_endpoint" else [])
            strong = [[(self.flags.get(key), "--" + key.replace("_", "-"))], self._variables((own_variable(key),))]
            # a profile that was chosen by name is stronger than other tools' variables, the default one is weaker
            levels = [*strong, own, *foreign] if self.name else [*strong, *foreign, own]
        return [[Value(text, origin) for text, origin in level if text] for level in levels]

    def _variables(self, names: Iterable[str]) -> list[tuple[str | None, str]]:
        return [(self.environ.get(name), name) for name in names]

    def _read_cloud(self, name: str | None, origin: str, regions: Iterable[list[Value]]) -> CloudEntry | None:
        """Read a cloud, of its regions the first that is named; what is wrong is said where its credentials are needed."""
        region = next((value for level in regions for value in level), None)
        try:
            return read_cloud(name, origin, self.environ, region=region) if name else None
        except CbrctlError:
            return None

    @staticmethod
    def _of_cloud(cloud: CloudEntry | None, key: str) -> list[tuple[str | None, str]]:
        return [(cloud.settings.get(key), str(cloud.path))] if cloud else []


def _ask_before_clouds(environ: Mapping[str, str], chosen: Mapping[str, str]) -> bool:
    """Return whether credentials come from a place before OS_CLOUD's: that cloud's region and project are not theirs.

    A secret would go to another cloud by them.
    """
    names = (name for family in (OWN, SDK, HW) for part in PARTS for name in family.get(part, ()))
    return any(environ.get(name) for name in (*names, sdkfile.VARIABLE)) or any(map(chosen.get, (*PARTS, "cloud")))


def own_variable(key: str) -> str:
    """Return the name of our own variable for a setting."""
    return _OWN.get(key, f"CBRCTL_{key.upper()}")


def check_name(text: str, origin: str) -> str:
    """Return the name of a user, key, id or region. UsageError for what has a control character, or a blank at an end.

    It would cost a login each night, and accounts lock. The text is not shown: it may be a key.
    """
    odd = find_control(text)
    if odd is not None:
        reason = Phrase("Character {number} is a control character.", number=odd + 1)
        for end, name in (("\r\n", Phrase("line end")), ("\t", Phrase("tab"))):
            if not text[odd:].strip(end):
                reason = Phrase("It ends with a {name}.", name=name)
        raise UsageError("odd-value", origin=origin, reason=reason)
    if text != text.strip():
        raise UsageError("odd-value", origin=origin, reason=Phrase("A blank stands at its end or before it."))
    return text


def check_text(text: str, origin: str) -> str:
    """Refuse what could not be read as UTF-8, and so could not be sent. Raises UsageError."""
    try:
        text.encode()
    except UnicodeEncodeError:
        reason = Phrase("It is not text in UTF-8.")
        raise UsageError("bad-option", option=origin, reason=reason, help="cbrctl options") from None
    return text
