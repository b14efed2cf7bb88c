"""Where a secret goes: one answer for a run, `config list`, `auth status` and `doctor`, and never another family's address."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from cbrctl.config.proxies import find_proxy, is_listed
from cbrctl.config.regions import find_neighbour, is_loopback, mask_address
from cbrctl.config.settings import Value
from tests.support import cbr
from tests.support.configuration import write_clouds, write_config
from tests.support.logins import LOGIN, issued, serve_cbr
from tests.support.program import Run
from tests.support.scripted import Answer, Scripted

HOST = "https://{}.myhuaweicloud.com"
OTC = "https://{}.eu-de.otc.t-systems.com"


class Case(NamedTuple):
    """Variables, flags and files, and the two addresses that follow; None for one that is not known."""

    says: str
    cbr: str | None
    iam: str | None
    env: dict[str, str] = {}  # noqa: RUF012 - nobody changes it
    args: tuple[str, ...] = ()
    config: str = ""
    clouds: str = ""
    secure: str = ""
    region: str | None = None


OURS = {"CBRCTL_USERNAME": "u", "CBRCTL_PASSWORD": "p", "CBRCTL_DOMAIN_NAME": "d"}
HW = {"HW_USER_NAME": "u", "HW_USER_PASSWORD": "p", "HW_DOMAIN_NAME": "d"}
OS = {"OS_USERNAME": "u", "OS_PASSWORD": "p", "OS_USER_DOMAIN_NAME": "d"}
SDK = {"HUAWEICLOUD_SDK_AK": "a", "HUAWEICLOUD_SDK_SK": "s"}
NORTH = {"CBRCTL_REGION": "cn-north-4"}
OF_NORTH = HOST.format("cbr.cn-north-4"), HOST.format("iam.cn-north-4")
ELSEWHERE = {
    "OS_AUTH_URL": "https://iam.os.example/v3",
    "HW_AUTH_URL": "https://iam.hw.example/v3",
    "HUAWEICLOUD_SDK_IAM_ENDPOINT": "https://iam.sdk.example",
}
CBR_OF_NORTH = f'[profiles.default]\nendpoint = "{OF_NORTH[0]}"\n'
CLOUD = (
    "clouds: {acme: {region_name: eu-de, auth: {auth_url: 'https://iam.acme.example/v3', username: u, password: p}}}"
)
REGIONS = """clouds:
  acme:
    auth: {auth_url: 'https://iam.eu-de.otc.t-systems.com/v3', username: u, password: p}
    regions: [eu-de, {name: eu-nl, values: {auth: {auth_url: 'https://iam.eu-nl.otc.t-systems.com/v3'}}}]
"""

CASES = [
    # the family's own address, and none of another
    Case("ours, and others' addresses", *OF_NORTH, {**OURS, **NORTH, **ELSEWHERE}),
    Case("our token, and others' addresses", *OF_NORTH, {"CBRCTL_TOKEN": "t", **NORTH, **ELSEWHERE}),
    Case("HW's own", "https://cbr.hw.example", "https://iam.hw.example", {**HW, **NORTH, **ELSEWHERE}),
    Case("OpenStack's own", "https://cbr.os.example", "https://iam.os.example", {**OS, **NORTH, **ELSEWHERE}),
    Case("the vendor's own", "https://cbr.sdk.example", "https://iam.sdk.example", {**SDK, **NORTH, **ELSEWHERE}),
    Case("HW's token, and OpenStack's address", *OF_NORTH,
         {"HW_AUTH_TOKEN": "t", **NORTH, "OS_AUTH_URL": ELSEWHERE["OS_AUTH_URL"]}),
    Case("nobody's", *OF_NORTH, {**NORTH, **ELSEWHERE}),
    # what is an order
    Case("the flag", "https://cbr.x.example", "https://iam.x.example", {**OS, **NORTH, **ELSEWHERE},
         ("--iam-endpoint", "https://iam.x.example")),
    Case("our variable", "https://cbr.x.example", "https://iam.x.example",
         {**OS, **NORTH, **ELSEWHERE, "CBRCTL_IAM_ENDPOINT": "https://iam.x.example/v3"}),
    Case("the chosen profile", "https://cbr.x.example", "https://iam.x.example",
         {**OS, **NORTH, **ELSEWHERE, "CBRCTL_PROFILE": "p"},
         config='[profiles.p]\niam_endpoint = "https://iam.x.example"\n'),
    Case("the default profile, for its own", "https://cbr.x.example", "https://iam.x.example", {**NORTH, **ELSEWHERE},
         config='[profiles.default]\niam_endpoint = "https://iam.x.example"\nusername = "u"\ndomain_name = "d"\n'),
    Case("the default profile, for ours", "https://cbr.x.example", "https://iam.x.example", {**OURS, **NORTH},
         config='[profiles.default]\niam_endpoint = "https://iam.x.example"\n'),
    Case("the default profile is not for others", *OF_NORTH, {**OS, **NORTH},
         config='[profiles.default]\niam_endpoint = "https://iam.x.example"\n'),
    # the default profile's CBR, for others' credentials where it is of the same cloud as their IAM
    Case("OTC's token, and the default profile's CBR of another cloud", OTC.format("cbr"), OTC.format("iam"),
         {"OS_TOKEN": "t", "OS_AUTH_URL": OTC.format("iam") + "/v3"}, config=CBR_OF_NORTH),
    Case("a key of Terraform, and the default profile's CBR of another cloud", None, "https://keystone.example:5000",
         {"HW_ACCESS_KEY": "a", "HW_SECRET_KEY": "s", "HW_AUTH_URL": "https://keystone.example:5000/v3", **NORTH},
         config=CBR_OF_NORTH),
    Case("the default profile's CBR of another region of the cloud", OTC.format("cbr").replace("de", "nl"),
         OTC.format("iam"), {**OS, "OS_AUTH_URL": OTC.format("iam") + "/v3"},
         config='[profiles.default]\nendpoint = "https://cbr.eu-nl.otc.t-systems.com"\n'),
    Case("the default profile's CBR beside an IAM for all regions", OF_NORTH[0], "https://iam.myhuaweicloud.com",
         {**HW, "HW_AUTH_URL": "https://iam.myhuaweicloud.com/v3"}, config=CBR_OF_NORTH),
    Case("the default profile's CBR beside IAM of the region", *OF_NORTH, {**HW, **NORTH}, config=CBR_OF_NORTH),
    Case("the default profile's CBR in a domain that only ends alike", "https://cbr.os.co.example", "https://iam.os.co.example",
         {**OS, "OS_AUTH_URL": "https://iam.os.co.example"},
         config='[profiles.default]\nendpoint = "https://cbr.xy-z.co.example"\n'),
    Case("the default profile's CBR at the host of IAM", "https://one.example:8799", "https://one.example:5000",
         {**OS, "OS_AUTH_URL": "https://one.example:5000/v3"},
         config='[profiles.default]\nendpoint = "https://one.example:8799"\n'),
    Case("the default profile's CBR, for ours", OF_NORTH[0], OTC.format("iam"),
         {**OURS, "CBRCTL_IAM_ENDPOINT": OTC.format("iam")}, config=CBR_OF_NORTH),
    Case("a chosen profile's CBR", OF_NORTH[0], OTC.format("iam"),
         {**OS, "OS_AUTH_URL": OTC.format("iam"), "CBRCTL_PROFILE": "default"}, config=CBR_OF_NORTH),
    Case("our variable's CBR", OF_NORTH[0], OTC.format("iam"),
         {**OS, "OS_AUTH_URL": OTC.format("iam"), "CBRCTL_ENDPOINT": OF_NORTH[0]}),
    # CBR beside IAM
    Case("an OTC openrc without a region", OTC.format("cbr"), OTC.format("iam"),
         {**OS, "OS_AUTH_URL": OTC.format("iam") + "/v3"}, region="eu-de"),
    Case("with a port that is the usual one", OTC.format("cbr"), OTC.format("iam") + ":443",
         {**OS, "OS_AUTH_URL": OTC.format("iam") + ":443/v3"}, region="eu-de"),
    Case("one that serves all regions", HOST.format("cbr.cn-east-3"), "https://iam.myhuaweicloud.com",
         {**HW, "HW_AUTH_URL": "https://iam.myhuaweicloud.com/v3", "HW_REGION_NAME": "cn-east-3"}),
    Case("one that serves all regions, and none named", None, "https://iam.myhuaweicloud.com",
         {**HW, "HW_AUTH_URL": "https://iam.myhuaweicloud.com/v3"}),
    Case("that of Dublin", HOST.format("cbr.eu-west-101"), "https://iam.eu-west-101.myhuaweicloud.eu",
         {**HW, "HW_AUTH_URL": "https://iam.eu-west-101.myhuaweicloud.eu", "HW_REGION_NAME": "eu-west-101"}),
    Case("a Keystone", None, "https://keystone.example:5000",
         {**OS, **NORTH, "OS_AUTH_URL": "https://keystone.example:5000/v3"}),
    Case("a Keystone, and CBR given", "https://cbr.here.example", "https://keystone.example:5000",
         {**OS, "OS_AUTH_URL": "https://keystone.example:5000/v3", "CBRCTL_ENDPOINT": "https://cbr.here.example"}),
    # a partner's cloud
    Case("HW_CLOUD", "https://cbr.cn-north-4.acme.example", "https://iam.cn-north-4.acme.example",
         {**HW, **NORTH, "HW_CLOUD": "acme.example"}),
    Case("CBRCTL_CLOUD", "https://cbr.eu-de.acme.example", "https://iam.eu-de.acme.example",
         {**OURS, "CBRCTL_REGION": "eu-de", "CBRCTL_CLOUD": "ACME.example", "HW_CLOUD": "other.example"}),
    Case("its IAM for all regions", "https://cbr.cn-north-4.acme.example", "https://iam.acme.example",
         {**HW, **NORTH, "HW_CLOUD": "acme.example", "HW_AUTH_URL": "https://iam.acme.example/v3"}),
    Case("no domain", None, None, {**HW, **NORTH, "HW_CLOUD": "https://acme.example"}),
    # clouds.yaml
    Case("a cloud", "https://cbr.acme.example", "https://iam.acme.example", {**ELSEWHERE, "OS_CLOUD": "acme"},
         clouds=CLOUD, region="eu-de"),
    # its region would send them to another cloud
    Case("ours, and a cloud that is named", None, None, {**OURS, "OS_CLOUD": "acme"}, clouds=CLOUD),
    Case("Terraform's, and a cloud that is named", None, None, {**HW, "OS_CLOUD": "acme"}, clouds=CLOUD),
    Case("a profile's, and a cloud that is named", None, None, {"CBRCTL_PROFILE": "p", "OS_CLOUD": "acme"},
         clouds=CLOUD, config='[profiles.p]\nusername = "u"\ndomain_name = "d"\n'),
    Case("envvars are the variables", "https://cbr.os.example", "https://iam.os.example",
         {**OS, **NORTH, **ELSEWHERE, "OS_CLOUD": "envvars"}, clouds=CLOUD),
    Case("the first region of a cloud", OTC.format("cbr"), OTC.format("iam"), {"OS_CLOUD": "acme"}, clouds=REGIONS,
         region="eu-de"),
    Case("another one of it", OTC.format("cbr").replace("de", "nl"), OTC.format("iam").replace("de", "nl"),
         {"OS_CLOUD": "acme", "OS_REGION_NAME": "eu-nl"}, clouds=REGIONS, region="eu-nl"),
    Case("only in secure.yaml", "https://cbr.acme.example", "https://iam.acme.example", {"OS_CLOUD": "acme"},
         clouds="clouds: {}", secure=CLOUD, region="eu-de"),
    Case("only in secure.yaml, alone", "https://cbr.acme.example", "https://iam.acme.example", {"OS_CLOUD": "acme"},
         secure=CLOUD, region="eu-de"),
    Case("a cloud without an address", None, None, {**NORTH, "OS_CLOUD": "acme"},
         clouds="clouds: {acme: {auth: {username: u, password: p}}}"),
]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
@pytest.mark.sampled(4)
def test_what_config_list_shows(case: Case, run: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    if case.config:
        path = home / ".config" / "cbrctl" / "config.toml"
        path.parent.mkdir(parents=True)
        path.write_text(case.config)
        path.chmod(0o600)
    for name, text in (("clouds.yaml", case.clouds), ("secure.yaml", case.secure)):
        if text:
            write_clouds(home, text, name)
    result = run("config", "list", *case.args, "-o", "json", env=case.env)
    assert result.code == 0, result.err
    items = {item["key"]: item for item in result.json()["items"]}
    assert {key: items[key]["value"] for key in ("endpoint", "iam_endpoint") if key in items} == {
        key: address for key, address in (("endpoint", case.cbr), ("iam_endpoint", case.iam)) if address
    }
    if case.region:
        assert items["region"]["value"] == case.region


NOWHERE: dict[str, tuple[dict[str, str], str, int, str]] = {
    "a region that the cloud does not have": ({"OS_CLOUD": "acme", "OS_REGION_NAME": "eu-ch2"}, "", 2, "OS_REGION_NAME"),
    "a cloud that is not there": ({"OS_CLOUD": "nope", "OS_REGION_NAME": "eu-ch2"}, "", 10, "nope"),
    "the same, and a region of ours": ({"OS_CLOUD": "nope", **NORTH}, "", 10, "nope"),
    "the same, and a default profile": ({"OS_CLOUD": "nope", **NORTH}, CBR_OF_NORTH, 10, "nope"),
    "a profile's cloud that is not there": (
        {"CBRCTL_PROFILE": "p", **NORTH}, '[profiles.p]\ncloud = "nope"\n', 10, "cloud of profile p",
    ),
    "a kind of OpenStack's that is not known": ({**OS, **NORTH, "OS_AUTH_TYPE": "v3oidc"}, "", 2, "OS_AUTH_TYPE"),
    # one region for all: it chooses the cloud's entry, whoever names it
    "our region, and OS_CLOUD": ({"OS_CLOUD": "acme", "CBRCTL_REGION": "eu-ch2"}, "", 2, "CBRCTL_REGION"),
    "Terraform's region, and OS_CLOUD": ({"OS_CLOUD": "acme", "HW_REGION_NAME": "eu-ch2"}, "", 2, "HW_REGION_NAME"),
    "our region, and a profile's cloud": (
        {"CBRCTL_PROFILE": "p", "CBRCTL_REGION": "eu-ch2"}, '[profiles.p]\ncloud = "acme"\n', 2, "CBRCTL_REGION",
    ),
    "a profile's region and cloud": (
        {"CBRCTL_PROFILE": "p"}, '[profiles.p]\ncloud = "acme"\nregion = "eu-ch2"\n', 2, "profile p",
    ),
    "OpenStack's region, and the default profile's cloud": (
        {"OS_REGION_NAME": "eu-ch2"}, '[profiles.default]\ncloud = "acme"\n', 2, "OS_REGION_NAME",
    ),
}  # fmt: skip


@pytest.mark.heavy
@pytest.mark.parametrize(("env", "config", "code", "shown"), NOWHERE.values(), ids=NOWHERE.keys())
def test_no_address_is_named_that_a_run_refuses(
    env: dict[str, str], config: str, code: int, shown: str, run: Run, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    write_clouds(home, REGIONS)
    if config:
        write_config(home / ".config" / "cbrctl", config)
    result = run("vault", "list", "-o", "json", env=env)
    assert (result.code, result.json()["exit_code"], shown in result.err) == (code, code, True), result.err
    listed = run("config", "list", "-o", "json", env=env)
    assert (listed.code, shown in listed.err) == (0, True), listed.err
    assert [item for item in listed.json()["items"] if item["key"].endswith("endpoint")] == []
    looked = run("doctor", "-o", "json", env=env)
    assert looked.code == code
    assert "https://" not in looked.out


CHOSEN: dict[str, tuple[dict[str, str], tuple[str, ...], str, str]] = {
    "our variable, OS_CLOUD": ({"OS_CLOUD": "acme", "CBRCTL_REGION": "eu-nl"}, (), "", "eu-nl"),
    "Terraform's variable, OS_CLOUD": ({"OS_CLOUD": "acme", "HW_REGION_NAME": "eu-nl"}, (), "", "eu-nl"),
    "the flag, OS_CLOUD": ({"OS_CLOUD": "acme", "OS_REGION_NAME": "eu-ch2"}, ("--region", "eu-nl"), "", "eu-nl"),
    "a profile's, OS_CLOUD": (
        {"OS_CLOUD": "acme", "CBRCTL_PROFILE": "p"}, (), '[profiles.p]\nregion = "eu-nl"\n', "eu-nl"),
    "a default profile's is weaker than the cloud": (
        {"OS_CLOUD": "acme"}, (), '[profiles.default]\nregion = "cn-north-4"\n', "eu-de"),
    "our variable, a profile's cloud": (
        {"CBRCTL_PROFILE": "p", "CBRCTL_REGION": "eu-nl"}, (), '[profiles.p]\ncloud = "acme"\n', "eu-nl"),
    "the profile's own": (
        {"CBRCTL_PROFILE": "p", "OS_REGION_NAME": "eu-ch2"}, (), '[profiles.p]\ncloud = "acme"\nregion = "eu-nl"\n', "eu-nl"),
    "other tools' are weaker than a chosen profile's cloud": (
        {"CBRCTL_PROFILE": "p", "OS_REGION_NAME": "eu-nl"}, (), '[profiles.p]\ncloud = "acme"\n', "eu-de"),
    "other tools' are stronger than the default profile's cloud": (
        {"HW_REGION_NAME": "eu-nl"}, (), '[profiles.default]\ncloud = "acme"\n', "eu-nl"),
    "the default profile's own": ({}, (), '[profiles.default]\ncloud = "acme"\nregion = "eu-nl"\n', "eu-nl"),
}  # fmt: skip


@pytest.mark.parametrize(("env", "args", "config", "region"), CHOSEN.values(), ids=CHOSEN.keys())
def test_one_region_chooses_the_clouds_entry(
    env: dict[str, str], args: tuple[str, ...], config: str, region: str, run: Run, tmp_path: Path
) -> None:
    """The password went to the first region's IAM, to ask there for the project of the other."""
    home = tmp_path / "home"
    write_clouds(home, REGIONS.replace("password: p}", "password: p, user_domain_name: d}"))
    if config:
        write_config(home / ".config" / "cbrctl", config)
    items = {item["key"]: item["value"] for item in run("config", "list", *args, "-o", "json", env=env).json()["items"]}
    assert items["region"] == region
    assert items["iam_endpoint"] == f"https://iam.{region}.otc.t-systems.com"
    assert items["endpoint"] == f"https://cbr.{region}.otc.t-systems.com"
    [used, *_] = run("auth", "status", *args, "-o", "json", env=env).json()["items"]
    assert used["iam_endpoint"] == items["iam_endpoint"]


ENDED: dict[str, tuple[dict[str, str], int, str]] = {
    "no CBR beside IAM": ({**OS, **NORTH, "OS_AUTH_URL": "https://keystone.example:5000/v3"}, 2, "--endpoint"),
    "a region that the cloud does not have": ({"OS_CLOUD": "acme", "OS_REGION_NAME": "eu-ch2"}, 2, "eu-de, eu-nl"),
    "another kind": ({**OS, **NORTH, "OS_AUTH_TYPE": "v3applicationcredential"}, 2, "v3totp"),
    "a token is named and not there": ({**OS, **NORTH, "OS_AUTH_TYPE": "v3token"}, 12, "OS_TOKEN"),
    "a password is named and not there": (
        {"OS_TOKEN": "CANARY", **NORTH, "OS_AUTH_TYPE": "password"},
        12,
        "OS_PASSWORD",
    ),
    "no domain of a cloud": ({**HW, **NORTH, "HW_CLOUD": "acme"}, 2, "HW_CLOUD"),
    # without a region as well: what is wrong is said, and not what follows from it
    "a cloud that is not there": ({"OS_CLOUD": "nowhere"}, 10, "nowhere"),
    "another kind without a region": (
        {"OS_AUTH_TYPE": "v3applicationcredential", "OS_APPLICATION_CREDENTIAL_SECRET": "CANARY"},
        2,
        "v3totp",
    ),
    "another kind that is not named": (
        {"OS_APPLICATION_CREDENTIAL_ID": "x", "OS_APPLICATION_CREDENTIAL_SECRET": "CANARY"},
        2,
        "v3applicationcredential",
    ),
    "ours, with the region of a cloud only": ({**OURS, "OS_CLOUD": "acme"}, 2, "region"),
}


@pytest.mark.heavy
@pytest.mark.parametrize(("env", "code", "shown"), ENDED.values(), ids=ENDED.keys())
def test_what_ends_before_anything_is_sent(
    env: dict[str, str], code: int, shown: str, run: Run, run_tty: Run, tmp_path: Path
) -> None:
    write_clouds(tmp_path / "home", REGIONS)
    result = run("vault", "list", "-o", "json", env=env)
    assert (result.code, result.json()["exit_code"]) == (code, code)
    assert shown in result.err
    assert "CANARY" not in result.out + result.err
    assert run_tty("vault", "list", env=env).code == code
    assert run("doctor", "-o", "json", env=env).code == code


def test_an_address_of_a_profile_is_named_and_hides_nothing(run: Run) -> None:
    for key, value in (("username", "u"), ("domain_name", "d"), ("iam_endpoint", "https://iam.acme.example")):
        assert run("config", "set", key, value).code == 0
    env = {**NORTH, "CBRCTL_IAM_ENDPOINT": "", "CBRCTL_ENDPOINT": "", "CBRCTL_TOKEN": ""}
    items = {item["key"]: item for item in run("config", "list", "-o", "json", env=env).json()["items"]}
    assert (items["iam_endpoint"]["value"], items["iam_endpoint"]["shadowed"]) == ("https://iam.acme.example", [])
    path = Path(run("config", "path").out.strip())
    path.write_text(path.read_text().replace("iam.acme.example", "iam acme"))
    result = run("vault", "list", env=env)
    assert (result.code, result.out) == (2, "")
    assert "iam_endpoint of profile default is no address" in result.err


def test_auth_status_shows_where_the_secret_goes(run: Run, run_tty: Run) -> None:
    env = {**OS, **NORTH, **ELSEWHERE}
    (used, *_) = run("auth", "status", "-o", "json", env=env).json()["items"]
    assert (used["iam_endpoint"], used["endpoint"]) == ("https://iam.os.example", "https://cbr.os.example")
    result = run_tty("auth", "status", env=env, columns=120)
    assert "IAM is https://iam.os.example (OS_AUTH_URL)." in result.err
    assert "CBR is https://cbr.os.example (beside IAM of OS_AUTH_URL)." in result.err
    lost = run("auth", "status", "-o", "json", env={**OS, **NORTH, "OS_AUTH_URL": "https://keystone.example:5000/v3"})
    assert (lost.code, lost.json()["items"][0]["endpoint"]) == (0, None)
    assert "--endpoint" in lost.err


def test_the_vendors_file_has_an_address_of_its_own(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "home" / ".huaweicloud" / "credentials"
    path.parent.mkdir()
    path.write_text("[basic]\nak = a\nsk = s\niam_endpoint = https://iam.sdk.example\n")
    path.chmod(0o600)
    assert run("config", "get", "iam_endpoint", env={**NORTH, **ELSEWHERE}).out == "https://iam.sdk.example\n"
    path.write_text("[global]\nak = CANARY\nsk = CANARY\n")
    result = run("vault", "list", env=NORTH)
    assert (result.code, result.out) == (12, "")
    assert "no section [basic]" in result.err
    assert "global" in result.err
    assert "CANARY" not in result.err


# the program: who is asked ------------------------------------------------------------------------------------------

FAMILIES: dict[str, tuple[dict[str, str], str]] = {
    "ours": (OURS, "CBRCTL_IAM_ENDPOINT"),
    "HW": (HW, "HW_AUTH_URL"),
    "OpenStack": (OS, "OS_AUTH_URL"),
}


@pytest.fixture
def other() -> Iterator[Scripted]:
    """A server at the other families' address, that nobody is to ask."""
    server = Scripted()
    yield server
    server.close()


@pytest.mark.long
@pytest.mark.parametrize(("who", "own"), FAMILIES.values(), ids=FAMILIES.keys())
def test_all_commands_ask_the_same_address(
    who: dict[str, str], own: str, scripted: Scripted, other: Scripted, run: Run
) -> None:
    serve_cbr(scripted)
    scripted.on(LOGIN, issued())
    scripted.on(f"GET /v3/{cbr.PROJECT}/vaults/{cbr.VAULT}", {"vault": {"id": cbr.VAULT, "name": "v", "resources": []}})
    theirs = {name: other.url for name in ELSEWHERE if name != own}
    env = {"CBRCTL_TOKEN": "", "CBRCTL_IAM_ENDPOINT": "", **theirs, **who, own: scripted.url}
    for args in (("vault", "list"), ("auth", "status", "--check"), ("doctor",)):
        assert run(*args, "--no-cache", env=env).code == 0
    assert sum(a.path == "/v3/auth/tokens" and a.method == "POST" for a in scripted.asked) == 3
    assert other.asked == []
    shown = run("config", "get", "iam_endpoint", env=env)
    assert (shown.code, shown.out) == (0, f"{scripted.url}\n")


def test_a_login_shows_the_address_and_goes_there(scripted: Scripted, other: Scripted, run: Run) -> None:
    """What was just typed is of no family: it goes to no address that happens to be set."""
    scripted.on(LOGIN, Answer(401, {"error": {"code": 401, "message": "no", "title": "Unauthorized"}}))
    env = {"CBRCTL_TOKEN": "", **dict.fromkeys(ELSEWHERE, other.url)}
    who = ("--username", "u", "--domain-name", "d")
    result = run("auth", "login", *who, stdin="CANARY-pw\n", env=env)
    assert result.code in (12, 15)  # 15: no keyring here, which is seen first
    assert result.err.startswith(f"IAM is {scripted.url} (CBRCTL_IAM_ENDPOINT).\n")
    assert other.asked == []
    assert "CANARY" not in result.out + result.err


# parts ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("iam", "region", "cbr", "named"),
    [
        ("https://iam.eu-de.otc.t-systems.com", None, "https://cbr.eu-de.otc.t-systems.com", "eu-de"),
        ("https://iam.acme.example", "cn-north-4", "https://cbr.acme.example", None),
        ("https://iam.myhuaweicloud.com", "cn-north-4", "https://cbr.cn-north-4.myhuaweicloud.com", None),
        ("https://iam.myhuaweicloud.com", None, None, None),
        ("https://iam.example", None, None, None),
        ("https://iam2.eu-de.example.com", None, None, None),
        ("https://iam.eu-de.example.com:8443", None, None, None),
        ("http://127.0.0.1:1", "cn-north-4", None, None),
        ("https://[::1]", "cn-north-4", None, None),
    ],
)
def test_what_is_beside_iam(iam: str, region: str | None, cbr: str | None, named: str | None) -> None:
    if cbr is None:
        with pytest.raises(ValueError, match=r"^It "):
            find_neighbour(iam, region)
    else:
        assert find_neighbour(iam, region) == (cbr, named)


@pytest.mark.parametrize(
    "host", ["127.0.0.08", "127.0.0.1.", "127.1", "0127.0.0.1", "127.0.0.256", "127.0.0.٣", "localhost.x"]
)
def test_what_only_looks_like_this_machine(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://h.example/?token=CANARY", "https://h.example/***"),
        ("https://joe:CANARY@h.example", "https://***@h.example"),
        ("https://h.example/CANARY#CANARY", "https://h.example/***"),
        ("https://h.example\\CANARY", "https://h.example/***"),
        ("https://h.example:8443", "https://h.example:8443"),
        ("https://h.example&token=CANARY", "https://***"),
        ("https://h.example/x@CANARY", "https://***"),
        ("CANARY://h.example", "***"),
        ("CANARY", "***"),
        ("CANARY!pass.word", "***"),
        ("cbr.example.com", "cbr.example.com"),
    ],
)
def test_an_address_as_it_is_shown(address: str, shown: str) -> None:
    assert mask_address(address) == shown


@pytest.mark.parametrize("value", ["https://h.example/?token=CANARY", "https://joe:CANARY@h", "CANARY"])
def test_an_address_that_is_none_is_not_repeated(value: str, run: Run) -> None:
    for args in (("config", "set", "endpoint", value), ("vault", "list", "--endpoint", value)):
        result = run(*args, "-o", "json", env={"CBRCTL_TOKEN": "t", **NORTH})
        assert result.code == 2
        assert "CANARY" not in result.out + result.err


LISTED = [
    ("h.example", "h.example", True),
    ("a.h.example", "h.example", True),
    ("a.h.example", ".h.example", True),
    ("ah.example", "h.example", False),
    ("h.example", "a.h.example", False),
    ("h.example", "x, h.example", True),
    ("h.example", "x h.example\ty", True),
    ("H.EXAMPLE.", "h.example", True),
    ("h.example", "*", True),
    ("h.example", " * ", True),
    ("h.example", "*.example", False),
    ("10.1.2.3", "10.0.0.0/8", True),
    ("10.1.2.3", "10.1.0.0/16,x", True),
    ("11.1.2.3", "10.0.0.0/8", False),
    ("10.1.2.3", "10.1.2.3", True),
    ("10.1.2.3", "10.1.2.3/40", False),
    ("10.1.2.3", "2.3", False),
    ("10.1.2.3", ".2.3", False),
    ("h.2.3", "2.3", True),
    ("fd00::1", "fd00::/8", True),
    ("fd00::1", "[fd00::1]", True),
    ("h.example", "10.0.0.0/8", False),
    ("h.example", "", False),
]


@pytest.mark.parametrize(("host", "listed", "bypassed"), LISTED)
def test_no_proxy_as_curl_reads_it(host: str, listed: str, bypassed: bool) -> None:
    assert is_listed(host, listed) == bypassed


@pytest.mark.parametrize("variable", ["CBRCTL_PROXY", "HTTPS_PROXY"])
def test_a_proxy_without_a_scheme_is_of_http(variable: str) -> None:
    text = "user:CANARY@proxy.example:3128"
    given = Value(text, variable) if variable.startswith("CBRCTL") else None
    environ = {} if given else {variable: text}
    assert find_proxy(given, environ, ["cbr.example"])[0] == Value(f"http://{text}", variable)


def test_a_proxy_of_socks_is_named_where_it_would_be_used() -> None:
    env = {"ALL_PROXY": "socks5h://p.example:1080", "NO_PROXY": ".example"}
    assert find_proxy(None, env, ["cbr.example", "iam.example"])[0] is None
    assert find_proxy(None, {**env, "https_proxy": "http://p.example:1"}, ["cbr.other"])[0] == Value(
        "http://p.example:1", "https_proxy"
    )
    with pytest.raises(Exception, match="bad-proxy") as caught:
        find_proxy(None, env, ["cbr.example", "iam.other"])
    assert getattr(caught.value, "values", {})["origin"] == "ALL_PROXY"


def test_a_run_with_a_proxy_of_socks(run: Run) -> None:
    env = {
        "CBRCTL_TOKEN": "t",
        "CBRCTL_PROJECT_ID": cbr.PROJECT,
        **NORTH,
        "ALL_PROXY": "socks5://joe:CANARY@p.example:1",
    }
    result = run("vault", "list", "-o", "json", env=env)
    assert (result.code, json.loads(result.out)["error"]["kind"]) == (2, "usage")
    assert "ALL_PROXY" in result.err
    assert "SOCKS" in result.err
    assert "CANARY" not in result.out + result.err


def test_an_address_in_capitals_is_what_it_is(scripted: Scripted, run: Run) -> None:
    serve_cbr(scripted)
    port = scripted.url.rpartition(":")[2]
    assert run("vault", "list", env={"CBRCTL_ENDPOINT": f"HTTP://LOCALHOST:{port}"}).code == 0
    assert run("config", "get", "endpoint", "--endpoint", "HTTPS://CBR.Example.COM").out == "https://cbr.example.com\n"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("CN-EAST-3", "cn-east-3"),
        ("cn_north_4", "cn-north-4"),
        ("cn-noth-4", "cn-north-4"),
        ("cn-nroth-4", "cn-north-4"),
        ("eu-west-2", "eu-west-0"),
        ("xx-nowhere-9", ""),
        ("beijing", ""),
    ],
)
def test_a_mistyped_region_is_told_what_it_is_like(given: str, meant: str, run: Run) -> None:
    result = run("config", "set", "region", given)
    assert (f"Did you mean {meant}?" in result.err) == bool(meant), result.err
    assert "cn-north-4" not in result.err or meant == "cn-north-4" or given == "beijing"


@pytest.mark.parametrize("credentials", ["token", "password"])
def test_a_host_that_cannot_be_reached_is_told_a_similar_region(credentials: str, run: Run) -> None:
    """Nobody listens at port 1, and no name is looked up in a test: the proxy would."""
    env = {"CBRCTL_PROXY": "http://127.0.0.1:1"}
    if credentials == "token":
        env |= {"CBRCTL_TOKEN": "a-token", "CBRCTL_PROJECT_ID": "4229d7a45436489f8c3dc2b1d35d4987"}
    else:
        env |= {"CBRCTL_USERNAME": "u", "CBRCTL_PASSWORD": "secret-word", "CBRCTL_DOMAIN_NAME": "d"}
    result = run("vault", "list", "--region", "cn-noth-4", env=env)
    assert result.code == 7
    assert result.out == ""
    first, second, *_ = result.err.splitlines()
    assert first == "error: cbrctl knows no region cn-noth-4. Did you mean cn-north-4?"
    host = "cbr" if credentials == "token" else "iam"
    way = f"{host}.cn-noth-4.myhuaweicloud.com:443 through the proxy 127.0.0.1:1: "
    assert second.startswith(f"  Its address could not be reached. {way}")
    assert "Did you mean" not in run("vault", "list", "--region", "cn-north-4", env=env).err


def test_a_backup_in_a_mistyped_region_was_not_sent(run: Run, run_tty: Run) -> None:
    env = {"CBRCTL_PROXY": "http://127.0.0.1:1", "CBRCTL_TOKEN": "a-token", "CBRCTL_PROJECT_ID": cbr.PROJECT}
    line = ("backup", "--vault", cbr.VAULT, "--region", "cn-noth-4")
    [entry] = run(*line, "-o", "json", env=env).json()["backups"]
    assert (entry["outcome"], entry["exit_code"], entry["sent"]) == ("error", 7, "no")
    assert entry["error"]["message"].startswith("cbrctl knows no region cn-noth-4. Did you mean cn-north-4?")
    shown = run_tty(*line, env=env)
    assert (shown.code, "Did you mean cn-north-4?" in " ".join(shown.err.split())) == (7, True)
