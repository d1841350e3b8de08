import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[3]
QUESTION = "from sentistream import jars, lake; print(jars.ivy_file(), lake.create_statement(lake.SCORED, '/x'))"


def test_an_installed_wheel_carries_the_sql_and_ivy_xml(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    run = subprocess.run(
        [sys.executable, "-c", QUESTION],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(tmp_path / "site" / "sentistream" / "ivy.xml") in run.stdout
    assert "CREATE TABLE IF NOT EXISTS delta.`/x`" in run.stdout
