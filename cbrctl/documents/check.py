"""Which protected resource has a good copy, and which has not."""

from typing import Annotated, NotRequired, TypedDict

from cbrctl.documents.backups import ErrorJson
from cbrctl.documents.service import VaultNameJson
from cbrctl.documents.values import FILLED, ExitCode, Id, ResourceId, Time


class CheckedResourceJson(TypedDict):
    """A resource that a vault protects, by name."""

    id: Annotated[ResourceId, "The resource's id."]
    name: Annotated[str | None, "Its name."]
    type: Annotated[str | None, "Its type, like OS::Nova::Server."]


class NewestCopyJson(TypedDict):
    """The newest available copy of a resource."""

    id: Annotated[Id, "The copy's id."]
    checkpoint_id: Annotated[Id | None, "The checkpoint that it belongs to."]
    name: Annotated[str | None, "Its name."]
    created_at: Annotated[Time | None, "When it was begun, as the service stamped it; null where that cannot be read."]
    incremental: Annotated[bool | None, "Incremental (true) or full (false)."]
    size_gb: Annotated[int | None, "The resource's size in GB."]


class CheckedJson(TypedDict):
    """A protected resource, and its newest available copy."""

    vault: Annotated[VaultNameJson, "The vault that protects it."]
    resource: Annotated[CheckedResourceJson, "The resource."]
    state: Annotated[
        str,
        "Whether it has a good copy: good, old (older than --max-age), undated (its time cannot be read, or lies ahead) or "
        "none. A later version may say others.",
        FILLED,
    ]
    copy: Annotated[NewestCopyJson | None, "Its newest available copy, good or not; null where there is none."]
    age_seconds: Annotated[
        int | None,
        "Seconds from the beginning of that copy to `checked_at`; null where that is not known.",
        {"minimum": 0},
    ]


class VerdictJson(TypedDict):
    """The verdict on all of them."""

    outcome: Annotated[
        str,
        "Whether every resource has a good copy: good, partial (some have) or none. A later version may say others.",
        FILLED,
    ]
    exit_code: Annotated[ExitCode, "The exit code: 0 good, 3 partial, 4 none."]
    max_age_seconds: Annotated[
        float | None, "How old a good copy may be, --max-age; null where it may have any age.", {"exclusiveMinimum": 0}
    ]
    checked_at: Annotated[Time, "When the copies were read, by the service's clock: what ages are counted to."]
    warnings: NotRequired[Annotated[list[str], "What to know beside the verdict, in English."]]
    error: Annotated[ErrorJson | None, "What lacks and what to do about it; null exactly where the exit code is 0."]


class CheckJson(VerdictJson):
    """Which protected resources have a good copy."""

    items: Annotated[
        list[CheckedJson], "The protected resources, those without a good copy first; none for an empty shard."
    ]
