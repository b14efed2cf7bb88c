"""What every entry of the catalogue is."""

from typing import NamedTuple


class Message(NamedTuple):
    """What happened, why, and what to do about it; the last two may be empty."""

    what: str
    why: str = ""
    fix: str = ""


LIST = "cbrctl vault list shows them."
TRY_AGAIN = "Run it again; check the network and the region if it stays so."
