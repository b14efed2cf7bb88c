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
    from cbrctl.cli.help_pages import fit_color, write_options_help

    page = write_options_help(CONNECTION + DISPLAY)
    return common.screen.show_text(fit_color(page, common.screen.streams.color_out))
