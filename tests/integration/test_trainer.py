import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyspark.ml import PipelineModel
from pyspark.sql import SparkSession
from structlog.testing import capture_logs

from sentistream.contracts.labels import POLAR, WITH_NEUTRAL, LabelMap
from sentistream.contracts.model_version import ModelVersion
from sentistream.drift.profile import NAME, parse
from sentistream.errors import UserError
from sentistream.scoring import artefact, golden, registry, registry_connection
from sentistream.scoring.artefact import copies, manifest
from sentistream.scoring.errors import RefusedError
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.scorer import load as load_scorer
from sentistream.scoring.sparkml import TransformScorer
from sentistream.scoring.succession import aliases
from tests.support import saved_pipelines as saved
from tests.support.commands import run_here
from tests.support.places import FIXTURES
from tests.support.registered import register
from trainer.selection import by_hand, sealing
from trainer.settings import TrainerSettings

Champion = tuple[ModelVersion, PipelineModel]


@pytest.fixture(scope="module")
def scorer(champion: Champion, registry_settings: TrainerSettings) -> Scorer:
    return load_scorer(registry_settings, champion[0])


@pytest.fixture(scope="module")
def empty_registry(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Its address; made by the first who asks, which takes a second."""
    return f"sqlite:///{tmp_path_factory.mktemp('registry')}/mlflow.db"


def test_one_is_positive(scorer: Scorer) -> None:
    happy, sad = scorer.score(["what a lovely, brilliant day :)", "terrible, horrible and sad"])[:, 1]
    assert happy > 0.6
    assert sad < 0.4


def test_the_same_text_gets_the_same_score_with_and_without_spark(
    spark: SparkSession, scorer: Scorer, registry_settings: TrainerSettings
) -> None:
    model = scorer.version
    texts = ["it isn't great &amp; not awful", ""]
    by_spark = TransformScorer(model, artefact.fetch(registry_settings, model).folder, "")
    assert by_spark.score(texts) == pytest.approx(scorer.score(texts), rel=1e-9)


def test_what_is_registered_says_how_it_came_about(
    champion: Champion, scorer: Scorer, registry_settings: TrainerSettings
) -> None:
    model, _ = champion
    tags = registry_connection.client(registry_settings).get_model_version(model.name, str(model.version)).tags
    assert tags["label_map"] == "negative,positive"
    assert {
        "data_sha256",
        "split",
        "seed",
        "test_accuracy",
        "test_macro_f1",
        "neutral_band_low",
        "neutral_band_high",
    } <= set(tags)
    listed = registry.versions(registry_settings)[-1]
    assert (listed["version"], listed["languages"]) == (model.version, ", ".join(model.languages or ()))
    # By what the files are known again, from the moment at which an alias may name it.
    assert tags["digest"] == model.digest == scorer.version.digest
    files = copies.place(registry_settings, model)
    profile = parse((files / NAME).read_bytes())
    assert profile.rows == int(tags["test_rows"])
    assert f"{profile.accuracy:.4f}" == tags["test_accuracy"]
    assert NAME in manifest.parse((files / manifest.NAME).read_bytes()).files


def test_an_unusable_file_registers_nothing(
    registry_settings: TrainerSettings, champion: Champion, tmp_path: Path
) -> None:
    file = tmp_path / "one_class.csv"
    file.write_text("label,text\n1,good\n1,fine\n")
    versions = registry_connection.client(registry_settings).search_model_versions(
        f"name='{registry_settings.model_name}'"
    )
    run = run_here("train", "--data", str(file), env={"MLFLOW_TRACKING_URI": registry_settings.mlflow_tracking_uri})
    assert run.returncode == 2
    assert "no negative rows" in run.stderr
    assert len(
        registry_connection.client(registry_settings).search_model_versions(f"name='{registry_settings.model_name}'")
    ) == len(versions)
    assert registry.resolve(registry_settings) == champion[0]


def test_evaluate_names_its_rows_and_honours_the_names_of_model_and_alias(
    champion: Champion, registry_settings: TrainerSettings, tmp_path: Path
) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("label,text\npositive,love this great song\nnegative,hate this awful train\nneutral,a table\n")
    environment = {
        "MLFLOW_TRACKING_URI": registry_settings.mlflow_tracking_uri,
        "MODEL_CACHE": registry_settings.model_cache,
        # Written in another case than the registry has it.
        "MODEL_ALIAS": "Champion",
    }
    own = ("--data", str(FIXTURES / "tweets.csv"), "--data", str(file), "--unseen", "--json")
    run = run_here("evaluate", *own, env=environment)
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert answer["model"] == champion[0].uri
    assert [each["sha256"] in champion[0].data_sha256 for each in answer["data"]] == [True, False]
    assert answer["rows_trained_on"] > 100
    assert answer["rows"] + answer["rows_trained_on"] == sum(each["rows"] for each in answer["data"]) - 1
    assert answer["rows_skipped"] == 1
    shown = run_here("evaluate", "--data", str(file), "--model", "1", env=environment)
    assert "sha256" in shown.stdout
    none = run_here("evaluate", "--data", str(file), env=environment | {"MODEL_NAME": "another"})
    assert "models:/another@Champion: the registry" in none.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("train", "--data", "absent.csv"), "absent.csv: there is no such file."),
        (
            ("evaluate", "--data", "tests/fixtures/tweets.csv", "--model", "champion"),
            "models:/tweet-sentiment@champion: the registry",
        ),
        (
            ("evaluate", "--data", "tests/fixtures/tweets.csv", "--model", "models:/none@champion"),
            "has no such model",
        ),
    ],
)
def test_a_wrong_argument_gets_one_sentence(arguments: tuple[str, ...], sentence: str, empty_registry: str) -> None:
    run = run_here(*arguments, env={"MLFLOW_TRACKING_URI": empty_registry})
    assert run.returncode != 0
    assert sentence in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    "arguments", [("train", "--data", "tests/fixtures/tweets.csv"), ("models", "--adopt", "1")], ids=str
)
def test_a_key_that_can_not_be_read_is_said_before_anything_is_done(
    arguments: tuple[str, ...], empty_registry: str, tmp_path: Path
) -> None:
    environment = {
        "MLFLOW_TRACKING_URI": empty_registry,
        "MODEL_SIGNING_KEY_FILE": str(tmp_path / "absent"),
    }
    run = run_here(*arguments, env=environment)
    assert run.returncode != 0
    assert "absent (MODEL_SIGNING_KEY_FILE) can't be read: No such file" in run.stderr


def test_another_registrys_version_of_the_same_number_is_another_model(
    champion: Champion, registry_settings: TrainerSettings, tmp_path: Path
) -> None:
    other = registry_settings.model_copy(update={"mlflow_tracking_uri": f"sqlite:///{tmp_path}/other.db"})
    model = champion[0]
    copied = shutil.copytree(artefact.fetch(registry_settings, model).folder.parent, tmp_path / "model")
    try:
        register(other, copied)
        found = registry.resolve_uri(other, model.uri)
        fetched = artefact.fetch(other, found)
        again = artefact.fetch(other, found)
    finally:
        registry_connection.client(registry_settings)
    assert found.version == model.version
    assert found.identity != model.identity
    assert fetched.folder != artefact.fetch(registry_settings, model).folder
    # The same files have the same digest, whoever registered them.
    assert fetched == again
    assert fetched.digest == model.digest


def test_a_version_from_before_digests_is_adopted_once_and_after_the_probe(
    champion: Champion, registry_settings: TrainerSettings, tmp_path: Path
) -> None:
    settings = registry_settings.model_copy(update={"model_name": "adopted"})
    copied = shutil.copytree(artefact.fetch(registry_settings, champion[0]).folder.parent, tmp_path / "model")
    register(settings, copied)
    [weights] = (copied / "sparkml" / "stages").glob("*LogisticRegression*/data/*.parquet")
    table = pq.read_table(weights)
    [row] = table.to_pylist()
    row["coefficientMatrix"]["values"] = [-value for value in row["coefficientMatrix"]["values"]]
    pq.write_table(type(table).from_pylist([row], schema=table.schema), weights)
    (copied / golden.NAME).unlink()
    inverted = register(settings, copied)
    environment = {"MLFLOW_TRACKING_URI": settings.mlflow_tracking_uri, "MODEL_CACHE": settings.model_cache}
    done = run_here("models", "--adopt", "1", env={**environment, "MODEL_NAME": "adopted"})
    assert f"adopted 1 is these files from now on: digest {champion[0].digest}" in done.stderr
    adopted = registry.resolve_uri(settings, "models:/adopted/1")
    with capture_logs() as logs:
        assert load_scorer(settings, adopted).version == adopted
    assert logs == []
    with pytest.raises(UserError, match="adopted 1 has a digest already: there is nothing to adopt"):
        list(sealing.adopt(settings, 1))
    with pytest.raises(UserError, match="scores plain sentences wrongly"):
        list(sealing.adopt(settings, inverted))
    assert registry.resolve_uri(settings, f"models:/adopted/{inverted}").digest == ""
    # A key that was made later signs what has a digest, too.
    (tmp_path / "key").write_bytes(b"k" * 32)
    keyed = settings.model_copy(update={"model_signing_key_file": str(tmp_path / "key")})
    assert "signed" in list(sealing.adopt(keyed, 1))[-1]
    assert load_scorer(keyed, registry.resolve_uri(keyed, "models:/adopted/1")).version.digest == adopted.digest
    # What a sentiment is called is signed, too.
    tags = {registry.BAND_LOW_TAG: "0", registry.BAND_HIGH_TAG: "1", registry.LANGUAGES_TAG: "und"}
    client = registry_connection.client(keyed)
    for name, value in tags.items():
        before = client.get_model_version("adopted", "1").tags[name]
        client.set_model_version_tag("adopted", "1", name, value)
        with pytest.raises(RefusedError, match="or its tags were changed since"):
            artefact.fetch(keyed, registry.resolve_uri(keyed, "models:/adopted/1"))
        client.set_model_version_tag("adopted", "1", name, before)


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("MLFLOW_TRACKING_URI", "localhost:5000", "MLFLOW_TRACKING_URI: write it like sqlite:///"),
        ("MLFLOW_TRACKING_URI", "sqlite:///{folder}/text", "does not answer"),
        ("NEUTRAL_LOW", "0.9", "NEUTRAL_LOW must not be above NEUTRAL_HIGH"),
        ("TRAINER_DATA", "tests/fixtures/few.csv", "3 distinct tweets are too few"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_is_trained(
    variable: str, value: str, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("no database" * 100)
    given = {"TRAINER_DATA": "tests/fixtures/tweets.csv", variable: value.format(folder=tmp_path)}
    run = run_here("train", env=given)
    assert run.returncode != 0
    assert sentence in run.stderr
    assert "Traceback" not in run.stderr


def test_rollback_brings_back_the_version_before_and_once_more_the_other(
    champion: Champion, registry_settings: TrainerSettings, tmp_path: Path
) -> None:
    settings = registry_settings.model_copy(update={"model_name": "rolled"})
    client = registry_connection.client(settings)
    client.create_registered_model("rolled")
    for _ in range(2):
        client.create_model_version("rolled", source=f"runs:/{champion[0].run_id}/model", run_id=champion[0].run_id)
    aliases.promote(settings, 1)
    with pytest.raises(UserError, match="rolled has no version named previous: there is nothing to go back to"):
        aliases.rollback(settings)
    aliases.promote(settings, 2)
    environment = {"MLFLOW_TRACKING_URI": settings.mlflow_tracking_uri, "MODEL_NAME": "rolled"}
    run = run_here("rollback", env=environment)
    assert "rolled version 1 is champion again, in place of 2" in run.stderr
    assert aliases.OTHER_CLASSES not in run.stderr
    # The processor that runs refuses one of other classes, as after a promotion.
    for version, classes in (("1", POLAR), ("2", WITH_NEUTRAL)):
        client.set_model_version_tag("rolled", version, registry.LABELS_TAG, str(LabelMap(classes)))
    assert list(by_hand.rollback(settings)) == [
        "rolled version 2 is champion again, in place of 1",
        aliases.OTHER_CLASSES,
    ]
    listed = run_here("models", "--json", env=environment)
    assert [(each["version"], each["alias"]) for each in json.loads(listed.stdout)] == [
        (2, "champion"),
        (1, "previous"),
    ]


def test_what_only_spark_can_score_is_promoted_only_where_that_is_said(
    spark: SparkSession, champion: Champion, registry_settings: TrainerSettings, tmp_path: Path
) -> None:
    # The probe would want a better model.
    settings = registry_settings.model_copy(update={"model_name": "by-spark", "champion_probe": False})
    by_spark = saved.linear(tokens=saved.tokens().having(minTokenLength=2))
    saved.write(tmp_path / "model" / "sparkml", by_spark)
    version = register(settings, tmp_path / "model")
    with pytest.raises(UserError, match=r"^Only Spark can score models:/by-spark/1: a least length .* --spark-only"):
        list(by_hand.promote(settings, version, None, force=True))
    assert registry.resolve(settings) is None
    told = list(by_hand.promote(settings, version, None, force=True, spark_only=True))
    assert told[1:] == [
        "by-spark version 1 is champion",
        f"{by_hand.NOT_WITHOUT_SPARK} Its tag spark_only says why.",
    ]
    tags = registry_connection.client(settings).get_model_version("by-spark", "1").tags
    assert tags["spark_only"] == "a least length of tokens is not taken"


def test_promotion_needs_a_contest_or_force(champion: Champion, registry_settings: TrainerSettings) -> None:
    environment = {
        "MLFLOW_TRACKING_URI": registry_settings.mlflow_tracking_uri,
        "MODEL_CACHE": registry_settings.model_cache,
    }
    model = champion[0]
    client = registry_connection.client(registry_settings)
    twin = client.create_model_version(model.name, source=f"runs:/{model.run_id}/model", run_id=model.run_id)
    for name, value in client.get_model_version(model.name, str(model.version)).tags.items():
        client.set_model_version_tag(model.name, twin.version, name, value)
    bare = run_here("promote", str(twin.version), env=environment)
    assert "Give --data with labelled rows that decide, or --force" in bare.stderr
    data = str(FIXTURES / "tweets.csv")
    equal = run_here("promote", str(twin.version), "--data", data, env=environment)
    assert equal.returncode == 1
    assert f"champion {model.version}" in equal.stderr
    assert registry.resolve(registry_settings) == model
    client.delete_model_version(model.name, twin.version)
