"""What code and papers refer to is there: sections of the service's page, places of the contract, files, links."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAPERS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
SOURCES = sorted(path for folder in ("cbrctl", "tests") for path in (ROOT / folder).rglob("*.py"))
SERVICE = (ROOT / "docs" / "service.md").read_text("utf-8")
CONTRACT = " ".join((ROOT / "docs" / "contract.md").read_text("utf-8").lower().split())
SECTIONS = set(re.findall(r"^#{2,3} (\d+(?:\.\d+)?)", SERVICE, re.MULTILINE))
UNKNOWNS = {f"13.{number}" for number in re.findall(r"^(\d+)\. ", SERVICE.partition("\n## 13")[2], re.MULTILINE)}


def references(path: Path) -> Iterator[str]:
    """The sections of service.md that a file names."""
    text = " ".join(line.strip().lstrip("#").strip() for line in path.read_text("utf-8").splitlines())
    for numbers in re.findall(r"service\.md\)?`*:? (?:sections? )?((?:\d+(?:\.\d+)?(?:, | and | to )?)+)", text):
        yield from re.findall(r"\d+(?:\.\d+)?", numbers)


def test_there_is_something_to_follow() -> None:
    assert {"0", "7.3", "13"} <= SECTIONS
    assert sum(len(list(references(path))) for path in SOURCES) > 70


@pytest.mark.parametrize("path", [*SOURCES, *PAPERS], ids=lambda path: str(path.relative_to(ROOT)))
def test_references_lead_somewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    assert set(references(path)) - SECTIONS - UNKNOWNS == set()
    if path != Path(__file__):
        assert not re.search(r"\bapi\.md\b|\bcli\.md\b", text), "the papers have other names here"
        places = re.findall(r"\(contract, ([^):;]+)", " ".join(text.split()))
        assert [place for place in places if place.lower().partition(" and ")[0] not in CONTRACT] == []
    if path.suffix == ".md":
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
            assert (path.parent / target).exists(), target
        for name in re.findall(r"`((?:cbrctl|tests|docs)/[\w./-]+)`", text):
            assert (ROOT / name).exists(), name
