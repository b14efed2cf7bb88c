"""The request that starts a backup, as it is sent: what stands under `checkpoint`."""

from typing import Annotated, Literal, NotRequired, TypedDict

from cbrctl.documents.values import Id, ResourceId


class VolumeJson(TypedDict):
    """A volume."""

    id: Annotated[str, "The volume's id."]


class VolumesJson(TypedDict, total=False):
    """Which volumes of a resource are backed up."""

    exclude_volumes: Annotated[list[str], "Ids of the volumes that are left out.", {"minItems": 1}]
    include_volumes: Annotated[list[VolumeJson], "The volumes that alone are backed up.", {"minItems": 1}]


class ResourceDetailJson(TypedDict):
    """A wanted resource with its volumes."""

    id: Annotated[ResourceId, "The resource's id."]
    type: Annotated[str, "Its type, like OS::Nova::Server."]
    extra_info: Annotated[VolumesJson, "Which of its volumes are backed up."]


class ParametersJson(TypedDict, total=False):
    """What a backup is to be like; only what was chosen."""

    # what can be set of it stands in backup/fields.py, and is added where the schema is made
    resources: Annotated[
        list[ResourceId],
        "The wanted resources, by id; left out where the whole vault or resource_details is meant.",
        {"minItems": 1, "maxItems": 256},
    ]
    resource_details: Annotated[list[ResourceDetailJson], "The wanted resources with their volumes.", {"maxItems": 256}]


class RequestJson(TypedDict):
    """The exact value that stands under `checkpoint` in the request."""

    vault_id: Annotated[Id, "The vault to back up."]
    parameters: NotRequired[
        Annotated[
            ParametersJson,
            "What the backup is to be like; only what was chosen.",
            {"minProperties": 1, "not": {"required": ["resources", "resource_details"]}},
        ]
    ]


class BodyJson(TypedDict):
    """The body of the request."""

    checkpoint: Annotated[RequestJson, "The same as `request`."]


class HttpJson(TypedDict):
    """The exact request of a dry run."""

    method: Annotated[Literal["POST"], "The method."]
    url: Annotated[str, "The address.", {"pattern": "^https?://"}]
    body: Annotated[BodyJson, "The body."]
