"""The marker that travels with a backup, by which it is found again when its answer was lost. Pure.

no name given   the name is `cbrctl-OPID`; copies of several resources are numbered `-0001` by the service (api.md 1)
a name given    the name stays, and ` [cbrctl:OPID]` is appended to the description
--no-marker     neither: what was given is sent exactly
"""

import re
from collections.abc import Mapping
from typing import Any

from cbrctl.ids import parse_op_id

LONGEST_DESCRIPTION = 255
LONGEST_MARKED = 219
"""Characters of a description that leave room for the marker."""

_NAME = re.compile(r"cbrctl-([0-9A-Z]{26})(?![0-9A-Za-z])")
"""By prefix: what the service puts behind it, `-0001` or whatever comes to it, does not matter."""
_TAG = re.compile(r" ?\[cbrctl:([0-9A-Z]{26})\]\Z")


def name_of(op_id: str) -> str:
    """Give the generated name of an op: 33 characters."""
    return f"cbrctl-{op_id}"


def mark(request: Mapping[str, Any], op_id: str) -> dict[str, Any]:
    """Give the request with the marker of an op in it."""
    parameters = dict(request.get("parameters") or {})
    if "name" in parameters:
        parameters["description"] = f"{parameters.get('description', '')} [cbrctl:{op_id}]".lstrip()
    else:
        parameters["name"] = name_of(op_id)
    return {**request, "parameters": parameters}


def unmark(request: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the user asked for: the request without its marker, the resources in an order of their own."""
    parameters = dict(request.get("parameters") or {})
    if _NAME.fullmatch(str(parameters.get("name"))):
        del parameters["name"]
    description = str(parameters.get("description", ""))
    if _TAG.search(description):
        parameters["description"] = _TAG.sub("", description)
        if not parameters["description"]:
            del parameters["description"]
    if "resources" in parameters:
        parameters["resources"] = sorted(parameters["resources"])
    return {"vault_id": request.get("vault_id"), "parameters": parameters}


def is_marked(op_id: str, name: str | None, description: str | None) -> bool:
    """Whether a copy's or a task's name, or its description, carries the marker of this op."""
    return op_id in (find_op(name, None), find_op(None, description))


def find_op(name: str | None, description: str | None) -> str | None:
    """Give the op whose marker a name or a description carries, None where it carries none."""
    found = _NAME.match(name or "") or _TAG.search((description or "").rstrip())
    return parse_op_id(found[1]) if found else None
