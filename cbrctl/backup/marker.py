"""The marker that travels with a backup, by which it is found again when its answer was lost. Pure.

no name given   the name is `cbrctl-OPID-DDDD`; copies of several resources are numbered `-0001` by the service (service.md 1)
a name given    the name stays, and ` [cbrctl:OPID-DDDD]` is appended to the description
--no-marker     neither: what was given is sent exactly

DDDD is a digest of the request, by which another machine sees that the same key was used for something else. It begins
with a letter, so that the service's own numbers are not taken for it; markers of earlier versions have none.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cbrctl.ids import write_base32

LONGEST_DESCRIPTION = 255
LONGEST_MARKED = 214
"""Characters of a description that leave room for the marker."""

_MARKER = r"(?i)cbrctl[-:]([0-7][0-9A-HJKMNP-TV-Z]{25})(?:-([A-Z][0-9A-Z]{3}))?(?![0-9A-Z])"


class Marker(NamedTuple):
    """A marker that was found in a text."""

    op_id: str
    digest: str | None


def mark(request: Mapping[str, Any], op_id: str) -> dict[str, Any]:
    """Return the request with the marker of an op in it."""
    digest = short_digest(digest_of(request))
    parameters = dict(request.get("parameters") or {})
    if "name" in parameters:
        parameters["description"] = f"{parameters.get('description', '')} [cbrctl:{op_id}-{digest}]".lstrip()
    else:
        parameters["name"] = f"cbrctl-{op_id}-{digest}"
    return {**request, "parameters": parameters}


def find_markers(*texts: str | None) -> Iterator[Marker]:
    """Yield the markers that stand anywhere in some texts, in any case."""
    for text in texts:
        for op_id, digest in re.findall(_MARKER, text or ""):
            yield Marker(op_id.upper(), digest.upper() or None)


def is_marked(op_id: str, *texts: str | None) -> bool:
    """Return whether the marker of an op stands in some texts."""
    return any(marker.op_id == op_id for marker in find_markers(*texts))


def digest_of(request: Mapping[str, Any]) -> str:
    """Return what tells two unmarked requests apart: the same whatever the order of resources and volumes, 26 characters."""
    import hashlib

    parameters = dict(request.get("parameters") or {})
    if "resources" in parameters:
        parameters["resources"] = sorted(parameters["resources"])
    if "resource_details" in parameters:
        parameters["resource_details"] = sorted(map(_sort_volumes, parameters["resource_details"]), key=_as_text)
    return write_base32(hashlib.sha256(_as_text(parameters).encode("utf-8", "surrogatepass")).digest()[:16])


def short_digest(digest: str) -> str:
    """Return the four characters of a digest that stand in a marker; the first is a letter."""
    letters = "ABCDEFGHJKMNPQRSTVWXYZ"
    return letters[int(digest[-1], 36) % len(letters)] + digest[-4:-1]


def _sort_volumes(detail: Mapping[str, Any]) -> dict[str, Any]:
    extra = dict(detail.get("extra_info") or {})
    for name in ("exclude_volumes", "include_volumes"):
        if name in extra:
            extra[name] = sorted(extra[name], key=_as_text)
    return {**detail, "extra_info": extra}


def _as_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
