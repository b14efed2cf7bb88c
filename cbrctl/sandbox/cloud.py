"""The state of the practice cloud, and the switches with which a test or a user changes how it behaves."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from cbrctl.sandbox.faults import Faults
from cbrctl.sandbox.holdings import Checkpoints, Held, Stored
from cbrctl.sandbox.inventory import Policy, Resource, Vault
from cbrctl.sandbox.records import Record, Records
from cbrctl.sandbox.runs import Run
from cbrctl.sandbox.tokens import Tokens

TOKEN_LIFETIME_SECONDS = 86400.0


def read_clock() -> float:
    """The time in epoch seconds, looked up when called, so that a test that patches the time module is seen."""
    return time.time()


def wait(seconds: float) -> None:
    """Sleep, looked up in the same way."""
    time.sleep(seconds)


class Cloud:
    """What the practice cloud holds: vaults, backups, tokens, faults; empty as it is made.

    `clock` gives epoch seconds, `sleep` is used by faults that delay; `page_limit` caps what one page of a list holds
    (at most 1000). Switches, all plain attributes:

    - `token_lifetime`: seconds that a new token holds
    - `code_prefix`: before CBR's codes; "" sends them bare, as the create-checkpoint page prints them
    - `partial_status`: the checkpoint's status when only some of its resources failed: "available" or "error"
    - `all_skipped`: "answer" (200, everything in skipped_resources) or "refuse" (400, code 0001)

    Everything else is read or changed under `lock`.
    """

    def __init__(
        self,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], None] | None = None,
        page_limit: int = 1000,
    ) -> None:
        self.clock = clock or read_clock
        self.sleep = sleep or wait
        self.page_limit = page_limit
        self.token_lifetime = TOKEN_LIFETIME_SECONDS
        self.code_prefix = "BackupService."
        self.partial_status: Literal["available", "error"] = "available"
        self.all_skipped: Literal["answer", "refuse"] = "answer"
        self.lock = threading.RLock()
        self.started = self.clock()
        self.url = ""
        self.faults = Faults()
        self.tokens = Tokens()
        self.vaults: dict[str, Vault] = {}
        self.policies: dict[str, Policy] = {}
        self.checkpoints = Checkpoints()
        self.requests = Records()

    def add_vault(
        self,
        name: str,
        id: str | None = None,
        size_gb: int = 100,
        used_mb: int = 0,
        status: str = "available",
        protect_type: str = "backup",
        resources: Sequence[Resource] = (),
        tags: Mapping[str, str] | None = None,
        enterprise_project_id: str = "0",
    ) -> Vault:
        """Add a vault and return it; an id is invented if none is given. Raises ValueError for an id already there."""
        from uuid import uuid4

        with self.lock:
            id = id or str(uuid4())
            if id in self.vaults:
                raise ValueError(f"a vault with the id {id} is already there")
            vault = Vault(
                id=id,
                name=name,
                size_gb=size_gb,
                used_mb=used_mb,
                status=status,
                protect_type=protect_type,
                resources=list(resources),
                tags=dict(tags or {}),
                enterprise_project_id=enterprise_project_id,
                created=self.started - 30 * 86400 + len(self.vaults),
            )
            self.vaults[id] = vault
            return vault

    def revoke_tokens(self) -> None:
        """Void every token given out so far, as a changed password does."""
        with self.lock:
            self.tokens.revoke()

    def add_record(self, record: Record) -> None:
        """Keep a request, for a while."""
        with self.lock:
            self.requests.add(record)

    def iterate_runs(self) -> Iterator[Held]:
        """Every run of every checkpoint, deleted ones too, oldest checkpoint first."""
        return self.checkpoints.iterate()

    def runs_of(self, resource_id: str, vault_id: str) -> Sequence[Run]:
        """The runs of one resource in one vault, oldest first."""
        return self.checkpoints.of_vault(vault_id).runs.get(resource_id, ())

    def stored(self, resource_id: str, vault_id: str, now: float) -> Stored:
        """What the copies of one resource take of one vault at `now`."""
        return self.checkpoints.of_vault(vault_id).stored(resource_id, now)

    def used_mb(self, vault: Vault, now: float) -> int:
        """What a vault holds at `now`, in MB: grows as backups end, shrinks as copies are deleted."""
        return vault.used_mb + self.checkpoints.of_vault(vault.id).total_mb(now)

    def is_busy(self, vault: Vault, now: float) -> bool:
        """Whether a backup of this vault is under way."""
        return self.checkpoints.of_vault(vault.id).is_busy(now)
