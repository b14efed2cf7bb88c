"""Each command that has a result, with its arguments and its header."""

from cbrctl.sandbox.seed import CHECKPOINT_YESTERDAY, COPY_YESTERDAY, TASK_YESTERDAY, VAULT_BE94

BACKUP = "vault_id vault checkpoint_id outcome resource_id resource type status size_gb progress code reason"
VAULT_HEAD = "id name status size_gb used_mb protect_type object_type{} created_at tags"
COPY_HEAD = "id resource status created_at name checkpoint_id vault_id resource_id type size_gb incremental expires_at"
COPY_MORE = " description updated_at protected_at encrypted app_consistent consistency_error children"
TASK_MORE = " copy_id copy_name request_id app_consistent consistency_error"
TASK_HEAD = (
    "id operation_type status resource progress vault_id vault checkpoint_id resource_id error_code error_message"
    " started_at ended_at"
)
COMMANDS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "vault list": (("vault", "list"), "vaults", VAULT_HEAD.format(" resources")),
    "vault show": (
        ("vault", "show", "vault-be94"),
        "vault",
        VAULT_HEAD.format("") + " description enterprise_project_id resources",
    ),
    "checkpoint show": (
        ("checkpoint", "show", CHECKPOINT_YESTERDAY),
        "checkpoint",
        "id status created_at vault_id vault name description retention_days resources skipped_resources",
    ),
    "copy list": (("copy", "list"), "copies", COPY_HEAD),
    "copy show": (("copy", "show", COPY_YESTERDAY), "copy", COPY_HEAD + COPY_MORE),
    "task list": (("task", "list"), "tasks", TASK_HEAD),
    "task show": (("task", "show", TASK_YESTERDAY), "task", TASK_HEAD + TASK_MORE),
    "check": (
        ("check", "--vault", "vault-be94"),
        "check",
        "vault_id vault resource_id resource type state age_seconds copy_id created_at checkpoint_id name incremental size_gb",
    ),
    "report": (
        ("report", "--vault", "vault-be94", "--days", "3"),
        "report",
        "vault_id vault resource_id resource type date state copy_id size_gb duration_seconds",
    ),
    "wait": (("wait", CHECKPOINT_YESTERDAY), "backup", BACKUP),
    "backup": (("backup", "--vault", "vault-be94"), "backup", BACKUP),
    "no-wait": (("backup", "--vault", VAULT_BE94, "--no-wait"), "backup", BACKUP),
    "dry-run": (("backup", "--vault", VAULT_BE94, "--dry-run"), "backup", BACKUP),
}
"""Each command that has a result: its arguments, the schema of its document, and its lines' header."""
HOSTILE_COMMANDS = {
    "vault list": 5,
    "vault show": 7,
    "checkpoint show": 1,
    "copy list": 2,
    "copy show": 2,
    "task list": 2,
    "task show": 2,
    "check": 3,
    "report": 2,
    "wait": 1,
    "backup": 5,
}
"""Where hostile texts stand, and how often at least."""


def args_of(name: str) -> tuple[str, ...]:
    """The command by ids: the vault has no name that one would type."""
    return tuple(VAULT_BE94 if word == "vault-be94" else word for word in COMMANDS[name][0])
