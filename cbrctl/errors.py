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
`KINDS` is the one table of what each kind means; the classes name their row, and the rest of the program derives from it.
"""

import signal
from collections.abc import Iterable, Mapping
from typing import ClassVar, NamedTuple


class Kind(NamedTuple):
    """A row of the exit table."""

    name: str
    exit_code: int
    outcome: str
    """The outcome of a backup that an error of this kind ended before anything was started."""
    message: str
    """What happened, for an error whose key the catalogue does not have."""
    hint: str
    """What to do, where nothing better is known."""


_MILDEST_FIRST = (
    Kind("busy", 11, "refused", "The vault is being backed up.",
        "Run it again when that has ended; cbrctl task list shows what runs."),
    Kind("pending", 5, "pending", "The backup goes on and is not followed any more.",
        "cbrctl wait {checkpoint} follows it further."),
    Kind("partial", 3, "partial", "Some resources were skipped or failed.",
        "cbrctl wait {checkpoint} names what was skipped or failed, and why."),
    Kind("capacity", 13, "refused", "The vault has no room for the backup.",
        "Enlarge the vault or delete old copies, then run it again."),
    Kind("refused", 14, "refused", "The service refused.",
        "Check what was asked for; cbrctl vault show {vault} shows the state of the vault."),
    Kind("not-found", 10, "error", "What was asked for does not exist, or its name fits several.",
        "Check the name or id, the region and the project."),
    Kind("throttled", 8, "error", "The service is refusing requests for their rate.", "Run it again a little later."),
    Kind("unreachable", 7, "error", "The service could not be reached, or gave no usable answer.",
        "Run it again; check the network and the region if it stays so."),
    Kind("auth", 12, "error", "The credentials are missing, wrong or ended, or do not allow this.",
        "cbrctl auth status shows which are used."),
    Kind("local-state", 15, "error", "A file or folder on this machine cannot be used.",
        "cbrctl doctor says what to do about it."),
    Kind("failed", 4, "failed", "The backup failed.", "cbrctl task list shows what the service says; start a new backup."),
    Kind("unknown", 6, "unknown", "Whether a backup was started is not known.",
        "cbrctl resume looks again; so does the next run."),
    Kind("internal", 1, "error", "Something went wrong inside cbrctl.", "Please report it with the command you ran."),
    # the contract does not rank these two
    Kind("usage", 2, "error", "The command cannot be run as it was given.", "See cbrctl --help."),
    Kind("signal", 128, "error", "A signal stopped it.",
        "cbrctl resume takes up what was sent; where nothing was sent, run it again."),
)  # fmt: skip
"""The order is the contract's: the worst entry of a document gives its exit code. To 128 the signal's number is added."""

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _MILDEST_FIRST}

SIGNALS = tuple(KINDS["signal"].exit_code + number for number in (1, 2, 15))
"""The exit codes of SIGHUP, SIGINT and SIGTERM; not every system has all of these names."""


class ServiceFault(NamedTuple):
    """What a service said when it refused (service.md 7.1)."""

    status: int
    """HTTP status; it never decides what the refusal means."""
    code: str | None
    """Normalised: `BackupService.6114`, `APIGW.0308`, `IAM.0001`; None when the body names none."""
    text: str
    """The service's own words, untrusted; may be empty."""
    request_id: str | None
    encoded: str | None = None
    """`encoded_authorization_message` of a refused permission (service.md 7.1): the vendor's tools decode it."""
    recognised: bool = True
    """False when the body has none of the known shapes: it may come from a proxy and not from the service."""


class CbrctlError(Exception):
    """Something that ends a command or a vault's backup. `key` is an entry of the catalogue, `values` fill it."""

    about: ClassVar[Kind] = KINDS["internal"]
    kind: ClassVar[str] = about.name
    exit_code: ClassVar[int] = about.exit_code

    def __init_subclass__(cls, kind: str | None = None) -> None:
        """Take the row of the kind; without one that of the class above."""
        super().__init_subclass__()
        if kind is not None:
            cls.about = KINDS[kind]
            cls.kind, cls.exit_code = cls.about.name, cls.about.exit_code

    def __init__(
        self, key: str, *, fault: ServiceFault | None = None, sent: str | None = None, note: str = "", **values: object
    ) -> None:
        super().__init__(key)
        self.key = key
        self.fault = fault
        self.sent = sent
        """Whether the checkpoint POST left this machine: `yes`, `no`, `unknown`; None where none was meant."""
        self.note = note
        """Details from below (a socket's words, a parser's), untrusted."""
        self.values = values
        self.told = False
        """Whether a person has read it already, while being asked how to go on."""

    @property
    def outcome(self) -> str:
        """The outcome of a backup that this error ended before anything was started."""
        return self.about.outcome


class UsageError(CbrctlError, kind="usage"):
    """Wrong option, argument or name rule; nothing was sent."""


class Partial(CbrctlError, kind="partial"):
    """Some resources were skipped or failed."""


class Failed(CbrctlError, kind="failed"):
    """The service says that the backup failed."""


class Pending(CbrctlError, kind="pending"):
    """The wait ran out; the backup goes on."""


class Unknown(CbrctlError, kind="unknown"):
    """Whether the backup was started is not known."""


class Unreachable(CbrctlError, kind="unreachable"):
    """The service could not be reached, or gave no usable answer for too long."""


class Throttled(CbrctlError, kind="throttled"):
    """The service kept refusing for rate."""


class NotFound(CbrctlError, kind="not-found"):
    """Vault, resource, checkpoint or profile does not exist, or the name fits several."""

    @property
    def outcome(self) -> str:
        """An error while names are looked up; said of the request that was to start the backup it is a refusal."""
        return "refused" if self.sent is not None else super().outcome


class Busy(CbrctlError, kind="busy"):
    """The vault is being backed up."""


class AuthError(CbrctlError, kind="auth"):
    """No credentials, wrong ones, or expired beyond renewal."""


class Forbidden(AuthError):
    """Good credentials that are not allowed to do this."""


class Capacity(CbrctlError, kind="capacity"):
    """The vault is full."""


class Refused(CbrctlError, kind="refused"):
    """The service refused for another reason, or answered against its contract."""


class LocalState(CbrctlError, kind="local-state"):
    """Disk full, unsafe permissions, or an unusable file on this machine."""


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


_CLASSES: list[type[CbrctlError]] = [CbrctlError, *CbrctlError.__subclasses__()]

BY_KIND: dict[str, type[CbrctlError]] = {cls.kind: cls for cls in _CLASSES}
"""The class of each kind of the exit table."""

_BY_CODE = {cls.exit_code: cls for cls in _CLASSES}
_WELL = frozenset({0})
_RANKS = {0: 0, **{kind.exit_code: rank for rank, kind in enumerate(_MILDEST_FIRST, 1)}}
_ON_THE_WAY = frozenset({Unreachable.exit_code, Throttled.exit_code, AuthError.exit_code, *SIGNALS})
"""What can end the following of a backup, or the search for one, as well as the work before it."""


def _codes(outcome: str) -> frozenset[int]:
    return frozenset(cls.exit_code for cls in _CLASSES if cls.about.outcome == outcome)


OUTCOMES: Mapping[str, frozenset[int]] = {
    **dict.fromkeys(("completed", "accepted", "skipped", "planned"), _WELL),
    "partial": _codes("partial"),
    "failed": _codes("failed"),
    # what breaks on this machine after the service accepted does not stop the backup
    "pending": _codes("pending") | _ON_THE_WAY | {LocalState.exit_code, CbrctlError.exit_code},
    "unknown": _codes("unknown") | _ON_THE_WAY | {CbrctlError.exit_code},
    "refused": _codes("refused") | {NotFound.exit_code},
    "error": _codes("error") | {*SIGNALS},
}
"""The outcomes of a backup, and the exit codes that each may have (contract, result document)."""


def exit_code_of(outcome: str) -> int:
    """Return the exit code of an outcome where no error names another; an outcome that is in no table is a bug's."""
    return 0 if OUTCOMES.get(outcome) == _WELL else BY_KIND.get(outcome, CbrctlError).exit_code


def worst(codes: Iterable[int]) -> int:
    """Return the exit code of a document from those of its entries; a code that nobody ranked counts as the worst."""
    return max(codes, key=rank, default=0)


def rank(code: int) -> int:
    """Return the place of an exit code among all, the mildest first."""
    return _RANKS.get(code, len(_RANKS))


def error_class(exit_code: int) -> type[CbrctlError]:
    """Return the class of an exit code; CbrctlError for one that is in no table."""
    return _BY_CODE.get(exit_code, CbrctlError)
