"""What a client asks that does not know yet where things are: versions of the identity service, and the catalog.

The shapes are Keystone's, which IAM has kept: keystoneauth and the clients on it begin with them.
"""

from typing import Any

from cbrctl.sandbox.account import PROJECT_ID, REGION
from cbrctl.sandbox.calls import Call
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Answer, answer_json
from cbrctl.sandbox.token_requests import require_caller

MEDIA_TYPE = {"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}


def list_versions(cloud: Cloud, call: Call) -> Answer:
    """GET /: the choice of versions, of which there is one."""
    return answer_json(300, {"versions": {"values": [describe_version(cloud.url)]}})


def show_version(cloud: Cloud, call: Call) -> Answer:
    """GET /v3."""
    return answer_json(200, {"version": describe_version(cloud.url)})


def show_catalog(cloud: Cloud, call: Call) -> Answer:
    """GET v3/auth/catalog: the services, for whoever has a token."""
    require_caller(cloud, call.request, call.now)
    links = {"self": f"{cloud.url}/v3/auth/catalog", "previous": None, "next": None}
    return answer_json(200, {"catalog": describe_catalog(cloud.url), "links": links})


def describe_version(url: str) -> dict[str, Any]:
    """The identity service's version 3."""
    return {
        "id": "v3.6",
        "status": "stable",
        "updated": "2016-04-04T00:00:00Z",
        "links": [{"rel": "self", "href": f"{url}/v3/"}],
        "media-types": [MEDIA_TYPE],
    }


def describe_catalog(url: str) -> list[dict[str, Any]]:
    """The services of the practice cloud: both are served by one address."""
    endpoints = {"cbr": f"{url}/v3/{PROJECT_ID}", "iam": f"{url}/v3"}
    return [
        {
            "id": f"sandbox-service-{name}",
            "name": name,
            "type": {"iam": "identity"}.get(name, name),
            "endpoints": [
                {
                    "id": f"sandbox-endpoint-{name}",
                    "interface": "public",
                    "region": REGION,
                    "region_id": REGION,
                    "url": address,
                }
            ],
        }
        for name, address in endpoints.items()
    ]
