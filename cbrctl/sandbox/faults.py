"""Faults: switches that make the practice cloud misbehave in one chosen way, so that a client can be tried against it.

A fault is written ROUTE:KIND[=VALUE][*TIMES], for example `create:drop-after*1` or `tasks:status=503`.
"""

import threading
from dataclasses import dataclass

ROUTES = ("token", "create", "checkpoint", "tasks", "copies", "vaults", "vault", "any")

# Kinds by what they do with the request: refused before anything is executed, spoiled after it was executed, or
# executed and answered as usual with something added. The value each needs is named, None where it takes none.
BEFORE = {
    "drop-before": None,
    "reset-before": None,
    "status": "CODE",
    "error": "CODE",
    "html": None,
    "redirect": "URL",
    "malformed-url": None,
}
AFTER = {
    "drop-after": None,
    "reset-after": None,
    "status-after": "CODE",
    "cut": "N",
    "empty": None,
    "huge": None,
    "headerless": None,
    "drip": "SECONDS",
}
ALONGSIDE = {"delay": "SECONDS", "late": "SECONDS"}
LATE_ROUTES = ("checkpoint", "tasks", "copies", "any")
KINDS = BEFORE | AFTER | ALONGSIDE


@dataclass
class Fault:
    """One fault; `left` counts how often it still strikes, None for ever."""

    route: str
    kind: str
    value: str = ""
    left: int | None = None

    @property
    def number(self) -> float:
        """The value as a number: seconds, a status or a count of bytes."""
        return float(self.value)

    def __str__(self) -> str:
        value = f"={self.value}" if self.value else ""
        return f"{self.route}:{self.kind}{value}" + ("" if self.left is None else f"*{self.left}")


class Faults:
    """The faults that are switched on. Safe to use from several threads."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, spec: str) -> Fault:
        """Switch a fault on. Raises ValueError with the choices for a spec that is none."""
        fault = parse_fault(spec)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Switch all faults off."""
        with self._lock:
            self._faults.clear()

    def specs(self) -> list[str]:
        """The faults that are still to strike, as specs."""
        with self._lock:
            return [str(fault) for fault in self._faults]

    def take(self, route: str | None) -> list[Fault]:
        """The faults that strike a request on this route now, each counted as used once.

        All delays and latenesses strike together, and besides them the first of the other kinds.
        """
        with self._lock:
            struck: list[Fault] = []
            for fault in self._faults:
                taken = fault.kind not in ALONGSIDE and any(other.kind not in ALONGSIDE for other in struck)
                if fault.route in (route, "any") and not taken:
                    struck.append(fault)
            for fault in struck:
                if fault.left is not None:
                    fault.left -= 1
            self._faults = [fault for fault in self._faults if fault.left != 0]
            return struck


def parse_fault(spec: str) -> Fault:
    """A fault from its spec. Raises ValueError, with the choices, for an unknown route, kind or value."""
    if not spec.isprintable():
        raise ValueError(f"a line end or another control character in the fault {spec!r}")
    route, _, rest = spec.strip().partition(":")
    # A URL may hold an asterisk, so only digits after the last one are a count.
    rest, star, times = rest.rpartition("*") if rest.rpartition("*")[2].isdecimal() else (rest, "", "")
    kind, _, value = rest.partition("=")
    if route not in ROUTES:
        raise ValueError(f"no route {route!r} in the fault {spec!r}; choose from {', '.join(ROUTES)}")
    if kind not in KINDS:
        raise ValueError(f"no kind {kind!r} in the fault {spec!r}; choose from {describe_kinds()}")
    if star and int(times) < 1:
        raise ValueError(f"the fault {spec!r} would never strike; give *1 or more")
    if kind == "late" and route not in LATE_ROUTES:
        raise ValueError(f"nothing can be late on the route {route!r}; choose from {', '.join(LATE_ROUTES)}")
    check_value(spec, kind, value)
    return Fault(route, kind, value, int(times) if star else None)


def check_value(spec: str, kind: str, value: str) -> None:
    """Raise ValueError unless `value` is what this kind takes."""
    needed = KINDS[kind]
    if needed is None and value:
        raise ValueError(f"{kind} takes no value in the fault {spec!r}")
    if needed is not None and not value:
        raise ValueError(f"{kind} needs a value in the fault {spec!r}: {kind}={needed}")
    try:
        number = 0.0 if needed in (None, "URL") or kind == "error" else float(value)
    except ValueError:
        raise ValueError(f"{kind} needs a number in the fault {spec!r}: {kind}={needed}") from None
    if kind in ("status", "status-after") and number not in range(200, 600):
        raise ValueError(f"{kind} needs an HTTP status from 200 to 599 in the fault {spec!r}")
    if kind == "cut" and not number.is_integer():
        raise ValueError(f"cut needs a whole number of bytes in the fault {spec!r}")
    if needed == "SECONDS" and not 0 <= number <= 86400:
        raise ValueError(f"{kind} needs 0 to 86400 seconds in the fault {spec!r}")


def describe_kinds() -> str:
    """The kinds with the value each takes, for messages."""
    return ", ".join(kind if value is None else f"{kind}={value}" for kind, value in KINDS.items())
