"""`cbrctl report`: which resource has a good copy of which day."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cbrctl.cli.protected import list_protected, note_empty, read_selection
from cbrctl.cli.selection_options import AllVaults, Excluded, Resources, Share, Tags, Vaults
from cbrctl.cli.shared_options import Common
from cbrctl.errors import LocalState
from cbrctl.messages.language import tr

if TYPE_CHECKING:
    from cbrctl.errors import CbrctlError
    from cbrctl.screen import Screen
    from cbrctl.screen.calendar_data import Picture

MOST_DAYS = 366


def report(
    context: typer.Context,
    vault: Vaults = None,
    resource: Resources = None,
    all_vaults: AllVaults = False,
    tag: Tags = None,
    exclude: Excluded = None,
    shard: Share = None,
    days: Annotated[
        int,
        typer.Option(
            "--days",
            metavar="N",
            min=1,
            max=MOST_DAYS,
            help=f"So many days up to today, at most {MOST_DAYS} (default 30).",
            rich_help_panel="The calendar",
        ),
    ] = 30,
    html: Annotated[
        str | None,
        typer.Option(
            "--html",
            metavar="FILE",
            help="Write it as one page for a browser, without script or request, in place of the table.",
            rich_help_panel="The calendar",
        ),
    ] = None,
) -> int:
    """Show which resource has a good copy of which day, as a calendar.

    Good is a copy that is available in the vault. A terminal shows a sign a day, by this machine's dates; a pipe gets a
    line a resource and day, and -o json the data, both by UTC. Those that need a person stand first. Exit code 0: each day
    is known. 7, 8 or 12: the lists could not be read whole, and what they could not tell is shown as not known. It is a
    picture: cbrctl check is the judge.

    Examples:
      cbrctl report --vault vault-be94
      cbrctl report --all-vaults --days 90 --html backups.html -qq   # cron
      cbrctl report --all-vaults -o json | jq '.items[] | select(.need)'
    """
    common: Common = context.obj
    screen = common.screen
    selection = read_selection(common, vault, resource, all_vaults, tag, exclude, shard)
    from cbrctl.backup.calendar import Calendar, count_days, find_error
    from cbrctl.backup.newest import read_calendars
    from cbrctl.screen import calendar_data

    in_pipe = html is None and not screen.streams.terminal_out
    # people have the dates of this machine's zone, programs those of UTC
    zones = [
        *([True] if screen.output != "table" or in_pipe else []),
        *([False] if html is not None or (screen.output == "table" and not in_pipe) else []),
    ]
    troubles: list[CbrctlError] = []
    with common.open_session() as session:
        client = session.client()
        wanted = list_protected(selection, session, screen, troubles.append)
        now = client.now()
        moment = now.wall if now.service is None else now.service
        calendars = [Calendar(wanted, count_days(moment, days, utc=utc)) for utc in zones]
        troubles += read_calendars(client, wanted, *calendars)
    note_empty(wanted, screen)
    pictures = [calendar_data.Picture(calendar.days, calendar.list_lines()) for calendar in calendars]
    head, lines = pictures[0]
    error = find_error(lines, troubles)
    table = None
    if html is not None:
        _write_page(html, pictures[-1], error, common)
        table = ""
    elif screen.output == "table":
        table = _draw(pictures[0], screen)
    return screen.show_list(calendar_data.view_of(head), lines, calendar_data.head_json(head, error), error, table)


def _draw(picture: "Picture", screen: "Screen") -> str:
    if not screen.streams.terminal_out:
        from cbrctl.screen.calendar_data import write_days

        return write_days(picture)
    from cbrctl.screen.calendar import print_calendar

    return print_calendar(picture, color=screen.streams.color_out)


def _write_page(path: str, picture: "Picture", error: "CbrctlError | None", common: Common) -> None:
    """Write the page for us alone, whole or not at all. Raises LocalState."""
    from cbrctl.machine.files import keep_file
    from cbrctl.messages.error_text import tell
    from cbrctl.screen.calendar_page import write_page

    page = write_page(picture, language=common.language, error=tell(error).what if error else "")
    try:
        keep_file(Path(path), page.encode())
    except (OSError, ValueError) as cause:  # ValueError: a null character in it
        note = getattr(cause, "strerror", None) or str(cause)
        raise LocalState("page-not-written", path=path, note=note) from None
    common.screen.note(tr("The page is in {path}.").format(path=path))
