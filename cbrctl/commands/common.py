"""`cbrctl options`: the common options, explained once."""

import typer

from cbrctl.cli.shared_options import CONNECTION, DISPLAY, Common


def options(context: typer.Context) -> int:
    """Explain the common options.

    Examples:
      cbrctl options
      cbrctl options | grep CBRCTL_   # the variables
    """
    common: Common = context.obj
    common.screen.need_ids()
    from cbrctl.cli.help_pages import write_options_help

    return common.screen.show_text(write_options_help(CONNECTION + DISPLAY))
