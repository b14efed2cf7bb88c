"""IAM: every way to log in, scopes, lifetimes, refusals; and who may then call CBR."""

from typing import Any

import pytest

from cbrctl.sandbox import Cloud, Server
from cbrctl.sandbox.account import (
    ACCESS_KEY,
    DOMAIN_ID,
    DOMAIN_NAME,
    MFA_USER_ID,
    MFA_USERNAME,
    PASSWORD,
    PROJECT_ID,
    PROJECTS,
    REGION,
    SECRET_KEY,
    USER_ID,
    USERNAME,
)
from cbrctl.sandbox.seed import VAULT_BE94
from tests.support.sandbox import Client, Clock, assert_refused, password_auth

PROJECT = {"project": {"id": PROJECT_ID}}
OTHER_PROJECT = PROJECTS[1]


def identity_auth(method: str, part: Any, scope: Any = PROJECT) -> dict[str, Any]:
    return {"identity": {"methods": [method], method: part}, "scope": scope}


def mfa_auth(**passcode: Any) -> dict[str, Any]:
    auth = password_auth(name=MFA_USERNAME)
    auth["identity"]["methods"] = ["password", "totp"]
    auth["identity"]["totp"] = {"user": {"id": MFA_USER_ID, "passcode": "123456"} | passcode}
    return auth


def test_the_token_travels_in_a_header(anonymous: Client) -> None:
    response = anonymous.send_auth(password_auth())
    assert response.status_code == 201
    token = response.headers["X-Subject-Token"]
    assert token.startswith("MII")
    assert 3000 < len(token) < 3200
    assert token not in response.text
    body = response.json()["token"]
    assert body["project"] == {"id": PROJECT_ID, "name": REGION, "domain": {"id": DOMAIN_ID, "name": DOMAIN_NAME}}
    assert body["user"]["name"] == USERNAME
    assert (body["issued_at"], body["expires_at"]) == ("2019-05-10T07:59:12.733403Z", "2019-05-11T07:59:12.733403Z")
    assert anonymous.send_auth(password_auth()).headers["X-Subject-Token"] != token


def test_a_client_discovers_where_things_are(anonymous: Client, server: Server) -> None:
    choice = anonymous.session.get(server.url, timeout=5)
    assert choice.status_code == 300
    (version,) = choice.json()["versions"]["values"]
    assert (version["id"], version["links"][0]["href"]) == ("v3.6", f"{server.url}/v3/")
    for path in ("/v3", "/v3/"):
        assert anonymous.get(path)["version"] == version
    assert anonymous.send("GET", "/v3/auth/catalog").status_code == 401
    anonymous.login()
    catalog = anonymous.get("/v3/auth/catalog")["catalog"]
    assert {row["type"]: row["endpoints"][0]["url"] for row in catalog} == {
        "cbr": f"{server.url}/v3/{PROJECT_ID}",
        "identity": f"{server.url}/v3",
    }


def test_the_catalog_can_be_left_out(anonymous: Client) -> None:
    full = anonymous.send_auth(password_auth()).json()["token"]["catalog"]
    assert full[0]["endpoints"][0]["url"] == anonymous.project
    assert anonymous.send_auth(password_auth(), params={"nocatalog": "true"}).json()["token"]["catalog"] == []


@pytest.mark.parametrize(
    "auth",
    [
        password_auth(domain={"id": DOMAIN_ID}),
        identity_auth("password", {"user": {"id": USER_ID, "password": PASSWORD}}),
        password_auth({"project": {"name": REGION}}),
        password_auth({"project": {"name": REGION, "domain": {"name": DOMAIN_NAME}}}),
        password_auth({"project": {"id": PROJECT_ID}, "domain": {"name": DOMAIN_NAME}}),
        mfa_auth(),
        identity_auth("hw_ak_sk", {"access": {"key": ACCESS_KEY}, "secret": {"key": SECRET_KEY}}),
    ],
    ids=range(7),
)
def test_every_login_reaches_the_vaults(anonymous: Client, auth: Any) -> None:
    response = anonymous.send_auth(auth)
    assert response.status_code == 201, response.text
    anonymous.headers["X-Auth-Token"] = response.headers["X-Subject-Token"]
    assert anonymous.get(f"/vaults/{VAULT_BE94}")


def test_a_token_gives_another_without_a_longer_life(client: Client, clock: Clock) -> None:
    clock.step(3600)
    response = client.send_auth(identity_auth("token", {"id": client.headers["X-Auth-Token"]}))
    assert response.json()["token"]["expires_at"] == "2019-05-11T07:59:12.733403Z"
    client.headers["X-Auth-Token"] = response.headers["X-Subject-Token"]
    assert client.get("/vaults")


@pytest.mark.parametrize("field", ["agency_name", "xrole_name"])
def test_an_agency_is_assumed_with_a_token(client: Client, field: str) -> None:
    auth = identity_auth("assume_role", {field: "sandbox-agency", "domain_name": DOMAIN_NAME})
    response = client.send_auth(auth)
    assert response.json()["token"]["assumed_by"]["user"]["name"] == USERNAME
    client.headers["X-Auth-Token"] = response.headers["X-Subject-Token"]
    assert client.get("/vaults")
    del client.headers["X-Auth-Token"]
    assert client.send_auth(auth).status_code == 401
    client.login()
    wrong = identity_auth("assume_role", {field: "another", "domain_name": DOMAIN_NAME})
    assert client.send_auth(wrong).status_code == 403


@pytest.mark.parametrize(
    "auth",
    [
        password_auth(password="wrong"),
        password_auth(name="nobody"),
        password_auth(domain={"name": "another-account"}),
        password_auth(password="\ud800"),
    ],
    ids=range(4),
)
def test_a_wrong_login_gets_the_documented_body(anonymous: Client, auth: Any) -> None:
    response = anonymous.send_auth(auth)
    assert response.status_code == 401
    assert response.json() == {
        "error": {"code": 401, "message": "The username or password is wrong.", "title": "Unauthorized"}
    }
    assert "X-Subject-Token" not in response.headers


@pytest.mark.parametrize(
    ("auth", "status"),
    [
        (password_auth(name=MFA_USERNAME), 401),
        (mfa_auth(passcode="654321"), 401),
        (mfa_auth(id=USER_ID), 401),
        (identity_auth("token", {"id": "MIIunknown"}), 401),
        (identity_auth("hw_ak_sk", {"access": {"key": ACCESS_KEY}, "secret": {"key": "wrong"}}), 401),
        (identity_auth("hw_ak_sk", {"access": {"key": "AK"}, "secret": {"key": SECRET_KEY}}), 401),
        (password_auth({"project": {"id": "0" * 32}}), 403),
        (password_auth({"project": {"name": "cn-south-1"}}), 403),
        (password_auth({"domain": {"name": "another-account"}}), 403),
        (password_auth({"project": "x"}), 400),
        (password_auth({"system": {}}), 400),
        (password_auth(password=None), 400),
        (identity_auth("saml2", {}), 400),
        (identity_auth("password", {}), 400),
        (identity_auth("token", {}), 400),
        ({"identity": {"methods": "password"}}, 400),
        ({"identity": {"methods": [["password"]]}}, 400),
        ([], 400),
        (None, 400),
    ],
    ids=range(19),
)
def test_other_refusals_of_a_login(anonymous: Client, auth: Any, status: int) -> None:
    response = anonymous.send_auth(auth)
    assert (response.status_code, response.json()["error"]["code"]) == (status, status), response.text
    assert PASSWORD not in response.text


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"auth": 1}'])
def test_a_malformed_login_gets_the_documented_body(anonymous: Client, body: bytes) -> None:
    response = anonymous.send("POST", "/v3/auth/tokens", data=body)
    assert response.status_code == 400
    assert response.json() == {"error": {"code": 400, "message": "The request body is invalid", "title": "Bad Request"}}


@pytest.mark.parametrize("scope", [None, {"domain": {"name": DOMAIN_NAME}}, {"project": {"id": OTHER_PROJECT.id}}])
def test_a_token_without_the_project_is_refused_by_cbr(anonymous: Client, scope: Any) -> None:
    auth = password_auth(scope)
    if scope is None:
        del auth["scope"]
    anonymous.headers["X-Auth-Token"] = anonymous.send_auth(auth).headers["X-Subject-Token"]
    assert_refused(anonymous.send("GET", "/vaults"), 403, "APIGW.0302")
    assert anonymous.send("GET", "/v3/auth/projects").status_code == 200


def test_projects_of_the_path(client: Client) -> None:
    assert_refused(client.send("GET", f"/v3/{OTHER_PROJECT.id}/vaults"), 403, "APIGW.0302")
    response = client.send("GET", "/v3/no-project/vaults")
    assert response.json() == {"unauthorized": {"code": "401", "message": "Malformed request url"}}


def test_calls_without_a_valid_token(client: Client, cloud: Cloud, clock: Clock) -> None:
    token = client.headers.pop("X-Auth-Token")
    texts = []
    for value in (None, "MIInonsense", token):
        if value == token:
            clock.step(cloud.token_lifetime)
        response = client.send("GET", "/vaults", headers={"X-Auth-Token": value} if value else {})
        assert_refused(response, 401, "APIGW.0301")
        texts.append(response.json()["error_msg"])
        assert response.json()["request_id"] == response.headers["X-Request-Id"]
    assert texts[0] == "Incorrect IAM authentication information: x-auth-token not found"
    assert texts[1] == "Incorrect IAM authentication information: decrypt token fail"
    assert "token expires, expires_at" in texts[2]


def test_tokens_can_be_revoked_and_short_lived(client: Client, cloud: Cloud, clock: Clock) -> None:
    assert client.get("/vaults")
    cloud.revoke_tokens()
    assert_refused(client.send("GET", "/vaults"), 401, "APIGW.0301")
    cloud.token_lifetime = 5
    client.login()
    clock.step(4.9)
    assert client.get("/vaults")
    clock.step(0.2)
    assert_refused(client.send("GET", "/vaults"), 401, "APIGW.0301")


def test_a_token_is_checked(client: Client) -> None:
    token = client.headers["X-Auth-Token"]
    response = client.send("GET", "/v3/auth/tokens", headers={"X-Subject-Token": token})
    assert response.json()["token"]["project"]["id"] == PROJECT_ID
    assert client.send("GET", "/v3/auth/tokens", headers={"X-Subject-Token": "MII"}).status_code == 404
    assert client.send("GET", "/v3/auth/tokens", headers={"X-Auth-Token": "MII"}).status_code == 401


def test_projects_are_listed_by_exact_name(client: Client) -> None:
    projects = client.get("/v3/projects", name=REGION)["projects"]
    assert [project["id"] for project in projects] == [PROJECT_ID]
    assert client.get("/v3/projects", name="cn-north")["projects"] == []
    everything = [project["name"] for project in client.get("/v3/auth/projects")["projects"]]
    assert everything == [REGION, f"{REGION}_practice", "MOS"]
    assert [row["name"] for row in client.get("/v3/projects", page=2, per_page=2)["projects"]] == ["MOS"]
    assert client.get("/v3/auth/domains")["domains"][0]["id"] == DOMAIN_ID


@pytest.mark.parametrize(
    ("identity", "status", "code"),
    [
        ({"methods": ["password"]}, 400, "IAM.0011"),
        ({"methods": ["token"], "token": []}, 400, "IAM.0011"),
        ({"methods": ["token"], "token": {"duration_seconds": 899}}, 400, "IAM.0007"),
        ({"methods": ["token"], "token": {"duration_seconds": 86401}}, 400, "IAM.0007"),
        ({"methods": ["token"], "token": {"id": "MII"}}, 401, "IAM.0001"),
        ({"methods": ["assume_role"], "assume_role": {"agency_name": "x", "domain_name": "y"}}, 403, "IAM.0003"),
        ({"methods": ["assume_role"], "assume_role": {}}, 400, "IAM.0011"),
    ],
    ids=str,
)
def test_refusals_of_temporary_keys(client: Client, identity: Any, status: int, code: str) -> None:
    response = client.send("POST", "/v3.0/OS-CREDENTIAL/securitytokens", json={"auth": {"identity": identity}})
    assert_refused(response, status, code)


def test_the_servers_variables(server: Server) -> None:
    assert server.variables() == {
        "CBRCTL_ENDPOINT": server.url,
        "CBRCTL_IAM_ENDPOINT": server.url,
        "CBRCTL_REGION": "cn-north-4",
        "CBRCTL_PROJECT_ID": "4229d7a45436489f8c3dc2b1d35d4987",
        "CBRCTL_USERNAME": "sandbox-user",
        "CBRCTL_PASSWORD": "sandbox-password",
        "CBRCTL_DOMAIN_NAME": "sandbox-account",
    }
