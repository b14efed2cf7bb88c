"""Where IAM and CBR are, one answer for all who ask: a run, `config list`, `auth status` and `doctor` (contract).

IAM   --iam-endpoint → CBRCTL_IAM_ENDPOINT → the chosen profile → beside the secret (same profile, cloud, file or family
      of variables) → the default profile, for secrets of cbrctl's own variables → the region's
CBR   --endpoint → CBRCTL_ENDPOINT → the chosen profile → the default profile, for other tools' secrets where it is of the
      cloud of the IAM that is used → beside that IAM, else the region's where IAM is the region's

A secret never goes to the address of another family, and a token never to another cloud than its IAM's.
"""

from collections.abc import Callable
from typing import NamedTuple

from cbrctl.config.regions import check_domain, check_endpoint, find_endpoints, find_neighbour, is_same_cloud
from cbrctl.config.settings import Settings, Value
from cbrctl.errors import AuthError, UsageError
from cbrctl.phrases import Phrase


class Beside(NamedTuple):
    """What stands beside a secret in its place."""

    iam: Value | None = None
    """Address of IAM; an empty text where one should stand there and does not."""
    foreign: bool = False
    """The place is another tool's."""


class Addresses:
    """The addresses of a run. `beside` is asked where settings alone do not tell, and may read files for that."""

    def __init__(self, settings: Settings, beside: Callable[[], Beside]) -> None:
        self._settings = settings
        self._beside = beside

    def iam(self) -> Value:
        """Return IAM's address without `/v3`. UsageError where it is not known, AuthError for a cloud that names none."""
        given = self._given()
        if given is not None:
            return Value(check_endpoint(given.text, _full(given, "iam_endpoint"), strip_v3=True), given.origin)
        return self._of_region(1)

    def cbr(self) -> Value:
        """Return CBR's address. Raises as `iam` does, and UsageError where IAM's has none beside it."""
        own = self._settings.values.get("endpoint")
        if own:
            own = Value(check_endpoint(own.text, _full(own, "endpoint")), own.origin)
            if self._settings.is_order(own) or not self._beside().foreign:
                return own
            # it is the default profile's, and the secret another tool's, whose token goes to no other cloud
            if is_same_cloud(own.text, self.iam().text, self._settings.get("region") or ""):
                return own
        beside = self._beside_iam()
        return own if own and own.text == beside.text else beside

    def _beside_iam(self) -> Value:
        """Return CBR's address beside the IAM that is used. UsageError where it has none."""
        if self._given() is None:
            return self._of_region(0)
        iam = self.iam()
        region = self._settings.get("region")
        if region and find_endpoints(region, self._cloud())[1] == iam.text:
            return self._of_region(0)
        try:
            return Value(
                find_neighbour(iam.text, region, self._cloud())[0], Phrase("beside IAM of {origin}", origin=iam.origin)
            )
        except ValueError as cause:
            raise UsageError("no-neighbour", iam=iam.text, origin=iam.origin, note=str(cause)) from None

    def region(self) -> Value | None:
        """Return the region that was named, else the one that IAM's address names; None where neither does."""
        named = self._settings.values.get("region")
        if named or self._given() is None:
            return named
        iam = self.iam()
        try:
            found = find_neighbour(iam.text, None, self._cloud())[1]
        except ValueError:
            return None
        return Value(found, Phrase("IAM of {origin}", origin=iam.origin)) if found else None

    def _given(self) -> Value | None:
        """Return IAM's address where something names it other than the region."""
        given = self._settings.values.get("iam_endpoint")
        if given and self._settings.is_order(given):
            return given
        beside = self._beside()
        if beside.iam is not None and not beside.iam.text:
            raise AuthError("cloud-without-address", place=beside.iam.origin)
        return beside.iam or (None if beside.foreign else given)

    def _of_region(self, which: int) -> Value:
        region = self._settings.values.get("region")
        if region is None:
            raise UsageError("no-region")
        return Value(
            find_endpoints(region.text, self._cloud())[which],
            Phrase("region {text} ({origin})", text=region.text, origin=region.origin),
        )

    def _cloud(self) -> str:
        domain = self._settings.values.get("cloud_domain")
        return check_domain(domain.text, domain.origin) if domain else ""


def _full(value: Value, key: str) -> str:
    """Return what named a value, with the key where that is a profile."""
    return (
        Phrase("{key} of {origin}", key=key, origin=value.origin)
        if value.origin.startswith("profile ")
        else value.origin
    )
