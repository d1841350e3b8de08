from pathlib import Path

import pytest

from producer.settings import ProducerSettings
from sentistream.errors import UserError
from sentistream.settings import RegistrySettings
from stream_processor.settings import ProcessorSettings


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("KAFKA_BOOTSTRAP_SERVERS", "localhost", "write it like localhost:9092"),
        ("KAFKA_TOPIC", "a b", "write it like tweets"),
        ("KAFKA_TOPIC_PARTITIONS", "0", "give at least 1"),
        ("KAFKA_TOPIC_PARTITIONS", "1001", "give at most 1000"),
        ("MAX_BATCH_ROWS", "many", "give a whole number"),
        ("MODEL_ALIAS", "champion; drop", "write it like champion"),
        ("SPARK_MASTER", "remote", "write it like local"),
        ("LOG_LEVEL", "LOUD", "give 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("LAKE_URI", "", "it must not be empty"),
        ("CHAMPION_PROBE", "perhaps", "give true or false"),
        ("CHAMPION_WAIT_SECONDS", "long", "give a number"),
        ("FORGET_KEY", "too short", "give at least 16 characters"),
    ],
)
def test_a_bad_value_is_refused_by_the_variables_name_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UserError) as refusal:
        ProcessorSettings.from_options()
    assert str(refusal.value).startswith(f"{name}: {allowed}")


def test_a_bound_is_named_with_all_its_digits() -> None:
    with pytest.raises(UserError, match=r"^BATCH_BYTES: give at most 1048576$"):
        ProducerSettings.from_options(batch_bytes=1 << 21)


@pytest.mark.parametrize("place", ["file://server/lake", "FILE://10.0.0.1/lake"])
def test_a_place_on_another_machine_is_refused(place: str) -> None:
    with pytest.raises(UserError, match=r"^LAKE_URI: .* names another machine, (server|10\.0\.0\.1): write file:///"):
        ProcessorSettings.from_options(lake_uri=place)


def test_an_option_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_TOPIC", "one")
    assert ProcessorSettings.from_options(kafka_topic="two").kafka_topic == "two"
    assert ProcessorSettings.from_options(kafka_topic=None).kafka_topic == "one"


def test_a_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_SASL_PASSWORD", "hunter2")
    assert "hunter2" not in repr(ProducerSettings.from_options())


def test_rows_are_kept_for_as_long_as_their_ids_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEDUPLICATION_WINDOW_SECONDS", str(36 * 3600))
    monkeypatch.setenv("SILVER_KEPT_DAYS", "1")
    with pytest.raises(UserError, match="keep at least 2 days"):
        ProcessorSettings.from_options()
    assert ProcessorSettings.from_options(silver_kept_days=2).silver_kept_days == 2
    assert ProcessorSettings.from_options(silver_kept_days=0).silver_kept_days == 0


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        ProcessorSettings.from_options().lake_uri = "elsewhere"  # type: ignore[misc]  # what the test is about


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("s3://bucket/lake/", "s3://bucket/lake"),
        ("s3a://bucket/lake", "s3://bucket/lake"),
        ("S3://Bucket", "s3://Bucket"),
        ("file:///lake/", "/lake"),
        ("file:///a%20lake", "/a lake"),
        ("/ein Süß-wässer {1}, 100%/日本 #1?", "/ein Süß-wässer {1}, 100%/日本 #1?"),
        ("file:/lake", "/lake"),
        ("file://localhost/lake", "/lake"),
        ("/lake/", "/lake"),
        ("lake", str(Path("lake").absolute())),
        ("a:b/lake", str(Path("a:b/lake").absolute())),
    ],
)
def test_a_place_is_an_absolute_path_or_on_an_object_store(given: str, taken: str) -> None:
    settings = ProcessorSettings.from_options(lake_uri=given, checkpoint_uri=given, mlflow_artifacts=given)
    assert {settings.lake_uri, settings.checkpoint_uri, settings.mlflow_artifacts} == {taken}


@pytest.mark.parametrize("scheme", ["gs", "abfss", "hdfs", "az", "dbfs", "https", "GS"])
@pytest.mark.parametrize("name", ["lake_uri", "checkpoint_uri", "mlflow_artifacts"])
def test_a_place_of_an_unknown_scheme_is_refused(name: str, scheme: str) -> None:
    sentence = (
        rf"^{name.upper()}: {scheme}:// is not taken here: give a folder \(a path, or file://…\), or s3://bucket/…"
    )
    with pytest.raises(UserError, match=sentence):
        ProcessorSettings.from_options(**{name: f"{scheme}://container/lake"})


@pytest.mark.parametrize("given", ["s3://", "s3:///lake", "s3:/bucket"])
def test_an_object_store_needs_a_bucket(given: str) -> None:
    with pytest.raises(UserError, match=r"LAKE_URI: s3:// is not taken here"):
        ProcessorSettings.from_options(lake_uri=given)


@pytest.mark.parametrize("name", ["model_cache", "spark_scratch"])
def test_what_stays_on_this_machine_is_not_on_an_object_store(name: str) -> None:
    with pytest.raises(UserError, match=f"{name.upper()}: s3:// is not taken here: give a path on this machine"):
        ProcessorSettings.from_options(**{name: "s3://bucket/folder"})


def test_a_server_keeps_its_artefacts_wherever_its_mlflow_can() -> None:
    of_server = RegistrySettings.from_options(
        mlflow_tracking_uri="http://mlflow:5000", mlflow_artifacts="gs://bucket/a"
    )
    assert of_server.mlflow_artifacts == "gs://bucket/a"


@pytest.mark.parametrize(
    "place",
    [
        "/a%20lake",
        "/%2e%2e",
        "/lake[1]",
        "/a|b",
        "/a^b",
        "/a`b",
        "/a\\b",
        "/a\tb",
        "s3://bucket/a%20lake",
        "file:///a%255Bb",
    ],
)
def test_a_lake_whose_place_the_libraries_read_differently_is_refused_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("LAKE_URI", place)
    with pytest.raises(UserError, match=r"^LAKE_URI: '.*' holds '.*', for which delta-rs or Spark would take another"):
        ProcessorSettings.from_options()


def test_a_lake_in_a_working_folder_of_such_a_name_is_refused_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "work [1]"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("LAKE_URI", raising=False)
    with pytest.raises(UserError, match="LAKE_URI: "):
        ProcessorSettings.from_options()
