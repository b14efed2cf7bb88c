"""`cbrctl explain`: what an error, an exit code or an outcome means. No service is asked."""

from typing import Annotated

import typer

from cbrctl.cli.shared_options import Common
from cbrctl.errors import UsageError
from cbrctl.phrases import list_names


def explain(
    context: typer.Context,
    code: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CODE]", help="6114, BackupService.6114, exit 3, partial; none: the list of all."),
    ] = None,
) -> int:
    """Explain an error code, an exit code or an outcome, and what to do.

    An error that has more to say ends with the line that asks for it.

    Examples:
      cbrctl explain 6114
      cbrctl explain exit 3
      cbrctl explain partial
    """
    common: Common = context.obj
    from cbrctl.messages.explanations import find_explanation, find_similar, read_explanations
    from cbrctl.screen import explanations

    if not code:
        return common.screen.show_list(explanations.EXPLANATIONS, list(read_explanations().values()))
    found = find_explanation(code)
    if found is None:
        near = list_names(find_similar(code))
        raise UsageError("unknown-code-near" if near else "unknown-code", value=" ".join(code), near=near)
    if common.screen.output == "table":
        return common.screen.show_text(explanations.write_explanation(found))
    return common.screen.show_list(explanations.EXPLANATIONS, [found])
