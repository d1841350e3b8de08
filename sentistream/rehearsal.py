"""`python -m sentistream.rehearsal`: run Spark and Kafka once, as the services do, to archive the classes that they load."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from pyspark import SparkContext
from pyspark.ml import Pipeline
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import IDF, CountVectorizer, NGram, RegexTokenizer

from sentistream import command_line, spark
from sentistream.kafka import connection, topic
from sentistream.kafka.embedded_broker import EmbeddedBroker
from sentistream.process import disk
from sentistream.settings import KafkaSettings, SparkSettings
from sentistream.setup import jars, shared_classes

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

JAVA_OPTIONS = "JDK_JAVA_OPTIONS"
"""A variable of Java's own launcher."""
ENDING_SECONDS = 120.0
"""Writing the archive takes some 5 s."""


def main() -> None:
    """Run Spark and Kafka once, and archive the classes that they load, so that their next starts are quick."""
    place = jars.jars_folder()
    jars.keep_private()
    # Beside where the archives go: they are renamed into their place.
    with (
        disk.explained({"SENTISTREAM_JARS": place}),
        tempfile.TemporaryDirectory(prefix=".rehearsal-", dir=place) as scratch,
    ):
        folder = Path(scratch)
        with _written("broker", folder) as options:
            os.environ[JAVA_OPTIONS] = shared_classes.joined(options)
            with EmbeddedBroker(folder / "broker", fresh=True) as broker:
                del os.environ[JAVA_OPTIONS]
                with _written("spark", folder) as options:
                    _run_spark(broker.bootstrap_servers, folder, shared_classes.joined(options))


@contextmanager
def _written(configuration: str, folder: Path) -> Iterator[tuple[str, ...]]:
    """Options that write an archive, which takes its place once it is whole."""
    place, new = shared_classes.archive(configuration), folder / f"{configuration}.jsa"
    place.unlink(missing_ok=True)
    yield shared_classes.make(new)
    new.replace(place)


def _run_spark(bootstrap_servers: str, folder: Path, jvm_options: str) -> None:
    settings = SparkSettings.from_options(
        spark_scratch=str(folder / "spark"), spark_log=str(folder / "spark.log"), spark_master="local[2]"
    )
    session = spark.session(settings, "rehearsal", f"{spark.QUICK_COMPILER} {jvm_options}")
    jvm = SparkContext._gateway.proc  # type: ignore[union-attr]
    _use_delta(session, f"{folder}/table")
    _use_kafka(session, bootstrap_servers, folder)
    _use_mllib(session, folder)
    session.stop()
    # It ends with its standard input.
    jvm.stdin.close()
    jvm.wait(ENDING_SECONDS)


def _use_delta(session: "SparkSession", table: str) -> None:
    session.range(100).selectExpr("id", "cast(id AS string) AS text").write.format("delta").save(table)
    rows = session.read.format("delta").load(table)
    rows.groupBy("text").count().toArrow()
    session.sql(f"DELETE FROM delta.`{table}` WHERE id = 1")  # noqa: S608 - our own folder
    session.createDataFrame([(1, "one"), (2, "two")], "id long, text string").createOrReplaceTempView("changes")
    session.sql(
        f"MERGE INTO delta.`{table}` AS rows USING changes ON rows.id = changes.id "
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )


def _use_kafka(session: "SparkSession", bootstrap_servers: str, folder: Path) -> None:
    kafka = KafkaSettings.from_options(kafka_bootstrap_servers=bootstrap_servers, kafka_topic="rehearsal")
    topic.ensure(kafka)
    with closing(connection.connect(kafka)) as admin:
        assert topic.describe(admin, kafka.kafka_topic) is not None  # noqa: S101 - it was just made
    reader = session.readStream.format("kafka").option("kafka.bootstrap.servers", bootstrap_servers)
    records = reader.option("subscribe", kafka.kafka_topic).option("startingOffsets", "earliest").load()
    writer = session.createDataFrame([("a tweet",)], "value string").write.format("kafka")
    writer.option("kafka.bootstrap.servers", bootstrap_servers).option("topic", kafka.kafka_topic).save()

    def look(batch: "DataFrame", _number: int) -> None:
        batch.toArrow()

    stream = records.writeStream.foreachBatch(look).option("checkpointLocation", f"{folder}/checkpoints")
    stream.trigger(availableNow=True).start().awaitTermination()


def _use_mllib(session: "SparkSession", folder: Path) -> None:
    rows = [(f"a {word} day", float(word == "good")) for word in ("good", "bad")] * 4
    tweets = session.createDataFrame(rows, "text string, label double")
    pipeline = Pipeline(
        stages=[
            RegexTokenizer(inputCol="text", outputCol="words"),
            NGram(inputCol="words", outputCol="pairs"),
            CountVectorizer(inputCol="pairs", outputCol="counts"),
            IDF(inputCol="counts", outputCol="features"),
            LogisticRegression(maxIter=3),
        ]
    )
    model = pipeline.fit(tweets)
    model.write().overwrite().save(f"{folder}/model")
    model.transform(tweets).select("probability").toArrow()


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(main)
    command_line.run(app)
