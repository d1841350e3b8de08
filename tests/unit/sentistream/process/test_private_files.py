import os
import stat
import subprocess
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from sentistream.options import with_settings
from sentistream.process import private_files
from sentistream.settings import ServiceSettings


def keep(_: ServiceSettings) -> None:
    Path("of ours").mkdir()
    subprocess.run(["touch", "of ours/by a child"], check=True)


@pytest.mark.parametrize(("private", "modes"), [(True, [0o700, 0o600]), (False, [0o755, 0o644])])
def test_what_a_program_and_its_children_keep_is_its_users_alone(
    private: bool, modes: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.umask(0o022)
    app = typer.Typer()
    app.command()(with_settings(ServiceSettings, private=private)(keep))
    assert CliRunner().invoke(app).exit_code == 0
    made = (tmp_path / "of ours", tmp_path / "of ours" / "by a child")
    assert [stat.S_IMODE(each.stat().st_mode) for each in made] == modes


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
