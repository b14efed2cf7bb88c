"""Imports run one way, the practice cloud stands alone, and only the screen writes to the streams."""

import ast
import re
from pathlib import Path

import grimp
import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[2]
TEXTS = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in sorted((ROOT / "cbrctl").rglob("*.py"))}
TREES = {name: ast.parse(text) for name, text in TEXTS.items()}


def test_import_contracts_hold(capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), is_debug_mode=False, show_timings=False)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_the_practice_cloud_shares_no_code_with_the_client() -> None:
    graph = grimp.build_graph("cbrctl", include_external_packages=True, cache_dir=None)
    inside = {m for m in graph.modules if m.startswith("cbrctl.sandbox")}
    assert inside
    imported = {target for module in inside for target in graph.find_modules_directly_imported_by(module)}
    assert {m for m in imported - inside if m.startswith("cbrctl")} == set()
    assert imported & {"requests", "typer", "rich", "urllib3"} == set()


def test_only_the_screen_writes_to_the_streams() -> None:
    allowed = ("cbrctl/screen/", "cbrctl/cli/generated/", "cbrctl/__main__.py", "cbrctl/cli/tree.py")
    used = {
        (name, word)
        for name, tree in TREES.items()
        for n in ast.walk(tree)
        if not name.startswith(allowed)
        and (word := n.attr if isinstance(n, ast.Attribute) else n.id if isinstance(n, ast.Name) else "")
        in ("stdout", "stderr", "print")
    }
    assert used == set()


def test_a_module_is_short_enough_to_read() -> None:
    assert {name: lines for name, text in TEXTS.items() if (lines := text.count("\n")) > 300} == {}
    functions = [(name, n) for name, tree in TREES.items() for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    # the options of `backup` are its signature; they are data
    bodies = {(name, f.name): (f.body[-1].end_lineno or 0) - f.body[0].lineno + 1 for name, f in functions}
    assert {name: lines for name, lines in bodies.items() if lines > 70} == {}


def test_no_test_needs_another() -> None:
    """What tests share stands in tests/support, and what stands there needs no test."""
    tests = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in (ROOT / "tests").rglob("*.py")}
    imported = {(name, target) for name, path in tests.items() for target in imports_of(path)}
    assert ("tests.house.test_startup", "tests.support.loaded") in imported
    wrong = {(name, target) for name, target in imported if target.rpartition(".")[2].startswith(("test_", "conftest"))}
    assert wrong == set()


def imports_of(path: Path) -> set[str]:
    """The modules of `tests` that a file imports, wherever in it, and the names that it takes from them."""
    text = path.read_text("utf-8")
    named = set(re.findall(r"^\s*import (tests\.[\w.]+)", text, re.MULTILINE))
    for module, names in re.findall(r"^\s*from (tests[\w.]*) import (\([^)]*\)|.*)", text, re.MULTILINE):
        named |= {module, *(f"{module}.{name}" for name in re.findall(r"\w+", names))}
    return named
