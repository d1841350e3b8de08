import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from sentistream.contracts.model_version import SPARKML, ModelVersion
from sentistream.lake.doctor.served import registered
from sentistream.scoring import artefact, registry, registry_connection
from sentistream.scoring.scorer import load
from sentistream.settings import DoctorSettings
from tests.support.commands import run_here
from tests.support.places import ROOT
from tests.support.registered import register
from trainer.settings import TrainerSettings

ASK = (
    "import sys; from sentistream.scoring import registry; from sentistream.settings import RegistrySettings; "
    "print(registry.resolve(RegistrySettings(mlflow_tracking_uri=sys.argv[1])))"
)


def test_processes_that_begin_together_share_a_new_registry(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASK, f"sqlite:///{tmp_path}/new/mlflow.db"]
    asking = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    answers = [process.communicate() for process in asking]
    assert [out for out, _ in answers] == ["None\n"] * 2, answers


def test_a_registry_that_another_program_locks_is_one_sentence_within_seconds(tmp_path: Path) -> None:
    file = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE held (name text)")
        other.execute("BEGIN EXCLUSIVE")
        asked = run_here("models", env={"MLFLOW_TRACKING_URI": f"sqlite:///{file}"})
    assert asked.returncode == 1
    assert asked.stderr == (
        f"error: The model registry at sqlite:///{file} (MLFLOW_TRACKING_URI) does not answer: database is locked\n"
    )


def test_the_doctor_hears_the_digests_of_a_registry_that_is_there_and_makes_none(
    champion: tuple[ModelVersion, object], registry_settings: TrainerSettings, tmp_path: Path
) -> None:
    model, _ = champion
    there, name = DoctorSettings.from_options(mlflow_tracking_uri=registry_settings.mlflow_tracking_uri), model.name
    found = registered(there, name)
    assert isinstance(found, dict)
    assert found[model.version] == model.digest
    assert str(registered(there, "no-such-model")).endswith("(MLFLOW_TRACKING_URI) has no such model")
    nowhere = tmp_path / "mlflow.db"
    not_there = DoctorSettings.from_options(mlflow_tracking_uri=f"sqlite:///{nowhere}")
    assert str(registered(not_there, name)).endswith("(MLFLOW_TRACKING_URI) is not there")
    assert not nowhere.exists()


def test_a_version_that_was_registered_without_a_flavour_is_a_spark_pipeline(
    champion: tuple[ModelVersion, object], registry_settings: TrainerSettings, tmp_path: Path
) -> None:
    """As the program before flavours left it."""
    client, (model, _) = registry_connection.client(registry_settings), champion
    tags = client.get_model_version(model.name, str(model.version)).tags
    assert tags.pop(registry.FLAVOUR_TAG) == SPARKML
    settings = registry_settings.model_copy(update={"model_name": "before flavours"})
    files = shutil.copytree(artefact.fetch(registry_settings, model).folder.parent, tmp_path / "files")
    number = register(settings, files, **{name: tags[name] for name in tags if name not in ("digest", "signature")})
    uri = f"models:/before flavours/{number}"
    version = registry.resolve_uri(registry_settings, uri)
    assert version.flavour == SPARKML
    texts = ["good", "bad"]
    scores = [load(registry_settings, each).score(texts).tolist() for each in (version, model)]
    assert scores[0] == scores[1]
    assert (model.languages, model.kept_the_holdout, len(model.data_sha256)) == (("en",), True, 1)
    # As the program before the probe left it, and as another tool does.
    for later in (registry.LANGUAGES_TAG, registry.PROBE_TAG, registry.SPLIT_TAG, registry.DATA_TAG):
        client.delete_model_version_tag("before flavours", str(number), later)
    bare = registry.resolve_uri(registry_settings, uri)
    assert (bare.languages, bare.kept_the_holdout, bare.data_sha256) == (None, False, ())
