"""What README, CONTRIBUTING and the pages of docs/ name is there: links, headings, files, modules, commands, make's targets."""

import importlib.util
import re
from pathlib import Path

import pytest

from sentistream.__main__ import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
FOLDERS = {each.name for each in ROOT.iterdir() if each.is_dir() and not each.name.startswith(".")}
SOURCES = [each for folder in sorted(FOLDERS) for kind in ("*.py", "*.sql") for each in (ROOT / folder).rglob(kind)]
TARGETS = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
HISTORY = "CHANGELOG.md"
"""Names what is no longer there, too; only its links are held."""

LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`|^ {4}(.+)$", re.MULTILINE)
FILE = re.compile(r"(?<![\w./:-])([a-z_]+/(?:[\w.-]+/)*(?:[\w-]+\.(?:md|py|sh|sql|toml|txt|yml))?)(?![\w*<{…-])")
MODULE = re.compile(r"python -m ([a-z_][\w.]*\w)")
COMMAND = re.compile(r"(?:^|[ /|])sentistream (?!import )([a-z]+)", re.MULTILINE)
TARGET = re.compile(r"\bmake ([a-z][a-z0-9-]*)")
PAGE = re.compile(r"\bdocs/[\w-]+\.md\b")


def code_of(page: Path) -> str:
    """What stands between back-ticks or is indented by four, one piece a line."""
    return "\n".join(short or indented for short, indented in CODE.findall(page.read_text()))


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    titles = HEADING.findall(page.read_text())
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_kind_of_name_is_met() -> None:
    """Else a changed style would let the other tests hold nothing."""
    text = "\n".join(page.read_text() for page in PAGES)
    code = "\n".join(map(code_of, PAGES))
    assert all(kind.search(text) for kind in (LINK, HEADING, PAGE))
    assert all(kind.search(code) for kind in (FILE, MODULE, COMMAND, TARGET))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for link in LINK.findall(page.read_text()):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", [each for each in PAGES if each.name != HISTORY], ids=lambda page: page.name)
def test_files_modules_commands_and_targets_that_a_page_names_exist(page: Path) -> None:
    code = code_of(page)
    files = [each for each in FILE.findall(code) if each.split("/")[0] in FOLDERS]
    modules = [each for each in MODULE.findall(code) if each.split(".")[0] in FOLDERS]
    assert [each for each in files if not (ROOT / each).exists()] == []
    assert [each for each in modules if importlib.util.find_spec(each) is None] == []
    assert set(COMMAND.findall(code)) <= set(COMMANDS)
    assert set(TARGET.findall(code)) <= TARGETS


def test_the_workflow_calls_targets_that_exist() -> None:
    called = {
        target for each in (ROOT / ".github/workflows").glob("*.yml") for target in TARGET.findall(each.read_text())
    }
    assert {"check", "test-fast"} <= called <= TARGETS


def test_pages_that_the_code_names_exist() -> None:
    others = [ROOT / name for name in (".env.example", "docker-compose.yml", "Makefile", "pyproject.toml")]
    named = {page for each in (*SOURCES, *others) for page in PAGE.findall(each.read_text())}
    assert named, "no source names a page"
    assert [page for page in sorted(named) if not (ROOT / page).exists()] == []
