"""A sandbox on a stepped clock, and a client that is logged in to it."""

from collections.abc import Iterator

import pytest

from cbrctl.sandbox import Cloud, DemoCloud, Server
from tests.support.sandbox import Client, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cloud(clock: Clock) -> Cloud:
    return DemoCloud(clock=clock.read, sleep=clock.sleep)


@pytest.fixture
def server(cloud: Cloud) -> Iterator[Server]:
    with Server(cloud) as running:
        yield running


@pytest.fixture
def anonymous(server: Server) -> Iterator[Client]:
    client = Client(server)
    with client.session:
        yield client


@pytest.fixture
def client(anonymous: Client, cloud: Cloud) -> Client:
    anonymous.login()
    cloud.requests.clear()
    return anonymous
