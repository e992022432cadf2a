"""What import-linter's contracts in pyproject.toml cannot say."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("bot", "commands", "listeners", "services", "storage")
TO_SETTINGS = {ROOT / "bot" / "settings.py", ROOT / "bot" / "demo.py"}
SETS_A_LIBRARY_UP = ROOT / "bot" / "__init__.py"
"""What numpy reads when it is first loaded, and is told nowhere else."""


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", modules("bot/playground"), ids=lambda path: path.name)
def test_playground_needs_only_the_standard_library_aiohttp_and_yaml(path: Path) -> None:
    allowed = {*sys.stdlib_module_names, "aiohttp", "yaml"}
    foreign = {
        name
        for name in imports(path)
        if name.partition(".")[0] not in allowed and not name.startswith("bot.playground")
    }
    assert foreign == set()


@pytest.mark.parametrize("path", modules("services/analytics"), ids=lambda path: path.name)
def test_analytics_imports_no_sibling_service(path: Path) -> None:
    siblings = {name for name in imports(path) if name.partition(".")[0] in PACKAGES}
    assert {name for name in siblings if not name.startswith("services.analytics")} == set()


def test_only_settings_and_the_demo_read_the_environment() -> None:
    readers = {
        path
        for package in PACKAGES
        for path in modules(package)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    }
    assert readers <= TO_SETTINGS | {SETS_A_LIBRARY_UP}


def test_imports_stand_at_the_top_of_a_module() -> None:
    """An import inside a function hides a cycle; those that save start-up time say so."""
    hidden = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for package in PACKAGES
        for path in modules(package)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(isinstance(part, ast.Import | ast.ImportFrom) for part in ast.walk(node))
        and "PLC0415" not in path.read_text(encoding="utf-8")
    }
    assert hidden == set()
