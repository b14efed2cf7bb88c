"""`cbrctl sandbox serve` and `sandbox run`: the practice cloud as a server, or around a command."""

import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cbrctl.cli.shared_options import Common
from cbrctl.errors import Interrupted, LocalState, UsageError
from cbrctl.machine.signals import install_handlers

if TYPE_CHECKING:
    from cbrctl.documents.machine import SandboxJson
    from cbrctl.sandbox import Server

FaultOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fault", metavar="ROUTE:KIND[=VALUE][*TIMES]",
        help="Rehearse a fault, like create:drop-after*1 or any:status=503*3; repeatable. An unknown one lists them.",
        rich_help_panel="Rehearsing",
    ),
]  # fmt: skip

_KEPT = (
    "PATH", "SHELL", "USER", "LOGNAME", "PWD", "TERM", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR",
    "CLICOLOR", "CLICOLOR_FORCE", "LANG", "LANGUAGE", "CBRCTL_LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV",
    "SYSTEMROOT", "COMSPEC", "PATHEXT", "TEMP", "TMP",
)  # fmt: skip
"""Variables that a program needs to run at all, and LC_*. Any other may hold a secret, or say where one lies."""


def serve(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one (default).")
    ] = 0,
    fault: FaultOption = None,
) -> int:
    """Serve the practice cloud until a signal.

    Once it listens it prints `export NAME=value` lines for a client (with -o json one JSON object), then serves CBR and
    IAM on loopback. Any client of the API can use it. It ends with exit code 0.

    Examples:
      cbrctl sandbox serve --port 8774
      cbrctl sandbox serve --fault 'create:drop-after*1'
    """
    common: Common = context.obj
    common.screen.need_ids()
    server = _start(port, fault or ())
    try:
        _show_variables(server, common)
        server.serve_forever()
    except Interrupted:
        return 0  # the only command that a signal ends well, also one that comes as soon as the lines can be read
    return 0


def run(
    context: typer.Context,
    command: Annotated[
        list[str] | None, typer.Argument(metavar="-- COMMAND...", help="The command and its arguments.")
    ] = None,
    fault: FaultOption = None,
) -> int:
    """Run a command with the practice cloud's variables set.

    The command has a home of its own, which is gone after it; what it can read otherwise, and the folder of work, are
    yours as ever. Of your variables, any of which may hold a secret, it is left PATH, SHELL, USER, LOGNAME, PWD, TERM,
    COLORTERM, COLUMNS, LINES, NO_COLOR, FORCE_COLOR, CLICOLOR, CLICOLOR_FORCE, CBRCTL_LANG, LANG, LANGUAGE, LC_*, TZ,
    TMPDIR, LD_LIBRARY_PATH, PYTHONPATH and VIRTUAL_ENV (on Windows SYSTEMROOT, COMSPEC, PATHEXT, TEMP and TMP too); env
    gives it more. Its exit code is the exit code; 127: there is no such command, 126: it may not be executed.

    Examples:
      cbrctl sandbox run -- cbrctl backup --vault vault-be94
      cbrctl sandbox run -- env NAME=value cbrctl vault list
      cbrctl sandbox run --fault 'create:status=503*1' -- sh nightly.sh
    """
    common: Common = context.obj
    common.screen.need_ids()
    if not command:
        raise UsageError("no-command")
    server = _start(0, fault or ())
    with server, tempfile.TemporaryDirectory(prefix="cbrctl-sandbox-") as folder:
        environ = {k: v for k, v in os.environ.items() if k in _KEPT or k.startswith("LC_")}
        environ["HOME"] = os.path.join(folder, "home")
        os.mkdir(environ["HOME"], 0o700)
        folders = {f"CBRCTL_{kind}_DIR": os.path.join(folder, kind.lower()) for kind in ("CONFIG", "STATE", "CACHE")}
        return _run_command(command, {**environ, **folders, **server.variables()}, common)


def _start(port: int, faults: Sequence[str]) -> "Server":
    """Return a server that listens. UsageError for a fault that does not exist, LocalState for a port that is taken."""
    from cbrctl.sandbox import DemoCloud, Server

    cloud = DemoCloud()
    try:
        for text in faults:
            cloud.faults.add(text)
        return Server(cloud, port=port)
    except ValueError as cause:
        from cbrctl.cli.foreign_words import reword_fault

        raise UsageError("bad-fault", note=reword_fault(str(cause))) from None
    except OSError as cause:
        raise LocalState("port-taken", port=port, note=cause.strerror or str(cause)) from None


def _show_variables(server: "Server", common: Common) -> None:
    variables = server.variables()
    access_key, secret_key = server.keys
    if common.screen.output == "table":
        lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
        lines += [f"# ACCESS_KEY={access_key}", f"# SECRET_KEY={secret_key}"]
        common.screen.show_text("".join(f"{line}\n" for line in lines))
    else:
        document: SandboxJson = {
            "CBRCTL_ENDPOINT": variables["CBRCTL_ENDPOINT"],
            "CBRCTL_IAM_ENDPOINT": variables["CBRCTL_IAM_ENDPOINT"],
            "CBRCTL_REGION": variables["CBRCTL_REGION"],
            "CBRCTL_PROJECT_ID": variables["CBRCTL_PROJECT_ID"],
            "CBRCTL_USERNAME": variables["CBRCTL_USERNAME"],
            "CBRCTL_PASSWORD": variables["CBRCTL_PASSWORD"],
            "CBRCTL_DOMAIN_NAME": variables["CBRCTL_DOMAIN_NAME"],
            "ACCESS_KEY": access_key,
            "SECRET_KEY": secret_key,
        }
        common.screen.show_document("sandbox", document)


def _run_command(command: Sequence[str], environ: dict[str, str], common: Common) -> int:
    """Run the command and return how it ended, as a shell would.

    A signal goes to it as well (same terminal or group), so its end is waited for.
    """
    try:
        process = subprocess.Popen(command, env=environ)  # noqa: S603 - running the user's command is the purpose
    except OSError as cause:
        error = UsageError("command-not-started", command=command[0], note=cause.strerror or "")
        return common.screen.show_error(error, exit_code=127 if isinstance(cause, FileNotFoundError) else 126)
    while True:
        try:
            code = process.wait()
        except Interrupted as stop:
            install_handlers()
            if stop.number != signal.SIGINT or not os.isatty(0):  # a terminal's Ctrl-C has reached the command too
                process.send_signal(stop.number)
        else:
            return code if code >= 0 else 128 - code
