"""Where a value comes from, and which addresses a token may be sent to."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from cbrctl.config.addresses import Addresses, Beside
from cbrctl.config.folders import folder
from cbrctl.config.regions import check_endpoint, find_endpoints, is_loopback
from cbrctl.config.settings import explain, resolve
from cbrctl.errors import CbrctlError, NotFound, UsageError
from tests.support import cbr
from tests.support.configuration import BAD, PLAIN, write_config
from tests.support.program import Run
from tests.support.scripted import Scripted

# the order ----------------------------------------------------------------------------------------------------------

VARIABLES: dict[str, tuple[str, ...]] = {
    "region": ("CBRCTL_REGION", "HW_REGION_NAME", "OS_REGION_NAME"),
    "project_id": ("CBRCTL_PROJECT_ID", "HUAWEICLOUD_SDK_PROJECT_ID", "HW_PROJECT_ID", "OS_PROJECT_ID", "OS_TENANT_ID"),
    "project_name": ("CBRCTL_PROJECT_NAME", "HW_PROJECT_NAME", "OS_PROJECT_NAME", "OS_TENANT_NAME"),
    "enterprise_project_id": ("CBRCTL_ENTERPRISE_PROJECT_ID", "HW_ENTERPRISE_PROJECT_ID"),
    "endpoint": ("CBRCTL_ENDPOINT",),
    "iam_endpoint": ("CBRCTL_IAM_ENDPOINT",),
    "cloud_domain": ("CBRCTL_CLOUD", "HW_CLOUD"),
    "ca_bundle": ("CBRCTL_CA_BUNDLE", "OS_CACERT"),
    "proxy": ("CBRCTL_PROXY",),
}
"""The contract's table: cbrctl's own variable, then those of others in their order."""


def levels_of(setting: str) -> list[str]:
    """Where the setting can stand, strongest first."""
    own, *foreign = VARIABLES[setting]
    return ["flag", own, "profile work", *foreign, "profile default"]


STEPS = [(setting, first) for setting in VARIABLES for first in range(len(levels_of(setting)))]


def settings_at(setting: str, levels: Iterable[str], tmp_path: Path, *, empty: Iterable[str] = ()) -> Any:
    """Return the value where it stands at these levels, each time as the level's own name; at `empty` it is empty."""
    filled, empty = set(levels), set(empty)
    all_levels = {level: "" if level in empty else level for level in (*filled, *empty)}
    tables = {level.removeprefix("profile "): v for level, v in all_levels.items() if level.startswith("profile ")}
    environ = {level: v for level, v in all_levels.items() if level in VARIABLES[setting]}
    write_config(
        tmp_path / "cbrctl", "".join(f'[profiles.{name}]\n{setting} = "{value}"\n' for name, value in tables.items())
    )
    flags = {setting: all_levels.get("flag"), "profile": "work" if "work" in tables else None}
    return resolve(flags, {"CBRCTL_CONFIG_DIR": str(tmp_path), **environ}).values.get(setting)


@pytest.mark.parametrize(("setting", "first"), STEPS, ids=[f"{s} {levels_of(s)[i]}" for s, i in STEPS])
def test_the_strongest_level_wins_and_an_empty_one_counts_as_unset(setting: str, first: int, tmp_path: Path) -> None:
    levels = levels_of(setting)
    expected = levels[first]
    flag = "--" + setting.replace("_", "-")
    for empty in ((), levels[:first]):
        found = settings_at(setting, levels[first:], tmp_path, empty=empty)
        if "profile work" in empty and expected == "profile default":
            assert found is None  # a chosen profile stands in the place of the default one
        elif setting == "ca_bundle" and expected.startswith("profile"):  # it is relative to the folder
            assert (found.text, found.origin) == (str(tmp_path / "cbrctl" / expected), expected)
        else:
            assert (found.text, found.origin) == (expected, flag if expected == "flag" else expected)


PROJECTS: dict[str, tuple[dict[str, str], str, dict[str, str]]] = {
    "our name beats OpenStack's id": ({"CBRCTL_PROJECT_NAME": "n", "OS_PROJECT_ID": "i"}, "", {"project_name": "n"}),
    "a chosen profile's name": (
        {"OS_PROJECT_ID": "i", "CBRCTL_PROFILE": "p"}, '[profiles.p]\nproject_name = "n"\n', {"project_name": "n"}),
    "a default profile's id is weaker than any name": (
        {"OS_TENANT_NAME": "n"}, '[profiles.default]\nproject_id = "i"\n', {"project_name": "n"}),
    "our id beats a profile's name": (
        {"CBRCTL_PROJECT_ID": "i", "CBRCTL_PROFILE": "p"}, '[profiles.p]\nproject_name = "n"\n', {"project_id": "i"}),
    "both of one level": (
        {"CBRCTL_PROJECT_ID": "i", "CBRCTL_PROJECT_NAME": "n", "OS_PROJECT_ID": "x"}, "",
        {"project_id": "i", "project_name": "n"}),
    "both of OpenStack": (
        {"OS_PROJECT_ID": "i", "OS_PROJECT_NAME": "n"}, "", {"project_id": "i", "project_name": "n"}),
    "an empty one is none": ({"CBRCTL_PROJECT_NAME": "", "OS_PROJECT_ID": "i"}, "", {"project_id": "i"}),
}  # fmt: skip


@pytest.mark.parametrize(("environ", "config", "found"), PROJECTS.values(), ids=PROJECTS.keys())
def test_id_and_name_of_a_project_are_one_value(
    environ: dict[str, str], config: str, found: dict[str, str], tmp_path: Path
) -> None:
    write_config(tmp_path / "cbrctl", config)
    environ = {"CBRCTL_CONFIG_DIR": str(tmp_path), **environ}
    values = resolve({}, environ).values
    assert {key: value.text for key, value in values.items() if key.startswith("project_")} == found
    listed = {one.key: one.value.text for one in explain({}, environ)}
    assert {key: text for key, text in listed.items() if key.startswith("project_")} == found


def test_nothing_is_a_setting_until_somebody_sets_it(tmp_path: Path) -> None:
    assert resolve({}, {"CBRCTL_CONFIG_DIR": str(tmp_path)}).values == {}


def test_the_profile_of_the_flag_beats_that_of_the_variable(tmp_path: Path) -> None:
    write_config(tmp_path / "cbrctl", '[profiles.a]\nregion = "ra"\n[profiles.b]\nregion = "rb"\n')
    environ = {"CBRCTL_CONFIG_DIR": str(tmp_path), "CBRCTL_PROFILE": "a"}
    assert resolve({}, environ).get("region") == "ra"
    assert resolve({"profile": "b"}, environ).get("region") == "rb"


@pytest.mark.parametrize("name", ["prod", "PROD", "work ", "../work", "profiles"])
def test_a_profile_that_does_not_exist(name: str, tmp_path: Path) -> None:
    write_config(tmp_path / "cbrctl", '[profiles.work]\nregion = "r"\n')
    with pytest.raises(NotFound) as caught:
        resolve({"profile": name}, {"CBRCTL_CONFIG_DIR": str(tmp_path)})
    assert {"profile": name, "known": "work"}.items() <= caught.value.values.items()


BROKEN = {
    "no TOML": "[profiles.work\n",
    "a value without quotes": "[profiles.work]\nregion = cn-north-4\n",
    "twice": "[profiles.a]\n[profiles.a]\n",
    "profiles that are no tables": "profiles = 3\n",
    "a profile that is no table": '[profiles]\nwork = "x"\n',
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_configuration(text: str, tmp_path: Path) -> None:
    write_config(tmp_path / "cbrctl", text)
    with pytest.raises(UsageError) as caught:
        resolve({}, {"CBRCTL_CONFIG_DIR": str(tmp_path)})
    assert caught.value.key == "config-broken"


def test_a_configuration_that_is_no_text(tmp_path: Path) -> None:
    write_config(tmp_path / "cbrctl", "")
    (tmp_path / "cbrctl" / "config.toml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="config-broken"):
        resolve({}, {"CBRCTL_CONFIG_DIR": str(tmp_path)})


FOLDERS = [
    ({"CBRCTL_CONFIG_DIR": "/x"}, "/x/cbrctl"),
    ({"CBRCTL_CONFIG_DIR": "/x/cbrctl"}, "/x/cbrctl"),
    ({"CBRCTL_CONFIG_DIR": "/x/cbrctl/"}, "/x/cbrctl"),
]


@pytest.mark.parametrize(("environ", "path"), FOLDERS)
def test_a_chosen_folder(environ: dict[str, str], path: str) -> None:
    assert folder("config", environ) == Path(path)


PLACES = [({}, "home/.config"), ({"XDG_CONFIG_HOME": "{tmp}/xdg"}, "xdg"), ({"XDG_CONFIG_HOME": "xdg"}, "home/.config")]


@pytest.mark.parametrize(("variables", "place"), PLACES)
def test_the_usual_place_of_the_configuration(variables: dict[str, str], place: str, tmp_path: Path) -> None:
    write_config(tmp_path / place / "cbrctl", '[profiles.default]\nregion = "here"\n')
    environ = {"HOME": str(tmp_path / "home"), **{k: v.format(tmp=tmp_path) for k, v in variables.items()}}
    assert resolve({}, environ).get("region") == "here"


# addresses ----------------------------------------------------------------------------------------------------------

GOOD = [
    ("https://cbr.cn-north-4.myhuaweicloud.com", "https://cbr.cn-north-4.myhuaweicloud.com"),
    ("https://cbr.eu-de.otc.t-systems.com/", "https://cbr.eu-de.otc.t-systems.com"),
    ("https://cbr.example.com:443", "https://cbr.example.com:443"),
    ("https://cbr.example.com:8443/", "https://cbr.example.com:8443"),
    ("https://10.0.0.1", "https://10.0.0.1"),
    ("https://xn--fiqs8s.example", "https://xn--fiqs8s.example"),
    ("https://localhost", "https://localhost"),
    ("https://[::1]:8443", "https://[::1]:8443"),
    ("http://localhost:8080", "http://localhost:8080"),
    ("http://127.0.0.1:1", "http://127.0.0.1:1"),
    ("http://127.8.9.10", "http://127.8.9.10"),
    ("http://[::1]:65535", "http://[::1]:65535"),
]


@pytest.mark.parametrize(("address", "expected"), GOOD)
def test_a_good_address(address: str, expected: str) -> None:
    assert check_endpoint(address, "--endpoint") == expected


REFUSED = [
    (address, key, strip_v3)
    for key, addresses in (("plain-http", PLAIN), ("bad-endpoint", BAD))
    for address in addresses
    for strip_v3 in (False, True)
    if not (strip_v3 and "/v3" in address)
]


@pytest.mark.parametrize(("address", "key", "strip_v3"), REFUSED)
def test_a_bad_address(address: str, key: str, strip_v3: bool) -> None:
    with pytest.raises(UsageError) as caught:
        check_endpoint(address, "--endpoint", strip_v3=strip_v3)
    assert (caught.value.key, caught.value.values["origin"]) == (key, "--endpoint")
    assert "CANARY" not in str(caught.value.values)


IAM = [
    ("https://iam.example.com", True),
    ("https://iam.example.com/", True),
    ("https://iam.example.com/v3", True),
    ("https://iam.example.com/v3/", True),
    ("https://iam.example.com/v2.0", False),
    ("https://iam.example.com/v3/v3", False),
    ("https://iam.example.com/v3/auth", False),
    ("https://iam.example.com/identity/v3", False),
    ("https://iam.example.comv3", True),
]


@pytest.mark.parametrize(("address", "good"), IAM)
def test_the_address_of_iam_may_have_its_version(address: str, good: bool) -> None:
    try:
        found: str | CbrctlError = check_endpoint(address, "OS_AUTH_URL", strip_v3=True)
    except UsageError as error:
        found = error
    assert isinstance(found, str) == good
    assert not good or found == address.rstrip("/").removesuffix("/v3")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.255.255.255", "::1"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


def addresses_of(flags: dict[str, str | None]) -> Addresses:
    """Where a run would go with these flags alone."""
    return Addresses(resolve(flags, {"CBRCTL_CONFIG_DIR": "/nonexistent"}), Beside)


HUAWEI = "https://{service}.{region}.myhuaweicloud.com"
REGIONS = {
    "cn-north-4": (HUAWEI, HUAWEI),
    "ap-southeast-3": (HUAWEI, HUAWEI),
    "la-south-2": (HUAWEI, HUAWEI),
    "cn-north-11": (HUAWEI, "https://iam.myhuaweicloud.com"),
    "cn-south-4": (HUAWEI, "https://iam.myhuaweicloud.com"),
    "ru-northwest-2": (HUAWEI, "https://iam.myhuaweicloud.com"),
    "eu-west-101": (HUAWEI, "https://iam.eu-west-101.myhuaweicloud.eu"),
    "eu-de": ("https://{service}.eu-de.otc.t-systems.com",) * 2,
    "eu-nl": ("https://{service}.eu-nl.otc.t-systems.com",) * 2,
    "eu-ch2": ("https://{service}.eu-ch2.sc.otc.t-systems.com",) * 2,
    "eu-west-0": ("https://{service}.eu-west-0.prod-cloud-ocb.orange-business.com",) * 2,
    "xy-nowhere-9": (HUAWEI, HUAWEI),
}


@pytest.mark.parametrize(("region", "patterns"), REGIONS.items(), ids=REGIONS.keys())
def test_the_hosts_of_a_region(region: str, patterns: tuple[str, str]) -> None:
    cbr, iam = (p.format(service=s, region=region) for p, s in zip(patterns, ("cbr", "iam"), strict=True))
    assert find_endpoints(region) == (cbr, iam)
    addresses = addresses_of({"region": region})
    assert (addresses.cbr().text, addresses.iam().text) == (cbr, iam)
    assert check_endpoint(cbr, "") == cbr
    assert check_endpoint(iam, "") == iam


NO_REGIONS = [
    "", "-cn", "cn", "cn-", "cn-é", "cn_north", "CN-NORTH-4", "cn-north-4 ", "cn-north-4\n", "cn-north-4/", "cn-north-4@x",
    "cn-north-4.evil.example", "cn-" + "a" * 60,
]  # fmt: skip


@pytest.mark.parametrize("region", NO_REGIONS)
def test_what_is_no_region(region: str) -> None:
    with pytest.raises(UsageError):
        find_endpoints(region)


# the program --------------------------------------------------------------------------------------------------------

WRONG: dict[str, tuple[tuple[str, ...], dict[str, str], str, int, str]] = {
    "unknown profile": (("--profile", "prod"), {}, "", 10, "prod"),
    "unknown profile of the variable": ((), {"CBRCTL_PROFILE": "prod"}, "", 10, "prod"),
    "broken TOML": ((), {}, "[profiles", 2, "config.toml"),
    "plain http, flag": (("--endpoint", "http://cbr.example.com"), {}, "", 2, "--endpoint"),
    "plain http, variable": ((), {"CBRCTL_ENDPOINT": "http://cbr.example.com"}, "", 2, "CBRCTL_ENDPOINT"),
    "a user in it": (("--endpoint", "https://joe:CANARY@evil.example"), {}, "", 2, "--endpoint"),
    "IAM, plain http": (
        (), {"CBRCTL_TOKEN": "", "OS_USERNAME": "u", "OS_PASSWORD": "CANARY", "OS_USER_DOMAIN_NAME": "d",
             "CBRCTL_IAM_ENDPOINT": "", "OS_AUTH_URL": "http://iam.example.com/v3"}, "", 2, "OS_AUTH_URL",
    ),
    "plain http, profile": (
        (), {"CBRCTL_ENDPOINT": "", "CBRCTL_PROFILE": "work"},
        '[profiles.work]\nendpoint = "http://cbr.example.com"\n', 2, "profile work",
    ),
    "no region": ((), {"CBRCTL_ENDPOINT": "", "CBRCTL_IAM_ENDPOINT": ""}, "", 2, "--region"),
    "no CBR beside IAM": ((), {"CBRCTL_ENDPOINT": ""}, "", 2, "--endpoint"),
    "no such CA file": ((), {"OS_CACERT": "/nonexistent/ca.pem"}, "", 2, "OS_CACERT"),
    "no project id": (("--project-id", "../x"), {}, "", 2, "../x"),
    "no project id, another's": ((), {"CBRCTL_PROJECT_ID": "", "OS_PROJECT_ID": "x/y"}, "", 2, "OS_PROJECT_ID"),
}  # fmt: skip


@pytest.mark.parametrize(("args", "env", "config", "code", "shown"), WRONG.values(), ids=WRONG.keys())
def test_the_program_with_settings_that_do_not_do(
    args: tuple[str, ...],
    env: dict[str, str],
    config: str,
    code: int,
    shown: str,
    scripted: Scripted,
    run: Run,
    tmp_path: Path,
) -> None:
    if config:
        write_config(tmp_path / "home" / ".config" / "cbrctl", config)
    result = run("backup", "--vault", cbr.VAULT, "-o", "json", *args, env=env)
    assert result.code == code, result.err
    document = result.json()
    kind = {2: "usage", 10: "not-found"}[code]
    assert (document["schema"], document["exit_code"], document["error"]["kind"]) == ("cbrctl.error/v1", code, kind)
    assert shown in result.err
    assert "CANARY" not in result.out + result.err
    assert scripted.asked == []


def test_a_profile_is_enough(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    scripted.on(cbr.POST, cbr.posted())
    table = f'[profiles.work]\nendpoint = "{scripted.url}"\nproject_id = "{cbr.PROJECT}"\n'
    write_config(tmp_path / "home" / ".config" / "cbrctl", table)
    unset = dict.fromkeys(("CBRCTL_ENDPOINT", "CBRCTL_IAM_ENDPOINT", "CBRCTL_PROJECT_ID"), "")
    result = run("backup", "--vault", cbr.VAULT, "--no-wait", "--profile", "work", env=unset)
    assert result.code == 0, result.err
    assert scripted.count(cbr.POST) == 1


def test_nothing_is_read_from_the_folder_of_work(
    scripted: Scripted, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.on(cbr.POST, cbr.posted())
    for name in ("config.toml", "cbrctl.toml", ".cbrctl", ".env", "clouds.yaml"):
        (tmp_path / name).write_text("[profiles\nCBRCTL_ENDPOINT=http://127.0.0.1:1\n")
    monkeypatch.chdir(tmp_path)
    assert run("backup", "--vault", cbr.VAULT, "--no-wait").code == 0
