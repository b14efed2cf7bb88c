"""What pytest is told before the first test: where the fixtures are, and which signals the program is to have."""

import signal
from collections import defaultdict

import pytest

pytest.register_assert_rewrite("tests.support")
pytest_plugins = ["tests.support.fixtures"]


MOST_VARIANTS = 8
"""Variants of a test that run by default, evenly chosen: what varies one thing in many ways is CI's."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is heavy is long too, so that `-m "not long"` leaves out both; of what has many variants most are heavy."""
    variants: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        variants[item.nodeid.partition("[")[0]].append(item)
    for alike in variants.values():
        sampled = alike[0].get_closest_marker("sampled")
        step = sampled.args[0] if sampled is not None else max(1.0, len(alike) / MOST_VARIANTS)
        for number, item in enumerate(alike):
            if number and int(number / step) == int((number - 1) / step):
                item.add_marker("heavy")
    for item in items:
        if item.get_closest_marker("heavy"):
            item.add_marker("long")


# a shell lets what it runs in the background ignore SIGINT, and nohup SIGHUP; the program would inherit that, and keep to it
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
