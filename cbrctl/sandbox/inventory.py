"""What is there to be backed up: vaults and the resources bound to them."""

from dataclasses import dataclass, field

SERVER = "OS::Nova::Server"
VOLUME = "OS::Cinder::Volume"
TURBO = "OS::Sfs::Turbo"

# Provider ids and object types of service.md sections 4 and 5.
PROVIDERS = {
    SERVER: "0daac4c5-6707-4851-97ba-169e36266b66",
    VOLUME: "d1603440-187d-4516-af25-121250c7cc97",
    TURBO: "3f3c3220-245c-4805-b811-758870015881",
}
OBJECT_TYPES = {SERVER: "server", VOLUME: "disk", TURBO: "turbo"}

MAX_DURATION_SECONDS = 30.0


@dataclass(frozen=True)
class Resource:
    """A server or disk of a vault and how its next backups go.

    `duration` is the length of a backup in seconds (more than 0, at most 30). `skip` is the (code, reason) with which
    a backup of it is skipped at once, `fail` the (code, message) with which one fails while running; an empty text
    stands for the table's, in the caller's language. `endless` backups never end. Raises ValueError.
    """

    name: str
    id: str = ""
    type: str = SERVER
    size_gb: int = 40
    skip: tuple[str, str] | None = None
    fail: tuple[str, str] | None = None
    duration: float = 6.0
    endless: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.duration <= MAX_DURATION_SECONDS:
            raise ValueError(f"duration must be more than 0 and at most {MAX_DURATION_SECONDS:g} seconds")
        if not self.id:
            from uuid import uuid4

            object.__setattr__(self, "id", str(uuid4()))

    @property
    def provider_id(self) -> str:
        """The backup provider that serves this type."""
        return PROVIDERS.get(self.type, PROVIDERS[SERVER])


@dataclass(frozen=True)
class Policy:
    """A rule that starts backups of the vaults that name it; `pattern` are iCalendar rules."""

    id: str
    name: str
    enabled: bool = True
    pattern: tuple[str, ...] = ("FREQ=DAILY;INTERVAL=1;BYHOUR=14;BYMINUTE=00",)


@dataclass
class Vault:
    """A vault. `used_mb` is what it held before any backup of this practice cloud; `created` is in epoch seconds."""

    id: str
    name: str
    size_gb: int
    used_mb: int
    status: str
    protect_type: str
    resources: list[Resource]
    tags: dict[str, str]
    enterprise_project_id: str
    created: float
    description: str | None = None
    policies: list[str] = field(default_factory=list)

    @property
    def object_type(self) -> str:
        """What the vault is sold for: server as soon as it holds one."""
        types = {OBJECT_TYPES.get(resource.type, "server") for resource in self.resources}
        return "server" if "server" in types or not types else min(types)

    @property
    def provider_id(self) -> str:
        """The backup provider of the vault's object type."""
        return next(PROVIDERS[type] for type, name in OBJECT_TYPES.items() if name == self.object_type)
