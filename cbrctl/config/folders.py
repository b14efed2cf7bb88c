"""Where cbrctl's own folders are. Apart from the settings: who only wants a folder need not load what reads them."""

import os
from collections.abc import Mapping
from pathlib import Path

from cbrctl.machine.environment import ENVIRON
from cbrctl.machine.files import find_home, resolve_path


def folder(kind: str, environ: Mapping[str, str] = ENVIRON) -> Path:
    """Return cbrctl's own `config`, `state` or `cache` folder; it may not exist yet. LocalState where there is no home."""
    given = environ.get(f"CBRCTL_{kind.upper()}_DIR")
    if given:
        path = Path(resolve_path(given, environ))
        # a folder that others use too gets a subfolder of ours, so that 0700 takes nothing from anybody
        return path if path.name == "cbrctl" else path / "cbrctl"
    # platformdirs costs 3 times a bare interpreter: look where it would look on Linux before asking it
    if os.name == "posix" and os.uname().sysname == "Linux":
        home = environ.get(f"XDG_{kind.upper()}_HOME", "")
        usual = {"config": ".config", "state": ".local/state", "cache": ".cache"}[kind]
        return (Path(home) if home.startswith("/") else find_home(environ) / usual) / "cbrctl"
    import platformdirs

    return Path(getattr(platformdirs, f"user_{kind}_path")("cbrctl"))


def has_journal(state: Path) -> bool:
    """Return whether a state folder has a journal, or something in the place of one that the journal will speak of."""
    try:
        (state / "journal.db").lstat()
    except FileNotFoundError:
        return False
    except OSError:
        pass
    return True
