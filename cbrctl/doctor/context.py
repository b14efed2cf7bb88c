"""What a check is given: the session, what earlier checks found, and a place for its findings."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from cbrctl.credentials.methods import CredentialSet, Password
from cbrctl.errors import CbrctlError, LocalState
from cbrctl.phrases import Phrase
from cbrctl.session import Session

if TYPE_CHECKING:
    from socket import AddressFamily


class Finding(NamedTuple):
    """What a check found. `state` is ok, warning, error or skipped; the middle two have an `error`."""

    check: str
    state: str
    note: str = ""
    """A short fact: what is in use and where it came from, or why the check was skipped."""
    error: CbrctlError | None = None


class Check(NamedTuple):
    """A check: `look` gives the note for "ok" and raises what is wrong. It is skipped where one that it needs failed."""

    id: str
    look: Callable[["CheckContext"], str]
    warning: type[CbrctlError]
    """What a warning of it is."""
    needs: tuple[str, ...] = ()


class Skip(Exception):
    """There is nothing to look at. What stands on this check cannot be looked at either where a check `failed`."""

    def __init__(self, note: str, *, failed: str = "") -> None:
        super().__init__(note)
        self.note = note
        self.failed = failed


class CheckContext:
    """One run of the checks and what they tell each other."""

    def __init__(
        self,
        open_session: Callable[[Callable[..., None]], Session],
        environ: Mapping[str, str],
        *,
        sandbox: bool = False,
    ) -> None:
        self.open_session = open_session
        self.environ = environ
        self.sandbox = sandbox
        self.opened: Session | None = None
        self.no_profile: CbrctlError | None = None
        self.found: CredentialSet | None = None
        self.ca_file = ""
        self.addresses: dict[str, list[tuple[AddressFamily, Any]]] = {}
        """Of an endpoint, `cbr` or `iam`: families and socket addresses."""
        self.dates: dict[str, tuple[str, float]] = {}
        """Of an endpoint: the `Date` of its answer and the moment of this machine's clock."""
        self._failed: dict[str, str] = {}
        """Checks that failed or could not be made, and the one that all of it began with."""
        self._warning: type[CbrctlError] = LocalState
        self._told: list[tuple[str, CbrctlError]] = []

    @property
    def session(self) -> Session:
        """The session that `configuration` opened; only checks that need that ask for it."""
        if self.opened is None:
            raise Skip(Phrase("{check} failed", check="configuration"), failed="configuration")
        return self.opened

    @property
    def needs_iam(self) -> bool:
        """Whether a run asks IAM for anything: with a token or keys and a project id it does not."""
        if self.found is None or isinstance(self.found.proof, Password) or self.found.agency:
            return True
        return not self.session.settings.get("project_id")

    def need(self, check: str) -> None:
        """Skip the check under way where another failed."""
        cause = self._failed.get(check)
        if cause:
            raise Skip(Phrase("{check} failed", check=cause), failed=cause)

    def has_failed(self, check: str) -> bool:
        """Whether an earlier check failed, or could not be made since another failed."""
        return check in self._failed

    @property
    def has_errors(self) -> bool:
        """Whether the check under way found something wrong already."""
        return any(state == "error" for state, _ in self._told)

    def warn(self, warning: CbrctlError | str, **values: Any) -> None:
        """Take a warning of the check under way; one by its key is made from the catalogue."""
        error = warning if isinstance(warning, CbrctlError) else self._warning(warning, **values)
        self._told.append(("warning", error))

    def tell(self, error: CbrctlError) -> None:
        """Take an error of the check under way, which goes on."""
        self._told.append(("error", error))

    def run(self, check: Check) -> list[Finding]:
        """Make one check and give what it found; it raises nothing but a signal."""
        self._warning, self._told = check.warning, []
        state, note = "ok", ""
        try:
            for need in check.needs:
                self.need(need)
            note = check.look(self)
        except Skip as skip:
            state, note = "skipped", skip.note
            if skip.failed:
                self._failed[check.id] = skip.failed
        except CbrctlError as error:
            self.tell(error)
        except OSError as cause:
            note = cause.strerror or str(cause)
            self.tell(LocalState("check-failed", what=cause.filename or check.id, note=note))
        except Exception as bug:  # the other checks go on
            self.tell(CbrctlError("internal", note=f"{type(bug).__name__}: {bug}"))
        if self.has_errors:
            self._failed[check.id] = check.id
            note = ""
        if check.id.endswith("-iam") and not self.needs_iam:  # what no run needs is not what is wrong
            self._told = [("warning", error) for _, error in self._told]
        return [Finding(check.id, state, note, error) for state, error in self._told] or [
            Finding(check.id, state, note)
        ]

    def close(self) -> None:
        """Close the session."""
        if self.opened is not None:
            self.opened.__exit__(None, None, None)
