"""Settings, credentials and client put together: the only place where the parts meet. Imports the heavy ones late."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from cbrctl.config import settings as settings_module
from cbrctl.config.folders import folder, has_journal
from cbrctl.credentials.principal import Principal
from cbrctl.errors import LocalState, UsageError
from cbrctl.machine.environment import ENVIRON
from cbrctl.machine.rights import warn_to

if TYPE_CHECKING:
    from cbrctl.api.client import Client
    from cbrctl.api.transport import Transport
    from cbrctl.backup.journal import Journal
    from cbrctl.names.gathering import Gatherer
    from cbrctl.sandbox import Server

SANDBOX_PACE = 0.5
"""Seconds between looks at the practice cloud, whose backups take a few seconds."""


class Session(Principal):
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
        log: Callable[..., None] | None = None,
        on_request: Callable[[str, str], None] = lambda method, url: None,
    ) -> None:
        warn_to(warn)
        self.flags = flags
        self.language = language
        self.log = log
        self.on_request = on_request
        self.pace: float | None = None
        self._server = _start_practice() if sandbox else None
        environ: Mapping[str, str] = ENVIRON
        if self._server is not None:  # nothing of the user's environment or files is read then
            self.flags, self.pace, environ = {}, SANDBOX_PACE, self._server.variables()
        settings = settings_module.resolve(self.flags, environ, warn, new_profile=new_profile, files=not sandbox)
        super().__init__(settings, environ, caching=caching, practising=sandbox, warn=warn)
        self._transport: Transport | None = None
        self._client: Client | None = None
        self._journal: Journal | None = None
        self._gatherer: Gatherer | None = None

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._gatherer is not None and (kind is None or issubclass(kind, Exception)):
            self._gatherer.store()
        if self._journal is not None:
            self._journal.close()
        if self._transport is not None:
            self._transport.close()
        if self._server is not None:
            self._server.stop()

    def client(self) -> "Client":
        """Return the client of the project."""
        if self._client is None:
            self.check_set_up()
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
                seen=self._gather if self.caching and not self.practising else lambda rows, whole=False: None,
            )
        return self._client

    def _gather(self, rows: Sequence[Any], whole: bool = False) -> None:
        """Keep the names in what was read, for completion."""
        if self._gatherer is None:
            from cbrctl.names.cache import Origin
            from cbrctl.names.gathering import Gatherer

            region, enterprise = (self.settings.get(name) or "" for name in ("region", "enterprise_project_id"))
            origin = Origin(self.settings.profile_name or "", region, self.endpoint(), self.project_id(), enterprise)
            self._gatherer = Gatherer(self.environ, origin)
        self._gatherer.take(rows, whole)

    def service_time(self) -> float | None:
        """Return the time by the service's clock, in epoch seconds; None while no answer has told it."""
        return self._client.now().service if self._client else None

    def transport(self) -> "Transport":
        """Return the one transport of this run."""
        if self._transport is None:
            from cbrctl.api.transport import Transport

            ca_bundle = self.settings.values.get("ca_bundle")
            if ca_bundle and not os.path.isfile(ca_bundle.text):
                raise UsageError("no-ca-bundle", origin=ca_bundle.origin)
            proxy, bypass = self.proxy
            self._transport = Transport(
                ca_bundle=ca_bundle.text if ca_bundle else None,
                proxy=proxy.text if proxy else None,
                bypass=bypass,
                language=self.language,
                log=self.log,
                on_request=self.on_request,
            )
        return self._transport

    def journal(self) -> "Journal":
        """Return the journal of this machine; that of the practice cloud is gone with it. Raises LocalState."""
        if self._journal is None:
            from cbrctl.backup.journal import Journal

            self._journal = Journal(self._state_folder())
        return self._journal

    def existing_journal(self) -> "Journal":
        """Return the journal of this machine where there is one, else one in memory: who only looks makes none.

        One that cannot be used is a warning: what is looked at is there without it.
        """
        if self._journal is None:
            from cbrctl.backup.journal import Journal

            try:
                place = self._state_folder()
                self._journal = Journal(place if place and has_journal(place) else None)
            except LocalState as error:
                if error.key != "no-home":
                    self.warn(error)
                self._journal = Journal(None)
        return self._journal

    def _state_folder(self) -> Path | None:
        return None if self._server else folder("state", self.environ)


def _start_practice() -> "Server":
    """Run the practice cloud in this process."""
    from cbrctl.sandbox import DemoCloud, Server

    server = Server(DemoCloud())
    server.start()
    return server
