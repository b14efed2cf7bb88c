"""An answer's body as the object that was asked for, or the error that it is."""

from collections.abc import Mapping
from typing import Any

from cbrctl.api.error_bodies import parse_json, read_error_of, read_fault
from cbrctl.api.transport import Reply
from cbrctl.errors import Unreachable
from cbrctl.phrases import Phrase


def read_answer(reply: Reply, key: str) -> Mapping[str, Any]:
    """Return the object of an answer, in which an object or a list stands under `key`. Raises what it says instead."""
    try:
        data = parse_json(reply.body)
        if isinstance(data, dict) and isinstance(data.get(key), dict | list):
            return data
        raise ValueError(Phrase("no {key} in it", key=key))
    except ValueError as cause:
        fault = read_fault(*reply)
        if fault.code:  # the code decides, whatever the status
            raise read_error_of(fault) from None
        fault = fault._replace(text="")
        raise Unreachable("bad-answer", fault=fault, status=reply.status, note=str(cause)) from None


def need_object(data: object, key: str) -> Mapping[str, Any]:
    """Return the object under a key. ValueError where there is none."""
    found = data.get(key) if isinstance(data, dict) else None
    if not isinstance(found, dict):
        raise ValueError(Phrase("no {key} in it", key=key))
    return found
