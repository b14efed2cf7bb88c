"""What pytest is told before the first test: where the fixtures are, and which signals the program is to have."""

import signal
from collections import Counter

import pytest

pytest.register_assert_rewrite("tests.support")
pytest_plugins = ["tests.support.fixtures"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is heavy is long too, so that `-m "not long"` leaves out both; of what is sampled most is heavy."""
    seen: Counter[str] = Counter()
    for item in items:
        sampled, name = item.get_closest_marker("sampled"), item.nodeid.partition("[")[0]
        if sampled is not None:
            if seen[name] % sampled.args[0]:
                item.add_marker("heavy")
            seen[name] += 1
        if item.get_closest_marker("heavy"):
            item.add_marker("long")


# a shell lets what it runs in the background ignore SIGINT, and nohup SIGHUP; the program would inherit that, and keep to it
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
