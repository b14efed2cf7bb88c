"""The way of a secret: which addresses, proxy and certificates what `auth login` stored is bound to, and what a token may reach."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from cbrctl.config.settings import Settings, Value
from cbrctl.credentials.principal import Principal
from cbrctl.credentials.profile_secret import Bound
from cbrctl.errors import UsageError

PROXY = {"HTTPS_PROXY": "http://p.example:1"}


def bound(environ: Mapping[str, str], **settings: str) -> Bound:
    """What a password would be bound to."""
    values = {"region": "eu-de", **settings}
    found = Settings({key: Value(text, f"CBRCTL_{key.upper()}") for key, text in values.items()})
    principal = Principal(found, environ, caching=False, practising=True, warn=lambda key, **values: None)
    return principal.bound("password", "joe")


def test_a_host_that_the_proxy_is_not_for_is_another_way() -> None:
    plain = bound(PROXY)
    ways = [
        plain,
        bound({}),
        bound({**PROXY, "NO_PROXY": "iam.eu-de.otc.t-systems.com"}),
        bound({**PROXY, "no_proxy": "cbr.eu-de.otc.t-systems.com"}),
    ]
    assert len({way.proxy for way in ways}) == len(ways)
    assert bound({**PROXY, "NO_PROXY": "x.example"}) == plain
    assert bound({**PROXY, "NO_PROXY": ".t-systems.com"}) == bound({})


def test_a_bundle_is_what_stands_in_it(tmp_path: Path) -> None:
    first, second = tmp_path / "first.pem", tmp_path / "second.pem"
    first.write_text("one")
    second.write_text("one")
    kept = bound({}, ca_bundle=str(first))
    assert bound({}, ca_bundle=str(second)) == kept
    first.write_text("two")
    assert bound({}, ca_bundle=str(first)) != kept
    first.unlink()
    with pytest.raises(UsageError, match="no-ca-bundle"):
        bound({}, ca_bundle=str(first))
