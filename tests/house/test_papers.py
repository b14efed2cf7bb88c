"""What code and papers refer to is there: sections of the service's page, places of the contract, files, links."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAPERS = [
    ROOT / "README.md",
    ROOT / "README.zh-CN.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    ROOT / "deploy" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
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


def test_references_lead_somewhere() -> None:
    found = {str(path.relative_to(ROOT)): list(lost_in(path)) for path in (*SOURCES, *PAPERS)}
    assert {name: lost for name, lost in found.items() if lost} == {}


def lost_in(path: Path) -> Iterator[str]:
    """What a file refers to that is not there."""
    text = path.read_text("utf-8")
    yield from set(references(path)) - SECTIONS - UNKNOWNS
    if path != Path(__file__):
        yield from re.findall(r"\bapi\.md\b|\bcli\.md\b", text)  # the papers have other names here
        places = re.findall(r"\(contract, ([^):;]+)", " ".join(text.split()))
        yield from (place for place in places if place.lower().partition(" and ")[0] not in CONTRACT)
    # code names test files in comments, and papers whatever there is
    named = r"\btests/[\w/]*\btest_\w+\.py" if path.suffix == ".py" else r"`((?:cbrctl|tests|docs)/[\w./-]+)`"
    yield from (name for name in re.findall(named, text) if not (ROOT / name).exists())
    if path.suffix == ".md":
        yield from (f"{page}#{place}" for page, place in links(path) if not leads_somewhere(path, page, place))


def links(path: Path) -> list[tuple[str, str]]:
    """The files that a paper links to, as it names them, and the place in each; no file is the paper itself."""
    return re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", path.read_text("utf-8"))


def leads_somewhere(path: Path, page: str, place: str) -> bool:
    target = path.parent / page if page else path
    return target.exists() and (not place or place in anchors(target))


def anchors(path: Path) -> set[str]:
    """The places of a paper that a link may name, as the forges make them of its headings."""
    headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_a_link_to_no_heading_is_lost(tmp_path: Path) -> None:
    paper = tmp_path / "paper.md"
    paper.write_text("# What `it` is\n[a](#what-it-is) [b](#what) [c](paper.md#what-it-is) [d](none.md) [e](.)\n")
    assert set(lost_in(paper)) == {"#what", "none.md#"}


def test_every_page_is_reached_from_the_readme() -> None:
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop().resolve()
        if page.suffix == ".md" and page not in reached:
            reached.add(page)
            ahead += [page.parent / name for name, _ in links(page) if name]
    assert set(PAPERS) - reached == {ROOT / "SECURITY.md"}, "its forge shows it"
