"""`cbrctl completion`: the completion script of a shell, printed, installed, and taken away again."""

from typing import Annotated

import typer

from cbrctl.cli.shared_options import Common
from cbrctl.machine.environment import ENVIRON
from cbrctl.messages.language import tr
from cbrctl.screen.text import inert

Shell = Annotated[
    str | None, typer.Argument(metavar="[bash|zsh|fish]", help="The shell; otherwise the one that SHELL names.")
]


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
    from cbrctl.cli.shell_setup import choose_shell

    return common.screen.show_text(_write(choose_shell(shell, {}, "cbrctl completion")))


def install(context: typer.Context, shell: Shell = None) -> int:
    """Put the completion script where the shell looks.

    It goes into a folder of yours. bash and zsh are asked whether they find it there; where they do not, marked lines at the
    end of ~/.bashrc or ~/.zshrc make them. The script's file is the result. Names of vaults and the like are offered as
    runs have seen them.

    Examples:
      cbrctl completion install
      cbrctl completion install zsh
    """
    common: Common = context.obj
    screen = common.screen
    screen.need_ids()
    from cbrctl.cli import shell_setup

    chosen = shell_setup.choose_shell(shell, ENVIRON, "cbrctl completion install")
    place = shell_setup.find_place(chosen, ENVIRON)
    changed = shell_setup.install(place, _write(chosen))
    if changed:
        screen.note(tr("{shell} did not look there: lines in {path} make it.").format(shell=chosen, path=place.start))
    screen.note(tr("A new {shell} completes cbrctl; cbrctl completion uninstall undoes this.").format(shell=chosen))
    return screen.show_text(f"{inert(place.script)}\n")


def uninstall(context: typer.Context, shell: Shell = None) -> int:
    """Take away what cbrctl completion install has made.

    The files that were removed or changed are the result.

    Examples:
      cbrctl completion uninstall
      cbrctl completion uninstall zsh
    """
    common: Common = context.obj
    screen = common.screen
    screen.need_ids()
    from cbrctl.cli import shell_setup

    chosen = shell_setup.choose_shell(shell, ENVIRON, "cbrctl completion uninstall")
    done = shell_setup.uninstall(shell_setup.find_place(chosen, ENVIRON))
    if not done:
        screen.note(tr("Nothing was installed for {shell}.").format(shell=chosen))
    return screen.show_text("".join(f"{inert(path)}\n" for path in done))


def _write(shell: str) -> str:
    from cbrctl.cli.generated import COMPLETIONS, read_tree

    return COMPLETIONS[shell](read_tree())
