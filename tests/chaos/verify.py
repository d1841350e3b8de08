"""What is there against what was sent: sets of ids and coordinates, not counts."""

from collections import Counter
from dataclasses import asdict, dataclass

from kafka import KafkaConsumer, TopicPartition

from sentistream.contracts.topic import POSITION_HEADER
from sentistream.kafka import connection, topic
from sentistream.lake.lake import Lake
from sentistream.lake.tables import REJECTED, SCORED
from sentistream.settings import KafkaSettings
from stream_processor.offsets import ledger
from tests.chaos.stream import Stream


@dataclass(frozen=True)
class Verdict:
    """Everything but `on_topic`, `duplicates` and `unique` must be zero."""

    on_topic: int
    unique: int
    duplicates: int
    rejected: int
    never_sent: int
    missing: int
    invented: int
    twice: int
    rejected_missing: int
    rejected_invented: int
    rejected_twice: int
    duplicates_miscounted: int
    unaccounted: int
    lost: int

    @property
    def faultless(self) -> bool:
        """True when nothing is lost, doubled, invented or miscounted."""
        good = ("on_topic", "unique", "duplicates", "rejected")
        return not any(value for name, value in asdict(self).items() if name not in good)


def verify(stream: Stream, kafka: KafkaSettings, lake: Lake) -> Verdict:
    """Read the whole topic and both tables, and compare."""
    admin = connection.connect(kafka)
    found = topic.describe(admin, kafka.kafka_topic)
    assert found is not None
    held = topic.ranges(admin, found)
    admin.close()
    sent: set[int] = set()
    ids: set[int] = set()
    malformed: set[tuple[int, int]] = set()
    tweets = 0
    for partition, offset, index in read(kafka, held):
        sent.add(index)
        tweet_id = stream.tweet_id(index)
        if tweet_id is None:
            malformed.add((partition, offset))
        else:
            tweets += 1
            ids.add(tweet_id)
    scored = Counter(lake.require(SCORED).to_pyarrow_table(columns=["tweet_id"])["tweet_id"].to_pylist())
    rows = lake.require(REJECTED).to_pyarrow_table(columns=["partition", "offset"])
    rejected = Counter(zip(rows["partition"].to_pylist(), rows["offset"].to_pylist(), strict=True))
    totals = ledger.sum_of(ledger.tallies(lake.require(SCORED), found).values())
    return Verdict(
        on_topic=sum(part.end - part.first for part in held.values()),
        unique=len(ids),
        duplicates=totals["duplicates"],
        rejected=len(malformed),
        never_sent=stream.records - len(sent),
        missing=len(ids - scored.keys()),
        invented=len(scored.keys() - ids),
        twice=sum(1 for times in scored.values() if times > 1),
        rejected_missing=len(malformed - rejected.keys()),
        rejected_invented=len(rejected.keys() - malformed),
        rejected_twice=sum(1 for times in rejected.values() if times > 1),
        duplicates_miscounted=abs(totals["duplicates"] - (tweets - len(ids))),
        unaccounted=abs(
            sum(part.end for part in held.values()) - totals["scored"] - totals["rejected"] - totals["duplicates"]
        ),
        lost=totals["lost"],
    )


def read(kafka: KafkaSettings, held: dict[int, topic.Range]) -> "list[tuple[int, int, int]]":
    """Partition, offset and index of every record on the topic."""
    consumer = KafkaConsumer(**connection.client_options(kafka), enable_auto_commit=False, max_poll_records=5000)
    partitions = [TopicPartition(kafka.kafka_topic, number) for number in held]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    records: list[tuple[int, int, int]] = []
    total = sum(part.end - part.first for part in held.values())
    while len(records) < total:
        for batch in consumer.poll(timeout_ms=5000).values():
            records += [(r.partition, r.offset, int(dict(r.headers)[POSITION_HEADER])) for r in batch]
    consumer.close()
    return records
