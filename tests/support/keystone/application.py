"""Run by gunicorn in Keystone's own Python: Keystone, with a record of what it was asked.

On its second port it behaves in two things as Huawei's IAM does: the account need not stand beside a project's name,
and a token is several KB long. Whoever is called `mangled` meets a gateway that spoils the password on its way.
"""

import importlib
import io
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

sys.argv = sys.argv[:1]  # Keystone would read gunicorn's options and refuse them
keystone: Any = importlib.import_module("keystone.wsgi.api").application

RECORD = os.environ["TEST_RECORD"]
LIFELINE = int(os.environ["TEST_LIFELINE"])
HUAWEI_PORT = os.environ["TEST_HUAWEI_PORT"]
DOMAIN = os.environ["TEST_DOMAIN"]
PADDING = "~" + "x" * 6000


def wait_for_the_end() -> None:
    """End gunicorn when the other end of the pipe closes: whoever started it is gone."""
    os.read(LIFELINE, 1)
    os.kill(os.getppid(), signal.SIGTERM)


threading.Thread(target=wait_for_the_end, daemon=True).start()


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request and write down what it was."""
    data = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    sent = parse(data)
    huawei = environ["SERVER_PORT"] == HUAWEI_PORT
    if huawei:
        for name in ("HTTP_X_AUTH_TOKEN", "HTTP_X_SUBJECT_TOKEN"):
            if name in environ:
                environ[name] = environ[name].removesuffix(PADDING)
        data = json.dumps(accept_more(parse(data))).encode() if sent is not None else data
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(data), str(len(data))
    status = ""

    def begin(line: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        nonlocal status
        status = line
        if huawei:
            headers = [(k, v + PADDING if k.lower() == "x-subject-token" else v) for k, v in headers]
        return start(line, headers, *rest)

    answer = b"".join(keystone(environ, begin))
    line = {
        "agent": environ.get("HTTP_USER_AGENT", ""),
        "method": environ["REQUEST_METHOD"],
        "path": environ["PATH_INFO"],
        "query": environ["QUERY_STRING"],
        "body": sent,
        "status": int(status.split(maxsplit=1)[0]),
        "answer": parse(answer),
    }
    with open(RECORD, "a") as file:  # before the answer leaves
        file.write(json.dumps(line) + "\n")
    return [answer]


def accept_more(body: Any) -> Any:
    """Do what Huawei's IAM takes in Keystone's words."""
    try:
        auth = body["auth"]
        identity = auth["identity"]
        if "token" in identity:
            identity["token"]["id"] = identity["token"]["id"].removesuffix(PADDING)
        if identity.get("password", {}).get("user", {}).get("name") == "mangled":
            identity["password"]["user"]["password"] = [identity["password"]["user"]["password"]]
        project = auth.get("scope", {}).get("project", {})
        if "name" in project:
            project.setdefault("domain", {"name": DOMAIN})
    except (KeyError, TypeError, AttributeError):
        pass  # Keystone will say so
    return body


def parse(data: bytes) -> Any:
    """Return the value of a JSON body, None where it is none."""
    try:
        return json.loads(data)
    except ValueError:
        return None
