from pathlib import Path

import pytest

from sentistream.setup import bootstrap, preflight


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
