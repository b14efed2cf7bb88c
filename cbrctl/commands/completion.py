"""`cbrctl completion`: the completion script of a shell."""

from typing import Annotated

import typer

from cbrctl.cli.shared_options import Common
from cbrctl.errors import UsageError
from cbrctl.phrases import Phrase


def completion(
    context: typer.Context, shell: Annotated[str, typer.Argument(metavar="bash|zsh|fish", help="The shell.")]
) -> int:
    """Print the completion script of a shell.

    Examples:
      source <(cbrctl completion bash)
      cbrctl completion zsh > "${fpath[1]}/_cbrctl"
      cbrctl completion fish > ~/.config/fish/completions/cbrctl.fish
    """
    common: Common = context.obj
    common.screen.need_ids()
    from cbrctl.cli.generated import COMPLETIONS, read_tree

    if shell not in COMPLETIONS:
        reason = Phrase("It is one of {names}.", names=", ".join(COMPLETIONS))
        raise UsageError("bad-value", option="SHELL", value=shell, reason=reason, help="cbrctl completion --help")
    return common.screen.show_text(COMPLETIONS[shell](read_tree()))
