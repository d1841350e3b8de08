"""`make query`, `make export` and `make logs` where a Docker answers at once; what they would set up is never begun."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.places import ROOT

DOCKER = """#!/bin/sh
case "$*" in
    "compose config") echo "name: a-project" ;;
    "volume ls --quiet --filter label=com.docker.compose.project=a-project --filter label=com.docker.compose.volume=lake") echo "$VOLUME" ;;
    "compose logs"*) trap 'exit ${ENDS:-130}' INT; echo begun; while :; do sleep 0.05; done ;;
esac
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone that is not set up, and a Docker whose containers are down."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    return tmp_path


def make(clone: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
    env = {"PATH": f"{clone / 'bin'}:{os.environ['PATH']}", "PYTHON": "false", **environment}
    return subprocess.Popen(
        ["make", *words],
        cwd=clone,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize(("target", "words"), [("query", []), ("export", ["FILE=a.csv"])])
def test_while_the_containers_are_down_no_other_lake_is_asked(clone: Path, target: str, words: list[str]) -> None:
    asked = make(clone, target, "SQL=SELECT 1", *words, VOLUME="a-project_lake")
    printed, said = asked.communicate()
    assert asked.returncode == 2
    assert said.startswith(
        f"error: The containers are down, and their lake lies in the volume a-project_lake: `make up` starts them, `make {target}-here …` asks"
    )
    assert "bootstrap" not in printed + said
    # Where there is no such volume, this machine's lake is asked: here the set-up would begin.
    asked = make(clone, target, "SQL=SELECT 1", *words, VOLUME="")
    assert "containers are down" not in asked.communicate()[1]


@pytest.mark.parametrize(("ends", "said"), [("130", ""), ("1", "Error 1")])
def test_looking_at_the_logs_ends_by_ctrl_c_without_a_word(clone: Path, ends: str, said: str) -> None:
    looking = make(clone, "logs", ENDS=ends)
    assert looking.stdout is not None
    assert looking.stdout.readline() == "begun\n"
    os.killpg(looking.pid, signal.SIGINT)
    _, errors = looking.communicate()
    assert said in errors
    assert (errors == "") == (said == "")
