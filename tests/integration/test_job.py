"""The streaming job with each placement of the scorer, over a real topic."""

from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from confluent_kafka import Producer
from pyspark.ml import PipelineModel
from pyspark.sql import SparkSession

from demo import malformed
from sentistream.contracts.model_version import ModelVersion
from sentistream.kafka import topic
from sentistream.lake import doctor
from sentistream.lake.lake import Lake
from sentistream.lake.schema.create import create_by_spark
from sentistream.lake.tables import REJECTED, SCORED
from sentistream.scoring import artefact
from sentistream.scoring.scorer import load
from sentistream.scoring.sparkml import TransformScorer
from sentistream.settings import KafkaSettings
from stream_processor.offsets.ledger import Tally, sum_of
from stream_processor.offsets.missing import BrokersLog
from stream_processor.offsets.polls import BACKLOG_RECORDS, FEW, MANY, Polls
from stream_processor.offsets.source import starting_offsets
from stream_processor.settings import ProcessorSettings
from stream_processor.stream import job as job_module
from stream_processor.stream.job import StreamingJob
from stream_processor.stream.placement import InPlan, OnDriver, OnExecutors, Placement
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.doctor import without_a_broker
from tests.support.lake_rows import tweet
from tests.support.topic_records import LARGE, in_a_transaction, send, transactional
from trainer.settings import TrainerSettings

REUSED = b'{"data": {"id": "1", "text": "quite another"}}'
Champion = tuple[ModelVersion, PipelineModel]


def placements(settings: TrainerSettings, model: ModelVersion) -> dict[str, Placement]:
    scorer = load(settings, model)
    in_plan = InPlan(TransformScorer(model, artefact.fetch(settings, model).folder, ""))
    return {"driver": OnDriver(scorer), "executors": OnExecutors(scorer), "plan": in_plan}


def test_every_placement_gives_the_same_tables(
    spark: SparkSession, kafka: KafkaSettings, champion: Champion, registry_settings: TrainerSettings, tmp_path: Path
) -> None:
    tweets = topic.ensure(kafka)
    send(kafka, *(tweet(number) for number in range(1, 301)), LARGE)
    malformed.publish(kafka)
    send(kafka, REUSED)
    tables: list[tuple[pa.Table, pa.Table]] = []
    for name, placement in placements(registry_settings, champion[0]).items():
        uri = str(tmp_path / name)
        settings = ProcessorSettings.from_options(
            kafka_bootstrap_servers=kafka.kafka_bootstrap_servers,
            kafka_topic=kafka.kafka_topic,
            lake_uri=uri,
            checkpoint_uri=str(tmp_path / "checkpoints"),
            max_batch_rows=100,
        )
        create_by_spark(spark, Lake.at(uri))
        job = StreamingJob(spark, settings, placement, sink := LakeSink(Lake.at(uri), tweets))
        job.run(starting_offsets(tweets, dict.fromkeys(tweets.partitions, 0)), once=True)
        assert sum(tally.unaccounted for tally in sink.totals.values()) == 0
        scored, rejected = (Lake.at(uri).require(table).to_pyarrow_table() for table in (SCORED, REJECTED))
        tables.append(
            (scored.sort_by("tweet_id"), rejected.sort_by([("partition", "ascending"), ("offset", "ascending")]))
        )
    (scored, rejected), *others = tables
    assert scored["tweet_id"].to_pylist() == [*range(1, 301), 9001]
    assert rejected.num_rows == len(malformed.RECORDS) + 1
    assert rejected.filter(pc.equal(rejected["reason"], "id_reused"))["value"].to_pylist() == [REUSED]
    for other_scored, other_rejected in others:
        same = [name for name in scored.column_names if name not in ("scored_at", "p_positive")]
        assert other_scored.select(same) == scored.select(same)
        assert other_scored["p_positive"].to_pylist() == pytest.approx(scored["p_positive"].to_pylist(), rel=1e-9)
        same = [name for name in rejected.column_names if name != "rejected_at"]
        assert other_rejected.select(same) == rejected.select(same)


def test_a_backlog_is_read_in_large_polls_and_long_values_in_it_cost_no_record(
    spark: SparkSession,
    kafka: KafkaSettings,
    champion: Champion,
    registry_settings: TrainerSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes: list[int] = []

    class Watched(Polls):
        def seen(self, records: int, *, all_small: bool) -> None:
            super().seen(records, all_small=all_small)
            sizes.append(self.records)

    monkeypatch.setattr(job_module, "Polls", Watched)
    tweets, small = topic.ensure(kafka), 3 * BACKLOG_RECORDS
    producer = Producer({"bootstrap.servers": kafka.kafka_bootstrap_servers, "queue.buffering.max.messages": 2 * small})
    for number in range(small):
        producer.produce(kafka.kafka_topic, tweet(100_000 + number), partition=number % 2)
    producer.flush()
    send(kafka, *[LARGE] * 20, *(tweet(number) for number in range(1, 101)), partitions=2)
    settings = ProcessorSettings.from_options(
        kafka_bootstrap_servers=kafka.kafka_bootstrap_servers,
        kafka_topic=kafka.kafka_topic,
        lake_uri=str(tmp_path / "lake"),
        checkpoint_uri=str(tmp_path / "checkpoints"),
        max_batch_rows=BACKLOG_RECORDS,
    )
    create_by_spark(spark, lake := Lake.at(settings.lake_uri))
    job = StreamingJob(spark, settings, OnDriver(load(registry_settings, champion[0])), sink := LakeSink(lake, tweets))
    job.run(starting_offsets(tweets, dict.fromkeys(tweets.partitions, 0)), once=True)
    assert [size for size, _ in groupby(sizes)] == [MANY, FEW]
    assert sum_of(sink.totals.values()) == {
        "read": small + 120,
        "scored": small + 101,
        "rejected": 0,
        "duplicates": 19,
        "holes": 0,
        "lost": 0,
        "unaccounted": 0,
    }


def test_offsets_without_a_record_are_passed_and_counted_and_an_open_transaction_is_waited_for(
    spark: SparkSession, kafka: KafkaSettings, champion: Champion, registry_settings: TrainerSettings, tmp_path: Path
) -> None:
    tweets, lake = topic.ensure(kafka.model_copy(update={"kafka_topic_partitions": 1})), Lake.at(str(tmp_path / "lake"))
    settings = ProcessorSettings.from_options(
        kafka_bootstrap_servers=kafka.kafka_bootstrap_servers,
        kafka_topic=kafka.kafka_topic,
        lake_uri=lake.uri,
        checkpoint_uri=str(tmp_path / "checkpoints"),
        max_batch_rows=7,
    )
    create_by_spark(spark, lake)
    placement = OnDriver(load(registry_settings, champion[0]))

    def run() -> Tally:
        judge = BrokersLog(kafka, tweets.name, accept_data_loss=False)
        sink = LakeSink(lake, tweets, judge=judge)
        start = {0: sink.committed.get(0, -1) + 1}
        StreamingJob(spark, settings, placement, sink).run(starting_offsets(tweets, start), once=True)
        judge.close()
        return sink.totals[0]

    producer = transactional(kafka)
    in_a_transaction(producer, kafka, *(tweet(number) for number in range(1, 11)), LARGE)
    in_a_transaction(producer, kafka, *(tweet(number) for number in range(11, 31)), ended="abort")
    in_a_transaction(producer, kafka, tweet(31), b"no tweet", tweet(1))
    in_a_transaction(producer, kafka, tweet(32), tweet(33), ended="open")
    # Its last record is at 35, the marker behind it is passed with the next one.
    assert run() == replace(run(), last=35, scored=12, rejected=1, duplicates=1, holes=22)
    producer.abort_transaction()
    in_a_transaction(producer, kafka, tweet(34))
    total = run()
    assert (total.first, total.last, total.scored, total.holes, total.unaccounted) == (0, 40, 13, 26, 0)
    findings = doctor.examine(lake, without_a_broker(lake))
    [found] = [each for each in findings if each.promise == "every record accounted for"]
    assert (found.verdict, found.found) == ("kept", "41 read = 13 scored + 1 rejected + 1 duplicates + 26 holes")
