"""Imports run one way, the practice cloud stands alone, and only the screen writes to the streams."""

import ast
from pathlib import Path

import grimp
import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "cbrctl").rglob("*.py"))


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


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_screen_writes_to_the_streams(path: Path) -> None:
    allowed = {"cbrctl/__main__.py", "cbrctl/cli/tree.py"}
    name = str(path.relative_to(ROOT))
    if name.startswith(("cbrctl/screen/", "cbrctl/cli/generated/")) or name in allowed:
        return
    tree = ast.parse(path.read_text("utf-8"))
    used = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)} | {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name)
    }
    assert used & {"stdout", "stderr", "print"} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_is_short_enough_to_read(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= 300
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)]
    # the options of `backup` are its signature; they are data
    bodies = {f.name: (f.body[-1].end_lineno or 0) - f.body[0].lineno + 1 for f in functions}
    assert {name: lines for name, lines in bodies.items() if lines > 70} == {}
