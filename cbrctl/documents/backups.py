"""What became of backups: the result document, errors, and the history of this machine."""

from typing import Annotated, NotRequired, TypedDict

from cbrctl.documents.request import HttpJson, RequestJson
from cbrctl.documents.service import RestorePointJson, SkippedResourceJson, VaultNameJson
from cbrctl.documents.values import FILLED, ExitCode, Id, OpId, Outcome, ResourceId, Sent, Time


class ErrorJson(TypedDict):
    """What went wrong, and what to do."""

    code: Annotated[
        str | None,
        "The service's error code, like BackupService.6114; null for errors of this machine, and where it has no such form.",
        {"pattern": r"^[A-Za-z][A-Za-z0-9_-]{0,31}\.[0-9]{4,8}$"},
    ]
    kind: Annotated[str, "The exit code's name: {kinds}. A later version may say others.", FILLED]
    message: Annotated[str, "What happened and why, in English.", FILLED]
    hint: Annotated[str, "What to do next, in English.", FILLED]
    http_status: Annotated[
        int | None, "The HTTP status of the answer; null where there was none.", {"minimum": 100, "maximum": 999}
    ]
    encoded_authorization_message: NotRequired[
        Annotated[
            str,
            "What the service encoded of a refused permission, for the vendor's tools; left out where it gave none.",
            FILLED,
        ]
    ]
    request_id: Annotated[str | None, "The service's request id, to quote to its support; null where it gave none."]
    sent: Annotated[
        Sent, "Whether the request for the backup was sent; null for what others sent, and where none was meant."
    ]


class FailureJson(TypedDict):
    """What failed before any vault was reached."""

    exit_code: Annotated[ExitCode, "The exit code; one that tells of a backup (0, 3, 4, 5, 6) does not stand here."]
    error: Annotated[ErrorJson, "What went wrong."]


class TroubleJson(TypedDict):
    """What the service says went wrong with a resource."""

    code: Annotated[str | None, "The service's error code, like BackupService.8300."]
    message: Annotated[str | None, "The service's own words."]


class ResourceJson(TypedDict):
    """A wanted resource."""

    id: Annotated[ResourceId, "The resource's id."]
    name: Annotated[str | None, "Its name."]
    type: Annotated[str | None, "Its type, like OS::Nova::Server."]
    size_gb: Annotated[int | None, "Its size in GB."]
    status: Annotated[str, "The status of its copy, in the service's word, or missing or skipped."]
    backup_id: Annotated[Id | None, "The id of its recovery copy."]
    progress: Annotated[int | None, "Per cent done."]
    error: Annotated[TroubleJson | None, "What the service says went wrong with it; null where it says nothing."]


class EntryJson(TypedDict):
    """The backup of one vault."""

    op_id: Annotated[
        OpId | None,
        "Its identity; null for what others started, and where an earlier one kept this one from being sent.",
    ]
    outcome: Annotated[Outcome, "How this vault's backup ended."]
    exit_code: Annotated[ExitCode, "The exit code of this vault's backup."]
    sent: Annotated[Sent, "Whether the request was sent; null for what others sent."]
    attached: Annotated[bool, "Whether a backup that was running or had ended already was taken for this one."]
    vault: Annotated[VaultNameJson | None, "The vault; null where it is not known."]
    checkpoint: Annotated[RestorePointJson | None, "The restore point; null where none is known."]
    resources: Annotated[list[ResourceJson], "The wanted resources as they were last seen, without the skipped ones."]
    skipped_resources: Annotated[
        list[SkippedResourceJson] | None,
        "The resources that the service left out; null where that is not known, with a warning where there is a backup.",
    ]
    request: Annotated[
        RequestJson | None, "What was sent; null for what this machine did not send, and where none was built."
    ]
    started_at: Annotated[Time | None, "When work on this vault began; null where it did not."]
    ended_at: Annotated[Time | None, "When it ended; null where it goes on or is not known."]
    warnings: Annotated[list[str], "What to know beside the outcome, in English."]
    error: Annotated[ErrorJson | None, "Why the exit code is not 0; null exactly where it is 0."]
    http: NotRequired[Annotated[HttpJson, "The exact request of a dry run; only where the outcome is planned."]]


class ReportJson(TypedDict):
    """How the backup of each vault ended."""

    outcome: Annotated[Outcome, "The outcome of the worst entry of `backups`; completed where there is none."]
    exit_code: Annotated[ExitCode, "The exit code of the worst entry of `backups`; after a signal the signal's."]
    backups: Annotated[list[EntryJson], "An entry a vault, in the order given."]
    warnings: NotRequired[Annotated[list[str], "What to know that belongs to no vault, in English."]]


class OpVaultJson(TypedDict):
    """The vault that it is a backup of."""

    id: Annotated[Id, "The vault's id."]
    name: Annotated[str | None, "Its name, null where it was not known."]


class ItemJson(TypedDict):
    """One intended backup of one vault."""

    op_id: Annotated[OpId, "Its identity."]
    vault: Annotated[OpVaultJson, "The vault that it is a backup of."]
    checkpoint_id: Annotated[Id | None, "The checkpoint that was started, or attached to."]
    outcome: Annotated[
        str | None,
        "How it ended, as the last run that had to do with it told; null where none has told yet.",
        FILLED,
    ]
    exit_code: Annotated[int | None, "The exit code of that run for this backup; null where none has told yet."]
    sent: Annotated[Sent, "Whether the request was sent; null for what others sent."]
    attached: Annotated[bool, "Whether a backup that was running or had ended already was taken for this one."]
    started_at: Annotated[Time | None, "When work on it began."]
    ended_at: Annotated[Time | None, "When it ended; null where it goes on or is not known."]
    on_skip: NotRequired[
        Annotated[
            str | None,
            "Whether skipped resources make it partial: fail or ignore; null where the run did not say.",
        ]
    ]


class OpJson(ItemJson):
    """One backup that this machine submitted, with its request."""

    state: Annotated[str, "How far it got by this machine's journal: {states}. A later version may say others.", FILLED]
    endpoint: Annotated[str, "The address of CBR that it was sent to."]
    project_id: Annotated[str, "The project that it belongs to."]
    request: Annotated[
        RequestJson | None, "What was sent; null for what this machine did not send, and where none was built."
    ]
    marked: Annotated[bool, "Whether the request carries cbrctl's marker."]
    sent_at: Annotated[Time | None, "When it was about to be sent, by this machine's clock; null where it was not."]
    service_sent_at: Annotated[
        Time | None,
        "The same by the service's clock, or a later moment of it; null where no answer told it.",
    ]
