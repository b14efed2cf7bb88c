"""`cbrctl options`: the common options, explained once."""

import typer

from cbrctl.options import CONNECTION, DISPLAY, Common


def options(context: typer.Context) -> int:
    """Explain the common options.

    Examples:
      cbrctl options
    """
    common: Common = context.obj
    common.screen.need_ids()
    from cbrctl.helptext import write_options_help

    return common.screen.show_text(write_options_help(CONNECTION + DISPLAY))
