import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import boto3
import mlflow
from pyspark.ml import PipelineModel
from pyspark.sql import SparkSession

from demo import malformed
from sentistream.contracts.model_version import ModelVersion
from sentistream.kafka import topic
from sentistream.lake import doctor
from sentistream.lake.doctor import Verdict
from sentistream.lake.doctor.fits import PROMISE as FITS
from sentistream.lake.health import report
from sentistream.lake.lake import Lake
from sentistream.lake.tables import REJECTED, SCORED
from sentistream.scoring import registry, registry_connection
from sentistream.settings import DoctorSettings, KafkaSettings
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.tables.health import Health
from tests.support.commands import run_module, start_module
from tests.support.lake_rows import rows, tweet
from tests.support.places import ROOT
from tests.support.registered import promote
from tests.support.topic_records import send
from tests.support.waiting import PATIENCE_SECONDS, wait_until
from trainer.grid.trained import TrainedPipeline
from trainer.selection import sealing, tracking
from trainer.settings import TrainerSettings


def test_tweets_are_scored_by_the_champion_and_a_stop_loses_nothing(
    environment: dict[str, str], kafka: KafkaSettings, champion: tuple[ModelVersion, object]
) -> None:
    found = topic.ensure(kafka)
    send(kafka, *(tweet(number) for number in range(1, 51)))
    processor = start_module("stream_processor", "run", env=environment)
    try:
        wait_until(lambda: len(rows(environment, SCORED, "tweet_id")) == 50, alive=[processor])
        second = run_module("stream_processor", "run", env=environment)
        assert second.returncode == 1
        assert f"Another processor (process {processor.pid}) writes {kafka.kafka_topic}" in second.stderr
        malformed.publish(kafka)
        send(
            kafka,
            b'{"data": {"id": "51", "text": "love this happy day :)"}}',
            b'{"data": {"id": "52", "text": "terrible, sad and broken"}}',
        )
        wait_until(lambda: len(rows(environment, REJECTED, "reason")) == len(malformed.RECORDS), alive=[processor])
        wait_until(lambda: len(rows(environment, SCORED, "tweet_id")) == 52, alive=[processor])
        # A stop must not need a quiet topic.
        busy = threading.Thread(target=send, args=(kafka, *(tweet(number) for number in range(1001, 6001))))
        busy.start()
        time.sleep(0.5)
    finally:
        processor.send_signal(signal.SIGTERM)
        _, printed = processor.communicate(timeout=PATIENCE_SECONDS)
    assert processor.returncode == 0, printed
    assert "stopping after the running batch" in printed

    busy.join()
    # More bytes than a batch may hold: they must come in slices, not end the stream.
    large = [b"x" * 2_000_000] * 150
    send(kafka, tweet(53), *large)
    again = run_module("stream_processor", "run", "--once", env=environment)
    assert again.returncode == 0, again.stderr
    assert "comes in slices" in again.stderr
    assert sorted(rows(environment, SCORED, "tweet_id")) == [*range(1, 54), *range(1001, 6001)]
    totals = LakeSink(Lake.at(environment["LAKE_URI"]), found).totals.values()
    assert sum(tally.read for tally in totals) == 5053 + len(malformed.RECORDS) + len(large)
    assert sum(tally.unaccounted for tally in totals) == 0
    model, _ = champion
    assert set(rows(environment, SCORED, "model_name")) == {model.name}
    assert set(rows(environment, SCORED, "model_version")) == {model.version}
    sentiments = dict(zip(rows(environment, SCORED, "tweet_id"), rows(environment, SCORED, "sentiment"), strict=True))
    assert (sentiments[51], sentiments[52]) == ("positive", "negative")
    # Its profile came with it: what it meets can be judged by the lake alone.
    lake = Lake.at(environment["LAKE_URI"])
    assert Health(lake).update() == 5053
    [judged] = report.of(lake)
    assert (judged.uri, judged.tweets) == (model.uri, 5053)
    assert "words" in judged.alarms


def test_on_an_object_store_a_killed_processor_is_replaced_and_everything_is_there_once(
    environment: dict[str, str],
    kafka: KafkaSettings,
    champion: tuple[ModelVersion, PipelineModel],
    bucket: str,
    tmp_path: Path,
) -> None:
    """Lake, checkpoints and the model's artefacts lie there; the bucket is all that the second processor has of the first."""
    places = {
        "LAKE_URI": f"{bucket}/a/lake",
        "CHECKPOINT_URI": f"{bucket}/checkpoints",
        "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'mlflow.db'}",
        "MODEL_CACHE": str(tmp_path / "models"),
    }
    environment = {**environment, **places}
    publish_model(*champion, places["MLFLOW_TRACKING_URI"], f"{bucket}/models")
    found = topic.ensure(kafka)
    send(kafka, *(tweet(number) for number in range(1, 51)), b"no tweet", tweet(7))
    first = start_module("stream_processor", "run", env=environment)
    try:
        wait_until(lambda: len(rows(environment, SCORED, "tweet_id")) == 50, seconds=300, alive=[first])
        second = run_module("stream_processor", "run", env=environment)
        assert second.returncode == 1
        assert f"Another processor (process {first.pid} on " in second.stderr
        send(kafka, *(tweet(number) for number in range(51, 301)))
    finally:
        first.kill()
        _, printed = first.communicate()
    send(kafka, *(tweet(number) for number in range(301, 351)))
    third = run_module("stream_processor", "run", "--once", env=environment)
    assert third.returncode == 0, third.stderr
    assert sorted(rows(environment, SCORED, "tweet_id")) == [*range(1, 351)]
    assert len(rows(environment, REJECTED, "reason")) == 1
    totals = LakeSink(Lake.at(places["LAKE_URI"]), found).totals.values()
    assert sum(tally.read for tally in totals) == 352
    assert sum(tally.unaccounted for tally in totals) == 0
    tables = run_module("stream_processor", "tables", "--once", env=environment)
    assert tables.returncode == 0, tables.stderr
    of_doctor = {
        name.lower(): value for name, value in environment.items() if name.startswith(("KAFKA", "LAKE", "MLFLOW"))
    }
    findings = doctor.examine(Lake.at(places["LAKE_URI"]), DoctorSettings.from_options(**of_doctor))
    # The tests' champion has no profile, so that its drift is not judged.
    assert {each.verdict for each in findings if each.promise != FITS} == {Verdict.KEPT}
    shown = printed + second.stderr + third.stderr + tables.stderr + Path(environment["SPARK_LOG"]).read_text()
    assert os.environ["AWS_SECRET_ACCESS_KEY"] not in shown
    # Of the killed one its checkpoint is left; the lock was taken over, and given back.
    keys = [each["Key"] for each in boto3.client("s3").list_objects_v2(Bucket=bucket.removeprefix("s3://"))["Contents"]]
    assert not [key for key in keys if "_locks" in key]
    assert len({key.split("/")[1] for key in keys if key.startswith("checkpoints/")} - {""}) == 1


def publish_model(model: ModelVersion, pipeline: PipelineModel, tracking_uri: str, artifacts: str) -> None:
    """Register a champion in a registry of the test's own, as the trainer does it."""
    settings = TrainerSettings.from_options(mlflow_tracking_uri=tracking_uri, mlflow_artifacts=artifacts)
    client = registry_connection.client(settings)
    tracking._ensure_experiment(settings, client)
    with mlflow.start_run():
        version = str(tracking.log_model(settings, TrainedPipeline(pipeline, SparkSession.active()), model.labels))
    tags = {registry.LABELS_TAG: model.labels, registry.BAND_LOW_TAG: 0.4, registry.BAND_HIGH_TAG: 0.6}
    for name, value in tags.items():
        client.set_model_version_tag(model.name, version, name, str(value))
    sealing.seal(settings, int(version))
    client.set_registered_model_alias(model.name, settings.model_alias, version)


def test_a_champion_is_waited_for_a_refused_one_is_waited_out_and_the_one_that_served_last_goes_on(
    environment: dict[str, str],
    kafka: KafkaSettings,
    champion: tuple[ModelVersion, PipelineModel],
    registry_settings: TrainerSettings,
    tmp_path: Path,
) -> None:
    settings = registry_settings.model_copy(update={"model_name": kafka.kafka_topic})
    client = registry_connection.client(settings)
    client.create_registered_model(settings.model_name)
    held = client.get_model_version(champion[0].name, str(champion[0].version))

    def add(**tags: str) -> int:
        made = client.create_model_version(settings.model_name, held.source, held.run_id, {**held.tags, **tags})
        promote(settings, int(made.version))
        return int(made.version)

    heartbeat, said = tmp_path / "heartbeat", tmp_path / "said"
    environment = {**environment, "MODEL_NAME": settings.model_name, "HEARTBEAT_FILE": str(heartbeat)}
    wrong = {registry.LABELS_TAG: "positive,negative"}
    topic.ensure(kafka)
    send(kafka, *(tweet(number) for number in range(1, 11)))
    late = run_module("stream_processor", "run", "--once", env={**environment, "CHAMPION_WAIT_SECONDS": "1"})
    assert late.returncode == 1
    assert "waiting for a model" in late.stderr
    assert f"No model {settings.model_name}@champion" in late.stderr
    assert "run `make train`" in late.stderr
    assert "Traceback" not in late.stderr

    add(**wrong)
    with said.open("w") as output:
        command = [sys.executable, "-m", "stream_processor", "run"]
        processor = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stderr=output)
        try:
            wait_until(lambda: "model refused" in said.read_text(), alive=[processor])
            time.sleep(1)
            assert not heartbeat.exists()
            second = add()
            wait_until(lambda: len(rows(environment, SCORED, "tweet_id")) == 10, alive=[processor])
            wait_until(heartbeat.exists, alive=[processor])
        finally:
            processor.terminate()
            processor.wait(PATIENCE_SECONDS)
    assert said.read_text().count("model refused") == 1

    add(**wrong)
    send(kafka, *(tweet(number) for number in range(11, 21)))
    again = run_module("stream_processor", "run", "--once", env=environment)
    assert again.returncode == 0, again.stderr
    assert f"{settings.model_name}/{second}" in again.stderr
    assert sorted(rows(environment, SCORED, "tweet_id")) == [*range(1, 21)]
    assert set(rows(environment, SCORED, "model_version")) == {second}
