"""`cbrctl resume`: settle and follow what interrupted runs left open on this machine."""

from typing import Annotated

import typer

from cbrctl.cli.id_types import OP
from cbrctl.cli.metrics_option import MetricsFile
from cbrctl.cli.shared_options import Common, OnSkip, PollInterval, Timeout, check_one_of, read_duration, read_stdin
from cbrctl.errors import NotFound, UsageError
from cbrctl.phrases import Phrase


def resume(
    context: typer.Context,
    op_id: Annotated[
        list[str] | None,
        typer.Argument(metavar="[OP_ID...]", help="Backups to resume, `-` reads them; all that are open otherwise."),
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
    on_skip: OnSkip = None,
    metrics_file: MetricsFile = None,
) -> int:
    """Settle and follow what interrupted runs left open on this machine, all at once; nothing is started.

    The exit codes are those of `cbrctl backup`. 7: it was never started. 0: it ended well, or nothing was open. A
    backup that is named is looked at again, and an end that was recorded wrongly is righted.

    Examples:
      cbrctl resume
      cbrctl resume --no-wait -qq       # cron
      cbrctl history -o id | head -1 | cbrctl resume -
    """
    common: Common = context.obj
    # not by their parser: what is given may be `-`
    wanted = [OP.read(text) for text in _read_names(op_id or ())]
    if on_skip is not None:
        check_one_of("--on-skip", on_skip, ("fail", "ignore"), "cbrctl resume --help")
    from cbrctl.backup.fleet import Fleet
    from cbrctl.backup.options import BackupOptions

    with common.open_session() as session:
        journal = session.journal()
        if wanted or op_id:
            found = {one: journal.find(one) for one in wanted}
            backups = [backup for backup in found.values() if backup is not None]
            if len(backups) < len(found):
                raise NotFound("op-not-found", value=next(one for one, backup in found.items() if backup is None))
        else:
            backups = journal.unsettled_backups()
        if not backups:
            common.screen.note(Phrase("Nothing is open."))
        options = BackupOptions(
            wait=not no_wait, timeout=timeout, interval=poll_interval or session.pace, settle=settle, on_skip=on_skip,
            watched=common.screen.is_watched,
        )  # fmt: skip
        common.screen.expected = len(backups)
        fleet = Fleet(session.client, options, common.screen.tell, journal=session.journal)
        return common.screen.show_report(fleet.resume(backups))


def _read_names(names: list[str] | tuple[str, ...]) -> list[str]:
    """Return the op ids as they were given, those of standard input, a line each, where `-` stands: none is none."""
    if "-" not in names:
        return list(names)
    try:
        lines = read_stdin().split()
    except ValueError as cause:
        note = Phrase("It is not text in UTF-8.") if isinstance(cause, UnicodeDecodeError) else str(cause)
        raise UsageError("bad-op-id", value="-", note=note) from None
    return [one for name in names for one in (lines if name == "-" else [name])]
