import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from sentistream.contracts.model_version import SPARKML, ModelVersion
from sentistream.scoring import artefact, checksums, registry, registry_connection
from sentistream.scoring.scorer import load
from tests.support.commands import run_module
from tests.support.places import ROOT
from trainer.settings import TrainerSettings

ASK = (
    "import sys; from sentistream.scoring import registry; from sentistream.settings import RegistrySettings; "
    "print(registry.resolve(RegistrySettings(mlflow_tracking_uri=sys.argv[1])))"
)


def test_processes_that_begin_together_share_a_new_registry(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASK, f"sqlite:///{tmp_path}/new/mlflow.db"]
    asking = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    answers = [process.communicate() for process in asking]
    assert [out for out, _ in answers] == ["None\n"] * 3, answers


def test_a_registry_that_another_program_locks_is_one_sentence_within_seconds(tmp_path: Path) -> None:
    file = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE held (name text)")
        other.execute("BEGIN EXCLUSIVE")
        asked = run_module("sentistream", "models", env={"MLFLOW_TRACKING_URI": f"sqlite:///{file}"})
    assert asked.returncode == 1
    assert asked.stderr == (
        f"error: The model registry at sqlite:///{file} (MLFLOW_TRACKING_URI) does not answer: database is locked\n"
    )


def test_a_version_that_was_registered_without_a_flavour_is_a_spark_pipeline(
    champion: tuple[ModelVersion, object], registry_settings: TrainerSettings
) -> None:
    """As the program before flavours left it."""
    client, (model, _) = registry_connection.client(registry_settings), champion
    tags = client.get_model_version(model.name, str(model.version)).tags
    assert tags.pop(registry.FLAVOUR_TAG) == SPARKML
    client.create_registered_model("before flavours")
    before = client.create_model_version(
        "before flavours", str(artefact.fetch(registry_settings, model).folder.parent), tags=tags
    )
    version = registry.resolve_uri(registry_settings, f"models:/before flavours/{before.version}")
    assert version.flavour == SPARKML
    texts = ["good", "bad"]
    scores = [load(registry_settings, each).score(texts).tolist() for each in (version, model)]
    assert scores[0] == scores[1]
    assert (model.languages, model.kept_the_holdout, len(model.data_sha256)) == (("en",), True, 1)
    # As the program before the probe left it, and as another tool does.
    for later in (registry.LANGUAGES_TAG, registry.PROBE_TAG, registry.SPLIT_TAG, registry.DATA_TAG):
        client.delete_model_version_tag("before flavours", before.version, later)
    bare = registry.resolve_uri(registry_settings, f"models:/before flavours/{before.version}")
    assert (bare.languages, bare.kept_the_holdout, bare.data_sha256) == (None, False, ())


def test_a_cut_file_of_the_cache_is_fetched_anew(registry_settings: TrainerSettings, tmp_path: Path) -> None:
    model = tmp_path / "a model" / SPARKML / "metadata" / "part-00000"
    model.parent.mkdir(parents=True)
    model.write_text("whole")
    client = registry_connection.client(registry_settings)
    client.create_registered_model("cut")
    tags = {registry.LABELS_TAG: "negative,positive", registry.BAND_LOW_TAG: "0.4", registry.BAND_HIGH_TAG: "0.6"}
    client.create_model_version("cut", str(tmp_path / "a model"), tags=tags)
    version = registry.resolve_uri(registry_settings, "models:/cut/1")
    copy = artefact.fetch(registry_settings, version).folder / "metadata" / "part-00000"
    before = copy.stat().st_ino
    artefact.fetch(registry_settings, version)
    assert copy.stat().st_ino == before
    copy.write_text("who")
    assert artefact.fetch(registry_settings, version).folder == copy.parents[1]
    assert copy.read_text() == "whole"
    # As the program before checksums left it, and cut.
    (copy.parents[2] / checksums.LIST).unlink()
    copy.write_text("")
    artefact.fetch(registry_settings, version)
    assert copy.read_text() == "whole"
