"""`cbrctl check`: is there a good copy of every protected resource?"""

from typing import Annotated

import typer

from cbrctl.cli.metrics_option import MetricsFile
from cbrctl.cli.protected import list_protected, note_empty, read_selection
from cbrctl.cli.selection_options import AllVaults, Excluded, Resources, Share, Tags, Vaults
from cbrctl.cli.shared_options import Common, Unusable, read_duration
from cbrctl.errors import CbrctlError
from cbrctl.phrases import Phrase


def _read_age(text: str) -> float:
    """Read how old a copy may be: no copy is as young as nothing."""
    seconds = read_duration(text)
    if seconds <= 0:
        raise Unusable(text, Phrase("It is more than 0."))
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
      cbrctl check --resource ecs-1f0f-0002 -o json
    """  # fmt: skip
    common: Common = context.obj
    screen = common.screen
    selection = read_selection(common, vault, resource, all_vaults, tag, exclude, shard)
    from cbrctl.backup import freshness, newest

    with common.open_session() as session:
        client = session.client()
        wanted = list_protected(selection, session, screen, _refuse)
        now = client.now()
        moment = now.wall if now.service is None else now.service
        verdict = freshness.judge(wanted, newest.read_newest(client, wanted, moment), max_age, moment)
    from cbrctl.screen import check_columns

    note_empty(wanted, screen)
    if screen.metrics:
        screen.metrics.write(
            verdict.error.exit_code if verdict.error else 0, check_columns.list_metrics(verdict), screen.warn
        )
    head = check_columns.verdict_json(verdict)
    return screen.show_list(check_columns.CHECK, verdict.rows, head, verdict.error)


def _refuse(error: CbrctlError) -> None:
    """Give no verdict on what cannot be read whole."""
    raise error
