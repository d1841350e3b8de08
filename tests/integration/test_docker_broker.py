"""What only a broker in a container shows: signing in, and a restart under a running producer."""

import json
import threading
import time
from pathlib import Path

from kafka import KafkaProducer

from demo import malformed
from sentistream.contracts.model_version import ModelVersion
from sentistream.kafka import connection, topic
from sentistream.lake.lake import Lake
from sentistream.lake.tables import REJECTED, SCORED, Table
from sentistream.settings import KafkaSettings
from tests.support.commands import run_module
from tests.support.official_broker import PASSWORD, USER, official_broker
from tests.support.places import FIXTURES
from tests.support.replayed import CLIENTS, check_the_contract
from tests.support.topic_records import LARGE, consume
from tests.support.waiting import wait_until
from trainer.settings import TrainerSettings


def processor(registry_settings: TrainerSettings, folder: Path) -> dict[str, str]:
    """The environment of a processor with a lake of its own."""
    return {
        "LAKE_URI": str(folder / "lake"),
        "CHECKPOINT_URI": str(folder / "checkpoints"),
        "MLFLOW_TRACKING_URI": registry_settings.mlflow_tracking_uri,
        "MODEL_CACHE": registry_settings.model_cache,
        "SPARK_SCRATCH": str(folder / "spark"),
        "SPARK_LOG": str(folder / "spark.log"),
    }


def rows(environment: dict[str, str], table: Table) -> int:
    found = Lake.at(environment["LAKE_URI"]).open(table)
    assert found is not None
    return found.to_pyarrow_table(columns=["offset"]).num_rows


def test_what_is_replayed_to_the_official_image_fulfils_the_contract(docker_engine: None) -> None:
    with official_broker() as (_, servers):
        for client in CLIENTS:
            topic_name = f"by-{client}"
            check_the_contract(
                KafkaSettings.from_options(kafka_bootstrap_servers=servers, kafka_topic=topic_name), client
            )


def test_producer_and_processor_sign_in_and_a_wrong_password_is_named(
    docker_engine: None,
    champion: tuple[ModelVersion, object],
    registry_settings: TrainerSettings,
    tmp_path: Path,
) -> None:
    with official_broker(sasl=True) as (_, servers):
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets" / "kafka_sasl_password").write_text(PASSWORD)
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": servers,
            "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "KAFKA_SASL_USERNAME": USER,
            "SECRETS_FOLDER": str(tmp_path / "secrets"),
            "KAFKA_WAIT_SECONDS": "5",
        }
        replay = ("producer", "replay", str(FIXTURES / "tweets.csv"), "--rate", "0", "--resume")
        wrong = run_module(*replay, env={**environment, "KAFKA_SASL_PASSWORD": "wrong"})
        assert wrong.returncode == 1
        assert "login: correct KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD" in wrong.stderr
        for published in (160, 0):
            run = run_module(*replay, "--json", env=environment)
            assert run.returncode == 0, run.stderr
            assert json.loads(run.stdout)["published"] == published

        lake = processor(registry_settings, tmp_path)
        run = run_module("stream_processor", "run", "--once", env=environment | lake)
        assert run.returncode == 0, run.stderr
        assert PASSWORD not in run.stderr
    assert rows(lake, SCORED) == 160


def test_large_and_malformed_records_arrive_and_a_topic_made_anew_is_named(
    docker_engine: None,
    champion: tuple[ModelVersion, object],
    registry_settings: TrainerSettings,
    tmp_path: Path,
) -> None:
    with official_broker() as (_, servers):
        settings = KafkaSettings.from_options(kafka_bootstrap_servers=servers, kafka_topic="tweets")
        environment = processor(registry_settings, tmp_path) | {"KAFKA_BOOTSTRAP_SERVERS": servers}
        once = ("stream_processor", "run", "--once")
        topic.ensure(settings)
        producer = KafkaProducer(bootstrap_servers=servers)
        producer.send("tweets", key=b"9001", value=LARGE)
        producer.close()
        bad = malformed.publish(settings)
        run = run_module(*once, env=environment)
        assert run.returncode == 0, run.stderr
        assert (rows(environment, SCORED), rows(environment, REJECTED)) == (1, bad)

        admin = connection.connect(settings)
        admin.delete_topics(["tweets"])
        wait_until(lambda: topic.describe(admin, "tweets") is None)
        admin.close()
        replay = run_module("producer", "replay", str(FIXTURES / "tweets.csv"), "--rate", "0", env=environment)
        assert replay.returncode == 0, replay.stderr
        run = run_module(*once, env=environment)
        assert run.returncode == 1
        assert "--accept-new-topic" in run.stderr
        assert rows(environment, SCORED) == 1
        run = run_module(*once, "--accept-new-topic", env=environment)
        assert run.returncode == 0, run.stderr
    assert (rows(environment, SCORED), rows(environment, REJECTED)) == (161, bad)


def test_a_broker_that_restarts_under_a_replay_gets_every_tweet_once(docker_engine: None) -> None:
    with official_broker() as (container, servers):
        settings = KafkaSettings.from_options(kafka_bootstrap_servers=servers, kafka_topic="tweets")

        def restart() -> None:
            time.sleep(2)
            container.get_wrapped_container().restart(timeout=20)

        restarting = threading.Thread(target=restart)
        restarting.start()
        run = run_module(
            *("producer", "replay", str(FIXTURES / "tweets.csv"), "--rate", "20", "--json"),
            env={"KAFKA_BOOTSTRAP_SERVERS": servers},
        )
        restarting.join()
        assert run.returncode == 0, run.stderr
        assert json.loads(run.stdout)["acknowledged"] == 160
        keys = [record.key for record in consume(settings)]  # type: ignore[attr-defined]  # ConsumerRecords
        assert len(keys) == len(set(keys)) == 160
