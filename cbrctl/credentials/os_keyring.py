"""The operating system's keyring: named by us, bounded in time, its failures told as LocalState (exit 15).

What `keyring` would choose by itself is never asked for: PYTHON_KEYRING_BACKEND, keyringrc.cfg or any installed package can
name a class there, which would then be handed the secret, and some of those keep it in a plain file or drop it.
"""

import importlib
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from cbrctl.errors import LocalState
from cbrctl.machine.clock import SYSTEM
from cbrctl.phrases import Phrase, join

SERVICE = "cbrctl"
"""The name that every entry of ours stands under; the account tells them apart."""

_T = TypeVar("_T")


class _Backend(NamedTuple):
    module: str
    cls: str
    longest: int | None = None
    """UTF-16 units that an entry holds; None where no limit is known."""


_BACKENDS = {
    "secret-service": _Backend("keyring.backends.SecretService", "Keyring"),
    "kwallet": _Backend("keyring.backends.kwallet", "DBusKeyring"),
    "macos": _Backend("keyring.backends.macOS", "Keyring"),
    "windows": _Backend("keyring.backends.Windows", "WinVaultKeyring", longest=1280),  # 2560 bytes an entry
}
_OF_PLATFORM = {"darwin": "macos", "win32": "windows"}
_LOCKED = {"KeyringLocked", "LockedException", "PromptDismissedException"}
_ABSENT = {"NoKeyringError", "SecretServiceNotAvailableException"}
_MOST_ENTRIES = 10
"""Entries of one name that are deleted at most: other programs can add some, and one that stays must not be tried for ever."""


_REST = 0.2
"""Seconds; a keyring that answers needs a tenth of it."""


class _OddError(Exception):
    """A keyring that misbehaves; the text is ours and holds no secret."""


class OsKeyring:
    """One backend of the allow-list. Each call ends within `seconds`, whatever the keyring does; imports come before.

    Raises LocalState: `no-keyring` where there is none to use, as in cron and containers, and for the name `none`.
    """

    def __init__(self, name: str = "auto", *, seconds: float = 3.0) -> None:
        self.backend = _OF_PLATFORM.get(sys.platform, "secret-service") if name == "auto" else name
        """The name from the allow-list that is used."""
        self._seconds = seconds
        if self.backend not in _BACKENDS:
            raise LocalState(
                "no-keyring",
                note=Phrase("{name} was chosen; there are auto, {names}", name=name, names=", ".join(_BACKENDS)),
            )

    def read(self, account: str) -> str | None:
        """Return the secret of an account, None where there is none. Raises LocalState."""
        return self._ask(lambda ring: _read(ring, account))

    def probe(self) -> None:
        """See that the keyring answers: read a name that is not there. Raises LocalState."""
        self.read("(probe)")  # no profile can be named so

    def store(self, account: str, text: str) -> None:
        """Keep a secret, in the place of an older one, and see that it can be read. Raises LocalState.

        What came back cut or changed is removed again: a wrong password would be counted against the account.
        """
        longest = _BACKENDS[self.backend].longest
        length = len(text.encode("utf-16-le", "surrogatepass")) // 2
        if longest is not None and length > longest:
            raise LocalState("secret-too-long", length=length, longest=longest)

        def write(ring: Any) -> None:
            ring.set_password(SERVICE, account, text)
            if _read(ring, account) != text:
                with suppress(Exception):
                    _remove(ring, account)
                raise _OddError(Phrase("it did not give back what was stored"))

        self._ask(write)

    def remove(self, account: str) -> bool:
        """Delete what is kept of an account; False where there was nothing. Raises LocalState."""
        return self._ask(lambda ring: _remove(ring, account))

    def _ask(self, task: Callable[[Any], _T]) -> _T:
        """Run `task` on the backend, in a thread that is left behind where it hangs: keyring has no timeout of its own.

        The process can end all the same, and a signal's exception gets through, since this thread only waits. Errors are
        told in words of ours and raised here, without those they came from: their texts and frames can hold the secret.
        """
        answers: list[_T] = []
        faults: list[tuple[str, str]] = []

        def work(cls: type) -> None:
            opened = False
            try:
                ring = _open(cls)
                opened = True
                answers.append(task(ring))
            except BaseException as cause:  # whatever it is, it must not end in the thread unseen
                faults.append(_tell(cause, opened))

        try:
            cls = _load(_BACKENDS[self.backend])
        except Exception as cause:
            faults.append(_tell(cause, opened=False))
        else:
            _wait_for(threading.Thread(target=work, args=[cls], name="keyring", daemon=True), self._seconds)
        if answers:
            return answers[0]
        if not faults:
            raise LocalState("keyring-silent", seconds=f"{self._seconds:g}")
        key, note = faults[0]
        raise LocalState(key, note=join((f"{self.backend}:", note)))


_NAP = 0.005
"""Seconds between two looks whether a thread has ended."""


def _load(backend: _Backend) -> Any:
    """Import the class, in the main thread: see `_wait_for`."""
    return getattr(importlib.import_module(backend.module), backend.cls)


def _open(cls: Any) -> Any:
    """Return a backend that is deaf to the environment: each variable with KEYRING_PROPERTY_ in its name would set an attribute.

    One of kwallet's is the D-Bus name that gets the secret. KEYCHAIN_PATH makes macOS's warn, no more.
    """
    _ = cls.priority  # raises where the backend cannot work here
    return type(cls.__name__, (cls,), {"set_properties_from_env": lambda ring: None, "keychain": None})()


def _wait_for(thread: threading.Thread, seconds: float) -> None:
    """Run the thread and wait for it at most so long. After a signal it has a moment to come to rest.

    A process that ends while a thread of it is inside `cryptography` (Rust) or imports it is aborted (SIGABRT, seen with
    CPython 3.11). One that hangs waits in a system call, which is safe.
    """
    thread.start()
    until = SYSTEM.monotonic() + seconds
    try:
        # not joined: a signal in the midst of that leaves the thread's lock in disorder (CPython 3.11, seen)
        while thread.is_alive() and SYSTEM.monotonic() < until:
            SYSTEM.sleep(_NAP)
    except BaseException:
        thread.join(_REST)
        raise


def _read(ring: Any, account: str) -> str | None:
    text = ring.get_password(SERVICE, account)
    if text is None or isinstance(text, str):
        return text
    raise _OddError(Phrase("it gave something else than text"))


def _remove(ring: Any, account: str) -> bool:
    """Delete all entries of a name: a backend deletes the first only, and another program may have added one."""
    for deleted in range(_MOST_ENTRIES):
        if _read(ring, account) is None:
            return deleted > 0
        ring.delete_password(SERVICE, account)
    raise _OddError(Phrase("what was deleted is still there"))


def _tell(cause: BaseException, opened: bool) -> tuple[str, str]:
    """Return the message's key and a note. Once `opened`, a foreign text may hold the secret: its class and number tell."""
    _close_connection(cause)
    names = {cls.__name__ for error in _chain(cause) for cls in type(error).__mro__}
    if opened and not isinstance(cause, _OddError):
        numbers = [str(error.args[0]) for error in _chain(cause) if error.args and isinstance(error.args[0], int)]
        note = " ".join([type(cause).__name__, *numbers[:1]])
    else:
        text = (cause.strerror if isinstance(cause, OSError) else None) or str(cause) or type(cause).__name__
        note = text if isinstance(cause, _OddError) else "".join(c if c.isprintable() else " " for c in text)[:200]
    if names & _LOCKED:
        return "keyring-locked", note
    return "no-keyring" if not opened or names & _ABSENT else "keyring-unusable", note


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(_MOST_ENTRIES):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _close_connection(cause: BaseException) -> None:
    """Close the D-Bus connection that SecretService.py of keyring leaves open where the collection cannot be used.

    Otherwise Python warns of it (ResourceWarning), on a screen that is not its own.
    """
    for frame, _ in traceback.walk_tb(cause.__traceback__):
        if frame.f_code.co_name == "get_preferred_collection" and "bus" in frame.f_locals:
            with suppress(Exception):
                frame.f_locals["bus"].close()
