"""How a service is made, for a whole history, and how it fails for a while. Every lie is bounded as the contract bounds it."""

from typing import NamedTuple

FLAWS = (
    "broken", "late", "5xx", "gateway-404", "throttled", "garbage",  # any read
    "missing", "no-resources", "odd-word",  # a checkpoint that is there
    "short", "odd-rows", "again", "barred-tasks",  # lists
)  # fmt: skip
"""What may be wrong with a read. `short` tells by its count; `odd-rows` leave a row in place of each that is not shown."""

FRONTS = {
    "true": (0.0,),
    "none": (None,),
    "stuck": ("stuck",),
    "ahead": (0.0, 1200.0),
    "behind": (0.0, -1200.0),
    "all-ahead": (1200.0,),
    "some": (0.0, None),
    "near": (45.0, -45.0),
}
"""What the `Date` of each front end shows: seconds beside the truth, nothing, or always the same moment."""


class Quirks(NamedTuple):
    """What does not change in a history."""

    fenced: bool = True
    """The service refuses a second backup of a vault while one runs."""
    busy: str = "1001"
    """The code of such a refusal; `skipped` answers 200 and skips every resource."""
    page: int = 1000
    """The most rows of a page, whatever was asked."""
    counts: str = "all"
    """What `count` counts: all rows, those of the page, or nothing (`none`: there is no count)."""
    repeats: bool = False
    """The offset is ignored. Only with a count of all rows: else nobody could tell."""
    ignores_limit: bool = False
    exact_name: bool = False
    hides_incremental: bool = False
    """Lists show full copies alone unless asked for the others."""
    tasks_barred: bool = False
    enterprise: str = ""
    """What the user named: nothing, the vault's own (`same`) or another (`other`)."""
    enterprise_only: bool = False
    """Who names no enterprise project is refused the lists."""
    some_failed: str = "available"
    """The status of a checkpoint of which some resources failed (service.md 13.2)."""
    eager: bool = False
    """The checkpoint says `available` when its first resource is done."""
    tells_skipped: bool = False
    """GET repeats `skipped_resources` and `extra_info` (service.md 13.3)."""
    front: str = "true"
    flatters: bool = False
    """Lists of the whole project show every row as one that ended well, whatever the vault's own lists show."""
    two: bool = False
    """The vault protects two resources."""
    old: int = 0
    """Copies of former days that the vault holds."""


HEALTHY = Quirks()


def heal(quirks: Quirks) -> Quirks:
    """Return the same service without what keeps lists from being whole, and with clocks that go right."""
    return quirks._replace(
        page=1000, counts="all", repeats=False, enterprise="", enterprise_only=False, front="true", tasks_barred=False
    )
