"""The process itself, where it holds secrets: what it leaves behind when it crashes."""

import os
import sys
from contextlib import suppress


def keep_secrets_in() -> None:
    """Switch core dumps off, which would hold the secrets, and the log of TLS keys that urllib3 would write. Best effort."""
    os.environ.pop("SSLKEYLOGFILE", None)
    with suppress(ImportError, OSError, ValueError):
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        _forbid_dumps()


def _forbid_dumps() -> None:
    """Tell the kernel too: a handler that takes dumps through a pipe may not look at the limit (core(5), prctl(2))."""
    with suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE
