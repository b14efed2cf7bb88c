"""What all requests of a project pass: the proof of who asks, its renewal, and the service's clock as answers tell it."""

from collections.abc import Callable, Generator, Mapping
from typing import Protocol, cast

from cbrctl.api.error_bodies import is_expired, read_error_of, read_fault, with_pause
from cbrctl.api.pace import Pace
from cbrctl.api.transport import Reply, Transport
from cbrctl.errors import Throttled
from cbrctl.machine.clock import Clock, Instant, ServiceClock

Prove = Callable[[str, str, Mapping[str, str], bytes | None], Mapping[str, str]]
"""Gives the headers that authenticate a request, as `Auth.headers` does."""


class TooLate(Exception):
    """The POST did not begin to leave in time: nothing was sent."""


class Renewed(Exception):
    """The POST was refused for its proof, of which there is a new one now; its argument is the refusal.

    A gateway refuses a token before it passes a request on, as far as anybody knows (service.md 11): who can look
    whether something was started does so before sending again.
    """


class Auth(Protocol):
    """What proves to the service who is asking; the client does not know which kind it is."""

    def headers(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Mapping[str, str]:
        """Return the headers that authenticate this request, whose others are `headers`. Raises AuthError."""

    def hold(self) -> "Prove":
        """Return what gives the proof that is at hand, and asks nobody for another: it may be used in another thread."""

    def renew(self) -> bool:
        """Get a new proof after a refusal; False where there is none to be had."""


class HeldProof:
    """An Auth of what is at hand."""

    def __init__(self, prove: Prove) -> None:
        self.headers = prove

    def hold(self) -> Prove:
        """Return the same."""
        return self.headers

    def renew(self) -> bool:
        """There is no other."""
        return False


class Channel:
    """The way to the service of one project. All but the exchange of bytes happens in one thread."""

    def __init__(self, transport: Transport, auth: Auth, project_id: str, clock: Clock) -> None:
        self.transport = transport
        self.auth = auth
        self.project_id = project_id
        self.clock = clock
        self.renews = True
        """Whether another proof is asked for where one is refused."""
        self.service_clock = ServiceClock()
        self._is_shut_out = False
        """A proof that was issued a moment ago was refused as well: each vault would cost another login."""
        self._renewals = 0
        self._untried: set[str] = set()
        """Methods with which nothing was served yet since the proof was renewed: refused, they would be with another too."""
        self.pace: Pace | None = None
        """What slows the requests of a fleet down together; None where each waits for itself."""

    def now(self) -> Instant:
        """Return this moment by all clocks."""
        monotonic = self.clock.monotonic()
        return Instant(self.clock.time(), self.clock.boot_id(), monotonic, self.service_clock.time_at(monotonic))

    def exchange(self, method: str, url: str, body: bytes | None, *, deadline: float) -> Reply:
        """Send with the proof of who asks, in this thread."""
        talk = self.converse(method, url, body)
        headers = next(talk)
        while True:
            reply = self.transport.exchange(method, url, headers=headers, body=body, deadline=deadline, is_open=True)
            try:
                headers = talk.send(reply)
            except StopIteration as end:
                return cast(Reply, end.value)

    def converse(self, method: str, url: str, body: bytes | None) -> Generator[Mapping[str, str], Reply, Reply]:
        """Yield the headers to send a request with, and take its reply; return the last one.

        Where the gateway refuses the token it is renewed, and there are new headers to send once more with.
        """
        headers = {"X-Project-Id": self.project_id}
        if body is not None:
            headers["Content-Type"] = "application/json;charset=UTF-8"
        renewed = False
        while True:
            proof, renewals = self.auth.headers(method, url, headers, body), self._renewals
            reply = yield {**headers, **proof}
            if "date" in reply.headers:
                self.service_clock.set(reply.headers["date"], self.clock.monotonic())
            if self.pace is not None:
                self._note_pace(self.pace, reply)
            is_newest = renewals == self._renewals
            if reply.status != 401:
                self._is_shut_out = False
                if is_newest:
                    self._untried.discard(method)
                return reply
            if not is_expired(read_fault(*reply)) or self._is_shut_out:
                return reply
            self._is_shut_out = renewed or (is_newest and method in self._untried)
            if self._is_shut_out or not self.renews:
                return reply
            if is_newest:  # else it was renewed for another request, while this one was on its way
                if not self.auth.renew():
                    return reply
                self._renewals += 1
                self._untried = {"GET", "POST"}
            renewed = True

    def _note_pace(self, pace: Pace, reply: Reply) -> None:
        error = with_pause(read_error_of(read_fault(*reply)), reply.headers) if reply.status >= 400 else None
        if isinstance(error, Throttled):
            pace.refuse(float(str(error.values["retry_after"])))
        else:
            pace.serve()
