"""How often another token is asked for, whatever order the answers come in."""

from typing import Any

import pytest

from cbrctl.api.channel import Channel, Prove
from cbrctl.api.transport import Reply
from cbrctl.machine.clock import SYSTEM

REFUSED = Reply(401, {}, b'{"error_code": "APIGW.0301", "error_msg": "no"}')
SERVED = Reply(200, {}, b"{}")


class Renewals:
    """Counts how often it is renewed."""

    def __init__(self) -> None:
        self.count = 0

    def headers(self, method: str, url: str, headers: Any, body: bytes | None) -> dict[str, str]:
        """Return the token of today."""
        return {"X-Auth-Token": str(self.count)}

    def hold(self) -> Prove:
        """Return the same for another thread."""
        return self.headers

    def renew(self) -> bool:
        """Have another one."""
        self.count += 1
        return True


def open_channel() -> tuple[Any, Renewals]:
    auth: Any = Renewals()
    return Channel(None, auth, "p", SYSTEM), auth  # type: ignore[arg-type]  # nothing is exchanged here


def begin(channel: Any) -> Any:
    """Return a request that is on its way."""
    talk = channel.converse("POST", "https://x/", b"{}")
    next(talk)
    return talk


def test_a_new_token_that_is_refused_to_any_request_is_not_replaced() -> None:
    channel, auth = open_channel()
    first = begin(channel)
    first.send(REFUSED)  # it is sent again, with another token
    late = begin(channel)
    for talk in (late, first):
        with pytest.raises(StopIteration):  # it is not sent once more
            talk.send(REFUSED)
    assert auth.count == 1


def test_a_token_that_was_good_is_replaced_when_it_ends() -> None:
    channel, auth = open_channel()
    for _ in range(3):
        talk = begin(channel)
        talk.send(REFUSED)
        with pytest.raises(StopIteration):
            talk.send(SERVED)
    assert auth.count == 3
