"""`deploy/ask.sh`: where an answer of the containers goes, with a Docker that answers at once."""

import os
import subprocess
from pathlib import Path

from tests.support.places import ROOT

DOCKER = """#!/bin/sh
case " $* " in *" build "*) exit 0 ;; esac
printf "%s" "$*"
exit ${FAILS:-0}
"""


def export(file: Path, **environment: str) -> int:
    docker = file.parent / "bin" / "docker"
    docker.parent.mkdir(exist_ok=True)
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    found = f"{docker.parent}:{os.environ['PATH']}"
    asked = {"PATH": found, "FILE": str(file), "SQL": "SELECT 1", **environment}
    return subprocess.run(["sh", str(ROOT / "deploy" / "ask.sh")], env=asked).returncode


def test_an_export_touches_no_other_file_and_keeps_link_and_mode(tmp_path: Path) -> None:
    file, beside, link = tmp_path / "A.CSV", tmp_path / "A.CSV.part", tmp_path / "link.csv"
    beside.write_text("the user's")
    assert export(file) == 0
    assert "--format csv -- SELECT 1" in file.read_text()
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
