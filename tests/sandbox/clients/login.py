"""Logs in by keystoneauth and asks CBR, as a client does that knows no more than the address of the identity service.

Arguments: that address; prints what it found as JSON. Runs in a virtual environment that has keystoneauth only.
"""

import json
import os
import sys

from keystoneauth1 import adapter, discover, exceptions, session
from keystoneauth1.identity import generic, v3

url = sys.argv[1]
project = os.environ["OS_PROJECT_ID"]
names = {"username": os.environ["OS_USERNAME"], "user_domain_name": os.environ["OS_USER_DOMAIN_NAME"]}
password = generic.Password(url, password=os.environ["OS_PASSWORD"], project_id=project, **names)
mine = session.Session(auth=password)
cbr = adapter.Adapter(mine, service_type="cbr", region_name=os.environ["OS_REGION_NAME"])
token = v3.Token(f"{url}/v3", token=mine.get_token(), project_id=project)
wrong = session.Session(auth=generic.Password(url, password="wrong", project_id=project, **names))
try:
    wrong.get_token()
    refused = None
except exceptions.Unauthorized as error:
    refused = str(error)
print(
    json.dumps(
        {
            "versions": [list(row["version"]) for row in discover.Discover(mine, url).version_data()],
            "project": mine.get_project_id(),
            "endpoint": cbr.get_endpoint(),
            "vaults": [row["name"] for row in cbr.get("/vaults").json()["vaults"]],
            "by token": session.Session(auth=token).get_project_id(),
            "refused": refused,
        }
    )
)
