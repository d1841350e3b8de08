import os
import stat
import subprocess
import sys
from pathlib import Path

from sentistream.process import private_files
from tests.support.places import ROOT

KEEPS = """
import subprocess, sys
from pathlib import Path
import typer
from sentistream.options import with_settings
from sentistream.settings import ServiceSettings

def keep(settings: ServiceSettings) -> None:
    Path("of ours").mkdir()
    subprocess.run(["touch", "of ours/by a child"], check=True)

app = typer.Typer()
app.command()(with_settings(ServiceSettings, private=sys.argv.pop() == "private")(keep))
app()
"""


def modes(folder: Path) -> list[int]:
    return [stat.S_IMODE((folder / name).stat().st_mode) for name in ("of ours", "of ours/by a child")]


def test_what_a_program_and_its_children_keep_is_its_users_alone(tmp_path: Path) -> None:
    for kind, made in (("private", [0o700, 0o600]), ("public", [0o755, 0o644])):
        folder = tmp_path / kind
        folder.mkdir()
        # Of this checkout, wherever it runs.
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", KEEPS, kind], cwd=folder, env=environment, umask=0o022, check=True)
        assert modes(folder) == made


def test_a_folder_of_the_version_before_is_closed_and_its_content_stays(tmp_path: Path) -> None:
    local = tmp_path / ".local"
    local.mkdir(mode=0o755)
    (local / "lake").mkdir()
    private_files.close(local)
    assert stat.S_IMODE(local.stat().st_mode) == 0o700
    assert (local / "lake").is_dir()


def test_what_is_no_folder_of_ours_stays_as_it_is(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    mode = stat.S_IMODE(elsewhere.stat().st_mode)
    link = tmp_path / ".local"
    private_files.close(link)
    link.symlink_to(elsewhere)
    private_files.close(link)
    assert stat.S_IMODE(elsewhere.stat().st_mode) == mode
