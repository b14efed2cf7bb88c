"""A secret in words from outside, however it is written there."""

import base64
import json
from html import escape
from urllib.parse import quote

import pytest

from cbrctl.machine import secrecy

SECRET = 'CANARY-p"a\\ss wörd-7Q'
DATA = SECRET.encode()


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrecy, "_known", {})
    secrecy.remember(SECRET)
    return


WRITTEN = {
    "as it is": SECRET,
    "percent": quote(SECRET, safe=""),
    "JSON": json.dumps(SECRET),
    "HTML": escape(SECRET),
    "a part": SECRET[3:17],
    "hexadecimal": DATA.hex(),
    "HEXADECIMAL": DATA.hex().upper(),
    "base64 for addresses": base64.urlsafe_b64encode(DATA + b"\xff\xfe\xfb").decode(),
    **{f"base64 behind {n}": base64.b64encode(b"user:"[:n] + DATA).decode() for n in range(6)},
}


@pytest.mark.parametrize("words", WRITTEN.values(), ids=WRITTEN.keys())
def test_a_secret_is_hidden_however_it_is_written(words: str) -> None:
    hidden = secrecy.hide(f"the answer was {words} and no other")
    assert words not in hidden
    assert hidden in ("", "the answer was *** and no other")


@pytest.mark.parametrize(
    "words",
    ["BackupService.6114: the vault is full", "accepted, checkpoint 94ef31a8-974f-471e-a9d0-f7b9d164db62", "CANARY-p"],
)
def test_what_holds_none_stays(words: str) -> None:
    assert secrecy.hide(words) == words


@pytest.mark.parametrize("secret", ["back", "fail", "http", "connection"])
def test_a_word_written_otherwise_is_no_secret(secret: str) -> None:
    secrecy.remember(secret)
    words = "BACKUP of the vault FAILED: HTTP 500, Connection refused"
    assert secrecy.hide(words) == words
