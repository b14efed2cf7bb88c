"""Secrets that the user gives: their files, and whether they can stand in a header. A value is never shown."""

from collections.abc import Callable

from cbrctl.errors import AuthError, LocalState, UsageError
from cbrctl.machine.environment import drop_line_end
from cbrctl.machine.files import read_trusted
from cbrctl.machine.rights import Warn
from cbrctl.machine.secrecy import find_control, find_odd_character, remember
from cbrctl.phrases import Phrase

LONGEST_SECRET = 64 * 1024
"""Bytes of a file that holds a secret."""


class Secret:
    """A secret and where it comes from. It is read when it is needed: a keyring costs more than a kept token."""

    def __init__(self, value: str | Callable[[], str], origin: str, *, in_keyring: bool = False) -> None:
        self._value = value
        self.origin = origin
        self.in_keyring = in_keyring
        """Whether it lies there, or is to: such a secret goes the way alone that it was verified on."""
        if isinstance(value, str):
            remember(value)

    def reveal(self) -> str:
        """Return the secret. Raises LocalState or AuthError where it has to be read first and cannot be."""
        if not isinstance(self._value, str):
            self._value = self._value()
        remember(self._value)
        return self._value

    def __repr__(self) -> str:
        """Show where it came from, never the secret."""
        return f"Secret(from {self.origin})"


def read_secret(path: str, origin: str, warn: Warn) -> str:
    """Read a secret from a file of the user's, without the newline at its end.

    It may be a symlink, a FIFO or another's file, as schedulers mount them; not one that others can write. Raises
    LocalState, AuthError where it is empty.
    """
    data = read_trusted(path, origin, warn, LONGEST_SECRET)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    text = drop_line_end(text.removeprefix("\ufeff"))
    if not text:
        raise AuthError("secret-empty", origin=origin, path=path)
    if len(data) > LONGEST_SECRET or "\0" in text:
        raise LocalState("secret-not-text", origin=origin, path=path)
    return text


def check_secret(text: str, origin: str) -> str:
    """Return a password or a secret key. UsageError for one with a control character, which is not shown."""
    odd = find_control(text)
    if odd is not None:
        raise UsageError(
            "odd-value",
            origin=origin,
            reason=Phrase("Character {number} is a control character, a line end say.", number=odd + 1),
        )
    return text


def check_token(token: str, origin: str) -> str:
    """Refuse a token that cannot stand in a header; its value is not shown. Raises AuthError."""
    odd = find_odd_character(token)
    if odd is not None:
        raise AuthError("bad-token", origin=origin, position=odd + 1)
    return token
