"""Where there is nothing to list it is said that there is none, and what to do: no row of nothing, no `Known: -`."""

from pathlib import Path

import pytest

from tests.support.program import Run

INIT = "cbrctl config init sets one up; or leave --profile and CBRCTL_PROFILE out."


@pytest.mark.parametrize("line", ["vault list", "config list", "backup --vault x"])
def test_no_profile_at_all(line: str, run: Run, run_tty: Run) -> None:
    result, shown = run(*line.split(), "--profile", "nightly"), run_tty(*line.split(), "--profile", "nightly")
    assert (result.code, result.out, shown.code, shown.out) == (10, "", 10, "")
    assert result.err.splitlines()[:3] == [
        "error: There is no profile nightly.",
        "  No profile is set up here yet.",
        f"  → {INIT}",
    ]
    assert "Known" not in shown.err


def test_another_profile_is_named(run: Run) -> None:
    assert run("config", "set", "region", "cn-north-4", "--profile", "daily").code == 0
    result = run("vault", "list", "--profile", "xyz")
    assert (result.code, result.out, "Known: daily." in result.err) == (10, "", True)


def test_no_setting(run: Run, run_tty: Run) -> None:
    said = "Nothing is set. cbrctl config init asks for what is needed.\n"
    result, shown = run("config", "list"), run_tty("config", "list", "--lang", "en")
    assert (result.code, result.err, len(result.out.splitlines())) == (0, said, 1)
    assert (shown.code, shown.err) == (0, said)


def test_no_cloud(run: Run, environ: dict[str, str]) -> None:
    place = Path(environ["HOME"]) / "clouds.yaml"
    place.write_text("clouds: {}\n")
    place.chmod(0o600)
    result = run("vault", "list", env={"OS_CLOUD": "prod", "OS_CLIENT_CONFIG_FILE": str(place)})
    assert (result.code, result.out) == (10, "")
    assert "has no cloud at all, and OS_CLOUD names prod." in result.err


def test_an_empty_file_of_the_vendor(run: Run, environ: dict[str, str]) -> None:
    place = Path(environ["HOME"]) / "credentials"
    place.write_text("")
    place.chmod(0o600)
    result = run("vault", "list", "--region", "cn-north-4", env={"HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(place)})
    assert (result.code, result.out) == (12, "")
    assert "It has: no section at all." in result.err
