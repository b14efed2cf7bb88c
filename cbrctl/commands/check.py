"""`cbrctl check`: is there a good copy of every protected resource?"""

from typing import TYPE_CHECKING, Annotated

import typer

from cbrctl.cli.metrics_option import MetricsFile
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
    warn_left_out,
)
from cbrctl.cli.shared_options import Common, read_duration
from cbrctl.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cbrctl.backup.selection import Missing, Target


def _read_age(text: str) -> float:
    """Read how old a copy may be: no copy is as young as nothing."""
    seconds = read_duration(text)
    if seconds <= 0:
        raise typer.BadParameter("more than 0")
    return seconds


def check(
    context: typer.Context,
    vault: Vaults = None,
    resource: Resources = None,
    all_vaults: AllVaults = False,
    tag: Tags = None,
    exclude: Excluded = None,
    shard: Share = None,
    max_age: Annotated[
        float | None,
        typer.Option(
            metavar="DURATION",
            parser=_read_age,
            help="How old a good copy may be, like 26h, counted from its beginning (default: any age).",
            rich_help_panel="A good copy",
        ),
    ] = None,
    metrics_file: MetricsFile = None,
) -> int:
    """Check that every protected resource has a good copy, for monitoring.

    Good is a copy that is available in the vault and, with --max-age, young enough by the service's clock. Exit code 0:
    all have one. 3: some have none. 4: none has. 7, 8 or 12: the lists could not be read whole, and nothing is judged.
    10: what was chosen does not exist, or protects nothing.

    Examples:
      cbrctl check --vault vault-be94 --max-age 26h
      cbrctl check --all-vaults --exclude vault-db --max-age 26h -qq   # cron
      cbrctl check --resource ecs-1f0f-0002 -o json    # which copy, and how old
    """  # fmt: skip
    common: Common = context.obj
    screen = common.screen
    scope = read_scope(all_vaults, tag or (), exclude or (), vault or (), resource or ())
    share = read_shard(shard)
    vaults, _ = read_vault_names(vault or ())
    if not (vaults or resource or scope):
        vaults = find_default_vault(common)
    from cbrctl.backup import freshness, newest, selection
    from cbrctl.backup.scope import take_share

    with common.open_session() as session:
        client = session.client()
        targets: list[Target | Missing]
        if scope:
            chosen = select_scope(scope, client, screen.warn)
            targets = [*(newest.complete(chosen, client) if scope.tags else chosen)]
        else:
            find = newest.choose_lookup(vaults)
            targets = selection.select(vaults, resource or (), details=True, client=session.client, find=find)
            targets = newest.leave_out_replication(targets, lambda some: warn_left_out(some, screen.warn))
        _need_protection(targets, vaults)
        wanted = []
        for one in take_share(targets, share) if share else targets:
            if isinstance(one, selection.Missing):
                raise one.error
            found = newest.list_protected(one)
            if not found:
                screen.warn("nothing-protected", vaults=one.vault_name or one.vault_id)
            wanted += found
        now = client.now()
        moment = now.wall if now.service is None else now.service
        verdict = freshness.judge(wanted, newest.read_newest(client, wanted, moment), max_age, moment)
    from cbrctl.screen import check_columns

    if not wanted:
        screen.note("No vault of the selection is in this shard, or none that protects anything.")
    if screen.metrics:
        screen.metrics.write(
            verdict.error.exit_code if verdict.error else 0, check_columns.list_metrics(verdict), screen.warn
        )
    head = check_columns.verdict_json(verdict)
    return screen.show_list(check_columns.CHECK, verdict.rows, head, verdict.error)


def _need_protection(targets: "Sequence[Target | Missing]", named: "Sequence[str]") -> None:
    """Raise NotFound where nothing is protected: a check of nothing would find nothing wrong, for ever."""
    from cbrctl.backup.selection import Missing

    if all(
        not isinstance(one, Missing) and one.vault and not (one.vault.resources or one.vault.unread) for one in targets
    ):
        raise NotFound("nothing-protected", vaults=", ".join(named or [one.asked for one in targets]))
