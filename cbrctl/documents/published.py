"""Every document that is published, by its name: `cbrctl schema NAME` prints the schema that is made of it."""

from typing import Any, NamedTuple

from cbrctl.documents.backups import FailureJson, ItemJson, OpJson, ReportJson
from cbrctl.documents.calendar import CalendarJson
from cbrctl.documents.check import CheckJson
from cbrctl.documents.lines import (
    ItemLineJson,
    LineJson,
    OpLineJson,
    ResourceLineJson,
    ResultLineJson,
    StatusLineJson,
    WarningLineJson,
)
from cbrctl.documents.machine import ConfigJson, DoctorJson, ExplanationJson, SandboxJson, SourceJson
from cbrctl.documents.service import CheckpointJson, CopyJson, TaskJson, VaultJson


class Document(NamedTuple):
    """A document: its title, where it comes from, and the shape of it."""

    title: str
    text: str
    shape: type[Any]
    items: str = ""
    """Of a list what its rows are, which have the shape; the document itself has `schema` and `items`."""
    lines: tuple[type[Any], ...] = ()
    """Of a line of jsonl the shapes that it may have, by what stands under `type`."""


DOCUMENTS = {
    "auth": Document(
        "Sets of credentials, without their secrets",
        "Result of cbrctl auth status and login; of logout without items.",
        SourceJson,
        items="The sets that were found, the one in use first.",
    ),
    "backup": Document("Result of cbrctl backup, wait and resume", "How the backup of each vault ended.", ReportJson),
    "check": Document("Which protected resources have a good copy", "Result of cbrctl check.", CheckJson),
    "checkpoint": Document("One checkpoint", "Result of cbrctl checkpoint show: a restore point.", CheckpointJson),
    "config": Document("Settings and where they come from", "Result of each command of cbrctl config.", ConfigJson),
    "copies": Document(
        "List of recovery copies", "Result of cbrctl copy list.", CopyJson, items="The recovery copies."
    ),
    "copy": Document("One recovery copy", "Result of cbrctl copy show.", CopyJson),
    "doctor": Document("What cbrctl doctor found", "Result of cbrctl doctor.", DoctorJson),
    "error": Document(
        "What failed before any vault was reached",
        "Instead of the document that was asked for. What belongs to one vault stands in the entries of "
        "cbrctl.backup/v1.",
        FailureJson,
    ),
    "event": Document(
        "A line of -o jsonl",
        "One object a line; the last is always of type result. The rest of that one is described by the schema that it "
        "names.",
        LineJson,
        lines=(OpLineJson, StatusLineJson, ResourceLineJson, WarningLineJson, ItemLineJson, ResultLineJson),
    ),
    "explain": Document(
        "What errors, exit codes and outcomes mean",
        "Result of cbrctl explain: the one asked for, or all of them.",
        ExplanationJson,
        items="The explanations.",
    ),
    "history": Document(
        "List of what this machine submitted",
        "Result of cbrctl history.",
        ItemJson,
        items="The backups, the newest first.",
    ),
    "op": Document("One backup that this machine submitted", "Result of cbrctl history show.", OpJson),
    "report": Document("Which resource has a good copy of which day", "Result of cbrctl report.", CalendarJson),
    "sandbox": Document(
        "Address and credentials of the practice cloud",
        "What cbrctl sandbox serve prints once it listens: the variables of a client.",
        SandboxJson,
    ),
    "task": Document("One task (operation log)", "Result of cbrctl task show.", TaskJson),
    "tasks": Document(
        "List of tasks (operation logs)", "Result of cbrctl task list.", TaskJson, items="The tasks (operation logs)."
    ),
    "vault": Document("One vault", "Result of cbrctl vault show.", VaultJson),
    "vaults": Document("List of vaults", "Result of cbrctl vault list.", VaultJson, items="The vaults."),
}

OPEN = (ResultLineJson,)
"""Shapes that have members which another schema describes."""
