"""What a user put in the wrong place is not repeated: a secret in an address, in a path, in a proxy, in a misplaced option."""

from pathlib import Path

import pytest

from cbrctl.config.regions import mask_address
from tests.support.program import Run

pytestmark = pytest.mark.heavy

REGION = {"CBRCTL_TOKEN": "t", "CBRCTL_REGION": "cn-north-4"}
MISPLACED = [
    ("--endpoint", "https://h.example/?token=CANARY", "vault", "list"),
    ("--endpoint=https://h.example/?token=CANARY", "vault", "list"),
    ("vault", "--endpoint", "https://u:CANARY@h.example/", "list"),
    ("vault", "--iam-endpoint", "CANARY", "list"),
    ("--proxy", "http://CANARY@h.example:1", "vault", "list"),
    ("vault", "https://u:CANARY@h.example"),
    ("https://u:CANARY@h.example", "list"),
    ("backup", "https://u:CANARY@h.example"),
    ("wait", "https://u:CANARY@h.example"),
    ("--endpont", "https://u:'CANARY@h.example", "vault", "list"),
    ("task", "list", "--limit", "https://u:CANARY@h.example"),
    ("task", "list", "--limit=https://u:CANARY@h.example"),
    ("auth", "login", "--method", "https://u:CANARY@h.example"),
]


@pytest.mark.parametrize("line", MISPLACED, ids=" ".join)
def test_a_hint_repeats_nothing_of_an_address_but_its_host(line: tuple[str, ...], run: Run) -> None:
    result = run(*line, env=REGION)
    assert result.code == 2, result.err
    assert "CANARY" not in result.out + result.err


ADDRESSES = [
    "https://h.example&token=CANARY",
    "https://h.example;CANARY",
    "https://h.example CANARY",
    "https://h.example:CANARY",
    "https://h.example,CANARY",
    "https://h.example\tCANARY",
    "https://h.example/x@CANARY",
    "https://u:12/CANARY@h.example",
    "https://CANARY/@h.example",
    "CANARY://h.example",
    "https://h.example:8443:CANARY",
    "https://h.example:00000CANARY",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_stands_behind_a_host_is_not_shown(address: str, run: Run) -> None:
    assert "CANARY" not in mask_address(address)
    for args, env in (
        (("config", "set", "endpoint", address), {}),
        (("config", "list"), {"CBRCTL_ENDPOINT": address}),
        (("config", "get", "iam_endpoint"), {"CBRCTL_IAM_ENDPOINT": address}),
        (("vault", "list", "-o", "json"), {"CBRCTL_ENDPOINT": address}),
        (("doctor",), {"CBRCTL_ENDPOINT": address, "CBRCTL_IAM_ENDPOINT": address}),
    ):
        result = run(*args, env={**REGION, **env})
        assert "CANARY" not in result.out + result.err, args
    assert "CANARY" not in config_text()


def config_text() -> str:
    """What was written."""
    return "".join(path.read_text() for path in Path.home().rglob("config.toml"))


@pytest.mark.parametrize("path", ["/CANARY", "/tmp/CANARY", "~/CANARY", "CANARY", "/tmp/CANARY/x"])
def test_a_path_that_leads_nowhere_is_not_shown(path: str, run: Run) -> None:
    for name in ("CBRCTL_PASSWORD_FILE", "CBRCTL_TOKEN_FILE", "CBRCTL_CA_BUNDLE"):
        named = {**REGION, "CBRCTL_TOKEN": "t" if "CA" in name else "", name: path}
        user = {"CBRCTL_USERNAME": "u", "CBRCTL_DOMAIN_NAME": "d"} if "PASSWORD" in name else {}
        for args in (("vault", "list", "-o", "json"), ("auth", "status", "-o", "json"), ("doctor",)):
            result = run(*args, env={**named, **user})
            assert "CANARY" not in result.out + result.err, (name, args)
            if args[0] == "vault":
                assert result.code == (2 if "CA" in name else 15)
                assert name in result.err


@pytest.mark.parametrize("path", ["/CANARY", "/tmp/CANARY", "CANARY"])
def test_a_path_that_leads_nowhere_is_not_written_as_that_of_a_secret(path: str, run: Run) -> None:
    for key in ("password_file", "token_file", "secret_key_file"):
        result = run("config", "set", key, path)
        assert result.code == 2
        assert key in result.err
        assert "CANARY" not in result.out + result.err + config_text()


PROXIES = [
    "http://CANARY@h.example",
    "CANARY@h.example:3128",
    "http://h.example/?k=CANARY",
    "http://h.example?k=CANARY",
    "http://h.example/CANARY",
    "http://h.example#CANARY",
    "http://h.example;CANARY",
    "http://h.example:CANARY",
]


@pytest.mark.parametrize("proxy", PROXIES)
def test_a_proxy_that_may_hold_a_secret_is_not_written(proxy: str, run: Run) -> None:
    result = run("config", "set", "proxy", proxy)
    assert (result.code, result.out) == (2, "")
    assert "CANARY" not in result.err + config_text()
    for args in (("config", "list"), ("config", "get", "proxy"), ("doctor",), ("vault", "list")):
        shown = run(*args, env={**REGION, "CBRCTL_PROXY": proxy, "CBRCTL_ENDPOINT": "http://127.0.0.1:1"})
        assert "CANARY" not in shown.out + shown.err, args
