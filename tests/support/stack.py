"""A compose project of the tests' own: its name, ports and volumes are nobody else's."""

import itertools
import json
import os
import subprocess
import uuid
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

import orjson
from kafka import KafkaProducer

from producer.live.settings import LiveSettings
from sentistream.kafka.embedded_broker import free_port
from stream_processor.settings import ProcessorSettings, TablesSettings
from tests.support.docker import docker, inspect
from tests.support.places import ROOT
from tests.support.waiting import wait_until
from trainer.settings import TrainerSettings
from web_service.settings import WebSettings

ROWS = """
import json, os, sys
from sentistream.lake.lake import Lake
from sentistream.lake.tables import SCORED
table = Lake.at("/lake").open(SCORED)
columns = ["tweet_id", "sentiment", "p_positive", "model_name", "model_version", "label"]
json.dump(table.to_pyarrow_table(columns=columns).to_pylist() if table else [], sys.stdout)
sys.stdout.flush()
# Threads of Arrow's that are not done end an interpreter that ends in order by a signal.
os._exit(0)
"""


OURS = {
    name.upper()
    for each in (ProcessorSettings, TablesSettings, TrainerSettings, LiveSettings, WebSettings)
    for name in each.model_fields
}
"""Settings that an earlier test may have left in this process: MLflow puts its address into the environment."""


class Stack:
    """A context manager that takes everything down with its volumes."""

    def __init__(self, *profiles: str, **settings: str) -> None:
        self.project = f"sentistream-test-{uuid.uuid4().hex[:8]}"
        self._ids = itertools.count(10**15)
        self.kafka = f"127.0.0.1:{(kafka_port := free_port())}"
        self.mlflow = f"http://127.0.0.1:{(mlflow_port := free_port())}"
        ports = {
            "KAFKA_PORT": kafka_port,
            "MLFLOW_PORT": mlflow_port,
            "SPARK_MASTER_PORT": free_port(),
            "WEB_PORT": free_port(),
        }
        self.env = {
            **{name: value for name, value in os.environ.items() if name not in OURS},
            "COMPOSE_PROJECT_NAME": self.project,
            "COMPOSE_PROFILES": ",".join(profiles),
            **{name: str(port) for name, port in ports.items()},
            **settings,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            print(self.compose("logs", "--no-color", "--tail", "60"))  # noqa: T201 - for whoever reads why it failed
        self.down()

    def compose(self, *arguments: str, seconds: float = 600) -> str:
        """Run `docker compose` on this project."""
        return docker("compose", *arguments, seconds=seconds, env=self.env)

    def down(self) -> None:
        """Take everything down; safe to repeat."""
        self.compose("down", "--volumes", "--remove-orphans")

    def containers(self, service: str = "") -> list[str]:
        """The ids of the containers that run."""
        return self.compose("ps", "--quiet", *([service] if service else [])).split()

    def started(self) -> dict[str, str]:
        """When each running service was started last."""
        found = [inspect(each) for each in self.containers()]
        return {
            each["Config"]["Labels"]["com.docker.compose.service"]: each["State"]["StartedAt"]  # type: ignore[index]
            for each in found
        }

    def is_healthy(self, service: str) -> bool:
        """True when its health check says so."""
        # None while it is being started again.
        states: list[dict[str, Any]] = [inspect(each)["State"] for each in self.containers(service)]  # type: ignore[misc]
        return [state["Running"] and state["Health"]["Status"] for state in states] == ["healthy"]

    def kill(self, service: str) -> None:
        """Kill a service's process from within, as a crash would: the engine takes `docker kill` for the user's wish."""
        before = self.started()[service]
        inside = ["exec", "-T", service, "sh", "-c", "kill -9 $(cat /proc/1/task/1/children)"]
        subprocess.run(["docker", "compose", *inside], cwd=ROOT, env=self.env, capture_output=True, check=False)
        wait_until(lambda: self.started().get(service, before) != before, what=f"{service} is not started again")

    def publish(self, *texts: str) -> list[int]:
        """Publish tweets from outside the stack; their ids, which are like none of the sample's."""
        producer = KafkaProducer(bootstrap_servers=self.kafka)
        ids = list(itertools.islice(self._ids, len(texts)))
        for number, text in zip(ids, texts, strict=True):
            value = orjson.dumps({"data": {"id": str(number), "text": text}})
            producer.send("tweets", key=str(number).encode(), value=value)
        producer.flush()
        producer.close()
        return ids

    def rows(self) -> list[dict[str, Any]]:
        """The scored table."""
        return json.loads(self.compose("exec", "-T", "stream-processor", "python", "-c", ROWS))  # type: ignore[no-any-return]

    def wait_for_rows(self, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
        """Wait until all of these tweets are scored; their rows by id."""
        wanted = set(ids)
        found: dict[int, dict[str, Any]] = {}

        def complete() -> bool:
            rows = self.rows()
            assert len({row["tweet_id"] for row in rows}) == len(rows), "a tweet has two rows"
            found.update({row["tweet_id"]: row for row in rows if row["tweet_id"] in wanted})
            return found.keys() == wanted

        wait_until(complete, what="not every tweet is scored")
        return found
