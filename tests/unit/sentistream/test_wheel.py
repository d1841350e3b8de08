import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from sentistream.lake.tables import EVERY

ROOT = Path(__file__).parents[3]
QUESTION = """
from sentistream.lake import queries, tables
from sentistream.lake.lake import Lake
from sentistream.lake.schema import create
from sentistream.setup import jars
print(jars.ivy_file(), *(create.statement(Lake('/x'), table) for table in tables.EVERY), queries.statement("by_rule"))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel unpacked, as pip would do it."""
    tmp_path = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    return tmp_path / "site"


def test_an_installed_wheel_carries_the_sql_and_ivy_xml(site: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", QUESTION],
        cwd=tmp_path,
        env={"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(site / "sentistream" / "ivy.xml") in run.stdout
    assert run.stdout.count("CREATE TABLE IF NOT EXISTS delta.`/x/") == len(EVERY)
    assert "FROM sentiment_per_minute" in run.stdout


def test_an_installed_wheel_carries_the_reports_page_and_its_style(site: Path) -> None:
    assert {file.name for file in (site / "trainer" / "report").iterdir()} >= {"page.html.j2", "page.css"}


def test_an_installed_wheel_has_the_entry_point_and_shows_its_version(site: Path, tmp_path: Path) -> None:
    [metadata] = site.glob("sentistream-*.dist-info")
    assert "sentistream = sentistream.__main__:start" in (metadata / "entry_points.txt").read_text()
    shown = subprocess.run(
        [sys.executable, "-m", "sentistream", "--version"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert metadata.name == f"{shown.strip().replace(' ', '-')}.dist-info"
