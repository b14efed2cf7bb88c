"""The calendar of `cbrctl report`: on terminals of any width, and as a page that asks nobody for anything."""

import os
import random
import re
import shutil
import stat
import subprocess
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.cells import cell_len

from cbrctl.api.models import Resource, Vault
from cbrctl.api.results import Mark
from cbrctl.backup.calendar import Line, State, count_days
from cbrctl.durations import write_stamp
from cbrctl.sandbox import Cloud
from cbrctl.sandbox.seed import VAULT_BE94
from cbrctl.screen.calendar_data import Picture
from cbrctl.screen.calendar_page import write_page
from tests.support import cbr
from tests.support.hostile import HOSTILE, assert_harmless, assert_inert, hostile_cloud
from tests.support.program import Run
from tests.support.protected import IDS, NOW, Service, copy_row, server_of, task_row, unreadable, vault_row
from tests.support.schemas import validate
from tests.support.scripted import Scripted

DAY = 86400.0
NOON = NOW // DAY * DAY + DAY / 2
PLAIN = ("--color", "never")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""


def begun(back: float) -> str:
    return write_stamp(NOON - back * DAY - 7200)


def a_copy(back: int, vault_id: str = IDS[0], took: float = 600, **changes: object) -> dict[str, object]:
    row = copy_row(vault_id, back, created_at=begun(back), updated_at=write_stamp(NOON - back * DAY - 7200 + took))
    return {**row, **changes}


@pytest.fixture
def service(scripted: Scripted) -> Service:
    """Two vaults of three resources: one is well, one has failed today, and one never had a copy."""
    server = server_of(IDS[1])
    first = vault_row(IDS[0], name="生产库-01", resources=[cbr.resource(server_of(IDS[0]), name="web")])
    pair = [
        cbr.resource(server, name="网站服务器-01"),
        cbr.resource(cbr.SERVER, name="a-name-of-a-length-that-no-column-has-room-for"),
    ]
    second = vault_row(IDS[1], resources=pair)
    copies = [a_copy(back, took=60 * back) for back in range(1, 40)]
    copies += [a_copy(back, IDS[1], resource_id=server, resource_size=10 * (40 - back)) for back in range(1, 9)]
    made = Service(scripted, *copies, vaults=[first, second], now=NOON)
    scripted.on(rf"{cbr.VAULTS}/{IDS[1]}", {"vault": second})
    made.tasks = [task_row(IDS[1], "failed", started_at=begun(0)), task_row(IDS[1], "failed", started_at=begun(3))]
    return made


WIDTHS = [30, *(pytest.param(columns, marks=pytest.mark.heavy) for columns in (40, 60, 80, 120)), 200]
ALL = ("report", "--all-vaults")


# on a terminal --------------------------------------------------------------------------------------------------------


def test_a_calendar_of_80_columns(service: Service, run_tty: Run) -> None:
    result = run_tty(*ALL, *PLAIN)
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0] == "2 of 3 resources need a look: 1 without a good copy, 1 failed since the newest"
    assert lines[1] == "good copy."
    assert lines[3].split() == [
        "RESOURCE",
        *[f"{begun(back)[5:10]}" for back in (27, 20, 13, 6)],
        "AGE",
        "SIZE",
        "TOOK",
    ]
    assert [line.strip() for line in lines if not line.startswith(("  ", "! "))][3:5] == ["vault-1", "生产库-01"]
    [never] = [line for line in lines if line.startswith("! a-name")]
    assert re.fullmatch(r"! a-name-of-\S*…\S*-room-for +·{30} +none", never)
    [failed] = [line for line in lines if "网站服务器-01" in line]
    assert re.fullmatch(r"! 网站服务器-01 +·{21}■{5}▲■{2}× +1d 2h +390 GiB +10m00s", failed)
    [well] = [line for line in lines if "web" in line]
    assert re.fullmatch(r"  web +■{29}· +1d 2h +40 GiB +1m00s", well)
    assert "■ good copy   ▲ good copy, and a backup that failed   × failed   ► running" in lines


def test_the_plots_of_a_vault(service: Service, run_tty: Run) -> None:
    lines = run_tty(*ALL, *PLAIN).out.splitlines()
    sizes, durations = ([line for line in lines if line.startswith(f"  {title}")] for title in ("size", "duration"))
    assert re.fullmatch(r"  size +▇{5}█{3} +390 GiB", sizes[0])
    assert re.fullmatch(r"  duration +█{8} +10m00s", durations[0])
    # of the longest of 29 minutes to a minute of yesterday
    assert re.fullmatch(r"  duration +█[▁▂▃▄▅▆▇█]{27}▁ +29m00s", durations[1])


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("language", ["en", pytest.param("zh_CN", marks=pytest.mark.heavy)])
def test_a_calendar_of_any_width(language: str, columns: int, service: Service, run_tty: Run) -> None:
    result = run_tty(*ALL, *PLAIN, "--lang", language, columns=columns)
    lines = result.out.splitlines()
    assert max(map(cell_len, lines)) <= columns, result.out
    shown = {len(found[0]) for line in lines if (found := re.search(r"[■▲×►·?]{4,}", line))}
    assert len(shown) == 1, "the days stand one above the other"
    whole = shown == {30}
    assert whole == (columns >= 80) or columns == 60
    if language == "en":
        assert ("days are shown" in " ".join(lines)) is not whole
        assert "AGE" in result.out
        assert ("TOOK" in result.out) == (columns >= 60)
    # the newest days are those that are kept
    assert [line for line in lines if re.search(r"■▲■■× ", line)]


def test_many_days_need_room(service: Service, run_tty: Run) -> None:
    assert "days are shown" in run_tty(*ALL, "--days", "90", *PLAIN).out.replace("\n", " ")
    assert "days are shown" not in run_tty(*ALL, "--days", "90", *PLAIN, columns=200).out


def test_meaning_is_never_by_colour_alone(service: Service, run_tty: Run) -> None:
    colored, plain = (run_tty(*ALL, "--color", color).out for color in ("always", "never"))
    assert "\x1b[32m■■■■■\x1b[0m\x1b[33m▲\x1b[0m\x1b[32m■■\x1b[0m\x1b[31m×\x1b[0m" in colored
    assert re.sub(r"\x1b\[\d+m", "", colored) == plain


def test_signs_that_the_encoding_lacks(service: Service, run_tty: Run) -> None:
    result = run_tty(*ALL, *PLAIN, env={"PYTHONIOENCODING": "ascii"})
    assert re.search(r"\.{21}#{5}%##x +1d 2h", result.out)
    assert "# good copy   % good copy, and a backup that failed   x failed   > running" in result.out
    assert re.search(r"  size +7{5}8{3} +390 GiB", result.out)
    assert not set(result.out) & set("■▲×►·▁█")


def test_what_is_not_known_is_not_called_empty(service: Service, run_tty: Run) -> None:
    service.own = unreadable
    result = run_tty(*ALL, *PLAIN)
    assert result.code == 7
    assert "error: The service's list is not whole" in result.err
    assert "·····" not in result.out
    found = re.search(r"! web +([?■]{30}) +\?", result.out)
    assert found
    assert found[1].count("■") <= 1
    assert "not known" in result.out.splitlines()[0]


def test_people_have_the_dates_of_their_own_clock(service: Service, run: Run, run_tty: Run) -> None:
    """A copy of ten in the evening in UTC is one of the next day in Shanghai, whose day has begun when it is noon there."""
    service.copies = [a_copy(2, created_at=write_stamp(NOON - 2 * DAY + 10 * 3600))]
    words = ("report", "--vault", IDS[0], "--days", "4")
    signs = [
        re.findall(r"[■·]{4}", run_tty(*words, *PLAIN, env={"TZ": zone}).out)[0] for zone in ("UTC", "Asia/Shanghai")
    ]
    assert signs == ["·■··", "··■·"]
    states = [[row["state"] for row in run(*words, env={"TZ": zone}).rows()] for zone in ("UTC", "Asia/Shanghai")]
    assert states == [["none", "good", "none", "none"]] * 2


def test_days_of_a_changed_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """In Berlin the 29th of March 2026 had 23 hours, and the 25th of October 25."""
    import time

    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        for noon, hours in ((datetime(2026, 3, 30, 12), 23), (datetime(2026, 10, 26, 12), 25)):
            days = count_days(noon.timestamp(), 3, utc=False)
            assert (days.begins[2] - days.begins[1]) / 3600 == hours
            assert [days.find(begin) for begin in days.begins] == [0, 1, 2]
            assert [days.find(begin - 1) for begin in days.begins] == [-1, 0, 1]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_hostile_names_on_a_terminal(cloud: Cloud, run_tty: Run) -> None:
    hostile_cloud(cloud)
    for columns in (40, 200):
        result = run_tty("report", "--vault", VAULT_BE94, *PLAIN, columns=columns)
        assert result.code == 0
        assert_harmless(result)


# the page -------------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """The elements, the attributes and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= set(attrs)
        if tag not in ("meta", "path"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "path":
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= set(attrs)

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "h1", "p", "strong", "ul", "li", "span", "small",
    "table", "thead", "tbody", "tr", "th", "td", "b", "i", "svg", "path",
}  # fmt: skip
"""None of which runs or fetches anything."""


def assert_closed(text: str) -> Page:
    """The page runs nothing, asks nobody, and is well-formed."""
    page = Page(text)
    assert page.open == []
    assert page.tags <= ELEMENTS
    assert {name for name, _ in page.attributes} <= {
        "lang", "charset", "http-equiv", "content", "name", "class", "colspan", "scope", "viewbox", "preserveaspectratio", "d",
    }  # fmt: skip
    assert not re.search(r"url\(|@import|//", text.partition("</style>")[0])
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes
    assert_inert(text)
    return page


def test_a_page(service: Service, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    result = run(*ALL, "--html", str(path), env={"TZ": "UTC"})
    assert (result.code, result.out, result.err) == (0, "", f"The page is in {path}.\n")
    page = assert_closed(path.read_text("utf-8"))
    assert f"Good copies from {begun(29)[:10]} to {begun(0)[:10]}" in page.text
    assert "2 of 3 resources need a look" in page.text
    assert ("lang", "en") in page.attributes
    text = " ".join(page.text.split())
    assert f"! 网站服务器-01{'·' * 21}■■■■■▲■■×1d 2h390 GiB10m00s≤ 390 GiB≤ 10m00s" in text
    assert "prefers-color-scheme:dark" in path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(os.listdir(tmp_path)) == {"home", "page.html"}


def test_a_page_beside_a_document(service: Service, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    result = run(*ALL, "--html", str(path), "-o", "json", env={"TZ": "Pacific/Kiritimati"})
    document = result.json()
    validate(document)
    assert document["last_day"] == begun(0)[:10]
    tomorrow = write_stamp(NOON + 14 * 3600)[:10]
    assert f"to {tomorrow}" in path.read_text("utf-8"), "people have the dates of their own clock"


def test_a_page_says_what_is_not_known(service: Service, run: Run, tmp_path: Path) -> None:
    service.own = unreadable
    path = tmp_path / "page.html"
    result = run(*ALL, "--html", str(path), "-qq")
    assert (result.code, result.out) == (7, "")
    page = assert_closed(path.read_text("utf-8"))
    assert "The service's list is not whole" in page.text
    assert "·····" not in page.text


def test_hostile_names_in_a_page(cloud: Cloud, run: Run, tmp_path: Path) -> None:
    hostile_cloud(cloud)
    evil = "</th><script>alert(1)</script><img src=x onerror=alert(1)>\" onmouseover='x' {}&amp;" + HOSTILE
    vault = cloud.vaults[VAULT_BE94]
    vault.name, vault.resources = evil, [replace(vault.resources[0], name=evil)]
    path = tmp_path / "page.html"
    assert run("report", "--vault", VAULT_BE94, "--html", str(path)).code == 0
    page = assert_closed(path.read_text("utf-8"))
    assert (
        page.text.count(
            "</th><script>alert(1)</script><img src=x onerror=alert(1)>\" onmouseover='x' {}&amp;a\\u{1b}[35"
        )
        == 2
    )


@pytest.mark.parametrize(
    ("language", "tag", "words"), [("en", "en", "2 of 3 resources"), ("zh_CN", "zh-CN", "3 个资源")]
)
def test_the_language_of_a_page(
    language: str, tag: str, words: str, service: Service, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    assert run(*ALL, "--html", str(path), "--lang", language).code == 0
    text = path.read_text("utf-8")
    assert f'<html lang="{tag}">' in text
    assert words in text


@pytest.mark.parametrize("place", ["no/page.html", "link", "folder", "pipe"])
def test_a_page_that_cannot_be_written(place: str, service: Service, run: Run, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("before")
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    before = sorted(os.listdir(tmp_path))
    result = run(*ALL, "--html", str(tmp_path / place), "-o", "json")
    assert (result.code, result.json()["schema"]) == (15, "cbrctl.error/v1")
    assert "The page was not written to" in result.err
    assert (target.read_text(), sorted(os.listdir(tmp_path))) == ("before", before)


def test_a_page_takes_the_place_of_the_last(service: Service, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("before")
    path.chmod(0o644)
    assert run(*ALL, "--html", str(path)).code == 0
    assert path.read_text("utf-8").startswith("<!doctype html>")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def make_picture(resources: int, days: int) -> Picture:
    """A picture of which nothing repeats: each day another size and duration, and one of ten failed."""
    chance = random.Random(7)
    made = count_days(NOON, days, utc=True)
    vault = Vault.from_json({"id": IDS[0], "name": "v" * 64})
    lines = []
    for number in range(resources):
        resource = Resource(f"id-{number}", f"server-{number:04}-{'n' * 50}", "OS::Nova::Server", 40, None, {})
        copies = [
            Mark(
                IDS[0],
                "available",
                IDS[0],
                resource.id,
                chance.randrange(10, 500),
                True,
                False,
                begin,
                begin + chance.random() * 9000,
            )
            for begin in made.begins
        ]
        states: list[State] = ["good" if chance.random() < 0.9 else "failed" for _ in copies]
        good = [copy if state == "good" else None for state, copy in zip(states, copies, strict=True)]
        lines.append(Line(vault, resource, states, good, copies[-1], 3600.0, None))
    return Picture(made, lines)


def test_a_page_of_a_thousand_resources_over_90_days_is_under_2_mib() -> None:
    assert len(write_page(make_picture(1000, 90), language="en").encode()) < 2 << 20


# in a browser ---------------------------------------------------------------------------------------------------------


def browse(tmp_path: Path, page: Path, *words: str) -> str:
    """Open a page in a browser that has no network, and return what it prints."""
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={tmp_path}/browser", "--window-size=1200,600", *words,
        page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, "TZ": "UTC"})
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.heavy
@pytest.mark.real
@pytest.mark.skipif(not CHROMIUM, reason="there is no chromium on this machine")
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_page_in_a_browser(language: str, service: Service, run: Run, tmp_path: Path) -> None:
    """It shows what it says, whole and in its place; a name is text there, and nothing of it runs."""
    evil = "<script>document.title='evil'</script>"
    service.vaults[0]["name"] = evil
    path = tmp_path / "page.html"
    assert run(*ALL, "--html", str(path), "--lang", language, env={"TZ": "UTC"}).code == 0
    shown = Page(browse(tmp_path, path, "--dump-dom"))
    assert {"en": "2 of 3 resources need a look", "zh_CN": "需要查看"}[language] in shown.text
    assert evil in shown.text
    assert "script" not in shown.tags
    assert "网站服务器-01" in shown.text
    assert f"{'·' * 21}■■■■■▲■■×" in " ".join(shown.text.split())
    pictures = []
    for scheme in ("light", "dark"):
        picture = tmp_path / f"{scheme}.png"
        browse(
            tmp_path, path, f"--screenshot={picture}", f"--blink-settings=preferredColorScheme={int(scheme == 'light')}"
        )
        pictures.append(picture.read_bytes())
    assert all(picture.startswith(b"\x89PNG") and len(picture) > 10_000 for picture in pictures)
    assert pictures[0] != pictures[1], "it is dark where the reader's screen is"
    printed = tmp_path / "page.pdf"
    browse(tmp_path, path, f"--print-to-pdf={printed}", "--no-pdf-header-footer")
    assert printed.read_bytes().startswith(b"%PDF")
