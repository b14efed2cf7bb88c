"""The client of CBR in this process: what it is asked for, with a token and a clock of the test's, and what became of it."""

import time
from typing import Any

from cbrctl.api.channel import Prove
from cbrctl.api.client import Client
from cbrctl.api.models import Checkpoint
from cbrctl.api.transport import Transport
from cbrctl.backup.journal import Journal
from cbrctl.backup.options import BackupOptions, Deps
from cbrctl.backup.record import Backup
from cbrctl.backup.sender import Sender
from cbrctl.backup.submit import Submission
from cbrctl.errors import CbrctlError
from cbrctl.ids import new_op_id
from tests.support import cbr

TOKEN = "CANARY-token-of-the-transport"
REQUEST = {"vault_id": cbr.VAULT}


class Proof:
    """A token that can be renewed `spare` times."""

    def __init__(self, spare: int = 0) -> None:
        self.spare = spare

    def headers(self, method: str, url: str, headers: object, body: bytes | None) -> dict[str, str]:
        """The header."""
        return {"X-Auth-Token": f"{TOKEN}-{self.spare}"}

    def hold(self) -> Prove:
        """Return the same for another thread."""
        return self.headers

    def renew(self) -> bool:
        """One less."""
        self.spare -= 1
        return self.spare >= 0


class Sleeps:
    """A clock that notes how long it was asked to wait."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Wait not at all."""
        self.asked.append(seconds)

    def time(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def boot_id(self) -> str | None:
        """Which boot they count from."""
        return "boot"


class Caller:
    """The product's client and what became of its calls."""

    def __init__(self, url: str, *, spare: int = 0, **transport: Any) -> None:
        self.clock = Sleeps()
        self.transport = Transport(**transport)
        self.client = Client(self.transport, Proof(spare), url, cbr.PROJECT, clock=self.clock)

    def post(self) -> "CbrctlError | Checkpoint":
        """Submit as a backup does: the error, or what was accepted."""
        record = Backup(
            "v", op_id=new_op_id(), vault_id=cbr.VAULT, project_id=cbr.PROJECT, request=REQUEST, marked=False
        )
        told: list[object] = []
        journal = Journal(None)
        deps = Deps(self.client, journal, BackupOptions(marked=False), told.append, Sender(self.client), self.clock)
        try:
            for pause in Submission(deps, record, told.append).send():
                assert isinstance(pause, float)
                self.clock.sleep(pause)
        except CbrctlError as error:
            return error
        finally:
            journal.close()
        assert record.checkpoint is not None
        return record.checkpoint

    def get(self) -> CbrctlError | None:
        """Show a vault."""
        try:
            self.client.show_vault(cbr.VAULT)
        except CbrctlError as error:
            return error
        return None
