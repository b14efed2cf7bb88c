"""Where a shell looks for completion scripts: put ours there, and take it away again.

bash and zsh look into a folder of the user's only where they were told to. They are asked whether they find the script; where
they do not, marked lines in their start-up file make them.
"""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from cbrctl.errors import LocalState, UsageError
from cbrctl.machine.files import find_home, replace_file
from cbrctl.phrases import Phrase, list_names

SHELLS = ("bash", "zsh", "fish")
PATIENCE = 10.0
"""Seconds to wait for a shell to start as it does for the user."""
OURS = b"Generated from the command tree by `python -m cbrctl.cli.generated`"
"""Stands in each script of ours."""

_HEAD = "# >>> completion of cbrctl; `cbrctl completion uninstall` takes these lines away"
_FOOT = "# <<< completion of cbrctl"
_BLOCK = re.compile(rf"^{re.escape(_HEAD)}\n(?:.*\n)*?{re.escape(_FOOT)}\n?".encode(), re.MULTILINE)
_ASK = {
    "bash": "{ _comp_load cbrctl || _completion_loader cbrctl || __load_completion cbrctl; } >/dev/null 2>&1; "
    "complete -p cbrctl 2>/dev/null",
    "zsh": "print -r -- $_comps[cbrctl]",
}
"""What a shell that finds the script answers with the name of its function."""


class Place(NamedTuple):
    """Where a shell's script belongs; the start-up file and the lines that make the shell look there, where it needs any."""

    shell: str
    script: Path
    start: Path | None = None
    lines: tuple[str, ...] = ()


def choose_shell(given: str | None, environ: Mapping[str, str], command: str) -> str:
    """Return the shell that is meant: the one that is named, else the one of SHELL. Raises UsageError."""
    shell = given or Path(environ.get("SHELL", "")).name
    if shell not in SHELLS:
        if not given:
            raise UsageError("no-shell", help=f"{command} --help")
        reason = Phrase("It is one of {names}.", names=list_names(SHELLS))
        raise UsageError("bad-value", option="SHELL", value=given, reason=reason, help=f"{command} --help")
    return shell


def find_place(shell: str, environ: Mapping[str, str]) -> Place:
    """Return where a shell's script belongs. Raises LocalState where there is no home."""
    home = find_home(environ)
    data = _folder(environ, "XDG_DATA_HOME", home / ".local" / "share")
    if shell == "fish":
        folder = _folder(environ, "XDG_CONFIG_HOME", home / ".config") / "fish" / "completions"
        return Place(shell, folder / "cbrctl.fish")
    if shell == "bash":
        folder = _folder(environ, "BASH_COMPLETION_USER_DIR", data / "bash-completion") / "completions"
        script = shlex.quote(str(folder / "cbrctl"))
        return Place(shell, folder / "cbrctl", home / ".bashrc", (f"[ -r {script} ] && . {script}",))
    folder = data / "zsh" / "site-functions"
    lines = (
        f"fpath=({shlex.quote(str(folder))} $fpath)",
        "if (( $+functions[compdef] )); then",
        "    autoload -Uz _cbrctl && compdef _cbrctl cbrctl",
        "else",
        "    autoload -Uz compinit && compinit -i",
        "fi",
    )
    return Place(shell, folder / "_cbrctl", _folder(environ, "ZDOTDIR", home) / ".zshrc", lines)


def install(place: Place, script: str) -> bool:
    """Put the script where the shell looks; return whether its start-up file was changed. Raises LocalState."""
    try:
        _check_ours(place.script)
        place.script.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place.script, script.encode(), 0o644)
        if place.start is None or _finds(place):
            return False
        before = _read(place.start)
        block = "".join(f"{line}\n" for line in (_HEAD, *place.lines, _FOOT)).encode()
        joint = b"" if not before or before.endswith(b"\n") else b"\n"
        _rewrite(place.start, _BLOCK.sub(b"", before) + joint + block)
    except OSError as cause:
        raise LocalState("not-installed", path=cause.filename or place.script, note=cause.strerror or "") from None
    return True


def uninstall(place: Place) -> list[Path]:
    """Take away what `install` made; return the files that were removed or changed. Raises LocalState."""
    done = []
    try:
        if os.path.lexists(place.script):
            _check_ours(place.script)
            place.script.unlink()
            done.append(place.script)
            for folder in place.script.parents[:2]:  # those that it may have made
                with suppress(OSError):
                    folder.rmdir()
        before = _read(place.start) if place.start else b""
        after = _BLOCK.sub(b"", before)
        if place.start and after != before:
            _rewrite(place.start, after)
            done.append(place.start)
    except OSError as cause:
        raise LocalState("not-installed", path=cause.filename or place.script, note=cause.strerror or "") from None
    return done


def _folder(environ: Mapping[str, str], name: str, usual: Path) -> Path:
    given = environ.get(name, "")
    return Path(given) if given.startswith("/") else usual


def _check_ours(script: Path) -> None:
    """Refuse to touch a file of that name that somebody else made. Raises LocalState."""
    with suppress(FileNotFoundError):
        if OURS not in script.read_bytes():
            raise LocalState("completion-of-others", path=script)


def _finds(place: Place) -> bool:
    """Ask the shell, as it starts for the user, whether it finds the script."""
    program = shutil.which(place.shell)
    if program is None:
        return False
    command = [program, "-i", "-c", _ASK[place.shell]]
    try:
        # a session of its own: an interactive shell would take the terminal
        answer = subprocess.check_output(  # noqa: S603 - the user's own shell
            command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE, start_new_session=True
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return b"_cbrctl" in answer


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _rewrite(start: Path, data: bytes) -> None:
    """Write a start-up file as it was, but for the lines that change: through a link, with its mode; an empty one goes."""
    path = Path(os.path.realpath(start))
    if not data and not start.is_symlink():
        path.unlink()
    else:
        replace_file(path, data, path.stat().st_mode & 0o777 if path.exists() else 0o644)
