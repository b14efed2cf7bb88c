"""What may happen in a history: the choices that hypothesis draws. The first of each is the quietest, so that they shrink."""

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

from tests.truth.machines import AT_POST
from tests.truth.made import DISK, SERVER, Fate
from tests.truth.quirks import FLAWS, FRONTS, Quirks
from tests.truth.service import Plan

YEAR = 365 * 86400.0
PARAMETERS: tuple[dict[str, Any], ...] = (
    {},
    {"resources": [SERVER]},
    {"resources": [SERVER], "name": "mine", "description": "by hand"},
    {"incremental": False},
    {"resources": [DISK, SERVER]},
    {"resource_details": [{"id": SERVER, "type": "OS::Nova::Server", "extra_info": {"exclude_volumes": ["v-1"]}}]},
)
"""What the user may ask for. The marker stands in the description of the third."""

T = TypeVar("T")


class Trouble(NamedTuple):
    """What happens to one process and its reads."""

    seed: int = 0
    flaws: frozenset[str] = frozenset()
    rate: float = 0.5
    fuse: int | None = None
    pause: tuple[int, float] | None = None
    jump: tuple[int, float] | None = None


class Wish(NamedTuple):
    """What the user of one machine wants."""

    machine: str = "a"
    key: str | None = None
    parameters: int = 0
    wait: bool = True
    timeout: float = 7200.0
    if_busy: str = "fail"
    on_skip: str | None = None
    settle: float = 120.0
    looked_up: bool = False
    """The vault was looked up before, so that what it protects is known."""
    marked: bool = True
    resend: bool = False
    plans: tuple[Plan, ...] = ()


def rarely(usual: T, *others: T) -> st.SearchStrategy[T]:
    """One value mostly, and another now and then."""
    return st.sampled_from([usual] * max(2, 2 * len(others)) + list(others))


def chosen(*values: Sequence[T]) -> st.SearchStrategy[tuple[T, ...]]:
    """All combinations, drawn as one choice: drawing is what a history costs most."""
    return st.sampled_from(list(product(*values)))


KINDS = ("good", "good", "good", "error", "early", "skipped")
DURATIONS = (10.0, 70.0, 70.0, 200.0, 400.0, 1900.0)
FATES = chosen(KINDS, DURATIONS).map(lambda pair: Fate(*pair))  # type: ignore[arg-type]
ANSWERS = st.sampled_from(
    [("ok", 0.0)] * 4
    + list(product(("lost", "5xx"), (0.0, 0.0, None, 3.0, 60.0, 290.0, 290.0)))
    + list(product(("garbage", "older"), (0.0, None, 60.0)))
    + [("repeated", 0.0)] * 2
    + [(answer, None) for answer in ("reset", "throttled", "refused")] * 2
)
LAGS = st.sampled_from(
    [(0.0, 0.0, 0.0, 0.0)] * 3
    + list(product((0.0, 3.0, 8.0, 120.0, 299.0), (0.0, 50.0, 299.0), (0.0, 45.0), (0.0, 54.0)))
)
PLANS = st.builds(
    lambda answer, fates, lags, skips, which: Plan(
        answer=answer[0],
        delay=answer[1],
        fates=fates,
        copies_after=lags[0],
        tasks_after=lags[1],
        ends_after=lags[2],
        shown_after=lags[3],
        skips=skips,
        which=which,
    ),
    ANSWERS,
    st.tuples(FATES, FATES),
    LAGS,
    rarely("", "1001", "7101"),
    st.integers(0, 40),
)
STEPS = st.sampled_from([AT_POST] * 20 + list(range(1, 61)))
"""When something happens to a process: often just before its POST leaves."""
PAUSES = (6.0, 60.0, 300.0, 1000.0)
JUMPS = (60.0, 1200.0, 86400.0, YEAR, -3600.0, -YEAR)
TROUBLES = st.builds(
    Trouble,
    seed=st.integers(0, 999),
    flaws=st.frozensets(st.sampled_from(FLAWS), max_size=3),
    rate=st.sampled_from([0.2, 0.5, 0.8, 1.0]),
    fuse=st.one_of(st.none(), st.none(), st.integers(1, 70)),
    pause=st.one_of(st.none(), st.tuples(STEPS, st.sampled_from(PAUSES))),
    jump=st.one_of(st.none(), st.none(), st.tuples(STEPS, st.sampled_from(JUMPS))),
)
CALM = st.integers(0, 9).map(Trouble)
MACHINES = st.sampled_from("ab")
TIMES = st.sampled_from([(True, 7200.0)] * 4 + [(False, 7200.0)] * 3 + [(True, 0.0), (True, 100.0)])
MANNERS = st.sampled_from(
    [(True, False)] * 8 + [(False, False), (True, True)]  # marked, resend
)
WISHES = st.builds(
    lambda machine, key, parameters, times, busy, skip, settle, looked_up, manners, plans: Wish(
        machine=machine,
        key=key,
        parameters=parameters,
        wait=times[0],
        timeout=times[1],
        if_busy=busy,
        on_skip=skip,
        settle=settle,
        looked_up=looked_up,
        marked=manners[0],
        resend=manners[1],
        plans=tuple(plans),
    ),
    MACHINES,
    st.sampled_from([None, None, "k1", "k1", "k2"]),
    st.sampled_from([0] * 5 + [2] * 3 + list(range(len(PARAMETERS)))),
    TIMES,
    rarely("fail", "wait", "attach", "skip"),
    rarely(None, "ignore", "fail"),
    rarely(120.0, 0.0, 5.0),
    st.booleans(),
    MANNERS,
    st.lists(PLANS, max_size=3),
)
PAIRS = st.builds(
    lambda first, second, together: (
        (first._replace(machine="a", key="k1"), second._replace(machine="b", key="k1")) if together else (first, second)
    ),
    WISHES,
    WISHES,
    st.booleans(),
)
"""Two that meet: often two machines that mean the same backup."""
LISTS = st.sampled_from(
    [(1000, "all", False, False)] * 6
    + list(product((1000, 1, 2, 3), ("all", "page", "none"), (False,), (False,)))
    + [(2, "all", True, False), (1, "all", True, False), (1000, "all", True, False), (1000, "all", False, True)]
)
"""Page, count, whether the offset is ignored, whether the limit is."""
ACCESS = st.sampled_from(
    [(False, "", False)] * 6 + [(True, "", False)] + list(product((False,), ("same", "other"), (False, True)))
)
QUIRKS = st.builds(
    lambda bits, busy, lists, access, front, old: Quirks(
        fenced=bits[0],
        busy=busy,
        page=lists[0],
        counts=lists[1],
        repeats=lists[2],
        ignores_limit=lists[3],
        exact_name=bits[1],
        hides_incremental=bits[2],
        tasks_barred=access[0],
        enterprise=access[1],
        enterprise_only=access[2],
        some_failed="error" if bits[3] else "available",
        eager=bits[4],
        tells_skipped=bits[5],
        front=front,
        two=bits[6],
        old=old,
    ),
    chosen(*[(False, True)] * 7),
    rarely("1001", "6125", "0001", "2002", "0002", "skipped", "skipped", "skipped"),
    LISTS,
    ACCESS,
    st.sampled_from(["true"] * 4 + ["ahead"] * 2 + sorted(set(FRONTS) - {"true"})),
    st.integers(0, 4),
)
TURNS = st.lists(st.sampled_from([1, 1, 2, 3, 4, 5, 6, 8, 12, 20, 40]), max_size=12)
