"""The processor's settings."""

import json
from datetime import timedelta
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_settings import NoDecode

from sentistream.settings import (
    AuditSettings,
    ChampionSettings,
    KafkaSettings,
    LakeSettings,
    Location,
    MetricsSettings,
    RetentionSettings,
    SparkSettings,
)
from sentistream.settings.metrics import PORTS


class ProcessorSettings(
    KafkaSettings, MetricsSettings, RetentionSettings, ChampionSettings, SparkSettings, AuditSettings
):
    """Everything the stream processor reads from its environment."""

    checkpoint_uri: Location = ".local/checkpoints"
    """Spark's scratch state; may be lost at any time, since the lake says where to resume. A local folder is better beside a lake on S3, too."""
    max_batch_rows: int = Field(20_000, ge=1, le=200_000)
    """Most records in one batch, up to 200,000; more is faster under a backlog."""
    deduplication_window_seconds: int = Field(3600, ge=0, le=30 * 24 * 3600)
    """For how long, in Kafka time, a tweet's id is remembered at least; a second one within it is dropped and counted."""
    compaction_seconds: float = Field(10, ge=0)
    """How often small files are merged beside the stream; 0 leaves it to `lake maintain`."""
    metrics_port: int = Field(PORTS["processor"], ge=0, le=65_535)
    """The port where Prometheus finds the metrics; 0 is nowhere."""

    @model_validator(mode="after")
    def _remember_no_longer_than_is_kept(self) -> Self:
        # A start reads the ids of the window back from the scored table.
        kept, window = timedelta(days=self.silver_kept_days), timedelta(seconds=self.deduplication_window_seconds)
        if timedelta(0) < kept < window:
            days = -(-window // timedelta(days=1))
            raise ValueError(
                f"DEDUPLICATION_WINDOW_SECONDS reaches back further than SILVER_KEPT_DAYS: keep at least {days} days"
            )
        return self


MOST_WATCHED = 50
"""Series whose share is told; each is one series of Prometheus."""


class WatchedSeries(BaseModel):
    """Tweets of which the share of negative ones is told: those of a rule, of a language, of both, or all."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}$")
    rule: str | None = Field(None, min_length=1)
    lang: str | None = Field(None, pattern=r"^[A-Za-z-]{1,16}$")


def _named_filters(written: object) -> object:
    """JSON, name → filter, as settings that name themselves."""
    if not isinstance(written, str):
        return written
    if not written.strip():
        return ()
    shape = 'should be a JSON object, as in {"brand in English": {"rule": "brand", "lang": "en"}, "all": {}}'
    try:
        pairs = json.loads(written, object_pairs_hook=lambda each: each)
    except ValueError:
        raise ValueError(shape) from None
    if not isinstance(pairs, list) or not all(isinstance(each, tuple) and isinstance(each[1], list) for each in pairs):
        raise ValueError(shape)
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError("names a series twice")
    return tuple({**dict(chosen), "name": name} for name, chosen in pairs)


class TablesSettings(KafkaSettings, MetricsSettings, LakeSettings, AuditSettings):
    """Everything that the keeper of bronze, gold and model health reads from its environment."""

    bronze_seconds: float = Field(5, ge=0)
    """How often new records are copied to `bronze/raw_tweets`; 0 is never."""
    gold_seconds: float = Field(1, ge=0)
    """How often `gold/sentiment_per_minute` is brought up to date; 0 is never."""
    health_seconds: float = Field(60, ge=0)
    """How often `gold/model_health` is brought up to date; 0 is never."""
    tables_upkeep_seconds: float = Field(3600, ge=0)
    """How often small files of these tables are merged, old ones deleted, and days past their retention dropped; 0 is never."""
    bronze_kept_days: int = Field(0, ge=0, le=36_500)
    """How many whole days (UTC, of the Kafka time) of `bronze/raw_tweets` are kept beside today's; 0 is all."""
    gold_kept_days: int = Field(0, ge=0, le=36_500)
    """How many whole days (UTC, of the minutes) of `gold/sentiment_per_minute` are kept beside today's; 0 is all."""
    tables_niceness: int = Field(10, ge=0, le=19)
    """How far it gives way to other processes of the machine, as `nice` counts."""
    watch_series: Annotated[
        tuple[WatchedSeries, ...], NoDecode, BeforeValidator(_named_filters), Field(max_length=MOST_WATCHED)
    ] = ()
    """Series whose share of negative tweets in the last hour is a metric, at most 50: a JSON object of names, each with a filter of rule and language, as in `{"brand in English": {"rule": "brand", "lang": "en"}, "all": {}}`."""
    metrics_port: int = Field(PORTS["tables"], ge=0, le=65_535)
    """The port where Prometheus finds the metrics; 0 is nowhere."""
