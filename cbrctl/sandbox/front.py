"""From a request to a reply: who calls, which route, which faults, and the answer or the refusal."""

from dataclasses import dataclass
from uuid import uuid4

from cbrctl.sandbox.callers import check_project, identify_caller
from cbrctl.sandbox.calls import Call
from cbrctl.sandbox.cloud import Cloud
from cbrctl.sandbox.controls import PREFIX, answer_control
from cbrctl.sandbox.exchange import Answer, Request, answer_json
from cbrctl.sandbox.faults import AFTER, BEFORE, Fault
from cbrctl.sandbox.records import record_request
from cbrctl.sandbox.refusals import GatewayRefusal, MalformedUrl, Refusal
from cbrctl.sandbox.routes import Route, check_ids, find_route
from cbrctl.sandbox.texts import find_text

# What the gateway says with these statuses (service.md section 7.4).
GATEWAY_TEXTS = {
    401: ("APIGW.0301", "Incorrect IAM authentication information: decrypt token fail"),
    403: ("APIGW.0302", "The IAM user is not authorized to access the API"),
    404: ("APIGW.0101", "The API does not exist or has not been published in the environment"),
    429: (
        "APIGW.0308",
        "The throttling threshold has been reached: policy user over ratelimit,limit:200,time:5 minute",
    ),
    500: ("APIGW.0601", "Internal server error"),
    502: ("APIGW.0201", "Backend unavailable"),
    503: ("APIGW.0613", "The IAM service is temporarily unavailable"),
    504: ("APIGW.0201", "Backend timeout"),
}
HTML_PAGE = b"<!DOCTYPE html><html><head><title>Welcome to the hotel</title></head><body>Please log in.</body></html>\n"


@dataclass(frozen=True)
class Delivery:
    """An answer and what is to go wrong with it on the wire: `spoiler` is a fault of the kinds that do so.

    `answer` is None where the connection is closed without one. `delay` is in seconds.
    """

    answer: Answer | None
    request_id: str
    spoiler: Fault | None = None
    delay: float = 0.0


def answer_request(cloud: Cloud, request: Request) -> Delivery:
    """Answer one request; the record of it is complete before the answer leaves."""
    request_id = uuid4().hex
    if request.path.startswith(PREFIX):
        return Delivery(answer_control(cloud, request), request_id)
    try:
        route, ids = find_route(request)
    except Refusal as refusal:
        route, ids, failure = None, {}, refusal
    record = record_request(request, is_for_cbr=route is not None and route.in_project)
    cloud.add_record(record)
    struck = cloud.faults.take(route.fault_route if route else None)
    early = next((fault for fault in struck if fault.kind in BEFORE), None)
    spoiler = next((fault for fault in struck if fault.kind in AFTER), early)
    if early is not None:
        answer = imitate(cloud, early, request, request_id)
    elif route is None:
        answer = refuse(cloud, failure, request, request_id)
    else:
        late = max((fault.number for fault in struck if fault.kind == "late"), default=0.0)
        answer = execute(cloud, route, ids, request, late, request_id)
        if spoiler is not None and spoiler.kind in ("status-after", "empty", "drop-after", "reset-after"):
            answer = replace(cloud, spoiler, request, request_id)
    record.status = answer.status if answer else None
    return Delivery(answer, request_id, spoiler, sum(fault.number for fault in struck if fault.kind == "delay"))


def execute(cloud: Cloud, route: Route, ids: dict[str, str], request: Request, late: float, request_id: str) -> Answer:
    """Do what the request asks for; a refusal becomes its error answer."""
    try:
        with cloud.lock:
            now = cloud.clock()
            caller = None
            if route.in_project:
                caller = identify_caller(cloud, request, now)
                check_project(caller, ids["project_id"], request.headers.get("x-project-id"))
                check_ids(ids)
            return route.handler(cloud, Call(request, ids, now, caller, late))
    except Refusal as refusal:
        return refuse(cloud, refusal, request, request_id)
    except Exception as error:
        # A bug of the practice cloud must be seen by whoever tests against it, not end the connection.
        return answer_json(500, {"error_code": "BackupService.9910", "error_msg": f"bug in the sandbox: {error!r}"})


def refuse(cloud: Cloud, refusal: Refusal, request: Request, request_id: str) -> Answer:
    """The answer of a refusal in the caller's language."""
    return answer_json(refusal.status, refusal.describe(request.english, cloud.code_prefix, request_id))


def imitate(cloud: Cloud, fault: Fault, request: Request, request_id: str) -> Answer | None:
    """The answer of a fault that keeps the request from being executed; None to close without one."""
    if fault.kind in ("drop-before", "reset-before"):
        return None
    if fault.kind == "status":
        return answer_gateway(cloud, int(fault.number), request, request_id)
    if fault.kind == "error":
        body = {"error_code": fault.value, "error_msg": find_text(fault.value, request.english)}
        return answer_json(400, body)
    if fault.kind == "redirect":
        return Answer(302, b"", {"Location": fault.value})
    if fault.kind == "malformed-url":
        return refuse(cloud, MalformedUrl(), request, request_id)
    return Answer(200, HTML_PAGE, {"Content-Type": "text/html; charset=utf-8"})


def replace(cloud: Cloud, fault: Fault, request: Request, request_id: str) -> Answer | None:
    """The answer of a fault that hides what was executed; None to close without one."""
    if fault.kind in ("drop-after", "reset-after"):
        return None
    if fault.kind == "status-after":
        return answer_gateway(cloud, int(fault.number), request, request_id)
    return Answer(200)


def answer_gateway(cloud: Cloud, status: int, request: Request, request_id: str) -> Answer:
    """What the gateway says with a status."""
    code, text = GATEWAY_TEXTS.get(status, ("APIGW.0601", "Internal server error"))
    return refuse(cloud, GatewayRefusal(status, code, text), request, request_id)
