import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from sentistream.process.heartbeat import Heartbeat, check
from tests.support.small_disk import SmallDisk


def test_a_file_that_was_touched_lately_is_a_sign_of_work(tmp_path: Path) -> None:
    file = tmp_path / "heartbeat"
    assert check(file, 30) == f"No sign of work yet: {file} (HEARTBEAT_FILE) is not there."
    Heartbeat(str(file)).beat()
    assert check(file, 30) is None
    os.utime(file, (time.time() - 100, time.time() - 100))
    assert check(file, 30) == "No sign of work for 100 s (HEARTBEAT_SECONDS: 30)."


def test_it_touches_the_file_once_a_second_at_most(tmp_path: Path) -> None:
    file = tmp_path / "heartbeat"
    heartbeat = Heartbeat(str(file))
    heartbeat.beat()
    file.unlink()
    heartbeat.beat()
    assert not file.exists()


def test_a_disk_that_takes_none_is_said_once_and_ends_nothing(small_disk: SmallDisk) -> None:
    file = small_disk.folder / "heartbeat"
    with small_disk.read_only(), capture_logs() as logs:
        for heartbeat in [Heartbeat(str(file))] * 2:
            heartbeat._due = 0.0
            heartbeat.beat()
    assert [each["log_level"] for each in logs] == ["warning"]
    assert "is read-only" in logs[0]["reason"]
    assert check(file, 30) is not None


def test_without_a_file_nothing_happens() -> None:
    Heartbeat(None).beat()


@pytest.mark.parametrize(("age", "code"), [(0, 0), (20, 1)])
def test_the_health_check_needs_no_package(tmp_path: Path, age: int, code: int) -> None:
    file = tmp_path / "heartbeat"
    file.touch()
    os.utime(file, (time.time() - age, time.time() - age))
    run = subprocess.run(
        [sys.executable, "-S", "-m", "sentistream.heartbeat"],
        env={**os.environ, "HEARTBEAT_FILE": str(file), "HEARTBEAT_SECONDS": "10"},
        check=False,
        capture_output=True,
    )
    assert run.returncode == code
