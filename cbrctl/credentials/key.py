"""Access keys: each request is signed with them; permanent ones, or keys for a while that IAM or a cloud server gives."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from cbrctl.api.issued import Keys, KnownProject
from cbrctl.credentials.refreshable import Refreshable
from cbrctl.credentials.signing import find_host, sign
from cbrctl.credentials.token import Tried
from cbrctl.errors import AuthError
from cbrctl.machine.clock import SYSTEM, Clock

if TYPE_CHECKING:
    from cbrctl.api.channel import Prove


class SigningKey:
    """Signs requests, with permanent keys or with those that are kept for a while. `projects` knows the project's id.

    Permanent ones are asked for when a request is to be signed: their secret may lie in a keyring.
    """

    def __init__(
        self,
        keys: Callable[[], Keys] | Refreshable[Keys],
        projects: Refreshable[KnownProject],
        tried: Tried,
        clock: Clock = SYSTEM,
    ) -> None:
        """`tried` is what getting other keys tries."""
        self._keys = keys
        self._projects = projects
        self._tried = tried
        self._clock = clock
        self._refused = False

    def headers(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Mapping[str, str]:
        """Return the headers of the signature. Raises AuthError where a permanent key was refused already: keys lock."""
        return self.hold()(method, url, headers, body)

    def hold(self) -> "Prove":
        """Return what signs with the keys at hand. Raises AuthError as `headers` does."""
        if self._refused:
            raise AuthError("key-refused")
        return partial(self._sign, self._need())

    def prepare(self) -> None:
        """Have keys."""
        self._need()

    def verify(self) -> Tried:
        """Get other keys, where these are for a while; else the next request that is signed tells."""
        if isinstance(self._keys, Refreshable):
            self._keys.issue()
        return self._tried

    def renew(self) -> bool:
        """Get other keys; permanent ones are all there is."""
        if isinstance(self._keys, Refreshable):
            self._keys.renew()
            return True
        self._refused = True
        return False

    def project_id(self) -> str | None:
        """Return the project of the region's name, or the one that was named."""
        return self._projects.need().project_id

    def expires_at(self) -> float | None:
        """Return the end of keys for a while that are at hand."""
        known = self._keys.peek() if isinstance(self._keys, Refreshable) else None
        return known.expires_at if known else None

    def identity(self) -> str:
        """A signature tells nothing more than the key."""
        return ""

    def forget(self) -> None:
        """Forget what was looked up and issued."""
        self._projects.forget()
        if isinstance(self._keys, Refreshable):
            self._keys.forget()

    def _sign(
        self, keys: Keys, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Mapping[str, str]:
        more = {"X-Sdk-Date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._clock.time()))}
        if keys.security_token:
            more["X-Security-Token"] = keys.security_token
        signed = {**headers, **more, "Host": find_host(url)}
        signature = sign(method, url, signed, body, access_key=keys.access_key, secret_key=keys.secret_key)
        return {**more, "Authorization": signature}

    def _need(self) -> Keys:
        return self._keys.need() if isinstance(self._keys, Refreshable) else self._keys()
