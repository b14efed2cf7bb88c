"""`cbrctl resume`: settle and follow what interrupted runs left open on this machine."""

from typing import Annotated

import typer

from cbrctl.errors import NotFound, UsageError
from cbrctl.ids import parse_op_id
from cbrctl.options import Common, PollInterval, Timeout, read_duration


def resume(
    context: typer.Context,
    op_id: Annotated[
        list[str] | None, typer.Argument(metavar="[OP_ID...]", help="Backups to resume; all that are open otherwise.")
    ] = None,
    no_wait: Annotated[
        bool,
        typer.Option("--no-wait", help="Only settle what is open; follow nothing.", rich_help_panel="Following"),
    ] = False,
    timeout: Timeout = 6 * 3600.0,
    poll_interval: PollInterval = None,
    settle: Annotated[
        float,
        typer.Option(
            metavar="DURATION",
            parser=read_duration,
            help="How long to look for a backup whose answer was lost (default 2m), before exit 6.",
            rich_help_panel="Following",
        ),
    ] = 120.0,
) -> int:
    """Settle and follow what interrupted runs left open on this machine; nothing is started.

    The exit codes are those of `cbrctl backup`. 7: it was never started. 0: it ended well, or nothing was open.

    Examples:
      cbrctl resume
      cbrctl resume --no-wait -qq       # cron: what became of them?
      cbrctl history -o id | head -1 | xargs cbrctl resume
    """
    common: Common = context.obj
    wanted = [_read_op_id(text) for text in op_id or ()]
    from cbrctl.course import Course
    from cbrctl.fleet import Fleet
    from cbrctl.submit import Rules

    with common.open_session() as session:
        journal = session.journal()
        if wanted:
            found = [journal.find(one) for one in dict.fromkeys(wanted)]
            ops = [op for op in found if op is not None]
            if len(ops) < len(found):
                raise NotFound("op-not-found", value=next(one for one in wanted if journal.find(one) is None))
        else:
            ops = [op for op in reversed(journal.all_ops()) if not op.is_settled]
        if not ops:
            common.screen.note("Nothing is open.")
        course = Course(
            wait=not no_wait, timeout=timeout, interval=poll_interval or session.pace, rules=Rules(settle=settle)
        )
        run = Fleet(session.client, course, common.screen.tell, journal=session.journal)
        return common.screen.show_report(run.resume(ops))


def _read_op_id(text: str) -> str:
    found = parse_op_id(text)
    if found is None:
        raise UsageError("bad-op-id", value=text)
    return found
