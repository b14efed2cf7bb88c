"""`cbrctl wait`: follow checkpoints that were already started."""

from typing import Annotated

import typer

from cbrctl.errors import UsageError
from cbrctl.ids import parse_id
from cbrctl.options import Common, PollInterval, Timeout


def wait(
    context: typer.Context,
    checkpoint_id: Annotated[list[str], typer.Argument(metavar="CHECKPOINT_ID...", help="Checkpoints to follow.")],
    timeout: Timeout = 6 * 3600.0,
    poll_interval: PollInterval = None,
) -> int:
    """Follow checkpoints that were already started, by anyone.

    The exit codes are those of `cbrctl backup`. Which resources the service skipped is told only to whoever started
    the backup, so a backup that is complete here may have left some out.

    Examples:
      cbrctl wait 8b0851a8-adf3-4f4c-a914-dead08bf9664
      cbrctl backup --vault vault-be94 --no-wait -o id | xargs cbrctl wait
    """
    common: Common = context.obj
    ids = []
    for text in checkpoint_id:
        found = parse_id(text)
        if found is None:
            raise UsageError("bad-id", value=text, thing="checkpoint", command="cbrctl copy list")
        ids.append(found)
    from cbrctl.course import Course
    from cbrctl.fleet import Fleet

    with common.open_session() as session:
        course = Course(timeout=timeout, interval=poll_interval or session.pace)
        client = session.client()
        return common.screen.show_report(
            Fleet(lambda: client, course, common.screen.tell).wait(list(dict.fromkeys(ids)))
        )
