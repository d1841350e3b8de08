import ast
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentistream.setup import bootstrap, jars, preflight
from tests.support.places import ROOT

OLDEST = (3, 6)


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def imported_at_once(file: Path) -> Iterator[Path]:
    """The modules of ours that run before the first line of `main` of this one, this one first."""
    yield file
    body = ast.parse(file.read_bytes()).body
    for node in (
        each for each in body if isinstance(each, ast.ImportFrom) and str(each.module).startswith("sentistream")
    ):
        package = ROOT / str(node.module).replace(".", "/")
        for place in (package.with_suffix(".py"), *(package / f"{name.name}.py" for name in node.names)):
            yield from imported_at_once(place) if place.exists() else ()
    yield from (folder / "__init__.py" for folder in file.parents if folder != ROOT and ROOT in folder.parents)


def evaluated(module: ast.Module) -> Iterator[ast.expr]:
    """The annotations of a module that Python evaluates when it runs it."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef):
            arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            yield from (each.annotation for each in arguments if each.annotation is not None)
            yield from () if node.returns is None else (node.returns,)
    yield from (node.annotation for node in module.body if isinstance(node, ast.AnnAssign))


@pytest.mark.parametrize("program", ["bootstrap", "preflight"])
def test_a_python_that_is_too_old_gets_as_far_as_to_the_sentence(program: str) -> None:
    files = set(imported_at_once(ROOT / "sentistream" / "setup" / f"{program}.py"))
    assert ROOT / "sentistream" / "errors.py" in files
    for file in files:
        module = ast.parse(file.read_bytes(), feature_version=OLDEST)
        assert "from __future__ import annotations" not in file.read_text(), "3.7's"
        new = [ast.unparse(each) for each in evaluated(module) if isinstance(each, ast.Subscript | ast.BinOp)]
        assert new == [], f"{file}: 3.9's list[…], or 3.10's X | Y"


def test_nothing_else_is_checked_by_a_python_that_is_too_old(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.version_info", (3, 6, 0, "final", 0))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(preflight.PreflightError) as refused:
        preflight.run(tmp_path)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.usefixtures("umask")
def test_the_log_of_set_up_is_its_users_alone_whatever_the_umask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / ".local" / "setup.log"
    monkeypatch.setattr(bootstrap, "LOG", log)
    for _ in ("made", "found"):
        bootstrap.begin_log()
        assert bootstrap.command("echo", "said")
        assert stat.S_IMODE(log.stat().st_mode) == 0o600
        assert log.read_text() == "said\n"
        log.chmod(0o644)


@pytest.mark.usefixtures("umask")
def test_jars_are_their_users_alone_unless_they_lie_where_he_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTISTREAM_JARS", "/opt/jars")
    jars.keep_private()
    assert os.umask(0o022) == 0o022
    monkeypatch.delenv("SENTISTREAM_JARS")
    jars.keep_private()
    assert os.umask(0o022) == 0o077


def test_an_environment_that_others_share_by_a_link_is_not_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    (shared / "bin").mkdir(parents=True)
    (tmp_path / ".venv").symlink_to(shared)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "setup.log")
    with pytest.raises(preflight.PreflightError, match=f"is a link to {shared}"):
        bootstrap.create_environment()
    assert (shared / "bin").is_dir()
