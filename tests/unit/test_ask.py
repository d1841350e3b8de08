"""`deploy/ask.sh`: where an answer of the containers goes, with a Docker that answers at once."""

import os
import subprocess
from pathlib import Path

from tests.support.places import ROOT
from tests.support.small_disk import SmallDisk

DOCKER = """#!/bin/sh
case " $* " in *" build "*) exit 0 ;; esac
printf "%s" "$*" || exit 1
exit ${FAILS:-0}
"""


def export(file: Path, **environment: str) -> int:
    return run(file, file.parent / "bin", **environment).returncode


def run(file: Path, programs: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    docker = programs / "docker"
    docker.parent.mkdir(exist_ok=True)
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    found = f"{docker.parent}:{os.environ['PATH']}"
    asked = {"PATH": found, "FILE": str(file), "SQL": "SELECT 1", **environment}
    return subprocess.run(["sh", str(ROOT / "deploy" / "ask.sh")], env=asked, stderr=subprocess.PIPE, text=True)


def test_an_export_touches_no_other_file_and_keeps_link_and_mode(tmp_path: Path) -> None:
    file, beside, link = tmp_path / "A.CSV", tmp_path / "A.CSV.part", tmp_path / "link.csv"
    beside.write_text("the user's")
    assert export(file) == 0
    assert f"--saved-as {file} -- SELECT 1" in file.read_text()
    assert beside.read_text() == "the user's"
    umask = os.umask(0)
    os.umask(umask)
    assert file.stat().st_mode & 0o777 == 0o666 & ~umask
    file.write_text("before")
    file.chmod(0o600)
    link.symlink_to(file.name)
    assert export(link, FAILS="2") == 2
    assert file.read_text() == "before"
    assert export(link) == 0
    assert (link.is_symlink(), "SELECT 1" in file.read_text(), file.stat().st_mode & 0o777) == (True, True, 0o600)
    assert {each.name for each in tmp_path.iterdir()} == {"A.CSV", "A.CSV.part", "link.csv", "bin"}


def test_an_export_to_a_disk_that_takes_nothing_says_so_and_leaves_nothing(
    small_disk: SmallDisk, tmp_path: Path
) -> None:
    file = small_disk.folder / "answer.csv"
    small_disk.fill()
    full = run(file, tmp_path / "bin")
    assert full.returncode != 0
    assert f"error: FILE: the disk of {small_disk.folder} is full (0 KiB free)" in full.stderr
    small_disk.make_room()
    with small_disk.read_only():
        assert f"error: FILE: {small_disk.folder} takes no file" in run(file, tmp_path / "bin").stderr
    assert list(small_disk.folder.iterdir()) == []


def test_an_export_to_what_is_no_file_or_nowhere_says_so_before_anything_is_asked(tmp_path: Path) -> None:
    for file, words in {
        tmp_path: f"{tmp_path} is a folder: name a file in it.",
        tmp_path / "no" / "a.csv": f"there is no folder {tmp_path}/no: make it, or name another.",
    }.items():
        refused = run(file, tmp_path / "bin", FAILS="3")
        assert (refused.returncode, refused.stderr) == (2, f"error: FILE: {words}\n")
