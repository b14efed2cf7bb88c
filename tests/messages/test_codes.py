"""The table of error codes, against lists written from service.md 7.2 to 7.5 and contract.md."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cbrctl import errors
from cbrctl.messages import codes

KINDS = {"busy", "capacity", "not-found", "auth", "throttled", "refused"}
NORMAL = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}\.[0-9]{4,8}")
COMMANDS = {"copy list", "task list", "vault list", "vault show"}
OPTIONS = {"--resource", "--vault", "--name", "--description", "--region", "--endpoint"}

# service, kind, codes that must have a text
WITH_TEXT = [
    ("BackupService", "busy", "0001 0002 1001 2002 2010 6125 6130 6134 6203 7200"),
    ("BackupService", "capacity", "6114 6142"),
    ("BackupService", "not-found", "6105 6200 6217 6302 6500 6501 7000 7100"),
    ("BackupService", "auth", "8600 9998"),
    ("BackupService", "refused", "6102 6112 6113 6124 6126 6135 6137 6215 6300 6301"),
    ("BackupService", "refused", "7001 7002 7003 7004 7007 7101 7102 7103 7104 7105 7106 7107 7108 7109 7111 7113"),
    ("BackupService", "refused", "8300 9900 9910"),
    ("APIGW", "auth", "0301 0302 0303 0304 0305 0306 0307 0310 0311 0401 0402 0404 0801 0802"),
    ("APIGW", "throttled", "0308"),
    ("APIGW", "refused", "0101 0103 0104 0105 0106 0201 0501 0502"),
    ("APIGW", "refused", "0601 0602 0605 0606 0607 0608 0609 0610 0611 0612 0613 0705"),
    ("IAM", "auth", "0001 0002 0003 0005 0006 0007 0011 0020 0061 0062 0063 0064 0066 0067 0080 0081 0082 0083"),
    ("IAM", "auth", "1061 1101 1102 1103 1104 1105 1106 1107 1108 1109"),
    ("IAM", "not-found", "0004"),
    ("IAM", "throttled", "0012"),
]

# "The rest, short", and codes that no document names
WITHOUT_TEXT = [
    ("BackupService", "not-found", "4001 6000 6402 6601 6705 7202"),
    ("BackupService", "refused", "1002 1003 1005 1006 1009 1011 1012"),
    ("BackupService", "refused", "2001 2003 2005 2006 2007 2008 2009 2011 2012 2013 2014 2015 4004 4005 4006 4007"),
    ("BackupService", "refused", "6001 6002 6003 6100 6101 6103 6104 6106 6107 6108 6109 6110 6111 6115 6116 6117"),
    (
        "BackupService",
        "refused",
        "6118 6119 6120 6121 6122 6123 6127 6128 6129 6131 6132 6133 6136 6138 6139 6140 6141",
    ),
    ("BackupService", "refused", "6201 6202 6204 6205 6206 6207 6208 6209 6210 6211 6212 6213 6214 6216 6220"),
    (
        "BackupService",
        "refused",
        "6400 6401 6403 6600 6700 6714 7006 7008 7009 7110 7112 7114 7115 7116 7117 7201 7203",
    ),
    ("BackupService", "refused", "7204 7300 7301 7302 7303 7403 7407 7410 8400 0000 5555 9999"),
    ("APIGW", "auth", "0309 0399 0403 0499 0800 0899"),
    ("APIGW", "refused", "0000 0107 0299 0503 0699 0700 9999"),
    ("IAM", "auth", "0000 0068 1062 9999"),
]


def rows(tables: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    return [(f"{service}.{number}", kind) for service, kind, numbers in tables for number in numbers.split()]


@pytest.mark.parametrize(("code", "kind"), rows(WITH_TEXT))
def test_code_with_text(code: str, kind: str) -> None:
    entry = codes.find(code)
    assert entry is not None
    assert entry.kind == kind
    assert codes.classify(code) == kind
    assert codes.normalise(code) == code


@pytest.mark.parametrize(("code", "kind"), rows(WITHOUT_TEXT))
def test_code_without_text(code: str, kind: str) -> None:
    assert codes.find(code) is None
    assert codes.classify(code) == kind
    assert codes.normalise(code) == code


def test_nothing_is_there_beyond_the_documents() -> None:
    # 0202 and 0203 are in the vendor's gateway manual only
    assert set(codes.read_codes()) - {code for code, _ in rows(WITH_TEXT)} == {"APIGW.0202", "APIGW.0203"}


def test_every_kind_of_a_code_has_a_row() -> None:
    """Without one a refusal would be a bug of ours, told after the request."""
    assert {code.kind for code in codes.read_codes().values()} <= set(errors.BY_KIND)


def test_no_code_stands_twice() -> None:
    for table in (codes._BACKUP_SERVICE, codes._GATEWAY, codes._IAM):
        heads = [line.split(":")[0] for line in table.strip().splitlines()[::2]]
        times = Counter(number for head in heads for number in head.split()[1:])
        assert set(times.values()) == {1}, times.most_common(3)
    assert not codes._MISSING & set(codes.read_codes())


@pytest.mark.parametrize("code", sorted(codes.read_codes()))
def test_text(code: str) -> None:
    kind, why, fix = codes.read_codes()[code]
    assert kind in KINDS
    for text, longest in ((why, 110), (fix, 140)):
        assert len(text) <= longest
        assert re.fullmatch(r"[A-Z][ -~]*[^ .]\.", text)
        assert ". " not in text, "one sentence"
        assert "  " not in text
        assert not set(text) & set("!?")
    assert set(re.findall(r"cbrctl ((?:doctor|[a-z]+ [a-z]+))", fix)) <= COMMANDS
    assert set(re.findall(r"--[a-z-]+", fix)) <= OPTIONS
    assert "cbrctl" not in why
    assert "--" not in why


@pytest.mark.parametrize(
    ("number", "kind"), [("6113", "refused"), ("1001", "busy"), ("6114", "capacity"), ("9900", "refused")]
)
def test_the_four_codes_of_the_api_page(number: str, kind: str) -> None:
    full = f"BackupService.{number}"
    for given_as in (number, int(number), full, f" {full}\n", full.lower()):
        assert codes.normalise(given_as) == full
    entry = codes.find(full)
    assert entry is not None
    assert entry.kind == kind


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("0001", "BackupService.0001"),
        ("0002", "BackupService.0002"),
        ("APIG.0308", "APIGW.0308"),
        ("APIGW.0308", "APIGW.0308"),
        ("apig.0308", "APIGW.0308"),
        ("IAM.0001", "IAM.0001"),
        ("Ecs.0219", "Ecs.0219"),
        ("CBC.30050008", "CBC.30050008"),
    ],
)
def test_normalise(code: object, expected: str) -> None:
    assert codes.normalise(code) == expected


NO_CODES: list[object] = [
    *(None, "", " ", ".", "401", "BackupService", "BackupService.", ".6114", "6114.", "BackupService.61", "61140"),
    *(
        "BackupService.6114.1",
        "BackupService 6114",
        "BackupService.6114\x00",
        "x\nBackupService.6114",
        "６１１４",
        "٦١١٤",
    ),
    *("-6114", "+6114", "6_114", "0x17e2", "6114.0", "1e4", "Unauthorized", "\ud800.6114", "BackupSérvice.6114"),
    *("a" * 33 + ".6114", "9" * 10_000, " " * 10_000 + "6114", "a" * 1_000_000),
    *(0, 1, 401, 404, 999, 10_000, -6114, 10**5000, -(10**5000), True, False),
    *(6114.0, 0.0, float("nan"), float("inf"), b"6114", ["6114"], [], {}, {"code": 6114}, ("6114",), object(), int),
]


@pytest.mark.parametrize("code", NO_CODES, ids=range(len(NO_CODES)))
def test_no_code(code: object) -> None:
    assert codes.normalise(code) is None


def likely() -> st.SearchStrategy[str]:
    part = st.sampled_from(["BackupService", "backupservice", "APIG", "APIGW", "IAM", "Ecs", "", "\n", "é"])
    number = st.text(st.sampled_from("0123456789٣.- "), max_size=10)
    return st.builds("".join, st.tuples(part, st.sampled_from([".", "", ".."]), number))


anything = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.integers(0, 11_000), st.floats(), st.binary(), likely()),
    st.text(st.characters(codec=None, categories=None)),
    st.from_regex(NORMAL, fullmatch=True),
    st.lists(st.text()),
    st.dictionaries(st.text(), st.integers()),
)


@given(anything)
@example("6" * 1_000_000)
@example(10**100_000)
def test_normalise_takes_anything(code: object) -> None:
    result = codes.normalise(code)
    if result is None:
        return
    assert NORMAL.fullmatch(result)
    assert codes.normalise(result) == result
    kind = codes.classify(result)
    assert (kind in KINDS) == result.startswith(("BackupService.", "APIGW.", "IAM."))
    entry = codes.find(result)
    assert entry is None or entry.kind == kind


def test_nothing_is_known_of_none_and_of_other_services() -> None:
    for code in (None, "Ecs.0219", "CBC.0150", "SERVICE.0001", ""):
        assert codes.classify(code) is None
        assert codes.find(code) is None


def test_imports_little() -> None:
    tree = ast.parse(Path(codes.__file__).read_text("utf-8"))
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {ast.unparse(node) for node in names} == {
        "import re",
        "from functools import cache",
        "from typing import NamedTuple",
    }
