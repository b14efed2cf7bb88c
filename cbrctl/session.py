"""Settings, credentials and client put together: the only place where the parts meet. Imports the heavy ones late."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cbrctl import settings as settings_module
from cbrctl.errors import AuthError, LocalState, UsageError
from cbrctl.ids import parse_project_id
from cbrctl.regions import check_endpoint, check_proxy, is_loopback
from cbrctl.secrecy import keep_secrets_in

if TYPE_CHECKING:
    from cbrctl.api.client import Client
    from cbrctl.api.iam import Iam, Keys
    from cbrctl.api.transport import Transport
    from cbrctl.backup.journal import Journal
    from cbrctl.credentials.cache import Cache
    from cbrctl.credentials.kinds import Found
    from cbrctl.credentials.os_keyring import OsKeyring
    from cbrctl.credentials.secret import Secret
    from cbrctl.credentials.sources import Place
    from cbrctl.credentials.token import Authority
    from cbrctl.sandbox import Server

SANDBOX_PACE = 0.5
"""Seconds between looks at the practice cloud, whose backups take a few seconds."""


class Session:
    """A connection to one project, made part by part when it is first needed. Use it as a context manager."""

    def __init__(
        self,
        flags: Mapping[str, str | None],
        *,
        language: str = "en",
        sandbox: bool = False,
        caching: bool = True,
        new_profile: bool = False,
        warn: Callable[..., None] = lambda key, **values: None,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self.flags = flags
        self.language = language
        self.caching = caching
        self.warn = warn
        self.log = log
        self.pace: float | None = None
        self.environ: Mapping[str, str] = os.environ
        self._server: Server | None = None
        if sandbox:
            self._start_sandbox()
        self.settings = settings_module.resolve(
            self.flags, self.environ, self.warn, new_profile=new_profile, files=self._server is None
        )
        self._transport: Transport | None = None
        self._found: Found | None = None
        self._authority: Authority | None = None
        self._client: Client | None = None
        self._journal: Journal | None = None

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._journal is not None:
            self._journal.close()
        if self._transport is not None:
            self._transport.close()
        if self._server is not None:
            self._server.stop()

    def endpoint(self) -> str:
        """Give the CBR address."""
        return self.settings.endpoint()

    def project_id(self) -> str:
        """Give the project's id: the one that was set, else the one that the token is scoped to. Logs in for that."""
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

    def client(self) -> "Client":
        """Give the client of the project."""
        if self._client is None:
            endpoint, project_id = self.endpoint(), self.project_id()
            # before any vault is reached: a login that fails belongs to none of them
            self.authority().prepare()
            from cbrctl.api.client import Client

            self._client = Client(
                self.transport(),
                self.authority(),
                endpoint,
                project_id,
                enterprise_project_id=self.settings.get("enterprise_project_id"),
            )
        return self._client

    def transport(self) -> "Transport":
        """Give the one transport of this run."""
        if self._transport is None:
            from cbrctl.api.transport import Transport

            ca_bundle = self.settings.values.get("ca_bundle")
            if ca_bundle and not os.path.isfile(ca_bundle.text):
                raise UsageError("no-ca-bundle", origin=ca_bundle.origin, path=ca_bundle.text)
            proxy, bypass = self._proxy()
            self._transport = Transport(
                ca_bundle=ca_bundle.text if ca_bundle else None,
                proxy=proxy,
                bypass=bypass,
                language=self.language,
                log=self.log,
            )
        return self._transport

    def journal(self) -> "Journal":
        """Give the journal of this machine; that of the practice cloud is gone with it. Raises LocalState."""
        if self._journal is None:
            from cbrctl.backup.journal import Journal

            self._journal = Journal(None if self._server else settings_module.folder("state", self.environ))
        return self._journal

    def existing_journal(self) -> "Journal":
        """Give the journal of this machine where there is one, else one in memory: who only looks makes none. Raises LocalState."""
        if self._journal is None:
            from cbrctl.backup.journal import Journal, open_existing

            found = None if self._server else open_existing(settings_module.folder("state", self.environ))
            self._journal = found or Journal(None)
        return self._journal

    def credentials(self, places: "Iterable[Place] | None" = None) -> "Found":
        """Give the set of credentials of this run. Raises AuthError where there is none, LocalState.

        `places` are those that were found already: some can be read only once.
        """
        if self._found is None:
            from cbrctl.credentials.sources import find_credentials

            self._found = find_credentials(self.places() if places is None else places, self.warn, self.read_stored)
            if self._found.project_id and not self.settings.get("project_id"):
                origin = f"the file of {self._found.proof.origin}"
                self.settings.values["project_id"] = settings_module.Value(self._found.project_id, origin)
        return self._found

    def places(self) -> "Iterator[Place]":
        """Give the places where credentials are, the one that is used first. Raises what reading one raises."""
        from cbrctl.credentials.sources import find_places

        chosen = (self.settings.profile_name or "", self.settings.chosen)
        files = self._server is None
        return find_places(self.environ, self.warn, chosen=chosen, default=self.settings.default, files=files)

    def authority(self) -> "Authority":
        """Give what proves who is asking. Raises AuthError where nobody is."""
        if self._authority is None:
            self._authority = self.authority_of(self.credentials())
        return self._authority

    def authority_of(self, found: "Found") -> "Authority":
        """Give what proves requests as a set of credentials, which is that of this run from then on."""
        from cbrctl.credentials.authority import Surroundings, make_authority

        self._found = found
        keep_secrets_in()  # after the secret's file was read: /dev/fd/N of a shell's <(…) cannot be opened any more
        return make_authority(
            found, Surroundings(self.iam, self.find_scope, self._scope, self._cache, self._fetch_keys)
        )

    def read_stored(self, profile: str, kind: str, who: str) -> "Secret":
        """Give what `auth login` stored for a profile; the keyring is asked when the secret is needed."""
        from cbrctl.credentials.secret import Secret

        def read() -> str:
            from cbrctl.credentials.stored import read_stored

            return read_stored(self.keyring(), profile, kind, who, self.iam_endpoint())

        return Secret(read, f"keyring, profile {profile}", in_keyring=True)

    def keyring(self) -> "OsKeyring":
        """Give the keyring of the operating system that the profile chooses."""
        from cbrctl.credentials.os_keyring import OsKeyring

        return OsKeyring((self.settings.chosen or self.settings.default).get("keyring") or "auto")

    def iam(self) -> "Iam":
        """Give IAM. Raises UsageError where its address is not known."""
        from cbrctl.api.iam import Iam

        return Iam(self.transport(), self.iam_endpoint())

    def iam_endpoint(self) -> str:
        """Give the address of IAM: of the flag or of CBRCTL_IAM_ENDPOINT, else the one that was set beside the secret.

        A password goes to the address of its own place rather than to that of another tool's variable. Raises
        UsageError where none is known, AuthError for a cloud that names none.
        """
        given, own = self.settings.values.get("iam_endpoint"), self._found.iam_endpoint if self._found else None
        if own is None or (given and given.origin in ("--iam-endpoint", "CBRCTL_IAM_ENDPOINT")):
            return self.settings.iam_endpoint()
        if not own.text:
            raise AuthError("cloud-without-address", place=own.origin)
        return check_endpoint(own.text, own.origin, strip_v3=True)

    def find_scope(self) -> dict[str, str] | None:
        """Give the project a token is asked for: by id, by name, or the one named like the region; None where none is named."""
        if self.settings.get("project_id"):
            return {"id": self.project_id()}
        name = self.settings.get("project_name") or self.settings.get("region")
        return {"name": name} if name else None

    def _scope(self) -> dict[str, str]:
        scope = self.find_scope()
        if scope is None:
            raise UsageError("no-project")
        return scope

    def _cache(self, identity: Mapping[str, object]) -> "Cache | None":
        if self._server is not None or not self.caching:
            return None
        from cbrctl.credentials.cache import Cache

        try:
            folder = settings_module.folder("cache", self.environ)
        except LocalState:  # no home: nothing is kept, and each run logs in
            return None
        return Cache(folder, {**identity, "iam": self.iam_endpoint()})

    def _fetch_keys(self) -> "Keys":
        from cbrctl.credentials.metadata import fetch_keys, find_address

        return fetch_keys(self.transport(), find_address(self.environ))

    def _proxy(self) -> tuple[str | None, Callable[[str], bool]]:
        """Give the proxy's address, and which hosts are not reached through it."""
        from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

        given = self.settings.values.get("proxy")
        if given:
            return check_proxy(given.text, given.origin), lambda host: False
        proxies = getproxies_environment()
        variable = "HTTPS_PROXY" if proxies.get("https") else "ALL_PROXY"
        address = proxies.get("https") or proxies.get("all")

        def bypass(host: str) -> bool:
            return bool(proxy_bypass_environment(host, proxies))

        if address is None or is_loopback(urlsplit(self.endpoint()).hostname or ""):
            return None, bypass  # the practice cloud runs whatever the system's proxy is
        return check_proxy(address, variable), bypass

    def _start_sandbox(self) -> None:
        """Run the practice cloud in this process; nothing of the user's environment or files is read then."""
        from cbrctl.sandbox import Cloud, Server

        self._server = Server(Cloud())
        self._server.start()
        self.environ = self._server.variables()
        self.flags = {}
        self.pace = SANDBOX_PACE
