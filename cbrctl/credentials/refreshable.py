"""What is issued for a while: got once, kept between runs, renewed early, thrown away when it is refused."""

import math
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

from cbrctl.credentials.cache import Cache
from cbrctl.errors import AuthError, CbrctlError
from cbrctl.machine.clock import SYSTEM, Clock

RENEW_BEFORE = 600
"""Seconds before its end at which a thing is no longer used; half of its life where that is shorter."""


class Issue(Protocol):
    """A NamedTuple that IAM issued."""

    @property
    def expires_at(self) -> float:
        """Seconds since the epoch."""

    def _asdict(self) -> dict[str, Any]: ...


T = TypeVar("T", bound=Issue)


class Refreshable(Generic[T]):
    """One issued thing of a run.

    `issue` gets a new one, `read` makes one of kept values (ValueError where they are none), `open_cache` is asked for
    the cache when it is first needed.
    """

    def __init__(
        self,
        issue: Callable[[], T],
        read: Callable[[Mapping[str, Any]], T],
        open_cache: Callable[[], Cache | None] = lambda: None,
        clock: Clock = SYSTEM,
    ) -> None:
        self._issue = issue
        self._read = read
        self._open_cache = open_cache
        self._clock = clock
        self._value: T | None = None
        self._until = 0.0
        self._refused: AuthError | None = None

    @cached_property
    def _cache(self) -> Cache | None:
        return self._open_cache()

    def need(self) -> T:
        """Return the thing, a good one as far as its own end tells. Raises AuthError, Unreachable, LocalState.

        A refused login is not repeated: accounts lock.
        """
        if self._value is None:
            self._take(self._load() or self._get(None))
        elif self._clock.time() >= self._until:
            try:
                self._take(self._get(self._value))
            except CbrctlError:
                if self._clock.time() >= self._value.expires_at:
                    raise
                self._until = self._value.expires_at  # it is good until then
        assert self._value is not None  # noqa: S101 - taken above
        return self._value

    def renew(self) -> None:
        """Throw the refused thing away and get another: what a process has got meanwhile, or a new one."""
        refused, self._value = self._value, None
        self._take(self._get(refused))

    def issue(self) -> None:
        """Get a new one whatever is kept: a login that is to prove something."""
        if self._cache is None:
            self._take(self._ask())
            return
        with self._cache.hold():
            self._cache.forget()
            self._take(self._ask())
            assert self._value is not None  # noqa: S101 - taken above
            self._cache.store(self._value._asdict())

    def peek(self) -> T | None:
        """Return the thing if it is at hand, without asking anybody for it."""
        return self._value or self._load()

    def forget(self) -> None:
        """Leave nothing behind."""
        self._value = None
        if self._cache:
            self._cache.forget()

    def _take(self, value: T) -> None:
        left = value.expires_at - self._clock.time()
        # what is over as soon as it is issued tells of a clock that is wrong: it is used until it is refused
        self._value, self._until = value, value.expires_at - min(RENEW_BEFORE, left / 2) if left > 0 else math.inf

    def _load(self) -> T | None:
        """Return the kept thing while it is good for ten minutes more."""
        kept = self._cache.load() if self._cache else None
        if kept is None:
            return None
        try:
            value = self._read(kept)
            return value if value.expires_at - RENEW_BEFORE > self._clock.time() else None
        except (ValueError, TypeError, KeyError):
            return None

    def _get(self, old: T | None) -> T:
        """Return another than the `old` one: what is kept meanwhile, or a new one."""
        if self._refused:
            raise self._refused
        if self._cache is None:
            return self._ask()
        with self._cache.hold() as refused:
            kept = self._load()
            if kept is not None and kept != old:
                return kept
            if old is not None:
                self._cache.forget()  # a login that fails must not leave it there
            if refused:
                self._refused = AuthError("login-refused-elsewhere")
                raise self._refused
            value = self._ask()
            self._cache.store(value._asdict())
            return value

    def _ask(self) -> T:
        try:
            return self._issue()
        except AuthError as error:
            self._refused = error
            if self._cache:
                self._cache.note_refusal()
            raise
