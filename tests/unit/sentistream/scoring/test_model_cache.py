"""The cache of models, beside other processes that fetch into it."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mlflow
import pytest

from sentistream.contracts.labels import LabelMap, NeutralBand
from sentistream.contracts.model_version import SPARKML, ModelVersion
from sentistream.scoring import artefact, checksums, registry_connection
from sentistream.settings import RegistrySettings

MODEL = ModelVersion("tweets", 1, LabelMap.parse("negative,positive"), NeutralBand(0.4, 0.6), "a run")


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where each download went; each takes a moment, as a real one does."""
    made: list[str] = []

    def download(artifact_uri: str, dst_path: str) -> None:
        made.append(dst_path)
        time.sleep(0.2)
        (Path(dst_path) / SPARKML).mkdir()
        (Path(dst_path) / SPARKML / "part").write_text(artifact_uri)

    monkeypatch.setattr(mlflow.artifacts, "download_artifacts", download)
    return made


def settings(folder: Path) -> RegistrySettings:
    return RegistrySettings(mlflow_tracking_uri=f"sqlite:///{folder}/mlflow.db", model_cache=str(folder / "models"))


@pytest.mark.parametrize("is_damaged", [False, True])
def test_who_fetches_together_downloads_once_and_nobodys_copy_is_taken_away(
    tmp_path: Path, downloads: list[str], is_damaged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_connection, "client", lambda _: None)
    if is_damaged:
        (artefact.fetch(settings(tmp_path), MODEL).folder / "part").write_text("cut")
        downloads.clear()

    def fetched(_: int) -> int:
        return (artefact.fetch(settings(tmp_path), MODEL).folder / "part").stat().st_ino

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(fetched, range(4)))) == 1
    assert len(downloads) == 1


def test_a_whole_copy_in_a_folder_that_can_not_be_written_is_used(
    tmp_path: Path, downloads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_connection, "client", lambda _: None)
    copy = artefact.fetch(settings(tmp_path), MODEL).folder
    (lock,) = copy.parents[1].glob("*.lock")
    lock.unlink()
    assert artefact.fetch(settings(tmp_path), MODEL).folder == copy
    assert checksums.digest(copy.parent)
    assert (len(downloads), lock.exists()) == (1, False)
