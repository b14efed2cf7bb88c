"""The messages: each stands once, each is used, and whatever is raised has one."""

import ast
import re
from pathlib import Path

from cbrctl.catalogue import MESSAGES, access, outcomes, requests

ROOT = Path(__file__).parent.parent / "cbrctl"
SOURCES = [p for p in ROOT.rglob("*.py") if not {"catalogue", "sandbox", "generated"} & set(p.relative_to(ROOT).parts)]
MADE = ("service-",)
"""What keys of a service's refusals begin with, which are put together from its kind."""


def words() -> set[str]:
    """Every text that stands in the sources."""
    nodes = (node for path in SOURCES for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def raised() -> set[str]:
    """The key of each error and each warning that the sources make."""
    classes = "(?<!Value)Error|Unknown|Unreachable|NotFound|Busy|Refused|LocalState|Partial|Failed|Pending|warn"
    pattern = re.compile(rf"(?:{classes})\(\s*\"([a-z-]+)\"")
    return {key for path in SOURCES for key in pattern.findall(path.read_text("utf-8"))}


def test_a_message_stands_once() -> None:
    parts = [access.MESSAGES, outcomes.MESSAGES, requests.MESSAGES]
    assert sum(map(len, parts)) == len(MESSAGES)


def test_every_message_is_used() -> None:
    assert {key for key in MESSAGES if not key.startswith(MADE)} - words() == set()


def test_what_is_raised_has_a_message() -> None:
    assert raised() - set(MESSAGES) == set()
    assert len(raised()) > 60, "the pattern sees them"
