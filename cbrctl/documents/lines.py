"""The lines of jsonl: what happens to a backup, the rows of a list, and the result at the end."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from cbrctl.documents.backups import ResourceJson
from cbrctl.documents.service import VaultNameJson
from cbrctl.documents.values import FILLED, ExitCode, Id, OpId, Outcome, Time


class LineJson(TypedDict):
    """A line of jsonl."""

    type: Annotated[str, "What kind of line this is: {lines}. A later version may write others.", FILLED]
    ts: Annotated[Time, "When it was written."]


class LineHeadJson(TypedDict):
    """What each line of one backup begins with, after its type."""

    ts: Annotated[Time, "When it was written."]
    op_id: Annotated[
        OpId | None,
        "Its identity; null for what others started, and where an earlier one kept this one from being sent.",
    ]
    vault: Annotated[VaultNameJson, "The vault; its members are null where it is not known."]


class OpLineJson(LineHeadJson):
    """A step of one backup."""

    type: Annotated[Literal["op"], "What kind of line this is."]
    state: Annotated[
        str,
        "What happened: sending (about to be sent), searching (no whole answer came), waiting (the vault is busy), "
        "accepted by the service, attached (followed, not started), ended (for this run). "
        "A later version may say others.",
        FILLED,
    ]
    checkpoint_id: NotRequired[Annotated[Id, "The checkpoint; where the state is accepted or attached."]]
    who: NotRequired[
        Annotated[
            str, "What keeps the vault busy, in English, empty where that is not known; where the state is waiting."
        ]
    ]
    outcome: NotRequired[Annotated[Outcome, "How it ended; where the state is ended."]]
    exit_code: NotRequired[Annotated[ExitCode, "The exit code of this vault's backup; where the state is ended."]]


class StatusLineJson(LineHeadJson):
    """A checkpoint changed its status."""

    type: Annotated[Literal["status"], "What kind of line this is."]
    checkpoint_id: Annotated[Id, "The checkpoint."]
    status: Annotated[str | None, "Its new status, in the service's word."]


class ResourceLineJson(LineHeadJson):
    """A resource changed."""

    type: Annotated[Literal["resource"], "What kind of line this is."]
    resource: Annotated[ResourceJson, "The resource as it is now."]


class WarningLineJson(TypedDict):
    """A warning; without op_id and vault where it belongs to none."""

    type: Annotated[Literal["warning"], "What kind of line this is."]
    ts: Annotated[Time, "When it was written."]
    op_id: NotRequired[
        Annotated[OpId | None, "Of which backup; null for what others started, and for what was kept from being sent."]
    ]
    vault: NotRequired[Annotated[VaultNameJson, "The vault; its members are null where it is not known."]]
    message: Annotated[str, "What to know, in English.", FILLED]


class ItemLineJson(TypedDict):
    """A row of a list."""

    type: Annotated[Literal["item"], "What kind of line this is."]
    ts: Annotated[Time, "When it was written."]
    item: Annotated[Mapping[str, Any], "The row, as in `items` of the list's own schema."]


class ResultLineJson(TypedDict):
    """The last line, always: the document of -o json with type and ts."""

    type: Annotated[Literal["result"], "What kind of line this is."]
    ts: Annotated[Time, "When it was written."]
    schema: Annotated[str, "The schema of the rest of the line.", {"pattern": r"^cbrctl\.[a-z]+/v1$"}]
    count: NotRequired[Annotated[int, "How many items were written; for lists, in place of `items`.", {"minimum": 0}]]
