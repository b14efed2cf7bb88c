"""`cbrctl backup`: options → choice and targets → requests → fleet → screen."""

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cbrctl.backup import fields, request
from cbrctl.cli.metrics_option import MetricsFile
from cbrctl.cli.request_fields import join_flags, take_fields
from cbrctl.cli.selection_options import (
    AllVaults,
    Excluded,
    Resources,
    Share,
    Tags,
    Vaults,
    find_default_vault,
    read_scope,
    read_shard,
    read_vault_names,
    select_scope,
)
from cbrctl.cli.shared_options import (
    RARE,
    Common,
    PollInterval,
    Timeout,
    check_one_of,
    either,
    is_text,
    read_duration,
)
from cbrctl.errors import CbrctlError, UsageError
from cbrctl.machine.environment import ENVIRON

if TYPE_CHECKING:
    from cbrctl.backup.selection import Missing, Target
    from cbrctl.backup.volumes import Volumes

_HOW, _FOLLOW = "The backup", "Following"


@take_fields(fields.FIELDS, panel=_HOW, before="no_marker")
def backup(
    context: typer.Context,
    vault: Vaults = None,
    resource: Resources = None,
    all_vaults: AllVaults = False,
    tag: Tags = None,
    exclude: Excluded = None,
    shard: Share = None,
    exclude_volume: Annotated[
        list[str] | None,
        typer.Option(metavar="RESOURCE:VOLUME_ID", help="Leave out this volume; repeatable.", rich_help_panel=RARE),
    ] = None,
    include_volume: Annotated[
        list[str] | None,
        typer.Option(metavar="RESOURCE:VOLUME_ID", help="Only this volume of it; repeatable.", rich_help_panel=RARE),
    ] = None,
    no_marker: Annotated[
        bool,
        typer.Option(
            "--no-marker",
            help="Send name and description exactly as given: a backup whose answer is lost is not found again then.",
            rich_help_panel=RARE,
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the exact request and start nothing.", rich_help_panel=_HOW)
    ] = False,
    if_busy: Annotated[
        str,
        typer.Option(
            metavar="fail|wait|attach|skip",
            help="When the vault is busy: exit 11 (default), wait, follow what runs, or do without.",
            rich_help_panel=_HOW,
        ),
    ] = "fail",
    on_skip: Annotated[
        str | None,
        typer.Option(
            metavar="fail|ignore",
            help="Whether skipped resources make it partial, exit 3 (default fail).",
            rich_help_panel=_FOLLOW,
        ),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Follow it to its end (default).", rich_help_panel=_FOLLOW)
    ] = False,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Return once the service has accepted it.", rich_help_panel=_FOLLOW)
    ] = False,
    timeout: Timeout = 6 * 3600.0,
    poll_interval: PollInterval = None,
    run_key: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            help="Identity of this run: the same key is the same backup, on any machine, any day. CBRCTL_RUN_KEY",
            rich_help_panel=_HOW,
        ),
    ] = None,
    parallel: Annotated[
        int,
        typer.Option(metavar="N", min=1, max=256, help="Submissions at a time (default 8).", rich_help_panel=RARE),
    ] = 8,
    settle: Annotated[
        float,
        typer.Option(
            metavar="DURATION",
            parser=read_duration,
            help="How long to look for a backup whose answer was lost (default 2m).",
            rich_help_panel=RARE,
        ),
    ] = 120.0,
    metrics_file: MetricsFile = None,
    on_unknown: Annotated[
        str,
        typer.Option(
            metavar="report|resend",
            help="When it is not found: report it, exit 6 (default), or resend it once, which can make two backups.",
            rich_help_panel=RARE,
        ),
    ] = "report",
    **given: Any,
) -> int:
    r"""Start a backup of one or many vaults and follow it to its end.

    Exit code 0: done as asked; of a backup that is followed, every wanted resource has an available copy. 3: partial.
    4: failed. 5: still running when the wait ended. 6: not known whether it was started. 7: the service was not reached.
    10: no such vault or resource. 11: the vault is busy. 12: no login. 13: the vault is full.

    Backups cost money, are kept for ever and cannot be cancelled: --dry-run shows what would be sent, --sandbox
    practises without an account.

    Examples:
      cbrctl backup --vault vault-be94 --resource ecs-1f0f-0002 --incremental
      cbrctl backup --vault vault-be94 --full --name before-upgrade --dry-run
      cbrctl backup --all-vaults --run-key "nightly-$(date +%F)" -qq   # cron: \%F
    """  # fmt: skip
    common: Common = context.obj
    _check_words(if_busy, on_skip or "fail", on_unknown)
    key = _read_key(run_key or ENVIRON.get("CBRCTL_RUN_KEY"), no_marker)
    following = either(wait, no_wait, "--wait", "--no-wait")
    choice = fields.check_choice(join_flags(fields.FIELDS, given), marked=not no_marker)
    scope = read_scope(all_vaults, tag or (), exclude or (), vault or (), resource or ())
    share = read_shard(shard)
    vaults, labels = read_vault_names(vault or ())
    if not (vaults or resource or scope):
        vaults = find_default_vault(common)
    from cbrctl.backup import fleet, options, selection  # the service is needed from here on
    from cbrctl.backup.scope import take_share
    from cbrctl.backup.volumes import Volumes

    volumes = Volumes(exclude_volume or (), include_volume or ())

    with common.open_session() as session:
        with _nothing_sent():
            session.check_set_up()
            targets: list[Target | Missing]
            if scope:
                targets = [*select_scope(scope, session.client(), common.screen.warn)]
            else:
                targets = selection.select(vaults, resource or (), details=bool(volumes), client=session.client)
            chosen = options.BackupOptions(
                wait=following is not False,
                timeout=timeout,
                interval=poll_interval or session.pace,
                on_skip=on_skip,
                if_busy=if_busy,
                settle=settle,
                marked=not no_marker,
                resend=on_unknown == "resend",
                run_key=key,
                project_id=session.project_id() if key else "",
                parallel=parallel,
                watched=common.screen.is_watched,
                labels=labels,
            )
            run = fleet.Fleet(session.client, chosen, common.screen.tell, journal=session.journal)

            # all of them before the first is sent: what is wrong with one vault's options is wrong with the line
            targets = _build_requests(targets, volumes, choice)
            if share:
                targets = take_share(targets, share)
            if dry_run:
                root = f"{session.endpoint()}/v3/{session.project_id()}"
                return common.screen.show_report(run.plan(targets, root))
            common.screen.expected = len(targets)
            session.journal()
            session.client()
        return common.screen.show_report(run.back_up(targets))


def _check_words(if_busy: str, on_skip: str, on_unknown: str) -> None:
    """Refuse what is none of the words that an option takes. Raises UsageError."""
    for option, value, allowed in (
        ("--if-busy", if_busy, ("fail", "wait", "attach", "skip")),
        ("--on-skip", on_skip, ("fail", "ignore")),
        ("--on-unknown", on_unknown, ("report", "resend")),
    ):
        check_one_of(option, value, allowed, "cbrctl backup --help")


@contextmanager
def _nothing_sent() -> Iterator[None]:
    """Let an error say that nothing was sent: it comes before the first request that starts something."""
    try:
        yield
    except CbrctlError as error:
        error.sent = error.sent or "no"
        raise


def _build_requests(
    targets: "Sequence[Target | Missing]", volumes: "Volumes", choice: fields.Choice
) -> "list[Target | Missing]":
    """Return the targets with what is sent for each. Raises UsageError."""
    from cbrctl.backup.selection import Missing

    built = [one if isinstance(one, Missing) else _build_request(one, volumes, choice) for one in targets]
    volumes.check(targets)
    return built


def _build_request(target: "Target", volumes: "Volumes", choice: fields.Choice) -> "Target":
    if volumes and target.vault:
        chosen = volumes.of(target.vault)
        made = request.build_detailed_request(target.vault, target.resource_ids, chosen, choice)
    else:
        made = request.build_request(target.vault_id, target.resource_ids, choice)
    return target._replace(request=made)


def _read_key(key: str | None, no_marker: bool) -> str | None:
    """Return the run key in Unicode NFC, so that it is the same however it was typed. Raises UsageError."""
    if not key:
        return None
    if no_marker:
        raise UsageError("contradicting-key")
    if not is_text(key):
        raise UsageError("not-text")
    if key != key.strip() or not key.isprintable():
        raise UsageError("bad-key")
    return unicodedata.normalize("NFC", key)
