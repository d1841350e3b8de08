"""What a reader of the tree can rely on; import-linter holds the layers."""

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("sentistream", "producer", "stream_processor", "trainer", "web_service", "demo")
MODULES = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]


def imports(file: Path) -> Iterator[ast.ImportFrom]:
    return (node for node in ast.walk(ast.parse(file.read_bytes())) if isinstance(node, ast.ImportFrom))


def test_no_folder_holds_more_than_sixteen_modules() -> None:
    folders = Counter(str(file.parent.relative_to(ROOT)) for file in MODULES if file.name != "__init__.py")
    assert {folder: number for folder, number in folders.items() if number > 16} == {}


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no clone: what is of the repository is not known")
def test_no_file_of_the_repository_is_over_a_megabyte() -> None:
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    files = [ROOT / name.decode() for name in listed.split(b"\0") if name]
    assert ROOT / "README.md" in files
    assert [str(file.relative_to(ROOT)) for file in files if file.exists() and file.stat().st_size > 1_000_000] == []


def test_no_module_imports_a_private_name_of_another() -> None:
    private = [
        f"{file.relative_to(ROOT)}: {node.module}.{name.name}"
        for file in MODULES
        for node in imports(file)
        for name in node.names
        if name.name.startswith("_") and not name.name.startswith("__") and str(node.module).startswith(PACKAGES)
    ]
    assert private == []


def test_no_test_imports_from_another_or_from_a_conftest() -> None:
    borrowed = [
        f"{file.relative_to(ROOT)}: {node.module}"
        for file in sorted((ROOT / "tests").rglob("*.py"))
        for node in imports(file)
        if str(node.module).startswith("tests") and not str(node.module).startswith(("tests.support", "tests.chaos"))
        for name in node.names
        if (node.module, name.name) != ("tests", "support")
    ]
    assert borrowed == []


def test_one_module_makes_the_consoles_that_foreign_text_is_shown_on() -> None:
    makers = [str(file.relative_to(ROOT)) for file in MODULES if re.search(r"\bConsole\(", file.read_text())]
    assert makers == []


def test_every_page_makes_foreign_text_visible() -> None:
    pages = [file for file in MODULES if "Environment(" in file.read_text()]
    assert pages
    assert [file for file in pages if "finalize=on_page" not in file.read_text()] == []
