"""The manual in Chinese: the same pages as in English, all of their words translated, and where `man` looks for them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cbrctl.cli.generated.roff import Roff

ROOT = Path(__file__).parents[2]
PAGES = sorted(page.name for page in (ROOT / "man").glob("*.[17]"))
IDEOGRAPH = re.compile("[㐀-鿿]")
ENGLISH = re.compile(r"(?:\b[a-z]{2,} ){2}[a-z]{2,}\b")
"""Three words in a row that were left."""
EXAMPLES = re.compile(r"^\.nf$.*?^\.fi$", re.M | re.S)


def read(name: str, language: str = "") -> str:
    folder = ROOT / "man" / language / f"man{name[-1]}" if language else ROOT / "man"
    return (folder / name).read_text("utf-8")


def skeleton(page: str) -> list[str]:
    """What is no language: requests but for their titles, what is explained, and the lines that are typed."""
    body = re.sub(r"^\.(S[HS]) .*", r".\1", page.partition("\n.SH ")[2], flags=re.M)
    return [*re.findall(r"^\..*|(?<=^\.TP\n).*", body, re.M), *EXAMPLES.findall(body)]


def titles(page: str) -> list[str]:
    return [title.strip('"') for title in re.findall(r"^\.S[HS] (.*)", page, re.M)]


def test_every_page_is_there_in_chinese() -> None:
    assert {page.name for page in (ROOT / "man/zh_CN").rglob("*.[17]")} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_the_same_in_chinese(name: str) -> None:
    english, chinese = read(name), read(name, "zh_CN")
    assert skeleton(chinese) == skeleton(english)
    told = [title for title in titles(chinese) if not re.fullmatch(r"cbrctl\.[a-z]+/v1", title)]
    assert [title for title in told if not IDEOGRAPH.search(title)] == []
    words = re.sub(r"^\..*$|\\fB.*?\\fR|\bcbrctl( [a-z]+)+", "", EXAMPLES.sub("", chinese), flags=re.M)
    assert ENGLISH.findall(words.replace(r"\-", "-")) == []
    assert r"\[u" not in chinese, "signs stand as themselves"


def test_a_line_may_end_between_any_two_signs_but_before_no_comma() -> None:
    chinese = {"a": "备份，见“退出码”。 cbrctl 的 --wait。"}
    roff = Roff(lambda text: chinese.get(text, text), wide=True)
    page = roff.page("x", 1, "9", "a", roff.section("b", roff.text("a"))).splitlines()
    assert " ".join(page[-2:]) == r"备\:份，\:见\:“退\:出\:码”。\:cbrctl 的 \fB\-\-wait\fR。"
    # without them where all pages are listed
    assert (
        " ".join(page[page.index(".SH NAME") + 1 : page.index(".SH b")]) == r"x \- 备份，见“退出码”。cbrctl 的 \-\-wait"
    )


@pytest.mark.real
@pytest.mark.parametrize("page", ["cbrctl", "cbrctl-backup", "cbrctl-exit-codes"])
def test_man_finds_the_pages_of_a_language(page: str, tmp_path: Path) -> None:
    if not (man := shutil.which("man")):
        pytest.skip("man is not installed")
    for path in (ROOT / "man").rglob("*.[17]"):  # as the wheel installs them
        language = "zh_CN" if path.parent.parent.name == "zh_CN" else ""
        folder = tmp_path / "share/man" / language / f"man{path.name[-1]}"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder)
    environ = {"PATH": "/usr/bin:/bin", "MANPATH": str(tmp_path / "share/man"), "MANWIDTH": "80", "LC_ALL": "C.UTF-8"}
    done = subprocess.run([man, "-L", "zh_CN", page], env=environ, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert IDEOGRAPH.search(done.stdout)
    assert done.stdout.splitlines()[0].startswith(page.upper())
