"""The processor's settings."""

from pydantic import Field

from sentistream.settings import AuditSettings, KafkaSettings, LakeSettings, Location, RegistrySettings, SparkSettings


class ProcessorSettings(KafkaSettings, LakeSettings, RegistrySettings, SparkSettings, AuditSettings):
    """Everything the stream processor reads from its environment."""

    checkpoint_uri: Location = ".local/checkpoints"
    """Spark's scratch state; the lake, not this, says where to resume."""
    max_batch_rows: int = Field(20_000, ge=1, le=200_000)
    """Most records a batch may hold."""
    deduplication_window_seconds: int = Field(3600, ge=0, le=30 * 24 * 3600)
    """For how long, in Kafka time, a tweet's id is remembered at least; a second one within it is dropped and counted."""
    compaction_seconds: float = Field(10, ge=0)
    """How often small files are merged beside the stream; 0 leaves it to `lake maintain`."""
    champion_wait_seconds: float = Field(600, ge=0)
    """How long to wait for a champion to be registered."""
    champion_check_seconds: float = Field(5, ge=0)
    """How often the registry is asked, beside the stream, whether the champion is another version by now; 0 is never."""
    champion_probe: bool = True
    """Whether a model must score the built-in sentences rightly before it serves; they are English."""


class TablesSettings(KafkaSettings, LakeSettings, SparkSettings, AuditSettings):
    """Everything that the keeper of bronze and gold reads from its environment."""

    spark_driver_memory: str = Field("512m", pattern=r"^\d+[mg]$")
    """Heap of the driver's JVM."""
    bronze_seconds: float = Field(60, ge=0)
    """How often new records are copied to `bronze/raw_tweets`; 0 is never."""
    gold_seconds: float = Field(30, ge=0)
    """How often `gold/sentiment_per_minute` is brought up to date; 0 is never."""
    tables_upkeep_seconds: float = Field(3600, ge=0)
    """How often small files of both are merged and old ones deleted; 0 is never."""
