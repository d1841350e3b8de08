"""Another champion while the stream runs: taken between batches, or refused while the old one goes on."""

import itertools
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from kafka import KafkaProducer
from onnx import ModelProto, TensorProto
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import HashingTF, RegexTokenizer
from pyspark.sql import SparkSession
from structlog.testing import capture_logs

from sentistream.contracts.model_version import ONNX, SPARKML, ModelVersion
from sentistream.errors import UserError
from sentistream.files import reading
from sentistream.files.rows import TweetRow
from sentistream.kafka import topic
from sentistream.lake.lake import Lake
from sentistream.lake.schema.create import create_by_spark
from sentistream.lake.tables import SCORED
from sentistream.process.periodic import Periodic
from sentistream.scoring import artefact, golden, registry, registry_connection, scorer
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.succession import fetching
from sentistream.settings import KafkaSettings
from stream_processor.offsets.source import starting_offsets
from stream_processor.settings import ProcessorSettings
from stream_processor.stream import champion as champions
from stream_processor.stream.job import StreamingJob
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.stream.succession.stand_in import Succession
from tests.support import graphs
from tests.support.lake_rows import tweet
from tests.support.places import FIXTURES, ROOT
from tests.support.registered import register
from tests.support.scorers import SpoiltScorer
from tests.support.waiting import PATIENCE_SECONDS, wait_until
from trainer.settings import TrainerSettings

Champion = tuple[ModelVersion, PipelineModel]
NEAR = 50
"""How far one partition's last offset may be behind the other's, which gets every other tweet."""
ELSEWHERE = "spark://elsewhere:7077"
"""Only a name here: it makes the processor score in executors, which are still those of the tests' own session."""


@dataclass(frozen=True)
class Models:
    """A registered model of the test's own, its versions variants of the trained one."""

    settings: ProcessorSettings
    trained: Path

    def add(self, folder: Path, labels: str = "negative,positive", flavour: str = SPARKML) -> int:
        return register(self.settings, folder, label_map=labels, flavour=flavour)

    def copy(self, name: str) -> Path:
        """To become another model, of which the golden scores are not."""
        folder = self.trained.parent / f"{self.settings.model_name} {name}"
        return Path(shutil.copytree(self.trained, folder, ignore=shutil.ignore_patterns(golden.NAME)))

    def promote(self, version: int) -> None:
        registry_connection.client(self.settings).set_registered_model_alias(
            self.settings.model_name, self.settings.model_alias, str(version)
        )


@pytest.fixture
def models(kafka: KafkaSettings, champion: Champion, registry_settings: TrainerSettings, tmp_path: Path) -> Models:
    settings = ProcessorSettings.from_options(
        kafka_bootstrap_servers=kafka.kafka_bootstrap_servers,
        kafka_topic=kafka.kafka_topic,
        lake_uri=str(tmp_path / "lake"),
        checkpoint_uri=str(tmp_path / "checkpoints"),
        mlflow_tracking_uri=registry_settings.mlflow_tracking_uri,
        model_cache=registry_settings.model_cache,
        model_name=kafka.kafka_topic,
        champion_check_seconds=0.2,
    )
    trained = shutil.copytree(artefact.fetch(registry_settings, champion[0]).folder.parent, tmp_path / "trained")
    made = Models(settings, trained)
    made.promote(made.add(trained))
    return made


def inverted(folder: Path) -> Path:
    """The same model with its classes exchanged: every coefficient has the other sign."""
    [file] = (folder / "sparkml" / "stages").glob("*LogisticRegression*/data/*.parquet")
    table = pq.read_table(file)
    [row] = table.to_pylist()
    for part in ("coefficientMatrix", "interceptVector"):
        row[part]["values"] = [-value for value in row[part]["values"]]
    pq.write_table(type(table).from_pylist([row], schema=table.schema), file)
    return folder


def damaged(folder: Path) -> Path:
    """As a torn copy leaves it."""
    [file] = (folder / "sparkml" / "stages").glob("*CountVectorizer*/data/*.parquet")
    file.write_bytes(file.read_bytes()[:100])
    return folder


@pytest.fixture(scope="module")
def not_compiled(spark: SparkSession, home: Path) -> Path:
    """A sensible pipeline with a stage that only Spark's own transform knows."""
    found = reading.labelled(FIXTURES / "tweets.csv")
    rows = [row for row in found if isinstance(row, TweetRow) and row.label != "neutral"]
    stages: list[Any] = [
        RegexTokenizer(inputCol="text", outputCol="words", pattern=r"\W+", minTokenLength=2),
        HashingTF(inputCol="words", outputCol="features", numFeatures=1024),
        LogisticRegression(maxIter=10),
    ]
    labelled = [(row.text, float(row.label == "positive")) for row in rows]
    pipeline = Pipeline(stages=stages).fit(spark.createDataFrame(labelled, "text string, label double").coalesce(1))
    pipeline.save(str(home / "not compiled" / "sparkml"))
    return home / "not compiled"


class Stream:
    """A processor in this process, with a steady sender."""

    def __init__(
        self,
        spark: SparkSession,
        settings: ProcessorSettings,
        load: Callable[[ProcessorSettings, ModelVersion], Scorer] = scorer.load,
    ) -> None:
        self._settings = settings
        self._found = topic.ensure(settings)
        create_by_spark(spark, Lake.at(settings.lake_uri))
        self._sink = LakeSink(Lake.at(settings.lake_uri), self._found)
        model = registry.resolve(settings)
        assert model is not None

        def prepare(version: ModelVersion) -> Any:
            return champions.prove(settings, spark, load(settings, version))

        ended = threading.Event()
        succession = Succession(settings, Lake.at(settings.lake_uri), prepare, ended)
        self._job = StreamingJob(spark, settings, prepare(model), self._sink, succession)
        self.standing = succession.standing
        look = succession.watch.look
        self._watching = Periodic("champion watch", look, settings.champion_check_seconds, ended=ended)
        self._quiet = threading.Event()
        self.sent = 0

    @contextmanager
    def running(self) -> Iterator["Stream"]:
        offsets = starting_offsets(self._found, dict.fromkeys(self._found.partitions, 0))
        failures: list[BaseException] = []

        def run() -> None:
            try:
                self._job.run(offsets)
            except BaseException as failure:
                failures.append(failure)

        threads = [threading.Thread(target=run), threading.Thread(target=self._send)]
        for each in (*threads, self._watching):
            each.start()
        try:
            yield self
            self._quiet.set()
            threads[1].join()
            wait_until(lambda: self._scored() == self.sent)
        finally:
            self._quiet.set()
            self._watching.finish()
            self._job.stop()
            for each in threads:
                each.join()
        assert failures == []
        assert sum(tally.unaccounted for tally in self._sink.totals.values()) == 0

    def _send(self) -> None:
        producer = KafkaProducer(bootstrap_servers=self._settings.kafka_bootstrap_servers, linger_ms=5)
        while not self._quiet.wait(0.005):
            self.sent += 1
            producer.send(self._settings.kafka_topic, value=tweet(self.sent), partition=self.sent % 2)
        producer.flush()
        producer.close()

    def rows(self) -> list[dict[str, Any]]:
        table = (
            Lake.at(self._settings.lake_uri)
            .require(SCORED)
            .to_pyarrow_table(columns=["tweet_id", "partition", "offset", "model_version"])
        )
        rows: list[dict[str, Any]] = table.sort_by([("partition", "ascending"), ("offset", "ascending")]).to_pylist()
        return rows

    def wait_for(self, version: int) -> None:
        everywhere = [version] * len(self._found.partitions)
        wait_until(lambda: self._newest() == everywhere)

    def _scored(self) -> int:
        table = Lake.at(self._settings.lake_uri).require(SCORED)
        return sum(table.get_add_actions(flatten=True)["num_records"].to_pylist())

    def of_hundreds(self) -> set[int]:
        """The versions that scored `tweet 100`, `tweet 200` and so on."""
        return {row["model_version"] for row in self.rows() if row["tweet_id"] % 100 == 0}

    def wait_for_refusals(self, count: int) -> None:
        wait_until(lambda: self.standing.refusals == count)

    def _newest(self) -> list[int]:
        """The version of each partition's last row, looked for in the newest files alone: there are hundreds."""
        table = Lake.at(self._settings.lake_uri).require(SCORED)
        if not table.file_uris():
            return []
        last = max(table.get_add_actions(flatten=True)["max.offset"].to_pylist())
        newest = table.to_pyarrow_dataset().to_table(
            columns=["partition", "offset", "model_version"], filter=pc.field("offset") > last - NEAR
        )
        by_partition = {row["partition"]: row["model_version"] for row in newest.sort_by("offset").to_pylist()}
        return list(by_partition.values())

    def _by_partition(self) -> list[list[dict[str, Any]]]:
        return [list(rows) for _, rows in itertools.groupby(self.rows(), lambda row: row["partition"])]

    def require_whole(self, *versions: int) -> None:
        """Every tweet once, the versions in this order without a mixture, one in each commit."""
        assert sorted(row["tweet_id"] for row in self.rows()) == list(range(1, self.sent + 1))
        for rows in self._by_partition():
            assert [version for version, _ in itertools.groupby(row["model_version"] for row in rows)] == [*versions]
        for file in Lake.at(self._settings.lake_uri).require(SCORED).file_uris():
            assert len(set(pq.read_table(file, columns=["model_version"], partitioning=None)[0].to_pylist())) == 1


@pytest.fixture
def transformers(tmp_path: Path) -> dict[str, Path]:
    """Versions of the other flavour: a sound one, one whose golden scores are another's, one with weights elsewhere."""
    folders = {name: tmp_path / name for name in ("sound", "off", "hostile")}
    for folder in folders.values():
        graphs.write(folder)
    hostile = ModelProto()
    hostile.CopyFrom(graphs.graph())
    hostile.graph.initializer[0].data_location = TensorProto.EXTERNAL
    for name, graph in (("off", graphs.graph(sign=-1)), ("hostile", hostile)):
        (folders[name] / ONNX / "model.onnx").write_bytes(graph.SerializeToString())
    return folders


def test_the_champion_is_taken_between_batches_and_a_wrong_one_refused(
    spark: SparkSession, models: Models, transformers: dict[str, Path]
) -> None:
    # From MLlib to a transformer and back.
    second = models.add(transformers["sound"], flavour=ONNX)
    refused = {
        models.add(transformers["off"], flavour=ONNX): "golden scores are off by more than 0.001",
        models.add(transformers["hostile"], flavour=ONNX): "its model.onnx has weights in another file (external data)",
        models.add(inverted(models.copy("inverted"))): "scores plain sentences wrongly: only in 0 of 8 pairs",
        models.add(models.trained, "negative,positive,neutral"): "has the label map negative,positive,neutral",
        models.add(models.trained, "positive,negative"): "The label map {0: 'positive', 1: 'negative'} is refused",
        models.add(damaged(models.copy("damaged"))): "is not run: stage",
        models.add(models.trained.with_name("absent")): "has no files where",
    }
    with capture_logs() as logs, Stream(spark, models.settings).running() as stream:
        stream.wait_for(1)
        models.promote(second)
        stream.wait_for(second)
        for count, version in enumerate(refused, 1):
            models.promote(version)
            stream.wait_for_refusals(count)
        time.sleep(0.5)
        stream.wait_for(second)
        models.promote(1)
        stream.wait_for(1)
    stream.require_whole(1, second, 1)
    reasons = [entry["reason"] for entry in logs if entry["event"] == "model refused"]
    # Said once each, however often the registry was asked.
    assert len(reasons) == len(refused)
    for reason, expected in zip(reasons, refused.values(), strict=True):
        assert expected in reason
    assert [entry["version"] for entry in logs if entry["event"] == "model reloaded"] == [second, 1]


@pytest.mark.long
def test_a_model_that_is_part_of_the_plan_is_taken_between_batches(
    spark: SparkSession, models: Models, not_compiled: Path
) -> None:
    second = models.add(not_compiled)
    stream = Stream(spark, models.settings, fetching.load_apart)
    with stream.running():
        for version in (1, second, 1):
            models.promote(version)
            stream.wait_for(version)
    stream.require_whole(1, second, 1)


def test_a_cluster_takes_the_champion_between_batches(
    spark: SparkSession, models: Models, transformers: dict[str, Path]
) -> None:
    second = models.add(transformers["sound"], flavour=ONNX)
    stream = Stream(spark, models.settings.model_copy(update={"spark_master": ELSEWHERE}))
    with stream.running():
        stream.wait_for(1)
        models.promote(second)
        stream.wait_for(second)
    stream.require_whole(1, second)


def test_a_version_that_turns_out_unfit_gives_way_and_is_not_offered_again(spark: SparkSession, models: Models) -> None:
    second = models.add(models.trained)

    def load(settings: ProcessorSettings, version: ModelVersion) -> Scorer:
        loaded = scorer.load(settings, version)
        return SpoiltScorer(loaded, "00") if version.version == second else loaded

    with capture_logs() as logs, Stream(spark, models.settings, load).running() as stream:
        stream.wait_for(1)
        models.promote(second)
        stream.wait_for_refusals(1)
        stream.wait_for(1)
        time.sleep(1)
        third = models.add(models.trained)
        models.promote(third)
        wait_until(lambda: third in stream.of_hundreds())
        models.promote(second)
        time.sleep(1)
        stream.wait_for(third)
    assert sorted(row["tweet_id"] for row in stream.rows()) == list(range(1, stream.sent + 1))
    assert stream.of_hundreds() == {1, third}
    [refused] = [entry for entry in logs if entry["event"] == "model refused"]
    assert "gives no probabilities between 0 and 1" in refused["reason"]
    assert [entry["version"] for entry in logs if entry["event"] == "model reloaded"] == [second, third]


def test_a_start_with_a_champion_that_scores_wrongly_is_refused(spark: SparkSession, models: Models) -> None:
    version = models.add(inverted(models.copy("inverted")))
    models.promote(version)
    with pytest.raises(UserError, match=f"{models.settings.model_name}/{version} scores plain sentences wrongly"):
        Stream(spark, models.settings)


HANGING = """
import socket, sys, time
from sentistream.contracts.labels import LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.process.periodic import Periodic
from sentistream.scoring.succession.reload import ChampionWatch
from sentistream.scoring.succession.standing import Standing
from stream_processor.settings import ProcessorSettings
server = socket.create_server(("127.0.0.1", 0))
uri = f"http://127.0.0.1:{server.getsockname()[1]}"
model = ModelVersion("m", 1, LabelMap(("negative", "positive")), NeutralBand(), "run")
watch = ChampionWatch(ProcessorSettings(mlflow_tracking_uri=uri), Standing(model), print, print)
looking = Periodic("champion watch", watch.look, 0.01, is_waited_for=False)
looking.start()
server.accept()
looking.finish()
# In one piece, and not where the watch may write at the same time.
sys.stderr.write(f"ended {time.time()} {looking.is_alive}\\n")
"""


def test_a_registry_that_never_answers_does_not_hold_up_the_exit() -> None:
    # MLflow is not to give up by itself while this runs.
    env = {**os.environ, "MLFLOW_HTTP_REQUEST_TIMEOUT": "600"}
    command = [sys.executable, "-c", HANGING]
    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    told = re.search(r"^ended (\S+) (\w+)$", run.stderr, re.MULTILINE)
    assert told is not None, run.stderr
    assert (run.returncode, told[2]) == (0, "True"), run.stderr
    assert time.time() - float(told[1]) < 30
