import pytest

from producer.settings import ProducerSettings
from sentistream.errors import UserError
from stream_processor.settings import ProcessorSettings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KAFKA_BOOTSTRAP_SERVERS", "localhost"),
        ("KAFKA_TOPIC", "a b"),
        ("MAX_BATCH_ROWS", "many"),
        ("MODEL_ALIAS", "champion; drop"),
        ("SPARK_MASTER", "remote"),
        ("LOG_LEVEL", "LOUD"),
        ("LAKE_URI", ""),
    ],
)
def test_a_bad_value_is_refused_by_the_variables_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=name):
        ProcessorSettings.from_options()


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


def test_object_store_addresses_stay_as_they_are() -> None:
    assert ProcessorSettings.from_options(lake_uri="s3://bucket/lake/").lake_uri == "s3://bucket/lake"
    assert ProcessorSettings.from_options(lake_uri="lake").lake_uri.startswith("/")
