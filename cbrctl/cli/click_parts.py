"""What cbrctl needs of Typer that Typer does not export: the one place that imports from `typer._click`.

Typer carries its own Click since 0.26, under a private name. All else is had by public means: `typer.core` has the classes
that the tree's are made of, `typer.main.get_command` makes a command of a function. `tests/house/test_typer.py` says what of
either is no longer as it is needed here.
"""

# ClickException    what the parser raises of any kind; typer.TyperException is the same, but only since 0.28
# NoSuchOption      that has options that are near, and that stood before its subcommand, is told in our words
# MissingParameter  that is told by its name; typer.BadParameter alone does not tell it from a value that is wrong
from typer._click.exceptions import ClickException, MissingParameter, NoSuchOption

__all__ = ["ClickException", "MissingParameter", "NoSuchOption"]
