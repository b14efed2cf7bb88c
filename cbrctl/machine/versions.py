"""What cbrctl runs on, for reports: versions and the kind of machine. No name of a host, no path, nothing of the user."""

import platform
import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def list_versions() -> Iterator[tuple[str, str]]:
    """Yield names and versions: Python, the system, the libraries that cbrctl needs, and what they talk through."""
    yield platform.python_implementation(), platform.python_version()
    yield platform.system(), f"{platform.release()} {platform.machine()}"
    yield from _list_libraries()
    import sqlite3
    import ssl

    yield "SQLite", sqlite3.sqlite_version
    yield "TLS", ssl.OPENSSL_VERSION


def _list_libraries() -> Iterator[tuple[str, str]]:
    """Yield what the installed package says that it needs; nothing where it is not installed."""
    try:
        needed = requires("cbrctl") or []
    except PackageNotFoundError:
        return
    for requirement in needed:
        name = _NAME.match(requirement)
        if name and "extra ==" not in requirement:
            try:
                yield name[0], version(name[0])
            except PackageNotFoundError:
                yield name[0], "missing"
