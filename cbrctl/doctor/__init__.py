"""`cbrctl doctor`'s checks: each a small function that looks at one thing. None stops the others, and none raises.

What a check is given and what it leaves stands in `context`; `machine` looks at this machine's files, `network` at the way to
the service, `access` at who is asking.
"""

from collections.abc import Callable, Generator, Mapping
from functools import partial

from cbrctl.doctor import authentication, machine, network
from cbrctl.doctor.context import Check, CheckContext, Finding
from cbrctl.errors import AuthError, LocalState, Pending, Unreachable, UsageError, worst
from cbrctl.session import Session

__all__ = ["Finding", "examine", "exit_code_of"]

CHECKS = (
    Check("config-files", machine.check_config_files, LocalState),
    Check("configuration", authentication.open_configuration, UsageError, ("config-files",)),
    Check("profile", authentication.find_profile, UsageError, ("configuration",)),
    Check("region", authentication.find_region, UsageError, ("profile",)),
    Check("state-folder", machine.check_state_folder, LocalState),
    Check("locks", machine.check_locks, LocalState, ("state-folder",)),
    Check("journal", machine.check_journal, Pending, ("state-folder",)),
    Check("cache-files", machine.check_cache_files, LocalState),
    Check("credentials", authentication.find_credentials, LocalState, ("profile",)),
    Check("keyring", authentication.probe_keyring, LocalState, ("profile",)),
    Check("ca-bundle", network.check_ca_bundle, UsageError, ("profile",)),
    Check("proxy", network.find_proxy, UsageError, ("region", "ca-bundle")),
    *(
        Check(f"{name}-{part}", partial(look, part=part), Unreachable, tuple(need.format(part) for need in needs))
        for part in ("cbr", "iam")
        for name, look, needs in (
            ("dns", network.look_up, ("proxy",)),
            ("tls", network.shake_hands, ("dns-{}",)),
            ("answer", network.ask, ("tls-{}",)),
        )
    ),
    Check("clock", network.compare_clocks, AuthError, ("proxy",)),
    Check("login", authentication.log_in, AuthError, ("credentials", "keyring", "proxy")),
    Check("project", authentication.find_project, UsageError, ("login",)),
    Check("cbr", authentication.read_vaults, Unreachable, ("answer-cbr", "project")),
)
"""Every check in its order. Their ids are what scripts rely on: none is renamed."""


def examine(
    open_session: Callable[[Callable[..., None]], Session], environ: Mapping[str, str], *, sandbox: bool = False
) -> Generator[Finding, None, None]:
    """Return the findings of every check as they come, one at least of each.

    `open_session` makes the connection; it is given what takes the warnings. Of the practice cloud (`sandbox`) nothing
    on this machine is looked at.
    """
    context = CheckContext(open_session, environ, sandbox=sandbox)
    try:
        for check in CHECKS:
            yield from context.run(check)
    finally:
        context.close()


def exit_code_of(findings: list[Finding]) -> int:
    """Return the exit code of the worst error; warnings do not count."""
    return worst(f.error.exit_code for f in findings if f.state == "error" and f.error)
