"""A practice CBR and IAM cloud over real HTTP on loopback.

Standard library only, and nothing of cbrctl outside this package: built from the client's own models, a wrong field
name would agree with itself. Bodies come from the documented examples instead.

Start with `DemoCloud`, or an empty `Cloud` (what the practice cloud holds) and `Server` (how it is reached)::

    cloud = DemoCloud()
    with Server(cloud) as server:
        print(server.url, server.variables())
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cbrctl.sandbox.cloud import Cloud as Cloud
    from cbrctl.sandbox.faults import Fault as Fault
    from cbrctl.sandbox.faults import Faults as Faults
    from cbrctl.sandbox.inventory import Resource as Resource
    from cbrctl.sandbox.inventory import Vault as Vault
    from cbrctl.sandbox.runs import Checkpoint as Checkpoint
    from cbrctl.sandbox.seed import DemoCloud as DemoCloud
    from cbrctl.sandbox.server import Server as Server

_HOMES = {
    "Cloud": "cloud",
    "DemoCloud": "seed",
    "Fault": "faults",
    "Faults": "faults",
    "Resource": "inventory",
    "Vault": "inventory",
    "Checkpoint": "runs",
    "Server": "server",
}

__all__ = ["Checkpoint", "Cloud", "DemoCloud", "Fault", "Faults", "Resource", "Server", "Vault"]


def __getattr__(name: str) -> Any:
    """Load a public name from its module when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
