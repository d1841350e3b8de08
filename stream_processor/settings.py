"""The processor's settings."""

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from sentistream.settings import (
    AuditSettings,
    ChampionSettings,
    KafkaSettings,
    LakeSettings,
    Location,
    RetentionSettings,
    SparkSettings,
)


class ProcessorSettings(KafkaSettings, RetentionSettings, ChampionSettings, SparkSettings, AuditSettings):
    """Everything the stream processor reads from its environment."""

    checkpoint_uri: Location = ".local/checkpoints"
    """Spark's scratch state; may be lost at any time, since the lake says where to resume. A local folder is better beside a lake on S3, too."""
    max_batch_rows: int = Field(20_000, ge=1, le=200_000)
    """Most records in one batch, up to 200,000; more is faster under a backlog."""
    deduplication_window_seconds: int = Field(3600, ge=0, le=30 * 24 * 3600)
    """For how long, in Kafka time, a tweet's id is remembered at least; a second one within it is dropped and counted."""
    compaction_seconds: float = Field(10, ge=0)
    """How often small files are merged beside the stream; 0 leaves it to `lake maintain`."""

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


class TablesSettings(KafkaSettings, LakeSettings, AuditSettings):
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
