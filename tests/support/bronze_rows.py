"""What bronze holds."""

from sentistream.lake.lake import Lake
from sentistream.lake.tables import RAW
from sentistream.settings import KafkaSettings
from stream_processor.offsets.resume import Acceptance
from stream_processor.tables.bronze import Bronze


def coordinates(lake: Lake) -> list[tuple[int, int]]:
    rows = lake.require(RAW).to_pyarrow_table(columns=["partition", "offset"]).to_pylist()
    return sorted((row["partition"], row["offset"]) for row in rows)


def copy(kafka: KafkaSettings, lake: Lake, accepted: Acceptance | None = None) -> int:
    """A process of its own, as it were."""
    bronze = Bronze(kafka, lake, accepted)
    try:
        return bronze.update()
    finally:
        bronze.finish()
