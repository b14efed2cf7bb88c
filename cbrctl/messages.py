"""The words of an error: translated for people, English for JSON. Values from outside are inert in both."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from cbrctl.catalogue import MESSAGES
from cbrctl.catalogue.message import Message
from cbrctl.codes import find
from cbrctl.errors import CbrctlError
from cbrctl.language import tr

_SIGNALS = (129, 130, 143)


def tell(
    error: CbrctlError, translate: Callable[[str], str] = tr, names: Mapping[str, str] = MappingProxyType({})
) -> Message:
    """Give what happened, why and what to do, in the language of `translate`. `names` fill what the error cannot know."""
    code = find(error.fault.code) if error.fault else None
    values: dict[str, object] = {
        "note": error.note,
        "why": translate(code.why) if code else "",
        "fix": translate(code.fix) if code else "",
        "checkpoint": "CHECKPOINT_ID",
        "vault": "VAULT",
        "op": "OP_ID",
        "who": "",
        **names,
        **error.values,
    }
    words = {name: str(value)[:2000] for name, value in values.items()}
    return Message(*(translate(part).format(**words).strip() for part in MESSAGES[error.key]))


def describe(
    error: CbrctlError,
    *,
    exit_code: int | None = None,
    sent: str | None = None,
    names: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """Give the error as the contract writes it in JSON; its words are English."""
    said = tell(error, str, names)
    fault = error.fault
    text = f'The service: "{fault.text}"' if fault and fault.text else ""
    return {
        "code": fault.code if fault else None,
        "kind": "signal" if exit_code in _SIGNALS else error.kind,
        "message": " ".join(part for part in (said.what, said.why, text) if part),
        "hint": said.fix or None,
        "http_status": fault.status or None if fault else None,
        "request_id": fault.request_id if fault else None,
        "sent": error.sent or sent,
    }
