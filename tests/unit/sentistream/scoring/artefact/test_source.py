"""What the registry says of a version's place, whoever wrote it there; through a real registry in tests/integration/test_artefact.py."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from mlflow import MlflowClient

from sentistream.contracts.labels import LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring.artefact import source
from sentistream.scoring.errors import RefusedError
from sentistream.settings import RegistrySettings

RUN, LOGGED = "3b725695a7764cbc84cb4f6b2ebf67e6", "m-" + "0" * 32
SERVER = "http://user:secret@registry:5000"


@dataclass
class Registry:
    """What a registry says of one version."""

    written: str
    artifact_uri: str
    source_run_id: str = RUN

    def get_model_version_download_uri(self, name: str, version: str) -> str:
        return self.written

    def get_run(self, run_id: str) -> Any:
        return SimpleNamespace(info=SimpleNamespace(artifact_uri=self.artifact_uri))

    def get_logged_model(self, model_id: str) -> Any:
        location = self.artifact_uri.partition(RUN)[0] + f"models/{LOGGED}/artifacts"
        return SimpleNamespace(source_run_id=self.source_run_id, artifact_location=location)


def located(registry: Registry, run_id: str = RUN, uri: str = SERVER) -> source.Place:
    model = ModelVersion("tweets", 3, LabelMap.parse("negative,positive"), NeutralBand(0.4, 0.6), run_id)
    return source.locate(RegistrySettings(mlflow_tracking_uri=uri), cast(MlflowClient, registry), model)


@pytest.mark.parametrize(
    ("root", "written"),
    [
        ("file:///a%20b/{run}/artifacts", "file:///a%20b/{run}/artifacts/model"),
        ("file:///a%20b/{run}/artifacts", "/a b/{run}/artifacts/model"),
        ("file:///a/{run}/artifacts", "runs:/{run}/model"),
        ("s3://bucket/models/{run}/artifacts", "s3://bucket/models/{run}/artifacts/model"),
        ("mlflow-artifacts:/1/{run}/artifacts", "mlflow-artifacts:/1/{run}/artifacts/model"),
        ("mlflow-artifacts://registry:5000/1/{run}/artifacts", "mlflow-artifacts://registry:5000/1/{run}/artifacts"),
        ("mlflow-artifacts:/1/{run}/artifacts", "mlflow-artifacts:/1/models/{logged}/artifacts"),
    ],
)
def test_a_source_below_its_own_run_is_read(root: str, written: str) -> None:
    names = {"run": RUN, "logged": LOGGED}
    place = located(Registry(written.format(**names), root.format(**names)))
    assert place.parts[-2:] in {("artifacts", "model"), (RUN, "artifacts"), (LOGGED, "artifacts")}
    assert place.scheme == root.partition(":")[0]


@pytest.mark.parametrize(
    "written",
    [
        "file:///etc",
        "/etc",
        "file:///a",
        "file:///a/{run}",
        "file:///a/{run}/artifacts2/model",
        "file:///a/{run}/artifacts/../../other/artifacts/model",
        "file:///a/{run}/artifacts/%2e%2e/%2e%2e/other",
        "file:///a/{run}/artifacts/mo\ndel",
        "file:///a/{run}/artifacts\\model",
        "file://elsewhere/a/{run}/artifacts/model",
        "file:///a/{run}/artifacts/model?x",
        "file:///a/0a725695a7764cbc84cb4f6b2ebf67e6/artifacts/model",
        "runs:/0a725695a7764cbc84cb4f6b2ebf67e6/model",
        "runs:/{run}/../../x",
        "models:/tweets/2",
        "s3://bucket/{run}/artifacts/model",
        "http://elsewhere/{run}/artifacts/model",
        "http://registry/{run}/artifacts/model",
        "ftp://registry/{run}/artifacts/model",
        "mlflow-artifacts://elsewhere:5000/1/{run}/artifacts",
        "http://[",
        "",
        "\x1b]0;x\x07",
    ],
)
def test_a_source_elsewhere_is_refused_by_name(written: str) -> None:
    with pytest.raises(RefusedError, match="models:/tweets/3 ") as refused:
        located(Registry(written.format(run=RUN), f"file:///a/{RUN}/artifacts"))
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("root", "written"),
    [
        ("file:///etc", "file:///etc"),
        ("file:///etc", "file:///etc/ssh"),
        ("mlflow-artifacts://elsewhere:5000/1/{run}/artifacts", "mlflow-artifacts://elsewhere:5000/1/{run}/artifacts"),
        ("http://elsewhere/{run}/artifacts", "http://elsewhere/{run}/artifacts"),
        ("mlflow-artifacts:/1/%2e%2e/{run}/artifacts", "mlflow-artifacts:/1/%2e%2e/{run}/artifacts"),
    ],
)
def test_a_run_whose_own_place_was_written_over_is_refused(root: str, written: str) -> None:
    with pytest.raises(RefusedError, match="models:/tweets/3 ") as refused:
        located(Registry(written.format(run=RUN), root.format(run=RUN)))
    assert "secret" not in str(refused.value)


def test_another_runs_logged_model_is_refused() -> None:
    written, root = f"mlflow-artifacts:/1/models/{LOGGED}/artifacts", f"mlflow-artifacts:/1/{RUN}/artifacts"
    with pytest.raises(RefusedError, match="not below its own run"):
        located(Registry(written, root, source_run_id="0a725695a7764cbc84cb4f6b2ebf67e6"))


@pytest.mark.parametrize("run_id", ["", "../../outside", "a/b", ".", "\x1b[2J", "x" * 300])
def test_a_run_id_that_is_none_is_refused_before_anything_is_made_of_it(run_id: str) -> None:
    with pytest.raises(RefusedError, match="names no run that made it") as refused:
        located(Registry("file:///etc", "file:///etc"), run_id)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("linked", ["model", "artifacts", "run"])
def test_a_link_that_leads_out_of_the_run_is_refused(tmp_path: Path, linked: str) -> None:
    place = tmp_path / RUN / "artifacts" / "model"
    elsewhere = tmp_path / "elsewhere" / "artifacts" / "model"
    elsewhere.mkdir(parents=True)
    link = {"model": place, "artifacts": place.parent, "run": place.parents[1]}[linked]
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to({"model": elsewhere, "artifacts": elsewhere.parent, "run": elsewhere.parents[1]}[linked])
    with pytest.raises(RefusedError, match="not below its own run"):
        located(Registry(place.as_uri(), place.parent.as_uri()))


def test_a_folder_of_all_runs_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk" / RUN / "artifacts" / "model").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    place = tmp_path / "link" / RUN / "artifacts" / "model"
    assert located(Registry(str(place), place.parent.as_uri())).path == place
