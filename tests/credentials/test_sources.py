"""Each source of credentials, from the program's start to the service: keys, codes, agencies, files of other tools, servers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cbrctl.config.clouds import read_cloud
from cbrctl.errors import CbrctlError, LocalState, NotFound, UsageError
from cbrctl.sandbox import Cloud
from tests.support.configuration import write_clouds
from tests.support.logins import LOGIN, SECURITY_KEY, SESSION, issued, serve_cbr, stamp
from tests.support.practice import AGENCY, KEY, MFA, NOBODY, PASSWORD, to_iam
from tests.support.program import Run
from tests.support.scripted import Answer, Scripted

NO_PROJECT = {"CBRCTL_PROJECT_ID": ""}


# access keys --------------------------------------------------------------------------------------------------------


def test_a_backup_with_an_access_key(cloud: Cloud, run: Run) -> None:
    result = run("backup", "--vault", "vault-be94", "-o", "json", env={**NOBODY, **KEY})
    assert (result.code, result.json()["outcome"]) == (0, "completed")
    assert to_iam(cloud) == []
    assert all("x-auth-token" not in r.headers for r in cloud.requests)
    posts = [r for r in cloud.requests if r.method == "POST"]
    assert ["content-type;host;x-project-id;x-sdk-date" in r.headers["authorization"] for r in posts] == [True]


def test_the_project_of_an_access_key_is_asked_once_a_day(cloud: Cloud, run: Run) -> None:
    for _ in range(2):
        assert run("vault", "list", env={**NOBODY, **NO_PROJECT, **KEY}).code == 0
    assert to_iam(cloud) == ["GET /v3/projects"]


@pytest.mark.parametrize(
    ("region", "code", "shown"),
    [("cn-north-1", 10, "IAM knows no project cn-north-1"), ("", 2, "The project is not known")],
)
def test_a_project_that_is_not_there(region: str, code: int, shown: str, cloud: Cloud, run: Run) -> None:
    result = run("vault", "list", env={**NOBODY, **NO_PROJECT, **KEY, "CBRCTL_REGION": region})
    assert (result.code, result.out) == (code, "")
    assert shown in result.err


def test_a_bad_signature_is_not_repeated_for_other_vaults(cloud: Cloud, run: Run) -> None:
    """An access key is locked after five bad signatures in a row."""
    vaults = ("vault-be94", "vault-skip", "vault-fail", "vault-full")
    wrong = {**NOBODY, **KEY, "CBRCTL_SECRET_KEY": "CANARY-wrong"}
    result = run("backup", *(f"--vault={name}" for name in vaults), "-o", "json", "-vvv", env=wrong)
    assert result.code == 12
    assert len(cloud.requests) == 1
    assert [entry["exit_code"] for entry in result.json()["backups"]] == [12] * 4
    assert "CANARY" not in result.out + result.err


def temporary_key(cloud: Cloud, seconds: float = 3600.0) -> dict[str, str]:
    """Variables of a key for a while, as somebody else got it."""
    from cbrctl.sandbox.account import USERS

    key = cloud.tokens.add_key(USERS[0], cloud.clock() + seconds)
    return {
        "CBRCTL_ACCESS_KEY": key.access,
        "CBRCTL_SECRET_KEY": key.secret,
        "CBRCTL_SECURITY_TOKEN": str(key.session),
    }


def test_a_temporary_key_with_its_security_token(cloud: Cloud, run: Run) -> None:
    key = temporary_key(cloud)
    result = run("vault", "list", "-o", "id", env={**NOBODY, **key})
    assert (result.code, result.err) == (0, "")
    assert "x-security-token" in cloud.requests[-1].headers["authorization"], "it is signed as well"
    assert run("vault", "list", env={**NOBODY, **key, "CBRCTL_SECURITY_TOKEN": ""}).code == 12


def test_a_temporary_key_that_is_over(cloud: Cloud, run: Run) -> None:
    result = run("vault", "list", env={**NOBODY, **temporary_key(cloud, 0.0)})
    assert (result.code, result.out) == (12, "")
    assert "not accepted" in result.err


# one-time codes -----------------------------------------------------------------------------------------------------


def test_a_password_with_a_code(cloud: Cloud, run: Run) -> None:
    assert run("vault", "list", env=MFA).code == 0
    # the code is used up; the token serves the day
    assert run("vault", "list", env={**MFA, "CBRCTL_PASSCODE": "999999"}).code == 0
    assert to_iam(cloud) == ["POST /v3/auth/tokens"]


@pytest.mark.parametrize("code", ["", "654321"])
def test_a_wrong_code_is_tried_once(code: str, cloud: Cloud, run: Run) -> None:
    result = run("vault", "list", env={**MFA, "CBRCTL_PASSCODE": code})
    assert (result.code, result.out) == (12, "")
    assert "the code" in result.err
    assert to_iam(cloud) == ["POST /v3/auth/tokens"]


OS_CODE = {"OS_USERNAME": "joe", "OS_USER_DOMAIN_NAME": "acme", "OS_PASSCODE": "123456"}


@pytest.mark.heavy
@pytest.mark.parametrize("kind", ["totp", "v3totp"])
@pytest.mark.parametrize("by", ["variables", "id", "cloud"])
def test_a_code_alone(by: str, kind: str, scripted: Scripted, run: Run, tmp_path: Path) -> None:
    """Keystone's totp: IAM of the vendor wants a password beside it, and says so itself."""
    serve_cbr(scripted)
    scripted.on(LOGIN, issued())
    env = {"CBRCTL_TOKEN": "", **OS_CODE, "OS_AUTH_TYPE": kind}
    if by == "id":
        env.update({"OS_USERNAME": "", "OS_USER_DOMAIN_NAME": "", "OS_USER_ID": "u-1"})
    if by == "cloud":
        auth = "{username: joe, user_domain_name: acme, passcode: '123456', auth_url: 'https://iam.example'}"
        write_clouds(tmp_path / "home", f"clouds: {{a: {{auth_type: {kind}, auth: {auth}}}}}")
        env = {"CBRCTL_TOKEN": "", "OS_CLOUD": "a"}
    for _ in range(2):  # the code is used up; the token serves the day
        assert run("vault", "list", env=env).code == 0
    [asked] = [a for a in scripted.asked if a.method == "POST"]
    named = {"id": "u-1"} if by == "id" else {"name": "joe", "domain": {"name": "acme"}}
    assert asked.json()["auth"]["identity"] == {"methods": ["totp"], "totp": {"user": {**named, "passcode": "123456"}}}
    [item] = run("auth", "status", "-o", "json", env=env).json()["items"]
    assert (item["kind"], "passcode" in item["origin"].lower()) == ("code", True)
    assert "one-time code of" in run("doctor", env=env).out


def test_a_password_that_is_set_goes_with_the_code(scripted: Scripted, run: Run) -> None:
    serve_cbr(scripted)
    scripted.on(LOGIN, issued())
    env = {"CBRCTL_TOKEN": "", **OS_CODE, "OS_AUTH_TYPE": "v3totp", "OS_PASSWORD": "pw"}
    assert run("vault", "list", env=env).code == 0
    [asked] = [a for a in scripted.asked if a.method == "POST"]
    assert asked.json()["auth"]["identity"]["methods"] == ["password", "totp"]


@pytest.mark.parametrize(
    ("env", "missing"),
    [
        ({**OS_CODE, "OS_PASSCODE": "", "OS_AUTH_TYPE": "v3totp"}, "OS_PASSCODE"),
        ({"OS_TOKEN": "CANARY", "OS_AUTH_TYPE": "totp"}, "OS_PASSCODE"),
        ({**OS_CODE, "OS_AUTH_TYPE": "password"}, "OS_PASSWORD"),
        (OS_CODE, "OS_PASSWORD"),
        ({"CBRCTL_USERNAME": "u", "CBRCTL_DOMAIN_NAME": "d", "CBRCTL_PASSCODE": "123456"}, "CBRCTL_PASSWORD"),
    ],
)
def test_a_code_that_is_not_enough(env: dict[str, str], missing: str, scripted: Scripted, run: Run) -> None:
    result = run("vault", "list", env={"CBRCTL_TOKEN": "", **env})
    assert (result.code, scripted.asked) == (12, [])
    assert f"but {missing} is not" in result.err
    assert "CANARY" not in result.err


# agencies -----------------------------------------------------------------------------------------------------------

BASES: dict[str, tuple[dict[str, str], list[str]]] = {
    "password": ({}, ["POST /v3/auth/tokens"] * 2),
    "access key": ({**NOBODY, **KEY}, ["POST /v3.0/OS-CREDENTIAL/securitytokens"]),
}


@pytest.mark.parametrize(("base", "calls"), BASES.values(), ids=BASES.keys())
def test_an_agency(base: dict[str, str], calls: list[str], cloud: Cloud, run: Run) -> None:
    for _ in range(2):
        result = run("backup", "--vault", "vault-be94", "--no-wait", "--if-busy", "skip", env={**base, **AGENCY})
        assert result.code == 0, result.err
    assert to_iam(cloud) == calls, "what the agency got is kept for the second run"


def test_an_agency_by_a_token(cloud: Cloud, run: Run) -> None:
    from cbrctl.sandbox.account import USERS

    token = cloud.tokens.add_token(USERS[0], ("password",), cloud.clock(), cloud.clock() + 86400, has_domain=True)
    result = run("vault", "list", env={**NOBODY, **AGENCY, "CBRCTL_TOKEN": token.id})
    assert result.code == 0, result.err
    assert to_iam(cloud) == ["POST /v3/auth/tokens"]


@pytest.mark.parametrize("base", [base for base, _ in BASES.values()], ids=BASES.keys())
def test_an_agency_that_may_not_be_assumed(base: dict[str, str], cloud: Cloud, run: Run) -> None:
    result = run("vault", "list", env={**base, **AGENCY, "CBRCTL_AGENCY_NAME": "another"})
    assert (result.code, result.out) == (12, "")


# a bare token -------------------------------------------------------------------------------------------------------


def test_a_token_for_no_project_is_exchanged_for_one_of_the_project(cloud: Cloud, run: Run) -> None:
    from cbrctl.sandbox.account import USERS

    token = cloud.tokens.add_token(USERS[0], ("password",), cloud.clock(), cloud.clock() + 86400, has_domain=True)
    for _ in range(2):
        result = run("vault", "list", env={**NOBODY, **NO_PROJECT, "CBRCTL_TOKEN": token.id})
        assert result.code == 0, result.err
    assert to_iam(cloud) == ["GET /v3/auth/tokens", "POST /v3/auth/tokens"] * 2, "a token that was given is never kept"


# clouds.yaml --------------------------------------------------------------------------------------------------------

CLOUD = """
clouds:
  acme:
    region_name: cn-north-4
    auth:
      auth_url: {url}/v3
      username: sandbox-user
      password: {password}
      user_domain_name: sandbox-account
      project_name: cn-north-4
"""


@pytest.fixture
def clouds(cloud: Cloud, environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Variables for a cloud of clouds.yaml; CBR's address is no part of one."""
    write_clouds(tmp_path / "home", CLOUD.format(url=cloud.url, password=PASSWORD))
    kept = ("CBRCTL_IAM_ENDPOINT", "CBRCTL_REGION", "CBRCTL_PROJECT_ID")
    return {**NOBODY, **dict.fromkeys(kept, ""), "OS_CLOUD": "acme"}


def test_a_cloud_of_clouds_yaml(clouds: dict[str, str], cloud: Cloud, run: Run) -> None:
    result = run("vault", "list", "-o", "id", env=clouds)
    assert (result.code, result.err) == (0, "")
    assert to_iam(cloud) == ["POST /v3/auth/tokens"]


def test_a_cloud_that_a_profile_names(clouds: dict[str, str], cloud: Cloud, run: Run, tmp_path: Path) -> None:
    assert run("config", "set", "cloud", "acme", env={**clouds, "OS_CLOUD": ""}).code == 0
    assert run("vault", "list", env={**clouds, "OS_CLOUD": ""}).code == 0


UNUSABLE = {
    "another kind": "auth_type: v3applicationcredential, auth: {auth_url: U, application_credential_secret: CANARY}",
    "no auth": "region_name: cn-north-4",
    "beside auth": "username: u, password: CANARY",
    "no address": "auth: {username: u, password: CANARY, user_domain_name: d}",
}


@pytest.mark.parametrize("text", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_cloud_that_cannot_be_used_is_not_passed_over(
    text: str, clouds: dict[str, str], cloud: Cloud, run: Run, tmp_path: Path
) -> None:
    """The next place is somebody else, whose password would go to this cloud."""
    write_clouds(tmp_path / "home", f"clouds: {{acme: {{{text.replace('U', cloud.url)}}}}}")
    (tmp_path / "password").write_text(PASSWORD)
    for key, value in (
        ("username", "sandbox-user"), ("domain_name", "sandbox-account"), ("region", "cn-north-4"),
        ("password_file", str(tmp_path / "password")),
    ):  # fmt: skip
        assert run("config", "set", key, value).code == 0
    result = run("vault", "list", env=clouds)
    assert (result.code, result.out, cloud.requests) == (12, "", [])
    assert "cloud acme of " in result.err
    assert "CANARY" not in result.err


def test_the_address_of_a_cloud_may_be_given(clouds: dict[str, str], cloud: Cloud, run: Run, tmp_path: Path) -> None:
    text = f"{{username: sandbox-user, password: {PASSWORD}, user_domain_name: sandbox-account}}"
    write_clouds(tmp_path / "home", f"clouds: {{acme: {{region_name: cn-north-4, auth: {text}}}}}")
    assert run("vault", "list", env=clouds).code == 12
    assert run("vault", "list", "--iam-endpoint", cloud.url, env=clouds).code == 0
    assert run("vault", "list", env={**clouds, "CBRCTL_IAM_ENDPOINT": cloud.url}).code == 0


def test_a_cloud_that_is_not_there_does_not_matter_to_others(cloud: Cloud, run: Run) -> None:
    assert run("vault", "list", env={"OS_CLOUD": "nowhere"}).code == 0
    assert run("vault", "list", env={"OS_CLOUD": "nowhere", "CBRCTL_REGION": ""}).code == 0


@pytest.mark.heavy
@pytest.mark.parametrize("variable", ["OS_AUTH_URL", "HW_AUTH_URL", "HUAWEICLOUD_SDK_IAM_ENDPOINT"])
def test_a_password_goes_to_the_address_that_stands_beside_it(
    variable: str, cloud: Cloud, run: Run, metadata: Scripted, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text(PASSWORD)
    (tmp_path / "password").chmod(0o600)
    for key, value in (
        ("username", "sandbox-user"), ("domain_name", "sandbox-account"), ("iam_endpoint", cloud.url),
        ("password_file", str(tmp_path / "password")),
    ):  # fmt: skip
        assert run("config", "set", key, value).code == 0
    result = run("vault", "list", env={**NOBODY, "CBRCTL_IAM_ENDPOINT": "", variable: metadata.url})
    assert (result.code, metadata.asked) == (0, []), result.err
    # our own variable is an order
    assert run("vault", "list", "--no-cache", env={**NOBODY, "CBRCTL_IAM_ENDPOINT": metadata.url}).code == 12
    assert len(metadata.asked) == 1


@pytest.mark.parametrize("name", ["CBRCTL_SECRET_KEY", "CBRCTL_PASSWORD", "CBRCTL_USERNAME"])
def test_a_variable_that_is_no_text(name: str, cloud: Cloud, run: Run) -> None:
    result = run(
        "vault", "list", env={**(NOBODY if "KEY" in name else {}), **(KEY if "KEY" in name else {}), name: "\udcff"}
    )
    assert (result.code, result.out, cloud.requests) == (2, "", [])
    assert name in result.err


def test_the_secret_of_a_cloud_may_lie_beside_it(
    clouds: dict[str, str], cloud: Cloud, run: Run, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    write_clouds(home, CLOUD.format(url=cloud.url, password="''"))
    write_clouds(home, f"clouds: {{acme: {{auth: {{password: {PASSWORD}}}}}}}", "secure.yaml")
    assert run("vault", "list", env=clouds).code == 0


def test_a_cloud_that_is_not_there(clouds: dict[str, str], run: Run, tmp_path: Path) -> None:
    result = run("vault", "list", env={**clouds, "OS_CLOUD": "other"})
    assert (result.code, result.out) == (10, "")
    assert "Known: acme" in result.err


def test_clouds_of_the_folder_of_work_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clouds.yaml").write_text(CLOUD)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFound, match="clouds-not-found"):
        read_cloud("acme", "OS_CLOUD", {"HOME": str(tmp_path / "nobody")})


BAD_CLOUDS: dict[str, tuple[str, int, type[CbrctlError], str]] = {
    "writable by others": (CLOUD, 0o622, LocalState, "secret-writable"),
    "no YAML": ("clouds: {acme: [CANARY", 0o600, UsageError, "config-broken"),
    "a Python object": ("clouds: !!python/object/apply:os.system [CANARY]", 0o600, UsageError, "config-broken"),
    "a text that is no yes": ("clouds: {acme: {auth: {password: !!bool CANARY}}}", 0o600, UsageError, "config-broken"),
    "a text that is no time": ("clouds: {acme: {x: !!timestamp CANARY}}", 0o600, UsageError, "config-broken"),
    "deep": ("[" * 20000, 0o600, UsageError, "config-broken"),
    "a list": ("[clouds]", 0o600, NotFound, "no-clouds"),
    "a text": ("clouds: CANARY", 0o600, NotFound, "no-clouds"),
    "huge": ("#" * (1 << 20), 0o600, UsageError, "config-broken"),
}


@pytest.mark.heavy
@pytest.mark.parametrize(("text", "mode", "kind", "key"), BAD_CLOUDS.values(), ids=BAD_CLOUDS.keys())
def test_clouds_that_are_not_usable(text: str, mode: int, kind: type[CbrctlError], key: str, tmp_path: Path) -> None:
    write_clouds(tmp_path, text, mode=mode)
    with pytest.raises(kind) as caught:
        read_cloud("acme", "OS_CLOUD", {"HOME": str(tmp_path)})
    assert caught.value.key == key
    assert "CANARY" not in repr(caught.value.values)


def test_scalars_of_clouds_stay_as_they_are_written(tmp_path: Path) -> None:
    write_clouds(
        tmp_path, "x: &x {username: yes, password: 0123}\nclouds: {a: {auth: {<<: *x, user_domain_name: 1e3}}}"
    )
    found = read_cloud("a", "OS_CLOUD", {"HOME": str(tmp_path)})
    assert found.credentials == {"username": "yes", "password": "0123", "domain_name": "1e3"}
    assert "0123" not in repr(found)


def test_readable_clouds_are_warned_of(tmp_path: Path) -> None:
    write_clouds(tmp_path, CLOUD.format(url="https://iam", password="x"), mode=0o644)
    warnings: list[str] = []
    read_cloud("acme", "OS_CLOUD", {"HOME": str(tmp_path)}, lambda key, **values: warnings.append(key))
    assert warnings == ["secret-readable"]


# the vendor's file --------------------------------------------------------------------------------------------------

SDK_FILE = """
[basic]
ak = SANDBOXACCESSKEY0001
sk = sandbox-secret-key-of-no-value-0000000001
project_id = 4229d7a45436489f8c3dc2b1d35d4987
[global]
ak = other
"""


@pytest.mark.parametrize("named", [False, True], ids=["usual place", "by the variable"])
def test_the_file_of_the_vendors_clients(named: bool, cloud: Cloud, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" if named else tmp_path / "home" / ".huaweicloud" / "credentials"
    path.parent.mkdir(exist_ok=True)
    path.write_text(SDK_FILE)
    path.chmod(0o600)
    more = {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(path)} if named else {}
    result = run("vault", "list", "-o", "id", env={**NOBODY, **NO_PROJECT, **more})
    assert (result.code, result.err) == (0, "")
    assert to_iam(cloud) == [], "the file names the project"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[basic]\nak = CANARY-a\n", 12),
        ("CANARY no section", 2),
        ("[basic]\nsk = CANARY%(x)s\n", 12),
        ("[other]\n", 12),
    ],
)
def test_a_file_of_the_vendors_that_does_not_do(text: str, code: int, run: Run, tmp_path: Path, cloud: Cloud) -> None:
    path = tmp_path / "credentials"
    path.write_text(text)
    path.chmod(0o600)
    result = run("vault", "list", env={**NOBODY, "HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(path)})
    assert (result.code, result.out) == (code, "")
    assert "CANARY" not in result.err


# the cloud server's own ---------------------------------------------------------------------------------------------


@pytest.fixture
def metadata() -> Iterator[Scripted]:
    """A metadata service."""
    server = Scripted()
    yield server
    server.close()


def credential(cloud: Cloud, seconds: float = 3600.0) -> dict[str, Any]:
    """What the metadata service says (service.md 10)."""
    key = temporary_key(cloud, seconds)
    access, secret, session = key.values()
    ends = {"expires_at": stamp(seconds).replace(".701000", ".000000")}
    return {"credential": {"access": access, "secret": secret, "securitytoken": session, **ends}}


def on_server(metadata: Scripted) -> dict[str, str]:
    """Variables of a cloud server that was chosen."""
    return {**NOBODY, "CBRCTL_CREDENTIAL_SOURCE": "metadata", "CBRCTL_METADATA_ENDPOINT": metadata.url}


@pytest.mark.parametrize(
    ("first", "proof"),
    [
        (Answer(200, b"session-token"), "session-token"),
        (Answer(404, {}), None),
        (Answer(405, {}), None),
        (Answer(503, {}), None),
    ],
    ids=["with sessions", "404", "405", "503"],
)
def test_the_agency_of_a_cloud_server(
    first: Answer, proof: str | None, metadata: Scripted, cloud: Cloud, run: Run, tmp_path: Path
) -> None:
    metadata.on(SESSION, first)
    metadata.on(SECURITY_KEY, credential(cloud))
    result = run("vault", "list", "-o", "id", env=on_server(metadata))
    assert (result.code, result.err) == (0, "")
    assert metadata.asked[-1].headers.get("x-metadata-token") == proof
    assert list((tmp_path / "home").rglob("token-*")) == [], "it is asked anew each time, and nothing is kept"


@pytest.mark.parametrize(
    ("session", "key"),
    [
        (Answer(401, b"no"), None),
        (Answer(200, b"t"), Answer(401, b"configure the agency")),
        (Answer(200, b"t"), Answer(404, b"")),
        (Answer(200, b"t"), Answer(302, b"", {"Location": "http://127.0.0.1:9/"})),
    ],
)
def test_a_cloud_server_without_an_agency(
    session: Answer, key: Answer | None, metadata: Scripted, cloud: Cloud, run: Run
) -> None:
    metadata.on(SESSION, session)
    metadata.on(SECURITY_KEY, key or credential(cloud))
    result = run("vault", "list", env=on_server(metadata))
    assert (result.code, result.out) == (12, "")
    assert "agency" in result.err
    assert cloud.requests == []


@pytest.mark.parametrize("body", [b"{", b"{}", b'{"credential": {"access": "a", "secret": "s"}}', b'{"credential": 7}'])
def test_keys_that_are_none(body: bytes, metadata: Scripted, cloud: Cloud, run: Run) -> None:
    metadata.on(SESSION, Answer(404, {}))
    metadata.on(SECURITY_KEY, Answer(200, body))
    assert run("vault", "list", env=on_server(metadata)).code == 7
    assert cloud.requests == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_metadata_service_with_a_fault_is_no_missing_agency(
    status: int, metadata: Scripted, cloud: Cloud, run: Run
) -> None:
    metadata.on(SESSION, Answer(404, {}))
    metadata.on(SECURITY_KEY, Answer(status, b"busy"))
    assert run("vault", "list", env=on_server(metadata)).code == 7


def test_the_project_of_a_cloud_server_is_asked_each_time(metadata: Scripted, cloud: Cloud, run: Run) -> None:
    """Its agency may be another one tomorrow."""
    metadata.on(SESSION, Answer(404, {}))
    metadata.on(SECURITY_KEY, credential(cloud))
    for _ in range(2):
        assert run("vault", "list", env={**on_server(metadata), **NO_PROJECT}).code == 0
    assert to_iam(cloud) == ["GET /v3/projects"] * 2


def test_the_metadata_service_is_on_this_machine(metadata: Scripted, cloud: Cloud, run: Run) -> None:
    result = run("vault", "list", env={**on_server(metadata), "CBRCTL_METADATA_ENDPOINT": "http://evil.example"})
    assert (result.code, metadata.asked) == (2, [])


def test_keys_are_fetched_anew_when_they_are_refused(metadata: Scripted, cloud: Cloud, run: Run) -> None:
    metadata.on(SESSION, Answer(404, {}))
    metadata.on(SECURITY_KEY, credential(cloud, 0.0), credential(cloud))
    result = run("vault", "list", "-o", "id", env=on_server(metadata))
    assert (result.code, metadata.count(SECURITY_KEY)) == (0, 2)
