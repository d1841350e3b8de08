import subprocess
import sys
from pathlib import Path

import pytest

from sentistream.setup import preflight
from sentistream.setup.preflight import PreflightError

ROOT = Path(__file__).parents[4]


def fake_java(folder: Path, banner: str) -> None:
    (folder / "bin").mkdir()
    java = folder / "bin" / "java"
    java.write_text(f"#!/bin/sh\necho '{banner}' >&2\n")
    java.chmod(0o755)


@pytest.mark.parametrize("banner", ['openjdk version "17.0.15" 2025-04-15', 'openjdk version "21" 2023-09-19'])
def test_java_17_and_21_are_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, banner: str) -> None:
    fake_java(tmp_path, banner)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert preflight.check_java(ROOT) in ("Java 17", "Java 21")


@pytest.mark.parametrize(
    ("banner", "found"),
    [('java version "1.8.0_202"', "Java 8"), ('openjdk version "25"', "Java 25"), ("no banner", "unknown")],
)
def test_another_java_is_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, banner: str, found: str
) -> None:
    fake_java(tmp_path, banner)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(PreflightError, match=f"{found}.*apt-get install openjdk-17-jre-headless"):
        preflight.check_java(ROOT)


def test_missing_java_is_refused_with_the_remedy(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", "from sentistream.setup import preflight; preflight.java_executable()"],
        env={"PATH": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Java is missing: apt-get install openjdk-17-jre-headless" in run.stderr


def test_a_wrong_java_home_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(PreflightError, match="correct or unset JAVA_HOME"):
        preflight.java_executable()


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_another_python_is_refused(monkeypatch: pytest.MonkeyPatch, version: tuple[int, int]) -> None:
    monkeypatch.setattr(sys, "version_info", (*version, 0, "final", 0))
    with pytest.raises(PreflightError, match=r"is not supported: install Python 3\.11"):
        preflight.check_python(ROOT)


def test_a_full_disk_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Usage", (), {"free": 10 * 1024**2})())
    with pytest.raises(PreflightError, match="are free"):
        preflight.check_disk(ROOT)


def test_all_faults_are_told_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Usage", (), {"free": 0})())
    with pytest.raises(PreflightError) as faults:
        preflight.run(ROOT)
    assert len(str(faults.value).splitlines()) == 2
