"""What a command refuses, it refuses before anything is started."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sentistream.errors import UserError
from tests.support.places import ROOT
from trainer.__main__ import app

NO_REGISTRY = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}


@pytest.mark.parametrize("command", [["train"], ["evaluate"], ["promote", "3"]])
@pytest.mark.parametrize(
    ("name", "said"), [("missing.csv", "there is no such file"), ("empty.csv", "the file is empty")]
)
def test_a_file_without_rows_is_refused_before_the_registry_is_asked(
    command: list[str], name: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "empty.csv").touch()
    run = CliRunner().invoke(app, [*command, "--data", str(tmp_path / name)], env=NO_REGISTRY)
    assert isinstance(run.exception, UserError)
    assert f"{name}: {said}" in str(run.exception)


def asked_of_docker(tmp_path: Path, data: str) -> subprocess.CompletedProcess[str]:
    """`deploy/train.sh` with a `docker` that prints what it is asked."""
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir(exist_ok=True)
    docker.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    docker.chmod(0o755)
    environment = {"PATH": f"{docker.parent}:{os.environ['PATH']}", "DATA": data}
    return subprocess.run(
        [shutil.which("sh") or "sh", ROOT / "deploy" / "train.sh"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_containers_trainer_names_the_users_own_file(tmp_path: Path) -> None:
    (tmp_path / "my tweets.csv").write_text("text,label\n")
    asked = asked_of_docker(tmp_path, "my tweets.csv").stdout.splitlines()
    file = f"{tmp_path.resolve()}/my tweets.csv"
    assert asked[asked.index("--volume") + 1] == f"{file}:{file}:ro"
    assert asked[asked.index("--data") + 1] == file


def test_no_container_is_started_for_a_file_without_rows(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    for name, said in (("missing.csv", "there is no file missing.csv"), ("empty.csv", "empty.csv is empty")):
        asked = asked_of_docker(tmp_path, name)
        assert (asked.returncode, asked.stdout) == (2, "")
        assert said in asked.stderr
