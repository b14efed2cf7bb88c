"""`cbrctl wait`: follow checkpoints that were already started."""

from typing import Annotated

import typer

from cbrctl.cli.id_types import CHECKPOINT
from cbrctl.cli.shared_options import Common, OnSkip, PollInterval, Timeout, check_one_of


def wait(
    context: typer.Context,
    checkpoint_id: Annotated[
        list[str], typer.Argument(metavar="CHECKPOINT_ID...", parser=CHECKPOINT, help="Checkpoints to follow.")
    ],
    timeout: Timeout = 6 * 3600.0,
    poll_interval: PollInterval = None,
    on_skip: OnSkip = None,
) -> int:
    """Follow checkpoints that were already started, by anyone, all at once.

    The exit codes are those of `cbrctl backup`. Which resources the service skipped is told only to whoever started
    the backup: of one that this machine started the journal knows it, another's that is complete here may have left
    some out.

    Examples:
      cbrctl wait 8b0851a8-adf3-4f4c-a914-dead08bf9664
      cbrctl backup --vault vault-be94 --no-wait -o id | xargs -r cbrctl wait
    """
    common: Common = context.obj
    if on_skip is not None:
        check_one_of("--on-skip", on_skip, ("fail", "ignore"), "cbrctl wait --help")
    from cbrctl.backup.fleet import Fleet
    from cbrctl.backup.options import BackupOptions

    with common.open_session() as session:
        interval, watched = poll_interval or session.pace, common.screen.is_watched
        options = BackupOptions(timeout=timeout, interval=interval, on_skip=on_skip, watched=watched)
        common.screen.expected = len(checkpoint_id)
        fleet = Fleet(session.client, options, common.screen.tell, journal=session.existing_journal)
        return common.screen.show_report(fleet.wait(list(dict.fromkeys(checkpoint_id))))
