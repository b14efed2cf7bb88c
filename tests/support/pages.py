"""The pages for users, as they stand: the READMEs and those that they lead to."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text("utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text("utf-8")
NAMES = ("credentials", "guarantees", "practice-cloud")
PAGES = {name: (DOCS / f"{name}.md").read_text("utf-8") for name in NAMES}
CHINESE_PAGES = {name: (DOCS / f"{name}.zh-CN.md").read_text("utf-8") for name in NAMES}
DEPLOY = (ROOT / "deploy" / "README.md").read_text("utf-8")
PAIRS = {"README": (README, CHINESE), **{name: (PAGES[name], CHINESE_PAGES[name]) for name in NAMES}}
TONGUES = ("English", "Chinese")
TEXTS = {f"{name}, {tongue}": pair[at] for name, pair in PAIRS.items() for at, tongue in enumerate(TONGUES)}


def parts_of(text: str, heading: str) -> str:
    """The part of a page under a heading."""
    assert f"\n## {heading}\n" in text
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
