"""A real gnome-keyring on a D-Bus session of its own, in a home of its own. It ends with the test process, even a killed one."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from jeepney import MatchRule, message_bus  # type: ignore[import-untyped]
from jeepney.io.blocking import Proxy, open_dbus_connection  # type: ignore[import-untyped]

NAME = "org.freedesktop.secrets"
COMMANDS = ("dbus-run-session", "gnome-keyring-daemon")
PATIENCE = 20
"""Seconds until a daemon that does not come fails the test."""

# the daemon reads the keyring's password up to the end of its input: a newline would become part of it
SESSION = """
echo "$DBUS_SESSION_BUS_ADDRESS"
[ -z "$DAEMON" ] || { printf %s test | gnome-keyring-daemon --foreground --components=secrets $DAEMON >/dev/null 2>&1 & }
read -r _
[ -z "$!" ] || { kill -CONT "$!"; kill "$!"; wait "$!"; }
"""
BARE_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
"""


class SecretService:
    """The session: `unlocked` with the password `test`, locked, or a bus on which there is no such service.

    `home` must be short: a socket's path has 107 bytes. What was stored is there again for the next session of the same home.
    A test that asks for one skips where its programs are not installed.
    """

    def __init__(self, home: Path, *, unlocked: bool = True, on_bus: bool = True) -> None:
        if missing := [name for name in COMMANDS if shutil.which(name) is None]:
            pytest.skip(f"not installed: {', '.join(missing)}")
        for name in ("run", "data", "config"):
            (home / name).mkdir(mode=0o700, exist_ok=True)
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home / "run"),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "DAEMON": ("--unlock" if unlocked else "--start") if on_bus else "",
        }
        options = []
        if not on_bus:
            (home / "bus.conf").write_text(BARE_BUS)
            options = [f"--config-file={home / 'bus.conf'}"]
        self._session = subprocess.Popen(
            ["dbus-run-session", *options, "--", "sh", "-c", SESSION],
            env=environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert self._session.stdout
        self.environ = {"DBUS_SESSION_BUS_ADDRESS": self._session.stdout.readline().strip()}
        """What a program needs to find it."""
        self._daemon = self._wait_for_owner() if on_bus else 0

    def hang(self) -> None:
        """Stop the daemon: it keeps its name on the bus and answers nothing."""
        os.kill(self._daemon, signal.SIGSTOP)

    def close(self) -> None:
        """End the daemon and the bus."""
        if self._daemon:
            os.kill(self._daemon, signal.SIGCONT)
        self._session.communicate(timeout=PATIENCE)

    def _wait_for_owner(self) -> int:
        """Wait until the daemon has its name, a moment after it was started; gives its process."""
        with open_dbus_connection(self.environ["DBUS_SESSION_BUS_ADDRESS"]) as bus:
            rule = MatchRule(type="signal", interface=message_bus.interface, member="NameOwnerChanged")
            rule.add_arg_condition(0, NAME)
            driver = Proxy(message_bus, bus)
            driver.AddMatch(rule)
            with bus.filter(rule) as changes:
                if not driver.NameHasOwner(NAME)[0]:
                    bus.recv_until_filtered(changes, timeout=PATIENCE)
            [process] = driver.GetConnectionUnixProcessID(NAME)
            return int(process)
