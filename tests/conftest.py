"""What pytest is told before the first test: where the fixtures are, and which signals the program is to have."""

import signal

import pytest

pytest.register_assert_rewrite("tests.support")
pytest_plugins = ["tests.support.fixtures"]

# a shell lets what it runs in the background ignore SIGINT, and nohup SIGHUP; the program would inherit that, and keep to it
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
