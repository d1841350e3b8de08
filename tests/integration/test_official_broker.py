"""What only a broker in a container shows: signing in, and a restart under a running producer."""

import json
import threading
import time
from pathlib import Path

import pytest

from sentistream.lake import SCORED, open_table
from sentistream.model_version import ModelVersion
from sentistream.settings import KafkaSettings
from tests.conftest import FIXTURES, run_module
from tests.integration.official_broker import PASSWORD, USER, official_broker
from tests.integration.test_replay import consume
from trainer.settings import TrainerSettings

pytestmark = pytest.mark.docker


@pytest.mark.spark
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
        assert "or a wrong SASL user or password" in wrong.stderr
        for published in (160, 0):
            run = run_module(*replay, "--json", env=environment)
            assert run.returncode == 0, run.stderr
            assert json.loads(run.stdout)["published"] == published

        lake = {
            "LAKE_URI": str(tmp_path / "lake"),
            "CHECKPOINT_URI": str(tmp_path / "checkpoints"),
            "MLFLOW_TRACKING_URI": registry_settings.mlflow_tracking_uri,
            "MODEL_CACHE": registry_settings.model_cache,
            "SPARK_SCRATCH": str(tmp_path / "spark"),
            "SPARK_LOG": str(tmp_path / "spark.log"),
        }
        run = run_module("stream_processor", "run", "--once", env=environment | lake)
        assert run.returncode == 0, run.stderr
        assert PASSWORD not in run.stderr
    table = open_table(lake["LAKE_URI"], SCORED)
    assert table is not None
    assert len(table.to_pyarrow_table(columns=["tweet_id"])) == 160


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
