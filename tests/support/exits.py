"""The tables of exit codes and outcomes, read from docs/contract.md: the one copy that tests hold the program against."""

import re
from pathlib import Path

CONTRACT = (Path(__file__).parents[2] / "docs" / "contract.md").read_text("utf-8")


def _numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def _section(heading: str) -> str:
    return CONTRACT.partition(f"\n{heading}")[2].partition("\n## ")[0]


SIGNALS = (129, 130, 143)
KIND_OF_CODE: dict[int, str] = {
    code: name
    for codes, name in re.findall(r"^\| ([\d, ]+) \| ([a-z-]+) \|", _section("## Exit codes"), re.MULTILINE)
    for code in _numbers(codes)
    if code
}
"""The name of each exit code but 0."""
CODES_OF_OUTCOME: dict[str, set[int]] = {
    outcome: set(_numbers(codes))
    for outcome, codes in re.findall(r"^\| `(\w+)` \| ([\d, or]+) \|", _section("## The result document"), re.MULTILINE)
}
"""The exit codes that each outcome of a backup may have, as the contract lists them."""
CODES: dict[str, set[int]] = {
    outcome: codes | {"pending": {1, 15}, "unknown": {1}}.get(outcome, set())
    for outcome, codes in CODES_OF_OUTCOME.items()
}
"""With those of what breaks on this machine, or by a bug, after the request had left."""
MILDEST_FIRST = tuple(_numbers(re.findall(r"mildest first: ([\d, ]+)", CONTRACT)[0]))
"""A code that is not among them is worse than all."""
