"""What is there against what was sent: sets of ids and coordinates, not counts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from sentistream.contracts.topic import POSITION_HEADER
from sentistream.kafka import client_config, connection, topic
from sentistream.lake.lake import Lake
from sentistream.lake.tables import RAW, REJECTED, SCORED
from sentistream.settings import KafkaSettings
from stream_processor.offsets import ledger
from stream_processor.stream.parsing.rejection import Reason
from tests.chaos.stream import Stream
from tests.support.gold_rows import differences

Place = tuple[int, int]
"""Partition and offset."""


@dataclass(frozen=True)
class Verdict:
    """Everything from `never_sent` on must be zero."""

    on_topic: int
    unique: int
    duplicates: int
    rejected: int
    reused: int
    """Records with the id of a tweet with another text."""
    reused_by_another_order: int
    """Dead letters of a try that was killed, whose text was the first of its id in the retry: their ids came with several texts."""
    never_sent: int
    missing: int
    invented: int
    twice: int
    rejected_missing: int
    rejected_invented: int
    rejected_twice: int
    reused_missing: int
    duplicates_miscounted: int
    unaccounted: int
    lost: int
    bronze_missing: int
    bronze_invented: int
    bronze_twice: int
    gold_wrong: int
    """Minutes, languages and rules whose numbers in gold are not those of silver's rows."""

    @property
    def faultless(self) -> bool:
        """True when nothing is lost, doubled, invented or miscounted."""
        good = ("on_topic", "unique", "duplicates", "rejected", "reused", "reused_by_another_order")
        return not any(value for name, value in asdict(self).items() if name not in good)


def verify(stream: Stream, kafka: KafkaSettings, lake: Lake) -> Verdict:
    """Read the whole topic and both tables, and compare."""
    admin = connection.connect(kafka)
    found = topic.describe(admin, kafka.kafka_topic)
    assert found is not None
    held = topic.ranges(admin, found)
    admin.close()
    tweets: dict[Place, tuple[int, str]] = {}
    malformed: set[Place] = set()
    sent: set[int] = set()
    for partition, offset, index in read(kafka, held):
        sent.add(index)
        tweet = stream.tweet(index)
        if tweet is None:
            malformed.add((partition, offset))
        else:
            tweets[partition, offset] = tweet
    rows = lake.require(SCORED).to_pyarrow_table(columns=["tweet_id", "text", "partition", "offset"])
    invented = sum(1 for row in rows.to_pylist() if tweets.get(_place(row)) != (row["tweet_id"], row["text"]))
    text_of = dict(zip(rows["tweet_id"].to_pylist(), rows["text"].to_pylist(), strict=True))
    scored = Counter(rows["tweet_id"].to_pylist())
    ids = {number for number, _ in tweets.values()}
    reused = {place for place, (number, text) in tweets.items() if text != text_of.get(number)}
    letters = lake.require(REJECTED).to_pyarrow_table(columns=["partition", "offset", "reason"]).to_pylist()
    rejected = Counter(_place(row) for row in letters)
    of_reused = {_place(row) for row in letters if row["reason"] == Reason.ID_REUSED}
    excused = by_another_order(of_reused - reused, tweets)
    raw = Counter(
        _place(row) for row in lake.require(RAW).to_pyarrow_table(columns=["partition", "offset"]).to_pylist()
    )
    on_topic = tweets.keys() | malformed
    totals = ledger.sum_of(ledger.tallies(lake.require(SCORED), found).values())
    return Verdict(
        on_topic=sum(part.end - part.first for part in held.values()),
        unique=len(ids),
        duplicates=totals["duplicates"],
        rejected=len(letters),
        reused=len(reused),
        reused_by_another_order=len(excused),
        never_sent=stream.records - len(sent),
        missing=len(ids - scored.keys()),
        invented=invented,
        twice=sum(1 for times in scored.values() if times > 1),
        rejected_missing=len(malformed - (rejected.keys() - of_reused)),
        rejected_invented=len(rejected.keys() - of_reused - malformed) + len(of_reused - reused - excused),
        rejected_twice=sum(1 for times in rejected.values() if times > 1),
        reused_missing=len(reused - of_reused),
        duplicates_miscounted=abs(totals["duplicates"] - (len(tweets) - len(ids) - len(of_reused))),
        unaccounted=abs(
            sum(part.end for part in held.values()) - totals["scored"] - totals["rejected"] - totals["duplicates"]
        ),
        lost=totals["lost"],
        bronze_missing=len(on_topic - raw.keys()),
        bronze_invented=len(raw.keys() - on_topic),
        bronze_twice=sum(1 for times in raw.values() if times > 1),
        gold_wrong=len(differences(lake)),
    )


def by_another_order(letters: Iterable[Place], tweets: Mapping[Place, tuple[int, str]]) -> set[Place]:
    """Those dead letters of which another order of the records is the reason: tweets whose id has another text on the topic, too.

    Args:
        letters: where they stand.
        tweets: id and text of each tweet on the topic.
    """
    texts: dict[int, set[str]] = defaultdict(set)
    for number, text in tweets.values():
        texts[number].add(text)
    return {place for place in letters if place in tweets and len(texts[tweets[place][0]]) > 1}


def _place(row: Mapping[str, Any]) -> Place:
    return row["partition"], row["offset"]


def read(kafka: KafkaSettings, held: dict[int, topic.Range]) -> "list[tuple[int, int, int]]":
    """Partition, offset and index of every record on the topic."""
    consumer = KafkaConsumer(**client_config.kafka_python(kafka), enable_auto_commit=False, max_poll_records=5000)
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
