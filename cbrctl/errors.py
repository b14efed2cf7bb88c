"""What can go wrong, and the exit code of each (the exit table of the contract).

    CbrctlError            1  internal
    ├── UsageError         2  usage        wrong option, argument or name rule; nothing was sent
    ├── Partial            3  partial      some resources were skipped or failed
    ├── Failed             4  failed       the service says that the backup failed
    ├── Pending            5  pending      the wait ran out, the backup goes on
    ├── Unknown            6  unknown      whether the backup was started is not known
    ├── Unreachable        7  unreachable  nothing was sent, or the service was lost while following
    ├── Throttled          8  throttled    the service kept refusing for rate
    ├── NotFound          10  not-found    does not exist, or the name fits several
    ├── Busy              11  busy         the vault is being backed up
    ├── AuthError         12  auth         no credentials, wrong or expired
    │   └── Forbidden                      good credentials that are not allowed to do this
    ├── Capacity          13  capacity     the vault is full
    ├── Refused           14  refused      refused for another reason, or answered against the contract
    └── LocalState        15  local-state  unsafe or unusable files on this machine
    Interrupted  129 130 143  signal       not an Exception: only cli and the place that owns a vault's result catch it

An error names an entry of the catalogue and its values; the words are made by `messages`, once for people, once for JSON.
"""

import signal
from typing import ClassVar, NamedTuple


class Fault(NamedTuple):
    """What a service said when it refused (api.md 7.1)."""

    status: int
    """HTTP status; it never decides what the refusal means."""
    code: str | None
    """Normalised: `BackupService.6114`, `APIGW.0308`, `IAM.0001`; None when the body names none."""
    text: str
    """The service's own words, untrusted; may be empty."""
    request_id: str | None
    recognised: bool = True
    """False when the body has none of the known shapes: it may come from a proxy and not from the service."""


class CbrctlError(Exception):
    """Something that ends a command or a vault's backup. `key` is an entry of the catalogue, `values` fill it."""

    exit_code: ClassVar[int] = 1
    kind: ClassVar[str] = "internal"

    def __init__(
        self, key: str, *, fault: Fault | None = None, sent: str | None = None, note: str = "", **values: object
    ) -> None:
        super().__init__(key)
        self.key = key
        self.fault = fault
        self.sent = sent
        """Whether the checkpoint POST left this machine: `yes`, `no`, `unknown`; None where none was meant."""
        self.note = note
        """Details from below (a socket's words, a parser's), untrusted."""
        self.values = values


class UsageError(CbrctlError):
    """Wrong option, argument or name rule; nothing was sent."""

    exit_code, kind = 2, "usage"


class Partial(CbrctlError):
    """Some resources were skipped or failed."""

    exit_code, kind = 3, "partial"


class Failed(CbrctlError):
    """The service says that the backup failed."""

    exit_code, kind = 4, "failed"


class Pending(CbrctlError):
    """The wait ran out; the backup goes on."""

    exit_code, kind = 5, "pending"


class Unknown(CbrctlError):
    """Whether the backup was started is not known."""

    exit_code, kind = 6, "unknown"


class Unreachable(CbrctlError):
    """The service could not be reached, or gave no usable answer for too long."""

    exit_code, kind = 7, "unreachable"


class Throttled(CbrctlError):
    """The service kept refusing for rate."""

    exit_code, kind = 8, "throttled"


class NotFound(CbrctlError):
    """Vault, resource, checkpoint or profile does not exist, or the name fits several."""

    exit_code, kind = 10, "not-found"


class Busy(CbrctlError):
    """The vault is being backed up."""

    exit_code, kind = 11, "busy"


class AuthError(CbrctlError):
    """No credentials, wrong ones, or expired beyond renewal."""

    exit_code, kind = 12, "auth"


class Forbidden(AuthError):
    """Good credentials that are not allowed to do this."""


class Capacity(CbrctlError):
    """The vault is full."""

    exit_code, kind = 13, "capacity"


class Refused(CbrctlError):
    """The service refused for another reason, or answered against its contract."""

    exit_code, kind = 14, "refused"


class LocalState(CbrctlError):
    """Disk full, unsafe permissions, or an unusable file on this machine."""

    exit_code, kind = 15, "local-state"


class Interrupted(BaseException):
    """A signal asked to stop. Raised by the handler itself, so that a read that is waiting ends at once."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def exit_code(self) -> int:
        """128 and the signal's number: 129, 130 or 143."""
        return 128 + self.number

    @property
    def name(self) -> str:
        """SIGINT, SIGTERM or SIGHUP."""
        return signal.Signals(self.number).name


BY_KIND: dict[str, type[CbrctlError]] = {
    cls.kind: cls
    for cls in (
        CbrctlError, UsageError, Partial, Failed, Pending, Unknown, Unreachable, Throttled,
        NotFound, Busy, AuthError, Capacity, Refused, LocalState,
    )
}  # fmt: skip
"""The class of each kind of the exit table."""
