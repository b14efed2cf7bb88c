"""What a check tries is tried once, and said as it was: `auth status --check` and `doctor`."""

import pytest

from cbrctl.sandbox import Cloud
from tests.support import cbr
from tests.support.logins import ASK_IAM, LOGIN, SECURITY_KEY, SESSION, described, issued, serve_cbr, stamp
from tests.support.practice import AGENCY, KEY, NOBODY, to_iam
from tests.support.program import Run
from tests.support.scripted import Answer, Scripted

CHECKS = (("auth", "status", "--check"), ("doctor",))


@pytest.mark.parametrize("project", ["", cbr.PROJECT], ids=["project asked from IAM", "project given"])
@pytest.mark.parametrize("command", CHECKS, ids=["auth status", "doctor"])
def test_iam_is_asked_about_a_token_once(command: tuple[str, ...], project: str, scripted: Scripted, run: Run) -> None:
    serve_cbr(scripted)
    scripted.on(ASK_IAM, described(cbr.PROJECT))
    result = run(*command, env={"CBRCTL_PROJECT_ID": project, "CBRCTL_TOKEN": "t-0"})
    assert result.code == 0, result.err
    assert scripted.count(ASK_IAM) == 1


def test_a_token_for_no_project_is_asked_about_once_and_exchanged_once(scripted: Scripted, run: Run) -> None:
    serve_cbr(scripted)
    scripted.on(ASK_IAM, described(None))
    scripted.on(LOGIN, issued())
    env = {"CBRCTL_PROJECT_ID": "", "CBRCTL_REGION": "cn-north-4"}
    for command in CHECKS:
        before = scripted.count(ASK_IAM), scripted.count(LOGIN)
        assert run(*command, env=env).code == 0
        assert (scripted.count(ASK_IAM), scripted.count(LOGIN)) == (before[0] + 1, before[1] + 1)


def told(run: Run, env: dict[str, str]) -> str:
    """What `auth status --check` says it tried."""
    result = run("auth", "status", "--check", env=env)
    assert result.code == 0, result.err
    return next(line for line in result.err.splitlines() if line.startswith("Tried: "))


@pytest.mark.english
def test_what_was_tried_is_what_was_asked(cloud: Cloud, run: Run) -> None:
    permanent = told(run, {**NOBODY, **KEY})
    assert to_iam(cloud) == []
    assert "IAM" not in permanent
    assert permanent == f"Tried: the list of vaults, by a signature ({cloud.url})."
    assert told(run, {}) == f"Tried: a login ({cloud.url}), and the list of vaults ({cloud.url})."
    assumed = told(run, {**NOBODY, **KEY, **AGENCY})
    assert assumed == f"Tried: new keys were asked for ({cloud.url}), and the list of vaults ({cloud.url})."
    code = {"CBRCTL_USERNAME": "sandbox-mfa", "CBRCTL_PASSCODE": "123456"}
    assert "a login" in told(run, code)
    before = len(to_iam(cloud))
    kept = told(run, code)
    assert len(to_iam(cloud)) == before
    assert kept == (
        f"Tried: the kept token, since a one-time code serves one login, and the list of vaults ({cloud.url})."
    )


@pytest.mark.english
def test_keys_of_a_server_are_not_asked_of_iam(scripted: Scripted, run: Run) -> None:
    serve_cbr(scripted)
    scripted.on(SESSION, Answer(404))
    keys = {"access": "a", "secret": "s", "securitytoken": "x"}
    scripted.on(SECURITY_KEY, {"credential": {**keys, "expires_at": stamp(3600)}})
    env = {"CBRCTL_TOKEN": "", "CBRCTL_CREDENTIAL_SOURCE": "metadata", "CBRCTL_METADATA_ENDPOINT": scripted.url}
    assert told(run, env) == (
        f"Tried: the metadata service was asked for new keys, and the list of vaults ({scripted.url})."
    )


@pytest.mark.parametrize(
    "who",
    [
        {"OS_USERNAME": "u", "OS_PASSWORD": "p", "OS_USER_DOMAIN_NAME": "d", "OS_AUTH_URL": "{}/v3"},
        {"HW_USER_NAME": "u", "HW_USER_PASSWORD": "p", "HW_DOMAIN_NAME": "d", "HW_AUTH_URL": "{}/v3"},
        {"OS_TOKEN": "t-0", "OS_AUTH_URL": "{}"},
    ],
    ids=["OpenStack", "HW", "token"],
)
@pytest.mark.parametrize("command", [*CHECKS, ("vault", "list")], ids=" ".join)
def test_no_login_is_spent_where_cbr_is_not_known(
    command: tuple[str, ...], who: dict[str, str], scripted: Scripted, run: Run
) -> None:
    scripted.on(LOGIN, issued())
    scripted.on(ASK_IAM, described(cbr.PROJECT))
    none = dict.fromkeys(("CBRCTL_TOKEN", "CBRCTL_ENDPOINT", "CBRCTL_IAM_ENDPOINT"), "")
    result = run(*command, env={**none, **{name: text.format(scripted.url) for name, text in who.items()}})
    assert result.code == 2
    assert "--endpoint" in result.err
    assert scripted.asked == []
