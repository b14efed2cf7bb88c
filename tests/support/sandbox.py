"""A plain client of the practice cloud, and a clock that moves only when a test says so."""

from dataclasses import dataclass, field
from typing import Any

import requests

from cbrctl.sandbox import Server
from cbrctl.sandbox.account import DOMAIN_NAME, PASSWORD, PROJECT_ID, USERNAME
from cbrctl.sandbox.seed import VAULT_BE94

NOON = 1_557_475_152.733403  # 2019-05-10T07:59:12.733403, the time in the create-checkpoint page's example


@dataclass
class Clock:
    """Time that moves only when a test says so; sleeping is noted, not done."""

    now: float = NOON
    slept: list[float] = field(default_factory=list)

    def read(self) -> float:
        return self.now

    def step(self, seconds: float) -> None:
        self.now += seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Client:
    """HTTP to one sandbox, with a token unless a test says otherwise."""

    def __init__(self, server: Server) -> None:
        self.url = server.url
        self.project = f"{server.url}/v3/{PROJECT_ID}"
        self.session = requests.Session()
        self.session.trust_env = False
        self.headers: dict[str, str] = {"X-Language": "en-us"}

    def login(self) -> None:
        self.headers["X-Auth-Token"] = self.send_auth(password_auth()).headers["X-Subject-Token"]

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send to a path of the project, or to any path of the server where it starts with /v3 or /sandbox."""
        url = (self.url if path.startswith(("/v3", "/sandbox")) else self.project) + path
        headers = self.headers | options.pop("headers", {})
        options.setdefault("timeout", 5)
        return self.session.request(method, url, headers=headers, allow_redirects=False, **options)

    def get(self, path: str, **query: Any) -> Any:
        response = self.send("GET", path, params=query)
        assert response.status_code == 200, response.text
        return response.json()

    def send_auth(self, auth: Any, **options: Any) -> requests.Response:
        return self.send("POST", "/v3/auth/tokens", json={"auth": auth}, **options)

    def create(self, vault_id: Any = VAULT_BE94, **parameters: Any) -> requests.Response:
        body: dict[str, Any] = {"vault_id": vault_id}
        if parameters:
            body["parameters"] = parameters
        return self.send("POST", "/checkpoints", json={"checkpoint": body})


def password_auth(scope: Any = None, **user: Any) -> dict[str, Any]:
    """The auth object of a login by password, for the demo project unless a scope is given."""
    identity = {"name": USERNAME, "password": PASSWORD, "domain": {"name": DOMAIN_NAME}} | user
    return {
        "identity": {"methods": ["password"], "password": {"user": identity}},
        "scope": scope or {"project": {"id": PROJECT_ID}},
    }


def assert_refused(response: requests.Response, status: int, code: str) -> None:
    assert (response.status_code, response.json().get("error_code")) == (status, code), response.text
