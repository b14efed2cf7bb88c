"""Who asks, and where a secret of his goes: the parts of a session that credentials are made of. Imports late."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cbrctl.config import settings as settings_module
from cbrctl.errors import AuthError, CbrctlError, UsageError
from cbrctl.ids import parse_project_id
from cbrctl.machine.secrecy import keep_secrets_in
from cbrctl.phrases import Phrase, list_names

if TYPE_CHECKING:
    from cbrctl.api.iam import Iam
    from cbrctl.api.issued import Keys
    from cbrctl.api.transport import Transport
    from cbrctl.config.addresses import Addresses, Beside
    from cbrctl.credentials.cache import Cache
    from cbrctl.credentials.methods import CredentialSet
    from cbrctl.credentials.os_keyring import OsKeyring
    from cbrctl.credentials.profile_secret import Bound
    from cbrctl.credentials.secret import Secret
    from cbrctl.credentials.sources import Place
    from cbrctl.credentials.token import Authority


class Principal:
    """The credentials of a run and the addresses that they go to, found when they are first needed.

    In the practice cloud (`practising`) no file is read and nothing is kept.
    """

    def __init__(
        self,
        settings: settings_module.Settings,
        environ: Mapping[str, str],
        *,
        caching: bool,
        practising: bool,
        warn: Callable[..., None],
    ) -> None:
        self.settings = settings
        self.environ = environ
        self.caching = caching
        self.practising = practising
        self.warn = warn
        self._place: Place | None = None
        self._found: CredentialSet | None = None
        self._authority: Authority | None = None

    def transport(self) -> "Transport":
        """Return the one transport of this run."""
        raise NotImplementedError

    def endpoint(self) -> str:
        """Return the CBR address. Raises UsageError where it is not known."""
        try:
            return self.addresses.cbr().text
        except UsageError as error:
            raise self._name_profiles(error) from None

    def check_set_up(self) -> None:
        """Refuse where neither the region nor who asks is known: said one after the other they cost a run each. UsageError."""
        try:
            self.endpoint()
        except UsageError as error:
            if error.key == "no-region" and self._first_place() is None:
                raise self._name_profiles(UsageError("not-set-up")) from None
            raise

    def _name_profiles(self, error: CbrctlError) -> CbrctlError:
        """Return an error of what lacks with the profiles that may have it, where none was chosen."""
        if error.key in ("no-region", "not-set-up", "no-credentials") and not self.settings.profile_name:
            from cbrctl.config import folders, profiles

            with suppress(CbrctlError):
                names = profiles.read_profiles(folders.folder("config", self.environ)).names()
                error.values["unchosen"] = list_names(name for name in names if name != "default") or None
        return error

    def project_id(self) -> str:
        """Return the project's id: the one that was set, else the one that the token is scoped to. Logs in for that."""
        given = self.settings.values.get("project_id")
        if given is None:
            self.credentials()  # the vendor's file names the project beside the key
            given = self.settings.values.get("project_id")
        if given:
            project_id = parse_project_id(given.text)
            if project_id is None:
                raise UsageError("bad-project-id", origin=given.origin, value=given.text)
            return project_id
        project_id = self.authority().project_id()
        if project_id is None:
            raise AuthError("unscoped-token")
        return project_id

    def credentials(self, places: "Iterable[Place] | None" = None) -> "CredentialSet":
        """Return the set of credentials of this run. Raises AuthError where there is none, LocalState.

        `places` are those that were found already: some can be read only once.
        """
        if self._found is None:
            from cbrctl.credentials.sources import find_credentials

            places = filter(None, [self._first_place()]) if places is None else places
            try:
                self._found = find_credentials(places, self.warn, self.read_stored)
            except AuthError as error:
                raise self._name_profiles(error) from None
            if self._found.project_id and not (self.settings.get("project_id") or self.settings.get("project_name")):
                origin = Phrase("the file of {origin}", origin=self._found.proof.origin)
                self.settings.values["project_id"] = settings_module.Value(self._found.project_id, origin)
        return self._found

    def places(self) -> "Iterator[Place]":
        """Return the places where credentials are, the one that is used first. Raises what reading one raises."""
        from cbrctl.credentials.sources import find_places

        chosen = (self.settings.profile_name or "", self.settings.chosen)
        return find_places(
            self.environ,
            self.warn,
            chosen=chosen,
            default=self.settings.default,
            region=self.settings.values.get("region"),
            files=not self.practising,
        )

    def authority(self) -> "Authority":
        """Return what proves who is asking. Raises AuthError where nobody is."""
        if self._authority is None:
            self._authority = self.authority_of(self.credentials())
        return self._authority

    def authority_of(self, found: "CredentialSet") -> "Authority":
        """Return what proves requests as a set of credentials, which is that of this run from then on."""
        from cbrctl.credentials.authority import Surroundings, make_authority

        self._found = found
        keep_secrets_in()  # after the secret's file was read: /dev/fd/N of a shell's <(…) cannot be opened any more
        return make_authority(
            found, Surroundings(self.iam, self.find_scope, self._scope, self._cache, self._fetch_keys)
        )

    def read_stored(self, profile: str, kind: str, who: str) -> "Secret":
        """Return what `auth login` stored for a profile; the keyring is asked when the secret is needed."""
        from cbrctl.credentials.secret import Secret

        def read() -> str:
            from cbrctl.credentials.profile_secret import read_stored

            return read_stored(self.keyring(), profile, self.bound(kind, who))

        return Secret(read, Phrase("keyring, profile {profile}", profile=profile), in_keyring=True)

    def bound(self, kind: str, who: str) -> "Bound":
        """Return what a stored secret is bound to: whom it is of, and the way that it goes in this run.

        Raises UsageError for certificates that cannot be read.
        """
        from cbrctl.credentials.profile_secret import Bound

        proxy, bypass = self.proxy
        # a host that is reached without the proxy is reached another way
        without = "".join(f", not for {host}" for host in self._hosts() if bypass(host))
        return Bound(
            kind, who, self.iam_endpoint(), self._cbr(), f"{proxy.text}{without}" if proxy else "", self._certificates()
        )

    def _certificates(self) -> str:
        """Return the digest of the CA bundle, nothing where none is set: what stands in a file changes, its name does not."""
        given = self.settings.values.get("ca_bundle")
        if given is None:
            return ""
        try:
            with open(given.text, "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            raise UsageError("no-ca-bundle", origin=given.origin) from None

    def _cbr(self) -> str:
        """Return the CBR address, nothing where it is not known yet."""
        with suppress(UsageError):
            return self.endpoint()
        return ""

    def keyring(self) -> "OsKeyring":
        """Return the keyring of the operating system that the profile chooses."""
        from cbrctl.credentials.os_keyring import OsKeyring

        return OsKeyring((self.settings.chosen or self.settings.default).get("keyring") or "auto")

    def iam(self) -> "Iam":
        """Return IAM. Raises UsageError where its address is not known."""
        from cbrctl.api.iam import Iam

        return Iam(self.transport(), self.iam_endpoint())

    def iam_endpoint(self) -> str:
        """Return the address of IAM. Raises UsageError where none is known, AuthError for a cloud that names none."""
        return self.addresses.iam().text

    @cached_property
    def addresses(self) -> "Addresses":
        """Where IAM and CBR are, for the credentials of this run."""
        from cbrctl.config.addresses import Addresses

        return Addresses(self.settings, self._beside)

    def _beside(self) -> "Beside":
        """Return what stands beside the secret of this run, nothing where there is none.

        Raises what is wrong with its place: where it would go is not known then.
        """
        from cbrctl.config.addresses import Beside

        if self._found is not None:
            return self._found.beside
        place = self._first_place()
        return place.beside() if place else Beside()

    def _first_place(self) -> "Place | None":
        # read once: a pipe can be
        self._place = self._place or next(self.places(), None)
        return self._place

    def find_scope(self) -> dict[str, str] | None:
        """Return the project a token is asked for: by id, by name, or the one named like the region; None where none is named."""
        if self.settings.get("project_id"):
            return {"id": self.project_id()}
        name = self.settings.get("project_name")
        if name is None:
            region = self.addresses.region()
            name = region.text if region else None
        return {"name": name} if name else None

    def _scope(self) -> dict[str, str]:
        scope = self.find_scope()
        if scope is None:
            raise UsageError("no-project")
        return scope

    def _cache(self, identity: Mapping[str, object]) -> "Cache | None":
        if self.practising or not self.caching:
            return None
        from cbrctl.credentials.cache import open_cache

        way = self.way()
        return open_cache(
            self.environ, {**identity, **way}, {"profile": self._found.profile if self._found else "", **way}
        )

    def way(self) -> dict[str, str]:
        """Return the way that goes what is issued for the secret of this run. Raises UsageError, AuthError.

        A stored secret is bound to its way, and so is what was issued for it; others' go where their owner says today.
        """
        if self._is_stored():
            return self.bound("", "")._asdict()
        return {"iam": self.iam_endpoint(), "cbr": self._cbr()}

    def _is_stored(self) -> bool:
        """Return whether the secret of this run is what `auth login` stored."""
        proof = self._found.proof if self._found else None
        secret = getattr(proof, "password", None) or getattr(proof, "secret_key", None)
        return secret is not None and secret.in_keyring

    def _fetch_keys(self) -> "Keys":
        from cbrctl.credentials.metadata import fetch_keys, find_address

        return fetch_keys(self.transport(), find_address(self.environ))

    @cached_property
    def proxy(self) -> "tuple[settings_module.Value | None, Callable[[str], bool]]":
        """The proxy, and which hosts are reached without it. UsageError for one that cannot be used."""
        from cbrctl.config.proxies import find_proxy

        return find_proxy(self.settings.values.get("proxy"), self.environ, self._hosts())

    def _hosts(self) -> list[str]:
        """Return the hosts that are asked; one that is not known is not."""
        hosts = []
        for find in (self.endpoint, self.iam_endpoint):
            with suppress(CbrctlError):
                hosts.append(urlsplit(find()).hostname or "")
        return hosts
