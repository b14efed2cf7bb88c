"""The practice cloud's own paths, which no real cloud has: switch faults while it runs, look at what was received.

GET, POST, DELETE /sandbox/faults     list, add (body {"fault": "create:drop-after*1"}), switch all off
GET /sandbox/requests                 the latest requests, without secrets
"""

from typing import Any

from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.exchange import Answer, Request, answer_json
from cbrctl.sandbox.records import Record

PREFIX = "/sandbox/"
LATEST = 200


def answer_control(cloud: Cloud, request: Request) -> Answer:
    """Answer a request to one of the practice cloud's own paths."""
    if request.path == "/sandbox/faults":
        if request.method == "POST":
            return add_fault(cloud, request)
        if request.method == "DELETE":
            cloud.faults.clear()
        if request.method in ("GET", "DELETE"):
            return answer_json(200, {"faults": cloud.faults.specs()})
    if request.path == "/sandbox/requests" and request.method == "GET":
        with cloud.lock:
            rows = [describe_record(record) for record in cloud.requests[-LATEST:]]
        return answer_json(200, {"requests": rows})
    return answer_json(404, {"error": f"the sandbox has no {request.method} {request.path}"})


def add_fault(cloud: Cloud, request: Request) -> Answer:
    """Switch on the fault of the body; a bad one is answered with the choices."""
    try:
        document = request.read_json()
        if not isinstance(document, dict) or not isinstance(document.get("fault"), str):
            raise ValueError('send {"fault": "ROUTE:KIND[=VALUE][*TIMES]"}')
        cloud.faults.add(document["fault"])
    except ValueError as error:
        return answer_json(400, {"error": str(error)})
    return answer_json(201, {"faults": cloud.faults.specs()})


def describe_record(record: Record) -> dict[str, Any]:
    """A request as shown to the user."""
    names = ("method", "path", "query", "headers", "body", "status")
    return {name: getattr(record, name) for name in names}
