"""A child's clock that is wrong by TEST_CLOCK_OFFSET seconds and otherwise runs as the real one, unlike tests/support/clock."""

import os
import time

_time = time.time
_wrong = float(os.environ.get("TEST_CLOCK_OFFSET", "0"))
setattr(time, "time", lambda: _time() + _wrong)  # noqa: B010 - mypy takes no assignment to a module's function
