"""Chinese: every text is translated, its places and commands stand in the translation, it fits, and nothing else changes."""

import re
import shlex
from pathlib import Path

import pytest

from cbrctl.cli.generated.translation import list_manual_texts, list_texts, read_po
from cbrctl.cli.tree import GROUPS, TREE, Leaf
from cbrctl.messages import language
from cbrctl.messages.codes import read_codes
from cbrctl.messages.explanations import read_explanations
from cbrctl.messages.language import LANGUAGES
from cbrctl.phrases import Phrase, join, list_names
from cbrctl.screen.wrapping import cells, fold, wrap
from tests.support import cbr
from tests.support.program import Run, clean_environ, run_in_pipe
from tests.support.scripted import Answer, Scripted
from tests.support.tongues import read_back

pytestmark = pytest.mark.english  # it speaks both languages by itself

CHINESE = {**read_po("zh_CN"), **read_po("zh_CN", "cbrctl-man")}
IDEOGRAPH = re.compile("[㐀-鿿]")
KEPT = re.compile(
    r"\{[^}]*\}|--[a-z][a-z-]+|CBRCTL_[A-Z_]+|\bcbr:[a-z:]+|`[^`]*`|\bhttps?://(?:[A-Za-z]+(?:\.[A-Za-z]+)*)?|\b[a-z]+\.(?:toml|yaml)\b"
)
"""What stands in a translation as it stands in the text: places, options, variables, permissions, commands."""
COMMAND = re.compile(
    r"\bcbrctl [a-z]+(?: (?:list|show|log[a-z]+|status|run|serve|set|unset|get|init|path|ops?|to|a|wait)\b)*"
)
SAME = {"chmod go-w {quoted}", "chmod go-r {quoted}", "cbrctl resume", "cbrctl auth login --profile {profile}"}
"""Lines for a shell, which are the same in each language."""
WORDS = re.compile(r"(?:\b[a-z]{2,} ){2}[a-z]{2,}\b")
"""English that was left: three words in a row that are no command."""


# the translation itself ---------------------------------------------------------------------------------------------------


def test_every_text_is_translated_and_no_other() -> None:
    texts = {**list_texts(), **list_manual_texts()}
    assert [text for text in texts if not CHINESE.get(text)] == []
    assert set(CHINESE) == set(texts)
    assert len(list_texts()) > 1200


def test_a_translation_keeps_what_is_not_language() -> None:
    wrong = {}
    for text, chinese in CHINESE.items():
        kept, found = sorted(KEPT.findall(text)), sorted(KEPT.findall(chinese))
        if kept != found:
            wrong[text] = chinese
    assert wrong == {}


def test_a_translation_names_the_same_commands() -> None:
    def named(text: str) -> set[str]:
        return set(re.findall(r"\bcbrctl ([a-z]+)", text)) & set(TREE)

    assert {text: chinese for text, chinese in CHINESE.items() if named(text) != named(chinese)} == {}


def test_a_translation_is_chinese() -> None:
    plain = {text for text, chinese in CHINESE.items() if not IDEOGRAPH.search(chinese)}
    assert {text for text in plain if re.search("[a-z] [a-z]", text)} == SAME
    left = {chinese for text, chinese in CHINESE.items() if text not in SAME and WORDS.search(COMMAND.sub("", chinese))}
    assert left == set()


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("vault", "存储库"),
        ("checkpoint", "还原点"),
        ("recovery cop", "备份副本"),
        ("agency", "委托"),
        ("region", "区域"),
    ],
)
def test_the_words_are_those_of_the_console(english: str, chinese: str) -> None:
    texts = [(text, told) for text, told in CHINESE.items() if re.search(rf"(?<![\w{{-]){english}", text)]
    assert len(texts) > 1
    # a text may speak of it without naming it, as a sentence behind another one does
    assert sum(chinese in told for _, told in texts) > len(texts) * 0.7
    assert not any(re.search("保管库|检查点|仓库", told) for told in CHINESE.values())


# choosing it ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "env", "chosen"),
    [
        ("--lang zh_CN", {"CBRCTL_LANG": "en", "LC_ALL": "C"}, "zh"),
        ("--lang=zh_CN", {}, "zh"),
        ("--lang en", {"CBRCTL_LANG": "zh_CN"}, "en"),
        ("", {"CBRCTL_LANG": "zh_CN", "LC_ALL": "en_US.UTF-8"}, "zh"),
        ("", {"CBRCTL_LANG": "en", "LC_ALL": "zh_CN.UTF-8"}, "en"),
        ("", {"CBRCTL_LANG": "", "LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "zh"),
        ("", {"LC_MESSAGES": "zh_CN.UTF-8", "LANG": "C"}, "zh"),
        ("", {"LC_ALL": "C", "LC_MESSAGES": "zh_CN.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ("", {"LANG": "zh_CN.UTF-8"}, "zh"),
        ("", {"LANG": "C.UTF-8"}, "en"),
    ],
)
def test_the_language_is_chosen(line: str, env: dict[str, str], chosen: str) -> None:
    found = language.find_language(line.split(), env)
    assert found.startswith(chosen)
    flag = line.replace("=", " ").partition(" ")[2]
    assert language.choose_language(flag or None, env) == found


@pytest.mark.parametrize(
    "line", ["bakup --lang zh_CN", "--lang zh_CN vault", "backup --lang zh_CN --nonsense", "vault show --lang=zh_CN"]
)
def test_a_line_that_is_wrong_is_told_in_the_language_that_it_names(line: str, run: Run) -> None:
    result = run(*line.split())
    assert result.code == 2
    assert IDEOGRAPH.search(result.err)
    assert not WORDS.search(COMMAND.sub("", result.err))


def test_english_loads_no_translation(monkeypatch: pytest.MonkeyPatch) -> None:
    import gettext

    monkeypatch.setattr(gettext, "translation", lambda *args, **more: pytest.fail("it is read for nothing"))
    language.use_language("en")
    text = "Run it again."
    assert language.tr(text) is text


# what changes and what does not -------------------------------------------------------------------------------------------


def leaves() -> list[str]:
    found = ["", *GROUPS]
    for name, entry in TREE.items():
        found += [name] if isinstance(entry, Leaf) else [f"{name} {inner}".strip() for inner in entry]
    return found


@pytest.mark.parametrize(
    "path", [pytest.param(path, marks=[] if n % 4 == 0 else pytest.mark.heavy) for n, path in enumerate(leaves())]
)
def test_help_is_chinese_and_fits(path: str, run: Run) -> None:
    result = run(*path.split(), "--help", "--lang", "zh_CN")
    assert result == run(*path.split(), "--help", env={"CBRCTL_LANG": "zh_CN"})
    assert (result.code, result.err) == (0, "")
    assert [line for line in result.out.splitlines() if cells(line) > 80] == []
    assert len(result.out.splitlines()) <= 80
    words = [line for line in result.out.splitlines() if WORDS.search(COMMAND.sub("", line)) and "#" not in line]
    assert words == []
    english = run(*path.split(), "--help", "--lang", "en").out
    assert set(re.findall(r"--[a-z-]+", result.out)) == set(re.findall(r"--[a-z-]+", english))


def test_an_explanation_fits() -> None:
    try:
        language.use_language("zh_CN")
        for entry in read_explanations().values():
            for text in entry.told(language.tr)[3:]:
                assert not text or IDEOGRAPH.search(text) or text.startswith("chmod"), entry
                assert all(cells(line) <= 80 for line in wrap(text, 80)), text
    finally:
        language.use_language("en")


BUSY = Answer(400, {"error_code": "BackupService.1001", "error_msg": "busy"})
FULL = Answer(400, {"error_code": "BackupService.6114", "error_msg": "full"})
LINES = [
    "backup",
    "backup --vault ''",
    "backup --vault x --full --incremental",
    "backup --vault x --timeout 5x",
    "backup --incremntal",
    "backup --vault x --limit",
    "backup --vault x extra",
    "history shw",
    "history show",
    "copy list --limit 0",
    "copy list --limit x",
    "copy list --since yesterday",
    "vault show",
    "wait vault-be94",
    "resume nonsense",
    "explain 6115",
    "schema nonsense",
    "completion tcsh",
    "sandbox run",
    "sandbox run -- /nowhere/at-all",
    "config path extra more",
    "vault show a b",
    "copy show no-id",
    "task show no-id",
    "sandbox serve --fault foo:x",
    "sandbox serve --fault create:x",
    "sandbox serve --fault create:html*0",
    "sandbox serve --fault vault:late=1",
    "sandbox serve --fault create:html=1",
    "sandbox serve --fault create:delay",
    "sandbox serve --fault create:delay=x",
    "sandbox serve --fault create:delay=-1",
    "sandbox serve --fault create:status=9",
    "sandbox serve --fault create:cut=1.5",
    "sandbox serve --fault 'create:html\t'",
    "vault lst",
    "--region x vault list",
    "vaults",
    "backup vault-be94",
    "backup --vault x --name a.b",
    "backup --vault x --retention-days 0",
    "backup --vault x --tag y",
    "backup --token canary",
    "config get regio",
    "config set region eu_de",
    "config set proxy socks5://a",
    "config set password x",
    "auth login",
    "config list --profile nobody",
    "backup --vault x --endpoint http://cbr.example.com",
    "config unset region",
    "config path extra",
    "auth logout --profile a/b",
    "backup --vault -",
    "vault list -o id --color sometimes",
    "backup --vault x --run-key ' a'",
]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.sampled(4)
def test_a_mistake_is_told_the_same_in_both(line: str, tmp_path: Path) -> None:
    """Word for word, values included: the Chinese is read back by the translation itself."""
    home = tmp_path / "home"
    home.mkdir()
    told = {lang: run_in_pipe(shlex.split(line), clean_environ(home, {"CBRCTL_LANG": lang})) for lang in LANGUAGES}
    assert told["zh_CN"].code == told["en"].code != 0
    assert told["zh_CN"].out == told["en"].out
    assert IDEOGRAPH.search(told["zh_CN"].err)
    assert read_back(told["zh_CN"].err) == told["en"].err


@pytest.mark.parametrize("output", ["json", "jsonl", "id", "table"])
@pytest.mark.parametrize(
    ("answer", "code"), [(cbr.posted(), 0), (BUSY, 11), (FULL, 13)], ids=["accepted", "busy", "full"]
)
@pytest.mark.sampled(4)
def test_a_program_reads_the_same_in_both(
    output: str, answer: Answer, code: int, scripted: Scripted, environ: dict[str, str], tmp_path: Path
) -> None:
    scripted.on(cbr.POST, answer)
    told = {}
    for lang in LANGUAGES:
        state = {"CBRCTL_STATE_DIR": str(tmp_path / lang), "CBRCTL_LANG": lang}
        words = ("backup", "--vault", cbr.VAULT, "--no-wait", "--no-marker", "--name", "n", "-o", output)
        told[lang] = run_in_pipe(words, {**environ, **state})
    assert told["en"].code == told["zh_CN"].code == code
    of_the_moment = r"\d{4}-\d\d-\d\dT[\d:.]+Z|\b[0-9A-Z]{26}\b"
    same = [re.sub(of_the_moment, "", result.out) for result in told.values()]
    assert same[0] == same[1]
    assert not IDEOGRAPH.search(told["zh_CN"].out)
    assert IDEOGRAPH.search(told["zh_CN"].err)


def test_a_whole_backup_in_chinese(run_tty: Run) -> None:
    for vault, code in (("vault-be94", 0), ("vault-skip", 3), ("vault-full", 13)):
        result = run_tty("backup", "--sandbox", "--vault", vault, "--color", "never", "--lang", "zh_CN")
        assert result.code == code
        shown = result.out + result.err.replace("\r", "\n")
        assert not WORDS.search(COMMAND.sub("", re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", shown))), shown
        assert [line for line in result.out.splitlines() if cells(line) > 80] == []
    assert "存储库容量不足" in result.err


def test_doctor_and_lists_in_chinese(run_tty: Run) -> None:
    for line in (
        "doctor --sandbox",
        "auth status --sandbox --check",
        "vault show vault-be94 --sandbox",
        "config list",
        "check --sandbox --all-vaults",
    ):
        result = run_tty(*line.split(), "--color", "never", "--lang", "zh_CN")
        assert IDEOGRAPH.search(result.out + result.err), line
        assert not WORDS.search(COMMAND.sub("", result.out + result.err)), result


# phrases and lines ------------------------------------------------------------------------------------------------------


def test_a_phrase_is_english_that_can_be_told_otherwise() -> None:
    inner = Phrase("profile {name}", name="p{x}")
    outer = Phrase("{key} of {origin}", key="region", origin=inner)
    assert outer == "region of profile p{x}"
    assert str(ValueError(outer)) == outer
    assert isinstance(str(ValueError(outer)), Phrase)
    assert outer.told(lambda text: CHINESE.get(text, text)) == "配置档 p{x} 的 region"
    assert join(["a", "", None, Phrase("password")], ", ").told(lambda text: CHINESE.get(text, text)) == "a，密码"  # type: ignore[attr-defined]
    assert Phrase("{no} place") == "{no} place"


def test_names_and_sentences_are_joined_as_each_language_does() -> None:
    names = list_names(["a{", "", "b", "c"])
    assert names == "a{, b, c"
    assert names.told(lambda text: CHINESE.get(text, text)) == "a{、b、c"  # type: ignore[attr-defined]
    assert (list_names([]), list_names(["a"])) == ("", "a")
    parts = ("It cannot be used.", "", "a library's reason", "Use another.")
    assert language.join_sentences(parts) == "It cannot be used. a library's reason. Use another."
    try:
        language.use_language("zh_CN")
        assert language.join_sentences(("不可用。", "a reason", "请更换。")) == "不可用。a reason. 请更换。"
    finally:
        language.use_language("en")


def test_lines_are_broken_by_cells() -> None:
    text = "请用 cbrctl vault show 查看存储库保护的资源（包括云服务器），并更正 --resource 或 --vault，或将资源绑定到该存储库。"
    lines = wrap(text, 30, "  ")
    assert max(map(cells, lines)) <= 32, "punctuation may hang"
    assert "".join(line.strip() for line in lines).replace(" ", "") == text.replace(" ", "")
    assert not any(line.lstrip()[0] in "，。）" for line in lines)
    assert all(line.startswith("  ") for line in lines[1:])
    assert wrap("abc " * 3, 8, "  ") == ["abc abc", "  abc"]
    assert wrap("", 10) == []


@pytest.mark.parametrize("width", [16, 20, 36, 37])
def test_no_line_of_a_cell_begins_with_what_closes(width: int) -> None:
    """Each text of the codes, as it stands in the columns of a table."""
    chinese = read_po("zh_CN")
    for code in read_codes().values():
        lines = fold(chinese[code.fix], width)
        assert not [line for line in lines if line[:1] in set("，。、：；？！）")], lines
        assert all(cells(line) <= width for line in lines)
        assert "".join(lines).replace(" ", "") == chinese[code.fix].replace(" ", "")
